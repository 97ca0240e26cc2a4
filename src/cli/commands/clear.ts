// `clear`: frees disks by the method that is named. Reads every disk first, asks once for all that would be sent to,
// and sends to those that were shown, as they were shown.

import type { Claim } from '../../disk/claim.ts';
import type { DiskContext } from '../../disk/context.ts';
import { exitCodeOf } from '../../status/outcomes.ts';
import { clear, uncleared } from '../../verbs/clear/clear.ts';
import { type ClearAnswer, type ClearResult, clearItem } from '../../verbs/clear/clear-result.ts';
import { isYes, readLine } from '../ask.ts';
import type { Invocation } from '../command-line.ts';
import type { Channel, CliIo, Interrupt } from '../io.ts';
import type { Output } from '../output/output.ts';
import type { Named } from '../records/record-claim.ts';
import type { Journal } from '../run-log.ts';
import { spokenHere } from '../wording.ts';
import { asShown, described, waited } from './change.ts';
import { type Run, type Target, eachDisk, targetsOf } from './each-disk.ts';

interface ClearRun extends Run {
  readonly output: Output;
  /** Where each result goes before it is told. */
  readonly journal: Journal;
  readonly io: CliIo;
  readonly results: ClearResult[];
}

/** Resolves with the exit code when every argument has its result. */
export async function clearDisks(
  invocation: Invocation, disks: readonly Named[], context: DiskContext, output: Output, interrupt: Interrupt, stderr: Channel, io: CliIo,
  journal: Journal,
): Promise<number> {
  const run: ClearRun = { invocation, context, output, interrupt, stderr, io, journal, results: [] };
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

const sendAll = (run: ClearRun, targets: readonly Target[]) =>
  answerAll(run, targets, false, ({ result }, { place }) => answer(run, result, place));

async function askAndSend(run: ClearRun, targets: readonly Target[]): Promise<void> {
  const { stderr, io, interrupt, invocation: { method } } = run;
  const planned: { readonly target: Target; readonly result: ClearResult; readonly shown: string | null }[] = [];
  await answerAll(run, targets, true, ({ result, shown }, target) => {
    // What no yes can change is answered at once.
    if (result.Outcome !== 'Accepted') return answer(run, result, target.place);
    planned.push({ target, result, shown });
    return undefined;
  });
  if (planned.length === 0) return;
  planned.sort((a, b) => a.target.place - b.target.place);
  const count = planned.length === 1 ? 'this disk' : `these ${planned.length} disks`;
  for (const { result } of planned) stderr.line(`${described(result)}\n  ${spokenHere(result.Message)}`);
  stderr.write(`No data is erased. Go on with --method ${method!.toLowerCase()} for ${count} of ${run.context.bus.computerName}? [y/N] `);
  const line = interrupt.asked ? null : await readLine(io.stdin(), Promise.race([interrupt.first, waited(io)]));
  // Nobody's Enter has ended the line.
  if (line === null) stderr.line('');
  const decided = planned.map(({ target, result, shown }): Target =>
    ({ ...target, claim: asShown(target.claim, result, shown) }));
  if (isYes(line)) await sendAll(run, decided);
  else await refuseAll(run, decided, 'It was not confirmed.');
}

async function refuseAll(run: ClearRun, targets: readonly Target[], why: string): Promise<void> {
  for (const { claim, place, refusal } of targets) {
    const { result } = unsent(run, claim, refusal?.message ?? `${why} Nothing was sent.`, refusal?.nextStep
      ?? 'Use --yes to clear the disks without a question, or --dry-run to see what would happen.');
    await answer(run, result, place);
  }
}

async function answer(run: ClearRun, result: ClearResult, place: number): Promise<void> {
  const { output, invocation, journal } = run;
  run.results.push(result);
  const { Message, NextStep } = result;
  const item = clearItem({ ...result, Message: spokenHere(Message), NextStep: spokenHere(NextStep) });
  // A dry run sends nothing, and leaves nothing behind.
  if (!invocation.dryRun) await journal.write(item, result.Bus);
  output.item(invocation.dryRun ? [...item, ['DryRun', { B: true }]] : item, place);
}

const unsent = ({ context, invocation: { method } }: ClearRun, claim: Claim, message: string, nextStep: string): ClearAnswer =>
  uncleared({ claim, method: method! }, context, message, nextStep);

/** Clears each target; a dry run is the same up to the first request that changes anything. */
function answerAll(
  run: ClearRun, targets: readonly Target[], dryRun: boolean,
  each: (answer: ClearAnswer, target: Target) => void | Promise<void>,
): Promise<void> {
  const { context, interrupt, invocation: { allow, timeoutMs, method, abort, 'holder-key': holderKey, 'own-key': ownKey } } = run;
  const wish = { allow, timeoutMs, dryRun, method: method!, abort, holderKey, ownKey, isWanted: () => !interrupt.asked };
  return eachDisk<ClearAnswer>(run, targets, {
    one: (claim, report) => clear({ ...wish, claim }, context, report),
    refused: (claim, { message, nextStep }) => unsent(run, claim, message, nextStep),
    interrupted: (claim, begun) => interrupted(run, claim, begun && !dryRun),
  }, each);
}

/** The answer for a disk that Ctrl+C kept from its own. */
function interrupted(run: ClearRun, claim: Claim, begun: boolean): ClearAnswer {
  if (!begun) return unsent(run, claim, 'Interrupted before its turn came. Nothing was sent.', 'Run it again for this disk.');
  const unknown = unsent(run, claim, 'Interrupted before it answered; what became of its reservation, and whether a key of this '
    + 'command is left on it, is not known.', 'Look at the disk: storage-release status. A key of this command begins with 0x5352, and '
    + 'storage-release clear --method release --own-key takes it back.');
  return { ...unknown, result: { ...unknown.result, Outcome: 'TimedOut', OwnKeyLeft: null } };
}
