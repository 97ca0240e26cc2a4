// `status`: how each disk is reserved, by requests that only read. Asks nobody, because it changes nothing.

import { type Claim, noClaim } from '../../disk/claim.ts';
import { type DiskContext, lookingOnly } from '../../disk/context.ts';
import { Deadline, DeadlinePassed } from '../../disk/deadline.ts';
import { numberInPath } from '../../disk/device-path.ts';
import { messageOf } from '../../message-of.ts';
import { registrantItem, reservationItem } from '../../result/items.ts';
import type { ReservationAnswer } from '../../result/reservation-result.ts';
import { type Outcome, exitCodeOf, outcomeRow } from '../../status/outcomes.ts';
import { readReservation, unreadAnswer } from '../../verbs/read.ts';
import type { Invocation } from '../command-line.ts';
import type { Channel, Interrupt } from '../io.ts';
import type { Output } from '../output/output.ts';
import type { Named } from '../records/record-claim.ts';
import { spokenHere } from '../wording.ts';
import { eachDisk, targetsOf } from './each-disk.ts';

/** Resolves with the exit code when every disk has its result: 0 when all of them were read. */
export async function status(
  invocation: Invocation, named: readonly Named[], changing: DiskContext, output: Output, interrupt: Interrupt, stderr: Channel,
): Promise<number> {
  const context = lookingOnly(changing);
  const { timeoutMs, detailed } = invocation;
  let disks = named;
  try {
    if (disks.length === 0) disks = (await allDisks(context, timeoutMs)).map((claim) => ({ claim, refusal: null }));
  } catch (error) {
    const passed = error instanceof DeadlinePassed;
    stderr.line('storage-release: the disks of this computer could not be listed: '
      + (passed ? `no answer within ${timeoutMs / 1000} s.` : messageOf(error)));
    const { exitCode } = outcomeRow(passed ? 'TimedOut' : 'Failed');
    output.end(exitCode);
    return exitCode;
  }
  const seen: Outcome[] = [];
  const doubles = new Set<string>();
  await eachDisk<ReservationAnswer>({ invocation, context, interrupt, stderr }, targetsOf(disks), {
    one: (claim, report) => readReservation({ claim, timeoutMs, detailed }, context, report),
    refused: (claim, { message, nextStep }) => unreadAnswer(claim, context, 'Refused', message, nextStep),
    interrupted: (claim, begun) => (begun
      ? unreadAnswer(claim, context, 'TimedOut', 'Interrupted before it answered.',
        'Run the command again for this disk.')
      : unreadAnswer(claim, context, 'Refused', 'Interrupted before this disk was reached.',
        'Run the command again for this disk.')),
  }, ({ result, registrants, remarks }, { place }) => {
    seen.push(result.Outcome);
    for (const remark of remarks) doubles.add(remark);
    const { Message, NextStep } = result;
    const said = { ...result, Message: spokenHere(Message), NextStep: spokenHere(NextStep) };
    output.item(reservationItem(said), place);
    for (const one of registrants) output.registrant(registrantItem(one), place);
  });
  const exitCode = exitCodeOf(seen);
  output.end(exitCode);
  for (const remark of doubles) stderr.line(remark);
  return exitCode;
}

/** The disks of this computer, without its tapes and changers, in the order of their numbers. */
async function allDisks({ bus, clock }: DiskContext, timeoutMs: number): Promise<Claim[]> {
  const paths = await new Deadline(clock, timeoutMs).race(bus.list());
  return paths.map(numberInPath).filter((number) => number !== null).map((number) => ({ ...noClaim, number }));
}
