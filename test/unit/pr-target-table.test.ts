// Every row of the scenarios that were measured against tgt and LIO, on the rehearsal's units of both kinds. The
// column of tgt is played against a real one, too: test/target.

import { describe, expect, test } from 'vitest';
import type { TargetKind } from '../../src/bus/rehearsal/target-rows.ts';
import { answer, rehearsal } from '../target/sides.ts';
import { scenarios } from '../target/table-rows.ts';

const kinds: readonly TargetKind[] = ['tgt', 'LIO'];

describe.each(kinds)('what %s answered', (kind) => {
  test.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', async (_name, { steps }) => {
    const side = rehearsal(undefined, kind);
    const heard: string[] = [];
    for (const step of steps) heard.push(`${step.text}: ${(await answer(side, { ...step, answer: '' })).word}`);
    expect(heard).toEqual(steps.map(({ text, answers }) => `${text}: ${answers[kind]}`));
  });
});

test('the table is whole', () => {
  const numbers = scenarios.map(({ name }) => Number.parseInt(name, 10)).filter((number) => !Number.isNaN(number));
  expect(numbers).toEqual(Array.from({ length: 64 }, (_, index) => index + 1));
  expect(scenarios.flatMap(({ steps }) => steps)).toHaveLength(547);
});
