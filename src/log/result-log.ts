// The log of a run: its results, each with whose it is.

import type { ClixmlObject } from '../clixml/clixml.ts';
import type { Clock } from '../clock.ts';
import { messageOf } from '../message-of.ts';
import { type EventSink, resultEvent } from './event.ts';
import { LogFile } from './log-file.ts';
import { type LogFiles, LogProblem } from './log-system.ts';
import { type LogOrigin, logLine, ownKeyItem } from './record.ts';

/** What a log takes from the process that writes it. */
export interface LogSource {
  /** Opened at the first use only. */
  files(): Promise<LogFiles>;
  /** Full path of a file that was named. */
  fullPath(file: string): string;
  /** Where events go; null: nowhere, as where no source is registered. */
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

  /** Whether it has hung: it may be opened anew. */
  get isGivenUp(): boolean {
    return this.#file.isGivenUp;
  }

  /** Rejects with LogProblem where a result could not be written by now. Anew: by all rules of folder and file. */
  check(anew: boolean): Promise<void> {
    return this.#file.check(anew);
  }

  /** Resolves, with a remark or null, when the result is on the disk; rejects with LogProblem. */
  write(command: string, item: ClixmlObject): Promise<string | null> {
    return this.#file.write(logLine(this.#clock.date(), command, this.#origin, item));
  }

  /** The same for what is known before clear sends a key of its own: `item` is the result of a run that ends there. */
  writeOwnKey(command: string, item: ClixmlObject): Promise<string | null> {
    return this.write(command, ownKeyItem(item));
  }
}

/** An event that takes longer has not been written: the service may stand still. */
const patienceMs = 5_000;

/** The events of a process. Never costs a result anything: what cannot be written is not. */
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
