// PERSISTENT RESERVE IN and OUT (SPC-3 clauses 6.11 and 6.12): their words, and the bytes that go with them.
// All of it is big-endian.

import type { Row } from './row.ts';

export const READ_KEYS = 0;
export const READ_RESERVATION = 1;

export const prInActionRows: readonly Row[] = [
  { value: READ_KEYS, name: 'READ KEYS', description: 'All registered keys.' },
  { value: READ_RESERVATION, name: 'READ RESERVATION',
    description: 'The persistent reservation, if there is one.' },
  { value: 2, name: 'REPORT CAPABILITIES', description: 'What the device can do.' },
  { value: 3, name: 'READ FULL STATUS', description: 'Keys with the initiators that they belong to.' },
];

export const REGISTER = 0;
export const RESERVE = 1;
export const RELEASE = 2;
export const CLEAR = 3;
export const PREEMPT = 4;
export const PREEMPT_AND_ABORT = 5;
export const REGISTER_AND_IGNORE_EXISTING_KEY = 6;

export const prOutActionRows: readonly Row[] = [
  { value: REGISTER, name: 'REGISTER',
    description: 'Puts, changes or (key 0) takes back the key of this initiator.' },
  { value: RESERVE, name: 'RESERVE', description: 'Makes a persistent reservation.' },
  { value: RELEASE, name: 'RELEASE',
    description: 'Gives the persistent reservation back. Not the command RELEASE.' },
  { value: CLEAR, name: 'CLEAR', description: 'Removes the reservation and all registrations.' },
  { value: PREEMPT, name: 'PREEMPT', description: 'Removes another registrant, and takes its reservation over.' },
  { value: PREEMPT_AND_ABORT, name: 'PREEMPT AND ABORT',
    description: 'PREEMPT, and aborts what the other had running.' },
  { value: REGISTER_AND_IGNORE_EXISTING_KEY, name: 'REGISTER AND IGNORE EXISTING KEY',
    description: 'REGISTER that does not ask for the old key.' },
];

export const scopeRows: readonly Row[] = [
  { value: 0, name: 'LU_SCOPE', description: 'The whole logical unit.' },
  { value: 2, name: 'ELEMENT_SCOPE', description: 'An element of a changer; obsolete.' },
];

export interface TypeRow extends Row {
  /** Whom the reservation keeps from writing, and from reading. */
  readonly keepsOut: { readonly read: boolean; readonly write: boolean };
  /** Who is let in beside the holder. */
  readonly letsIn: 'nobody' | 'registrants';
  /** All registrants types have no single holder: every registrant is one. */
  readonly everyRegistrantHolds: boolean;
}

const writes = { read: false, write: true };
const all = { read: true, write: true };

export const typeRows: readonly TypeRow[] = [
  { value: 1, name: 'Write Exclusive', keepsOut: writes, letsIn: 'nobody', everyRegistrantHolds: false,
    description: 'Only the holder writes.' },
  { value: 3, name: 'Exclusive Access', keepsOut: all, letsIn: 'nobody', everyRegistrantHolds: false,
    description: 'Only the holder reads and writes.' },
  { value: 5, name: 'Write Exclusive - Registrants Only', keepsOut: writes, letsIn: 'registrants',
    everyRegistrantHolds: false, description: 'Registrants write; one of them holds.' },
  { value: 6, name: 'Exclusive Access - Registrants Only', keepsOut: all, letsIn: 'registrants',
    everyRegistrantHolds: false, description: 'Registrants read and write; one of them holds.' },
  { value: 7, name: 'Write Exclusive - All Registrants', keepsOut: writes, letsIn: 'registrants',
    everyRegistrantHolds: true, description: 'Registrants write; all of them hold.' },
  { value: 8, name: 'Exclusive Access - All Registrants', keepsOut: all, letsIn: 'registrants',
    everyRegistrantHolds: true, description: 'Registrants read and write; all of them hold.' },
];

export interface RegisteredKeys {
  /** PRgeneration: counts the registrations and preemptions since power on. */
  readonly generation: number;
  readonly keys: readonly bigint[];
}

export interface Reservation {
  /** Key of the holder; 0 where every registrant holds. */
  readonly key: bigint;
  readonly scope: number;
  readonly type: number;
}

export interface ReportedReservation {
  readonly generation: number;
  /** Null when there is no persistent reservation. */
  readonly reservation: Reservation | null;
}

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function parameterData(generation: number, length: number): DataView {
  const data = view(new Uint8Array(8 + length));
  data.setUint32(0, generation);
  data.setUint32(4, length);
  return data;
}

const bytesOf = (data: DataView) => new Uint8Array(data.buffer);

/** READ KEYS: generation @0, bytes that follow @4, eight bytes a key @8. */
export function encodeKeys({ generation, keys }: RegisteredKeys): Uint8Array {
  const data = parameterData(generation, keys.length * 8);
  for (const [index, key] of keys.entries()) data.setBigUint64(8 + index * 8, key);
  return bytesOf(data);
}

/**
 * Reads what READ KEYS answered; `truncated` when the device has more keys than the bytes hold.
 * Throws RangeError for fewer than the eight bytes of the header.
 */
export function decodeKeys(bytes: Uint8Array): RegisteredKeys & { readonly truncated: boolean } {
  const data = view(bytes);
  const said = Math.floor(data.getUint32(4) / 8);
  const there = Math.min(said, Math.floor((bytes.length - 8) / 8));
  const keys = Array.from({ length: there }, (_, index) => data.getBigUint64(8 + index * 8));
  return { generation: data.getUint32(0), keys, truncated: there < said };
}

/** READ RESERVATION: generation @0, length @4 (0 or 16); then key @8, scope (upper half) and type (lower) @21. */
export function encodeReservation({ generation, reservation }: ReportedReservation): Uint8Array {
  const data = parameterData(generation, reservation === null ? 0 : 16);
  if (reservation !== null) {
    data.setBigUint64(8, reservation.key);
    data.setUint8(21, (reservation.scope << 4) | reservation.type);
  }
  return bytesOf(data);
}

/** Reads what READ RESERVATION answered. Throws RangeError for bytes that end too early. */
export function decodeReservation(bytes: Uint8Array): ReportedReservation {
  const data = view(bytes);
  const generation = data.getUint32(0);
  if (data.getUint32(4) < 16) return { generation, reservation: null };
  const scopeAndType = data.getUint8(21);
  const reservation = { key: data.getBigUint64(8), scope: scopeAndType >>> 4, type: scopeAndType & 15 };
  return { generation, reservation };
}

export interface PrOutParameters {
  readonly reservationKey: bigint;
  readonly serviceActionKey: bigint;
  /** Activate persist through power loss. */
  readonly aptpl: boolean;
}

/** Length of the PERSISTENT RESERVE OUT parameter list for all service actions but REGISTER AND MOVE. */
export const prOutListLength = 24;

/** Parameter list of PERSISTENT RESERVE OUT, 24 bytes: key @0, service action key @8, APTPL bit 0 @20. */
export function encodePrOut(parameters: PrOutParameters): Uint8Array {
  const data = view(new Uint8Array(prOutListLength));
  data.setBigUint64(0, parameters.reservationKey);
  data.setBigUint64(8, parameters.serviceActionKey);
  data.setUint8(20, parameters.aptpl ? 1 : 0);
  return bytesOf(data);
}

/** Reads such a list. Throws RangeError for fewer than 24 bytes. */
export function decodePrOut(bytes: Uint8Array): PrOutParameters {
  const data = view(bytes);
  return {
    reservationKey: data.getBigUint64(0),
    serviceActionKey: data.getBigUint64(8),
    aptpl: (data.getUint8(20) & 1) !== 0,
  };
}
