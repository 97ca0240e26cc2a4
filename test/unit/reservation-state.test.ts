// What the findings of the probes say: each row of the table, which of two wins, and when a release proves a disk
// free.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Findings, type ProbeOutcome, isBlocked, keysStep, reservationState, stateAfterRelease, stateRows,
} from '../../src/reservation/state.ts';
import type { ReservationState } from '../../src/result/result.ts';
import type { DeviceKind } from '../../src/status/devices.ts';

/** A disk that answers and can be read, without keys, over its only path. */
const quiet: Findings = {
  kind: 'Disk', ready: 'good', read: 'good', readKeys: 'good', keyCount: 0, persistentlyReserved: false, paths: 1, otherPaths: [],
  reservedHere: false, busWithout: false,
};
const two = { paths: 2, otherPaths: [String.raw`\\.\PhysicalDrive2`] } as const;
const mpio = { paths: 'several' } as const;
const unknownPaths = { paths: null } as const;
const tape = { kind: 'Tape', read: 'skipped', paths: null } as const;
const query = { read: 'skipped', readKeys: 'denied' } as const;

const rows: readonly (readonly [string, Partial<Findings>, ReservationState, RegExp])[] = [
  ['keys', { keyCount: 1 }, 'Persistent', /keys are registered on the disk/],
  ['300 keys', { keyCount: 300, persistentlyReserved: true }, 'Persistent', /keys/],
  ['a reservation whose keys are not shown', { persistentlyReserved: true }, 'Persistent', /keys/],
  ['keys, and the disk conflicts', { keyCount: 1, ready: 'conflict' }, 'Persistent', /keys/],
  ['keys, and reads conflict', { keyCount: 1, read: 'conflict' }, 'Persistent', /keys/],
  ['keys, reserved here', { keyCount: 1, reservedHere: true }, 'Persistent', /keys/],
  ['keys, over two paths', { keyCount: 1, ready: 'conflict', ...two }, 'Persistent', /keys/],
  ['keys of a tape drive', { ...tape, keyCount: 1 }, 'Persistent', /keys are registered on the tape drive/],
  ['conflict over two paths', { ready: 'conflict', ...two }, 'Unknown', /another host, or this one over another path, as disk 2\.$/],
  ['conflict of reads over two paths', { read: 'conflict', ...two }, 'Unknown', /this one over another path/],
  ['conflict over two paths, all refused', { ready: 'conflict', readKeys: 'conflict', ...two }, 'Unknown',
    /over another path/],
  ['conflict over the paths of MPIO', { ready: 'conflict', ...mpio }, 'Unknown', /over another path/],
  ['conflict, no keys', { ready: 'conflict', read: 'skipped' }, 'HeldByAnotherHost', /no command names it/],
  ['conflict of both', { ready: 'conflict', readKeys: 'conflict' }, 'HeldByAnotherHost', /Another initiator/],
  ['conflict, keys unknown to the disk', { ready: 'conflict', readKeys: 'unsupported' }, 'HeldByAnotherHost',
    /Another/],
  ['conflict, reserved here before', { ready: 'conflict', reservedHere: true }, 'HeldByAnotherHost', /Another/],
  ['conflict, paths not known', { ready: 'conflict', ...unknownPaths }, 'HeldByAnotherHost', /Another/],
  ['conflict of a tape drive', { ...tape, ready: 'conflict', readKeys: 'conflict' }, 'HeldByAnotherHost', /Another/],
  // Symmetrix: TEST UNIT READY is answered, READ ends in a conflict.
  ['ready, and refused a read', { read: 'conflict' }, 'HeldByAnotherHost',
    /answers TEST UNIT READY but refuses reads/],
  ['ready, and refused a read and its keys', { read: 'conflict', readKeys: 'conflict' }, 'HeldByAnotherHost',
    /refuses reads/],
  ['ready, refused a read, reserved here', { read: 'conflict', reservedHere: true }, 'HeldByAnotherHost', /refuses/],
  ['conflict, keys not readable', { ready: 'conflict', readKeys: 'failed' }, 'Unknown', /could not be read/],
  ['conflict, not elevated', { ready: 'conflict', ...query }, 'Unknown', /could not be read/],
  ['only the keys refused', { readKeys: 'conflict' }, 'HeldByThisHost', /not locked out/],
  ['only the keys refused, no read tried', { readKeys: 'conflict', read: 'skipped' }, 'Unknown',
    /TEST UNIT READY alone does not prove who holds it, and its first block was not read/],
  ['only the keys refused, the read failed', { readKeys: 'conflict', read: 'failed' }, 'Unknown',
    /the read of its first block failed/],
  ['only the keys refused, a tape drive', { ...tape, readKeys: 'conflict' }, 'Unknown',
    /the tape drive refuses PERSISTENT RESERVE IN.*nothing is read from a tape drive/],
  ['only the keys refused, two paths', { readKeys: 'conflict', ...two }, 'Unknown', /different paths/],
  ['only the keys refused, two paths, reserved here', { readKeys: 'conflict', reservedHere: true, ...mpio },
    'Unknown', /different paths/],
  ['only the keys refused, bus without', { readKeys: 'conflict', read: 'skipped', busWithout: true }, 'Unknown',
    /does not prove/],
  ['reserved here', { reservedHere: true }, 'HeldByThisHost', /This session reserved/],
  ['reserved here, keys unknown to the disk', { reservedHere: true, readKeys: 'unsupported' }, 'HeldByThisHost',
    /This session/],
  ['reserved here, not elevated', { reservedHere: true, ...query }, 'Unknown', /without elevation/],
  ['reserved here, the read failed', { reservedHere: true, read: 'failed' }, 'Unknown', /does not prove/],
  ['reserved here, two paths', { reservedHere: true, ...two }, 'Unknown', /over another path, as disk 2, cannot be determined/],
  ['a tape drive reserved here', { ...tape, reservedHere: true }, 'Unknown', /This session reserved the tape drive/],
  ['a bus without, and no keys known', { readKeys: 'unsupported', read: 'skipped', busWithout: true }, 'NotSupported',
    /bus/],
  ['a bus without, whose disk knows keys', { busWithout: true }, 'Unknown', /apart/],
  ['no keys known, on a bus with', { readKeys: 'unsupported' }, 'Unknown', /apart/],
  ['not elevated', query, 'Unknown', /first block and keys could not be read without elevation/],
  ['a tape drive, not elevated', { ...tape, readKeys: 'denied' }, 'Unknown', /Keys could not be read without elevation/],
  ['keys not readable', { readKeys: 'failed' }, 'Unknown', /Keys could not be read\.$/],
  ['nothing said against it', {}, 'Unknown', /free, or held by this host/],
  ['the same of a tape drive', tape, 'Unknown', /alone does not prove.*nothing is read from a tape drive/],
  ['the same of a medium changer', { ...tape, kind: 'Changer' }, 'Unknown', /nothing is read from a medium changer/],
  ['the same of a CD-ROM drive', { ...tape, kind: 'CdRom' }, 'Unknown', /nothing is read from a CD-ROM drive/],
  ['the read failed', { read: 'failed' }, 'Unknown', /alone does not prove.*the read of its first block failed/],
  ['the same over two paths', two, 'Unknown', /over the path that was used/],
  ['the same over the paths of MPIO', mpio, 'Unknown', /over the path that was used/],
  ['not ready', { ready: 'failed', read: 'skipped' }, 'Unknown', /could not be read\.$/],
  ['not asked', { ready: 'skipped', readKeys: 'skipped' }, 'Unknown', /could not be read\.$/],
  ['not let to ask', { ready: 'denied', readKeys: 'denied' }, 'Unknown', /could not be read\.$/],
  ['no such command', { ready: 'unsupported', readKeys: 'unsupported', busWithout: true }, 'Unknown',
    /could not be read\.$/],
  ['not ready, reserved here', { ready: 'failed', reservedHere: true }, 'Unknown', /could not be read\.$/],
];

describe('a state by its findings', () => {
  test.each(rows)('%s', (_, found, state, why) => {
    expect(reservationState({ ...quiet, ...found })).toMatchObject({ state, why: expect.stringMatching(why) });
  });

  test('every row of the table decides at least one of these', () => {
    const deciding = rows.map(([, found]) => stateRows.findIndex((row) => row.when({ ...quiet, ...found })));
    expect([...new Set(deciding)].sort((a, b) => a - b)).toEqual(stateRows.map((_, at) => at));
  });
});

const outcomes: readonly ProbeOutcome[] = ['good', 'conflict', 'unsupported', 'denied', 'failed', 'skipped'];
const reads: readonly ProbeOutcome[] = ['good', 'conflict', 'failed', 'skipped'];
const kinds: readonly DeviceKind[] = ['Disk', 'Tape', 'Changer', 'CdRom'];
const every: readonly Findings[] = kinds.flatMap((kind) => outcomes.flatMap((ready) => reads.flatMap((read) =>
  outcomes.flatMap((readKeys) => [0, 1].flatMap((keyCount) => [false, true].flatMap((persistentlyReserved) =>
    ([1, 2, 'several', null] as const).flatMap((paths) => [false, true].flatMap((reservedHere) =>
      [false, true].map((busWithout): Findings => (
        { kind, ready, read, readKeys, keyCount, persistentlyReserved, paths, reservedHere, busWithout,
          otherPaths: paths !== 2 ? [] : [kind === 'Disk' ? String.raw`\\.\PhysicalDrive2` : String.raw`\\.\Tape2`] }))))))))))
  // Nothing but a disk is ever read.
  .filter(({ kind, read }) => kind === 'Disk' || read === 'skipped');

/** Fails with the first that is wrong: a matcher for each of so many would take a minute. */
function all(check: (findings: Findings, accepted: boolean) => unknown, wrong: (findings: Findings, accepted: boolean) => boolean) {
  for (const findings of every) {
    for (const accepted of [false, true]) {
      if (wrong(findings, accepted)) expect.fail(JSON.stringify({ findings, accepted, said: check(findings, accepted) }));
    }
  }
}

describe('whatever was found', () => {
  test('it is said in whole sentences, with a next step unless there is none, and calls the device what it is', () => {
    const after = (findings: Findings, accepted: boolean) => stateAfterRelease(findings, accepted);
    const words = { Disk: /tape|changer|CD-ROM/, Tape: /disk|array|Cluster|changer/, Changer: /disk|array|Cluster|tape/,
      CdRom: /disk|array|Cluster|tape|changer/ };
    all(after, (findings, accepted) => {
      const { state, why, nextStep } = after(findings, accepted);
      // A bus without reservations is that of a disk.
      if (findings.kind !== 'Disk' && findings.busWithout) return false;
      const needs = state === 'NotSupported' || state === 'Free' ? /^$/ : /^[A-Z][ -~]*\.$/;
      return !/^[A-Z][ -~]*\.$/.test(why) || !needs.test(nextStep) || words[findings.kind].test(`${why} ${nextStep}`);
    });
  });

  test('the probes alone never say free, and a device that conflicts is never held by this host', () => {
    all(reservationState, (findings) => {
      const { state } = reservationState(findings);
      return state === 'Free' || (findings.ready === 'conflict' && state === 'HeldByThisHost');
    });
  });

  test('that no other host holds it, or that this one does, is said only where a read was let in', () => {
    const said = /No other host|not locked out|this host still has access|can read it/;
    all((findings, accepted) => stateAfterRelease(findings, accepted), (findings, accepted) => {
      const { state, why } = stateAfterRelease(findings, accepted);
      return (state === 'HeldByThisHost' || state === 'Free' || said.test(why)) && findings.read !== 'good';
    });
  });

  test('over more than one path neither this host nor another one is named, nor an only path', () => {
    all((findings, accepted) => stateAfterRelease(findings, accepted), (findings, accepted) => {
      if (findings.paths === 1 || findings.paths === null) return false;
      const { state, why, nextStep } = stateAfterRelease(findings, accepted);
      return ['HeldByThisHost', 'HeldByAnotherHost', 'Free'].includes(state) || /only path|this path/.test(why + nextStep);
    });
  });

  test('whether this host is locked out', () => {
    all(isBlocked, (findings) => {
      const { ready, read, kind } = findings;
      const blocked = isBlocked(findings);
      if (ready === 'conflict' || read === 'conflict') return blocked !== true;
      if (blocked === true || (blocked === false && ready !== 'good')) return true;
      // TEST UNIT READY alone is believed only of what is never read, or has no reservations.
      return blocked === false && read !== 'good' && kind === 'Disk' && reservationState(findings).state !== 'NotSupported';
    });
  });
});

describe('after a release', () => {
  test('only one that was accepted, on a disk that can be read, has no keys and one path, proves it free', () => {
    all((findings, accepted) => stateAfterRelease(findings, accepted), (findings, accepted) => {
      const proof = accepted && findings.ready === 'good' && findings.read === 'good' && findings.keyCount === 0
        && !findings.persistentlyReserved && findings.paths === 1
        && ['good', 'unsupported'].includes(findings.readKeys);
      return (stateAfterRelease(findings, accepted).state === 'Free') !== proof;
    });
  });

  test('one that was accepted is not advised again', () => {
    all((findings) => stateAfterRelease(findings, true), (findings, accepted) => {
      const { held, nextStep } = stateAfterRelease(findings, accepted);
      return accepted && !held && /Invoke-StorageRelease(?! -Path \.\.\. on that host)/.test(nextStep);
    });
  });

  test.each<[string, Partial<Findings>, boolean, ReservationState, boolean]>([
    ['accepted', {}, true, 'Free', false],
    ['accepted, reserved here before', { reservedHere: true }, true, 'Free', false],
    ['accepted by a disk that knows no keys', { readKeys: 'unsupported' }, true, 'Free', false],
    ['not accepted, reserved here', { reservedHere: true }, false, 'HeldByThisHost', true],
    ['not accepted', {}, false, 'Unknown', false],
    ['accepted, keys', { keyCount: 2 }, true, 'Persistent', true],
    ['accepted, another took it since', { ready: 'conflict' }, true, 'HeldByAnotherHost', true],
    ['accepted, another refuses reads', { read: 'conflict' }, true, 'HeldByAnotherHost', true],
    ['accepted, locked out over two paths', { ready: 'conflict', ...two }, true, 'Unknown', true],
    ['accepted, over two paths', two, true, 'Unknown', false],
    ['accepted, paths not known', unknownPaths, true, 'Unknown', false],
    ['accepted, keys not read', { readKeys: 'failed' }, true, 'Unknown', false],
    ['accepted, not read', { read: 'failed' }, true, 'Unknown', false],
    ['accepted, still refused the keys', { readKeys: 'conflict' }, true, 'HeldByThisHost', true],
    ['accepted, not ready', { ready: 'failed', reservedHere: true }, true, 'Unknown', false],
    ['accepted by a tape drive', tape, true, 'Unknown', false],
    ['accepted by a tape drive that refuses the keys still', { ...tape, readKeys: 'conflict' }, true, 'Unknown', true],
  ])('%s', (_, found, accepted, state, held) => {
    expect(stateAfterRelease({ ...quiet, ...found }, accepted)).toMatchObject({ state, held });
  });
});

test('any number of keys is persistent', () => {
  fc.assert(fc.property(fc.constantFrom(...every), fc.integer({ min: 1, max: 8190 }), (findings, keyCount) =>
    reservationState({ ...findings, keyCount }).state === 'Persistent'));
});

test.each(kinds)('whose keys a %s has is looked for with tools that are for it', (kind) => {
  expect(/Get-ClusterResource/.test(keysStep(kind))).toBe(kind === 'Disk');
  expect(/backup software/.test(keysStep(kind))).toBe(kind !== 'Disk');
});
