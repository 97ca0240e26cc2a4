// The state that a logical unit of a rehearsal keeps between commands.

export interface Registration {
  readonly initiator: string;
  readonly key: bigint;
  /** Registered with ALL_TG_PT, which is needed again to change the registration or to remove it. */
  readonly allTargetPorts?: boolean;
}

export interface PersistentReservation {
  /** Null where every registrant holds (types 7 and 8). */
  readonly holder: string | null;
  readonly type: number;
  /** Default: that of the logical unit, 0. */
  readonly scope?: number;
  /** See `keepsAnchor`; default: the first registrant. */
  readonly anchor?: string;
}

/** The state of a logical unit. Replaced as a whole, never changed in place. */
export interface UnitState {
  /** Holder of the SCSI-2 reservation. */
  readonly reservedBy: string | null;
  readonly registrations: readonly Registration[];
  readonly persistent: PersistentReservation | null;
  /** PRgeneration. */
  readonly generation: number;
  /** Registrations and the persistent reservation survive a loss of power (PTPL_A). */
  readonly aptpl?: boolean;
  /** Additional sense codes of unit attentions that are pending for an initiator, oldest first. */
  readonly unitAttentions: Readonly<Record<string, readonly number[]>>;
  /** Initiators that have logged out; the next command of one logs it in. Kept only where that makes a difference. */
  readonly loggedOut?: readonly string[];
}

export const freshState: UnitState = {
  reservedBy: null, registrations: [], persistent: null, generation: 0, unitAttentions: {},
};
