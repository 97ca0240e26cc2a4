import { expect, test } from 'vitest';
import { numbered } from '../../src/disk/verdict.ts';
import { ownKeyRemarks } from '../../src/verbs/clear/next-step.ts';

test('a next step names the disk by its number, where it has one', () => {
  const verdict = { outcome: 'Failed', message: '', nextStep: 'Clear-ClusterDiskReservation -Disk <number>' } as const;
  expect(numbered(verdict, 3).nextStep).toBe('Clear-ClusterDiskReservation -Disk 3');
  expect(numbered(verdict, null)).toBe(verdict);
});

test('of many keys that were left behind, the first are named and the others counted', () => {
  const keys = Array.from({ length: 40 }, (_, at) => 0x5352000000000001n + BigInt(at));
  const all = Array.from(keys, (_, at) => ownKeyRemarks(keys.slice(0, at + 1), null).at(-1)!);
  expect(all.some((text) => text === '1 more of such keys is registered.')).toBe(true);
  expect(all.some((text) => text === '2 more of such keys are registered.')).toBe(true);
});
