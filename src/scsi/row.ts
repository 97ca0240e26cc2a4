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

/** The value of a name. Throws RangeError for a name that is not in the table: a mistake in the program. */
export function valueOf(rows: readonly Row[], name: string): number {
  const row = rows.find((each) => each.name === name);
  if (row === undefined) throw new RangeError(`no row is called ${name}`);
  return row.value;
}
