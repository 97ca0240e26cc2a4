// What `npm run windows` does: build, then let windows.ps1 try what docs/verified.md lists as left. The report is
// dist/windows-report.md and .json. Options of windows.ps1 follow: npm run windows -- -MachineMayBeThrownAway

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { hostNode } from '../../src/build/executable.mjs';
import { findPowerShell, shellEnvironment } from '../powershell/find.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const windows = process.platform === 'win32';
// The published module is wanted where it can be installed.
execFileSync(process.execPath, [join(root, 'build.mjs'), ...(windows ? [] : ['--host'])], { stdio: 'inherit' });

// The shipped Node reads TypeScript as it is.
const statuses = join(root, 'dist', 'statuses.json');
writeFileSync(statuses, execFileSync(hostNode(root), ['--input-type=module', '--disable-warning=ExperimentalWarning', '-e',
  "import { statusRows } from './src/status/status.ts';"
  + 'console.log(JSON.stringify(statusRows.map(({ status, name, win32 }) => ({ status, name, win32 }))));'],
{ cwd: root, encoding: 'utf8' }));

const report = join(root, 'dist', 'windows-report');
const { command } = findPowerShell();
const { status } = spawnSync(command, ['-NoProfile', '-ExecutionPolicy', 'Bypass', '-File',
  join(root, 'test', 'windows', 'windows.ps1'), '-Root', root, '-Report', report, '-Statuses', statuses,
  ...process.argv.slice(2)],
{ stdio: 'inherit', env: { ...process.env, ...shellEnvironment(), NO_COLOR: '1' } });
if (status !== 2 && existsSync(`${report}.md`)) {
  console.log(`${report}.md`);
  // Where a workflow runs, its page shows the table.
  const page = process.env['GITHUB_STEP_SUMMARY'];
  if (page) writeFileSync(page, readFileSync(`${report}.md`, 'utf8'), { flag: 'a' });
}
process.exit(status ?? 1);
