// Somebody else who may write to the rehearsal's folder puts something in the place of its files, at every call that
// the rehearsal makes of the file system; and processes that are killed at each of these calls. Nothing outside the
// folder changes, nobody waits for ever, and nothing is left for anybody to clean.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, realpathSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { openRehearsal } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import { RehearsalFileError, readRehearsal } from '../../src/bus/rehearsal/rehearsal-file.ts';
import { hostNode } from '../../src/build/executable.mjs';
import { createContext, lookingOnly } from '../../src/disk/context.ts';
import { change } from '../../src/verbs/change.ts';
import { readReservation } from '../../src/verbs/read.ts';
import { noClaim } from '../../src/disk/claim.ts';
import { root } from '../cli/executable.ts';
import { VirtualClock } from '../unit/virtual-clock.ts';
import { report, trials } from './trials.ts';

/** Called before every call of the file system that the sources make, with its first argument. */
const files = vi.hoisted(() => ({ call: null as ((name: string, first: unknown) => void) | null }));
const watched = vi.hoisted(() => ['writeFileSync', 'renameSync', 'rmSync', 'lstatSync', 'fstatSync', 'openSync', 'readSync',
  'closeSync', 'writeSync', 'linkSync', 'readdirSync', 'realpathSync'] as const);

vi.mock('node:fs', async (original) => {
  const real = await original<Record<string, unknown>>();
  return {
    ...real,
    ...Object.fromEntries(watched.map((name) => [name, (...args: unknown[]) => {
      files.call?.(name, args[0]);
      return (real[name] as (...all: unknown[]) => unknown)(...args);
    }])),
  };
});
const fs = await vi.importActual<typeof import('node:fs')>('node:fs');

const folder = mkdtempSync(join(realpathSync(tmpdir()), 'torture-files-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
/** What must stay as it is, and what must not come into being. */
const victim = join(folder, 'victim');
const unborn = join(folder, 'unborn');
const fifo = join(folder, 'fifo');
const socket = join(folder, 'socket');
const where = join(folder, 'shared');
const file = join(where, 'bus.json');

const text = JSON.stringify({
  version: 1, thisHost: 'a',
  logicalUnits: [1, 2, 3].map((number) => ({ name: `u${number}`, serial: `S${number}`, reservedBy: 'a' })),
  hosts: { a: { disks: [1, 2, 3].map((number) => ({ number, unit: `u${number}` })) }, b: {} },
});
const victimText = text.replaceAll('"S', '"V');
const today = Date.now();

/** What is put there; `fair` where it is no more than a process of ours could have left. */
const plants: readonly { readonly what: string; readonly fair?: boolean; readonly put: (at: string) => void }[] = [
  { what: 'a link to a file', put: (at) => fs.symlinkSync(victim, at) },
  { what: 'a link to nothing', put: (at) => fs.symlinkSync(unborn, at) },
  { what: 'a hard link', put: (at) => fs.linkSync(victim, at) },
  { what: 'a FIFO', put: (at) => fs.linkSync(fifo, at) },
  { what: 'a socket', put: (at) => fs.linkSync(socket, at) },
  { what: 'a folder', put: (at) => fs.mkdirSync(at) },
  { what: 'nothing', fair: true, put: () => {} },
  { what: 'an empty file', fair: true, put: (at) => fs.writeFileSync(at, '') },
  { what: 'a lock that is held', fair: true, put: (at) => fs.writeFileSync(at, `${today} ${process.pid} 99 ${hostname()}`) },
  { what: 'a lock from the future', fair: true, put: (at) => fs.writeFileSync(at, `${today + 1e10} 1 1 elsewhere`) },
  { what: 'noise', put: (at) => fs.writeFileSync(at, Buffer.from([0xff, 0xfe, 0, 1, 2, 3])) },
];

const clean = () => {
  fs.rmSync(where, { recursive: true, force: true });
  fs.mkdirSync(where);
  fs.chmodSync(where, 0o777);
  fs.writeFileSync(file, text);
  fs.writeFileSync(victim, victimText);
};

/** Not root, who would be warned. */
const account = { user: process.geteuid?.() || 12345, group: process.getegid?.() || 12345 };
/** Of what can be put where and when, one in so many. */
const stride = trials(40, 1);

interface Session {
  readonly calls: number;
  readonly outcomes: readonly string[];
  readonly told: readonly string[];
  readonly wrong: string[];
}

/** Two releases, a look and a release, with something put in a place before the call of that number. */
async function session(failAt: number, put: (name: string, first: unknown) => void): Promise<Session> {
  clean();
  const clock = new VirtualClock(0, today);
  const told: string[] = [];
  const wrong: string[] = [];
  const outcomes: string[] = [];
  let calls = 0;
  files.call = (name, first) => {
    if (calls++ === failAt) put(name, first);
  };
  const unhandled = (error: unknown) => void wrong.push(`nobody handles ${String(error)}`);
  process.on('unhandledRejection', unhandled);
  try {
    const bus = await openRehearsal(file, { clock, account, onWarning: (one) => void told.push(one) });
    const context = createContext(bus, clock);
    const note = { step() {}, late: (one: string) => void told.push(one) };
    for (const [number, verb] of [[1, 'release'], [2, 'release'], [1, 'status'], [3, 'release']] as const) {
      const claim = { ...noClaim, number };
      const asked = verb === 'status'
        ? readReservation({ claim, timeoutMs: 2000, detailed: false }, lookingOnly(context), note)
        : change({ claim, allow: new Set(), timeoutMs: 2000, dryRun: false }, context, note);
      let outcome = 'none';
      void asked.then(({ result }) => { outcome = result.Outcome; }, (error: unknown) => void wrong.push(`rejected: ${String(error)}`));
      await clock.advance(2000);
      outcomes.push(outcome);
      await bus.flush();
    }
    await clock.advance(200);
    await bus.close();
    if (clock.pending > 0) wrong.push(`${clock.pending} alarms are left`);
  } catch (error) {
    // It could not even be opened, and the reason has its place.
    if (!(error instanceof RehearsalFileError) || !/^bus\.json: ./.test(error.message)) wrong.push(String(error));
  } finally {
    files.call = null;
    process.off('unhandledRejection', unhandled);
  }
  return { calls, outcomes, told, wrong };
}

const stored = (its = where) => Object.keys((JSON.parse(fs.readFileSync(join(its, 'bus.json'), 'utf8')) as { state?: object }).state ?? {});

/** A new process's view: it works once what was planted is gone, and leaves nothing behind. */
async function worksAgain(its = where): Promise<string | null> {
  const clock = new VirtualClock(0, today + 60_000);
  const told: string[] = [];
  const bus = await openRehearsal(join(its, 'bus.json'), { clock, onWarning: (one) => void told.push(one) });
  const asked = change({ claim: { ...noClaim, number: 2 }, allow: new Set(), timeoutMs: 5000, dryRun: false, verb: 'reserve' },
    createContext(bus, clock), { step() {}, late() {} });
  await clock.advance(5000);
  await bus.flush();
  const { Outcome } = (await asked).result;
  const back = change({ claim: { ...noClaim, number: 2 }, allow: new Set(), timeoutMs: 5000, dryRun: false },
    createContext(bus, clock), { step() {}, late() {} });
  await clock.advance(5000);
  await bus.close();
  if (Outcome !== 'Reserved' || (await back).result.Outcome !== 'Accepted') return `${Outcome} afterwards`;
  if (told.length > 0) return `told afterwards: ${told.join()}`;
  if (!stored(its).includes('u2')) return 'not stored afterwards';
  const left = fs.readdirSync(its);
  return left.join() === 'bus.json' ? null : `left: ${left.join()}`;
}

test.skipIf(process.platform === 'win32')('links, FIFOs, folders and locks put in every place at every call', async (context) => {
  execFileSync('mkfifo', [fifo]);
  try {
    execFileSync(process.execPath, ['-e', `require('net').createServer().listen(${JSON.stringify(socket)}, `
      + "() => process.kill(process.pid, 'SIGKILL'))"], { stdio: 'ignore' });
  } catch {
    // The socket stays behind when its process is killed.
  }
  expect(fs.lstatSync(socket).isSocket()).toBe(true);
  // The control: what is there to be followed is followed by whoever does not look.
  clean();
  fs.symlinkSync(victim, `${file}.tmp`);
  fs.writeFileSync(`${file}.tmp`, '');
  expect(fs.readFileSync(victim, 'utf8')).toBe('');
  const sum = { trials: 0, lost: 0, wrong: 0 };
  const said: string[] = [];
  const whole = await session(-1, () => {});
  expect([whole.outcomes, whole.told, whole.wrong, stored()])
    .toEqual([['Accepted', 'Accepted', 'Read', 'Accepted'], [], [], ['u1', 'u2', 'u3']]);
  const places: readonly (readonly [string, (call: unknown) => string | null])[] = [
    ['the file', () => file], ['the lock', () => `${file}.lock`],
    // Whatever the call is about, its name known in time: worse than any guess.
    ['what is called', (call) => (typeof call === 'string' && basename(call) !== 'bus.json' && call !== where ? call : null)],
  ];
  for (let at = 0; at < whole.calls; at++) {
    for (const [place, pathOf] of places) {
      for (const [nth, { what, put, fair = false }] of plants.entries()) {
        if ((at + nth) % stride !== 0) continue;
        let placed = true;
        // What is put in the place of the new file just before it is renamed is in the place of the file.
        let theirs = place === 'the file';
        const one = await session(at, (name, first) => {
          const path = pathOf(first);
          placed = path !== null;
          if (path === null) return;
          theirs ||= name === 'renameSync' && !path.endsWith('.lock');
          fs.rmSync(path, { recursive: true, force: true });
          put(path);
        });
        if (!placed) continue;
        sum.trials += 1;
        const problems = [...one.wrong];
        sum.lost += one.outcomes.filter((outcome) => outcome === 'none').length;
        for (const outcome of one.outcomes) {
          if (!['Accepted', 'Read', 'InUse'].includes(outcome)) problems.push(`it was ${outcome}`);
        }
        if (fs.readFileSync(victim, 'utf8') !== victimText) problems.push('the link was followed');
        if (fs.existsSync(unborn)) problems.push('the link to nothing was followed');
        if (theirs) {
          // A file of somebody else's in its place is that one's; what is no file stays what it is.
          fs.rmSync(file, { recursive: true, force: true });
          fs.writeFileSync(file, text);
        } else {
          const now = fs.readFileSync(file, 'utf8');
          readRehearsal(now, 'bus.json');
          const accepted = [1, 2, 3].filter((_, index) => one.outcomes[[0, 1, 3][index]!] === 'Accepted').map((number) => `u${number}`);
          const missing = accepted.filter((name) => !stored().includes(name));
          if (missing.length > 0 && one.told.length === 0) problems.push(`${missing.join()} not stored, and nothing said`);
        }
        // What is no file and no lock of ours is left to whoever put it there.
        if (!fair) {
          for (const name of fs.readdirSync(where)) {
            if (name !== 'bus.json') fs.rmSync(join(where, name), { recursive: true, force: true });
          }
        }
        const again = await worksAgain();
        if (again !== null) problems.push(again);
        if (problems.length > 0) {
          sum.wrong += 1;
          said.push(`${what} in the place of ${place}, before call ${at}: ${problems.join('; ')}`);
        }
      }
    }
  }
  for (const one of said.slice(0, 20)) console.log(one);
  report(context, {
    what: 'the rehearsal\'s files replaced before each call', trials: sum.trials, lost: sum.lost, doubled: 0, wrong: sum.wrong,
    note: `${whole.calls} calls, ${plants.map(({ what }) => what).join(', ')}`,
  });
}, 3_600_000);

/**
 * src/main.ts in a process that is killed before its call of that number about the files of a folder; how many calls it
 * came to.
 */
function killed(at: number, where: string): Promise<{ calls: number; signal: string | null }> {
  const how = `import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    let calls = 0;
    const ours = new Set();
    for (const name of ${JSON.stringify(watched)}) {
      const real = fs[name];
      fs[name] = (...args) => {
        const its = ours.has(args[0]) || String(args[0]).startsWith(${JSON.stringify(where)});
        if (its && calls++ === ${at}) process.kill(process.pid, 'SIGKILL');
        const got = real(...args);
        if (its && name === 'openSync') ours.add(got);
        return got;
      };
    }
    syncBuiltinESMExports();
    process.on('exit', () => console.error('calls ' + calls));`;
  const child = spawn(hostNode(root), ['--no-warnings', '--import', `data:text/javascript,${encodeURIComponent(how)}`,
    join(root, 'src', 'main.ts'), 'release', '1', '--yes', '--rehearsal', join(where, 'bus.json')]);
  let said = '';
  child.stdout.resume();
  child.stderr.setEncoding('utf8').on('data', (more: string) => (said += more));
  return new Promise((resolve) => child.on('close', (_code, signal) =>
    resolve({ calls: Number(/calls (\d+)/.exec(said)?.[1] ?? -1), signal })));
}

test.skipIf(process.platform === 'win32')('a process that is killed at each of its calls leaves nothing', async (context) => {
  const folderOf = (at: number) => {
    const its = join(folder, `killed ${at}`);
    fs.mkdirSync(its);
    fs.writeFileSync(join(its, 'bus.json'), text);
    return its;
  };
  const its = folderOf(-1);
  const whole = await killed(-1, its);
  expect([whole.signal, stored(its)]).toEqual([null, ['u1']]);
  expect(whole.calls).toBeGreaterThan(20);
  let wrong = 0;
  const one = async (at: number) => {
    const there = folderOf(at);
    const { signal } = await killed(at, there);
    const problems = signal === 'SIGKILL' ? [] : [`ended by ${signal}`];
    readRehearsal(fs.readFileSync(join(there, 'bus.json'), 'utf8'), 'bus.json');
    const again = await worksAgain(there);
    if (again !== null) problems.push(again);
    if (problems.length === 0) return;
    wrong += 1;
    console.log(`before call ${at}: ${problems.join('; ')}`);
  };
  let next = 0;
  const lane = async () => {
    while (next < whole.calls) await one(next++);
  };
  await Promise.all([lane(), lane()]);
  report(context, {
    what: 'processes killed at each call of the file system', trials: whole.calls, lost: 0, doubled: 0, wrong,
    note: 'nothing left beside the file after the next that writes',
  });
}, 3_600_000);
