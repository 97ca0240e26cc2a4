// Bytes that no device should send, through every decoder: valid answers with their lengths, offsets and contents
// changed, cut, stretched and mixed, and plain noise. fuzz.test.ts runs it in CI, test/nightly/fuzz.mjs for long.
//
// A case is made of the seed and its number alone, so that one can be run again by itself.

import { isDeepStrictEqual } from 'node:util';
import { type FuzzRow, type Lever, fuzzRows } from './fuzz-rows.ts';

/** A whole number from 0 to below a bound. */
export type Random = (below: number) => number;

/** splitmix32 over the seed and the number of the case. */
export function randomOf(seed: number, number: number): Random {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b)) >>> 0;
  return (below) => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % below;
  };
}

export const pick = <T>(random: Random, from: readonly T[]): T => from[random(from.length)] as T;

/** Values that lengths and offsets go wrong at. */
function edge(random: Random, length: number): number {
  const near = [0, 1, 2, 4, 7, 8, 15, 16, 23, 24, 56, 88, length - 8, length - 1, length, length + 1, 0x7f, 0x80,
    0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff];
  return random(4) === 0 ? random(0xffffffff) : random(3) === 0 ? random(length + 8) : pick(random, near);
}

function setNumber(bytes: Uint8Array, [offset, size, order]: Lever, value: number): void {
  for (let i = 0; i < size; i++) {
    const at = offset + (order === 'little' ? i : size - 1 - i);
    if (at < bytes.length) bytes[at] = i < 4 ? (value >>> (8 * i)) & 0xff : 0;
  }
}

const sizes = [1, 2, 4, 8] as const;
const noise = (random: Random, length: number) => Uint8Array.from({ length }, () => random(256));

type Mutation = (bytes: Uint8Array, random: Random, row: FuzzRow) => Uint8Array;

const mutations: readonly Mutation[] = [
  // A lever, set to where it hurts; twice as often as anything else.
  (bytes, random, { levers }) => {
    if (levers.length > 0) setNumber(bytes, pick(random, levers), edge(random, bytes.length));
    return bytes;
  },
  (bytes, random, { levers }) => {
    if (levers.length > 0) setNumber(bytes, pick(random, levers), edge(random, bytes.length));
    return bytes;
  },
  (bytes, random) => {
    const order = pick(random, ['big', 'little'] as const);
    setNumber(bytes, [random(bytes.length + 1), pick(random, sizes), order], edge(random, bytes.length));
    return bytes;
  },
  (bytes, random) => {
    if (bytes.length > 0) bytes[random(bytes.length)] = random(256);
    return bytes;
  },
  (bytes, random) => {
    if (bytes.length > 0) bytes[random(bytes.length)] = 1 << random(8);
    return bytes;
  },
  (bytes, random) => bytes.slice(0, random(bytes.length + 1)),
  (bytes, random) => bytes.slice(0, Math.max(0, bytes.length - 1 - random(3))),
  (bytes, random) => joined(bytes, random(2) === 0 ? new Uint8Array(random(64)) : noise(random, random(64))),
  // A piece taken out, or put in twice.
  (bytes, random) => {
    const from = random(bytes.length + 1);
    const to = from + random(bytes.length - from + 1);
    return random(2) === 0 ? joined(bytes.slice(0, from), bytes.slice(to))
      : joined(joined(bytes.slice(0, to), bytes.slice(from, to)), bytes.slice(to));
  },
  // Two answers grown together.
  (bytes, random, row) => {
    const other = pick(random, row.seeds);
    return joined(bytes.slice(0, random(bytes.length + 1)), other.slice(random(other.length + 1)));
  },
];

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}

/** The longest that mutations may make of an answer: they double it now and then. */
const longest = 4096;

function caseOf(rows: readonly FuzzRow[], random: Random): { row: FuzzRow; bytes: Uint8Array } {
  const row = pick(random, rows);
  // One in eight is noise, one in eight the answer to another question.
  const kind = random(8);
  let bytes = kind === 0 ? noise(random, random(128))
    : Uint8Array.from(pick(random, (kind === 1 ? pick(random, rows) : row).seeds));
  if (kind !== 0) {
    for (let i = 1 + random(5); i > 0; i--) bytes = pick(random, mutations)(bytes, random, row).slice(0, longest);
  }
  return { row, bytes };
}

// ---- running them

export interface FuzzOptions {
  readonly seed: number;
  readonly count: number;
  /** Default: all of them. */
  readonly rows?: readonly FuzzRow[];
  /** Number of the first case; default 0. */
  readonly first?: number;
  /** Called once in so many cases. */
  readonly onProgress?: (done: number) => void;
}

/** By decoder: how often a value came out, and how often the typed error. */
export type FuzzTally = Map<string, { values: number; errors: number }>;

type Outcome = { readonly value: unknown } | { readonly message: string };

function outcomeOf({ decode, error: expected }: FuzzRow, bytes: Uint8Array): Outcome {
  try {
    return { value: decode(bytes) };
  } catch (error) {
    if (error instanceof expected) return { message: error.message };
    throw error;
  }
}

/** Surroundings of the bytes: what is read from there changes the outcome. */
const poisonLength = 64;
const surroundings = new Uint8Array(longest + 2 * poisonLength);

/**
 * Runs the cases. Each goes through its decoder twice: in a buffer of its very length, and in the middle of a
 * larger one full of other bytes; both must come to the same. Throws Error, with how to run the case again, for an
 * error that is not the decoder's own, for two outcomes that differ, for text that is not safe to show, and for
 * bytes that were changed.
 */
export function fuzz({ seed, count, first = 0, rows = fuzzRows, onProgress }: FuzzOptions): FuzzTally {
  const tally: FuzzTally = new Map(rows.map(({ name }) => [name, { values: 0, errors: 0 }]));
  for (let number = first; number < first + count; number++) {
    const random = randomOf(seed, number);
    const { row, bytes } = caseOf(rows, random);
    const before = poisonLength - random(8);
    surroundings.fill(random(256), 0, before);
    surroundings.set(bytes, before);
    surroundings.fill(random(256), before + bytes.length, before + bytes.length + poisonLength);
    let problem: unknown = null;
    try {
      const alone = outcomeOf(row, bytes);
      const amid = outcomeOf(row, surroundings.subarray(before, before + bytes.length));
      const counts = tally.get(row.name) as { values: number; errors: number };
      if ('value' in alone) counts.values++;
      else counts.errors++;
      if (!isDeepStrictEqual(alone, amid)) problem = 'what lies around the bytes changes the outcome';
      else if (Buffer.compare(bytes, surroundings.subarray(before, before + bytes.length)) !== 0) {
        problem = 'the bytes were changed';
      }
    } catch (error) {
      problem = error;
    }
    if (problem !== null) {
      throw new Error(`${row.name}: ${String(problem)}. Again: node test/nightly/fuzz.mjs --seed ${seed} `
        + `--first ${number} --count 1. Bytes: ${Buffer.from(bytes).toString('hex')}`, { cause: problem });
    }
    if (onProgress !== undefined && (number - first) % 1_000_000 === 999_999) onProgress(number - first + 1);
  }
  return tally;
}
