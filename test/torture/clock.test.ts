// The wall clock is set back and forth while the executable waits for a disk that hangs: its deadline holds.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { busFile, executable } from '../cli/executable.ts';
import { report, trials } from './trials.ts';

const compiler = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;

interface Result { Outcome: string; DurationMs: number; StartedAt: string }

function release(shim: string, bus: string): Promise<{ results: Result[]; ms: number; at: number }> {
  return new Promise((resolve, reject) => {
    const at = Date.now();
    const started = performance.now();
    const args = ['release', '9', '--timeout', '1', '--yes', '--output', 'json', '--rehearsal', bus];
    const child = spawn(executable, args, { env: { LD_PRELOAD: shim }, stdio: ['ignore', 'pipe', 'ignore'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => { said += chunk; });
    child.on('error', reject);
    child.on('close', () => {
      resolve({ ...JSON.parse(said) as { results: Result[] }, ms: performance.now() - started, at });
    });
  });
}

test.skipIf(!compiler)('a deadline holds while the clock is set back and forth', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'clock-'));
  try {
    const shim = join(folder, 'shim.so');
    const built = spawnSync('cc', ['-shared', '-fPIC', '-O2', '-Wall', '-o', shim,
      join(import.meta.dirname, 'clock-shim.c'), '-ldl'], { encoding: 'utf8' });
    expect(built.stderr).toBe('');
    const ran: Awaited<ReturnType<typeof release>>[] = [];
    for (let i = 0; i < trials(5, 100); i++) ran.push(await release(shim, busFile()));
    const results = ran.map(({ results: [only] }) => only);
    const shifted = ran.filter(({ results: [only], at }) =>
      Math.abs(Date.parse(only!.StartedAt) - at) > 3_500_000);
    // Without this the test would show nothing: the clock that the executable sees has been set.
    expect(shifted).toHaveLength(ran.length);
    const late = results.map((result) => result!.DurationMs - 1000);
    report(context, { what: 'the wall clock set by two hours, six times a second', trials: ran.length,
      lost: results.filter((result) => result === undefined).length, doubled: 0,
      wrong: results.filter((result) => result!.Outcome !== 'TimedOut' || result!.DurationMs < 1000).length
        + ran.filter(({ ms }) => ms < 1000 || ms > 30_000).length,
      note: `deadline of 1 s kept; late by ${Math.max(...late).toFixed(1)} ms at most` });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
