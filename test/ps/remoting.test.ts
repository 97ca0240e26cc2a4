// Commands that reach other computers, over real remoting with several hosts on this machine: each *.remote.ps1 here
// is a test script that finds them by test/ps/remoting.ps1.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, describe, expect, test } from 'vitest';

import { root, runTestScript, someAtATime } from './cases.ts';
import { runPowerShell } from './powershell.ts';
import { missingSshd, startRemoting } from './remoting.ts';
import type { HostKind } from './remoting.ts';
import { hasTerminal, keys, Prompt } from './terminal.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const scripts = readdirSync(here).filter((name) => name.endsWith('.remote.ps1')).sort();

// From .31 on: changed by the scripts that publish to them. Two scripts run at a time, so each that rehearses on a JEA
// host has one of its own.
const hosts: Record<string, HostKind> = {
  '127.0.0.21': 'bare', '127.0.0.22': 'other', '127.0.0.23': 'jea', '127.0.0.24': 'jea', '127.0.0.25': 'jea',
  '127.0.0.31': 'bare', '127.0.0.32': 'bare', '127.0.0.33': 'other', '127.0.0.34': 'bare',
};
for (let last = 2; last <= 8; last++) hosts[`127.0.0.${last}`] = 'module';

const missing = missingSshd();
if (missing !== undefined) {
  describe('other computers', () => {
    test.skip(`not tried: ${missing}`, () => {});
  });
} else {
  const remoting = await startRemoting(hosts);
  const reports = await someAtATime(2, scripts, (name) => runTestScript(join(here, name), 600_000, [], remoting.env))
    .catch(async (error: unknown) => {
      await remoting.stop();
      throw error;
    });
  afterAll(() => remoting.stop());
  for (const [index, name] of scripts.entries()) {
    const report = reports[index]!;
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

  /** Gives a script's first lines where $sessions are two hosts in a rehearsal of $bus, which have reserved its disks. */
  const withTwo = async <T>(use: (setup: string, temp: string) => Promise<T>): Promise<T> => {
    const temp = mkdtempSync(join(tmpdir(), 'storage-release-'));
    try {
      return await use([
        `$Root = '${root}'`, `$Temp = '${temp}'`,
        ...['harness', 'buses', 'remoting'].map((name) => `. '${join(here, name)}.ps1'`),
        `Import-Module '${join(root, 'StorageRelease.psd1')}'`,
        `$bus = New-TestBus -Faults @{ 3 = '"delayMs": 60000' }`, '$sessions = @(New-TestSession 127.0.0.2, 127.0.0.3)',
        'Enter-TestRehearsal $sessions $bus bench-1, bench-1', '',
      ].join('\n'), temp);
    } finally {
      rmSync(temp, { recursive: true, force: true, maxRetries: 5 });
    }
  };

  test.runIf(hasTerminal)('one question for each disk, asked here, names the computers', () => withTwo(async (setup, cwd) => {
    const prompt = await Prompt.open(setup, { columns: 200, cwd, env: remoting.env });
    try {
      const said = async (line: string, ...answers: string[]): Promise<string[]> => {
        const rows = await prompt.run(line, async (from) => {
          for (const [index, answer] of answers.entries()) {
            await prompt.until(`question ${index + 1}`,
              () => prompt.text(from).split('(default is "Y"):').length > index + 1);
            prompt.type(answer + keys.enter);
          }
        });
        return rows.map(({ text }) => text).filter((text) => text !== '');
      };
      const plans = await said('Invoke-StorageRelease -Session $sessions -Number 1 -WhatIf');
      expect(plans.sort()).toEqual([1, 2].map(() => expect.stringMatching(
        /^What if: Disk 1 \(.*\) on bench-1: IOCTL_STORAGE_RELEASE would be sent\.$/)));
      expect(await said('"RELEASED [$(Get-Released $bus)]"')).toEqual(['RELEASED []']);
      const asked = await said(
        'Invoke-StorageRelease -Session $sessions -Number 1, 2 | % { "OUT $($_.Number) $($_.Outcome)" }', 'Y', 'N');
      const questions = asked.flatMap((row) => /^(.*): send IOCTL_STORAGE_RELEASE\?/.exec(row)?.[1] ?? []);
      expect(questions).toEqual([1, 2].map((number) => expect.stringMatching(new RegExp(
        `^Disk ${number} \\(FAKE Virtual Disk, serial number FAKE000${number}, UniqueId [0-9A-F]+\\) on bench-1 \\(Runspace\\d+\\), bench-1 \\(Runspace\\d+\\)$`))));
      const results = asked.flatMap((row) => /^OUT (.*)/.exec(row)?.[1] ?? []);
      expect(results.sort()).toEqual(['1 Accepted', '1 Accepted', '2 Refused', '2 Refused']);
      expect(await said('"RELEASED [$(Get-Released $bus)]"')).toEqual(['RELEASED [unit 1]']);
      expect(await prompt.exit()).toBe(0);
    } finally {
      await prompt.kill();
    }
  }));

  test('Ctrl+C ends it at once, though two computers are at work', async () => {
    let interrupted = 0;
    const run = await withTwo(async (setup, cwd) => {
      const file = join(cwd, 'script.ps1');
      writeFileSync(file, `${setup}Get-StorageReservation -Session $sessions -Number 0, 3 -TimeoutSec 80 |
        ForEach-Object { "OUT $($_.Number)" }\n"NEVER"\n`);
      return await runPowerShell({
        file, cwd, env: remoting.env, timeoutMs: 90_000,
        onLine: (line, child) => {
          if (!line.startsWith('OUT') || interrupted > 0) return;
          interrupted = performance.now();
          child.kill('SIGINT');
        },
      });
    });
    const took = performance.now() - interrupted;
    expect(interrupted).toBeGreaterThan(0);
    expect(run.timedOut).toBe(false);
    expect(run.stdout).not.toContain('NEVER');
    expect(took).toBeLessThan(10_000);
  });
}
