// Sense data (SPC-4 clause 4.5): sense keys, additional sense codes, and the two formats.

import { type Row, nameOf, rowOf } from './row.ts';

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
export const LUN_COMMUNICATION_FAILURE = 0x0800;
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
  { value: LUN_COMMUNICATION_FAILURE, name: 'LOGICAL UNIT COMMUNICATION FAILURE',
    description: 'The target could not do it, or did it and could not store it.' },
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
  { value: 0x5504, name: 'INSUFFICIENT REGISTRATION RESOURCES',
    description: 'The device has no room for another registration.' },
];

export interface Sense {
  readonly key: number;
  /** ASC * 256 + ASCQ. */
  readonly code: number;
}

/**
 * Response codes, without the bit that says whether INFORMATION is valid. Each is followed by one for errors of
 * earlier commands: 71h and 73h.
 */
const CURRENT_FIXED = 0x70;
const CURRENT_DESCRIPTOR = 0x72;

export type SenseFormat = 'fixed' | 'descriptor';

interface SenseLayout {
  readonly format: SenseFormat;
  readonly responseCode: number;
  /** Bytes of what is written here. */
  readonly length: number;
  /** Offsets of the sense key and of ASC, which ASCQ follows. */
  readonly key: number;
  readonly codes: number;
}

const senseLayouts: readonly SenseLayout[] = [
  { format: 'fixed', responseCode: CURRENT_FIXED, length: 18, key: 2, codes: 12 },
  { format: 'descriptor', responseCode: CURRENT_DESCRIPTOR, length: 8, key: 1, codes: 2 },
];

/** ADDITIONAL SENSE LENGTH, in both formats: how many bytes follow it. */
const additionalLength = 7;

/** Sense data of a current error, fixed format (18 bytes) unless told otherwise (8 bytes, no descriptors). */
export function encodeSense(sense: Sense, format: SenseFormat = 'fixed'): Uint8Array {
  const { responseCode, length, key, codes } = senseLayouts.find((row) => row.format === format) as SenseLayout;
  const bytes = new Uint8Array(length);
  bytes[0] = responseCode;
  bytes[additionalLength] = length - additionalLength - 1;
  bytes[key] = sense.key;
  bytes[codes] = sense.code >>> 8;
  bytes[codes + 1] = sense.code & 0xff;
  return bytes;
}

/**
 * Key and codes of sense data in either format, of current and deferred errors. Null for anything else, even for
 * bytes that end before the codes.
 */
export function decodeSense(bytes: Uint8Array): Sense | null {
  // The lowest bit tells deferred from current errors, the highest whether INFORMATION is valid.
  const responseCode = (bytes[0] ?? 0) & 0x7e;
  const row = senseLayouts.find((each) => each.responseCode === responseCode);
  if (row === undefined || bytes.length < row.codes + 2) return null;
  const [key, asc, ascq] = [row.key, row.codes, row.codes + 1].map((at) => bytes[at]) as [number, number, number];
  return { key: key & 0x0f, code: (asc << 8) | ascq };
}

/** `ILLEGAL REQUEST, INVALID FIELD IN CDB (5/2400)`; codes that the tables do not know are numbers alone. */
export function senseText({ key, code }: Sense): string {
  const names = [nameOf(senseKeyRows, key), rowOf(additionalSenseRows, code)?.name];
  const numbers = `${key.toString(16)}/${code.toString(16).padStart(4, '0')}`.toUpperCase();
  return `${names.filter((name) => name !== undefined).join(', ')} (${numbers})`;
}
