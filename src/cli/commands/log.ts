// `log`: the results of a log, as results again. No bus is opened.

import { type LogPlace, readLog } from '../../log/reader.ts';
import type { LogSource } from '../../log/result-log.ts';
import { outcomeRow } from '../../status/outcomes.ts';
import type { Invocation } from '../command-line.ts';
import type { Channel, Interrupt } from '../io.ts';
import type { Output } from '../output/output.ts';

/** Resolves with the exit code; rejects with LogProblem where the file cannot be read. */
export async function log(
  invocation: Invocation, source: LogSource, begin: () => Output, interrupt: Interrupt, stderr: Channel,
): Promise<number> {
  const { file, disk, outcome, after, before, last } = invocation;
  const files = await source.files();
  const filter = { disks: disk, outcomes: outcome, after, before, last };
  let output: Output | null = null;
  let damaged = 0;
  let place = 0;
  const remarks: string[] = [];
  let next: LogPlace | null = null;
  do {
    const page = await readLog(files, source.fullPath(file), filter, next);
    output ??= begin();
    for (const { item } of page.records) output.item(item, place++);
    damaged += page.damaged;
    remarks.push(...page.remarks);
    ({ next } = page);
  } while (next !== null && !interrupt.asked);
  const exitCode = damaged > 0 || next !== null ? outcomeRow('Failed').exitCode : 0;
  output.end(exitCode);
  for (const remark of remarks) stderr.line(remark);
  if (next !== null) stderr.line('Interrupted: the list is incomplete.');
  return exitCode;
}
