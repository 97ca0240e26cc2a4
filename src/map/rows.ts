// The input of a map: results as JSON (of --output json and ConvertTo-Json) or CLIXML (of --output clixml and
// Export-Clixml). Text in, rows out.

import { cleanText } from '../text.ts';
import { ClixmlProblem, isClixml, lineAt, readClixml } from './read-clixml.ts';

/** A text from which no map can be drawn. The message follows the name of the text: "has no results". */
export class MapProblem extends Error {
  override name = 'MapProblem';
}

/** A result of Find-StorageReservationHolder. */
export interface HolderRow {
  readonly name: string | null;
  readonly uniqueId: string | null;
  readonly serialNumber: string | null;
  readonly state: string;
  /** Several, where each registrant holds it. */
  readonly holders: readonly string[];
  readonly holderKey: string | null;
  readonly type: string | null;
  readonly registrants: readonly string[];
  readonly seenBy: readonly string[];
  readonly blockedOn: readonly string[];
  readonly notAsked: readonly SilentHost[];
  readonly evidence: readonly string[];
  /** Milliseconds since 1970, like all times here. */
  readonly heldAt: number | null;
  readonly message: string | null;
  readonly nextStep: string | null;
}

/** A result of Get-StorageReservation: the answers to one host. */
export interface ReadingRow {
  readonly host: string;
  readonly number: number | null;
  readonly name: string | null;
  readonly uniqueId: string | null;
  readonly serialNumber: string | null;
  readonly state: string;
  readonly blocked: boolean | null;
  readonly evidence: string | null;
  readonly keys: string | null;
  readonly holderKey: string | null;
  readonly type: string | null;
  readonly registrants: readonly string[];
  /** Null: as `Read`. */
  readonly outcome: string | null;
  readonly at: number | null;
  readonly message: string | null;
  readonly nextStep: string | null;
}

export interface SilentHost {
  readonly host: string;
  readonly why: string;
}

export interface MapRows {
  readonly holders: readonly HolderRow[];
  readonly readings: readonly ReadingRow[];
  /** Hosts of readings that could not be asked, or did not finish. */
  readonly silent: readonly SilentHost[];
  /** Number of objects that are not drawn: of other kinds, or without a disk. */
  readonly others: number;
}

type Json = { readonly [member: string]: unknown };

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * An array, one object, a document of --output json, or several of these one after the other; or documents of CLIXML.
 *
 * @throws MapProblem
 */
export function readMapRows(text: string): MapRows {
  if (text.trim() === '') throw new MapProblem('is empty');
  const rows: Rows = { holders: [], readings: [], silent: [], others: 0 };
  for (const value of documents(text)) {
    for (const each of listed(value)) addRow(rows, each);
  }
  if (rows.holders.length + rows.readings.length + rows.silent.length === 0) {
    throw new MapProblem('has no results of Find-StorageReservationHolder or Get-StorageReservation');
  }
  return rows;
}

function documents(text: string): unknown[] {
  if (isClixml(text)) {
    try {
      return readClixml(text);
    } catch (error) {
      if (error instanceof ClixmlProblem) throw new MapProblem(error.message);
      throw error;
    }
  }
  try {
    return [JSON.parse(text.replace(/^\uFEFF/, ''))];
  } catch {
    return jsonDocuments(text);
  }
}

/** Strings and brackets. Between documents there may be white space and byte-order marks, because each may have one. */
const jsonToken = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]]/gsy;
const jsonBetween = /[\s\uFEFF]*/y;
const jsonOther = /[^"{}[\]]+/y;

/** JSON documents one after the other, however their lines are broken. */
function jsonDocuments(text: string): unknown[] {
  const found: unknown[] = [];
  const skip = (what: RegExp, from: number): number => {
    what.lastIndex = from;
    return what.test(text) ? what.lastIndex : from;
  };
  for (let from = skip(jsonBetween, 0); from < text.length;) {
    let depth = 0;
    let to = from;
    do {
      if (text[to] === '{' || text[to] === '[') depth++;
      else if (text[to] === '}' || text[to] === ']') depth--;
      const end = skip(jsonToken, to);
      // A quotation mark without a closing one: up to the end.
      to = end > to ? end : text[to] === '"' ? text.length : skip(depth === 0 ? /[^\s\uFEFF"{}[\]]+/y : jsonOther, to);
    } while (depth > 0 && to < text.length);
    const document = text.slice(from, to);
    try {
      found.push(JSON.parse(document));
    } catch (error) {
      throw notJson(text, from, error);
    }
    from = skip(jsonBetween, to);
  }
  return found;
}

/** A token of JSON, in a valid place or not. */
const jsonPiece = /[ \t\r\n]+|"(?:[^"\\\p{Cc}]|\\.)*"|-?[\d.eE+-]+|true|false|null|[{}[\],:]/yu;

/** Finds the line of the error: the engine tells the position only for some errors. */
function notJson(text: string, from: number, error: unknown): MapProblem {
  const why = error instanceof Error ? error.message : String(error);
  const [, told] = / at position (\d+)/.exec(why) ?? [];
  let at = from + Number(told ?? 0);
  if (told === undefined) {
    jsonPiece.lastIndex = at;
    while (jsonPiece.test(text)) at = jsonPiece.lastIndex;
  }
  const line = lineAt(text, at);
  return new MapProblem(`is not JSON at line ${line}: ${why.replace(/(?: in JSON)? at position .*$|, (?:\.\.\.)?".*$/s, '')}`);
}

/** Windows PowerShell writes an array with members of its own as { value, Count }. */
function listed(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap((each) => (Array.isArray(each) ? listed(each) : [each]));
  if (!isObject(value)) return [value];
  if (typeof value['schema'] === 'string' && value['schema'].startsWith('storage-release/')) {
    return Array.isArray(value['results']) ? value['results'] : [];
  }
  if (Array.isArray(value['value']) && 'Count' in value) return listed(value['value']);
  return [value];
}

type Rows = { readonly holders: HolderRow[]; readonly readings: ReadingRow[]; readonly silent: SilentHost[]; others: number };

function addRow(rows: Rows, value: unknown): void {
  const state = isObject(value) ? textOf(value['State']) : null;
  if (!isObject(value) || state === null) {
    // A registrant is told by the row of its disk.
    rows.others++;
  } else if ('SeenBy' in value) {
    rows.holders.push(holderRow(value, state));
  } else if (textOf(value['ComputerName']) !== null && ('Evidence' in value || 'Blocked' in value)) {
    addReading(rows, readingRow(value, state), textOf(value['DevicePath']) === null);
  } else {
    rows.others++;
  }
}

/** The row of a computer that was not reached or did not finish tells nothing about a disk, even if it names one. */
function addReading(rows: Rows, row: ReadingRow, noDevice: boolean): void {
  const { host, uniqueId, serialNumber, name, outcome, message } = row;
  const isRead = outcome === null || outcome === 'Read';
  const isSilent = noDevice && name === null && (outcome === 'Failed' || outcome === 'TimedOut');
  if (isSilent) rows.silent.push({ host, why: message ?? '' });
  if (uniqueId !== null || serialNumber !== null) rows.readings.push(row);
  // No such device exists, or the argument does not name one.
  else if (!isRead && name === null && (outcome === 'NotFound' || outcome === 'Refused')) rows.others++;
  else if (!isSilent) rows.readings.push(row);
}

const holderRow = (value: Json, state: string): HolderRow => ({
  name: textOf(value['FriendlyName']),
  uniqueId: textOf(value['UniqueId']),
  serialNumber: textOf(value['SerialNumber']),
  state,
  holders: namesIn(value['Holder']).flatMap((name) => name.split(' or ')),
  holderKey: textOf(value['HolderKey']),
  type: textOf(value['Type']),
  registrants: linesIn(value['Registrants']),
  seenBy: namesIn(value['SeenBy']),
  blockedOn: namesIn(value['BlockedOn']),
  notAsked: failuresIn(value['NotAsked']),
  evidence: (textOf(value['Evidence']) ?? '').split('; ').filter((line) => line !== ''),
  heldAt: timeOf(value['HeldAt']),
  message: textOf(value['Message']),
  nextStep: textOf(value['NextStep']),
});

const readingRow = (value: Json, state: string): ReadingRow => ({
  host: textOf(value['ComputerName'])!,
  number: numberOf(value['Number']),
  name: textOf(value['FriendlyName']),
  uniqueId: textOf(value['UniqueId']),
  serialNumber: textOf(value['SerialNumber']),
  state,
  blocked: flagOf(value['Blocked']),
  evidence: textOf(value['Evidence']),
  keys: textOf(value['Keys']),
  holderKey: textOf(value['HolderKey']),
  type: textOf(value['Type']),
  registrants: linesIn(value['Registrants']),
  outcome: textOf(value['Outcome']),
  at: timeOf(value['StartedAt']),
  message: textOf(value['Message']),
  nextStep: textOf(value['NextStep']),
});

const textOf = (value: unknown): string | null =>
  (typeof value === 'string' ? cleanText(value) : typeof value === 'number' ? String(value) : null);

function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

const flagOf = (value: unknown): boolean | null =>
  (typeof value === 'boolean' ? value : typeof value !== 'string' ? null
    : /^true$/i.test(value) ? true : /^false$/i.test(value) ? false : null);

/** ISO 8601, or as Windows PowerShell writes it: /Date(MILLISECONDS)/, in an object where it was piped. */
function timeOf(value: unknown): number | null {
  const text = isObject(value) ? value['value'] : value;
  if (typeof text !== 'string') return null;
  const old = /^\/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\/$/.exec(text);
  const at = old === null ? (/^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(text) : Number.NaN) : Number(old[1]);
  return Math.abs(at) <= 8.64e15 ? at : null;
}

/** Whether a text stands for the rest of a list that was cut. */
const isRest = (text: string): boolean => /^and \d+ more$/.test(text);

const namesIn = (value: unknown): string[] =>
  (textOf(value) ?? '').split(', ').filter((name) => name !== '' && !isRest(name));

const linesIn = (value: unknown): string[] =>
  (typeof value === 'string' ? value.split('\n').flatMap((line) => textOf(line) ?? []) : []);

/** NAME: WHY, or NAME (SESSION): WHY. A name may be an address, which has colons of its own. */
function failuresIn(value: unknown): SilentHost[] {
  const found: { host: string; why: string }[] = [];
  for (const part of (textOf(value) ?? '').split('; ')) {
    const [, host, why] = /^(\S+(?: \([^()]*\))?): (.*)$/s.exec(part) ?? [];
    const last = found.at(-1);
    if (host !== undefined && why !== undefined) found.push({ host, why });
    // A reason may have semicolons of its own.
    else if (last !== undefined && !isRest(part)) last.why += `; ${part}`;
  }
  return found;
}
