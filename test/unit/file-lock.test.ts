// A lock file that cannot be written, or cannot be taken away: what a full disk and a virus scanner come to.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FileLock } from '../../src/bus/rehearsal/file-lock.ts';
import { openRehearsal } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Names of calls that fail now. */
const failing = vi.hoisted(() => new Set<string>());

vi.mock('node:fs', async (original) => {
  const real = await original<Record<string, unknown>>();
  return {
    ...real,
    ...Object.fromEntries(['writeSync', 'closeSync', 'rmSync', 'renameSync'].map((name) =>
      [name, (...args: unknown[]) => {
        if (failing.has(name)) {
          throw Object.assign(new Error(`EBUSY: resource busy or locked, ${name}`), { code: 'EBUSY' });
        }
        return (real[name] as (...all: unknown[]) => unknown)(...args);
      }])),
  };
});

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
  file = join(folder, 'bus.json');
});
afterEach(() => {
  failing.clear();
  rmSync(folder, { recursive: true });
});

const date = () => new Date(0);

describe('a lock', () => {
  test.each(['writeSync', 'closeSync'])('that cannot be written (%s) keeps nobody waiting', (call) => {
    const lock = new FileLock(file, date);
    failing.add(call);
    expect(() => lock.take()).toThrow('EBUSY');
    failing.clear();
    expect([existsSync(`${file}.lock`), lock.held()]).toEqual([false, false]);
    expect(new FileLock(file, date).take()).toBe(true);
  });

  test('that cannot be taken away stays with its owner until it can', () => {
    const lock = new FileLock(file, date);
    lock.take();
    failing.add('rmSync');
    lock.release();
    expect([lock.held(), new FileLock(file, date).take(), lock.take()]).toEqual([true, false, true]);
    failing.clear();
    lock.release();
    expect([existsSync(`${file}.lock`), lock.held()]).toEqual([false, false]);
  });
});

test('a turn that ends while nothing can be deleted ends no process, and what was changed is stored', async () => {
  writeFileSync(file, JSON.stringify({
    version: 1, thisHost: 'a', logicalUnits: [{ name: 'u' }], hosts: { a: { disks: [{ number: 1, unit: 'u' }] } },
  }));
  const clock = new VirtualClock();
  const warnings: string[] = [];
  const bus = await openRehearsal(file, { clock, onWarning: (text) => warnings.push(text) });
  const { disk } = await bus.open(String.raw`\\.\PhysicalDrive1`, 'read');
  failing.add('rmSync');
  const RESERVE = 0x2d4810;
  expect((await disk!.control(RESERVE, null, 0)).status).toBe(0);
  // A tenth of a second later, in a timer: nobody would catch what is thrown here.
  await clock.runAll();
  expect(readFileSync(file, 'utf8')).toContain('"reservedBy": "a"');
  expect(warnings).toEqual([]);
  failing.add('renameSync');
  const RELEASE = 0x2d4814;
  await disk!.control(RELEASE, null, 0);
  await clock.runAll();
  expect(warnings)
    .toEqual([expect.stringContaining('changes are kept only until the end, unless the file can be written later')]);
  failing.clear();
  await bus.close();
  expect(readFileSync(file, 'utf8')).not.toContain('reservedBy');
});
