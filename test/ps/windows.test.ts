// `npm run windows` where there is no Windows: rows that need none hold, the others say why not; and with Windows
// played by fakes every check runs once, so that nobody is the first to start its code.

import { execFileSync } from 'node:child_process';
import { cpSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { hostNode } from '../../src/build/executable.mjs';
import { stageScripts } from '../../src/build/stage.mjs';
import { statusRows } from '../../src/status/status.ts';
import { root } from './cases.ts';
import { runPowerShell } from './powershell.ts';

interface Row { readonly id: string; readonly verdict: string; readonly why: string; readonly seen: readonly string[] }
interface Report {
  readonly machine: { readonly noWindows: string | null; readonly fakes: boolean };
  readonly rows: readonly Row[];
  readonly leftBehind: readonly string[];
}

const temp = mkdtempSync(join(tmpdir(), 'storage-release-'));
afterAll(() => rmSync(temp, { recursive: true, force: true, maxRetries: 5 }));
const { rows } = JSON.parse(readFileSync(join(root, 'test/windows/rows.json'), 'utf8')) as
  { rows: readonly { id: string; anywhere: boolean }[] };

async function run(name: string, args: readonly string[], env = {}): Promise<{ code: number | null; report: Report; text: string }> {
  const at = join(temp, name);
  const { code, stdout, stderr } = await runPowerShell({
    file: join(root, 'test/windows/windows.ps1'),
    args: ['-Root', root, '-Report', at, '-Minutes', '0.1', ...args],
    timeoutMs: 300_000,
    env,
  });
  if (code !== 0 && code !== 1) throw new Error(`${code}\n${stderr}\n${stdout}`);
  return {
    code, report: JSON.parse(readFileSync(`${at}.json`, 'utf8')) as Report, text: readFileSync(`${at}.md`, 'utf8'),
  };
}

const verdicts = (report: Report) => Object.fromEntries(report.rows.map((row) => [row.id, `${row.verdict} ${row.why}`.trim()]));

describe.skipIf(process.platform === 'win32')('npm run windows', () => {
  // Each waits most of its time, and they share nothing.
  test.concurrent('where there is no Windows, rows that need none hold, and the others say why not', async () => {
    const { code, report, text } = await run('here', []);
    expect(verdicts(report)).toEqual(Object.fromEntries(rows.map(({ id, anywhere }) =>
      [id, anywhere ? 'holds' : 'could not be tried this is not Windows'])));
    expect(code).toBe(0);
    expect(report.leftBehind).toEqual([]);
    for (const { id } of rows) expect(text).toContain(`\n| ${id} | `);
    expect(text).toContain('Rows that hold here say nothing about Windows');
  }, 400_000);

  test.concurrent('with Windows played by fakes, each check comes to its end', async () => {
    const faked = rows.filter(({ anywhere }) => !anywhere);
    const staged = join(temp, 'module');
    stageScripts(root, staged);
    for (const folder of ['dist/linux-x64', 'dist/win-x64']) mkdirSync(join(staged, folder), { recursive: true });
    const executable = 'dist/linux-x64/storage-release';
    try {
      linkSync(join(root, executable), join(staged, executable));
    } catch {
      cpSync(join(root, executable), join(staged, executable));
    }
    cpSync(join(root, 'dist/build.txt'), join(staged, 'ps/build.txt'));
    const statuses = join(temp, 'statuses.json');
    writeFileSync(statuses, JSON.stringify(statusRows.map(({ status, name, win32 }) => ({ status, name, win32 }))));
    const { report, text } = await run('faked',
      ['-Fakes', join(root, 'test/windows/fakes.ps1'), '-Statuses', statuses, '-Row', faked.map(({ id }) => id).join()], { STORAGERELEASE_FAKE_STAGED: staged });
    expect(report.machine.fakes).toBe(true);
    expect(text).toContain('Windows was played by fakes');
    const none = 'the fakes have no sessions';
    expect(verdicts(report)).toEqual({
      ...Object.fromEntries(faked.map(({ id }) => [id, 'holds'])),
      winrm: `could not be tried no WinRM session with this computer: ${none}`,
      jea: `could not be tried the endpoint cannot be registered: ${none}`,
      ssh: `could not be tried no session by OpenSSH: ${none}`,
    });
    expect(report.leftBehind).toEqual([]);
  }, 400_000);

  test('the status table that the command hands over can be read by the shipped Node', () => {
    const line = readFileSync(join(root, 'test/windows/run.mjs'), 'utf8');
    expect(line).toContain("import { statusRows } from './src/status/status.ts';");
    const told = execFileSync(hostNode(root), ['--input-type=module', '--disable-warning=ExperimentalWarning', '-e',
      "import { statusRows } from './src/status/status.ts'; console.log(statusRows.length);"],
    { cwd: root, encoding: 'utf8' });
    expect(Number(told)).toBe(statusRows.length);
  });
});
