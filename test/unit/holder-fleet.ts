// Many hosts and many disks before the real worker, through its real lines. What stands in for the hosts is a
// table of who holds which disk; their rows come in any order, in batches, with the times that a fan-out would
// give them.

import type { Clock } from '../../src/clock.ts';
import { Worker } from '../../src/worker/worker.ts';
import { randomOf } from './holder-world.ts';

export interface Fleet {
  readonly seed: number;
  readonly hosts: number;
  readonly disks: number;
  /** Called now and then with how many disks have been reported and not been decided. */
  readonly sample?: (undecided: number) => void;
  readonly clock: Clock;
}

export interface FleetOutcome {
  /** Holder replies by disk, as State or State:Holder. */
  readonly told: ReadonlyMap<string, readonly string[]>;
  readonly expected: ReadonlyMap<string, string>;
  readonly rows: number;
  readonly asks: number;
  readonly lines: number;
  readonly complete: boolean;
  readonly replies: number;
}

type Truth = { readonly kind: 'free' | 'unlisted' | 'keys' } | { readonly kind: 'held'; readonly by: number };

const idOf = (disk: number): string => `60050768028300000000000${disk.toString(16).padStart(9, '0')}`.toUpperCase();

export async function runFleet({ seed, hosts, disks, sample, clock }: Fleet): Promise<FleetOutcome> {
  const random = randomOf(seed);
  const truth = Array.from({ length: disks }, (): Truth => {
    const die = random.between(0, 1);
    if (die < 0.7) return { kind: 'free' };
    if (die < 0.92) return { kind: 'held', by: random.whole(0, hosts - 1) };
    return { kind: die < 0.96 ? 'unlisted' : 'keys' };
  });
  const told = new Map<string, string[]>();
  const open = new Map<number, { readonly id: string; readonly what: string }[]>();
  let complete = false;
  let replies = 0;
  let asks = 0;
  const worker = new Worker(clock, {
    windows: () => Promise.reject(new Error('no disk of this computer is asked')),
    rehearsal: () => Promise.reject(new Error('no rehearsal')),
  }, (line) => {
    replies += 1;
    const kind = /<\/U32><S>(\w+)</.exec(line)![1];
    const property = (name: string) => new RegExp(` N="${name}">([^<]*)<`).exec(line)?.[1] ?? '';
    if (kind === 'error') throw new Error(line);
    if (kind === 'ask') {
      asks += 1;
      const host = Number(property('Host'));
      (open.get(host) ?? open.set(host, []).get(host)!).push({ id: property('UniqueId'), what: property('What') });
    } else if (kind === 'holder') {
      const id = property('UniqueId');
      const holder = property('Holder');
      (told.get(id) ?? told.set(id, []).get(id)!).push(property('State') + (holder === '' ? '' : `:${holder}`));
    } else if (kind === 'done' && line.includes('<U32>1</U32>')) complete = true;
  });

  let lastId = 1;
  let lines = 0;
  let batch: string[] = [];
  let size = 0;
  const flush = () => {
    if (batch.length === 0) return;
    lastId += 1;
    lines += 1;
    worker.take(`id=${lastId}&verb=witness&step=rows&search=1&rows=${encodeURIComponent(batch.join(''))}`);
    batch = [];
    size = 0;
  };
  /** The worker takes 32 lines of a pipeline at once; more wait for their turn. */
  const settle = () => new Promise<void>((resolve) => void setImmediate(resolve));
  let settledAt = 0;
  const breathe = async () => {
    if (lines - settledAt < 16) return;
    settledAt = lines;
    await settle();
  };
  const send = (...fields: (string | number)[]) => {
    const row = `${fields.join('\t')}\n`;
    batch.push(row);
    size += row.length;
    if (size > 24_000) flush();
  };

  worker.take('id=1&verb=witness&step=begin&window=15000&epoch=1767225600000');
  for (let host = 0; host < hosts; host += 1) send('h', `host-${host}`, `session-${host}`);
  let rows = 0;
  let now = 1000;
  const offsets = Array.from({ length: hosts }, () => random.between(-1e6, 1e6));
  const row = (host: number, disk: number, sent: number, at: number, received: number) => {
    const its = truth[disk]!;
    const blocked = its.kind === 'unlisted' || (its.kind === 'held' && its.by !== host);
    const evidence = `CHECK_VERIFY: ${blocked ? 'STATUS_DEVICE_BUSY' : 'STATUS_SUCCESS'}; READ KEYS: `
      + `${its.kind === 'keys' ? '2 keys' : '0 keys'}; READ RESERVATION: none`;
    rows += 1;
    send('o', host, sent.toFixed(3), received.toFixed(3), idOf(disk), (disk + 7 * host) % disks, blocked ? 1 : 0,
      its.kind === 'keys' ? 'Persistent' : blocked ? 'HeldByAnotherHost' : 'Unknown', 'Read', evidence, 1, 'IBM 2145',
      `S${disk}`, Math.floor(1767225600000 + at + offsets[host]!), 3, `host-${host}`, 'Rehearsal', '\\\\.\\PhysicalDrive1', '');
  };

  // The first reading: 32 hosts at a time, each of which brings its disks in an order of its own.
  const wave = 32;
  for (let first = 0; first < hosts; first += wave) {
    const members = Array.from({ length: Math.min(wave, hosts - first) }, (_, at) => first + at);
    const sent = now;
    const left = members.map((host) => ({ host, from: random.whole(0, disks - 1), done: 0 }));
    while (left.length > 0) {
      const at = random.whole(0, left.length - 1);
      const one = left[at]!;
      for (let some = random.whole(1, 40); some > 0 && one.done < disks; some -= 1, one.done += 1) {
        now += 2 / members.length;
        row(one.host, (one.from + one.done * 7919) % disks, sent, now - 8, now);
      }
      await breathe();
      if (one.done === disks) {
        send('d', one.host);
        left.splice(at, 1);
        sample?.(Math.max(0, disks - told.size));
      }
    }
    flush();
    await settle();
  }
  // What is asked again, each host one call at a time.
  for (let rounds = 0; open.size > 0; rounds += 1) {
    if (rounds > 60) throw new Error('the questions do not end');
    const asked = [...open];
    open.clear();
    now += 20;
    const sent = now;
    for (const [host, ids] of asked) {
      for (const { id, what } of ids) {
        now += 0.05;
        if (what === 'Ports') {
          send('p', host, `iqn.2026-01.example:host-${host}`);
          send('q', host);
          continue;
        }
        if (what === 'Registrants') {
          // Every other disk's registrant is a host that is asked, and so names the holder.
          const disk = Number.parseInt(id.slice(23), 16);
          const name = disk % 2 === 0 ? `host-${disk % hosts}` : 'gone';
          send('r', host, id, `0x00000000000000AA iqn.2026-01.example:${name},i,0x400001370000 (holder, Write Exclusive, LU_SCOPE, target port 1)`);
        }
        row(host, Number.parseInt(id.slice(23), 16), sent, now, now + 5);
        await breathe();
      }
    }
    now += 10;
    flush();
    await settle();
    sample?.(Math.max(0, disks - told.size));
  }
  flush();
  await settle();
  const expected = new Map(truth.map((its, disk) => [idOf(disk), {
    free: 'NotReserved', keys: disk % 2 === 0 ? `Persistent:host-${disk % hosts}` : 'Persistent', unlisted: 'HeldByUnlistedHost',
    held: `HeldBy:host-${its.kind === 'held' ? its.by : ''}`,
  }[its.kind]]));
  return { told, expected, rows, asks, lines, complete, replies };
}
