// What somebody sees at a terminal: tables at 60, 80 and 200 columns, progress, completion, Ctrl+C, and no colours where
// none are wanted.

import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { root } from './cases.ts';
import { findPowerShell, shellEnvironment } from '../powershell/find.mjs';
import { hasTerminal, keys, Prompt, Terminal } from './terminal.ts';
import type { Row } from './terminal.ts';

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

describe('the views', () => {
  const text = readFileSync(join(root, 'ps/StorageRelease.format.ps1xml'), 'utf8');
  const tables = [...text.matchAll(/<View>.*?<\/View>/gs)].map(([view]) => ({
    type: /<TypeName>(.*?)<\/TypeName>/.exec(view)![1]!,
    columns: [...view.matchAll(/<Label>(\w+)<\/Label>(?:<Width>(\d+)<\/Width>)?/g)].map(([, label, width]) => ({ label, width: Number(width ?? 0) })),
  })).filter(({ columns }) => columns.at(-1)?.label === 'Message');

  test.each(tables)('$type: 30 columns for the message', ({ type, columns }) => {
    // The message has no width of its own: it gets what the others leave. Windows PowerShell keeps one column free.
    expect(columns.filter(({ width }) => width === 0).map(({ label }) => label)).toEqual(['Message']);
    const others = columns.reduce((sum, { width }) => sum + width, columns.length - 1);
    expect((type.endsWith('#Narrow') ? 59 : 79) - others).toBeGreaterThanOrEqual(30);
    if (!type.endsWith('#Narrow')) expect(tables.map((other) => other.type)).toContain(`${type}#Narrow`);
  });
});

describe.runIf(hasTerminal)('at a terminal', () => {
  let folder = '';
  let prompt: Prompt;
  const shop = (name: string): string => {
    const bus = join(folder, `${name}.json`);
    copyFileSync(join(root, 'ps/rehearsal/small-shop.json'), bus);
    return bus;
  };
  const importModule = `Import-Module ${quote(join(root, 'StorageRelease.psd1'))}`;
  const enter = (bus: string): string => `Enter-StorageRehearsal ${quote(bus)} -WarningAction SilentlyContinue`;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'storage-release-'));
    prompt = await Prompt.open([
      importModule, enter(shop('bus')),
      'function Release { Get-StorageRehearsalDisk @args |',
      '  Invoke-StorageRelease -Force -TimeoutSec 1 -ErrorAction SilentlyContinue }',
      // A disk that was late at one width would be told of at the next.
      '$WarningPreference = $ProgressPreference = "SilentlyContinue"',
    ].join('\n'), { columns: 80, cwd: folder });
  });
  afterAll(async () => {
    await prompt?.kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** A line's output on a screen of that width; blank rows left out. */
  async function at(columns: number, line: string): Promise<Row[]> {
    await prompt.run(`stty cols ${columns}`);
    prompt.resize(columns);
    return (await prompt.run(line)).filter(({ text }) => text.trim() !== '');
  }

  describe.each([60, 80, 200])('on %i columns', (columns) => {
    test('disks: one row each, under their heads', async () => {
      const rows = await at(columns, 'Get-StorageRehearsalDisk');
      expect(rows.filter(({ continues }) => continues)).toEqual([]);
      expect(disksIn(rows)).toHaveLength(17);
      const heads = rows[0]!.text;
      const [first, last] = [0, -1].map((index) => disksIn(rows).at(index)!);
      expect(heads).toMatch(columns < 80 ? /^\s*Number FriendlyName\s+SerialNumber\b/
        : /^\s*Number FriendlyName\s+SerialNumber\s+BusType\s+Role$/);
      expect(first).toMatch(columns < 80 ? /^\s+0 ATA INTEL SSDSC2KB48\s+PHYF1127004T480B\b/
        : /^\s+0 ATA INTEL SSDSC2KB48\s+PHYF1127004T480B\s+Sata\s+Boot, System$/);
      expect(last).toMatch(/^\s*Tape0 HP Ultrium/);
    });

    test('results: one row each, with the beginning of what is said', async () => {
      const rows = await at(columns, 'Release');
      expect(rows.filter(({ continues }) => continues)).toEqual([]);
      expect(disksIn(rows)).toHaveLength(17);
      expect(rows[0]!.text).toMatch(columns < 80 ? /^\s*Disk Outcome\s+Message$/ : /^\s*Disk FriendlyName\s+Outcome\s+Message$/);
      const said = rows.find(({ text }) => /^\s+5 /.test(text))!.text;
      expect(said).toMatch(columns < 80 ? /^\s+5 Conflict\b/ : /HP P2000 G3 FC\s+Conflict\b/);
      // 30 of the columns are for what is said.
      expect(said).toMatch(/Conflict\s+Reservation conflict: pers.{4,}/);
    });

    test('reservations, waits and a log: at least 30 characters of what is said', async () => {
      const log = quote(join(folder, `log-${columns}.ndjson`));
      for (const line of [
        'Get-StorageReservation -Number 5', 'Wait-StorageReservation -Number 5 -State Free -TimeoutSec 1 -ErrorAction Ignore',
        `Get-StorageRehearsalDisk 5 | Invoke-StorageRelease -Force -LogPath ${log} -ErrorAction Ignore | Out-Null; Get-StorageReleaseLog ${log}`,
      ]) {
        const rows = await at(columns, line);
        expect(rows.filter(({ continues }) => continues)).toEqual([]);
        const [heads, said] = [rows[0]!.text, rows.find(({ text }) => / 5 /.test(text))!.text];
        const from = heads.indexOf('Message');
        expect(from, line).toBeGreaterThan(0);
        expect(columns - from, line).toBeGreaterThanOrEqual(30);
        expect(said.slice(from).length, line).toBeGreaterThanOrEqual(29);
      }
    });

    test('holders: two LUNs of one array are told apart', async () => {
      const rows = await at(columns, '& (Get-Module StorageRelease) { 1, 2 | % { $one = [pscustomobject]@{ '
        + "PSTypeName = 'StorageRelease.Holder'; UniqueId = \"60050768028306A7F00000000000001$_\"; SerialNumber = '0123456789ABCDEF'; "
        + "State = 'HeldByUnlistedHost'; Holder = 'server-12'; Message = 'Every host that sees the disk is locked out.' }; "
        + 'if (Test-NarrowScreen) { Add-NarrowView $one }; $one } }');
      expect(rows[0]!.text).toMatch(columns < 80 ? /^UniqueId\s+Holder\s+Message$/ : /^UniqueId\s+State\s+Holder\s+Message$/);
      const [first, second] = rows.slice(-2).map(({ text }) => text);
      expect(first).toMatch(/^\.\.\.0{10,11}11 .*server-12.*Every host that sees the d/);
      expect(second).toMatch(/^\.\.\.0{10,11}12 /);
    });
  });

  test('completion: commands, parameters, and the values that a parameter takes', async () => {
    for (const [typed, complete] of [
      ['Invoke-StorageRel', 'Invoke-StorageRelease'],
      ['Invoke-StorageRelease -Thr', 'Invoke-StorageRelease -ThrottleLimit'],
      ['Invoke-StorageRelease -Allow Mul', 'Invoke-StorageRelease -Allow Multipath'],
      ['Get-StorageReservation -Det', 'Get-StorageReservation -Detailed'],
    ] as const) {
      prompt.type(typed + keys.tab);
      await prompt.until(`"${complete}"`, () => prompt.beforeCursor().trimEnd().endsWith(`> ${complete}`));
      await prompt.cancel();
    }
  });

  test('progress: while disks are waited for, and nothing is left of it', async () => {
    await prompt.run(`Exit-StorageRehearsal; ${enter(shop('slow'))}; $ProgressPreference = "Continue"`);
    let seen = '';
    // Progress is shown after a second: the disk that hangs is waited for well beyond that.
    const line = 'Get-StorageRehearsalDisk 11, 3 | Invoke-StorageRelease -Force -TimeoutSec 6 -ErrorAction Ignore | Out-Null';
    const rows = await prompt.run(line, async (from) => {
      await prompt.until('progress', () => /1 of 2/
        .test(seen = prompt.rows(from).slice(1).map(({ text }) => text).join('\n')));
    });
    expect(seen).toMatch(/1 of 2/);
    expect(rows).toEqual([]);
    await prompt.run('$ProgressPreference = "SilentlyContinue"');
  });

  test('Ctrl+C while a disk hangs: the prompt is back, what was done is known, and the next command works', async () => {
    const bus = join(folder, 'hung.json');
    const units = ['a', 'b', 'c'].map((name) => ({ name, serial: name, reservedBy: 'bench-1' }));
    writeFileSync(bus, JSON.stringify({
      version: 1, thisHost: 'bench-1', logicalUnits: units,
      hosts: { 'bench-1': { disks: units.map((unit, index) => ({
        number: index + 1, unit: unit.name, ...(index === 1 ? { faults: { hangs: true } } : {}) })) } },
    }));
    await prompt.run(`Exit-StorageRehearsal; ${enter(bus)}`);
    const line = 'Invoke-StorageRelease 1, 2 -Force -TimeoutSec 600 | % { "OUT $($_.Number)" }';
    const started = await prompt.run(line, async (from) => {
      await prompt.until('the first result', () => /^OUT 1$/m.test(prompt.text(from)));
      prompt.type(keys.interrupt);
    });
    expect(started.map(({ text }) => text).filter((text) => text.startsWith('OUT'))).toEqual(['OUT 1']);
    const next = await prompt.run('Invoke-StorageRelease 3 -Force | % { "OUT $($_.Number) $($_.Outcome)" }');
    expect(next.map(({ text }) => text)).toContain('OUT 3 Accepted');
  });

  test('Ctrl+C while a disk is waited for: progress is shown until then, and the prompt is back', async () => {
    await prompt.run('$ProgressPreference = "Continue"');
    let seen = '';
    const line = 'Wait-StorageReservation 1, 3 -State Persistent -TimeoutSec 3600 -IntervalSec 3600 | % { "OUT $($_.Number)" }';
    const rows = await prompt.run(line, async (from) => {
      await prompt.until('progress', () => /0 of 2/
        .test(seen = prompt.rows(from).slice(1).map(({ text }) => text).join('\n')));
      prompt.type(keys.interrupt);
    });
    expect(seen).toMatch(/Waiting for reservations[^]*0 of 2 disks are done; waiting for /);
    expect(rows.map(({ text }) => text).filter((text) => text.startsWith('OUT'))).toEqual([]);
    await prompt.run('$ProgressPreference = "SilentlyContinue"');
    const next = await prompt.run('Wait-StorageReservation 1 -State HeldByThisHost -TimeoutSec 1 2>$null | % { "OUT $($_.Number) $($_.Readings)" }');
    expect(next.map(({ text }) => text)).toContainEqual(expect.stringMatching(/^OUT 1 [12]$/));
  });

  test('the worker goes with the session', async () => {
    const [row] = await prompt.run('& (Get-Module StorageRelease) { $script:Worker.Process.Id }');
    const worker = Number(row?.text);
    expect(isAlive(worker)).toBe(true);
    expect(await prompt.exit()).toBe(0);
    await expect.poll(() => isAlive(worker), { timeout: 10_000 }).toBe(false);
  });

  test('colours are PowerShell\'s own, and none with NO_COLOR', async () => {
    const script = join(folder, 'colours.ps1');
    // PowerShell draws progress in colours, whatever NO_COLOR says.
    writeFileSync(script, `$ProgressPreference = 'SilentlyContinue'\n${importModule}\n${enter(shop('colours'))}\n`
      + 'Get-StorageRehearsalDisk 0, 1\nGet-StorageRehearsalDisk 0, 1 | Invoke-StorageRelease -Force\n');
    const [coloured, plain] = await Promise.all([undefined, '1'].map(async (value) => {
      const terminal = new Terminal([findPowerShell().command, '-NoProfile', '-File', script],
        { columns: 80, cwd: folder, env: { ...shellEnvironment(), NO_COLOR: value } });
      await terminal.end();
      return terminal;
    })) as [Terminal, Terminal];
    const colour = /\x1b\[[\d;]*m/g;
    expect(coloured.raw.match(colour)?.length).toBeGreaterThan(5);
    expect(plain.raw.match(colour)).toBeNull();
    const lasting = (terminal: Terminal): string => terminal.text().replace(/^(?:DurationMs|StartedAt) .*$/gm, '');
    expect(lasting(coloured)).toBe(lasting(plain));
    expect(plain.text()).toContain('Refused');
  });
});

/** The rows of a table that begin with a disk's number or name. */
function disksIn(rows: readonly Row[]): string[] {
  return rows.map(({ text }) => text).filter((text) => /^ *(?:\d+|Tape0) /.test(text));
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}
