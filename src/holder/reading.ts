// What one host said of one disk, once.

import type { KeysAnswer } from '../reservation/evidence.ts';
import type { DeviceKind } from '../status/devices.ts';

/** Milliseconds on the asking computer's monotonic clock. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

export interface Reading {
  /** Index of the host. */
  readonly host: number;
  /** Whether CHECK_VERIFY or a read was refused; null where it could not be told. */
  readonly blocked: boolean | null;
  /** A read of the disk was let in; false where none was tried, as of a tape drive. */
  readonly read: boolean;
  /** What READ KEYS came to. */
  readonly keys: KeysAnswer;
  /** A persistent reservation or a registered key was read. */
  readonly persistent: boolean;
  /** The bus knows no reservations. */
  readonly without: boolean;
  /** One path for sure; otherwise another path of the same host is another initiator. */
  readonly singlePath: boolean;
  readonly number: number | null;
  /** When the question was handed over, and when the answer was there, on the asking computer's clock. */
  readonly sent: number;
  readonly received: number;
  /** When the reading began on the host's own clock, milliseconds since 1970; null where it did not say. */
  readonly startedAt: number | null;
  readonly durationMs: number;
  /** Why `blocked` is null; else empty. */
  readonly trouble: string;
}

/** The persistent reservation as a host read it: see ReservationResult. */
export interface PersistentFacts {
  readonly holderKey: string | null;
  readonly type: string | null;
  readonly generation: number | null;
  /** Keys of Clear-StorageReservation that were read. */
  readonly ownKeys: readonly bigint[];
}

/** What a host reported of a disk: a reading, and what the disk is. */
export interface Observation extends Reading {
  readonly kind: DeviceKind;
  /** Page-83h identity; null where the disk gave none, or the host could not ask. */
  readonly uniqueId: string | null;
  readonly friendlyName: string | null;
  readonly serialNumber: string | null;
  /** The host's name for itself. */
  readonly computer: string;
  readonly bus: 'Windows' | 'Rehearsal';
  /** It was asked for this identity and has no such disk. */
  readonly absent: boolean;
  /** ... among those that said which they are; others did not. */
  readonly unheard: boolean;
  readonly facts: PersistentFacts;
}

/**
 * This host holds the disk, by one reading alone: PERSISTENT RESERVE IN was refused, which a target of this kind
 * does under anybody's SCSI-2 reservation, between two reads that were let in (probeReservation in
 * reservation/probe.ts). CHECK_VERIFY alone would not do: some arrays answer it to everybody.
 */
export const provesItself = ({ blocked, read, keys }: Reading): boolean =>
  blocked === false && read && keys === 'conflict';

/** Whether this reading rules out that what locks hosts out is a persistent reservation. */
export const seesNoKeys = ({ keys, persistent }: Reading): boolean =>
  !persistent && (keys === 'none' || keys === 'unsupported' || keys === 'conflict');
