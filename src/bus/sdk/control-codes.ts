// Device control codes, spelled and computed as the Windows SDK does (winioctl.h, ntddstor.h, ntdddisk.h,
// ntddscsi.h: CTL_CODE).
// https://learn.microsoft.com/windows-hardware/drivers/kernel/defining-i-o-control-codes

const METHOD_BUFFERED = 0;
const FILE_ANY_ACCESS = 0;
const FILE_READ_ACCESS = 1;
const FILE_WRITE_ACCESS = 2;
/** IOCTL_SCSI_BASE, which is FILE_DEVICE_CONTROLLER. ntddscsi.h */
const IOCTL_SCSI_BASE = 0x04;
const IOCTL_DISK_BASE = 0x07;
const IOCTL_STORAGE_BASE = 0x2d;
const IOCTL_VOLUME_BASE = 0x56;

/** CTL_CODE: device type 16 bits, access 2, function 12, method 2. */
function CTL_CODE(deviceType: number, func: number, method: number, access: number): number {
  return ((deviceType << 16) | (access << 14) | (func << 2) | method) >>> 0;
}

const storage = (func: number, access: number) => CTL_CODE(IOCTL_STORAGE_BASE, func, METHOD_BUFFERED, access);

export const IOCTL_STORAGE_CHECK_VERIFY = storage(0x0200, FILE_READ_ACCESS);
export const IOCTL_STORAGE_CHECK_VERIFY2 = storage(0x0200, FILE_ANY_ACCESS);
export const IOCTL_STORAGE_RESERVE = storage(0x0204, FILE_READ_ACCESS);
export const IOCTL_STORAGE_RELEASE = storage(0x0205, FILE_READ_ACCESS);
/** To an adapter, with a logical unit's address: resets the unit, which ends a SCSI-2 reservation of anybody. */
export const IOCTL_STORAGE_BREAK_RESERVATION = storage(0x0405, FILE_READ_ACCESS);
export const IOCTL_STORAGE_PERSISTENT_RESERVE_IN = storage(0x0406, FILE_READ_ACCESS);
export const IOCTL_STORAGE_PERSISTENT_RESERVE_OUT = storage(0x0407, FILE_READ_ACCESS | FILE_WRITE_ACCESS);
export const IOCTL_STORAGE_GET_DEVICE_NUMBER = storage(0x0420, FILE_ANY_ACCESS);
export const IOCTL_STORAGE_QUERY_PROPERTY = storage(0x0500, FILE_ANY_ACCESS);
/** The partitions of a disk, as Windows knows them. */
export const IOCTL_DISK_GET_DRIVE_LAYOUT_EX = CTL_CODE(IOCTL_DISK_BASE, 0x0014, METHOD_BUFFERED, FILE_ANY_ACCESS);
/** Whether a disk is a clustered one or has a cluster shared volume. */
export const IOCTL_DISK_GET_CLUSTER_INFO = CTL_CODE(IOCTL_DISK_BASE, 0x0085, METHOD_BUFFERED, FILE_ANY_ACCESS);
export const IOCTL_DISK_IS_CLUSTERED = CTL_CODE(IOCTL_DISK_BASE, 0x003e, METHOD_BUFFERED, FILE_ANY_ACCESS);
export const IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS = CTL_CODE(IOCTL_VOLUME_BASE, 0, METHOD_BUFFERED, FILE_ANY_ACCESS);
/** One command of the caller's own, which the class driver passes down as it stands. */
export const IOCTL_SCSI_PASS_THROUGH =
  CTL_CODE(IOCTL_SCSI_BASE, 0x0401, METHOD_BUFFERED, FILE_READ_ACCESS | FILE_WRITE_ACCESS);
/** Where a device stands: adapter, bus, target and logical unit. */
export const IOCTL_SCSI_GET_ADDRESS = CTL_CODE(IOCTL_SCSI_BASE, 0x0406, METHOD_BUFFERED, FILE_ANY_ACCESS);

/**
 * The access bits of a code: what the handle must have been opened with, or the I/O manager refuses the request.
 */
export function requiredAccess(code: number): { read: boolean; write: boolean } {
  const access = (code >>> 14) & 3;
  return { read: (access & FILE_READ_ACCESS) !== 0, write: (access & FILE_WRITE_ACCESS) !== 0 };
}
