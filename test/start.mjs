// What `npm start` does: build what is missing, then show the main job on a rehearsal bus, in the PowerShell that
// this machine has or in the engine that the tests use.

import { execFileSync, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
execFileSync(process.execPath, [join(root, 'build.mjs'), '--host'], { stdio: 'inherit' });
const { findPowerShell } = await import('./ps/powershell.ts');
let found;
try {
  found = findPowerShell();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
const { command, kind } = found;
const tour = join(root, 'ps', 'rehearsal', 'tour.ps1');
// The execution policy of a Windows machine may forbid scripts; the engine takes the words and ignores them.
const policy = kind === 'pwsh' || kind === 'powershell' ? ['-ExecutionPolicy', 'Bypass'] : [];
const { status } = spawnSync(command, ['-NoProfile', ...policy, '-File', tour], { stdio: 'inherit' });
process.exit(status ?? 1);
