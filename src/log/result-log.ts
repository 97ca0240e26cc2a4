// The log of a run: its results, each with its origin.

import type { ClixmlObject } from '../clixml/clixml.ts';
import type { Clock } from '../clock.ts';
import { messageOf } from '../message-of.ts';
import { type EventSink, resultEvent } from './event.ts';
import { LogFile } from './log-file.ts';
import { type LogFiles, LogProblem } from './log-system.ts';
import { type LogOrigin, logLine, ownKeyItem } from './record.ts';

/** What a log needs of the process that writes it. */
export interface LogSource {
  /** Opened at the first use only. */
  files(): Promise<LogFiles>;
  /** Full path of a file that was named. */
  fullPath(file: string): string;
  /** The sink for events; null where there is none, for example because no source is registered. */
  events(): Promise<EventSink | null>;
  readonly computer: string;
  readonly processId: number;
  readonly version: string;
}

export interface LogWish {
  readonly path: string;
  readonly maxBytes?: number;
  readonly commandLine: string;
  readonly rehearsal: string | null;
}

export class ResultLog {
  readonly path: string;
  readonly #file: LogFile;
  readonly #clock: Clock;
  readonly #origin: LogOrigin;

  private constructor(file: LogFile, clock: Clock, origin: LogOrigin) {
    this.path = file.path;
    this.#file = file;
    this.#clock = clock;
    this.#origin = origin;
  }

  /** Rejects with LogProblem where the log cannot be written. */
  static async open(source: LogSource, clock: Clock, wish: LogWish): Promise<ResultLog> {
    const { commandLine, rehearsal, maxBytes } = wish;
    try {
      const files = await source.files();
      const file = await LogFile.open(source.fullPath(wish.path), files, clock, maxBytes);
      const { computer, processId, version } = source;
      return new ResultLog(file, clock, { user: files.user(), computer, processId, commandLine, rehearsal, version });
    } catch (error) {
      throw error instanceof LogProblem ? error : new LogProblem(messageOf(error));
    }
  }

  /** Whether a write has hung: then the log may be opened again. */
  get isGivenUp(): boolean {
    return this.#file.isGivenUp;
  }

  /** Rejects with LogProblem where a result could not be written now. `anew`: with all checks of folder and file. */
  check(anew: boolean): Promise<void> {
    return this.#file.check(anew);
  }

  /** Resolves, with a remark or null, when the result is on the disk; rejects with LogProblem. */
  write(command: string, item: ClixmlObject): Promise<string | null> {
    return this.#file.write(logLine(this.#clock.date(), command, this.#origin, item));
  }

  /** The same for the line before clear sends a key of its own; `item` is the result if the run ended there. */
  writeOwnKey(command: string, item: ClixmlObject): Promise<string | null> {
    return this.write(command, ownKeyItem(item));
  }
}

/** After so long an event counts as not written: the event log service may hang. */
const patienceMs = 5_000;

/** Writes the events of a process. A failure never affects a result: the event is dropped. */
export class EventJournal {
  readonly #source: LogSource;
  readonly #clock: Clock;
  #sink: Promise<EventSink | null> | null = null;

  constructor(source: LogSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  async write(command: string, commandLine: string, item: ClixmlObject): Promise<void> {
    let takeBack = () => {};
    const late = new Promise<void>((resolve) => { takeBack = this.#clock.after(patienceMs, resolve); });
    await Promise.race([this.#report(command, commandLine, item).catch(() => {}), late]);
    takeBack();
  }

  async #report(command: string, commandLine: string, item: ClixmlObject): Promise<void> {
    this.#sink ??= this.#source.events();
    const sink = await this.#sink;
    if (sink === null) return;
    const user = (await this.#source.files()).user();
    const event = resultEvent(command, { user, commandLine, version: this.#source.version }, item);
    if (event !== null) await sink.write(event);
  }
}
