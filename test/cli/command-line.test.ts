// The executable, its arguments and its exit codes. Disks and what is wrong with them: bus.json.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';
import { exitCodeMarkdown, exitCodeTable } from '../../src/status/exit-codes.ts';
import { outcomeRow } from '../../src/status/outcomes.ts';
import { busFile, documentOf, rehearse, run } from './executable.ts';

const nothingSent = 'RELEASE sent to nobody';
const words = (text: string) => text.split(' ').filter((word) => word !== '');
/** How often the request went out, as --verbose tells it. */
const sent = (stderr: string) => stderr.match(/: sending IOCTL_STORAGE_RELEASE \(0x002D4814\)$/gm)?.length ?? 0;
/** A table without its times, which differ. */
const untimed = (table: string) => table.replace(/ +\d+\.\d$/gm, '');

describe('release', () => {
  test.each<[string, string, number, readonly string[], number]>([
    // What it is about, arguments, exit code, outcomes in the order of the arguments, requests sent.
    ['one disk', '1', 0, ['Accepted'], 1],
    ['every way to name it',
      String.raw`1 PhysicalDrive1 \\.\PhysicalDrive1 id:6000000000000001a000000000000001 serial:S-0001`, 0,
      Array(5).fill('Accepted'), 5],
    ['a tape', 'Tape0', 0, ['Accepted'], 1],
    ['the same disk three times', '1 1 1', 0, ['Accepted', 'Accepted', 'Accepted'], 3],
    ['boot disk', '0', 3, ['Refused'], 0],
    ['boot disk, half allowed', '0 --allow boot', 3, ['Refused'], 0],
    ['boot disk, allowed with commas', '0 --allow boot,SYSTEM', 0, ['Accepted'], 1],
    ['boot disk, allowed twice', '0 --allow Boot --allow System', 0, ['Accepted'], 1],
    ['clustered', '4', 3, ['Refused'], 0],
    ['clustered, allowed', '4 --allow Clustered', 0, ['Accepted'], 1],
    ['multipath', '15', 3, ['Refused'], 0],
    ['multipath, allowed', '15 --allow multipath', 0, ['Accepted'], 1],
    ['a serial number of two disks', 'serial:S-0002', 3, ['Refused'], 0],
    ['unknown command', '5', 4, ['NotSupported'], 1],
    ['keys registered', '6', 5, ['Conflict'], 1],
    ['no access', '7', 6, ['AccessDenied'], 0],
    ['no such number', '77', 7, ['NotFound'], 0],
    ['no such identity', 'id:6000000000000001a000000000000099', 7, ['NotFound'], 0],
    ['another number on the handle', '8', 8, ['IdentityChanged'], 0],
    ['hangs', '9 --timeout 1', 9, ['TimedOut'], 1],
    ['in use', '11', 11, ['InUse'], 0],
    ['hardware fault', '12', 1, ['Failed'], 1],
    ['the worst counts', '1 5 0', 4, ['Accepted', 'NotSupported', 'Refused'], 2],
    ['worse than a higher code', '11 6', 5, ['InUse', 'Conflict'], 1],
    ['Failed is the worst', '8 12 1', 1, ['IdentityChanged', 'Failed', 'Accepted'], 2],
    ['one at a time', '1 2 3 --throttle 1', 0, ['Accepted', 'Accepted', 'Accepted'], 3],
    ['dry run', '1 2 --dry-run', 0, ['Accepted', 'Accepted'], 0],
    ['dry run, guards hold', '1 0 --dry-run', 3, ['Accepted', 'Refused'], 0],
    ['dry run, guards allowed', '0 --dry-run --allow Boot,System', 0, ['Accepted'], 0],
    ['dry run, wrong disk', '8 --dry-run', 8, ['IdentityChanged'], 0],
    ['dry run of a disk that would hang', '9 --dry-run', 0, ['Accepted'], 0],
  ])('%s: %s', async (_, args, exitCode, expected, requests) => {
    const ran = await rehearse(['release', ...words(args), '--yes', '--output', 'json', '--verbose']);
    const { results, dryRun } = documentOf(ran);
    expect(results?.map(({ Outcome }) => Outcome)).toEqual(expected);
    expect(ran.exitCode).toBe(exitCode);
    expect(sent(ran.stderr), nothingSent).toBe(requests);
    expect(dryRun).toBe(args.includes('--dry-run'));
  });

  test('NotReady', async () => {
    // The class driver tries for a minute; a port driver that says so at once.
    const file = busFile();
    writeFileSync(file, readFileSync(file, 'utf8').replace('"0xC0000483"', '"0xC00000A3"'));
    const ran = await run(['release', '12', '--yes', '-o', 'json', '--rehearsal', file]);
    expect(documentOf(ran).results?.[0])
      .toMatchObject({ Outcome: 'NotReady', NtStatusName: 'STATUS_DEVICE_NOT_READY' });
    expect(ran.exitCode).toBe(outcomeRow('NotReady').exitCode);
  });

  test('the reservation is gone from the bus', async () => {
    const file = busFile();
    expect(await run(['release', '1', '--yes', '--rehearsal', file])).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ state: { free: { reservedBy: null } } });
  });

  test('as another host', async () => {
    const ran = await rehearse(['release', '1', '--yes', '--initiator', 'host-b', '-o', 'json']);
    expect(documentOf(ran).results?.[0])
      .toMatchObject({ ComputerName: 'host-b', Bus: 'Rehearsal', Outcome: 'Accepted' });
  });

  test('without a terminal and without --yes nothing is opened, and --yes is named', async () => {
    const ran = await rehearse(words('release 1 id:6000000000000001a000000000000002 1 -o json --verbose'));
    const { results } = documentOf(ran);
    expect(results?.map(({ Outcome }) => Outcome)).toEqual(['Refused', 'Refused', 'Refused']);
    expect(results?.[0]?.Message).toContain('stdin is not a terminal');
    expect(results?.[0]?.NextStep).toContain('--yes');
    expect(results?.[1]).toMatchObject({ Number: null, UniqueId: '6000000000000001a000000000000002' });
    expect(ran.stderr).not.toContain('opening');
    expect(ran.exitCode).toBe(3);
  });

  test('the same for people', async () => {
    const ran = await rehearse(['release', '1', '2'], { stdin: 'y\n' });
    expect(ran.stdout.match(/ Refused .*\n/g)).toHaveLength(2);
    expect(ran.stderr)
      .toContain('Disks 1, 2: Refused. Nobody can confirm this: stdin is not a terminal. Nothing was sent.');
    expect(ran.stderr).toContain('--yes');
    expect(ran.exitCode).toBe(3);
  });

  test('the same as CLIXML', async () => {
    const { stdout, exitCode } = await rehearse(['release', '1', '2', '-o', 'clixml']);
    expect(stdout.match(/<S N="Outcome">Refused<\/S>/g)).toHaveLength(2);
    expect(exitCode).toBe(3);
  });
});

describe('reserve', () => {
  test.each<[string, string, number, readonly string[], readonly (readonly [string | null, string | null])[]]>([
    // What it is about, arguments, exit code, outcomes, reservations before and after.
    ['a disk that is free', '2', 0, ['Reserved'], [[null, null]]],
    ['verified', '2 --verify', 0, ['Reserved'], [['Unknown', 'HeldByThisHost']]],
    ['registered by another host', '6 --verify', 5, ['Conflict'], [['Persistent', 'Persistent']]],
    ['as a host that does not hold it', '1 --initiator host-b --verify', 5, ['Conflict'],
      [['HeldByAnotherHost', 'HeldByAnotherHost']]],
    ['boot disk', '0', 3, ['Refused'], [[null, null]]],
    ['multipath', '15', 3, ['Refused'], [[null, null]]],
    ['unknown command', '5', 4, ['NotSupported'], [[null, null]]],
    ['dry run', '2 --dry-run', 0, ['Accepted'], [[null, null]]],
    ['hangs', '9 --timeout 1', 9, ['TimedOut'], [[null, null]]],
  ])('%s: %s', async (_, args, exitCode, expected, around) => {
    const ran = await rehearse(['reserve', ...words(args), '--yes', '-o', 'json', '--verbose']);
    const { results, command } = documentOf(ran);
    expect(command).toBe('reserve');
    expect(results?.map(({ Outcome }) => Outcome)).toEqual(expected);
    expect(results?.map((one) => [one.ReservationBefore, one.ReservationAfter])).toEqual(around);
    expect(ran.exitCode).toBe(exitCode);
    expect(ran.stderr).not.toContain('IOCTL_STORAGE_RELEASE');
  });

  test('--retry: tried again while another program holds it, once where it is something else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'storage-release-'));
    const file = join(folder, 'bus.json');
    writeFileSync(file, JSON.stringify({ version: 1, thisHost: 'a', logicalUnits: [{ name: 'u' }, { name: 'v' }],
      hosts: { a: { disks: [{ number: 1, unit: 'u', faults: { openFails: { win32: 32 } } }, { number: 2, unit: 'v' }] } } }));
    const ran = await run([...words('release 1 2 --yes --retry 1 -o json --rehearsal'), file]);
    const [held, free] = documentOf(ran).results!;
    expect([held!.Outcome, free!.Outcome, free!.Attempts, ran.exitCode]).toEqual(['InUse', 'Accepted', 1, 11]);
    expect(held!.Attempts).toBeGreaterThan(2);
    rmSync(folder, { recursive: true });
  });

  test('the bus keeps it, and the other host is refused until it is released', async () => {
    const file = busFile();
    const as = async (host: string, args: string) =>
      documentOf(await run([...words(args), '--initiator', host, '--rehearsal', file, '-o', 'json'])).results?.[0];
    expect(await as('host-a', 'release 1 --yes')).toMatchObject({ Outcome: 'Accepted' });
    expect(await as('host-b', 'reserve 1 --yes')).toMatchObject({ Outcome: 'Reserved' });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ state: { free: { reservedBy: 'host-b' } } });
    expect(await as('host-a', 'reserve 1 --yes')).toMatchObject({ Outcome: 'Conflict' });
    expect(await as('host-a', 'status 1')).toMatchObject({ State: 'HeldByAnotherHost' });
    expect(await as('host-b', 'release 1 --yes --verify'))
      .toMatchObject({ Outcome: 'Accepted', ReservationAfter: 'Free' });
    expect(await as('host-a', 'reserve 1 --yes')).toMatchObject({ Outcome: 'Reserved' });
  });

  test('release --verify names the keys in a conflict', async () => {
    const { results } = documentOf(await rehearse(words('release 6 --yes --verify -o json')));
    expect(results?.[0]).toMatchObject({ Outcome: 'Conflict', ReservationBefore: 'Persistent' });
    expect(results?.[0]?.NextStep).toContain('0x000000005AA50001');
  });
});

describe('status', () => {
  const states = (document: ReturnType<typeof documentOf>) =>
    document.results?.map(({ Number, State, Outcome }) => [Number, State, Outcome]);

  test.each<[string, string, number, readonly (readonly unknown[])[]]>([
    ['held by this host', '1', 0, [[1, 'HeldByThisHost', 'Read']]],
    ['held by another', '1 --initiator host-b', 0, [[1, 'HeldByAnotherHost', 'Read']]],
    ['registered', '6', 0, [[6, 'Persistent', 'Read']]],
    ['a boot disk needs no leave: nothing changes', '0', 0, [[0, 'Unknown', 'Read']]],
    ['without access it still says something', '7', 0, [[7, 'Unknown', 'Read']]],
    ['in use', '11', 11, [[11, 'Unknown', 'InUse']]],
    ['the worst counts', '77 1', 7, [[77, 'Unknown', 'NotFound'], [1, 'HeldByThisHost', 'Read']]],
    ['a tape', 'Tape0', 0, [[null, 'Unknown', 'Read']]],
  ])('%s: %s', async (_, args, exitCode, expected) => {
    const ran = await rehearse(['status', ...words(args), '-o', 'json', '--verbose']);
    expect(states(documentOf(ran))).toEqual(expected);
    expect(ran.exitCode).toBe(exitCode);
    expect(ran.stderr).not.toMatch(/sending IOCTL/);
  });

  test('without disks: all of them, in their order, and the file stays as it is', async () => {
    const file = busFile();
    const before = readFileSync(file, 'utf8');
    const ran = await run(['status', '--rehearsal', file, '--timeout', '2', '-o', 'json']);
    expect(documentOf(ran).results?.map(({ Number }) => Number)).toEqual(Array.from({ length: 16 }, (_, i) => i));
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  test('--detailed: registrants beside the results', async () => {
    const { results, registrants } = documentOf(await rehearse(words('status 6 2 --detailed -o json')));
    expect(results?.[0]).toMatchObject({ State: 'Persistent', Keys: '0x000000005AA50001', KeyCount: 1 });
    expect(results?.[1]).toMatchObject({ Keys: '', KeyCount: 0 });
    expect(registrants).toHaveLength(1);
    expect(registrants?.[0]).toMatchObject({ Number: 6, Key: '0x000000005AA50001', Holder: false });
  });

  test('a table of at most 80 columns; what it means, and what to do, below', async () => {
    const { stdout, stderr } = await rehearse(words('status 6 1 2 77 --throttle 1'));
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    await expect(stdout).toMatchFileSnapshot('status-table.txt');
    expect(stderr.match(/^Disks? .*?: \w+(?=\. [A-Z])/gm)).toEqual([
      'Disk 6: Persistent', 'Disk 1: HeldByThisHost', 'Disk 2: Unknown',
    ]);
    // The words of Get-StorageReservation, and beside them why nothing is known.
    expect(stderr).toMatch(/^Disk 77: Unknown \(NotFound\)\. [A-Z]/m);
    expect(stderr).toContain('storage-release release --verify');
    expect(stderr).not.toMatch(/Invoke-StorageRe/);
  });

  test('registrants as a table of their own', async () => {
    const { stdout } = await rehearse(words('status 6 --detailed'));
    expect(stdout).toMatch(/\n\n +Disk +Key +Holder +Initiator\n.*\n +6  0x000000005AA50001 .*FC [0-9A-F]{16}\n/);
  });

  test('CLIXML: one object for each disk, with its registrants as text', async () => {
    const { stdout } = await rehearse(words('status 6 --detailed -o clixml'));
    const [mark, result, end] = stdout.split('\n');
    expect([mark, end]).toEqual(['#< CLIXML', '']);
    expect(result).toContain('<S N="State">Persistent</S>');
    expect(result).toMatch(/<S N="Registrants">0x000000005AA50001 FC [0-9A-F]{16} \(target port 1\)<\/S>/);
  });

  test('disks that share what should be one disk\'s own are told, by list too', async () => {
    const unit = (name: string, more: object) => ({ name, vendor: 'IBM', product: '2145', ...more });
    const file = busFile();
    writeFileSync(file, JSON.stringify({
      version: 1, thisHost: 'a',
      logicalUnits: [unit('one', { naa: '6000000000000001', serial: 'SER-1' }), unit('two', { naa: '6000000000000002', serial: 'SER-2' }),
        unit('same id', { naa: '6000000000000002', serial: 'SER-3' }), unit('same serial', { naa: '6000000000000004', serial: 'SER-1' })],
      hosts: { a: { disks: [{ number: 1, unit: 'one' }, { number: 2, unit: 'one', initiators: ['a 2'] }, { number: 3, unit: 'two' },
        { number: 4, unit: 'same id' }, { number: 5, unit: 'same serial' }, { number: 6, unit: 'same serial', initiators: ['a 3'] }] } },
    }));
    const remarks = [
      'Disk 1 and disk 2 have the same UniqueId, 6000000000000001, and no different serial numbers: they are taken for one LUN over '
        + 'several paths.',
      'Disk 3 and disk 4 have the same UniqueId, 6000000000000002, and different serial numbers: the UniqueId identifies none of them.',
      'Disk 5 and disk 6 have the same UniqueId, 6000000000000004, and no different serial numbers: they are taken for one LUN over '
        + 'several paths.',
      'Disk 1, disk 2, disk 5 and disk 6 have the same serial number, SER-1, and different UniqueIds or none: the '
        + 'serial number identifies none of them.',
    ];
    for (const command of ['list', 'status', 'status 1 4 5']) {
      const { stderr } = await run([...words(command), '--rehearsal', file]);
      expect(stderr.split('\n').filter((line) => line.includes(' have the same ')).sort(), command).toEqual([...remarks].sort());
    }
    expect((await run(['status', '1', '--rehearsal', file])).stderr).not.toContain('6000000000000002');
  });
});

describe('a release that frees nothing', () => {
  test('is no success where that was read: exit code 12', async () => {
    const ran = await rehearse(words('release 1 --initiator host-b --yes --verify'));
    expect(ran.exitCode).toBe(12);
    expect(ran.stdout).toMatch(/StillHeld/);
    expect(ran.stderr).toMatch(/^Disk 1: StillHeld, now HeldByAnotherHost\. Still held by another host\. /m);
    expect((await rehearse(words('release 1 --initiator host-b --yes'))).exitCode).toBe(0);
  });
});

describe('output', () => {
  test('a table of at most 80 columns, and what to do below it', async () => {
    const { stdout, stderr } = await rehearse(words('release 1 Tape0 0 8 77 78 id:00ff 5 14 --yes --throttle 1'));
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    await expect(untimed(stdout)).toMatchFileSnapshot('release-table.txt');
    expect(stderr.match(/^Disks? .*?: \w+(?=\. [A-Z])/gm)).toEqual([
      'Disk 0: Refused', 'Disk 8: IdentityChanged', 'Disks 77, 78: NotFound', 'Disk id:00ff: NotFound',
      'Disk 5: NotSupported',
    ]);
    expect(stderr.match(/^ {2}Next: [A-Z]/gm)).toHaveLength(5);
  });

  test('a table of a dry run says so', async () => {
    const { stdout, stderr } = await rehearse(words('release 1 0 --dry-run --throttle 1'));
    expect(untimed(stdout)).toMatch(/ Would be +Ms\n/);
    expect(stderr).toContain('Dry run: nothing was sent.');
  });

  test('list as a table', async () => {
    const { stdout, exitCode } = await rehearse(['list']);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    await expect(stdout).toMatchFileSnapshot('list-table.txt');
    expect(exitCode).toBe(0);
  });

  test('list as JSON', async () => {
    const { disks } = documentOf(await rehearse(['list', '-o', 'json']));
    expect(disks).toHaveLength(17);
    expect(disks?.[0])
      .toMatchObject({ Number: 0, IsBoot: true, IsSystem: true, IsClustered: false, IsMultipath: false });
    expect(disks?.at(-1)).toMatchObject({ Number: null, DevicePath: String.raw`\\.\Tape0` });
  });

  test('what list calls a disk, release takes', async () => {
    const { disks } = documentOf(await rehearse(['list', '-o', 'json']));
    const names = [1, 3, 14].map((number) => `id:${disks?.find((disk) => disk.Number === number)?.UniqueId}`);
    const { results } = documentOf(await rehearse(['release', ...names, '--yes', '-o', 'json']));
    expect(results?.map((result) => [result.Number, result.Outcome]))
      .toEqual([[1, 'Accepted'], [3, 'Accepted'], [14, 'Accepted']]);
  });

  test('that finds this disk and no other, and is its number where no text does', async () => {
    const t10 = (text: string) => ({ designators: [{ type: 't10', text }] });
    const units = [
      ['its own id', { naa: '6000000000000001', serial: 'SAME' }, 'id:6000000000000001'],
      ['its own id, too', { naa: '6000000000000002', serial: 'SAME' }, 'id:6000000000000002'],
      ['an id that is shared', { naa: '6000000000000003', serial: 'SER-3' }, 'serial:SER-3'],
      ['the same', { naa: '6000000000000003', serial: 'SER-4' }, 'serial:SER-4'],
      ['a serial number that is shared, and no id', { serial: 'SER-5' }, '5'],
      ['the same serial number', { serial: 'ser-5' }, '6'],
      ['a serial number that is cleaned', { serial: 'i\u007f' }, '7'],
      ['one that is shown as that', { serial: 'i?' }, '8'],
      ['an id that is cleaned', { ...t10('ACME 9\u0003'), serial: 'SER-9' }, 'serial:SER-9'],
      ['an id that Windows would make up', { ...t10('SCSI\\DISK\\1:HOST') }, '10'],
      ['nothing', {}, '11'],
      ['placeholders', { naa: '0000000000000000', serial: 'None' }, '12'],
      ['letters of both cases', { vendor: 'NETAPP', serial: '80Ahb?TpD4sA' }, 'serial:80Ahb?TpD4sA'],
      ['of which another one', { vendor: 'NETAPP', serial: '80Ahb?TpD4sa' }, 'serial:80Ahb?TpD4sa'],
      ['a first path', { naa: '6000000000000015', serial: 'SER-15' }, '15'],
      ['a second path', null, '16'],
    ] as const;
    const file = busFile();
    writeFileSync(file, JSON.stringify({
      version: 1, thisHost: 'a',
      logicalUnits: [...units.flatMap(([name, unit]) => (unit === null ? [] : [{ name, vendor: 'ACME', product: 'Disk', ...unit }])),
        { name: 'tape', type: 'tape', vendor: 'ACME', product: 'Tape', serial: 'SER-T', naa: '60000000000000ff' }],
      hosts: { a: { disks: [...units.map(([name, unit], at) =>
        (unit === null ? { number: at + 1, unit: units[at - 1]![0], initiators: ['a 2'] } : { number: at + 1, unit: name })),
      { number: 0, unit: 'tape' }] } },
    }));
    const { stdout, stderr } = await run(['list', '--rehearsal', file]);
    const names = [...stdout.matchAll(/^ +(\S+)  (\S+) /gm)].slice(2).map(([, , name]) => name!);
    expect(names).toEqual([...units.map(([, , name]) => name), 'Tape0']);
    const { results } = documentOf(await run(['release', ...names, '--allow', 'Multipath', '--yes', '-o', 'json', '--rehearsal', file]));
    expect(results?.map(({ Number }) => Number)).toEqual([...units.map((_, at) => at + 1), null]);
    expect(new Set(results?.map(({ Outcome }) => Outcome))).toEqual(new Set(['Accepted']));
    expect(stderr).not.toContain('80Ahb');
  });

  test.each(['table', 'json', 'clixml'])('no control character of a device comes out as it is: %s', async (format) => {
    for (const command of ['release 14 --yes', 'list']) {
      const { stdout, stderr } = await rehearse([...words(command), '-o', format]);
      expect(stdout).toMatch(/ACME|R.+d &|&amp;/);
      expect(`${stdout}${stderr}`).not.toMatch(/[^\n\P{Cc}]/u);
    }
  });

  test('CLIXML: its mark, then one document on one line, which has all', async () => {
    const { stdout } = await rehearse(words('release 1 0 --yes --output CLIXML'));
    const [mark, document, ...more] = stdout.split('\n');
    expect([mark, more]).toEqual(['#< CLIXML', ['']]);
    expect(document).toMatch(/^<Objs [ -~]+<\/Objs>$/);
    expect(document!.match(/<Objs |<Obj>/g)).toEqual(['<Objs ', '<Obj>', '<Obj>']);
  });

  test('only what was asked for goes to stdout, however much is told', async () => {
    const { stdout, stderr } = await rehearse(words('list --verbose -o clixml'));
    expect(stdout.split('\n').every((line) => line === '' || /^(?:#< CLIXML$|<Objs )/.test(line))).toBe(true);
    expect(stderr).toContain('Rehearsal on host-a: no real disk is touched.');
  });

  test('PowerShell\'s words become those of the command line', async () => {
    const { results } = documentOf(await rehearse(words('release 0 8 --yes -o json')));
    expect(results?.map(({ NextStep }) => NextStep)).toEqual([
      'To proceed anyway, use --allow Boot,System.',
      'List the disks again (storage-release list) and name the one that is meant.',
    ]);
  });
});

/** All commands, as messages list them. */
const all = 'Name a command: release, reserve, clear, status, list, log, completion or map';

describe('a command line that cannot be understood', () => {
  test.each<[string, RegExp]>([
    ['', new RegExp(`: ${all}\\.\nSee: storage-release --help`)],
    ['relaese 1', new RegExp(`: There is no command relaese\\. Did you mean release\\?\n${all}\\. See: storage-release --help\n`)],
    ['relese 3 --dry-run', /There is no command relese\. Did you mean release\?/],
    ['Release 3', /There is no command Release\. Did you mean release\?/],
    ['stats', /There is no command stats\. Did you mean status\?/],
    ['mpa x.json', /There is no command mpa\. Did you mean map\?/],
    ['preempt 3', new RegExp(`: There is no command preempt\\.\n${all}`)],
    ['1', new RegExp(`: There is no command 1\\.\n${all}`)],
    ['serve now', /Unknown arguments serve, now\./],
    ['release', /Name at least one disk: 3, PhysicalDrive3, .*id:UNIQUEID/],
    ['release disk3', /"disk3" does not name a disk, tape or changer; allowed are 3, .*\nSee: storage-release release --help/],
    ['release 1 -1', /"-1" does not name a disk/],
    ['release 1 C:', /"C:" does not name a disk/],
    ['release 1 --force', /Unknown option --force\. Use --yes\.\nSee: storage-release --help/],
    ['release 1 --farce=x --other', /Unknown options --farce, --other/],
    ['release -Force 3', /Unknown option -Force\. Use --yes\.\nSee/],
    ['release 3 -Confirm:$false', /Unknown option -Confirm\. Use --yes to go on without a question\./],
    ['release 3 -WhatIf', /Unknown option -WhatIf\. Use --dry-run\./],
    ['release 3 -verify', /Unknown option -verify\. Use --verify\./],
    // yargs would read an h among the letters as --help, and all would end well.
    ['release 3 -LogPath x --yes', /Unknown option -LogPath\. Use --log\./],
    ['release 3 -Hash --yes', /Unknown option -Hash\.\nSee/],
    ['release 3 -yh1', /-h takes no value/],
    ['release -yq 3', /Unknown option -yq\./],
    ['release 3 -DeviceType Tape', /Unknown option -DeviceType\. Name a tape drive, a changer or a CD-ROM drive by its path/],
    ['release -UniqueId X', /Unknown option -UniqueId\. Name the disk as id:UNIQUEID\./],
    ['release 3 --WhatIf', /Unknown option --WhatIf\. Use --dry-run\./],
    ['release 1 -f', /Unknown option -f/],
    ['release 1 --yes --yess', /Unknown option --yess/],
    ['release 1 --no-yes', /Unknown option --no-yes/],
    ['release 1 --dryRun', /Unknown option --dryRun/],
    ['release 1 --constructor', /Unknown option --constructor/],
    ['release 1 --__proto__ 1', /Unknown option --__proto__/],
    ['release 1 --get-yargs-completions', /Unknown option --get-yargs-completions/],
    ['release 1 --$0=x', /Unknown option --\$0/],
    ['release 1 ---', /Unknown option ---\./],
    ['release ---=3', /Unknown option ---\./],
    ['release 1 -', /Unknown option -\./],
    ['status - 1', /Unknown option -\./],
    ['release 1 -- 2', /Unknown option --\./],
    ['release 1 -- --yes', /Unknown option --\./],
    ['release 1 --toString=1', /Unknown option --toString/],
    ['release 1 --timeout', /--timeout needs a value/],
    ['release 1 --timeout --yes', /--timeout needs a value/],
    ['release 1 --timeout x', /--timeout must be whole seconds from 1 to 86400, not "x"/],
    ['release 1 --timeout 0', /--timeout must be whole seconds/],
    ['release 1 --timeout 1.5', /--timeout must be whole seconds/],
    ['release 1 --timeout 1e3', /--timeout must be whole seconds/],
    ['release 1 --timeout 86401', /--timeout must be whole seconds/],
    ['release 1 --timeout=-1', /--timeout must be whole seconds/],
    ['release 1 --timeout 1 --timeout 2', /--timeout is given more than once/],
    ['release 1 --retry 0', /--retry must be whole seconds from 1 to 86400/],
    ['release 1 --throttle 0', /--throttle must be a whole number from 1 to 1024/],
    ['release 1 --throttle 1025', /--throttle must be a whole number from 1 to 1024/],
    ['release 1 --allow Bot', /--allow must be names out of Boot, System, Clustered, Multipath, .* not "Bot"/],
    ['release 1 --allow Boot,', /--allow must be names out of/],
    ['release 1 --allow all', /--allow must be names out of/],
    ['release 1 --output xml', /--output must be one of table, json, clixml, not "xml"/],
    ['release 1 --yes=no', /--yes takes no value/],
    ['release 1 --dry-run=1', /--dry-run takes no value/],
    ['release 1 --dry-run false', /--dry-run takes no value/],
    ['release 1 -y false', /-y takes no value/],
    ['release 1 -y2', /-y takes no value/],
    ['release 1 --initiator host-a', /--initiator names a host of a rehearsal, and no rehearsal is named\.\nName the rehearsal file, too/],
    ['release 1 -- 2', /Unknown option --\.\nSee: storage-release --help/],
    ['list -- 1', /Unknown option --\./],
    ['list 1', /Unknown argument 1\.\nSee: storage-release list --help/],
    ['list --yes', /Unknown option --yes/],
    ['status --yes', /Unknown option --yes/],
    ['status 1 --dry-run', /Unknown option --dry-run\.\nSee: storage-release status --help/],
    ['status 1 --verify', /Unknown option --verify/],
    ['status disk3', /"disk3" does not name a disk/],
    ['release 1 --detailed', /Unknown option --detailed/],
    ['release 1 --verify=1', /--verify takes no value/],
    ['reserve', /Name at least one disk: 3, PhysicalDrive3/],
    ['list --rehearsal none.json', /none\.json: cannot be read: the file or its folder does not exist\nCorrect the file/],
    ['release 1 --yes --rehearsal none.json', /none\.json: cannot be read/],
  ])('%s', async (args, said) => {
    const plain = await run(words(args));
    expect(plain).toMatchObject({ exitCode: 2, stdout: '' });
    expect(plain.stderr).toMatch(said);
    const { error, exitCode } = documentOf(await run(['--output=json', ...words(args)]));
    expect(exitCode).toBe(2);
    expect(error?.kind).toBe('usage');
    expect(error?.nextStep).not.toBe('');
  });

  // Whatever yargs makes of its letters, what the module calls a parameter does nothing here.
  test('a parameter of the module', async () => {
    const surface = readFileSync(new URL('../api/surface.txt', import.meta.url), 'utf8');
    const names = new Set([...surface.matchAll(/^parameter (?:Clear|Get|Invoke|Wait)-Storage\w+ -(\w+)/gm)].map(([, name]) => name!));
    expect(names.size).toBeGreaterThan(20);
    for (const name of [...names, 'ErrorAction', 'WhatIf', 'Confirm', 'ThrottleLimit', 'OutVariable']) {
      const ran = await run(['release', '3', '--yes', `-${name}`, 'x']);
      expect([name, ran.exitCode, ran.stdout]).toEqual([name, 2, '']);
      expect(ran.stderr).toContain(`Unknown option -${name}.`);
    }
  });

  test.each([
    '{', '{}', '{"version":1,"thisHost":"a","logicalUnits":[],"hosts":{}}',
  ])('a rehearsal file of %s', async (text) => {
    const file = busFile();
    writeFileSync(file, text);
    const ran = await run(['list', '--rehearsal', file, '-o', 'json']);
    expect(documentOf(ran).error?.message).toMatch(/^bus\.json: /);
    expect(ran.exitCode).toBe(2);
  });

  test('a host that is not in the rehearsal', async () => {
    const ran = await rehearse(['list', '--initiator', 'host-z', '-o=json']);
    expect(documentOf(ran).error?.message).toContain('known are host-a, host-b');
  });
});

describe('a computer without a Windows storage stack', () => {
  test.skipIf(process.platform === 'win32').each(['list', 'release 1 --yes', 'release 1'])('%s', async (args) => {
    const ran = await run([...words(args), '-o', 'json']);
    expect(documentOf(ran)).toMatchObject({ exitCode: 1, error: { kind: 'unavailable' } });
    expect(ran.stderr).toContain('--rehearsal');
  });
});

describe('help', () => {
  test.each([['--help'], ['release --help'], ['reserve --help'], ['clear --help'], ['status --help'], ['list --help'], ['log --help'], ['help'], ['-h']])('%s', async (args) => {
    const { stdout, stderr, exitCode } = await run(words(args));
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    for (const { code, outcome } of exitCodeTable()) {
      expect(stdout).toMatch(new RegExp(`^ +${code}  ${outcome ?? '\\(usage\\)'} +\\w`, 'm'));
    }
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(stdout).not.toMatch(/\bserve\b/);
  });

  // One column a character: src/cli/ascii-width.ts.
  test.each(['', 'release', 'reserve', 'clear', 'status', 'list', 'log', 'map', 'completion'])('%s --help is ASCII', async (command) => {
    expect((await run([...words(command), '--help'])).stdout).toMatch(/^[\n -~]+$/);
  });

  test('release --help, word by word', async () => {
    const { stdout } = await run(['release', '--help']);
    await expect(stdout.slice(0, stdout.indexOf('Exit codes:'))).toMatchFileSnapshot('release-help.txt');
  });

  test('reserve --help warns of what it does to others', async () => {
    const { stdout } = await run(['reserve', '--help']);
    expect(stdout).toMatch(/Every other host .* reservation conflicts .*failover cluster .*Each path of this host/s);
    expect(stdout).toMatch(/reset of\n +the disk or its target, a logout/);
  });

  test('--version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as
      { version: string };
    expect(await run(['--version'])).toMatchObject({ stdout: `${version}\n`, stderr: '', exitCode: 0 });
  });

  test('docs/exit-codes.md is the table (vitest run -u writes it)', async () => {
    await expect(exitCodeMarkdown()).toMatchFileSnapshot('../../docs/exit-codes.md');
  });
});
