// Node's single-executable build, the same for what is shipped and for the tests' probe of what code in it may do.
// https://nodejs.org/api/single-executable-applications.html

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { withCodeFor } from './built-in-code.mjs';
import { unheard, withoutVariables } from './environment.mjs';
import { withIcon } from './icon.mjs';
import { withoutSignature } from './pe.mjs';
import { withVersionResource } from './version-resource.mjs';

export const targets = [
  { name: 'linux-x64', os: 'linux', cpu: 'x64', node: 'bin/node', executable: 'storage-release' },
  { name: 'win-x64', os: 'win32', cpu: 'x64', node: 'bin/node.exe', executable: 'storage-release.exe' },
  { name: 'win-arm64', os: 'win32', cpu: 'arm64', node: 'bin/node.exe', executable: 'storage-release.exe' },
];

export const isHost = (target) => target.os === process.platform && target.cpu === process.arch;

/** Node's own options, fixed at build: the environment and the command line cannot add any (execArgvExtension). */
export const nodeOptions = (target) => [
  '--permission', '--allow-addons', '--allow-fs-read=*', '--allow-fs-write=*', '--disable-warning=PERM0001',
  '--disallow-code-generation-from-strings', '--disable-proto=throw', '--disable-sigusr1',
  '--no-experimental-global-navigator',
  // MB: what a worker's memory grows to is its young generation, not its disks (docs/performance.md).
  '--max-semi-space-size=4',
  // The default file is looked up through OPENSSL_CONF, and may name a DLL to load.
  `--openssl-config=${target.os === 'win32' ? 'NUL' : '/dev/null'}`,
];

/** Node's executable of a target among the packages of a node_modules folder. */
export const nodeOf = (target, nodeModules) =>
  join(nodeModules, `node-${target.os === 'win32' ? 'win' : target.os}-${target.cpu}`, target.node);

/** The Node that builds must be the very version that is shipped; the one on PATH may be older. */
export function hostNode(root) {
  const host = targets.find(isHost);
  if (!host) {
    throw new Error(`There is no Node package of this kind of machine: ${process.platform}-${process.arch}.`);
  }
  return nodeOf(host, join(root, 'node_modules'));
}

/**
 * Makes an executable of a target, from one CommonJS file and Node's executable for that target.
 *
 * @param target a row of `targets`
 * @param files `root` is the repository; `main` as it is to stand in the executable (a full path would make each
 *   folder's build another one), seen from the root; `assets` maps names to files; `base` is Node's executable; `output` the file to write;
 *   `work` a folder for what is needed meanwhile; `product`, of an executable for Windows, `{ version, texts }` of its
 *   version resource; without it that and the icon stay Node's
 */
export function buildExecutable(target, { root, main, assets = {}, base, output, work, product }) {
  mkdirSync(dirname(output), { recursive: true });
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const changed = join(work, basename(target.node));
  const host = hostNode(root);
  let bytes = withoutVariables(readFileSync(base), unheard);
  bytes = withCodeFor(bytes, host, nodeOptions(targets.find(isHost)));
  if (target.os === 'win32') {
    if (product) bytes = withIcon(withVersionResource(bytes, product.version, product.texts));
    // node.exe is signed; --build-sea would leave its certificate pointing into the middle of the new file.
    bytes = withoutSignature(bytes);
  }
  writeFileSync(changed, bytes, { mode: 0o755 });
  const config = join(work, 'sea.json');
  writeFileSync(config, JSON.stringify({
    main,
    assets,
    executable: changed,
    output,
    disableExperimentalSEAWarning: true,
    // A cache or snapshot made on one system may crash on another.
    useCodeCache: false,
    useSnapshot: false,
    execArgv: nodeOptions(target),
    execArgvExtension: 'none',
  }));
  // A running executable cannot be written to, but it can be replaced.
  rmSync(output, { force: true });
  execFileSync(host, ['--build-sea', config], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  // The checksum is that of the file without the blob.
  if (target.os === 'win32') writeFileSync(output, withoutSignature(readFileSync(output)));
  else chmodSync(output, 0o755);
  rmSync(work, { recursive: true, force: true });
}
