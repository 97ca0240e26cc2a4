// REPORT CAPABILITIES, READ FULL STATUS and TransportIDs, byte by byte.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Capabilities, capabilitiesText, decodeCapabilities, encodeCapabilities,
} from '../../src/scsi/capabilities.ts';
import { ScsiDataError } from '../../src/scsi/data.ts';
import { type Registrant, decodeFullStatus, encodeFullStatus } from '../../src/scsi/full-status.ts';
import {
  FCP, SAS, decodeTransportId, encodeIscsiTransportId, encodePortTransportId,
} from '../../src/scsi/transport-id.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytes = (text: string) => Uint8Array.from(Buffer.from(text.replace(/\s+/g, ''), 'hex'));
const ascii = (text: string) => Buffer.from(text, 'latin1').toString('hex');

const nothing: Capabilities = {
  replacesLost: false, compatible: false, specifiesInitiators: false, allTargetPorts: false,
  survivesPowerLoss: false, typesValid: false, powerLossActive: false, allowCommands: 0, types: null,
};

const allTypes = 'Write Exclusive, Exclusive Access, Write Exclusive - Registrants Only, '
  + 'Exclusive Access - Registrants Only, Write Exclusive - All Registrants, Exclusive Access - All Registrants';

describe('REPORT CAPABILITIES', () => {
  test.each<[string, string, Partial<Capabilities>, string]>([
    ['nothing', '0008 00 00 00 00 0000', {}, 'none'],
    ['tgt', '0008 00 80 ea 01 0000', { typesValid: true, types: [1, 3, 5, 6, 7, 8] },
      `TMV; ${allTypes}`],
    ['LIO', '0008 1d 90 ea 01 0000', {
      compatible: true, specifiesInitiators: true, allTargetPorts: true, survivesPowerLoss: true, typesValid: true,
      allowCommands: 1, types: [1, 3, 5, 6, 7, 8],
    }, `CRH, SIP_C, ATP_C, PTPL_C, TMV, ALLOW COMMANDS 001b; ${allTypes}`],
    ['an array of two types that survive a loss of power', '0008 81 81 28 00 0000', {
      replacesLost: true, survivesPowerLoss: true, typesValid: true, powerLossActive: true, types: [3, 5],
    }, 'RLR_C, PTPL_C, TMV, PTPL_A; Exclusive Access, Write Exclusive - Registrants Only'],
  ])('%s', (_name, raw, value, text) => {
    const capabilities = { ...nothing, ...value };
    expect(decodeCapabilities(bytes(raw))).toEqual(capabilities);
    expect(hex(encodeCapabilities(capabilities))).toBe(raw.replaceAll(' ', ''));
    expect(capabilitiesText(capabilities)).toBe(text);
  });

  test('types are not told where their mask does not count', () => {
    expect(decodeCapabilities(bytes('0008 00 00 ff ff 0000')).types).toBeNull();
  });

  test('a longer one of a standard to come', () => {
    expect(decodeCapabilities(bytes('0010 10 00 00 00 0000 ffffffffffffffff')).compatible).toBe(true);
    expect(decodeCapabilities(bytes('ffff 10 00 00 00 0000')).compatible).toBe(true);
  });

  test.each([
    ['seven bytes', '0008 10 00 00 00 00', 'REPORT CAPABILITIES takes 8 bytes; 7 are there'],
    ['a length of none', '0000 10 00 00 00 0000', 'REPORT CAPABILITIES: LENGTH is 0, not 8'],
  ])('%s is an error', (_name, raw, message) => {
    expect(() => decodeCapabilities(bytes(raw))).toThrow(ScsiDataError);
    expect(() => decodeCapabilities(bytes(raw))).toThrow(message);
  });
});

const iqn = 'iqn.1991-05.com.microsoft:node-1';
const longest = `iqn.2001-04.com.example:${'x'.repeat(223 - 24)}`;

describe('TransportID', () => {
  test.each<[string, string, string]>([
    ['iSCSI, format 00b', `05 00 0024 ${ascii(iqn)} 00000000`, iqn],
    ['iSCSI, format 01b', `45 00 0038 ${ascii(`${iqn},i,0x400001370000`)} 000000 00000000`,
      `${iqn},i,0x400001370000`],
    ['iSCSI, a short name and its padding', `05 00 0014 ${ascii('naa.52004567BA64678D')}`, 'naa.52004567BA64678D'],
    ['iSCSI in Cyrillic', `05 00 0018 ${Buffer.from('iqn.1:диск', 'utf8').toString('hex')} ${'00'.repeat(10)}`,
      'iqn.1:диск'],
    ['FC', `00 00000000000000 2100001b329b2e7d ${'00'.repeat(8)}`, 'FC 2100001B329B2E7D'],
    ['SAS', `06 000000 5000c500a1b2c3d7 ${'00'.repeat(12)}`, 'SAS 5000C500A1B2C3D7'],
    ['SRP', `04 00000000000000 fe80000000000000 0002c90300a1b2c3`, 'SRP FE800000000000000002C90300A1B2C3'],
    ['parallel SCSI', `01 00 0007 0000 0001 ${'00'.repeat(16)}`,
      `SPI 0x0100000700000001${'00'.repeat(16)}`],
    ['a protocol that nobody knows', `09 00 1234`, '9h 0x09001234'],
    ['nothing', '', 'none'],
    ['FC cut off', '00 00000000000000 2100001b329b2e', 'FC 0x00000000000000002100001B329B2E'],
    ['FC in a format that there is not', `40 00000000000000 2100001b329b2e7d ${'00'.repeat(8)}`,
      `FC 0x40000000000000002100001B329B2E7D${'00'.repeat(8)}`],
    ['iSCSI longer than its bytes', `05 00 0024 ${ascii('iqn')}`, 'iSCSI 0x0500002469716E'],
    ['iSCSI in a format that there is not', `85 00 0004 ${ascii('iqn')}00`, 'iSCSI 0x8500000469716E00'],
    ['iSCSI of no name', '05 00 0004 00000000', 'iSCSI 0x0500000400000000'],
    ['iSCSI of three bytes', '05 00 00', 'iSCSI 0x050000'],
    ['terminal escapes', `05 00 0008 ${ascii('iqn\x1b[2J\0')}`, 'iqn?[2J'],
    ['a name of many bytes', `05 00 0100 ${'78'.repeat(256)}`, `iSCSI 0x05000100${'78'.repeat(60)}...`],
  ])('%s', (_name, raw, text) => expect(decodeTransportId(bytes(raw)).text).toBe(text));

  test('written', () => {
    expect(hex(encodeIscsiTransportId(iqn))).toBe(`05000024${ascii(iqn)}00000000`);
    expect(hex(encodeIscsiTransportId('naa.5200456', null)))
      .toBe(`05000014${ascii('naa.5200456')}${'00'.repeat(9)}`);
    expect(hex(encodePortTransportId(FCP, 0x2100001b329b2e7dn)))
      .toBe(`00${'00'.repeat(7)}2100001b329b2e7d${'00'.repeat(8)}`);
    expect(hex(encodePortTransportId(SAS, 0x5000c500a1b2c3d7n)))
      .toBe(`060000005000c500a1b2c3d7${'00'.repeat(12)}`);
    expect(decodeTransportId(encodeIscsiTransportId(longest, 'ffffffffffff')).text)
      .toBe(`${longest},i,0xffffffffffff`);
  });

  test.each<[string, () => unknown]>([
    ['no name', () => encodeIscsiTransportId('')],
    ['a NUL in a name', () => encodeIscsiTransportId('a\0b')],
    ['an ISID of eleven digits', () => encodeIscsiTransportId(iqn, '40000137000')],
    ['a name of 300 bytes', () => encodeIscsiTransportId('x'.repeat(300))],
    ['a port of SPI', () => encodePortTransportId(1, 7n)],
    ['a port of SRP, whose names are longer', () => encodePortTransportId(4, 7n)],
    ['a port of nothing', () => encodePortTransportId(15, 7n)],
  ])('%s is an error', (_name, run) => expect(run).toThrow(ScsiDataError));
});

/** Two registrants: the first holds type 5 through target port 1, the second is registered for all ports. */
const wwpn = `00 00000000000000 2100001b329b2e7d ${'00'.repeat(8)}`;
const name = `05 00 0024 ${ascii(iqn)} 00000000`;
const first = `0123456789abcdef 00000000 01 05 00000000 0001 00000018 ${wwpn}`;
const second = `0000000000000002 00000000 02 00 00000000 0000 00000028 ${name}`;
const both = `00000004 00000070 ${first} ${second}`;

describe('READ FULL STATUS', () => {
  const holder = {
    key: 0x0123456789abcdefn, holder: true, allTargetPorts: false, scope: 0, type: 5, targetPort: 1,
    transportId: bytes(wwpn), initiator: { protocol: 0, format: 0, text: 'FC 2100001B329B2E7D' },
  };
  const other = {
    key: 2n, holder: false, allTargetPorts: true, scope: null, type: null, targetPort: null,
    transportId: bytes(name), initiator: { protocol: 5, format: 0, text: iqn },
  };

  test('written', () => {
    expect(hex(encodeFullStatus({ generation: 4, registrants: [holder, other] }))).toBe(hex(bytes(both)));
    expect(hex(encodeFullStatus({ generation: 7, registrants: [] }))).toBe('0000000700000000');
  });

  test.each([
    ['nobody', '00000004 00000000', [], 8, false],
    ['two', both, [holder, other], 120, false],
    ['two, and something behind them', `${both} ffffffff`, [holder, other], 120, false],
    ['two, the second cut off in its TransportID', hex(bytes(both).subarray(0, 119)), [holder], 120, true],
    ['two, the second cut off before its length', hex(bytes(both).subarray(0, 78)), [holder], 120, true],
    ['two, of which nothing is there', '00000004 00000070', [], 120, true],
    ['one without TransportID', '00000004 00000018 0000000000000002 00000000 00 00 00000000 0003 00000000',
      [{ ...other, allTargetPorts: false, targetPort: 3, transportId: bytes(''),
        initiator: { protocol: 0, format: 0, text: 'none' } }], 32, false],
  ])('%s', (_name, raw, registrants, needed, truncated) => {
    expect(decodeFullStatus(bytes(raw))).toEqual({ generation: 4, registrants, needed, truncated });
  });

  test.each([
    ['seven bytes', '00000004 000000', 'READ FULL STATUS takes 8 bytes; 7 are there'],
    ['a list that ends inside a descriptor', `00000004 00000040 ${first} ${second}`,
      'READ FULL STATUS: the list ends 16 bytes into a descriptor at 56'],
    ['a descriptor longer than its list', `00000004 00000030 ${first.replace('00000018', '00000019')}`,
      'READ FULL STATUS: the descriptor at 8 ends at 57, the list at 56'],
    ['a descriptor of four thousand million bytes', `00000004 00000030 ${first.replace('00000018', 'ffffffff')}`,
      'READ FULL STATUS: the descriptor at 8 ends at 4294967327, the list at 56'],
  ])('%s is an error', (_name, raw, message) => {
    expect(() => decodeFullStatus(bytes(raw))).toThrow(ScsiDataError);
    expect(() => decodeFullStatus(bytes(raw))).toThrow(message);
  });

  test('TransportIDs are copies: the buffer may be used again', () => {
    const raw = bytes(both);
    const [one] = decodeFullStatus(raw).registrants;
    raw.fill(0);
    expect(hex(one?.transportId as Uint8Array)).toBe(wwpn.replaceAll(' ', ''));
  });

  test('what is encoded is decoded again', () => {
    const registrant: fc.Arbitrary<Registrant> = fc.record({
      key: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), holder: fc.boolean(), allTargetPorts: fc.boolean(),
      scope: fc.nat(15), type: fc.nat(15), targetPort: fc.nat(65535),
      transportId: fc.uint8Array({ maxLength: 60 }),
    }).map((each) => ({
      ...each, targetPort: each.allTargetPorts ? null : each.targetPort, scope: each.holder ? each.scope : null,
      type: each.holder ? each.type : null,
    }));
    const list = fc.array(registrant, { maxLength: 20 });
    fc.assert(fc.property(list, fc.nat(0xffffffff), (registrants, generation) => {
      const raw = encodeFullStatus({ generation, registrants });
      expect(decodeFullStatus(raw)).toEqual({
        generation, needed: raw.length, truncated: false,
        registrants: registrants.map((each) => ({ ...each, initiator: decodeTransportId(each.transportId) })),
      });
    }));
  });
});
