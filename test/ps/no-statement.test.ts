// The module's table of texts that say nothing of a device against the executable's: a record that the module takes for
// identified and the executable does not would be refused without the line to type, and the other way round.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { isMadeUp, isPlaceholder } from '../../src/disk/no-statement.ts';
import { keysAnswerIn } from '../../src/reservation/evidence.ts';
import { root } from './cases.ts';
import { runPowerShell } from './powershell.ts';

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Texts of all rows and of their neighbours. */
const named = [
  '0', '00000000', '0000_0000_0000_0000.', '0 0', '0-0:0.0', '0x0', '-', '?', 'XXXXXXXX', 'FFFFFFFF', 'xX', 'xy', 'a', 'aa', 'ab',
  '0123', '012', '0123456789ABCDEF', '0123456789abcdeg', '123456789012', '1234567890123', '123456789', '12345678', '1234', '123',
  'abcd', 'ABCDEFGH', 'bcde', 'N/A', 'n.a.', '#N/A', 'None', '(null)', 'To Be Filled By O.E.M.', 'To be filled by O.E.M', 'Default string',
  'default  string', ' unknown ', 'unknown1', 'Serial Number', 'serial_number', 'serial-number', 'S/N', 'eui.3141463431303031',
  'naa.3141463431303031', '3141463431303031', '3141463431303032', 'EUI.0000000000000000', 'naa.', 'eui.eui.0', 'naa.none',
  '{256a2559-ce63-5434-1bee-3ff629daa3a8}', '256a2559-ce63-5434-1bee-3ff629daa3a8', '{256a2559-ce63-5434-1bee-3ff629daa3a}',
  '{256A2559-CE63-5434-1BEE-3FF629DAA3A8} ', 'SCSI\\DISK&VEN_VMWARE&PROD_VIRTUAL_DISK\\5&1F2A051D&0&000300:ESXW16',
  'USBSTOR\\DISK&VEN_X\\1&0:HOST', 'IDE\\', '\\\\?\\Volume{0}\\', 'a\\b', 'a b\\c', 'C:\\x', 'iqn.1991-05.com.microsoft:x',
  '600A0B80001122330000000000000001', 'vol0123456789abcdef0', 'S1X0NYAGC03194', 'ſerial', 'K\u212a', '\u3000', '\u00a00',
];

test('the module and the executable take the same answers to READ KEYS for "no key"', () => {
  const source = readFileSync(join(root, 'ps/private/shared/Test-WithoutKey.ps1'), 'latin1');
  const pattern = new RegExp(/-cmatch '(.+)'/.exec(source)![1]!.replaceAll('\\A', '^').replaceAll('\\z', '$'));
  const statuses = [...readFileSync(join(root, 'src/status/status.ts'), 'latin1').matchAll(/'(STATUS_[A-Z_0-9]+)'/g)].map(([, name]) => name!);
  expect(statuses.length).toBeGreaterThan(30);
  for (const answer of [...statuses, '0 keys', '1 key', '10 keys', '20 keys', 'not understood', '0xC0001234']) {
    for (const evidence of [`READ KEYS: ${answer}`, `CHECK_VERIFY: STATUS_SUCCESS; READ KEYS: ${answer}; READ RESERVATION: none`]) {
      expect([answer, pattern.test(evidence)]).toEqual([answer, ['none', 'unsupported'].includes(keysAnswerIn(evidence))]);
    }
  }
});

test('the module and the executable take the same texts for none', async () => {
  const some = fc.sample(fc.oneof(
    fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEF_-. :') }), fc.string({ maxLength: 12 }),
    fc.tuple(fc.constantFrom('eui.', 'naa.', 'EUI.', ''), fc.constantFrom(...named)).map(([prefix, text]) => prefix + text),
    fc.tuple(fc.constantFrom(...named), fc.constantFrom('', ' ', 'x', '0', '\\')).map(([text, end]) => text + end),
  ), { numRuns: 3000, seed: 11 });
  // The module reads no text with control characters, and none of blanks alone.
  const texts = [...new Set([...named, ...some])].filter((text) => !/[\u0000-\u001f\u007f-\u009f]/.test(text) && text.trim() !== '');
  const folder = mkdtempSync(join(tmpdir(), 'storage-release-'));
  try {
    const file = join(folder, 'texts.json');
    writeFileSync(file, JSON.stringify(texts));
    const { stdout, stderr } = await runPowerShell({ timeoutMs: 120_000, command: `
      $module = Import-Module ${quote(join(root, 'StorageRelease.psd1'))} -PassThru
      $texts = [System.IO.File]::ReadAllText(${quote(file)}) | ConvertFrom-Json -DateKind String
      -join (& $module { param($Texts) Import-ModulePart Private; foreach ($text in $Texts) { [int](Test-Placeholder $text) + 2 * [int]$script:MadeUpForm.IsMatch($text.Trim()) } } $texts)
    ` });
    expect(stderr).toBe('');
    const theirs = [...stdout.trim()].map(Number);
    expect(theirs).toHaveLength(texts.length);
    const differ = texts.filter((text, index) => theirs[index] !== Number(isPlaceholder(text)) + 2 * Number(isMadeUp(text)));
    expect(differ).toEqual([]);
    // Controls: of both kinds there are some, and many that are neither.
    for (const kind of [0, 1, 2]) expect(theirs.filter((one) => one === kind).length).toBeGreaterThan(20);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});
