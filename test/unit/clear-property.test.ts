// Random histories around one Clear: see clear-histories.ts.

import { expect, test } from 'vitest';
import { historyRuns, playMany } from './clear-histories.ts';

test(`${historyRuns} histories around one Clear, which comes to every outcome that it can have`, async () => {
  const seen = await playMany('Clear', historyRuns);
  expect([...seen.keys()]).toEqual(expect.arrayContaining(['Cleared', 'Refused', 'Changed', 'Conflict', 'StillHeld', 'TimedOut', 'Failed']));
}, 300_000);
