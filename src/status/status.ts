import type { ErrorCategory, Outcome } from './outcomes.ts';

/** One row of the status table: all that is known about one NTSTATUS when a disk answers RELEASE with it. */
export interface StatusRow {
  /** NTSTATUS, unsigned. */
  readonly status: number;
  /** Name in ntstatus.h. */
  readonly name: string;
  /** What RtlNtStatusToDosError makes of it on current Windows. */
  readonly win32: number;
  /** Name in winerror.h. */
  readonly win32Name: string;
  readonly outcome: Outcome;
  readonly category: ErrorCategory | null;
  /** One sentence for an administrator; winerror.h's own texts mislead for 121, 55 and 170. */
  readonly meaning: string;
  /** What to do next; empty where there is nothing to do. */
  readonly nextStep: string;
}

export const statusRows: readonly StatusRow[] = [];
