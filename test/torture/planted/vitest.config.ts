// One project for each planted bug: the unit tests that must catch it, with the sources changed on their way to
// them. STORAGERELEASE_PLANTED names the file that the results go to. One bug alone:
//   npx vitest run --config test/torture/planted/vitest.config.ts --reporter=default --project 'anybody releases'

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TestModule } from 'vitest/node';
import { defineConfig } from 'vitest/config';
import { type PlantedBug, planted } from './bugs.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** What came of one bug. */
export interface PlantedResult {
  readonly bug: string;
  readonly failed: number;
  readonly passed: number;
  /** Errors that are no failed test: the bug does not even load, and proves nothing. */
  readonly broken: string[];
}

const plant = ({ name, file, find, replace }: PlantedBug) => ({
  name: `planted: ${name}`,
  enforce: 'pre' as const,
  transform(code: string, id: string) {
    if (id.split('?')[0] !== root + file) return;
    if (code.split(find).length !== 2) throw new Error(`${name}: ${file} has not got it exactly once`);
    return { code: code.replace(find, () => replace), map: null };
  },
});

const reporter = {
  onTestRunEnd(modules: readonly TestModule[]) {
    const results = planted.map(({ name }): PlantedResult => {
      const its = modules.filter(({ project }) => project.name === name);
      const tests = its.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state));
      const broken = its.flatMap((module) => module.errors().map(({ message }) => message));
      return {
        bug: name, broken, failed: tests.filter((state) => state === 'failed').length,
        passed: tests.filter((state) => state === 'passed').length,
      };
    });
    const file = process.env['STORAGERELEASE_PLANTED'];
    if (file !== undefined) writeFileSync(file, JSON.stringify(results));
  },
};

export default defineConfig({
  root,
  test: {
    reporters: [reporter],
    maxWorkers: 2,
    projects: planted.map((bug) => ({
      plugins: [plant(bug)],
      test: {
        name: bug.name,
        include: bug.tests.map((name) => `test/unit/${name}.test.ts`),
        // A bug may leave a test waiting for ever.
        testTimeout: 5_000,
      },
    })),
  },
});
