// Clear-StorageReservation end to end, by the command and by the executable: what the driver counts is what was sent, and
// what it does with it is not always what it answers.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { Counters, Lab } from './lab.d.mts';
import type { CaseReport, ShownResult } from './powershell.ts';
import { caseOf, leftOpen, noLab, openPowerShellLab, runCases, titled, unitOf } from './powershell.ts';

/** Of the disks that answer PERSISTENT RESERVE IN whoever reserved them, and of those that refuse it then. */
const disk = 103;
const reserved = { lax: 101, strict: 106 };

/** The keys of the driver (LAB_KEY). */
const key = (index: number) =>
  `0x${BigInt.asUintN(64, 0x9E3779B97F4A7C15n * BigInt(index + 1)).toString(16).toUpperCase().padStart(16, '0')}`;

/** What was sent of PERSISTENT RESERVE OUT, by the service actions in their order. */
const actions = ['REGISTER', 'RESERVE', 'RELEASE', 'CLEAR', 'PREEMPT', 'PREEMPT AND ABORT', 'IGNORE'];
const sentOf = ({ outs, resets, releases, reserves, others }: Counters): string => [
  ...outs.flatMap((count, at) => (count === 0 ? [] : [`${actions[at]} ${count}`])),
  ...Object.entries({ BREAK: resets, RELEASE_6: releases, RESERVE_6: reserves, other: others })
    .flatMap(([name, count]) => (count === 0 ? [] : [`${name} ${count}`])),
].join(', ');

interface Cleared extends ShownResult {
  Method: string;
  Removed: string | null;
  KeysLeft: number | null;
  OwnKey: string | null;
  OwnKeyLeft: boolean | null;
  Undone: boolean | null;
}

/** What is made of the disk first, what is asked, what comes of it, and what the driver has counted. */
const rows: [name: string, made: string[], asked: string, comes: Partial<Cleared>, sent: string][] = [
  ['all keys and the reservation', [`keys ${disk} 3`], '-Method Clear',
    { Outcome: 'Cleared', Removed: [0, 1, 2].map((at) => `${key(at)} (1)`).join(', '), KeysLeft: 0, OwnKeyLeft: false },
    'REGISTER 1, CLEAR 1'],
  ['the holder alone', [`keys ${disk} 2`], `-Method Preempt -HolderKey ${key(0)}`,
    { Outcome: 'Preempted', Removed: `${key(0)} (1)`, KeysLeft: 1, OwnKeyLeft: false }, 'REGISTER 2, PREEMPT 1'],
  ['the holder, and its commands', [`keys ${disk} 2`], `-Method Preempt -Abort -HolderKey ${key(0)}`,
    { Outcome: 'Preempted', KeysLeft: 1 }, 'REGISTER 2, PREEMPT AND ABORT 1'],
  ['one key where nobody holds', [`keys ${disk} 2`, `type ${disk} 0`], `-Method Preempt -HolderKey ${key(1)}`,
    { Outcome: 'Preempted', Removed: `${key(1)} (1)`, KeysLeft: 1 }, 'REGISTER 2, PREEMPT 1'],
  ['a reservation of all registrants', [`keys ${disk} 2`, `type ${disk} 7`], '-Method Clear',
    { Outcome: 'Cleared', KeysLeft: 0 }, 'REGISTER 1, CLEAR 1'],
  ['... which Preempt cannot', [`keys ${disk} 2`, `type ${disk} 8`], `-Method Preempt -HolderKey ${key(0)}`,
    { Outcome: 'Refused', OwnKey: null }, ''],
  ['another key than the holder\'s', [`keys ${disk} 2`], `-Method Preempt -HolderKey ${key(1)}`, { Outcome: 'Refused' }, ''],
  ['no keys', [], '-Method Clear', { Outcome: 'Refused' }, ''],
  ['keys, which survive a reset', [`keys ${disk} 1`], '-Method Reset', { Outcome: 'Refused' }, ''],
  ['keys, which RELEASE does not end', [`keys ${disk} 1`], '-Method Release', { Outcome: 'Refused' }, ''],
  ['a CLEAR that is answered with success, and not done', [`keys ${disk} 2`, `outs ${disk} 3:silent`], '-Method Clear',
    { Outcome: 'StillHeld', KeysLeft: 2, OwnKeyLeft: false, Undone: true }, 'REGISTER 2, CLEAR 1'],
  ['a CLEAR that is done, and answered with a conflict', [`keys ${disk} 2`, `outs ${disk} 3:lost`], '-Method Clear',
    { Outcome: 'Cleared', KeysLeft: 0, NtStatusName: 'STATUS_DEVICE_BUSY', OwnKeyLeft: false }, 'REGISTER 1, CLEAR 1'],
  ['a CLEAR that is refused', [`keys ${disk} 2`, `outs ${disk} 3:refused`], '-Method Clear',
    { Outcome: 'Conflict', KeysLeft: 2, OwnKeyLeft: false, Undone: true }, 'REGISTER 2, CLEAR 1'],
  ['a REGISTER that is done, and answered with a conflict', [`keys ${disk} 1`, `outs ${disk} 0:lost`], '-Method Clear',
    { Outcome: 'Cleared', KeysLeft: 0, OwnKeyLeft: false }, 'REGISTER 1, CLEAR 1'],
  ['a REGISTER that is answered with success, and not done', [`keys ${disk} 1`, `outs ${disk} 0:silent`], '-Method Clear',
    { Outcome: 'Failed', KeysLeft: 1, OwnKeyLeft: false }, 'REGISTER 1'],
  ['a PREEMPT that is done, and answered with a conflict', [`keys ${disk} 2`, `outs ${disk} 4:lost`],
    `-Method Preempt -HolderKey ${key(0)}`, { Outcome: 'Preempted', KeysLeft: 1, OwnKeyLeft: false }, 'REGISTER 2, PREEMPT 1'],
  ...(['lax', 'strict'] as const).flatMap((kind): typeof rows => {
    const unit = reserved[kind];
    return [
      [`a dead host's reservation, ${kind}`, [`other ${unit} reserve`], '-Method Reset',
        { Outcome: 'Reset', ReservationAfter: 'Free' }, 'BREAK 1'],
      [`an adapter that resets nothing, ${kind}`, [`other ${unit} reserve`, `resets ${unit} nothing`], '-Method Reset',
        { Outcome: 'StillHeld', ReservationAfter: 'HeldByAnotherHost' }, 'BREAK 1'],
      [`an adapter that refuses, ${kind}`, [`other ${unit} reserve`, `resets ${unit} refused`], '-Method Reset',
        { Outcome: 'NotSupported' }, 'BREAK 1'],
      [`a reservation, which has no keys, ${kind}`, [`other ${unit} reserve`], '-Method Clear', { Outcome: 'Refused' }, ''],
      [`a reservation of another host, ${kind}`, [`other ${unit} reserve`], '-Method Release', { Outcome: 'Refused' }, ''],
    ];
  }),
];

const numberOf = (made: readonly string[]) => Number(/ (\d+)/.exec(made[0] ?? ` ${disk}`)![1]);

/** What never says what it is holds up whoever looks for further paths of a disk; here it is not what is tried. */
const restore = '$null = Invoke-Labctl restore\n$null = Invoke-Labctl set 19 accepted';
/** Looked at before it is done. */
const isLooked = (at: number) => at < 6 || at % 5 === 0;

const cases = `${rows.map(([name, made, asked], at) => `
${restore}
${made.map((words) => `$null = Invoke-Labctl ${words}`).join('\n')}
${isLooked(at) ? `Show-Case 'look: ${name.replaceAll("'", "''")}' { Clear-StorageReservation -Number ${numberOf(made)} ${asked} -WhatIf }` : ''}
Show-Case '${name.replaceAll("'", "''")}' { Clear-StorageReservation -Number ${numberOf(made)} ${asked} -Force }`).join('\n')}
${restore}
$null = Invoke-Labctl keys ${disk} 1
$null = Invoke-Labctl outs ${disk} 3:hold
Show-Case 'a CLEAR that never comes back' {
  $script:left = Clear-StorageReservation -Number ${disk} -Method Clear -Force -TimeoutSec 3
  $script:left
}
$null = Invoke-Labctl complete
$null = Invoke-Labctl outs ${disk} rightly
Show-Case 'its key, taken back' { Clear-StorageReservation -Number ${disk} -Method Release -OwnKey $script:left.OwnKey -Force }
Show-Case 'a key that is not there' { Clear-StorageReservation -Number ${disk} -Method Release -OwnKey $script:left.OwnKey -Force }
`;

describe.skipIf(noLab)(titled('Clearing on Windows'), () => {
  let lab: Lab;
  let said: Map<string, CaseReport>;
  const of = (name: string) => caseOf(said, name);
  const resultOf = (name: string, number: number) => of(name).resultOf(number) as Cleared;

  beforeAll(async () => {
    lab = await openPowerShellLab();
    said = await runCases(lab, cases);
  });
  afterAll(async () => { await lab?.close(); });

  it('has a lab whose driver was built without a warning', () => {
    expect(lab.warnings).toBe('');
  });

  it.each(rows)('%s', (name, made, _asked, comes, sent) => {
    const number = numberOf(made);
    const result = resultOf(name, number);
    expect(result, result.Message).toMatchObject(comes);
    expect(sentOf(of(name).unit('disk', number))).toBe(sent);
    const elsewhere = of(name).counters.filter((row) => row.kind !== 'disk' || row.number !== number);
    expect(elsewhere.map(sentOf).filter((text) => text !== '')).toEqual([]);
    expect(leftOpen(of(name).counters)).toEqual([]);
    if (!isLooked(rows.findIndex((row) => row[0] === name))) return;
    // What would be sent is looked at without sending it.
    expect(sentOf(of(`look: ${name}`).unit('disk', number))).toBe('');
    expect(of(`look: ${name}`).host).toMatch(comes.Outcome === 'Refused' ? /would be Refused: / : /What if: .* would /);
  });

  it('says of a CLEAR that never comes back what is unknown, and takes the key back that it left', () => {
    const held = resultOf('a CLEAR that never comes back', disk);
    expect(held).toMatchObject({ Outcome: 'TimedOut', OwnKey: expect.stringMatching(/^0x5352/), OwnKeyLeft: null });
    expect(held.NextStep).toContain(`-Method Release -OwnKey ${held.OwnKey}`);
    expect(sentOf(of('a CLEAR that never comes back').unit('disk', disk))).toBe('REGISTER 1, CLEAR 1');
    expect(resultOf('its key, taken back', disk)).toMatchObject({ Outcome: 'Accepted', Removed: `${held.OwnKey} (1)`, KeysLeft: 1, OwnKeyLeft: false });
    expect(sentOf(of('its key, taken back').unit('disk', disk))).toBe('REGISTER 1');
    expect(resultOf('a key that is not there', disk).Outcome).toBe('Refused');
    expect(sentOf(of('a key that is not there').unit('disk', disk))).toBe('');
  });

  describe('the executable', () => {
    beforeEach(async () => {
      await lab.complete();
      await lab.restore();
      await lab.set(19, 'accepted');
      await lab.reset();
    });
    const run = async (args: string) => {
      const ran = await lab.exe('StorageRelease/dist/win-x64/storage-release.exe', `${args} --yes -o json`.split(' '), { timeoutMs: 60_000 });
      const { results } = JSON.parse(ran.stdout) as { results: Cleared[] };
      return { code: ran.code, result: results[0]! };
    };
    const sent = async (number: number) => sentOf(unitOf(await lab.counters(), 'disk', number));

    it('clears', async () => {
      await lab.keys(disk, 2);
      const { code, result } = await run(`clear ${disk} --method clear`);
      expect([code, result.Outcome, result.KeysLeft, await sent(disk)]).toEqual([0, 'Cleared', 0, 'REGISTER 1, CLEAR 1']);
    });

    it('preempts', async () => {
      await lab.keys(disk, 2);
      const { code, result } = await run(`clear ${disk} --method preempt --holder-key ${key(0)}`);
      expect([code, result.Outcome, result.KeysLeft, await sent(disk)]).toEqual([0, 'Preempted', 1, 'REGISTER 2, PREEMPT 1']);
    });

    it('resets', async () => {
      await lab.other(reserved.lax, 'reserve');
      const { code, result } = await run(`clear ${reserved.lax} --method reset`);
      expect([code, result.Outcome, await sent(reserved.lax)]).toEqual([0, 'Reset', 'BREAK 1']);
    });

    it('takes no key back that is not there, and sends nothing', async () => {
      await lab.keys(disk, 1);
      const { code, result } = await run(`clear ${disk} --method release --own-key 0x5352000000000001`);
      expect([code, result.Outcome, await sent(disk)]).toEqual([3, 'Refused', '']);
    });
  });
});
