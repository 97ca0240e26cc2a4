// From a UniqueId or serial number to a device path, when no number and no path is known (records from CSV or
// JSON, `id:` and `serial:` on the command line).

import type { Bus, DiskRoles, InventoryRow, Opening } from '../bus/bus.ts';
import type { Clock } from '../clock.ts';
import { Deadline, DeadlinePassed } from './deadline.ts';
import { Handle } from './handle.ts';
import { type Identity, diskNumber, folded, readIdentity } from './identity.ts';
import { type Claim, displayPath, numberInPath } from './target.ts';

export interface Listed {
  readonly path: string;
  /** Null when the disk did not say in time, or could not be opened even without access. */
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

/** Every device of this host with what it says of itself, in the order of the bus, each as soon as that allows. */
export async function lookAtAll(
  bus: Bus, clock: Clock, paths: readonly string[], timeoutMs: number, each: (listed: Listed) => void,
): Promise<void> {
  const seen = new Map<number, Listed>();
  let told = 0;
  await sideBySide(paths, async (path, at) => {
    const { identity } = await look(bus, clock, path, timeoutMs);
    seen.set(at, { path, identity });
    for (let first = seen.get(told); first !== undefined; first = seen.get(++told)) {
      seen.delete(told);
      each(first);
    }
  });
}

export interface Found {
  /** In the order of the bus. */
  readonly paths: readonly string[];
  /** How many devices could not be asked what they are, or did not say it in time. */
  readonly silent: number;
}

/** Null: it did not say what it is. */
type LookAtOne = (path: string, limitMs: number) => Promise<Identity | null>;

/** One look at all devices, which tells of each as soon as it has answered. */
class Reading {
  readonly began: number;
  readonly limitMs: number;
  /** When the last device answered. */
  #at: number;
  #ended = false;
  #failure: { readonly error: unknown } | null = null;
  #silent = 0;
  /** Places on the bus, by what the devices there say. */
  readonly #byUniqueId = new Map<string, Set<number>>();
  readonly #bySerial = new Map<string, Set<number>>();
  readonly #unnamed = new Set<number>();
  #paths: readonly string[] = [];
  readonly #clock: Clock;
  #told!: () => void;
  #next: Promise<void>;

  constructor(bus: Bus, clock: Clock, limitMs: number, one: LookAtOne) {
    this.#clock = clock;
    this.began = this.#at = clock.now();
    this.limitMs = limitMs;
    this.#next = this.#expect();
    void this.#read(bus, one).catch((error: unknown) => { this.#failure = { error }; }).then(() => {
      this.#ended = true;
      this.#told();
    });
  }

  /** Whether it could not be begun; nothing is to be had of it. */
  get failed(): boolean {
    return this.#failure !== null;
  }

  /**
   * Resolves with nothing found only when all have answered or had their time, with one path when nobody who might
   * be a second one has answered for a while, with several at once. Rejects when the devices could not be listed.
   */
  async search(claim: Claim): Promise<Found> {
    for (;;) {
      const next = this.#next;
      const places = this.#match(claim);
      if (this.#ended && this.#failure !== null) throw this.#failure.error;
      const decided = this.#ended || places.length > 1 || (places.length === 1 && await this.#quiet(next));
      if (!decided) await next;
      else return { paths: places.map((place) => this.#paths[place]!), silent: this.#silent };
    }
  }

  async #read(bus: Bus, one: LookAtOne): Promise<void> {
    this.#paths = await bus.list();
    await sideBySide(this.#paths, async (path, place) => {
      this.#take(await one(path, this.limitMs), place);
      this.#at = this.#clock.now();
      const told = this.#told;
      this.#next = this.#expect();
      told();
    });
  }

  #expect(): Promise<void> {
    return new Promise((resolve) => { this.#told = resolve; });
  }

  #take(identity: Identity | null, place: number): void {
    if (identity === null) {
      this.#silent += 1;
      return;
    }
    const put = (map: Map<string, Set<number>>, text: string) => {
      const key = folded(text);
      map.set(key, (map.get(key) ?? new Set()).add(place));
    };
    for (const id of identity.uniqueIds) put(this.#byUniqueId, id);
    if (identity.uniqueIds.length === 0) this.#unnamed.add(place);
    if (identity.serialNumber !== null) put(this.#bySerial, identity.serialNumber);
  }

  /** Places of the devices that agree with the claim's UniqueId or, without one, its serial number. */
  #match({ uniqueId, serialNumber }: Claim): number[] {
    const places = new Set(uniqueId === null ? [] : this.#byUniqueId.get(folded(uniqueId)));
    for (const place of serialNumber === null ? [] : this.#bySerial.get(folded(serialNumber)) ?? []) {
      // A UniqueId that Windows made up itself: the serial number stands in for it.
      if (uniqueId === null || this.#unnamed.has(place)) places.add(place);
    }
    return [...places].sort((a, b) => a - b);
  }

  /** Whether no device answers for a while from the last one on: those that are left hang. */
  #quiet(next: Promise<void>): Promise<boolean> {
    return new Promise((resolve) => {
      const left = Math.max(0, quietMs - (this.#clock.now() - this.#at));
      const takeBack = this.#clock.after(left, () => resolve(true));
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

/**
 * Finds by identity over one reading of the bus, which all searches of a pipeline share. The handle that is opened
 * afterwards is checked again, so a stale reading costs a miss, never a wrong disk.
 */
export class Finder {
  readonly #bus: Bus;
  readonly #clock: Clock;
  #reading: Reading | null = null;
  /** What devices still owe: asking again before they answer would leave one more open hanging. */
  readonly #owed = new Map<string, Promise<unknown>>();

  constructor(bus: Bus, clock: Clock) {
    this.#bus = bus;
    this.#clock = clock;
  }

  /**
   * All paths whose identity agrees with the claim's UniqueId or, without one, its serial number. There may be two
   * readings, and a disk that hangs costs each of them all of `timeoutMs`, or ten seconds.
   */
  async find(claim: Claim, timeoutMs: number): Promise<Found> {
    const asked = this.#clock.now();
    const limitMs = Math.min(timeoutMs, longestLookMs);
    for (;;) {
      const reading = this.#current(limitMs);
      const found = await reading.search(claim);
      // Nothing in a reading from before this question, or in a shorter one: the disk may be there all the same.
      if (found.paths.length > 0 || (reading.began >= asked && reading.limitMs >= limitMs)) return found;
      if (this.#reading === reading) this.#reading = null;
    }
  }

  #current(limitMs: number): Reading {
    const old = this.#reading;
    if (old !== null && !old.failed && this.#clock.now() - old.began <= readingAgeMs) return old;
    return this.#reading = new Reading(this.#bus, this.#clock, limitMs, (path, ms) => this.#look(path, ms));
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

/**
 * The devices of this host, for a list: the inventory where the bus has one, else what each device says of itself,
 * with no access asked. In the order of the bus. Rejects when the host itself does not answer in time.
 */
export async function listDevices(
  bus: Bus, roles: () => Promise<DiskRoles>, clock: Clock, timeoutMs: number, each: (row: InventoryRow) => void,
): Promise<void> {
  const deadline = new Deadline(clock, timeoutMs);
  const inTime = <T>(promise: Promise<T>): Promise<T> => deadline.race(promise).catch((error: unknown) => {
    if (!(error instanceof DeadlinePassed)) throw error;
    throw new Error(`This computer did not say what devices it has within ${timeoutMs / 1000} s.`);
  });
  if (bus.inventory !== undefined) {
    for (const row of await inTime(bus.inventory())) each(row);
    return;
  }
  const known = await inTime(roles());
  await lookAtAll(bus, clock, await inTime(bus.list()), timeoutMs, ({ path, identity }) => {
    // A disk that does not open, or not in time, is still listed by what its path says.
    const number = identity === null ? numberInPath(path) : diskNumber(identity);
    const among = (set: ReadonlySet<number>) => (number === null ? null : set.has(number));
    const name = [identity?.vendorId, identity?.productId].filter((part) => part != null).join(' ');
    each({
      path: displayPath(path),
      number,
      friendlyName: name === '' ? null : name,
      serialNumber: identity?.serialNumber ?? null,
      uniqueId: identity?.uniqueIds[0] ?? null,
      busType: identity?.busType ?? null,
      boot: among(known.boot),
      system: among(known.system),
      clustered: identity?.clustered ?? null,
      multipath: among(known.multipath),
    });
  });
}
