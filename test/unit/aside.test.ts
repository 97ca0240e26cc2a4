// A build while the module is in use (src/build/aside.mjs). That Windows lets a file be renamed that a process runs from is
// its documentation's word; here a stand-in refuses to delete it, as Windows does.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { clearAside, takeAway } from '../../src/build/aside.mjs';

let folder = '';
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'aside [a & b] \u00e4 ')); });
afterEach(() => { rmSync(folder, { recursive: true, force: true }); });

const refusing = (code: string) => (file: string): void => {
  if (file.endsWith('.exe')) throw Object.assign(new Error(code), { code });
  rmSync(file);
};

test.each(['EBUSY', 'EPERM', 'EACCES'])('a file in use (%s) is renamed into the folder for that, and all else deleted', (code) => {
  const module = join(folder, 'module');
  mkdirSync(join(module, 'dist'), { recursive: true });
  writeFileSync(join(module, 'dist', 'a.exe'), 'old');
  writeFileSync(join(module, 'a.ps1'), 'old');
  const aside = join(folder, 'aside');
  takeAway(module, aside, refusing(code));
  expect(existsSync(module)).toBe(false);
  const [kept, ...others] = readdirSync(aside);
  expect(others).toEqual([]);
  expect(kept).toMatch(/a\.exe$/);
  expect(readFileSync(join(aside, kept!), 'utf8')).toBe('old');
  // In use it stays, and it goes when it is not.
  clearAside(aside, refusing(code));
  expect(readdirSync(aside)).toEqual([kept]);
  clearAside(aside);
  expect(readdirSync(aside)).toEqual([]);
});

test('any other failure is one', () => {
  writeFileSync(join(folder, 'a.exe'), '');
  expect(() => takeAway(join(folder, 'a.exe'), join(folder, 'aside'), refusing('EIO'))).toThrow('EIO');
});

test('what is not there needs nothing', () => {
  takeAway(join(folder, 'none'), join(folder, 'aside'));
  clearAside(join(folder, 'aside'));
  expect(readdirSync(folder)).toEqual([]);
});
