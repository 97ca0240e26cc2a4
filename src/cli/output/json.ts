// One JSON document a run, documented by docs/schema/output.schema.json. A change that could break a reader gets
// another schema name.

import type { ClixmlObject } from '../../clixml/clixml.ts';
import { jsonObject, jsonText } from '../../clixml/json-text.ts';
import { type CommandName, type Gives, isChanging, verbRows } from '../../verbs/verb-rows.ts';
import type { Output, Sheet } from './output.ts';

export const schemaName = 'storage-release/1';

/** What kept a run from beginning, or from its end. */
export interface RunError {
  /**
   * `usage`: the command line or a file it names is wrong; `unavailable`: there is no bus to work on; `unexpected`: a
   * mistake of ours.
   */
  readonly kind: 'usage' | 'unavailable' | 'unexpected';
  readonly message: string;
  readonly nextStep: string;
}

/** What the list is called of what a command gives. */
const members: Readonly<Record<Gives, string>> = {
  result: 'results', reservation: 'results', disk: 'disks', record: 'records',
};

export class JsonOutput implements Output {
  readonly #sheet: Sheet;
  readonly #items: Record<string, unknown>[] = [];
  /** By the place of their disk. */
  readonly #registrants: Record<string, unknown>[][] = [];

  constructor(sheet: Sheet) {
    this.#sheet = sheet;
  }

  item(item: ClixmlObject, place: number): void {
    this.#items[place] = jsonObject(item);
  }

  registrant(item: ClixmlObject, place: number): void {
    (this.#registrants[place] ??= []).push(jsonObject(item));
  }

  end(exitCode: number): void {
    const { command, version, dryRun, detailed, isTerminal, stdout } = this.#sheet;
    stdout.line(jsonText({
      schema: schemaName,
      command,
      version,
      ...(isChanging(command) ? { dryRun } : {}),
      [members[verbRows[command].gives]]: this.#items,
      ...(detailed ? { registrants: this.#registrants.flat() } : {}),
      exitCode,
    }, isTerminal));
  }
}

/** The document of a run that never began. */
export function errorDocument(
  command: CommandName | null, version: string, error: RunError, exitCode: number,
): string {
  return jsonText({ schema: schemaName, command, version, error, exitCode });
}
