import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ClixmlItem, type ClixmlValue, clixmlLine, longestClixmlLine } from '../../src/clixml/clixml.ts';
import { clixmlShape } from '../../src/clixml/shape.ts';

const shape = new RegExp(clixmlShape);
const open = '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">';
const inner = (...items: ClixmlItem[]) => {
  const line = clixmlLine(items);
  expect(line.startsWith(open) && line.endsWith('</Objs>')).toBe(true);
  return line.slice(open.length, -'</Objs>'.length);
};

/** What PowerShell makes of the text of an S: XML entities first, then XmlConvert.DecodeName. */
const entities: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"' };
const decode = (text: string) => text
  .replace(/&[a-z]+;/g, (entity) => entities[entity] as string)
  .replace(/_[xX]([0-9A-Fa-f]{8}|[0-9A-Fa-f]{4})_/g, (_, digits: string) =>
    digits.length === 4 ? String.fromCharCode(Number.parseInt(digits, 16)) : 'eight digits');
const textsOf = (line: string) =>
  [...line.matchAll(/<S(?: N="\w+")?>([^<]*)<\/S>/g)].map((hit) => hit[1] as string);
const back = (text: string) => decode(textsOf(clixmlLine([{ S: text }]))[0] as string);

describe('values', () => {
  test.each([
    ['nothing', null, '<Nil/>'],
    ['text', { S: 'PhysicalDrive3' }, '<S>PhysicalDrive3</S>'],
    ['no text', { S: '' }, '<S></S>'],
    ['blanks', { S: '  a  ' }, '<S>  a  </S>'],
    ['XML', { S: `<S>&amp;"'</S>` }, `<S>&lt;S&gt;&amp;amp;&quot;'&lt;/S&gt;</S>`],
    ['lines', { S: 'a\r\nb\tc' }, '<S>a_x000D__x000A_b_x0009_c</S>'],
    ['an escape that is text', { S: '_x000A_ _X0041_ _y_ _' }, '<S>_x005F_x000A_ _x005F_X0041_ _y_ _</S>'],
    ['terminal sequences', { S: '\x1b]52;\x07\x9b' }, '<S>_x001B_]52;_x0007__x009B_</S>'],
    ['letters', { S: 'Größe 磁' }, '<S>Gr_x00F6__x00DF_e _x78C1_</S>'],
    ['a pair, a half, no character', { S: '\u{1f600}\ud800\uffff\0' },
      '<S>_xD83D__xDE00__xD800__xFFFF__x0000_</S>'],
    ['a number of a disk', { U32: 0 }, '<U32>0</U32>'],
    ['an NTSTATUS', { U32: 0xc0000010 }, '<U32>3221225488</U32>'],
    ['no minus nought', { I32: -0 }, '<I32>0</I32>'],
    ['negative', { I32: -(2 ** 31) }, '<I32>-2147483648</I32>'],
    ['64 bits', { U64: 2n ** 64n - 1n }, '<U64>18446744073709551615</U64>'],
    ['64 bits, signed', { I64: -(2n ** 63n) }, '<I64>-9223372036854775808</I64>'],
    ['a double', { Db: 1234.5 }, '<Db>1234.5</Db>'],
    ['a small one', { Db: 1e-7 }, '<Db>1e-7</Db>'],
    ['a large one', { Db: 1e21 }, '<Db>1e+21</Db>'],
    ['minus nought', { Db: -0 }, '<Db>-0</Db>'],
    ['infinity', { Db: Infinity }, '<Db>INF</Db>'],
    ['minus infinity', { Db: -Infinity }, '<Db>-INF</Db>'],
    ['not a number', { Db: Number.NaN }, '<Db>NaN</Db>'],
    ['yes', { B: true }, '<B>true</B>'],
    ['no', { B: false }, '<B>false</B>'],
    ['a date', { DT: new Date(Date.UTC(2026, 10, 23, 3, 4, 5, 6)) }, '<DT>2026-11-23T03:04:05.0060000Z</DT>'],
    ['the last date', { DT: new Date(Date.UTC(9999, 11, 31, 23, 59, 59, 999)) },
      '<DT>9999-12-31T23:59:59.9990000Z</DT>'],
  ] satisfies [string, ClixmlValue, string][])('%s', (_, value, text) => {
    expect(inner(value)).toBe(text);
    expect(clixmlLine([value])).toMatch(shape);
  });

  test.each([
    ['U32 below', { U32: -1 }], ['U32 above', { U32: 2 ** 32 }], ['U32 between', { U32: 0.5 }],
    ['U32 none', { U32: Number.NaN }], ['I32 above', { I32: 2 ** 31 }], ['I32 infinite', { I32: -Infinity }],
    ['U64 below', { U64: -1n }], ['U64 above', { U64: 2n ** 64n }], ['I64 above', { I64: 2n ** 63n }],
    ['year 0', { DT: new Date(-62198755200000) }], ['year 10000', { DT: new Date(253402300800000) }],
    ['no date', { DT: new Date(Number.NaN) }], ['no tag', {} as ClixmlValue],
  ] satisfies [string, ClixmlValue][])('%s is a RangeError', (_, value) => {
    expect(() => clixmlLine([value])).toThrow(RangeError);
  });
});

describe('objects', () => {
  test('properties keep their order; nothing names a type', () => {
    const disk = [['Number', { U32: 3 }], ['UniqueId', null], ['Win32Error', { I32: 5 }]] as const;
    expect(inner({ U32: 7 }, { S: 'result' }, disk))
      .toBe('<U32>7</U32><S>result</S>'
        + '<Obj><MS><U32 N="Number">3</U32><Nil N="UniqueId"/><I32 N="Win32Error">5</I32></MS></Obj>');
  });

  test('nothing at all, and an object of nothing', () => {
    expect(inner()).toBe('');
    expect(inner([])).toBe('<Obj><MS></MS></Obj>');
  });

  test.each(['', 'A B', 'a"', '1A', 'A_x0041_', 'é', 'A\n', ' A', 'A'.repeat(65)])(
    'a property is not called %j', (name) => expect(() => clixmlLine([[[name, null]]])).toThrow(RangeError));
});

const value: fc.Arbitrary<ClixmlValue> = fc.oneof(
  fc.constant(null), fc.record({ S: fc.string({ unit: 'binary' }) }), fc.record({ S: fc.string() }),
  fc.record({ U32: fc.nat({ max: 0xffffffff }) }), fc.record({ I32: fc.integer() }),
  fc.record({ U64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) }),
  fc.record({ I64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) }),
  fc.record({ Db: fc.double() }), fc.record({ B: fc.boolean() }),
  fc.record({
    DT: fc.date({ min: new Date(-62135596800000), max: new Date(253402300799999), noInvalidDate: true }),
  }),
);
const item: fc.Arbitrary<ClixmlItem> = fc.oneof(
  value, fc.array(fc.tuple(fc.stringMatching(/^[A-Za-z]{1,12}$/), value), { maxLength: 6 }));

describe('every line', () => {
  test('is one line of printable ASCII in the shape that the module checks', () => {
    fc.assert(fc.property(fc.array(item, { maxLength: 6 }), (items) => {
      const line = clixmlLine(items);
      expect(line).toMatch(/^[ -~]+$/);
      expect(line.length).toBeLessThanOrEqual(longestClixmlLine);
      expect(shape.test(line)).toBe(true);
    }), { numRuns: 2000 });
  });

  test('gives all 65,536 units back, alone, at the start, at the end and between underscores and x', () => {
    for (let unit = 0; unit <= 0xffff; unit++) {
      const character = String.fromCharCode(unit);
      for (const text of [character, `${character}x0041_`, `_${character}`, `a_${character}0041_`]) {
        if (back(text) !== text) expect.fail(`U+${unit.toString(16)} in ${JSON.stringify(text)}`);
      }
    }
  });

  test('gives any string back', () => {
    const part = fc.constantFrom('_', 'x', 'X', '0', '4', '1', '&', '<', '>', '"', ';', 'amp', '\n', '\ud83d',
      '\ude00', ']]>', '</S>', '_x005F_', '_x0001F600_');
    const mean = fc.array(part, { maxLength: 40 }).map((parts) => parts.join(''));
    fc.assert(fc.property(fc.oneof(mean, fc.string({ unit: 'binary' })), (text) => {
      expect(back(text)).toBe(text);
    }), { numRuns: 5000 });
  });
});

describe('a line that would be too long', () => {
  const result = (...texts: string[]): ClixmlItem[] =>
    [{ U32: 7 }, { S: 'result' }, texts.map((text, i) => [`Text${'ABCDEFGH'[i]}`, { S: text }] as const)];
  const shown = (...texts: string[]) => {
    const line = clixmlLine(result(...texts));
    expect(line.length).toBeLessThanOrEqual(longestClixmlLine);
    expect(line).toMatch(shape);
    return { line, texts: textsOf(line).slice(1).map(decode) };
  };

  test('is cut in its longest text, and uses the room there is', () => {
    const { line, texts } = shown('short', 'x'.repeat(10_000_000), 'also short');
    expect(line).toHaveLength(longestClixmlLine);
    expect(texts[0]).toBe('short');
    expect(texts[1]).toMatch(/^x{65000,}\.\.\.$/);
    expect(texts[2]).toBe('also short');
  });

  test('is cut alike in several', () => {
    const { texts } = shown('a'.repeat(50_000), 'b', 'c'.repeat(60_000));
    expect(texts[0]).toHaveLength(texts[2]?.length as number);
    expect(texts[1]).toBe('b');
  });

  test('one that just fits stays whole, one character more is cut', () => {
    const room = longestClixmlLine - clixmlLine([{ S: '' }]).length;
    expect(back('a'.repeat(room))).toBe('a'.repeat(room));
    expect(back('a'.repeat(room + 1))).toBe(`${'a'.repeat(room - 3)}...`);
  });

  test.each([['&', 6], ['\n', 7], ['_x', 8], ['\u{1f600}', 14], ['a_', 2], ['"é', 12]])(
    'no cut goes through what %j becomes', (unit) => {
      for (let shift = 0; shift < 16; shift++) {
        const [text] = shown('s'.repeat(shift) + unit.repeat(40_000)).texts as [string];
        const kept = text.slice(0, -3);
        expect(text.endsWith('...')).toBe(true);
        expect(('s'.repeat(shift) + unit.repeat(40_000)).startsWith(kept)).toBe(true);
        expect(kept.isWellFormed()).toBe(true);
      }
    });

  test('any strings: whole or cut, in shape, and no longer than a line', () => {
    const long = fc.tuple(fc.string({ unit: 'binary', maxLength: 8 }), fc.nat({ max: 9000 }))
      .map(([text, times]) => text.repeat(times));
    fc.assert(fc.property(fc.array(long, { minLength: 1, maxLength: 6 }), (texts) => {
      const { texts: read } = shown(...texts);
      texts.forEach((text, i) => {
        const seen = read[i] as string;
        const cut = seen.endsWith('...') && text.startsWith(seen.slice(0, -3));
        expect(seen === text || cut).toBe(true);
      });
    }), { numRuns: 60 });
  });

  test('is an error when its strings are not what makes it long', () => {
    expect(() => clixmlLine(Array.from({ length: 20_000 }, () => null))).toThrow(RangeError);
  });
});

describe('the shape', () => {
  const doc = (text: string) => `${open}${text}</Objs>`;

  test('has nothing that JavaScript and .NET read differently, and fits a literal of PowerShell', () => {
    expect(clixmlShape).toMatch(/^[ -~]*$/);
    expect(clixmlShape).not.toMatch(/\\[dwDWbBpPku]|\$|'|\(\?<|\[[^\]]*-\[/);
  });

  test.each([
    ['nothing', ''],
    ['another version', doc('').replace('1.1.0.1', '1.1.0.2')],
    ['any character for a dot', doc('').replace('1.1.0.1', '1x1x0x1')],
    ['another namespace', doc('').replace('2004', '2005')],
    ['an XML declaration', `<?xml version="1.0"?>${doc('')}`],
    ['something before', ` ${doc('')}`],
    ['something behind', `${doc('')} `],
    ['a newline behind, which $ would let through in .NET', `${doc('')}\n`],
    ['a second document', doc('') + doc('')],
    ['a comment', doc('<!-- -->')],
    ['a document type', `<!DOCTYPE a>${doc('')}`],
    ['text between', doc('<Nil/>text')],
    ['a blank between', doc('<Nil/> <Nil/>')],
    ['a type name', doc('<Obj><TN><T>System.Management.Automation.LineBreakpoint</T></TN><MS></MS></Obj>')],
    ['a type reference', doc('<Obj><TNRef RefId="0"/><MS></MS></Obj>')],
    ['a reference', doc('<Ref RefId="0"/>')],
    ['an id', doc('<Obj RefId="0"><MS></MS></Obj>')],
    ['adapted properties', doc('<Obj><Props></Props></Obj>')],
    ['a ToString', doc('<Obj><ToString>x</ToString><MS></MS></Obj>')],
    ['a list', doc('<Obj><LST></LST></Obj>')],
    ['an object in an object', doc('<Obj><MS><Obj N="A"><MS></MS></Obj></MS></Obj>')],
    ['an object without properties', doc('<Obj></Obj>')],
    ['a script block', doc('<SBK>calc</SBK>')],
    ['a secure string', doc('<SS>zz</SS>')],
    ['XML in text', doc('<XD>a</XD>')],
    ['bytes', doc('<BA>AAAA</BA>')],
    ['an address', doc('<URI>http://x/</URI>')],
    ['a stream', doc('<S S="Error">x</S>')],
    ['an empty name', doc('<Obj><MS><S N="">x</S></MS></Obj>')],
    ['a name that is escaped', doc('<Obj><MS><S N="A_x0041_">x</S></MS></Obj>')],
    ['a property without a name', doc('<Obj><MS><S>x</S></MS></Obj>')],
    ['a name outside of an object', doc('<S N="A">x</S>')],
    ['a raw control character', doc('<S>\x1b</S>')],
    ['a raw newline', doc('<S>\n</S>')],
    ['raw letters beyond ASCII', doc('<S>é</S>')],
    ['a numeric entity', doc('<S>&#10;</S>')],
    ['an entity of somebody', doc('<S>&bomb;</S>')],
    ['a bare ampersand', doc('<S>&</S>')],
    ['a lower-case escape', doc('<S>_x00e9_</S>')],
    ['half an escape', doc('<S>_x00E9</S>')],
    ['a capital X', doc('<S>_X0041_</S>')],
    ['eight digits', doc('<S>_x0001F600_</S>')],
    ['CDATA', doc('<S><![CDATA[x]]></S>')],
    ['digits of another script', doc('<U32>٣</U32>')],
    ['too many digits', doc('<U32>12345678901</U32>')],
    ['a minus without sense', doc('<U32>-1</U32>')],
    ['hexadecimal', doc('<U32>0x10</U32>')],
    ['a decimal comma', doc('<Db>1,5</Db>')],
    ['True', doc('<B>True</B>')],
    ['a local date', doc('<DT>2026-11-23T03:04:05.0060000+01:00</DT>')],
    ['wrong ends', doc('<U32>7</S>')],
    ['no end', open],
    ['Nil with something in it', doc('<Nil>x</Nil>')],
  ])('%s is not in it', (_, line) => expect(shape.test(line)).toBe(false));

  /** Sixteen times as long as a line may be: an expression that is not linear would not come back from these. */
  const many = (text: string) => text.repeat(Math.ceil((16 * longestClixmlLine) / text.length));
  test.each([
    ['text without end', `${open}<S>${many('a')}`],
    ['text with a bad end', `${open}<S>${many('a')}\n</S></Objs>`],
    ['underscores', `${open}<S>${many('_')}`],
    ['escapes', `${open}<S>${many('_x0041_')}`],
    ['escapes of which the last is broken', `${open}<S>${many('_x0041_a')}_x00`],
    ['entities', `${open}<S>${many('&amp;')}&am`],
    ['elements', `${open}${many('<S>a</S>')}<`],
    ['elements of nothing', `${open}${many('<Nil/>')}!`],
    ['objects', `${open}${many('<Obj><MS><S N="A">a_b</S></MS></Obj>')}</Obj>`],
    ['properties', `${open}<Obj><MS>${many('<U32 N="A">1</U32>')}</MS>`],
    ['digits', `${open}<Db>${many('1')}`],
    ['one long name', `${open}<Obj><MS><S N="${many('A')}`],
    ['heads', many(open)],
    ['no head', many('<')],
  ])('%s: refused without trying everything', (_, line) => expect(shape.test(line)).toBe(false));
});
