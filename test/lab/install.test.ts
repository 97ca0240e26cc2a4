// The module as a package, by the commands that people have for it, in the Windows build of PowerShell: from a folder, for all
// users, imported by its name, a release, an update while the older version runs, removal; and a package that lacks this
// system's executable. What of it Linux shows: test/ps/install.test.ts.

import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { targets } from '../../src/build/executable.mjs';
import { nupkg, readManifest } from '../../src/build/nupkg.mjs';
import { filesIn, stageModule } from '../../src/build/stage.mjs';
import type { Lab } from './lab.d.mts';
import type { CaseReport } from './powershell.ts';
import { caseOf, noLab, openPowerShellLab, root, runCases, titled } from './powershell.ts';

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
/** Versions as long as the one that is built, so that they can be written over it in an executable. */
const [newer, lacking] = [1, 2].map((more) => version.replace(/\d$/, (digit) => String((Number(digit) + more) % 10)));
const of = (name: string) => targets.filter((target) => target.name === name);

/** The package of a version with one executable, in the lab's folder `repo`. */
async function make(lab: Lab, temp: string, as: string, shipped: typeof targets): Promise<void> {
  const source = join(temp, as, 'root');
  for (const name of ['ps', 'docs', 'LICENSE', 'README.md', 'CHANGELOG.md']) {
    cpSync(join(root, name), join(source, name), { recursive: true });
  }
  const text = readFileSync(join(root, 'StorageRelease.psd1'), 'utf8');
  writeFileSync(join(source, 'StorageRelease.psd1'), text.replace(`'${version}'`, `'${as}'`));
  const dist = join(temp, as, 'dist');
  for (const target of shipped) {
    mkdirSync(join(dist, target.name), { recursive: true });
    const to = join(dist, target.name, target.executable);
    if (target.os !== 'win32') {
      writeFileSync(to, 'a stand-in');
      continue;
    }
    copyFileSync(join(root, 'dist', target.name, 'koffi.node'), join(dist, target.name, 'koffi.node'));
    const bytes = readFileSync(join(root, 'dist', target.name, target.executable));
    const define = `version = "${version}"`;
    let at = bytes.indexOf(define);
    expect(at).toBeGreaterThan(0);
    for (; at >= 0; at = bytes.indexOf(define, at + 1)) bytes.write(`version = "${as}"`, at);
    writeFileSync(to, bytes);
  }
  const folder = join(temp, as, 'StorageRelease');
  const build = readFileSync(join(root, 'dist', 'build.txt'), 'utf8');
  stageModule({ root: source, folder, dist, targets: shipped, build, bill: '{}', licences: 'all' });
  const files = filesIn(folder).map((name) => [name, readFileSync(join(folder, name))] as const);
  const described = readManifest(readFileSync(join(folder, 'StorageRelease.psd1'), 'utf8'), 'StorageRelease');
  mkdirSync(join(lab.dir, 'repo'), { recursive: true });
  writeFileSync(join(lab.dir, 'repo', `StorageRelease.${as}.nupkg`), await nupkg(described, files, 1));
}

const script = String.raw`
Remove-Module StorageRelease
$modules = "$env:ProgramFiles\PowerShell\Modules\StorageRelease"
function Get-Installed { (Get-ChildItem -LiteralPath $modules -ErrorAction Ignore).Name -join ' ' }
function Get-Worker { @(Get-Process storage-release -ErrorAction Ignore).Count }
Show-Case 'install' {
  Register-PSResourceRepository -Name shipped -Uri "$Lab\repo" -Trusted
  Install-PSResource StorageRelease -Version OLD -Repository shipped -Scope AllUsers
  Get-Installed
  $base = "$modules\OLD"
  $manifest = Test-ModuleManifest "$base\StorageRelease.psd1" -ErrorAction Stop
  $listed = @($manifest.FileList | ForEach-Object { [IO.Path]::GetFullPath($_) } | Sort-Object)
  $there = [IO.Directory]::GetFiles($base, '*', 'AllDirectories')
  $there = @($there | Where-Object { $_ -notmatch 'PSGetModuleInfo\.xml$' } | Sort-Object)
  $listed.Count -gt 50 -and ($listed -join ' ') -eq ($there -join ' ')
}
Show-Case 'import' {
  Import-Module StorageRelease
  $module = Get-Module StorageRelease
  "$($module.Version) $($module.ModuleBase)"
}
Show-Case 'release' { Invoke-StorageRelease -Number 10 -Force }
Show-Case 'update' {
  Update-PSResource StorageRelease -Version NEW -Repository shipped -Scope AllUsers
  Get-Installed
  Get-Worker
}
Show-Case 'release by the older one' { Invoke-StorageRelease -Number 10 -Force }
Show-Case 'remove what runs' {
  try { Uninstall-PSResource StorageRelease -Version OLD -Scope AllUsers -ErrorAction Stop; 'removed' }
  catch { "$($_.FullyQualifiedErrorId)" }
  [IO.File]::Exists("$modules\OLD\StorageRelease.psd1")
  [IO.File]::Exists("$modules\OLD\dist\win-x64\storage-release.exe")
}
Show-Case 'the newer one' {
  Remove-Module StorageRelease
  Import-Module StorageRelease
  [string](Get-Module StorageRelease).Version
  Invoke-StorageRelease -Number 10 -Force
}
Show-Case 'remove' {
  Remove-Module StorageRelease
  Wait-Until 'the workers to end' { (Get-Worker) -eq 0 }
  Uninstall-PSResource StorageRelease -Version NEW -Scope AllUsers
  Remove-Item -LiteralPath "$modules\OLD" -Recurse
  Get-Installed
}
Show-Case 'lacking' {
  Install-PSResource StorageRelease -Version LACK -Repository shipped -Scope AllUsers
  Import-Module StorageRelease -RequiredVersion LACK
  Invoke-StorageRelease -Number 10 -Force
}
# What Publish-StorageRelease -Remove runs here, on a copy as publishing leaves it.
Remove-Module StorageRelease
Install-PSResource StorageRelease -Version NEW -Repository shipped -Scope AllUsers
$copy = "$modules\NEW"
$lines = foreach ($file in [IO.Directory]::GetFiles($copy, '*', 'AllDirectories')) {
  "$((Get-FileHash $file).Hash.ToLowerInvariant())  $($file.Substring($copy.Length + 1).Replace('\', '/'))"
}
[IO.File]::WriteAllText("$copy\published.txt", ($lines -join [char]10))
Import-Module StorageRelease -RequiredVersion NEW
$text = & (Get-Module StorageRelease) { Import-ModulePart Private; Import-ModulePart Remote; $script:RemoveScript.ToString() }
$take = [scriptblock]::Create($text)
$place = @{ Name = 'StorageRelease'; Version = 'NEW'; Base = "$env:ProgramFiles\PowerShell\Modules"; Target = $copy; Go = $true }
Show-Case 'published, in use' {
  $null = Invoke-StorageRelease -Number 10 -Force
  $seen = & $take @place
  $seen.Users -replace '\d+', 'N'
  "$($seen.Published) $($seen.Wrong) $($seen.Removed) $([IO.Directory]::Exists($copy))"
}
Show-Case 'published, run by a task' {
  Remove-Module StorageRelease
  Wait-Until 'the workers to end' { (Get-Worker) -eq 0 }
  $tasks = [IO.Directory]::CreateDirectory("$([Environment]::SystemDirectory)\Tasks\StorageRelease").FullName
  $line = "<Command>$($copy.ToUpperInvariant())\dist\win-x64\storage-release.exe</Command>"
  [IO.File]::WriteAllText("$tasks\Release LUN", $line, [Text.Encoding]::Unicode)
  (& $take @place).Users
  [IO.File]::Delete("$tasks\Release LUN")
}
Show-Case 'published, removed' {
  $seen = & $take @place
  "$($seen.Users) $($seen.Removed) $($seen.Left)"
  Get-Installed
}
`.replaceAll('OLD', version).replaceAll('NEW', newer!).replaceAll('LACK', lacking!);

describe.skipIf(noLab)(titled('Installing on Windows'), () => {
  let lab: Lab;
  let temp: string;
  let cases: Map<string, CaseReport>;

  beforeAll(async () => {
    lab = await openPowerShellLab();
    temp = mkdtempSync(join(tmpdir(), 'install-'));
    await make(lab, temp, version, of('win-x64'));
    await make(lab, temp, newer!, of('win-x64'));
    await make(lab, temp, lacking!, of('linux-x64'));
    cases = await runCases(lab, script, { timeoutMs: 600_000 });
  }, 900_000);
  afterAll(async () => {
    await lab?.close();
    if (temp) rmSync(temp, { recursive: true, force: true, maxRetries: 5 });
  }, 60_000);

  const said = (name: string) => caseOf(cases, name).texts('other');
  const released = (name: string) => {
    const report = caseOf(cases, name);
    return [report.resultOf(10).Outcome, report.released];
  };
  const good = ['Accepted', { disk10: 1 }];

  it('is done from a folder, for all users: all files of the manifest, and no other', () => {
    expect(said('install')).toEqual([version, 'True']);
    expect(said('import')).toEqual([`${version} ${String.raw`C:\Program Files\PowerShell\Modules\StorageRelease`}\\${version}`]);
    expect(released('release')).toEqual(good);
  });

  it('is updated while it is in use: the session keeps its version and its process, the next import has the new one', () => {
    expect(said('update')).toEqual([`${version} ${newer}`, '1']);
    expect(released('release by the older one')).toEqual(good);
    expect(said('the newer one')).toEqual([newer]);
    expect(released('the newer one')).toEqual(good);
  });

  it('is removed; what is still running is an error, and its executable stays', () => {
    const [id, , executable] = said('remove what runs');
    expect([id, executable]).toEqual(['ErrorDeletingDirectory,Microsoft.PowerShell.PSResourceGet.Cmdlets.UninstallPSResource', 'True']);
    expect(said('remove')).toEqual(['']);
  });

  it('of a package without this system\'s executable says for which it has one', () => {
    const [error] = caseOf(cases, 'lacking').of('thrown');
    expect(error?.id).toBe('ExecutableMissing,Invoke-StorageRelease');
    expect(error?.text).toContain('no executable for this system (win-x64), only for linux-x64.');
  });

  it('by publishing is undone when no process, session or task uses it any more, and then whole', () => {
    expect(said('published, in use')).toEqual(['process N, this session', 'True 0 False True']);
    expect(said('published, run by a task')).toEqual([String.raw`task \StorageRelease\Release LUN`]);
    expect(said('published, removed')).toEqual([' True ', lacking]);
  });
});
