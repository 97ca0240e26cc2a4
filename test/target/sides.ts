// The two that are compared: a logical unit of the real target and one of the rehearsal, each with its initiators.

import { LogicalUnit } from '../../src/bus/rehearsal/logical-unit.ts';
import type { TargetKind } from '../../src/bus/rehearsal/target-rows.ts';
import { type UnitState, freshState } from '../../src/bus/rehearsal/unit-state.ts';
import { decodeSense } from '../../src/scsi/sense.ts';
import { type Step, wordOf } from './steps.ts';
import type { Answer, Target } from './target.mjs';

/** b is B's second session: the same name, another ISID. */
export const names = ['A', 'B', 'C', 'b'];

/** As the rehearsal calls their ports. */
const portOf = (name: string) =>
  `iqn.2000-01.test.storage-release:${name.toLowerCase()},i,0x4000000${names.indexOf(name) + 1}0000`;

export interface Side {
  send(step: Step): Promise<Answer>;
  /** A step about the nexus, or a task management function: `done`, or what the target says to it. */
  nexus(step: Step): Promise<string>;
}

export type Rehearsed = Side & { readonly unit: LogicalUnit; registered(name: string): bigint | null };

export function rehearsal(state: UnitState = freshState, kind: TargetKind = 'tgt'): Rehearsed {
  const unit = new LogicalUnit({ kind, initiators: names.map(portOf) }, state);
  return {
    unit,
    registered: (name) =>
      unit.state.registrations.find(({ initiator }) => initiator === portOf(name))?.key ?? null,
    async send({ by, command }) {
      const { status, sense, data } = unit.execute(portOf(by), Uint8Array.from(command?.cdb ?? []), command?.out);
      return { status, sense: sense === null ? null : decodeSense(sense), data };
    },
    async nexus({ by, verb }) {
      if (verb === 'warmreset' || verb === 'coldreset') return `TASK MGMT responded ${unit.target.targetReset}`;
      if (verb === 'reset') unit.reset();
      if (verb === 'logout') unit.logout(portOf(by), (_ms, run) => run());
      if (verb === 'login') unit.login(portOf(by));
      return 'done';
    },
  };
}

const taskManagement: Readonly<Record<string, string>> = {
  reset: 'lun-reset', warmreset: 'warm-reset', coldreset: 'cold-reset',
};

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
      const initiator = target.initiator(by);
      const taskFunction = taskManagement[verb];
      if (taskFunction === undefined) return initiator.ask(verb);
      return initiator.ask(`${taskFunction} ${lun}`).catch((error: Error) => {
        // What the target says to it is the end of the message.
        const said = /TASK MGMT responded .*$/.exec(error.message)?.[0];
        if (said === undefined) throw error;
        return said;
      });
    },
  };
}

/** What a side answers to a step: in words, and the bytes of what it reads. */
export async function answer(side: Side, step: Step): Promise<{ word: string; bytes: string }> {
  const { command } = step;
  if (command === null) {
    return { word: await side.nexus(step), bytes: '' };
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
