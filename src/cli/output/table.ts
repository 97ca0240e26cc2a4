// Rows for people, each as soon as it is known: the widths are settled before the first row. Below the rows, on
// stderr, what went wrong and what to do next.

import { cleanText } from '../../bus/sdk/text.ts';
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
/** Cleaned once more here, where a terminal is next. */
const text = (value: Properties[string] | undefined) =>
  (value === null || value === undefined ? '' : cleanText(String(value)) ?? '');

/** `3`, `Tape0` or `-`: never begins with what a device says. */
export function diskLabel({ Number, DevicePath }: Properties): string {
  return text(Number) || (/^\\\\[.?]\\(?:PhysicalDrive)?([A-Za-z0-9]+)$/.exec(text(DevicePath))?.[1] ?? '-');
}

/** As `release` takes it, whatever its number is by then. */
function argumentFor({ UniqueId, SerialNumber }: Properties): string | null {
  if (UniqueId !== null) return `id:${text(UniqueId)}`;
  return SerialNumber === null ? null : `serial:${text(SerialNumber)}`;
}

const roles = ['Boot', 'System', 'Clustered', 'Multipath'];

const columns: Record<CommandName, readonly Column[]> = {
  release: [
    { title: 'Disk', width: 8, right: true, text: diskLabel },
    { title: 'FriendlyName', width: { least: 19, most: 40 }, text: ({ FriendlyName }) => text(FriendlyName) },
    { title: 'SerialNumber', width: { least: 20, most: 40 }, text: ({ SerialNumber }) => text(SerialNumber) },
    { title: 'Outcome', width: 15, text: ({ Outcome }) => text(Outcome) },
    { title: 'Ms', width: 8, right: true, text: ({ DurationMs }) => Number(DurationMs).toFixed(1) },
  ],
  list: [
    { title: 'Disk', width: 8, right: true, text: diskLabel },
    // 35 is `id:` and a UniqueId of 16 bytes.
    { title: 'Name', width: 35, whole: true, text: (item) => argumentFor(item) ?? '-' },
    { title: 'FriendlyName', width: { least: 16, most: 40 }, text: ({ FriendlyName, BusType }) =>
      (FriendlyName === null && BusType === null ? '(does not say)' : text(FriendlyName)) },
    { title: 'Role', width: { least: 15, most: 34 }, text: (item) =>
      roles.filter((role) => item[`Is${role}`] === true).join(', ') },
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

interface Remark {
  readonly disks: string[];
  readonly outcome: string;
  readonly message: string;
  readonly next: string;
}

/** One remark for all disks of which the same is to be said. */
function remarks(items: readonly Properties[]): string[] {
  const groups = new Map<string, Remark>();
  for (const item of items) {
    const { Outcome, Message, NextStep } = item;
    if (Outcome === 'Accepted' && NextStep === '') continue;
    const key = [Outcome, Message, NextStep].join('\n');
    const group = groups.get(key)
      ?? { disks: [], outcome: text(Outcome), message: text(Message), next: text(NextStep) };
    groups.set(key, group);
    group.disks.push(remarkLabel(item));
  }
  return [...groups.values()].flatMap(({ disks, outcome, message, next }) => [
    '',
    `${disks.length === 1 ? 'Disk' : 'Disks'} ${disks.join(', ')}: ${outcome}. ${message}`,
    ...(next === '' ? [] : [`  Next: ${next}`]),
  ]);
}

function remarkLabel(item: Properties): string {
  const label = diskLabel(item);
  if (label !== '-') return label;
  return text(item.DevicePath) || (argumentFor(item) ?? label);
}
