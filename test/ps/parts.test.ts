// The published module reads most of itself when a command first needs it (ps/import/Import-ModulePart.ps1): what a part
// must be by then, and that the module works in this form at all. All other tests run the repository's form.

import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { publishedScripts } from '../../src/build/merge.mjs';
import { root } from './cases.ts';
import { runPowerShell } from './powershell.ts';

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const temp = mkdtempSync(join(tmpdir(), 'storage-release-'));
afterAll(() => rmSync(temp, { recursive: true, force: true, maxRetries: 5 }));

let count = 0;
/** The module as it is published, but for this system's executable; -`changed`: in its parts. */
function staged(changed: (scripts: Record<string, string>) => void = () => {}): string {
  const folder = join(temp, String(count++));
  mkdirSync(join(folder, 'ps'), { recursive: true });
  for (const name of ['StorageRelease.psd1', 'ps/StorageRelease.format.ps1xml', 'ps/StorageRelease.types.ps1xml']) cpSync(join(root, name), join(folder, name));
  symlinkSync(join(root, 'dist'), join(folder, 'dist'));
  cpSync(join(root, 'dist/build.txt'), join(folder, 'ps/build.txt'));
  const scripts = publishedScripts(join(root, 'ps'));
  changed(scripts);
  for (const [name, text] of Object.entries(scripts)) writeFileSync(join(folder, 'ps', name), text);
  return folder;
}

const bus = join(temp, 'bus.json');
cpSync(join(root, 'test/cli/bus.json'), bus);

/** What a script says in a fresh PowerShell that has imported it; `elevated`: for the module. */
async function said(folder: string, script: string, elevated = false): Promise<string> {
  const { stdout, stderr } = await runPowerShell({ timeoutMs: 120_000, command: `
    $module = Import-Module ${quote(join(folder, 'StorageRelease.psd1'))} -PassThru
    ${elevated ? '& $module { function script:Test-Elevated { $true } }' : ''}
    ${script}
  ` });
  expect(stderr).toBe('');
  return stdout.trim().replaceAll(/\s+/g, ' ');
}

/** The first command; what a changed part does is to leave a mark. */
const first = `try { Enter-StorageRehearsal ${quote(bus)} -WarningAction SilentlyContinue; 'entered' }
  catch { $_.FullyQualifiedErrorId; [string]$_.CategoryInfo.Category; $_.ErrorDetails.RecommendedAction.Substring(0, 20) }
  if ($global:Marked) { 'ran' }`;
const mark = (part: string) => (scripts: Record<string, string>) => { scripts[part] += '$global:Marked = $true\n'; };

describe.skipIf(process.platform === 'win32')('the published module', () => {
  test('reads nothing but its own file until a command is called, then what that needs', async () => {
    const loaded = '& $module { [string]@($script:LoadedParts.Keys | Sort-Object) + ";" }';
    expect(await said(staged(), `$null = Get-Command -Module StorageRelease; ${loaded}
      Enter-StorageRehearsal ${quote(bus)} -WarningAction SilentlyContinue; ${loaded}
      (Invoke-StorageRelease -Number 1 -Force).Outcome
      @(Get-Command -Module StorageRelease | Where-Object { $_.Name -notmatch '^(Clear|Enter|Exit|Export|Find|Get|Invoke|Publish|Register|Test|Unregister|Wait)-Storage' }).Count
      Exit-StorageRehearsal
      try { $null = Publish-StorageRelease -Session @() } catch { 'no session' }; ${loaded}`))
      .toBe('; Private Start; Accepted 0 no session Private Start;');
  });

  test('offers its disks behind Tab, and names of properties', async () => {
    expect(await said(staged(), `Enter-StorageRehearsal ${quote(bus)} -WarningAction SilentlyContinue
      & $module { Import-ModulePart Completion; $script:ListPatience.Wait = 20000 }
      foreach ($line in 'Invoke-StorageRelease -Number 1', 'Invoke-StorageRelease | Where-Object Outc') {
        (TabExpansion2 $line $line.Length).CompletionMatches | ForEach-Object { $_.CompletionText }
      }; $Error.Count`)).toMatch(/^1( 1\d+)* Outcome 0$/);
  });

  test('says of itself that it is whole, and which file is not', async () => {
    const rows = `Test-StorageRelease | Where-Object Check -In ModuleFiles, Worker | ForEach-Object { $_.Check, $_.Status }`;
    expect(await said(staged(), rows)).toBe('ModuleFiles Passed Worker Passed');
    expect(await said(staged(mark('StorageRelease.Remote.ps1')), rows)).toBe('ModuleFiles Failed Worker Passed');
  });

  test('starts one worker, before it has read the rest; whoever comes first is on its bus', async () => {
    const counted = `& $module { Import-ModulePart Start; $script:Starts = @(); $script:Kept = \${function:Start-Worker}
      function script:Start-Worker { param($Cmdlet) $script:Starts += $script:LoadedParts.ContainsKey('Private'); & $script:Kept $Cmdlet } }`;
    const starts = '& $module { [string]$script:Starts }';
    expect(await said(staged(), `${counted}; Enter-StorageRehearsal ${quote(bus)} -WarningAction SilentlyContinue
      (Invoke-StorageRelease -Number 1 -Force).Outcome; ${starts}`)).toBe('Accepted False');
    // Without Windows, the first command has no bus; the worker of the next is another one.
    expect(await said(staged(), `${counted}; try { $null = Invoke-StorageRelease -Number 1 -Force } catch { $_.FullyQualifiedErrorId }
      Enter-StorageRehearsal ${quote(bus)} -WarningAction SilentlyContinue; (Invoke-StorageRelease -Number 1 -Force).Outcome
      ${starts}`)).toBe('NoStorageStack,Invoke-StorageRelease Accepted False True');
  });

  test('is removed before it has read anything, and imported again', async () => {
    expect(await said(staged(), 'Remove-Module StorageRelease; Import-Module $module.Path; "imported"')).toBe('imported');
  });

  test('a part that was changed after the build is not read by an elevated session; without the check, it runs', async () => {
    const changed = staged(mark('StorageRelease.Private.ps1'));
    expect(await said(changed, first), 'the control').toBe('entered ran');
    expect(await said(changed, first, true)).toBe('ModuleChanged,Enter-StorageRehearsal SecurityError Do not use this copy');
    // As it was built, it is read; the executable is held against what the repository's build wrote.
    expect(await said(staged(), first, true)).not.toContain('ModuleChanged');
  });

  test('nor one that is missing, nor the other part', async () => {
    const missing = staged((scripts) => { delete scripts['StorageRelease.Private.ps1']; });
    expect(await said(missing, first, true)).toBe('ModuleChanged,Enter-StorageRehearsal SecurityError Do not use this copy');
    const other = staged(mark('StorageRelease.Remote.ps1'));
    expect(await said(other, `& $module { Import-ModulePart Private }
      & $module { function Get-It { [CmdletBinding()] param() Import-ModulePart Remote $PSCmdlet }
        try { Get-It } catch { $_.FullyQualifiedErrorId } }; if ($global:Marked) { 'ran' }`, true)).toBe('ModuleChanged,Get-It');
  });

  test('while a part is read by an elevated session it cannot be written; by another, it can', async () => {
    const folder = staged((scripts) => {
      const part = `try { [System.IO.File]::OpenWrite("$PSScriptRoot/StorageRelease.Private.ps1").Dispose(); $how = 'open' } catch { $how = 'held' }
throw $how
`;
      scripts['StorageRelease.Private.ps1'] = part;
      scripts['StorageRelease.psm1'] += `$script:PartHash['Private'] = '${createHash('sha256').update(part).digest('hex')}'\n`;
    });
    const use = 'foreach ($i in 1..2) { try { Exit-StorageRehearsal } catch { "$_" } }';
    expect(await said(folder, use, true)).toBe('held held');
    expect(await said(folder, use), 'the control').toBe('open open');
  });

  test('a folder in the place of a part is nothing', async () => {
    const folder = staged((scripts) => { scripts['StorageRelease.Private.ps1'] = 'throw "read"\n'; });
    mkdirSync(join(folder, 'ps/private'));
    writeFileSync(join(folder, 'ps/private/One.ps1'), '$global:Marked = $true\n');
    expect(await said(folder, `try { Exit-StorageRehearsal } catch { "$_" }; [bool]$global:Marked`)).toBe('read False');
  });
});
