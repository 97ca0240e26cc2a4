// Logical units and the file that keeps their state. Processes that rehearse on one file take turns: whoever has
// the lock reads the file if it changed, runs commands in memory for a moment, and writes once. Everything that
// touches the file is synchronous, so that a command sees and changes one state and nothing comes between.

import { readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { pid } from 'node:process';
import type { Clock } from '../../clock.ts';
import { FileLock } from './file-lock.ts';
import { LogicalUnit } from './logical-unit.ts';
import { type Rehearsal, RehearsalFileError, readRehearsal, withState } from './rehearsal-file.ts';

/** How long one turn lasts: long enough to write once for hundreds of commands, short enough not to be noticed. */
const turnMs = 100;
const pollMs = 5;
/**
 * Longer than any lock that is still good; a lock file that cannot even be read would be waited for till doomsday.
 */
const patienceMs = 45_000;

export interface StoreOptions {
  readonly clock: Clock;
  /** Told once when changes cannot be stored, in a sentence for the user. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

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
  /** What `#text` says: a file that is edited meanwhile keeps what was edited. */
  #latest: Rehearsal;
  #version: string;
  #readable = true;
  /** Whether a unit's state is another than the file has. Not looked for: that would cost each answer all units. */
  #changed = false;
  #endTurn: (() => void) | null = null;
  #warned = false;
  #memoryOnly: boolean;
  #writes = 0;

  /** Reads a file. Throws RehearsalFileError. */
  static open(path: string, options: StoreOptions): RehearsalStore {
    const name = basename(path);
    try {
      const real = realpathSync(path);
      return new RehearsalStore(readFileSync(real, 'utf8'), name, real, versionOf(real), options);
    } catch (error) {
      if (error instanceof RehearsalFileError) throw error;
      throw new RehearsalFileError(`${name}: cannot be read: ${reasonOf(error)}`, { cause: error });
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
        busType: entry.busType, cannotStore: entry.cannotStore, initiators: initiators.get(unit) },
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

  /** What messages call the file. */
  get name(): string {
    return this.#name;
  }

  /** How often the file was written. */
  get writes(): number {
    return this.#writes;
  }

  /** Runs one command against the units, when it is this process's turn. */
  async run<T>(command: () => T): Promise<T> {
    const asked = this.#clock.now();
    while (!this.#myTurn()) {
      if (this.#clock.now() - asked >= patienceMs) this.#giveUp('another process does not let go of it');
      else await new Promise<void>((resolve) => void this.#clock.after(pollMs, resolve));
    }
    return command();
  }

  /** Stores what changed and ends this process's turn. */
  flush(): void {
    this.#endTurn?.();
    this.#endTurn = null;
    const lock = this.#lock;
    if (lock === null || this.#path === null) return;
    const changed = !this.#memoryOnly && this.#changed;
    // A file that is broken for now, half edited perhaps, is left to whoever is at it.
    if (changed && lock.held()) {
      if (this.#readable) this.#write(this.#path);
    } else if (changed) {
      this.#version = '';
      this.#tell('another process took the file over, and the last changes are lost');
    }
    lock.release();
  }

  #myTurn(): boolean {
    if (this.#memoryOnly || this.#endTurn !== null || this.#lock === null || this.#path === null) return true;
    try {
      if (!this.#lock.take()) return false;
    } catch (error) {
      this.#giveUp(reasonOf(error));
      return true;
    }
    this.#reload(this.#path);
    this.#endTurn = this.#clock.after(turnMs, () => this.flush());
    return true;
  }

  #giveUp(reason: string): void {
    this.#memoryOnly = true;
    this.#tell(`changes last until the end only: ${reason}`);
  }

  /** Takes over what others wrote. Only reservations: which disks there are is read once, at the start. */
  #reload(path: string): void {
    try {
      const version = versionOf(path);
      if (version === this.#version) return;
      const text = readFileSync(path, 'utf8');
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
      this.#tell(`the file changed and cannot be read again, so nothing is stored: ${reason}`);
    }
  }

  /** Beside the file first, then in its place at once: whoever reads sees the old or the new text, never half. */
  #write(path: string): void {
    const beside = `${path}.${pid}.tmp`;
    const states = [...this.units].map(([name, unit]) => [name, unit.state] as const);
    const text = withState(this.#text, this.#latest.units, new Map([...this.#latest.state, ...states]));
    try {
      writeFileSync(beside, text, { mode: statSync(path).mode & 0o777 });
      renameSync(beside, path);
      this.#writes++;
      this.#text = text;
      this.#version = versionOf(path);
      this.#changed = false;
    } catch (error) {
      this.#tell(`changes last until the end only, unless it can be written later: ${reasonOf(error)}`);
      try {
        rmSync(beside, { force: true, recursive: true });
      } catch {
        // It lies beside the file, in nobody's way.
      }
    }
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

/** Changes with every write: a file that was put in place of another is another file. */
function versionOf(path: string): string {
  const { ino, size, mtimeNs } = statSync(path, { bigint: true });
  return `${ino} ${size} ${mtimeNs}`;
}

/** `ENOENT: no such file or directory`, without the path: the message has named the file. */
function reasonOf(error: unknown): string {
  return (error as Error).message.replace(/, \w+ '[^]*$/, '');
}
