// What the rest of the bus tells of a disk: one LUN under two numbers, and statements that several LUNs bear out.
// Once for many, past disks that hang, and never by opening a tape drive.

import { describe, expect, test } from 'vitest';
import { createContext } from '../../src/disk/context.ts';
import type { Guard } from '../../src/disk/guards.ts';
import { change } from '../../src/verbs/change.ts';
import { readReservation } from '../../src/verbs/read.ts';
import { type Claim, noClaim } from '../../src/disk/claim.ts';
import { Neighbours } from '../../src/disk/neighbours.ts';
import { type Device, ScriptedBus, disk, naa, uniqueIdOf } from './scripted-bus.ts';
import { VirtualClock } from './virtual-clock.ts';

const path = (number: number) => `\\\\.\\PhysicalDrive${number}`;
const hung = (number: number): Device => disk(number, { open: { hangs: true } });
/** Another path of a disk, or another LUN with its id. */
const twin = (number: number, of: number, more: Partial<Device> = {}): Device =>
  disk(number, { serial: `SER${of}`, page83: [naa(uniqueIdOf(of))], ...more });
/** A page 83h with a T10 name that is text. */
const text = (value: string) => [{ codeSet: 2, type: 1, association: 0, identifier: Buffer.from(value, 'latin1') }];
const report = { step: () => {}, late: () => {} };

interface Asked extends Partial<Claim> {
  readonly allow?: readonly Guard[];
  readonly timeoutMs?: number;
  readonly verify?: boolean;
}

function host(...devices: Device[]) {
  const clock = new VirtualClock(1000);
  const bus = new ScriptedBus(clock, devices);
  const context = createContext(bus, clock);
  const ask = ({ allow = [], timeoutMs = 30_000, verify = false, ...claim }: Asked) =>
    change({ claim: { ...noClaim, ...claim }, allow: new Set(allow), timeoutMs, dryRun: false, verify }, context, report)
      .then(({ result }) => result);
  /** The result of a request, after all time that it takes. */
  const result = async (asked: Asked) => {
    const answer = ask(asked);
    await clock.runAll();
    return answer;
  };
  const read = async (claim: Partial<Claim>) => {
    const answer = readReservation({ claim: { ...noClaim, ...claim }, timeoutMs: 30_000, detailed: false }, context, report);
    await clock.runAll();
    return (await answer).result;
  };
  const looks = () => bus.opened.filter(({ access }) => access === 'query').length;
  return { clock, bus, context, ask, result, read, looks };
}

describe('one LUN under two numbers', () => {
  test('is one LUN over two paths: the guard holds, and says which', async () => {
    const { result, bus } = host(disk(1), twin(2, 1), disk(3));
    expect(await result({ number: 2 })).toMatchObject({
      Outcome: 'Refused', IdentifiedBy: 'Number',
      Message: 'Disk with more than one path: the same LUN is disk 1, too, and only the path that made the reservation can release it.',
      NextStep: 'To proceed anyway, use -Allow Multipath.',
    });
    expect(bus.releases()).toBe(0);
    const allowed = await result({ number: 2, allow: ['Multipath'] });
    expect(allowed).toMatchObject({ Outcome: 'Accepted' });
    expect(allowed.Message).toMatch(/The request used the path of disk 2 alone\.$/);
    expect([bus.releases(), bus.releases(path(2))]).toEqual([1, 1]);
  });

  test('is nothing to be sure of, and has its paths counted', async () => {
    const { read } = host(disk(1), twin(2, 1), twin(5, 1, { serial: null }), disk(3));
    expect(await read({ number: 1 })).toMatchObject({ Outcome: 'Read', State: 'Unknown', PathCount: 3 });
    expect(await read({ number: 3 })).toMatchObject({ Outcome: 'Read', PathCount: 1 });
  });

  test('with MPIO on one of them nobody knows how many paths there are', async () => {
    const { read, bus } = host(disk(1), twin(2, 1));
    bus.roles_ = async () => ({ boot: new Set(), system: new Set(), multipath: new Set([2]) });
    expect((await read({ number: 1 })).PathCount).toBeNull();
  });

  test.each([
    ['an object says it', { multipath: true }, false],
    ['MPIO did not say which disks it owns', {}, true],
  ])('nor where %s', async (_, claim, multipathUnknown) => {
    const { read, bus } = host(disk(1), twin(2, 1));
    bus.roles_ = async () => ({ boot: new Set(), system: new Set(), multipath: new Set(), multipathUnknown });
    expect((await read({ number: 1, ...claim })).PathCount).toBeNull();
  });

  test('is the boot disk under each of them, and clustered', async () => {
    const { result, bus } = host(disk(1), twin(2, 1, { clustered: true }));
    bus.roles_ = async () => ({ boot: new Set([2]), system: new Set(), multipath: new Set() });
    expect((await result({ number: 1, allow: ['Multipath'] })).NextStep).toBe('To proceed anyway, use -Allow Boot, Clustered.');
  });

  test('is found by its identity, and the path has to be named where it matters', async () => {
    const { result, read, bus } = host(disk(1), twin(2, 1), disk(3));
    const asked = { uniqueId: uniqueIdOf(1) };
    expect(await result(asked)).toMatchObject({
      Outcome: 'Refused', DevicePath: null, IdentifiedBy: null,
      Message: `The disk with UniqueId ${uniqueIdOf(1)} is one LUN over several paths here: disk 1, disk 2. Nothing was sent.`,
      NextStep: 'Name the path that is meant by its number: Invoke-StorageRelease -Number 1 -Allow Multipath.',
    });
    expect(bus.releases()).toBe(0);
    expect(await read(asked)).toMatchObject({ Outcome: 'Read', Number: 1, PathCount: 2, IdentifiedBy: 'UniqueId' });
    expect((await result({ number: 1, allow: ['Multipath'] })).Outcome).toBe('Accepted');
  });

  test.each([
    ['serial numbers that differ', twin(2, 1, { serial: 'OTHER' }), false],
    ['serial numbers of nothing', twin(2, 1, { serial: '0' }), true],
    ['one that says no serial number', twin(2, 1, { serial: null }), true],
    ['another id of page 83h', twin(2, 1, { page83: [naa(uniqueIdOf(2))] }), false],
    ['no page 83h', twin(2, 1, { page83: null }), false],
    ['an id more', twin(2, 1, { page83: [naa('5000c500a1b2c3d4'), naa(uniqueIdOf(1))] }), true],
  ])('by page 83h and no other serial number: %s', async (_, other, same) => {
    const { result } = host(disk(1), other);
    expect((await result({ number: 1 })).Outcome).toBe(same ? 'Refused' : 'Accepted');
  });

  test.each([
    ['the same serial number', 'SER1', true], ['another one', 'SER2', false], ['none', null, false],
  ])('a text of page 83h counts beside %s', async (_, serial, same) => {
    const { result } = host(disk(1, { page83: text('ACME    Disk') }), disk(2, { serial, page83: text('ACME    Disk') }));
    expect((await result({ number: 1 })).Outcome).toBe(same ? 'Refused' : 'Accepted');
  });

  test('texts and serial numbers of NetApp that differ in case are those of two LUNs', async () => {
    const lun = (number: number, name: string) => disk(number, { vendor: 'NETAPP  ', serial: name, page83: text(`NETAPP   LUN ${name}`) });
    const { result, read } = host(lun(1, '80Ahb?TpD4sA'), lun(2, '80Ahb?TpD4sa'));
    expect((await result({ number: 1 })).Outcome).toBe('Accepted');
    expect(await read({ number: 1 })).toMatchObject({ PathCount: 1 });
  });
});

describe('a statement that several LUNs bear out', () => {
  const array = [1, 2, 3, 4, 5, 6, 7].map((number) => disk(number, { serial: 'ARRAY' }));

  test('identifies none of them alone, whatever number stands beside it', async () => {
    const { result, bus } = host(...array);
    expect(await result({ number: 2, serialNumber: 'array' })).toMatchObject({
      Outcome: 'IdentityChanged', IdentifiedBy: null,
      Message: "Serial number array identifies more than this device: also disk 1, disk 3, disk 4, disk 5 and 2 more. Nothing was sent.",
      NextStep: 'If you mean this device, use: Invoke-StorageRelease -Number 2.',
    });
    expect(bus.releases()).toBe(0);
    expect((await result({ number: 2 })).Outcome).toBe('Accepted');
  });

  test('agrees beside one that is its own', async () => {
    const { result } = host(...array);
    expect(await result({ uniqueId: uniqueIdOf(2), serialNumber: 'ARRAY' }))
      .toMatchObject({ Outcome: 'Accepted', Number: 2, IdentifiedBy: 'UniqueId, SerialNumber' });
    expect(await result({ number: 2, uniqueId: uniqueIdOf(2) })).toMatchObject({ IdentifiedBy: 'UniqueId' });
  });

  test('identifies nothing without a number, and the disks are named', async () => {
    const { result, bus } = host(...array.slice(0, 2));
    expect(await result({ serialNumber: 'ARRAY' })).toMatchObject({
      Outcome: 'Refused', Message: 'More than one device is the disk with serial number ARRAY: disk 1, disk 2. Nothing was sent.',
      NextStep: 'Name the one that is meant by its number: Invoke-StorageRelease -Number 1.',
    });
    expect(bus.releases()).toBe(0);
  });

  const nulls = { serial: null };
  const both = { serial: 'SAME', page83: text('ACME Disk') };
  test.each([
    ['the serial number', { uniqueId: 'IBM 2145', serialNumber: 'ARRAY' }, array.slice(0, 2),
      'More than one device is the disk with serial number ARRAY: disk 1, disk 2.'],
    ['the id', { uniqueId: uniqueIdOf(1), serialNumber: 'SER1' }, [disk(1, nulls), twin(2, 1, nulls)],
      `The disk with UniqueId ${uniqueIdOf(1)} is one LUN over several paths here: disk 1, disk 2.`],
    ['both', { uniqueId: 'ACME Disk', serialNumber: 'SAME' }, [disk(1, both), disk(2, both)],
      'The disk with UniqueId ACME Disk and serial number SAME is one LUN over several paths here: disk 1, disk 2.'],
    ['the id of one, the serial number of the other', { uniqueId: uniqueIdOf(1), serialNumber: 'S-2' },
      [disk(1, nulls), disk(2, { serial: 'S-2', page83: null })],
      `More than one device is the disk with UniqueId ${uniqueIdOf(1)} or serial number S-2: disk 1, disk 2.`],
  ])('the sentence names what the devices share: %s', async (_, claim, devices, sentence) => {
    expect((await host(...devices).result(claim)).Message).toBe(`${sentence} Nothing was sent.`);
  });

  test('so does an id, unless the serial number tells them apart', async () => {
    const { result, bus } = host(disk(1), twin(2, 1, { serial: 'OTHER' }));
    expect((await result({ number: 1, uniqueId: uniqueIdOf(1) })).Outcome).toBe('IdentityChanged');
    expect((await result({ uniqueId: uniqueIdOf(1) })).Outcome).toBe('Refused');
    expect(bus.releases()).toBe(0);
    expect(await result({ uniqueId: uniqueIdOf(1), serialNumber: 'other' })).toMatchObject({ Outcome: 'Accepted', Number: 2 });
  });

  test('one that is shown as the other is not the other, and counts beside it', async () => {
    const odd = [disk(1, { serial: 'i\u007f', page83: null }), disk(2, { serial: 'i?', page83: null })];
    const { result, read, bus } = host(...odd, disk(3, { serial: 'I\u0001' }));
    expect(await result({ serialNumber: 'i?' })).toMatchObject({
      Outcome: 'IdentityChanged', Message: 'Serial number i? identifies more than this device: also disk 1, disk 3. Nothing was sent.',
      NextStep: 'If you mean this device, use: Invoke-StorageRelease -Number 2.',
    });
    expect((await result({ number: 2, serialNumber: 'i?' })).Outcome).toBe('IdentityChanged');
    expect((await read({ serialNumber: 'i?' })).Outcome).toBe('IdentityChanged');
    expect(bus.releases()).toBe(0);
    expect(await result({ serialNumber: 'i\u007f' })).toMatchObject({ Outcome: 'Accepted', Number: 1 });
  });

  test('so does an id beside a serial number', async () => {
    const { result } = host(disk(1, { serial: 'SAME', page83: text('ACME 1\u0003') }), disk(2, { serial: 'SAME', page83: text('ACME 1?') }),
      disk(3, { page83: text('ACME 1\u0003') }));
    expect((await result({ uniqueId: 'ACME 1?', serialNumber: 'SAME' })).Message)
      .toBe('UniqueId ACME 1? identifies more than this device: also disk 1. Nothing was sent.');
    expect(await result({ uniqueId: 'ACME 1\u0003', serialNumber: 'SAME' })).toMatchObject({ Outcome: 'Accepted', Number: 1 });
  });

  test('two that say no id and the same serial number are two', async () => {
    const { result } = host(disk(1, { serial: 'SAME', page83: null }), disk(2, { serial: 'SAME', page83: null }));
    expect((await result({ number: 1, serialNumber: 'SAME' })).Outcome).toBe('IdentityChanged');
    expect((await result({ number: 1 })).Outcome).toBe('Accepted');
  });

  test('an id with another serial number beside it is told as that, and nothing is opened for it', async () => {
    const { result, bus } = host(disk(1), disk(2));
    expect(await result({ uniqueId: uniqueIdOf(2), serialNumber: 'SER1' })).toMatchObject({
      Outcome: 'IdentityChanged', Number: null, DevicePath: null, SerialNumber: 'SER1',
      Message: 'Serial number SER1 was named, but the device reports SER2 (disk 2). Nothing was sent.',
      NextStep: 'List the disks again (Get-Disk) and pipe the object that is meant. If you mean the disk that is there now: '
        + 'Invoke-StorageRelease -Number 2.',
    });
    expect(bus.opened.every(({ access }) => access === 'query')).toBe(true);
  });
});

test.each([
  ['its own serial number', { serialNumber: 'SER1' }, 1], ['an id that two have', { uniqueId: uniqueIdOf(1) }, null],
  ['what no device has', { serialNumber: 'SER9' }, null], ['a placeholder that one has', { serialNumber: '0' }, null], ['what another device is shown with', { serialNumber: 'i?' }, null],
  ['that one beside an id', { uniqueId: 'ACME', serialNumber: 'i?' }, 3],
])('the device that a claim describes alone: %s', (_, claim, number) => {
  const known = new Neighbours();
  const texts = [['SER1', uniqueIdOf(1)], ['SER2', uniqueIdOf(1)], ['i?', 'ACME'], ['i\u007f', 'ACME 4'], ['0', 'ACME 5'], ['  ', 'ACME 6']] as const;
  for (const [at, [serialNumber, id]] of texts.entries()) {
    known.add(at, { path: path(at + 1), identity: {
      deviceType: 7, deviceNumber: at + 1, partitionNumber: 0, numberStatus: 0, vendorId: null, productId: null, serialNumber,
      busType: null, uniqueIds: [id], clustered: null, remarks: [],
    } });
  }
  expect(known.only({ ...noClaim, ...claim })?.path ?? null).toBe(number === null ? null : path(number));
});

describe('what that costs', () => {
  test('a disk that is alone is opened once', async () => {
    const { result, looks, bus } = host(disk(1), { path: String.raw`\\.\Tape0`, number: 0, deviceType: 0x1f });
    expect((await result({ number: 1, serialNumber: 'SER1' })).Outcome).toBe('Accepted');
    expect([looks(), bus.listed]).toEqual([0, 1]);
  });

  test.each([
    ['says no page 83h, and was named by its number', disk(1, { page83: null }), { number: 1 }],
    ['does not say its number', { ...disk(1), number: 0xffffffff, path: String.raw`\\?\scsi#x#{53f56307-b6bf-11d0-94f2-00a0c91efb8b}` },
      { path: String.raw`\\?\scsi#x#{53f56307-b6bf-11d0-94f2-00a0c91efb8b}` }],
    ['is another one', disk(1), { number: 1, serialNumber: 'OTHER' }],
  ])('one that %s has no use for its neighbours', async (_, device, claim) => {
    const { result, looks, bus } = host(device, disk(2), disk(3));
    await result(claim);
    expect([looks(), bus.listed]).toEqual([0, 0]);
  });

  test('a thousand requests within ten seconds share one reading', async () => {
    const { ask, clock, bus, looks } = host(...Array.from({ length: 50 }, (_, number) => disk(number)));
    const answers: Promise<unknown>[] = [];
    for (let round = 0; round < 20; round++) {
      for (let number = 0; number < 50; number++) answers.push(ask({ number, serialNumber: `SER${number}` }));
      await clock.advance(400);
    }
    await Promise.all(answers);
    expect([bus.listed, looks(), bus.releases()]).toEqual([1, 50, 1000]);
    await clock.advance(3000);
    await ask({ number: 1 });
    expect([bus.listed, looks()]).toEqual([2, 100]);
  });

  test('readers and changers share it', async () => {
    const { result, read, bus } = host(disk(1), disk(2));
    await result({ number: 1 });
    await read({ number: 2 });
    await read({ uniqueId: uniqueIdOf(1) });
    expect(bus.listed).toBe(1);
  });

  test('a disk that hangs costs the others half a second, once in ten', async () => {
    const { result, clock } = host(hung(0), disk(1), disk(2));
    expect(await result({ number: 1 })).toMatchObject({ Outcome: 'Accepted', DurationMs: 500 });
    expect(await result({ number: 2, serialNumber: 'SER2' })).toMatchObject({ Outcome: 'Accepted', DurationMs: 0 });
    await clock.advance(20_000);
    expect(await result({ number: 1 })).toMatchObject({ DurationMs: 500 });
  });

  test('and no more than a third of their time', async () => {
    const { result } = host(hung(0), disk(1));
    expect(await result({ number: 1, uniqueId: uniqueIdOf(1), timeoutMs: 900 })).toMatchObject({ Outcome: 'Accepted', DurationMs: 300 });
  });

  test.each([
    ['hangs', { open: { hangs: true } }],
    ['cannot be opened', { open: { fails: true, status: 0xc0000022, win32: 5 } }],
    ['throws', { open: { throws: new Error('x') } }],
    ['says nothing', { serial: null, page83: null }],
  ])('one that %s refuses nobody', async (_, more) => {
    const { result, read } = host(disk(0, more), disk(1), disk(2));
    expect((await result({ number: 1, serialNumber: 'SER1' })).Outcome).toBe('Accepted');
    expect((await result({ serialNumber: 'SER2' })).Outcome).toBe('Accepted');
    expect((await read({ number: 1 })).PathCount).toBe(1);
  });

  test('where not even all have been asked in time, a serial number alone identifies nothing', async () => {
    const { result, read } = host(...Array.from({ length: 40 }, (_, number) => hung(number)), disk(40));
    expect(await result({ number: 40, serialNumber: 'SER40' })).toMatchObject({
      Outcome: 'IdentityChanged', DurationMs: 10_000,
      Message: 'Serial number SER40 was named, and whether other disks have it, too, could not be determined in time. Nothing was sent.',
      NextStep: 'If you mean this device, use: Invoke-StorageRelease -Number 40.',
    });
    expect((await result({ number: 40, uniqueId: uniqueIdOf(40) })).Outcome).toBe('Accepted');
    expect((await result({ number: 40 })).Outcome).toBe('Accepted');
    expect((await read({ number: 40 })).PathCount).toBeNull();
  });

  test('a bus that does not list its disks', async () => {
    const { result, bus } = host(disk(1), disk(2));
    const { list_ } = bus;
    bus.list_ = () => { throw new Error('no list'); };
    expect(await result({ number: 1 })).toMatchObject({ Outcome: 'Failed', Message: 'no list' });
    expect(bus.releases()).toBe(0);
    bus.list_ = list_;
    expect((await result({ number: 1 })).Outcome).toBe('Accepted');
  });

  test('a reading that still gets answers is not begun anew', async () => {
    const { ask, clock, bus } = host(...Array.from({ length: 200 }, (_, number) =>
      disk(number, { answers: { number: { afterMs: 400 }, descriptor: { afterMs: 4000 } } })));
    const first = ask({ number: 1, timeoutMs: 60_000 });
    await clock.advance(14_000);
    const second = ask({ number: 2, timeoutMs: 60_000 });
    await clock.runAll();
    expect([(await first).Outcome, (await second).Outcome, bus.listed]).toEqual(['Accepted', 'Accepted', 1]);
  });
});

describe('what an older reading has', () => {
  test('is asked again: the number was given to another disk', async () => {
    const devices = [disk(1), disk(2, { serial: 'MOVES' }), disk(3)];
    const { result, bus, clock } = host(...devices);
    await result({ number: 1 });
    await clock.advance(1);
    (bus.devices as Device[]).splice(1, 2, disk(2), disk(3, { serial: 'MOVES', page83: [naa(uniqueIdOf(2))] }));
    expect(await result({ number: 3, serialNumber: 'MOVES' })).toMatchObject({ Outcome: 'Accepted' });
    expect(bus.listed).toBe(2);
    // What did not change needs no other reading.
    await clock.advance(1);
    expect(await result({ number: 3, serialNumber: 'MOVES' })).toMatchObject({ Outcome: 'Accepted' });
    expect(bus.listed).toBe(2);
  });

  test('is read anew where another disk had its number then: others may have moved, too', async () => {
    const bare = { serial: 'SAME', page83: null };
    const { result, bus, clock } = host(disk(1, { ...bare, vendor: 'B' }), disk(2));
    expect((await result({ number: 1, serialNumber: 'SAME' })).Outcome).toBe('Accepted');
    await clock.advance(1);
    (bus.devices as Device[]).splice(0, 2, disk(1, { ...bare, vendor: 'A' }), disk(2, { ...bare, vendor: 'B' }));
    expect((await result({ number: 1, serialNumber: 'SAME' })).Outcome).toBe('IdentityChanged');
    expect(bus.listed).toBe(2);
  });

  test('is read anew where the other path of the LUN is another disk by now', async () => {
    const { result, bus, clock } = host(disk(1), twin(2, 1));
    expect((await result({ number: 1 })).Outcome).toBe('Refused');
    await clock.advance(1);
    (bus.devices as Device[]).splice(1, 1, disk(2));
    expect((await result({ number: 1 })).Outcome).toBe('Accepted');
    expect(bus.listed).toBe(2);
  });

  test('a disk that did not answer then is no reason to read again', async () => {
    const { ask, bus, clock } = host(disk(1), disk(2), hung(3));
    const first = ask({ number: 1 });
    await clock.advance(600);
    (bus.devices as Device[]).splice(2, 1, disk(3));
    const second = ask({ number: 3 });
    await clock.advance(600);
    expect([(await first).Outcome, (await second).Outcome, bus.listed]).toEqual(['Accepted', 'Accepted', 1]);
  });

  test('is used where the device still answers the same, or does not answer', async () => {
    const { result, bus, clock } = host(disk(1), twin(2, 1), disk(3, { serial: 'S33', page83: null }), disk(4, { serial: 'S33', page83: null }));
    await result({ number: 1 });
    await clock.advance(1);
    expect((await result({ number: 1 })).Outcome).toBe('Refused');
    expect((await result({ number: 3, serialNumber: 'S33' })).Outcome).toBe('IdentityChanged');
    (bus.devices as Device[]).splice(1, 1, { ...twin(2, 1), open: { hangs: true } });
    expect((await result({ number: 1 })).Outcome).toBe('Refused');
  });
});

describe('tapes, changers and CD-ROMs', () => {
  const tape = (number: number): Device => ({
    path: `\\\\.\\Tape${number}`, number, deviceType: 0x1f, partition: 0xffffffff, serial: `T${number}${number}`,
    page83: [naa(`5000e111c4a1b00${number}`)],
  });
  const others: readonly Device[] = [tape(0), tape(1), { ...tape(2), path: String.raw`\\.\Changer0`, deviceType: 0x30 },
    { ...tape(3), path: String.raw`\\.\CdRom0`, deviceType: 2 }];

  test('no search and no release of a disk opens one', async () => {
    const { result, read, bus } = host(disk(1), disk(2), ...others);
    await result({ number: 1 });
    await result({ serialNumber: 'T00' });
    await read({ uniqueId: '5000E111C4A1B000' });
    expect(bus.opened.filter(({ path: one }) => !one.includes('PhysicalDrive'))).toEqual([]);
  });

  test('one that is named is opened, and no other', async () => {
    const { result, bus } = host(disk(1), disk(2), ...others);
    expect(await result({ path: String.raw`\\.\Tape1`, serialNumber: 'T11' }))
      .toMatchObject({ Outcome: 'Accepted', IdentifiedBy: 'SerialNumber' });
    expect(bus.opened.map(({ path: one }) => one)).toEqual([String.raw`\\.\Tape1`]);
  });

  test('tapes are looked for where tapes are asked for', async () => {
    const { result, bus } = host(disk(1), ...others);
    expect(await result({ serialNumber: 'T11', devices: ['Tape'] }))
      .toMatchObject({ Outcome: 'Accepted', DevicePath: String.raw`\\.\Tape1`, Number: null });
    expect(bus.opened.every(({ path: one }) => one.includes('Tape'))).toBe(true);
    expect((await result({ serialNumber: 'SER1', devices: ['Tape', 'Disk'] })).Number).toBe(1);
    expect((await result({ serialNumber: 'T22', devices: ['Tape'] })).Outcome).toBe('NotFound');
  });

  test('one with the id, and another serial number, is named by its path', async () => {
    const { result } = host(tape(0));
    expect(await result({ uniqueId: '5000E111C4A1B000', serialNumber: 'T99', devices: ['Tape'] })).toMatchObject({
      Outcome: 'IdentityChanged', Message: String.raw`Serial number T99 was named, but the device reports T00 (\\.\Tape0). Nothing was sent.`,
      NextStep: expect.stringContaining(String.raw`Invoke-StorageRelease -Path \\.\Tape0.`),
    });
  });

  test('two with one serial number are named by their paths', async () => {
    const same = { serial: 'SAME', page83: null };
    const { result } = host({ ...tape(0), ...same }, { ...tape(1), ...same });
    expect(await result({ serialNumber: 'SAME', devices: ['Tape'] })).toMatchObject({
      Outcome: 'Refused', Message: String.raw`More than one device is the disk with serial number SAME: \\.\Tape0, \\.\Tape1. Nothing was sent.`,
      NextStep: String.raw`Name the one that is meant by its number: Invoke-StorageRelease -Path \\.\Tape0.`,
    });
    expect((await result({ path: String.raw`\\.\Tape1`, serialNumber: 'SAME', devices: ['Tape'] })).NextStep)
      .toBe(String.raw`If you mean this device, use: Invoke-StorageRelease -Path \\.\Tape1.`);
  });
});
