// What no real executable can be brought to in a moment: time passes, and disks change while somebody thinks.

import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Bus } from '../../src/bus/bus.ts';
import { RehearsalBus, rehearsalOf } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import { runCli } from '../../src/cli/cli.ts';
import type { CliIo } from '../../src/cli/io.ts';
import { noLogs } from '../unit/no-logs.ts';
import { VirtualClock } from '../unit/virtual-clock.ts';
import { validate } from './executable.ts';

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
    logs: noLogs,
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

describe('a table leaves out columns where the screen is narrow', () => {
  test.each<[string, number, RegExp]>([
    ['release 1 2 --yes', 60, /^ +Disk +FriendlyName +Outcome$/], ['release 1 2 --yes', 40, /^ +Disk +Outcome$/],
    ['release 1 2 --yes', 20, /^ +Disk +Outcome$/],
    ['release 1 2 --yes', 80, /^ +Disk +FriendlyName +SerialNumber +Outcome +Ms$/],
    ['release 1 2 --yes', 200, /^ +Disk +FriendlyName +SerialNumber +Outcome +Ms$/],
    ['status 1 2', 60, /^ +Disk +FriendlyName +State +Keys$/], ['status 1 2', 80, /^ +Disk +FriendlyName +State +Keys +Type$/],
    ['list', 60, /^ +Disk +Name$/], ['list', 70, /^ +Disk +Name +Role$/], ['list', 80, /^ +Disk +Name +FriendlyName +Role$/],
  ])('%s on %i columns', async (args, columns, heads) => {
    const { said, exitCode, clock } = begin(args, { columns });
    await clock.advance(1_000);
    expect(await exitCode).toBe(0);
    const rows = said.out.trimEnd().split('\n');
    expect(rows[0]).toMatch(heads);
    // Never narrower than what a disk is told by and what became of it.
    for (const row of rows) expect(row.length).toBeLessThanOrEqual(Math.max(columns, 25));
  });
});

describe('the question', () => {
  test('unanswered for two minutes is no', async () => {
    const { clock, said, exitCode } = begin('release 1');
    await clock.advance(119_000);
    expect(said.err).toMatch(/\[y\/N\] $/);
    await clock.advance(1_000);
    expect(await exitCode).toBe(3);
    expect(said.err).toContain('Not confirmed. Nothing was sent.');
  });

  test('is not asked where nobody would see it', async () => {
    const { said, exitCode } = begin('release 1', { isTerminal: { input: true, output: true, error: false } });
    expect(await exitCode).toBe(3);
    expect(said.err).toContain('Nobody could see the question: stderr is not a terminal. Nothing was sent.');
  });

  /** Runs it, changes the bus while the question stands, and says yes. */
  async function swapped(args: string, from: string, to: string) {
    const before = rehearsalOf(text, { clock: new VirtualClock() });
    const after = rehearsalOf(text.replace(from, to), { clock: new VirtualClock() });
    let shown = false;
    const now = () => (shown ? after : before);
    const { clock, said, keys, exitCode } = begin(args, {}, () => ({
      kind: before.kind, computerName: before.computerName, list: () => now().list(), roles: () => now().roles(),
      flush: async () => {}, close: async () => {}, open: (...call: Parameters<Bus['open']>) => now().open(...call),
    }));
    await clock.advance(1_000);
    expect(said.err).toContain('1: ACME Disk One, serial S-0001');
    shown = true;
    keys.write('y\n');
    return { said, exitCode: await exitCode };
  }

  describe.each(['release', 'reserve'])('yes to %s holds for the disk that was shown', (verb) => {
    test.each([
      ['named by its number, another serial number', '1', '"serial": "S-0001"', '"serial": "S-9999"'],
      ['named by its number, another page 83h', '1', 'a000000000000001"', 'a000000000009999"'],
      ['named by its number, another product', '1', 'Disk One', 'Disk 1'],
      ['named by its id, another product', 'id:6000000000000001A000000000000001', 'Disk One', 'Disk 1'],
      ['named by its serial number, another page 83h', 'serial:S-0001', 'a000000000000001"', 'a000000000009999"'],
      ['named by its path, another serial number', String.raw`\\.\PhysicalDrive1`, '"serial": "S-0001"', '"serial": "S-9999"'],
      ['named by its serial number, given to a disk with another number', 'serial:S-0001',
        '{ "number": 1, "unit": "free" }', '{ "number": 21, "unit": "free" }'],
    ])('%s', async (_, disk, from, to) => {
      const { said, exitCode } = await swapped(`${verb} ${disk}`, from, to);
      expect([said.out, exitCode]).toEqual([expect.stringMatching(/IdentityChanged|NotFound/), expect.any(Number)]);
      expect(said.out).not.toMatch(/Accepted|Reserved/);
    });

    test('and goes to it where it is still the same', async () => {
      const { said, exitCode } = await swapped(`${verb} id:6000000000000001A000000000000001`, 'Disk Two', 'Disk 2');
      expect([said.out, exitCode]).toEqual([expect.stringMatching(/Accepted|Reserved/), 0]);
    });
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

  test('thousands of disks are ranges where they are listed', async () => {
    const numbers = Array.from({ length: 1001 }, (_, i) => i + 20);
    const { said, exitCode } = begin(`release ${numbers.join(' ')} 1030 1032 1033 id:00ff --yes`);
    expect(await exitCode).toBe(7);
    expect(said.err).toContain('Disks 20-1020, 1030, 1032, 1033: NotFound. ');
    expect(said.err).toContain('Disk id:00ff: NotFound. ');
  });

  test('next steps are lines of this program', async () => {
    const { said, exitCode } = begin('release serial:S-0002 --yes');
    expect(await exitCode).toBe(3);
    expect(said.err).toContain('Next: Name the one that is meant by its number: storage-release release 2.');
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

describe('an error that nobody expected', () => {
  const broken = (bus: Bus) => Object.defineProperty(bus, 'kind', { get: () => { throw new TypeError('boom'); } });

  test('is one sentence, and what to report', async () => {
    const { exitCode, said } = begin('release 1 --yes', {}, broken);
    expect(await exitCode).toBe(1);
    expect(said.err).toMatch(new RegExp(String.raw`^Rehearsal on .*\n\n?storage-release: unexpected error: boom \(in-process\.test\.ts:\d+:\d+\)\n`
      + String.raw`This is a fault in the program\. Report this message with version 0 and command release\.\n$`));
  });

  test('is a document where one was asked for', async () => {
    const { exitCode, said } = begin('release 1 --yes -o json', {}, broken);
    expect(await exitCode).toBe(1);
    const document = JSON.parse(said.out) as { error: { kind: string } };
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    expect(document.error.kind).toBe('unexpected');
  });
});

test('Ctrl+C cuts a list short, and it says so', async () => {
  const { clock, said, exitCode, interrupt } = begin('list --timeout 3600', {}, (bus) => Object.assign(bus, {
    inventory: () => new Promise(() => {}),
  }));
  await clock.advance(1_000);
  interrupt();
  expect(await exitCode).toBe(1);
  expect(said.err).toMatch(/Interrupted: the list is incomplete\.\n$/);
});

test('Ctrl+C while a disk is being opened: nothing is sent to it any more', async () => {
  let press = () => {};
  const onInterrupt = (listener: () => void) => { press = listener; };
  const { clock, said, exitCode } = begin('release 1 --yes --verbose', { onInterrupt }, (bus) => Object.assign(bus, {
    open: (...call: Parameters<Bus['open']>) => {
      // Its neighbours are opened as well; the key is pressed once.
      press();
      press = () => {};
      return RehearsalBus.prototype.open.apply(bus as RehearsalBus, call);
    },
  }));
  await clock.advance(1_000);
  expect(await exitCode).toBe(3);
  expect(said.err).not.toContain(': sending');
  expect(said.err).toContain('Disk 1: Refused. Interrupted before this disk was reached. Nothing was sent.');
});

test('a disk that was named twice is asked for once', async () => {
  const { clock, said, keys, exitCode } = begin('release 2 1 PhysicalDrive2');
  await clock.advance(1_000);
  expect(said.err).toContain('would be sent to these 2 disks of host-a:\n'
    + '  2: ACME Disk Two, serial S-0002, id 6000000000000001A000000000000002; named 2 times\n'
    + '  1: ACME Disk One, serial S-0001, id 6000000000000001A000000000000001\nRelease these 2 disks? [y/N] ');
  keys.write('y\n');
  expect(await exitCode).toBe(0);
  expect(said.out.match(/Accepted/g)).toHaveLength(3);
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
  expect(all.err).toContain('Interrupted before this disk was reached.');
});

test('the disk that is left behind is told with all that was known of it', async () => {
  const { clock, interrupt, exitCode, said } = begin('release 9 --yes --output json');
  await clock.advance(1_000);
  for (let i = 0; i < 2; i++) interrupt();
  await exitCode;
  const [result] = (JSON.parse(said.out) as { results: readonly Record<string, unknown>[] }).results;
  expect(result).toMatchObject({ Number: 9, Outcome: 'TimedOut', DevicePath: '\\\\.\\PhysicalDrive9', Attempts: 1, DurationMs: 1000,
    UniqueId: expect.stringMatching(/^6/), SerialNumber: expect.stringMatching(/./), IdentifiedBy: 'Number' });
});

test('a stdout that ends stops the run before further disks', async () => {
  const stdout = () => Promise.reject(new Error('EPIPE'));
  const { said, exitCode } = begin('release 1 2 3 --yes --throttle 1 --verbose', { stdout });
  expect(await exitCode).toBe(1);
  // The second had begun when the first row could not be written, and was not sent any more.
  expect(said.err.match(/: sending /g)).toHaveLength(1);
  expect(said.err).toContain('Disks 2, 3: Refused. Interrupted before this disk was reached. Nothing was sent.');
  expect(said.err).toMatch(/storage-release: not all results could be written: EPIPE\n$/);
});
