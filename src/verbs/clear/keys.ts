// The methods Clear and Preempt, and taking an own key back, by PERSISTENT RESERVE OUT as Windows lets it be sent.
// The outcome of a command is what a reading after it says, never its status: the class driver sends CLEAR and
// PREEMPT again, so that the repetition conflicts; some refusals arrive as success, and some commands
// that were reported as failed were done (test/unit/pr-target-table.tsv).
// - The own key is registered with REGISTER and the old key 0, never with REGISTER AND IGNORE EXISTING KEY: where
//   this host already has a key (of a cluster, of MPIO), REGISTER conflicts and does not overwrite that key.
// - REGISTER has APTPL as the device has it now: APTPL of the last REGISTER applies to the registrations of all hosts.

import { IOCTL_STORAGE_PERSISTENT_RESERVE_OUT } from '../../bus/sdk/control-codes.ts';
import { encodePersistentReserveOut } from '../../bus/sdk/persistent-reserve.ts';
import type { Attempt } from '../../disk/attempt.ts';
import { DeadlinePassed } from '../../disk/deadline.ts';
import type { Verdict } from '../../disk/verdict.ts';
import { readDetails } from '../../reservation/details.ts';
import type { ProbeReading } from '../../reservation/probe.ts';
import {
  CLEAR, LU_SCOPE, PREEMPT, PREEMPT_AND_ABORT, REGISTER, type Reservation, type TypeRow, encodePrOut, keyText, prOutActionRows,
  typeRows,
} from '../../scsi/persistent-reservations.ts';
import { nameOf, rowOf } from '../../scsi/row.ts';
import { type Outcome, outcomeRow } from '../../status/outcomes.ts';
import { describeStatus, hex32 } from '../../status/status.ts';
import { type Course, type Ended, isKnown, isSuccess, readSettled, survivedBefore } from './course.ts';
import { newOwnKey, ownKeysAmong } from './own-key.ts';

/** The type in a PREEMPT where nobody holds a reservation: the device ignores it, but Windows sends no PREEMPT without. */
const anyType = 1;

export const typeText = ({ type }: Reservation): string => rowOf<TypeRow>(typeRows, type)?.name ?? `type ${type}`;

/** Outcomes that a status keeps for these commands; any other one becomes Failed. */
const kept: ReadonlySet<Outcome> = new Set(['Conflict', 'NotSupported', 'NotFound', 'NotReady', 'AccessDenied', 'InUse']);

export interface KeysTask {
  readonly attempt: Attempt;
  readonly course: Course;
  /** The device as an argument of a command in a next step. */
  readonly argument: string;
}

/** Whether the result is still wanted: checked before each command that changes something, except one that undoes another. */
type IsWanted = () => boolean;

export interface ClearTask extends KeysTask {
  /** The key to remove; null: all keys. */
  readonly victim: bigint | null;
  readonly abort: boolean;
  readonly isWanted: IsWanted;
  /** Writes the key down before it is sent. Resolves with a verdict where nothing may be sent. */
  readonly announce: (key: bigint) => Promise<Verdict | null>;
  readonly random?: ((length: number) => Uint8Array) | undefined;
}

/** Clear, or Preempt where there is a victim. `course.before` has been read, and the decision has allowed the method. */
export async function freeOfKeys(task: ClearTask): Promise<Verdict> {
  const { attempt, course, random, announce } = task;
  const key = newOwnKey(course.before!.keys, random);
  // Reported before REGISTER is sent: if the key is left behind, the user knows it.
  attempt.step(`own key ${keyText(key)}: registered now, and taken back at the end`);
  const no = await announce(key);
  if (no !== null) return no;
  course.ownKey = key;
  course.ownKeyLeft = null;
  const sequence = new Sequence(task, key);
  try {
    return await sequence.free(task);
  } catch (error) {
    // The first error stays the answer, whether the key can be taken back or not. After the deadline nothing is sent.
    if (!(error instanceof DeadlinePassed)) await sequence.takeBack().catch(() => {});
    throw error;
  }
}

/** Takes back a key that an earlier run left behind; `course.before` has that key. */
export async function takeOwnKeyBack(task: KeysTask, key: bigint): Promise<Verdict> {
  const { course } = task;
  course.ownKey = key;
  course.ownKeyLeft = true;
  return new Sequence(task, key).giveUp();
}

class Sequence {
  readonly #attempt: Attempt;
  readonly #course: Course;
  readonly #before: ProbeReading;
  readonly #argument: string;
  readonly #key: bigint;
  readonly #aptpl: boolean;
  /** The last command that the result is about; not the one that takes the own key back after it. */
  #said = { name: '', status: 0 };

  constructor({ attempt, course, argument }: KeysTask, key: bigint) {
    this.#attempt = attempt;
    this.#course = course;
    this.#before = course.before!;
    this.#argument = argument;
    this.#key = key;
    this.#aptpl = survivedBefore(course) === true;
  }

  async free({ victim, abort, isWanted }: ClearTask): Promise<Verdict> {
    const registered = await this.#register(0n, this.#key);
    this.#said = { name: 'REGISTER', status: registered };
    const middle = await this.#read();
    if (!isKnown(middle)) {
      await this.takeBack();
      return this.#verdict(this.#byStatus('The keys could not be read after REGISTER, so nothing more was begun.'));
    }
    if (!middle.keys.includes(this.#key)) return this.#verdict(this.#notRegistered(middle));
    const action = victim === null ? CLEAR : abort ? PREEMPT_AND_ABORT : PREEMPT;
    const name = nameOf(prOutActionRows, action)!;
    if (this.#isChanged(middle)) {
      await this.takeBack();
      return this.#verdict(this.#changed(`${name} was not sent.`));
    }
    if (!isWanted()) {
      await this.takeBack();
      return this.#verdict(this.#stopped(name));
    }

    const { type = anyType, scope = LU_SCOPE } = victim === null ? {} : this.#before.reservation ?? {};
    const status = await this.#out(action, { reservationKey: this.#key, serviceActionKey: victim ?? 0n, type, scope });
    this.#said = { name, status };
    const next = await this.#read();
    const end = isKnown(next) && !next.keys.includes(this.#key) ? next : await this.takeBack();
    return this.#verdict(victim === null ? this.#cleared(middle, next, end) : this.#preempted(victim, middle, next, end));
  }

  async giveUp(): Promise<Verdict> {
    const key = keyText(this.#key);
    const status = await this.#register(this.#key, 0n);
    this.#said = { name: 'REGISTER', status };
    const end = await this.#read();
    if (!isKnown(end)) {
      return this.#verdict(isSuccess(status) ? this.#unproved(`The device accepted that ${key} is taken back. Keys could not be `
        + 'read afterwards.') : this.#byStatus('Keys could not be read afterwards.'));
    }
    if (!end.keys.includes(this.#key)) {
      this.#course.removed = this.#registrations(this.#key);
      return this.#verdict({ outcome: 'Accepted', message: `${key} was taken back.${this.#note('REGISTER')}`, nextStep: '' });
    }
    const all = this.#registrations(this.#key);
    const left = end.keys.filter((each) => each === this.#key).length;
    if (left < all.length) {
      this.#course.removed = all.slice(left);
      return this.#verdict({ outcome: 'StillHeld', nextStep: this.#tellsOwners
        ? `See who registered what is left, and take it back there: ${this.#look}` : 'Run the same command on the other hosts that have the device.',
        message: `${all.length - left} of ${all.length} registrations of ${key} ${all.length - left === 1 ? 'was' : 'were'} taken back. `
          + `${left === 1 ? 'The one that is left was' : 'Those that are left were'} registered by another host, or over another path of `
          + `this one.${this.#note('REGISTER')}` });
    }
    const still = `${key} is still registered${end.settled && end.generation === this.#before.generation ? ', and nothing changed' : ''}.`;
    return this.#verdict(isSuccess(status) ? this.#refusedSilently() : this.#byStatus(still, 'It was registered by another host, or over '
      + `another path of this one${this.#tellsOwners ? `: ${this.#look}` : `, and the device does not report which: run the same `
        + 'command on each other host that has the device, with the number of the disk there.'}`));
  }

  /** The registrations of a key in the first reading. */
  #registrations(key: bigint): readonly bigint[] {
    return this.#before.keys.filter((each) => each === key);
  }

  /** Unregisters the own key, and reads the keys afterwards. */
  async takeBack(): Promise<ProbeReading> {
    await this.#register(this.#key, 0n);
    const reading = await this.#read();
    const { ownKeyLeft } = this.#course;
    this.#course.undone = ownKeyLeft === null ? null : !ownKeyLeft;
    return reading;
  }

  // ---- commands and readings

  #register(oldKey: bigint, newKey: bigint): Promise<number> {
    return this.#out(REGISTER, { reservationKey: oldKey, serviceActionKey: newKey, type: 0, scope: LU_SCOPE });
  }

  async #out(
    serviceAction: number,
    { reservationKey, serviceActionKey, type, scope }: Record<'reservationKey' | 'serviceActionKey', bigint>
      & Record<'type' | 'scope', number>,
  ): Promise<number> {
    const aptpl = serviceAction === REGISTER && this.#aptpl;
    const parameterList = encodePrOut({ reservationKey, serviceActionKey, aptpl });
    const input = encodePersistentReserveOut({ serviceAction, type, scope, parameterList });
    const action = nameOf(prOutActionRows, serviceAction);
    // From here on the last reading is out of date, even if the command fails.
    this.#course.ownKeyLeft = null;
    this.#course.after = null;
    const { status } = await this.#attempt.send({
      code: IOCTL_STORAGE_PERSISTENT_RESERVE_OUT, codeName: `PERSISTENT RESERVE OUT, ${action}`, input,
      inDoubt: serviceAction === REGISTER ? `whether ${keyText(this.#key)}, a key of this command, is registered`
        : 'which keys are registered now',
    });
    return status;
  }

  async #read(): Promise<ProbeReading> {
    const course = this.#course;
    const reading = course.after = await readSettled(this.#attempt);
    course.ownKeyLeft = isKnown(reading) ? reading.keys.includes(this.#key) : null;
    return reading;
  }

  /** Whether another host changed anything since the first reading. PRgeneration counts our own REGISTER once per path. */
  #isChanged(middle: ProbeReading): boolean {
    const before = this.#before;
    const ours = middle.keys.filter((key) => key === this.#key).length;
    const moved = (middle.generation! - before.generation!) >>> 0;
    return moved > ours || !middle.settled || !sameKeys(before.keys, middle.keys.filter((key) => key !== this.#key))
      || !sameReservation(before.reservation, middle.reservation);
  }

  // ---- outcomes

  #cleared(middle: ProbeReading, next: ProbeReading, end: ProbeReading): Ended {
    if (!isKnown(end)) return this.#unread();
    const { keys, reservation } = this.#before;
    if (end.keys.length === 0 && end.reservation === null) {
      if (!end.settled || end.generation === middle.generation) {
        return this.#unproved('No key is left, and PRgeneration does not confirm that CLEAR was done.');
      }
      this.#succeeded(keys);
      const held = reservation === null ? '' : ` and the reservation (${typeText(reservation)})`;
      return { outcome: 'Cleared', nextStep: '',
        message: `${count(keys.length, 'registration')}${held} ${keys.length === 1 && held === '' ? 'is' : 'are'} gone, as was `
          + `read afterwards. Hosts that still run may register again.${this.#note('CLEAR')}` };
    }
    return this.#notDone(middle, next, 'Keys are registered again: a host that still runs took the device back.');
  }

  #preempted(victim: bigint, middle: ProbeReading, next: ProbeReading, end: ProbeReading): Ended {
    if (!isKnown(end)) return this.#unread();
    const gone = (reading: ProbeReading) => isKnown(reading) && !reading.keys.includes(victim);
    if (!gone(end)) {
      return this.#notDone(middle, next, gone(next)
        ? `${keyText(victim)} was removed, and is registered again: its host still runs.` : `${keyText(victim)} is registered all the same.`);
    }
    const held = end.reservation;
    const others = end.keys.filter((key) => key !== this.#key).length;
    if (this.#course.ownKeyLeft === false && held === null && end.settled && end.generation !== middle.generation) {
      this.#succeeded(this.#registrations(victim));
      const named = this.#registrations(victim).length;
      return { outcome: 'Preempted', nextStep: '',
        message: `${keyText(victim)} is gone (${count(named, 'registration')}), and nobody holds a persistent reservation on the device. `
          + `${others === 0 ? 'No key is left.' : `${count(others, 'key')} of others ${others === 1 ? 'is' : 'are'} left.`}${this.#note('PREEMPT')}` };
    }
    this.#succeeded(this.#registrations(victim));
    if (this.#course.ownKeyLeft === true) {
      this.#course.undone = false;
      return { outcome: 'StillHeld', nextStep: '',
        message: `${keyText(victim)} is gone. The key of this command could not be taken back${held === null ? '' : ', and holds the device now'}.` };
    }
    return held === null ? this.#unproved(`${keyText(victim)} is gone, and PRgeneration does not confirm that PREEMPT was done.`)
      : { outcome: 'StillHeld', nextStep: `See who holds it now: ${this.#look}`,
        message: `${keyText(victim)} is gone, and the device is held again (${typeText(held)}, key ${keyText(held.key)}).` };
  }

  #succeeded(removed: readonly bigint[]): void {
    this.#course.removed = removed;
    this.#course.undone = null;
  }

  /** Keys that should be gone are still registered. */
  #notDone(middle: ProbeReading, next: ProbeReading, again: string): Ended {
    const { name, status } = this.#said;
    if (isSuccess(status)) {
      const gone = isKnown(next) ? this.#before.keys.filter((key) => !next.keys.includes(key)) : [];
      if (gone.length > 0) this.#course.removed = gone;
      // A command that the device refused leaves PRgeneration as it is, even if the class driver reported success.
      return isKnown(next) && next.generation === middle.generation ? this.#refusedSilently()
        : { outcome: 'StillHeld', message: `The device accepted ${name}. ${again}`,
          nextStep: `See who they are: ${this.#look}` };
    }
    return isKnown(next) && !next.keys.includes(this.#key)
      ? this.#changed(`${this.#answered} The key of this command was gone already.`)
      : this.#byStatus(this.#course.ownKeyLeft === false ? 'Keys and reservation are as they were.'
        : 'Keys of others and the reservation are as they were.');
  }

  #refusedSilently(): Ended {
    return { outcome: 'StillHeld', nextStep: `See how it is reserved: ${this.#look} The array can clear it.`,
      message: `${this.#said.name} was answered with success, and was not done: the class driver takes some refusals of a device `
        + 'for success.' };
  }

  #notRegistered(middle: ProbeReading): Ended {
    const { status } = this.#said;
    if (this.#isChanged(middle)) return this.#changed('The key of this command is not registered.');
    if (isSuccess(status)) return { ...this.#refusedSilently(), outcome: 'Failed' };
    if (describeStatus(status, null, 'release').outcome !== 'Conflict') return this.#byStatus('Nothing was registered, and nothing changed.');
    const own = ownKeysAmong(this.#before.keys).map((key) => `If this host left ${keyText(key)} behind: Clear-StorageReservation ${this.#argument} `
      + `-Method Release -OwnKey ${keyText(key)} takes it back. `).join('');
    return { outcome: 'Conflict', nextStep: this.#tellsOwners ? `See whose it is: ${this.#look} A cluster and MPIO register keys of this host. `
      + 'One that this command left behind begins with 0x5352, and -Method Release -OwnKey takes it back.'
      : `${own}The device does not report whose its keys are: let the software of this host that registered one take it back (a cluster, MPIO), `
        + 'or run the same command on another host that has the device.',
    message: 'This host is registered with the device already, over this path. Its key was not touched, and nothing was sent after '
      + 'REGISTER.' };
  }

  #changed(what: string): Ended {
    return { outcome: 'Changed', nextStep: `Look at the keys, and run the command again if you still want it: ${this.#look}`,
      message: `Another host changed the keys or the reservation meanwhile. ${what}` };
  }

  /** Not `Refused`: that would say that nothing was sent. */
  #stopped(name: string): Ended {
    return { outcome: 'Failed', nextStep: 'Run the command again for this disk.',
      message: `The pipeline was stopped before ${name} was sent. ${this.#course.ownKeyLeft === false
        ? 'REGISTER was sent before, and undone.' : 'REGISTER was sent before, and is not known to be undone.'}` };
  }

  #unread(): Ended {
    return isSuccess(this.#said.status)
      ? this.#unproved(`The device accepted ${this.#said.name}. Its keys could not be read afterwards.`)
      : this.#byStatus('Keys could not be read afterwards.');
  }

  #unproved(what: string): Ended {
    return { outcome: 'Accepted', message: `${what} Nothing is proved.`, nextStep: `Look again: ${this.#look}` };
  }

  /** @param conflict the next step where the outcome is Conflict; null: the usual one */
  #byStatus(what: string, conflict: string | null = null): Ended {
    const { outcome } = describeStatus(this.#said.status, null, 'release');
    const shown = kept.has(outcome) ? outcome : 'Failed';
    const steps: Partial<Record<Outcome, string>> = {
      Conflict: conflict ?? `Its keys may have changed, or another session of this host holds it: ${this.#look}`,
      NotSupported: `The device does not know this request${this.#said.name === nameOf(prOutActionRows, PREEMPT_AND_ABORT)
        ? ' (few know PREEMPT AND ABORT: leave -Abort out)' : ''}, or has no room for another registration; Windows does not say which.`,
      NotReady: 'Wait a minute and try again. While a device is busy, Windows asks for a reset of the bus with each retry.',
    };
    return { outcome: shown, message: `${this.#answered} ${what}`, nextStep: steps[shown] ?? `Look before trying again: ${this.#look}` };
  }

  /** A remark for a command that was done although its status is an error. */
  #note(name: string): string {
    return isSuccess(this.#said.status) ? ''
      : ` ${name} itself was answered with ${statusText(this.#said.status)}: the driver sends it again, or another host did it.`;
  }

  get #answered(): string {
    return `${this.#said.name} was answered with ${statusText(this.#said.status)}.`;
  }

  /** Whether the device answers READ FULL STATUS. */
  get #tellsOwners(): boolean {
    return (this.#course.details?.fullStatus ?? null) !== null;
  }

  get #look(): string {
    return `Get-StorageReservation ${this.#argument}${this.#tellsOwners ? ' -Registrants' : ''}.`;
  }

  async #verdict(ended: Ended): Promise<Verdict> {
    const { win32, name } = describeStatus(this.#said.status, null, 'release');
    await this.#readSurvival(ended.outcome);
    // A script must not see a success while the key of this command is, or may be, still registered.
    const outcome = ended.outcome === 'Accepted' && this.#course.ownKeyLeft !== false ? 'Failed' : ended.outcome;
    return { ...ended, outcome, category: outcomeRow(outcome).category, status: this.#said.status, statusName: name, win32 };
  }

  /** Reads, where keys of others are left, whether they still survive a loss of power. */
  async #readSurvival(outcome: Outcome): Promise<void> {
    const { after } = this.#course;
    if (outcome === 'Cleared' || survivedBefore(this.#course) === false || !isKnown(after)) return;
    try {
      const { capabilities } = await readDetails(this.#attempt, after);
      this.#course.survivesAfter = capabilities?.powerLossActive ?? null;
    } catch (error) {
      // The outcome for the keys is known already, and stays the result.
      if (!(error instanceof DeadlinePassed)) throw error;
    }
  }
}

const statusText = (status: number): string => {
  const { name } = describeStatus(status, null, 'release');
  return name === hex32(status) ? name : `${name} ${hex32(status)}`;
};

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

function sameKeys(some: readonly bigint[], others: readonly bigint[]): boolean {
  const sorted = (keys: readonly bigint[]) => keys.map(keyText).sort().join();
  return sorted(some) === sorted(others);
}

function sameReservation(one: Reservation | null, other: Reservation | null): boolean {
  return one?.key === other?.key && one?.type === other?.type && one?.scope === other?.scope;
}
