// On Windows a file that a process runs from can be neither deleted nor written, but it can be renamed: the module can be
// built while a session uses it. What was renamed goes to a folder of its own, because nothing may lie beside the executable.

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

let count = 0;

/** Takes a file, or a folder with all that is in it, out of the way: deletes it, or renames what is in use into `aside`. */
export function takeAway(path, aside, remove = (file) => rmSync(file)) {
  if (!existsSync(path)) return;
  if (statSync(path).isDirectory()) {
    for (const name of readdirSync(path)) takeAway(join(path, name), aside, remove);
    rmSync(path, { recursive: true });
    return;
  }
  try {
    remove(path);
  } catch (error) {
    if (!['EBUSY', 'EPERM', 'EACCES'].includes(error.code)) throw error;
    mkdirSync(aside, { recursive: true });
    renameSync(path, join(aside, `${process.pid}-${++count}-${basename(path)}`));
  }
}

/** Deletes what earlier builds have put aside and nobody uses any more. */
export function clearAside(aside, remove = (file) => rmSync(file)) {
  if (!existsSync(aside)) return;
  for (const name of readdirSync(aside)) {
    try {
      remove(join(aside, name));
    } catch {
      // Still in use: the next build tries again.
    }
  }
}
