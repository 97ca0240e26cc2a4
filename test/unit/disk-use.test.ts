// What Windows uses a disk for: bytes of the partition manager's answers.

import { describe, expect, test } from 'vitest';
import { IOCTL_DISK_GET_CLUSTER_INFO, IOCTL_DISK_GET_DRIVE_LAYOUT_EX, requiredAccess } from '../../src/bus/sdk/control-codes.ts';
import {
  clusterInfoRoom, decodeClusterInfo, driveLayoutRoom, encodeClusterInfo, encodeDriveLayout, hasSpacesPartition,
} from '../../src/bus/sdk/disk-use.ts';
import { LayoutError } from '../../src/bus/sdk/fields.ts';

test('the codes need no access', () => {
  expect(IOCTL_DISK_GET_DRIVE_LAYOUT_EX).toBe(0x70050);
  expect(IOCTL_DISK_GET_CLUSTER_INFO).toBe(0x70214);
  for (const code of [IOCTL_DISK_GET_DRIVE_LAYOUT_EX, IOCTL_DISK_GET_CLUSTER_INFO]) {
    expect(requiredAccess(code)).toEqual({ read: false, write: false });
  }
});

describe('DRIVE_LAYOUT_INFORMATION_EX', () => {
  /** GPT partitions of these types, each as a GUID's bytes in memory. */
  function layout(style: number, ...types: readonly string[]): Uint8Array {
    const bytes = new Uint8Array(48 + 144 * types.length);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, style, true);
    view.setUint32(4, types.length, true);
    for (const [index, type] of types.entries()) bytes.set(Buffer.from(type, 'hex'), 48 + 144 * index + 32);
    return bytes;
  }
  const spaces = '8faf5ce780f6ee4cafa3b001e56efc2d';
  const basic = 'a2a0d0ebe5b9334487c068b6b72699c7';

  test('a partition of Storage Spaces is found, wherever it stands', () => {
    expect(hasSpacesPartition(layout(1, spaces))).toBe(true);
    expect(hasSpacesPartition(layout(1, basic, spaces))).toBe(true);
    expect(hasSpacesPartition(layout(1, basic))).toBe(false);
    expect(hasSpacesPartition(layout(1))).toBe(false);
    // MBR: its entries mean something else.
    expect(hasSpacesPartition(layout(0, spaces))).toBe(false);
    expect(hasSpacesPartition(layout(2))).toBe(false);
  });

  test('as it is written it is read', () => {
    for (const of of [true, false]) expect(hasSpacesPartition(encodeDriveLayout(of))).toBe(of);
    expect(encodeDriveLayout(true).length).toBeLessThan(driveLayoutRoom);
  });

  test.each([[0], [47], [48 + 143]])('%i bytes are too few', (length) => {
    expect(() => hasSpacesPartition(layout(1, basic).subarray(0, length))).toThrow(LayoutError);
  });
});

describe('DISK_CLUSTER_INFO', () => {
  test.each([[0, false, false], [1, true, false], [3, true, true], [4, false, false], [2, false, true]])('flags %i', (flags, clustered, shared) => {
    const bytes = new Uint8Array(clusterInfoRoom);
    bytes[8] = flags;
    expect(decodeClusterInfo(bytes)).toEqual({ clustered, shared });
    if (flags < 4) expect(decodeClusterInfo(encodeClusterInfo({ clustered, shared }))).toEqual({ clustered, shared });
  });

  test('31 bytes are too few', () => expect(() => decodeClusterInfo(new Uint8Array(31))).toThrow(LayoutError));
});
