// Freeing disks on the rehearsed bus: every example, and everything that can happen between two requests.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { encodeClusterInfo, encodeDriveLayout } from '../../src/bus/sdk/disk-use.ts';
import { uncleared } from '../../src/verbs/clear/clear.ts';
import { clearItem, isClearResult } from '../../src/verbs/clear/clear-result.ts';
import type { Method } from '../../src/verbs/clear/methods.ts';
import { ownersOf } from '../../src/verbs/clear/uses.ts';
import { countedKeys, registrantLines } from '../../src/verbs/clear/words.ts';
import type { Guard } from '../../src/disk/guards.ts';
import { plainObject } from '../../src/result/items.ts';
import { noClaim } from '../../src/disk/claim.ts';
import { keyText } from '../../src/scsi/persistent-reservations.ts';
import { type Around, World, answered, disk, oneDisk } from './clear-world.ts';

const load = (name: string) => readFileSync(new URL(`../../ps/rehearsal/${name}`, import.meta.url), 'utf8');
const stale = load('stale-reservations.json');
const wrong = load('clearing-goes-wrong.json');
const DEAD = 0x6d61696e00000001n;
const OWN = 0x53523fa9c27d0001n;
const both: ReadonlySet<Guard> = new Set(['Clustered', 'Multipath']);

const SUCCESS = 0;
const CONFLICT = 0x80000011;
const UNSUPPORTED = 0xc0000010;
const BROKEN = 0xc0000185;
const DENIED = 0xc0000022;
const PR_IN = '2d5018';
const ADDRESS = '41018';
const BREAK = '2d5014';

const holderFor = (method: Method, key = DEAD) => (method === 'Preempt' ? key : null);

/** Outcomes of Release, Clear, Preempt and Reset, each on a fresh bus. */
async function outcomes(file: string, device: number | string, allow: ReadonlySet<Guard> = new Set()): Promise<string> {
  const all: string[] = [];
  for (const method of ['Release', 'Clear', 'Preempt', 'Reset'] as const) {
    const world = new World(file);
    const result = await world.clear({ method, allow, holderKey: holderFor(method) }, device);
    all.push(result.Outcome);
    expect(world.closed).toBe(world.handles);
    expect(world.context.turns.size).toBe(0);
    if (result.Outcome === 'Refused') expect(world.sent).toEqual([]);
    expect(result.OwnKeyLeft).toBe(false);
  }
  return all.join(' ');
}

describe('stale-reservations.json', () => {
  const byState: readonly string[] = [
    'Accepted Refused Refused Refused', 'Refused Refused Refused Reset', 'Refused Cleared Preempted Refused',
    'Refused Cleared Preempted Refused', 'Refused Cleared Preempted Refused', 'Refused Cleared Preempted Refused',
    'Refused Cleared Refused Refused', 'Refused Cleared Refused Refused', 'Refused Cleared Preempted Refused',
    'Refused Conflict Refused Refused', 'Refused Conflict Conflict Refused', 'Refused Refused Refused Refused',
    'Refused Refused Refused Refused', 'Refused Cleared Preempted Refused'];
  const expected: readonly (readonly [number | string, string])[] = [
    [0, 'Refused Refused Refused Refused'],
    ...[0, 100].flatMap((from) => byState.map((cells, index) => [from + index + 1, cells] as const)),
    [15, 'Refused Refused Refused Refused'], [16, 'NotSupported NotSupported NotSupported Refused'],
    [17, 'Refused Cleared Preempted Refused'], [18, 'Refused Refused Refused Reset'], [19, 'InUse InUse InUse Refused'],
    [20, 'Conflict Refused Refused Refused'], [22, 'Refused Refused Refused StillHeld'],
    [23, 'Refused Refused Refused Reset'], [25, 'Refused Refused Refused Reset'], [27, 'Refused Refused Refused NotSupported'],
    [28, 'Refused Refused Refused Refused'], [29, 'Refused Refused Refused Refused'], [30, 'Refused Refused Refused Refused'],
    [31, 'Refused Refused Refused Refused'], [33, 'Refused Refused Refused Refused'], [34, 'Refused Refused Refused Refused'],
    [35, 'Refused Refused Refused Refused'],
    [String.raw`\\.\Tape0`, 'Refused Refused Refused Reset'], [String.raw`\\.\Tape1`, 'Refused Refused Refused Refused'],
  ];
  test.each(expected)('%s: %s', async (device, cells) => expect(await outcomes(stale, device)).toBe(cells));

  test('a silent disk takes all its time', async () => {
    expect(await outcomes(stale, 21)).toBe('TimedOut TimedOut TimedOut TimedOut');
  });

  test.each([[12, 'Refused Cleared Preempted Refused'], [112, 'Refused Cleared Preempted Refused'],
    [13, 'Refused Cleared Preempted Refused'], [113, 'Refused Cleared Preempted Refused'],
    [31, 'Refused Conflict Refused Refused'], [33, 'Refused Cleared Preempted Refused'], [34, 'Refused Refused Refused Refused'],
    [35, 'Refused Refused Refused Refused']])('%i with -Allow Clustered, Multipath: %s', async (device, cells) => {
    expect(await outcomes(stale, device, both)).toBe(cells);
  });

  test('what MPIO does is told with the result', async () => {
    expect((await new World(stale).clear({ method: 'Clear', allow: both }, 13)).Message).toMatch(/MPIO registers down all paths/);
  });

  test('everything that is known of a cleared disk', async () => {
    const world = new World(stale);
    const { result, category } = await world.answer({ method: 'Clear', random: (length) => new Uint8Array(length).fill(7) }, 4);
    expect(category).toBeNull();
    expect(result).toMatchObject({
      Number: 4, SerialNumber: 'SHELF-004', Outcome: 'Cleared', Method: 'Clear', HolderKey: keyText(DEAD), Type: 'Exclusive Access',
      KeyCount: 2, Removed: '0x6D61696E00000001 (1), 0x6D61696E00000002 (1)', KeysLeft: 0, GenerationBefore: 2, GenerationAfter: 4,
      OwnKey: '0x5352070707070707', OwnKeyLeft: false, Undone: null, ReservationBefore: 'Persistent', NtStatus: SUCCESS, NextStep: '',
    });
    expect(result.Registrants!.split('\n')).toHaveLength(2);
    expect(result.Registrants).toMatch(/^0x6D61696E00000001 .*dead-1.* \(holder\)$/m);
    expect(world.sent).toEqual(['REGISTER', 'CLEAR']);
    // Told before it was sent.
    const names = world.told.map((text) => text.replace(/^disk 4: /, ''));
    expect(names.findIndex((text) => text.startsWith('own key 0x5352070707070707')))
      .toBeLessThan(names.findIndex((text) => text.startsWith('sending PERSISTENT RESERVE OUT, REGISTER')));
    expect(isClearResult(result)).toBe(true);
    expect(plainObject(clearItem(result))).toMatchObject({ Method: 'Clear', KeysLeft: 0, OwnKeyLeft: false, Undone: null });
    const nothing = uncleared({ claim: noClaim, method: 'Reset' }, world.context, 'Not begun.', 'Begin.').result;
    expect(plainObject(clearItem(nothing))).toMatchObject({ Outcome: 'Refused', Method: 'Reset', HolderKey: null, KeyCount: null });
    expect(isClearResult({ ...nothing, Method: undefined } as never)).toBe(true);
  });

  test('only keys of the named kind go: REGISTER with old key 0, and never over an existing key', async () => {
    const world = new World(stale);
    await world.clear({ method: 'Preempt', holderKey: DEAD }, 5);
    expect(world.sent).toEqual(['REGISTER', 'PREEMPT', 'REGISTER']);
    expect(world.lists.map(({ reservationKey, serviceActionKey }) => [reservationKey === 0n, serviceActionKey === DEAD, serviceActionKey === 0n]))
      .toEqual([[true, false, false], [false, true, false], [false, false, true]]);
    expect(await world.keys(5)).toEqual([0x6d61696e00000002n]);
    expect(await world.reservation(5)).toBeNull();
  });

  test('PREEMPT AND ABORT, which tgt does not know', async () => {
    const request = { method: 'Preempt', holderKey: DEAD, abort: true } as const;
    const world = new World(stale);
    expect((await world.clear(request, 5)).Outcome).toBe('Preempted');
    expect(world.sent).toEqual(['REGISTER', 'PREEMPT AND ABORT', 'REGISTER']);
    const tgt = new World(stale);
    expect(await tgt.clear(request, 105)).toMatchObject({ Outcome: 'NotSupported', Undone: true, OwnKeyLeft: false,
      NextStep: expect.stringContaining('leave -Abort out') });
    expect(await tgt.keys(105)).toHaveLength(2);
  });

  test('power-loss persistence is kept by PREEMPT, and by CLEAR until it is done', async () => {
    const shared = JSON.parse(stale) as { logicalUnits: { name: string; registrations?: object[] }[] };
    shared.logicalUnits.find(({ name }) => name === 'LIO EA-RO')!.registrations!.push({ initiator: 'dead-2', key: '0x2' });
    const world = new World(shared);
    const result = await world.clear({ method: 'Preempt', holderKey: DEAD }, 6);
    expect(result).toMatchObject({ Outcome: 'Preempted', KeysLeft: 1 });
    expect(result.Message).not.toMatch(/power/);
    expect(world.lists.map(({ aptpl }) => aptpl)).toEqual([true, false, true]);
    expect(world.lists.length).toBe(3);
  });

  test('a leftover is taken back', async () => {
    for (const number of [10, 110]) {
      const world = new World(stale);
      expect(await world.clear({ method: 'Release', ownKey: OWN }, number)).toMatchObject({
        Outcome: 'Accepted', Removed: '0x53523FA9C27D0001 (1)', OwnKey: '0x53523FA9C27D0001', OwnKeyLeft: false, KeysLeft: 0,
        Message: '0x53523FA9C27D0001 was taken back.', NextStep: '',
      });
      expect(world.sent).toEqual(['REGISTER']);
      expect(await world.clear({ method: 'Release', ownKey: OWN }, number)).toMatchObject({ Outcome: 'Refused' });
    }
  });

  test('RELEASE itself goes the way that it always goes', async () => {
    const world = new World(stale);
    expect(await world.clear({ method: 'Release' }, 1)).toMatchObject({
      Outcome: 'Accepted', Method: 'Release', ReservationBefore: 'Unknown', ReservationAfter: 'Free', ProvedBy: 'rescue', OwnKeyLeft: false,
    });
    expect(world.sent).toEqual(['2d4814']);
  });
});

describe('clearing-goes-wrong.json', () => {
  // [disk, method, outcome, OwnKeyLeft, Undone, a word of the message or the next step]
  test.each<[number, Method, string, boolean | null, boolean | null, RegExp]>([
    [1, 'Clear', 'StillHeld', false, true, /takes some refusals of a device for success/],
    [2, 'Clear', 'Failed', false, null, /REGISTER was answered with success, and was not done/],
    [3, 'Clear', 'Cleared', false, null, /2 registrations/],
    [4, 'Clear', 'Cleared', false, null, /CLEAR itself was answered with STATUS_DEVICE_BUSY/],
    [5, 'Clear', 'Cleared', false, null, /CLEAR itself was answered with STATUS_DEVICE_NOT_READY/],
    [6, 'Preempt', 'Preempted', false, null, /PREEMPT itself was answered with STATUS_DEVICE_BUSY/],
    [7, 'Clear', 'Cleared', false, null, /2 registrations/],
    [8, 'Preempt', 'StillHeld', true, false, /-Method Release -OwnKey 0x5352[0-9A-F]{12} on this host/],
    [9, 'Clear', 'Conflict', true, false, /-Method Release -OwnKey 0x5352/],
    [10, 'Clear', 'Cleared', false, null, /STATUS_INVALID_DEVICE_REQUEST/],
    [11, 'Clear', 'NotSupported', false, null, /no room for another registration/],
    [12, 'Clear', 'Cleared', false, null, /2 registrations/],
    [13, 'Clear', 'TimedOut', null, null, /if it is still registered/],
    [14, 'Clear', 'Cleared', false, null, /2 registrations/],
    [15, 'Clear', 'Failed', false, true, /STATUS_IO_DEVICE_ERROR/],
    [16, 'Clear', 'Cleared', false, null, /2 registrations/],
    [18, 'Clear', 'NotFound', false, true, /STATUS_NO_SUCH_DEVICE/],
    [19, 'Reset', 'Reset', false, null, /outstanding commands of all hosts/],
    [20, 'Reset', 'TimedOut', false, null, /whether the device was reset is unknown/],
  ])('disk %i, %s: %s', async (number, method, outcome, left, undone, said) => {
    const world = new World(wrong);
    const result = await world.clear({ method, holderKey: holderFor(method) }, number);
    expect(result).toMatchObject({ Outcome: outcome, OwnKeyLeft: left, Undone: undone });
    expect(`${result.Message} ${result.NextStep}`).toMatch(said);
    if (number !== 20) expect(world.closed).toBe(world.handles);
    expect(world.late).toHaveLength(number === 13 ? 1 : 0);
    const keys = await world.keys(number === 13 || number >= 17 ? 1 : number);
    if (left === false && method !== 'Reset' && number !== 13) expect(keys.some((key) => keyText(key) === result.OwnKey)).toBe(false);
    if (left === true) expect(keys.map(keyText)).toContain(result.OwnKey);
  });

  test('a target that cannot store loses the persistence of those that are left, and it is said', async () => {
    const file = JSON.parse(wrong) as { logicalUnits: { name: string; aptpl?: boolean }[] };
    file.logicalUnits.find(({ name }) => name === 'target cannot store')!.aptpl = true;
    const result = await new World(file).clear({ method: 'Preempt', holderKey: DEAD }, 3);
    expect(result.Outcome).toBe('Preempted');
    expect(result.Message).toMatch(/The registrations that are left do not survive a loss of power any more/);
  });
});

describe('between two requests', () => {
  const A = 0xa1n;
  const at = (name: string, nth: number, run: (world: World) => Promise<unknown>, when: 'before' | 'after' = 'after') =>
    (world: World): Around => async (seen, pass) => {
      if (seen.name !== name || seen.nth !== nth) return pass();
      if (when === 'before') await run(world);
      const done = await pass();
      if (when === 'after') await run(world);
      return done;
    };
  const says = (name: string, nth: number | 'all', status: number) => (): Around => async (seen, pass) =>
    (seen.name === name && (nth === 'all' || seen.nth === nth) ? answered(status) : pass());
  const clears = { method: 'Clear' } as const;
  const preempts = { method: 'Preempt', holderKey: A } as const;
  /** A device that does not tell all keys again after the nth READ. */
  const blindFrom = (nth: number, to = Infinity) => (): Around => async (seen, pass) =>
    (seen.name === PR_IN && seen.nth >= nth && seen.nth < to ? answered(BROKEN) : pass());

  interface Case {
    readonly what: string;
    readonly request: Parameters<World['clear']>[0];
    readonly around: (world: World) => Around;
    readonly unit?: object;
    readonly outcome: string;
    readonly left: boolean | null;
    readonly undone: boolean | null;
    readonly says?: RegExp;
    readonly sent?: string;
  }

  const cases: readonly Case[] = [
    { what: 'a third host registers after REGISTER', request: clears, outcome: 'Changed', left: false, undone: true,
      around: at('REGISTER', 1, (world) => world.act('third', 1, 'REGISTER', 0n, 3n)), sent: 'REGISTER REGISTER',
      says: /CLEAR was not sent/ },
    { what: 'the same with Preempt', request: preempts, outcome: 'Changed', left: false, undone: true,
      around: at('REGISTER', 1, (world) => world.act('third', 1, 'REGISTER', 0n, 3n)), says: /PREEMPT was not sent/ },
    { what: 'a host changes its key and back', request: clears, outcome: 'Changed', left: false, undone: true,
      around: at('REGISTER', 1, async (world) => {
        await world.act('second', 1, 'REGISTER', 0xb2n, 5n);
        await world.act('second', 1, 'REGISTER', 5n, 0xb2n);
      }) },
    { what: 'the holder releases', request: preempts, outcome: 'Changed', left: false, undone: true,
      around: at('REGISTER', 1, (world) => world.act('main', 1, 'RELEASE', A, 0n, 5)) },
    { what: 'a host registers between READ KEYS and READ RESERVATION, each time', request: clears, outcome: 'Changed', left: false, undone: true,
      around: (world) => {
        let key = 16n;
        return async (seen, pass) => {
          const done = await pass();
          if (seen.name === PR_IN && seen.nth % 2 === 1 && seen.nth > 2 && seen.nth < 9) await world.act('third', 1, 'REGISTER', key === 16n ? 0n : key, ++key);
          return done;
        };
      } },
    { what: 'somebody clears it all after REGISTER', request: clears, outcome: 'Changed', left: false, undone: null,
      around: at('REGISTER', 1, (world) => world.act('main', 1, 'CLEAR', A)), says: /meanwhile/ },
    { what: 'somebody preempts the own key before CLEAR', request: clears, outcome: 'Changed', left: false, undone: null, sent: 'REGISTER CLEAR',
      around: (world) => async (seen, pass) => {
        if (seen.name === 'CLEAR') await world.act('main', 1, 'PREEMPT', A, world.lists[0]!.serviceActionKey, 5);
        return pass();
      }, says: /was gone already/ },
    { what: 'a host that still runs registers right after CLEAR', request: clears, outcome: 'StillHeld', left: false, undone: null,
      around: at('CLEAR', 1, (world) => world.act('main', 1, 'REGISTER', 0n, A)), says: /took the device back/ },
    { what: 'the preempted host registers again', request: preempts, outcome: 'StillHeld', left: false, undone: true,
      around: at('PREEMPT', 1, (world) => world.act('main', 1, 'REGISTER', 0n, A)), says: /registered all the same/ },
    { what: 'the same after the own key went', request: preempts, outcome: 'StillHeld', left: false, undone: true,
      around: at('REGISTER', 2, (world) => world.act('main', 1, 'REGISTER', 0n, A)), says: /is registered again: its host still runs/ },
    { what: 'another takes it after PREEMPT', request: preempts, outcome: 'StillHeld', left: false, undone: null,
      around: at('REGISTER', 2, (world) => world.act('second', 1, 'RESERVE', 0xb2n, 0n, 5)), says: /held again \(Write Exclusive - Registrants Only, key 0x0+B2\)/ },
    { what: 'PREEMPT conflicts', request: preempts, outcome: 'Conflict', left: false, undone: true,
      around: says('PREEMPT', 1, CONFLICT), says: /Keys and reservation are as they were/ },
    { what: 'PREEMPT is not done and answered with success', request: preempts, outcome: 'StillHeld', left: false, undone: true,
      around: says('PREEMPT', 1, SUCCESS), says: /takes some refusals/ },
    { what: 'CLEAR that leaves keys and takes the own', request: clears, outcome: 'StillHeld', left: false, undone: true,
      around: (world) => async (seen, pass) => {
        if (seen.name !== 'CLEAR') return pass();
        await world.act('second', 1, 'REGISTER', 0xb2n, 0n);
        return answered(SUCCESS);
      }, says: /registered again|was not done/ },
    { what: 'keys cannot be read after REGISTER', request: clears, outcome: 'Failed', left: null, undone: null,
      around: blindFrom(3), says: /is not known/ },
    { what: 'nor is the answer to it good', request: clears, outcome: 'NotReady', left: null, undone: null,
      around: (world) => (seen, pass) => (seen.name === 'REGISTER' ? says('REGISTER', 'all', 0xc00000a3)() : blindFrom(3)())(seen, pass) ?? world },
    { what: 'keys cannot be read for a while', request: clears, outcome: 'Failed', left: false, undone: true,
      around: blindFrom(3, 4), says: /could not be read after REGISTER/ },
    { what: 'keys cannot be read after CLEAR', request: clears, outcome: 'Failed', left: null, undone: null,
      around: blindFrom(5), says: /Nothing is proved/ },
    { what: 'keys cannot be read after CLEAR for a while', request: clears, outcome: 'Cleared', left: false, undone: null,
      around: blindFrom(5, 6) },
    { what: 'nor after a CLEAR that was answered with success and not done', request: clears, outcome: 'StillHeld', left: false, undone: true,
      around: () => async (seen, pass) => (seen.name === 'CLEAR' ? answered(SUCCESS) : blindFrom(5, 6)()(seen, pass)) },
    { what: 'nor after a CLEAR that failed', request: clears, outcome: 'Conflict', left: null, undone: null,
      around: () => async (seen, pass) => (seen.name === 'CLEAR' ? answered(CONFLICT) : blindFrom(5)()(seen, pass)) },
    { what: 'CLEAR conflicts, and the own key stays', request: clears, outcome: 'Conflict', left: true, undone: false,
      around: () => async (seen, pass) =>
        (seen.name === 'CLEAR' || (seen.name === 'REGISTER' && seen.nth === 2) ? answered(CONFLICT) : pass()),
      says: /Keys of others and the reservation are as they were/ },
    { what: 'keys cannot be read after PREEMPT', request: preempts, outcome: 'Failed', left: null, undone: null, around: blindFrom(5) },
    { what: 'REGISTER is denied', request: clears, outcome: 'AccessDenied', left: false, undone: null,
      around: says('REGISTER', 'all', DENIED), says: /Nothing was registered/ },
    { what: 'CLEAR breaks', request: clears, outcome: 'Failed', left: false, undone: true,
      around: () => async (seen, pass) => {
        if (seen.name === 'CLEAR') throw new Error('the bus broke');
        return pass();
      }, says: /the bus broke/ },
    { what: 'CLEAR and all after it break', request: clears, outcome: 'Failed', left: null, undone: null,
      around: (world) => async (seen, pass) => {
        if (world.sent.includes('CLEAR') && seen.code !== 0) throw new Error('the bus broke');
        return pass();
      }, says: /the bus broke.*is not known/ },
    { what: 'no generation is counted', request: clears, outcome: 'Accepted', left: false, undone: null,
      around: () => async (seen, pass) => {
        const done = await pass();
        if (seen.name === PR_IN && seen.nth > 2) done.output.set([0, 0, 0, 3], 0);
        return done;
      }, says: /PRgeneration does not confirm that CLEAR was done/ },
    { what: 'nor with Preempt', request: preempts, outcome: 'Accepted', left: false, undone: null,
      around: () => async (seen, pass) => {
        const done = await pass();
        if (seen.name === PR_IN && seen.nth > 2) done.output.set([0, 0, 0, 3], 0);
        return done;
      }, says: /PRgeneration does not confirm that PREEMPT was done/ },
    { what: 'the last of several cannot be taken back, and nobody holds', request: { method: 'Preempt', holderKey: 0xb2n }, outcome: 'StillHeld',
      left: true, undone: false, unit: { persistentReservation: undefined }, around: (world) => async (seen, pass) =>
        (seen.name === 'REGISTER' && world.sent.includes('PREEMPT') ? answered(0xc00000a3) : pass()),
      says: /could not be taken back\.$/ },
  ];

  test.each(cases)('$what: $outcome', async ({ request, around, unit = {}, outcome, left, undone, says: said, sent }) => {
    for (const target of ['LIO', 'tgt']) {
      const world = new World(oneDisk({ target, ...unit }));
      world.around = around(world);
      const result = await world.clear(request);
      expect([target, result.Outcome, result.OwnKeyLeft, result.Undone]).toEqual([target, outcome, left, undone]);
      if (said !== undefined) expect(result.Message).toMatch(said);
      if (sent !== undefined) expect(world.sent.join(' ')).toBe(sent);
      const keys = await world.keys();
      const isThere = keys.some((key) => keyText(key) === result.OwnKey);
      if (result.OwnKeyLeft !== null) expect(isThere).toBe(result.OwnKeyLeft);
      else expect(result.NextStep).toContain(`-Method Release -OwnKey ${result.OwnKey}`);
      expect(world.closed).toBe(world.handles);
    }
  });

  // [what, answers, outcome, left]
  test.each<[string, Around, string, boolean | null, RegExp]>([
    ['it conflicts', async (seen, pass) => (seen.name === 'REGISTER' ? answered(CONFLICT) : pass()), 'Conflict', true, /is still registered/],
    ['success, and it is there', async (seen, pass) => (seen.name === 'REGISTER' ? answered(SUCCESS) : pass()), 'StillHeld', true, /takes some refusals/],
    ['it fails, and is done', async (seen, pass) => (seen.name === 'REGISTER' ? (await pass(), answered(CONFLICT)) : pass()), 'Accepted', false, /another host did it/],
    ['no reading after it', async (seen, pass) => (seen.name === PR_IN && seen.nth > 2 ? answered(BROKEN) : pass()), 'Failed', null, /accepted that 0x5352/],
    ['nothing after it', async (seen, pass) => (seen.name === 'REGISTER' || (seen.name === PR_IN && seen.nth > 2) ? answered(BROKEN) : pass()), 'Failed', null, /could not be read afterwards/],
  ])('an own key is taken back, and %s', async (_, around, outcome, left, said) => {
    const world = new World(stale);
    world.around = around;
    const result = await world.clear({ method: 'Release', ownKey: OWN }, 10);
    expect([result.Outcome, result.OwnKeyLeft]).toEqual([outcome, left]);
    expect(result.Message).toMatch(said);
  });

  test('a conflict of REGISTER names no reading that the device does not answer', async () => {
    const line = 'Clear-StorageReservation -Number 110 -Method Release -OwnKey 0x53523FA9C27D0001';
    const untold = 'The device does not report whose its keys are: let the software of this host that registered one take it back (a cluster, MPIO), '
      + 'or run the same command on another host that has the device.';
    const said = async (number: number) => {
      const { Outcome, NextStep } = await new World(stale).clear({ method: 'Clear' }, number);
      expect(Outcome).toBe('Conflict');
      return NextStep;
    };
    expect(await said(111)).toBe(untold);
    expect(await said(110)).toBe(`If this host left 0x53523FA9C27D0001 behind: ${line} takes it back. ${untold}`);
    expect(await said(11)).toMatch(/^See whose it is: Get-StorageReservation -Number 11 -Registrants\. A cluster and MPIO register keys of this host\./);
  });

  // Not of this host, and the disk does not say so before: a conflict, after which all is as it was.
  test.each(['tgt', 'LIO'])('the key of another host, by %s', async (target) => {
    const world = new World(oneDisk({ target, registrations: [{ initiator: 'main', key: keyText(OWN) }, { initiator: 'second', key: '0xb2' }],
      persistentReservation: { holder: 'second', type: 5 } }));
    const result = await world.clear({ method: 'Release', ownKey: OWN });
    expect(result).toMatchObject({ Outcome: 'Conflict', OwnKeyLeft: true, Removed: null, KeysLeft: 2, GenerationBefore: 2, GenerationAfter: 2,
      Message: 'REGISTER was answered with STATUS_DEVICE_BUSY 0x80000011. 0x53523FA9C27D0001 is still registered, and nothing changed.' });
    expect(result.NextStep).toBe(target === 'tgt'
      ? 'It was registered by another host, or over another path of this one, and the device does not report which: run the same command on '
        + 'each other host that has the device, with the number of the disk there.'
      : 'It was registered by another host, or over another path of this one: Get-StorageReservation -Number 1 -Registrants.');
    expect(world.sent).toEqual(['REGISTER']);
    expect(await world.keys()).toEqual([OWN, 0xb2n]);
    expect(await world.reservation()).toMatchObject({ key: 0xb2n });
  });

  test('the key of another host, while a third one registers: not that nothing changed', async () => {
    const world = new World(oneDisk({ registrations: [{ initiator: 'main', key: keyText(OWN) }], persistentReservation: undefined }));
    world.around = async (seen, pass) => {
      if (seen.name === 'REGISTER') await world.act('third', 1, 'REGISTER', 0n, 3n);
      return pass();
    };
    expect(await world.clear({ method: 'Release', ownKey: OWN })).toMatchObject({ Outcome: 'Conflict', OwnKeyLeft: true, KeysLeft: 2,
      Message: 'REGISTER was answered with STATUS_DEVICE_BUSY 0x80000011. 0x53523FA9C27D0001 is still registered.' });
  });

  test.each([
    ['one of two', ['rescue', 'main'], 1, /^1 of 2 registrations of 0x53523FA9C27D0001 was taken back\. The one that is left was registered by another host, or over/],
    ['one of three', ['rescue', 'main', 'second'], 2, /^1 of 3 registrations .* was taken back\. Those that are left were registered by/],
  ] as const)('a key that more than one initiator registered: %s', async (_, who, left, said) => {
    const world = new World(oneDisk({ registrations: who.map((initiator) => ({ initiator, key: keyText(OWN) })), persistentReservation: undefined }));
    const result = await world.clear({ method: 'Release', ownKey: OWN });
    expect(result).toMatchObject({ Outcome: 'StillHeld', Removed: `${keyText(OWN)} (1)`, KeysLeft: left, OwnKeyLeft: true,
      NextStep: 'See who registered what is left, and take it back there: Get-StorageReservation -Number 1 -Registrants.' });
    expect(result.Message).toMatch(said);
    expect(await world.keys()).toHaveLength(left);
    const untold = new World(oneDisk({ target: 'tgt', registrations: who.map((initiator) => ({ initiator, key: keyText(OWN) })), persistentReservation: undefined }));
    expect((await untold.clear({ method: 'Release', ownKey: OWN })).NextStep).toBe('Run the same command on the other hosts that have the device.');
  });

  test('registrations of a key that went down one of two paths are told though REGISTER failed', async () => {
    const world = new World(oneDisk({ registrations: ['main', 'rescue', 'second'].map((initiator) => ({ initiator, key: keyText(OWN) })),
      persistentReservation: undefined }));
    world.around = async (seen, pass) => {
      if (seen.name !== 'REGISTER') return pass();
      await world.act('main', 1, 'REGISTER', OWN, 0n);
      await pass();
      return answered(CONFLICT);
    };
    const result = await world.clear({ method: 'Release', ownKey: OWN });
    expect(result).toMatchObject({ Outcome: 'StillHeld', Removed: `${keyText(OWN)} (2)`, KeysLeft: 1, OwnKeyLeft: true });
    expect(result.Message).toMatch(/^2 of 3 registrations of 0x53523FA9C27D0001 were taken back\. .* REGISTER itself was answered with STATUS_DEVICE_BUSY/);
  });

  test('the line that takes a key back allows what the command was allowed', async () => {
    const world = new World(oneDisk({}, { clustered: true }));
    world.around = blindFrom(5)();
    expect((await world.clear({ ...clears, allow: new Set(['Clustered']) })).NextStep)
      .toMatch(/ -Method Release -OwnKey 0x5352[0-9A-F]{12} -Allow Clustered on this host takes the key of this command back/);
    expect((await new World(oneDisk({}, { clustered: true })).clear(clears)).NextStep)
      .toMatch(/^If it is really meant: Clear-StorageReservation .* -Method Clear -Allow Clustered\.$/);
    expect((await new World(oneDisk({}, { clustered: true })).clear(preempts)).NextStep)
      .toMatch(/ -Method Preempt -HolderKey 0x00000000000000A1 -Allow Clustered\.$/);
    const key = oneDisk({ registrations: [{ initiator: 'rescue', key: keyText(OWN) }], persistentReservation: undefined }, { clustered: true });
    expect((await new World(key).clear({ method: 'Release', ownKey: OWN })).NextStep)
      .toMatch(/ -Method Release -OwnKey 0x53523FA9C27D0001 -Allow Clustered\.$/);
  });

  test('a SCSI-2 reservation beside the keys is told after a PREEMPT', async () => {
    const result = await new World(oneDisk({ target: 'tgt', reservedBy: 'second' })).clear(preempts);
    expect(result).toMatchObject({ Outcome: 'Preempted', NextStep: expect.stringMatching(/^Find-StorageReservationHolder /) });
    expect(result.Message).toMatch(/nobody holds a persistent reservation on the device\. 1 key .* Another initiator holds a SCSI-2 reservation/);
  });

  test('keys that a CLEAR removed are told, though one of them is registered again', async () => {
    const world = new World(oneDisk());
    world.around = async (seen, pass) => {
      const answer = await pass();
      if (seen.name === 'CLEAR') await world.act('main', 1, 'REGISTER', 0n, 0xa1n);
      return answer;
    };
    expect(await world.clear(clears)).toMatchObject({ Outcome: 'StillHeld', KeysLeft: 1, Removed: '0x00000000000000B2 (1)' });
  });

  test('a status that has no name is told by its number', async () => {
    const world = new World(oneDisk());
    world.around = says('CLEAR', 1, 0xc0000999)();
    expect((await world.clear(clears)).Message).toMatch(/^CLEAR was answered with 0xC0000999\. Keys/);
  });

  test('the deadline holds at every step, and the key is always reported', async () => {
    for (const request of [clears, preempts]) {
      for (let hangs = 1; hangs < 40; hangs += 1) {
        const world = new World(oneDisk());
        let count = 0;
        world.around = (_, pass) => (++count === hangs ? new Promise<never>(() => {}) : pass());
        const result = await world.clear(request);
        if (count < hangs) {
          expect(result.Outcome).toBe(request.method === 'Clear' ? 'Cleared' : 'Preempted');
          break;
        }
        const survives = result.Outcome === 'Preempted';
        if (!survives) expect([hangs, result.Outcome]).toEqual([hangs, 'TimedOut']);
        expect(result.DurationMs).toBeLessThanOrEqual(30_000);
        if (result.OwnKey !== null && !survives) {
          expect(result.OwnKeyLeft).toBeNull();
          expect(result.NextStep).toContain(`-OwnKey ${result.OwnKey}`);
        }
      }
    }
  });
});

describe('a device that lies about keys', () => {
  /** The answer to the nth READ and later, as `[keys, generation, key of the holder]`; READ KEYS is each first of two. */
  const lists = (nth: number, keys: readonly bigint[], generation: number, holder: bigint | null = null): Around => async (seen, pass) => {
    const done = await pass();
    if (seen.name !== PR_IN || seen.nth < nth) return done;
    const isKeys = seen.nth % 2 === 1;
    const output = new Uint8Array(isKeys ? 8 + 8 * keys.length : holder === null ? 8 : 24);
    const view = new DataView(output.buffer);
    view.setUint32(0, generation);
    view.setUint32(4, output.length - 8);
    if (isKeys) keys.forEach((key, at) => view.setBigUint64(8 + 8 * at, key));
    else if (holder !== null) {
      view.setBigUint64(8, holder);
      output[21] = 5;
    }
    return { status: SUCCESS, information: BigInt(output.length), output };
  };
  const A = 0xa1n;

  test.each<[what: string, around: Around, method: 'Clear' | 'Preempt', outcome: string, sent: string]>([
    ['has a holder whose key is not registered', lists(1, [0xb2n], 2, A), 'Clear', 'Refused', ''],
    ['has no keys and is held', lists(1, [], 2, A), 'Clear', 'Refused', ''],
    ['has no keys', lists(1, [], 2), 'Clear', 'Refused', ''],
    ['has other keys after REGISTER', lists(3, [0xc3n], 3), 'Clear', 'Changed', 'REGISTER'],
    ['has no keys after REGISTER', lists(3, [], 3), 'Clear', 'Changed', 'REGISTER'],
    ['has the keys of before after REGISTER', lists(3, [A, 0xb2n], 2, A), 'Clear', 'Failed', 'REGISTER'],
    ['has another holder after REGISTER', lists(3, [A, 0xb2n, 0x5352010101010101n], 3, 0xb2n), 'Preempt', 'Changed', 'REGISTER REGISTER'],
    ['has all keys for ever', lists(3, [A, 0xb2n, 0x5352010101010101n], 3, A), 'Clear', 'StillHeld', 'REGISTER CLEAR REGISTER'],
    ['has a generation that stands still', lists(5, [], 3), 'Clear', 'Accepted', 'REGISTER CLEAR'],
    ['names a key that it has not got', lists(1, [A, 0xe5n], 2, 0xe5n), 'Preempt', 'Refused', ''],
  ])('%s', async (_, around, method, outcome, sent) => {
    const world = new World(oneDisk());
    world.around = around;
    const result = await world.clear({
      method, holderKey: holderFor(method, A), random: (length) => new Uint8Array(length).fill(1),
    });
    expect([result.Outcome, world.sent.join(' ')]).toEqual([outcome, sent]);
    // No other than the named key is preempted, whatever is listed.
    const victims = world.lists.filter((_list, at) => world.sent[at] === 'PREEMPT').map(({ serviceActionKey }) => serviceActionKey);
    expect(victims.every((key) => key === A)).toBe(true);
    expect(world.closed).toBe(world.handles);
  });

  test('control: one that does not lie', async () => {
    const world = new World(oneDisk());
    expect((await world.clear({ method: 'Clear', random: (length) => new Uint8Array(length).fill(1) })).Outcome).toBe('Cleared');
  });
});

describe('a key that is that of this command as well', () => {
  const digits = (...all: number[]) => (length: number) => new Uint8Array(length).fill(all.shift()!);

  test('by chance: another one is drawn', async () => {
    const taken = oneDisk({ registrations: [{ initiator: 'main', key: '0x5352070707070707' }, { initiator: 'second', key: '0xb2' }],
      persistentReservation: undefined });
    const world = new World(taken);
    expect(await world.clear({ method: 'Preempt', holderKey: 0xb2n, random: digits(7, 7, 8) })).toMatchObject({
      Outcome: 'Preempted', OwnKey: '0x5352080808080808', OwnKeyLeft: false, KeysLeft: 1 });
    expect(await world.keys()).toEqual([0x5352070707070707n]);
  });

  // As another host may read it between the two commands: nothing tells the two registrations apart.
  test.each([['Clear', 'Cleared', false, 0], ['Preempt', 'StillHeld', true, 2]] as const)('by another host that registers it: %s, %s', async (
    method, outcome, left, keys) => {
    const world = new World(oneDisk());
    world.around = async (seen, pass) => {
      const done = await pass();
      if (seen.name === 'REGISTER' && seen.nth === 1) await world.act('third', 1, 'REGISTER', 0n, world.lists[0]!.serviceActionKey);
      return done;
    };
    const result = await world.clear({ method, holderKey: holderFor(method, 0xa1n) });
    expect(result).toMatchObject({ Outcome: outcome, OwnKeyLeft: left });
    expect(await world.keys()).toHaveLength(keys);
    if (left) expect(result.NextStep).toContain(`-Method Release -OwnKey ${result.OwnKey}`);
  });
});

describe('power-loss persistence that cannot be read', () => {
  const blind: object = { faults: { passThroughFails: '0xC0000010' } };

  test('is in the question and in the result', async () => {
    const plan = await new World(oneDisk({}, blind)).clear({ method: 'Preempt', holderKey: 0xa1n, dryRun: true });
    expect(plan.Message).toMatch(/Registrations that are left may not survive a loss of power any more \(APTPL\)/);
    const clear = await new World(oneDisk({}, blind)).clear({ method: 'Clear', dryRun: true });
    expect(clear.Message).toMatch(/If it fails half-way, registrations may not survive/);
    const done = await new World(oneDisk({}, blind)).clear({ method: 'Preempt', holderKey: 0xa1n });
    expect(done).toMatchObject({ Outcome: 'Preempted', Registrants: null });
    expect(done.Message).toMatch(/if they were, they are not any more/);
  });

  test('nobody is left to lose it', async () => {
    const alone = oneDisk({ registrations: [{ initiator: 'main', key: '0xa1' }] }, blind);
    expect((await new World(alone).clear({ method: 'Preempt', holderKey: 0xa1n })).Message).not.toMatch(/power/);
  });

  test('is not known afterwards', async () => {
    const world = new World(oneDisk({ aptpl: true }));
    world.around = async (seen, pass) => (world.sent.includes('PREEMPT') && seen.name === '4d004' ? answered(UNSUPPORTED) : pass());
    expect((await world.clear({ method: 'Preempt', holderKey: 0xa1n })).Message).toMatch(/still survive a loss of power could not be read/);
    const broken = new World(oneDisk({ aptpl: true }));
    broken.around = async (seen, pass) => {
      if (broken.sent.includes('PREEMPT') && seen.name === '4d004') throw new Error('broken');
      return pass();
    };
    expect(await broken.clear({ method: 'Preempt', holderKey: 0xa1n })).toMatchObject({ Outcome: 'Failed', OwnKeyLeft: false });
  });
});

describe('before anything is sent', () => {
  test.each<[string, object, string, RegExp]>([
    ['page file', { pagefile: true }, 'Refused', /^Disk with a page file: this computer pages to it/],
    ['pool member', { poolMember: true }, 'Refused', /^Disk of a storage pool/],
    ['cluster shared volume', { clustered: true, clusterSharedVolume: true }, 'Refused', /^Cluster shared volume, clustered disk/],
    ['boot disk', { boot: true }, 'Refused', /^Boot disk/],
  ])('%s', async (_, more, outcome, said) => {
    const world = new World(oneDisk({}, more));
    const result = await world.clear({ method: 'Clear' });
    expect(result.Outcome).toBe(outcome);
    expect(result.Message).toMatch(said);
    expect(world.sent).toEqual([]);
  });

  test('what Windows does not tell is said not to be checked', async () => {
    const world = new World(oneDisk());
    world.around = async (seen, pass) => (seen.name === '70050' ? { ...answered(SUCCESS), output: encodeDriveLayout(true).slice(0, 100) }
      : seen.name === '70214' ? answered(UNSUPPORTED) : pass());
    const context = { ...world.context, roles: async () => {
      const { pagefile: _, ...rest } = await world.rehearsal.roles();
      return rest;
    } };
    Object.assign(world, { context });
    expect((await world.clear({ method: 'Clear', dryRun: true })).Message).toMatch(/Not checked: storage pool, cluster shared volume, page file\.$/);
    expect(world.told).toContain('disk 1: not checked: storage pool, cluster shared volume, page file');
    world.around = async (seen, pass) => {
      if (seen.name === '70050') throw new Error('broken');
      return pass();
    };
    expect((await world.clear({ method: 'Clear' })).Outcome).toBe('Failed');
    // A cluster that IOCTL_DISK_IS_CLUSTERED does not know of.
    world.around = async (seen, pass) => (seen.name === '70214'
      ? { ...answered(SUCCESS), output: encodeClusterInfo({ clustered: true, shared: false }) } : pass());
    expect((await world.clear({ method: 'Clear' })).Message).toMatch(/^Clustered disk:/);
  });

  test('another disk than the one that was shown, other keys than those that were shown', async () => {
    const plan = await new World(oneDisk()).answer({ method: 'Clear', dryRun: true });
    const claim = { ...noClaim, number: 1, shown: plan.shown };
    expect((await new World(oneDisk()).clear({ method: 'Clear', claim })).Outcome).toBe('Cleared');
    const changed = new World(oneDisk());
    await changed.act('third', 1, 'REGISTER', 0n, 3n);
    expect(await changed.clear({ method: 'Clear', claim })).toMatchObject({ Outcome: 'Changed', OwnKey: null,
      Message: 'Another host changed the keys or the reservation since they were shown. Nothing was sent.' });
    expect(changed.sent).toEqual([]);
    expect((await new World(oneDisk({ serial: 'S2' })).clear({ method: 'Clear', claim })).Outcome).toBe('IdentityChanged');
  });

  test.each<[string, Parameters<typeof oneDisk>[0]]>([
    ['a registrant that reserves, which counts no generation', { persistentReservation: { holder: 'second', type: 3 } }],
    ['other keys, after a loss of power', { registrations: [{ initiator: 'main', key: '0xB1' }, { initiator: 'second', key: '0xB2' }] }],
    ['one key more', { registrations: [{ initiator: 'main', key: '0xA1' }, { initiator: 'second', key: '0xA2' }, { initiator: 'third', key: '0xA3' }] }],
    ['a SCSI-2 reservation of another host', { reservedBy: 'second' }],
  ])('%s is not what was shown, whatever the generation', async (_, other) => {
    const keys = { target: 'tgt', generation: 2, persistentReservation: undefined,
      registrations: [{ initiator: 'main', key: '0xA1' }, { initiator: 'second', key: '0xA2' }] };
    const plan = await new World(oneDisk(keys)).answer({ method: 'Clear', dryRun: true });
    expect(plan.result).toMatchObject({ Outcome: 'Accepted', GenerationBefore: 2 });
    const request = { method: 'Clear' as const, claim: { ...noClaim, number: 1, shown: plan.shown } };
    expect((await new World(oneDisk(keys)).clear(request)).Outcome).toBe('Cleared');
    const world = new World(oneDisk({ ...keys, ...other }));
    expect(await world.clear(request)).toMatchObject({ Outcome: 'Changed', GenerationBefore: 2, OwnKey: null });
    expect(world.sent).toEqual([]);
  });

  test('boot and system disks are not to be allowed', async () => {
    for (const guard of ['Boot', 'System'] as const) {
      const world = new World(oneDisk());
      expect(await world.clear({ method: 'Clear', allow: new Set([guard]) }))
        .toMatchObject({ Outcome: 'Refused', Message: expect.stringMatching(/^Boot and system disks are never cleared/) });
      expect(world.sent).toEqual([]);
    }
  });

  test('a device that is gone when its address is asked for', async () => {
    const world = new World(stale);
    world.around = async (seen, pass) => (seen.name === ADDRESS ? answered(0xc000000e) : pass());
    expect(await world.clear({ method: 'Reset' }, 2)).toMatchObject({
      Outcome: 'NotFound', Message: 'The device is gone: it answered STATUS_NO_SUCH_DEVICE. Nothing was sent.',
    });
  });

  test('nobody wants it any more', async () => {
    const world = new World(stale);
    const no = { isWanted: () => false };
    for (const [method, number] of [['Clear', 3], ['Reset', 2], ['Release', 1]] as const) {
      expect(await world.clear({ method, ...no }, number)).toMatchObject({ Outcome: 'Refused', Message: expect.stringContaining('was stopped') });
    }
    expect(world.sent).toEqual([]);
  });

  test.each([
    ['CLEAR', { method: 'Clear' }], ['PREEMPT', { method: 'Preempt', holderKey: 0xa1n }],
    ['PREEMPT AND ABORT', { method: 'Preempt', holderKey: 0xa1n, abort: true }],
  ] as const)('nobody wants %s any more when REGISTER has been answered', async (name, request) => {
    const interrupted = async (lost: boolean) => {
      const world = new World(oneDisk());
      let isWanted = true;
      world.around = async (seen, pass) => {
        if (seen.name !== 'REGISTER') return pass();
        isWanted = false;
        return seen.nth === 2 && lost ? answered(BROKEN) : pass();
      };
      const result = await world.clear({ ...request, isWanted: () => isWanted });
      expect(world.sent).toEqual(['REGISTER', 'REGISTER']);
      expect(result).toMatchObject({ Outcome: 'Failed', Removed: null, Undone: !lost, OwnKeyLeft: lost });
      expect(result.Message).toContain(`The pipeline was stopped before ${name} was sent. REGISTER was sent before, and `);
      return { result, keys: await world.keys() };
    };
    const undone = await interrupted(false);
    expect(undone.keys).toEqual([0xa1n, 0xb2n]);
    expect(undone.result).toMatchObject({ Message: expect.stringContaining('and undone.'), NextStep: 'Run the command again for this disk.' });
    const left = await interrupted(true);
    expect(left.keys).toHaveLength(3);
    expect(left.result.NextStep).toMatch(/-Method Release -OwnKey 0x5352[0-9A-F]{12} on this host takes the key of this command back\./);
  });

  test('an earlier request of this process is still at it', async () => {
    const world = new World(wrong);
    expect((await world.clear({ method: 'Clear' }, 13)).Outcome).toBe('TimedOut');
    const hung = new World(oneDisk({}, {}));
    hung.around = (seen, pass) => (seen.name === 'CLEAR' ? new Promise<never>(() => {}) : pass());
    expect((await hung.clear({ method: 'Clear' })).Outcome).toBe('TimedOut');
    const again = await hung.clear({ method: 'Clear', claim: { ...noClaim, path: disk(1) } });
    expect(again.Outcome).toBe('InUse');
    // By another of its names: the device says that it is the same.
    const path = hung.rehearsal.disks()[0]!.path;
    expect((await hung.clear({ method: 'Clear', claim: { ...noClaim, path } })).Outcome).toBe('InUse');
  });

  test('the key is told with all that is known of the disk; what cannot be written down, or is not wanted by then, is not sent', async () => {
    const world = new World(oneDisk());
    const seen: unknown[] = [];
    const done = await world.clear({ method: 'Clear', beforeOwnKey: async (unheard) => {
      seen.push(unheard, [...world.sent]);
      return null;
    } });
    expect(seen).toEqual([expect.objectContaining({ SerialNumber: 'S1', UniqueId: '60014050000000000000000000000001', Outcome: 'TimedOut',
      DevicePath: disk(1), OwnKey: done.OwnKey, OwnKeyLeft: null, StartedAt: done.StartedAt,
      NextStep: `Clear-StorageReservation -Number 1 -Method Release -OwnKey ${done.OwnKey} on this host takes the key of this command back, `
        + 'if it is still registered.' }), []]);
    const full = new World(oneDisk());
    expect(await full.clear({ method: 'Clear', beforeOwnKey: async () => 'The log is full.' })).toMatchObject({ Outcome: 'Refused',
      Message: 'The log is full. Nothing was sent.', OwnKey: null, OwnKeyLeft: false });
    const stopped = new World(oneDisk());
    let isWanted = true;
    const beforeOwnKey = async () => {
      isWanted = false;
      return null;
    };
    expect(await stopped.clear({ method: 'Clear', isWanted: () => isWanted, beforeOwnKey })).toMatchObject({ Outcome: 'Refused', OwnKey: null });
    const slow = new World(oneDisk());
    expect(await slow.clear({ method: 'Clear', beforeOwnKey: () => new Promise<never>(() => {}) })).toMatchObject({ Outcome: 'TimedOut',
      OwnKey: null, OwnKeyLeft: false, Message: expect.stringMatching(/could not be written down.*Nothing was sent\.$/) });
    for (const { sent } of [full, stopped, slow]) expect(sent).toEqual([]);
  });

  test('parameters that contradict each other, and a disk that does not exist', async () => {
    const world = new World(stale);
    expect(await world.answer({ method: 'Preempt' }, 3)).toMatchObject({ category: 'InvalidArgument', result: { Outcome: 'Refused' } });
    expect((await world.clear({ method: 'Clear' }, 999)).Outcome).toBe('NotFound');
    expect(world.handles).toBe(0);
  });

  test('a dry run is as the real run would begin', async () => {
    const plan = async (method: Method, number: number | string, more = {}) => {
      const world = new World(stale);
      const result = await world.clear({ method, holderKey: holderFor(method), dryRun: true, ...more }, number);
      expect(world.sent).toEqual([]);
      return result.Outcome === 'Accepted' ? result.Message : result.Outcome;
    };
    expect(await plan('Clear', 4)).toMatch(/^CLEAR would remove the reservation and all 2 keys: 0x6D61696E00000001 of \S*dead-1\S*, 0x6D61696E00000002 of \S*dead-2\S*\. Held: Exclusive Access, key 0x6D61696E00000001\. Hosts that still run and work with the disk lose their access by them, and may register again\. If this host has registered one of its keys, REGISTER conflicts, and nothing is changed\.$/);
    expect(await plan('Clear', 7)).toMatch(/Held: Write Exclusive - All Registrants, by every registrant\./);
    expect(await plan('Clear', 109)).toMatch(/all 2 keys: 0x6D61696E00000001 \(1\), 0x6D61696E00000002 \(1\)\. No reservation is held\./);
    expect(await plan('Preempt', 4)).toMatch(/^PREEMPT would remove 0x6D61696E00000001 alone: .*The host with that key loses its access; other keys stay\. If this host has /);
    expect(await plan('Preempt', 14)).toMatch(/alone: 0x6D61696E00000001 of \S*dead-1\S*, 0x6D61696E00000001 of \S*dead-2\S*\. .*Every host with that key loses its access;/);
    expect(await plan('Preempt', 4, { abort: true })).toMatch(/^PREEMPT AND ABORT would.*and its outstanding commands are aborted;/);
    expect(await plan('Reset', 2)).toMatch(/^IOCTL_STORAGE_BREAK_RESERVATION would be sent to the adapter of the disk: .*LUN to its target and its bus/);
    expect(await plan('Reset', String.raw`\\.\Tape0`)).toMatch(/adapter of the tape drive/);
    expect(await plan('Release', 1)).toBe('RELEASE would be sent to the disk.');
    expect(await plan('Release', 10, { ownKey: OWN })).toMatch(/^0x53523FA9C27D0001 of iqn\S+:rescue,i,0x400001370000, if that is this host, would be taken back\. Other keys stay\.$/);
    expect(await plan('Release', 110, { ownKey: OWN })).toMatch(/^0x53523FA9C27D0001 \(1\), if that is this host, would be taken back\./);
    expect(await plan('Clear', 13, { allow: both })).toMatch(/MPIO registers down all paths/);
    expect(await plan('Reset', 28)).toBe('Refused');
    expect(await plan('Clear', 2)).toBe('Refused');
  });
});

describe('where it is known whose the keys are', () => {
  const MINE = '0x5352000000000001';
  const THEIRS = '0x5352000000000099';
  const registered = (...who: readonly (readonly [string, string])[]) => ({
    registrations: who.map(([initiator, key]) => ({ initiator, key })), persistentReservation: undefined });
  const owned = async (unit: object, request: Parameters<World['clear']>[0], more: object = {}, around?: Around) => {
    const answers = [];
    for (const dryRun of [true, false]) {
      const world = new World(oneDisk(unit, more));
      world.tellPorts();
      if (around !== undefined) world.around = around;
      const { Outcome, Message, NextStep } = await world.clear({ ...request, dryRun });
      if (Outcome === 'Refused') expect(world.sent).toEqual([]);
      answers.push({ Outcome, Message, NextStep });
    }
    return { plan: answers[0]!, real: answers[1]! };
  };
  const refused = async (...what: Parameters<typeof owned>) => {
    const { plan, real } = await owned(...what);
    expect(plan.Outcome).toBe('Refused');
    expect(real).toEqual(plan);
    return `${plan.Message} ${plan.NextStep}`;
  };

  test('where this host has a key, the plan refuses what begins with REGISTER, as the real run does', async () => {
    const foreign = registered(['rescue', '0xa']);
    for (const request of [{ method: 'Clear' }, { method: 'Preempt', holderKey: 0xan }] as const) {
      expect(await refused(foreign, request)).toMatch(/^This host is registered with the disk already \(0x000000000000000A\), so that the REGISTER of this command would conflict\. Nothing was sent\. Let the software that registered it take it back .* -Method Clear on another host/);
    }
    expect(await refused(registered(['rescue', MINE], ['main', '0xa1']), { method: 'Clear' }))
      .toMatch(new RegExp(`It was left behind by this command: Clear-StorageReservation -Number 1 -Method Release -OwnKey ${MINE} takes it back\\.$`));
    // What the table says of a state comes first.
    expect(await refused(registered(['rescue', '0xa'], ['main', '0xa1']), { method: 'Preempt', holderKey: 0x77n })).toMatch(/is not registered on the disk/);
  });

  test('a key of another host is not taken back from here, and the plan says so', async () => {
    const said = await refused(registered(['rescue', MINE], ['main', THEIRS], ['second', THEIRS]), { method: 'Release', ownKey: BigInt(THEIRS) });
    expect(said).toMatch(new RegExp(`^${THEIRS} was registered by iqn\\S+:main,i,\\S+ and iqn\\S+:second,i,\\S+, which is not this host\\. Nothing was sent\\.`));
    expect(said).toMatch(new RegExp(`On that host Clear-StorageReservation -Number 1 -Method Release -OwnKey ${THEIRS} takes it back\\. .*-Method Clear removes all 3 keys`));
    const { plan, real } = await owned(registered(['rescue', MINE], ['main', '0xa1']), { method: 'Release', ownKey: BigInt(MINE) });
    expect([plan.Message, real.Outcome]).toEqual([`${MINE} of this host would be taken back. Other keys stay.`, 'Accepted']);
  });

  test('what is not known forbids nothing: another way to the disk, registrants that are not told, or not all of them', async () => {
    const { plan } = await owned(registered(['main', '0xa1']), { method: 'Clear' });
    expect(plan.Message).toMatch(/and may register again\.$/);
    const two = { ...oneDisk(registered(['rescue-2', '0xa'])) as { hosts: { rescue: { disks: object[] } } } };
    two.hosts.rescue.disks.push({ number: 2, unit: 'unit', initiators: ['rescue-2'] });
    const world = new World(two);
    world.tellPorts();
    expect((await world.clear({ method: 'Clear', allow: both })).Outcome).toBe('Cleared');
    expect((await owned({ ...registered(['rescue', '0xa']), target: 'tgt' }, { method: 'Clear' })).real.Outcome).toBe('Conflict');
    const course = { before: { keys: [1n, 2n] }, details: { fullStatus: { registrants: [{ key: 1n, initiator: { text: 'other' } }] } } };
    const alone = { surroundings: { sameUnit: [] } };
    expect(ownersOf(course as never, ['me'], alone as never)).toEqual({ here: null, others: new Map() });
    expect(ownersOf({ ...course, before: { keys: [1n] } } as never, ['me'], alone as never)).toEqual({ here: null, others: new Map([[1n, 'other']]) });
  });
});

describe('what is seldom', () => {
  test('a SCSI-2 reservation beside the keys stays, and is what has to be done next', async () => {
    const result = await new World(oneDisk({ target: 'tgt', reservedBy: 'main' })).clear({ method: 'Clear' });
    expect(result).toMatchObject({ Outcome: 'Cleared', ReservationAfter: 'HeldByAnotherHost', NextStep: expect.stringContaining('Find-StorageReservationHolder') });
  });

  test('a type that has no name', async () => {
    const world = new World(oneDisk());
    world.around = async (seen, pass) => {
      const done = await pass();
      if (seen.name === PR_IN && seen.nth % 2 === 0 && done.output[7] === 16) done.output[21] = 2;
      return done;
    };
    expect(await world.clear({ method: 'Clear' })).toMatchObject({ Outcome: 'Cleared', Type: 'type 2', HolderKey: keyText(0xa1n) });
  });

  test('one key, and many', async () => {
    const one = oneDisk({ registrations: [{ initiator: 'main', key: '0xa1' }], persistentReservation: undefined });
    expect((await new World(one).clear({ method: 'Clear' })).Message).toMatch(/^1 registration is gone/);
    expect((await new World(one).clear({ method: 'Clear', dryRun: true })).Message).toMatch(/^CLEAR would remove the one key: 0x0/);
    const three = oneDisk({ registrations: ['main', 'second', 'third'].map((initiator, index) => ({ initiator, key: `0x${index + 1}` })) });
    expect((await new World(three).clear({ method: 'Preempt', holderKey: 1n })).Message).toMatch(/2 keys of others are left/);
  });

  test('the last question hangs: what came of the keys stands', async () => {
    const world = new World(oneDisk({ aptpl: true }));
    world.around = (seen, pass) => (world.sent.includes('PREEMPT') && seen.name === '4d004' ? new Promise<never>(() => {}) : pass());
    expect(await world.clear({ method: 'Preempt', holderKey: 0xa1n })).toMatchObject({ Outcome: 'Preempted', OwnKeyLeft: false,
      Message: expect.stringMatching(/could not be read\.$/) });
  });

  test('answers without bytes are bugs of this program, and throw', async () => {
    for (const [name, method, number] of [['70050', 'Clear', 3], [ADDRESS, 'Reset', 2]] as const) {
      const world = new World(stale);
      world.around = async (seen, pass) => (seen.name === name ? { ...answered(SUCCESS), output: null as never } : pass());
      expect((await world.clear({ method }, number)).Outcome).toBe('Failed');
      expect(world.closed).toBe(world.handles);
    }
  });

  test('a device without a number is reset, too', async () => {
    const world = new World(stale);
    world.around = async (seen, pass) => (seen.name === '2d1080' ? answered(UNSUPPORTED) : pass());
    const path = String.raw`\\.\Tape0`;
    expect(await world.clear({ method: 'Reset', claim: { ...noClaim, path, multipath: false } })).toMatchObject({ Outcome: 'Reset', Number: null });
  });

  test.each([
    ['does not let this user open it', async () => ({ status: null, win32: 5 }), 'AccessDenied', /^\\\\\.\\Scsi2:, the adapter of the device: /],
    ['opens too late', (world: World) => new Promise<{ status: null; win32: number }>((resolve) => {
      world.clock.after(60_000, () => resolve({ status: null, win32: 5 }));
    }), 'TimedOut', /^The adapter of the device did not answer within 30 s\. Nothing was sent\.$/],
    ['opens too late, and is closed', (world: World) => new Promise<object>((resolve) => {
      world.clock.after(60_000, () => {
        world.handles += 1;
        resolve({ disk: { control: () => Promise.reject(new Error('nobody asks')), cancel() {}, close: async () => void (world.closed += 1) } });
      });
    }), 'TimedOut', /did not answer within 30 s/],
  ])('an adapter that %s', async (_, opens, outcome, said) => {
    const world = new World(stale);
    const { bus } = world.context;
    const open: typeof bus.open = (path, access) => (path.includes('Scsi') ? opens(world) as never : bus.open(path, access));
    Object.assign(world, { context: { ...world.context, bus: { ...bus, open } } });
    const result = await world.clear({ method: 'Reset' }, 2);
    expect(result.Outcome).toBe(outcome);
    expect(result.Message).toMatch(said);
    expect(world.closed).toBe(world.handles);
    expect(world.context.turns.size).toBe(0);
  });
});

describe('after a reset', () => {
  const cases: readonly (readonly [string, Around, string, RegExp])[] = [
    ['the adapter says something else', async (seen, pass) => (seen.name === BREAK ? answered(BROKEN) : pass()), 'Failed', /^The adapter answered STATUS_IO_DEVICE_ERROR\.$/],
    ['the adapter denies it', async (seen, pass) => (seen.name === BREAK ? answered(DENIED) : pass()), 'AccessDenied', /STATUS_ACCESS_DENIED/],
    ['the adapter refuses, and it is done', async (seen, pass) => (seen.name === BREAK ? (await pass(), answered(UNSUPPORTED)) : pass()), 'NotSupported', /gives this host access now all the same/],
    ['the adapter is gone', async (seen, pass) => (seen.name === BREAK ? answered(0xc000000e) : pass()), 'NotFound', /STATUS_NO_SUCH_DEVICE/],
    ['the address is none', async (seen, pass) => (seen.name === ADDRESS ? { ...answered(SUCCESS), output: new Uint8Array(8) } : pass()), 'Refused', /no SCSI address/],
    ['the address breaks', async (seen, pass) => {
      if (seen.name === ADDRESS) throw new Error('broken');
      return pass();
    }, 'Failed', /broken/],
    ['keys are there afterwards', async (seen, pass) => {
      const done = await pass();
      return seen.name === PR_IN && seen.nth > 4 ? answered(BROKEN + 1) : done;
    }, 'Accepted', /is not proved/],
  ];

  test.each(cases)('%s', async (_, around, outcome, said) => {
    const world = new World(stale);
    world.around = around;
    const result = await world.clear({ method: 'Reset' }, 2);
    expect(result.Outcome).toBe(outcome);
    expect(result.Message).toMatch(said);
    expect(world.closed).toBe(world.handles);
    expect(world.context.turns.size).toBe(0);
  });

  test('what this session reserved is forgotten', async () => {
    const world = new World(stale);
    world.context.reserved.add('7:2');
    expect((await world.clear({ method: 'Reset' }, 2)).Outcome).toBe('Reset');
    expect(world.context.reserved.size).toBe(0);
    expect((await world.clear({ method: 'Reset' }, String.raw`\\.\Tape0`)).Outcome).toBe('Reset');
  });

  test('one request at a time to an adapter', async () => {
    const world = new World(wrong);
    world.around = (seen, pass) => (seen.name === BREAK ? new Promise<never>(() => {}) : pass());
    expect((await world.clear({ method: 'Reset' }, 20)).Outcome).toBe('TimedOut');
    // Another disk on the same adapter.
    const file = JSON.parse(wrong) as { hosts: { rescue: { disks: { number: number; scsiAddress?: object }[] } } };
    file.hosts.rescue.disks.find(({ number }) => number === 17)!.scsiAddress = { port: 12, lun: 5 };
    const hung = new World(file);
    expect((await hung.clear({ method: 'Reset' }, 20)).Outcome).toBe('TimedOut');
    expect(await hung.clear({ method: 'Reset' }, 17)).toMatchObject({ Outcome: 'InUse', Message: expect.stringContaining('Scsi12') });
  });
});

describe('lists of the result', () => {
  test('each key once, with its registrations; what is too long is counted', () => {
    expect(countedKeys([1n, 2n, 1n])).toBe('0x0000000000000001 (2), 0x0000000000000002 (1)');
    const many = countedKeys(Array.from({ length: 8190 }, (_, index) => BigInt(index + 1)));
    expect(many).toMatch(/, and 7790 more$/);
    expect(many.length).toBeLessThan(20_000);
    expect(registrantLines(null)).toBeNull();
    expect(registrantLines({ capabilities: null, fullStatus: null, evidence: [] })).toBeNull();
  });
});
