// The two that are compared: a logical unit of the real target and one of the rehearsal, each with its initiators.

import { LogicalUnit, type UnitState, freshState } from '../../src/bus/rehearsal/logical-unit.ts';
import { decodeSense } from '../../src/scsi/sense.ts';
import { type Step, wordOf } from './steps.ts';
import type { Answer, Target } from './target.mjs';

export const names = ['A', 'B', 'C'];

export interface Side {
  send(step: Step): Promise<Answer>;
  /** A step about the nexus: `reset`, `logout`, `login`. */
  nexus(step: Step): Promise<void>;
}

export function rehearsal(state: UnitState = freshState): Side & { readonly unit: LogicalUnit } {
  const unit = new LogicalUnit({ kind: 'tgt' }, state);
  return {
    unit,
    async send({ by, command }) {
      const { status, sense, data } = unit.execute(by, Uint8Array.from(command?.cdb ?? []), command?.out);
      return { status, sense: sense === null ? null : decodeSense(sense), data };
    },
    async nexus({ by, verb }) {
      if (verb === 'reset') unit.reset(names);
      if (verb === 'logout') unit.logout(by, (_ms, run) => run());
    },
  };
}

/** A logical unit of the target, and everybody there: who was away logs in, and nobody has anything to be told. */
export async function real(target: Target, lun: number): Promise<Side> {
  for (const name of names) {
    const initiator = target.initiator(name);
    if (!initiator.loggedIn) await initiator.ask('login');
    // Who logs in is told of it; a rehearsal begins after that.
    await initiator.hearAll(lun);
  }
  return {
    send: ({ by, command }) => target.initiator(by).execute(lun, command?.cdb ?? [], command ?? {}),
    async nexus({ by, verb }) {
      await target.initiator(by).ask(verb === 'reset' ? `lun-reset ${lun}` : verb);
    },
  };
}

/** What a side answers to a step: in words, and the bytes of what it reads. */
export async function answer(side: Side, step: Step): Promise<{ word: string; bytes: string }> {
  const { command } = step;
  if (command === null) {
    await side.nexus(step);
    return { word: 'done', bytes: '' };
  }
  const said = await side.send(step);
  const bytes = command.read === undefined ? '' : Buffer.from(said.data).toString('hex');
  return { word: wordOf(said, command), bytes };
}

/** tgt's answer to a step, and what the rehearsal's has different, if anything. */
export type Compared = readonly [word: string, difference?: string];

export async function compare(tgt: Side, rehearsed: Side, step: Step): Promise<Compared> {
  const a = await answer(tgt, step);
  const b = await answer(rehearsed, step);
  if (a.word !== b.word) return [a.word, `${step.text}: ${a.word}, rehearsed ${b.word}`];
  if (a.bytes !== b.bytes) return [a.word, `${step.text}: ${a.bytes}, rehearsed ${b.bytes}`];
  return [a.word];
}
