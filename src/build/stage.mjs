// The published module, put together in a folder; and signed there, in the order in which no signature breaks a hash:
// executables (signed by who made them), their hashes, the parts, their hashes, all other scripts, the manifest.

import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { publishedScripts } from './merge.mjs';
import { releaseNotes } from './notes.mjs';

/** Folders whose scripts are in the published files, and one that stands beside the manifest. */
const notPublished = ['import', 'public', 'start', 'private', 'completion', 'remote', 'unattended', 'en-US'];

/** What PowerShell looks for a signature in. Those who set up a restricted endpoint edit its files (ps/jea). */
const signed = /\.(?:ps1|psm1|ps1xml)$/;

const sha256 = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');

/** Files of a folder and below, with `/`, in the same order everywhere. */
export const filesIn = (folder) => readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1).replaceAll('\\', '/')).sort();

/** Puts all of the published module that is text into a folder. `footer` follows the merged psm1. */
export function stageScripts(root, folder, footer = '', sign = () => {}) {
  mkdirSync(join(folder, 'ps'), { recursive: true });
  for (const name of ['StorageRelease.psd1', 'LICENSE', 'README.md', 'CHANGELOG.md']) {
    copyFileSync(join(root, name), join(folder, name));
  }
  const write = (name, text) => {
    const file = join(folder, 'ps', name);
    writeFileSync(file, text);
    sign(file);
    return file;
  };
  const main = 'StorageRelease.psm1';
  const scripts = publishedScripts(join(root, 'ps'), (text, name) => sha256(write(name, text)));
  write(main, scripts[main] + footer);
  // Get-Help looks for about topics beside the manifest; the README links to the documentation.
  cpSync(join(root, 'ps', 'en-US'), join(folder, 'en-US'), { recursive: true });
  cpSync(join(root, 'docs'), join(folder, 'docs'), { recursive: true });
  for (const name of readdirSync(join(root, 'ps'))) {
    if (name.endsWith('.psm1') || notPublished.includes(name)) continue;
    cpSync(join(root, 'ps', name), join(folder, 'ps', name), { recursive: true });
  }
  // A link to what is in the repository alone would lead nowhere.
  for (const name of filesIn(folder).filter((one) => one.endsWith('.md'))) {
    const file = join(folder, name);
    writeFileSync(file, readFileSync(file, 'utf8').replace(/\[([^\]]+)\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g, (link, text, to) =>
      (existsSync(join(dirname(file), to)) ? link : `${text} (in the repository)`)));
  }
  for (const name of filesIn(join(folder, 'ps'))) {
    if (signed.test(name) && name !== main && !(name in scripts)) sign(join(folder, 'ps', name));
  }
}

/** Text in a manifest: PowerShell's single quotes, ASCII alone (Windows PowerShell reads anything else by code page). */
const quoted = (text) => `'${text.replace(/[\u2018\u2019]/g, "'").replace(/[^\n -~]/g, '?').replaceAll("'", "''")}'`;

/**
 * Puts the published module into a folder.
 *
 * @param what `root` the repository; `folder` where to; `dist` where the executables are, each in the folder of its
 *   target; `targets` rows of src/build/executable.mjs that go in; `build` the id of the build; `bill` and `licences`
 *   texts; `sign` signs a file in its place
 */
export function stageModule({ root, folder, dist, targets, build, bill, licences, sign = () => {} }) {
  const hashes = targets.map((target) => {
    cpSync(join(dist, target.name), join(folder, 'dist', target.name), { recursive: true });
    const name = `${target.name}/${target.executable}`;
    return `$script:ExecutableHash['${name}'] = '${sha256(join(dist, name))}'\n`;
  });
  // In the module's own file, so that a signature of it covers the executables.
  stageScripts(root, folder, `\n# Of the executables in ../dist, by the build.\n${hashes.join('')}`, sign);
  writeFileSync(join(folder, 'ps', 'build.txt'), build);
  writeFileSync(join(folder, 'sbom.cdx.json'), bill);
  writeFileSync(join(folder, 'third-party-licenses.txt'), licences);
  const manifest = join(folder, 'StorageRelease.psd1');
  const text = readFileSync(manifest, 'utf8');
  const [, version] = /^ *ModuleVersion *= '([^']+)'/m.exec(text) ?? [];
  const notes = releaseNotes(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), version);
  const list = filesIn(folder).map((name) => `        ${quoted(name)}`).join(',\n');
  const full = text
    .replace(/^( *)ReleaseNotes = .*$/m, (_, blanks) => `${blanks}ReleaseNotes = ${quoted(notes)}`)
    .replace(/^( *)PrivateData /m, (_, blanks) =>
      `${blanks}FileList             = @(\n${list})\n${blanks}PrivateData `);
  if (!full.includes('FileList') || !full.includes(quoted(notes))) {
    throw new Error('StorageRelease.psd1 has another shape');
  }
  writeFileSync(manifest, full);
  sign(manifest);
}
