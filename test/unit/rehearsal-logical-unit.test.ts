// Reservations of a logical unit: persistent ones in rows, all of them under random commands.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LogicalUnit, type ReserveForms, type TargetKind, type UnitState, freshState }
  from '../../src/bus/rehearsal/logical-unit.ts';
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

function prOut(unit: LogicalUnit, by: string, action: string, key = 0n, other = 0n, type = 0): string {
  const list = encodePrOut({ reservationKey: key, serviceActionKey: other, aptpl: false });
  return word(unit, by, [0x5f, actions[action] as number, type, 0, 0, 0, 0, 0, 24, 0], list);
}

/** `A register 0 1` = A sends REGISTER with key 0 and service action key 1; `A reserve 1 0 5` adds the type. */
function play(unit: LogicalUnit, line: string): string {
  const [by = '', what = '', key = '0', other = '0', type = '0'] = line.split(' ');
  const cdb = plain[what];
  return cdb === undefined ? prOut(unit, by, what, BigInt(key), BigInt(other), Number(type)) : word(unit, by, cdb);
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
    ['key 0 unregisters', [['A register 0 1', 'GOOD'], ['B register 0 2', 'GOOD'], ['A register 1 0', 'GOOD']],
      '2 none g3'],
    ['key 0 of nobody is nothing', [['A register 0 0', 'GOOD']], ' none g0'],
    ['RESERVE needs a registration', [['A reserve 0 0 1', 'CONFLICT'], ['A register 0 1', 'GOOD'],
      ['A reserve 2 0 1', 'CONFLICT'], ['A reserve 1 0 1', 'GOOD']], '1 1:1 g1'],
    ['RESERVE again, of the same type only', [['A register 0 1', 'GOOD'], ['A reserve 1 0 1', 'GOOD'],
      ['A reserve 1 0 1', 'GOOD'], ['A reserve 1 0 3', 'CONFLICT']], '1 1:1 g1'],
    ['RESERVE against a holder', [['A register 0 1', 'GOOD'], ['B register 0 2', 'GOOD'], 
      ['A reserve 1 0 1', 'GOOD'], ['B reserve 2 0 1', 'CONFLICT']], '1,2 1:1 g2'],
    ['types and scopes that are not there', [['A register 0 1', 'GOOD'], ['A reserve 1 0 0', '5/2400'],
      ['A reserve 1 0 2', '5/2400'], ['A reserve 1 0 17', '5/2400']], '1 none g1'],
    ['RELEASE with another type', [['A register 0 1', 'GOOD'], ['A reserve 1 0 1', 'GOOD'],
      ['A release 1 0 3', '5/2604'], ['A release 1 0 1', 'GOOD']], '1 none g1'],
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
      ['A reserve 1 0 5', 'GOOD'], ['A register 1 0', 'GOOD'], ['B tur', '6/2A04']], '2 none g3'],
    ['the holder unregisters: exclusive types tell nobody',
      [['A register 0 1', 'GOOD'], ['B register 0 2', 'GOOD'],
      ['A reserve 1 0 1', 'GOOD'], ['A register 1 0', 'GOOD'], ['B tur', 'GOOD']], '2 none g3'],
    ['all registrants hold: key 0, until the last goes', [['A register 0 1', 'GOOD'], ['B register 0 2', 'GOOD'],
      ['A reserve 1 0 8', 'GOOD'], ['B reserve 2 0 8', 'GOOD'], ['A register 1 0', 'GOOD']], '2 0:8 g3'],
    ['all registrants hold: the last goes', [['A register 0 1', 'GOOD'], ['A reserve 1 0 7', 'GOOD'],
      ['A register 1 0', 'GOOD']], ' none g2'],
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

describe('whatever three initiators send', () => {
  const who = fc.constantFrom('A', 'B', 'C');
  // `own` is the key that the sender registered, if any: guessed keys would nearly always conflict.
  const key = fc.constantFrom('own', 'own', 'own', '1');
  const other = fc.constantFrom('0', '1', '2', '3');
  const type = fc.constantFrom('1', '3', '5', '6', '7', '8', '2');
  const command = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(who, fc.constantFrom('reserve6', 'release6', 'reserve10', 'release10')) },
    { weight: 2, arbitrary: fc.tuple(who, fc.constantFrom('tur', 'read', 'write', 'keys', 'held', 'sense',
      'capabilities', 'full')) },
    { weight: 4, arbitrary: fc.tuple(who, fc.constantFrom('register', 'ignore'), key, other) },
    { weight: 6, arbitrary: fc.tuple(who, fc.constantFrom('reserve', 'reserve', 'release', 'preempt', 'abort'),
      key, other, type) },
    { weight: 1, arbitrary: fc.tuple(who, fc.constant('clear'), key) },
    { weight: 1, arbitrary: fc.tuple(who, fc.constantFrom('RESET', 'LOGOUT')) },
  );

  // Without `size`, fast-check keeps to ten commands or so: too few to meet a persistent reservation often.
  const sequences = fc.array(command, { minLength: 1, maxLength: 60, size: 'max' });

  const standing = ({ unitAttentions: _told, ...rest }: UnitState) => rest;

  /** Who gets in when nobody has anything to be told first. */
  /** A list as an initiator reads it whom nothing keeps out. */
  const listOf = (kind: TargetKind, state: UnitState, what: string) =>
    new LogicalUnit({ kind }, { ...state, reservedBy: null, unitAttentions: {} })
      .execute('A', Uint8Array.from(plain[what] as number[])).data;

  const agree = (kind: TargetKind, state: UnitState) => {
    const { generation, registrations, persistent } = state;
    const listed = decodeKeys(listOf(kind, state, 'keys'));
    const held = decodeReservation(listOf(kind, state, 'held'));
    expect([listed.generation, held.generation]).toEqual([generation, generation]);
    expect(listed.keys).toEqual(registrations.map((each) => each.key));
    expect(held.reservation === null).toBe(persistent === null);
    if (kind === 'tgt') return;
    const told = decodeFullStatus(listOf(kind, state, 'full'));
    expect(told.generation).toBe(generation);
    expect(told.registrants.map((each) => each.key)).toEqual(listed.keys);
    const holders = told.registrants.filter(({ holder }) => holder);
    if (held.reservation === null) {
      expect(holders).toEqual([]);
      return;
    }
    const { key: holderKey, type: heldType } = held.reservation;
    expect(holders.map((each) => each.key)).toEqual(heldType >= 7 ? listed.keys : [holderKey]);
    for (const each of holders) expect([each.type, each.scope]).toEqual([heldType, 0]);
    met.lists++;
  };

  const letIn = (kind: TargetKind, state: UnitState, what: string) => ['A', 'B', 'C'].filter((by) =>
    play(new LogicalUnit({ kind }, { ...state, unitAttentions: {} }), `${by} ${what}`) === 'GOOD');

  let tried = 0;
  /**
   * How often a reset met a persistent reservation, a RELEASE somebody else's, a PREEMPT took one over, and how
   * often the three lists were compared under a persistent reservation.
   */
  const met = { resets: 0, others: 0, takeovers: 0, lists: 0 };

  test.each<[TargetKind]>([['tgt'], ['LIO']])('%s keeps its word', (kind) => {
    fc.assert(fc.property(sequences, (commands) => {
      tried++;
      const unit = new LogicalUnit({ kind });
      for (const parts of commands) {
        const [by, what] = parts as unknown as [string, string];
        const before = unit.state;
        let answer = 'GOOD';
        if (what === 'RESET') unit.reset(['A', 'B', 'C']);
        else if (what === 'LOGOUT') unit.logout(by, (_ms, run) => run());
        else {
          const own = String(before.registrations.find(({ initiator }) => initiator === by)?.key ?? 0n);
          answer = play(unit, parts.map((part) => (part === 'own' ? own : part)).join(' '));
        }
        const after = unit.state;
        const { reservedBy, registrations, persistent } = after;

        if (what === 'RESET' && before.persistent !== null) met.resets++;
        if (what.startsWith('release') && before.reservedBy !== null && before.reservedBy !== by) met.others++;
        const preempts = ['preempt', 'abort'].includes(what);
        if (preempts && before.persistent !== null && before.persistent !== persistent) met.takeovers++;
        // What was not done changed nothing.
        if (answer !== 'GOOD') expect(standing(after)).toEqual(standing(before));
        // A holder is never displaced by anything but a reset; somebody else's RELEASE or RESERVE frees nothing.
        if (before.reservedBy !== null && by !== before.reservedBy && what !== 'RESET') {
          expect(reservedBy).toBe(before.reservedBy);
        }
        if (before.reservedBy !== null && by === before.reservedBy && reservedBy !== before.reservedBy) {
          expect(what).toMatch(/^(release6|release10|LOGOUT|RESET)$/);
        }
        // A reset frees, tells everybody, and leaves persistent reservations alone.
        if (what === 'RESET') {
          expect(standing(after)).toEqual({ ...standing(before), reservedBy: null });
          for (const each of ['A', 'B', 'C']) expect(after.unitAttentions[each]).toContain(unit.target.resetCode);
        }
        // One holder at most, and it alone gets in.
        if (reservedBy !== null) {
          expect(letIn(kind, after, 'tur')).toEqual([reservedBy]);
          for (const each of letIn(kind, after, 'write')) expect(each).toBe(reservedBy);
        }
        // Registrations and the persistent reservation agree.
        const names = registrations.map(({ initiator }) => initiator);
        expect(new Set(names).size).toBe(names.length);
        expect(registrations.every((each) => each.key !== 0n)).toBe(true);
        if (persistent !== null) {
          expect(names.length).toBeGreaterThan(0);
          expect(persistent.holder === null).toBe(persistent.type >= 7);
          if (persistent.holder !== null) expect(names).toContain(persistent.holder);
        }
        expect(letIn(kind, { ...after, reservedBy: null }, 'write'))
          .toEqual(['A', 'B', 'C'].filter((each) => persistent === null || persistent.holder === each
            || (persistent.type >= 5 && names.includes(each))));
        // Only who holds a persistent reservation releases it, and only who is registered ends it another way.
        if (before.persistent !== null && persistent === null) {
          expect(before.registrations.map(({ initiator }) => initiator)).toContain(by);
          expect(what).toMatch(/^(release|register|ignore|clear|preempt|abort)$/);
          if (what === 'release' && before.persistent.holder !== null) expect(by).toBe(before.persistent.holder);
        }
        // Reading changes nothing, and the lists agree.
        const reads = ['keys', 'held', 'capabilities', 'full'].includes(what);
        if (reads) expect(standing(after)).toEqual(standing(before));
        if (after !== before) agree(kind, after);
        // The generation counts registrations and preemptions, nothing else.
        const counts = answer === 'GOOD' && ['register', 'ignore', 'clear', 'preempt', 'abort'].includes(what);
        // tgt counts once more when a reservation ends with its holder's registration.
        const ends = kind === 'tgt' && before.persistent !== null && persistent === null
          && ['register', 'ignore'].includes(what);
        if (!counts) expect(after.generation).toBe(before.generation);
        else if (ends) expect(after.generation).toBe(before.generation + 2);
        else expect([before.generation, before.generation + 1]).toContain(after.generation);
        // Where registrations stand against RESERVE, the two kinds never begin to stand side by side.
        if (kind === 'LIO' && before.reservedBy === null && reservedBy !== null) expect(registrations).toEqual([]);
      }
    }), { numRuns: 1000 });
  });

  test('that was worth something', () => {
    expect(tried).toBeGreaterThanOrEqual(2000);
    for (const times of Object.values(met)) expect(times).toBeGreaterThan(50);
  });
});
