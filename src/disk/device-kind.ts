// Whether a device is a disk, a tape drive, a medium changer or a CD-ROM drive: from its own answer, or from its
// path where it has not been opened. A device that does not tell is treated as a disk.

import type { DeviceKind } from '../status/devices.ts';
import { deviceKindOf } from './device-path.ts';
import type { Identity } from './identity.ts';

/** DEVICE_TYPE of ntddk.h. */
const kinds: ReadonlyMap<number | null, DeviceKind> =
  new Map([[0x1f, 'Tape'], [0x30, 'Changer'], [0x02, 'CdRom']]);

export const kindOfDevice = ({ deviceType }: Pick<Identity, 'deviceType'>): DeviceKind =>
  kinds.get(deviceType) ?? 'Disk';

export const kindByPath = (path: string | null): DeviceKind => deviceKindOf(path ?? '') ?? 'Disk';
