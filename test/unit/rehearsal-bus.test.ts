// The bus as the program sees it: paths, roles, multipath, several hosts, and everything that can be wrong with a
// disk.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Completion, Disk, Opening } from '../../src/bus/bus.ts';
import { type RehearsalBus, openRehearsal, rehearsalOf } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import { RehearsalFileError } from '../../src/bus/rehearsal/rehearsal-file.ts';
import {
  decodeDeviceDescriptor, decodeDeviceIdDescriptor, decodeDeviceNumber, encodePropertyQuery,
} from '../../src/bus/sdk/layouts.ts';
import { decodePassThroughAnswer, encodePassThrough } from '../../src/bus/sdk/pass-through.ts';
import { encodePersistentReserveIn, encodePersistentReserveOut } from '../../src/bus/sdk/persistent-reserve.ts';
import { ScsiDataError } from '../../src/scsi/data.ts';
import { decodeCapabilities } from '../../src/scsi/capabilities.ts';
import { decodeFullStatus } from '../../src/scsi/full-status.ts';
import { decodeKeys, decodeReservation, encodePrOut } from '../../src/scsi/persistent-reservations.ts';
import { uniqueIdForms } from '../../src/scsi/designators.ts';
import { VirtualClock } from './virtual-clock.ts';

const CHECK_VERIFY = 0x2d4800;
const RESERVE = 0x2d4810;
const RELEASE = 0x2d4814;
const DEVICE_NUMBER = 0x2d1080;
const QUERY_PROPERTY = 0x2d1400;
const PR_IN = 0x2d5018;
const PR_OUT = 0x2dd01c;
const PASS_THROUGH = 0x4d004;

const CANCELLED = 0xc0000120;
const NO_SUCH_DEVICE = 0xc000000e;
const notFound = { status: 0xc0000034, win32: 2 };

type World = ReturnType<typeof world>;

/** One host with one disk (number 1), and a second host that sees the same unit as its disk 7. */
function world(disk: object = {}, unit: object = {}): { clock: VirtualClock; bus: RehearsalBus } {
  const clock = new VirtualClock();
  const bus = rehearsalOf(JSON.stringify({
    version: 1, thisHost: 'host-a',
    logicalUnits: [
      { name: 'one', vendor: 'IBM', product: '2145', serial: 'S1', naa: '6005076802830001', ...unit },
      { name: 'impostor', vendor: 'IBM', product: '2145', serial: 'S2', naa: '6005076802830002' },
    ],
    hosts: {
      'host-a': { disks: [{ number: 1, unit: 'one', ...disk }] },
      'host-b': { disks: [{ number: 7, unit: 'one' }] },
    },
  }), { clock });
  return { clock, bus };
}

async function opened(bus: RehearsalBus, path = '\\\\.\\PhysicalDrive1'): Promise<Disk> {
  const { disk } = await bus.open(path, 'read');
  expect(disk).toBeDefined();
  return disk as Disk;
}

/** What a promise came to by now: its value, or 'pending'. */
async function soFar<T>(promise: Promise<T>): Promise<T | 'pending'> {
  return Promise.race([promise, new Promise<'pending'>((resolve) => void setImmediate(resolve, 'pending'))]);
}

/** Sends a code and lets all time pass that it takes. */
async function ask(clock: VirtualClock, disk: Disk, code: number, input: Uint8Array | null = null, room = 0):
  Promise<Completion | 'pending'> {
  const done = disk.control(code, input, room);
  await clock.runAll();
  return soFar(done);
}

const status = (done: Completion | 'pending') => (done === 'pending' ? done : done.status);

describe('paths', () => {
  const file = new URL('../../ps/rehearsal/small-shop.json', import.meta.url);
  const shop = () => rehearsalOf(readFileSync(file, 'utf8'), { clock: new VirtualClock() });

  test('disks by number, then tapes', async () => {
    const bus = shop();
    expect([bus.kind, bus.computerName]).toEqual(['Rehearsal', 'shop-1']);
    const paths = await bus.list();
    expect(paths.slice(0, 2)).toEqual(['\\\\.\\PhysicalDrive0', '\\\\.\\PhysicalDrive1']);
    expect(paths.slice(-2)).toEqual(['\\\\.\\PhysicalDrive15', '\\\\.\\Tape0']);
  });

  test('roles are numbers of disks', async () => {
    expect(await shop().roles()).toEqual({
      boot: new Set([0]), system: new Set([0]), multipath: new Set([14]), pagefile: new Set(),
    });
  });

  test('disks as a list shows them', async () => {
    const bus = shop();
    expect(bus.disks()).toHaveLength(16);
    expect(bus.disks()[1]).toEqual({
      number: 1, friendlyName: 'IBM 2145', serialNumber: '0200a0c1d2XX00',
      uniqueId: '60050768028306A7F000000000000011', busType: 'Fibre', size: 1024n * 1024n ** 3n, isBoot: false,
      isSystem: false, isClustered: false, isMultipath: false,
      path: '\\\\?\\scsi#disk&ven_ibm&prod_2145#5&1a2b3c4d&0&000001#{53f56307-b6bf-11d0-94f2-00a0c91efb8b}',
    });
    expect(bus.disks()[14]?.path).toMatch(/^\\\\\?\\mpio#disk&ven_ibm/);
    expect(bus.disks()[4]).toMatchObject({ busType: 'Nvme', uniqueId: '002538D411A09C3E' });
    expect(bus.disks()[13]).toMatchObject({ isClustered: true });
  });

  test('the inventory has everything, and numbers and roles of disks only', async () => {
    const rows = await shop().inventory();
    expect(rows.map(({ path }) => path)).toEqual(await shop().list());
    expect(rows[14]).toEqual({
      path: '\\\\.\\PhysicalDrive14', number: 14, friendlyName: 'IBM 2145', serialNumber: '0200a0c1d2XX02',
      uniqueId: '60050768028306A7F000000000000013', busType: 'Fibre', boot: false, system: false, clustered: false,
      multipath: true, reported: { vendorId: 'IBM', serialNumber: '0200a0c1d2XX02',
        uniqueIds: ['60050768028306A7F000000000000013', 'naa.60050768028306A7F000000000000013'] },
    });
    expect(rows.at(-1)).toMatchObject({
      path: '\\\\.\\Tape0', number: null, friendlyName: 'HP Ultrium 5-SCSI', boot: null, system: null,
      clustered: null, multipath: null,
    });
  });

  test('every device opens by both of its paths, in any case, and says who it is', async () => {
    const bus = shop();
    for (const { number, path, uniqueId, serialNumber } of bus.disks()) {
      if ([7, 10].includes(number)) continue;
      for (const name of [path, path.toUpperCase(), `\\\\.\\physicaldrive${number}`]) {
        const { disk } = await bus.open(name, 'query');
        const said = decodeDeviceNumber((await disk!.control(DEVICE_NUMBER, null, 12) as Completion).output);
        expect(said).toEqual({ deviceType: 7, deviceNumber: number, partitionNumber: 0 });
        const page = await disk?.control(QUERY_PROPERTY, encodePropertyQuery(2), 1024) as Completion;
        expect(uniqueIdForms(decodeDeviceIdDescriptor(page.output))[0]).toBe(uniqueId);
        const descriptor = await disk?.control(QUERY_PROPERTY, encodePropertyQuery(0), 1024) as Completion;
        expect(decodeDeviceDescriptor(descriptor.output).serialNumber).toBe(serialNumber);
        await disk?.close();
      }
    }
  });

  test.each(['tape', 'changer', 'cdrom'])('%s', async (type) => {
    const { bus } = world({ number: 0 }, { type, busType: 'Usb' });
    const prefix = { tape: 'Tape', changer: 'Changer', cdrom: 'CdRom' }[type];
    expect(await bus.list()).toEqual([`\\\\.\\${prefix}0`]);
    expect(bus.disks()).toEqual([]);
    const disk = await opened(bus, `\\\\.\\${prefix}0`);
    const said = decodeDeviceNumber((await disk.control(DEVICE_NUMBER, null, 12)).output);
    expect(said).toEqual({
      deviceType: { tape: 0x1f, changer: 0x30, cdrom: 2 }[type], deviceNumber: 0, partitionNumber: 0xffffffff,
    });
    expect((await disk.control(RELEASE, null, 0)).status).toBe(0);
  });

  test.each(['\\\\.\\PhysicalDrive99', '\\\\.\\PhysicalDrive', 'PhysicalDrive1', '\\\\?\\scsi#nothing', ''])(
    'nothing is at %j', async (path) => {
      expect(await shop().open(path, 'read')).toEqual(notFound);
    });

  test('a path of its own', async () => {
    const path = '\\\\?\\scsi#disk&ven_evil#1#{53f56307-b6bf-11d0-94f2-00a0c91efb8b}';
    const { bus } = world({ interfacePath: path });
    expect(bus.disks()[0]?.path).toBe(path);
    expect((await bus.open(path, 'read')).disk).toBeDefined();
  });

  test('a unit that says nothing of itself', async () => {
    const bus = rehearsalOf('{"version":1,"thisHost":"a","logicalUnits":[{"name":"x"}],'
      + '"hosts":{"a":{"disks":[{"number":1,"unit":"x"}]}}}', { clock: new VirtualClock() });
    expect(bus.disks()[0]).toMatchObject({ friendlyName: null, serialNumber: null, uniqueId: null });
    const disk = await opened(bus);
    expect((await disk.control(QUERY_PROPERTY, encodePropertyQuery(2), 99)).status).toBe(0xc0000010);
  });

  test('a host that is not there', async () => {
    const { bus } = world();
    expect(() => bus.as('host-c')).toThrow(RehearsalFileError);
    expect(() => bus.as('host-c'))
      .toThrow('rehearsal: there is no host called "host-c"; known are host-a, host-b');
  });

  test('a file that is not there', async () => {
    await expect(openRehearsal('no/such/bus.json', { clock: new VirtualClock() }))
      .rejects.toThrow(/^bus\.json: cannot be read: the file or its folder does not exist$/);
  });
});

describe('two hosts', () => {
  test('one reserves, the other is kept out until it is released by the right one', async () => {
    const { bus: a } = world();
    const b = a.as('host-b');
    const [mine, theirs] = [await opened(a), await opened(b, '\\\\.\\PhysicalDrive7')];
    const say = async (disk: Disk, code: number) => (await disk.control(code, null, 0)).status;
    expect(await say(mine, RESERVE)).toBe(0);
    expect(await say(mine, CHECK_VERIFY)).toBe(0);
    expect(await say(theirs, CHECK_VERIFY)).toBe(0x80000011);
    expect(await say(theirs, RESERVE)).toBe(0x80000011);
    expect(await say(theirs, RELEASE)).toBe(0);
    expect(await say(theirs, CHECK_VERIFY)).toBe(0x80000011);
    await mine.close();
    expect(await say(theirs, CHECK_VERIFY)).toBe(0x80000011);
    expect(await say(await opened(a), RELEASE)).toBe(0);
    expect(await say(theirs, CHECK_VERIFY)).toBe(0);
  });

  test('a LUN reset frees, and the driver absorbs what everybody is told', async () => {
    const { bus: a, clock } = world({}, { reservedBy: 'host-a' });
    const b = a.as('host-b');
    await b.resetUnit('\\\\.\\PhysicalDrive7');
    const disk = await opened(a);
    expect(status(await ask(clock, disk, RELEASE))).toBe(0);
    expect(clock.now()).toBe(500);
    await expect(b.resetUnit('\\\\.\\PhysicalDrive8')).rejects.toThrow(RangeError);
  });

  test('logout frees in the target\'s own time', async () => {
    const { bus: a, clock } = world({}, { reservedBy: 'host-a' });
    const disk = await opened(a.as('host-b'), '\\\\.\\PhysicalDrive7');
    await a.logout();
    expect((await disk.control(CHECK_VERIFY, null, 0)).status).toBe(0x80000011);
    await clock.advance(3000);
    expect((await disk.control(CHECK_VERIFY, null, 0)).status).toBe(0);
  });
});

describe('two paths', () => {
  const initiators = ['port 1', 'port 2'];

  test('round robin: RELEASE may leave through the port that reserved nothing', async () => {
    const { bus } = world({ initiators }, { reservedBy: 'port 2' });
    const disk = await opened(bus);
    const other = await opened(bus.as('host-b'), '\\\\.\\PhysicalDrive7');
    const free = async () => (await other.control(CHECK_VERIFY, null, 0)).status === 0;
    expect((await disk.control(RELEASE, null, 0)).status).toBe(0);
    expect(await free()).toBe(false);
    expect((await disk.control(RELEASE, null, 0)).status).toBe(0);
    expect(await free()).toBe(true);
  });

  test('round robin: one port is kept out by the other', async () => {
    const { bus } = world({ initiators }, { reservedBy: 'port 1' });
    const disk = await opened(bus);
    const said = [];
    for (let i = 0; i < 4; i++) said.push((await disk.control(CHECK_VERIFY, null, 0)).status);
    expect(said).toEqual([0, 0x80000011, 0, 0x80000011]);
  });

  describe('PERSISTENT RESERVE OUT, as MPIO sends it', () => {
    /** The status of one of this host, or of host-b. */
    const out = async ({ bus, clock }: World, action: number, own: bigint, other = 0n, number = 1) => {
      const disk = (await (number === 1 ? bus : bus.as('host-b')).open(`\\\\.\\PhysicalDrive${number}`, 'readwrite')).disk!;
      const done = disk.control(PR_OUT, encodePersistentReserveOut({ serviceAction: action, type: 5, scope: 0,
        parameterList: encodePrOut({ reservationKey: own, serviceActionKey: other, aptpl: false }) }), 0);
      await clock.runAll();
      return (await done).status;
    };
    const keys = async ({ bus, clock }: World) => {
      const done = (await opened(bus)).control(PR_IN, encodePersistentReserveIn(0, 4096), 4096);
      await clock.runAll();
      return decodeKeys((await done).output).keys.toSorted();
    };

    test('REGISTER goes down all paths; where one refuses, the others keep the key', async () => {
      const bus = world({ initiators });
      expect(await out(bus, 0, 0n, 7n)).toBe(0);
      expect(await keys(bus)).toEqual([7n, 7n]);
      expect(await out(bus, 0, 7n, 0n)).toBe(0);
      expect(await keys(bus)).toEqual([]);
      const half = world({ initiators }, { registrations: [{ initiator: 'port 2', key: '0x9' }] });
      expect(await out(half, 0, 0n, 7n)).toBe(0x80000011);
      expect(await keys(half)).toEqual([7n, 9n]);
    });

    test('CLEAR and PREEMPT go down one path after the other until one does it, PREEMPT AND ABORT is tried once', async () => {
      const registrations = [{ initiator: 'port 2', key: '0x9' }, { initiator: 'host-b', key: '0xb' }];
      const cleared = world({ initiators }, { registrations });
      expect(await out(cleared, 3, 9n)).toBe(0);
      expect(await keys(cleared)).toEqual([]);
      const preempted = world({ initiators }, { registrations });
      expect(await out(preempted, 4, 9n, 0xbn)).toBe(0);
      expect(await keys(preempted)).toEqual([9n]);
      expect(await out(world({ initiators }, { registrations }), 5, 9n, 0xbn)).toBe(0x80000011);
      expect(await out(world({ initiators }, { registrations }), 3, 8n)).toBe(0x80000011);
    });

    test('a unit attention of one path is asked again down that path', async () => {
      const bus = world({ initiators }, { registrations: [{ initiator: 'port 1', key: '0x9' }, { initiator: 'port 2', key: '0x9' }] });
      expect(await out(bus, 0, 0n, 0xbn, 7)).toBe(0);
      // Tells both ports that their registrations are gone.
      expect(await out(bus, 3, 0xbn, 0n, 7)).toBe(0);
      expect(await out(bus, 0, 0n, 7n)).toBe(0);
      expect(await keys(bus)).toEqual([7n, 7n]);
    });
  });

  test('fail-over: always the first', async () => {
    const { bus } = world({ initiators, pathPolicy: 'failOver' }, { reservedBy: 'port 1' });
    const disk = await opened(bus);
    for (let i = 0; i < 4; i++) expect((await disk.control(CHECK_VERIFY, null, 0)).status).toBe(0);
  });
});

describe('faults of the way there', () => {
  // [faults, NTSTATUS of RELEASE, milliseconds it takes]
  test.each<[string, object, number | 'pending', number]>([
    ['none', {}, 0, 0],
    ['slow', { delayMs: 1500 }, 0, 1500],
    ['hung', { hangs: true }, 'pending', 0],
    ['not ready for ever', { notReady: true }, 0xc00000a3, 40_000],
    ['not ready three times', { notReady: 3 }, 0, 30_000],
    ['not ready five times', { notReady: 5 }, 0xc00000a3, 40_000],
    ['never not ready', { notReady: 0, busy: false }, 0, 0],
    ['busy for ever', { busy: true }, 0xc00000a3, 2000],
    ['busy once', { busy: 1 }, 0, 500],
    ['silent for ever', { silent: true }, 0xc00000b5, 5 * 60_000 + 4 * 1000],
    ['silent once', { silent: 1 }, 0, 61_000],
    ['a status of the port driver', { status: '0xC0000483' }, 0xc0000483, 0],
    ['slow and busy', { delayMs: 100, busy: true }, 0xc00000a3, 2500],
  ])('%s', async (_name, faults, answer, ms) => {
    const { clock, bus } = world({ faults });
    const disk = await opened(bus);
    expect(status(await ask(clock, disk, RELEASE))).toBe(answer);
    expect(clock.now()).toBe(ms);
  });

  test('the driver waits for a silent device as long as it is told', async () => {
    const { clock, bus } = world({ faults: { silent: true }, timeoutSeconds: 10 });
    expect(status(await ask(clock, await opened(bus), RELEASE))).toBe(0xc00000b5);
    expect(clock.now()).toBe(54_000);
  });

  test('what the driver answers from memory is not slowed down', async () => {
    const { bus } = world({ faults: { hangs: true, delayMs: 9000 } });
    const disk = await opened(bus);
    expect((await disk.control(DEVICE_NUMBER, null, 12)).status).toBe(0);
    expect((await disk.control(QUERY_PROPERTY, encodePropertyQuery(0), 999)).status).toBe(0);
  });

  test('a hung request cannot be cancelled, unless it can', async () => {
    for (const [cancellable, answer] of [[false, 'pending'], [true, CANCELLED]] as const) {
      const { bus } = world({ faults: { hangs: true, cancellable } });
      const disk = await opened(bus);
      const done = disk.control(RELEASE, null, 0);
      expect(await soFar(done)).toBe('pending');
      disk.cancel();
      expect(status(await soFar(done))).toBe(answer);
      await disk.close();
    }
  });

  test('a read goes the way of all commands: it hangs, is cancelled, finds the device gone or the handle closed', async () => {
    const hung = await opened(world({ faults: { hangs: true, cancellable: true } }).bus);
    const done = hung.read(4096);
    expect(await soFar(done)).toBe('pending');
    hung.cancel();
    expect(status(await soFar(done))).toBe(CANCELLED);
    const gone = await opened(world({ faults: { vanishesAfter: 1 } }).bus);
    expect(await gone.read(4096)).toEqual({ status: 0, information: 4096n, output: new Uint8Array(0) });
    expect(status(await gone.read(4096))).toBe(0xc000000e);
    await gone.close();
    expect(status(await gone.read(4096))).toBe(0xc0000008);
  });

  test('a read is kept out by another host, and let in for the holder', async () => {
    const { bus } = world({}, { reservedBy: 'host-a', readyUnderReserve: true });
    const other = await opened(bus.as('host-b'), '\\\\.\\PhysicalDrive7');
    expect((await (await opened(bus)).read(4096)).status).toBe(0);
    expect((await other.control(CHECK_VERIFY, null, 0)).status).toBe(0);
    expect((await other.read(4096)).status).toBe(0x80000011);
  });

  test('cancel with nothing pending is nothing', async () => {
    const { bus } = world({ faults: { cancellable: true } });
    const disk = await opened(bus);
    disk.cancel();
    expect((await disk.control(RELEASE, null, 0)).status).toBe(0);
    disk.cancel();
  });

  test('a cancelled request may still reach the device', async () => {
    const { clock, bus } = world({ faults: { delayMs: 100, cancellable: true } }, { reservedBy: 'host-a' });
    const disk = await opened(bus);
    const done = disk.control(RELEASE, null, 0);
    disk.cancel();
    expect((await done).status).toBe(CANCELLED);
    await clock.runAll();
    const other = await opened(bus.as('host-b'), '\\\\.\\PhysicalDrive7');
    expect((await other.control(CHECK_VERIFY, null, 0)).status).toBe(0);
  });
});

describe('faults of opening', () => {
  const openings = async (
    bus: RehearsalBus, clock: VirtualClock, access: 'read' | 'query',
  ): Promise<Opening | 'pending'> => {
    const opening = bus.open('\\\\.\\PhysicalDrive1', access);
    await clock.runAll();
    return soFar(opening);
  };

  test.each<[string, object, Opening | 'pending' | 'disk', Opening | 'pending' | 'disk', number]>([
    ['hangs', { openHangs: true }, 'pending', 'pending', 0],
    ['slow', { openDelayMs: 700 }, 'disk', 'disk', 1400],
    ['denied to readers', { openFails: { status: '0xC0000022', win32: 5 } }, { status: 0xc0000022, win32: 5 },
      'disk', 0],
    ['a Win32 code only', { openFails: { win32: 1117 } }, { status: null, win32: 1117 }, 'disk', 0],
    ['denied to all', { openFails: { status: '0xc0000056', win32: 5, always: true } },
      { status: 0xc0000056, win32: 5 }, { status: 0xc0000056, win32: 5 }, 0],
  ])('%s', async (_name, faults, reading, asking, ms) => {
    const { clock, bus } = world({ faults });
    const seen = (opening: Opening | 'pending') =>
      (opening !== 'pending' && opening.disk !== undefined ? 'disk' : opening);
    expect(seen(await openings(bus, clock, 'read'))).toEqual(reading);
    expect(seen(await openings(bus, clock, 'query'))).toEqual(asking);
    expect(clock.now()).toBe(ms);
  });

  test('a handle without access gets identity, and no command through', async () => {
    const { bus } = world();
    const { disk } = await bus.open('\\\\.\\PhysicalDrive1', 'query');
    expect((await disk?.control(DEVICE_NUMBER, null, 12))?.status).toBe(0);
    expect((await disk?.control(RELEASE, null, 0))?.status).toBe(0xc0000022);
  });

  test('a closed handle', async () => {
    const { bus } = world();
    const disk = await opened(bus);
    await disk.close();
    await disk.close();
    expect((await disk.control(RELEASE, null, 0)).status).toBe(0xc0000008);
  });
});

describe('what is read of reservations', () => {
  const held = {
    registrations: [{ initiator: 'host-a', key: '0x1' }, { initiator: 'host-b', key: '0x2' }],
    persistentReservation: { holder: 'host-a', type: 5 }, generation: 3,
  };
  const room = 1024;

  /** One service action by the control code (0 and 1) or pass-through, decoded; or the NTSTATUS, or the error. */
  async function read(bus: RehearsalBus, action: number, through = action > 1): Promise<unknown> {
    const { disk } = await bus.open('\\\\.\\PhysicalDrive1', through ? 'readwrite' : 'read');
    const { input, outputLength } = through
      ? encodePassThrough(Uint8Array.of(0x5e, action, 0, 0, 0, 0, 0, room >>> 8, room & 255, 0), room, 30)
      : { input: encodePersistentReserveIn(action, room), outputLength: room };
    const done = await (disk as Disk).control(through ? PASS_THROUGH : PR_IN, input, outputLength);
    if (done.status !== 0) return done.status;
    try {
      const data = through ? decodePassThroughAnswer(done.output).data : done.output;
      return [decodeKeys, decodeReservation, decodeCapabilities, decodeFullStatus][action]?.(data);
    } catch (error) {
      return (error as Error).name;
    }
  }

  test('all four lists, two of them by pass-through alone', async () => {
    const { bus } = world({}, held);
    expect(await read(bus, 0)).toMatchObject({ generation: 3, keys: [1n, 2n], truncated: false });
    expect(await read(bus, 0, true)).toEqual(await read(bus, 0));
    expect(await read(bus, 1)).toMatchObject({ reservation: { key: 1n, type: 5, scope: 0 } });
    expect(await read(bus, 2, false)).toBe(0xc000000d);
    expect(await read(bus, 3, false)).toBe(0xc000000d);
    expect(await read(bus, 2)).toMatchObject({ compatible: true });
    expect(await read(bus, 3))
      .toMatchObject({ registrants: [{ key: 1n, holder: true }, { key: 2n, holder: false }] });
  });

  test('1, 2 and 300 registrants of the examples, whole', async () => {
    const load = (name: string) => rehearsalOf(
      readFileSync(new URL(`../../ps/rehearsal/${name}`, import.meta.url), 'utf8'), { clock: new VirtualClock() });
    const count = async (bus: RehearsalBus, number: number) => {
      const { disk } = await bus.open(`\\\\.\\PhysicalDrive${number}`, 'readwrite');
      const keys = await disk?.control(PR_IN, encodePersistentReserveIn(0, 65535), 65535) as Completion;
      const { input, outputLength } = encodePassThrough(
        Uint8Array.of(0x5e, 3, 0, 0, 0, 0, 0, 0xff, 0xff, 0), 65535, 30);
      const full = await disk?.control(PASS_THROUGH, input, outputLength) as Completion;
      const told = decodeFullStatus(decodePassThroughAnswer(full.output).data);
      expect(told.registrants.map(({ key }) => key)).toEqual(decodeKeys(keys.output).keys);
      return [told.registrants.length, told.registrants.find(({ holder }) => holder)?.initiator.text];
    };
    const cluster = load('two-host-cluster.json');
    expect(await count(cluster, 5)).toEqual([1, undefined]);
    expect(await count(cluster, 1)).toEqual([2, 'FC 2100001B54C43383']);
    expect(await count(load('render-farm.json'), 1))
      .toEqual([300, 'iqn.1991-05.com.microsoft:render-017,i,0x400001370000']);
  });

  test('a grown answer: the first tells how much room the second needs', async () => {
    const { bus } = world({}, held);
    const disk = await opened(bus);
    const keys = async (room: number) =>
      decodeKeys((await disk.control(PR_IN, encodePersistentReserveIn(0, room), room)).output);
    const first = await keys(8);
    expect(first).toEqual({ generation: 3, keys: [], needed: 24, truncated: true });
    expect(await keys(first.needed)).toEqual({ generation: 3, keys: [1n, 2n], needed: 24, truncated: false });
  });

  test.each(['query', 'read'] as const)('a handle for %s gets no pass-through', async (access) => {
    const { bus } = world();
    const { disk } = await bus.open('\\\\.\\PhysicalDrive1', access);
    const { input, outputLength } = encodePassThrough(Uint8Array.of(0, 0, 0, 0, 0, 0), 0, 30);
    expect((await disk?.control(PASS_THROUGH, input, outputLength))?.status).toBe(0xc0000022);
  });

  test('a user who may not open a disk for reading may not send pass-through', async () => {
    const { bus } = world({ faults: { openFails: { status: '0xC0000022', win32: 5 } } });
    expect(await bus.open('\\\\.\\PhysicalDrive1', 'readwrite')).toEqual({ status: 0xc0000022, win32: 5 });
  });

  const errorName = new ScsiDataError('').name;
  // [fault, READ KEYS, READ RESERVATION, REPORT CAPABILITIES, READ FULL STATUS]
  test.each<[string, unknown, unknown, unknown, unknown]>([
    ['empty', errorName, errorName, errorName, errorName],
    ['short', { keys: [], truncated: true }, errorName, errorName, { registrants: [], truncated: true }],
    ['headerOnly', { keys: [], truncated: true }, errorName, { compatible: true },
      { registrants: [], truncated: true }],
    ['long', { keys: [1n, 2n], truncated: false }, { reservation: { type: 5 } }, { compatible: true },
      { registrants: [{}, {}], truncated: false }],
    ['lengthTooLarge', { keys: [1n, 2n], truncated: true }, errorName, { compatible: true },
      { registrants: [{}, {}], truncated: true }],
    ['lengthOdd', errorName, errorName, errorName, errorName],
  ])('a device that answers %s', async (prInAnswers, ...lists) => {
    const { bus } = world({ faults: { prInAnswers } }, held);
    for (const [action, expected] of lists.entries()) {
      const said = await read(bus, action);
      if (typeof expected === 'string') expect([action, said]).toEqual([action, expected]);
      else expect(said).toMatchObject(expected as object);
    }
  });

  test('a device that answers noise: different for each request, and some of it an error', async () => {
    const { bus } = world({ faults: { prInAnswers: 'garbage' } }, held);
    const answers = new Set<string>();
    for (let i = 0; i < 40; i++) {
      const said = await read(bus, i % 4);
      answers.add(typeof said === 'string' ? said : 'decoded');
    }
    expect([...answers]).toContain(errorName);
    const { bus: again } = world({ faults: { prInAnswers: 'garbage' } }, held);
    const { bus: once } = world({ faults: { prInAnswers: 'garbage' } }, held);
    expect(await read(again, 2)).toEqual(await read(once, 2));
  });

  test('a port driver that refuses PERSISTENT RESERVE IN refuses nothing else', async () => {
    const { bus } = world({ faults: { prInFails: '0xC0000185' } }, held);
    for (const action of [0, 1, 2, 3]) expect(await read(bus, action)).toBe(0xc0000185);
    expect((await (await opened(bus)).control(CHECK_VERIFY, null, 0)).status).toBe(0);
  });

  test('a port driver that refuses pass-through refuses nothing else', async () => {
    const { bus } = world({ faults: { passThroughFails: '0xC0000010' } }, held);
    expect([await read(bus, 2), await read(bus, 3), await read(bus, 0, true)]).toEqual(Array(3).fill(0xc0000010));
    expect(await read(bus, 0)).toMatchObject({ keys: [1n, 2n] });
  });

  test.each([
    'empty', 'short', 'wrongOffsets', 'garbage',
  ])('pass-through that answers %s is an error', async (passThroughAnswers) => {
    const { bus } = world({ faults: { passThroughAnswers } }, held);
    expect(await read(bus, 3)).toBe('LayoutError');
  });

  test('pass-through that says more than it brings', async () => {
    const { bus } = world({ faults: { passThroughAnswers: 'wrongLengths' } }, held);
    const { disk } = await bus.open('\\\\.\\PhysicalDrive1', 'readwrite');
    const { input, outputLength } = encodePassThrough(Uint8Array.of(0x5e, 0, 0, 0, 0, 0, 0, 4, 0, 0), 1024, 30);
    const done = await (disk as Disk).control(PASS_THROUGH, input, outputLength);
    expect(decodePassThroughAnswer(done.output)).toMatchObject({ scsiStatus: 0, truncated: true });
  });

  test('pass-through waits as long as its sender wants, once', async () => {
    const { clock, bus } = world({ faults: { silent: true } });
    const { disk } = await bus.open('\\\\.\\PhysicalDrive1', 'readwrite');
    const { input, outputLength } = encodePassThrough(Uint8Array.of(0, 0, 0, 0, 0, 0), 0, 7);
    expect(status(await ask(clock, disk as Disk, PASS_THROUGH, input, outputLength))).toBe(0xc00000b5);
    expect(clock.now()).toBe(7000);
  });
});

describe('a disk that is not what it was', () => {
  test.each([[0, [NO_SUCH_DEVICE]], [2, [0, 0, NO_SUCH_DEVICE, NO_SUCH_DEVICE]]])(
    'gone after %i requests', async (vanishesAfter, answers) => {
      const { bus } = world({ faults: { vanishesAfter } });
      const disk = await opened(bus);
      for (const answer of answers) expect((await disk.control(DEVICE_NUMBER, null, 12)).status).toBe(answer);
      expect(await bus.open('\\\\.\\PhysicalDrive1', 'query')).toEqual(notFound);
      expect(await bus.list()).toEqual(['\\\\.\\PhysicalDrive1']);
    });

  test('another number', async () => {
    const { bus } = world({ faults: { renumberedTo: 4 } });
    const disk = await opened(bus);
    expect(decodeDeviceNumber((await disk.control(DEVICE_NUMBER, null, 12)).output).deviceNumber).toBe(4);
    expect(bus.disks()[0]?.number).toBe(1);
  });

  test('another identity, and another unit that obeys', async () => {
    const { bus } = world({ faults: { answersAs: 'impostor' } }, { reservedBy: 'host-a' });
    expect(bus.disks()[0]).toMatchObject({ serialNumber: 'S1', uniqueId: '6005076802830001' });
    const disk = await opened(bus);
    const said = await disk.control(QUERY_PROPERTY, encodePropertyQuery(0), 999);
    expect(decodeDeviceDescriptor(said.output).serialNumber).toBe('S2');
    const page = await disk.control(QUERY_PROPERTY, encodePropertyQuery(2), 999);
    expect(uniqueIdForms(decodeDeviceIdDescriptor(page.output))[0]).toBe('6005076802830002');
    expect((await disk.control(RELEASE, null, 0)).status).toBe(0);
    const other = await opened(bus.as('host-b'), '\\\\.\\PhysicalDrive7');
    expect((await other.control(CHECK_VERIFY, null, 0)).status).toBe(0x80000011);
  });
});
