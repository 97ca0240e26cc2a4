// Details of a reservation that are read by SCSI pass-through, on request: capabilities, and each registrant.

import { IOCTL_SCSI_PASS_THROUGH } from '../bus/sdk/control-codes.ts';
import { LayoutError } from '../bus/sdk/layouts.ts';
import { decodePassThroughAnswer, encodePassThrough } from '../bus/sdk/pass-through.ts';
import { largestAllocation } from '../bus/sdk/persistent-reserve.ts';
import type { Attempt } from '../disk/attempt.ts';
import { type Capabilities, capabilitiesText, decodeCapabilities } from '../scsi/capabilities.ts';
import { PERSISTENT_RESERVE_IN } from '../scsi/commands.ts';
import { ScsiDataError } from '../scsi/data.ts';
import { type ReportedFullStatus, decodeFullStatus } from '../scsi/full-status.ts';
import {
  READ_FULL_STATUS, REPORT_CAPABILITIES, keyText, prInActionRows,
} from '../scsi/persistent-reservations.ts';
import { rowOf } from '../scsi/row.ts';
import { UNIT_ATTENTION, decodeSense } from '../scsi/sense.ts';
import { CHECK_CONDITION, GOOD, scsiStatusRows } from '../scsi/status.ts';
import { keysAsked, outcomeOf, statusName } from './evidence.ts';
import type { ProbeReading } from './probe.ts';

export interface Details {
  readonly capabilities: Capabilities | null;
  readonly fullStatus: ReportedFullStatus | null;
  readonly evidence: readonly string[];
}

/** For READ FULL STATUS, whose descriptors are longer than those of READ KEYS. */
const firstRoomForRegistrants = 4096;
/** The driver's timeout of a pass-through command, seconds. The deadline of the attempt applies as well. */
const passThroughTimeout = 10;

/**
 * Reads capabilities and each registrant. The class driver refuses these two service actions, so they are sent by SCSI
 * pass-through. That needs a handle with write access, and so is done on request only.
 */
export async function readDetails(
  attempt: Attempt, { keysRead, keys, generation }: ProbeReading,
): Promise<Details> {
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
        // The class driver does not handle UNIT ATTENTION here: the device reports an event once instead of the answer.
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
  // LIO leaves out registrants that do not fit, and its length field does not tell.
  const few = keysRead && fullStatus !== null && fullStatus.registrants.length !== keys.length;
  if (fullStatus !== null && (fullStatus.truncated || few)) {
    fullStatus = await through(READ_FULL_STATUS, largestAllocation, decodeFullStatus) ?? fullStatus;
  }
  if (fullStatus !== null) {
    const { registrants, truncated } = fullStatus;
    if (truncated) evidence.push(`registrants: cut short, only ${registrants.length} fit into an answer`);
    else if (keysRead) evidence.push(...contradictions(keys, registrants.map(({ key }) => key)));
    if (generation !== null && fullStatus.generation !== generation) {
      evidence.push('registrants: changed meanwhile, '
        + `PRgeneration was ${generation} and is ${fullStatus.generation}`);
    }
  }
  if (capabilities !== null) evidence.push(`capabilities: ${capabilitiesText(capabilities)}`);
  return { capabilities, fullStatus, evidence };
}

/** At most so many keys are named. */
const mostNamed = 3;

/** Compares READ KEYS with READ FULL STATUS: both list the key of each registration, in any order. */
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
    ...(keys.length === registered.length ? []
      : [`registrants: ${registered.length}, not the ${keys.length} that READ KEYS has`]),
    ...onlyIn(keysAsked, keys, registered),
    ...onlyIn('READ FULL STATUS', registered, keys),
  ];
}
