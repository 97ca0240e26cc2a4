// Files in a folder that somebody else may write to: opened only where they are files, without following a link
// and without waiting for whoever else is to open them.

import { type BigIntStats, type Stats, closeSync, constants, fstatSync, lstatSync, openSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Something else than a file stands at a path. The message goes after its name: "is a FIFO, not a file". */
export class NotAFileError extends Error {
  override name = 'NotAFileError';
}

type Kind = 'isFile' | 'isSymbolicLink' | 'isDirectory' | 'isFIFO' | 'isSocket' | 'isCharacterDevice';

const kinds: readonly (readonly [Kind, string])[] = [
  ['isSymbolicLink', 'a symbolic link'], ['isDirectory', 'a folder'], ['isFIFO', 'a FIFO'], ['isSocket', 'a socket'],
];

/** What something is that is not a regular file: "a FIFO". Null for a regular file. */
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

// Windows has none of the last three, and no FIFO in a folder.
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants;

export interface ReadFile {
  readonly bytes: Buffer;
  readonly stat: BigIntStats;
}

/** Reads at most `most` bytes of a file. Throws NotAFileError, or the file system's error. */
export function readFile(path: string, most: number): ReadFile {
  // Before it is opened: opening a device may already do something, a tape rewinds.
  mustBeFile(lstatSync(path, { bigint: true }));
  const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  try {
    const stat = fstatSync(file, { bigint: true });
    mustBeFile(stat);
    // A link that took its place in between was followed; whoever takes it away again in time is not seen.
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

/** Names a version of a file: one that was put in the place of another is another. Does not follow a link. */
export const versionOf = ({ ino, size, mtimeNs }: BigIntStats): string => `${ino} ${size} ${mtimeNs}`;

const groupOrOthers = { group: 0o020, others: 0o002, sticky: 0o1000 };
const root = 0;

/**
 * The folder, this one or one above it, through which somebody else can put another file in the place of a file in
 * `folder`, as far as owner and mode tell; null where nobody can. Access lists are not read. (Not on Windows, where
 * a mode says nothing.)
 */
export function folderOfOthers(
  folder: string, { user, group }: { readonly user: number; readonly group: number },
): string | null {
  for (let path = folder, first = true; ; path = dirname(path), first = false) {
    const { uid, gid, mode } = statSync(path);
    const shared = (mode & groupOrOthers.others) !== 0
      || ((mode & groupOrOthers.group) !== 0 && gid !== root && gid !== group);
    // In a sticky folder nobody renames or deletes what is another's; but anybody makes new files.
    const replaces = shared && (first || (mode & groupOrOthers.sticky) === 0);
    if (replaces || (uid !== root && uid !== user)) return path;
    if (dirname(path) === path) return null;
  }
}
