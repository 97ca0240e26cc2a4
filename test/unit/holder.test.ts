// Who holds a disk: any history of a rehearsal bus that several hosts share, read by real probes.

import { describe, expect, test } from 'vitest';

import { live, wrongness } from './holder-world.ts';

describe('any history', () => {
  test('never a host that did not hold, never free while it was held, never another host while a listed one held', async () => {
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
