import { hrtime } from 'node:process';

/** The program's only source of time, which tests and the seeded simulation replace. */
export interface Clock {
  /** Monotonic milliseconds, which do not change when the clock is set. */
  now(): number;
  /** The date and time, for `StartedAt` only. */
  date(): Date;
  /** Calls `run` once, `ms` milliseconds from now; the returned function cancels it. */
  after(ms: number, run: () => void): () => void;
}

/** The longest delay that a timer takes; a longer one fires at once. */
const longestTimer = 2 ** 31 - 1;

export const systemClock: Clock = {
  // As performance.now(), which loads node:perf_hooks first.
  now() {
    const [seconds, nanoseconds] = hrtime();
    return seconds * 1e3 + nanoseconds / 1e6;
  },
  date: () => new Date(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(ms, longestTimer));
    return () => clearTimeout(timer);
  },
};
