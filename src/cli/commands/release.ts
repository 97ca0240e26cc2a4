// `release`: one result for every disk argument, whatever happens. Asks first, naming what it found.

import { resultItem } from '../../release/items.ts';
import { type ReleaseContext, type Report, refusedAnswer, release as releaseDisk } from '../../release/release.ts';
import type { ReleaseResult } from '../../release/result.ts';
import type { Claim } from '../../release/target.ts';
import { exitCodeOf } from '../../status/outcomes.ts';
import { isYes, readLine } from '../ask.ts';
import type { Invocation } from '../command-line.ts';
import type { Channel, CliIo, Interrupt } from '../io.ts';
import type { Output } from '../output/output.ts';
import { diskLabel } from '../output/table.ts';
import { spokenHere } from '../wording.ts';

interface Run {
  readonly invocation: Invocation;
  readonly context: ReleaseContext;
  readonly output: Output;
  readonly interrupt: Interrupt;
  readonly stderr: Channel;
  readonly io: CliIo;
  readonly results: ReleaseResult[];
}

/** A disk argument, and where it stands among the others. */
interface Target {
  readonly claim: Claim;
  readonly place: number;
}

/** Resolves with the exit code when every argument has its result. */
export async function release(
  invocation: Invocation, context: ReleaseContext, output: Output, interrupt: Interrupt, stderr: Channel,
  io: CliIo,
): Promise<number> {
  const run: Run = { invocation, context, output, interrupt, stderr, io, results: [] };
  const targets = invocation.claims.map((claim, place): Target => ({ claim, place }));
  if (invocation.dryRun) await answerAll(run, targets, true, (result, { place }) => answer(run, result, place));
  else if (invocation.yes) await sendAll(run, targets);
  else if (!io.isTerminal.input) refuseAll(run, targets, 'Nobody is there to confirm it: stdin is no terminal.');
  else if (!io.isTerminal.error) refuseAll(run, targets, 'Nobody could see the question: stderr is no terminal.');
  else await askAndSend(run, targets);
  const exitCode = exitCodeOf(run.results.map((result) => result.Outcome));
  output.end(exitCode);
  return exitCode;
}

const sendAll = (run: Run, targets: readonly Target[]) =>
  answerAll(run, targets, false, (result, { place }) => answer(run, result, place));

/** Reads every identity, asks once for all disks that would be sent to, and sends to those that were shown. */
async function askAndSend(run: Run, targets: readonly Target[]): Promise<void> {
  const { stderr, io, interrupt } = run;
  const planned: { readonly target: Target; readonly result: ReleaseResult }[] = [];
  await answerAll(run, targets, true, (result, target) => {
    // What no yes can change is answered at once.
    if (result.Outcome !== 'Accepted') answer(run, result, target.place);
    else planned.push({ target, result });
  });
  if (planned.length === 0) return;
  planned.sort((a, b) => a.target.place - b.target.place);
  const count = planned.length === 1 ? 'this disk' : `these ${planned.length} disks`;
  stderr.line(`IOCTL_STORAGE_RELEASE would be sent to ${count} of ${run.context.bus.computerName}:`);
  for (const { result } of planned) stderr.line(`  ${described(result)}`);
  stderr.write(`Release ${count}? [y/N] `);
  const line = interrupt.asked ? null : await readLine(io.stdin(), Promise.race([interrupt.first, waited(io)]));
  // Nobody's Enter has ended the line.
  if (line === null) stderr.line('');
  const shown = planned.map(({ target, result }): Target => ({ ...target, claim: asShown(target.claim, result) }));
  if (isYes(line)) await sendAll(run, shown);
  else refuseAll(run, shown, 'It was not confirmed.');
}

/** A terminal with nobody at it, as the console of a scheduled task, must not hold a run for ever. */
const answerMs = 2 * 60_000;

const waited = ({ clock }: CliIo) => new Promise<void>((resolve) => void clock.after(answerMs, resolve));

/** What was shown is what the handle is held against, so that nothing else can be hit while somebody thinks. */
const asShown = (claim: Claim, result: ReleaseResult): Claim => ({
  ...claim,
  number: claim.path === null ? result.Number : claim.number,
  path: claim.path ?? result.DevicePath,
  uniqueId: claim.uniqueId ?? result.UniqueId,
  serialNumber: claim.serialNumber ?? result.SerialNumber,
  friendlyName: result.FriendlyName,
});

function described(result: ReleaseResult): string {
  const said = [['', result.FriendlyName], ['serial ', result.SerialNumber], ['id ', result.UniqueId]]
    .filter(([, value]) => value !== null).map(([what, value]) => `${what}${value}`);
  return `${diskLabel({ Number: result.Number, DevicePath: result.DevicePath })}: `
    + (said.length === 0 ? 'says nothing of itself' : said.join(', '));
}

function refuseAll(run: Run, targets: readonly Target[], why: string): void {
  for (const { claim, place } of targets) {
    const { result } = refusedAnswer(claim, run.context, `${why} Nothing was sent.`,
      'Name the disks with --yes to release them without a question, or with --dry-run to see what would happen.');
    answer(run, result, place);
  }
}

function answer(run: Run, result: ReleaseResult, place: number): void {
  const { output, invocation } = run;
  run.results.push(result);
  const { Message, NextStep } = result;
  const item = resultItem({ ...result, Message: spokenHere(Message), NextStep: spokenHere(NextStep) });
  output.item(invocation.dryRun ? [...item, ['DryRun', { B: true }]] : item, place);
}

/** Hands out one result for each target as it becomes known, `throttle` of them at work. */
async function answerAll(
  { invocation, context, interrupt, stderr }: Run, targets: readonly Target[], dryRun: boolean,
  each: (result: ReleaseResult, target: Target) => void,
): Promise<void> {
  const report: Report = {
    step: (text) => { if (invocation.verbose) stderr.line(text); },
    late: (text) => stderr.line(text),
  };
  let next = 0;
  let atWork = 0;
  const one = async ({ claim }: Target): Promise<ReleaseResult> => {
    if (interrupt.asked) return interrupted(claim, context, false);
    const { allow, timeoutMs } = invocation;
    const { result } = await Promise.race([
      releaseDisk({ claim, allow, timeoutMs, dryRun }, context, report),
      interrupt.second.then(() => ({ result: interrupted(claim, context, !dryRun) })),
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
      each(result, target);
    }
  };
  void interrupt.first.then(() => {
    if (atWork === 0) return;
    stderr.line('Interrupted: nothing more is begun; waiting at most '
      + `${invocation.timeoutMs / 1000} s for ${atWork} at work. Once more to leave at once.`);
  });
  await Promise.all(Array.from({ length: Math.min(invocation.throttle, targets.length) }, lane));
}

/** The result of a disk that Ctrl+C kept from its own. */
function interrupted(claim: Claim, context: ReleaseContext, begun: boolean): ReleaseResult {
  if (!begun) {
    return refusedAnswer(claim, context, 'Interrupted before its turn came. Nothing was sent.',
      'Run it again for this disk.').result;
  }
  const { result } = refusedAnswer(claim, context,
    'Interrupted before it answered; whether the device releases anything is unknown.',
    'The request may still be in the driver, which gives up after about five minutes. Then look at the disk '
    + 'before trying again.');
  return { ...result, Outcome: 'TimedOut' };
}
