// The only writer of CLIXML, from which PowerShell makes objects: one document on one ASCII line. It uses the smallest
// part of the language that our results need (every line matches shape.ts): no type names, references or nested objects,
// because these can make a deserializer build dangerous objects.
// https://learn.microsoft.com/openspecs/windows_protocols/ms-psrp/ (2.2.5, serialization)

/** A scalar under the tag that says its .NET type: `{ U32: 7 }`; null is Nil. */
export type ClixmlValue =
  | null
  | { readonly S: string }
  | { readonly U32: number }
  | { readonly I32: number }
  | { readonly U64: bigint }
  | { readonly I64: bigint }
  | { readonly Db: number }
  | { readonly B: boolean }
  | { readonly DT: Date };

/** Properties in order. PowerShell makes a PSCustomObject of them. */
export type ClixmlObject = readonly (readonly [name: string, value: ClixmlValue])[];

export type ClixmlItem = ClixmlValue | ClixmlObject;

/** In characters, which are bytes here; with its newline a line is 64 KiB. */
export const longestClixmlLine = 64 * 1024 - 1;

/** Stands at the end of a string that was cut. */
const ellipsis = '...';

/**
 * One document, without newline, of printable ASCII. Several items come back as an array of as many.
 *
 * Strings are cut where the line would be longer than `longestClixmlLine`: the longest ones, to the same length,
 * with `...` at their ends. Throws RangeError for a number or date that its tag cannot hold, for a property name
 * that is not of ASCII letters and digits, and for a line that is too long even without its strings.
 */
export function clixmlLine(items: readonly ClixmlItem[]): string {
  const line = write(items, longestClixmlLine);
  if (line.length <= longestClixmlLine) return line;
  return write(items, roomForStrings(items));
}

/** How a document begins and ends. */
export const clixmlHead = '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">';
export const clixmlTail = '</Objs>';

/** One item of a document that is written piece by piece; cut and refused as if it were alone in a `clixmlLine`. */
export function clixmlElement(item: ClixmlItem): string {
  return clixmlLine([item]).slice(clixmlHead.length, -clixmlTail.length);
}

/** @param room the most characters that one string may take, escaped */
function write(items: readonly ClixmlItem[], room: number): string {
  let line = clixmlHead;
  for (const item of items) {
    if (isObject(item)) {
      line += '<Obj><MS>';
      for (const [name, value] of item) line += scalar(value, room, attribute(name));
      line += '</MS></Obj>';
    } else {
      line += scalar(item, room, '');
    }
  }
  return line + clixmlTail;
}

const isObject = (item: ClixmlItem): item is ClixmlObject => Array.isArray(item);

const propertyName = /^[A-Za-z][A-Za-z0-9]{0,63}$/;

/** The deserializer throws unusual exceptions for an empty name, or one that it cannot use. */
function attribute(name: string): string {
  if (!propertyName.test(name)) throw new RangeError(`${JSON.stringify(name)} is not a property name`);
  return ` N="${name}"`;
}

function scalar(value: ClixmlValue, room: number, name: string): string {
  if (value === null) return `<Nil${name}/>`;
  for (const tag in value) {
    const text = writers[tag as Tag](value[tag as never], room);
    return `<${tag}${name}>${text}</${tag}>`;
  }
  throw new RangeError('a value without a tag');
}

type Tag = 'S' | 'U32' | 'I32' | 'U64' | 'I64' | 'Db' | 'B' | 'DT';

const writers: Record<Tag, (value: never, room: number) => string> = {
  S: (value: string, room) => string(value, room),
  U32: (value: number) => integer(value, 0, 2 ** 32 - 1),
  I32: (value: number) => integer(value, -(2 ** 31), 2 ** 31 - 1),
  U64: (value: bigint) => integer(value, 0n, 2n ** 64n - 1n),
  I64: (value: bigint) => integer(value, -(2n ** 63n), 2n ** 63n - 1n),
  Db: (value: number) => double(value),
  B: (value: boolean) => (value ? 'true' : 'false'),
  DT: (value: Date) => dateTime(value),
};

function integer(value: number | bigint, least: number | bigint, most: number | bigint): string {
  if (value < least || value > most || (typeof value === 'number' && !Number.isInteger(value))) {
    throw new RangeError(`${value} is not an integer from ${least} to ${most}`);
  }
  return String(value);
}

const doubles = new Map([[Infinity, 'INF'], [-Infinity, '-INF']]);

/** xs:double: the shortest digits that give the same number back, the same in every culture. */
const double = (value: number): string => doubles.get(value) ?? (Object.is(value, -0) ? '-0' : String(value));

/** UTC with seven decimals, which comes back with Kind Utc. DateTime begins in year 1 and ends with 9999. */
function dateTime(value: Date): string {
  const iso = value.toISOString();
  if (iso.length !== 24 || iso.startsWith('0000')) throw new RangeError(`${iso} is not a DateTime`);
  return `${iso.slice(0, -1)}0000Z`;
}

/** Characters that have to be escaped. Most texts have none. */
const special = /[^ -~]|_(?=[xX])|[&<>"]/;
const specials = new RegExp(special, 'g');

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/**
 * `_xHHHH_` for every UTF-16 unit outside 20-7E and for `_` before x, as PowerShell itself writes control
 * characters and surrogates: it reads back equal, whatever the string, and the line stays one line of ASCII.
 */
function escape(text: string): string {
  if (!special.test(text)) return text;
  return text.replace(specials, (unit) => entities[unit] ?? escaped(unit.charCodeAt(0)));
}

const escaped = (unit: number) => `_x${unit.toString(16).toUpperCase().padStart(4, '0')}_`;

function string(text: string, room: number): string {
  // Escaped, every unit takes at least one character: units beyond the room cannot fit.
  const whole = escape(text.length > room ? text.slice(0, room + 1) : text);
  return whole.length <= room ? whole : cut(whole, room);
}

/** The pieces of an escaped text, from its start: read backwards, `_x005F_x0041_` could be two escapes. */
const pieces = /_x[0-9A-F]{4}_|&[a-z]+;|[^_&]+|_/g;
const firstHalf = /^_xD[89AB]/;
const secondHalf = /^_xD[C-F]/;

/**
 * As much of an escaped text as fits with an ellipsis, never a part of an escape, an entity or a surrogate pair;
 * '' where not even the ellipsis fits.
 */
function cut(whole: string, room: number): string {
  const most = room - ellipsis.length;
  if (most < 0) return '';
  let end = 0;
  let last = '';
  for (const [piece] of whole.matchAll(pieces)) {
    if (end + piece.length > most) {
      if (!/^[_&]/.test(piece)) end = most;
      else if (firstHalf.test(last) && secondHalf.test(piece)) end -= last.length;
      break;
    }
    end += piece.length;
    last = piece;
  }
  return whole.slice(0, end) + ellipsis;
}

/** The most that each string may take so that all fit: the long ones share what the short ones leave. */
function roomForStrings(items: readonly ClixmlItem[]): number {
  let left = longestClixmlLine - write(items, 0).length;
  if (left < 0) throw new RangeError(`${items.length} items do not fit ${longestClixmlLine} characters`);
  const lengths = items.flatMap((item) => (isObject(item) ? item.map(([, value]) => value) : [item]))
    .map((value) => (value !== null && 'S' in value ? string(value.S, longestClixmlLine).length : 0))
    .sort((a, b) => a - b);
  let share = left;
  for (const [i, length] of lengths.entries()) {
    share = Math.floor(left / (lengths.length - i));
    if (length > share) break;
    left -= length;
  }
  return share;
}
