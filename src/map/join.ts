// Joins rows of many hosts to LUNs: by identifier, or else by serial number; never by disk number, which differs by host.

import { isMadeUp, isPlaceholder } from '../disk/no-statement.ts';
import { folded } from '../text.ts';
import { type Before, type CellKind, type Lun, type LunKind, type MapData, isOtherCell } from './data.ts';
import type { HolderRow, MapRows, ReadingRow } from './rows.ts';

interface Joined {
  readonly holder: HolderRow | null;
  /** By host, each of its devices of this identity. */
  readonly readings: ReadonlyMap<string, readonly ReadingRow[]>;
}

type Joining = { holder: HolderRow | null; readings: Map<string, ReadingRow[]> };

/** Hosts by their names in lower case; the first spelling is displayed. */
class Hosts {
  readonly #names = new Map<string, string>();

  key(name: string): string {
    const key = folded(name);
    if (!this.#names.has(key)) this.#names.set(key, name);
    return key;
  }

  /** Keys with names, in natural order: node-2 before node-10. */
  sorted(): readonly (readonly [string, string])[] {
    const { compare } = new Intl.Collator('en', { numeric: true });
    return [...this.#names].sort(([, a], [, b]) => compare(a, b) || (a < b ? -1 : 1));
  }
}

/** The text by which rows are joined; null for placeholders, which many devices may have. */
function identity({ uniqueId, serialNumber }: HolderRow | ReadingRow): string | null {
  if (uniqueId !== null && !isPlaceholder(uniqueId) && !isMadeUp(uniqueId)) return `u ${folded(uniqueId)}`;
  return serialNumber !== null && !isPlaceholder(serialNumber) ? `s ${folded(serialNumber)}` : null;
}

/** The results of one time, with hosts by their keys. */
interface Side {
  readonly luns: ReadonlyMap<string, Joined>;
  /** Hosts that could not be asked, with the reason. */
  readonly silent: ReadonlyMap<string, string>;
  /** Hosts with readings, and hosts about which a search has an answer. */
  readonly told: { readonly readings: ReadonlySet<string>; readonly holders: ReadonlySet<string> };
  readonly newestAt: number | null;
  readonly replaced: number;
}

function join(rows: MapRows, hosts: Hosts): Side {
  const luns = new Map<string, Joining>();
  const silent = new Map<string, string>();
  const told = { readings: new Set<string>(), holders: new Set<string>() };
  let replaced = 0;
  const lun = (key: string): Joining => {
    let found = luns.get(key);
    if (found === undefined) luns.set(key, found = { holder: null, readings: new Map() });
    return found;
  };
  for (const [at, row] of rows.holders.entries()) {
    const found = lun(identity(row) ?? `n ${folded(row.seenBy.join())} h${at}`);
    if (found.holder !== null) replaced++;
    if (found.holder === null || isNewer(row.heldAt, found.holder.heldAt)) found.holder = row;
    for (const host of hostsOf(row)) told.holders.add(hosts.key(host));
    for (const { host, why } of row.notAsked) silent.set(hosts.key(host), why);
  }
  for (const [at, row] of rows.readings.entries()) {
    const host = hosts.key(row.host);
    const { readings } = lun(identity(row) ?? `n ${host} ${row.number ?? `r${at}`}`);
    const own = readings.get(host) ?? [];
    const again = own.findIndex((each) => isSameDevice(each, row));
    if (again < 0) own.push(row);
    else {
      replaced++;
      if (isNewer(row.at, own[again]!.at)) own[again] = row;
    }
    readings.set(host, own);
    if (isThere(row) || row.outcome === 'NotFound') told.readings.add(host);
  }
  for (const { host, why } of rows.silent) silent.set(hosts.key(host), why);
  const times = [...rows.readings.map(({ at }) => at), ...rows.holders.map(({ heldAt }) => heldAt)];
  const newestAt = times.reduce((newest, at) => (at !== null && (newest === null || at > newest) ? at : newest), null);
  return { luns, silent, told, newestAt, replaced };
}

/** Whether the host has such a device, even if it could not be read. */
const isThere = ({ outcome, number }: ReadingRow): boolean =>
  outcome === null || outcome === 'Read' || (outcome !== 'NotFound' && number !== null);

/** Compares times; without a time, the later one in the input is newer. */
const isNewer = (at: number | null, than: number | null): boolean => at === null || than === null || at >= than;

/** A row that was not read is about the same device as the other row, or tells that there is none. */
const isSameDevice = (a: ReadingRow, b: ReadingRow): boolean => a.number === b.number
  || [a, b].some(({ number, outcome }) => outcome === 'NotFound' || (number === null && outcome !== null && outcome !== 'Read'));

/** The hosts about which a search has an answer. */
const hostsOf = ({ holders, seenBy, blockedOn }: HolderRow): readonly string[] => [...holders, ...seenBy, ...blockedOn];

function readingCell({ state, blocked, keys, outcome }: ReadingRow): CellKind {
  if (outcome === 'NotFound') return '.';
  if (outcome !== null && outcome !== 'Read') return 's';
  if (state === 'HeldByThisHost') return 'h';
  if (blocked === true || state === 'HeldByAnotherHost') return 'b';
  if (keys !== null || state === 'Persistent') return 'r';
  return blocked === false || state === 'Free' || state === 'NotSupported' ? 'i' : 's';
}

/** The lines of a search's evidence about a host: they begin with its name. */
const linesOf = (evidence: readonly string[], host: string): string[] =>
  evidence.filter((line) => folded(line).startsWith(`${host} `));

/** The cell by a search's result. A search ends as soon as it can decide, so it lists only the hosts that it needed. */
function holderCell(row: HolderRow, host: string): CellKind {
  const among = (names: readonly string[]): boolean => names.some((name) => folded(name) === host);
  if (among(row.holders)) return 'h';
  if (among(row.blockedOn)) return 'b';
  const last = linesOf(row.evidence, host).at(-1)?.slice(host.length) ?? '';
  if (last.startsWith(' let in')) return last.includes('keys registered') ? 'r' : 'i';
  if (last.startsWith(' locked out')) return 'b';
  if (last.startsWith(' did not tell')) return 's';
  return among(row.notAsked.map(({ host: name }) => name)) ? 's' : 'v';
}

function cellOf({ silent, told }: Side, { holder, readings }: Joined, host: string): CellKind {
  const searched = holder === null ? 'v' : holderCell(holder, host);
  const own = (readings.get(host) ?? []).map(readingCell);
  if (searched === 'h' || own.includes('h')) return 'h';
  for (const kind of ['b', 'r', 'i'] as const) if (own.includes(kind)) return kind;
  if (searched !== 'v') return searched;
  if (own.length > 0) return own.includes('s') ? 's' : '.';
  if (silent.has(host) && !(holder !== null && hostsOf(holder).some((name) => folded(name) === host))) return 's';
  // The host's readings list all its disks, without this LUN. The result of a search is not such a list.
  return holder === null && told.readings.has(host) ? '.' : 'v';
}

interface Decided {
  readonly kind: LunKind;
  readonly state: string;
  /** Keys of the hosts. */
  readonly holders: readonly string[];
  readonly message: string;
}

const searchedKinds: Readonly<Record<string, readonly [LunKind, string]>> = {
  NotReserved: ['free', 'Free'],
  HeldBy: ['held', 'Held'],
  HeldByUnlistedHost: ['held', 'Held by an unlisted host'],
  Persistent: ['persistent', 'Persistent'],
  Undecided: ['undecided', 'Undecided'],
};

/** The state by the search's decision; without one, by the hosts' own readings. */
function decide({ holder, readings }: Joined): Decided {
  if (holder !== null) {
    const [kind, state] = searchedKinds[holder.state] ?? ['undecided', holder.state];
    return { kind, state, holders: holder.holders.map(folded), message: holder.message ?? '' };
  }
  const all = [...readings.values()].flat().filter(({ outcome }) => outcome !== 'NotFound');
  const said = new Set(all.map(({ state }) => state));
  const message = all.length === 1 ? all[0]!.message ?? '' : '';
  const holding = all.filter(({ state }) => state === 'HeldByThisHost');
  if (said.has('Persistent')) return { kind: 'persistent', state: 'Persistent', holders: [], message };
  if (holding.length === 1) return { kind: 'held', state: 'Held', holders: [folded(holding[0]!.host)], message };
  const contradicted = holding.length > 1 || (said.has('Free') && said.has('HeldByAnotherHost'));
  if (contradicted) {
    return { kind: 'undecided', state: 'Undecided', holders: [],
      message: 'The hosts contradict each other: it changed between their readings, or they see different LUNs.' };
  }
  if (said.has('HeldByAnotherHost')) return { kind: 'held', state: 'Held by another host', holders: [], message };
  if (said.has('Free')) return { kind: 'free', state: 'Free', holders: [], message };
  if (said.size === 1 && said.has('NotSupported')) {
    return { kind: 'free', state: 'No reservations', holders: [], message };
  }
  return { kind: 'undecided', state: 'Undecided', holders: [], message };
}

/**
 * The persistent reservation: from the search, which names hosts, or else from the reading with most details.
 */
function persistentOf({ holder, readings }: Joined): Lun['persistent'] {
  const told = [...(holder === null ? [] : [holder]), ...[...readings.values()].flat()].filter(
    ({ holderKey, type, registrants }) => holderKey !== null || type !== null || registrants.length > 0);
  const registrants = told.find((row) => row.registrants.length > 0)?.registrants ?? [];
  const first = told.find(({ type }) => type !== null) ?? told[0];
  return first === undefined ? null : { holderKey: first.holderKey, type: first.type, registrants };
}

/** One identifier on two devices of a host, or on LUNs of several serial numbers. */
function isTwice({ holder, readings }: Joined): boolean {
  const all = [...readings.values()].map((own) => own.filter(({ outcome }) => outcome !== 'NotFound'));
  if (all.some((own) => own.length > 1)) return true;
  const serials = new Set(all.flat().flatMap(({ serialNumber }) =>
    (serialNumber === null ? [] : [folded(serialNumber)])));
  return serials.size > 1 || (holder !== null && holder.state === 'Undecided'
    && /has two devices of this identity|^One identifier, and several serial numbers/.test(holder.message ?? ''));
}

const nameOf = (row: HolderRow | ReadingRow): string | null =>
  row.name ?? row.uniqueId ?? row.serialNumber;

/** Hosts with results about a LUN; see Side.told. */
function toldOf({ holder, readings }: Joined): { readonly readings: string[]; readonly holders: string[] } {
  return {
    readings: [...readings].filter(([, own]) => own.some(isThere)).map(([host]) => host),
    holders: holder === null ? [] : hostsOf(holder).map(folded),
  };
}

/** Whether a host with results about the LUN has results of the same kind at the other time, and was not silent then. */
function isToldBy(lun: Joined, { told, silent }: Side): boolean {
  const { readings, holders } = toldOf(lun);
  const by = (hosts: readonly string[], all: ReadonlySet<string>): boolean =>
    hosts.some((host) => all.has(host) && !silent.has(host));
  return by(readings, told.readings) || by(holders, told.holders);
}

/** Compares only what both times tell: one of them may have fewer hosts, or be undecided. */
function isStateOther(now: Decided, was: Decided, known: (host: string) => boolean): boolean {
  if (now.kind === 'undecided' || was.kind === 'undecided') return false;
  if (now.kind !== was.kind) return true;
  if (now.holders.length === 0 || was.holders.length === 0) return false;
  const among = ({ holders }: Decided): string => holders.filter((host) => now.kind === 'held' || known(host)).toSorted().join();
  return among(now) !== among(was);
}

/** The earlier key and type of the persistent reservation, each only where both times tell it and it has changed. */
function otherReservation(now: Lun['persistent'], was: Lun['persistent']): Pick<Before, 'holderKey' | 'type'> {
  const isOther = (a: string | null, b: string | null): boolean => a !== null && b !== null && folded(a) !== folded(b);
  return now === null || was === null ? {} : {
    ...(isOther(now.holderKey, was.holderKey) ? { holderKey: was.holderKey! } : {}),
    ...(isOther(now.type, was.type) ? { type: was.type! } : {}),
  };
}

/** Joins the rows of a map; `before` are those of an earlier time. */
export function mapData(rows: MapRows, before: MapRows | null = null): MapData {
  const hosts = new Hosts();
  const now = join(rows, hosts);
  const then = before === null ? null : join(before, hosts);
  const columns = hosts.sorted();
  const places = new Map(columns.map(([key], place) => [key, place]));
  const texts = [''];
  const known = new Map<string, number>();
  const textAt = (text: string | null): number => {
    if (text === null || text === '') return 0;
    const found = known.get(text);
    if (found !== undefined) return found;
    known.set(text, texts.length);
    return texts.push(text) - 1;
  };
  const times = [...now.luns.values(), ...then?.luns.values() ?? []].flatMap(({ readings }) =>
    [...readings.values()].flat().flatMap(({ at }) => at ?? []));
  const epoch = times.reduce((least, at) => Math.min(least, at), times[0] ?? 0);
  const cellsOf = (side: Side, lun: Joined): string => columns.map(([key]) => cellOf(side, lun, key)).join('');

  const drawn = (side: Side, lun: Joined, change: Lun['change'], before: Lun['before']): Lun => {
    const { kind, state, holders, message } = decide(lun);
    const all = [...lun.readings].flatMap(([host, own]) => own.map((row) => ({ host, row })));
    const first = lun.holder ?? all[0]!.row;
    return {
      name: nameOf(first) ?? 'Unnamed',
      uniqueId: first.uniqueId,
      serialNumber: first.serialNumber,
      kind,
      state,
      holders: holders.map((host) => places.get(host)!),
      persistent: kind === 'persistent' ? persistentOf(lun) : null,
      cells: cellsOf(side, lun),
      twice: isTwice(lun),
      message,
      nextStep: lun.holder?.nextStep ?? '',
      evidence: lun.holder?.evidence ?? [],
      heldAt: lun.holder?.heldAt ?? null,
      readings: all.map(({ host, row }) => {
        const reading = [
          places.get(host)!, row.number === null ? 0 : row.number + 1, row.at === null ? 0 : row.at - epoch + 1,
          ...[row.state, row.evidence, row.keys, row.holderKey, row.type, row.registrants.join('\n'), row.message,
            row.nextStep].map(textAt),
        ];
        while (reading.at(-1) === 0 && reading.length > 1) reading.pop();
        return reading;
      }),
      change,
      before,
    };
  };
  const stateOf = (lun: Joined): string => {
    const { state, holders } = decide(lun);
    return holders.length === 0 ? state : `${state} by ${holders.map((host) => columns[places.get(host)!]![1]).join(', ')}`;
  };
  const luns: Lun[] = [];
  for (const [key, lun] of now.luns) {
    const was = then?.luns.get(key);
    if (then === null) luns.push(drawn(now, lun, null, null));
    else if (was === undefined) luns.push(drawn(now, lun, isToldBy(lun, then) ? 'new' : null, null));
    else {
      const [cells, past] = [cellsOf(now, lun), cellsOf(then, was)];
      const differs = [...cells].some((cell, at) => isOtherCell(cell as CellKind, past[at] as CellKind));
      const known = (host: string): boolean => [now, then].every(({ told }) => told.readings.has(host) || told.holders.has(host));
      const [is, wasBefore] = [decide(lun), decide(was)];
      const reservation = is.kind === 'persistent' && wasBefore.kind === 'persistent'
        ? otherReservation(persistentOf(lun), persistentOf(was)) : {};
      const isSame = !differs && Object.keys(reservation).length === 0 && !isStateOther(is, wasBefore, known);
      if (isSame) luns.push(drawn(now, lun, null, null));
      else luns.push(drawn(now, lun, 'changed', { state: stateOf(was), cells: past, ...reservation }));
    }
  }
  if (then !== null) {
    for (const [key, lun] of then.luns) {
      if (!now.luns.has(key) && isToldBy(lun, now)) luns.push(drawn(then, lun, 'gone', null));
    }
  }
  return {
    hosts: columns.map(([, name]) => name),
    silent: Object.fromEntries([...now.silent].map(([host, why]) => [places.get(host)!, why])),
    epoch, texts, luns, compared: then !== null, newestAt: now.newestAt, beforeAt: then?.newestAt ?? null,
    replaced: now.replaced,
  };
}
