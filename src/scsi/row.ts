/**
 * One word of a standard: its code, its name there, and what it means. Parsers, printers and tests walk such rows.
 */
export interface Row {
  readonly value: number;
  readonly name: string;
  readonly description: string;
}

/** The row of a value, or undefined for a value that the table does not know. */
export function rowOf<T extends Row>(rows: readonly T[], value: number): T | undefined {
  return rows.find((row) => row.value === value);
}

/** The name of a value; one that the table does not know is told in the standard's way: `9h`. */
export function nameOf(rows: readonly Row[], value: number): string {
  return rowOf(rows, value)?.name ?? `${value.toString(16).toUpperCase()}h`;
}

/** The value of a name. Throws RangeError for a name that is not in the table: a mistake in the program. */
export function valueOf(rows: readonly Row[], name: string): number {
  const row = rows.find((each) => each.name === name);
  if (row === undefined) throw new RangeError(`no row is called ${name}`);
  return row.value;
}
