// A logical unit with its reservations. It behaves as one of two real targets, tgt 1.0.85 or LIO of Linux 6.1; their
// differences are in target-rows.ts. Sources: the measurements of test/unit/scsi-truth-table.tsv and
// test/unit/pr-target-table.tsv and, for what was not measured, the source code (tgt usr/spc.c, Linux
// drivers/target/target_core_pr.c). test/target compares every answer for tgt with that of a real one.
// Initiators are named by their port: with one target port, that name is the I_T nexus (see nexus.ts).

import { type CapabilityBit, capabilityRows, encodeCapabilities } from '../../scsi/capabilities.ts';
import * as op from '../../scsi/commands.ts';
import * as pr from '../../scsi/persistent-reservations.ts';
import * as sense from '../../scsi/sense.ts';
import * as scsi from '../../scsi/status.ts';
import { busTypes } from '../sdk/layouts.ts';
import { fullStatusOf, transportIdOf } from './initiator-ports.ts';
import { anotherSession, endedSession, isEndedSession } from './nexus.ts';
import { type OutCheck, type ReserveForms, type TargetKind, type TargetRow, targetRows } from './target-rows.ts';
import { type PersistentReservation, type Registration, type UnitState, freshState } from './unit-state.ts';

/** The answer to a command: status, with sense data for CHECK CONDITION, with data for GOOD. */
export interface ScsiAnswer {
  readonly status: number;
  readonly sense: Uint8Array | null;
  readonly data: Uint8Array;
}

const nothing = new Uint8Array(0);
const good = (data: Uint8Array = nothing): ScsiAnswer => ({ status: scsi.GOOD, sense: null, data });
const conflict: ScsiAnswer = { status: scsi.RESERVATION_CONFLICT, sense: null, data: nothing };

export function check(key: number, code: number): ScsiAnswer {
  return { status: scsi.CHECK_CONDITION, sense: sense.encodeSense({ key, code }), data: nothing };
}

const illegal = (code: number) => check(sense.ILLEGAL_REQUEST, code);

export interface UnitTraits {
  readonly kind: TargetKind;
  /** Default: those of the target. */
  readonly forms?: ReserveForms | undefined;
  /** Whether PERSISTENT RESERVE IN and OUT are known; default yes. */
  readonly persistent?: boolean | undefined;
  /** TEST UNIT READY passes under another initiator's RESERVE, as on some arrays; default no. */
  readonly readyUnderReserve?: boolean | undefined;
  /** STORAGE_BUS_TYPE: decides whether READ FULL STATUS has FC, SAS or iSCSI ports; default iSCSI. */
  readonly busType?: number | undefined;
  /** Every initiator port with access to the unit: they all get unit attentions that are for all initiators. */
  readonly initiators?: readonly string[] | undefined;
  /** REGISTER is done, but answered as failed because it cannot be stored (LIO without its folder). */
  readonly cannotStore?: boolean | undefined;
}

/** What happens to a command under a SCSI-2 reservation of another initiator. */
type UnderReserve = 'runs' | 'conflicts' | (keyof TargetRow & `reserveStops${string}`);

interface CommandRule {
  readonly opcode: number;
  readonly underReserve: UnderReserve;
  /** The kind of access that a persistent reservation may refuse to others. */
  readonly accesses: 'read' | 'write' | null;
  readonly run: (unit: LogicalUnit, initiator: string, cdb: Uint8Array, data: Uint8Array) => ScsiAnswer;
}

const rules: readonly CommandRule[] = [
  { opcode: op.TEST_UNIT_READY, underReserve: 'conflicts', accesses: null, run: () => good() },
  { opcode: op.REQUEST_SENSE, underReserve: 'reserveStopsRequestSense', accesses: null,
    run: (unit, initiator) => good(unit.takeSense(initiator)) },
  // Data blocks are not simulated: reads and writes only show whether this initiator has access.
  { opcode: op.READ_10, underReserve: 'conflicts', accesses: 'read', run: () => good() },
  { opcode: op.WRITE_10, underReserve: 'conflicts', accesses: 'write', run: () => good() },
  { opcode: op.RESERVE_6, underReserve: 'conflicts', accesses: null, run: (unit, from) => unit.reserve(from) },
  { opcode: op.RESERVE_10, underReserve: 'conflicts', accesses: null, run: (unit, from) => unit.reserve(from) },
  { opcode: op.RELEASE_6, underReserve: 'runs', accesses: null, run: (unit, from) => unit.release(from) },
  { opcode: op.RELEASE_10, underReserve: 'runs', accesses: null, run: (unit, from) => unit.release(from) },
  { opcode: op.PERSISTENT_RESERVE_IN, underReserve: 'reserveStopsPersistent', accesses: null,
    run: (unit, _from, cdb) => unit.persistentIn(cdb) },
  { opcode: op.PERSISTENT_RESERVE_OUT, underReserve: 'reserveStopsPersistent', accesses: null,
    run: (unit, from, cdb, data) => unit.persistentOut(from, cdb, data) },
];

const noCapabilities = Object.fromEntries(capabilityRows.map(({ key }) => [key, false])) as
  Record<CapabilityBit, boolean>;

interface PrInRule {
  readonly action: number;
  /** The complete answer, before it is cut to the allocation length; null where the target does not know the action. */
  readonly list: (unit: LogicalUnit, room: number) => Uint8Array | null;
}

const prInRules: readonly PrInRule[] = [
  { action: pr.READ_KEYS, list: ({ state: { generation, registrations } }) =>
    pr.encodeKeys({ generation, keys: registrations.map(({ key }) => key) }) },
  { action: pr.READ_RESERVATION, list: ({ state: { generation, registrations, persistent } }) => {
    const key = registrations.find(({ initiator }) => initiator === persistent?.holder)?.key ?? 0n;
    const reservation = persistent === null ? null : { key, scope: scopeOf(persistent), type: persistent.type };
    return pr.encodeReservation({ generation, reservation });
  } },
  { action: pr.REPORT_CAPABILITIES, list: ({ target, state }) =>
    encodeCapabilities({ ...noCapabilities, ...target.capabilities, powerLossActive: state.aptpl === true }) },
  { action: pr.READ_FULL_STATUS, list: ({ target, state, busType }, room) =>
    (target.fullStatus ? fullStatusOf(state, (each) => transportIdOf(each, busType), room) : null) },
];

interface PrOutRequest {
  readonly initiator: string;
  readonly type: number;
  readonly scope: number;
  readonly own: Registration | undefined;
  readonly list: pr.PrOutParameters;
}

interface PrOutRule {
  readonly action: number;
  readonly run: (unit: LogicalUnit, request: PrOutRequest) => ScsiAnswer;
}

const prOutRules: readonly PrOutRule[] = [
  { action: pr.REGISTER, run: (unit, request) => unit.register(request, true) },
  { action: pr.REGISTER_AND_IGNORE_EXISTING_KEY, run: (unit, request) => unit.register(request, false) },
  { action: pr.RESERVE, run: (unit, request) => unit.persistentReserve(request) },
  { action: pr.RELEASE, run: (unit, request) => unit.persistentRelease(request) },
  { action: pr.CLEAR, run: (unit, request) => unit.clear(request) },
  { action: pr.PREEMPT, run: (unit, request) => unit.preempt(request) },
  // No simulated command is ever still running, so there is nothing to abort.
  { action: pr.PREEMPT_AND_ABORT, run: (unit, request) => unit.preempt(request) },
];

/** Actions that a reservation of another initiator never stops. */
const registerActions: ReadonlySet<number> = new Set([pr.REGISTER, pr.REGISTER_AND_IGNORE_EXISTING_KEY]);

const outChecks: Readonly<Record<OutCheck, (request: PrOutRequest, target: TargetRow) => ScsiAnswer | null>> = {
  type: ({ type }) => (typeRow(type) === undefined ? illegal(sense.INVALID_FIELD_IN_CDB) : null),
  scope: ({ scope }, { scopeCode }) => (scope === pr.LU_SCOPE ? null : illegal(scopeCode)),
  registered: ({ own }, { unregistered }) => {
    if (own !== undefined) return null;
    return unregistered === null ? conflict : check(unregistered.key, unregistered.code);
  },
  key: ({ own, list }) => (own?.key === list.reservationKey ? null : conflict),
};

const scopeOf = ({ scope = pr.LU_SCOPE }: PersistentReservation) => scope;
type Attentions = UnitState['unitAttentions'];
const without = (all: Attentions, initiator: string): Attentions =>
  Object.fromEntries(Object.entries(all).filter(([each]) => each !== initiator));

const typeRow = (type: number) => pr.typeRows.find((row) => row.value === type);
/** For types outside the standard, which tgt accepts: it checks access as for type 6. */
const unknownType = typeRow(6) as pr.TypeRow;

export class LogicalUnit {
  readonly target: TargetRow;
  readonly busType: number;
  readonly #commands: Map<number, CommandRule>;
  readonly #initiators: readonly string[];
  readonly #cannotStore: boolean;
  readonly #changed: () => void;
  #state: UnitState;

  /** `changed` is called whenever a command has changed the state. */
  constructor(traits: UnitTraits, state: UnitState = freshState, changed: () => void = () => {}) {
    this.target = targetRows.find((row) => row.kind === traits.kind) as TargetRow;
    this.busType = traits.busType ?? busTypes.indexOf('iScsi');
    const forms = traits.forms ?? this.target.forms;
    const missing = new Set<number>();
    if (forms !== '6' && forms !== 'both') missing.add(op.RESERVE_6).add(op.RELEASE_6);
    if (forms !== '10' && forms !== 'both') missing.add(op.RESERVE_10).add(op.RELEASE_10);
    if (traits.persistent === false) missing.add(op.PERSISTENT_RESERVE_IN).add(op.PERSISTENT_RESERVE_OUT);
    const known = rules.filter(({ opcode }) => !missing.has(opcode));
    this.#commands = new Map(known.map((rule) => [rule.opcode, rule]));
    this.#initiators = traits.initiators ?? [];
    this.#cannotStore = traits.cannotStore ?? false;
    if (traits.readyUnderReserve === true) {
      const rule = this.#commands.get(op.TEST_UNIT_READY)!;
      this.#commands.set(op.TEST_UNIT_READY, { ...rule, underReserve: 'runs' });
    }
    this.#state = state;
    this.#changed = changed;
  }

  get state(): UnitState {
    return this.#state;
  }

  /** Takes over what was stored, for example by another process. */
  restore(state: UnitState): void {
    this.#state = state;
  }

  #set(change: Partial<UnitState>): void {
    this.#state = { ...this.#state, ...change };
    this.#changed();
  }

  /** Runs one command of an initiator. `data` is its data-out. */
  execute(initiator: string, cdb: Uint8Array, data: Uint8Array = nothing): ScsiAnswer {
    this.login(initiator);
    const opcode = cdb[0] ?? 0;
    const rule = this.#commands.get(opcode);
    // SPC: a pending unit attention ends any command but those that report it.
    const stays = opcode === op.REQUEST_SENSE;
    if (!stays || this.target.requestSenseFails) {
      const attention = stays ? this.#attentions(initiator)[0] : this.#takeAttention(initiator);
      if (attention != null) return check(sense.UNIT_ATTENTION, attention);
    }
    if (rule === undefined) return illegal(sense.INVALID_COMMAND_OPERATION_CODE);
    if (this.#reserveStops(initiator, rule.underReserve)) return conflict;
    if (rule.accesses !== null && this.#persistentStops(initiator, rule.accesses)) return conflict;
    return rule.run(this, initiator, cdb, data);
  }

  #reserveStops(initiator: string, rule: UnderReserve): boolean {
    const { reservedBy } = this.#state;
    if (reservedBy === null || rule === 'runs') return false;
    if (rule === 'conflicts') return reservedBy !== initiator;
    if (rule === 'reserveStopsPersistent') return this.target.reserveStopsPersistent;
    return reservedBy !== initiator && this.target[rule] === true;
  }

  #persistentStops(initiator: string, access: 'read' | 'write'): boolean {
    const { persistent } = this.#state;
    if (persistent === null || persistent.holder === initiator) return false;
    const row = typeRow(persistent.type) ?? unknownType;
    if (!row.keepsOut[access]) return false;
    return row.letsIn !== 'registrants' || this.#stranger(initiator);
  }

  /** Whether an initiator counts as not registered for the reservation. */
  #stranger(initiator: string): boolean {
    if (this.#registration(initiator) === undefined) return true;
    return this.target.reservationStopsOut && anotherSession(initiator, this.#keeper());
  }

  /** The registrant under which the reservation is stored. */
  #keeper(): string | null {
    const { persistent, registrations } = this.#state;
    if (persistent === null) return null;
    return persistent.holder ?? persistent.anchor ?? registrations[0]?.initiator ?? null;
  }

  #registration(initiator: string): Registration | undefined {
    return this.#state.registrations.find((each) => each.initiator === initiator);
  }

  #holds(initiator: string): boolean {
    const { persistent } = this.#state;
    if (persistent === null) return false;
    if (persistent.holder !== null) return persistent.holder === initiator;
    return this.#registration(initiator) !== undefined;
  }

  // ---- RESERVE and RELEASE

  /**
   * How registrations change RESERVE and RELEASE. spc4r17 5.7.3: from the holder, and from a registrant where the type
   * lets registrants in, they "complete with GOOD status" and change nothing; from others they conflict.
   */
  #registrationsSay(initiator: string): ScsiAnswer | null {
    const { registrations, persistent } = this.#state;
    if (!this.target.registrationsStopReserve || registrations.length === 0) return null;
    const letIn = persistent !== null && typeRow(persistent.type)?.letsIn === 'registrants';
    const excepted = this.#holds(initiator) || (letIn && this.#registration(initiator) !== undefined);
    return excepted ? good() : conflict;
  }

  reserve(initiator: string): ScsiAnswer {
    const said = this.#registrationsSay(initiator);
    if (said !== null) return said;
    if (this.#state.reservedBy !== initiator) this.#set({ reservedBy: initiator });
    return good();
  }

  release(initiator: string): ScsiAnswer {
    const said = this.#registrationsSay(initiator);
    if (said !== null) return said;
    // RELEASE of another initiator's reservation, or of none: GOOD, and no change.
    if (this.#state.reservedBy === initiator) this.#set({ reservedBy: null });
    return good();
  }

  // ---- PERSISTENT RESERVE IN and OUT

  persistentIn(cdb: Uint8Array): ScsiAnswer {
    const action = (cdb[1] ?? 0) & 0x1f;
    const room = ((cdb[7] ?? 0) << 8) | (cdb[8] ?? 0);
    const list = prInRules.find((each) => each.action === action)?.list(this, room) ?? null;
    if (list === null || room < this.target.shortestAnswer) return illegal(sense.INVALID_FIELD_IN_CDB);
    return good(list.subarray(0, room));
  }

  persistentOut(initiator: string, cdb: Uint8Array, data: Uint8Array): ScsiAnswer {
    const { target } = this;
    const { serviceAction: action, type, scope } = pr.decodePrOutCommand(tenBytes(cdb));
    const stopped = target.reservationStopsOut && this.#state.persistent !== null && this.#stranger(initiator);
    if (stopped && !registerActions.has(action)) return conflict;
    if (data.length !== pr.prOutListLength) return illegal(target.listLengthCode);
    const list = pr.decodePrOut(data);
    if (target.refusedFlags.flags.some((flag) => list[flag])) return illegal(target.refusedFlags.code);
    const rule = prOutRules.find((each) => each.action === action);
    const checks = target.outActions.get(action);
    if (rule === undefined || checks === undefined) return illegal(sense.INVALID_FIELD_IN_CDB);
    const request = { initiator, type, scope, own: this.#registration(initiator), list };
    for (const each of checks) {
      const refusal = outChecks[each](request, target);
      if (refusal !== null) return refusal;
    }
    return rule.run(this, request);
  }

  register({ initiator, own, list }: PrOutRequest, checked: boolean): ScsiAnswer {
    const { countsUnregister } = this.target;
    const { registrations, persistent } = this.#state;
    const { serviceActionKey: key, allTargetPorts } = list;
    if (checked && list.reservationKey !== (own?.key ?? 0n)) return conflict;
    if (own?.allTargetPorts === true && !allTargetPorts) return illegal(sense.INVALID_FIELD_IN_CDB);
    if (own === undefined && key === 0n) {
      if (countsUnregister) this.#count();
      return good();
    }
    if (key !== 0n || countsUnregister) this.#count();
    if (own === undefined) {
      const added = { initiator, key, ...(allTargetPorts ? { allTargetPorts } : {}) };
      this.#set({ registrations: [...registrations, added] });
    } else if (key === 0n) {
      this.#unregister([initiator]);
      if (countsUnregister && persistent !== null && this.#state.persistent === null) this.#count();
    } else {
      this.#set({ registrations: registrations.map((each) => (each === own ? { ...own, key } : each)) });
    }
    return this.#store(list.aptpl);
  }

  /** APTPL of the last REGISTER applies to the whole unit. */
  #store(aptpl: boolean): ScsiAnswer {
    this.#keepThroughPowerLoss(aptpl && !this.#cannotStore);
    return this.#cannotStore ? check(sense.NOT_READY, sense.LUN_COMMUNICATION_FAILURE) : good();
  }

  #keepThroughPowerLoss(aptpl: boolean): void {
    if ((this.#state.aptpl ?? false) !== aptpl) this.#set({ aptpl });
  }

  persistentReserve({ initiator, type }: PrOutRequest): ScsiAnswer {
    const { persistent } = this.#state;
    if (persistent === null) {
      this.#set({ persistent: this.#reservation(initiator, type, pr.LU_SCOPE) });
      return good();
    }
    const same = persistent.type === type && scopeOf(persistent) === pr.LU_SCOPE;
    return this.#holds(initiator) && same ? good() : conflict;
  }

  #reservation(initiator: string, type: number, scope: number): PersistentReservation {
    const shared = typeRow(type)?.everyRegistrantHolds === true;
    const anchored = shared && this.target.keepsAnchor && this.#state.registrations[0]?.initiator !== initiator;
    return {
      holder: shared ? null : initiator, type,
      ...(scope === pr.LU_SCOPE ? {} : { scope }), ...(anchored ? { anchor: initiator } : {}),
    };
  }

  persistentRelease({ initiator, type, scope, own, list }: PrOutRequest): ScsiAnswer {
    const { persistent } = this.#state;
    if (persistent === null || !this.#holds(initiator)) return good();
    if (own?.key !== list.reservationKey) return conflict;
    if (persistent.type !== type || scopeOf(persistent) !== scope) {
      const { wrongReleaseCode } = this.target;
      return wrongReleaseCode === null ? conflict : illegal(wrongReleaseCode);
    }
    this.#dropReservation(initiator, true);
    return good();
  }

  clear({ initiator }: PrOutRequest): ScsiAnswer {
    const others = this.#registrantsBut(initiator);
    this.#set({ registrations: [], persistent: null });
    this.#count();
    this.#keepThroughPowerLoss(false);
    this.#attention(others, sense.RESERVATIONS_PREEMPTED);
    return good();
  }

  preempt({ initiator, type, scope, list }: PrOutRequest): ScsiAnswer {
    const { persistent, registrations } = this.#state;
    const shared = persistent !== null && persistent.holder === null;
    const victim = list.serviceActionKey;
    const all = victim === 0n;
    const { preemptsNobody, preemptSparesOwn, preemptedCode, keepsAnchor } = this.target;
    if (all && !shared) {
      if (persistent !== null || preemptsNobody.whenFree) return illegal(preemptsNobody.code);
      this.#count();
      return good();
    }
    const named = registrations.filter(({ key }) => all || key === victim).map((each) => each.initiator);
    if (named.length === 0) return conflict;
    const holder = shared && !keepsAnchor ? null : this.#keeper();
    const takesOver = persistent !== null && (all || named.some((each) => each === holder));
    // The sender of PREEMPT stays registered when it takes the reservation over, or holds it already.
    const spared = takesOver || shared || preemptSparesOwn;
    const gone = spared ? named.filter((each) => each !== initiator) : named;
    this.#count();
    this.#unregister(gone, !takesOver);
    this.#attention(gone.filter((each) => each !== initiator), preemptedCode);
    if (takesOver) {
      this.#set({ persistent: this.#reservation(initiator, type, scope) });
      const changed = persistent.type !== type || scopeOf(persistent) !== scope;
      if (changed) this.#attention(this.#registrantsBut(initiator), sense.RESERVATIONS_RELEASED);
    }
    return good();
  }

  #count(): void {
    this.#set({ generation: (this.#state.generation + 1) >>> 0 });
  }

  #registrantsBut(initiator: string): string[] {
    return this.#state.registrations.map((each) => each.initiator).filter((each) => each !== initiator);
  }

  /** Removes registrations. A reservation ends with the registration of its holder, or of the last one where all hold. */
  #unregister(initiators: readonly string[], withReservation = true): void {
    const { persistent, registrations } = this.#state;
    const left = registrations.filter((each) => !initiators.includes(each.initiator));
    this.#set({ registrations: left });
    if (persistent === null || !withReservation) return;
    if (persistent.holder !== null) {
      if (initiators.includes(persistent.holder)) this.#dropReservation(persistent.holder, false);
    } else if (left.length === 0) {
      this.#set({ persistent: null });
    } else if (persistent.anchor !== undefined && initiators.includes(persistent.anchor)) {
      const { anchor: _gone, ...rest } = persistent;
      this.#set({ persistent: rest });
    }
  }

  /** Ends the persistent reservation, by RELEASE or with its holder's registration, and sets the unit attentions for that. */
  #dropReservation(initiator: string, released: boolean): void {
    const shared = typeRow(this.#state.persistent?.type ?? 0)?.letsIn === 'registrants';
    this.#set({ persistent: null });
    const others = this.#registrantsBut(initiator);
    if (this.target.tellsOfEnd === 'registrants') {
      if (shared) this.#attention(others, sense.RESERVATIONS_RELEASED);
    } else if (!released || !shared) {
      const everybody = [...new Set([initiator, ...others, ...this.#initiators])];
      for (const left of others) {
        this.#attention(everybody.filter((each) => each !== left), sense.RESERVATIONS_RELEASED);
      }
    }
  }

  // ---- unit attentions, resets, logout, loss of power

  #attention(initiators: readonly string[], code: number): void {
    const { unitAttentions, loggedOut = [] } = this.#state;
    const there = initiators.filter((each) => !loggedOut.includes(each) && !isEndedSession(each));
    if (there.length === 0) return;
    const pending = new Map(Object.entries(unitAttentions));
    for (const each of there) {
      const queue = pending.get(each) ?? [];
      if (this.target.repeatsAttentions || !queue.includes(code)) pending.set(each, [...queue, code]);
    }
    this.#set({ unitAttentions: Object.fromEntries(pending) });
  }

  /** Initiators of a file may have any name, even `__proto__` or `toString`. */
  #attentions(initiator: string): readonly number[] {
    const { unitAttentions } = this.#state;
    return Object.hasOwn(unitAttentions, initiator) ? unitAttentions[initiator] as readonly number[] : [];
  }

  #takeAttention(initiator: string): number | null {
    const [first, ...rest] = this.#attentions(initiator);
    if (first === undefined) return null;
    const others = without(this.#state.unitAttentions, initiator);
    this.#set({ unitAttentions: rest.length === 0 ? others : { ...others, [initiator]: rest } });
    return first;
  }

  takeSense(initiator: string): Uint8Array {
    const code = this.#takeAttention(initiator);
    if (code === null) return sense.encodeSense({ key: sense.NO_SENSE, code: 0 });
    return sense.encodeSense({ key: sense.UNIT_ATTENTION, code });
  }

  /** LOGICAL UNIT RESET: ends the SCSI-2 reservation, not persistent ones; every initiator gets a unit attention. */
  reset(initiators: readonly string[] = this.#initiators): void {
    this.#set({ reservedBy: null });
    this.#attention(initiators, this.target.resetCode);
  }

  /**
   * The nexus of an initiator is lost. Its SCSI-2 reservation ends, at once or after the target's delay (by `later`),
   * unless the initiator has reserved again by then. Persistent reservations stay; where they belong to the session,
   * nobody can use them any more.
   */
  logout(initiator: string, later: (ms: number, run: () => void) => void): void {
    this.#set({ unitAttentions: without(this.#state.unitAttentions, initiator) });
    if (this.target.forgetsSessions) this.#endSession(initiator);
    const free = () => {
      if (this.#state.reservedBy === initiator) this.#set({ reservedBy: null });
    };
    if (this.target.logoutMs === 0) free();
    else later(this.target.logoutMs, free);
  }

  #endSession(initiator: string): void {
    const { registrations, persistent, loggedOut = [] } = this.#state;
    const ended = endedSession(initiator, registrations.map((each) => each.initiator));
    this.#set({
      registrations: registrations.map((each) =>
        (each.initiator === initiator ? { ...each, initiator: ended } : each)),
      persistent: persistent?.holder === initiator ? { ...persistent, holder: ended } : persistent,
      loggedOut: loggedOut.includes(initiator) ? loggedOut : [...loggedOut, initiator],
    });
  }

  /** A new session of an initiator that has logged out. A command of such an initiator logs it in as well. */
  login(initiator: string): void {
    const { loggedOut = [] } = this.#state;
    if (!loggedOut.includes(initiator)) return;
    this.#set({ loggedOut: loggedOut.filter((each) => each !== initiator) });
    this.#attention([initiator], this.target.resetCode);
  }

  /**
   * The target restarts. All sessions end and log in again, and the SCSI-2 reservation ends. Registrations and the
   * persistent reservation stay if the last REGISTER had APTPL. PRgeneration begins again at 0 (SPC-3 clause 6.11).
   */
  powerLoss(): void {
    const { aptpl = false, registrations, persistent } = this.#state;
    this.#set({ ...freshState, loggedOut: [], ...(aptpl ? { registrations, persistent } : {}) });
    if (this.target.forgetsSessions) this.#attention(this.#initiators, this.target.resetCode);
  }
}

/** The CDB as a device reads it: missing bytes are 0, further ones are ignored. */
function tenBytes(cdb: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(10);
  bytes.set(cdb.subarray(0, 10));
  return bytes;
}
