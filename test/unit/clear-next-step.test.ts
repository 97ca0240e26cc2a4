// Get-StorageReservation's next step: the very line that frees the device, or why it must not be used.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { rehearsalOf } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import { noClaim } from '../../src/disk/claim.ts';
import { createContext, lookingOnly } from '../../src/disk/context.ts';
import type { ReservationResult } from '../../src/result/reservation-result.ts';
import { freeingStep } from '../../src/verbs/clear/next-step.ts';
import { readReservation } from '../../src/verbs/read.ts';
import { oneDisk } from './clear-world.ts';
import { VirtualClock } from './virtual-clock.ts';

const text = readFileSync(new URL('../../ps/rehearsal/stale-reservations.json', import.meta.url), 'utf8');

async function reading(file: string, device: number | string, detailed = false): Promise<ReservationResult> {
  const clock = new VirtualClock();
  const bus = rehearsalOf(file, { clock });
  const claim = typeof device === 'number' ? { ...noClaim, number: device } : { ...noClaim, path: device };
  const read = readReservation({ claim, timeoutMs: 30_000, detailed }, lookingOnly(createContext(bus, clock)), { step() {}, late() {} });
  await clock.runAll();
  return (await read).result;
}

const nextStep = async (device: number | string): Promise<string> => (await reading(text, device)).NextStep;

describe('the next step', () => {
  test.each<[number | string, RegExp]>([
    [3, /^First find out whose the keys are .*Clear-StorageReservation -Number 3 -Method Clear removes the one key; .*-Method Preempt -HolderKey 0x6D61696E00000001 removes the holder alone\.$/],
    [7, /-Number 7 -Method Clear removes all 2 keys; hosts that still run lose their access by it\.$/],
    [9, /-Number 9 -Method Clear removes all 2 keys/],
    [10, /^If this host left 0x53523FA9C27D0001 behind: Clear-StorageReservation -Number 10 -Method Release -OwnKey 0x53523FA9C27D0001 takes it back\. Otherwise run it on the host that did, with the number of the disk there\.$/],
    [2, /Clear-StorageReservation -Number 2 -Method Reset; that aborts the outstanding commands of all hosts/],
    [12, /^Clustered disk: a failover cluster owns its reservation; .* -Allow Clustered\.$/],
    [13, /^Disk with more than one path: .* -Allow Multipath\.$/],
    [15, /^Virtual disk of Storage Spaces: .*Use the tools of Storage Spaces/],
    [1, /^Invoke-StorageRelease -Verify /],
    [String.raw`\\.\Tape0`, /vmoprcmd .*Clear-StorageReservation -Path \\\\\.\\Tape0 -Method Reset; that aborts/],
    [String.raw`\\.\Tape1`, /^Tape drive: its keys belong to backup software, which gives them up when it is done\. End the job there/],
  ])('of %s', async (device, line) => expect(await nextStep(device)).toMatch(line));

  test('leaves the next step for a disk that is locked over several paths to its state', () => {
    expect(freeingStep({
      findings: { kind: 'Disk', ready: 'conflict', read: 'skipped', readKeys: 'conflict', keyCount: 0, persistentlyReserved: false,
        paths: 'several', otherPaths: [], reservedHere: false, busWithout: false },
      keysRead: false, keys: [], reservation: null, protections: new Set(['Multipath']), argument: '-Number 3',
      state: { why: '', nextStep: '' },
    })).toBeNull();
  });
});

describe.each(['LIO', 'tgt'])('a key that Clear-StorageReservation left behind, on %s', (target) => {
  const own = '0x535200000000ABCD';
  const file = (registrations: readonly (readonly [string, string])[], more: object = {}, unit: object = {}) => JSON.stringify(oneDisk({
    target, registrations: registrations.map(([initiator, key]) => ({ initiator, key })), persistentReservation: undefined, ...unit }, more));
  const line = 'Clear-StorageReservation -Number 1 -Method Release -OwnKey';

  test('alone', async () => {
    const { Message, NextStep } = await reading(file([['main', own]]), 1);
    expect(Message).toBe(`Persistent-reservation keys are registered on the disk. ${own} is a key that Clear-StorageReservation left behind.`);
    expect(NextStep).toBe(`If this host left ${own} behind: ${line} ${own} takes it back. Otherwise run it on the host that did, `
      + 'with the number of the disk there.');
  });

  test.each([['that hold it', { persistentReservation: { holder: 'second', type: 5 } }], ['that all hold it', { persistentReservation: { type: 7 } }],
    ['without a reservation', {}]])('beside keys of others %s', async (_, unit) => {
    const { Message, NextStep } = await reading(file([['main', own], ['second', '0xb2']], {}, unit), 1);
    expect(Message).toMatch(new RegExp(`${own} is a key that Clear-StorageReservation left behind\\.$`));
    expect(NextStep).toMatch(new RegExp(`^If this host left ${own} behind: ${line} ${own} takes it back\\. .* First find out whose the keys are .*-Method Clear removes all 2 keys`));
  });

  test('over several paths, or in a cluster: the line says what has to be allowed, and why', async () => {
    const said = await reading(file([['main', own], ['second', '0xb2']], { initiators: ['rescue', 'rescue-2'], pathPolicy: 'failOver' }), 1);
    expect(said.NextStep).toMatch(new RegExp(`^If this host left .* ${line} ${own} -Allow Multipath takes it back\\. .* Disk with more than one path: MPIO`));
    const clustered = await reading(file([['main', own]], { clustered: true }), 1);
    expect(clustered.NextStep).toMatch(new RegExp(`${line} ${own} -Allow Clustered takes it back`));
  });

  test('on a disk that this command never changes: no line', async () => {
    const { Message, NextStep } = await reading(file([['main', own]], { boot: true }), 1);
    expect(Message).toContain('left behind');
    expect(NextStep).not.toContain('-OwnKey');
  });

  test('several: each once, and no more than a reader can use', async () => {
    const keys = ['0x5352000000000001', '0x5352000000000002', '0x5352000000000003', '0x5352000000000004'];
    const { Message, NextStep } = await reading(file(keys.map((key, at) => [['main', 'second', 'third', 'fourth'][at]!, key] as const)), 1);
    expect(Message).toMatch(/ 0x5352000000000003 is a key that Clear-StorageReservation left behind\. 1 more of such keys is registered\.$/);
    expect(NextStep.match(/takes it back/g)).toHaveLength(3);
  });

  test('where the registrants are told, with the initiator', async () => {
    const { Message } = await reading(file([['main', own]]), 1, true);
    expect(Message).toMatch(target === 'tgt' ? new RegExp(`disk\\. ${own} is a key`) : new RegExp(`disk\\. ${own} of iqn\\S+:main,i,\\S+ is a key`));
  });
});
