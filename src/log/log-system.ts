// What a log needs of the system: files, and checks of their folders. Implemented for Windows (bus/windows/log-files.ts) and
// for all other systems (node-files.ts).

/** Why a file cannot be written or read as a log: one sentence, without the file's name. */
export class LogProblem extends Error {
  override name = 'LogProblem';
}

export interface LogHandle {
  /** Identifies the file, even if its path leads to another one by now. */
  readonly identity: string;
  size(): Promise<number>;
  /** Reads from a position; resolves with the number of bytes. */
  read(bytes: Uint8Array, position: number): Promise<number>;
  /** One write at the end of the file; resolves with the number of bytes written. */
  append(bytes: Uint8Array): Promise<number>;
  /** Resolves when all that was written has reached the disk. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface LogFiles {
  /**
   * Opens a file for appending, and creates it where it is missing. Rejects with LogProblem where a rule forbids it.
   */
  append(path: string): Promise<LogHandle>;
  read(path: string): Promise<LogHandle>;
  /** Identity of the file or link at a path; null where there is none. */
  identityOf(path: string): Promise<string | null>;
  /** Calls `run` while no other process holds the same lock; resolves with false where another one holds it. */
  exclusively(lock: string, run: () => Promise<void>): Promise<boolean>;
  /** Renames a file; replaces an existing one at `to`. */
  rename(from: string, to: string): Promise<void>;
  /** The name of the account that runs this process. */
  user(): string;
}

/** Whether an error says that there is no such file. */
export class NoSuchFile extends LogProblem {
  override name = 'NoSuchFile';
}
