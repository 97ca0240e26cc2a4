// The rehearsal's JSON file: text to a bus, and its state back into the same text.
// ps/rehearsal/rehearsal.schema.json defines what the file may contain, here and in editors; this file checks what a
// schema cannot.

import { typeRows } from '../../scsi/persistent-reservations.ts';
import { rowOf } from '../../scsi/row.ts';
import { busTypes } from '../sdk/layouts.ts';
import type { ScsiAddress } from '../sdk/scsi-address.ts';
import schema from '../../../ps/rehearsal/rehearsal.schema.json' with { type: 'json' };
import {
  type AdapterEntry, type AdapterText, type AddressText, adapterEntries, addressed,
} from './adapters.ts';
import { type Place, type Schema, firstFinding, pointer } from './json-schema.ts';
import { JsonTextError, readJson } from './json-text.ts';
import type { PersistentReservation, UnitState } from './unit-state.ts';
import type { ReserveForms, TargetKind } from './target-rows.ts';
import { portOf } from './nexus.ts';
import type { OddAnswer, OddPassThrough } from './odd-answers.ts';
import type { PrOutFault, Times } from './pr-out-faults.ts';
import { RehearsalFileError } from './rehearsal-file-error.ts';

export { RehearsalFileError };

export type DeviceKind = 'disk' | 'tape' | 'changer' | 'cdrom';

export interface Faults {
  readonly delayMs?: number;
  readonly openDelayMs?: number;
  readonly openHangs?: boolean;
  readonly openFails?: { readonly status?: string; readonly win32: number; readonly always?: boolean };
  readonly hangs?: boolean;
  readonly cancellable?: boolean;
  readonly vanishesAfter?: number;
  readonly notReady?: Times;
  readonly busy?: Times;
  readonly silent?: Times;
  readonly status?: string;
  readonly prInFails?: string;
  readonly prInAnswers?: OddAnswer;
  readonly prOut?: readonly PrOutFault[];
  readonly passThroughFails?: string;
  readonly passThroughAnswers?: OddPassThrough;
  readonly renumberedTo?: number;
  readonly answersAs?: string;
}

/** A logical unit with everything filled in. */
export interface UnitEntry {
  readonly name: string;
  readonly target: TargetKind;
  readonly kind: DeviceKind;
  readonly vendor: string | null;
  readonly product: string | null;
  readonly revision: string | null;
  readonly serial: string | null;
  /** Hexadecimal digits. */
  readonly naa: string | null;
  readonly eui64: string | null;
  /** Further designators of page 83h, in their order. */
  readonly designators: readonly DesignatorText[];
  /** STORAGE_BUS_TYPE. */
  readonly busType: number;
  /** Bytes. */
  readonly size: bigint;
  readonly removable: boolean;
  readonly reserveCommands: ReserveForms | undefined;
  readonly persistentReservations: boolean;
  readonly cannotStore: boolean;
  readonly readyUnderReserve: boolean;
  /** As the file describes it, before `state`. */
  readonly initial: UnitState;
}

/** A device of a host with everything filled in. */
export interface DiskEntry {
  readonly kind: DeviceKind;
  readonly number: number;
  readonly unit: string;
  readonly initiators: readonly string[];
  readonly fixedPath: boolean;
  /** Null where it has none. A LUN above 255 does not fit into Windows' structure. */
  readonly address: ScsiAddress | null;
  readonly interfacePath: string | null;
  readonly boot: boolean;
  readonly system: boolean;
  readonly clustered: boolean;
  readonly clusterSharedVolume: boolean;
  readonly pagefile: boolean;
  readonly poolMember: boolean;
  readonly timeoutMs: number;
  readonly faults: Faults;
}

export interface Rehearsal {
  readonly thisHost: string;
  readonly units: ReadonlyMap<string, UnitEntry>;
  /** Disks of each host, by kind and number. */
  readonly hosts: ReadonlyMap<string, readonly DiskEntry[]>;
  /** Adapters of each host, by port number. */
  readonly adapters: ReadonlyMap<string, readonly AdapterEntry[]>;
  /** State of every unit: from `state`, else its initial state. */
  readonly state: ReadonlyMap<string, UnitState>;
}

/** A designator: text (of SCSI names in UTF-8) or hexadecimal digits. */
export interface DesignatorText {
  readonly type: 'scsiName' | 'naa' | 'eui64' | 't10' | 'vendor';
  readonly text?: string;
  readonly hex?: string;
}

interface RegistrationText {
  readonly initiator: string;
  readonly key: string;
  readonly allTargetPorts?: boolean;
  readonly repeat?: number;
}

interface HostText {
  readonly repeat?: number;
  readonly adapters?: readonly AdapterText[];
  readonly disks?: readonly DiskText[];
}

interface StateText {
  readonly reservedBy?: string | null;
  readonly registrations?: readonly RegistrationText[];
  readonly persistentReservation?: {
    readonly holder?: string; readonly type: number; readonly scope?: number; readonly anchor?: string;
  };
  readonly generation?: number;
  readonly aptpl?: boolean;
  readonly unitAttentions?: Readonly<Record<string, readonly string[]>>;
  readonly loggedOut?: readonly string[];
}

interface UnitText extends StateText {
  readonly name: string;
  readonly repeat?: number;
  readonly target?: TargetKind;
  readonly type?: DeviceKind;
  readonly vendor?: string;
  readonly product?: string;
  readonly revision?: string;
  readonly serial?: string;
  readonly naa?: string;
  readonly eui64?: string;
  readonly designators?: readonly DesignatorText[];
  readonly busType?: (typeof busTypes)[number];
  readonly sizeGB?: number;
  readonly removable?: boolean;
  readonly reserveCommands?: ReserveForms;
  readonly persistentReservations?: boolean;
  readonly cannotStore?: boolean;
  readonly readyUnderReserve?: boolean;
}

interface DiskText {
  readonly number: number;
  readonly unit: string;
  readonly repeat?: number;
  readonly initiators?: readonly string[];
  readonly pathPolicy?: 'roundRobin' | 'failOver';
  readonly scsiAddress?: AddressText | null;
  readonly interfacePath?: string;
  readonly boot?: boolean;
  readonly system?: boolean;
  readonly clustered?: boolean;
  readonly clusterSharedVolume?: boolean;
  readonly pagefile?: boolean;
  readonly poolMember?: boolean;
  readonly timeoutSeconds?: number;
  readonly faults?: Faults;
}

interface FileText {
  readonly thisHost: string;
  readonly logicalUnits: readonly UnitText[];
  readonly hosts: Readonly<Record<string, HostText>>;
  readonly state?: Readonly<Record<string, StateText>>;
}

const kindOrder: readonly DeviceKind[] = ['disk', 'tape', 'changer', 'cdrom'];
const gigabyte = 1024n ** 3n;
const largestNumber = 0xfffffffe;
/** The most values in a file after all repetition; a bus of 100,000 disks has a million. */
const mostValues = 5_000_000;

/** Reads a rehearsal. `name` is the file's name in messages. Throws RehearsalFileError. */
export function readRehearsal(text: string, name: string): Rehearsal {
  const fail = (place: Place, problem: string): never => {
    throw new RehearsalFileError(`${name}: ${place.length === 0 ? '' : `${pointer(place)}: `}${problem}`);
  };
  const document = parse(text, name);
  const finding = firstFinding(schema as Schema, document);
  if (finding !== null) {
    throw new RehearsalFileError(`${name}: ${finding.at === '' ? '' : `${finding.at}: `}${finding.problem}`);
  }
  const file = document as FileText;
  let values = 0;
  const count = (place: Place, part: unknown): void => {
    values += weight(part);
    if (values > mostValues) fail(place, `comes to more than ${mostValues} values once it is repeated`);
  };
  for (const [index, unit] of file.logicalUnits.entries()) count(['logicalUnits', index], unit);
  for (const [name, host] of Object.entries(file.hosts)) count(['hosts', name], host);
  for (const [name, state] of Object.entries(file.state ?? {})) count(['state', name], state);

  const units = new Map<string, UnitEntry>();
  const sources = new Map<string, { readonly place: Place; readonly text: StateText }>();
  for (const [index, unit] of file.logicalUnits.entries()) {
    const place = ['logicalUnits', index];
    for (const each of repeated(unit)) {
      if (units.has(each.name)) {
        fail([...place, 'name'], `there is another logical unit called ${show(each.name)}`);
      }
      for (const [property, lengths] of [['naa', [16, 32]], ['eui64', [16, 24, 32]]] as const) {
        const digits = each[property];
        if (digits !== undefined && !(lengths as readonly number[]).includes(digits.length)) {
          fail([...place, property], `must have ${lengths.join(' or ')} hexadecimal digits, not ${digits.length}`);
        }
      }
      for (const [at, { text, hex }] of (each.designators ?? []).entries()) {
        const where = [...place, 'designators', at];
        if ((text === undefined) === (hex === undefined)) fail(where, 'must have one of text and hex');
        if (hex !== undefined && hex.length % 2 > 0) fail([...where, 'hex'], 'must have two digits for each byte');
      }
      units.set(each.name, unitEntry(each));
      sources.set(each.name, { place, text: each });
    }
  }

  const hosts = new Map<string, readonly DiskEntry[]>();
  const adapters = new Map<string, readonly AdapterEntry[]>();
  const initiators = new Set<string>();
  for (const { property, host, adapters: texts, disks } of repeatedHosts(file.hosts)) {
    if (hosts.has(host)) fail(['hosts', property], `there is another host called ${show(host)}`);
    const entries: UnaddressedEntry[] = [];
    const taken = new Set<string>();
    initiators.add(host);
    for (const [index, disk] of disks.entries()) {
      const place = ['hosts', property, 'disks', index];
      for (const [step, each] of repeated(disk).entries()) {
        const unit = units.get(each.unit) ?? fail([...place, 'unit'], noUnit(each.unit));
        const really = each.faults?.answersAs;
        if (really !== undefined && !units.has(really)) fail([...place, 'faults', 'answersAs'], noUnit(really));
        const number = disk.number + step;
        if (number > largestNumber) fail([...place, 'repeat'], `leads past the number ${largestNumber}`);
        const device = `${unit.kind} ${number}`;
        if (taken.has(device)) fail([...place, 'number'], `there is another ${device} on ${host}`);
        taken.add(device);
        for (const [nth, { done, answer }] of (each.faults?.prOut ?? []).entries()) {
          if (!done && answer === undefined) {
            fail([...place, 'faults', 'prOut', nth], 'must have the property answer where done is false');
          }
        }
        const entry = diskEntry(each, number, unit, host, step, place);
        for (const initiator of entry.initiators) initiators.add(initiator);
        entries.push(entry);
      }
    }
    entries.sort((a, b) => kindOrder.indexOf(a.kind) - kindOrder.indexOf(b.kind) || a.number - b.number);
    const standing = addressed(entries, (taken, where) => fail(taken.place, `there is another device ${where}`));
    hosts.set(host, standing);
    adapters.set(host, adapterEntries(texts, standing, (index, port) =>
      fail(['hosts', property, 'adapters', index, 'port'], `there is another adapter ${port} on ${host}`)));
  }
  if (!hosts.has(file.thisHost)) fail(['thisHost'], `there is no host called ${show(file.thisHost)} in hosts`);

  const known = (place: Place, text: StateText, state: UnitState): void => {
    const { reservedBy, registrations, persistent, unitAttentions, loggedOut = [] } = state;
    const must = (where: Place, initiator: string) => {
      if (!initiators.has(initiator)) fail(where, `there is no initiator called ${show(initiator)}`);
    };
    if (reservedBy !== null) must([...place, 'reservedBy'], reservedBy);
    const registered = new Set<string>();
    for (const [index, { initiator, key }] of registrations.entries()) {
      const entry = [...place, 'registrations', entryOf(text.registrations ?? [], index)];
      if (key !== BigInt.asUintN(64, key)) fail([...entry, 'key'], 'must have 16 hexadecimal digits at most');
      const where = [...entry, 'initiator'];
      must(where, portOf(initiator));
      if (registered.has(initiator)) fail(where, `${show(initiator)} is registered twice`);
      registered.add(initiator);
    }
    for (const initiator of Object.keys(unitAttentions)) must([...place, 'unitAttentions', initiator], initiator);
    for (const [index, initiator] of loggedOut.entries()) must([...place, 'loggedOut', index], initiator);
    if (persistent === null) return;
    const where = [...place, 'persistentReservation'];
    const shared = rowOf(typeRows, persistent.type)?.everyRegistrantHolds === true;
    const mayName = (property: 'holder' | 'anchor', allowed: boolean) => {
      const named = persistent[property] ?? null;
      if (named === null) return;
      if (!allowed) fail([...where, property], `must not be there with type ${persistent.type}`);
      if (!registered.has(named)) fail([...where, property], `${show(named)} is not registered`);
    };
    if (!shared && persistent.holder === null) {
      fail(where, `must have the property holder with type ${persistent.type}`);
    }
    mayName('holder', !shared);
    mayName('anchor', shared);
    if (registrations.length === 0) fail(where, `must have a registration with type ${persistent.type}`);
  };
  const state = new Map<string, UnitState>();
  for (const [unit, { initial }] of units) {
    const { place, text } = sources.get(unit) as { place: Place; text: StateText };
    known(place, text, initial);
    state.set(unit, initial);
  }
  for (const [unit, stored] of Object.entries(file.state ?? {})) {
    if (!units.has(unit)) fail(['state', unit], noUnit(unit));
    const read = unitState(stored);
    known(['state', unit], stored, read);
    state.set(unit, read);
  }
  return { thisHost: file.thisHost, units, hosts, adapters, state };
}

const show = (text: string) => JSON.stringify(text);
const noUnit = (unit: string) => `there is no logical unit called ${show(unit)}`;

function parse(text: string, name: string): unknown {
  try {
    return readJson(text).value;
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    const { message, offset, place } = error;
    // Editors do not count a byte-order mark as a character.
    const before = text.slice(0, offset).replace(/^\uFEFF/, '').split('\n');
    const at = `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
    const where = place === null ? '' : `${pointer(place)}: `;
    throw new RehearsalFileError(`${name}: ${at}: ${where}${message}`, { cause: error });
  }
}

/** Number of values in a part, with its copies; a long text counts as several. */
function weight(part: unknown): number {
  if (typeof part === 'string') return 1 + part.length / 64;
  if (typeof part !== 'object' || part === null) return 1;
  const inner = Object.values(part).reduce((sum: number, each) => sum + weight(each), 1);
  const { repeat } = part as { repeat?: unknown };
  return typeof repeat === 'number' ? inner * repeat : inner;
}

/** The copies that `repeat` asks for, each with its own number in the texts. */
function repeated<T extends { readonly repeat?: number }>(item: T): T[] {
  const count = item.repeat;
  if (count === undefined) return [item];
  return Array.from({ length: count }, (_, index) => numbered(item, index + 1));
}

/** Hosts after repetition; `property` is the one in the file that a host comes from. */
function repeatedHosts(hosts: FileText['hosts']) {
  return Object.entries(hosts).flatMap(([property, { adapters = [], disks = [], ...rest }]) =>
    repeated({ host: property, adapters, disks, ...rest }).map((each) => ({ ...each, property })));
}

/** The entry of a list that its nth item comes from, once every entry has been repeated. */
function entryOf(list: readonly { readonly repeat?: number }[], nth: number): number {
  let left = nth;
  return list.findIndex(({ repeat = 1 }) => (left -= repeat) < 0);
}

/** A part with a `repeat` of its own has numbers of its own: its texts are not changed here. */
function numbered<T>(value: T, count: number): T {
  return renumbered(value, count, true);
}

function renumbered<T>(value: T, count: number, outermost = false): T {
  if (typeof value === 'string') {
    return value.replace(/\{(0+)\}/g, (_, zeros: string) => String(count).padStart(zeros.length, '0')) as T;
  }
  if (Array.isArray(value)) return value.map((each) => renumbered(each, count)) as T;
  if (typeof value !== 'object' || value === null || (!outermost && 'repeat' in value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, renumbered(each, count)])) as T;
}

function unitEntry(unit: UnitText): UnitEntry {
  return {
    name: unit.name,
    target: unit.target ?? 'LIO',
    kind: unit.type ?? 'disk',
    vendor: unit.vendor ?? null,
    product: unit.product ?? null,
    revision: unit.revision ?? null,
    serial: unit.serial ?? null,
    naa: unit.naa ?? null,
    eui64: unit.eui64 ?? null,
    designators: unit.designators ?? [],
    busType: busTypes.indexOf(unit.busType ?? 'Fibre'),
    size: BigInt(unit.sizeGB ?? 100) * gigabyte,
    removable: unit.removable ?? false,
    reserveCommands: unit.reserveCommands,
    persistentReservations: unit.persistentReservations ?? true,
    cannotStore: unit.cannotStore ?? false,
    readyUnderReserve: unit.readyUnderReserve ?? false,
    initial: unitState(unit),
  };
}

/** A device before it has an address. */
interface UnaddressedEntry extends Omit<DiskEntry, 'address'> {
  readonly busType: number;
  readonly wanted: AddressText | null | undefined;
  /** The place of the address in the file, for messages. */
  readonly place: Place;
}

function diskEntry(
  disk: DiskText, number: number, unit: UnitEntry, host: string, step: number, place: Place,
): UnaddressedEntry {
  const wanted = disk.scsiAddress;
  return {
    kind: unit.kind,
    number,
    unit: disk.unit,
    initiators: disk.initiators ?? [host],
    fixedPath: disk.pathPolicy === 'failOver',
    busType: unit.busType,
    wanted: wanted == null ? wanted : { ...wanted, lun: wanted.lun + step },
    place: [...place, 'scsiAddress'],
    interfacePath: disk.interfacePath ?? null,
    boot: disk.boot ?? false,
    system: disk.system ?? false,
    clustered: disk.clustered ?? false,
    clusterSharedVolume: disk.clusterSharedVolume ?? false,
    pagefile: disk.pagefile ?? false,
    poolMember: disk.poolMember ?? false,
    timeoutMs: (disk.timeoutSeconds ?? 60) * 1000,
    faults: disk.faults ?? {},
  };
}

function unitState(text: StateText): UnitState {
  const attentions = Object.entries(text.unitAttentions ?? {});
  const persistent = text.persistentReservation;
  return {
    reservedBy: text.reservedBy ?? null,
    registrations: (text.registrations ?? []).flatMap(repeated)
      .map(({ repeat: _count, key, ...rest }) => ({ ...rest, key: BigInt(key) })),
    persistent: persistent === undefined ? null : { ...persistent, holder: persistent.holder ?? null },
    generation: text.generation ?? 0,
    unitAttentions: Object.fromEntries(attentions.map(([initiator, codes]) =>
      [initiator, codes.map((code) => Number.parseInt(code, 16))])),
    ...(text.aptpl === undefined ? {} : { aptpl: text.aptpl }),
    ...(text.loggedOut === undefined ? {} : { loggedOut: text.loggedOut }),
  };
}

/** The entry of a unit in `state`. */
function stateText(state: UnitState): StateText {
  const {
    reservedBy, registrations, persistent, generation, aptpl = false, unitAttentions, loggedOut = [],
  } = state;
  const hex = (value: number) => value.toString(16).padStart(4, '0').toUpperCase();
  const attentions = Object.entries(unitAttentions).map(([initiator, codes]) => [initiator, codes.map(hex)]);
  return {
    reservedBy,
    ...(registrations.length === 0 ? {} : {
      registrations: registrations.map(({ key, ...rest }) => ({ ...rest, key: `0x${key.toString(16)}` })),
    }),
    ...(persistent === null ? {} : { persistentReservation: reservationText(persistent) }),
    ...(generation === 0 ? {} : { generation }),
    ...(aptpl ? { aptpl } : {}),
    ...(attentions.length === 0 ? {} : {
      unitAttentions: Object.fromEntries(attentions) as Record<string, string[]>,
    }),
    ...(loggedOut.length === 0 ? {} : { loggedOut }),
  };
}

function reservationText({ holder, ...rest }: PersistentReservation) {
  return { ...(holder === null ? {} : { holder }), ...rest };
}

/**
 * The file's text with the given `state`; everything else stays unchanged, including white space. Units in their initial
 * state are left out. `text` must be one that `readRehearsal` has accepted.
 */
export function withState(
  text: string, units: ReadonlyMap<string, UnitEntry>, state: ReadonlyMap<string, UnitState>,
): string {
  const changed = new Map<string, StateText>();
  for (const [name, { initial }] of units) {
    const now = stateText(state.get(name) ?? initial);
    if (JSON.stringify(now) !== JSON.stringify(stateText(initial))) changed.set(name, now);
  }
  const value = JSON.stringify(Object.fromEntries(changed), null, 2).replaceAll('\n', '\n  ');
  const span = readJson(text).members.get('state');
  if (span !== undefined) return text.slice(0, span.start) + value + text.slice(span.end);
  const end = text.lastIndexOf('}');
  return `${text.slice(0, end).trimEnd()},\n  "state": ${value}\n${text.slice(end)}`;
}
