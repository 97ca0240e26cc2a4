// The result of Get-StorageReservation.

import type { BusKind } from '../bus/bus.ts';
import type { Outcome } from '../status/outcomes.ts';
import type { Answer, DeviceColumns, ReservationState } from './result.ts';

/** The reservation of a disk. Names and order are API; flat scalars only. */
export interface ReservationResult extends DeviceColumns {
  readonly State: ReservationState;
  /**
   * Whether this initiator is locked out: CHECK_VERIFY or a read of the disk conflicted. False: it is let in, because the
   * disk is free or this host holds it. Null: not known. See isBlocked.
   */
  readonly Blocked: boolean | null;
  /** Each probe with its result. */
  readonly Evidence: string;
  /** Registered keys, 0x and 16 hex digits each, joined by blanks; null where they were not read. */
  readonly Keys: string | null;
  readonly KeyCount: number | null;
  /** Key of the holder of the persistent reservation; null where there is none, or every registrant holds it. */
  readonly HolderKey: string | null;
  /** SPC's name of its type and scope. */
  readonly Type: string | null;
  readonly Scope: string | null;
  /** PRgeneration. */
  readonly Generation: number | null;
  /**
   * With `detailed`, each registrant on a line of its own: key, initiator, and further facts in brackets;
   * null where these were not read. Text, so that it is not lost in CSV or in JSON of limited depth.
   */
  readonly Registrants: string | null;
  /** Number of paths from this host; null where it has several and they cannot be counted. */
  readonly PathCount: number | null;
  /** Load-balance policy of MPIO; null: cannot be read over a handle. */
  readonly MpioPolicy: string | null;
  /** `Read`, or why the disk could not be read. */
  readonly Outcome: Outcome;
  readonly NtStatus: number | null;
  readonly NtStatusName: string | null;
  readonly Win32Error: number | null;
  readonly DurationMs: number;
  readonly StartedAt: Date;
  readonly ComputerName: string;
  readonly Bus: BusKind;
  readonly Message: string;
  readonly NextStep: string;
}

/** One initiator that has registered a key, from READ FULL STATUS. */
export interface RegistrantResult {
  readonly Number: number | null;
  readonly UniqueId: string | null;
  readonly Key: string;
  readonly Holder: boolean;
  readonly Type: string | null;
  readonly Scope: string | null;
  readonly AllTargetPorts: boolean;
  readonly TargetPort: number | null;
  /** The initiator: an iSCSI name, an FC or SAS port, or the bytes in hex. */
  readonly Initiator: string;
  readonly ComputerName: string;
  readonly Bus: BusKind;
}

export interface ReservationAnswer {
  readonly result: ReservationResult;
  readonly registrants: readonly RegistrantResult[];
  /** Sentences about other disks of this computer that share its UniqueId or serial number. */
  readonly remarks: readonly string[];
  readonly category: Answer['category'];
}
