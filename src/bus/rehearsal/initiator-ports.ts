// Initiator ports in the answer to READ FULL STATUS. Initiators of a rehearsal may have any name: a name that is valid for
// the transport is used unchanged; for any other name a port name is derived, always the same one.

import { type Registrant, encodeFullStatus } from '../../scsi/full-status.ts';
import { LU_SCOPE } from '../../scsi/persistent-reservations.ts';
import { FCP, SAS, encodeIscsiTransportId, encodePortTransportId } from '../../scsi/transport-id.ts';
import { busTypes } from '../sdk/layouts.ts';
import type { UnitState } from './unit-state.ts';
import { deviceAndSession } from './nexus.ts';

interface TransportRow {
  /** Name of STORAGE_BUS_TYPE. */
  readonly busType: (typeof busTypes)[number];
  readonly protocol: number;
  /** The upper half of derived port names; the lower half is a hash of the initiator's name. */
  readonly madeUp: bigint;
}

/** All other bus types are reported as iSCSI. */
const transportRows: readonly TransportRow[] = [
  { busType: 'Fibre', protocol: FCP, madeUp: 0x2100001bn },
  { busType: 'Sas', protocol: SAS, madeUp: 0x500605b0n },
];

const portName = /^[0-9A-Fa-f]{16}$/;
const iscsiName = /^(?:iqn|eui|naa)\.[!-~]{1,200}$/;
/** The ISID of the first session of Microsoft's initiator. */
const firstSession = '400001370000';

/**
 * TransportID of an initiator on a unit of that STORAGE_BUS_TYPE. For FC and SAS, sixteen hexadecimal digits are a port
 * name; for all others, a text that begins with `iqn.`, `eui.` or `naa.` is an iSCSI name, with its session after `,i,0x`.
 */
export function transportIdOf(initiator: string, busType: number): Uint8Array {
  const row = transportRows.find((each) => busTypes.indexOf(each.busType) === busType);
  if (row !== undefined) {
    const name = portName.test(initiator) ? BigInt(`0x${initiator}`) : (row.madeUp << 32n) | hash(initiator);
    return encodePortTransportId(row.protocol, name);
  }
  const { device, isid } = deviceAndSession(initiator);
  if (iscsiName.test(device)) return encodeIscsiTransportId(device, isid ?? firstSession);
  const slug = device.toLowerCase().replaceAll(/[^a-z0-9.:-]+/g, '-').slice(0, 100);
  return encodeIscsiTransportId(`iqn.1991-05.com.microsoft:${slug}`, isid ?? firstSession);
}

/** FNV-1a, 32 bits. */
function hash(text: string): bigint {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text, 'utf8')) value = Math.imul(value ^ byte, 0x01000193);
  return BigInt(value >>> 0);
}

/**
 * READ FULL STATUS as LIO answers it: only registrations that fit are in the answer, and the length field is theirs alone.
 * (target_core_pr.c stops at the first one that does not fit; nothing in the answer shows that.)
 */
export function fullStatusOf(state: UnitState, port: (initiator: string) => Uint8Array, room: number): Uint8Array {
  const { generation, registrations, persistent } = state;
  const registrants: Registrant[] = [];
  let left = room - emptyLength;
  for (const { initiator, key, allTargetPorts = false } of registrations) {
    const holder = persistent !== null && (persistent.holder === null || persistent.holder === initiator);
    const registrant: Registrant = {
      key, holder, allTargetPorts, scope: holder ? persistent.scope ?? LU_SCOPE : null,
      type: holder ? persistent.type : null, targetPort: allTargetPorts ? null : targetPort,
      transportId: port(initiator),
    };
    left -= encodeFullStatus({ generation, registrants: [registrant] }).length - emptyLength;
    if (left < 0) break;
    registrants.push(registrant);
  }
  return encodeFullStatus({ generation, registrants }).subarray(0, room);
}

const emptyLength = encodeFullStatus({ generation: 0, registrants: [] }).length;
/** RELATIVE TARGET PORT IDENTIFIER of the only simulated target port. */
const targetPort = 1;
