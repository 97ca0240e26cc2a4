// A claim: what a caller states about a device (number, path, UniqueId, serial number), and how that is shown.

import type { DeviceKind } from '../status/devices.ts';
import { cleanText } from '../text.ts';
import { displayPath, isDevicePath, quotedPath } from './device-path.ts';

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

/** How a person would name this target in a sentence. */
export function nameOf(claim: Claim): string {
  if (claim.number !== null) return `disk ${claim.number}`;
  if (claim.path !== null) return isDevicePath(claim.path) ? displayPath(claim.path) : quotedPath(claim.path);
  if (claim.uniqueId !== null) return `the disk with UniqueId ${shownText(claim.uniqueId)}`;
  if (claim.serialNumber !== null) return `the disk with serial number ${shownText(claim.serialNumber)}`;
  return 'a disk that nothing names';
}
