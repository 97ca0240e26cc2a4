// The verbs of this program, one row each: the protocol, the worker and the command line read these rows.

import type { Access } from '../bus/bus.ts';
import { IOCTL_STORAGE_RELEASE, IOCTL_STORAGE_RESERVE } from '../bus/sdk/control-codes.ts';
import type { Outcome } from '../status/outcomes.ts';

/** What a verb sends, after identity and guards have been checked. */
export interface ChangeRow {
  /** The control code, and its name in ntddstor.h. */
  readonly code: number;
  readonly codeName: string;
  /** What the device is opened for. */
  readonly access: Access;
  /** The outcome when the device completed the request. */
  readonly done: Outcome;
  /** What is unknown about a device that has not answered. */
  readonly inDoubt: string;
  /** Whether the device is added to or deleted from `reserved` of the context: the devices that this process reserved. */
  readonly remembers: 'add' | 'delete';
  /** The cmdlet's name, for next steps. */
  readonly command: string;
}

interface VerbRow {
  /** What the command gives for each device. Null: nothing; the verb is then not a command of the command line. */
  readonly gives: 'result' | 'reservation' | 'disk' | 'record' | null;
  /** Whether the verb changes something. Such a verb can be planned and is confirmed. */
  readonly changes: boolean;
  /** The one request that change.ts sends for the verb. Null: the verb changes nothing, or takes several requests. */
  readonly change: ChangeRow | null;
}

export const verbRows = {
  release: { gives: 'result', changes: true, change: {
    code: IOCTL_STORAGE_RELEASE, codeName: 'IOCTL_STORAGE_RELEASE', access: 'read', done: 'Accepted',
    inDoubt: 'whether the device releases anything', remembers: 'delete', command: 'Invoke-StorageRelease',
  } },
  reserve: { gives: 'result', changes: true, change: {
    code: IOCTL_STORAGE_RESERVE, codeName: 'IOCTL_STORAGE_RESERVE', access: 'read', done: 'Reserved',
    inDoubt: 'whether the device is reserved now', remembers: 'add', command: 'Invoke-StorageReserve',
  } },
  clear: { gives: 'result', changes: true, change: null },
  status: { gives: 'reservation', changes: false, change: null },
  list: { gives: 'disk', changes: false, change: null },
  log: { gives: 'record', changes: false, change: null },
  rehearse: { gives: null, changes: false, change: null },
  ports: { gives: null, changes: false, change: null },
  cancel: { gives: null, changes: false, change: null },
  witness: { gives: null, changes: false, change: null },
} as const satisfies Readonly<Record<string, VerbRow>>;

type Rows = typeof verbRows;
export type Verb = keyof Rows;
export type ChangingVerb = { [V in Verb]: Rows[V]['changes'] extends true ? V : never }[Verb];
/** A verb that sends one request: change.ts runs it. */
export type RequestVerb = { [V in Verb]: Rows[V]['change'] extends null ? never : V }[Verb];
/** A verb that is also a command of the command line. */
export type CommandName = { [V in Verb]: Rows[V]['gives'] extends null ? never : V }[Verb];
export type Gives = Rows[CommandName]['gives'];

/** Whether a verb can change a reservation. */
export const isChanging = (verb: Verb): verb is ChangingVerb => verbRows[verb].changes;
export const isRequest = (verb: Verb): verb is RequestVerb => verbRows[verb].change !== null;

export const verbs = Object.keys(verbRows) as readonly Verb[];
export const changingVerbs = verbs.filter(isChanging);
export const requestVerbs = verbs.filter(isRequest);
export const commandNames = verbs.filter((verb): verb is CommandName => verbRows[verb].gives !== null);

/** Whether a command takes the names of disks. */
export const takesDisks = (command: CommandName): boolean =>
  verbRows[command].gives === 'result' || verbRows[command].gives === 'reservation';
