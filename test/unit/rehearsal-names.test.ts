// Names in a rehearsal file are data: what every object of JavaScript has besides is a name like any other. The
// executable's own Node, which has no `__proto__`, is asked in test/cli/files.test.ts.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openRehearsal } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import { RehearsalFileError, readRehearsal } from '../../src/bus/rehearsal/rehearsal-file.ts';
import { createContext, lookingOnly } from '../../src/disk/context.ts';
import { change } from '../../src/verbs/change.ts';
import { readReservation } from '../../src/verbs/read.ts';
import { noClaim } from '../../src/disk/claim.ts';
import { namesOfObjects } from './names.ts';
import { VirtualClock } from './virtual-clock.ts';

const report = { step() {}, late() {} };

/** Hosts `name` and `other` that share a disk; text, because assignment would lose `__proto__`. */
const shared = (name: string, other = 'b') => {
  const [host, rest] = [JSON.stringify(name), JSON.stringify(other)];
  return `{ "version": 1, "thisHost": ${host}, "logicalUnits": [{ "name": ${host}, "reservedBy": ${host} }, `
    + `{ "name": "keys", "registrations": [{ "initiator": ${host}, "key": "0x1" }, { "initiator": ${rest}, "key": "0x2" }], `
    + `"persistentReservation": { "holder": ${host}, "type": 5 }, "unitAttentions": { ${host}: ["2900"] } }], `
    + `"hosts": { ${host}: { "disks": [{ "number": 1, "unit": ${host} }, { "number": 2, "unit": "keys" }] }, `
    + `${rest}: { "disks": [{ "number": 1, "unit": ${host} }, { "number": 2, "unit": "keys" }] } } }`;
};

const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Map.prototype];
const membersOf = () => prototypes.map((each) => Reflect.ownKeys(each).map(String));

describe.each(namesOfObjects)('a host, a unit and an initiator called %s', (name) => {
  test('reserve, release, lose keys, are told, and are stored and read again', async () => {
    const before = membersOf();
    const folder = mkdtempSync(join(tmpdir(), 'names-'));
    try {
      const path = join(folder, 'bus.json');
      const other = name === 'b' ? 'c' : 'b';
      writeFileSync(path, shared(name, other));
      const clock = new VirtualClock();
      const bus = await openRehearsal(path, { clock });
      expect(bus.computerName).toBe(name);
      const send = async (host: string, verb: 'release' | 'reserve', number: number) => {
        const asked = change({ claim: { ...noClaim, number }, allow: new Set(), timeoutMs: 1000, dryRun: false, verb },
          createContext(bus.as(host), clock), report);
        await clock.runAll();
        return (await asked).result.Outcome;
      };
      const state = async (host: string, number: number) => {
        const asked = readReservation({ claim: { ...noClaim, number }, timeoutMs: 1000, detailed: true },
          lookingOnly(createContext(bus.as(host), clock)), report);
        await clock.runAll();
        const { result, registrants } = await asked;
        return [result.State, registrants.length];
      };
      expect(await send(other, 'reserve', 1)).toBe('Conflict');
      expect(await send(name, 'release', 1)).toBe('Accepted');
      expect(await send(name, 'reserve', 1)).toBe('Reserved');
      expect(await state(other, 1)).toEqual(['HeldByAnotherHost', 0]);
      expect(await state(name, 2)).toEqual(['Persistent', 2]);
      await bus.as(other).resetUnit(String.raw`\\.\PhysicalDrive2`);
      await bus.flush();
      const stored = JSON.parse(readFileSync(path, 'utf8')) as { state: Record<string, unknown> };
      expect(Object.keys(stored.state)).toEqual(['keys']);
      expect(JSON.stringify(stored.state)).toContain(`${JSON.stringify(name)}:["2903"]`);
      await send(name, 'release', 1);
      await bus.logout();
      await bus.as(other).resetUnit(String.raw`\\.\PhysicalDrive1`);
      await bus.close();
      const again = readRehearsal(readFileSync(path, 'utf8'), 'bus.json');
      expect(again.state.get(name)?.reservedBy).toBe(null);
      expect(Object.keys(again.state.get(name)!.unitAttentions).sort()).toEqual([name, other].sort());
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(membersOf()).toEqual(before);
  });
});

describe('a name that could not be shown', () => {
  test.each<[string, string]>([
    ['half a surrogate pair', '\\ud800'], ['the other half', 'a\\udc00b'], ['a NUL', 'a\\u0000'], ['an escape', '\\u001b[2J'],
    ['DEL', '\\u007f'], ['a C1 control', '\\u009b2J'], ['a change of direction', 'a\\u202eb'], ['a line separator', '\\u2028'],
    ['nothing', ''],
  ])('%s is an error that names the place', (_what, name) => {
    for (const [text, place] of [
      [shared('x').replaceAll('"x"', `"${name}"`), '/thisHost'],
      [shared('x').replace('"name": "x"', `"name": "${name}"`), '/logicalUnits/0/name'],
      [shared('x').replace('"unit": "x"', `"unit": "${name}"`), '/hosts/x/disks/0/unit'],
    ] as const) {
      expect(() => readRehearsal(text, 'bus.json')).toThrow(RehearsalFileError);
      expect(() => readRehearsal(text, 'bus.json')).toThrow(`bus.json: ${place}: must be text like "host-a", not `);
    }
    const host = shared('x').replace('"hosts": {', `"hosts": { "${name}": {},`);
    expect(() => readRehearsal(host, 'bus.json')).toThrow(/bus\.json: \/hosts\/.*: must be text like "host-a" as its name/s);
  });

  test.each(['\u{1f4be}', '\u65e5\u672c', 'a b', '"quoted"', '{}', '~/', '<S>&amp;', '%s', 'x'.repeat(10_000)])('%s can',
    (name) => expect(readRehearsal(shared(name), 'bus.json').thisHost).toBe(name));
});
