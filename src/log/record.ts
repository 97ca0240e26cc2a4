// A line of a log: a result as in `--output json`, with time, account, computer and executable; or, with a Kind, what is
// written down before it is sent: the key that clear registers for itself.
// docs/schema/log.schema.json describes it. A change that could break a reader gets another schema name.

import type { ClixmlObject, ClixmlValue } from '../clixml/clixml.ts';
import { jsonObject, jsonText } from '../clixml/json-text.ts';
import { cleanText } from '../text.ts';

export const logSchema = 'storage-release-log/1';

/** How every line begins. */
export const logBeginning = `{"Schema":"${logSchema}"`;

/** The origin of the results. */
export interface LogOrigin {
  readonly user: string;
  /** The computer that this runs on. */
  readonly computer: string;
  readonly processId: number;
  /** The command line, or `PowerShell`. */
  readonly commandLine: string;
  /** File of the rehearsal; null: real disks. */
  readonly rehearsal: string | null;
  readonly version: string;
}

/** A command line may name a thousand disks, and is repeated in a thousand lines. */
const longestCommandLine = 1024;

function shortened(text: string): string {
  const clean = cleanText(text) ?? '';
  return clean.length <= longestCommandLine ? clean : `${clean.slice(0, longestCommandLine - 3)}...`;
}

/** Without its newline; printable ASCII, so that no name of a device or user can begin a line. */
export function logLine(at: Date, command: string, origin: LogOrigin, item: ClixmlObject): string {
  return jsonText({
    Schema: logSchema,
    LoggedAt: at,
    Command: command,
    User: origin.user,
    RunOn: origin.computer,
    ProcessId: origin.processId,
    CommandLine: shortened(origin.commandLine),
    Rehearsal: origin.rehearsal,
    ExecutableVersion: origin.version,
    ...jsonObject(item),
  });
}

/** Kind of the line that is written before a key is sent: if the process ends, the key is known from it. */
const ownKeyKind = 'OwnKey';
/** The properties of the result that such a line has. */
const ownKeyNames: ReadonlySet<string> = new Set([
  'Number', 'DevicePath', 'FriendlyName', 'SerialNumber', 'UniqueId', 'BusType', 'IdentifiedBy', 'StartedAt', 'ComputerName', 'Bus',
  'NextStep', 'Method', 'HolderKey', 'OwnKey',
]);

/** The item for such a line, from the whole result. */
export const ownKeyItem = (item: ClixmlObject): ClixmlObject =>
  [['Kind', { S: ownKeyKind }], ...item.filter(([name]) => ownKeyNames.has(name))];

type Tag = 'S' | 'W' | 'U32' | 'I32' | 'U64' | 'Db' | 'B' | 'DT';

interface Field {
  readonly name: string;
  readonly tag: Tag;
  readonly required?: true;
}

const fields = (tag: Tag, ...names: readonly string[]): Field[] => names.map((name) => ({ name, tag }));
const needed = (tag: Tag, ...names: readonly string[]): Field[] =>
  names.map((name) => ({ name, tag, required: true }));

/** In the order of the results (a test compares). */
const resultFields: readonly Field[] = [
  ...fields('U32', 'Number'),
  ...fields('S', 'DevicePath', 'FriendlyName', 'SerialNumber', 'UniqueId', 'BusType', 'IdentifiedBy'),
  ...needed('W', 'Outcome'),
  ...fields('U32', 'NtStatus'), ...fields('S', 'NtStatusName'), ...fields('I32', 'Win32Error'),
  ...fields('U64', 'Information'), ...fields('S', 'ReservationBefore', 'ReservationAfter'),
  ...needed('U32', 'Attempts'), ...needed('Db', 'DurationMs'), ...needed('DT', 'StartedAt'), ...needed('S', 'ComputerName'), ...needed('W', 'Bus'),
  ...fields('S', 'ProvedBy'), ...needed('S', 'Message', 'NextStep'),
];
const clearFields: readonly Field[] = [
  ...needed('W', 'Method'), ...fields('S', 'HolderKey', 'Type'), ...fields('U32', 'KeyCount'),
  ...fields('S', 'Registrants', 'Removed'), ...fields('U32', 'KeysLeft', 'GenerationBefore', 'GenerationAfter'),
  ...fields('S', 'OwnKey'), ...fields('B', 'OwnKeyLeft', 'Undone'),
];
const originFields: readonly Field[] = [
  ...needed('DT', 'LoggedAt'), ...needed('W', 'Command'), ...fields('S', 'User', 'RunOn'),
  ...fields('U32', 'ProcessId'), ...fields('S', 'CommandLine', 'Rehearsal', 'ExecutableVersion'),
];

/** A line that was read. */
export interface LogRecord {
  readonly clears: boolean;
  /** The properties of the result, followed by those that the log added. */
  readonly item: ClixmlObject;
  /** The key that clear registered, together with the process that did; null: none. */
  readonly key: string | null;
  /** Written before that key was sent. It counts as a result only if no record with the same `key` follows. */
  readonly begins: boolean;
}

/** The record on a line; or, as a part of a sentence, why the line is not a record. */
export function readRecord(line: string): LogRecord | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'not JSON';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not a JSON object';
  const members = value as Readonly<Record<string, unknown>>;
  if (members['Schema'] !== logSchema) return `not of the schema ${logSchema}`;
  const clears = members['Command'] === 'clear';
  const kind = members['Kind'] ?? null;
  const begins = kind === ownKeyKind && clears;
  if (kind !== null && !begins) return 'of a kind that this version does not know';
  if (begins) Object.assign(members, unheard(members));
  const item: (readonly [string, ClixmlValue])[] = [];
  for (const field of [...resultFields, ...(clears ? clearFields : []), ...originFields]) {
    const { name, tag, required } = field;
    const own = Object.hasOwn(members, name) ? members[name] : null;
    const read = own === null || own === undefined ? null : typed[tag](own);
    if (read === undefined || (read === null && required === true)) return `without ${name} that can be read`;
    item.push([name, read]);
  }
  const own = clears ? item.find(([name]) => name === 'OwnKey')?.[1] ?? null : null;
  if (begins && own === null) return 'without OwnKey that can be read';
  const key = own === null ? null : JSON.stringify([members['RunOn'], members['ProcessId'], members['OwnKey']]);
  return { clears, item, key, begins };
}

/** The result of a run without any later line. */
const unheard = ({ OwnKey, ProcessId }: Readonly<Record<string, unknown>>) => ({
  Outcome: 'Failed', Attempts: 1, DurationMs: 0,
  Message: `The log has no result of this run (process ${String(ProcessId)}): it was ended before, or is still at work. It was about to `
    + `register the key ${String(OwnKey)}; whether that is registered now, is not known.`,
});

const whole = (lowest: number, highest: number) => (value: unknown): number | undefined =>
  (typeof value === 'number' && Number.isInteger(value) && value >= lowest && value <= highest ? value : undefined);
const u32 = whole(0, 2 ** 32 - 1);
const i32 = whole(-(2 ** 31), 2 ** 31 - 1);
const u53 = whole(0, Number.MAX_SAFE_INTEGER);
/** The form in which JSON.stringify writes a Date; the fraction is optional. */
const isoDate = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,7})?Z$/;

const as = <T>(value: T | undefined, make: (value: T) => ClixmlValue): ClixmlValue | undefined =>
  (value === undefined ? undefined : make(value));

/** Undefined for a value of another type. The file may have been edited by anybody who may write to it. */
const typed: Readonly<Record<Tag, (value: unknown) => ClixmlValue | undefined>> = {
  S: (value) => (typeof value === 'string' ? { S: value.split('\n').map((line) => cleanText(line) ?? '').join('\n') }
    : undefined),
  // One word: the module makes an error id of it.
  W: (value) => (typeof value === 'string' && /^[A-Za-z]{1,40}$/.test(value) ? { S: value } : undefined),
  U32: (value) => as(u32(value), (number) => ({ U32: number })),
  I32: (value) => as(i32(value), (number) => ({ I32: number })),
  U64: (value) => as(u53(value), (number) => ({ U64: BigInt(number) })),
  Db: (value) => (typeof value === 'number' ? { Db: value } : undefined),
  B: (value) => (typeof value === 'boolean' ? { B: value } : undefined),
  DT: (value) => (typeof value === 'string' && isoDate.test(value) && !Number.isNaN(Date.parse(value))
    ? { DT: new Date(value) } : undefined),
};
