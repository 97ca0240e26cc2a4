// PERSISTENT RESERVE IN, service action REPORT CAPABILITIES (SPC-4 clause 6.16.4): what a device can do with
// persistent reservations. Each bit is a row; one table reads, writes and is tested.

import { ScsiDataError, dataView } from './data.ts';
import { typeRows } from './persistent-reservations.ts';
import { type Row, nameOf } from './row.ts';

export interface CapabilityRow extends Row {
  /** The byte that the bit is in, `value` being its mask there. */
  readonly byte: number;
  readonly key: CapabilityBit;
}

export type CapabilityBit =
  | 'replacesLost' | 'compatible' | 'specifiesInitiators' | 'allTargetPorts' | 'survivesPowerLoss'
  | 'typesValid' | 'powerLossActive';

export const capabilityRows: readonly CapabilityRow[] = [
  { byte: 2, value: 0x80, name: 'RLR_C', key: 'replacesLost',
    description: 'REPLACE LOST RESERVATION is known.' },
  { byte: 2, value: 0x10, name: 'CRH', key: 'compatible',
    description: 'RESERVE and RELEASE of registrants do not conflict: they are GOOD, and change nothing.' },
  { byte: 2, value: 0x08, name: 'SIP_C', key: 'specifiesInitiators',
    description: 'A registration can be made for other initiator ports.' },
  { byte: 2, value: 0x04, name: 'ATP_C', key: 'allTargetPorts',
    description: 'A registration can be made for all target ports.' },
  { byte: 2, value: 0x01, name: 'PTPL_C', key: 'survivesPowerLoss',
    description: 'Reservations can be made to survive a loss of power.' },
  { byte: 3, value: 0x80, name: 'TMV', key: 'typesValid', description: 'The types are told.' },
  { byte: 3, value: 0x01, name: 'PTPL_A', key: 'powerLossActive',
    description: 'Reservations survive a loss of power now.' },
];

/** PERSISTENT RESERVATION TYPE MASK, bytes 4 and 5: the bit of each type that is in `typeRows`. */
const typeBits: readonly { readonly type: number; readonly byte: number; readonly mask: number }[] = [
  { type: 1, byte: 4, mask: 0x02 },
  { type: 3, byte: 4, mask: 0x08 },
  { type: 5, byte: 4, mask: 0x20 },
  { type: 6, byte: 4, mask: 0x40 },
  { type: 7, byte: 4, mask: 0x80 },
  { type: 8, byte: 5, mask: 0x01 },
];

export interface Capabilities extends Readonly<Record<CapabilityBit, boolean>> {
  /** ALLOW COMMANDS, 0 to 7: a code for the commands that get past types 1 and 3; 0 tells nothing. */
  readonly allowCommands: number;
  /** Reservation types by number; null where the device does not tell them (TMV is 0). */
  readonly types: readonly number[] | null;
}

/** Length of the whole; the standard knows no longer one. */
export const capabilitiesLength = 8;

/** LENGTH @0 (all eight bytes), bits @2 and @3, type mask @4 and @5. */
export function encodeCapabilities(capabilities: Capabilities): Uint8Array {
  const bytes = new Uint8Array(capabilitiesLength);
  const set = (byte: number, bits: number) => void (bytes[byte] = (bytes[byte] as number) | bits);
  bytes[1] = capabilitiesLength;
  for (const { byte, value, key } of capabilityRows) if (capabilities[key]) set(byte, value);
  set(3, (capabilities.allowCommands & 7) << 4);
  for (const { type, byte, mask } of typeBits) if (capabilities.types?.includes(type)) set(byte, mask);
  return bytes;
}

/**
 * Decodes an answer to REPORT CAPABILITIES. Throws ScsiDataError for fewer than eight bytes, and where the length field has
 * fewer.
 */
export function decodeCapabilities(bytes: Uint8Array): Capabilities {
  const data = dataView(bytes, capabilitiesLength, 'REPORT CAPABILITIES');
  const said = data.getUint16(0);
  if (said < capabilitiesLength) {
    throw new ScsiDataError(`REPORT CAPABILITIES: LENGTH is ${said}, not ${capabilitiesLength}`);
  }
  const has = ({ byte, mask }: { byte: number; mask: number }) => (data.getUint8(byte) & mask) !== 0;
  const bits = Object.fromEntries(capabilityRows.map(({ byte, value, key }) =>
    [key, has({ byte, mask: value })])) as Record<CapabilityBit, boolean>;
  return {
    ...bits,
    allowCommands: (data.getUint8(3) >>> 4) & 7,
    types: bits.typesValid ? typeBits.filter(has).map(({ type }) => type) : null,
  };
}

/**
 * Names as the standard has them, in its order: bits that are set, ALLOW COMMANDS where it tells something, types.
 * For example `CRH, SIP_C, ATP_C, PTPL_C, TMV, ALLOW COMMANDS 001b; Write Exclusive, Exclusive Access`.
 */
export function capabilitiesText(capabilities: Capabilities): string {
  const names = capabilityRows.filter(({ key }) => capabilities[key]).map(({ name }) => name);
  const { allowCommands, types } = capabilities;
  if (allowCommands !== 0) names.push(`ALLOW COMMANDS ${allowCommands.toString(2).padStart(3, '0')}b`);
  const bits = names.join(', ') || 'none';
  const typeNames = (types ?? []).map((type) => nameOf(typeRows, type)).join(', ');
  return typeNames === '' ? bits : `${bits}; ${typeNames}`;
}
