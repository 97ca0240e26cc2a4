// The file under a rehearsal: what is written when, who sees it, and what happens when it cannot be written.

import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, renameSync, rmSync, statSync,
  symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RehearsalBus, openRehearsal } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import { folderOfOthers } from '../../src/regular-file.ts';
import { VirtualClock } from './virtual-clock.ts';

const RESERVE = 0x2d4810;
const RELEASE = 0x2d4814;
const CHECK_VERIFY = 0x2d4800;
const CONFLICT = 0x80000011;

const small = `{
  "version": 1, "thisHost": "host-a",
  "logicalUnits": [ { "name": "lun-{00}", "repeat": 20, "reservedBy": "host-a" } ],
  "hosts": {
    "host-a": { "disks": [ { "number": 1, "unit": "lun-{00}", "repeat": 20 } ] },
    "host-b": { "disks": [ { "number": 1, "unit": "lun-{00}", "repeat": 20 } ] }
  }
}
`;

let folder = '';
let path = '';
let clock = new VirtualClock();
let warnings: string[] = [];
const buses: RehearsalBus[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'rehearsal-'));
  path = join(folder, 'bus.json');
  writeFileSync(path, small);
  clock = new VirtualClock();
  warnings = [];
});

afterEach(async () => {
  for (const bus of buses.splice(0)) await bus.close();
  rmSync(folder, { recursive: true, force: true });
});

async function bus(initiator?: string): Promise<RehearsalBus> {
  const opened = await openRehearsal(path,
    { clock, initiator, onWarning: (message) => void warnings.push(message) });
  buses.push(opened);
  return opened;
}

async function send(on: RehearsalBus, number: number, code: number): Promise<number> {
  const { disk } = await on.open(`\\\\.\\PhysicalDrive${number}`, 'read');
  const done = disk?.control(code, null, 0);
  let settled = false;
  void done?.finally(() => void (settled = true));
  for (let i = 0; i < 100 && !settled; i++) await clock.advance(5);
  expect(settled).toBe(true);
  return (await done)?.status ?? -1;
}

const stateOnDisk = () => (JSON.parse(readFileSync(path, 'utf8')) as { state?: object }).state;

describe('writing', () => {
  test('what changed is there after flush, nothing else is touched, no file is left beside', async () => {
    const a = await bus();
    expect(await send(a, 2, RELEASE)).toBe(0);
    await a.flush();
    expect(readFileSync(path, 'utf8')).toBe(`${small.slice(0, -3)},
  "state": {
    "lun-02": {
      "reservedBy": null
    }
  }
}
`.replace('  }\n,', '  },'));
    expect(readdirSync(folder)).toEqual(['bus.json']);
    const again = await bus('host-b');
    expect(await send(again, 2, CHECK_VERIFY)).toBe(0);
    expect(await send(again, 3, CHECK_VERIFY)).toBe(CONFLICT);
  });

  test('nothing is written where nothing changed', async () => {
    const b = await bus('host-b');
    for (let number = 1; number <= 20; number++) expect(await send(b, number, RELEASE)).toBe(0);
    await b.flush();
    expect(b.writes).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe(small);
  });

  test('who asks at the same time shares one write, and it is there when they hear of it', async () => {
    const a = await bus();
    for (let number = 1; number <= 20; number++) expect(await send(a, number, RELEASE)).toBe(0);
    const stored: number[] = [];
    await Promise.all(Array.from({ length: 20 }, async () => {
      await a.flush();
      stored.push(Object.keys(stateOnDisk() ?? {}).length);
    }));
    expect(stored).toEqual(Array(20).fill(20));
    expect(a.writes).toBe(1);
    // A later one has a write of its own.
    expect(await send(a, 1, RESERVE)).toBe(0);
    await a.flush();
    expect(a.writes).toBe(2);
  });

  test('it is stored without flush as well, a tenth of a second later', async () => {
    const a = await bus();
    const { disk } = await a.open('\\\\.\\PhysicalDrive1', 'read');
    await disk?.control(RELEASE, null, 0);
    expect(stateOnDisk()).toBeUndefined();
    await clock.advance(100);
    expect(stateOnDisk()).toEqual({ 'lun-01': { reservedBy: null } });
    expect(clock.pending).toBe(0);
  });

  test('a thousand releases cost one write', async () => {
    writeFileSync(path, small.replaceAll('20', '1000').replaceAll('{00}', '{0000}'));
    const a = await bus();
    const paths = await a.list();
    const done = await Promise.all(paths.map(async (each) =>
      (await a.open(each, 'read')).disk?.control(RELEASE, null, 0)));
    expect(done.every((each) => each?.status === 0)).toBe(true);
    await a.flush();
    expect(a.writes).toBe(1);
    expect(Object.keys(stateOnDisk() ?? {})).toHaveLength(1000);
  });

  test('back to the beginning is nothing to store', async () => {
    const a = await bus();
    await send(a, 1, RELEASE);
    await a.flush();
    await send(a, 1, RESERVE);
    await a.flush();
    expect(stateOnDisk()).toEqual({});
  });

  test('a link stays a link', async () => {
    const link = join(folder, 'link.json');
    symlinkSync(path, link);
    const a = await openRehearsal(link, { clock });
    buses.push(a);
    await send(a, 1, RELEASE);
    await a.flush();
    expect(readdirSync(folder).sort()).toEqual(['bus.json', 'link.json']);
    expect(stateOnDisk()).toEqual({ 'lun-01': { reservedBy: null } });
    expect(realpathSync(link)).toBe(path);
  });
});

describe('two buses on one file', () => {
  test('each sees what the other did', async () => {
    const a = await bus('host-a');
    const b = await bus('host-b');
    expect(await send(b, 1, CHECK_VERIFY)).toBe(CONFLICT);
    expect(await send(a, 1, RELEASE)).toBe(0);
    expect(await send(b, 1, CHECK_VERIFY)).toBe(0);
    expect(await send(b, 1, RESERVE)).toBe(0);
    expect(await send(a, 1, CHECK_VERIFY)).toBe(CONFLICT);
    expect(await send(a, 1, RESERVE)).toBe(CONFLICT);
    expect(await send(b, 1, RELEASE)).toBe(0);
    expect(await send(a, 1, RESERVE)).toBe(0);
    expect(warnings).toEqual([]);
  });

  test('both at once: nothing is lost', async () => {
    const [a, b] = [await bus('host-a'), await bus('host-b')];
    for (let number = 1; number <= 20; number++) await send(a, number, RELEASE);
    await a.flush();
    const all = [a, b].flatMap((each, side) => Array.from({ length: 10 }, async (_, index) => {
      const { disk } = await each.open(`\\\\.\\PhysicalDrive${side * 10 + index + 1}`, 'read');
      return disk?.control(RESERVE, null, 0);
    }));
    await clock.advance(1000);
    expect((await Promise.all(all)).map((each) => each?.status)).toEqual(Array(20).fill(0));
    await a.flush();
    await b.flush();
    const expected = Array.from({ length: 10 }, (_, index) => [`lun-${index + 11}`, { reservedBy: 'host-b' }]);
    expect(stateOnDisk()).toEqual(Object.fromEntries(expected));
  });

  test('a change made by hand is seen and kept', async () => {
    const a = await bus('host-a');
    const edited = small.replace('"reservedBy": "host-a"', '"reservedBy": "host-b"')
      .replace(' } ],', ' }, {"name":"new"} ],')
      .replace(/\n\}\n$/, ',\n  "state": { "new": { "reservedBy": "host-a" } }\n}\n');
    writeFileSync(path, edited);
    expect(await send(a, 1, CHECK_VERIFY)).toBe(CONFLICT);
    await a.as('host-b').open('\\\\.\\PhysicalDrive1', 'read')
      .then(({ disk }) => disk?.control(RELEASE, null, 0));
    await a.flush();
    expect(readFileSync(path, 'utf8').startsWith(edited.slice(0, edited.indexOf('"state"')))).toBe(true);
    expect(stateOnDisk()).toEqual({ 'new': { reservedBy: 'host-a' }, 'lun-01': { reservedBy: null } });
    expect(warnings).toEqual([]);
  });

  test('a file that is broken for now is told and left alone', async () => {
    const a = await bus('host-a');
    writeFileSync(path, '{');
    expect(await send(a, 1, RELEASE)).toBe(0);
    await a.flush();
    expect(readFileSync(path, 'utf8')).toBe('{');
    expect(warnings).toEqual(['bus.json: the file changed and cannot be read again, so no change is stored: '
      + 'line 1, column 2: not JSON: the name of a member, in double quotes, must stand here, not the end of the text']);
    writeFileSync(path, small);
    expect(await send(a, 2, RELEASE)).toBe(0);
    await a.flush();
    expect(stateOnDisk()).toEqual({ 'lun-02': { reservedBy: null } });
  });

  test('two processes', async () => {
    writeFileSync(path, small.replace(', "reservedBy": "host-a"', '').replaceAll('20', '3'));
    const script = join(folder, 'reserve.ts');
    const source = (name: string) => new URL(`../../src/${name}`, import.meta.url).href;
    writeFileSync(script, `
      import { openRehearsal } from '${source('bus/rehearsal/rehearsal-bus.ts')}';
      import { systemClock } from '${source('clock.ts')}';
      const bus = await openRehearsal(process.argv[2]!, { clock: systemClock, initiator: process.argv[3] });
      const paths = await bus.list();
      for (let held = 0, i = 0; held < 60; i++) {
        const { disk } = await bus.open(paths[i % paths.length]!, 'read');
        if ((await disk!.control(${RESERVE}, null, 0)).status !== 0) continue;
        held++;
        // The other process has its turn here, and must not get in.
        await bus.flush();
        if ((await disk!.control(${CHECK_VERIFY}, null, 0)).status !== 0) console.log('taken away');
        await disk!.control(${RELEASE}, null, 0);
        await bus.flush();
      }
      await bus.close();
      console.log('done');
    `);
    const run = (host: string) => promisify(execFile)(process.execPath, ['--no-warnings', script, path, host]);
    const [a, b] = await Promise.all([run('host-a'), run('host-b')]);
    expect(a.stdout).toBe('done\n');
    expect(b.stdout).toBe('done\n');
    expect(stateOnDisk()).toEqual({});
    expect(readdirSync(folder).sort()).toEqual(['bus.json', 'reserve.ts']);
  }, 60_000);
});

describe('locks', () => {
  const lock = () => `${path}.lock`;
  const now = () => clock.date().getTime();
  const deadProcess = () => spawnSync(process.execPath, ['-e', '']).pid;

  test.each<[string, () => string]>([
    ['of a process that is gone', () => `${now()} ${deadProcess()} 1 ${hostname()}`],
    ['of a process of long ago', () => `${now() - 30_000} ${process.pid} 99 ${hostname()}`],
    ['of another computer long ago', () => `${now() - 30_000} 1 1 elsewhere`],
    ['never written, of long ago', () => ''],
    ['of another computer whose clock is half a minute ahead', () => `${now() + 30_000} 1 1 elsewhere`],
    ['of a day that has not come', () => `${now() + 86_400_000} ${process.pid} 99 ${hostname()}`],
    ['that say nothing', () => 'locked'],
  ])('%s are taken away', async (_name, text) => {
    writeFileSync(lock(), text());
    utimesSync(lock(), 0, 0);
    const a = await bus();
    const { disk } = await a.open('\\\\.\\PhysicalDrive1', 'read');
    expect((await disk?.control(RELEASE, null, 0))?.status).toBe(0);
    await a.flush();
    expect(stateOnDisk()).toEqual({ 'lun-01': { reservedBy: null } });
    expect(readdirSync(folder)).toEqual(['bus.json']);
  });

  test.each<[string, () => string]>([
    ['of a process that runs', () => `${now()} ${process.pid} 99 ${hostname()}`],
    ['of another computer', () => `${now()} ${deadProcess()} 1 elsewhere`],
    ['not yet written', () => ''],
  ])('%s are waited for', async (_name, text) => {
    writeFileSync(lock(), text());
    utimesSync(lock(), clock.date(), clock.date());
    const a = await bus();
    const { disk } = await a.open('\\\\.\\PhysicalDrive1', 'read');
    let done = false;
    const release = disk?.control(RELEASE, null, 0).finally(() => void (done = true));
    await clock.advance(900);
    expect(done).toBe(false);
    rmSync(lock());
    await clock.advance(5);
    expect((await release)?.status).toBe(0);
    expect(warnings).toEqual([]);
  });

  test('one that was made and not written is waited for a second: its maker may have been killed in between', async () => {
    writeFileSync(lock(), '');
    utimesSync(lock(), now() / 1000, now() / 1000);
    const a = await bus();
    const { disk } = await a.open('\\\\.\\PhysicalDrive1', 'read');
    let done = false;
    const release = disk?.control(RELEASE, null, 0).finally(() => void (done = true));
    await clock.advance(990);
    expect(done).toBe(false);
    await clock.advance(20);
    expect((await release)?.status).toBe(0);
  });

  test('one that was lost: what it guarded is not written over the other\'s', async () => {
    const a = await bus();
    const { disk } = await a.open('\\\\.\\PhysicalDrive1', 'read');
    await disk?.control(RELEASE, null, 0);
    writeFileSync(lock(), `${now()} 1 1 elsewhere`);
    await a.flush();
    expect(warnings).toEqual(['bus.json: another process took over the file, and the last changes are lost']);
    expect(stateOnDisk()).toBeUndefined();
    rmSync(lock());
    const b = await bus('host-b');
    expect(await send(b, 1, CHECK_VERIFY)).toBe(CONFLICT);
    expect(await send(a, 1, CHECK_VERIFY)).toBe(0);
  });
});

/** What can stand where a file is expected, by the command that makes it. */
const notFiles: readonly (readonly [what: string, make: (path: string) => void])[] = [
  ['a FIFO', (at) => void execFileSync('mkfifo', [at])],
  ['a folder', (at) => mkdirSync(at)],
  ['a socket', (at) => void execFileSync(process.execPath,
    ['-e', `require('net').createServer().listen(${JSON.stringify(at)}, () => process.kill(process.pid, 'SIGKILL'))`],
    { stdio: 'ignore' })],
  ['a symbolic link', (at) => symlinkSync(victim(), at)],
];
const victim = () => join(folder, 'victim.json');

describe.skipIf(process.platform === 'win32')('what is no file', () => {
  const make = (what: string, at: string) => {
    try {
      notFiles.find(([name]) => name === what)![1](at);
    } catch (error) {
      // The socket stays behind when its process is killed.
      if (what !== 'a socket') throw error;
    }
    writeFileSync(victim(), small);
  };
  const kinds = notFiles.map(([what]) => what);
  /** No link is followed: what it leads to is as it was. */
  const untouched = () => expect(readFileSync(victim(), 'utf8')).toBe(small);

  test.each(kinds.filter((what) => what !== 'a symbolic link'))('%s in the place of the file', async (what) => {
    rmSync(path);
    make(what, path);
    await expect(bus()).rejects.toThrow(`bus.json: is ${what}, not a file`);
  });

  test.each(['/dev/zero', '/dev/null', '/dev/tty'])('%s as the file', async (device) => {
    path = device;
    await expect(bus()).rejects.toThrow(`${device.slice(5)}: is a device, not a file`);
  });

  test.each(kinds)('%s in the place of the file, later', async (what) => {
    const a = await bus();
    rmSync(path);
    make(what, path);
    expect(await send(a, 1, RELEASE)).toBe(0);
    await a.flush();
    expect(warnings).toEqual(['bus.json: the file changed and cannot be read again, so no change is stored: '
      + `is ${what}, not a file`]);
    untouched();
    expect(readdirSync(folder).sort()).toEqual(['bus.json', 'victim.json']);
  });

  test.each(kinds)('%s in the place of the lock', async (what) => {
    make(what, `${path}.lock`);
    await expect(bus()).rejects.toThrow(`bus.json: bus.json.lock, the lock beside it, is ${what}, not a file`);
    untouched();
  });

  test.each(kinds)('%s in the place of the lock, later: nobody waits in an open, nothing is sent', async (what) => {
    const a = await bus();
    make(what, `${path}.lock`);
    const { disk } = await a.open('\\\\.\\PhysicalDrive1', 'read');
    let done: number | null = null;
    void disk?.control(RELEASE, null, 0).then(({ status }) => { done = status; });
    await clock.advance(60_000);
    expect([done, disk?.held?.()]).toEqual([null, {
      message: `The rehearsal bus.json cannot be used: bus.json.lock, the lock beside it, is ${what}, not a file`,
      nextStep: 'Delete bus.json.lock, and find out who could create it.',
    }]);
    rmSync(`${path}.lock`, { recursive: true });
    await clock.advance(5);
    expect([done, disk?.held?.()]).toEqual([0, null]);
    await a.flush();
    expect(stateOnDisk()).toEqual({ 'lun-01': { reservedBy: null } });
    untouched();
  });

  test('a link to the file is followed where nobody else can have made it', async () => {
    const shared = join(folder, 'shared');
    mkdirSync(shared);
    symlinkSync(path, join(shared, 'link.json'));
    const account = { user: process.geteuid!(), group: process.getegid!() };
    const open = () => openRehearsal(join(shared, 'link.json'), { clock, account });
    await expect(open()).resolves.toBeDefined();
    chmodSync(shared, 0o1777);
    await expect(open()).rejects
      .toThrow(`link.json: is a symbolic link, and others may write to ${shared}: name the file itself`);
  });
});

describe('what a process leaves that is killed while it writes', () => {
  test('is deleted by the next process that writes, and nothing else is', async () => {
    const left = ['bus.json.0123456789abcdef.tmp', 'bus.json.lock.0123456789abcdef.tmp'];
    const others = ['bus.json.0123456789abcde.tmp', 'bus.json.tmp', 'other.json.0123456789abcdef.tmp', 'bus.json.bak'];
    for (const name of [...left, ...others]) writeFileSync(join(folder, name), '');
    if (process.platform !== 'win32') {
      // One that somebody has made a link of: the link goes.
      rmSync(join(folder, left[0]!));
      symlinkSync(join(folder, others[3]!), join(folder, left[0]!));
    }
    const a = await bus();
    await send(a, 1, RELEASE);
    await a.flush();
    expect(readdirSync(folder).sort()).toEqual(['bus.json', ...others].sort());
    // Once: what comes later is somebody's who is at work.
    writeFileSync(join(folder, left[1]!), '');
    await send(a, 2, RELEASE);
    await a.flush();
    expect(readdirSync(folder)).toContain(left[1]!);
  });
});

describe('a file that is no text', () => {
  test.each<[string, Buffer, string]>([
    ['UTF-16, as Out-File of Windows PowerShell writes it', Buffer.from(`\uFEFF${small}`, 'utf16le'), 'line 1'],
    ['a byte of Latin-1', Buffer.from(small.replace('20,', '20, "serial": "\u00e4",'), 'latin1'), 'line 3'],
    ['cut off inside a character', Buffer.concat([Buffer.from(small), Buffer.of(0xe2, 0x82)]), 'line 9'],
  ])('%s', async (_name, bytes, line) => {
    writeFileSync(path, bytes);
    await expect(bus()).rejects.toThrow(`bus.json: ${line}: not UTF-8 text`);
  });

  test('one that is larger than any bus', async () => {
    truncateSync(path, 64 * 1024 * 1024 + 1);
    await expect(bus()).rejects.toThrow('bus.json: has more than 64 MiB');
  });
});

describe.skipIf(process.platform === 'win32')('a folder that others may write to', () => {
  const us = { user: process.geteuid?.() ?? 0, group: process.getegid?.() ?? 0 };
  const root = { user: 0, group: 0 };
  const open = async (account: { user: number; group: number } | undefined) => {
    warnings = [];
    const opened = await openRehearsal(path, { clock, account, onWarning: (text) => void warnings.push(text) });
    await send(opened, 1, RELEASE);
    await send(opened, 2, RELEASE);
    await opened.close();
    return warnings;
  };
  const warning = (where: string) => [`bus.json: others may write to ${where}, and this process has the rights of an `
    + 'administrator. They can change what the rehearsal reads and where it writes. Rehearse without these rights, or '
    + 'in a folder that only administrators may write to.'];

  test.each([0o777, 0o1777, 0o757])('is told to an administrator, once: mode %o', async (mode) => {
    chmodSync(folder, mode);
    expect(await open(root)).toEqual(warning(folder));
    expect(await open({ user: us.user === 0 ? 1000 : us.user, group: us.group })).toEqual([]);
    expect(await open(undefined)).toEqual([]);
  });

  test('one above it counts where another folder can be put in its place', async () => {
    const above = join(folder, 'above');
    mkdirSync(join(above, 'below'), { recursive: true });
    path = join(above, 'below', 'bus.json');
    writeFileSync(path, small);
    chmodSync(above, 0o777);
    expect(await open(root)).toEqual(warning(us.user === 0 ? above : join(above, 'below')));
    // In a sticky one nobody renames what is another's.
    chmodSync(above, 0o1777);
    expect(await open(root)).toEqual(us.user === 0 ? [] : warning(join(above, 'below')));
  });

  test('folders of this very user, and of root, are nobody else\'s', () => {
    chmodSync(folder, 0o755);
    expect(folderOfOthers(folder, us)).toBe(null);
    expect(folderOfOthers(folder, { user: us.user + 1, group: us.group })).toBe(us.user === 0 ? null : folder);
  });

  test('a group that is not this user\'s own may write', () => {
    chmodSync(folder, 0o775);
    expect(folderOfOthers(folder, us)).toBe(null);
    const { gid } = statSync(folder);
    expect(folderOfOthers(folder, { user: us.user, group: us.group + 1 })).toBe(gid === 0 ? null : folder);
  });
});

describe('a file that cannot be written', () => {
  test('changes last until the end, told once', async () => {
    const a = await bus();
    rmSync(folder, { recursive: true });
    expect(await send(a, 1, RELEASE)).toBe(0);
    expect(await send(a, 2, RELEASE)).toBe(0);
    expect(await send(a.as('host-b'), 1, CHECK_VERIFY)).toBe(0);
    await a.flush();
    await a.close();
    expect(warnings).toEqual(['bus.json: changes are kept only until the end: the file or its folder does not exist']);
  });

  test('a write that fails is tried again later', async () => {
    const a = await bus();
    await send(a, 1, RELEASE);
    renameSync(path, `${path}.away`);
    await a.flush();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^bus\.json: changes are kept only until the end, unless the file can be .+: the file or its folder does not exist/);
    renameSync(`${path}.away`, path);
    await send(a, 2, RELEASE);
    await a.flush();
    expect(stateOnDisk()).toEqual({ 'lun-01': { reservedBy: null }, 'lun-02': { reservedBy: null } });
  });

  test('under Node\'s permission model', () => {
    const script = join(folder, 'reader.ts');
    const source = (name: string) => new URL(`../../src/${name}`, import.meta.url).href;
    writeFileSync(script, `
      import { openRehearsal } from '${source('bus/rehearsal/rehearsal-bus.ts')}';
      import { systemClock } from '${source('clock.ts')}';
      const bus = await openRehearsal(process.argv[2]!, { clock: systemClock, onWarning: console.log });
      const { disk } = await bus.open('\\\\\\\\.\\\\PhysicalDrive1', 'read');
      console.log((await disk!.control(${RELEASE}, null, 0)).status);
      await bus.close();
    `);
    const run = spawnSync(process.execPath, ['--no-warnings', '--permission', '--allow-fs-read=*',
      '--disallow-code-generation-from-strings', '--disable-proto=throw', script, path], { encoding: 'utf8' });
    expect(run.stderr).toBe('');
    expect(run.stdout).toMatch(/^bus\.json: changes are kept only until the end: .+\n0\n$/);
  });
});
