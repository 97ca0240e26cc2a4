// The seam between the program and the machine. Everything that touches a device goes through here; there are two
// implementations: `windows/` (the real storage stack) and `rehearsal/` (a simulated SCSI bus). No policy lives on
// either side: a bus opens, sends one control code, or reads one block, and says what came back.

/** `Bus` in each result: which of the two answered. */
export type BusKind = 'Windows' | 'Rehearsal';

/**
 * What a handle is opened for. `query` asks for no access at all: identity can be read with it, also by a user
 * who is not elevated, and no command that needs FILE_READ_ACCESS gets through. `read` is GENERIC_READ.
 * `readwrite` is there for the codes that demand write access: SCSI pass-through, also for a command that only
 * reads, and PERSISTENT RESERVE OUT. Nothing opens so unless the user asked for what only these can do.
 */
export type Access = 'query' | 'read' | 'readwrite';

/** A completed request, as IO_STATUS_BLOCK has it. */
export interface Completion {
  /** NTSTATUS, unsigned 32 bits. */
  readonly status: number;
  /** Bytes that the driver says it wrote. A driver can say more than the buffer holds; `output` never does. */
  readonly information: bigint;
  /** The bytes that really are there: at most the output length asked for. */
  readonly output: Uint8Array;
}

/** An open that worked has a disk; one that failed has the NTSTATUS, or the Win32 code, that says why. */
export type Opening =
  | { readonly disk: Disk }
  | { readonly disk?: undefined; readonly status: number | null; readonly win32: number };

/** What keeps a request from its device: the beginning of a sentence, and what to do about it. */
export interface Held {
  readonly message: string;
  readonly nextStep: string;
}

export interface Disk {
  /**
   * Sends one control code. Never rejects for what a device or driver answers. Resolves when the driver completes
   * the request, which may be minutes later or never; deadlines are the caller's business.
   * The caller sends one request at a time on a disk.
   */
  control(code: number, input: Uint8Array | null, outputLength: number): Promise<Completion>;
  /**
   * Reads the first `length` bytes of the medium, whole blocks, on a handle of `read` access. Tells how that ended
   * and nothing more: `output` is always empty, and what was read is forgotten. Otherwise as `control`.
   */
  read(length: number): Promise<Completion>;
  /** Asks the driver to give up the pending request: an attempt, not a promise. */
  cancel(): void;
  /**
   * What the pending request waits for before it goes to the device; null where it went. Only a rehearsal waits for
   * anything, and what is cancelled while it does never goes.
   */
  held?(): Held | null;
  /** Closes the handle once nothing is pending on it. Safe to call twice. */
  close(): Promise<void>;
}

/** What this host uses a disk for, as far as it can be told without asking the disk. */
export interface DiskRoles {
  readonly boot: ReadonlySet<number>;
  readonly system: ReadonlySet<number>;
  readonly multipath: ReadonlySet<number>;
  /** A disk that MPIO owns did not say its number: one that is not in `multipath` may have several paths, too. */
  readonly multipathUnknown?: boolean;
  /** Disks with a page file; left out where it cannot be told. */
  readonly pagefile?: ReadonlySet<number>;
}

/**
 * A device as the host's own inventory has it before anything is opened: what Get-Disk would say, right or stale.
 */
export interface InventoryRow {
  readonly path: string;
  /** Null for tapes, changers and CD-ROMs: their numbers are another count. */
  readonly number: number | null;
  readonly friendlyName: string | null;
  readonly serialNumber: string | null;
  readonly uniqueId: string | null;
  /** Name of STORAGE_BUS_TYPE without its prefix. */
  readonly busType: string | null;
  readonly boot: boolean | null;
  readonly system: boolean | null;
  readonly clustered: boolean | null;
  readonly multipath: boolean | null;
}

export interface Bus {
  readonly kind: BusKind;
  /** The computer whose disks these are. */
  readonly computerName: string;
  /**
   * Paths of all disks, in the order of their numbers, then tapes and changers: `\\.\PhysicalDrive0`, `\\.\Tape0`.
   */
  list(): Promise<string[]>;
  /** The host's inventory, where the bus plays that part too. On Windows it is the Storage module's. */
  inventory?(): Promise<InventoryRow[]>;
  /** Names of this host's initiator ports, as READ FULL STATUS tells them, likewise. */
  initiatorPorts?(): Promise<string[]>;
  /**
   * Opens a device path that `disk/device-path.ts` has let through. May take minutes or for ever, like the real
   * one.
   */
  open(path: string, access: Access): Promise<Opening>;
  /** Boot, system and multipath disks by number; read once per call. A role that cannot be told is left out. */
  roles(): Promise<DiskRoles>;
  /** Settles when all that must outlive the process is stored. The Windows bus has nothing to store. */
  flush(): Promise<void>;
  close(): Promise<void>;
}
