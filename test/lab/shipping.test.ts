// What is shipped, made again from a copy of the sources: the same bytes; and signed there by a certificate of a CA of the
// test's own, checked, broken, and run. The lab's Debian has the program that signs scripts as well (osslsigncode 2.9).

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { filesIn } from '../../src/build/stage.mjs';
import { chrootFolder } from './chroot.mjs';
import type { Lab } from './lab.d.mts';
import { caseOf, noLab, openPowerShellLab, root, runCases, titled } from './powershell.ts';

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const module = join('dist/module/StorageRelease', version);
const shipped = /^(?:module|bills|win-x64|win-arm64|linux-x64)\//;
const signed = /\.(?:exe|node|ps1|psm1|psd1|ps1xml)$/;

/** The repository in another folder of the same file system, with links to what its build downloads. */
function copy(folder: string): void {
  mkdirSync(join(folder, 'dist'), { recursive: true });
  for (const name of ['src', 'ps', 'docs', 'build.mjs', 'package.json', 'package-lock.json', 'StorageRelease.psd1', 'LICENSE',
    'README.md', 'CHANGELOG.md']) cpSync(join(root, name), join(folder, name), { recursive: true });
  for (const name of ['node_modules', 'dist/payload']) execFileSync('cp', ['-al', join(root, name), join(folder, name)]);
}

const build = (folder: string, ...args: string[]) =>
  execFileSync(process.execPath, ['build.mjs', ...args], { cwd: folder, stdio: 'pipe', encoding: 'utf8' });

const hashes = (folder: string) => Object.fromEntries(filesIn(join(folder, 'dist')).filter((name) => shipped.test(name))
  .map((name) => [name, createHash('sha256').update(readFileSync(join(folder, 'dist', name))).digest('hex')]));

describe.skipIf(noLab)(titled('What is shipped'), () => {
  let lab: Lab;
  let temp: string;
  /** In the chroot, and from there. */
  let safe: string;
  let inside: string;
  let folder: string;

  /** What osslsigncode says of a file, and whether it is content. */
  const check = (file: string) => {
    const name = `check.${file.replace(/^.*\./, '')}`;
    cpSync(file, join(safe, name));
    const { status, stdout } = spawnSync('chroot', [chrootFolder(), 'osslsigncode', 'verify', '-CAfile', `${inside}/ca.pem`,
      '-in', `${inside}/${name}`], { encoding: 'utf8' });
    return { good: status === 0, said: stdout };
  };

  beforeAll(async () => {
    lab = await openPowerShellLab();
    mkdirSync(join(root, 'dist/work'), { recursive: true });
    temp = mkdtempSync(join(root, 'dist/work', 'shipping-'));
    safe = mkdtempSync(join(chrootFolder(), 'tmp', 'sign-'));
    inside = safe.slice(chrootFolder().length);
    folder = join(temp, 'repository');
    copy(folder);
  }, 900_000);
  afterAll(async () => {
    await lab?.close();
    for (const one of [temp, safe]) if (one) rmSync(one, { recursive: true, force: true, maxRetries: 5 });
  }, 60_000);

  it('is the same bytes when it is built in another folder', () => {
    build(folder);
    const [ours, theirs] = [hashes(root), hashes(folder)];
    expect(Object.keys(ours).length).toBeGreaterThan(50);
    expect(theirs).toEqual(ours);
  }, 600_000);

  it('is signed whole by `--sign`, and each signature is good', () => {
    const openssl = (...args: string[]) => execFileSync('chroot', [chrootFolder(), 'openssl', ...args], { stdio: 'pipe' });
    const key = (name: string) => ['-newkey', 'rsa:2048', '-nodes', '-keyout', `${inside}/${name}.key`, '-out', `${inside}/${name}.pem`];
    openssl('req', '-x509', ...key('ca'), '-days', '30', '-subj', '/CN=StorageRelease test CA');
    openssl('req', '-x509', ...key('leaf'), '-days', '30', '-subj', '/CN=StorageRelease test', '-CA', `${inside}/ca.pem`,
      '-CAkey', `${inside}/ca.key`, '-addext', 'basicConstraints=critical,CA:FALSE', '-addext', 'keyUsage=critical,digitalSignature',
      '-addext', 'extendedKeyUsage=codeSigning');
    const program = join(temp, 'sign.sh');
    writeFileSync(program, `set -e
cp "$1" "${safe}/in.\${1##*.}"
chroot "${chrootFolder()}" osslsigncode sign -certs ${inside}/leaf.pem -key ${inside}/leaf.key -h sha256 -n StorageRelease \\
  -in "${inside}/in.\${1##*.}" -out "${inside}/out.\${1##*.}" > /dev/null
cat "${safe}/out.\${1##*.}" > "$1"
rm "${safe}/in.\${1##*.}" "${safe}/out.\${1##*.}"
`);
    build(folder, '--sign', `sh "${program}" {file}`);
    const files = filesIn(join(folder, module)).filter((name) => signed.test(name));
    expect(files.filter((name) => name.endsWith('.exe')).length).toBe(2);
    for (const name of files) {
      const { good, said } = check(join(folder, module, name));
      expect([name, good]).toEqual([name, true]);
      expect(said).toContain('Succeeded');
      expect(said).toContain('CN=StorageRelease test CA');
    }
    // What is data has none.
    expect(files.some((name) => name.startsWith('ps/jea') || name.startsWith('docs/'))).toBe(false);
    // The archives have the same executables.
    for (const name of ['win-x64', 'win-arm64'].flatMap((one) => [`${one}/storage-release.exe`, `${one}/koffi.node`])) {
      expect(readFileSync(join(folder, 'dist', name)).equals(readFileSync(join(folder, module, 'dist', name)))).toBe(true);
    }
  }, 600_000);

  it('shows one changed byte in each kind of file', () => {
    const all = filesIn(join(folder, module));
    for (const ending of ['.exe', '.node', '.psm1', '.ps1', '.psd1', '.ps1xml']) {
      const name = all.find((one) => one.endsWith(ending))!;
      const file = join(temp, `changed${ending}`);
      const bytes = readFileSync(join(folder, module, name));
      bytes[0x300] = bytes[0x300]! ^ 1;
      writeFileSync(file, bytes);
      expect([name, check(file).good]).toEqual([name, false]);
    }
  });

  it('runs signed: the module, whose hashes are those of signed files, and the executable by itself', async () => {
    lab.copyIn(join(folder, module), 'Signed');
    // The control: one whose executable is another one than the build signed.
    const changed = join(lab.copyIn(join(folder, module), 'Changed'), 'dist/win-x64/storage-release.exe');
    const bytes = readFileSync(changed);
    bytes[bytes.length - 100] = bytes[bytes.length - 100]! ^ 1;
    writeFileSync(changed, bytes);
    const alone = await lab.exe('Signed/dist/win-x64/storage-release.exe', ['release', '10', '--yes', '--output', 'json']);
    expect([alone.code, (JSON.parse(alone.stdout) as { results: { Outcome: string }[] }).results[0]?.Outcome])
      .toEqual([0, 'Accepted']);
    const cases = await runCases(lab, `
function Import-Copy { param($Name) Remove-Module StorageRelease; Import-Module "$Lab\\$Name\\StorageRelease.psd1" }
# The rows of Test-StorageRelease that speak of files; its others ask disks here that never answer.
$checks = {
  & (Get-Module StorageRelease) {
    Import-ModulePart Private; Import-ModulePart Unattended
    Invoke-SelfCheck (Get-CheckPlace) -Only ModuleFiles, Executable, Hash
  } | ForEach-Object { "$($_.Check) $($_.Status)" }
}
Import-Copy Signed
Show-Case 'release' { Invoke-StorageRelease -Number 10 -Force }
Show-Case 'signed' $checks
Import-Copy Changed
Show-Case 'changed' $checks
`);
    const release = caseOf(cases, 'release');
    expect(release.resultOf(10).Outcome).toBe('Accepted');
    expect(release.released).toEqual({ disk10: 1 });
    expect(caseOf(cases, 'signed').texts('other')).toEqual(['ModuleFiles Passed', 'Executable Passed', 'Hash Passed']);
    expect(caseOf(cases, 'changed').texts('other')).toEqual(['ModuleFiles Passed', 'Executable Passed', 'Hash Failed']);
  }, 300_000);
});
