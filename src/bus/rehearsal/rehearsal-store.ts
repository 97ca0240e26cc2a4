// The logical units of a rehearsal, and the file that keeps their state. Processes that rehearse on the same file take
// turns: the one that has the lock reads the file if it changed, runs commands in memory for a moment, and writes once.
// All access to the file is synchronous, so that nothing can change the state while a command runs.

import { isUtf8 } from 'node:buffer';
import { lstatSync, readdirSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../../clock.ts';
import type { Held } from '../bus.ts';
import { FileLock, aside, isAside, remove } from './file-lock.ts';
import { LogicalUnit } from './logical-unit.ts';
import { fileReason } from '../../message-of.ts';
import { NotAFileError, folderOfOthers, readFile, versionOf } from '../../regular-file.ts';
import { type Rehearsal, RehearsalFileError, readRehearsal, withState } from './rehearsal-file.ts';

/** How long one turn lasts: long enough to write once for hundreds of commands, short enough not to be noticed. */
const turnMs = 100;
const pollMs = 5;
/** Largest file, bytes. A bus of 60,000 disks has a tenth of that. */
const largest = 64 * 1024 * 1024;

/** The account of this process, as the numbers that files have for owner and group. */
export interface Account {
  readonly user: number;
  readonly group: number;
}

export interface StoreOptions {
  readonly clock: Clock;
  /** Called with a sentence for the user, for example once when changes cannot be stored. */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Absent on Windows, where owner and mode of a file mean nothing. */
  readonly account?: Account | undefined;
}

/** One command that may have to wait for its turn on the file. */
export interface Turn {
  /** Whether it waits now. */
  waiting: boolean;
  /** Whether the command was withdrawn while it waited; then it never runs. */
  takenBack: boolean;
}

const root = 0;
const newline = 0x0a;

export class RehearsalStore {
  readonly rehearsal: Rehearsal;
  readonly units: ReadonlyMap<string, LogicalUnit>;
  readonly #clock: Clock;
  readonly #warn: (message: string) => void;
  /** Null: in memory only. */
  readonly #path: string | null;
  readonly #name: string;
  readonly #lock: FileLock | null;
  #text: string;
  /** The rehearsal in `#text`: what somebody edits in the file meanwhile is kept when the state is written. */
  #latest: Rehearsal;
  #version: string;
  #readable = true;
  /** Whether the state of a unit differs from the file. Kept as a flag: comparing all units for each answer would be slow. */
  #changed = false;
  #endTurn: (() => void) | null = null;
  #warned = false;
  #memoryOnly: boolean;
  #writes = 0;
  /** Commands that wait for a turn, and the wait for the lock that they share. */
  readonly #queue = new Set<Turn>();
  #looking: Promise<void> | null = null;
  /** The error where something else than a lock file stands in its place. */
  #obstacle: NotAFileError | null = null;
  #tidied = false;

  /** Reads a file. Throws RehearsalFileError. */
  static open(path: string, options: StoreOptions): RehearsalStore {
    const name = basename(path);
    try {
      const { account } = options;
      if (account !== undefined && lstatSync(path).isSymbolicLink()) {
        const folder = folderOfOthers(realpathSync(dirname(path)), account);
        if (folder !== null) {
          throw new NotAFileError(`is a symbolic link, and others may write to ${folder}: name the file itself`);
        }
      }
      const real = realpathSync(path);
      const { text, version } = read(real, name);
      const store = new RehearsalStore(text, name, real, version, options);
      store.#lock?.check();
      store.#warnOfOthers(real, account);
      return store;
    } catch (error) {
      if (error instanceof RehearsalFileError) throw error;
      const problem = error instanceof NotAFileError ? error.message : `cannot be read: ${reasonOf(error)}`;
      throw new RehearsalFileError(`${name}: ${problem}`, { cause: error });
    }
  }

  /** A rehearsal without a file. Throws RehearsalFileError. */
  static inMemory(text: string, name: string, options: StoreOptions): RehearsalStore {
    return new RehearsalStore(text, name, null, '', options);
  }

  private constructor(text: string, name: string, path: string | null, version: string, options: StoreOptions) {
    this.rehearsal = readRehearsal(text, name);
    this.#latest = this.rehearsal;
    const initiators = initiatorsOf(this.rehearsal);
    this.units = new Map([...this.rehearsal.units].map(([unit, entry]) => [unit, new LogicalUnit(
      { kind: entry.target, forms: entry.reserveCommands, persistent: entry.persistentReservations,
        readyUnderReserve: entry.readyUnderReserve, busType: entry.busType, cannotStore: entry.cannotStore,
        initiators: initiators.get(unit) },
      this.rehearsal.state.get(unit),
      () => { this.#changed = true; },
    )]));
    this.#clock = options.clock;
    this.#warn = options.onWarning ?? (() => {});
    this.#path = path;
    this.#name = name;
    this.#lock = path === null ? null : new FileLock(path, () => this.#clock.date());
    this.#memoryOnly = path === null;
    this.#text = text;
    this.#version = version;
  }

  /** The file's name in messages. */
  get name(): string {
    return this.#name;
  }

  /** How often the file was written. */
  get writes(): number {
    return this.#writes;
  }

  /**
   * Runs one command against the units when it is this process's turn. Never resolves if the command is withdrawn
   * before that.
   */
  async run<T>(command: () => T, turn: Turn = { waiting: false, takenBack: false }): Promise<T> {
    while (!this.#myTurn()) {
      turn.waiting = true;
      this.#queue.add(turn);
      await (this.#looking ??= this.#look());
      if (turn.takenBack) return new Promise<never>(() => {});
    }
    turn.waiting = false;
    this.#queue.delete(turn);
    return command();
  }

  /** The sentence for what a command waits for. */
  get held(): Held {
    const { name = '', holder = '' } = this.#lock ?? {};
    if (this.#obstacle !== null) {
      return { message: `The rehearsal ${this.#name} cannot be used: ${this.#obstacle.message}`,
        nextStep: `Delete ${name}, and find out who could create it.` };
    }
    return { message: `The rehearsal file ${this.#name} is in use by ${holder}`,
      nextStep: `Try again. If no rehearsal runs there any more, delete ${name}.` };
  }

  /** Waits until this process has its turn, or no command waits any more. All waiting commands share this wait. */
  async #look(): Promise<void> {
    do await new Promise<void>((resolve) => void this.#clock.after(pollMs, resolve));
    while ([...this.#queue].some(({ takenBack }) => !takenBack) && !this.#myTurn());
    for (const turn of this.#queue) if (turn.takenBack) this.#queue.delete(turn);
    this.#looking = null;
  }

  /** Stores what changed and ends this process's turn. */
  flush(): void {
    this.#endTurn?.();
    this.#endTurn = null;
    const lock = this.#lock;
    if (lock === null || this.#path === null) return;
    const changed = !this.#memoryOnly && this.#changed;
    // A file that is invalid now, perhaps because somebody edits it, is not overwritten.
    if (changed && lock.held()) {
      if (this.#readable) this.#write(this.#path);
    } else if (changed) {
      this.#version = '';
      this.#tell('another process took over the file, and the last changes are lost');
    }
    lock.release();
  }

  #myTurn(): boolean {
    if (this.#memoryOnly || this.#endTurn !== null || this.#lock === null || this.#path === null) return true;
    this.#obstacle = null;
    try {
      if (!this.#lock.take()) return false;
    } catch (error) {
      if (error instanceof NotAFileError) {
        this.#obstacle = error;
        return false;
      }
      this.#memoryOnly = true;
      this.#tell(`changes are kept only until the end: ${reasonOf(error)}`);
      return true;
    }
    this.#reload(this.#path);
    this.#endTurn = this.#clock.after(turnMs, () => this.flush());
    return true;
  }

  /** Takes over the state that others have written. The disks themselves are read only once, at the start. */
  #reload(path: string): void {
    try {
      if (versionNow(path) === this.#version) return;
      const { text, version } = read(path, this.#name);
      this.#latest = readRehearsal(text, this.#name);
      for (const [name, unit] of this.units) {
        const now = this.#latest.state.get(name);
        if (now !== undefined) unit.restore(now);
      }
      this.#text = text;
      this.#version = version;
      this.#changed = false;
      this.#readable = true;
    } catch (error) {
      this.#readable = false;
      const reason = reasonOf(error).replace(`${this.#name}: `, '');
      this.#tell(`the file changed and cannot be read again, so no change is stored: ${reason}`);
    }
  }

  /** Writes a file beside it, then renames that: a reader sees the old or the new text, never a part. */
  #write(path: string): void {
    this.#tidy(path);
    const beside = aside(path);
    const states = [...this.units].map(([name, unit]) => [name, unit.state] as const);
    const text = withState(this.#text, this.#latest.units, new Map([...this.#latest.state, ...states]));
    try {
      // Exclusive creation: a link or file that another account has put there is not opened.
      writeFileSync(beside, text, { flag: 'wx', mode: lstatSync(path).mode & 0o777 });
      renameSync(beside, path);
      this.#writes++;
      this.#text = text;
      this.#version = versionNow(path);
      this.#changed = false;
    } catch (error) {
      this.#tell(`changes are kept only until the end, unless the file can be written later: ${reasonOf(error)}`);
      remove(beside);
    }
  }

  /** Removes, once, files of processes that were killed while they wrote. Safe, because this process has the lock. */
  #tidy(path: string): void {
    if (this.#tidied) return;
    this.#tidied = true;
    try {
      const folder = dirname(path);
      for (const name of readdirSync(folder)) if (isAside(name, basename(path))) remove(join(folder, name));
    } catch {
      // The folder cannot be listed: such a file stays, and does no harm.
    }
  }

  #warnOfOthers(path: string, account: Account | undefined): void {
    if (account?.user !== root) return;
    const folder = folderOfOthers(dirname(path), account);
    if (folder === null) return;
    this.#warn(`${this.#name}: others may write to ${folder}, and this process has the rights of an administrator. `
      + 'They can change what the rehearsal reads and where it writes. Rehearse without these rights, or in a folder '
      + 'that only administrators may write to.');
  }

  #tell(problem: string): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#warn(`${this.#name}: ${problem}`);
  }
}

/** The initiator ports that lead to each unit, of all hosts. */
function initiatorsOf({ hosts }: Rehearsal): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  for (const { unit, faults, initiators } of [...hosts.values()].flat()) {
    const name = faults.answersAs ?? unit;
    const ports = found.get(name) ?? new Set();
    for (const each of initiators) ports.add(each);
    found.set(name, ports);
  }
  return new Map([...found].map(([name, ports]) => [name, [...ports]]));
}

/** Without its text. */
const versionNow = (path: string): string => versionOf(lstatSync(path, { bigint: true }));

/** Throws RehearsalFileError, NotAFileError or the file system's error. */
function read(path: string, name: string): { text: string; version: string } {
  const { bytes, stat } = readFile(path, largest);
  if (stat.size > largest) throw new RehearsalFileError(`${name}: has more than ${largest / 1024 / 1024} MiB`);
  // Invalid bytes would be decoded to replacement characters, and written back as such.
  if (!isUtf8(bytes)) {
    let line = 1;
    for (let start = 0, end = bytes.indexOf(newline); end >= 0 && isUtf8(bytes.subarray(start, end)); line++) {
      start = end + 1;
      end = bytes.indexOf(newline, start);
    }
    throw new RehearsalFileError(`${name}: line ${line}: not UTF-8 text`);
  }
  return { text: bytes.toString('utf8'), version: versionOf(stat) };
}

/** The message has named the file. */
function reasonOf(error: unknown): string {
  return error instanceof RehearsalFileError ? error.message : fileReason(error);
}
