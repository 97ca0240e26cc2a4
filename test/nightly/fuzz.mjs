// Millions of byte sequences through the decoders, and a hundredth as many rehearsal files through their reader,
// another seed each night.
//
// Ends with exit code 1 at the first find, and says how to run that case alone.

import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

import { hostNode } from '../../src/build/executable.mjs';
import { kinds, readOptions } from '../../src/build/script-options.mjs';

const { count = 10_000_000, files = Math.floor(count / 100), seed = Date.now() % 2 ** 32, first = 0 } = readOptions({
  usage: 'npm run nightly', about: 'fuzzes the decoders and the reader of rehearsal files',
  options: {
    count: { value: 'N', read: kinds.count, about: 'byte sequences; 10000000' },
    files: { value: 'N', read: kinds.count, about: 'rehearsal files; a hundredth of that' },
    seed: { value: 'N', read: kinds.count, about: 'without it another one each time' },
    first: { value: 'N', read: kinds.count, about: 'number of the first case; 0' },
  },
});

// The Node that is shipped reads TypeScript; the one on PATH may be too old.
const node = hostNode(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
if (process.execPath !== node) process.exit(spawnSync(node, process.argv.slice(1), { stdio: 'inherit' }).status ?? 1);
const { fuzzFiles } = await import('../unit/fuzz-files.ts');
const { fuzz } = await import('../unit/fuzz.ts');

console.log(`${count} cases and ${files} rehearsal files of seed ${seed}, from number ${first}`);
const started = performance.now();
const seconds = () => Math.round((performance.now() - started) / 1000);
try {
  const tally = fuzz({ seed, count, first, onProgress: (done) => console.log(`${done} after ${seconds()} s`) });
  for (const [name, { values: decoded, errors }] of tally) {
    console.log(`${name}: ${decoded} values, ${errors} errors of its own`);
  }
  const { accepted, refused } = fuzzFiles({ seed, count: files, first });
  console.log(`rehearsal files: ${accepted} buses, ${refused} errors that name the place`);
  console.log(`nothing found in ${seconds()} s`);
} catch (error) {
  console.error(error.message);
  console.error(error.cause?.stack ?? '');
  process.exit(1);
}
