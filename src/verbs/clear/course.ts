// What becomes known while a disk is freed. Filled in step by step; what is there is true however it ends.

import { createHash } from 'node:crypto';
import type { Attempt } from '../../disk/attempt.ts';
import type { Verdict } from '../../disk/verdict.ts';
import type { Details } from '../../reservation/details.ts';
import { type ProbeReading, probeReservation } from '../../reservation/probe.ts';

export interface Course {
  before: ProbeReading | null;
  after: ProbeReading | null;
  /** Capabilities and registrants, read first. */
  details: Details | null;
  /** PTPL_A, read last; null: not read. */
  survivesAfter: boolean | null;
  ownKey: bigint | null;
  ownKeyLeft: boolean | null;
  undone: boolean | null;
  /** Registrations that are proved to be gone: the key of each. */
  removed: readonly bigint[] | null;
}

export const newCourse = (): Course => ({
  before: null, after: null, details: null, survivesAfter: null, ownKey: null, ownKeyLeft: false, undone: null, removed: null,
});

/** Whether a reading tells all keys and the reservation. */
export const isKnown = (reading: ProbeReading | null): reading is ProbeReading =>
  reading !== null && reading.keysRead && reading.readKeys === 'good';

/**
 * SHA-256 of what a question shows of a reading, in hexadecimal: keys, reservation, PRgeneration, and whether this host is
 * locked out. PRgeneration alone does not tell: RESERVE and RELEASE leave it as it is, and a loss of power begins anew.
 */
export function stateDigest({ keys, reservation, generation, ready, read }: ProbeReading): string {
  const held = reservation === null ? null : [reservation.type, reservation.scope, reservation.key.toString(16)];
  const text = JSON.stringify([keys.map((key) => key.toString(16)).sort(), held, generation, ready === 'conflict' || read === 'conflict']);
  return createHash('sha256').update(text).digest('hex');
}

/** Characters of a digest: `shown` of a plan is that of the identity, then that of the state. */
export const digestLength = 64;

const readings = 3;

/** A reading between whose questions nobody registered, where one can be had. */
export async function readSettled(attempt: Attempt): Promise<ProbeReading> {
  let reading = await probeReservation(attempt, 'read');
  for (let left = readings - 1; left > 0 && isKnown(reading) && !reading.settled; left -= 1) {
    reading = await probeReservation(attempt, 'read');
  }
  return reading;
}

/** Whether registrations survive a loss of power, as read first; null: not told. */
export const survivedBefore = ({ details }: Course): boolean | null => details?.capabilities?.powerLossActive ?? null;

/** NT_SUCCESS. */
export const isSuccess = (status: number): boolean => status >>> 30 < 2;

export type Ended = Pick<Verdict, 'outcome' | 'message' | 'nextStep'>;
