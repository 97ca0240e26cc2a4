// Who holds a disk: any history of a rehearsal bus that several hosts share, read by real probes.

import { describe, expect, test } from 'vitest';

import { runFleet } from './holder-fleet.ts';
import { live, wrongness } from './holder-world.ts';
import { VirtualClock } from './virtual-clock.ts';

describe('any history', () => {
  test('never a host that did not hold, nor free while it was held, nor unlisted while a listed one held', async () => {
    const states = new Map<string, number>();
    for (let seed = 1; seed <= 400; seed += 1) {
      const told = await live({ seed, windowMs: 2000, shortestHoldMs: 2000, longestHoldMs: 8000, longShare: 0.3 });
      if (told === null) continue;
      expect(wrongness(told), `seed ${seed}: ${JSON.stringify(told, null, 1)}`).toBeNull();
      states.set(told.result.State, (states.get(told.result.State) ?? 0) + 1);
    }
    for (const state of ['NotReserved', 'HeldBy', 'HeldByUnlistedHost', 'Undecided']) {
      expect(states.get(state) ?? 0, JSON.stringify([...states])).toBeGreaterThan(10);
    }
  });
});

describe('many hosts through the lines of the worker', () => {
  test.each([[1, 2, 40], [2, 9, 200], [3, 40, 100]])('seed %i: %i hosts, %i disks', async (seed, hosts, disks) => {
    const fleet = { seed, hosts, disks, clock: new VirtualClock() };
    const { told, expected, complete, lines, replies, asks } = await runFleet(fleet);
    expect(complete).toBe(true);
    expect(told.size).toBe(disks);
    for (const [id, state] of expected) expect(told.get(id), id).toEqual([state]);
    // Begin and each line of rows have one final reply; the rest is what was told and asked.
    expect(replies).toBe(1 + lines + disks + asks);
  });
});
