// The two targets that a rehearsal simulates, tgt 1.0.85 and LIO of Linux 6.1: the rows have their differences. The head
// of logical-unit.ts names the sources.

import type { Capabilities, CapabilityBit } from '../../scsi/capabilities.ts';
import * as pr from '../../scsi/persistent-reservations.ts';
import * as sense from '../../scsi/sense.ts';

export type TargetKind = 'tgt' | 'LIO';
export type ReserveForms = '6' | '10' | 'both' | 'none';

/** How a target behaves where SPC-2 leaves a choice, or where later standards differ. */
export interface TargetRow {
  readonly kind: TargetKind;
  /** The forms of RESERVE and RELEASE that it knows. */
  readonly forms: ReserveForms;
  /** Under RESERVE, PERSISTENT RESERVE IN and OUT conflict for every initiator, even the holder (spc2r20 5.5.1). */
  readonly reserveStopsPersistent: boolean;
  /** Under RESERVE, REQUEST SENSE of others conflicts. */
  readonly reserveStopsRequestSense: boolean;
  /** Registrations make RESERVE and RELEASE conflict, with the exceptions of spc4r17 5.7.3 (CRH=1). */
  readonly registrationsStopReserve: boolean;
  /** Service actions of PERSISTENT RESERVE OUT that it knows, and what it checks before it does one, in order. */
  readonly outActions: ReadonlyMap<number, readonly OutCheck[]>;
  /**
   * A persistent reservation stops the service actions of strangers, REGISTER excepted, before anything else of
   * them is checked. Another session of the holder's initiator is a stranger, too, registered or not.
   */
  readonly reservationStopsOut: boolean;
  /** The sense for actions that need a registration (`registered` in `outActions`) and find none; null: they conflict. */
  readonly unregistered: { readonly key: number; readonly code: number } | null;
  /** The answer to REPORT CAPABILITIES, without PTPL_A. */
  readonly capabilities: Omit<Capabilities, CapabilityBit> & Readonly<Partial<Record<CapabilityBit, true>>>;
  /** Whether it knows READ FULL STATUS. */
  readonly fullStatus: boolean;
  /** Shortest allocation length that PERSISTENT RESERVE IN accepts. */
  readonly shortestAnswer: number;
  /** Sense for a parameter list of another length than 24. */
  readonly listLengthCode: number;
  /** Flags of the parameter list that it refuses, and the sense for that. */
  readonly refusedFlags: { readonly flags: readonly pr.PrOutFlag[]; readonly code: number };
  /** Sense for a scope other than that of the logical unit. */
  readonly scopeCode: number;
  /** Sense for RELEASE of another type or scope than is held; null: it conflicts. */
  readonly wrongReleaseCode: number | null;
  /** Sense for PREEMPT of key 0 where not every registrant holds, and whether a free unit gives it, too. */
  readonly preemptsNobody: { readonly code: number; readonly whenFree: boolean };
  /** PREEMPT of the sender's own key leaves its registration, if it does not take the reservation over. */
  readonly preemptSparesOwn: boolean;
  /**
   * A reservation of all registrants is stored under one of them: the one that reserved or, when that one is gone, the
   * first that is left. PREEMPT of the key of that registrant takes the reservation over.
   */
  readonly keepsAnchor: boolean;
  /** Additional sense code for initiators that lost their registration to PREEMPT. */
  readonly preemptedCode: number;
  /**
   * Who gets a unit attention when the reservation ends. `registrants`: its registrants, where they shared the
   * reservation. `everybody else`: when the holder unregisters or releases a reservation that was not shared, for each
   * remaining registrant once all initiators but that one.
   */
  readonly tellsOfEnd: 'registrants' | 'everybody else';
  /**
   * True: PRgeneration counts every REGISTER that is done, also one that unregisters or has nothing to unregister, and
   * once more when the reservation ends with its holder's registration. False: only those that register a key.
   */
  readonly countsUnregister: boolean;
  /** The same unit attention is queued as often as it occurred. */
  readonly repeatsAttentions: boolean;
  /** REQUEST SENSE ends with CHECK CONDITION where a unit attention is pending, which stays pending. */
  readonly requestSenseFails: boolean;
  /**
   * A registration belongs to a session: an initiator that logs in again is not registered, and gets a unit attention as
   * after a reset.
   */
  readonly forgetsSessions: boolean;
  /** Additional sense code of the unit attention after a LUN reset. */
  readonly resetCode: number;
  /** The answer to the task management functions for a warm or cold reset of the target, which do not reset anything. */
  readonly targetReset: string;
  /** How long a reservation stays after its initiator has logged out, milliseconds. */
  readonly logoutMs: number;
}

/** Type and scope exist; the sender is registered; the reservation key is the one that it registered. */
export type OutCheck = 'type' | 'scope' | 'registered' | 'key';

const allTypes = pr.typeRows.map(({ value }) => value);

export const targetRows: readonly TargetRow[] = [
  { kind: 'tgt', forms: '6', reserveStopsPersistent: false, reserveStopsRequestSense: false,
    registrationsStopReserve: false,
    outActions: new Map<number, readonly OutCheck[]>([
      [pr.REGISTER, []], [pr.REGISTER_AND_IGNORE_EXISTING_KEY, []],
      [pr.RESERVE, ['type', 'scope', 'registered']], [pr.RELEASE, ['registered']], [pr.CLEAR, ['key']],
      [pr.PREEMPT, ['key']],
    ]),
    reservationStopsOut: false, unregistered: null,
    capabilities: { typesValid: true, allowCommands: 0, types: allTypes },
    fullStatus: false, shortestAnswer: 8,
    listLengthCode: sense.INVALID_FIELD_IN_CDB,
    refusedFlags: { flags: pr.prOutFlagRows.map(({ key }) => key), code: sense.INVALID_FIELD_IN_CDB },
    scopeCode: sense.INVALID_FIELD_IN_CDB, wrongReleaseCode: sense.INVALID_RELEASE_OF_PERSISTENT_RESERVATION,
    preemptsNobody: { code: sense.INVALID_FIELD_IN_CDB, whenFree: false }, preemptSparesOwn: true,
    keepsAnchor: false, preemptedCode: sense.RESERVATIONS_PREEMPTED, tellsOfEnd: 'everybody else',
    countsUnregister: true, repeatsAttentions: true, requestSenseFails: true, forgetsSessions: true,
    resetCode: sense.RESET_OCCURRED, targetReset: 'Task Mgmt Function Not Supported', logoutMs: 0 },
  { kind: 'LIO', forms: 'both', reserveStopsPersistent: true, reserveStopsRequestSense: true,
    registrationsStopReserve: true,
    outActions: new Map<number, readonly OutCheck[]>([
      [pr.REGISTER, []], [pr.REGISTER_AND_IGNORE_EXISTING_KEY, []],
      [pr.RESERVE, ['type', 'registered', 'key', 'scope']], [pr.RELEASE, ['registered']],
      [pr.CLEAR, ['registered', 'key']], [pr.PREEMPT, ['type', 'key', 'scope']],
      [pr.PREEMPT_AND_ABORT, ['type', 'key', 'scope']],
    ]),
    reservationStopsOut: true, unregistered: { key: sense.NOT_READY, code: sense.LUN_COMMUNICATION_FAILURE },
    capabilities: {
      compatible: true, specifiesInitiators: true, allTargetPorts: true, survivesPowerLoss: true,
      typesValid: true, allowCommands: 1, types: allTypes,
    },
    fullStatus: true, shortestAnswer: 0,
    listLengthCode: sense.PARAMETER_LIST_LENGTH_ERROR,
    // It takes SPEC_I_PT with a longer list, which is not simulated.
    refusedFlags: { flags: ['specifiesInitiators'], code: sense.INVALID_FIELD_IN_PARAMETER_LIST },
    scopeCode: sense.INVALID_FIELD_IN_PARAMETER_LIST, wrongReleaseCode: null,
    preemptsNobody: { code: sense.INVALID_FIELD_IN_PARAMETER_LIST, whenFree: true }, preemptSparesOwn: false,
    keepsAnchor: true, preemptedCode: sense.REGISTRATIONS_PREEMPTED, tellsOfEnd: 'registrants',
    countsUnregister: false, repeatsAttentions: false, requestSenseFails: false, forgetsSessions: false,
    resetCode: sense.DEVICE_RESET_OCCURRED, targetReset: 'Function Rejected', logoutMs: 3000 },
];
