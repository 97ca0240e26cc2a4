// 200 processes that are killed while they write one log, two at a time.

import { expect, test } from 'vitest';
import { folder, killWhileWriting } from '../cli/log-runs.ts';

test.runIf(process.platform !== 'win32')('no result that was told is missing in the log', async () => {
  const toll = await killWhileWriting(folder(), 200);
  expect(toll.lost).toEqual([]);
  expect(toll.kills).toBeGreaterThan(150);
  expect(toll.torn).toBeLessThanOrEqual(toll.kills);
  console.log(`${toll.kills} kills, ${toll.told} results told, none lost, ${toll.torn} torn lines`);
}, 600_000);
