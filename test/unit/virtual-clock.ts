// Time that stands still until a test turns it: every wait of the program happens at once, in the right order.

import type { Clock } from '../../src/clock.ts';

interface Alarm {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  #alarms: Alarm[] = [];
  readonly #epoch: number;

  constructor(start = 0, date = Date.UTC(2026, 0, 1)) {
    this.#now = start;
    this.#epoch = date - start;
  }

  now(): number {
    return this.#now;
  }

  date(): Date {
    return new Date(this.#epoch + this.#now);
  }

  after(ms: number, run: () => void): () => void {
    const alarm = { at: this.#now + Math.max(0, ms), order: this.#order++, run };
    this.#alarms.push(alarm);
    return () => void (this.#alarms = this.#alarms.filter((each) => each !== alarm));
  }

  /** Alarms that have not gone off. */
  get pending(): number {
    return this.#alarms.length;
  }

  /**
   * Turns the hands by `ms` milliseconds. Alarms go off in the order of their times, those of one time in the
   * order in which they were set; what waits for promises runs before the next one, so that it can set alarms of
   * its own.
   */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    for (let next = this.#first(); next !== undefined && next.at <= until; next = this.#first()) {
      await this.#ring(next);
    }
    this.#now = until;
  }

  /** Goes on until no alarm is left. Throws after `limit` of them: something sets alarms for ever. */
  async runAll(limit = 1_000_000): Promise<void> {
    await settle();
    for (let next = this.#first(), rung = 0; next !== undefined; next = this.#first(), rung++) {
      if (rung === limit) throw new Error(`${limit} alarms went off and there are still more`);
      await this.#ring(next);
    }
  }

  #first(): Alarm | undefined {
    let first: Alarm | undefined;
    for (const each of this.#alarms) {
      if (first === undefined || each.at < first.at) first = each;
      else if (each.at === first.at && each.order < first.order) first = each;
    }
    return first;
  }

  async #ring(alarm: Alarm): Promise<void> {
    this.#alarms = this.#alarms.filter((each) => each !== alarm);
    this.#now = Math.max(this.#now, alarm.at);
    alarm.run();
    await settle();
  }
}

/**
 * Lets everything run that promises have made ready, however long their chain: immediates come after microtasks.
 */
function settle(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
