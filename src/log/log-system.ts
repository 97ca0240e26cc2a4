// What a log takes from the system: files, and the rules of the folders that they are in. One for Windows
// (bus/windows/log-files.ts), one for all others (node-files.ts).

/** Why a file is none that a log is written to or read from: one sentence, without the file's name. */
export class LogProblem extends Error {
  override name = 'LogProblem';
}

export interface LogHandle {
  /** Names the file, whatever its path leads to by now. */
  readonly identity: string;
  size(): Promise<number>;
  /** Reads from a position; how many bytes there were. */
  read(bytes: Uint8Array, position: number): Promise<number>;
  /** One write at the end of the file; how many bytes of it. */
  append(bytes: Uint8Array): Promise<number>;
  /** Resolves when all that was written has reached the disk. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface LogFiles {
  /**
   * Opens a file to append to, and makes it where it is missing. Rejects with LogProblem where a rule forbids it.
   */
  append(path: string): Promise<LogHandle>;
  read(path: string): Promise<LogHandle>;
  /** Identity of what has a path, be it a link; null where there is nothing. */
  identityOf(path: string): Promise<string | null>;
  /** Runs it while no other process does the same; false where another one does. */
  exclusively(lock: string, run: () => Promise<void>): Promise<boolean>;
  /** In the place of what `to` leads to. */
  rename(from: string, to: string): Promise<void>;
  /** Who runs this, as the system says. */
  user(): string;
}

/** Whether an error says that there is no such file. */
export class NoSuchFile extends LogProblem {
  override name = 'NoSuchFile';
}
