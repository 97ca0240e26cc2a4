// Parses JSON more strictly than JSON.parse: a repeated member is an error, where JSON.parse silently takes the last one.
// Every error has its place in the text. A member with the name `__proto__` is a member like any other.

import type { Place } from './json-schema.ts';

/** The text is not valid JSON, or has a repeated member. `place` is set where the syntax is valid. */
export class JsonTextError extends Error {
  override name = 'JsonTextError';
  /** Code units from the start of the text. */
  readonly offset: number;
  readonly place: Place | null;

  constructor(message: string, offset: number, place: Place | null = null) {
    super(message);
    this.offset = offset;
    this.place = place;
  }
}

/** From the first code unit of a value to the one behind it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface JsonDocument {
  readonly value: unknown;
  /** The places of the values of the outermost object's members. */
  readonly members: ReadonlyMap<string, Span>;
}

/** Our files nest less than a quarter as deep; recursive code must not run out of stack. */
const deepest = 32;

const escape = /\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})/y;
const word = /true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

const ordinary = { configurable: true, enumerable: true, writable: true };

/** Reads a text, with or without a byte-order mark. Throws JsonTextError. */
export function readJson(text: string): JsonDocument {
  const members = new Map<string, Span>();
  const place: (string | number)[] = [];
  let at = text.startsWith('\uFEFF') ? 1 : 0;

  const fail = (wanted: string): never => {
    const found = at < text.length ? JSON.stringify(String.fromCodePoint(text.codePointAt(at) as number))
      : 'the end of the text';
    throw new JsonTextError(`not JSON: ${wanted} must stand here, not ${found}`, at);
  };
  /** Skips what the pattern matches here; returns false where it does not match. */
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const found = pattern.test(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  const skipBlanks = (): void => {
    for (let code = text.charCodeAt(at); code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;) {
      code = text.charCodeAt(++at);
    }
  };
  const next = (mark: string): boolean => {
    skipBlanks();
    if (text[at] !== mark) return false;
    at += 1;
    return true;
  };

  const string = (): string => {
    const start = at++;
    let escaped = false;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === 0x22) break;
      if (code >= 0x20 && code !== 0x5c) at += 1;
      else if (take(escape)) escaped = true;
      // A control character, a backslash alone, or NaN at the end.
      else fail('a character, an escape or the closing quote of a text');
    }
    at += 1;
    return escaped ? JSON.parse(text.slice(start, at)) as string : text.slice(start + 1, at - 1);
  };

  const object = (): unknown => {
    const found: Record<string, unknown> = {};
    if (next('}')) return found;
    do {
      skipBlanks();
      const start = at;
      if (text[at] !== '"') fail('the name of a member, in double quotes,');
      const name = string();
      place.push(name);
      if (Object.hasOwn(found, name)) throw new JsonTextError('is there twice', start, [...place]);
      if (!next(':')) fail('a colon');
      skipBlanks();
      const begin = at;
      const member = value();
      // Assignment to `__proto__` would set the prototype.
      if (name === '__proto__') Object.defineProperty(found, name, { value: member, ...ordinary });
      else found[name] = member;
      place.pop();
      if (place.length === 0) members.set(name, { start: begin, end: at });
    } while (next(','));
    if (!next('}')) fail('a comma or }');
    return found;
  };

  const array = (): unknown => {
    const items: unknown[] = [];
    if (next(']')) return items;
    do {
      place.push(items.length);
      items.push(value());
      place.pop();
    } while (next(','));
    if (!next(']')) fail('a comma or ]');
    return items;
  };

  const value = (): unknown => {
    skipBlanks();
    if (place.length > deepest) throw new JsonTextError(`is nested more than ${deepest} deep`, at, [...place]);
    if (text[at] === '"') return string();
    if (next('{')) return object();
    if (next('[')) return array();
    const start = at;
    if (!take(word)) fail('a value');
    return JSON.parse(text.slice(start, at)) as unknown;
  };

  const document = value();
  skipBlanks();
  if (at < text.length) fail('nothing more');
  return { value: document, members };
}
