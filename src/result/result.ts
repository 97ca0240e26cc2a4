import type { BusKind } from '../bus/bus.ts';
import type { ErrorCategory, Outcome } from '../status/outcomes.ts';

/** What Get-StorageReservation and -Verify say of a disk; null where nobody asked. */
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
  /** Statements about the disk that its opened device bears out, joined by commas; null where nothing was opened. */
  readonly IdentifiedBy: string | null;
}

/**
 * One of these comes out for every disk that goes in. The property names and their order are API: PowerShell,
 * JSON and
 * CLIXML all show them as they stand here. Flat scalars only.
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
  /** How often it was tried; more than once with a time to retry, 0 where its turn never came. */
  readonly Attempts: number;
  /** From the first open of this disk to its answer, milliseconds; waiting for its turn is not counted. */
  readonly DurationMs: number;
  /** UTC. */
  readonly StartedAt: Date;
  readonly ComputerName: string;
  readonly Bus: BusKind;
  /** The computer whose reading proves `ReservationAfter` Free; null where nothing proves it. */
  readonly ProvedBy: string | null;
  readonly Message: string;
  /** What to do next; empty after Accepted when there is nothing to do. */
  readonly NextStep: string;
}

/** A result and the category of the PowerShell error that goes with it (null: no error). */
export interface Answer {
  readonly result: ReleaseResult;
  readonly category: ErrorCategory | null;
  /** What the opened device said of itself, as one text (see `shownAs`); null where none was opened. */
  readonly shown: string | null;
}
