// The use case against a bus whose every answer is scripted: one answer whatever breaks, nothing left open, and
// never a RELEASE to a disk that was not to have one.

import { describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { rehearsalOf } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import type { Bus } from '../../src/bus/bus.ts';
import { Attempt } from '../../src/disk/attempt.ts';
import { type DiskContext, createContext } from '../../src/disk/context.ts';
import { Deadline, DeadlinePassed } from '../../src/disk/deadline.ts';
import type { Guard } from '../../src/disk/guards.ts';
import { Handle } from '../../src/disk/handle.ts';
import { messageOf } from '../../src/message-of.ts';
import { diskItem, plainObject, resultItem } from '../../src/result/items.ts';
import { change, refusedAnswer } from '../../src/verbs/change.ts';
import type { Answer, ReleaseResult } from '../../src/result/result.ts';
import { type Claim, noClaim } from '../../src/disk/claim.ts';
import { outcomeRow } from '../../src/status/outcomes.ts';
import { statusRows } from '../../src/status/status.ts';
import { type Device, ScriptedBus, type Step, disk, naa, steps, uniqueIdOf } from './scripted-bus.ts';
import { VirtualClock } from './virtual-clock.ts';

const TAPE = 0x1f;
const noRoles = { boot: new Set<number>(), system: new Set<number>(), multipath: new Set<number>() };

interface Asked extends Partial<Claim> {
  readonly allow?: readonly Guard[];
  readonly timeoutMs?: number;
  readonly dryRun?: boolean;
}

/** A host with these devices, and requests to it that tell what became of them. */
function host(...devices: Device[]) {
  const clock = new VirtualClock(1000);
  const bus = new ScriptedBus(clock, devices);
  const context = createContext(bus, clock);
  const told: string[] = [];
  const late: string[] = [];
  const met: unknown[] = [];
  const ask = (asked: Asked, on: DiskContext = context) => {
    const { allow = [], timeoutMs = 30_000, dryRun = false, ...claim } = asked;
    const state: { answer?: Answer; at?: number } = {};
    void change({ claim: { ...noClaim, ...claim }, allow: new Set(allow), timeoutMs, dryRun }, on, {
      step: (text) => void told.push(text), late: (text) => void late.push(text),
      met: ({ Number, UniqueId }, startedAt) => void met.push([Number, UniqueId, startedAt.getTime()]),
    }).then((answer) => {
      state.answer = answer;
      state.at = clock.now();
    }, (error: unknown) => expect.fail(`rejected: ${String(error)}`));
    return state;
  };
  /** The result of a request, after all time that it takes. */
  const result = async (asked: Asked): Promise<ReleaseResult> => {
    const state = ask(asked);
    await clock.runAll();
    return state.answer!.result;
  };
  /** What must hold when nothing is pending any more. */
  const tidy = () => {
    expect(bus.broken).toEqual([]);
    expect(bus.closed).toBe(bus.handles);
    expect(context.turns.size).toBe(0);
    expect(clock.pending).toBe(0);
  };
  return { clock, bus, context, told, late, met, ask, result, tidy };
}

const properties = ['Number', 'DevicePath', 'FriendlyName', 'SerialNumber', 'UniqueId', 'BusType', 'IdentifiedBy', 'Outcome',
  'NtStatus',
  'NtStatusName', 'Win32Error', 'Information', 'ReservationBefore', 'ReservationAfter', 'Attempts', 'DurationMs', 'StartedAt',
  'ComputerName', 'Bus', 'ProvedBy', 'Message', 'NextStep'];

test('the device is told to whoever may not wait, once it is the one that was named', async () => {
  const { result, met } = host(disk(3));
  const { StartedAt, UniqueId } = await result({ number: 3 });
  expect(met).toEqual([[3, UniqueId, StartedAt.getTime()]]);
  expect((await result({ number: 3, serialNumber: 'ANOTHER' })).Outcome).toBe('IdentityChanged');
  expect(met).toHaveLength(1);
});

describe('what was shown is what is sent', () => {
  /** What a plan shows of this disk. */
  const shownOf = async (device: Device) => {
    const { ask, clock, bus } = host(device);
    const state = ask({ number: device.number!, dryRun: true });
    await clock.runAll();
    expect(bus.releases()).toBe(0);
    return state.answer!.shown;
  };
  const shown = disk(3, { vendor: 'IBM', product: '2145' });

  test('the same disk', async () => {
    const { result, bus } = host(disk(3, { vendor: 'IBM', product: '2145' }));
    const before = await shownOf(shown);
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    expect((await result({ number: 3, shown: before })).Outcome).toBe('Accepted');
    expect(bus.releases()).toBe(1);
  });

  test.each([
    ['vendor', { vendor: 'HP', product: '2145' }],
    ['product', { vendor: 'IBM', product: '2146' }],
    ['vendor and product, glued another way', { vendor: 'IBM2', product: '145' }],
    ['serial number', { vendor: 'IBM', product: '2145', serial: 'SER4' }],
    ['page 83h', { vendor: 'IBM', product: '2145', page83: [naa('60050768028300000000000000000004')] }],
    ['nothing at all', { vendor: 'IBM', product: '2145', serial: null, page83: null }],
    ['kind of device', { vendor: 'IBM', product: '2145', deviceType: TAPE }],
  ] as const)('another disk in its place: %s', async (_, other: Partial<Device>) => {
    // By a path that says no number, so that nothing else speaks of it.
    const path = String.raw`\\?\scsi#x#{53f56307-b6bf-11d0-94f2-00a0c91efb8b}`;
    const { result, bus } = host({ ...disk(3), ...other, path });
    expect(await result({ path, shown: await shownOf(shown) })).toMatchObject({
      Outcome: 'IdentityChanged', IdentifiedBy: null,
      Message: 'The device is not the disk that the question showed. Nothing was sent.',
    });
    expect(bus.releases()).toBe(0);
  });

  test('nothing is shown of a disk that did not open', async () => {
    expect(await shownOf(disk(3, { open: { fails: true, win32: 5 } }))).toBeNull();
  });
});

describe('one disk that answers', () => {
  test('everything that is known of it', async () => {
    const { result, bus, told, tidy, clock } = host(disk(3, {
      vendor: 'IBM', product: '2145', answers: { release: { afterMs: 12 } },
    }));
    const found = await result({ number: 3 });
    expect(Object.keys(found)).toEqual(properties);
    expect(found).toEqual({
      Number: 3, DevicePath: String.raw`\\.\PhysicalDrive3`, FriendlyName: 'IBM 2145', SerialNumber: 'SER3',
      UniqueId: uniqueIdOf(3), BusType: 'Fibre', IdentifiedBy: 'Number', Outcome: 'Accepted', NtStatus: 0, NtStatusName: 'STATUS_SUCCESS',
      Win32Error: 0, Information: 0n, ReservationBefore: null, ReservationAfter: null, Attempts: 1, DurationMs: 12,
      StartedAt: new Date(clock.date().getTime() - 12), ComputerName: 'HOST-A', Bus: 'Windows', ProvedBy: null,
      Message: 'The device accepted RELEASE. That does not prove that anything was reserved.', NextStep: '',
    });
    expect(bus.opened).toEqual([{ path: String.raw`\\.\PhysicalDrive3`, access: 'read' }]);
    expect(bus.sent.map(({ step }) => step)).toEqual(steps);
    expect(told.at(-1)).toBe('disk 3: Accepted after 12 ms');
    tidy();
  });

  test.each(statusRows.map((row) => [row.name, row] as const))('the request ends with %s', async (_, row) => {
    const { ask, bus, clock, tidy } = host(disk(3, { answers: { release: { status: row.status } } }));
    const state = ask({ number: 3 });
    await clock.runAll();
    expect(state.answer).toMatchObject({
      category: row.category,
      result: {
        Number: 3, Outcome: row.outcome, NtStatus: row.status, NtStatusName: row.name, Win32Error: row.win32,
        Information: 0n, Message: row.meaning, NextStep: row.nextStep.replaceAll('<number>', '3'), SerialNumber: 'SER3',
      },
    });
    expect(bus.releases()).toBe(1);
    tidy();
  });

  test('the request ends with a status that nobody knows', async () => {
    const { result, tidy } = host(disk(3, { answers: { release: { status: 0xc0000999,
      information: 2n ** 64n - 1n } } }));
    expect(await result({ number: 3 })).toMatchObject({
      Outcome: 'Failed', NtStatus: 0xc0000999, NtStatusName: '0xC0000999', Win32Error: 317,
        Information: 2n ** 64n - 1n,
    });
    tidy();
  });

  test.each(statusRows.map((row) => [row.name, row] as const))('the open ends with %s', async (_, row) => {
    const { ask, bus, clock, tidy } = host(disk(3, { open: { fails: true, status: row.status,
      win32: row.win32 } }));
    const state = ask({ number: 3, serialNumber: 'S', friendlyName: 'F', uniqueId: 'U' });
    await clock.runAll();
    const { outcome, category, meaning } = { ...row, ...row.atOpen };
    expect(state.answer).toMatchObject({
      category,
      result: {
        Number: 3, DevicePath: String.raw`\\.\PhysicalDrive3`, SerialNumber: 'S', FriendlyName: 'F', UniqueId: 'U',
        Outcome: outcome, NtStatus: row.status, Win32Error: row.win32, Information: null, Message: meaning,
          BusType: null, IdentifiedBy: null,
      },
    });
    expect(outcome).not.toBe('Accepted');
    expect(bus.sent).toEqual([]);
    tidy();
  });

  test('an open that gives a Win32 code alone', async () => {
    const { result } = host(disk(3, { open: { fails: true, win32: 5 } }));
    expect(await result({ number: 3 })).toMatchObject({ Outcome: 'AccessDenied', NtStatus: null, Win32Error: 5 });
  });

  test.each([
    ['a disk that goes while it is looked at', { number: { status: 0xc000000e } }, 'NotFound', 0],
    ['a disk that does not know its number', { number: { status: 0xc0000010 } }, 'IdentityChanged', 0],
    ['a disk that goes after its number', { descriptor: { status: 0xc000000e }, release: { status: 0xc000000e } },
      'NotFound', 1],
  ] as const)('%s', async (_, answers, outcome, sent) => {
    const { result, bus, tidy } = host(disk(3, { answers }));
    expect((await result({ number: 3 })).Outcome).toBe(outcome);
    expect(bus.releases()).toBe(sent);
    tidy();
  });

  test('once the device is verified, its own texts, even where it has none', async () => {
    const claim = { number: 3, serialNumber: 'SER-X', friendlyName: 'Archive', uniqueId: uniqueIdOf(3).toLowerCase() };
    expect(await host(disk(3, { vendor: 'IBM     ', product: ' 2145 ', serial: '  ser-x ' })).result(claim))
      .toMatchObject({ SerialNumber: 'ser-x', FriendlyName: 'IBM 2145', UniqueId: uniqueIdOf(3) });
    expect(await host(disk(3, { serial: 'SER-X', page83: null })).result(claim))
      .toMatchObject({ SerialNumber: 'SER-X', FriendlyName: null, UniqueId: null, IdentifiedBy: 'SerialNumber' });
    expect(await host(disk(3, { serial: null })).result(claim))
      .toMatchObject({ SerialNumber: null, UniqueId: uniqueIdOf(3), IdentifiedBy: 'UniqueId' });
  });

  test('where it is not, what was said of it', async () => {
    expect(await host(disk(3)).result({ number: 3, serialNumber: 'SER-X', friendlyName: 'Archive' }))
      .toMatchObject({ Outcome: 'IdentityChanged', SerialNumber: 'SER-X', FriendlyName: 'Archive', UniqueId: null });
  });

  test.each([
    ['its number', { number: 3 }, 'Number'],
    ['its path', { path: String.raw`\\.\PhysicalDrive3` }, 'Path'],
    ['its number and its serial number', { number: 3, serialNumber: 'ser3' }, 'SerialNumber'],
    ['its UniqueId', { uniqueId: uniqueIdOf(3) }, 'UniqueId'],
    ['all of it', { number: 3, serialNumber: 'SER3', uniqueId: uniqueIdOf(3) }, 'UniqueId, SerialNumber'],
    ['another serial number', { number: 3, serialNumber: 'OTHER' }, null],
  ])('what it is identified by: %s', async (_, claim, by) => {
    const { result } = host(disk(3));
    expect((await result(claim)).IdentifiedBy).toBe(by);
  });

  test('a device that says nothing of itself', async () => {
    const { result, tidy } = host({
      path: String.raw`\\.\Tape0`, number: 0, deviceType: TAPE, partition: 0xffffffff, page83: null,
      answers: { descriptor: { status: 0xc0000010 } },
    });
    expect(await result({ path: String.raw`\\?\TAPE0` })).toMatchObject({
      Number: null, DevicePath: String.raw`\\.\Tape0`, FriendlyName: null, SerialNumber: null, UniqueId: null,
        BusType: null, IdentifiedBy: 'Path',
      Outcome: 'Accepted',
    });
    tidy();
  });

  test('answers that cannot be read are told step by step', async () => {
    const { result, told } = host(disk(3, { answers: { page83: { output: Uint8Array.of(1) } } }));
    expect(await result({ number: 3 })).toMatchObject({ Outcome: 'Accepted', UniqueId: null });
    expect(told).toContainEqual(expect.stringMatching(/^disk 3: page 83h could not be read: /));
  });

  test('what device and caller say is shown without what moves the cursor', async () => {
    const evil = '\x1b[2J\u202e\u0007';
    const { result } = host(disk(3, { vendor: `V\x1b[2J`, serial: 'S\x9b' }));
    const found = await result({ number: 3, friendlyName: `F${evil}`, serialNumber: 'S\x9b' });
    expect(found).toMatchObject({ FriendlyName: 'V?[2J', SerialNumber: 'S?', Outcome: 'Accepted' });
    const wrong = await result({ path: `\\\\.\\pipe\\${evil}`, uniqueId: evil });
    expect(JSON.stringify({ ...wrong,
      Information: null })).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]|\\u00/);
    expect(wrong).toMatchObject({ Outcome: 'Refused', DevicePath: '\\\\.\\pipe\\?[2J??', UniqueId: '?[2J??' });
  });
});

describe('the wrong disk gets nothing', () => {
  const own = { vendor: 'IBM', busType: 9 };
  test.each([
    ['another number', { number: 3 }, { number: 4 }],
    ['another number behind a path', { path: String.raw`\\.\PhysicalDrive3` }, { number: 4 }],
    ['another serial number', { number: 3, serialNumber: 'SER9' }, {}],
    ['another UniqueId', { number: 3, uniqueId: uniqueIdOf(9) }, {}],
    ['a partition', { number: 3 }, { partition: 1 }],
    ['a tape behind the name of a disk', { number: 3 }, { deviceType: TAPE }],
  ])('%s', async (_, claim, says) => {
    const { ask, bus, clock, tidy } = host(disk(3, { ...own, ...says }));
    const state = ask(claim);
    await clock.runAll();
    const { result, category } = state.answer!;
    expect(category).toBe('InvalidResult');
    expect(result)
      .toMatchObject({ Outcome: 'IdentityChanged', NtStatus: null, Win32Error: null, Information: null });
    expect(result.Message).toMatch(/\. Nothing was sent\.$/);
    // The row is about the disk that was named.
    expect([result.FriendlyName, result.BusType]).toEqual([null, null]);
    expect(bus.releases()).toBe(0);
    tidy();
  });

  test.each([
    ['no path', { path: String.raw`\\.\pipe\x` }, /not the path of a disk/],
    ['a path with a blank', { path: '\\\\.\\PhysicalDrive3 ' }, /^"\\\\\.\\PhysicalDrive3 " is not the path/],
    ['nothing', {}, /^No disk was named/],
    ['blanks', { uniqueId: '  ', serialNumber: ' ' }, /^No disk was named/],
  ])('%s names no disk', async (_, claim, message) => {
    const { ask, bus, clock } = host(disk(3));
    const state = ask(claim);
    await clock.runAll();
    expect(state.answer)
      .toMatchObject({ category: 'InvalidArgument', result: { Outcome: 'Refused', Number: null } });
    expect(state.answer?.result.Message).toMatch(message);
    expect(bus.opened).toEqual([]);
  });

  const guarded: readonly (readonly [Guard, Partial<Device>, typeof noRoles])[] = [
    ['Boot', {}, { ...noRoles, boot: new Set([3]) }],
    ['System', {}, { ...noRoles, system: new Set([3]) }],
    ['Clustered', { clustered: true }, noRoles],
    ['Multipath', {}, { ...noRoles, multipath: new Set([3]) }],
  ];
  test.each(guarded)('a guard holds: %s', async (guard, says, roles) => {
    const { result, bus, tidy } = host(disk(3, says));
    bus.roles_ = async () => roles;
    expect(await result({ number: 3 }))
      .toMatchObject({ Outcome: 'Refused', NextStep: expect.stringContaining(guard) });
    expect(bus.releases()).toBe(0);
    expect(await result({ number: 3, allow: [guard] })).toMatchObject({ Outcome: 'Accepted' });
    expect(bus.releases()).toBe(1);
    tidy();
  });
});

describe('a dry run', () => {
  test.each([
    ['a disk', disk(3), { number: 3 }, 'Accepted'],
    ['a disk that would be refused', disk(3, { clustered: true }), { number: 3 }, 'Refused'],
    ['the wrong disk', disk(3), { number: 3, serialNumber: 'X' }, 'IdentityChanged'],
    ['no disk', disk(3), { number: 4 }, 'NotFound'],
    ['one that is looked for', disk(3), { serialNumber: 'SER3' }, 'Accepted'],
    ['one that hangs', disk(3, { answers: { page83: { hangs: true } } }), { number: 3 }, 'TimedOut'],
  ])('%s: never a code that needs access', async (_, device, claim, outcome) => {
    const { result, bus } = host(device);
    const found = await result({ ...claim, dryRun: true });
    expect(found).toMatchObject({ Outcome: outcome, NtStatus: outcome === 'NotFound' ? 0xc0000034 : null });
    expect(bus.broken).toEqual([]);
    expect(bus.opened.filter(({ access }) => access !== 'query')).toEqual([]);
    expect(bus.sent.filter(({ code }) => ((code >>> 14) & 3) !== 0)).toEqual([]);
  });
});

describe('the deadline', () => {
  const ms = 30_000;

  test('an open that hangs', async () => {
    const { ask, clock, bus, context } = host(disk(3, { open: { hangs: true } }));
    const state = ask({ number: 3 });
    await clock.advance(ms - 1);
    expect(state.answer).toBeUndefined();
    await clock.advance(1);
    expect(state.at).toBe(1000 + ms);
    expect(state.answer).toMatchObject({
      category: 'OperationTimeout',
      result: { Outcome: 'TimedOut', DurationMs: ms, Number: 3,
        Message: 'The device did not open or report its identity within 30 s. Nothing was sent.' },
    });
    expect([bus.handles, context.turns.size, clock.pending]).toEqual([0, 1, 0]);
    // Another open would only hang as well.
    const second = ask({ number: 3 });
    await clock.advance(0);
    expect(second.answer?.result.Outcome).toBe('InUse');
    expect(bus.opened.length).toBe(1);
  });

  test('an open that comes late is closed again', async () => {
    const { ask, clock, bus, tidy } = host(disk(3, { open: { afterMs: ms + 5 } }));
    const state = ask({ number: 3 });
    await clock.advance(ms);
    expect(state.answer?.result.Outcome).toBe('TimedOut');
    expect(bus.handles).toBe(0);
    await clock.runAll();
    expect([bus.handles, bus.closed, bus.sent.length]).toEqual([1, 1, 0]);
    tidy();
  });

  test.each([
    ['fails late', { afterMs: ms + 5, fails: true, status: 0xc0000022, win32: 5 }],
    ['throws late', { afterMs: ms + 5, rejects: new Error('gone') }],
  ])('an open that %s', async (_, open) => {
    const { ask, clock, tidy } = host(disk(3, { open }));
    const state = ask({ number: 3 });
    await clock.runAll();
    expect(state.answer?.result.Outcome).toBe('TimedOut');
    tidy();
  });

  test('a late handle that does not close', async () => {
    const { ask, clock, bus } = host(disk(3, { open: { afterMs: ms + 5 }, closes: { rejects: new Error('no') } }));
    ask({ number: 3 });
    await clock.runAll();
    expect(bus.closed).toBe(1);
  });

  test.each(['number', 'descriptor', 'page83', 'clustered'] as const)('it hangs when asked: %s', async (step) => {
    const { ask, clock, bus, context } = host(disk(3, { answers: { [step]: { hangs: true } } }));
    const state = ask({ number: 3, serialNumber: 'SER3' });
    await clock.advance(ms);
    expect(state.answer?.result).toMatchObject({
      Outcome: 'TimedOut', NtStatus: null, SerialNumber: 'SER3',
      Message: 'The device did not open or report its identity within 30 s. Nothing was sent.',
    });
    expect([bus.releases(), bus.cancelled, bus.closed, context.turns.size, clock.pending])
      .toEqual([0, 1, 0, 1, 0]);
    expect(bus.broken).toEqual([]);
  });

  test.each(['number', 'descriptor', 'page83', 'clustered'] as const)('it answers late when asked: %s',
    async (step) => {
    const { ask, clock, bus, late, tidy } = host(disk(3, { answers: { [step]: { afterMs: ms + 1 } } }));
    const state = ask({ number: 3 });
    await clock.runAll();
    expect(state.answer?.result.Outcome).toBe('TimedOut');
    expect([bus.releases(), bus.closed]).toEqual([0, 1]);
    expect(late).toEqual([]);
    tidy();
  });

  test('one that gives the request up when it is asked to', async () => {
    const { ask, clock, late, tidy } = host(disk(3,
      { answers: { release: { hangs: true } }, cancels: 'request' }));
    const state = ask({ number: 3 });
    await clock.runAll();
    expect(state.answer?.result.Outcome).toBe('TimedOut');
    expect(late).toEqual(['disk 3: the driver completed the request with STATUS_CANCELLED after 30000 ms, past '
      + 'the deadline.']);
    tidy();
  });

  test('one whose cancelling throws', async () => {
    const { ask, clock, told, tidy } = host(disk(3,
      { answers: { release: { afterMs: 40_000 } }, cancels: new Error('no') }));
    const state = ask({ number: 3 });
    await clock.runAll();
    expect(state.answer?.result.Outcome).toBe('TimedOut');
    expect(told).toContain('disk 3: the request was not cancelled: no');
    tidy();
  });

  test('the host does not say what its disks are for', async () => {
    const { ask, clock, bus, tidy } = host(disk(3));
    bus.roles_ = () => new Promise(() => {});
    const state = ask({ number: 3 });
    await clock.runAll();
    expect(state.answer?.result).toMatchObject({
      Outcome: 'TimedOut', SerialNumber: 'SER3',
      Message: 'Whether it is a boot, system or multipath disk could not be determined within 30 s. Nothing was sent.',
    });
    // Nothing is pending on the handle: it does not stay open.
    expect([bus.releases(), bus.closed, bus.cancelled]).toEqual([0, 1, 0]);
    tidy();
  });

  const answers: readonly (readonly [what: string, afterMs: number, outcome: string])[] = [
    ['at once', 0, 'Accepted'],
    ['a moment before it', ms - 1, 'Accepted'],
    ['a moment after it', ms + 1, 'TimedOut'],
    ['ten minutes after it', ms + 600_000, 'TimedOut'],
  ];
  test.each(answers)('the device answers %s', async (_, afterMs, outcome) => {
    const { ask, clock, bus, late, tidy, context } = host(disk(3, { answers: { release: { afterMs } } }));
    const state = ask({ number: 3 });
    await clock.advance(ms);
    expect(state.answer?.result).toMatchObject({ Outcome: outcome, DurationMs: Math.min(afterMs, ms) });
    const timedOut = outcome === 'TimedOut';
    expect([bus.closed, bus.cancelled, context.turns.size > 0])
      .toEqual([timedOut ? 0 : 1, timedOut ? 1 : 0, timedOut]);
    expect(late).toEqual([]);
    await clock.runAll();
    expect(bus.closed).toBe(1);
    expect(late).toEqual(timedOut
      ? [`disk 3: the driver completed the request with STATUS_SUCCESS after ${afterMs} ms, past the deadline.`] : []);
    expect(bus.releases()).toBe(1);
    tidy();
  });

  test('it answers at the very deadline: one of the two, and nothing is lost', async () => {
    const { ask, clock, late, tidy } = host(disk(3, { answers: { release: { afterMs: ms } } }));
    const state = ask({ number: 3 });
    await clock.runAll();
    const { Outcome } = state.answer!.result;
    expect(['Accepted', 'TimedOut']).toContain(Outcome);
    expect(late.length).toBe(Outcome === 'TimedOut' ? 1 : 0);
    tidy();
  });

  test('a request that fails late', async () => {
    const { ask, clock, late, tidy } = host(disk(3,
      { answers: { release: { afterMs: ms + 9, rejects: new Error('torn off') } } }));
    const state = ask({ number: 3 });
    await clock.runAll();
    expect(state.answer?.result).toMatchObject({ Outcome: 'TimedOut', NtStatus: null, Information: null });
    expect(state.answer?.result.Message).toMatch(/^No answer within 30 s\. .* unknown\.$/);
    expect(late)
      .toEqual(['disk 3: the driver failed the request (torn off) after 30009 ms, past the deadline.']);
    tidy();
  });

  test('one deadline for all of it', async () => {
    const { ask, clock } = host(disk(3, {
      open: { afterMs: 9000 }, answers: { number: { afterMs: 9000 }, page83: { afterMs: 9000 },
        release: { afterMs: 9000 } },
    }));
    const state = ask({ number: 3 });
    await clock.advance(ms);
    expect(state.answer?.result).toMatchObject({ Outcome: 'TimedOut', DurationMs: ms });
  });

  test('a clock that is set back and forth changes only the date', async () => {
    const clock = new VirtualClock();
    const dates = [new Date(Date.UTC(2030, 0, 1)), new Date(0), new Date(Date.UTC(1999, 11, 31))];
    const bus = new ScriptedBus(clock, [disk(3, { answers: { release: { afterMs: 500 } } })]);
    const moving = { now: () => clock.now(), after: clock.after.bind(clock), date: () =>
      dates.shift() ?? new Date(NaN) };
    const context = createContext(bus, moving);
    const answer = change({ claim: { ...noClaim, number: 3 }, allow: new Set(), timeoutMs: ms, dryRun: false },
      context,
      { step: () => {}, late: () => {} });
    await clock.runAll();
    expect((await answer).result)
      .toMatchObject({ Outcome: 'Accepted', DurationMs: 500, StartedAt: new Date(Date.UTC(2030, 0, 1)) });
  });

  test('a handle that hangs when it is closed keeps the answer no longer than the deadline', async () => {
    const { ask, clock, told } = host(disk(3, { answers: { release: { afterMs: 10 } }, closes: { hangs: true } }));
    const state = ask({ number: 3 });
    await clock.runAll();
    expect(state.at).toBe(1000 + ms);
    expect(state.answer?.result).toMatchObject({ Outcome: 'Accepted', DurationMs: 10 });
    expect(told).toContain('disk 3: the handle takes its time to close');
  });

  test('a timer that goes off too early is set again', async () => {
    let now = 0;
    const alarms: { ms: number; run: () => void }[] = [];
    const after = (ms: number, run: () => void) => (alarms.push({ ms, run }), () => {});
    const deadline = new Deadline({ now: () => now, date: () => new Date(0), after }, 10.5);
    let passed = false;
    deadline.race(new Promise(() => {})).catch((error: unknown) => { passed = error instanceof DeadlinePassed; });
    const ring = async (at: number) => {
      now = at;
      alarms.shift()?.run();
      await new Promise((resolve) => void setImmediate(resolve));
      return [passed, alarms[0]?.ms];
    };
    // Timers count whole milliseconds.
    expect(alarms[0]?.ms).toBe(11);
    expect(await ring(10.4)).toEqual([false, 1]);
    expect(await ring(10.5)).toEqual([true, undefined]);
  });

  test('a value or failure after the deadline goes to whoever waits for late ones, or to nobody', async () => {
    const clock = new VirtualClock();
    const deadline = new Deadline(clock, 10);
    const after = <T>(at: number, value: T) => new Promise<T>((resolve) =>
      void clock.after(at, () => resolve(value)));
    const got: string[] = [];
    const outcomes = Promise.allSettled([
      deadline.race(after(5, 'in time'), (value) => got.push(value)),
      deadline.race(after(20, 'late'), (value) => got.push(value)),
      deadline.race(after(20, 'late, too')),
      deadline.race(after(20, 0).then(() => Promise.reject(new Error('late')))),
      deadline.race(after(5, 0).then(() => Promise.reject(new Error('in time')))),
    ]);
    await clock.runAll();
    expect((await outcomes).map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error).name)))
      .toEqual(['in time', 'DeadlinePassed', 'DeadlinePassed', 'DeadlinePassed', 'Error']);
    expect(got).toEqual(['late']);
  });
});

describe('one at a time on a device', () => {
  test('requests to one disk wait for each other', async () => {
    const { ask, clock, bus, told, tidy } = host(disk(3, { answers: { release: { afterMs: 100 } } }));
    const all = [ask({ number: 3 }), ask({ path: String.raw`\\?\PHYSICALDRIVE3` }), ask({ serialNumber: 'SER3' })];
    await clock.runAll();
    expect(all.map(({ answer }) => answer?.result.Outcome)).toEqual(['Accepted', 'Accepted', 'Accepted']);
    expect(all.map(({ at }) => at)).toEqual([1100, 1200, 1300]);
    expect(bus.releases()).toBe(3);
    expect(told.filter((text) => text.includes('waiting for another request')).length).toBeGreaterThan(1);
    tidy();
  });

  test('also when it is named by two of its names', async () => {
    const other = String.raw`\\?\scsi#disk#1#{53f56307-b6bf-11d0-94f2-00a0c91efb8b}`;
    const { ask, clock, bus, tidy } = host(
      disk(3, { answers: { release: { afterMs: 100 } }, same: 'three' }),
      disk(3, { path: other, answers: { release: { afterMs: 100 } }, same: 'three' }));
    const all = [ask({ number: 3 }), ask({ path: other })];
    await clock.runAll();
    expect(all.map(({ at }) => at)).toEqual([1100, 1200]);
    expect(bus.releases()).toBe(2);
    tidy();
  });

  test('different disks do not wait, even those that have no number', async () => {
    const path = (n: number) => String.raw`\\?\mpio#disk#${n}#{53f56307-b6bf-11d0-94f2-00a0c91efb8b}`;
    const { ask, clock, tidy } = host(...[1, 2].map((n): Device => ({
      path: path(n), number: 0xffffffff, page83: [naa(`600507680283000${n}`)],
        answers: { release: { afterMs: 100 } },
    })));
    const all = [1, 2].map((n) => ask({ path: path(n), allow: ['Multipath'] }));
    await clock.runAll();
    expect(all.map(({ at, answer }) => [at, answer?.result.Outcome, answer?.result.Number]))
      .toEqual([[1100, 'Accepted', null], [1100, 'Accepted', null]]);
    tidy();
  });

  test('a tape does not wait for the disk of the same number', async () => {
    const { ask, clock } = host(disk(0, { answers: { release: { hangs: true } } }), {
      path: String.raw`\\.\Tape0`, number: 0, deviceType: TAPE, page83: null,
    });
    ask({ number: 0 });
    const tape = ask({ path: String.raw`\\.\Tape0` });
    await clock.advance(1);
    expect(tape.answer?.result.Outcome).toBe('Accepted');
  });

  test('an earlier request that is overdue: the answer comes at once', async () => {
    const { ask, clock, bus, late, tidy } = host(disk(3, { answers: { release: { afterMs: 100_000 } } }));
    const first = ask({ number: 3, timeoutMs: 1000 });
    await clock.advance(1000);
    expect(first.answer?.result.Outcome).toBe('TimedOut');
    for (const dryRun of [false, true]) {
      const second = ask({ number: 3, dryRun });
      await clock.advance(0);
      expect(second.answer)
        .toMatchObject({ category: 'ResourceBusy', result: { Outcome: 'InUse', NtStatus: null,
          Information: null } });
      expect(second.answer?.result.Message).toMatch(/Nothing was sent\.$/);
    }
    expect(bus.releases()).toBe(1);
    await clock.runAll();
    expect(late.length).toBe(1);
    // Its driver has let go: now it is free again.
    const third = ask({ number: 3, timeoutMs: 200_000 });
    await clock.runAll();
    expect(third.answer?.result.Outcome).toBe('Accepted');
    expect(bus.releases()).toBe(2);
    tidy();
  });

  test('by another of its names, too', async () => {
    const other = String.raw`\\?\scsi#disk#1#{53f56307-b6bf-11d0-94f2-00a0c91efb8b}`;
    const { ask, clock, bus } = host(disk(3, { answers: { release: { hangs: true } } }), disk(3, { path: other }));
    ask({ number: 3, timeoutMs: 1000 });
    await clock.advance(1000);
    const second = ask({ path: other });
    await clock.advance(0);
    expect(second.answer?.result.Outcome).toBe('InUse');
    expect([bus.releases(other), bus.handles - bus.closed]).toEqual([0, 1]);
  });

  test('a waiting request is answered when the request before it becomes overdue', async () => {
    const { ask, clock, bus } = host(disk(3, { answers: { release: { hangs: true } } }));
    const first = ask({ number: 3, timeoutMs: 5000 });
    const second = ask({ number: 3, timeoutMs: 30_000 });
    await clock.advance(5000);
    expect([first.answer?.result.Outcome, second.answer?.result.Outcome]).toEqual(['TimedOut', 'InUse']);
    expect(second.at).toBe(6000);
    expect(bus.releases()).toBe(1);
  });

  test('waiting takes all of its time', async () => {
    const { ask, clock, bus, tidy } = host(disk(3, { answers: { release: { afterMs: 20_000 } } }));
    const first = ask({ number: 3 });
    const second = ask({ number: 3, timeoutMs: 2000 });
    await clock.runAll();
    expect(first.answer?.result.Outcome).toBe('Accepted');
    expect(second.answer?.result).toMatchObject({
      Outcome: 'TimedOut', DurationMs: 2000,
      Message: 'Other requests of this process to the same device took all of 2 s. Nothing was sent.',
    });
    expect(bus.releases()).toBe(1);
    tidy();
  });
});

describe('whatever the bus throws', () => {
  const failure = new Error('the bus is on fire');
  const devices: readonly (readonly [what: string, device: Partial<Device>, sent: number])[] = [
    ['open throws', { open: { throws: failure } }, 0],
    ['open rejects', { open: { rejects: failure } }, 0],
    ...steps.flatMap((step: Step) => [
      [`control throws: ${step}`, { answers: { [step]: { throws: failure } } }, step === 'release' ? 1
        : 0] as const,
      [`control rejects: ${step}`, { answers: { [step]: { rejects: failure } } }, step === 'release' ? 1
        : 0] as const,
    ]),
  ];
  test.each(devices)('%s', async (_, device, sent) => {
    const { ask, clock, bus, tidy } = host(disk(3, device));
    const state = ask({ number: 3 });
    await clock.runAll();
    expect(state.answer).toMatchObject({
      category: 'NotSpecified', result: { Outcome: 'Failed', Message: 'the bus is on fire', NtStatus: null },
    });
    expect(state.answer?.result.NextStep).toMatch(sent === 1 ? /had been sent/ : /^Nothing was sent/);
    expect(bus.releases()).toBe(sent);
    tidy();
    // The device is not taken for good.
    const again = ask({ number: 3 });
    await clock.runAll();
    expect(again.answer?.result.Outcome).toBe('Failed');
  });

  test.each([
    ['close throws', { throws: failure }],
    ['close rejects', { rejects: failure }],
  ])('%s: what the device answered stays true', async (_, closes) => {
    const { ask, clock, told, bus } = host(disk(3, { closes }));
    const state = ask({ number: 3 });
    await clock.runAll();
    expect(state.answer?.result.Outcome).toBe('Accepted');
    expect(told).toContain('disk 3: the handle was not closed: the bus is on fire');
    expect(bus.closed).toBe(1);
  });

  test.each([
    ['roles throws', () => { throw failure; }],
    ['roles rejects', () => Promise.reject(failure)],
  ])('%s', async (_, roles) => {
    const { ask, clock, bus, tidy } = host(disk(3));
    bus.roles_ = roles;
    const state = ask({ number: 3 });
    await clock.runAll();
    expect(state.answer?.result).toMatchObject({ Outcome: 'Failed', Message: 'the bus is on fire' });
    expect(bus.releases()).toBe(0);
    tidy();
    bus.roles_ = async () => noRoles;
    const again = ask({ number: 3 });
    await clock.runAll();
    expect(again.answer?.result.Outcome).toBe('Accepted');
  });

  test.each([
    ['list throws', () => { throw failure; }],
    ['list rejects', () => Promise.reject(failure)],
  ])('%s', async (_, list) => {
    const { ask, clock, bus, tidy } = host(disk(3));
    const { list_ } = bus;
    bus.list_ = list;
    const state = ask({ serialNumber: 'SER3' });
    await clock.runAll();
    expect(state.answer?.result).toMatchObject({ Outcome: 'Failed', Message: 'the bus is on fire' });
    bus.list_ = list_;
    const again = ask({ serialNumber: 'SER3' });
    await clock.runAll();
    expect(again.answer?.result).toMatchObject({ Outcome: 'Accepted', Number: 3 });
    tidy();
  });

  test('something that is no Error', async () => {
    const { ask, clock } = host(disk(3, { open: { rejects: 'just a text' as unknown as Error } }));
    const state = ask({ number: 3 });
    await clock.runAll();
    expect(state.answer?.result.Message).toBe('just a text');
    expect(messageOf(undefined)).toBe('undefined');
  });
});

test('there is no handle before it was opened', () => {
  const { context } = host(disk(3));
  const attempt = new Attempt({ ...noClaim, number: 3 }, 1000, context, { step() {}, late() {} });
  expect(() => attempt.handle).toThrow('The device has not been opened.');
});

describe('a handle', () => {
  test('is closed once what is pending on it is over, and says whether something is', async () => {
    const clock = new VirtualClock();
    const bus = new ScriptedBus(clock, [disk(3, { answers: { number: { afterMs: 10 } } })]);
    const { disk: opened } = await bus.open(String.raw`\\.\PhysicalDrive3`, 'read');
    const handle = new Handle(opened!);
    expect(handle.pending).toBeNull();
    void handle.control(0x2d1080, null, 12);
    await clock.advance(5);
    expect(handle.pending).not.toBeNull();
    await handle.leave(new Deadline(clock, 5), () => {});
    expect([bus.closed, bus.cancelled]).toEqual([0, 1]);
    await clock.advance(5);
    expect(handle.pending).toBeNull();
    expect(bus.closed).toBe(1);
    expect(bus.broken).toEqual([]);
  });
});

describe('what the requests of a worker share', () => {
  test('the host is asked for its roles once in ten seconds', async () => {
    const clock = new VirtualClock();
    const bus = new ScriptedBus(clock, []);
    let asked = 0;
    bus.roles_ = async () => {
      asked++;
      return noRoles;
    };
    const context = createContext(bus, clock);
    await context.roles();
    await clock.advance(10_000);
    await context.roles();
    expect(asked).toBe(1);
    await clock.advance(1);
    await context.roles();
    expect(asked).toBe(2);
  });

  test('an old answer is not used when a new one fails', async () => {
    const clock = new VirtualClock();
    const bus = new ScriptedBus(clock, []);
    const context = createContext(bus, clock);
    await context.roles();
    await clock.advance(20_000);
    bus.roles_ = () => { throw new Error('no'); };
    await expect(context.roles()).rejects.toThrow('no');
    await expect(context.roles()).rejects.toThrow('no');
  });

  test('a failure that comes late does not throw away a newer answer', async () => {
    const clock = new VirtualClock();
    const bus = new ScriptedBus(clock, []);
    const context = createContext(bus, clock);
    bus.roles_ = () => new Promise((_, reject) => void clock.after(15_000, () => reject(new Error('old'))));
    const old = context.roles();
    old.catch(() => {});
    await clock.advance(11_000);
    let asked = 0;
    bus.roles_ = async () => (asked++, noRoles);
    await context.roles();
    await clock.advance(5000);
    await expect(old).rejects.toThrow('old');
    await context.roles();
    expect(asked).toBe(1);
  });
});

describe('answers that never were requests', () => {
  test('a pipeline that was stopped', () => {
    const { context, clock } = host();
    const { result, category } = refusedAnswer({ ...noClaim, number: 7, serialNumber: ' S\x1b ' }, context, 'No.',
      'Again.');
    expect(Object.keys(result)).toEqual(properties);
    expect(category).toBe('InvalidOperation');
    expect(result).toMatchObject({
      Number: 7, SerialNumber: 'S?', Outcome: 'Refused', Message: 'No.', NextStep: 'Again.', DurationMs: 0,
        NtStatus: null,
      StartedAt: clock.date(),
    });
    expect(category).toBe(outcomeRow('Refused').category);
  });
});

describe('results as items', () => {
  test('every property, in order, and as JSON', async () => {
    const { result } = host(disk(3, { answers: { release: { information: 2n ** 60n } } }));
    const found = await result({ number: 3 });
    expect(resultItem(found).map(([name]) => name)).toEqual(properties);
    const plain = plainObject(resultItem(found));
    expect(plain)
      .toMatchObject({ Number: 3, Information: '1152921504606846976', StartedAt: '2026-01-01T00:00:00.000Z' });
    expect(JSON.parse(JSON.stringify(plain))).toEqual(plain);
  });

  test('what is not known is null', () => {
    const { context } = host();
    const { result } = refusedAnswer(noClaim, context, '', '');
    const filled = Object.entries(plainObject(resultItem(result))).filter(([, value]) => value !== null)
      .map(([name]) => name);
    expect(filled).toEqual(['Outcome', 'Attempts', 'DurationMs', 'StartedAt', 'ComputerName', 'Bus', 'Message', 'NextStep']);
  });

  test('a disk of a list', () => {
    const row = {
      path: String.raw`\\.\PhysicalDrive1`, number: 1, friendlyName: null, serialNumber: 'S', uniqueId: null,
        busType: 'Sas',
      boot: false, system: null, clustered: null, multipath: true, reported: null,
    };
    expect(plainObject(diskItem(row, { computerName: 'H', kind: 'Rehearsal' }))).toEqual({
      Number: 1, DevicePath: row.path, FriendlyName: null, SerialNumber: 'S', UniqueId: null, BusType: 'Sas',
        IsBoot: false,
      IsSystem: null, IsClustered: null, IsMultipath: true, ComputerName: 'H', Bus: 'Rehearsal',
    });
    expect(plainObject([['A', { U64: 5n }], ['B', { Db: 1.5 }]])).toEqual({ A: 5, B: 1.5 });
  });
});

describe('the small shop of the rehearsals', () => {
  const shop: Record<number, string> = {
    0: 'Refused', 1: 'Accepted', 2: 'Accepted', 3: 'Accepted', 4: 'NotSupported', 5: 'Conflict', 6: 'AccessDenied',
    7: 'NotFound', 9: 'InUse', 10: 'IdentityChanged', 11: 'TimedOut', 12: 'Failed', 13: 'Refused', 14: 'Refused',
    15: 'Accepted',
  };

  test('each disk has its outcome', async () => {
    const clock = new VirtualClock();
    const text = readFileSync(new URL('../../ps/rehearsal/small-shop.json', import.meta.url), 'utf8');
    const bus: Bus = rehearsalOf(text, { clock });
    const context = createContext(bus, clock);
    const known = new Map((await bus.inventory!()).map((row) => [row.path, row]));
    const asked = Object.keys(shop).map((number) => {
      const row = known.get(`\\\\.\\PhysicalDrive${number}`)!;
      const claim: Claim = { ...noClaim, number: row.number, uniqueId: row.uniqueId,
        serialNumber: row.serialNumber };
      return change({ claim, allow: new Set(), timeoutMs: 30_000, dryRun: false }, context,
        { step: () => {}, late: () => {} });
    });
    await clock.advance(30_000);
    const results = (await Promise.all(asked)).map(({ result }) => result);
    expect(Object.fromEntries(results.map((result) => [result.Number, result.Outcome]))).toEqual(shop);
    expect(results.every((result) => result.Bus === 'Rehearsal' && result.ComputerName === 'shop-1')).toBe(true);
  });
});
