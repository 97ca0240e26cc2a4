// What the executable does where files and folders are not as they should be, or somebody else has put them there,
// and what it says of its own mistakes.

import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync, chownSync, constants, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync,
  realpathSync, rmSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hostNode } from '../../src/build/executable.mjs';
import { type Watching, busFile, documentOf, executable, root, run, start } from './executable.ts';

const linux = process.platform === 'linux';
const isRoot = process.geteuid?.() === 0;
/** Somebody without rights, where we can become somebody. */
const nobody = 65534;

function folder(): string {
  const made = mkdtempSync(join(realpathSync(tmpdir()), 'files-'));
  // Some are shut, and some have gone.
  onTestFinished(() => {
    if (linux) execFileSync('/bin/sh', ['-c', 'chmod -Rf u+rwx "$1"; rm -rf "$1"', 'sh', made]);
    else rmSync(made, { recursive: true, force: true });
  });
  return made;
}

/** By a shell that does something first and then becomes the executable; `$1` is a folder. */
const after = (first: string, where: string, args: readonly string[], how: Watching & { program?: string } = {}) =>
  start('/bin/sh', ['-c', `${first} && shift && exec "$@"`, 'sh', where, how.program ?? executable, ...args], how);

describe.skipIf(!linux)('a current folder that', () => {
  const commands: readonly (readonly [args: string, exitCode: number])[] = [
    ['list', 0], ['status 1', 0], ['release 1 --yes', 0], ['reserve 2 --yes --verify', 0], ['release 1 --dry-run', 0],
    ['--help', 0], ['release --help', 0], ['--version', 0], ['lisst', 2], ['serve', 0],
  ];
  const argsOf = (args: string, file: string) =>
    [...args.split(' '), ...(/help|version|^serve/.test(args) ? [] : ['--rehearsal', file])];
  /** Without times and numbers of processes, which differ. */
  const said = ({ stdout, stderr, exitCode }: { stdout: string; stderr: string; exitCode: number | null }) =>
    [exitCode, `${stdout}${stderr}`.replace(/ +\d+\.\d$|(?<="ProcessId">)\d+/gm, '')];

  test.each(commands)('is gone changes nothing: %s', async (args, exitCode) => {
    const usual = await run(argsOf(args, busFile()));
    const gone = await after('cd "$1" && rmdir "$1"', folder(), argsOf(args, busFile()));
    expect(said(gone)).toEqual(said(usual));
    expect(gone.exitCode).toBe(exitCode);
  });

  test.each(commands)('cannot be read changes nothing: %s', async (args) => {
    const file = busFile();
    const usual = await run(argsOf(args, busFile()));
    const where = folder();
    const closed = join(where, 'closed');
    mkdirSync(closed);
    // Root can read everything.
    const how: { user?: number; program?: string } = {};
    if (isRoot) {
      how.user = nobody;
      how.program = join(where, basename(executable));
      copyFileSync(executable, how.program, constants.COPYFILE_FICLONE);
      for (const each of [where, closed, dirname(file), file]) chownSync(each, nobody, nobody);
    }
    expect(said(await after('cd "$1" && chmod 0 .', closed, argsOf(args, file), how))).toEqual(said(usual));
  });

  test('is gone, and a file is looked for in it', async () => {
    const ran = await after('cd "$1" && rmdir "$1"', folder(), ['list', '--rehearsal', 'bus.json', '-o', 'json']);
    expect(documentOf(ran).error).toMatchObject({
      kind: 'usage', message: 'bus.json: cannot be read: the file or its folder does not exist',
    });
    expect(ran.exitCode).toBe(2);
  });
});

describe('an error that nobody expected', () => {
  /** src/main.ts itself, with something broken before it begins. */
  const broken = (how: string, args: readonly string[]) =>
    start(hostNode(root), ['--no-warnings', '--import', `data:text/javascript,${encodeURIComponent(how)}`,
      join(root, 'src', 'main.ts'), ...args], { keepStdinOpen: true });

  test.each<[string, string, string, string]>([
    ['where somebody waits for it', 'list',
      "Object.defineProperty(process, 'send', { get() { throw new TypeError('boom'); } })", 'boom'],
    ['where nobody does', 'serve', "setTimeout(() => { throw new TypeError('boom'); })", 'boom'],
    ['in a promise', 'serve', "setTimeout(() => Promise.reject(new TypeError('boom')))", 'boom'],
    ['of more than one line, and with an escape', 'serve',
      String.raw`setTimeout(() => { throw new Error('boo\u001bm\nboom'); })`, 'boo?m'],
    ['that is none', 'serve', "setTimeout(() => { throw 'boom'; })", 'boom'],
  ])('%s: one sentence, and what to report', async (_where, command, how, message) => {
    const { stderr, exitCode } = await broken(how, [command]);
    expect(stderr.replace(/ \([\w.:;,/<>%-]+:\d+:\d+\)/, '')).toBe(`storage-release: unexpected error: ${message}\n`
      + `This is a fault in the program. Report this message with version 0.0.0-source and command ${command}.\n`);
    expect(exitCode).toBe(1);
  });

  test('plain Node prints its stack', async () => {
    const child = spawn(hostNode(root), ['-e', "setTimeout(() => { throw new TypeError('boom'); })"]);
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(1);
    expect(stderr).toMatch(/^\s+at /m);
  });
});

describe.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('a rehearsal of hosts and units called %s', (name) => {
  test('works in the Node that is shipped', async () => {
    const where = folder();
    const file = join(where, 'bus.json');
    const quoted = JSON.stringify(name);
    const disks = `{ "disks": [{ "number": 1, "unit": ${quoted} }] }`;
    writeFileSync(file, `{ "version": 1, "thisHost": "b", "logicalUnits": [{ "name": ${quoted} }], "hosts": `
      + `{ ${quoted}: ${disks}, "b": ${disks} } }`);
    const ask = async (args: string) =>
      documentOf(await run([...args.split(' '), '-o', 'json', '--rehearsal', file])).results?.[0];
    expect(await ask(`reserve 1 --yes --initiator=${name}`)).toMatchObject({ Outcome: 'Reserved', ComputerName: name });
    expect(await ask('reserve 1 --yes')).toMatchObject({ Outcome: 'Conflict' });
    expect(await ask('status 1 --detailed')).toMatchObject({ State: 'HeldByAnotherHost' });
    expect(await ask(`release 1 --yes --verify --initiator=${name}`)).toMatchObject({ Outcome: 'Accepted', ReservationAfter: 'Free' });
  });
});

describe('a disk that is named twice', () => {
  test.each(['release', 'reserve'])('%s sends to it twice and has two results, in the order of the arguments', async (verb) => {
    const ran = await run([verb, '2', '1', 'PhysicalDrive2', '--yes', '--verbose', '-o', 'json', '--rehearsal', busFile()]);
    expect(documentOf(ran).results?.map(({ Number: number, Outcome }) => [number, Outcome]))
      .toEqual([2, 1, 2].map((number) => [number, verb === 'release' ? 'Accepted' : 'Reserved']));
    expect(ran.stderr.match(/: sending IOCTL/g)).toHaveLength(3);
    expect(ran.exitCode).toBe(0);
  });

  test('status reads it twice', async () => {
    const ran = await run(['status', '2', '2', '-o', 'json', '--rehearsal', busFile()]);
    expect(documentOf(ran).results?.map(({ Number: number }) => number)).toEqual([2, 2]);
  });

  test.each(['release', 'reserve', 'status'])('the help of %s says so', async (command) => {
    expect((await run([command, '--help'])).stdout.replace(/\s+/g, ' ')).toContain('A disk that is named twice, by one name '
      + 'or by two, has two results, in the order of the arguments: each is a request of its own.');
  });
});

describe.skipIf(!linux)('files that somebody else has put there', () => {
  /** A bus in a folder of its own, and a file that nobody may touch. */
  function bus(): { where: string; file: string; victim: string } {
    const where = folder();
    const file = join(where, 'bus.json');
    copyFileSync(busFile(), file);
    const victim = join(folder(), 'victim');
    writeFileSync(victim, 'as it was');
    return { where, file, victim };
  }
  const release = (file: string, ...more: string[]) =>
    run(['release', '1', '--yes', '-o', 'json', '--rehearsal', file, ...more]);

  test('links in the place of the temporary file, whatever it is called, lead nowhere', async () => {
    const { where, file, victim } = bus();
    // The shell becomes the executable and keeps its number; what a name held once was that.
    const ran = await after(`ln -s '${victim}' '${file}'.$$.tmp`, where,
      ['release', '1', '--yes', '--rehearsal', file]);
    expect(ran.exitCode).toBe(0);
    expect(readFileSync(victim, 'utf8')).toBe('as it was');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ state: { free: { reservedBy: null } } });
  });

  test.each<[string, (at: string, victim: string) => void]>([
    ['a FIFO', (at) => void execFileSync('mkfifo', [at])],
    ['a folder', (at) => mkdirSync(at)],
    ['a symbolic link', (at, victim) => symlinkSync(victim, at)],
    ['a symbolic link', (at, victim) => symlinkSync(`${victim}.none`, at)],
  ])('%s in the place of the lock is one sentence, at once', async (what, make) => {
    const { where, file, victim } = bus();
    make(`${file}.lock`, victim);
    const { error, exitCode } = documentOf(await release(file, '--timeout', '86400'));
    expect([exitCode, error?.message])
      .toEqual([2, `bus.json: bus.json.lock, the lock beside it, is ${what}, not a file`]);
    expect(readFileSync(victim, 'utf8')).toBe('as it was');
    expect(existsSync(`${victim}.none`)).toBe(false);
    expect(readdirSync(where).sort()).toEqual(['bus.json', 'bus.json.lock']);
  });

  test.each(['mkfifo "$1/it"', 'mkdir "$1/it"', 'ln -s /dev/zero "$1/it"', 'ln -s . "$1/it"'])(
    'what is no file is refused: %s', async (make) => {
      const where = folder();
      const ran = await after(make, where, ['list', '--rehearsal', join(where, 'it'), '-o', 'json']);
      expect(documentOf(ran).error?.message).toMatch(/^it: is a (?:FIFO|folder|device), not a file$/);
      expect(ran.exitCode).toBe(2);
    });

  test('a lock that another process holds is waited for as long as the disk may take, and says so', async () => {
    const { file } = bus();
    writeFileSync(`${file}.lock`, `${Date.now()} ${process.pid} 1 ${hostname()}`);
    const { results, exitCode } = documentOf(await release(file, '--timeout', '1'));
    expect(exitCode).toBe(11);
    expect(results?.[0]).toMatchObject({
      Outcome: 'InUse', NextStep: 'Try again. If no rehearsal runs there any more, delete bus.json.lock.',
      Message: `The rehearsal file bus.json is in use by process ${process.pid} of ${hostname()}. Nothing was sent within 1 s.`,
    });
    rmSync(`${file}.lock`);
    expect(documentOf(await release(file)).results?.[0]?.Outcome).toBe('Accepted');
  });

  test.each([3600_000, 10 * 365 * 86_400_000])('a lock that is %i ms ahead is nobody\'s', async (ahead) => {
    const { where, file } = bus();
    writeFileSync(`${file}.lock`, `${Date.now() + ahead} ${process.pid} 1 elsewhere`);
    expect(documentOf(await release(file)).results?.[0]?.Outcome).toBe('Accepted');
    expect(readdirSync(where)).toEqual(['bus.json']);
  });

  test('whoever is an administrator is warned of a folder that others may write to, and nobody else is', async () => {
    const { where, file } = bus();
    const warned = ({ stderr }: { stderr: string }) => stderr.match(/^storage-release: bus\.json: others may write to .*$/gm)?.length ?? 0;
    expect(warned(await release(file))).toBe(0);
    chmodSync(where, 0o777);
    expect(warned(await release(file))).toBe(isRoot ? 1 : 0);
    expect((await run(['status', '--timeout', '1', '--rehearsal', file])).exitCode).not.toBe(2);
    if (!isRoot) return;
    const program = join(where, basename(executable));
    copyFileSync(executable, program, constants.COPYFILE_FICLONE);
    const ran = await start(program, ['list', '--rehearsal', file], { user: nobody });
    expect([ran.exitCode, warned(ran)]).toEqual([0, 0]);
  });
});
