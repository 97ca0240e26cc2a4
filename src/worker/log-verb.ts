// The verb `log`: gives the records of a log as results. Opens no bus.
//
// - `file` is the log. `outcomes`, `after`, `before` and `last` select records; `rows` selects disks: each row ends with
//   LF, its two fields with TAB: `n` number, `u` UniqueId, `s` serial number.
// - The replies are `record` and `clearrecord`, and a `warning` for each line that is not a record; then `done` with the
//   place where the next page begins, for `at` of the next request, or with an empty text.

import { LogProblem } from '../log/log-system.ts';
import { type LogDisk, type LogPage, type LogPlace, readLog } from '../log/reader.ts';
import type { LogSource } from '../log/result-log.ts';
import type { Outcome } from '../status/outcomes.ts';

export interface LogFields {
  readonly outcomes: readonly Outcome[];
  readonly after: number | null;
  readonly before: number | null;
  readonly last: number | null;
  readonly at: LogPlace | null;
}

/** Reads a place that the end of a page gave; undefined for any other text. */
export function place(text: string): LogPlace | undefined {
  const [, identity, position, line] = /^([0-9.]{1,100}) ([0-9]{1,15}) ([0-9]{1,15})$/.exec(text) ?? [];
  return identity === undefined ? undefined : { identity, position: Number(position), line: Number(line) };
}

export const placeText = (at: LogPlace | null): string =>
  (at === null ? '' : `${at.identity} ${at.position} ${at.line}`);

function diskOf(row: string): LogDisk {
  const [what, value = ''] = row.split('\t');
  const none: LogDisk = { number: null, uniqueId: null, serialNumber: null, path: null };
  if (what === 'n' && /^[0-9]{1,10}$/.test(value)) return { ...none, number: Number(value) };
  if (what === 'u') return { ...none, uniqueId: value };
  if (what === 's') return { ...none, serialNumber: value };
  throw new RangeError(`a row of a disk begins with ${JSON.stringify(what)}`);
}

/** Rejects with a sentence. */
export async function logPage(
  file: string, rows: string, { at, ...filter }: LogFields, source: LogSource,
): Promise<LogPage> {
  const disks = rows.split('\n').filter((row) => row !== '').map(diskOf);
  try {
    return await readLog(await source.files(), source.fullPath(file), { ...filter, disks }, at);
  } catch (error) {
    throw error instanceof LogProblem ? new Error(`The log ${file} cannot be read: ${error.message}.`) : error;
  }
}
