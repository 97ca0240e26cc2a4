// From a UniqueId or serial number to a path, past disks that hang; and the list of this host's devices.

import { describe, expect, test } from 'vitest';
import type { InventoryRow } from '../../src/bus/bus.ts';
import { createContext } from '../../src/disk/context.ts';
import { Finder, look, lookAtAll } from '../../src/disk/find.ts';
import { listDevices } from '../../src/verbs/list.ts';
import { change } from '../../src/verbs/change.ts';
import { readReservation } from '../../src/verbs/read.ts';
import { type Claim, noClaim } from '../../src/disk/claim.ts';
import { type Device, ScriptedBus, disk, uniqueIdOf } from './scripted-bus.ts';
import { VirtualClock } from './virtual-clock.ts';

const path = (number: number) => `\\\\.\\PhysicalDrive${number}`;
const hung = (number: number): Device => disk(number, { open: { hangs: true } });

function host(...devices: Device[]) {
  const clock = new VirtualClock(50);
  const bus = new ScriptedBus(clock, devices);
  const finder = new Finder(bus, clock);
  const find = (claim: Partial<Claim>, timeoutMs = 9000) => {
    const state: { found?: { paths: string[]; silent: number }; error?: Error; at?: number } = {};
    finder.find({ ...noClaim, ...claim }, timeoutMs).then((found) => {
      state.found = { paths: found.devices.map((one) => one.path), silent: found.silent };
      state.at = clock.now();
    }, (error: unknown) => { state.error = error as Error; });
    return state;
  };
  /** Reads of the whole bus. */
  const readings = () => bus.listed;
  return { clock, bus, finder, find, readings };
}

describe('a search', () => {
  const made = disk(4, { serial: 'MADE-UP', page83: null });
  test.each([
    ['a UniqueId', { uniqueId: uniqueIdOf(3) }, [3]],
    ['in lower case, with its prefix and blanks', { uniqueId: ` NAA.${uniqueIdOf(3).toLowerCase()} ` }, [3]],
    ['a serial number', { serialNumber: 'ser2' }, [2]],
    ['a serial number with blanks', { serialNumber: ' SER2  ' }, [2]],
    ['a UniqueId, and a serial number that is another disk\'s', { uniqueId: uniqueIdOf(3), serialNumber: 'SER2' },
      []],
    ['a UniqueId that Windows made up, by the serial number',
      { uniqueId: '{256a2559-ce63-5434-1bee-3ff629daa3a8}', serialNumber: 'made-up' }, [4]],
    ['a UniqueId of another form, by the serial number', { uniqueId: 'X MADE-UP', serialNumber: 'made-up' }, [4]],
    ['a UniqueId of page 83h that nobody has, and the serial number of a disk that has one',
      { uniqueId: uniqueIdOf(9), serialNumber: 'SER2' }, []],
    ['a part of a serial number', { serialNumber: 'SER' }, []],
    ['nothing', {}, []],
  ])('%s', async (_, claim, numbers) => {
    const { clock, find, bus } = host(disk(1), disk(2), disk(3), made);
    const search = find(claim);
    await clock.runAll();
    expect(search.found?.paths).toEqual(numbers.map(path));
    expect(bus.opened.every(({ access }) => access === 'query')).toBe(true);
    expect([bus.broken, bus.closed, clock.pending]).toEqual([[], bus.handles, 0]);
  });

  test('several in the order of the bus, whoever answers first', async () => {
    const same = { serial: 'SAME' };
    const { clock, find } = host(disk(1, { ...same, open: { afterMs: 20 } }), disk(2), disk(3, same));
    const search = find({ serialNumber: 'SAME' });
    await clock.runAll();
    expect(search.found?.paths).toEqual([path(1), path(3)]);
  });

  test('several are told at once, whoever hangs', async () => {
    const { clock, find } = host(hung(0), disk(1, { serial: 'SAME' }), disk(2, { serial: 'SAME' }));
    const search = find({ serialNumber: 'SAME' });
    await clock.advance(0);
    expect(search.found?.paths).toEqual([path(1), path(2)]);
  });

  test('waits for slow disks before it says that there is only one', async () => {
    const { clock, find } = host(disk(1, { serial: 'SAME' }), disk(2, { open: { afterMs: 300 } }), disk(3, {
      serial: 'SAME', open: { afterMs: 700 },
    }));
    const search = find({ serialNumber: 'SAME' });
    await clock.runAll();
    expect([search.found?.paths, search.at]).toEqual([[path(1), path(3)], 750]);
  });

  test('no longer than for half a second for one that hangs', async () => {
    const { clock, find } = host(hung(0), disk(1), disk(2, { open: { afterMs: 100 } }));
    const search = find({ serialNumber: 'SER1' });
    await clock.advance(100 + 499);
    expect(search.found).toBeUndefined();
    await clock.advance(1);
    expect(search.found?.paths).toEqual([path(1)]);
    // The next one is told at once.
    const second = find({ serialNumber: 'SER2' });
    await clock.advance(0);
    expect(second.found?.paths).toEqual([path(2)]);
  });

  test('finds nothing only when all have answered or had their time', async () => {
    const { clock, find } = host(hung(0), disk(1));
    const search = find({ serialNumber: 'NOBODY' }, 3000);
    await clock.advance(2999);
    expect(search.found).toBeUndefined();
    await clock.advance(1);
    expect(search.found).toEqual({ paths: [], silent: 1 });
  });

  test('finds a disk that answers late, but in time', async () => {
    const { clock, find } = host(hung(0), disk(1, { open: { afterMs: 2500 } }));
    const search = find({ serialNumber: 'SER1' }, 3000);
    await clock.runAll();
    expect([search.found?.paths, search.at]).toEqual([[path(1)], 50 + 3000]);
  });

  test('a device takes ten seconds at most, whatever the request has', async () => {
    const { clock, find } = host(hung(0));
    const search = find({ serialNumber: 'S' }, 86_400_000);
    await clock.runAll();
    expect([search.found?.silent, search.at]).toEqual([1, 10_050]);
  });

  test.each([
    ['hangs at the open', { open: { hangs: true } }],
    ['hangs when asked', { answers: { descriptor: { hangs: true } } }],
    ['cannot be opened, and says so late', { open: { fails: true, status: 0xc0000022, win32: 5, afterMs: 9500 } }],
    ['says nothing that names it', { serial: null, page83: null }],
    ['cannot be opened', { open: { fails: true, status: 0xc0000022, win32: 5 } }],
    ['throws at the open', { open: { throws: new Error('x') } }],
    ['rejects at the open', { open: { rejects: new Error('x') } }],
    ['throws when asked', { answers: { page83: { throws: new Error('x') } } }],
    ['rejects when asked', { answers: { page83: { rejects: new Error('x') } } }],
  ])('another disk %s: it is silent, and keeps nobody else back', async (_, device) => {
    const { clock, find, bus } = host(disk(0, device), disk(1));
    const found = find({ serialNumber: 'SER1' });
    const missed = find({ serialNumber: 'SER0' });
    await clock.runAll();
    expect(found.found?.paths).toEqual([path(1)]);
    expect(missed.found).toEqual({ paths: [], silent: 'serial' in device ? 0 : 1 });
    expect(bus.broken).toEqual([]);
  });

  test('more disks that hang than are looked at side by side', async () => {
    const { clock, find } = host(...Array.from({ length: 40 }, (_, i) => hung(i)), disk(40));
    const search = find({ serialNumber: 'SER40' }, 2000);
    await clock.runAll();
    expect(search.found?.paths).toEqual([path(40)]);
    expect(search.at).toBeLessThanOrEqual(50 + 4000);
  });

  test('the bus does not list its disks', async () => {
    const { clock, find, bus } = host(disk(1));
    const { list_ } = bus;
    bus.list_ = () => Promise.reject(new Error('no list'));
    const search = find({ serialNumber: 'SER1' });
    await clock.runAll();
    expect(search.error?.message).toBe('no list');
    bus.list_ = list_;
    const again = find({ serialNumber: 'SER1' });
    await clock.runAll();
    expect(again.found?.paths).toEqual([path(1)]);
  });
});

describe('one reading for many', () => {
  test('searches at the same time share it', async () => {
    const { clock, find, readings } = host(...[1, 2, 3].map((n) => disk(n, { open: { afterMs: 10 } })));
    const all = [1, 2, 3, 9].map((n) => find({ serialNumber: `SER${n}` }));
    await clock.runAll();
    expect(all.map(({ found }) => found?.paths.length)).toEqual([1, 1, 1, 0]);
    expect(readings()).toBe(1);
  });

  test('what an older reading has needs no new one', async () => {
    const { clock, find, readings } = host(disk(1), disk(2));
    find({ serialNumber: 'SER1' });
    await clock.advance(10_000);
    const second = find({ serialNumber: 'SER2' });
    await clock.runAll();
    expect([second.found?.paths, readings()]).toEqual([[path(2)], 1]);
  });

  test('a disk that an older reading does not have is searched again, once for all requests that need it', async () => {
    const devices = [disk(1)];
    const { clock, find, readings } = host(...devices);
    find({ serialNumber: 'SER1' });
    await clock.advance(1000);
    const missing = [1, 2, 3, 4, 5].map((n) => find({ serialNumber: `NONE${n}` }));
    await clock.runAll();
    expect(missing.map(({ found }) => found?.paths)).toEqual([[], [], [], [], []]);
    expect(readings()).toBe(2);
  });

  test('a disk that arrives is found', async () => {
    const { clock, find, bus, readings } = host(disk(1));
    find({ serialNumber: 'SER1' });
    await clock.advance(1000);
    (bus.devices as Device[]).push(disk(2));
    bus.list_ = async () => [path(1), path(2)];
    const arrived = find({ serialNumber: 'SER2' });
    await clock.runAll();
    expect([arrived.found?.paths, readings()]).toEqual([[path(2)], 2]);
  });

  test('a reading that still runs when the request comes is followed by another one', async () => {
    const { clock, find, readings } = host(hung(0), disk(1));
    const first = find({ serialNumber: 'NONE' }, 3000);
    await clock.advance(1000);
    const second = find({ serialNumber: 'NONE' }, 3000);
    await clock.runAll();
    expect([first.at, second.at]).toEqual([3050, 6050]);
    expect(readings()).toBe(2);
  });

  test('nor is one that gave the disks less time', async () => {
    const { clock, find, bus, readings } = host(disk(1, { open: { afterMs: 2000 } }));
    const hasty = find({ serialNumber: 'SER1' }, 1000);
    const patient = find({ serialNumber: 'SER1' }, 9000);
    await clock.runAll();
    expect(hasty.found).toEqual({ paths: [], silent: 1 });
    expect(patient.found?.paths).toEqual([path(1)]);
    // Nobody asked while it owed its first answer: it opened twice, one after the other.
    expect([readings(), patient.at, bus.opened.length]).toEqual([2, 4050, 2]);
  });

  test('an old reading is not used: the number may be another disk\'s by now', async () => {
    const { clock, find, bus, readings } = host(disk(1));
    find({ serialNumber: 'SER1' });
    await clock.advance(10_001);
    (bus.devices as Device[]).splice(0, 1, disk(1, { serial: 'NEW' }), disk(5, { serial: 'SER1' }));
    bus.list_ = async () => [path(1), path(5)];
    const moved = find({ serialNumber: 'SER1' });
    await clock.runAll();
    expect([moved.found?.paths, readings()]).toEqual([[path(5)], 2]);
  });

  test('a disk that hangs is left alone until it has answered', async () => {
    const { clock, find, bus } = host(disk(1, { open: { afterMs: 60_000 } }));
    for (let i = 0; i < 5; i++) {
      find({ serialNumber: 'NONE' }, 1000);
      await clock.advance(2000);
    }
    expect(bus.opened.length).toBe(1);
    await clock.runAll();
    expect([bus.handles, bus.closed]).toEqual([1, 1]);
    const free = find({ serialNumber: 'SER1' }, 90_000_000);
    (bus.devices as Device[]).splice(0, 1, disk(1));
    await clock.runAll();
    expect(free.found?.paths).toEqual([path(1)]);
  });

  test('nor asked again while a request of a look is in its driver', async () => {
    const { clock, find, bus } = host(disk(1, { answers: { number: { afterMs: 60_000,
      rejects: new Error('gone') } } }));
    find({ serialNumber: 'NONE' }, 1000);
    await clock.advance(2000);
    find({ serialNumber: 'NONE' }, 1000);
    await clock.advance(2000);
    expect([bus.opened.length, bus.cancelled, bus.closed]).toEqual([1, 1, 0]);
    await clock.runAll();
    expect([bus.closed, bus.broken]).toEqual([1, []]);
  });
});

describe('a release by identity', () => {
  async function ask(devices: Device[], claim: Partial<Claim>, timeoutMs = 30_000) {
    const clock = new VirtualClock();
    const bus = new ScriptedBus(clock, devices);
    const answer = change({ claim: { ...noClaim, ...claim }, allow: new Set(), timeoutMs, dryRun: false },
      createContext(bus, clock), { step: () => {}, late: () => {} });
    await clock.runAll();
    return { result: (await answer).result, bus };
  }

  test('goes to the one disk that has it', async () => {
    const { result, bus } = await ask([disk(1), disk(2)], { uniqueId: uniqueIdOf(2) });
    expect(result).toMatchObject({ Outcome: 'Accepted', Number: 2, DevicePath: path(2), UniqueId: uniqueIdOf(2) });
    expect([bus.releases(), bus.releases(path(2))]).toEqual([1, 1]);
  });

  test('two have it: neither', async () => {
    const { result, bus } = await ask([disk(1, { serial: 'SAME' }), disk(2, { serial: 'SAME' })], { serialNumber: 'SAME' });
    expect(result).toMatchObject({
      Outcome: 'Refused', Number: null, DevicePath: null,
      Message: `More than one device is the disk with serial number SAME: disk 1, disk 2. Nothing was sent.`,
    });
    expect(bus.releases()).toBe(0);
  });

  test('none has it', async () => {
    const { result } = await ask([disk(1)], { serialNumber: 'SAME' });
    expect(result).toMatchObject({
      Outcome: 'NotFound', Message: 'No disk of this computer is the disk with serial number SAME. Nothing was sent.',
    });
  });

  test('none that says what it is', async () => {
    const { result } = await ask([disk(1), hung(2)], { serialNumber: 'SAME' });
    expect(result).toMatchObject({ Outcome: 'NotFound', DurationMs: 10_000 });
    expect(result.Message).toContain('(1 did not report their identity)');
  });

  test('a reading says so among its evidence, and nothing where all have told', async () => {
    const read = async (devices: Device[]) => {
      const clock = new VirtualClock();
      const answer = readReservation({ claim: { ...noClaim, uniqueId: uniqueIdOf(9) }, timeoutMs: 30_000, detailed: false },
        createContext(new ScriptedBus(clock, devices), clock), { step: () => {}, late: () => {} });
      await clock.runAll();
      const { Outcome, Evidence } = (await answer).result;
      return [Outcome, Evidence];
    };
    expect(await read([disk(1), hung(2)])).toEqual(['NotFound', "identity: not reported by 1 of this computer's devices"]);
    expect(await read([disk(1)])).toEqual(['NotFound', '']);
  });

  test('a disk that hangs costs half a second, not the deadline', async () => {
    const { result } = await ask([hung(0), disk(1)], { serialNumber: 'SER1' }, 1000);
    expect(result).toMatchObject({ Outcome: 'Accepted', DurationMs: 334 });
    expect((await ask([hung(0), disk(1)], { serialNumber: 'SER1' })).result)
      .toMatchObject({ Outcome: 'Accepted', DurationMs: 500 });
  });

  test('two readings and the request have room in one deadline', async () => {
    const clock = new VirtualClock();
    const bus = new ScriptedBus(clock, [disk(0, { open: { afterMs: 9000 } }), hung(1)]);
    const context = createContext(bus, clock);
    const ask2 = (serialNumber: string) => change({ claim: { ...noClaim, serialNumber }, allow: new Set(),
      timeoutMs: 30_000,
      dryRun: false }, context, { step: () => {}, late: () => {} });
    const first = ask2('NOBODY');
    await clock.advance(100);
    const second = ask2('SER0');
    await clock.runAll();
    expect([(await first).result.Outcome, (await second).result.Outcome]).toEqual(['NotFound', 'Accepted']);
  });

  test('the disk that was found is another one when it is opened', async () => {
    const clock = new VirtualClock();
    const devices = [disk(1)];
    const bus = new ScriptedBus(clock, devices);
    const context = createContext(bus, clock);
    await context.finder.find({ ...noClaim, serialNumber: 'SER1' }, 1000);
    devices[0] = disk(1, { serial: 'OTHER' });
    const { result } = await change({ claim: { ...noClaim, serialNumber: 'SER1' }, allow: new Set(),
      timeoutMs: 1000,
      dryRun: false }, context, { step: () => {}, late: () => {} });
    expect(result.Outcome).toBe('IdentityChanged');
    expect(bus.releases()).toBe(0);
  });
});

describe('a look', () => {
  test('opens without access, and closes', async () => {
    const { clock, bus } = host(disk(1));
    const { identity, stuck } = await look(bus, clock, path(1), 1000);
    expect([identity?.serialNumber, stuck, bus.opened[0]?.access, bus.closed]).toEqual(['SER1', null, 'query', 1]);
  });

  test('at a disk that does not open', async () => {
    const { clock, bus } = host();
    expect(await look(bus, clock, path(1), 1000)).toEqual({ identity: null, stuck: null });
  });

  test('at all, in the order of the bus', async () => {
    const { clock, bus } = host(disk(2, { open: { afterMs: 50 } }), disk(1), hung(3), disk(4));
    const seen: string[] = [];
    const all = lookAtAll(bus, clock, await bus.list(), 1000, (one) => one !== path(4), ({ path: one, identity }) => {
      seen.push(`${clock.now() - 50} ${one.at(-1)} ${identity?.serialNumber}`);
    });
    await clock.runAll();
    await all;
    expect(seen).toEqual(['50 2 SER2', '50 1 SER1', '1000 3 undefined', '1000 4 undefined']);
  });
});

describe('the list of this host', () => {
  const none = { boot: new Set<number>(), system: new Set<number>(), multipath: new Set<number>() };

  test('what each device says of itself, and the host of it', async () => {
    const { clock, bus } = host(
      disk(0, { vendor: 'ATA', product: 'SSD', busType: 11 }), disk(1, { clustered: true }), hung(2),
      { path: String.raw`\\.\Tape0`, number: 0, deviceType: 0x1f, page83: null },
      { path: String.raw`\\.\CdRom0`, open: { fails: true, status: 0xc0000022, win32: 5 } });
    const rows: InventoryRow[] = [];
    const all = listDevices(bus, async () => ({ boot: new Set([0]), system: new Set([0, 2]),
      multipath: new Set([1]) }), clock, 1000, null,
      (row) => rows.push(row));
    await clock.runAll();
    await all;
    const blank = { friendlyName: null, serialNumber: null, uniqueId: null, busType: null, clustered: null, reported: null };
    expect(rows).toEqual([
      { path: path(0), number: 0, friendlyName: 'ATA SSD', serialNumber: 'SER0', uniqueId: uniqueIdOf(0),
        busType: 'Sata',
        boot: true, system: true, clustered: false, multipath: false,
        reported: expect.objectContaining({ vendorId: 'ATA', serialNumber: 'SER0', uniqueIds: [uniqueIdOf(0), `naa.${uniqueIdOf(0)}`] }) },
      { path: path(1), number: 1, friendlyName: null, serialNumber: 'SER1', uniqueId: uniqueIdOf(1),
        busType: 'Fibre',
        boot: false, system: false, clustered: true, multipath: true, reported: expect.objectContaining({ serialNumber: 'SER1' }) },
      { ...blank, path: path(2), number: 2, boot: false, system: true, multipath: false },
      { ...blank, path: String.raw`\\.\Tape0`, number: null, boot: null, system: null, multipath: null },
      { ...blank, path: String.raw`\\.\CdRom0`, number: null, boot: null, system: null, multipath: null },
    ]);
  });

  test.each([
    [['Tape'], [String.raw`\\.\Tape0 T00`]], [['Disk'], [`${path(0)} SER0`]], [null, [`${path(0)} SER0`, String.raw`\\.\Tape0 null`]],
  ] as const)('of the kinds %j, with what they say where they are asked for', async (kinds, expected) => {
    const devices = [disk(0), { path: String.raw`\\.\Tape0`, number: 0, deviceType: 0x1f, serial: 'T00', page83: null }];
    const { clock, bus } = host(...devices);
    const rows: InventoryRow[] = [];
    const all = listDevices(bus, async () => none, clock, 1000, kinds, (row) => rows.push(row));
    await clock.runAll();
    await all;
    expect(rows.map((row) => `${row.path} ${row.serialNumber}`)).toEqual(expected);
    const inventory = devices.map((one) => ({ path: one.path }) as InventoryRow);
    const said: string[] = [];
    await listDevices(Object.assign(bus, { inventory: async () => inventory }), async () => none, clock, 1000, kinds,
      (row) => said.push(row.path));
    expect(said).toEqual(expected.map((each) => each.split(' ')[0]));
  });

  test('the inventory, where the bus has one', async () => {
    const { clock, bus } = host();
    const row: InventoryRow = {
      path: path(1), number: 1, friendlyName: null, serialNumber: null, uniqueId: null, busType: null, boot: null,
        system: null,
      clustered: null, multipath: null, reported: null,
    };
    const rows: InventoryRow[] = [];
    await listDevices(Object.assign(bus, { inventory: async () => [row] }), async () => none, clock, 1000, null, (one) =>
      rows.push(one));
    expect(rows).toEqual([row]);
  });

  const never = () => new Promise<never>(() => {});
  test.each([
    ['its inventory', (bus: ScriptedBus) => void Object.assign(bus, { inventory: never })],
    ['its roles', (bus: ScriptedBus) => void (bus.roles_ = never)],
    ['its disks', (bus: ScriptedBus) => void (bus.list_ = never)],
  ])('ends in time when the host does not tell %s', async (_, spoil) => {
    const { clock, bus } = host(disk(1));
    spoil(bus);
    const all = listDevices(bus, () => bus.roles(), clock, 4000, null, () => {}).catch((error: unknown) =>
      error as Error);
    await clock.advance(4000);
    expect(await all).toMatchObject({ message: 'This computer did not list its devices within 4 s.' });
  });

  test('says why it cannot be had', async () => {
    const { clock, bus } = host(disk(1));
    await expect(listDevices(bus, () => Promise.reject(new Error('no roles')), clock, 1000, null,
      () => {})).rejects.toThrow('no roles');
  });
});
