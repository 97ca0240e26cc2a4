// A host of a search, and when its readings were made, on the clock of the computer that asks. The hosts' clocks
// cannot be compared; but each reading lies between the moment its question was sent and the moment its answer was
// there, and all readings of one host together leave only a little room for how far that host's clock is off.

import type { Interval, Reading } from './reading.ts';

export interface Host {
  /** What the caller's session calls it, until it says its own name. */
  label: string;
  readonly session: string;
  computer: string | null;
  /** Whether it may still report disks that it was not asked for one by one. */
  open: boolean;
  /** Why it says nothing more; null: it does. */
  failure: string | null;
  /** The host that gave itself the same name before, by another session: it is that one. */
  sameAs: number | null;
  /** It has disks that did not say which they are: any of them may be any. */
  hasUnnamed: boolean;
  readonly clock: HostClock;
  /** Its initiator ports, as they are compared, and whether it was asked for them and has not told all. */
  readonly ports: Set<string>;
  portsAsked: boolean;
  portsOpen: boolean;
}

export class HostClock {
  /** Bounds of `host's clock - own clock`, milliseconds. */
  #least = -Infinity;
  #most = Infinity;

  /** Learns from a reading. One whose time is not known, teaches nothing. */
  learn({ sent, received, startedAt, durationMs }: Reading): void {
    if (startedAt === null) return;
    // `startedAt` is cut to whole milliseconds.
    this.#most = Math.min(this.#most, startedAt + 1 - sent);
    this.#least = Math.max(this.#least, startedAt + durationMs - received);
  }

  /** False: the clock was set, and what it says bounds nothing. */
  get consistent(): boolean {
    return this.#least <= this.#most;
  }

  /** What is sure is `sent` to `received`; a consistent clock narrows it. */
  narrow({ sent, received, startedAt, durationMs }: Reading): Interval {
    if (startedAt === null || !this.consistent) return { from: sent, to: received };
    const from = Math.max(sent, startedAt - this.#most);
    const to = Math.min(received, startedAt + 1 + durationMs - this.#least);
    return from <= to ? { from, to } : { from: sent, to: received };
  }
}
