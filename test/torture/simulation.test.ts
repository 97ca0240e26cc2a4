// Thousands of runs of two workers, each with all chance from one seed. A seed that fails is named, and
// `--seed N` runs that one alone and keeps its transcript.

import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Simulated, simulate } from './simulation.ts';
import { baseSeed, report, trials } from './trials.ts';

const named = process.env['STORAGERELEASE_SEED'];
const seeds = trials(2_000, 1_000_000);
const first = named === undefined ? baseSeed * 1_000_000 : Number(named);
const hashOf = ({ transcript }: Simulated) => createHash('sha256').update(transcript.join('\n')).digest('hex');

test('a seed makes one run, byte for byte', async () => {
  for (const seed of [first, 1, 2, 3, 4, 5, 0xffffffff]) {
    const [one, other] = [await simulate(seed), await simulate(seed)];
    expect(one.transcript.join('\n')).toBe(other.transcript.join('\n'));
    expect(one.transcript.length).toBeGreaterThan(5);
  }
  expect(hashOf(await simulate(1))).not.toBe(hashOf(await simulate(2)));
});

test('two hosts, their workers and clients', async (context) => {
  const count = named === undefined ? seeds : 1;
  const sum = { requests: 0, lost: 0, doubled: 0, wrong: 0, gone: 0, latest: -1 };
  const outcomes = new Map<string, number>();
  const failures: string[] = [];
  const started = performance.now();
  for (let at = 0; at < count; at++) {
    const seed = first + at;
    const run = await simulate(seed);
    for (const key of ['requests', 'lost', 'doubled', 'wrong', 'gone'] as const) sum[key] += run[key];
    sum.latest = Math.max(sum.latest, run.latest);
    for (const [name, times] of run.outcomes) outcomes.set(name, (outcomes.get(name) ?? 0) + times);
    if (run.problems.length > 0) failures.push(`--seed ${seed}: ${run.problems.slice(0, 3).join('; ')}`);
    if (named !== undefined) {
      const file = fileURLToPath(new URL('../../dist/simulation.txt', import.meta.url));
      mkdirSync(fileURLToPath(new URL('../../dist', import.meta.url)), { recursive: true });
      writeFileSync(file, [...run.transcript, ...run.problems, ''].join('\n'));
      console.log(`the transcript of seed ${seed} is in dist/simulation.txt`);
    }
    if (failures.length >= 10) break;
  }
  for (const failure of failures) console.log(failure);
  if (named === undefined && failures.length === 0) {
    // The runs were not about nothing: every outcome but `none` came of some disk.
    for (const name of ['Accepted', 'Reserved', 'Read', 'Refused', 'NotSupported', 'NotFound', 'NotReady', 'InUse',
      'Conflict', 'AccessDenied', 'IdentityChanged', 'TimedOut', 'Failed']) {
      expect([name, (outcomes.get(name) ?? 0) > count / 100]).toEqual([name, true]);
    }
  }
  report(context, {
    what: 'simulation: requests of two hosts, all chance from seeds', trials: sum.requests, lost: sum.lost,
    doubled: sum.doubled, wrong: sum.wrong,
    note: `${count} seeds from ${first} in ${Math.round((performance.now() - started) / 1000)} s; ${sum.gone} ended `
      + `with their worker; time-outs never early, at most ${sum.latest} ms late`,
  });
}, trials(3_600_000, 86_400_000));
