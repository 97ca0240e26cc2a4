// What a handle of the Windows bus may be used for is decided when it is opened.

import { expect, test } from 'vitest';
import {
  IOCTL_DISK_IS_CLUSTERED, IOCTL_SCSI_PASS_THROUGH, IOCTL_STORAGE_CHECK_VERIFY, IOCTL_STORAGE_CHECK_VERIFY2,
  IOCTL_STORAGE_GET_DEVICE_NUMBER, IOCTL_STORAGE_PERSISTENT_RESERVE_IN, IOCTL_STORAGE_QUERY_PROPERTY,
  IOCTL_STORAGE_RELEASE, IOCTL_STORAGE_RESERVE,
} from '../../src/bus/sdk/control-codes.ts';
import { GENERIC_READ, GENERIC_WRITE } from '../../src/bus/windows/kernel32.ts';
import { desiredAccess } from '../../src/bus/windows/windows-bus.ts';

/** The access bits of a control code (CTL_CODE): 1 FILE_READ_ACCESS, 2 FILE_WRITE_ACCESS. */
const demanded = (code: number) => (code >>> 14) & 3;
const granted = (access: number) =>
  ((access & GENERIC_READ) !== 0 ? 1 : 0) | ((access & GENERIC_WRITE) !== 0 ? 2 : 0);

test.each([
  ['query', 0, [IOCTL_STORAGE_GET_DEVICE_NUMBER, IOCTL_STORAGE_QUERY_PROPERTY, IOCTL_STORAGE_CHECK_VERIFY2,
    IOCTL_DISK_IS_CLUSTERED]],
  ['read', 0x80000000, [IOCTL_STORAGE_CHECK_VERIFY, IOCTL_STORAGE_PERSISTENT_RESERVE_IN, IOCTL_STORAGE_RESERVE,
    IOCTL_STORAGE_RELEASE]],
  ['readwrite', 0xc0000000, [IOCTL_SCSI_PASS_THROUGH]],
] as const)('%s asks for as much as its control codes demand, and no more', (access, value, codes) => {
  expect(desiredAccess[access]).toBe(value);
  for (const code of codes) expect(demanded(code)).toBe(granted(value));
});
