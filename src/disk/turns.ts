// The lock of each device: this process has at most one request outstanding on a device. The class driver of a disk
// has one sense buffer, so a second request at the same time could read the sense data of the first.

import type { Deadline } from './deadline.ts';

/** The right to a device, by one of its names. */
export class Turn {
  /** Resolves when the turn is over, or when it is overdue: then nobody knows when it will be. */
  readonly decided: Promise<void>;
  overdue = false;
  readonly #free: () => void;
  #decide!: () => void;

  constructor(free: () => void) {
    this.#free = free;
    this.decided = new Promise((resolve) => { this.#decide = resolve; });
  }

  end(): void {
    this.#free();
    this.#decide();
  }

  /** Called when the deadline has passed. The device is free again when `owed` settles, which may be never. */
  endAfter(owed: Promise<unknown>): void {
    this.overdue = true;
    this.#decide();
    owed.then(this.#free, this.#free);
  }
}

export class Turns {
  readonly #taken = new Map<string, Turn>();

  /** Names that are taken. */
  get size(): number {
    return this.#taken.size;
  }

  /**
   * Waits until the name is free and takes it. Resolves with null at once when the turn that has it is overdue. Rejects
   * with DeadlinePassed.
   */
  async take(name: string, deadline: Deadline, waiting: () => void): Promise<Turn | null> {
    for (let other = this.#taken.get(name); other !== undefined; other = this.#taken.get(name)) {
      if (other.overdue) return null;
      waiting();
      await deadline.race(other.decided);
    }
    const turn = new Turn(() => this.#taken.delete(name));
    this.#taken.set(name, turn);
    return turn;
  }
}
