// Clear-StorageReservation itself against the real target: its own commands on the wire, of one of three initiators
// (C), while the other two hold, register and come back. The same runs against the rehearsal's unit of kind 'tgt':
// every command, every status and all that is read must be the same, and so must the result.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshState } from '../../src/bus/rehearsal/unit-state.ts';
import type { ClearResult } from '../../src/verbs/clear/clear-result.ts';
import { type Side, answer, compare, names, real, rehearsal } from './sides.ts';
import { parseStep, stepsOf } from './steps.ts';
import { type Between, type Wanted, changesIn, clearOn, ownKey } from './target-bus.ts';
import { type Target, openTarget, whyNoTarget } from './target.mjs';

interface Row {
  readonly name: string;
  /** What others did first. */
  readonly first: string;
  readonly wanted: Wanted;
  readonly between?: readonly Between[];
  readonly result: Partial<ClearResult>;
  /** Commands that change something, in their order. */
  readonly sent: string;
  /** What others find afterwards. */
  readonly found: string;
}

const clears: Wanted = { method: 'Clear' };
const preempts: Wanted = { method: 'Preempt', holderKey: 0xa1n };
const resets: Wanted = { method: 'Reset' };

/** Others come between, right after a command of ours. */
const after = (at: string, steps: string): Between => ({
  at, nth: 1,
  async act(side: Side) {
    const heard: string[] = [];
    for (const step of stepsOf(steps)) heard.push(`${step.text}: ${(await answer(side, step)).word}`);
    expect(heard).toEqual(stepsOf(steps).map((step) => `${step.text}: ${step.answer}`));
    return heard.join('; ');
  },
});
const twice = (at: string): Between => ({ at, nth: 1, act: null });

const both = 'A register 0 a1: GOOD; B register 0 b2: GOOD';
const held = (type: number) => `${both}; A reserve a1 ${type}: GOOD`;
const own = ownKey.toString(16);
const free = 'A write: GOOD; B write: GOOD; C write: GOOD';
const gone = `A tur: 6/2a03; B tur: 6/2a03; C tur: GOOD; A keys: GOOD g4 none; A held: GOOD g4 none; ${free}`;

const rows: readonly Row[] = [
  ...[1, 3, 5, 6, 7, 8].map((type): Row => ({
    name: `Clear, type ${type}`, first: held(type), wanted: clears, sent: 'REGISTER CLEAR', found: gone,
    result: { Outcome: 'Cleared', KeyCount: 2, KeysLeft: 0, OwnKeyLeft: false, GenerationBefore: 2, GenerationAfter: 4,
      HolderKey: type > 6 ? null : '0x00000000000000A1', Removed: '0x00000000000000A1 (1), 0x00000000000000B2 (1)' } })),
  { name: 'Clear of keys that hold nothing', first: both, wanted: clears, sent: 'REGISTER CLEAR', found: gone,
    result: { Outcome: 'Cleared', HolderKey: null, Type: null } },
  { name: 'Clear of one key that two have', first: 'A register 0 a1: GOOD; B register 0 a1: GOOD', wanted: clears,
    sent: 'REGISTER CLEAR',
    found: gone, result: { Outcome: 'Cleared', Removed: '0x00000000000000A1 (2)' } },
  { name: 'Clear that goes out twice, and conflicts with itself', first: held(5), wanted: clears,
    between: [twice('CLEAR')],
    sent: 'REGISTER CLEAR CLEAR', found: gone,
    result: { Outcome: 'Cleared', Message: expect.stringContaining('CLEAR itself was answered with') as string } },
  { name: 'Clear with nothing to clear', first: 'A tur: GOOD', wanted: clears, sent: '',
    found: 'A keys: GOOD g0 none',
    result: { Outcome: 'Refused' } },
  { name: 'Clear of a SCSI-2 reservation', first: 'A reserve6: GOOD', wanted: clears, sent: '',
    found: 'B write: CONFLICT',
    result: { Outcome: 'Refused' } },
  { name: 'Clear where this host is registered', first: `${held(5)}; C register 0 c3: GOOD`, wanted: clears,
    sent: 'REGISTER',
    found: 'A keys: GOOD g3 a1,b2,c3; A held: GOOD g3 a1:5', result: { Outcome: 'Conflict', OwnKeyLeft: false } },
  { name: 'Clear while another registers', first: 'A register 0 a1: GOOD; A reserve a1 5: GOOD', wanted: clears,
    between: [after('REGISTER', 'B register 0 b2: GOOD')], sent: 'REGISTER REGISTER',
    found: 'A keys: GOOD g4 a1,b2; A held: GOOD g4 a1:5',
    result: { Outcome: 'Changed', OwnKeyLeft: false, Undone: true } },
  { name: 'Clear while the holder releases', first: held(5), wanted: clears,
    between: [after('REGISTER', 'A release a1 5: GOOD')],
    sent: 'REGISTER REGISTER', found: 'A keys: GOOD g4 a1,b2; A held: GOOD g4 none',
    result: { Outcome: 'Changed', OwnKeyLeft: false, Undone: true } },
  { name: 'Clear while another clears', first: held(5), wanted: clears,
    between: [after('REGISTER', 'A clear a1: GOOD')],
    sent: 'REGISTER', found: 'A keys: GOOD g4 none', result: { Outcome: 'Changed', OwnKeyLeft: false } },
  { name: 'Clear, and a host that runs comes back', first: held(5), wanted: clears,
    between: [after('CLEAR', 'B tur: 6/2a03; B register 0 b2: GOOD')], sent: 'REGISTER CLEAR',
    found: 'B keys: GOOD g5 b2', result: { Outcome: 'StillHeld', OwnKeyLeft: false } },
  // The own key holds after PREEMPT. Taking it back ends the reservation, which this target counts as well, and tells
  // everybody of but the one registrant that is left.
  ...[1, 3, 5, 6].map((type): Row => ({
    name: `Preempt, type ${type}`, first: held(type), wanted: preempts, sent: 'REGISTER PREEMPT REGISTER',
    found: `A tur: 6/2a03; A tur: 6/2a04; B keys: GOOD g6 b2; B held: GOOD g6 none; ${free}`,
    result: { Outcome: 'Preempted', Removed: '0x00000000000000A1 (1)', KeysLeft: 1, OwnKeyLeft: false, GenerationAfter: 6 } })),
  { name: 'Preempt where nobody holds', first: both, wanted: preempts, sent: 'REGISTER PREEMPT REGISTER',
    found: 'B keys: GOOD g5 b2; B held: GOOD g5 none',
    result: { Outcome: 'Preempted', KeysLeft: 1, OwnKeyLeft: false } },
  { name: 'Preempt of another key than the holder has', first: held(5),
    wanted: { method: 'Preempt', holderKey: 0xb2n }, sent: '',
    found: 'A keys: GOOD g2 a1,b2; A held: GOOD g2 a1:5', result: { Outcome: 'Refused' } },
  { name: 'Preempt where all hold', first: held(7), wanted: preempts, sent: '',
    found: 'A keys: GOOD g2 a1,b2; A held: GOOD g2 0:7',
    result: { Outcome: 'Refused' } },
  { name: 'Preempt that goes out twice', first: held(5), wanted: preempts, between: [twice('PREEMPT')],
    sent: 'REGISTER PREEMPT PREEMPT REGISTER', found: 'B keys: GOOD g6 b2; B held: GOOD g6 none',
    result: { Outcome: 'Preempted' } },
  { name: 'Preempt, and the host comes back', first: held(5), wanted: preempts,
    between: [after('PREEMPT', 'A tur: 6/2a03; A register 0 a1: GOOD')], sent: 'REGISTER PREEMPT REGISTER',
    found: 'B tur: 6/2a04; B keys: GOOD g7 b2,a1', result: { Outcome: 'StillHeld', OwnKeyLeft: false } },
  { name: 'Preempt -Abort, which this target does not know', first: held(5), wanted: { ...preempts, abort: true },
    sent: 'REGISTER PREEMPT AND ABORT REGISTER', found: 'A keys: GOOD g4 a1,b2; A held: GOOD g4 a1:5',
    result: { Outcome: 'NotSupported', OwnKeyLeft: false, Undone: true } },
  { name: 'Release of a key that was left behind',
    first: `A register 0 a1: GOOD; C register 0 ${own}: GOOD; A reserve a1 5: GOOD`,
    wanted: { method: 'Release', ownKey }, sent: 'REGISTER', found: 'A keys: GOOD g3 a1; A held: GOOD g3 a1:5',
    result: { Outcome: 'Accepted', Removed: '0x53525A5A5A5A5A5A (1)', OwnKeyLeft: false } },
  { name: 'Release of a key that another host left behind', first: `A register 0 ${own}: GOOD`,
    wanted: { method: 'Release', ownKey }, sent: 'REGISTER', found: `A keys: GOOD g1 ${own}`,
    result: { Outcome: 'Conflict', OwnKeyLeft: true } },
  { name: 'Reset of a SCSI-2 reservation', first: 'A reserve6: GOOD', wanted: resets, sent: 'RESET',
    found: `A tur: 6/2900; B tur: 6/2900; ${free}`, result: { Outcome: 'Reset', ReservationAfter: 'Free' } },
  { name: 'Reset where keys are, which would survive it', first: held(6), wanted: resets, sent: '',
    found: 'A tur: GOOD; B tur: GOOD',
    result: { Outcome: 'Refused' } },
  { name: 'Reset of nothing', first: 'A tur: GOOD', wanted: resets, sent: '', found: 'B tur: GOOD',
    result: { Outcome: 'Refused' } },
];

const why = whyNoTarget();
if (why !== undefined) console.warn(`No real target: ${why}`);

describe.skipIf(why !== undefined)('Clear-StorageReservation against tgt', () => {
  let target: Target;
  let commands = 0;
  const random = new Map<string, number>();

  beforeAll(async () => {
    target = await openTarget({ units: rows.length + 1, initiators: names, log: (text) => console.log(text) });
  });

  afterAll(async () => {
    await target?.close();
    console.log(`tgt ${target?.version}: ${rows.length} runs of Clear-StorageReservation, and at random `
      + `${[...random].map(([outcome, count]) => `${count} ${outcome}`).join(', ')}: ${commands} commands of its own`);
  });

  test.each(rows.map((row) => [row.name, row] as const))('%s', async (_name, { first, wanted, between, result, sent, found }) => {
    const lun = rows.findIndex(({ name }) => name === _name) + 1;
    const sides = [await real(target, lun), rehearsal()] as const;
    const play = async (steps: string) => {
      for (const step of stepsOf(steps)) {
        const [word, difference] = await compare(...sides, step);
        expect(`${step.text}: ${word}`).toBe(`${step.text}: ${step.answer}`);
        expect(difference).toBeUndefined();
      }
    };
    await play(first);
    const [tgt, rehearsed] = [await clearOn(sides[0], 'C', lun, wanted, between), await clearOn(sides[1], 'C', lun, wanted, between)];
    expect(tgt.result).toMatchObject(result);
    expect(changesIn(tgt.wire)).toBe(sent);
    expect(rehearsed).toEqual(tgt);
    await play(found);
    commands += tgt.wire.length;
  });

  const others = fc.constantFrom('A', 'B', 'b', 'C');
  // C, whose host runs the command, is mostly not registered.
  const registers = fc.constantFrom('A', 'A', 'A', 'B', 'B', 'b', 'C');
  const type = fc.constantFrom('1', '3', '5', '6', '7', '8');
  const line = fc.oneof(
    { weight: 5, arbitrary: fc.tuple(registers, fc.constant('ignore'), fc.constant('0'), fc.constantFrom('a1', 'b2', 'c3')) },
    { weight: 3, arbitrary: fc.tuple(others, fc.constantFrom('reserve', 'reserve', 'release'), fc.constant('own'), type) },
    { weight: 1, arbitrary: fc.tuple(others, fc.constant('register'), fc.constant('own'), fc.constant('0')) },
    { weight: 1, arbitrary: fc.tuple(others, fc.constant('preempt'), fc.constant('own'), fc.constantFrom('a1', 'b2'), type) },
    { weight: 1, arbitrary: fc.tuple(others, fc.constantFrom('reserve6', 'release6', 'tur', 'write', 'reset')) },
    { weight: 1, arbitrary: fc.tuple(others, fc.constant('clear'), fc.constant('own')) },
  );
  const between = fc.option(fc.record({
    at: fc.constantFrom('REGISTER', 'REGISTER', 'CLEAR', 'PREEMPT'), nth: fc.constantFrom(1, 1, 1, 2),
    lines: fc.array(line, { minLength: 1, maxLength: 2 }),
  }), { freq: 3 });
  const registered = fc.constant(['A', 'ignore', '0', 'a1']);
  const reserves = fc.tuple(fc.constantFrom('A', 'B'), fc.constantFrom('reserve6', 'reserve6', 'reserve10', 'tur', 'release6'));
  const history = fc.oneof(
    { weight: 4, arbitrary: fc.record({
      first: fc.tuple(registered, fc.array(line, { maxLength: 7, size: 'max' })).map(([one, more]) => [one, ...more]),
      method: fc.constantFrom('Clear' as const, 'Preempt' as const), between,
      victim: fc.constantFrom(null, null, null, 0xa1n, 0xb2n), abort: fc.integer({ min: 0, max: 7 }).map((one) => one === 0),
    }) },
    { weight: 1, arbitrary: fc.record({
      first: fc.array(fc.oneof({ weight: 9, arbitrary: reserves }, { weight: 1, arbitrary: line }), { minLength: 1, maxLength: 3 }),
      method: fc.constant('Reset' as const),
      between: fc.constant(null), victim: fc.constant(null), abort: fc.constant(false),
    }) },
  );

  test('whatever others do before it and between its commands', async () => {
    const lun = rows.length + 1;
    await fc.assert(fc.asyncProperty(history, async ({ first, method, victim, abort, between }) => {
      const tgt = await real(target, lun);
      // Nothing of the history before is left but the generation.
      for (const text of ['A ignore 0 f: GOOD', 'A clear f: GOOD']) expect(await tgt.send(parseStep(text))).toMatchObject({ status: 0 });
      await tgt.nexus(parseStep('A reset: done'));
      for (const name of names) await target.initiator(name).hearAll(lun);
      const generation = Buffer.from((await tgt.send(parseStep('A keys: GOOD'))).data).readUInt32BE(0);
      const rehearsed = rehearsal({ ...freshState, generation });
      /** Null for the one command that this target must not be sent: see target.test.ts. */
      const stepOf = ([who, verb, ...words]: readonly string[]) => {
        const { persistent } = rehearsed.unit.state;
        if (verb === 'preempt' && persistent?.holder === null) return null;
        const own = (rehearsed.registered(who!) ?? 0n).toString(16);
        return parseStep(`${[who, verb, ...words.map((word) => (word === 'own' ? own : word))].join(' ')}: `);
      };
      for (const words of first) {
        const step = stepOf(words);
        if (step !== null) expect((await compare(tgt, rehearsed, step))[1]).toBeUndefined();
      }

      const { persistent, registrations } = rehearsed.unit.state;
      const holder = registrations.find(({ initiator }) => initiator === persistent?.holder)?.key ?? 0xa1n;
      const wanted: Wanted = method === 'Preempt' ? { method, holderKey: victim ?? holder, abort } : { method };
      // The rehearsal goes first, so that each side is asked the same.
      const steps: ReturnType<typeof stepOf>[] = [];
      const acts = (each: (side: Side) => AsyncGenerator<string>): Between[] => (between === null ? [] : [{
        at: between.at, nth: between.nth,
        async act(side) {
          const heard: string[] = [];
          for await (const word of each(side)) heard.push(word);
          return heard.join('; ');
        },
      }]);
      const inRehearsal = await clearOn(rehearsed, 'C', lun, wanted, acts(async function* (side) {
        for (const words of between!.lines) {
          const step = stepOf(words);
          steps.push(step);
          if (step !== null) yield `${step.text}: ${(await answer(side, step)).word}`;
        }
      }));
      const onTarget = await clearOn(tgt, 'C', lun, wanted, acts(async function* (side) {
        for (const step of steps) if (step !== null) yield `${step.text}: ${(await answer(side, step)).word}`;
      }));
      expect(onTarget).toEqual(inRehearsal);
      const { Outcome } = onTarget.result;
      random.set(Outcome, (random.get(Outcome) ?? 0) + 1);
      commands += onTarget.wire.length;
      for (const name of names) {
        for (const verb of ['tur', 'tur', 'tur', 'keys', 'held', 'write']) {
          expect((await compare(tgt, rehearsed, parseStep(`${name} ${verb}: `)))[1]).toBeUndefined();
        }
      }
    }), { numRuns: 150 });
    expect([...random.keys()]).toEqual(expect.arrayContaining(['Cleared', 'Preempted', 'Conflict', 'Reset', 'Refused']));
  });
});
