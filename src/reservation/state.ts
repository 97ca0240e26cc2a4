// Decides from a disk's answers to the read-only probes how the disk is reserved. Pure; the probes are in probe.ts.
//
// The facts behind the rows (SPC-2, SPC-4, and measurements of two targets: test/unit/scsi-truth-table.tsv):
// - TEST UNIT READY conflicts under another initiator's SCSI-2 reservation on targets that keep to the standard, and
//   passes on some arrays (Symmetrix); under persistent reservations it conflicts only on old targets. So it can show
//   that a host is locked out, but only a read can show that a host has access.
// - PERSISTENT RESERVE IN conflicts under every SCSI-2 reservation, even for its holder, on targets that keep to SPC-2
//   (spc2r20 5.5.1); other targets answer it.
// - No command names the holder of a SCSI-2 reservation. On a target that answers PERSISTENT RESERVE IN, no command
//   tells "free" from "held by this initiator".

import { nameOfPath, numberInPath } from '../disk/device-path.ts';
import type { ReservationState } from '../result/result.ts';
import { type DeviceKind, deviceWords } from '../status/devices.ts';

/** The outcome of one probe. `denied`: this user may not send it; `skipped`: it was not sent. */
export type ProbeOutcome = 'good' | 'conflict' | 'unsupported' | 'denied' | 'failed' | 'skipped';

export interface Findings {
  readonly kind: DeviceKind;
  /** CHECK_VERIFY, which sends TEST UNIT READY. */
  readonly ready: ProbeOutcome;
  /** A read of the first block: good, conflict or failed; skipped for devices that are not disks, and for a query handle. */
  readonly read: ProbeOutcome;
  /** PR IN READ KEYS. */
  readonly readKeys: ProbeOutcome;
  /** Number of keys in the answer; 0 without an answer. */
  readonly keyCount: number;
  /** Whether PR IN READ RESERVATION returned a reservation. */
  readonly persistentlyReserved: boolean;
  /** Number of this host's paths to the device; `several` where they could not be counted; null: not known. */
  readonly paths: number | 'several' | null;
  /** The names of the same LUN over its other paths, where MPIO does not own them. */
  readonly otherPaths: readonly string[];
  /** Whether this process has reserved the disk, and no reset has been reported since. */
  readonly reservedHere: boolean;
  /** Whether the bus has no SCSI reservations: ATA, NVMe, SD. */
  readonly busWithout: boolean;
}

/** Whether another path of this host is another initiator; null: not known. */
export const isMultipath = ({ paths }: Pick<Findings, 'paths'>): boolean | null => (paths === null ? null : paths !== 1);

interface Said {
  readonly why: string;
  readonly nextStep: string;
}

interface StateRow {
  readonly when: (f: Findings) => boolean;
  readonly state: ReservationState;
  /** Whether the device is certainly held. */
  readonly held: boolean;
  readonly say: (f: Findings) => Said;
}

const lockedOut = ({ ready, read }: Findings) => ready === 'conflict' || read === 'conflict';
const letIn = ({ ready, read }: Findings) => ready === 'good' && read === 'good';
const several = (f: Findings) => isMultipath(f) === true;
const name = ({ kind }: Findings) => deviceWords[kind];
/** Only disks are read. */
const isNeverRead = ({ kind }: Findings) => kind !== 'Disk';

/** The argument that names a device which has no disk number. */
const asArgument = (f: Findings) => (isNeverRead(f) ? ' -Path ...' : '');

/** The next step for a device whose holder is gone. */
export const resetStep = (kind: DeviceKind): string => (kind === 'Disk'
  ? 'a LUN reset at the array frees the disk (Clear-StorageReservation -Method Reset asks the adapter for one), at the cost '
    + 'of the outstanding I/O of all hosts.'
  : `a reset or a restart of the ${deviceWords[kind]} frees it (Clear-StorageReservation -Path ... -Method Reset asks the adapter for one), at the cost of a job `
    + 'that is running.');

const releaseThere = (f: Findings) => (isNeverRead(f)
  ? 'Only the initiator that made a reservation can release it: run Invoke-StorageRelease -Path ... on the backup host '
    + 'that holds it, or the command of its backup software (NetBackup: vmoprcmd -crawlreleasebyname). If that host is '
    + `gone, ${resetStep(f.kind)}`
  : 'Only the initiator that made a reservation can release it: run Invoke-StorageRelease on the host that holds it; '
    + `Find-StorageReservationHolder finds that host. If it is gone, ${resetStep('Disk')}`);

/** The next step for keys: what registered them, and what clears them. */
export const keysStep = (kind: DeviceKind): string => (kind === 'Disk'
  ? 'Find the owner of the keys (failover cluster: Get-ClusterResource; Get-StorageReservation -Registrants names the '
    + 'initiators). Keys of hosts that are gone are cleared with Clear-StorageReservation -Method Clear, those of a '
    + 'cluster with Clear-ClusterDiskReservation; RELEASE does not clear them.'
  : 'Find the backup host that registered the keys (Get-StorageReservation -Registrants names the initiators): its '
    + 'backup software removes them when it is done. RELEASE does not clear them.');

/** The next step for a device with several paths: how to look at the other ones. */
function otherPaths({ paths, otherPaths: others }: Findings): string {
  if (paths === 'several') return 'see the path policy of this host with mpclaim -s -d.';
  const numbers = others.map(numberInPath).filter((number) => number !== null);
  return `look at its other paths here: Get-StorageReservation ${numbers.length === others.length
    ? `-Number ${numbers.join(', ')}` : `-Path ${others.join(', ')}`}.`;
}

/** The other path, where it is known. */
const elsewhere = ({ otherPaths: others }: Findings) =>
  (others.length === 0 ? 'another path' : `another path, as ${others.map(nameOfPath).join(', ')}`);

/** Why it is not known whether reads are let in although TEST UNIT READY passes. */
const unread = (f: Findings) => (isNeverRead(f) ? `nothing is read from a ${name(f)}`
  : f.read === 'failed' ? 'the read of its first block failed' : 'its first block was not read');

const released = (f: Findings) => `Invoke-StorageRelease${asArgument(f)} -Verify`;

/** The first row whose condition is true decides. */
export const stateRows: readonly StateRow[] = [
  { when: (f) => f.keyCount > 0 || f.persistentlyReserved, state: 'Persistent', held: true, say: (f) => ({
    why: `Persistent-reservation keys are registered on the ${name(f)}.`, nextStep: keysStep(f.kind) }) },
  { when: (f) => lockedOut(f) && several(f), state: 'Unknown', held: true, say: (f) => ({
    why: `Another initiator holds the ${name(f)}: another host, or this one over ${elsewhere(f)}.`,
    nextStep: `Ask the other hosts (Find-StorageReservationHolder), and ${otherPaths(f)}` }) },
  { when: (f) => lockedOut(f) && f.readKeys !== 'failed' && f.readKeys !== 'denied', state: 'HeldByAnotherHost', held: true,
    say: (f) => ({
      why: f.ready === 'conflict' ? 'Another initiator holds a SCSI-2 reservation; no command names it.'
        : `Another initiator holds a SCSI-2 reservation: the ${name(f)} answers TEST UNIT READY but refuses reads.`,
      nextStep: releaseThere(f) }) },
  { when: lockedOut, state: 'Unknown', held: true, say: (f) => ({
    why: `The ${name(f)} answers with a reservation conflict; whether a SCSI-2 or a persistent reservation causes it could `
      + 'not be read.',
    nextStep: f.readKeys === 'denied' ? 'Run the command in an elevated session, or look at the target.'
      : 'Run the command again, or look at the target.' }) },
  { when: (f) => f.ready === 'good' && f.readKeys === 'conflict' && several(f), state: 'Unknown', held: true, say: (f) => ({
    why: 'A SCSI-2 reservation is held, by this host over one of its paths or by another host: the requests may '
      + 'have used different paths.',
    nextStep: `Ask the other hosts (Find-StorageReservationHolder), and ${otherPaths(f)}` }) },
  { when: (f) => letIn(f) && f.readKeys === 'conflict', state: 'HeldByThisHost', held: true, say: () => ({
    why: 'A SCSI-2 reservation is held (the disk refuses PERSISTENT RESERVE IN), and this host is not locked out by it.',
    nextStep: 'Release it with Invoke-StorageRelease.' }) },
  { when: (f) => f.ready === 'good' && f.readKeys === 'conflict', state: 'Unknown', held: true, say: (f) => ({
    why: `A SCSI-2 reservation is held (the ${name(f)} refuses PERSISTENT RESERVE IN); TEST UNIT READY alone does `
      + `not prove who holds it, and ${unread(f)}.`,
    nextStep: `${released(f)} releases the reservation, if this host holds it, and then reads how the device is reserved.` }) },
  { when: (f) => letIn(f) && f.reservedHere && !several(f), state: 'HeldByThisHost', held: true, say: () => ({
    why: 'This session reserved the disk, and this host still has access. A reset since then, or a release by another process of this '
      + 'host, would have freed the disk.',
    nextStep: 'Release it with Invoke-StorageRelease.' }) },
  { when: (f) => f.ready === 'good' && f.reservedHere && isNeverRead(f) && !several(f), state: 'Unknown', held: false,
    say: (f) => ({
      why: `This session reserved the ${name(f)}, and TEST UNIT READY passes. A reset since then would have freed `
        + `it, so another host may hold it now: ${unread(f)}.`,
      nextStep: `Release it with Invoke-StorageRelease${asArgument(f)}.` }) },
  { when: (f) => f.ready === 'good' && f.readKeys === 'unsupported' && f.busWithout, state: 'NotSupported', held: false,
    say: () => ({
      why: 'The disk supports no persistent reservations, and its bus type supports no SCSI-2 reservations.', nextStep: '' }) },
  { when: (f) => f.ready === 'good' && f.readKeys === 'denied', state: 'Unknown', held: false, say: (f) => ({
    why: `TEST UNIT READY passes. ${isNeverRead(f) ? 'Keys' : 'The first block and keys'} could not be read without `
      + 'elevation, so another host may still hold it.',
    nextStep: 'Run the command in an elevated session.' }) },
  { when: (f) => letIn(f) && (f.readKeys === 'failed' || f.readKeys === 'skipped'), state: 'Unknown', held: false, say: () => ({
    why: 'No other host holds a SCSI-2 reservation. Keys could not be read.', nextStep: 'Run Get-StorageReservation again.' }) },
  { when: (f) => f.ready === 'good' && several(f), state: 'Unknown', held: false, say: (f) => ({
    why: `The ${name(f)} answers over the path that was used; whether this host holds it over ${elsewhere(f)}${f.otherPaths.length > 0 ? ',' : ''}`
      + ' cannot be determined.',
    nextStep: `Ask the other hosts (Find-StorageReservationHolder), or ${otherPaths(f)}` }) },
  { when: letIn, state: 'Unknown', held: false, say: (f) => ({
    why: 'No other host holds the disk: it is free, or held by this host over this path. No command tells the two apart.',
    nextStep: `${released(f)} gives up this host's own reservation, if it holds one, and reads whether the disk is free.` }) },
  { when: (f) => f.ready === 'good', state: 'Unknown', held: false, say: (f) => ({
    why: `TEST UNIT READY passes, which alone does not prove that no other host holds it; ${unread(f)}.`,
    nextStep: isNeverRead(f)
      ? `${released(f)} gives up this host's own reservation, if it holds one, and then reads how the device is reserved.`
      : 'Find out why the disk cannot be read, and run the command again.' }) },
  { when: () => true, state: 'Unknown', held: false, say: (f) => ({
    why: `Whether the ${name(f)} is reserved could not be read.`,
    nextStep: 'Find out why the device does not complete commands (Get-StorageReservation -Verbose shows each answer), and run the command '
      + 'again.' }) },
];

export interface StateVerdict extends Said {
  readonly state: ReservationState;
  readonly held: boolean;
}

export function reservationState(findings: Findings): StateVerdict {
  const { state, held, say } = stateRows.find((row) => row.when(findings))!;
  return { state, held, ...say(findings) };
}

/**
 * Whether this host is locked out. False: it is let in, because the disk is free or this host holds it. Null: not known.
 * For devices that are never read, and for disks on a bus without reservations, TEST UNIT READY alone decides.
 */
export function isBlocked(findings: Findings): boolean | null {
  if (lockedOut(findings)) return true;
  const believed = isNeverRead(findings) || reservationState(findings).state === 'NotSupported';
  return letIn(findings) || (findings.ready === 'good' && believed) ? false : null;
}

/** What an accepted release does not prove, where the device is not certainly held. */
interface OpenRow extends Omit<StateRow, 'state' | 'held'> {}

const openRows: readonly OpenRow[] = [
  { when: (f) => letIn(f) && isMultipath(f) === null && hasNoKeys(f), say: () => ({
    why: 'No other host holds the disk, and this host no longer holds it over this path. Whether the disk has another path '
      + 'is not known.',
    nextStep: 'Check whether MPIO manages the disk, and over which paths: mpclaim -s -d.' }) },
  { when: (f) => f.ready === 'good' && isNeverRead(f), say: (f) => ({
    why: `TEST UNIT READY passes, and nothing is read from a ${name(f)}: that does not prove that it is free.`,
    nextStep: `If another host still finds the ${name(f)} reserved, a third host holds it: run Invoke-StorageRelease${asArgument(f)} on `
      + 'that host.' }) },
];

const hasNoKeys = (f: Findings) => f.keyCount === 0 && !f.persistentlyReserved
  && (f.readKeys === 'good' || f.readKeys === 'unsupported');

/**
 * The state after a release. The disk is proved to be free only if the request was accepted, the disk lets this host
 * read, no keys are registered, and there is a single path. Otherwise the probes alone decide.
 */
export function stateAfterRelease(findings: Findings, accepted: boolean): StateVerdict {
  if (accepted && letIn(findings) && findings.paths === 1 && hasNoKeys(findings)) {
    return { state: 'Free', held: false, nextStep: '',
      why: 'Free: this host released the disk over its only path and can read it, and no keys are registered.' };
  }
  const state = reservationState({ ...findings, reservedHere: findings.reservedHere && !accepted });
  const open = accepted && !state.held && state.state === 'Unknown' ? openRows.find((row) => row.when(findings)) : undefined;
  return open === undefined ? state : { ...state, ...open.say(findings) };
}
