// The next step that Get-StorageReservation gives: the command line that frees the device, or why that must not be used.

import { type Situation, type StateName, decide, freeKeys, freeReserved, ownKeysStep, stateOf } from './rules.ts';

type Step = (situation: Situation) => string;

const findOwner = 'First find out whose the keys are (Get-StorageReservation -Registrants names the initiators). ';

/** By state: the method that could free the device, and the sentence for it. */
const steps: Partial<Record<StateName, { readonly method: 'Clear' | 'Reset'; readonly say: Step }>> = {
  Held: { method: 'Clear', say: (situation) => findOwner + freeKeys(situation) },
  Shared: { method: 'Clear', say: (situation) => findOwner + freeKeys(situation) },
  Keys: { method: 'Clear', say: (situation) => findOwner + freeKeys(situation) },
  OwnKey: { method: 'Clear', say: ownKeysStep },
  Reserved: { method: 'Reset', say: freeReserved },
};

/** Null: the next step of the state itself applies. */
export function freeingStep(situation: Situation): string | null {
  const step = steps[stateOf(situation).name];
  if (step === undefined) return null;
  const no = decide(situation, { method: step.method, holderKey: null, ownKey: null, abort: false, allow: new Set() });
  if (no === null) return step.say(situation);
  // Why a reset is refused says nothing about who holds the device; the next step of the state does.
  return step.method === 'Reset' ? null : `${no.message} ${no.nextStep}`;
}
