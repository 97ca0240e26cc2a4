/** Says why there can be no real target here, or nothing. Cheap. */
export function whyNoTarget(): string | undefined;

export interface Answer {
  readonly status: number;
  /** With CHECK CONDITION. */
  readonly sense: { readonly key: number; readonly code: number } | null;
  readonly data: Uint8Array;
}

export interface Initiator {
  readonly loggedIn: boolean;
  /** A line of initiator.c's language other than `cdb`. Throws what failed below SCSI. */
  ask(line: string): Promise<string>;
  execute(lun: number, cdb: ArrayLike<number>, data?: { out?: Uint8Array; inLength?: number }): Promise<Answer>;
  /** Sends TEST UNIT READY until nothing is left to be told. */
  hearAll(lun: number): Promise<void>;
}

export interface Target {
  /** What tgtd says of itself. */
  readonly version: string;
  /** Process id of the daemon. */
  readonly daemon: number;
  initiator(name: string): Initiator;
  close(): Promise<void>;
}

/** Starts a target with logical units 1 to `units`, and an initiator of each name, logged in. */
export function openTarget(options: {
  units: number; initiators: readonly string[]; log?: (text: string) => void;
}): Promise<Target>;
