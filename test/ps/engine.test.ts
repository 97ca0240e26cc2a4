// The engine's host against what the console host of PowerShell 7 does: the tests of the module rest on it.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { buildEngine } from '../engine/build.mjs';
import { runPowerShell } from './powershell.ts';
import type { RunOptions, RunResult } from './powershell.ts';

const powerShell = { command: buildEngine().command, kind: 'engine' } as const;
const temp = mkdtempSync(join(tmpdir(), 'storage-release-'));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

let scripts = 0;
function run(text: string, options: RunOptions = {}): Promise<RunResult> {
  const file = join(temp, `${++scripts}.ps1`);
  writeFileSync(file, text);
  return runPowerShell({ file, powerShell, timeoutMs: 30_000, ...options });
}
function command(text: string): Promise<RunResult> {
  return runPowerShell({ command: text, powerShell, timeoutMs: 30_000 });
}

const ask = `function Ask {
  [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')] param()
  process { if ($PSCmdlet.ShouldProcess('disk 3', 'release')) { 'done' } else { 'not done' } }
}
`;

describe('exit codes', () => {
  test.each<[why: string, text: string, code: number]>([
    ['a script that ends', '1', 0],
    ['exit 7', 'exit 7', 7],
    ['exit in a function', 'function F { exit 8 }; F', 8],
    ['a terminating error', "throw 'no'", 1],
    ['an error that does not terminate', 'Get-Module nope; Import-Module nope', 0],
    ['a script that cannot be parsed', 'if (', 1],
  ])('-File, %s', async (_, text, code) => {
    expect((await run(text)).code).toBe(code);
  });

  test.each<[why: string, text: string, code: number]>([
    ['text that ends', '1', 0],
    ['exit 7', 'exit 7', 7],
    ['a terminating error', "throw 'no'", 1],
    ['a last statement that failed', 'Import-Module nope', 1],
    ['a failure before the last statement', 'Import-Module nope; 1', 0],
  ])('-Command, %s', async (_, text, code) => {
    expect((await command(text)).code).toBe(code);
  });
});

test('arguments of -File bind by name, as switches and by position', async () => {
  const text = 'param([string]$Name, [switch]$On, [switch]$Off, $First) "$Name $On $Off $First"';
  const { stdout } = await run(text, { args: ['-Name', 'a b', '-On', '-Off:$false', 'x'] });
  expect(stdout.trim()).toBe('a b True False x');
});

test('errors go to stderr through the error view, everything else to stdout', async () => {
  const { stdout, stderr } = await run(`function F { [CmdletBinding()] param()
    $PSCmdlet.WriteVerbose('v'); $PSCmdlet.WriteWarning('w')
    $PSCmdlet.WriteError([System.Management.Automation.ErrorRecord]::new(
      [System.Exception]::new('bad'), 'Id', 'InvalidData', 3)) }
    F -Verbose; [pscustomobject]@{ A = 1; B = 'two' }`);
  expect(stdout.replaceAll('\r', '')).toBe('VERBOSE: v\nWARNING: w\n\nA B\n- -\n1 two\n\n');
  expect(stderr).toMatch(/^F: .*bad/s);
  expect(stdout + stderr).not.toContain('\u001b');
});

// PowerShell itself: https://github.com/PowerShell/PowerShell/issues/13985
test('a table without a view of its own is lost when an error ends the script at once', async () => {
  const { stdout, stderr } = await run("'before'; [pscustomobject]@{ A = 1 }; throw 'the end'");
  expect(stdout).toMatch(/^before\s*$/);
  expect(stderr).toMatch(/^Exception: .*the end/s);
});

describe('a question', () => {
  test('is written, and answered by a line of stdin', async () => {
    const { stdout } = await run(`${ask}Ask; Ask; 1 | ForEach-Object { Ask }`, { stdin: 'y\nno\n\n' });
    expect(stdout).toContain('Performing the operation "release" on target "disk 3".');
    expect(stdout).toContain(
      '[Y] Yes  [A] Yes to All  [N] No  [L] No to All  [S] Suspend  [?] Help (default is "Y"): ');
    expect(stdout.match(/(not )?done/g)).toEqual(['done', 'not done', 'done']);
  });

  test.each<[string, RunOptions, string]>([
    ['fails when stdin is at its end', {}, 'HostException'],
    ['fails under -NonInteractive', { nonInteractive: true, stdin: 'y\n' }, 'PSInvalidOperationException'],
  ])('%s', async (_, options, exception) => {
    const text = `${ask}try { Ask } catch { $_.Exception.InnerException.GetType().Name }`;
    const { stdout } = await run(text, options);
    expect(stdout.trim().split(/\s+/).pop()).toBe(exception);
  });

  test('asks for a missing parameter', async () => {
    const text = 'function F { param([Parameter(Mandatory)][int]$N) "got $N" }; F';
    const { stdout } = await run(text, { stdin: '5\n' });
    expect(stdout).toMatch(/Supply values.*N: got 5/s);
  });
});

test('-WhatIf says what if, and does nothing', async () => {
  const { stdout } = await run(`${ask}Ask -WhatIf`);
  expect(stdout).toContain('What if: Performing the operation "release" on target "disk 3".');
  expect(stdout).toContain('not done');
});

describe('Ctrl+C', () => {
  test.skipIf(process.platform === 'win32').each<[string, string, RunOptions]>([
    ['ends a loop and runs its finally', 'while ($true) { }', {}],
    ['ends a question', 'Ask', { keepStdinOpen: true }],
  ])('%s', async (_, body, options) => {
    const text = `${ask}try { 'ready'; ${body} } finally { [Console]::WriteLine('left') }`;
    const result = await run(text, {
      ...options,
      onLine: (line, child) => {
        if (line === 'ready') child.kill('SIGINT');
      },
    });
    expect(result).toMatchObject({ code: 130, timedOut: false });
    expect(result.stdout).toMatch(/left\s*$/);
  });
});

test.each<[string, string]>([
  ['tr-TR', '\u0130'],
  ['en-US', 'I'],
])('the culture %s is a real one', async (culture, capital) => {
  const { stdout } = await run(`[System.Threading.Thread]::CurrentThread.CurrentCulture = [cultureinfo]'${culture}'
    [int]'i'.ToUpper()[0]`);
  expect(Number(stdout)).toBe(capital.charCodeAt(0));
});

test('-Width lays tables out, progress is shown when asked for', async () => {
  const text = `[pscustomobject]@{ Text = 'word ' * 30 }
    $p = [System.Management.Automation.ProgressRecord]::new(1, 'act', 'status'); $p.PercentComplete = 5
    function F { [CmdletBinding()] param() $PSCmdlet.WriteProgress($p) }; F`;
  const narrow = await run(text, { width: 40, showProgress: true });
  expect(Math.max(...narrow.stdout.split('\n').filter((l) => !l.startsWith('PROGRESS')).map((l) => l.length)))
    .toBeLessThanOrEqual(40);
  expect(narrow.stdout).toContain('PROGRESS: 1 Processing 5 [act] [status] []');
  expect((await run(text)).stdout).not.toContain('PROGRESS');
});

test('scripts can open runspaces and jobs of their own', async () => {
  const { stdout } = await run(`$p = [powershell]::Create(); $null = $p.AddScript('40 + 2'); "space $($p.Invoke())"
    $j = Start-Job { 40 + 3 }; $null = Wait-Job $j; "job $(Receive-Job $j)"`);
  expect(stdout).toContain('space 42');
  expect(stdout).toContain('job 43');
});
