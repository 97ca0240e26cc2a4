// The probes against a disk whose every answer is scripted: what is asked, with how much room, and what may be
// said when the answer is none.

import { describe, expect, test } from 'vitest';
import { encodeFullStatus } from '../../src/scsi/full-status.ts';
import { encodeKeys } from '../../src/scsi/persistent-reservations.ts';
import {
  STATUS_DEVICE_BUSY, type Say, checkCondition, heldBy, keys, noReservation, probed, registrants,
} from './probe-bus.ts';

const UNIT_ATTENTION = 6;
const bytes = (...values: number[]) => Uint8Array.from(values);
/** A header that says that `length` bytes follow it. */
const saying = (length: number, data: Uint8Array = new Uint8Array(0)) => {
  const list = new Uint8Array(8 + data.length);
  new DataView(list.buffer).setUint32(4, length);
  list.set(data, 8);
  return list;
};

describe('what is asked', () => {
  test('whether it is ready and can be read, its keys, its reservation, in this order; each is evidence', async () => {
    const host = probed({ script: { 'READ KEYS': keys(2), 'READ RESERVATION': heldBy(2n, 5) } });
    const { result, registrants: listed } = await host.status();
    expect(host.probes()).toEqual(['CHECK_VERIFY', 'READ', 'READ KEYS', 'READ RESERVATION']);
    expect(host.asked.find(({ probe }) => probe === 'READ')!.room).toBe(4096);
    expect(result).toMatchObject({
      State: 'Persistent', Outcome: 'Read', Keys: '0x0000000000000001 0x0000000000000002', KeyCount: 2,
      HolderKey: '0x0000000000000002', Type: 'Write Exclusive - Registrants Only', Scope: 'LU_SCOPE',
      Generation: 9, PathCount: 1, Evidence: 'CHECK_VERIFY: STATUS_SUCCESS; READ: let in; READ KEYS: 2 keys; '
        + 'READ RESERVATION: held with key 0x0000000000000002, type 5',
    });
    expect(listed).toEqual([]);
    expect([host.opened, host.closed()]).toEqual([['read'], 1]);
  });

  test('every evidence is told as a step, too', async () => {
    const host = probed();
    const { result } = await host.status(true);
    for (const one of result.Evidence.split('; ').filter((each) => !each.startsWith('capabilities'))) {
      expect(host.told.some((line) => line.endsWith(one)), one).toBe(true);
    }
  });

  test('once more whether it can be read, when only the keys were refused', async () => {
    const host = probed({ script: { 'READ KEYS': STATUS_DEVICE_BUSY, 'READ RESERVATION': STATUS_DEVICE_BUSY } });
    expect((await host.status()).result).toMatchObject({ State: 'HeldByThisHost', Keys: null, KeyCount: null });
    expect(host.probes()).toEqual(['CHECK_VERIFY', 'READ', 'READ KEYS', 'READ RESERVATION', 'READ']);
  });

  test('once more whether it is ready, where that is all that may be asked', async () => {
    const host = probed({ device: { deviceType: 0x1f, number: 0 },
      script: { 'READ KEYS': STATUS_DEVICE_BUSY, 'READ RESERVATION': STATUS_DEVICE_BUSY } });
    const { result } = await host.status(false, { number: null, path: String.raw`\\.\Tape0` });
    expect(result).toMatchObject({ State: 'Unknown', Blocked: false,
      Evidence: expect.stringMatching(/^CHECK_VERIFY: STATUS_SUCCESS; READ: not sent to a tape drive; READ KEYS: /) });
    expect(host.probes()).toEqual(['CHECK_VERIFY', 'READ KEYS', 'READ RESERVATION', 'CHECK_VERIFY']);
  });

  test('another host that came between the two questions is not this host', async () => {
    const host = probed({ script: {
      READ: ({ time }) => (time === 0 ? 0 : STATUS_DEVICE_BUSY),
      'READ KEYS': STATUS_DEVICE_BUSY, 'READ RESERVATION': STATUS_DEVICE_BUSY,
    } });
    expect((await host.status()).result).toMatchObject({ State: 'HeldByAnotherHost', Blocked: true,
      Evidence: expect.stringMatching(/READ: let in; .*; READ: RESERVATION CONFLICT$/) });
  });

  test('a target that answers TEST UNIT READY to everybody, and keeps readers out', async () => {
    const host = probed({ script: { READ: STATUS_DEVICE_BUSY, 'READ KEYS': STATUS_DEVICE_BUSY } });
    expect((await host.status()).result).toMatchObject({ State: 'HeldByAnotherHost', Blocked: true,
      Message: expect.stringContaining('answers TEST UNIT READY but refuses reads'),
      Evidence: expect.stringContaining('CHECK_VERIFY: STATUS_SUCCESS; READ: RESERVATION CONFLICT; READ KEYS') });
  });

  test('nothing is read of a disk that is not ready, or that conflicts already', async () => {
    for (const CHECK_VERIFY of [STATUS_DEVICE_BUSY, 0xc00000a3]) {
      const host = probed({ script: { CHECK_VERIFY } });
      await host.status();
      expect(host.probes()).not.toContain('READ');
    }
  });

  test('a disk that cannot be read is not said to let this host in', async () => {
    const { result } = await probed({ script: { READ: 0xc000009c } }).status();
    expect(result).toMatchObject({ State: 'Unknown', Blocked: null,
      Evidence: expect.stringContaining('READ: STATUS_DEVICE_DATA_ERROR') });
  });

  test('a read that never comes costs the disk its time', async () => {
    expect((await probed({ script: { READ: 'never' } }).status()).result)
      .toMatchObject({ Outcome: 'TimedOut', State: 'Unknown', Blocked: null });
  });

  test.each([
    ['good', { CHECK_VERIFY: 0 }, false],
    ['good where only the keys were refused', { 'READ KEYS': STATUS_DEVICE_BUSY }, false],
    ['a conflict', { CHECK_VERIFY: STATUS_DEVICE_BUSY }, true],
    ['a conflict with keys', { CHECK_VERIFY: STATUS_DEVICE_BUSY, 'READ KEYS': keys(1) }, true],
    ['not ready', { CHECK_VERIFY: 0xc00000a3 }, null],
    ['a request that it does not know', { CHECK_VERIFY: 0xc0000010 }, null],
  ])('whether this host is locked out: %s', async (_, script, blocked) => {
    expect((await probed({ script }).status()).result.Blocked).toBe(blocked);
  });

  test('whether this host is locked out, without elevation', async () => {
    const denied = ['read', 'readwrite'] as const;
    const blocked = async (CHECK_VERIFY2: number) =>
      (await probed({ script: { CHECK_VERIFY2 }, denied }).status()).result.Blocked;
    // TEST UNIT READY that passes proves nothing, and nothing could be read.
    expect([await blocked(0), await blocked(STATUS_DEVICE_BUSY)]).toEqual([null, true]);
  });

  test('no reservation of a disk that knows no keys', async () => {
    const host = probed({ script: { 'READ KEYS': 0xc0000010 }, device: { busType: 17 } });
    expect((await host.status()).result).toMatchObject({ State: 'NotSupported', Keys: null });
    expect(host.probes()).toEqual(['CHECK_VERIFY', 'READ KEYS']);
  });

  test('a disk of such a bus is read where it knows keys all the same', async () => {
    const host = probed({ device: { busType: 17 } });
    expect((await host.status()).result).toMatchObject({ State: 'Unknown', Blocked: false });
    expect(host.probes()).toEqual(['CHECK_VERIFY', 'READ KEYS', 'READ RESERVATION', 'READ']);
    const refusing = probed({ device: { busType: 17 }, script: { 'READ KEYS': STATUS_DEVICE_BUSY } });
    expect((await refusing.status()).result).toMatchObject({ State: 'Unknown', Blocked: null });
    expect(refusing.probes()).not.toContain('READ');
  });

  test('no holder where every registrant is one', async () => {
    const host = probed({ script: { 'READ KEYS': keys(2), 'READ RESERVATION': heldBy(0n, 7) } });
    expect((await host.status()).result)
      .toMatchObject({ HolderKey: null, Type: expect.stringContaining('All Reg') });
  });
});

describe('room for the answer', () => {
  test.each([[0, [1024]], [127, [1024]], [128, [1024, 1032]], [300, [1024, 2408]], [8190, [1024, 65528]]])(
    '%i keys: %j bytes', async (count, rooms) => {
      const host = probed({ script: { 'READ KEYS': ({ room }) => keys(count).slice(0, room) } });
      const { result } = await host.status();
      expect(host.asked.filter(({ probe }) => probe === 'READ KEYS').map(({ room }) => room)).toEqual(rooms);
      expect(result.KeyCount).toBe(count);
      expect(result.Keys!.split(' ').filter((key) => key !== '')).toHaveLength(count);
    });

  test('8,191 keys are more than can be asked for: none is shown as all', async () => {
    const host = probed({ script: { 'READ KEYS': ({ room }) => keys(8191).slice(0, room) } });
    const { result } = await host.status();
    expect(host.asked.filter(({ probe }) => probe === 'READ KEYS').map(({ room }) => room)).toEqual([1024, 65535]);
    expect(result).toMatchObject({ State: 'Unknown', Keys: null, KeyCount: null, Outcome: 'Read' });
    expect(result.Evidence).toContain('READ KEYS: cut short, 65535 of 65536 bytes; no more than 8190 keys');
  });

  test('a list that grows for ever is given up', async () => {
    const host = probed({ script: { 'READ KEYS': ({ room }) => keys(room).slice(0, room) } });
    const { result } = await host.status();
    expect(host.probes().filter((probe) => probe === 'READ KEYS').length).toBeLessThanOrEqual(4);
    expect(result).toMatchObject({ State: 'Unknown', Keys: null });
  });

  test('a list that grew meanwhile is asked for again', async () => {
    const host = probed({ script: {
      'READ KEYS': ({ time, room }) => keys(time === 0 ? 130 : 140).slice(0, room),
    } });
    const { result } = await host.status();
    expect(result.KeyCount).toBe(140);
    expect(host.asked.filter(({ probe }) => probe === 'READ KEYS').map(({ room }) => room))
      .toEqual([1024, 1048, 1128]);
  });
});

describe('answers that are none', () => {
  test.each<[string, Say]>([
    ['empty', bytes()], ['shorter than its header', bytes(0, 0, 0, 1, 0, 0, 0)],
    ['cut short for ever', saying(16)],
    ['a length of no whole keys', saying(12, keys(2))], ['a length past everything', saying(0xfffffff8)],
    ['noise', Uint8Array.from({ length: 1024 }, (_, i) => (i * 37 + 11) & 255)],
    ['a hardware error', 0xc0000483], ['not ready', 0xc00000a3], ['a status that nobody knows', 0xc0009999],
  ])('READ KEYS, %s: unknown, and no keys', async (_, said) => {
    const host = probed({ script: { 'READ KEYS': said } });
    const { result } = await host.status(true);
    expect(result).toMatchObject({ State: 'Unknown', Keys: null, KeyCount: null, Outcome: 'Read' });
    expect(result.Message).toContain('Keys could not be read.');
    expect(result.Evidence).toMatch(/READ KEYS: \S/);
    expect(host.closed()).toBe(1);
  });

  test('READ RESERVATION that is none leaves the keys, and what they say', async () => {
    for (const said of [bytes(), saying(5), saying(16)]) {
      const host = probed({ script: { 'READ KEYS': keys(1), 'READ RESERVATION': said } });
      expect((await host.status()).result)
        .toMatchObject({ State: 'Persistent', Keys: '0x0000000000000001', HolderKey: null, Type: null });
    }
    const none = probed({ script: { 'READ RESERVATION': bytes() } });
    expect((await none.status()).result).toMatchObject({ State: 'Unknown', Keys: '', KeyCount: 0 });
  });

  test('more bytes than the list has are nobody\'s business', async () => {
    const long = new Uint8Array(600).fill(0xff);
    long.set(keys(1));
    const host = probed({ script: { 'READ KEYS': long } });
    expect((await host.status()).result).toMatchObject({ KeyCount: 1, Keys: '0x0000000000000001' });
  });

  test('a type that the standard does not have goes by its number', async () => {
    const host = probed({ script: { 'READ KEYS': keys(1), 'READ RESERVATION': heldBy(1n, 13) } });
    expect((await host.status()).result).toMatchObject({ Type: 'type 13', HolderKey: '0x0000000000000001' });
  });

  test('keys of all 64 bits, digit by digit', async () => {
    const list = encodeKeys({ generation: 0, keys: [2n ** 64n - 1n, 0n, 2n ** 53n + 1n] });
    const host = probed({ script: { 'READ KEYS': list } });
    expect((await host.status()).result.Keys)
      .toBe('0xFFFFFFFFFFFFFFFF 0x0000000000000000 0x0020000000000001');
  });
});

describe('details by pass-through', () => {
  test('capabilities and registrants', async () => {
    const host = probed({ script: { 'READ KEYS': keys(2), 'READ FULL STATUS': registrants(2) } });
    const { result, registrants: listed } = await host.status(true);
    expect(host.opened).toEqual(['readwrite']);
    expect(host.probes().slice(4)).toEqual(['REPORT CAPABILITIES', 'READ FULL STATUS']);
    expect(listed.map(({ Number, Key, Holder, Type }) => [Number, Key, Holder, Type])).toEqual([
      [3, '0x0000000000000001', true, 'Write Exclusive - Registrants Only'],
      [3, '0x0000000000000002', false, null],
    ]);
    expect(result.Evidence).toContain('READ FULL STATUS: answered');
  });

  test('a list that is longer than the room is asked for with all there is', async () => {
    const host = probed({ script: {
      'READ KEYS': ({ room }) => keys(300).slice(0, room),
      'READ FULL STATUS': ({ room }) => registrants(300).slice(0, room),
    } });
    expect((await host.status(true)).registrants).toHaveLength(300);
    expect(host.asked.filter(({ probe }) => probe === 'READ FULL STATUS').map(({ room }) => room))
      .toEqual([4096, 65535]);
  });

  test('so is one that leaves registrants out without saying so', async () => {
    const host = probed({ script: {
      'READ KEYS': ({ room }) => keys(200).slice(0, room),
      'READ FULL STATUS': ({ room }) => registrants(Math.min(200, Math.floor((room - 8) / 48))),
    } });
    const { result, registrants: listed } = await host.status(true);
    expect(listed).toHaveLength(200);
    expect(result.Evidence).not.toContain('not the 200');
  });

  test('the registrants are in a property as well, each on a line', async () => {
    const host = probed({ script: { 'READ KEYS': keys(2), 'READ FULL STATUS': registrants(2) } });
    expect((await host.status(true)).result.Registrants).toBe(
      '0x0000000000000001 FC 0000000000000000 (holder, Write Exclusive - Registrants Only, LU_SCOPE, target port 1)\n'
      + '0x0000000000000002 FC 0000000000000001 (target port 1)');
    const all = encodeFullStatus({ generation: 9, registrants: [{
      key: 1n, holder: false, allTargetPorts: true, scope: null, type: null, targetPort: null,
      transportId: new Uint8Array(24),
    }] });
    expect((await probed({ script: { 'READ KEYS': keys(1), 'READ FULL STATUS': all } }).status(true)).result.Registrants)
      .toBe('0x0000000000000001 FC 0000000000000000 (all target ports)');
  });

  test('nobody registered is no text, and not asked or not told is none at all', async () => {
    expect((await probed().status(true)).result.Registrants).toBe('');
    expect((await probed().status()).result.Registrants).toBeNull();
    expect((await probed({ script: { 'READ FULL STATUS': 0xc0000010 } }).status(true)).result.Registrants).toBeNull();
  });

  test('of more registrants than a line has room for, whole lines and how many more', async () => {
    const host = probed({ script: {
      'READ KEYS': ({ room }) => keys(1000).slice(0, room),
      'READ FULL STATUS': ({ room }) => registrants(1000).slice(0, room),
    } });
    const { result, registrants: listed } = await host.status(true);
    const lines = result.Registrants!.split('\n');
    expect(listed).toHaveLength(1000);
    expect(lines.at(-1)).toBe(`and ${1000 - lines.length + 1} more`);
    expect(lines.slice(0, -1).every((line) => line.endsWith(')'))).toBe(true);
    expect(result.Registrants!.length).toBeLessThan(45_000);
  });

  // As spdk did (pull 3699): the same key, its bytes turned round in one of the lists.
  test('keys of READ KEYS and of READ FULL STATUS are compared one by one', async () => {
    const one = (key: bigint) => ({ key, holder: false, allTargetPorts: false, scope: null, type: null, targetPort: 1,
      transportId: new Uint8Array(24) });
    const host = (said: bigint[], full: bigint[], generation = 9) => probed({ script: {
      'READ KEYS': encodeKeys({ generation: 9, keys: said }),
      'READ FULL STATUS': encodeFullStatus({ generation, registrants: full.map(one) }),
    } });
    const evidence = async (...of: Parameters<typeof host>) => (await host(...of).status(true)).result.Evidence;
    expect(await evidence([0x12345679n], [0x7956341200000000n])).toContain(
      'registrants: only in READ KEYS 0x0000000012345679; registrants: only in READ FULL STATUS 0x7956341200000000');
    expect(await evidence([1n, 2n, 2n], [2n, 1n, 2n])).not.toContain('only in');
    expect(await evidence([1n, 2n, 2n], [2n, 1n, 1n])).toContain('only in READ KEYS 0x0000000000000002; registrants: '
      + 'only in READ FULL STATUS 0x0000000000000001');
    expect(await evidence([1n, 2n, 3n, 4n, 5n], [6n, 7n, 8n, 9n, 10n])).toContain(
      'only in READ KEYS 0x0000000000000001, 0x0000000000000002, 0x0000000000000003 and 2 more;');
    expect(await evidence([1n], [1n, 2n], 10)).toMatch(/registrants: 2, not the 1 that READ KEYS has; registrants: only in READ FULL STATUS 0x0000000000000002; registrants: changed meanwhile, PRgeneration was 9 and is 10/);
  });

  test('what still differs is said', async () => {
    const host = probed({ script: { 'READ KEYS': keys(3), 'READ FULL STATUS': registrants(2) } });
    const { result, registrants: listed } = await host.status(true);
    expect(listed).toHaveLength(2);
    expect(result).toMatchObject({ KeyCount: 3 });
    expect(result.Evidence).toContain('registrants: 2, not the 3 that READ KEYS has');
  });

  test('a unit attention is taken once, and the question repeated', async () => {
    const host = probed({ script: {
      'READ KEYS': keys(1),
      'REPORT CAPABILITIES': ({ time }) =>
        (time === 0 ? checkCondition(UNIT_ATTENTION) : bytes(0, 8, 0, 0, 0, 0, 0, 0)),
      'READ FULL STATUS': ({ time }) => (time === 0 ? checkCondition(UNIT_ATTENTION) : registrants(1)),
    } });
    const { result, registrants: listed } = await host.status(true);
    expect(listed).toHaveLength(1);
    expect(result.Evidence).toContain('UNIT ATTENTION, asked again; REPORT CAPABILITIES: answered');
  });

  test.each<[string, Say, RegExp, number]>([
    ['a second unit attention', checkCondition(UNIT_ATTENTION), /READ FULL STATUS: CHECK CONDITION/, 2],
    ['another sense key', checkCondition(5), /READ FULL STATUS: CHECK CONDITION/, 1],
    ['a conflict', { scsiStatus: 0x18, sense: bytes(), data: bytes() }, /FULL STATUS: RESERVATION CONFLICT/, 1],
    ['a status that no table has', { scsiStatus: 0x99, sense: bytes(), data: bytes() }, /SCSI status 153/, 1],
    ['an NTSTATUS', 0xc0000010, /READ FULL STATUS: STATUS_INVALID_DEVICE_REQUEST/, 1],
    ['too few bytes', bytes(0, 0), /READ FULL STATUS: READ FULL STATUS takes 8 bytes; 2 are there/, 1],
  ])('%s leaves what the others told', async (_, said, evidence, times) => {
    const host = probed({ script: { 'READ KEYS': keys(1), 'READ FULL STATUS': said } });
    const { result, registrants: listed } = await host.status(true);
    expect(listed).toEqual([]);
    expect(result).toMatchObject({ State: 'Persistent', KeyCount: 1, Outcome: 'Read' });
    expect(result.Evidence).toMatch(evidence);
    expect(host.probes().filter((probe) => probe === 'READ FULL STATUS')).toHaveLength(times);
  });

  test('a unit attention, and then an NTSTATUS', async () => {
    const host = probed({ script: {
      'REPORT CAPABILITIES': ({ time }) => (time === 0 ? checkCondition(UNIT_ATTENTION) : 0xc000009d),
    } });
    const { result } = await host.status(true);
    expect(result.Evidence).toContain('REPORT CAPABILITIES: UNIT ATTENTION, asked again; '
      + 'REPORT CAPABILITIES: STATUS_DEVICE_NOT_CONNECTED');
    expect(result).toMatchObject({ Outcome: 'Read' });
  });

  test('what was cut stays where more cannot be had', async () => {
    const host = probed({ script: {
      'READ KEYS': keys(200),
      'READ FULL STATUS': ({ time, room }) => (time === 0 ? registrants(200).slice(0, room) : 0xc0000010),
    } });
    const { result, registrants: listed } = await host.status(true);
    expect(listed.length).toBeGreaterThan(0);
    expect(listed.length).toBeLessThan(200);
    expect(result.Evidence).toContain(`registrants: cut short, only ${listed.length} fit into an answer`);
  });

  test('scope and type that the standard does not have go by their numbers', async () => {
    const odd = encodeFullStatus({ generation: 1, registrants: [{
      key: 1n, holder: true, allTargetPorts: false, scope: 9, type: 14, targetPort: 1,
      transportId: new Uint8Array(24),
    }] });
    const host = probed({ script: { 'READ KEYS': keys(1), 'READ FULL STATUS': odd } });
    const { registrants: listed } = await host.status(true);
    expect(listed).toMatchObject([{ Scope: 'scope 9', Type: 'type 14' }]);
  });

  test('one that never answers leaves it, too', async () => {
    const host = probed({ script: { 'READ KEYS': keys(1), 'REPORT CAPABILITIES': 'never' } });
    const { result } = await host.status(true);
    expect(result).toMatchObject({ State: 'Persistent', KeyCount: 1, Outcome: 'Read' });
    expect(result.Evidence).toContain('registrants: no answer in time');
  });
});

describe('as far as Windows lets this user', () => {
  test.each([
    [false, [], ['read'], /READ RESERVATION/],
    [false, ['read'], ['read', 'query'], /^CHECK_VERIFY2: STATUS_SUCCESS; READ: not sent, it needs an elevated session; READ KEYS: not sent, it needs/],
    [true, [], ['readwrite'], /READ FULL STATUS: answered/],
    [true, ['readwrite'], ['readwrite', 'read'], /READ FULL STATUS: not sent, it needs write access/],
    [true, ['readwrite', 'read'], ['readwrite', 'read', 'query'], /READ KEYS: not sent/],
  ] as const)('detailed %s, denied %j', async (detailed, denied, opened, evidence) => {
    const host = probed({ denied });
    const { result } = await host.status(detailed);
    expect(host.opened).toEqual(opened);
    expect(result).toMatchObject({ Outcome: 'Read', State: 'Unknown' });
    expect(result.Evidence).toMatch(evidence);
  });

  test('nobody is let in at all', async () => {
    const host = probed({ denied: ['readwrite', 'read', 'query'] });
    const { result, category } = await host.status(true);
    expect(result).toMatchObject({ Outcome: 'AccessDenied', State: 'Unknown', Evidence: '', Keys: null });
    expect(category).toBe('PermissionDenied');
  });

  test('without elevation a conflict is seen, and not whose it is', async () => {
    const host = probed({ denied: ['read'], script: { CHECK_VERIFY2: STATUS_DEVICE_BUSY } });
    expect((await host.status()).result).toMatchObject({ State: 'Unknown', Keys: null });
  });
});

describe('deadlines', () => {
  test.each(['CHECK_VERIFY', 'READ KEYS', 'READ RESERVATION'])('%s that never comes', async (probe) => {
    const host = probed({ script: { [probe]: 'never' } });
    const { result } = await host.status();
    expect(result).toMatchObject({ Outcome: 'TimedOut', State: 'Unknown', DurationMs: 30_000 });
    expect(result.Message).toBe('The reservation could not be read within 30 s. Nothing that changes anything was sent.');
    expect(host.clock.pending).toBe(0);
  });

  test('a disk with a pending request gets no further one', async () => {
    const host = probed({ script: { 'READ KEYS': 'never' } });
    await host.status();
    expect((await host.status()).result.Outcome).toBe('InUse');
  });
});

// Whatever is no mistake of the device is one of ours, and not to be taken for an answer.
test.each<[string, boolean]>([
  ['READ KEYS', false], ['READ KEYS', true], ['REPORT CAPABILITIES', true],
])('%s that a bus answers as no bus may ends as Failed', async (probe, detailed) => {
  const { result } = await probed({ script: { [probe]: 'no buffer' } }).status(detailed);
  expect(result).toMatchObject({ Outcome: 'Failed', NtStatus: null, Message: expect.stringMatching(/null/) });
});

test('what no list has is none', async () => {
  const { result } = await probed({ script: { 'READ RESERVATION': noReservation } }).status();
  expect(result)
    .toMatchObject({ Keys: '', KeyCount: 0, HolderKey: null, Type: null, Scope: null, State: 'Unknown' });
});
