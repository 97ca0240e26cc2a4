// What `npm test`, `npm run test:ps` and `npm run lab` do: build what is missing, then run vitest.
//
//   node test/run.mjs [--project unit|cli|ps|lab]... [--powershell PATH] [vitest's own options]

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

const node = (...script) => execFileSync(process.execPath, script, { cwd: root, stdio: 'inherit' });
node('node_modules/typescript/bin/tsc', '--noEmit', '-p', '.');
node('build.mjs', ...(lab ? [] : ['--host']));
if (!powershell) await buildEngine({ rid: lab ? 'win-x64' : process.platform === 'win32' ? 'win-x64' : 'linux-x64' });

const run = spawnSync(process.execPath, [
  'node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts', ...projects, ...args,
], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, ...(powershell ? { STORAGERELEASE_TEST_POWERSHELL: join(powershell) } : {}) },
});
process.exit(run.status ?? 1);
