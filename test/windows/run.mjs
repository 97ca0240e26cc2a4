// What `npm run windows` does: build, then let windows.ps1 try what docs/verified.md lists as left. The report is
// dist/windows-report.md and .json. Options of windows.ps1 follow: npm run windows -- -MachineMayBeThrownAway

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { hostNode } from '../../src/build/executable.mjs';
import { OptionError, kinds, readOptions } from '../../src/build/script-options.mjs';
import { findPowerShell, shellEnvironment } from '../powershell/find.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const ids = JSON.parse(readFileSync(join(root, 'test', 'windows', 'rows.json'), 'utf8')).rows.map(({ id }) => id);
readOptions({
  usage: 'npm run windows', about: 'tries on real Windows, elevated, what docs/verified.md lists as left', dash: '-',
  options: {
    MachineMayBeThrownAway: { about: 'has to be said on Windows: features are installed, services stopped, the clock set' },
    Row: {
      value: 'ID[,ID]',
      read: (text) => {
        const unknown = text.split(',').filter((id) => !ids.includes(id));
        if (unknown.length === 0) return text;
        throw new OptionError(`must be ids of test/windows/rows.json, and ${unknown.join(', ')} is none`);
      },
      about: 'only these rows of test/windows/rows.json',
    },
    Minutes: { value: 'N', read: kinds.decimal, about: 'how long the row "flat" runs; 480 is a night; 1' },
    Fakes: { value: 'FILE', about: 'a script that stands in for Windows' },
  },
});
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
