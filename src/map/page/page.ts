/// <reference lib="dom" />
// The script of a map's page: draws the rows that can be seen, sorts, filters, and shows what was answered. Text that
// came from devices goes into the page as text nodes and attributes alone.

import { type CellKind, type Lun, type MapData, cellKinds, lunKinds, readingTexts } from '../data.ts';

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

const identityOf = ({ uniqueId, serialNumber }: Lun): string => uniqueId ?? serialNumber ?? '';
const holderOf = ({ holder }: Lun): string => (holder === null ? '' : hosts[holder]!);
const changeWords = { new: 'new', gone: 'gone', changed: 'changed' } as const;

function stateOf(lun: Lun): string {
  const words = [lun.state];
  if (lun.twice) words.push('identity twice');
  if (lun.change === 'changed' && lun.before !== null) words.push(`was: ${lun.before.state}`);
  else if (lun.change !== null) words.push(changeWords[lun.change]);
  return words.join(', ');
}

const haystacks = luns.map((lun) => [
  lun.name, lun.uniqueId, lun.serialNumber, stateOf(lun), holderOf(lun), lun.message,
].join('\n').toLowerCase());

// --- which rows, in which order

let shown: number[] = [];
let kind = 'all';
let sorted = { column: -1, down: false };
const compare = new Intl.Collator('en', { numeric: true }).compare;
const kindOrder = Object.keys(lunKinds);
const cellOrder = Object.keys(cellKinds).join('');

const isOfKind = (lun: Lun): boolean => (kind === 'all' || (kind === 'twice' ? lun.twice
  : kind === 'changed' ? lun.change !== null : lun.kind === kind && lun.change !== 'gone'));

function order(a: Lun, b: Lun): number {
  const { column } = sorted;
  if (column === 0) return compare(a.name, b.name) || compare(identityOf(a), identityOf(b));
  if (column === 1) return kindOrder.indexOf(a.kind) - kindOrder.indexOf(b.kind) || compare(stateOf(a), stateOf(b));
  if (column === 2) return compare(holderOf(a) || '\uffff', holderOf(b) || '\uffff');
  return cellOrder.indexOf(a.cells[column - before]!) - cellOrder.indexOf(b.cells[column - before]!);
}

function choose(): void {
  const words = filter.value.toLowerCase().split(/\s+/).filter((word) => word !== '');
  shown = luns.map((_, index) => index)
    .filter((index) => isOfKind(luns[index]!) && words.every((word) => haystacks[index]!.includes(word)));
  if (sorted.column >= 0) {
    shown.sort((a, b) => order(luns[a]!, luns[b]!) * (sorted.down ? -1 : 1) || a - b);
  }
  element('shown').textContent = shown.length === luns.length ? '' : `${shown.length} of ${luns.length} shown`;
  active.row = Math.min(active.row, Math.max(0, shown.length - 1));
  table.setAttribute('aria-rowcount', String(shown.length + 1));
  none.hidden = shown.length > 0;
  rows.clear();
  body.replaceChildren(top, bottom);
  draw();
}

// --- the table

const table = make('table', hosts.length > 8 ? 'many' : '');
table.setAttribute('role', 'grid');
table.setAttribute('aria-label', 'LUNs and hosts');
table.setAttribute('aria-colcount', String(columnCount));
const head = table.createTHead().insertRow();
head.setAttribute('aria-rowindex', '1');
for (const [column, name] of ['LUN', 'State', 'Holder', ...hosts].entries()) {
  const cell = make('th', ['lun', 'state', 'holder'][column] ?? 'host');
  cell.scope = 'col';
  cell.setAttribute('aria-colindex', String(column + 1));
  const button = make('button', '', name);
  button.type = 'button';
  const silent = data.silent[column - before];
  button.title = column < before ? `Sort by ${name}` : silent === undefined ? name : `${name}: ${silent}`;
  button.addEventListener('click', () => {
    sorted = { column, down: sorted.column === column && !sorted.down };
    for (const each of head.cells) each.removeAttribute('aria-sort');
    cell.setAttribute('aria-sort', sorted.down ? 'descending' : 'ascending');
    choose();
  });
  cell.append(button);
  head.append(cell);
}
const body = table.createTBody();

function pad(): HTMLTableRowElement {
  const row = make('tr', 'pad');
  row.setAttribute('aria-hidden', 'true');
  const cell = make('td');
  cell.colSpan = columnCount;
  row.append(cell);
  return row;
}
const top = pad();
const bottom = pad();
const none = make('p', 'none', 'No LUN is left by this filter.');
place.append(table, none);

/** Where the keyboard is: among the rows shown, and the columns. */
const active = { row: 0, column: 0 };
/** Those that are drawn, by their place among the rows shown. */
const rows = new Map<number, HTMLTableRowElement>();
let rowHeight = 30;
let everything = false;

const cellClass = (each: string): string => (each === '.' ? 'n' : each);

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
  state.title = lun.message;
  row.append(name, state, make('td', 'holder', holderOf(lun)));
  for (let host = 0; host < hosts.length; host++) {
    const each = lun.cells[host] as CellKind;
    const cell = make('td', `c ${cellClass(each)}`, cellKinds[each].glyph);
    if (lun.before !== null && lun.before.cells[host] !== each) cell.classList.add('diff');
    cell.setAttribute('aria-label', `${hosts[host]}: ${cellKinds[each].word}`);
    row.append(cell);
  }
  for (const [column, cell] of [...row.cells].entries()) {
    cell.setAttribute('aria-colindex', String(column + 1));
    cell.tabIndex = at === active.row && column === active.column ? 0 : -1;
  }
  return row;
}

/** Draws what can be seen and a little more, and takes away the rest. */
function draw(): void {
  const height = Math.max(place.clientHeight, rowHeight);
  const first = everything ? 0 : Math.max(0, Math.floor(place.scrollTop / rowHeight) - spare);
  const last = everything ? shown.length : Math.min(shown.length, first + Math.ceil(height / rowHeight) + 2 * spare);
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
addEventListener('resize', draw);
addEventListener('beforeprint', () => {
  everything = true;
  draw();
});
addEventListener('afterprint', () => {
  everything = false;
  draw();
});

// --- keyboard

function goTo(row: number, column: number): void {
  const old = rows.get(active.row)?.cells[active.column];
  if (old !== undefined) old.tabIndex = -1;
  active.row = Math.max(0, Math.min(shown.length - 1, row));
  active.column = Math.max(0, Math.min(columnCount - 1, column));
  const { offsetHeight } = head;
  const at = active.row * rowHeight;
  if (at < place.scrollTop) place.scrollTop = at;
  else if (at + rowHeight > place.scrollTop + place.clientHeight - offsetHeight) {
    place.scrollTop = at + rowHeight - place.clientHeight + offsetHeight + 12;
  }
  draw();
  const cell = rows.get(active.row)?.cells[active.column];
  if (cell === undefined) return;
  cell.tabIndex = 0;
  cell.focus({ preventScroll: true });
  const fixed = head.cells[0]!.offsetWidth;
  if (active.column === 0) return;
  if (cell.offsetLeft - fixed < place.scrollLeft) place.scrollLeft = cell.offsetLeft - fixed;
  else if (cell.offsetLeft + cell.offsetWidth > place.scrollLeft + place.clientWidth) {
    place.scrollLeft = cell.offsetLeft + cell.offsetWidth - place.clientWidth;
  }
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

body.addEventListener('keydown', (event) => {
  if (event.altKey || event.metaKey) return;
  const move = moves[`${event.ctrlKey ? 'Control+' : ''}${event.key}`];
  if (move !== undefined) goTo(...move());
  else if (event.key === 'Enter' || event.key === ' ') show(active.row, active.column);
  else return;
  event.preventDefault();
});

body.addEventListener('click', (event) => {
  const cell = (event.target as Element).closest('td, th') as HTMLTableCellElement | null;
  const row = cell?.parentElement as HTMLTableRowElement | undefined;
  if (cell === null || row === undefined || row.classList.contains('pad')) return;
  goTo(Number(row.getAttribute('aria-rowindex')) - 2, cell.cellIndex);
  show(active.row, active.column);
});

// --- what was answered

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
  element('details-title').textContent = host < 0 ? lun.name : `${lun.name} on ${hosts[host]}`;
  if (host >= 0) {
    const was = lun.before === null ? '' : cellKinds[lun.before.cells[host] as CellKind].word;
    content.append(list([
      ['This host', cellKinds[lun.cells[host] as CellKind].word],
      ['Before', was],
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
    ['Holder', holderOf(lun)],
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

// The row may have been drawn anew meanwhile.
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
