// How a user's own scripts are tested (test/ps/pester), run by Pester itself.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { hostRid, publish } from '../powershell/build.mjs';
import { root, runTestScript } from './cases.ts';

const pester = join(publish({
  project: join(root, 'test/ps/pester/pester.csproj'), output: join(root, 'dist/pester/module'), rid: hostRid,
}), 'Pester.psd1');
const run = (path: string) => runTestScript(join(root, 'test/ps/pester.ps1'), 300_000, ['-Pester', pester, '-Path', path]);

const { cases, broken } = await run(join(root, 'test/ps/pester'));

describe('Pester', () => {
  test('the tests come to their end', () => expect(broken).toBeUndefined());
  for (const one of cases) {
    test(one.name, () => {
      if (!one.ok) throw new Error(one.message);
    });
  }

  test('a test that fails is reported as failing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'storage-release-'));
    try {
      const file = join(folder, 'Control.Tests.ps1');
      writeFileSync(file, "Describe 'control' { It 'fails' { 1 | Should -Be 2 } }\n");
      expect((await run(file)).cases).toMatchObject([{ name: 'control.fails', ok: false }]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
