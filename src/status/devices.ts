// Kinds of devices, and what a sentence calls one.

export type DeviceKind = 'disk' | 'tape' | 'changer' | 'cdrom';

export const deviceWords: Readonly<Record<DeviceKind, string>> = {
  disk: 'disk', tape: 'tape drive', changer: 'medium changer', cdrom: 'CD-ROM drive',
};
