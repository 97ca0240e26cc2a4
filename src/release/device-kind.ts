// Whether a device is a disk, a tape drive, a medium changer or a CD-ROM drive: by what its handle says, or by its
// path where it has not been opened.

import type { DeviceKind } from '../status/devices.ts';
import type { Identity } from './identity.ts';

/** DEVICE_TYPE of ntddk.h; name in \\.\Tape0; device-interface class of ntddstor.h. */
const kinds: readonly { readonly kind: DeviceKind; readonly type: number; readonly path: RegExp }[] = [
  { kind: 'tape', type: 0x1f, path: /^\\\\[.?]\\Tape\d+$|\{53f5630b-b6bf-11d0-94f2-00a0c91efb8b\}$/i },
  { kind: 'changer', type: 0x30, path: /^\\\\[.?]\\Changer\d+$|\{53f56310-b6bf-11d0-94f2-00a0c91efb8b\}$/i },
  { kind: 'cdrom', type: 0x02, path: /^\\\\[.?]\\CdRom\d+$|\{53f56308-b6bf-11d0-94f2-00a0c91efb8b\}$/i },
];

/** Of an opened device. One that does not say its type is taken for a disk. */
export const kindOfDevice = ({ deviceType }: Pick<Identity, 'deviceType'>): DeviceKind =>
  kinds.find(({ type }) => type === deviceType)?.kind ?? 'disk';

/** By its name alone. */
export const kindByPath = (path: string | null): DeviceKind =>
  (path === null ? undefined : kinds.find((one) => one.path.test(path)))?.kind ?? 'disk';
