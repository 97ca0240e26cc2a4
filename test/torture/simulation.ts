// Two hosts, each with a worker and a client, on one rehearsed bus and one virtual clock, in one thread; all chance
// comes of one seed. What it says is held against simulated-disks.ts, which knows nothing of the product.

import { RehearsalBus } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import { RehearsalStore } from '../../src/bus/rehearsal/rehearsal-store.ts';
import type { Bus } from '../../src/bus/bus.ts';
import type { Clock } from '../../src/clock.ts';
import { serve } from '../../src/worker/serve.ts';
import type { BusOpener } from '../../src/worker/worker.ts';
import { VirtualClock } from '../unit/virtual-clock.ts';
import { ModelClient, type Sent } from './model-client.ts';
import { Random } from './random.ts';
import {
  type Asked, type DiskKind, type DiskVerb, type Name, UnitModel, makeDisk, outcomesOf,
} from './simulated-disks.ts';

export interface Simulated {
  /** Every line either way with its virtual time and host. */
  readonly transcript: readonly string[];
  readonly problems: readonly string[];
  readonly requests: number;
  readonly lost: number;
  readonly doubled: number;
  readonly wrong: number;
  /** Requests that a worker's end left without an answer, as it may. */
  readonly gone: number;
  /** Answers by outcome. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** How late the latest time-out came, virtual milliseconds; -1 where none did. */
  readonly latest: number;
}

/** A time-out may come this much after its deadline, and never before it. */
const latestMs = 250;
const interfacePath = (number: number) => `\\\\?\\scsi#disk&ven_sim#${number}#{53f56307-b6bf-11d0-94f2-00a0c91efb8b}`;
const naa = (number: number) => `6005076802830${number.toString(16).padStart(3, '0')}`;

/** A command as it reached a logical unit. */
interface Executed {
  readonly at: number;
  readonly unit: string;
  readonly host: string;
  readonly verb: 'release' | 'reserve';
  readonly status: number;
  claimed: boolean;
}

/** A request to a disk with all that its outcome hangs on. */
interface DiskRequest {
  readonly sent: Sent;
  readonly host: string;
  readonly disk: number | null;
  readonly verb: DiskVerb;
  readonly by: Name;
  readonly timeoutMs: number;
  readonly verify: boolean;
  readonly allowed: boolean;
  readonly group: number;
}

const names: readonly Name[] = ['number', 'number', 'number', 'path', 'interfacePath', 'uniqueId', 'serialNumber',
  'wrongSerial', 'madeUp'];
const verbs: readonly DiskVerb[] = ['release', 'release', 'release', 'reserve', 'reserve', 'plan', 'status', 'status'];
const nonsense = ['x', 'id=0&verb=list', '%', 'verb=list', 'id=1 &verb=list', '&', 'id=99999999999&verb=list'];
const GOOD = 0;
const RESERVATION_CONFLICT = 0x18;
const released: ReadonlySet<number> = new Set([0x17, 0x57]);
const reserved: ReadonlySet<number> = new Set([0x16, 0x56]);

/** Runs one seed to its end. Rejects only where the simulation itself is at fault, or the product threw. */
export async function simulate(seed: number): Promise<Simulated> {
  const random = new Random(seed);
  const dates = random.fork();
  const clock = new VirtualClock();
  const transcript: string[] = [];
  const problems: string[] = [];
  const outcomes = new Map<string, number>();
  let lost = 0;
  let wrong = 0;
  let gone = 0;
  let latest = -1;
  const bad = (problem: string) => {
    wrong += 1;
    problems.push(problem);
  };

  // Somebody sets the clock of the system all the time: an hour back, a year forth.
  const moving: Clock = {
    now: () => clock.now(),
    after: (ms, run) => clock.after(ms, run),
    date: () => new Date(Date.UTC(2026, 5, 1) + dates.pick([0, -3_600_000, 3_600_000, 31_536_000_000, -86_400_000])
      + dates.below(1000)),
  };

  // ---- the bus

  const kinds: DiskKind[] = Array.from({ length: random.between(1, 8) }, () => makeDisk(random));
  const entries = (host: string) => kinds.map(({ disk }, number) => ({
    number, unit: `u${number}`, interfacePath: interfacePath(number),
    ...JSON.parse(JSON.stringify(disk).replaceAll('HOST', host)) as object,
  }));
  const store = RehearsalStore.inMemory(JSON.stringify({
    version: 1, thisHost: 'a',
    logicalUnits: kinds.map(({ unit }, number) => ({
      name: `u${number}`, vendor: 'SIM', product: `Disk ${number}`, serial: `SER${number}`, naa: naa(number), ...unit,
    })),
    hosts: { a: { disks: entries('a') }, b: { disks: entries('b') }, x: {} },
  }), 'simulation', { clock: moving });
  const root = new RehearsalBus(store, { clock: moving });

  const executed: Executed[] = [];
  const models = new Map<string, UnitModel>();
  for (const [number, { unit }] of kinds.entries()) {
    const name = `u${number}`;
    const real = store.units.get(name)!;
    const model = new UnitModel(unit);
    models.set(name, model);
    const execute = real.execute.bind(real);
    real.execute = (initiator, cdb, data) => {
      const expected = model.execute(initiator, cdb);
      const answer = execute(initiator, cdb, data);
      if (answer.status !== expected || real.state.reservedBy !== model.reservedBy) {
        bad(`${name}: ${initiator}'s 0x${cdb[0]!.toString(16)} ended with ${answer.status} and reserved by `
          + `${real.state.reservedBy}, not ${expected} and ${model.reservedBy}`);
      }
      const verb = released.has(cdb[0]!) ? 'release' : reserved.has(cdb[0]!) ? 'reserve' : null;
      const { status } = answer;
      if (verb !== null && (status === GOOD || status === RESERVATION_CONFLICT)) {
        executed.push({ at: clock.now(), unit: name, host: initiator[0]!, verb, status, claimed: false });
      }
      return answer;
    };
  }
  const resets = new Set<number>();

  // ---- one host: its worker, and the client at the other end of its pipes

  const requests: DiskRequest[] = [];
  const listsInventory = !random.once(3);
  const verbose = random.once(2);
  const neverOpens = random.once(40);
  const notStored = random.once(40);
  const throttles = [random.pick([1, 2, 3]), random.pick([1, 2, 32]), 1024];

  const play = (host: string) => {
    const say = (way: string, text: string) => void transcript.push(`${clock.now()} ${host} ${way} ${text}`);
    const bus = root.as(host);
    const seen: Bus = {
      kind: bus.kind, computerName: bus.computerName, list: () => bus.list(), roles: () => bus.roles(),
      open: (path, access) => bus.open(path, access), close: () => bus.close(),
      flush: () => (notStored ? Promise.reject(new Error('disk full')) : bus.flush()),
      ...(listsInventory ? { inventory: () => bus.inventory() } : {}),
    };
    const open: BusOpener = {
      windows: () => Promise.reject(new Error('no Windows here')),
      rehearsal: () => (neverOpens ? Promise.reject(new Error('cannot be read')) : Promise.resolve(seen)),
    };
    const client = new ModelClient(() => clock.now());
    const cancelledAt = new Map<number, number>();
    /** Group of the next request of each pipeline: one that was cancelled does not come back. */
    const groups = throttles.map((_, index) => index);
    let stalledEver = false;
    /** When its first worker had ended. */
    let endedAt = Infinity;
    let serial = 0;
    let pipe = start();

    function start() {
      const chunks: (Buffer | null)[] = [];
      let wake = () => {};
      async function* input() {
        for (;;) {
          while (chunks.length === 0) await new Promise<void>((resolve) => { wake = resolve; });
          const chunk = chunks.shift()!;
          if (chunk === null) return;
          yield chunk;
        }
      }
      const state = {
        over: false, stalled: false, broken: false, quiet: false, held: [] as (() => void)[], parentGone: () => {},
      };
      const parentGone = new Promise<void>((resolve) => { state.parentGone = resolve; });
      const write = async (bytes: Buffer) => {
        // The process is gone.
        if (state.over) return;
        if (state.stalled) await new Promise<void>((resolve) => state.held.push(resolve));
        if (state.broken) throw new Error('EPIPE');
        say('<', bytes.toString('latin1').trimEnd());
        if (!state.quiet) client.read(bytes);
      };
      const who = { name: 'storage-release', version: '0', build: 'b', processId: ++serial, platform: 'sim' };
      void serve(moving, open, who, { input: input(), write, parentGone }).then(() => {
        state.over = true;
        endedAt = Math.min(endedAt, clock.now());
        say('|', 'the end');
        if (!state.quiet && !client.bye) client.over();
      }, (error: unknown) => bad(`${host}: serve rejected: ${String(error)}`));
      const feed = (chunk: Buffer | null) => {
        say('>', chunk === null ? '(end)' : chunk.toString('latin1').trimEnd());
        chunks.push(chunk);
        wake();
      };
      return { state, feed };
    }

    /** Lines to the worker's stdin, cut and glued as the seed has it. */
    const put = (...lines: string[]) => {
      const end = random.once(4) ? '\r\n' : '\n';
      let text = Buffer.from(lines.map((line) => line + end).join(''), 'latin1');
      while (text.length > 0) {
        const size = random.once(3) ? random.between(1, text.length) : text.length;
        pipe.feed(text.subarray(0, size));
        text = text.subarray(size);
      }
    };
    const send = (verb: string, fields: string): Sent => {
      const id = client.id();
      const line = `id=${id}&verb=${verb === 'plan' ? 'release&plan=1' : verb}${fields}`;
      const sent = client.send(verb, id, line);
      put(line);
      return sent;
    };
    const rehearse = () => send('rehearse', `&file=x&initiator=${host}&throttle=1024`);

    const ask = () => {
      const verb = random.pick(verbs);
      const by = random.pick(names);
      const disk = random.once(20) ? null : random.below(kinds.length);
      const number = disk ?? 700;
      const pipeline = random.below(throttles.length);
      const group = groups[pipeline]!;
      const timeout = random.pick([1, 1, 2, 3, 10, 60]);
      const verify = random.once(4);
      const allowed = random.once(2);
      const path = random.pick([`\\\\.\\PhysicalDrive${number}`, `\\\\?\\physicaldrive${number}`]);
      const named = {
        number: `&number=${number}`, path: `&path=${encodeURIComponent(path)}`,
        interfacePath: `&path=${encodeURIComponent(interfacePath(number))}`,
        uniqueId: `&uniqueId=${naa(number)}`, serialNumber: `&serialNumber=ser${number}`,
        wrongSerial: `&number=${number}&serialNumber=OTHER`,
        madeUp: `&number=${number}&uniqueId=${encodeURIComponent(`SCSI\\DISK&VEN_SIM\\${number}:${host}`)}`,
      }[by];
      const sent = send(verb, `${named}&group=${group}&throttle=${throttles[pipeline]}&timeout=${timeout}`
        + `${verbose ? '&verbose=1' : ''}${verify ? '&verify=1' : ''}${random.once(3) ? '&detailed=1' : ''}`
        + `${allowed ? '&allow=Boot%2CSystem%2CClustered%2CMultipath' : ''}`);
      requests.push({ sent, host, disk, verb, by, timeoutMs: timeout * 1000, verify, allowed, group });
    };
    /** After `bye`: another worker, and to it what the last one had not looked at. */
    const again = async () => {
      const open = client.restart();
      pipe = start();
      await clock.advance(0);
      rehearse();
      for (const one of open) put(one.line);
    };
    const step = async () => {
      if (pipe.state.over && client.bye) await again();
      const { state } = pipe;
      if (state.over || state.broken) return;
      switch (random.below(16)) {
        case 0: {
          const pipeline = random.below(throttles.length);
          const group = groups[pipeline]!;
          groups[pipeline] = group + throttles.length;
          cancelledAt.set(group, clock.now());
          send('cancel', `&group=${group}`);
          return;
        }
        case 1:
          // Where the worker says goodbye to a reader that stalls, nobody tells that this was not looked at.
          if (state.stalled) return ask();
          client.nonsense += 1;
          return put(random.pick(nonsense));
        case 2: return void send('list', `&timeout=${random.pick([1, 5])}&group=${groups[1]}&throttle=${throttles[1]}`);
        case 3:
          state.stalled = !state.stalled;
          stalledEver = true;
          if (!state.stalled) for (const resolve of state.held.splice(0)) resolve();
          return;
        case 4: {
          // A line that has an id and is none otherwise.
          const id = client.id();
          const line = `id=${id}&verb=${random.pick(['fly', 'release&number=-1', 'list&list=1', 'release&plan=1&number=%ZZ'])}`;
          client.send('nonsense', id, line);
          return put(line);
        }
        default: return ask();
      }
    };
    const finish = (how: number) => {
      const { state, feed } = pipe;
      if (how !== 1) {
        state.stalled = false;
        for (const resolve of state.held.splice(0)) resolve();
      }
      if (how === 1 && random.once(2)) feed(null);
      else if (how === 1) state.parentGone();
      else if (how === 2) {
        // Whoever reads is gone: nothing of this is looked at any more.
        state.broken = true;
        state.quiet = true;
        client.over();
      }
    };
    rehearse();
    return {
      host, client, step, finish, again, cancelledAt, pipe: () => pipe, stalled: () => stalledEver,
      endedAt: () => endedAt,
    };
  };

  const hosts = [play('a'), play('b')];
  await clock.advance(0);
  for (let left = random.between(5, 40); left > 0; left--) {
    const host = random.pick(hosts);
    await host.step();
    if (random.once(30)) {
      const number = random.below(kinds.length);
      resets.add(number);
      const told = (at: string) => (kinds[number]!.disk['initiators'] === undefined ? [at] : [`${at}:1`, `${at}:2`]);
      models.get(`u${number}`)!.reset([...told('a'), ...told('b')]);
      await root.resetUnit(`\\\\.\\PhysicalDrive${number}`);
    }
    if (random.once(3)) await clock.advance(random.pick([0, 0, 1, 10, 100, 500, 1000, 2500, 7000, 61_000]));
  }
  const endings = hosts.map((host) => {
    const how = random.once(4) ? random.pick([1, 2]) : 0;
    host.finish(how);
    return how;
  });
  try {
    await clock.runAll(100_000);
    for (const [index, { client, again }] of hosts.entries()) {
      if (endings[index] === 0 && client.bye && client.open.length > 0) await again();
    }
    await clock.runAll(100_000);
  } catch (error) {
    bad(String(error));
  }

  // ---- what came of it

  if (clock.pending > 0) bad(`${clock.pending} alarms are left`);
  for (const [index, { host, client, pipe, cancelledAt, stalled }] of hosts.entries()) {
    if (!pipe().state.over) bad(`${host}: the worker does not end`);
    wrong += client.wrong;
    problems.push(...client.problems.map((problem) => `${host}: ${problem}`));
    if (endings[index] === 0) {
      if (client.nonsense > 0) {
        lost += client.nonsense;
        problems.push(`${host}: ${client.nonsense} lines without an id were not answered`);
      }
      for (const one of client.open) {
        lost += 1;
        problems.push(`${host}: ${one.id} (${one.line}) was never answered`);
      }
    }
    for (const one of client.sent.values()) {
      if (one.final === null) {
        gone += 1;
        continue;
      }
      const { final, verb } = one;
      const failed = final.kind === 'error';
      if (verb === 'rehearse' && failed !== neverOpens) bad(`${host}: rehearse said ${final.text}`);
      if (verb === 'list' && !failed && one.rows !== kinds.length) bad(`${host}: ${one.rows} disks listed`);
      const mayStop = verb === 'list' && final.text.startsWith('The pipeline was stopped')
        && cancelledAt.has(Number(/group=(\d+)/.exec(one.line)![1]));
      if (failed && !neverOpens && verb !== 'nonsense' && !mayStop && !(verb === 'status')) {
        bad(`${host}: ${one.id} (${one.line}): ${final.text}`);
      }
    }
    if (!stalled()) checkTimes(host, client);
  }

  function checkTimes(host: string, client: ModelClient): void {
    for (const { sent, verb, timeoutMs } of requests) {
      if (client.sent.get(sent.id) !== sent || sent.answeredAt === null) continue;
      const timedOut = sent.final!.properties.get('Outcome') === 'TimedOut' && !sent.final!.properties.has('NtStatus');
      if (timedOut && sent.answeredAt - sent.askedAt < timeoutMs) {
        bad(`${host}: ${sent.id} timed out after ${sent.answeredAt - sent.askedAt} ms of ${timeoutMs}`);
      }
      if (sent.firstStepAt === null || verb === 'status') continue;
      const took = sent.answeredAt - sent.firstStepAt;
      if (took > timeoutMs + latestMs) bad(`${host}: ${sent.id} (${sent.line}) took ${took} ms of ${timeoutMs}`);
      if (timedOut) latest = Math.max(latest, took - timeoutMs);
    }
  }

  const named = new Map<string, number>();
  for (const { host, disk } of requests) named.set(`${host} ${disk}`, (named.get(`${host} ${disk}`) ?? 0) + 1);
  const answered = requests.filter(({ sent }) => sent.final !== null)
    .sort((one, other) => one.sent.answeredAt! - other.sent.answeredAt!);
  for (const request of answered) {
    const { sent, host, disk, verb, group, timeoutMs } = request;
    const final = sent.final!;
    const its = `${host}: ${sent.id} (${sent.line})`;
    const stopped = (hosts.find((one) => one.host === host)!.cancelledAt.get(group) ?? Infinity) <= sent.answeredAt!;
    if (final.kind === 'error') {
      const expected = neverOpens
        || (verb === 'status' && stopped && final.text.startsWith('The pipeline was stopped'));
      if (!expected) bad(`${its}: ${final.text}`);
      continue;
    }
    if (neverOpens) {
      bad(`${its} was answered although there is no bus`);
      continue;
    }
    const outcome = final.properties.get('Outcome') ?? 'none';
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    if (outcome === 'Refused' && final.properties.get('Message')?.startsWith('The pipeline was stopped') === true) {
      if (!stopped) bad(`${its} was stopped by nobody`);
      continue;
    }
    const ms = Number(final.properties.get('DurationMs'));
    if (ms > timeoutMs + latestMs) bad(`${its} took ${ms} ms`);
    const gaveUp = outcome === 'TimedOut' && !final.properties.has('NtStatus');
    if (gaveUp && ms < timeoutMs) bad(`${its} timed out early, after ${ms} ms`);
    if (gaveUp) latest = Math.max(latest, ms - timeoutMs);
    if (disk === null) {
      if (outcome !== 'NotFound' && !(outcome === 'TimedOut' && kinds.some(({ slow }) => slow))) {
        bad(`${its}: ${outcome} of a disk that is not there`);
      }
      continue;
    }
    const alone = named.get(`${host} ${disk}`) === 1 && !resets.has(disk);
    const readingMs = kinds.some(({ slow }) => slow) ? timeoutMs / 3 : 0;
    const asked: Asked = { ...request, alone, readingMs };
    const kind = kinds[disk]!;
    // A search looks at all disks, and waits for those that take their time.
    const searched = kinds.some(({ slow }) => slow) && (request.by === 'uniqueId' || request.by === 'serialNumber');
    const may = new Set([...outcomesOf(kind, asked), ...(searched ? ['TimedOut'] : [])]);
    // After a reset the next command of each host is answered with that, and sent again half a second later.
    const busy = resets.has(disk) && (outcome === 'TimedOut' || outcome === 'InUse' || outcome === 'Failed');
    if (!may.has(outcome) && !busy) bad(`${its}: ${outcome} of "${kind.name}", not ${[...may].join(' or ')}`);
    claim(request, outcome, its);
  }

  /** Each answer that a unit gave belongs to one request of that host and verb, made before and answered after. */
  function claim({ sent, host, disk, verb }: DiskRequest, outcome: string, its: string): void {
    const status = outcome === 'Accepted' || outcome === 'StillHeld' || outcome === 'Reserved' ? GOOD
      : outcome === 'Conflict' ? RESERVATION_CONFLICT : null;
    if (status === null || verb === 'plan' || verb === 'status' || kinds[disk!]!.name.startsWith('always')) return;
    const one = executed.find((each) => !each.claimed && each.unit === `u${disk}` && each.host === host
      && each.verb === verb && each.status === status && each.at >= sent.askedAt && each.at <= sent.answeredAt!);
    if (one === undefined) bad(`${its}: ${outcome}, and no such command reached the disk`);
    else one.claimed = true;
  }

  for (const [index, { host, client, endedAt }] of hosts.entries()) {
    if (endings[index] !== 0) continue;
    // What nobody claimed was answered after its deadline, and told as late while its worker was there.
    const late = [...client.sent.values()].flatMap(({ warnings }) => warnings)
      .filter((text) => /completed the request with STATUS_(?:SUCCESS|DEVICE_BUSY) /.test(text)).length;
    const left = executed.filter((each) => each.host === host && !each.claimed && each.at < endedAt()).length;
    if (left > late) bad(`${host}: ${left} commands of no answer, and ${late} told as late`);
  }

  const doubled = hosts.reduce((sum, { client }) => sum + client.doubled, 0);
  return {
    transcript, problems, requests: hosts.reduce((sum, { client }) => sum + client.sent.size, 0), lost, doubled,
    wrong, gone, outcomes, latest,
  };
}
