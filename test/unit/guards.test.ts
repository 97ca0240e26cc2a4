// Which disks are not touched unless their kind is named: what the object says, what the handle says, what the
// host says.

import { describe, expect, test } from 'vitest';
import { type Guard, guards, guardsOf, refusal } from '../../src/disk/guards.ts';
import type { Identity } from '../../src/disk/identity.ts';
import { noClaim } from '../../src/disk/claim.ts';

const identity: Identity = {
  deviceType: 7, deviceNumber: 3, partitionNumber: 0, numberStatus: 0, vendorId: null, productId: null,
  serialNumber: null, busType: null, uniqueIds: [], clustered: null, remarks: [],
};
const none = { boot: new Set<number>(), system: new Set<number>(), multipath: new Set<number>() };
const mpio = String.raw`\\?\mpio#disk&ven_x#1&2&3#{53f56307-b6bf-11d0-94f2-00a0c91efb8b}`;

const names = guards.map((row) => row.name);
const subsets: Guard[][] = names.reduce<Guard[][]>((all, name) => [...all, ...all.map((one) => [...one, name])],
  [[]]);
const says = [null, false, true];

describe('a guard holds when anybody says so', () => {
  test('Boot, System: the object or the host', () => {
    for (const claim of says) for (const host of [true, false]) {
      const roles = { ...none, boot: new Set(host ? [3] : [4]) };
      expect(guardsOf({ ...noClaim, boot: claim }, identity, roles))
        .toEqual(claim === true || host ? ['Boot'] : []);
      const other = { ...none, system: new Set(host ? [3] : [4]) };
      expect(guardsOf({ ...noClaim, system: claim }, identity, other))
        .toEqual(claim === true || host ? ['System'] : []);
    }
  });

  test('Clustered: the object or the handle', () => {
    for (const claim of says) for (const handle of says) {
      expect(guardsOf({ ...noClaim, clustered: claim }, { ...identity, clustered: handle }, none))
        .toEqual(claim === true || handle === true ? ['Clustered'] : []);
    }
  });

  test('Multipath: the object, the host or the enumerator in the path', () => {
    for (const claim of says) for (const host of [true, false]) for (const path of [null, mpio,
      String.raw`\\.\PhysicalDrive3`]) {
      expect(guardsOf({ ...noClaim, multipath: claim, path }, identity,
        { ...none, multipath: new Set(host ? [3] : []) }))
        .toEqual(claim === true || host || path === mpio ? ['Multipath'] : []);
    }
  });

  test.each([
    ['a tape with the number of the boot disk is not the boot disk', { deviceType: 0x1f }],
    ['a device without a number is no disk of the host\'s lists', { deviceNumber: null }],
  ])('%s', (_, more) => {
    const roles = { boot: new Set([3]), system: new Set([3]), multipath: new Set([3]) };
    expect(guardsOf(noClaim, { ...identity, ...more }, roles)).toEqual([]);
  });

  test('all at once, in the order of the table', () => {
    const roles = { boot: new Set([3]), system: new Set([3]), multipath: new Set([3]) };
    expect(guardsOf(noClaim, { ...identity, clustered: true }, roles)).toEqual(names);
  });
});

describe('what is allowed', () => {
  test('every combination of what holds and what is named', () => {
    for (const holding of subsets) for (const allow of subsets) {
      const closed = names.filter((name) => holding.includes(name) && !allow.includes(name));
      const found = refusal(holding, new Set(allow));
      if (closed.length === 0) expect(found).toBeNull();
      else expect(found?.nextStep).toBe(`To proceed anyway, use -Allow ${closed.join(', ')}.`);
    }
    expect(subsets.length).toBe(16);
  });

  test('says which kind of disk it is, and why that is guarded', () => {
    expect(refusal(['Boot', 'System'], new Set())?.message)
      .toBe('Boot disk, system disk: Windows runs from it; the computer starts from it.');
    expect(refusal(['System'], new Set(['Boot']))?.message).toMatch(/^System disk: /);
  });
});
