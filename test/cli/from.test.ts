// --from: lists of disks as they are found in files and pipes. What a record means: test/ps/records.test.ts.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ListError, readList } from '../../src/cli/records/list-file.ts';
import { JsonNumber } from '../../src/cli/records/statement.ts';
import { busFile, documentOf, rehearse, run } from './executable.ts';
import { folder, linesOf } from './log-runs.ts';

const read = (text: string | Buffer) => readList(Buffer.from(text));
const rows = [[['UniqueId', 'a'], ['x', 'b']]];

describe('a list is read', () => {
  test.each<[string, string | Buffer]>([
    ['with commas', 'UniqueId,x\na,b\n'], ['with semicolons, as a European spreadsheet writes it', 'UniqueId;x\r\na;b\r\n'],
    ['with tabs', 'UniqueId\tx\na\tb'], ['with bars', 'UniqueId|x\na|b'], ['in quotes', '"UniqueId","x"\r\n"a","b"\r\n'],
    ['with the type that Windows PowerShell writes', '#TYPE System.Object\r\n"UniqueId","x"\r\n"a","b"'],
    ['with the delimiter that a spreadsheet asks for', 'sep=;\r\nUniqueId;x\na;b'],
    ['with a mark of UTF-8', '\ufeffUniqueId,x\na,b'],
    ['as UTF-16, as Windows PowerShell calls Unicode', Buffer.from('\ufeffUniqueId,x\r\na,b\r\n', 'utf16le')],
    ['as UTF-16 the other way round', Buffer.from('\ufeffUniqueId,x\r\na,b\r\n', 'utf16le').swap16()],
    ['with blank lines', '\n\nUniqueId,x\n\na,b\n\n'],
    ['as JSON', '[{"UniqueId":"a","x":"b"}]'], ['as one object', '\ufeff{"UniqueId":"a","x":"b"}'],
    ['as a document of ours', '{"schema":"storage-release/1","results":[{"UniqueId":"a","x":"b"}]}'],
    ['as a list of ours', '{"schema":"storage-release/1","disks":[{"UniqueId":"a","x":"b"}]}'],
    ['as JSON lines', '{"UniqueId":"a","x":"b"}\n'],
  ])('%s', (_, text) => expect(read(text)).toEqual(rows));

  test('with what quotes allow', () => {
    expect(read('UniqueId,x\n"a,\n""q""", z\n"b"c,"d\n')).toEqual([
      [['UniqueId', 'a,\n"q"'], ['x', 'z']],
      { message: 'A quoted field of the record on line 4 of the list has no closing quote: the lines after it were read as its text.', nextStep: expect.any(String) as string },
    ]);
    expect(read('Unique Id;Name\n"x";=cmd|\' /C calc\'!A0\n')).toEqual([[['Unique Id', 'x'], ['Name', '=cmd|\' /C calc\'!A0']]]);
  });

  test('record by record, a bad one costs only itself', () => {
    expect(read('UniqueId\na\nb,c\nd\n')).toMatchObject([[['UniqueId', 'a']],
      { message: 'The record on line 3 of the list has 2 fields, but the list has 1 columns.' }, [['UniqueId', 'd']]]);
    expect(read('#TYPE x\nsep=,\nUniqueId\nb,c\nd\n'))
      .toMatchObject([{ message: 'The record on line 4 of the list has 2 fields, but the list has 1 columns.' }, [['UniqueId', 'd']]]);
    expect(read('{"UniqueId":"a"}\n{"Uni\n[]\n')).toMatchObject([[['UniqueId', 'a']],
      { message: 'Line 2 of the list is not JSON.' }, { message: 'This is not a record: it has no columns.' }]);
    expect(read('[1,null,"x",[],{}]')).toMatchObject([{}, {}, {}, {}, []]);
  });

  test('with every digit of a number', () => {
    expect(read('[{"UniqueId":60050768028306000000000000001100}]'))
      .toEqual([[['UniqueId', new JsonNumber('60050768028306000000000000001100')]]]);
  });

  test('with each member that stands twice, wherever it is', () => {
    const twice = String.raw`{"UniqueId":"a","x":{"y":1,"y":2},"Unique\u0049d":"b","UniqueId":"c\"}{"}`;
    const columns = [['UniqueId', 'a'], ['x', expect.anything()], ['UniqueId ', 'b'], ['UniqueId  ', 'c"}{']];
    expect(read(twice)).toEqual([columns]);
    expect(read(`[${twice}, ${twice}]`)).toEqual([columns, columns]);
    expect(read(`${twice}\n{"UniqueId":"d"}\n`)).toEqual([columns, [['UniqueId', 'd']]]);
  });

  test.each<[string, string | Buffer, RegExp]>([
    ['nothing', '', /^is empty$/], ['blanks', '\ufeff \n', /^is empty$/],
    ['a header alone', 'UniqueId\n', /^has no records$/], ['an empty array', '[]', /^has no records$/],
    ['text', 'these are my disks\n3\n', /^has no column/], ['columns of something else', 'a,b\n1,2\n', /^has no column/],
    ['a program', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1]), /^has no column/],
    ['half of a JSON text', '[{"UniqueId":"a"}', /^is not JSON/], ['no JSON on any line', '{a\n{b\n', /^is not JSON, as a whole/],
    ['a document without results', '{"schema":"storage-release/1","error":{}}', /without results$/],
    ['too many records', `UniqueId\n${'a\n'.repeat(10_001)}`, /^has 10001 records, and at most 10000/],
    ['too many columns', `UniqueId${',a'.repeat(1000)}\nx`, /^has 1001 columns/],
    ['too much', Buffer.alloc(16 * 1024 * 1024 + 1, 0x61), /^is larger than 16 MiB$/],
  ])('not: %s', (_, text, message) => {
    expect(() => read(text)).toThrow(ListError);
    expect(() => read(text)).toThrow(message);
  });
});

describe('--from', () => {
  const uniqueIds = async (): Promise<{ bus: string; ids: string[] }> => {
    const bus = busFile();
    const { disks } = documentOf(await run(['list', '-o', 'json', '--rehearsal', bus]));
    return { bus, ids: disks!.filter(({ Number }) => Number === 1 || Number === 2).map(({ UniqueId }) => String(UniqueId)) };
  };

  test('a file, after the disks that are named; one exit code, one log', async () => {
    const { bus, ids: [one, two] } = await uniqueIds();
    const path = folder();
    const [list, log] = [join(path, 'disks.csv'), join(path, 'release.log')];
    writeFileSync(list, `Number,UniqueId\n9,${two}\n1,\n5,60050768028306A7F0000000000000FF\n`);
    const ran = await run(['release', `id:${one}`, '--from', list, '--yes', '-o', 'json', '--log', log, '--rehearsal', bus]);
    const { results } = documentOf(ran);
    expect(results!.map(({ Outcome, Number }) => [Outcome, Number]))
      .toEqual([['Accepted', 1], ['Accepted', 2], ['Refused', null], ['NotFound', null]]);
    expect(ran.exitCode).toBe(7);
    expect(linesOf(log)).toHaveLength(4);
    expect(results![2]!['Message']).toMatch(/^Record 2 of the list: /);
    expect(results![2]!['NextStep']).toBe('If you mean the disk that has this number now, name it: storage-release release 1. Lists of '
      + 'disks should have the columns UniqueId and SerialNumber.');
  });

  test('stdin, which then cannot answer a question', async () => {
    const { bus, ids: [one] } = await uniqueIds();
    const stdin = `UniqueId\n${one}\n`;
    for (const from of [['--from', '-'], ['--from=-']]) {
      const ran = await run(['release', ...from, '--yes', '-o', 'json', '--rehearsal', bus], { stdin });
      expect(documentOf(ran).results!.map(({ Outcome }) => Outcome)).toEqual(['Accepted']);
    }
    const asked = await run(['release', '--from', '-', '-o', 'json', '--rehearsal', bus], { stdin });
    expect(asked.exitCode).toBe(3);
    expect(documentOf(asked).results![0]!['Message']).toContain('Nobody can confirm this');
    const dry = await run(['release', '--from', '-', '--dry-run', '-o', 'json', '--rehearsal', bus], { stdin });
    expect(dry.exitCode).toBe(0);
  });

  test('a member of JSON that stands twice and says two things: nothing is sent', async () => {
    const { bus, ids: [one, two] } = await uniqueIds();
    for (const [stdin, outcome] of [[`{"UniqueId":"${one}","UniqueId":"${two}"}`, 'Refused'],
      [`{"UniqueId":"${one}","IsBoot":true,"IsBoot":false}`, 'Refused'],
      [`{"UniqueId":"${one}","PSComputerName":"other","PSComputerName":null}`, 'Refused'],
      [`{"UniqueId":"${one}","UniqueId":"${one}"}`, 'Accepted']] as const) {
      const ran = await run(['release', '--from', '-', '--yes', '-o', 'json', '--rehearsal', bus], { stdin });
      expect([stdin, documentOf(ran).results!.map(({ Outcome }) => Outcome)]).toEqual([stdin, [outcome]]);
    }
  });

  test('of status, clear and reserve; and what they give is a list again', async () => {
    const { bus, ids: [one] } = await uniqueIds();
    const stdin = JSON.stringify([{ UniqueId: one }, { Number: 3 }]);
    const outcomes = async (...args: readonly string[]) =>
      documentOf(await run([...args, '--from', '-', '-o', 'json', '--rehearsal', bus], { stdin })).results!.map(({ Outcome }) => Outcome);
    expect(await outcomes('status')).toEqual(['Read', 'Refused']);
    expect(await outcomes('reserve', '--yes')).toEqual(['Reserved', 'Refused']);
    const cleared = await run(['clear', '--method', 'release', '--yes', '--from', '-', '-o', 'json', '--rehearsal', bus], { stdin });
    const { results } = JSON.parse(cleared.stdout) as { results: { Outcome: string; Method: string }[] };
    expect(results.map(({ Outcome }) => Outcome)).toEqual(['Accepted', 'Refused']);
    const again = await run(['release', '--from', '-', '--yes', '-o', 'json', '--rehearsal', bus], { stdin: cleared.stdout });
    expect(documentOf(again).results!.map(({ Outcome }) => Outcome)).toEqual(['Accepted', 'Refused']);
  });

  test.each<[string, (path: string) => string, RegExp]>([
    ['is missing', (path) => join(path, 'none.csv'), /The list .*none\.csv does not exist\./],
    ['is a folder', (path) => path, /The list .* is a folder\./],
    ['is empty', (path) => {
      writeFileSync(join(path, 'x.csv'), 'UniqueId\n');
      return join(path, 'x.csv');
    }, /The list .*x\.csv has no records\./],
  ])('a file that %s is told before anything is sent', async (_, make, words) => {
    const path = folder();
    mkdirSync(join(path, 'd'));
    const ran = await rehearse(['release', '1', '--from', make(path), '--yes', '-o', 'json']);
    expect(ran.exitCode).toBe(2);
    expect(documentOf(ran).error?.message).toMatch(words);
  });

  test('takes the place of the disks that must be named', async () => {
    const { stderr } = await run(['release']);
    expect(stderr).toContain('Name at least one disk: 3, ');
    expect(stderr).toContain('or a list: --from FILE.');
    expect(readFileSync(new URL('release-help.txt', import.meta.url), 'utf8')).toContain('--from');
  });
});
