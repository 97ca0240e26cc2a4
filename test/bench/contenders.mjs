// What the bench sets against each other: the module as it is published, with this system's executable in it, and
// the least that a program of the same kind could be.

import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publishedScripts } from '../../src/build/merge.mjs';

const system = process.platform === 'win32' ? 'win' : process.platform;
const target = `${system}-${process.arch}`;
const suffix = process.platform === 'win32' ? '.exe' : '';

/** A single-executable build, of the same Node, of a program that reads one line and answers one. */
export function bareExecutable(root, folder) {
  mkdirSync(folder, { recursive: true });
  const main = join(folder, 'bare.cjs');
  writeFileSync(main, "process.stdin.once('data', () => { process.stdout.write('hello\\n'); process.stdin.destroy(); });\n");
  const node = join(root, 'node_modules', `node-${target}`, 'bin', `node${suffix}`);
  const output = join(folder, `bare${suffix}`);
  rmSync(output, { force: true });
  writeFileSync(join(folder, 'bare.json'), JSON.stringify({
    main, executable: node, output, disableExperimentalSEAWarning: true, useCodeCache: false, useSnapshot: false,
  }));
  execFileSync(node, ['--build-sea', join(folder, 'bare.json')], { stdio: ['ignore', 'ignore', 'inherit'] });
  return output;
}

/** The staged form of the module (build.mjs makes that of Windows only), and an empty module to compare it with. */
export function publishedModule(root, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'ps'), { recursive: true });
  mkdirSync(join(folder, 'dist', target), { recursive: true });
  const manifest = join(folder, 'StorageRelease.psd1');
  copyFileSync(join(root, 'StorageRelease.psd1'), manifest);
  for (const [name, text] of Object.entries(publishedScripts(join(root, 'ps')))) writeFileSync(join(folder, 'ps', name), text);
  for (const name of ['StorageRelease.format.ps1xml', 'StorageRelease.types.ps1xml']) {
    copyFileSync(join(root, 'ps', name), join(folder, 'ps', name));
  }
  cpSync(join(root, 'ps', 'rehearsal'), join(folder, 'ps', 'rehearsal'), { recursive: true });
  writeFileSync(join(folder, 'ps', 'build.txt'), readFileSync(join(root, 'dist', 'build.txt')));
  const executable = join(folder, 'dist', target, `storage-release${suffix}`);
  cpSync(join(root, 'dist', target), join(folder, 'dist', target), { recursive: true });
  const empty = join(folder, 'Empty.psm1');
  writeFileSync(empty, '');
  return { manifest, empty, executable };
}
