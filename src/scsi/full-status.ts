// PERSISTENT RESERVE IN, service action READ FULL STATUS (SPC-4 clause 6.16.5): every registration with the
// initiator port that it belongs to, and which of them hold the reservation.

import { ScsiDataError, dataView, listEnd } from './data.ts';
import {
  type ListExtent, type ListHeader, bytesOf, listHeaderLength, newList,
} from './persistent-reservations.ts';
import { type TransportId, decodeTransportId } from './transport-id.ts';

/** One registration as it is written. */
export interface Registrant {
  readonly key: bigint;
  /** R_HOLDER: this one holds the reservation, alone or, with types 7 and 8, with all others. */
  readonly holder: boolean;
  /** ALL_TG_PT: registered for all target ports of the target. */
  readonly allTargetPorts: boolean;
  /** Scope and type of the reservation; null where this one does not hold it, which leaves them undefined. */
  readonly scope: number | null;
  readonly type: number | null;
  /** RELATIVE TARGET PORT IDENTIFIER; null with ALL_TG_PT, where it means nothing. */
  readonly targetPort: number | null;
  /** The initiator port, as bytes. */
  readonly transportId: Uint8Array;
}

export interface FullStatus extends ListHeader {
  readonly registrants: readonly Registrant[];
}

export interface ReportedFullStatus extends ListHeader, ListExtent {
  readonly registrants: readonly (Registrant & { readonly initiator: TransportId })[];
}

/** The fixed part of a descriptor; ADDITIONAL DESCRIPTOR LENGTH at its end says how long the TransportID is. */
const descriptorLength = 24;
const HOLDER = 0x01;
const ALL_TARGET_PORTS = 0x02;

/** Key @0, R_HOLDER and ALL_TG_PT @12, scope and type @13, target port @18, length @20, TransportID @24. */
export function encodeFullStatus({ generation, registrants }: FullStatus): Uint8Array {
  const length = registrants.reduce((sum, { transportId }) => sum + descriptorLength + transportId.length, 0);
  const data = newList(generation, length);
  const bytes = bytesOf(data);
  let at = listHeaderLength;
  for (const each of registrants) {
    data.setBigUint64(at, each.key);
    data.setUint8(at + 12, (each.holder ? HOLDER : 0) | (each.allTargetPorts ? ALL_TARGET_PORTS : 0));
    data.setUint8(at + 13, ((each.scope ?? 0) << 4) | (each.type ?? 0));
    data.setUint16(at + 18, each.targetPort ?? 0);
    data.setUint32(at + 20, each.transportId.length);
    bytes.set(each.transportId, at + descriptorLength);
    at += descriptorLength + each.transportId.length;
  }
  return bytes;
}

/**
 * Decodes an answer to READ FULL STATUS. An incomplete last descriptor is left out, and `truncated` is true. LIO
 * leaves descriptors that do not fit out of the length as well, so that this cannot be noticed: compare the count
 * with READ KEYS. Throws ScsiDataError for less than a header, and for a descriptor that is longer than the list it
 * is in.
 */
export function decodeFullStatus(bytes: Uint8Array): ReportedFullStatus {
  const data = dataView(bytes, listHeaderLength, 'READ FULL STATUS');
  const { end, needed, truncated } = listEnd(bytes, listHeaderLength, data.getUint32(4));
  const registrants: ReportedFullStatus['registrants'][number][] = [];
  for (let at = listHeaderLength; at < needed;) {
    if (at + descriptorLength > needed) {
      throw new ScsiDataError(`READ FULL STATUS: the list ends ${needed - at} bytes into a descriptor at ${at}`);
    }
    if (at + descriptorLength > end) break;
    const next = at + descriptorLength + data.getUint32(at + 20);
    if (next > needed) {
      throw new ScsiDataError(`READ FULL STATUS: the descriptor at ${at} ends at ${next}, the list at ${needed}`);
    }
    if (next > end) break;
    const flags = data.getUint8(at + 12);
    const holder = (flags & HOLDER) !== 0;
    const allTargetPorts = (flags & ALL_TARGET_PORTS) !== 0;
    const scopeAndType = data.getUint8(at + 13);
    const transportId = bytes.slice(at + descriptorLength, next);
    registrants.push({
      key: data.getBigUint64(at),
      holder,
      allTargetPorts,
      scope: holder ? scopeAndType >>> 4 : null,
      type: holder ? scopeAndType & 15 : null,
      targetPort: allTargetPorts ? null : data.getUint16(at + 18),
      transportId,
      initiator: decodeTransportId(transportId),
    });
    at = next;
  }
  return { generation: data.getUint32(0), registrants, needed, truncated };
}
