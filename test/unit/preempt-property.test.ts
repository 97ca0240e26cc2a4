// Random histories around one Preempt: see clear-histories.ts.

import { expect, test } from 'vitest';
import { historyRuns, playMany } from './clear-histories.ts';

test(`${historyRuns} histories around one Preempt, which comes to every outcome that it can have`, async () => {
  const seen = await playMany('Preempt', historyRuns);
  expect([...seen.keys()]).toEqual(expect.arrayContaining(['Preempted', 'Refused', 'Changed', 'Conflict', 'StillHeld', 'TimedOut', 'Failed', 'Accepted', 'NotSupported']));
}, 300_000);
