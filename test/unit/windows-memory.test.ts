import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadKoffi, NativeAddonError, type Koffi } from '../../src/bus/windows/koffi.ts';
import { Lane } from '../../src/bus/windows/lanes.ts';
import { SlabPool, slabSize } from '../../src/bus/windows/slabs.ts';

// The real addon of this system: what it does with memory is the same everywhere.
const name = `${process.platform}-${process.arch}`;
const addon = path.join(import.meta.dirname, '../../node_modules/@koromix', `koffi-${name}`,
  name.replace('-', '_'), 'koffi.node');
const here = existsSync(addon);
let folder: string;
let copy: string;
let koffiHash: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'koffi-'));
  copy = path.join(folder, 'koffi.node');
  if (here) copyFileSync(addon, copy);
  koffiHash = here ? createHash('sha256').update(readFileSync(copy)).digest('hex') : '';
});
afterAll(() => {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    // Windows deletes no library that this process has loaded.
    if (process.platform !== 'win32') throw error;
  }
});

function problem(source: Parameters<typeof loadKoffi>[0]): NativeAddonError {
  try {
    loadKoffi(source);
  } catch (error) {
    expect(error).toBeInstanceOf(NativeAddonError);
    return error as NativeAddonError;
  }
  throw new Error('it was loaded');
}

describe.runIf(here)('the addon', () => {
  test('loads when its hash is the expected one, in either case', () => {
    expect(loadKoffi({ koffiPath: copy, koffiHash: koffiHash.toUpperCase() }).version).toBe('3.3.4');
  });

  test('is sought beside the executable and nowhere else', () => {
    const beside = path.join(path.dirname(process.execPath), 'koffi.node');
    expect(problem({ koffiHash })).toMatchObject({ problem: 'missing', path: beside });
  });

  test.each([
    ['missing', () => ({ koffiPath: path.join(folder, 'nosuch.node'), koffiHash })],
    ['changed', () => {
      const changed = path.join(folder, 'changed.node');
      const bytes = readFileSync(copy);
      bytes[1000] = (bytes[1000] as number) ^ 1;
      writeFileSync(changed, bytes);
      return { koffiPath: changed, koffiHash };
    }],
    ['changed', () => ({ koffiPath: copy })],
    ['changed', () => ({ koffiPath: copy, koffiHash: '' })],
    ['unusable', () => ({ koffiPath: 'koffi.node', koffiHash })],
    ['unusable', () => ({ koffiPath: folder, koffiHash })],
    ['unusable', () => {
      const text = path.join(folder, 'text.node');
      writeFileSync(text, 'text');
      return { koffiPath: text, koffiHash: createHash('sha256').update('text').digest('hex') };
    }],
  ])('is %s, and the error says what to do', (what, source) => {
    const error = problem(source());
    expect(error.problem).toBe(what);
    expect(error.nextStep).not.toBe('');
    expect(error.message).toContain(error.path);
  });
});

describe.runIf(here)('memory for drivers', () => {
  let koffi: Koffi;
  beforeAll(() => {
    koffi = loadKoffi({ koffiPath: copy, koffiHash });
  });

  test('is used again: ten thousand requests need one piece', () => {
    const pool = new SlabPool(koffi);
    for (let i = 0; i < 10_000; i++) pool.give(pool.take(12));
    expect([pool.count, pool.taken]).toEqual([1, 0]);
    const two = [pool.take(12), pool.take(5000)];
    expect([pool.count, pool.taken]).toEqual([2, 2]);
    two.forEach(slab => pool.give(slab));
    expect(pool.taken).toBe(0);
    pool.close();
    expect(pool.count).toBe(0);
  });

  test('starts as a pending status block with no information', () => {
    const pool = new SlabPool(koffi);
    const slab = pool.take(100);
    slab.bytes.fill(0xff);
    pool.give(slab);
    const again = pool.take(100);
    expect(again).toBe(slab);
    expect([again.view.getBigUint64(0, true), again.view.getBigUint64(8, true)]).toEqual([0x103n, 0n]);
    pool.give(again);
    pool.close();
  });

  test('is what the address says', () => {
    const pool = new SlabPool(koffi);
    const slab = pool.take(8);
    slab.view.setUint32(16, 0xabcdef01, true);
    expect(koffi.decode.uint32(slab.address + 16n)).toBe(0xabcdef01);
    expect(slab.address % 8n).toBe(0n);
    pool.give(slab);
    pool.close();
  });

  test('in use when the pool closes is freed when it is given back, once', () => {
    const freed: unknown[] = [];
    const { alloc, view } = koffi;
    const pool = new SlabPool({ alloc, view, free: address => { freed.push(address); koffi.free(address); } });
    const [a, b] = [pool.take(8), pool.take(5000)];
    pool.give(a);
    pool.close();
    expect(freed).toEqual([a.address]);
    pool.give(b);
    pool.close();
    expect(freed).toEqual([a.address, b.address]);
    expect(pool.count).toBe(0);
  });
});

test.each([[0, 512], [496, 512], [497, 1024], [1008, 1024], [4096, 8192], [65_536, 131_072]])(
  'a payload of %i takes %i bytes', (payload, size) => {
    expect(slabSize(payload)).toBe(size);
  });

test.each([2 ** 20, 2 ** 32, NaN, Infinity])('a payload of %d is refused', payload => {
  expect(() => slabSize(payload)).toThrow(RangeError);
});

describe('a lane', () => {
  test('runs as many calls at once as it is wide, the others in order of arrival', async () => {
    const lane = new Lane(2);
    const started: number[] = [];
    const ends: (() => void)[] = [];
    const calls = [0, 1, 2, 3].map(i => lane.run(() => {
      started.push(i);
      return new Promise<number>(resolve => ends.push(() => resolve(i)));
    }));
    expect(started).toEqual([0, 1]);
    ends[1]?.();
    expect(await calls[1]).toBe(1);
    expect(started).toEqual([0, 1, 2]);
    for (const end of ends) end();
    await Promise.all([calls[0], calls[2]]);
    ends[3]?.();
    expect(await Promise.all(calls)).toEqual([0, 1, 2, 3]);
  });

  test('is free again after a call that fails, or throws', async () => {
    const lane = new Lane(1);
    await expect(lane.run(() => Promise.reject(new Error('a')))).rejects.toThrow('a');
    await expect(lane.run(() => { throw new Error('b'); })).rejects.toThrow('b');
    expect(await lane.run(async () => 'c')).toBe('c');
  });
});
