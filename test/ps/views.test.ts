// What a user sees of results and disks on a screen of 80 columns. Only the test engine takes a width.

import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { root } from './cases.ts';
import { findPowerShell, runPowerShell } from './powershell.ts';
import type { RunResult } from './powershell.ts';

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

describe.runIf(findPowerShell().kind === 'engine')('on 80 columns', () => {
  let folder = '';
  let run: RunResult;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'storage-release-'));
    const bus = join(folder, 'bus.json');
    copyFileSync(join(root, 'ps/rehearsal/small-shop.json'), bus);
    const script = join(folder, 'show.ps1');
    writeFileSync(script, [
      `Import-Module ${quote(join(root, 'StorageRelease.psd1'))}`,
      `Enter-StorageRehearsal ${quote(bus)} -WarningAction SilentlyContinue`,
      'Get-StorageRehearsalDisk | Out-Default',
      '"RESULTS" | Out-Default',
      'Get-StorageRehearsalDisk | Invoke-StorageRelease -Force -TimeoutSec 1 -ErrorAction SilentlyContinue | '
        + 'Out-Default',
    ].join('\n'));
    run = await runPowerShell({ file: script, cwd: folder, width: 80 });
    expect(run.stderr).toBe('');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

  const tables = () => run.stdout.split('RESULTS')
    .map((text) => text.split(/\r?\n/).filter((line) => line.trim() !== ''));

  test('no line is longer', () => {
    expect(run.stdout.split(/\r?\n/).filter((line) => line.length > 80)).toEqual([]);
  });

  test('disks: one line each, under their heads', () => {
    const [disks] = tables();
    expect(disks![0]).toMatch(/^\s*Number FriendlyName\s+SerialNumber\s+BusType\s+Role\s*$/);
    expect(disks).toHaveLength(2 + 17);
    expect(disks![2]).toMatch(/^\s+0 ATA INTEL SSDSC2KB48\s+PHYF1127004T480B\s+Sata\s+Boot, System\s*$/);
    expect(disks!.at(-1)).toMatch(/^\s*Tape0 HP Ultrium/);
  });

  test('results: one line each, with the beginning of what is said', () => {
    const results = tables()[1]!;
    expect(results[0]).toMatch(/^\s*Disk FriendlyName\s+Outcome\s+After\s+Message\s*$/);
    expect(results).toHaveLength(2 + 17);
    expect(results.find((line) => /^\s+5 /.test(line))).toMatch(/HP P2000 G3 FC\s+Conflict\s+Reservation/);
  });
});
