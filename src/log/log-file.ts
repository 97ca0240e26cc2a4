// One log: whole lines, each in one write, which is on the disk before its result is shown. Several processes may write to
// the same log, because each line is appended in one piece. A file that has become too large is renamed by the process that
// notices it first; before their next line, the others notice by the file's identity that another file has the name.

import type { Clock } from '../clock.ts';
import { messageOf } from '../message-of.ts';
import { type LogFiles, type LogHandle, LogProblem, NoSuchFile } from './log-system.ts';
import { logBeginning } from './record.ts';

/** After so long a write counts as failed: a network folder may never answer. */
const patienceMs = 10_000;
export const defaultMaxBytes = 10 * 1024 * 1024;
const newline = 10;

/** The path of the older file. */
export const olderPath = (path: string): string => `${path}.1`;

interface Waiting {
  /** Null: only checks the log. */
  readonly line: string | null;
  readonly anew: boolean;
  readonly resolve: (remark: string | null) => void;
  readonly reject: (error: LogProblem) => void;
}

export class LogFile {
  readonly path: string;
  readonly #files: LogFiles;
  readonly #clock: Clock;
  readonly #maxBytes: number;
  #handle: LogHandle;
  readonly #waiting: Waiting[] = [];
  #draining = false;
  /** The problem after which nothing more is tried. */
  #given: LogProblem | null = null;
  /** Why the file could not be renamed, until the remark was given; and whether it was given. */
  #remark: string | null = null;
  #remarked = false;

  private constructor(path: string, files: LogFiles, clock: Clock, maxBytes: number, handle: LogHandle) {
    this.path = path;
    this.#files = files;
    this.#clock = clock;
    this.#maxBytes = maxBytes;
    this.#handle = handle;
  }

  /** Rejects with LogProblem where the log cannot be written. */
  static async open(path: string, files: LogFiles, clock: Clock, maxBytes = defaultMaxBytes): Promise<LogFile> {
    return new LogFile(path, files, clock, maxBytes, await patiently(clock, opened(files.append(path))));
  }

  /** Whether a write has hung: nothing more is tried with this file, but it may be opened again. */
  get isGivenUp(): boolean {
    return this.#given !== null;
  }

  /** Resolves, with a remark or null, when the line is on the disk. Rejects with LogProblem. */
  write(line: string): Promise<string | null> {
    return this.#take(line, false);
  }

  /**
   * Rejects with LogProblem where a line could not be written now: because the file is missing, or is not a log any more.
   * `anew`: opens the file again, with all checks of folder and file.
   */
  async check(anew: boolean): Promise<void> {
    await this.#take(null, anew);
  }

  #take(line: string | null, anew: boolean): Promise<string | null> {
    if (this.#given !== null) return Promise.reject(this.#given);
    const done = new Promise<string | null>((resolve, reject) => {
      this.#waiting.push({ line, anew, resolve, reject });
    });
    if (!this.#draining) void this.#drain();
    return done;
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    for (let batch = this.#waiting.splice(0); batch.length > 0; batch = this.#waiting.splice(0)) {
      try {
        await patiently(this.#clock, this.#putAll(batch));
      } catch (error) {
        // After one call that hangs, later calls would only wait for it.
        this.#given = problemOf(error);
        for (const one of [...batch, ...this.#waiting.splice(0)]) one.reject(this.#given);
      }
    }
    this.#draining = false;
  }

  /** One write per line, and one flush for all lines that wait. */
  async #putAll(batch: readonly Waiting[]): Promise<void> {
    const written: Waiting[] = [];
    for (const one of batch) {
      try {
        if (one.line === null) {
          await this.#follow(one.anew);
          one.resolve(null);
          continue;
        }
        await this.#put(one.line);
        written.push(one);
      } catch (error) {
        one.reject(problemOf(error));
      }
    }
    try {
      if (written.length > 0) await this.#handle.flush();
      for (const one of written) {
        one.resolve(this.#remark);
        this.#remark = null;
      }
    } catch (error) {
      for (const one of written) one.reject(problemOf(error));
    }
  }

  async #put(line: string): Promise<void> {
    await this.#follow(false);
    let size = await this.#handle.size();
    if (size > this.#maxBytes) {
      await this.#rotate();
      await this.#follow(false);
      size = await this.#handle.size();
    }
    // An incomplete last line (of a process that was killed, or on a full disk) must not damage this line.
    const last = new Uint8Array(1);
    const torn = size > 0 && await this.#handle.read(last, size - 1) === 1 && last[0] !== newline;
    const bytes = Buffer.from(torn ? `\n${line}\n` : `${line}\n`, 'latin1');
    const count = await this.#handle.append(bytes);
    if (count < bytes.length) throw new LogProblem(`only ${count} of ${bytes.length} bytes could be written`);
  }

  /** Continues with the file that has the name now, if that is a log. */
  async #follow(anew: boolean): Promise<void> {
    const same = !anew && await this.#files.identityOf(this.path) === this.#handle.identity;
    if (same && await isLog(this.#handle)) return;
    const next = await opened(this.#files.append(this.path));
    const old = this.#handle;
    this.#handle = next;
    // Lines that wait for their flush are in the old file.
    try {
      await old.flush();
    } finally {
      await old.close();
    }
  }

  /** Under the lock, checks again that the file with this name is the one that has become too large. */
  async #rotate(): Promise<void> {
    try {
      await this.#files.exclusively(`${this.path}.lock`, async () => {
        if (await this.#files.identityOf(this.path) !== this.#handle.identity) return;
        const why = await this.#notReplaceable();
        if (why === null) await this.#files.rename(this.path, olderPath(this.path));
        else if (!this.#remarked) {
          this.#remarked = true;
          this.#remark = `The log ${this.path} has reached its maximum size and keeps growing: ${olderPath(this.path)} is not `
            + `replaced, because ${why}.`;
        }
      });
    } catch {
      // If the log cannot be renamed it keeps growing; the next line tries again.
    }
  }

  /** Why the older file must not be replaced; null where it is a log, or does not exist. */
  async #notReplaceable(): Promise<string | null> {
    try {
      await (await opened(this.#files.read(olderPath(this.path)))).close();
    } catch (error) {
      return error instanceof NoSuchFile ? null : messageOf(error);
    }
    return null;
  }
}

const beginning = Buffer.from(logBeginning, 'latin1');
const byteOrderMark = Buffer.from('\ufeff');
/** The first so many bytes of a log contain a record, even after an incomplete line. */
const headLength = 4096;

/**
 * Whether the file is empty, or its first complete line is one of our records. Nothing is appended to any other file, be it
 * by mistake, or by a user who is allowed to choose only the path.
 */
async function isLog(handle: LogHandle): Promise<boolean> {
  const bytes = Buffer.alloc(headLength);
  const length = await handle.read(bytes, 0);
  let read = bytes.subarray(0, length);
  if (read.subarray(0, byteOrderMark.length).equals(byteOrderMark)) read = read.subarray(byteOrderMark.length);
  for (;;) {
    const end = read.indexOf(newline);
    const line = end < 0 ? read : read.subarray(0, end);
    if (line.length >= beginning.length) return line.subarray(0, beginning.length).equals(beginning);
    if (!beginning.subarray(0, line.length).equals(line)) return false;
    if (end < 0) return length < headLength;
    read = read.subarray(end + 1);
  }
}

/** Rejects with LogProblem, after closing the file, where it is not a log. */
export async function opened(opening: Promise<LogHandle>): Promise<LogHandle> {
  const handle = await opening;
  if (await isLog(handle)) return handle;
  await handle.close();
  throw new LogProblem('it is another file, not a log: its first line is not a record');
}

const problemOf = (error: unknown): LogProblem =>
  (error instanceof LogProblem ? error : new LogProblem(messageOf(error).replace(/\.$/, '')));

async function patiently<T>(clock: Clock, work: Promise<T>): Promise<T> {
  let takeBack = () => {};
  const late = new Promise<never>((_, reject) => {
    takeBack = clock.after(patienceMs, () =>
      reject(new LogProblem(`it did not respond within ${patienceMs / 1000} s`)));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    takeBack();
  }
}
