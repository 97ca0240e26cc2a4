// Operation codes (SPC-2 clause 7, SBC-2 clause 5) of the commands that reservations are about.

import type { Row } from './row.ts';

export interface CommandRow extends Row {
  /** Bytes of the command descriptor block. */
  readonly length: 6 | 10;
}

export const TEST_UNIT_READY = 0x00;
export const REQUEST_SENSE = 0x03;
export const INQUIRY = 0x12;
export const RESERVE_6 = 0x16;
export const RELEASE_6 = 0x17;
export const READ_10 = 0x28;
export const WRITE_10 = 0x2a;
export const RESERVE_10 = 0x56;
export const RELEASE_10 = 0x57;
export const PERSISTENT_RESERVE_IN = 0x5e;
export const PERSISTENT_RESERVE_OUT = 0x5f;

export const commandRows: readonly CommandRow[] = [
  { value: TEST_UNIT_READY, name: 'TEST UNIT READY', length: 6,
    description: 'Says whether the unit takes commands.' },
  { value: REQUEST_SENSE, name: 'REQUEST SENSE', length: 6,
    description: 'Reads what the last failure was about.' },
  { value: INQUIRY, name: 'INQUIRY', length: 6, description: 'Reads who the unit is.' },
  { value: RESERVE_6, name: 'RESERVE(6)', length: 6, description: 'Takes the unit for this initiator alone.' },
  { value: RELEASE_6, name: 'RELEASE(6)', length: 6, description: 'Gives back what RESERVE took.' },
  { value: READ_10, name: 'READ(10)', length: 10, description: 'Reads blocks.' },
  { value: WRITE_10, name: 'WRITE(10)', length: 10, description: 'Writes blocks.' },
  { value: RESERVE_10, name: 'RESERVE(10)', length: 10, description: 'Takes the unit for this initiator alone.' },
  { value: RELEASE_10, name: 'RELEASE(10)', length: 10, description: 'Gives back what RESERVE took.' },
  { value: PERSISTENT_RESERVE_IN, name: 'PERSISTENT RESERVE IN', length: 10,
    description: 'Reads registered keys and the persistent reservation.' },
  { value: PERSISTENT_RESERVE_OUT, name: 'PERSISTENT RESERVE OUT', length: 10,
    description: 'Registers, reserves, releases, clears and preempts.' },
];
