// Three hosts, each with a worker, that free the same disks by all four methods at once, while registrations of two others
// come and go, answers are lost and hosts die: one rehearsed bus, one virtual clock, one thread; all chance comes of one
// seed. Each command is seen where it reaches a logical unit, and each answer where it leaves a worker; what is held
// against them knows nothing of the product:
//
// - no host sends a command that none of its own requests asked for, and none for a request that says it sent nothing;
// - REGISTER registers or takes back a key with our mark, never another, and IGNORE EXISTING KEY is never sent;
// - CLEAR and PREEMPT are sent only where the keys of others were read the same before and after the own key was registered;
// - CLEAR and PREEMPT remove no key that the host had not read just before, unless somebody changed them since, and PREEMPT
//   none but the one that was named;
// - a key of ours that stays is told as left, or as not known where its host could not tell, by the host that left it;
// - Cleared, Preempted and Reset are said only where the unit is so, and never with a key of ours on it.

import { RehearsalBus } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import { RehearsalStore } from '../../src/bus/rehearsal/rehearsal-store.ts';
import type { LogicalUnit } from '../../src/bus/rehearsal/logical-unit.ts';
import {
  CLEAR, PREEMPT, PREEMPT_AND_ABORT, READ_KEYS, READ_RESERVATION, REGISTER, RELEASE, RESERVE, decodeKeys, decodePrOut,
  decodePrOutCommand, decodeReservation, encodePrOut, encodePrOutCommand,
} from '../../src/scsi/persistent-reservations.ts';
import { serve } from '../../src/worker/serve.ts';
import type { BusOpener } from '../../src/worker/worker.ts';
import { VirtualClock } from '../unit/virtual-clock.ts';
import { ModelClient, type Sent } from './model-client.ts';
import { Random } from './random.ts';

export interface ClearSimulated {
  readonly transcript: readonly string[];
  readonly problems: readonly string[];
  readonly requests: number;
  readonly lost: number;
  readonly doubled: number;
  /** Requests that a host's death left without an answer. */
  readonly gone: number;
  readonly outcomes: ReadonlyMap<string, number>;
  /** CLEAR or PREEMPT came upon keys that changed after the host's last reading: nothing that SCSI knows prevents it. */
  readonly races: number;
}

type Method = 'Release' | 'Clear' | 'Preempt' | 'Reset';

/** A request of `clear`, and what its answer said. */
interface Asked {
  readonly sent: Sent;
  readonly host: string;
  readonly unit: string;
  readonly method: Method;
  readonly key: bigint | null;
  readonly abort: boolean;
  readonly plan: boolean;
  /** Commands of its host on its unit that change something, from when it was sent to its answer. */
  changing: number;
  said: ReadonlyMap<string, string> | null;
}

/** What a host knows of a unit. */
interface Known {
  keys: readonly bigint[] | null;
  reserved: boolean | null;
  /** Somebody else, or a reset, has changed it since its keys were read. */
  changed: boolean;
  /** Its keys when the host registered its own. */
  registering: readonly bigint[] | null;
}

const GOOD = 0;
const hosts = ['a', 'b', 'c'] as const;
const strangers = ['x', 'y'] as const;
const methods: readonly Method[] = ['Clear', 'Clear', 'Clear', 'Preempt', 'Preempt', 'Reset', 'Release'];
const isOurs = (key: bigint) => key >> 48n === 0x5352n;
const hex = (key: bigint) => `0x${key.toString(16).toUpperCase().padStart(16, '0')}`;
const naa = (at: number) => `6005076802840${at.toString(16).padStart(3, '0')}`;
/** Outcomes of a request that sent nothing that changes anything. */
const sentNothing: ReadonlySet<string> = new Set(['Refused', 'IdentityChanged', 'NotFound']);
const succeeded: ReadonlySet<string> = new Set(['Cleared', 'Preempted', 'Reset']);

const lostAnswers = ['TIMEOUT', 'CONFLICT', 'BUS RESET', 'TASK ABORTED', 'BUSY', '5/1A00', '2/0800', 'DATA OVERRUN', '5/5504'];
const actions = ['REGISTER', 'CLEAR', 'PREEMPT', 'PREEMPT AND ABORT'];

function makeUnit(random: Random, at: number): object {
  const target = random.pick(['LIO', 'tgt']);
  const names = [...strangers, ...hosts].filter(() => random.once(2));
  const keys = random.once(4) ? names.map(() => '0xAA') : names.map((_, i) => `0xA${i}`);
  const registrations = names.map((initiator, i) => ({ initiator, key: keys[i] }));
  // What an earlier run of host a has left behind.
  if (random.once(6) && !names.includes('a')) registrations.push({ initiator: 'a', key: '0x5352000000000001' });
  const type = random.pick([null, 1, 3, 5, 5, 6, 7, 8]);
  const kind = random.below(8);
  return {
    name: `u${at}`, vendor: 'SIM', product: `Disk ${at}`, serial: `SER${at}`, naa: naa(at), target,
    ...(kind <= 1 ? { reservedBy: random.pick([...strangers, 'a']) } : {}),
    ...(kind > 2 && registrations.length > 0 ? {
      registrations, generation: random.below(9),
      ...(type === null ? {} : { persistentReservation: type > 6 ? { type } : { holder: registrations[0]!.initiator, type } }),
      ...(target === 'LIO' && random.once(3) ? { aptpl: true } : {}),
    } : {}),
  };
}

function makeFaults(random: Random): object {
  const prOut = Array.from({ length: random.between(1, 3) }, () => {
    const done = random.once(2);
    return {
      ...(random.once(4) ? {} : { action: random.pick(actions) }), done,
      ...(done && random.once(3) ? {} : { answer: random.pick(lostAnswers) }),
      times: random.pick([1, 1, 2, 5, true]), ...(random.once(4) ? { lateMs: random.pick([300, 5000, 40_000]) } : {}),
    };
  });
  return random.pick([{}, {}, { prOut }, { prOut }, { prOut }, { delayMs: random.pick([1, 200, 3000]) }, { hangs: true },
    { vanishesAfter: random.below(40) }, { prInAnswers: random.pick(['empty', 'short', 'garbage']) }, { passThroughFails: '0xC0000010' }]);
}

/** Runs one seed to its end. Rejects only where the simulation itself is at fault, or the product threw. */
export async function simulateClear(seed: number): Promise<ClearSimulated> {
  const random = new Random(seed);
  const clock = new VirtualClock();
  const transcript: string[] = [];
  const problems: string[] = [];
  const outcomes = new Map<string, number>();
  let races = 0;
  const bad = (problem: string) => void problems.push(problem);

  // ---- the bus

  const count = random.between(1, 3);
  /** Devices on whose way nothing goes wrong, by host and unit. */
  const smooth = new Set<string>();
  const faulty = (host: string, unit: string) => {
    if ((hosts as readonly string[]).includes(host) && random.once(2)) return { faults: makeFaults(random) };
    smooth.add(`${host} ${unit}`);
    return {};
  };
  const adapter = () => ({ port: 2, breakReservation: random.pick(['unit', 'unit', 'target', 'bus', 'nothing', 'unsupported']),
    ...(random.once(5) ? { delayMs: random.pick([100, 4000]) } : {}), ...(random.once(12) ? { hangs: true } : {}) });
  const store = RehearsalStore.inMemory(JSON.stringify({
    version: 1, thisHost: 'a',
    logicalUnits: Array.from({ length: count }, (_, at) => makeUnit(random, at)),
    hosts: Object.fromEntries([...hosts, ...strangers].map((host) => [host, {
      adapters: [adapter()],
      disks: Array.from({ length: count }, (_, at) => ({ number: at, unit: `u${at}`,
        ...faulty(host, `u${at}`) })),
    }])),
  }), 'clear-simulation', { clock });
  const root = new RehearsalBus(store, { clock });

  const meddling = random.pick([20, 50, 1000]);
  const asked: Asked[] = [];
  const known = new Map<string, Known>();
  const knownOf = (host: string, unit: string): Known => {
    const at = `${host} ${unit}`;
    let one = known.get(at);
    if (one === undefined) known.set(at, one = { keys: null, reserved: null, changed: false, registering: null });
    return one;
  };
  /** Whoever changes a unit makes old what others have read of it. */
  const changedBy = (unit: string, host: string | null) => {
    for (const other of hosts) if (other !== host) knownOf(other, unit).changed = true;
  };
  const initial = new Set<bigint>();
  /** Requests of a host that could have asked for a command. */
  const askers = (host: string, unit: string, fits: (one: Asked) => boolean) =>
    asked.filter((one) => one.host === host && one.unit === unit && !one.plan && fits(one));
  const isAskedFor = (host: string, unit: string, what: string, fits: (one: Asked) => boolean) => {
    const all = askers(host, unit, fits);
    if (all.every((one) => one.said !== null && sentNothing.has(one.said.get('Outcome')!))) bad(`${unit}: ${host} sent ${what}, which nobody asked for`);
    for (const one of asked) if (one.host === host && one.unit === unit && one.said === null) one.changing += 1;
  };

  for (const [name, unit] of store.units) {
    for (const { key } of unit.state.registrations) if (isOurs(key)) initial.add(key);
    const execute = unit.execute.bind(unit);
    unit.execute = (host, cdb, data) => {
      const before = unit.state;
      const answer = execute(host, cdb, data);
      const mine = (hosts as readonly string[]).includes(host);
      const done = answer.status === GOOD;
      if (cdb[0] === 0x5e && done && mine) {
        const own = knownOf(host, name);
        if (cdb[1] === READ_KEYS) {
          own.keys = decodeKeys(answer.data).keys;
          own.changed = false;
        } else if (cdb[1] === READ_RESERVATION) own.reserved = decodeReservation(answer.data).reservation !== null;
      }
      if (unit.state !== before) changedBy(name, host);
      if (cdb[0] === 0x5f && mine) seen(name, unit, host, cdb, data!, before);
      else if (mine && (cdb[0] === 0x17 || cdb[0] === 0x57)) isAskedFor(host, name, 'RELEASE', ({ method, key }) => method === 'Release' && key === null);
      else if (mine && (cdb[0] === 0x16 || cdb[0] === 0x56)) bad(`${name}: ${host} sent RESERVE`);
      // Right after a command of a host, before its next one.
      if (mine && random.once(meddling)) act(name);
      return answer;
    };
    const reset = unit.reset.bind(unit);
    unit.reset = (...told) => {
      changedBy(name, null);
      reset(...told);
    };
  }

  /** A PERSISTENT RESERVE OUT of a host: what it says, and what it did. */
  function seen(name: string, unit: LogicalUnit, host: string, cdb: Uint8Array, data: Uint8Array, before: LogicalUnit['state']): void {
    const { serviceAction } = decodePrOutCommand(cdb);
    const { reservationKey: own, serviceActionKey: other } = decodePrOut(data);
    transcript.push(`${clock.now()} ${host} ${name} PR OUT ${serviceAction} ${hex(own)} ${hex(other)}`);
    const now = unit.state.registrations.map(({ key }) => key);
    const gone = before.registrations.map(({ key }) => key).filter((key) => !now.includes(key));
    const { keys, changed } = knownOf(host, name);
    const unread = gone.filter((key) => keys === null || !keys.includes(key));
    switch (serviceAction) {
      case REGISTER:
        isAskedFor(host, name, 'REGISTER', ({ method, key }) => method === 'Clear' || method === 'Preempt' || (method === 'Release' && key !== null));
        if (own === 0n) knownOf(host, name).registering = keys;
        if (!(own === 0n && isOurs(other)) && !(isOurs(own) && other === 0n)) bad(`${name}: ${host} registers ${hex(other)} for ${hex(own)}`);
        return;
      case CLEAR:
        isAskedFor(host, name, 'CLEAR', ({ method }) => method === 'Clear');
        break;
      case PREEMPT: case PREEMPT_AND_ABORT:
        isAskedFor(host, name, 'PREEMPT', ({ method, key, abort }) => method === 'Preempt' && key === other && abort === (serviceAction === PREEMPT_AND_ABORT));
        if (gone.some((key) => key !== other)) bad(`${name}: PREEMPT of ${hex(other)} removed ${gone.map(hex).join(', ')}`);
        break;
      default:
        bad(`${name}: ${host} sent service action ${serviceAction}`);
    }
    if (!isOurs(own)) bad(`${name}: ${host} sent it under ${hex(own)}`);
    const texts = (list: readonly bigint[] | null) => (list ?? []).filter((key) => key !== own).map(hex).sort().join();
    if (texts(knownOf(host, name).registering) !== texts(keys)) bad(`${name}: ${host} went on, though it had read other keys after its own`);
    if (unread.length === 0) return;
    if (changed) races += 1;
    else bad(`${name}: ${host} removed ${unread.map(hex).join(', ')}, which it had not read`);
  }

  /** What somebody does who has no worker. */
  function act(name: string): void {
    const host = random.pick(strangers);
    const unit = store.units.get(name)!;
    const key = BigInt(`0xA${strangers.indexOf(host)}`);
    const out = (serviceAction: number, reservationKey: bigint, serviceActionKey = 0n) => {
      const { persistent } = unit.state;
      const command = { serviceAction, scope: 0, type: persistent?.type ?? random.pick([1, 3, 5, 6, 7, 8]), listLength: 24 };
      unit.execute(host, encodePrOutCommand(command), encodePrOut({ reservationKey, serviceActionKey, aptpl: random.once(4) && unit.target.kind === 'LIO' }));
    };
    switch (random.below(9)) {
      case 0: case 1: case 2: return out(REGISTER, 0n, key);
      case 3: return out(REGISTER, key);
      case 4: return out(RESERVE, key);
      case 5: return out(RELEASE, key);
      case 6: return out(CLEAR, key);
      case 7: return void unit.execute(host, Uint8Array.of(random.pick([0x16, 0x17]), 0, 0, 0, 0, 0));
      default: return unit.reset();
    }
  }

  // ---- hosts

  const play = (host: string) => {
    const bus = root.as(host);
    const open: BusOpener = { windows: () => Promise.reject(new Error('none')), rehearsal: () => Promise.resolve(bus) };
    const client = new ModelClient(() => clock.now());
    const state = { dead: false, over: false, wake: () => {}, die: () => {} };
    const chunks: (Buffer | null)[] = [];
    async function* input() {
      for (;;) {
        while (chunks.length === 0) await new Promise<void>((resolve) => { state.wake = resolve; });
        const chunk = chunks.shift()!;
        if (chunk === null) return;
        yield chunk;
      }
    }
    const parentGone = new Promise<void>((resolve) => { state.die = resolve; });
    const write = async (bytes: Buffer) => {
      if (state.dead) throw new Error('EPIPE');
      // The process is gone.
      if (state.over) return;
      transcript.push(`${clock.now()} ${host} < ${bytes.toString('latin1').trimEnd()}`.replaceAll(/0x5352[0-9A-F]{12}/g, '0x5352#'));
      client.read(bytes);
      for (const one of asked) if (one.host === host && one.said === null && one.sent.final !== null) answered(one);
    };
    const who = { name: 'storage-release', version: '0', build: 'b', processId: 1, platform: 'sim' };
    void serve(clock, open, who, { input: input(), write, parentGone }).then(() => { state.over = true; },
      (error: unknown) => bad(`${host}: serve rejected: ${String(error)}`));
    const put = (line: string) => {
      transcript.push(`${clock.now()} ${host} > ${line}`);
      chunks.push(Buffer.from(`${line}\n`, 'latin1'));
      state.wake();
    };
    const send = (verb: string, fields: string): Sent => {
      const id = client.id();
      const line = `id=${id}&verb=${verb.replace('clearplan', 'clear&plan=1')}${fields}`;
      const sent = client.send(verb, id, line);
      put(line);
      return sent;
    };
    send('rehearse', `&file=x&initiator=${host}&throttle=1024`);
    const ask = () => {
      const at = random.below(count);
      const unit = `u${at}`;
      const method = random.pick(methods);
      const plan = random.once(8);
      // Keys that are there, that were, or that nobody ever had.
      const there = store.units.get(unit)!.state.registrations.map(({ key }) => key);
      const drawn = random.once(3) || there.length === 0 ? random.pick([0xa0n, 0xaan, 0x5352000000000001n]) : random.pick(there);
      const left = [...there].filter(isOurs);
      const own = left.length > 0 && random.once(2) ? random.pick(left) : random.once(3) ? 0x5352000000000001n : null;
      const key = method === 'Preempt' ? drawn : method === 'Release' ? own : null;
      const abort = method === 'Preempt' && random.once(4);
      const fields = `&number=${at}&method=${method}${key === null ? '' : `&${method === 'Preempt' ? 'holderKey' : 'ownKey'}=${hex(key)}`}`
        + `${abort ? '&abort=1' : ''}&group=${random.below(3)}&throttle=${random.pick([1, 32])}&timeout=${random.pick([1, 2, 5, 30, 60])}`
        + `${random.once(3) ? '&allow=Clustered%2CMultipath' : ''}`;
      asked.push({ sent: send(plan ? 'clearplan' : 'clear', fields), host, unit, method, key, abort, plan, changing: 0, said: null });
    };
    const step = () => {
      // One that had nothing to do for a minute has said goodbye; what it does then, the other simulation tells.
      if (state.dead || state.over || client.bye) return;
      if (random.once(40)) {
        state.dead = true;
        client.over();
        state.die();
        void bus.logout();
        return;
      }
      if (random.once(12)) return void send('cancel', `&group=${random.below(3)}`);
      if (random.once(6)) return void send('status', `&number=${random.below(count)}&detailed=1&timeout=30`);
      ask();
    };
    return { client, host, state, step };
  };

  /** An answer of `clear`, at the moment when it leaves the worker. */
  function answered(one: Asked): void {
    const { properties, kind, text } = one.sent.final!;
    one.said = kind === 'error' ? new Map([['Outcome', 'Refused'], ['Message', text]]) : properties;
    const outcome = one.said.get('Outcome') ?? 'none';
    const said = `${one.unit}: ${one.host} says ${one.method} ${outcome} (${one.said.get('Message')})`;
    if (!one.plan) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    const { state } = store.units.get(one.unit)!;
    const { keys, reserved, changed } = knownOf(one.host, one.unit);
    const own = one.said.get('OwnKey');
    const left = one.said.get('OwnKeyLeft');
    const isThere = own !== undefined && state.registrations.some(({ key, initiator }) => key === BigInt(own) && initiator === one.host);
    if (isThere && left === 'false') bad(`${said}: its key ${own} is there`);
    if (left === 'true' && !isThere && !changed && one.method !== 'Release') bad(`${said}: its key is told as left, and is not there`);
    if (left === 'true' && !changed && outcome !== 'TimedOut' && one.method !== 'Release' && smooth.has(`${one.host} ${one.unit}`)) {
      bad(`${said}: nothing went wrong, and its key was not taken back`);
    }
    if (one.plan && one.said.get('OwnKey') !== undefined && one.method !== 'Release') bad(`${said}: a plan has registered a key`);
    const alone = !asked.some((other) => other !== one && other.host === one.host && other.unit === one.unit && other.sent.askedAt <= clock.now()
      && (other.said === null || (other.sent.answeredAt ?? Infinity) >= one.sent.askedAt));
    if (alone && sentNothing.has(outcome) && outcome !== 'NotFound' && one.changing > 0) bad(`${said}: and sent ${one.changing} commands`);
    if (!succeeded.has(outcome) || one.plan) return;
    if (left !== 'false') bad(`${said}: with a key that may be left`);
    if (outcome === 'Cleared' && !(keys?.length === 0 && reserved === false)) bad(`${said}: it had read ${keys?.map(hex)}`);
    if (outcome === 'Cleared' && !changed && state.registrations.length + (state.persistent === null ? 0 : 1) > 0) bad(`${said}: keys are there`);
    if (outcome === 'Preempted') {
      if (keys === null || keys.includes(one.key!) || reserved !== false) bad(`${said}: it had read ${keys?.map(hex)}, reserved: ${reserved}`);
      if (!changed && (state.persistent !== null || state.registrations.some(({ key }) => key === one.key))) bad(`${said}: it is not`);
    }
    if (outcome === 'Reset' && !changed && (state.registrations.length > 0 || (state.reservedBy !== null && state.reservedBy !== one.host))) {
      bad(`${said}: it is reserved by ${state.reservedBy}`);
    }
    if ({ Cleared: 'Clear', Preempted: 'Preempt', Reset: 'Reset' }[outcome] !== one.method) bad(`${said}: of another method`);
  }

  const all = hosts.map(play);
  await clock.advance(0);
  for (let left = random.between(4, 24); left > 0; left--) {
    if (random.once(3)) act(`u${random.below(count)}`);
    else random.pick(all).step();
    if (random.once(2)) await clock.advance(random.pick([0, 0, 1, 20, 200, 1000, 2500, 7000, 61_000]));
  }
  try {
    await clock.runAll(100_000);
  } catch (error) {
    bad(String(error));
  }

  // ---- what came of it

  let lost = 0;
  let doubled = 0;
  let gone = 0;
  for (const { host, client, state } of all) {
    if (!state.over && !state.dead) bad(`${host}: the worker does not end`);
    problems.push(...client.problems.map((problem) => `${host}: ${problem}`));
    doubled += client.doubled;
    for (const one of client.sent.values()) {
      if (one.gone) gone += 1;
      else if (one.final === null) {
        lost += 1;
        problems.push(`${host}: ${one.line} has no answer`);
      }
    }
  }
  for (const [name, { state }] of store.units) {
    for (const { initiator, key } of state.registrations) {
      if (!isOurs(key) || initial.has(key)) continue;
      // A target that knows no session again keeps the registrations of one that has ended.
      const of = asked.filter((one) => one.host === initiator.split(' ')[0] && one.unit === name);
      const told = of.some((one) => one.said?.get('OwnKey') === hex(key) && one.said.get('OwnKeyLeft') !== 'false');
      if (!told && of.every((one) => !one.sent.gone)) bad(`${name}: ${hex(key)} of ${initiator} was left, and nobody said so`);
    }
    for (const one of asked) {
      if (one.unit !== name || one.said?.get('OwnKeyLeft') !== 'false' || one.said.get('OwnKey') === undefined) continue;
      const key = BigInt(one.said.get('OwnKey')!);
      if (state.registrations.some((each) => each.key === key && each.initiator === one.host) && !initial.has(key)) {
        bad(`${name}: ${hex(key)}, which ${one.host} said was gone, is there in the end`);
      }
    }
  }
  return { transcript, problems, requests: asked.length, lost, doubled, gone, outcomes, races };
}
