// The worker's core and the Windows bus on Linux, over a scripted native layer: real koffi, its memory and libuv's
// real pool, of which each open that hangs blocks a real thread; only what the functions answer is made up. Wine
// cannot show this: it does not wait for a driver's answer to an open. Started by hung-opens.test.ts, says one
// line of JSON.

import { writeSync } from 'node:fs';
import koffi from 'koffi';
import {
  encodeDeviceDescriptor, encodeDeviceIdDescriptor, encodeDeviceNumber,
} from '../../src/bus/sdk/layouts.ts';
import { MAX_ASYNC_CALLS } from '../../src/bus/windows/lanes.ts';
import type { Native } from '../../src/bus/windows/native.ts';
import { WindowsBus } from '../../src/bus/windows/windows-bus.ts';
import { systemClock } from '../../src/clock.ts';
import { Worker } from '../../src/worker/worker.ts';

// As main.ts and native.ts do.
process.env.UV_THREADPOOL_SIZE = '128';
koffi.config({
  max_async_calls: MAX_ASYNC_CALLS, resident_async_pools: 32,
  async_stack_size: 64 * 1024, async_heap_size: 64 * 1024,
});

// A process whose pool is blocked ends by a signal alone.
const leave = () => process.kill(process.pid, 'SIGKILL');
process.on('uncaughtException', (error) => {
  writeSync(2, String(error.stack));
  leave();
});

const [rounds, hungOpens, hungRequests] = process.argv.slice(2).map(Number) as [number, number, number];

const libc = koffi.load('libc.so.6');
const getpid = libc.func('int getpid()');
const usleep = libc.func('int usleep(uint32_t)');
const read = libc.func('intptr_t read(int, void *, intptr_t)');
const write = libc.func('intptr_t write(int, void *, intptr_t)');
const ends: [number, number] = [0, 0];
libc.func('int pipe(_Out_ int *)')(ends);
const [readEnd, writeEnd] = ends;
const bytes = koffi.alloc('uint8_t', 4096) as bigint;

const PENDING = 0x103;
const WAIT_TIMEOUT = 258;
const RELEASE = 0x2d4814;
const [GOOD, OPEN_HANGS, REQUEST_HANGS] = [1, 1000, 2000];

let lastError = 0;
let lastHandle = 0x1000;
const open = new Map<number, number>();
let closed = 0;
const pending: { context: number; block: bigint }[] = [];
const packets: { context: number; status: number }[] = [];

type Async = (...args: unknown[]) => void;
/** A function of Windows: what it answers, after a call on the pool. */
function row(answer: (...args: never[]) => unknown, hop: (args: unknown[], done: () => void) => void) {
  return Object.assign((...args: unknown[]) => answer(...args as never[]), {
    async: ((...args) => {
      const told = args.pop() as (failure: unknown, value: unknown) => void;
      hop(args, () => told(null, answer(...args as never[])));
    }) as Async,
  });
}
const shortly = (_: unknown[], done: () => void) => getpid.async(done);
const numberOf = (path: unknown) => Number(/\d+$/.exec(String(path))?.[0]);

function put(at: bigint, output: Uint8Array): void {
  new Uint8Array(koffi.view(at, output.length)).set(output);
}
function finish(block: bigint, status: number, information: number): void {
  const view = new DataView(koffi.view(block, 16));
  view.setUint32(0, status, true);
  view.setBigUint64(8, BigInt(information), true);
}

/** What a disk says of itself, by its number. */
const answers: Record<number, (number: number, input: bigint | null) => Uint8Array> = {
  0x2d1080: (number) => encodeDeviceNumber({ deviceType: 7, deviceNumber: number, partitionNumber: 0 }),
  0x2d1400: (number, input) => new DataView(koffi.view(input!, 4)).getUint32(0, true) === 0
    ? encodeDeviceDescriptor({ deviceType: 0, removableMedia: false, vendorId: 'SCRIPT', productId: 'DISK',
      productRevision: '1', serialNumber: `S${number}`, busType: 1 })
    : encodeDeviceIdDescriptor([]),
  0x700f8: () => Uint8Array.of(0),
};

const native = {
  koffi,
  kernel32: {
    GetLastError: row(() => lastError, shortly),
    CreateIoCompletionPort: row(() => 4, shortly),
    SetFileCompletionNotificationModes: row(() => 1, shortly),
    GetComputerNameExW: row((_: number, buffer: Uint16Array, size: [number]) => {
      buffer[0] = 72;
      size[0] = 1;
      return 1;
    }, shortly),
    GetSystemDirectoryW: row((buffer: Uint16Array) => {
      buffer[0] = 88;
      return 1;
    }, shortly),
    QueryDosDeviceW: row(() => 1, shortly),
    CreateFileW: row((path: string) => {
      open.set(++lastHandle, numberOf(path));
      return lastHandle;
    }, (args, done) => {
      if (Math.trunc(numberOf(args[0]) / 1000) * 1000 !== OPEN_HANGS) return shortly(args, done);
      read.async(readEnd, bytes, 1, done);
    }),
    CloseHandle: row((handle: number) => {
      closed++;
      return Number(open.delete(handle));
    }, shortly),
    CancelIoEx: row(() => 0, shortly),
    GetQueuedCompletionStatusEx: row((_: number, entries: bigint, count: number, removed: bigint) => {
      const some = packets.splice(0, count);
      if (some.length === 0) {
        lastError = WAIT_TIMEOUT;
        return 0;
      }
      some.forEach(({ context, status }, i) => {
        const view = new DataView(koffi.view(entries + BigInt(i * 32), 32));
        view.setBigUint64(8, BigInt(context), true);
        view.setUint32(16, status, true);
      });
      new DataView(koffi.view(removed, 4)).setUint32(0, some.length, true);
      return 1;
    }, (_, done) => {
      if (packets.length > 0) getpid.async(done);
      else usleep.async(20_000, done);
    }),
  },
  ntdll: {
    NtDeviceIoControlFile: row((handle: number, _event: number, _apc: null, context: number, block: bigint,
      code: number, input: bigint | null, _inputLength: number, output: bigint | null) => {
      const number = open.get(handle)!;
      if (code === RELEASE && number >= REQUEST_HANGS) {
        pending.push({ context, block });
        return PENDING;
      }
      const said = answers[code]?.(number, input) ?? new Uint8Array(0);
      if (output !== null) put(output, said);
      finish(block, 0, said.length);
      return 0;
    }, shortly),
  },
  advapi32: { RegGetValueW: row(() => 1, shortly) },
};

const bus = new WindowsBus(native as unknown as Native, systemClock);
const told = new Map<number, string[]>();
let lastId = 0;
const worker = new Worker(systemClock, {
  windows: async () => bus, rehearsal: () => Promise.reject(new Error('no rehearsal here')),
}, (line) => {
  told.get(Number(/<U32>(\d+)</.exec(line)![1]))!.push(/<S>(\w+)</.exec(line)![1] === 'warning' ? 'warning'
    : /N="Outcome">(\w+)</.exec(line)?.[1] ?? line);
});
function ask(number: number): string[] {
  const mine: string[] = [];
  told.set(++lastId, mine);
  worker.take(`id=${lastId}&verb=release&number=${number}&timeout=${number === GOOD ? 30 : 1}&group=${lastId}`);
  return mine;
}
const turn = () => new Promise<void>((resolve) => { setImmediate(resolve); });
async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + 20_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within 20 s: ${holds}`);
    await turn();
  }
}
/** Microseconds that one release of a disk that answers takes, mean of 100. */
async function oneMore(): Promise<number> {
  const started = performance.now();
  for (let i = 0; i < 100; i++) {
    const mine = ask(GOOD);
    await until(() => mine.length > 0);
    if (mine.join() !== 'Accepted') throw new Error(mine.join());
  }
  return (performance.now() - started) * 10;
}

const normal: number[] = [];
const during: number[] = [];
const count = { trials: 0, lost: 0, doubled: 0, wrong: 0 };
await oneMore();
for (let i = 0; i < rounds; i++) {
  normal.push(await oneMore());
  const requests = Array.from({ length: hungRequests }, (_, n) => ask(REQUEST_HANGS + n));
  await until(() => pending.length === hungRequests);
  const opens = Array.from({ length: hungOpens }, (_, n) => ask(OPEN_HANGS + n));
  during.push(await oneMore());
  await until(() => [...requests, ...opens].every((mine) => mine.length > 0));
  // The opens come back, and the requests end, after their deadlines.
  write(writeEnd, bytes, hungOpens);
  for (const { context, block } of pending.splice(0)) {
    finish(block, 0, 0);
    packets.push({ context, status: 0 });
  }
  await until(() => open.size === 0 && requests.every((mine) => mine.length > 1));
  for (const [asked, right] of [[requests, 'TimedOut,warning'], [opens, 'TimedOut']] as const) {
    for (const mine of asked) {
      count.trials++;
      if (mine.length > right.split(',').length) count.doubled++;
      else if (mine.join() !== right) count.wrong++;
    }
  }
}
count.lost = lastHandle - 0x1000 - closed;
const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
writeSync(1, JSON.stringify({ ...count, normalUs: median(normal),
  moreUs: median(during.map((us, i) => us - normal[i]!)),
  ratio: median(during.map((us, i) => us / normal[i]!)), ...bus.counters }));
leave();
