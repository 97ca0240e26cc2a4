// Requests that wait for another process to let go of the rehearsal file: what they say at their deadline, and that
// what was taken back is never sent.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { IOCTL_STORAGE_RELEASE } from '../../src/bus/sdk/control-codes.ts';
import { type RehearsalBus, openRehearsal } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import { type DiskContext, createContext, lookingOnly } from '../../src/disk/context.ts';
import { change } from '../../src/verbs/change.ts';
import { readReservation } from '../../src/verbs/read.ts';
import { noClaim } from '../../src/disk/claim.ts';
import { VirtualClock } from './virtual-clock.ts';

const file = JSON.stringify({
  version: 1, thisHost: 'a',
  logicalUnits: [{ name: 'one', serial: 'S1', reservedBy: 'a' }, { name: 'two', serial: 'S2', reservedBy: 'a' }],
  hosts: { a: { disks: [{ number: 1, unit: 'one' }, { number: 2, unit: 'two' }] } },
});

let folder = '';
let path = '';
let clock: VirtualClock;
let bus: RehearsalBus;
let context: DiskContext;
let told: string[];
beforeEach(async () => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'turns-'));
  path = join(folder, 'bus.json');
  writeFileSync(path, file);
  clock = new VirtualClock();
  told = [];
  bus = await openRehearsal(path, { clock, onWarning: (text) => void told.push(text) });
  context = createContext(bus, clock);
});
afterEach(async () => {
  await bus.close();
  rmSync(folder, { recursive: true });
});

/** Another process of this computer that runs, and holds the lock. */
const hold = () => writeFileSync(`${path}.lock`, `${clock.date().getTime()} ${process.pid} 99 ${hostname()}`);
const letGo = () => rmSync(`${path}.lock`, { recursive: true });

const report = { step() {}, late: (text: string) => void told.push(text) };
const send = async (number: number, timeoutMs: number, verify = false) => (await change(
  { claim: { ...noClaim, number }, allow: new Set(), timeoutMs, dryRun: false, verify }, context, report)).result;
const look = async (number: number, timeoutMs: number, detailed = false) => (await readReservation(
  { claim: { ...noClaim, number }, timeoutMs, detailed }, lookingOnly(context), report)).result;
const stored = () => (JSON.parse(readFileSync(path, 'utf8')) as { state?: object }).state;

const inUse = (seconds: number) => ({
  Outcome: 'InUse', NtStatus: null, DurationMs: seconds * 1000,
  Message: `The rehearsal file bus.json is in use by process ${process.pid} of ${hostname()}. `
    + `Nothing was sent within ${seconds} s.`,
  NextStep: 'Try again. If no rehearsal runs there any more, delete bus.json.lock.',
});

describe('a request that waits for the file until its deadline', () => {
  test.each([1, 7, 29])('is InUse after its %i s, and is never sent', async (seconds) => {
    hold();
    const asked = send(1, seconds * 1000);
    await clock.advance(seconds * 1000);
    expect(await asked).toMatchObject(inUse(seconds));
    letGo();
    await clock.runAll();
    await bus.flush();
    expect(stored()).toBeUndefined();
    // Not even as the late answer of a driver.
    expect(told).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test.each([
    ['release with a look before', () => send(1, 2000, true)], ['status', () => look(1, 2000)],
    ['status in detail', () => look(1, 2000, true)],
  ])('%s', async (_name, ask) => {
    hold();
    const asked = ask();
    await clock.advance(2000);
    expect(await asked).toMatchObject(inUse(2));
  });

  test('keeps its device from nobody: the next request to it is sent', async () => {
    hold();
    const first = send(1, 1000);
    await clock.advance(1000);
    expect((await first).Outcome).toBe('InUse');
    letGo();
    const second = send(1, 1000);
    await clock.advance(100);
    expect((await second).Outcome).toBe('Accepted');
    expect(stored()).toEqual({ one: { reservedBy: null } });
  });

  // Windows has no FIFO in a folder.
  test.skipIf(process.platform === 'win32')('says where a lock stands that is none', async () => {
    execFileSync('mkfifo', [`${path}.lock`]);
    const asked = send(1, 3000);
    await clock.advance(3000);
    expect(await asked).toMatchObject({ Outcome: 'InUse', Message: 'The rehearsal bus.json cannot be used: '
      + 'bus.json.lock, the lock beside it, is a FIFO, not a file. Nothing was sent within 3 s.' });
  });

  test('shows no control character of a lock', async () => {
    writeFileSync(`${path}.lock`, `${clock.date().getTime()} 12 1 host\u001b[2J-b`);
    const asked = send(1, 1000);
    await clock.advance(1000);
    expect((await asked).Message).toContain('is in use by process 12 of host?[2J-b. Nothing');
  });

  test('one that gets its turn in time is sent, and one beside it is not', async () => {
    hold();
    const [short, long] = [send(1, 1000), send(2, 5000)];
    await clock.advance(2000);
    letGo();
    await clock.advance(2000);
    expect([(await short).Outcome, (await long).Outcome]).toEqual(['InUse', 'Accepted']);
    expect(stored()).toEqual({ two: { reservedBy: null } });
  });

  test('a thousand that wait look at the lock together', async () => {
    hold();
    const disks = await Promise.all(Array.from({ length: 1000 }, async () =>
      (await bus.open(String.raw`\\.\PhysicalDrive1`, 'read')).disk!));
    const done: number[] = [];
    for (const disk of disks) void disk.control(IOCTL_STORAGE_RELEASE, null, 0).then(({ status }) => done.push(status));
    await clock.advance(1);
    expect(clock.pending).toBe(1);
    letGo();
    await clock.advance(200);
    expect(done).toEqual(Array(1000).fill(0));
    expect(bus.writes).toBe(1);
  });
});
