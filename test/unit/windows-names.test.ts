import { describe, expect, test } from 'vitest';
import {
  devicePaths, multipathPaths, parseMultiString, volumeDevicePath, volumePath,
} from '../../src/bus/windows/names.ts';

const units = (text: string) => Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));

describe('a list of strings as QueryDosDeviceW writes it', () => {
  test.each([
    ['ends with an empty string', 'C:\0PhysicalDrive0\0\0', ['C:', 'PhysicalDrive0']],
    ['may be empty', '\0\0', []],
    ['is followed by what the buffer held before', 'A\0\0B\0', ['A']],
    ['may fill the buffer to its last unit', 'A\0B\0', ['A', 'B']],
    ['is cut where a last string has no end', 'A\0B', ['A']],
    ['holds any UTF-16', 'Gerät\0\ud83d\ude00\0\0', ['Gerät', '\ud83d\ude00']],
  ])('%s', (_, text, names) => {
    expect(parseMultiString(units(text))).toEqual(names);
  });

  test('of no units is empty', () => {
    expect(parseMultiString(new Uint16Array(0))).toEqual([]);
  });
});

describe('device paths', () => {
  test('come by kind and by number, each once', () => {
    expect(devicePaths([
      'PhysicalDrive10', 'Tape0', 'PHYSICALDRIVE2', 'Changer0', 'C:', 'physicaldrive2', 'CdRom0', 'Tape11',
      'Tape2', 'PhysicalDrive0',
    ])).toEqual([
      'PhysicalDrive0', 'PhysicalDrive2', 'PhysicalDrive10', 'Tape0', 'Tape2', 'Tape11', 'Changer0', 'CdRom0',
    ].map(name => `\\\\.\\${name}`));
  });

  test.each([
    'PhysicalDrive', 'PhysicalDrive01', 'PhysicalDrive1 ', 'PhysicalDrive1\\x', 'xPhysicalDrive1',
    'HarddiskVolume1', 'PhysicalDrive1234567890', 'Harddisk0Partition1', 'Scsi0:', 'Tape', 'GLOBALROOT',
  ])('do not come of %j', name => {
    expect(devicePaths([name])).toEqual([]);
  });
});

describe('disks behind MPIO', () => {
  const disk = '{53f56307-b6bf-11d0-94f2-00a0c91efb8b}';
  test.each([
    [`MPIO#Disk&Ven_HP&Prod_HSV210#1&7f6ac24&0&3630#${disk}`, true],
    [`mpio#disk&ven_hp#1#${disk.toUpperCase()}`, true],
    [`SCSI#Disk&Ven_HP&Prod_HSV210#1&7f6ac24&0&3630#${disk}`, false],
    ['MPIO#Disk&Ven_HP#1#{6ead3d82-25ec-46bc-b7fd-c1f0df8f5037}', false],
    [`MPIO#Disk&Ven_HP#1#${disk}\\x`, false],
  ])('%s: %s', (name, is) => {
    expect(multipathPaths([name])).toEqual(is ? [`\\\\?\\${name}`] : []);
  });
});

test.each([
  ['C:\\Windows\\System32', '\\\\.\\C:'], ['d:\\winnt\\system32', '\\\\.\\d:'], ['\\\\server\\share', null],
  ['', null],
])('the volume of %j is %j', (directory, path) => {
  expect(volumePath(directory)).toBe(path);
});

test.each([
  ['\\Device\\HarddiskVolume1', '\\\\?\\GLOBALROOT\\Device\\HarddiskVolume1'],
  ['\\Device\\HarddiskVolume1\\..\\x', null], ['\\Device\\Mup\\server', null], ['C:', null], ['', null],
])('the volume device %j is %j', (device, path) => {
  expect(volumeDevicePath(device)).toBe(path);
});
