// Runs one *.tests.ps1 and reads its `@@{...}` lines (test/ps/harness.ps1 writes them).

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { runPowerShell } from './powershell.ts';
import type { RunOptions, RunResult } from './powershell.ts';

export interface Case {
  name: string;
  ok: boolean;
  message: string;
  ms: number;
}

export interface ScriptReport<Row = Case> {
  cases: Row[];
  /** Set when the script did not come to its end; holds what it said until then. */
  broken?: string;
}

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** `args` follow `-Root` and `-Temp`; `Row` is what the script's lines hold. */
export async function runTestScript<Row = Case>(
  file: string, timeoutMs = 300_000, args: readonly string[] = [], env: RunOptions['env'] = {},
): Promise<ScriptReport<Row>> {
  const temp = mkdtempSync(join(tmpdir(), 'storage-release-'));
  try {
    return read(await runPowerShell({
      file, args: ['-Root', root, '-Temp', temp, ...args], cwd: temp, timeoutMs, env,
    }));
  } finally {
    rmSync(temp, { recursive: true, force: true, maxRetries: 5 });
  }
}

function read<Row>(run: RunResult): ScriptReport<Row> {
  const cases: Row[] = [];
  let end: number | undefined;
  for (const line of run.stdout.split(/\r?\n/)) {
    // what a case wrote without a line end may stand before the mark
    const at = line.indexOf('@@{');
    if (at < 0) continue;
    const row = JSON.parse(line.slice(at + 2)) as Row | { end: number };
    if ((row as { end?: number }).end !== undefined) end = (row as { end: number }).end;
    else cases.push(row as Row);
  }
  if (end === cases.length && cases.length > 0) return { cases };
  const why = run.timedOut ? 'took too long' : end === undefined ? 'ended early' : `reported ${end} cases`;
  return {
    cases,
    broken: [`${why}, ${cases.length} cases seen, exit code ${run.code ?? run.signal}`, run.stderr, run.stdout]
      .join('\n'),
  };
}

/** Works at `limit` of these at a time; the results are in the order of the items. */
export async function someAtATime<T, R>(limit: number, items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]!);
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return results;
}
