// Rehearsal files that nobody would write, through the reader: the example files and the shapes of public reports with
// their texts, numbers, names and marks changed, cut, doubled and mixed. rehearsal-fuzz.test.ts runs it in CI,
// test/nightly/fuzz.mjs for long. A case is made of the seed and its number alone.

import { readFileSync, readdirSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { RehearsalBus } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import { JsonTextError, readJson } from '../../src/bus/rehearsal/json-text.ts';
import { type Rehearsal, RehearsalFileError, readRehearsal, withState } from '../../src/bus/rehearsal/rehearsal-file.ts';
import { RehearsalStore } from '../../src/bus/rehearsal/rehearsal-store.ts';
import { targetRows } from '../../src/bus/rehearsal/target-rows.ts';
import { type Random, pick, randomOf } from './fuzz.ts';
import { namesOfObjects } from './names.ts';
import { VirtualClock } from './virtual-clock.ts';

const folder = new URL('../../', import.meta.url);
const filesOf = (name: string) => readdirSync(new URL(name, folder)).filter((file) => /^(?!.*schema).*\.json$/.test(file))
  .map((file) => readFileSync(new URL(name + file, folder), 'utf8'));

/** Each with fewer copies, so that thousands of them take seconds. */
export const seeds: readonly string[] = [
  ...filesOf('ps/rehearsal/'), ...filesOf('test/cases/'), readFileSync(new URL('test/cli/bus.json', folder), 'utf8'),
].map((text) => text.replace(/"repeat": \d{3,}/g, '"repeat": 20'));

/** What a token becomes: of every kind, and what the readers of other programs stumble over. */
const values: readonly string[] = [
  '0', '-0', '1', '2', '3', '-1', '1.5', '1e0', '1e999', '-1e-999', '20', '255', '4294967294', '4294967295', '4294967296',
  '9007199254740993', '123456789012345678901234567890', '01', '+1', '.5', '1.', 'NaN', 'Infinity', '0x1',
  'true', 'false', 'null', 'undefined', '""', '" "', '"a"', '"0x1"', '"0xC0000185"', '"LIO"', '"tape"', '"{0}"', '"{000}"',
  '"\\u0000"', '"\\ud800"', '"\\udc00\\ud800"', '"\\u202e"', '"\\u2028"', '"\\u001b[2J"', '"\\x"', '"\\u12"', '"\u0000"',
  '"\ud800"', '"\u{1f4be}"', '"\u00e4"', "'a'", '`a`', '{}', '[]', '[[]]', '{"a":{}}', '{"repeat":2}', '{"__proto__":{"number":1}}',
  `${'['.repeat(40)}${']'.repeat(40)}`, '['.repeat(3000), '{"a":'.repeat(3000), `"${'x'.repeat(5000)}"`, '/* */', '//', '\uFEFF', '\u00a0',
  '...', ',', ':', '{', '}', '[', ']', '"', '\\',
  ...namesOfObjects.map((name) => JSON.stringify(name)), '"host-a"', '"state"', '"number"', '"repeat"', '100000',
];

const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null|[{}[\]:,]/g;
/** `"name": value`, where the value is no list and no object that holds another. */
const member = /"[^"]*"\s*:\s*(?:"(?:[^"\\]|\\.)*"|-?\d+|true|false|null|\{[^{}[\]]*\}|\[[^{}[\]]*\])/g;

const spans = (text: string, pattern: RegExp) => [...text.matchAll(pattern)];
const replaced = (text: string, start: number, end: number, by: string) => text.slice(0, start) + by + text.slice(end);
const within = (random: Random, text: string): readonly [number, number] => {
  const from = random(text.length + 1);
  return [from, Math.min(text.length, from + random(random(4) === 0 ? text.length + 1 : 40))];
};

type Change = (text: string, random: Random) => string;

/** A token of one kind becomes another value; `everywhere`, so that the file stays of one piece. */
const change = (kind: RegExp, by: readonly string[], everywhere = false): Change => (text, random) => {
  const found = spans(text, token).filter(([old]) => kind.test(old));
  if (found.length === 0) return text;
  const { 0: old, index } = pick(random, found);
  const value = pick(random, by);
  return everywhere ? text.replaceAll(old, () => value) : replaced(text, index, index + old.length, value);
};

const texts = /^"/;
const objectNames = namesOfObjects.map((name) => JSON.stringify(name));
const gentle: readonly Change[] = [
  change(texts, objectNames, true), change(texts, objectNames, true),
  change(texts, ['"a b"', '"{0}"', '"\u{1f4be}"', '"\u00e4"', '"\\u0041"', '""', '"<S>"', '"state"'], true),
  change(/^-?\d/, ['0', '1', '2', '3', '7', '20', '1e0', '4294967294']),
  change(/^[tfn]/, ['true', 'false', 'null']),
  change(/^"(?:tgt|LIO|disk|tape|6|10|both|none)"$/, ['"tgt"', '"LIO"', '"tape"', '"6"', '"10"', '"none"']),
  (text, random) => replaced(text, 0, 0, pick(random, ['\uFEFF', ' ', '\r\n'])),
];

const changes: readonly Change[] = [
  ...Array.from({ length: 3 }, () => change(/^/, values)),
  change(texts, values, true),
  ...gentle.slice(0, 1),
  // A member twice, or in another place, or gone.
  (text, random) => {
    const found = spans(text, member);
    if (found.length === 0) return text;
    const { 0: one, index } = pick(random, found);
    const to = pick(random, found);
    switch (random(4)) {
      case 0: return replaced(text, index, index, `${one}, `);
      case 1: return replaced(text, to.index, to.index, `${one}, `);
      case 2: return replaced(text, to.index, to.index + to[0].length, one);
      default: return replaced(text, index, index + one.length, '"description": ""');
    }
  },
  // A character changed, put in or taken out.
  (text, random) => {
    const at = random(text.length + 1);
    const by = pick(random, ['', pick(random, values), String.fromCharCode(random(random(2) === 0 ? 0x80 : 0x10000))]);
    return replaced(text, at, Math.min(text.length, at + random(2)), by);
  },
  (text, random) => text.slice(0, random(text.length + 1)),
  // A piece taken out, put in twice, or of another file.
  (text, random) => replaced(text, ...within(random, text), ''),
  (text, random) => {
    const [start, end] = within(random, text);
    return replaced(text, end, end, text.slice(start, end));
  },
  (text, random) => {
    const other = pick(random, seeds);
    return text.slice(0, random(text.length + 1)) + other.slice(random(other.length + 1));
  },
];

/** The longest that a case becomes. */
const longest = 60_000;

export function caseOf(seed: number, number: number): string {
  const random = randomOf(seed, number);
  let text = pick(random, seeds);
  const [some, most] = random(3) === 0 ? [gentle, 2] : [changes, 4];
  for (let left = 1 + random(most); left > 0; left--) text = pick(random, some)(text, random).slice(0, longest);
  return text;
}

const place = /^bus\.json: (?:line \d+, column \d+: |\/[^]*: |must )/;

/** What every object has, so that a change of it is seen. */
const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Number.prototype];
const inherited = () => prototypes.map((each) => Reflect.ownKeys(each).length).join();

/** The same text, as JSON.parse reads it. */
function parsed(text: string): { readonly value: unknown } | null {
  try {
    return { value: JSON.parse(text.replace(/^\uFEFF/, '')) as unknown };
  } catch {
    return null;
  }
}

/** What is wrong with how the text was read, or null; `accepted` tells whether it is a bus. */
function problemOf(text: string): { readonly problem: string | null; readonly accepted: boolean } {
  const wrong = (problem: string) => ({ problem, accepted: false });
  const other = parsed(text);
  try {
    const { value } = readJson(text);
    if (other === null) return wrong('JSON.parse refuses it');
    if (!isDeepStrictEqual(value, other.value)) return wrong('JSON.parse reads another value');
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    // Sound, and refused for what it says twice, or how deep it is.
    if (other !== null && error.place === null) return wrong(`JSON.parse takes it: ${error.message}`);
    if (other === null && error.place !== null && !/twice|deep/.test(error.message)) return wrong(error.message);
  }
  let rehearsal: Rehearsal;
  try {
    rehearsal = readRehearsal(text, 'bus.json');
  } catch (error) {
    if (!(error instanceof RehearsalFileError)) throw error;
    return { problem: place.test(error.message) ? null : `no place: ${error.message}`, accepted: false };
  }
  return { problem: used(text, rehearsal), accepted: true };
}

/** A bus of it, with commands to a few of its units, and back into the text. */
function used(text: string, rehearsal: Rehearsal): string | null {
  const clock = new VirtualClock();
  const store = RehearsalStore.inMemory(text, 'bus.json', { clock });
  const few = [...store.units].slice(0, 3);
  for (const host of [rehearsal.thisHost, [...rehearsal.hosts.keys()].at(-1) as string]) {
    const bus = new RehearsalBus(store, { clock, initiator: host });
    if (bus.computerName !== host) return `called ${bus.computerName}`;
    for (const { path } of bus.disks().slice(0, 3)) if (path === '') return 'a disk without a path';
    for (const [, unit] of few) {
      for (const opcode of [0x00, 0x03, 0x16, 0x56, 0x17, 0x57]) unit.execute(host, Uint8Array.of(opcode, 0, 0, 0, 0, 0, 0, 0, 0, 0));
      for (const action of [0, 1, 2, 3]) unit.execute(host, Uint8Array.of(0x5e, action, 0, 0, 0, 0, 0, 1, 0, 0));
      unit.reset([host]);
      unit.logout(host, () => {});
    }
  }
  const state = new Map([...rehearsal.state, ...few.map(([name, unit]) => [name, unit.state] as const)]);
  const stored = withState(text, rehearsal.units, state);
  if (!isDeepStrictEqual(readRehearsal(stored, 'bus.json').state, state)) return `stored as another state: ${stored}`;
  return null;
}

export interface FileTally {
  readonly accepted: number;
  readonly refused: number;
}

/** Runs the cases. Throws Error with the number of the first that goes wrong, and its text. */
export function fuzzFiles(
  { seed, count, first = 0 }: { readonly seed: number; readonly count: number; readonly first?: number },
): FileTally {
  const before = inherited();
  let accepted = 0;
  for (let number = first; number < first + count; number++) {
    const text = caseOf(seed, number);
    let problem: unknown;
    try {
      const outcome = problemOf(text);
      ({ problem } = outcome);
      if (outcome.accepted) accepted++;
      if (problem === null && inherited() !== before) problem = 'a prototype was changed';
    } catch (error) {
      problem = error;
    }
    if (problem !== null) {
      throw new Error(`rehearsal file: ${String(problem)}. Again: node test/nightly/fuzz.mjs --seed ${seed} --first `
        + `${number} --count 0 --files 1. Text: ${JSON.stringify(text)}`, { cause: problem });
    }
  }
  return { accepted, refused: count - accepted };
}

/** Kinds of targets that the accepted cases go to; none of them may be left out of the seeds. */
export const targetsOfSeeds = () => targetRows.filter(({ kind }) =>
  seeds.some((text) => [...readRehearsal(text, 'seed').units.values()].some(({ target }) => target === kind)));
