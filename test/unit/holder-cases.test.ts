// Buses of real shapes, read by real probes on each host, and what the search makes of them.

import { describe, expect, test } from 'vitest';
import { rehearsalOf } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import { observationOf } from '../../src/holder/observe.ts';
import type { HolderResult } from '../../src/holder/result.ts';
import { HolderSearch } from '../../src/holder/search.ts';
import { createContext, lookingOnly } from '../../src/disk/context.ts';
import { readReservation } from '../../src/verbs/read.ts';
import { noClaim } from '../../src/disk/claim.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Asks these hosts for their device of this path each, and again as the search wants it. */
async function search(file: object, hosts: Readonly<Record<string, string>>): Promise<HolderResult[]> {
  const clock = new VirtualClock();
  const bus = rehearsalOf(JSON.stringify({ version: 1, ...file }), { clock });
  const results: HolderResult[] = [];
  const asks: number[] = [];
  const found = new HolderSearch(60_000, 0, {
    ask: (host) => void asks.push(host), holder: (result) => void results.push(result), complete: () => {},
  });
  const names = Object.keys(hosts);
  for (const name of names) found.host(name, `session-${name}`);
  const ask = async (host: number) => {
    const name = names[host]!;
    const context = lookingOnly(createContext(bus.as(name), clock));
    const sent = clock.now();
    const answer = readReservation({ claim: { ...noClaim, path: hosts[name]! }, timeoutMs: 30_000, detailed: false }, context,
      { step() {}, late() {} });
    await clock.runAll();
    const { result } = await answer;
    await clock.advance(10);
    found.observed(observationOf({ ...result, StartedAt: result.StartedAt.getTime() }, host, sent, clock.now()));
  };
  for (const host of names.keys()) {
    await ask(host);
    found.finished(host);
  }
  for (let next = asks.shift(); next !== undefined; next = asks.shift()) await ask(next);
  return results;
}

const drive = (number: number) => `\\\\.\\PhysicalDrive${number}`;

describe('two targets that give their first LUN one identifier', () => {
  // genestack 451: two tgt servers, one NAA; the serial numbers differ.
  const naa = '60000000000000000e00000000010001';
  const lun = (name: string, serial: string, reservedBy: string) =>
    ({ name, target: 'tgt', vendor: 'IET', product: 'VIRTUAL-DISK', serial, naa, busType: 'iScsi', reservedBy });
  const file = {
    thisHost: 'node-a', logicalUnits: [lun('A', 'serial-of-a', 'node-x'), lun('B', 'serial-of-b', 'node-b')],
    hosts: { 'node-a': { disks: [{ number: 1, unit: 'A' }] }, 'node-b': { disks: [{ number: 4, unit: 'B' }] },
      'node-x': { disks: [{ number: 2, unit: 'A' }] } },
  };

  test('are not joined: undecided, with both numbers', async () => {
    const [result, ...more] = await search(file, { 'node-a': drive(1), 'node-b': drive(4) });
    expect(more).toEqual([]);
    expect(result).toMatchObject({ State: 'Undecided', Holder: null, SerialNumber: null, HolderSession: null });
    expect(result!.Evidence).toMatch(/node-a says serial number serial-of-a; node-b says serial number serial-of-b/);
    expect(result!.Message).toContain('One identifier, and several serial numbers: node-a (serial-of-a) and node-b (serial-of-b) see different LUNs');
  });

  test('hosts of one of them are', async () => {
    expect(await search(file, { 'node-a': drive(1), 'node-x': drive(2) }))
      .toMatchObject([{ State: 'HeldBy', Holder: 'node-x', SerialNumber: 'serial-of-a' }]);
  });
});

describe.each(['LIO', 'tgt'])('tape drives that backup hosts share, as %s', (target) => {
  const tape = (reservedBy: string | null, more = {}) => ({
    thisHost: 'MEDIA1',
    logicalUnits: [{ name: 'lto', target, type: 'tape', vendor: 'IBM', product: 'ULT3580-TD6', serial: '10WT0A1B2C',
      naa: '5000e111c4a1b001', removable: true, reservedBy, ...more }],
    hosts: Object.fromEntries(['MEDIA1', 'MEDIA2', 'MEDIA3'].map((name) => [name, { disks: [{ number: 0, unit: 'lto' }] }])),
  });
  const both = { MEDIA1: String.raw`\\.\Tape0`, MEDIA2: String.raw`\\.\Tape0` };
  const forDisks = /disk|array|cluster|LUN/i;

  test('held by one of them', async () => {
    const [result] = await search(tape('MEDIA1'), both);
    expect(result).toMatchObject({ State: 'HeldBy', Holder: 'MEDIA1' });
    expect(`${result!.Message} ${result!.NextStep}`).not.toMatch(forDisks);
  });

  // How many paths a host has to a tape drive is not known: one that is locked out may hold it over another.
  test('held by none of those that are asked', async () => {
    const [result] = await search(tape('MEDIA3'), both);
    expect(result).toMatchObject({ State: 'Undecided', Message: expect.stringContaining('may have several paths') });
    expect(`${result!.Message} ${result!.NextStep}`).not.toMatch(forDisks);
  });

  test('not held, as far as it can be told without a read', async () => {
    expect(await search(tape(null), both)).toMatchObject([{ State: 'NotReserved',
      Message: expect.stringMatching(/This is by TEST UNIT READY alone: nothing is read from a tape drive\.$/) }]);
  });

  test('with keys', async () => {
    const keys = { registrations: [{ initiator: 'MEDIA1', key: '0x4e42000000000001' }],
      persistentReservation: { holder: 'MEDIA1', type: 3 } };
    const [result] = await search(tape(null, keys), both);
    expect(result).toMatchObject({ State: 'Persistent', Message: expect.stringContaining('on the tape drive') });
    expect(result!.NextStep).toMatch(/backup host that registered the keys/);
    expect(`${result!.Message} ${result!.NextStep}`).not.toMatch(forDisks);
  });
});

test('a target that answers TEST UNIT READY to everybody: who is let in to read holds it', async () => {
  const file = (reservedBy: string) => ({
    thisHost: 'a', logicalUnits: [{ name: 'lun', serial: 'S1', naa: '60005768028300000000000000000001', target: 'tgt', reservedBy,
      readyUnderReserve: true }],
    hosts: Object.fromEntries(['a', 'b', 'c'].map((name) => [name, { disks: [{ number: 1, unit: 'lun' }] }])),
  });
  const hosts = { a: drive(1), b: drive(1) };
  expect(await search(file('b'), hosts)).toMatchObject([{ State: 'HeldBy', Holder: 'b' }]);
  expect(await search(file('c'), hosts)).toMatchObject([{ State: 'HeldByUnlistedHost' }]);
});
