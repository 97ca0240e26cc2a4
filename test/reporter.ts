import { mkdirSync, writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends a run with one plain line of counts, the last thing on the screen, and keeps them for .ci/run to add up.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const state = test.result().state;
        if (state === 'pending') counts.failed += 1;
        else counts[state] += 1;
      }
      // A file that fails before it has declared its tests has none to count.
      if (module.state() === 'failed' && counts.failed === 0) counts.failed += 1;
    }
    mkdirSync('dist', { recursive: true });
    writeFileSync('dist/test-counts.json', JSON.stringify(counts));
    const { passed, failed, skipped } = counts;
    process.on('exit', () => {
      process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
    });
  }
}
