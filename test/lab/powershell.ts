// PowerShell in the lab: one session that runs cases (Show-Case of prelude.ps1), and what each of them put
// out.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Counters, Lab, RunOptions } from './lab.d.mts';
import { openLab, whyNoLab } from './lab.mjs';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

const why = whyNoLab();
/** For `describe.skipIf`; the title says the reason, so that a skipped lab is never taken for a good one. */
export const noLab = why !== undefined;
export const titled = (title: string): string => (why === undefined ? title : `${title} (no lab here: it ${why})`);

/** A result as PowerShell put it out. */
export interface ShownResult {
  stream: 'result';
  Number: number | null;
  DevicePath: string | null;
  FriendlyName: string | null;
  SerialNumber: string | null;
  UniqueId: string | null;
  BusType: string | null;
  Outcome: string;
  NtStatus: number | null;
  NtStatusName: string | null;
  Win32Error: number | null;
  Information: number | null;
  ReservationBefore: string | null;
  ReservationAfter: string | null;
  ComputerName: string;
  Bus: string;
  Message: string;
  NextStep: string;
}

/** What Get-StorageReservation put out. */
export interface ShownReservation {
  stream: 'reservation';
  Number: number | null;
  UniqueId: string | null;
  State: string;
  Blocked: boolean | null;
  Evidence: string;
  Keys: string | null;
  KeyCount: number | null;
  HolderKey: string | null;
  Type: string | null;
  Scope: string | null;
  Generation: number | null;
  Registrants: string | null;
  PathCount: number | null;
  Outcome: string;
  Message: string;
  NextStep: string;
}

export interface ShownRegistrant {
  stream: 'registrant';
  Number: number | null;
  Key: string;
  Holder: boolean;
  Type: string | null;
  Scope: string | null;
  AllTargetPorts: boolean;
  TargetPort: number | null;
  Initiator: string;
}

export type Shown = ShownResult | ShownReservation | ShownRegistrant | ShownText;

export interface ShownText {
  stream: 'error' | 'thrown' | 'warning' | 'verbose' | 'other';
  text: string;
  /** Of an error: FullyQualifiedErrorId, category, and the device path of the result that it belongs to. */
  id?: string;
  category?: string;
  of?: string | null;
}

/** What one Show-Case said. */
export class CaseReport {
  readonly records: readonly Shown[];
  /** What the host showed: questions, and what WhatIf says. */
  readonly host: string;
  readonly counters: readonly Counters[];

  constructor(records: readonly Shown[], host: string, counters: readonly Counters[]) {
    this.records = records;
    this.host = host;
    this.counters = counters;
  }

  get results(): ShownResult[] {
    return this.records.filter((record) => record.stream === 'result');
  }

  get reservations(): ShownReservation[] {
    return this.records.filter((record) => record.stream === 'reservation');
  }

  get registrants(): ShownRegistrant[] {
    return this.records.filter((record) => record.stream === 'registrant');
  }

  of(stream: ShownText['stream']): ShownText[] {
    return this.records.filter((record): record is ShownText => record.stream === stream);
  }

  texts(stream: ShownText['stream']): string[] {
    return this.of(stream).map(({ text }) => text);
  }

  /** The one result that there must be of a disk. */
  resultOf(number: number): ShownResult {
    const all = this.results.filter((result) => result.Number === number);
    if (all.length !== 1) {
      throw new Error(`${all.length} results of disk ${number}: ${JSON.stringify(this.records)}`);
    }
    return all[0]!;
  }

  unit(kind: Counters['kind'], number: number): Counters {
    return unitOf(this.counters, kind, number);
  }

  /** Every unit that the driver heard of, with its RELEASE requests: `{ disk10: 1 }`. */
  get released(): Record<string, number> {
    return releasedOf(this.counters);
  }
}

export function unitOf(counters: readonly Counters[], kind: Counters['kind'], number: number): Counters {
  const unit = counters.find((row) => row.kind === kind && row.number === number);
  if (unit === undefined) throw new Error(`There is no ${kind} ${number}.`);
  return unit;
}

/** Units with RELEASE requests and how many each got. */
export function releasedOf(counters: readonly Counters[]): Record<string, number> {
  return Object.fromEntries(counters.filter((row) => row.releases > 0)
    .map((row) => [`${row.kind}${row.number}`, row.releases]));
}

/** Units that were opened more often than closed. */
export function leftOpen(counters: readonly Counters[]): string[] {
  return counters.filter((row) => row.opens !== row.closes).map((row) => `${row.kind}${row.number}`);
}

/** A lab with the staged module, the Windows build of PowerShell and the scripts in it. */
export async function openPowerShellLab(): Promise<Lab> {
  const lab = await openLab();
  lab.copyIn(join(root, 'dist/powershell/win-x64'), 'powershell');
  lab.copyIn(join(root, 'dist/module/StorageRelease', version), 'StorageRelease');
  lab.copyIn(join(root, 'test/lab/prelude.ps1'));
  lab.copyIn(join(root, 'test/ps/fakes.ps1'));
  return lab;
}

let scripts = 0;

/** The environment of a shell in the lab. */
export const shellEnvironment = { POWERSHELL_TELEMETRY_OPTOUT: '1', POWERSHELL_UPDATECHECK: 'Off', NO_COLOR: '1' };

/** Runs a script after the prelude, in one session of PowerShell; gives its cases by their names. */
export async function runCases(
  lab: Lab, script: string, { words = [], env = {}, ...options }: RunOptions & { words?: readonly string[] } = {},
): Promise<Map<string, CaseReport>> {
  const file = join(lab.dir, `cases-${++scripts}.ps1`);
  writeFileSync(file, `param([string]$Lab)\n. "$Lab\\prelude.ps1" $Lab\n${script}\n'@@end'\n`);
  const ran = await lab.exe('powershell/pwsh.exe',
    ['-NoProfile', '-ExecutionPolicy', 'Bypass', ...words, '-File', lab.winPath(file), lab.winPath(lab.dir)],
    { timeoutMs: 300_000, env: { ...shellEnvironment, ...env }, ...options });
  const cases = new Map<string, CaseReport>();
  let host: string[] = [];
  let whole = false;
  for (const line of ran.stdout.split(/\r?\n/)) {
    if (line.startsWith('@@begin ')) host = [];
    else if (line === '@@end') whole = true;
    else if (!line.startsWith('@@case ')) host.push(line);
    else {
      const said = JSON.parse(line.slice('@@case '.length)) as {
        name: string; records: Shown[]; counters: Counters[];
      };
      cases.set(said.name, new CaseReport(said.records, host.join('\n'), said.counters));
    }
  }
  if (!whole || ran.timedOut) {
    const how = ran.timedOut ? 'took too long' : `ended early, exit code ${ran.code}`;
    throw new Error(`The script ${how}, after the cases ${[...cases.keys()].join(', ') || '(none)'}.\n`
      + `${ran.stderr.slice(-2000)}\n${ran.stdout.slice(-2000)}`);
  }
  return cases;
}

/** The case of a name; one that is missing is an error of the test itself. */
export function caseOf(cases: ReadonlyMap<string, CaseReport>, name: string): CaseReport {
  const report = cases.get(name);
  if (report === undefined) throw new Error(`No case "${name}" among ${[...cases.keys()].join(', ')}.`);
  return report;
}
