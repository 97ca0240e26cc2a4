// The verdict on one disk: outcome, codes, and the sentences for them.

import type { Answer } from '../result/result.ts';
import type { DeviceKind } from '../status/devices.ts';
import { type Outcome, outcomeRow } from '../status/outcomes.ts';
import { type Stage, describeStatus } from '../status/status.ts';

export interface Verdict {
  readonly outcome: Outcome;
  readonly message: string;
  readonly nextStep: string;
  readonly category?: Answer['category'];
  readonly status?: number | null;
  readonly statusName?: string | null;
  readonly win32?: number | null;
}

/** The verdict on a disk, with its times. */
export interface Ending {
  readonly verdict: Verdict;
  readonly startedAt: Date;
  /** Milliseconds from the first step to the verdict. */
  readonly ms: number;
}

/** The verdict for an NTSTATUS. */
export function statusVerdict(
  status: number | null, win32: number | null, stage: Stage, kind: DeviceKind = 'Disk',
): Verdict {
  const row = describeStatus(status, win32, stage, kind);
  return {
    outcome: row.outcome, category: row.category, status: row.status, statusName: row.name, win32: row.win32,
    message: row.meaning, nextStep: row.nextStep,
  };
}

/** On a disk whose turn did not come: nobody wants its answer any more. */
export const takenBack: Verdict = {
  outcome: 'Refused', message: 'The pipeline was stopped before this disk was reached. Nothing was sent.',
  nextStep: 'Run the command again for this disk.',
};

/** A verdict whose next step names the disk by its number, where the disk has one. */
export const numbered = (verdict: Verdict, number: number | null): Verdict =>
  (number === null ? verdict : { ...verdict, nextStep: verdict.nextStep.replaceAll('<number>', String(number)) });

/** The columns of a result that come from a verdict. */
export function verdictColumns({ outcome, status, statusName, win32 }: Verdict) {
  return { Outcome: outcome, NtStatus: status ?? null, NtStatusName: statusName ?? null, Win32Error: win32 ?? null };
}

/** The category of the PowerShell error that goes with a verdict; null: no error. */
export function categoryOf({ category, outcome }: Verdict): Answer['category'] {
  return category === undefined ? outcomeRow(outcome).category : category;
}

/** How far an attempt had got when its deadline passed. `waiting`: for another request to the same device. */
export type LateStage = 'looking' | 'opening' | 'asking' | 'waiting' | 'sent';

interface LateWords {
  /** Sentences for the stage `asking`: what could not be determined, and what had been sent by then. */
  readonly what: string;
  readonly sent: string;
  /** What is unknown about a device that has not answered the verb's request. */
  readonly inDoubt: string;
}

interface LateRow {
  readonly say: (seconds: number, words: LateWords) => string;
  readonly next: string;
}

const lookAtPath = 'Check the path to the device (cables, zoning, target); or allow more time with -TimeoutSec.';

const lateRows: Readonly<Record<LateStage, LateRow>> = {
  looking: { say: (seconds) => `The device was not found within ${seconds} s. Nothing was sent.`, next: lookAtPath },
  opening: { say: (seconds) => `The device did not open or report its identity within ${seconds} s. Nothing was sent.`,
    next: lookAtPath },
  asking: { say: (seconds, { what, sent }) => `${what} within ${seconds} s. ${sent}`, next: lookAtPath },
  waiting: { next: 'Name each disk once; or allow more time with -TimeoutSec.', say: (seconds) =>
    `Other requests of this process to the same device took all of ${seconds} s. Nothing was sent.` },
  sent: { say: (seconds, { inDoubt }) =>
    `No answer within ${seconds} s. The request is still pending in the driver; ${inDoubt} is unknown.`,
  next: 'Wait: the class driver gives up after about five minutes. Then look at the disk before trying again.' },
};

/** The verdict when the deadline has passed. */
export const lateVerdict = (stage: LateStage, seconds: number, words: LateWords): Verdict =>
  ({ outcome: 'TimedOut', message: lateRows[stage].say(seconds, words), nextStep: lateRows[stage].next });
