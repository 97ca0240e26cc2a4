// Down which paths MPIO sends PERSISTENT RESERVE OUT, as Microsoft's sample DSM does (dsmmain.c of
// https://github.com/microsoft/Windows-driver-samples, storage/msdsm): what registers and unregisters goes down all
// paths, and one failure is a failure, though paths that did it keep it; all else goes down one after the other until
// one does it, but PREEMPT AND ABORT, which is tried once. A unit attention is asked again down the same path.

import * as pr from '../../scsi/persistent-reservations.ts';
import * as sense from '../../scsi/sense.ts';
import * as scsi from '../../scsi/status.ts';
import type { ScsiAnswer } from './logical-unit.ts';

const registers: ReadonlySet<number> = new Set([pr.REGISTER, pr.REGISTER_AND_IGNORE_EXISTING_KEY]);

const isAttention = ({ status, sense: bytes }: ScsiAnswer): boolean =>
  status === scsi.CHECK_CONDITION && bytes !== null && sense.decodeSense(bytes)?.key === sense.UNIT_ATTENTION;

/** `paths` begin with the one that is next. `run` sends it down one of them. */
export function overPaths(paths: readonly string[], cdb: Uint8Array, run: (path: string) => ScsiAnswer): ScsiAnswer {
  const action = (cdb[1] ?? 0) & 0x1f;
  const answers: ScsiAnswer[] = [];
  for (const path of paths) {
    let answer = run(path);
    // A unit has no more of them than there are codes.
    while (isAttention(answer)) answer = run(path);
    answers.push(answer);
    const ends = action === pr.PREEMPT_AND_ABORT || answer.status === scsi.GOOD;
    if (!registers.has(action) && ends) return answer;
  }
  return answers.find(({ status }) => status !== scsi.GOOD) ?? answers[0]!;
}
