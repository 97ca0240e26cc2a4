// Which method of Clear-StorageReservation is allowed: one row for each state of the reservation and for each kind of
// device, one cell for each method. Pure. Sources of the rows: SPC-4 clause 5.7, and measurements of two targets
// (test/unit/pr-target-table.tsv). docs/who-can-free-what.md has the same rules for users.

import type { Guard } from '../../disk/guards.ts';
import { type Findings, type StateVerdict, isMultipath } from '../../reservation/state.ts';
import { type Reservation, type TypeRow, keyText, typeRows } from '../../scsi/persistent-reservations.ts';
import { rowOf } from '../../scsi/row.ts';
import { deviceWords } from '../../status/devices.ts';
import type { ErrorCategory } from '../../status/outcomes.ts';
import type { Method } from './methods.ts';
import { isOwnKey } from './own-key.ts';

/** What the user asked for. */
export interface Wish {
  readonly method: Method;
  /** For Preempt: the key whose registrations are to be removed. */
  readonly holderKey: bigint | null;
  /** For Release: a key that an earlier run left behind, to be taken back. */
  readonly ownKey: bigint | null;
  /** For Preempt: send PREEMPT AND ABORT. */
  readonly abort: boolean;
  readonly allow: ReadonlySet<Guard>;
}

/** What the decision depends on. */
export interface Situation {
  readonly findings: Findings;
  readonly keysRead: boolean;
  readonly keys: readonly bigint[];
  readonly reservation: Reservation | null;
  readonly protections: ReadonlySet<ProtectionName>;
  /** The explanation that goes with the findings, for a state that has none of its own in this table. */
  readonly state: Pick<StateVerdict, 'why' | 'nextStep'>;
  /** The device as an argument of a command: `-Number 3`. */
  readonly argument: string;
  /** Who registered the keys; undefined where READ FULL STATUS or the names of this host's initiator ports could not be read. */
  readonly owners?: Owners | undefined;
}

export interface Owners {
  /** The key of this host on its only path to the device; null where it has none, or has several paths. */
  readonly here: bigint | null;
  /** Keys that only initiators of other hosts registered, with the names of these initiators. */
  readonly others: ReadonlyMap<bigint, string>;
}

/** Why nothing is sent. */
export interface Refusal {
  readonly outcome: 'Refused' | 'NotSupported';
  readonly category?: ErrorCategory;
  readonly message: string;
  readonly nextStep: string;
}

interface Asked extends Situation, Wish {}

interface No {
  readonly outcome?: Refusal['outcome'];
  readonly why: (asked: Asked) => string;
  readonly next: (asked: Asked) => string;
}

/** Why the method is not allowed; null: it is allowed. */
type Cell = No | null | ((asked: Asked) => No | null);
type Cells = Readonly<Record<Method, Cell>>;

// ---- parts of sentences

const name = ({ findings: { kind } }: Pick<Situation, 'findings'>): string => deviceWords[kind];
const line = ({ argument }: Pick<Situation, 'argument'>, rest: string): string =>
  `Clear-StorageReservation ${argument} -Method ${rest}`;
const look = ({ argument }: Pick<Situation, 'argument'>): string => `Get-StorageReservation ${argument}`;
export const keysText = (count: number): string => (count === 1 ? 'the one key' : `all ${count} keys`);

export const isShared = (reservation: Reservation | null): boolean =>
  reservation !== null && rowOf<TypeRow>(typeRows, reservation.type)?.everyRegistrantHolds === true;

/** The consequences of a reset, named wherever a reset is proposed. */
export const resetCost = ({ findings: { kind } }: Pick<Situation, 'findings'>): string => 'that aborts the outstanding commands '
  + `of all hosts on it, and Windows may go on from the ${kind === 'Disk' ? 'LUN' : deviceWords[kind]} to its target and its bus`;

const clearInstead = (asked: Situation): string => `If the hosts that registered are gone, ${line(asked, 'Clear')} removes `
  + `${keysText(asked.keys.length)}; hosts that still run lose their access by it.`;
const preemptInstead = (asked: Situation): string => {
  const { reservation } = asked;
  return reservation === null || isShared(reservation) ? ''
    : ` ${line(asked, `Preempt -HolderKey ${keyText(reservation.key)}`)} removes the holder alone.`;
};
/** Both ways to remove keys, with the consequences for other hosts. */
export const freeKeys = (asked: Situation): string => clearInstead(asked) + preemptInstead(asked);

export const freeReserved = (asked: Situation): string => (asked.findings.kind === 'Disk'
  ? 'Only the initiator that made a reservation can release it: run Invoke-StorageRelease on the host that holds it; '
    + `Find-StorageReservationHolder finds that host. If it is gone: ${line(asked, 'Reset')}; ${resetCost(asked)}.`
  : 'Only the initiator that made a reservation can release it: run Invoke-StorageRelease -Path ... on the backup host that '
    + 'holds it, or the command of its backup software (NetBackup: vmoprcmd -crawlreleasebyname). If that host is gone and no '
    + `job runs: ${line(asked, 'Reset')}; ${resetCost(asked)}.`);

const takeBack = (asked: Situation, key: bigint): string => line(asked, `Release -OwnKey ${keyText(key)}`);
export const ownKeysStep = (asked: Situation): string => `It was left behind by this command: ${takeBack(asked, asked.keys.find(isOwnKey)!)} `
  + 'on the host that ran it takes it back.';

// ---- kinds and uses of devices

export interface ProtectionRow {
  readonly name: string;
  /** What a refusal calls such a device. */
  readonly reason: (asked: Asked) => string;
  /** The value of -Allow that allows the methods marked 'unless allowed'. */
  readonly guard?: Guard;
  readonly cells: Readonly<Record<Method, Omit<No, 'why'> & { readonly because: string } | 'unless allowed' | null>>;
}

const never = (because: string, next: (asked: Asked) => string) => ({ because, next });
const everyMethod = <T>(cell: T): Readonly<Record<Method, T>> => ({ Release: cell, Clear: cell, Preempt: cell, Reset: cell });
const ownTools = (what: string) => () => `Use ${what}.`;

export const protectionRows = [
  { name: 'Boot', reason: () => 'boot disk', cells: everyMethod(never('Windows runs from it', (asked) =>
    `See how it is reserved: ${look(asked)}.`)) },
  { name: 'System', reason: () => 'system disk', cells: everyMethod(never('the computer starts from it', (asked) =>
    `See how it is reserved: ${look(asked)}.`)) },
  { name: 'Pagefile', reason: () => 'disk with a page file', cells: everyMethod(never('this computer pages to it', (asked) =>
    `See how it is reserved: ${look(asked)}.`)) },
  { name: 'Space', reason: () => 'virtual disk of Storage Spaces', cells: everyMethod(never('Storage Spaces keeps its reservations',
    ownTools('the tools of Storage Spaces: Get-VirtualDisk, Get-StoragePool'))) },
  { name: 'PoolMember', reason: () => 'disk of a storage pool', cells: everyMethod(never('Storage Spaces keeps its reservations',
    ownTools('the tools of Storage Spaces: Get-PhysicalDisk, Get-StoragePool'))) },
  { name: 'Csv', guard: 'Clustered', reason: () => 'cluster shared volume', cells: {
    Release: 'unless allowed', Clear: 'unless allowed', Preempt: 'unless allowed',
    Reset: never('all nodes work with it at the same time', ownTools('the cluster\'s own tools (Suspend-ClusterResource)')) } },
  { name: 'Clustered', guard: 'Clustered', reason: () => 'clustered disk', cells: {
    Release: 'unless allowed', Clear: 'unless allowed', Preempt: 'unless allowed',
    Reset: never('a failover cluster owns its reservation', ownTools('the cluster\'s own tools (Suspend-ClusterResource, '
      + 'Clear-ClusterDiskReservation)')) } },
  { name: 'Multipath', guard: 'Multipath', reason: (asked) => `${name(asked)} with more than one path`, cells: {
    Release: 'unless allowed', Clear: 'unless allowed', Preempt: 'unless allowed',
    Reset: never('the path that a reset would take cannot be known', () => 'Reset the LUN at the array.') } },
  { name: 'PathsUnknown', reason: (asked) => `${name(asked)} whose number of paths is not known`, cells: {
    Release: null, Clear: null, Preempt: null,
    Reset: never('a disk with more than one path is not reset', (asked) => `Look again: ${look(asked)}.`) } },
  { name: 'NoDisk', reason: name, cells: {
    Release: null, Reset: null,
    Clear: never('its keys belong to backup software, which gives them up when it is done',
      () => 'End the job there; a drive whose backup host is gone is freed by its own library or backup software.'),
    Preempt: never('its keys belong to backup software, which gives them up when it is done',
      () => 'End the job there; a drive whose backup host is gone is freed by its own library or backup software.') } },
] as const satisfies readonly ProtectionRow[];

export type ProtectionName = (typeof protectionRows)[number]['name'];

/** Why a guard refuses a disk. */
const guarded: Readonly<Record<'Clustered' | 'Multipath', string>> = {
  Clustered: 'a failover cluster owns its reservation; use the cluster\'s own tools (Suspend-ClusterResource, '
    + 'Clear-ClusterDiskReservation)',
  Multipath: 'MPIO sends REGISTER down all paths and CLEAR or PREEMPT down the first that takes it, and registers its '
    + 'own key again on a path that comes back; RELEASE goes down one path that cannot be chosen',
};

/** The remark in question and result for a disk with more than one path that -Allow let through. */
export const multipathRemark = 'MPIO registers down all paths, clears down one, and may register a key again on a path '
  + 'that comes back.';

// ---- states

export interface StateRow {
  readonly name: string;
  readonly when: (situation: Situation) => boolean;
  readonly cells: Cells;
}

const keysKnown = ({ keysRead, findings }: Situation): boolean => keysRead && findings.readKeys === 'good';
const lockedOut = ({ findings: { ready, read } }: Situation): boolean => ready === 'conflict' || read === 'conflict';
/** Whether only a SCSI-2 reservation can be what locks hosts out. */
const hasNoKeys = (situation: Situation): boolean => {
  const { readKeys } = situation.findings;
  return readKeys === 'conflict' || readKeys === 'unsupported' || (keysKnown(situation) && situation.keys.length === 0);
};

/** Whether the key of -OwnKey may be taken back: null where it may. */
const ownKeyCell = (asked: Asked): No | null => {
  const { ownKey, keys, owners } = asked;
  if (ownKey === null) {
    return keys.some(isOwnKey)
      ? { why: () => 'RELEASE ends no persistent reservation and takes no key back.', next: ownKeysStep }
      : { why: () => 'RELEASE ends no persistent reservation and takes no key back.', next: freeKeys };
  }
  if (!keys.includes(ownKey)) return ownKeyGone;
  if (!isOwnKey(ownKey)) {
    return { why: () => `${keyText(ownKey)} does not have the mark of this command (0x5352 at its beginning), so it is a `
      + 'key of other software.', next: freeKeys };
  }
  const other = owners?.others.get(ownKey);
  return other === undefined ? null : {
    why: () => `${keyText(ownKey)} was registered by ${other}, which is not this host.`,
    next: () => `On that host ${takeBack(asked, ownKey)} takes it back. ${clearInstead(asked)}`,
  };
};

/** Clear and Preempt begin with REGISTER, which conflicts where this host has registered a key. */
const registeredCell = (asked: Asked): No | null => {
  const key = asked.owners?.here ?? null;
  return key === null ? null : {
    why: () => `This host is registered with the ${name(asked)} already (${keyText(key)}), so that the REGISTER of this command would conflict.`,
    next: () => (isOwnKey(key) ? `It was left behind by this command: ${takeBack(asked, key)} takes it back.`
      : 'Let the software that registered it take it back (a cluster, MPIO), or use -Method Clear on another host that has the device.'),
  };
};

const ownKeyGone: No = {
  why: ({ ownKey }) => `${keyText(ownKey!)} is not registered on the device.`, next: (asked) => `See what is: ${look(asked)}.`,
};
const releaseWithoutKeys: Cell = ({ ownKey }) => (ownKey === null ? null : ownKeyGone);

const victimCell = (asked: Asked): No | null => {
  const { holderKey, reservation, keys } = asked;
  if (reservation !== null && rowOf(typeRows, reservation.type) === undefined) return typeUnknown;
  if (reservation !== null && holderKey !== reservation.key) {
    return { why: () => `${keyText(holderKey!)} does not hold the ${name(asked)}: its holder has the key ${keyText(reservation.key)}.`,
      next: () => `Name the holder: ${line(asked, `Preempt -HolderKey ${keyText(reservation.key)}`)}.` };
  }
  if (!keys.includes(holderKey!)) {
    return { why: () => `${keyText(holderKey!)} is not registered on the ${name(asked)}.`, next: () => `See what is: ${look(asked)}.` };
  }
  return null;
};

const typeUnknown: No = {
  why: ({ reservation }) => `The reservation is of type ${reservation!.type}, for which Windows sends no PREEMPT.`, next: clearInstead,
};

const survives: No = {
  why: ({ findings }) => `Persistent reservations and their keys survive a reset, so it would abort the commands of all hosts `
    + `on the ${deviceWords[findings.kind]} for nothing.`,
  next: freeKeys,
};
const inVain: No = {
  why: (asked) => `The ${name(asked)} does not lock this host out. A reset would abort the commands of all hosts on it for nothing.`,
  next: (asked) => `If another host finds it reserved, look from there: ${look(asked)}.`,
};
const noKeys: No = {
  why: (asked) => `No key is registered on the ${name(asked)}, so there is nothing to clear.`,
  next: (asked) => `If another host finds it reserved, look from there: ${look(asked)}.`,
};
const otherReservation: No = {
  why: () => 'A SCSI-2 reservation of another initiator is held, which has no key and which CLEAR and PREEMPT do not end.',
  next: freeReserved,
};
const reservedHere: No = {
  why: () => 'A SCSI-2 reservation is held, which has no key, and this host is not locked out by it.',
  next: (asked) => `If this host holds it: ${line(asked, 'Release')}.`,
};
const unsupported: No = {
  outcome: 'NotSupported',
  why: (asked) => `The ${name(asked)} or its driver answers no question about persistent reservations, so it has no keys that `
    + 'could be cleared.',
  next: () => 'An NVMe disk has them only where its driver translates them (AWS NVMe driver 1.5.0 or later, io2 volumes). '
    + 'Otherwise look at the array or the hypervisor.',
};
const notTold: No = {
  why: ({ state }) => `${state.why} An unknown reservation is not cleared.`, next: ({ state }) => state.nextStep,
};

/** The first row whose `when` is true decides. */
export const stateRows = [
  { name: 'OwnKey', when: (each) => keysKnown(each) && each.keys.length > 0 && each.keys.every(isOwnKey)
    && (each.reservation === null || isOwnKey(each.reservation.key)),
  cells: { Release: ownKeyCell, Clear: null, Reset: survives,
    Preempt: { why: () => 'The only key is one of this command.', next: ownKeysStep } } },
  { name: 'Shared', when: (each) => keysKnown(each) && isShared(each.reservation) && each.keys.length > 0,
    cells: { Release: ownKeyCell, Clear: null, Reset: survives,
      Preempt: { why: () => 'Every registrant holds it, and Windows sends no PREEMPT for such a reservation (types 7 and 8).',
        next: clearInstead } } },
  { name: 'Held', when: (each) => keysKnown(each) && each.reservation !== null && each.keys.includes(each.reservation.key),
    cells: { Release: ownKeyCell, Clear: null, Preempt: victimCell, Reset: survives } },
  { name: 'Keys', when: (each) => keysKnown(each) && each.reservation === null && each.keys.length > 0,
    cells: { Release: ownKeyCell, Clear: null, Preempt: victimCell, Reset: survives } },
  { name: 'Reserved', when: (each) => lockedOut(each) && hasNoKeys(each) && each.reservation === null,
    cells: { Clear: otherReservation, Preempt: otherReservation, Reset: null,
      Release: (asked) => (asked.ownKey !== null ? ownKeyGone : {
        why: () => 'Another initiator holds a SCSI-2 reservation, and only that one can release it.', next: freeReserved }) } },
  { name: 'ReservedHere', when: ({ findings }) => findings.ready === 'good' && findings.readKeys === 'conflict',
    cells: { Release: releaseWithoutKeys, Clear: reservedHere, Preempt: reservedHere, Reset: reservedHere } },
  { name: 'Unsupported', when: ({ findings }) => findings.ready === 'good' && findings.readKeys === 'unsupported',
    cells: { Release: releaseWithoutKeys, Clear: unsupported, Preempt: unsupported, Reset: inVain } },
  { name: 'Free', when: (each) => each.findings.ready === 'good' && keysKnown(each) && each.keys.length === 0
    && each.reservation === null,
  cells: { Release: releaseWithoutKeys, Clear: noKeys, Preempt: noKeys, Reset: inVain } },
  { name: 'Unknown', when: () => true, cells: { Release: releaseWithoutKeys, Clear: notTold, Preempt: notTold, Reset: notTold } },
] as const satisfies readonly StateRow[];

export type StateName = (typeof stateRows)[number]['name'];

export const stateOf = (situation: Situation): StateRow & { readonly name: StateName } =>
  stateRows.find((row) => row.when(situation))!;

/** Where another program has the device open exclusively: the open reports that, but a reset would not need the open. */
export const inUseCells: Readonly<Record<Method, 'InUse' | No>> = {
  Release: 'InUse', Clear: 'InUse', Preempt: 'InUse',
  Reset: { why: () => 'Another program of this host works with it, whose commands a reset would abort.',
    next: () => 'Close the program that holds it.' },
};

// ---- the decision

const missing = (message: string, nextStep: string): Refusal =>
  ({ outcome: 'Refused', category: 'InvalidArgument', message, nextStep });

/** Parameters that contradict each other, whatever the device is; null where none do. */
export function misfit({ method, holderKey, ownKey, abort, allow }: Wish): Refusal | null {
  if (allow.has('Boot') || allow.has('System')) {
    return missing('Boot and system disks are never cleared: -Allow takes Clustered and Multipath here.', 'Leave out Boot and System.');
  }
  if (method === 'Preempt' && holderKey === null) {
    return missing('Preempt takes the key of the holder.', 'Name it: -HolderKey 0x..., as Get-StorageReservation shows it.');
  }
  if (method !== 'Preempt' && (holderKey !== null || abort)) {
    return missing('-HolderKey and -Abort go with -Method Preempt.', 'Leave them out, or take -Method Preempt.');
  }
  if (method !== 'Release' && ownKey !== null) {
    return missing('-OwnKey goes with -Method Release.', 'Leave it out, or take -Method Release.');
  }
  return null;
}

/** The parameters that name keys, as they are typed. */
const keysOf = ({ holderKey, ownKey }: Wish): string =>
  (holderKey === null ? '' : ` -HolderKey ${keyText(holderKey)}`) + (ownKey === null ? '' : ` -OwnKey ${keyText(ownKey)}`);

/** Decides by the protections first, then by the state. Null: allowed. `misfit` has to be asked before. */
export function decide(situation: Situation, wish: Wish): Refusal | null {
  const asked: Asked = { ...situation, ...wish };
  const { method, allow, protections } = asked;
  const holding: readonly (ProtectionRow & { readonly name: ProtectionName })[] =
    protectionRows.filter((row) => protections.has(row.name));
  for (const row of holding) {
    const cell = row.cells[method];
    if (cell === null || cell === 'unless allowed') continue;
    return refused(`${capital(row.reason(asked))}: ${cell.because}.`, cell.next(asked));
  }
  const closed = holding.filter(({ guard, cells }) => cells[method] === 'unless allowed' && !allow.has(guard!));
  if (closed.length > 0) {
    const names = [...new Set(closed.map(({ guard }) => guard as 'Clustered' | 'Multipath'))];
    return refused(
      `${capital(closed.map((row) => row.reason(asked)).join(', '))}: ${names.map((each) => guarded[each]).join('; ')}.`,
      `If it is really meant: ${line(asked, `${method}${keysOf(asked)} -Allow ${names.join(', ')}`)}.`);
  }
  const cell: Cell = stateOf(asked).cells[method];
  const begun = method === 'Clear' || method === 'Preempt' ? registeredCell(asked) : null;
  const no = (typeof cell === 'function' ? cell(asked) : cell) ?? begun;
  if (no === null) return null;
  return { outcome: no.outcome ?? 'Refused', message: no.why(asked), nextStep: no.next(asked) };
}

/** The decision for a device that another program has open exclusively; null: the verdict of the open stands. */
export function decideInUse(method: Method): Refusal | null {
  const cell = inUseCells[method];
  if (cell === 'InUse') return null;
  const nobody = {} as Asked;
  return refused(cell.why(nobody), cell.next(nobody));
}

const refused = (message: string, nextStep: string): Refusal => ({ outcome: 'Refused', message, nextStep });

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The protections that follow from kind and paths; the caller finds the others. */
export function protectionsByFindings(findings: Findings): ProtectionName[] {
  const several = isMultipath(findings);
  const isDisk = findings.kind === 'Disk';
  return [
    ...(several === true ? ['Multipath'] as const : []),
    ...(several === null && isDisk ? ['PathsUnknown'] as const : []),
    ...(isDisk ? [] : ['NoDisk'] as const),
  ];
}
