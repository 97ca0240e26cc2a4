// Runs in node.exe in the Windows lab, against the lab's driver: the Windows bus as nothing on Linux can show it.
// Says one JSON object per step on stdout, last of all one with what failed. Started by bus-smoke.mjs.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { KoffiFunc } from 'koffi';
import type { Bus, Completion, Disk } from '../../src/bus/bus.ts';
import { IOCTL_SCSI_PASS_THROUGH, IOCTL_STORAGE_GET_DEVICE_NUMBER, IOCTL_STORAGE_PERSISTENT_RESERVE_IN,
  IOCTL_STORAGE_QUERY_PROPERTY, IOCTL_STORAGE_RELEASE,
  IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS } from '../../src/bus/sdk/control-codes.ts';
import { decodeDeviceDescriptor, decodeDeviceIdDescriptor, decodeDeviceNumber, encodePropertyQuery,
  StorageDeviceIdProperty, StorageDeviceProperty } from '../../src/bus/sdk/layouts.ts';
import { encodePassThrough } from '../../src/bus/sdk/pass-through.ts';
import { encodePersistentReserveIn } from '../../src/bus/sdk/persistent-reserve.ts';
import { loadKoffi } from '../../src/bus/windows/koffi.ts';
import { native } from '../../src/bus/windows/native.ts';
import { terminateSelf, watchParent } from '../../src/bus/windows/process.ts';
import { openWindowsBus } from '../../src/bus/windows/windows-bus.ts';
import { systemClock } from '../../src/clock.ts';
import { statusRows } from '../../src/status/status.ts';
import { openHandles } from './open-handles.ts';

process.env.UV_THREADPOOL_SIZE = '128';
const { values: options } = parseArgs({
  options: {
    koffi: { type: 'string' }, step: { type: 'string', multiple: true },
    count: { type: 'string', default: '5000' },
  },
});
const koffiPath = options.koffi as string;
const koffiHash = createHash('sha256').update(readFileSync(koffiPath)).digest('hex');
const bus = openWindowsBus({ clock: systemClock, koffiPath, koffiHash });
const { kernel32, ntdll, koffi } = native();
const count = Number(options.count);

const failures: string[] = [];
function check(what: string, holds: boolean): void {
  if (!holds) failures.push(what);
}
const say = (value: object) => console.log(JSON.stringify(value, (_, v) => typeof v === 'bigint' ? Number(v) : v));
const drive = (number: number) => `\\\\.\\PhysicalDrive${number}`;
const hex = (value: number) => `0x${value.toString(16)}`;
const sleep = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms));

const handles = () => openHandles(koffi);

async function must(path: string): Promise<Disk> {
  const { disk, ...why } = await bus.open(path, 'read');
  if (!disk) throw new Error(`${path}: ${JSON.stringify(why)}`);
  return disk;
}

function within(ms: number, promise: Promise<Completion>): Promise<Completion | 'late'> {
  return Promise.race([promise, sleep(ms).then(() => 'late' as const)]);
}

const brief = (done: Completion | 'late') =>
  done === 'late' ? done : { status: hex(done.status), information: done.information, bytes: done.output.length };

/** The lab's own control device, through the same bus: completes all that hangs, changes a unit. */
async function lab(code: number, ...words: number[]): Promise<Completion> {
  const { disk } = await bus.open('\\\\.\\StorageReleaseLab', 'query');
  if (!disk) throw new Error('no lab driver');
  const input = new Uint8Array(new Uint32Array(words).buffer);
  const done = await disk.control(0x222000 | (code << 2), input, code === 2 ? 4 : 0);
  await disk.close();
  return done;
}
const completeAll = () => lab(2, 0).then(done => new DataView(done.output.buffer).getUint32(0, true));

const steps: Record<string, () => Promise<void>> = {
  async list() {
    const paths = await bus.list();
    const { computerName } = bus;
    say({ step: 'list', computerName, count: paths.length, first: paths.slice(0, 6), last: paths.slice(-4) });
    const at = (path: string) => paths.indexOf(path);
    check('list: disks come by number, then tapes, changers', at(drive(10)) < at(drive(32))
      && at(drive(95)) < at('\\\\.\\Tape0') && at('\\\\.\\Tape0') < at('\\\\.\\Changer0'));
  },

  async roles() {
    for (const path of ['.\\C:', '?\\GLOBALROOT\\Device\\HarddiskVolume1', '?\\GLOBALROOT\\Device\\LabDisk10']
      .map(name => `\\\\${name}`)) {
      const { disk, ...why } = await bus.open(path, 'query');
      const extents = await disk?.control(IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS, null, 200);
      const bytes = Buffer.from(extents?.output ?? []).toString('hex');
      say({ step: 'volume', path, ...(extents ? { answer: brief(extents), bytes } : why) });
      await disk?.close();
    }
    const started = performance.now();
    const roles = await bus.roles();
    check('roles: the disk behind MPIO', [...roles.multipath].join() === '28');
    check('roles: every disk behind MPIO said its number', roles.multipathUnknown === false);
    const { boot, system, multipath } = roles;
    say({ step: 'roles', ms: performance.now() - started, boot: [...boot], system: [...system],
      multipath: [...multipath] });
  },

  async opens() {
    const answers: Record<string, unknown> = {};
    for (const path of [drive(99), drive(20), drive(26), `${drive(10)}\0x`, '\\\\.\\NoSuchThing']) {
      const { disk, ...why } = await bus.open(path, 'read');
      answers[path] = disk ? 'opened' : why;
      await disk?.close();
    }
    say({ step: 'opens', answers });
    const { disk } = await bus.open(drive(10), 'query');
    const denied = await disk?.control(IOCTL_STORAGE_RELEASE, null, 0);
    say({ step: 'release without access', ...(denied ? { answer: brief(denied) } : {}) });
    check('opens: RELEASE needs read access', denied?.status === 0xc0000022);
    await disk?.close();
  },

  /** The Win32 code of each status of our table, and what this Windows makes of it. */
  async codes() {
    const win32Of = koffi.load('ntdll.dll').func('int32_t __stdcall RtlNtStatusToDosError(uint32_t)');
    const differ = statusRows.filter(row => win32Of(row.status) !== row.win32)
      .map(row => [row.name, row.win32, win32Of(row.status)]);
    say({ step: 'codes', rows: statusRows.length, differ });
    check('codes: as RtlNtStatusToDosError has them', differ.length === 0);
  },

  /** The rules of the class driver and of the I/O manager for requests that tell of reservations. */
  async reservations() {
    const capabilities = encodePassThrough(Uint8Array.of(0x5e, 2, 0, 0, 0, 0, 0, 0, 8, 0), 8, 10);
    const lists = [
      ['READ KEYS', encodePersistentReserveIn(0, 8), 8, 0],
      ['READ RESERVATION', encodePersistentReserveIn(1, 1024), 1024, 0],
      ['REPORT CAPABILITIES', encodePersistentReserveIn(2, 8), 8, 0xc000000d],
      ['READ FULL STATUS', encodePersistentReserveIn(3, 1024), 1024, 0xc000000d],
      ['less room than a header', encodePersistentReserveIn(0, 7), 8, 0xc000000d],
      ['less room than is asked for', encodePersistentReserveIn(0, 16), 8, 0xc000000d],
      ['less than the command', encodePersistentReserveIn(0, 8).subarray(0, 11), 8, 0xc0000004],
    ] as const;
    const statuses: Record<string, number[]> = {};
    for (const access of ['query', 'read', 'readwrite'] as const) {
      const { disk, ...why } = await bus.open(drive(100), access);
      if (!disk) throw new Error(`disk 100 for ${access}: ${JSON.stringify(why)}`);
      const passed = await disk.control(IOCTL_SCSI_PASS_THROUGH, capabilities.input, capabilities.outputLength);
      const asked: number[] = [];
      for (const [, input, room] of lists) {
        asked.push((await disk.control(IOCTL_STORAGE_PERSISTENT_RESERVE_IN, input, room)).status);
      }
      statuses[access] = [passed.status, ...asked];
      await disk.close();
    }
    const told = Object.fromEntries(Object.entries(statuses).map(([access, all]) => [access, all.map(hex)]));
    say({ step: 'reservations', ...told });
    const ruled = lists.map(([, , , status]) => status);
    const denied = 0xc0000022;
    check('reservations: no access, no request', statuses.query?.every(status => status === denied) === true);
    check('reservations: lists need read access, pass-through write access too',
      statuses.read?.join() === [denied, ...ruled].join() && statuses.readwrite?.join() === [0, ...ruled].join());
  },

  /** Reads of the first bytes: who is let in, what a handle needs, and memory that outlives a request that hangs. */
  async reads() {
    const [reserves, releases, readyEvent, readsEvent] = [0, 1, 5, 6];
    const event = (kind: number, value = 0) => lab(5, 0, 102, kind, value);
    const disk = await must(drive(102));
    const read = async (length = 4096) => brief(await within(2000, disk.read(length)));
    const answers: Record<string, unknown> = { free: await read(), oneBlock: await read(512), noBlock: await read(100) };
    const { disk: query } = await bus.open(drive(102), 'query');
    answers['query'] = brief(await query!.read(4096));
    await query!.close();
    await event(readyEvent, 1);
    await event(reserves);
    answers['held'] = await read();
    await event(releases);
    answers['freeAgain'] = await read();
    const tape = await must('\\\\.\\Tape0');
    answers['tape'] = brief(await tape.read(4096));
    await tape.close();
    say({ step: 'reads', answers });
    const text = (value: object) => JSON.stringify(value, (_, v) => typeof v === 'bigint' ? Number(v) : v);
    check('reads: status and bytes of each', text(answers) === text({
      free: { status: '0x0', information: 4096n, bytes: 0 }, oneBlock: { status: '0x0', information: 512n, bytes: 0 },
      noBlock: { status: '0xc000000d', information: 0n, bytes: 0 }, query: { status: '0xc0000022', information: 0n, bytes: 0 },
      held: { status: '0x80000011', information: 0n, bytes: 0 }, freeAgain: { status: '0x0', information: 4096n, bytes: 0 },
      tape: { status: '0xc0000010', information: 0n, bytes: 0 },
    }));

    await event(readsEvent, 1);
    const hung = disk.read(4096);
    const early = await within(300, hung);
    disk.cancel();
    const afterCancel = await within(300, hung);
    const inUse = bus.counters.inUse;
    const completed = await completeAll();
    const late = await within(2000, hung);
    await event(readsEvent, 2);
    const yielding = disk.read(4096);
    await sleep(100);
    disk.cancel();
    const cancelled = await within(2000, yielding);
    await event(readsEvent, 0);
    const after = await read();
    await disk.close();
    await sleep(300);
    say({ step: 'reads that hang', early, afterCancel: brief(afterCancel), whileHung: inUse, completed, late: brief(late),
      cancelled: brief(cancelled), after, ...bus.counters });
    check('reads: one that hangs keeps its memory until it is completed, also when cancelled', early === 'late'
      && afterCancel === 'late' && inUse === 1 && completed === 1 && late !== 'late' && late.status === 0);
    check('reads: what can be cancelled is', cancelled !== 'late' && cancelled.status === 0xc0000120);
    check('reads: nothing in use', bus.counters.inUse === 0);
  },

  async units() {
    const numbers = (await bus.list()).map(path => Number(/PhysicalDrive(\d+)$/.exec(path)?.[1]))
      .filter(n => n >= 10 && n <= 32);
    for (const number of numbers) {
      const { disk, ...why } = await bus.open(drive(number), 'read');
      if (!disk) {
        say({ step: 'unit', number, ...why });
        continue;
      }
      const told: Record<string, unknown> = {};
      const started = performance.now();
      const asked = await within(1000, disk.control(IOCTL_STORAGE_GET_DEVICE_NUMBER, null, 12));
      told.number = asked === 'late' ? asked : decodeDeviceNumber(asked.output).deviceNumber;
      // One request at a time: what does not answer is not asked again.
      let hangs = asked === 'late';
      if (!hangs) {
        for (const [name, property, decode] of [['descriptor', StorageDeviceProperty, decodeDeviceDescriptor],
          ['page83', StorageDeviceIdProperty, decodeDeviceIdDescriptor]] as const) {
          const query = encodePropertyQuery(property);
          const done: Completion | 'late' = hangs ? 'late'
            : await within(500, disk.control(IOCTL_STORAGE_QUERY_PROPERTY, query, 1024));
          hangs ||= done === 'late';
          if (done === 'late') continue;
          try {
            const value = decode(done.output);
            told[name] = Array.isArray(value)
              ? value.map(d => `${d.type}:${Buffer.from(d.identifier).toString('hex')}`)
              : 'serialNumber' in value ? value.serialNumber : null;
          } catch (error) {
            told[name] = String(error);
          }
        }
      }
      told.release = hangs ? 'not sent' : brief(await within(1500, disk.control(IOCTL_STORAGE_RELEASE, null, 0)));
      disk.cancel();
      say({ step: 'unit', unit: number, ms: Math.round(performance.now() - started), ...told });
      void disk.close();
    }
    await completeAll();
    await sleep(300);
    say({ step: 'after units', ...bus.counters });
    check('units: nothing in use', bus.counters.inUse === 0);
  },

  async hung() {
    const disk = await must(drive(14));
    const started = performance.now();
    const pending = disk.control(IOCTL_STORAGE_RELEASE, null, 0);
    const early = await within(300, pending);
    disk.cancel();
    const afterCancel = await within(300, pending);
    const closed = disk.close().then(() => 'closed');
    const afterClose = await Promise.race([closed, sleep(200).then(() => 'open')]);
    const completed = await completeAll();
    const late = await within(2000, pending);
    say({ step: 'hung', early, afterCancel: brief(afterCancel), afterClose, completed, late: brief(late),
      closed: await closed, ms: performance.now() - started, ...bus.counters });
    check('hung: stays pending, also when cancelled',
      early === 'late' && afterCancel === 'late' && afterClose === 'open');
    check('hung: a late completion is told', late !== 'late' && late.status === 0);

    const yielding = await must(drive(18));
    const release = yielding.control(IOCTL_STORAGE_RELEASE, null, 0);
    yielding.cancel();
    const cancelled = await within(2000, release);
    say({ step: 'cancelled at once', answer: brief(cancelled) });
    check('hung: what can be cancelled is', cancelled !== 'late' && cancelled.status === 0xc0000120);
    await yielding.close();
  },

  async parallel() {
    const before = handles();
    const started = performance.now();
    const disks = await Promise.all(Array.from({ length: 64 }, (_, i) => must(drive(32 + i))));
    const opened = performance.now();
    const all = await Promise.all(disks.map(disk => disk.control(IOCTL_STORAGE_RELEASE, null, 0)));
    const released = performance.now();
    await Promise.all(disks.map(disk => disk.close()));
    const closed = performance.now();
    await sleep(300);
    say({ step: 'parallel', openMs: opened - started, releaseMs: released - opened, closeMs: closed - released,
      handles: [before, handles()], ...bus.counters });
    check('parallel: all accepted', all.every(done => done.status === 0));
    check('parallel: nothing in use', bus.counters.inUse === 0);
  },

  async hangMany() {
    for (let i = 0; i < 64; i++) await lab(3, 0, 32 + i, 4, 0, 0);
    const disks = await Promise.all(Array.from({ length: 64 }, (_, i) => must(drive(32 + i))));
    const pending = disks.map(disk => disk.control(IOCTL_STORAGE_RELEASE, null, 0));
    await sleep(200);
    const other = await must(drive(10));
    const started = performance.now();
    for (let i = 0; i < 20; i++) await other.control(IOCTL_STORAGE_RELEASE, null, 0);
    const ms = performance.now() - started;
    await other.close();
    const inUse = bus.counters.inUse;
    const completed = await completeAll();
    const all = await Promise.all(pending);
    await Promise.all(disks.map(disk => disk.close()));
    for (let i = 0; i < 64; i++) await lab(3, 0, 32 + i, 0, 0, 0);
    const ok = all.filter(done => done.status === 0).length;
    say({ step: 'hangMany', inUse, completed, otherUs: ms * 50, ok, after: bus.counters });
    check('hangMany: 64 hang, all end', completed === 64 && all.every(done => done.status === 0));
  },

  async many() {
    const disk = await must(drive(10));
    for (let i = 0; i < 200; i++) await disk.control(IOCTL_STORAGE_RELEASE, null, 0);
    const before = { handles: handles(), rss: process.memoryUsage.rss(), ...bus.counters };
    const started = performance.now();
    for (let i = 0; i < count; i++) await disk.control(IOCTL_STORAGE_RELEASE, null, 0);
    const ms = performance.now() - started;
    await sleep(600);
    const after = { handles: handles(), rss: process.memoryUsage.rss(), ...bus.counters };
    say({ step: 'many', count, usEach: ms * 1000 / count, before, after });
    // Wide: a busy machine brings some dozens that an idle one does not.
    check('many: handles flat', after.handles - before.handles < count / 10);
    check('many: slabs flat', after.slabs <= before.slabs + 2 && after.inUse === 0);
    check('many: memory flat', after.rss - before.rss < 32 * 1024 * 1024);
    const many = await Promise.all(Array.from({ length: 8 }, (_, i) => must(drive(32 + i))));
    const parallel = performance.now();
    await Promise.all(many.map(async one => {
      for (let i = 0; i < count / 8; i++) await one.control(IOCTL_STORAGE_RELEASE, null, 0);
    }));
    say({ step: 'many on 8 disks', usEach: (performance.now() - parallel) * 1000 / count });
    await Promise.all([disk, ...many].map(one => one.close()));
  },

  /** The same ioctl, synchronous, on the pool and through the bus, in turns: medians of many rounds. */
  async cost() {
    const loads: number[] = [];
    for (let i = 0; i < 3; i++) {
      const at = performance.now();
      loadKoffi({ koffiPath, koffiHash });
      loads.push(performance.now() - at);
    }
    const handle = kernel32.CreateFileW(drive(10), 0x80000000, 3, null, 3, 0x40000000, 0);
    const block = koffi.alloc('uint8_t', 64) as bigint;
    const disk = await must(drive(10));
    // A context of 0 asks for no packet: the bare call.
    const args = [handle, 0, null, 0, block, IOCTL_STORAGE_RELEASE, null, 0, null, 0] as const;
    const pool = <A extends unknown[]>(row: KoffiFunc<(...rest: A) => number>, ...rest: A) =>
      new Promise(resolve => row.async(...rest, (_: unknown, value: number) => resolve(value)));
    const ways: Record<string, () => unknown> = {
      sync: () => ntdll.NtDeviceIoControlFile(...args),
      pool: () => pool(ntdll.NtDeviceIoControlFile, ...args),
      bus: () => disk.control(IOCTL_STORAGE_RELEASE, null, 0),
      'nothing, sync': () => kernel32.GetLastError(),
      'nothing, pool': () => pool(kernel32.GetLastError),
    };
    const rounds: Record<string, number[]> = {};
    for (let round = 0; round < 15; round++) {
      for (const [name, call] of Object.entries(ways)) {
        const started = performance.now();
        for (let i = 0; i < 200; i++) await call();
        (rounds[name] ??= []).push((performance.now() - started) * 5);
      }
    }
    say({ step: 'cost', loadMs: loads, ...Object.fromEntries(Object.entries(rounds).map(([name, us]) =>
      [name, us.sort((x, y) => x - y).filter((_, i) => i === 0 || i === 7).map(Math.round)])) });
    kernel32.CloseHandle(handle);
    await disk.close();
  },

  /**
   * Which calls that end at once have a packet all the same, and whether the block is written when they return;
   * also where the handle asks for none when it succeeds, as those of the bus do.
   */
  async packets() {
    const port = kernel32.CreateIoCompletionPort(-1, 0, 0, 1);
    const memory = koffi.alloc('uint8_t', 256) as bigint;
    const view = new DataView(koffi.view(memory, 256));
    const code = IOCTL_STORAGE_RELEASE;
    const units = [10, 11, 12, 18];
    for (const [at, number] of [...units, ...units].entries()) {
      const asksForNone = at < units.length ? 0 : 1;
      const handle = kernel32.CreateFileW(drive(number), 0x80000000, 3, null, 3, 0x40000000, 0);
      kernel32.CreateIoCompletionPort(handle, port, 0, 0);
      if (asksForNone) kernel32.SetFileCompletionNotificationModes(handle, asksForNone);
      view.setBigUint64(0, 0x103n, true);
      const status = ntdll.NtDeviceIoControlFile(handle, 0, null, 77, memory, code, null, 0, null, 0) >>> 0;
      const block = view.getUint32(0, true);
      const cancelled = status === 0x103 ? kernel32.CancelIoEx(handle, memory) : null;
      const got = kernel32.GetQueuedCompletionStatusEx(port, memory + 64n, 1, memory + 200n, 100, 0);
      if (number === 10) check('packets: none for what succeeds at once, where asked', got === 1 - asksForNone);
      if (number === 18) check('packets: what pended has one', got === 1);
      say({ step: 'packet', number, asksForNone, status: hex(status), block: hex(block), cancelled, got,
        ...(got ? { token: view.getBigUint64(72, true), packetStatus: hex(view.getUint32(80, true)) }
          : { error: kernel32.GetLastError() }), blockAfter: hex(view.getUint32(0, true)) });
      kernel32.CloseHandle(handle);
    }
    kernel32.CloseHandle(port);
  },

  async loader() {
    const answers: Record<string, unknown> = {};
    for (const [name, source] of Object.entries({
      missing: { koffiPath: 'C:\\nosuch\\koffi.node', koffiHash },
      changed: { koffiPath: process.execPath.replace('node.exe', 'koffi.bad'), koffiHash },
    })) {
      try {
        loadKoffi(source);
      } catch (error) {
        answers[name] = { ...(error as object), message: (error as Error).message };
      }
    }
    say({ step: 'loader', answers });
  },

  async parent() {
    let gone = false;
    const stop = watchParent(process.ppid, () => failures.push('parent: ours is there'));
    watchParent(0x7ffffff0, () => { gone = true; });
    const other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 5000)'], { stdio: 'ignore' });
    const ended = Promise.withResolvers<number>();
    let killed = Infinity;
    watchParent(other.pid as number, () => ended.resolve(performance.now() - killed));
    await sleep(700);
    killed = performance.now();
    other.kill();
    const toldAfterMs = await Promise.race([ended.promise, sleep(2000)]);
    say({ step: 'parent', watched: stop !== null, unknownIsGone: gone, toldAfterMs });
    check('parent: an unknown process is gone', gone);
    check('parent: its end is told', typeof toldAfterMs === 'number' && toldAfterMs >= 0);
    stop?.();
  },

  /** Ends in the ordinary way, with nothing pending: what `exit` is compared with. */
  async cleanExit() {
    const disk = await must(drive(10));
    await disk.control(IOCTL_STORAGE_RELEASE, null, 0);
    await sleep(300);
    say({ step: 'cleanExit' });
    process.exit(42);
  },

  /** With a request that hangs, by process.exit: how long the pool holds the process. */
  async plainExit() {
    const disk = await must(drive(14));
    void disk.control(IOCTL_STORAGE_RELEASE, null, 0);
    await sleep(300);
    say({ step: 'plainExit', pending: bus.counters.inUse });
    process.exit(42);
  },

  /** Must be the last: a request hangs, and the process ends all the same. */
  async exit() {
    const disk = await must(drive(14));
    void disk.control(IOCTL_STORAGE_RELEASE, null, 0);
    await sleep(300);
    say({ step: 'exit', pending: bus.counters.inUse, at: Date.now() });
    terminateSelf(43);
  },
};

const wanted = options.step ?? Object.keys(steps).filter(name => !/exit/i.test(name));
for (const name of wanted) {
  try {
    await steps[name]?.();
  } catch (error) {
    failures.push(`${name}: ${(error as Error).stack}`);
  }
}
const closing: Bus = bus;
await closing.close();
say({ failures });
