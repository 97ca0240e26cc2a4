// The kinds of devices, and their names in sentences.

export const deviceWords = {
  Disk: 'disk', Tape: 'tape drive', Changer: 'medium changer', CdRom: 'CD-ROM drive',
} as const;

export type DeviceKind = keyof typeof deviceWords;

export const deviceKinds = Object.keys(deviceWords) as readonly DeviceKind[];
