// Lets one process at a time use a rehearsal file, by a lock file beside it that only one process can create.

import { closeSync, linkSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { kill, pid } from 'node:process';
import { cleanText } from '../../text.ts';
import { NotAFileError, readFile } from '../../regular-file.ts';

/** A process holds the lock for a tenth of a second; a lock as old as this was left behind. */
const staleMs = 30_000;
/**
 * An empty lock file was left by a process that was killed between creating and writing it, which are microseconds apart.
 * If that process was only suspended just then, it loses the lock, and `held` tells it.
 */
const unwrittenMs = 1_000;
/** A valid lock file is much shorter. */
const longest = 512;

let locks = 0;

/**
 * A new name beside a file. Its random part is not from node:crypto, which takes as long to load as the rest of the start.
 * A file of this name is created exclusively: somebody who guesses the name can only keep us from writing.
 */
export function aside(path: string): string {
  const half = () => Math.floor(Math.random() * 2 ** 32).toString(16).padStart(8, '0');
  return `${path}.${half()}${half()}.tmp`;
}

const leftOver = /^(?:\.lock)?\.[0-9a-f]{16}\.tmp$/;
/** Whether `aside` gave that name, for the file or for its lock: a process that is killed may leave such a file. */
export const isAside = (name: string, file: string): boolean =>
  name.startsWith(file) && leftOver.test(name.slice(file.length));

export class FileLock {
  readonly #path: string;
  readonly #number = ++locks;
  readonly #date: () => Date;
  /** The text of the lock file while it is ours. */
  #mine: string | null = null;
  #holder = 'another process';

  constructor(file: string, date: () => Date) {
    this.#path = `${file}.lock`;
    this.#date = date;
  }

  /** The name of the lock file, without its folder. */
  get name(): string {
    return basename(this.#path);
  }

  /** The holder according to the lock file, after `take` has returned false: "process 12 of host-a". */
  get holder(): string {
    return this.#holder;
  }

  /**
   * Tries once to take the lock. False: another process holds it. Throws NotAFileError where something else than a file
   * stands in its place, and the file system's error where no lock file can be created (in a read-only folder).
   */
  take(): boolean {
    // A lock file that could not be deleted at the last release is still ours.
    if (this.held()) return true;
    const text = `${this.#date().getTime()} ${pid} ${this.#number} ${hostname()}`;
    for (const again of [true, false]) {
      try {
        // Exclusive creation: neither follows a link nor opens an existing file.
        const file = openSync(this.#path, 'wx');
        this.#mine = text;
        this.#fill(file, text);
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        if (!again || !this.#removeStale()) return false;
      }
    }
    return false;
  }

  /** Whether the lock file is still the one of `take`: a process that was suspended too long may have lost it. */
  held(): boolean {
    try {
      return this.#mine !== null && this.#read(this.#path)?.text === this.#mine;
    } catch {
      return false;
    }
  }

  /** Never throws: a lock file that cannot be deleted now, because a virus scanner has it open, stays ours. */
  release(): void {
    if (!this.held() || remove(this.#path)) this.#mine = null;
  }

  /** Throws NotAFileError where something else than a file stands in the place of the lock. */
  check(): void {
    this.#read(this.#path);
  }

  /** Writes and closes a new lock file. If that fails the file is removed, because others would wait for it. */
  #fill(file: number, text: string): void {
    try {
      try {
        writeSync(file, text);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      remove(this.#path);
      this.#mine = null;
      throw error;
    }
  }

  /** Null where the file does not exist or cannot be read. Throws NotAFileError. */
  #read(path: string): { readonly text: string; readonly modifiedMs: number } | null {
    try {
      const { bytes, stat } = readFile(path, longest);
      return { text: bytes.toString('utf8'), modifiedMs: Number(stat.mtimeMs) };
    } catch (error) {
      if (!(error instanceof NotAFileError)) return null;
      throw new NotAFileError(`${this.name}, the lock beside it, ${error.message}`);
    }
  }

  /** Removes a lock whose owner has ended. True: `take` should try again. */
  #removeStale(): boolean {
    this.#holder = 'another process';
    const found = this.#read(this.#path);
    // The lock file is gone by now: try again.
    if (found === null) return true;
    const { text, modifiedMs } = found;
    const [, stamp, owner, host = ''] = /^(\d+) (\d+) \d+ (.+)$/.exec(text) ?? [];
    if (owner !== undefined) this.#holder = `process ${owner} of ${cleanText(host)}`;
    const abandoned = host === hostname() && !alive(Number(owner));
    // The age of an empty lock file is that of the file.
    const [since, limit] = text === '' ? [modifiedMs, unwrittenMs] : [Number(stamp), staleMs];
    // A time in the future is stale, too: a wrong clock must not make a lock valid for ever.
    if (!abandoned && Math.abs(this.#date().getTime() - since) < limit) return false;
    // Renamed, not deleted: of several processes that find the lock stale only one succeeds, and it can check what it renamed.
    const moved = aside(this.#path);
    try {
      renameSync(this.#path, moved);
    } catch {
      return true;
    }
    try {
      if (this.#read(moved)?.text !== text) linkSync(moved, this.#path);
    } catch {
      // A new lock was made meanwhile, or the file system has no links: the owner learns from `held` that it lost its lock.
    }
    remove(moved);
    return true;
  }
}

/** Returns false where the file cannot be deleted now. */
export function remove(path: string): boolean {
  try {
    rmSync(path, { force: true });
    return true;
  } catch {
    return false;
  }
}

/** Whether a process of this computer runs. A process that may not be signalled (EPERM) runs. */
function alive(id: number): boolean {
  try {
    kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
