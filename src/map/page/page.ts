/// <reference lib="dom" />
// The script of a map's page: draws the visible rows, sorts, filters, and shows the answers. Texts of devices become only
// text nodes and attributes.

import { type Before, type CellKind, type Lun, type MapData, cellKinds, isOtherCell, lunKinds, readingTexts } from '../data.ts';

const element = (id: string): HTMLElement => document.getElementById(id)!;
const data = JSON.parse(element('data').textContent) as MapData;
const { hosts, luns, texts } = data;

const place = element('map');
const details = element('details') as HTMLDialogElement;
const filter = element('filter') as HTMLInputElement;

/** Columns before those of the hosts. */
const before = 3;
const columnCount = before + hosts.length;
const spare = 8;

function make<K extends keyof HTMLElementTagNameMap>(
  tag: K, className = '', text = '',
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className !== '') made.className = className;
  if (text !== '') made.textContent = text;
  return made;
}

/** The holder's name where no host is known as the holder: its key. */
function keyHolder({ persistent }: Lun): string {
  if (persistent === null || persistent.type === null) return '';
  return persistent.holderKey ?? 'all registrants';
}

const holderOf = (lun: Lun): string =>
  (lun.holders.length === 0 ? keyHolder(lun) : lun.holders.map((host) => hosts[host]!).join(', '));
const changeWords = { new: 'new', gone: 'gone', changed: 'changed' } as const;

/** What has changed about the LUN itself. Changed cells have their own marks. */
function changesOf(lun: Lun, { state, holderKey, type }: Before): string[] {
  const words: string[] = [];
  if (holderKey !== undefined) words.push(`key of the holder: ${lun.persistent!.holderKey!}, was: ${holderKey}`);
  if (type !== undefined) words.push(`type: ${lun.persistent!.type!}, was: ${type}`);
  const is = lun.holders.length === 0 ? lun.state : `${lun.state} by ${holderOf(lun)}`;
  if (words.length === 0 || is !== state) words.unshift(`was: ${state}`);
  return words;
}

function stateOf(lun: Lun): string {
  const words = [lun.state];
  if (lun.twice) words.push('identity twice');
  if (lun.change === 'changed' && lun.before !== null) words.push(...changesOf(lun, lun.before));
  else if (lun.change !== null) words.push(changeWords[lun.change]);
  return words.join(', ');
}

const haystacks = luns.map((lun) => [
  lun.name, lun.uniqueId, lun.serialNumber, stateOf(lun), holderOf(lun), lun.message, lun.persistent?.holderKey,
  lun.persistent?.type, ...lun.persistent?.registrants ?? [],
].join('\n').toLowerCase());

// --- which rows, in which order

let shown: number[] = [];
let kind = 'all';
let sorted = { column: 1, down: false };
const compare = new Intl.Collator('en', { numeric: true }).compare;
const kindOrder = Object.keys(lunKinds);
const cellOrder = Object.keys(cellKinds).join('');

const isOfKind = (lun: Lun): boolean => (kind === 'all' || (kind === 'twice' ? lun.twice
  : kind === 'changed' ? lun.change !== null : lun.kind === kind && lun.change !== 'gone'));

/** The place of each LUN by its name. */
const byName: number[] = [];
for (const [at, index] of luns.map((_, each) => each).sort((a, b) => compareNames(luns[a]!, luns[b]!)).entries()) {
  byName[index] = at;
}

function compareNames(a: Lun, b: Lun): number {
  return compare(a.name, b.name) || compare(a.serialNumber ?? '', b.serialNumber ?? '')
    || compare(a.uniqueId ?? '', b.uniqueId ?? '');
}

function order(a: Lun, b: Lun): number {
  const { column } = sorted;
  if (column === 0) return compareNames(a, b);
  if (column === 1) return kindOrder.indexOf(a.kind) - kindOrder.indexOf(b.kind) || compare(stateOf(a), stateOf(b));
  if (column === 2) return compare(holderOf(a) || '\uffff', holderOf(b) || '\uffff');
  return cellOrder.indexOf(a.cells[column - before]!) - cellOrder.indexOf(b.cells[column - before]!);
}

function choose(): void {
  const words = filter.value.toLowerCase().split(/\s+/).filter((word) => word !== '');
  shown = luns.map((_, index) => index)
    .filter((index) => isOfKind(luns[index]!) && words.every((word) => haystacks[index]!.includes(word)));
  shown.sort((a, b) => order(luns[a]!, luns[b]!) * (sorted.down ? -1 : 1) || byName[a]! - byName[b]!);
  element('shown').textContent = shown.length === luns.length ? '' : `${shown.length} of ${luns.length} shown`;
  active.row = Math.min(active.row, Math.max(0, shown.length - 1));
  table.setAttribute('aria-rowcount', String(shown.length + 1));
  none.hidden = shown.length > 0;
  draw(true);
}

// --- the table

const table = make('table', hosts.length > 8 ? 'many' : '');
table.setAttribute('role', 'grid');
table.setAttribute('aria-label', 'LUNs and hosts');
table.setAttribute('aria-colcount', String(columnCount));
const head = table.createTHead().insertRow();
head.setAttribute('aria-rowindex', '1');
const body = table.createTBody();
const names = ['LUN', 'State', 'Holder', ...hosts];

function pad(): HTMLTableRowElement {
  const row = make('tr', 'pad');
  row.setAttribute('aria-hidden', 'true');
  const cell = make('td');
  cell.colSpan = 3;
  row.append(cell);
  return row;
}
const top = pad();
const bottom = pad();
const none = make('p', 'none', 'No LUN is left by this filter.');
place.append(table, none);

/** The position of the keyboard: row among the rows shown (-1: the head), and column. */
const active = { row: 0, column: 0 };
/** The drawn rows, by their position among the rows shown. */
const rows = new Map<number, HTMLTableRowElement>();
let rowHeight = 36;
/** The most characters of a name in a heading; its title has the whole name. */
const longestName = 60;
/** On paper all rows are drawn; with too many hosts for that, counts of the answers. */
let printing = false;

/** Up to so many hosts, all are drawn; with more, only the visible ones. */
const fewHosts = 40;
const hostWidth = 30;
const step = 10;
let seen = { first: 0, last: Math.min(hosts.length, fewHosts) };

/** A cell in the place of the columns of so many hosts. */
function gap(count: number): HTMLTableCellElement[] {
  if (count <= 0) return [];
  const cell = make('td', 'gap');
  cell.setAttribute('aria-hidden', 'true');
  cell.style.minWidth = `${count * hostWidth}px`;
  return [cell];
}

const ofColumn = (row: HTMLTableRowElement | undefined, column: number): HTMLTableCellElement | null =>
  row?.querySelector(`[aria-colindex="${column + 1}"]`) ?? null;

function drawHead(): void {
  const focused = head.contains(document.activeElement) ? active.column : -1;
  const cells: HTMLTableCellElement[] = [];
  const add = (column: number): void => {
    const cell = make('th', ['lun', 'state', 'holder'][column] ?? 'host');
    cell.scope = 'col';
    cell.setAttribute('aria-colindex', String(column + 1));
    if (sorted.column === column) cell.setAttribute('aria-sort', sorted.down ? 'descending' : 'ascending');
    // Chromium draws no buttons in a heading that is repeated on the next sheet.
    const name = names[column]!.length > longestName ? `${names[column]!.slice(0, longestName - 1)}\u2026` : names[column]!;
    const button = printing ? make('span', '', name) : make('button', '', name);
    if (button instanceof HTMLButtonElement) button.type = 'button';
    // Hosts are reached by the arrow keys: with Tab they would be 200 stops.
    if (!printing) button.tabIndex = column < before ? 0 : -1;
    const silent = data.silent[column - before];
    button.title = column < before ? `Sort by ${names[column]}`
      : silent === undefined ? names[column]! : `${names[column]}: ${silent}`;
    cell.append(button);
    cells.push(cell);
  };
  for (let column = 0; column < before; column++) add(column);
  if (counting()) {
    cells.push(make('th', '', 'How the hosts were answered'));
  } else {
    cells.push(...gap(seen.first));
    for (let host = seen.first; host < seen.last; host++) add(host + before);
    cells.push(...gap(hosts.length - seen.last));
  }
  head.replaceChildren(...cells);
  if (focused >= 0) ofColumn(head, focused)?.querySelector('button')?.focus({ preventScroll: true });
}

head.addEventListener('click', (event) => {
  const cell = (event.target as Element).closest('th');
  if (cell === null) return;
  const column = Number(cell.getAttribute('aria-colindex')) - 1;
  active.row = -1;
  active.column = column;
  sorted = { column, down: sorted.column === column && !sorted.down };
  choose();
});

const counting = (): boolean => printing && hosts.length > fewHosts;

function countsOf({ cells }: Lun): string {
  const counted = Object.entries(cellKinds).map(([each, { word }]) =>
    [[...cells].filter((cell) => cell === each).length, word] as const);
  return counted.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`).join(', ');
}

function drawRow(at: number): HTMLTableRowElement {
  const lun = luns[shown[at]!]!;
  const row = make('tr', lun.change ?? '');
  row.setAttribute('aria-rowindex', String(at + 2));
  const name = make('th', 'lun', lun.name);
  name.scope = 'row';
  const identity = [lun.uniqueId, lun.serialNumber].filter((each) => each !== null).join(', ');
  name.title = identity === '' ? lun.name : `${lun.name}: ${identity}`;
  // Identifiers of one array differ at their end.
  const short = lun.serialNumber ?? lun.uniqueId ?? '';
  if (short !== lun.name) name.append(make('small', '', short.length > 20 ? `\u2026${short.slice(-18)}` : short));
  const state = make('td', lun.change === null ? 'state' : `state ${lun.change}`);
  state.append(make('i', `k ${lun.kind}`), stateOf(lun));
  state.title = [stateOf(lun), lun.message].filter((each) => each !== '').join('. ');
  const holder = make('td', lun.holders.length === 0 ? 'holder key' : 'holder', holderOf(lun));
  holder.title = [holderOf(lun), lun.persistent?.type ?? ''].filter((each) => each !== '').join(': ');
  for (const [column, cell] of [name, state, holder].entries()) setPlace(cell, at, column);
  row.append(name, state, holder);
  if (counting()) {
    row.append(make('td', 'counts', countsOf(lun)));
    return row;
  }
  row.append(...gap(seen.first));
  const isGone = lun.change === 'gone';
  for (let host = seen.first; host < seen.last; host++) {
    const each = lun.cells[host] as CellKind;
    const cell = make('td', `c ${each === '.' ? 'n' : each}`, cellKinds[each].glyph);
    const was = lun.before?.cells[host] as CellKind | undefined;
    const differs = was !== undefined && isOtherCell(each, was);
    if (differs) cell.classList.add('diff');
    cell.setAttribute('aria-label',
      `${hosts[host]}: ${isGone ? 'was: ' : ''}${cellKinds[each].word}${differs ? `, was: ${cellKinds[was].word}` : ''}`);
    setPlace(cell, at, host + before);
    row.append(cell);
  }
  row.append(...gap(hosts.length - seen.last));
  return row;
}

function setPlace(cell: HTMLTableCellElement, at: number, column: number): void {
  cell.setAttribute('aria-colindex', String(column + 1));
  cell.tabIndex = at === Math.max(0, active.row) && column === active.column ? 0 : -1;
}

/** Finds the visible hosts and a few on either side, in steps, so that not every movement draws everything again. */
function lookAgain(): boolean {
  let { first, last } = seen;
  if (hosts.length <= fewHosts) [first, last] = [0, hosts.length];
  else {
    const left = Math.floor(place.scrollLeft / hostWidth / step) * step;
    first = Math.max(0, left - step);
    last = Math.min(hosts.length, left + Math.ceil(innerWidth / hostWidth / step) * step + step);
  }
  if (first === seen.first && last === seen.last) return false;
  seen = { first, last };
  return true;
}

/** Draws the visible rows and a few more, and removes the others. */
function draw(anew = false): void {
  if (lookAgain() || anew) {
    // Keeps the focus on its cell, which becomes a new element.
    const inBody = body.contains(document.activeElement);
    // Without its rows the table is too low for the scroll position.
    const { scrollTop, scrollLeft } = place;
    rows.clear();
    body.replaceChildren(top, bottom);
    drawHead();
    drawRows(scrollTop);
    place.scrollTop = scrollTop;
    place.scrollLeft = scrollLeft;
    if (inBody) ofColumn(rows.get(active.row), active.column)?.focus({ preventScroll: true });
  } else {
    drawRows(place.scrollTop);
  }
}

function drawRows(scrollTop: number): void {
  // The height of the window, because the table has no height before its first rows are drawn.
  const height = innerHeight;
  const count = Math.ceil(height / rowHeight) + 2 * spare;
  const wanted = Math.min(Math.floor(scrollTop / rowHeight) - spare, shown.length - count);
  const first = printing ? 0 : Math.max(0, wanted);
  const last = printing ? shown.length : Math.min(shown.length, first + count);
  for (const [at, row] of rows) {
    if (at >= first && at < last) continue;
    row.remove();
    rows.delete(at);
  }
  let next: Element = bottom;
  for (let at = last - 1; at >= first; at--) {
    let row = rows.get(at);
    if (row === undefined) {
      row = drawRow(at);
      rows.set(at, row);
      body.insertBefore(row, next);
    }
    next = row;
  }
  top.hidden = first === 0;
  bottom.hidden = last === shown.length;
  top.cells[0]!.style.height = `${first * rowHeight}px`;
  bottom.cells[0]!.style.height = `${(shown.length - last) * rowHeight}px`;
}

let asked = false;
place.addEventListener('scroll', () => {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    draw();
  });
}, { passive: true });
addEventListener('resize', () => draw());
addEventListener('beforeprint', () => {
  printing = true;
  draw(true);
});
addEventListener('afterprint', () => {
  printing = false;
  draw(true);
});

// --- keyboard

function goTo(row: number, column: number): void {
  const old = ofColumn(rows.get(active.row), active.column);
  if (old !== null) old.tabIndex = -1;
  active.row = Math.max(-1, Math.min(shown.length - 1, row));
  active.column = Math.max(0, Math.min(columnCount - 1, column));
  const { offsetHeight, cells } = head;
  const fixed = cells[0]!.offsetWidth;
  const at = active.row * rowHeight;
  if (active.row >= 0 && at < place.scrollTop) place.scrollTop = at;
  else if (at + rowHeight > place.scrollTop + place.clientHeight - offsetHeight) {
    place.scrollTop = at + rowHeight - place.clientHeight + offsetHeight + 2;
  }
  if (active.column >= before && hosts.length > fewHosts) {
    // The cell may not be drawn yet: computes its position.
    const start = cells[before - 1]!.offsetLeft + cells[before - 1]!.offsetWidth;
    reveal(start + (active.column - before) * hostWidth, hostWidth, fixed);
  }
  draw();
  const cell = ofColumn(active.row < 0 ? head : rows.get(active.row), active.column);
  if (cell === null) return;
  if (active.row < 0) {
    cell.querySelector('button')!.focus({ preventScroll: true });
  } else {
    cell.tabIndex = 0;
    cell.focus({ preventScroll: true });
  }
  if (active.column > 0) reveal(cell.offsetLeft, cell.offsetWidth, fixed);
}

/** Scrolls sideways until the cell is visible beside the first columns. */
function reveal(left: number, width: number, fixed: number): void {
  if (left - fixed < place.scrollLeft) place.scrollLeft = left - fixed;
  else if (left + width > place.scrollLeft + place.clientWidth) place.scrollLeft = left + width - place.clientWidth;
}

const page = (): number => Math.max(1, Math.floor(place.clientHeight / rowHeight) - 2);
const moves: Readonly<Record<string, () => readonly [number, number]>> = {
  ArrowUp: () => [active.row - 1, active.column],
  ArrowDown: () => [active.row + 1, active.column],
  ArrowLeft: () => [active.row, active.column - 1],
  ArrowRight: () => [active.row, active.column + 1],
  PageUp: () => [active.row - page(), active.column],
  PageDown: () => [active.row + page(), active.column],
  Home: () => [active.row, 0],
  End: () => [active.row, columnCount - 1],
  'Control+Home': () => [0, 0],
  'Control+End': () => [shown.length - 1, columnCount - 1],
};

table.addEventListener('keydown', (event) => {
  if (event.altKey || event.metaKey) return;
  const column = (document.activeElement?.closest('[aria-colindex]'))?.getAttribute('aria-colindex') ?? null;
  if (head.contains(document.activeElement)) {
    active.row = -1;
    active.column = Number(column ?? 1) - 1;
  }
  const move = moves[`${event.ctrlKey ? 'Control+' : ''}${event.key}`];
  if (move !== undefined) goTo(...move());
  else if (active.row >= 0 && (event.key === 'Enter' || event.key === ' ')) show(active.row, active.column);
  else return;
  event.preventDefault();
});

body.addEventListener('click', (event) => {
  const cell = (event.target as Element).closest('[aria-colindex]');
  const row = cell?.closest('tr');
  if (cell === null || row === undefined || row === null) return;
  goTo(Number(row.getAttribute('aria-rowindex')) - 2, Number(cell.getAttribute('aria-colindex')) - 1);
  show(active.row, active.column);
});

// --- the details of a cell

const time = (at: number): string => new Date(at).toISOString().replace('T', ' ').replace('Z', ' UTC');

function list(pairs: readonly (readonly [string, string])[]): HTMLDListElement {
  const made = make('dl');
  for (const [name, value] of pairs) if (value !== '') made.append(make('dt', '', name), make('dd', '', value));
  return made;
}

function show(row: number, column: number): void {
  const lun = luns[shown[row] ?? -1];
  if (lun === undefined) return;
  const host = column - before;
  const content = element('details-body');
  content.replaceChildren();
  const which = lun.serialNumber ?? lun.uniqueId ?? lun.name;
  const name = which === lun.name ? lun.name : `${lun.name} (${which})`;
  element('details-title').textContent = host < 0 ? name : `${name} on ${hosts[host]}`;
  if (host >= 0) {
    const { word } = cellKinds[lun.cells[host] as CellKind];
    const isGone = lun.change === 'gone';
    content.append(list([
      ['This host', isGone ? '' : word],
      ['Before', isGone ? word : lun.before === null ? '' : cellKinds[lun.before.cells[host] as CellKind].word],
      ['Not asked', data.silent[host] ?? ''],
      ['In the search', lun.evidence.filter((line) => line.toLowerCase().startsWith(`${hosts[host]!.toLowerCase()} `))
        .join('\n')],
    ]));
    for (const [of, number = 0, at = 0, ...words] of lun.readings) {
      if (of !== host) continue;
      content.append(make('h3', '', number === 0 ? 'Read there' : `Disk ${number - 1} there`), list([
        ...(at === 0 ? [] : [['Read', time(data.epoch + at - 1)] as const]),
        ...readingTexts.map((name, index) => [name, texts[words[index] ?? 0]!] as const),
      ]));
    }
    content.append(make('h3', '', 'The LUN'));
  }
  content.append(list([
    ['State', stateOf(lun)],
    ['Holder', lun.holders.map((each) => hosts[each]!).join(', ')],
    ['Key of the holder', lun.persistent?.holderKey ?? ''],
    ['Type', lun.persistent?.type ?? ''],
    ['Registrants', lun.persistent?.registrants.join('\n') ?? ''],
    ['Held at', lun.heldAt === null ? '' : time(lun.heldAt)],
    ['UniqueId', lun.uniqueId ?? ''],
    ['Serial number', lun.serialNumber ?? ''],
    ['Message', lun.message],
    ['Next step', lun.nextStep],
    ['Evidence', lun.evidence.join('\n')],
  ]));
  details.showModal();
  content.scrollTop = 0;
}

// The row may have been drawn again meanwhile, so its element is another one.
details.addEventListener('close', () => goTo(active.row, active.column));
details.addEventListener('click', (event) => {
  if (event.target === details) details.close();
});

// --- filters

const chips = [...document.querySelectorAll<HTMLButtonElement>('[data-filter]')];
for (const chip of chips) {
  chip.addEventListener('click', () => {
    kind = chip.dataset['filter']!;
    for (const each of chips) each.setAttribute('aria-pressed', String(each === chip));
    choose();
  });
}
filter.addEventListener('input', choose);

choose();
const measured = rows.get(0)?.getBoundingClientRect().height ?? 0;
if (measured > 0 && Math.abs(measured - rowHeight) > 0.01) {
  rowHeight = measured;
  draw();
}
document.documentElement.dataset['drawn'] = String(Math.round(performance.now()));
