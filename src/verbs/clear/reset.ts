// The method Reset: IOCTL_STORAGE_BREAK_RESERVATION to the adapter of a device. Storport resets the logical unit; if
// that fails, the target; if that fails, the bus. Some adapters report success and reset nothing, so the outcome is
// that of TEST UNIT READY, which has to conflict before and to pass twice afterwards.
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddstor/ni-ntddstor-ioctl_storage_break_reservation

import { IOCTL_SCSI_GET_ADDRESS, IOCTL_STORAGE_BREAK_RESERVATION } from '../../bus/sdk/control-codes.ts';
import { LayoutError } from '../../bus/sdk/fields.ts';
import { SCSI_ADDRESS, type ScsiAddress, adapterPath, decodeScsiAddress, encodeBreakReservation } from '../../bus/sdk/scsi-address.ts';
import type { Attempt } from '../../disk/attempt.ts';
import { Handle } from '../../disk/handle.ts';
import { type Verdict, statusVerdict, takenBack } from '../../disk/verdict.ts';
import { type ProbeReading, probeReservation } from '../../reservation/probe.ts';
import { outcomeRow } from '../../status/outcomes.ts';
import { describeStatus } from '../../status/status.ts';
import { type Course, isKnown, isSuccess } from './course.ts';

const atTheArray = 'Reset the device where it stands: a LUN at its array, a drive at its library.';
const refused = (message: string, nextStep = atTheArray): Verdict => ({ outcome: 'Refused', message, nextStep });

interface Adapter {
  readonly path: string;
  readonly address: ScsiAddress;
  readonly handle: Handle;
}

export interface ResetTask {
  readonly attempt: Attempt;
  readonly course: Course;
  readonly argument: string;
  readonly dryRun: boolean;
  readonly isWanted: () => boolean;
}

/** `course.before` has been read, and the decision has allowed the method. Null: a dry run, and the real run could be sent. */
export async function reset({ attempt, course, argument, dryRun, isWanted }: ResetTask): Promise<Verdict | null> {
  const { context, deadline } = attempt;
  attempt.doing = { what: 'The adapter of the device did not answer', sent: 'Nothing was sent.' };
  const address = await addressOf(attempt);
  if (!('port' in address)) return address;
  const path = adapterPath(address.port);
  const turn = await context.turns.take(path.toLowerCase(), deadline, () =>
    attempt.step(`waiting for another request of this process to ${path}`));
  if (turn === null) {
    return { outcome: 'InUse', message: `An earlier request of this process is still with the adapter ${path}. Nothing was sent.`,
      nextStep: 'Wait until it has come to an end.' };
  }
  let adapter: Adapter | null = null;
  try {
    attempt.step(`opening ${path} for GENERIC_READ`);
    const opening = await deadline.race(context.bus.open(path, 'read'), ({ disk }) => {
      if (disk !== undefined) void new Handle(disk).leave(deadline, () => {});
    });
    if (opening.disk === undefined) return noAdapter(path, statusVerdict(opening.status, opening.win32, 'open'));
    adapter = { path, address, handle: new Handle(opening.disk) };
    if (dryRun) return null;
    if (!isWanted()) return takenBack;
    return await send(attempt, course, adapter, argument);
  } finally {
    const owed = adapter?.handle.pending ?? null;
    if (owed !== null) turn.endAfter(owed);
    await adapter?.handle.leave(deadline, (text) => attempt.step(`${path}: ${text}`));
    if (owed === null) turn.end();
  }
}

/** The SCSI address of the device: the adapter can reset only what has one. */
async function addressOf({ handle, deadline }: Attempt): Promise<ScsiAddress | Verdict> {
  const { status, output } = await deadline.race(handle.control(IOCTL_SCSI_GET_ADDRESS, null, SCSI_ADDRESS.size));
  const unnamed = (why: string) => refused(`The device has no SCSI address that a reset could name (${why}): it stands on no SCSI `
    + 'adapter, or has a LUN above 255. Nothing was sent.');
  if (!isSuccess(status)) {
    const { outcome, name } = describeStatus(status, null, 'release');
    if (outcome !== 'NotFound') return unnamed(name as string);
    return { outcome, category: outcomeRow(outcome).category, message: `The device is gone: it answered ${name}. Nothing was sent.`,
      nextStep: 'See whether it is still attached, and look again.' };
  }
  try {
    return decodeScsiAddress(output);
  } catch (error) {
    if (!(error instanceof LayoutError)) throw error;
    return unnamed(error.message);
  }
}

function noAdapter(path: string, opened: Verdict): Verdict {
  if (opened.outcome !== 'NotFound') return { ...opened, message: `${path}, the adapter of the device: ${opened.message}` };
  const { category: _none, ...numbers } = opened;
  return { ...numbers, ...refused(`The adapter of the device is not called ${path}: its driver gives it no name. Nothing was sent.`) };
}

async function send(attempt: Attempt, course: Course, { path, address, handle }: Adapter, argument: string): Promise<Verdict> {
  const { path: bus, target, lun } = address;
  attempt.step(`${path}, path ${bus}, target ${target}, LUN ${lun}`);
  const { status } = await attempt.send({
    code: IOCTL_STORAGE_BREAK_RESERVATION, codeName: 'IOCTL_STORAGE_BREAK_RESERVATION',
    inDoubt: 'whether the device was reset', input: encodeBreakReservation(address), handle,
  });
  const first = course.after = await probeReservation(attempt, 'read');
  const letsIn = ({ ready, read }: ProbeReading) => ready === 'good' && read !== 'conflict';
  const second = letsIn(first) ? course.after = await probeReservation(attempt, 'read') : first;
  const { win32, name } = describeStatus(status, null, 'release');
  const numbers = { status, statusName: name, win32 };
  const free = letsIn(first) && letsIn(second) && isFreeOfKeys(second);
  const look = `Get-StorageReservation ${argument}.`;
  if (!isSuccess(status)) {
    const { outcome } = describeStatus(status, null, 'release');
    const shown = outcome === 'NotSupported' || outcome === 'AccessDenied' || outcome === 'NotFound' ? outcome : 'Failed';
    return { ...numbers, outcome: shown, category: outcomeRow(shown).category,
      message: `The adapter answered ${name}.${free ? ' The device gives this host access now all the same.' : ''}`,
      nextStep: free ? look : atTheArray };
  }
  const cost = 'The outstanding commands of all hosts on it were aborted; whether only the device, its target or the whole bus '
    + 'was reset, Windows does not say.';
  if (free) {
    return { ...numbers, outcome: 'Reset', category: null, nextStep: '',
      message: `The device locked this host out before, and gives it access now, twice in a row. ${cost}` };
  }
  if (second.ready === 'conflict' || second.read === 'conflict') {
    return { ...numbers, outcome: 'StillHeld', category: outcomeRow('StillHeld').category,
      message: 'The adapter reported success, and the device still locks this host out: it reset nothing, or a host that still '
        + 'runs reserved it again at once.',
      nextStep: `Find-StorageReservationHolder finds a host that still runs. Otherwise: ${atTheArray}` };
  }
  return { ...numbers, outcome: 'Accepted', category: null, nextStep: look,
    message: `The adapter reported success. That the device is free is not proved: it did not answer as one that is. ${cost}` };
}

/** Whether no key is registered, or the device does not know persistent reservations. */
const isFreeOfKeys = (reading: ProbeReading): boolean =>
  reading.readKeys === 'unsupported' || (isKnown(reading) && reading.keys.length === 0 && reading.reservation === null);
