// Paths of devices, and which of them may be opened at all. `\\.\` and `\\?\` reach every device of the system
// (pipes, serial ports, GLOBALROOT), so a path has to match, as a whole, a pattern of a storage device.
// https://learn.microsoft.com/windows/win32/fileio/naming-a-file#win32-device-namespaces

import type { DeviceKind } from '../status/devices.ts';
import { cleanText } from '../text.ts';

interface KindRow {
  readonly kind: DeviceKind;
  /** What comes before the number in paths such as `\\.\Tape0`. */
  readonly prefix: string;
  /** Their device interface class (ntddstor.h). */
  readonly guid: string;
}

const kindRows: readonly KindRow[] = [
  { kind: 'Disk', prefix: 'PhysicalDrive', guid: '53f56307-b6bf-11d0-94f2-00a0c91efb8b' },
  { kind: 'Tape', prefix: 'Tape', guid: '53f5630b-b6bf-11d0-94f2-00a0c91efb8b' },
  { kind: 'Changer', prefix: 'Changer', guid: '53f56310-b6bf-11d0-94f2-00a0c91efb8b' },
  { kind: 'CdRom', prefix: 'CdRom', guid: '53f56308-b6bf-11d0-94f2-00a0c91efb8b' },
];

const legacyName = /^\\\\[.?]\\(PhysicalDrive|Tape|Changer|CdRom)(0|[1-9][0-9]{0,8})$/i;
// One path component: no separator, no blank, no control character, and nothing that has a meaning of its own for NTFS
// or Win32.
const guids = kindRows.map(({ guid }) => guid).join('|');
const interfaceName =
  new RegExp(String.raw`^\\\\\?\\[a-z0-9_]+#[!#-)+-.0-9;=@-\[\]-{}~]{1,400}#\{(?:${guids})\}$`, 'i');

/** Whether a path names a storage device: `\\.\PhysicalDrive3`, `\\.\Tape0`, or a device-interface path. */
export function isDevicePath(path: string): boolean {
  return legacyName.test(path) || interfaceName.test(path);
}

/** What kind of device a path names; null for a path that names none. */
export function deviceKindOf(path: string): DeviceKind | null {
  const prefix = legacyName.exec(path)?.[1]?.toLowerCase();
  const guid = interfaceName.test(path) ? path.slice(-37, -1).toLowerCase() : null;
  return kindRows.find((row) => row.prefix.toLowerCase() === prefix || row.guid === guid)?.kind ?? null;
}

/** The path in the spelling that results have; device-interface paths stay unchanged. */
export function displayPath(path: string): string {
  const match = legacyName.exec(path);
  if (!match) return path;
  const spelled = kindRows.find(({ kind }) => kind === deviceKindOf(path))!.prefix;
  return `\\\\.\\${spelled}${match[2]}`;
}

/** The disk number in a `\\.\PhysicalDriveN` path; null for others, because tape drives are numbered on their own. */
export function numberInPath(path: string): number | null {
  const match = legacyName.exec(path);
  return match && match[1]!.toLowerCase() === 'physicaldrive' ? Number(match[2]) : null;
}

export const physicalDrive = (number: number): string => `\\\\.\\PhysicalDrive${number}`;

/** Whether the enumerator in a device-interface path shows that MPIO owns the disk. */
export const isMultipathPath = (path: string): boolean => /^\\\\[.?]\\mpio#/i.test(path);

/** A path in quotes, safe for display: a path that is not a device path may contain anything. */
export const quotedPath = (path: string): string => cleanText(`"${path}"`) as string;

/** The name in a sentence: disks by their number, which users of other devices would not know. */
export function nameOfPath(path: string): string {
  const number = numberInPath(path);
  return number === null ? displayPath(path) : `disk ${number}`;
}
