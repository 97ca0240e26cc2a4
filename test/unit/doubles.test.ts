// Disks that share what should be one disk's own, and what is said of them.

import { describe, expect, test } from 'vitest';
import { type Named, doubles } from '../../src/disk/doubles.ts';

const disk = (number: number, uniqueId: string | null, serialNumber: string | null, vendorId: string | null = null): Named =>
  ({ name: `disk ${number}`, vendorId, uniqueId, serialNumber });
const id = '600A0B80001122330000000000000001';

describe('doubles', () => {
  test.each<[string, Named[], string[]]>([
    ['none', [disk(1, id, 'SER-A'), disk(2, `${id}2`, 'SER-B'), disk(3, null, null), disk(4, null, null)], []],
    ['one UniqueId, one serial number', [disk(1, id, 'SER-A'), disk(2, id.toLowerCase(), ' ser-a ')],
      [`Disk 1 and disk 2 have the same UniqueId, ${id}, and no different serial numbers: they are taken for one LUN over several paths.`]],
    ['one UniqueId, one of them without a serial number', [disk(1, id, 'SER-A'), disk(2, id, null)],
      [`Disk 1 and disk 2 have the same UniqueId, ${id}, and no different serial numbers: they are taken for one LUN over several paths.`]],
    ['one UniqueId, two serial numbers', [disk(3, id, 'SER-A'), disk(7, id, 'SER-B'), disk(9, id, '0')],
      [`Disk 3, disk 7 and disk 9 have the same UniqueId, ${id}, and different serial numbers: the UniqueId identifies none of them.`]],
    ['one serial number, two UniqueIds', [disk(3, id, 'SER-A'), disk(7, `${id}2`, 'SER-A')],
      ['Disk 3 and disk 7 have the same serial number, SER-A, and different UniqueIds or none: the serial number identifies none of them.']],
    ['one serial number, no UniqueIds', [disk(3, null, 'SER-A'), disk(7, null, 'SER-A')],
      ['Disk 3 and disk 7 have the same serial number, SER-A, and different UniqueIds or none: the serial number identifies none of them.']],
    ['what stands for no serial number', [disk(3, null, '0'), disk(7, `${id}2`, '0'), disk(8, null, 'None'), disk(9, null, 'none')], []],
    ['serial numbers of NetApp that differ in case', [disk(1, id, '80Ahb?TpD4sA', 'NETAPP  '), disk(2, `${id}2`, '80Ahb?TpD4sa', 'NETAPP  ')], []],
    ['those of another vendor', [disk(1, id, '80Ahb?TpD4sA'), disk(2, null, '80Ahb?TpD4sa')], []],
    ['one of which has one case', [disk(1, null, '80Ahb'), disk(2, null, '80AHB'), disk(3, null, '80aHB')],
      ['Disk 1, disk 2 and disk 3 have the same serial number, 80Ahb, and different UniqueIds or none: the serial number identifies '
        + 'none of them.']],
    ['one UniqueId, serial numbers of NetApp that differ in case', [disk(1, id, 'x-A', 'NETAPP'), disk(2, id, 'x-a', 'NETAPP')],
      [`Disk 1 and disk 2 have the same UniqueId, ${id}, and different serial numbers: the UniqueId identifies none of them.`]],
    ['UniqueIds of NetApp that are text and differ in case, one serial number',
      [disk(1, 'NETAPP LUN x-A', 'SER-A', 'NETAPP'), disk(2, 'NETAPP LUN x-a', 'SER-A', 'NETAPP')],
      ['Disk 1 and disk 2 have the same serial number, SER-A, and different UniqueIds or none: the serial number identifies none of them.']],
    ['more than are named', Array.from({ length: 12 }, (_, at) => disk(at, `${id}${at}`, 'SER-A')),
      ['Disk 0, disk 1, disk 2, disk 3, disk 4, disk 5, disk 6, disk 7 and 4 more have the same serial number, SER-A, and '
        + 'different UniqueIds or none: the serial number identifies none of them.']],
  ])('%s', (_, disks, said) => expect(doubles(disks)).toEqual(said));
});
