// The table of what may be done about a reservation, cell by cell, as docs/who-can-free-what.md has it for people.

import { describe, expect, test } from 'vitest';
import { type Method, methods } from '../../src/verbs/clear/methods.ts';
import { newOwnKey, isOwnKey, readKey } from '../../src/verbs/clear/own-key.ts';
import {
  type ProtectionName, type Situation, type StateName, type Wish, decide, decideInUse, misfit, protectionRows,
  protectionsByFindings, stateOf, stateRows,
} from '../../src/verbs/clear/rules.ts';
import type { Findings } from '../../src/reservation/state.ts';
import type { Guard } from '../../src/disk/guards.ts';

const V = 0x6d61696e00000001n;
const W = 0x6d61696e00000002n;
const OWN = 0x53523fa9c27d0001n;
const FOREIGN = 0x7265736375650001n;

const findings: Findings = {
  kind: 'Disk', ready: 'good', read: 'good', readKeys: 'good', keyCount: 0, persistentlyReserved: false, paths: 1, otherPaths: [],
  reservedHere: false, busWithout: false,
};
const free: Situation = {
  findings, keysRead: true, keys: [], reservation: null, protections: new Set(), argument: '-Number 3',
  state: { why: 'The disk did not answer.', nextStep: 'Look again.' },
};
const like = (more: Partial<Situation>, found: Partial<Findings> = {}): Situation =>
  ({ ...free, ...more, findings: { ...findings, ...found } });
const held = (type: number, keys = [V, W], key = V): Situation => like({ keys, reservation: { key, type, scope: 0 } });
const guarded = (...names: ProtectionName[]): Situation => ({ ...held(5), protections: new Set(names) });

const wish = (method: Method, more: Partial<Wish> = {}): Wish =>
  ({ method, holderKey: method === 'Preempt' ? V : null, ownKey: null, abort: false, allow: new Set<Guard>(), ...more });

/** A: allowed. R: refused, nothing sent. X: refused unless -Allow names the kind. N: NotSupported. */
function verdictOf(situation: Situation, method: Method, more: Partial<Wish> = {}): string {
  const no = decide(situation, wish(method, more));
  if (no === null) return 'A';
  expect(no.message).toMatch(/^[A-Z0].*\.$/);
  expect(no.nextStep).toMatch(/\.$/);
  if (no.outcome === 'NotSupported') return 'N';
  return /-Allow/.test(no.nextStep) ? 'X' : 'R';
}

const states: readonly (readonly [what: string, state: StateName, cells: string, situation: Situation])[] = [
  //                                                                     Release, Clear, Preempt, Reset
  ['no keys, TEST UNIT READY passes', 'Free', 'A R R R', free],
  ['no keys and not read, as a bus without reservations', 'Free', 'A R R R', like({}, { read: 'skipped' })],
  ['SCSI-2 of another, PERSISTENT RESERVE IN conflicts', 'Reserved', 'R R R A', like({ keysRead: false }, { ready: 'conflict', readKeys: 'conflict' })],
  ['SCSI-2 of another, and no keys', 'Reserved', 'R R R A', like({}, { ready: 'conflict' })],
  ['SCSI-2 of another on a disk without keys', 'Reserved', 'R R R A', like({ keysRead: false }, { ready: 'conflict', readKeys: 'unsupported' })],
  ['SCSI-2 of another where only reads conflict', 'Reserved', 'R R R A', like({}, { read: 'conflict' })],
  ['SCSI-2 that lets this host in', 'ReservedHere', 'A R R R', like({ keysRead: false }, { readKeys: 'conflict' })],
  ['Write Exclusive', 'Held', 'R A A R', held(1)],
  ['Exclusive Access', 'Held', 'R A A R', held(3)],
  ['Write Exclusive - Registrants Only', 'Held', 'R A A R', held(5)],
  ['Exclusive Access - Registrants Only', 'Held', 'R A A R', held(6)],
  ['the same, and SCSI-2 of another beside it', 'Held', 'R A A R', { ...held(6), findings: { ...findings, ready: 'conflict' } }],
  ['a type that Windows does not know', 'Held', 'R A R R', held(2)],
  ['Write Exclusive - All Registrants', 'Shared', 'R A R R', held(7, [V, W], 0n)],
  ['Exclusive Access - All Registrants', 'Shared', 'R A R R', held(8, [V], 0n)],
  ['keys and no reservation', 'Keys', 'R A A R', like({ keys: [V, W] })],
  ['a leftover of this command alone', 'OwnKey', 'R A R R', like({ keys: [OWN] })],
  ['such a leftover that holds', 'OwnKey', 'R A R R', held(5, [OWN], OWN)],
  ['no persistent reservations there', 'Unsupported', 'A N N R', like({ keysRead: false }, { readKeys: 'unsupported' })],
  ['keys that could not be read', 'Unknown', 'A R R R', like({ keysRead: false }, { readKeys: 'failed' })],
  ['keys that were read, and a reservation that could not be', 'Unknown', 'A R R R', like({ keys: [V] }, { readKeys: 'failed' })],
  ['a holder whose key is not registered', 'Unknown', 'A R R R', held(5, [W])],
  ['a reservation and no keys', 'Unknown', 'A R R R', held(7, [], 0n)],
  ['in conflict, and keys could not be read', 'Unknown', 'A R R R', like({ keysRead: false }, { ready: 'conflict', readKeys: 'failed' })],
  ['in conflict, a reservation and no keys', 'Unknown', 'A R R R', { ...held(5, []), findings: { ...findings, ready: 'conflict' } }],
  ['not ready', 'Unknown', 'A R R R', like({ keysRead: false }, { ready: 'failed', readKeys: 'failed' })],
  ['not ready, without keys', 'Unknown', 'A R R R', like({}, { ready: 'failed' })],
];

describe('by state', () => {
  test.each(states)('%s: %s, %s', (_, state, cells, situation) => {
    expect(stateOf(situation).name).toBe(state);
    expect(methods.map((method) => verdictOf(situation, method)).join(' ')).toBe(cells);
  });

  test('every state has a row here', () => {
    expect(new Set(states.map(([, state]) => state))).toEqual(new Set(stateRows.map(({ name }) => name)));
  });
});

describe('by kind of device', () => {
  const rows: readonly (readonly [ProtectionName, Guard | null, string])[] = [
    ['Boot', null, 'R R R R'], ['System', null, 'R R R R'], ['Pagefile', null, 'R R R R'], ['Space', null, 'R R R R'],
    ['PoolMember', null, 'R R R R'], ['Clustered', 'Clustered', 'X X X R'], ['Csv', 'Clustered', 'X X X R'],
    ['Multipath', 'Multipath', 'X X X R'], ['PathsUnknown', null, 'R A A R'], ['NoDisk', null, 'R R R R'],
  ];

  test.each(rows)('%s (-Allow %s): %s', (name, guard, cells) => {
    expect(methods.map((method) => verdictOf(guarded(name), method)).join(' ')).toBe(cells);
    // Nothing that can be allowed opens what cannot.
    const allow = new Set<Guard>(['Boot', 'System', 'Clustered', 'Multipath']);
    const opened = guard === null ? cells : 'R A A R';
    expect(methods.map((method) => verdictOf(guarded(name), method, { allow })).join(' ')).toBe(opened);
  });

  test('every row is here', () => expect(rows.map(([name]) => name)).toEqual(expect.arrayContaining(protectionRows.map(({ name }) => name))));

  test('Release and Reset of a tape drive go by its state', () => {
    const tape = like({ protections: new Set<ProtectionName>(['NoDisk']) }, { kind: 'Tape', read: 'skipped' });
    expect(methods.map((method) => verdictOf(tape, method)).join(' ')).toBe('A R R R');
    const reserved = { ...tape, findings: { ...tape.findings, ready: 'conflict' as const } };
    expect(methods.map((method) => verdictOf(reserved, method)).join(' ')).toBe('R R R A');
    expect(decide(reserved, wish('Release'))!.nextStep).toContain('vmoprcmd -crawlreleasebyname');
    expect(decide(tape, wish('Clear'))!.message).toMatch(/^Tape drive: its keys belong to backup software/);
  });

  test('two kinds are named at once, and each guard once', () => {
    expect(decide(guarded('Clustered', 'Csv', 'Multipath'), wish('Clear'))).toMatchObject({
      outcome: 'Refused', nextStep: expect.stringMatching(/^If it is really meant: Clear-StorageReservation \S+ \S+ -Method Clear -Allow Clustered, Multipath\.$/),
      message: expect.stringMatching(/^Cluster shared volume, clustered disk, disk with more than one path: .*Clear-ClusterDiskReservation/),
    });
    expect(verdictOf(guarded('Clustered', 'Multipath'), 'Clear', { allow: new Set<Guard>(['Clustered']) })).toBe('X');
  });

  test('what findings say of paths and kind', () => {
    const names = (more: Partial<Findings>) => protectionsByFindings({ ...findings, ...more });
    expect(names({})).toEqual([]);
    expect(names({ paths: 'several' })).toEqual(['Multipath']);
    expect(names({ paths: 2 })).toEqual(['Multipath']);
    expect(names({ paths: null })).toEqual(['PathsUnknown']);
    expect(names({ kind: 'Tape', paths: null })).toEqual(['NoDisk']);
    expect(names({ kind: 'Changer', paths: 2 })).toEqual(['Multipath', 'NoDisk']);
  });

  test('a device that another program has', () => {
    expect(methods.map((method) => decideInUse(method)?.outcome ?? 'InUse')).toEqual(['InUse', 'InUse', 'InUse', 'Refused']);
  });
});

describe('keys that are named', () => {
  test.each<[string, Situation, bigint, string, RegExp | null]>([
    ['the holder', held(5), V, 'A', null],
    ['another registrant', held(5), W, 'R', /does not hold the disk: its holder has the key 0x6D61696E00000001/],
    ['nobody\'s', held(5), 7n, 'R', /0x0000000000000007 does not hold/],
    ['one of several, where nobody holds', like({ keys: [V, W] }), W, 'A', null],
    ['nobody\'s, where nobody holds', like({ keys: [V] }), W, 'R', /is not registered on the disk/],
  ])('Preempt, %s', (_, situation, holderKey, cell, why) => {
    expect(verdictOf(situation, 'Preempt', { holderKey })).toBe(cell);
    if (why !== null) expect(decide(situation, wish('Preempt', { holderKey }))!.message).toMatch(why);
  });

  test.each<[string, Situation, bigint, string]>([
    ['the only one', like({ keys: [OWN] }), OWN, 'A'],
    ['beside others', held(5, [V, OWN]), OWN, 'A'],
    ['that holds', held(5, [V, OWN], OWN), OWN, 'A'],
    ['where every registrant holds', held(7, [V, OWN], 0n), OWN, 'A'],
    ['beside keys that hold nothing', like({ keys: [V, OWN] }), OWN, 'A'],
    ['that is not there', like({ keys: [V] }), OWN, 'R'],
    ['without any key', free, OWN, 'R'],
    ['under a SCSI-2 reservation', like({}, { ready: 'conflict' }), OWN, 'R'],
    ['under one of this host', like({ keysRead: false }, { readKeys: 'conflict' }), OWN, 'R'],
    ['where nothing could be read', like({ keysRead: false }, { readKeys: 'failed' }), OWN, 'R'],
    ['without our mark', like({ keys: [FOREIGN] }), FOREIGN, 'R'],
  ])('Release -OwnKey, %s', (_, situation, ownKey, cell) => {
    expect(verdictOf(situation, 'Release', { ownKey })).toBe(cell);
  });

  test('a leftover is told with the line that takes it back', () => {
    for (const situation of [like({ keys: [OWN] }), held(5, [V, OWN])]) {
      expect(decide(situation, wish('Release'))!.nextStep).toContain(
        'Clear-StorageReservation -Number 3 -Method Release -OwnKey 0x53523FA9C27D0001 ');
    }
    expect(decide(like({ keys: [OWN] }), wish('Preempt'))!.nextStep).toContain('-OwnKey 0x53523FA9C27D0001');
  });

  test('what could free it is named, with what it costs', () => {
    const next = (situation: Situation, method: Method) => decide(situation, wish(method))!.nextStep;
    expect(next(held(5), 'Reset')).toBe('If the hosts that registered are gone, Clear-StorageReservation -Number 3 -Method Clear removes '
      + 'all 2 keys; hosts that still run lose their access by it. Clear-StorageReservation -Number 3 -Method Preempt -HolderKey '
      + '0x6D61696E00000001 removes the holder alone.');
    expect(next(held(8, [V], 0n), 'Preempt')).toBe('If the hosts that registered are gone, Clear-StorageReservation -Number 3 -Method Clear '
      + 'removes the one key; hosts that still run lose their access by it.');
    expect(next(like({}, { ready: 'conflict' }), 'Clear')).toContain('-Method Reset; that aborts the outstanding commands of all hosts on it');
  });
});

describe('what does not go together', () => {
  test.each<[string, Partial<Wish> & { readonly method: Method }, RegExp | null]>([
    ['Preempt without a key', { method: 'Preempt', holderKey: null }, /^Preempt takes the key/],
    ['a holder with Clear', { method: 'Clear', holderKey: V }, /^-HolderKey and -Abort/],
    ['Abort with Reset', { method: 'Reset', abort: true }, /^-HolderKey and -Abort/],
    ['an own key with Clear', { method: 'Clear', ownKey: OWN }, /^-OwnKey goes/],
    ['an own key with Preempt', { method: 'Preempt', ownKey: OWN }, /^-OwnKey goes/],
    ['Release alone', { method: 'Release' }, null],
    ['Release of an own key', { method: 'Release', ownKey: OWN }, null],
    ['Preempt and abort', { method: 'Preempt', abort: true }, null],
  ])('%s', (_, { method, ...more }, message) => {
    const no = misfit(wish(method, more));
    if (message === null) expect(no).toBeNull();
    else expect(no).toMatchObject({ outcome: 'Refused', category: 'InvalidArgument', message: expect.stringMatching(message) });
  });
});

describe('own keys', () => {
  test('have the mark, are random, and are none that is taken', () => {
    const keys = Array.from({ length: 100 }, () => newOwnKey([]));
    expect(keys.every(isOwnKey)).toBe(true);
    expect(new Set(keys).size).toBe(100);
    expect([V, W, FOREIGN, 0n].some(isOwnKey)).toBe(false);
    const drawn = [1, 1, 2];
    const random = (length: number) => new Uint8Array(length).fill(drawn.shift()!);
    expect(newOwnKey([0x5352010101010101n], random)).toBe(0x5352020202020202n);
  });

  test.each<[string, bigint | null]>([
    ['0x53523FA9C27D0001', OWN], ['0X1', 1n], ['0xffffffffffffffff', 0xffffffffffffffffn],
    ['0x0', null], ['0x', null], ['12', null], ['', null], ['0x1ffffffffffffffff', null], ['0xg', null], [' 0x1', null],
  ])('%s is read', (text, key) => expect(readKey(text)).toBe(key));
});
