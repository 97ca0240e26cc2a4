// The seam between the program and the machine. Everything that touches a device goes through this interface. It has two
// implementations: `windows/` (the real storage stack) and `rehearsal/` (a simulated SCSI bus). Neither has any policy: a
// bus opens a device, sends one control code or reads one block, and returns the answer.

/** The column `Bus` of each result. */
export type BusKind = 'Windows' | 'Rehearsal';

/**
 * The access rights of a handle. `query` has none: it is enough to read the identity, also for a user who is not
 * elevated, and no command that needs FILE_READ_ACCESS gets through. `read` is GENERIC_READ. `readwrite` is for the codes
 * that need write access: SCSI pass-through, even of a command that only reads, and PERSISTENT RESERVE OUT. It is used
 * only where the user asked for something that needs one of these codes.
 */
export type Access = 'query' | 'read' | 'readwrite';

/** A completed request; see IO_STATUS_BLOCK. */
export interface Completion {
  /** NTSTATUS, unsigned 32 bits. */
  readonly status: number;
  /** Number of bytes that the driver claims to have written, which may be more than the buffer holds. */
  readonly information: bigint;
  /** The bytes that were written: never more than the requested output length. */
  readonly output: Uint8Array;
}

/** A successful open has a disk; a failed one has the NTSTATUS or the Win32 code of the failure. */
export type Opening =
  | { readonly disk: Disk }
  | { readonly disk?: undefined; readonly status: number | null; readonly win32: number };

/** What holds a request back from its device: the beginning of a sentence, and the next step. */
export interface Held {
  readonly message: string;
  readonly nextStep: string;
}

export interface Disk {
  /**
   * Sends one control code. Never rejects because of an answer of a device or driver. Resolves when the driver completes
   * the request, which may be minutes later or never: the caller sets the deadline. The caller sends one request at a
   * time on a disk.
   */
  control(code: number, input: Uint8Array | null, outputLength: number): Promise<Completion>;
  /**
   * Reads the first `length` bytes of the medium, whole blocks, over a handle with `read` access. Only the status is
   * returned: `output` is always empty, and the data are discarded. Otherwise like `control`.
   */
  read(length: number): Promise<Completion>;
  /** Asks the driver to cancel the pending request. The driver may not do so. */
  cancel(): void;
  /**
   * What the pending request waits for before it goes to the device; null where it was sent. Only a rehearsal holds
   * requests back. A request that is cancelled while it is held back is never sent.
   */
  held?(): Held | null;
  /** Closes the handle once no request is pending on it. May be called twice. */
  close(): Promise<void>;
}

/** What this host uses its disks for, as far as that can be read without a request to the disks. */
export interface DiskRoles {
  readonly boot: ReadonlySet<number>;
  readonly system: ReadonlySet<number>;
  readonly multipath: ReadonlySet<number>;
  /** Whether a disk that MPIO owns did not tell its number: then a disk outside `multipath` may have several paths, too. */
  readonly multipathUnknown?: boolean;
  /** Disks with a page file; undefined where that cannot be read. */
  readonly pagefile?: ReadonlySet<number>;
}

/**
 * A device in the host's own inventory, known before anything is opened: what Get-Disk would show, which may be stale.
 */
export interface InventoryRow {
  readonly path: string;
  /** Null for tapes, changers and CD-ROMs, which are numbered on their own. */
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
  /** What the texts above were made of, not cleaned, because it is compared; null where the device did not answer. */
  readonly reported: {
    readonly vendorId: string | null;
    readonly serialNumber: string | null;
    /** The names of page 83h as text. */
    readonly uniqueIds: readonly string[];
  } | null;
}

export interface Bus {
  readonly kind: BusKind;
  /** The computer whose disks these are. */
  readonly computerName: string;
  /**
   * Paths of all disks, in the order of their numbers, then tapes and changers: `\\.\PhysicalDrive0`, `\\.\Tape0`.
   */
  list(): Promise<string[]>;
  /** The host's inventory, where the bus simulates one. On Windows the Storage module has it. */
  inventory?(): Promise<InventoryRow[]>;
  /** Names of this host's initiator ports, in the form of READ FULL STATUS, where the bus simulates them. */
  initiatorPorts?(): Promise<string[]>;
  /**
   * Opens a device path that `disk/device-path.ts` has accepted. This may take minutes, or never return.
   */
  open(path: string, access: Access): Promise<Opening>;
  /** Boot, system and multipath disks by number, read anew by each call. A role that cannot be read is left out. */
  roles(): Promise<DiskRoles>;
  /** Settles when the state of a rehearsal is stored. The Windows bus has nothing to store. */
  flush(): Promise<void>;
  close(): Promise<void>;
}
