// The one reader of what a record states: a statement is read, absent (null), or unreadable, and then the record
// is refused. It never counts as absent: what nobody could read may have named another disk. The rules and
// sentences are those of ps/private/disk/Read-Statement.ps1.

/** A value of a record: text as CSV has it; a number with its digits, because a double may not hold them all. */
export type RecordValue =
  | string | boolean | null | JsonNumber | readonly RecordValue[] | { readonly [member: string]: RecordValue };

/** A number of a JSON text as it was written. */
export class JsonNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

export type StatementKind = 'Number' | 'Path' | 'UniqueId' | 'SerialNumber' | 'FriendlyName' | 'Flag' | 'Computer' | 'Bus';

/** Longest texts that are read, in characters. */
const longest: Readonly<Partial<Record<StatementKind, number>>> = {
  UniqueId: 1024, SerialNumber: 1024, Path: 512, Number: 64, Flag: 64, Computer: 512, Bus: 64,
};
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;
/** Control characters, and halves of surrogate pairs. */
const unreadable = /[\p{Cc}\p{Cs}]/u;
/** What a spreadsheet makes of a long number. */
const rounded = /^[0-9]+(?:[.,][0-9]+)?E\+[0-9]+$/i;
const wholeNumber = /^-?(?:0|[1-9][0-9]{0,59})$/;
const flagWords: Readonly<Record<string, boolean>> = {
  true: true, $true: true, yes: true, y: true, 1: true, false: false, $false: false, no: false, n: false, 0: false,
};

/** Text of unknown origin as it can be shown. */
export function safeText(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200).replace(unsafe, '?')}...` : text.replace(unsafe, '?');
}

/** As .NET trims: a byte order mark is no blank, a next-line character is one. */
export const trimmed = (text: string): string =>
  text.replace(/^(?:(?!\ufeff)[\s\u0085])+|(?:(?!\ufeff)[\s\u0085])+$/g, '');

/** A disk number; null for everything that is none: an empty text is not 0. */
export function diskNumberOf(value: RecordValue): number | null {
  const text = value instanceof JsonNumber ? value.source : value;
  if (typeof text !== 'string' || (value === text && !/^(?:0|[1-9][0-9]{0,9})$/.test(text))) return null;
  const number = Number(text);
  // 0xFFFFFFFF is how Windows says that there is no number.
  return Number.isInteger(number) && number >= 0 && number < 0xffffffff ? number : null;
}

/** What of a record could not be read: the first of it is told. */
export interface Unreadable {
  unreadable: string | null;
  rounded: boolean;
}

/** Text, number or flag, whichever the kind is. */
export function readStatement(
  value: RecordValue | undefined, kind: StatementKind, name: string, target: Unreadable,
): string | number | boolean | null {
  if (value === null || value === undefined) return null;
  let text = '';
  let problem: string | null = null;
  if (typeof value === 'string') {
    const most = longest[kind];
    if (most === undefined) text = safeText(trimmed(value.slice(0, 400)));
    else if (value.length > most) problem = `is ${value.length} characters long, and at most ${most} are read`;
    else {
      text = trimmed(value);
      // Blanks around it say nothing, a line end or a tab does.
      if (text !== '' && unreadable.test(value)) problem = 'has control characters or half of a surrogate pair';
    }
    if (text === '' && problem === null) return null;
  } else if (value instanceof JsonNumber) {
    const { source } = value;
    const double = Number(source);
    if (wholeNumber.test(source)) text = source;
    // Beyond 2^53 not all digits of it are those that were written.
    else if (Number.isInteger(double) && Math.abs(double) <= Number.MAX_SAFE_INTEGER) text = String(double);
    else {
      text = String(double).toUpperCase();
      if (kind !== 'Number') problem = `is ${text}, which looks rounded by a spreadsheet`;
    }
  } else if (typeof value === 'boolean') {
    if (kind === 'Flag') return value;
    problem = 'is an object of type System.Boolean';
  } else problem = Array.isArray(value) ? 'is an array' : 'is an object of type System.Management.Automation.PSCustomObject';

  if (problem === null) {
    if (kind === 'Number') {
      const number = diskNumberOf(value);
      if (number !== null) return number;
      problem = `is "${safeText(typeof value === 'string' ? value : text)}", which is not a disk number`;
    } else if (kind === 'Flag') {
      const word = text.toLowerCase();
      if (Object.hasOwn(flagWords, word)) return flagWords[word]!;
      problem = `is "${safeText(text)}", which is neither yes nor no`;
    } else if ((kind === 'UniqueId' || kind === 'SerialNumber') && rounded.test(text)) {
      problem = `is ${text}, which looks rounded by a spreadsheet`;
      target.rounded = true;
    } else return text;
  }
  target.unreadable ??= `${safeText(name)} ${problem}`;
  return null;
}
