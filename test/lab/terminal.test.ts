// PowerShell for Windows as somebody uses it: at a terminal, and from another computer. Wine makes its console of the
// pty; sshd here starts it as its subsystem.
//
// Wine's console takes the colours of a line that is typed for characters, so what stands there is not looked at; what
// commands put out is.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { root, runTestScript } from '../ps/cases.ts';
import { missingSshd, startRemoting } from '../ps/remoting.ts';
import { keys, Prompt } from '../ps/terminal.ts';
import type { Row } from '../ps/terminal.ts';
import type { Lab } from './lab.d.mts';
import { noLab, openPowerShellLab, releasedOf, shellEnvironment, titled, unitOf } from './powershell.ts';

const pwsh = ['wine', 'Z:\\lab\\powershell\\pwsh.exe', '-ExecutionPolicy', 'Bypass'];

describe.skipIf(noLab)(titled('PowerShell for Windows'), () => {
  let lab: Lab;
  let prompt: Prompt;

  beforeAll(async () => {
    lab = await openPowerShellLab();
    prompt = await Prompt.open([
      `Import-Module Z:\\lab\\StorageRelease\\StorageRelease.psd1`,
      '$WarningPreference = $ProgressPreference = "SilentlyContinue"',
      // Marked at both ends: what was typed may stand behind it.
      'function Tell { process { "OUT $($_.Number) $($_.Outcome);" } }',
    ].join('\n'), {
      columns: 80, shell: pwsh, unprocessed: true, launcher: lab.launcher({ env: { ...shellEnvironment, NO_COLOR: '' } }),
    });
  });
  afterAll(async () => {
    await prompt?.kill();
    await lab?.close();
  });

  const texts = (rows: readonly Row[]): string[] => rows.map(({ text }) => text).filter((text) => text.trim() !== '');

  const told = (rows: readonly string[]): string[] => rows.flatMap((text) => /^OUT (.*?);/.exec(text)?.[1] ?? []);

  it('is an interactive console of that system', async () => {
    const said = texts(await prompt.run(
      '"$($Host.Name) $($PSVersionTable.PSVersion) $IsWindows $((Get-Module PSReadLine).Name)"'));
    expect(said.at(-1)).toMatch(/^ConsoleHost 7\.6\.9 True PSReadLine/);
  });

  it('asks, and sends after a yes alone', async () => {
    await lab.reset();
    const said = texts(await prompt.run('10, 32 | % { Invoke-StorageRelease -Number $_ } | Tell', async (from) => {
      for (const [index, answer] of ['Y', 'N'].entries()) {
        await prompt.until(`question ${index + 1}`, () => prompt.text(from).split('(default is "Y"):').length > index + 1);
        prompt.type(answer + keys.enter);
      }
    }));
    expect(said.join(' ').replaceAll(/ +/g, ' ')).toContain('Disk 10 (STORELAB LABDISK, serial number LAB-0010, '
      + 'UniqueId 500005E005300010): send IOCTL_STORAGE_RELEASE?');
    expect(told(said).sort()).toEqual(['10 Accepted', '32 Refused']);
    expect(releasedOf(await lab.counters())).toEqual({ disk10: 1 });
  });

  it('shows one row for each disk', async () => {
    const rows = texts(await prompt.run('Invoke-StorageRelease 10, 11, 12 -Force -ErrorAction SilentlyContinue'));
    const heads = rows.findIndex((text) => /^\s*Disk FriendlyName\s+Outcome\s+Message$/.test(text));
    expect(rows.slice(heads + 2).sort()).toEqual([
      expect.stringMatching(/^\s+10 STORELAB LABDISK\s+Accepted\s+The device/),
      expect.stringMatching(/^\s+11 STORELAB LABDISK\s+Conflict\s+Reservation/),
      expect.stringMatching(/^\s+12 LABDISK NVME\s+NotSupported/),
    ]);
  });

  it('completes commands, parameters and values', async () => {
    const line = ['Invoke-StorageRel', ' -Num', ' 28 -All', ' Mult', ' -WhatIf'].join(keys.tab);
    expect(texts(await prompt.run(line)).join(' ')).toMatch(/What if: Disk 28 .*IOCTL_STORAGE_RELEASE would be sent/);
  });

  it('comes back at Ctrl+C while a driver holds a request, and goes on', async () => {
    await lab.reset();
    const said = texts(await prompt.run('Invoke-StorageRelease 33, 14 -Force -TimeoutSec 600 | Tell', async (from) => {
      await prompt.until('the first result', () => /^OUT 33 /m.test(prompt.text(from)));
      prompt.type(keys.interrupt);
    }));
    expect(told(said)).toEqual(['33 Accepted']);
    expect(unitOf(await lab.counters(), 'disk', 14).pending).toBe(1);
    expect(told(texts(await prompt.run('Invoke-StorageRelease 34 -Force | Tell')))).toEqual(['34 Accepted']);
    await lab.complete();
  });

  it.skipIf(missingSshd() !== undefined)('releases a disk for a PowerShell of another computer', async () => {
    lab.copyIn(join(lab.dir, 'StorageRelease'), 'modules/StorageRelease');
    const launcher = lab.launcher({ env: { ...shellEnvironment, PSModulePath: 'Z:\\lab\\modules' } });
    const remoting = await startRemoting({ '127.0.0.51': { start: [...launcher, ...pwsh, '-NoProfile', '-sshs'] } });
    try {
      await lab.reset();
      const file = join(lab.dir, 'remote.ps1');
      writeFileSync(file, `param([string]$Root, [string]$Temp)
. '${join(root, 'test/ps/harness.ps1')}'
. '${join(root, 'test/ps/remoting.ps1')}'
Import-Module '${join(root, 'StorageRelease.psd1')}'
$session = New-TestSession 127.0.0.51
Test-That 'it is Windows' { Assert-Equal (Invoke-Command -Session $session { $IsWindows }) $true }
Test-That 'its disks are read' {
    $read = @(Get-StorageReservation -Session $session -Number 10)
    Assert-Equal "$($read.Number) $($read.Outcome) $($read.Bus)" '10 Read Windows' $read.Message
}
Test-That 'a disk is released there, by what it is' {
    $there = Invoke-Command -Session $session { Get-StorageReservation -Number 32 }
    $result = @($there | Invoke-StorageRelease -Session $session -Force)
    Assert-Equal "$($result.Number) $($result.Outcome) $($result.Bus)" '32 Accepted Windows' "$($result.Message) $there"
}
Remove-PSSession $session
Complete-Tests
`);
      const { cases, broken } = await runTestScript(file, 120_000, [], remoting.env);
      expect(broken).toBeUndefined();
      expect(cases.filter(({ ok }) => !ok).map(({ name, message }) => `${name}: ${message}`)).toEqual([]);
      expect(releasedOf(await lab.counters())).toEqual({ disk32: 1 });
    } finally {
      await remoting.stop();
    }
  });

  it('ends when it is told to', async () => {
    expect(await prompt.exit()).toBe(0);
  });
});
