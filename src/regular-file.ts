// Opens files in folders to which other accounts may write: only regular files, without following a link, and without
// blocking (as the open of a FIFO would).

import { type BigIntStats, type Stats, closeSync, constants, fstatSync, lstatSync, openSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The path is not that of a file. The message follows the path: "is a FIFO, not a file". */
export class NotAFileError extends Error {
  override name = 'NotAFileError';
}

type Kind = 'isFile' | 'isSymbolicLink' | 'isDirectory' | 'isFIFO' | 'isSocket' | 'isCharacterDevice';

const kinds: readonly (readonly [Kind, string])[] = [
  ['isSymbolicLink', 'a symbolic link'], ['isDirectory', 'a folder'], ['isFIFO', 'a FIFO'], ['isSocket', 'a socket'],
];

/** The kind of anything that is not a regular file: "a FIFO". Null for a regular file. */
export function otherKind(stat: Stats | BigIntStats): string | null {
  if (stat.isFile()) return null;
  const [, what] = kinds.find(([is]) => stat[is]()) ?? [null, 'a device'];
  return what;
}

/** @throws NotAFileError */
export function mustBeFile(stat: BigIntStats): void {
  const what = otherKind(stat);
  if (what !== null) throw new NotAFileError(`is ${what}, not a file`);
}

// Windows has none of the last three, and has no FIFOs in folders.
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants;

export interface ReadFile {
  readonly bytes: Buffer;
  readonly stat: BigIntStats;
}

/** Reads at most `most` bytes of a file. Throws NotAFileError, or the file system's error. */
export function readFile(path: string, most: number): ReadFile {
  // Checked before the open, because opening a device may already do something: a tape rewinds.
  mustBeFile(lstatSync(path, { bigint: true }));
  const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  try {
    const stat = fstatSync(file, { bigint: true });
    mustBeFile(stat);
    // A link that was put in its place in between was followed by the open. If it is removed again in time, that is not noticed.
    if (O_NOFOLLOW === 0) mustBeFile(lstatSync(path, { bigint: true }));
    const bytes = Buffer.allocUnsafe(Number(stat.size < BigInt(most) ? stat.size : most));
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(file, bytes, length, bytes.length - length, null);
    }
    return { bytes: bytes.subarray(0, length), stat };
  } finally {
    closeSync(file);
  }
}

/** Identifies a version of a file: a replaced file has another one. */
export const versionOf = ({ ino, size, mtimeNs }: BigIntStats): string => `${ino} ${size} ${mtimeNs}`;

const groupOrOthers = { group: 0o020, others: 0o002, sticky: 0o1000 };
const root = 0;

/**
 * The folder, this one or one above it, that lets another account replace a file in `folder`, by owner and mode; null where
 * none does. Access lists are not read. (Not for Windows, where the mode has no meaning.)
 */
export function folderOfOthers(
  folder: string, { user, group }: { readonly user: number; readonly group: number },
): string | null {
  for (let path = folder, first = true; ; path = dirname(path), first = false) {
    const { uid, gid, mode } = statSync(path);
    const shared = (mode & groupOrOthers.others) !== 0
      || ((mode & groupOrOthers.group) !== 0 && gid !== root && gid !== group);
    // In a sticky folder only the owner of a file renames or deletes it; but everybody may create new files.
    const replaces = shared && (first || (mode & groupOrOthers.sticky) === 0);
    if (replaces || (uid !== root && uid !== user)) return path;
    if (dirname(path) === path) return null;
  }
}
