// One reading of the bus, which all requests share: from a UniqueId or serial number to a device path, when no number
// and no path is known (records from CSV or JSON, `id:` and `serial:` on the command line); and what the
// other devices of the computer tell about a device.

import type { Bus, Opening } from '../bus/bus.ts';
import type { Clock } from '../clock.ts';
import type { DeviceKind } from '../status/devices.ts';
import type { Claim } from './claim.ts';
import { Deadline, DeadlinePassed } from './deadline.ts';
import { deviceKindOf, nameOfPath } from './device-path.ts';
import { Handle } from './handle.ts';
import {
  type Identity, type Others, FILE_DEVICE_DISK, agreedStatements, deviceKey, readIdentity, shownAs,
} from './identity.ts';
import { type Neighbour, Neighbours } from './neighbours.ts';

export interface Listed {
  readonly path: string;
  /** Null when the device did not say in time, could not be opened even without access, or was not to be. */
  readonly identity: Identity | null;
}

interface Look {
  readonly identity: Identity | null;
  /** What the device has not answered yet; null when it owes nothing. */
  readonly stuck: Promise<unknown> | null;
}

/**
 * Opens with no access, reads identity, closes. A disk that hangs costs its deadline and nobody else's; one that
 * cannot be asked, whatever the bus throws, keeps nobody from asking the others.
 */
export async function look(bus: Bus, clock: Clock, path: string, timeoutMs: number): Promise<Look> {
  const deadline = new Deadline(clock, timeoutMs);
  const nothing = () => {};
  let stuck: Promise<unknown> | null = null;
  let handle: Handle | null = null;
  let identity: Identity | null = null;
  try {
    stuck = bus.open(path, 'query');
    const opening = await deadline.race(stuck as Promise<Opening>, ({ disk }) => {
      if (disk !== undefined) void new Handle(disk).leave(deadline, nothing);
    });
    stuck = null;
    handle = opening.disk === undefined ? null : new Handle(opening.disk);
    identity = handle === null ? null : await readIdentity(handle, deadline);
  } catch (error) {
    if (!(error instanceof DeadlinePassed)) stuck = null;
  }
  stuck ??= handle?.pending ?? null;
  await handle?.leave(deadline, nothing);
  return { identity, stuck };
}

/** At most this many disks are looked at side by side. */
const width = 32;

/** Does `one` for each item, at most `width` of them side by side. */
async function sideBySide<T>(items: readonly T[], one: (item: T, at: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let at = next++; at < items.length; at = next++) await one(items[at]!, at);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
}

/** Devices with what those say that are opened, in the order of the bus, each as soon as that allows. */
export async function lookAtAll(
  bus: Bus, clock: Clock, paths: readonly string[], timeoutMs: number, isOpened: (path: string) => boolean,
  each: (listed: Listed) => void,
): Promise<void> {
  const seen = new Map<number, Listed>();
  let told = 0;
  await sideBySide(paths, async (path, at) => {
    const identity = isOpened(path) ? (await look(bus, clock, path, timeoutMs)).identity : null;
    seen.set(at, { path, identity });
    for (let first = seen.get(told); first !== undefined; first = seen.get(++told)) {
      seen.delete(told);
      each(first);
    }
  });
}

export interface Found {
  /** Devices that are what the claim says, in the order of the bus. */
  readonly devices: readonly Neighbour[];
  /** Devices that have the claim's UniqueId and are not what it says. */
  readonly near: readonly Neighbour[];
  /** How many devices could not be asked what they are, or did not say it in time. */
  readonly silent: number;
}

/** What the rest of the bus tells of one device. */
export interface Surroundings extends Others {
  /** The same LUN under other numbers. */
  readonly sameUnit: readonly Neighbour[];
  /** All that have its UniqueId or its serial number, itself among them, in the order of the bus. */
  readonly alike: readonly Neighbour[];
}

/** Null: it did not say what it is. */
type LookAtOne = (path: string, limitMs: number) => Promise<Identity | null>;

/** One look at all devices of some kinds, which tells of each as soon as it has answered. */
class Survey {
  readonly began: number;
  readonly limitMs: number;
  readonly known = new Neighbours();
  readonly #listing: Promise<readonly string[]>;
  readonly #one: LookAtOne;
  #looking = false;
  /** How many devices there are, and how many have not been asked yet. */
  #unasked = Infinity;
  /** When the last device answered. */
  #at: number;
  #ended = false;
  #failure: { readonly error: unknown } | null = null;
  #silent = 0;
  readonly #clock: Clock;
  #told!: () => void;
  #next: Promise<void>;

  constructor(bus: Bus, clock: Clock, kinds: readonly DeviceKind[], limitMs: number, one: LookAtOne) {
    this.#clock = clock;
    this.#one = one;
    this.began = this.#at = clock.now();
    this.limitMs = limitMs;
    this.#next = this.#expect();
    this.#listing = (async () => (await bus.list()).filter((path) => kinds.includes(deviceKindOf(path)!)))();
    this.#listing.catch((error: unknown) => {
      this.#failure = { error };
      this.#end();
    });
  }

  /** Whether it could not be begun; nothing is to be had of it. */
  get failed(): boolean {
    return this.#failure !== null;
  }

  /** Whether devices still answer, one after another: another reading would be no newer. */
  get busy(): boolean {
    return !this.#ended && (this.#unasked > 0 || this.#left() > 0);
  }

  /** Whether each device has been asked; one that hangs has been, too. */
  get complete(): boolean {
    return this.#unasked === 0;
  }

  /**
   * Resolves with nothing found only when all have answered or had their time, with one device when nobody who might
   * be a second one has answered for a while, with several at once. Rejects when the devices could not be listed.
   */
  async search(claim: Claim): Promise<Found> {
    this.#look();
    for (;;) {
      const next = this.#next;
      const devices = this.known.meant(claim);
      if (this.#ended && this.#failure !== null) throw this.#failure.error;
      const decided = this.#ended || devices.length > 1 || (devices.length === 1 && await this.#quiet(next));
      if (!decided) await next;
      else return { devices, near: this.known.near(claim), silent: this.#silent };
    }
  }

  /** Resolves when all have answered, or those that are left have not for a while. Rejects as `search` does. */
  async settled(): Promise<void> {
    // A disk alone has no neighbours that it could be mistaken for.
    if ((await this.#listing).length < 2) {
      this.#unasked = 0;
      return;
    }
    this.#look();
    for (let next = this.#next; !this.#ended && !(this.complete && await this.#quiet(next)); next = this.#next) {
      await next;
    }
  }

  #look(): void {
    if (this.#looking) return;
    this.#looking = true;
    void this.#lookAtAll().then(() => this.#end(), () => {});
  }

  async #lookAtAll(): Promise<void> {
    const paths = await this.#listing;
    this.#at = this.#clock.now();
    this.#unasked = paths.length;
    await sideBySide(paths, async (path, place) => {
      this.#unasked -= 1;
      const identity = await this.#one(path, this.limitMs);
      if (identity === null) this.#silent += 1;
      else this.known.add(place, { path, identity });
      this.#at = this.#clock.now();
      const told = this.#told;
      this.#next = this.#expect();
      told();
    });
  }

  #end(): void {
    this.#ended = true;
    this.#told();
  }

  #expect(): Promise<void> {
    return new Promise((resolve) => { this.#told = resolve; });
  }

  /** Milliseconds until a device that is silent from the last answer on counts as one that hangs. */
  #left(): number {
    return Math.max(0, quietMs - (this.#clock.now() - this.#at));
  }

  /** Whether no device answers for a while from the last one on: those that are left hang. */
  #quiet(next: Promise<void>): Promise<boolean> {
    return new Promise((resolve) => {
      const takeBack = this.#clock.after(this.#left(), () => resolve(true));
      void next.then(() => {
        takeBack();
        resolve(false);
      });
    });
  }
}

/** A search that has its disk waits no longer than this for one that hangs, and that might be a second one. */
const quietMs = 500;
/** A reading older than this is not looked at any more: numbers are given again. */
const readingAgeMs = 10_000;
/** The most that one device may take to say what it is, whatever the request's own time. */
const longestLookMs = 10_000;

/** Tapes, changers and CD-ROMs are looked at where they are asked for alone: an open can reserve a tape drive. */
export const disks: readonly DeviceKind[] = ['Disk'];

/**
 * Finds by identity over one reading of the bus, which all requests of a pipeline share. The handle that is opened
 * afterwards is checked again, so a stale reading costs a miss, never a wrong disk.
 */
export class Finder {
  readonly #bus: Bus;
  readonly #clock: Clock;
  /** By the kinds of devices that were looked at. */
  readonly #readings = new Map<string, Survey>();
  /** What devices still owe: asking again before they answer would leave one more open hanging. */
  readonly #owed = new Map<string, Promise<unknown>>();

  constructor(bus: Bus, clock: Clock) {
    this.#bus = bus;
    this.#clock = clock;
  }

  /**
   * All devices that are what the claim says. There may be two readings, and a disk that hangs costs each of them all
   * of `timeoutMs`, or ten seconds.
   */
  async find(claim: Claim, timeoutMs: number): Promise<Found> {
    const asked = this.#clock.now();
    const limitMs = Math.min(timeoutMs, longestLookMs);
    const kinds = claim.devices ?? disks;
    for (;;) {
      const reading = this.#current(kinds, limitMs);
      const found = await reading.search(claim);
      // Nothing in a reading from before this question, or in a shorter one: the disk may be there all the same.
      if (found.devices.length > 0 || (reading.began >= asked && reading.limitMs >= limitMs)) return found;
      this.#forget(kinds, reading);
    }
  }

  /**
   * What the neighbours of an opened device tell of it, as far as they say within `timeoutMs` and without waiting for
   * those that hang. Rejects where the devices could not be listed.
   */
  async surroundings(claim: Claim, identity: Identity, timeoutMs: number): Promise<Surroundings> {
    const agreed = agreedStatements(claim, identity);
    const nothing: Surroundings = { sameUnit: [], alike: [], rivals: [], complete: true };
    const kinds = identity.deviceType === FILE_DEVICE_DISK ? disks : claim.devices;
    const names = identity.uniqueIds.length + agreed.length;
    if (kinds === null || deviceKey(identity) === null || names === 0) return nothing;
    const asked = this.#clock.now();
    const limitMs = Math.min(timeoutMs, longestLookMs);
    for (;;) {
      const reading = this.#current(kinds, limitMs);
      try {
        await new Deadline(this.#clock, limitMs).race(reading.settled());
      } catch (error) {
        if (!(error instanceof DeadlinePassed)) throw error;
      }
      const sameUnit = reading.known.sameUnit(identity);
      const rivals = reading.known.rivals(claim, identity, agreed);
      // Of many rivals, one that still is will do.
      const concerned = [...sameUnit, ...rivals.slice(0, 1)];
      if (reading.began >= asked || await this.#isStill(reading.known, identity, concerned)) {
        const alike = reading.known.alike(identity);
        return { sameUnit, alike, rivals: rivals.map(({ path }) => nameOfPath(path)), complete: reading.complete };
      }
      this.#forget(kinds, reading);
    }
  }

  #current(kinds: readonly DeviceKind[], limitMs: number): Survey {
    const old = this.#readings.get(keyOf(kinds));
    const isFresh = (reading: Survey) => this.#clock.now() - reading.began <= readingAgeMs || reading.busy;
    if (old !== undefined && !old.failed && isFresh(old)) return old;
    const reading = new Survey(this.#bus, this.#clock, kinds, limitMs, (path, ms) => this.#look(path, ms));
    this.#readings.set(keyOf(kinds), reading);
    return reading;
  }

  #forget(kinds: readonly DeviceKind[], reading: Survey): void {
    if (this.#readings.get(keyOf(kinds)) === reading) this.#readings.delete(keyOf(kinds));
  }

  /**
   * Whether an older reading is to be believed, as far as it matters: numbers are given again. The device itself and
   * those that it is held against have to say the same now; one that hangs is believed.
   */
  async #isStill(known: Neighbours, identity: Identity, concerned: readonly Neighbour[]): Promise<boolean> {
    const self = known.itself(identity);
    if (self !== null && shownAs(self) !== shownAs(identity)) return false;
    for (const one of concerned) {
      const now = await this.#look(one.path, quietMs);
      if (now !== null && shownAs(now) !== shownAs(one.identity)) return false;
    }
    return true;
  }

  async #look(path: string, limitMs: number): Promise<Identity | null> {
    const deadline = new Deadline(this.#clock, limitMs);
    const owed = this.#owed.get(path);
    const answered = owed === undefined || await deadline.race(owed).then(() => true, () => false);
    if (!answered) return null;
    const { identity, stuck } = await look(this.#bus, this.#clock, path, limitMs - deadline.elapsed());
    if (stuck !== null) {
      const free = () => void this.#owed.delete(path);
      this.#owed.set(path, stuck.then(free, free));
    }
    return identity;
  }
}

const keyOf = (kinds: readonly DeviceKind[]): string => [...kinds].sort().join();
