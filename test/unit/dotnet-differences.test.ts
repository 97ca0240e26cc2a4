// What .NET Framework does otherwise than .NET is called in one place of ps/: ps/private/shared/DotNetDifference.ps1 says
// which that is.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

const folder = fileURLToPath(new URL('../../ps', import.meta.url));
const lines = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.psm?1$/.test(name))
  .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n')
    .map((text) => ({ where: `${name.replaceAll('\\', '/')}: ${text.trim()}`, text })))
  .filter(({ text }) => !/^\s*#/.test(text));

const one = 'private/shared/DotNetDifference.ps1';

test.each<[what: string, pattern: RegExp, where: RegExp]>([
  // A statement about a disk has at most 1,024 characters and no half of a pair (Read-Statement.ps1), and there are
  // several for each disk.
  ['EscapeDataString', /EscapeDataString/, new RegExp(`^${one}|^private/flow/.*EscapeDataString\\(\\$text\\)`)],
  ['FlushAsync', /FlushAsync/, /^private\/worker\/Write-WorkerQueue\.ps1/],
  ['the stream to a process', /\.StandardInput/, /^start\/Start-Worker\.ps1: Input += \$process|Get-PipeWriter \$process\.StandardInput/],
  // What runs on another computer cannot call the module.
  ['SHA-256', /SHA256(?:CryptoServiceProvider)?\]/, /^import\/New-Sha256\.ps1|^remote\/publish\/(?:Publish|Remove)Script\.ps1.*SHA256CryptoServiceProvider/],
  ['hashes', /Security\.Cryptography\.(?!SHA256CryptoServiceProvider)/, /^$/],
  ['the code page of the system', /Encoding\]::Default/, /^$/],
])('%s', (_, pattern, where) => {
  expect(lines.filter(({ text }) => pattern.test(text)).map((line) => line.where).filter((line) => !where.test(line))).toEqual([]);
});

test('a flush is for .NET alone', () => {
  const text = readFileSync(join(folder, 'private/worker/Write-WorkerQueue.ps1'), 'utf8');
  expect(text.indexOf('-not $script:OnFramework')).toBeGreaterThan(0);
  expect(text.indexOf('FlushAsync')).toBeGreaterThan(text.indexOf('-not $script:OnFramework'));
});

test('a pattern that ignores case ignores it everywhere alike', () => {
  const options = lines.filter(({ text }) => /RegexOptions\]/.test(text) && /IgnoreCase/.test(text));
  expect(options.length).toBeGreaterThan(0);
  expect(options.filter(({ text }) => !/CultureInvariant/.test(text)).map(({ where }) => where)).toEqual([]);
});
