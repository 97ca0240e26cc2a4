// One reading of the bus, which all requests share. It serves two purposes: to find a device by UniqueId or serial
// number where the claim has no number and no path (records from CSV or JSON, `id:` and `serial:` on the command line),
// and to compare a device with the others of this computer.

import type { Bus, Opening } from '../bus/bus.ts';
import { FILE_DEVICE_DISK } from '../bus/sdk/layouts.ts';
import type { Clock } from '../clock.ts';
import type { DeviceKind } from '../status/devices.ts';
import type { Claim } from './claim.ts';
import { Deadline, DeadlinePassed } from './deadline.ts';
import { deviceKindOf, nameOfPath } from './device-path.ts';
import { Handle } from './handle.ts';
import { type Identity, type Others, agreedStatements, deviceKey, readIdentity, shownAs } from './identity.ts';
import { type Neighbour, Neighbours } from './neighbours.ts';

export interface Listed {
  readonly path: string;
  /** Null when the device did not answer in time, could not be opened even without access rights, or was not to be opened. */
  readonly identity: Identity | null;
}

interface Look {
  readonly identity: Identity | null;
  /** The open or request that is still pending in the driver; null when none is. */
  readonly stuck: Promise<unknown> | null;
}

/**
 * Opens without access rights, reads the identity, closes. Never rejects: a disk that hangs or fails must not keep the
 * other disks from being read.
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

/** At most so many disks are read at the same time. */
const width = 32;

/** Runs `one` for each item, at most `width` at the same time. */
async function sideBySide<T>(items: readonly T[], one: (item: T, at: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let at = next++; at < items.length; at = next++) await one(items[at]!, at);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
}

/** Devices in the order of the bus, with the identity of those that are opened; each as soon as that order allows. */
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
  /** Devices that match the claim, in the order of the bus. */
  readonly devices: readonly Neighbour[];
  /** Devices that have the claim's UniqueId, but do not match it otherwise. */
  readonly near: readonly Neighbour[];
  /** Number of devices whose identity could not be read, or not in time. */
  readonly silent: number;
}

/** How one device relates to the other devices of the bus. */
export interface Surroundings extends Others {
  /** Devices that are the same LUN, under other numbers. */
  readonly sameUnit: readonly Neighbour[];
  /** Devices whose UniqueId or serial number is shown as its own, itself among them, in the order of the bus. */
  readonly alike: readonly Neighbour[];
}

/** Resolves with null where the identity could not be read. */
type LookAtOne = (path: string, limitMs: number) => Promise<Identity | null>;

/** One reading of all devices of some kinds, usable from the first answer on. */
class Survey {
  readonly began: number;
  readonly limitMs: number;
  readonly known = new Neighbours();
  readonly #listing: Promise<readonly string[]>;
  readonly #one: LookAtOne;
  #looking = false;
  /** Number of devices that have not been asked yet; infinite until the devices are listed. */
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

  /** Whether the devices could not be listed, so that this survey will never have a result. */
  get failed(): boolean {
    return this.#failure !== null;
  }

  /** Whether devices are still answering. Then a new survey would not be newer. */
  get busy(): boolean {
    return !this.#ended && (this.#unasked > 0 || this.#left() > 0);
  }

  /** Whether each device has been asked; one that hangs counts as asked. */
  get complete(): boolean {
    return this.#unasked === 0;
  }

  /**
   * Resolves with no device only when all have answered or timed out; with one device when no other one has answered
   * for a while, since any of those might be a second match; with several devices at once. Rejects when the devices
   * could not be listed.
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

  /** Resolves when all have answered, or when none has answered for a while. Rejects as `search` does. */
  async settled(): Promise<void> {
    // Where there is one disk alone, it cannot be mistaken for another one.
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

  /** Milliseconds that are left until devices without an answer count as hanging, counted from the last answer. */
  #left(): number {
    return Math.max(0, quietMs - (this.#clock.now() - this.#at));
  }

  /** Resolves with true when no device has answered for a while after the last one: the rest hangs. */
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

/** A search that has found a disk waits so long for devices that hang: each might be a second match. */
const quietMs = 500;
/** A reading older than this is not used any more: Windows gives disk numbers again. */
const readingAgeMs = 10_000;
/** The most time for reading one device's identity, whatever the deadline of the request. */
const longestLookMs = 10_000;

/** Tapes, changers and CD-ROMs are opened only where the caller asks for them: opening a tape drive can reserve it. */
export const disks: readonly DeviceKind[] = ['Disk'];

/**
 * Finds devices by identity in one reading of the bus, which all requests of a pipeline share. The identity is checked
 * again after the open: a stale reading may miss a disk, but never leads to a wrong one.
 */
export class Finder {
  readonly #bus: Bus;
  readonly #clock: Clock;
  /** Surveys, by the kinds of devices that they read. */
  readonly #readings = new Map<string, Survey>();
  /** Opens and requests that have not returned, by path. Asking again before they do would block another thread. */
  readonly #owed = new Map<string, Promise<unknown>>();

  constructor(bus: Bus, clock: Clock) {
    this.#bus = bus;
    this.#clock = clock;
  }

  /**
   * All devices that match the claim. This may take two readings; where a disk hangs, each takes `timeoutMs`, but ten
   * seconds at most.
   */
  async find(claim: Claim, timeoutMs: number): Promise<Found> {
    const asked = this.#clock.now();
    const limitMs = Math.min(timeoutMs, longestLookMs);
    const kinds = claim.devices ?? disks;
    for (;;) {
      const reading = this.#current(kinds, limitMs);
      const found = await reading.search(claim);
      // The reading had begun before this request, or had less time: the disk may exist although it was not found.
      if (found.devices.length > 0 || (reading.began >= asked && reading.limitMs >= limitMs)) return found;
      this.#forget(kinds, reading);
    }
  }

  /**
   * How an opened device relates to the other devices, as far as these answer within `timeoutMs`; does not wait for
   * devices that hang. Rejects where the devices could not be listed.
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
      // One rival that still exists is enough for a refusal.
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
   * Whether an older reading is still right, as far as it matters; Windows gives disk numbers again. The device itself
   * and those that it is compared with have to answer the same now; one that hangs counts as unchanged.
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
