import { describe, expect, test } from 'vitest';
import { VirtualClock } from './virtual-clock.ts';

describe('the virtual clock', () => {
  test('alarms go off in the order of their times, then of their setting', async () => {
    const clock = new VirtualClock();
    const rung: string[] = [];
    for (const [ms, name] of [[20, 'c'], [10, 'a'], [10, 'b'], [30, 'd']] as const) {
      clock.after(ms, () => void rung.push(`${name}@${clock.now()}`));
    }
    clock.after(5, () => void rung.push('never'))();
    await clock.advance(20);
    expect([rung, clock.now(), clock.pending]).toEqual([['a@10', 'b@10', 'c@20'], 20, 1]);
    await clock.runAll();
    expect([rung.at(-1), clock.now()]).toEqual(['d@30', 30]);
  });

  test('what awaits an alarm sets its next one from that time', async () => {
    const clock = new VirtualClock(1000, Date.UTC(2026, 5, 1));
    const wait = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));
    const done = (async () => {
      for (let i = 0; i < 5; i++) await wait(100);
      return clock.now();
    })();
    await clock.advance(10_000);
    expect(await done).toBe(1500);
    expect(clock.date().toISOString()).toBe('2026-06-01T00:00:10.000Z');
  });

  test('alarms without end are an error', async () => {
    const clock = new VirtualClock();
    const again = () => void clock.after(1, again);
    again();
    await expect(clock.runAll(100)).rejects.toThrow('100 alarms went off');
  });
});
