// What the writer of CLIXML is tried with, and the same by a channel that shares nothing with it: strings as
// UTF-16 in one file and their lengths in another, numbers as the digits of their bits.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { clixmlLine, longestClixmlLine, type ClixmlValue } from '../../src/clixml/clixml.ts';
import { Random } from './random.ts';

/** Every UTF-16 unit at the start, in the middle, at the end and alone. */
function* everyUnit(): Generator<string> {
  for (let code = 0; code < 0x10000; code++) {
    const unit = String.fromCharCode(code);
    yield* [`${unit}ab`, `a${unit}b`, `ab${unit}`, unit];
  }
}

/** What a text may be made of that the writer, XML or PowerShell could take for something else. */
const pieces = ['_', 'x', 'X', '_x', '_x0041_', '_X0041_', '_x005F_', '_x00000041_', '_xD83D_', '&',
  '&amp;', '&#10;', '<', '>', '</S>', '<Nil/>', ']]>', '"', "'", ' ', '  ', '\t', '\r', '\n', '\r\n', '\0', '\u0085', '\u2028', '\ufeff',
  '\ufffe', '\uffff', '\ud83d', '\ude00', '\u{1f600}', 'a', 'Z9', '\u00e4', '\u65e5', '#< CLIXML', '\u001b[31m'];

function* randomTexts(random: Random, count: number): Generator<string> {
  for (let i = 0; i < count; i++) {
    let text = '';
    for (let left = random.below(i % 100 === 0 ? 200 : 12); left >= 0; left--) {
      text += random.below(3) === 0 ? String.fromCharCode(random.below(0x10000)) : random.pick(pieces);
    }
    yield text;
  }
}

const bits = new DataView(new ArrayBuffer(8));
function bits64(random: Random): bigint {
  bits.setUint32(0, random.below(2 ** 32));
  bits.setUint32(4, random.below(2 ** 32));
  return bits.getBigUint64(0);
}

const edges: readonly bigint[] = [0n, 1n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 63n - 1n, 2n ** 63n,
  2n ** 64n - 1n, 0x3ff0000000000000n, 0x7fefffffffffffffn, 0x7ff0000000000000n, 0xfff0000000000000n,
  0x8000000000000000n, 0x0010000000000000n];

/** A tag, a value, and the value by its bits: an integer, the bits of a double, .NET ticks. */
function* numbers(random: Random, count: number): Generator<[value: ClixmlValue, expected: string]> {
  // 1970, in ticks of 100 ns since the year 1.
  const epoch = 621_355_968_000_000_000n;
  const leastDate = Date.parse('0001-01-01T00:00:00Z');
  for (let i = 0; i < count; i++) {
    const raw = edges[i] ?? bits64(random) >> BigInt(random.below(64));
    bits.setBigUint64(0, edges[i] ?? bits64(random));
    const double = bits.getFloat64(0);
    const signed = BigInt.asIntN(64, raw);
    const small = Number(BigInt.asUintN(32, raw));
    // From the year 1 to 9999, in milliseconds.
    const share = random.below(2 ** 32) / 2 ** 32;
    const date = new Date(leastDate + Math.floor(share * (253_402_300_800_000 - leastDate)));
    yield [{ U64: raw }, String(raw)];
    yield [{ I64: signed }, String(signed)];
    yield [{ U32: small }, String(small)];
    yield [{ I32: small | 0 }, String(small | 0)];
    yield [{ Db: double }, String(bits.getBigInt64(0))];
    yield [{ DT: date }, String(epoch + BigInt(date.getTime()) * 10_000n)];
  }
}

/**
 * Writes into a folder: `strings.txt` (lines of CLIXML, as many strings in each as fit), `units.bin` (all the
 * strings, UTF-16LE), `lengths.txt` (lines of as many lengths), `numbers.txt` and `expected.txt` likewise.
 */
export function writeSamples(folder: string, seed: number, texts: number, numberCount: number): void {
  const random = new Random(seed);
  const lines: string[] = [];
  const lengths: string[] = [];
  const units: Buffer[] = [];
  let batch: string[] = [];
  let room = 0;
  const flush = () => {
    lines.push(clixmlLine(batch.map((S) => ({ S }))));
    lengths.push(batch.map((text) => text.length).join(' '));
    units.push(Buffer.from(batch.join(''), 'utf16le'));
    batch = [];
    room = 0;
  };
  for (const source of [everyUnit(), randomTexts(random, texts)]) {
    for (const text of source) {
      // At most seven characters for a unit, and the tags.
      const most = 7 * text.length + 7;
      if (room + most > longestClixmlLine - 200) flush();
      batch.push(text);
      room += most;
    }
  }
  flush();
  writeFileSync(join(folder, 'strings.txt'), lines.join('\n'));
  writeFileSync(join(folder, 'lengths.txt'), lengths.join('\n'));
  writeFileSync(join(folder, 'units.bin'), Buffer.concat(units));

  const values: string[] = [];
  const expected: string[] = [];
  const each = [...numbers(random, numberCount)];
  for (let i = 0; i < each.length; i += 60) {
    const some = each.slice(i, i + 60);
    values.push(clixmlLine(some.map(([value]) => value)));
    expected.push(some.map(([, text]) => text).join(' '));
  }
  writeFileSync(join(folder, 'numbers.txt'), values.join('\n'));
  writeFileSync(join(folder, 'expected.txt'), expected.join('\n'));
}
