// How often a torture test tries, and how it says what came of it. `npm run torture` runs the bounded version,
// `npm run torture -- --long` the long one.

import type { TestContext } from 'vitest';

export const isLong = process.env['STORAGERELEASE_TORTURE'] === 'long';

/** How many trials: the bounded number is what CI runs. */
export const trials = (bounded: number, long: number): number => (isLong ? long : bounded);

/**
 * The seed of this run: `--seed N` replays another's. Without it the date's year and month, so that a month's runs
 * are comparable and the next month's try something new.
 */
export const baseSeed = Number(process.env['STORAGERELEASE_SEED'] ?? new Date().toISOString().slice(0, 7).replace('-', ''));

export interface TortureRow {
  /** What was tried, in a few words; the first column of the table. */
  readonly what: string;
  readonly trials: number;
  /** Answers that never came, came more than once, or were not the right ones. All three must be 0. */
  readonly lost: number;
  readonly doubled: number;
  readonly wrong: number;
  /** Anything else that was counted or measured. */
  readonly note?: string;
}

declare module 'vitest' {
  interface TaskMeta {
    torture?: TortureRow[];
  }
}

/** Puts a row into the table at the end of the run, and fails the test unless nothing was lost, doubled or wrong. */
export function report(context: TestContext, row: TortureRow): void {
  (context.task.meta.torture ??= []).push(row);
  if (!(row.trials > 0)) throw new Error(`${row.what}: no trial was made`);
  if (row.lost + row.doubled + row.wrong > 0) {
    throw new Error(`${row.what}: ${row.lost} lost, ${row.doubled} doubled, ${row.wrong} wrong of ${row.trials}`
      + `${row.note === undefined ? '' : ` (${row.note})`}`);
  }
}
