import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { type Schema, firstFinding } from '../../src/bus/rehearsal/json-schema.ts';
import type { UnitState } from '../../src/bus/rehearsal/unit-state.ts';
import { oddPassThroughRows, oddRows } from '../../src/bus/rehearsal/odd-answers.ts';
import { RehearsalFileError, readRehearsal, withState } from '../../src/bus/rehearsal/rehearsal-file.ts';

const folder = new URL('../../ps/rehearsal/', import.meta.url);
const load = (name: string) => readFileSync(new URL(name, folder), 'utf8');
const schema = JSON.parse(load('rehearsal.schema.json')) as Schema;
const ajv = new Ajv2020({ allowUnionTypes: true }).compile(schema as object);

/** A file of one host with disks of one unit each; `change` works on the parsed document. */
function file(change: (document: any) => void): string {
  const document = {
    version: 1, thisHost: 'host-a',
    logicalUnits: [{ name: 'one' }, { name: 'two' }],
    hosts: { 'host-a': { disks: [{ number: 1, unit: 'one' }, { number: 2, unit: 'two' }] }, 'host-b': {} },
  };
  change(document);
  return JSON.stringify(document, null, 2);
}

function messageOf(text: string): string | null {
  try {
    readRehearsal(text, 'bus.json');
    return null;
  } catch (error) {
    expect(error).toBeInstanceOf(RehearsalFileError);
    return (error as Error).message;
  }
}

describe('a member that is there twice', () => {
  const twice = (what: string, more: string) => file(() => {}).replace(what, `${what}${more}`);

  test.each<[string, string, string]>([
    ['state', twice('{', '\n"state": {}, "state": {},'), 'line 2, column 14: /state'],
    ['by an escape', twice('{', '\n"state": {}, "st\\u0061te": {},'), 'line 2, column 14: /state'],
    ['a host', twice('"hosts": {', '\n"host-a": {},'), 'line 14, column 5: /hosts/host-a'],
    ['a property of a unit', twice('"name": "one"', ', "name": "one"'), 'line 6, column 22: /logicalUnits/0/name'],
    ['of every object\'s', twice('"hosts": {', '"__proto__": {}, "__proto__": {},'), 'line 12, column 30: /hosts/__proto__'],
    ['what a fault holds', twice('"unit": "two"', ', "faults": {"busy": 1, "busy": 2}'),
      'line 21, column 48: /hosts/host-a/disks/1/faults/busy'],
  ])('%s', (_name, text, place) => {
    expect(messageOf(text)).toBe(`bus.json: ${place}: is there twice`);
  });
});

describe('more than anybody can hold', () => {
  test.each<[string, (document: any) => void, string]>([
    ['units', (d) => (d.logicalUnits[1] = { name: 'u{0}', repeat: 100_000,
      registrations: [{ initiator: 'host-a', key: '0x1', repeat: 100_000 }] }), '/logicalUnits/1'],
    ['hosts', (d) => (d.hosts['h{0}'] = { repeat: 100_000, disks: [{ number: 1, unit: 'one', repeat: 100_000 }] }),
      '/hosts/h{0}'],
    ['state', (d) => (d.state = { two: { registrations: Array.from({ length: 99 }, (_, i) =>
      ({ initiator: `h${i}`, key: '0x1', repeat: 100_000 })) } }), '/state/two'],
    ['texts', (d) => Object.assign(unit(d), { name: '{0}', repeat: 100_000, serial: 'x'.repeat(9_000) }),
      '/logicalUnits/1'],
  ])('%s', (_name, change, place) => {
    expect(messageOf(file(change)))
      .toBe(`bus.json: ${place}: comes to more than 5000000 values once it is repeated`);
  });
});

const disk = (document: any) => document.hosts['host-a'].disks[1];
const fault = (faults: object) => (document: any) => void (disk(document).faults = faults);
const unit = (document: any) => document.logicalUnits[1];

describe('text that is no JSON', () => {
  test.each([
    ['nothing', '', 'line 1, column 1: not JSON: a value must stand here, not the end of the text'],
    ['cut off', '{\n  "version": 1,\n',
      'line 3, column 1: not JSON: the name of a member, in double quotes, must stand here, not the end of the text'],
    ['cut off in a text', '{ "a": "b', 'line 1, column 10: not JSON: a character, an escape or the closing quote of a '
      + 'text must stand here, not the end of the text'],
    ['a comma too many', '{\n  "version": 1,\n}',
      'line 3, column 1: not JSON: the name of a member, in double quotes, must stand here, not "}"'],
    ['a comma too few', '[1 2]', 'line 1, column 4: not JSON: a comma or ] must stand here, not "2"'],
    ['no colon', '{"a" 1}', 'line 1, column 6: not JSON: a colon must stand here, not "1"'],
    ['a brace too few', '{"a": {"b": 1]}', 'line 1, column 14: not JSON: a comma or } must stand here, not "]"'],
    ['a word', '{\n  "version": one\n}', 'line 2, column 14: not JSON: a value must stand here, not "o"'],
    ['a word and a byte-order mark', '\uFEFF{\n  "version": one\n}',
      'line 2, column 14: not JSON: a value must stand here, not "o"'],
    ['a byte-order mark alone on the line', '\uFEFFx', 'line 1, column 1: not JSON: a value must stand here, not "x"'],
    ['a comment', '{ // mine\n}',
      'line 1, column 3: not JSON: the name of a member, in double quotes, must stand here, not "/"'],
    ['a line end in a text', '["a\nb"]', 'line 1, column 4: not JSON: a character, an escape or the closing quote of a '
      + 'text must stand here, not "\\n"'],
    ['an escape that is none', String.raw`["\x"]`, 'line 1, column 3: not JSON: a character, an escape or the closing '
      + String.raw`quote of a text must stand here, not "\\"`],
    ['two documents', '{}\n{}', 'line 2, column 1: not JSON: nothing more must stand here, not "{"'],
    ['half a pair', '\uD800', String.raw`line 1, column 1: not JSON: a value must stand here, not "\ud800"`],
    ['too deep', '{\n"state": ' + '['.repeat(33),
      `line 2, column 42: /state${'/0'.repeat(32)}: is nested more than 32 deep`],
  ])('%s', (_name, text, message) => {
    expect(messageOf(text)).toBe(`bus.json: ${message}`);
  });
});

describe('what the schema says', () => {
  test.each<[string, (document: any) => void, string]>([
    ['a number as text', (d) => (disk(d).number = '3'),
      '/hosts/host-a/disks/1/number: must be a whole number from 0 to 4294967294, not "3"'],
    ['a number that stands for none', (d) => (disk(d).number = 4294967295),
      '/hosts/host-a/disks/1/number: must be a whole number from 0 to 4294967294, not 4294967295'],
    ['half a number', (d) => (disk(d).number = 1.5),
      '/hosts/host-a/disks/1/number: must be a whole number from 0 to 4294967294, not 1.5'],
    ['another version', (d) => (d.version = 2), '/version: must be 1, not 2'],
    ['no version', (d) => delete d.version, 'must have the property version'],
    ['a list', () => {}, ''],
    ['an unknown property', (d) => (disk(d).nubmer = 3),
      '/hosts/host-a/disks/1/nubmer: is not known here; known are number, unit, repeat, initiators, pathPolicy, '
      + 'scsiAddress, interfacePath, boot, system, clustered, clusterSharedVolume, pagefile, poolMember, timeoutSeconds, faults'],
    ['an unknown fault', fault({ slow: 1 }),
      '/hosts/host-a/disks/1/faults/slow: is not known here; known are delayMs, openDelayMs, openHangs, openFails, '
      + 'hangs, cancellable, vanishesAfter, notReady, busy, silent, status, prInFails, prInAnswers, prOut, '
      + 'passThroughFails, passThroughAnswers, renumberedTo, answersAs'],
    ['a property of every object', (d) => (disk(d).constructor = 3),
      '/hosts/host-a/disks/1/constructor: is not known here; known are number, unit, repeat, initiators, pathPolicy, '
      + 'scsiAddress, interfacePath, boot, system, clustered, clusterSharedVolume, pagefile, poolMember, timeoutSeconds, faults'],
    ['a missing property', (d) => delete disk(d).unit, '/hosts/host-a/disks/1: must have the property unit'],
    ['yes for true', (d) => (disk(d).boot = 'yes'),
      '/hosts/host-a/disks/1/boot: must be true or false, not "yes"'],
    ['no paths', (d) => (disk(d).initiators = []),
      '/hosts/host-a/disks/1/initiators: must be a list of at least 1, not []'],
    ['disks by name', (d) => (d.hosts['host-a'].disks = { a: 1 }),
      '/hosts/host-a/disks: must be a list, not {"a":1}'],
    ['a host with / and ~', (d) => (d.hosts['a/b~c'] = 1), '/hosts/a~1b~0c: must be an object, not 1'],
    ['a status in decimal', fault({ status: '3221225472' }),
      '/hosts/host-a/disks/1/faults/status: must be text like "0xC0000185", not "3221225472"'],
    ['a count that is none', fault({ busy: 'often' }),
      '/hosts/host-a/disks/1/faults/busy: must be a whole number from 0 to 1000000 or true or false, not "often"'],
    ['an odd answer that there is not', fault({ prInAnswers: 'odd' }),
      '/hosts/host-a/disks/1/faults/prInAnswers: must be one of "empty", "short", "headerOnly", "long", '
      + '"lengthTooLarge", "lengthOdd", "garbage", not "odd"'],
    ['another target', (d) => (unit(d).target = 'scst'),
      '/logicalUnits/1/target: must be one of "tgt", "LIO", not "scst"'],
    ['a key as a number', (d) => (unit(d).registrations = [{ initiator: 'host-a', key: 1 }]),
      '/logicalUnits/1/registrations/0/key: must be text like "0x5aa50001", not 1'],
    ['a reservation type of Linux', (d) => (unit(d).persistentReservation = { type: 2 }),
      '/logicalUnits/1/persistentReservation/type: must be one of 1, 3, 5, 6, 7, 8, not 2'],
    ['a holder that is a number', (d) => (unit(d).reservedBy = 7),
      '/logicalUnits/1/reservedBy: must be text or null, not 7'],
    ['text that no device sends', (d) => (unit(d).serial = '\u0416'),
      '/logicalUnits/1/serial: must be text like "IBM", not "\u0416"'],
    ['a long wrong value', (d) => (unit(d).target = 'x'.repeat(99)),
      `/logicalUnits/1/target: must be one of "tgt", "LIO", not "${'x'.repeat(56)}...`],
    ['an answer to PERSISTENT RESERVE OUT that there is not', fault({ prOut: [{ done: true, answer: '5-1A00' }] }),
      '/hosts/host-a/disks/1/faults/prOut/0/answer: must be text like "5/1A00", not "5-1A00"'],
    ['a service action that Windows does not send',
      fault({ prOut: [{ done: true, action: 'REGISTER AND MOVE' }] }),
      '/hosts/host-a/disks/1/faults/prOut/0/action: must be one of "REGISTER", "RESERVE", "RELEASE", "CLEAR", '
      + '"PREEMPT", "PREEMPT AND ABORT", "REGISTER AND IGNORE EXISTING KEY", not "REGISTER AND MOVE"'],
    ['a port past the last', (d) => (disk(d).scsiAddress = { port: 256, lun: 0 }),
      '/hosts/host-a/disks/1/scsiAddress/port: must be a whole number from 0 to 255, not 256'],
    ['an address without a LUN', (d) => (disk(d).scsiAddress = { port: 2 }),
      '/hosts/host-a/disks/1/scsiAddress: must have the property lun'],
    ['an address as text', (d) => (disk(d).scsiAddress = '2:0:0:1'),
      '/hosts/host-a/disks/1/scsiAddress: must be an object or null, not "2:0:0:1"'],
    ['an adapter without a number', (d) => (d.hosts['host-a'].adapters = [{ named: false }]),
      '/hosts/host-a/adapters/0: must have the property port'],
    ['a reset that there is not', (d) => (d.hosts['host-a'].adapters = [{ port: 2, breakReservation: 'lun' }]),
      '/hosts/host-a/adapters/0/breakReservation: must be one of "unit", "target", "bus", "nothing", '
      + '"unsupported", not "lun"'],
    ['a path that is none', (d) => (disk(d).interfacePath = 'C:'),
      '/hosts/host-a/disks/1/interfacePath: must be text like '
      + '"\\\\\\\\?\\\\scsi#disk&ven_ibm#1#{53f56307-b6bf-11d0-94f2-00a0c91efb8b}", not "C:"'],
  ])('%s', (name, change, message) => {
    const text = name === 'a list' ? '[]' : file(change);
    expect(messageOf(text)).toBe(`bus.json: ${name === 'a list' ? 'must be an object, not []' : message}`);
    expect(ajv(JSON.parse(text))).toBe(false);
  });
});

describe('what the schema cannot say', () => {
  test.each<[string, (document: any) => void, string]>([
    ['two disks of one number', (d) => (disk(d).number = 1),
      '/hosts/host-a/disks/1/number: there is another disk 1 on host-a'],
    ['numbers that repeat runs into', (d) => {
      unit(d).name = 'two {0}';
      unit(d).repeat = 3;
      Object.assign(disk(d), { unit: 'two {0}', repeat: 3, number: 0 });
    }, '/hosts/host-a/disks/1/number: there is another disk 1 on host-a'],
    ['numbers past the last', (d) => Object.assign(disk(d), { number: 4294967294, repeat: 2, unit: 'two' }),
      '/hosts/host-a/disks/1/repeat: leads past the number 4294967294'],
    ['a unit that is not there', (d) => (disk(d).unit = 'three'),
      '/hosts/host-a/disks/1/unit: there is no logical unit called "three"'],
    ['a unit past the count', (d) => Object.assign(disk(d), { unit: 'lun-{00}', repeat: 2 }),
      '/hosts/host-a/disks/1/unit: there is no logical unit called "lun-01"'],
    ['an impostor that is not there', fault({ answersAs: 'three' }),
      '/hosts/host-a/disks/1/faults/answersAs: there is no logical unit called "three"'],
    ['two units of one name', (d) => (unit(d).name = 'one'),
      '/logicalUnits/1/name: there is another logical unit called "one"'],
    ['this host is not there', (d) => (d.thisHost = 'host-c'),
      '/thisHost: there is no host called "host-c" in hosts'],
    ['a holder that is not there', (d) => (unit(d).reservedBy = 'host-c'),
      '/logicalUnits/1/reservedBy: there is no initiator called "host-c"'],
    ['a registrant that is not there', (d) => (unit(d).registrations = [{ initiator: 'host-c', key: '0x1' }]),
      '/logicalUnits/1/registrations/0/initiator: there is no initiator called "host-c"'],
    ['a registrant twice', (d) => (unit(d).registrations = ['0x1', '0x2'].map((key) =>
      ({ initiator: 'host-a', key }))),
      '/logicalUnits/1/registrations/1/initiator: "host-a" is registered twice'],
    ['a registrant twice, by repetition', (d) => (unit(d).registrations = [{ initiator: 'host-b', key: '0x1' },
      { initiator: 'host-a', key: '0x{0}', repeat: 2 }]),
      '/logicalUnits/1/registrations/1/initiator: "host-a" is registered twice'],
    ['a key of 17 digits, by repetition', (d) => (unit(d).registrations = [
      { initiator: 'host-a', key: '0x{00000000000000000}', repeat: 1 },
      { initiator: 'host-b', key: '0xfffffffffffffff{00}', repeat: 1 }]),
      '/logicalUnits/1/registrations/1/key: must have 16 hexadecimal digits at most'],
    ['two hosts of one name', (d) => (d.hosts['host-{0}'] = { repeat: 2 }, d.hosts['host-2'] = {}),
      '/hosts/host-2: there is another host called "host-2"'],
    ['a holder that is not registered', (d) => (unit(d).persistentReservation = { holder: 'host-a', type: 1 }),
      '/logicalUnits/1/persistentReservation/holder: "host-a" is not registered'],
    ['no holder', (d) => (unit(d).persistentReservation = { type: 5 }),
      '/logicalUnits/1/persistentReservation: must have the property holder with type 5'],
    ['a holder where all hold', (d) => (unit(d).persistentReservation = { holder: 'host-a', type: 7 }),
      '/logicalUnits/1/persistentReservation/holder: must not be there with type 7'],
    ['an anchor where one holds', (d) => Object.assign(unit(d), {
      registrations: [{ initiator: 'host-a', key: '0x1' }],
      persistentReservation: { holder: 'host-a', type: 5, anchor: 'host-a' } }),
      '/logicalUnits/1/persistentReservation/anchor: must not be there with type 5'],
    ['an anchor that is not registered', (d) => Object.assign(unit(d), {
      registrations: [{ initiator: 'host-a', key: '0x1' }],
      persistentReservation: { type: 7, anchor: 'host-b' } }),
      '/logicalUnits/1/persistentReservation/anchor: "host-b" is not registered'],
    ['a session of nobody',
      (d) => (unit(d).registrations = [{ initiator: 'host-c (ended session 1)', key: '0x1' }]),
      '/logicalUnits/1/registrations/0/initiator: there is no initiator called "host-c"'],
    ['nobody where all hold', (d) => (unit(d).persistentReservation = { type: 8 }),
      '/logicalUnits/1/persistentReservation: must have a registration with type 8'],
    ['somebody to tell who is not there', (d) => (unit(d).unitAttentions = { 'host-c': ['2900'] }),
      '/logicalUnits/1/unitAttentions/host-c: there is no initiator called "host-c"'],
    ['a stranger that logged out', (d) => (d.state = { two: { loggedOut: ['host-a', 'host-c'] } }),
      '/state/two/loggedOut/1: there is no initiator called "host-c"'],
    ['a type that no standard has, held by nobody',
      (d) => (d.state = { two: { persistentReservation: { type: 2 } } }),
      '/state/two/persistentReservation: must have the property holder with type 2'],
    ['a command that is neither done nor answered', fault({ prOut: [{ done: true }, { done: false }] }),
      '/hosts/host-a/disks/1/faults/prOut/1: must have the property answer where done is false'],
    ['two devices at one address', (d) => {
      d.hosts['host-a'].disks[0].scsiAddress = { port: 2, lun: 7 };
      disk(d).scsiAddress = { lun: 7 };
    }, '/hosts/host-a/disks/1/scsiAddress: there is another device at port 2, path 0, target 0, LUN 7'],
    ['addresses that repeat runs into', (d) => {
      Object.assign(unit(d), { name: 'two {0}', repeat: 3 });
      Object.assign(disk(d), { unit: 'two {0}', repeat: 3, scsiAddress: { target: 1, lun: 5 } });
      d.hosts['host-a'].disks[0].scsiAddress = { target: 1, lun: 6 };
    }, '/hosts/host-a/disks/1/scsiAddress: there is another device at port 2, path 0, target 1, LUN 6'],
    ['two adapters of one number', (d) => (d.hosts['host-a'].adapters = [{ port: 2 }, { port: 2, named: false }]),
      '/hosts/host-a/adapters/1/port: there is another adapter 2 on host-a'],
    ['a short NAA id', (d) => (unit(d).naa = '5000c500'),
      '/logicalUnits/1/naa: must have 16 or 32 hexadecimal digits, not 8'],
    ['a designator of nothing', (d) => (unit(d).designators = [{ type: 't10' }]),
      '/logicalUnits/1/designators/0: must have one of text and hex'],
    ['a designator of both', (d) => (unit(d).designators = [{ type: 't10', text: 'A', hex: '41' }]),
      '/logicalUnits/1/designators/0: must have one of text and hex'],
    ['a designator of half a byte', (d) => (unit(d).designators = [{ type: 'vendor', hex: '414' }]),
      '/logicalUnits/1/designators/0/hex: must have two digits for each byte'],
    ['a short EUI-64', (d) => (unit(d).eui64 = '00'),
      '/logicalUnits/1/eui64: must have 16 or 24 or 32 hexadecimal digits, not 2'],
    ['state of a unit that is not there', (d) => (d.state = { three: {} }),
      '/state/three: there is no logical unit called "three"'],
    ['state with a stranger', (d) => (d.state = { two: { reservedBy: 'host-c' } }),
      '/state/two/reservedBy: there is no initiator called "host-c"'],
  ])('%s', (_name, change, message) => {
    expect(messageOf(file(change))).toBe(`bus.json: ${message}`);
  });
});

describe('defaults and repetition', () => {
  test('a short file is enough', () => {
    const { units, hosts, thisHost } = readRehearsal(file(() => {}), 'bus.json');
    expect(thisHost).toBe('host-a');
    expect(units.get('one')).toEqual({
      name: 'one', target: 'LIO', kind: 'disk', vendor: null, product: null, revision: null, serial: null,
      naa: null, eui64: null, designators: [], busType: 6, size: 100n * 1024n ** 3n, removable: false, reserveCommands: undefined,
      persistentReservations: true, cannotStore: false, readyUnderReserve: false,
      initial: { reservedBy: null, registrations: [], persistent: null, generation: 0, unitAttentions: {} },
    });
    expect(hosts.get('host-a')?.[1]).toEqual({
      kind: 'disk', number: 2, unit: 'two', initiators: ['host-a'], fixedPath: false, interfacePath: null,
      address: { port: 2, path: 0, target: 0, lun: 1 },
      boot: false, system: false, clustered: false, clusterSharedVolume: false, pagefile: false, poolMember: false, timeoutMs: 60_000, faults: {},
    });
    expect(hosts.get('host-b')).toEqual([]);
  });

  test('every device has an address and its adapter, unless the file says otherwise', () => {
    const text = file((d) => {
      d.logicalUnits = [['sata', 'Sata'], ['nvme', 'Nvme'], ['usb', 'Usb'], ['raid', 'RAID'], ['fc', 'Fibre']]
        .map(([name, busType]) => ({ name, busType }));
      d.hosts['host-a'] = {
        adapters: [{ port: 7, named: false }, { port: 2, breakReservation: 'nothing', delayMs: 5 }],
        disks: [
          { number: 0, unit: 'sata' }, { number: 1, unit: 'nvme' }, { number: 2, unit: 'usb' },
          { number: 3, unit: 'raid' }, { number: 4, unit: 'fc' }, { number: 5, unit: 'fc' },
          { number: 6, unit: 'fc', initiators: ['one', 'two'] },
          { number: 7, unit: 'fc', repeat: 2, scsiAddress: { lun: 1 } },
          { number: 9, unit: 'fc', scsiAddress: { port: 7, path: 1, target: 9, lun: 300 } },
          { number: 10, unit: 'fc', scsiAddress: null },
        ],
      };
    });
    const { hosts, adapters } = readRehearsal(text, 'bus.json');
    const standing = hosts.get('host-a')?.map(({ address }) =>
      (address === null ? null : Object.values(address).join(':')));
    expect(standing).toEqual(['0:0:0:0', '1:0:0:0', '5:0:0:0', '4:0:0:0', '2:0:0:0', '2:0:0:3', '3:0:0:0',
      '2:0:0:1', '2:0:0:2', '7:1:9:300', null]);
    const plain = { named: true, breakReservation: 'unit', resetsBusWhenBusy: false, delayMs: 0, hangs: false };
    expect(adapters.get('host-a')).toEqual([
      { ...plain, port: 0 }, { ...plain, port: 1 }, { ...plain, port: 2, breakReservation: 'nothing', delayMs: 5 },
      { ...plain, port: 3, breakReservation: 'unsupported' }, { ...plain, port: 4 }, { ...plain, port: 5 },
      { ...plain, port: 7, named: false },
    ]);
    expect(adapters.get('host-b')).toEqual([]);
  });

  test('more than 256 disks stand on more than one target', () => {
    const text = file((d) => Object.assign(disk(d), { number: 100, repeat: 600, unit: 'one' }));
    const { hosts } = readRehearsal(text, 'bus.json');
    expect(hosts.get('host-a')?.at(-1)?.address).toEqual({ port: 2, path: 0, target: 2, lun: 88 });
  });

  test('repeat counts from 1 with as many digits as zeros, in every text', () => {
    const text = file((d) => {
      Object.assign(unit(d), { name: 'lun-{000}', repeat: 12, serial: 'S{0}/{00}',
        naa: '600000000000000000000000000{00000}' });
      Object.assign(disk(d), { unit: 'lun-{000}', repeat: 12, number: 100, initiators: ['port {0}'] });
    });
    const { units, hosts } = readRehearsal(text, 'bus.json');
    expect([...units.keys()].slice(0, 3)).toEqual(['one', 'lun-001', 'lun-002']);
    expect(units.get('lun-012')).toMatchObject({ serial: 'S12/12', naa: '60000000000000000000000000000012' });
    expect(hosts.get('host-a')?.at(-1)).toMatchObject({ number: 111, unit: 'lun-012', initiators: ['port 12'] });
  });

  test('registrations and hosts repeat, too, each counting for itself', () => {
    const text = file((d) => {
      Object.assign(unit(d), { name: 'lun-{0}', repeat: 2, serial: 'S{0}', registrations: [
        { initiator: 'host-a', key: '0x1' }, { initiator: 'node-{000}', key: '0x5aa5{00000}', repeat: 300 },
      ], persistentReservation: { holder: 'node-300', type: 5 } });
      Object.assign(disk(d), { unit: 'lun-2' });
      d.hosts['node-{000}'] = { repeat: 300, disks: [{ number: 7, unit: 'lun-1', initiators: ['node-{000}'] },
        { number: 8, unit: 'lun-{0}', repeat: 2 }] };
    });
    const { units, hosts } = readRehearsal(text, 'bus.json');
    const registrations = units.get('lun-2')?.initial.registrations;
    expect(registrations).toHaveLength(301);
    expect(registrations?.[12]).toEqual({ initiator: 'node-012', key: 0x5aa500012n });
    expect(hosts.size).toBe(302);
    expect(hosts.get('node-299')?.map(({ number, unit: name, initiators }) => [number, name, initiators]))
      .toEqual([[7, 'lun-1', ['node-299']], [8, 'lun-1', ['node-299']], [9, 'lun-2', ['node-299']]]);
  });

  test('disks come by kind and number', () => {
    const text = file((d) => {
      unit(d).type = 'tape';
      disk(d).number = 0;
      d.logicalUnits.push({ name: 'cd', type: 'cdrom' }, { name: 'robot', type: 'changer' }, { name: 'three' });
      d.hosts['host-a'].disks.push({ number: 0, unit: 'cd' }, { number: 0, unit: 'robot' },
        { number: 0, unit: 'three' });
    });
    expect(readRehearsal(text, 'x').hosts.get('host-a')?.map(({ unit: name }) => name))
      .toEqual(['three', 'one', 'two', 'robot', 'cd']);
  });
});

describe('state goes back into the text', () => {
  const changed = { reservedBy: 'host-b', registrations: [{ initiator: 'host-a', key: 0x5aa5n }],
    persistent: { holder: 'host-a', type: 5 }, generation: 3, unitAttentions: { 'host-a': [0x2900, 0x2a03] } };

  test('everything else stays to the last blank', () => {
    const text = '{ "version":1,\n\t"thisHost": "state",  "logicalUnits": [{"name":"one"},{"name":"two","reservedBy":"state"}],\n'
      + '  "hosts": {"state": {"disks": [ ]}, "host-a": {}, "host-b": {} }\n}\n\n';
    const before = readRehearsal(text, 'x');
    const once = withState(text, before.units, new Map([['one', changed]]));
    expect(once).toBe(`${text.slice(0, -4)},\n  "state": {
    "one": {
      "reservedBy": "host-b",
      "registrations": [
        {
          "initiator": "host-a",
          "key": "0x5aa5"
        }
      ],
      "persistentReservation": {
        "holder": "host-a",
        "type": 5
      },
      "generation": 3,
      "unitAttentions": {
        "host-a": [
          "2900",
          "2A03"
        ]
      }
    }
  }\n}\n\n`);
    const after = readRehearsal(once, 'x');
    expect(after.state.get('one')).toEqual(changed);
    expect(after.state.get('two')).toEqual(before.state.get('two'));
    // As it began: nothing to say of it.
    const back = withState(once, before.units, before.state);
    expect(back).toBe(`${text.slice(0, -4)},\n  "state": {}\n}\n\n`);
    // A unit that began reserved and is free now says so.
    const freed = withState(back, before.units, new Map([['two', { ...changed, reservedBy: null, registrations: [],
      persistent: { holder: null, type: 7 }, unitAttentions: {}, generation: 0 }]]));
    expect(JSON.parse(freed).state).toEqual({ two: { reservedBy: null, persistentReservation: { type: 7 } } });
  });

  test('what only a state says: sessions that ended, APTPL, a type that no standard has', () => {
    const text = file((d) => d.logicalUnits.push({ name: 'three', aptpl: true }));
    const before = readRehearsal(text, 'x');
    const states: Record<string, UnitState> = {
      one: { reservedBy: null, registrations: [{ initiator: 'host-a (ended session 1)', key: 1n },
        { initiator: 'host-a', key: 2n, allTargetPorts: true }],
        persistent: { holder: 'host-a (ended session 1)', type: 2, scope: 2 }, generation: 3, unitAttentions: {},
        loggedOut: ['host-b'] },
      two: { reservedBy: null, registrations: [{ initiator: 'host-b', key: 1n }, { initiator: 'host-a', key: 2n }],
        persistent: { holder: null, type: 8, anchor: 'host-a' }, generation: 0, aptpl: true, unitAttentions: {} },
      three: { reservedBy: null, registrations: [], persistent: null, generation: 0, unitAttentions: {} },
    };
    const stored = withState(text, before.units, new Map(Object.entries(states)));
    const { state } = readRehearsal(stored, 'x');
    expect(Object.fromEntries(state)).toEqual(states);
    expect(ajv(JSON.parse(stored))).toBe(true);
  });

  test('state in the middle of a file is found where it is', () => {
    const text = '{"state" : {"one": {"reservedBy":"}"}} , "version":1,"thisHost":"}","logicalUnits":[{"name":"one"}],'
      + '"hosts":{"}":{}}}';
    const { units, state } = readRehearsal(text, 'x');
    expect(withState(text, units, new Map())).toBe(`{"state" : {} , ${text.slice(text.indexOf('"version"'))}`);
    expect(state.get('one')?.reservedBy).toBe('}');
  });
});

describe('the schema and what ships with it', () => {
  test.each([
    'small-shop.json', 'two-host-cluster.json', 'san-1000.json', 'render-farm.json', 'stale-reservations.json',
    'clearing-goes-wrong.json',
  ])('%s is right', (name) => {
    const text = load(name);
    ajv(JSON.parse(text));
    expect(ajv.errors).toBeNull();
    expect(messageOf(text)).toBeNull();
    for (const line of text.split('\n')) expect(line).toMatch(/^[\x20-\x7e]*$/);
  });

  test.each([['prInAnswers', oddRows], ['passThroughAnswers', oddPassThroughRows]])(
    '%s names every odd answer that there is', (fault, rows) => {
      const names = schema.$defs?.['faults']?.properties?.[fault]?.enum;
      expect(names).toEqual(rows.map(({ name }) => name));
      for (const { description } of rows) expect(description).toMatch(/^[A-Z].*\.$/);
    });

  test('our reader of schemas knows every word that ours uses', () => {
    const known = new Set(['$schema', 'title', 'description', '$defs', '$ref', 'type', 'const', 'enum', 'pattern',
      'examples', 'minimum', 'maximum', 'minItems', 'items', 'properties', 'propertyNames', 'required',
      'additionalProperties']);
    const visit = (at: unknown): void => {
      if (typeof at !== 'object' || at === null) return;
      for (const [word, value] of Object.entries(at)) {
        expect(known).toContain(word);
        if (word === 'properties' || word === '$defs') Object.values(value).forEach(visit);
        else if (['items', 'propertyNames', 'additionalProperties'].includes(word)) visit(value);
      }
    };
    visit(schema);
  });

  test('each text with a pattern has an example that fits it', () => {
    for (const { pattern, examples } of Object.values(schema.$defs ?? {})) {
      if (pattern !== undefined) expect(examples?.[0]).toMatch(new RegExp(pattern, 'u'));
    }
  });

  test('a $ref that leads nowhere is a mistake of ours', () => {
    expect(() => firstFinding({ $ref: '#/$defs/none' }, 1)).toThrow('the schema has no #/$defs/none');
  });
});
