// The closed set of outcomes: one row each, read by the worker, the command line, its help, docs/exit-codes.md
// and the tests. Names, exit codes and categories are API: tests assert them, and none is ever used for anything
// else.

/** Names of System.Management.Automation.ErrorCategory. */
export type ErrorCategory =
  | 'NotSpecified' | 'DeviceError' | 'InvalidArgument' | 'InvalidOperation' | 'InvalidResult' | 'LimitsExceeded'
  | 'NotImplemented' | 'ObjectNotFound' | 'OperationStopped' | 'OperationTimeout' | 'PermissionDenied'
  | 'ResourceBusy' | 'ResourceUnavailable' | 'ConnectionError';

export interface OutcomeRow {
  readonly name: string;
  /** Exit code of the command line when this is the worst outcome of the run. */
  readonly exitCode: number;
  /** Whether the request was sent to the device; `unknown` where the open and the request can both end with this outcome. */
  readonly sent: 'yes' | 'no' | 'unknown';
  /** Category of the PowerShell error where the status table has no better one; null: no error. */
  readonly category: ErrorCategory | null;
  readonly meaning: string;
}

/** From best to worst: with several disks the exit code is that of the row furthest down. */
export const outcomes = [
  { name: 'Accepted', exitCode: 0, sent: 'yes', category: null,
    meaning: 'The device completed the request with STATUS_SUCCESS. It does not prove that anything was reserved, or is free.' },
  { name: 'Reserved', exitCode: 0, sent: 'yes', category: null,
    meaning: 'The device accepted RESERVE for this host, over the path that the request took.' },
  { name: 'Cleared', exitCode: 0, sent: 'yes', category: null,
    meaning: 'All keys and the persistent reservation are gone, as was read afterwards.' },
  { name: 'Preempted', exitCode: 0, sent: 'yes', category: null,
    meaning: 'The key that was named is gone, and nobody holds a persistent reservation, as was read afterwards.' },
  { name: 'Reset', exitCode: 0, sent: 'yes', category: null,
    meaning: 'The adapter reset the disk, which locked this host out before, and gives it access now.' },
  { name: 'Read', exitCode: 0, sent: 'no', category: null,
    meaning: 'The reservation of the disk was read, as far as it can be determined.' },
  { name: 'Refused', exitCode: 3, sent: 'no', category: 'InvalidOperation',
    meaning: 'Nothing was sent: a guard (boot, system, clustered or multipath disk), a method of clear that could not free the disk, '
      + 'input that names no disk, or no confirmation.' },
  { name: 'NotSupported', exitCode: 4, sent: 'yes', category: 'NotImplemented',
    meaning: 'The device or its driver does not know the request: RESERVE and RELEASE, or persistent reservations.' },
  { name: 'NotFound', exitCode: 7, sent: 'unknown', category: 'ObjectNotFound',
    meaning: 'There is no such device, or it went away.' },
  { name: 'NotReady', exitCode: 10, sent: 'unknown', category: 'ResourceUnavailable',
    meaning: 'The device is starting up, formatting, too busy, without medium or on a standby path.' },
  { name: 'InUse', exitCode: 11, sent: 'unknown', category: 'ResourceBusy',
    meaning: 'Another program or host holds the device.' },
  { name: 'StillHeld', exitCode: 12, sent: 'yes', category: 'ResourceBusy',
    meaning: 'The device accepted the request (RELEASE, CLEAR, PREEMPT, a reset), but a reading afterwards shows '
      + 'that it is still held.' },
  { name: 'Changed', exitCode: 13, sent: 'unknown', category: 'OperationStopped',
    meaning: 'Another host changed the keys or the reservation meanwhile; the requested change was not made.' },
  { name: 'Conflict', exitCode: 5, sent: 'yes', category: 'ResourceBusy',
    meaning: 'Reservation conflict: keys are registered on the device, by this host or by others, or another initiator holds it.' },
  { name: 'AccessDenied', exitCode: 6, sent: 'unknown', category: 'PermissionDenied',
    meaning: 'Windows did not let this user open the device or send the request.' },
  { name: 'IdentityChanged', exitCode: 8, sent: 'no', category: 'InvalidResult',
    meaning: 'The device that answers is not, or cannot be shown to be, the one that was named.' },
  { name: 'TimedOut', exitCode: 9, sent: 'unknown', category: 'OperationTimeout',
    meaning: 'The deadline passed. Whether the device did what was asked is unknown; the request may still be pending in the driver.' },
  { name: 'Failed', exitCode: 1, sent: 'unknown', category: 'NotSpecified',
    meaning: 'Any other failure, with its error numbers.' },
] as const satisfies readonly OutcomeRow[];

export type Outcome = (typeof outcomes)[number]['name'];

const byName = new Map<string, OutcomeRow>(outcomes.map((row) => [row.name, row]));

export function outcomeRow(name: Outcome): OutcomeRow {
  return byName.get(name) as OutcomeRow;
}

/** Exit code of a command line that could not be understood; no outcome belongs to it. */
export const usageExitCode = 2;

/** The code for a whole run: that of its worst outcome, 0 when there was none. */
export function exitCodeOf(all: Iterable<Outcome>): number {
  let worst = 0;
  for (const name of all) worst = Math.max(worst, outcomes.findIndex((row) => row.name === name));
  return outcomes[worst]!.exitCode;
}
