// Status codes that a device server ends a command with (SAM-2 clause 5.3).

import type { Row } from './row.ts';

export const GOOD = 0x00;
export const CHECK_CONDITION = 0x02;
export const BUSY = 0x08;
export const RESERVATION_CONFLICT = 0x18;
export const TASK_SET_FULL = 0x28;
export const TASK_ABORTED = 0x40;

export const scsiStatusRows: readonly Row[] = [
  { value: GOOD, name: 'GOOD', description: 'The command is done.' },
  { value: CHECK_CONDITION, name: 'CHECK CONDITION', description: 'The sense data says what happened.' },
  { value: BUSY, name: 'BUSY', description: 'The unit cannot take the command now.' },
  { value: RESERVATION_CONFLICT, name: 'RESERVATION CONFLICT',
    description: 'A reservation or registration of an initiator stands against the command.' },
  { value: TASK_SET_FULL, name: 'TASK SET FULL', description: 'The unit has no room for another command.' },
  { value: TASK_ABORTED, name: 'TASK ABORTED', description: 'Another initiator ended the command.' },
];
