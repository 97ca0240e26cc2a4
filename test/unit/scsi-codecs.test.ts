import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { capabilityRows } from '../../src/scsi/capabilities.ts';
import { commandRows } from '../../src/scsi/commands.ts';
import { ScsiDataError } from '../../src/scsi/data.ts';
import {
  decodeKeys, decodePrOut, decodePrOutCommand, decodeReservation, encodeKeys, encodePrOut, encodePrOutCommand,
  encodeReservation, keyText, prInActionRows, prOutActionRows, prOutFlagRows, scopeRows, typeRows,
} from '../../src/scsi/persistent-reservations.ts';
import { type Row, nameOf, rowOf, valueOf } from '../../src/scsi/row.ts';
import { additionalSenseRows, decodeSense, encodeSense, senseKeyRows, senseText } from '../../src/scsi/sense.ts';
import { scsiStatusRows } from '../../src/scsi/status.ts';
import { protocolRows } from '../../src/scsi/transport-id.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytes = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

describe('the tables', () => {
  const tables: readonly [string, readonly Row[]][] = [
    ['commands', commandRows], ['statuses', scsiStatusRows], ['sense keys', senseKeyRows],
    ['additional sense codes', additionalSenseRows], ['PR IN actions', prInActionRows],
    ['PR OUT actions', prOutActionRows], ['types', typeRows], ['scopes', scopeRows],
    ['protocols', protocolRows], ['PR OUT flags', prOutFlagRows],
  ];

  test.each(tables)('%s: each value and each name once, each with a sentence', (_name, rows) => {
    expect(new Set(rows.map(({ value }) => value)).size).toBe(rows.length);
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
    for (const { description } of rows) expect(description).toMatch(/^[A-Z].*\.$/);
  });

  test('each bit of the capabilities is one bit of a byte, once', () => {
    const bits = capabilityRows.map(({ byte, value }) => `${byte}.${value}`);
    expect(new Set(bits).size).toBe(bits.length);
    for (const { value } of capabilityRows) expect(Math.log2(value) % 1).toBe(0);
    expect(new Set(capabilityRows.map(({ name }) => name)).size).toBe(bits.length);
  });

  test('the group of an operation code gives the length of its block', () => {
    for (const { value, length } of commandRows) expect(length).toBe(value < 0x20 ? 6 : 10);
  });

  test('rows are found by value, values by name', () => {
    expect(rowOf(typeRows, 5)?.name).toBe('Write Exclusive - Registrants Only');
    expect(rowOf(typeRows, 2)).toBeUndefined();
    expect([nameOf(typeRows, 3), nameOf(typeRows, 10)]).toEqual(['Exclusive Access', 'Ah']);
    expect(valueOf(scsiStatusRows, 'RESERVATION CONFLICT')).toBe(0x18);
    expect(() => valueOf(scsiStatusRows, 'FINE')).toThrow(RangeError);
  });
});

describe('sense data', () => {
  test('fixed format', () => {
    expect(hex(encodeSense({ key: 6, code: 0x2903 })))
      .toBe('70000600' + '0000000a' + '00000000' + '2903' + '00000000');
  });

  test('descriptor format', () => {
    expect(hex(encodeSense({ key: 6, code: 0x2903 }, 'descriptor'))).toBe('72062903' + '00000000');
  });

  test.each([
    ['current', '70 00 05 00000000 0a 00000000 20 00 00000000', { key: 5, code: 0x2000 }],
    ['deferred', '71 00 06 00000000 0a 00000000 29 00 00000000', { key: 6, code: 0x2900 }],
    ['with valid information', 'f0 00 03 00001234 0a 00000000 11 00 00000000', { key: 3, code: 0x1100 }],
    ['with incorrect length', '70 00 20 00000000 0a 00000000 00 00 00000000', { key: 0, code: 0 }],
    ['in room for more', `70 00 05 00000000 0a 00000000 24 00 00000000 ${'00'.repeat(14)}`,
      { key: 5, code: 0x2400 }],
    ['descriptor format', '72 05 20 00 000000 00', { key: 5, code: 0x2000 }],
    ['descriptor format, deferred, with a descriptor', '73 03 11 00 000000 0c 00 0a 80 00 0000000000001234',
      { key: 3, code: 0x1100 }],
    ['descriptor format that ends behind the codes', '72 05 24 00', { key: 5, code: 0x2400 }],
    ['descriptor format that ends before', '72 05 24', null],
    ['a format that nobody knows', '74 00 05 00000000 0a 00000000 20 00 00000000', null],
    ['nothing but blanks', '00'.repeat(32), null],
    ['too short', '70 00 05 00000000 0a 00000000 20', null],
    ['nothing', '', null],
  ])('%s', (_name, text, sense) => {
    expect(decodeSense(bytes(text))).toEqual(sense);
  });

  test('what is encoded is decoded again, in both formats', () => {
    const sense = fc.record({ key: fc.nat(15), code: fc.nat(0xffff) });
    fc.assert(fc.property(sense, fc.constantFrom('fixed' as const, 'descriptor' as const), (value, format) => {
      expect(decodeSense(encodeSense(value, format))).toEqual(value);
    }));
  });

  test.each([
    [{ key: 5, code: 0x2400 }, 'ILLEGAL REQUEST, INVALID FIELD IN CDB (5/2400)'],
    [{ key: 0xb, code: 0x4b00 }, 'ABORTED COMMAND (B/4B00)'],
    [{ key: 9, code: 0x8001 }, '9h (9/8001)'],
  ])('%j is %s', (sense, text) => expect(senseText(sense)).toBe(text));
});

describe('persistent reservation data', () => {
  test.each([
    [0n, '0x0000000000000000'], [0x5aa5n, '0x0000000000005AA5'], [2n ** 63n, '0x8000000000000000'],
    [2n ** 64n - 1n, '0xFFFFFFFFFFFFFFFF'], [0x0123456789abcdefn, '0x0123456789ABCDEF'],
  ])('key %d is %s', (key, text) => expect(keyText(key)).toBe(text));

  test('READ KEYS', () => {
    const data = encodeKeys({ generation: 3, keys: [0x1n, 0xfedcba9876543210n] });
    expect(hex(data)).toBe('00000003' + '00000010' + '0000000000000001' + 'fedcba9876543210');
    expect(decodeKeys(data))
      .toEqual({ generation: 3, keys: [1n, 0xfedcba9876543210n], needed: 24, truncated: false });
  });

  const key1 = '0000000000000001';
  const key2 = '0000000000000002';
  test.each([
    ['no keys', '00000000 00000000', [], 8, false],
    ['no keys in a buffer for four', `00000000 00000000 ${'00'.repeat(32)}`, [], 8, false],
    ['two keys, and something behind them', `00000003 00000010 ${key1} ${key2} ffffffffffffffff`, [1n, 2n], 24,
      false],
    ['a header with room for no key', '00000003 00000018', [], 32, true],
    ['cut off inside a key', `00000003 00000018 ${key1} 00000000`, [1n], 32, true],
    ['four thousand million bytes', `00000003 fffffff8 ${key1} ${key2}`, [1n, 2n], 2 ** 32, true],
  ])('READ KEYS: %s', (_name, text, keys, needed, truncated) => {
    expect(decodeKeys(bytes(text))).toEqual({ generation: keys.length === 0 && !truncated ? 0 : 3, keys, needed,
      truncated });
  });

  test.each([
    ['nothing', '', 'READ KEYS takes 8 bytes; 0 are there'],
    ['seven bytes', '00000003 000000', 'READ KEYS takes 8 bytes; 7 are there'],
    ['a key and a half', `00000003 0000000c ${key1} 00000000`,
      'READ KEYS: 12 bytes of keys are not a whole number of keys'],
  ])('READ KEYS: %s is an error', (_name, text, message) => {
    expect(() => decodeKeys(bytes(text))).toThrow(ScsiDataError);
    expect(() => decodeKeys(bytes(text))).toThrow(message);
  });

  test('READ RESERVATION', () => {
    const data = encodeReservation({ generation: 9, reservation: { key: 0x5aa5n, scope: 0, type: 5 } });
    expect(hex(data)).toBe('00000009' + '00000010' + '0000000000005aa5' + '00000000' + '00' + '05' + '0000');
    expect(hex(encodeReservation({ generation: 9, reservation: null }))).toBe('0000000900000000');
  });

  const held = '0000000000005aa5 00000000 00 05 0000';
  const reservation = { key: 0x5aa5n, scope: 0, type: 5 };
  test.each([
    ['none', '00000009 00000000', null, 8, false],
    ['none in a buffer for one', `00000009 00000000 ${'00'.repeat(16)}`, null, 8, false],
    ['one', `00000009 00000010 ${held}`, reservation, 24, false],
    ['an element of a changer', '00000009 00000010 0000000000000001 00000007 00 23 0000',
      { key: 1n, scope: 2, type: 3 }, 24, false],
    ['a type and a scope that nobody knows', '00000009 00000010 0000000000000001 00000000 00 ff 0000',
      { key: 1n, scope: 15, type: 15 }, 24, false],
    ['two of SPC-2', `00000009 00000020 ${held} ${held}`, reservation, 40, false],
    ['two of SPC-2, cut off behind the first', `00000009 00000020 ${held}`, reservation, 40, true],
  ])('READ RESERVATION: %s', (_name, text, value, needed, truncated) => {
    expect(decodeReservation(bytes(text))).toEqual({ generation: 9, reservation: value, needed, truncated });
  });

  test.each([
    ['seven bytes', '00000009 000000', 'READ RESERVATION takes 8 bytes; 7 are there'],
    ['a reservation that is not there', '00000009 00000010',
      'READ RESERVATION with a reservation takes 24 bytes; 8 are there'],
    ['a reservation that ends too early', `00000009 00000010 ${held.slice(0, -5)}`,
      'READ RESERVATION with a reservation takes 24 bytes; 22 are there'],
    ['half a descriptor', `00000009 00000008 ${held}`,
      'READ RESERVATION: 8 bytes are not a whole number of descriptors'],
  ])('READ RESERVATION: %s is an error', (_name, text, message) => {
    expect(() => decodeReservation(bytes(text))).toThrow(ScsiDataError);
    expect(() => decodeReservation(bytes(text))).toThrow(message);
  });

  // [service action, scope, type, block]: those of the facts about Windows' class driver
  test.each([
    ['REGISTER', 0, 0, '5f 00 00 0000 00000018 00'], ['RESERVE', 0, 1, '5f 01 01 0000 00000018 00'],
    ['RELEASE', 0, 3, '5f 02 03 0000 00000018 00'], ['CLEAR', 0, 0, '5f 03 00 0000 00000018 00'],
    ['PREEMPT', 0, 5, '5f 04 05 0000 00000018 00'], ['PREEMPT AND ABORT', 0, 3, '5f 05 03 0000 00000018 00'],
    ['REGISTER AND IGNORE EXISTING KEY', 0, 0, '5f 06 00 0000 00000018 00'],
    ['RESERVE', 2, 15, '5f 01 2f 0000 00000018 00'],
  ])('PERSISTENT RESERVE OUT, %s of scope %i and type %i', (name, scope, type, block) => {
    const cdb = bytes(block);
    const command = { serviceAction: valueOf(prOutActionRows, name), scope, type, listLength: 24 };
    expect(hex(encodePrOutCommand(command))).toBe(hex(cdb));
    expect(decodePrOutCommand(cdb)).toEqual(command);
  });

  test('a block of PERSISTENT RESERVE OUT: the length takes four bytes, reserved bits are not read', () => {
    expect(decodePrOutCommand(bytes('5f e3 00 ffff 01020304 ff')))
      .toEqual({ serviceAction: 3, scope: 0, type: 0, listLength: 0x01020304 });
    expect(() => decodePrOutCommand(bytes('5f 03 00 0000 000000 18'))).toThrow(ScsiDataError);
  });

  test('what each action of PERSISTENT RESERVE OUT looks at', () => {
    const said = prOutActionRows.map(({ name, typed, secondKey, flagged }) =>
      [name, `${typed ? 'type ' : ''}${secondKey ? 'second key ' : ''}${flagged ? 'flags' : ''}`.trim()]);
    expect(Object.fromEntries(said)).toEqual({
      'REGISTER': 'second key flags', 'REGISTER AND IGNORE EXISTING KEY': 'second key flags', 'RESERVE': 'type',
      'RELEASE': 'type', 'CLEAR': '', 'PREEMPT': 'type second key', 'PREEMPT AND ABORT': 'type second key',
    });
  });

  const noFlags = { aptpl: false, allTargetPorts: false, specifiesInitiators: false };
  const keysOfList = '0123456789abcdef' + 'fedcba9876543210' + '00000000';
  test.each([
    ['no flag', {}, '00'], ['APTPL', { aptpl: true }, '01'], ['ALL_TG_PT', { allTargetPorts: true }, '04'],
    ['SPEC_I_PT', { specifiesInitiators: true }, '08'],
    ['all three', { aptpl: true, allTargetPorts: true, specifiesInitiators: true }, '0d'],
  ])('PERSISTENT RESERVE OUT parameter list: %s', (_name, flags, byte) => {
    const keys = { reservationKey: 0x0123456789abcdefn, serviceActionKey: 0xfedcba9876543210n };
    const raw = `${keysOfList}${byte}000000`;
    expect(hex(encodePrOut({ ...keys, ...flags }))).toBe(raw);
    expect(decodePrOut(bytes(raw))).toEqual({ ...keys, ...noFlags, ...flags });
  });

  test('PERSISTENT RESERVE OUT parameter list: reserved bits and what follows are not read', () => {
    expect(decodePrOut(bytes(`${keysOfList}f2000000ffff`))).toMatchObject(noFlags);
    expect(() => decodePrOut(new Uint8Array(23))).toThrow(ScsiDataError);
  });

  test('what is encoded is decoded again', () => {
    const key = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    const list = fc.record({ reservationKey: key, serviceActionKey: key, aptpl: fc.boolean(),
      allTargetPorts: fc.boolean(), specifiesInitiators: fc.boolean() });
    fc.assert(fc.property(list, (value) => {
      expect(decodePrOut(encodePrOut(value))).toEqual(value);
    }));
    const generation = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    fc.assert(fc.property(generation, fc.array(key, { maxLength: 30 }), (count, keys) => {
      expect(decodeKeys(encodeKeys({ generation: count, keys })))
        .toEqual({ generation: count, keys, needed: 8 + 8 * keys.length, truncated: false });
    }));
    const anyReservation = fc.option(fc.record({ key, scope: fc.nat(15), type: fc.nat(15) }), { nil: null });
    fc.assert(fc.property(generation, anyReservation, (count, value) => {
      const said = { generation: count, reservation: value };
      expect(decodeReservation(encodeReservation(said))).toMatchObject(said);
    }));
  });
});
