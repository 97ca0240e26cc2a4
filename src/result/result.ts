import type { BusKind } from '../bus/bus.ts';
import type { ErrorCategory, Outcome } from '../status/outcomes.ts';

/** The states of Get-StorageReservation and -Verify; null where nothing was read. */
export type ReservationState =
  | 'Free' | 'HeldByThisHost' | 'HeldByAnotherHost' | 'Persistent' | 'NotSupported' | 'Unknown';

/** The first columns of every result: which device it is about. */
export interface DeviceColumns {
  readonly Number: number | null;
  readonly DevicePath: string | null;
  readonly FriendlyName: string | null;
  readonly SerialNumber: string | null;
  readonly UniqueId: string | null;
  /**
   * Name of STORAGE_BUS_TYPE in ntddstor.h without its prefix: `Fibre`, `iScsi`, `Sas`, `Nvme`; a new one is its
   * number.
   */
  readonly BusType: string | null;
  /** The statements that the opened device matches, joined by commas; null where no device was opened. */
  readonly IdentifiedBy: string | null;
}

/**
 * The result of a changing verb: one for every disk. The property names and their order are API: PowerShell, JSON and
 * CLIXML have them in this order. Flat scalars only.
 */
export interface ReleaseResult extends DeviceColumns {
  readonly Outcome: Outcome;
  /** NTSTATUS of the request, or of the open that failed; null when neither happened. */
  readonly NtStatus: number | null;
  readonly NtStatusName: string | null;
  readonly Win32Error: number | null;
  /** IO_STATUS_BLOCK.Information; 0 for RELEASE on every driver known. */
  readonly Information: bigint | null;
  readonly ReservationBefore: ReservationState | null;
  readonly ReservationAfter: ReservationState | null;
  /** Number of attempts: several with a time to retry; 0 where the disk's turn never came. */
  readonly Attempts: number;
  /** Milliseconds from the first open of this disk to its answer, without the wait for its turn. */
  readonly DurationMs: number;
  /** UTC. */
  readonly StartedAt: Date;
  readonly ComputerName: string;
  readonly Bus: BusKind;
  /** The computer whose reading proves `ReservationAfter` Free; null where nothing proves it. */
  readonly ProvedBy: string | null;
  readonly Message: string;
  /** The next step; empty after Accepted when there is nothing to do. */
  readonly NextStep: string;
}

/** A result and the category of the PowerShell error that goes with it (null: no error). */
export interface Answer {
  readonly result: ReleaseResult;
  readonly category: ErrorCategory | null;
  /** The digest of the opened device's identity (see `shownAs`); null where no device was opened. */
  readonly shown: string | null;
}
