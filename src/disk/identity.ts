// Reads the identity of an opened device, and decides whether it is the device that was named. The check after the
// open and the search use the same rule. Bytes in, verdict out. Reasons: docs/decisions/0011-never-the-wrong-disk.md.

import { createHash } from 'node:crypto';
import type { Disk } from '../bus/bus.ts';
import {
  IOCTL_DISK_IS_CLUSTERED, IOCTL_STORAGE_GET_DEVICE_NUMBER, IOCTL_STORAGE_QUERY_PROPERTY,
} from '../bus/sdk/control-codes.ts';
import {
  FILE_DEVICE_DISK, LayoutError, STORAGE_DESCRIPTOR_HEADER, STORAGE_DEVICE_NUMBER, StorageDeviceIdProperty,
  StorageDeviceProperty, busTypeName, busTypes, decodeDescriptorHeader, decodeDeviceDescriptor, decodeDeviceIdDescriptor,
  decodeDeviceNumber, encodePropertyQuery,
} from '../bus/sdk/layouts.ts';
import { type Designator, uniqueIdForms } from '../scsi/designators.ts';
import { cleanText, folded, unpadded } from '../text.ts';
import { type Claim, shownText } from './claim.ts';
import type { Deadline } from './deadline.ts';
import { numberInPath } from './device-path.ts';
import { isMadeUp, isPlaceholder } from './no-statement.ts';

/**
 * The identity, as far as it can be read without access to the medium and without FILE_READ_ACCESS. Null: the device
 * did not tell. Texts are as the device gave them: `columnsOf` cleans them for display.
 */
export interface Identity {
  /** DEVICE_TYPE and number from GET_DEVICE_NUMBER. */
  readonly deviceType: number | null;
  readonly deviceNumber: number | null;
  readonly partitionNumber: number | null;
  /** NTSTATUS of GET_DEVICE_NUMBER: an error means that the device is gone. */
  readonly numberStatus: number;
  readonly vendorId: string | null;
  readonly productId: string | null;
  readonly serialNumber: string | null;
  readonly busType: string | null;
  /** The names of page 83h as text; first the one that Windows shows as UniqueId. */
  readonly uniqueIds: readonly string[];
  readonly clustered: boolean | null;
  /** Sentences about answers that could not be decoded, for the verbose stream. */
  readonly remarks: readonly string[];
}

/** The number that all disks have which are single paths behind MPIO. */
const noNumber = 0xffffffff;
/** Larger than any descriptor seen so far; a longer answer is requested again with its own length. */
const firstAnswer = 1024;
const largestAnswer = 64 * 1024;

/** Reads the identity over a handle of any access. Rejects with DeadlinePassed, and with what `control` rejects with. */
export async function readIdentity(disk: Pick<Disk, 'control'>, deadline: Deadline): Promise<Identity> {
  const remarks: string[] = [];
  let lastStatus = 0;
  const ask = async (code: number, input: Uint8Array | null, length: number) => {
    const done = await deadline.race(disk.control(code, input, length));
    lastStatus = done.status;
    // NT_SUCCESS without warnings: with a warning the answer is incomplete.
    return (done.status >>> 30) < 2 ? done.output : null;
  };
  const read = <T>(what: string, bytes: Uint8Array | null, decode: (bytes: Uint8Array) => T): T | null => {
    if (bytes === null) return null;
    try {
      return decode(bytes);
    } catch (error) {
      if (!(error instanceof LayoutError)) throw error;
      remarks.push(`${what} could not be read: ${error.message}`);
      return null;
    }
  };
  const property = async (id: number): Promise<Uint8Array | null> => {
    const query = encodePropertyQuery(id);
    const first = await ask(IOCTL_STORAGE_QUERY_PROPERTY, query, firstAnswer);
    if (first === null || first.length < STORAGE_DESCRIPTOR_HEADER.size) return first;
    // The length of the complete answer.
    const { size } = decodeDescriptorHeader(first);
    if (size <= firstAnswer || size > largestAnswer) return first;
    return ask(IOCTL_STORAGE_QUERY_PROPERTY, query, size);
  };

  const numberBytes = await ask(IOCTL_STORAGE_GET_DEVICE_NUMBER, null, STORAGE_DEVICE_NUMBER.size);
  const number = read('the device number', numberBytes, decodeDeviceNumber);
  const numberStatus = lastStatus;
  const descriptor = read('the device descriptor', await property(StorageDeviceProperty), decodeDeviceDescriptor);
  const designators = read('page 83h', await property(StorageDeviceIdProperty), decodeDeviceIdDescriptor);
  const clustered = number?.deviceType === FILE_DEVICE_DISK ? await ask(IOCTL_DISK_IS_CLUSTERED, null, 1) : null;
  return {
    deviceType: number?.deviceType ?? null,
    deviceNumber: number?.deviceNumber ?? null,
    partitionNumber: number?.partitionNumber ?? null,
    numberStatus,
    vendorId: descriptor?.vendorId ?? null,
    productId: descriptor?.productId ?? null,
    serialNumber: descriptor?.serialNumber ?? null,
    busType: descriptor ? busTypeName(descriptor.busType) : null,
    uniqueIds: designators ? uniqueIdForms(designators as Designator[]) : [],
    clustered: clustered && clustered.length > 0 ? clustered[0] !== 0 : null,
    remarks,
  };
}

/** A text that is the same for each handle of one device; null where the device does not tell enough for that. */
export function deviceKey({ deviceType, deviceNumber }: Identity): string | null {
  return deviceNumber === null || deviceNumber === noNumber ? null : `${deviceType}:${deviceNumber}`;
}

/** The number for a result; null for other devices than disks, because Get-Disk knows only disks. */
export function diskNumber(identity: Identity): number | null {
  const { deviceType, deviceNumber } = identity;
  return deviceType === FILE_DEVICE_DISK && deviceNumber !== noNumber ? deviceNumber : null;
}

/**
 * A digest of everything that identifies the device, 64 hexadecimal digits: it differs when any of that differs. The
 * number is left out, because the claim states it on its own.
 */
export function shownAs({ deviceType, vendorId, productId, serialNumber, uniqueIds }: Identity): string {
  const said = JSON.stringify([deviceType, vendorId, productId, serialNumber, uniqueIds]);
  return createHash('sha256').update(said).digest('hex');
}

/** The identity made safe for display; null where the device does not tell. */
export function columnsOf({ vendorId, productId, serialNumber, uniqueIds, busType }: Identity) {
  const name = [vendorId, productId].map((part) => cleanText(part ?? '')).filter((part) => part !== null).join(' ');
  return {
    FriendlyName: name === '' ? null : name,
    SerialNumber: cleanText(serialNumber ?? ''),
    UniqueId: cleanText(uniqueIds[0] ?? ''),
    BusType: busType,
  };
}

/**
 * Whether one text of a claim agrees with the device; `open` where the two cannot be compared, and `cleaned` where they cannot
 * because the text is what cleaning makes of the device's own.
 */
type Standing = 'agrees' | 'differs' | 'open' | 'cleaned';

const same = (a: string, b: string): boolean => folded(a) === folded(b);

/** Whether a text is what cleaning makes of the device's own: what it was before cleaning cannot be known. */
const isCleaned = (text: string, own: string): boolean => same(text, cleanText(own)!);

const hasBothCases = (text: string): boolean => /[a-z]/.test(text) && /[A-Z]/.test(text);

/**
 * NetApp counts its LUNs in letters of both cases, so that dedIK4onuusO and dedIK4onuuso are two of them. Of other vendors, a
 * text that was put into one case is still taken for the device's own.
 */
const isOther = (text: string, own: string, vendorId: string | null): boolean => unpadded(text) !== unpadded(own)
  && (folded(vendorId ?? '') === 'netapp' || (hasBothCases(text) && hasBothCases(own)));

/** Whether a text is the serial number of a device of this vendor. */
export const isSerialOf = (text: string, own: string, vendorId: string | null): boolean =>
  same(text, own) && !isOther(text, own, vendorId);

function standingOfSerial(text: string, { serialNumber: own, vendorId }: Identity): Standing {
  if (own === null || unpadded(own) === '') return 'open';
  if (isSerialOf(text, own, vendorId)) return 'agrees';
  if (same(text, own)) return 'open';
  return isCleaned(text, own) ? 'cleaned' : 'differs';
}

/**
 * Whether a text has the form of a name of page 83h: an iSCSI name, or a binary designator as hexadecimal digits, with
 * or without prefix (8 bytes and more: NAA, EUI-64, and longer ones of T10 and of vendors; Azure has 48 digits).
 */
const isOfPage83 = (id: string): boolean => /^(?:(?:eui\.|naa\.)?(?:[0-9a-f]{2}){8,}|iqn\..+)$/.test(folded(id));

/** Whether a text is a name that page 83h of a device of this vendor has. Digits and iSCSI names are the same in either case. */
export const isNameOf = (text: string, own: string, vendorId: string | null): boolean =>
  same(text, own) && (isOfPage83(own) || !isOther(text, own, vendorId));

/**
 * What is written before the digits of an id: by Linux (`wwn-0x`, `scsi-3`, `dm-uuid-mpath-3`, `nvme-eui.`), ESXi (`vml.`, `naa.`), in
 * lists (`WWID:`, `LUN UID`) and on the command line of this program (`id:`). `nvme.` and `t10.` are not among these: texts follow them.
 */
const writtenBefore = /^(?:dm|mpath|scsi|wwn|lun|nvme(?=eui|uuid)|naa|eui|vml|[a-z]*id)+/;

/**
 * The digits of an id that is a hexadecimal number of at least 16 digits, in whatever spelling: with a prefix or a path, in
 * groups, in the quotes of a spreadsheet, with `0x` before or an `h` behind it. Null for another text, and for a GUID in braces,
 * which Windows makes up.
 */
function digitsOf(id: string): string | null {
  if (/\{.{36}\}/.test(id)) return null;
  const bare = folded(id).replace(/^.*\//, '').replace(/[^\p{L}\p{N}]/gu, '').replace(writtenBefore, '').replace(/0x|h$/g, '');
  return /^[0-9a-f]{16,}$/.test(bare) ? bare : null;
}

/**
 * Whether the digits of an id and those of the device's names differ. Where one contains the other they do not: scsi_id writes a 3
 * before the digits, ESXi the LUN before and the model behind them, and columns are cut off.
 */
function hasOtherDigits(id: string, own: readonly string[]): boolean {
  const digits = digitsOf(id);
  const its = own.map(digitsOf).filter((one) => one !== null);
  return digits !== null && its.length > 0 && !its.some((one) => one.includes(digits) || digits.includes(one));
}

/** The names of page 83h without placeholders, which several devices may have. */
const namesOf = ({ uniqueIds }: Identity): string[] => uniqueIds.filter((id) => !isPlaceholder(id));

function standingOfId(text: string, identity: Identity): Standing {
  const own = namesOf(identity);
  if (own.some((id) => isNameOf(text, id, identity.vendorId))) return 'agrees';
  if (own.some((id) => same(text, id))) return 'open';
  if (own.some((id) => isCleaned(text, id))) return 'cleaned';
  if (hasOtherDigits(text, own)) return 'differs';
  // A text of another form can only be compared with names of the device that are mere text, too.
  return own.some((id) => isOfPage83(text) || !isOfPage83(id)) ? 'differs' : 'open';
}

/** The texts of a claim that identify a device; null for a missing text or a placeholder. */
function statementsOf({ uniqueId, serialNumber }: Claim) {
  return {
    uniqueId: uniqueId === null || isPlaceholder(uniqueId) || isMadeUp(uniqueId) ? null : uniqueId,
    serialNumber: serialNumber === null || isPlaceholder(serialNumber) ? null : serialNumber,
  };
}

export type Statement = 'UniqueId' | 'SerialNumber';

/** Whether each identifying statement of a claim agrees with a device. */
function standings(claim: Claim, identity: Identity): Readonly<Record<Statement, Standing>> {
  const { uniqueId, serialNumber } = statementsOf(claim);
  return {
    UniqueId: uniqueId === null ? 'open' : standingOfId(uniqueId, identity),
    SerialNumber: serialNumber === null ? 'open' : standingOfSerial(serialNumber, identity),
  };
}

/** The identifying statements of the claim that the device matches. */
export function agreedStatements(claim: Claim, identity: Identity): Statement[] {
  const held = standings(claim, identity);
  return (['UniqueId', 'SerialNumber'] as const).filter((name) => held[name] === 'agrees');
}

/**
 * Whether these statements of the claim describe a device, too: it matches each of them, or its own text is shown as the claim's,
 * so that the claim may have been copied from what was shown of this device.
 */
export function isDescribed(claim: Claim, identity: Identity, statements: readonly Statement[]): boolean {
  const held = standings(claim, identity);
  return statements.every((name) => held[name] === 'agrees' || held[name] === 'cleaned');
}

/** Whether a claim has a text that identifies a device, so that the device can be searched for. */
export function canBeLookedFor(claim: Claim): boolean {
  const { uniqueId, serialNumber } = statementsOf(claim);
  return uniqueId !== null || serialNumber !== null;
}

/** The statements that the device matches, for a result: texts of its identity, else its number or its path. */
export function identifiedBy(claim: Claim, identity: Identity): string {
  const agreed = agreedStatements(claim, identity);
  return agreed.length > 0 ? agreed.join(', ') : claim.number === null ? 'Path' : 'Number';
}

/**
 * Whether two devices are one LUN over two paths, as far as their answers tell: they have a name of page 83h in common,
 * and their serial numbers do not differ. A name that is mere text has no defined form: it counts only together with an
 * equal serial number.
 */
export function isSameUnit(one: Identity, other: Identity): boolean {
  const [serial, otherSerial] = [one, other].map(({ serialNumber }) =>
    (serialNumber === null || isPlaceholder(serialNumber) ? '' : unpadded(serialNumber)));
  const haveBoth = serial !== '' && otherSerial !== '';
  if (haveBoth && !isSerialOf(serial!, otherSerial!, other.vendorId)) return false;
  const names = namesOf(one);
  return namesOf(other).some((id) => (haveBoth || isOfPage83(id)) && names.some((name) => isNameOf(name, id, other.vendorId)));
}

/** What is known about the other devices of the bus, as far as it matters for a claim. */
export interface Others {
  /** The names of other LUNs that the same statements describe. */
  readonly rivals: readonly string[];
  /** Whether all devices have been asked for their identity, including those that did not answer. */
  readonly complete: boolean;
}

/** Why a device is not accepted as the one that was named. */
export interface Difference {
  /** One sentence, without a full stop. */
  readonly sentence: string;
  /**
   * The next step: list the disks again; name the disk by its number alone, where no device can ever match what was
   * stated; either of the two; or answer the question again.
   */
  readonly next: 'list' | 'name' | 'either' | 'ask';
}

/**
 * Null when the device is the one that was named. Every statement that can be compared has to agree. Where the claim
 * has texts that identify a device, at least one of them has to match, and only this LUN may match it. A claim without
 * such a text goes by its number or path.
 * @param others null: not looked at, as in a search, which compares the devices itself
 */
export function identityDifference(claim: Claim, identity: Identity, others: Others | null = null): Difference | null {
  const wrong = (sentence: string): Difference => ({ sentence, next: 'list' });
  const other = (sentence: string): Difference => ({ sentence, next: 'either' });
  const unproved = (sentence: string): Difference => ({ sentence, next: 'name' });
  const { deviceType, deviceNumber, partitionNumber } = identity;
  // The number in \\.\PhysicalDrive3 is a statement like the number itself.
  for (const number of [claim.number, claim.path === null ? null : numberInPath(claim.path)]) {
    if (number === null) continue;
    if (deviceNumber === null) {
      return wrong(`The device does not report its number, so it is not proved to be disk ${number}`);
    }
    if (deviceType !== FILE_DEVICE_DISK) {
      return wrong(`Disk ${number} was named, but the device is not a disk: it reports device type ${deviceType}`);
    }
    if (deviceNumber !== number) return wrong(`Disk ${number} was named, but the device reports number ${deviceNumber}`);
  }
  if (deviceType === FILE_DEVICE_DISK && partitionNumber !== null && partitionNumber !== 0) {
    return wrong(`The path leads to partition ${partitionNumber}, not to a whole disk`);
  }

  const held = standings(claim, identity);
  const own = columnsOf(identity);
  const id = `UniqueId ${shownText(claim.uniqueId)}`;
  const serial = `Serial number ${shownText(claim.serialNumber)}`;
  if (held.UniqueId === 'differs') {
    return other(`${id} was named, but the device reports ${cleanText(namesOf(identity)[0]!)}`);
  }
  if (held.SerialNumber === 'differs') return other(`${serial} was named, but the device reports ${own.SerialNumber}`);

  const agreed = agreedStatements(claim, identity);
  if (agreed.length > 0) {
    if (others !== null && others.rivals.length > 0) {
      // Devices that have both in common are one LUN.
      const shared = agreed.includes('UniqueId') ? id : serial;
      return unproved(`${shared} identifies more than this device: also ${listed(others.rivals)}`);
    }
    if (others?.complete === false && !agreed.includes('UniqueId')) {
      return unproved(`${serial} was named, and whether other disks have it, too, could not be determined in time`);
    }
    return null;
  }
  const stated = statementsOf(claim);
  if (stated.uniqueId !== null) return unproved(`${id} was named, and nothing that the device reports confirms it`);
  if (stated.serialNumber !== null) {
    return unproved(own.SerialNumber === null ? `${serial} was named, but the device reports no serial number`
      : same(stated.serialNumber, identity.serialNumber!)
        ? `${serial} was named, but the device reports ${own.SerialNumber}: with letters of the other case it can be another disk's`
        : `${serial} was named, which cannot be compared: the serial number of the device has characters that cannot be shown`);
  }
  if (claim.uniqueId !== null && isMadeUp(claim.uniqueId)) {
    return unproved(`${id} is made up by Windows, so no device reports it, and nothing else was named that the device confirms`);
  }
  // A placeholder identifies nothing. Where the device has a text of that kind, it is another device all the same.
  const { serialNumber, uniqueIds, busType } = identity;
  const ownSerial = own.SerialNumber !== null && !isPlaceholder(serialNumber!) ? own.SerialNumber : null;
  if (claim.serialNumber !== null && ownSerial !== null) return other(`${serial} was named, but the device reports ${ownSerial}`);
  if (claim.uniqueId !== null) {
    const [name = null] = namesOf(identity);
    if (name !== null && !uniqueIds.some((one) => same(claim.uniqueId!, one))) {
      return other(`${id} was named, but the device reports ${cleanText(name)}`);
    }
    if (ownSerial !== null) return other(`${id} and no serial number were named, but the device reports serial number ${ownSerial}`);
  }
  if (claim.busType !== null && busType !== null && busType !== busTypes[0] && claim.busType !== busType) {
    return other(`A disk of bus type ${claim.busType} was named, but the device reports ${busType}`);
  }
  return null;
}

/** At most a few names; the rest is counted. */
function listed(names: readonly string[]): string {
  const most = 4;
  return names.slice(0, most).join(', ') + (names.length > most ? ` and ${names.length - most} more` : '');
}
