// `release` and `reserve`: one result for every disk argument, whatever happens. Asks first, naming what it found.

import type { Claim } from '../../disk/claim.ts';
import type { DiskContext } from '../../disk/context.ts';
import { resultItem } from '../../result/items.ts';
import type { Answer, ReleaseResult } from '../../result/result.ts';
import { exitCodeOf } from '../../status/outcomes.ts';
import { change as changeDisk, refusedAnswer } from '../../verbs/change.ts';
import { type RequestVerb, verbRows } from '../../verbs/verb-rows.ts';
import { isYes, readLine } from '../ask.ts';
import type { Invocation } from '../command-line.ts';
import { questions } from '../command-rows.ts';
import type { Channel, CliIo, Interrupt } from '../io.ts';
import type { Output } from '../output/output.ts';
import { diskLabel } from '../output/table.ts';
import type { Named } from '../records/record-claim.ts';
import type { Journal } from '../run-log.ts';
import { spokenHere } from '../wording.ts';
import { type Run, type Target, eachDisk, targetsOf } from './each-disk.ts';

interface ChangeRun extends Run {
  readonly verb: RequestVerb;
  readonly output: Output;
  /** Where each result goes before it is told. */
  readonly journal: Journal;
  readonly io: CliIo;
  readonly results: ReleaseResult[];
}

/** Resolves with the exit code when every argument has its result. */
export async function change(
  verb: RequestVerb, invocation: Invocation, disks: readonly Named[], context: DiskContext, output: Output, interrupt: Interrupt,
  stderr: Channel, io: CliIo, journal: Journal,
): Promise<number> {
  const run: ChangeRun = { verb, invocation, context, output, interrupt, stderr, io, journal, results: [] };
  const targets = targetsOf(disks);
  if (invocation.dryRun) await answerAll(run, targets, true, ({ result }, { place }) => answer(run, result, place));
  else if (invocation.yes) await sendAll(run, targets);
  else if (!io.isTerminal.input) await refuseAll(run, targets, 'Nobody is there to confirm it: stdin is no terminal.');
  else if (!io.isTerminal.error) await refuseAll(run, targets, 'Nobody could see the question: stderr is no terminal.');
  else await askAndSend(run, targets);
  const exitCode = journal.end(exitCodeOf(run.results.map((result) => result.Outcome)));
  output.end(exitCode);
  return exitCode;
}

const sendAll = (run: ChangeRun, targets: readonly Target[]) =>
  answerAll(run, targets, false, ({ result }, { place }) => answer(run, result, place));

/** Reads every identity, asks once for all disks that would be sent to, and sends to those that were shown. */
async function askAndSend(run: ChangeRun, targets: readonly Target[]): Promise<void> {
  const { stderr, io, interrupt } = run;
  const { ask, warning } = questions[run.verb];
  const planned: { readonly target: Target; readonly result: ReleaseResult; readonly shown: string | null }[] = [];
  await answerAll(run, targets, true, ({ result, shown }, target) => {
    // What no yes can change is answered at once.
    if (result.Outcome !== 'Accepted') return answer(run, result, target.place);
    planned.push({ target, result, shown });
    return undefined;
  });
  if (planned.length === 0) return;
  planned.sort((a, b) => a.target.place - b.target.place);
  // A disk that was named twice is one to whoever decides, and is sent to twice.
  const times = new Map<string, number>();
  for (const { result } of planned) times.set(described(result), (times.get(described(result)) ?? 0) + 1);
  const count = times.size === 1 ? 'this disk' : `these ${times.size} disks`;
  const { codeName } = verbRows[run.verb].change;
  stderr.line(`${codeName} would be sent to ${count} of ${run.context.bus.computerName}:`);
  for (const [disk, often] of times) stderr.line(`  ${disk}${often === 1 ? '' : `; named ${often} times`}`);
  if (warning !== null) stderr.line(warning);
  stderr.write(`${ask} ${count}? [y/N] `);
  const line = interrupt.asked ? null : await readLine(io.stdin(), Promise.race([interrupt.first, waited(io)]));
  // Nobody's Enter has ended the line.
  if (line === null) stderr.line('');
  const decided = planned.map(({ target, result, shown }): Target =>
    ({ ...target, claim: asShown(target.claim, result, shown) }));
  if (isYes(line)) await sendAll(run, decided);
  else await refuseAll(run, decided, 'It was not confirmed.');
}

/** A terminal with nobody at it, as the console of a scheduled task, must not hold a run for ever. */
const answerMs = 2 * 60_000;

export const waited = ({ clock }: CliIo) => new Promise<void>((resolve) => void clock.after(answerMs, resolve));

/** What was shown is what the device is compared with again, so that nothing else is hit while somebody thinks. */
export const asShown = (claim: Claim, { Number, FriendlyName }: ReleaseResult, shown: string | null): Claim => ({
  ...claim,
  number: claim.path === null ? Number : claim.number,
  friendlyName: FriendlyName,
  shown,
});

export function described(result: ReleaseResult): string {
  const said = [['', result.FriendlyName], ['serial ', result.SerialNumber], ['id ', result.UniqueId]]
    .filter(([, value]) => value !== null).map(([what, value]) => `${what}${value}`);
  return `${diskLabel({ Number: result.Number, DevicePath: result.DevicePath })}: `
    + (said.length === 0 ? 'says nothing of itself' : said.join(', '));
}

async function refuseAll(run: ChangeRun, targets: readonly Target[], why: string): Promise<void> {
  const nextStep = `Use --yes to ${run.verb} the disks without a question, or --dry-run to see what would happen.`;
  for (const { claim, place, refusal } of targets) {
    const { result } = refusedAnswer(claim, run.context, refusal?.message ?? `${why} Nothing was sent.`,
      refusal?.nextStep ?? nextStep);
    await answer(run, result, place);
  }
}

async function answer(run: ChangeRun, result: ReleaseResult, place: number): Promise<void> {
  const { output, invocation, journal } = run;
  run.results.push(result);
  const { Message, NextStep } = result;
  const item = resultItem({ ...result, Message: spokenHere(Message), NextStep: spokenHere(NextStep) });
  // A dry run sends nothing, and leaves nothing behind.
  if (!invocation.dryRun) await journal.write(item, result.Bus);
  output.item(invocation.dryRun ? [...item, ['DryRun', { B: true }]] : item, place);
}

/** Runs the verb for each target; a dry run is the same up to the request. */
const answerAll = (
  run: ChangeRun, targets: readonly Target[], dryRun: boolean,
  each: (answer: Answer, target: Target) => void | Promise<void>,
): Promise<void> => {
  const { context, interrupt, invocation: { allow, timeoutMs, verify, retryMs }, verb } = run;
  const isWanted = () => !interrupt.asked;
  return eachDisk<Answer>(run, targets, {
    one: (claim, report) =>
      changeDisk({ claim, allow, timeoutMs, dryRun, isWanted, verb, verify, retryMs }, context, report),
    refused: (claim, { message, nextStep }) => refusedAnswer(claim, context, message, nextStep),
    interrupted: (claim, begun) => interrupted(run, claim, begun && !dryRun),
  }, each);
};

/** The answer for a disk that Ctrl+C kept from its own. */
function interrupted({ context, verb }: ChangeRun, claim: Claim, begun: boolean): Answer {
  if (!begun) {
    return refusedAnswer(claim, context, 'Interrupted before its turn came. Nothing was sent.',
      'Run it again for this disk.');
  }
  const unknown = refusedAnswer(claim, context,
    `Interrupted before it answered; ${verbRows[verb].change.inDoubt} is unknown.`,
    'The request may still be in the driver, which gives up after about five minutes. Then look at the disk '
    + 'before trying again.');
  return { ...unknown, result: { ...unknown.result, Outcome: 'TimedOut' } };
}
