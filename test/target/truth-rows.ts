// The rows of the truth table that was measured by hand, as scripts of steps: what tgt's column says is what the
// real target must say again.

import { readFileSync } from 'node:fs';
import type { Row } from './rows.ts';

const before: Readonly<Record<string, string>> = {
  'free': '',
  'A holds RESERVE(6)': 'A reserve6: GOOD',
  'A registered a key': 'A register 0 1: GOOD',
  'A holds PR type 1': 'A register 0 1: GOOD; A reserve 1 1: GOOD',
  'A holds PR type 5': 'A register 0 1: GOOD; A reserve 1 5: GOOD',
  'after LUN RESET': 'A reserve6: GOOD; B reset: done',
};

const commands: Readonly<Record<string, string>> = {
  'RELEASE(6)': 'release6',
  'RELEASE(10)': 'release10',
  'RESERVE(6)': 'reserve6',
  'RESERVE(10)': 'reserve10',
  'TEST UNIT READY': 'tur',
  'READ(10)': 'read',
  'WRITE(10)': 'write',
  'PR IN READ KEYS': 'keys',
  'PR IN READ RESERVATION': 'held',
  'PR OUT REGISTER': 'register 0 1',
  'RELEASE(6) first': 'release6',
  'RELEASE(6) second': 'release6: 6/2900; A release6',
  'LUN RESET': 'reset',
  'logout': 'logout',
};

/** What still stands in such a state, as B sees it. */
const standing: Readonly<Record<string, string>> = {
  'A holds RESERVE(6)': 'B write: CONFLICT',
  'A holds PR type 1': 'B held: GOOD g1 1:1; B write: CONFLICT',
  'A holds PR type 5': 'B held: GOOD g1 1:5; B write: CONFLICT',
};

const answers: Readonly<Record<string, string>> = {
  'GOOD': 'GOOD',
  'CONFLICT': 'CONFLICT',
  'CHECK 5/2000': '5/2000',
  'GOOD empty': 'GOOD g0 none',
  'GOOD frees': 'GOOD; B write: GOOD',
  'frees, then UA 2900 for A and B': `done; A tur: 6/2900; A tur: GOOD; B tur: 6/2900; B tur: GOOD;
    B write: GOOD`,
  'UA, not executed': '6/2900',
  'frees at once': 'done; B write: GOOD; A login: done',
};

function known(table: Readonly<Record<string, string>>, word: string): string {
  const found = table[word];
  if (found === undefined) throw new Error(`The truth table says "${word}", which is not known here`);
  return found;
}

const file = new URL('../unit/scsi-truth-table.tsv', import.meta.url);
const [, ...lines] = readFileSync(file, 'utf8').split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

export const truths: readonly Row[] = lines.map((line) => {
  const [state = '', by = '', command = '', tgt = ''] = line.split('\t');
  const answer = tgt === 'GOOD keeps' ? `GOOD; ${known(standing, state)}` : known(answers, tgt);
  const first = known(before, state);
  const steps = `${first}${first && '; '}${by} ${known(commands, command)}: ${answer}`;
  return { name: `${state}, ${by} sends ${command}`, steps };
});
