// One reading of one disk by one host.

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
  /** Whether CHECK_VERIFY or a read was refused; null where that could not be determined. */
  readonly blocked: boolean | null;
  /** Whether a read was let in; false where none was tried, as on a tape drive. */
  readonly read: boolean;
  /** The answer to READ KEYS. */
  readonly keys: KeysAnswer;
  /** Whether a persistent reservation or a registered key was read. */
  readonly persistent: boolean;
  /** Whether devices on this kind of bus cannot be reserved at all. */
  readonly without: boolean;
  /** Whether the host certainly has one path only; each further path would be another initiator. */
  readonly singlePath: boolean;
  readonly number: number | null;
  /** When the question was sent, and when the answer arrived, on the asking computer's clock. */
  readonly sent: number;
  readonly received: number;
  /** When the reading began on the host's own clock, milliseconds since 1970; null where not known. */
  readonly startedAt: number | null;
  readonly durationMs: number;
  /** Why `blocked` is null; otherwise empty. */
  readonly trouble: string;
}

/** The persistent reservation as a host read it; see ReservationResult. */
export interface PersistentFacts {
  readonly holderKey: string | null;
  readonly type: string | null;
  readonly generation: number | null;
  /** Keys of Clear-StorageReservation that were read. */
  readonly ownKeys: readonly bigint[];
}

/** A reading, with the identity of the disk. */
export interface Observation extends Reading {
  readonly kind: DeviceKind;
  /** The name from page 83h; null where the disk has none, or the host could not read it. */
  readonly uniqueId: string | null;
  readonly friendlyName: string | null;
  readonly serialNumber: string | null;
  /** The name that the host told of itself. */
  readonly computer: string;
  readonly bus: 'Windows' | 'Rehearsal';
  /** Whether the host was asked for this identity and has no such disk. */
  readonly absent: boolean;
  /** Whether, in that case, the host has disks whose identity could not be read. */
  readonly unheard: boolean;
  readonly facts: PersistentFacts;
}

/**
 * Whether this reading alone proves that this host holds the disk: PERSISTENT RESERVE IN was refused, as some targets
 * do for every host while a SCSI-2 reservation exists, between two reads that were let in (probeReservation in
 * reservation/probe.ts). CHECK_VERIFY would not be enough: some arrays complete it for every host.
 */
export const provesItself = ({ blocked, read, keys }: Reading): boolean =>
  blocked === false && read && keys === 'conflict';

/** Whether this reading rules out a persistent reservation as the reason why hosts are locked out. */
export const seesNoKeys = ({ keys, persistent }: Reading): boolean =>
  !persistent && (keys === 'none' || keys === 'unsupported' || keys === 'conflict');
