// Who holds a disk: thousands of histories of a rehearsal bus that up to six hosts share, read by real probes.

import { test } from 'vitest';

import { live, wrongness } from '../unit/holder-world.ts';
import { baseSeed, report, trials } from './trials.ts';

/** Lives so many histories; how many ended in which state, and what was wrong. */
async function liveMany(count: number, story: Omit<Parameters<typeof live>[0], 'seed'>) {
  const states = new Map<string, number>();
  const wrong: string[] = [];
  let lived = 0;
  for (let i = 0; i < count; i += 1) {
    const seed = baseSeed * 1_000_003 + i;
    const told = await live({ ...story, seed });
    // Nobody lived to tell of the disk.
    if (told === null) continue;
    lived += 1;
    states.set(told.result.State, (states.get(told.result.State) ?? 0) + 1);
    const why = wrongness(told);
    if (why !== null) wrong.push(`seed ${seed}: ${told.result.State}: ${why}`);
  }
  const shares = [...states].sort().map(([state, times]) => `${state} ${(100 * times / lived).toFixed(1)} %`).join(', ');
  return { lived, shares, wrong };
}

test('histories whose reservations last as long as the window', async (context) => {
  const { lived, shares, wrong } = await liveMany(trials(2000, 200_000),
    { windowMs: 2000, shortestHoldMs: 2000, longestHoldMs: 8000, longShare: 0.3 });
  if (wrong.length > 0) console.log(wrong.slice(0, 10).join('\n'));
  report(context, { what: 'holders found, holds at least as long as the window', trials: lived, lost: 0, doubled: 0,
    wrong: wrong.length, note: shares });
});

test('histories whose reservations are shorter: any reader can be fooled, and how often is counted', async (context) => {
  const { lived, shares, wrong } = await liveMany(trials(1000, 100_000),
    { windowMs: 2000, shortestHoldMs: 10, longestHoldMs: 300, longShare: 0 });
  // That it happens shows that the assumption is needed, and that the count above can find a wrong name.
  report(context, { what: 'holders found, holds shorter than the window: not proof', trials: lived, lost: 0, doubled: 0,
    wrong: wrong.length > 0 ? 0 : 1, note: `${wrong.length} fooled; ${shares}` });
});
