// Reads the list that --from names. Before a disk is opened: after that this process reads no file any more.

import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { fileReason } from '../../message-of.ts';
import { NotAFileError, otherKind } from '../../regular-file.ts';
import { ListError, longestList, readList } from './list-file.ts';
import type { ListRecord } from './record-claim.ts';

export { ListError };

/** Rejects with ListError. `-` is stdin. */
export async function loadList(path: string, stdin: () => Readable): Promise<ListRecord[]> {
  try {
    return readList(await loadFile(path, stdin, longestList));
  } catch (error) {
    if (error instanceof ListError) throw error;
    if (error instanceof NotAFileError) throw new ListError(error.message);
    const code = (error as NodeJS.ErrnoException).code;
    throw new ListError(code === 'ENOENT' ? 'does not exist' : code === 'EISDIR' ? 'is a folder'
      : `cannot be read: ${fileReason(error)}`);
  }
}

// Windows has neither.
const { O_RDONLY, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants;

/** A name of something that the caller has opened already, a pipe for example: nothing waits for its other end. */
const descriptor = /^\/(?:dev|proc\/(?:self|\d+))\/(?:fd\/\d+|stdin)$/;

/** Refuses what may keep a reader waiting for ever (a FIFO), or what may act when it is opened (a tape drive). */
async function openToRead(path: string): Promise<FileHandle> {
  if (descriptor.test(path)) return open(path, O_RDONLY);
  const refuseOther = (what: string | null): void => {
    if (what !== null && what !== 'a folder') throw new NotAFileError(`is ${what}, not a regular file`);
  };
  refuseOther(otherKind(await stat(path)));
  const handle = await open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  try {
    refuseOther(otherKind(await handle.stat()));
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * A file's bytes, or those of stdin (`-`); of one that is longer, more than `longest`. Rejects with NotAFileError, or
 * the file system's error.
 */
export async function loadFile(path: string, stdin: () => Readable, longest: number): Promise<Buffer> {
  if (path === '-') return all(stdin(), longest);
  const handle = await openToRead(path);
  try {
    return await all(handle.createReadStream({ autoClose: false }), longest);
  } finally {
    await handle.close();
  }
}

/** No more than what tells that it is too much. */
async function all(stream: Readable, longest: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > longest) break;
  }
  return Buffer.concat(chunks);
}
