// What an opened handle says of itself, and whether that is the disk that was named. Bytes in, verdict out.

import type { Disk } from '../bus/bus.ts';
import {
  IOCTL_DISK_IS_CLUSTERED, IOCTL_STORAGE_GET_DEVICE_NUMBER, IOCTL_STORAGE_QUERY_PROPERTY,
} from '../bus/sdk/control-codes.ts';
import {
  type Designator, LayoutError, StorageDeviceIdProperty, StorageDeviceProperty, busTypeName,
  decodeDeviceDescriptor, decodeDeviceIdDescriptor, decodeDeviceNumber, encodePropertyQuery,
} from '../bus/sdk/layouts.ts';
import { uniqueIdForms } from '../scsi/designators.ts';
import type { Claim } from './target.ts';
import type { Deadline } from './deadline.ts';

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
/** Larger than any descriptor seen; an answer that says it is longer is asked for once more. */
const firstAnswer = 1024;
const largestAnswer = 64 * 1024;

/** Reads identity from a handle of any access. Throws nothing but DeadlinePassed. */
export async function readIdentity(disk: Disk, deadline: Deadline, late: () => void): Promise<Identity> {
  const remarks: string[] = [];
  let lastStatus = 0;
  const ask = async (code: number, input: Uint8Array | null, length: number) => {
    const done = await deadline.race(disk.control(code, input, length), late);
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

  const number = read('the device number', await ask(IOCTL_STORAGE_GET_DEVICE_NUMBER, null, 12), decodeDeviceNumber);
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

/** The number that belongs into a result: only disks have one that Get-Disk knows. */
export function diskNumber(identity: Identity): number | null {
  return identity.deviceType === FILE_DEVICE_DISK ? identity.deviceNumber : null;
}

const same = (a: string, b: string) => a.trim().toLowerCase() === b.trim().toLowerCase();

export const hasUniqueId = (identity: Identity, id: string): boolean =>
  identity.uniqueIds.some((form) => same(form, id));

/**
 * Null when the handle is the disk that was named, else one sentence that says where they differ.
 * A UniqueId that page 83h does not give (Windows makes some up from the serial number, for SATA and USB disks) is
 * borne out by the serial number; one that nothing on the handle bears out is a difference too.
 */
export function identityDifference(claim: Claim, identity: Identity): string | null {
  const { deviceNumber, partitionNumber } = identity;
  if (claim.number !== null && deviceNumber !== claim.number) {
    return deviceNumber === null
      ? `The device does not say its number, so it cannot be shown to be disk ${claim.number}`
      : `Disk ${claim.number} was named, the device says it is number ${deviceNumber}`;
  }
  if (identity.deviceType === FILE_DEVICE_DISK && partitionNumber !== null && partitionNumber !== 0) {
    return `The path leads to partition ${partitionNumber}, not to a whole disk`;
  }
  const serialAgrees = claim.serialNumber !== null && identity.serialNumber !== null
    && same(claim.serialNumber, identity.serialNumber);
  if (claim.serialNumber !== null && identity.serialNumber !== null && !serialAgrees) {
    return `Serial number ${claim.serialNumber} was named, the device says ${identity.serialNumber}`;
  }
  if (claim.uniqueId !== null && !hasUniqueId(identity, claim.uniqueId)) {
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

/** NAA and EUI-64 identifiers as MSFT_Disk shows them: 16 or 32 hex digits, or `eui.` before them. */
const looksLikePage83 = (id: string): boolean => /^(?:eui\.|naa\.)?(?:[0-9a-f]{16}|[0-9a-f]{32})$/i.test(id.trim());
