// The read-only requests that tell how a disk is reserved, and what came of each. What they mean together is in
// state.ts. https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddstor/

import type { Access, DiskRoles } from '../bus/bus.ts';
import {
  IOCTL_STORAGE_CHECK_VERIFY, IOCTL_STORAGE_CHECK_VERIFY2, IOCTL_STORAGE_PERSISTENT_RESERVE_IN,
} from '../bus/sdk/control-codes.ts';
import { encodePersistentReserveIn, largestAllocation } from '../bus/sdk/persistent-reserve.ts';
import type { Attempt } from '../disk/attempt.ts';
import { kindOfDevice } from '../disk/device-kind.ts';
import { diskNumber } from '../disk/identity.ts';
import { ScsiDataError } from '../scsi/data.ts';
import {
  type ListExtent, type ReportedReservation, type Reservation, READ_KEYS, READ_RESERVATION, decodeKeys,
  decodeReservation, keyText, prInActionRows,
} from '../scsi/persistent-reservations.ts';
import { nameOf, rowOf } from '../scsi/row.ts';
import { RESERVATION_CONFLICT, scsiStatusRows } from '../scsi/status.ts';
import { deviceWords } from '../status/devices.ts';
import { keysAsked, letIn, outcomeOf, readAsked, statusName } from './evidence.ts';
import type { Findings, ProbeOutcome } from './state.ts';

/** What the probes of one moment gave. */
export interface ProbeReading {
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

/** One block of any disk, or eight. */
const firstBlock = 4096;
/** Room for an answer at first; one that is longer is asked for again with the room it says it needs. */
const firstRoom = 1024;
/** A list that grows between two questions is asked for at most this often. */
const questions = 4;

/**
 * Asks whether the disk is ready, reads its first block, and asks for its keys and its persistent reservation, one
 * after another. With `query` access only the first is possible, in the form that Windows lets everybody send.
 * The block shows whether this host is let in: on some arrays TEST UNIT READY passes and a read conflicts
 * (knowledge.broadcom.com 1005009, Symmetrix). Nothing is read from tapes, changers and CD-ROMs, where it would move
 * the medium. Throws nothing but DeadlinePassed and what the bus throws.
 */
export async function probeReservation(attempt: Attempt, access: Access): Promise<ProbeReading> {
  const evidence: string[] = [];
  const tell = (what: string, result: string) => {
    evidence.push(`${what}: ${result}`);
    attempt.step(`${what}: ${result}`);
  };
  const ask = (code: number, input: Uint8Array | null, length: number) =>
    attempt.deadline.race(attempt.handle.control(code, input, length));

  attempt.doing = {
    what: 'The reservation could not be read', sent: 'Nothing that changes anything was sent.',
  };
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

  const readKeys = await list(READ_KEYS, decodeKeys, ({ keys: { length } }) =>
    `${length} ${length === 1 ? 'key' : 'keys'}`);
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

/** Buses that have no SCSI reservations of their own: names of STORAGE_BUS_TYPE. */
const busesWithout: ReadonlySet<string | null> =
  new Set(['Ata', 'Atapi', 'Sata', 'Sd', 'Mmc', 'Nvme', 'NvmeOf', 'Ufs', 'SCM']);

const isBusWithout = ({ identity }: Attempt): boolean => busesWithout.has(identity!.busType);

/** A reading with what else bears on it. */
export function findingsOf(
  reading: ProbeReading, attempt: Attempt, roles: DiskRoles, reservedHere: boolean,
): Findings {
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
function pathsOf(
  { claim, identity, surroundings: { sameUnit, complete } }: Attempt, roles: DiskRoles,
): Findings['paths'] {
  const numbers = [identity!, ...sameUnit.map((one) => one.identity)].map(diskNumber);
  const isOfMpio = claim.multipath === true
    || numbers.some((number) => number !== null && roles.multipath.has(number));
  if (isOfMpio) return 'several';
  if (sameUnit.length > 0) return roles.multipathUnknown === true ? 'several' : numbers.length;
  // The host's roles go by disk number: of tapes and changers they say nothing.
  if (numbers[0] === null) return claim.multipath === false ? 1 : null;
  return roles.multipathUnknown === true || !complete ? null : 1;
}
