// The map of hosts and disks: what is read of results, what is joined, what of the page is markup and what is text.

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clixmlLine } from '../../src/clixml/clixml.ts';
import { jsonObject } from '../../src/clixml/json-text.ts';
import { holderItem } from '../../src/holder/result.ts';
import { type Lun, type MapData, cellKinds } from '../../src/map/data.ts';
import { htmlText, mapHead, mapHtml, scriptJson } from '../../src/map/html.ts';
import { mapData } from '../../src/map/join.ts';
import { ClixmlProblem, isClixml, readClixml } from '../../src/map/read-clixml.ts';
import { MapProblem, readMapRows } from '../../src/map/rows.ts';
import { live } from './holder-world.ts';

type Row = Readonly<Record<string, unknown>>;

const reading = (ComputerName: string, of: Row = {}): Row => ({
  ComputerName, Number: 1, FriendlyName: 'DGC VRAID', UniqueId: '60060160A1B24D00', SerialNumber: 'CKM-1', State: 'Unknown',
  Blocked: false, Evidence: 'READ: let in', Keys: null, Outcome: 'Read', StartedAt: '2026-11-29T19:00:00.000Z',
  Message: 'It is free or held here.', ...of,
});
const found = (State: string, of: Row = {}): Row => ({
  FriendlyName: 'DGC VRAID', UniqueId: '60060160A1B24D00', SerialNumber: 'CKM-1', State, Holder: null, SeenBy: '', BlockedOn: '',
  NotAsked: '', Evidence: '', HeldAt: null, Message: '', NextStep: '', ...of,
});
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const draw = (now: readonly Row[], before?: readonly Row[]): MapData => mapData(readMapRows(JSON.stringify(now)),
  before === undefined ? null : readMapRows(JSON.stringify(before)));
const only = (data: MapData): Lun => {
  expect(data.luns).toHaveLength(1);
  return data.luns[0]!;
};
const page = (data: MapData, script = 'go()') =>
  mapHtml(data, { title: 'Map', at: Date.UTC(2026, 10, 29), version: '1.2.3', script });

describe('what is read', () => {
  const row = reading('a');
  test.each<[string, string]>([
    ['one object', JSON.stringify(row)],
    ['a list', JSON.stringify([row])],
    ['a list with a byte-order mark', `\ufeff${JSON.stringify([row])}`],
    ['a document of --output json', JSON.stringify({ schema: 'storage-release/1', command: 'status', results: [row], exitCode: 0 })],
    ['a document on each line', `${JSON.stringify(row)}\n${JSON.stringify({ schema: 'storage-release/1', results: [row] })}\n`],
    ['what Windows PowerShell makes of an array', JSON.stringify({ value: [row], Count: 1 })],
  ])('%s', (_, text) => {
    expect(readMapRows(text).readings[0]).toMatchObject({ host: 'a', number: 1, state: 'Unknown', blocked: false });
  });

  test.each<[string, unknown, number | null]>([
    ['ISO 8601', '2026-11-29T19:00:00.000Z', Date.UTC(2026, 10, 29, 19)],
    ['of Windows PowerShell', '/Date(1796000000000)/', 1796000000000],
    ['of Windows PowerShell, piped', { value: '/Date(1796000000000)/', DisplayHint: 2, DateTime: 'x' }, 1796000000000],
    ['no time', 'yesterday', null],
    ['no time that a date can have', '/Date(99999999999999999)/', null],
    ['nothing', null, null],
  ])('a time, %s', (_, StartedAt, at) => {
    expect(readMapRows(JSON.stringify(reading('a', { StartedAt }))).readings[0]!.at).toBe(at);
  });

  test.each<[string, string]>([
    ['no JSON', 'name,state'], ['no objects', '[1, null, "a"]'], ['nothing', '[]'], ['an error document', '{"schema":"storage-release/1"}'],
    ['other objects', '[{"State":"Online"}]'],
  ])('%s is no map', (_, text) => expect(() => readMapRows(text)).toThrow(MapProblem));

  test('what is neither, or of no disk, is counted', () => {
    expect(readMapRows(JSON.stringify([row, 5, { Key: '0x1', Initiator: 'b' }])).others).toBe(2);
    const none = { UniqueId: null, SerialNumber: null, FriendlyName: null, Blocked: null, Evidence: null };
    const rows = readMapRows(JSON.stringify([row, reading('a', { ...none, Number: 999, Outcome: 'NotFound' }),
      reading('b', { ...none, Number: null, Outcome: 'Refused' })]));
    expect(rows).toMatchObject({ others: 2, silent: [] });
    expect(rows.readings).toHaveLength(1);
  });

  const pretty = (host: string) => JSON.stringify([reading(host)], null, 2).replaceAll('\n', '\r\n');
  test.each<[string, string]>([
    ['several documents of many lines', `${pretty('a')}\r\n${pretty('b')}`],
    ['with the byte-order mark of each', `\ufeff${pretty('a')}\ufeff${pretty('b')}\r\n`],
    ['with nothing between them', `${pretty('a')}${JSON.stringify(reading('b', { Message: '}]{"[ \\" ' }))}`],
    ['CLIXML, with the byte-order mark of each', ['a', 'b'].map((host) => `\ufeff<Objs><Obj RefId="0"><MS>`
      + `<S N="ComputerName">${host}</S><S N="State">Free</S><S N="Evidence">x</S></MS></Obj></Objs>`).join('\n')],
  ])('%s', (_, text) => expect(readMapRows(text).readings.map(({ host }) => host)).toEqual(['a', 'b']));

  test.each<[string, string, string]>([
    ['the second document', `${pretty('a')}\n{\n "State": x\n}\n`, "is not JSON at line 18: Unexpected token 'x'"],
    ['a quotation mark without another', '{"a": "b', 'is not JSON at line 1: '],
    ['a bracket too many', '[]\n]', 'is not JSON at line 2: '],
    ['a comma that is missing', '[1,\n2\n3]', "is not JSON at line 3: Expected ',' or ']' after array element"],
    ['CLIXML', '<Objs>\n<Obj>\n</S>', 'is not CLIXML: </S> at line 3'],
    ['nothing', ' \ufeff\r\n', 'is empty'],
  ])('says where it is not readable: %s', (_, text, message) => expect(() => readMapRows(text)).toThrow(message));

  test.each<[string, string, readonly object[]]>([
    ['a session of its own name', 'name (Runspace5): The session is Closed.', [{ host: 'name (Runspace5)', why: 'The session is Closed.' }]],
    ['an address', 'fe80::1: down: for days; b: no module', [{ host: 'fe80::1', why: 'down: for days' }, { host: 'b', why: 'no module' }]],
  ])('hosts that were not asked: %s', (_, NotAsked, notAsked) =>
    expect(readMapRows(JSON.stringify(found('Undecided', { NotAsked }))).holders[0]).toMatchObject({ notAsked }));

  test('numbers, flags and lists as text, and reasons that have semicolons', () => {
    expect(readMapRows(JSON.stringify([reading('a', { Number: '7', Blocked: 'True' })])).readings[0])
      .toMatchObject({ number: 7, blocked: true });
    expect(readMapRows(JSON.stringify([found('Undecided', {
      SeenBy: 'a, b, and 3 more', NotAsked: 'c: down; since Monday; d: no module; and 2 more',
    })])).holders[0]).toMatchObject({
      seenBy: ['a', 'b'], notAsked: [{ host: 'c', why: 'down; since Monday' }, { host: 'd', why: 'no module' }],
    });
  });
});

describe('CLIXML', () => {
  const objs = (inside: string) => `<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">${inside}</Objs>`;
  test('is what the writer writes of it, whatever characters are in it', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(),
      (text, number, flag) => {
        const line = clixmlLine([[['Text', { S: text }], ['Number', { Db: number }], ['Flag', { B: flag }], ['Nothing', null]], { S: text }, null]);
        expect(isClixml(line)).toBe(true);
        const [object, alone, nothing] = readClixml(line);
        expect(object).toEqual(Object.assign(Object.create(null), { Text: text, Number: number === 0 ? expect.closeTo(0) : number, Flag: flag, Nothing: null }));
        expect([alone, nothing]).toEqual([text, null]);
      }), { numRuns: 200 });
  });

  test.each<[string, string, unknown[]]>([
    ['nothing', '', []],
    ['members beside a scalar', '<Obj RefId="0"><DT>2026-11-29T19:00:00Z</DT><MS><I32 N="DisplayHint">2</I32></MS></Obj>', ['2026-11-29T19:00:00Z']],
    ['a list, and one without anything in it', '<Obj RefId="0"><TN RefId="0"><T>System.Object[]</T></TN><LST><S>a</S><Nil /></LST></Obj><Obj RefId="1"><LST /></Obj>', [['a', null], []]],
    ['properties of both kinds, and what it shows itself as', '<Obj RefId="0"><TN RefId="0"><T>A</T></TN><ToString>A</ToString><Props><S N="a">1</S></Props><MS><U32 N="b">2</U32></MS></Obj>', [{ a: '1', b: 2 }]],
    ['one object twice, and one that is not there', '<Obj RefId="0"><MS><S N="a">1</S></MS></Obj><Ref RefId="0" /><Ref RefId="7" />', [{ a: '1' }, { a: '1' }, null]],
    ['signs of XML and escapes', '<S>&lt;&amp;&gt;&quot;&apos;&#65;&#x42;&other;_x000A__x005F_x000A_&#x110000;</S>', ['<&>"\'AB&other;\n_x000A_&#x110000;']],
    ['names that objects have', '<Obj RefId="0"><MS><S N="__proto__">1</S><S N="constructor">2</S></MS></Obj>', [JSON.parse('{"__proto__":"1","constructor":"2"}')]],
    ['what has no value', '<Obj RefId="0" /><Obj RefId="1"><DCT><En><S N="Key">a</S></En></DCT></Obj>', [null, null]],
  ])('%s', (_, inside, expected) => {
    for (const before of ['', '#< CLIXML\r\n', '<?xml version="1.0"?>\n']) expect(plain(readClixml(before + objs(inside)))).toEqual(plain(expected));
  });

  test.each(['<Objs>', '<Objs><Obj></S></Obj></Objs>', '</Objs>', '<Objs/>a', '<S>a</S>', '<Objs><S>a', '<Objs><!-- a --></Objs>', `<Objs>${'<Obj>'.repeat(60)}`])(
    '%s is none', (text) => expect(() => readClixml(text)).toThrow(ClixmlProblem));

  test('of several hosts in one file is drawn as JSON is', () => {
    const xml = (host: string) => `#< CLIXML\n${objs(`<Obj RefId="0"><MS>${Object.entries(reading(host)).map(([name, value]) => (value === null
      ? `<Nil N="${name}" />` : typeof value === 'string' ? `<S N="${name}">${value}</S>` : typeof value === 'number'
        ? `<U32 N="${name}">${value}</U32>` : `<B N="${name}">${String(value)}</B>`)).join('')}</MS></Obj>`)}`;
    expect(readMapRows(`${xml('a')}\n${xml('b')}\n`)).toEqual(readMapRows(JSON.stringify([reading('a'), reading('b')])));
    expect(() => readMapRows('<Objs><S>')).toThrow(new MapProblem('is not CLIXML: it ends early'));
  });
});

describe('joining', () => {
  test('one identifier is one LUN, whatever its number, its case and its padding', () => {
    const data = draw([reading('node-2', { Number: 4 }), reading('node-10', { Number: 9, UniqueId: ' 60060160a1b24d00 ' })]);
    expect(data.hosts).toEqual(['node-2', 'node-10']);
    expect(only(data)).toMatchObject({ cells: 'ii', twice: false });
  });

  test('without an identifier the serial number, and never the number alone', () => {
    const none = { UniqueId: null };
    expect(draw([reading('a', none), reading('b', none)]).luns).toHaveLength(1);
    const nothing = { UniqueId: null, SerialNumber: null };
    expect(draw([reading('a', nothing), reading('b', nothing)]).luns.map(({ cells }) => cells)).toEqual(['i.', '.i']);
  });

  test.each([['0000000000000000', 'n/a'], ['{256A2559-CE63-5434-1BEE-3FF629DAA3A8}', '0']])(
    'texts that say nothing of a device join nothing: %s, %s', (UniqueId, SerialNumber) => {
      const same = { UniqueId, SerialNumber };
      expect(draw([reading('a', same), reading('b', same)]).luns).toHaveLength(2);
    });

  test('an identity twice: on one host, or with several serial numbers', () => {
    expect(only(draw([reading('a'), reading('a', { Number: 2 })])).twice).toBe(true);
    expect(only(draw([reading('a'), reading('b', { SerialNumber: 'CKM-2' })])).twice).toBe(true);
    expect(only(draw([reading('a'), reading('a', { State: 'Free' })]))).toMatchObject({ twice: false, state: 'Free' });
    const Message = 'a has two devices of this identity: several paths without MPIO, or a target that presents it twice.';
    expect(only(draw([found('Undecided', { SeenBy: 'a', Message })])).twice).toBe(true);
  });
});

describe('cells', () => {
  test.each<[keyof typeof cellKinds, Row]>([
    ['h', { State: 'HeldByThisHost' }], ['b', { State: 'HeldByAnotherHost', Blocked: true }],
    ['b', { State: 'Persistent', Blocked: true, Keys: '0x1' }], ['r', { State: 'Persistent', Keys: '0x1' }],
    ['i', { State: 'Free' }], ['i', { State: 'Unknown' }], ['i', { State: 'NotSupported', Blocked: null }],
    ['s', { State: 'Unknown', Blocked: null }], ['s', { State: 'Unknown', Outcome: 'TimedOut' }],
  ])('%s of a reading with %j', (cell, of) => expect(only(draw([reading('a', of)])).cells).toBe(cell));

  test('of a search: holder, locked out, let in, silent, not asked further, not seen', () => {
    const data = draw([
      found('HeldBy', {
        Holder: 'node-1', SeenBy: 'node-1, node-2, node-3, node-4', BlockedOn: 'node-2', NotAsked: 'node-5: access denied',
        Evidence: 'node-1 let in, no keys 19:00:00.000 +-2 ms; node-3 let in, keys registered 19:00:00.000 +-2 ms',
        HeldAt: '2026-11-29T19:00:00.000Z', Message: 'node-1 holds it.',
      }),
      found('NotReserved', { UniqueId: 'B', SerialNumber: 'B', SeenBy: 'node-6' }),
    ]);
    expect(data.hosts).toEqual(['node-1', 'node-2', 'node-3', 'node-4', 'node-5', 'node-6']);
    expect(data.luns[0]).toMatchObject({ cells: 'hbrvsv', kind: 'held', state: 'Held', holders: [0], heldAt: Date.UTC(2026, 10, 29, 19) });
    // Once it is decided nobody else is heard: whether the others see it, it does not tell.
    expect(data.luns[1]).toMatchObject({ cells: 'vvvvsv', kind: 'free', holders: [] });
    expect(data.silent).toEqual({ 4: 'access denied' });
  });

  test('a disk that a host does not list, and one that it does not find', () => {
    const other = { UniqueId: 'B', SerialNumber: 'B' };
    expect(draw([reading('a'), reading('b', other)]).luns.map(({ cells }) => cells)).toEqual(['i.', '.i']);
    const missing = reading('b', { Outcome: 'NotFound', State: 'Unknown', Number: null, FriendlyName: null, Blocked: null });
    expect(only(draw([reading('a', { State: 'Free' }), missing]))).toMatchObject({ cells: 'i.', kind: 'free', twice: false });
    // What a search did not need of a host is not what the host lists.
    expect(only(draw([found('NotReserved', { SeenBy: 'a' }), reading('b')])).cells).toBe('vi');
    expect(draw([found('NotReserved', { SeenBy: 'a' }), reading('b', other)]).luns.map(({ cells }) => cells)).toEqual(['vv', 'vi']);
  });

  test('a host that could not be asked has a column of its own, and no LUN', () => {
    const dead = reading('dead', { Number: null, FriendlyName: null, UniqueId: null, SerialNumber: null, Blocked: null, State: 'Unknown',
      Outcome: 'Failed', Evidence: null, Message: 'The session is Closed.' });
    const data = draw([reading('a'), dead]);
    expect(only(data).cells).toBe('is');
    expect(data.silent).toEqual({ 1: 'The session is Closed.' });
    expect(only(draw([reading('a'), { ...dead, UniqueId: '60060160A1B24D00' }])).cells).toBe('is');
    expect(only(draw([reading('a'), { ...dead, Number: 4 }])).cells).toBe('is');
    // A disk of its own that could not be read is one.
    expect(draw([reading('a'), { ...dead, Number: 4, DevicePath: '\\\\.\\PhysicalDrive4', Outcome: 'TimedOut' }]).luns).toHaveLength(2);
    expect(draw([dead]).hosts).toEqual(['dead']);
  });

  test('of several readings of a disk the newest counts, wherever it stands', () => {
    const at = (StartedAt: string | null, State: string) => reading('a', { StartedAt, State });
    const [old, young] = [at('2026-11-29T19:00:00Z', 'HeldByThisHost'), at('2026-11-29T20:00:00Z', 'Free')];
    for (const rows of [[old, young], [young, old]]) {
      const data = draw(rows);
      expect(only(data)).toMatchObject({ kind: 'free', cells: 'i', twice: false });
      expect(data.replaced).toBe(1);
    }
    expect(only(draw([young, at(null, 'HeldByThisHost')])).kind).toBe('held');
    const [then, now] = ['2026-11-29T19:00:00Z', '2026-11-29T20:00:00Z'].map((HeldAt, index) => found(index === 0 ? 'HeldBy' : 'NotReserved', { HeldAt, Holder: index === 0 ? 'a' : null }));
    expect(only(draw([now!, then!]))).toMatchObject({ kind: 'free' });
  });

  test('a name that begins another one is not that host', () => {
    const row = found('Undecided', { SeenBy: 'node, node-1', Evidence: 'node-1 locked out 19:00:00.000 +-2 ms' });
    expect(only(draw([row])).cells).toBe('vb');
  });

  test('hosts with one iSCSI name, of which either may hold it, are both its holders', () => {
    const data = draw([found('Persistent', { Holder: 'a or b', SeenBy: 'a, b, c' })]);
    expect(only(data).holders.map((host) => data.hosts[host])).toEqual(['a', 'b']);
  });

  test('a search and readings together: the search says who holds it, the readings what each was answered', () => {
    const held = found('HeldBy', { Holder: 'a', SeenBy: 'a, b', BlockedOn: 'b' });
    expect(only(draw([held, reading('a'), reading('b', { Blocked: true }), reading('c')]))).toMatchObject({ cells: 'hbi', kind: 'held' });
  });
});

describe('the state of a LUN that nobody searched for', () => {
  const other = { State: 'HeldByAnotherHost', Blocked: true };
  test.each<[string, readonly Row[], Partial<Lun>]>([
    ['held here', [reading('a', { State: 'HeldByThisHost' }), reading('b', other)], { kind: 'held', state: 'Held', holders: [0] }],
    ['held by nobody that was asked', [reading('a', other)], { kind: 'held', state: 'Held by another host', holders: [] }],
    ['persistent', [reading('a', { State: 'Persistent' }), reading('b')], { kind: 'persistent' }],
    ['free', [reading('a', { State: 'Free' }), reading('b')], { kind: 'free', state: 'Free' }],
    ['no reservations', [reading('a', { State: 'NotSupported' })], { kind: 'free', state: 'No reservations' }],
    ['not told', [reading('a'), reading('b')], { kind: 'undecided', message: '' }],
    ['contradicted', [reading('a', { State: 'Free' }), reading('b', other)], { kind: 'undecided', holders: [] }],
    ['held twice', [reading('a', { State: 'HeldByThisHost' }), reading('b', { State: 'HeldByThisHost' })], { kind: 'undecided', holders: [] }],
  ])('%s', (_, rows, expected) => expect(only(draw(rows))).toMatchObject(expected));
});

describe('a persistent reservation', () => {
  const told = { State: 'Persistent', Keys: '0x1 0x2', HolderKey: '0x1', Type: 'Exclusive Access' };
  test('is told as the host read it that was told most, and by nothing where nobody was', () => {
    const Registrants = '0x1 FC 2100 (holder, target port 1)\n0x2 FC 2101 (target port 1)';
    expect(only(draw([reading('a', { State: 'Persistent' }), reading('b', { ...told, Registrants })])).persistent).toEqual({
      holderKey: '0x1', type: 'Exclusive Access', registrants: Registrants.split('\n'),
    });
    expect(only(draw([reading('a', told)])).persistent).toEqual({ holderKey: '0x1', type: 'Exclusive Access', registrants: [] });
    expect(only(draw([reading('a', { State: 'Persistent', Keys: '0x1' })])).persistent).toBe(null);
    expect(only(draw([reading('a')])).persistent).toBe(null);
  });

  test('is told as the search names its hosts, and they are marked', () => {
    const Registrants = '0x1 iqn.x:a (holder, a)\n0x2 iqn.x:c (no host that was asked)';
    const lun = only(draw([found('Persistent', { ...told, Holder: 'a', SeenBy: 'a, b', Registrants }), reading('a', told), reading('b', told)]));
    expect(lun).toMatchObject({ holders: [0], cells: 'hr', persistent: { registrants: Registrants.split('\n') } });
    expect(only(draw([found('Persistent', { Holder: 'a, b', SeenBy: 'a, b', Type: 'Exclusive Access - All Registrants' })])))
      .toMatchObject({ holders: [0, 1], cells: 'hh', persistent: { holderKey: null } });
  });
});

describe('compared with before', () => {
  const other = { State: 'HeldByAnotherHost', Blocked: true };
  test('what is new, gone, changed, and the same', () => {
    const id = (UniqueId: string, of: Row = {}) => ({ ...of, UniqueId, SerialNumber: null });
    const data = draw(
      [reading('a', id('A1')), reading('a', id('B1', other)), reading('a', id('C1'))],
      [reading('a', id('A1')), reading('a', id('B1', { State: 'HeldByThisHost' })), reading('a', id('D1'))]);
    expect(data.luns.map(({ uniqueId, change }) => [uniqueId, change]))
      .toEqual([['A1', null], ['B1', 'changed'], ['C1', 'new'], ['D1', 'gone']]);
    expect(data.luns[1]!.before).toEqual({ state: 'Held by a', cells: 'h' });
    expect(data.compared).toBe(true);
    expect(page(data)).toContain('data-filter="changed"');
    expect(page(draw([reading('a')]))).not.toContain('data-filter="changed"');
  });
});

describe('only what both times tell is compared', () => {
  const other = { State: 'HeldByAnotherHost', Blocked: true };
  const b = { UniqueId: 'B', SerialNumber: 'B' };
  const changes = (now: readonly Row[], before: readonly Row[]) => draw(now, before).luns.map(({ name, change }) => `${name} ${change}`);
  test.each<[string, readonly Row[], readonly Row[]]>([
    ['who had reported when the search was decided', [found('NotReserved', { SeenBy: 'a' })], [found('NotReserved', { SeenBy: 'b' })]],
    ['what the search asked of them',
      [found('NotReserved', { SeenBy: 'a, b', Evidence: 'a let in, no keys 19:00:00.000 +-2 ms' })], [found('NotReserved', { SeenBy: 'a' })]],
    ['a host that was not asked then', [reading('a'), reading('b')], [reading('a')]],
    ['a host that is not asked now', [reading('a')], [reading('a'), reading('b')]],
    ['a LUN that only a host sees which was not asked then', [reading('a'), reading('b', b)], [reading('a')]],
    ['a host that was silent', [reading('a')], [reading('a', { State: 'Unknown', Outcome: 'TimedOut', Blocked: null })]],
    ['the other kind of objects', [found('HeldBy', { Holder: 'b', SeenBy: 'a, b', BlockedOn: 'a' })],
      [reading('a', other), reading('b', { Blocked: null }), reading('b', { ...b, State: 'NotSupported' })]],
    ['what is decided now, and was not', [reading('a'), reading('b', other)], [reading('a')]],
  ])('%s', (_, now, before) => {
    const data = draw(now, before);
    expect(data.luns.filter(({ change }) => change !== null)).toEqual([]);
    expect(data.compared).toBe(true);
  });

  test('a LUN that only a silent host saw is not gone', () => {
    const silent = reading('b', { Number: null, FriendlyName: null, UniqueId: null, SerialNumber: null, Outcome: 'Failed', Evidence: null });
    expect(changes([reading('a'), silent], [reading('a'), reading('b', b)])).toEqual(['DGC VRAID null']);
    // One that could not be read was there.
    expect(changes([reading('a')], [reading('a'), reading('a', { ...b, Number: 2, Outcome: 'TimedOut' })])).toEqual(['DGC VRAID null', 'DGC VRAID gone']);
    expect(changes([reading('a'), reading('b')], [reading('a'), reading('b', b)])).toEqual(['DGC VRAID changed', 'DGC VRAID gone']);
  });

  test('what both tell otherwise is a change', () => {
    const held = (Holder: string, of: Row = {}) => found('HeldBy', { Holder, SeenBy: Holder, ...of });
    expect(changes([held('c')], [held('a')])).toEqual(['DGC VRAID changed']);
    expect(changes([found('NotReserved', { SeenBy: 'a' })], [reading('a', other)])).toEqual(['DGC VRAID changed']);
    const registered = (Holder: string) => found('Persistent', { Holder, SeenBy: 'a, b', Type: 'Exclusive Access - All Registrants' });
    expect(changes([registered('a')], [registered('a, b')])).toEqual(['DGC VRAID changed']);
    expect(changes([registered('a, c')], [registered('a')])).toEqual(['DGC VRAID null']);
  });

  const persistent = (HolderKey: string | null, Type: string | null, of: Row = {}) =>
    reading('a', { State: 'Persistent', Keys: '0x1 0x2', HolderKey, Type, ...of });
  test.each<[string, Row, Row, object]>([
    ['the key', persistent('0x2', 'Exclusive Access'), persistent('0x1', 'Exclusive Access'), { holderKey: '0x1' }],
    ['the type', persistent('0x1', 'Exclusive Access'), persistent('0x1', 'Write Exclusive'), { type: 'Write Exclusive' }],
    ['both', persistent('0x2', 'Exclusive Access'), persistent('0x1', 'Write Exclusive'), { holderKey: '0x1', type: 'Write Exclusive' }],
    ['to all registrants, which no key holds', persistent(null, 'Exclusive Access - All Registrants'), persistent('0x1', 'Exclusive Access'), { type: 'Exclusive Access' }],
  ])('a persistent reservation that has another holder by %s is a change', (_, now, was, differs) => {
    expect(only(draw([now], [was]))).toMatchObject({ change: 'changed', before: { state: 'Persistent', cells: 'r', ...differs } });
    expect(Object.keys(only(draw([now], [was])).before!)).toEqual(['state', 'cells', ...Object.keys(differs)]);
  });

  test('of a search whose host stays the holder, the key as well', () => {
    const held = (HolderKey: string) => found('Persistent', { Holder: 'a', SeenBy: 'a', HolderKey, Type: 'Exclusive Access' });
    expect(only(draw([held('0x2')], [held('0x1')]))).toMatchObject({ change: 'changed', before: { state: 'Persistent by a', holderKey: '0x1' } });
  });

  test.each<[string, Row, Row]>([
    ['then', persistent('0x2', 'Exclusive Access'), persistent(null, null)],
    ['now', persistent(null, null), persistent('0x1', 'Exclusive Access')],
    ['but in capital letters', persistent('0xAB', 'Exclusive Access'), persistent('0xab', 'Exclusive Access')],
  ])('a key that is not told %s is no change', (_, now, was) => expect(only(draw([now], [was]))).toMatchObject({ change: null, before: null }));

  test('the page says with what, and whether that is later', () => {
    const at = (StartedAt: string | null) => [reading('a', { StartedAt })];
    expect(page(draw(at('2026-11-29T19:00:00Z'), at('2026-11-22T07:30:00Z')))).toContain('Compared with results of 2026-11-22 07:30 UTC.</p>');
    expect(page(draw(at('2026-11-20T19:00:00Z'), at('2026-11-22T07:30:00Z')))).toContain('2026-11-22 07:30 UTC, which are later than these.');
    expect(page(draw(at('2026-11-20T19:00:00Z'), at(null)))).toContain('Compared with results of another time.');
    expect(page(draw(at(null)))).not.toContain('Compared');
  });
});

describe('the page', () => {
  const hostile = '</script><script>alert(1)</script><!--"\'&\u2028\u2029<img src=x onerror=alert(1)>';

  test('has nothing of a device as markup, wherever it stands', () => {
    const names = ['FriendlyName', 'UniqueId', 'SerialNumber', 'State', 'Evidence', 'Keys', 'Message', 'NextStep', 'ComputerName'];
    const rows = [
      reading('a', Object.fromEntries(names.map((name) => [name, hostile]))),
      found(hostile, { FriendlyName: hostile, UniqueId: hostile, Holder: hostile, SeenBy: hostile, Evidence: hostile, NotAsked: `x: ${hostile}`, Message: hostile }),
    ];
    const text = mapHtml(draw(rows, rows), { title: hostile, at: 0, version: hostile, script: 'go()' });
    expect(text.match(/<script/g)).toHaveLength(2);
    expect(text.match(/<\/script>/g)).toHaveLength(2);
    expect(text).not.toMatch(/<img|<!--/);
    const json = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(text)![1]!;
    expect(json).toMatch(/^[ -~]*$/);
    expect(json).not.toMatch(/[<>&]/);
    expect((JSON.parse(json) as MapData).luns[0]!.name).toBe(hostile.replace(/[\u2028\u2029]/g, '?'));
  });

  test('texts in markup and in scripts', () => {
    expect(htmlText('<a href="x">\'&')).toBe('&lt;a href=&quot;x&quot;&gt;&#39;&amp;');
    expect(scriptJson('</>&\u2028\u00e9')).toBe('"\\u003c/\\u003e\\u0026\\u2028\\u00e9"');
  });

  test('allows its own script and style by their hashes, and nothing else', () => {
    const text = page(draw([reading('a')]), 'own()');
    const hash = createHash('sha256').update('own()').digest('base64');
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(text)![1]!.replaceAll('&#39;', "'");
    expect(policy).toMatch(new RegExp(
      `^default-src 'none'; script-src 'sha256-${hash.replace(/[+/]/g, '\\$&')}'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'$`));
    expect(text).not.toMatch(/https?:|\ssrc=|\shref=|url\(|@import/);
    expect(text.startsWith(mapHead)).toBe(true);
  });

  test('counts on top', () => {
    const id = (UniqueId: string, State: string) => reading('a', { UniqueId, SerialNumber: null, State });
    const text = page(draw([id('A1', 'Free'), id('B1', 'HeldByThisHost'), id('C1', 'Persistent'), id('D1', 'Unknown'), id('E1', 'Free')]));
    const counts = [...text.matchAll(/data-filter="(\w+)".*?<b>(\d+)<\/b>/g)].map(([, name, count]) => `${name} ${count}`);
    expect(counts).toEqual(['all 5', 'held 1', 'persistent 1', 'undecided 1', 'free 2', 'twice 0']);
    expect(text).toContain('5 LUNs, 1 host.');
  });

  test.each([[1, 1, 20], [12, 200, 400], [200, 1000, 12_000]])('%i hosts and %i disks are less than so many KiB: %i', (hosts, disks, kib) => {
    const readings = Array.from({ length: hosts * disks }, (_, at) => {
      const [host, disk] = [at % hosts, Math.floor(at / hosts)];
      return { ...readMapRowsOf(`host-${host}`, disk), at: 1_796_000_000_000 + at };
    });
    const data = mapData({ holders: [], readings, silent: [], others: 0 });
    expect(data.luns).toHaveLength(disks);
    expect(data.hosts).toHaveLength(hosts);
    expect(page(data).length).toBeLessThan(kib * 1024);
  });
});

const template = readMapRows(JSON.stringify(reading('a'))).readings[0]!;
const readMapRowsOf = (host: string, disk: number) =>
  ({ ...template, host, number: disk, uniqueId: `60060160A1B24D00${disk + 16}`, serialNumber: `CKM-${disk}` });

describe('what real searches tell', () => {
  test('the holder is marked, who is locked out and who sees it, as the search says', async () => {
    const kinds = new Map<string, number>();
    for (let seed = 1; seed <= 60; seed += 1) {
      const told = await live({ seed, windowMs: 2000, shortestHoldMs: 2000, longestHoldMs: 8000, longShare: 0.3 });
      if (told === null) continue;
      const { result } = told;
      const data = draw([jsonObject(holderItem(result))]);
      const lun = only(data);
      const cell = (host: string) => lun.cells[data.hosts.indexOf(host)];
      expect(lun.holders.map((host) => data.hosts[host]).join(', ') || null).toBe(result.Holder);
      for (const [at, each] of [...lun.cells].entries()) expect(each === 'h', `seed ${seed}`).toBe(data.hosts[at] === result.Holder);
      for (const host of result.BlockedOn.split(', ').filter((name) => name !== '')) expect(cell(host)).toBe('b');
      for (const host of result.SeenBy.split(', ').filter((name) => name !== '')) expect(cell(host)).toMatch(/[hbirvs]/);
      expect(lun).toMatchObject({ message: result.Message, heldAt: result.HeldAt?.getTime() ?? null });
      kinds.set(result.State, (kinds.get(result.State) ?? 0) + 1);
    }
    for (const state of ['NotReserved', 'HeldBy', 'HeldByUnlistedHost', 'Undecided']) {
      expect(kinds.get(state) ?? 0, JSON.stringify([...kinds])).toBeGreaterThan(0);
    }
  });
});
