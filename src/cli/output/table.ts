// Rows for people, each as soon as it is known: the widths are settled before the first row. Below the rows, on
// stderr, what went wrong and what to do next.

import type { ClixmlObject } from '../../clixml/clixml.ts';
import { plainObject } from '../../release/items.ts';
import type { CommandName, Output, Sheet } from './output.ts';

type Properties = ReturnType<typeof plainObject>;

interface Column {
  readonly title: string;
  /** Characters; a column that may grow has the least and the most it takes. */
  readonly width: number | { readonly least: number; readonly most: number };
  readonly right?: boolean;
  /** Never cut: it is there to be copied. */
  readonly whole?: boolean;
  readonly text: (item: Properties) => string;
}

const gap = '  ';
const ellipsis = '...';
const text = (value: Properties[string] | undefined) => (value === null || value === undefined ? '' : String(value));

/** `3`, `Tape0` or `-`: never begins with what a device says. */
export function diskLabel({ Number, DevicePath }: Properties): string {
  return text(Number) || (/^\\\\[.?]\\(?:PhysicalDrive)?([A-Za-z0-9]+)$/.exec(text(DevicePath))?.[1] ?? '-');
}

const roles = ['Boot', 'System', 'Clustered', 'Multipath'];

const columns: Record<CommandName, readonly Column[]> = {
  release: [
    { title: 'Disk', width: 6, right: true, text: diskLabel },
    { title: 'FriendlyName', width: { least: 19, most: 40 }, text: ({ FriendlyName }) => text(FriendlyName) },
    { title: 'SerialNumber', width: { least: 20, most: 40 }, text: ({ SerialNumber }) => text(SerialNumber) },
    { title: 'Outcome', width: 15, text: ({ Outcome }) => text(Outcome) },
    { title: 'Ms', width: 8, right: true, text: ({ DurationMs }) => Number(DurationMs).toFixed(1) },
  ],
  list: [
    { title: 'Disk', width: 6, right: true, text: diskLabel },
    // As `release` takes it. 35 is `id:` and a UniqueId of 16 bytes.
    { title: 'Name', width: 35, whole: true, text: ({ UniqueId, SerialNumber }) =>
      (UniqueId !== null ? `id:${text(UniqueId)}` : SerialNumber !== null ? `serial:${text(SerialNumber)}` : '-') },
    { title: 'FriendlyName', width: { least: 16, most: 40 }, text: ({ FriendlyName, BusType }) =>
      (FriendlyName === null && BusType === null ? '(does not say)' : text(FriendlyName)) },
    { title: 'Role', width: { least: 17, most: 34 }, text: (item) => roles.filter((role) => item[`Is${role}`] === true).join(', ') },
  ],
};

/** What a dry run calls a column. */
const dryTitles: Readonly<Record<string, string>> = { Outcome: 'Would be' };

export class TableOutput implements Output {
  readonly #sheet: Sheet;
  readonly #columns: readonly Column[];
  readonly #widths: readonly number[];
  readonly #items: Properties[] = [];
  #begun = false;

  constructor(sheet: Sheet) {
    this.#sheet = sheet;
    this.#columns = columns[sheet.command];
    this.#widths = widthsFor(this.#columns, sheet.width);
  }

  item(item: ClixmlObject): void {
    const properties = plainObject(item);
    this.#items.push(properties);
    if (!this.#begun) this.#head();
    this.#row((column) => column.text(properties));
  }

  end(): void {
    const { stderr, dryRun, command } = this.#sheet;
    for (const line of command === 'release' ? remarks(this.#items) : []) stderr.line(line);
    if (this.#items.length === 0) stderr.line('No disks.');
    if (dryRun) stderr.line('Dry run: nothing was sent.');
  }

  #head(): void {
    this.#begun = true;
    const title = (column: Column) => (this.#sheet.dryRun ? dryTitles[column.title] : undefined) ?? column.title;
    this.#row(title);
    this.#row((column) => '-'.repeat(title(column).length));
  }

  #row(cell: (column: Column) => string): void {
    const cells = this.#columns.map((column, i) => {
      const width = this.#widths[i] as number;
      const whole = cell(column);
      const shown = column.whole === true || whole.length <= width
        ? whole : `${whole.slice(0, width - ellipsis.length)}${ellipsis}`;
      return column.right === true ? shown.padStart(width) : shown.padEnd(width);
    });
    this.#sheet.stdout.line(cells.join(gap).trimEnd());
  }
}

/** Columns that may grow share what the width leaves, the first of them first. */
function widthsFor(all: readonly Column[], width: number): number[] {
  const least = all.map((column) => (typeof column.width === 'number' ? column.width : column.width.least));
  let left = width - least.reduce((sum, each) => sum + each, gap.length * (all.length - 1));
  return all.map((column, i) => {
    const from = least[i] as number;
    if (typeof column.width === 'number' || left <= 0) return from;
    const more = Math.min(left, column.width.most - from);
    left -= more;
    return from + more;
  });
}

/** One remark for all disks of which the same is to be said. */
function remarks(items: readonly Properties[]): string[] {
  const groups = new Map<string, { readonly disks: string[]; readonly outcome: string; readonly said: string; readonly next: string }>();
  for (const item of items) {
    const next = text(item.NextStep);
    if (item.Outcome === 'Accepted' && next === '') continue;
    const outcome = text(item.Outcome);
    const name = item.Number === null ? diskLabel(item) : `disk ${item.Number}`;
    const message = text(item.Message);
    const said = message.startsWith(`${name}: `) ? message.slice(name.length + 2) : message;
    const key = [outcome, said, next].join('\n');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { disks: [diskLabel(item)], outcome, said, next });
    else group.disks.push(diskLabel(item));
  }
  return [...groups.values()].flatMap(({ disks, outcome, said, next }) => [
    '',
    `${disks.length === 1 ? 'Disk' : 'Disks'} ${disks.join(', ')}: ${outcome}. ${said}`,
    ...(next === '' ? [] : [`  Next: ${next}`]),
  ]);
}
