// From a UniqueId or serial number to a device path, when no number and no path is known (records from CSV or JSON,
// `id:` and `serial:` on the command line).

import type { Bus, DiskRoles, InventoryRow } from '../bus/bus.ts';
import { type Identity, diskNumber, hasUniqueId, readIdentity } from './identity.ts';
import { Deadline, DeadlinePassed } from './deadline.ts';
import type { Clock } from '../clock.ts';
import { type Claim, displayPath, numberInPath } from './target.ts';

export interface Listed {
  readonly path: string;
  /** Null when the disk did not say in time, or could not be opened even without access. */
  readonly identity: Identity | null;
}

/** Opens with no access, reads identity, closes. A disk that hangs costs its deadline and nobody else's. */
export async function look(bus: Bus, clock: Clock, path: string, timeoutMs: number): Promise<Identity | null> {
  const deadline = new Deadline(clock, timeoutMs);
  try {
    const opening = await deadline.race(bus.open(path, 'query'), (late) => void late.disk?.close());
    const disk = opening.disk;
    if (disk === undefined) return null;
    let pending = false;
    try {
      return await readIdentity(disk, deadline, () => void disk.close());
    } catch (error) {
      pending = error instanceof DeadlinePassed;
      if (pending) disk.cancel();
      throw error;
    } finally {
      if (!pending) await disk.close();
    }
  } catch (error) {
    if (error instanceof DeadlinePassed) return null;
    throw error;
  }
}

/** At most this many disks are looked at side by side. */
const width = 32;

/** Every device of this host with what it says of itself, in the order of the bus, each as soon as that allows. */
export async function lookAtAll(
  bus: Bus, clock: Clock, timeoutMs: number, each: (listed: Listed) => void,
): Promise<void> {
  const paths = await bus.list();
  const seen = new Map<number, Listed>();
  let next = 0;
  let told = 0;
  const lane = async () => {
    for (let at = next++; at < paths.length; at = next++) {
      const path = paths[at]!;
      seen.set(at, { path, identity: await look(bus, clock, path, timeoutMs) });
      for (let first = seen.get(told); first !== undefined; first = seen.get(++told)) {
        seen.delete(told);
        each(first);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, paths.length) }, lane));
}

export interface Found {
  readonly paths: readonly string[];
  /** How many devices could not be asked what they are, or did not say it in time. */
  readonly silent: number;
}

/**
 * Finds by identity over one reading of the bus, which all searches of a pipeline share. The handle that is opened
 * afterwards is checked again, so a stale reading costs a miss, never a wrong disk.
 */
export class Finder {
  readonly #bus: Bus;
  readonly #clock: Clock;
  #reading: Promise<Listed[]> | null = null;
  #readAt = 0;

  constructor(bus: Bus, clock: Clock) {
    this.#bus = bus;
    this.#clock = clock;
  }

  /**
   * All paths whose identity agrees with the claim's UniqueId or, without one, its serial number. There may be two
   * readings, and a disk that hangs costs each of them all of `timeoutMs`.
   */
  async find(claim: Claim, timeoutMs: number): Promise<Found> {
    const asked = this.#clock.now();
    const found = this.#match(claim, await this.#read(timeoutMs));
    // Nothing in a reading from before this question: the disk may have arrived since.
    if (found.paths.length > 0 || this.#readAt >= asked) return found;
    this.#reading = null;
    return this.#match(claim, await this.#read(timeoutMs));
  }

  #match(claim: Claim, all: readonly Listed[]): Found {
    const { uniqueId, serialNumber } = claim;
    const paths = all.filter(({ identity }) => {
      if (identity === null) return false;
      if (uniqueId !== null && hasUniqueId(identity, uniqueId)) return true;
      const serialAgrees = serialNumber !== null
        && identity.serialNumber?.toLowerCase() === serialNumber.trim().toLowerCase();
      // A UniqueId that Windows made up itself: the serial number stands in for it.
      return serialAgrees && (uniqueId === null || identity.uniqueIds.length === 0);
    }).map(({ path }) => path);
    return { paths, silent: all.filter(({ identity }) => identity === null).length };
  }

  #read(timeoutMs: number): Promise<Listed[]> {
    if (this.#reading === null) {
      this.#readAt = this.#clock.now();
      const all: Listed[] = [];
      this.#reading = lookAtAll(this.#bus, this.#clock, timeoutMs, (listed) => all.push(listed)).then(() => all);
      this.#reading.catch(() => { this.#reading = null; });
    }
    return this.#reading;
  }
}

/**
 * The devices of this host, for a list: the inventory where the bus has one, else what each device says of itself,
 * with no access asked. In the order of the bus.
 */
export async function listDevices(
  bus: Bus, roles: () => Promise<DiskRoles>, clock: Clock, timeoutMs: number, each: (row: InventoryRow) => void,
): Promise<void> {
  if (bus.inventory !== undefined) {
    for (const row of await bus.inventory()) each(row);
    return;
  }
  const known = await roles();
  await lookAtAll(bus, clock, timeoutMs, ({ path, identity }) => {
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
