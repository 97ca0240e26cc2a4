// A time to retry: what is tried again, how often, until when, and that nothing else ever is.

import { describe, expect, test } from 'vitest';

import { noClaim } from '../../src/disk/claim.ts';
import { createContext } from '../../src/disk/context.ts';
import type { Answer } from '../../src/result/result.ts';
import { statusRows } from '../../src/status/status.ts';
import { change } from '../../src/verbs/change.ts';
import { ScriptedBus, disk } from './scripted-bus.ts';
import { VirtualClock } from './virtual-clock.ts';

const notReady = 0xc00000a3;
const busy = 0xc0000433;
const sharing = 0xc0000043;

interface Host {
  /** What the release is answered with, at a time in milliseconds since the start. */
  readonly status: (ms: number) => number;
  readonly openStatus?: (ms: number) => number;
}

function host({ status, openStatus = () => 0 }: Host) {
  const clock = new VirtualClock(1000);
  const began = clock.now();
  const since = () => clock.now() - began;
  const bus = new ScriptedBus(clock, [{ ...disk(3),
    get open() {
      const code = openStatus(since());
      return code === 0 ? {} : { fails: true, status: code, win32: 32 };
    },
    answers: { get release() { return { status: status(since()) }; } } }]);
  const context = createContext(bus, clock);
  const told: string[] = [];
  const ask = (more: Partial<Parameters<typeof change>[0]>) => {
    const state: { answer?: Answer; at?: number } = {};
    void change({ claim: { ...noClaim, number: 3 }, allow: new Set(), timeoutMs: 5000, dryRun: false, ...more }, context,
      { step: (text) => void told.push(text), late() {} }).then((answer) => {
      state.answer = answer;
      state.at = since();
    });
    return state;
  };
  const answer = async (more: Partial<Parameters<typeof change>[0]>) => {
    const state = ask(more);
    await clock.runAll();
    expect(bus.closed).toBe(bus.handles);
    expect(context.turns.size).toBe(0);
    return { ...state.answer!, at: state.at! };
  };
  return { clock, bus, ask, answer, since };
}

const until = (ms: number, before: number) => (now: number) => (now < ms ? before : 0);

describe('a disk is tried again', () => {
  test.each([
    ['not ready', { status: until(3000, notReady) }],
    ['busy', { status: until(3000, busy) }],
    ['held by another program at its open', { status: () => 0, openStatus: until(3000, sharing) }],
  ])('while it is %s, until it is not', async (_, script) => {
    const { answer } = host(script);
    const { result, at, category } = await answer({ retryMs: 60_000 });
    // After 250, 750, 1,750 and 3,750 ms.
    expect(result).toMatchObject({ Outcome: 'Accepted', Attempts: 5, DurationMs: 3750,
      Message: 'The device accepted RELEASE. That does not prove that anything was reserved. It was tried 5 times in 4 s.' });
    expect([at, category]).toEqual([3750, null]);
  });

  test('until the time is over, once more at its end', async () => {
    const { answer, bus } = host({ status: () => notReady });
    const { result, at } = await answer({ retryMs: 5000 });
    expect([result.Outcome, result.Attempts, at, bus.releases()]).toEqual(['NotReady', 6, 5000, 6]);
  });

  test('one that becomes something else is not', async () => {
    const { answer } = host({ status: (ms) => (ms < 200 ? notReady : 0xc00000c0) });
    const { result } = await answer({ retryMs: 60_000 });
    expect([result.Outcome, result.Attempts]).toEqual(['NotFound', 2]);
  });

  test('StartedAt is when its first turn came', async () => {
    const { answer, clock } = host({ status: until(100, notReady) });
    const first = clock.date().getTime();
    const { result } = await answer({ retryMs: 1000 });
    expect([result.Attempts, result.StartedAt.getTime()]).toEqual([2, first]);
  });

  test('each attempt reads what it is about anew: another disk in its place is not released', async () => {
    const { answer, bus } = host({ status: () => notReady });
    let asked = 0;
    Object.defineProperty(bus.devices[0], 'serial', { get: () => (asked++ === 0 ? 'SER3' : 'OTHER') });
    const { result } = await answer({ retryMs: 60_000, claim: { ...noClaim, serialNumber: 'SER3', number: 3 } });
    expect(result.Outcome).not.toBe('Accepted');
    expect(bus.releases()).toBeLessThan(2);
  });
});

describe('it is tried once', () => {
  test('without a time to retry', async () => {
    const { answer } = host({ status: () => notReady });
    const { result } = await answer({});
    expect([result.Outcome, result.Attempts]).toEqual(['NotReady', 1]);
    expect(result.Message).not.toMatch(/tried/);
  });

  const others = statusRows.filter(({ outcome, category }) =>
    outcome !== 'InUse' && outcome !== 'NotReady' && !(outcome === 'Failed' && category === 'ResourceBusy'));
  test.each(others.map(({ name, status }) => [name, status] as const))('when it ends with %s', async (_, status) => {
    const { answer, bus } = host({ status: () => status });
    expect((await answer({ retryMs: 60_000 })).result.Attempts).toBe(1);
    expect(bus.releases()).toBe(1);
  });

  test('when its deadline passed: the request may still be pending in the driver', async () => {
    const clock = new VirtualClock(1000);
    const bus = new ScriptedBus(clock, [{ ...disk(3), answers: { release: { hangs: true } } }]);
    let answer: Answer | undefined;
    void change({ claim: { ...noClaim, number: 3 }, allow: new Set(), timeoutMs: 5000, dryRun: false, retryMs: 60_000 },
      createContext(bus, clock), { step() {}, late() {} }).then((one) => { answer = one; });
    await clock.runAll();
    expect(answer!.result).toMatchObject({ Outcome: 'TimedOut', Attempts: 1 });
    expect(bus.releases()).toBe(1);
  });

  test('when it is planned', async () => {
    const { answer, bus } = host({ status: () => notReady, openStatus: () => sharing });
    expect((await answer({ retryMs: 60_000, dryRun: true })).result).toMatchObject({ Outcome: 'InUse', Attempts: 1 });
    expect(bus.releases()).toBe(0);
  });
});

describe('whoever wanted it has taken it back', () => {
  test('in a pause: what is known is the answer, within a quarter of a second', async () => {
    const { answer, since, bus } = host({ status: () => notReady });
    const { result, at } = await answer({ retryMs: 60_000, isWanted: () => since() < 1900 });
    expect(result).toMatchObject({ Outcome: 'NotReady', Attempts: 4 });
    expect(at).toBeLessThanOrEqual(1900 + 250);
    expect(bus.releases()).toBe(4);
  });

  test('while it is approached once more: the answer is what was said before', async () => {
    const { answer, bus } = host({ status: () => notReady });
    let asked = 0;
    // Asked before the request, twice in the pause, and before the second request.
    const { result } = await answer({ retryMs: 60_000, isWanted: () => (asked += 1) < 4 });
    expect(result).toMatchObject({ Outcome: 'NotReady', Attempts: 1 });
    expect(bus.releases()).toBe(1);
  });
});
