// PERSISTENT_RESERVE_COMMAND (ntddstor.h): the input of IOCTL_STORAGE_PERSISTENT_RESERVE_IN and _OUT.
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddstor/ns-ntddstor-_persistent_reserve_command
//
// The C structure is two ULONGs and a union, padded to 12 bytes; PR_OUT.ParameterList begins at 10, inside that padding.
// The class driver still demands room for all 12 bytes and the list: 36 bytes, of which 34 are used.

import { LayoutError, decodeFields, encodeFields, layout } from './fields.ts';

/** PR_IN of the union. `ServiceAction` is 5 bits; the other 3 are reserved. */
export const PERSISTENT_RESERVE_COMMAND_IN = layout('PERSISTENT_RESERVE_COMMAND', 12, 12, [
  ['Version', 0, 4],
  ['Size', 4, 4],
  ['ServiceAction', 8, 1],
  ['AllocationLength', 10, 2],
]);

/** PR_OUT of the union. `TypeScope`: type in the lower half, scope in the upper. */
export const PERSISTENT_RESERVE_COMMAND_OUT = layout('PERSISTENT_RESERVE_COMMAND', 12, 12, [
  ['Version', 0, 4],
  ['Size', 4, 4],
  ['ServiceAction', 8, 1],
  ['TypeScope', 9, 1],
]);

/** Where PR_OUT.ParameterList begins. */
export const parameterListOffset = 10;

/** AllocationLength is a USHORT: no answer can be longer, so nobody reads more than 8,190 keys. */
export const largestAllocation = 0xffff;

export interface PersistentReserveIn {
  /** `Size` as the sender filled it in: 12 or more. */
  readonly size: number;
  /** 0 READ KEYS, 1 READ RESERVATION; the class driver refuses all others. */
  readonly serviceAction: number;
  /** Bytes that the answer may take: 8 or more, and not more than the output buffer has. */
  readonly allocationLength: number;
}

export interface PersistentReserveOut {
  readonly size: number;
  readonly serviceAction: number;
  /** Reservation type: 0 to 15. */
  readonly type: number;
  /** 0 the logical unit. */
  readonly scope: number;
  /** The bytes from offset 10 to the end of the input: at least 2, which is padding where nothing is sent. */
  readonly parameterList: Uint8Array;
}

const actionMask = 0x1f;

/** Throws LayoutError for a service action past 31 and an allocation length past 65,535. */
export function encodePersistentReserveIn(serviceAction: number, allocationLength: number): Uint8Array {
  const table = PERSISTENT_RESERVE_COMMAND_IN;
  fits(table.name, 'ServiceAction', serviceAction, actionMask);
  return encodeFields(table, {
    Version: table.size, Size: table.size, ServiceAction: serviceAction, AllocationLength: allocationLength,
  });
}

/** Throws LayoutError for fewer than 12 bytes. */
export function decodePersistentReserveIn(bytes: Uint8Array): PersistentReserveIn {
  const { Size, ServiceAction, AllocationLength } = decodeFields(PERSISTENT_RESERVE_COMMAND_IN, bytes);
  return { size: Size, serviceAction: ServiceAction & actionMask, allocationLength: AllocationLength };
}

/** The list is put at 10, the whole is padded by two bytes. Throws LayoutError for what does not fit its bits. */
export function encodePersistentReserveOut(command: Omit<PersistentReserveOut, 'size'>): Uint8Array {
  const table = PERSISTENT_RESERVE_COMMAND_OUT;
  const { serviceAction, type, scope, parameterList } = command;
  fits(table.name, 'ServiceAction', serviceAction, actionMask);
  fits(table.name, 'Type', type, 15);
  fits(table.name, 'Scope', scope, 15);
  const size = table.size + parameterList.length;
  const bytes = encodeFields(table, {
    Version: table.size, Size: size, ServiceAction: serviceAction, TypeScope: (scope << 4) | type,
  }, new Uint8Array(size));
  bytes.set(parameterList, parameterListOffset);
  return bytes;
}

/** Throws LayoutError for fewer than 12 bytes. */
export function decodePersistentReserveOut(bytes: Uint8Array): PersistentReserveOut {
  const { Size, ServiceAction, TypeScope } = decodeFields(PERSISTENT_RESERVE_COMMAND_OUT, bytes);
  return {
    size: Size, serviceAction: ServiceAction & actionMask, type: TypeScope & 15, scope: TypeScope >>> 4,
    parameterList: bytes.slice(parameterListOffset),
  };
}

function fits(structure: string, member: string, value: number, most: number): void {
  if (!Number.isInteger(value) || value < 0 || value > most) {
    throw new LayoutError(`${structure}.${member}: ${value} is not from 0 to ${most}`);
  }
}
