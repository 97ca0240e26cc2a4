// Rows in which the rehearsal does not do as tgt does, and why. The test fails when one of them changes, or goes.

export interface KnownDifference {
  readonly row: string;
  readonly differences: readonly string[];
}

// PREEMPT with a type that no standard has: tgt keeps it as the reservation's type. A rehearsal's file knows only
// types that there are, and SPC wants the command refused.
const types: readonly KnownDifference[] = [
  { row: 'PREEMPT of a registrant, of a type that is not there',
    differences: ['A preempt 1 2 2: GOOD, rehearsed 5/2400', 'B tur: 6/2a03, rehearsed GOOD',
      'A keys: GOOD g3 1, rehearsed GOOD g2 1,2'] },
  { row: 'PREEMPT of the holder, of a type that is not there',
    differences: ['B preempt 2 1 2: GOOD, rehearsed 5/2400', 'A tur: 6/2a03, rehearsed GOOD',
      'B held: GOOD g3 2:2, rehearsed GOOD g2 1:1', 'A read: CONFLICT, rehearsed GOOD'] },
];

// tgt tells of the end of a reservation also initiators that never registered. A rehearsed unit is told who is
// there only at a reset; it tells the registrants and the sender.
const lookers: readonly KnownDifference[] = [
  { row: 'the holder releases, and another only looks on', differences: ['C tur: 6/2a04, rehearsed GOOD'] },
  { row: 'the holder unregisters, and another only looks on', differences: ['C tur: 6/2a04, rehearsed GOOD'] },
];

// tgt knows a registrant by its session: who logs in again is a stranger to its own registration, which stays and
// which only others can preempt. By the standard a registration is the initiator port's and outlives the nexus; a
// rehearsal's file names registrants by their ports, and there is nobody in it that could hold the one left over.
const sessions: readonly KnownDifference[] = [
  { row: 'a registrant comes back',
    differences: ['A register 1 3: CONFLICT, rehearsed GOOD', 'A register 0 3: GOOD, rehearsed CONFLICT',
      'B keys: GOOD g3 1,2,3, rehearsed GOOD g3 3,2'] },
  { row: 'the holder comes back',
    differences: ['A write: CONFLICT, rehearsed GOOD', 'A release 1 3: CONFLICT, rehearsed GOOD',
      'B held: GOOD g2 1:3, rehearsed GOOD g2 none', 'B held: GOOD g3 2:3, rehearsed GOOD g3 none'] },
  { row: 'a holder that came back is preempted and told nothing',
    differences: ['A tur: GOOD, rehearsed 6/2a03'] },
  { row: 'all registrants hold, and one comes back', differences: ['A write: CONFLICT, rehearsed GOOD'] },
];

export const knownDifferences: readonly KnownDifference[] = [...types, ...lookers, ...sessions];
