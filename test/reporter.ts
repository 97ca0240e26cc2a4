import { mkdirSync, writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';
import type { TortureRow } from './torture/trials.ts';

/**
 * Ends a run with one plain line of counts, the last thing on the screen, and keeps them for .ci/run to add up.
 * Before it, what torture tests have counted: one row each.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0 };
    const rows: TortureRow[] = [];
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const state = test.result().state;
        if (state === 'pending') counts.failed += 1;
        else counts[state] += 1;
        rows.push(...test.meta().torture ?? []);
      }
      // A file that fails before it has declared its tests has none to count.
      if (module.state() === 'failed' && counts.failed === 0) counts.failed += 1;
    }
    mkdirSync('dist', { recursive: true });
    writeFileSync('dist/test-counts.json', JSON.stringify(counts));
    if (rows.length > 0) writeFileSync('dist/torture.json', `${JSON.stringify(rows, null, 2)}\n`);
    const { passed, failed, skipped } = counts;
    process.on('exit', () => {
      if (rows.length > 0) process.stdout.write(`\n${table(rows)}`);
      process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
    });
  }
}

function table(rows: readonly TortureRow[]): string {
  const width = Math.max(...rows.map((row) => row.what.length));
  const line = (what: string, cells: readonly (string | number)[], note = '') =>
    `${what.padEnd(width)} ${cells.map((cell) => String(cell).padStart(8)).join('')}  ${note}`.trimEnd();
  return [
    line('', ['trials', 'lost', 'doubled', 'wrong']),
    ...rows.map((row) => line(row.what, [row.trials, row.lost, row.doubled, row.wrong], row.note)),
    '',
  ].join('\n');
}
