import type { Clock } from '../clock.ts';

/** Thrown within a use case when its deadline has passed; never leaves the use case. */
export class DeadlinePassed extends Error {
  override name = 'DeadlinePassed';
}

/** One deadline for everything that is done to a disk, its open included. */
export class Deadline {
  readonly started: number;
  readonly #clock: Clock;
  readonly #ms: number;

  constructor(clock: Clock, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
    this.started = clock.now();
  }

  /** Milliseconds since the start. */
  elapsed(): number {
    return this.#clock.now() - this.started;
  }

  /**
   * The promise's value, or DeadlinePassed once the deadline has passed. A later value goes to `late`, so that a handle
   * that opens after the deadline is closed again.
   */
  race<T>(promise: Promise<T>, late?: (value: T) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let open = true;
      let takeBack: () => void;
      const wait = () => {
        // Timers count whole milliseconds, and may fire too early: then another one is set.
        const left = Math.max(0, Math.ceil(this.#ms - this.elapsed()));
        takeBack = this.#clock.after(left, () => {
          if (this.elapsed() < this.#ms) return wait();
          open = false;
          reject(new DeadlinePassed());
        });
      };
      wait();
      promise.then(
        (value) => {
          if (!open) return late?.(value);
          takeBack();
          resolve(value);
        },
        (error: unknown) => {
          takeBack();
          if (open) reject(error);
        },
      );
    });
  }
}
