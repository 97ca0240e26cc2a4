// What Get-StorageReleaseTask makes of an exit code is what the table of outcomes says.

import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { exitCodeTable } from '../../src/status/exit-codes.ts';

test('ConvertFrom-ExitCode has each code of the table once, with its first outcome', () => {
  const text = readFileSync(new URL('../../ps/unattended/task/ConvertFrom-ExitCode.ps1', import.meta.url), 'utf8');
  const named = [...text.matchAll(/(\d+) = '(\w+)'/g)].map(([, code, name]) => [Number(code), name] as const);
  const wanted = new Map<number, string>();
  for (const { code, outcome } of exitCodeTable()) if (!wanted.has(code)) wanted.set(code, outcome ?? 'Usage');
  expect(named).toEqual([...wanted]);
});
