// What every command that changes something does with the disks that were named: one result for each, whatever happens;
// asks first, naming what it found, and sends to those that were shown, as they were shown.

import type { ClixmlObject } from '../../clixml/clixml.ts';
import type { Claim } from '../../disk/claim.ts';
import type { Report } from '../../disk/context.ts';
import type { Answer, ReleaseResult } from '../../result/result.ts';
import { exitCodeOf } from '../../status/outcomes.ts';
import { isYes, readLine } from '../ask.ts';
import type { CliIo } from '../io.ts';
import type { Output } from '../output/output.ts';
import { diskLabel } from '../output/table.ts';
import type { Named } from '../records/record-claim.ts';
import type { Journal } from '../run-log.ts';
import { spokenHere } from '../wording.ts';
import { type Run, type Target, eachDisk, targetsOf } from './each-disk.ts';

export interface ChangingRun extends Run {
  readonly output: Output;
  /** Where each result goes before it is told. */
  readonly journal: Journal;
  readonly io: CliIo;
}

/** What differs between the commands. */
export interface Changing<A extends Answer> {
  /** A dry run is the same up to the first request that changes anything. */
  readonly one: (claim: Claim, report: Report, dryRun: boolean) => Promise<A>;
  /** An answer for a disk that nothing is sent to. */
  readonly unsent: (claim: Claim, message: string, nextStep: string) => A;
  /** That for a disk whose request Ctrl+C left behind. */
  readonly interrupted: (claim: Claim) => A;
  readonly item: (result: A['result']) => ClixmlObject;
  /** Writes what would be sent, and asks; the answer is read here. */
  readonly ask: (planned: readonly A['result'][]) => void;
  /** What it does to disks, for a next step. */
  readonly verb: string;
}

interface Working<A extends Answer> {
  readonly run: ChangingRun;
  readonly work: Changing<A>;
  readonly results: A['result'][];
}

/** Resolves with the exit code when every argument has its result. */
export async function changeConfirmed<A extends Answer>(run: ChangingRun, disks: readonly Named[], work: Changing<A>): Promise<number> {
  const { invocation, output, io, journal } = run;
  const working: Working<A> = { run, work, results: [] };
  const targets = targetsOf(disks);
  if (invocation.dryRun) await answerAll(working, targets, true, ({ result }, { place }) => answer(working, result, place));
  else if (invocation.yes) await sendAll(working, targets);
  else if (!io.isTerminal.input) await refuseAll(working, targets, 'Nobody can confirm this: stdin is not a terminal.');
  else if (!io.isTerminal.error) await refuseAll(working, targets, 'Nobody could see the question: stderr is not a terminal.');
  else await askAndSend(working, targets);
  const exitCode = journal.end(exitCodeOf(working.results.map((result) => result.Outcome)));
  output.end(exitCode);
  return exitCode;
}

const sendAll = <A extends Answer>(working: Working<A>, targets: readonly Target[]) =>
  answerAll(working, targets, false, ({ result }, { place }) => answer(working, result, place));

/** Reads every identity, asks once for all disks that would be sent to, and sends to those that were shown. */
async function askAndSend<A extends Answer>(working: Working<A>, targets: readonly Target[]): Promise<void> {
  const { run: { stderr, io, interrupt }, work } = working;
  const planned: { readonly target: Target; readonly result: A['result']; readonly shown: string | null }[] = [];
  await answerAll(working, targets, true, ({ result, shown }, target) => {
    // What no yes can change is answered at once.
    if (result.Outcome !== 'Accepted') return answer(working, result, target.place);
    planned.push({ target, result, shown });
    return undefined;
  });
  if (planned.length === 0) return;
  planned.sort((a, b) => a.target.place - b.target.place);
  work.ask(planned.map(({ result }) => result));
  const line = interrupt.asked ? null : await readLine(io.stdin(), Promise.race([interrupt.first, waited(io)]));
  // Nobody's Enter has ended the line.
  if (line === null) stderr.line('');
  const decided = planned.map(({ target, result, shown }): Target =>
    ({ ...target, claim: asShown(target.claim, result, shown) }));
  if (isYes(line)) await sendAll(working, decided);
  else await refuseAll(working, decided, 'Not confirmed.');
}

/** A terminal with nobody at it, as the console of a scheduled task, must not hold a run for ever. */
const answerMs = 2 * 60_000;

const waited = ({ clock }: CliIo) => new Promise<void>((resolve) => void clock.after(answerMs, resolve));

/** What was shown is what the device is compared with again, so that nothing else is hit while somebody thinks. */
const asShown = (claim: Claim, { Number, FriendlyName }: ReleaseResult, shown: string | null): Claim => ({
  ...claim,
  number: claim.path === null ? Number : claim.number,
  friendlyName: FriendlyName,
  shown,
});

/** How a question names a disk. */
export function described(result: ReleaseResult): string {
  const said = [['', result.FriendlyName], ['serial ', result.SerialNumber], ['id ', result.UniqueId]]
    .filter(([, value]) => value !== null).map(([what, value]) => `${what}${value}`);
  return `${diskLabel({ Number: result.Number, DevicePath: result.DevicePath })}: `
    + (said.length === 0 ? 'reports no identity' : said.join(', '));
}

async function refuseAll<A extends Answer>(working: Working<A>, targets: readonly Target[], why: string): Promise<void> {
  const { verb, unsent } = working.work;
  const nextStep = `Use --yes to ${verb} the disks without a question, or --dry-run to see what would happen.`;
  for (const { claim, place, refusal } of targets) {
    const { result } = unsent(claim, refusal?.message ?? `${why} Nothing was sent.`, refusal?.nextStep ?? nextStep);
    await answer(working, result, place);
  }
}

async function answer<A extends Answer>({ run, work, results }: Working<A>, result: A['result'], place: number): Promise<void> {
  const { output, invocation, journal } = run;
  results.push(result);
  const { Message, NextStep } = result;
  const item = work.item({ ...result, Message: spokenHere(Message), NextStep: spokenHere(NextStep) });
  // A dry run sends nothing, and leaves nothing behind.
  if (!invocation.dryRun) await journal.write(item, result.Bus);
  output.item(invocation.dryRun ? [...item, ['DryRun', { B: true }]] : item, place);
}

const answerAll = <A extends Answer>(
  { run, work }: Working<A>, targets: readonly Target[], dryRun: boolean, each: (answer: A, target: Target) => void | Promise<void>,
): Promise<void> => eachDisk<A>(run, targets, {
  one: (claim, report) => work.one(claim, report, dryRun),
  refused: (claim, { message, nextStep }) => work.unsent(claim, message, nextStep),
  interrupted: (claim, begun) => (begun && !dryRun ? work.interrupted(claim)
    : work.unsent(claim, 'Interrupted before this disk was reached. Nothing was sent.', 'Run the command again for this disk.')),
}, each);
