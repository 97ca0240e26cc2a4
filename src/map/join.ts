// Joins rows of many hosts to LUNs: by identifier, else by serial number, never by the number that one host gives.

import { isMadeUp, isPlaceholder } from '../disk/no-statement.ts';
import { folded } from '../text.ts';
import type { CellKind, Lun, LunKind, MapData } from './data.ts';
import type { HolderRow, MapRows, ReadingRow } from './rows.ts';

interface Joined {
  readonly holder: HolderRow | null;
  /** By host, each of its devices of this identity. */
  readonly readings: ReadonlyMap<string, readonly ReadingRow[]>;
}

type Joining = { holder: HolderRow | null; readings: Map<string, ReadingRow[]> };

/** How a host is called first; hosts are the same whatever the case of their name. */
class Hosts {
  readonly #names = new Map<string, string>();

  key(name: string): string {
    const key = folded(name);
    if (!this.#names.has(key)) this.#names.set(key, name);
    return key;
  }

  /** Keys with names, as people count: node-2 before node-10. */
  sorted(): readonly (readonly [string, string])[] {
    const { compare } = new Intl.Collator('en', { numeric: true });
    return [...this.#names].sort(([, a], [, b]) => compare(a, b) || (a < b ? -1 : 1));
  }
}

/** Texts that stand where an identity should, and that many devices may have, join nothing. */
function identity({ uniqueId, serialNumber }: HolderRow | ReadingRow): string | null {
  if (uniqueId !== null && !isPlaceholder(uniqueId) && !isMadeUp(uniqueId)) return `u ${folded(uniqueId)}`;
  return serialNumber !== null && !isPlaceholder(serialNumber) ? `s ${folded(serialNumber)}` : null;
}

function join(rows: MapRows, hosts: Hosts): Map<string, Joined> {
  const luns = new Map<string, Joining>();
  const lun = (key: string): Joining => {
    let found = luns.get(key);
    if (found === undefined) luns.set(key, found = { holder: null, readings: new Map() });
    return found;
  };
  for (const [at, row] of rows.holders.entries()) {
    lun(identity(row) ?? `n ${folded(row.seenBy.join())} h${at}`).holder = row;
    for (const name of [...row.seenBy, ...row.blockedOn, ...row.notAsked.map(({ host }) => host)]) hosts.key(name);
    for (const name of row.holders) hosts.key(name);
  }
  for (const [at, row] of rows.readings.entries()) {
    const host = hosts.key(row.host);
    const { readings } = lun(identity(row) ?? `n ${host} ${row.number ?? `r${at}`}`);
    const own = readings.get(host) ?? [];
    // Read again, it is the later one that counts.
    const again = own.findIndex(({ number }) => number === row.number);
    if (again < 0) own.push(row);
    else own[again] = row;
    readings.set(host, own);
  }
  return luns;
}

function readingCell({ state, blocked, keys, outcome }: ReadingRow): CellKind {
  if (outcome !== null && outcome !== 'Read') return 's';
  if (state === 'HeldByThisHost') return 'h';
  if (blocked === true || state === 'HeldByAnotherHost') return 'b';
  if (keys !== null || state === 'Persistent') return 'r';
  return blocked === false || state === 'Free' || state === 'NotSupported' ? 'i' : 's';
}

/** The evidence of a search names its host first. */
const linesOf = (evidence: readonly string[], host: string): string[] =>
  evidence.filter((line) => folded(line).startsWith(`${host} `));

function holderCell(row: HolderRow, host: string): CellKind {
  const among = (names: readonly string[]): boolean => names.some((name) => folded(name) === host);
  if (among(row.holders)) return 'h';
  if (among(row.blockedOn)) return 'b';
  const last = linesOf(row.evidence, host).at(-1)?.slice(host.length) ?? '';
  if (last.startsWith(' let in')) return last.includes('keys registered') ? 'r' : 'i';
  if (last.startsWith(' locked out')) return 'b';
  if (last.startsWith(' did not tell')) return 's';
  if (among(row.seenBy)) return 'v';
  return among(row.notAsked.map(({ host: name }) => name)) ? 's' : '.';
}

function cellOf({ holder, readings }: Joined, host: string): CellKind {
  const searched = holder === null ? '.' : holderCell(holder, host);
  const own = (readings.get(host) ?? []).map(readingCell);
  if (searched === 'h' || own.includes('h')) return 'h';
  for (const kind of ['b', 'r', 'i'] as const) if (own.includes(kind)) return kind;
  return searched !== '.' ? searched : own[0] ?? '.';
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

/** What a search decided; without one, no more than what the hosts themselves say. */
function decide({ holder, readings }: Joined): Decided {
  if (holder !== null) {
    const [kind, state] = searchedKinds[holder.state] ?? ['undecided', holder.state];
    return { kind, state, holders: holder.holders.map(folded), message: holder.message ?? '' };
  }
  const all = [...readings.values()].flat();
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
 * The persistent reservation: as the search tells it, which names hosts, or else as that host read it that was told
 * most.
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
  const all = [...readings.values()];
  if (all.some((own) => own.length > 1)) return true;
  const serials = new Set(all.flat().flatMap(({ serialNumber }) =>
    (serialNumber === null ? [] : [folded(serialNumber)])));
  return serials.size > 1 || (holder !== null && holder.state === 'Undecided'
    && /has two devices of this identity|^One identifier, and several serial numbers/.test(holder.message ?? ''));
}

const nameOf = (row: HolderRow | ReadingRow): string | null =>
  row.name ?? row.uniqueId ?? row.serialNumber;

/** Draws rows together; `before` are those of an earlier time. */
export function mapData(rows: MapRows, before: MapRows | null = null): MapData {
  const hosts = new Hosts();
  const now = join(rows, hosts);
  const then = before === null ? new Map<string, Joined>() : join(before, hosts);
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
  const times = [...now.values(), ...then.values()].flatMap(({ readings }) =>
    [...readings.values()].flat().flatMap(({ at }) => at ?? []));
  const epoch = times.reduce((least, at) => Math.min(least, at), times[0] ?? 0);
  const cellsOf = (lun: Joined): string => columns.map(([key]) => cellOf(lun, key)).join('');

  const drawn = (lun: Joined, change: Lun['change'], was: Joined | null): Lun => {
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
      cells: cellsOf(lun),
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
      before: was === null ? null : { state: stateOf(was), cells: cellsOf(was) },
    };
  };
  const stateOf = (lun: Joined): string => {
    const { state, holders } = decide(lun);
    return holders.length === 0 ? state : `${state} by ${holders.map((host) => columns[places.get(host)!]![1]).join(', ')}`;
  };
  const luns: Lun[] = [];
  for (const [key, lun] of now) {
    const was = then.get(key);
    if (before === null) luns.push(drawn(lun, null, null));
    else if (was === undefined) luns.push(drawn(lun, 'new', null));
    else {
      const same = stateOf(lun) === stateOf(was) && cellsOf(lun) === cellsOf(was);
      luns.push(drawn(lun, same ? null : 'changed', same ? null : was));
    }
  }
  for (const [key, lun] of then) if (!now.has(key)) luns.push(drawn(lun, 'gone', null));
  return {
    hosts: columns.map(([, name]) => name), silent: silentIn(rows, places), epoch, texts, luns,
    compared: before !== null,
  };
}

function silentIn({ holders }: MapRows, places: ReadonlyMap<string, number>): Record<string, string> {
  const silent: Record<string, string> = {};
  for (const { notAsked } of holders) {
    for (const { host, why } of notAsked) silent[places.get(folded(host))!] = why;
  }
  return silent;
}
