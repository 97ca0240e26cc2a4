import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanText } from '../../src/text.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);

describe('text from a device', () => {
  test.each([
    ['plain text stays', 'WD-WCC4N1234567', 'WD-WCC4N1234567'],
    ['padding goes, inner blanks stay', '   ACME  Disk  7   ', 'ACME  Disk  7'],
    ['NULs at the ends are padding', '\0\0AB \0 ', 'AB'],
    ['a NUL inside is not', 'A\0B', 'A?B'],
    ['nothing is null', '', null],
    ['blanks are nothing', '    ', null],
    ['blanks and NULs are nothing', ' \0 \0', null],
    ['escape sequences', '\x1b]0;title\x07x', '?]0;title?x'],
    ['lines', 'one\r\ntwo', 'one??two'],
    ['DEL and C1', 'a\x7f\x80\x9b\x9fz', 'a????z'],
    ['letters beyond ASCII stay', 'Größe Ω 磁盘', 'Größe Ω 磁盘'],
    ['pairs stay, halves do not', 'a\u{1f600}b\ud83dc\ude00', 'a\u{1f600}b?c?'],
    ['a question mark is itself', 'A?B', 'A?B'],
  ])('%s', (_, raw, shown) => {
    expect(cleanText(raw)).toBe(shown);
  });

  const ranges: readonly (readonly [number, number])[] = [
    [0x01, 0x1f], [0x7f, 0x9f], [0xad, 0xad], [0x061c, 0x061c], [0x180e, 0x180e], [0x200b, 0x200f],
    [0x2028, 0x2029], [0x202a, 0x202e], [0x2060, 0x2069], [0xd800, 0xdfff], [0xfeff, 0xfeff], [0xfff9, 0xfffb],
    [0xfffe, 0xffff], [0xe0001, 0xe0001], [0xe0020, 0xe007f],
  ];
  test.each(ranges.map(([first, last]) => [first.toString(16), last.toString(16), first, last] as const))(
    'U+%s to U+%s are replaced at the start, in the middle and at the end', (_, __, first, last) => {
      for (let code = first; code <= last; code++) {
        const character = String.fromCodePoint(code);
        expect(cleanText(`${character}A${character}B${character}`)).toBe('?A?B?');
      }
    });

  test('bytes: every one stays itself, but for controls and the soft hyphen', () => {
    for (let value = 1; value < 256; value++) {
      const control = value < 0x20 || (value >= 0x7f && value <= 0x9f) || value === 0xad;
      const character = control ? '?' : String.fromCharCode(value);
      expect(cleanText(bytes(0x41, value, 0x42))).toBe(`A${character}B`);
    }
  });

  test('bytes of a window of a larger buffer', () => {
    expect(cleanText(bytes(0x58, 0x20, 0x41, 0x42, 0x20, 0x59).subarray(1, 5))).toBe('AB');
    expect(cleanText(new Uint8Array(0))).toBeNull();
  });

  test('cleaning twice is cleaning once, and no length is gained', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (raw) => {
      const once = cleanText(raw);
      expect(once === null || (once.length <= raw.length && cleanText(once) === once)).toBe(true);
    }), { numRuns: 2000 });
  });
});
