// A read of a disk on the Windows bus: real memory of koffi, and functions of Windows that answer as a script says.
// Against a driver it is driven in the lab (test/lab/bus-probe.ts, step `reads`).

import koffi from 'koffi';
import { describe, expect, test } from 'vitest';
import type { Native } from '../../src/bus/windows/native.ts';
import { CompletionPort, alignedAt } from '../../src/bus/windows/port.ts';

const SUCCESS = 0;
const PENDING = 0x103;
const DEVICE_BUSY = 0x80000011;
const CANCELLED = 0xc0000120;
const TOKEN_AT = 8;
const STATUS_AT = 16;

interface Read {
  readonly block: bigint;
  readonly buffer: bigint;
  readonly length: number;
  readonly offset: bigint;
  readonly token: number;
}

/** A port whose reads end as `status` says: what is read is all 0xA5. */
function port(status: number) {
  const reads: Read[] = [];
  const cancelled: bigint[] = [];
  const packets: { token: number; status: number }[] = [];
  const bytes = (at: bigint, length: number) => new Uint8Array(koffi.view(at, length));
  const end = (read: Read, its: number) => {
    const view = new DataView(koffi.view(read.block, 16));
    view.setUint32(0, its, true);
    view.setBigUint64(8, BigInt(its === SUCCESS ? read.length : 0), true);
    if (its === SUCCESS) bytes(read.buffer, read.length).fill(0xa5);
  };
  /** A function that is called on the pool. */
  const row = (answer: (...args: never[]) => unknown) => Object.assign(answer, {
    async: (...args: unknown[]) => {
      const told = args.pop() as (failure: null, value: unknown) => void;
      setImmediate(() => told(null, answer(...args as never[])));
    },
  });
  const native = {
    koffi,
    kernel32: {
      GetLastError: row(() => 258),
      CreateIoCompletionPort: row(() => 4),
      SetFileCompletionNotificationModes: row(() => 1),
      CloseHandle: row(() => 1),
      CancelIoEx: row((_: number, block: bigint) => {
        cancelled.push(block);
        return 0;
      }),
      GetQueuedCompletionStatusEx: row((_: number, entries: bigint, most: number, removed: bigint) => {
        const some = packets.splice(0, most);
        const view = new DataView(koffi.view(entries, 32 * most));
        for (const [at, one] of some.entries()) {
          view.setBigUint64(32 * at + TOKEN_AT, BigInt(one.token), true);
          view.setUint32(32 * at + STATUS_AT, one.status, true);
        }
        new DataView(koffi.view(removed, 4)).setUint32(0, some.length, true);
        return some.length > 0 ? 1 : 0;
      }),
    },
    ntdll: {
      NtReadFile: row((_file: number, _event: number, _apc: null, token: number, block: bigint, buffer: bigint,
        length: number, offset: bigint) => {
        const read = { block, buffer, length, token, offset: new DataView(koffi.view(offset, 8)).getBigUint64(0, true) };
        reads.push(read);
        if (status !== PENDING) end(read, status);
        return status;
      }),
    },
  } as unknown as Native;
  const complete = (its: number) => {
    const read = reads[0]!;
    end(read, its);
    packets.push({ token: read.token, status: its });
  };
  return { port: new CompletionPort(native), reads, cancelled, complete, bytes };
}

describe('a read', () => {
  test('is of the first bytes, into a buffer that lies on a page, and hands nothing out', async () => {
    const { port: its, reads, bytes } = port(SUCCESS);
    expect(await its.read(7, 4096).done).toEqual({ status: SUCCESS, information: 4096n, output: new Uint8Array(0) });
    const [{ buffer, length, offset }] = reads as [Read];
    expect([buffer % 4096n, length, offset]).toEqual([0n, 4096, 0n]);
    expect(bytes(buffer, length).every((byte) => byte === 0)).toBe(true);
    expect(its.counters.inUse).toBe(0);
  });

  test('that conflicts says so', async () => {
    expect(await port(DEVICE_BUSY).port.read(7, 4096).done)
      .toEqual({ status: DEVICE_BUSY, information: 0n, output: new Uint8Array(0) });
  });

  test.each([[SUCCESS, 4096n], [DEVICE_BUSY, 0n], [CANCELLED, 0n]])(
    'that pends keeps its memory until the packet says %i, and forgets what was read', async (status, information) => {
      const { port: its, reads, complete, cancelled, bytes } = port(PENDING);
      const sent = its.read(7, 4096);
      while (reads.length === 0) await new Promise(setImmediate);
      expect(its.counters.inUse).toBe(1);
      sent.cancel();
      while (cancelled.length === 0) await new Promise(setImmediate);
      expect(cancelled).toEqual([reads[0]!.block]);
      expect(its.counters.inUse).toBe(1);
      complete(status);
      expect(await sent.done).toEqual({ status, information, output: new Uint8Array(0) });
      expect(bytes(reads[0]!.buffer, 4096).every((byte) => byte === 0)).toBe(true);
      while (its.counters.inUse > 0) await new Promise(setImmediate);
      its.close();
    });

  test('that is cancelled before its turn is not made', async () => {
    const { port: its, reads } = port(PENDING);
    const others = Array.from({ length: 32 }, () => its.read(7, 512));
    const last = its.read(7, 512);
    last.cancel();
    expect((await last.done).status).toBe(CANCELLED);
    while (reads.length < others.length) await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(reads.length).toBe(others.length);
  });
});

test.each([[0n, 24, 4096], [4072n, 24, 24], [4073n, 24, 4119], [8192n, 0, 0], [16n, 24, 4080]])(
  'from %s on, at least %i: a buffer at %i', (address, least, at) => {
    expect(alignedAt(address, least)).toBe(at);
    expect((address + BigInt(at)) % 4096n).toBe(0n);
  });
