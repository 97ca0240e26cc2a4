// The worker in one thread, with a rehearsed or scripted bus and a clock that the tests turn: each request has
// exactly one final reply, whatever the disks and the other requests do.

import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Bus } from '../../src/bus/bus.ts';
import { rehearsalOf } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import { clixmlShape } from '../../src/clixml/shape.ts';
import { type BusOpener, Worker } from '../../src/worker/worker.ts';
import { type Device, ScriptedBus, disk } from './scripted-bus.ts';
import { oneDisk } from './clear-world.ts';
import { VirtualClock } from './virtual-clock.ts';

interface Reply {
  readonly id: number;
  readonly kind: string;
  /** A text, or the properties of an object as they stand on the line. */
  readonly text: string;
  readonly properties: Readonly<Record<string, string>>;
}

const shape = new RegExp(clixmlShape);
const finals = new Set(['result', 'plan', 'cleared', 'clearplan', 'reservation', 'done', 'error']);

/** A reply line as the module reads it, after the module's own check. */
function replyOf(line: string): Reply {
  expect(shape.test(line)).toBe(true);
  const [, id, kind, payload = ''] = /<U32>(\d+)<\/U32><S>(\w+)<\/S>(.*)<\/Objs>$/.exec(line) ?? [];
  const properties = Object.fromEntries([...payload.matchAll(/ N="(\w+)">([^<]*)</g)].map(([, name,
    value]) => [name, value]));
  return { id: Number(id), kind: kind!, text: /^<S>([^<]*)</.exec(payload)?.[1] ?? '', properties };
}

function start(opener: Partial<BusOpener> | Bus, clock = new VirtualClock()) {
  const open: BusOpener = {
    windows: async () => ('open' in opener ? opener as Bus : Promise.reject(new Error('no Windows here'))),
    rehearsal: () => Promise.reject(new Error('no rehearsal here')),
    ...('open' in opener ? {} : opener),
  };
  const replies: Reply[] = [];
  const worker = new Worker(clock, open, (line) => replies.push(replyOf(line)));
  const take = (...lines: string[]) => lines.forEach((line) => worker.take(line));
  const final = (id: number) => {
    const all = replies.filter((reply) => reply.id === id && finals.has(reply.kind));
    expect(all.length).toBeLessThanOrEqual(1);
    return all[0];
  };
  return { clock, worker, replies, take, final };
}

const release = (id: number, number: number, more = '') => `id=${id}&verb=release&number=${number}${more}`;
const slow = (number: number, ms = 100) => disk(number, { answers: { release: { afterMs: ms } } });

/** A disk that is free, and one with the keys of two hosts. */
const shared = (clock: VirtualClock) => rehearsalOf(JSON.stringify({
  version: 1, thisHost: 'a',
  logicalUnits: [{ name: 'free' }, { name: 'keys',
    registrations: [{ initiator: 'a', key: '0xA1' }, { initiator: 'b', key: '0xA2' }] }],
  hosts: { a: { disks: [{ number: 1, unit: 'free' }, { number: 2, unit: 'keys' }] }, b: {} },
}), { clock });

test('ports are those that the bus knows: on Windows the module asks elsewhere', async () => {
  const clock = new VirtualClock();
  const rehearsed = start(shared(clock), clock);
  const scripted = start(new ScriptedBus(clock, [disk(1)]), clock);
  for (const { take } of [rehearsed, scripted]) take('id=1&verb=ports');
  await clock.advance(1);
  expect(rehearsed.final(1)).toMatchObject({ kind: 'done', text: expect.stringMatching(/^FC 2100001B[0-9A-F]{8}$/) });
  expect(scripted.final(1)).toMatchObject({ kind: 'done', text: '' });
});

describe('one request, one final reply', () => {
  const shop = (clock: VirtualClock) =>
    rehearsalOf(readFileSync(new URL('../../ps/rehearsal/small-shop.json', import.meta.url), 'utf8'), { clock });

  test('a whole shop', async () => {
    const clock = new VirtualClock();
    const { take, replies, worker } = start(shop(clock), clock);
    for (let number = 0; number <= 16; number++) take(release(number + 1, number));
    take(String.raw`id=18&verb=release&path=%5C%5C.%5CTape0`, 'id=19&verb=list', 'id=20&verb=release&plan=1&number=1');
    expect(worker.unanswered).toBe(20);
    await clock.advance(30_000);
    const done = replies.filter((reply) => finals.has(reply.kind));
    expect(done.map(({ id }) => id).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(worker.unanswered).toBe(0);
    const kinds = Object.fromEntries(done.map(({ id, kind, properties }) => [id, properties.Outcome ?? kind]));
    expect(kinds).toMatchObject({
      1: 'Refused', 2: 'Accepted', 5: 'NotSupported', 6: 'Conflict', 7: 'AccessDenied', 8: 'NotFound', 10: 'InUse',
        12: 'TimedOut',
      13: 'Failed', 17: 'NotFound', 18: 'Accepted', 19: 'done', 20: 'Accepted',
    });
    expect(replies.filter(({ kind }) => kind === 'disk').length).toBe(17);
    expect(done.find(({ id }) => id === 20)?.kind).toBe('plan');
  });

  test('a brief list says of each device what the long one says, in few replies', async () => {
    const clock = new VirtualClock();
    const { take, replies } = start(shop(clock), clock);
    take('id=1&verb=list', 'id=2&verb=list&brief=1');
    await clock.advance(30_000);
    const of = (id: number) => replies.filter((reply) => reply.id === id).map(({ kind }) => kind);
    expect(of(2)).toEqual(['disks', 'done']);
    expect(new Set(of(1))).toEqual(new Set(['disk', 'done']));
  });

  test('the steps come before it, when they are asked for', async () => {
    const bus = new ScriptedBus(new VirtualClock(), [disk(3)]);
    const { take, replies, clock } = start(bus);
    take(release(1, 3, '&verbose=1'), release(2, 3));
    await clock.runAll();
    const kinds = (id: number) => replies.filter((reply) => reply.id === id).map(({ kind }) => kind);
    expect(kinds(1).length).toBeGreaterThan(3);
    expect(kinds(1).at(-1)).toBe('result');
    expect(new Set(kinds(1).slice(0, -1))).toEqual(new Set(['verbose']));
    expect(kinds(2)).toEqual(['result']);
  });

  test('the error category goes with the result', async () => {
    const lines: string[] = [];
    const clock = new VirtualClock();
    const bus = new ScriptedBus(clock, [disk(3), disk(4, { clustered: true })]);
    const worker = new Worker(clock, { windows: async () => bus, rehearsal: () => Promise.reject(new Error()) },
      (line) => lines.push(line));
    worker.take(release(1, 3));
    await clock.runAll();
    worker.take(release(2, 4));
    await clock.runAll();
    expect(lines.map((line) => /<\/Obj>(.*)<\/Objs>$/.exec(line)?.[1]))
      .toEqual(['<S></S>', '<S>InvalidOperation</S>']);
  });

  test.each([
    ['nonsense', 'nonsense', 0],
    ['an unknown verb', 'id=7&verb=fly', 7],
    ['an id twice', 'id=7&verb=list&id=8', 7],
    ['an id that is none', 'id=0&verb=list', 0],
  ])('%s is answered with an error', (_, line, id) => {
    const { take, replies, worker } = start({});
    take(line);
    expect(replies)
      .toEqual([{ id, kind: 'error', text: expect.stringMatching(/^Request not understood: .*\.$/),
        properties: {} }]);
    expect(worker.unanswered).toBe(0);
  });

  test('an error says by its category that nothing was understood, and sent', async () => {
    const lines: string[] = [];
    const worker = new Worker(new VirtualClock(), {
      windows: () => Promise.reject(new Error('no Windows here')), rehearsal: () => Promise.reject(new Error('no rehearsal here')),
    }, (line) => lines.push(line));
    worker.take('id=7&verb=fly');
    worker.take('id=8&verb=list');
    await new Promise((resolve) => void setImmediate(resolve));
    expect(lines.map((line) => /<S>error<\/S><S>[^<]*<\/S>(.*)<\/Objs>$/.exec(line)?.[1])).toEqual(['<S>InvalidArgument</S>', '']);
  });

  test('a mistake of ours in the parser stays loud', () => {
    const { worker } = start({});
    expect(() => worker.take(null as unknown as string)).toThrow(TypeError);
  });

  test('reserve and status: what was read, and each registrant before it', async () => {
    const clock = new VirtualClock();
    const { take, replies, worker } = start(shared(clock), clock);
    take('id=1&verb=reserve&number=1', 'id=2&verb=status&number=2&detailed=1', 'id=3&verb=status&number=3');
    await clock.runAll();
    expect(worker.unanswered).toBe(0);
    expect(replies.filter(({ id }) => id === 1).map(({ kind, properties }) => `${kind} ${properties.Outcome}`))
      .toEqual(['result Reserved']);
    const two = replies.filter(({ id }) => id === 2);
    expect(two.map(({ kind }) => kind)).toEqual(['registrant', 'registrant', 'reservation']);
    expect(two[0]?.properties).toMatchObject({ Key: '0x00000000000000A1', Number: '2', Bus: 'Rehearsal' });
    expect(two[2]?.properties).toMatchObject({ State: 'Persistent', KeyCount: '2', Outcome: 'Read' });
    expect(replies.filter(({ id }) => id === 3)).toMatchObject([{ kind: 'reservation',
      properties: { Outcome: 'NotFound', State: 'Unknown' } }]);
  });

  test('a status that is refused has its error category', async () => {
    const lines: string[] = [];
    const clock = new VirtualClock();
    const worker = new Worker(clock,
      { windows: async () => shared(clock), rehearsal: () => Promise.reject(new Error()) }, (line) => lines.push(line));
    worker.take('id=1&verb=status&number=3');
    worker.take('id=2&verb=status&number=1');
    await clock.runAll();
    expect(lines.map((line) => /<\/Obj>(.*)<\/Objs>$/.exec(line)?.[1]).sort())
      .toEqual(['<S></S>', '<S>ObjectNotFound</S>']);
  });

  test('a late completion is told after it', async () => {
    const clock = new VirtualClock();
    const { take, replies } = start(new ScriptedBus(clock, [slow(3, 5000)]), clock);
    take(release(1, 3, '&timeout=1'));
    await clock.runAll();
    expect(replies.map(({ kind }) => kind)).toEqual(['result', 'warning']);
    expect(replies[1]?.text)
      .toMatch(/^disk 3: the driver completed the request with STATUS_SUCCESS after 5000 ms/);
  });

  test('an answer that cannot be written is an error', async () => {
    const clock = new VirtualClock();
    const { take, final, worker } = start(new ScriptedBus(clock,
      [disk(3, { answers: { release: { information: -1n } } })]), clock);
    take(release(1, 3));
    await clock.runAll();
    expect(final(1))
      .toMatchObject({ kind: 'error',
        text: expect.stringMatching(/^The answer could not be written: -1 is not/) });
    expect(worker.unanswered).toBe(0);
  });

  test.each([
    ['rejects', () => Promise.reject(new Error('disk full'))],
    ['throws', () => { throw new Error('disk full'); }],
  ])('what the disk said stays true when flush %s', async (_, flush) => {
    const clock = new VirtualClock();
    const bus = new ScriptedBus(clock, [disk(3)]);
    bus.flush_ = flush;
    const { take, replies } = start(bus, clock);
    take(release(1, 3));
    await clock.runAll();
    expect(replies.map(({ kind, text, properties }) => `${kind} ${text}${properties.Outcome ?? ''}`))
      .toEqual(['warning Not stored: disk full', 'result Accepted']);
  });

  test('it is stored before anybody hears of it', async () => {
    const clock = new VirtualClock();
    const bus = new ScriptedBus(clock, [disk(3)]);
    let store = () => {};
    bus.flush_ = () => new Promise((resolve) => { store = resolve; });
    const { take, replies } = start(bus, clock);
    take(release(1, 3));
    await clock.runAll();
    expect(replies).toEqual([]);
    store();
    await clock.runAll();
    expect(replies.length).toBe(1);
  });
});

describe('the throttle', () => {
  test.each([1, 2, 5])('%i at a time, in their order', async (throttle) => {
    const clock = new VirtualClock();
    const bus = new ScriptedBus(clock, Array.from({ length: 12 }, (_, i) => slow(i)));
    const { take, replies } = start(bus, clock);
    for (let i = 0; i < 12; i++) take(release(i + 1, i, `&throttle=${throttle}`));
    for (let wave = 1; wave <= Math.ceil(12 / throttle); wave++) {
      await clock.advance(0);
      // Those of the one reading of the bus left out.
      expect(bus.opened.filter(({ access }) => access === 'read').length).toBe(Math.min(12, wave * throttle));
      await clock.advance(100);
      expect(replies.length).toBe(Math.min(12, wave * throttle));
    }
    expect(replies.map(({ id }) => id)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
  });

  test('32 when nobody says', async () => {
    const clock = new VirtualClock();
    const bus = new ScriptedBus(clock, Array.from({ length: 40 }, (_, i) => disk(i, { open: { hangs: true } })));
    const { take } = start(bus, clock);
    for (let i = 0; i < 40; i++) take(release(i + 1, i));
    await clock.advance(0);
    expect(bus.opened.length).toBe(32);
  });

  test('pipelines do not wait for each other', async () => {
    const clock = new VirtualClock();
    const { take, final } = start(new ScriptedBus(clock,
      [disk(0, { answers: { release: { hangs: true } } }), disk(1), disk(2)]), clock);
    take(release(1, 0, '&group=1&throttle=1'), release(2, 1, '&group=1&throttle=1'),
      release(3, 2, '&group=2&throttle=1'));
    await clock.advance(1);
    expect([final(1), final(2), final(3)?.kind]).toEqual([undefined, undefined, 'result']);
    await clock.advance(30_000);
    expect([final(1)?.properties.Outcome, final(2)?.properties.Outcome]).toEqual(['TimedOut', 'Accepted']);
  });

  test('a pipeline can come back', async () => {
    const clock = new VirtualClock();
    const { take, final } = start(new ScriptedBus(clock, [disk(1)]), clock);
    for (const id of [1, 2, 3]) {
      take(release(id, 1, '&group=1&throttle=1'));
      await clock.runAll();
      expect(final(id)?.properties.Outcome).toBe('Accepted');
    }
  });

  test('the same disk twice in one pipeline', async () => {
    const clock = new VirtualClock();
    const bus = new ScriptedBus(clock, [slow(3)]);
    const { take, final } = start(bus, clock);
    take(release(1, 3), release(2, 3), String.raw`id=3&verb=release&path=%5C%5C%3F%5Cphysicaldrive3`,
      'id=4&verb=release&serialNumber=ser3');
    await clock.runAll();
    expect([1, 2, 3, 4].map((id) => final(id)?.properties.Outcome))
      .toEqual(['Accepted', 'Accepted', 'Accepted', 'Accepted']);
    expect([bus.releases(), bus.broken]).toEqual([4, []]);
  });
});

describe('clear', () => {
  const KEY = '0x00000000000000A1';

  test('is planned, and done, with what it says beside a result', async () => {
    const clock = new VirtualClock();
    const { take, final } = start(shared(clock).as('b'), clock);
    // This host has a key there already.
    const { take: takeA, final: finalA } = start(shared(clock), clock);
    const { take: takeC, final: finalC } = start(rehearsalOf(JSON.stringify(oneDisk()), { clock }), clock);
    takeA('id=1&verb=clear&method=clear&number=2');
    takeC('id=2&verb=clear&method=Preempt&number=1&plan=1&holderKey=0xA1');
    take('id=3&verb=clear&method=Clear&number=2');
    await clock.runAll();
    expect(finalA(1)).toMatchObject({ kind: 'cleared', properties: { Outcome: 'Refused', Method: 'Clear', KeyCount: '2', OwnKeyLeft: 'false' } });
    expect(finalC(2)).toMatchObject({ kind: 'clearplan', properties: { Outcome: 'Accepted', Method: 'Preempt' } });
    expect(finalC(2)!.properties['Message']).toContain(KEY);
    expect(finalC(2)!.properties['Shown']).toMatch(/^[0-9a-f]{128}$/);
    // A host that does not see the disk.
    expect(final(3)).toMatchObject({ kind: 'cleared', properties: { Outcome: 'NotFound', Method: 'Clear' } });
  });

  test('what was not begun when its pipeline was stopped is refused by its own kind', async () => {
    const clock = new VirtualClock();
    const { take, final } = start(shared(clock), clock);
    take('id=1&verb=status&number=1&group=4&throttle=1', 'id=2&verb=clear&method=Reset&number=2&group=4&throttle=1', 'id=3&verb=cancel&group=4');
    await clock.runAll();
    expect(final(2)).toMatchObject({ kind: 'cleared', properties: { Outcome: 'Refused', Method: 'Reset' } });
  });
});

describe('cancel', () => {
  test('between two commands of one disk: the second is not sent, and the first is undone', async () => {
    const clock = new VirtualClock();
    const bus = rehearsalOf(JSON.stringify(oneDisk({}, { faults: { prOut: [{ action: 'REGISTER', done: true, lateMs: 6000, times: 1 }] } })),
      { clock });
    const { take, final } = start(bus, clock);
    take('id=1&verb=clear&method=Clear&number=1&group=4');
    await clock.advance(2000);
    take('id=2&verb=cancel&group=4');
    await clock.runAll();
    expect(final(2)?.text).toBe('0');
    expect(final(1)?.properties).toMatchObject({ Outcome: 'Failed', KeysLeft: '2', Undone: 'true', OwnKeyLeft: 'false',
      Message: expect.stringContaining('The pipeline was stopped before CLEAR was sent.') });
  });

  test('answers the queued ones unsent, and lets those that run finish', async () => {
    const clock = new VirtualClock();
    const bus = new ScriptedBus(clock, [1, 2, 3, 4].map((n) => slow(n)));
    const { take, final, replies, worker } = start(bus, clock);
    take(...[1, 2, 3, 4].map((n) => release(n, n, '&group=5&throttle=2&friendlyName=F')));
    await clock.advance(10);
    take('id=9&verb=cancel&group=5');
    await clock.advance(10);
    expect(replies.map(({ id }) => id)).toEqual([3, 4, 9]);
    expect(final(3)?.properties).toMatchObject({
      Number: '3', FriendlyName: 'F', Outcome: 'Refused', DurationMs: '0',
        Message: expect.stringMatching(/stopped .* Nothing was sent/),
    });
    expect(final(9)).toMatchObject({ kind: 'done', text: '2' });
    await clock.runAll();
    expect([1, 2].map((id) => final(id)?.properties.Outcome)).toEqual(['Accepted', 'Accepted']);
    expect([bus.releases(), worker.unanswered]).toEqual([2, 0]);
  });

  test('takes back what waits for its turn on a device', async () => {
    const clock = new VirtualClock();
    const bus = new ScriptedBus(clock, [slow(1)]);
    const { take, final } = start(bus, clock);
    take(release(1, 1), release(2, 1), release(3, 1, '&group=2'));
    await clock.advance(10);
    take('id=4&verb=cancel');
    await clock.runAll();
    expect([1, 2, 3].map((id) => final(id)?.properties.Outcome)).toEqual(['Accepted', 'Refused', 'Accepted']);
    expect(final(2)?.properties.Message).toBe('The pipeline was stopped before this disk was reached. Nothing was sent.');
    expect([bus.releases(), bus.closed, bus.broken]).toEqual([2, bus.handles, []]);
  });

  test.each([
    ['a plan is answered as one', 'id=2&verb=release&plan=1&number=1', 'plan'],
    ['a reserve is a result', 'id=2&verb=reserve&number=1', 'result'],
    ['a list has nothing to show', 'id=2&verb=list', 'error'],
    ['a status has nothing to show', 'id=2&verb=status&number=1', 'error'],
    ['a rehearsal is not entered', 'id=2&verb=rehearse&file=x', 'error'],
  ])('%s', async (_, line, kind) => {
    const clock = new VirtualClock();
    const { take, final } = start(new ScriptedBus(clock, [slow(1)]), clock);
    take(release(1, 1, '&throttle=1'), `${line}&throttle=1`);
    await clock.advance(10);
    take('id=3&verb=cancel');
    await clock.runAll();
    expect([final(1)?.properties.Outcome, final(2)?.kind, final(3)?.text]).toEqual(['Accepted', kind, '1']);
  });

  test('what a plan showed goes with the request', async () => {
    const clock = new VirtualClock();
    const { take, final } = start(new ScriptedBus(clock, [disk(1), disk(2, { open: { fails: true, win32: 5 } })]), clock);
    take('id=1&verb=release&plan=1&number=1', 'id=2&verb=release&plan=1&number=2');
    await clock.runAll();
    const shown = final(1)?.properties.Shown;
    expect(shown).toMatch(/^[0-9a-f]{64}$/);
    expect(Object.keys(final(2)!.properties)).not.toContain('Shown');
    take(`id=3&verb=release&number=1&shown=${shown}`, `id=4&verb=release&number=1&shown=${'0'.repeat(64)}`);
    await clock.runAll();
    expect([final(3)?.properties.Outcome, final(4)?.properties.Outcome]).toEqual(['Accepted', 'IdentityChanged']);
    expect(final(3)?.properties.Shown).toBeUndefined();
  });

  test('that disks share an identity, a pipeline is told once; so are the last sixteen of them', async () => {
    const clock = new VirtualClock();
    const bus = rehearsalOf(JSON.stringify({
      version: 1, thisHost: 'a', logicalUnits: [{ name: 'one', naa: '6000000000000001', serial: 'S' }],
      hosts: { a: { disks: [{ number: 1, unit: 'one' }, { number: 2, unit: 'one', initiators: ['a 2'] }] } },
    }), { clock });
    const { take, replies } = start(bus, clock);
    const warnings = () => replies.filter(({ kind }) => kind === 'warning').map(({ id, text }) => [id, text]);
    take('id=1&verb=status&number=1&group=1', 'id=2&verb=status&number=2&group=1', 'id=3&verb=status&number=2&group=2');
    await clock.runAll();
    const text = 'Disk 1 and disk 2 have the same UniqueId, 6000000000000001, and no different serial numbers: they are taken for one '
      + 'LUN over several paths.';
    expect(warnings()).toEqual([[expect.any(Number), text], [3, text]]);
    for (let group = 3; group < 19; group += 1) take(`id=${group + 100}&verb=status&number=1&group=${group}`);
    await clock.runAll();
    take('id=300&verb=status&number=1&group=18', 'id=301&verb=status&number=1&group=1');
    await clock.runAll();
    expect(warnings().map(([id]) => id).slice(2)).toEqual([...Array.from({ length: 16 }, (_, at) => at + 103), 301]);
  });

  test('only its own pipeline', async () => {
    const clock = new VirtualClock();
    const { take, final } = start(new ScriptedBus(clock, [slow(1), disk(2)]), clock);
    take(release(1, 1, '&group=1&throttle=1'), release(2, 2, '&group=1&throttle=1'), 'id=3&verb=cancel&group=2');
    await clock.runAll();
    expect([final(2)?.properties.Outcome, final(3)?.text]).toEqual(['Accepted', '0']);
  });

  test('nothing to cancel: no bus is opened for it', async () => {
    let opened = 0;
    const clock = new VirtualClock();
    const { take, final } = start({ windows: async () => (opened++, new ScriptedBus(clock, [disk(1)])),
      rehearsal: async () => new ScriptedBus(clock, [disk(1)]) }, clock);
    take('id=1&verb=cancel', 'id=2&verb=rehearse&file=x');
    await clock.runAll();
    expect([opened, final(1)?.kind, final(2)?.kind]).toEqual([0, 'done', 'done']);
  });

  test('the bus cannot be had for those that waited', async () => {
    const clock = new VirtualClock();
    let fail = () => {};
    const { take, final, worker } = start({ windows: () =>
      new Promise((_, reject) => { fail = () => reject(new Error('none')); }) }, clock);
    take(release(1, 1, '&throttle=1'), release(2, 2, '&throttle=1'), 'id=3&verb=cancel');
    fail();
    await clock.runAll();
    expect([1, 2, 3].map((id) => [final(id)?.kind, final(id)?.text]))
      .toEqual([['error', 'none'], ['error', 'none'], ['error', 'none']]);
    expect(worker.unanswered).toBe(0);
  });

  test('stop forgets what has not been sent', async () => {
    const clock = new VirtualClock();
    const bus = new ScriptedBus(clock, [slow(1), slow(2)]);
    const { take, replies, worker } = start(bus, clock);
    take(release(1, 1, '&throttle=2'), release(2, 1, '&throttle=2'), release(3, 2, '&throttle=2'));
    await clock.advance(1);
    worker.stop();
    await clock.runAll();
    expect([replies.map(({ id }) => id), bus.releases()]).toEqual([[1, 2], 1]);
  });
});

describe('the bus', () => {
  test('is opened at the first request, once', async () => {
    const clock = new VirtualClock();
    let opened = 0;
    const bus = new ScriptedBus(clock, [disk(1)]);
    const { take, final } = start({ windows: async () => (opened++, bus) }, clock);
    expect(opened).toBe(0);
    take(release(1, 1), release(2, 1), 'id=3&verb=list');
    await clock.runAll();
    take(release(4, 1));
    await clock.runAll();
    expect([opened, [1, 2, 3, 4].map((id) => final(id)?.kind)])
      .toEqual([1, ['result', 'result', 'done', 'result']]);
  });

  test('that cannot be opened answers each request, and is tried again', async () => {
    const clock = new VirtualClock();
    let tries = 0;
    const bus = new ScriptedBus(clock, [disk(1)]);
    const { take, final } = start({ windows: async () => {
      if (tries++ === 0) throw 'no stack';
      return bus;
    } }, clock);
    take(release(1, 1), 'id=2&verb=list', 'id=3&verb=release&plan=1&number=1');
    await clock.runAll();
    expect([1, 2, 3].map((id) => [final(id)?.kind, final(id)?.text]))
      .toEqual([1, 2, 3].map(() => ['error', 'no stack']));
    take(release(4, 1));
    await clock.runAll();
    expect(final(4)?.properties.Outcome).toBe('Accepted');
  });

  const small = JSON.stringify({
    version: 1, thisHost: 'host-a', logicalUnits: [{ name: 'one' }],
    hosts: { 'host-a': { disks: [{ number: 1, unit: 'one' }] }, 'host-b': {} },
  });
  const rehearsal = (clock: VirtualClock): BusOpener['rehearsal'] => async (file, initiator, warn) => {
    if (file !== 'bus.json') throw new Error(`${file}: cannot be read`);
    warn('it is only a rehearsal');
    return rehearsalOf(small, { clock, initiator: initiator ?? undefined });
  };

  test('of a rehearsal is entered first', async () => {
    const clock = new VirtualClock();
    const { take, replies, final } = start({ rehearsal: rehearsal(clock) }, clock);
    take('id=1&verb=rehearse&file=bus.json', release(2, 1));
    await clock.runAll();
    expect(replies.map(({ id, kind, text }) => [id, kind, text]))
      .toEqual([[1, 'warning', 'it is only a rehearsal'], [1, 'done', 'host-a'], [2, 'result', '']]);
    expect(final(2)?.properties.Bus).toBe('Rehearsal');
  });

  test('of a rehearsal is played by the host that was named', async () => {
    const clock = new VirtualClock();
    const { take, final } = start({ rehearsal: rehearsal(clock) }, clock);
    take('id=1&verb=rehearse&file=bus.json&initiator=host-b');
    await clock.runAll();
    expect(final(1)?.text).toBe('host-b');
  });

  test.each([
    ['after the real one', (clock: VirtualClock) => ({ windows: async () => new ScriptedBus(clock, [disk(1)]),
      rehearsal: rehearsal(clock) }),
      'id=1&verb=list'],
    ['twice', (clock: VirtualClock) => ({ rehearsal: rehearsal(clock) }), 'id=1&verb=rehearse&file=bus.json'],
  ])('a rehearsal is not entered %s', async (_, opener, first) => {
    const clock = new VirtualClock();
    const { take, final } = start(opener(clock), clock);
    take(first);
    await clock.runAll();
    take('id=2&verb=rehearse&file=bus.json');
    await clock.runAll();
    expect([final(1)?.kind, final(2)?.kind, final(2)?.text])
      .toEqual(['done', 'error', 'A rehearsal is entered before anything else, by a worker of its own.']);
  });

  test('requests of a rehearsal that failed never go to the real disks', async () => {
    const clock = new VirtualClock();
    const real = new ScriptedBus(clock, [disk(1)]);
    const { take, final } = start({ windows: async () => real, rehearsal: rehearsal(clock) }, clock);
    take('id=1&verb=rehearse&file=other.json', release(2, 1));
    await clock.runAll();
    take(release(3, 1), 'id=4&verb=rehearse&file=bus.json', 'id=5&verb=rehearse');
    await clock.runAll();
    expect([1, 2, 3].map((id) => final(id)?.text)).toEqual(Array(3).fill('other.json: cannot be read'));
    expect([final(4)?.kind, final(5)?.kind, real.opened]).toEqual(['error', 'error', []]);
  });

  test('a rehearsal without a file', async () => {
    const { take, final,
      clock } = start({ rehearsal: async (file) => { throw new Error(`"${file}" is no file`); } });
    take('id=1&verb=rehearse');
    await clock.runAll();
    expect(final(1)?.text).toBe('"" is no file'.replaceAll('"', '&quot;'));
  });

  test('a list that cannot be had', async () => {
    const clock = new VirtualClock();
    const bus = new ScriptedBus(clock, [disk(1)]);
    bus.list_ = () => Promise.reject(new Error('no list'));
    const { take, final } = start(bus, clock);
    take('id=1&verb=list');
    await clock.runAll();
    expect(final(1)).toMatchObject({ kind: 'error', text: 'no list' });
  });
});

describe('any interleaving', () => {
  /** One of each kind of disk, each a number of times; `sends`: a RELEASE may go to it. */
  const kinds: readonly { readonly make: (number: number) => Device; readonly sends: boolean }[] = [
    { make: (n) => disk(n), sends: true },
    { make: (n) => slow(n, 700), sends: true },
    { make: (n) => slow(n, 4000), sends: true },
    { make: (n) => disk(n, { answers: { release: { hangs: true } } }), sends: true },
    { make: (n) => disk(n, { answers: { release: { afterMs: 1500 } }, cancels: 'request' }), sends: true },
    { make: (n) => disk(n, { answers: { release: { status: 0x80000011 } } }), sends: true },
    { make: (n) => disk(n, { answers: { release: { rejects: new Error('torn off') } } }), sends: true },
    { make: (n) => disk(n, { answers: { release: { throws: new Error('torn off') } } }), sends: true },
    { make: (n) => disk(n, { closes: { hangs: true } }), sends: true },
    { make: (n) => disk(n, { closes: { rejects: new Error('stays open') } }), sends: true },
    { make: (n) => disk(n, { open: { afterMs: 900 } }), sends: true },
    { make: (n) => disk(n, { open: { hangs: true } }), sends: false },
    { make: (n) => disk(n, { open: { rejects: new Error('no handle') } }), sends: false },
    { make: (n) => disk(n, { open: { fails: true, status: 0xc0000022, win32: 5 } }), sends: false },
    { make: (n) => disk(n, { answers: { descriptor: { hangs: true } } }), sends: false },
    { make: (n) => disk(n, { answers: { page83: { afterMs: 5000 } } }), sends: false },
    { make: (n) => disk(n, { clustered: true }), sends: false },
    { make: (n) => disk(n, { number: n + 500, serial: null }), sends: false },
    { make: (n) => disk(n, { partition: 2 }), sends: false },
  ];
  const count = kinds.length;
  const throttles = [1, 2, 5];

  type Action =
    | { readonly do: 'ask'; readonly verb: string; readonly disk: number; readonly by: number;
      readonly timeout: number; readonly group: number }
    | { readonly do: 'cancel'; readonly group: number }
    | { readonly do: 'garbage'; readonly line: string }
    | { readonly do: 'advance'; readonly ms: number };

  const group = fc.nat(throttles.length - 1);
  const actions: fc.Arbitrary<Action[]> = fc.array(fc.oneof(
    { weight: 12, arbitrary: fc.record({
      do: fc.constant('ask' as const), verb: fc.constantFrom('release', 'release', 'release', 'release&plan=1'),
        disk: fc.nat(count - 1),
      by: fc.nat(3), timeout: fc.integer({ min: 1, max: 3 }), group,
    }) },
    { weight: 1, arbitrary: fc.record({
      do: fc.constant('ask' as const), verb: fc.constant('list'), disk: fc.constant(0), by: fc.constant(0),
      timeout: fc.integer({ min: 1, max: 3 }), group,
    }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), group }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('garbage' as const),
      line: fc.constantFrom('x', 'id=0&verb=list', '%') }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.nat(2500) }) },
  ), { maxLength: 24, size: 'max' });

  /** How a request names its disk: by number, path or serial number, or by number and a wrong serial number. */
  const named = (number: number, by: number) => [
    `number=${number}`, `path=${encodeURIComponent(`\\\\?\\PHYSICALDRIVE${number}`)}`, `serialNumber=SER${number}`,
    `number=${number}&serialNumber=OTHER`,
  ][by];

  async function play(all: readonly Action[], roles: 'answer' | 'hang' | 'reject') {
    const clock = new VirtualClock();
    const bus = new ScriptedBus(clock, kinds.map(({ make }, i) => make(i)));
    if (roles === 'hang') bus.roles_ = () => new Promise(() => {});
    if (roles === 'reject') bus.roles_ = () => Promise.reject(new Error('no roles'));
    const groupOf = new Map<number, number>();
    const begun = new Map<number, Set<number>>(throttles.map((_, i) => [i, new Set()]));
    const answered = new Map<number, Reply>();
    const sawSteps = new Set<number>();
    const wrong: string[] = [];
    let garbage = 0;
    let zeros = 0;
    const worker = new Worker(clock, { windows: async () => bus, rehearsal: () => Promise.reject(new Error()) },
      (line) => {
      const reply = replyOf(line);
      if (reply.id === 0) return void zeros++;
      const at = groupOf.get(reply.id)!;
      if (finals.has(reply.kind)) {
        if (answered.has(reply.id)) wrong.push(`${reply.id} has two final replies`);
        answered.set(reply.id, reply);
        begun.get(at)!.delete(reply.id);
      } else if (reply.kind === 'verbose') {
        if (answered.has(reply.id)) wrong.push(`${reply.id} goes on after its final reply`);
        sawSteps.add(reply.id);
        begun.get(at)!.add(reply.id);
        if (begun.get(at)!.size > throttles[at]!) wrong.push(`more than ${throttles[at]} at a time in ${at}`);
      }
    });
    let id = 0;
    for (const action of all) {
      switch (action.do) {
        case 'advance': await clock.advance(action.ms); break;
        case 'garbage':
          garbage++;
          worker.take(action.line);
          break;
        default: {
          id++;
          groupOf.set(id, action.group);
          worker.take(action.do === 'cancel' ? `id=${id}&verb=cancel&group=${action.group}`
            : `id=${id}&verb=${action.verb}&group=${action.group}&throttle=${throttles[action.group]}&verbose=1`
              + `&timeout=${action.timeout}${action.verb === 'list' ? '' : `&${named(action.disk, action.by)}`}`);
        }
      }
    }
    await clock.runAll();
    expect(wrong).toEqual([]);
    expect([...answered.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: id }, (_, i) => i + 1));
    expect([worker.unanswered, zeros]).toEqual([0, garbage]);
    expect(bus.broken).toEqual([]);
    expect(clock.pending).toBe(0);

    const sentTo = new Map<string, number>();
    for (const [one, { kind, properties }] of answered) {
      if (kind !== 'result' && kind !== 'plan') continue;
      const stopped = properties.Message?.startsWith('The pipeline was stopped') === true;
      // What never began can only have been stopped.
      if (!sawSteps.has(one)) expect(stopped).toBe(true);
      const sent = properties.Message?.startsWith('No answer within') === true
        || properties.NextStep?.startsWith('The request had been sent') === true
          || properties.Information !== undefined;
      if (kind === 'plan' || stopped) expect(sent).toBe(false);
      if (sent) sentTo.set(properties.DevicePath!, (sentTo.get(properties.DevicePath!) ?? 0) + 1);
    }
    for (const [i, { sends }] of kinds.entries()) {
      const { path } = bus.devices[i]!;
      expect([path, bus.releases(path)]).toEqual([path, sentTo.get(path) ?? 0]);
      if (!sends || roles !== 'answer') expect(bus.releases(path)).toBe(0);
    }
    return { id, sent: bus.releases() };
  }

  test('none lost, none doubled, none sent to a disk that was refused', async () => {
    let sent = 0;
    let asked = 0;
    await fc.assert(fc.asyncProperty(actions, fc.constantFrom('answer', 'answer', 'answer', 'answer', 'hang',
      'reject'),
      async (all, roles) => {
        const run = await play(all, roles as 'answer');
        sent += run.sent;
        asked += run.id;
      }), { numRuns: 2000 });
    // The runs were not about nothing.
    expect(asked).toBeGreaterThan(10_000);
    expect(sent).toBeGreaterThan(1000);
  });
});
