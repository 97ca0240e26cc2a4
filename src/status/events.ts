// The id and level of each outcome in the Windows event log. Ids are API: none changes its meaning or is used again.
// docs/event-ids.md is made from this table.

import { type Outcome, outcomeRow } from './outcomes.ts';

/** Log and source, as Register-StorageReleaseEventSource registers them. */
export const eventLogName = 'Application';
export const eventSource = 'StorageRelease';

export type EventLevel = 'Information' | 'Warning' | 'Error';

export interface EventRow {
  readonly outcome: Outcome;
  readonly id: number;
  readonly level: EventLevel;
}

/** In the order of ids. Outcomes of verbs that only read have no event. */
export const eventRows: readonly EventRow[] = [
  { outcome: 'Accepted', id: 1000, level: 'Information' },
  { outcome: 'Reserved', id: 1001, level: 'Information' },
  { outcome: 'Cleared', id: 1002, level: 'Information' },
  { outcome: 'Preempted', id: 1003, level: 'Information' },
  { outcome: 'Reset', id: 1004, level: 'Information' },
  { outcome: 'Refused', id: 2000, level: 'Warning' },
  { outcome: 'NotSupported', id: 2001, level: 'Warning' },
  { outcome: 'NotFound', id: 2002, level: 'Warning' },
  { outcome: 'NotReady', id: 2003, level: 'Warning' },
  { outcome: 'InUse', id: 2004, level: 'Warning' },
  { outcome: 'StillHeld', id: 2005, level: 'Warning' },
  { outcome: 'Changed', id: 2006, level: 'Warning' },
  { outcome: 'Conflict', id: 2007, level: 'Warning' },
  { outcome: 'AccessDenied', id: 3000, level: 'Error' },
  { outcome: 'IdentityChanged', id: 3001, level: 'Error' },
  { outcome: 'TimedOut', id: 3002, level: 'Error' },
  { outcome: 'Failed', id: 3003, level: 'Error' },
];

/** Null for an outcome of a verb that changes nothing. */
export const eventRow = (outcome: string): EventRow | null => eventRows.find((row) => row.outcome === outcome) ?? null;

/** The body of docs/event-ids.md. */
export function eventMarkdown(): string {
  const rows = eventRows.map(({ outcome, id, level }) =>
    `| ${id} | ${level} | \`${outcome}\` | ${outcomeRow(outcome).meaning} |`);
  return [
    '# Event ids', '', `Log ${eventLogName}, source ${eventSource}, one event for each result of release, reserve and clear on `
    + 'real disks, where', 'the source is registered: [events](tasks-and-logs.md#events).', '',
    '| Id | Level | Outcome | Meaning |', '| --- | --- | --- | --- |', ...rows, '',
  ].join('\n');
}
