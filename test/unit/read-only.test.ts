// The bus that only looks: what is on its list gets through as it is, and nothing else reaches a device.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Bus, Completion } from '../../src/bus/bus.ts';
import { NotReadOnlyError, onlyReads, readOnly, readingCodes } from '../../src/bus/read-only.ts';
import * as codes from '../../src/bus/sdk/control-codes.ts';
import { encodePassThrough } from '../../src/bus/sdk/pass-through.ts';
import { encodePersistentReserveIn } from '../../src/bus/sdk/persistent-reserve.ts';

const PASS_THROUGH = codes.IOCTL_SCSI_PASS_THROUGH;
/** By hand, not taken from the list that is tested. */
const reading = [
  'IOCTL_STORAGE_CHECK_VERIFY', 'IOCTL_STORAGE_CHECK_VERIFY2', 'IOCTL_STORAGE_GET_DEVICE_NUMBER',
  'IOCTL_STORAGE_QUERY_PROPERTY', 'IOCTL_STORAGE_PERSISTENT_RESERVE_IN', 'IOCTL_DISK_IS_CLUSTERED',
];
const named = Object.entries(codes).filter((entry): entry is [string, number] => typeof entry[1] === 'number');

/** A bus with one disk that notes what reaches it. */
function wrapped() {
  const reached: { readonly code: number; readonly input: Uint8Array | null; readonly room: number }[] = [];
  const calls: string[] = [];
  const done: Completion = { status: 0, information: 1n, output: Uint8Array.of(7) };
  const inner: Bus = {
    kind: 'Windows',
    computerName: 'HOST-A',
    list: async () => ['a'],
    inventory: async () => [],
    roles: async () => ({ boot: new Set([1]), system: new Set(), multipath: new Set() }),
    open: async (path, access) => {
      calls.push(`open ${path} ${access}`);
      if (path === 'none') return { status: 0xc0000034, win32: 2 };
      return { disk: {
        control: async (code, input, room) => {
          reached.push({ code, input, room });
          return done;
        },
        read: async (length) => {
          calls.push(`read ${length}`);
          return done;
        },
        cancel: () => void calls.push('cancel'),
        close: async () => void calls.push('close'),
      } };
    },
    flush: async () => void calls.push('flush'),
    close: async () => void calls.push('close bus'),
  };
  const bus = readOnly(inner);
  const send = async (code: number, input: Uint8Array | null = null) => {
    const { disk } = await bus.open('a', 'readwrite');
    return disk!.control(code, input, 64);
  };
  return { bus, inner, reached, calls, done, send };
}

/** A pass-through request with this CDB and direction. */
function passThrough(cdb: Uint8Array, direction = 1): Uint8Array {
  const { input } = encodePassThrough(cdb, 64, 10);
  input[8] = direction;
  return input;
}
const tenBytes = (opcode: number, action = 0) => Uint8Array.of(opcode, action, 0, 0, 0, 0, 0, 0, 64, 0);

describe('control codes', () => {
  test.each(named.filter(([name]) => reading.includes(name)))('%s gets through as it is', async (_, code) => {
    const { send, reached, done } = wrapped();
    const input = encodePersistentReserveIn(0, 64);
    expect(await send(code, input)).toBe(done);
    expect(reached).toEqual([{ code, input, room: 64 }]);
  });

  test.each(named.filter(([name]) => !reading.includes(name)))('%s does not', async (_, code) => {
    const { send, reached } = wrapped();
    await expect(send(code)).rejects.toThrow(NotReadOnlyError);
    await expect(send(code, new Uint8Array(64))).rejects.toThrow(/is not among the requests that only read/);
    expect(reached).toEqual([]);
  });

  test('the list has these six and no more', () => {
    expect([...readingCodes].sort()).toEqual(named.filter(([name]) => reading.includes(name))
      .map(([, code]) => code).sort());
  });

  test('no other number of 32 bits does, with any input', async () => {
    const { send, reached } = wrapped();
    const known = new Set(named.filter(([name]) => reading.includes(name)).map(([, code]) => code));
    const near = fc.constantFrom(...known).chain((code) => fc.nat(31).map((bit) => (code ^ (1 << bit)) >>> 0));
    await fc.assert(fc.asyncProperty(fc.oneof(fc.integer({ min: 0, max: 0xffffffff }), near),
      fc.option(fc.uint8Array({ maxLength: 80 })), async (code, input) => {
        if (known.has(code)) return;
        await expect(send(code, input)).rejects.toThrow(NotReadOnlyError);
      }), { numRuns: 2000 });
    expect(reached).toEqual([]);
  });
});

describe('pass-through', () => {
  test.each(Array.from({ length: 256 }, (_, opcode) => opcode))('operation code %i', async (opcode) => {
    const { send, reached } = wrapped();
    for (const cdb of [tenBytes(opcode), tenBytes(opcode, 3), Uint8Array.of(opcode, 0, 0, 0, 0, 0)]) {
      for (const direction of [0, 1, 2, 3, 255]) {
        const input = passThrough(cdb, direction);
        const before = reached.length;
        if (opcode === 0x5e && direction === 1) {
          await send(PASS_THROUGH, input);
          expect(reached.slice(before)).toEqual([{ code: PASS_THROUGH, input, room: 64 }]);
        } else {
          await expect(send(PASS_THROUGH, input)).rejects.toThrow(NotReadOnlyError);
          expect(reached).toHaveLength(before);
        }
      }
    }
  });

  test.each([
    ['no input', null], ['an empty one', new Uint8Array(0)],
    ['one that is cut off', passThrough(tenBytes(0x5e)).slice(0, 40)],
    ['a CDB of no length', passThrough(tenBytes(0x5e)).fill(0, 6, 7)],
    ['a CDB too long', passThrough(tenBytes(0x5e)).fill(17, 6, 7)],
    ['another structure', passThrough(tenBytes(0x5e)).fill(44, 0, 1)],
  ])('%s does not get through', async (_, input) => {
    const { send, reached } = wrapped();
    await expect(send(PASS_THROUGH, input)).rejects.toThrow(NotReadOnlyError);
    expect(reached).toEqual([]);
  });

  test('noise does not, unless it happens to be PERSISTENT RESERVE IN that takes data in', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 0, maxLength: 120 }), (input) => {
      if (input[36] === 0x5e && input[8] === 1) return;
      expect(onlyReads(PASS_THROUGH, input)).toBe(false);
    }), { numRuns: 5000 });
  });
});

test('everything else is that of the bus below', async () => {
  const { bus, inner, calls } = wrapped();
  expect([bus.kind, bus.computerName]).toEqual(['Windows', 'HOST-A']);
  expect(await bus.list()).toEqual(['a']);
  expect(await bus.inventory!()).toEqual([]);
  expect((await bus.roles()).boot).toEqual(new Set([1]));
  expect(await bus.open('none', 'read')).toEqual({ status: 0xc0000034, win32: 2 });
  const { disk } = await bus.open('a', 'query');
  await disk!.read(4096);
  disk!.cancel();
  await disk!.close();
  await bus.flush();
  await bus.close();
  expect(calls).toEqual(['open none read', 'open a query', 'read 4096', 'cancel', 'close', 'flush', 'close bus']);
  const { inventory: _, ...without } = inner;
  expect(readOnly(without).inventory).toBeUndefined();
});
