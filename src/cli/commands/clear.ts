// `clear`: frees disks by the method that is named.

import type { Claim } from '../../disk/claim.ts';
import { keyText } from '../../scsi/persistent-reservations.ts';
import { outcomeRow } from '../../status/outcomes.ts';
import { clear, uncleared } from '../../verbs/clear/clear.ts';
import { type ClearAnswer, type ClearResult, clearItem } from '../../verbs/clear/clear-result.ts';
import type { Named } from '../records/record-claim.ts';
import { spokenHere } from '../wording.ts';
import { type Changing, type ChangingRun, changeConfirmed, described } from './confirmed.ts';

/** Resolves with the exit code when every argument has its result. */
export function clearDisks(run: ChangingRun, disks: readonly Named[]): Promise<number> {
  const { context, interrupt, stderr, invocation, journal } = run;
  const { allow, timeoutMs, abort, 'holder-key': holderKey, 'own-key': ownKey } = invocation;
  const method = invocation.method!;
  const wish = { allow, timeoutMs, method, abort, holderKey, ownKey, isWanted: () => !interrupt.asked };
  /** Disks that a key of this command may have been sent to, and the result of each if nothing more is heard. */
  const begun = new Map<Claim, ClearResult>();
  const beforeOwnKey = (claim: Claim) => async (unheard: ClearResult) => {
    begun.set(claim, unheard);
    const no = await journal.writeOwnKey(clearItem({ ...unheard, NextStep: spokenHere(unheard.NextStep) }));
    if (no !== null) begun.delete(claim);
    return no;
  };
  const work: Changing<ClearAnswer> = {
    verb: 'clear',
    one: (claim, report, dryRun) => clear({ ...wish, claim, dryRun, beforeOwnKey: beforeOwnKey(claim) }, context, report),
    unsent: (claim, message, nextStep) => uncleared({ claim, method }, context, message, nextStep),
    interrupted: (claim) => {
      const why = 'Interrupted before it answered; what became of its reservation';
      const unknown = begun.get(claim);
      if (unknown !== undefined) {
        const Message = `${why}, and whether ${unknown.OwnKey}, a key of this command, is left on it, is not known.`;
        return { result: { ...unknown, Message }, category: outcomeRow('TimedOut').category, shown: null };
      }
      const no = uncleared({ claim, method }, context, `${why} is not known.`, 'Look at the disk: storage-release status.');
      const OwnKey = ownKey === null ? null : keyText(ownKey);
      return { ...no, result: { ...no.result, Outcome: 'TimedOut', OwnKey, OwnKeyLeft: ownKey === null ? false : null } };
    },
    item: clearItem,
    ask: (planned) => {
      const count = planned.length === 1 ? 'this disk' : `these ${planned.length} disks`;
      for (const result of planned) stderr.line(`${described(result)}\n  ${spokenHere(result.Message)}`);
      stderr.write(`No data is erased. Go on with --method ${method.toLowerCase()} for ${count} of ${context.bus.computerName}? [y/N] `);
    },
  };
  return changeConfirmed(run, disks, work);
}
