// `clear`: frees disks by the method that is named.

import { clear, uncleared } from '../../verbs/clear/clear.ts';
import { type ClearAnswer, clearItem } from '../../verbs/clear/clear-result.ts';
import type { Named } from '../records/record-claim.ts';
import { spokenHere } from '../wording.ts';
import { type Changing, type ChangingRun, changeConfirmed, described } from './confirmed.ts';

/** Resolves with the exit code when every argument has its result. */
export function clearDisks(run: ChangingRun, disks: readonly Named[]): Promise<number> {
  const { context, interrupt, stderr, invocation } = run;
  const { allow, timeoutMs, abort, 'holder-key': holderKey, 'own-key': ownKey } = invocation;
  const method = invocation.method!;
  const wish = { allow, timeoutMs, method, abort, holderKey, ownKey, isWanted: () => !interrupt.asked };
  const work: Changing<ClearAnswer> = {
    verb: 'clear',
    one: (claim, report, dryRun) => clear({ ...wish, claim, dryRun }, context, report),
    unsent: (claim, message, nextStep) => uncleared({ claim, method }, context, message, nextStep),
    interrupted: (claim) => {
      const unknown = uncleared({ claim, method }, context, 'Interrupted before it answered; what became of its reservation, and '
        + 'whether a key of this command is left on it, is not known.', 'Look at the disk: storage-release status. A key of this '
        + 'command begins with 0x5352, and storage-release clear --method release --own-key takes it back.');
      return { ...unknown, result: { ...unknown.result, Outcome: 'TimedOut', OwnKeyLeft: null } };
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
