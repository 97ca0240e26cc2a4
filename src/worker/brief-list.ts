// A short list for tab completion, where somebody waits at a prompt: many devices in one reply, which PowerShell reads
// as fast as a single object.

import type { InventoryRow } from '../bus/bus.ts';
import type { Clock } from '../clock.ts';

/** The most characters in one reply: escaped, a character takes seven bytes at most, and a line has 64 KiB. */
const mostCharacters = 8_000;
/** A longer text is left out, because a cut text identifies nothing. */
const longestText = 512;
/** How long a row waits for further rows before it is sent. */
const gatherMs = 20;

const field = (text: string | null): string =>
  (text === null || text.length > longestText || /[\u0000-\u001f]/.test(text) ? '' : text);
const roles = ({ boot, system, clustered, multipath }: InventoryRow): string =>
  (boot ? 'b' : '') + (system ? 's' : '') + (clustered ? 'c' : '') + (multipath ? 'm' : '');

/**
 * Number, path, name, serial number, UniqueId, bus type and roles, separated by TAB; an unknown field is empty.
 * ps/completion/Get-ListedDisk.ps1 reads it.
 */
export const briefRow = (row: InventoryRow): string => [
  row.number === null ? '' : String(row.number), row.path, row.friendlyName, row.serialNumber, row.uniqueId, row.busType,
  roles(row),
].map(field).join('\t');

/** Collects rows that arrive within a moment, as many as fit into a reply; LF separates them. */
export class BriefList {
  readonly #clock: Clock;
  readonly #write: (rows: string) => void;
  #rows: string[] = [];
  #length = 0;
  #stop: () => void = () => {};

  constructor(clock: Clock, write: (rows: string) => void) {
    this.#clock = clock;
    this.#write = write;
  }

  add(row: InventoryRow): void {
    const text = briefRow(row);
    if (this.#length + text.length > mostCharacters) this.flush();
    if (this.#rows.length === 0) this.#stop = this.#clock.after(gatherMs, () => this.flush());
    this.#rows.push(text);
    this.#length += text.length + 1;
  }

  flush(): void {
    this.#stop();
    if (this.#rows.length > 0) this.#write(this.#rows.join('\n'));
    this.#rows = [];
    this.#length = 0;
  }
}
