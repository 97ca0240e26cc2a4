// A request line: every key's rule, and that nothing but a request or one error comes of any line.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clixmlShape } from '../../src/clixml/shape.ts';
import { noClaim } from '../../src/disk/claim.ts';
import { ProtocolError, type WireRequest, parseRequest } from '../../src/worker/protocol.ts';
import { reply } from '../../src/worker/reply.ts';

const base: WireRequest = {
  id: 7, verb: 'release', group: 0, throttle: 32, timeoutMs: 30_000, verbose: false, plan: false,
  allow: new Set(), claim: noClaim, verify: false, retryMs: 0, detailed: false, brief: false, method: null, holderKey: null,
  ownKey: null, abort: false, file: null, initiator: null,
  log: null, logged: { outcomes: [], after: null, before: null, last: null, at: null },
  witness: { step: null, search: 0, rows: '', windowMs: 15_000, epoch: 0 },
};

/** What a line comes to: the request, or id and message of the error. */
function parsed(line: string): WireRequest | { readonly id: number; readonly message: string } {
  try {
    return parseRequest(line);
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    const { id, message } = error as ProtocolError;
    return { id, message };
  }
}

describe('what a request may say', () => {
  const claim = (more: object) => ({ claim: { ...noClaim, ...more } });
  test.each([
    ['no more than id and verb', '', {}],
    ['clear', '&verb=clear&method=Clear', { verb: 'clear', method: 'Clear' }],
    ['a method as it was typed', '&verb=clear&method=reset', { verb: 'clear', method: 'Reset' }],
    ['all of clear', '&verb=clear&method=Preempt&holderKey=0xAb&abort=1&ownKey=0xFFFFFFFFFFFFFFFF',
      { verb: 'clear', method: 'Preempt', holderKey: 0xabn, abort: true, ownKey: 0xffffffffffffffffn }],
    ['a plan', '&verb=reserve&plan=1', { verb: 'reserve', plan: true }],
    ['reserve', '&verb=reserve', { verb: 'reserve' }],
    ['status', '&verb=status', { verb: 'status' }],
    ['list', '&verb=list', { verb: 'list' }],
    ['rehearse', '&verb=rehearse', { verb: 'rehearse' }],
    ['cancel', '&verb=cancel', { verb: 'cancel' }],
    ['group', '&group=0', { group: 0 }],
    ['the largest group', '&group=2147483647', { group: 2 ** 31 - 1 }],
    ['throttle', '&throttle=1', { throttle: 1 }],
    ['the largest throttle', '&throttle=1024', { throttle: 1024 }],
    ['timeout in seconds', '&timeout=1', { timeoutMs: 1000 }],
    ['a day', '&timeout=86400', { timeoutMs: 86_400_000 }],
    ['verbose', '&verbose=1', { verbose: true }],
    ['not verbose', '&verbose=0', { verbose: false }],
    ['retry', '&retry=60', { retryMs: 60_000 }],
    ['verify', '&verify=1', { verify: true }],
    ['not verify', '&verify=0', { verify: false }],
    ['detailed', '&detailed=1', { detailed: true }],
    ['names alone', '&verb=list&brief=1', { verb: 'list', brief: true }],
    ['one guard', '&allow=Boot', { allow: new Set(['Boot']) }],
    ['all guards', '&allow=Multipath%2CClustered%2CSystem%2CBoot',
      { allow: new Set(['Boot', 'System', 'Clustered', 'Multipath']) }],
    ['a guard as it was typed', '&allow=multiPATH', { allow: new Set(['Multipath']) }],
    ['and as often', '&allow=Boot%2CSystem%2Cboot', { allow: new Set(['Boot', 'System']) }],
    ['disk 0', '&number=0', claim({ number: 0 })],
    ['the largest number', '&number=4294967294', claim({ number: 2 ** 32 - 2 })],
    ['zeros before a number', '&number=0000000003', claim({ number: 3 })],
    ['a path', '&path=%5C%5C.%5CPhysicalDrive3', claim({ path: String.raw`\\.\PhysicalDrive3` })],
    ['in lower-case hexadecimal', '&path=%5c%5c.%5cTape0', claim({ path: String.raw`\\.\Tape0` })],
    ['what EscapeDataString of .NET Framework leaves as it is', "&friendlyName=!*'()-_.~",
      claim({ friendlyName: "!*'()-_.~" })],
    ['text with everything that separates', '&uniqueId=a%26id%3D8%25%2B%20%0D'.slice(0, -3),
      claim({ uniqueId: 'a&id=8%+ ' })],
    ['an equals sign in a value', '&serialNumber=a=b', claim({ serialNumber: 'a=b' })],
    ['letters past ASCII', '&friendlyName=%C3%84%E7%A3%81%F0%9F%92%BE', claim({ friendlyName: 'Ä磁💾' })],
    ['1024 characters of a serial number', `&serialNumber=${'x'.repeat(1024)}`, claim({ serialNumber: 'x'.repeat(1024) })],
    ['1024 characters of a UniqueId', `&uniqueId=${'x'.repeat(1024)}`, claim({ uniqueId: 'x'.repeat(1024) })],
    ['512 characters of a path', `&path=${'x'.repeat(512)}`, claim({ path: 'x'.repeat(512) })],
    ['4096 characters of a name', `&friendlyName=${'x'.repeat(4096)}`, claim({ friendlyName: 'x'.repeat(4096) })],
    ['kinds of devices', '&devices=tape%2CDisk', claim({ devices: ['Disk', 'Tape'] })],
    ['flags', '&boot=1&system=0&clustered=1&multipath=0',
      claim({ boot: true, system: false, clustered: true, multipath: false })],
    ['a rehearsal', '&file=%2Ftmp%2Fbus.json&initiator=shop-2', { file: '/tmp/bus.json', initiator: 'shop-2' }],
  ])('%s', (_, more, expected) => {
    const line = more.includes('verb=') ? `id=7${more}` : `id=7&verb=release${more}`;
    expect(parsed(line)).toEqual({ ...base, ...expected });
    // In any order.
    const turned = line.split('&').reverse().join('&');
    expect(parsed(turned)).toEqual({ ...base, ...expected });
  });

  test('every id', () => {
    for (const id of [1, 2, 7, 1_000_000, 2 ** 31 - 1]) expect(parsed(`id=${id}&verb=list`)).toMatchObject({ id });
  });
});

describe('what a request may not say', () => {
  const wrong: readonly (readonly [what: string, line: string, id: number, message: RegExp])[] = [
    ['nothing', '', 0, /^unknown key ""$/],
    ['no id', 'verb=list', 0, /^the line has no id$/],
    ['no verb', 'id=7', 7, /^the line has no verb$/],
    ['id 0', 'id=0&verb=list', 0, /^id must be a whole number from 1$/],
    ['an id past 31 bits', 'id=2147483648&verb=list', 0, /^id must be/],
    ['an id of eleven digits', 'id=12345678901&verb=list', 0, /^id must be/],
    ['an id that is no number', 'id=x&verb=list', 0, /^id must be/],
    ['a negative id', 'id=-7&verb=list', 0, /^id must be/],
    ['a broken id', 'id=7.0&verb=list', 0, /^id must be/],
    ['an id with an exponent', 'id=7e1&verb=list', 0, /^id must be/],
    ['an encoded id is read where it can be', 'id=%37&verb=nonsense', 0, /^verb must be/],
    ['an encoded id, of which an error would know nothing', 'id=%37&verb=list', 0, /^the line has no id$/],
    ['a verb of another case', 'id=7&verb=Release', 7,
      /^verb must be one of release, reserve, clear, status, list, log, rehearse, ports, cancel, witness$/],
    ['clear without a method', 'id=7&verb=clear', 7, /^clear has no method$/],
    ['a method that there is not', 'id=7&verb=clear&method=Erase', 7, /^method must be one of Release, Clear, Preempt, Reset$/],
    ['a key of nobody', 'id=7&verb=clear&method=Preempt&holderKey=0x0', 7, /^holderKey must be 0x and up to 16 hexadecimal/],
    ['a key in decimal', 'id=7&verb=clear&method=Release&ownKey=12', 7, /^ownKey must be/],
    ['an unknown verb', 'id=7&verb=format', 7, /^verb must be/],
    ['a verb of the prototype', 'id=7&verb=constructor', 7, /^verb must be/],
    ['an unknown key', 'id=7&verb=list&colour=red', 7, /^unknown key "colour"$/],
    ['a key of another case', 'id=7&verb=list&Number=3', 7, /^unknown key "Number"$/],
    ['__proto__', 'id=7&verb=list&__proto__=1', 7, /^unknown key "__proto__"$/],
    ['constructor', 'id=7&verb=list&constructor=1', 7, /^unknown key "constructor"$/],
    ['toString', 'toString=1&id=7', 7, /^unknown key "toString"$/],
    ['an encoded key', 'id=7&%76erb=list', 7, /^unknown key "%76erb"$/],
    ['a long key is cut', `id=7&${'k'.repeat(60_000)}=1`, 7, /^unknown key "k{40}"$/],
    ['a key without a value', 'id=7&verb=list&boot', 7, /^boot must be 0 or 1$/],
    ['an empty value', 'id=7&verb=list&path=', 7, /^path must be text without control characters, of 1 to 512 characters$/],
    ['rows with a carriage return', 'id=7&verb=witness&rows=a%0D', 7, /^rows must be rows of text/],
    ['an epoch that is no time', 'id=7&verb=witness&epoch=x', 7, /^epoch must be milliseconds since 1970$/],
    ['an id twice', 'id=7&verb=list&id=8', 7, /^id is there twice$/],
    ['a verb twice', 'id=7&verb=list&verb=list', 7, /^verb is there twice$/],
    ['a number twice', 'number=3&id=7&verb=release&number=4', 7, /^number is there twice$/],
    ['an empty pair', 'id=7&&verb=list', 7, /^unknown key ""$/],
    ['a separator at the end', 'id=7&verb=list&', 7, /^unknown key ""$/],
    ['a separator at the start', '&id=7&verb=list', 7, /^unknown key ""$/],
    ['a value alone', '=x&id=7', 7, /^unknown key ""$/],
    ['a question mark at the start', '?id=7&verb=list', 0, /^the line has a character that no request has$/],
    ['a plus', 'id=7&verb=release&serialNumber=A+B', 7, /character that no request has$/],
    ['a blank', 'id=7&verb=release&serialNumber=A B', 7, /character that no request has$/],
    ['a semicolon', 'id=7;verb=list', 0, /character that no request has$/],
    ['a backslash', String.raw`id=7&verb=release&path=\\.\PhysicalDrive3`, 7, /character that no request has$/],
    ['a byte order mark', '\u00ef\u00bb\u00bfid=7&verb=list', 0, /character that no request has$/],
    ['a CR', 'id=7&verb=list\r', 7, /character that no request has$/],
    ['a CR before the next pair', 'verb=list&id=7\r', 0, /character that no request has$/],
    ['a NUL', 'id=7&verb=list\0', 7, /character that no request has$/],
    ['a byte past ASCII', 'id=7&verb=release&friendlyName=\xc3\xa4', 7, /character that no request has$/],
    ['a JSON request', '{"id":7}', 0, /character that no request has$/],
    ['%ZZ', 'id=7&verb=release&path=%ZZ', 7, /^the value of path is no percent-encoded UTF-8$/],
    ['% at the end', 'id=7&verb=release&path=%', 7, /no percent-encoded UTF-8$/],
    ['%5 at the end', 'id=7&verb=release&path=%5', 7, /no percent-encoded UTF-8$/],
    ['a byte that begins nothing', 'id=7&verb=release&path=%80', 7, /no percent-encoded UTF-8$/],
    ['half a character', 'id=7&verb=release&path=%C3', 7, /no percent-encoded UTF-8$/],
    ['an overlong slash', 'id=7&verb=release&path=%C0%AF', 7, /no percent-encoded UTF-8$/],
    ['a surrogate', 'id=7&verb=release&path=%ED%A0%80', 7, /no percent-encoded UTF-8$/],
    ['past U+10FFFF', 'id=7&verb=release&path=%F5%80%80%80', 7, /no percent-encoded UTF-8$/],
    ['an encoded NUL', 'id=7&verb=release&path=%5C%5C.%5CPhysicalDrive3%00', 7, /^path must be text without/],
    ['an encoded LF', 'id=7&verb=release&serialNumber=A%0Aid=8', 7, /^serialNumber must be text without/],
    ['an encoded escape', 'id=7&verb=release&friendlyName=%1B%5B2J', 7, /^friendlyName must be text without/],
    ['an encoded C1 control', 'id=7&verb=release&uniqueId=%C2%9B', 7, /^uniqueId must be text without/],
    ['DEL', 'id=7&verb=rehearse&file=%7F', 7, /^file must be text without/],
    ['a control character in an initiator', 'id=7&verb=rehearse&initiator=%09', 7,
      /^initiator must be text without/],
    ['1025 characters of a serial number', `id=7&verb=release&serialNumber=${'x'.repeat(1025)}`, 7, /^serialNumber must be text/],
    ['1025 characters of a UniqueId', `id=7&verb=release&uniqueId=${'x'.repeat(1025)}`, 7, /^uniqueId must be text/],
    ['513 characters of a path', `id=7&verb=release&path=${'x'.repeat(513)}`, 7, /^path must be text/],
    ['4097 characters of a name', `id=7&verb=release&friendlyName=${'x'.repeat(4097)}`, 7, /^friendlyName must be text/],
    ['an unknown kind of device', 'id=7&verb=list&devices=Floppy', 7,
      /^devices must be names out of Disk, Tape, Changer, CdRom, with commas$/],
    ['disk 4294967295', 'id=7&verb=release&number=4294967295', 7, /^number must be a disk number$/],
    ['disk -1', 'id=7&verb=release&number=-1', 7, /^number must be a disk number$/],
    ['disk nothing', 'id=7&verb=release&number=', 7, /^number must be a disk number$/],
    ['disk 0x3', 'id=7&verb=release&number=0x3', 7, /^number must be a disk number$/],
    ['disk 3 with a blank', 'id=7&verb=release&number=%203', 7, /^number must be a disk number$/],
    ['disk 3 in Arabic', 'id=7&verb=release&number=%D9%A3', 7, /^number must be a disk number$/],
    ['eleven digits', 'id=7&verb=release&number=00000000003', 7, /^number must be a disk number$/],
    ['throttle 0', 'id=7&verb=release&throttle=0', 7, /^throttle must be a whole number from 1 to 1024$/],
    ['throttle 1025', 'id=7&verb=release&throttle=1025', 7, /^throttle must be/],
    ['no time', 'id=7&verb=release&timeout=0', 7, /^timeout must be seconds from 1 to 86400$/],
    ['more than a day', 'id=7&verb=release&timeout=86401', 7, /^timeout must be/],
    ['half a second', 'id=7&verb=release&timeout=0.5', 7, /^timeout must be/],
    ['a group past 31 bits', 'id=7&verb=release&group=2147483648', 7, /^group must be a whole number$/],
    ['verbose=true', 'id=7&verb=release&verbose=true', 7, /^verbose must be 0 or 1$/],
    ['retry=0', 'id=7&verb=release&retry=0', 7, /^retry must be seconds from 1 to 86400$/],
    ['verify=yes', 'id=7&verb=release&verify=yes', 7, /^verify must be 0 or 1$/],
    ['detailed=', 'id=7&verb=status&detailed=', 7, /^detailed must be 0 or 1$/],
    ['boot=2', 'id=7&verb=release&boot=2', 7, /^boot must be 0 or 1$/],
    ['system=01', 'id=7&verb=release&system=01', 7, /^system must be 0 or 1$/],
    ['clustered=', 'id=7&verb=release&clustered=', 7, /^clustered must be 0 or 1$/],
    ['multipath=True', 'id=7&verb=release&multipath=True', 7, /^multipath must be 0 or 1$/],
    ['shown too short', `id=7&verb=release&shown=${'a'.repeat(63)}`, 7,
      /^shown must be 64 or 128 lower-case hexadecimal digits$/],
    ['shown in upper case', `id=7&verb=release&shown=${'A'.repeat(64)}`, 7, /^shown must be/],
    ['no guard', 'id=7&verb=release&allow=', 7,
      /^allow must be names out of Boot, System, Clustered, Multipath, with commas$/],
    ['an unknown guard', 'id=7&verb=release&allow=Boot,All'.replace(',', '%2C'), 7, /^allow must be/],
    ['blanks between guards', 'id=7&verb=release&allow=Boot%2C%20System', 7, /^allow must be/],
  ];
  test.each(wrong)('%s', (_, line, id, message) => {
    const found = parsed(line);
    expect(found).toEqual({ id, message: expect.stringMatching(message) });
  });

  test('nothing is left behind on the prototype', () => {
    parsed('id=7&verb=list&__proto__=1&constructor=1');
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe('any claim', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
    .filter((one) => !/[\u0000-\u001f\u007f-\u009f]/.test(one));
  const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary);
  const flag = maybe(fc.boolean());
  const claims = fc.record({
    path: maybe(text), number: maybe(fc.nat(2 ** 31 - 1)), uniqueId: maybe(text), serialNumber: maybe(text),
    friendlyName: maybe(text), boot: flag, system: flag, clustered: flag, multipath: flag,
    devices: fc.constant(null), shown: maybe(fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 })),
  });

  test('written with encodeURIComponent it reads back', () => {
    fc.assert(fc.property(claims, fc.integer({ min: 1, max: 2 ** 31 - 1 }),
      fc.shuffledSubarray(['path', 'number', 'uniqueId',
      'serialNumber', 'friendlyName', 'boot', 'system', 'clustered', 'multipath', 'shown'], { minLength: 10 }),
        (claim, id, order) => {
      const written = order.map((key) => [key, claim[key as keyof typeof claim]] as const)
        .filter(([, value]) => value !== null)
        .map(([key, value]) =>
          `&${key}=${encodeURIComponent(typeof value === 'boolean' ? Number(value) : value as string)}`);
      expect(parsed(`id=${id}&verb=reserve${written.join('')}`)).toEqual({ ...base, id, verb: 'reserve', claim: { ...noClaim, ...claim } });
    }), { numRuns: 2000 });
  });
});

describe('any line', () => {
  const keys = ['id', 'verb', 'group', 'throttle', 'timeout', 'verbose', 'allow', 'path', 'number', 'uniqueId',
    'serialNumber',
    'boot', '__proto__', 'constructor', '', 'ID', 'x'];
  const values = ['7', '0', '1', 'release', 'list', '%00', '%ZZ', '%C3', '%C3%A4', '', '4294967295',
    'Boot%2CSystem', '=', '%5C%5C.'];

  test('100,000 of them: a request or one error, with the id where it can be read', () => {
    let seed = 20_261_123;
    const random = (below: number) => {
      seed = Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d) + 0x9e3779b9 | 0;
      return (seed >>> 8) % below;
    };
    const counts = { requests: 0, errors: 0, withId: 0 };
    for (let run = 0; run < 100_000; run++) {
      let line = '';
      if (run % 4 === 0) {
        line = Array.from({ length: random(40) }, () => String.fromCharCode(random(256))).join('').replaceAll('\n',
          '');
      } else {
        // Half of them well-formed but for one thing.
        const pairs = run % 2 === 0 ? ['id=7', 'verb=release'] : [];
        for (let i = random(4); i > 0; i--) {
          pairs.push(`${keys[random(keys.length)]}=${values[random(values.length)]}`);
        }
        line = pairs.join('&');
        if (random(5) === 0) {
          const at = random(line.length + 1);
          line = line.slice(0, at) + String.fromCharCode(random(256)) + line.slice(at + random(2));
        }
      }
      let found: WireRequest | ProtocolError;
      try {
        found = parseRequest(line);
        counts.requests++;
      } catch (error) {
        if (!(error instanceof ProtocolError)) expect.fail(`${JSON.stringify(line)}: ${String(error)}`);
        found = error;
        counts.errors++;
      }
      const first = line.split('&').find((pair) => /^id=[0-9]{1,10}$/.test(pair));
      const id = first === undefined ? 0 : Number(first.slice(3));
      const readable = id <= 2 ** 31 - 1 ? id : 0;
      if (found.id !== readable) expect.fail(`${JSON.stringify(line)}: id ${found.id}, not ${readable}`);
      if (readable > 0) counts.withId++;
    }
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(5000);
  });
});

describe('a reply', () => {
  test('is one line that the module takes', () => {
    const line = reply(7, 'result', [['Message', { S: 'a\nb </S>' }]], { S: '' });
    expect(line)
      .toBe('<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">'
        + '<U32>7</U32><S>result</S>'
      + '<Obj><MS><S N="Message">a_x000A_b &lt;/S&gt;</S></MS></Obj><S></S></Objs>');
    expect(new RegExp(clixmlShape).test(line)).toBe(true);
  });
});
