// Reservations of a logical unit: persistent ones in rows, all of them under random commands.

import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LogicalUnit } from '../../src/bus/rehearsal/logical-unit.ts';
import type { ReserveForms, TargetKind } from '../../src/bus/rehearsal/target-rows.ts';
import { type UnitState, freshState } from '../../src/bus/rehearsal/unit-state.ts';
import { anotherSession, deviceAndSession, endedSession, isEndedSession, portOf }
  from '../../src/bus/rehearsal/nexus.ts';
import { capabilitiesText, decodeCapabilities } from '../../src/scsi/capabilities.ts';
import { decodeFullStatus } from '../../src/scsi/full-status.ts';
import { decodeKeys, decodeReservation, encodePrOut } from '../../src/scsi/persistent-reservations.ts';
import { decodeSense } from '../../src/scsi/sense.ts';

const actions: Record<string, number> = {
  register: 0, reserve: 1, release: 2, clear: 3, preempt: 4, abort: 5, ignore: 6,
};

/** GOOD, CONFLICT, or key/code of the sense data. */
function word(unit: LogicalUnit, by: string, cdb: number[], data?: Uint8Array): string {
  const { status, sense } = unit.execute(by, Uint8Array.from(cdb), data);
  if (status === 0) return 'GOOD';
  if (status === 0x18) return 'CONFLICT';
  const { key, code } = decodeSense(sense as Uint8Array) as { key: number; code: number };
  return `${key.toString(16)}/${code.toString(16).padStart(4, '0').toUpperCase()}`;
}

const plain: Record<string, number[]> = {
  tur: [0, 0, 0, 0, 0, 0], sense: [3, 0, 0, 0, 18, 0], read: [0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0],
  write: [0x2a, 0, 0, 0, 0, 0, 0, 0, 1, 0], reserve6: [0x16, 0, 0, 0, 0, 0], release6: [0x17, 0, 0, 0, 0, 0],
  reserve10: [0x56, 0, 0, 0, 0, 0, 0, 0, 0, 0], release10: [0x57, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  keys: [0x5e, 0, 0, 0, 0, 0, 0, 0, 255, 0], held: [0x5e, 1, 0, 0, 0, 0, 0, 0, 255, 0],
  capabilities: [0x5e, 2, 0, 0, 0, 0, 0, 0, 255, 0], full: [0x5e, 3, 0, 0, 0, 0, 0, 4, 0, 0],
};

function prOut(unit: LogicalUnit, by: string, action: string, key = 0n, other = 0n, type = 0, flags = 0): string {
  const list = encodePrOut({ reservationKey: key, serviceActionKey: other });
  list[20] = flags;
  return word(unit, by, [0x5f, actions[action] as number, type, 0, 0, 0, 0, 0, 24, 0], list);
}

/**
 * `A register 0 1` = A sends REGISTER with key 0 and service action key 1; `A reserve 1 0 5` adds the type, and
 * `A register 0 1 0 4` the flags of the list.
 */
function play(unit: LogicalUnit, line: string): string {
  const [by = '', what = '', key = '0', other = '0', type = '0', flags = '0'] = line.split(' ');
  const cdb = plain[what];
  if (cdb !== undefined) return word(unit, by, cdb);
  return prOut(unit, by, what, BigInt(key), BigInt(other), Number(type), Number(flags));
}

function keysOf(unit: LogicalUnit): string {
  const clone = new LogicalUnit({ kind: 'LIO' }, { ...unit.state, unitAttentions: {} });
  const keys = decodeKeys(clone.execute('X', Uint8Array.from(plain['keys'] as number[])).data);
  const held = decodeReservation(clone.execute('X', Uint8Array.from(plain['held'] as number[])).data);
  const reservation = held.reservation === null ? 'none' : `${held.reservation.key}:${held.reservation.type}`;
  return `${keys.keys.join(',')} ${reservation} g${keys.generation}`;
}

describe('persistent reservations', () => {
  // [what is tested, commands with their answers, keys, reservation and generation afterwards]
  const rows: readonly [string, readonly [string, string][], string][] = [
    ['REGISTER needs the old key', [['A register 0 1', 'GOOD'], ['A register 0 2', 'CONFLICT'],
      ['A register 1 2', 'GOOD'], ['B register 9 2', 'CONFLICT']], '2 none g2'],
    ['REGISTER AND IGNORE does not', [['A register 0 1', 'GOOD'], ['A ignore 0 2', 'GOOD']], '2 none g2'],
    ['key 0 unregisters, which does not count',
      [['A register 0 1', 'GOOD'], ['B register 0 2', 'GOOD'], ['A register 1 0', 'GOOD']], '2 none g2'],
    ['key 0 of nobody is nothing', [['A register 0 0', 'GOOD']], ' none g0'],
    ['RESERVE needs a registration', [['A reserve 0 0 1', '2/0800'], ['A register 0 1', 'GOOD'],
      ['A reserve 2 0 1', 'CONFLICT'], ['A reserve 1 0 1', 'GOOD'], ['B reserve 0 0 1', 'CONFLICT']], '1 1:1 g1'],
    ['RELEASE and CLEAR need one, too', [['A release 0 0 1', '2/0800'], ['A clear 0', '2/0800'],
      ['A preempt 0 1 1', 'CONFLICT']], ' none g0'],
    ['RESERVE again, of the same type only', [['A register 0 1', 'GOOD'], ['A reserve 1 0 1', 'GOOD'],
      ['A reserve 1 0 1', 'GOOD'], ['A reserve 1 0 3', 'CONFLICT']], '1 1:1 g1'],
    ['RESERVE against a holder', [['A register 0 1', 'GOOD'], ['B register 0 2', 'GOOD'], 
      ['A reserve 1 0 1', 'GOOD'], ['B reserve 2 0 1', 'CONFLICT']], '1,2 1:1 g2'],
    ['types and scopes that are not there', [['A register 0 1', 'GOOD'], ['A reserve 1 0 0', '5/2400'],
      ['A reserve 1 0 2', '5/2400'], ['A reserve 1 0 17', '5/2600'], ['A preempt 1 1 2', '5/2400'],
      ['A preempt 1 1 17', '5/2600']], '1 none g1'],
    ['RELEASE with another type or scope', [['A register 0 1', 'GOOD'], ['A reserve 1 0 1', 'GOOD'],
      ['A release 1 0 3', 'CONFLICT'], ['A release 1 0 17', 'CONFLICT'], ['A release 1 0 1', 'GOOD']],
      '1 none g1'],
    ['RELEASE with any key of a registrant that holds nothing', [['A register 0 1', 'GOOD'],
      ['A release 9 0 1', 'GOOD'], ['B register 0 2', 'GOOD'], ['A reserve 1 0 1', 'GOOD'],
      ['B release 9 0 3', 'GOOD']], '1,2 1:1 g2'],
    ['RELEASE of a registrant that holds nothing', [['A register 0 1', 'GOOD'], ['B register 0 2', 'GOOD'],
      ['A reserve 1 0 1', 'GOOD'], ['B release 2 0 1', 'GOOD']], '1,2 1:1 g2'],
    ['RELEASE of a stranger', [['A register 0 1', 'GOOD'], ['A reserve 1 0 1', 'GOOD'], 
      ['B release 1 0 1', 'CONFLICT']], '1 1:1 g1'],
    ['CLEAR takes all and tells the others', [['A register 0 1', 'GOOD'], ['B register 0 2', 'GOOD'],
      ['A reserve 1 0 3', 'GOOD'], ['B clear 2', 'GOOD'], ['A tur', '6/2A03'], ['A tur', 'GOOD'],
      ['B tur', 'GOOD']],
      ' none g3'],
    ['PREEMPT takes the reservation over', [['A register 0 1', 'GOOD'], ['B register 0 2', 'GOOD'],
      ['A reserve 1 0 1', 'GOOD'], ['B preempt 2 1 3', 'GOOD'], ['A tur', '6/2A05'], ['A write', 'CONFLICT']],
      '2 2:3 g3'],
    ['PREEMPT of a registrant only',
      [['A register 0 1', 'GOOD'], ['B register 0 2', 'GOOD'], ['A reserve 1 0 1', 'GOOD'],
      ['A preempt 1 2 1', 'GOOD'], ['B tur', '6/2A05']], '1 1:1 g3'],
    ['PREEMPT AND ABORT of oneself keeps the registration',
      [['A register 0 1', 'GOOD'], ['A reserve 1 0 1', 'GOOD'],
      ['A abort 1 1 3', 'GOOD'], ['A write', 'GOOD']], '1 1:3 g2'],
    ['PREEMPT of a key that is not there', [['A register 0 1', 'GOOD'], ['A preempt 1 7 1', 'CONFLICT']],
      '1 none g1'],
    ['PREEMPT of key 0', [['A register 0 1', 'GOOD'], ['A preempt 1 0 1', '5/2600']], '1 none g1'],
    ['PREEMPT that changes the type tells the registrants left',
      [['A register 0 1', 'GOOD'], ['B register 0 2', 'GOOD'],
      ['C register 0 3', 'GOOD'], ['A reserve 1 0 5', 'GOOD'], ['B preempt 2 1 6', 'GOOD'], ['C tur', '6/2A04'],
      ['A tur', '6/2A05']], '2,3 2:6 g4'],
    ['PREEMPT that keeps the type tells the registrants left nothing', [['A register 0 1', 'GOOD'],
      ['B register 0 2', 'GOOD'], ['C register 0 3', 'GOOD'], ['A reserve 1 0 5', 'GOOD'],
      ['B preempt 2 1 5', 'GOOD'], ['C tur', 'GOOD']], '2,3 2:5 g4'],
    ['the holder unregisters: registrants are told', [['A register 0 1', 'GOOD'], ['B register 0 2', 'GOOD'],
      ['A reserve 1 0 5', 'GOOD'], ['A register 1 0', 'GOOD'], ['B tur', '6/2A04']], '2 none g2'],
    ['the holder unregisters: exclusive types tell nobody',
      [['A register 0 1', 'GOOD'], ['B register 0 2', 'GOOD'],
      ['A reserve 1 0 1', 'GOOD'], ['A register 1 0', 'GOOD'], ['B tur', 'GOOD']], '2 none g2'],
    ['all registrants hold: key 0, until the last goes', [['A register 0 1', 'GOOD'], ['B register 0 2', 'GOOD'],
      ['A reserve 1 0 8', 'GOOD'], ['B reserve 2 0 8', 'GOOD'], ['A register 1 0', 'GOOD']], '2 0:8 g2'],
    ['all registrants hold: the last goes', [['A register 0 1', 'GOOD'], ['A reserve 1 0 7', 'GOOD'],
      ['A register 1 0', 'GOOD']], ' none g1'],
    ['all registrants hold: PREEMPT of who reserved takes it over',
      [['A register 0 1', 'GOOD'], ['B register 0 2', 'GOOD'], ['C register 0 3', 'GOOD'],
      ['B reserve 2 0 7', 'GOOD'], ['C preempt 3 2 7', 'GOOD'], ['B tur', '6/2A05'], ['A tur', 'GOOD'],
      ['A preempt 1 3 1', 'GOOD'], ['C tur', '6/2A05']], '1 1:1 g5'],
    ['all registrants hold: PREEMPT of another only removes it',
      [['A register 0 1', 'GOOD'], ['B register 0 2', 'GOOD'], ['C register 0 3', 'GOOD'],
      ['B reserve 2 0 7', 'GOOD'], ['C preempt 3 1 1', 'GOOD'], ['A tur', '6/2A05'], ['B tur', 'GOOD']],
      '2,3 0:7 g4'],
    ['all registrants hold: who reserved goes, and the first left takes that place',
      [['A register 0 1', 'GOOD'], ['B register 0 2', 'GOOD'], ['C register 0 3', 'GOOD'],
      ['B reserve 2 0 8', 'GOOD'], ['B register 2 0', 'GOOD'], ['C preempt 3 1 3', 'GOOD']], '3 3:3 g4'],
    ['all registrants hold: PREEMPT of oneself changes nothing, or makes it one\'s own',
      [['A register 0 1', 'GOOD'], ['B register 0 2', 'GOOD'], ['A reserve 1 0 7', 'GOOD'],
      ['B preempt 2 2 1', 'GOOD'], ['A tur', 'GOOD'], ['A preempt 1 1 1', 'GOOD'], ['B tur', '6/2A04']],
      '1,2 1:1 g4'],
    ['all registrants hold: each may release', [['A register 0 1', 'GOOD'], ['B register 0 2', 'GOOD'],
      ['A reserve 1 0 7', 'GOOD'], ['B release 2 0 7', 'GOOD'], ['A tur', '6/2A04']], '1,2 none g2'],
    ['all registrants hold: PREEMPT of key 0 takes it alone',
      [['A register 0 1', 'GOOD'], ['B register 0 2', 'GOOD'],
      ['A reserve 1 0 7', 'GOOD'], ['B preempt 2 0 1', 'GOOD'], ['A tur', '6/2A05']], '2 2:1 g3'],
  ];

  // These are the standard's answers. tgt has some of its own: rehearsal-as-tgt.test.ts.
  test.each(rows)('%s', (_name, lines, after) => {
    const unit = new LogicalUnit({ kind: 'LIO' });
    for (const [line, answer] of lines) expect([line, play(unit, line)]).toEqual([line, answer]);
    expect(keysOf(unit)).toBe(after);
  });

  // [type, who is let in to read, to write]: H holds, R is registered, S is a stranger
  test.each([
    [1, 'HRS', 'H'], [3, 'H', 'H'], [5, 'HRS', 'HR'], [6, 'HR', 'HR'], [7, 'HRS', 'HR'], [8, 'HR', 'HR'],
  ])('type %i lets %s read and %s write', (type, readers, writers) => {
    const unit = new LogicalUnit({ kind: 'LIO' });
    for (const line of ['H register 0 1', 'R register 0 2', `H reserve 1 0 ${type}`]) {
      expect(play(unit, line)).toBe('GOOD');
    }
    const letIn = (what: string) => [...'HRS'].filter((by) => play(unit, `${by} ${what}`) === 'GOOD').join('');
    expect([letIn('read'), letIn('write'), letIn('tur')]).toEqual([readers, writers, 'HRS']);
  });

  test.each<[TargetKind, boolean, string]>([
    ['LIO', false, 'CONFLICT'], ['LIO', true, 'GOOD'], ['tgt', true, 'GOOD'],
  ])('%s, ready under RESERVE %s: TEST UNIT READY of others is %s, and they read nothing', (kind, readyUnderReserve, tur) => {
    const unit = new LogicalUnit({ kind, readyUnderReserve });
    expect(play(unit, 'H reserve6')).toBe('GOOD');
    expect(['tur', 'read', 'write'].map((what) => play(unit, `S ${what}`))).toEqual([tur, 'CONFLICT', 'CONFLICT']);
    expect(['tur', 'read', 'write'].map((what) => play(unit, `H ${what}`))).toEqual(['GOOD', 'GOOD', 'GOOD']);
  });

  test.each([['wrong length', [0x5f, 0], 23, '5/1A00'], ['REGISTER AND MOVE', [0x5f, 7], 24, '5/2400']])(
    '%s', (_name, cdb, length, answer) => {
      const unit = new LogicalUnit({ kind: 'LIO' });
      expect(word(unit, 'A', [...cdb, 0, 0, 0, 0, 0, 0, length, 0], new Uint8Array(length))).toBe(answer);
    });

  test.each<[TargetKind, string]>([['tgt', '5/2400'], ['LIO', 'GOOD']])(
    '%s: REPORT CAPABILITIES is known, READ FULL STATUS %s, others are not', (kind, full) => {
      const unit = new LogicalUnit({ kind });
      expect(['capabilities', 'full'].map((what) => play(unit, `A ${what}`))).toEqual(['GOOD', full]);
      expect(word(unit, 'A', [0x5e, 4, 0, 0, 0, 0, 0, 0, 255, 0])).toBe('5/2400');
    });

  test.each<[TargetKind, RegExp]>([
    ['tgt', /^TMV; Write Exclusive, .*, Exclusive Access - All Registrants$/],
    ['LIO', /^CRH, SIP_C, ATP_C, PTPL_C, TMV, ALLOW COMMANDS 001b; Write Exclusive, .* - All Registrants$/],
  ])('what %s can do', (kind, text) => {
    const { data } = new LogicalUnit({ kind }).execute('A', Uint8Array.from(plain['capabilities'] as number[]));
    expect(capabilitiesText(decodeCapabilities(data))).toMatch(text);
  });

  const iScsi = 9;
  const fibre = 6;
  const sas = 10;
  const full = (unit: LogicalUnit, room = 1024) =>
    decodeFullStatus(unit.execute('Z', Uint8Array.of(0x5e, 3, 0, 0, 0, 0, 0, room >>> 8, room & 255, 0)).data);

  test('READ FULL STATUS tells who is registered, and who holds with which type', () => {
    const unit = new LogicalUnit({ kind: 'LIO', busType: fibre });
    for (const line of ['A register 0 1', '2100001B329B2E7D register 0 2', 'A reserve 1 0 5']) play(unit, line);
    const { generation, registrants } = full(unit);
    expect(generation).toBe(2);
    expect(registrants.map(({ key, holder, type, scope, targetPort, initiator }) =>
      [key, holder, type, scope, targetPort, initiator.text])).toEqual([
      [1n, true, 5, 0, 1, 'FC 2100001BC40BF6CC'], [2n, false, null, null, 1, 'FC 2100001B329B2E7D'],
    ]);
  });

  test('READ FULL STATUS where every registrant holds', () => {
    const unit = new LogicalUnit({ kind: 'LIO' });
    for (const line of ['A register 0 1', 'B register 0 2', 'A reserve 1 0 8']) play(unit, line);
    expect(full(unit).registrants.map(({ key, holder, type }) => [key, holder, type]))
      .toEqual([[1n, true, 8], [2n, true, 8]]);
  });

  test.each([
    ['node-1', iScsi, 'iqn.1991-05.com.microsoft:node-1,i,0x400001370000'],
    ['Shop 1, port 2', iScsi, 'iqn.1991-05.com.microsoft:shop-1-port-2,i,0x400001370000'],
    ['iqn.2004-10.com.ubuntu:01:b2', iScsi, 'iqn.2004-10.com.ubuntu:01:b2,i,0x400001370000'],
    ['node-1', sas, 'SAS 500605B054C43383'],
    ['5000c500a1b2c3d7', sas, 'SAS 5000C500A1B2C3D7'],
  ])('%s before a unit of bus type %i is %s', (initiator, busType, text) => {
    const registrations = [{ initiator, key: 1n }];
    const unit = new LogicalUnit({ kind: 'LIO', busType }, { ...freshState, registrations });
    expect(full(unit).registrants[0]?.initiator.text).toBe(text);
  });

  test('READ FULL STATUS with too little room tells fewer, and LIO does not say so', () => {
    const registrations = Array.from({ length: 300 }, (_, index) =>
      ({ initiator: `node-${index}`, key: BigInt(index + 1) }));
    const unit = new LogicalUnit({ kind: 'LIO', busType: fibre }, { ...freshState, registrations });
    const rows = [0, 8, 55, 56, 103, 104, 8 + 300 * 48].map((room) => {
      const { data } = unit.execute('Z', Uint8Array.of(0x5e, 3, 0, 0, 0, 0, 0, room >>> 8, room & 255, 0));
      if (room < 8) return [data.length];
      const { registrants, truncated } = decodeFullStatus(data);
      return [registrants.length, truncated];
    });
    expect(rows).toEqual([[0], [0, false], [0, false], [1, false], [1, false], [2, false], [300, false]]);
  });
});

describe('which commands a unit knows', () => {
  test.each<[TargetKind, ReserveForms | undefined, string, string]>([
    ['tgt', undefined, 'GOOD', '5/2000'], ['LIO', undefined, 'GOOD', 'GOOD'], ['LIO', '6', 'GOOD', '5/2000'],
    ['tgt', '10', '5/2000', 'GOOD'], ['tgt', 'both', 'GOOD', 'GOOD'], ['LIO', 'none', '5/2000', '5/2000'],
  ])('%s, forms %s: 6-byte %s, 10-byte %s', (kind, forms, six, ten) => {
    const unit = new LogicalUnit({ kind, forms });
    expect([play(unit, 'A reserve6'), play(unit, 'A release6')]).toEqual([six, six]);
    expect([play(unit, 'A reserve10'), play(unit, 'A release10')]).toEqual([ten, ten]);
  });

  test('without persistent reservations', () => {
    const unit = new LogicalUnit({ kind: 'LIO', persistent: false });
    expect([play(unit, 'A keys'), play(unit, 'A register 0 1')]).toEqual(['5/2000', '5/2000']);
  });

  test('what it does not know', () => {
    expect(word(new LogicalUnit({ kind: 'LIO' }), 'A', [0xff])).toBe('5/2000');
  });
});

describe('unit attentions', () => {
  test('they queue up, each once, and come before everything but REQUEST SENSE', () => {
    const unit = new LogicalUnit({ kind: 'LIO' }, { ...freshState, unitAttentions: { A: [0x2903, 0x2a05] } });
    unit.reset(['A', 'B']);
    expect(['A nosuch', 'A tur', 'A tur'].map((line) => (line.endsWith('nosuch')
      ? word(unit, 'A', [0xff]) : play(unit, line)))).toEqual(['6/2903', '6/2A05', 'GOOD']);
    const read = unit.execute('B', Uint8Array.from(plain['sense'] as number[]));
    expect([read.status, decodeSense(read.data)]).toEqual([0, { key: 6, code: 0x2903 }]);
    const again = unit.execute('B', Uint8Array.from(plain['sense'] as number[]));
    expect(decodeSense(again.data)).toEqual({ key: 0, code: 0 });
    expect(unit.state.unitAttentions).toEqual({});
  });

  test('REQUEST SENSE of others under RESERVE: tgt answers, LIO does not', () => {
    const answers = (['tgt', 'LIO'] as const).map((kind) => {
      const unit = new LogicalUnit({ kind });
      play(unit, 'A reserve6');
      return [play(unit, 'B sense'), play(unit, 'A sense')];
    });
    expect(answers).toEqual([['GOOD', 'GOOD'], ['CONFLICT', 'GOOD']]);
  });

  test('logout forgets what was to be told, and a reservation made again before its time is up', () => {
    const unit = new LogicalUnit({ kind: 'LIO' });
    play(unit, 'A reserve6');
    unit.reset(['A', 'B']);
    const timers: (() => void)[] = [];
    unit.logout('A', (_ms, run) => void timers.push(run));
    expect(unit.state.unitAttentions).toEqual({ B: [0x2903] });
    expect(play(unit, 'B tur')).toBe('6/2903');
    expect(play(unit, 'B reserve6')).toBe('GOOD');
    for (const run of timers) run();
    expect(unit.state.reservedBy).toBe('B');
  });
});

describe('power loss', () => {
  const status = (unit: LogicalUnit) => {
    const { registrations, persistent, generation, aptpl = false } = unit.state;
    const keys = registrations.map(({ key }) => key).join(',') || 'none';
    const held = persistent === null ? 'free' : `type ${persistent.type}`;
    return `${keys} ${held} g${generation}${aptpl ? ' kept' : ''}`;
  };
  const lose = (lines: readonly [string, string][]) => {
    const unit = new LogicalUnit({ kind: 'LIO', initiators: ['A', 'B'] });
    for (const [line, answer] of lines) expect([line, play(unit, line)]).toEqual([line, answer]);
    const before = status(unit);
    unit.powerLoss();
    return [before, status(unit)];
  };

  // [what is tested, commands with their answers, before, after]; the last word of REGISTER is APTPL.
  test.each<[string, [string, string][], string, string]>([
    ['nothing was to be kept', [['A register 0 1', 'GOOD'], ['A reserve 1 0 5', 'GOOD']], '1 type 5 g1',
      'none free g0'],
    ['the last REGISTER kept it', [['A register 0 1 0 1', 'GOOD'], ['A reserve 1 0 5', 'GOOD']],
      '1 type 5 g1 kept', '1 type 5 g0 kept'],
    ['another registers without, and everybody loses it',
      [['A register 0 1 0 1', 'GOOD'], ['A reserve 1 0 5', 'GOOD'], ['B register 0 2', 'GOOD']],
      '1,2 type 5 g2', 'none free g0'],
    ['it stays lost when that one goes',
      [['A register 0 1 0 1', 'GOOD'], ['B register 0 2', 'GOOD'], ['B register 2 0', 'GOOD']], '1 free g2',
      'none free g0'],
    ['another registers with it, too',
      [['A register 0 1 0 1', 'GOOD'], ['A reserve 1 0 5', 'GOOD'], ['B register 0 2 0 1', 'GOOD'],
        ['B register 2 0 0 1', 'GOOD']], '1 type 5 g2 kept', '1 type 5 g0 kept'],
    ['another registers with it, and everybody has it',
      [['A register 0 1', 'GOOD'], ['B register 0 2 0 1', 'GOOD']], '1,2 free g2 kept', '1,2 free g0 kept'],
    ['PREEMPT takes over what is kept',
      [['A register 0 1 0 1', 'GOOD'], ['A reserve 1 0 5', 'GOOD'], ['B register 0 2 0 1', 'GOOD'],
        ['B preempt 2 1 5', 'GOOD']], '2 type 5 g3 kept', '2 type 5 g0 kept'],
    ['REGISTER that does nothing changes nothing', [['A register 0 1 0 1', 'GOOD'], ['B register 0 0', 'GOOD']],
      '1 free g1 kept', '1 free g0 kept'],
    ['REGISTER that is refused changes nothing', [['A register 0 1 0 1', 'GOOD'], ['B register 9 2', 'CONFLICT']],
      '1 free g1 kept', '1 free g0 kept'],
    ['CLEAR leaves nothing to be kept',
      [['A register 0 1 0 1', 'GOOD'], ['A clear 1', 'GOOD'], ['A register 0 1 0 1', 'GOOD'],
        ['A clear 1', 'GOOD']], 'none free g4', 'none free g0'],
  ])('%s', (_name, lines, before, after) => expect(lose(lines)).toEqual([before, after]));

  test('takes the SCSI-2 reservation and what was to be told', () => {
    const unit = new LogicalUnit({ kind: 'LIO', initiators: ['A', 'B'] },
      { ...freshState, reservedBy: 'A', unitAttentions: { B: [0x2903] } });
    unit.powerLoss();
    expect(['B tur', 'B reserve6'].map((line) => play(unit, line))).toEqual(['GOOD', 'GOOD']);
  });

  test('tgt loses everything, and tells everybody as after a login', () => {
    const unit = new LogicalUnit({ kind: 'tgt', initiators: ['A', 'B'] });
    for (const line of ['A register 0 1', 'A reserve 1 0 3', 'B reserve6']) expect(play(unit, line)).toBe('GOOD');
    unit.logout('A', (_ms, run) => run());
    unit.powerLoss();
    expect(status(unit)).toBe('none free g0');
    expect(['A tur', 'A write', 'B tur', 'B write'].map((line) => play(unit, line)))
      .toEqual(['6/2900', 'GOOD', '6/2900', 'GOOD']);
  });

  test('a target that cannot store registers all the same, and says it failed', () => {
    const unit = new LogicalUnit({ kind: 'LIO', cannotStore: true });
    const said = ['A register 0 1 0 1', 'A keys', 'A reserve 1 0 5', 'A register 1 2', 'A register 0 3',
      'A ignore 0 0', 'A keys', 'A register 0 0', 'A ignore 0 4', 'A clear 4'].map((line) => play(unit, line));
    expect(said).toEqual(['2/0800', 'GOOD', 'GOOD', '2/0800', 'CONFLICT', '2/0800', 'GOOD', 'GOOD', '2/0800',
      'GOOD']);
    expect(status(unit)).toBe('none free g4');
  });
});

describe('flags of the parameter list', () => {
  test('a registration with all target ports changes only with that flag', () => {
    const unit = new LogicalUnit({ kind: 'LIO' });
    const said = ['A register 0 1 0 4', 'A register 1 2', 'A register 1 0', 'A ignore 0 0', 'A register 1 2 0 4',
      'A register 2 0 0 5'].map((line) => play(unit, line));
    expect(said).toEqual(['GOOD', '5/2400', '5/2400', '5/2400', 'GOOD', 'GOOD']);
    expect(keysOf(unit)).toBe(' none g2');
  });

  test('READ FULL STATUS tells of such a registration, and of no target port', () => {
    const unit = new LogicalUnit({ kind: 'LIO' });
    for (const line of ['A register 0 1 0 4', 'B register 0 2']) expect(play(unit, line)).toBe('GOOD');
    const { data } = unit.execute('A', Uint8Array.from(plain['full'] as number[]));
    expect(decodeFullStatus(data).registrants.map(({ key, allTargetPorts, targetPort }) =>
      [key, allTargetPorts, targetPort])).toEqual([[1n, true, null], [2n, false, 1]]);
  });

  test.each<[TargetKind, string, string]>([['LIO', '8', '5/2600'], ['tgt', '8', '5/2400'], ['tgt', '1', '5/2400'],
    ['tgt', '4', '5/2400']])('%s refuses flags %s with %s', (kind, flags, answer) => {
    const unit = new LogicalUnit({ kind });
    expect(play(unit, `A register 0 1 0 ${flags}`)).toBe(answer);
    expect(play(unit, `A clear 0 0 0 ${flags}`)).toBe(answer);
    expect(unit.state.registrations).toEqual([]);
  });

  test('a block that is cut off is read as if zeros followed', () => {
    expect(word(new LogicalUnit({ kind: 'LIO' }), 'A', [0x5f], new Uint8Array(24))).toBe('GOOD');
  });
});

describe('two sessions of one initiator', () => {
  const [one, two] = ['iqn.2004-10.com.x:a,i,0x400001370000', 'iqn.2004-10.com.x:a,i,0x400001370001'];

  test('READ FULL STATUS tells them apart', () => {
    const unit = new LogicalUnit({ kind: 'LIO' });
    for (const line of [`${one} register 0 1`, `${two} register 0 2`, 'shop,i,0x400001370002 register 0 3']) {
      expect(play(unit, line)).toBe('GOOD');
    }
    const { data } = unit.execute('Z', Uint8Array.from(plain['full'] as number[]));
    expect(decodeFullStatus(data).registrants.map(({ initiator }) => initiator.text))
      .toEqual([one, two, 'iqn.1991-05.com.microsoft:shop,i,0x400001370002']);
  });

  test.each([7, 8])('LIO locks one out of type %i that is kept under the other', (type) => {
    const unit = new LogicalUnit({ kind: 'LIO' });
    const said = [`${one} register 0 1`, `${two} register 0 2`, 'B register 0 3', `${one} reserve 1 0 ${type}`,
      `${two} write`, `${two} clear 2`, `${two} release 2 0 ${type}`, 'B write', `${two} tur`,
      `${two} register 2 4`, `${one} register 1 0`, `${two} write`].map((line) => play(unit, line));
    expect(said).toEqual(['GOOD', 'GOOD', 'GOOD', 'GOOD', 'CONFLICT', 'CONFLICT', 'CONFLICT', 'GOOD', 'GOOD',
      'GOOD', 'GOOD', 'GOOD']);
  });

  test('tgt asks nothing of names', () => {
    const unit = new LogicalUnit({ kind: 'tgt' });
    const said = [`${one} register 0 1`, `${two} register 0 2`, `${one} reserve 1 0 5`, `${two} write`,
      `${two} clear 2`].map((line) => play(unit, line));
    expect(said).toEqual(['GOOD', 'GOOD', 'GOOD', 'GOOD', 'GOOD']);
  });

  test('the names of sessions that have ended', () => {
    expect(endedSession('A', [])).toBe('A (ended session 1)');
    expect(endedSession('A', ['A (ended session 1)', 'A'])).toBe('A (ended session 2)');
    expect(['A', 'A (ended session 12)'].map(portOf)).toEqual(['A', 'A']);
    expect(['A', 'A (ended session 0)', 'A (ended session 12)'].map(isEndedSession)).toEqual([false, false, true]);
    expect(['A', one, 'A,i,0x12'].map(deviceAndSession)).toEqual([
      { device: 'A', isid: null }, { device: 'iqn.2004-10.com.x:a', isid: '400001370000' },
      { device: 'A,i,0x12', isid: null }]);
    expect([anotherSession(one, two), anotherSession(one, one), anotherSession('A', 'A,i,0x400001370001'),
      anotherSession(one, null)]).toEqual([true, false, false, false]);
  });
});

describe('whatever five initiators send', () => {
  // e,1 and e,2 are two sessions of one initiator.
  const sessions = [1, 2].map((count) => `e,i,0x40000000000${count}`);
  const everybody = ['A', 'B', 'C', ...sessions];
  const who = fc.constantFrom(...everybody);
  // `own` is the key that the sender registered, if any: guessed keys would nearly always conflict.
  const key = fc.constantFrom('own', 'own', 'own', '1');
  // `held` is the key of whoever holds.
  const other = fc.constantFrom('0', '1', '2', '3', 'held');
  // 17 is type 1 with a scope that is not there.
  const type = fc.constantFrom('1', '3', '5', '6', '7', '8', '2', '17');
  // tgt refuses every flag.
  const flagsOf: Record<TargetKind, readonly string[]> = { tgt: ['0', '0', '0', '1', '4'],
    LIO: ['0', '0', '0', '1', '1', '1', '1', '4', '5', '8'] };
  const commandOf = (kind: TargetKind) => fc.oneof(
    { weight: 4, arbitrary: fc.tuple(who, fc.constantFrom('reserve6', 'release6', 'reserve10', 'release10')) },
    { weight: 4, arbitrary: fc.tuple(who, fc.constantFrom('tur', 'read', 'write', 'keys', 'held', 'sense',
      'capabilities', 'full')) },
    { weight: 10, arbitrary: fc.tuple(who, fc.constantFrom('register', 'ignore'), key, other, fc.constant('0'),
      fc.constantFrom(...flagsOf[kind])) },
    { weight: 14, arbitrary: fc.tuple(who, fc.constantFrom('reserve', 'reserve', 'release', 'preempt', 'preempt',
      'abort'), key, other, type) },
    { weight: 1, arbitrary: fc.tuple(who, fc.constant('clear'), key) },
    { weight: 2, arbitrary: fc.tuple(who, fc.constantFrom('RESET', 'LOGOUT', 'LOGIN', 'POWER')) },
  );

  // Without `size`, fast-check keeps to ten commands or so: too few to meet a persistent reservation often.
  const sequencesOf = (kind: TargetKind) =>
    fc.array(commandOf(kind), { minLength: 1, maxLength: 60, size: 'max' });

  /** All that a reservation is, without who still has to be told something, or begins another session. */
  const standing = ({ unitAttentions: _told, loggedOut: _out, ...rest }: UnitState) => rest;
  const namesIn = ({ registrations }: UnitState) => registrations.map(({ initiator }) => initiator);
  const keysIn = ({ registrations }: UnitState) => registrations.map((each) => each.key);
  // `expect` costs more than all the rest here, so it is asked only to say what is wrong.
  const must = (holds: boolean, what: string) => {
    if (!holds) throw new Error(`${what}: it is not so`);
  };
  const same = (is: unknown, should: unknown) => {
    if (!isDeepStrictEqual(is, should)) expect(is).toEqual(should);
  };
  const ended = (name: string) => name.endsWith(')');

  /** A list as an initiator reads it whom nothing keeps out. */
  const listOf = (kind: TargetKind, state: UnitState, what: string) =>
    new LogicalUnit({ kind }, { ...state, reservedBy: null, unitAttentions: {}, loggedOut: [] })
      .execute('A', Uint8Array.from(plain[what] as number[])).data;

  const agree = (kind: TargetKind, state: UnitState) => {
    const { generation, registrations, persistent } = state;
    const listed = decodeKeys(listOf(kind, state, 'keys'));
    const held = decodeReservation(listOf(kind, state, 'held'));
    same([listed.generation, held.generation], [generation, generation]);
    same(listed.keys, registrations.map((each) => each.key));
    same(held.reservation === null, persistent === null);
    same(decodeCapabilities(listOf(kind, state, 'capabilities')).powerLossActive, state.aptpl ?? false);
    if (kind === 'tgt') return;
    const told = decodeFullStatus(listOf(kind, state, 'full'));
    same(told.generation, generation);
    same(told.registrants.map((each) => each.key), listed.keys);
    same(told.registrants.map((each) => each.allTargetPorts),
      registrations.map((each) => each.allTargetPorts ?? false));
    const holders = told.registrants.filter(({ holder }) => holder);
    if (held.reservation === null) {
      same(holders, []);
      return;
    }
    const { key: holderKey, type: heldType } = held.reservation;
    same(holders.map((each) => each.key), heldType >= 7 ? listed.keys : [holderKey]);
    for (const each of holders) same([each.type, each.scope], [heldType, 0]);
    met.lists++;
  };

  /** Who gets in when nobody has anything to be told first. */
  const letIn = (kind: TargetKind, state: UnitState, what: string) => everybody.filter((by) =>
    play(new LogicalUnit({ kind }, { ...state, unitAttentions: {}, loggedOut: [] }), `${by} ${what}`) === 'GOOD');

  /** Whether an initiator is let in to write, as the standard and the two targets have it. */
  const mayWrite = (kind: TargetKind, { persistent, registrations }: UnitState, by: string) => {
    if (persistent === null || persistent.holder === by) return true;
    if (!registrations.some(({ initiator }) => initiator === by)) return false;
    const keeper = persistent.holder ?? persistent.anchor ?? registrations[0]?.initiator ?? '';
    const otherSession = sessions.includes(by) && sessions.includes(keeper) && keeper !== by;
    // Types that are not there are as registrants only.
    return ![1, 3].includes(persistent.type) && !(kind === 'LIO' && otherSession);
  };

  /** By how much PRgeneration has to move. */
  const counts = (kind: TargetKind, what: string, added: boolean, before: UnitState, after: UnitState) => {
    if (['clear', 'preempt', 'abort'].includes(what)) return 1;
    if (!['register', 'ignore'].includes(what)) return 0;
    if (kind === 'LIO') return added ? 1 : 0;
    return before.persistent !== null && after.persistent === null ? 2 : 1;
  };

  let tried = 0;
  /** How often what is most worth meeting was met. */
  const met = { resets: 0, others: 0, takeovers: 0, lists: 0, kept: 0, left: 0, mistaken: 0 };

  test.each<[TargetKind]>([['tgt'], ['LIO']])('%s keeps its word', (kind) => {
    fc.assert(fc.property(sequencesOf(kind), (commands) => {
      tried++;
      const unit = new LogicalUnit({ kind, initiators: everybody });
      for (const parts of commands) {
        const [by = '', what = '', , thirdWord = '0', , flagWord = '0'] = parts as unknown as string[];
        const before = unit.state;
        const keyOf = (name: string | null) =>
          String(before.registrations.find(({ initiator }) => initiator === name)?.key ?? 0n);
        const second = thirdWord === 'held' ? keyOf(before.persistent?.holder ?? null) : thirdWord;
        let answer = 'GOOD';
        if (what === 'RESET') unit.reset();
        else if (what === 'LOGOUT') unit.logout(by, (_ms, run) => run());
        else if (what === 'LOGIN') unit.login(by);
        else if (what === 'POWER') unit.powerLoss();
        else {
          answer = play(unit, parts.map((part) =>
            (part === 'own' ? keyOf(by) : part === 'held' && what !== 'held' ? second : part)).join(' '));
        }
        const after = unit.state;
        const { reservedBy, registrations, persistent } = after;
        const names = namesIn(after);
        const namesBefore = namesIn(before);
        const out = before.loggedOut ?? [];
        const event = ['RESET', 'LOGOUT', 'LOGIN', 'POWER'].includes(what);
        const preempts = ['preempt', 'abort'].includes(what);

        if (what === 'RESET' && before.persistent !== null) met.resets++;
        if (what.startsWith('release') && before.reservedBy !== null && before.reservedBy !== by) met.others++;
        if (preempts && before.persistent !== null && before.persistent !== persistent) met.takeovers++;
        if (what === 'POWER' && persistent !== null) met.kept++;
        if (names.some(ended)) met.left++;
        // What was not done changed nothing: neither a refusal nor what a unit attention was told instead of.
        if (answer !== 'GOOD') same(standing(after), standing(before));
        // A holder is never displaced by anything but the end of its session; nobody else's command frees it.
        if (before.reservedBy !== null && reservedBy !== before.reservedBy) {
          const frees = by === before.reservedBy ? /^(release6|release10|LOGOUT|RESET|POWER)$/ : /^(RESET|POWER)$/;
          expect(what).toMatch(frees);
        }
        // A reset frees, tells everybody who is there, and leaves persistent reservations alone.
        if (what === 'RESET') {
          same(standing(after), { ...standing(before), reservedBy: null });
          for (const each of everybody.filter((name) => !out.includes(name))) {
            expect(after.unitAttentions[each]).toContain(unit.target.resetCode);
          }
        }
        // A loss of power takes everything but what was to be kept.
        if (what === 'POWER') {
          const keeps = before.aptpl === true;
          same([reservedBy, after.generation, after.aptpl ?? false], [null, 0, keeps]);
          same([registrations, persistent], keeps ? [before.registrations, before.persistent] : [[], null]);
        }
        // Nobody is locked out, or let in, by what was not executed.
        if (after === before) continue;
        // One holder at most, and it alone gets in.
        if (reservedBy !== null) {
          same(letIn(kind, after, 'tur'), [reservedBy]);
          for (const each of letIn(kind, after, 'write')) same(each, reservedBy);
        }
        // Registrations and the persistent reservation agree: there is no holder without a registration.
        same(new Set(names).size, names.length);
        must(registrations.every((each) => each.key !== 0n), 'a registration has a key');
        if (persistent !== null) {
          const { holder, anchor = null } = persistent;
          must(names.length > 0, 'a reservation has a registrant');
          same(holder === null, [7, 8].includes(persistent.type));
          for (const each of [holder, anchor]) if (each !== null) expect(names).toContain(each);
        }
        const writers = letIn(kind, { ...after, reservedBy: null }, 'write');
        same(writers, everybody.filter((each) => mayWrite(kind, after, each)));
        const locked = sessions.some((each) => names.includes(each) && !writers.includes(each));
        if (persistent !== null && [5, 6, 7, 8].includes(persistent.type) && locked) met.mistaken++;
        // A session that has ended is in nobody's hands, and only tgt knows such.
        must(what !== 'LOGOUT' || kind === 'LIO' || !names.includes(by), 'tgt forgets whose session has ended');
        if (what === 'LOGOUT') same(keysIn(after), keysIn(before));
        must(kind === 'tgt' || !names.some(ended), 'LIO knows its registrants');
        // A registration is only ever made by its initiator, and taken by another only with PREEMPT of its key or
        // with CLEAR; who loses it so is told.
        for (const each of registrations) {
          const mine = each.initiator === by || what === 'LOGOUT' || before.registrations.includes(each);
          must(mine, 'nobody registers another');
        }
        for (const { initiator, key: lostKey } of event ? [] : before.registrations) {
          if (names.includes(initiator) || initiator === by) continue;
          const named = preempts && (second === '0' || BigInt(second) === lostKey);
          must(what === 'clear' || named, 'only who is named is removed');
          if (ended(initiator) || out.includes(initiator)) continue;
          expect(after.unitAttentions[initiator])
            .toContain(what === 'clear' ? 0x2a03 : unit.target.preemptedCode);
        }
        // Only who holds a persistent reservation releases it, and only who is registered ends it another way.
        if (before.persistent !== null && persistent === null && what !== 'POWER') {
          expect(namesBefore).toContain(by);
          expect(what).toMatch(/^(release|register|ignore|clear|preempt|abort)$/);
          if (what === 'release' && before.persistent.holder !== null) same(by, before.persistent.holder);
        }
        // The APTPL of the last REGISTER counts, until CLEAR.
        const registers = answer === 'GOOD' && ['register', 'ignore'].includes(what)
          && (second !== '0' || namesBefore.includes(by));
        const clears = answer === 'GOOD' && what === 'clear';
        const wanted = registers ? (Number(flagWord) & 1) !== 0 : !clears && before.aptpl === true;
        same(after.aptpl ?? false, wanted);
        must(kind === 'LIO' || after.aptpl !== true, 'tgt keeps nothing');
        // Reading changes nothing, and the lists agree.
        const reads = ['keys', 'held', 'capabilities', 'full'].includes(what);
        if (reads) same(standing(after), standing(before));
        agree(kind, after);
        // The generation counts registrations, clears and preemptions, nothing else.
        const moved = answer === 'GOOD' ? counts(kind, what, second !== '0', before, after) : 0;
        if (what !== 'POWER') same(after.generation, before.generation + moved);
        // Where registrations stand against RESERVE, the two kinds never begin to stand side by side.
        if (kind === 'LIO' && before.reservedBy === null && reservedBy !== null) same(registrations, []);
      }
    }), { numRuns: 1000 });
  });

  test('that was worth something', () => {
    expect(tried).toBeGreaterThanOrEqual(2000);
    for (const [what, times] of Object.entries(met)) expect([what, times > 10 || times]).toEqual([what, true]);
  });
});
