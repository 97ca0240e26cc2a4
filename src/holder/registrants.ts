// Who registered a key, and with which host: READ FULL STATUS names initiator ports, and hosts name their own. Both are
// texts in several spellings; here they are made comparable.

import { readKey } from '../verbs/clear/own-key.ts';

/** A registration, out of a line of `Registrants` of Get-StorageReservation. */
export interface Registration {
  readonly key: bigint;
  /** As it is shown. */
  readonly initiator: string;
  readonly holds: boolean;
}

/** Key, initiator, and in brackets what else is known of it (verbs/read.ts). */
const line = /^(0x[0-9A-F]{16}) (.+) \((?:(holder), )?[^()]*\)$/;

/** Null for a line that says how many more there are. */
export function readRegistration(text: string): Registration | null {
  const [, key, initiator, holder] = line.exec(text) ?? [];
  const value = key === undefined ? null : readKey(key);
  return value === null ? null : { key: value, initiator: initiator!, holds: holder !== undefined };
}

const iscsiName = /^(?:iqn|eui|naa)\./;
/** What follows the name is of the session, its ISID (RFC 7143 clause 10.1.1). */
const session = /,i,0x[0-9a-f]*$/;
const protocol = /^(?:fc|sas) /;
const separators = /[:\s-]/g;
const portName = /^[0-9a-f]{16}$/;

/**
 * An initiator port's name as it is compared: an iSCSI name, with its session where the text has one, or the sixteen
 * digits of an FC or SAS port, however they are written (`FC 2100001B329B2E7D`, `21:00:00:1b:32:9b:2e:7d`). Null for a
 * text that names none.
 */
export function comparable(text: string): string | null {
  const low = text.trim().toLowerCase();
  if (iscsiName.test(low)) return low;
  const digits = low.replace(protocol, '').replace(separators, '');
  return portName.test(digits) && digits !== '0'.repeat(16) ? digits : null;
}

const nodeOf = (port: string): string => port.replace(session, '');

/**
 * Which of the hosts may have an initiator port, by the ports that they told, as those are compared. Where a host told
 * the port with its session, others of that iSCSI name with other sessions are not it. Where nobody did, each host of the
 * name may be: it told its name alone, or that session was one of an hour ago.
 */
export function hostsWith(initiator: string, told: readonly ReadonlySet<string>[]): number[] {
  const port = comparable(initiator);
  if (port === null) return [];
  const node = nodeOf(port);
  const named = [...told.keys()].filter((host) => [...told[host]!].some((one) => nodeOf(one) === node));
  if (port === node || !named.some((host) => told[host]!.has(port))) return named;
  return named.filter((host) => told[host]!.has(port) || told[host]!.has(node));
}
