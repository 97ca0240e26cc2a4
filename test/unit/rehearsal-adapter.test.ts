// Where a rehearsed disk stands, what a reset through its adapter reaches, and what can become of PERSISTENT
// RESERVE OUT on its way: all of it through the class driver, as a program sends it.

import { describe, expect, test } from 'vitest';
import type { Access, Disk } from '../../src/bus/bus.ts';
import { type RehearsalBus, rehearsalOf } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import {
  IOCTL_SCSI_GET_ADDRESS, IOCTL_SCSI_PASS_THROUGH, IOCTL_STORAGE_BREAK_RESERVATION, IOCTL_STORAGE_CHECK_VERIFY,
  IOCTL_STORAGE_PERSISTENT_RESERVE_IN, IOCTL_STORAGE_PERSISTENT_RESERVE_OUT, IOCTL_STORAGE_RESERVE,
} from '../../src/bus/sdk/control-codes.ts';
import { encodePassThrough } from '../../src/bus/sdk/pass-through.ts';
import { encodePersistentReserveIn, encodePersistentReserveOut } from '../../src/bus/sdk/persistent-reserve.ts';
import { adapterPath, decodeScsiAddress, encodeBreakReservation } from '../../src/bus/sdk/scsi-address.ts';
import {
  decodeKeys, decodeReservation, encodePrOut, prOutActionRows,
} from '../../src/scsi/persistent-reservations.ts';
import { valueOf } from '../../src/scsi/row.ts';
import { VirtualClock } from './virtual-clock.ts';

const SUCCESS = 0;
const BUSY = 0x80000011;
const INVALID_PARAMETER = 0xc000000d;
const NO_SUCH_DEVICE = 0xc000000e;
const INVALID_DEVICE_REQUEST = 0xc0000010;
const ACCESS_DENIED = 0xc0000022;
const BUFFER_TOO_SMALL = 0xc0000023;
const NOT_READY = 0xc00000a3;
const IO_TIMEOUT = 0xc00000b5;
const IO_DEVICE_ERROR = 0xc0000185;

const path = (number: number) => `\\\\.\\PhysicalDrive${number}`;

class World {
  readonly clock = new VirtualClock();
  readonly a: RehearsalBus;
  readonly b: RehearsalBus;

  /** host-a has disks 1 to 4 of four units, host-b the same as disks 11 to 14. */
  constructor({ disks = {}, units = {}, adapters = [] }: {
    disks?: Record<number, object>; units?: Record<number, object>; adapters?: readonly object[];
  } = {}) {
    const four = [1, 2, 3, 4];
    this.a = rehearsalOf(JSON.stringify({
      version: 1, thisHost: 'host-a',
      logicalUnits: four.map((count) => ({ name: `unit ${count}`, ...units[count] })),
      hosts: {
        'host-a': { adapters,
          disks: four.map((count) => ({ number: count, unit: `unit ${count}`, ...disks[count] })) },
        'host-b': { disks: four.map((count) => ({ number: 10 + count, unit: `unit ${count}` })) },
      },
    }), { clock: this.clock });
    this.b = this.a.as('host-b');
  }

  async open(name: string, access: Access = 'readwrite', bus = this.a): Promise<Disk> {
    const { disk } = await bus.open(name, access);
    expect(disk).toBeDefined();
    return disk as Disk;
  }

  /** NTSTATUS of a request, after all the time that it takes. */
  async status(disk: Disk, code: number, input: Uint8Array | null = null, room = 0): Promise<number> {
    const done = disk.control(code, input, room);
    await this.clock.runAll();
    return (await done).status;
  }

  async out(
    disk: Disk, action: string, keys: readonly [own: bigint, other?: bigint], type = 0, flags: object = {},
  ): Promise<number> {
    const [reservationKey, serviceActionKey = 0n] = keys;
    const parameterList = encodePrOut({ reservationKey, serviceActionKey, ...flags });
    const serviceAction = valueOf(prOutActionRows, action);
    return this.status(disk, IOCTL_STORAGE_PERSISTENT_RESERVE_OUT,
      encodePersistentReserveOut({ serviceAction, type, scope: 0, parameterList }));
  }

  /** `1,2 held by 1 as 5 g3`. */
  async read(disk: Disk): Promise<string> {
    const list = async (action: number) => {
      const done = disk.control(
        IOCTL_STORAGE_PERSISTENT_RESERVE_IN, encodePersistentReserveIn(action, 256), 256);
      await this.clock.runAll();
      return (await done).output;
    };
    const { keys, generation } = decodeKeys(await list(0));
    const { reservation } = decodeReservation(await list(1));
    const held = reservation === null ? 'free' : `held by ${reservation.key} as ${reservation.type}`;
    return `${keys.join(',') || 'none'} ${held} g${generation}`;
  }
}

describe('IOCTL_SCSI_GET_ADDRESS', () => {
  const addressOf = async (scsiAddress: object | null | undefined, room = 8) => {
    const world = new World({ disks: { 2: scsiAddress === undefined ? {} : { scsiAddress } } });
    const disk = await world.open(path(2), 'query');
    const { status, information, output } = await disk.control(IOCTL_SCSI_GET_ADDRESS, null, room);
    if (status !== SUCCESS) return { status, information };
    expect(information).toBe(8n);
    return decodeScsiAddress(output);
  };

  test('one that the file says, and one that it does not', async () => {
    expect(await addressOf({ port: 9, path: 1, target: 3, lun: 255 }))
      .toEqual({ port: 9, path: 1, target: 3, lun: 255 });
    expect(await addressOf(undefined)).toEqual({ port: 2, path: 0, target: 0, lun: 1 });
  });

  test.each<[string, object | null, number, number]>([
    ['none', null, 8, INVALID_DEVICE_REQUEST], ['a LUN above 255', { lun: 256 }, 8, INVALID_DEVICE_REQUEST],
    ['no room', { lun: 1 }, 7, BUFFER_TOO_SMALL],
  ])('%s', async (_name, scsiAddress, room, status) => {
    expect(await addressOf(scsiAddress, room)).toEqual({ status, information: 0n });
  });
});

describe('an adapter', () => {
  const address = { path: 0, target: 0, lun: 0 };
  const open = (world: World, name: string) => world.a.open(name, 'read');
  const notFound = { status: 0xc0000034, win32: 2 };

  test('opens by its name and by its interface path, in any case', async () => {
    const world = new World({ adapters: [{ port: 7, named: false }] });
    const link = '\\\\?\\pci#rehearsal&port_7#{2accfe60-c130-11d2-b082-00a0c91efb8b}';
    expect((await open(world, adapterPath(2))).disk).toBeDefined();
    expect((await open(world, '\\\\.\\SCSI2:')).disk).toBeDefined();
    expect((await open(world, link.toUpperCase())).disk).toBeDefined();
    expect(await open(world, adapterPath(7))).toEqual(notFound);
    expect(await open(world, adapterPath(3))).toEqual(notFound);
  });

  test('is no device of the list', async () => {
    const { a } = new World();
    expect(await a.list()).toEqual([1, 2, 3, 4].map(path));
    expect((await a.inventory()).map((row) => row.path)).toEqual([1, 2, 3, 4].map(path));
  });

  test.each<[string, Access, number, Uint8Array | null, number]>([
    ['BREAK_RESERVATION', 'read', IOCTL_STORAGE_BREAK_RESERVATION, encodeBreakReservation(address), SUCCESS],
    ['BREAK_RESERVATION without access', 'query', IOCTL_STORAGE_BREAK_RESERVATION, encodeBreakReservation(address),
      ACCESS_DENIED],
    ['BREAK_RESERVATION without an address', 'read', IOCTL_STORAGE_BREAK_RESERVATION, null, INVALID_PARAMETER],
    ['BREAK_RESERVATION with half of one', 'read', IOCTL_STORAGE_BREAK_RESERVATION, new Uint8Array(4),
      INVALID_PARAMETER],
    ['BREAK_RESERVATION where nothing stands', 'read', IOCTL_STORAGE_BREAK_RESERVATION,
      encodeBreakReservation({ ...address, lun: 99 }), NO_SUCH_DEVICE],
    ['anything else', 'read', IOCTL_STORAGE_CHECK_VERIFY, null, INVALID_DEVICE_REQUEST],
  ])('%s', async (_name, access, code, input, status) => {
    const world = new World();
    const adapter = await world.open(adapterPath(2), access);
    expect(await adapter.control(code, input, 0)).toEqual({ status, information: 0n, output: new Uint8Array(0) });
  });

  test('a disk does not know the request', async () => {
    const world = new World();
    const disk = await world.open(path(1));
    expect(await world.status(disk, IOCTL_STORAGE_BREAK_RESERVATION, encodeBreakReservation(address)))
      .toBe(INVALID_DEVICE_REQUEST);
  });

  /** Disks 1 to 4 stand on LUNs 0 and 1 of target 0, on another target, and on another bus. */
  const disks = { 1: { scsiAddress: { lun: 0 } }, 2: { scsiAddress: { lun: 1 } },
    3: { scsiAddress: { target: 1, lun: 0 } }, 4: { scsiAddress: { path: 1, lun: 0 } } };
  const units = Object.fromEntries([1, 2, 3, 4].map((count) => [count, { reservedBy: 'host-b' }]));

  test.each<[string, number, readonly number[]]>([
    ['unit', SUCCESS, [1]], ['target', SUCCESS, [1, 2]], ['bus', SUCCESS, [1, 2, 3]], ['nothing', SUCCESS, []],
    ['unsupported', INVALID_DEVICE_REQUEST, []],
  ])('reaches %s', async (breakReservation, status, reached) => {
    const world = new World({ disks, units, adapters: [{ port: 2, breakReservation }] });
    const adapter = await world.open(adapterPath(2), 'read');
    const request = encodeBreakReservation(address);
    expect(await world.status(adapter, IOCTL_STORAGE_BREAK_RESERVATION, request)).toBe(status);
    const ready: number[] = [];
    for (const count of [1, 2, 3, 4]) {
      const disk = await world.open(path(count));
      if (await world.status(disk, IOCTL_STORAGE_CHECK_VERIFY) === SUCCESS) ready.push(count);
    }
    expect(ready).toEqual(reached);
  });

  test('takes its time, or for ever', async () => {
    const world = new World({ units, adapters: [{ port: 2, delayMs: 700 }] });
    const adapter = await world.open(adapterPath(2), 'read');
    const request = encodeBreakReservation(address);
    expect(await world.status(adapter, IOCTL_STORAGE_BREAK_RESERVATION, request)).toBe(SUCCESS);
    expect(world.clock.now()).toBe(700);
    const hung = new World({ adapters: [{ port: 2, hangs: true }] });
    const pending = (await hung.open(adapterPath(2), 'read')).control(IOCTL_STORAGE_BREAK_RESERVATION, request, 0);
    await hung.clock.runAll();
    expect(await Promise.race([pending, new Promise((resolve) => void setImmediate(resolve, 'pending'))]))
      .toBe('pending');
  });

  test('a reservation of a host that is gone is broken, and the disk is ready twice', async () => {
    const world = new World({ units: { 1: { reservedBy: 'host-b' } } });
    const disk = await world.open(path(1));
    const theirs = await world.open(path(11), 'readwrite', world.b);
    const { path: bus, target, lun, port } =
      decodeScsiAddress((await disk.control(IOCTL_SCSI_GET_ADDRESS, null, 8)).output);
    expect(await world.status(disk, IOCTL_STORAGE_CHECK_VERIFY)).toBe(BUSY);
    const adapter = await world.open(adapterPath(port), 'read');
    expect(await world.status(adapter, IOCTL_STORAGE_BREAK_RESERVATION,
      encodeBreakReservation({ path: bus, target, lun }))).toBe(SUCCESS);
    // The unit attention is absorbed by the class driver: one attempt more.
    const before = world.clock.now();
    expect(await world.status(disk, IOCTL_STORAGE_CHECK_VERIFY)).toBe(SUCCESS);
    expect(world.clock.now() - before).toBe(500);
    expect(await world.status(disk, IOCTL_STORAGE_CHECK_VERIFY)).toBe(SUCCESS);
    expect(await world.status(theirs, IOCTL_STORAGE_RESERVE)).toBe(SUCCESS);
    expect(await world.status(disk, IOCTL_STORAGE_CHECK_VERIFY)).toBe(BUSY);
  });

  test('a persistent reservation outlives the reset', async () => {
    const world = new World({ units: { 1: { registrations: [{ initiator: 'host-b', key: '0x7' }],
      persistentReservation: { holder: 'host-b', type: 3 }, generation: 1 } } });
    const adapter = await world.open(adapterPath(2), 'read');
    expect(await world.status(adapter, IOCTL_STORAGE_BREAK_RESERVATION, encodeBreakReservation(address)))
      .toBe(SUCCESS);
    expect(await world.read(await world.open(path(1)))).toBe('7 held by 7 as 3 g1');
  });

  test.each<[boolean, number]>([[false, BUSY], [true, SUCCESS]])(
    'resets the bus when a disk is busy: %s', async (resetsBusWhenBusy, status) => {
      const world = new World({ units: { 2: { reservedBy: 'host-b' } }, disks: { 1: { faults: { busy: 1 } } },
        adapters: [{ port: 2, resetsBusWhenBusy }] });
      expect(await world.out(await world.open(path(1)), 'REGISTER', [0n, 1n])).toBe(SUCCESS);
      expect(await world.status(await world.open(path(2)), IOCTL_STORAGE_CHECK_VERIFY)).toBe(status);
    });
});

describe('PERSISTENT RESERVE OUT', () => {
  test('needs a handle to write', async () => {
    const world = new World();
    const disk = await world.open(path(1), 'read');
    expect(await world.out(disk, 'REGISTER', [0n, 1n])).toBe(ACCESS_DENIED);
    expect(await world.read(disk)).toBe('none free g0');
  });

  test('clears what a host that is gone left behind', async () => {
    const world = new World({ units: { 1: { registrations: [{ initiator: 'host-b', key: '0x7' }],
      persistentReservation: { holder: 'host-b', type: 3 }, generation: 1 } } });
    const disk = await world.open(path(1));
    expect(await world.out(disk, 'CLEAR', [9n])).toBe(BUSY);
    expect(await world.out(disk, 'REGISTER', [0n, 9n])).toBe(SUCCESS);
    expect(await world.read(disk)).toBe('7,9 held by 7 as 3 g2');
    expect(await world.out(disk, 'CLEAR', [9n])).toBe(SUCCESS);
    expect(await world.read(disk)).toBe('none free g3');
  });

  test('preempts, and gives the reservation back with the registration', async () => {
    const world = new World({ units: { 1: { target: 'tgt', registrations: [{ initiator: 'host-b', key: '0x7' }],
      persistentReservation: { holder: 'host-b', type: 5 }, generation: 1 } } });
    const disk = await world.open(path(1));
    expect(await world.out(disk, 'REGISTER', [0n, 9n])).toBe(SUCCESS);
    expect(await world.out(disk, 'PREEMPT', [9n, 7n], 5)).toBe(SUCCESS);
    expect(await world.read(disk)).toBe('9 held by 9 as 5 g3');
    expect(await world.out(disk, 'PREEMPT', [9n, 7n], 5)).toBe(BUSY);
    expect(await world.out(disk, 'PREEMPT', [9n, 9n], 7)).toBe(INVALID_PARAMETER);
    expect(await world.out(disk, 'REGISTER', [9n, 0n])).toBe(SUCCESS);
    expect(await world.read(disk)).toBe('none free g5');
  });

  test('a disk without a translation for it', async () => {
    const nvme = { busType: 'Nvme', reserveCommands: 'none', persistentReservations: false };
    const world = new World({ units: { 1: nvme } });
    const disk = await world.open(path(1));
    expect(await world.out(disk, 'REGISTER', [0n, 9n])).toBe(INVALID_DEVICE_REQUEST);
    expect(await world.status(disk, IOCTL_STORAGE_PERSISTENT_RESERVE_IN, encodePersistentReserveIn(0, 256), 256))
      .toBe(INVALID_DEVICE_REQUEST);
  });

  test('a target that restarts', async () => {
    const world = new World();
    const disk = await world.open(path(1));
    expect(await world.out(disk, 'REGISTER', [0n, 9n], 0, { aptpl: true })).toBe(SUCCESS);
    await world.a.powerLoss(path(1));
    expect(await world.read(disk)).toBe('9 free g0');
    expect(await world.out(disk, 'REGISTER', [9n, 8n])).toBe(SUCCESS);
    await world.b.powerLoss(path(11));
    expect(await world.read(disk)).toBe('none free g0');
    await expect(world.a.powerLoss(path(99))).rejects.toThrow(RangeError);
  });

  const held = { registrations: [{ initiator: 'host-b', key: '0x7' }, { initiator: 'host-a', key: '0x9' }],
    persistentReservation: { holder: 'host-b', type: 5 }, generation: 2 };
  const stands = '7,9 held by 7 as 5 g2';
  const cleared = 'none free g3';

  // [what happens, kind, faults, NTSTATUS of CLEAR, milliseconds, what is there afterwards]
  test.each<[string, string, readonly object[], number, number, string]>([
    ['nothing', 'LIO', [], SUCCESS, 0, cleared],
    ['a refusal arrives as success', 'LIO', [{ done: false, answer: '5/1A00' }], SUCCESS, 0, stands],
    ['another such', 'tgt', [{ done: false, answer: '5/0D04' }], SUCCESS, 0, stands],
    ['an overrun arrives as success', 'LIO', [{ done: false, answer: 'DATA OVERRUN' }], SUCCESS, 0, stands],
    ['an overrun of what was done', 'LIO', [{ done: true, answer: 'DATA OVERRUN' }], SUCCESS, 0, cleared],
    ['a failure has happened', 'LIO', [{ done: true, answer: '5/2400' }], INVALID_DEVICE_REQUEST, 0, cleared],
    ['the answer is lost, and the second copy conflicts', 'tgt', [{ done: true, answer: 'TIMEOUT' }], BUSY, 61_000,
      cleared],
    ['the answer is lost, and the second copy fails', 'LIO', [{ done: true, answer: 'TIMEOUT' }], NOT_READY,
      62_500, cleared],
    ['the command is lost, and the second copy does it', 'LIO', [{ done: false, answer: 'TIMEOUT' }], SUCCESS,
      61_000, cleared],
    ['a bus reset after it was done', 'tgt', [{ done: true, answer: 'BUS RESET' }], BUSY, 500, cleared],
    ['aborted after it was done', 'tgt', [{ done: true, answer: 'TASK ABORTED' }], BUSY, 500, cleared],
    ['the queue is full', 'LIO', [{ done: false, answer: 'QUEUE FULL' }], SUCCESS, 500, cleared],
    ['busy twice', 'LIO', [{ done: false, answer: 'BUSY', times: 2 }], SUCCESS, 1000, cleared],
    ['a unit attention given twice', 'LIO', [{ done: false, answer: '6/2A05', times: 2 }], SUCCESS, 1000, cleared],
    ['a unit attention for ever', 'LIO', [{ done: false, answer: '6/2900', times: true }], IO_DEVICE_ERROR, 2000,
      stands],
    ['never an answer', 'LIO', [{ done: false, answer: 'TIMEOUT', times: true }], IO_TIMEOUT, 304_000, stands],
    ['a conflict that is none', 'LIO', [{ done: true, answer: 'CONFLICT' }], BUSY, 0, cleared],
    ['success that is none', 'LIO', [{ done: false, answer: 'GOOD' }], SUCCESS, 0, stands],
    ['the device goes', 'LIO', [{ done: true, answer: 'NO DEVICE' }], NO_SUCH_DEVICE, 0, cleared],
    ['it is late', 'LIO', [{ done: true, lateMs: 90_000 }], SUCCESS, 90_000, cleared],
    ['it is late, and says something else', 'LIO', [{ done: true, lateMs: 90_000, answer: '5/2604' }], 0xc0000474,
      90_000, cleared],
    ['something of another command', 'LIO', [{ action: 'PREEMPT', done: false, answer: 'BUSY' }], SUCCESS, 0,
      cleared],
    ['a story', 'LIO', [{ action: 'REGISTER', done: false, answer: 'BUSY' },
      { action: 'CLEAR', done: false, answer: '6/2900' }, { done: true, answer: 'TIMEOUT' },
      { action: 'CLEAR', done: false, answer: 'CONFLICT' }], BUSY, 500 + 60_000 + 1000, cleared],
    ['no times', 'LIO', [{ done: false, answer: 'BUSY', times: 0 }, { done: false, answer: 'BUSY', times: false }],
      SUCCESS, 0, cleared],
  ])('CLEAR: %s', async (_name, target, prOut, status, ms, after) => {
    const world = new World({ units: { 1: { target, ...held } }, disks: { 1: { faults: { prOut } } } });
    const disk = await world.open(path(1));
    expect(await world.out(disk, 'CLEAR', [9n])).toBe(status);
    expect(world.clock.now()).toBe(ms);
    expect(await world.read(disk)).toBe(after);
  });

  test('what is answered late is done at once', async () => {
    const faults = { prOut: [{ done: true, lateMs: 5000 }] };
    const world = new World({ units: { 1: held }, disks: { 1: { faults } } });
    const disk = await world.open(path(1));
    const command = encodePersistentReserveOut({ serviceAction: 3, type: 0, scope: 0,
      parameterList: encodePrOut({ reservationKey: 9n, serviceActionKey: 0n }) });
    const done = disk.control(IOCTL_STORAGE_PERSISTENT_RESERVE_OUT, command, 0);
    await world.clock.advance(4999);
    const theirs = await world.open(path(11), 'read', world.b);
    expect(await world.read(theirs)).toBe(cleared);
    expect((await done).status).toBe(SUCCESS);
  });

  test('a target that cannot store: REGISTER fails, conflicts with itself, and the key is there', async () => {
    const world = new World({ units: { 1: { cannotStore: true } } });
    const disk = await world.open(path(1));
    // The first copy registers; the others find another old key than they name.
    expect(await world.out(disk, 'REGISTER', [0n, 9n])).toBe(BUSY);
    expect(await world.read(disk)).toBe('9 free g1');
    expect(await world.out(disk, 'REGISTER AND IGNORE EXISTING KEY', [0n, 8n])).toBe(NOT_READY);
    expect(await world.read(disk)).toBe('8 free g6');
  });

  test('pass-through meets the same faults, and a block that is cut off meets them as REGISTER', async () => {
    const faults = { prOut: [{ action: 'REGISTER', done: false, answer: 'CONFLICT' }] };
    const world = new World({ disks: { 1: { faults } } });
    const disk = await world.open(path(1));
    const { input, outputLength } = encodePassThrough(Uint8Array.of(0x5f), 0, 30);
    const done = await disk.control(IOCTL_SCSI_PASS_THROUGH, input, outputLength);
    expect([done.status, done.output[2]]).toEqual([SUCCESS, 0x18]);
  });
});
