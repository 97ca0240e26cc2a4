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
  /** What is unknown about a device that has not answered the request. */
  readonly inDoubt: string;
  readonly input?: Uint8Array | null;
  /** Default: the handle of the device. */
  readonly handle?: Handle;
}

/** One attempt at one disk. The fields are filled in step by step, and stay readable after the end. */
export class Attempt {
  readonly claim: Claim;
  readonly name: string;
  readonly context: DiskContext;
  readonly deadline: Deadline;
  readonly startedAt: Date;
  path: string | null = null;
  identity: Identity | null = null;
  /** The statements of the claim that the opened device matches; null before it is opened, and where one differs. */
  identifiedBy: string | null = null;
  completion: Completion | null = null;
  /**
   * The sentences for a deadline that passes now, after the identity was verified: what could not be determined, and
   * what had been sent.
   */
  doing = { what: 'Whether it is a boot, system or multipath disk could not be determined', sent: 'Nothing was sent.' };
  /** The name of the cmdlet that runs, for next steps. */
  command = 'Invoke-StorageRelease';
  /** See `Seeker` in locate.ts. */
  needs = '';
  /** Whether the verb may change the device. Then it matters over which path. */
  changes = true;
  /** How the opened device relates to the other devices of the bus. */
  surroundings: Surroundings = { sameUnit: [], alike: [], rivals: [], complete: true };
  /** Number of devices whose identity could not be read while this device was searched for by identity. */
  unheard = 0;
  readonly #report: Report;
  readonly #timeoutMs: number;
  /** The locks on the device, held from before the open until no request is pending any more. */
  readonly #turns: Turn[] = [];
  /** An open that has not returned. */
  #opening: Promise<Opening> | null = null;
  #handle: Handle | null = null;
  #stage: LateStage = 'looking';
  /** What is unknown about a device that has not answered the verb's request. */
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

  /** The opened device; only after `approach` has resolved with null. */
  get handle(): Handle {
    if (this.#handle === null) throw new Error('The device has not been opened.');
    return this.#handle;
  }

  step(text: string): void {
    this.#report.step(`${this.name}: ${text}`);
  }

  /** Runs the verb's own part, and ends the attempt even if that part throws. Never rejects. */
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

  /** Resolves with null when the device is open and is the one that was named, else with the verdict that ends the verb. */
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
    // The device's own answers are checked first: where it is a wrong one, the other devices need not be asked.
    const other = identityDifference(this.claim, identity) ?? this.#notAsShown(identity);
    if (other !== null) return changedVerdict(other, identity, where, this);
    const { claim, context, deadline } = this;
    // A third of the time, as for a search.
    this.surroundings = await deadline.race(context.finder.surroundings(claim, identity, this.#timeoutMs / 3));
    const { sameUnit } = this.surroundings;
    if (sameUnit.length > 0) {
      this.step(`the same LUN is there as ${sameUnit.map(({ path }) => nameOfPath(path)).join(', ')}, too`);
    }
    const shared = identityDifference(claim, identity, this.surroundings);
    if (shared !== null) return changedVerdict(shared, identity, where, this);
    this.identifiedBy = identifiedBy(claim, identity);
    this.#report.met?.(this.columns(), this.startedAt);
    return null;
  }

  /** A digest of the identity, for the request that follows a confirmation: it must be about the same device. */
  get shown(): string | null {
    return this.identity === null ? null : shownAs(this.identity);
  }

  #notAsShown(identity: Identity): Difference | null {
    const { shown } = this.claim;
    if (shown === null || shown === shownAs(identity)) return null;
    return { sentence: 'The device is not the disk that the question showed', next: 'ask' };
  }

  /**
   * Takes the device's lock by its own name. To be called before any request except those for the identity. Resolves
   * with a verdict when an earlier request may never let go of the device.
   */
  async takeDevice(): Promise<Verdict | null> {
    // The same device may have been named by another of its names, too.
    const key = deviceKey(this.identity!);
    return key !== null && !await this.#takeTurn(key) ? stillInDriver : null;
  }

  /**
   * Sends the verb's own request, once. An answer after the deadline goes to `late` of the report.
   */
  async send({ code, codeName, inDoubt, input = null, handle = this.handle }: VerbRequest): Promise<Completion> {
    this.step(`sending ${codeName} (${hex32(code)})`);
    this.#stage = 'sent';
    this.#inDoubt = inDoubt;
    const request = handle.control(code, input, 0);
    try {
      this.completion = await this.deadline.race(request);
    } catch (error) {
      // A request that is still held back from the device is withdrawn, so that it has no late answer.
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

  /** The first columns of a result: what is known about the device. */
  columns(): DeviceColumns {
    const { claim, identity } = this;
    // Once the device is verified, its own texts. Before that, and where it is another device, those of the claim:
    // the row is about the disk that was named.
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

  /** Gives up locks and handle, now or when no request is pending on the device any more. */
  async #leave(): Promise<void> {
    const owed = this.#opening ?? this.#handle?.pending ?? null;
    if (owed !== null) for (const turn of this.#turns) turn.endAfter(owed);
    await this.#handle?.leave(this.deadline, (text) => this.step(text));
    if (owed === null) for (const turn of this.#turns) turn.end();
  }

  /** Searches the bus for the claim. */
  async #find(): Promise<Found> {
    this.step('looking for it among the disks of this computer');
    // A third of the time: where a disk hangs, the search may take two readings, and after it the request still
    // needs time.
    const found = await this.deadline.race(this.context.finder.find(this.claim, this.#timeoutMs / 3));
    // Where one device was found, the result does not depend on those that did not answer.
    if (found.devices.length !== 1) this.unheard = found.silent;
    return found;
  }

  /** Waits for this request's turn on the device; resolves with false when an earlier request may never let go of it. */
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
      // The attempt has ended, so there is no report for remarks of this close.
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
