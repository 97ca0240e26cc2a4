// The real target as the judge: every row runs against tgt, by three initiators and a second session of one of
// them, and against the rehearsal's logical unit of kind 'tgt'. Status, sense and PERSISTENT RESERVE IN data must be
// the same at every step, and what the row says; then as many commands at random.
//
// The other column of the truth table, LIO, has no such judge: LIO is a part of the Linux kernel, and what runs in
// a chroot cannot load a module into it. Its column rests on what was measured by hand.
//
// Not run at random: PREEMPT of a single key while all registrants hold. Where the key is that of the first
// registrant, tgt frees that registration and goes on using it as the holder; what it does then depends on its memory.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshState } from '../../src/bus/rehearsal/unit-state.ts';
import { rowsByGroup } from './rows.ts';
import { compare, names, real, rehearsal } from './sides.ts';
import { type Step, parseStep, stepsOf } from './steps.ts';
import { scenarios } from './table-rows.ts';
import { type Target, openTarget, whyNoTarget } from './target.mjs';
import { truths } from './truth-rows.ts';

/** Steps with what tgt has to answer to each. */
interface Played {
  readonly name: string;
  readonly steps: readonly Step[];
}

const groups: readonly (readonly [string, readonly Played[]])[] = [
  ...[['the truth table', truths] as const, ...rowsByGroup].map(([group, rows]) =>
    [group, rows.map(({ name, steps }) => ({ name, steps: stepsOf(steps) }))] as const),
  ['the table of PERSISTENT RESERVE OUT and resets', scenarios.map(({ name, steps }) =>
    ({ name, steps: steps.map(({ answers, ...step }) => ({ ...step, answer: answers.tgt })) }))],
];
const all = groups.flatMap(([, rows]) => rows);
const why = whyNoTarget();
if (why !== undefined) console.warn(`No real target: ${why}`);

describe.skipIf(why !== undefined)('tgt and its rehearsal', () => {
  let target: Target;
  const conform = new Map(groups.map(([group]) => [group, 0]));
  const random = { sequences: 0, commands: 0, good: 0 };

  beforeAll(async () => {
    target = await openTarget({ units: all.length + 1, initiators: names, log: (text) => console.log(text) });
  });

  afterAll(async () => {
    await target?.close();
    const { sequences, commands, good } = random;
    for (const [group, rows] of groups) {
      console.log(`tgt ${target?.version}, ${group}: ${conform.get(group)} of ${rows.length} rows conform`);
    }
    console.log(`tgt ${target?.version}: `
      + `${sequences} sequences of ${commands} commands at random, ${good} of them GOOD`);
  });

  for (const [group, rows] of groups) {
    describe(group, () => {
      test.each(rows.map((row) => [row.name, row] as const))('%s', async (_name, row) => {
        // Each row has a logical unit of its own, so that generations begin at 0 and nothing is left over.
        const tgt = await real(target, all.indexOf(row) + 1);
        const rehearsed = rehearsal();
        const heard: string[] = [];
        const differences: string[] = [];
        for (const step of row.steps) {
          const [word, difference] = await compare(tgt, rehearsed, step);
          heard.push(`${step.text}: ${word}`);
          if (difference !== undefined) differences.push(difference);
        }
        expect(heard).toEqual(row.steps.map((step) => `${step.text}: ${step.answer}`));
        expect(differences).toEqual([]);
        conform.set(group, (conform.get(group) ?? 0) + 1);
      });
    });
  }

  test('the tables are whole', () => {
    expect(truths).toHaveLength(24);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });

  const by = fc.constantFrom(...names);
  // `own` is the key that the sender registered, if any: guessed keys would nearly always conflict.
  const key = fc.constantFrom('own', 'own', 'own', '1');
  const other = fc.constantFrom('0', '1', '2', '3');
  // 2 is no type, 15 is one with a scope: tgt keeps both when PREEMPT names them.
  const type = fc.constantFrom('1', '3', '5', '6', '7', '8', '1', '3', '5', '6', '7', '8', '2', '15');
  const line = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(by, fc.constantFrom('reserve6', 'release6', 'reserve10', 'release10')) },
    { weight: 5, arbitrary: fc.tuple(by, fc.constantFrom('tur', 'read', 'write', 'keys', 'held', 'sense')) },
    { weight: 6, arbitrary: fc.tuple(by, fc.constantFrom('register', 'register', 'ignore', 'aptpl'), key, other) },
    { weight: 6, arbitrary: fc.tuple(by, fc.constantFrom('reserve', 'reserve', 'release'), key, type) },
    { weight: 5, arbitrary: fc.tuple(by, fc.constantFrom('preempt', 'preempt', 'preempt', 'abort'), key, other,
      type) },
    { weight: 1, arbitrary: fc.tuple(by, fc.constant('clear'), key) },
    { weight: 1, arbitrary: fc.tuple(by, fc.constantFrom('reset', 'again')) },
  );

  test('whatever three initiators send, one of them in two sessions', async () => {
    const lun = all.length + 1;
    // Without `size`, fast-check keeps to ten commands or so: too few to meet a persistent reservation often.
    const sequences = fc.array(line, { minLength: 1, maxLength: 60, size: 'max' });
    await fc.assert(fc.asyncProperty(sequences, async (lines) => {
      const tgt = await real(target, lun);
      // Nothing of the sequence before is left but the generation, which only ever counts up.
      for (const text of ['A ignore 0 f: GOOD', 'A clear f: GOOD', 'A reset: done']) {
        const step = parseStep(text);
        if (step.command === null) await tgt.nexus(step);
        else expect(await tgt.send(step)).toMatchObject({ status: 0 });
      }
      for (const name of names) await target.initiator(name).hearAll(lun);
      const generation = (await tgt.send(parseStep('A keys: GOOD'))).data;
      const rehearsed = rehearsal({ ...freshState, generation: Buffer.from(generation).readUInt32BE(0) });

      random.sequences++;
      for (const [who, verb, ...words] of lines as unknown as [string, string, ...string[]][]) {
        const { persistent } = rehearsed.unit.state;
        const own = (rehearsed.registered(who) ?? 0n).toString(16);
        const text = [who, verb, ...words.map((word) => (word === 'own' ? own : word))].join(' ');
        // See above.
        if (verb === 'preempt' && persistent?.holder === null && words[1] !== '0') continue;
        const steps = verb === 'again' ? [`${who} logout: `, `${who} login: `] : [`${text}: `];
        for (const each of steps) {
          const [word, difference] = await compare(tgt, rehearsed, parseStep(each));
          expect(difference).toBeUndefined();
          random.commands++;
          if (word.startsWith('GOOD')) random.good++;
        }
      }
    }), { numRuns: 1000 });
    expect(random.good).toBeGreaterThan(random.commands / 4);
  });
});
