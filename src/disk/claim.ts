// A claim: what a caller states about a device (number, path, UniqueId, serial number), and how that is shown.

import type { DeviceKind } from '../status/devices.ts';
import { cleanText } from '../text.ts';
import { displayPath, isDevicePath, quotedPath } from './device-path.ts';

/**
 * What the caller states about a device; null where nothing is stated. Every statement is compared with the device
 * after it is opened.
 */
export interface Claim {
  readonly path: string | null;
  /** Disk number as in \\.\PhysicalDriveN. Without a number it is null, never 0. */
  readonly number: number | null;
  readonly uniqueId: string | null;
  readonly serialNumber: string | null;
  readonly friendlyName: string | null;
  /** The device-interface path of a live object that states a number: opened where nothing else identifies the disk. */
  readonly interfacePath: string | null;
  /** As `busTypeName` has it. */
  readonly busType: string | null;
  readonly boot: boolean | null;
  readonly system: boolean | null;
  readonly clustered: boolean | null;
  readonly multipath: boolean | null;
  /** The kinds of devices among which it is searched by UniqueId or serial number; null: disks. */
  readonly devices: readonly DeviceKind[] | null;
  /** `shownAs` of the device that a question or a plan showed: the opened device must be the same one. */
  readonly shown: string | null;
}

export const noClaim: Claim = {
  path: null, number: null, uniqueId: null, serialNumber: null, friendlyName: null, interfacePath: null, busType: null,
  boot: null, system: null, clustered: null, multipath: null, devices: null, shown: null,
};

/**
 * The claim with null for blank texts, and with a name that is safe for display. Identifying texts stay unchanged,
 * because they are compared; so does the path, so that a wrong path stays wrong.
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

/** A text of a claim, safe for display; null where it is blank. */
export const shownText = (text: string | null): string | null => cleanText((text ?? '').trim());

/** The device's name in a sentence. */
export function nameOf(claim: Claim): string {
  if (claim.number !== null) return `disk ${claim.number}`;
  if (claim.path !== null) return isDevicePath(claim.path) ? displayPath(claim.path) : quotedPath(claim.path);
  if (claim.uniqueId !== null) return `the disk with UniqueId ${shownText(claim.uniqueId)}`;
  if (claim.serialNumber !== null) return `the disk with serial number ${shownText(claim.serialNumber)}`;
  return 'a disk that nothing names';
}
