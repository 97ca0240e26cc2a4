// Many hosts, live: eight computers reached by real remoting, hundreds of disks on each (a thousand in the long version), all
// read by one command; then the same while computers die and hang in the middle.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { root } from '../ps/cases.ts';
import { runPowerShell } from '../ps/powershell.ts';
import { missingSshd, startRemoting } from '../ps/remoting.ts';
import { report, trials } from './trials.ts';

const addresses = [2, 3, 4, 5, 6, 7, 8, 9].map((last) => `127.0.0.${last}`);
const disks = trials(250, 1000);

/** Every host sees every unit, each under another number. */
function bus(): unknown {
  const units = Array.from({ length: disks }, (_, unit) => unit);
  const naa = (unit: number): string => `600a0b8000${String(unit).padStart(22, '0')}`;
  return {
    version: 1,
    thisHost: 'host-0',
    logicalUnits: units.map((unit) => ({
      name: `unit ${unit}`, vendor: 'FAKE', product: 'Virtual Disk', serial: `FAKE${unit}`, naa: naa(unit), target: 'LIO',
      ...(unit % 10 === 0 ? { reservedBy: `host-${(unit / 10) % addresses.length}` } : {}),
    })),
    hosts: Object.fromEntries(addresses.map((_, host) => [`host-${host}`, {
      disks: units.map((unit) => ({ number: (unit + host) % disks, unit: `unit ${unit}` })),
    }])),
  };
}

const script = `
. '${join(root, 'test/ps/harness.ps1')}'
. '${join(root, 'test/ps/remoting.ps1')}'
Import-Module '${join(root, 'StorageRelease.psd1')}'
$bus = [System.IO.Path]::Combine($PWD.ProviderPath, 'bus.json')
$names = @(${addresses.map((one) => `'${one}'`).join(', ')})
$sessions = @(New-TestSession $names)
Enter-TestRehearsal $sessions $bus @(for ($i = 0; $i -lt $names.Count; $i++) { "host-$i" })
function Measure-Read {
    param([string]$What, [scriptblock]$OnRow)
    [System.GC]::Collect()
    $before = [System.GC]::GetTotalMemory($true)
    $seen = @{}
    $told = @{}
    $peak = $before
    $count = 0; $doubled = 0; $wrong = 0; $held = 0; $first = -1
    $failed = @()
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    Get-StorageReservation -Session $sessions -TimeoutSec 60 -ErrorAction SilentlyContinue | ForEach-Object {
        if ($first -lt 0) { $first = $watch.ElapsedMilliseconds }
        if ($_.Outcome -ne 'Read') { $failed += $_.ComputerName + ' ' + $_.Outcome }
        else {
            $count++
            $told[$_.ComputerName] += 1
            $key = $_.ComputerName + ' ' + $_.UniqueId
            if ($seen.ContainsKey($key)) { $doubled++ }
            $seen[$key] = $true
            $unit = [int]$_.SerialNumber.Substring(4)
            $number = [int]$_.ComputerName.Substring(5)
            if ($_.Number -ne (($unit + $number) % ${disks})) { $wrong++ }
            $owner = -1
            if ($unit % 10 -eq 0) { $owner = ($unit / 10) % ${addresses.length} }
            $expected = $(if ($owner -lt 0) { 'Unknown' } elseif ($owner -eq $number) { 'HeldByThisHost' } else { 'HeldByAnotherHost' })
            if ($_.State -ne $expected) { $wrong++ } elseif ($owner -ge 0) { $held++ }
            if ($count % 500 -eq 0) { $peak = [System.Math]::Max($peak, [System.GC]::GetTotalMemory($false)) }
            if ($OnRow) { . $OnRow }
        }
    }
    $work = [System.Diagnostics.Process]::GetCurrentProcess().PeakWorkingSet64
    [Console]::Out.WriteLine('@@{"what":"' + $What + '","count":' + $count + ',"doubled":' + $doubled + ',"wrong":' + $wrong + ',"held":' + $held +
        ',"first":' + $first + ',"ms":' + $watch.ElapsedMilliseconds + ',"heap":' + ($peak - $before) + ',"set":' + $work + ',"failed":"' + ($failed -join ', ') +
        '","told":[' + ((0..7 | ForEach-Object { [int]$told["host-$_"] }) -join ',') + ']}')
}
Measure-Read 'all'
$victims = @($sessions | ForEach-Object { Get-TestServer $_ })
Measure-Read 'two die' {
    if ($_.ComputerName -ceq 'host-6' -and $told['host-6'] -eq 1) { Send-TestSignal KILL $victims[6] }
    if ($_.ComputerName -ceq 'host-7' -and $told['host-7'] -eq 5) { Send-TestSignal KILL $victims[7] }
}
`;

interface Read {
  what: string; count: number; doubled: number; wrong: number; held: number; first: number; ms: number; heap: number;
  set: number; failed: string;
  /** How many disks each host has told. */
  told: number[];
}

const missing = missingSshd();
describe('many hosts', () => {
  test.runIf(missing === undefined)(`${addresses.length} computers with ${disks} disks each`, async (context) => {
    const temp = mkdtempSync(join(tmpdir(), 'storage-release-'));
    const remoting = await startRemoting(Object.fromEntries(addresses.map((one) => [one, 'module'])));
    try {
      writeFileSync(join(temp, 'bus.json'), JSON.stringify(bus()));
      writeFileSync(join(temp, 'script.ps1'), script);
      const run = await runPowerShell({
        file: join(temp, 'script.ps1'), cwd: temp, env: remoting.env, timeoutMs: 300_000,
      });
      const reads = [...run.stdout.matchAll(/^@@(.*)$/gm)].map((match) => JSON.parse(match[1]!) as Read);
      expect(reads.map((read) => read.what), run.stdout + run.stderr).toEqual(['all', 'two die']);
      const [all, die] = reads as [Read, Read];
      const note = (read: Read): string => `first row after ${(read.first / 1000).toFixed(1)} s, all after `
        + `${(read.ms / 1000).toFixed(1)} s; heap +${Math.round(read.heap / 2 ** 20)} MB at most, working set `
        + `${Math.round(read.set / 2 ** 20)} MB`;
      report(context, {
        what: `${addresses.length} computers x ${disks} disks, read live`, trials: addresses.length * disks,
        lost: addresses.length * disks - all.count, doubled: all.doubled, wrong: all.wrong + (all.failed ? 1 : 0), note: note(all),
      });
      // The six that live have to be whole. Each of the two that die has exactly one row that says so, unless all its rows were
      // on their way when it did.
      const dead = die.failed.split(', ').filter((one) => one !== '');
      const owed = [6, 7].filter((host) => die.told[host]! < disks).map((host) => `host-${host} Failed`);
      const fits = dead.length > 0 && owed.every((one) => dead.includes(one)) && new Set(dead).size === dead.length
        && dead.every((one) => ['host-6 Failed', 'host-7 Failed'].includes(one));
      const whole = die.told.slice(0, 6).every((count) => count === disks);
      report(context, {
        what: 'the same, while two of them die', trials: die.count,
        lost: whole ? 0 : 1, doubled: die.doubled,
        wrong: die.wrong + (fits ? 0 : 1),
        note: `${die.count} rows, ${die.told.slice(6).join(' and ')} of those that died; ${note(die)}`,
      });
    } finally {
      await remoting.stop();
      rmSync(temp, { recursive: true, force: true, maxRetries: 5 });
    }
  }, 330_000);
});
