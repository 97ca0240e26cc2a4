// The language of the rows: one line a step, "A register 0 1: GOOD" = initiator A sends PERSISTENT RESERVE OUT,
// REGISTER, with the old key 0 and the new key 1, and is answered GOOD. Numbers are hex.

import { decodeKeys, decodeReservation, encodePrOut } from '../../src/scsi/persistent-reservations.ts';
import { decodeSense } from '../../src/scsi/sense.ts';
import type { Answer } from './target.d.mts';

export interface Command {
  readonly cdb: readonly number[];
  readonly out?: Uint8Array;
  readonly inLength?: number;
  /** What the answer's data say. Without it they are not compared. */
  readonly read?: (data: Uint8Array) => string;
}

export interface Step {
  readonly by: string;
  /** Without one, the step is about the nexus, or a task management function: see `nexusVerbs`. */
  readonly command: Command | null;
  readonly verb: string;
  /** The step as it is written, without the answer. */
  readonly text: string;
  readonly answer: string;
}

const hex = (data: Uint8Array) => Buffer.from(data).toString('hex');

function readKeys(data: Uint8Array): string {
  const { generation, keys, truncated } = decodeKeys(data);
  const list = keys.map((key) => key.toString(16)).join(',');
  return `g${generation} ${list || 'none'}${truncated ? ' and more' : ''}`;
}

function readReservation(data: Uint8Array): string {
  const { generation, reservation } = decodeReservation(data);
  if (reservation === null) return `g${generation} none`;
  const { key, scope, type } = reservation;
  return `g${generation} ${key.toString(16)}:${(scope << 4 | type).toString(16)}`;
}

const senseOf = ({ key, code }: { key: number; code: number }) =>
  `${key.toString(16)}/${code.toString(16).padStart(4, '0')}`;

const six = (...head: number[]): number[] => [...head, 0, 0, 0, 0, 0, 0].slice(0, 6);
const ten = (opcode: number, second: number, third: number, length: number): number[] =>
  [opcode, second, third, 0, 0, length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255, 0];

const persistentIn = (action: number, room: string, read: (data: Uint8Array) => string): Command => {
  const inLength = Number.parseInt(room, 16);
  return { cdb: ten(0x5e, action, 0, inLength), inLength, read };
};

/** Which service action, and which of the words that follow are reservation key, service action key and type. */
const persistentOut: Readonly<Record<string, { action: number; key?: number; other?: number; type?: number }>> = {
  register: { action: 0, key: 0, other: 1 },
  reserve: { action: 1, key: 0, type: 1 },
  release: { action: 2, key: 0, type: 1 },
  clear: { action: 3, key: 0 },
  preempt: { action: 4, key: 0, other: 1, type: 2 },
  abort: { action: 5, key: 0, other: 1, type: 2 },
  ignore: { action: 6, key: 0, other: 1 },
  move: { action: 7, key: 0, other: 1 },
  // REGISTER with a flag of its parameter list, byte 20, or with a list of another length.
  aptpl: { action: 0, key: 0, other: 1 },
  alltargets: { action: 0, key: 0, other: 1 },
  short: { action: 0, key: 0, other: 1 },
};
const flags: Readonly<Record<string, number>> = { aptpl: 1, alltargets: 4 };

const commands: Readonly<Record<string, (words: readonly string[]) => Command>> = {
  tur: () => ({ cdb: six(0x00) }),
  sense: () => ({ cdb: six(0x03, 0, 0, 0, 18), inLength: 18,
    read: (data) => senseOf(decodeSense(data) ?? { key: 0xf, code: 0xffff }) }),
  read: () => ({ cdb: ten(0x28, 0, 0, 1), inLength: 512 }),
  write: () => ({ cdb: ten(0x2a, 0, 0, 1), out: new Uint8Array(512) }),
  reserve6: () => ({ cdb: six(0x16) }),
  release6: () => ({ cdb: six(0x17) }),
  reserve10: () => ({ cdb: ten(0x56, 0, 0, 0) }),
  release10: () => ({ cdb: ten(0x57, 0, 0, 0) }),
  opcode: ([value = '']) => ({ cdb: ten(Number.parseInt(value, 16), 0, 0, 0) }),
  keys: ([room = '400']) => persistentIn(0, room, readKeys),
  held: ([room]) => persistentIn(1, room ?? '400', room === undefined ? readReservation : hex),
  capabilities: ([room = '400']) => persistentIn(2, room, hex),
  status: ([room = '400']) => persistentIn(3, room, hex),
  in: ([action = '']) => persistentIn(Number.parseInt(action, 16), '400', hex),
  out: ([action = '']) => ({ cdb: ten(0x5f, Number.parseInt(action, 16), 0, 24), out: new Uint8Array(24) }),
};

function outCommand(verb: string, words: readonly string[]): Command {
  const { action, key, other, type } = persistentOut[verb] as (typeof persistentOut)[string];
  const number = (at: number | undefined) => BigInt(at === undefined ? 0 : `0x${words[at]}`);
  const list = encodePrOut({ reservationKey: number(key), serviceActionKey: number(other) });
  // A word more is the flags of the list.
  const count = [key, other, type].filter((at) => at !== undefined).length;
  list[20] = flags[verb] ?? Number.parseInt(words[count] ?? '0', 16);
  const out = verb === 'short' ? list.subarray(0, 20) : list;
  return { cdb: ten(0x5f, action, Number(number(type)), out.length), out };
}

const nexusVerbs: ReadonlySet<string> = new Set(['reset', 'warmreset', 'coldreset', 'logout', 'login']);

export function parseStep(line: string): Step {
  const [, text = '', answer = ''] = /^(.*?): (.*)$/.exec(line) ?? [];
  const [by = '', verb = '', ...words] = text.split(' ');
  let command: Command | null;
  if (verb in persistentOut) command = outCommand(verb, words);
  else if (verb in commands) command = commands[verb]?.(words) ?? null;
  else if (nexusVerbs.has(verb)) command = null;
  else throw new Error(`"${line}" is no step`);
  return { by, verb, command, text, answer };
}

/** The steps of a row. */
export const stepsOf = (text: string): Step[] => text.split(';').map((line) => parseStep(line.trim()));

/** GOOD with what the data say, CONFLICT, or key/code of the sense data. */
export function wordOf({ status, sense, data }: Answer, { read }: Command): string {
  if (status === 0x00) return read === undefined ? 'GOOD' : `GOOD ${read(data)}`;
  if (status === 0x18) return 'CONFLICT';
  return sense === null ? `status ${status.toString(16)}` : senseOf(sense);
}
