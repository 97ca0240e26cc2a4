import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandRows } from '../../src/scsi/commands.ts';
import {
  decodeKeys, decodePrOut, decodeReservation, encodeKeys, encodePrOut, encodeReservation, prInActionRows,
  prOutActionRows, scopeRows, typeRows,
} from '../../src/scsi/persistent-reservations.ts';
import { type Row, rowOf, valueOf } from '../../src/scsi/row.ts';
import { additionalSenseRows, decodeSense, encodeSense, senseKeyRows } from '../../src/scsi/sense.ts';
import { scsiStatusRows } from '../../src/scsi/status.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytes = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

describe('the tables', () => {
  const tables: readonly [string, readonly Row[]][] = [
    ['commands', commandRows], ['statuses', scsiStatusRows], ['sense keys', senseKeyRows],
    ['additional sense codes', additionalSenseRows], ['PR IN actions', prInActionRows],
    ['PR OUT actions', prOutActionRows], ['types', typeRows], ['scopes', scopeRows],
  ];

  test.each(tables)('%s: each value and each name once, each with a sentence', (_name, rows) => {
    expect(new Set(rows.map(({ value }) => value)).size).toBe(rows.length);
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
    for (const { description } of rows) expect(description).toMatch(/^[A-Z].*\.$/);
  });

  test('the group of an operation code gives the length of its block', () => {
    for (const { value, length } of commandRows) expect(length).toBe(value < 0x20 ? 6 : 10);
  });

  test('rows are found by value, values by name', () => {
    expect(rowOf(typeRows, 5)?.name).toBe('Write Exclusive - Registrants Only');
    expect(rowOf(typeRows, 2)).toBeUndefined();
    expect(valueOf(scsiStatusRows, 'RESERVATION CONFLICT')).toBe(0x18);
    expect(() => valueOf(scsiStatusRows, 'FINE')).toThrow(RangeError);
  });
});

describe('sense data', () => {
  test('fixed format', () => {
    expect(hex(encodeSense({ key: 6, code: 0x2903 })))
      .toBe('70000600' + '0000000a' + '00000000' + '2903' + '00000000');
  });

  test.each([
    ['current', '70 00 05 00000000 0a 00000000 20 00 00000000', { key: 5, code: 0x2000 }],
    ['deferred', '71 00 06 00000000 0a 00000000 29 00 00000000', { key: 6, code: 0x2900 }],
    ['with valid information', 'f0 00 03 00001234 0a 00000000 11 00 00000000', { key: 3, code: 0x1100 }],
    ['with incorrect length', '70 00 20 00000000 0a 00000000 00 00 00000000', { key: 0, code: 0 }],
    ['descriptor format', '72 05 20 00 00000000 000000000000000000000000', null],
    ['too short', '70 00 05 00000000 0a 00000000 20', null],
    ['nothing', '', null],
  ])('%s', (_name, text, sense) => {
    expect(decodeSense(bytes(text))).toEqual(sense);
  });
});

describe('persistent reservation data', () => {
  test('READ KEYS', () => {
    const data = encodeKeys({ generation: 3, keys: [0x1n, 0xfedcba9876543210n] });
    expect(hex(data)).toBe('00000003' + '00000010' + '0000000000000001' + 'fedcba9876543210');
    expect(decodeKeys(data)).toEqual({ generation: 3, keys: [1n, 0xfedcba9876543210n], truncated: false });
  });

  test('READ KEYS cut off by the allocation length', () => {
    const data = encodeKeys({ generation: 3, keys: [1n, 2n, 3n] });
    expect(decodeKeys(data.subarray(0, 20))).toEqual({ generation: 3, keys: [1n], truncated: true });
    expect(decodeKeys(data.subarray(0, 8))).toEqual({ generation: 3, keys: [], truncated: true });
    expect(() => decodeKeys(data.subarray(0, 7))).toThrow(RangeError);
  });

  test('READ RESERVATION', () => {
    const data = encodeReservation({ generation: 9, reservation: { key: 0x5aa5n, scope: 0, type: 5 } });
    expect(hex(data)).toBe('00000009' + '00000010' + '0000000000005aa5' + '00000000' + '00' + '05' + '0000');
    expect(decodeReservation(data).reservation).toEqual({ key: 0x5aa5n, scope: 0, type: 5 });
    expect(hex(encodeReservation({ generation: 9, reservation: null }))).toBe('0000000900000000');
    expect(decodeReservation(bytes('0000000900000000'))).toEqual({ generation: 9, reservation: null });
    expect(() => decodeReservation(data.subarray(0, 21))).toThrow(RangeError);
  });

  test('PERSISTENT RESERVE OUT parameter list', () => {
    const list = { reservationKey: 1n, serviceActionKey: 2n, aptpl: true };
    expect(hex(encodePrOut(list))).toBe('0000000000000001' + '0000000000000002' + '00000000' + '01' + '000000');
    expect(decodePrOut(encodePrOut(list))).toEqual(list);
    expect(() => decodePrOut(new Uint8Array(20))).toThrow(RangeError);
  });

  test('what is encoded is decoded again', () => {
    const key = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    const generation = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    fc.assert(fc.property(generation, fc.array(key, { maxLength: 30 }), (count, keys) => {
      expect(decodeKeys(encodeKeys({ generation: count, keys })))
        .toEqual({ generation: count, keys, truncated: false });
    }));
    const reservation = fc.option(fc.record({ key, scope: fc.nat(15), type: fc.nat(15) }), { nil: null });
    fc.assert(fc.property(generation, reservation, (count, held) => {
      const said = { generation: count, reservation: held };
      expect(decodeReservation(encodeReservation(said))).toEqual(said);
    }));
  });
});
