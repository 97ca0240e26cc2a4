// A stream of bytes as lines, however it is cut.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineReader } from '../../src/worker/lines.ts';
import { longestLine } from '../../src/worker/protocol.ts';

/** Null stands for a line that is too long. */
function read(...chunks: (Buffer | string)[]): (string | null)[] {
  const lines: (string | null)[] = [];
  const reader = new LineReader((line) => lines.push(line), () => lines.push(null));
  for (const chunk of chunks) reader.push(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk);
  return lines;
}

const bom = '\u00ef\u00bb\u00bf';
const full = 'x'.repeat(longestLine);

describe('lines', () => {
  test.each([
    ['one', ['id=1\n'], ['id=1']],
    ['two in one chunk', ['id=1\nid=2\n'], ['id=1', 'id=2']],
    ['one in many chunks', ['i', 'd', '=', '1', '\n'], ['id=1']],
    ['one that ends in the next chunk', ['id=1\nid', '=2\n'], ['id=1', 'id=2']],
    ['half a line is no line', ['id=1\nid=2'], ['id=1']],
    ['empty ones are nothing', ['\n\nid=1\n\n'], ['id=1']],
    ['an empty chunk', ['id', '', '=1\n'], ['id=1']],
    ['CR LF', ['id=1\r\nid=2\r\n'], ['id=1', 'id=2']],
    ['CR LF cut in two', ['id=1\r', '\nid=2\r\n'], ['id=1', 'id=2']],
    ['CR alone ends nothing', ['id=1\rid=2\n'], ['id=1\rid=2']],
    ['only the last CR goes', ['id=1\r\r\n'], ['id=1\r']],
    ['CR LF alone is an empty line', ['\r\n'], []],
    ['a byte order mark at the start', [`${bom}id=1\n`], ['id=1']],
    ['cut in two', [bom.slice(0, 2), `${bom.slice(2)}id=1\n`], ['id=1']],
    ['one is enough', [`${bom}${bom}id=1\n`], [`${bom}id=1`]],
    ['anywhere else it stays', [`id=1\n${bom}id=2\n`], ['id=1', `${bom}id=2`]],
    ['alone on its line', [`${bom}\n${bom}id=1\n`], [`${bom}id=1`]],
    ['every byte is a character', [Buffer.from([0, 0x7f, 0x80, 0xff, 10])], ['\0\x7f\x80\xff']],
    ['as long as may be', [`${full}\n`], [full]],
    ['too long by one', [`${full}x\nid=1\n`], [null, 'id=1']],
    ['too long in many chunks, told once', [full, 'x', full, full, 'x\nid=', '1\n'], [null, 'id=1']],
    ['too long, and without an end', [full, full, full], [null]],
    ['told as soon as it is too long', [full, 'x'], [null]],
    ['two that are too long', [`${full}x\n${full}x\nid=1\n`], [null, null, 'id=1']],
    ['too long with nothing after it', [`${full}x`, '\n', '\n', 'id=1\n'], [null, 'id=1']],
    ['too long at the very start, and a mark after it is none', [`${full}x\n${bom}id=1\n`], [null, `${bom}id=1`]],
  ])('%s', (_, chunks, expected) => expect(read(...chunks)).toEqual(expected));

  /** Bytes with many line ends, marks and CRs, some lines longer than they may be. */
  const streams = fc.array(fc.oneof(
    { arbitrary: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)), weight: 6 },
    { arbitrary: fc.constantFrom('\n', '\r\n', '\r', bom, 'id=1&verb=list')
      .map((text) => Buffer.from(text, 'latin1')), weight: 8 },
    { arbitrary: fc.constantFrom(longestLine - 1, longestLine, longestLine + 1)
      .map((size) => Buffer.alloc(size, 0x61)), weight: 1 },
  ), { maxLength: 25 }).map((parts) => Buffer.concat(parts));

  test('any chunking of any bytes gives the same lines', () => {
    fc.assert(fc.property(streams, fc.array(fc.nat(), { maxLength: 20 }), (stream, cuts) => {
      const whole = read(stream);
      const at = [0, ...cuts.map((cut) => cut % (stream.length + 1)), stream.length].sort((a, b) => a - b);
      const chunks = at.slice(1).map((end, i) => stream.subarray(at[i], end));
      expect(read(...chunks)).toEqual(whole);
    }), { numRuns: 1000 });
  });

  test('as many as the bytes say, by another way of counting', () => {
    fc.assert(fc.property(streams, (stream) => {
      const pieces = stream.toString('latin1').split('\n');
      const rest = pieces.pop()!;
      const expected: (string | null)[] = pieces.map((piece, i) => {
        if (piece.length > longestLine) return null;
        return (i === 0 && piece.startsWith(bom) ? piece.slice(3) : piece).replace(/\r$/, '');
      });
      if (rest.length > longestLine) expected.push(null);
      expect(read(stream)).toEqual(expected.filter((line) => line !== ''));
    }), { numRuns: 1000 });
  });

  test('one byte at a time', () => {
    const stream = Buffer.from(`${bom}id=1\r\n\n${full}x\nid=2\n`, 'latin1');
    expect(read(...Array.from(stream, (byte) => Buffer.of(byte)))).toEqual(['id=1', null, 'id=2']);
  });
});
