import type { Bus, DiskRoles, InventoryRow } from '../bus/bus.ts';
import type { Clock } from '../clock.ts';
import { Deadline, DeadlinePassed } from '../disk/deadline.ts';
import { deviceKindOf, displayPath, numberInPath } from '../disk/device-path.ts';
import { disks, lookAtAll } from '../disk/find.ts';
import { columnsOf, diskNumber } from '../disk/identity.ts';
import type { DeviceKind } from '../status/devices.ts';

/**
 * The devices of this host, for a list: from the inventory where the bus has one, else from each device, opened
 * without access rights. In the order of the bus. Rejects when the host itself does not answer in time.
 * @param kinds null: all devices, of which tapes, changers and CD-ROMs are listed by their paths alone
 */
export async function listDevices(
  bus: Bus, roles: () => Promise<DiskRoles>, clock: Clock, timeoutMs: number, kinds: readonly DeviceKind[] | null,
  each: (row: InventoryRow) => void,
): Promise<void> {
  const isMeant = (path: string) => kinds === null || kinds.includes(deviceKindOf(path)!);
  const isOpened = (path: string) => (kinds ?? disks).includes(deviceKindOf(path)!);
  const deadline = new Deadline(clock, timeoutMs);
  const inTime = <T>(promise: Promise<T>): Promise<T> => deadline.race(promise).catch((error: unknown) => {
    if (!(error instanceof DeadlinePassed)) throw error;
    throw new Error(`This computer did not list its devices within ${timeoutMs / 1000} s.`);
  });
  if (bus.inventory !== undefined) {
    for (const row of await inTime(bus.inventory())) if (isMeant(row.path)) each(row);
    return;
  }
  const known = await inTime(roles());
  const paths = (await inTime(bus.list())).filter(isMeant);
  await lookAtAll(bus, clock, paths, timeoutMs, isOpened, ({ path, identity }) => {
    // A disk that does not open in time is still listed, by its path.
    const number = identity === null ? numberInPath(path) : diskNumber(identity);
    const among = (set: ReadonlySet<number>) => (number === null ? null : set.has(number));
    const says = identity === null ? null : columnsOf(identity);
    each({
      path: displayPath(path),
      number,
      friendlyName: says?.FriendlyName ?? null,
      serialNumber: says?.SerialNumber ?? null,
      uniqueId: says?.UniqueId ?? null,
      busType: says?.BusType ?? null,
      boot: among(known.boot),
      system: among(known.system),
      clustered: identity?.clustered ?? null,
      multipath: among(known.multipath),
      reported: identity,
    });
  });
}
