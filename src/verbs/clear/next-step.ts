// The next step that Get-StorageReservation gives: the command line that frees the device, or why that must not be used.
// Also what it says of keys that Clear-StorageReservation left behind.

import type { Guard } from '../../disk/guards.ts';
import type { ReportedFullStatus } from '../../scsi/full-status.ts';
import { keyText } from '../../scsi/persistent-reservations.ts';
import { leftBehind, ownKeysAmong } from './own-key.ts';
import { type Situation, type StateName, decide, freeKeys, freeReserved, stateOf } from './rules.ts';

type Step = (situation: Situation) => string;

const findOwner = 'First find out whose the keys are (Get-StorageReservation -Registrants names the initiators). ';

/** By state: the method that could free the device, and the sentence for it. */
const steps: Partial<Record<StateName, { readonly method: 'Clear' | 'Reset'; readonly say: Step }>> = {
  Held: { method: 'Clear', say: (situation) => findOwner + freeKeys(situation) },
  Shared: { method: 'Clear', say: (situation) => findOwner + freeKeys(situation) },
  Keys: { method: 'Clear', say: (situation) => findOwner + freeKeys(situation) },
  OwnKey: { method: 'Clear', say: () => '' },
  Reserved: { method: 'Reset', say: freeReserved },
};

/** Null: the next step of the state itself applies. */
export function freeingStep(situation: Situation): string | null {
  const step = steps[stateOf(situation).name];
  if (step === undefined) return null;
  const no = decide(situation, { method: step.method, holderKey: null, ownKey: null, abort: false, allow: new Set() });
  // That a reset is not for it leaves open who holds it, which the state knows more of.
  if (no !== null && step.method === 'Reset') return null;
  const own = ownKeysAmong(situation.keys).slice(0, mostOwn).map((key) => takeBackStep(situation, key));
  return [...own, no === null ? step.say(situation) : `${no.message} ${no.nextStep}`].filter((text) => text !== '').join(' ');
}

/** So many keys of Clear-StorageReservation are named; a run leaves one. */
const mostOwn = 3;

/** The line for a key of Clear-StorageReservation; empty where it would be refused, whatever is allowed. */
function takeBackStep(situation: Situation, key: bigint): string {
  const closed = (allow: readonly Guard[]): boolean =>
    decide(situation, { method: 'Release', holderKey: null, ownKey: key, abort: false, allow: new Set(allow) }) !== null;
  const guards = ['Clustered', 'Multipath'] as const;
  if (closed(guards)) return '';
  const needed = guards.filter((guard) => closed(guards.filter((other) => other !== guard)));
  const release = `-Method Release -OwnKey ${keyText(key)}`;
  return `If this host left ${keyText(key)} behind: Clear-StorageReservation ${situation.argument} ${release}`
    + `${needed.length === 0 ? '' : ` -Allow ${needed.join(', ')}`} takes it back. `
    + 'Otherwise run it on the host that did, with the number of the disk there.';
}

/** Sentences about keys of Clear-StorageReservation, with their initiators where the device told them. */
export function ownKeyRemarks(keys: readonly bigint[], fullStatus: ReportedFullStatus | null): string[] {
  const own = ownKeysAmong(keys);
  const named = own.slice(0, mostOwn).map((key) => {
    const initiators = new Set((fullStatus?.registrants ?? []).filter((one) => one.key === key).map(({ initiator }) => initiator.text));
    return leftBehind(keyText(key) + (initiators.size === 0 ? '' : ` of ${[...initiators].join(' and ')}`));
  });
  return own.length > mostOwn ? [...named, `${own.length - mostOwn} more of such keys ${own.length === mostOwn + 1 ? 'is' : 'are'} registered.`] : named;
}
