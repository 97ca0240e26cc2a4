// The real shell, the real module and the real executable under torture. The scripts beside this file
// (*.torture.ps1) make the trials and write the rows; here they are started, two at a time.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, describe, test } from 'vitest';

import { runTestScript, someAtATime } from '../ps/cases.ts';
import { writeSamples } from './clixml-samples.ts';
import { killShells } from './shell-killed.ts';
import { fuzzCommandLines, fuzzServe } from './executable.ts';
import { Random } from './random.ts';
import { baseSeed, isLong, report, trials, type TortureRow } from './trials.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

interface Job {
  readonly name: string;
  run(): Promise<TortureRow[]>;
}

/** A script and the number of its trials. Rejects when the script does not come to its end. */
function script(
  name: string, count: number, more: () => readonly string[] = () => [], env: Record<string, string> = {},
): Job {
  return {
    name,
    async run() {
      const args = ['-Seed', String(baseSeed), '-Trials', String(count), ...more()];
      const { cases, broken } = await runTestScript<TortureRow>(
        join(here, `${name}.torture.ps1`), isLong ? 86_400_000 : 1_200_000, args, env);
      if (broken !== undefined) throw new Error(`${name}.torture.ps1 ${broken}`);
      return cases;
    },
  };
}

const odd = join(mkdtempSync(join(tmpdir(), 'storage-release-')),
  `Bob's "home" 100% & \u00e4\u00f6\u00fc \u65e5\u672c $(x)`);
afterAll(() => rmSync(dirname(odd), { recursive: true, force: true }));
const samples = mkdtempSync(join(tmpdir(), 'storage-release-'));
afterAll(() => rmSync(samples, { recursive: true, force: true }));

// The longest first, so that none of them runs alone at the end.
const jobs: readonly Job[] = process.platform !== 'linux' ? [] : [
  script('killed', trials(40, 1_000)),
  script('stopped', trials(40, 1_000)),
  script('runspaces', trials(10, 250)),
  script('getters', trials(120, 10_000)),
  // A user and a home that have every character a path can have, and programs trip over.
  script('files', trials(6, 300), () => {
    mkdirSync(odd, { recursive: true });
    return [];
  }, {
    HOME: odd, TMPDIR: odd, TEMP: odd, TMP: odd, USER: `Bob "B." O'Malley`, USERNAME: '%USERNAME% & \u00e4\u65e5',
  }),
  script('garbled', trials(500, 20_000)),
  script('clixml', 1, () => {
    writeSamples(samples, baseSeed, trials(40_000, 2_000_000), trials(1_000, 100_000));
    return ['-Samples', samples];
  }),
  { name: 'serve', run: () => fuzzServe(new Random(baseSeed), trials(25_000, 2_000_000)) },
  { name: 'command-lines', run: () => fuzzCommandLines(new Random(baseSeed), trials(60, 5_000)) },
  { name: 'shell-killed', run: () => killShells(new Random(baseSeed), trials(10, 200)) },
];

// Beside them: it waits for deadlines most of its time.
const waiting: readonly Job[] = process.platform !== 'linux' ? [] : [script('hostile', trials(350, 20_000))];

const outcome = async (job: Job): Promise<TortureRow[] | Error> => {
  try {
    return await job.run();
  } catch (error) {
    return error as Error;
  }
};
const [first, others] = await Promise.all([Promise.all(waiting.map(outcome)), someAtATime(2, jobs, outcome)]);
const results = [...first, ...others];

describe.skipIf(jobs.length === 0)('PowerShell', () => {
  for (const [index, { name }] of [...waiting, ...jobs].entries()) {
    const result = results[index]!;
    if (result instanceof Error) {
      test(`${name} comes to its end`, () => {
        throw result;
      });
    } else {
      for (const row of result) test(`${name}: ${row.what}`, (context) => report(context, row));
    }
  }
});
