// What an opened handle says of itself, and whether that is the disk that was named. Bytes in, verdict out.

import { createHash } from 'node:crypto';
import type { Disk } from '../bus/bus.ts';
import {
  IOCTL_DISK_IS_CLUSTERED, IOCTL_STORAGE_GET_DEVICE_NUMBER, IOCTL_STORAGE_QUERY_PROPERTY,
} from '../bus/sdk/control-codes.ts';
import {
  type Designator, LayoutError, StorageDeviceIdProperty, StorageDeviceProperty, busTypeName,
  decodeDeviceDescriptor, decodeDeviceIdDescriptor, decodeDeviceNumber, encodePropertyQuery,
} from '../bus/sdk/layouts.ts';
import { uniqueIdForms } from '../scsi/designators.ts';
import type { Deadline } from './deadline.ts';
import { type Claim, numberInPath } from './target.ts';

/** All that can be read without touching the medium and without FILE_READ_ACCESS. Null: the device did not say. */
export interface Identity {
  /** DEVICE_TYPE and number of GET_DEVICE_NUMBER. */
  readonly deviceType: number | null;
  readonly deviceNumber: number | null;
  readonly partitionNumber: number | null;
  /** NTSTATUS of GET_DEVICE_NUMBER, which no device that is there refuses. */
  readonly numberStatus: number;
  readonly vendorId: string | null;
  readonly productId: string | null;
  readonly serialNumber: string | null;
  readonly busType: string | null;
  /** Textual forms of page 83h, the one that Windows shows as UniqueId first. */
  readonly uniqueIds: readonly string[];
  readonly clustered: boolean | null;
  /** Sentences about answers that could not be read, for the verbose stream. */
  readonly remarks: readonly string[];
}

const FILE_DEVICE_DISK = 7;
/** The number of a path disk behind MPIO: all of them have it. */
const noNumber = 0xffffffff;
/** Larger than any descriptor seen; an answer that says it is longer is asked for once more. */
const firstAnswer = 1024;
const largestAnswer = 64 * 1024;

/** Reads identity from a handle of any access. Throws DeadlinePassed, and what `control` rejects with. */
export async function readIdentity(disk: Pick<Disk, 'control'>, deadline: Deadline): Promise<Identity> {
  const remarks: string[] = [];
  let lastStatus = 0;
  const ask = async (code: number, input: Uint8Array | null, length: number) => {
    const done = await deadline.race(disk.control(code, input, length));
    lastStatus = done.status;
    // NT_SUCCESS, warnings left out: what they return is not the whole answer.
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
    if (first === null || first.length < 8) return first;
    // STORAGE_DESCRIPTOR_HEADER.Size at offset 4: the length that the whole answer has.
    const size = new DataView(first.buffer, first.byteOffset, first.byteLength).getUint32(4, true);
    if (size <= firstAnswer || size > largestAnswer) return first;
    return ask(IOCTL_STORAGE_QUERY_PROPERTY, query, size);
  };

  const numberBytes = await ask(IOCTL_STORAGE_GET_DEVICE_NUMBER, null, 12);
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

/** What two handles of one device have in common, or null where the device does not say enough for that. */
export function deviceKey({ deviceType, deviceNumber }: Identity): string | null {
  return deviceNumber === null || deviceNumber === noNumber ? null : `${deviceType}:${deviceNumber}`;
}

/** The number that belongs into a result: only disks have one that Get-Disk knows. */
export function diskNumber(identity: Identity): number | null {
  const { deviceType, deviceNumber } = identity;
  return deviceType === FILE_DEVICE_DISK && deviceNumber !== noNumber ? deviceNumber : null;
}

/**
 * One text for all that identifies the device, 64 hexadecimal digits: two devices, or one before and after it was
 * changed, that differ in any of it have different ones. The number is left out: it is a statement of its own.
 */
export function shownAs({ deviceType, vendorId, productId, serialNumber, uniqueIds }: Identity): string {
  const said = JSON.stringify([deviceType, vendorId, productId, serialNumber, uniqueIds]);
  return createHash('sha256').update(said).digest('hex');
}

/** What of an identifying text counts. */
export const folded = (text: string): string => text.trim().toLowerCase();
const same = (a: string, b: string) => folded(a) === folded(b);

const hasUniqueId = (identity: Identity, id: string): boolean =>
  identity.uniqueIds.some((form) => same(form, id));

/** Names of the statements that the device bears out: its identity, else its number or its path. */
export function identifiedBy(claim: Claim, identity: Identity): string | null {
  const agreed = [
    ...(claim.uniqueId !== null && hasUniqueId(identity, claim.uniqueId) ? ['UniqueId'] : []),
    ...(claim.serialNumber !== null && identity.serialNumber !== null
      && same(claim.serialNumber, identity.serialNumber) ? ['SerialNumber'] : []),
  ];
  if (agreed.length > 0) return agreed.join(', ');
  return claim.number !== null ? 'Number' : claim.path !== null ? 'Path' : null;
}

/**
 * Null when the handle is the disk that was named, else one sentence that says where they differ.
 * A UniqueId that page 83h does not give (Windows makes some up from the serial number, for SATA and USB disks) is
 * borne out by the serial number, and the other way round; what nothing on the handle bears out is a difference,
 * too.
 */
export function identityDifference(claim: Claim, identity: Identity): string | null {
  const { deviceType, deviceNumber, partitionNumber } = identity;
  // The number in \\.\PhysicalDrive3 is as much of a statement as one beside it.
  for (const number of [claim.number, claim.path === null ? null : numberInPath(claim.path)]) {
    if (number === null) continue;
    if (deviceNumber === null) {
      return `The device does not say its number, so it cannot be shown to be disk ${number}`;
    }
    if (deviceType !== FILE_DEVICE_DISK) {
      return `Disk ${number} was named, the device says that it is no disk but of device type ${deviceType}`;
    }
    if (deviceNumber !== number) return `Disk ${number} was named, the device says it is number ${deviceNumber}`;
  }
  if (deviceType === FILE_DEVICE_DISK && partitionNumber !== null && partitionNumber !== 0) {
    return `The path leads to partition ${partitionNumber}, not to a whole disk`;
  }
  const idAgrees = claim.uniqueId !== null && hasUniqueId(identity, claim.uniqueId);
  const serialAgrees = claim.serialNumber !== null && identity.serialNumber !== null
    && same(claim.serialNumber, identity.serialNumber);
  if (claim.serialNumber !== null && !serialAgrees) {
    if (identity.serialNumber !== null) {
      return `Serial number ${claim.serialNumber} was named, the device says ${identity.serialNumber}`;
    }
    // A number alone does not make it the same disk: numbers are given again.
    if (!idAgrees) return `Serial number ${claim.serialNumber} was named, and the device does not say its own`;
  }
  if (claim.uniqueId !== null && !idAgrees) {
    const said = identity.uniqueIds[0];
    if (said !== undefined && looksLikePage83(claim.uniqueId)) {
      return `UniqueId ${claim.uniqueId} was named, the device says ${said}`;
    }
    if (!serialAgrees) {
      return `UniqueId ${claim.uniqueId} was named, and nothing that the device says bears it out`;
    }
  }
  return null;
}

/** NAA and EUI-64 identifiers as MSFT_Disk shows them: 16, 24 or 32 hex digits, or with `eui.` before them. */
const looksLikePage83 = (id: string): boolean =>
  /^(?:eui\.|naa\.)?(?:[0-9a-f]{16}|[0-9a-f]{24}|[0-9a-f]{32})$/i.test(id.trim());
