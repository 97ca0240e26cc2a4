import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, describe, expect, test } from 'vitest';

import { stageScripts } from '../../src/build/stage.mjs';
import { root, runTestScript } from './cases.ts';

const staged = mkdtempSync(join(tmpdir(), 'storage-release-'));
afterAll(() => rmSync(staged, { recursive: true, force: true, maxRetries: 5 }));
stageScripts(root, staged);
const report = await runTestScript(fileURLToPath(new URL('about.ps1', import.meta.url)), 120_000, ['-Staged', staged]);

describe('about_StorageRelease', () => {
  test('the script comes to its end', () => expect(report.broken).toBeUndefined());
  for (const one of report.cases) {
    test(one.name, () => {
      if (!one.ok) throw new Error(one.message);
    });
  }
});
