// 100,000 byte sequences through the decoders; test/nightly/fuzz.mjs runs millions.

import { expect, test } from 'vitest';
import { fuzzRows } from './fuzz-rows.ts';
import { type FuzzTally, fuzz } from './fuzz.ts';

const seed = 0x2d4814;
const count = 100_000;
let tally: FuzzTally = new Map();

test(`${count} cases of seed ${seed}: a value or the decoder's own error, of these bytes alone`, () => {
  tally = fuzz({ seed, count });
  let cases = 0;
  for (const { values, errors } of tally.values()) cases += values + errors;
  expect(cases).toBe(count);
});

test('every decoder gave values, and errors where it has any', () => {
  const never = new Set(['TransportID', 'sense data', 'text', 'a registrant as text, and the name of a port']);
  for (const [name, { values, errors }] of tally) {
    expect([name, values > 200]).toEqual([name, true]);
    expect([name, errors > 200]).toEqual([name, !never.has(name)]);
  }
});

test.each(fuzzRows.map((row) => [row.name, row] as const))('%s: its valid answers are valid', (_name, row) => {
  for (const bytes of row.seeds) expect(() => row.decode(Uint8Array.from(bytes))).not.toThrow();
});

test('the same seed makes the same cases, one by one as well', () => {
  const whole = fuzz({ seed: 7, count: 300 });
  const parts = Array.from({ length: 300 }, (_, first) => fuzz({ seed: 7, count: 1, first }));
  for (const [name, { values }] of whole) {
    expect(parts.reduce((sum, part) => sum + (part.get(name)?.values ?? 0), 0)).toBe(values);
  }
});

const endOf = (bytes: Uint8Array) => bytes.byteOffset + bytes.length;

test.each<[string, (bytes: Uint8Array) => unknown, RegExp]>([
  ['a read past the end', (bytes) => new DataView(bytes.buffer).getUint8(endOf(bytes)),
    /RangeError: .*--seed 2967572 --first \d+ --count 1\. Bytes: /],
  ['a read past the end that nothing stops', (bytes) => new Uint8Array(bytes.buffer)[endOf(bytes)],
    /what lies around the bytes changes the outcome/],
  ['a read before the beginning', (bytes) => new Uint8Array(bytes.buffer)[bytes.byteOffset - 1],
    /what lies around the bytes changes the outcome/],
  ['a buffer written to', (bytes) => void bytes.fill(1, 0, bytes.byteOffset === 0 ? 1 : 0),
    /the bytes were changed/],
  ['an error of another kind', () => { throw new TypeError('no'); }, /TypeError: no/],
  ['an error without a type', () => { throw new Error('no'); }, /Error: no/],
])('%s would be found', (_name, decode, message) => {
  const rows = fuzzRows.map((row) => ({ ...row, decode }));
  expect(() => fuzz({ seed, count: 2000, rows })).toThrow(message);
});
