// Where a device stands on an adapter, and the request that resets a logical unit there (ntddscsi.h, ntddstor.h).
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddscsi/ns-ntddscsi-_scsi_address
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddstor/ns-ntddstor-_storage_break_reservation_request

import { LayoutError, decodeFields, encodeFields, layout } from './fields.ts';

/** What IOCTL_SCSI_GET_ADDRESS answers. */
export const SCSI_ADDRESS = layout('SCSI_ADDRESS', 8, 8, [
  ['Length', 0, 4],
  ['PortNumber', 4, 1],
  ['PathId', 5, 1],
  ['TargetId', 6, 1],
  ['Lun', 7, 1],
]);

/** What IOCTL_STORAGE_BREAK_RESERVATION takes; it answers nothing. Byte 4 is not used. */
export const STORAGE_BREAK_RESERVATION_REQUEST = layout('STORAGE_BREAK_RESERVATION_REQUEST', 8, 8, [
  ['Length', 0, 4],
  ['PathId', 5, 1],
  ['TargetId', 6, 1],
  ['Lun', 7, 1],
]);

/** A logical unit as an adapter calls it: each number is one byte, so a LUN above 255 has no such name. */
export interface UnitAddress {
  readonly path: number;
  readonly target: number;
  readonly lun: number;
}

export interface ScsiAddress extends UnitAddress {
  /** Number of the adapter: 2 is `\\.\Scsi2:`. */
  readonly port: number;
}

/** The name that a storage adapter has where its driver gives it one. Not all do. */
export const adapterPath = (port: number): string => `\\\\.\\Scsi${port}:`;

/** Throws LayoutError for a number above 255. */
export function encodeScsiAddress({ port, path, target, lun }: ScsiAddress): Uint8Array {
  const table = SCSI_ADDRESS;
  return encodeFields(table, { Length: table.size, PortNumber: port, PathId: path, TargetId: target, Lun: lun });
}

/** Throws LayoutError for fewer bytes than the structure has, and for one that says another length of itself. */
export function decodeScsiAddress(bytes: Uint8Array): ScsiAddress {
  const { PortNumber, ...address } = sized(SCSI_ADDRESS, decodeFields(SCSI_ADDRESS, bytes));
  return { port: PortNumber, ...unitOf(address) };
}

/** Throws LayoutError for a number above 255. */
export function encodeBreakReservation({ path, target, lun }: UnitAddress): Uint8Array {
  const table = STORAGE_BREAK_RESERVATION_REQUEST;
  return encodeFields(table, { Length: table.size, PathId: path, TargetId: target, Lun: lun });
}

/** Throws LayoutError as `decodeScsiAddress` does. */
export function decodeBreakReservation(bytes: Uint8Array): UnitAddress {
  const table = STORAGE_BREAK_RESERVATION_REQUEST;
  return unitOf(sized(table, decodeFields(table, bytes)));
}

const unitOf = ({ PathId, TargetId, Lun }: { PathId: number; TargetId: number; Lun: number }): UnitAddress =>
  ({ path: PathId, target: TargetId, lun: Lun });

function sized<T extends { readonly Length: number }>(table: { name: string; size: number }, fields: T): T {
  if (fields.Length !== table.size) {
    throw new LayoutError(`${table.name}.Length at offset 0 is ${fields.Length}, not ${table.size}`);
  }
  return fields;
}
