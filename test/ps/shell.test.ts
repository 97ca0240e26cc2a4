// The shell that test/powershell makes is the one that people install: what it says of itself, and how it ends.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { hostRid } from '../powershell/build.mjs';
import { root } from './cases.ts';
import { findPowerShell, runPowerShell } from './powershell.ts';

const temp = mkdtempSync(join(tmpdir(), 'storage-release-'));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

const home = join(root, 'dist/powershell', hostRid);
const { command } = findPowerShell();

describe.runIf(command === join(home, 'pwsh'))('the PowerShell that is made of packages', () => {
  test('has its home, its modules, jobs that run it, and a compiler', async () => {
    const { stdout, stderr } = await runPowerShell({ command: `
      "$($PSVersionTable.PSVersion) $($PSVersionTable.PSEdition) $($Host.Name)"
      $PSHOME
      (Get-Module -ListAvailable | Where-Object Path -Like "$PSHOME/*" | ForEach-Object Name | Sort-Object) -join ' '
      Start-Job { (Get-Process -Id $PID).Path } | Receive-Job -Wait -AutoRemoveJob
      Start-ThreadJob { 40 + 2 } | Receive-Job -Wait -AutoRemoveJob
      Add-Type 'public static class Compiled { public static int Answer() { return 43; } }'
      [Compiled]::Answer()` });
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n')).toEqual([
      '7.6.9 Core ConsoleHost', home,
      ['Archive', 'Host', 'Management', 'PSResourceGet', 'Security', 'ThreadJob', 'Utility']
        .map((name) => `Microsoft.PowerShell.${name}`).concat('PSReadLine').join(' '),
      command, '42', '43',
    ]);
  });

  test.each<[why: string, how: { script?: string; text?: string }, code: number]>([
    ['exit 7 in a script', { script: 'exit 7' }, 7],
    ['an error that ends a script', { script: "throw 'no'" }, 1],
    ['an error that ends nothing', { script: 'Import-Module nope' }, 0],
    ['a last statement that failed', { text: 'Import-Module nope' }, 1],
  ])('its exit code after %s', async (_, { script, text }, code) => {
    const file = join(temp, 'script.ps1');
    if (script !== undefined) writeFileSync(file, script);
    expect((await runPowerShell(script === undefined ? { command: text! } : { file })).code).toBe(code);
  });
});
