// Random histories of up to five initiators around one Clear or Preempt, with failures at every step, on both kinds of
// target. Whatever happens:
// - a key of ours that is left is reported, or said to be unknown, with the line that takes it back;
// - Preempt removes no key that was not named;
// - Cleared and Preempted are said only where they are so;
// - without faults nothing of ours is left, and power-loss persistence stays; with them none ends unsaid;
// - a refusal has sent nothing, and nothing stays open.

import fc from 'fast-check';
import type { ClearResult } from '../../src/verbs/clear/clear-result.ts';
import { World, answered, oneDisk } from './clear-world.ts';

const hosts = ['main', 'second', 'third', 'fourth'] as const;
const keyOf: Readonly<Record<string, bigint>> = { main: 0xa1n, second: 0xb2n, third: 0xc3n, fourth: 0xd4n };

type Deed = 'register' | 'leave' | 'reserve' | 'release' | 'clear' | 'preempt' | 'reset' | 'power';
interface Act {
  readonly host: (typeof hosts)[number];
  readonly deed: Deed;
  readonly aptpl: boolean;
}
type Fault = 'none' | 'lost' | 'refused' | 'silent success' | 'broken' | 'hangs';
/** Before or after which of our requests that change something, or read keys. */
interface Step {
  readonly act: Act | null;
  readonly fault: Fault;
}

const act = fc.record<Act>({
  host: fc.constantFrom(...hosts), aptpl: fc.boolean(),
  deed: fc.constantFrom<Deed[]>('register', 'register', 'leave', 'reserve', 'release', 'clear', 'preempt', 'reset', 'power'),
});
const step = fc.record<Step>({
  act: fc.option(act, { freq: 3 }),
  fault: fc.oneof({ weight: 6, arbitrary: fc.constant<Fault>('none') },
    { weight: 4, arbitrary: fc.constantFrom<Fault>('lost', 'refused', 'silent success', 'broken', 'hangs') }),
});
const quiet: Step = { act: null, fault: 'none' };
const history = fc.record({
  target: fc.constantFrom('LIO', 'tgt'),
  type: fc.constantFrom(null, 1, 3, 5, 6, 7, 8),
  registered: fc.subarray([...hosts], { minLength: 1 }),
  sameKey: fc.boolean(),
  aptpl: fc.boolean(),
  blind: fc.boolean(),
  cannotStore: fc.boolean(),
  before: fc.array(act, { maxLength: 3 }),
  victim: fc.constantFrom(...hosts),
  abort: fc.boolean(),
  /** From which request on no keys can be read; mostly none. */
  blindFrom: fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.integer({ min: 3, max: 14 }) }),
  // What becomes of each request, in their order: most of them nothing.
  steps: fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(quiet) }, { weight: 1, arbitrary: step }), { maxLength: 20 }),
});
type History = (typeof history extends fc.Arbitrary<infer T> ? T : never) & { readonly method: 'Clear' | 'Preempt' };

/** Requests that other hosts and faults come between: PERSISTENT RESERVE OUT and PERSISTENT RESERVE IN. */
const between: ReadonlySet<number> = new Set([0x2dd01c, 0x2d5018]);
const OUT = 0x2dd01c;

async function perform(world: World, { host, deed, aptpl }: Act, key: bigint, type: number): Promise<void> {
  const out = (action: string, own: bigint, other = 0n) => world.act(host, 1, action, own, other, type, aptpl);
  switch (deed) {
    case 'register': return void await out('REGISTER AND IGNORE EXISTING KEY', 0n, key);
    case 'leave': return void await out('REGISTER', key, 0n);
    case 'reserve': return void await out('RESERVE', key);
    case 'release': return void await out('RELEASE', key);
    case 'clear': return void await out('CLEAR', key);
    case 'preempt': return void await out('PREEMPT', key, keyOf['main']);
    case 'reset': return world.rehearsal.resetUnit(String.raw`\\.\PhysicalDrive1`);
    case 'power': return world.rehearsal.powerLoss(String.raw`\\.\PhysicalDrive1`);
  }
}

interface Played {
  readonly world: World;
  readonly result: ClearResult;
  /** Keys as our own requests found them right before and left them right after, nobody else between. */
  readonly taken: readonly { readonly before: readonly bigint[]; readonly after: readonly bigint[] }[];
  readonly aptplBefore: boolean;
  readonly actedAptpl: boolean;
  /** Whether a request never came back: its handle stays open. */
  readonly hung: boolean;
  /** Whether others acted after our last reading. */
  readonly actedLast: boolean;
}

let drawn = 0;

const stateOf = (world: World) => world.rehearsal.peek('unit');

async function play(history: History): Promise<Played> {
  const { target, type, registered, sameKey, aptpl, blind, cannotStore, before, method, victim, abort, steps, blindFrom } = history;
  const key = (host: string) => (sameKey ? keyOf['main']! : keyOf[host]!);
  const held = type === null ? {} : { persistentReservation: type > 6 ? { type } : { holder: registered[0], type } };
  const world = new World(oneDisk({
    target, cannotStore, registrations: registered.map((initiator) => ({ initiator, key: `0x${key(initiator).toString(16)}` })),
    persistentReservation: undefined, ...held, generation: 5, ...(target === 'LIO' && aptpl ? { aptpl } : {}),
  }, blind ? { faults: { passThroughFails: '0xC0000010' } } : {}));
  const kind = type === null || type > 6 ? 5 : type;
  const acts = (one: Act) => perform(world, one, key(one.host), kind);
  for (const one of before) {
    const done = acts(one);
    await world.clock.runAll();
    await done;
  }
  const aptplBefore = stateOf(world).aptpl === true;
  let actedAptpl = false;
  let actedLast = false;
  let hung = false;
  const taken: { before: readonly bigint[]; after: readonly bigint[] }[] = [];
  let at = 0;
  world.around = async ({ code }, pass) => {
    if (!between.has(code)) return pass();
    const { act: other, fault } = steps[at++] ?? quiet;
    if (blindFrom !== null && at >= blindFrom && code !== OUT) return answered(0xc0000185);
    if (fault === 'hangs') {
      hung = true;
      return new Promise<never>(() => {});
    }
    if (fault === 'broken' && code === OUT) throw new Error('the bus broke');
    const keys = () => stateOf(world).registrations.map((each) => each.key);
    const own = async () => {
      const had = keys();
      const done = await pass();
      if (code === OUT) taken.push({ before: had, after: keys() });
      return done;
    };
    const done = fault === 'refused' ? answered(code === OUT ? 0x80000011 : 0xc0000185)
      : fault === 'silent success' && code === OUT ? answered(0)
        : fault === 'lost' && code === OUT ? (await own(), answered(0x80000011)) : await own();
    actedLast = false;
    if (other !== null) {
      await acts(other);
      actedLast = true;
      actedAptpl = true;
    }
    return done;
  };
  const result = await world.clear({
    method, abort: method === 'Preempt' && abort, holderKey: method === 'Preempt' ? key(victim) : null,
    timeoutMs: 20_000,
    // Not from the system, whose randomness takes its time, and cannot be had again.
    random: (length) => new Uint8Array(length).fill(drawn = (drawn + 1) % 256),
  });
  return { world, result, taken, aptplBefore, actedAptpl, actedLast, hung };
}

/** All that must hold. Plain comparisons: an assertion of the test runner takes longer than a whole history. */
function judge(one: History, { world, result, taken, aptplBefore, actedAptpl, actedLast, hung }: Played): void {
  const must = (holds: boolean, what: string) => {
    if (!holds) throw new Error(`${what}: ${JSON.stringify({ ...result, Information: null })}; sent ${world.sent.join(', ')}`);
  };
  const { registrations, persistent, aptpl = false } = stateOf(world);
  const ours = result.OwnKey === null ? null : BigInt(result.OwnKey);
  const isOurs = (key: bigint) => key >> 48n === 0x5352n;

  const left = registrations.some(({ key }) => isOurs(key));
  if (left) {
    must(result.OwnKeyLeft !== false, 'a key is left');
    must(result.NextStep.includes(`-Method Release -OwnKey ${result.OwnKey}`), 'the line that takes it back');
  }
  if (result.OwnKeyLeft === true && !actedLast) must(left, 'a key that is said to be left is there');

  const named = one.method === 'Preempt' ? (one.sameKey ? keyOf['main']! : keyOf[one.victim]!) : null;
  if (named !== null) {
    for (const { before, after } of taken) {
      must(before.every((key) => key === named || key === ours || after.includes(key)), 'only the named key goes');
    }
  }

  if (!actedLast && result.Outcome === 'Cleared') must(registrations.length === 0 && persistent === null, 'it is clear');
  if (!actedLast && result.Outcome === 'Preempted') {
    must(persistent === null && !registrations.some(({ key }) => key === named || isOurs(key)), 'it is preempted');
  }
  if (result.Outcome === 'Cleared' || result.Outcome === 'Preempted') must(result.OwnKeyLeft === false, 'nothing is left of a success');

  // Where others registered meanwhile, it was they who decided.
  const others = registrations.some(({ key }) => !isOurs(key));
  if (aptplBefore && !aptpl && others && !actedAptpl && ours !== null) must(/loss of power/.test(result.Message), 'lost persistence is said');

  // Without a fault on the way what was begun is taken back, and persistence stays as it was.
  const isSmooth = one.blindFrom === null && one.steps.every(({ fault }) => fault === 'none');
  if (isSmooth) must(!left, 'the key was taken back');
  if (isSmooth && aptplBefore && others && !actedAptpl && !one.blind && !one.cannotStore) must(aptpl, 'persistence is mirrored');

  if (ours === null) must(world.sent.length === 0, 'nothing was sent');
  must(result.Message !== '', 'something is said');
  if (!hung) must(world.closed === world.handles, 'nothing stays open');
}

/** Plays and judges so many; the outcomes, and how often each came. */
export async function playMany(method: 'Clear' | 'Preempt', runs: number): Promise<ReadonlyMap<string, number>> {
  const seen = new Map<string, number>();
  await fc.assert(fc.asyncProperty(history, async (drawnHistory) => {
    const one: History = { ...drawnHistory, method };
    const played = await play(one);
    seen.set(played.result.Outcome, (seen.get(played.result.Outcome) ?? 0) + 1);
    judge(one, played);
  }), { numRuns: runs, seed: historySeed });
  return seen;
}

/** The same in each run, so that seldom outcomes are there or are not; other ones by the environment. */
const historySeed = Number(process.env['STORAGERELEASE_SEED'] ?? 202_611);

/** In CI; more by the environment. */
export const historyRuns = Number(process.env['STORAGERELEASE_CLEAR_RUNS'] ?? 10_000);
