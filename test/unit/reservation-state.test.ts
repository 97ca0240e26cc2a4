// What the findings of the probes say: each row of the table, which of two wins, and when a release proves a disk
// free.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Findings, type ProbeOutcome, reservationState, stateAfterRelease, stateRows,
} from '../../src/release/reservation-state.ts';
import type { ReservationState } from '../../src/release/result.ts';

/** A disk that answers, without keys, over its only path. */
const quiet: Findings = {
  ready: 'good', readKeys: 'good', keyCount: 0, persistentlyReserved: false, multipath: false, reservedHere: false,
  busWithout: false,
};
const two = { multipath: true } as const;
const unknownPaths = { multipath: null } as const;

const rows: readonly (readonly [string, Partial<Findings>, ReservationState, RegExp])[] = [
  ['keys', { keyCount: 1 }, 'Persistent', /keys are registered/],
  ['300 keys', { keyCount: 300, persistentlyReserved: true }, 'Persistent', /keys/],
  ['a reservation whose keys are not shown', { persistentlyReserved: true }, 'Persistent', /keys/],
  ['keys, and the disk conflicts', { keyCount: 1, ready: 'conflict' }, 'Persistent', /keys/],
  ['keys, reserved here', { keyCount: 1, reservedHere: true }, 'Persistent', /keys/],
  ['keys, over two paths', { keyCount: 1, ready: 'conflict', ...two }, 'Persistent', /keys/],
  ['conflict over two paths', { ready: 'conflict', ...two }, 'Unknown', /another path of this one/],
  ['conflict over two paths, all refused', { ready: 'conflict', readKeys: 'conflict', ...two }, 'Unknown',
    /another path/],
  ['conflict, no keys', { ready: 'conflict' }, 'HeldByAnotherHost', /no command names it/],
  ['conflict of both', { ready: 'conflict', readKeys: 'conflict' }, 'HeldByAnotherHost', /Another initiator/],
  ['conflict, keys unknown to the disk', { ready: 'conflict', readKeys: 'unsupported' }, 'HeldByAnotherHost',
    /Another/],
  ['conflict, reserved here before', { ready: 'conflict', reservedHere: true }, 'HeldByAnotherHost', /Another/],
  ['conflict, paths not known', { ready: 'conflict', ...unknownPaths }, 'HeldByAnotherHost', /Another/],
  ['conflict, keys not readable', { ready: 'conflict', readKeys: 'failed' }, 'Unknown', /could not be read/],
  ['conflict, not elevated', { ready: 'conflict', readKeys: 'denied' }, 'Unknown', /could not be read/],
  ['only the keys refused', { readKeys: 'conflict' }, 'HeldByThisHost', /not locked out/],
  ['only the keys refused, two paths', { readKeys: 'conflict', ...two }, 'Unknown', /different paths/],
  ['only the keys refused, two paths, reserved here', { readKeys: 'conflict', reservedHere: true, ...two },
    'Unknown', /different paths/],
  ['only the keys refused, bus without', { readKeys: 'conflict', busWithout: true }, 'HeldByThisHost',
    /not locked/],
  ['reserved here', { reservedHere: true }, 'HeldByThisHost', /This session reserved/],
  ['reserved here, keys unknown to the disk', { reservedHere: true, readKeys: 'unsupported' }, 'HeldByThisHost',
    /This session/],
  ['reserved here, not elevated', { reservedHere: true, readKeys: 'denied' }, 'HeldByThisHost', /This session/],
  ['reserved here, two paths', { reservedHere: true, ...two }, 'Unknown', /over another one cannot be told/],
  ['a bus without, and no keys known', { readKeys: 'unsupported', busWithout: true }, 'NotSupported', /bus/],
  ['a bus without, whose disk knows keys', { busWithout: true }, 'Unknown', /apart/],
  ['no keys known, on a bus with', { readKeys: 'unsupported' }, 'Unknown', /apart/],
  ['not elevated', { readKeys: 'denied' }, 'Unknown', /without elevation/],
  ['keys not readable', { readKeys: 'failed' }, 'Unknown', /Keys could not be read\.$/],
  ['nothing said against it', {}, 'Unknown', /free, or held by this host/],
  ['the same over two paths', two, 'Unknown', /over the path that was asked/],
  ['not ready', { ready: 'failed' }, 'Unknown', /did not answer/],
  ['not asked', { ready: 'skipped', readKeys: 'skipped' }, 'Unknown', /did not answer/],
  ['not let to ask', { ready: 'denied', readKeys: 'denied' }, 'Unknown', /did not answer/],
  ['no such command', { ready: 'unsupported', readKeys: 'unsupported', busWithout: true }, 'Unknown',
    /did not answer/],
  ['not ready, reserved here', { ready: 'failed', reservedHere: true }, 'Unknown', /did not answer/],
];

describe('a state by its findings', () => {
  test.each(rows)('%s', (_, found, state, why) => {
    expect(reservationState({ ...quiet, ...found })).toMatchObject({ state, why: expect.stringMatching(why) });
  });

  test('every row of the table decides at least one of these', () => {
    const deciding = rows.map(([, found]) => stateRows.indexOf(reservationState({ ...quiet, ...found }) as never));
    expect([...new Set(deciding)].sort((a, b) => a - b)).toEqual(stateRows.map((_, at) => at));
  });

  test('each row is said in whole sentences, with a next step unless there is none', () => {
    for (const { state, why, nextStep } of stateRows) {
      expect(why).toMatch(/^[A-Z][ -~]*\.$/);
      expect(nextStep).toMatch(state === 'NotSupported' ? /^$/ : /^[A-Z][ -~]*\.$/);
    }
  });
});

const outcomes: readonly ProbeOutcome[] = ['good', 'conflict', 'unsupported', 'denied', 'failed', 'skipped'];
const every: readonly Findings[] = outcomes.flatMap((ready) => outcomes.flatMap((readKeys) =>
  [0, 1].flatMap((keyCount) => [false, true].flatMap((persistentlyReserved) =>
    [false, true, null].flatMap((multipath) => [false, true].flatMap((reservedHere) =>
      [false, true].map((busWithout): Findings => (
        { ready, readKeys, keyCount, persistentlyReserved, multipath, reservedHere, busWithout }))))))));

describe('after a release', () => {
  test('only one that was accepted, on a disk that is ready, has no keys and one path, proves it free', () => {
    for (const findings of every) {
      for (const accepted of [false, true]) {
        const { state } = stateAfterRelease(findings, accepted);
        const proof = accepted && findings.ready === 'good' && findings.keyCount === 0
          && !findings.persistentlyReserved && findings.multipath === false
          && ['good', 'unsupported'].includes(findings.readKeys);
        if ((state === 'Free') !== proof) expect.fail(JSON.stringify({ findings, accepted, state }));
      }
    }
  });

  test.each<[string, Partial<Findings>, boolean, ReservationState]>([
    ['accepted', {}, true, 'Free'],
    ['accepted, reserved here before', { reservedHere: true }, true, 'Free'],
    ['accepted by a disk that knows no keys', { readKeys: 'unsupported' }, true, 'Free'],
    ['not accepted, reserved here', { reservedHere: true }, false, 'HeldByThisHost'],
    ['not accepted', {}, false, 'Unknown'],
    ['accepted, keys', { keyCount: 2 }, true, 'Persistent'],
    ['accepted, another took it since', { ready: 'conflict' }, true, 'HeldByAnotherHost'],
    ['accepted, over two paths', two, true, 'Unknown'],
    ['accepted, paths not known', unknownPaths, true, 'Unknown'],
    ['accepted, keys not read', { readKeys: 'failed' }, true, 'Unknown'],
    ['accepted, not elevated', { readKeys: 'denied' }, true, 'Unknown'],
    ['accepted, still refused the keys', { readKeys: 'conflict' }, true, 'HeldByThisHost'],
    ['accepted, not ready', { ready: 'failed', reservedHere: true }, true, 'Unknown'],
  ])('%s', (_, found, accepted, state) => {
    expect(stateAfterRelease({ ...quiet, ...found }, accepted).state).toBe(state);
  });
});

test('the probes alone never say free, and a disk that conflicts is never held by this host', () => {
  for (const findings of every) {
    const { state } = reservationState(findings);
    if (state === 'Free' || (findings.ready === 'conflict' && state === 'HeldByThisHost')) {
      expect.fail(JSON.stringify({ findings, state }));
    }
  }
});

test('any number of keys is persistent', () => {
  fc.assert(fc.property(fc.constantFrom(...every), fc.integer({ min: 1, max: 8190 }), (findings, keyCount) =>
    reservationState({ ...findings, keyCount }).state === 'Persistent'));
});
