// A rehearsal of many disks for runs that write a log, and runs that are killed while they do.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { executable } from './executable.ts';

/** A folder of its own, gone when the test is over. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'storage-release-log-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A bus with so many disks, and their numbers. */
export function manyDisks(path: string, count: number): string[] {
  const numbers = Array.from({ length: count }, (_, i) => i);
  writeFileSync(path, JSON.stringify({
    version: 1, thisHost: 'a',
    logicalUnits: numbers.map((i) => ({ name: `unit${i}`, serial: `S-${i}`, vendor: 'ACME', product: 'Disk' })),
    hosts: { a: { disks: numbers.map((i) => ({ number: i, unit: `unit${i}` })) } },
  }));
  return numbers.map(String);
}

export const linesOf = (log: string): string[] => readFileSync(log, 'utf8').split('\n').filter((line) => line !== '');

export interface Killed {
  /** Results that were told, as processId/number. */
  readonly told: readonly string[];
  readonly killed: boolean;
}

/** Kills a run as soon as it has told `after` results. */
function killedRun(bus: string, numbers: readonly string[], log: string, after: number): Promise<Killed> {
  const child = spawn(executable, ['release', ...numbers, '--yes', '--rehearsal', bus, '--log', log, '-o', 'clixml'],
    { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  const told = () => [...said.matchAll(/<U32 N="Number">(\d+)<\/U32>/g)].map(([, number]) => `${child.pid}/${number}`);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (told().length >= after) child.kill('SIGKILL');
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (_, signal) => resolve({ told: told(), killed: signal !== null }));
  });
}

export interface Toll {
  readonly kills: number;
  readonly told: number;
  readonly lost: readonly string[];
  /** Lines that are no JSON. */
  readonly torn: number;
}

/** So many runs into one log, two at a time, each killed after another number of results. */
export async function killWhileWriting(path: string, kills: number): Promise<Toll> {
  const log = join(path, 'release.log');
  const each = await Promise.all([0, 1].map(async (lane) => {
    const bus = join(path, `bus${lane}.json`);
    const runs: Killed[] = [];
    for (let i = lane; i < kills; i += 2) {
      const numbers = manyDisks(bus, 48);
      rmSync(`${bus}.lock`, { force: true });
      runs.push(await killedRun(bus, numbers, log, 1 + ((i * 7) % 30)));
    }
    return runs;
  }));
  const runs = each.flat();
  const logged = new Set<string>();
  let torn = 0;
  for (const line of linesOf(log)) {
    try {
      const { ProcessId, Number } = JSON.parse(line) as { ProcessId: number; Number: number };
      logged.add(`${ProcessId}/${Number}`);
    } catch {
      torn += 1;
    }
  }
  const told = runs.flatMap((run) => run.told);
  return {
    kills: runs.filter(({ killed }) => killed).length, told: told.length,
    lost: told.filter((one) => !logged.has(one)), torn,
  };
}
