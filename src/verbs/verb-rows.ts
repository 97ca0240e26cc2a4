// What can be asked of this program, a row for each verb: the protocol, the worker and the command line read it.

import type { Access } from '../bus/bus.ts';
import { IOCTL_STORAGE_RELEASE, IOCTL_STORAGE_RESERVE } from '../bus/sdk/control-codes.ts';
import type { Outcome } from '../status/outcomes.ts';

/** What a verb sends, once the device is the one that is meant, and may be touched. */
export interface ChangeRow {
  /** The control code, and its name in ntddstor.h. */
  readonly code: number;
  readonly codeName: string;
  /** What the device is opened for. */
  readonly access: Access;
  /** The outcome when the device did it. */
  readonly done: Outcome;
  /** What is unknown of a device that has not answered. */
  readonly inDoubt: string;
  /** What becomes of the device among those that this process reserved (`reserved` of the context). */
  readonly remembers: 'add' | 'delete';
  /** The cmdlet, for lines that a next step tells to type. */
  readonly command: string;
}

interface VerbRow {
  /** What comes out for each device; null: nothing, and it is no command of the command line. */
  readonly gives: 'result' | 'reservation' | 'disk' | 'record' | null;
  /** Whether it changes something: then it can be planned, and is confirmed. */
  readonly changes: boolean;
  /** The request that it is, for change.ts; null: it changes nothing, or has a course of its own. */
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
/** A verb that is one request: change.ts does it. */
export type RequestVerb = { [V in Verb]: Rows[V]['change'] extends null ? never : V }[Verb];
/** A verb that the command line has, too. */
export type CommandName = { [V in Verb]: Rows[V]['gives'] extends null ? never : V }[Verb];
/** What commands give. */
export type Gives = Rows[CommandName]['gives'];

/** Whether a verb is one that sends something which changes a reservation. */
export const isChanging = (verb: Verb): verb is ChangingVerb => verbRows[verb].changes;
export const isRequest = (verb: Verb): verb is RequestVerb => verbRows[verb].change !== null;

export const verbs = Object.keys(verbRows) as readonly Verb[];
export const changingVerbs = verbs.filter(isChanging);
export const requestVerbs = verbs.filter(isRequest);
export const commandNames = verbs.filter((verb): verb is CommandName => verbRows[verb].gives !== null);

/** Whether a command is about disks that are named. */
export const takesDisks = (command: CommandName): boolean =>
  verbRows[command].gives === 'result' || verbRows[command].gives === 'reservation';
