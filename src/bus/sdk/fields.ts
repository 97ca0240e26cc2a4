// Structures of the Windows SDK as tables of fields: bytes to values and back.
// Little-endian, natural alignment. One table encodes, decodes and is tested.

/** Bytes that do not hold the structure they should; the message names structure, field and offset. */
export class LayoutError extends Error {
  override name = 'LayoutError';
}

/** One member of a structure: its SDK name, offset and size in bytes. */
export interface Field<Name extends string = string> {
  readonly name: Name;
  readonly offset: number;
  readonly size: 1 | 2 | 4;
}

export interface Layout<Name extends string = string> {
  readonly name: string;
  /** sizeof. */
  readonly size: number;
  /** Bytes that a decoder needs; less than `size` where the last member is an array of any length. */
  readonly least: number;
  readonly fields: readonly Field<Name>[];
}

type Row<Name extends string> = readonly [name: Name, offset: number, size: 1 | 2 | 4];

/** A structure of that size in bytes, of which decoders need `least`, with its members. */
export function layout<const Name extends string>(
  name: string, size: number, least: number, rows: readonly Row<Name>[],
): Layout<Name> {
  const fields = rows.map(([field, offset, bytes]) => ({ name: field, offset, size: bytes }));
  return { name, size, least, fields };
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The members of one structure that starts at `at`. Throws LayoutError where the bytes end before it does. */
export function decodeFields<Name extends string>(
  table: Layout<Name>, bytes: Uint8Array, at = 0,
): Record<Name, number> {
  if (at + table.least > bytes.length) {
    throw new LayoutError(`${table.name} at offset ${at} takes ${table.least} bytes; `
      + `${Math.max(0, bytes.length - at)} are there`);
  }
  const view = viewOf(bytes);
  const values = {} as Record<Name, number>;
  for (const { name, offset, size } of table.fields) {
    values[name] = size === 4 ? view.getUint32(at + offset, true)
      : size === 2 ? view.getUint16(at + offset, true) : view.getUint8(at + offset);
  }
  return values;
}

/** Writes the members of one structure at `at`; one not named is 0. Throws LayoutError for what does not fit. */
export function encodeFields<Name extends string>(
  table: Layout<Name>, values: Partial<Record<Name, number>>,
  bytes: Uint8Array = new Uint8Array(table.size), at = 0,
): Uint8Array {
  if (at + table.least > bytes.length) {
    throw new LayoutError(`${table.name} at offset ${at} takes ${table.least} bytes; ${bytes.length} are there`);
  }
  const view = viewOf(bytes);
  for (const { name, offset, size } of table.fields) {
    const value = values[name] ?? 0;
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** (8 * size)) {
      throw new LayoutError(`${table.name}.${name} at offset ${at + offset}: ${value} does not fit ${size} bytes`);
    }
    if (size === 4) view.setUint32(at + offset, value, true);
    else if (size === 2) view.setUint16(at + offset, value, true);
    else view.setUint8(at + offset, value);
  }
  return bytes;
}
