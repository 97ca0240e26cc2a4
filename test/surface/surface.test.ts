import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, describe, expect, test } from 'vitest';

import { buildSurface } from './build.mjs';

interface Finding {
  file: string;
  line: number;
  what: string;
  why: string;
}

interface Report {
  files: string[];
  findings: Finding[];
  counted: Record<string, number>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = buildSurface();
const temp = mkdtempSync(join(tmpdir(), 'storage-release-'));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

function check(folder: string, files: readonly string[], ...switches: string[]): Report[] {
  const own = fileURLToPath(new URL('own-properties.txt', import.meta.url));
  const args = ['--own', own, '--root', folder, ...switches, ...files];
  return JSON.parse(execFileSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 26 })) as Report[];
}

describe('ps/ against Windows PowerShell 5.1', () => {
  const folder = join(root, 'ps');
  const scripts = existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.(ps1|psm1|psd1)$/.test(name))
        .map((name) => join(folder, name))
    : [];
  const manifest = join(root, 'StorageRelease.psd1');
  if (existsSync(manifest)) scripts.push(manifest);
  const report = check(root, scripts.sort())[0]!;
  const harness = ['harness.ps1', 'fakes.ps1'].map((name) => join(root, 'test/ps', name));

  test('every file was looked at', () => {
    expect(report.files).toHaveLength(scripts.length);
  });

  test('no syntax, type, member, command or variable that 5.1 lacks', () => {
    expect(told(report), `looked at: ${JSON.stringify(report.counted)}`).toEqual([]);
  });

  test('nor in what the test scripts share', () => {
    expect(told(check(root, harness)[0]!)).toEqual([]);
  });
});

test('`npm run windows` is written in what 5.1 knows', () => {
  const folder = join(root, 'test/windows');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ps1') && name !== 'fakes.ps1').map((name) => join(folder, name)).sort();
  expect(files.length).toBeGreaterThan(5);
  const { findings } = check(root, files)[0]!;
  // It runs where Windows' own commands are, and reads objects whose types are not known here.
  const said = findings.filter(({ why }) => !/Microsoft\.PowerShell\.Core|receiver's type is not known/.test(why));
  expect([...new Set(said.map(({ what }) => what))].sort()).toEqual([
    // Behind a question for the edition; XML; made by Add-Type.
    'New-PSSession -Options', 'System.Xml.XmlDocument.SiPolicy', '[StorageReleaseTest.Nt]', '[StorageReleaseTest.Volume]',
  ]);
});

/** Each text must be caught, by a finding that says so much. */
const caught: readonly [text: string, what: string | RegExp, why: string | RegExp][] = [
  ['$x = $null; $x ?? 1', '$x ?? 1', '?? is new in 7.0'],
  ['$x = 1; $x ??= 2', '$x ??= 2', '??= is new in 7.0'],
  ['$x = 1; $x ? 1 : 2', '$x ? 1 : 2', 'ternary'],
  ['$x = "a"; ${x}?.Length', '?.Length', '?. is new in 7.0'],
  ['$x = @(1); ${x}?[0]', '?[0]', '?[] is new in 7.0'],
  ['Get-Command && Get-Module', '&&', '&& and || are new in 7.0'],
  ['Get-Command || Get-Module', '||', '&& and || are new in 7.0'],
  ['Get-Command &', 'Get-Command', 'background'],
  ['function F { process { 1 } clean { 2 } }', 'clean', 'clean block'],
  ['Get-Command\n  | Get-Module', '|', 'starts with |'],
  ['$x = 5uy', '5uy', 'number'],
  ['$x = 0b101', '0b101', 'number'],
  ['$x = 7n', '7n', 'number'],
  ['"`e[0m"', '`e', 'escapes'],
  ['"`u{2603}"', '`u{2603}', 'escapes'],
  ['enum E : byte { A }', 'enum E', 'underlying type'],
  ['$a = [System.Array]::Empty[int]()', 'Empty[int]', 'generic method'],
  ['#requires -Version 7.0\n1', /./, '#requires'],
  ['1..3 | ForEach-Object -Parallel { 1 }', 'ForEach-Object -Parallel', 'no such parameter'],
  ['Import-Module x -SkipEditionCheck', 'Import-Module -SkipEditionCheck', 'no such parameter'],
  ['Get-Command -UseFuzzyMatching', '-UseFuzzyMatching', 'no such parameter'],
  ['Get-Command -ProgressAction Ignore', '-ProgressAction', 'no such parameter'],
  ['[System.Diagnostics.ProcessStartInfo]::new().ArgumentList', 'ProcessStartInfo.ArgumentList', 'not in 5.1'],
  ['$p = [System.Diagnostics.Process]::Start("x"); $p.Kill($true)', 'Process.Kill(1 arguments)', 'not in 5.1'],
  ['function F([System.Diagnostics.Process]$P) { $P.Kill($true) }', 'Process.Kill(1 arguments)', 'not in 5.1'],
  ['"a".Contains("b", "Ordinal")', 'String.Contains(2 arguments)', 'not in 5.1'],
  ['[System.Collections.Generic.Queue[int]]::new().TryDequeue([ref]1)', 'TryDequeue', 'not in 5.1'],
  ['"a--b".Split("--")', 'Split', 'no Split(string)'],
  ['function F($Unknown) { $Unknown.PipelineStopToken }', 'PipelineStopToken', 'not known'],
  ['function F { [CmdletBinding()]param() $PSCmdlet.PipelineStopToken }', 'PipelineStopToken', 'not in 5.1'],
  ['[System.Environment]::ProcessPath', '[System.Environment]::ProcessPath', 'not in 5.1'],
  ['[string]::Join()', '[string]::Join(0 arguments)', 'not in 5.1'],
  ['[System.Text.Json.JsonSerializer]', '[System.Text.Json.JsonSerializer]', 'no such type'],
  ['[System.Net.Http.HttpClient]::new()', '[System.Net.Http.HttpClient]', 'no such type'],
  ['[semver]"1.0"', '[semver]', 'short name'],
  ['[ordered]::new()', '[ordered]', 'short name'],
  ['try { 1 } catch { $_.Exception.ErrorRecord }', 'Exception.ErrorRecord', 'not in 5.1'],
  ['[uint]1', '[uint]', 'short name'],
  ['param([ValidateNotNullOrWhiteSpace()]$P) $P', '[ValidateNotNullOrWhiteSpace]', 'no such type'],
  ['[System.Collections.Generic.List[System.Half]]::new()', '[System.Half]', 'no such type'],
  ['Select-Object', 'Select-Object', 'Microsoft.PowerShell.Core'],
  ['Get-Content x', 'Get-Content', 'Microsoft.PowerShell.Core'],
  ['1 | % { 2 }', '%', 'Microsoft.PowerShell.Core'],
  ['Get-ExperimentalFeature', 'Get-ExperimentalFeature', 'Microsoft.PowerShell.Core'],
  ['$PSStyle', '$PSStyle', 'automatic variable'],
  ['$IsWindows', '$IsWindows', 'automatic variable'],
  ['if ($script:IsWindows) { 1 }', '$IsWindows', 'automatic variable'],
  ['$PSVersionTable.OS', '$PSVersionTable.OS', 'no such key'],
  ['$NobodySetThis', '$NobodySetThis', 'assigned nowhere'],
  ['$sender = 1', '$sender = 1', 'sets this variable itself'],
  ['[int]$pid = 1', '[int]$pid = 1', 'sets this variable itself'],
  ['$a, $home = 1, 2', '$a, $home', 'sets this variable itself'],
  ['foreach ($event in 1, 2) { $event }', 'foreach ($event', 'sets this variable itself'],
  ['function F { param($Input) $Input }', '$Input', 'sets this variable itself'],
  ['"\u00e9"', '0xC3', 'not printable ASCII'],
  ['\ufeff1', '0xEF', 'not printable ASCII'],
  ['if (', /./, 'does not parse'],
];

/** And these must not be: 5.1 knows them all. */
const fine: readonly string[] = [
  '$p = [System.Diagnostics.Process]::Start("x"); $p.Kill()',
  '$s = [System.IO.MemoryStream]::new(); $s.ReadAsync([byte[]]::new(8), 0, 8).Wait(5)',
  'function F { [CmdletBinding(SupportsShouldProcess)] param([Parameter(Mandatory, ValueFromPipeline)][int]$N)\n' +
    '  process { if ($PSCmdlet.ShouldProcess("a", "b")) { $PSCmdlet.WriteObject($N) } } }\nF -N 3',
  'try { throw "x" } catch { $_.Exception.Message; $_.FullyQualifiedErrorId }',
  'try { 1 } catch { $e = $_.Exception; if ($e -is [ComponentModel.Win32Exception]) { $e.NativeErrorCode } }',
  '$o = [ordered]@{ Key = 1 }; $o.Key; $o.Keys',
  '$h = @{ Key = 1; Other = @() }; $h.Key; $h.ContainsKey("Key"); $h.Other.Count',
  '$o = [pscustomobject]@{ Name = "n" }; $o.Name; $o.PSObject.TypeNames.Insert(0, "T")',
  'class C { [int]$Value; [int] Twice() { return 2 * $this.Value } }\n[C]::new().Twice()',
  '$l = [System.Collections.Generic.List[string]]::new(); $l.Add("a"); $l.ToArray()',
  '"a" | Microsoft.PowerShell.Core\\ForEach-Object { $_.Trim() }',
  '[uint32]::MaxValue; 0xFFL; 1kb; 1.5d; [datetime]::UtcNow.AddDays(1)',
  '[System.Environment+SpecialFolder]::Windows',
  '$PSVersionTable.PSVersion.Major; "$($PSVersionTable.PSEdition)"',
  '$null = 1; $x = $null; $script:Host = 1; $script:Host',
  'foreach ($i in 1..3) { $i } ; [int]$n = 0; [void][int]::TryParse("1", [ref]$n); $n',
  '$t = "a", "b"; "{0} {1}" -f $t; "a,b".Split(","); "x" -replace "x", "y"',
];

describe('the checker itself', () => {
  const folder = join(temp, 'controls');
  mkdirSync(folder);
  const files = [...caught.map(([text]) => text), ...fine].map((text, index) => {
    const file = join(folder, `${index}.ps1`);
    writeFileSync(file, text);
    return file;
  });
  // apart: a name that one brings must not excuse another
  const reports = check(folder, files, '--apart');

  test.each(caught.map(([text], index) => [text, index] as const))('catches %j', (_, index) => {
    const [, what, why] = caught[index]!;
    const { findings } = reports[index]!;
    const hit = findings.some((one) => says(one.what, what) && says(one.why, why));
    expect(hit, `found: ${JSON.stringify(findings)}`).toBe(true);
  });

  test.each(fine.map((text, index) => [text, caught.length + index] as const))('lets pass %j', (_, index) => {
    expect(reports[index]!.findings).toEqual([]);
  });
});

function told(report: Report): string[] {
  return report.findings.map(({ file, line, what, why }) => `${file}:${line} ${what}: ${why}`);
}

function says(text: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text);
}
