// The result of Find-StorageReservationHolder for a disk: its columns and sentences.

import type { BusKind } from '../bus/bus.ts';
import type { ClixmlObject, ClixmlValue } from '../clixml/clixml.ts';
import { keysStep, resetStep } from '../reservation/state.ts';
import { keyText } from '../scsi/persistent-reservations.ts';
import { type DeviceKind, deviceWords } from '../status/devices.ts';
import { capital, folded } from '../text.ts';
import { isOwnKey, leftBehind } from '../verbs/clear/own-key.ts';
import type { ErrorCategory } from '../status/outcomes.ts';
import type { Decision, UndecidedReason } from './decide.ts';
import type { Host } from './host.ts';
import type { Interval, Observation, PersistentFacts, Reading } from './reading.ts';
import type { Registration } from './registrants.ts';

export type HolderState = 'NotReserved' | 'HeldBy' | 'HeldByUnlistedHost' | 'Persistent' | 'Undecided';

/** Names and order are API; flat scalars only. */
export interface HolderResult {
  readonly UniqueId: string | null;
  readonly FriendlyName: string | null;
  readonly SerialNumber: string | null;
  readonly State: HolderState;
  /**
   * The host that holds the disk; with a persistent reservation the host whose initiator port holds it. Hosts that have
   * the same port name are joined by "or"; where all registrants hold it, they are joined by commas.
   */
  readonly Holder: string | null;
  /** Number of the disk on the host that holds it. */
  readonly HolderNumber: number | null;
  /** Hosts that had reported the disk by the time of the decision, joined by commas. BlockedOn likewise. */
  readonly SeenBy: string;
  readonly BlockedOn: string;
  /** Hosts that did not answer, each with the reason. */
  readonly NotAsked: string;
  /** The readings that decided, each with its time; HeldAt is the time of the first one. */
  readonly Evidence: string;
  /** The moment for which the decision is true, UTC; null where nothing was decided. */
  readonly HeldAt: Date | null;
  /** The decision assumes that nobody reserved and released the disk within so many milliseconds; 0: it assumes nothing. */
  readonly WindowMs: number | null;
  /** PSSession.InstanceId of the holder, and of a locked-out host, which can prove later that the disk is free. */
  readonly HolderSession: string | null;
  readonly ProofSession: string | null;
  /** PSSession.InstanceId of the hosts that see the disk, those without a registered key first; joined by commas. */
  readonly SeenBySession: string;
  /** InstanceIds of the sessions with the hosts of NotAsked, joined by commas; null where all answered. */
  readonly NotAskedSession: string | null;
  /** For a persistent reservation, as in ReservationResult. */
  readonly HolderKey: string | null;
  readonly Type: string | null;
  readonly Generation: number | null;
  /** Key, initiator and host of each registration, one a line; null where the disk did not tell. */
  readonly Registrants: string | null;
  readonly Message: string;
  readonly NextStep: string;
  readonly Bus: BusKind;
}

/** A registration, and the hosts that have its initiator port. */
export interface NamedRegistration extends Registration {
  readonly hosts: readonly number[];
}

export interface Told {
  readonly decision: Exclude<Decision, { kind: 'wait' | 'ask' }>;
  readonly uniqueId: string | null;
  readonly first: Observation;
  readonly seenBy: readonly number[];
  readonly readings: readonly Reading[];
  /** Where the hosts read different serial numbers: which host read which. */
  readonly serials: readonly { readonly host: number; readonly serialNumber: string }[];
  /** Null: the disk is not persistently reserved, as far as is known. */
  readonly persistent: {
    readonly facts: PersistentFacts | null;
    readonly registrants: readonly NamedRegistration[] | null;
  } | null;
  readonly hosts: readonly Host[];
  readonly epoch: number;
  readonly narrow: (reading: Reading) => Interval;
}

/** The limit of each of these texts in a reply line. */
const longest = 6000;
/** At most so many readings are listed. */
const mostTold = 40;
/** So many sessions are named on a line to type. */
const mostTried = 16;

interface UndecidedRow {
  /** `hosts`: the names of the hosts that the sentence is about; may be empty. `name`: what kind of device it is. */
  readonly message: (hosts: string, name: string) => string;
  readonly nextStep: string | ((kind: DeviceKind) => string);
}

/** The equipment that can tell who has access to a device, or who holds it. */
const target = (kind: DeviceKind) => (kind === 'Disk' ? 'the array' : 'its library');

const undecidedRows: Readonly<Record<UndecidedReason, UndecidedRow>> = {
  oneHost: {
    message: (hosts, name) => `Only ${hosts} could be asked about the ${name}, and has access: it is free or held by that host. `
      + 'No command tells the two apart.',
    nextStep: (kind) => `Add another host that sees the ${deviceWords[kind]} to -Session.`,
  },
  changing: {
    message: () => 'The reservation changed repeatedly while it was read.',
    nextStep: 'Search again when hosts reserve and release it less often.',
  },
  window: {
    message: () => 'The readings are too far apart in time to be combined.',
    nextStep: 'Ask fewer disks or hosts at once, or raise -WindowSec.',
  },
  multipath: {
    message: (hosts) => `Every host is locked out, and ${hosts} may have several paths: another path of the same `
      + 'host can be the holder.',
    nextStep: (kind) => (kind === 'Disk'
      ? 'See the path policy there with mpclaim -s -d; search again with one path, or look for the holder at the array.'
      : 'Look for the holder at its library, or in the backup software of those hosts.'),
  },
  keysUnread: {
    message: (_, name) => `No host could read whether the ${name} has a persistent reservation.`,
    nextStep: 'Open the sessions as an administrator of the hosts.',
  },
  noAnswer: {
    message: (hosts) => `${hosts === '' ? 'A host' : hosts} did not answer the second request.`,
    nextStep: 'Search again, or find out what became of that host.',
  },
  silent: {
    message: (hosts) => `Every host that could be asked is locked out; ${hosts} did not answer, and may hold it.`,
    nextStep: 'Make sure that those hosts answer (NotAsked shows why they did not), and search again.',
  },
  twice: {
    message: (hosts) => `${hosts} has two devices of this identity: several paths without MPIO, or a target `
      + 'that presents it twice.',
    nextStep: 'Look at that host first.',
  },
  serials: {
    message: (hosts) => `One identifier, and several serial numbers: ${hosts} see different LUNs, and readings of `
      + 'different LUNs cannot be combined.',
    nextStep: 'Give each LUN an identifier of its own at its target; until then look at each with '
      + 'Get-StorageReservation on its host.',
  },
  untold: {
    message: (hosts) =>
      `It could not be determined whether ${hosts === '' ? 'the hosts are' : `${hosts} is`} locked out.`,
    nextStep: (kind) => `See with Get-StorageReservation on the host why the ${deviceWords[kind]} is not ready.`,
  },
  ended: {
    message: () => 'The search ended before all hosts had answered.',
    nextStep: 'Search again, with more time (-TimeoutSec).',
  },
  noIdentity: {
    message: (hosts, name) => `The ${name} of ${hosts} gives no identifier of page 83h, so it cannot be found on `
      + 'another host.',
    nextStep: (kind) => `Look for its holder at ${target(kind)}.`,
  },
  noSuchDisk: {
    message: () => 'No host that answered has a disk of this UniqueId.',
    nextStep: 'Check the UniqueId, and that the disk is presented to these hosts.',
  },
};

export function holderResult(told: Told): HolderResult {
  const { decision, first, hosts, readings } = told;
  const nameOf = (host: number): string => hosts[host]!.computer ?? hosts[host]!.label;
  // In their order, whoever answered first.
  const list = (of: Iterable<number>): string => clipped([...of].toSorted((a, b) => a - b).map(nameOf), ', ');
  const lockedOut = new Set<number>();
  for (const { host, blocked } of readings) if (blocked === true) lockedOut.add(host); else lockedOut.delete(host);
  const holders = holdersOf(told);
  const { facts = null, registrants = null } = told.persistent ?? {};
  const at = 'at' in decision ? decision.at : null;
  const used = 'used' in decision ? decision.used : readings;
  const [holder] = holders.length === 1 ? holders : [];
  const numbers = readings.filter(({ host }) => host === holder);
  const proof = decision.kind === 'held' ? decision.proof : null;
  return {
    UniqueId: told.uniqueId,
    FriendlyName: first.friendlyName,
    SerialNumber: told.serials.length > 0 ? null : first.serialNumber,
    ...sentencesOf(told, list, nameOf),
    Holder: holders.length === 0 ? null : holderText(told, nameOf),
    HolderNumber: numbers.at(-1)?.number ?? null,
    SeenBy: list(told.seenBy),
    BlockedOn: list(lockedOut),
    NotAsked: clipped(hosts.flatMap(({ failure }, index) =>
      (failure === null ? [] : [`${nameOf(index)}: ${failure}`])), '; '),
    Evidence: evidenceOf(told, used, nameOf),
    HeldAt: at === null ? null : new Date(told.epoch + (at.from + at.to) / 2),
    WindowMs: 'windowMs' in decision ? Math.ceil(decision.windowMs * 1000) / 1000 : null,
    HolderSession: holders.length === 0 ? null : clipped(holders.map((host) => hosts[host]!.session), ','),
    ProofSession: proof === null ? null : hosts[proof]!.session,
    SeenBySession: clipped(sendersFirst(told).map((host) => hosts[host]!.session), ',', false),
    NotAskedSession: clipped(hosts.flatMap(({ failure, sameAs, session }) =>
      (failure === null || sameAs !== null ? [] : [session])), ',', false) || null,
    HolderKey: facts?.holderKey ?? null,
    Type: facts?.type ?? null,
    Generation: facts?.generation ?? null,
    Registrants: registrants === null ? null : clipped(registrants.map((one) => `${keyText(one.key)} ${one.initiator} (${[
      ...(one.holds ? ['holder'] : []), one.hosts.length === 0 ? 'no host that was asked' : one.hosts.map(nameOf).join(' or '),
    ].join(', ')})`), '\n'),
    Bus: first.bus,
  };
}

/** Hosts that hold it: several where all registrants do, or where several hosts have the same initiator name. */
function holdersOf({ decision, persistent }: Told): readonly number[] {
  if (decision.kind === 'held') return [decision.holder];
  return [...new Set((persistent?.registrants ?? []).flatMap(({ holds, hosts }) => (holds ? hosts : [])))];
}

/** Each registrant that holds it, once: the host that it is, or the hosts that it may be. */
function holderText({ decision, persistent }: Told, nameOf: (host: number) => string): string {
  if (decision.kind === 'held') return nameOf(decision.holder);
  const holding = (persistent?.registrants ?? []).filter(({ holds, hosts }) => holds && hosts.length > 0);
  return clipped([...new Set(holding.map(({ hosts }) => hosts.map(nameOf).join(' or ')))], ', ');
}

/** Hosts without a key come first: a host that has one cannot register another, and so cannot clear anything. */
function sendersFirst({ seenBy, persistent }: Told): number[] {
  const registered = new Set((persistent?.registrants ?? []).flatMap(({ hosts }) => hosts));
  return seenBy.toSorted((a, b) => Number(registered.has(a)) - Number(registered.has(b)) || a - b);
}

/**
 * A key that Clear-StorageReservation left behind has to be taken back on the host that registered it; only when that
 * host is gone is it cleared as any other key. Null: there is no such key.
 */
function ownKeySentences(
  { uniqueId, hosts: all, seenBy, persistent, first }: Told, nameOf: (host: number) => string,
): Pick<HolderResult, 'Message' | 'NextStep'> | null {
  const own = persistent?.registrants?.find(({ key }) => isOwnKey(key));
  const left = own?.key ?? persistent?.facts?.ownKeys[0];
  if (left === undefined) return null;
  const key = keyText(left);
  const line = `Clear-StorageReservation -UniqueId '${uniqueId!.replaceAll("'", "''")}' -Method Release -OwnKey ${key}`;
  const Message = leftBehind(key);
  if (own === undefined) {
    const able = seenBy.filter((host) => all[host]!.failure === null).toSorted((a, b) => a - b);
    const sessions = able.slice(0, mostTried).map((host) => `'${all[host]!.session}'`).join(', ');
    const more = able.length <= mostTried ? '' : ` ${able.length - mostTried} more hosts see the ${deviceWords[first.kind]} (SeenBySession).`;
    return { Message, NextStep: `${line} -Session (Get-PSSession -InstanceId ${sessions}) takes it back on the host that registered it, which the `
      + `${deviceWords[first.kind]} does not tell; on any other host it changes nothing.${more} Then search again. If that host is gone, pipe this object to `
      + 'Clear-StorageReservation -Method Clear, which removes all keys.' };
  }
  if (own.hosts.length === 0) {
    return { Message, NextStep: `If the host that ran it still runs: ${line} -Session with that host. If it is gone, pipe this object to `
      + 'Clear-StorageReservation -Method Clear.' };
  }
  const lines = own.hosts.map((host) => `${line} -Session (Get-PSSession -InstanceId '${all[host]!.session}') takes it back on ${nameOf(host)}`);
  return { Message, NextStep: `${lines.join(', or ')}; then search again.` };
}

/** How a persistent reservation can be given up, or cleared. */
function persistentSentences(told: Told, nameOf: (host: number) => string): Pick<HolderResult, 'Message' | 'NextStep'> {
  const { first: { kind }, persistent, readings } = told;
  const name = deviceWords[kind];
  const { facts = null, registrants = null } = persistent ?? {};
  const some = `Persistent-reservation keys are registered on the ${name}.`;
  const silent = told.hosts.flatMap(({ failure, sameAs }, host) => (failure === null || sameAs !== null ? [] : [nameOf(host)]));
  const perhaps = silent.length === 0 ? '' : ` ${clipped(silent, ', ')} did not answer, and may have registered.`;
  const own = ownKeySentences(told, nameOf);
  if (registrants === null || registrants.length === 0) {
    return own === null ? { Message: some + perhaps, NextStep: keysStep(kind) } : { ...own, Message: `${some}${perhaps} ${own.Message}` };
  }
  const holders = holdersOf(told);
  const strangers = registrants.filter(({ hosts }) => hosts.length === 0).length;
  const held = facts?.type == null ? 'nobody holds it'
    : `${facts.holderKey === null ? 'every registrant holds it' : `${facts.holderKey} holds it`} (${facts.type})`;
  const holderName = holderText(told, nameOf);
  const who = holders.length > 0 ? `, which is ${holderName}` : '';
  const rest = strangers === 0 ? '' : ` ${strangers} of ${registrants.length} ${registrants.length === 1 ? 'registration is' : 'registrations are'} `
    + `of no host that was asked.${perhaps}`;
  const Message = `${some} ${capital(held)}${who}.${rest}`;
  if (own !== null) return { Message: `${Message} ${own.Message}`, NextStep: own.NextStep };
  if (holders.length > 0) {
    const several = registrants.find(({ holds, hosts }) => holds && hosts.length > 1);
    if (several !== undefined) {
      return { Message, NextStep: `${several.hosts.map(nameOf).join(' and ')} have one initiator name, and one of them would take the ${name} back. `
        + 'Give each host a name of its own, or find out which of them works with it, and take it off line there '
        + '(Set-Disk -Number N -IsOffline $true); then look again.' };
    }
    const number = readings.findLast(({ host }) => host === holders[0])?.number ?? 'N';
    return { Message, NextStep: `${holderName} answers, and would take the ${name} back. Take it off line there (Invoke-Command -Session $session `
      + `{ Set-Disk -Number ${number} -IsOffline $true }), or end the cluster or software that registered; then look again.` };
  }
  const preempt = facts?.holderKey == null ? '' : `, or of that holder alone: -Method Preempt -HolderKey ${facts.holderKey}`;
  const first = silent.length === 0 || strangers === 0 ? '' : `Make sure that ${clipped(silent, ' and ')} ${silent.length === 1 ? 'is' : 'are'} gone, and not only slow or busy. `;
  return { Message, NextStep: `${first}If the hosts that registered are gone, pipe this object to Clear-StorageReservation -Method Clear${preempt}. `
    + `A host that sees the ${name} sends it, and another proves it.` };
}

function sentencesOf(
  told: Told, list: (of: Iterable<number>) => string, nameOf: (host: number) => string,
): Pick<HolderResult, 'State' | 'Message' | 'NextStep'> {
  const { decision, first } = told;
  const { kind } = first;
  const name = deviceWords[kind];
  // Some targets complete TEST UNIT READY for every host. A target that refuses it to one host is not of that kind.
  const byReady = kind === 'Disk' ? '' : ` This is by TEST UNIT READY alone: nothing is read from a ${name}.`;
  switch (decision.kind) {
    case 'persistent': return { State: 'Persistent', ...persistentSentences(told, nameOf) };
    case 'free': return { State: 'NotReserved', NextStep: '', Message: decision.used[0]!.without
      ? 'Its bus type supports no reservations.'
      : `${list(new Set(decision.used.slice(0, 2).map(({ host }) => host)))} had access one after the other, and `
        + `no host was locked out: between the two readings, no host held it.${byReady}` };
    case 'held': return { State: 'HeldBy', Message: decision.used.length < 3
      ? `${list([decision.holder])} has access while the ${name} refuses PERSISTENT RESERVE IN, as it does while `
        + 'it is reserved.'
      : `${list([decision.holder])} had access before and after ${list([decision.proof!])} was locked out.`,
      // A piped object is looked for among disks.
      NextStep: kind === 'Disk' ? 'Release it on that host: pipe this object to Invoke-StorageRelease.'
        : `Release it on that host: Invoke-StorageRelease -UniqueId '${told.uniqueId!.replaceAll("'", "''")}' -DeviceType ${kind} -Session `
          + `(Get-PSSession -InstanceId '${told.hosts[decision.holder]!.session}').` };
    case 'unlisted': return { State: 'HeldByUnlistedHost',
      Message: `Every host that sees the ${name} is locked out: another host holds it.`,
      NextStep: `Add to -Session the other hosts that ${target(kind)} presents the ${name} to. If its host is gone, `
        + resetStep(kind) };
    case 'undecided': {
      const { message, nextStep } = undecidedRows[decision.reason];
      const said = message(decision.reason === 'serials' ? serialsText(told, nameOf) : list(decision.hosts), name) + numberless(told, nameOf);
      const trouble = decision.reason === 'noIdentity' ? first.trouble : '';
      return { State: 'Undecided', Message: trouble === '' ? said : `${said} ${trouble}`,
        NextStep: typeof nextStep === 'string' ? nextStep : nextStep(kind) };
    }
  }
}

/** Where serial numbers differ: each with the hosts that say it. */
function serialsText({ serials }: Told, nameOf: (host: number) => string): string {
  const groups = new Map<string, { readonly text: string; readonly names: Set<string> }>();
  for (const { host, serialNumber } of serials.toSorted((a, b) => a.host - b.host)) {
    const group = groups.get(folded(serialNumber)) ?? { text: serialNumber.trim(), names: new Set<string>() };
    groups.set(folded(serialNumber), group);
    group.names.add(nameOf(host));
  }
  const texts = [...groups.values()].map(({ text, names }) => `${clipped([...names], ', ', true, longest / 4)} (${text})`);
  return `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;
}

/** A sentence about hosts that see one of several LUNs and do not say which; empty where there are none. */
function numberless({ serials, seenBy }: Told, nameOf: (host: number) => string): string {
  const said = new Set(serials.map(({ host }) => host));
  const rest = serials.length === 0 ? [] : seenBy.filter((host) => !said.has(host)).toSorted((a, b) => a - b);
  return rest.length === 0 ? ''
    : ` ${clipped(rest.map(nameOf), ', ', true, longest / 4)} ${rest.length === 1 ? 'reports' : 'report'} no serial number.`;
}

function evidenceOf(told: Told, used: readonly Reading[], nameOf: (host: number) => string): string {
  const keys = {
    none: ', no keys', some: ', keys registered', conflict: ', READ KEYS refused', unsupported: '', unread: '',
  };
  const lines = told.serials.toSorted((a, b) => a.host - b.host).map(({ host, serialNumber }) => `${nameOf(host)} says serial number ${serialNumber}`);
  lines.push(...used.slice(0, mostTold).map((reading) => {
    const { from, to } = told.narrow(reading);
    const time = new Date(told.epoch + (from + to) / 2).toISOString().slice(11, 23);
    const room = Math.ceil((to - from) / 2);
    const what = reading.blocked === null ? 'did not tell' : reading.blocked ? 'locked out' : 'let in';
    return `${nameOf(reading.host)} ${what}${keys[reading.keys]} ${time} +-${room} ms`;
  }));
  if (used.length > mostTold) lines.push(`and ${used.length - mostTold} more`);
  return clipped(lines, '; ');
}

/** As many parts as fit, and the number of the rest. */
function clipped(parts: readonly string[], glue: string, counts = true, room = longest): string {
  let size = 0;
  for (const [at, part] of parts.entries()) {
    size += part.length + glue.length;
    if (size > room) return [...parts.slice(0, at), ...(counts ? [`and ${parts.length - at} more`] : [])].join(glue);
  }
  return parts.join(glue);
}

/** The category of the PowerShell error for a result; null: no error. Undecided is not an error. */
export const holderCategory = ({ State, SeenBy, UniqueId }: HolderResult): ErrorCategory | null =>
  (State === 'Undecided' && SeenBy === '' && UniqueId !== null ? 'ObjectNotFound' : null);

const S = (value: string | null): ClixmlValue => (value === null ? null : { S: value });

/** Property by property in the order of HolderResult. */
export function holderItem(r: HolderResult): ClixmlObject {
  return [
    ['UniqueId', S(r.UniqueId)],
    ['FriendlyName', S(r.FriendlyName)],
    ['SerialNumber', S(r.SerialNumber)],
    ['State', S(r.State)],
    ['Holder', S(r.Holder)],
    ['HolderNumber', r.HolderNumber === null ? null : { U32: r.HolderNumber }],
    ['SeenBy', S(r.SeenBy)],
    ['BlockedOn', S(r.BlockedOn)],
    ['NotAsked', S(r.NotAsked)],
    ['Evidence', S(r.Evidence)],
    ['HeldAt', r.HeldAt === null ? null : { DT: r.HeldAt }],
    ['WindowMs', r.WindowMs === null ? null : { Db: r.WindowMs }],
    ['HolderSession', S(r.HolderSession)],
    ['ProofSession', S(r.ProofSession)],
    ['SeenBySession', S(r.SeenBySession)],
    ['NotAskedSession', S(r.NotAskedSession)],
    ['HolderKey', S(r.HolderKey)],
    ['Type', S(r.Type)],
    ['Generation', r.Generation === null ? null : { U32: r.Generation }],
    ['Registrants', S(r.Registrants)],
    ['Message', S(r.Message)],
    ['NextStep', S(r.NextStep)],
    ['Bus', S(r.Bus)],
  ];
}
