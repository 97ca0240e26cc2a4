// What a logical unit of a rehearsal remembers between commands.

export interface Registration {
  readonly initiator: string;
  readonly key: bigint;
  /** Made with ALL_TG_PT, which it takes again to change it or take it back. */
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

/** All that a logical unit remembers between commands. Replaced as a whole, never changed in place. */
export interface UnitState {
  /** Holder of the SCSI-2 reservation. */
  readonly reservedBy: string | null;
  readonly registrations: readonly Registration[];
  readonly persistent: PersistentReservation | null;
  /** PRgeneration. */
  readonly generation: number;
  /** Registrations and the persistent reservation survive a loss of power (PTPL_A). */
  readonly aptpl?: boolean;
  /** Additional sense codes that wait for an initiator's next command, oldest first. */
  readonly unitAttentions: Readonly<Record<string, readonly number[]>>;
  /** Initiators that logged out; the next command of one logs it in. Only where that makes a difference. */
  readonly loggedOut?: readonly string[];
}

export const freshState: UnitState = {
  reservedBy: null, registrations: [], persistent: null, generation: 0, unitAttentions: {},
};
