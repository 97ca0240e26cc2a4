// The command line: arguments, bus, command, exit code. Loaded only when it is needed: yargs is slow to load.

import type { Bus } from '../bus/bus.ts';
import { RehearsalFileError } from '../bus/rehearsal/rehearsal-file.ts';
import { createContext } from '../disk/context.ts';
import { outcomeRow, usageExitCode } from '../status/outcomes.ts';
import { cleanText } from '../text.ts';
import { unexpected } from '../unexpected.ts';
import type { CommandName } from '../verbs/verb-rows.ts';
import { type Invocation, parseCommandLine } from './command-line.ts';
import { change } from './commands/change.ts';
import { clearDisks } from './commands/clear.ts';
import { list } from './commands/list.ts';
import { status } from './commands/status.ts';
import { type Channel, Channels, type CliIo, Interrupt } from './io.ts';
import { formats } from './output/formats.ts';
import { type RunError, errorDocument } from './output/json.ts';
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
    invocation = parsed;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return giveUp(null, { kind: 'usage', message: error.message, nextStep: error.nextStep }, usageExitCode);
  }

  const { command } = invocation;
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

  const interrupt = new Interrupt();
  io.onInterrupt(() => interrupt.ask());
  // Nobody reads what comes of more disks.
  stdout.onFailure = () => interrupt.ask();
  const context = createContext(bus, io.clock);
  const output = formats[invocation.output]({
    command,
    version: io.version,
    dryRun: invocation.dryRun,
    detailed: invocation.detailed,
    width: io.columns,
    isTerminal: io.isTerminal.output,
    stdout,
    stderr,
  });
  switch (command) {
    case 'clear': return clearDisks(invocation, context, output, interrupt, stderr, io);
    case 'list': return list(invocation, context, output, interrupt, stderr);
    case 'status': return status(invocation, context, output, interrupt, stderr);
    default: return change(command, invocation, context, output, interrupt, stderr, io);
  }
}

async function openBus({ rehearsal, initiator }: Invocation, io: CliIo, stderr: Channel): Promise<Bus> {
  if (rehearsal === null) return io.open.windows();
  const bus = await io.open.rehearsal(rehearsal, initiator, (text) => stderr.line(`storage-release: ${text}`));
  stderr.line(`Rehearsal on ${bus.computerName}: no real disk is touched.`);
  return bus;
}
