// The read-only requests (probes) that tell how a disk is reserved, and their answers. state.ts decides what these mean
// together. https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddstor/

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

/** The answers to one series of probes. */
export interface ProbeReading {
  readonly ready: ProbeOutcome;
  /** NTSTATUS of the last CHECK_VERIFY. */
  readonly readyStatus: number;
  /** A read of the first block; `skipped` where it was not sent. */
  readonly read: ProbeOutcome;
  readonly readKeys: ProbeOutcome;
  /** Whether `keys` is complete, even if the reservation could not be read. */
  readonly keysRead: boolean;
  readonly keys: readonly bigint[];
  /** Each as 0x and 16 hex digits. */
  readonly keyTexts: readonly string[];
  /** PRgeneration; null where it was not read. */
  readonly generation: number | null;
  /** Whether READ KEYS and READ RESERVATION returned the same PRgeneration: no registration changed between them. */
  readonly settled: boolean;
  readonly reservation: Reservation | null;
  /** One phrase for each probe in order: the request, and its answer. */
  readonly evidence: readonly string[];
}

/** One block of 4096 bytes, or eight of 512. */
const firstBlock = 4096;
/** Room for the first answer; a longer one is requested again with the length that it tells. */
const firstRoom = 1024;
/** A list that grows between two requests is requested at most so often. */
const questions = 4;

/**
 * Asks whether the disk is ready, reads its first block, its keys and its persistent reservation, one after another.
 * With `query` access only the first request is possible, in the form that Windows allows without access rights.
 * The read of the block shows whether this host is let in: on some arrays TEST UNIT READY passes where a read conflicts
 * (knowledge.broadcom.com 1005009, Symmetrix). Tapes, changers and CD-ROMs are not read, because that would move the
 * medium. Rejects only with DeadlinePassed and with what the bus throws.
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
    // Statuses that say of PERSISTENT RESERVE IN that it is not supported say here that the device was not reached.
    const outcome = outcomeOf(done);
    return outcome === 'good' || outcome === 'conflict' ? outcome : 'failed';
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

  /** Reads one PR IN list, with as much room as it needs. */
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
          // A list that was cut is not used: the keys in it must not be taken for all keys.
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
  // Let in, but PERSISTENT RESERVE IN conflicts: this host holds it, if it is still let in afterwards.
  if (ready === 'good' && readKeys.outcome === 'conflict') {
    if (read === 'good') read = await readBlock();
    else ready = await verify();
  }
  // A disk on a bus without reservations is read only where it answers READ KEYS all the same.
  const knowsKeys = readKeys.outcome !== 'unsupported' && readKeys.outcome !== 'conflict';
  if (kind === 'Disk' && without && ready === 'good' && knowsKeys) read = await readBlock();
  return {
    ready,
    readyStatus,
    read,
    // READ KEYS alone is not enough: where READ RESERVATION was not answered, its outcome counts.
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

/** Buses without SCSI reservations: names of STORAGE_BUS_TYPE. */
const busesWithout: ReadonlySet<string | null> =
  new Set(['Ata', 'Atapi', 'Sata', 'Sd', 'Mmc', 'Nvme', 'NvmeOf', 'Ufs', 'SCM']);

const isBusWithout = ({ identity }: Attempt): boolean => busesWithout.has(identity!.busType);

/** The findings: a reading, and what is known about the device besides. */
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

/** Number of this host's paths to a device. */
function pathsOf(
  { claim, identity, surroundings: { sameUnit, complete } }: Attempt, roles: DiskRoles,
): Findings['paths'] {
  const numbers = [identity!, ...sameUnit.map((one) => one.identity)].map(diskNumber);
  const isOfMpio = claim.multipath === true
    || numbers.some((number) => number !== null && roles.multipath.has(number));
  if (isOfMpio) return 'several';
  if (sameUnit.length > 0) return roles.multipathUnknown === true ? 'several' : numbers.length;
  // The host's roles go by disk number, which tapes and changers do not have.
  if (numbers[0] === null) return claim.multipath === false ? 1 : null;
  return roles.multipathUnknown === true || !complete ? null : 1;
}
