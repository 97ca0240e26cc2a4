import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The line in ps/StorageRelease.psm1 that loads the function files, and that the merged module has no need of. */
const begin = '#region function files';
const end = '#endregion function files';

/** One psm1 of the module and all its function files: signatures are checked per file. */
export function mergedModule(folder) {
  const main = readFileSync(join(folder, 'StorageRelease.psm1'), 'utf8');
  const from = main.indexOf(begin);
  const to = main.indexOf(end);
  if (from < 0 || to < from) throw new Error(`ps/StorageRelease.psm1 has no "${begin}"`);
  const functions = ['private', 'public'].flatMap((part) => readdirSync(join(folder, part)).sort()
    .filter((name) => name.endsWith('.ps1'))
    .map((name) => readFileSync(join(folder, part, name), 'utf8').trimEnd()));
  return `${main.slice(0, from)}${functions.join('\n\n')}${main.slice(to + end.length)}`;
}
