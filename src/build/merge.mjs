import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The lines in ps/StorageRelease.psm1 that load the function files, and that the merged module has no need of. */
const begin = '#region function files';
const end = '#endregion function files';

/** What is read when a command first needs it (ps/import/Import-ModulePart.ps1): name of the part to its folder. */
const parts = { Start: 'start', Private: 'private', Completion: 'completion', Remote: 'remote', Unattended: 'unattended' };

const sha256 = (text) => createHash('sha256').update(text, 'utf8').digest('hex');

/** The scripts of a folder and below, in the order in which the module reads them: by path, ordinally. */
function scriptsIn(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/')).sort()
    .filter((name) => name.endsWith('.ps1'))
    .map((name) => readFileSync(join(folder, name), 'utf8').trimEnd());
}

/**
 * The script files of the published module, name to text: signatures are checked per file. The psm1 holds what is read
 * at import and the SHA-256 of the parts.
 *
 * @param hashOf gives the SHA-256 of a part, whose text and file name it gets; of one that is signed first it is another
 */
export function publishedScripts(folder, hashOf = sha256) {
  const main = readFileSync(join(folder, 'StorageRelease.psm1'), 'utf8');
  const from = main.indexOf(begin);
  const to = main.indexOf(end);
  if (from < 0 || to < from) throw new Error(`ps/StorageRelease.psm1 has no "${begin}"`);
  const read = ['import', 'public'].flatMap((name) => scriptsIn(join(folder, name)));
  const late = Object.entries(parts).map(([name, part]) =>
    [name, `StorageRelease.${name}.ps1`, `${scriptsIn(join(folder, part)).join('\n\n')}\n`]);
  const hashes = late.map(([name, file, text]) =>
    `# Of ${file}, by the build.\n$script:PartHash['${name}'] = '${hashOf(text, file)}'\n`);
  return Object.fromEntries([
    ['StorageRelease.psm1', `${main.slice(0, from)}${read.join('\n\n')}${main.slice(to + end.length)}\n${hashes.join('')}`],
    ...late.map(([, file, text]) => [file, text]),
  ]);
}
