// One JSON document a run, documented by docs/schema/output.schema.json. A change that could break a reader gets
// another schema name.

import type { ClixmlObject, ClixmlValue } from '../../clixml/clixml.ts';
import type { CommandName, Output, Sheet } from './output.ts';

export const schemaName = 'storage-release/1';

/** ECMAScript 2026: a number of any length, digit by digit. */
declare global {
  interface JSON {
    rawJSON(text: string): object;
  }
}

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

/** What the lists of the commands are called. */
const members = {
  release: 'results', reserve: 'results', clear: 'results', status: 'results', list: 'disks',
} as const satisfies Record<CommandName, string>;

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
      ...(command === 'release' || command === 'reserve' || command === 'clear' ? { dryRun } : {}),
      [members[command]]: this.#items,
      ...(detailed ? { registrants: this.#registrants.flat() } : {}),
      exitCode,
    }, isTerminal));
  }
}

/** The document of a run that never began. */
export function errorDocument(
  command: CommandName | null, version: string, error: RunError, exitCode: number,
): string {
  return jsonText({ schema: schemaName, command, version, error, exitCode }, false);
}

/** Printable ASCII, so that no code page on the way can change it; on one line, unless a person reads it. */
function jsonText(value: unknown, pretty: boolean): string {
  return JSON.stringify(value, null, pretty ? 2 : 0)
    .replace(/[^\n -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const jsonObject = (item: ClixmlObject) =>
  Object.fromEntries(item.map(([name, value]) => [name, jsonValue(value)]));

function jsonValue(value: ClixmlValue): unknown {
  if (value === null) return null;
  const [inner] = Object.values(value) as [string | number | bigint | boolean | Date];
  // A Date writes itself, in ISO 8601.
  return typeof inner === 'bigint' ? JSON.rawJSON(String(inner)) : inner;
}
