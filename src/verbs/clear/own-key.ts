// Keys that this program registers. A key lives for one run; the mark identifies one that was left behind.

import { randomBytes } from 'node:crypto';

/** The upper two bytes of such a key: "SR". */
const mark = 0x5352n;
const markShift = 48n;
const randomLength = 6;

export const isOwnKey = (key: bigint): boolean => key >> markShift === mark;

/** Those of the keys, each once. */
export const ownKeysAmong = (keys: readonly bigint[]): bigint[] => [...new Set(keys)].filter(isOwnKey);

/** What is said of one such key, by its text. */
export const leftBehind = (key: string): string => `${key} is a key that Clear-StorageReservation left behind.`;

/** A key with the mark that is not among `taken`. `random` gives as many bytes as it is asked for. */
export function newOwnKey(taken: readonly bigint[], random: (length: number) => Uint8Array = randomBytes): bigint {
  for (;;) {
    const digits = Buffer.from(random(randomLength)).toString('hex');
    const key = (mark << markShift) | BigInt(`0x${digits}`);
    if (!taken.includes(key)) return key;
  }
}

/** A key as people write it: 0x and up to 16 hexadecimal digits, not all of them 0; null for anything else. */
export function readKey(text: string): bigint | null {
  if (!/^0x[0-9a-f]{1,16}$/i.test(text)) return null;
  const key = BigInt(text);
  return key === 0n ? null : key;
}
