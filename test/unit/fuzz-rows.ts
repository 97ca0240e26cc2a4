// Every decoder of bytes that a device or driver sends, with valid answers to begin from and the numbers in
// them that others hang on.

import { decodeClusterInfo, encodeClusterInfo, encodeDriveLayout, hasSpacesPartition } from '../../src/bus/sdk/disk-use.ts';
import { LayoutError } from '../../src/bus/sdk/fields.ts';
import {
  decodeDescriptorHeader, decodeDeviceDescriptor, decodeDeviceIdDescriptor, decodeDeviceNumber,
  decodePropertyQuery, decodeVolumeDiskExtents, encodeDeviceDescriptor, encodeDeviceIdDescriptor,
  encodeDeviceNumber, encodePropertyQuery,
} from '../../src/bus/sdk/layouts.ts';
import {
  decodePassThroughAnswer, decodePassThroughCommand, encodePassThrough, encodePassThroughAnswer,
} from '../../src/bus/sdk/pass-through.ts';
import {
  decodePersistentReserveIn, decodePersistentReserveOut, encodePersistentReserveIn, encodePersistentReserveOut,
} from '../../src/bus/sdk/persistent-reserve.ts';
import {
  decodeBreakReservation, decodeScsiAddress, encodeBreakReservation, encodeScsiAddress,
} from '../../src/bus/sdk/scsi-address.ts';
import { comparable, readRegistration } from '../../src/holder/registrants.ts';
import { cleanText } from '../../src/text.ts';
import { capabilitiesText, decodeCapabilities, encodeCapabilities } from '../../src/scsi/capabilities.ts';
import { ScsiDataError } from '../../src/scsi/data.ts';
import { uniqueIdForms } from '../../src/scsi/designators.ts';
import { type Registrant, decodeFullStatus, encodeFullStatus } from '../../src/scsi/full-status.ts';
import {
  decodeKeys, decodePrOut, decodeReservation, encodeKeys, encodePrOut, encodeReservation, keyText,
} from '../../src/scsi/persistent-reservations.ts';
import { decodeSense, encodeSense, senseText } from '../../src/scsi/sense.ts';
import {
  FCP, SAS, decodeTransportId, encodeIscsiTransportId, encodePortTransportId,
} from '../../src/scsi/transport-id.ts';

/** A number in an answer that others hang on: offset, size in bytes, and whether it is big-endian. */
export type Lever = readonly [offset: number, size: 1 | 2 | 4 | 8, order: 'big' | 'little'];

export interface FuzzRow {
  readonly name: string;
  readonly decode: (bytes: Uint8Array) => unknown;
  /** The only error that it may throw. */
  readonly error: new (message: string) => Error;
  readonly seeds: readonly Uint8Array[];
  readonly levers: readonly Lever[];
}

const hexBytes = (text: string) => Uint8Array.from(Buffer.from(text.replace(/\s+/g, ''), 'hex'));

// ---- valid answers

const iqn = 'iqn.1991-05.com.microsoft:node-1';
const ports = [
  encodeIscsiTransportId(iqn), encodeIscsiTransportId(iqn, '400001370000'),
  encodePortTransportId(FCP, 0x2100001b329b2e7dn), encodePortTransportId(SAS, 0x5000c500a1b2c3d7n),
];
const registrants: Registrant[] = ports.map((transportId, index) => ({
  key: 0x5aa5c3b100000000n + BigInt(index), holder: index === 1, allTargetPorts: index === 2,
  scope: index === 1 ? 0 : null, type: index === 1 ? 5 : null, targetPort: index === 2 ? null : 1, transportId,
}));
const fullStatuses = [
  encodeFullStatus({ generation: 0, registrants: [] }),
  encodeFullStatus({ generation: 4, registrants: registrants.slice(0, 1) }),
  encodeFullStatus({ generation: 4, registrants }),
  encodeFullStatus({ generation: 0xffffffff, registrants: [...registrants, ...registrants, ...registrants] }),
];
const keyLists = [0, 1, 2, 30].map((count) =>
  encodeKeys({ generation: count, keys: Array.from({ length: count }, (_, index) => 1n << BigInt(index * 2)) }));
const reservations = [
  encodeReservation({ generation: 1, reservation: null }),
  encodeReservation({ generation: 9, reservation: { key: 0x5aa5n, scope: 0, type: 5 } }),
];
const capabilities = [hexBytes('0008 1d 90 ea 01 0000'), encodeCapabilities(decodeCapabilities(
  hexBytes('0008 00 80 ea 01 0000')))];
const senses = [
  encodeSense({ key: 5, code: 0x2400 }), encodeSense({ key: 6, code: 0x2903 }, 'descriptor'),
  hexBytes('f1 00 03 00001234 0a 00000000 11 00 00000000'),
];
const prOut = encodePrOut({ reservationKey: 1n, serviceActionKey: 2n, aptpl: true });
const { input: passThrough, outputLength } =
  encodePassThrough(Uint8Array.of(0x5e, 3, 0, 0, 0, 0, 0, 4, 0, 0), 1024, 30);
const through = (scsiStatus: number, sense: Uint8Array, data: Uint8Array) =>
  encodePassThroughAnswer(passThrough, outputLength, { scsiStatus, sense, data });
const none = new Uint8Array(0);
const descriptors = [
  encodeDeviceDescriptor({ deviceType: 0, removableMedia: false, vendorId: 'MSFT    ',
    productId: 'Virtual HD      ', productRevision: '6.3 ', serialNumber: '5D2C1A94-0B7F-41E3', busType: 9 }),
  encodeDeviceDescriptor({ deviceType: 0, removableMedia: true, vendorId: null, productId: null,
    productRevision: null, serialNumber: null, busType: 17 }),
];
const pages = [
  encodeDeviceIdDescriptor([]),
  encodeDeviceIdDescriptor([
    { codeSet: 1, type: 3, association: 0, identifier: hexBytes('600000000000aabb600000000000aabb') },
    { codeSet: 2, type: 1, association: 0, identifier: Buffer.from('MSFT    serial') },
    { codeSet: 3, type: 8, association: 0, identifier: Buffer.from('naa.600000000000AABB') },
    { codeSet: 1, type: 3, association: 1, identifier: hexBytes('50001234') },
  ]),
];
const extent = (disk: string) => `${disk} 00000000 0000100000000000 0000000001000000`;
const extents = ['00000000 00000000', `02000000 00000000 ${extent('05000000')} ${extent('01000000')}`]
  .map(hexBytes);

// ---- decoders, with what is done with their results wherever that is text

const listLevers: Lever[] = [[0, 4, 'big'], [4, 4, 'big']];
const passThroughLevers: Lever[] = [
  [0, 2, 'little'], [2, 1, 'little'], [6, 1, 'little'], [7, 1, 'little'], [8, 1, 'little'], [12, 4, 'little'],
  [24, 4, 'little'], [28, 4, 'little'], [32, 4, 'little'],
];
const prCommandLevers: Lever[] = [[4, 4, 'little'], [8, 1, 'little'], [9, 1, 'little'], [10, 2, 'little']];

function fullStatusWithTexts(bytes: Uint8Array) {
  const status = decodeFullStatus(bytes);
  for (const { initiator } of status.registrants) mustBeShown(initiator.text);
  return [status, status.registrants.map(({ key }) => keyText(key))];
}

/** Bytes of an answer that came by pass-through: what is inside is read as well. */
function wholePassThrough(bytes: Uint8Array) {
  const answer = decodePassThroughAnswer(bytes);
  const sense = decodeSense(answer.sense);
  const lists = [decodeKeys, decodeReservation, decodeCapabilities, fullStatusWithTexts].map((decode) => {
    try {
      return decode(answer.data);
    } catch (error) {
      if (error instanceof ScsiDataError) return error.message;
      throw error;
    }
  });
  return [answer, sense, sense && senseText(sense), lists];
}

const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

function mustBeShown(text: string | null): void {
  if (text === null) return;
  if (text === '' || unsafe.test(text)) throw new Error(`${JSON.stringify(text)} is not safe to show`);
}

export const fuzzRows: readonly FuzzRow[] = [
  { name: 'STORAGE_DEVICE_NUMBER', decode: decodeDeviceNumber, error: LayoutError,
    seeds: [encodeDeviceNumber({ deviceType: 7, deviceNumber: 3, partitionNumber: 0 })], levers: [] },
  { name: 'STORAGE_PROPERTY_QUERY', decode: decodePropertyQuery, error: LayoutError,
    seeds: [encodePropertyQuery(2)], levers: [] },
  { name: 'STORAGE_DESCRIPTOR_HEADER', decode: decodeDescriptorHeader, error: LayoutError,
    seeds: descriptors, levers: [] },
  { name: 'STORAGE_DEVICE_DESCRIPTOR', error: LayoutError, seeds: descriptors,
    decode: (bytes) => {
      const descriptor = decodeDeviceDescriptor(bytes);
      const { vendorId, productId, productRevision, serialNumber } = descriptor;
      for (const text of [vendorId, productId, productRevision, serialNumber]) mustBeShown(cleanText(text ?? ''));
      return descriptor;
    },
    levers: [[4, 4, 'little'], [12, 4, 'little'], [16, 4, 'little'], [20, 4, 'little'], [24, 4, 'little']] },
  { name: 'STORAGE_DEVICE_ID_DESCRIPTOR', error: LayoutError, seeds: pages,
    decode: (bytes) => {
      const designators = decodeDeviceIdDescriptor(bytes);
      const forms = uniqueIdForms(designators);
      for (const text of forms) mustBeShown(cleanText(text));
      return [designators, forms];
    },
    levers: [[8, 4, 'little'], [12, 4, 'little'], [16, 4, 'little'], [20, 2, 'little'], [22, 2, 'little'],
      [24, 4, 'little']] },
  { name: 'VOLUME_DISK_EXTENTS', decode: decodeVolumeDiskExtents, error: LayoutError, seeds: extents,
    levers: [[0, 4, 'little']] },
  { name: 'PERSISTENT_RESERVE_COMMAND in', decode: decodePersistentReserveIn, error: LayoutError,
    seeds: [encodePersistentReserveIn(1, 24)], levers: prCommandLevers },
  { name: 'PERSISTENT_RESERVE_COMMAND out', decode: decodePersistentReserveOut, error: LayoutError,
    seeds: [encodePersistentReserveOut({ serviceAction: 1, type: 5, scope: 0, parameterList: prOut })],
    levers: prCommandLevers },
  { name: 'SCSI_PASS_THROUGH command', decode: decodePassThroughCommand, error: LayoutError,
    seeds: [passThrough], levers: passThroughLevers },
  { name: 'SCSI_PASS_THROUGH answer', decode: wholePassThrough, error: LayoutError, levers: passThroughLevers,
    seeds: [...fullStatuses, ...keyLists, ...reservations, ...capabilities].map((data) => through(0, none, data))
      .concat(senses.map((sense) => through(2, sense, none)), through(0x18, none, none)) },
  { name: 'PERSISTENT RESERVE OUT list', decode: decodePrOut, error: ScsiDataError, seeds: [prOut], levers: [] },
  { name: 'READ KEYS', error: ScsiDataError, seeds: keyLists, levers: listLevers,
    decode: (bytes) => {
      const list = decodeKeys(bytes);
      return [list, list.keys.map(keyText)];
    } },
  { name: 'READ RESERVATION', decode: decodeReservation, error: ScsiDataError, seeds: reservations,
    levers: [...listLevers, [21, 1, 'big']] },
  { name: 'REPORT CAPABILITIES', error: ScsiDataError, seeds: capabilities,
    levers: [[0, 2, 'big'], [2, 1, 'big'], [3, 1, 'big']],
    decode: (bytes) => {
      const value = decodeCapabilities(bytes);
      return [value, capabilitiesText(value)];
    } },
  { name: 'READ FULL STATUS', decode: fullStatusWithTexts, error: ScsiDataError, seeds: fullStatuses,
    levers: [...listLevers, [20, 1, 'big'], [28, 4, 'big'], [32, 1, 'big'], [34, 2, 'big']] },
  { name: 'TransportID', error: ScsiDataError, seeds: ports, levers: [[0, 1, 'big'], [2, 2, 'big']],
    decode: (bytes) => {
      const port = decodeTransportId(bytes);
      mustBeShown(port.text);
      if (port.text.length > 300) throw new Error(`a text of ${port.text.length} characters`);
      return port;
    } },
  { name: 'sense data', error: ScsiDataError, seeds: senses, levers: [[0, 1, 'big'], [7, 1, 'big']],
    decode: (bytes) => {
      const sense = decodeSense(bytes);
      return [sense, sense && senseText(sense)];
    } },
  { name: 'SCSI_ADDRESS', decode: decodeScsiAddress, error: LayoutError,
    seeds: [encodeScsiAddress({ port: 2, path: 0, target: 1, lun: 255 })], levers: [[0, 4, 'little']] },
  { name: 'STORAGE_BREAK_RESERVATION_REQUEST', decode: decodeBreakReservation, error: LayoutError,
    seeds: [encodeBreakReservation({ path: 0, target: 1, lun: 5 })], levers: [[0, 4, 'little']] },
  { name: 'DRIVE_LAYOUT_INFORMATION_EX', decode: hasSpacesPartition, error: LayoutError,
    seeds: [encodeDriveLayout(true), encodeDriveLayout(false)], levers: [[0, 4, 'little'], [4, 4, 'little']] },
  { name: 'DISK_CLUSTER_INFO', decode: decodeClusterInfo, error: LayoutError,
    seeds: [encodeClusterInfo({ clustered: true, shared: true })], levers: [[8, 4, 'little']] },
  { name: 'a registrant as text, and the name of a port', error: LayoutError, levers: [],
    seeds: [`0x00000000000000AA ${iqn},i,0x400001370000 (holder, Write Exclusive, LU_SCOPE, target port 1)`,
      '0x5352000000000001 FC 2100001B329B2E7D (target port 1)', '21:00:00:1b:32:9b:2e:7d'].map((text) => Buffer.from(text)),
    decode: (bytes) => {
      const text = Buffer.from(bytes).toString('latin1');
      const name = comparable(text);
      if (name !== null && comparable(name) !== name) throw new Error(`${name} is compared as another one`);
      return [readRegistration(text), name];
    } },
  { name: 'text', error: LayoutError, seeds: [Buffer.from('  5D2C1A94-0B7F \0\0')], levers: [],
    decode: (bytes) => {
      const text = cleanText(bytes);
      mustBeShown(text);
      return text;
    } },
];
