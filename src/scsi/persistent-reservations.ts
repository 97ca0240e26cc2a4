// PERSISTENT RESERVE IN and OUT (SPC-3 clauses 6.11 and 6.12): their words, and the bytes of the shorter lists.
// REPORT CAPABILITIES and READ FULL STATUS are in files of their own. All of it is big-endian.

import { PERSISTENT_RESERVE_OUT } from './commands.ts';
import { ScsiDataError, dataView, listEnd } from './data.ts';
import type { Row } from './row.ts';

export const READ_KEYS = 0;
export const READ_RESERVATION = 1;
export const REPORT_CAPABILITIES = 2;
export const READ_FULL_STATUS = 3;

export const prInActionRows: readonly Row[] = [
  { value: READ_KEYS, name: 'READ KEYS', description: 'All registered keys.' },
  { value: READ_RESERVATION, name: 'READ RESERVATION',
    description: 'The persistent reservation, if there is one.' },
  { value: REPORT_CAPABILITIES, name: 'REPORT CAPABILITIES', description: 'What the device can do.' },
  { value: READ_FULL_STATUS, name: 'READ FULL STATUS',
    description: 'Keys with the initiators that they belong to.' },
];

export const REGISTER = 0;
export const RESERVE = 1;
export const RELEASE = 2;
export const CLEAR = 3;
export const PREEMPT = 4;
export const PREEMPT_AND_ABORT = 5;
export const REGISTER_AND_IGNORE_EXISTING_KEY = 6;

export interface PrOutActionRow extends Row {
  /** Scope and type of the command count; otherwise the device does not look at them (SPC-3 clause 6.12.2). */
  readonly typed: boolean;
  /** SERVICE ACTION RESERVATION KEY counts: the new key, or the key of those to be preempted. */
  readonly secondKey: boolean;
  /** The flags of the parameter list count. */
  readonly flagged: boolean;
}

const registers = { typed: false, secondKey: true, flagged: true };
const reserves = { typed: true, secondKey: false, flagged: false };
const preempts = { typed: true, secondKey: true, flagged: false };

/** All but REGISTER AND MOVE and REPLACE LOST RESERVATION, which Windows refuses to send. */
export const prOutActionRows: readonly PrOutActionRow[] = [
  { value: REGISTER, name: 'REGISTER', ...registers,
    description: 'Puts, changes or (key 0) takes back the key of this initiator.' },
  { value: RESERVE, name: 'RESERVE', ...reserves, description: 'Makes a persistent reservation.' },
  { value: RELEASE, name: 'RELEASE', ...reserves,
    description: 'Gives the persistent reservation back. Not the command RELEASE.' },
  { value: CLEAR, name: 'CLEAR', typed: false, secondKey: false, flagged: false,
    description: 'Removes the reservation and all registrations.' },
  { value: PREEMPT, name: 'PREEMPT', ...preempts,
    description: 'Removes another registrant, and takes its reservation over.' },
  { value: PREEMPT_AND_ABORT, name: 'PREEMPT AND ABORT', ...preempts,
    description: 'PREEMPT, and aborts what the other had running.' },
  { value: REGISTER_AND_IGNORE_EXISTING_KEY, name: 'REGISTER AND IGNORE EXISTING KEY', ...registers,
    description: 'REGISTER that does not ask for the old key.' },
];

/** Scope of everything that is not a changer's element. */
export const LU_SCOPE = 0;

export const scopeRows: readonly Row[] = [
  { value: LU_SCOPE, name: 'LU_SCOPE', description: 'The whole logical unit.' },
  { value: 2, name: 'ELEMENT_SCOPE', description: 'An element of a changer; obsolete.' },
];

export interface TypeRow extends Row {
  /** Whether other initiators may not read, or not write. */
  readonly keepsOut: { readonly read: boolean; readonly write: boolean };
  /** Who has access besides the holder. */
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

/** A reservation key as people know it: all 64 bits, for example `0x0000000000005AA5`. */
export function keyText(key: bigint): string {
  return `0x${BigInt.asUintN(64, key).toString(16).toUpperCase().padStart(16, '0')}`;
}

/** The header of every list. */
export interface ListHeader {
  /** PRgeneration: counts the registrations, clears and preemptions since power on. */
  readonly generation: number;
}

/** How much of a list was received. */
export interface ListExtent {
  /** Length of the complete answer: where `truncated`, request it again with this length. */
  readonly needed: number;
  /** Whether the answer is incomplete. The items in it are valid. */
  readonly truncated: boolean;
}

export interface RegisteredKeys extends ListHeader {
  readonly keys: readonly bigint[];
}

export interface Reservation {
  /** Key of the holder; 0 where every registrant holds. */
  readonly key: bigint;
  readonly scope: number;
  readonly type: number;
}

export interface ReportedReservation extends ListHeader {
  /** Null when there is no persistent reservation. */
  readonly reservation: Reservation | null;
}

/** PRgeneration @0 and ADDITIONAL LENGTH @4: how every list but that of REPORT CAPABILITIES begins. */
export const listHeaderLength = 8;
const keyLength = 8;
const descriptorLength = 16;

/** A list with room for `length` bytes behind its header. */
export function newList(generation: number, length: number): DataView {
  const data = new DataView(new ArrayBuffer(listHeaderLength + length));
  data.setUint32(0, generation);
  data.setUint32(4, length);
  return data;
}

export const bytesOf = (data: DataView) => new Uint8Array(data.buffer);

/** READ KEYS: generation @0, bytes that follow @4, eight bytes a key @8. */
export function encodeKeys({ generation, keys }: RegisteredKeys): Uint8Array {
  const data = newList(generation, keys.length * keyLength);
  for (const [index, key] of keys.entries()) data.setBigUint64(listHeaderLength + index * keyLength, key);
  return bytesOf(data);
}

/**
 * Decodes an answer to READ KEYS. Bytes after the list are ignored: buffers are longer than answers.
 * Throws ScsiDataError for less than a header, and for a list that does not end where a key does.
 */
export function decodeKeys(bytes: Uint8Array): RegisteredKeys & ListExtent {
  const data = dataView(bytes, listHeaderLength, 'READ KEYS');
  const said = data.getUint32(4);
  if (said % keyLength !== 0) {
    throw new ScsiDataError(`READ KEYS: ${said} bytes of keys are not a whole number of keys`);
  }
  const { end, needed, truncated } = listEnd(bytes, listHeaderLength, said);
  const keys: bigint[] = [];
  for (let at = listHeaderLength; at + keyLength <= end; at += keyLength) keys.push(data.getBigUint64(at));
  return { generation: data.getUint32(0), keys, needed, truncated };
}

/** READ RESERVATION: generation @0, length @4 (0 or 16); then key @8, scope (upper half) and type (lower) @21. */
export function encodeReservation({ generation, reservation }: ReportedReservation): Uint8Array {
  const data = newList(generation, reservation === null ? 0 : descriptorLength);
  if (reservation !== null) {
    data.setBigUint64(8, reservation.key);
    data.setUint8(21, (reservation.scope << 4) | reservation.type);
  }
  return bytesOf(data);
}

/**
 * Decodes an answer to READ RESERVATION. SPC-2 allowed several descriptors, one per element or extent: the first is used, the
 * others count only in `needed`. Throws ScsiDataError for less than a header, for a length that does not fit descriptors, and
 * for a missing descriptor that the header announces: null would mean that there is no reservation.
 */
export function decodeReservation(bytes: Uint8Array): ReportedReservation & ListExtent {
  const data = dataView(bytes, listHeaderLength, 'READ RESERVATION');
  const generation = data.getUint32(0);
  const said = data.getUint32(4);
  if (said % descriptorLength !== 0) {
    throw new ScsiDataError(`READ RESERVATION: ${said} bytes are not a whole number of descriptors`);
  }
  const { needed, truncated } = listEnd(bytes, listHeaderLength, said);
  if (said === 0) return { generation, reservation: null, needed, truncated };
  dataView(bytes, listHeaderLength + descriptorLength, 'READ RESERVATION with a reservation');
  const scopeAndType = data.getUint8(21);
  const reservation = { key: data.getBigUint64(8), scope: scopeAndType >>> 4, type: scopeAndType & 15 };
  return { generation, reservation, needed, truncated };
}

/** The command descriptor block of PERSISTENT RESERVE OUT. */
export interface PrOutCommand {
  readonly serviceAction: number;
  readonly scope: number;
  readonly type: number;
  /** PARAMETER LIST LENGTH: 24 for all that Windows sends. */
  readonly listLength: number;
}

/** Service action @1, scope (upper half) and type (lower) @2, PARAMETER LIST LENGTH @5. */
export function encodePrOutCommand({ serviceAction, scope, type, listLength }: PrOutCommand): Uint8Array {
  const data = new DataView(new ArrayBuffer(10));
  data.setUint8(0, PERSISTENT_RESERVE_OUT);
  data.setUint8(1, serviceAction & 0x1f);
  data.setUint8(2, (scope << 4) | (type & 0x0f));
  data.setUint32(5, listLength);
  return bytesOf(data);
}

/** Reads such a block; throws ScsiDataError for one of another length than ten bytes. */
export function decodePrOutCommand(cdb: Uint8Array): PrOutCommand {
  const data = dataView(cdb, 10, 'the block of PERSISTENT RESERVE OUT');
  const scopeAndType = data.getUint8(2);
  return {
    serviceAction: data.getUint8(1) & 0x1f, scope: scopeAndType >>> 4, type: scopeAndType & 0x0f,
    listLength: data.getUint32(5),
  };
}

export type PrOutFlag = 'aptpl' | 'allTargetPorts' | 'specifiesInitiators';

/** The flags of the parameter list, byte 20. */
export const prOutFlagRows: readonly (Row & { readonly key: PrOutFlag })[] = [
  { value: 0x01, name: 'APTPL', key: 'aptpl',
    description: 'From now on, all registrations and the reservation survive a loss of power.' },
  { value: 0x04, name: 'ALL_TG_PT', key: 'allTargetPorts',
    description: 'Registers with all target ports of the device, not with the one that was asked.' },
  { value: 0x08, name: 'SPEC_I_PT', key: 'specifiesInitiators',
    description: 'Registers also the initiator ports that a longer list names.' },
];

export interface PrOutParameters extends Readonly<Record<PrOutFlag, boolean>> {
  readonly reservationKey: bigint;
  readonly serviceActionKey: bigint;
}

/** Length of the PERSISTENT RESERVE OUT parameter list for all service actions but REGISTER AND MOVE. */
export const prOutListLength = 24;

const flagsOffset = 20;

/** Parameter list of PERSISTENT RESERVE OUT, 24 bytes: key @0, service action key @8, flags @20. */
export function encodePrOut(
  parameters: Pick<PrOutParameters, 'reservationKey' | 'serviceActionKey'> & Partial<PrOutParameters>,
): Uint8Array {
  const data = new DataView(new ArrayBuffer(prOutListLength));
  data.setBigUint64(0, parameters.reservationKey);
  data.setBigUint64(8, parameters.serviceActionKey);
  const flags = prOutFlagRows.filter(({ key }) => parameters[key] === true);
  data.setUint8(flagsOffset, flags.reduce((bits, { value }) => bits | value, 0));
  return bytesOf(data);
}

/** Reads such a list. Throws ScsiDataError for fewer than 24 bytes. */
export function decodePrOut(bytes: Uint8Array): PrOutParameters {
  const data = dataView(bytes, prOutListLength, 'PERSISTENT RESERVE OUT');
  const bits = data.getUint8(flagsOffset);
  const flags = prOutFlagRows.map(({ key, value }) => [key, (bits & value) !== 0]);
  return {
    reservationKey: data.getBigUint64(0),
    serviceActionKey: data.getBigUint64(8),
    ...(Object.fromEntries(flags) as Record<PrOutFlag, boolean>),
  };
}
