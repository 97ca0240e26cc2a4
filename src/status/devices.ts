// Kinds of devices, and what a sentence calls one.

export type DeviceKind = 'Disk' | 'Tape' | 'Changer' | 'CdRom';

export const deviceWords: Readonly<Record<DeviceKind, string>> = {
  Disk: 'disk', Tape: 'tape drive', Changer: 'medium changer', CdRom: 'CD-ROM drive',
};
