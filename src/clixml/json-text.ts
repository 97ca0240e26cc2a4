// The same properties as JSON: what --output json and a log have of a result.

import type { ClixmlObject, ClixmlValue } from './clixml.ts';

/** ECMAScript 2026: a number of any length, digit by digit. */
declare global {
  interface JSON {
    rawJSON(text: string): object;
  }
}

/** Printable ASCII, so that no code page on the way can change it; on one line, unless a person reads it. */
export function jsonText(value: unknown, pretty = false): string {
  return JSON.stringify(value, null, pretty ? 2 : 0)
    .replace(/[^\n -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export const jsonObject = (item: ClixmlObject): Record<string, unknown> =>
  Object.fromEntries(item.map(([name, value]) => [name, jsonValue(value)]));

function jsonValue(value: ClixmlValue): unknown {
  if (value === null) return null;
  const [inner] = Object.values(value) as [string | number | bigint | boolean | Date];
  // A Date writes itself, in ISO 8601.
  return typeof inner === 'bigint' ? JSON.rawJSON(String(inner)) : inner;
}
