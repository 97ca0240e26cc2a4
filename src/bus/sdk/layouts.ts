// Structures of the Windows SDK (ntddstor.h) as tables of fields: bytes to values and back. Little-endian.
// https://learn.microsoft.com/windows/win32/api/winioctl/

/** Bytes that do not hold the structure they should; the message names structure, field and offset. */
export class LayoutError extends Error {
  override name = 'LayoutError';
}

export interface DeviceNumber {
  /** DEVICE_TYPE: 7 disk, 2 CD-ROM, 0x1f tape, 0x30 changer. */
  readonly deviceType: number;
  /** 0xFFFFFFFF for a path disk behind MPIO. */
  readonly deviceNumber: number;
  /** 0 for the whole disk, 0xFFFFFFFF for devices that cannot be partitioned. */
  readonly partitionNumber: number;
}

export interface DeviceDescriptor {
  /** SCSI peripheral device type: 0 disk, 1 tape, 5 CD-ROM, 8 changer. */
  readonly deviceType: number;
  readonly removableMedia: boolean;
  /** Cleaned text (see text.ts), or null where the descriptor has none. */
  readonly vendorId: string | null;
  readonly productId: string | null;
  readonly productRevision: string | null;
  readonly serialNumber: string | null;
  /** STORAGE_BUS_TYPE. */
  readonly busType: number;
}

/** One designator of the device identification page 83h. */
export interface Designator {
  /** 1 binary, 2 ASCII, 3 UTF-8. */
  readonly codeSet: number;
  /** 0 vendor specific, 1 T10 vendor id, 2 EUI-64, 3 NAA, 8 SCSI name string. */
  readonly type: number;
  /** 0 logical unit, 1 target port, 2 target device. */
  readonly association: number;
  readonly identifier: Uint8Array;
}
