// One log: whole lines, each by one write, on the disk before anybody hears of it. Several processes may write to
// one log. Each line goes to the end in one piece; the file that has grown too large is renamed by whichever
// process sees it first, and the others find by its identity, before their next line, that another file has its
// name.

import type { Clock } from '../clock.ts';
import { messageOf } from '../message-of.ts';
import { type LogFiles, type LogHandle, LogProblem } from './log-system.ts';
import { logBeginning } from './record.ts';

/** A write that takes longer has failed: a folder on the network may never answer. */
const patienceMs = 10_000;
export const defaultMaxBytes = 10 * 1024 * 1024;
const newline = 10;

/** Where the lines before the newest ones are. */
export const olderPath = (path: string): string => `${path}.1`;

interface Waiting {
  readonly line: string;
  readonly resolve: () => void;
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

  private constructor(path: string, files: LogFiles, clock: Clock, maxBytes: number, handle: LogHandle) {
    this.path = path;
    this.#files = files;
    this.#clock = clock;
    this.#maxBytes = maxBytes;
    this.#handle = handle;
  }

  /** Rejects with LogProblem where the log cannot be written. */
  static async open(path: string, files: LogFiles, clock: Clock, maxBytes = defaultMaxBytes): Promise<LogFile> {
    const handle = await patiently(clock, files.append(path));
    if (await patiently(clock, isLog(handle))) return new LogFile(path, files, clock, maxBytes, handle);
    await handle.close();
    throw new LogProblem('it is another file, not a log: its first line is no record');
  }

  /** Resolves when the line is on the disk. Rejects with LogProblem. */
  write(line: string): Promise<void> {
    if (this.#given !== null) return Promise.reject(this.#given);
    const done = new Promise<void>((resolve, reject) => this.#waiting.push({ line, resolve, reject }));
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
        await this.#put(one.line);
        written.push(one);
      } catch (error) {
        one.reject(problemOf(error));
      }
    }
    try {
      if (written.length > 0) await this.#handle.flush();
      for (const one of written) one.resolve();
    } catch (error) {
      for (const one of written) one.reject(problemOf(error));
    }
  }

  async #put(line: string): Promise<void> {
    await this.#follow();
    let size = await this.#handle.size();
    if (size > this.#maxBytes) {
      await this.#rotate();
      await this.#follow();
      size = await this.#handle.size();
    }
    // What a process left half-written when it was ended, or on a full disk, must not take this line with it.
    const last = new Uint8Array(1);
    const torn = size > 0 && await this.#handle.read(last, size - 1) === 1 && last[0] !== newline;
    const bytes = Buffer.from(torn ? `\n${line}\n` : `${line}\n`, 'latin1');
    const count = await this.#handle.append(bytes);
    if (count < bytes.length) throw new LogProblem(`only ${count} of ${bytes.length} bytes could be written`);
  }

  /** Goes on with the file that has the name now. */
  async #follow(): Promise<void> {
    if (await this.#files.identityOf(this.path) === this.#handle.identity) return;
    const { identity } = this.#handle;
    const next = await this.#files.append(this.path);
    const old = this.#handle;
    this.#handle = next;
    if (next.identity === identity) return;
    // Lines that wait for their flush are in the file that was left.
    await old.flush();
    await old.close();
  }

  /** Whoever renames it looks once more, alone, whether it is still the one that has grown. */
  async #rotate(): Promise<void> {
    try {
      await this.#files.exclusively(`${this.path}.lock`, async () => {
        if (await this.#files.identityOf(this.path) !== this.#handle.identity) return;
        await this.#files.rename(this.path, olderPath(this.path));
      });
    } catch {
      // A log that cannot be renamed grows on; the next line tries again.
    }
  }
}

const beginning = Buffer.from(logBeginning, 'latin1');

/**
 * Nothing is appended to a file that is none of ours, by a slip or by somebody who may choose the path and nothing
 * else.
 */
async function isLog(handle: LogHandle): Promise<boolean> {
  const bytes = Buffer.alloc(beginning.length);
  const read = bytes.subarray(0, await handle.read(bytes, 0));
  const end = read.indexOf(newline);
  // The first line may have been torn.
  const first = end < 0 ? read : read.subarray(0, end);
  return beginning.subarray(0, first.length).equals(first);
}

const problemOf = (error: unknown): LogProblem =>
  (error instanceof LogProblem ? error : new LogProblem(messageOf(error).replace(/\.$/, '')));

async function patiently<T>(clock: Clock, work: Promise<T>): Promise<T> {
  let takeBack = () => {};
  const late = new Promise<never>((_, reject) => {
    takeBack = clock.after(patienceMs, () =>
      reject(new LogProblem(`nothing was heard of it within ${patienceMs / 1000} s`)));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    takeBack();
  }
}
