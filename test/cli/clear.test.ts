// `clear` on the command line: what it asks, what it answers, and what is not understood.

import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { type RehearsalBus, rehearsalOf } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import { runCli } from '../../src/cli/cli.ts';
import type { CliIo } from '../../src/cli/io.ts';
import { oneDisk } from '../unit/clear-world.ts';
import { noLogs } from '../unit/no-logs.ts';
import { VirtualClock } from '../unit/virtual-clock.ts';
import { validate } from './executable.ts';

const text = readFileSync(new URL('../../ps/rehearsal/stale-reservations.json', import.meta.url), 'utf8');

function begin(args: string, change: Partial<CliIo> = {}, file = text) {
  const clock = new VirtualClock();
  const said = { out: '', err: '' };
  const keys = new PassThrough();
  const bus: RehearsalBus = rehearsalOf(file, { clock });
  let interrupt = () => {};
  const io: CliIo = {
    clock, logs: noLogs,  version: '0', columns: 80, isTerminal: { input: true, output: false, error: true },
    open: { windows: () => Promise.reject(new Error('none here')), rehearsal: async () => bus },
    stdout: async (more) => void (said.out += more), stderr: async (more) => void (said.err += more),
    stdin: () => keys, onInterrupt: (listener) => { interrupt = listener; },
    ...change,
  };
  const exitCode = runCli(['clear', ...args.split(' '), '--rehearsal', 'bus.json'], io);
  return { clock, said, keys, bus, exitCode, interrupt: () => interrupt() };
}

async function run(args: string, change: Partial<CliIo> = {}) {
  const { clock, said, exitCode, bus } = begin(args, change);
  await clock.advance(200_000);
  return { code: await exitCode, ...said, bus };
}

async function json(args: string) {
  const { code, out } = await run(`${args} --output json`);
  const document = JSON.parse(out) as { exitCode: number; dryRun: boolean; results: Record<string, unknown>[] };
  validate(document);
  expect(document.exitCode).toBe(code);
  return { code, document, results: document.results };
}

describe('without a question', () => {
  test.each([
    ['5 --method clear --yes', 0, 'Cleared'], ['5 --method Preempt --holder-key 0x6d61696e00000001 -y', 0, 'Preempted'],
    ['2 --method reset --yes', 0, 'Reset'], ['1 --method release --yes', 0, 'Accepted'], ['1 --method clear --yes', 3, 'Refused'],
    ['10 --method release --own-key 0x53523FA9C27D0001 --yes', 0, 'Accepted'], ['111 --method clear --yes', 5, 'Conflict'],
    ['11 --method clear --yes', 3, 'Refused'],
    ['16 --method clear --yes', 4, 'NotSupported'], ['22 --method reset --yes', 12, 'StillHeld'],
    ['12 --method clear --yes', 3, 'Refused'], ['12 --method clear --yes --allow clustered', 0, 'Cleared'],
    ['105 --method preempt --abort --holder-key 0x6d61696e00000001 --yes', 4, 'NotSupported'],
    ['5 --method clear --abort --yes', 3, 'Refused'], ['999 --method clear --yes', 7, 'NotFound'],
  ])('%s: %i, %s', async (args, code, outcome) => {
    const { code: came, results } = await json(args);
    expect([came, results[0]!['Outcome']]).toEqual([code, outcome]);
  });

  test('JSON has what clear says beside a result', async () => {
    const { document, results } = await json('5 --method clear --dry-run');
    expect(document.dryRun).toBe(true);
    expect(results).toMatchObject([{ Method: 'Clear', KeyCount: 2, HolderKey: '0x6D61696E00000001', OwnKey: null, DryRun: true }]);
    expect((await json('5 --method clear --yes')).results).toMatchObject([{ KeysLeft: 0, OwnKeyLeft: false, Undone: null }]);
  });

  test('CLIXML has the same properties', async () => {
    const { out } = await run('5 --method clear --yes -o clixml');
    expect(out).toContain('<S N="Method">Clear</S>');
    expect(out).toContain('<B N="OwnKeyLeft">false</B>');
  });

  test('the table, and below it what was done', async () => {
    const { out, err } = await run('5 6 --method clear --yes');
    expect(out).toMatch(/ 5 +LIO WE-RO +SHELF-005 +Cleared/);
    expect(err).toMatch(/^Disk 5: Cleared\. 2 registrations and the reservation/m);
  });

  test('next steps name commands of the command line', async () => {
    const { err } = await run('5 --method reset --yes');
    expect(err).toContain('storage-release clear 5 --method clear removes all 2 keys');
    expect(err).toContain('storage-release clear 5 --method preempt --holder-key 0x6D61696E00000001 removes the holder alone');
    expect((await run('11 --method clear --yes')).err).toMatch(/or use --method clear on another host that has the device/);
    // tgt does not answer READ FULL STATUS: a line for it names nobody.
    expect((await run('111 --method clear --yes')).err).toMatch(/Next: The device does not report whose its keys are: let the software of this host/);
    expect((await run('110 --method clear --yes')).err).toMatch(/storage-release clear 110 --method release --own-key 0x53523FA9C27D0001 takes it back/);
  });
});

describe('the question', () => {
  test('names disk, serial number, method, keys, holder, type, initiators, and what it does to others', async () => {
    const { clock, said, keys, exitCode, bus } = begin('5 1 --method clear');
    await clock.advance(1_000);
    expect(said.err).toContain('5: LIO WE-RO, serial SHELF-005, id 60014050000000000000000000000005\n  CLEAR would remove the reservation '
      + 'and all 2 keys: 0x6D61696E00000001 of');
    expect(said.err).toMatch(/dead-2.*Held: Write Exclusive - Registrants Only, key 0x6D61696E00000001\. Hosts that still run/);
    expect(said.err).toMatch(/No data is erased\. Go on with --method clear for this disk of rescue\? \[y\/N\] $/);
    // What no yes can change was answered at once.
    expect(said.out).toMatch(/ 1 +LIO free .* Refused/);
    keys.write('y\n');
    await clock.advance(1_000);
    expect(await exitCode).toBe(3);
    expect(said.out).toMatch(/ 5 +LIO WE-RO .* Cleared/);
    await bus.close();
  });

  test('two disks, and no', async () => {
    const { clock, said, keys, exitCode } = begin('6 5 --method clear');
    await clock.advance(1_000);
    expect(said.err).toContain('for these 2 disks of rescue?');
    keys.write('n\n');
    await clock.advance(1_000);
    expect(await exitCode).toBe(3);
    expect(said.err).toContain('Not confirmed. Nothing was sent.');
  });

  test('keys that changed while somebody thought are not cleared', async () => {
    const { clock, keys, exitCode, said, bus } = begin('9 --method clear');
    await clock.advance(1_000);
    const { disk } = await bus.as('dead-1').open(String.raw`\\.\PhysicalDrive9`, 'readwrite');
    // PERSISTENT RESERVE OUT, REGISTER of another key over the old one.
    const list = new Uint8Array(36);
    list.set([12, 0, 0, 0, 36, 0, 0, 0, 0]);
    list.set([0x6d, 0x61, 0x69, 0x6e, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9], 10);
    expect((await disk!.control(0x2dd01c, list, 0)).status).toBe(0);
    keys.write('y\n');
    await clock.advance(1_000);
    expect(await exitCode).toBe(13);
    expect(said.err).toContain('Another host changed the keys or the reservation since they were shown. Nothing was sent.');
  });

  test('unanswered, interrupted, or with nobody there', async () => {
    expect((await run('5 --method clear')).code).toBe(3);
    const { clock, interrupt, exitCode, said } = begin('5 --method clear');
    await clock.advance(1_000);
    interrupt();
    await clock.advance(1_000);
    expect(await exitCode).toBe(3);
    expect(said.err).toContain('Not confirmed');
    for (const isTerminal of [{ input: false, output: true, error: true }, { input: true, output: true, error: false }]) {
      expect((await run('5 --method clear', { isTerminal })).err).toContain('Use --yes to clear the disks without a question');
    }
    expect((await run('1 --method clear')).code).toBe(3);
  });

  test('interrupted between REGISTER and CLEAR', async () => {
    const late = { faults: { prOut: [{ action: 'REGISTER', done: true, lateMs: 6000, times: 1 }] } };
    const { clock, interrupt, exitCode, said } = begin('1 --method clear --yes', {}, JSON.stringify(oneDisk({}, late)));
    await clock.advance(2_000);
    interrupt();
    await clock.advance(10_000);
    expect(await exitCode).toBe(1);
    expect(said.err).toMatch(/Interrupted before CLEAR was sent\. REGISTER was sent before, and undone\./);
  });

  test('interrupted twice while REGISTER is out: the result names disk and key', async () => {
    const late = { faults: { prOut: [{ action: 'REGISTER', done: true, lateMs: 6000, times: 1 }] } };
    const { clock, interrupt, exitCode, said } = begin('1 --method clear --yes --output json', {}, JSON.stringify(oneDisk({}, late)));
    await clock.advance(2_000);
    interrupt();
    interrupt();
    await clock.advance(1_000);
    expect(await exitCode).toBe(9);
    const [result] = (JSON.parse(said.out) as { results: Record<string, string>[] }).results;
    expect(result).toMatchObject({ Outcome: 'TimedOut', SerialNumber: 'S1', UniqueId: '60014050000000000000000000000001', OwnKeyLeft: null });
    expect(result!['OwnKey']).toMatch(/^0x5352[0-9A-F]{12}$/);
    expect(result!['Message']).toContain(`whether ${result!['OwnKey']}, a key of this command, is left on it, is not known.`);
    expect(result!['NextStep']).toContain(`storage-release clear 1 --method release --own-key ${result!['OwnKey']} on this host`);
  });

  test('interrupted twice, with a key that was to be taken back, and with none', async () => {
    const late = { faults: { prOut: [{ action: 'REGISTER', done: true, lateMs: 6000, times: 1 }] } };
    const unit = { registrations: [{ initiator: 'rescue', key: '0x5352000000000001' }], persistentReservation: undefined };
    const { clock, interrupt, exitCode, said } = begin('1 --method release --own-key 0x5352000000000001 --yes --output json', {},
      JSON.stringify(oneDisk(unit, late)));
    await clock.advance(2_000);
    interrupt();
    interrupt();
    await clock.advance(1_000);
    expect(await exitCode).toBe(9);
    expect(JSON.parse(said.out)).toMatchObject({ results: [{ Outcome: 'TimedOut', OwnKey: '0x5352000000000001', OwnKeyLeft: null }] });
    const none = begin('21 --method clear --yes --output json');
    await none.clock.advance(1_000);
    none.interrupt();
    none.interrupt();
    await none.clock.advance(1_000);
    expect(await none.exitCode).toBe(9);
    expect(JSON.parse(none.said.out)).toMatchObject({ results: [{ Outcome: 'TimedOut', OwnKey: null, OwnKeyLeft: false }] });
  });

  test('interrupted at work', async () => {
    const { clock, interrupt, exitCode, said } = begin('21 5 --method clear --yes --throttle 1');
    await clock.advance(1_000);
    interrupt();
    interrupt();
    await clock.advance(1_000);
    expect(await exitCode).toBe(9);
    expect(said.err).toMatch(/Interrupted before it answered; what became of its reservation/);
    expect(said.err).toMatch(/Interrupted before this disk was reached/);
  });
});

describe('a command line that cannot be understood', () => {
  test.each([
    ['5', /clear needs a method\.\nName one: --method release, clear, preempt or reset/],
    ['5 --method erase', /--method must be one of release, clear, preempt, reset, not "erase"/],
    ['5 --method preempt --holder-key 12', /--holder-key must be 0x and up to 16 hexadecimal digits, not 0, not "12"/],
    ['5 --method release --own-key 0x0', /--own-key must be/],
    ['5 --method clear --verify', /Unknown option --verify/],
    ['5 -Method clear', /Unknown option -Method\. Use --method\./],
    ['5 --method clear -HolderKey 0x1', /Unknown option -HolderKey\. Use --holder-key\./],
  ])('clear %s', async (args, message) => {
    const { code, err } = await run(args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });

  test('help says first that no data is erased, and what it costs', async () => {
    const { out } = await run('--help');
    expect(out).toMatch(/No data is erased\./);
    expect(out).toMatch(/The outstanding commands of all hosts are aborted/);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});
