// What a device says of itself, byte by byte, in all that PowerShell shows of it: no control, escape or direction
// character comes through, whatever the disk is called.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { executable } from '../cli/executable.ts';
import { runPowerShell } from './powershell.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'storage-release-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const bus = join(folder, 'bus.json');
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

const forged = '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">'
  + '<S S="output">forged</S></Objs>';
/** Vendor, product and serial number of one disk each: 8, 16 and any number of bytes. */
const rude: readonly (readonly [what: string, vendor: string, product: string, serial: string])[] = [
  ['escape sequences', '\x1b[2J', '\x1b]0;title\x07', '\x1b]52;c;ZXZpbA==\x07\x1b[8m'],
  ['C1 controls', '\x9b31m', '\x9d0;x\x9c', '\x90q\x9c\x85'],
  ['all of C0', '\x01\x02\x03\x04\x05\x06', '\x07\x08\x09\x0a\x0b\x0c\x0d\x0e',
    '\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f'],
  ['a second row', 'ACME', 'Disk\r\n       9 OK', 'S\r\n      10 ACME Disk      Accepted'],
  ['soft hyphens', '\xadACME\xad', 'Di\xadsk', '\xad\xad1'],
  ['CLIXML', '#< CLIX', '#< CLIXML', `\n#< CLIXML\r\n${forged}\n`],
  ['what others would run', '=cmd()', '$(exit 3)`"\'', '";id=9&verb=release&number=0</S><Obj>]]>_x000A_'],
];

beforeAll(() => {
  const units = rude.map(([, vendor, product, serial], i) => ({
    name: `unit ${i}`, vendor, product, serial, naa: `600a0b800011223300000000000000a${i}`, reservedBy: 'a',
  }));
  const disks = units.map((unit, number) => ({ number, unit: unit.name, ...(number === 4 ? { boot: true } : {}) }));
  writeFileSync(bus, JSON.stringify({ version: 1, thisHost: 'a', logicalUnits: units, hosts: { a: { disks } } }));
});

/** Control characters but the end of a line, format characters, separators of lines, halves of pairs. */
const unsafe = /(?!\r?\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe('what a disk is called', () => {
  test('PowerShell itself shows an escape sequence as it is, in tables and lists', async () => {
    const { stdout } = await runPowerShell({
      command: '[pscustomobject]@{ Name = "$([char]27)[2J$([char]0x9b)x$([char]0x202e)" }' });
    expect(stdout).toContain('\x1b[2J');
    expect(unsafe.test(stdout)).toBe(true);
  });

  test('no byte of it moves the cursor: every view, error, warning, question and step', async () => {
    const { stdout, stderr } = await runPowerShell({ timeoutMs: 90_000, stdin: 'n\nn\n', command: `
      Import-Module ${quoted(join(root, 'StorageRelease.psd1'))}
      Enter-StorageRehearsal ${quoted(bus)}
      filter Show-All { foreach ($one in $_.PSObject.Properties) { "$($one.Name) = $($one.Value)" } }
      Get-StorageRehearsalDisk | Out-Default
      Get-StorageRehearsalDisk | Show-All
      Get-StorageReservation -Detailed | Show-All
      Get-StorageReservation | Out-Default
      $evil = "$([char]0x202e)$([char]27)[2J$([char]13)$([char]10)$([char]0x2066)$([char]0xd800)x"
      Get-StorageRehearsalDisk | Invoke-StorageRelease -WhatIf
      Get-StorageRehearsalDisk | Invoke-StorageRelease -Force -Verify -Verbose | Show-All
      $evil | Invoke-StorageRelease -Force
      [pscustomobject]@{ Number = 1; SerialNumber = $evil; FriendlyName = $evil } | Invoke-StorageRelease -Force
      [pscustomobject]@{ UniqueId = $evil } | Invoke-StorageRelease -Force -Verbose
      Invoke-StorageRelease -Path $evil -Force
      Invoke-StorageReserve -Number 5 -Force | Out-Default
      foreach ($one in $Error) { $one.Exception.Message; "$($one.ErrorDetails)"; "$($one.ErrorDetails.RecommendedAction)" }
      Invoke-StorageRelease -Number 0` });
    for (const stream of [stdout, stderr]) {
      const at = stream.search(unsafe);
      expect(at < 0 ? '' : JSON.stringify(stream.slice(Math.max(0, at - 60), at + 20))).toBe('');
    }
    // It was all there, in another form.
    expect(stdout).toContain('?]0;title?');
    expect(stdout).toContain('=cmd()');
    expect(stdout.match(/VERBOSE/g)!.length).toBeGreaterThan(5);
    expect(stderr).toContain('Invoke-StorageRelease');
    expect(stdout).not.toMatch(/^ +(?:9 OK|10 ACME)/m);
  });

  // Its control is a program of Unix.
  test.skipIf(process.platform === 'win32')('a program\'s output that begins with a mark becomes objects; ours never by a disk\'s name', async () => {
    const { stdout } = await runPowerShell({ timeoutMs: 60_000, command: `
      $control = & /bin/sh -c ${quoted(`printf '#< CLIXML\\n%s\\n' '${forged}'`)}
      "control $control"
      foreach ($format in 'table', 'json') {
        foreach ($command in 'list', 'status') {
          $got = @(& ${quoted(executable)} $command --output $format --rehearsal ${quoted(bus)} 2>&1)
          "$command $format $($got.Count -gt 0) forged=$(@($got | Where-Object { "$_" -eq 'forged' }).Count)"
        }
      }
      $objects = @(& ${quoted(executable)} list --output clixml --rehearsal ${quoted(bus)} 2>$null)
      "objects $($objects.Count) $($objects[5].SerialNumber.Contains('forged'))"` });
    expect(stdout.trim().split(/\r?\n/)).toEqual(['control forged',
      'list table True forged=0', 'status table True forged=0', 'list json True forged=0', 'status json True forged=0',
      `objects ${rude.length} True`]);
  });
});
