// The unit tests catch what somebody could break: each planted bug must make its tests fail.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Area, bugs, planted } from './planted/bugs.ts';
import type { PlantedResult } from './planted/vitest.config.ts';
import { report } from './trials.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('thirty bugs at least, some of each area, and each still has its place', () => {
  const areas: readonly Area[] = ['policy', 'protocol', 'writer', 'bus'];
  expect(bugs.length).toBeGreaterThanOrEqual(30);
  expect(new Set(bugs.map(({ name }) => name)).size).toBe(bugs.length);
  for (const area of areas) expect(bugs.filter((bug) => bug.area === area).length).toBeGreaterThanOrEqual(5);
  for (const { name, file, find } of bugs) {
    expect([name, readFileSync(join(root, file), 'utf8').split(find).length - 1]).toEqual([name, 1]);
  }
});

test('each of this run is caught', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'planted-'));
  const file = join(folder, 'results.json');
  let results: readonly PlantedResult[];
  try {
    const { stdout, stderr } = spawnSync(process.execPath, [
      'node_modules/vitest/vitest.mjs', 'run', '--config', 'test/torture/planted/vitest.config.ts',
    ], { cwd: root, encoding: 'utf8', env: { ...process.env, STORAGERELEASE_PLANTED: file }, maxBuffer: 2 ** 30 });
    try {
      results = JSON.parse(readFileSync(file, 'utf8')) as PlantedResult[];
    } catch {
      throw new Error(`${stdout}${stderr}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const lives = results.filter(({ failed, broken }) => failed === 0 && broken.length === 0);
  const proves = results.filter(({ broken }) => broken.length > 0);
  const said = [...lives.map(({ bug }) => `lives: ${bug}`), ...proves.map(({ bug, broken }) => `${bug}: ${broken[0]}`)];
  report(context, {
    what: 'planted bugs that the unit tests catch', trials: results.length, lost: lives.length, doubled: 0,
    wrong: proves.length + Math.abs(results.length - planted.length),
    note: said.length > 0 ? said.join('; ')
      : (['policy', 'protocol', 'writer', 'bus'] as const)
        .map((area) => `${planted.filter((bug) => bug.area === area).length} in ${area}`).join(', '),
  });
}, 3_600_000);
