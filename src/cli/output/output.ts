import type { ClixmlObject } from '../../clixml/clixml.ts';
import type { Channel } from '../io.ts';
import { ClixmlOutput } from './clixml.ts';
import { JsonOutput } from './json.ts';
import { TableOutput } from './table.ts';

export type CommandName = 'release' | 'reserve' | 'clear' | 'status' | 'list';

/** What is written about, and onto what. */
export interface Sheet {
  readonly command: CommandName;
  readonly version: string;
  readonly dryRun: boolean;
  /** Whether registrants may come. */
  readonly detailed: boolean;
  /** Characters in a line. */
  readonly width: number;
  /** Whether a person reads stdout. */
  readonly isTerminal: boolean;
  /** For the chosen format alone. */
  readonly stdout: Channel;
  /** For people. */
  readonly stderr: Channel;
}

export interface Output {
  /** One result or disk, as soon as it is known; `place` is where it stands among the arguments, from 0. */
  item(item: ClixmlObject, place: number): void;
  /** A registrant of the result with the same place, which has gone before. */
  registrant(item: ClixmlObject, place: number): void;
  end(exitCode: number): void;
}

/** The formats by their names on the command line, the default first. */
export const formats = {
  table: (sheet: Sheet): Output => new TableOutput(sheet),
  json: (sheet: Sheet): Output => new JsonOutput(sheet),
  clixml: (sheet: Sheet): Output => new ClixmlOutput(sheet),
} as const;

export type Format = keyof typeof formats;
