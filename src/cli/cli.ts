// The command line: arguments, bus, command, exit code. Loaded only when it is needed: yargs is slow to load.

import type { Bus } from '../bus/bus.ts';
import { RehearsalFileError } from '../bus/rehearsal/rehearsal-file-error.ts';
import { createContext } from '../disk/context.ts';
import { LogProblem } from '../log/log-system.ts';
import { outcomeRow, usageExitCode } from '../status/outcomes.ts';
import { cleanText } from '../text.ts';
import { unexpected } from '../unexpected.ts';
import { type ChangingVerb, type CommandName, isChanging } from '../verbs/verb-rows.ts';
import { type Invocation, type MapInvocation, parseCommandLine } from './command-line.ts';
import type { ChangingRun } from './commands/confirmed.ts';
import { type Channel, Channels, type CliIo, Interrupt } from './io.ts';
import { formats } from './output/formats.ts';
import { type RunError, errorDocument } from './output/json.ts';
import type { Output } from './output/output.ts';
import type { ListRecord, Named, Surroundings } from './records/record-claim.ts';
import type { RunLog } from './run-log.ts';
import { UsageError, asksForJson } from './usage.ts';

/** What nothing more special stands for. */
const failed = outcomeRow('Failed').exitCode;

/** Ends a run with an error instead of results; the exit code. */
type GiveUp = (command: CommandName | null, error: RunError, exitCode: number) => number;

/** Runs one command line to its exit code; all output is written when it resolves. Never rejects. */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  const channels = new Channels();
  const stdout = channels.open((text) => io.stdout(text));
  const stderr = channels.open((text) => io.stderr(text));
  const giveUp: GiveUp = (command, error, code) => {
    // It quotes what files and arguments say.
    stderr.line(`storage-release: ${cleanText(error.message)}`);
    if (error.nextStep !== '') stderr.line(error.nextStep);
    if (asksForJson(args)) stdout.line(errorDocument(command, io.version, error, code));
    return code;
  };
  const exitCode = await run(args, io, stdout, stderr, giveUp).catch((error: unknown) =>
    giveUp(null, { kind: 'unexpected', ...unexpected(error, io.version, args) }, failed));
  await channels.flushed();
  if (stdout.failure !== null) {
    stderr.line(`storage-release: not all results could be written: ${stdout.failure.message}`);
  }
  await channels.flushed();
  // A run whose results nobody could read has not gone well.
  return stdout.failure === null ? exitCode : failed;
}

async function run(
  args: readonly string[], io: CliIo, stdout: Channel, stderr: Channel, giveUp: GiveUp,
): Promise<number> {
  let invocation: Invocation;
  try {
    const parsed = parseCommandLine(args, io.version, io.columns);
    if ('text' in parsed) {
      stdout.write(parsed.text);
      return 0;
    }
    if (parsed.command === 'completion') {
      const { completionScript } = await import('./completion.ts');
      stdout.write(completionScript(parsed.shell));
      return 0;
    }
    if (parsed.command === 'map') return await drawMap(parsed, io, stdout, stderr, giveUp);
    invocation = parsed;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return giveUp(null, { kind: 'usage', message: error.message, nextStep: error.nextStep }, usageExitCode);
  }

  const { command } = invocation;
  const interrupt = new Interrupt();
  const begin = () => formats[invocation.output]({
    command,
    version: io.version,
    dryRun: invocation.dryRun,
    detailed: invocation.detailed,
    width: io.columns,
    isTerminal: io.isTerminal.output,
    stdout,
    stderr,
  });
  // Nobody reads what comes of more disks.
  stdout.onFailure = () => interrupt.ask();
  if (command === 'log') return showLog(invocation, io, begin, interrupt, stderr, giveUp);
  let runLog: RunLog | null = null;
  if (isChanging(command) && invocation.log !== null && !invocation.dryRun) {
    const { RunLog, unwritable } = await import('./run-log.ts');
    try {
      runLog = await RunLog.open(io.logs, io.clock, args, command, invocation, stderr);
    } catch (error) {
      if (!(error instanceof LogProblem)) throw error;
      const message = unwritable(invocation.log, error);
      if (!invocation['log-optional']) {
        const nextStep = 'Nothing was sent. Correct the problem, name another file with --log, or use '
          + '--log-optional to go on without a log.';
        return giveUp(command, { kind: 'usage', message, nextStep }, usageExitCode);
      }
      stderr.line(`storage-release: ${cleanText(message)} The run goes on without it.`);
    }
  }
  let records: readonly ListRecord[] = [];
  if (invocation.from !== null) {
    const { ListError, loadList } = await import('./records/load-list.ts');
    try {
      records = await loadList(invocation.from, io.stdin);
    } catch (error) {
      if (!(error instanceof ListError)) throw error;
      const name = invocation.from === '-' ? 'The list on stdin' : `The list ${invocation.from}`;
      return giveUp(command, { kind: 'usage', message: `${name} ${error.message}.`, nextStep: 'Nothing was sent. Give a list '
        + 'as storage-release list --output json, or Export-Csv of Get-Disk, writes it.' }, usageExitCode);
    }
  }
  let bus: Bus;
  try {
    bus = await openBus(invocation, io, stderr);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!(error instanceof RehearsalFileError)) {
      return giveUp(command, { kind: 'unavailable', message, nextStep: '' }, failed);
    }
    const nextStep = 'Correct the file, or name another one with --rehearsal.';
    return giveUp(command, { kind: 'usage', message, nextStep }, usageExitCode);
  }

  io.onInterrupt(() => interrupt.ask());
  const context = createContext(bus, io.clock);
  const here: Surroundings = {
    computer: io.logs.computer, computers: namesOf(io.logs.computer, bus), rehearses: invocation.rehearsal !== null,
    command: `storage-release ${command}`,
  };
  const disks = invocation.claims.map((claim): Named => ({ claim, refusal: null }));
  if (records.length > 0) {
    const { recordClaim } = await import('./records/record-claim.ts');
    disks.push(...records.map((record, i) => numbered(recordClaim(record, here), i + 1)));
  }
  // Whoever gives a list on stdin cannot answer there as well.
  const asking = invocation.from === '-' ? { ...io, isTerminal: { ...io.isTerminal, input: false } } : io;
  const output = begin();
  const changing = async (verb: ChangingVerb): Promise<ChangingRun> => {
    const { Journal } = await import('./run-log.ts');
    return { invocation, context, output, interrupt, stderr, io: asking, journal: new Journal(runLog, io, verb, args) };
  };
  // A command is loaded only where it is the one that is wanted.
  switch (command) {
    case 'clear': {
      const { clearDisks } = await import('./commands/clear.ts');
      return clearDisks(await changing(command), disks);
    }
    case 'list': {
      const { list } = await import('./commands/list.ts');
      return list(invocation, context, output, interrupt, stderr);
    }
    case 'status': {
      const { status } = await import('./commands/status.ts');
      return status(invocation, disks, context, output, interrupt, stderr);
    }
    default: {
      const { change } = await import('./commands/change.ts');
      return change(command, await changing(command), disks);
    }
  }
}

/** What a list may call this computer. */
const namesOf = (own: string, { computerName }: Bus): ReadonlySet<string> =>
  new Set(['.', 'localhost', '127.0.0.1', '::1', own.toLowerCase(), computerName.toLowerCase()]);

async function showLog(
  invocation: Invocation, io: CliIo, begin: () => Output, interrupt: Interrupt, stderr: Channel, giveUp: GiveUp,
): Promise<number> {
  io.onInterrupt(() => interrupt.ask());
  const { log } = await import('./commands/log.ts');
  try {
    return await log(invocation, io.logs, begin, interrupt, stderr);
  } catch (error) {
    if (!(error instanceof LogProblem)) throw error;
    const message = `The log ${invocation.file} cannot be read: ${error.message}.`;
    return giveUp('log', { kind: 'usage', message, nextStep: 'Name a file that --log or -LogPath has written.' },
      usageExitCode);
  }
}

async function drawMap(
  invocation: MapInvocation, io: CliIo, stdout: Channel, stderr: Channel, giveUp: GiveUp,
): Promise<number> {
  const { MapRefused, map } = await import('./commands/map.ts');
  try {
    return await map(invocation, io, stdout, stderr);
  } catch (error) {
    if (!(error instanceof MapRefused)) throw error;
    return giveUp(null, { kind: 'usage', message: error.message, nextStep: error.nextStep }, usageExitCode);
  }
}

async function openBus({ rehearsal, initiator }: Invocation, io: CliIo, stderr: Channel): Promise<Bus> {
  if (rehearsal === null) return io.open.windows();
  const bus = await io.open.rehearsal(rehearsal, initiator, (text) => stderr.line(`storage-release: ${text}`));
  stderr.line(`Rehearsal on ${bus.computerName}: no real disk is touched.`);
  return bus;
}

/** Says which record of the list is refused. */
const numbered = ({ claim, refusal }: Named, record: number): Named => ({
  claim, refusal: refusal === null ? null : { ...refusal, message: `Record ${record} of the list: ${refusal.message}` },
});
