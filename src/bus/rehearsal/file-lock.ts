// One process at a time on a rehearsal file: a lock file beside it, made so that only one can make it.

import { closeSync, linkSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { kill, pid } from 'node:process';

/** A lock is held for a tenth of a second at a time; one as old as this belongs to nobody any more. */
const staleMs = 30_000;
/**
 * One that was made and never written belongs to a process that was killed between the two, which are microseconds
 * apart; to one that sleeps just there it is taken away, and `held` tells it.
 */
const unwrittenMs = 1_000;

let locks = 0;

export class FileLock {
  readonly #path: string;
  readonly #owner: string;
  readonly #date: () => Date;
  /** What the lock file says while it is ours. */
  #mine: string | null = null;

  constructor(file: string, date: () => Date) {
    this.#path = `${file}.lock`;
    this.#owner = `${pid} ${++locks} ${hostname()}`;
    this.#date = date;
  }

  /**
   * Takes the lock, once. False: another holds it. Throws the file system's error where no lock file can be made:
   * a read-only folder, for example.
   */
  take(): boolean {
    // One that could not be taken away when it was released is still ours.
    if (this.held()) return true;
    const text = `${this.#date().getTime()} ${this.#owner}`;
    for (const again of [true, false]) {
      try {
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
    return this.#mine !== null && this.#read() === this.#mine;
  }

  /** Never throws: a lock that cannot be taken away now, because a virus scanner looks at it, stays ours. */
  release(): void {
    if (!this.held() || this.#remove()) this.#mine = null;
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
      this.#remove();
      this.#mine = null;
      throw error;
    }
  }

  #remove(): boolean {
    try {
      rmSync(this.#path, { force: true });
      return true;
    } catch {
      return false;
    }
  }

  #read(): string | null {
    try {
      return readFileSync(this.#path, 'utf8');
    } catch {
      return null;
    }
  }

  #modified(): number {
    return statSync(this.#path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  }

  /** Takes away a lock whose owner is gone. True: it is worth trying again. */
  #removeStale(): boolean {
    const text = this.#read();
    // Gone meanwhile: the next attempt will tell.
    if (text === null) return true;
    const [stamp = '', owner = '', , host] = text.split(' ');
    const abandoned = host === hostname() && !alive(Number(owner));
    // One that was made and never written has the age of its file.
    const [since, limit] = text === '' ? [this.#modified(), unwrittenMs] : [Number(stamp), staleMs];
    if (!abandoned && this.#date().getTime() - since < limit) return false;
    // Moved away, not deleted: of several that find it stale one succeeds, and it can see what it has moved.
    const aside = `${this.#path}.${this.#owner.replaceAll(' ', '-')}`;
    try {
      renameSync(this.#path, aside);
    } catch {
      return true;
    }
    try {
      if (readFileSync(aside, 'utf8') !== text) linkSync(aside, this.#path);
    } catch {
      // Its owner was quicker than we, or the file system has no links: that owner sees in `held` that it lost it.
    }
    rmSync(aside, { force: true });
    return true;
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
