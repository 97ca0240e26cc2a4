// One result for every disk, `throttle` of them at work, up to Ctrl+C: what all commands that take disks do.

import type { Claim } from '../../disk/claim.ts';
import type { DiskContext, Report } from '../../disk/context.ts';
import type { Invocation } from '../command-line.ts';
import type { Channel, Interrupt } from '../io.ts';
import type { Named, Refusal } from '../records/record-claim.ts';

export interface Run {
  readonly invocation: Invocation;
  readonly context: DiskContext;
  readonly interrupt: Interrupt;
  readonly stderr: Channel;
}

/** A disk that was named, and where it stands among the others. */
export interface Target extends Named {
  readonly place: number;
}

export const targetsOf = (disks: readonly Named[]): Target[] => disks.map((disk, place) => ({ ...disk, place }));

interface Work<T> {
  readonly one: (claim: Claim, report: Report) => Promise<T>;
  /** What stands for a record that names no disk of this computer. */
  readonly refused: (claim: Claim, refusal: Refusal) => T;
  /** What stands for a disk that Ctrl+C kept from its own result. */
  readonly interrupted: (claim: Claim, begun: boolean) => T;
}

/** Hands out one result for each target as it becomes known. */
export async function eachDisk<T>(
  { invocation, context, interrupt, stderr }: Run, targets: readonly Target[], work: Work<T>,
  each: (result: T, target: Target) => void | Promise<void>,
): Promise<void> {
  const report: Report = {
    step: (text) => { if (invocation.verbose) stderr.line(text); },
    late: (text) => stderr.line(text),
  };
  let next = 0;
  let atWork = 0;
  const one = async ({ claim, refusal }: Target): Promise<T> => {
    if (refusal !== null) return work.refused(claim, refusal);
    if (interrupt.asked) return work.interrupted(claim, false);
    const result = await Promise.race([
      work.one(claim, report),
      interrupt.second.then(() => work.interrupted(claim, true)),
    ]);
    // What a rehearsal changed is stored before anybody hears of it.
    await context.bus.flush();
    return result;
  };
  const lane = async () => {
    for (let target = targets[next++]; target !== undefined; target = targets[next++]) {
      atWork += 1;
      const result = await one(target);
      atWork -= 1;
      await each(result, target);
    }
  };
  void interrupt.first.then(() => {
    if (atWork === 0) return;
    stderr.line('Interrupted: no further disk is started; waiting at most '
      + `${invocation.timeoutMs / 1000} s for the disks still at work (${atWork}). Press Ctrl+C again to leave at once.`);
  });
  await Promise.all(Array.from({ length: Math.min(invocation.throttle, targets.length) }, lane));
}
