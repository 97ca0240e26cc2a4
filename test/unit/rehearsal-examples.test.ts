// The examples about freeing disks: each disk is in the state that ps/rehearsal/README.md says, and that table has
// every disk.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Disk } from '../../src/bus/bus.ts';
import { type RehearsalBus, rehearsalOf } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import {
  IOCTL_SCSI_GET_ADDRESS, IOCTL_STORAGE_BREAK_RESERVATION, IOCTL_STORAGE_CHECK_VERIFY,
  IOCTL_STORAGE_PERSISTENT_RESERVE_IN, IOCTL_STORAGE_PERSISTENT_RESERVE_OUT,
} from '../../src/bus/sdk/control-codes.ts';
import { encodePersistentReserveIn, encodePersistentReserveOut } from '../../src/bus/sdk/persistent-reserve.ts';
import { adapterPath, decodeScsiAddress, encodeBreakReservation } from '../../src/bus/sdk/scsi-address.ts';
import {
  decodeKeys, decodeReservation, encodePrOut, prOutActionRows,
} from '../../src/scsi/persistent-reservations.ts';
import { valueOf } from '../../src/scsi/row.ts';
import { VirtualClock } from './virtual-clock.ts';

const folder = new URL('../../ps/rehearsal/', import.meta.url);
const load = (name: string) => readFileSync(new URL(name, folder), 'utf8');
const SUCCESS = 0;
const CONFLICT = 0x80000011;
const names = new Map([[SUCCESS, 'ready'], [CONFLICT, 'conflict'], [0xc0000010, 'unknown'],
  [0xc00000a3, 'not ready'], [0xc0000185, 'error'], [0xc00000b5, 'no answer'], [0xc000000e, 'gone']]);
const nameOf = (status: number) => names.get(status) ?? status.toString(16);

class Shelf {
  readonly clock = new VirtualClock();
  readonly bus: RehearsalBus;

  constructor(file: string) {
    this.bus = rehearsalOf(load(file), { clock: this.clock });
  }

  async open(path: string): Promise<Disk> {
    return (await this.bus.open(path, 'readwrite')).disk as Disk;
  }

  async control(disk: Disk, code: number, input: Uint8Array | null = null, room = 0) {
    const done = disk.control(code, input, room);
    await this.clock.runAll();
    return done;
  }

  /** `conflict, 2 keys, type 5`: TEST UNIT READY, READ KEYS and READ RESERVATION as the host sees them. */
  async state(path: string): Promise<string> {
    const opening = await this.bus.open(path, 'readwrite');
    if (opening.disk === undefined) return `open ${opening.win32}`;
    const { disk } = opening;
    const ready = nameOf((await this.control(disk, IOCTL_STORAGE_CHECK_VERIFY)).status);
    const ask = (action: number) => this.control(
      disk, IOCTL_STORAGE_PERSISTENT_RESERVE_IN, encodePersistentReserveIn(action, 256), 256);
    const [keys, held] = [await ask(0), await ask(1)];
    if (keys.status !== SUCCESS) return `${ready}, PR ${nameOf(keys.status)}`;
    const count = decodeKeys(keys.output).keys.length;
    const type = decodeReservation(held.output).reservation?.type;
    return `${ready}, ${count} keys${type === undefined ? '' : `, type ${type}`}`;
  }

  async out(disk: Disk, action: string, own: bigint, other = 0n, type = 0): Promise<string> {
    const { status } = await this.control(disk, IOCTL_STORAGE_PERSISTENT_RESERVE_OUT, encodePersistentReserveOut({
      serviceAction: valueOf(prOutActionRows, action), type, scope: 0,
      parameterList: encodePrOut({ reservationKey: own, serviceActionKey: other }),
    }));
    return nameOf(status);
  }
}

const disk = (number: number) => `\\\\.\\PhysicalDrive${number}`;

describe('stale-reservations.json', () => {
  const file = 'stale-reservations.json';
  const persistent = ['free: ready, 0 keys', 'SCSI-2', 'ready, 1 keys, type 1', 'ready, 2 keys, type 3',
    'ready, 2 keys, type 5', 'ready, 1 keys, type 6', 'ready, 2 keys, type 7', 'ready, 1 keys, type 8',
    'ready, 2 keys', 'ready, 1 keys', 'ready, 2 keys, type 5', 'ready, 2 keys, type 5', 'ready, 1 keys, type 5',
    'ready, 2 keys, type 5'].map((state) => state.replace('free: ', ''));
  // A SCSI-2 reservation hides the keys of LIO and not those of tgt.
  const underReserve = { LIO: 'conflict, PR conflict', tgt: 'conflict, 0 keys' };

  const expected: readonly (readonly [string, string])[] = [
    [disk(0), 'ready, PR unknown'],
    ...(['LIO', 'tgt'] as const).flatMap((kind, column) => persistent.map((state, index) =>
      [disk(100 * column + index + 1), state === 'SCSI-2' ? underReserve[kind] : state] as const)),
    [disk(15), 'ready, 1 keys, type 5'], [disk(16), 'ready, PR unknown'], [disk(17), 'ready, 1 keys, type 3'],
    [disk(18), 'conflict, PR unknown'], [disk(19), 'open 32'], [disk(20), 'ready, PR error'],
    [disk(21), 'no answer, PR no answer'],
    ...Array.from({ length: 9 }, (_, index) => [disk(22 + index), underReserve.LIO] as const),
    [disk(31), 'ready, 1 keys, type 3'], [disk(32), 'ready, 1 keys, type 3'],
    ...[33, 34, 35].map((number) => [disk(number), 'ready, 1 keys, type 5'] as const),
    ['\\\\.\\Tape0', underReserve.LIO], ['\\\\.\\Tape1', 'ready, 1 keys, type 3'],
  ];

  test('has these devices and no others', async () => {
    const { bus } = new Shelf(file);
    expect((await bus.list()).toSorted()).toEqual(expected.map(([path]) => path).toSorted());
  });

  test.each(expected)('%s: %s', async (path, state) => expect(await new Shelf(file).state(path)).toBe(state));

  test('what the host knows of its disks', async () => {
    const { bus } = new Shelf(file);
    const { boot, multipath } = await bus.roles();
    expect([[...boot], [...multipath]]).toEqual([[0], [13, 113]]);
    expect(bus.disks().filter(({ isClustered }) => isClustered).map(({ number }) => number)).toEqual([12, 33, 112]);
    expect(bus.disks().filter(({ busType }) => busType === 'Spaces').map(({ number }) => number)).toEqual([15]);
  });

  // [disk, what its adapter says to a reset, disks that are ready afterwards]
  test.each<[number, string, readonly number[]]>([
    [2, 'ready', [2]], [102, 'ready', [102]], [22, 'ready', []], [23, 'ready', [23, 24]], [25, 'ready', [25, 26]],
    [27, 'unknown', []], [28, 'no name', []], [29, 'no address', []], [30, 'no address', []],
    [13, 'unknown', []],
  ])('disk %i: the adapter says %s to a reset', async (number, said, ready) => {
    const shelf = new Shelf(file);
    const address = await shelf.control(await shelf.open(disk(number)), IOCTL_SCSI_GET_ADDRESS, null, 8);
    let answer = 'no address';
    if (address.status === SUCCESS) {
      const { port, ...unit } = decodeScsiAddress(address.output);
      const { disk: adapter } = await shelf.bus.open(adapterPath(port), 'read');
      answer = adapter === undefined ? 'no name' : nameOf((await shelf.control(
        adapter, IOCTL_STORAGE_BREAK_RESERVATION, encodeBreakReservation(unit))).status);
    }
    expect(answer).toBe(said);
    const found: number[] = [];
    for (const each of [2, 22, 23, 24, 25, 26, 27, 28, 29, 30, 102]) {
      if ((await shelf.state(disk(each))).startsWith('ready')) found.push(each);
    }
    expect(found).toEqual(ready);
  });

  test('this host is registered with disk 11, and its other session with disk 31', async () => {
    for (const [number, said] of [[4, 'ready'], [11, 'conflict'], [31, 'ready'], [32, 'conflict']] as const) {
      const shelf = new Shelf(file);
      const handle = await shelf.open(disk(number));
      expect([number, await shelf.out(handle, 'REGISTER', 0n, 9n)]).toEqual([number, said]);
    }
    const shelf = new Shelf(file);
    const session = await shelf.open(disk(31));
    await shelf.out(session, 'REGISTER', 0n, 9n);
    expect(await shelf.out(session, 'CLEAR', 9n)).toBe('conflict');
  });
});

describe('clearing-goes-wrong.json', () => {
  const file = 'clearing-goes-wrong.json';
  const own = 9n;

  // [disk, answers to REGISTER, CLEAR (or PREEMPT) and unregistering, what is there in the end]
  test.each<[number, string, string, string]>([
    [1, 'ready ready ready', 'CLEAR', 'ready, 2 keys, type 5'],
    [2, 'ready conflict ready', 'CLEAR', 'ready, 2 keys, type 5'],
    [3, 'conflict ready conflict', 'CLEAR', 'ready, 0 keys'],
    [4, 'ready conflict conflict', 'CLEAR', 'ready, 0 keys'],
    [5, 'ready not ready conflict', 'CLEAR', 'ready, 0 keys'],
    [6, 'ready conflict ready', 'PREEMPT', 'ready, 1 keys'],
    [7, 'conflict ready conflict', 'CLEAR', 'ready, 0 keys'],
    [8, 'ready ready unknown', 'PREEMPT', 'ready, 2 keys, type 5'],
    [9, 'ready conflict not ready', 'CLEAR', 'ready, 3 keys, type 5'],
    [10, 'ready unknown conflict', 'CLEAR', 'ready, 0 keys'],
    [11, 'unknown conflict unknown', 'CLEAR', 'ready, 2 keys, type 5'],
    [12, 'ready ready conflict', 'CLEAR', 'ready, 0 keys'],
    [13, 'ready ready conflict', 'CLEAR', 'ready, 0 keys'],
    [14, 'ready ready conflict', 'CLEAR', 'ready, 0 keys'],
    [15, 'ready error ready', 'CLEAR', 'ready, 2 keys, type 5'],
    [16, 'ready ready conflict', 'CLEAR', 'ready, 0 keys'],
    [18, 'ready gone ready', 'CLEAR', 'ready, 2 keys, type 5'],
  ])('disk %i: %s to REGISTER, %s and unregistering', async (number, answers, action, state) => {
    const shelf = new Shelf(file);
    const handle = await shelf.open(disk(number));
    const said = [
      await shelf.out(handle, 'REGISTER', 0n, own),
      action === 'CLEAR' ? await shelf.out(handle, action, own)
        : await shelf.out(handle, action, own, 0x6d61696e00000001n, 5),
      await shelf.out(handle, 'REGISTER', own, 0n),
    ];
    expect(said.join(' ')).toBe(answers);
    expect(await shelf.state(disk(number))).toBe(state);
  });

  test('the bus that disk 16 is on is reset because it is busy, and disk 17 is free', async () => {
    const shelf = new Shelf(file);
    expect(await shelf.state(disk(17))).toBe('conflict, PR conflict');
    await shelf.out(await shelf.open(disk(16)), 'REGISTER', 0n, own);
    expect(await shelf.state(disk(17))).toBe('ready, 0 keys');
  });
});

describe('README.md', () => {
  const text = load('README.md');

  test.each(['small-shop.json', 'two-host-cluster.json', 'san-1000.json', 'render-farm.json',
    'stale-reservations.json', 'clearing-goes-wrong.json'])('tells of %s', (name) => expect(text).toContain(name));

  test.each(['stale-reservations.json', 'clearing-goes-wrong.json'])('has every disk of %s', (name) => {
    const section = text.split('\n## ').find((each) => each.startsWith(name)) as string;
    const cells = section.split('\n').filter((line) => /^\| \d|^\| Tape/.test(line))
      .flatMap((line) => (line.split('|')[1] as string).trim().split(/, | and /));
    const { hosts: { rescue } } = JSON.parse(load(name)) as {
      hosts: { rescue: { disks: { number: number; unit: string }[] } };
    };
    const devices = rescue.disks.map(({ number, unit }) =>
      (unit.startsWith('drive ') ? `Tape${number}` : `${number}`));
    expect(cells.toSorted()).toEqual(devices.toSorted());
  });
});
