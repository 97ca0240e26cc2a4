// `release` and `reserve`.

import type { Claim } from '../../disk/claim.ts';
import type { DiskContext } from '../../disk/context.ts';
import { resultItem } from '../../result/items.ts';
import type { Answer, DeviceColumns, ReleaseResult } from '../../result/result.ts';
import { change as changeDisk, refusedAnswer } from '../../verbs/change.ts';
import { type RequestVerb, verbRows } from '../../verbs/verb-rows.ts';
import { questions } from '../command-rows.ts';
import type { Channel } from '../io.ts';
import type { Named } from '../records/record-claim.ts';
import { type Changing, type ChangingRun, changeConfirmed, described } from './confirmed.ts';

/** Resolves with the exit code when every argument has its result. */
export function change(verb: RequestVerb, run: ChangingRun, disks: readonly Named[]): Promise<number> {
  const { context, interrupt, stderr, invocation: { allow, timeoutMs, verify, retryMs } } = run;
  const isWanted = () => !interrupt.asked;
  /** The disks at work, for the result of one that a second Ctrl+C leaves behind. */
  const met = new Map<Claim, Pick<ReleaseResult, keyof DeviceColumns | 'StartedAt' | 'Attempts'>>();
  const work: Changing<Answer> = {
    verb,
    one: (claim, { step, late }, dryRun) => changeDisk({ claim, allow, timeoutMs, dryRun, isWanted, verb, verify, retryMs }, context, {
      step, late,
      met: (device, startedAt) => {
        const { StartedAt = startedAt, Attempts = 0 } = met.get(claim) ?? {};
        met.set(claim, { ...device, StartedAt, Attempts: Attempts + 1 });
      },
    }),
    unsent: (claim, message, nextStep) => refusedAnswer(claim, context, message, nextStep),
    interrupted: (claim) => {
      const unknown = refusedAnswer(claim, context, `Interrupted before it answered; ${verbRows[verb].change.inDoubt} is unknown.`,
        'The request may still be pending in the driver, which gives up after about five minutes. Then look at the disk '
        + 'before trying again.');
      const result = { ...unknown.result, ...met.get(claim), Outcome: 'TimedOut' as const };
      return { ...unknown, result: { ...result, DurationMs: Math.max(0, context.clock.date().getTime() - result.StartedAt.getTime()) } };
    },
    item: resultItem,
    ask: (planned) => ask(verb, context, planned, stderr),
  };
  return changeConfirmed(run, disks, work);
}

function ask(verb: RequestVerb, { bus }: DiskContext, planned: readonly ReleaseResult[], stderr: Channel): void {
  const { ask: begin, warning } = questions[verb];
  // A disk that was named twice is one to whoever decides, and is sent to twice.
  const times = new Map<string, number>();
  for (const result of planned) times.set(described(result), (times.get(described(result)) ?? 0) + 1);
  const count = times.size === 1 ? 'this disk' : `these ${times.size} disks`;
  stderr.line(`${verbRows[verb].change.codeName} would be sent to ${count} of ${bus.computerName}:`);
  for (const [disk, often] of times) stderr.line(`  ${disk}${often === 1 ? '' : `; named ${often} times`}`);
  if (warning !== null) stderr.line(warning);
  stderr.write(`${begin} ${count}? [y/N] `);
}
