// What Windows uses a disk for, as the partition manager tells it on the disk's handle (winioctl.h, ntdddisk.h).
// https://learn.microsoft.com/windows/win32/api/winioctl/ns-winioctl-drive_layout_information_ex
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntdddisk/ni-ntdddisk-ioctl_disk_get_cluster_info

import { LayoutError, decodeFields, encodeFields, layout } from './fields.ts';

/** Head of DRIVE_LAYOUT_INFORMATION_EX; the entries follow the union at 8, which takes 40 bytes. */
const DRIVE_LAYOUT_INFORMATION_EX = layout('DRIVE_LAYOUT_INFORMATION_EX', 48, 48, [
  ['PartitionStyle', 0, 4],
  ['PartitionCount', 4, 4],
]);

const entrySize = 144;
/** PARTITION_INFORMATION_GPT.PartitionType in an entry. */
const typeOffset = 32;
const guidSize = 16;
const PARTITION_STYLE_GPT = 1;

/** Room for as many partitions as a disk has by default. */
export const driveLayoutRoom = DRIVE_LAYOUT_INFORMATION_EX.size + 128 * entrySize;

/** PARTITION_SPACES_GUID, e75caf8f-f680-4cee-afa3-b001e56efc2d: all that a disk of a storage pool has. */
const spaces = Buffer.from('8faf5ce780f6ee4cafa3b001e56efc2d', 'hex');

/** Whether a partition belongs to Storage Spaces. Throws LayoutError for fewer bytes than the partitions take. */
export function hasSpacesPartition(bytes: Uint8Array): boolean {
  const { PartitionStyle, PartitionCount } = decodeFields(DRIVE_LAYOUT_INFORMATION_EX, bytes);
  if (PartitionStyle !== PARTITION_STYLE_GPT) return false;
  const needed = DRIVE_LAYOUT_INFORMATION_EX.size + PartitionCount * entrySize;
  if (bytes.length < needed) {
    throw new LayoutError(`DRIVE_LAYOUT_INFORMATION_EX: ${bytes.length} bytes are too few for ${PartitionCount} partitions`);
  }
  for (let at = DRIVE_LAYOUT_INFORMATION_EX.size; at < needed; at += entrySize) {
    if (spaces.equals(bytes.subarray(at + typeOffset, at + typeOffset + guidSize))) return true;
  }
  return false;
}

/** A disk with one partition of Storage Spaces, or with none, as the partition manager tells of it. */
export function encodeDriveLayout(ofSpaces: boolean): Uint8Array {
  const count = ofSpaces ? 1 : 0;
  const bytes = encodeFields(DRIVE_LAYOUT_INFORMATION_EX, { PartitionStyle: PARTITION_STYLE_GPT, PartitionCount: count },
    new Uint8Array(DRIVE_LAYOUT_INFORMATION_EX.size + count * entrySize));
  if (ofSpaces) bytes.set(spaces, DRIVE_LAYOUT_INFORMATION_EX.size + typeOffset);
  return bytes;
}

const DISK_CLUSTER_INFO = layout('DISK_CLUSTER_INFO', 32, 32, [
  ['Version', 0, 4],
  // ULONGLONG; the flags that are known are in its lower half.
  ['Flags', 8, 4],
]);

export const clusterInfoRoom = DISK_CLUSTER_INFO.size;

const DISK_CLUSTER_FLAG_ENABLED = 1;
const DISK_CLUSTER_FLAG_CSV = 2;

export interface ClusterUse {
  readonly clustered: boolean;
  /** A cluster shared volume, which all nodes work with at once. */
  readonly shared: boolean;
}

/** Throws LayoutError for fewer bytes than the structure has. */
export function decodeClusterInfo(bytes: Uint8Array): ClusterUse {
  const { Flags } = decodeFields(DISK_CLUSTER_INFO, bytes);
  return { clustered: (Flags & DISK_CLUSTER_FLAG_ENABLED) !== 0, shared: (Flags & DISK_CLUSTER_FLAG_CSV) !== 0 };
}

export const encodeClusterInfo = ({ clustered, shared }: ClusterUse): Uint8Array => encodeFields(DISK_CLUSTER_INFO, {
  Version: DISK_CLUSTER_INFO.size,
  Flags: (clustered ? DISK_CLUSTER_FLAG_ENABLED : 0) | (shared ? DISK_CLUSTER_FLAG_CSV : 0),
});
