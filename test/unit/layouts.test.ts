import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeFields, encodeFields } from '../../src/bus/sdk/fields.ts';
import { SCSI_PASS_THROUGH } from '../../src/bus/sdk/pass-through.ts';
import { PERSISTENT_RESERVE_COMMAND_IN, PERSISTENT_RESERVE_COMMAND_OUT }
  from '../../src/bus/sdk/persistent-reserve.ts';
import { SCSI_ADDRESS, STORAGE_BREAK_RESERVATION_REQUEST } from '../../src/bus/sdk/scsi-address.ts';
import {
  DISK_EXTENT, type DeviceDescriptor, LayoutError, STORAGE_DESCRIPTOR_HEADER, STORAGE_DEVICE_DESCRIPTOR,
  STORAGE_DEVICE_ID_DESCRIPTOR, STORAGE_DEVICE_NUMBER, STORAGE_IDENTIFIER, STORAGE_PROPERTY_QUERY,
  StorageAdapterProperty, StorageDeviceIdProperty, StorageDeviceProperty, VOLUME_DISK_EXTENTS, busTypeName,
  busTypes, decodeDescriptorHeader, decodeDeviceDescriptor, decodeDeviceIdDescriptor, decodeDeviceNumber,
  decodePropertyQuery, decodeVolumeDiskExtents, encodeDeviceDescriptor, encodeDeviceIdDescriptor,
  encodeDeviceNumber, encodePropertyQuery,
} from '../../src/bus/sdk/layouts.ts';

const bytes = (text: string) => Uint8Array.from(Buffer.from(text.replace(/\s+/g, ''), 'hex'));
const hexOf = (value: Uint8Array) => Buffer.from(value).toString('hex');
const ascii = (text: string) => Buffer.from(text, 'latin1').toString('hex');

const layouts = [
  STORAGE_DEVICE_NUMBER, STORAGE_PROPERTY_QUERY, STORAGE_DESCRIPTOR_HEADER, STORAGE_DEVICE_DESCRIPTOR,
  STORAGE_DEVICE_ID_DESCRIPTOR, STORAGE_IDENTIFIER, VOLUME_DISK_EXTENTS, DISK_EXTENT,
  PERSISTENT_RESERVE_COMMAND_IN, PERSISTENT_RESERVE_COMMAND_OUT, SCSI_PASS_THROUGH,
  SCSI_ADDRESS, STORAGE_BREAK_RESERVATION_REQUEST,
];

describe('the tables', () => {
  const named = layouts.map((row) => [row.name, row] as const);

  test.each([
    ['STORAGE_DEVICE_NUMBER', 12], ['STORAGE_PROPERTY_QUERY', 12], ['STORAGE_DESCRIPTOR_HEADER', 8],
    ['STORAGE_DEVICE_DESCRIPTOR', 40], ['STORAGE_DEVICE_ID_DESCRIPTOR', 16], ['STORAGE_IDENTIFIER', 20],
    ['VOLUME_DISK_EXTENTS', 32], ['DISK_EXTENT', 24], ['PERSISTENT_RESERVE_COMMAND', 12],
    ['SCSI_PASS_THROUGH', 56], ['SCSI_ADDRESS', 8], ['STORAGE_BREAK_RESERVATION_REQUEST', 8],
  ])('%s is %i bytes, as the SDK compiles it', (name, size) => {
    expect(layouts.find((row) => row.name === name)?.size).toBe(size);
  });

  test.each(named)('%s: members are aligned and do not overlap', (_, row) => {
    let end = 0;
    for (const field of row.fields) {
      expect(field.offset % field.size).toBe(0);
      expect(field.offset).toBeGreaterThanOrEqual(end);
      end = field.offset + field.size;
    }
    expect(end).toBeLessThanOrEqual(row.least);
    expect(row.least).toBeLessThanOrEqual(row.size);
  });

  test.each(named)('%s comes back as it was written', (_, row) => {
    const record = fc.record(Object.fromEntries(
      row.fields.map((field) => [field.name, fc.nat({ max: 2 ** (8 * field.size) - 1 })])));
    fc.assert(fc.property(record, (values) => {
      expect(decodeFields(row, encodeFields(row, values))).toEqual(values);
    }));
  });

  test.each([-1, 1.5, 2 ** 32, Number.NaN])('a member that cannot hold %d is an error', (value) => {
    expect(() => encodeFields(STORAGE_DEVICE_NUMBER, { DeviceNumber: value })).toThrow(LayoutError);
  });

  test('a structure is not written past the end of its bytes', () => {
    expect(() => encodeFields(STORAGE_DEVICE_NUMBER, {}, new Uint8Array(12), 1)).toThrow(LayoutError);
  });
});

describe('STORAGE_DEVICE_NUMBER', () => {
  const rows = [
    ['07000000 03000000 00000000', { deviceType: 7, deviceNumber: 3, partitionNumber: 0 }],
    ['1f000000 00000000 ffffffff', { deviceType: 0x1f, deviceNumber: 0, partitionNumber: 0xffffffff }],
    ['07000000 ffffffff 00000000', { deviceType: 7, deviceNumber: 0xffffffff, partitionNumber: 0 }],
  ] as const;
  test.each(rows)('%s', (raw, value) => {
    expect(decodeDeviceNumber(bytes(raw))).toEqual(value);
    expect(hexOf(encodeDeviceNumber(value))).toBe(hexOf(bytes(raw)));
  });

  test('a short answer says what is missing', () => {
    expect(() => decodeDeviceNumber(new Uint8Array(11)))
      .toThrow('STORAGE_DEVICE_NUMBER at offset 0 takes 12 bytes; 11 are there');
  });

  test('reads its own window of a larger buffer', () => {
    const buffer = new Uint8Array(32).fill(0xee);
    buffer.set(bytes('07000000 09000000 00000000'), 5);
    expect(decodeDeviceNumber(buffer.subarray(5, 17)).deviceNumber).toBe(9);
    expect(() => decodeDeviceNumber(buffer.subarray(5, 16))).toThrow(LayoutError);
  });
});

describe('STORAGE_PROPERTY_QUERY', () => {
  test.each([
    [StorageDeviceProperty, '00000000 00000000 00000000'],
    [StorageAdapterProperty, '01000000 00000000 00000000'],
    [StorageDeviceIdProperty, '02000000 00000000 00000000'],
  ])('property %i', (propertyId, raw) => {
    expect(hexOf(encodePropertyQuery(propertyId))).toBe(hexOf(bytes(raw)));
    expect(decodePropertyQuery(bytes(raw))).toEqual({ propertyId, queryType: 0 });
  });

  test('8 bytes are not enough, as the class driver says, too', () => {
    expect(() => decodePropertyQuery(new Uint8Array(8))).toThrow(LayoutError);
  });
});

test('a descriptor header says how long the whole is', () => {
  expect(decodeDescriptorHeader(bytes('28000000 8c000000'))).toEqual({ version: 40, size: 140 });
  expect(() => decodeDescriptorHeader(new Uint8Array(7))).toThrow(LayoutError);
});

/** An iSCSI LUN's answer: texts padded the way INQUIRY has them. */
const vendor = ascii('MSFT    ');
const product = ascii('Virtual HD      ');
const iscsiDisk = `
  28000000 5b000000  00 00 00 01  28000000 31000000 42000000 47000000  09000000 00000000 00000000
  ${vendor}00 ${product}00 ${ascii('6.3 ')}00 ${ascii('5D2C1A94-0B7F-41E3')}00 0000`;

describe('STORAGE_DEVICE_DESCRIPTOR', () => {
  test('a real-looking answer, padding and all', () => {
    expect(decodeDeviceDescriptor(bytes(iscsiDisk))).toEqual({
      deviceType: 0, removableMedia: false, vendorId: 'MSFT    ', productId: 'Virtual HD      ', productRevision: '6.3 ',
      serialNumber: '5D2C1A94-0B7F-41E3', busType: 9,
    });
  });

  const change = (offset: number, value: number, from = bytes(iscsiDisk)) => {
    new DataView(from.buffer).setUint32(offset, value, true);
    return from;
  };

  test.each([0, 0xffffffff])('offset %i is an absent text', (offset) => {
    expect(decodeDeviceDescriptor(change(24, offset)).serialNumber).toBeNull();
  });

  test.each([1, 35, 92, 93, 0x7fffffff, 0xfffffffe])('offset %i is an error, not a read', (offset) => {
    expect(() => decodeDeviceDescriptor(change(24, offset))).toThrow(/SerialNumberOffset is/);
  });

  test.each([0, 8, 35])('a size of %i is an error', (size) => {
    expect(() => decodeDeviceDescriptor(change(4, size))).toThrow(/\.Size at offset 4/);
  });

  test('the end of a complete descriptor ends its last text', () => {
    const whole = bytes(iscsiDisk).slice(0, 0x47 + 18);
    expect(decodeDeviceDescriptor(change(4, whole.length, whole)).serialNumber).toBe('5D2C1A94-0B7F-41E3');
  });

  test('a text that the buffer cuts off is not taken for the whole', () => {
    expect(() => decodeDeviceDescriptor(bytes(iscsiDisk).slice(0, 0x47 + 6))).toThrow(/cut off at 77 of 91 bytes/);
  });

  test('terminal escapes in a serial number stay: it is compared as it is, and cleaned where it is shown', () => {
    const value = { ...decodeDeviceDescriptor(bytes(iscsiDisk)), serialNumber: '\x1b[2Jpwned\x9b\r\n!' };
    expect(decodeDeviceDescriptor(encodeDeviceDescriptor(value)).serialNumber).toBe(value.serialNumber);
  });

  test.each(['\0', 'a\0b', 'Ā', '\u{1f600}'])('%j is not written', (serialNumber) => {
    expect(() => encodeDeviceDescriptor({ ...decodeDeviceDescriptor(bytes(iscsiDisk)), serialNumber }))
      .toThrow(LayoutError);
  });

  test('comes back as it was written', () => {
    const text = fc.option(fc.string({ unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 40 }));
    const descriptor: fc.Arbitrary<DeviceDescriptor> = fc.record({
      deviceType: fc.nat({ max: 255 }), removableMedia: fc.boolean(), vendorId: text, productId: text,
      productRevision: text, serialNumber: text, busType: fc.nat({ max: 0xffffffff }),
    });
    fc.assert(fc.property(descriptor, (value) => {
      const raw = encodeDeviceDescriptor(value);
      expect(decodeDeviceDescriptor(raw)).toEqual(value);
      expect(decodeDescriptorHeader(raw)).toEqual({ version: 40, size: raw.length });
    }));
  });
});

/** NAA of the unit, its EUI-64, and the port's NAA. */
const page83 = `
  10000000 50000000 03000000
  01000000 03000000 0800 1800 00000000 600000000000aabb
  01000000 02000000 0800 1800 00000000 0025385271b01234
  01000000 03000000 0400 0000 01000000 50001234`;

describe('STORAGE_DEVICE_ID_DESCRIPTOR', () => {
  test('three designators', () => {
    const found = decodeDeviceIdDescriptor(bytes(page83));
    expect(found.map((one) => [one.codeSet, one.type, one.association, hexOf(one.identifier)])).toEqual([
      [1, 3, 0, '600000000000aabb'], [1, 2, 0, '0025385271b01234'], [1, 3, 1, '50001234'],
    ]);
    expect(hexOf(encodeDeviceIdDescriptor(found))).toBe(hexOf(bytes(page83)));
  });

  test('none', () => {
    expect(decodeDeviceIdDescriptor(encodeDeviceIdDescriptor([]))).toEqual([]);
  });

  const change16 = (offset: number, value: number) => {
    const raw = bytes(page83);
    new DataView(raw.buffer).setUint16(offset, value, true);
    return raw;
  };

  test.each([0, 1, 16, 23])('NextOffset %i in a designator that takes 24 bytes is an error', (next) => {
    expect(() => decodeDeviceIdDescriptor(change16(22, next))).toThrow(/NextOffset at offset 22/);
  });

  test.each([
    ['NextOffset past the end', 22, 0xffff, /STORAGE_IDENTIFIER at offset 65547 takes 16 bytes; 0 are there/],
    ['IdentifierSize past the end', 68, 0xffff, /IdentifierSize at offset 68 is 65535; 4 bytes are there/],
    ['more designators than there is room for', 8, 0xffff, /NextOffset|takes 16 bytes/],
  ])('%s is an error', (_, offset, value, message) => {
    expect(() => decodeDeviceIdDescriptor(change16(offset, value))).toThrow(message);
  });

  test('the last NextOffset is not followed', () => {
    expect(decodeDeviceIdDescriptor(change16(70, 0xffff))).toHaveLength(3);
  });

  test('identifiers are copies: the buffer may be used again', () => {
    const raw = bytes(page83);
    const [first] = decodeDeviceIdDescriptor(raw);
    raw.fill(0);
    expect(hexOf(first?.identifier as Uint8Array)).toBe('600000000000aabb');
  });

  const u32 = fc.nat({ max: 0xffffffff });
  test('comes back as it was written', () => {
    const designator = fc.record({
      codeSet: u32, type: u32, association: u32, identifier: fc.uint8Array({ maxLength: 64 }),
    });
    fc.assert(fc.property(fc.array(designator, { maxLength: 8 }), (value) => {
      expect(decodeDeviceIdDescriptor(encodeDeviceIdDescriptor(value))).toEqual(value);
    }));
  });

  test('an identifier too long for its size member is an error', () => {
    const identifier = new Uint8Array(65536);
    expect(() => encodeDeviceIdDescriptor([{ codeSet: 1, type: 0, association: 0, identifier }]))
      .toThrow(LayoutError);
  });
});

describe('VOLUME_DISK_EXTENTS', () => {
  const extent = (disk: string) => `${disk} 00000000 0000100000000000 0000000001000000`;
  test.each([
    ['no extent', '00000000 00000000', []],
    ['one', `01000000 00000000 ${extent('02000000')}`, [2]],
    ['a spanned volume, one disk twice', `03000000 00000000 ${extent('05000000')} ${extent('01000000')}
      ${extent('05000000')}`, [5, 1]],
  ])('%s', (_, raw, numbers) => {
    expect(decodeVolumeDiskExtents(bytes(raw))).toEqual(numbers);
  });

  test.each([
    ['more extents than are there', `02000000 00000000 ${extent('02000000')}`],
    ['four thousand million extents', `ffffffff 00000000 ${extent('02000000')}`],
    ['half a count', '0100'],
  ])('%s is an error', (_, raw) => {
    expect(() => decodeVolumeDiskExtents(bytes(raw))).toThrow(LayoutError);
  });
});

describe('bus types', () => {
  test.each([
    [0, 'Unknown'], [1, 'Scsi'], [2, 'Atapi'], [3, 'Ata'], [4, '1394'], [5, 'Ssa'], [6, 'Fibre'], [7, 'Usb'],
    [8, 'RAID'], [9, 'iScsi'], [10, 'Sas'], [11, 'Sata'], [12, 'Sd'], [13, 'Mmc'], [14, 'Virtual'],
    [15, 'FileBackedVirtual'], [16, 'Spaces'], [17, 'Nvme'], [18, 'SCM'], [19, 'Ufs'], [20, 'NvmeOf'],
    [21, '21'], [127, '127'], [0xffffffff, '4294967295'],
  ])('%i is %s', (number, name) => {
    expect(busTypeName(number)).toBe(name);
  });
  test('the table has no others', () => expect(busTypes).toHaveLength(21));
});
