// Rows for people, each as soon as it is known: the widths are settled before the first row. Those of a list wait for all,
// because what finds one disk alone depends on the others. Below the rows, on stderr, what went wrong and what to do next.

import type { ClixmlObject } from '../../clixml/clixml.ts';
import { isPlaceholder } from '../../disk/no-statement.ts';
import { plainObject } from '../../result/items.ts';
import { cleanText } from '../../text.ts';
import { type Gives, takesDisks, verbRows } from '../../verbs/verb-rows.ts';
import type { Output, Sheet } from './output.ts';

type Properties = ReturnType<typeof plainObject>;

interface Column {
  readonly title: string;
  /** Characters; a column that may grow has the least and the most it takes. */
  readonly width: number | { readonly least: number; readonly most: number };
  readonly right?: boolean;
  /** Never cut: it is there to be copied. */
  readonly whole?: boolean;
  /** Left out where the screen is too narrow: the least of these first. */
  readonly spare?: number;
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

/** The argument that named a disk which was not found; null where nothing identifies it. */
function argumentFor({ UniqueId, SerialNumber }: Properties): string | null {
  const [id, serial] = [text(UniqueId), text(SerialNumber)];
  if (id !== '' && !isPlaceholder(id)) return `id:${id}`;
  return serial === '' || isPlaceholder(serial) ? null : `serial:${serial}`;
}

/** Labels with commas between them, three numbers and more that follow each other as a range: `0-1000, 1002, Tape0`. */
function listed(labels: readonly string[]): string {
  const all = [...new Set(labels)];
  const isNumber = (label: string) => /^[0-9]+$/.test(label);
  const parts: { from: number; to: number }[] = [];
  for (const number of all.filter(isNumber).map(Number).sort((a, b) => a - b)) {
    const last = parts.at(-1);
    if (last !== undefined && last.to + 1 === number) last.to = number;
    else parts.push({ from: number, to: number });
  }
  const ranges = parts.flatMap(({ from, to }) => (to - from > 1 ? [`${from}-${to}`] : [...new Set([`${from}`, `${to}`])]));
  return [...ranges, ...all.filter((label) => !isNumber(label))].join(', ');
}

const roles = ['Boot', 'System', 'Clustered', 'Multipath'];

const columns: Readonly<Record<Gives, readonly Column[]>> = {
  result: [
    { title: 'Disk', width: 8, right: true, text: diskLabel },
    { title: 'FriendlyName', width: { least: 19, most: 40 }, spare: 3, text: ({ FriendlyName }) => text(FriendlyName) },
    { title: 'SerialNumber', width: { least: 20, most: 40 }, spare: 2, text: ({ SerialNumber }) => text(SerialNumber) },
    { title: 'Outcome', width: 15, text: ({ Outcome }) => text(Outcome) },
    { title: 'Ms', width: 8, right: true, spare: 1, text: ({ DurationMs }) => Number(DurationMs).toFixed(1) },
  ],
  reservation: [
    { title: 'Disk', width: 8, right: true, text: diskLabel },
    { title: 'FriendlyName', width: { least: 19, most: 40 }, spare: 3, text: ({ FriendlyName }) => text(FriendlyName) },
    { title: 'State', width: 17, text: ({ State }) => text(State) },
    { title: 'Keys', width: 6, right: true, spare: 2, text: ({ KeyCount }) => text(KeyCount) || '-' },
    { title: 'Type', width: { least: 22, most: 36 }, spare: 1, text: ({ Type }) => text(Type) },
  ],
  record: [
    { title: 'LoggedAt', width: 20, text: ({ LoggedAt }) => text(LoggedAt).replace(/\.\d+Z$/, 'Z') },
    { title: 'Command', width: 7, spare: 2, text: ({ Command }) => text(Command) },
    { title: 'Disk', width: 8, right: true, text: diskLabel },
    { title: 'SerialNumber', width: { least: 20, most: 40 }, spare: 1, text: ({ SerialNumber }) => text(SerialNumber) },
    { title: 'Outcome', width: 15, text: ({ Outcome }) => text(Outcome) },
  ],
  disk: [
    { title: 'Disk', width: 8, right: true, text: diskLabel },
    // 35 is `id:` and a UniqueId of 16 bytes.
    { title: 'Name', width: 35, whole: true, text: (item) => text(item.Name) || labelOrPath(item) },
    { title: 'FriendlyName', width: { least: 16, most: 40 }, spare: 1, text: ({ FriendlyName, BusType }) =>
      (FriendlyName === null && BusType === null ? '(not reported)' : text(FriendlyName)) },
    { title: 'Role', width: { least: 15, most: 34 }, spare: 2, text: (item) =>
      roles.filter((role) => item[`Is${role}`] === true).join(', ') },
  ],
};

/** The rows below those of `status`, where each registrant was asked for. */
const registrantColumns: readonly Column[] = [
  { title: 'Disk', width: 8, right: true, text: diskLabel },
  { title: 'Key', width: 18, whole: true, text: ({ Key }) => text(Key) },
  { title: 'Holder', width: 6, text: ({ Holder }) => (Holder === true ? 'yes' : '') },
  { title: 'Initiator', width: { least: 42, most: 223 }, whole: true, text: ({ Initiator }) => text(Initiator) },
];

/** What a dry run calls a column. */
const dryTitles: Readonly<Record<string, string>> = { Outcome: 'Would be' };

export class TableOutput implements Output {
  readonly #sheet: Sheet;
  #columns: readonly Column[] = [];
  #widths: readonly number[] = [];
  readonly #items: Properties[] = [];
  /** By the place of their disk. */
  readonly #registrants: Properties[][] = [];

  constructor(sheet: Sheet) {
    this.#sheet = sheet;
  }

  item(item: ClixmlObject): void {
    const properties = plainObject(item);
    this.#items.push(properties);
    if (verbRows[this.#sheet.command].gives !== 'disk') this.#show(properties);
  }

  names(names: readonly (string | null)[]): void {
    for (const [i, item] of this.#items.entries()) this.#show({ ...item, Name: names[i]! });
  }

  registrant(item: ClixmlObject, place: number): void {
    (this.#registrants[place] ??= []).push(plainObject(item));
  }

  end(): void {
    const { stdout, stderr, dryRun, command } = this.#sheet;
    const registrants = this.#registrants.flat();
    if (registrants.length > 0) {
      stdout.line('');
      this.#head(registrantColumns);
      for (const each of registrants) this.#row((column) => column.text(each));
    }
    for (const line of takesDisks(command) ? remarks(this.#items) : []) stderr.line(line);
    if (this.#items.length === 0) stderr.line(command === 'log' ? 'No records.' : 'No disks.');
    if (dryRun) stderr.line('Dry run: nothing was sent.');
  }

  #show(properties: Properties): void {
    if (this.#columns.length === 0) this.#head(columns[verbRows[this.#sheet.command].gives]);
    this.#row((column) => column.text(properties));
  }

  #head(its: readonly Column[]): void {
    this.#columns = fitting(its, this.#sheet.width);
    this.#widths = widthsFor(this.#columns, this.#sheet.width);
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

const leastOf = ({ width }: Column) => (typeof width === 'number' ? width : width.least);
const leastOfAll = (all: readonly Column[]) => all.reduce((sum, column) => sum + leastOf(column), gap.length * (all.length - 1));

/** Without the columns for which there is no room. */
function fitting(all: readonly Column[], width: number): readonly Column[] {
  const spare = all.flatMap((column) => column.spare ?? []);
  if (leastOfAll(all) <= width || spare.length === 0) return all;
  const first = Math.min(...spare);
  return fitting(all.filter((column) => column.spare !== first), width);
}

/** Columns that may grow share what the width leaves, the first of them first. */
function widthsFor(all: readonly Column[], width: number): number[] {
  const least = all.map(leastOf);
  let left = width - leastOfAll(all);
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
    const { Outcome, State, ReservationAfter, Message, NextStep, Method } = item;
    // Without --verify the message says no more than the row.
    const verified = ReservationAfter !== null && ReservationAfter !== undefined;
    if ((Outcome === 'Accepted' || Outcome === 'Reserved') && NextStep === '' && !verified && Method === undefined) continue;
    // What kept it from being read, beside the state that is unknown for that.
    const outcome = Outcome === 'Read' ? State : State !== undefined ? `${text(State)} (${text(Outcome)})`
      : verified && !(Method !== undefined && ReservationAfter === 'Unknown') ? `${text(Outcome)}, now ${text(ReservationAfter)}`
        : Outcome;
    const key = [outcome, Message, NextStep].join('\n');
    const group = groups.get(key)
      ?? { disks: [], outcome: text(outcome), message: text(Message), next: text(NextStep) };
    groups.set(key, group);
    group.disks.push(remarkLabel(item));
  }
  return [...groups.values()].flatMap(({ disks, outcome, message, next }) => [
    '',
    `${disks.length === 1 ? 'Disk' : 'Disks'} ${listed(disks)}: ${outcome}. ${message}`,
    ...(next === '' ? [] : [`  Next: ${next}`]),
  ]);
}

/** `3` or `Tape0`, else the path, where there is one. */
const labelOrPath = (item: Properties): string => (diskLabel(item) === '-' ? text(item.DevicePath) : diskLabel(item));

const remarkLabel = (item: Properties): string => labelOrPath(item) || (argumentFor(item) ?? '-');
