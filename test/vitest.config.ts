import { fileURLToPath } from 'node:url';

import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// Kinds of tests. `unit` needs nothing but the sources; `cli` and `ps` drive the built executable, the latter
// through PowerShell; `lab` drives the Windows executable under Wine and is run by `npm run lab` alone;
// `target` compares the rehearsal with a real iSCSI target and is run by `npm run test:target` alone; `torture` breaks
// things on purpose, many times, and is run by `npm run torture` alone.
const kinds = {
  unit: ['test/unit/**/*.test.ts'],
  cli: ['test/cli/**/*.test.ts'],
  ps: ['test/ps/**/*.test.ts', 'test/surface/**/*.test.ts', 'test/api/**/*.test.ts'],
  lab: ['test/lab/**/*.test.ts'],
  target: ['test/target/**/*.test.ts'],
  torture: ['test/torture/**/*.test.ts'],
};

// Folders whose every branch the unit tests take: they decide about disks, or hold the protocol. `npm run coverage`.
const covered = ['verbs', 'reservation', 'disk', 'result', 'status', 'scsi', 'worker', 'clixml'];

/** These take as long as all the others of their kind together: begun last, they would end alone. */
const longest = /\/torture\/(?:planted|powershell)\.test\.ts$/;

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const first = sorted.filter(({ moduleId }) => longest.test(moduleId));
    return [...first, ...sorted.filter((file) => !first.includes(file))];
  }
}

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    reporters: ['default', './test/reporter.ts'],
    sequence: { sequencer: LongestFirst },
    coverage: {
      provider: 'v8',
      // Files that no test loads count as well.
      include: covered.map((folder) => `src/${folder}/**/*.ts`),
      reporter: ['text', 'json'],
      reportsDirectory: 'dist/coverage',
      thresholds: Object.fromEntries(covered.map((folder) => [`src/${folder}/**/*.ts`, { branches: 100 }])),
    },
    projects: Object.entries(kinds).map(([name, include]) => ({
      extends: true as const,
      test: {
        name,
        include,
        // Unit tests and those of the command line share nothing; the scripts of the others run two at a time already.
        ...(name === 'unit' || name === 'cli' ? { maxWorkers: 2, sequence: { groupOrder: 1 } } : {}),
        testTimeout: process.env['STORAGERELEASE_TORTURE'] === 'long' ? 86_400_000 : 120_000,
        hookTimeout: 600_000,
      },
    })),
  },
});
