// A host of a search, and when its readings were made, on the clock of the computer that asks. The hosts' clocks
// cannot be compared. But each reading was made between the moment when its question was sent and the moment when its
// answer arrived, so that all readings of one host together bound the difference between its clock and ours.

import type { Interval, Reading } from './reading.ts';

export interface Host {
  /** The name in the caller's session, until the host has told its own. */
  label: string;
  readonly session: string;
  computer: string | null;
  /** Whether the host has not reported all its disks yet. */
  open: boolean;
  /** Why the host answers no more; null while it does. */
  failure: string | null;
  /** The host that gave itself the same name before, by another session: it is that one. */
  sameAs: number | null;
  /** Whether the host has disks whose identity could not be read: each of them may be any disk. */
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

  /** Narrows the bounds by a reading whose time on the host's clock is known. */
  learn({ sent, received, startedAt, durationMs }: Reading): void {
    if (startedAt === null) return;
    // `startedAt` is rounded down to whole milliseconds.
    this.#most = Math.min(this.#most, startedAt + 1 - sent);
    this.#least = Math.max(this.#least, startedAt + durationMs - received);
  }

  /** False when the host's clock was set during the search, so that it bounds nothing. */
  get consistent(): boolean {
    return this.#least <= this.#most;
  }

  /** When the reading was made: for sure between `sent` and `received`; a consistent clock narrows that. */
  narrow({ sent, received, startedAt, durationMs }: Reading): Interval {
    if (startedAt === null || !this.consistent) return { from: sent, to: received };
    const from = Math.max(sent, startedAt - this.#most);
    const to = Math.min(received, startedAt + 1 + durationMs - this.#least);
    return from <= to ? { from, to } : { from: sent, to: received };
  }
}
