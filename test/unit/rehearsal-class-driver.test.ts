import { describe, expect, test } from 'vitest';
import { ClassDriver, type DeviceTraits, type HandleAccess } from '../../src/bus/rehearsal/class-driver.ts';
import { LogicalUnit } from '../../src/bus/rehearsal/logical-unit.ts';
import type { PortAnswer, SrbStatus } from '../../src/bus/rehearsal/sense-to-status.ts';
import type { Completion } from '../../src/bus/bus.ts';
import {
  decodeDeviceDescriptor, decodeDeviceIdDescriptor, encodePropertyQuery,
} from '../../src/bus/sdk/layouts.ts';
import { decodePassThroughAnswer, encodePassThrough } from '../../src/bus/sdk/pass-through.ts';
import { decodeCapabilities } from '../../src/scsi/capabilities.ts';
import { decodeFullStatus } from '../../src/scsi/full-status.ts';
import { encodePrOut } from '../../src/scsi/persistent-reservations.ts';
import { decodeSense, encodeSense } from '../../src/scsi/sense.ts';
import { VirtualClock } from './virtual-clock.ts';

const CHECK_VERIFY = 0x2d4800;
const CHECK_VERIFY2 = 0x2d0800;
const RESERVE = 0x2d4810;
const RELEASE = 0x2d4814;
const PR_IN = 0x2d5018;
const PR_OUT = 0x2dd01c;
const DEVICE_NUMBER = 0x2d1080;
const QUERY_PROPERTY = 0x2d1400;
const IS_CLUSTERED = 0x700f8;
const PASS_THROUGH = 0x4d004;

const read: HandleAccess = { read: true, write: false };
const write: HandleAccess = { read: true, write: true };
const query: HandleAccess = { read: false, write: false };

const disk: DeviceTraits = {
  number: { deviceType: 7, deviceNumber: 3, partitionNumber: 0 },
  descriptor: {
    deviceType: 0, removableMedia: false, vendorId: 'IBM', productId: '2145', productRevision: '0000',
    serialNumber: '0200a0c1d2XX00', busType: 6,
  },
  designators: [{ codeSet: 1, type: 3, association: 0,
    identifier: Uint8Array.from([0x60, 5, 7, 0x68, 1, 2, 3, 4]) }],
  clustered: false,
  mounted: false,
};

const empty = new Uint8Array(0);
const good: PortAnswer = { srb: 'SUCCESS', scsi: { status: 0, sense: null, data: empty } };
const ended = (status: number): PortAnswer => ({ srb: 'ERROR', scsi: { status, sense: null, data: empty } });
const sensed = (key: number, code: number): PortAnswer =>
  ({ srb: 'ERROR', scsi: { status: 2, sense: encodeSense({ key, code }), data: empty } });
const srb = (status: SrbStatus): PortAnswer => ({ srb: status, scsi: null });
const illegal = sensed(5, 0x2000);
const conflict = ended(0x18);

/** A driver over a port that answers from a list, the last answer for ever. */
class Bench {
  readonly clock = new VirtualClock();
  readonly sent: string[] = [];
  readonly driver: ClassDriver;
  readonly #answers: PortAnswer[];

  constructor(answers: readonly PortAnswer[], traits = disk) {
    this.#answers = [...answers];
    this.driver = new ClassDriver(() => traits, async (cdb, data) => {
      this.sent.push(Buffer.from(cdb).toString('hex') + (data.length === 0 ? '' : `+${data.length}`));
      return (this.#answers.length > 1 ? this.#answers.shift() : this.#answers[0]) as PortAnswer;
    }, this.clock);
  }

  async control(code: number, input: Uint8Array | null = null, room = 0, access = read): Promise<Completion> {
    const done = this.driver.control(code, input, room, access);
    await this.clock.runAll();
    return done;
  }
}

describe('control codes become commands', () => {
  test.each([
    ['RELEASE', RELEASE, '170000000000'],
    ['IOCTL_DISK_RELEASE', 0x74814, '170000000000'],
    ['IOCTL_TAPE_RELEASE', 0x1f4814, '170000000000'],
    ['RESERVE', RESERVE, '160000000000'],
    ['CHECK_VERIFY', CHECK_VERIFY, '000000000000'],
    ['CHECK_VERIFY2', CHECK_VERIFY2, '000000000000'],
  ])('%s', async (_name, code, cdb) => {
    const bench = new Bench([good]);
    expect(await bench.control(code)).toEqual({ status: 0, information: 0n, output: empty });
    expect(bench.sent).toEqual([cdb]);
    expect(bench.clock.now()).toBe(0);
  });

  test('RELEASE takes no notice of buffers', async () => {
    const done = await new Bench([good]).control(RELEASE, new Uint8Array(99), 99);
    expect(done).toEqual({ status: 0, information: 0n, output: empty });
  });

  test.each([
    ['SMART_GET_VERSION', 0x74080], ['BREAK_RESERVATION', 0x2d5014], ['EJECT_MEDIA', 0x2d4808],
      ['nonsense', 0x12345],
  ])('%s is not for this driver', async (_name, code) => {
    const bench = new Bench([good]);
    expect(await bench.control(code, null, 0, write)).toMatchObject({ status: 0xc0000010, information: 0n });
    expect(bench.sent).toEqual([]);
  });

  test.each([
    ['RELEASE without access', RELEASE, query, 0xc0000022],
    ['RESERVE without access', RESERVE, query, 0xc0000022],
    ['CHECK_VERIFY without access', CHECK_VERIFY, query, 0xc0000022],
    ['PERSISTENT_RESERVE_IN without access', PR_IN, query, 0xc0000022],
    ['PERSISTENT_RESERVE_OUT to read only', PR_OUT, read, 0xc0000022],
    ['SCSI_PASS_THROUGH without access', PASS_THROUGH, query, 0xc0000022],
    ['SCSI_PASS_THROUGH to read only', PASS_THROUGH, read, 0xc0000022],
    ['CHECK_VERIFY2 without access', CHECK_VERIFY2, query, 0],
    ['RELEASE to read', RELEASE, read, 0],
  ])('the handle decides: %s', async (_name, code, access, status) => {
    const bench = new Bench([good]);
    expect((await bench.control(code, null, 0, access)).status).toBe(status);
    expect(bench.sent).toHaveLength(status === 0 ? 1 : 0);
  });
});

describe('the 6-byte form first, then the 10-byte form', () => {
  test('refused once, remembered for good, for RESERVE too', async () => {
    const bench = new Bench([illegal, good]);
    expect((await bench.control(RELEASE)).status).toBe(0);
    expect(bench.clock.now()).toBe(500);
    expect((await bench.control(RELEASE)).status).toBe(0);
    expect((await bench.control(RESERVE)).status).toBe(0);
    expect(bench.sent).toEqual(['170000000000', '57000000000000000000', '57000000000000000000',
      '56000000000000000000']);
    expect(bench.clock.now()).toBe(500);
  });

  test('both refused is INVALID_DEVICE_REQUEST, after half a second', async () => {
    const bench = new Bench([illegal]);
    expect((await bench.control(RELEASE)).status).toBe(0xc0000010);
    expect(bench.sent).toEqual(['170000000000', '57000000000000000000']);
    expect(bench.clock.now()).toBe(500);
  });

  test('the port driver can refuse as well', async () => {
    const bench = new Bench([srb('INVALID_REQUEST'), good]);
    expect((await bench.control(RELEASE)).status).toBe(0);
    expect(bench.sent).toHaveLength(2);
  });

  test('other commands have one form', async () => {
    const bench = new Bench([illegal]);
    expect((await bench.control(CHECK_VERIFY)).status).toBe(0xc0000010);
    expect(bench.sent).toEqual(['000000000000']);
  });

  test('the other form costs a retry', async () => {
    const bench = new Bench([illegal, sensed(6, 0x2900)]);
    expect((await bench.control(RELEASE)).status).toBe(0xc0000185);
    expect(bench.sent).toHaveLength(5);
  });
});

describe('what a device or port answers, and what becomes of it', () => {
  // What each answer leads to: classpnp.test.ts.
  test.each<[string, PortAnswer, number]>([
    ['port driver said INSUFFICIENT_RESOURCES',
      { srb: 'INTERNAL_ERROR', scsi: null, systemStatus: 0xc000009a }, 0xc000009a],
    ['port driver said nothing', { srb: 'INTERNAL_ERROR', scsi: null }, 0xc0000185],
  ])('%s', async (_name, answer, status) => {
    const bench = new Bench([answer]);
    expect(await bench.control(RELEASE)).toEqual({ status, information: 0n, output: empty });
    expect(bench.sent).toHaveLength(1);
  });

  test('a unit attention of a fixed disk is absorbed', async () => {
    const bench = new Bench([sensed(6, 0x2900), good]);
    expect((await bench.control(RELEASE)).status).toBe(0);
    expect(bench.sent).toHaveLength(2);
    expect(bench.clock.now()).toBe(500);
  });

  test.each([['a mounted disk', 7, true, 0x80000016, 1], ['a mounted CD-ROM', 2, true, 0x80000016, 1],
    ['a disk that is not mounted', 7, false, 0, 2], ['a tape', 0x1f, false, 0, 2]])(
    'a unit attention of a removable medium: %s', async (_name, deviceType, mounted, status, attempts) => {
      const traits = {
        ...disk, number: { ...disk.number, deviceType }, descriptor: { ...disk.descriptor, removableMedia: true },
        mounted,
      };
      const bench = new Bench([sensed(6, 0x2800), good], traits);
      expect((await bench.control(RELEASE)).status).toBe(status);
      expect(bench.sent).toHaveLength(attempts);
    });

  test.each([['a fixed disk', 7, false, 5], ['a removable disk', 7, true, 0], ['a tape', 0x1f, false, 0]])(
    'START UNIT of %s that wants it, in vain', async (_name, deviceType, removableMedia, starts) => {
      const traits = {
        ...disk, number: { ...disk.number, deviceType }, descriptor: { ...disk.descriptor, removableMedia },
      };
      const bench = new Bench([sensed(2, 0x0402)], traits);
      expect((await bench.control(RELEASE)).status).toBe(0xc00000a3);
      expect(bench.sent.filter((cdb) => cdb === '1b0000000100')).toHaveLength(starts);
      expect(bench.sent).toHaveLength(5 + starts);
    });

  test('a START UNIT that fails in the port driver changes nothing', async () => {
    const clock = new VirtualClock();
    const driver = new ClassDriver(() => disk, async (cdb) => {
      if (cdb[0] === 0x1b) throw new Error('no port');
      return sensed(2, 0x0402);
    }, clock);
    const done = driver.control(RELEASE, null, 0, read);
    await clock.runAll();
    expect((await done).status).toBe(0xc00000a3);
  });

  test('trouble that ends within five attempts is no trouble', async () => {
    const bench = new Bench([srb('BUS_RESET'), ended(8), sensed(2, 0x0401), sensed(11, 0), good]);
    expect((await bench.control(RELEASE)).status).toBe(0);
    expect(bench.clock.now()).toBe(500 + 500 + 10_000 + 1000);
  });
});

describe('sizes of buffers', () => {
  const le = (size: number, action: number, at9: number, at10: number, length = size) => {
    const bytes = new Uint8Array(length);
    const data = new DataView(bytes.buffer);
    data.setUint32(4, size, true);
    data.setUint8(8, action);
    data.setUint8(9, at9);
    data.setUint16(10, at10, true);
    return bytes;
  };
  const prOut = (action: number, typeAndScope: number, length = 36, size = length) => {
    const bytes = le(size, action, typeAndScope, 0, length);
    const list = encodePrOut({ reservationKey: 1n, serviceActionKey: 2n, aptpl: false });
    bytes.set(list.subarray(0, length - 10), 10);
    return bytes;
  };
  const query = encodePropertyQuery(0);
  const propertyQuery = (id: number, type: number) => {
    const bytes = encodePropertyQuery(id);
    new DataView(bytes.buffer).setUint32(4, type, true);
    return bytes;
  };

  test.each<[string, number, Uint8Array | null, number, number, bigint]>([
    ['CHECK_VERIFY, no output', CHECK_VERIFY, null, 0, 0, 0n],
    ['CHECK_VERIFY, 1 byte', CHECK_VERIFY, null, 1, 0xc0000023, 4n],
    ['CHECK_VERIFY, 3 bytes', CHECK_VERIFY, null, 3, 0xc0000023, 4n],
    ['CHECK_VERIFY, 4 bytes', CHECK_VERIFY, null, 4, 0, 4n],
    ['CHECK_VERIFY, 8 bytes', CHECK_VERIFY, null, 8, 0, 4n],
    ['CHECK_VERIFY2, 2 bytes', CHECK_VERIFY2, null, 2, 0xc0000023, 4n],
    ['GET_DEVICE_NUMBER, 11 bytes', DEVICE_NUMBER, null, 11, 0xc0000023, 12n],
    ['GET_DEVICE_NUMBER, 12 bytes', DEVICE_NUMBER, null, 12, 0, 12n],
    ['GET_DEVICE_NUMBER, 99 bytes', DEVICE_NUMBER, null, 99, 0, 12n],
    ['QUERY_PROPERTY, no query', QUERY_PROPERTY, null, 999, 0xc0000004, 0n],
    ['QUERY_PROPERTY, 11 bytes of query', QUERY_PROPERTY, query.subarray(0, 11), 999, 0xc0000004, 0n],
    ['QUERY_PROPERTY, no room for a header', QUERY_PROPERTY, query, 7, 0xc0000023, 0n],
    ['QUERY_PROPERTY, header only', QUERY_PROPERTY, query, 8, 0, 8n],
    ['QUERY_PROPERTY, whether it exists', QUERY_PROPERTY, propertyQuery(0, 1), 0, 0, 0n],
    ['QUERY_PROPERTY, a mask query', QUERY_PROPERTY, propertyQuery(0, 2), 99, 0xc000000d, 0n],
    ['QUERY_PROPERTY, another property', QUERY_PROPERTY, propertyQuery(7, 0), 99, 0xc0000010, 0n],
    ['IS_CLUSTERED, no output', IS_CLUSTERED, null, 0, 0xc0000023, 0n],
    ['IS_CLUSTERED, 4 bytes', IS_CLUSTERED, null, 4, 0, 1n],
    ['PR IN, no command', PR_IN, null, 64, 0xc0000004, 0n],
    ['PR IN, 11 bytes of command', PR_IN, le(12, 0, 0, 64, 12).subarray(0, 11), 64, 0xc0000004, 0n],
    ['PR IN, Size 11', PR_IN, le(11, 0, 0, 64, 12), 64, 0xc0000004, 0n],
    ['PR IN, allocation 7', PR_IN, le(12, 0, 0, 7), 64, 0xc000000d, 0n],
    ['PR IN, allocation past the output', PR_IN, le(12, 0, 0, 65), 64, 0xc000000d, 0n],
    ['PR IN, REPORT CAPABILITIES', PR_IN, le(12, 2, 0, 64), 64, 0xc000000d, 0n],
    ['PR IN, READ FULL STATUS', PR_IN, le(12, 3, 0, 64), 64, 0xc000000d, 0n],
    ['PR IN, READ KEYS', PR_IN, le(12, 0, 0, 64), 64, 0, 0n],
    ['PR OUT, REGISTER', PR_OUT, prOut(0, 0), 0, 0, 0n],
    ['PR OUT, REGISTER with an unknown type', PR_OUT, prOut(0, 0x7f), 0, 0, 0n],
    ['PR OUT, CLEAR', PR_OUT, prOut(3, 0), 0, 0, 0n],
    ['PR OUT, RESERVE type 5', PR_OUT, prOut(1, 5), 0, 0, 0n],
    ['PR OUT, RESERVE type 5 of an element', PR_OUT, prOut(1, 0x25), 0, 0, 0n],
    ['PR OUT, RESERVE scope 1', PR_OUT, prOut(1, 0x15), 0, 0xc000000d, 0n],
    ['PR OUT, RESERVE type 7', PR_OUT, prOut(1, 7), 0, 0xc000000d, 0n],
    ['PR OUT, PREEMPT type 8', PR_OUT, prOut(4, 8), 0, 0xc000000d, 0n],
    ['PR OUT, REGISTER AND MOVE', PR_OUT, prOut(7, 0), 0, 0xc000000d, 0n],
    ['PR OUT, 35 bytes', PR_OUT, prOut(0, 0, 35), 0, 0xc000000d, 0n],
    ['PR OUT, Size less than the input', PR_OUT, prOut(0, 0, 36, 35), 0, 0xc000000d, 0n],
    ['PR OUT, Size 8', PR_OUT, prOut(0, 0, 36, 8), 0, 0xc0000004, 0n],
  ])('%s', async (_name, code, input, room, status, information) => {
    const bench = new Bench([good]);
    const done = await bench.control(code, input, room, write);
    expect([done.status, done.information]).toEqual([status, information]);
    expect(done.output.length).toBe(status === 0 ? Number(information) : 0);
    if (status !== 0) expect(bench.sent).toEqual([]);
  });

  test.each<[string, number, HandleAccess, PortAnswer, number, bigint, string[]]>([
    ['eight blocks', 4096, read, good, 0, 4096n, ['28000000000000000800']],
    ['one block', 512, read, good, 0, 512n, ['28000000000000000100']],
    ['eight blocks, with write access as well', 4096, write, good, 0, 4096n, ['28000000000000000800']],
    ['a conflict, which is not tried again', 4096, read, conflict, 0x80000011, 0n, ['28000000000000000800']],
    ['a handle without access', 4096, { read: false, write: false }, good, 0xc0000022, 0n, []],
    ['no whole block', 100, read, good, 0xc000000d, 0n, []],
    ['nothing', 0, read, good, 0xc000000d, 0n, []],
  ])('a read: %s', async (_name, length, access, answer, status, information, sent) => {
    const bench = new Bench([answer]);
    expect(await bench.driver.read(length, access)).toEqual({ status, information, output: empty });
    expect(bench.sent).toEqual(sent);
  });

  test.each([0x1f, 0x30, 0x02])('nothing is read from a device of type %i', async (deviceType) => {
    const bench = new Bench([good], { ...disk, number: { deviceType, deviceNumber: 0, partitionNumber: 0xffffffff } });
    expect((await bench.driver.read(4096, read)).status).toBe(0xc0000010);
    expect(bench.sent).toEqual([]);
  });

  test('PERSISTENT_RESERVE_IN passes its command and the data on', async () => {
    const unit = new LogicalUnit({ kind: 'LIO' }, {
      reservedBy: null, registrations: [{ initiator: 'B', key: 0x5aa5n }], persistent: { holder: 'B', type: 3 },
      generation: 7, unitAttentions: {},
    });
    const sent: string[] = [];
    const driver = new ClassDriver(() => disk, async (cdb) => {
      sent.push(Buffer.from(cdb).toString('hex'));
      return { srb: 'SUCCESS', scsi: unit.execute('A', cdb) };
    }, new VirtualClock());
    const keys = await driver.control(PR_IN, le(12, 0, 0, 0x108), 0x108, read);
    expect(Buffer.from(keys.output).toString('hex')).toBe('00000007000000080000000000005aa5');
    expect(keys.information).toBe(16n);
    const held = await driver.control(PR_IN, le(12, 1, 0, 24), 24, read);
    expect(Buffer.from(held.output).toString('hex'))
      .toBe('0000000700000010' + '0000000000005aa5' + '00000000' + '00030000');
    const short = await driver.control(PR_IN, le(12, 0, 0, 12), 99, read);
    expect(Buffer.from(short.output).toString('hex')).toBe('000000070000000800000000');
    expect(sent).toEqual(['5e000000000000010800', '5e010000000000001800', '5e000000000000000c00']);
  });

  test('PERSISTENT_RESERVE_OUT passes its command and 24 bytes on', async () => {
    const bench = new Bench([good]);
    await bench.control(PR_OUT, prOut(1, 5), 0, write);
    expect(bench.sent).toEqual(['5f010500000000001800+24']);
  });

  test('PERSISTENT_RESERVE_IN: no data with an error', async () => {
    expect(await new Bench([conflict]).control(PR_IN, le(12, 0, 0, 64), 64))
      .toEqual({ status: 0x80000011, information: 0n, output: empty });
  });
});

describe('SCSI pass-through', () => {
  const tur = Uint8Array.of(0, 0, 0, 0, 0, 0);
  const through = async (bench: Bench, cdb = tur, room = 64) => {
    const { input, outputLength } = encodePassThrough(cdb, room, 30);
    return bench.control(PASS_THROUGH, input, outputLength, write);
  };

  // [answer of the port, SCSI status, sense data]
  test.each<[string, PortAnswer, number, { key: number; code: number } | null]>([
    ['GOOD', good, 0, null],
    ['RESERVATION CONFLICT', conflict, 0x18, null],
    ['BUSY', ended(8), 8, null],
    ['an illegal request', illegal, 2, { key: 5, code: 0x2000 }],
    ['a unit attention', sensed(6, 0x2900), 2, { key: 6, code: 0x2900 }],
  ])('%s: sent once, done, and the SCSI status is inside', async (_name, answer, status, sense) => {
    const bench = new Bench([answer, good]);
    const done = await through(bench);
    expect([done.status, done.information]).toEqual([0, BigInt(done.output.length)]);
    const read = decodePassThroughAnswer(done.output);
    expect([read.scsiStatus, decodeSense(read.sense)]).toEqual([status, sense]);
    expect([bench.sent.length, bench.clock.now()]).toEqual([1, 0]);
  });

  test.each<[string, PortAnswer, number]>([
    ['nobody answers', srb('TIMEOUT'), 0xc00000b5],
    ['nobody is there', srb('SELECTION_TIMEOUT'), 0xc000009d],
    ['the port driver refuses', srb('INVALID_REQUEST'), 0xc0000010],
    ['the port driver says why', { srb: 'INTERNAL_ERROR', scsi: null, systemStatus: 0xc0000185 }, 0xc0000185],
  ])('%s: the request fails, after one attempt', async (_name, answer, status) => {
    const bench = new Bench([answer, good]);
    expect(await through(bench)).toEqual({ status, information: 0n, output: empty });
    expect(bench.sent).toHaveLength(1);
  });

  test('RELEASE(6) is not sent again as RELEASE(10), nor later', async () => {
    const bench = new Bench([illegal]);
    await through(bench, Uint8Array.of(0x17, 0, 0, 0, 0, 0));
    expect(bench.sent).toEqual(['170000000000']);
    await bench.control(RELEASE);
    expect(bench.sent[1]).toBe('170000000000');
  });

  test('what the class driver refuses gets through: REPORT CAPABILITIES and READ FULL STATUS', async () => {
    const unit = new LogicalUnit({ kind: 'LIO' }, {
      reservedBy: null, registrations: [{ initiator: 'B', key: 0x5aa5n }], persistent: { holder: 'B', type: 3 },
      generation: 7, unitAttentions: {},
    });
    const driver = new ClassDriver(() => disk,
      async (cdb) => ({ srb: 'SUCCESS', scsi: unit.execute('A', cdb) }), new VirtualClock());
    const read = async (action: number) => {
      const cdb = Uint8Array.of(0x5e, action, 0, 0, 0, 0, 0, 1, 0, 0);
      const { input, outputLength } = encodePassThrough(cdb, 256, 30);
      return decodePassThroughAnswer((await driver.control(PASS_THROUGH, input, outputLength, write)).output).data;
    };
    expect(decodeCapabilities(await read(2)).compatible).toBe(true);
    expect(decodeFullStatus(await read(3)).registrants[0])
      .toMatchObject({ key: 0x5aa5n, holder: true, type: 3, initiator: { protocol: 5 } });
  });

  const { input: request, outputLength } = encodePassThrough(tur, 64, 30);
  const changed = (offset: number, value: number) => {
    const bytes = request.slice();
    new DataView(bytes.buffer).setUint32(offset, value, true);
    return bytes;
  };
  test.each<[string, Uint8Array | null, number]>([
    ['no request', null, outputLength],
    ['55 bytes', request.subarray(0, 55), outputLength],
    ['another structure', changed(0, 44), outputLength],
    ['no command', changed(4, 0), outputLength],
    ['no room for the data', request, outputLength - 1],
    ['sense data inside the structure', changed(32, 8), outputLength],
    ['data far away', changed(24, 0xfffffff0), outputLength],
    ['no time', changed(16, 0), outputLength],
    ['data to send that are not there', changed(8, 0), outputLength],
  ])('%s is an invalid parameter, and is not sent', async (_name, input, room) => {
    const bench = new Bench([good]);
    expect(await bench.control(PASS_THROUGH, input, room, write))
      .toEqual({ status: 0xc000000d, information: 0n, output: empty });
    expect(bench.sent).toEqual([]);
  });

  test('data go along where the command sends some', async () => {
    const bench = new Bench([good]);
    const input = new Uint8Array(88 + 24);
    input.set(encodePassThrough(Uint8Array.of(0x5f, 0, 0, 0, 0, 0, 0, 0, 24, 0), 24, 30).input);
    input[8] = 0;
    const done = await bench.control(PASS_THROUGH, input, input.length, write);
    expect([done.status, done.output.length]).toEqual([0, 56]);
    expect(bench.sent).toEqual(['5f000000000000001800+24']);
  });
});

test('PERSISTENT_RESERVE_IN takes an overrun of the port driver for a short answer', async () => {
  const data = Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0);
  const bench = new Bench([{ srb: 'DATA_OVERRUN', scsi: { status: 0, sense: null, data } }]);
  const command = Uint8Array.of(12, 0, 0, 0, 12, 0, 0, 0, 0, 0, 64, 0);
  expect(await bench.control(PR_IN, command, 64)).toEqual({ status: 0, information: 8n, output: data });
});

describe('identity', () => {
  test('number, descriptor and page 83h come back as bytes that the core decodes', async () => {
    const bench = new Bench([good]);
    const number = await bench.control(DEVICE_NUMBER, null, 12, query);
    expect(Buffer.from(number.output).toString('hex')).toBe('070000000300000000000000');
    const descriptor = await bench.control(QUERY_PROPERTY, encodePropertyQuery(0), 1024, query);
    expect(decodeDeviceDescriptor(descriptor.output)).toEqual(disk.descriptor);
    const page = await bench.control(QUERY_PROPERTY, encodePropertyQuery(2), 1024, query);
    expect(decodeDeviceIdDescriptor(page.output)).toEqual(disk.designators);
    expect(bench.sent).toEqual([]);
  });

  test('a device without page 83h', async () => {
    const bench = new Bench([good], { ...disk, designators: null });
    expect((await bench.control(QUERY_PROPERTY, encodePropertyQuery(2), 1024)).status).toBe(0xc0000010);
  });

  test.each([[true, 1], [false, 0]])('clustered: %s', async (clustered, byte) => {
    const done = await new Bench([good], { ...disk, clustered }).control(IS_CLUSTERED, null, 1, query);
    expect(done).toEqual({ status: 0, information: 1n, output: Uint8Array.of(byte) });
  });

  test('only disks are clustered', async () => {
    const tape = { ...disk, number: { deviceType: 0x1f, deviceNumber: 0, partitionNumber: 0xffffffff } };
    expect((await new Bench([good], tape).control(IS_CLUSTERED, null, 1)).status).toBe(0xc0000010);
  });
});
