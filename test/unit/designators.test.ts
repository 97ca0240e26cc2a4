import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Designator, uniqueIdForms } from '../../src/scsi/designators.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
const text = (value: string) => Uint8Array.from(Buffer.from(value, 'utf8'));
const one = (type: number, codeSet: number, identifier: Uint8Array, association = 0): Designator =>
  ({ type, codeSet, association, identifier });

const naa = one(3, 1, hex('60003ff44dc75adcb3d3b8a7e7f4a2b2'));
const eui = one(2, 1, hex('0025385271b01234'));
const name = one(8, 3, text('iqn.1991-05.com.acme:target,L,0x0001'));
const nvme = one(8, 3, text('eui.0025385271b01234'));
const t10 = one(1, 2, text('ACME    Disk7 123 '));
const vendor = one(0, 2, text('A serial'));

describe('what MSFT_Disk.UniqueId can be', () => {
  test.each([
    ['NAA: upper-case digits', [naa],
      ['60003FF44DC75ADCB3D3B8A7E7F4A2B2', 'naa.60003FF44DC75ADCB3D3B8A7E7F4A2B2']],
    ['EUI-64, with and without its prefix', [eui], ['0025385271B01234', 'eui.0025385271B01234']],
    ['NVMe: the name as it stands first', [nvme], ['eui.0025385271b01234', '0025385271b01234']],
    ['T10 vendor id: text, padding off', [t10], ['ACME    Disk7 123']],
    ['vendor specific text', [vendor], ['A serial']],
    ['vendor specific binary', [one(0, 1, hex('00ff'))], ['00FF']],
    ['a NUL-padded SCSI name', [one(8, 3, text('naa.5000c500a1b2c3d4\0\0\0\0'))],
      ['naa.5000c500a1b2c3d4', '5000c500a1b2c3d4']],
    ['the same twice is one', [vendor, vendor], ['A serial']],
    ['text of an evil device, as it is', [one(1, 2, text('a\x1b[2Jb'))], ['a\x1b[2Jb']],
    ['bytes that are no UTF-8 stay themselves', [one(8, 3, hex('41ff42')), one(8, 3, hex('41fe42'))], ['A\xffB', 'A\xfeB']],
    ['UTF-8', [one(8, 3, text('größe'))], ['größe']],
    ['a port names no disk', [one(3, 1, hex('5000c500a1b2c3d5'), 1), one(8, 3, text('iqn.x'), 2)], []],
    ['empty designators', [one(3, 1, hex('')), one(1, 2, text('   '))], []],
    ['types that Windows does not use', [4, 5, 6, 7, 9, 10].map((type) => one(type, 1, hex('01'))), []],
    ['code sets that nobody defined', [one(3, 0, hex('01')), one(3, 4, hex('01'))], []],
    ['nothing', [], []],
  ] satisfies [string, Designator[], string[]][])('%s', (_, designators, forms) => {
    expect(uniqueIdForms(designators)).toEqual(forms);
  });

  test.each([
    [[vendor, t10, eui, naa, name], 'iqn.1991-05.com.acme:target,L,0x0001'],
    [[vendor, t10, eui, naa], '60003FF44DC75ADCB3D3B8A7E7F4A2B2'],
    [[vendor, t10, eui], '0025385271B01234'],
    [[vendor, t10], 'ACME    Disk7 123'],
    [[t10, one(3, 1, hex('5000c500a1b2c3d4'), 1)], 'ACME    Disk7 123'],
  ])('of %# the preferred one comes first', (designators, first) => {
    expect(uniqueIdForms(designators)[0]).toBe(first);
  });

  test('whatever the page holds, texts are never empty and never doubled', () => {
    const designator = fc.record({
      type: fc.nat({ max: 10 }), codeSet: fc.nat({ max: 4 }), association: fc.nat({ max: 2 }),
      identifier: fc.uint8Array({ maxLength: 40 }),
    });
    fc.assert(fc.property(fc.array(designator), (designators) => {
      const forms = uniqueIdForms(designators);
      expect(new Set(forms).size).toBe(forms.length);
      expect(forms.every((form) => form.length > 0)).toBe(true);
    }));
  });
});
