// What `npm test`, `npm run test:ps`, `npm run test:target`, `npm run torture` and `npm run lab` do: build what is
// missing, then run vitest.
//
//   node test/run.mjs [--project unit|cli|ps|lab|target|torture]... [--powershell PATH] [--long] [--seed N]
//                     [vitest's own options]
//
// --long and --seed are for torture tests (test/torture/trials.ts).

import { execFileSync, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPowerShell } from './powershell/build.mjs';
import { findPowerShell, powerShellVariable } from './powershell/find.mjs';
import { hostNode } from '../src/build/executable.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const args = process.argv.slice(2);
/** Takes an option with a value out of the arguments. */
const take = (name) => {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args.splice(at, 2)[1];
};
const powershell = take('--powershell');
const seed = take('--seed');
const long = args.includes('--long');
if (long) args.splice(args.indexOf('--long'), 1);
const projects = args.includes('--project') ? [] : ['unit', 'cli', 'ps'].flatMap((name) => ['--project', name]);
const lab = args.includes('lab');
// Of these projects, only this one drives nothing that is built.
const target = args.includes('target');

const node = (...script) => execFileSync(process.execPath, script, { cwd: root, stdio: 'inherit' });
node('node_modules/typescript/bin/tsc', '--noEmit', '-p', '.');
node('node_modules/oxlint/bin/oxlint');
if (!target) {
  node('build.mjs', ...(lab ? [] : ['--host']));
  if (lab) buildPowerShell({ rid: 'win-x64' });
  if (!powershell) findPowerShell();
}

// The tests run on the Node that is shipped: the one on PATH may be older than vitest takes.
const run = spawnSync(hostNode(root), [
  'node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts', ...projects, ...args,
  // Most torture keeps one core busy and measures nothing that a neighbour could spoil.
  ...(args.includes('torture') ? ['--maxWorkers', '2'] : []),
], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    ...(powershell ? { [powerShellVariable]: join(powershell) } : {}),
    ...(long ? { STORAGERELEASE_TORTURE: 'long' } : {}),
    ...(seed ? { STORAGERELEASE_SEED: seed } : {}),
  },
});
process.exit(run.status ?? 1);
