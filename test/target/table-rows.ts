// The scenarios of test/unit/pr-target-table.tsv: three initiators, and a second session of one of them, drive two
// real targets with PERSISTENT RESERVE OUT, RESERVE(6) and resets. Every line is a step with what tgt and what LIO
// answered to it.

import { readFileSync } from 'node:fs';
import type { TargetKind } from '../../src/bus/rehearsal/target-rows.ts';
import { decodeFullStatus } from '../../src/scsi/full-status.ts';
import { decodeKeys, decodeReservation } from '../../src/scsi/persistent-reservations.ts';
import { type Command, type Step, parseStep } from './steps.ts';

export interface Scenario {
  readonly name: string;
  readonly steps: readonly (Omit<Step, 'answer'> & { readonly answers: Readonly<Record<TargetKind, string>> })[];
}

const hex = (key: bigint) => key.toString(16);

// The table's words for what is read; it leaves the generation out.
const reads: Readonly<Record<string, readonly [line: string, read: (data: Uint8Array) => string]>> = {
  keys: ['keys', (data) => {
    const { keys } = decodeKeys(data);
    return `n${keys.length} ${keys.map(hex).join(',')}`.trimEnd();
  }],
  held: ['held', (data) => {
    const { reservation } = decodeReservation(data);
    return reservation === null ? 'none' : `key${hex(reservation.key)}:type${reservation.type}`;
  }],
  full: ['status', (data) => decodeFullStatus(data).registrants.map(({ key, holder, type, targetPort }) =>
    `[${hex(key)}${holder ? ' holder' : ''} ty${type ?? 0} rtp${targetPort}]`).join(' ')],
  caps: ['capabilities', (data) => Buffer.from(data).toString('hex')],
};

function commandOf(line: string): Omit<Step, 'answer'> {
  const [by = '', verb = '', ...words] = line.split(' ');
  const read = reads[verb];
  // CLEAR with a list of twenty bytes.
  const step = parseStep(`${by} ${verb === 'lunreset' ? 'reset' : verb === 'short' ? 'clear' : read?.[0] ?? verb}`
    + `${words.map((word) => ` ${word}`).join('')}: `);
  let { command } = step;
  if (read !== undefined) command = { ...command as Command, read: read[1] };
  if (verb === 'short') {
    const { cdb, out } = command as Command;
    command = { cdb: [...cdb.slice(0, 8), 20, 0], out: (out as Uint8Array).subarray(0, 20) };
  }
  return { by, verb: step.verb, command, text: line };
}

const file = new URL('../unit/pr-target-table.tsv', import.meta.url);

function read(): Scenario[] {
  const scenarios = new Map<string, Scenario['steps'][number][]>();
  const [, ...lines] = readFileSync(file, 'utf8').split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  for (const line of lines) {
    const [name = '', text = '', tgt = '', LIO = ''] = line.split('\t');
    const steps = scenarios.get(name) ?? [];
    steps.push({ ...commandOf(text), answers: { tgt, LIO: LIO === '=' ? tgt : LIO } });
    scenarios.set(name, steps);
  }
  return [...scenarios].map(([name, steps]) => ({ name, steps }));
}

/** 64 scenarios, and what REPORT CAPABILITIES says. */
export const scenarios: readonly Scenario[] = read();
