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
    const child = spawn(executable, args, { env: { LD_PRELOAD: shim }, stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 20_000, killSignal: 'SIGKILL' });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => { said += chunk; });
    child.on('error', reject);
    child.on('close', () => {
      const { results } = JSON.parse(said || '{ "results": [] }') as { results: Result[] };
      resolve({ results, ms: performance.now() - started, at });
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
    const answered = ran.filter(({ results }) => results.length === 1);
    const results = answered.map(({ results: [only] }) => only);
    const shifted = answered.filter(({ results: [only], at }) =>
      Math.abs(Date.parse(only!.StartedAt) - at) > 3_500_000);
    // Without this the test would show nothing: the clock that the executable sees has been set.
    expect(shifted).toHaveLength(answered.length);
    const late = results.map((result) => result!.DurationMs - 1000);
    report(context, { what: 'the wall clock set by two hours, seven times a second', trials: ran.length,
      lost: ran.length - answered.length, doubled: 0,
      // By its own clock, and it cannot have been longer at it than this process saw it run.
      wrong: answered.filter(({ results: [only], ms }) => only!.Outcome !== 'TimedOut' || only!.DurationMs < 1000
        || only!.DurationMs > ms).length,
      note: `deadline of 1 s kept; late by ${Math.max(...late).toFixed(1)} ms at most` });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
