// The fault `prOut`: what goes wrong with PERSISTENT RESERVE OUT. A command may be done and its answer lost; a refusal
// may look like success to the class driver; a command that is reported as failed may have been done.

import { nameOf } from '../../scsi/row.ts';
import { prOutActionRows } from '../../scsi/persistent-reservations.ts';
import * as scsi from '../../scsi/status.ts';
import { check } from './logical-unit.ts';
import type { PortAnswer, SrbStatus } from './sense-to-status.ts';

/** So many times, or always. */
export type Times = number | boolean;

export interface PrOutFault {
  /** Name of the service action; without one, any. */
  readonly action?: string;
  /** Whether the device does the command. */
  readonly done: boolean;
  /** Name of the answer; without one, the device's own answer. */
  readonly answer?: string;
  /** Default 1. */
  readonly times?: Times;
  readonly lateMs?: number;
}

const nothing = new Uint8Array(0);
const ended = (srb: SrbStatus, status: number): PortAnswer => ({ srb, scsi: { status, sense: null, data: nothing } });

/** Answers by their names in a rehearsal file. */
const answers: ReadonlyMap<string, PortAnswer> = new Map([
  ['GOOD', ended('SUCCESS', scsi.GOOD)],
  ['CONFLICT', ended('ERROR', scsi.RESERVATION_CONFLICT)],
  ['BUSY', ended('ERROR', scsi.BUSY)],
  ['QUEUE FULL', ended('ERROR', scsi.TASK_SET_FULL)],
  ['TASK ABORTED', ended('ERROR', scsi.TASK_ABORTED)],
  ['TIMEOUT', { srb: 'TIMEOUT', scsi: null }],
  ['BUS RESET', { srb: 'BUS_RESET', scsi: null }],
  ['DATA OVERRUN', ended('DATA_OVERRUN', scsi.GOOD)],
  ['NO DEVICE', { srb: 'NO_DEVICE', scsi: null }],
]);

/** An answer by its name, or by sense key and additional sense code: `5/1A00`. */
export function answerCalled(name: string): PortAnswer {
  const known = answers.get(name);
  if (known !== undefined) return known;
  const [key = '', code = ''] = name.split('/');
  return { srb: 'ERROR', scsi: check(Number.parseInt(key, 16), Number.parseInt(code, 16)) };
}

/** The faults of one device, with the number of times that each was used. */
export class PrOutFaults {
  readonly #faults: readonly PrOutFault[];
  readonly #struck = new Map<PrOutFault, number>();

  constructor(faults: readonly PrOutFault[]) {
    this.#faults = faults;
  }

  /** The fault that applies to a command; counts it as used. */
  next(cdb: Uint8Array): PrOutFault | null {
    const action = nameOf(prOutActionRows, (cdb[1] ?? 0) & 0x1f);
    const struck = (fault: PrOutFault) => this.#struck.get(fault) ?? 0;
    const fault = this.#faults.find((each) => {
      const { times = 1 } = each;
      const left = times === true || struck(each) < Number(times);
      return left && (each.action === undefined || each.action === action);
    });
    if (fault === undefined) return null;
    this.#struck.set(fault, struck(fault) + 1);
    return fault;
  }
}
