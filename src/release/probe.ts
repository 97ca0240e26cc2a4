// The read-only requests that tell how a disk is reserved, and what came of each. What they mean together is in
// reservation-state.ts. https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddstor/

import type { Access, Completion, DiskRoles } from '../bus/bus.ts';
import {
  IOCTL_SCSI_PASS_THROUGH, IOCTL_STORAGE_CHECK_VERIFY, IOCTL_STORAGE_CHECK_VERIFY2,
  IOCTL_STORAGE_PERSISTENT_RESERVE_IN,
} from '../bus/sdk/control-codes.ts';
import { LayoutError } from '../bus/sdk/layouts.ts';
import { decodePassThroughAnswer, encodePassThrough } from '../bus/sdk/pass-through.ts';
import { encodePersistentReserveIn, largestAllocation } from '../bus/sdk/persistent-reserve.ts';
import { type Capabilities, capabilitiesText, decodeCapabilities } from '../scsi/capabilities.ts';
import { PERSISTENT_RESERVE_IN } from '../scsi/commands.ts';
import { ScsiDataError } from '../scsi/data.ts';
import { type ReportedFullStatus, decodeFullStatus } from '../scsi/full-status.ts';
import {
  type ListExtent, READ_FULL_STATUS, READ_KEYS, READ_RESERVATION, REPORT_CAPABILITIES, type ReportedReservation,
  type Reservation, decodeKeys, decodeReservation, keyText, prInActionRows,
} from '../scsi/persistent-reservations.ts';
import { nameOf, rowOf } from '../scsi/row.ts';
import { UNIT_ATTENTION, decodeSense } from '../scsi/sense.ts';
import { CHECK_CONDITION, GOOD, RESERVATION_CONFLICT, scsiStatusRows } from '../scsi/status.ts';
import { deviceWords } from '../status/devices.ts';
import { describeStatus } from '../status/status.ts';
import type { Attempt } from './attempt.ts';
import { kindOfDevice } from './device-kind.ts';
import { diskNumber } from './identity.ts';
import type { Findings, ProbeOutcome } from './reservation-state.ts';

/** What the probes of one moment gave. */
export interface Reading {
  readonly ready: ProbeOutcome;
  /** NTSTATUS of the last CHECK_VERIFY. */
  readonly readyStatus: number;
  /** A read of the first block; `skipped` where it was not sent. */
  readonly read: ProbeOutcome;
  readonly readKeys: ProbeOutcome;
  /** Whether `keys` are all that there are, whatever became of the reservation. */
  readonly keysRead: boolean;
  readonly keys: readonly bigint[];
  /** Each as 0x and 16 hex digits. */
  readonly keyTexts: readonly string[];
  /** PRgeneration; null where it was not read. */
  readonly generation: number | null;
  /** READ KEYS and READ RESERVATION gave one generation: nobody registered between them. */
  readonly settled: boolean;
  readonly reservation: Reservation | null;
  /** One phrase for each probe, in order: what was asked, and what came. */
  readonly evidence: readonly string[];
}

/** What SCSI pass-through adds, on request. */
export interface Details {
  readonly capabilities: Capabilities | null;
  readonly fullStatus: ReportedFullStatus | null;
  readonly evidence: readonly string[];
}

/** READ FULL STATUS, whose descriptors are longer. */
const firstRoomForRegistrants = 4096;
/** One block of any disk, or eight. */
const firstBlock = 4096;
/** Room for an answer at first; one that is longer is asked for again with the room it says it needs. */
const firstRoom = 1024;
/** A list that grows between two questions is asked for at most this often. */
const questions = 4;

/**
 * NTSTATUS by what it says about the disk's reservation. IO_DEVICE_ERROR: documented for disks that know no PR.
 */
const probeOutcomes: ReadonlyMap<number, ProbeOutcome> = new Map([
  [0x00000000, 'good'],
  [0x80000011, 'conflict'],
  [0xc0000010, 'unsupported'],
  [0xc0000002, 'unsupported'],
  [0xc00000af, 'unsupported'],
  [0xc00000bb, 'unsupported'],
  [0xc0000185, 'unsupported'],
  [0xc0000022, 'denied'],
] as const);

/** What READ KEYS came to; `unread`: it was not sent, or its answer was none. */
export type KeysAnswer = 'some' | 'none' | 'conflict' | 'unsupported' | 'unread';

const keysAsked = 'READ KEYS';
const readAsked = 'READ';
const letIn = 'let in';

/** Whether a read of the disk was let in, out of the evidence that a reading gave as text. */
export const readLetInBy = (evidence: string): boolean =>
  evidence.split('; ').some((phrase) => phrase === `${readAsked}: ${letIn}`);

/** The same, out of the evidence that a reading gave as text. */
export function keysAnswerIn(evidence: string): KeysAnswer {
  const said = evidence.split('; ').find((phrase) => phrase.startsWith(`${keysAsked}: `))?.slice(keysAsked.length + 2);
  const count = /^([0-9]+) keys?$/.exec(said ?? '')?.[1];
  if (count !== undefined) return count === '0' ? 'none' : 'some';
  const outcome = said === undefined ? undefined : outcomeByName.get(said);
  return outcome === 'conflict' || outcome === 'unsupported' ? outcome : 'unread';
}

const outcomeOf = ({ status }: Completion): ProbeOutcome => probeOutcomes.get(status) ?? 'failed';
const outcomeByName: ReadonlyMap<string, ProbeOutcome> = new Map(
  [...probeOutcomes].map(([status, outcome]) => [describeStatus(status, null, 'release').name as string, outcome]));
// A status always has a name, if only its number.
const statusName = ({ status }: Completion): string => describeStatus(status, null, 'release').name as string;

/**
 * Asks whether the disk is ready, reads its first block, and asks for its keys and its persistent reservation, one
 * after another. With `query` access only the first is possible, in the form that Windows lets everybody send.
 * The block shows whether this host is let in: on some arrays TEST UNIT READY passes and a read conflicts
 * (knowledge.broadcom.com 1005009, Symmetrix). Nothing is read from tapes, changers and CD-ROMs, where it would move
 * the medium. Throws nothing but DeadlinePassed and what the bus throws.
 */
export async function readReservation(attempt: Attempt, access: Access): Promise<Reading> {
  const evidence: string[] = [];
  const tell = (what: string, result: string) => {
    evidence.push(`${what}: ${result}`);
    attempt.step(`${what}: ${result}`);
  };
  const ask = (code: number, input: Uint8Array | null, length: number) =>
    attempt.deadline.race(attempt.handle.control(code, input, length));

  attempt.doing = { what: 'How it is reserved could not be read', sent: 'Nothing that changes anything was sent.' };
  const elevated = access !== 'query';
  let readyStatus = 0;
  const verify = async (): Promise<ProbeOutcome> => {
    const done = await ask(elevated ? IOCTL_STORAGE_CHECK_VERIFY : IOCTL_STORAGE_CHECK_VERIFY2, null, 0);
    tell(elevated ? 'CHECK_VERIFY' : 'CHECK_VERIFY2', statusName(done));
    readyStatus = done.status;
    return outcomeOf(done);
  };
  let ready = await verify();

  if (!elevated) {
    for (const what of [readAsked, keysAsked]) tell(what, 'not sent, it needs an elevated session');
    return { ready, readyStatus, read: 'skipped', readKeys: 'denied', keysRead: false, keys: [], keyTexts: [],
      generation: null, settled: false, reservation: null, evidence };
  }

  const kind = kindOfDevice(attempt.identity!);
  const without = isBusWithout(attempt);
  let read: ProbeOutcome = 'skipped';
  const readBlock = async (): Promise<ProbeOutcome> => {
    const done = await attempt.deadline.race(attempt.handle.read(firstBlock));
    const outcome = outcomeOf(done);
    tell(readAsked, outcome === 'good' ? letIn
      : outcome === 'conflict' ? nameOf(scsiStatusRows, RESERVATION_CONFLICT) : statusName(done));
    return outcome === 'good' || outcome === 'conflict' ? outcome : 'failed';
  };
  if (kind !== 'Disk') tell(readAsked, `not sent to a ${deviceWords[kind]}`);
  else if (ready === 'good' && !without) read = await readBlock();

  /** One PR IN list, with as much room as it takes. */
  const list = async <T extends ListExtent>(
    action: number, decode: (bytes: Uint8Array) => T, say: (value: T) => string,
  ): Promise<{ outcome: ProbeOutcome; value: T | null }> => {
    const what = rowOf(prInActionRows, action)!.name;
    let room = firstRoom;
    for (let left = questions; ; left -= 1) {
      const done = await ask(IOCTL_STORAGE_PERSISTENT_RESERVE_IN, encodePersistentReserveIn(action, room), room);
      const outcome = outcomeOf(done);
      if (outcome !== 'good') {
        tell(what, statusName(done));
        return { outcome, value: null };
      }
      try {
        const value = decode(done.output);
        if (value.truncated && value.needed > room && room < largestAllocation && left > 1) {
          room = Math.min(value.needed, largestAllocation);
          continue;
        }
        if (value.truncated) {
          // A list that was cut is no list: keys are missing from it, and those that are there are not shown as
          // all.
          tell(what, `cut short, ${done.output.length} of ${value.needed} bytes`
            + (value.needed > largestAllocation ? '; no more than 8190 keys can be asked for' : ''));
          return { outcome: 'failed', value: null };
        }
        tell(what, say(value));
        return { outcome: 'good', value };
      } catch (error) {
        if (!(error instanceof ScsiDataError)) throw error;
        tell(what, error.message.replace(`${what}: `, ''));
        return { outcome: 'failed', value: null };
      }
    }
  };

  const readKeys = await list(READ_KEYS, decodeKeys, ({ keys }) => `${keys.length} ${keys.length === 1 ? 'key' : 'keys'}`);
  const keys = readKeys.value?.keys ?? [];
  const reserved = readKeys.outcome === 'unsupported' ? null
    : await list(READ_RESERVATION, decodeReservation, ({ reservation }: ReportedReservation & ListExtent) =>
      (reservation === null ? 'none' : `held with key ${keyText(reservation.key)}, type ${reservation.type}`));
  // Let in, yet all PR IN refused: this very initiator holds it, if it is let in afterwards, too.
  if (ready === 'good' && readKeys.outcome === 'conflict') {
    if (read === 'good') read = await readBlock();
    else ready = await verify();
  }
  // A disk of a bus without reservations is read only where it knows keys all the same.
  const knowsKeys = readKeys.outcome !== 'unsupported' && readKeys.outcome !== 'conflict';
  if (kind === 'Disk' && without && ready === 'good' && knowsKeys) read = await readBlock();
  return {
    ready,
    readyStatus,
    read,
    // Without keys, a reservation that could not be read leaves as much open as keys that could not.
    readKeys: readKeys.outcome === 'good' ? reserved!.outcome : readKeys.outcome,
    keysRead: readKeys.outcome === 'good',
    keys,
    keyTexts: keys.map(keyText),
    generation: reserved?.value?.generation ?? readKeys.value?.generation ?? null,
    settled: readKeys.value !== null && readKeys.value.generation === reserved?.value?.generation,
    reservation: reserved?.value?.reservation ?? null,
    evidence,
  };
}

/** Seconds that a pass-through command may take in the driver; the deadline of the attempt holds besides. */
const passThroughTimeout = 10;

/**
 * Asks for capabilities and for each registrant. The class driver refuses these two service actions, so they go by
 * SCSI pass-through, which Windows gives only to a handle with write access: hence on request only.
 */
export async function readDetails(attempt: Attempt, { keysRead, keys, generation }: Reading): Promise<Details> {
  const evidence: string[] = [];
  const through = async <T>(action: number, room: number, decode: (bytes: Uint8Array) => T): Promise<T | null> => {
    const what = rowOf(prInActionRows, action)!.name;
    const tell = (result: string) => {
      evidence.push(`${what}: ${result}`);
      attempt.step(`${what}: ${result}`);
    };
    const cdb = new Uint8Array(10);
    cdb[0] = PERSISTENT_RESERVE_IN;
    cdb[1] = action;
    new DataView(cdb.buffer).setUint16(7, room);
    const { input, outputLength } = encodePassThrough(cdb, room, passThroughTimeout);
    const send = () => attempt.deadline.race(attempt.handle.control(IOCTL_SCSI_PASS_THROUGH, input, outputLength));
    let done = await send();
    if (outcomeOf(done) !== 'good') {
      tell(statusName(done));
      return null;
    }
    try {
      let answer = decodePassThroughAnswer(done.output);
      if (answer.scsiStatus === CHECK_CONDITION && decodeSense(answer.sense)?.key === UNIT_ATTENTION) {
        // No class driver takes these away here: the device tells what happened to it, once, and executes nothing.
        tell('UNIT ATTENTION, asked again');
        done = await send();
        if (outcomeOf(done) !== 'good') {
          tell(statusName(done));
          return null;
        }
        answer = decodePassThroughAnswer(done.output);
      }
      const { scsiStatus, data } = answer;
      if (scsiStatus !== GOOD) {
        tell(rowOf(scsiStatusRows, scsiStatus)?.name ?? `SCSI status ${scsiStatus}`);
        return null;
      }
      const value = decode(data);
      tell('answered');
      return value;
    } catch (error) {
      if (!(error instanceof ScsiDataError) && !(error instanceof LayoutError)) throw error;
      tell(error.message.replace(`${what}: `, ''));
      return null;
    }
  };
  const capabilities = await through(REPORT_CAPABILITIES, 8, decodeCapabilities);
  let fullStatus = await through(READ_FULL_STATUS, firstRoomForRegistrants, decodeFullStatus);
  // LIO leaves registrants out when there is too little room for them, and its length does not say so.
  const few = keysRead && fullStatus !== null && fullStatus.registrants.length !== keys.length;
  if (fullStatus !== null && (fullStatus.truncated || few)) {
    fullStatus = await through(READ_FULL_STATUS, largestAllocation, decodeFullStatus) ?? fullStatus;
  }
  if (fullStatus !== null) {
    const { registrants, truncated } = fullStatus;
    if (truncated) evidence.push(`registrants: cut short, only ${registrants.length} fit into an answer`);
    else if (keysRead) evidence.push(...contradictions(keys, registrants.map(({ key }) => key)));
    if (generation !== null && fullStatus.generation !== generation) {
      evidence.push(`registrants: changed meanwhile, PRgeneration was ${generation} and is ${fullStatus.generation}`);
    }
  }
  if (capabilities !== null) evidence.push(`capabilities: ${capabilitiesText(capabilities)}`);
  return { capabilities, fullStatus, evidence };
}

/** So many keys are named one by one. */
const mostNamed = 3;

/** READ KEYS against READ FULL STATUS, key by key: each lists the key of each registration, in any order. */
function contradictions(keys: readonly bigint[], registered: readonly bigint[]): string[] {
  const onlyIn = (what: string, its: readonly bigint[], others: readonly bigint[]): string[] => {
    const left = new Map<bigint, number>();
    for (const key of others) left.set(key, (left.get(key) ?? 0) + 1);
    const only = its.filter((key) => {
      const count = left.get(key) ?? 0;
      left.set(key, count - 1);
      return count <= 0;
    });
    if (only.length === 0) return [];
    const more = only.length > mostNamed ? ` and ${only.length - mostNamed} more` : '';
    return [`registrants: only in ${what} ${only.slice(0, mostNamed).map(keyText).join(', ')}${more}`];
  };
  return [
    ...(keys.length === registered.length ? [] : [`registrants: ${registered.length}, not the ${keys.length} that READ KEYS has`]),
    ...onlyIn(keysAsked, keys, registered),
    ...onlyIn('READ FULL STATUS', registered, keys),
  ];
}

/** Buses that have no SCSI reservations of their own: names of STORAGE_BUS_TYPE. */
const busesWithout: ReadonlySet<string | null> = new Set(['Ata', 'Atapi', 'Sata', 'Sd', 'Mmc', 'Nvme', 'NvmeOf', 'Ufs', 'SCM']);

const isBusWithout = ({ identity }: Attempt): boolean => busesWithout.has(identity!.busType);

/** A reading with what else bears on it. */
export function findingsOf(reading: Reading, attempt: Attempt, roles: DiskRoles, reservedHere: boolean): Findings {
  const identity = attempt.identity!;
  return {
    kind: kindOfDevice(identity),
    ready: reading.ready,
    read: reading.read,
    readKeys: reading.readKeys,
    keyCount: reading.keys.length,
    persistentlyReserved: reading.reservation !== null,
    paths: pathsOf(attempt, roles),
    otherPaths: attempt.surroundings.sameUnit.map(({ path }) => path),
    reservedHere,
    busWithout: isBusWithout(attempt),
  };
}

/** How many paths of this host lead to a device. */
function pathsOf({ claim, identity, surroundings: { sameUnit, complete } }: Attempt, roles: DiskRoles): Findings['paths'] {
  const numbers = [identity!, ...sameUnit.map((one) => one.identity)].map(diskNumber);
  const isOfMpio = claim.multipath === true || numbers.some((number) => number !== null && roles.multipath.has(number));
  if (isOfMpio) return 'several';
  if (sameUnit.length > 0) return roles.multipathUnknown === true ? 'several' : numbers.length;
  // The host's roles go by disk number: of tapes and changers they say nothing.
  if (numbers[0] === null) return claim.multipath === false ? 1 : null;
  return roles.multipathUnknown === true || !complete ? null : 1;
}
