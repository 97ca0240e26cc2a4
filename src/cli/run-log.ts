// The log of a run of the command line: what is said when it cannot be written, and what that costs.

import type { BusKind } from '../bus/bus.ts';
import type { ClixmlObject } from '../clixml/clixml.ts';
import type { Clock } from '../clock.ts';
import { LogProblem } from '../log/log-system.ts';
import { EventJournal, type LogSource, ResultLog } from '../log/result-log.ts';
import { outcomeRow } from '../status/outcomes.ts';
import type { ChangingVerb } from '../verbs/verb-rows.ts';
import type { Invocation } from './command-line.ts';
import type { Channel } from './io.ts';

const mebibyte = 1024 * 1024;

/** The arguments as somebody would type them. */
export const commandLineOf = (args: readonly string[]): string =>
  args.map((arg) => (/^[^\s"]+$/.test(arg) ? arg : JSON.stringify(arg))).join(' ');

/** The sentence about a log. */
export const unwritable = (path: string, { message }: LogProblem): string =>
  `The log ${path} cannot be written: ${message}.`;

export class RunLog {
  readonly #log: ResultLog;
  readonly #command: ChangingVerb;
  readonly #optional: boolean;
  readonly #stderr: Channel;
  #lost = 0;

  private constructor(log: ResultLog, command: ChangingVerb, optional: boolean, stderr: Channel) {
    this.#log = log;
    this.#command = command;
    this.#optional = optional;
    this.#stderr = stderr;
  }

  /** Rejects with LogProblem. */
  static async open(
    source: LogSource, clock: Clock, args: readonly string[], command: ChangingVerb, invocation: Invocation,
    stderr: Channel,
  ): Promise<RunLog> {
    const { log, rehearsal, 'log-max-size': maxSize, 'log-optional': optional } = invocation;
    return new RunLog(await ResultLog.open(source, clock, {
      path: log!,
      maxBytes: maxSize * mebibyte,
      commandLine: commandLineOf(args),
      rehearsal: rehearsal === null ? null : source.fullPath(rehearsal),
    }), command, optional, stderr);
  }

  /** Resolves when the result is in the log, or cannot be. */
  async write(item: ClixmlObject): Promise<void> {
    try {
      const remark = await this.#log.write(this.#command, item);
      if (remark !== null) this.#stderr.line(`storage-release: ${remark}`);
    } catch (error) {
      if (!(error instanceof LogProblem)) throw error;
      this.#lost += 1;
      if (this.#lost === 1) this.#stderr.line(`storage-release: ${unwritable(this.#log.path, error)}`);
    }
  }

  /** Resolves when the key is in the log; with a sentence where it cannot be, and nothing may be sent without. */
  async writeOwnKey(item: ClixmlObject): Promise<string | null> {
    try {
      const remark = await this.#log.writeOwnKey(this.#command, item);
      if (remark !== null) this.#stderr.line(`storage-release: ${remark}`);
    } catch (error) {
      if (!(error instanceof LogProblem)) throw error;
      const why = unwritable(this.#log.path, error);
      if (!this.#optional) return why;
      this.#stderr.line(`storage-release: ${why}`);
    }
    return null;
  }

  /** Says how many results are missing, and what the exit code is then: never 0, unless the log is optional. */
  end(exitCode: number): number {
    if (this.#lost === 0) return exitCode;
    const results = this.#lost === 1 ? '1 result of this run is' : `${this.#lost} results of this run are`;
    this.#stderr.line(`storage-release: ${results} not in the log ${this.#log.path}.`);
    return exitCode === 0 && !this.#optional ? outcomeRow('Failed').exitCode : exitCode;
  }
}

/** What is left behind of each result of a run: its line in the log, and its event. */
export class Journal {
  readonly #log: RunLog | null;
  readonly #events: EventJournal;
  readonly #command: ChangingVerb;
  readonly #commandLine: string;

  constructor(
    log: RunLog | null, { logs, clock }: { readonly logs: LogSource; readonly clock: Clock },
    command: ChangingVerb, args: readonly string[],
  ) {
    this.#log = log;
    this.#events = new EventJournal(logs, clock);
    this.#command = command;
    this.#commandLine = commandLineOf(args);
  }

  async write(item: ClixmlObject, bus: BusKind): Promise<void> {
    await this.#log?.write(item);
    // A rehearsal is no event of this computer.
    if (bus === 'Windows') await this.#events.write(this.#command, this.#commandLine, item);
  }

  /** Before clear sends a key of its own. A sentence: nothing may be sent. */
  async writeOwnKey(item: ClixmlObject): Promise<string | null> {
    return await this.#log?.writeOwnKey(item) ?? null;
  }

  end(exitCode: number): number {
    return this.#log?.end(exitCode) ?? exitCode;
  }
}
