import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { runTestScript, someAtATime } from './cases.ts';
import type { ScriptReport } from './cases.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const scripts = readdirSync(here)
  .filter((name) => name.endsWith('.tests.ps1'))
  .sort();

// On two cores: many of their cases wait for something.
const reports = await someAtATime(3, scripts, (name) => runTestScript(join(here, name)));

for (const [index, name] of scripts.entries()) {
  const report = reports[index]!;
  describe(basename(name, '.tests.ps1'), () => {
    test('the script comes to its end', () => {
      if (report.broken !== undefined) throw new Error(`${name} ${report.broken}`);
    });
    for (const one of report.cases) {
      test(one.name, () => {
        if (!one.ok) throw new Error(one.message);
      });
    }
  });
}

describe('the reader of test scripts', () => {
  const harness = join(here, 'harness.ps1').replaceAll("'", "''");

  test.each<[string, string, (report: ScriptReport) => void]>([
    [
      'reports a failing case as failing',
      `. '${harness}'; Test-That 'wrong' { Assert-Equal 1 2 }; Complete-Tests`,
      (report) => {
        expect(report.broken).toBeUndefined();
        expect(report.cases).toMatchObject([{ name: 'wrong', ok: false }]);
        expect(report.cases[0]?.message).toContain('Expected [Int32] 2, got [Int32] 1.');
      },
    ],
    [
      'does not take a script for whole that stops before its last line',
      `. '${harness}'; Test-That 'fine' { }; throw 'the end of it'`,
      (report) => {
        expect(report.cases).toHaveLength(1);
        expect(report.broken).toContain('ended early');
        expect(report.broken).toContain('the end of it');
      },
    ],
    [
      'does not take a script for whole that exits in a case',
      `. '${harness}'; Test-That 'leaves' { exit 3 }; Complete-Tests`,
      (report) => expect(report.broken).toContain('exit code 3'),
    ],
    [
      'does not take an empty script for a good one',
      `. '${harness}'; Complete-Tests`,
      (report) => expect(report.broken).toContain('0 cases'),
    ],
    [
      'does not take a script for whole that cannot be parsed',
      'if (',
      (report) => expect(report.broken).toContain('ended early'),
    ],
  ])('%s', async (_, text, check) => {
    const folder = mkdtempSync(join(tmpdir(), 'storage-release-'));
    try {
      const file = join(folder, 'control.ps1');
      writeFileSync(file, `param([string]$Root, [string]$Temp)\n${text}\n`);
      check(await runTestScript(file));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
