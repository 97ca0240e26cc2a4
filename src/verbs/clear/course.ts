// What a run of Clear-StorageReservation has learned so far. Filled in step by step: it is valid wherever the run ends.

import { createHash } from 'node:crypto';
import type { Attempt } from '../../disk/attempt.ts';
import type { Verdict } from '../../disk/verdict.ts';
import type { Details } from '../../reservation/details.ts';
import { type ProbeReading, probeReservation } from '../../reservation/probe.ts';

export interface Course {
  before: ProbeReading | null;
  after: ProbeReading | null;
  /** Capabilities and registrants, read before anything was sent. */
  details: Details | null;
  /** PTPL_A (registrations survive a loss of power), read at the end; null: not read. */
  survivesAfter: boolean | null;
  ownKey: bigint | null;
  ownKeyLeft: boolean | null;
  undone: boolean | null;
  /** The key of each registration that is proved to be gone. */
  removed: readonly bigint[] | null;
}

export const newCourse = (): Course => ({
  before: null, after: null, details: null, survivesAfter: null, ownKey: null, ownKeyLeft: false, undone: null, removed: null,
});

/** Whether all keys and the reservation could be read. */
export const isKnown = (reading: ProbeReading | null): reading is ProbeReading =>
  reading !== null && reading.keysRead && reading.readKeys === 'good';

/**
 * SHA-256 of what a question shows of a reading, in hexadecimal: keys, reservation, PRgeneration, and whether this host is
 * locked out. PRgeneration alone is not enough: RESERVE and RELEASE do not change it, and a loss of power resets it.
 */
export function stateDigest({ keys, reservation, generation, ready, read }: ProbeReading): string {
  const held = reservation === null ? null : [reservation.type, reservation.scope, reservation.key.toString(16)];
  const text = JSON.stringify([keys.map((key) => key.toString(16)).sort(), held, generation, ready === 'conflict' || read === 'conflict']);
  return createHash('sha256').update(text).digest('hex');
}

/** Characters of a digest. `shown` of a plan is the digest of the identity, followed by the digest of the state. */
export const digestLength = 64;

const readings = 3;

/** Reads again, a few times at most, until no other host has changed a registration during the reading. */
export async function readSettled(attempt: Attempt): Promise<ProbeReading> {
  let reading = await probeReservation(attempt, 'read');
  for (let left = readings - 1; left > 0 && isKnown(reading) && !reading.settled; left -= 1) {
    reading = await probeReservation(attempt, 'read');
  }
  return reading;
}

/** Whether registrations survived a loss of power in the first reading; null: not known. */
export const survivedBefore = ({ details }: Course): boolean | null => details?.capabilities?.powerLossActive ?? null;

/** NT_SUCCESS. */
export const isSuccess = (status: number): boolean => status >>> 30 < 2;

export type Ended = Pick<Verdict, 'outcome' | 'message' | 'nextStep'>;
