// Commands that reach other computers, over real remoting with several hosts on this machine: each *.remote.ps1 here
// is a test script that finds them by test/ps/remoting.ps1.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, describe, expect, test } from 'vitest';

import { root, runTestScript, twoAtATime } from './cases.ts';
import { findPowerShell, runPowerShell } from './powershell.ts';
import type { RunOptions, RunResult } from './powershell.ts';
import { missingSshd, startRemoting } from './remoting.ts';
import type { HostKind } from './remoting.ts';

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
  const reports = await twoAtATime(scripts, (name) => runTestScript(join(here, name), 240_000, [], remoting.env))
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

  /** Runs `text` where $sessions are two hosts in a rehearsal of the bus $bus, which have reserved all its disks. */
  const runWithTwo = async (text: string, options: RunOptions = {}): Promise<RunResult> => {
    const temp = mkdtempSync(join(tmpdir(), 'storage-release-'));
    try {
      const file = join(temp, 'script.ps1');
      const shared = ['harness', 'buses', 'remoting'].map((name) => `. '${join(here, name)}.ps1'`);
      writeFileSync(file, [
        `$Root = '${root}'`, `$Temp = '${temp}'`, ...shared, `Import-Module '${join(root, 'StorageRelease.psd1')}'`,
        `$bus = New-TestBus -Faults @{ 3 = '"delayMs": 60000' }`, '$sessions = @(New-TestSession 127.0.0.2, 127.0.0.3)',
        'Enter-TestRehearsal $sessions $bus bench-1, bench-1', text,
      ].join('\n'));
      return await runPowerShell({ file, cwd: temp, env: remoting.env, timeoutMs: 90_000, ...options });
    } finally {
      rmSync(temp, { recursive: true, force: true, maxRetries: 5 });
    }
  };

  // Answers by a pipe reach only the test engine.
  test.runIf(findPowerShell().kind === 'engine')('one question for each disk, asked here, names the computers', async () => {
    const run = await runWithTwo(`
"PLANS"; Invoke-StorageRelease -Session $sessions -Number 1 -WhatIf
"NOTHING [$(Get-Released $bus)]"
Invoke-StorageRelease -Session $sessions -Number 1, 2 | ForEach-Object { "OUT $($_.Number) $($_.Outcome)" }
"RELEASED [$(Get-Released $bus)]"`, { stdin: 'Y\nN\n' });
    expect(run.stderr).toBe('');
    const plans = [...run.stdout.matchAll(/What if: (.*)/g)].map((match) => match[1]!);
    expect(plans.sort()).toEqual([2, 3].map((last) => expect.stringMatching(
      new RegExp(`^Disk 1 \\(.*\\) on 127\\.0\\.0\\.${last}: IOCTL_STORAGE_RELEASE would be sent\\.$`))));
    expect(run.stdout).toContain('NOTHING []');
    const questions = [...run.stdout.matchAll(/^(.*): send IOCTL_STORAGE_RELEASE\?/gm)].map((match) => match[1]);
    // By what the computers themselves say of it.
    expect(questions).toEqual([1, 2].map((number) => expect.stringMatching(new RegExp(
      `^Disk ${number} \\(FAKE Virtual Disk, serial number FAKE000${number}, UniqueId [0-9A-F]+\\) on 127\\.0\\.0\\.2, 127\\.0\\.0\\.3$`))));
    const results = [...run.stdout.matchAll(/OUT (.*)/g)].map((match) => match[1]);
    expect(results.sort()).toEqual(['1 Accepted', '1 Accepted', '2 Refused', '2 Refused']);
    expect(run.stdout).toContain('RELEASED [unit 1]');
  });

  test('Ctrl+C ends it at once, though two computers are at work', async () => {
    let interrupted = 0;
    const run = await runWithTwo(
      'Get-StorageReservation -Session $sessions -Number 0, 3 -TimeoutSec 80 | ForEach-Object { "OUT $($_.Number)" }; "NEVER"',
      {
        onLine: (line, child) => {
          if (!line.startsWith('OUT') || interrupted > 0) return;
          interrupted = performance.now();
          child.kill('SIGINT');
        },
      });
    const took = performance.now() - interrupted;
    expect(interrupted).toBeGreaterThan(0);
    expect(run.timedOut).toBe(false);
    expect(run.stdout).not.toContain('NEVER');
    expect(took).toBeLessThan(10_000);
  });
}
