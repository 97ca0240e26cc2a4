// Thousands of runs of three hosts that clear the same disks. A seed that fails is named, and `--seed N` runs that one alone
// and keeps its transcript.

import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { simulateClear } from './clear-simulation.ts';
import { baseSeed, report, trials } from './trials.ts';

const named = process.env['STORAGERELEASE_SEED'];
const first = named === undefined ? baseSeed * 1_000_000 : Number(named);

test('three hosts clear the same disks by all methods', async (context) => {
  const count = named === undefined ? trials(1000, 500_000) : 1;
  const sum = { requests: 0, lost: 0, doubled: 0, gone: 0, races: 0 };
  const outcomes = new Map<string, number>();
  const failures: string[] = [];
  let wrong = 0;
  for (let at = 0; at < count && failures.length < 10; at++) {
    const seed = first + at;
    const run = await simulateClear(seed);
    for (const key of ['requests', 'lost', 'doubled', 'gone', 'races'] as const) sum[key] += run[key];
    for (const [name, times] of run.outcomes) outcomes.set(name, (outcomes.get(name) ?? 0) + times);
    wrong += run.problems.length;
    if (run.problems.length > 0) failures.push(`--seed ${seed}: ${run.problems.slice(0, 3).join('; ')}`);
    if (named !== undefined) {
      const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
      mkdirSync(dist, { recursive: true });
      writeFileSync(`${dist}clear-simulation.txt`, [...run.transcript, ...run.problems, ''].join('\n'));
      console.log(`the transcript of seed ${seed} is in dist/clear-simulation.txt`);
    }
  }
  for (const failure of failures) console.log(failure);
  if (named === undefined && failures.length === 0) {
    // The runs were not about nothing.
    for (const name of ['Accepted', 'Cleared', 'Preempted', 'Reset', 'Refused', 'NotSupported', 'Changed', 'Conflict', 'StillHeld', 'TimedOut', 'Failed']) {
      expect([name, (outcomes.get(name) ?? 0) > count / 200]).toEqual([name, true]);
    }
  }
  report(context, {
    what: 'simulation: disks cleared by three hosts at once, all chance from seeds', trials: sum.requests, lost: sum.lost,
    doubled: sum.doubled, wrong,
    note: `${count} seeds from ${first}; ${[...outcomes].sort().map(([name, times]) => `${name} ${times}`).join(', ')}; ${sum.gone} ended `
      + `with their host; ${sum.races} commands came upon keys that changed after the last reading`,
  });
}, trials(600_000, 86_400_000));
