// The answer to each probe as text (the evidence), and how it is read back from that text.

import type { Completion } from '../bus/bus.ts';
import { describeStatus } from '../status/status.ts';
import type { ProbeOutcome } from './state.ts';

/**
 * What each NTSTATUS tells about the disk's reservation; `unsupported` is about PERSISTENT RESERVE IN alone.
 * IO_DEVICE_ERROR is documented for disks without persistent reservations, but any transport or device error that retries do not
 * mend ends so as well: it shows neither that keys are supported nor that there are none.
 */
const probeOutcomes: ReadonlyMap<number, ProbeOutcome> = new Map([
  [0x00000000, 'good'],
  [0x80000011, 'conflict'],
  [0xc0000010, 'unsupported'],
  [0xc0000002, 'unsupported'],
  [0xc00000af, 'unsupported'],
  [0xc00000bb, 'unsupported'],
  [0xc0000022, 'denied'],
] as const);

/** The answer to READ KEYS. `unread`: it was not sent, or the answer could not be used. */
export type KeysAnswer = 'some' | 'none' | 'conflict' | 'unsupported' | 'unread';

export const keysAsked = 'READ KEYS';
export const readAsked = 'READ';
export const letIn = 'let in';

/** Whether a read of the disk was let in, from the text of the evidence. */
export const readLetInBy = (evidence: string): boolean =>
  evidence.split('; ').some((phrase) => phrase === `${readAsked}: ${letIn}`);

/** The answer to READ KEYS, from the same text. */
export function keysAnswerIn(evidence: string): KeysAnswer {
  const asked = `${keysAsked}: `;
  const said = evidence.split('; ').find((phrase) => phrase.startsWith(asked))?.slice(asked.length);
  const count = /^([0-9]+) keys?$/.exec(said ?? '')?.[1];
  if (count !== undefined) return count === '0' ? 'none' : 'some';
  const outcome = said === undefined ? undefined : outcomeByName.get(said);
  return outcome === 'conflict' || outcome === 'unsupported' ? outcome : 'unread';
}

// Each status has a name: at least its number.
const nameOfStatus = (status: number): string => describeStatus(status, null, 'release').name as string;
const outcomeByName: ReadonlyMap<string, ProbeOutcome> =
  new Map([...probeOutcomes].map(([status, outcome]) => [nameOfStatus(status), outcome]));

export const outcomeOf = ({ status }: Completion): ProbeOutcome => probeOutcomes.get(status) ?? 'failed';
export const statusName = ({ status }: Completion): string => nameOfStatus(status);
