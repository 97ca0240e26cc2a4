// How Microsoft's class driver translates the end of a SCSI command to NTSTATUS: ClassInterpretSenseInfo as rows.
// Source: microsoft/Windows-driver-samples storage/class/classpnp/src/class.c 4408. test/unit/classpnp.test.ts
// compares every sense key and code, and thousands of requests, with a run of that source.

import * as sense from '../../scsi/sense.ts';
import * as scsi from '../../scsi/status.ts';
import type { ScsiAnswer } from './logical-unit.ts';
import * as nt from './ntstatus.ts';

/** SRB_STATUS_... of srb.h, without the bits for valid sense data and for a frozen queue. */
export const srbStatusRows = [
  { value: 0x00, name: 'PENDING' },
  { value: 0x01, name: 'SUCCESS' },
  { value: 0x02, name: 'ABORTED' },
  { value: 0x03, name: 'ABORT_FAILED' },
  { value: 0x04, name: 'ERROR' },
  { value: 0x05, name: 'BUSY' },
  { value: 0x06, name: 'INVALID_REQUEST' },
  { value: 0x07, name: 'INVALID_PATH_ID' },
  { value: 0x08, name: 'NO_DEVICE' },
  { value: 0x09, name: 'TIMEOUT' },
  { value: 0x0a, name: 'SELECTION_TIMEOUT' },
  { value: 0x0b, name: 'COMMAND_TIMEOUT' },
  { value: 0x0d, name: 'MESSAGE_REJECTED' },
  { value: 0x0e, name: 'BUS_RESET' },
  { value: 0x0f, name: 'PARITY_ERROR' },
  { value: 0x10, name: 'REQUEST_SENSE_FAILED' },
  { value: 0x11, name: 'NO_HBA' },
  { value: 0x12, name: 'DATA_OVERRUN' },
  { value: 0x13, name: 'UNEXPECTED_BUS_FREE' },
  { value: 0x14, name: 'PHASE_SEQUENCE_FAILURE' },
  { value: 0x15, name: 'BAD_SRB_BLOCK_LENGTH' },
  { value: 0x16, name: 'REQUEST_FLUSHED' },
  { value: 0x17, name: 'ACCESS_DENIED' },
  { value: 0x18, name: 'OPERATION_IN_PROGRESS' },
  { value: 0x20, name: 'INVALID_LUN' },
  { value: 0x21, name: 'INVALID_TARGET_ID' },
  { value: 0x22, name: 'BAD_FUNCTION' },
  { value: 0x23, name: 'ERROR_RECOVERY' },
  { value: 0x24, name: 'NOT_POWERED' },
  { value: 0x25, name: 'LINK_DOWN' },
  { value: 0x26, name: 'INSUFFICIENT_RESOURCES' },
  { value: 0x27, name: 'THROTTLED_REQUEST' },
  { value: 0x28, name: 'INVALID_PARAMETER' },
  { value: 0x30, name: 'INTERNAL_ERROR' },
] as const;

export type SrbStatus = (typeof srbStatusRows)[number]['name'];

/** The port driver's answer to one request block. */
export interface PortAnswer {
  readonly srb: SrbStatus;
  /** Null where the device never answered. Sense data is used for every `srb` but SUCCESS. */
  readonly scsi: ScsiAnswer | null;
  /** The port driver's own NTSTATUS; with INTERNAL_ERROR only. */
  readonly systemStatus?: number;
}

export interface StatusRule {
  readonly srb?: readonly SrbStatus[];
  /** SCSI status; GOOD also where the device never answered. */
  readonly scsi?: number;
  /** Whether there is sense data. */
  readonly sensed?: true;
  readonly key?: number;
  /** ASC, or ASC and ASCQ where `codes` is given. */
  readonly asc?: number;
  readonly codes?: readonly number[];
  /** ILI of sense data: the blocks of the medium have another length. */
  readonly incorrectLength?: true;
  /** Whether the medium can be changed and its volume is mounted. */
  readonly mounted?: true;
  /** NTSTATUS of the request. */
  readonly status: number;
  /** Whether the command is sent again, while any of its retries is left. */
  readonly retry: boolean;
  /**
   * How long the driver wants to wait, milliseconds; else its shortest time. RESERVE(6) and RELEASE(6) wait this
   * long for their other form, too.
   */
  readonly wait?: number;
  /** Fewer retries than others have. */
  readonly retries?: number;
  /** A fixed disk is sent START UNIT, whose answer is ignored. */
  readonly starts?: true;
  readonly reason: string;
}

/** Sense key COPY ABORTED. */
const copyAborted = 0xa;

const second = 1000;
const notReadyInterval = 10 * second;

/** First match wins. */
export const statusRules: readonly StatusRule[] = [
  { scsi: scsi.RESERVATION_CONFLICT, status: nt.STATUS_DEVICE_BUSY, retry: false, reason: 'reservation conflict' },

  { key: sense.NO_SENSE, incorrectLength: true, status: nt.STATUS_INVALID_BLOCK_LENGTH, retry: false,
    reason: 'blocks of another length' },
  { key: sense.NO_SENSE, status: nt.STATUS_IO_DEVICE_ERROR, retry: true, reason: 'no sense' },
  { key: sense.RECOVERED_ERROR, incorrectLength: true, status: nt.STATUS_INVALID_BLOCK_LENGTH, retry: false,
    reason: 'recovered error, blocks of another length' },
  { key: sense.RECOVERED_ERROR, status: nt.STATUS_SUCCESS, retry: false, reason: 'recovered error' },

  { key: sense.NOT_READY, codes: [0x0401, 0x0407], status: nt.STATUS_DEVICE_NOT_READY, retry: true,
    wait: notReadyInterval, reason: 'becoming ready, operation in progress' },
  { key: sense.NOT_READY, codes: [0x0403], status: nt.STATUS_NO_MEDIA_IN_DEVICE, retry: false,
    reason: 'manual intervention required' },
  { key: sense.NOT_READY, codes: [0x0400, 0x0404, 0x0408], status: nt.STATUS_DEVICE_NOT_READY, retry: false,
    reason: 'cause not reportable, format or long write in progress' },
  { key: sense.NOT_READY, codes: [0x0414], status: nt.STATUS_RETRY, retry: true, wait: notReadyInterval,
    reason: 'space allocation in progress' },
  { key: sense.NOT_READY, asc: 0x04, status: nt.STATUS_DEVICE_NOT_READY, retry: true, starts: true,
    reason: 'initializing command required, or anything else that is in the way' },
  { key: sense.NOT_READY, asc: 0x3a, status: nt.STATUS_NO_MEDIA_IN_DEVICE, retry: false, reason: 'no medium' },
  { key: sense.NOT_READY, status: nt.STATUS_DEVICE_NOT_READY, retry: true, reason: 'not ready, no reason given' },

  { key: sense.MEDIUM_ERROR, codes: [0x3001], status: nt.STATUS_UNRECOGNIZED_MEDIA, retry: false,
    reason: 'unknown format' },
  { key: sense.MEDIUM_ERROR, codes: [0x3003], status: nt.STATUS_CLEANER_CARTRIDGE_INSTALLED, retry: false,
    reason: 'cleaning cartridge' },
  { key: sense.MEDIUM_ERROR, status: nt.STATUS_DEVICE_DATA_ERROR, retry: false, reason: 'medium error' },
  { key: sense.HARDWARE_ERROR, codes: [0x0803], status: nt.STATUS_DEVICE_HARDWARE_ERROR, retry: true, wait: second,
    reason: 'CRC error on the way' },
  { key: sense.HARDWARE_ERROR, status: nt.STATUS_DEVICE_HARDWARE_ERROR, retry: false, reason: 'hardware error' },

  // Several of these are about offloaded copies; the driver does not ask whether the command was one.
  { key: sense.ILLEGAL_REQUEST, codes: [0x0804], status: nt.STATUS_DEVICE_UNREACHABLE, retry: false,
    reason: 'the units cannot reach each other' },
  { key: sense.ILLEGAL_REQUEST, codes: [0x0d04], status: nt.STATUS_DATA_OVERRUN, retry: false,
    reason: 'less data than asked for' },
  { key: sense.ILLEGAL_REQUEST, asc: 0x1a, status: nt.STATUS_DATA_OVERRUN, retry: false,
    reason: 'parameter list too long or short' },
  { key: sense.ILLEGAL_REQUEST, asc: 0x21, status: nt.STATUS_NONEXISTENT_SECTOR, retry: false,
    reason: 'no such block' },
  { key: sense.ILLEGAL_REQUEST, asc: 0x23, status: nt.STATUS_INVALID_TOKEN, retry: false,
    reason: 'invalid token' },
  { key: sense.ILLEGAL_REQUEST, asc: 0x24, status: nt.STATUS_INVALID_DEVICE_REQUEST, retry: false,
    wait: 3 * second, reason: 'invalid field in the command' },
  { key: sense.ILLEGAL_REQUEST, asc: 0x25, status: nt.STATUS_NO_SUCH_DEVICE, retry: false,
    reason: 'no such unit' },
  { key: sense.ILLEGAL_REQUEST, codes: [0x2604], status: nt.STATUS_INVALID_OFFSET_ALIGNMENT, retry: false,
    reason: 'invalid release of a persistent reservation (the code is shared with offloaded copies)' },
  { key: sense.ILLEGAL_REQUEST, codes: [0x2608], status: nt.STATUS_TOO_MANY_SEGMENT_DESCRIPTORS, retry: false,
    reason: 'too many descriptors' },
  { key: sense.ILLEGAL_REQUEST, codes: [0x6f00], status: nt.STATUS_CSS_AUTHENTICATION_FAILURE, retry: false,
    reason: 'copy protection: authentication failed' },
  { key: sense.ILLEGAL_REQUEST, codes: [0x6f01], status: nt.STATUS_CSS_KEY_NOT_PRESENT, retry: false,
    reason: 'copy protection: no key' },
  { key: sense.ILLEGAL_REQUEST, codes: [0x6f02], status: nt.STATUS_CSS_KEY_NOT_ESTABLISHED, retry: false,
    reason: 'copy protection: no session key' },
  { key: sense.ILLEGAL_REQUEST, codes: [0x6f03], status: nt.STATUS_CSS_SCRAMBLED_SECTOR, retry: false,
    reason: 'copy protection: scrambled block' },
  { key: sense.ILLEGAL_REQUEST, codes: [0x6f04], status: nt.STATUS_CSS_REGION_MISMATCH, retry: false,
    reason: 'copy protection: another region' },
  { key: sense.ILLEGAL_REQUEST, codes: [0x6f05], status: nt.STATUS_CSS_RESETS_EXHAUSTED, retry: false,
    reason: 'copy protection: the region cannot be set any more' },
  { key: sense.ILLEGAL_REQUEST, asc: 0x6f, status: nt.STATUS_COPY_PROTECTION_FAILURE, retry: false,
    reason: 'copy protection' },
  { key: sense.ILLEGAL_REQUEST, status: nt.STATUS_INVALID_DEVICE_REQUEST, retry: false,
    reason: 'illegal request' },

  { key: sense.UNIT_ATTENTION, mounted: true, status: nt.STATUS_VERIFY_REQUIRED, retry: false,
    reason: 'unit attention of a mounted removable medium' },
  { key: sense.UNIT_ATTENTION, codes: [0x2a09, 0x3f01], status: nt.STATUS_IO_DEVICE_ERROR, retry: true,
    wait: second, reason: 'another capacity, other firmware' },
  { key: sense.UNIT_ATTENTION, codes: [0x3807], status: nt.STATUS_IO_DEVICE_ERROR, retry: true,
    reason: 'thinly provisioned unit runs full' },
  { key: sense.UNIT_ATTENTION, asc: 0x38, status: nt.STATUS_IO_DEVICE_ERROR, retry: false,
    reason: 'other news of a thinly provisioned unit' },
  { key: sense.UNIT_ATTENTION, asc: 0x3f, status: nt.STATUS_IO_DEVICE_ERROR, retry: true, wait: 5 * second,
    reason: 'the target changed' },
  { key: sense.UNIT_ATTENTION, status: nt.STATUS_IO_DEVICE_ERROR, retry: true, reason: 'unit attention' },

  { key: sense.DATA_PROTECT, codes: [0x2707], status: nt.STATUS_DISK_RESOURCES_EXHAUSTED, retry: false,
    reason: 'thinly provisioned unit is full' },
  // 27h is write protection, for which the driver keeps its initial status.
  { key: sense.DATA_PROTECT, asc: 0x27, status: nt.STATUS_IO_DEVICE_ERROR, retry: false,
    reason: 'write protected' },
  { key: sense.DATA_PROTECT, status: nt.STATUS_ACCESS_DENIED, retry: false, reason: 'protected data' },
  { key: sense.BLANK_CHECK, status: nt.STATUS_NO_DATA_DETECTED, retry: false, reason: 'blank medium' },
  { key: copyAborted, codes: [0x0d04], status: nt.STATUS_SUCCESS, retry: false,
    reason: 'copied less than asked for' },
  { key: sense.ABORTED_COMMAND, status: nt.STATUS_IO_DEVICE_ERROR, retry: true, wait: second,
    reason: 'aborted command' },
  { sensed: true, status: nt.STATUS_IO_DEVICE_ERROR, retry: true, reason: 'any other sense key' },

  { srb: ['ERROR'], scsi: scsi.GOOD, status: nt.STATUS_IO_DEVICE_ERROR, retry: true, wait: second,
    reason: 'an error without any sign of one' },
  { srb: ['ERROR'], scsi: scsi.BUSY, status: nt.STATUS_DEVICE_NOT_READY, retry: true, reason: 'busy' },
  { srb: ['TIMEOUT', 'COMMAND_TIMEOUT', 'ABORTED'], status: nt.STATUS_IO_TIMEOUT, retry: true, wait: second,
    reason: 'no answer' },
  { srb: ['SELECTION_TIMEOUT'], status: nt.STATUS_DEVICE_NOT_CONNECTED, retry: false,
    reason: 'nobody at the address' },
  { srb: ['NO_DEVICE', 'NO_HBA', 'INVALID_LUN', 'INVALID_TARGET_ID', 'INVALID_PATH_ID'],
    status: nt.STATUS_NO_SUCH_DEVICE, retry: false, reason: 'gone' },
  { srb: ['INVALID_REQUEST'], status: nt.STATUS_INVALID_DEVICE_REQUEST, retry: false,
    reason: 'not for this adapter' },
  { srb: ['DATA_OVERRUN'], status: nt.STATUS_DATA_OVERRUN, retry: false,
    reason: 'more or less data than asked for' },
  { srb: ['PARITY_ERROR', 'UNEXPECTED_BUS_FREE'], status: nt.STATUS_IO_DEVICE_ERROR, retry: true, wait: second,
    reason: 'trouble on the bus' },
  { srb: ['PHASE_SEQUENCE_FAILURE'], status: nt.STATUS_IO_DEVICE_ERROR, retry: true, wait: second, retries: 2,
    reason: 'phases of the bus out of order' },
  { status: nt.STATUS_IO_DEVICE_ERROR, retry: true,
    reason: 'anything else, for example a reset or a flushed queue' },
];

const done: StatusRule = { status: nt.STATUS_SUCCESS, retry: false, reason: 'good' };

/** The row for an answer. `mounted`: the medium can be changed, and its volume is mounted. */
export function interpret(answer: PortAnswer, mounted: boolean): StatusRule {
  // Whatever the SCSI status is.
  if (answer.srb === 'SUCCESS') return done;
  if (answer.srb === 'INTERNAL_ERROR') {
    return { status: answer.systemStatus ?? nt.STATUS_IO_DEVICE_ERROR, retry: false, reason: 'port driver' };
  }
  const read = answer.scsi?.sense == null ? null : readSense(answer.scsi.sense);
  const status = answer.scsi?.status ?? scsi.GOOD;
  const fits = (rule: StatusRule): boolean =>
    (rule.srb === undefined || rule.srb.includes(answer.srb))
    && (rule.scsi === undefined || rule.scsi === status)
    && (rule.sensed === undefined || read !== null)
    && (rule.key === undefined || rule.key === read?.key)
    && (rule.asc === undefined || (read !== null && rule.asc === read.code >>> 8))
    && (rule.codes === undefined || (read !== null && rule.codes.includes(read.code)))
    && (rule.incorrectLength === undefined || read?.incorrectLength === true)
    && (rule.mounted === undefined || mounted);
  return statusRules.find(fits) as StatusRule;
}

/** Whether disk.sys asks for a reset of the bus: "a disk drive should never be busy this long". disk.c 2344 */
export function asksForReset({ srb, scsi: answer }: PortAnswer): boolean {
  return srb === 'ERROR' && answer?.status === scsi.BUSY;
}

interface DriverSense extends sense.Sense {
  readonly incorrectLength: boolean;
}

/** SENSE_BUFFER_SIZE: the room that the driver has for sense data, zeroed before. */
const senseRoom = 18;
const descriptorFormats: ReadonlySet<number> = new Set([0x72, 0x73]);

/**
 * Reads sense data like the driver, which is more lenient than `decodeSense`: all response codes but 72h and 73h count
 * as fixed format; missing bytes, and codes beyond ADDITIONAL SENSE LENGTH, count as 0. See scsi.h of the WDK,
 * ScsiGetFixedSenseKeyAndCodes. ILI of the descriptor format, which is in a descriptor, is not read.
 */
function readSense(sent: Uint8Array): DriverSense {
  const bytes = new Uint8Array(senseRoom);
  bytes.set(sent.subarray(0, senseRoom));
  const at = (offset: number) => bytes[offset] as number;
  // The highest bit says whether INFORMATION is valid.
  if (descriptorFormats.has(at(0) & 0x7f)) {
    return { key: at(1) & 0x0f, code: (at(2) << 8) | at(3), incorrectLength: false };
  }
  const length = 8 + at(7);
  const asc = length > 12 ? at(12) : 0;
  const ascq = length > 13 ? at(13) : 0;
  return { key: at(2) & 0x0f, code: (asc << 8) | ascq, incorrectLength: (at(2) & 0x20) !== 0 };
}
