// The commands that a device or an adapter sends to units: each waits for this process's turn on the rehearsal file, and
// can be withdrawn until then.

import type { Held } from '../bus.ts';
import type { RehearsalStore, Turn } from './rehearsal-store.ts';

export class Turns {
  readonly #store: RehearsalStore;
  readonly #turns = new Set<Turn>();

  constructor(store: RehearsalStore) {
    this.#store = store;
  }

  /** Runs a command against the units when it is its turn; never resolves for one that was withdrawn. */
  run<T>(command: () => T): Promise<T> {
    const turn: Turn = { waiting: false, takenBack: false };
    this.#turns.add(turn);
    return this.#store.run(() => {
      this.#turns.delete(turn);
      return command();
    }, turn);
  }

  /** What a command waits for before it reaches the unit; null where none waits. */
  get held(): Held | null {
    return [...this.#turns].some(({ waiting }) => waiting) ? this.#store.held : null;
  }

  /** Withdraws the command that waits. Returns false where none does. */
  takeBack(): boolean {
    const waiting = [...this.#turns].filter((turn) => turn.waiting);
    for (const turn of waiting) {
      turn.takenBack = true;
      this.#turns.delete(turn);
    }
    return waiting.length > 0;
  }
}
