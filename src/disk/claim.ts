// Which device a request means, and which paths may be opened at all. `\\.\` and `\\?\` reach every device of the
// system (pipes, serial ports, GLOBALROOT), so only anchored patterns of the storage class get through.
// https://learn.microsoft.com/windows/win32/fileio/naming-a-file#win32-device-namespaces

import { cleanText } from '../text.ts';

/**
 * What the caller says of a disk; null where it says nothing. Every statement is held against the opened handle.
 */
export interface Claim {
  readonly path: string | null;
  /** Disk number as in \\.\PhysicalDriveN. Never 0 by default. */
  readonly number: number | null;
  readonly uniqueId: string | null;
  readonly serialNumber: string | null;
  readonly friendlyName: string | null;
  readonly boot: boolean | null;
  readonly system: boolean | null;
  readonly clustered: boolean | null;
  readonly multipath: boolean | null;
  /** Kinds of devices that it is looked for among, by its texts; null: disks. */
  readonly devices: readonly DeviceKind[] | null;
  /** `shownAs` of the device that a question or a plan was about: the opened one must be the same. */
  readonly shown: string | null;
}

export const noClaim: Claim = {
  path: null, number: null, uniqueId: null, serialNumber: null, friendlyName: null,
  boot: null, system: null, clustered: null, multipath: null, devices: null, shown: null,
};

/**
 * The claim with nothing for a text of blanks, and with a name that can be shown. What identifies stays as it is,
 * because it is compared so; and the path, so that a wrong one stays wrong.
 */
export function tidyClaim(claim: Claim): Claim {
  const stated = (text: string | null) => (shownText(text) === null ? null : text);
  return {
    ...claim,
    uniqueId: stated(claim.uniqueId),
    serialNumber: stated(claim.serialNumber),
    friendlyName: shownText(claim.friendlyName),
  };
}

/** A text of a claim as it can be shown; null for blanks. */
export const shownText = (text: string | null): string | null => cleanText((text ?? '').trim());

/** Kinds of devices: how their names begin, and their device interface classes (ntddstor.h). */
const kindRows = [
  { kind: 'Disk', prefix: 'PhysicalDrive', guid: '53f56307-b6bf-11d0-94f2-00a0c91efb8b' },
  { kind: 'Tape', prefix: 'Tape', guid: '53f5630b-b6bf-11d0-94f2-00a0c91efb8b' },
  { kind: 'Changer', prefix: 'Changer', guid: '53f56310-b6bf-11d0-94f2-00a0c91efb8b' },
  { kind: 'CdRom', prefix: 'CdRom', guid: '53f56308-b6bf-11d0-94f2-00a0c91efb8b' },
] as const;

export type DeviceKind = (typeof kindRows)[number]['kind'];
export const deviceKinds = kindRows.map(({ kind }) => kind);

const legacyName = /^\\\\[.?]\\(PhysicalDrive|Tape|Changer|CdRom)(0|[1-9][0-9]{0,8})$/i;
// One path component: no separator, no blank, no control character, nothing that NTFS or Win32 reads in its own
// way.
const interfaceName = new RegExp(
  String.raw`^\\\\\?\\[a-z0-9_]+#[!#-)+-.0-9;=@-\[\]-{}~]{1,400}#\{(?:${kindRows.map(({ guid }) => guid).join('|')})\}$`,
  'i',
);

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

/** The path with the one spelling that results show; interface paths stay as they are. */
export function displayPath(path: string): string {
  const match = legacyName.exec(path);
  if (!match) return path;
  const spelled = kindRows.find(({ kind }) => kind === deviceKindOf(path))!.prefix;
  return `\\\\.\\${spelled}${match[2]}`;
}

/** The disk number in a `\\.\PhysicalDriveN` path, or null: the number of a tape is another count. */
export function numberInPath(path: string): number | null {
  const match = legacyName.exec(path);
  return match && match[1]!.toLowerCase() === 'physicaldrive' ? Number(match[2]) : null;
}

export const physicalDrive = (number: number): string => `\\\\.\\PhysicalDrive${number}`;

/** Whether an interface path says by its enumerator that MPIO owns the disk. */
export const isMultipathPath = (path: string): boolean => /^\\\\[.?]\\mpio#/i.test(path);

/** Any path as it can be shown, in quotes. What is no device path may be anything. */
export const quotedPath = (path: string): string => cleanText(`"${path}"`) as string;

/** How a person would name this target in a sentence. */
export function nameOf(claim: Claim): string {
  if (claim.number !== null) return `disk ${claim.number}`;
  if (claim.path !== null) return isDevicePath(claim.path) ? displayPath(claim.path) : quotedPath(claim.path);
  if (claim.uniqueId !== null) return `the disk with UniqueId ${shownText(claim.uniqueId)}`;
  if (claim.serialNumber !== null) return `the disk with serial number ${shownText(claim.serialNumber)}`;
  return 'a disk that nothing names';
}
