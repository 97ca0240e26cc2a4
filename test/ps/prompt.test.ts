// Questions, and who answers them: somebody at a terminal, or nobody.

import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { root } from './cases.ts';
import { findPowerShell, shellEnvironment } from '../powershell/find.mjs';
import { runPowerShell } from './powershell.ts';
import type { RunOptions, RunResult } from './powershell.ts';
import { hasTerminal, keys, Prompt, Terminal } from './terminal.ts';
import type { Row } from './terminal.ts';

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'storage-release-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

let count = 0;

/** Three disks that this host holds, and one that the guard keeps. */
function writeBus(): string {
  const file = join(folder, `bus-${++count}.json`);
  const numbers = [0, 1, 2, 3];
  writeFileSync(file, JSON.stringify({
    version: 1,
    thisHost: 'bench-1',
    logicalUnits: numbers.map((n) => ({ name: `unit ${n}`, serial: `FAKE000${n}`, reservedBy: 'bench-1' })),
    hosts: { 'bench-1': { disks: numbers.map((n) => ({ number: n, unit: `unit ${n}`, boot: n === 0 })) } },
  }));
  return file;
}

function writeScript(text: string): string {
  const file = join(folder, `script-${++count}.ps1`);
  writeFileSync(file, `Import-Module ${quote(join(root, 'StorageRelease.psd1'))}\n${text}\n`);
  return file;
}

function releasedIn(file: string): string[] {
  const { state } = JSON.parse(readFileSync(file, 'utf8')) as { state?: Record<string, { reservedBy?: unknown }> };
  return Object.entries(state ?? {}).filter(([, unit]) => unit.reservedBy === null).map(([name]) => name);
}

/** Runs `text` in a rehearsal of such a bus. */
async function rehearse(text: string, options: RunOptions = {}): Promise<RunResult & { released: string[] }> {
  const bus = writeBus();
  const file = writeScript(`Enter-StorageRehearsal ${quote(bus)} -WarningAction SilentlyContinue\n${text}`);
  const run = await runPowerShell({ file, cwd: folder, timeoutMs: 30_000, ...options });
  expect(run.timedOut, run.stdout + run.stderr).toBe(false);
  return { ...run, released: releasedIn(bus) };
}

/** Results as `OUT number outcome`, the error ids as `ERR id`, one line each. */
const told = (pipeline: string): string =>
  `${pipeline} -ErrorAction SilentlyContinue -ErrorVariable bad | `
  + 'ForEach-Object { "OUT $($_.Number) $($_.Outcome)" }\n'
  + 'foreach ($one in $bad) { "ERR $($one.FullyQualifiedErrorId)" }';
const lines = (run: Pick<RunResult, 'stdout'>, mark: string): string[] =>
  [...run.stdout.matchAll(new RegExp(`^${mark} ([^\r\n]*)`, 'gm'))].map((match) => match[1]!);

const released = 'Release the reservation of a disk';
const reserved = 'Reserve a disk for this host alone';

describe.runIf(hasTerminal)('a question at the prompt', () => {
  let prompt: Prompt;
  // One session for all of them, with a bus of its own for each.
  beforeAll(async () => {
    prompt = await Prompt.open([
      `Import-Module ${quote(join(root, 'StorageRelease.psd1'))}`,
      'function Enter-Bus([string]$File) { $Error.Clear(); Enter-StorageRehearsal $File -WarningAction SilentlyContinue }',
      '$ErrorActionPreference = "SilentlyContinue"',
      'function Tell { process { "OUT $($_.Number) $($_.Outcome)" }',
      '  end { $Error | ForEach-Object { "ERR $($_.FullyQualifiedErrorId)" } } }',
    ].join('\n'), { columns: 200, cwd: folder });
  });
  afterAll(async () => { await prompt?.kill(); });

  interface Asked {
    /** What was said, with the questions. */
    readonly stdout: string;
    readonly questions: string[];
    readonly released: string[];
  }

  /** Runs a pipeline on a bus of its own; each answer is typed when the next question stands there. */
  async function ask(pipeline: string, answers: readonly string[]): Promise<Asked> {
    const bus = writeBus();
    await prompt.run(`Enter-Bus ${quote(bus)}`);
    const rows: Row[] = await prompt.run(pipeline, async (from) => {
      for (const [index, answer] of answers.entries()) {
        await prompt.until(`question ${index + 1}`, () => prompt.text(from).split('(default is "Y")').length > index + 1
          && prompt.beforeCursor().trimEnd().endsWith('(default is "Y"):'));
        prompt.type(answer);
      }
    });
    const texts = rows.map(({ text }) => text);
    await prompt.run('Exit-StorageRehearsal');
    return {
      stdout: texts.join('\n'), released: releasedIn(bus).sort(),
      questions: texts.filter((text, index) => [released, reserved].includes(texts[index - 1]!)),
    };
  }

  const pipeline = (verb = 'Release', which = '1, 2, 3'): string =>
    `Get-StorageRehearsalDisk ${which} | Invoke-Storage${verb} | Tell`;

  test.each<[what: string, answers: string[], asked: number, outcomes: string[], sent: string[]]>([
    ['Yes to each', ['Y', 'Y', 'Y'], 3, ['1 Accepted', '2 Accepted', '3 Accepted'], ['unit 1', 'unit 2', 'unit 3']],
    ['Enter alone is Yes, as the question says', ['', 'N', 'N'], 3, ['1 Accepted', '2 Refused', '3 Refused'],
      ['unit 1']],
    ['Yes to All asks once', ['A'], 1, ['1 Accepted', '2 Accepted', '3 Accepted'], ['unit 1', 'unit 2', 'unit 3']],
    ['No sends nothing and says so', ['N', 'Y', 'N'], 3, ['1 Refused', '2 Accepted', '3 Refused'], ['unit 2']],
    ['No to All asks once', ['L'], 1, ['1 Refused', '2 Refused', '3 Refused'], []],
    ['an answer that is none is asked again', ['what', 'Y', 'N', 'N'], 3, ['1 Accepted', '2 Refused', '3 Refused'],
      ['unit 1']],
  ])('%s', async (_, answers, asked, outcomes, sent) => {
    const run = await ask(pipeline(), answers.map((answer) => answer + keys.enter));
    expect(lines(run, 'OUT').sort()).toEqual(outcomes);
    expect(lines(run, 'ERR')).toEqual([]);
    expect(run.questions).toHaveLength(asked);
    expect(run.released).toEqual(sent);
  });

  test('names the disk by number, model, serial number and what is about to be sent', async () => {
    const run = await ask(pipeline(), [`L${keys.enter}`]);
    expect(run.questions).toEqual([
      expect.stringMatching(/^Disk 1 \(.*serial number FAKE0001.*\): send IOCTL_STORAGE_RELEASE\?$/)]);
  });

  test('before a disk is reserved says so, and sends that when the answer is yes', async () => {
    const run = await ask(pipeline('Reserve', '1, 2'), [`Y${keys.enter}`, `N${keys.enter}`]);
    expect(run.stdout).not.toContain(released);
    expect(run.stdout.split(reserved)).toHaveLength(3);
    expect(run.questions[0]).toMatch(/^Disk 1 \(.*serial number FAKE0001.*\): send IOCTL_STORAGE_RESERVE\?/);
    expect(lines(run, 'OUT').sort()).toEqual(['1 Reserved', '2 Refused']);
    expect(lines(run, 'ERR')).toEqual([]);
  });

  test('is not asked for a disk that would not be sent to', async () => {
    const run = await ask(pipeline('Release', '0'), []);
    expect(run.questions).toEqual([]);
    expect(lines(run, 'OUT')).toEqual(['0 Refused']);
    expect(lines(run, 'ERR')).toEqual(['Refused,Invoke-StorageRelease']);
  });

  test('a result that was declined says that nothing was sent, and is no error', async () => {
    const run = await ask('$r = Get-StorageRehearsalDisk 1 | Invoke-StorageRelease; '
      + '"SAID $? $($Error.Count)"; "SAID $($r.Outcome): $($r.Message)"', [`N${keys.enter}`]);
    expect(lines(run, 'SAID')).toEqual(['True 0', 'Refused: Not confirmed. Nothing was sent.']);
  });

  test('-Force and -Confirm:$false ask nothing', async () => {
    const ways = ['-Force', '-Confirm:$false'].map((way, index) =>
      `$null = Get-StorageRehearsalDisk ${index + 1} | Invoke-StorageRelease ${way}`);
    const run = await ask(ways.join('; '), []);
    expect(run.questions).toEqual([]);
    expect(run.released).toEqual(['unit 1', 'unit 2']);
  });

  test('Ctrl+C at the question sends nothing more', async () => {
    const run = await ask(pipeline(), [`Y${keys.enter}`, keys.interrupt]);
    expect(run.questions).toHaveLength(2);
    expect(run.released).toEqual(['unit 1']);
  });
});

describe('nobody there to answer', () => {
  const caught = (pipeline: string): string =>
    `try { ${pipeline} | ForEach-Object { "OUT $($_.Number)" } } catch { `
    + '"ERR $($_.FullyQualifiedErrorId)"; "NEXT $($_.ErrorDetails.RecommendedAction)" }';
  const line = caught('Get-StorageRehearsalDisk 1, 2, 3 | Invoke-StorageRelease');

  test.each<[what: string, text: string, options: RunOptions]>([
    ['an input that is at its end', line, {}],
    ['-NonInteractive', line, { nonInteractive: true }],
    ['-NonInteractive with an input that would say yes', line, { nonInteractive: true, stdin: 'A\n' }],
    ['-NonInteractive with an input that stays open', line,
      { nonInteractive: true, stdin: '', keepStdinOpen: true }],
  ])('%s: one error that names -Force, and nothing is sent', async (_, text, options) => {
    const run = await rehearse(text, options);
    expect(lines(run, 'ERR')).toEqual(['NobodyToAsk,Invoke-StorageRelease']);
    expect(lines(run, 'NEXT').join('')).toContain('-Force');
    expect(lines(run, 'OUT')).toEqual([]);
    expect(run.released).toEqual([]);
    expect(run.stderr).toBe('');
  });

  // The shell that answers at the other end is a real one; what stands in is ssh, which starts it here.
  const far = async (): Promise<NodeJS.ProcessEnv> => {
    const bin = join(folder, 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'ssh'), `#!/bin/sh\nexec "${findPowerShell().command}" -sshs -NoLogo -NoProfile\n`);
    chmodSync(join(bin, 'ssh'), 0o755);
    return { PATH: `${bin}${delimiter}${process.env['PATH']}` };
  };
  // Each with the module and a bus of its own, in the shell that is meant.
  const inside = (bus: string): string => `{ Import-Module ${quote(join(root, 'StorageRelease.psd1'))}; `
    + `Enter-StorageRehearsal ${quote(bus)} -WarningAction SilentlyContinue; `
    + `${caught('Get-StorageRehearsalDisk 1, 2, 3 | Invoke-StorageRelease')} }`;

  test.each<[what: string, before: string, after: string, nonInteractive: boolean]>([
    ['a job', 'Start-Job', '| Receive-Job -Wait -AutoRemoveJob', false],
    ['a job of a shell with -NonInteractive', 'Start-Job', '| Receive-Job -Wait -AutoRemoveJob', true],
    ['a thread job', 'Start-ThreadJob', '| Receive-Job -Wait -AutoRemoveJob', false],
    ['ForEach-Object -Parallel', '1 | ForEach-Object -Parallel', '', false],
    ...process.platform === 'win32' ? [] : [
      ['Invoke-Command of a shell with -NonInteractive', '$far = New-PSSession -HostName far; Invoke-Command $far', '', true],
      ['Invoke-Command of a shell whose input is at its end', '$far = New-PSSession -HostName far; Invoke-Command $far', '', false],
    ] as [string, string, string, boolean][],
  ])('%s: one error that names -Force, and nothing is sent', async (_, before, after, nonInteractive) => {
    const bus = writeBus();
    const run = await runPowerShell({
      file: writeScript(`${before} ${inside(bus)} ${after}`), cwd: folder, nonInteractive, env: await far() });
    expect(run.timedOut, run.stdout + run.stderr).toBe(false);
    // A console whose input has ended shows the question before it finds that out.
    run.stdout = run.stdout.replace(/\(default is "Y"\): */g, '\n');
    expect(lines(run, 'ERR')).toEqual(['NobodyToAsk,Invoke-StorageRelease']);
    expect(lines(run, 'NEXT').join('')).toContain('-Force');
    expect(lines(run, 'OUT')).toEqual([]);
    expect(releasedIn(bus)).toEqual([]);
  });

  test.runIf(hasTerminal)('-NonInteractive at a terminal', async () => {
    const bus = writeBus();
    const terminal = new Terminal([findPowerShell().command, '-NoProfile', '-NonInteractive', '-File',
      writeScript(`Enter-StorageRehearsal ${quote(bus)} -WarningAction SilentlyContinue\n${line}`)],
    { columns: 200, cwd: folder, env: shellEnvironment() });
    expect(await terminal.end()).toBe(0);
    expect(lines({ stdout: terminal.text() }, 'ERR')).toEqual(['NobodyToAsk,Invoke-StorageRelease']);
    expect(releasedIn(bus)).toEqual([]);
  });

  test.runIf(hasTerminal)('Enter-PSSession at a terminal: there is somebody, who is asked and answers', async () => {
    const bus = writeBus();
    const prompt = await Prompt.open('', { columns: 200, cwd: folder, env: await far() });
    try {
      prompt.type(`Enter-PSSession -HostName far${keys.enter}`);
      await prompt.until('the prompt there', () => /^\[far\]: PS .*> $/.test(prompt.beforeCursor()));
      const told = inside(bus).slice(1, -1);
      const from = prompt.mark();
      prompt.type(told.replace('1, 2, 3', '2') + keys.enter);
      await prompt.until('the question', () => prompt.beforeCursor().trimEnd().endsWith('(default is "Y"):'));
      prompt.type(`Y${keys.enter}`);
      await prompt.until('the result', () => /^OUT 2$/m.test(prompt.text(from)));
      expect(releasedIn(bus)).toEqual(['unit 2']);
    } finally {
      await prompt.kill();
    }
  });

  test('-Force and -WhatIf need nobody', async () => {
    const run = await rehearse(told('Get-StorageRehearsalDisk 1, 2 | Invoke-StorageRelease -WhatIf') + '\n'
      + told('Get-StorageRehearsalDisk 3 | Invoke-StorageRelease -Force'), { nonInteractive: true });
    expect(lines(run, 'OUT')).toEqual(['3 Accepted']);
    expect(run.released).toEqual(['unit 3']);
  });

  test('an unattended script that forgot -Force says so, and fails where it stops at errors', async () => {
    const release = 'Get-StorageRehearsalDisk 1 | Invoke-StorageRelease';
    const text = `$ErrorActionPreference = 'Stop'\n${release}\n"SAID too much"`;
    const run = await rehearse(text, { nonInteractive: true });
    expect(run.code).toBe(1);
    expect(lines(run, 'SAID')).toEqual([]);
    expect(run.stdout + run.stderr).toContain('-Force');
    expect(run.released).toEqual([]);
  });
});

describe('-WhatIf', () => {
  test('says for every disk of the small shop what the real run then does, and changes nothing', async () => {
    const file = join(folder, 'shop.json');
    const shop = readFileSync(join(root, 'ps/rehearsal/small-shop.json'), 'utf8');
    writeFileSync(file, shop);
    const script = join(folder, 'shop.ps1');
    writeFileSync(script, [
      `Import-Module ${quote(join(root, 'StorageRelease.psd1'))}`,
      `Enter-StorageRehearsal ${quote(file)} -WarningAction SilentlyContinue`,
      'Get-StorageRehearsalDisk | Invoke-StorageRelease -WhatIf -TimeoutSec 4',
      `"SAME $([System.IO.File]::ReadAllText(${quote(file)}) -ceq [System.IO.File]::ReadAllText(${
        quote(join(root, 'ps/rehearsal/small-shop.json'))}))"`,
      told('Get-StorageRehearsalDisk | Invoke-StorageRelease -Force -TimeoutSec 4'),
    ].join('\n'));
    const run = await runPowerShell({ file: script, cwd: folder });
    expect(lines(run, 'SAME')).toEqual(['True']);

    const planned = new Map<string, string>();
    for (const line of run.stdout.replace(/\r?\n(?!What if:|OUT|ERR|SAME)/g, ' ').split(/\r?\n/)) {
      const said = /^What if: (?:Disk (\d+)|Tape drive \\\\\.\\Tape0)\b.*?(?:would be (\w+)|would be (sent))/.exec(line);
      if (said) planned.set(said[1] ?? '', said[2] ?? 'sent');
    }
    const real = new Map(lines(run, 'OUT').map((line) => line.split(' ') as [string, string]));
    expect([...planned.keys()].sort()).toEqual([...real.keys()].sort());
    // AccessDenied and InUse are known only by opening for read access, which a dry run does not ask for.
    const unsent = ['Refused', 'NotFound', 'IdentityChanged'];
    for (const [number, outcome] of real) {
      expect([number, planned.get(number)]).toEqual([number, unsent.includes(outcome) ? outcome : 'sent']);
    }
  });
});

describe('Ctrl+C while disks are at work', () => {
  test.runIf(process.platform !== 'win32')('comes back, and the worker goes with the session', async () => {
    const file = join(folder, 'hung.json');
    writeFileSync(file, JSON.stringify({
      version: 1, thisHost: 'bench-1',
      logicalUnits: ['a', 'b'].map((name) => ({ name, serial: name, reservedBy: 'bench-1' })),
      hosts: {
        'bench-1': { disks: [{ number: 1, unit: 'a' }, { number: 2, unit: 'b', faults: { hangs: true } }] },
      },
    }));
    const script = join(folder, 'hung.ps1');
    writeFileSync(script, [
      `Import-Module ${quote(join(root, 'StorageRelease.psd1'))}`,
      `Enter-StorageRehearsal ${quote(file)} -WarningAction SilentlyContinue`,
      '"WORKER $(& (Get-Module StorageRelease) { $script:Worker.Process.Id })"',
      'Invoke-StorageRelease -Number 1, 2 -Force -TimeoutSec 600 | ForEach-Object { "OUT $($_.Number)" }',
    ].join('\n'));
    const run = await runPowerShell({
      file: script,
      cwd: folder,
      onLine: (line, child) => { if (line === 'OUT 1') child.kill('SIGINT'); },
    });
    expect(run.timedOut).toBe(false);
    expect(lines(run, 'OUT')).toEqual(['1']);
    const worker = Number(lines(run, 'WORKER')[0]);
    await expect.poll(() => isAlive(worker), { timeout: 10_000 }).toBe(false);
  });
});

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}
