// What `npm run bench` does: each row sets two things against each other, run in turn in the same minute, several
// times. It prints one table and writes it to dist/bench.json with the machine's name. It reports; it fails on
// nothing but a measurement that could not be made.
//
// Options: below, or --help. --lab adds the rows of test/bench/lab.mjs.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { writeBuses } from './buses.mjs';
import { firstAnswer } from './process.mjs';
import { bareExecutable, publishedModule } from './contenders.mjs';
import { kinds, readOptions } from '../../src/build/script-options.mjs';
import { findPowerShell } from '../powershell/find.mjs';
import { runScript } from './powershell.mjs';
import { machine, missing, printTable, row } from './table.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const dist = join(root, 'dist');
const measurements = ['start', 'import', 'executable', 'process', 'stream', 'tab', 'slow', 'hung', 'many'];
const { rounds = 7, only = [], powershell, lab = false } = readOptions({
  usage: 'npm run bench', about: 'measures speed beside what one would use instead (docs/performance.md)',
  options: {
    rounds: { value: 'N', read: kinds.positive, about: 'how often each pair is measured; 7' },
    only: { value: 'NAME', many: true, read: kinds.oneOf(...measurements), about: measurements.join(', ') },
    powershell: { value: 'PATH', read: kinds.program, about: 'the PowerShell that is measured' },
    lab: { about: 'adds the rows that need the Windows lab (Debian, as root)' },
  },
});
const wanted = (name) => only.length === 0 || only.includes(name);

execFileSync(process.execPath, ['build.mjs', '--host'], { cwd: root, stdio: 'inherit' });
const shell = findPowerShell({ named: powershell, compiler: true });
const folder = mkdtempSync(join(tmpdir(), 'storage-release-bench-'));
const rows = [];
try {
  const bare = bareExecutable(root, join(dist, 'bench'));
  const { manifest, empty, executable } = publishedModule(root, join(dist, 'bench', 'module'));
  const bus = writeBuses(folder);
  /** One measurement in a fresh PowerShell: milliseconds. */
  const fresh = (script, ...words) => Number(runScript(shell, script, words).get('ms')[0][0]);
  /** Two of them in turn, `rounds` times, after one of each that is not counted. */
  const inTurn = (a, b) => {
    a();
    b();
    return Array.from({ length: rounds }, () => [a(), b()]);
  };

  if (wanted('start')) {
    const module = (path) => () => fresh('start.ps1', 'module', manifest, path);
    const addType = () => fresh('start.ps1', 'add-type');
    const name = 'fresh PowerShell, import to first result';
    rows.push(
      row({ name, against: 'a bare SEA that answers one line', goal: 2.0,
        pairs: inTurn(module(bus.thousand), () => fresh('start.ps1', 'bare', bare)) }),
      row({ name, against: 'Add-Type with a P/Invoke DeviceIoControl', goal: 0.5, pairs: inTurn(module(bus.thousand), addType) }),
      // Add-Type has no thousand disks to look at.
      row({ name: `${name}, bus of one disk`, against: 'Add-Type with a P/Invoke DeviceIoControl', goal: 0.5, pairs: inTurn(module(bus.one), addType) }),
      row({ name: `${name}, bus of one disk`, against: 'the least that does it: the same process, one line, one result read',
        pairs: inTurn(module(bus.one), () => fresh('start.ps1', 'least', executable)) }),
    );
  }
  if (wanted('import')) {
    for (const [form, path] of [['published', manifest], ['repository', join(root, 'StorageRelease.psd1')]]) {
      rows.push(row({
        name: `Import-Module alone, ${form} form`, against: 'an empty script module', unit: 'ms more',
        goal: form === 'published' ? 50 : undefined,
        pairs: inTurn(() => fresh('start.ps1', 'import', path), () => fresh('start.ps1', 'import', empty)),
        value: (ours, theirs) => ours - theirs,
      }));
    }
  }

  if (wanted('executable')) {
    const rehearsal = ['--rehearsal', bus.one];
    for (const [name, words, goal] of [
      ['storage-release serve, start to first line', ['serve'], 1.15],
      ['storage-release --version', ['--version'], undefined],
      ['storage-release list, one disk', ['list', ...rehearsal], 1.5],
      ['storage-release release, one disk', ['release', '0', '--yes', ...rehearsal], 1.5],
    ]) {
      const ours = () => firstAnswer(executable, words);
      const theirs = () => firstAnswer(bare, [], 'hello\n');
      await ours();
      await theirs();
      const pairs = [];
      for (let turn = 0; turn < 3 * rounds; turn++) pairs.push([await ours(), await theirs()]);
      rows.push(row({ name, against: 'a bare SEA that answers one line', goal, pairs }));
    }
  }

  /** Measurements in one session: lines of two milliseconds, or of what the script says. */
  const session = (what, ...words) => {
    const found = runScript(shell, 'session.ps1', [what, manifest, String(rounds), ...words]);
    return (name) => found.get(name).map((texts) => texts.map(Number));
  };
  if (wanted('process')) {
    rows.push(row({
      name: 'one more disk, same session', against: 'a new process per disk', goal: 40, atLeast: true,
      unit: 'times faster', pairs: session('process', bus.thousand, executable)('process'),
      value: (ours, theirs) => theirs / ours,
    }));
  }
  if (wanted('stream')) {
    const pairs = session('stream', bus.thousand)('stream');
    rows.push(row({
      name: '1,000 instant disks, one pipeline', against: 'a pass-through function, one object each', goal: 8,
      pairs,
    }));
    rows.push(row({
      name: '1,000 instant disks, one pipeline', against: 'each disk', unit: 'us', goal: 250, pairs,
      value: (ours) => ours,
    }));
    rows.push(row({
      name: '1,000 instant disks, first pipeline', against: 'each disk', unit: 'us',
      pairs: Array.from({ length: rounds }, () => session('first', bus.thousand)('first')[0]),
      value: (ours) => ours,
    }));
  }
  if (wanted('tab')) {
    const found = session('tab', bus.thousand);
    rows.push(row({
      name: 'Tab after -Number, 1,000 disks, first answer', against: 'Tab after Get-Process -Name', unit: 'ms', goal: 250,
      pairs: found('tab'), value: (ours) => ours,
    }));
    rows.push(row({
      name: 'Tab after -Number, 1,000 disks, within two seconds', against: 'Tab after Get-Process -Name', pairs: found('tabAgain'),
    }));
  }
  if (wanted('slow')) {
    rows.push(row({
      name: '1,000 disks of 20 ms, throttle 32', against: 'the ideal, 20 ms x 32 rounds', goal: 1.15,
      pairs: session('slow', bus.slow)('slow'),
    }));
  }
  if (wanted('hung')) {
    rows.push(row({
      name: 'last good result of 1,000, 20 hung', against: 'none hung', goal: 1.10,
      pairs: session('hung', bus.hung)('hung'),
    }));
  }
  if (wanted('many')) {
    const found = Array.from({ length: Math.min(rounds, 3) }, () => session('many', bus.tenThousand));
    rows.push(row({
      name: 'memory at 10,000 disks: worker', against: 'at 100', unit: 'KB a disk', goal: 4,
      pairs: found.flatMap((one) => one('worker')), value: (more, less) => (more - less) / 9_900,
    }));
    rows.push(row({
      name: 'memory at 10,000 disks: results in PowerShell', against: 'not yet passed on', unit: 'held', goal: 64,
      pairs: found.flatMap((one) => one('held')), value: (held) => held,
    }));
    rows.push(row({
      name: 'from 1,000 to 10,000 disks', against: 'linear', goal: 1.1,
      pairs: found.flatMap((one) => one('linear')),
    }));
  }
  if (lab) {
    const { labRows } = await import('./lab.mjs');
    for (const { ratios, goal, ...rest } of await labRows((text) => console.error(text))) {
      rows.push(row({ ...rest, goal: goal ?? undefined, pairs: ratios.map((ratio) => [ratio, 1]) }));
    }
  } else {
    const loop = 'a C loop of CreateFile, DeviceIoControl, CloseHandle';
    rows.push(missing('core alone, instant disks', loop, 'only with --lab'));
  }

  const report = { machine: machine(root, shell), rounds, rows };
  mkdirSync(dist, { recursive: true });
  writeFileSync(join(dist, 'bench.json'), `${JSON.stringify(report, null, 2)}\n`);
  printTable(report);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
