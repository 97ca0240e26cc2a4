// The module as a package (src/build), installed, used, updated and removed by the commands that people have for it:
// install.ps1, in the shell that is made of NuGet packages, which brings PSResourceGet.

import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, describe, expect, test } from 'vitest';

import { targets } from '../../src/build/executable.mjs';
import { nupkg, readManifest } from '../../src/build/nupkg.mjs';
import { filesIn, stageModule } from '../../src/build/stage.mjs';
import { unzip } from '../unit/unzip.ts';
import { root, runTestScript } from './cases.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const temp = mkdtempSync(join(tmpdir(), 'install-'));
afterAll(() => rmSync(temp, { recursive: true, force: true, maxRetries: 5 }));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const linux = targets.find(({ os }) => os === 'linux')!;
const windows = targets.filter(({ os }) => os === 'win32');
/** As long as the one that is built, so that it can be written over it in an executable. */
const newer = version.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10));
const other = version.replace(/\d$/, (digit) => String((Number(digit) + 2) % 10));

/** The module in a folder, as a version with these executables; and its package. */
async function make(as: string, shipped: typeof targets): Promise<string> {
  const source = join(temp, as, 'root');
  for (const name of ['ps', 'docs', 'LICENSE', 'README.md', 'CHANGELOG.md']) {
    cpSync(join(root, name), join(source, name), { recursive: true });
  }
  const manifest = readFileSync(join(root, 'StorageRelease.psd1'), 'utf8');
  writeFileSync(join(source, 'StorageRelease.psd1'), manifest.replace(`'${version}'`, `'${as}'`));
  const dist = join(temp, as, 'dist');
  for (const target of shipped) {
    mkdirSync(join(dist, target.name), { recursive: true });
    const to = join(dist, target.name, target.executable);
    if (target === linux) {
      copyFileSync(join(root, 'dist', target.name, target.executable), to);
      if (as === version) continue;
      const bytes = readFileSync(to);
      const define = `version = "${version}"`;
      let at = bytes.indexOf(define);
      expect(at).toBeGreaterThan(0);
      for (; at >= 0; at = bytes.indexOf(define, at + 1)) bytes.write(`version = "${as}"`, at);
      writeFileSync(to, bytes);
    } else {
      for (const name of [target.executable, 'koffi.node']) writeFileSync(join(dist, target.name, name), 'a stand-in');
    }
  }
  const folder = join(temp, as, 'StorageRelease');
  const build = readFileSync(join(root, 'dist', 'build.txt'), 'utf8');
  stageModule({ root: source, folder, dist, targets: shipped, build, bill: '{}', licences: 'all' });
  const files = filesIn(folder).map((name) => [name, readFileSync(join(folder, name))] as const);
  const described = readManifest(readFileSync(join(folder, 'StorageRelease.psd1'), 'utf8'), 'StorageRelease');
  mkdirSync(join(temp, 'repo'), { recursive: true });
  writeFileSync(join(temp, 'repo', `StorageRelease.${as}.nupkg`), await nupkg(described, files, 1));
  return folder;
}

describe.skipIf(process.platform === 'win32')('installing', async () => {
  if (process.platform === 'win32') return;
  for (const as of [version, newer]) await make(as, [linux]);
  const folder = await make(other, windows);
  const report = await runTestScript(join(here, 'install.ps1'), 300_000,
    ['-Repo', join(temp, 'repo'), '-Old', version, '-New', newer, '-Windows', other, '-Publish', folder],
    { XDG_DATA_HOME: join(temp, '.local', 'share'), HOME: temp });

  test('the script comes to its end', () => {
    if (report.broken !== undefined) throw new Error(report.broken);
  });

  for (const one of report.cases) {
    test(one.name, () => {
      if (!one.ok) throw new Error(one.message);
    });
  }

  test('the package is what Publish-PSResource makes of the same folder', () => {
    const ours = unzip(readFileSync(join(temp, 'repo', `StorageRelease.${other}.nupkg`)));
    const theirs = unzip(readFileSync(join(temp, 'repo', 'theirs.zip')));
    const names = (files: Map<string, Buffer>) => [...files.keys()]
      .map((name) => name.replace(/[0-9a-f]{32}\.psmdcp$/, 'x.psmdcp')).sort();
    expect(names(ours)).toEqual(names(theirs));
    for (const [name, bytes] of theirs) {
      if (/^_rels\/|\.psmdcp$|^\[/.test(name) || name.endsWith('.nuspec')) continue;
      expect([name, bytes.equals(ours.get(name)!)]).toEqual([name, true]);
    }
    const said = (files: Map<string, Buffer>) => Object.fromEntries([...files.get('StorageRelease.nuspec')!.toString()
      .matchAll(/<(\w+)>([^<]*)<\/\1>/g)].map(([, key, value]) => [key, key === 'tags' ? value!.split(' ').sort() : value]));
    expect(said(ours)).toEqual(said(theirs));
    const kinds = (files: Map<string, Buffer>) => [...files.get('[Content_Types].xml')!.toString()
      .matchAll(/<(?:Default|Override) .*\/>/g)]
      .map(([line]) => line).sort();
    expect(kinds(ours)).toEqual(kinds(theirs));
  });
});
