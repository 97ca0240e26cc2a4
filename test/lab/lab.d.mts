/** Says why the lab cannot run on this machine, or nothing. Cheap. */
export function whyNoLab(): string | undefined;

/** Opens a lab. Labs are independent of each other: each has its own Wine prefix, wineserver and driver. */
export function openLab(options?: { log?: (text: string) => void }): Promise<Lab>;

export type Behaviour = 'accepted' | 'conflict' | 'unsupported' | 'notready' | 'hung' | 'slow' | 'vanishing'
  | 'cancellable' | 'hangquery' | 'denied' | 'gone' | 'timeout' | 'unmapped' | 'renumbered' | 'garbage';

/** How a shared disk answers PERSISTENT RESERVE IN. */
export type Oddity = 'none' | 'short' | 'long' | 'length' | 'garbage';

/** A disk's number, or one of the two others. */
export type Unit = number | 'tape0' | 'changer0';

export interface RunOptions {
  /** 30 s when not given. */
  timeoutMs?: number;
  /**
   * `none` (NUL, the default), a file of `lab.dir`, or `pipe:` and such a file: a Windows pipe that ends after the
   * file's bytes. With `pipe+N:` it ends no sooner than the program has put out N lines.
   */
  stdin?: string;
  /** A folder of `lab.dir`. */
  cwd?: string;
  /** Added to the environment. */
  env?: Record<string, string>;
}

export interface Ran {
  /** The Windows exit code, all 32 bits, unsigned. */
  code: number;
  stdout: string;
  stderr: string;
  /** What Wine said besides: see WINEDEBUG. */
  trace: string;
  /** The time limit ended it. */
  timedOut: boolean;
  /** False: terminated, and the process is still there (a request hangs in a driver). */
  ended: boolean;
  /** From its creation to its end, as Windows saw it. */
  ms: number;
  /** Unix time in milliseconds of its end, and of the end of the pipe that it reads (0: it reads none). */
  endedAt: number;
  inputEndedAt: number;
}

export interface Counters {
  kind: 'disk' | 'tape' | 'changer';
  number: number;
  behaviour: Behaviour;
  /** The NTSTATUS that RELEASE ends with, unsigned. */
  status: number;
  /** Those that came as far as the driver. */
  opens: number;
  closes: number;
  releases: number;
  reserves: number;
  /** CHECK_VERIFY and CHECK_VERIFY2. */
  verifies: number;
  /** GET_DEVICE_NUMBER, QUERY_PROPERTY and IS_CLUSTERED. */
  queries: number;
  /** PERSISTENT RESERVE IN, by its own control code and by pass-through. */
  lists: number;
  /** Every other control code, pass-through of every other command, and the last of those. */
  others: number;
  lastCode: number;
  /** Requests that the driver holds now. */
  pending: number;
  /** IRP_MJ_READ. */
  reads: number;
  /** PERSISTENT RESERVE OUT, by service action: REGISTER, RESERVE, RELEASE, CLEAR, PREEMPT, PREEMPT AND ABORT, REGISTER AND IGNORE. */
  outs: number[];
  /** IOCTL_STORAGE_BREAK_RESERVATION to the adapter, with the disk's address. */
  resets: number;
}

export interface Lab {
  /** A folder of the host that the programs of the lab see as Z:\lab. */
  readonly dir: string;
  /** What the compiler said when it built the driver; nothing, if all is well. */
  readonly warnings: string;
  /** The Windows path of a file in `dir`. */
  winPath(hostPath: string): string;
  /** Copies a file or folder into `dir` and gives the copy's host path. */
  copyIn(hostPath: string, name?: string): string;
  /** Runs lines as a batch file of cmd.exe does. */
  cmd(commandLine: string, options?: RunOptions): Promise<Ran>;
  /** Runs a Windows program, no shell between. `program` is in `dir`, or a Windows path. */
  exe(program: string, args?: readonly string[], options?: RunOptions): Promise<Ran>;
  /**
   * What runs the words behind it in the lab, as a Unix program does that has a terminal or sshd's pipes:
   * `[...launcher(), 'wine', 'Z:\\lab\\x.exe']`. PowerShell can use those; Node cannot.
   */
  launcher(options?: { env?: Record<string, string> }): string[];
  counters(): Promise<Counters[]>;
  /** Sets every counter but `pending` to 0. */
  reset(): Promise<void>;
  /** Every unit behaves as at the start again; what hangs still hangs. */
  restore(): Promise<void>;
  /** Completes every request that hangs, with a status; gives how many. */
  complete(status?: number): Promise<number>;
  /** Changes a unit to a behaviour, or what its RELEASE ends with to a status. */
  set(unit: Unit, what: Behaviour | number): Promise<void>;
  /**
   * The other host sends a command to a shared disk: 100 to 104 answer PERSISTENT RESERVE IN whoever holds them,
   * 105 to 109 refuse it while anybody does.
   */
  other(unit: Unit, command: 'reserve' | 'release'): Promise<'good' | 'conflict'>;
  /** So many initiators, none of the two hosts, have registered from now on; the first holds the reservation. */
  keys(unit: Unit, count: number): Promise<'good' | 'conflict'>;
  /** A reset of the unit: nobody holds it by RESERVE any more. */
  resetUnit(unit: Unit): Promise<void>;
  odd(unit: Unit, kind: Oddity): Promise<void>;
  /** What units answer, asked by the lab's own control program: one object each. */
  probe(...units: Unit[]): Promise<Record<string, unknown>[]>;
  /** Ends all that runs in the lab and removes its folder. */
  close(): Promise<void>;
}
