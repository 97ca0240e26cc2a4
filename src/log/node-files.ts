// The files of a log by Node's functions, for every system but Windows; there see bus/windows/log-files.ts.

import { constants, lstatSync, statSync, type BigIntStats } from 'node:fs';
import { type FileHandle, lstat, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileReason } from '../message-of.ts';
import { NotAFileError, folderOfOthers, mustBeFile } from '../regular-file.ts';
import { type LogFiles, type LogHandle, LogProblem, NoSuchFile } from './log-system.ts';

export interface NodeAccount {
  readonly user: number;
  readonly group: number;
  readonly name: string;
}

/** A lock as old as this was left by a process that was killed: renaming takes a moment. */
const staleMs = 60_000;

const { O_APPEND, O_CREAT, O_RDWR, O_RDONLY, O_DSYNC = 0, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants;
const careful = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

const identity = ({ dev, ino }: BigIntStats): string => `${dev}.${ino}`;
const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

class NodeHandle implements LogHandle {
  readonly identity: string;
  readonly #file: FileHandle;

  constructor(file: FileHandle, its: string) {
    this.#file = file;
    this.identity = its;
  }

  async size(): Promise<number> {
    return (await this.#file.stat()).size;
  }

  async read(bytes: Uint8Array, position: number): Promise<number> {
    return (await this.#file.read(bytes, 0, bytes.length, position)).bytesRead;
  }

  async append(bytes: Uint8Array): Promise<number> {
    return (await this.#file.write(bytes)).bytesWritten;
  }

  /** Nothing to do: with O_DSYNC each write is on the disk when it returns. The permission model has no fsync. */
  async flush(): Promise<void> {}

  close(): Promise<void> {
    return this.#file.close();
  }
}

export class NodeFiles implements LogFiles {
  readonly #account: NodeAccount;

  constructor(account: NodeAccount) {
    this.#account = account;
  }

  user(): string {
    return this.#account.name;
  }

  append(path: string): Promise<LogHandle> {
    return said(async () => {
      this.#checkFolder(dirname(path));
      return this.#open(path, O_RDWR | O_APPEND | O_CREAT | O_DSYNC);
    });
  }

  read(path: string): Promise<LogHandle> {
    return said(() => this.#open(path, O_RDONLY));
  }

  async identityOf(path: string): Promise<string | null> {
    try {
      return identity(await lstat(path, { bigint: true }));
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null;
      throw error;
    }
  }

  async exclusively(lock: string, run: () => Promise<void>): Promise<boolean> {
    for (let tries = 0; ; tries++) {
      try {
        await (await open(lock, 'wx', 0o600)).close();
        break;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
        const old = Date.now() - (await stat(lock).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
        if (tries > 0 || old < staleMs) return false;
        await unlink(lock).catch(() => {});
      }
    }
    try {
      await run();
    } finally {
      await unlink(lock);
    }
    return true;
  }

  rename(from: string, to: string): Promise<void> {
    return rename(from, to);
  }

  /** Root writes only where no other account can put another file, or a link, in the place of the log. */
  #checkFolder(folder: string): void {
    if (!statSync(folder).isDirectory()) throw new LogProblem(`${folder} is not a folder`);
    if (this.#account.user !== 0) return;
    const others = folderOfOthers(folder, this.#account);
    if (others === null) return;
    throw new LogProblem(`users other than root can write to the folder ${others}, and a file that they put there `
      + 'would be written with the rights of root');
  }

  async #open(path: string, flags: number): Promise<LogHandle> {
    // Checked before the open, because opening a device may already do something.
    const before = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (before !== undefined) mustBeFile(before);
    const file = await open(path, flags | careful, 0o600);
    try {
      const its = await file.stat({ bigint: true });
      mustBeFile(its);
      return new NodeHandle(file, identity(its));
    } catch (error) {
      await file.close();
      throw error;
    }
  }
}

/** Converts the system's errors to sentences about the file. */
async function said<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof LogProblem) throw error;
    if (error instanceof NotAFileError) throw new LogProblem(`it ${error.message}`);
    const code = codeOf(error);
    if (code === 'ENOENT') throw new NoSuchFile(fileReason(error));
    if (code === 'ELOOP') throw new LogProblem('it is a symbolic link, not a file');
    throw new LogProblem(fileReason(error));
  }
}
