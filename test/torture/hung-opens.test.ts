// 64 opens and 500 requests hang at once, and the next disk is answered all the same.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

import { report, trials } from './trials.ts';

const root = join(import.meta.dirname, '../..');

test('64 opens and 500 requests that hang take nothing from the next disk', async (context) => {
  // Beside the packages of the repository: the probe loads koffi from there.
  const folder = mkdtempSync(join(root, 'node_modules', '.hung-opens-'));
  try {
    const program = join(folder, 'probe.mjs');
    await build({ entryPoints: [join(root, 'test/torture/hung-opens-probe.ts')], bundle: true, platform: 'node',
      format: 'esm', outfile: program, external: ['koffi'], logLevel: 'warning' });
    const ran = spawnSync(process.execPath, [program, String(trials(3, 30)), '64', '500'], { encoding: 'utf8',
      timeout: 100_000, killSignal: 'SIGKILL' });
    expect(ran.stderr).toBe('');
    const { normalUs, moreUs, ratio, inUse, strays, ...counts } = JSON.parse(ran.stdout) as Record<string, number>;
    report(context, { what: '64 opens and 500 requests hung at once (scripted Windows on Linux)',
      trials: counts['trials']!, lost: counts['lost']!, doubled: counts['doubled']!, wrong: counts['wrong']!,
      note: `lost = handles left open; an instant disk takes ${normalUs!.toFixed(0)} us, ${moreUs!.toFixed(0)} us `
        + `more with them (${ratio!.toFixed(2)} of normal)` });
    expect([inUse, strays]).toEqual([0, 0]);
    // Wide: with nothing to wait for, the way is all there is, and koffi keeps memory for 32 calls at once only.
    expect(ratio).toBeLessThan(30);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
