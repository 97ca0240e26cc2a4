// The use case behind Clear-StorageReservation: one disk in, one result out. Reads how the disk is reserved, looks up
// in the table (rules.ts) whether the method is allowed, sends the commands of the method (keys.ts, reset.ts), and
// takes the result from a reading afterwards.

import type { DiskRoles } from '../../bus/bus.ts';
import { Attempt } from '../../disk/attempt.ts';
import type { Claim } from '../../disk/claim.ts';
import type { DiskContext, Report } from '../../disk/context.ts';
import { kindByPath } from '../../disk/device-kind.ts';
import { deviceKey } from '../../disk/identity.ts';
import { type Ending, type Verdict, categoryOf, takenBack, verdictColumns } from '../../disk/verdict.ts';
import { readDetails } from '../../reservation/details.ts';
import { type ProbeReading, findingsOf } from '../../reservation/probe.ts';
import { type Findings, type StateVerdict, reservationState, stateAfterRelease } from '../../reservation/state.ts';
import type { ReleaseResult } from '../../result/result.ts';
import { keyText } from '../../scsi/persistent-reservations.ts';
import { change } from '../change.ts';
import type { ClearAnswer, ClearResult } from './clear-result.ts';
import { type Course, digestLength, isKnown, newCourse, readSettled, stateDigest, survivedBefore } from './course.ts';
import { freeOfKeys, takeOwnKeyBack, typeText } from './keys.ts';
import { reset } from './reset.ts';
import {
  type Refusal, type Situation, type Wish, decide, decideInUse, isShared, misfit, multipathRemark,
} from './rules.ts';
import { argumentOf, ownersOf, protectionsOf, usesOf } from './uses.ts';
import { countedKeys, planText, registrantLines } from './words.ts';

export interface ClearRequest extends Wish {
  readonly claim: Claim;
  /** For everything that is done to this disk, its open included. */
  readonly timeoutMs: number;
  /** Reads and decides as a real run would, and changes nothing. */
  readonly dryRun: boolean;
  readonly isWanted?: () => boolean;
  /**
   * Called before REGISTER is sent, to write the key down. `unheard` is the result to record in case this process ends before it
   * can give another one. Resolves with a sentence where the key could not be written down: then nothing is sent.
   */
  readonly beforeOwnKey?: (unheard: ClearResult) => Promise<string | null>;
  /** For tests: the source of the random bytes of the own key. */
  readonly random?: (length: number) => Uint8Array;
}

interface ShownRequest extends ClearRequest {
  /** `stateDigest` of the reading that a question showed; empty where no question was asked. */
  readonly shownState: string;
}

const nothingHeard: Verdict = { outcome: 'TimedOut', message: 'What became of its keys and its reservation is not known.', nextStep: '' };

/** Everything that the decision depends on. */
interface Looked {
  readonly situation: Situation;
  readonly roles: DiskRoles;
  /** What could not be checked. */
  readonly unchecked: readonly string[];
}

/** Never rejects. */
export async function clear(asked: ClearRequest, context: DiskContext, report: Report): Promise<ClearAnswer> {
  const shown = asked.claim.shown ?? '';
  const claim = { ...asked.claim, shown: shown === '' ? null : shown.slice(0, digestLength) };
  const request: ShownRequest = { ...asked, claim, shownState: shown.slice(digestLength) };
  const attempt = new Attempt(request.claim, request.timeoutMs, context, report);
  const course = newCourse();
  const states: States = { before: null, after: null };
  let releases = false;
  const ending = await attempt.run(async () => {
    const { verdict, goesOn } = await act(attempt, request, course, states);
    releases = goesOn;
    return verdict;
  });
  const own = answer(attempt, request, ending, course, states);
  if (!releases) return own;
  // RELEASE is sent by the code that Invoke-StorageRelease uses.
  const left = Math.max(1, request.timeoutMs - ending.ms);
  const done = await change({ ...request, timeoutMs: left, verb: 'release', verify: true }, context, report);
  const { DurationMs } = done.result;
  return { ...done, result: { ...own.result, ...done.result, StartedAt: own.result.StartedAt, DurationMs: ending.ms + DurationMs } };
}

interface States {
  before: ReleaseResult['ReservationBefore'];
  after: ReleaseResult['ReservationAfter'];
}

interface Act {
  readonly verdict: Verdict;
  /** Whether RELEASE is to be sent now. */
  readonly goesOn: boolean;
}

async function act(attempt: Attempt, request: ShownRequest, course: Course, states: States): Promise<Act> {
  const end = (verdict: Verdict): Act => ({ verdict, goesOn: false });
  const { method, dryRun, isWanted = () => true, beforeOwnKey = async () => null } = request;
  attempt.command = 'Clear-StorageReservation';
  attempt.needs = ` -Method ${method}${method === 'Preempt' && request.holderKey !== null ? ` -HolderKey ${keyText(request.holderKey)}` : ''}`
    + `${request.ownKey === null ? '' : ` -OwnKey ${keyText(request.ownKey)}`}`;
  const wrong = misfit(request);
  if (wrong !== null) return end(wrong);
  const byKeys = method === 'Clear' || method === 'Preempt' || request.ownKey !== null;
  // For tape drives these methods are refused: they need no write access for that.
  const writes = byKeys && (method === 'Release' || kindByPath(attempt.claim.path) === 'Disk');
  const ended = await attempt.approach(writes ? 'readwrite' : 'read');
  if (ended !== null) {
    const no = ended.outcome === 'InUse' ? decideInUse(method) : null;
    return end(no === null ? ended : nothingSent(no));
  }
  const busy = await attempt.takeDevice();
  if (busy !== null) return end(busy);

  const looked = await look(attempt, course, byKeys);
  const { situation } = looked;
  states.before = reservationState(situation.findings).state;
  const decision = decide(situation, request);
  if (decision !== null) return end(nothingSent(decision));
  if (request.shownState !== '' && request.shownState !== stateDigest(course.before!)) {
    return end({ outcome: 'Changed', message: 'Another host changed the keys or the reservation since they were shown. Nothing was sent.',
      nextStep: 'Run the command again, and check what it shows.' });
  }
  const { argument } = situation;
  const planned: Verdict = { outcome: 'Accepted', message: planText(request, situation, course, looked.unchecked), nextStep: '' };
  if (method === 'Reset') {
    const verdict = await reset({ attempt, course, argument, dryRun, isWanted });
    if (verdict?.outcome === 'Reset') forgetReserved(attempt);
    return end(told(attempt, looked, course, states, verdict ?? planned));
  }
  if (dryRun) return end(planned);
  if (!isWanted()) return end(takenBack);
  if (!byKeys) return { verdict: planned, goesOn: true };
  const announce = async (key: bigint): Promise<Verdict | null> => {
    attempt.doing = { what: 'The key of this command could not be written down', sent: 'Nothing was sent.' };
    const unheard = { ...course, ownKey: key, ownKeyLeft: null };
    const ending = { verdict: nothingHeard, startedAt: attempt.startedAt, ms: 0 };
    const why = await attempt.deadline.race(beforeOwnKey(answer(attempt, request, ending, unheard, states).result));
    if (why !== null) return nothingSent({ outcome: 'Refused', message: why, nextStep: 'Correct the problem, or name another file for the log.' });
    return isWanted() ? null : takenBack;
  };
  const verdict = request.ownKey !== null ? await takeOwnKeyBack({ attempt, course, argument }, request.ownKey)
    : await freeOfKeys({ attempt, course, argument, victim: request.holderKey, abort: request.abort, isWanted, announce, random: request.random });
  return end(told(attempt, looked, course, states, verdict));
}

const nothingSent = (no: Refusal): Verdict => ({ ...no, message: `${no.message} Nothing was sent.` });

/** Reads the reservation, and everything else that the decision depends on. */
async function look(attempt: Attempt, course: Course, byKeys: boolean): Promise<Looked> {
  const { context, deadline } = attempt;
  const roles = await deadline.race(context.roles());
  const reading = course.before = await readSettled(attempt);
  if (byKeys && isKnown(reading) && reading.keys.length > 0) course.details = await readDetails(attempt, reading);
  const ports = byKeys ? await deadline.race(context.bus.initiatorPorts?.() ?? Promise.resolve(null)) : null;
  const findings = findingsNow(reading, attempt, roles);
  const { protections, unchecked } = findings.kind === 'Disk' ? await usesOf(attempt, roles) : { protections: [], unchecked: [] };
  return {
    roles, unchecked,
    situation: {
      findings, keysRead: reading.keysRead, keys: reading.keys, reservation: reading.reservation,
      protections: new Set([...protectionsOf(attempt, roles, findings), ...protections]),
      state: reservationState(findings),
      argument: argumentOf(attempt),
      owners: ownersOf(course, ports, attempt),
    },
  };
}

function findingsNow(reading: ProbeReading, attempt: Attempt, roles: DiskRoles): Findings {
  const key = deviceKey(attempt.identity!);
  return findingsOf(reading, attempt, roles, key !== null && attempt.context.reserved.has(key));
}

function forgetReserved({ identity, context }: Attempt): void {
  const key = deviceKey(identity!);
  if (key !== null) context.reserved.delete(key);
}

/** Adds to the verdict what the reading afterwards says about other reservations of the disk. */
function told(attempt: Attempt, { roles, situation }: Looked, course: Course, states: States, verdict: Verdict): Verdict {
  const { after } = course;
  const remarks = situation.protections.has('Multipath') && course.ownKey !== null ? ` ${multipathRemark}` : '';
  const said = { ...verdict, message: verdict.message + remarks };
  if (after === null) return said;
  const findings = findingsNow(after, attempt, roles);
  const state: StateVerdict = verdict.outcome === 'Reset' ? stateAfterRelease(findings, true) : reservationState(findings);
  states.after = state.state;
  // Nobody holds a persistent reservation, but a SCSI-2 reservation locks this host out: the next step is about that.
  if (verdict.outcome === 'Preempted' && state.state === 'Persistent' && (after.ready === 'conflict' || after.read === 'conflict')) {
    return { ...said, message: `${said.message} Another initiator holds a SCSI-2 reservation of it all the same.`,
      nextStep: 'Find-StorageReservationHolder finds the host that holds it.' };
  }
  const other = (verdict.outcome === 'Cleared' || verdict.outcome === 'Preempted') && state.held && state.state !== 'Persistent';
  return other ? { ...said, message: `${said.message} ${state.why}`, nextStep: state.nextStep } : said;
}

function answer(attempt: Attempt, request: ClearRequest, { verdict, startedAt, ms }: Ending, course: Course, states: States, attempts = 1): ClearAnswer {
  const { bus } = attempt.context;
  const { before, after, details, ownKey, ownKeyLeft, removed } = course;
  const held = before?.reservation ?? null;
  // This run was to take the key back and could not: its next step does not propose the same line again.
  const again = (request.ownKey ?? null) !== null;
  const allowed = request.allow === undefined || request.allow.size === 0 ? '' : ` -Allow ${[...request.allow].join(', ')}`;
  const leftover = ownKey === null || ownKeyLeft === false || again ? null
    : `Clear-StorageReservation ${argumentOf(attempt)} -Method Release -OwnKey ${keyText(ownKey)}${allowed} on this host takes the key of this command back`
      + `${ownKeyLeft === null ? ', if it is still registered' : ''}.`;
  const unknown = ownKeyLeft === null ? `Whether ${keyText(ownKey!)}, a key of this command, is still registered, is not known.` : '';
  const result: ClearResult = {
    ...attempt.columns(),
    ...verdictColumns(verdict),
    Information: attempt.completion?.information ?? null,
    ReservationBefore: states.before,
    ReservationAfter: states.after,
    // This command retries nothing.
    Attempts: attempts,
    DurationMs: ms,
    StartedAt: startedAt,
    ComputerName: bus.computerName,
    Bus: bus.kind,
    ProvedBy: states.after === 'Free' ? bus.computerName : null,
    Message: [sentence(verdict.message), unknown, survivalText(course, verdict)].filter((text) => text !== '').join(' '),
    NextStep: [leftover, verdict.nextStep].filter((text) => text !== null && text !== '').join(' '),
    Method: request.method,
    HolderKey: held === null || isShared(held) ? null : keyText(held.key),
    Type: held === null ? null : typeText(held),
    KeyCount: before?.keysRead === true ? before.keys.length : null,
    Registrants: registrantLines(details),
    Removed: removed === null ? null : countedKeys(removed),
    KeysLeft: after?.keysRead === true ? after.keys.length : null,
    GenerationBefore: before?.generation ?? null,
    GenerationAfter: after?.generation ?? null,
    OwnKey: ownKey === null ? null : keyText(ownKey),
    OwnKeyLeft: ownKeyLeft,
    Undone: course.undone,
  };
  const shown = attempt.shown === null || before === null ? attempt.shown : attempt.shown + stateDigest(before);
  return { result, category: categoryOf(verdict), shown };
}

/**
 * Whether the registrations of others still survive a loss of power, where some may be left: the APTPL bit of the
 * last REGISTER applies to all of them.
 */
function survivalText(course: Course, { outcome }: Verdict): string {
  const { ownKey, after, survivesAfter } = course;
  const before = survivedBefore(course);
  const others = isKnown(after) ? after.keys.some((key) => key !== ownKey) : true;
  if (ownKey === null || outcome === 'Cleared' || before === false || survivesAfter === true || !others) return '';
  if (before === null) {
    return 'Whether registrations were to survive a loss of power could not be read; if they were, they are not any more.';
  }
  return survivesAfter === false ? 'The registrations that are left do not survive a loss of power any more.'
    : 'Whether the registrations that are left still survive a loss of power could not be read.';
}

/** A message of the operating system may end without a full stop. */
const sentence = (text: string): string => (/[.?!]$/.test(text) ? text : `${text}.`);

/** The answer to a request that was never begun: the pipeline was stopped first, or the request was not confirmed. */
export function uncleared(
  request: Pick<ClearRequest, 'claim' | 'method'>, context: Pick<DiskContext, 'bus' | 'clock'>, message: string, nextStep: string,
): ClearAnswer {
  const attempt = new Attempt(request.claim, 0, context as DiskContext, { step() {}, late() {} });
  const verdict: Verdict = { outcome: 'Refused', message, nextStep };
  return answer(attempt, request as ClearRequest, { verdict, startedAt: context.clock.date(), ms: 0 }, newCourse(), { before: null, after: null }, 0);
}
