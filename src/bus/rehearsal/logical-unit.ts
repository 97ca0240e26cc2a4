// A logical unit with its reservations, as one of two real targets keeps them: tgt 1.0.85 or LIO of Linux 6.1.
// Where they differ, a row says so. Behind the rows are the measurements of test/unit/scsi-truth-table.tsv; and
// test/target compares every answer of tgt with that of a real one.
// Initiators are named by their port: with one target port, that name is the I_T nexus.

import { type Capabilities, encodeCapabilities } from '../../scsi/capabilities.ts';
import * as op from '../../scsi/commands.ts';
import * as pr from '../../scsi/persistent-reservations.ts';
import * as sense from '../../scsi/sense.ts';
import * as scsi from '../../scsi/status.ts';
import { busTypes } from '../sdk/layouts.ts';
import { fullStatusOf, transportIdOf } from './initiator-ports.ts';

export type TargetKind = 'tgt' | 'LIO';
export type ReserveForms = '6' | '10' | 'both' | 'none';

/** How a target treats what SPC-2 leaves to it, or what later standards changed. */
export interface TargetRow {
  readonly kind: TargetKind;
  /** RESERVE and RELEASE: which forms it knows. */
  readonly forms: ReserveForms;
  /** Under RESERVE, PERSISTENT RESERVE IN and OUT conflict for everybody, the holder included (spc2r20 5.5.1). */
  readonly reserveStopsPersistent: boolean;
  /** Under RESERVE, REQUEST SENSE of others conflicts. */
  readonly reserveStopsRequestSense: boolean;
  /** Registrations make RESERVE and RELEASE conflict, with the exceptions of spc4r17 5.7.3 (CRH=1). */
  readonly registrationsStopReserve: boolean;
  /** Service actions that it knows of PERSISTENT RESERVE OUT. */
  readonly outActions: readonly number[];
  /** What REPORT CAPABILITIES answers. Activating persistence through power loss (PTPL_A) is not simulated. */
  readonly capabilities: Capabilities;
  /** Whether it knows READ FULL STATUS. */
  readonly fullStatus: boolean;
  /** Shortest allocation length that PERSISTENT RESERVE IN takes. */
  readonly shortestAnswer: number;
  /**
   * PERSISTENT RESERVE OUT looks at key and type only where they matter to it: RESERVE at no key, RELEASE at both
   * only of a holder.
   */
  readonly checksLate: boolean;
  /** Sense for a parameter list of another length than 24. */
  readonly listLengthCode: number;
  /** Sense for flags of the parameter list that ask for more than the unit can; null: they change nothing. */
  readonly listFlagsCode: number | null;
  /** PREEMPT of key 0 where not every registrant holds: sense, and whether that is so on a free unit too. */
  readonly preemptsNobody: { readonly code: number; readonly whenFree: boolean };
  /** PREEMPT of one's own key without taking anything over leaves the registration. */
  readonly preemptSparesOwn: boolean;
  /** Additional sense code for initiators that lost their registration to PREEMPT. */
  readonly preemptedCode: number;
  /**
   * Who is told that the reservation ended: its registrants, where they shared in it; or, once for each registrant
   * left, everybody but that one, when the holder unregisters or releases what was not shared.
   */
  readonly tellsOfEnd: 'registrants' | 'everybody else';
  /** PRgeneration counts once more when the reservation goes with its holder's registration. */
  readonly countsEnd: boolean;
  /** PRgeneration counts also the REGISTER that takes a key back of whoever has none. */
  readonly countsNothing: boolean;
  /** The same unit attention waits as often as it came up. */
  readonly repeatsAttentions: boolean;
  /** REQUEST SENSE answers CHECK CONDITION with a unit attention, and leaves it there. */
  readonly requestSenseFails: boolean;
  /** Who logs in is told as after a reset. */
  readonly tellsOfLogin: boolean;
  /** Additional sense code of the unit attention after a LUN reset. */
  readonly resetCode: number;
  /** How long after logout a reservation of that initiator still stands, milliseconds. */
  readonly logoutMs: number;
}

export const targetRows: readonly TargetRow[] = [
  { kind: 'tgt', forms: '6', reserveStopsPersistent: false, reserveStopsRequestSense: false,
    registrationsStopReserve: false, resetCode: sense.RESET_OCCURRED, logoutMs: 0,
    outActions: [pr.REGISTER, pr.RESERVE, pr.RELEASE, pr.CLEAR, pr.PREEMPT, pr.REGISTER_AND_IGNORE_EXISTING_KEY],
    capabilities: {
      replacesLost: false, compatible: false, specifiesInitiators: false, allTargetPorts: false,
      survivesPowerLoss: false, typesValid: true, powerLossActive: false, allowCommands: 0,
      types: pr.typeRows.map(({ value }) => value),
    },
    fullStatus: false, shortestAnswer: 8, checksLate: true,
    listLengthCode: sense.INVALID_FIELD_IN_CDB, listFlagsCode: sense.INVALID_FIELD_IN_CDB,
    preemptsNobody: { code: sense.INVALID_FIELD_IN_CDB, whenFree: false }, preemptSparesOwn: true,
    preemptedCode: sense.RESERVATIONS_PREEMPTED, tellsOfEnd: 'everybody else', countsEnd: true,
    countsNothing: true, repeatsAttentions: true, requestSenseFails: true, tellsOfLogin: true },
  { kind: 'LIO', forms: 'both', reserveStopsPersistent: true, reserveStopsRequestSense: true,
    registrationsStopReserve: true, resetCode: sense.DEVICE_RESET_OCCURRED, logoutMs: 3000,
    outActions: pr.prOutActionRows.map(({ value }) => value),
    // target_core_pr.c
    capabilities: {
      replacesLost: false, compatible: true, specifiesInitiators: true, allTargetPorts: true,
      survivesPowerLoss: true, typesValid: true, powerLossActive: false, allowCommands: 1,
      types: pr.typeRows.map(({ value }) => value),
    },
    fullStatus: true, shortestAnswer: 0,
    checksLate: false, listLengthCode: sense.PARAMETER_LIST_LENGTH_ERROR, listFlagsCode: null,
    preemptsNobody: { code: sense.INVALID_FIELD_IN_PARAMETER_LIST, whenFree: true }, preemptSparesOwn: false,
    preemptedCode: sense.REGISTRATIONS_PREEMPTED, tellsOfEnd: 'registrants', countsEnd: false,
    countsNothing: false, repeatsAttentions: false, requestSenseFails: false, tellsOfLogin: false },
];

export interface Registration {
  readonly initiator: string;
  readonly key: bigint;
}

export interface PersistentReservation {
  /** Null where every registrant holds (types 7 and 8). */
  readonly holder: string | null;
  readonly type: number;
}

/** All that a logical unit remembers between commands. Replaced as a whole, never changed in place. */
export interface UnitState {
  /** Holder of the SCSI-2 reservation. */
  readonly reservedBy: string | null;
  readonly registrations: readonly Registration[];
  readonly persistent: PersistentReservation | null;
  /** PRgeneration. */
  readonly generation: number;
  /** Additional sense codes that wait for an initiator's next command, oldest first. */
  readonly unitAttentions: Readonly<Record<string, readonly number[]>>;
}

export const freshState: UnitState = {
  reservedBy: null, registrations: [], persistent: null, generation: 0, unitAttentions: {},
};

/** What ends a command: status, sense data with CHECK CONDITION, data with GOOD. */
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
  /** Default: as the target has them. */
  readonly forms?: ReserveForms | undefined;
  /** Whether PERSISTENT RESERVE IN and OUT are known; default yes. */
  readonly persistent?: boolean | undefined;
  /** TEST UNIT READY passes under another initiator's RESERVE, as on some arrays; default no. */
  readonly readyUnderReserve?: boolean | undefined;
  /** STORAGE_BUS_TYPE: whether READ FULL STATUS tells of FC, SAS or iSCSI ports; default iSCSI. */
  readonly busType?: number | undefined;
}

/** What a SCSI-2 reservation of another initiator does to a command. */
type UnderReserve = 'runs' | 'conflicts' | (keyof TargetRow & `reserveStops${string}`);

interface CommandRule {
  readonly opcode: number;
  readonly underReserve: UnderReserve;
  /** What a persistent reservation may keep others from. */
  readonly accesses: 'read' | 'write' | null;
  readonly run: (unit: LogicalUnit, initiator: string, cdb: Uint8Array, data: Uint8Array) => ScsiAnswer;
}

const rules: readonly CommandRule[] = [
  { opcode: op.TEST_UNIT_READY, underReserve: 'conflicts', accesses: null, run: () => good() },
  { opcode: op.REQUEST_SENSE, underReserve: 'reserveStopsRequestSense', accesses: null,
    run: (unit, initiator) => good(unit.takeSense(initiator)) },
  // Blocks are not simulated: reading and writing only show whether the unit lets this initiator in.
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

/** Byte 20 of the parameter list: SPEC_I_PT, ALL_TG_PT, APTPL. */
const listFlags = 0x08 | 0x04 | 0x01;

interface PrInRule {
  readonly action: number;
  /** The whole answer, before the allocation length cuts it; null where the target does not know the action. */
  readonly list: (unit: LogicalUnit, room: number) => Uint8Array | null;
}

const prInRules: readonly PrInRule[] = [
  { action: pr.READ_KEYS, list: ({ state: { generation, registrations } }) =>
    pr.encodeKeys({ generation, keys: registrations.map(({ key }) => key) }) },
  { action: pr.READ_RESERVATION, list: ({ state: { generation, registrations, persistent } }) => {
    const key = registrations.find(({ initiator }) => initiator === persistent?.holder)?.key ?? 0n;
    const reservation = persistent === null ? null : { key, scope: pr.LU_SCOPE, type: persistent.type };
    return pr.encodeReservation({ generation, reservation });
  } },
  { action: pr.REPORT_CAPABILITIES, list: ({ target }) => encodeCapabilities(target.capabilities) },
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

/** When something of a command must be right: `early` is not for targets that check late. */
type Needed = 'always' | 'early' | 'never';

interface PrOutRule {
  readonly action: number;
  /** The reservation key must be the one that this initiator registered; late: it must have registered one. */
  readonly needsKey: Needed;
  /** Type and scope of the command must exist. */
  readonly needsType: Needed;
  readonly run: (unit: LogicalUnit, request: PrOutRequest) => ScsiAnswer;
}

const prOutRules: readonly PrOutRule[] = [
  { action: pr.REGISTER, needsKey: 'never', needsType: 'never',
    run: (unit, request) => unit.register(request, true) },
  { action: pr.REGISTER_AND_IGNORE_EXISTING_KEY, needsKey: 'never', needsType: 'never',
    run: (unit, request) => unit.register(request, false) },
  { action: pr.RESERVE, needsKey: 'early', needsType: 'always',
    run: (unit, request) => unit.persistentReserve(request) },
  { action: pr.RELEASE, needsKey: 'early', needsType: 'early',
    run: (unit, request) => unit.persistentRelease(request) },
  { action: pr.CLEAR, needsKey: 'always', needsType: 'never', run: (unit, request) => unit.clear(request) },
  { action: pr.PREEMPT, needsKey: 'always', needsType: 'always', run: (unit, request) => unit.preempt(request) },
  { action: pr.PREEMPT_AND_ABORT, needsKey: 'always', needsType: 'always',
    run: (unit, request) => unit.preempt(request) },
];

type Attentions = UnitState['unitAttentions'];
const without = (all: Attentions, initiator: string): Attentions =>
  Object.fromEntries(Object.entries(all).filter(([each]) => each !== initiator));

const typeRow = (type: number) => pr.typeRows.find((row) => row.value === type);

export class LogicalUnit {
  readonly target: TargetRow;
  readonly busType: number;
  readonly #commands: Map<number, CommandRule>;
  readonly #changed: () => void;
  #state: UnitState;

  /** `changed` is called whenever a command has left another state behind. */
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

  /** Runs one command of an initiator. `data` is what it sends along. */
  execute(initiator: string, cdb: Uint8Array, data: Uint8Array = nothing): ScsiAnswer {
    const opcode = cdb[0] ?? 0;
    const rule = this.#commands.get(opcode);
    // SPC: a pending unit attention comes before everything but the commands that read about it.
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
    const row = typeRow(persistent.type);
    if (row === undefined || !row.keepsOut[access]) return false;
    return row.letsIn !== 'registrants' || this.#registration(initiator) === undefined;
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
   * What registrations do to RESERVE and RELEASE. spc4r17 5.7.3: from the holder, and from a registrant where
   * registrants are let in, they "complete with GOOD status" and change nothing; from others they conflict.
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
    // Of somebody else's, or of nothing: GOOD, and no change.
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
    const { outActions, checksLate, listLengthCode, listFlagsCode } = this.target;
    const action = (cdb[1] ?? 0) & 0x1f;
    const rule = prOutRules.find((each) => each.action === action);
    if (rule === undefined || !outActions.includes(action)) return illegal(sense.INVALID_FIELD_IN_CDB);
    if (data.length !== pr.prOutListLength) return illegal(listLengthCode);
    if (listFlagsCode !== null && ((data[20] ?? 0) & listFlags) !== 0) return illegal(listFlagsCode);
    const list = pr.decodePrOut(data);
    const own = this.#registration(initiator);
    const request = { initiator, type: (cdb[2] ?? 0) & 15, scope: (cdb[2] ?? 0) >>> 4, own, list };
    const needs = (needed: Needed) => needed === 'always' || (needed === 'early' && !checksLate);
    if (needs(rule.needsType) && (request.scope !== 0 || typeRow(request.type) === undefined)) {
      return illegal(sense.INVALID_FIELD_IN_CDB);
    }
    if (needs(rule.needsKey) ? own?.key !== list.reservationKey : rule.needsKey === 'early' && own === undefined) {
      return conflict;
    }
    return rule.run(this, request);
  }

  register({ initiator, own, list }: PrOutRequest, checked: boolean): ScsiAnswer {
    if (checked && list.reservationKey !== (own?.key ?? 0n)) return conflict;
    const key = list.serviceActionKey;
    const generation = this.#nextGeneration();
    if (key !== 0n) {
      const { registrations } = this.#state;
      const now = { initiator, key };
      const changed = own === undefined
        ? [...registrations, now]
        : registrations.map((each) => (each.initiator === initiator ? now : each));
      this.#set({ registrations: changed, generation });
    } else if (own !== undefined) {
      const held = this.#state.persistent !== null;
      this.#set({ generation });
      this.#unregister([initiator]);
      if (this.target.countsEnd && held && this.#state.persistent === null) {
        this.#set({ generation: this.#nextGeneration() });
      }
    } else if (this.target.countsNothing) {
      this.#set({ generation });
    }
    return good();
  }

  persistentReserve({ initiator, type }: PrOutRequest): ScsiAnswer {
    const { persistent } = this.#state;
    if (persistent === null) {
      this.#set({ persistent: { holder: typeRow(type)?.everyRegistrantHolds ? null : initiator, type } });
      return good();
    }
    return this.#holds(initiator) && persistent.type === type ? good() : conflict;
  }

  persistentRelease({ initiator, type, scope, own, list }: PrOutRequest): ScsiAnswer {
    const { persistent } = this.#state;
    if (persistent === null || !this.#holds(initiator)) return good();
    if (own?.key !== list.reservationKey) return conflict;
    if (persistent.type !== type || scope !== 0) return illegal(sense.INVALID_RELEASE_OF_PERSISTENT_RESERVATION);
    this.#dropReservation(initiator, true);
    return good();
  }

  clear({ initiator }: PrOutRequest): ScsiAnswer {
    const others = this.#registrantsBut(initiator);
    this.#set({ registrations: [], persistent: null, generation: this.#nextGeneration() });
    this.#attention(others, sense.RESERVATIONS_PREEMPTED);
    return good();
  }

  preempt({ initiator, type, list }: PrOutRequest): ScsiAnswer {
    const { persistent, registrations } = this.#state;
    const everybody = persistent !== null && persistent.holder === null;
    const victim = list.serviceActionKey;
    const all = victim === 0n;
    const { preemptsNobody, preemptSparesOwn, preemptedCode } = this.target;
    if (all && !everybody) {
      if (persistent !== null || preemptsNobody.whenFree) return illegal(preemptsNobody.code);
      this.#set({ generation: this.#nextGeneration() });
      return good();
    }
    const named = registrations.filter(({ key }) => all || key === victim).map((each) => each.initiator);
    if (named.length === 0) return conflict;
    const takesOver = everybody ? all : persistent !== null && named.includes(persistent.holder as string);
    // Whoever preempts stays registered when the reservation becomes its own.
    const gone = takesOver || all || preemptSparesOwn ? named.filter((each) => each !== initiator) : named;
    this.#set({ generation: this.#nextGeneration() });
    this.#unregister(gone, !takesOver);
    this.#attention(gone.filter((each) => each !== initiator), preemptedCode);
    if (takesOver) {
      const holder = typeRow(type)?.everyRegistrantHolds ? null : initiator;
      this.#set({ persistent: { holder, type } });
      if (persistent?.type !== type) this.#attention(this.#registrantsBut(initiator), sense.RESERVATIONS_RELEASED);
    }
    return good();
  }

  #nextGeneration(): number {
    return (this.#state.generation + 1) >>> 0;
  }

  #registrantsBut(initiator: string): string[] {
    return this.#state.registrations.map((each) => each.initiator).filter((each) => each !== initiator);
  }

  /** Takes registrations away; a reservation goes with its holder, or with the last registrant where all hold. */
  #unregister(initiators: readonly string[], withReservation = true): void {
    const { persistent, registrations } = this.#state;
    const left = registrations.filter((each) => !initiators.includes(each.initiator));
    this.#set({ registrations: left });
    if (persistent === null || !withReservation) return;
    if (persistent.holder === null) {
      if (left.length === 0) this.#set({ persistent: null });
    } else if (initiators.includes(persistent.holder)) {
      this.#dropReservation(persistent.holder, false);
    }
  }

  /** Ends the persistent reservation, released or with its holder's registration, and tells of it. */
  #dropReservation(initiator: string, released: boolean): void {
    const shared = typeRow(this.#state.persistent?.type ?? 0)?.letsIn === 'registrants';
    this.#set({ persistent: null });
    const others = this.#registrantsBut(initiator);
    if (this.target.tellsOfEnd === 'registrants') {
      if (shared) this.#attention(others, sense.RESERVATIONS_RELEASED);
    } else if (!released || !shared) {
      for (const left of others) {
        this.#attention([initiator, ...others.filter((each) => each !== left)], sense.RESERVATIONS_RELEASED);
      }
    }
  }

  // ---- unit attentions, resets, logout

  #attention(initiators: readonly string[], code: number): void {
    if (initiators.length === 0) return;
    const pending = new Map(Object.entries(this.#state.unitAttentions));
    for (const each of initiators) {
      const queue = pending.get(each) ?? [];
      if (this.target.repeatsAttentions || !queue.includes(code)) pending.set(each, [...queue, code]);
    }
    this.#set({ unitAttentions: Object.fromEntries(pending) });
  }

  /** Initiators are called as the file likes, `__proto__` and `toString` included. */
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

  /** LOGICAL UNIT RESET: the SCSI-2 reservation goes, persistent ones stay, every initiator is told. */
  reset(initiators: readonly string[]): void {
    this.#set({ reservedBy: null });
    this.#attention(initiators, this.target.resetCode);
  }

  /**
   * The nexus of an initiator is lost. Its SCSI-2 reservation goes, at once or, as `later` counts milliseconds,
   * after the target's time; unless the initiator reserved anew, which only the holder itself could. Persistent
   * ones stay.
   */
  logout(initiator: string, later: (ms: number, run: () => void) => void): void {
    const others = without(this.#state.unitAttentions, initiator);
    const back = this.target.tellsOfLogin ? { [initiator]: [this.target.resetCode] } : {};
    this.#set({ unitAttentions: { ...others, ...back } });
    const free = () => {
      if (this.#state.reservedBy === initiator) this.#set({ reservedBy: null });
    };
    if (this.target.logoutMs === 0) free();
    else later(this.target.logoutMs, free);
  }
}
