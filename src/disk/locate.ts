// Finds the path of the device that a claim describes, or says why there is none.

import { capital } from '../text.ts';
import { type Claim, shownText } from './claim.ts';
import { displayPath, isDevicePath, nameOfPath, numberInPath, physicalDrive, quotedPath } from './device-path.ts';
import type { Found } from './find.ts';
import {
  type Difference, type Identity, type Statement, agreedStatements, canBeLookedFor, diskNumber, identityDifference, isSameUnit,
} from './identity.ts';
import { isMadeUp } from './no-statement.ts';
import type { Verdict } from './verdict.ts';

interface Seeker {
  readonly claim: Claim;
  readonly name: string;
  /** The cmdlet's name, for next steps. */
  readonly command: string;
  /** Parameters that the command cannot do without, as ` -Method Reset`. */
  readonly needs: string;
  /** Whether the verb may change the device. Then it matters over which path. */
  readonly changes: boolean;
}

/**
 * The path to open, in the spelling that results show, or why there is none.
 * @param find searches the devices of this computer; called where the claim has neither a number nor a path
 */
export async function locate(seeker: Seeker, find: () => Promise<Found>): Promise<string | Verdict> {
  const { claim, name } = seeker;
  if (claim.number !== null) {
    // By a path that is not that disk's any more the device has another number.
    const { interfacePath } = claim;
    return interfacePath !== null && !canBeLookedFor(claim) && isDevicePath(interfacePath) ? displayPath(interfacePath)
      : physicalDrive(claim.number);
  }
  if (claim.path !== null) return isDevicePath(claim.path) ? displayPath(claim.path) : noPath(claim.path);
  if (!canBeLookedFor(claim)) return nothingToLookFor(seeker);
  const { devices, near, silent } = await find();
  if (devices.length === 1) return displayPath(devices[0]!.path);
  if (devices.length > 0) return several(seeker, devices);
  const [other] = near;
  if (other !== undefined) {
    const { sentence, next } = identityDifference(claim, other.identity)!;
    const there = { sentence: `${sentence} (${nameOfPath(other.path)})`, next };
    return changedVerdict(there, other.identity, displayPath(other.path), seeker);
  }
  return {
    outcome: 'NotFound',
    message: `No disk of this computer is ${name}${silent > 0 ? ` (${silent} did not report their identity)` : ''}. Nothing was sent.`,
    nextStep: 'Check that the disk is presented to this host (Get-Disk; rescan with Update-HostStorageCache; in a rehearsal '
      + 'Get-StorageRehearsalDisk).',
  };
}

/** The command line for a device: by its number, or by its path where it has no number. */
type Line = Pick<Seeker, 'command' | 'needs'>;

const lineFor = ({ command, needs }: Line, number: number | null, path: string): string =>
  `${command} ${number === null ? `-Path ${path}` : `-Number ${number}`}${needs}`;

/** @param path of the opened device, which is not the one that was named */
export function changedVerdict(
  { sentence, next }: Difference, identity: Identity, path: string, line: Line,
): Verdict {
  const typed = lineFor(line, diskNumber(identity), path);
  const list = 'List the disks again (Get-Disk) and pipe the object that is meant.';
  const steps: Readonly<Record<Difference['next'], string>> = {
    list,
    ask: 'Run the command again, and check what it shows.',
    name: `If you mean this device, use: ${typed}.`,
    either: `${list} If you mean the disk that is there now: ${typed}.`,
  };
  return { outcome: 'IdentityChanged', message: `${sentence}. Nothing was sent.`, nextStep: steps[next] };
}

const refused = (message: string, nextStep: string): Verdict =>
  ({ outcome: 'Refused', category: 'InvalidArgument', message, nextStep });

const noPath = (path: string): Verdict => refused(
  `${quotedPath(path)} is not the path of a disk, tape drive, medium changer or CD-ROM drive.`,
  String.raw`Name a device: \\.\PhysicalDrive3, \\.\Tape0, \\.\Changer0, \\.\CdRom0 or a device-interface path.`);

function nothingToLookFor({ claim: { uniqueId, serialNumber }, command, needs }: Seeker): Verdict {
  if (uniqueId === null && serialNumber === null) {
    return refused('No disk was named.',
      'Give a disk number, a device path, a UniqueId or a serial number.');
  }
  const by = `Name the disk by its number, as Get-Disk shows it: ${command} -Number 3${needs}.`;
  const text = uniqueId === null ? `Serial number ${shownText(serialNumber)}` : `UniqueId ${shownText(uniqueId)}`;
  return refused(uniqueId !== null && isMadeUp(uniqueId)
    ? `${text} is made up by Windows: no device reports it, so it finds no disk. Nothing was sent.`
    : `${text} is a placeholder, which identifies no disk. Nothing was sent.`, by);
}

/** The disk by the statements that all of these devices match; where they match different ones, by each of these. */
function sharedName(claim: Claim, devices: Found['devices']): string {
  const texts: Readonly<Record<Statement, string>> = {
    UniqueId: `UniqueId ${shownText(claim.uniqueId)}`, SerialNumber: `serial number ${shownText(claim.serialNumber)}`,
  };
  const agreed = devices.map(({ identity }) => agreedStatements(claim, identity));
  const each = [...new Set(agreed.flat())];
  const all = each.filter((name) => agreed.every((its) => its.includes(name)));
  return `the disk with ${(all.length > 0 ? all : each).map((name) => texts[name]).join(all.length > 0 ? ' and ' : ' or ')}`;
}

/** Several devices match the claim: one LUN over several paths, or several LUNs. */
function several({ claim, command, needs, changes }: Seeker, devices: Found['devices']): Verdict | string {
  const [first, ...more] = devices;
  const name = sharedName(claim, devices);
  const names = devices.map(({ path }) => nameOfPath(path)).join(', ');
  const line = lineFor({ command, needs }, numberInPath(first!.path), first!.path);
  const isOne = more.every(({ identity }) => isSameUnit(first!.identity, identity));
  // For reading, any path will do.
  if (isOne && !changes) return displayPath(first!.path);
  return isOne
    ? refused(`${capital(name)} is one LUN over several paths here: ${names}. Nothing was sent.`,
      `Name the path that is meant by its number: ${line} -Allow Multipath.`)
    : refused(`More than one device is ${name}: ${names}. Nothing was sent.`,
      `Name the one that is meant by its number: ${line}.`);
}
