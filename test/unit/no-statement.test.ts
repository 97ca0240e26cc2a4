// What is no identity: fillers, and ids that Windows makes up. The module has the same tables.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { counted, isMadeUp, isPlaceholder, madeUpRows, placeholderRows, placeholderWords } from '../../src/disk/no-statement.ts';

const module = readFileSync(new URL('../../ps/private/disk/NoStatement.ps1', import.meta.url), 'utf8');

describe('a text that stands where an identity should', () => {
  test.each(['0', '00', '0000000000000000', '0000_0000_0000_0000.', 'eui.0000000000000000', 'naa.0000000000000000', '-', '?', 'X', 'xxxxxxxx',
    'FFFFFFFF', 'ffffffffffffffff', '........', '1234', '1234567890', '123456789012', '0123456789ABCDEF', '0123456789abcdef0123',
    '123456789ABCDEF', '01234567890123456789', 'ABCDEFGH', '3141463431303031', 'EUI.3141463431303031', 'N/A', ' n/a ', '#N/A', 'None', '(NULL)',
    'Default string', 'To Be Filled By O.E.M.', 'Serial Number', 'SerialNumber',
  ])('%j', (text) => expect(isPlaceholder(text)).toBe(true));

  test.each(['S3', '01', '10', '000000000820', '0000000005\u0006\u0018', '123', '12', 'ABC', '1243', '12346', '0123456789ABCDEG', 'S2RBNX0H606448W',
    'WD-WCC4N1234567', '18F001B', '4D534654202020209C8E3C77A846CD4AA6B8901C0E8E917E', 'Nonesuch', 'N/A1', 'eui.002538D411A09C3E', '\u0003N',
    '5D2C1A94-0B7F-41E3', '{3a2b1c4d-5e6f-7081-92a3-b4c5d6e7f801}',
  ])('not %j', (text) => expect(isPlaceholder(text)).toBe(false));

  test('each row has a source', () => {
    for (const { what, source } of [...placeholderRows, ...madeUpRows]) expect([what, source.length > 10]).toEqual([what, true]);
  });
});

describe('a UniqueId that Windows makes up', () => {
  test.each(['{256a2559-ce63-5434-1bee-3ff629daa3a8}', ' {256A2559-CE63-5434-1BEE-3FF629DAA3A8} ',
    String.raw`SCSI\DISK&VEN_VMWARE&PROD_VIRTUAL_DISK\5&1F2A051D&0&000300:ESXW16`, String.raw`USBSTOR\DISK&VEN_GENERIC`,
    String.raw`USBSTOR\DISK&VEN_WDC_WD80&PROD_EFAX-68KNBN0&REV_81.0\3113000000CE&0:FRED-LFL`,
    String.raw`IDE\DISKST3500418AS____________________________CC38____\5&2C28C4E6&0&0.0.0:OLD1`,
    String.raw`SD\DISK&GENERIC&SA08G&3\4&1A2B&0&5B590000:PI`, String.raw`scsi\disk&ven_vmware&prod_virtual_disk\5&1f2a051d&0&000300:esxw16`,
  ])('%j', (id) => expect(isMadeUp(id)).toBe(true));

  test.each(['6000C292A560CFEE7485CA30DD209394', '{256a2559}', '256a2559-ce63-5434-1bee-3ff629daa3a8', '{256a2559-ce63-5434-1bee-3ff629daa3a8}:HOST',
    'eui.002538D411A09C3E', 'vol05e70001Amazon Elastic Block Store              1D0F', 'iqn.1991-05.com.acme:target,L,0x0001',
    String.raw`\\.\PhysicalDrive3`, 'ACME    Disk', 'drive-scsi0-0-0-1',
  ])('not %j', (id) => expect(isMadeUp(id)).toBe(false));
});

describe('the module', () => {
  test('has the same words and runs', () => {
    const list = /foreach \(\$word in @\(([^]*?)\)\) \{/.exec(module)![1]!;
    expect([...list.matchAll(/'([^']*)'/g)].map(([, word]) => word)).toEqual([...placeholderWords]);
    const runs = /\$script:CountedText = (.*)/.exec(module)![1]!;
    expect([...runs.matchAll(/'([^']*)'(?: \* (\d+))?/g)].map(([, text, times = '1']) => text!.repeat(Number(times)))).toEqual(counted);
  });

  // Each text through the real PowerShell: test/ps/no-statement.test.ts.
  test('has the same forms', () => {
    const [, made] = /MadeUpForm = \[regex\]::new\(\s*'\\A(.*)\\z'/.exec(module)!;
    const madeUp = new RegExp(`^${made}$`);
    for (const id of ['{256a2559-ce63-5434-1bee-3ff629daa3a8}', '{256a2559}', String.raw`SCSI\DISK&VEN_X\5&1:HOST`, 'eui.0', '6000C292']) {
      expect([id, madeUp.test(id)]).toEqual([id, isMadeUp(id)]);
    }
    const [, filler] = /PlaceholderForm = \[regex\]::new\('\\A(.*)\\z'\)/.exec(module)!;
    const form = new RegExp(`^${filler}$`);
    for (const text of ['0', '0000_0000_0000_0000.', 'xx', '3141463431303031', '01', 'xy', 'eui.0']) {
      const rows = placeholderRows.filter(({ what }) => !/word|counted/.test(what));
      expect([text, form.test(text)]).toEqual([text, rows.some(({ is }) => is(text))]);
    }
    expect(module).toContain(String.raw`FormPrefix = [regex]::new('\A(?:eui|naa)\.'`);
  });
});
