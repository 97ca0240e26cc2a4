// The rule that all torture rows stand on: a row with a lost, doubled or wrong answer fails its test.

import { describe, expect, test } from 'vitest';
import type { TestContext } from 'vitest';

import { report, type TortureRow } from './trials.ts';

const fakeContext = () => ({ task: { meta: {} } }) as unknown as TestContext;
const fine: TortureRow = { what: 'a row', trials: 3, lost: 0, doubled: 0, wrong: 0 };

describe('a row of the torture table', () => {
  test('is kept, and passes when nothing was lost, doubled or wrong', () => {
    const context = fakeContext();
    report(context, fine);
    expect(context.task.meta.torture).toEqual([fine]);
  });

  test.each([{ lost: 1 }, { doubled: 1 }, { wrong: 1 }, { trials: 0 }])('fails with %o', (bad) => {
    expect(() => report(fakeContext(), { ...fine, ...bad })).toThrow('a row: ');
  });
});
