// Get-StorageReservation's next step: the very line that frees the device, or why it must not be used.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { rehearsalOf } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import { noClaim } from '../../src/disk/claim.ts';
import { createContext, lookingOnly } from '../../src/disk/context.ts';
import { freeingStep } from '../../src/verbs/clear/next-step.ts';
import { readReservation } from '../../src/verbs/read.ts';
import { VirtualClock } from './virtual-clock.ts';

const text = readFileSync(new URL('../../ps/rehearsal/stale-reservations.json', import.meta.url), 'utf8');

async function nextStep(device: number | string): Promise<string> {
  const clock = new VirtualClock();
  const bus = rehearsalOf(text, { clock });
  const claim = typeof device === 'number' ? { ...noClaim, number: device } : { ...noClaim, path: device };
  const read = readReservation({ claim, timeoutMs: 30_000, detailed: false }, lookingOnly(createContext(bus, clock)), { step() {}, late() {} });
  await clock.runAll();
  return (await read).result.NextStep;
}

describe('the next step', () => {
  test.each<[number | string, RegExp]>([
    [3, /^First find out whose the keys are .*Clear-StorageReservation -Number 3 -Method Clear removes the one key; .*-Method Preempt -HolderKey 0x6D61696E00000001 removes the holder alone\.$/],
    [7, /-Number 7 -Method Clear removes all 2 keys; hosts that still run lose their access by it\.$/],
    [9, /-Number 9 -Method Clear removes all 2 keys/],
    [10, /^It was left behind by this command: Clear-StorageReservation -Number 10 -Method Release -OwnKey 0x53523FA9C27D0001 /],
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
