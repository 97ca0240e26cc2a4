// Decides which host holds a disk, from what the disk answered to each host. Pure: readings in; a decision, or the
// hosts to ask again, out. docs/decisions/0010-who-holds-a-disk.md proves each rule.
//
// The order of readings depends on the asking computer's clock alone: one reading was before another when its answer
// had arrived before the other's question was sent. The hosts' own clocks (host.ts) can only narrow the window.

import type { Interval, Reading } from './reading.ts';
import { provesItself, seesNoKeys } from './reading.ts';

/** Everything that the decision about one disk depends on. */
export interface Evidence {
  /** The readings of this round by host, oldest first; a host without any has not answered in this round. */
  readonly readings: ReadonlyMap<number, readonly Reading[]>;
  /** Number of hosts that have not reported all their disks, and may still report this one. */
  readonly missing: number;
  /** Hosts that did not answer, or could not tell which disks they have: each may hold this disk. */
  readonly silent: readonly number[];
  /** Hosts that have two disks of this identity. */
  readonly twice: readonly number[];
  /** Number of rounds before this one. */
  readonly rounds: number;
  readonly mayAsk: (host: number) => boolean;
  readonly narrow: (reading: Reading) => Interval;
  /** The time of the newest event. */
  readonly now: number;
  readonly windowMs: number;
}

export type UndecidedReason =
  | 'oneHost' | 'changing' | 'window' | 'multipath' | 'keysUnread' | 'noAnswer' | 'silent' | 'twice' | 'serials' | 'untold'
  | 'ended' | 'noIdentity' | 'noSuchDisk';

export type Decision =
  | { readonly kind: 'wait' }
  /** Ask these hosts once more. `again`: the readings so far are out of date and are dropped. */
  | { readonly kind: 'ask'; readonly hosts: readonly number[]; readonly again: boolean }
  | { readonly kind: 'persistent'; readonly used: readonly Reading[] }
  | { readonly kind: 'free'; readonly used: readonly Reading[]; readonly at: Interval; readonly windowMs: number }
  /**
   * `at` is the time of the first reading of `used`. `proof`: a host that was locked out, and so can prove later that
   * the disk is free; null: no host was.
   */
  | { readonly kind: 'held'; readonly holder: number; readonly proof: number | null;
      readonly used: readonly Reading[]; readonly at: Interval; readonly windowMs: number }
  | { readonly kind: 'unlisted'; readonly used: readonly Reading[]; readonly at: Interval;
      readonly windowMs: number }
  | { readonly kind: 'undecided'; readonly reason: UndecidedReason; readonly hosts: readonly number[] };

/** After so many rounds a disk that keeps changing stays undecided. */
const mostRounds = 4;

const wait: Decision = { kind: 'wait' };
const undecided = (reason: UndecidedReason, hosts: readonly number[] = []): Decision =>
  ({ kind: 'undecided', reason, hosts });

/** Whether one reading was certainly made before the other. */
const before = (one: Reading, other: Reading): boolean => one.received < other.sent;

/** The last reading of each host, by its answer. */
interface Sides {
  readonly open: readonly Reading[];
  readonly blocked: readonly Reading[];
  readonly untold: readonly Reading[];
}

function sidesOf(readings: Evidence['readings']): Sides {
  const open: Reading[] = [];
  const blocked: Reading[] = [];
  const untold: Reading[] = [];
  for (const list of readings.values()) {
    const last = list.at(-1)!;
    (last.blocked === null ? untold : last.blocked ? blocked : open).push(last);
  }
  return { open, blocked, untold };
}

export function decide(evidence: Evidence): Decision {
  const { readings, missing } = evidence;
  const sides = sidesOf(readings);
  const { open, blocked, untold } = sides;
  for (const list of readings.values()) {
    const last = list.at(-1)!;
    if (last.persistent) return { kind: 'persistent', used: [last] };
    if (last.without) return { kind: 'free', used: [last], at: evidence.narrow(last), windowMs: 0 };
  }
  if (evidence.twice.length > 0) return undecided('twice', evidence.twice);
  if (open.length > 1) return blocked.length === 0 ? nobody(evidence, sides) : again(evidence, 'changing');
  if (open.length === 1) {
    if (blocked.length > 0 || provesItself(open[0]!)) return holder(evidence, sides);
    if (missing > 0) return wait;
    return retry(evidence, untold) ?? undecided('oneHost', [open[0]!.host]);
  }
  if (missing > 0) return wait;
  return blocked.length > 0 ? everybody(evidence, sides) : undecided('untold', untold.map(({ host }) => host));
}

/**
 * Two hosts were let in, and no host was locked out. When the first one was let in, it held the disk or nobody did; the
 * same is true of the second. So there was a moment in between when nobody held the disk. That needs no assumption.
 */
function nobody(evidence: Evidence, { open }: Sides): Decision {
  // One host holds the disk by its own reading, and another one was let in: the reservation changed in between.
  if (open.some(provesItself)) return again(evidence, 'changing');
  const spans = open.map((reading) => ({ reading, ...evidence.narrow(reading) })).sort((a, b) => a.from - b.from);
  // The two readings that are closest in time.
  let pair: [number, number] | null = null;
  let width = Infinity;
  for (let i = 1; i < spans.length; i += 1) {
    const hull = Math.max(spans[i]!.to, spans[i - 1]!.to) - spans[i - 1]!.from;
    if (hull < width) [pair, width] = [[i - 1, i], hull];
  }
  if (pair === null || width > evidence.windowMs) return evidence.missing > 0 ? wait : again(evidence, 'window');
  const two = pair.map((at) => spans[at]!);
  const reader = open.find(seesNoKeys);
  if (reader === undefined) return evidence.missing > 0 ? wait : undecided('keysUnread');
  const used = [...new Set([...two.map(({ reading }) => reading), reader])];
  return { kind: 'free', used, at: { from: two[0]!.from, to: Math.max(two[0]!.to, two[1]!.to) }, windowMs: width };
}

/** One host was let in, others were locked out: it is the holder, unless another host held the disk between two readings. */
function holder(evidence: Evidence, { open, blocked }: Sides): Decision {
  const { readings, narrow, windowMs, now, missing } = evidence;
  const last = open[0]!;
  const mine = readings.get(last.host)!;
  const proof = preferred(evidence, blocked);
  if (provesItself(last)) {
    // A host that is locked out can prove later that the disk is free: wait for one.
    if (proof === null && missing > 0) return wait;
    return {
      kind: 'held', holder: last.host, proof: proof?.host ?? null, used: proof === null ? [last] : [last, proof],
      at: narrow(last), windowMs: last.durationMs,
    };
  }
  const kept = readingsOf(readings);
  const witness = kept.find(seesNoKeys);
  for (const first of mine) {
    if (first === last) break;
    const letIn = mine.every((each) => each.blocked === false || each.sent < first.sent);
    if (first.blocked !== false || !letIn) continue;
    const span = { from: narrow(first).from, to: narrow(last).to };
    for (const list of readings.values()) {
      for (const one of list) {
        if (one.blocked !== true || !before(first, one) || !before(one, last)) continue;
        const other = kept.some((each) => each.host !== last.host && each.blocked === false
          && each.received >= span.from && each.sent <= span.to);
        if (other) return again(evidence, 'changing');
        if (span.to - span.from > windowMs) continue;
        if (witness === undefined) return missing > 0 ? wait : undecided('keysUnread');
        const used = [...new Set([one, first, last, witness])];
        return { kind: 'held', holder: last.host, proof: one.host, used, at: narrow(one),
          windowMs: span.to - span.from };
      }
    }
  }
  // A locked-out reading is needed between two readings of the holder. Where the holder's last reading is getting old, the
  // holder is asked again first.
  const stale = now - narrow(last).from > windowMs / 2;
  const between = kept.some((one) => one.blocked === true && before(last, one));
  const next = stale || between ? last.host : proof?.host ?? null;
  if (mine.length > 2 * mostRounds) return undecided('window', [last.host]);
  if (next === null || !evidence.mayAsk(next)) return undecided('noAnswer', [last.host]);
  return { kind: 'ask', hosts: [next], again: false };
}

/** All hosts were locked out. */
function everybody(evidence: Evidence, { blocked, untold }: Sides): Decision {
  const { readings, silent, narrow, windowMs, now } = evidence;
  const several = blocked.filter(({ singlePath }) => !singlePath);
  if (several.length > 0) return undecided('multipath', several.map(({ host }) => host));
  if (silent.length > 0) return undecided('silent', silent);
  if (untold.length > 0) return retry(evidence, untold) ?? undecided('untold', untold.map(({ host }) => host));
  const all = readingsOf(readings);
  const witness = all.find(seesNoKeys);
  if (witness === undefined) return undecided('keysUnread');
  if (all.some((one) => one.blocked === false)) return again(evidence, 'changing');
  // The moment: a reading of one host, with readings of each other host certainly before and certainly after it.
  const locked = new Map([...readings].map(([host, list]) => [host, list.filter((one) => one.blocked === true)]));
  const firsts = [...locked.values()].map(([first]) => first!);
  const middle = all.find((one) => one.blocked === true
    && firsts.every((first) => first.host === one.host || before(first, one)));
  if (middle === undefined) {
    const oldest = Math.min(...firsts.map((first) => narrow(first).from));
    if (now - oldest > windowMs / 2) return again(evidence, 'window');
    const next = preferred(evidence, blocked);
    return next === null ? undecided('noAnswer', blocked.map(({ host }) => host))
      : { kind: 'ask', hosts: [next.host], again: false };
  }
  const used = [middle];
  const open: number[] = [];
  for (const [host, list] of locked) {
    if (host === middle.host) continue;
    const after = list.find((one) => before(middle, one));
    if (after === undefined) open.push(host);
    else used.push(list.filter((one) => before(one, middle)).at(-1)!, after);
  }
  if (open.length > 0) {
    const mute = open.filter((host) => !evidence.mayAsk(host));
    return mute.length > 0 ? undecided('noAnswer', mute) : { kind: 'ask', hosts: open, again: false };
  }
  const spans = used.map(narrow);
  const width = Math.max(...spans.map(({ to }) => to)) - Math.min(...spans.map(({ from }) => from));
  // With one host alone the window does not matter: there are no other readings to compare with.
  if (width > windowMs && locked.size > 1) return again(evidence, 'window');
  return { kind: 'unlisted', used: [...new Set([...used, witness])], at: narrow(middle), windowMs: width };
}

const readingsOf = (readings: Evidence['readings']): Reading[] => [...readings.values()].flat();

/** The reading of the host that answers fastest. */
function preferred({ mayAsk }: Evidence, from: readonly Reading[]): Reading | null {
  let best: Reading | null = null;
  for (const one of from) {
    if (mayAsk(one.host) && (best === null || one.received - one.sent < best.received - best.sent)) best = one;
  }
  return best;
}

/** Starts a new round with all hosts that see the disk and can still be asked. */
function again(evidence: Evidence, reason: 'changing' | 'window'): Decision {
  const hosts = [...evidence.readings.keys()];
  if (evidence.rounds >= mostRounds) return undecided(reason, hosts);
  const able = hosts.filter(evidence.mayAsk);
  return able.length < 2 ? undecided('noAnswer', hosts.filter((host) => !evidence.mayAsk(host)))
    : { kind: 'ask', hosts: able, again: true };
}

/** Asks hosts once more whose reading did not tell; null: they were asked twice already. */
function retry({ mayAsk, readings }: Evidence, untold: readonly Reading[]): Decision | null {
  const hosts = untold.map(({ host }) => host).filter((host) => mayAsk(host) && readings.get(host)!.length < 2);
  return hosts.length > 0 ? { kind: 'ask', hosts, again: false } : null;
}
