import type { ClixmlObject } from '../../clixml/clixml.ts';
import type { CommandName } from '../../verbs/verb-rows.ts';
import type { Channel } from '../io.ts';

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
  /** For each device of a list the argument that finds it alone; before the end, where the format shows it. */
  names?(names: readonly (string | null)[]): void;
  end(exitCode: number): void;
}
