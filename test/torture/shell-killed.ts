// PowerShell itself is killed hard while its disks are in flight: no block of it runs any more, and the worker
// goes all the same.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { root } from '../ps/cases.ts';
import { runPowerShell } from '../ps/powershell.ts';
import type { Random } from './random.ts';
import type { TortureRow } from './trials.ts';

/** Disks that answer at once, soon, and never within the trial. */
const bus = JSON.stringify({
  version: 1, thisHost: 'a',
  logicalUnits: Array.from({ length: 12 }, (_, i) => ({ name: `u${i + 1}`, serial: `SER${i + 1}` })),
  hosts: { a: { disks: Array.from({ length: 12 }, (_, i) => ({
    number: i + 1, unit: `u${i + 1}`, faults: [{}, { delayMs: 30 }, { delayMs: 200 }, { delayMs: 2_000 }][i % 4],
  })) } },
});

/** Whether a process runs; one that is dead and not yet collected does not. */
function runs(id: number): boolean {
  try {
    return !/^\d+ \(.*\) Z /s.test(readFileSync(`/proc/${id}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

/** Milliseconds from the kill until the worker was gone; null: it was not, within `patience`. */
async function kill(folder: string, delay: number, patience: number): Promise<number | null> {
  const file = join(folder, 'bus.json');
  writeFileSync(file, bus);
  let worker = 0;
  let killed = 0;
  await runPowerShell({
    file: join(root, 'test/torture/victim.ps1'), args: ['-Root', root, '-Bus', file], timeoutMs: 60_000,
    onLine: (line, child) => {
      const said = /^worker (\d+)$/.exec(line);
      if (said === null) return;
      worker = Number(said[1]);
      setTimeout(() => {
        if (!runs(worker)) throw new Error('the worker was gone before the kill');
        child.kill('SIGKILL');
        killed = performance.now();
      }, delay);
    },
  });
  if (worker === 0) throw new Error('the session did not come to its pipeline');
  while (runs(worker)) {
    if (performance.now() - killed > patience) {
      process.kill(worker, 'SIGKILL');
      return null;
    }
    await pause(5);
  }
  return performance.now() - killed;
}

export async function killShells(random: Random, trials: number): Promise<TortureRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'storage-release-'));
  const times: number[] = [];
  let left = 0;
  let broken = 0;
  try {
    for (let i = 0; i < trials; i++) {
      const ms = await kill(folder, random.below(150), 20_000);
      if (ms === null) left += 1;
      else times.push(ms);
      // Whole at every moment: what is written is put in its place at once.
      try {
        JSON.parse(readFileSync(join(folder, 'bus.json'), 'utf8'));
      } catch {
        broken += 1;
      }
      rmSync(join(folder, 'bus.json.lock'), { force: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  times.sort((a, b) => a - b);
  return [{
    what: 'PowerShell killed with disks in flight: the worker goes',
    trials, lost: 0, doubled: 0, wrong: left + broken,
    note: `median/worst: gone after ${times[times.length >> 1]?.toFixed(0)}/${times.at(-1)?.toFixed(0)} ms`,
  }];
}
