// What no real executable can be brought to in a moment: time passes, and disks change while somebody thinks.

import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Bus } from '../../src/bus/bus.ts';
import { RehearsalBus, rehearsalOf } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import { runCli } from '../../src/cli/cli.ts';
import type { CliIo } from '../../src/cli/io.ts';
import { VirtualClock } from '../unit/virtual-clock.ts';

const text = readFileSync(new URL('bus.json', import.meta.url), 'utf8');

interface Session {
  readonly clock: VirtualClock;
  readonly said: { out: string; err: string };
  readonly keys: PassThrough;
  interrupt(): void;
  readonly exitCode: Promise<number>;
}

/** A run with somebody at a terminal, whose keys the test presses. */
function begin(args: string, change: Partial<CliIo> = {}, wrap: (bus: Bus) => Bus = (bus) => bus): Session {
  const clock = new VirtualClock();
  const said = { out: '', err: '' };
  const keys = new PassThrough();
  let interrupt = () => {};
  const io: CliIo = {
    clock,
    version: '0',
    columns: 80,
    isTerminal: { input: true, output: true, error: true },
    open: {
      windows: () => Promise.reject(new Error('none here')),
      rehearsal: async () => wrap(rehearsalOf(text, { clock })),
    },
    stdout: async (more) => void (said.out += more),
    stderr: async (more) => void (said.err += more),
    stdin: () => keys,
    onInterrupt: (listener) => { interrupt = listener; },
    ...change,
  };
  const exitCode = runCli([...args.split(' '), '--rehearsal', 'bus.json'], io);
  return { clock, said, keys, exitCode, interrupt: () => interrupt() };
}

describe('the question', () => {
  test('unanswered for two minutes is no', async () => {
    const { clock, said, exitCode } = begin('release 1');
    await clock.advance(119_000);
    expect(said.err).toMatch(/\[y\/N\] $/);
    await clock.advance(1_000);
    expect(await exitCode).toBe(3);
    expect(said.err).toContain('It was not confirmed. Nothing was sent.');
  });

  test('is not asked where nobody would see it', async () => {
    const { said, exitCode } = begin('release 1', { isTerminal: { input: true, output: true, error: false } });
    expect(await exitCode).toBe(3);
    expect(said.err).toContain('Nobody could see the question: stderr is no terminal. Nothing was sent.');
  });

  const model = (bus: string) => bus.replace('"Disk One"', '"Disk 0ne"');
  test.each<[string, string, (bus: string) => string, number]>([
    ['by another serial number and id', 'release 1',
      (bus) => bus.replace('S-0001', 'S-9999').replace('a000000000000001"', 'a000000000009999"'), 8],
    // Everything that names it is the same: only what was shown tells.
    ['by another model alone', 'release 1', model, 8],
    ['by another model alone, named by its path', 'release PhysicalDrive1', model, 8],
    ['by another model alone, named by its serial number', 'release serial:S-0001', model, 8],
    ['by another model alone, to be reserved', 'reserve 1', model, 8],
    ['not at all: the control', 'release 1', (bus) => bus, 0],
  ])('yes holds for the disk that was shown, not for one that took its place: %s', async (_, args, change, code) => {
    const before = rehearsalOf(text, { clock: new VirtualClock() });
    const another = change(text);
    const after = rehearsalOf(another, { clock: new VirtualClock() });
    let shown = false;
    const { clock, said, keys, exitCode } = begin(args, {}, () => Object.assign(Object.create(before) as Bus, {
      kind: before.kind,
      computerName: before.computerName,
      list: () => before.list(),
      roles: () => before.roles(),
      flush: async () => {},
      open: (...call: Parameters<Bus['open']>) => (shown ? after : before).open(...call),
    }));
    await clock.advance(1_000);
    expect(said.err).toContain('1: ACME Disk One, serial S-0001');
    shown = true;
    keys.write('y\n');
    expect(await exitCode).toBe(code);
    expect(said.out).toContain(code === 0 ? 'Accepted' : 'IdentityChanged');
  });

  test('of reserve names its code, and says what it does to others', async () => {
    const { clock, said, keys, exitCode } = begin('reserve 2');
    await clock.advance(1_000);
    expect(said.err).toMatch(/IOCTL_STORAGE_RESERVE would be sent to this disk .*\n {2}2: ACME.*\nEvery other host, .*locked out/);
    expect(said.err).toMatch(/Reserve this disk\? \[y\/N\] $/);
    keys.write('y\n');
    expect(await exitCode).toBe(0);
    expect(said.out).toContain('Reserved');
  });

  test('is none where nothing can change', async () => {
    const { said, exitCode } = begin('status 1', { isTerminal: { input: true, output: true, error: true } });
    expect(await exitCode).toBe(0);
    expect(said.err).not.toContain('[y/N]');
  });

  test.each(['y', 'y\r'])('takes %j', async (answer) => {
    const { keys, exitCode } = begin('release 1');
    keys.write(`${answer}\n`);
    expect(await exitCode).toBe(0);
  });

  test.each(['', 'no', 'yy', ' ', 'y\0', 'x'.repeat(5000)])('does not take %j', async (answer) => {
    const { keys, exitCode } = begin('release 1');
    keys.write(`${answer}\n`);
    expect(await exitCode).toBe(3);
  });

  test('Ctrl+C while identity is being read', async () => {
    let pressed = () => {};
    const onInterrupt = (listener: () => void) => { pressed = listener; };
    const { clock, said, exitCode } = begin('release 1 2 --throttle 1', { onInterrupt },
      (bus) => Object.assign(bus, {
        open: (...call: Parameters<Bus['open']>) => {
          pressed();
          return RehearsalBus.prototype.open.apply(bus as RehearsalBus, call);
        },
      }));
    await clock.advance(1_000);
    expect(await exitCode).toBe(3);
    expect(said.err).not.toContain('[y/N] y');
    expect(said.out.match(/Refused/g)).toHaveLength(2);
  });
});

describe('a bus that does not open', () => {
  test('is one sentence', async () => {
    const { exitCode, said } = begin('list', {
      open: {
        windows: () => Promise.reject(new Error('none')),
        rehearsal: () => Promise.reject(new Error('No such\u001b[2J thing.')),
      },
    });
    expect(await exitCode).toBe(1);
    expect(said).toEqual({ out: '', err: 'storage-release: No such?[2J thing.\n' });
  });
});

test('disks that nobody can list are one sentence', async () => {
  const { said, exitCode } = begin('status --output json', {}, (bus) => Object.assign(bus, {
    list: () => Promise.reject(new Error('no list')),
  }));
  expect(await exitCode).toBe(1);
  expect(said.err).toContain('the disks of this computer could not be listed: no list');
  expect(JSON.parse(said.out)).toMatchObject({ command: 'status', results: [], exitCode: 1 });
});

test('a list that does not come is waited for as long as a disk', async () => {
  const { clock, said, exitCode } = begin('status --timeout 5', {}, (bus) => Object.assign(bus, {
    list: () => new Promise(() => {}),
  }));
  await clock.advance(5_000);
  expect(await exitCode).toBe(9);
  expect(said.err).toContain('could not be listed: no answer within 5 s.');
});

test.each<[string, number, number, RegExp]>([
  ['reserve 9 1 --yes --throttle 1', 2, 9, /whether the device is reserved now is unknown/],
  ['release 9 1 --yes --throttle 1', 2, 9, /whether the device releases anything is unknown/],
  ['status 9 1 --throttle 1', 2, 9, /Interrupted before it answered\./],
])('Ctrl+C twice leaves a disk behind: %s', async (args, times, code, said) => {
  const { clock, interrupt, exitCode, said: all } = begin(args);
  await clock.advance(1_000);
  for (let i = 0; i < times; i++) interrupt();
  expect(await exitCode).toBe(code);
  expect(all.err).toMatch(said);
  expect(all.err).toContain('Interrupted before its turn came.');
});

test('a stdout that ends stops the run before further disks', async () => {
  const stdout = () => Promise.reject(new Error('EPIPE'));
  const { said, exitCode } = begin('release 1 2 3 --yes --throttle 1 --verbose', { stdout });
  expect(await exitCode).toBe(1);
  // The second had begun when the first row could not be written.
  expect(said.err.match(/: sending /g)).toHaveLength(2);
  expect(said.err).toContain('Disk 3: Refused. Interrupted before its turn came. Nothing was sent.');
  expect(said.err).toMatch(/storage-release: not all results could be written: EPIPE\n$/);
});
