// Commands that reach other computers, over real remoting with several hosts on this machine: each *.remote.ps1 here
// is a test script that finds them by test/ps/remoting.ps1.

import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, describe, test } from 'vitest';

import { runTestScript } from './cases.ts';
import type { ScriptReport } from './cases.ts';
import { missingSshd, startRemoting } from './remoting.ts';
import type { HostKind } from './remoting.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const scripts = readdirSync(here).filter((name) => name.endsWith('.remote.ps1')).sort();

const hosts: Record<string, HostKind> = { '127.0.0.21': 'bare', '127.0.0.22': 'other', '127.0.0.23': 'jea' };
for (let last = 2; last <= 9; last++) hosts[`127.0.0.${last}`] = 'module';

const missing = missingSshd();
if (missing !== undefined) {
  describe('other computers', () => {
    test.skip(`not tried: ${missing}`, () => {});
  });
} else {
  const remoting = await startRemoting(hosts);
  const reports = new Map<string, ScriptReport>();
  try {
    for (const name of scripts) reports.set(name, await runTestScript(join(here, name), 240_000, remoting.env));
  } catch (error) {
    await remoting.stop();
    throw error;
  }
  afterAll(() => remoting.stop());
  for (const [name, report] of reports) {
    describe(basename(name, '.remote.ps1'), () => {
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
}
