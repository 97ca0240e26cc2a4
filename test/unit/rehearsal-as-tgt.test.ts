// What a real tgt answered, asked of the rehearsal alone: wherever the tests run, without the target that
// test/target needs. There it is shown that the answers are tgt's.

import { describe, expect, test } from 'vitest';
import { rowsByGroup } from '../target/rows.ts';
import { answer, rehearsal } from '../target/sides.ts';
import { stepsOf } from '../target/steps.ts';
import { truths } from '../target/truth-rows.ts';

const rows = [...truths, ...rowsByGroup.flatMap(([, each]) => each)];

describe('the rehearsal as tgt', () => {
  test.each(rows.map((row) => [row.name, row] as const))('%s', async (_name, { steps }) => {
    const side = rehearsal();
    const differences: string[] = [];
    for (const step of stepsOf(steps)) {
      const { word } = await answer(side, step);
      if (word !== step.answer) differences.push(`${step.text}: ${step.answer}, rehearsed ${word}`);
    }
    expect(differences).toEqual([]);
  });
});
