// A disk as it is named on the command line. Pure: text in, claim or sentence out.

import { type Claim, noClaim } from '../disk/claim.ts';
import { displayPath, isDevicePath, numberInPath } from '../disk/device-path.ts';

/** An argument that names no disk. The message says what would. */
export class DiskArgumentError extends Error {
  override name = 'DiskArgumentError';
}

/** Longest identity that is looked for, in characters; those of devices end at 255 bytes. */
const longest = 1024;
const identity = (text: string) => {
  const value = text.trim();
  return value !== '' && value.length <= longest && !/\p{Cc}/u.test(value) ? value : null;
};
const byPath = (path: string): Claim | null => {
  if (!isDevicePath(path)) return null;
  const number = numberInPath(path);
  // By its number, so that the device has to say the same number when it is open.
  return number === null ? { ...noClaim, path: displayPath(path) } : { ...noClaim, number };
};

/** The ways to name a disk: what such an argument looks like, and what it claims (null: not even that). */
export const diskForms = [
  { form: '3', what: 'disk number', pattern: /^[0-9]+$/,
    read: (text: string) => byPath(`\\\\.\\PhysicalDrive${text}`) },
  { form: 'PhysicalDrive3', what: 'device name, also Tape0, Changer0, CdRom0', pattern: /^[a-z]+[0-9]+$/i,
    read: (text: string) => byPath(`\\\\.\\${text}`) },
  { form: String.raw`\\.\PhysicalDrive3`, what: 'device path, also a device-interface path', pattern: /^\\/,
    read: byPath },
  { form: 'id:UNIQUEID', what: 'UniqueId, as `storage-release list` and Get-Disk show it', pattern: /^id:/i,
    read: (text: string) => {
      const uniqueId = identity(text.slice('id:'.length));
      return uniqueId === null ? null : { ...noClaim, uniqueId };
    } },
  { form: 'serial:SERIAL', what: 'serial number', pattern: /^serial:/i,
    read: (text: string) => {
      const serialNumber = identity(text.slice('serial:'.length));
      return serialNumber === null ? null : { ...noClaim, serialNumber };
    } },
] as const;

/** Null where the text does not name a disk. */
export const readDiskArgument = (text: string): Claim | null => diskForms.find(({ pattern }) => pattern.test(text))?.read(text) ?? null;

/** @throws DiskArgumentError */
export function parseDiskArgument(text: string): Claim {
  const claim = readDiskArgument(text);
  if (claim !== null) return claim;
  throw new DiskArgumentError(`${JSON.stringify(text)} does not name a disk, tape or changer; `
    + `allowed are ${diskForms.map(({ form }) => form).join(', ')}`);
}
