// Millions of byte sequences through the decoders, and a hundredth as many rehearsal files through their reader,
// another seed each night.
//
//   node test/nightly/fuzz.mjs [--count 10000000] [--files 100000] [--seed N] [--first N]
//
// Ends with exit code 1 at the first find, and says how to run that case alone.

import { parseArgs } from 'node:util';
import { fuzzFiles } from '../unit/fuzz-files.ts';
import { fuzz } from '../unit/fuzz.ts';

const { values } = parseArgs({
  options: { count: { type: 'string' }, files: { type: 'string' }, seed: { type: 'string' }, first: { type: 'string' } },
});
const number = (name, fallback) => {
  const value = values[name] === undefined ? fallback : Number(values[name]);
  if (!Number.isSafeInteger(value) || value < 0) {
    console.error(`--${name} takes a whole number, not ${values[name]}`);
    process.exit(2);
  }
  return value;
};
const count = number('count', 10_000_000);
const files = number('files', Math.floor(count / 100));
const seed = number('seed', Date.now() % 2 ** 32);
const first = number('first', 0);

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
