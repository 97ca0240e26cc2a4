// Requests that carry a SCSI command: PERSISTENT_RESERVE_COMMAND and SCSI_PASS_THROUGH, byte by byte.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  IOCTL_SCSI_GET_ADDRESS, IOCTL_SCSI_PASS_THROUGH, IOCTL_STORAGE_BREAK_RESERVATION,
  IOCTL_STORAGE_PERSISTENT_RESERVE_OUT, requiredAccess,
} from '../../src/bus/sdk/control-codes.ts';
import { LayoutError } from '../../src/bus/sdk/fields.ts';
import {
  decodePassThroughAnswer, decodePassThroughCommand, encodePassThrough, encodePassThroughAnswer, senseLength,
} from '../../src/bus/sdk/pass-through.ts';
import {
  decodePersistentReserveIn, decodePersistentReserveOut, encodePersistentReserveIn, encodePersistentReserveOut,
} from '../../src/bus/sdk/persistent-reserve.ts';
import {
  adapterPath, decodeBreakReservation, decodeScsiAddress, encodeBreakReservation, encodeScsiAddress,
} from '../../src/bus/sdk/scsi-address.ts';
import { encodePrOut, prOutActionRows } from '../../src/scsi/persistent-reservations.ts';
import { valueOf } from '../../src/scsi/row.ts';

const bytes = (text: string) => Uint8Array.from(Buffer.from(text.replace(/\s+/g, ''), 'hex'));
const hexOf = (value: Uint8Array) => Buffer.from(value).toString('hex');

describe('control codes', () => {
  test.each([
    ['IOCTL_SCSI_PASS_THROUGH', IOCTL_SCSI_PASS_THROUGH, 0x4d004, { read: true, write: true }],
    ['IOCTL_SCSI_GET_ADDRESS', IOCTL_SCSI_GET_ADDRESS, 0x41018, { read: false, write: false }],
    ['IOCTL_STORAGE_PERSISTENT_RESERVE_OUT', IOCTL_STORAGE_PERSISTENT_RESERVE_OUT, 0x2dd01c,
      { read: true, write: true }],
    ['IOCTL_STORAGE_BREAK_RESERVATION', IOCTL_STORAGE_BREAK_RESERVATION, 0x2d5014, { read: true, write: false }],
  ])('%s', (_name, code, value, access) => {
    expect(code).toBe(value);
    expect(requiredAccess(code)).toEqual(access);
  });
});

describe('PERSISTENT_RESERVE_COMMAND', () => {
  test.each([
    ['READ KEYS with room for 32', 0, 32, '0c000000 0c000000 00 00 2000'],
    ['READ RESERVATION with room for 24', 1, 24, '0c000000 0c000000 01 00 1800'],
    ['READ KEYS with all the room there can be', 0, 65535, '0c000000 0c000000 00 00 ffff'],
  ])('%s', (_name, serviceAction, allocationLength, raw) => {
    expect(hexOf(encodePersistentReserveIn(serviceAction, allocationLength))).toBe(hexOf(bytes(raw)));
    expect(decodePersistentReserveIn(bytes(raw))).toEqual({ size: 12, serviceAction, allocationLength });
  });

  test('the reserved bits beside the service action are not read', () => {
    expect(decodePersistentReserveIn(bytes('0c000000 0c000000 e1 00 1800')).serviceAction).toBe(1);
  });

  const own = 0x5aa5000000000001n;
  const victim = 0x00000000000000ffn;
  // [service action, type, scope, keys and flags, the 36 bytes]
  test.each<[string, number, number, Parameters<typeof encodePrOut>[0], string]>([
    ['REGISTER', 0, 0, { reservationKey: 0n, serviceActionKey: own, aptpl: true },
      '00 00 0000000000000000 5aa5000000000001 00000000 01 000000'],
    ['REGISTER AND IGNORE EXISTING KEY', 0, 0, { reservationKey: 0n, serviceActionKey: own },
      '06 00 0000000000000000 5aa5000000000001 00000000 00 000000'],
    ['RESERVE', 5, 0, { reservationKey: own, serviceActionKey: 0n },
      '01 05 5aa5000000000001 0000000000000000 00000000 00 000000'],
    ['RELEASE', 3, 2, { reservationKey: own, serviceActionKey: 0n },
      '02 23 5aa5000000000001 0000000000000000 00000000 00 000000'],
    ['CLEAR', 0, 0, { reservationKey: own, serviceActionKey: 0n },
      '03 00 5aa5000000000001 0000000000000000 00000000 00 000000'],
    ['PREEMPT', 6, 0, { reservationKey: own, serviceActionKey: victim },
      '04 06 5aa5000000000001 00000000000000ff 00000000 00 000000'],
    ['PREEMPT AND ABORT', 1, 0, { reservationKey: own, serviceActionKey: victim, allTargetPorts: true },
      '05 01 5aa5000000000001 00000000000000ff 00000000 04 000000'],
  ])('%s of type %i and scope %i: the list at offset 10, padded to 36 bytes', (name, type, scope, list, rest) => {
    const serviceAction = valueOf(prOutActionRows, name);
    const raw = encodePersistentReserveOut({ serviceAction, type, scope, parameterList: encodePrOut(list) });
    expect(hexOf(raw)).toBe(hexOf(bytes(`0c000000 24000000 ${rest} 0000`)));
    expect(decodePersistentReserveOut(raw)).toEqual({
      size: 36, serviceAction, type, scope, parameterList: Uint8Array.from([...encodePrOut(list), 0, 0]),
    });
  });

  test.each<[string, () => unknown]>([
    ['a service action of six bits', () => encodePersistentReserveIn(32, 8)],
    ['half a service action', () => encodePersistentReserveIn(0.5, 8)],
    ['an allocation length of 17 bits', () => encodePersistentReserveIn(0, 65536)],
    ['a type of five bits', () => encodePersistentReserveOut({ serviceAction: 1, type: 16, scope: 0,
      parameterList: new Uint8Array(24) })],
    ['a scope below nothing', () => encodePersistentReserveOut({ serviceAction: 1, type: 1, scope: -1,
      parameterList: new Uint8Array(24) })],
    ['eleven bytes', () => decodePersistentReserveIn(new Uint8Array(11))],
    ['eleven bytes to write', () => decodePersistentReserveOut(new Uint8Array(11))],
  ])('%s is an error', (_name, run) => expect(run).toThrow(LayoutError));
});

describe('where a device stands', () => {
  const address = { port: 2, path: 1, target: 7, lun: 255 };

  test('SCSI_ADDRESS', () => {
    expect(hexOf(encodeScsiAddress(address))).toBe('08000000' + '02' + '01' + '07' + 'ff');
    expect(decodeScsiAddress(bytes('08000000 02 01 07 ff'))).toEqual(address);
  });

  test('STORAGE_BREAK_RESERVATION_REQUEST, where byte 4 is not used', () => {
    expect(hexOf(encodeBreakReservation(address))).toBe('08000000' + '00' + '01' + '07' + 'ff');
    expect(decodeBreakReservation(bytes('08000000 99 01 07 ff'))).toEqual({ path: 1, target: 7, lun: 255 });
  });

  test('an adapter by its name', () => expect(adapterPath(12)).toBe('\\\\.\\Scsi12:'));

  test.each<[string, () => unknown]>([
    ['a LUN of nine bits', () => encodeBreakReservation({ ...address, lun: 256 })],
    ['an address with such a LUN', () => encodeScsiAddress({ ...address, lun: 256 })],
    ['seven bytes of an address', () => decodeScsiAddress(bytes('08000000 02 01 07'))],
    ['seven bytes of a request', () => decodeBreakReservation(bytes('08000000 02 01 07'))],
    ['another length of an address', () => decodeScsiAddress(bytes('0c000000 02 01 07 ff'))],
    ['another length of a request', () => decodeBreakReservation(bytes('00000000 02 01 07 ff'))],
  ])('%s is an error', (_name, run) => expect(run).toThrow(LayoutError));
});

const fullStatus = bytes('5e 03 00000000000400 00');
/** READ FULL STATUS with room for 1 KiB: the structure alone goes in, everything comes out. */
const request = `
  3800 00 00 00 00 0a 20  01 000000 00040000 1e000000 00000000
  5800000000000000 38000000 5e030000000000040000 000000000000 00000000`;

describe('SCSI_PASS_THROUGH', () => {
  test('a command that reads: sense data at 56, data at 88', () => {
    const { input, outputLength } = encodePassThrough(fullStatus, 1024, 30);
    expect(hexOf(input)).toBe(hexOf(bytes(request)));
    expect(outputLength).toBe(88 + 1024);
    expect(decodePassThroughCommand(input)).toEqual({
      cdb: fullStatus, direction: 1, dataLength: 1024, dataOffset: 88, senseLength: 32, senseOffset: 56,
      timeout: 30,
    });
  });

  const structure = (status: string, sense: string, length: string) => `
    3800 ${status} 00 00 00 0a ${sense}  01 000000 ${length} 1e000000 00000000
    5800000000000000 38000000 5e030000000000040000 000000000000 00000000`;
  const noSense = '00'.repeat(32);

  // [what, output buffer, what is read of it]
  interface Read { status: number; sense: string; data: string; truncated?: boolean }
  test.each<[string, string, Read]>([
    ['GOOD with data', `${structure('00', '00', '08000000')} ${noSense} 0000000700000000`,
      { status: 0, sense: '', data: '0000000700000000' }],
    ['GOOD, and the room for sense data left as it was',
      `${structure('00', '20', '08000000')} ${noSense} 0000000700000000`,
      { status: 0, sense: '', data: '0000000700000000' }],
    ['CHECK CONDITION', `${structure('02', '12', '00000000')} 70000500 0000000a 00000000 24000000 0000`,
      { status: 2, sense: '70000500 0000000a 00000000 24000000 0000', data: '' }],
    ['RESERVATION CONFLICT, nothing else', structure('18', '00', '00000000'),
      { status: 0x18, sense: '', data: '' }],
    ['less data than it says', `${structure('00', '00', '00040000')} ${noSense} 00000007`,
      { status: 0, sense: '', data: '00000007', truncated: true }],
    ['data that begin behind the end', structure('00', '00', '08000000'),
      { status: 0, sense: '', data: '', truncated: true }],
    ['less sense data than it says', `${structure('02', 'ff', '00000000')} 700005`,
      { status: 2, sense: '700005', data: '' }],
  ])('%s', (_name, raw, { status, sense, data, truncated = false }) => {
    const answer = decodePassThroughAnswer(bytes(raw));
    expect([answer.scsiStatus, hexOf(answer.sense), hexOf(answer.data), answer.truncated])
      .toEqual([status, sense.replaceAll(' ', ''), data, truncated]);
  });

  const changed = (offset: number, ...values: number[]) => {
    const raw = bytes(structure('00', '20', '08000000') + noSense + '0000000700000000');
    raw.set(values, offset);
    return raw;
  };

  test.each<[string, Uint8Array, RegExp]>([
    ['55 bytes', bytes(request).subarray(0, 55), /SCSI_PASS_THROUGH at offset 0 takes 56 bytes; 55 are there/],
    ['another length of the structure', changed(0, 44), /\.Length at offset 0 is 44, not 56/],
    ['data inside the structure', changed(24, 55), /\.DataBufferOffset is 55; the structure takes 56 bytes/],
    ['data past 4 GiB', changed(28, 1), /\.DataBufferOffset at offset 24 is past 4 GiB/],
    ['sense data inside the structure', changed(32, 0), /\.SenseInfoOffset is 0; the structure takes 56 bytes/],
  ])('%s is an error', (_name, raw, message) => {
    expect(() => decodePassThroughAnswer(raw)).toThrow(LayoutError);
    expect(() => decodePassThroughAnswer(raw)).toThrow(message);
  });

  test.each([0, 17])('a command of %i bytes is an error', (length) => {
    expect(() => encodePassThrough(new Uint8Array(length), 8, 30)).toThrow(LayoutError);
    const raw = bytes(request);
    raw[6] = length;
    expect(() => decodePassThroughCommand(raw)).toThrow(LayoutError);
  });

  test('an answer is not written where the buffer has no room', () => {
    const { input, outputLength } = encodePassThrough(fullStatus, 1024, 30);
    const answer = { scsiStatus: 0, sense: new Uint8Array(0), data: new Uint8Array(8) };
    expect(encodePassThroughAnswer(input, outputLength, answer)).toHaveLength(96);
    expect(() => encodePassThroughAnswer(input, outputLength - 1, answer)).toThrow(LayoutError);
    new DataView(input.buffer).setUint32(32, 0xffffffff, true);
    expect(() => encodePassThroughAnswer(input, outputLength, answer)).toThrow(LayoutError);
  });

  test('comes back as it was written, cut to the room there is', () => {
    const part = fc.uint8Array({ maxLength: 80 });
    const failure = fc.integer({ min: 1, max: 255 });
    fc.assert(fc.property(failure, part, part, fc.nat(64), (scsiStatus, sense, data, room) => {
      const { input, outputLength } = encodePassThrough(fullStatus, room, 30);
      const raw = encodePassThroughAnswer(input, outputLength, { scsiStatus, sense, data });
      expect(raw.length).toBeLessThanOrEqual(outputLength);
      expect(decodePassThroughAnswer(raw)).toEqual({
        scsiStatus, sense: sense.subarray(0, senseLength), data: data.subarray(0, room), truncated: false,
      });
    }));
  });
});
