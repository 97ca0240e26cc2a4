// Makes an observation of a row of Get-StorageReservation: what in it matters for who holds the disk.

import { kindByPath } from '../disk/device-kind.ts';
import { keysAnswerIn, readLetInBy } from '../reservation/evidence.ts';
import type { ReservationResult } from '../result/reservation-result.ts';
import { ownKeysAmong, readKey } from '../verbs/clear/own-key.ts';
import type { Observation } from './reading.ts';

/** Properties of ReservationResult, unchanged, but StartedAt in milliseconds since 1970. */
export type ReportedRow = Pick<ReservationResult, 'UniqueId' | 'Number' | 'FriendlyName' | 'SerialNumber'
  | 'Blocked' | 'Evidence' | 'PathCount' | 'DurationMs' | 'ComputerName' | 'Bus' | 'Message' | 'DevicePath'
  | 'HolderKey' | 'Type' | 'Generation' | 'Keys'>
  & { readonly State: string; readonly Outcome: string; readonly StartedAt: number | null };

/** @param sent @param received on the clock of the computer that asks */
export function observationOf(row: ReportedRow, host: number, sent: number, received: number): Observation {
  const keys = keysAnswerIn(row.Evidence);
  const absent = row.Outcome === 'NotFound' && row.DevicePath === null;
  return {
    host, sent, received, keys,
    blocked: row.Blocked,
    read: readLetInBy(row.Evidence),
    persistent: row.State === 'Persistent' || keys === 'some',
    without: row.State === 'NotSupported',
    singlePath: row.PathCount === 1,
    number: row.Number,
    startedAt: row.StartedAt,
    durationMs: row.DurationMs,
    trouble: row.Blocked === null ? row.Message : '',
    kind: kindByPath(row.DevicePath),
    uniqueId: row.UniqueId,
    friendlyName: row.FriendlyName,
    serialNumber: row.SerialNumber,
    computer: row.ComputerName,
    bus: row.Bus,
    // The disk was searched for by its identity, and never opened.
    absent,
    // The evidence of a row without a device is about devices whose identity could not be read (verbs/read.ts).
    unheard: absent && row.Evidence !== '',
    facts: { holderKey: row.HolderKey, type: row.Type, generation: row.Generation, ownKeys: ownKeysIn(row.Keys ?? '') },
  };
}

const ownKeysIn = (keys: string): bigint[] => ownKeysAmong(keys.split(' ').map(readKey).filter((key) => key !== null));
