// A list for somebody who waits at a prompt and only wants names: many devices in one reply, which PowerShell reads in
// the time of one object.

import type { InventoryRow } from '../bus/bus.ts';
import type { Clock } from '../clock.ts';

/** Characters of one reply: escaped, none of them takes more than seven, and a line has 64 KiB. */
const mostCharacters = 8_000;
/** A text that is longer is left out: what is cut identifies nothing. */
const longestText = 512;
/** How long a device that has said what it is waits for others. */
const gatherMs = 20;

const field = (text: string | null): string =>
  (text === null || text.length > longestText || /[\u0000-\u001f]/.test(text) ? '' : text);
const roles = ({ boot, system, clustered, multipath }: InventoryRow): string =>
  (boot ? 'b' : '') + (system ? 's' : '') + (clustered ? 'c' : '') + (multipath ? 'm' : '');

/**
 * Number, path, name, serial number, unique id, bus type and roles, with TAB between them; what is not known is empty.
 * ps/completion/Get-ListedDisk.ps1 reads it.
 */
export const briefRow = (row: InventoryRow): string => [
  row.number === null ? '' : String(row.number), row.path, row.friendlyName, row.serialNumber, row.uniqueId, row.busType,
  roles(row),
].map(field).join('\t');

/** Rows with LF between them, as many as there are within a moment, or as fit a line. */
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
