// Results and disks as ordered, typed properties: the one list that CLIXML, JSON and the table view read.

import type { Bus, DiskRoles } from '../bus/bus.ts';
import type { ClixmlObject, ClixmlValue } from '../clixml/clixml.ts';
import type { Listed } from './find.ts';
import { diskNumber } from './identity.ts';
import type { ReleaseResult } from './result.ts';
import { displayPath } from './target.ts';

const S = (value: string | null): ClixmlValue => (value === null ? null : { S: value });
const U32 = (value: number | null): ClixmlValue => (value === null ? null : { U32: value });
const B = (value: boolean | null): ClixmlValue => (value === null ? null : { B: value });

/** Property by property in the order of ReleaseResult. */
export function resultItem(r: ReleaseResult): ClixmlObject {
  return [
    ['Number', U32(r.Number)],
    ['DevicePath', S(r.DevicePath)],
    ['FriendlyName', S(r.FriendlyName)],
    ['SerialNumber', S(r.SerialNumber)],
    ['UniqueId', S(r.UniqueId)],
    ['BusType', S(r.BusType)],
    ['Outcome', S(r.Outcome)],
    ['NtStatus', U32(r.NtStatus)],
    ['NtStatusName', S(r.NtStatusName)],
    ['Win32Error', r.Win32Error === null ? null : { I32: r.Win32Error }],
    ['Information', r.Information === null ? null : { U64: r.Information }],
    ['ReservationBefore', S(r.ReservationBefore)],
    ['ReservationAfter', S(r.ReservationAfter)],
    ['DurationMs', { Db: r.DurationMs }],
    ['StartedAt', { DT: r.StartedAt }],
    ['ComputerName', S(r.ComputerName)],
    ['Bus', S(r.Bus)],
    ['Message', S(r.Message)],
    ['NextStep', S(r.NextStep)],
  ];
}

/** A disk as `list` shows it. It pipes into Invoke-StorageRelease, which reads Number, UniqueId and the flags. */
export function diskItem({ path, identity }: Listed, roles: DiskRoles, bus: Bus): ClixmlObject {
  const number = identity === null ? null : diskNumber(identity);
  const among = (set: ReadonlySet<number>) => (number === null ? null : set.has(number));
  const name = identity === null ? '' : [identity.vendorId, identity.productId].filter((part) => part !== null).join(' ');
  return [
    ['Number', U32(number)],
    ['DevicePath', S(displayPath(path))],
    ['FriendlyName', S(name === '' ? null : name)],
    ['SerialNumber', S(identity?.serialNumber ?? null)],
    ['UniqueId', S(identity?.uniqueIds[0] ?? null)],
    ['BusType', S(identity?.busType ?? null)],
    ['IsBoot', B(among(roles.boot))],
    ['IsSystem', B(among(roles.system))],
    ['IsClustered', B(identity?.clustered ?? null)],
    ['IsMultipath', B(among(roles.multipath))],
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
