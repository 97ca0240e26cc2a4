import { ClixmlOutput } from './clixml.ts';
import { JsonOutput } from './json.ts';
import type { Output, Sheet } from './output.ts';
import { TableOutput } from './table.ts';

/** The formats by their names on the command line, the default first. */
export const formats = {
  table: (sheet: Sheet): Output => new TableOutput(sheet),
  json: (sheet: Sheet): Output => new JsonOutput(sheet),
  clixml: (sheet: Sheet): Output => new ClixmlOutput(sheet),
} as const;

export type Format = keyof typeof formats;
