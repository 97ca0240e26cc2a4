// The repository in a folder named `a b`: built, and some of its tests run there. CI runs the whole suite in such a folder; this
// is what of that takes seconds. The copy's files are this repository's (hard links), and no folder of it is a link, which
// would lead back to where there is no blank.

import { execFileSync } from 'node:child_process';
import { copyFileSync, linkSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { hostNode, isHost, targets } from '../../src/build/executable.mjs';
import { findPowerShell } from '../powershell/find.mjs';
import { root } from './executable.ts';

/** On the disk of the repository, for the links; nobody else looks into dist. */
const copy = join(root, 'dist', 'x y', 'a b');

function copyFolder(from: string, to: string, one: (from: string, to: string) => void): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.isDirectory()) copyFolder(join(from, entry.name), join(to, entry.name), one);
    else if (entry.isFile()) one(join(from, entry.name), join(to, entry.name));
  }
}

const run = (...args: string[]): string =>
  execFileSync(hostNode(copy), args, { cwd: copy, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, VITEST: undefined } });

describe('in a folder named "a b"', () => {
  beforeAll(() => {
    rmSync(join(root, 'dist', 'x y'), { recursive: true, force: true });
    mkdirSync(copy, { recursive: true });
    for (const entry of readdirSync(root, { withFileTypes: true })) {
      const [from, to] = [join(root, entry.name), join(copy, entry.name)];
      if (entry.name === '.git' || entry.name === 'dist') continue;
      if (entry.isFile()) copyFileSync(from, to);
      else if (entry.isDirectory()) copyFolder(from, to, entry.name === 'node_modules' ? linkSync : copyFileSync);
    }
  }, 120_000);
  afterAll(() => rmSync(join(root, 'dist', 'x y'), { recursive: true, force: true }));

  test('the build makes this machine\'s executable', () => {
    run('build.mjs', '--host');
    const { name, executable } = targets.find(isHost)!;
    expect(execFileSync(join(copy, 'dist', name, executable), ['--version'], { encoding: 'utf8' })).toMatch(/^\d+\.\d+\.\d+/);
  }, 120_000);

  test('tests of each kind pass', () => {
    const said = run('node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts', '--project', 'unit', '--project', 'cli',
      'test/unit/floors.test.ts', 'test/unit/aside.test.ts', 'test/cli/disk-argument.test.ts');
    expect(said).toMatch(/[1-9]\d* passed, 0 failed/);
  }, 120_000);

  test('a test script of the module passes', () => {
    const temp = join(copy, 'dist', 'temp');
    mkdirSync(temp);
    const said = execFileSync(findPowerShell().command, ['-NoProfile', '-File', join(copy, 'test/ps/places.tests.ps1'), '-Root', copy, '-Temp', temp],
      { encoding: 'utf8', cwd: temp, stdio: ['ignore', 'pipe', 'pipe'] });
    expect(said).toContain('"ok":true');
    expect(said).not.toContain('"ok":false');
    expect(said).toMatch(/@@\{"end":[1-9]/);
  }, 120_000);
});
