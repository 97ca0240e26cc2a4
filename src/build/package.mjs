// Makes all that others download into dist/package/, of what build.mjs has made (same input, same bytes):
//
//   npm run package -- --help
//
// StorageRelease.VERSION.nupkg               the module, as the PowerShell Gallery and any NuGet feed take it
// storage-release-VERSION-win-x64.zip        the command line: executable, koffi.node, licences, bill of materials
// storage-release-VERSION-win-arm64.zip
// SHA256SUMS                                 of these, as sha256sum writes it
// release-notes.md                           the version's section of CHANGELOG.md
// winget/, scoop/                            manifests; only with --url, the folder that the archives will be in

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { hostNode, targets } from './executable.mjs';
import { finders, httpsAddress, projectPage } from './finders.mjs';
import { releaseNotes } from './notes.mjs';
import { nupkg, readManifest } from './nupkg.mjs';
import { readOptions } from './script-options.mjs';
import { signMinutesOption, signOption } from './sign.mjs';
import { filesIn } from './stage.mjs';
import { zip } from './zip.mjs';

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

const readme = (version, target) => `StorageRelease ${version}, the command line for Windows (${target.cpu})

storage-release.exe and koffi.node belong together, in a folder that only administrators can write to:
    C:\\Program Files\\StorageRelease

    storage-release --help
    storage-release list

Licence: LICENSE. What it is made of: third-party-licenses.txt and sbom.cdx.json (CycloneDX).
`.replaceAll('\n', '\r\n');

/**
 * @param what `root` the repository; `dist` what build.mjs has made; `module` the staged module's folder; `output`
 *   where to, made anew; `url`, where it is known, the address of the folder that the archives will be in
 * @returns names of the files in `output`
 */
export async function makePackages({ root, dist, module, output, url }) {
  // Nothing is left of an earlier version.
  rmSync(output, { recursive: true, force: true });
  // The same bytes stand in two archives: read once, packed once.
  const read = new Map();
  const bytesOf = (file) => {
    const bytes = readFileSync(file);
    const hash = sha256(bytes);
    if (!read.has(hash)) read.set(hash, bytes);
    return read.get(hash);
  };
  const manifest = readManifest(readFileSync(join(module, 'StorageRelease.psd1'), 'utf8'), 'StorageRelease');
  const { version } = manifest;
  const made = new Map();
  made.set(`StorageRelease.${version}.nupkg`,
    await nupkg(manifest, filesIn(module).map((name) => [name, bytesOf(join(module, name))])));
  const archives = [];
  for (const target of targets.filter(({ os }) => os === 'win32')) {
    const folder = `storage-release-${version}-${target.name}`;
    const bills = join(dist, 'bills', target.name);
    const bytes = await zip([
      ['storage-release.exe', bytesOf(join(dist, target.name, target.executable))],
      ['koffi.node', bytesOf(join(dist, target.name, 'koffi.node'))],
      ['LICENSE', bytesOf(join(root, 'LICENSE'))],
      ['README.txt', Buffer.from(readme(version, target))],
      ['sbom.cdx.json', bytesOf(join(bills, 'sbom.cdx.json'))],
      ['third-party-licenses.txt', bytesOf(join(bills, 'third-party-licenses.txt'))],
    ].map(([name, content]) => [`${folder}/${name}`, content]));
    made.set(`${folder}.zip`, bytes);
    archives.push({ cpu: target.cpu, name: `${folder}.zip`, sha256: sha256(bytes), folder });
  }
  const sums = [...made].map(([name, bytes]) => `${sha256(bytes)}  ${name}\n`).join('');
  made.set('SHA256SUMS', sums);
  made.set('release-notes.md', `${releaseNotes(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), version)}\n`);
  if (url !== undefined) {
    for (const [name, { text }] of Object.entries(finders(manifest, archives, url))) made.set(name, text);
  }
  try {
    // The hashes last: where this is interrupted, nothing says that the rest is whole.
    for (const [name, bytes] of [...made].sort(([a], [b]) => Number(a === 'SHA256SUMS') - Number(b === 'SHA256SUMS'))) {
      mkdirSync(dirname(join(output, name)), { recursive: true });
      writeFileSync(join(output, name), bytes);
    }
  } catch (error) {
    rmSync(output, { recursive: true, force: true });
    throw error;
  }
  return [...made.keys()];
}

/** See script-options.mjs. */
const script = {
  usage: 'npm run package', about: 'builds and packages everything that others download, into dist/package',
  options: {
    url: { value: 'https://...', read: httpsAddress, about: 'the folder that the archives will be in: makes winget/ and scoop/' },
    sign: signOption,
    'sign-minutes': signMinutesOption,
    'with-linux': { about: 'the module has the executable for Linux as well' },
  },
};

/** Runs build.mjs; its exit code. */
const build = (root, args) =>
  spawnSync(process.execPath, [join(root, 'build.mjs'), ...args], { stdio: 'inherit' }).status ?? 1;

/**
 * Builds and packages; an exit code. What an earlier run has packaged is removed first: where this one fails, nobody ships
 * that in its place.
 */
export async function buildAndPackage(root, options, { dist = join(root, 'dist'), run = build, say = console.log } = {}) {
  const { sign, url, 'sign-minutes': minutes, 'with-linux': withLinux } = options;
  const output = join(dist, 'package');
  const removed = existsSync(output);
  rmSync(output, { recursive: true, force: true });
  const code = run(root, [...(sign === undefined ? [] : [`--sign=${sign}`]), ...(minutes === undefined ? [] : [`--sign-minutes=${minutes}`]),
    ...(withLinux ? ['--with-linux'] : [])]);
  if (code !== 0) {
    say(`Nothing was packaged${removed ? ', and dist/package, which an earlier run had made, was removed' : ''}.`);
    return 1;
  }
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const module = join(dist, 'module', 'StorageRelease', version);
  for (const name of await makePackages({ root, dist, module, output, url })) {
    say(`dist/package/${name} ${readFileSync(join(output, name)).length} bytes`);
  }
  if (sign === undefined) say('Nothing is signed: there was no --sign "COMMAND {file}".');
  if (url === undefined) say('No manifests for winget and Scoop: where the archives will be was not said (--url https://...).');
  else if (projectPage(readManifest(readFileSync(join(module, 'StorageRelease.psd1'), 'utf8'), 'StorageRelease'), url) === null) {
    say('scoop/storage-release.json names the folder of the archives as its homepage: StorageRelease.psd1 has no ProjectUri. '
      + 'Write the project\'s page there.');
  }
  return 0;
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
  const options = readOptions(script, {
    refused: () => (existsSync(join(root, 'dist', 'package')) ? 'dist/package is as an earlier run made it.\n' : ''),
  });
  const node = hostNode(root);
  if (!existsSync(node)) {
    console.error(`There is no ${node}.\nInstall what the build needs: npm ci`);
    process.exitCode = 1;
  } else if (process.execPath === node) {
    process.exitCode = await buildAndPackage(root, options);
  } else {
    // Another version of zlib packs to other bytes: always that of the Node that is shipped.
    process.exitCode = spawnSync(node, process.argv.slice(1), { stdio: 'inherit' }).status ?? 1;
  }
}
