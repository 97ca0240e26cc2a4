// What `npm test`, `npm run test:ps`, `npm run test:target`, `npm run torture` and `npm run lab` do: build what is
// missing, then run vitest.
//
//   node test/run.mjs [OPTION]... [FILE]... [-- vitest's own options]
//
// Options: below, or --help. --long and --seed are for torture tests (test/torture/trials.ts).

import { execFileSync, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPowerShell } from './powershell/build.mjs';
import { findPowerShell, powerShellVariable } from './powershell/find.mjs';
import { hostNode } from '../src/build/executable.mjs';
import { kinds, readOptions } from '../src/build/script-options.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { powershell, seed, long, project = ['unit', 'cli', 'ps'], testNamePattern, update, coverage, rest } = readOptions({
  usage: 'npm test', about: 'compiles, lints, builds this machine\'s executable, and runs tests',
  options: {
    project: {
      value: 'NAME', many: true, read: kinds.oneOf('unit', 'cli', 'ps', 'lab', 'target', 'torture'),
      about: 'unit, cli, ps, lab, target or torture; without it the first three',
    },
    powershell: { value: 'PATH', read: kinds.program, about: 'the PowerShell of the tests' },
    long: { about: 'torture: many more trials' },
    seed: { value: 'N', read: kinds.count, about: 'torture: replays the run of this seed' },
    testNamePattern: { value: 'PATTERN', short: 't', about: 'only tests whose name matches' },
    update: { short: 'u', about: 'writes test/api/surface.txt and the like anew' },
    coverage: { about: 'shows which branches were taken' },
  },
  rest: 'Files are tests to run; what follows -- goes to vitest as it is',
});
const projects = project.flatMap((name) => ['--project', name]);
const lab = project.includes('lab');
// Of these projects, only this one drives nothing that is built.
const target = project.includes('target');

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
  // Files first: vitest would take the one after --update for its value.
  'node_modules/vitest/vitest.mjs', 'run', ...rest, '--config', 'test/vitest.config.ts', ...projects,
  ...(testNamePattern === undefined ? [] : ['--testNamePattern', testNamePattern]),
  ...(update ? ['--update'] : []), ...(coverage ? ['--coverage'] : []),
  // Most torture keeps one core busy and measures nothing that a neighbour could spoil.
  ...(project.includes('torture') ? ['--maxWorkers', '2'] : []),
], {
  cwd: root,
  stdio: 'inherit',
  env: {
    // Most shells of the tests live for seconds: .NET need not look for what it could compile a second time, and better. That
    // took more than a quarter of their processor time, and is not what is tested (the bench runs without this line).
    ...(project.includes('torture') ? {} : { DOTNET_TieredPGO: '0', DOTNET_TC_CallCounting: '0' }),
    ...process.env,
    ...(powershell ? { [powerShellVariable]: join(powershell) } : {}),
    ...(long ? { STORAGERELEASE_TORTURE: 'long' } : {}),
    ...(seed !== undefined ? { STORAGERELEASE_SEED: String(seed) } : {}),
  },
});
process.exit(run.status ?? 1);
