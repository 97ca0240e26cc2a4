// Results and disks as ordered, typed properties: the one list that CLIXML, JSON and the table view read.

import type { Bus, InventoryRow } from '../bus/bus.ts';
import type { ClixmlObject, ClixmlValue } from '../clixml/clixml.ts';
import type { RegistrantResult, ReservationResult } from './reservation-result.ts';
import type { DeviceColumns, ReleaseResult } from './result.ts';

const S = (value: string | null): ClixmlValue => (value === null ? null : { S: value });
const U32 = (value: number | null): ClixmlValue => (value === null ? null : { U32: value });
const I32 = (value: number | null): ClixmlValue => (value === null ? null : { I32: value });
const B = (value: boolean | null): ClixmlValue => (value === null ? null : { B: value });

const deviceColumns = (r: DeviceColumns): ClixmlObject => [
  ['Number', U32(r.Number)],
  ['DevicePath', S(r.DevicePath)],
  ['FriendlyName', S(r.FriendlyName)],
  ['SerialNumber', S(r.SerialNumber)],
  ['UniqueId', S(r.UniqueId)],
  ['BusType', S(r.BusType)],
  ['IdentifiedBy', S(r.IdentifiedBy)],
];

/** Property by property in the order of ReleaseResult. */
export function resultItem(r: ReleaseResult): ClixmlObject {
  return [
    ...deviceColumns(r),
    ['Outcome', S(r.Outcome)],
    ['NtStatus', U32(r.NtStatus)],
    ['NtStatusName', S(r.NtStatusName)],
    ['Win32Error', I32(r.Win32Error)],
    ['Information', r.Information === null ? null : { U64: r.Information }],
    ['ReservationBefore', S(r.ReservationBefore)],
    ['ReservationAfter', S(r.ReservationAfter)],
    ['Attempts', U32(r.Attempts)],
    ['DurationMs', { Db: r.DurationMs }],
    ['StartedAt', { DT: r.StartedAt }],
    ['ComputerName', S(r.ComputerName)],
    ['Bus', S(r.Bus)],
    ['ProvedBy', S(r.ProvedBy)],
    ['Message', S(r.Message)],
    ['NextStep', S(r.NextStep)],
  ];
}

/** Property by property in the order of ReservationResult. */
export function reservationItem(r: ReservationResult): ClixmlObject {
  return [
    ...deviceColumns(r),
    ['State', S(r.State)],
    ['Blocked', B(r.Blocked)],
    ['Evidence', S(r.Evidence)],
    ['Keys', S(r.Keys)],
    ['KeyCount', U32(r.KeyCount)],
    ['HolderKey', S(r.HolderKey)],
    ['Type', S(r.Type)],
    ['Scope', S(r.Scope)],
    ['Generation', U32(r.Generation)],
    ['Registrants', S(r.Registrants)],
    ['PathCount', U32(r.PathCount)],
    ['MpioPolicy', S(r.MpioPolicy)],
    ['Outcome', S(r.Outcome)],
    ['NtStatus', U32(r.NtStatus)],
    ['NtStatusName', S(r.NtStatusName)],
    ['Win32Error', I32(r.Win32Error)],
    ['DurationMs', { Db: r.DurationMs }],
    ['StartedAt', { DT: r.StartedAt }],
    ['ComputerName', S(r.ComputerName)],
    ['Bus', S(r.Bus)],
    ['Message', S(r.Message)],
    ['NextStep', S(r.NextStep)],
  ];
}

/** Property by property in the order of RegistrantResult. */
export function registrantItem(r: RegistrantResult): ClixmlObject {
  return [
    ['Number', U32(r.Number)],
    ['UniqueId', S(r.UniqueId)],
    ['Key', S(r.Key)],
    ['Holder', B(r.Holder)],
    ['Type', S(r.Type)],
    ['Scope', S(r.Scope)],
    ['AllTargetPorts', B(r.AllTargetPorts)],
    ['TargetPort', U32(r.TargetPort)],
    ['Initiator', S(r.Initiator)],
    ['ComputerName', S(r.ComputerName)],
    ['Bus', S(r.Bus)],
  ];
}

/** A disk of `list`. It can be piped to Invoke-StorageRelease, which reads Number, UniqueId and the flags. */
export function diskItem(row: InventoryRow, bus: Pick<Bus, 'computerName' | 'kind'>): ClixmlObject {
  return [
    ['Number', U32(row.number)],
    ['DevicePath', S(row.path)],
    ['FriendlyName', S(row.friendlyName)],
    ['SerialNumber', S(row.serialNumber)],
    ['UniqueId', S(row.uniqueId)],
    ['BusType', S(row.busType)],
    ['IsBoot', B(row.boot)],
    ['IsSystem', B(row.system)],
    ['IsClustered', B(row.clustered)],
    ['IsMultipath', B(row.multipath)],
    ['ComputerName', S(bus.computerName)],
    ['Bus', S(bus.kind)],
  ];
}

/** The same properties as a JSON value: 64-bit numbers as decimal strings only where a double cannot hold them. */
export function plainObject(item: ClixmlObject): Record<string, string | number | boolean | null> {
  return Object.fromEntries(item.map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: ClixmlValue): string | number | boolean | null {
  if (value === null) return null;
  const [inner] = Object.values(value) as [string | number | bigint | boolean | Date];
  if (inner instanceof Date) return inner.toISOString();
  if (typeof inner === 'bigint') return inner <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(inner) : inner.toString();
  return inner;
}
