// A bus that only reads. The verbs that promise to change nothing get this bus, so that the promise does not depend
// on their own code: only the control codes of this list reach a device.

import type { Access, Bus, Disk } from './bus.ts';
import {
  IOCTL_DISK_IS_CLUSTERED, IOCTL_SCSI_PASS_THROUGH, IOCTL_STORAGE_CHECK_VERIFY, IOCTL_STORAGE_CHECK_VERIFY2,
  IOCTL_STORAGE_GET_DEVICE_NUMBER, IOCTL_STORAGE_PERSISTENT_RESERVE_IN, IOCTL_STORAGE_QUERY_PROPERTY,
} from './sdk/control-codes.ts';
import { decodePassThroughCommand, SCSI_IOCTL_DATA_IN } from './sdk/pass-through.ts';
import { PERSISTENT_RESERVE_IN } from '../scsi/commands.ts';

/** Codes that read, whatever their input. PERSISTENT_RESERVE_IN has no service action that changes anything. */
export const readingCodes: ReadonlySet<number> = new Set([
  IOCTL_STORAGE_CHECK_VERIFY, IOCTL_STORAGE_CHECK_VERIFY2, IOCTL_STORAGE_GET_DEVICE_NUMBER,
  IOCTL_STORAGE_QUERY_PROPERTY, IOCTL_STORAGE_PERSISTENT_RESERVE_IN, IOCTL_DISK_IS_CLUSTERED,
]);

/** Thrown for a request that could change something, before anything reaches the device. */
export class NotReadOnlyError extends Error {
  override name = 'NotReadOnlyError';
}

/** Whether a request only reads. Of SCSI commands only PERSISTENT RESERVE IN counts, with data sent to the host. */
export function onlyReads(code: number, input: Uint8Array | null): boolean {
  if (readingCodes.has(code)) return true;
  if (code !== IOCTL_SCSI_PASS_THROUGH || input === null) return false;
  try {
    const { cdb, direction } = decodePassThroughCommand(input);
    return cdb[0] === PERSISTENT_RESERVE_IN && direction === SCSI_IOCTL_DATA_IN;
  } catch {
    return false;
  }
}

export function readOnly(bus: Bus): Bus {
  const guarded = (disk: Disk): Disk => ({
    async control(code, input, outputLength) {
      if (!onlyReads(code, input)) {
        throw new NotReadOnlyError(`0x${code.toString(16).toUpperCase()} is not among the requests that only read.`);
      }
      return disk.control(code, input, outputLength);
    },
    read: (length) => disk.read(length),
    cancel: () => disk.cancel(),
    held: () => disk.held?.() ?? null,
    close: () => disk.close(),
  });
  return {
    kind: bus.kind,
    computerName: bus.computerName,
    list: () => bus.list(),
    ...(bus.inventory === undefined ? {} : { inventory: () => bus.inventory!() }),
    roles: () => bus.roles(),
    async open(path: string, access: Access) {
      const opening = await bus.open(path, access);
      return opening.disk === undefined ? opening : { disk: guarded(opening.disk) };
    },
    flush: () => bus.flush(),
    close: () => bus.close(),
  };
}
