// What Microsoft's class driver did, as tables: classpnp-truth.tsv, classpnp-pr-rows.tsv and
// classpnp-sense-classes.tsv. Each says at its head how it came about.

import { readFileSync } from 'node:fs';
import { type PortAnswer, srbStatusRows } from '../../src/bus/rehearsal/sense-to-status.ts';

/** One request, and what became of it. */
export interface Row {
  readonly id: string;
  readonly options: readonly string[];
  /** Control code. */
  readonly code: number;
  readonly input: Uint8Array | null;
  readonly outputLength: number;
  /** What the port driver answers, the last for ever. */
  readonly answers: readonly PortAnswer[];
  /** Commands, in hexadecimal digits, with the length of the data that goes along: `5f00...+24`. */
  readonly sent: readonly string[];
  /** Milliseconds between them. */
  readonly waits: readonly number[];
  readonly status: number;
  /** Null where it was not written down; also the output. */
  readonly information: number | null;
  /** Of RtlNtStatusToDosError, signed as all results have it. */
  readonly win32: number;
  readonly output: string | null;
  /** `START UNIT` and `bus reset`, in order. */
  readonly also: readonly string[];
}

/** The lines of a table below its head, and below the names of the columns. */
export function linesOf(file: string): readonly (readonly string[])[] {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8');
  return text.trimEnd().split('\n').filter((line) => !line.startsWith('#')).slice(1)
    .map((line) => line.split('\t'));
}

/** `a*2;b` is a, a, b; `-` is nothing. */
function listOf(text: string, separator: string): readonly string[] {
  if (text === '-') return [];
  return text.split(separator).flatMap((each) => {
    const [, one, times] = /^(.*?)(?:\*(\d+))?$/.exec(each) as unknown as [string, string, string?];
    return Array<string>(Number(times ?? 1)).fill(one);
  });
}

const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
const none = new Uint8Array(0);

const senseIsValid = 0x80;
/** Of an SRB status byte: the status without the two bits that go along. */
const srbStatus = 0x3f;

function answerOf(text: string): PortAnswer {
  const [srb, status, sense, systemStatus, data] = text.split(',') as [string, string, string, string, string];
  const byte = Number.parseInt(srb, 16);
  const row = srbStatusRows.find(({ value }) => value === (byte & srbStatus));
  if (row === undefined) throw new Error(`${srb} is no SRB status`);
  return {
    srb: row.name,
    scsi: {
      status: Number.parseInt(status, 16),
      sense: (byte & senseIsValid) !== 0 ? bytesOf(sense) : null,
      data: data === '-' ? none : bytesOf(data),
    },
    systemStatus: Number.parseInt(systemStatus, 16),
  };
}

function inputOf(text: string): Uint8Array | null {
  if (text === '-') return null;
  const [, digits, times] = /^([0-9a-f]*)(?:\*(\d+))?$/.exec(text) as unknown as [string, string, string?];
  return bytesOf(digits.repeat(Number(times ?? 1)));
}

function rowsOf(file: string): readonly Row[] {
  return linesOf(file).map((line) => {
    const [id, options, code, input, outputLength, answers, sent] =
      line as unknown as [string, string, string, string, string, string, string];
    const [waits, status, information, win32, output, also] =
      line.slice(7) as unknown as [string, string, string, string, string, string];
    return {
      id,
      options: options === '-' ? [] : options.split(','),
      code: Number.parseInt(code, 16),
      input: inputOf(input),
      outputLength: Number(outputLength),
      answers: listOf(answers, ';').map(answerOf),
      sent: listOf(sent, ' '),
      waits: listOf(waits, ' ').map(Number),
      status: Number.parseInt(status, 16),
      information: information === '-' ? null : Number(information),
      win32: Number(win32) | 0,
      output: output === '-' ? null : output,
      also: listOf(also, ';'),
    };
  });
}

export const truthRows = rowsOf('classpnp-truth.tsv');
export const persistentReserveRows = rowsOf('classpnp-pr-rows.tsv');

/** Sense data that is answered to every command: what becomes of CHECK_VERIFY and RELEASE. */
export interface SenseClass {
  readonly key: number;
  /** ASC * 256 + ASCQ, first and last. */
  readonly from: number;
  readonly to: number;
  readonly name: string;
  readonly win32: number;
  readonly checkVerify: Ending;
  readonly release: Ending;
}

export interface Ending {
  readonly status: number;
  readonly sends: number;
  readonly ms: number;
}

export const senseClasses: readonly SenseClass[] = linesOf('classpnp-sense-classes.tsv').map((line) => {
  const [key, from, to, sends, ms, status, name, win32, releaseSends, releaseMs, releaseStatus] =
    line as unknown as [string, string, string, string, string, string, string, string, string, string, string];
  const hex = (text: string) => Number.parseInt(text, 16);
  return {
    key: hex(key), from: hex(from), to: hex(to), name, win32: Number(win32) | 0,
    checkVerify: { status: hex(status), sends: Number(sends), ms: Number(ms) },
    release: { status: hex(releaseStatus), sends: Number(releaseSends), ms: Number(releaseMs) },
  };
});
