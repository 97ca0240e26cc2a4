// The log without a disk: what it does when files fail, hang or are renamed; its records; and whose folders it trusts.

import { describe, expect, test } from 'vitest';
import type { ClixmlObject } from '../../src/clixml/clixml.ts';
import { LogFile } from '../../src/log/log-file.ts';
import { LogProblem } from '../../src/log/log-system.ts';
import { type LogFilter, type LogPlace, readLog, recordsOnPage } from '../../src/log/reader.ts';
import { logLine, ownKeyItem, readRecord } from '../../src/log/record.ts';
import { changingRights, foldersAbove, replacingRights, untrustedWriter, writerName } from '../../src/log/sddl.ts';
import { resultItem } from '../../src/result/items.ts';
import type { ReleaseResult } from '../../src/result/result.ts';
import { type ClearResult, clearItem } from '../../src/verbs/clear/clear-result.ts';
import { FakeFiles } from './fake-files.ts';
import { VirtualClock } from './virtual-clock.ts';

const settled = () => new Promise((resolve) => void setImmediate(resolve));
const never = () => new Promise<never>(() => {});
const full = () => Promise.reject(new LogProblem('the disk is full'));

async function opened(maxBytes?: number, text = '') {
  const files = new FakeFiles();
  const clock = new VirtualClock();
  if (text !== '') files.put('log', text);
  return { files, clock, log: await LogFile.open('log', files, clock, maxBytes) };
}

const begun = '{"Schema":"storage-release-log/1"}';
const own = (name: string) => `{"Schema":"storage-release-log/1","of":"${name}"}`;
const text = (...names: readonly string[]) => names.map((name) => `${own(name)}\n`).join('');
const foreign = 'it is another file, not a log: its first line is not a record';

describe('a log', () => {
  test.each([
    '', '\n', '{', '{"Sch', '{"Sch\n', '{"Sch\n{"S', `{"Sch\n\n${begun}\n`, begun, `${begun}\n`, '\ufeff', `\ufeff${begun}\n`,
    `${begun}\nnonsense\n`,
  ])('may have begun with %j', async (before) => {
    const { files, log } = await opened(undefined, before);
    await log.write(own('b'));
    expect(files.text('log').startsWith(before)).toBe(true);
    await log.write(own('c'));
    expect(files.text('log').endsWith(text('b', 'c'))).toBe(true);
  });

  test.each([
    'x', ' ', '{}', '127.0.0.1 localhost\n', '{"Schema":"other/1"}', 'MZ\0',
    '{\n  "name": "x"\n}\n', '{\n}\n', '{"Sch\nx', '\nx', '{"Schema":"storage-release-log/10"}', '{\n'.repeat(3000),
  ])('is none that begins with %j', async (before) => {
    await expect(opened(undefined, before)).rejects.toThrow(foreign);
  });

  test('writes each line at once, and lines that wait together have one flush', async () => {
    const { files, log } = await opened();
    const first = log.write(own('a'));
    await Promise.all([first, log.write(own('b')), log.write(own('c'))]);
    expect(files.text('log')).toBe(text('a', 'b', 'c'));
    expect(files.done).toEqual(['open', 'write', 'flush', 'write', 'write', 'flush']);
  });

  test('leaves a line that was torn to itself', async () => {
    const { files, log } = await opened(undefined, `${begun}\nhalf`);
    await log.write(own('b'));
    expect(files.text('log')).toBe(`${begun}\nhalf\n${text('b')}`);
  });

  test('tells of a line that could not be written, and goes on', async () => {
    const { files, log } = await opened();
    files.fails.set('write', full);
    await expect(log.write(own('a'))).rejects.toThrow('the disk is full');
    files.fails.delete('write');
    files.fails.set('flush', full);
    await expect(log.write(own('b'))).rejects.toThrow('the disk is full');
    files.fails.delete('flush');
    await log.write(own('c'));
    expect(files.text('log')).toBe(text('b', 'c'));
  });

  test('waits ten seconds for a file that hangs, and then no more', async () => {
    const { files, clock, log } = await opened();
    files.fails.set('write', never);
    const lines = [log.write(own('a')), log.write(own('b'))].map((line) => line.catch((error: Error) => error.message));
    await clock.advance(9_999);
    let done = false;
    void Promise.all(lines).then(() => { done = true; });
    await settled();
    expect(done).toBe(false);
    await clock.advance(1);
    expect(await Promise.all(lines)).toEqual(Array(2).fill('it did not respond within 10 s'));
    await expect(log.write(own('c'))).rejects.toThrow('it did not respond');
    files.fails.set('open', never);
    const late = LogFile.open('log', files, clock).catch((error: Error) => error.message);
    await clock.advance(10_000);
    expect(await late).toContain('within 10 s');
  });

  test('goes on in the file that has its name by now', async () => {
    const { files, log } = await opened();
    await log.write(own('a'));
    await files.rename('log', 'log.1');
    await log.write(own('b'));
    files.byPath.delete('log');
    await log.write(own('c'));
    expect([files.text('log.1'), files.text('log')]).toEqual([text('a'), text('c')]);
  });

  test('is renamed when it has grown too large, and grows on where it cannot be', async () => {
    const { files, log } = await opened(own('aa').length + 2);
    for (const line of ['aa', 'bb', 'cc', 'dd']) await log.write(own(line));
    expect([files.text('log.1'), files.text('log')]).toEqual([text('aa', 'bb'), text('cc', 'dd')]);
    files.fails.set('rename', full);
    await log.write(own('ee'));
    expect(files.text('log')).toBe(text('cc', 'dd', 'ee'));
    files.fails.delete('rename');
    files.fails.set('lock', full);
    await log.write(own('ff'));
    files.fails.delete('lock');
    await log.write(own('gg'));
    expect([files.text('log.1'), files.text('log')]).toEqual([text('cc', 'dd', 'ee', 'ff'), text('gg')]);
  });

  test('that another process has renamed meanwhile is not renamed again', async () => {
    const { files, log } = await opened(1);
    await log.write(own('aa'));
    files.fails.set('lock', async (): Promise<never> => {
      files.put('log', text('new'));
      return undefined as never;
    });
    await log.write(own('bb'));
    expect(files.text('log')).toBe(text('new', 'bb'));
    expect(files.done).not.toContain('rename');
  });

  test('that is replaced by another file, or by other content, is written to no more', async () => {
    const { files, log } = await opened();
    await log.write(own('a'));
    files.byPath.get('log')!.bytes = Buffer.from('my notes\n');
    await expect(log.check(false)).rejects.toThrow(foreign);
    await expect(log.write(own('b'))).rejects.toThrow(foreign);
    files.put('log', 'my other notes\n');
    await expect(log.check(true)).rejects.toThrow(foreign);
    await expect(log.write(own('b'))).rejects.toThrow(foreign);
    expect(files.text('log')).toBe('my other notes\n');
    files.byPath.delete('log');
    await log.check(false);
    await log.write(own('c'));
    expect(files.text('log')).toBe(text('c'));
  });

  test('is opened again, by all rules, where that is asked for, and only looked at where it is not', async () => {
    const { files, log } = await opened();
    files.fails.set('open', () => Promise.reject(new LogProblem('others can write there')));
    await log.check(false);
    await expect(log.check(true)).rejects.toThrow('others can write there');
    expect(log.isGivenUp).toBe(false);
    files.fails.clear();
    await Promise.all([log.write(own('a')), log.check(true), log.write(own('b'))]);
    expect(files.text('log')).toBe(text('a', 'b'));
    const count = (step: string) => files.done.filter((one) => one === step).length;
    expect(count('open') - count('close')).toBe(2);
  });

  test('replaces as the older file nothing but an older log, and says once why not', async () => {
    const { files, log } = await opened(1);
    await log.write(own('a'));
    files.put('log.1', 'my notes');
    expect(await log.write(own('b')))
      .toBe(`The log log has reached its maximum size and keeps growing: log.1 is not replaced, because ${foreign}.`);
    expect(await log.write(own('c'))).toBe(null);
    expect([files.text('log.1'), files.text('log')]).toEqual(['my notes', text('a', 'b', 'c')]);
    files.put('log.1', text('old'));
    expect(await log.write(own('d'))).toBe(null);
    expect([files.text('log.1'), files.text('log')]).toEqual([text('a', 'b', 'c'), text('d')]);
    files.put('log.1', '');
    await log.write(own('e'));
    expect(files.text('log')).toBe(text('e'));
  });
});

const result: ReleaseResult = {
  Number: 3, DevicePath: '\\\\.\\PhysicalDrive3', FriendlyName: 'ACME', SerialNumber: 'S', UniqueId: 'U', BusType: 'Sas',
  IdentifiedBy: 'Number', Outcome: 'Conflict', NtStatus: 0x80000011, NtStatusName: 'STATUS_DEVICE_BUSY', Win32Error: -1,
  Information: 0n, ReservationBefore: 'Free', ReservationAfter: null, Attempts: 1, DurationMs: 1.5, StartedAt: new Date(1000),
  ComputerName: 'C', Bus: 'Windows', ProvedBy: null, Message: 'm', NextStep: '',
};
const clearResult: ClearResult = {
  ...result, Method: 'Preempt', HolderKey: '0x1', Type: 't', KeyCount: 2, Registrants: 'a\nb', Removed: '0x1 (1)',
  KeysLeft: 1, GenerationBefore: 4, GenerationAfter: 5, OwnKey: '0x2', OwnKeyLeft: false, Undone: true,
};
const origin = {
  user: 'u', computer: 'here', processId: 7, commandLine: 'release 3', rehearsal: null, version: '1',
};
const lineOf = (item: ClixmlObject, command = 'release', at = new Date(2000)) => logLine(at, command, origin, item);

describe('a record', () => {
  const added = [
    ['LoggedAt', { DT: new Date(2000) }], ['Command', { S: 'release' }], ['User', { S: 'u' }], ['RunOn', { S: 'here' }],
    ['ProcessId', { U32: 7 }], ['CommandLine', { S: 'release 3' }], ['Rehearsal', null], ['ExecutableVersion', { S: '1' }],
  ];

  test('is read with the properties and types that it had, in their order', () => {
    expect(readRecord(lineOf(resultItem(result)))).toEqual({ clears: false, item: [...resultItem(result), ...added], key: null, begins: false });
    const [, , ...rest] = added;
    expect(readRecord(lineOf(clearItem(clearResult), 'clear'))).toEqual({
      clears: true, item: [...clearItem(clearResult), added[0], ['Command', { S: 'clear' }], ...rest],
      key: '["here",7,"0x2"]', begins: false,
    });
  });

  test('of a command line without end is cut', () => {
    const line = logLine(new Date(0), 'release', { ...origin, commandLine: '1 '.repeat(9999) }, resultItem(result));
    expect((JSON.parse(line) as { CommandLine: string }).CommandLine).toHaveLength(1024);
  });

  const change = (members: object) => JSON.stringify({ ...JSON.parse(lineOf(resultItem(result))) as object, ...members });
  test.each([
    ['', 'not JSON'], ['{', 'not JSON'], ['null', 'not a JSON object'], ['[]', 'not a JSON object'], ['1', 'not a JSON object'],
    ['{}', 'not of the schema storage-release-log/1'],
    [change({ Schema: 'storage-release-log/2' }), 'not of the schema storage-release-log/1'],
    [change({ LoggedAt: 'yesterday' }), 'without LoggedAt that can be read'],
    [change({ LoggedAt: '2026-99-99T00:00:00Z' }), 'without LoggedAt that can be read'],
    [change({ Number: -1 }), 'without Number that can be read'], [change({ Number: 1.5 }), 'without Number that can be read'],
    [change({ Number: '1' }), 'without Number that can be read'],
    [change({ Win32Error: 2 ** 31 }), 'without Win32Error that can be read'],
    [change({ Information: 2 ** 60 }), 'without Information that can be read'],
    [change({ Outcome: null }), 'without Outcome that can be read'], [change({ Message: {} }), 'without Message that can be read'],
    [change({ Outcome: 'No good' }), 'without Outcome that can be read'],
    [change({ DurationMs: 'x' }), 'without DurationMs that can be read'],
  ])('%.60s is none', (line, why) => expect(readRecord(line)).toBe(why));

  test('of a later version is read without what it adds, and names of Object are no members', () => {
    const read = readRecord(change({ Later: 1, BusType: undefined })) as { item: ClixmlObject };
    expect(read.item).toContainEqual(['BusType', null]);
    expect(read.item.map(([name]) => name)).not.toContain('Later');
  });
});

describe('a key that was written down before it was sent', () => {
  const begun = (OwnKey: string, more: Partial<ClearResult> = {}) => ownKeyItem(clearItem({ ...clearResult, OwnKey, ...more }));
  const line = (item: ClixmlObject, processId = 7) => `${logLine(new Date(2000), 'clear', { ...origin, processId }, item)}\n`;
  const ended = (OwnKey: string) => clearItem({ ...clearResult, OwnKey });
  const told = async (text: string, filter: Partial<LogFilter> = {}, older = '') => {
    const files = new FakeFiles();
    files.put('log', text);
    if (older !== '') files.put('log.1', older);
    const { records, remarks } = await readLog(files, 'log', { ...all, ...filter });
    expect(remarks).toEqual([]);
    return records.map(({ item }) => {
      const of = new Map(item.map(([name, value]) => [name, value === null ? null : Object.values(value)[0] as unknown]));
      return `${String(of.get('OwnKey'))} ${String(of.get('Outcome'))}`;
    });
  };

  test('names the disk, the process, the key, and the line that takes it back, and is no result', () => {
    const NextStep = 'Clear-StorageReservation -Number 3 -Method Release -OwnKey 0x9 on this host takes it back.';
    const written = JSON.parse(line(begun('0x9', { NextStep }))) as object;
    expect(written).toMatchObject({ Kind: 'OwnKey', Command: 'clear', ProcessId: 7, LoggedAt: '1970-01-01T00:00:02.000Z', SerialNumber: 'S',
      UniqueId: 'U', DevicePath: '\\\\.\\PhysicalDrive3', OwnKey: '0x9', NextStep });
    expect(Object.keys(written)).not.toContain('Outcome');
    const read = readRecord(line(begun('0x9', { NextStep })));
    expect(read).toMatchObject({ clears: true, begins: true });
    // In the order of every other result, with all that is not known.
    const item = (read as { item: ClixmlObject }).item;
    expect(item.slice(0, -8).map(([name]) => name)).toEqual(clearItem(clearResult).map(([name]) => name));
    expect(item).toContainEqual(['Outcome', { S: 'Failed' }]);
    expect(item).toContainEqual(['OwnKeyLeft', null]);
    expect(item).toContainEqual(['NextStep', { S: NextStep }]);
    expect(item).toContainEqual(['Message', { S: 'The log has no result of this run (process 7): it was ended before, or is still at work. It was '
      + 'about to register the key 0x9; whether that is registered now, is not known.' }]);
  });

  test.each([
    [{ Kind: 'OwnKey', OwnKey: null }, 'without OwnKey that can be read'], [{ Kind: 'OwnKey', StartedAt: 1 }, 'without StartedAt that can be read'],
    [{ Kind: 'OwnKey', Command: 'release' }, 'of a kind that this version does not know'],
    [{ Kind: 'Later' }, 'of a kind that this version does not know'],
  ])('%j is none', (members, why) => {
    expect(readRecord(JSON.stringify({ ...JSON.parse(line(begun('0x9'))) as object, ...members }))).toBe(why);
  });

  test.each<[string, string, readonly string[]]>([
    ['a run that was killed', line(begun('0x9')), ['0x9 Failed']],
    ['a run that ended', line(begun('0x9')) + line(ended('0x9')), ['0x9 Conflict']],
    ['one of two', line(begun('0x9')) + line(begun('0x8')) + line(ended('0x8')), ['0x9 Failed', '0x8 Conflict']],
    ['another process that takes the key back', line(begun('0x9'), 6) + line(ended('0x9')), ['0x9 Failed', '0x9 Conflict']],
    ['a result without a key', line(begun('0x9')) + line(clearItem({ ...clearResult, OwnKey: null })), ['0x9 Failed', 'null Conflict']],
  ])('is shown where no result of its run follows: %s', async (_, text, shown) => {
    expect(await told(text)).toEqual(shown);
    expect(await told(text, { last: 5 })).toEqual(shown);
    expect(await told(text, { last: 1 })).toEqual(shown.slice(-1));
  });

  test('goes by the filters, and its result counts whether it is wanted or not', async () => {
    expect(await told(line(begun('0x9')), { outcomes: ['Cleared'] })).toEqual([]);
    const ends = line(begun('0x9')) + line(ended('0x9'));
    expect(await told(ends, { outcomes: ['Failed'] })).toEqual([]);
    expect(await told(ends, { outcomes: ['Failed'], last: 3 })).toEqual([]);
    expect(await told(line(ended('0x9')), {}, line(begun('0x9')))).toEqual(['0x9 Conflict']);
  });

  test('is looked for on later pages as well', async () => {
    const one = `${lineOf(resultItem(result))}\n`;
    const long = `${'x'.repeat(1024 * 1024 + 1)}\n`;
    const files = new FakeFiles();
    files.put('log.1', line(begun('0x9')) + line(begun('0x8')) + one.repeat(recordsOnPage));
    files.put('log', `${long}\n${line(begun('0x7'))}${line(ended('0x9'))}${one}${line(ended('0x7'))}`);
    const first = await readLog(files, 'log', all);
    expect(first.records).toHaveLength(recordsOnPage - 1);
    expect(first.records.filter(({ begins }) => begins).map(({ key }) => key)).toEqual(['["here",7,"0x8"]']);
    const next = await readLog(files, 'log', all, first.next);
    expect([next.records.length, next.damaged, next.next]).toEqual([5, 1, null]);
    expect(next.records.some(({ begins }) => begins)).toBe(false);
    // Where all of a page have their results, nothing more is read.
    files.put('log', line(begun('0x9')) + line(ended('0x9')) + one.repeat(recordsOnPage) + long);
    expect(await readLog(files, 'log', all)).toMatchObject({ remarks: [] });
  });
});

const all: LogFilter = { disks: [], outcomes: [], after: null, before: null, last: null };

describe('what is read', () => {
  test('comes page by page, across the files and a rename between two pages', async () => {
    const files = new FakeFiles();
    const many = (from: number, count: number) => Array.from({ length: count }, (_, i) =>
      `${lineOf(resultItem({ ...result, Number: from + i }))}\n`).join('');
    files.put('log.1', many(0, 10));
    files.put('log', many(10, 2 * recordsOnPage));
    const numbers: unknown[] = [];
    let next: LogPlace | null = null;
    do {
      const page = await readLog(files, 'log', all, next);
      numbers.push(...page.records.map(({ item }) => (item[0]![1] as { U32: number }).U32));
      next = page.next as LogPlace | null;
      if (numbers.length === recordsOnPage) {
        await files.rename('log', 'log.1');
        files.put('log', many(9999, 1));
      }
    } while (next !== null);
    expect(numbers).toEqual([...Array(10 + 2 * recordsOnPage).keys(), 9999]);
    // It was renamed twice: what is left is newer.
    expect((await readLog(files, 'log', all, { identity: 'gone', position: 5, line: 5 })).records).not.toEqual([]);
  });

  test('is the log alone where another file has the name of the older one, and that is told once', async () => {
    const files = new FakeFiles();
    files.put('log', `${lineOf(resultItem(result))}\n`.repeat(recordsOnPage + 1));
    files.put('log.1', 'my notes\n');
    const page = await readLog(files, 'log', all);
    expect(page.remarks).toEqual([`log.1 was left out: ${foreign}.`]);
    expect([page.records.length, page.damaged]).toEqual([recordsOnPage, 1]);
    expect(await readLog(files, 'log', all, page.next)).toMatchObject({ remarks: [], damaged: 0 });
    expect((await readLog(files, 'log', { ...all, last: 1 })).remarks).toHaveLength(1);
  });

  test('is the older file alone where the log was renamed and not made again', async () => {
    const files = new FakeFiles();
    await expect(readLog(files, 'log', all)).rejects.toThrow('no such file');
    files.put('log.1', `${lineOf(resultItem(result))}\n`);
    expect(await readLog(files, 'log', all)).toMatchObject({ records: [{}], remarks: [], damaged: 0 });
    files.put('log.1', 'my notes');
    await expect(readLog(files, 'log', all)).rejects.toThrow('no such file');
  });

  test('at the end comes without the rest being read', async () => {
    const files = new FakeFiles();
    files.put('log.1', `${lineOf(resultItem({ ...result, Number: 1 }))}\n`);
    files.put('log', `${'x'.repeat(3_000_000)}\n\n${lineOf(resultItem({ ...result, Number: 2 }))}\n`);
    const last = async (count: number) => {
      const { records, damaged, remarks } = await readLog(files, 'log', { ...all, last: count });
      return { numbers: records.map(({ item }) => (item[0]![1] as { U32: number }).U32), damaged, remarks };
    };
    expect(await last(1)).toEqual({ numbers: [2], damaged: 0, remarks: [] });
    expect(await last(2)).toEqual({
      numbers: [1, 2], damaged: 1, remarks: ['Line 3 from the end of log is not a record: it is longer than 1048576 bytes.'],
    });
    const page = await readLog(files, 'log', all);
    expect(page.remarks).toEqual(['Line 1 of log is not a record: it is longer than 1048576 bytes.']);
    files.put('log', 'nonsense\n'.repeat(30));
    expect((await readLog(files, 'log', all)).remarks).toHaveLength(21);
  });
});

describe('who can write', () => {
  const administrators = 'O:BAG:SYD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)';
  const installer = 'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464';
  test.each<[string, string | null, string | null]>([
    [administrators, null, null],
    [`O:${installer}G:${installer}D:PAI(A;;FA;;;${installer})(A;OICIIO;GA;;;CO)(A;;0x1301bf;;;SY)(A;;0x1200a9;;;BU)`, null, null],
    // C:\ProgramData: who makes a folder there owns it, but takes nobody else's place.
    ['O:SYG:SYD:PAI(A;OICIIO;GA;;;CO)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)(A;CI;DCLCRPCR;;;BU)', 'BU', null],
    // C:\: Authenticated Users make folders, and change what is below by inheritance alone.
    ['O:BAG:SYD:PAI(A;OICIIO;SDGXGWGR;;;AU)(A;;LC;;;AU)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)', 'AU', null],
    ['O:BAD:(A;;FA;;;SY)(A;;SD;;;BU)', 'BU', 'BU'], ['O:BAD:(A;;DT;;;BU)', 'BU', 'BU'], ['O:BAD:(A;;WD;;;BU)', 'BU', 'BU'],
    ['O:BAD:(A;;WO;;;BU)', 'BU', 'BU'], ['O:BAD:(A;;GA;;;BU)', 'BU', 'BU'], ['O:BAD:(A;;GW;;;BU)', 'BU', null],
    ['O:BAD:(A;;0x2;;;BU)', 'BU', null], ['O:BAD:(A;;040;;;BU)', null, null], ['O:BAD:(A;;FR;;;BU)', null, null],
    ['O:BAD:(A;;FX;;;WD)', null, null], ['O:BAD:(A;;FW;;;WD)', 'WD', null], ['O:BAD:(OA;;FA;;;WD)', 'WD', 'WD'],
    ['O:BAD:(XA;;FA;;;WD;(Title=="(x)"))', 'WD', 'WD'], ['O:BAD:(D;;FA;;;WD)(A;;FA;;;SY)', null, null],
    ['O:S-1-5-21-1-2-3-1001D:P(A;;FA;;;SY)', 'S-1-5-21-1-2-3-1001', 'S-1-5-21-1-2-3-1001'],
    ['O:S-1-5-21-1-2-3-500D:P(A;;FA;;;S-1-5-21-1-2-3-512)', null, null],
    ['O:S-1-5-21-1-2-3-500D:P(A;;FA;;;S-1-5-21-1-2-3-1512)', 'S-1-5-21-1-2-3-1512', 'S-1-5-21-1-2-3-1512'],
    ['O:BAD:P', null, null],
    // What is not understood may let anybody in.
    ['', 'S-1-1-0', 'S-1-1-0'], ['D:P(A;;FA;;;SY)', 'S-1-1-0', 'S-1-1-0'], ['O:BA', 'S-1-1-0', 'S-1-1-0'],
    ['O:BAD:NO_ACCESS_CONTROL', 'S-1-1-0', 'S-1-1-0'], ['O:BAD:(Q;;FA;;;SY)', 'S-1-1-0', 'S-1-1-0'],
    ['O:BAD:(A;;QQ;;;BU)', 'BU', 'BU'], ['O:BAD:(A;;FA;;;)', 'S-1-1-0', 'S-1-1-0'],
  ])('%s', (sddl, changes, replaces) => {
    expect(untrustedWriter(sddl, changingRights)).toBe(changes);
    expect(untrustedWriter(sddl, replacingRights)).toBe(replaces);
  });

  test('is named as people know them', () =>
    expect(['BU', 'S-1-1-0', 'S-1-5-9'].map(writerName)).toEqual(['Users', 'Everyone', 'S-1-5-9']));

  test.each([
    ['C:\\a\\b', ['C:\\a\\b', 'C:\\a', 'C:\\']], ['C:\\', ['C:\\']], ['C:\\a\\', ['C:\\a\\', 'C:\\']],
    ['\\\\server\\share\\a', ['\\\\server\\share\\a', '\\\\server\\share']], ['C:/a/b', ['C:/a/b', 'C:/a', 'C:\\']],
  ])('in %s and above', (folder, expected) => expect(foldersAbove(folder)).toEqual(expected));
});
