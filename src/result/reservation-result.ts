// What Get-StorageReservation says of a disk.

import type { BusKind } from '../bus/bus.ts';
import type { Outcome } from '../status/outcomes.ts';
import type { Answer, DeviceColumns, ReservationState } from './result.ts';

/** What is known of a disk's reservation. Names and order are API; flat scalars only. */
export interface ReservationResult extends DeviceColumns {
  readonly State: ReservationState;
  /**
   * Whether this initiator is locked out: CHECK_VERIFY or a read of the disk ended in a conflict. False: it is let in,
   * which a free disk and one that this very host holds have in common. Null: it could not be told. See isBlocked.
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
   * With `detailed`, each registrant on a line of its own: key, initiator, and in brackets what else is known of it;
   * null where the disk was not asked or did not tell. Text, so that no CSV and no depth of JSON loses it.
   */
  readonly Registrants: string | null;
  /** Paths from this host; null where it has more than one and how many cannot be told from here. */
  readonly PathCount: number | null;
  /** Load-balance policy of MPIO; null: not told to a handle. */
  readonly MpioPolicy: string | null;
  /** `Read`, or why the disk could not be asked. */
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

/** One initiator that has registered a key, as READ FULL STATUS tells. */
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
