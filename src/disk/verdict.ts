// What becomes of a disk, in words and codes.

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

/** What became of a disk, and what was learned of it on the way. */
export interface Ending {
  readonly verdict: Verdict;
  readonly startedAt: Date;
  /** Milliseconds from the first step to the verdict. */
  readonly ms: number;
}

/** What a status comes to. */
export function statusVerdict(
  status: number | null, win32: number | null, stage: Stage, kind: DeviceKind = 'Disk',
): Verdict {
  const row = describeStatus(status, win32, stage, kind);
  return {
    outcome: row.outcome, category: row.category, status: row.status, statusName: row.name, win32: row.win32,
    message: row.meaning, nextStep: row.nextStep,
  };
}

/** The category of the PowerShell error that goes with a verdict; null: no error. */
export function categoryOf({ category, outcome }: Verdict): Answer['category'] {
  return category === undefined ? outcomeRow(outcome).category : category;
}
