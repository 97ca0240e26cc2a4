// Hosts that share one disk of the rehearsal bus, asked by real probes at moments of a virtual clock; who held it
// when is written down beside. What stands in for remoting is the time that a question and its answer are under
// way.

import { RehearsalBus } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import { RehearsalStore } from '../../src/bus/rehearsal/rehearsal-store.ts';
import { observationOf } from '../../src/holder/observe.ts';
import type { HolderResult } from '../../src/holder/result.ts';
import { HolderSearch } from '../../src/holder/search.ts';
import { createContext, lookingOnly } from '../../src/disk/context.ts';
import { readReservation } from '../../src/verbs/read.ts';
import { noClaim } from '../../src/disk/claim.ts';
import * as op from '../../src/scsi/commands.ts';
import { CHECK_CONDITION } from '../../src/scsi/status.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function randomOf(seed: number) {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    between: (least: number, most: number) => least + (most - least) * next(),
    whole: (least: number, most: number) => least + Math.floor((most - least + 1) * next()),
    chance: (share: number) => next() < share,
    of: <T>(items: readonly T[]): T => items[Math.floor(items.length * next())]!,
  };
}

export interface Hold {
  readonly host: string;
  readonly from: number;
  readonly to: number;
}

export interface Story {
  readonly seed: number;
  readonly windowMs: number;
  /** How long a host holds the disk at least. */
  readonly shortestHoldMs: number;
  readonly longestHoldMs: number;
  /** Share of holds that last ten windows. */
  readonly longShare: number;
}

export interface Told {
  readonly result: HolderResult;
  readonly holds: readonly Hold[];
  readonly listed: readonly string[];
  readonly epoch: number;
  readonly readings: number;
}

const uniqueId = '60050768028300000000000000000001';

/** Lives one history through, and the search in the middle of it; null: no host lived to report the disk. */
export async function live({ seed, windowMs, shortestHoldMs, longestHoldMs, longShare }: Story): Promise<Told | null> {
  const random = randomOf(seed);
  const clock = new VirtualClock(random.between(0, 1e6));
  const epoch = clock.date().getTime() - clock.now();
  const count = random.whole(2, 6);
  const names = Array.from({ length: count }, (_, at) => `host-${'abcdef'[at]}`);
  const listedCount = Math.max(1, random.chance(0.5) ? count : random.whole(1, count));
  const listed = names.slice(0, listedCount);
  const several = new Map(names.map((name) => [name, random.chance(0.25) ? [name, `${name}-2`] : [name]]));
  const slow = random.chance(0.5);
  const hosts = Object.fromEntries(names.map((name, at) => [name, { disks: [{
    number: at + 1, unit: 'shared', initiators: several.get(name),
    ...(random.chance(0.3) ? { pathPolicy: 'failOver' } : {}),
    faults: slow ? { delayMs: random.whole(0, 60) } : {},
  }] }]));
  const store = RehearsalStore.inMemory(JSON.stringify({
    version: 1, thisHost: names[0],
    logicalUnits: [{ name: 'shared', serial: 'S1', naa: uniqueId, target: random.of(['tgt', 'LIO']),
      readyUnderReserve: random.chance(0.3) }], hosts,
  }), 'rehearsal', { clock });
  const unit = store.units.get('shared')!;
  const ports = [...several].flatMap(([host, all]) => all.map((port) => ({ host, port })));

  // The history: somebody holds it, nobody does, somebody does. Others try, and change nothing.
  const holds: Hold[] = [];
  let over = false;
  const wait = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));
  const command = (port: string, opcode: number): number => {
    // What waits to be told of resets comes first, as often as there was one.
    for (;;) {
      const { status } = unit.execute(port, Uint8Array.of(opcode, 0, 0, 0, 0, 0));
      if (status !== CHECK_CONDITION) return status;
    }
  };
  const busy = random.of([...ports]);
  const history = (async () => {
    if (random.chance(0.3)) await wait(random.between(0, 2 * windowMs));
    while (!over) {
      const { host, port } = random.chance(0.4) ? busy : random.of(ports);
      if (command(port, op.RESERVE_6) !== 0) throw new Error('a free disk could not be reserved');
      const from = clock.now();
      const length = random.chance(longShare) ? 10 * windowMs : random.between(shortestHoldMs, longestHoldMs);
      const until = from + length;
      while (clock.now() < until && !over) {
        await wait(Math.min(until - clock.now(), random.between(windowMs / 8, windowMs)));
        const other = random.of(ports);
        if (other.port !== port) command(other.port, random.of([op.RESERVE_6, op.RELEASE_6]));
      }
      const end = clock.now() < until ? Infinity : clock.now();
      if (end < Infinity) {
        if (random.chance(0.3)) unit.reset(ports.map((each) => each.port));
        else command(port, op.RELEASE_6);
      }
      holds.push({ host, from, to: end });
      if (!over) await wait(random.chance(0.3) ? random.between(0, 20) : random.between(0, shortestHoldMs));
    }
  })();

  // The search.
  await wait2(clock, random.between(0, 4 * windowMs));
  const results: HolderResult[] = [];
  let complete = false;
  let readings = 0;
  const search = new HolderSearch(windowMs, epoch, {
    ask: (host) => { asks[host]! += 1; },
    holder: (result) => void results.push(result),
    complete: () => { complete = true; },
  });
  const asks = listed.map(() => 0);
  const bus = new RehearsalBus(store, { clock });
  for (const name of listed) search.host(name, `session-${name}`);
  const sessions = listed.map(async (name, host) => {
    const context = lookingOnly(createContext(bus.as(name), clock));
    const delay = random.of([5, 50, windowMs / 4]);
    let offset = random.between(-1e7, 1e7);
    let life = random.chance(0.1) ? random.whole(0, 2) : Infinity;
    const number = names.indexOf(name) + 1;
    const one = async () => {
      const sent = clock.now();
      await wait(random.between(0, delay));
      if (life-- <= 0) {
        search.failed(host, 'it is gone');
        return false;
      }
      if (random.chance(0.05)) offset += random.between(-1000, 1000);
      const { result } = await readReservation(
        { claim: { ...noClaim, number }, timeoutMs: 30_000, detailed: false }, context, { step() {}, late() {} });
      readings += 1;
      await wait(random.between(0, delay));
      const startedAt = Math.floor(result.StartedAt.getTime() + offset);
      search.observed(observationOf({ ...result, StartedAt: startedAt }, host, sent, clock.now()));
      return true;
    };
    await wait(random.between(0, delay));
    if (!await one()) return;
    search.finished(host);
    while (!complete) {
      if (asks[host] === 0) await wait(1);
      else {
        asks[host]! -= 1;
        if (!await one()) return;
      }
    }
  });
  const whole = Promise.all(sessions).then(() => { over = true; });
  await clock.runAll();
  await whole;
  await history;
  if (readings === 0 && results.length === 0) return null;
  if (results.length !== 1) throw new Error(`seed ${seed}: ${results.length} results`);
  return { result: results[0]!, holds, listed, epoch, readings };
}

/** Lets time pass for all that has been begun. */
const wait2 = (clock: VirtualClock, ms: number): Promise<void> => clock.advance(ms);

/** Why a result is wrong, by what was written down; null: it is not. */
export function wrongness({ result, holds, listed, epoch }: Told): string | null {
  const held = (from: number, to: number, by: (host: string) => boolean) =>
    holds.some((hold) => by(hold.host) && hold.from <= to && hold.to >= from);
  const told = /\+-(\d+) ms/.exec(result.Evidence);
  const at = result.HeldAt === null ? NaN : result.HeldAt.getTime() - epoch;
  const room = Number(told?.[1] ?? 0) + 1;
  switch (result.State) {
    case 'HeldBy': return held(at - room, at + room, (host) => host === result.Holder) ? null
      : `${result.Holder} did not hold it at ${at}`;
    case 'HeldByUnlistedHost': return held(at - room, at + room, (host) => !listed.includes(host)) ? null
      : `no unlisted host held it at ${at}`;
    case 'NotReserved': {
      const half = (result.WindowMs ?? 0) / 2 + 1;
      const always = holds.some((hold) => hold.from <= at - half && hold.to >= at + half);
      return always ? `it was held all the time around ${at}` : null;
    }
    case 'Persistent': return 'there never was a key';
    default: return null;
  }
}
