// 20,000 files through the reader of rehearsals; test/nightly/fuzz.mjs runs more.

import { expect, test } from 'vitest';
import { RehearsalFileError, readRehearsal } from '../../src/bus/rehearsal/rehearsal-file.ts';
import { fuzzFiles, seeds, targetsOfSeeds } from './fuzz-files.ts';

const seed = 0x2d4814;
const count = 8_000;

test(`${count} files of seed ${seed}: a bus, or an error that names the place`, () => {
  const { accepted, refused } = fuzzFiles({ seed, count });
  expect(accepted + refused).toBe(count);
  // Some of both.
  expect(accepted).toBeGreaterThan(count / 20);
  expect(refused).toBeGreaterThan(count / 2);
});

test('the files that they are made of are right, and of every target', () => {
  for (const text of seeds) expect(() => readRehearsal(text, 'seed')).not.toThrow(RehearsalFileError);
  expect(seeds.length).toBeGreaterThan(12);
  expect(targetsOfSeeds()).toHaveLength(2);
});
