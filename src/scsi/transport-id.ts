// TransportID (SPC-4 clause 7.6.4): which initiator port a registration belongs to. Written for the protocols
// whose names people know, and read as text in every case: hexadecimal digits where there is no better one.

import { cleanText } from '../text.ts';
import { ScsiDataError } from './data.ts';
import { type Row, nameOf, rowOf } from './row.ts';

export const FCP = 0;
export const ISCSI = 5;
export const SAS = 6;

interface ProtocolRow extends Row {
  /** Where the name of the port begins and how many bytes it takes; null where it has no fixed place. */
  readonly port: { readonly offset: number; readonly length: number } | null;
}

/** PROTOCOL IDENTIFIER (SPC-4 clause 7.6.1). */
export const protocolRows: readonly ProtocolRow[] = [
  { value: FCP, name: 'FC', port: { offset: 8, length: 8 }, description: 'Fibre Channel: N_Port name (WWPN).' },
  { value: 1, name: 'SPI', port: null, description: 'Parallel SCSI: address and relative port.' },
  { value: 2, name: 'SSA', port: null, description: 'Serial Storage Architecture.' },
  { value: 3, name: 'SBP', port: { offset: 8, length: 8 }, description: 'IEEE 1394: EUI-64.' },
  { value: 4, name: 'SRP', port: { offset: 8, length: 16 }, description: 'RDMA: initiator port identifier.' },
  { value: ISCSI, name: 'iSCSI', port: null, description: 'Name of RFC 7143, with the session where it is told.' },
  { value: SAS, name: 'SAS', port: { offset: 4, length: 8 }, description: 'Serial Attached SCSI: SAS address.' },
  { value: 7, name: 'ADT', port: null, description: 'Automation/Drive Interface.' },
  { value: 8, name: 'ATA', port: null, description: 'ATA or ATAPI.' },
];

export interface TransportId {
  /** PROTOCOL IDENTIFIER. */
  readonly protocol: number;
  /** FORMAT CODE, 0 to 3. */
  readonly format: number;
  /**
   * `iqn.1991-05.com.microsoft:node-1`, `iqn...:node-1,i,0x400001370000` (format 01b, with the session's ISID),
   * `FC 2100001B329B2E7D`, `SAS 5000C500A1B2C3D7`; for anything else its protocol and bytes, `SPI 0x4100...`. Safe
   * to show, never empty, at most 300 characters.
   */
  readonly text: string;
}

/** Every TransportID but those of iSCSI. */
const fixedLength = 24;
const iscsiHeaderLength = 4;
/** RFC 7143: a name takes 223 bytes at most; format 01b adds `,i,0x` and twelve digits. */
const longestIscsiText = 223 + 5 + 12;
const shownBytes = 64;
const formats = { device: 0, port: 1 } as const;

const hexDigits = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();

/** Reads a TransportID of any kind; never fails. */
export function decodeTransportId(bytes: Uint8Array): TransportId {
  const first = bytes[0] ?? 0;
  const protocol = first & 0x0f;
  const format = first >>> 6;
  const text = (protocol === ISCSI ? iscsiText(bytes, format) : portText(bytes, protocol, format))
    ?? rawText(bytes, protocol);
  return { protocol, format, text };
}

function rawText(bytes: Uint8Array, protocol: number): string {
  if (bytes.length === 0) return 'none';
  const more = bytes.length > shownBytes ? '...' : '';
  return `${nameOf(protocolRows, protocol)} 0x${hexDigits(bytes.subarray(0, shownBytes))}${more}`;
}

function portText(bytes: Uint8Array, protocol: number, format: number): string | null {
  const row = rowOf(protocolRows, protocol);
  const port = row?.port ?? null;
  if (row === undefined || port === null || format !== formats.device || bytes.length < fixedLength) return null;
  const { offset, length } = port;
  return `${row.name} ${hexDigits(bytes.subarray(offset, offset + length))}`;
}

/** ADDITIONAL LENGTH @2, then text with NULs to a multiple of four. Null for what is not readable as that. */
function iscsiText(bytes: Uint8Array, format: number): string | null {
  if (format > formats.port || bytes.length < iscsiHeaderLength) return null;
  const end = iscsiHeaderLength + (((bytes[2] as number) << 8) | (bytes[3] as number));
  if (end > bytes.length) return null;
  const field = bytes.subarray(iscsiHeaderLength, end);
  const nul = field.indexOf(0);
  const text = nul < 0 ? field : field.subarray(0, nul);
  if (text.length > longestIscsiText) return null;
  return cleanText(Buffer.from(text).toString('utf8'));
}

/** iSCSI; `isid`, twelve hexadecimal digits, makes it format 01b. Throws ScsiDataError for a name that is none. */
export function encodeIscsiTransportId(name: string, isid: string | null = null): Uint8Array {
  if (name === '' || name.includes('\0') || (isid !== null && !/^[0-9A-Fa-f]{12}$/.test(isid))) {
    throw new ScsiDataError(`${JSON.stringify(name)} with ISID ${isid} is no iSCSI name`);
  }
  const text = Buffer.from(isid === null ? name : `${name},i,0x${isid}`, 'utf8');
  if (text.length > longestIscsiText) throw new ScsiDataError(`an iSCSI name of ${text.length} bytes is too long`);
  // NUL-terminated, a multiple of four, at least twenty.
  const length = Math.max(20, (text.length + 1 + 3) & ~3);
  const bytes = new Uint8Array(iscsiHeaderLength + length);
  bytes[0] = ((isid === null ? formats.device : formats.port) << 6) | ISCSI;
  bytes[2] = length >>> 8;
  bytes[3] = length & 0xff;
  bytes.set(text, iscsiHeaderLength);
  return bytes;
}

/** FC (`FCP`) and SAS: the port's name, 64 bits. Throws ScsiDataError for a protocol whose ports have none. */
export function encodePortTransportId(protocol: number, port: bigint): Uint8Array {
  const place = rowOf(protocolRows, protocol)?.port ?? null;
  if (place === null || place.length !== 8) {
    throw new ScsiDataError(`ports of ${nameOf(protocolRows, protocol)} have no names of 64 bits`);
  }
  const bytes = new Uint8Array(fixedLength);
  bytes[0] = protocol;
  new DataView(bytes.buffer).setBigUint64(place.offset, port);
  return bytes;
}
