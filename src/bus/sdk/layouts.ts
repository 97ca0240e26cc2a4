// What a device says of itself, in structures of the Windows SDK (ntddstor.h, winioctl.h): bytes to values and
// back. The same on x86, x64 and ARM64.
// https://learn.microsoft.com/windows/win32/api/winioctl/

import type { Designator } from '../../scsi/designators.ts';
import { LayoutError, decodeFields, encodeFields, layout } from './fields.ts';
import { latin1 } from '../../text.ts';

export { LayoutError } from './fields.ts';

export interface DeviceNumber {
  /** DEVICE_TYPE: 7 disk, 2 CD-ROM, 0x1f tape, 0x30 changer. */
  readonly deviceType: number;
  /** 0xFFFFFFFF for a path disk behind MPIO. */
  readonly deviceNumber: number;
  /** 0 for the whole disk, 0xFFFFFFFF for devices that cannot be partitioned. */
  readonly partitionNumber: number;
}

export interface DeviceDescriptor {
  /** SCSI peripheral device type: 0 disk, 1 tape, 5 CD-ROM, 8 changer. */
  readonly deviceType: number;
  readonly removableMedia: boolean;
  /** Text as it stands there, padding and all (see text.ts), or null where the descriptor has none. */
  readonly vendorId: string | null;
  readonly productId: string | null;
  readonly productRevision: string | null;
  readonly serialNumber: string | null;
  /** STORAGE_BUS_TYPE. */
  readonly busType: number;
}

export interface PropertyQuery {
  /** STORAGE_PROPERTY_ID. */
  readonly propertyId: number;
  /** STORAGE_QUERY_TYPE: 0 standard, 1 whether the property exists. */
  readonly queryType: number;
}

/** The start of every property descriptor: ask with room for this alone to learn how much room the whole takes. */
export interface DescriptorHeader {
  readonly version: number;
  /** Bytes of the whole descriptor. */
  readonly size: number;
}

export const STORAGE_DEVICE_NUMBER = layout('STORAGE_DEVICE_NUMBER', 12, 12, [
  ['DeviceType', 0, 4],
  ['DeviceNumber', 4, 4],
  ['PartitionNumber', 8, 4],
]);

/** The class driver wants all 12 bytes of it, padding included, or answers STATUS_INFO_LENGTH_MISMATCH. */
export const STORAGE_PROPERTY_QUERY = layout('STORAGE_PROPERTY_QUERY', 12, 12, [
  ['PropertyId', 0, 4],
  ['QueryType', 4, 4],
  ['AdditionalParameters', 8, 1],
]);

export const STORAGE_DESCRIPTOR_HEADER = layout('STORAGE_DESCRIPTOR_HEADER', 8, 8, [
  ['Version', 0, 4],
  ['Size', 4, 4],
]);

export const STORAGE_DEVICE_DESCRIPTOR = layout('STORAGE_DEVICE_DESCRIPTOR', 40, 36, [
  ['Version', 0, 4],
  ['Size', 4, 4],
  ['DeviceType', 8, 1],
  ['DeviceTypeModifier', 9, 1],
  ['RemovableMedia', 10, 1],
  ['CommandQueueing', 11, 1],
  ['VendorIdOffset', 12, 4],
  ['ProductIdOffset', 16, 4],
  ['ProductRevisionOffset', 20, 4],
  ['SerialNumberOffset', 24, 4],
  ['BusType', 28, 4],
  ['RawPropertiesLength', 32, 4],
]);

export const STORAGE_DEVICE_ID_DESCRIPTOR = layout('STORAGE_DEVICE_ID_DESCRIPTOR', 16, 12, [
  ['Version', 0, 4],
  ['Size', 4, 4],
  ['NumberOfIdentifiers', 8, 4],
]);

export const STORAGE_IDENTIFIER = layout('STORAGE_IDENTIFIER', 20, 16, [
  ['CodeSet', 0, 4],
  ['Type', 4, 4],
  ['IdentifierSize', 8, 2],
  ['NextOffset', 10, 2],
  ['Association', 12, 4],
]);

export const VOLUME_DISK_EXTENTS = layout('VOLUME_DISK_EXTENTS', 32, 8, [
  ['NumberOfDiskExtents', 0, 4],
]);

/** StartingOffset and ExtentLength, 8 bytes each at 8 and 16, are nobody's business here. */
export const DISK_EXTENT = layout('DISK_EXTENT', 24, 24, [
  ['DiskNumber', 0, 4],
]);

/** DEVICE_TYPE of a disk. */
export const FILE_DEVICE_DISK = 7;

/** STORAGE_PROPERTY_ID. */
export const StorageDeviceProperty = 0;
export const StorageAdapterProperty = 1;
export const StorageDeviceIdProperty = 2;

export function decodeDeviceNumber(bytes: Uint8Array): DeviceNumber {
  const { DeviceType, DeviceNumber, PartitionNumber } = decodeFields(STORAGE_DEVICE_NUMBER, bytes);
  return { deviceType: DeviceType, deviceNumber: DeviceNumber, partitionNumber: PartitionNumber };
}

export function encodeDeviceNumber(value: DeviceNumber): Uint8Array {
  return encodeFields(STORAGE_DEVICE_NUMBER, {
    DeviceType: value.deviceType, DeviceNumber: value.deviceNumber, PartitionNumber: value.partitionNumber,
  });
}

export function decodePropertyQuery(bytes: Uint8Array): PropertyQuery {
  const { PropertyId, QueryType } = decodeFields(STORAGE_PROPERTY_QUERY, bytes);
  return { propertyId: PropertyId, queryType: QueryType };
}

/** A standard query (PropertyStandardQuery) for one STORAGE_PROPERTY_ID. */
export function encodePropertyQuery(propertyId: number): Uint8Array {
  return encodeFields(STORAGE_PROPERTY_QUERY, { PropertyId: propertyId });
}

export function decodeDescriptorHeader(bytes: Uint8Array): DescriptorHeader {
  const { Version, Size } = decodeFields(STORAGE_DESCRIPTOR_HEADER, bytes);
  return { version: Version, size: Size };
}

/** Absent text: 0, and from some drivers -1 (Microsoft's SPTI sample looks for both). */
const noText: ReadonlySet<number> = new Set([0, 0xffffffff]);

/**
 * Throws LayoutError for an offset that points into the fixed part or past the bytes, and for text that the end of
 * the bytes cuts off. A last text without NUL in a complete descriptor is taken as it stands: the end is where it
 * ends, and text that is wrong all the same can only make an identity check fail, never pass.
 */
export function decodeDeviceDescriptor(bytes: Uint8Array): DeviceDescriptor {
  const table = STORAGE_DEVICE_DESCRIPTOR;
  const fields = decodeFields(table, bytes);
  if (fields.Size < table.least) {
    throw new LayoutError(`${table.name}.Size at offset 4 is ${fields.Size}; the fixed part takes ${table.least}`);
  }
  const text = (name: 'VendorIdOffset' | 'ProductIdOffset' | 'ProductRevisionOffset' | 'SerialNumberOffset') => {
    const offset = fields[name];
    if (noText.has(offset)) return null;
    if (offset < table.least || offset >= bytes.length) {
      throw new LayoutError(`${table.name}.${name} is ${offset}; text lies from ${table.least} to `
        + `${bytes.length}`);
    }
    const nul = bytes.indexOf(0, offset);
    if (nul < 0 && fields.Size > bytes.length) {
      throw new LayoutError(`${table.name}.${name}: the text at offset ${offset} is cut off at ${bytes.length}`
        + ` of ${fields.Size} bytes`);
    }
    return latin1(bytes.subarray(offset, nul < 0 ? bytes.length : nul));
  };
  return {
    deviceType: fields.DeviceType,
    removableMedia: fields.RemovableMedia !== 0,
    vendorId: text('VendorIdOffset'),
    productId: text('ProductIdOffset'),
    productRevision: text('ProductRevisionOffset'),
    serialNumber: text('SerialNumberOffset'),
    busType: fields.BusType,
  };
}

/** Texts are written as they are, one byte a character; LayoutError for NUL and for characters past U+00FF. */
export function encodeDeviceDescriptor(value: DeviceDescriptor): Uint8Array {
  const table = STORAGE_DEVICE_DESCRIPTOR;
  let end = table.size;
  const place = (text: string | null) => {
    if (text === null) return { offset: 0, text: '' };
    if (!/^[\x01-\xff]*$/.test(text)) {
      throw new LayoutError(`${table.name}: ${JSON.stringify(text)} is not single-byte text without NUL`);
    }
    const offset = end;
    end += text.length + 1;
    return { offset, text };
  };
  const vendor = place(value.vendorId);
  const product = place(value.productId);
  const revision = place(value.productRevision);
  const serial = place(value.serialNumber);
  const bytes = encodeFields(table, {
    Version: table.size,
    Size: end,
    DeviceType: value.deviceType,
    RemovableMedia: value.removableMedia ? 1 : 0,
    VendorIdOffset: vendor.offset,
    ProductIdOffset: product.offset,
    ProductRevisionOffset: revision.offset,
    SerialNumberOffset: serial.offset,
    BusType: value.busType,
  }, new Uint8Array(end));
  for (const { offset, text } of [vendor, product, revision, serial]) {
    for (let i = 0; i < text.length; i++) bytes[offset + i] = text.charCodeAt(i);
  }
  return bytes;
}

/**
 * The designators in the order of the page. Throws LayoutError where one is cut off, or where NextOffset leads
 * nowhere or into the designator that it stands in. NextOffset of the last one is not read: nothing follows it.
 */
export function decodeDeviceIdDescriptor(bytes: Uint8Array): Designator[] {
  const head = STORAGE_DEVICE_ID_DESCRIPTOR;
  const item = STORAGE_IDENTIFIER;
  const { NumberOfIdentifiers: count } = decodeFields(head, bytes);
  const designators: Designator[] = [];
  let at = head.least;
  for (let i = 0; i < count; i++) {
    const fields = decodeFields(item, bytes, at);
    const end = at + item.least + fields.IdentifierSize;
    if (end > bytes.length) {
      throw new LayoutError(`${item.name}.IdentifierSize at offset ${at + 8} is ${fields.IdentifierSize}; `
        + `${bytes.length - at - item.least} bytes are there`);
    }
    designators.push({
      codeSet: fields.CodeSet, type: fields.Type, association: fields.Association,
      identifier: bytes.slice(at + item.least, end),
    });
    if (i < count - 1 && at + fields.NextOffset < end) {
      throw new LayoutError(`${item.name}.NextOffset at offset ${at + 10} is ${fields.NextOffset}; `
        + `the identifier takes ${end - at}`);
    }
    at += fields.NextOffset;
  }
  return designators;
}

/** NextOffset keeps each designator on a multiple of 4, and is 0 in the last. */
export function encodeDeviceIdDescriptor(designators: readonly Designator[]): Uint8Array {
  const head = STORAGE_DEVICE_ID_DESCRIPTOR;
  const item = STORAGE_IDENTIFIER;
  const strides = designators.map(({ identifier }) => (item.least + identifier.length + 3) & ~3);
  const total = strides.reduce((sum, stride) => sum + stride, head.least);
  const bytes = encodeFields(head, {
    Version: head.size, Size: total, NumberOfIdentifiers: designators.length,
  }, new Uint8Array(total));
  let at = head.least;
  for (const [i, { codeSet, type, association, identifier }] of designators.entries()) {
    const stride = strides[i] as number;
    encodeFields(item, {
      CodeSet: codeSet, Type: type, Association: association, IdentifierSize: identifier.length,
      NextOffset: i < designators.length - 1 ? stride : 0,
    }, bytes, at);
    bytes.set(identifier, at + item.least);
    at += stride;
  }
  return bytes;
}

/** Numbers of the disks that a volume lies on, each once, in the order of its extents. */
export function decodeVolumeDiskExtents(bytes: Uint8Array): number[] {
  const { NumberOfDiskExtents: count } = decodeFields(VOLUME_DISK_EXTENTS, bytes);
  const numbers = new Set<number>();
  for (let i = 0; i < count; i++) {
    numbers.add(decodeFields(DISK_EXTENT, bytes, VOLUME_DISK_EXTENTS.least + i * DISK_EXTENT.size).DiskNumber);
  }
  return [...numbers];
}

/** STORAGE_BUS_TYPE: the names of ntddstor.h without `BusType`, each at its number; 20 is BusTypeNvmeof there. */
export const busTypes = [
  'Unknown', 'Scsi', 'Atapi', 'Ata', '1394', 'Ssa', 'Fibre', 'Usb', 'RAID', 'iScsi', 'Sas', 'Sata', 'Sd', 'Mmc',
  'Virtual', 'FileBackedVirtual', 'Spaces', 'Nvme', 'SCM', 'Ufs', 'NvmeOf',
] as const;

/** Names that the Storage module gives bus types, where they are not those of the SDK: without case, by letters and digits. */
const otherBusNames: Readonly<Record<string, (typeof busTypes)[number]>> = {
  fibrechannel: 'Fibre', ieee1394: '1394', storagespaces: 'Spaces', max: 'Virtual',
};
const busByName: ReadonlyMap<string, string> = new Map([
  ...busTypes.map((name) => [name.toLowerCase(), name] as const), ...Object.entries(otherBusNames),
]);

/**
 * The bus type that an object states, as a number or by a name of the Storage module or the SDK; null for Unknown, and for a text
 * that is none.
 */
export function busTypeNamed(text: string): string | null {
  const name = /^(?:0|[1-9][0-9]{0,4})$/.test(text) && text !== '1394' ? busTypeName(Number(text))
    : busByName.get(text.replace(/[^A-Za-z0-9]+/g, '').toLowerCase()) ?? null;
  return name === busTypes[0] ? null : name;
}

/** A bus type newer than this table comes through as its decimal number. */
export function busTypeName(busType: number): string {
  return busTypes[busType] ?? String(busType);
}
