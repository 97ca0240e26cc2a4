// Runs one *.tests.ps1 and reads its `@@{...}` lines (test/ps/harness.ps1 writes them).

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { runPowerShell } from './powershell.ts';
import type { RunResult } from './powershell.ts';

export interface Case {
  name: string;
  ok: boolean;
  message: string;
  ms: number;
}

export interface ScriptReport {
  cases: Case[];
  /** Set when the script did not come to its end; holds what it said until then. */
  broken?: string;
}

export const root = fileURLToPath(new URL('../..', import.meta.url));

export async function runTestScript(file: string, timeoutMs = 120_000, env: Record<string, string> = {}): Promise<ScriptReport> {
  const temp = mkdtempSync(join(tmpdir(), 'storage-release-'));
  try {
    return read(await runPowerShell({ file, args: ['-Root', root, '-Temp', temp], cwd: temp, timeoutMs, env }));
  } finally {
    rmSync(temp, { recursive: true, force: true, maxRetries: 5 });
  }
}

function read(run: RunResult): ScriptReport {
  const cases: Case[] = [];
  let end: number | undefined;
  for (const line of run.stdout.split(/\r?\n/)) {
    // what a case wrote without a line end may stand before the mark
    const at = line.indexOf('@@{');
    if (at < 0) continue;
    const row = JSON.parse(line.slice(at + 2)) as Case | { end: number };
    if ('end' in row) end = row.end;
    else cases.push(row);
  }
  if (end === cases.length && cases.length > 0) return { cases };
  const why = run.timedOut ? 'took too long' : end === undefined ? 'ended early' : `reported ${end} cases`;
  return {
    cases,
    broken: [`${why}, ${cases.length} cases seen, exit code ${run.code ?? run.signal}`, run.stderr, run.stdout]
      .join('\n'),
  };
}
