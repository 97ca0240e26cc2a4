// What `npm test`, `npm run test:ps`, `npm run test:target` and `npm run lab` do: build what is missing, then run
// vitest.
//
//   node test/run.mjs [--project unit|cli|ps|lab|target]... [--powershell PATH] [vitest's own options]

import { execFileSync, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildEngine } from './engine/build.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const args = process.argv.slice(2);
const at = args.indexOf('--powershell');
const [, powershell] = at < 0 ? [] : args.splice(at, 2);
const projects = args.includes('--project') ? [] : ['unit', 'cli', 'ps'].flatMap((name) => ['--project', name]);
const lab = args.includes('lab');
// Of these projects, only this one drives nothing that is built.
const target = args.includes('target');

const node = (...script) => execFileSync(process.execPath, script, { cwd: root, stdio: 'inherit' });
node('node_modules/typescript/bin/tsc', '--noEmit', '-p', '.');
if (!target) {
  node('build.mjs', ...(lab ? [] : ['--host']));
  const rid = lab || process.platform === 'win32' ? 'win-x64' : 'linux-x64';
  if (!powershell) await buildEngine({ rid });
}

const run = spawnSync(process.execPath, [
  'node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts', ...projects, ...args,
], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, ...(powershell ? { STORAGERELEASE_TEST_POWERSHELL: join(powershell) } : {}) },
});
process.exit(run.status ?? 1);
