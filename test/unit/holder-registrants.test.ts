// Whose the keys of a disk are: hosts of a rehearsal bus, read by real probes, with their initiator ports as they name them.

import { describe, expect, test } from 'vitest';
import { type RehearsalBus, rehearsalOf } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import { createContext, lookingOnly } from '../../src/disk/context.ts';
import { noClaim } from '../../src/disk/claim.ts';
import { observationOf } from '../../src/holder/observe.ts';
import type { Observation } from '../../src/holder/reading.ts';
import { comparable, hostsWith, readRegistration } from '../../src/holder/registrants.ts';
import type { HolderResult } from '../../src/holder/result.ts';
import { HolderSearch, type Question } from '../../src/holder/search.ts';
import { readReservation } from '../../src/verbs/read.ts';
import { VirtualClock } from './virtual-clock.ts';

test.each([
  ['iqn.1991-05.com.microsoft:node-1,i,0x40000137000A', 'iqn.1991-05.com.microsoft:node-1,i,0x40000137000a'],
  ['IQN.1991-05.com.Microsoft:Node-1', 'iqn.1991-05.com.microsoft:node-1'],
  ['eui.02004567A425678D', 'eui.02004567a425678d'],
  ['FC 2100001B329B2E7D', '2100001b329b2e7d'], ['21:00:00:1b:32:9b:2e:7d', '2100001b329b2e7d'],
  ['21-00-00-1B-32-9B-2E-7D', '2100001b329b2e7d'], ['SAS 5000C500A1B2C3D7', '5000c500a1b2c3d7'],
  ['ISCSI ANY PORT', null], ['', null], ['0000000000000000', null], ['SPI 0x41000000', null], ['2100001B329B2E7', null],
])('%j is compared as %j', (text, name) => {
  expect(comparable(text)).toBe(name);
});

test.each([
  ['0x00000000000000AA FC 2100001B329B2E7D (holder, Write Exclusive, LU_SCOPE, target port 1)',
    { key: 0xaan, initiator: 'FC 2100001B329B2E7D', holds: true }],
  ['0x00000000000000AA iqn.x:a (b) (target port 1)', { key: 0xaan, initiator: 'iqn.x:a (b)', holds: false }],
  ['0x0000000000000000 iqn.x:a (target port 1)', null], ['and 12 more', null],
])('registrant %j', (text, read) => {
  expect(readRegistration(text)).toEqual(read);
});

const [node, one, two] = ['iqn.x:n', 'iqn.x:n,i,0x400001370001', 'iqn.x:n,i,0x400001370002'];
test.each([
  ['two hosts, one name, each with its session', 'iqn.x:N,i,0x400001370002', [[one], [two]], [1]],
  ['one of them told its name alone: it may be either', two, [[node], [two]], [0, 1]],
  ['both told their name alone', two, [[node], [node], ['iqn.x:m']], [0, 1]],
  ['a session that nobody told: of an earlier one of either', 'iqn.x:n,i,0x400001370009', [[one], [two]], [0, 1]],
  ['the registrant has no session', node, [[one], [two]], [0, 1]],
  ['nobody has the name', 'iqn.x:m,i,0x1', [[one], [two]], []],
  ['an FC port', 'FC 2100001B329B2E7D', [[one], ['2100001b329b2e7d']], [1]],
  ['a text that names no port', 'SPI 0x41000000', [[one]], []],
])('a port and hosts: %s', (_, initiator, told, hosts) => {
  expect(hostsWith(initiator, told.map((ports) => new Set(ports)))).toEqual(hosts);
});

const drive = (number: number) => `\\\\.\\PhysicalDrive${number}`;
const naa = '600A0B8000000000000000000000D001';
interface Asked { readonly host: number; readonly what: Question }
interface Search {
  readonly results: HolderResult[];
  readonly asked: string[];
  readonly found: HolderSearch;
  readonly next: Asked[];
  readonly read: (host: number, detailed: boolean) => Promise<void>;
  /** Answers questions until there are none; hosts of `mute` do not tell their ports. */
  readonly settle: (mute?: readonly number[]) => Promise<void>;
  readonly bus: RehearsalBus;
  complete: boolean;
}

/** Hosts that are asked, and a shelf of one disk that `dead` sees, too. */
function begin(names: readonly string[], unit: object, more: object = {}): Search {
  const clock = new VirtualClock();
  const all = [...new Set([...names, 'b', 'dead', 'live'])];
  const bus = rehearsalOf(JSON.stringify({
    version: 1, thisHost: all[0],
    logicalUnits: [{ name: 'lun', serial: 'S', naa, target: 'LIO', busType: 'Fibre', ...unit }],
    hosts: Object.fromEntries(all.map((name, at) => [name, { disks: [{ number: at + 1, unit: 'lun', ...more }] }])),
  }), { clock });
  const results: HolderResult[] = [];
  const asked: string[] = [];
  const next: Asked[] = [];
  const found = new HolderSearch(60_000, 0, {
    ask: (host, uniqueId, what) => {
      asked.push(`${host} ${what}${uniqueId === '' ? '' : ' of the disk'}`);
      next.push({ host, what });
    },
    holder: (result) => void results.push(result),
    complete: () => { search.complete = true; },
  });
  for (const name of names) found.host(name, `session-${name}`);
  const read = async (host: number, detailed: boolean) => {
    const context = lookingOnly(createContext(bus.as(names[host]!), clock));
    const sent = clock.now();
    const answer = readReservation({ claim: { ...noClaim, path: drive(host + 1) }, timeoutMs: 30_000, detailed }, context,
      { step() {}, late() {} });
    await clock.runAll();
    const { result } = await answer;
    await clock.advance(10);
    for (const line of result.Registrants?.split('\n') ?? []) found.registrant(host, naa, line);
    found.observed(observationOf({ ...result, StartedAt: result.StartedAt.getTime() }, host, sent, clock.now()));
  };
  const settle = async (mute: readonly number[] = []) => {
    for (let one = next.shift(); one !== undefined; one = next.shift()) {
      if (one.what !== 'Ports') await read(one.host, one.what === 'Registrants');
      else {
        if (!mute.includes(one.host)) for (const port of await bus.as(names[one.host]!).initiatorPorts()) found.port(one.host, port);
        found.portsTold(one.host);
      }
    }
  };
  const search: Search = { results, asked, found, next, read, settle, bus, complete: false };
  return search;
}

async function all(names: readonly string[], unit: object, mute: readonly number[] = []): Promise<HolderResult & { asked: string[] }> {
  const search = begin(names, unit);
  for (const host of names.keys()) {
    await search.read(host, false);
    search.found.finished(host);
  }
  await search.settle(mute);
  expect(search.complete).toBe(true);
  expect(search.results).toHaveLength(1);
  return { ...search.results[0]!, asked: search.asked };
}

const facts = { holderKey: null, type: null, generation: null, ownKeys: [] };
/** A row of host a, long after the others. */
const persistentRow: Observation = {
  host: 0, sent: 1e9, received: 1e9 + 1, blocked: false, read: true, keys: 'some', persistent: true, without: false, singlePath: true,
  number: 1, startedAt: null, durationMs: 1, trouble: '', kind: 'Disk', uniqueId: naa, friendlyName: null, serialNumber: 'S', computer: 'a',
  bus: 'Rehearsal', absent: false, unheard: false, facts,
};

const held = (holder: string, type = 5) => ({ generation: 3,
  registrations: [{ initiator: holder, key: '0xDEAD' }, { initiator: holder === 'b' ? 'dead' : 'b', key: '0xBEEF' }],
  persistentReservation: { ...(type > 6 ? {} : { holder }), type } });

describe('a persistently reserved disk', () => {
  test('whose holder is no host that was asked: what frees it, and whose the other keys are', async () => {
    const { asked, ...result } = await all(['a', 'b'], held('dead'));
    expect(asked).toEqual(['0 Registrants of the disk', '0 Ports', '1 Ports']);
    expect(result).toMatchObject({ State: 'Persistent', Holder: null, HolderNumber: null, HolderSession: null,
      HolderKey: '0x000000000000DEAD', Type: 'Write Exclusive - Registrants Only', Generation: 3, SeenBy: 'a, b',
      SeenBySession: 'session-a,session-b' });
    expect(result.Registrants).toMatch(/^0x000000000000DEAD FC 2100001B[0-9A-F]{8} \(holder, no host that was asked\)\n0x000000000000BEEF FC \S+ \(b\)$/);
    expect(result.Message).toBe('Persistent-reservation keys are registered on the disk. 0x000000000000DEAD holds it (Write Exclusive - '
      + 'Registrants Only). 1 of 2 registrations are of no host that was asked.');
    expect(result.NextStep).toMatch(/pipe this object to Clear-StorageReservation -Method Clear, or of that holder alone: -Method Preempt -HolderKey 0x000000000000DEAD\./);
  });

  test('whose holder is a host that answers: it, and where to take the disk off line', async () => {
    const { asked: _asked, ...result } = await all(['a', 'b', 'live'], held('live'));
    expect(result).toMatchObject({ State: 'Persistent', Holder: 'live', HolderNumber: 3, HolderSession: 'session-live' });
    expect(result.Message).toMatch(/holds it \(.*\), which is live\.$/);
    expect(result.NextStep).toMatch(/^live answers, and would take the disk back\. .*Set-Disk -Number 3 -IsOffline \$true/);
  });

  test('whose key is one that this command left behind: taken back on the host that has it', async () => {
    const left = (initiator: string) => ({ registrations: [{ initiator, key: '0x535200000000ABCD' }], persistentReservation: { holder: initiator, type: 5 } });
    const { asked: _asked, ...result } = await all(['a', 'b'], left('b'));
    expect(result.Holder).toBe('b');
    expect(result.Message).toMatch(/, which is b\. 0x535200000000ABCD is a key that Clear-StorageReservation left behind\.$/);
    expect(result.NextStep).toBe(`Clear-StorageReservation -UniqueId '${naa}' -Method Release -OwnKey 0x535200000000ABCD `
      + "-Session (Get-PSSession -InstanceId 'session-b') takes it back on b; then search again.");
    const gone = await all(['a', 'b'], left('dead'));
    expect(gone.NextStep).toMatch(/^If the host that ran it still runs: .*-OwnKey 0x535200000000ABCD -Session with that host\. If it is gone, pipe/);
    // A key among those of others, with no reservation of its own.
    const among = await all(['a', 'b'], { ...held('dead'), registrations: [{ initiator: 'dead', key: '0xDEAD' }, { initiator: 'b', key: '0x5352000000000001' }] });
    expect(among.NextStep).toMatch(/-OwnKey 0x5352000000000001 -Session \(Get-PSSession -InstanceId 'session-b'\) takes it back on b/);
  });

  test('that does not tell registrants: an own key that was read is named all the same, with the line for every host that sees it', async () => {
    const own = '0x535200000000ABCD';
    const keys = (...more: object[]) => ({ target: 'tgt', registrations: [{ initiator: 'b', key: own }, ...more] });
    for (const unit of [keys(), keys({ initiator: 'dead', key: '0xDEAD' })]) {
      const { asked: _asked, ...result } = await all(['a', 'b'], unit);
      expect(result).toMatchObject({ State: 'Persistent', Registrants: null, Holder: null });
      expect(result.Message).toBe(`Persistent-reservation keys are registered on the disk. ${own} is a key that Clear-StorageReservation left behind.`);
      expect(result.NextStep).toBe(`Clear-StorageReservation -UniqueId '${naa}' -Method Release -OwnKey ${own} -Session (Get-PSSession -InstanceId `
        + "'session-a', 'session-b') takes it back on the host that registered it, which the disk does not tell; on any other host it changes nothing. "
        + 'Then search again. If that host is gone, pipe this object to Clear-StorageReservation -Method Clear, which removes all keys.');
    }
  });

  test('whose own key is not among the registrants that were told', async () => {
    const search = begin(['a', 'b'], held('dead'));
    const own = { ...facts, ownKeys: [0x5352000000000001n] };
    for (const host of [0, 1]) {
      await search.read(host, false);
      search.found.finished(host);
    }
    expect(search.next.shift()).toEqual({ host: 0, what: 'Registrants' });
    search.found.registrant(0, naa, '0x000000000000DEAD FC 2100001B00000001 (holder, Write Exclusive, LU_SCOPE, target port 1)');
    search.found.observed({ ...persistentRow, facts: own });
    await search.settle();
    expect(search.results[0]!.Message).toMatch(/0x5352000000000001 is a key that Clear-StorageReservation left behind\.$/);
    expect(search.results[0]!.NextStep).toMatch(/-OwnKey 0x5352000000000001 -Session \(Get-PSSession -InstanceId 'session-a', 'session-b'\)/);
  });

  test('seen by more hosts than a line has room for', async () => {
    const names = Array.from({ length: 20 }, (_, at) => `h${at + 10}`);
    const { asked: _asked, ...result } = await all(names, { target: 'tgt', registrations: [{ initiator: 'dead', key: '0x5352000000000001' }] });
    expect(result.NextStep.match(/'session-h/g)).toHaveLength(16);
    expect(result.NextStep).toContain("'session-h25') takes it back on the host that registered it");
    expect(result.NextStep).toContain('4 more hosts see the disk (SeenBySession).');
  });

  test('of all registrants: each of them holds it', async () => {
    const { asked: _asked, ...result } = await all(['a', 'b', 'live'], held('live', 7));
    expect(result).toMatchObject({ Holder: 'live, b', HolderSession: 'session-live,session-b', HolderNumber: null, HolderKey: null });
    expect(result.Message).toMatch(/Every registrant holds it/);
  });

  test('with keys and no reservation: nobody holds it', async () => {
    const { asked: _asked, ...result } = await all(['a', 'b'], { registrations: [{ initiator: 'dead', key: '0xDEAD' }] });
    expect(result).toMatchObject({ Holder: null, HolderKey: null, Type: null });
    expect(result.Message).toMatch(/Nobody holds it\. 1 of 1 registration is of no host that was asked\.$/);
    expect(result.NextStep).toMatch(/-Method Clear\. A host/);
  });

  test('whose hosts cannot name their ports: told as strangers', async () => {
    const { asked: _asked, ...result } = await all(['a', 'b'], held('b'), [0, 1]);
    expect(result.Holder).toBeNull();
    expect(result.Registrants!.match(/no host that was asked/g)).toHaveLength(2);
  });

  test('that does not tell registrants: three hosts are asked, and what is known is told', async () => {
    const search = begin(['a', 'b', 'c', 'd'], held('dead'), { faults: { passThroughFails: '0xC00000BB' } });
    for (const host of [0, 1, 2, 3]) {
      await search.read(host, false);
      search.found.finished(host);
    }
    await search.settle();
    expect(search.asked).toEqual(['0 Registrants of the disk', '1 Registrants of the disk', '2 Registrants of the disk']);
    expect(search.results).toMatchObject([{ State: 'Persistent', Registrants: null, HolderKey: '0x000000000000DEAD',
      NextStep: expect.stringMatching(/^Find the owner of the keys/) }]);
  });

  test('a host that dies while it is asked, says nothing, or tells its ports to nobody, holds nothing up', async () => {
    const search = begin(['a', 'b'], held('dead'));
    for (const host of [0, 1]) {
      await search.read(host, false);
      search.found.finished(host);
    }
    // Its question brought no answer of that disk: the other one is asked.
    expect(search.next.shift()).toEqual({ host: 0, what: 'Registrants' });
    search.found.missed(0, naa);
    expect(search.next.shift()).toEqual({ host: 1, what: 'Registrants' });
    await search.read(1, true);
    expect(search.asked.slice(2)).toEqual(['0 Ports', '1 Ports']);
    search.found.portsTold(1);
    expect(search.results).toEqual([]);
    search.found.failed(0, 'gone');
    expect(search.results).toMatchObject([{ State: 'Persistent', NotAsked: 'a: gone' }]);
    expect(search.complete).toBe(true);
    // What comes after that is nobody's.
    search.found.portsTold(9);
    search.found.port(9, 'iqn.x:y');
    search.found.registrant(9, naa, '0x00000000000000AA iqn.x:a (target port 1)');
  });

  test('a host that fails while it is asked for registrants; and one that read no more than before', async () => {
    const search = begin(['a', 'b', 'c'], held('dead'));
    for (const host of [0, 1, 2]) await search.read(host, false);
    search.found.failed(0, 'gone');
    const seen = search.results.length;
    await search.settle();
    for (const host of [1, 2]) search.found.finished(host);
    expect([seen, search.results.length, search.results[0]!.State]).toEqual([0, 1, 'Persistent']);
    expect(search.asked[1]).toBe('1 Registrants of the disk');
  });

  test('a search that ends before all is named tells what it knows', async () => {
    const search = begin(['a', 'b'], held('dead'));
    await search.read(0, false);
    search.found.end();
    expect(search.results).toMatchObject([{ State: 'Persistent', Registrants: null }]);
  });

  test('a row that could not read the keys again takes nothing back', async () => {
    const search = begin(['a'], held('dead'));
    await search.read(0, false);
    search.found.finished(0);
    search.found.observed({ ...persistentRow, blocked: null, read: false, keys: 'unread', persistent: false, trouble: 'busy' });
    expect(search.results).toMatchObject([{ State: 'Persistent', HolderKey: '0x000000000000DEAD' }]);
  });

  test('a host that has a key of its own comes last among those that could send', async () => {
    const { asked: _asked, ...result } = await all(['b', 'a'], held('dead'));
    expect(result.SeenBySession).toBe('session-a,session-b');
  });

  test('a host that answers after all is known of it can still free it', async () => {
    const search = begin(['a', 'b', 'c'], held('dead'));
    await search.read(0, false);
    await search.settle();
    expect(search.results).toEqual([]);
    search.found.finished(0);
    search.found.finished(1);
    await search.read(2, false);
    await search.settle();
    expect(search.results).toMatchObject([{ State: 'Persistent', SeenBy: 'a, c', SeenBySession: 'session-a,session-c' }]);
    expect(search.asked.filter((one) => one.includes('Registrants'))).toHaveLength(1);
  });

  test('two hosts of one initiator name: either may hold it', async () => {
    const search = begin(['a', 'b'], held('b'));
    for (const host of [0, 1]) {
      await search.read(host, false);
      search.found.finished(host);
    }
    await search.read(search.next.shift()!.host, true);
    const ports = await search.bus.as('b').initiatorPorts();
    for (const host of [0, 1]) {
      for (const port of ports) search.found.port(host, port);
      search.found.portsTold(host);
    }
    // The first has the name; it is not known before the second has told.
    expect(search.results[0]).toMatchObject({ Holder: 'a or b', HolderNumber: null, HolderSession: 'session-a,session-b',
      NextStep: expect.stringMatching(/^a and b have one initiator name, and one of them would take the disk back/) });
    expect(search.results[0]!.Registrants).toMatch(/\(holder, a or b\)/);
  });
});
