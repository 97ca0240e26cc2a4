// Reads the list that --from names. Before a disk is opened: after that this process reads no file any more.

import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { fileReason } from '../../message-of.ts';
import { ListError, longestList, readList } from './list-file.ts';
import type { ListRecord } from './record-claim.ts';

/** Rejects with ListError. `-` is stdin. */
export async function loadList(path: string, stdin: () => Readable): Promise<ListRecord[]> {
  try {
    return readList(await loadFile(path, stdin, longestList));
  } catch (error) {
    if (error instanceof ListError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    throw new ListError(code === 'ENOENT' ? 'does not exist' : code === 'EISDIR' ? 'is a folder'
      : `cannot be read: ${fileReason(error)}`);
  }
}

/** A file's bytes, or those of stdin (`-`); of one that is longer, more than `longest`. */
export async function loadFile(path: string, stdin: () => Readable, longest: number): Promise<Buffer> {
  if (path === '-') return all(stdin(), longest);
  const handle = await open(path, 'r');
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
