// What a record of a list says of a disk. A record is no live object: its number may be another disk's by now, so
// it has to state a UniqueId or a serial number, and that alone is sent. The rules are those of piped records
// (ps/private/disk/Resolve-RecordClaim.ps1, docs/decisions/0011-never-the-wrong-disk.md); a test feeds both the
// same.

import { type Claim, noClaim } from '../../disk/claim.ts';
import { deviceKindOf, isMultipathPath } from '../../disk/device-path.ts';
import { isCountedPerMachine, isMadeUp, isPlaceholder } from '../../disk/no-statement.ts';
import { type Column, type Thing, columnOf, isThing, notDisks, things } from './columns.ts';
import {
  JsonNumber, type RecordValue, type StatementKind, type Unreadable, diskNumberOf, readStatement, safeText, trimmed,
} from './statement.ts';

export interface Refusal {
  readonly message: string;
  readonly nextStep: string;
}

/** A disk that is named: by a claim, or by what is refused in its place. */
export interface Named {
  readonly claim: Claim;
  readonly refusal: Refusal | null;
}

/** One record: what is said in it, column by column; or why it is none. */
export type ListRecord = readonly (readonly [name: string, value: RecordValue])[] | Refusal;

export interface Surroundings {
  /** As it calls itself. */
  readonly computer: string;
  /** All of its names, in lower case. */
  readonly computers: ReadonlySet<string>;
  readonly rehearses: boolean;
  /** For lines to type: `storage-release release`. */
  readonly command: string;
}

const legacyDevice = /^\\\\[.?]\\(PhysicalDrive|Tape|Changer|CdRom)(0|[1-9][0-9]{0,8})$/i;
const placeOfVolume = /^(?:[a-z]:[\\/]*|\\\\[.?]\\(?:[a-z]:|volume\{)[\s\S]*)$/i;
const columnsWanted = 'Lists of disks should have the columns UniqueId and SerialNumber.';

/** What has been read so far. */
interface Target extends Unreadable {
  number: number | null;
  path: string | null;
  devices: Claim['devices'];
  readonly texts: Partial<Record<'UniqueId' | 'Serial' | 'FriendlyName', string>>;
  readonly flags: Partial<Record<'Boot' | 'System' | 'Clustered' | 'Multipath', boolean>>;
  bus: string | null;
  readonly from: string[];
  /** Whether it names this computer. */
  here: boolean;
}

type Said = ReadonlyMap<Column, readonly (readonly [name: string, value: RecordValue])[]>;

const refused = (message: string, nextStep: string): Named => ({ claim: noClaim, refusal: { message, nextStep } });
const kinds = { UniqueId: 'UniqueId', Serial: 'SerialNumber', FriendlyName: 'FriendlyName' } as const;

export function recordClaim(record: ListRecord, here: Surroundings): Named {
  if (!isRecord(record)) return { claim: noClaim, refusal: record };
  const said = new Map<Column, (readonly [string, RecordValue])[]>();
  let thing: Thing | null = null;
  let thingColumn: string | null = null;
  for (const [name, value] of record) {
    const column = columnOf(name);
    if (column === null) continue;
    if (isThing(column)) {
      if (thing === null) [thing, thingColumn] = [column, name];
    } else if (column === 'Holder') {
      return refused('This record names the holder of a disk, and the command line reaches no other host.',
        'Find the holder again in PowerShell, and pipe the result there; or list the disk by its UniqueId alone.');
    } else if (value !== null) said.set(column, [...said.get(column) ?? [], [name, value]]);
  }

  const target: Target = {
    number: null, path: null, devices: null, texts: {}, flags: {}, bus: null, from: [], here: false, unreadable: null, rounded: false,
  };
  const each = (column: Column) => said.get(column) ?? [];
  for (const [name, value] of each('Kind')) {
    if (thing === null && typeof value === 'string' && trimmed(value).toLowerCase() === 'part') [thing, thingColumn] = ['Partition', name];
  }
  for (const [name, value] of each('Computer')) addComputer(value, name, target, here);
  for (const [name, value] of each('Bus')) target.bus = textOf(value, 'Bus', name, target);
  let className = '';
  for (const column of ['Cim', 'Class'] as const) {
    for (const [, value] of each(column)) {
      const cim = readClass(value, column);
      addComputer(cim.server, 'ServerName', target, here);
      className ||= cim.name;
    }
  }
  readClaims(target, said);
  readOtherIds(target, said, here);

  const places: (readonly [string, string])[] = [];
  for (const [name, value] of each('Path')) {
    const text = textOf(value, 'Path', name, target);
    if (text !== null) places.push([name, text]);
  }
  let maybe: number | null = null;
  for (const [name, value] of each('Name')) {
    if (typeof value === 'string' && value.length <= 512) places.push([name, trimmed(value)]);
    maybe ??= diskNumberOf(value);
  }
  if (target.texts.UniqueId?.startsWith('\\\\')) places.push(['UniqueId', target.texts.UniqueId]);
  for (const [name, text] of places) {
    if (!placeOfVolume.test(text)) addPath(target, text, name);
    else if (thing === null) [thing, thingColumn] = ['Volume', name];
  }

  // A CD-ROM drive has the name of the volume in it.
  const folded = className.toLowerCase();
  if (thing === null || (thing === 'Volume' && folded === 'win32_cdromdrive')) {
    thing = Object.hasOwn(notDisks, folded) ? notDisks[folded]! : null;
    thingColumn = null;
  }
  if (thing !== null) {
    const { message, nextStep } = things[thing];
    if (thingColumn === null) return refused(message, nextStep);
    return refused(`This record has a column ${safeText(thingColumn)}. ${message}`,
      `${nextStep} If the whole disk is meant, leave that column out.`);
  }
  return placeRefusal(target, here) ?? unreadableRefusal(target, here) ?? unidentifiedRefusal(target, maybe, here) ?? {
    // The list may be of last week: its numbers and paths are other disks' by now, its identities are not.
    claim: {
      ...noClaim,
      uniqueId: target.texts.UniqueId ?? null, serialNumber: target.texts.Serial ?? null,
      friendlyName: target.texts.FriendlyName ?? null, devices: target.devices,
      boot: target.flags.Boot ?? null, system: target.flags.System ?? null,
      clustered: target.flags.Clustered ?? null, multipath: target.flags.Multipath ?? null,
    },
    refusal: null,
  };
}

const isRecord = (record: ListRecord): record is Exclude<ListRecord, Refusal> => Array.isArray(record);

function textOf(value: RecordValue, kind: StatementKind, name: string, target: Unreadable): string | null {
  const text = readStatement(value, kind, name, target);
  return text === null ? null : String(text);
}

function addComputer(value: RecordValue, name: string, target: Target, { computers }: Surroundings): void {
  const computer = textOf(value, 'Computer', name, target);
  if (computer === null) return;
  if (computers.has(computer.toLowerCase())) target.here = true;
  else target.from.push(safeText(computer));
}

/** What CimSystemProperties, CimClass or the name of a class say. */
function readClass(value: RecordValue, column: 'Cim' | 'Class'): { readonly name: string; readonly server: RecordValue } {
  if (typeof value === 'string') {
    // As text a class is like ROOT/Microsoft/Windows/Storage:MSFT_Disk; the other is of no form.
    const name = column === 'Class' && value.length <= 512 ? value.slice(value.lastIndexOf(':') + 1) : '';
    return { name, server: null };
  }
  const members = isObject(value) ? Object.entries(value) : [];
  const member = (wanted: string) => members.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? null;
  const names = [member('classname'), member('cimclassname')].filter((text) => typeof text === 'string' && text.length <= 512);
  return { name: (names.at(-1) as string | undefined) ?? '', server: member('servername') };
}

const isObject = (value: RecordValue): value is { readonly [member: string]: RecordValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);

/** Numbers, texts and flags; two columns that contradict each other cannot be read. */
function readClaims(target: Target, said: Said): void {
  const add = <T extends string | number | boolean>(
    column: Column, kind: StatementKind, first: () => T | undefined, set: (value: T) => void,
  ): void => {
    let by = '';
    for (const [name, value] of said.get(column) ?? []) {
      const read = readStatement(value, kind, name, target) as T | null;
      if (read === null) continue;
      const before = first();
      if (before === undefined) {
        set(read);
        by = name;
      // How a disk is called is shown, and compared with nothing.
      } else if (kind !== 'FriendlyName' && String(before).toLowerCase() !== String(read).toLowerCase()) {
        target.unreadable = `${safeText(by)} is "${shown(before)}", and its ${safeText(name)} is "${shown(read)}"`;
      }
    }
  };
  add<number>('Number', 'Number', () => target.number ?? undefined, (value) => { target.number = value; });
  for (const claim of ['UniqueId', 'Serial', 'FriendlyName'] as const) {
    add<string>(claim, kinds[claim], () => target.texts[claim], (value) => { target.texts[claim] = value; });
  }
  for (const claim of ['Boot', 'System', 'Clustered', 'Multipath'] as const) {
    add<boolean>(claim, 'Flag', () => target.flags[claim], (value) => { target.flags[claim] = value; });
  }
}

/** The computer in an ObjectId of the Storage module. */
const objectOf = /^\{[0-9]+\}\\\\([^\\]+)\\/;
const isReal = (id: string | undefined): id is string => id !== undefined && !isPlaceholder(id) && !isMadeUp(trimmed(id));

/** The UniqueId where other systems' names of it alone stand; and the computer of a record without any. */
function readOtherIds(target: Target, said: Said, here: Surroundings): void {
  const texts = (column: Column) => (said.get(column) ?? [])
    .filter((one): one is readonly [string, string] => typeof one[1] === 'string');
  if (target.texts.UniqueId === undefined && target.unreadable === null) {
    const [first] = texts('OtherId').filter(([, value]) => isReal(value));
    const id = first && textOf(first[1], 'UniqueId', first[0], target);
    if (id) target.texts.UniqueId = id;
  }
  if (isReal(target.texts.UniqueId)) return;
  // Without a UniqueId there is a serial number at most, which may be any computer's.
  for (const [name, text] of texts('ObjectId')) {
    const made = text.length <= 1024 ? objectOf.exec(text) : null;
    if (made) addComputer(made[1]!, name, target, here);
  }
}

/** As PowerShell writes it. */
const shown = (value: string | number | boolean): string =>
  safeText(typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value));

/**
 * What a path says: that MPIO owns the disk, the kind of device, and the number that others must not contradict.
 */
function addPath(target: Target, path: string, name: string): void {
  if (isMultipathPath(path)) target.flags.Multipath = true;
  const legacy = legacyDevice.exec(path);
  const kind = deviceKindOf(path);
  if (kind === null) {
    if (!/^\\\\[.?]\\/.test(path)) return;
    target.unreadable = `${safeText(name)} is "${safeText(path)}", which is not the path of a disk, tape drive, medium `
      + 'changer or CD-ROM drive';
    return;
  }
  if (kind !== 'Disk') target.devices = [kind];
  if (kind === 'Disk' && legacy === null) return;
  let agrees = true;
  if (target.number !== null) agrees = kind === 'Disk' && legacy?.[2] === String(target.number);
  else if (target.path !== null) {
    agrees = legacy === null || !legacyDevice.test(target.path)
      || target.path.slice(4).toLowerCase() === path.slice(4).toLowerCase();
  } else target.path = path;
  if (agrees) return;
  const first = target.number === null ? target.path : `Number ${target.number}`;
  target.unreadable = `${safeText(name)} is "${safeText(path)}", and that is not ${first}`;
}

/** Of a record of another computer, or of another bus than the run works on. */
function placeRefusal(target: Target, { rehearses, computer: here }: Surroundings): Named | null {
  const bus = target.bus?.toLowerCase();
  if (bus === 'rehearsal' && !rehearses) {
    return refused('This object comes from a rehearsal, but no rehearsal is under way.',
      'List disks of this computer, or name the rehearsal with --rehearsal.');
  }
  if (bus === 'windows' && rehearses) {
    return refused('This object comes from a real computer, but a rehearsal is under way.',
      'Leave out --rehearsal, or list disks of the rehearsal.');
  }
  const [computer] = target.from;
  return computer === undefined ? null : refused(
    `This object comes from ${computer}, and this computer is ${here}. Its disk numbers mean other disks here.`,
    `Run the command on ${computer}; or list its disks without that column, if they are disks of this computer.`);
}

function unreadableRefusal(target: Target, { command }: Surroundings): Named | null {
  if (target.unreadable === null) return null;
  return refused(`This object cannot be read: its ${target.unreadable}.`, target.rounded
    ? 'Make the list again with that column as text.'
    : `Correct it; or name the disk (${command} ${typed(target)}), if you know which one is meant.`);
}

function unidentifiedRefusal(target: Target, maybe: number | null, { command }: Surroundings): Named | null {
  const { UniqueId: id, Serial: serial } = target.texts;
  if (isReal(id)) return null;
  if (serial !== undefined && !isPlaceholder(serial) && (target.here || !isCountedPerMachine(serial))) return null;
  const why = 'This record states no UniqueId and no serial number that identifies a disk; its number may be '
    + 'another disk\'s by now.';
  if (target.number === null && target.path === null) target.number = maybe;
  if (target.number === null && target.path === null) {
    return refused(why, 'Keep the columns UniqueId and SerialNumber when disks are saved: storage-release list '
      + '--output json has them.');
  }
  return refused(why, `If you mean the disk that has this number now, name it: ${command} ${typed(target)}. ${columnsWanted}`);
}

const typed = ({ number, path }: Target): string => (number !== null ? String(number) : path ?? '...');
