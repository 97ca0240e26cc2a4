// A PowerShell session to its two-thousandth disk: what guards hold back, what a stopped pipeline leaves behind, and that
// nothing grows. What it asks: terminal.test.ts.

import { existsSync, linkSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Lab } from './lab.d.mts';
import type { CaseReport } from './powershell.ts';
import { caseOf, leftOpen, noLab, openPowerShellLab, runCases, titled } from './powershell.ts';

const mpioPath = String.raw`\\?\MPIO#Disk&Ven_STORELAB&Prod_LABDISK#1&7f6ac24&0&28`
  + '#{53f56307-b6bf-11d0-94f2-00a0c91efb8b}';

const asked = String.raw`
$ten = New-FakeDisk -Number 10 -UniqueId '500005E005300010' -SerialNumber LAB-0010
Show-Case 'what if' {
  $ten | Invoke-StorageRelease -WhatIf
  New-FakeDisk -Number 32 -UniqueId '500005E005300032' -SerialNumber LAB-0032 -IsBoot $true |
    Invoke-StorageRelease -WhatIf
  New-FakeDisk -Number 17 -UniqueId '500005E005300017' -SerialNumber LAB-0017 |
    Invoke-StorageRelease -WhatIf -Force
  Invoke-StorageRelease -Number 26, 29 -WhatIf
}
Show-Case 'what if of the caller' {
  function Clear-All { [CmdletBinding(SupportsShouldProcess)] param() Invoke-StorageRelease -Number 10 -Force }
  Clear-All -WhatIf
}
Show-Case 'guards' {
  New-FakeDisk -Number 32 -UniqueId '500005E005300032' -SerialNumber LAB-0032 -IsBoot $true -IsSystem $true |
    Invoke-StorageRelease -Force
  Invoke-StorageRelease -Number 28, 29 -Force
  Invoke-StorageRelease -Path '${mpioPath}' -Force
}
Show-Case 'guards, wrong kind allowed' { Invoke-StorageRelease -Number 28, 29 -Force -Allow Boot, System }
Show-Case 'guards, allowed' {
  New-FakeDisk -Number 32 -UniqueId '500005E005300032' -SerialNumber LAB-0032 -IsBoot $true -IsSystem $true |
    Invoke-StorageRelease -Force -Allow Boot, System
  Invoke-StorageRelease -Number 28, 29 -Force -Allow multipath, CLUSTERED, Multipath
}
Show-Case 'no confirmation' { $ten | Invoke-StorageRelease -Confirm:$false }
Show-Case 'another computer' {
  New-FakeDisk -Number 10 -ComputerName FILESERVER7 | Invoke-StorageRelease -Force
}
Show-Case 'a result again' {
  $failed = Invoke-StorageRelease -Number 11 -Force -ErrorAction SilentlyContinue
  $null = Invoke-Labctl set 11 accepted
  $failed | Invoke-StorageRelease -Force
  $null = Invoke-Labctl restore
}
Show-Case 'a numeric id' { [pscustomobject]@{ Number = 10; UniqueId = 500005 } | Invoke-StorageRelease -Force }
Show-Case 'leaving neighbour' {
  foreach ($once in 1) {
    Invoke-StorageRelease -Number (32..95) -Force -ThrottleLimit 1 | ForEach-Object { $_; break }
  }
}
Show-Case 'failing neighbour' {
  Invoke-StorageRelease -Number (32..95) -Force -ThrottleLimit 1 | ForEach-Object { $_; throw 'enough' }
}
`;

const stopped = String.raw`
$state = [initialsessionstate]::CreateDefault2()
$state.ExecutionPolicy = 'Bypass'
$runspace = [runspacefactory]::CreateRunspace($state)
$runspace.Open()
function New-Prompt {
  param([string]$Line)
  $prompt = [powershell]::Create()
  $prompt.Runspace = $runspace
  $prompt.AddScript($Line)
}
$null = (New-Prompt "Import-Module '$Lab\StorageRelease\StorageRelease.psd1'").Invoke()
Show-Case 'stopped' {
  $prompt = New-Prompt 'Invoke-StorageRelease 32, 14, 33, 34, 14, 35 -Force -TimeoutSec 600 -ThrottleLimit 2'
  $output = [Management.Automation.PSDataCollection[psobject]]::new()
  $null = $prompt.BeginInvoke($output, $output)
  Wait-Until 'all but disk 14 to be released' {
    # Whoever looks at all disks opens it, too.
    $last = Get-Unit disk 34
    $last.releases -eq 1 -and $last.opens -eq $last.closes -and (Get-Unit disk 14).pending -eq 1
  }
  $prompt.Stop()
  [string]$prompt.InvocationStateInfo.State
}
Show-Case 'after the stop' { (New-Prompt 'Invoke-StorageRelease -Number 35 -Force *>&1').Invoke() }
Show-Case 'after the hang' {
  $null = Invoke-Labctl complete
  # Answers come between two looks at the worker, in any of them.
  $script:warnings = @()
  Wait-Until 'every answer to be told' {
    $said = (New-Prompt 'Invoke-StorageRelease -Number 35 -Force *>&1').Invoke()
    $script:warnings += @($said | Where-Object { $_ -is [Management.Automation.WarningRecord] })
    (New-Prompt '& (Get-Module StorageRelease) { $script:Worker.Open.Count }').Invoke()[0] -eq 0 -and
      (Get-Unit disk 14).pending -eq 0
  }
  $script:warnings
}
`;

const many = String.raw`
function Get-WorkerProcess {
  [Diagnostics.Process]::GetProcessById((& (Get-Module StorageRelease) { $script:Worker.Process.Id }))
}
Show-Case 'warm' {
  $null = Invoke-StorageRelease -Number (32..95) -Force
  $worker = Get-WorkerProcess
  $script:before = @($worker.Id, $worker.HandleCount)
}
Show-Case 'many' {
  $results = Invoke-StorageRelease -Number (0..1999 | ForEach-Object { 32 + $_ % 64 }) -Force
  $worker = Get-WorkerProcess
  'accepted ' + @($results | Where-Object { $_.Outcome -eq 'Accepted' }).Count
  'same worker ' + ($worker.Id -eq $script:before[0])
  'handles {0} {1}' -f $script:before[1], $worker.HandleCount
}
`;

/** A copy of a folder, of the same files. */
function link(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.isDirectory()) link(join(from, entry.name), join(to, entry.name));
    else linkSync(join(from, entry.name), join(to, entry.name));
  }
}

/** Publish-StorageRelease over a copy that is in use: what it runs on the other computer, run here. */
const published = String.raw`
$steps = & (Get-Module StorageRelease) { Import-ModulePart Private; Import-ModulePart Remote; $script:PublishScript }
$target = "$Lab\published\0.1.0"
$program = "$target\dist\storage-release.exe"
$aside = "$Lab\published\.old"
$null = [System.IO.Directory]::CreateDirectory("$target\dist")
[System.IO.File]::Copy("$Lab\StorageRelease\dist\win-x64\storage-release.exe", $program)
[System.IO.File]::WriteAllText("$target\a.txt", 'old')
function Copy-Arrival {
  param([string[]]$Texts)
  $part = "$Lab\published\.part"
  $null = [System.IO.Directory]::CreateDirectory($part)
  $sha = [System.Security.Cryptography.SHA256]::Create()
  $zip = [System.IO.Compression.GZipStream]::new([System.IO.File]::Create("$part\package.gz"), [System.IO.Compression.CompressionMode]::Compress)
  $hashes = @()
  $lengths = @()
  foreach ($text in $Texts) {
    $bytes = [System.Text.Encoding]::ASCII.GetBytes($text)
    $zip.Write($bytes, 0, $bytes.Length)
    $lengths += [long]$bytes.Length
    $hashes += [System.BitConverter]::ToString($sha.ComputeHash($bytes)).Replace('-', '')
  }
  $zip.Dispose()
  $null = & $steps.Finish -Part $part -Target $target -Files 'dist/storage-release.exe', 'a.txt' -Lengths $lengths -Hashes $hashes -Replace $true -InUse $true
  "$([System.IO.File]::ReadAllText($program)), $([System.IO.File]::ReadAllText("$target\a.txt")), aside: $([System.IO.Directory]::Exists($aside)), part: $([System.IO.Directory]::Exists($part))"
}
Show-Case 'published' {
  $start = [System.Diagnostics.ProcessStartInfo]::new($program, 'serve')
  $start.UseShellExecute = $false
  foreach ($name in 'RedirectStandardInput', 'RedirectStandardOutput') { $start.$name = $true }
  $worker = [System.Diagnostics.Process]::Start($start)
  $null = $worker.StandardOutput.ReadLine()
  try { [System.IO.File]::WriteAllText($program, 'x'); 'written' } catch { 'not written' }
  try { [System.IO.File]::Delete($program); 'deleted' } catch { 'not deleted' }
  Copy-Arrival 'new program', 'new'
  "runs on: $(-not $worker.HasExited)"
  $worker.StandardInput.Close()
  $worker.WaitForExit()
  Copy-Arrival 'newer program', 'new'
}
`;

/** The module in folders with names that people have, the bus of a rehearsal beside it. */
const folders = [
  'my own modules', 'M\u00fcller \u65e5\u672c', "R&D 50% o'clock #1", 'a [1] b', 'a $HOME `b', 'OneDrive - Contoso\\Dokumente\\PowerShell',
];
/** Windows reads files there, and starts none. */
const tooLong = ['d', 'e', 'f'].map((letter) => letter.repeat(90)).join('\\');
const inFolders = String.raw`
Remove-Module StorageRelease
function Import-From {
  param([string]$Folder)
  $bus = [System.IO.Path]::Combine($Folder, 'bus.json')
  [System.IO.File]::Copy("$Lab\StorageRelease\ps\rehearsal\small-shop.json", $bus)
  $path = [System.IO.Path]::Combine($Folder, 'StorageRelease\StorageRelease.psd1')
  $tick = [string][char]96
  $module = Import-Module ([System.Management.Automation.WildcardPattern]::Escape($path).Replace($tick + $tick, $tick)) -PassThru
  if ($path.Length -ge 260) {
    try { Enter-StorageRehearsal $bus } catch { $_.FullyQualifiedErrorId; $_.ErrorDetails.RecommendedAction }
    Remove-Module StorageRelease
    return
  }
  Enter-StorageRehearsal $bus -WarningAction SilentlyContinue
  (Invoke-StorageRelease -Number 1 -Force).Outcome
  Exit-StorageRehearsal
  (Invoke-StorageRelease -Number 10 -Force).Outcome
  Remove-Module StorageRelease
}
`;

describe.skipIf(noLab)(titled('A PowerShell session on Windows'), () => {
  let lab: Lab;
  let cases: Map<string, CaseReport>;
  let stops: Map<string, CaseReport>;
  let alone: Map<string, CaseReport>;
  const marker = () => join(lab.dir, 'hook.txt');

  beforeAll(async () => {
    lab = await openPowerShellLab();
    writeFileSync(join(lab.dir, 'hook.js'), `require('fs').writeFileSync('Z:\\\\lab\\\\hook.txt', '')\n`);
    cases = await runCases(lab, asked, {
      env: { NODE_OPTIONS: '--require Z:\\lab\\hook.js', NODE_V8_COVERAGE: 'Z:\\lab\\coverage' },
    });
    alone = await runCases(lab, `Show-Case 'alone' { Invoke-StorageRelease -Number 10 }`,
      { words: ['-NonInteractive'] });
    stops = await runCases(lab, stopped);
  });
  afterAll(async () => { await lab?.close(); });

  it('publishes over a copy that runs: it is renamed aside, and goes with the next copy', async () => {
    const report = caseOf(await runCases(lab, published), 'published');
    expect(report.texts('other'), JSON.stringify(report.records)).toEqual([
      'not written', 'not deleted', 'new program, new, aside: True, part: False', 'runs on: True',
      'newer program, new, aside: False, part: False',
    ]);
  });

  it('runs from folders with blanks, other letters and brackets, and says that a path is too long', async () => {
    const places = [...folders, tooLong].map((name, index) => join(lab.dir, `places-${index}`, ...name.split('\\')));
    for (const place of places) link(join(lab.dir, 'StorageRelease'), join(place, 'StorageRelease'));
    const script = places.map((place, index) =>
      `Show-Case '${index}' { Import-From '${lab.winPath(place).replaceAll("'", "''")}' }`).join('\n');
    const reports = await runCases(lab, inFolders + script);
    const long = caseOf(reports, `${folders.length}`).records;
    expect(long).toMatchObject([{ text: 'WorkerStart,Enter-StorageRehearsal' }, { text: expect.stringContaining('259 characters') }]);
    const said = folders.map((name, index) => [name, caseOf(reports, `${index}`).records]);
    expect(said).toEqual(folders.map((name) => [name, Array(2).fill({ stream: 'other', text: 'Accepted', type: 'System.String' })]));
  });

  it('sends nothing under -WhatIf and says what would happen, guards and identity included', () => {
    const report = caseOf(cases, 'what if');
    expect(report.records).toEqual([]);
    expect(report.released).toEqual({});
    expect(report.host.split('\n').filter((line) => line.startsWith('What if: '))).toEqual([
      expect.stringMatching(/disk 10 .*would be sent/i),
      expect.stringMatching(/disk 32 .*would be Refused: boot disk/i),
      expect.stringMatching(/disk 17 .*would be IdentityChanged/i),
      expect.stringMatching(/disk 26 .*would be NotFound/i),
      expect.stringMatching(/disk 29 .*would be Refused: clustered disk/i),
    ]);
  });

  it('sends nothing when the function that calls it runs under -WhatIf', () => {
    expect(caseOf(cases, 'what if of the caller').released).toEqual({});
    expect(caseOf(cases, 'what if of the caller').host).toMatch(/would be sent/);
  });

  it('refuses boot, system, clustered and multipath disks, by what the object and what Windows says', () => {
    const report = caseOf(cases, 'guards');
    // In the order in which they become known.
    expect(report.results.map(({ DevicePath, Outcome, NextStep }) => [DevicePath, Outcome, /-Allow [A-Z][A-Za-z, ]+/.exec(NextStep)?.[0]])
      .toSorted()).toEqual([
      ['\\\\.\\PhysicalDrive28', 'Refused', '-Allow Multipath'], ['\\\\.\\PhysicalDrive29', 'Refused', '-Allow Clustered'],
      ['\\\\.\\PhysicalDrive32', 'Refused', '-Allow Boot, System'], [mpioPath, 'Refused', '-Allow Multipath'],
    ]);
    expect(report.released).toEqual({});
    expect(leftOpen(report.counters)).toEqual([]);
  });

  it('opens a guard only for the kind that is named', () => {
    expect(caseOf(cases, 'guards, wrong kind allowed').released).toEqual({});
    expect(caseOf(cases, 'guards, allowed').released).toEqual({ disk28: 1, disk29: 1, disk32: 1 });
  });

  it('asks nothing under -Confirm:$false', () => {
    expect(caseOf(cases, 'no confirmation').released).toEqual({ disk10: 1 });
  });

  it('is one terminating error where nobody can be asked, and sends nothing', () => {
    const report = caseOf(alone, 'alone');
    expect(report.records).toMatchObject([{ stream: 'thrown', id: 'NobodyToAsk,Invoke-StorageRelease' }]);
    expect(report.released).toEqual({});
  });

  it('refuses a disk of another computer and opens nothing', () => {
    const report = caseOf(cases, 'another computer');
    expect(report.results.map((result) => result.Outcome)).toEqual(['Refused']);
    expect(report.results[0]?.Message).toContain('FILESERVER7');
    expect(report.counters.every((row) => row.opens === 0)).toBe(true);
  });

  it('takes a result again, so that what failed can be tried once more', () => {
    const report = caseOf(cases, 'a result again');
    expect(report.results.map((result) => result.Outcome)).toEqual(['Accepted']);
    expect(report.unit('disk', 11).releases).toBe(2);
  });

  it('takes an id that is a number for what it says, too: no disk has it', () => {
    const report = caseOf(cases, 'a numeric id');
    expect(report.results.map((result) => result.Outcome)).toEqual(['NotFound']);
    expect(report.released).toEqual({});
  });

  it.each([['leaves the loop', 'leaving neighbour', []], ['fails', 'failing neighbour', ['enough']]])(
    'begins no further disk when the command behind it %s', (_, name, thrown) => {
    const report = caseOf(cases, name);
    expect(report.results).toHaveLength(1);
    expect(report.texts('thrown')).toEqual(thrown);
    // How many were on their way by then is a matter of time; most had not had their turn.
    expect(Object.keys(report.released).length).toBeLessThan(64);
    expect(Object.values(report.released).every((releases) => releases === 1)).toBe(true);
  });

  it('lets no variable of the environment reach the worker', () => {
    expect(existsSync(marker())).toBe(false);
    expect(existsSync(join(lab.dir, 'coverage'))).toBe(false);
  });

  it('can be stopped while a driver holds a request, and the next pipeline works', () => {
    const report = caseOf(stops, 'stopped');
    expect(report.texts('other')).toEqual(['Stopped']);
    // The second request for disk 14 waits for the first one's end, and disk 35 for its turn.
    expect(report.released).toEqual({ disk14: 1, disk32: 1, disk33: 1, disk34: 1 });
    expect(caseOf(stops, 'after the stop').results.map((result) => result.Outcome)).toEqual(['Accepted']);
  });

  it('tells the answer of a stopped pipeline in a later command, and closes its handle', () => {
    const report = caseOf(stops, 'after the hang');
    expect(report.texts('warning').join('\n')).toMatch(/disk 14: Accepted/i);
    expect(report.unit('disk', 14)).toMatchObject({ pending: 0, releases: 0 });
  });

  it('releases 2,000 disks in one session: each once, by one worker, whose handles stay as many', async () => {
    const report = caseOf(await runCases(lab, many), 'many');
    const [accepted, same, handles] = report.texts('other');
    expect([accepted, same]).toEqual(['accepted 2000', 'same worker True']);
    const [before, after] = /(\d+) (\d+)/.exec(handles ?? '')!.slice(1).map(Number) as [number, number];
    // What Wine counts is the size of a table, which doubles; a handle left open for each disk would be 2,000.
    expect(after).toBeLessThanOrEqual(before + 1000);
    expect(Object.values(report.released).reduce((sum, releases) => sum + releases, 0)).toBe(2000);
    // Disk 19 never says what it is: whoever looks at all disks, which is done now and then, stays with it, once.
    expect(leftOpen(report.counters).filter((unit) => unit !== 'disk19')).toEqual([]);
    const { opens, closes } = report.unit('disk', 19);
    expect(opens - closes).toBeLessThanOrEqual(1);
  });
});
