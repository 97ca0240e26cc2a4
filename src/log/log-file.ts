// One log: whole lines, each by one write, on the disk before anybody hears of it. Several processes may write to
// one log. Each line goes to the end in one piece; the file that has grown too large is renamed by whichever
// process sees it first, and the others find by its identity, before their next line, that another file has its
// name.

import type { Clock } from '../clock.ts';
import { messageOf } from '../message-of.ts';
import { type LogFiles, type LogHandle, LogProblem, NoSuchFile } from './log-system.ts';
import { logBeginning } from './record.ts';

/** A write that takes longer has failed: a folder on the network may never answer. */
const patienceMs = 10_000;
export const defaultMaxBytes = 10 * 1024 * 1024;
const newline = 10;

/** Where the lines before the newest ones are. */
export const olderPath = (path: string): string => `${path}.1`;

interface Waiting {
  /** Null: the log is only looked at. */
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
  /** Why nothing more is tried. */
  #given: LogProblem | null = null;
  /** Why it is not renamed, until somebody has been told; and whether somebody has. */
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

  /** Whether it has hung: nothing more is tried with it, but opening it anew may do. */
  get isGivenUp(): boolean {
    return this.#given !== null;
  }

  /** Resolves, with a remark or null, when the line is on the disk. Rejects with LogProblem. */
  write(line: string): Promise<string | null> {
    return this.#take(line, false);
  }

  /**
   * Rejects with LogProblem where a line could not be written by now: another file, or none, has the name, or it is
   * no log any more. Anew: it is opened again, by all rules of folder and file.
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
        // One call that hangs: what comes later would hang behind it.
        this.#given = problemOf(error);
        for (const one of [...batch, ...this.#waiting.splice(0)]) one.reject(this.#given);
      }
    }
    this.#draining = false;
  }

  /** One write a line, and one flush for those that wait together. */
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
    // What a process left half-written when it was ended, or on a full disk, must not take this line with it.
    const last = new Uint8Array(1);
    const torn = size > 0 && await this.#handle.read(last, size - 1) === 1 && last[0] !== newline;
    const bytes = Buffer.from(torn ? `\n${line}\n` : `${line}\n`, 'latin1');
    const count = await this.#handle.append(bytes);
    if (count < bytes.length) throw new LogProblem(`only ${count} of ${bytes.length} bytes could be written`);
  }

  /** Goes on with the file that has the name now, if it is a log. */
  async #follow(anew: boolean): Promise<void> {
    const same = !anew && await this.#files.identityOf(this.path) === this.#handle.identity;
    if (same && await isLog(this.#handle)) return;
    const next = await opened(this.#files.append(this.path));
    const old = this.#handle;
    this.#handle = next;
    // Lines that wait for their flush are in the file that was left.
    try {
      await old.flush();
    } finally {
      await old.close();
    }
  }

  /** Whoever renames it looks once more, alone, whether it is still the one that has grown. */
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
      // A log that cannot be renamed grows on; the next line tries again.
    }
  }

  /** Why the older file has to stay as it is; null: it is an older log, or there is none. */
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
/** In so many bytes a log has its first record, whatever was torn before it. */
const headLength = 4096;

/**
 * Whether it is empty, or the first line that is not torn is a record of ours. Nothing is appended to another file,
 * by a slip or by somebody who may choose the path and nothing else.
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

/** What is no log is closed again, and rejects with LogProblem. */
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
