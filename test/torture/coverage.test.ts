// Every branch of what decides about disks, and of what holds the protocol, is taken by the unit tests.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { report } from './trials.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folders = ['verbs', 'reservation', 'disk', 'result', 'status', 'scsi', 'worker', 'clixml'];

/** The unit tests that load these folders; the others would take their time for nothing. */
const files = [
  'brief-list', 'clear', 'clear-next-step', 'clear-rules', 'clixml', 'designators', 'doubles', 'events', 'find', 'guards', 'holder',
  'holder-verbs', 'identities', 'identity', 'lines', 'locate', 'neighbours', 'next-step-texts', 'next-steps', 'no-statement', 'probe', 'protocol',
  'rehearsal-logical-unit', 'rehearsal-turns', 'release', 'reservation', 'retry', 'reservation-state', 'scsi-codecs',
  'scsi-full-status', 'serve', 'status', 'target', 'worker',
  'worker-log',
].map((name) => `test/unit/${name}.test.ts`);

interface FileCoverage {
  readonly path: string;
  readonly branchMap: Readonly<Record<string, { readonly loc: { readonly start: { readonly line: number } } }>>;
  readonly b: Readonly<Record<string, readonly number[]>>;
}

test('all branches of eight folders', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'coverage-'));
  try {
    // With a reporter of its own: the counts of the run that this is part of stay as they are.
    const run = spawnSync(process.execPath, [
      'node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts', '--project', 'unit',
      '--reporter=dot', '--coverage', '--coverage.reporter=json', `--coverage.reportsDirectory=${folder}`, ...files,
    ], { cwd: root, encoding: 'utf8' });
    const said = `${run.stdout}${run.stderr}`;
    const json = join(folder, 'coverage-final.json');
    if (!existsSync(json)) expect.fail(said);
    const all = Object.values(JSON.parse(readFileSync(json, 'utf8')) as Record<string, FileCoverage>);
    const missed: string[] = [];
    let branches = 0;
    for (const { path, branchMap, b } of all) {
      for (const [id, counts] of Object.entries(b)) {
        branches += counts.length;
        if (counts.includes(0)) missed.push(`${path.slice(root.length)}:${branchMap[id]!.loc.start.line}`);
      }
    }
    for (const one of folders) expect(all.some(({ path }) => path.startsWith(`${root}src/${one}/`))).toBe(true);
    report(context, {
      what: `branches of ${folders.join(', ')}: taken by the unit tests`, trials: branches, lost: missed.length,
      doubled: 0, wrong: 0, note: missed.length === 0 ? `${all.length} files` : missed.join(', '),
    });
    expect(run.status, said).toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 3_600_000);
