// What `npm start` does: build what is missing, then show the main job on a rehearsal bus, in the PowerShell that
// this machine has or in one that is made for it.

import { execFileSync, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { readOptions } from '../src/build/script-options.mjs';
import { findPowerShell, shellEnvironment } from './powershell/find.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
readOptions({ usage: 'npm start', about: 'shows the main job on a rehearsal bus; no real disk is touched', options: {} });
execFileSync(process.execPath, [join(root, 'build.mjs'), '--host'], { stdio: 'inherit' });
let found;
try {
  found = findPowerShell();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
const tour = join(root, 'ps', 'rehearsal', 'tour.ps1');
// PowerShell on Linux writes its colours into files, too.
const colours = process.stdout.isTTY ? {} : { NO_COLOR: '1' };
// The execution policy of a Windows machine may forbid scripts.
const { status } = spawnSync(found.command, ['-NoProfile', '-ExecutionPolicy', 'Bypass', '-File', tour],
  { stdio: 'inherit', env: { ...process.env, ...colours, ...shellEnvironment() } });
process.exit(status ?? 1);
