// What a handle says of itself, read from bytes, and whether that is the disk that was named.

import { describe, expect, test } from 'vitest';
import type { Completion } from '../../src/bus/bus.ts';
import type { Designator } from '../../src/scsi/designators.ts';
import { encodeDeviceDescriptor, encodeDeviceIdDescriptor,
  encodeDeviceNumber } from '../../src/bus/sdk/layouts.ts';
import { Deadline, DeadlinePassed } from '../../src/disk/deadline.ts';
import { type Identity, deviceKey, diskNumber, identityDifference,
  readIdentity } from '../../src/disk/identity.ts';
import { noClaim } from '../../src/disk/claim.ts';
import { DEVICE_NUMBER, IS_CLUSTERED, QUERY_PROPERTY, type Device, ScriptedBus, disk,
  naa } from './scripted-bus.ts';
import { VirtualClock } from './virtual-clock.ts';

const DISK = 7;
const TAPE = 0x1f;
const NAA = '6005076802830000000000000000002A';

const silent: Identity = {
  deviceType: null, deviceNumber: null, partitionNumber: null, numberStatus: 0, vendorId: null, productId: null,
  serialNumber: null, busType: null, uniqueIds: [], clustered: null, remarks: [],
};
/** A disk with number 3, serial number S3 and page 83h. */
const full: Identity = {
  ...silent, deviceType: DISK, deviceNumber: 3, partitionNumber: 0, serialNumber: 'S3',
    uniqueIds: [NAA, `naa.${NAA}`],
};

describe('whether a handle is the disk that was named', () => {
  const same = null;
  const rows: readonly (readonly [what: string, claim: object, says: Partial<Identity>,
    difference: RegExp | null])[] = [
    // Number.
    ['the number agrees', { number: 3 }, {}, same],
    ['the number of disk 0 agrees', { number: 0 }, { deviceNumber: 0 }, same],
    ['the number differs', { number: 4 }, {}, /^Disk 4 was named, but the device reports number 3$/],
    ['disk 0 is not just any disk', { number: 0 }, {}, /^Disk 0 was named/],
    ['no number on the handle', { number: 3 }, { deviceNumber: null, deviceType: null, partitionNumber: null },
      /does not report its number, so it is not proved to be disk 3$/],
    ['the path disk of MPIO has none', { number: 3 }, { deviceNumber: 0xffffffff }, /number 4294967295$/],
    ['a tape with the number of the disk', { number: 3 }, { deviceType: TAPE, partitionNumber: 0xffffffff },
      /the device is not a disk: it reports device type 31$/],
    // Number in the path.
    ['the number in the path agrees', { path: String.raw`\\.\PhysicalDrive3` }, {}, same],
    ['the number in the path differs', { path: String.raw`\\?\physicaldrive4` }, {}, /^Disk 4 was named/],
    ['number and path contradict each other', { number: 3, path: String.raw`\\.\PhysicalDrive4` }, {},
      /^Disk 4 was named/],
    ['a tape is another count', { path: String.raw`\\.\Tape0` },
      { deviceType: TAPE, deviceNumber: 9, partitionNumber: 0xffffffff }, same],
    ['an interface path says no number', { path: String.raw`\\?\scsi#x#{53f56307-b6bf-11d0-94f2-00a0c91efb8b}` },
      {}, same],
    // Partition.
    ['a partition of the disk', { number: 3 }, { partitionNumber: 1 }, /^The path leads to partition 1/],
    ['a partition behind a path', { path: String.raw`\\?\scsi#x#{53f56307-b6bf-11d0-94f2-00a0c91efb8b}` },
      { partitionNumber: 4 }, /partition 4, not to a whole disk$/],
    ['a device that cannot be partitioned', { path: String.raw`\\.\CdRom0` },
      { deviceType: 2, partitionNumber: 0xffffffff }, same],
    ['a disk that does not say its partition',
      { path: String.raw`\\?\scsi#x#{53f56307-b6bf-11d0-94f2-00a0c91efb8b}` },
      { partitionNumber: null }, same],
    // Serial number.
    ['the serial number agrees', { number: 3, serialNumber: 'S3' }, {}, same],
    ['but for case and blanks', { number: 3, serialNumber: '  s3 ' }, {}, same],
    ['the serial number differs', { number: 3, serialNumber: 'S4' }, {},
      /^Serial number S4 was named, but the device reports S3$/],
    ['a part of it is not all of it', { number: 3, serialNumber: 'S' }, {}, /^Serial number S was named/],
    ['it differs, though the UniqueId agrees', { number: 3, serialNumber: 'S4', uniqueId: NAA }, {},
      /^Serial number S4/],
    ['the device does not say one', { number: 3, serialNumber: 'S3' }, { serialNumber: null },
      /^Serial number S3 was named, but the device reports no serial number$/],
    ['it does not say one, but its UniqueId agrees', { number: 3, serialNumber: 'S3', uniqueId: NAA },
      { serialNumber: null },
      same],
    ['nobody said one', { number: 3 }, { serialNumber: null }, same],
    // UniqueId.
    ['the UniqueId agrees', { uniqueId: NAA }, {}, same],
    ['in lower case', { uniqueId: NAA.toLowerCase() }, {}, same],
    ['with blanks around', { uniqueId: ` ${NAA} ` }, {}, same],
    ['with its prefix', { uniqueId: `naa.${NAA}` }, {}, same],
    ['in any form that page 83h has', { uniqueId: 'eui.002538D411A09C3E' },
      { uniqueIds: ['IBM 2145 S3', '002538D411A09C3E', 'eui.002538D411A09C3E'] }, same],
    ['a T10 vendor identification', { uniqueId: 'ibm     2145            s3' },
      { uniqueIds: ['IBM     2145            S3'] }, same],
    ['a SCSI name string', { uniqueId: 'iqn.1991-05.com.microsoft:lun,L,0x00' },
      { uniqueIds: ['iqn.1991-05.com.microsoft:lun,L,0x00'] }, same],
    ['the UniqueId differs', { uniqueId: '6005076802830000000000000000002B' }, {},
      /^UniqueId 6005076802830000000000000000002B was named, but the device reports 6005076802830000000000000000002A$/],
    ['it differs, though the serial number agrees',
      { uniqueId: '6005076802830000000000000000002B', serialNumber: 'S3' }, {},
      /^UniqueId .* but the device reports/],
    ['an EUI-64 of 16 digits differs, serial or not', { uniqueId: 'eui.002538D411A09C3F', serialNumber: 'S3' }, {},
      /but the device reports/],
    ['one of 24 digits, too', { uniqueId: '002538D411A09C3E00000001', serialNumber: 'S3' }, {}, /but the device reports/],
    ['of no known form, the serial number agrees', { uniqueId: 'IBM 2145 S3', serialNumber: 'S3' }, {}, same],
    ['of no known form, and the device has texts, but another one', { uniqueId: 'IBM 2145 S3', serialNumber: 'S3' },
      { uniqueIds: [NAA, 'IBM 2145 S4'] }, /^UniqueId IBM 2145 S3 was named, but the device reports/],
    ['of no known form, and no serial number named', { uniqueId: 'IBM 2145 S3' }, {},
      /nothing that the device reports confirms it$/],
    ['of no known form, and no serial number on the handle', { uniqueId: 'IBM 2145 S3', serialNumber: 'S3' },
      { serialNumber: null }, /^UniqueId IBM 2145 S3 was named, and nothing that the device reports confirms it$/],
    ['made up by Windows, the serial number agrees', { uniqueId: 'USBSTOR\\DISK&VEN_X\\0:HOST', serialNumber: 'S3' },
      {}, same],
    ['made up by Windows, another way', { uniqueId: '{256a2559-ce63-5434-1bee-3ff629daa3a8}', serialNumber: 'S3' },
      {}, same],
    ['made up by Windows, and no serial number named',
      { number: 3, uniqueId: 'SCSI\\DISK&VEN_VMWARE&PROD_VIRTUAL_DISK\\5&1F2A051D&0&000300:HOST' }, {},
      /is made up by Windows, so no device reports it, and nothing else was named that the device confirms$/],
    ['made up by Windows, and a serial number of nothing', { number: 3, uniqueId: 'SCSI\\DISK\\5:HOST', serialNumber: '0' },
      { serialNumber: '0' }, /is made up by Windows/],
    ['of page 83h, and the device has none', { uniqueId: NAA }, { uniqueIds: [] }, /the device reports confirms it$/],
    ['the id that old virtio drivers give every disk', { number: 3, uniqueId: '3141463431303031' },
      { uniqueIds: ['3141463431303031'], serialNumber: null }, same],
    ['that id, and the device has one that is its own', { number: 3, uniqueId: '3141463431303031' }, {},
      /^UniqueId 3141463431303031 was named, but the device reports /],
    ['that id, and the device has a serial number alone', { number: 3, uniqueId: '3141463431303031' }, { uniqueIds: [] },
      /^UniqueId 3141463431303031 and no serial number were named, but the device reports serial number S3$/],
    ['that id, and a serial number that agrees', { number: 3, uniqueId: '3141463431303031', serialNumber: 'S3' }, {}, same],
    ['that id, which the device has, too, beside a serial number that was not named', { number: 3, uniqueId: '3141463431303031' },
      { uniqueIds: ['3141463431303031'] }, /^UniqueId 3141463431303031 and no serial number were named, but/],
    ['a word for nothing, and the device has nothing', { number: 3, uniqueId: 'N/A' }, { uniqueIds: [], serialNumber: null }, same],
    // NetApp counts LUNs in letters of both cases.
    ['a serial number of both cases in another one', { serialNumber: 'dedIK4onuuso' }, { serialNumber: 'dedIK4onuusO' },
      /: with letters of the other case it can be another disk's$/],
    ['that one beside a UniqueId that agrees', { uniqueId: NAA, serialNumber: 'dedIK4onuuso' }, { serialNumber: 'dedIK4onuusO' }, same],
    ['that one, put into one case', { serialNumber: 'DEDIK4ONUUSO' }, { serialNumber: 'dedIK4onuusO' }, same],
    ['that one of NetApp', { serialNumber: 'DEDIK4ONUUSO' }, { serialNumber: 'dedIK4onuusO', vendorId: 'NETAPP  ' }, /another disk's$/],
    ['one of NetApp with a single letter in the other case', { number: 3, serialNumber: '80DDZ?FK4-1a' },
      { serialNumber: '80DDZ?FK4-1A', vendorId: 'NETAPP' }, /another disk's$/],
    ['one of NetApp as it is', { serialNumber: '80DDZ?FK4-1A' }, { serialNumber: '80DDZ?FK4-1A', vendorId: 'NETAPP' }, same],
    ['an id that is text in letters of both cases', { uniqueId: 'NETAPP   LUN 80Ahb?TpD4sa' },
      { uniqueIds: ['NETAPP   LUN 80Ahb?TpD4sA'] }, /the device reports confirms it$/],
    ['that one beside a serial number that agrees', { uniqueId: 'NETAPP   LUN 80Ahb?TpD4sa', serialNumber: 'S3' },
      { uniqueIds: ['NETAPP   LUN 80Ahb?TpD4sA'] }, same],
    ['that one, put into one case', { uniqueId: 'ACME     LUN 80AHB?TPD4SA' }, { uniqueIds: ['ACME     LUN 80Ahb?TpD4sA'] }, same],
    ['that one of NetApp', { uniqueId: 'NETAPP   LUN 80AHB?TPD4SA' },
      { uniqueIds: ['NETAPP   LUN 80Ahb?TpD4sA'], vendorId: 'NETAPP  ' }, /the device reports confirms it$/],
    ['digits of NetApp', { uniqueId: `NAA.${NAA.toLowerCase()}` }, { vendorId: 'NETAPP  ' }, same],
    ['a blank serial number of the device, and a placeholder', { number: 3, serialNumber: 'N/A' }, { serialNumber: ' ' }, same],
    // What stands beside a number, where nothing else does.
    ['another bus type', { number: 3, busType: 'Sas' }, { uniqueIds: [], serialNumber: null, busType: 'Fibre' },
      /^A disk of bus type Sas was named, but the device reports Fibre$/],
    ['the same bus type', { number: 3, busType: 'Fibre' }, { uniqueIds: [], serialNumber: null, busType: 'Fibre' }, same],
    ['a bus type that the device does not know', { number: 3, busType: 'Sas' }, { uniqueIds: [], busType: 'Unknown' }, same],
    ['another bus type beside a UniqueId', { number: 3, uniqueId: NAA, busType: 'Sas' }, { busType: 'Fibre' }, same],
    ['that id, and another one was named', { number: 3, uniqueId: NAA }, { uniqueIds: ['3141463431303031'] },
      /the device reports confirms it$/],
    // Serial numbers of nothing.
    ['a serial number of nothing beside the number', { number: 3, serialNumber: '0' }, { serialNumber: '0' }, same],
    ['another one of nothing', { number: 3, serialNumber: 'N/A' }, { serialNumber: '0000' }, same],
    ['one of nothing, and the device says none', { number: 3, serialNumber: '0' }, { serialNumber: null }, same],
    ['one of nothing, and the device has a real one', { number: 3, serialNumber: '0' }, {},
      /^Serial number 0 was named, but the device reports S3$/],
    ['one of nothing beside a UniqueId that agrees', { uniqueId: NAA, serialNumber: 'N/A' }, {}, same],
    ['one of nothing that agrees, and a UniqueId that does not', { number: 3, uniqueId: '4D534654202020209C8E3C77A846CD4AA6B8901C0E8E917F',
      serialNumber: '0' }, { serialNumber: '0' }, /^UniqueId 4D53/],
    // Compared as they are.
    ['control characters', { serialNumber: '\u0003N' }, { serialNumber: '\u0003N' }, same],
    ['other control characters', { serialNumber: '\u0003N' }, { serialNumber: '\u0004N' }, /^Serial number \?N was named/],
    ['a text that was cleaned', { number: 3, serialNumber: '?N' }, { serialNumber: '\u0003N' },
      /^Serial number \?N was named, which cannot be compared/],
    ['a text that was cleaned, beside a UniqueId', { uniqueId: NAA, serialNumber: '?N' }, { serialNumber: '\u0003N' }, same],
    ['a UniqueId that was cleaned', { uniqueId: 'A?B' }, { uniqueIds: ['A\u0003B'] }, /the device reports confirms it$/],
    ['a letter that only looks alike', { serialNumber: '\u212a3' }, { serialNumber: 'K3' }, /^Serial number/],
    ['of page 83h, the device has none, the serial number agrees', { uniqueId: NAA, serialNumber: 'S3' },
      { uniqueIds: [] },
      same],
    // All of it.
    ['everything agrees', { number: 3, serialNumber: 'S3', uniqueId: NAA, path: String.raw`\\.\PhysicalDrive3` },
      {}, same],
    ['nothing is said on either side', {}, { deviceNumber: null, deviceType: null, serialNumber: null,
      uniqueIds: [] }, same],
  ];

  test.each(rows)('%s', (_, claim, says, difference) => {
    const found = identityDifference({ ...noClaim, ...claim }, { ...full, ...says })?.sentence ?? null;
    if (difference === null) expect(found).toBeNull();
    else expect(found).toMatch(difference);
  });

  test('every combination: a device is refused that one statement contradicts, or that none matches', () => {
    const numbers = [null, 3, 4];
    const serials = [null, 'S3', 'S4'];
    const ids = [null, NAA, '6005076802830000000000000000002B', 'made up'];
    for (const number of numbers) for (const serialNumber of serials) for (const uniqueId of ids) {
      for (const deviceNumber of [null, 3, 9]) for (const serial of [null, 'S3', 'S9']) for (const has of [[],
        [NAA]]) {
        const claim = { ...noClaim, number, serialNumber, uniqueId };
        const identity = { ...full, deviceNumber, serialNumber: serial, uniqueIds: has };
        const idAgrees = uniqueId === NAA && has.length === 1;
        const serialAgrees = serialNumber !== null && serialNumber === serial;
        const differs = (serialNumber !== null && serial !== null && !serialAgrees)
          || (uniqueId !== null && uniqueId !== 'made up' && has.length === 1 && !idAgrees);
        const expected = (number === null || number === deviceNumber) && !differs
          && (idAgrees || serialAgrees || (uniqueId === null && serialNumber === null));
        expect({ claim, identity, passes: identityDifference(claim, identity) === null })
          .toEqual({ claim, identity, passes: expected });
      }
    }
  });
});

describe('the number and the name of a device', () => {
  test.each([
    ['a disk', { deviceType: DISK, deviceNumber: 3 }, 3, '7:3'],
    ['a tape: Get-Disk does not know its number', { deviceType: TAPE, deviceNumber: 3 }, null, '31:3'],
    ['a path disk of MPIO: all have this number', { deviceType: DISK, deviceNumber: 0xffffffff }, null, null],
    ['a device that does not say', {}, null, null],
  ])('%s', (_, says, number, key) => {
    const identity = { ...silent, ...says };
    expect([diskNumber(identity), deviceKey(identity)]).toEqual([number, key]);
  });
});

/** Reads a scripted device's identity. */
async function read(device: Device, clock = new VirtualClock(), ms = 1000) {
  const bus = new ScriptedBus(clock, [device]);
  const { disk: opened } = await bus.open(device.path, 'query');
  const reading = readIdentity(opened!, new Deadline(clock, ms));
  const outcome = reading.then((identity) => identity, (error: unknown) => error as Error);
  await clock.runAll();
  return { identity: await outcome, bus };
}

describe('reading from bytes', () => {
  test('all that a disk says', async () => {
    const { identity, bus } = await read(disk(3, { vendor: 'IBM     ', product: '2145', serial: ' S3 ',
      clustered: true }));
    expect(identity).toEqual({
      deviceType: 7, deviceNumber: 3, partitionNumber: 0, numberStatus: 0, vendorId: 'IBM     ', productId: '2145',
      serialNumber: ' S3 ', busType: 'Fibre', clustered: true, remarks: [],
      uniqueIds: ['60050768028300000000000000000003', 'naa.60050768028300000000000000000003'],
    });
    expect(bus.sent.map(({ code }) => code))
      .toEqual([DEVICE_NUMBER, QUERY_PROPERTY, QUERY_PROPERTY, IS_CLUSTERED]);
    expect(bus.broken).toEqual([]);
  });

  test('a tape is not asked whether it is clustered', async () => {
    const { identity, bus } = await read({ path: String.raw`\\.\Tape0`, number: 0, deviceType: TAPE,
      page83: null });
    expect(identity).toMatchObject({ deviceType: 31, clustered: null, uniqueIds: [], remarks: [] });
    expect(bus.sent.map(({ step }) => step)).toEqual(['number', 'descriptor', 'page83']);
  });

  const bytes = (...values: number[]) => Uint8Array.from(values);
  const twelve = encodeDeviceNumber({ deviceType: 7, deviceNumber: 3, partitionNumber: 0 });
  const descriptor = (size: number) => {
    const whole = encodeDeviceDescriptor({
      deviceType: 0, removableMedia: false, vendorId: null, productId: null, productRevision: null,
        serialNumber: 'S3',
      busType: 6,
    });
    new DataView(whole.buffer).setUint32(4, size, true);
    return whole;
  };
  const badOffset = descriptor(44);
  badOffset[24] = 200;
  const page83 = encodeDeviceIdDescriptor([naa('6005076802830001')]);
  const cutPage = page83.slice(0, 20);
  const loop = encodeDeviceIdDescriptor([naa('01'), naa('02')]);
  new DataView(loop.buffer).setUint16(12 + 10, 0, true);

  const remarks: readonly (readonly [what: string, answers: Device['answers'], remark: RegExp | null,
    says: object])[] = [
    ['a device number of no bytes', { number: { output: bytes() } }, /^the device number .* 0 are there$/,
      { deviceNumber: null, clustered: null }],
    ['a device number of eleven bytes', { number: { output: twelve.slice(0, 11) } }, /11 are there$/,
      { deviceNumber: null }],
    ['a device number that fails', { number: { status: 0xc000000e } }, null,
      { deviceNumber: null, numberStatus: 0xc000000e }],
    ['a warning is not an answer', { number: { status: 0x80000005, output: twelve } }, null,
      { deviceNumber: null, numberStatus: 0x80000005 }],
    ['an informational status is one', { number: { status: 0x40000000, output: twelve } }, null,
      { deviceNumber: 3 }],
    ['a descriptor of no bytes', { descriptor: { output: bytes() } }, /^the device descriptor could not be read/,
      { serialNumber: null, busType: null }],
    ['a descriptor of a header alone', { descriptor: { output: descriptor(44).slice(0, 8) } },
      /36 bytes; 8 are there$/,
      { serialNumber: null }],
    ['a serial number outside', { descriptor: { output: badOffset } }, /SerialNumberOffset is 200/,
      { serialNumber: null }],
    ['a size that is too small', { descriptor: { output: descriptor(8) } }, /Size at offset 4 is 8/,
      { serialNumber: null }],
    ['a size past all reason is not asked for', { descriptor: { output: descriptor(0xffffffff) } }, null,
      { serialNumber: 'S3' }],
    ['a descriptor that fails', { descriptor: { status: 0xc0000010 } }, null,
      { serialNumber: null, vendorId: null }],
    ['a page 83h that is cut off', { page83: { output: cutPage } }, /^page 83h could not be read/,
      { uniqueIds: [] }],
    ['a page 83h that goes in a circle', { page83: { output: loop } }, /NextOffset at offset 22 is 0/,
      { uniqueIds: [] }],
    ['a page 83h of four bytes', { page83: { output: bytes(1, 2, 3, 4) } }, /4 are there$/, { uniqueIds: [] }],
    ['no page 83h', { page83: { status: 0xc0000010 } }, null, { uniqueIds: [] }],
    ['clustered without a byte', { clustered: { output: bytes() } }, null, { clustered: null }],
    ['clustered that fails', { clustered: { status: 0xc0000010 } }, null, { clustered: null }],
    ['clustered with any value', { clustered: { output: bytes(0x80) } }, null, { clustered: true }],
    ['information that says more than there is', { number: { output: twelve, information: 2n ** 63n } }, null,
      { deviceNumber: 3 }],
  ];
  test.each(remarks)('%s', async (_, answers, remark, says) => {
    const { identity } = await read(disk(3, { serial: 'S3', answers: answers! }));
    expect(identity).toMatchObject(says);
    expect((identity as Identity).remarks).toEqual(remark === null ? [] : [expect.stringMatching(remark)]);
  });

  test('a descriptor longer than the first answer is asked for again, as long as it says', async () => {
    const many: Designator[] = Array.from({ length: 100 }, (_, i) =>
      naa((0x6005076802830000n + BigInt(i)).toString(16)));
    const whole = encodeDeviceIdDescriptor(many);
    const lengths: number[] = [];
    const control = async (code: number, input: Uint8Array | null, length: number): Promise<Completion> => {
      const output = code === DEVICE_NUMBER ? twelve : input?.[0] === 2 ? whole.slice(0, length) : descriptor(44);
      if (input?.[0] === 2) lengths.push(length);
      return { status: 0, information: BigInt(output.length), output };
    };
    const identity = await readIdentity({ control }, new Deadline(new VirtualClock(), 1000));
    expect(lengths).toEqual([1024, whole.length]);
    expect(identity.uniqueIds.length).toBe(200);
  });

  test.each([[1024, 1], [1025, 2], [65_536, 2], [65_537, 1],
    [0xffffffff, 1]])('one that says it has %i bytes is asked for %i times',
    async (size, times) => {
      const { bus } = await read(disk(3, { answers: { descriptor: { output: descriptor(size) } } }));
      expect(bus.sent.filter(({ step }) => step === 'descriptor').length).toBe(times);
    });

  test('one that fails the second time says nothing', async () => {
    let asked = 0;
    const control = async (code: number, input: Uint8Array | null): Promise<Completion> => {
      const output = code === DEVICE_NUMBER ? twelve : descriptor(4000);
      const status = input?.[0] === 0 && asked++ === 1 ? 0xc0000023 : 0;
      return { status, information: BigInt(output.length), output };
    };
    const identity = await readIdentity({ control }, new Deadline(new VirtualClock(), 1000));
    expect(identity.serialNumber).toBeNull();
  });

  test('a device that answers more than it was asked for is read as it is', async () => {
    const control = async (code: number, input: Uint8Array | null): Promise<Completion> => {
      const output = new Uint8Array(5000);
      output.set(code === DEVICE_NUMBER ? twelve : input?.[0] === 0 ? descriptor(44) : page83);
      return { status: 0, information: 5000n, output };
    };
    expect(await readIdentity({ control }, new Deadline(new VirtualClock(), 1000)))
      .toMatchObject({ deviceNumber: 3, serialNumber: 'S3', remarks: [] });
  });

  test('bytes at random give an identity, never an exception', async () => {
    let seed = 1;
    const random = () => (seed = (Math.imul(seed, 48271) >>> 0) % 0x7fffffff);
    const deadline = new Deadline(new VirtualClock(), 1000);
    for (let run = 0; run < 3000; run++) {
      const control = async (_: number, __: Uint8Array | null, length: number): Promise<Completion> => {
        const output = Uint8Array.from({ length: random() % Math.min(length + 1, 96) },
          () => (random() % 3 === 0 ? random() : 0));
        return { status: 0, information: 0n, output };
      };
      const identity = await readIdentity({ control }, deadline);
      expect(identity.numberStatus).toBe(0);
    }
  });

  test.each(['number', 'descriptor', 'page83', 'clustered'] as const)('the deadline passes while it reads: %s',
    async (step) => {
    const clock = new VirtualClock(5);
    const { identity } = await read(disk(3, { answers: { [step]: { hangs: true } } }), clock, 700);
    expect(identity).toBeInstanceOf(DeadlinePassed);
    expect(clock.now()).toBe(705);
  });

  test('what a bus throws comes through', async () => {
    const failure = new RangeError('no such buffer');
    expect((await read(disk(3, { answers: { page83: { rejects: failure } } }))).identity).toBe(failure);
  });

  test('a mistake of ours in a decoder stays loud', async () => {
    const control = async () => ({ status: 0, information: 0n, output: { length: 12 } as Uint8Array });
    await expect(readIdentity({ control }, new Deadline(new VirtualClock(), 1000))).rejects.toThrow(TypeError);
  });
});
