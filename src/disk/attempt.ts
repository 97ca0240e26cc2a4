// What every verb does with a disk: find the device that was named, take its lock, open it, verify that it is that
// device, and end with exactly one verdict, whatever fails.

import type { Access, Completion, Opening } from '../bus/bus.ts';
import { messageOf } from '../message-of.ts';
import type { DeviceColumns } from '../result/result.ts';
import { describeStatus, hex32 } from '../status/status.ts';
import { cleanText } from '../text.ts';
import { type Claim, nameOf, shownText, tidyClaim } from './claim.ts';
import type { DiskContext, Report } from './context.ts';
import { Deadline, DeadlinePassed } from './deadline.ts';
import { kindByPath } from './device-kind.ts';
import { nameOfPath } from './device-path.ts';
import type { Found, Surroundings } from './find.ts';
import { Handle } from './handle.ts';
import {
  type Difference, type Identity, columnsOf, deviceKey, diskNumber, identifiedBy, identityDifference,
  readIdentity, shownAs,
} from './identity.ts';
import { changedVerdict, locate } from './locate.ts';
import type { Turn } from './turns.ts';
import { type Ending, type LateStage, type Verdict, lateVerdict, statusVerdict } from './verdict.ts';

const stillInDriver: Verdict = {
  outcome: 'InUse', message: 'An earlier request from this process is still pending in the driver. Nothing was sent.',
  nextStep: 'Wait: the class driver gives up after about five minutes.',
};

/** A request that a verb is about. */
interface VerbRequest {
  readonly code: number;
  readonly codeName: string;
  /** What is unknown of a device that has not answered it. */
  readonly inDoubt: string;
  readonly input?: Uint8Array | null;
  /** Default: that of the device. */
  readonly handle?: Handle;
}

/** One try at one disk. What is known is filled in step by step, and stays readable after the end. */
export class Attempt {
  readonly claim: Claim;
  readonly name: string;
  readonly context: DiskContext;
  readonly deadline: Deadline;
  readonly startedAt: Date;
  path: string | null = null;
  identity: Identity | null = null;
  /** Statements that the opened device bears out; null before that, and where one differs. */
  identifiedBy: string | null = null;
  completion: Completion | null = null;
  /**
   * What to say when the time is up now, the device having said what it is: what could not be told, and what was
   * sent.
   */
  doing = { what: 'Whether it is a boot, system or multipath disk could not be determined', sent: 'Nothing was sent.' };
  /** The cmdlet that is at work, for lines that a next step tells to type. */
  command = 'Invoke-StorageRelease';
  /** Whether it may change the device, and the path matters. */
  changes = true;
  /** What the rest of the bus tells of the opened device. */
  surroundings: Surroundings = { sameUnit: [], alike: [], rivals: [], complete: true };
  /** Devices that did not say what they are while this one was looked for by its identity. */
  unheard = 0;
  readonly #report: Report;
  readonly #timeoutMs: number;
  /** Held from before the open until nothing is pending any more. */
  readonly #turns: Turn[] = [];
  /** An open that has not come back. */
  #opening: Promise<Opening> | null = null;
  #handle: Handle | null = null;
  #stage: LateStage = 'looking';
  /** What is unknown of a device that has not answered the verb's request. */
  #inDoubt = '';

  constructor(claim: Claim, timeoutMs: number, context: DiskContext, report: Report) {
    this.claim = tidyClaim(claim);
    this.name = nameOf(this.claim);
    this.context = context;
    this.#report = report;
    this.#timeoutMs = timeoutMs;
    this.startedAt = context.clock.date();
    this.deadline = new Deadline(context.clock, timeoutMs);
  }

  /** The opened device, after `approach` has said nothing against it. */
  get handle(): Handle {
    if (this.#handle === null) throw new Error('The device has not been opened.');
    return this.#handle;
  }

  step(text: string): void {
    this.#report.step(`${this.name}: ${text}`);
  }

  /** Runs the verb's own part, and ends the attempt whatever it does. Never rejects. */
  async run(body: () => Promise<Verdict>): Promise<Ending> {
    let verdict: Verdict;
    try {
      verdict = await body();
    } catch (error) {
      verdict = error instanceof DeadlinePassed ? this.#timedOut() : {
        outcome: 'Failed',
        message: messageOf(error),
        nextStep: this.#stage === 'sent'
          ? 'The request had been sent; look at the disk before trying again.'
          : 'Nothing was sent. Try again; if the error persists, report it with this message.',
      };
    }
    const ms = Math.round(this.deadline.elapsed() * 1000) / 1000;
    await this.#leave();
    this.step(`${verdict.outcome} after ${ms} ms`);
    return { verdict, startedAt: this.startedAt, ms };
  }

  /** Null when the device is open and is the one that was named; else why the verb ends here. */
  async approach(access: Access): Promise<Verdict | null> {
    const where = await locate(this, () => this.#find());
    if (typeof where !== 'string') return where;
    this.path = where;
    this.#stage = 'opening';
    if (!await this.#takeTurn(where.toLowerCase())) return stillInDriver;

    const opening = await this.#open(where, access);
    if (opening.disk === undefined) return statusVerdict(opening.status, opening.win32, 'open', kindByPath(where));
    const handle = this.#handle = new Handle(opening.disk);
    const identity = this.identity = await readIdentity(handle, this.deadline);
    this.#stage = 'asking';
    for (const remark of identity.remarks) this.step(remark);
    const own = columnsOf(identity);
    this.step(`the device says number ${identity.deviceNumber ?? 'none'}, serial number `
      + `${own.SerialNumber ?? 'none'}, UniqueId ${own.UniqueId ?? 'none'}, bus ${own.BusType ?? 'unknown'}`);
    const gone = describeStatus(identity.numberStatus, null, 'open');
    if (gone.outcome === 'NotFound') return statusVerdict(identity.numberStatus, null, 'open', kindByPath(where));
    // What the device itself says comes first: its neighbours are not asked where it is another one.
    const other = identityDifference(this.claim, identity) ?? this.#notAsShown(identity);
    if (other !== null) return changedVerdict(other, identity, where, this.command);
    const { claim, context, deadline } = this;
    // A third, as for a search.
    this.surroundings = await deadline.race(context.finder.surroundings(claim, identity, this.#timeoutMs / 3));
    const { sameUnit } = this.surroundings;
    if (sameUnit.length > 0) {
      this.step(`the same LUN is there as ${sameUnit.map(({ path }) => nameOfPath(path)).join(', ')}, too`);
    }
    const shared = identityDifference(claim, identity, this.surroundings);
    if (shared !== null) return changedVerdict(shared, identity, where, this.command);
    this.identifiedBy = identifiedBy(claim, identity);
    return null;
  }

  /** What the device says of itself, for the request that follows a question about it. */
  get shown(): string | null {
    return this.identity === null ? null : shownAs(this.identity);
  }

  #notAsShown(identity: Identity): Difference | null {
    const { shown } = this.claim;
    if (shown === null || shown === shownAs(identity)) return null;
    return { sentence: 'The device is not the disk that the question showed', next: 'ask' };
  }

  /**
   * To be called before anything but identity is asked; a verdict when the device is taken for who knows how long.
   */
  async takeDevice(): Promise<Verdict | null> {
    // The same device may have been named by another of its names, too.
    const key = deviceKey(this.identity!);
    return key !== null && !await this.#takeTurn(key) ? stillInDriver : null;
  }

  /**
   * Sends a request that the verb is about, once. What the driver says after the deadline is reported as late.
   */
  async send({ code, codeName, inDoubt, input = null, handle = this.handle }: VerbRequest): Promise<Completion> {
    this.step(`sending ${codeName} (${hex32(code)})`);
    this.#stage = 'sent';
    this.#inDoubt = inDoubt;
    const request = handle.control(code, input, 0);
    try {
      this.completion = await this.deadline.race(request);
    } catch (error) {
      // What was kept from the device is taken back.
      if (error instanceof DeadlinePassed && handle.held === null) {
        const late = (what: string) => this.#report.late(`${this.name}: the driver ${what} after `
          + `${Math.round(this.deadline.elapsed())} ms, past the deadline.`);
        request.then(
          ({ status }) => late(`completed the request with ${describeStatus(status, null, 'release').name}`),
          (failure: unknown) => late(`failed the request (${messageOf(failure)})`),
        );
      }
      throw error;
    }
    const { status, information } = this.completion;
    this.step(`NTSTATUS ${hex32(status)}, information ${information}`);
    return this.completion;
  }

  /** What is known of the device, for the first columns of a result. */
  columns(): DeviceColumns {
    const { claim, identity } = this;
    // Once it is known to be the one that was meant, the device's own words. Before that, and where it is another
    // one, the row is about the disk that was named.
    const own = this.identifiedBy === null ? null : columnsOf(identity!);
    const said = {
      FriendlyName: claim.friendlyName, SerialNumber: shownText(claim.serialNumber),
      UniqueId: shownText(claim.uniqueId), BusType: null,
    };
    return {
      Number: claim.number ?? (own === null ? null : diskNumber(identity!)),
      DevicePath: this.path ?? (claim.path === null ? null : cleanText(claim.path)),
      ...own ?? said,
      IdentifiedBy: this.identifiedBy,
    };
  }

  /** Ends the turns and the handle, now or when nothing is pending on the device any more. */
  async #leave(): Promise<void> {
    const owed = this.#opening ?? this.#handle?.pending ?? null;
    if (owed !== null) for (const turn of this.#turns) turn.endAfter(owed);
    await this.#handle?.leave(this.deadline, (text) => this.step(text));
    if (owed === null) for (const turn of this.#turns) turn.end();
  }

  /** One look at the bus for what the claim says. */
  async #find(): Promise<Found> {
    this.step('looking for it among the disks of this computer');
    // A third: a disk that hangs may cost two readings, and the one that is meant still needs time for its
    // request.
    const found = await this.deadline.race(this.context.finder.find(this.claim, this.#timeoutMs / 3));
    // One that is found alone is in no doubt.
    if (found.devices.length !== 1) this.unheard = found.silent;
    return found;
  }

  /** Whether it is this request's turn on the device; false when an earlier request may never let go of it. */
  async #takeTurn(key: string): Promise<boolean> {
    const stage = this.#stage;
    const turn = await this.context.turns.take(key, this.deadline, () => {
      this.#stage = 'waiting';
      this.step('waiting for another request of this process on the same device');
    });
    this.#stage = stage;
    if (turn !== null) this.#turns.push(turn);
    return turn !== null;
  }

  async #open(path: string, access: Access): Promise<Opening> {
    this.step(`opening ${path} for ${accessNames[access]}`);
    const opening = this.#opening = this.context.bus.open(path, access);
    const done = () => { this.#opening = null; };
    opening.then(done, done);
    return this.deadline.race(opening, ({ disk }) => {
      // Nobody is left to hear of it.
      if (disk !== undefined) void new Handle(disk).leave(this.deadline, () => {});
    });
  }

  #timedOut(): Verdict {
    const seconds = this.#timeoutMs / 1000;
    const held = this.#handle?.held ?? null;
    if (held !== null) {
      return {
        outcome: 'InUse', nextStep: held.nextStep,
        message: `${held.message}. Nothing was sent within ${seconds} s.`,
      };
    }
    return lateVerdict(this.#stage, seconds, { ...this.doing, inDoubt: this.#inDoubt });
  }
}

const accessNames: Readonly<Record<Access, string>> = {
  query: 'no access', read: 'GENERIC_READ', readwrite: 'GENERIC_READ and GENERIC_WRITE',
};
