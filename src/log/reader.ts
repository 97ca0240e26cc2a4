// Reads a log after its older file: the records in their order, page by page; or the last ones, from the end.

import type { ClixmlObject } from '../clixml/clixml.ts';
import { messageOf } from '../message-of.ts';
import { capital, folded } from '../text.ts';
import { olderPath, opened } from './log-file.ts';
import { type LogFiles, type LogHandle, LogProblem, NoSuchFile } from './log-system.ts';
import { type LogRecord, readRecord } from './record.ts';

/** A disk whose records are wanted, named in one of these ways. */
export interface LogDisk {
  readonly number: number | null;
  readonly uniqueId: string | null;
  readonly serialNumber: string | null;
  readonly path: string | null;
}

export interface LogFilter {
  /** Empty: all. */
  readonly disks: readonly LogDisk[];
  /** Empty: all. */
  readonly outcomes: readonly string[];
  /** Milliseconds since 1970: records at or after `after`, and before `before`. */
  readonly after: number | null;
  readonly before: number | null;
  /** At most so many records, the last ones; null: all. */
  readonly last: number | null;
}

/** The place where the next page begins: identity of the file, position and number of the line. */
export interface LogPlace {
  readonly identity: string;
  readonly position: number;
  readonly line: number;
}

export interface LogPage {
  readonly records: readonly LogRecord[];
  /** Sentences about lines that are not records. */
  readonly remarks: readonly string[];
  /** Number of these lines, without an incomplete last one; plus one for an older file that could not be read. */
  readonly damaged: number;
  /** Null: there is no more. */
  readonly next: LogPlace | null;
}

export const recordsOnPage = 2000;
const chunkSize = 256 * 1024;
/** A longer line is not one of ours. */
const longestLine = 1024 * 1024;
/** At most so many remarks per page. */
const mostRemarks = 20;

interface Source {
  readonly path: string;
  readonly handle: LogHandle;
  readonly newest: boolean;
}

/** Rejects with LogProblem where it cannot be read. */
export async function readLog(
  files: LogFiles, path: string, filter: LogFilter, from: LogPlace | null = null,
): Promise<LogPage> {
  const { sources, leftOut } = await open(files, path);
  try {
    const page = new Page(filter);
    // Only with the first page.
    if (leftOut !== null && from === null) page.leftOut(leftOut);
    return filter.last === null ? await forward(sources, page, from) : await backward(sources, page, filter.last);
  } finally {
    for (const { handle } of sources) await handle.close();
  }
}

interface Opened {
  readonly sources: readonly Source[];
  /** Why the older file cannot be read; null where it is read, or does not exist. */
  readonly leftOut: string | null;
}

/** The older file comes first in the result. The newest is opened first: if it is renamed meanwhile, both are that file. */
async function open(files: LogFiles, path: string): Promise<Opened> {
  let newest: LogHandle | LogProblem;
  try {
    newest = await files.read(path);
  } catch (error) {
    // A process may have ended after it renamed the log and before it created the new one.
    if (!(error instanceof NoSuchFile)) throw error;
    newest = error;
  }
  let older: LogHandle | LogProblem;
  try {
    older = await opened(files.read(olderPath(path)));
  } catch (error) {
    older = error instanceof LogProblem ? error : new LogProblem(messageOf(error));
  }
  if (newest instanceof LogProblem) {
    if (older instanceof LogProblem) throw newest;
    return { sources: [{ path: olderPath(path), handle: older, newest: true }], leftOut: null };
  }
  const last = { path, handle: newest, newest: true };
  if (older instanceof LogProblem) {
    const leftOut = older instanceof NoSuchFile ? null : `${olderPath(path)} was left out: ${older.message}.`;
    return { sources: [last], leftOut };
  }
  if (older.identity !== newest.identity) {
    return { sources: [{ path: olderPath(path), handle: older, newest: false }, last], leftOut: null };
  }
  await older.close();
  return { sources: [last], leftOut: null };
}

async function forward(sources: readonly Source[], page: Page, from: LogPlace | null): Promise<LogPage> {
  const at = from === null ? 0 : sources.findIndex(({ handle }) => handle.identity === from.identity);
  // The log was renamed twice meanwhile: all files that are left are newer.
  const first = Math.max(0, at);
  let next: LogPlace | null = null;
  for (const [i, source] of sources.entries()) {
    if (i < first) continue;
    const start = i === at && from !== null ? from : { position: 0, line: 0 };
    let { line } = start;
    for await (const [bytes, position, whole] of lines(source.handle, start.position)) {
      if (next === null && page.records.length >= recordsOnPage) next = { identity: source.handle.identity, position, line };
      if (next !== null) {
        if (page.isSettled) return page.end(next);
        page.settle(bytes);
        continue;
      }
      line += 1;
      page.take(bytes, `line ${line} of ${source.path}`, source.newest && !whole);
    }
  }
  return page.end(next);
}

async function backward(sources: readonly Source[], page: Page, last: number): Promise<LogPage> {
  for (const source of [...sources].reverse()) {
    let line = 0;
    for await (const [bytes, whole] of linesFromEnd(source.handle)) {
      if (page.records.length >= last) break;
      line += 1;
      page.take(bytes, `line ${line} from the end of ${source.path}`, source.newest && line === 1 && !whole);
    }
  }
  page.records.reverse();
  return page.end(null);
}

class Page {
  readonly records: LogRecord[] = [];
  readonly #remarks: string[] = [];
  #damaged = 0;
  /** Keys that were written before they were sent, and whose results have not been read yet. */
  readonly #open = new Map<string, LogRecord>();
  /** Keys whose results have been read: from the end of a log, results come first. */
  readonly #answered = new Set<string>();
  readonly #wanted: (item: ClixmlObject) => boolean;

  constructor(filter: LogFilter) {
    this.#wanted = wanted(filter);
  }

  /** Null: a line that is too long. */
  take(bytes: Buffer | null, where: string, isLast: boolean): void {
    const text = bytes?.toString('utf8').replace(/^\ufeff/, '').trim() ?? null;
    if (text === '') return;
    const read = text === null ? `longer than ${longestLine} bytes` : readRecord(text);
    if (typeof read !== 'string') return this.#add(read);
    if (isLast) {
      this.#remark(`${capital(where)}, the last one, is incomplete: the program that wrote it was ended before it `
        + 'had given out that result.');
      return;
    }
    this.#damaged += 1;
    this.#remark(`${capital(where)} is not a record: it is ${read}.`);
  }

  #add(read: LogRecord): void {
    const { key, begins, item } = read;
    if (begins && this.#answered.has(key!)) return;
    if (!begins) this.#answer(key);
    if (!this.#wanted(item)) return;
    this.records.push(read);
    if (begins) this.#open.set(key!, read);
  }

  #answer(key: string | null): void {
    if (key === null) return;
    this.#answered.add(key);
    const begun = this.#open.get(key);
    if (begun === undefined) return;
    this.#open.delete(key);
    this.records.splice(this.records.indexOf(begun), 1);
  }

  /** Whether no result on a later page can replace a record of this page. */
  get isSettled(): boolean {
    return this.#open.size === 0;
  }

  /** Reads a line of a later page for that purpose. */
  settle(bytes: Buffer | null): void {
    const read = bytes === null ? '' : readRecord(bytes.toString('utf8'));
    if (typeof read !== 'string' && !read.begins) this.#answer(read.key);
  }

  /** Reports a file that could not be read. */
  leftOut(text: string): void {
    this.#damaged += 1;
    this.#remark(text);
  }

  #remark(text: string): void {
    if (this.#remarks.length < mostRemarks) this.#remarks.push(text);
    else if (this.#remarks.length === mostRemarks) this.#remarks.push('More lines are not records.');
  }

  end(next: LogPlace | null): LogPage {
    return { records: this.records, remarks: this.#remarks, damaged: this.#damaged, next };
  }
}

/** Lines from a position on: each with its own position, and whether it has its newline. */
async function* lines(handle: LogHandle, from: number): AsyncGenerator<readonly [Buffer | null, number, boolean]> {
  const chunk = Buffer.allocUnsafe(chunkSize);
  let rest: Buffer[] = [];
  let length = 0;
  let start = from;
  for (let position = from; ;) {
    const count = await handle.read(chunk, position);
    if (count === 0) break;
    position += count;
    let at = 0;
    for (let end = chunk.indexOf(10); end >= 0 && end < count; end = chunk.indexOf(10, at)) {
      rest.push(chunk.subarray(at, end));
      length += end - at;
      yield [length > longestLine ? null : Buffer.concat(rest), start, true];
      start += length + 1;
      rest = [];
      length = 0;
      at = end + 1;
    }
    // Of a line that is too long only the length is kept.
    length += count - at;
    if (length <= longestLine) rest.push(Buffer.from(chunk.subarray(at, count)));
    else rest = [];
  }
  if (length > 0) yield [length > longestLine ? null : Buffer.concat(rest), start, false];
}

/** The same from the end, the last line first. */
async function* linesFromEnd(handle: LogHandle): AsyncGenerator<readonly [Buffer | null, boolean]> {
  let rest: Buffer[] = [];
  let length = 0;
  let whole = false;
  for (let end = await handle.size(); end > 0;) {
    const size = Math.min(chunkSize, end);
    const chunk = Buffer.allocUnsafe(size);
    for (let read = 0; read < size;) {
      const count = await handle.read(chunk.subarray(read), end - size + read);
      if (count === 0) return;
      read += count;
    }
    end -= size;
    let to = size;
    for (let at = chunk.lastIndexOf(10); at >= 0; at = to === 0 ? -1 : chunk.lastIndexOf(10, to - 1)) {
      const piece = chunk.subarray(at + 1, to);
      length += piece.length;
      if (length > 0 || whole) yield [length > longestLine ? null : Buffer.concat([piece, ...rest]), whole];
      whole = true;
      rest = [];
      length = 0;
      to = at;
    }
    length += to;
    if (length <= longestLine) rest.unshift(chunk.subarray(0, to));
    else rest = [];
  }
  if (length > 0 || whole) yield [length > longestLine ? null : Buffer.concat(rest), whole];
}

const sameText = (a: string | null, b: unknown) => a !== null && typeof b === 'string' && folded(a) === folded(b);

function wanted({ disks, outcomes, after, before }: LogFilter): (item: ClixmlObject) => boolean {
  const names = new Set(outcomes);
  return (item) => {
    const of = new Map(item.map(([name, value]) => [name, value === null ? null : Object.values(value)[0] as unknown]));
    const at = (of.get('LoggedAt') as Date).getTime();
    if ((after !== null && at < after) || (before !== null && at >= before)) return false;
    if (names.size > 0 && !names.has(of.get('Outcome') as string)) return false;
    return disks.length === 0 || disks.some(({ number, uniqueId, serialNumber, path }) =>
      (number !== null && of.get('Number') === number) || sameText(uniqueId, of.get('UniqueId'))
      || sameText(serialNumber, of.get('SerialNumber')) || sameText(path, of.get('DevicePath')));
  };
}
