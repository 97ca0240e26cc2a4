// Runs in node.exe in the Windows lab: the worker's core and the Windows bus against a driver that hangs, answers
// late and answers at the deadline. Says one JSON object per step, `{ step, trials, lost, doubled, wrong, ... }`,
// the rest being what was measured. Started by torture.test.ts.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Completion, Disk } from '../../src/bus/bus.ts';
import { IOCTL_STORAGE_QUERY_PROPERTY, IOCTL_STORAGE_RELEASE } from '../../src/bus/sdk/control-codes.ts';
import { encodePropertyQuery, StorageDeviceIdProperty } from '../../src/bus/sdk/layouts.ts';
import { CURRENT_PROCESS } from '../../src/bus/windows/kernel32.ts';
import type { Koffi } from '../../src/bus/windows/koffi.ts';
import { POOL_THREADS } from '../../src/bus/windows/lanes.ts';
import { native, onPool } from '../../src/bus/windows/native.ts';
import { WindowsBus } from '../../src/bus/windows/windows-bus.ts';
import { systemClock } from '../../src/clock.ts';
import { Deadline, DeadlinePassed } from '../../src/disk/deadline.ts';
import { Worker } from '../../src/worker/worker.ts';
import { openHandles } from './open-handles.ts';

// As main.ts does, and as early.
process.env.UV_THREADPOOL_SIZE = '128';
const { values: options } = parseArgs({
  options: {
    koffi: { type: 'string', default: '' }, threads: { type: 'string', default: '' },
    step: { type: 'string', multiple: true }, count: { type: 'string', default: '0' },
    wait: { type: 'string', default: '0' },
  },
});
const count = Number(options.count);
const koffiHash = createHash('sha256').update(readFileSync(options.koffi)).digest('hex');
const loaded = native({ koffiPath: options.koffi, koffiHash });
const bus = new WindowsBus(loaded, systemClock);

/** The driver's plain disks, and one of another row of its table. */
const plain = Array.from({ length: 64 }, (_, i) => 32 + i);
const other = 27;
const drive = (number: number) => `\\\\.\\PhysicalDrive${number}`;
const sleep = (ms: number) => new Promise<void>((resolve) => { setTimeout(resolve, ms); });
const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const round = (value: number, digits = 1) => Number(value.toFixed(digits));

async function must(path: string, on: WindowsBus = bus): Promise<Disk> {
  const { disk, ...why } = await on.open(path, 'read');
  if (!disk) throw new Error(`${path}: ${JSON.stringify(why)}`);
  return disk;
}

// The lab's control device (driver/labdisk.h), through a bus of its own: what is measured stays as it is.
const controlBus = new WindowsBus(loaded, systemClock);
const controlDisk = (await controlBus.open('\\\\.\\StorageReleaseLab', 'query')).disk!;
const lab = async (code: number, words: number[], room = 0) => {
  const input = new Uint8Array(new Uint32Array(words).buffer);
  const { status, output } = await controlDisk.control(0x222000 | (code << 2), input, room);
  if (status !== 0) throw new Error(`lab ${code}: 0x${status.toString(16)}`);
  return new DataView(output.buffer, output.byteOffset, output.length);
};
const behaviours = { accepted: 0, hung: 4, hangquery: 8 };
const behave = async (number: number, how: keyof typeof behaviours) => lab(3, [0, number, behaviours[how], 0, 0]);
const all = async (how: keyof typeof behaviours) => { for (const number of plain) await behave(number, how); };
const completeAll = async (status = 0) => (await lab(2, [status], 4)).getUint32(0, true);
/** Bytes of LAB_COUNTERS, in driver/labdisk.h. */
const counterBytes = 92;
/** LAB_COUNTERS of all units, summed up: requests that the driver holds now, and handles that are open. */
async function counters(): Promise<{ pending: number; open: number }> {
  const rows = await lab(0, [], counterBytes * 512);
  const sum = { pending: 0, open: 0 };
  for (let at = 0; at < rows.byteLength; at += counterBytes) {
    sum.pending += rows.getUint32(at + 52, true);
    sum.open += rows.getUint32(at + 16, true) - rows.getUint32(at + 20, true);
  }
  return sum;
}
const held = async () => (await counters()).pending;
async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 90_000;
  while (!await holds()) {
    if (performance.now() > end) throw new Error(`not within 90 s: ${what}`);
    await sleep(20);
  }
}

/** All that the worker said to one request. */
interface Replies {
  finals: string[];
  warnings: string[];
}
const replies = new Map<number, Replies>();
let lastId = 0;
const worker = new Worker(systemClock, {
  windows: async () => bus, rehearsal: () => Promise.reject(new Error('no rehearsal here')),
}, (line) => {
  const [, id, kind] = /^<Objs[^>]*><U32>(\d+)<\/U32><S>(\w+)<\/S>/.exec(line) ?? [];
  const known = replies.get(Number(id));
  if (known === undefined) throw new Error(`nobody asked for ${line}`);
  (kind === 'warning' ? known.warnings : known.finals).push(line);
});
function ask(number: number, timeout: number, group: number): Replies {
  const mine: Replies = { finals: [], warnings: [] };
  replies.set(++lastId, mine);
  worker.take(`id=${lastId}&verb=release&number=${number}&timeout=${timeout}&group=${group}&throttle=1024`);
  return mine;
}
const said = (line: string | undefined, name: string) =>
  new RegExp(`N="${name}">([^<]*)<`).exec(line ?? '')?.[1] ?? '';

/** Counts what is not exactly one right answer, and, where it was late, exactly one word of that. */
function judge(asked: readonly Replies[]) {
  const outcomes: Record<string, number> = {};
  let [lost, doubled, wrong] = [0, 0, 0];
  for (const { finals, warnings } of asked) {
    const outcome = said(finals[0], 'Outcome');
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    const due = outcome === 'TimedOut' ? 1 : 0;
    if (finals.length === 0 || warnings.length < due) lost++;
    else if (finals.length > 1 || warnings.length > due) doubled++;
    else if (due ? !said(finals[0], 'Message').includes('The request is still pending in the driver')
      || !warnings[0]!.includes('completed the request with STATUS_SUCCESS') : outcome !== 'Accepted') wrong++;
  }
  return { trials: asked.length, lost, doubled, wrong, outcomes };
}

/** Microseconds that one release of a disk that answers takes, mean of 20. */
async function oneMore(): Promise<number> {
  const started = performance.now();
  for (let i = 0; i < 20; i++) {
    const asked = ask(other, 30, ++group);
    while (asked.finals.length === 0) await new Promise((resolve) => { setImmediate(resolve); });
    if (said(asked.finals[0], 'Outcome') !== 'Accepted') throw new Error(asked.finals[0]);
  }
  return (performance.now() - started) * 50;
}
let group = 0;

function look() {
  const ran = spawnSync(options.threads, [String(process.pid)], { encoding: 'utf8' });
  gc!();
  return { handles: openHandles(loaded.koffi), threads: Number(ran.stdout), memory: process.memoryUsage.rss() };
}

/** Sends `each` requests on each plain disk that will hang, and waits until the driver has them all. */
async function hang(each: number, on: WindowsBus, code: number, input: Uint8Array | null, room: number) {
  const disks: Disk[] = [];
  const pending: Promise<Completion>[] = [];
  // One disk never says what it is, and hangs with whoever looks at all of them.
  const before = await held();
  for (let i = 0; i < each; i++) {
    const opened = await Promise.all(plain.map((number) => must(drive(number), on)));
    for (const disk of opened) {
      disks.push(disk);
      pending.push(disk.control(code, input, room));
    }
  }
  await until('the driver holds all', async () => await held() - before === pending.length);
  return { disks, pending };
}

const query = encodePropertyQuery(StorageDeviceIdProperty);
const QUERY_ROOM = 1024;
const LATE_BYTE = 0xa5;

const steps: Record<string, () => Promise<object>> = {
  /** 512 requests hang without a cancel routine; how long the next disk takes, with them and without, in turn. */
  async hungMany() {
    const ratios: number[] = [];
    const answers: Completion[] = [];
    let most = 0;
    await oneMore();
    for (let i = 0; i < count; i++) {
      const before = await oneMore();
      await all('hung');
      const { disks, pending } = await hang(8, bus, IOCTL_STORAGE_RELEASE, null, 0);
      const during = await oneMore();
      most = Math.max(most, await held());
      await completeAll();
      answers.push(...await Promise.all(pending));
      await Promise.all(disks.map((disk) => disk.close()));
      await all('accepted');
      ratios.push(during / ((before + await oneMore()) / 2));
    }
    const wrong = answers.filter(({ status }) => status !== 0).length;
    return { trials: answers.length, lost: bus.counters.inUse, doubled: bus.counters.strays, wrong,
      held: most, ratio: round(median(ratios), 2), ratios: ratios.map((one) => round(one, 2)) };
  },

  /** A thousand deadlines at once, every request of them in the driver. */
  async deadlines() {
    await all('hung');
    const { disks, pending } = await hang(16, bus, IOCTL_STORAGE_RELEASE, null, 0);
    const late: number[] = [];
    let [lost, early] = [0, 0];
    await Promise.all(pending.map(async (request, i) => {
      const ms = 500 + i * 2;
      const deadline = new Deadline(systemClock, ms);
      try {
        await deadline.race(request);
        lost++;
      } catch (error) {
        if (!(error instanceof DeadlinePassed)) throw error;
        const after = deadline.elapsed() - ms;
        if (after < 0) early++;
        late.push(after);
      }
    }));
    await completeAll();
    await Promise.all(pending);
    await Promise.all(disks.map((disk) => disk.close()));
    await all('accepted');
    return { trials: pending.length, lost, doubled: 0, wrong: early,
      medianLateMs: round(median(late)), worstLateMs: round(Math.max(...late)) };
  },

  /** The driver answers all 64 at about the moment when their time is up. */
  async atDeadline() {
    const asked: Replies[] = [];
    for (let i = 0; i < count; i++) {
      await all('hung');
      const mine = plain.map((number) => ask(number, 1, ++group));
      const started = performance.now();
      // From 12 ms before: the way to the driver and through 64 disks takes some milliseconds.
      const at = 988 + (i * 5) % 13;
      await new Promise<void>((resolve) => { setTimeout(resolve, at - (performance.now() - started)); });
      await completeAll();
      await until('all answers', async () => mine.every(({ finals }) => finals.length > 0) && await held() === 0);
      // An answer that came a second time would come by now.
      await until('all late words', () => mine.every(({ finals, warnings }) =>
        said(finals[0], 'Outcome') !== 'TimedOut' || warnings.length > 0));
      await all('accepted');
      asked.push(...mine);
    }
    return judge(asked);
  },

  /** Hangs at the request, is answered after its deadline. */
  async afterDeadline() {
    const asked: Replies[] = [];
    for (let i = 0; i < count; i++) {
      await all('hung');
      const mine = plain.map((number) => ask(number, 1, ++group));
      await until('all time out', () => mine.every(({ finals }) => finals.length > 0));
      await completeAll();
      await until('all late words', () => mine.every(({ warnings }) => warnings.length > 0));
      await all('accepted');
      asked.push(...mine);
    }
    return judge(asked);
  },

  /**
   * Requests whose handles were asked to close are completed after thousands of others have used the same memory
   * again; then once more after the bus itself was closed. What is freed is kept here, and must stay as it is.
   */
  async lateMemory() {
    const sizes = new Map<bigint, number>();
    const freed = new Set<bigint>();
    let twice = 0;
    const { koffi } = loaded;
    const bytesAt = (address: bigint) => new Uint8Array(koffi.view(address, sizes.get(address)!));
    const keeping: Pick<Koffi, 'alloc' | 'free' | 'view'> = {
      alloc(type, size) {
        const address = koffi.alloc(type, size as number) as bigint;
        sizes.set(address, size as number);
        return address;
      },
      free(address) {
        if (freed.has(address as bigint)) {
          twice++;
          return;
        }
        freed.add(address as bigint);
        bytesAt(address as bigint).fill(0xdd);
      },
      view: koffi.view,
    };
    const mine = new WindowsBus({ ...loaded, koffi: keeping as Koffi }, systemClock);
    const quiet = await must(drive(other), mine);
    const told = await quiet.control(IOCTL_STORAGE_QUERY_PROPERTY, query, QUERY_ROOM);
    const right = Buffer.from(told.output).toString('hex');
    let [wrong, others] = [0, 0];
    const traffic = async (requests: number) => {
      for (let i = 0; i < requests; i++) {
        const { output } = await quiet.control(IOCTL_STORAGE_QUERY_PROPERTY, query, QUERY_ROOM);
        others++;
        if (Buffer.from(output).toString('hex') !== right) wrong++;
      }
    };
    const judgeLate = (answers: Completion[]) => answers.filter(({ status, output }) => status !== 0
      || output.length !== QUERY_ROOM || output.some((byte) => byte !== LATE_BYTE)).length;
    const leave = (disks: Disk[]) => disks.map((disk) => {
      disk.cancel();
      return disk.close();
    });

    await all('hangquery');
    const first = await hang(16, mine, IOCTL_STORAGE_QUERY_PROPERTY, query, QUERY_ROOM);
    const closed = leave(first.disks);
    await traffic(1500);
    await sleep(Number(options.wait));
    const during = traffic(500);
    await completeAll();
    wrong += judgeLate(await Promise.all(first.pending));
    await Promise.all([during, ...closed]);
    await traffic(1000);
    const { inUse, slabs, strays } = mine.counters;

    const second = await hang(4, mine, IOCTL_STORAGE_QUERY_PROPERTY, query, QUERY_ROOM);
    const closedToo = leave(second.disks);
    await quiet.close();
    await mine.close();
    await completeAll();
    wrong += judgeLate(await Promise.all(second.pending));
    await Promise.all(closedToo);
    await until('all memory is given back', () => mine.counters.slabs <= 0);
    await all('accepted');
    const touched = [...freed].filter((address) => bytesAt(address).some((byte) => byte !== 0xdd)).length;
    wrong += touched + twice;
    return { trials: first.pending.length + second.pending.length, lost: inUse, doubled: strays, wrong,
      others, slabs, freed: freed.size, touched };
  },

  /** Many releases in one worker: what it holds before and after. */
  async soak() {
    const run = async (n: number) => {
      ++group;
      const asked = Array.from({ length: n }, (_, i) => ask(plain[i % plain.length]!, 30, group));
      await until('all answers', () => asked.every(({ finals }) => finals.length > 0));
      replies.clear();
      return judge(asked);
    };
    // As many as are counted afterwards, 500 at a time.
    const many = async () => {
      const sum = { trials: 0, lost: 0, doubled: 0, wrong: 0 };
      for (let i = 0; i < count; i += 500) {
        const { trials, lost, doubled, wrong } = await run(500);
        sum.trials += trials;
        sum.lost += lost;
        sum.doubled += doubled;
        sum.wrong += wrong;
      }
      // Handles close in the background. What is left is the question to the one disk that never says what it is.
      await until('nothing else in use', () => bus.counters.inUse <= 1);
      return sum;
    };
    await run(500);
    // Each thread of the pool, all at the same time: what it takes for itself when it is first used is no leak.
    const { kernel32 } = loaded;
    const everyThread = Array.from({ length: POOL_THREADS }, () =>
      onPool(kernel32, kernel32.WaitForSingleObject, CURRENT_PROCESS, 500));
    await Promise.all(everyThread);
    await run(500);
    const before = { ...look(), ...bus.counters, ...await counters() };
    const counted = await many();
    const after = { ...look(), ...bus.counters, ...await counters() };
    return { ...counted, before, after };
  },
};

for (const name of options.step ?? []) {
  console.log(JSON.stringify({ step: name, ...await steps[name]!() }));
}
// What went wrong may still hang.
loaded.kernel32.TerminateProcess(-1, 0);
