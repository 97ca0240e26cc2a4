// The use case: one disk in, exactly one answer out, whatever breaks. Which disk it is, whether it may be touched, one
// request, one honest sentence. Policy is in guards.ts and identity.ts; what a status means is in status/.

import type { Access, Bus, Completion, DiskRoles, Opening } from '../bus/bus.ts';
import { IOCTL_STORAGE_RELEASE } from '../bus/sdk/control-codes.ts';
import { cleanText } from '../bus/sdk/text.ts';
import type { Clock } from '../clock.ts';
import { type Outcome, outcomeRow } from '../status/outcomes.ts';
import { describeStatus, hex32 } from '../status/status.ts';
import { Deadline, DeadlinePassed } from './deadline.ts';
import type { Finder } from './find.ts';
import { type Guard, guardsOf, refusal } from './guards.ts';
import { Handle } from './handle.ts';
import { type Identity, deviceKey, diskNumber, identityDifference, readIdentity } from './identity.ts';
import { messageOf } from './message-of.ts';
import type { Answer, ReleaseResult } from './result.ts';
import { type Claim, cleanClaim, displayPath, isDevicePath, nameOf, physicalDrive, quotedPath } from './target.ts';
import type { Turn, Turns } from './turns.ts';

export interface ReleaseRequest {
  readonly claim: Claim;
  readonly allow: ReadonlySet<Guard>;
  /** For all that is done to this disk, its open included. */
  readonly timeoutMs: number;
  /** Runs identity and guards, sends nothing, and answers as the real run would have begun. */
  readonly dryRun: boolean;
  /** Asked when all is ready to be sent: false when whoever wanted it has taken it back meanwhile. */
  readonly isWanted?: () => boolean;
}

/** What one worker, or one run of the command line, shares among its requests. */
export interface ReleaseContext {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly finder: Finder;
  readonly roles: () => Promise<DiskRoles>;
  readonly turns: Turns;
}

export interface Report {
  /** One step with its numbers, for the verbose stream. */
  step(text: string): void;
  /** What became of a request whose deadline had passed. */
  late(text: string): void;
}

/** What is known so far; each step fills in more, and every end makes its result of it. */
interface Progress {
  path: string | null;
  /** Held from before the open until nothing is pending any more. */
  readonly turns: Turn[];
  /** An open that has not come back. */
  opening: Promise<Opening> | null;
  handle: Handle | null;
  identity: Identity | null;
  completion: Completion | null;
  /** Whether it is the turn of another request to the same device. */
  waiting: boolean;
  /** Whether the request has been handed to the driver. */
  sent: boolean;
}

interface Verdict {
  readonly outcome: Outcome;
  readonly message: string;
  readonly nextStep: string;
  readonly category?: Answer['category'];
  readonly status?: number | null;
  readonly statusName?: string | null;
  readonly win32?: number | null;
}

const atStart = (): Progress => ({
  path: null, turns: [], opening: null, handle: null, identity: null, completion: null,
  waiting: false, sent: false,
});

/** Never rejects. */
export async function release(
  { claim: said, ...options }: ReleaseRequest, context: ReleaseContext, report: Report,
): Promise<Answer> {
  const request: ReleaseRequest = { ...options, claim: cleanClaim(said) };
  const name = nameOf(request.claim);
  const startedAt = context.clock.date();
  const deadline = new Deadline(context.clock, request.timeoutMs);
  const progress = atStart();
  let verdict: Verdict;
  try {
    verdict = await attempt(request, context, report, deadline, progress);
  } catch (error) {
    verdict = error instanceof DeadlinePassed ? timedOut(request, progress) : {
      outcome: 'Failed',
      message: messageOf(error),
      nextStep: progress.sent
        ? 'The request had been sent; look at the disk before trying again.'
        : 'Nothing was sent. Try again; if it stays, report it with this message.',
    };
  }
  const result = makeResult(request, context, progress, verdict, startedAt, deadline.elapsed());
  await leave(progress, deadline, (text) => report.step(`${name}: ${text}`));
  report.step(`${name}: ${result.Outcome} after ${result.DurationMs} ms`);
  const { category = outcomeRow(verdict.outcome).category } = verdict;
  return { result, category };
}

/** Ends the turns and the handle, now or when nothing is pending on the device any more. */
async function leave(
  { turns, opening, handle }: Progress, deadline: Deadline, remark: (text: string) => void,
): Promise<void> {
  const owed = opening ?? handle?.pending ?? null;
  if (owed !== null) for (const turn of turns) turn.endAfter(owed);
  await handle?.leave(deadline, remark);
  if (owed === null) for (const turn of turns) turn.end();
}

/** Whether it is this request's turn on the device; false when an earlier request may never let go of it. */
async function takeTurn(
  key: string, { turns }: ReleaseContext, report: Report, deadline: Deadline, progress: Progress, name: string,
): Promise<boolean> {
  const turn = await turns.take(key, deadline, () => {
    progress.waiting = true;
    report.step(`${name}: waiting for another request of this process on the same device`);
  });
  progress.waiting = false;
  if (turn !== null) progress.turns.push(turn);
  return turn !== null;
}

const stillInDriver: Verdict = {
  outcome: 'InUse', message: 'An earlier request of this process is still in its driver. Nothing was sent.',
  nextStep: 'Wait: the class driver gives up after about five minutes.',
};

const takenBack: Verdict = {
  outcome: 'Refused', message: 'The pipeline was stopped before its turn came. Nothing was sent.',
  nextStep: 'Run it again for this disk.',
};

async function attempt(
  request: ReleaseRequest, context: ReleaseContext, report: Report, deadline: Deadline, progress: Progress,
): Promise<Verdict> {
  const { claim } = request;
  const name = nameOf(claim);
  const where = await locate(request, context, report, deadline);
  if (typeof where !== 'string') return where;
  progress.path = where;

  const key = progress.path.toLowerCase();
  if (!await takeTurn(key, context, report, deadline, progress, name)) return stillInDriver;

  // A dry run needs no access, so it can be tried by a user who is not elevated.
  const access = request.dryRun ? 'query' : 'read';
  report.step(`${name}: opening ${progress.path} for ${access === 'read' ? 'GENERIC_READ' : 'no access'}`);
  const opening = await open(where, access, context, deadline, progress);
  if (opening.disk === undefined) return statusVerdict(opening.status, opening.win32, 'open');

  const handle = progress.handle = new Handle(opening.disk);
  const identity = progress.identity = await readIdentity(handle, deadline);
  for (const remark of identity.remarks) report.step(`${name}: ${remark}`);
  report.step(`${name}: the device says number ${identity.deviceNumber ?? 'none'}, serial number `
    + `${identity.serialNumber ?? 'none'}, UniqueId ${identity.uniqueIds[0] ?? 'none'}, `
    + `bus ${identity.busType ?? 'unknown'}`);
  const gone = describeStatus(identity.numberStatus, null, 'open');
  if (gone.outcome === 'NotFound') return statusVerdict(identity.numberStatus, null, 'open');
  const difference = identityDifference(claim, identity);
  if (difference !== null) {
    return {
      outcome: 'IdentityChanged', message: `${difference}. Nothing was sent.`,
      nextStep: 'List the disks again (Get-Disk) and pipe the object that is meant.',
    };
  }
  const refused = refusal(guardsOf(claim, identity, await deadline.race(context.roles())), request.allow);
  if (refused !== null) return { outcome: 'Refused', ...refused };
  if (request.dryRun) return { outcome: 'Accepted', message: 'The request would be sent.', nextStep: '' };
  return send(request, handle, deadline, context, report, progress, name);
}

async function open(
  path: string, access: Access, { bus }: ReleaseContext, deadline: Deadline, progress: Progress,
): Promise<Opening> {
  const opening = bus.open(path, access);
  const done = () => { progress.opening = null; };
  progress.opening = opening;
  opening.then(done, done);
  return deadline.race(opening, ({ disk }) => {
    // Nobody is left to hear of it.
    if (disk !== undefined) void new Handle(disk).leave(deadline, () => {});
  });
}

/** The path to open, in the spelling that results show, or why there is none. */
async function locate(
  request: ReleaseRequest, context: ReleaseContext, report: Report, deadline: Deadline,
): Promise<string | Verdict> {
  const { claim } = request;
  if (claim.number !== null) return physicalDrive(claim.number);
  if (claim.path !== null) {
    if (isDevicePath(claim.path)) return displayPath(claim.path);
    return {
      outcome: 'Refused', category: 'InvalidArgument',
      message: `${quotedPath(claim.path)} is no path of a disk, tape or changer.`,
      nextStep: String.raw`Name a device: \\.\PhysicalDrive3, \\.\Tape0, \\.\Changer0, \\.\CdRom0 or a device-interface path.`,
    };
  }
  if (claim.uniqueId === null && claim.serialNumber === null) {
    return {
      outcome: 'Refused', category: 'InvalidArgument', message: 'Nothing says which disk is meant.',
      nextStep: 'Give a disk number, a device path, a UniqueId or a serial number.',
    };
  }
  report.step(`${nameOf(claim)}: looking for it among the disks of this computer`);
  // A third: a disk that hangs may cost two readings, and the one that is meant still needs time for its request.
  const { paths, silent } = await deadline.race(context.finder.find(claim, request.timeoutMs / 3));
  if (paths.length === 1) return displayPath(paths[0]!);
  if (paths.length === 0) {
    return {
      outcome: 'NotFound',
      message: `No disk of this computer ${silent > 0 ? `that says what it is (${silent} did not) ` : ''}is `
        + `${nameOf(claim)}. Nothing was sent.`,
      nextStep: 'Check that it is presented to this host (Get-Disk; rescan with Update-HostStorageCache).',
    };
  }
  return {
    outcome: 'Refused', category: 'InvalidArgument',
    message: `More than one device is ${nameOf(claim)}: ${paths.map(displayPath).join(', ')}.`,
    nextStep: 'Name one of them by its disk number.',
  };
}

async function send(
  { isWanted }: ReleaseRequest, handle: Handle, deadline: Deadline, context: ReleaseContext, report: Report,
  progress: Progress, name: string,
): Promise<Verdict> {
  // The same device may have been named by another of its names, too.
  const key = deviceKey(progress.identity!);
  if (key !== null && !await takeTurn(key, context, report, deadline, progress, name)) return stillInDriver;
  if (isWanted?.() === false) return takenBack;
  report.step(`${name}: sending IOCTL_STORAGE_RELEASE (${hex32(IOCTL_STORAGE_RELEASE)})`);
  progress.sent = true;
  const request = handle.control(IOCTL_STORAGE_RELEASE, null, 0);
  let completion: Completion;
  try {
    completion = await deadline.race(request);
  } catch (error) {
    if (error instanceof DeadlinePassed) {
      const late = (what: string) => report.late(`${name}: the driver ${what} after `
        + `${Math.round(deadline.elapsed())} ms; that was after the deadline.`);
      request.then(
        ({ status }) => late(`completed the request with ${describeStatus(status, null, 'release').name}`),
        (failure: unknown) => late(`failed the request (${messageOf(failure)})`),
      );
    }
    throw error;
  }
  progress.completion = completion;
  report.step(`${name}: NTSTATUS ${hex32(completion.status)}, information ${completion.information}`);
  return statusVerdict(completion.status, null, 'release');
}

function statusVerdict(status: number | null, win32: number | null, stage: 'open' | 'release'): Verdict {
  const row = describeStatus(status, win32, stage);
  return {
    outcome: row.outcome, category: row.category, status: row.status, statusName: row.name, win32: row.win32,
    message: row.meaning, nextStep: row.nextStep,
  };
}

function timedOut(request: ReleaseRequest, progress: Progress): Verdict {
  const seconds = request.timeoutMs / 1000;
  if (progress.waiting) {
    return {
      outcome: 'TimedOut',
      message: `Other requests of this process to the same device took all of ${seconds} s. Nothing was sent.`,
      nextStep: 'Name each disk once; or give it longer with -TimeoutSec.',
    };
  }
  return progress.sent
    ? {
      outcome: 'TimedOut',
      message: `No answer within ${seconds} s. The request is still in the driver; whether the device releases `
        + 'anything is unknown.',
      nextStep: 'Wait: the class driver gives up after about five minutes. Then look at the disk before trying again.',
    }
    : {
      outcome: 'TimedOut',
      message: progress.identity === null
        ? `It did not ${progress.path === null ? 'turn up' : 'open or say what it is'} within ${seconds} s. `
          + 'Nothing was sent.'
        : `Whether it is a boot, system or multipath disk could not be told within ${seconds} s. `
          + 'Nothing was sent.',
      nextStep: 'Check the path to the device (cables, zoning, target); or give it longer with -TimeoutSec.',
    };
}

function makeResult(
  request: ReleaseRequest, context: ReleaseContext, progress: Progress, verdict: Verdict, startedAt: Date,
  ms: number,
): ReleaseResult {
  const { claim } = request;
  const { identity } = progress;
  // What the handle said beats what the caller said, except where they differ and nothing was sent: then the row is
  // about the disk that was named.
  const trusted = verdict.outcome === 'IdentityChanged' ? null : identity;
  const product = [trusted?.vendorId, trusted?.productId].filter((part) => part != null).join(' ');
  return {
    Number: claim.number ?? (trusted ? diskNumber(trusted) : null),
    DevicePath: progress.path ?? (claim.path === null ? null : cleanText(claim.path)),
    FriendlyName: claim.friendlyName ?? (product === '' ? null : product),
    SerialNumber: trusted?.serialNumber ?? claim.serialNumber,
    UniqueId: claim.uniqueId ?? trusted?.uniqueIds[0] ?? null,
    BusType: trusted?.busType ?? null,
    Outcome: verdict.outcome,
    NtStatus: verdict.status ?? null,
    NtStatusName: verdict.statusName ?? null,
    Win32Error: verdict.win32 ?? null,
    Information: progress.completion?.information ?? null,
    ReservationBefore: null,
    ReservationAfter: null,
    DurationMs: Math.round(ms * 1000) / 1000,
    StartedAt: startedAt,
    ComputerName: context.bus.computerName,
    Bus: context.bus.kind,
    Message: verdict.message,
    NextStep: verdict.nextStep,
  };
}

/** An answer for input that never became a request: nonsense on the line, or a pipeline that was stopped first. */
export function refusedAnswer(
  claim: Claim, context: Pick<ReleaseContext, 'bus' | 'clock'>, message: string, nextStep: string,
): Answer {
  const request: ReleaseRequest = { claim: cleanClaim(claim), allow: new Set(), timeoutMs: 0, dryRun: false };
  const progress = atStart();
  const verdict: Verdict = { outcome: 'Refused', message, nextStep };
  return {
    result: makeResult(request, context as ReleaseContext, progress, verdict, context.clock.date(), 0),
    category: 'InvalidOperation',
  };
}
