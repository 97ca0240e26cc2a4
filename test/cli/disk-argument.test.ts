import { describe, expect, test } from 'vitest';
import { DiskArgumentError, parseDiskArgument } from '../../src/cli/disk-argument.ts';
import { noClaim } from '../../src/disk/claim.ts';

const interfacePath = String.raw`\\?\scsi#disk&ven_acme#5&1&0#{53f56307-b6bf-11d0-94f2-00a0c91efb8b}`;

describe('a disk on the command line', () => {
  test.each<[string, object]>([
    ['0', { number: 0 }],
    ['3', { number: 3 }],
    ['999999999', { number: 999999999 }],
    ['PhysicalDrive3', { number: 3 }],
    ['physicaldrive12', { number: 12 }],
    [String.raw`\\.\PhysicalDrive3`, { number: 3 }],
    [String.raw`\\?\PHYSICALDRIVE3`, { number: 3 }],
    ['Tape0', { path: String.raw`\\.\Tape0` }],
    [String.raw`\\.\tape0`, { path: String.raw`\\.\Tape0` }],
    ['changer1', { path: String.raw`\\.\Changer1` }],
    ['CdRom0', { path: String.raw`\\.\CdRom0` }],
    [interfacePath, { path: interfacePath }],
    ['id:60050768018085A2', { uniqueId: '60050768018085A2' }],
    ['ID: eui.002538d4', { uniqueId: 'eui.002538d4' }],
    ['id:id:x', { uniqueId: 'id:x' }],
    ['serial:S-1 2', { serialNumber: 'S-1 2' }],
    ['Serial:7', { serialNumber: '7' }],
  ])('%s', (text, claim) => {
    expect(parseDiskArgument(text)).toEqual({ ...noClaim, ...claim });
  });

  test.each([
    '', ' ', '-1', '+1', '03', '1.0', '1e1', '0x3', '1000000000', '4294967296', ' 3', '3 ', '3;4', '3,4', '\u0663',
    'three', 'C:', 'C:\\', 'PhysicalDrive', 'PhysicalDrive03', 'PhysicalDrive3\\', 'Harddisk0', 'COM1', 'nul', 'Tape',
    'id:', 'id: ', 'serial:', 'uid:5', 'id:a\0b', `serial:${'x'.repeat(1025)}`, '//./PhysicalDrive3', '\\\\.\\C:',
    '\\\\.\\GLOBALROOT\\Device\\Harddisk0', '\\\\.\\PhysicalDrive3\\..\\x', '\\\\server\\share', '\\\\.\\pipe\\x',
    '\\\\?\\Volume{53f56307-b6bf-11d0-94f2-00a0c91efb8b}',
  ])('no disk: %j', (text) => {
    expect(() => parseDiskArgument(text)).toThrow(DiskArgumentError);
    expect(() => parseDiskArgument(text)).toThrow(/allowed are 3, PhysicalDrive3, .*id:UNIQUEID, serial:SERIAL/);
  });
});
