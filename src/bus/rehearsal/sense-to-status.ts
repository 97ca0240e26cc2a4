// What Microsoft's class driver makes of the end of a SCSI command: ClassInterpretSenseInfo as rows.
// Source: microsoft/Windows-driver-samples storage/class/classpnp/src/class.c, and facts/windows-scsi.md 1.4.

import * as sense from '../../scsi/sense.ts';
import * as scsi from '../../scsi/status.ts';
import type { ScsiAnswer } from './logical-unit.ts';
import * as nt from './ntstatus.ts';

/** SRB_STATUS_... of srb.h as far as the table below tells them apart. */
export type SrbStatus =
  | 'SUCCESS' | 'ERROR' | 'INTERNAL_ERROR' | 'TIMEOUT' | 'COMMAND_TIMEOUT' | 'ABORTED' | 'BUS_RESET'
  | 'PARITY_ERROR' | 'UNEXPECTED_BUS_FREE' | 'SELECTION_TIMEOUT' | 'NO_DEVICE' | 'NO_HBA' | 'INVALID_LUN'
  | 'INVALID_TARGET_ID' | 'INVALID_PATH_ID' | 'INVALID_REQUEST' | 'REQUEST_FLUSHED' | 'BUSY' | 'DATA_OVERRUN';

/** What the port driver hands back for one request block. */
export interface PortAnswer {
  readonly srb: SrbStatus;
  /** Null where the device never answered. */
  readonly scsi: ScsiAnswer | null;
  /** The port driver's own NTSTATUS; with INTERNAL_ERROR only. */
  readonly systemStatus?: number;
}

export interface StatusRule {
  readonly srb?: readonly SrbStatus[];
  /** SCSI status. */
  readonly scsi?: number;
  readonly key?: number;
  /** ASC, or ASC and ASCQ where `codes` is given. */
  readonly asc?: number;
  readonly codes?: readonly number[];
  /** Whether the medium can be changed and may be mounted. */
  readonly removable?: boolean;
  /** NTSTATUS of the request. */
  readonly status: number;
  /** Null: not sent again. Otherwise the wait that the driver asks for, milliseconds; 0 is its shortest. */
  readonly retry: number | null;
  readonly reason: string;
}

const second = 1000;
const notReadyInterval = 10 * second;

/** First match wins. */
export const statusRules: readonly StatusRule[] = [
  { scsi: scsi.RESERVATION_CONFLICT, status: nt.STATUS_DEVICE_BUSY, retry: null, reason: 'reservation conflict' },

  { key: sense.NO_SENSE, status: nt.STATUS_IO_DEVICE_ERROR, retry: 0, reason: 'no sense' },
  { key: sense.RECOVERED_ERROR, status: nt.STATUS_SUCCESS, retry: null, reason: 'recovered error' },

  { key: sense.NOT_READY, codes: [0x0401, 0x0407], status: nt.STATUS_DEVICE_NOT_READY, retry: notReadyInterval,
    reason: 'becoming ready, operation in progress' },
  { key: sense.NOT_READY, codes: [0x0403], status: nt.STATUS_NO_MEDIA_IN_DEVICE, retry: null,
    reason: 'manual intervention required' },
  { key: sense.NOT_READY, codes: [0x0400, 0x0404, 0x0408], status: nt.STATUS_DEVICE_NOT_READY, retry: null,
    reason: 'cause not reportable, format or long write in progress' },
  { key: sense.NOT_READY, codes: [0x0414], status: nt.STATUS_RETRY, retry: notReadyInterval,
    reason: 'space allocation in progress' },
  { key: sense.NOT_READY, asc: 0x3a, status: nt.STATUS_NO_MEDIA_IN_DEVICE, retry: null, reason: 'no medium' },
  { key: sense.NOT_READY, status: nt.STATUS_DEVICE_NOT_READY, retry: 0, reason: 'not ready for another reason' },

  { key: sense.MEDIUM_ERROR, status: nt.STATUS_DEVICE_DATA_ERROR, retry: null, reason: 'medium error' },
  { key: sense.HARDWARE_ERROR, codes: [0x0803], status: nt.STATUS_DEVICE_HARDWARE_ERROR, retry: second,
    reason: 'CRC error on the way' },
  { key: sense.HARDWARE_ERROR, status: nt.STATUS_DEVICE_HARDWARE_ERROR, retry: null, reason: 'hardware error' },

  { key: sense.ILLEGAL_REQUEST, asc: 0x25, status: nt.STATUS_NO_SUCH_DEVICE, retry: null, reason: 'no such unit' },
  { key: sense.ILLEGAL_REQUEST, codes: [0x2604], status: nt.STATUS_INVALID_OFFSET_ALIGNMENT, retry: null,
    reason: 'invalid release of a persistent reservation (the code is shared with offloaded copies)' },
  { key: sense.ILLEGAL_REQUEST, status: nt.STATUS_INVALID_DEVICE_REQUEST, retry: null, reason: 'illegal request' },

  { key: sense.UNIT_ATTENTION, removable: true, status: nt.STATUS_VERIFY_REQUIRED, retry: null,
    reason: 'unit attention of a removable medium' },
  { key: sense.UNIT_ATTENTION, asc: 0x3f, status: nt.STATUS_IO_DEVICE_ERROR, retry: 5 * second,
    reason: 'the target changed' },
  { key: sense.UNIT_ATTENTION, status: nt.STATUS_IO_DEVICE_ERROR, retry: 0, reason: 'unit attention' },

  // 27h is write protection; what the driver started from stays.
  { key: sense.DATA_PROTECT, asc: 0x27, status: nt.STATUS_IO_DEVICE_ERROR, retry: null,
    reason: 'write protected' },
  { key: sense.DATA_PROTECT, status: nt.STATUS_ACCESS_DENIED, retry: null, reason: 'protected data' },
  { key: sense.BLANK_CHECK, status: nt.STATUS_NO_DATA_DETECTED, retry: null, reason: 'blank medium' },
  { key: sense.ABORTED_COMMAND, status: nt.STATUS_IO_DEVICE_ERROR, retry: second, reason: 'aborted command' },

  { scsi: scsi.BUSY, status: nt.STATUS_DEVICE_NOT_READY, retry: 0, reason: 'busy' },
  { srb: ['TIMEOUT', 'COMMAND_TIMEOUT', 'ABORTED'], status: nt.STATUS_IO_TIMEOUT, retry: second,
    reason: 'no answer' },
  { srb: ['SELECTION_TIMEOUT'], status: nt.STATUS_DEVICE_NOT_CONNECTED, retry: null,
    reason: 'nobody at the address' },
  { srb: ['NO_DEVICE', 'NO_HBA', 'INVALID_LUN', 'INVALID_TARGET_ID', 'INVALID_PATH_ID'],
    status: nt.STATUS_NO_SUCH_DEVICE, retry: null, reason: 'gone' },
  { srb: ['INVALID_REQUEST'], status: nt.STATUS_INVALID_DEVICE_REQUEST, retry: null,
    reason: 'not for this adapter' },
  { srb: ['DATA_OVERRUN'], status: nt.STATUS_DATA_OVERRUN, retry: null,
    reason: 'more or less data than asked for' },
  { srb: ['BUS_RESET', 'PARITY_ERROR', 'UNEXPECTED_BUS_FREE', 'REQUEST_FLUSHED'],
    status: nt.STATUS_IO_DEVICE_ERROR,
    retry: 0, reason: 'trouble on the bus' },
];

const anythingElse: StatusRule = { status: nt.STATUS_IO_DEVICE_ERROR, retry: 0, reason: 'anything else' };
const done: StatusRule = { status: nt.STATUS_SUCCESS, retry: null, reason: 'good' };

/** The row that an answer falls under. */
export function interpret(answer: PortAnswer, removable: boolean): StatusRule {
  if (answer.srb === 'INTERNAL_ERROR') {
    return { status: answer.systemStatus ?? nt.STATUS_IO_DEVICE_ERROR, retry: null, reason: 'port driver' };
  }
  if (answer.srb === 'SUCCESS' && answer.scsi?.status === scsi.GOOD) return done;
  const read = answer.scsi?.sense == null ? null : sense.decodeSense(answer.scsi.sense);
  const fits = (rule: StatusRule): boolean =>
    (rule.srb === undefined || rule.srb.includes(answer.srb))
    && (rule.scsi === undefined || rule.scsi === answer.scsi?.status)
    && (rule.key === undefined || rule.key === read?.key)
    && (rule.asc === undefined || (read !== null && rule.asc === read.code >>> 8))
    && (rule.codes === undefined || (read !== null && rule.codes.includes(read.code)))
    && (rule.removable === undefined || rule.removable === removable);
  return statusRules.find(fits) ?? anythingElse;
}
