// What `list` calls a disk: an argument that finds it alone, by the rule to which arguments are held. Pure.

import type { InventoryRow } from '../bus/bus.ts';
import { FILE_DEVICE_DISK } from '../bus/sdk/layouts.ts';
import { Neighbours } from '../disk/neighbours.ts';
import { readDiskArgument } from './disk-argument.ts';

/** For each row `id:`, else `serial:`, where a search finds that disk and no other; else null. */
export function diskNames(rows: readonly InventoryRow[]): (string | null)[] {
  const known = new Neighbours();
  for (const [place, { path, number, reported }] of rows.entries()) {
    // A search opens disks alone.
    if (number === null || reported === null) continue;
    const { vendorId, serialNumber, uniqueIds } = reported;
    known.add(place, { path, identity: {
      deviceType: FILE_DEVICE_DISK, deviceNumber: number, partitionNumber: 0, numberStatus: 0, vendorId, productId: null,
      serialNumber, busType: null, uniqueIds, clustered: null, remarks: [],
    } });
  }
  return rows.map(({ path, uniqueId, serialNumber }) => [`id:${uniqueId ?? ''}`, `serial:${serialNumber ?? ''}`].find((text) => {
    const claim = readDiskArgument(text);
    return claim !== null && known.only(claim)?.path === path;
  }) ?? null);
}
