// What a disk's answers to the read-only probes say of its reservation. Pure; the probes are in probe.ts.
//
// What is behind the rows (SPC-2, SPC-4, and two targets measured: test/unit/scsi-truth-table.tsv):
// - TEST UNIT READY conflicts under another initiator's SCSI-2 reservation, on every target; under persistent
//   reservations only on old ones.
// - PERSISTENT RESERVE IN conflicts under anybody's SCSI-2 reservation, the holder's own included, on targets that
//   keep to SPC-2 (spc2r20 5.5.1); others answer it.
// - No command names the holder of a SCSI-2 reservation; on a target of the other kind, none tells "free" from
//   "held by this very initiator".

import type { ReservationState } from './result.ts';

/** What one probe came to. `denied`: this user may not send it; `skipped`: nobody sent it. */
export type ProbeOutcome = 'good' | 'conflict' | 'unsupported' | 'denied' | 'failed' | 'skipped';

export interface Findings {
  /** CHECK_VERIFY, which is TEST UNIT READY. */
  readonly ready: ProbeOutcome;
  /** PR IN READ KEYS. */
  readonly readKeys: ProbeOutcome;
  /** How many keys it gave; 0 where it gave none or did not answer. */
  readonly keyCount: number;
  /** PR IN READ RESERVATION gave one. */
  readonly persistentlyReserved: boolean;
  /** More than one path leads to it: then another path of this host is another initiator. Null: not known. */
  readonly multipath: boolean | null;
  /** This process reserved the disk and nothing was heard of a reset since. */
  readonly reservedHere: boolean;
  /** The bus is one without SCSI reservations: ATA, NVMe, SD. */
  readonly busWithout: boolean;
}

interface StateRow {
  readonly when: (f: Findings) => boolean;
  readonly state: ReservationState;
  readonly why: string;
  readonly nextStep: string;
}

const releaseThere = 'Only the initiator that made a reservation can release it: run Invoke-StorageRelease on the host '
  + 'that holds it. If that host is gone, a LUN reset at the array frees the disk, at the cost of its outstanding I/O.';
const clusterTools = 'Find the owner of the keys (failover cluster: Get-ClusterResource). Keys that a former cluster left '
  + 'behind are cleared with Clear-ClusterDiskReservation; RELEASE does not clear them.';

/** The first row that holds decides. */
export const stateRows: readonly StateRow[] = [
  { when: (f) => f.keyCount > 0 || f.persistentlyReserved, state: 'Persistent',
    why: 'Persistent-reservation keys are registered on the disk.', nextStep: clusterTools },
  { when: (f) => f.ready === 'conflict' && f.multipath === true, state: 'Unknown',
    why: 'The disk is reserved by another initiator, which may be another host or another path of this one.',
    nextStep: 'Ask the other hosts; see the path policy of this one with mpclaim -s -d.' },
  { when: (f) => f.ready === 'conflict' && f.readKeys !== 'failed' && f.readKeys !== 'denied', state: 'HeldByAnotherHost',
    why: 'Another initiator holds a SCSI-2 reservation; no command names it.', nextStep: releaseThere },
  { when: (f) => f.ready === 'conflict', state: 'Unknown',
    why: 'The disk conflicts, and whether by a SCSI-2 or a persistent reservation could not be read.',
    nextStep: 'Run it elevated, or again; the array can tell which reservation it is.' },
  { when: (f) => f.ready === 'good' && f.readKeys === 'conflict' && f.multipath === true, state: 'Unknown',
    why: 'A SCSI-2 reservation is held, by this host over one of its paths or by another host: the questions may have '
      + 'gone down different paths.',
    nextStep: 'Ask the other hosts; see the path policy of this one with mpclaim -s -d.' },
  { when: (f) => f.ready === 'good' && f.readKeys === 'conflict', state: 'HeldByThisHost',
    why: 'A SCSI-2 reservation is held (the disk refuses PERSISTENT RESERVE IN), and this host is not locked out by it.',
    nextStep: 'Release it with Invoke-StorageRelease.' },
  { when: (f) => f.ready === 'good' && f.reservedHere && f.multipath !== true, state: 'HeldByThisHost',
    why: 'This session reserved the disk, and it still answers this host. A reset since then would have freed it.',
    nextStep: 'Release it with Invoke-StorageRelease.' },
  { when: (f) => f.ready === 'good' && f.readKeys === 'unsupported' && f.busWithout, state: 'NotSupported',
    why: 'The disk knows no persistent reservations, and its kind of bus no SCSI-2 ones.', nextStep: '' },
  { when: (f) => f.ready === 'good' && f.readKeys === 'denied', state: 'Unknown',
    why: 'No other host holds a SCSI-2 reservation. Keys could not be read without elevation.',
    nextStep: 'Run it elevated to see persistent reservations.' },
  { when: (f) => f.ready === 'good' && f.readKeys === 'failed', state: 'Unknown',
    why: 'No other host holds a SCSI-2 reservation. Keys could not be read.', nextStep: 'Look again.' },
  { when: (f) => f.ready === 'good' && f.multipath === true, state: 'Unknown',
    why: 'The disk answers over the path that was asked; whether it is held over another one cannot be told.',
    nextStep: 'See the path policy of this host with mpclaim -s -d.' },
  { when: (f) => f.ready === 'good', state: 'Unknown',
    why: 'No other host holds the disk: it is free, or held by this host over this path. No command tells the two apart.',
    nextStep: 'Invoke-StorageRelease -Verify makes sure that it is free.' },
  { when: () => true, state: 'Unknown',
    why: 'The disk did not answer whether it is reserved.', nextStep: 'See why it is not ready, and look again.' },
];

export interface StateVerdict {
  readonly state: ReservationState;
  readonly why: string;
  readonly nextStep: string;
}

export function reservationState(findings: Findings): StateVerdict {
  return stateRows.find((row) => row.when(findings)) as StateRow;
}

/**
 * After a release: only an accepted request, a disk that is ready, no keys and a single path prove that it is free.
 * Everything else is what the probes say by themselves.
 */
export function stateAfterRelease(findings: Findings, accepted: boolean): StateVerdict {
  const proved = accepted && findings.ready === 'good' && findings.multipath === false && findings.keyCount === 0
    && !findings.persistentlyReserved && (findings.readKeys === 'good' || findings.readKeys === 'unsupported');
  if (proved) return { state: 'Free', why: 'Released over the only path; the disk answers, and has no keys.', nextStep: '' };
  return reservationState({ ...findings, reservedHere: findings.reservedHere && !accepted });
}
