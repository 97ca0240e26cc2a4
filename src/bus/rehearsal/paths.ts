// The paths over which MPIO sends PERSISTENT RESERVE OUT, as Microsoft's sample DSM does (dsmmain.c of
// https://github.com/microsoft/Windows-driver-samples, storage/msdsm). Actions that register or unregister go over all
// paths; if one path fails the command fails, but is not undone on the others. Other actions are tried over one path
// after the other until one succeeds; PREEMPT AND ABORT is tried once. After a unit attention the same path is used again.

import * as pr from '../../scsi/persistent-reservations.ts';
import * as sense from '../../scsi/sense.ts';
import * as scsi from '../../scsi/status.ts';
import type { ScsiAnswer } from './logical-unit.ts';

const registers: ReadonlySet<number> = new Set([pr.REGISTER, pr.REGISTER_AND_IGNORE_EXISTING_KEY]);

const isAttention = ({ status, sense: bytes }: ScsiAnswer): boolean =>
  status === scsi.CHECK_CONDITION && bytes !== null && sense.decodeSense(bytes)?.key === sense.UNIT_ATTENTION;

/** `paths` begin with the next one to use. `run` sends the command down one path. */
export function overPaths(paths: readonly string[], cdb: Uint8Array, run: (path: string) => ScsiAnswer): ScsiAnswer {
  const action = (cdb[1] ?? 0) & 0x1f;
  const answers: ScsiAnswer[] = [];
  for (const path of paths) {
    let answer = run(path);
    // Ends, because a unit has a limited number of pending unit attentions.
    while (isAttention(answer)) answer = run(path);
    answers.push(answer);
    const ends = action === pr.PREEMPT_AND_ABORT || answer.status === scsi.GOOD;
    if (!registers.has(action) && ends) return answer;
  }
  return answers.find(({ status }) => status !== scsi.GOOD) ?? answers[0]!;
}
