// The protocol between the PowerShell module (parent) and the worker (child, `storage-release serve`).
//
// - Anonymous pipes, one message per line, LF at the end, ASCII only. The parent writes requests to stdin; the worker
//   answers on stdout, to which only one writer writes. stderr is for humans; the parent always drains it.
// - The worker speaks first: a `hello` with name, version, protocol, build and process id. A parent that reads
//   anything else, or another protocol or build than its own, sends nothing and says so.
// - A request is form-encoded: `id=7&verb=release&path=%5C%5C.%5CPhysicalDrive3&timeout=30`. An unknown or repeated key
//   is an error.
// - A reply is one CLIXML document of at most 64 KiB: its items are id, kind and payload (see `reply`).
// - What the user confirmed is what is sent: a `plan` reply has the properties of a result and `Shown`, a digest of the
//   device's identity (null where no device was opened). The request that follows the question has it as `shown`, and is
//   sent only if the opened device has the same digest. For `clear` a second digest, of the keys and the reservation,
//   follows the first.
// - `devices` names the kinds of devices that are listed, or searched by their identity. Without it a list has all
//   devices, and a search has only disks; neither opens a tape drive, a changer or a CD-ROM.
// - `brief`: a list comes as `disks`, texts with a row for each device (brief-list.ts), instead of as `disk`.
// - `log`, for a verb that changes something, names a file: each result is written there before it is a reply. Where the
//   log cannot be written, the answer is a `result` that says so, and nothing is sent to the disk.
// - `ports` is answered by `done` with the names of this host's initiator ports, where the bus knows them (a rehearsal).
// - `clear` is answered by `cleared` or `clearplan`: a result or a plan with the further properties of clear.
// - Every request with a readable id gets exactly one final reply: `result`, `plan`, `cleared`, `clearplan`,
//   `reservation`, `done`, or `error`. Any number of `verbose`, `warning`, `registrant`, `disk`, `disks`, `ask`,
//   `holder`, `record` and `clearrecord` replies may come before it, and a `warning` may come after it (a late
//   completion). A line without a readable id is answered with `error` and id 0.
// - A request that the worker does not understand, or whose line is too long, is answered with `error` and the category
//   `InvalidArgument`: nothing was sent. After an `error` without a category, something may have been sent.
// - The worker never blocks on writing, so the parent may write without reading; the parent must not block on
//   writing while it does not read. Neither waits for end of file: an end of stdin means finish and go.
// - `bye` (id 0) is the worker's last line after a minute without work. The parent never sends a request twice, so it
//   first verifies, by a `cancel` of nothing, that a worker which has been idle for a while still runs.
// - The parent does not trust the worker to keep these rules. A violation (an id that is not open, a kind that does not
//   fit the verb, an answer that is late) ends the worker, and each open request ends with one row:
//   ps/private/worker/Receive-WorkerReply.ps1.

import { busTypeNamed } from '../bus/sdk/layouts.ts';
import type { Claim } from '../disk/claim.ts';
import { guards, type Guard } from '../disk/guards.ts';
import { type DeviceKind, deviceKinds } from '../status/devices.ts';
import { type Outcome, outcomes } from '../status/outcomes.ts';
import { readKey } from '../verbs/clear/own-key.ts';
import { type Method, methods } from '../verbs/clear/methods.ts';
import { type Verb, verbs } from '../verbs/verb-rows.ts';
import { type LogFields, place } from './log-verb.ts';
import type { WitnessFields } from './holder-verbs.ts';
import { reply } from './reply.ts';

/** Longest request line in bytes. A longer one is skipped and answered with one error. */
export const longestLine = 64 * 1024;

export interface WireRequest {
  readonly id: number;
  readonly verb: Verb;
  /** The pipeline: its requests share a throttle, and are cancelled together. */
  readonly group: number;
  readonly throttle: number;
  readonly timeoutMs: number;
  readonly verbose: boolean;
  /** For a verb that changes something: reads and decides, changes nothing, and is answered by `plan`. */
  readonly plan: boolean;
  readonly allow: ReadonlySet<Guard>;
  readonly claim: Claim;
  /** `release`, `reserve`: read the reservation before and after. */
  readonly verify: boolean;
  /** `release`, `reserve`: how long a device that is in use, not ready or busy is tried again. */
  readonly retryMs: number;
  /** For `clear` only: see Wish in verbs/clear/rules.ts. */
  readonly method: Method | null;
  readonly holderKey: bigint | null;
  readonly ownKey: bigint | null;
  readonly abort: boolean;
  /** `status`: read each registrant, too. */
  readonly detailed: boolean;
  /** `list`: the short list of brief-list.ts. */
  readonly brief: boolean;
  /** `rehearse`: the rehearsal file and the initiator to play; `log`: the log. */
  readonly file: string | null;
  readonly initiator: string | null;
  /** The log to which each result is written before it is sent; null: none. */
  readonly log: string | null;
  /** `log`: see log-verb.ts. */
  readonly logged: LogFields;
  /** `witness`: see holder-verbs.ts. */
  readonly witness: WitnessFields;
}

/** A line that is not a valid request. `id` is 0 where it could not be read. */
export class ProtocolError extends Error {
  override name = 'ProtocolError';
  readonly id: number;
  constructor(id: number, message: string) {
    super(message);
    this.id = id;
  }
}

/** What [uri]::EscapeDataString does not escape on .NET Framework and .NET, and the separators. No `+`: it means a space. */
const alphabet = /^[A-Za-z0-9._~!*'()%&=-]*$/;
const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/;

const integer = (lowest: number, highest: number) => (text: string) => {
  const value = Number(text);
  return /^[0-9]{1,10}$/.test(text) && value >= lowest && value <= highest ? value : undefined;
};
/** A text that is not blank and has at most so many characters. The module refuses longer ones first (ps/private). */
const text = (longest: number) => ({
  read: (value: string) => (value !== '' && value.length <= longest && !controlCharacter.test(value) ? value : undefined),
  must: `text without control characters, of 1 to ${longest} characters`,
});
const flag = (value: string) => (value === '1' ? true : value === '0' ? false : undefined);
const digest = (value: string) => (/^(?:[0-9a-f]{64}){1,2}$/.test(value) ? value : undefined);
const steps = ['begin', 'rows', 'end'] as const;
/** Rows of fields, separated by LF and TAB; no other control character. */
const table = (value: string) => (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(value) ? undefined : value);

/** Names, separated by commas. PowerShell passes them as typed: in any case, possibly repeated. */
const someOf = <T extends string>(all: readonly T[]) => (value: string): readonly T[] | undefined => {
  const names = new Set(value.toLowerCase().split(','));
  const known = all.filter((name) => names.has(name.toLowerCase()));
  return known.length === names.size ? known : undefined;
};
const key = { read: (value: string) => readKey(value) ?? undefined, must: '0x and up to 16 hexadecimal digits, not 0' };
const guardNames = guards.map((row) => row.name);

const outcomeNames = outcomes.map(({ name }) => name);
const milliseconds = {
  read: (value: string) => (/^[0-9]{1,15}$/.test(value) ? Number(value) : undefined), must: 'milliseconds since 1970',
};

/** Every key that a request may have, and how its value is read and checked. */
export const fields = {
  id: { read: integer(1, 2 ** 31 - 1), must: 'a whole number from 1' },
  verb: { read: (value: string) => verbs.find((verb) => verb === value), must: `one of ${verbs.join(', ')}` },
  group: { read: integer(0, 2 ** 31 - 1), must: 'a whole number' },
  throttle: { read: integer(1, 1024), must: 'a whole number from 1 to 1024' },
  timeout: { read: integer(1, 86_400), must: 'seconds from 1 to 86400' },
  verbose: { read: flag, must: '0 or 1' },
  plan: { read: flag, must: '0 or 1' },
  verify: { read: flag, must: '0 or 1' },
  retry: { read: integer(1, 86_400), must: 'seconds from 1 to 86400' },
  detailed: { read: flag, must: '0 or 1' },
  brief: { read: flag, must: '0 or 1' },
  allow: { read: someOf<Guard>(guardNames), must: `names out of ${guardNames.join(', ')}, with commas` },
  method: { read: (value: string) => methods.find((method) => method.toLowerCase() === value.toLowerCase()),
    must: `one of ${methods.join(', ')}` },
  holderKey: key,
  ownKey: key,
  abort: { read: flag, must: '0 or 1' },
  devices: { read: someOf<DeviceKind>(deviceKinds), must: `names out of ${deviceKinds.join(', ')}, with commas` },
  path: text(512),
  number: { read: integer(0, 2 ** 32 - 2), must: 'a disk number' },
  uniqueId: text(1024),
  serialNumber: text(1024),
  friendlyName: text(4096),
  interfacePath: text(512),
  busType: text(64),
  boot: { read: flag, must: '0 or 1' },
  system: { read: flag, must: '0 or 1' },
  clustered: { read: flag, must: '0 or 1' },
  multipath: { read: flag, must: '0 or 1' },
  shown: { read: digest, must: '64 or 128 lower-case hexadecimal digits' },
  file: text(4096),
  initiator: text(4096),
  log: text(4096),
  outcomes: { read: someOf<Outcome>(outcomeNames), must: `names out of ${outcomeNames.join(', ')}, with commas` },
  after: milliseconds,
  before: milliseconds,
  last: { read: integer(1, 100_000), must: 'a whole number from 1 to 100000' },
  at: { read: place, must: 'the place that a page of a log ended at' },
  step: { read: (value: string) => steps.find((step) => step === value), must: `one of ${steps.join(', ')}` },
  search: { read: integer(1, 2 ** 31 - 1), must: 'a whole number from 1' },
  rows: { read: table, must: 'rows of text with tabs between their fields' },
  window: { read: integer(1, 3_600_000), must: 'milliseconds up to an hour' },
  epoch: milliseconds,
} as const;

type Field = keyof typeof fields;
type Values = { [K in Field]?: NonNullable<ReturnType<(typeof fields)[K]['read']>> };

/** The id of a line; 0 where it cannot be read. Digits, not percent-encoded. */
function idIn(line: string): number {
  const id = Number(/(?:^|&)id=([0-9]{1,10})(?:&|$)/.exec(line)?.[1] ?? 0);
  return id <= 2 ** 31 - 1 ? id : 0;
}

/** The error for a line that is too long; `head` is its beginning. */
export const tooLong = (head: string): ProtocolError =>
  // The last field of `head` may be cut.
  new ProtocolError(idIn(head.slice(0, head.lastIndexOf('&') + 1)), `longer than ${longestLine} bytes`);

/** The message for a line that is not a valid request. */
export const notUnderstood = ({ id, message }: ProtocolError): string =>
  reply(id, 'error', { S: `Request not understood: ${message}.` }, { S: 'InvalidArgument' });

/** @throws ProtocolError, with the id where it can be read, so that the request still gets its one answer */
export function parseRequest(line: string): WireRequest {
  const id = idIn(line);
  const wrong = (message: string) => new ProtocolError(id, message);
  if (!alphabet.test(line)) throw wrong('the line has a character that no request has');
  const values: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const pair of line.split('&')) {
    const equals = pair.indexOf('=');
    const key = equals < 0 ? pair : pair.slice(0, equals);
    if (!Object.hasOwn(fields, key)) throw wrong(`unknown key ${JSON.stringify(key.slice(0, 40))}`);
    if (key in values) throw wrong(`${key} is there twice`);
    const field = fields[key as Field];
    let decoded: string;
    try {
      decoded = decodeURIComponent(pair.slice(equals + 1));
    } catch {
      throw wrong(`the value of ${key} is no percent-encoded UTF-8`);
    }
    const value = equals < 0 ? undefined : field.read(decoded);
    if (value === undefined) throw wrong(`${key} must be ${field.must}`);
    values[key] = value;
  }
  const v = values as Values;
  // The id is read first, so that an error about anything else has it.
  if (v.id === undefined || v.id !== id) throw new ProtocolError(0, 'the line has no id');
  if (v.verb === undefined) throw wrong('the line has no verb');
  if (v.verb === 'clear' && v.method === undefined) throw wrong('clear has no method');
  return {
    id: v.id,
    verb: v.verb,
    group: v.group ?? 0,
    throttle: v.throttle ?? 32,
    timeoutMs: (v.timeout ?? 30) * 1000,
    verbose: v.verbose ?? false,
    plan: v.plan ?? false,
    verify: v.verify ?? false,
    retryMs: (v.retry ?? 0) * 1000,
    method: v.method ?? null,
    holderKey: v.holderKey ?? null,
    ownKey: v.ownKey ?? null,
    abort: v.abort ?? false,
    detailed: v.detailed ?? false,
    brief: v.brief ?? false,
    allow: new Set(v.allow),
    claim: {
      path: v.path ?? null,
      number: v.number ?? null,
      uniqueId: v.uniqueId ?? null,
      serialNumber: v.serialNumber ?? null,
      friendlyName: v.friendlyName ?? null,
      interfacePath: v.interfacePath ?? null,
      busType: busTypeNamed(v.busType ?? ''),
      boot: v.boot ?? null,
      system: v.system ?? null,
      clustered: v.clustered ?? null,
      multipath: v.multipath ?? null,
      devices: v.devices ?? null,
      shown: v.shown ?? null,
    },
    file: v.file ?? null,
    initiator: v.initiator ?? null,
    log: v.log ?? null,
    logged: {
      outcomes: v.outcomes ?? [], after: v.after ?? null, before: v.before ?? null, last: v.last ?? null, at: v.at ?? null,
    },
    witness: {
      step: v.step ?? null, search: v.search ?? 0, rows: v.rows ?? '', windowMs: v.window ?? 15_000, epoch: v.epoch ?? 0,
    },
  };
}
