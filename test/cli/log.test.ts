// The log of the executable: what a line has, when it is there, and what becomes of a log that cannot be written.

import { appendFileSync, chmodSync, mkdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { PassThrough } from 'node:stream';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { rehearsalOf } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import { runCli } from '../../src/cli/cli.ts';
import { LogProblem } from '../../src/log/log-system.ts';
import { oneDisk } from '../unit/clear-world.ts';
import { FakeFiles } from '../unit/fake-files.ts';
import { noLogs } from '../unit/no-logs.ts';
import { VirtualClock } from '../unit/virtual-clock.ts';
import { type Ran, busFile, documentOf, rehearse, root, run, start, validate } from './executable.ts';
import { folder, killWhileWriting, linesOf, manyDisks } from './log-runs.ts';

const read = (name: string) => JSON.parse(readFileSync(join(root, 'docs', 'schema', name), 'utf8')) as object;
const isLine = new Ajv2020({ strictRequired: false, strictTypes: false, allErrors: true })
  .addSchema(read('output.schema.json'), 'output.schema.json').compile(read('log.schema.json'));

/** A clear whose log takes no line. */
async function withFullLog(bus: string, log: string, ...more: string[]) {
  const clock = new VirtualClock();
  const files = new FakeFiles();
  files.fails.set('write', () => Promise.reject(new LogProblem('the disk is full')));
  let said = '';
  const exitCode = runCli(['clear', '1', '--method', 'clear', '--yes', '--rehearsal', bus, '--log', log, ...more], {
    clock, logs: { ...noLogs, files: async () => files }, version: '0', columns: 80, isTerminal: { input: false, output: false, error: false },
    open: { windows: () => Promise.reject(new Error('none here')), rehearsal: async () => rehearsalOf(JSON.stringify(oneDisk()), { clock }) },
    stdout: async () => {}, stderr: async (text) => void (said += text), stdin: () => new PassThrough(), onInterrupt: () => {},
  });
  await clock.runAll();
  return { exitCode: await exitCode, said };
}

type Line = Readonly<Record<string, unknown>>;
const records = (log: string): Line[] => linesOf(log).map((line) => {
  const value = JSON.parse(line) as Line;
  expect(isLine(value), JSON.stringify(isLine.errors)).toBe(true);
  expect(line).toMatch(/^\{[ -~]*\}$/);
  return value;
});

describe('a line', () => {
  test('has what --output json gives, and whose it is', async () => {
    const log = join(folder(), 'release.log');
    const bus = busFile();
    const ran = await run(['release', '1', '2', 'id:nobody', '--yes', '-o', 'json', '--log', log, '--rehearsal', bus]);
    const { results } = documentOf(ran);
    const lines = records(log);
    const added = { Schema: 'storage-release-log/1', Command: 'release', User: userInfo().username, Rehearsal: bus };
    for (const line of lines) {
      expect(line).toMatchObject(added);
      expect(line['CommandLine']).toBe(`release 1 2 id:nobody --yes -o json --log ${log} --rehearsal ${bus}`);
      const own = Object.fromEntries(Object.entries(line).slice(9));
      expect(results).toContainEqual(own);
    }
    expect(lines).toHaveLength(3);
    expect(ran.exitCode).toBe(7);
    expect(statSync(log).mode & 0o777).toBe(0o600);
  });

  test('of clear has what clear gives', async () => {
    const log = join(folder(), 'clear.log');
    await rehearse(['clear', '1', '--method', 'release', '--yes', '-o', 'json', '--log', log]);
    expect(records(log)).toMatchObject([{ Command: 'clear', Method: 'Release' }]);
  });

  test('is written of what was refused, and not of a dry run', async () => {
    const log = join(folder(), 'release.log');
    await rehearse(['release', '1', '--dry-run', '--log', log]);
    expect(() => statSync(log)).toThrow();
    expect((await rehearse(['release', '1', '--log', log])).exitCode).toBe(3);
    expect(records(log)).toMatchObject([{ Outcome: 'Refused' }]);
  });

  test('is there before a key is sent, and tells of it though the process is killed then', async () => {
    const path = folder();
    const [bus, log] = [join(path, 'bus.json'), join(path, 'clear.log')];
    writeFileSync(bus, JSON.stringify(oneDisk({}, { faults: { prOut: [{ action: 'REGISTER', done: true, lateMs: 60_000, times: 1 }] } })));
    const clear = ['clear', '1', '--method', 'clear', '--yes', '--verbose', '--rehearsal', bus, '--log', log];
    const killed = await run(clear, { watch: ({ stderr }, child) => {
      if (stderr.includes('sending PERSISTENT RESERVE OUT, REGISTER')) child.kill('SIGKILL');
    } });
    expect(killed.signal).toBe('SIGKILL');
    const [line, ...more] = records(log);
    expect(more).toEqual([]);
    expect(line).toMatchObject({ Kind: 'OwnKey', Command: 'clear', SerialNumber: 'S1', UniqueId: '60014050000000000000000000000001' });
    const shown = await run(['log', log, '-o', 'json']);
    const document = JSON.parse(shown.stdout) as { records: readonly Line[] };
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    const key = line!['OwnKey'] as string;
    expect(document.records).toMatchObject([{ Outcome: 'Failed', SerialNumber: 'S1', OwnKey: key, OwnKeyLeft: null,
      NextStep: expect.stringContaining(`storage-release clear 1 --method release --own-key ${key} on this host`) as string }]);
    expect(shown.exitCode).toBe(0);
  });

  test('of a key that cannot be written: nothing is sent, unless the log is optional', async () => {
    const path = folder();
    const [bus, log] = [join(path, 'bus.json'), join(path, 'clear.log')];
    const clear = (...more: string[]) => withFullLog(bus, log, ...more);
    expect(await clear()).toMatchObject({ exitCode: 3, said: expect.stringContaining('the disk is full. Nothing was sent.') as string });
    expect(await clear('--log-optional')).toMatchObject({ exitCode: 0, said: expect.stringContaining('cannot be written: the disk is full.') as string });
  });

  test('of a device that is called like a line stays one line', async () => {
    const path = folder();
    const [bus, log] = [join(path, 'bus.json'), join(path, 'release.log')];
    const name = 'x"}\n{"Sch\u001b[31m';
    writeFileSync(bus, JSON.stringify({
      version: 1, thisHost: 'a', logicalUnits: [{ name: 'u', serial: name }],
      hosts: { a: { disks: [{ number: 1, unit: 'u' }] } },
    }));
    await run(['release', '1', '--yes', '--rehearsal', bus, '--log', log]);
    const [line] = records(log);
    expect(line!['SerialNumber']).toBe('x"}?{"Sch?[31m');
    // Whoever can write to the log can write anything there; it is shown as harmlessly.
    writeFileSync(log, `${JSON.stringify({ ...line, Message: '\u001b]0;x\u0007\u202e', User: 'a\u0000b' })}\n`);
    const { stdout } = await run(['log', log, '-o', 'json']);
    expect(JSON.parse(stdout).records[0]).toMatchObject({ Message: '?]0;x??', User: 'a?b' });
  });
});

describe('a log that cannot be written', () => {
  const windows = process.platform === 'win32';
  const root0 = process.getuid?.() === 0;
  const places: readonly (readonly [string, (path: string) => string, RegExp])[] = [
    ['in a folder that is missing', (path) => join(path, 'none', 'x.log'), /the file or its folder does not exist/],
    ['that is a folder', (path) => {
      mkdirSync(join(path, 'x.log'));
      return join(path, 'x.log');
    }, /it is a folder, not a file/],
    ['that is another file', (path) => {
      writeFileSync(join(path, 'disks.csv'), 'UniqueId\nx\n');
      return join(path, 'disks.csv');
    }, /it is another file, not a log/],
    ['that is the rehearsal', (path) => join(path, 'bus.json'), /it is another file, not a log/],
    ...(windows ? [] : [
      ['that is a symbolic link', (path: string) => {
        writeFileSync(join(path, 'real'), '');
        symlinkSync(join(path, 'real'), join(path, 'x.log'));
        return join(path, 'x.log');
      }, /it is a symbolic link/],
      ['that is a FIFO', (path: string) => {
        spawnSync('mkfifo', [join(path, 'x.log')]);
        return join(path, 'x.log');
      }, /it is a FIFO/],
      ['that is a device', () => '/dev/full', /it is a device/],
    ] as const),
    ...(root0 ? [
      ['in a folder of others, as root', (path: string) => {
        chmodSync(path, 0o777);
        return join(path, 'x.log');
      }, /users other than root can write to the folder/],
      ['below a folder of others, as root', (path: string) => {
        mkdirSync(join(path, 'low'));
        chmodSync(path, 0o777);
        return join(path, 'low', 'x.log');
      }, /users other than root can write to the folder/],
    ] as const : []),
  ];

  test.each(places)('%s is told before anything is sent', async (_, place, words) => {
    const path = folder();
    const bus = join(path, 'bus.json');
    manyDisks(bus, 2);
    const before = readFileSync(bus, 'utf8');
    const args = ['release', '1', '--yes', '-o', 'json', '--rehearsal', bus, '--log', place(path)];
    const ran = await run(args);
    const { error } = documentOf(ran);
    expect(error?.kind).toBe('usage');
    expect(error?.message).toMatch(words);
    expect(ran.exitCode).toBe(2);
    expect(readFileSync(bus, 'utf8')).toBe(before);

    const optional = await run([...args, '--log-optional']);
    expect(optional.exitCode).toBe(0);
    expect(optional.stderr).toMatch(words);
    expect(documentOf(optional).results).toHaveLength(1);
  });

  test.runIf(root0)('in a folder of others is written by those others', async () => {
    const path = folder();
    chmodSync(path, 0o777);
    const bus = join(path, 'bus.json');
    manyDisks(bus, 2);
    chmodSync(bus, 0o666);
    const ran = await run(['release', '1', '--yes', '--rehearsal', bus, '--log', join(path, 'x.log')], { user: 12345 });
    expect(ran.exitCode).toBe(0);
    expect(records(join(path, 'x.log'))).toHaveLength(1);
  });

  test.runIf(!windows)('any more costs its line, and the exit code is not 0', async () => {
    const path = folder();
    const [bus, log] = [join(path, 'bus.json'), join(path, 'release.log')];
    const numbers = manyDisks(bus, 3);
    // So many blocks may a file have: the log is full within its third line.
    const limited = (...more: string[]) => start('/bin/bash', ['-c',
      'trap "" XFSZ; ulimit -f 4; exec "$@"', 'sh', process.env['STORAGE_RELEASE'] ?? join(root, 'dist', 'linux-x64',
        'storage-release'), 'release', ...numbers, '--yes', '-o', 'json', '--rehearsal', bus, '--log', log, ...more]);
    appendFileSync(log, `{"Schema":"storage-release-log/1"${'x'.repeat(3570)}\n`);
    const ran: Ran = await limited();
    expect(JSON.parse(ran.stdout).results).toHaveLength(3);
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toMatch(/The log .* cannot be written: .*\n/);
    expect(ran.stderr).toMatch(/results? of this run (?:is|are) not in the log/);
    expect((await limited('--log-optional')).exitCode).toBe(0);
  });
});

describe('one log of several processes', () => {
  test('that write and rename it at the same time loses nothing but what was renamed twice', async () => {
    const path = folder();
    const log = join(path, 'release.log');
    // Full at the first look: a process renames it, all others go on in the new file.
    writeFileSync(log, `{"Schema":"storage-release-log/1"${' '.repeat(1024 * 1024)}}\n`);
    const runs = await Promise.all([0, 1, 2].map(async (i) => {
      const bus = join(path, `bus${i}.json`);
      const numbers = manyDisks(bus, 40);
      return run(['release', ...numbers, '--yes', '--rehearsal', bus, '--log', log, '--log-max-size', '1']);
    }));
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    expect(statSync(`${log}.1`).size).toBeGreaterThan(1024 * 1024);
    const all = [...linesOf(`${log}.1`).slice(1), ...linesOf(log)].map((line) => JSON.parse(line) as Line);
    expect(all).toHaveLength(120);
  });

  test.runIf(process.platform !== 'win32')('and are killed while they write: no result that was told is missing', async () => {
    const toll = await killWhileWriting(folder(), 16);
    expect(toll.lost).toEqual([]);
    expect(toll.kills).toBeGreaterThan(8);
    expect(toll.told).toBeGreaterThan(16);
    expect(toll.torn).toBeLessThanOrEqual(toll.kills);
  });
});

describe('FILE.1', () => {
  const full = `{"Schema":"storage-release-log/1"${' '.repeat(1024 * 1024)}}\n`;

  test('that is none of ours is not replaced: the log grows on, and stderr says so once', async () => {
    const path = folder();
    const [bus, log] = [join(path, 'bus.json'), join(path, 'release.log')];
    const numbers = manyDisks(bus, 3);
    writeFileSync(log, full);
    writeFileSync(`${log}.1`, 'my notes');
    const ran = await run(['release', ...numbers, '--yes', '--rehearsal', bus, '--log', log, '--log-max-size', '1']);
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr.match(/has reached its maximum size and keeps growing/g)).toHaveLength(1);
    expect(ran.stderr).toContain(`${log}.1 is not replaced, because it is another file, not a log`);
    expect(readFileSync(`${log}.1`, 'utf8')).toBe('my notes');
    expect(linesOf(log)).toHaveLength(4);
  });

  test.each<[string, (file: string) => void, string]>([
    ['a folder', (file) => mkdirSync(file), 'it is a folder, not a file'],
    ['another file', (file) => writeFileSync(file, 'my notes\n'), 'it is another file, not a log: its first line is not a record'],
    ...(process.platform === 'win32' ? [] : [
      ['a FIFO', (file: string) => void spawnSync('mkfifo', [file]), 'it is a FIFO, not a file'],
      ['a link', (file: string) => symlinkSync('none', file), 'it is a symbolic link, not a file'],
    ] as [string, (file: string) => void, string][]),
  ])('that is %s is left out, and that is said', async (_, make, words) => {
    const path = folder();
    const [bus, log] = [join(path, 'bus.json'), join(path, 'release.log')];
    await run(['release', ...manyDisks(bus, 1), '--yes', '--rehearsal', bus, '--log', log]);
    make(`${log}.1`);
    const ran = await run(['log', log, '-o', 'json']);
    expect(JSON.parse(ran.stdout).records).toHaveLength(1);
    expect(ran.stderr).toBe(`${log}.1 was left out: ${words}.\n`);
    expect(ran.exitCode).toBe(1);
  });

  test('that is there alone is the log', async () => {
    const path = folder();
    const [bus, log] = [join(path, 'bus.json'), join(path, 'release.log')];
    await run(['release', ...manyDisks(bus, 2), '--yes', '--rehearsal', bus, '--log', log]);
    renameSync(log, `${log}.1`);
    const ran = await run(['log', log, '-o', 'json']);
    expect(JSON.parse(ran.stdout).records).toHaveLength(2);
    expect([ran.stderr, ran.exitCode]).toEqual(['', 0]);
  });
});

describe('storage-release log', () => {
  async function written() {
    const path = folder();
    const [bus, log] = [join(path, 'bus.json'), join(path, 'release.log')];
    const numbers = manyDisks(bus, 5);
    await run(['release', ...numbers, '9', '--yes', '--rehearsal', bus, '--log', log]);
    return { log, show: async (...more: string[]) => {
      const ran = await run(['log', log, '-o', 'json', ...more]);
      const document = JSON.parse(ran.stdout) as { records: readonly Line[]; exitCode: number };
      expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
      return { ...ran, numbers: document.records.map(({ Number }) => Number), records: document.records };
    } };
  }

  test('shows results again, and filters them', async () => {
    const { log, show } = await written();
    const all = await show();
    expect(all.numbers.toSorted()).toEqual([0, 1, 2, 3, 4, 9]);
    const [first] = records(log);
    expect(all.records[0]).toEqual(Object.fromEntries(Object.entries(first!).filter(([name]) => name !== 'Schema')));
    expect((await show('--disk', '3', '--disk', 'serial:s-1')).numbers.toSorted()).toEqual([1, 3]);
    expect((await show('--outcome', 'notfound,accepted')).numbers).toHaveLength(6);
    expect((await show('--outcome', 'NotFound')).numbers).toEqual([9]);
    expect((await show('--after', '2099-01-01')).numbers).toEqual([]);
    expect((await show('--before', '2020-01-01T00:00Z')).numbers).toEqual([]);
    expect((await show('--after', '2020-01-01', '--before', '2099-01-01')).numbers).toHaveLength(6);
    expect((await show('--last', '2')).numbers).toEqual(all.numbers.slice(-2));
    expect((await run(['log', log])).stdout.split('\n')).toHaveLength(9);
  });

  test('goes on in the older file, and tells what is no record', async () => {
    const { log, show } = await written();
    const lines = linesOf(log);
    writeFileSync(`${log}.1`, `${lines.slice(0, 3).join('\n')}\nnonsense\n{"Schema":"other/1"}\n\n`);
    writeFileSync(log, `${lines.slice(3).join('\n')}\n${lines[0]!.slice(0, 100)}`);
    const all = await show();
    expect(all.records).toHaveLength(6);
    expect(all.exitCode).toBe(1);
    expect(all.stderr).toBe(`Line 4 of ${log}.1 is not a record: it is not JSON.\n`
      + `Line 5 of ${log}.1 is not a record: it is not of the schema storage-release-log/1.\n`
      + `Line 4 of ${log}, the last one, is incomplete: the program that wrote it was ended before it had given out that result.\n`);
    const last = await show('--last', '4');
    expect(last.numbers).toEqual(all.numbers.slice(-4));
    writeFileSync(`${log}.1`, '');
    expect((await show()).exitCode).toBe(0);
  });

  test.each([
    ['a file that is missing', ['log', 'none.log'], 2, /The log none.log cannot be read: the file or its folder does not exist/],
    ['no file', ['log'], 2, /./],
    ['a disk that is none', ['log', 'x', '--disk', 'nix'], 2, /--disk must be disks as 3/],
    ['an outcome that is none', ['log', 'x', '--outcome', 'good'], 2, /--outcome must be names out of/],
    ['a time that is none', ['log', 'x', '--after', 'yesterday'], 2, /--after must be a time/],
    ['a day that is none', ['log', 'x', '--after', '2026-02-30'], 2, /--after must be a time/],
    ['a day that is none, with a time', ['log', 'x', '--before', '2026-02-29T02:00Z'], 2, /--before must be a time/],
    ['a month that is none', ['log', 'x', '--before', '2026-13-01'], 2, /--before must be a time/],
    ['a rehearsal', ['log', 'x', '--rehearsal', 'y'], 2, /Unknown option/],
  ])('%s', async (_, args, exitCode, words) => {
    const ran = await run(args);
    expect(ran.exitCode).toBe(exitCode);
    expect(ran.stderr).toMatch(words);
  });
});
