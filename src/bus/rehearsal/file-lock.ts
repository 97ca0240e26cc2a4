// One process at a time on a rehearsal file: a lock file beside it, made so that only one can make it.

import { closeSync, linkSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { kill, pid } from 'node:process';
import { cleanText } from '../../text.ts';
import { NotAFileError, readFile } from '../../regular-file.ts';

/** A lock is held for a tenth of a second at a time; one as old as this belongs to nobody any more. */
const staleMs = 30_000;
/**
 * One that was made and never written belongs to a process that was killed between the two, which are microseconds
 * apart; to one that sleeps just there it is taken away, and `held` tells it.
 */
const unwrittenMs = 1_000;
/** What a lock file says is much shorter. */
const longest = 512;

let locks = 0;

/**
 * A name beside a file, another each time. Not of node:crypto, which costs as much as the rest of the start: whoever
 * makes a file of it makes it exclusively, so that one who guessed it has only kept us from writing.
 */
export function aside(path: string): string {
  const half = () => Math.floor(Math.random() * 2 ** 32).toString(16).padStart(8, '0');
  return `${path}.${half()}${half()}.tmp`;
}

const leftOver = /^(?:\.lock)?\.[0-9a-f]{16}\.tmp$/;
/** Whether `aside` has made that name, of the file or of its lock: what a process leaves that is killed meanwhile. */
export const isAside = (name: string, file: string): boolean =>
  name.startsWith(file) && leftOver.test(name.slice(file.length));

export class FileLock {
  readonly #path: string;
  readonly #number = ++locks;
  readonly #date: () => Date;
  /** What the lock file says while it is ours. */
  #mine: string | null = null;
  #holder = 'another process';

  constructor(file: string, date: () => Date) {
    this.#path = `${file}.lock`;
    this.#date = date;
  }

  /** The lock file, without its folder. */
  get name(): string {
    return basename(this.#path);
  }

  /** Who holds it, once `take` was false, as far as the lock says: "process 12 of host-a". */
  get holder(): string {
    return this.#holder;
  }

  /**
   * Takes the lock, once. False: another holds it. Throws NotAFileError where something else than a file stands in
   * its place, and the file system's error where no lock file can be made: in a read-only folder, for example.
   */
  take(): boolean {
    // One that could not be taken away when it was released is still ours.
    if (this.held()) return true;
    const text = `${this.#date().getTime()} ${pid} ${this.#number} ${hostname()}`;
    for (const again of [true, false]) {
      try {
        // Neither follows a link nor opens anything that is there.
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

  /** Whether the lock file is still the one that `take` made: a process that slept too long may have lost it. */
  held(): boolean {
    try {
      return this.#mine !== null && this.#read(this.#path)?.text === this.#mine;
    } catch {
      return false;
    }
  }

  /** Never throws: a lock that cannot be taken away now, because a virus scanner looks at it, stays ours. */
  release(): void {
    if (!this.held() || remove(this.#path)) this.#mine = null;
  }

  /** Throws NotAFileError where something else than a file stands in the place of the lock. */
  check(): void {
    this.#read(this.#path);
  }

  /** Writes and closes a lock file that was just made; one that cannot be written must not keep others waiting. */
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

  /** Null: it is not there, or cannot be read. Throws NotAFileError. */
  #read(path: string): { readonly text: string; readonly modifiedMs: number } | null {
    try {
      const { bytes, stat } = readFile(path, longest);
      return { text: bytes.toString('utf8'), modifiedMs: Number(stat.mtimeMs) };
    } catch (error) {
      if (!(error instanceof NotAFileError)) return null;
      throw new NotAFileError(`${this.name}, the lock beside it, ${error.message}`);
    }
  }

  /** Takes away a lock whose owner is gone. True: it is worth trying again. */
  #removeStale(): boolean {
    this.#holder = 'another process';
    const found = this.#read(this.#path);
    // Gone meanwhile: the next attempt will tell.
    if (found === null) return true;
    const { text, modifiedMs } = found;
    const [, stamp, owner, host = ''] = /^(\d+) (\d+) \d+ (.+)$/.exec(text) ?? [];
    if (owner !== undefined) this.#holder = `process ${owner} of ${cleanText(host)}`;
    const abandoned = host === hostname() && !alive(Number(owner));
    // One that was made and never written has the age of its file.
    const [since, limit] = text === '' ? [modifiedMs, unwrittenMs] : [Number(stamp), staleMs];
    // As far ahead as behind: the clock of its owner was wrong, or ours was set back, and it would be good for ever.
    if (!abandoned && Math.abs(this.#date().getTime() - since) < limit) return false;
    // Moved away, not deleted: of several that find it stale one succeeds, and it can see what it has moved.
    const moved = aside(this.#path);
    try {
      renameSync(this.#path, moved);
    } catch {
      return true;
    }
    try {
      if (this.#read(moved)?.text !== text) linkSync(moved, this.#path);
    } catch {
      // Its owner was quicker than we, or the file system has no links: that owner sees in `held` that it lost it.
    }
    remove(moved);
    return true;
  }
}

/** False: it cannot be taken away now. */
export function remove(path: string): boolean {
  try {
    rmSync(path, { force: true });
    return true;
  } catch {
    return false;
  }
}

/** Whether a process of this computer runs. One that may not be signalled (EPERM) does. */
function alive(id: number): boolean {
  try {
    kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
