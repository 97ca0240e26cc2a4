// Sense data (SPC-2 clause 7.23): sense keys, additional sense codes and the fixed format.

import type { Row } from './row.ts';

export const NO_SENSE = 0x0;
export const RECOVERED_ERROR = 0x1;
export const NOT_READY = 0x2;
export const MEDIUM_ERROR = 0x3;
export const HARDWARE_ERROR = 0x4;
export const ILLEGAL_REQUEST = 0x5;
export const UNIT_ATTENTION = 0x6;
export const DATA_PROTECT = 0x7;
export const BLANK_CHECK = 0x8;
export const ABORTED_COMMAND = 0xb;

export const senseKeyRows: readonly Row[] = [
  { value: NO_SENSE, name: 'NO SENSE', description: 'Nothing specific to say.' },
  { value: RECOVERED_ERROR, name: 'RECOVERED ERROR', description: 'Done, after the device helped itself.' },
  { value: NOT_READY, name: 'NOT READY', description: 'The unit cannot be accessed.' },
  { value: MEDIUM_ERROR, name: 'MEDIUM ERROR', description: 'A flaw of the medium.' },
  { value: HARDWARE_ERROR, name: 'HARDWARE ERROR',
    description: 'A failure that the device did not recover from.' },
  { value: ILLEGAL_REQUEST, name: 'ILLEGAL REQUEST',
    description: 'The device does not know the command or a field.' },
  { value: UNIT_ATTENTION, name: 'UNIT ATTENTION',
    description: 'Something changed; the command was not executed.' },
  { value: DATA_PROTECT, name: 'DATA PROTECT', description: 'The blocks are protected.' },
  { value: BLANK_CHECK, name: 'BLANK CHECK', description: 'Blank medium where data was expected.' },
  { value: ABORTED_COMMAND, name: 'ABORTED COMMAND', description: 'The device gave the command up.' },
];

/** ASC in the upper byte, ASCQ in the lower, as the standard's tables print them: 2003 is 20h/03h. */
export const LUN_BECOMING_READY = 0x0401;
export const PARAMETER_LIST_LENGTH_ERROR = 0x1a00;
export const INVALID_COMMAND_OPERATION_CODE = 0x2000;
export const INVALID_FIELD_IN_CDB = 0x2400;
export const INVALID_FIELD_IN_PARAMETER_LIST = 0x2600;
export const INVALID_RELEASE_OF_PERSISTENT_RESERVATION = 0x2604;
export const RESET_OCCURRED = 0x2900;
export const DEVICE_RESET_OCCURRED = 0x2903;
export const RESERVATIONS_PREEMPTED = 0x2a03;
export const RESERVATIONS_RELEASED = 0x2a04;
export const REGISTRATIONS_PREEMPTED = 0x2a05;

export const additionalSenseRows: readonly Row[] = [
  { value: 0x0000, name: 'NO ADDITIONAL SENSE INFORMATION', description: 'Nothing more is known.' },
  { value: 0x0400, name: 'LOGICAL UNIT NOT READY, CAUSE NOT REPORTABLE',
    description: 'Not ready for no stated reason.' },
  { value: LUN_BECOMING_READY, name: 'LOGICAL UNIT IS IN PROCESS OF BECOMING READY',
    description: 'Wait and try again.' },
  { value: 0x0402, name: 'LOGICAL UNIT NOT READY, INITIALIZING COMMAND REQUIRED',
    description: 'It wants START UNIT.' },
  { value: 0x0403, name: 'LOGICAL UNIT NOT READY, MANUAL INTERVENTION REQUIRED',
    description: 'Somebody must go there.' },
  { value: 0x0404, name: 'LOGICAL UNIT NOT READY, FORMAT IN PROGRESS', description: 'It is being formatted.' },
  { value: PARAMETER_LIST_LENGTH_ERROR, name: 'PARAMETER LIST LENGTH ERROR',
    description: 'The data is too long or short.' },
  { value: INVALID_COMMAND_OPERATION_CODE, name: 'INVALID COMMAND OPERATION CODE',
    description: 'The device does not know the command.' },
  { value: INVALID_FIELD_IN_CDB, name: 'INVALID FIELD IN CDB',
    description: 'A field of the command is not known.' },
  { value: 0x2500, name: 'LOGICAL UNIT NOT SUPPORTED', description: 'There is no such unit.' },
  { value: INVALID_FIELD_IN_PARAMETER_LIST, name: 'INVALID FIELD IN PARAMETER LIST',
    description: 'A field of the data is not known.' },
  { value: INVALID_RELEASE_OF_PERSISTENT_RESERVATION, name: 'INVALID RELEASE OF PERSISTENT RESERVATION',
    description: 'Type or scope is not that of the reservation.' },
  { value: RESET_OCCURRED, name: 'POWER ON, RESET, OR BUS DEVICE RESET OCCURRED',
    description: 'Reservations are gone.' },
  { value: DEVICE_RESET_OCCURRED, name: 'BUS DEVICE RESET FUNCTION OCCURRED',
    description: 'Reservations are gone.' },
  { value: RESERVATIONS_PREEMPTED, name: 'RESERVATIONS PREEMPTED',
    description: 'Another initiator cleared them.' },
  { value: RESERVATIONS_RELEASED, name: 'RESERVATIONS RELEASED',
    description: 'The holder gave the reservation back.' },
  { value: REGISTRATIONS_PREEMPTED, name: 'REGISTRATIONS PREEMPTED',
    description: 'Another initiator removed the key.' },
  { value: 0x3a00, name: 'MEDIUM NOT PRESENT', description: 'There is no medium.' },
];

export interface Sense {
  readonly key: number;
  /** ASC * 256 + ASCQ. */
  readonly code: number;
}

const CURRENT_FIXED = 0x70;
const fixedLength = 18;

/**
 * Fixed format, current error, 18 bytes: response code @0, sense key @2, additional length @7, ASC @12, ASCQ @13.
 */
export function encodeSense(sense: Sense): Uint8Array {
  const bytes = new Uint8Array(fixedLength);
  bytes[0] = CURRENT_FIXED;
  bytes[2] = sense.key;
  bytes[7] = fixedLength - 8;
  bytes[12] = sense.code >>> 8;
  bytes[13] = sense.code & 0xff;
  return bytes;
}

/** Key and codes of fixed-format sense data; null for anything else, also for bytes that end before the codes. */
export function decodeSense(bytes: Uint8Array): Sense | null {
  if (bytes.length < 14) return null;
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // The lowest bit tells deferred from current errors, the highest whether INFORMATION is valid.
  if ((data.getUint8(0) & 0x7e) !== CURRENT_FIXED) return null;
  return { key: data.getUint8(2) & 0x0f, code: data.getUint16(12) };
}
