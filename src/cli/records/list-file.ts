// A list of disks as a file has it: CSV of Export-Csv or a spreadsheet, or JSON. Text in, records out; a record
// that is damaged costs only itself.

import { columnOf } from './columns.ts';
import type { ListRecord } from './record-claim.ts';
import { JsonNumber, type RecordValue } from './statement.ts';

/** A list that cannot be read at all. The message follows its name: "has no records". */
export class ListError extends Error {
  override name = 'ListError';
}

export const longestList = 16 * 1024 * 1024;
const mostRecords = 10_000;
const mostColumns = 1_000;

/** @throws ListError */
export function readList(bytes: Buffer): ListRecord[] {
  const text = decoded(bytes);
  if (text.trim() === '') throw new ListError('is empty');
  const records = /^\s*[[{]/.test(text) ? readJson(text) : readCsv(text);
  if (records.length === 0) throw new ListError('has no records');
  if (records.length > mostRecords) {
    throw new ListError(`has ${records.length} records, and at most ${mostRecords} are read at once`);
  }
  return records;
}

function decoded(bytes: Buffer): string {
  if (bytes.length > longestList) throw new ListError(`is larger than ${longestList / 1024 / 1024} MiB`);
  return decodedText(bytes);
}

/** UTF-8 with or without its mark, and what Windows PowerShell calls Unicode. */
export function decodedText(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return new TextDecoder('utf-8').decode(bytes);
}

const damaged = (message: string): ListRecord =>
  ({ message, nextStep: 'Correct the record in the list, and run the command for it again.' });

type Reviver = (this: unknown, key: string, value: unknown, context?: { readonly source?: string }) => unknown;

/** Numbers keep their digits. */
function parse(text: string): RecordValue {
  const keep: Reviver = (_key, value, context) =>
    (typeof value === 'number' ? new JsonNumber(context?.source ?? String(value)) : value);
  // What is not JSON is found before it is gone through.
  JSON.parse(text);
  return JSON.parse(twinsApart(text), keep as (key: string, value: unknown) => unknown) as RecordValue;
}

/**
 * JSON whose objects have each member once: a second one of the same name gets a blank behind it, and columns are compared
 * without blanks. JSON.parse would keep the last alone, whatever the first had said.
 */
function twinsApart(json: string): string {
  let apart = '';
  let from = 0;
  /** Names so far of each object around; null for a list. */
  const around: (Set<string> | null)[] = [];
  const token = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}[\]]/gs;
  for (let found = token.exec(json); found !== null; found = token.exec(json)) {
    const [text, colon] = found;
    if (text === '{') around.push(new Set());
    else if (text === '[') around.push(null);
    else if (text === '}' || text === ']') around.pop();
    else if (colon !== undefined) {
      const names = around.at(-1)!;
      const first = JSON.parse(text.slice(0, -colon.length)) as string;
      let name = first;
      while (names.has(name)) name += ' ';
      names.add(name);
      if (name === first) continue;
      apart += json.slice(from, found.index) + JSON.stringify(name) + colon;
      from = found.index + text.length;
    }
  }
  return apart + json.slice(from);
}

/** An array, one object, a document of --output json, or an object on each line. */
function readJson(text: string): ListRecord[] {
  let value: RecordValue;
  try {
    value = parse(text);
  } catch (error) {
    const lines = text.split('\n').map((line, i) => [line.trim(), i + 1] as const).filter(([line]) => line !== '');
    if (!text.trimStart().startsWith('{') || lines.length < 2) {
      throw new ListError(`is not JSON: ${error instanceof Error ? error.message : String(error)}`);
    }
    const records = lines.map(([line, number]): ListRecord => {
      try {
        return jsonRecord(parse(line));
      } catch {
        return damaged(`Line ${number} of the list is not JSON.`);
      }
    });
    if (records.every((record) => !Array.isArray(record))) throw new ListError('is not JSON, as a whole or line by line');
    return records;
  }
  if (Array.isArray(value)) return value.map(jsonRecord);
  if (isObject(value)) {
    if (typeof value['schema'] === 'string' && value['schema'].startsWith('storage-release/')) {
      const list = value['results'] ?? value['disks'] ?? value['records'];
      if (!Array.isArray(list)) throw new ListError('is a document of storage-release without results');
      return list.map(jsonRecord);
    }
    return [jsonRecord(value)];
  }
  throw new ListError('is JSON, but not a list of records');
}

const isObject = (value: RecordValue): value is { readonly [member: string]: RecordValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);

const jsonRecord = (value: RecordValue): ListRecord =>
  (isObject(value) ? Object.entries(value) : damaged('This is not a record: it has no columns.'));

const delimiters = [',', ';', '\t', '|'];

/** RFC 4180, with the delimiter that makes columns of the header which say something of a disk. */
function readCsv(text: string): ListRecord[] {
  let body = text;
  // Windows PowerShell's Export-Csv begins with the type, a spreadsheet may begin with the delimiter.
  body = body.replace(/^#TYPE[^\n]*\n/, '');
  const stated = /^(?:"?)sep=(.)"?\r?\n/i.exec(body);
  if (stated !== null) body = body.slice(stated[0].length);
  const candidates = stated === null ? delimiters : [stated[1]!];
  const known = candidates.map((delimiter) => ({ delimiter, count: knownColumns(body, delimiter) }))
    .reduce((best, one) => (one.count > best.count ? one : best));
  if (known.count === 0) {
    throw new ListError('has no column that says which disk is meant: its first line should have the columns UniqueId and '
      + 'SerialNumber, with commas, semicolons or tabs between them');
  }
  const before = text.slice(0, text.length - body.length).split('\n').length - 1;
  const [header, ...rows] = csvRows(body, known.delimiter, Infinity, 1 + before);
  const names = header!.fields;
  if (names.length > mostColumns) throw new ListError(`has ${names.length} columns, and at most ${mostColumns} are read`);
  return rows.map(({ fields, open, line }): ListRecord => {
    if (open) return damaged(`A quoted field of the record on line ${line} of the list has no closing quote: the lines after it `
      + 'were read as its text.');
    if (fields.length > names.length) {
      return damaged(`The record on line ${line} of the list has ${fields.length} fields, but the list has `
        + `${names.length} columns.`);
    }
    return fields.map((field, i) => [names[i]!, field] as const);
  });
}

function knownColumns(body: string, delimiter: string): number {
  const header = csvRows(body, delimiter, 1)[0];
  return header === undefined ? 0 : header.fields.filter((name) => columnOf(name) !== null).length;
}

interface Row {
  readonly fields: readonly string[];
  /** The number of its first line. */
  readonly line: number;
  /** Whether the text ended within quotes. */
  readonly open: boolean;
}

/** Rows that are not blank. A quote within a field that does not begin with one stands for itself. */
function csvRows(text: string, delimiter: string, most = Infinity, firstLine = 1): Row[] {
  const rows: Row[] = [];
  let line = firstLine;
  let at = 0;
  while (at < text.length && rows.length < most) {
    const fields: string[] = [];
    const first = line;
    let open = false;
    for (let ends = false; !ends;) {
      let field = '';
      while (text[at] === ' ' && delimiter !== ' ') at++;
      if (text[at] === '"') {
        at++;
        for (;;) {
          const quote = text.indexOf('"', at);
          open = quote < 0;
          field += text.slice(at, open ? text.length : quote);
          at = open ? text.length : quote + 1;
          if (text[at] !== '"') break;
          field += '"';
          at++;
        }
        line += field.split('\n').length - 1;
      }
      // What stands behind a closing quote belongs to the field, too.
      const start = at;
      while (at < text.length && text[at] !== delimiter && text[at] !== '\n') at++;
      fields.push(field + text.slice(start, at).replace(/\r$/, ''));
      ends = text[at] !== delimiter;
      at++;
    }
    line++;
    if (open || fields.length > 1 || fields[0] !== '') rows.push({ fields, line: first, open });
  }
  return rows;
}
