// Every call that can fail, failed: each scenario runs once to count its calls at the seams (the bus and its disks,
// the two pipes, the rehearsal's file), then again for each of them with that one failing.

import {
  mkdtempSync, realpathSync as realpath, rmSync as remove, writeFileSync as writeFile,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import type { Bus, Disk } from '../../src/bus/bus.ts';
import { IOCTL_STORAGE_RELEASE, IOCTL_STORAGE_RESERVE } from '../../src/bus/sdk/control-codes.ts';
import { openRehearsal } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import { serve } from '../../src/worker/serve.ts';
import { VirtualClock } from '../unit/virtual-clock.ts';
import { ModelClient } from './model-client.ts';
import { pipes } from './pipes.ts';
import { report } from './trials.ts';

/** Called before every call of the file system that the sources make; may throw. */
const files = vi.hoisted(() => ({ call: null as ((name: string) => void) | null }));

vi.mock('node:fs', async (original) => {
  const real = await original<Record<string, unknown>>();
  const watched = ['writeFileSync', 'renameSync', 'rmSync', 'lstatSync', 'fstatSync', 'realpathSync', 'openSync', 'readSync',
    'closeSync', 'writeSync', 'linkSync', 'readdirSync'];
  return {
    ...real,
    ...Object.fromEntries(watched.map((name) => [name, (...args: unknown[]) => {
      files.call?.(name);
      return (real[name] as (...all: unknown[]) => unknown)(...args);
    }])),
  };
});

/** How a call fails: it rejects, it throws before there is a promise, or it ends with a status that says so. */
type Mode = 'rejects' | 'throws' | 'status';

interface Call {
  readonly name: string;
  readonly modes: readonly Mode[];
}

const STATUS_IO_DEVICE_ERROR = 0xc0000185;
const changing: ReadonlySet<number> = new Set([IOCTL_STORAGE_RELEASE, IOCTL_STORAGE_RESERVE]);

/** Counts calls, and fails the one whose number it was given. */
class Fault {
  readonly calls: Call[] = [];
  readonly failAt: number;
  readonly mode: Mode;
  fired: string | null = null;

  constructor(failAt: number, mode: Mode) {
    this.failAt = failAt;
    this.mode = mode;
  }

  /** Whether this call fails now; it throws where it is to throw. */
  strikes(name: string, modes: readonly Mode[]): boolean {
    this.calls.push({ name, modes });
    if (this.calls.length - 1 !== this.failAt) return false;
    this.fired = name;
    if (this.mode === 'throws') throw new Error('torture');
    return true;
  }

  call<T>(name: string, run: () => Promise<T>, failed?: T): Promise<T> {
    const modes: Mode[] = failed === undefined ? ['rejects', 'throws'] : ['rejects', 'throws', 'status'];
    if (!this.strikes(name, modes)) return run();
    return this.mode === 'rejects' ? Promise.reject(new Error('torture')) : Promise.resolve(failed as T);
  }

  bus(bus: Bus, inventory: boolean): Bus {
    const disk = (real: Disk): Disk => ({
      control: (code, input, length) => this.call(
        changing.has(code) ? 'control that changes' : 'control', () => real.control(code, input, length),
        { status: STATUS_IO_DEVICE_ERROR, information: 0n, output: new Uint8Array(0) }),
      read: (length) => this.call('read', () => real.read(length),
        { status: STATUS_IO_DEVICE_ERROR, information: 0n, output: new Uint8Array(0) }),
      cancel: () => {
        this.strikes('cancel', ['throws']);
        real.cancel();
      },
      close: () => this.call('close', () => real.close()),
    });
    return {
      kind: bus.kind,
      computerName: bus.computerName,
      list: () => this.call('list', () => bus.list()),
      ...(inventory ? { inventory: () => this.call('inventory', () => bus.inventory!()) } : {}),
      roles: () => this.call('roles', () => bus.roles()),
      open: (path, access) => this.call('open', async () => {
        const opening = await bus.open(path, access);
        return opening.disk === undefined ? opening : { disk: disk(opening.disk) };
      }, { status: STATUS_IO_DEVICE_ERROR, win32: 1117 }),
      flush: () => this.call('flush', () => bus.flush()),
      close: () => bus.close(),
    };
  }
}

// ---- scenarios

interface Scenario {
  readonly name: string;
  /** Requests without their ids, `-` for a millisecond, `+` for a second, `end` for the end of stdin. */
  readonly steps: readonly string[];
  /** Default: the bus has one. */
  readonly inventory?: boolean;
  /** Default: the file. */
  readonly file?: string;
}

const id = (number: number) => `6005076802830${String(number).padStart(3, '0')}`;
const path = (number: number) => encodeURIComponent(`\\\\.\\PhysicalDrive${number}`);

const scenarios: readonly Scenario[] = [
  { name: 'release', steps: ['release&number=1'] },
  { name: 'release by UniqueId', steps: [`release&uniqueId=${id(1)}`] },
  { name: 'release by serial number, with the bus listed twice',
    steps: ['release&serialNumber=SER1', '+', 'release&serialNumber=none'] },
  { name: 'release by path, step by step', steps: [`release&path=${path(1)}&verbose=1`] },
  { name: 'release and look', steps: ['release&number=1&verify=1'] },
  { name: 'reserve', steps: ['reserve&number=1', '-', 'release&number=1'] },
  { name: 'reserve and look', steps: ['reserve&number=1&verify=1'] },
  { name: 'status', steps: ['status&number=1'] },
  { name: 'status in detail', steps: ['status&number=5&detailed=1'] },
  { name: 'status of a disk that opens only without access', steps: ['status&number=8&detailed=1'] },
  { name: 'list', steps: ['list'] },
  { name: 'list without an inventory', steps: ['list&timeout=1'], inventory: false },
  { name: 'plan', steps: ['release&plan=1&number=1', 'reserve&plan=1&number=6'] },
  { name: 'cancel what is queued',
    steps: ['release&number=2&throttle=1', 'release&number=1&throttle=1', 'status&number=1&throttle=1', '-',
      'cancel'] },
  { name: 'two pipelines',
    steps: ['release&number=2&group=1', 'release&number=1&group=2', 'status&number=2&group=1', 'cancel&group=2'] },
  { name: 'an open that hangs', steps: ['release&number=4&timeout=1', '+', '+', 'release&number=4&timeout=1'] },
  { name: 'a request that hangs', steps: ['release&number=3&timeout=1', '+', '+', 'release&number=3&timeout=1'] },
  { name: 'an answer after the deadline',
    steps: ['release&number=7&timeout=1', '+', '+', '+', 'release&number=7&timeout=3'] },
  { name: 'one disk by two names', steps: ['reserve&number=2', `release&uniqueId=${id(2)}`] },
  { name: 'a disk of another host, and one with keys',
    steps: ['reserve&number=9&verify=1', 'release&number=5&verify=1'] },
  { name: 'several paths', steps: ['release&number=6', 'release&number=6&allow=Multipath'] },
  { name: 'the end of stdin with requests open', steps: ['release&number=2', 'release&number=3', 'end'] },
  { name: 'lines that are none', steps: ['fly', 'release&number=-1', 'release&number=1&number=1'] },
  { name: 'a rehearsal without a file', steps: ['release&number=1', 'list'], file: 'none.json' },
];

const disk = (number: number, faults?: object, more: object = {}) =>
  ({ number, unit: `u${number}`, ...(faults === undefined ? {} : { faults }), ...more });
const rehearsal = JSON.stringify({
  version: 1, thisHost: 'a',
  logicalUnits: Array.from({ length: 9 }, (_, index) => ({
    name: `u${index + 1}`, serial: `SER${index + 1}`, naa: id(index + 1),
    ...(index === 4 ? { registrations: [{ initiator: 'b', key: '0xA1' }] } : {}),
    ...(index === 8 ? { reservedBy: 'b' } : {}),
  })),
  hosts: {
    a: { disks: [
      disk(1), disk(2, { delayMs: 300 }), disk(3, { hangs: true, cancellable: true }), disk(4, { openHangs: true }),
      disk(5), disk(6, undefined, { initiators: ['a:1', 'a:2'] }), disk(7, { delayMs: 1500 }),
      disk(8, { openFails: { status: '0xC0000022', win32: 5 } }), disk(9),
    ] },
    b: {},
  },
});

const folder = mkdtempSync(join(realpath(tmpdir()), 'fallible-'));
afterAll(() => remove(folder, { recursive: true }));

interface Run {
  readonly fault: Fault;
  readonly requests: number;
  readonly lost: string[];
  readonly doubled: string[];
  readonly wrong: string[];
}

async function run(scenario: Scenario, failAt: number, mode: Mode): Promise<Run> {
  const fault = new Fault(failAt, mode);
  const clock = new VirtualClock();
  const client = new ModelClient(() => clock.now());
  const name = join(folder, 'bus.json');
  writeFile(name, rehearsal);
  const wrong: string[] = [];
  const unhandled = (error: unknown) => void wrong.push(`nobody handles ${String(error)}`);
  process.on('unhandledRejection', unhandled);
  files.call = (called) => void fault.strikes(`file: ${called}`, ['throws']);
  const pipe = pipes(() => void fault.strikes('read', ['throws']));
  let parentGone: Promise<void> = new Promise(() => {});
  try {
    if (fault.strikes('watching the parent', ['rejects'])) parentGone = Promise.reject(new Error('torture'));
  } catch {
    // It is a promise, or none.
  }
  let over = false;
  const served = serve(clock, {
    windows: () => Promise.reject(new Error('no Windows here')),
    rehearsal: (file, _initiator, warn) => fault.call('opening the bus', async () =>
      fault.bus(await openRehearsal(join(folder, file), { clock, onWarning: warn }), scenario.inventory ?? true)),
  }, { name: 'storage-release', version: '0', build: 'b', processId: 1, platform: 'torture' }, {
    input: pipe.input,
    write: (bytes) => fault.call('write', async () => {
      // After its end the process is gone.
      if (!over) client.read(bytes);
    }),
    parentGone,
  }).then(() => {
    over = true;
    if (!client.bye) client.over();
  }, (error: unknown) => void wrong.push(`serve rejected: ${String(error)}`));
  const send = (rest: string) => {
    const number = client.id();
    const verb = rest.includes('plan=1') ? 'plan' : rest.split('&')[0]!;
    const none = verb === 'fly' || rest.includes('-1') || rest.includes('number=1&number=1');
    client.send(none ? 'nonsense' : verb, number, rest);
    pipe.feed(`id=${number}&verb=${rest}\n`);
  };
  try {
    send(`rehearse&file=${scenario.file ?? 'bus.json'}`);
    await clock.advance(0);
    let ended = false;
    for (const step of scenario.steps) {
      if (step === '-') await clock.advance(1);
      else if (step === '+') await clock.advance(1000);
      else if (step === 'end') {
        ended = true;
        pipe.end();
      } else send(step);
      await clock.advance(0);
    }
    await clock.runAll(10_000);
    const broken = fault.fired === 'read' || fault.fired === 'write';
    if (!over) wrong.push('the worker does not end');
    else await served;
    // What was sent to a worker that is gone has nobody to answer it.
    if (over && broken) client.over();
    if (clock.pending > 0) wrong.push(`${clock.pending} alarms are left`);
    const lost = client.open.map(({ line }) => line);
    // Only where a pipe broke may the worker go without an answer.
    if (!broken && !ended) lost.push(...[...client.sent.values()].filter(({ gone }) => gone).map(({ line }) => line));
    wrong.push(...client.problems.slice(client.doubled));
    for (const { final, verb, line } of client.sent.values()) {
      if (final === null) continue;
      const outcome = final.properties.get('Outcome');
      if (final.kind !== 'error' && outcome === undefined && (verb === 'release' || verb === 'reserve')) {
        wrong.push(`${line}: no outcome`);
      }
    }
    if (fault.fired === 'control that changes' && !broken) {
      // The first of its kind failed, and whoever sent it must say so.
      const outcomes = [...client.sent.values()].map(({ final }) => final?.properties.get('Outcome'));
      if (!outcomes.some((one) => one === 'Failed' || one === 'TimedOut')) {
        wrong.push(`nobody failed: ${outcomes.join()}`);
      }
    }
    return { fault, requests: client.sent.size, lost, doubled: client.problems.slice(0, client.doubled), wrong };
  } finally {
    files.call = null;
    process.off('unhandledRejection', unhandled);
    remove(`${name}.lock`, { force: true });
  }
}

test('each fallible call of each scenario fails once', async (context) => {
  const sum = { calls: 0, runs: 0, requests: 0, lost: 0, doubled: 0, wrong: 0 };
  const said: string[] = [];
  const byName = new Map<string, number>();
  for (const scenario of scenarios) {
    const whole = await run(scenario, -1, 'rejects');
    expect([scenario.name, whole.lost, whole.doubled, whole.wrong]).toEqual([scenario.name, [], [], []]);
    for (const [at, { name, modes }] of whole.fault.calls.entries()) {
      sum.calls += 1;
      byName.set(name, (byName.get(name) ?? 0) + 1);
      for (const mode of modes) {
        const one = await run(scenario, at, mode);
        sum.runs += 1;
        sum.requests += one.requests;
        sum.lost += one.lost.length;
        sum.doubled += one.doubled.length;
        // A call that was counted and did not fail is no trial.
        if (one.fault.fired !== name) one.wrong.push(`it was ${one.fault.fired} that failed`);
        sum.wrong += one.wrong.length;
        const problems = [...one.lost.map((line) => `lost: ${line}`), ...one.doubled, ...one.wrong];
        if (problems.length > 0) said.push(`${scenario.name}: call ${at} (${name}) ${mode}: ${problems.join('; ')}`);
      }
    }
  }
  for (const one of said.slice(0, 20)) console.log(one);
  expect(scenarios.length).toBeGreaterThanOrEqual(20);
  // All of the seams: none has slipped out of the counting.
  expect([...byName.keys()].sort()).toEqual([
    'cancel', 'close', 'control', 'control that changes', 'file: closeSync', 'file: fstatSync', 'file: lstatSync',
    'file: openSync', 'file: readSync', 'file: readdirSync', 'file: realpathSync', 'file: renameSync', 'file: rmSync',
    'file: writeFileSync', 'file: writeSync', 'flush', 'inventory', 'list', 'open', 'opening the bus', 'read', 'roles',
    'watching the parent', 'write',
  ]);
  report(context, {
    what: 'fallible calls failed in turn: requests', trials: sum.requests, lost: sum.lost, doubled: sum.doubled,
    wrong: sum.wrong, note: `${scenarios.length} scenarios, ${sum.calls} of ${sum.calls} calls failed once each way, `
      + `${sum.runs} runs`,
  });
}, 3_600_000);
