// The worker as a process: hello first, one writer that blocks nobody, and when it goes.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { BusOpener } from '../../src/worker/worker.ts';
import { serve } from '../../src/worker/serve.ts';
import { longestLine } from '../../src/worker/protocol.ts';
import { type Device, ScriptedBus, disk } from './scripted-bus.ts';
import { VirtualClock } from './virtual-clock.ts';

const who = { name: 'storage-release', version: '1.2.3', build: 'abc', processId: 42, platform: 'test' };
const idle = 60_000;
const settled = () => new Promise((resolve) => void setImmediate(resolve));

/** A parent: its stdin to us can be fed and ended, and it reads, or does not, write by write. */
function parent(devices: readonly Device[] = [disk(1), disk(2)], reads = true) {
  const clock = new VirtualClock();
  const bus = new ScriptedBus(clock, devices);
  const chunks: (Buffer | null | Error)[] = [];
  let wake = () => {};
  async function* stdin() {
    for (;;) {
      while (chunks.length === 0) await new Promise<void>((resolve) => { wake = resolve; });
      const chunk = chunks.shift()!;
      if (chunk === null) return;
      if (chunk instanceof Error) throw chunk;
      yield chunk;
    }
  }
  const feed = async (...texts: string[]) => {
    for (const text of texts) chunks.push(Buffer.from(text, 'latin1'));
    wake();
    await settled();
  };
  const end = async (error: Error | null = null) => {
    chunks.push(error);
    wake();
    await settled();
  };
  const writes: Buffer[] = [];
  const held: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const state = { reads, atOnce: 0, over: false, gone: () => {}, cannotWatch: (_: Error) => {} };
  const write = (bytes: Buffer) => {
    writes.push(bytes);
    if (++state.atOnce > 1) expect.fail('two writes at once');
    const done = () => { state.atOnce--; };
    const result = state.reads ? Promise.resolve() : new Promise<void>((resolve, reject) =>
      held.push({ resolve, reject }));
    return result.finally(done);
  };
  const open: BusOpener = { windows: async () => bus, rehearsal: () => Promise.reject(new Error('no rehearsal')) };
  const parentGone = new Promise<void>((resolve, reject) => {
    state.gone = resolve;
    state.cannotWatch = reject;
  });
  const served = serve(clock, open, who, { input: stdin(), write, parentGone }).then(() => { state.over = true; });
  const lines = () => Buffer.concat(writes).toString('latin1').split('\n').slice(0, -1);
  const kinds = () => lines().map((line) => {
    const [, id, kind] = /<U32>(\d+)<\/U32><S>(\w+)</.exec(line) ?? [];
    return `${id} ${kind}`;
  });
  /** Lets the reader have one write. */
  const read = async (error?: Error) => {
    const first = held.shift()!;
    if (error) first.reject(error);
    else first.resolve();
    await settled();
  };
  return { clock, bus, feed, end, writes, held, state, served, lines, kinds, read };
}

describe('hello', () => {
  test('is the first line, before anything is asked', async () => {
    const { lines, state } = parent();
    await settled();
    expect(lines().length).toBe(1);
    expect(lines()[0])
      .toMatch(/<U32>0<\/U32><S>hello<\/S><Obj><MS><S N="Name">storage-release<\/S><S N="Version">1.2.3<\/S>/);
    expect(lines()[0])
      .toMatch(/<U32 N="Protocol">2<\/U32><S N="Build">abc<\/S><U32 N="ProcessId">42<\/U32><S N="Platform">test</);
    expect(state.over).toBe(false);
  });

  test('is not said twice where it is written already', async () => {
    const writes: Buffer[] = [];
    const nowhere = () => Promise.reject(new Error('no bus'));
    async function* stdin() { yield Buffer.from('id=1&verb=cancel\n'); }
    await serve(new VirtualClock(), { windows: nowhere, rehearsal: nowhere }, null, {
      input: stdin(), write: async (bytes) => { writes.push(bytes); }, parentGone: new Promise(() => {}),
    });
    expect(Buffer.concat(writes).toString('latin1')).toMatch(/^<Objs [^>]*><U32>1<\/U32><S>done<\/S>.*\n$/);
  });

  test('also when requests are already there', async () => {
    const { kinds, feed, clock } = parent();
    await feed('id=1&verb=list\n');
    await clock.advance(0);
    expect(kinds()).toEqual(['0 hello', '1 disk', '1 disk', '1 done']);
  });
});

describe('lines', () => {
  test('in, and each its answer', async () => {
    const { kinds, feed, clock } = parent();
    await feed('id=1&verb=release&num', 'ber=1\r\nid=2&verb=release&number=2\nid=3&verb=fly\n');
    await clock.advance(0);
    expect(kinds().sort()).toEqual(['0 hello', '1 result', '2 result', '3 error']);
  });

  test('one that is too long costs one error', async () => {
    const { kinds, lines, feed, clock } = parent();
    await feed(`id=1&${'x'.repeat(longestLine)}`, 'x'.repeat(1000), '\nid=2&verb=release&number=1\n');
    await clock.advance(0);
    expect(kinds()).toEqual(['0 hello', '1 error', '2 result']);
    expect(lines()[1]).toMatch(/<S>Request not understood: longer than 65536 bytes\.<\/S><S>InvalidArgument<\/S><\/Objs>$/);
  });

  test.each([
    ['with its id', 'id=41&verb=release&serialNumber=', 41],
    ['with its id behind a byte order mark', '\u00ef\u00bb\u00bfid=41&verb=release&serialNumber=', 41],
    ['with its id further on', 'verb=release&id=41&serialNumber=', 41],
    ['whose id is cut', `verb=release&friendlyName=${'x'.repeat(60 - 26)}&id=41`, 0],
    ['whose id stands too far from its beginning', `friendlyName=${'x'.repeat(70)}&id=41&serialNumber=`, 0],
    ['without an id', 'serialNumber=', 0],
    ['of nothing else', '', 0],
  ])('one that is too long is answered by its id: %s', async (_, head, id) => {
    const { kinds, feed } = parent();
    await feed(head, 'x'.repeat(longestLine), '\n');
    expect(kinds()).toEqual(['0 hello', `${id} error`]);
  });

  test('after the end, one that is too long is nothing', async () => {
    const { kinds, feed, clock } = parent();
    await clock.advance(idle);
    await feed(`id=1&${'x'.repeat(longestLine)}\n`);
    expect(kinds()).toEqual(['0 hello', '0 bye']);
  });

  test('half a line at the end is none', async () => {
    const { feed, end, state, bus } = parent();
    await feed('id=1&verb=release&number=1');
    await end();
    expect([state.over, bus.opened]).toEqual([true, []]);
  });
});

describe('idle', () => {
  test('a minute without work: bye, and the end', async () => {
    const { kinds, clock, state } = parent();
    await clock.advance(idle - 1);
    expect(kinds()).toEqual(['0 hello']);
    await clock.advance(1);
    expect([kinds(), state.over, clock.pending]).toEqual([['0 hello', '0 bye'], true, 0]);
  });

  test('counts from the last line', async () => {
    const { kinds, clock, feed } = parent();
    await clock.advance(idle - 1);
    await feed('id=1&verb=release&number=1\n');
    await clock.advance(idle - 1);
    expect(kinds()).toEqual(['0 hello', '1 result']);
    await clock.advance(1);
    expect(kinds().at(-1)).toBe('0 bye');
  });

  test('nonsense is a line, too', async () => {
    const { kinds, clock, feed } = parent();
    await clock.advance(idle - 1);
    await feed('nonsense\n');
    await clock.advance(1);
    expect(kinds()).toEqual(['0 hello', '0 error']);
  });

  test('not while a request is unanswered', async () => {
    const { kinds, clock, feed } = parent([disk(1, { answers: { release: { hangs: true } } })]);
    await feed('id=1&verb=release&number=1&timeout=600\n');
    await clock.advance(599_999);
    expect(kinds()).toEqual(['0 hello']);
    await clock.advance(idle + 1);
    expect(kinds()).toEqual(['0 hello', '1 result', '0 bye']);
  });

  test('counts from the last answer, so that a completion soon after its deadline is still told', async () => {
    const { kinds, clock, feed } = parent([disk(1, { answers: { release: { afterMs: 70_000 } } })]);
    await feed('id=1&verb=release&number=1&timeout=50\n');
    await clock.advance(50_000);
    expect(kinds()).toEqual(['0 hello', '1 result']);
    await clock.advance(20_000);
    expect(kinds()).toEqual(['0 hello', '1 result', '1 warning']);
    await clock.advance(idle);
    expect(kinds().at(-1)).toBe('0 bye');
  });

  test('not while an answer has not been read', async () => {
    const { kinds, clock, feed, state, read, held } = parent();
    await settled();
    state.reads = false;
    await feed('id=1&verb=release&number=1\n');
    await clock.advance(10 * idle);
    expect([kinds(), held.length, state.over]).toEqual([['0 hello', '1 result'], 1, false]);
    state.reads = true;
    await read();
    await clock.advance(idle);
    expect(kinds().at(-1)).toBe('0 bye');
  });

  test('a line that comes after it is not looked at', async () => {
    const { kinds, clock, feed, state, bus } = parent();
    await clock.advance(idle - 1);
    state.reads = false;
    await clock.advance(1);
    await feed('id=1&verb=release&number=1\nid=2&verb=fly\n');
    await clock.advance(1000);
    expect([kinds(), bus.opened]).toEqual([['0 hello', '0 bye'], []]);
  });

  test('a line at the same moment is either answered or comes after bye, never both nor neither', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: -3, max: 3 }), async (offset) => {
      const { kinds, clock, feed, bus } = parent();
      await clock.advance(idle + Math.min(0, offset));
      await feed('id=1&verb=release&number=1\n');
      await clock.advance(10);
      const said = kinds();
      expect(said.includes('1 result')).toBe(!said.includes('0 bye'));
      expect(bus.releases()).toBe(said.includes('1 result') ? 1 : 0);
    }), { numRuns: 20 });
  });
});

describe('a reader that takes its time', () => {
  test('keeps nobody from taking requests, and finds all in order', async () => {
    const { clock, feed, state, read, held, bus, writes, kinds } = parent();
    state.reads = false;
    await settled();
    for (let id = 1; id <= 50; id++) {
      await feed(`id=${id}&verb=release&number=${1 + id % 2}\n`);
      await clock.advance(0);
    }
    expect(bus.releases()).toBe(50);
    while (held.length > 0) await read();
    expect(kinds()).toEqual(['0 hello', ...Array.from({ length: 50 }, (_, i) => `${i + 1} result`)]);
    // What waited goes out together.
    expect(writes.length).toBeLessThan(10);
  });

  test('gets no more than a chunk and a line at a time', async () => {
    const devices = Array.from({ length: 300 }, (_, i) => disk(i, { serial: 'S'.repeat(200) + i }));
    const { clock, feed, state, read, held, writes, kinds } = parent(devices);
    await settled();
    state.reads = false;
    await feed(...devices.map((_, i) => `id=${i + 1}&verb=release&number=${i}&throttle=1024\n`));
    await clock.advance(1000);
    while (held.length > 0) await read();
    expect(kinds().length).toBe(301);
    expect(new Set(kinds()).size).toBe(301);
    expect(Math.max(...writes.map((bytes) => bytes.length))).toBeLessThanOrEqual(128 * 1024);
    expect(writes.every((bytes) => bytes.at(-1) === 10)).toBe(true);
  });

  test('any rhythm of requests and reads: every line once, in order, none left behind', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom('ask', 'read', 'turn', 'reads', 'stalls'),
      { maxLength: 40 }),
      async (steps) => {
        const { clock, feed, state, read, held, kinds } = parent();
        let id = 0;
        for (const step of steps) {
          if (step === 'ask') await feed(`id=${++id}&verb=fly\n`);
          else if (step === 'read' && held.length > 0) await read();
          else if (step === 'turn') await clock.advance(1);
          else if (step === 'reads' || step === 'stalls') state.reads = step === 'reads';
        }
        state.reads = true;
        while (held.length > 0) await read();
        expect(kinds()).toEqual(['0 hello', ...Array.from({ length: id }, (_, i) => `${i + 1} error`)]);
      }), { numRuns: 300 });
  });

  test.each(Array.from({ length: 24 }, (_, turns) => turns))(
    'a line that comes %i turns after a write has ended waits for no other', async (turns) => {
      const { feed, state, held, kinds } = parent();
      await settled();
      state.reads = false;
      await feed('id=1&verb=fly\n');
      held.shift()!.resolve();
      state.reads = true;
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      await feed('id=2&verb=fly\n');
      expect(kinds()).toEqual(['0 hello', '1 error', '2 error']);
    });

  test('that is gone: the end, and nothing more is written', async () => {
    const { clock, feed, state, read, writes, bus } = parent([disk(1, { answers: { release: { afterMs: 100 } } }),
      disk(2)], false);
    await settled();
    await feed('id=1&verb=release&number=1&throttle=1\nid=2&verb=release&number=2&throttle=1\n');
    const before = writes.length;
    await read(new Error('EPIPE'));
    expect(state.over).toBe(true);
    await clock.runAll();
    // What ran with the driver ran on; what waited for its turn never began.
    expect([writes.length, bus.releases()]).toEqual([before, 1]);
  });

  test('whose pipe throws at once is gone as well', async () => {
    const clock = new VirtualClock();
    async function* nothing() { await new Promise(() => {}); yield Buffer.alloc(0); }
    const open: BusOpener = { windows: () => Promise.reject(new Error()), rehearsal: () =>
      Promise.reject(new Error()) };
    await serve(clock, open, who, { input: nothing(), write: () => { throw new Error('EBADF'); },
      parentGone: new Promise(() => {}) });
    expect(clock.pending).toBe(0);
  });
});

describe('the end', () => {
  test('of stdin: what is there is written first', async () => {
    const { state, feed, end, read, kinds, clock } = parent();
    state.reads = false;
    await settled();
    await feed('id=1&verb=fly\nid=2&verb=fly\n');
    await end();
    expect(state.over).toBe(false);
    await read();
    expect(state.over).toBe(false);
    await read();
    expect([state.over, kinds(), clock.pending]).toEqual([true, ['0 hello', '1 error', '2 error'], 0]);
  });

  test('of stdin, with nothing to write', async () => {
    const { state, end } = parent();
    await settled();
    await end();
    expect(state.over).toBe(true);
  });

  test('of stdin by an error', async () => {
    const { state, end } = parent();
    await settled();
    await end(new Error('EIO'));
    expect(state.over).toBe(true);
  });

  test('of stdin while disks are at work: no further one is begun', async () => {
    const { state, feed, end, clock, bus } = parent([disk(1, { answers: { release: { afterMs: 100 } } }),
      disk(2)]);
    await feed('id=1&verb=release&number=1&throttle=1\nid=2&verb=release&number=2&throttle=1\n');
    await end();
    expect(state.over).toBe(true);
    await clock.runAll();
    expect(bus.releases()).toBe(1);
  });

  test('of the parent', async () => {
    const { state, kinds } = parent();
    await settled();
    state.gone();
    await settled();
    expect([state.over, kinds()]).toEqual([true, ['0 hello']]);
  });

  test('waits five seconds for a reader that does not read any more', async () => {
    const { state, clock } = parent([], false);
    await settled();
    state.gone();
    await clock.advance(4999);
    expect(state.over).toBe(false);
    await clock.advance(1);
    expect(state.over).toBe(true);
  });

  test('a parent that cannot be watched is not the end', async () => {
    const { state, feed, clock, kinds } = parent();
    await settled();
    state.cannotWatch(new Error('no such process'));
    await feed('id=1&verb=release&number=1\n');
    await clock.advance(0);
    expect([state.over, kinds()]).toEqual([false, ['0 hello', '1 result']]);
  });

  test('comes once, however often it comes', async () => {
    const { state, end, clock, kinds } = parent();
    await settled();
    state.gone();
    await end();
    await clock.advance(2 * idle);
    expect([state.over, kinds()]).toEqual([true, ['0 hello']]);
  });
});

describe('the clock of the system', () => {
  test('goes forward, and calls back', async () => {
    const before = systemClock.now();
    await new Promise<void>((resolve) => void systemClock.after(1, resolve));
    expect(systemClock.now()).toBeGreaterThanOrEqual(before);
    expect(Math.abs(systemClock.date().getTime() - Date.now())).toBeLessThan(60_000);
  });

  test('an alarm that was cancelled does not go off, nor does one in a year', async () => {
    let rang = 0;
    const takeBack = systemClock.after(0, () => { rang++; });
    takeBack();
    takeBack();
    const year = systemClock.after(365 * 86_400_000, () => { rang++; });
    await new Promise<void>((resolve) => void systemClock.after(2, resolve));
    year();
    expect(rang).toBe(0);
  });
});

describe('the process', () => {
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  const shop = fileURLToPath(new URL('../../ps/rehearsal/small-shop.json', import.meta.url));

  /** Runs `serve` from the sources with these lines, and ends its stdin when `until` has been written. */
  function run(lines: readonly string[],
    until: RegExp): Promise<{ code: number | null; out: string; err: string }> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [main, 'serve'], { stdio: 'pipe' });
      let out = '';
      let err = '';
      child.stdout.setEncoding('latin1').on('data', (text: string) => {
        out += text;
        if (until.test(out)) child.stdin.end();
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => { err += text; });
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, out, err }));
      child.stdin.write(lines.map((line) => `${line}\n`).join(''));
    });
  }

  // The oldest Node that this repository is built with does not read TypeScript.
  const readsTypeScript = Boolean((process.features as { typescript?: unknown }).typescript);

  test.skipIf(!readsTypeScript)('rehearses, answers, and ends with its stdin', async () => {
    const { code, out, err } = await run([`id=1&verb=rehearse&file=${encodeURIComponent(shop)}&throttle=1`,
      'id=2&verb=release&plan=1&number=1'], /<U32>2</);
    expect([code, err]).toEqual([0, '']);
    expect(out.split('\n').slice(0, -1).map((line) => /<U32>(\d+)<\/U32><S>(\w+)</.exec(line)?.slice(1).join(' ')))
      .toEqual(['0 hello', '1 done', '2 plan']);
  });

  test.skipIf(!readsTypeScript || process.platform === 'win32')('says that there is no Windows here', async () => {
    const { code, out } = await run(['id=1&verb=release&number=1'], /<U32>1</);
    expect(code).toBe(0);
    expect(out).toContain('There is no Windows storage stack on this system.');
  });
});
