// The verbs that send one request: release and reserve. Identify the disk, check the guards, send the request, and
// say in one sentence what happened. verb-rows.ts has what differs between the two; policy is in disk/ and
// reservation/; the meaning of each status is in status/.

import { Attempt } from '../disk/attempt.ts';
import type { Claim } from '../disk/claim.ts';
import type { DiskContext, Report } from '../disk/context.ts';
import { DeadlinePassed } from '../disk/deadline.ts';
import { kindOfDevice } from '../disk/device-kind.ts';
import { nameOfPath } from '../disk/device-path.ts';
import { type Guard, guardsOf, refusal } from '../disk/guards.ts';
import { deviceKey } from '../disk/identity.ts';
import { type Ending, type Verdict, categoryOf, numbered, statusVerdict, takenBack, verdictColumns } from '../disk/verdict.ts';
import type { Clock } from '../clock.ts';
import { messageOf } from '../message-of.ts';
import { type ProbeReading, findingsOf, probeReservation } from '../reservation/probe.ts';
import {
  type Findings, type StateVerdict, isMultipath, keysStep, reservationState, resetStep, stateAfterRelease,
} from '../reservation/state.ts';
import type { Answer, ReleaseResult, ReservationState } from '../result/result.ts';
import { outcomeRow } from '../status/outcomes.ts';
import { type RequestVerb, verbRows } from './verb-rows.ts';

export interface ChangeRequest {
  readonly claim: Claim;
  readonly allow: ReadonlySet<Guard>;
  /** For everything that is done to this disk, its open included. */
  readonly timeoutMs: number;
  /** Checks identity and guards as a real run would, and sends nothing. */
  readonly dryRun: boolean;
  /** Called right before the request is sent: false when the caller does not want it any more. */
  readonly isWanted?: () => boolean;
  /** Default: release. */
  readonly verb?: RequestVerb;
  /** Reads the reservation before and after, read-only. */
  readonly verify?: boolean;
  /** How long a device that is in use, not ready or busy is tried again. Default: 0, one attempt. */
  readonly retryMs?: number;
}

/** The reservation before and after the request; null where it was not read. */
interface Around {
  before: ReleaseResult['ReservationBefore'];
  after: ReleaseResult['ReservationAfter'];
}

/** Never rejects. Each attempt has the whole deadline: the answer comes after `retryMs` plus one deadline at the latest. */
export async function change(request: ChangeRequest, context: DiskContext, report: Report): Promise<Answer> {
  const { retryMs = 0, dryRun, isWanted } = request;
  const { clock } = context;
  const began = clock.now();
  const elapsed = () => clock.now() - began;
  let first: Date | undefined;
  let last: Answer | undefined;
  for (let attempts = 1; ; attempts += 1) {
    const attempt = new Attempt(request.claim, request.timeoutMs, context, report);
    const around: Around = { before: null, after: null };
    const ending = await attempt.run(() => act(attempt, request, around));
    // The result of the last attempt says more than that the request was withdrawn.
    if (last !== undefined && ending.verdict === takenBack) return last;
    first ??= ending.startedAt;
    const ms = attempts === 1 ? ending.ms : Math.round(elapsed() * 1000) / 1000;
    const { verdict } = ending;
    const often = attempts === 1 ? '' : ` It was tried ${attempts} times in ${Math.round(ms / 1000)} s.`;
    const said = { ...verdict, message: `${verdict.message}${often}` };
    last = answer(attempt, { verdict: said, startedAt: first, ms }, around, attempts);
    const left = retryMs - elapsed();
    if (dryRun || left <= 0 || !passes(verdict)) return last;
    if (!await paused(clock, Math.min(pauseMs(attempts), left), isWanted)) return last;
  }
}

/** Whether the state may pass by itself. A conflict does not; and after a deadline a request is still pending. */
const passes = ({ outcome, category }: Verdict): boolean =>
  outcome === 'InUse' || outcome === 'NotReady' || (outcome === 'Failed' && category === 'ResourceBusy');

/** Before the next attempt: a quarter of a second, twice as long each time, two seconds at most. */
const pauseMs = (attempts: number): number => Math.min(250 * 2 ** (attempts - 1), 2000);

/** How often a pause checks whether the answer is still wanted. */
const lookMs = 250;

/** Resolves with false as soon as the answer is not wanted any more. */
async function paused(clock: Clock, ms: number, isWanted: () => boolean = () => true): Promise<boolean> {
  for (const end = clock.now() + ms; isWanted();) {
    const left = end - clock.now();
    if (left <= 0) return true;
    await new Promise<void>((resolve) => void clock.after(Math.ceil(Math.min(left, lookMs)), resolve));
  }
  return false;
}

async function act(
  attempt: Attempt, { verb = 'release', allow, dryRun, isWanted, verify = false }: ChangeRequest, around: Around,
): Promise<Verdict> {
  const { context, deadline } = attempt;
  const row = verbRows[verb].change;
  attempt.command = row.command;
  // A dry run needs no access rights, so that a user who is not elevated can try it.
  const ended = await attempt.approach(dryRun ? 'query' : row.access);
  if (ended !== null) return ended;
  const identity = attempt.identity!;
  const roles = await deadline.race(context.roles());
  const holding = guardsOf(attempt.claim, identity, roles, attempt.surroundings.sameUnit.map((one) => one.identity));
  const refused = refusal(holding, allow, attempt.surroundings.sameUnit.map(({ path }) => nameOfPath(path)));
  if (refused !== null) return { outcome: 'Refused', ...refused };
  if (dryRun) return { outcome: 'Accepted', message: 'The request would be sent.', nextStep: '' };

  const taken = await attempt.takeDevice();
  if (taken !== null) return taken;
  if (isWanted?.() === false) return takenBack;
  const key = deviceKey(identity);
  const look = async (): Promise<ProbeReading | null> => (verify ? probeReservation(attempt, 'read') : null);
  const findings = (reading: ProbeReading) =>
    findingsOf(reading, attempt, roles, key !== null && context.reserved.has(key));
  const before = await look();
  if (before !== null) around.before = reservationState(findings(before)).state;

  const { status } = await attempt.send(row);
  const answered = numbered(statusVerdict(status, null, verb, kindOfDevice(identity)), identity.deviceNumber);
  const path = attempt.surroundings.sameUnit.length > 0 ? `the path of ${attempt.name} alone` : 'one path, which cannot be chosen';
  const verdict = holding.includes('Multipath')
    ? { ...answered, message: `${answered.message} The request used ${path}.` } : answered;
  const done = verdict.outcome === row.done;
  if (done && key !== null) context.reserved[row.remembers](key);

  let after: ProbeReading | null;
  try {
    after = await look();
  } catch (error) {
    // The answer to the request is known already, and stays the result.
    around.after = 'Unknown';
    const why = error instanceof DeadlinePassed ? 'in the time that was left' : `(${messageOf(error)})`;
    return { ...verdict, message: `The reservation could not be read afterwards ${why}. ${verdict.message}`,
      nextStep: verdict.nextStep || 'Read the reservation with Get-StorageReservation.' };
  }
  if (after === null) return verdict;
  const found = findings(after);
  const state = verb === 'release' ? stateAfterRelease(found, done) : reservationState(found);
  around.after = state.state;
  if (verdict.outcome === 'Conflict' && after.keys.length > 0) {
    return { ...verdict, nextStep: `Registered keys: ${after.keyTexts.join(', ')}. ${verdict.nextStep}` };
  }
  if (!done) return verdict;
  if (verb === 'reserve') {
    // This session has just reserved the device: whatever the reading says, the user has to do something about it.
    return { ...verdict, message: `${verdict.message} ${state.why}`, nextStep: state.nextStep };
  }
  if (state.held) return stillHeld(verdict, found, state, around.before, after.keyTexts);
  // The device is proved to be free: no caveat is needed.
  if (state.state === 'Free') return { ...verdict, message: state.why, nextStep: '' };
  return { ...verdict, message: `${state.why} ${verdict.message}`, nextStep: state.nextStep };
}

/**
 * A release that was accepted, after which the device is still held. The new fact comes first in the message.
 * Why this is not a success: docs/decisions/0012-a-release-that-frees-nothing.md.
 */
function stillHeld(
  verdict: Verdict, findings: Findings, state: StateVerdict, before: Around['before'], keys: readonly string[],
): Verdict {
  const { first, next } = heldRows.find((row) => row.state === state.state)!.say(findings, state);
  const registered = keys.length === 0 ? '' : `Registered keys: ${keys.join(', ')}. `;
  const changedHands = before === 'HeldByThisHost' && state.state === 'HeldByAnotherHost';
  return {
    ...verdict, outcome: 'StillHeld', category: outcomeRow('StillHeld').category,
    message: changedHands ? 'Held by another host now, which reserved the device after this host released it.'
      : `${first} The device accepted RELEASE, but nothing visible changed.`,
    nextStep: registered + next,
  };
}

interface HeldRow {
  readonly state: ReservationState;
  readonly say: (findings: Findings, state: StateVerdict) => { readonly first: string; readonly next: string };
}

const findHolder = ({ kind }: Findings) => 'Find-StorageReservationHolder finds the host that holds it; only that '
  + `host can release it. If that host is gone, ${resetStep(kind)}`;

const heldRows: readonly HeldRow[] = [
  { state: 'HeldByAnotherHost', say: (found) => ({ first: 'Still held by another host.', next: findHolder(found) }) },
  { state: 'HeldByThisHost', say: ({ kind }) => ({ first: 'Still held by this host.',
    next: `Try once more; if it is still held, ${resetStep(kind)}` }) },
  { state: 'Persistent', say: ({ kind }, { why }) => ({ first: why, next: keysStep(kind) }) },
  { state: 'Unknown', say: (found, { why, nextStep }) => ({ first: `Still held. ${why}`,
    next: isMultipath(found) === true ? nextStep : findHolder(found) }) },
];

function answer(attempt: Attempt, { verdict, startedAt, ms }: Ending, { before, after }: Around, attempts: number): Answer {
  const { bus } = attempt.context;
  const result: ReleaseResult = {
    ...attempt.columns(),
    ...verdictColumns(verdict),
    Information: attempt.completion?.information ?? null,
    ReservationBefore: before,
    ReservationAfter: after,
    Attempts: attempts,
    DurationMs: ms,
    StartedAt: startedAt,
    ComputerName: bus.computerName,
    Bus: bus.kind,
    ProvedBy: after === 'Free' ? bus.computerName : null,
    Message: verdict.message,
    NextStep: verdict.nextStep,
  };
  // Made where a question asks for it: a digest loads node:crypto.
  return { result, category: categoryOf(verdict), get shown() { return attempt.shown; } };
}

/** The answer to a request that was never begun: the pipeline was stopped first. */
export function refusedAnswer(
  claim: Claim, context: Pick<DiskContext, 'bus' | 'clock'>, message: string, nextStep: string,
): Answer {
  const attempt = new Attempt(claim, 0, context as DiskContext, { step() {}, late() {} });
  const verdict: Verdict = { outcome: 'Refused', message, nextStep };
  return answer(attempt, { verdict, startedAt: context.clock.date(), ms: 0 }, { before: null, after: null }, 0);
}
