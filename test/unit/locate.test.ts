// Which device is opened for a number, where a live object states a device-interface path besides.

import { expect, test } from 'vitest';
import { noClaim } from '../../src/disk/claim.ts';
import { locate } from '../../src/disk/locate.ts';

const disk = '{53f56307-b6bf-11d0-94f2-00a0c91efb8b}';
const path = `\\\\?\\scsi#disk&ven_vmware&prod_virtual_disk#5&1f2a051d&0&000100#${disk}`;
const device = String.raw`\\.\PhysicalDrive1`;

test.each([
  ['no path', {}, device],
  ['a path, and no identity', { interfacePath: path }, path],
  ['a path and a placeholder', { interfacePath: path, uniqueId: '3141463431303031', serialNumber: '0' }, path],
  ['a path and a UniqueId', { interfacePath: path, uniqueId: '60050768028306A7F000000000000021' }, device],
  ['a path and a serial number', { interfacePath: path, serialNumber: 'S1' }, device],
  ['what is no path of a device', { interfacePath: String.raw`\\?\pipe\x` }, device],
])('%s', async (_, more, where) => {
  const seeker = { claim: { ...noClaim, number: 1, ...more }, name: 'disk 1', command: 'Invoke-StorageRelease', needs: '', changes: true };
  expect(await locate(seeker, () => Promise.reject(new Error('nothing is searched for')))).toBe(where);
});
