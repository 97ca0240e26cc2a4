// What every verb does with a disk: find the device that is meant, take its turn, open it, make sure that it is
// the one, and come away with exactly one verdict, whatever breaks.

import type { Access, Bus, Completion, DiskRoles, Opening } from '../bus/bus.ts';
import { cleanText } from '../bus/sdk/text.ts';
import type { Clock } from '../clock.ts';
import type { DeviceKind } from '../status/devices.ts';
import type { Outcome } from '../status/outcomes.ts';
import { type Stage, describeStatus, hex32 } from '../status/status.ts';
import { Deadline, DeadlinePassed } from './deadline.ts';
import { kindByPath } from './device-kind.ts';
import type { Finder, Found, Surroundings } from './find.ts';
import { Handle } from './handle.ts';
import { type Difference, type Identity, canBeLookedFor, columnsOf, deviceKey, diskNumber, identifiedBy,
  identityDifference, isSameUnit, readIdentity, shownAs } from './identity.ts';
import { messageOf } from './message-of.ts';
import { nameOfPath } from './neighbours.ts';
import { isMadeUp } from './no-statement.ts';
import type { Answer, DeviceColumns } from './result.ts';
import {
  type Claim, displayPath, isDevicePath, nameOf, numberInPath, physicalDrive, quotedPath, shownText, tidyClaim,
} from './target.ts';
import type { Turn, Turns } from './turns.ts';

/** What one worker, or one run of the command line, shares among its requests. */
export interface ReleaseContext {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly finder: Finder;
  readonly roles: () => Promise<DiskRoles>;
  readonly turns: Turns;
  /**
   * Devices, by `type:number`, that this process reserved and has not released since. A reset may have freed them.
   */
  readonly reserved: Set<string>;
}

export interface Report {
  /** One step with its numbers, for the verbose stream. */
  step(text: string): void;
  /** What became of a request whose deadline had passed. */
  late(text: string): void;
}


export interface Verdict {
  readonly outcome: Outcome;
  readonly message: string;
  readonly nextStep: string;
  readonly category?: Answer['category'];
  readonly status?: number | null;
  readonly statusName?: string | null;
  readonly win32?: number | null;
}

/** What became of a disk, and what was learned of it on the way. */
export interface Ending {
  readonly verdict: Verdict;
  readonly startedAt: Date;
  /** Milliseconds from the first step to the verdict. */
  readonly ms: number;
}

const stillInDriver: Verdict = {
  outcome: 'InUse', message: 'An earlier request of this process is still in its driver. Nothing was sent.',
  nextStep: 'Wait: the class driver gives up after about five minutes.',
};

/** One try at one disk. What is known is filled in step by step, and stays readable after the end. */
export class Attempt {
  readonly claim: Claim;
  readonly name: string;
  readonly context: ReleaseContext;
  readonly deadline: Deadline;
  path: string | null = null;
  identity: Identity | null = null;
  /** Statements that the opened device bears out; null before that, and where one differs. */
  identifiedBy: string | null = null;
  completion: Completion | null = null;
  /**
   * What to say when the time is up now, the device having said what it is: what could not be told, and what was
   * sent.
   */
  doing = { what: 'Whether it is a boot, system or multipath disk could not be told', sent: 'Nothing was sent.' };
  /** What is unknown of a device that has not answered the verb's request. */
  inDoubt = 'whether the device releases anything';
  /** The cmdlet that is at work, for lines that a next step tells to type. */
  command = 'Invoke-StorageRelease';
  /** Whether it may change the device, and the path matters. */
  changes = true;
  /** What the rest of the bus tells of the opened device. */
  surroundings: Surroundings = { sameUnit: [], alike: [], rivals: [], complete: true };
  /** Devices that did not say what they are while this one was looked for by its identity. */
  unheard = 0;
  /** Whether the request that the verb is about has been handed to the driver. */
  sent = false;
  readonly #report: Report;
  readonly #timeoutMs: number;
  readonly #startedAt: Date;
  /** Held from before the open until nothing is pending any more. */
  readonly #turns: Turn[] = [];
  /** An open that has not come back. */
  #opening: Promise<Opening> | null = null;
  #handle: Handle | null = null;
  /** Whether it is the turn of another request to the same device. */
  #waiting = false;

  constructor(claim: Claim, timeoutMs: number, context: ReleaseContext, report: Report) {
    this.claim = tidyClaim(claim);
    this.name = nameOf(this.claim);
    this.context = context;
    this.#report = report;
    this.#timeoutMs = timeoutMs;
    this.#startedAt = context.clock.date();
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
        nextStep: this.sent
          ? 'The request had been sent; look at the disk before trying again.'
          : 'Nothing was sent. Try again; if it stays, report it with this message.',
      };
    }
    const ms = Math.round(this.deadline.elapsed() * 1000) / 1000;
    await this.#leave();
    this.step(`${verdict.outcome} after ${ms} ms`);
    return { verdict, startedAt: this.#startedAt, ms };
  }

  /** Null when the device is open and is the one that was named; else why the verb ends here. */
  async approach(access: Access): Promise<Verdict | null> {
    const where = await this.#locate();
    if (typeof where !== 'string') return where;
    this.path = where;
    if (!await this.#takeTurn(where.toLowerCase())) return stillInDriver;

    const opening = await this.#open(where, access);
    if (opening.disk === undefined) return statusVerdict(opening.status, opening.win32, 'open', kindByPath(where));
    const handle = this.#handle = new Handle(opening.disk);
    const identity = this.identity = await readIdentity(handle, this.deadline);
    for (const remark of identity.remarks) this.step(remark);
    const own = columnsOf(identity);
    this.step(`the device says number ${identity.deviceNumber ?? 'none'}, serial number `
      + `${own.SerialNumber ?? 'none'}, UniqueId ${own.UniqueId ?? 'none'}, bus ${own.BusType ?? 'unknown'}`);
    const gone = describeStatus(identity.numberStatus, null, 'open');
    if (gone.outcome === 'NotFound') return statusVerdict(identity.numberStatus, null, 'open', kindByPath(where));
    // What the device itself says comes first: its neighbours are not asked where it is another one.
    const other = identityDifference(this.claim, identity) ?? this.#notAsShown(identity);
    if (other !== null) return this.#changed(other, identity, where);
    const { claim, context, deadline } = this;
    // A third, as for a search.
    this.surroundings = await deadline.race(context.finder.surroundings(claim, identity, this.#timeoutMs / 3));
    const { sameUnit } = this.surroundings;
    if (sameUnit.length > 0) {
      this.step(`the same LUN is there as ${sameUnit.map(({ path }) => nameOfPath(path)).join(', ')}, too`);
    }
    const shared = identityDifference(claim, identity, this.surroundings);
    if (shared !== null) return this.#changed(shared, identity, where);
    this.identifiedBy = identifiedBy(claim, identity);
    return null;
  }

  /** @param path where the device is that is not the one */
  #changed({ sentence, next }: Difference, identity: Identity, path: string): Verdict {
    const number = diskNumber(identity);
    const line = `${this.command} ${number === null ? `-Path ${path}` : `-Number ${number}`}`;
    const list = 'List the disks again (Get-Disk) and pipe the object that is meant.';
    const steps: Readonly<Record<Difference['next'], string>> = {
      list,
      ask: 'Run it again, and look at what it shows.',
      name: `If it is the one that is meant all the same: ${line}.`,
      either: `${list} If it is this one, as it is now: ${line}.`,
    };
    return {
      outcome: 'IdentityChanged', message: `${sentence}. Nothing was sent.`,
      nextStep: steps[next],
    };
  }

  /** What the device says of itself, for the request that follows a question about it. */
  get shown(): string | null {
    return this.identity === null ? null : shownAs(this.identity);
  }

  #notAsShown(identity: Identity): Difference | null {
    const { shown } = this.claim;
    if (shown === null || shown === shownAs(identity)) return null;
    return { sentence: 'The device is not the disk that was shown', next: 'ask' };
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
   * Sends the request that the verb is about, once. What the driver says after the deadline is reported as late.
   */
  async send(
    code: number, codeName: string, input: Uint8Array | null = null, handle: Handle = this.handle,
  ): Promise<Completion> {
    this.step(`sending ${codeName} (${hex32(code)})`);
    this.sent = true;
    const request = handle.control(code, input, 0);
    try {
      this.completion = await this.deadline.race(request);
    } catch (error) {
      // What was kept from the device is taken back.
      if (error instanceof DeadlinePassed && handle.held === null) {
        const late = (what: string) => this.#report.late(`${this.name}: the driver ${what} after `
          + `${Math.round(this.deadline.elapsed())} ms; that was after the deadline.`);
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

  /** Whether it is this request's turn on the device; false when an earlier request may never let go of it. */
  async #takeTurn(key: string): Promise<boolean> {
    const turn = await this.context.turns.take(key, this.deadline, () => {
      this.#waiting = true;
      this.step('waiting for another request of this process on the same device');
    });
    this.#waiting = false;
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

  /** The path to open, in the spelling that results show, or why there is none. */
  async #locate(): Promise<string | Verdict> {
    const { claim, context } = this;
    if (claim.number !== null) return physicalDrive(claim.number);
    if (claim.path !== null) {
      if (isDevicePath(claim.path)) return displayPath(claim.path);
      return {
        outcome: 'Refused', category: 'InvalidArgument',
        message: `${quotedPath(claim.path)} is no path of a disk, tape or changer.`,
        nextStep: String.raw`Name a device: \\.\PhysicalDrive3, \\.\Tape0, \\.\Changer0, \\.\CdRom0 or a device-interface path.`,
      };
    }
    if (!canBeLookedFor(claim)) return this.#nothingToLookFor();
    this.step('looking for it among the disks of this computer');
    // A third: a disk that hangs may cost two readings, and the one that is meant still needs time for its
    // request.
    const { devices, near, silent } = await this.deadline.race(context.finder.find(claim, this.#timeoutMs / 3));
    if (devices.length === 1) return displayPath(devices[0]!.path);
    this.unheard = silent;
    if (devices.length > 0) return this.#several(devices);
    const [other] = near;
    if (other !== undefined) {
      const { sentence, next } = identityDifference(claim, other.identity)!;
      return this.#changed({ sentence: `${sentence} (${nameOfPath(other.path)})`, next }, other.identity, displayPath(other.path));
    }
    return {
      outcome: 'NotFound',
      message: `No disk of this computer ${silent > 0 ? `that says what it is (${silent} did not) ` : ''}is `
        + `${this.name}. Nothing was sent.`,
      nextStep: 'Check that it is presented to this host (Get-Disk; rescan with Update-HostStorageCache).',
    };
  }

  #nothingToLookFor(): Verdict {
    const { uniqueId, serialNumber } = this.claim;
    const nextStep = 'Give a disk number, a device path, a UniqueId or a serial number.';
    const refused = (message: string, next = nextStep): Verdict =>
      ({ outcome: 'Refused', category: 'InvalidArgument', message, nextStep: next });
    if (uniqueId === null && serialNumber === null) return refused('Nothing says which disk is meant.');
    const by = `Name the disk by its number, as Get-Disk shows it: ${this.command} -Number 3.`;
    const text = uniqueId === null ? `Serial number ${shownText(serialNumber)}` : `UniqueId ${shownText(uniqueId)}`;
    return refused(uniqueId !== null && isMadeUp(uniqueId)
      ? `${text} is made up by Windows: no device states it, so none can be found by it. Nothing was sent.`
      : `${text} is no device's own: it stands where there is none. Nothing was sent.`, by);
  }

  /** Several devices are what the claim says: one LUN over several paths, or several LUNs. */
  #several(devices: Found['devices']): Verdict | string {
    const [first, ...more] = devices;
    const names = devices.map(({ path }) => nameOfPath(path)).join(', ');
    const number = numberInPath(first!.path);
    const line = `${this.command} ${number === null ? `-Path ${first!.path}` : `-Number ${number}`}`;
    const isOne = more.every(({ identity }) => isSameUnit(first!.identity, identity));
    // Whoever only looks may look over any path.
    if (isOne && !this.changes) return displayPath(first!.path);
    return {
      outcome: 'Refused', category: 'InvalidArgument',
      message: isOne ? `${capital(this.name)} is one LUN over several paths here: ${names}. Nothing was sent.`
        : `More than one device is ${this.name}: ${names}. Nothing was sent.`,
      nextStep: isOne ? `Name the path that is meant by its number: ${line} -Allow Multipath.`
        : `Name the one that is meant by its number: ${line}.`,
    };
  }

  #timedOut(): Verdict {
    const seconds = this.#timeoutMs / 1000;
    const held = this.#handle?.held ?? null;
    if (held !== null) {
      return {
        outcome: 'InUse', message: `${held.message}. Nothing was sent within ${seconds} s.`, nextStep: held.nextStep,
      };
    }
    if (this.#waiting) {
      return {
        outcome: 'TimedOut',
        message: `Other requests of this process to the same device took all of ${seconds} s. Nothing was sent.`,
        nextStep: 'Name each disk once; or give it longer with -TimeoutSec.',
      };
    }
    return this.sent
      ? {
        outcome: 'TimedOut',
        message: `No answer within ${seconds} s. The request is still in the driver; ${this.inDoubt} is unknown.`,
        nextStep: 'Wait: the class driver gives up after about five minutes. Then look at the disk before trying again.',
      }
      : {
        outcome: 'TimedOut',
        message: this.identity === null
          ? `It did not ${this.path === null ? 'turn up' : 'open or say what it is'} within ${seconds} s. `
            + 'Nothing was sent.'
          : `${this.doing.what} within ${seconds} s. ${this.doing.sent}`,
        nextStep: 'Check the path to the device (cables, zoning, target); or give it longer with -TimeoutSec.',
      };
  }
}

const accessNames: Readonly<Record<Access, string>> = {
  query: 'no access', read: 'GENERIC_READ', readwrite: 'GENERIC_READ and GENERIC_WRITE',
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What a status comes to. */
export function statusVerdict(
  status: number | null, win32: number | null, stage: Stage, kind: DeviceKind = 'Disk',
): Verdict {
  const row = describeStatus(status, win32, stage, kind);
  return {
    outcome: row.outcome, category: row.category, status: row.status, statusName: row.name, win32: row.win32,
    message: row.meaning, nextStep: row.nextStep,
  };
}
