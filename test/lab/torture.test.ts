// What hangs, answers late or answers at the deadline, many times over: torture-probe.ts drives the worker's core
// and the Windows bus in node.exe, the last two tests the executable that is shipped. `--long` for the full
// numbers.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { isLong, report, trials } from '../torture/trials.ts';
import type { Lab, Ran } from './lab.d.mts';
import { noLab, openPowerShellLab, titled } from './powershell.ts';
import { putHelper, putNode, putProgram, shippedFlags } from './windows-node.mjs';

const executable = 'StorageRelease/dist/win-x64/storage-release.exe';

/** What a step counted, and what else it measured. */
interface Counted {
  trials: number;
  lost: number;
  doubled: number;
  wrong: number;
}

/** What the command line says in JSON. */
interface Document {
  results: { Outcome: string; StartedAt: string; DurationMs: number }[];
}

describe.skipIf(noLab)(titled('Under torture, on Windows,'), () => {
  let lab: Lab;
  let program: string;
  let threads: string;

  beforeAll(async () => {
    lab = await openPowerShellLab();
    putNode(lab);
    program = await putProgram(lab, 'test/lab/torture-probe.ts');
    threads = await putHelper(lab, 'test/lab/threads.c');
  });
  afterAll(async () => { await lab?.close(); });
  beforeEach(async () => {
    await lab.complete();
    await lab.restore();
  });

  async function probe<T>(step: string, count = 1, waitMs = 0): Promise<Counted & T> {
    // A young generation of one size: its growth in the first seconds is no leak.
    const flags = [...shippedFlags, '--expose-gc', '--max-semi-space-size=1'];
    const ran = await lab.exe('node.exe', [...flags, program, '--koffi', 'Z:\\lab\\koffi.node',
      '--threads', threads, '--step', step, '--count', String(count), '--wait', String(waitMs)],
      { timeoutMs: isLong ? 3_600_000 : 110_000 });
    if (ran.code !== 0 || ran.timedOut) throw new Error(`${step}: ${ran.code}\n${ran.stderr}\n${ran.stdout}`);
    return JSON.parse(ran.stdout) as Counted & T;
  }
  const counts = ({ trials: tried, lost, doubled, wrong }: Counted) => ({ trials: tried, lost, doubled, wrong });

  test('512 hung requests take nothing from the next disk', async (context) => {
    const seen = await probe<{ held: number; ratio: number; ratios: number[] }>('hungMany', trials(3, 25));
    report(context, { what: 'lab: 512 requests hung at once, then answered', ...counts(seen),
      note: `${seen.held} in the driver; the next disk takes ${seen.ratio} of normal (median of `
        + `${seen.ratios.length} in turn: ${seen.ratios.join(', ')})` });
    // And the question to the one disk that never says what it is, once somebody has looked at all.
    expect([512, 513]).toContain(seen.held);
    expect(seen.ratio).toBeLessThan(10);
  });

  test('1,024 deadlines at once are never early, and soon', async (context) => {
    const seen = await probe<{ medianLateMs: number; worstLateMs: number }>('deadlines');
    report(context, { what: 'lab: deadlines, 1,024 at once, all requests in the driver', ...counts(seen),
      note: `wrong = early; late by ${seen.medianLateMs} ms (median), ${seen.worstLateMs} ms at most` });
    expect(seen.worstLateMs).toBeLessThan(2500);
  });

  const rounds = [
    ['an answer at the deadline is one answer', 'answered at about the deadline, 64 disks at once', 'atDeadline',
      trials(6, 150)],
    ['an answer after the deadline is told as a warning, once', 'answered after the deadline', 'afterDeadline',
      trials(1, 20)],
  ] as const;
  for (const [title, what, step, count] of rounds) {
    test(title, async (context) => {
      const { outcomes, ...seen } = await probe<{ outcomes: Record<string, number> }>(step, count);
      const told = Object.entries(outcomes).map(([outcome, times]) => `${outcome} ${times}`).join(', ');
      report(context, { what: `lab: ${what}`, ...counts(seen), note: told });
    });
  }

  test('an answer that comes late is written where it belongs', async (context) => {
    const seen = await probe<{ others: number; slabs: number; freed: number; touched: number }>(
      'lateMemory', 1, isLong ? 60_000 : 0);
    report(context, { what: 'lab: late completions never touch freed memory', ...counts(seen),
      note: `doubled = packets that nobody waits for; ${seen.others} requests in between, ${seen.slabs} pieces of `
        + `memory, ${seen.touched} of ${seen.freed} freed ones written to`
        + (isLong ? '; completed after a minute' : '') });
    expect(seen.slabs).toBeLessThanOrEqual(1026);
  });

  test('a worker holds no more after many releases than before', async (context) => {
    type Held = Record<'handles' | 'threads' | 'memory' | 'inUse' | 'slabs' | 'taken' | 'open', number>;
    const seen = await probe<{ before: Held; after: Held }>('soak', trials(2000, 10_000));
    const { before, after } = seen;
    const grown = (after.memory - before.memory) / 2 ** 20;
    report(context, { what: 'lab: releases in one worker', ...counts(seen),
      note: `disks open ${before.open} -> ${after.open}, handles ${before.handles} -> ${after.handles}, `
        + `threads ${before.threads} -> ${after.threads}, memory ${grown.toFixed(1)} MB more, `
        + `pieces of memory for drivers ${before.slabs} -> ${after.slabs}` });
    expect(after.open).toBe(before.open);
    // Wide: a busy machine brings some dozens of handles and megabytes that an idle one does not.
    expect(after.handles - before.handles).toBeLessThan(seen.trials / 10);
    expect(after.threads).toBeLessThanOrEqual(before.threads);
    // Each piece is free, or belongs to a request that is in the driver: the one to the disk that never says what it is.
    expect(after.taken).toBe(after.inUse);
    expect(after.inUse).toBeLessThanOrEqual(1);
    // How many there are is how many were ever in use at the same moment, which the scheduler decides.
    expect(after.slabs - before.slabs).toBeLessThan(seen.trials / 100);
    expect(grown).toBeLessThan(64);
  });

  /** Milliseconds from each decision to end until the process is gone, as its Windows parent sees it. */
  function exits(context: Parameters<typeof report>[0], what: string, ends: { ran: Ran; ms: number }[]): void {
    const ms = ends.map((end) => end.ms).toSorted((a, b) => a - b);
    report(context, { what: `lab: ${what}`, trials: ends.length, lost: ends.filter(({ ran }) => !ran.ended).length,
      doubled: 0, wrong: ends.filter((end) => !(end.ms >= 0 && end.ms < 1000)).length,
      note: `gone after ${ms[ms.length >> 1]!.toFixed(0)} ms (median), ${ms.at(-1)!.toFixed(0)} ms at most` });
  }

  test('the command line ends at once with a request in the driver', async (context) => {
    const ends: { ran: Ran; ms: number }[] = [];
    for (let i = 0; i < trials(3, 50); i++) {
      const ran = await lab.exe(executable, ['release', '14', '--timeout', '1', '--yes', '--output', 'json']);
      const { results: [result] } = JSON.parse(ran.stdout) as Document;
      expect(result?.Outcome).toBe('TimedOut');
      ends.push({ ran, ms: ran.endedAt - Date.parse(result!.StartedAt) - result!.DurationMs });
    }
    exits(context, 'command line gone with a request in the driver, after its deadline', ends);
  });

  test('the worker ends at once with requests in the driver', async (context) => {
    writeFileSync(join(lab.dir, 'hung.txt'), [14, 18, 32, 33].map((number, i) =>
      `id=${i + 1}&verb=release&number=${number}&timeout=1\n`).join(''));
    for (const number of [32, 33]) await lab.set(number, 'hung');
    const ends: { ran: Ran; ms: number }[] = [];
    for (let i = 0; i < trials(3, 50); i++) {
      // Its hello, and an answer to each: TimedOut. Then its stdin ends.
      const ran = await lab.exe(executable, ['serve'], { stdin: 'pipe+5:hung.txt' });
      expect(ran.stdout.match(/>TimedOut</g)).toHaveLength(4);
      ends.push({ ran, ms: ran.endedAt - ran.inputEndedAt });
    }
    exits(context, 'worker gone with 3 requests in the driver, after the end of its stdin', ends);
  });
});
