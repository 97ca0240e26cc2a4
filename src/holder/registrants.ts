// Finds the host that registered a key: READ FULL STATUS names initiator ports, and each host names its own ports. Both
// are texts in several spellings; here they are made comparable.

import { readKey } from '../verbs/clear/own-key.ts';

/** A registration, read from a line of `Registrants` of Get-StorageReservation. */
export interface Registration {
  readonly key: bigint;
  /** As it is displayed. */
  readonly initiator: string;
  readonly holds: boolean;
}

/** Key, initiator, and further facts in brackets (verbs/read.ts). */
const line = /^(0x[0-9A-F]{16}) (.+) \((?:(holder), )?[^()]*\)$/;

/** Null for the last line, which may tell how many more there are. */
export function readRegistration(text: string): Registration | null {
  const [, key, initiator, holder] = line.exec(text) ?? [];
  const value = key === undefined ? null : readKey(key);
  return value === null ? null : { key: value, initiator: initiator!, holds: holder !== undefined };
}

const iscsiName = /^(?:iqn|eui|naa)\./;
/** What follows an iSCSI name: the ISID of the session (RFC 7143 clause 10.1.1). */
const session = /,i,0x[0-9a-f]*$/;
const protocol = /^(?:fc|sas) /;
const separators = /[:\s-]/g;
const portName = /^[0-9a-f]{16}$/;

/**
 * The name of an initiator port in a comparable form: an iSCSI name, with its session where the text has one, or the
 * sixteen digits of an FC or SAS port, however they are written (`FC 2100001B329B2E7D`, `21:00:00:1b:32:9b:2e:7d`). Null
 * for a text that does not name a port.
 */
export function comparable(text: string): string | null {
  const low = text.trim().toLowerCase();
  if (iscsiName.test(low)) return low;
  const digits = low.replace(protocol, '').replace(separators, '');
  return portName.test(digits) && digits !== '0'.repeat(16) ? digits : null;
}

const nodeOf = (port: string): string => port.replace(session, '');

/**
 * Which of the hosts may have an initiator port, by the comparable ports that each host told. Where one host told the
 * port with this session, other hosts with the same iSCSI name and other sessions do not have it. Where no host did, each
 * host with that name may have it: a host may tell its name alone, and the session may be an old one.
 */
export function hostsWith(initiator: string, told: readonly ReadonlySet<string>[]): number[] {
  const port = comparable(initiator);
  if (port === null) return [];
  const node = nodeOf(port);
  const named = [...told.keys()].filter((host) => [...told[host]!].some((one) => nodeOf(one) === node));
  if (port === node || !named.some((host) => told[host]!.has(port))) return named;
  return named.filter((host) => told[host]!.has(port) || told[host]!.has(node));
}
