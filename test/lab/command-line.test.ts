// The Windows executable by itself, as a scheduled task runs it: exit codes, outputs, and what must have no
// influence.

import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { type Outcome, outcomeRow, usageExitCode } from '../../src/status/outcomes.ts';
import type { Lab, Ran, RunOptions } from './lab.d.mts';
import { caseOf, leftOpen, noLab, openPowerShellLab, releasedOf, runCases, titled } from './powershell.ts';

interface Document {
  schema: string;
  command: string;
  results: { Number: number | null; DevicePath: string | null; Outcome: Outcome; NtStatus: number | null;
    Win32Error: number | null; Message: string; NextStep: string }[];
  disks: { Number: number | null; DevicePath: string; UniqueId: string | null; IsClustered: boolean | null;
    IsMultipath: boolean | null }[];
  error?: { kind: string; message: string };
  exitCode: number;
}

const programFolder = 'StorageRelease/dist/win-x64';
const program = `${programFolder}/storage-release.exe`;

/** Arguments, the outcome of each of them, the one that the exit code speaks of, and which units got a RELEASE. */
const runs: [args: string, outcomes: Outcome[], worst: Outcome, sent: string[]][] = [
  ['10', ['Accepted'], 'Accepted', ['disk10']],
  ['PhysicalDrive10 Tape0 Changer0', ['Accepted', 'Accepted', 'Accepted'], 'Accepted',
    ['disk10', 'tape0', 'changer0']],
  ['11', ['Conflict'], 'Conflict', ['disk11']],
  ['12', ['NotSupported'], 'NotSupported', ['disk12']],
  ['13', ['NotReady'], 'NotReady', ['disk13']],
  ['16', ['NotFound'], 'NotFound', ['disk16']],
  ['20', ['AccessDenied'], 'AccessDenied', []],
  ['23', ['IdentityChanged'], 'IdentityChanged', []],
  ['26', ['NotFound'], 'NotFound', []],
  ['29', ['Refused'], 'Refused', []],
  ['29 28 --allow clustered,multipath', ['Accepted', 'Accepted'], 'Accepted', ['disk28', 'disk29']],
  ['14 10 --timeout 2', ['TimedOut', 'Accepted'], 'TimedOut', ['disk10', 'disk14']],
  ['10 12 11 26', ['Accepted', 'NotSupported', 'Conflict', 'NotFound'], 'Conflict',
    ['disk10', 'disk11', 'disk12']],
  ['20 23 29', ['AccessDenied', 'IdentityChanged', 'Refused'], 'IdentityChanged', []],
  ['22 21 10', ['Failed', 'TimedOut', 'Accepted'], 'Failed', ['disk10', 'disk21', 'disk22']],
];

describe.skipIf(noLab)(titled('The command line on Windows'), () => {
  let lab: Lab;

  beforeAll(async () => { lab = await openPowerShellLab(); });
  afterAll(async () => { await lab?.close(); });
  beforeEach(async () => {
    await lab.complete();
    await lab.reset();
  });

  const run = (args: string, options?: RunOptions, file = program): Promise<Ran> =>
    lab.exe(file, args.split(' '), { timeoutMs: 60_000, ...options });
  const documentOf = (ran: Ran): Document => {
    expect(ran.timedOut, ran.stderr).toBe(false);
    const document = JSON.parse(ran.stdout) as Document;
    expect(document.exitCode).toBe(ran.code);
    return document;
  };

  it.each(runs)('release %s: %j, exit code of %s', async (args, outcomes, worst, sent) => {
    const ran = await run(`release ${args} --yes --output json`);
    const document = documentOf(ran);
    expect(document.results.map((result) => result.Outcome)).toEqual(outcomes);
    expect(ran.code).toBe(outcomeRow(worst).exitCode);
    expect(releasedOf(await lab.counters())).toEqual(Object.fromEntries(sent.map((unit) => [unit, 1])));
  });

  it('finds disks by UniqueId and by serial number', async () => {
    // Disk 19 hangs the search; that costs a third of the time.
    const ran = await run(
      'release id:500005e005300010 serial:LAB-0032 serial:LAB-T000 id:nobody --timeout 6 --yes -o json');
    expect(documentOf(ran).results.map((result) => [result.DevicePath, result.Outcome])).toEqual([
      ['\\\\.\\PhysicalDrive10', 'Accepted'], ['\\\\.\\PhysicalDrive32', 'Accepted'],
      // No search opens a tape drive that was not asked for by its kind: that reserves it for a moment.
      [null, 'NotFound'], [null, 'NotFound']]);
    expect(releasedOf(await lab.counters())).toEqual({ disk10: 1, disk32: 1 });
  });

  it('refuses without --yes when nobody can be asked, and sends nothing', async () => {
    const ran = await run('release 10 32 --output json');
    expect(documentOf(ran).results.map((result) => result.Outcome)).toEqual(['Refused', 'Refused']);
    expect(ran.code).toBe(outcomeRow('Refused').exitCode);
    expect(ran.stdout).toContain('--yes');
    expect((await lab.counters()).every((row) => row.opens === 0)).toBe(true);
  });

  it('sends nothing in a dry run and says what would happen', async () => {
    const ran = await run('release 10 29 23 26 --dry-run --output json');
    expect(documentOf(ran).results.map((result) => result.Outcome))
      .toEqual(['Accepted', 'Refused', 'IdentityChanged', 'NotFound']);
    expect(releasedOf(await lab.counters())).toEqual({});
  });

  it.each(['release', 'release three --yes', 'release 10 --yess', 'release 10 --timeout 0 --yes', 'liszt'])(
    'does not understand "%s" and touches nothing', async (args) => {
      const ran = await run(args);
      expect(ran.code).toBe(usageExitCode);
      expect(ran.stdout).toBe('');
      expect(ran.stderr).toMatch(/^storage-release: /);
      expect((await lab.counters()).every((row) => row.opens === 0)).toBe(true);
    });

  it('prints a table for people, and below it what to do next', async () => {
    const ran = await run('release 10 11 --yes');
    expect(ran.stdout).toMatch(/^ +10 +STORELAB LABDISK +LAB-0010 +Accepted/m);
    expect(ran.stdout).toMatch(/^ +11 +STORELAB LABDISK +LAB-0011 +Conflict/m);
    expect(ran.stderr).toMatch(/Disk 11: Conflict\. [^]*Next: /);
    expect(ran.code).toBe(outcomeRow('Conflict').exitCode);
  });

  it('lists every disk, tape and changer, the one that does not say what it is included', async () => {
    const ran = await run('list --timeout 2 --output json');
    const { disks } = documentOf(ran);
    const units = (await lab.counters()).filter((row) => row.kind === 'disk' && row.behaviour !== 'gone');
    const paths = disks.map((disk) => disk.DevicePath);
    expect(paths).toEqual(expect.arrayContaining(units.map((row) => `\\\\.\\PhysicalDrive${row.number}`)));
    expect(paths).toEqual(expect.arrayContaining(['\\\\.\\Tape0', '\\\\.\\Changer0', '\\\\.\\PhysicalDrive19']));
    const disk = (number: number) => disks.find((each) => each.DevicePath === `\\\\.\\PhysicalDrive${number}`);
    expect(disk(10)).toMatchObject({
      Number: 10, UniqueId: '500005E005300010', IsClustered: false, IsMultipath: false });
    expect(disk(28)).toMatchObject({ IsMultipath: true });
    expect(disk(29)).toMatchObject({ IsClustered: true });
    expect(disk(19)).toMatchObject({ UniqueId: null });
    expect(releasedOf(await lab.counters())).toEqual({});
  });

  it('pipes its list into Invoke-StorageRelease as objects', async () => {
    const cases = await runCases(lab, String.raw`
Show-Case 'list' {
  & "$Lab\StorageRelease\dist\win-x64\storage-release.exe" list --timeout 2 --output clixml |
    Where-Object { $_.Number -in 10, 27, 28 -or $_.DevicePath -eq '\\.\Tape0' } | Invoke-StorageRelease -Force
}
Show-Case 'results' {
  & "$Lab\StorageRelease\dist\win-x64\storage-release.exe" release 12 10 --yes --output clixml |
    Where-Object { $_.Outcome -eq 'Accepted' } | Invoke-StorageRelease -Force
  "exit code $LASTEXITCODE"
}
`);
    const report = caseOf(cases, 'list');
    // The tape drive is listed by its path alone, because to open it reserves it: as a record it identifies nothing.
    expect(report.results.map((result) => [result.DevicePath, result.Outcome]).sort()).toEqual([
      [null, 'Refused'], ['\\\\.\\PhysicalDrive10', 'Accepted'], ['\\\\.\\PhysicalDrive27', 'Accepted'],
      ['\\\\.\\PhysicalDrive28', 'Refused']]);
    expect(report.results.find(({ DevicePath }) => DevicePath === null)!.NextStep).toContain(String.raw`-Path '\\.\Tape0'`);
    expect(report.released).toEqual({ disk10: 1, disk27: 1 });
    // Its results as well, and its exit code is there: 4, because disk 12 knows no RELEASE.
    const again = caseOf(cases, 'results');
    expect(again.released).toEqual({ disk10: 2, disk12: 1 });
    expect(again.texts('other')).toEqual([`exit code ${outcomeRow('NotSupported').exitCode}`]);
  });

  it('ends at once with a request in a driver, and the driver lets go of the handle later', async () => {
    const ran = await run('release 14 --timeout 1 --yes --output json');
    expect([ran.code, ran.timedOut, ran.ended]).toEqual([outcomeRow('TimedOut').exitCode, false, true]);
    await lab.complete();
    expect(leftOpen(await lab.counters())).toEqual([]);
  });

  it('obeys no variable of the environment that steers Node or OpenSSL', async () => {
    writeFileSync(join(lab.dir, 'hook.js'), `require('fs').writeFileSync('Z:\\\\lab\\\\hook.txt', '')\n`);
    writeFileSync(join(lab.dir, 'bad.cnf'), 'openssl_conf = nowhere\n[nowhere\n');
    const hooks = {
      NODE_OPTIONS: '--require Z:\\lab\\hook.js --title=hooked --nonsense',
      NODE_REPL_EXTERNAL_MODULE: 'Z:\\lab\\hook.js',
      NODE_V8_COVERAGE: 'Z:\\lab\\coverage',
      NODE_COMPILE_CACHE: 'Z:\\lab\\cache',
      NODE_REDIRECT_WARNINGS: 'Z:\\lab\\warnings.txt',
      NODE_PATH: 'Z:\\lab',
      NODE_PENDING_DEPRECATION: '1',
      NODE_EXTRA_CA_CERTS: 'Z:\\lab\\bad.cnf',
      OPENSSL_CONF: 'Z:\\lab\\bad.cnf',
      UV_THREADPOOL_SIZE: '1',
    };
    const ran = await run('release 10 --yes --output json', { env: hooks });
    expect(documentOf(ran).results.map((result) => result.Outcome)).toEqual(['Accepted']);
    expect(ran.stderr).toBe('');
    const marks = ['hook.txt', 'coverage', 'cache', 'warnings.txt']
      .filter((name) => existsSync(join(lab.dir, name)));
    expect(marks).toEqual([]);
  });

  describe('with its addon', () => {
    const folder = (name: string) => {
      const to = join(lab.dir, name);
      rmSync(to, { recursive: true, force: true });
      mkdirSync(to);
      linkSync(join(lab.dir, program), join(to, 'storage-release.exe'));
      return to;
    };
    const addon = () => readFileSync(join(lab.dir, programFolder, 'koffi.node'));

    it.each([
      ['changed by one bit', (bytes: Buffer) => {
        bytes[bytes.length >> 1]! ^= 1;
        return bytes;
      }, /koffi\.node/],
      ['one byte longer', (bytes: Buffer) => Buffer.concat([bytes, Buffer.of(0)]), /koffi\.node/],
      ['empty', () => Buffer.alloc(0), /koffi\.node/],
      ['missing', () => null, /koffi\.node/],
    ])('%s: one clear error, nothing loaded, nothing sent', async (what, change, said) => {
      const to = folder(what.replaceAll(' ', '-'));
      const bytes = change(addon());
      if (bytes !== null) writeFileSync(join(to, 'koffi.node'), bytes);
      const ran = await run('release 10 --yes --output json', {}, join(to, 'storage-release.exe'));
      expect(ran.code).toBe(outcomeRow('Failed').exitCode);
      expect(documentOf(ran).error).toMatchObject({
        kind: 'unavailable', message: expect.stringMatching(said) as string });
      expect(ran.stderr).not.toMatch(/^ +at /m);
      expect((await lab.counters()).every((row) => row.opens === 0)).toBe(true);
    });

    it('takes none from the current folder or from PATH', async () => {
      const to = folder('elsewhere');
      writeFileSync(join(to, 'koffi.node'), addon());
      rmSync(join(lab.dir, 'alone'), { recursive: true, force: true });
      mkdirSync(join(lab.dir, 'alone'));
      linkSync(join(lab.dir, program), join(lab.dir, 'alone', 'storage-release.exe'));
      const ran = await run('list --output json', { cwd: 'elsewhere', env: { NODE_PATH: 'Z:\\lab\\elsewhere' } },
        'alone/storage-release.exe');
      expect(documentOf(ran).error).toMatchObject({ kind: 'unavailable' });
    });
  });
});
