// Reservations end to end: this host and another one at disks that keep the rules of SCSI-2 and persistent
// reservations. The other host is played through a side channel of the driver (`labctl other`, `keys` and so on).

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Lab } from './lab.d.mts';
import type { CaseReport } from './powershell.ts';
import { caseOf, leftOpen, noLab, openPowerShellLab, runCases, titled } from './powershell.ts';

/** What the disks of the driver do about PERSISTENT RESERVE IN while anybody holds them by RESERVE. */
const lax = { ours: 100, theirs: 101, ready: 102 };
const strict = { ours: 105, theirs: 106, ready: 107 };
/** Without a reservation by RESERVE both kinds are one. */
const persistent = 103;
const odd = 109;
/** It never says what it is: whoever looks at all disks for further paths of one waits for it. */
const neverSays = 'disk19';
const both = [['answers', lax], ['refuses', strict]] as const;

/** The keys of the driver (LAB_KEY): all 64 bits of each are in use. */
const key = (index: number) =>
  `0x${BigInt.asUintN(64, 0x9E3779B97F4A7C15n * BigInt(index + 1)).toString(16).toUpperCase().padStart(16, '0')}`;
const keys = (count: number) => Array.from({ length: count }, (_, index) => key(index));
const registrantCounts = [1, 2, 300];
const oddities = ['short', 'long', 'length', 'garbage'];

const cases = String.raw`
foreach ($disk in ${lax.ours}, ${strict.ours}) {
  Show-Case "reserve $disk" { Invoke-StorageReserve -Number $disk -Verify -Force }
  Show-Case "held here $disk" { Get-StorageReservation -Number $disk }
  Show-Case "other is refused $disk" {
    Invoke-Labctl other $disk reserve
    Invoke-Labctl other $disk release
    Get-StorageReservation -Number $disk
  }
  Show-Case "release $disk" { Invoke-StorageRelease -Number $disk -Verify -Force }
  Show-Case "other may now $disk" { Invoke-Labctl other $disk reserve; Invoke-Labctl other $disk release }
}
foreach ($disk in ${lax.theirs}, ${strict.theirs}) {
  Show-Case "other reserves $disk" { Invoke-Labctl other $disk reserve; Get-StorageReservation -Number $disk }
  Show-Case "reserve theirs $disk" { Invoke-StorageReserve -Number $disk -Verify -Force }
  Show-Case "release theirs $disk" { Invoke-StorageRelease -Number $disk -Verify -Force }
  Show-Case "reset $disk" { Invoke-Labctl unitreset $disk; Get-StorageReservation -Number $disk }
  Show-Case "free after the reset $disk" { Invoke-StorageRelease -Number $disk -Verify -Force }
  Show-Case "lost by a reset $disk" {
    $null = Invoke-StorageReserve -Number $disk -Force
    $null = Invoke-Labctl unitreset $disk
    Invoke-Labctl other $disk reserve
    Get-StorageReservation -Number $disk
  }
}
foreach ($count in ${registrantCounts.join(', ')}) {
  Show-Case "keys $count" {
    Invoke-Labctl keys ${persistent} $count
    Get-StorageReservation -Number ${persistent}
    Get-StorageReservation -Number ${persistent} -Detailed
    Get-StorageReservation -Number ${persistent} -Registrants
  }
}
Show-Case 'conflict by keys' {
  Invoke-StorageRelease -Number ${persistent} -Verify -Force
  Invoke-StorageReserve -Number ${persistent} -Force
}
Show-Case 'no keys any more' {
  $null = Invoke-Labctl keys ${persistent} 0
  Get-StorageReservation -Number ${persistent} -Detailed
}
foreach ($kind in '${oddities.join(`', '`)}') {
  Show-Case "odd $kind" {
    $null = Invoke-Labctl odd ${odd} $kind
    Get-StorageReservation -Number ${odd} -Detailed
    $null = Invoke-Labctl keys ${odd} 2
    Get-StorageReservation -Number ${odd} -Detailed
    Get-StorageReservation -Number ${odd} -Registrants
  }
  $null = Invoke-Labctl keys ${odd} 0
}
Show-Case 'odd releases' {
  foreach ($kind in '${[...oddities, 'none'].join(`', '`)}') {
    $null = Invoke-Labctl odd ${odd} $kind
    Invoke-StorageRelease -Number ${odd} -Verify -Force
  }
}
Show-Case 'pass-through under a reservation' {
  $null = Invoke-StorageReserve -Number ${strict.ours} -Force
  Get-StorageReservation -Number ${strict.ours} -Detailed
  $null = Invoke-StorageRelease -Number ${strict.ours} -Force
}
foreach ($disk in ${lax.ready}, ${strict.ready}) {
  Show-Case "ready for all $disk" {
    Invoke-Labctl ready $disk always
    Invoke-Labctl other $disk reserve
    Get-StorageReservation -Number $disk
    Invoke-StorageRelease -Number $disk -Verify -Force
  }
}
Show-Case 'a read that hangs' {
  Invoke-Labctl reads ${lax.ready} hold
  Get-StorageReservation -Number ${lax.ready} -TimeoutSec 2
  $null = Invoke-Labctl complete
  Invoke-Labctl reads ${lax.ready} rightly
}
Show-Case 'tape' { Get-StorageReservation -Path '\\.\Tape0' }
Show-Case 'without elevation' {
  Get-StorageReservation -Number 20
  Get-StorageReservation -Number 20 -Detailed
}
Show-Case 'knows no reservations' { Get-StorageReservation -Number 12 -Detailed }
`;

describe.skipIf(noLab)(titled('Reservations on Windows'), () => {
  let lab: Lab;
  let said: Map<string, CaseReport>;
  const of = (name: string) => caseOf(said, name);
  const reservationOf = (name: string) => {
    const all = of(name).reservations;
    expect(all, JSON.stringify(of(name).records)).toHaveLength(1);
    return all[0]!;
  };
  const resultOf = (name: string, number: number) => of(name).resultOf(number);

  beforeAll(async () => {
    lab = await openPowerShellLab();
    said = await runCases(lab, cases);
  });
  afterAll(async () => { await lab?.close(); });

  it('has a lab whose driver was built without a warning', () => {
    expect(lab.warnings).toBe('');
  });

  describe.each(both)('on a disk that %s PERSISTENT RESERVE IN under a reservation', (_, disks) => {
    it('reserves, and sees it held by this host', () => {
      expect(resultOf(`reserve ${disks.ours}`, disks.ours)).toMatchObject({
        Outcome: 'Reserved', ReservationBefore: 'Unknown', ReservationAfter: 'HeldByThisHost',
      });
      for (const name of ['held here', 'other is refused']) {
        expect(reservationOf(`${name} ${disks.ours}`)).toMatchObject({ State: 'HeldByThisHost', Outcome: 'Read' });
      }
      expect(of(`reserve ${disks.ours}`).unit('disk', disks.ours)).toMatchObject({ reserves: 1, releases: 0 });
    });

    it('refuses the other host meanwhile, whose release changes nothing', () => {
      expect(of(`other is refused ${disks.ours}`).texts('other')).toEqual(['conflict', 'good']);
    });

    it('releases, and proves the disk free', () => {
      expect(resultOf(`release ${disks.ours}`, disks.ours)).toMatchObject({
        Outcome: 'Accepted', ReservationBefore: 'HeldByThisHost', ReservationAfter: 'Free',
      });
      expect(of(`other may now ${disks.ours}`).texts('other')).toEqual(['good', 'good']);
    });

    it('sees the other host hold it, is refused, and cannot release it', () => {
      const held = { State: 'HeldByAnotherHost', KeyCount: disks === lax ? 0 : null };
      expect(reservationOf(`other reserves ${disks.theirs}`)).toMatchObject(held);
      expect(resultOf(`reserve theirs ${disks.theirs}`, disks.theirs)).toMatchObject({
        Outcome: 'Conflict', NtStatusName: 'STATUS_DEVICE_BUSY',
        ReservationBefore: 'HeldByAnotherHost', ReservationAfter: 'HeldByAnotherHost',
      });
      expect(resultOf(`release theirs ${disks.theirs}`, disks.theirs)).toMatchObject({
        Outcome: 'StillHeld', ReservationBefore: 'HeldByAnotherHost', ReservationAfter: 'HeldByAnotherHost',
      });
    });

    it('reads a block where CHECK_VERIFY is good for everybody, and is kept out', () => {
      const [reservation] = of(`ready for all ${disks.ready}`).reservations;
      expect(reservation).toMatchObject({ State: 'HeldByAnotherHost', Blocked: true,
        Evidence: expect.stringMatching(/^CHECK_VERIFY: STATUS_SUCCESS; READ: RESERVATION CONFLICT; READ KEYS: /) });
      expect(resultOf(`ready for all ${disks.ready}`, disks.ready)).toMatchObject({
        Outcome: 'StillHeld', ReservationBefore: 'HeldByAnotherHost', ReservationAfter: 'HeldByAnotherHost' });
      expect(of(`ready for all ${disks.ready}`).unit('disk', disks.ready)).toMatchObject({ reads: 3, others: 0 });
    });

    it('knows that a reset frees it', () => {
      expect(reservationOf(`reset ${disks.theirs}`)).toMatchObject({ State: 'Unknown', KeyCount: 0 });
      expect(resultOf(`free after the reset ${disks.theirs}`, disks.theirs)).toMatchObject({
        Outcome: 'Accepted', ReservationAfter: 'Free',
      });
    });

    it('does not take a reservation that a reset has ended for its own', () => {
      expect(of(`lost by a reset ${disks.theirs}`).texts('other')).toEqual(['good']);
      expect(reservationOf(`lost by a reset ${disks.theirs}`).State).toBe('HeldByAnotherHost');
    });
  });

  it.each(registrantCounts)('tells the keys of %d registrants exactly', (count) => {
    const report = of(`keys ${count}`);
    expect(report.texts('other')).toEqual(['good']);
    expect(report.reservations).toHaveLength(2);
    for (const reservation of report.reservations) {
      expect(reservation).toMatchObject({
        State: 'Persistent', KeyCount: count, HolderKey: key(0), Type: 'Write Exclusive - Registrants Only',
        Scope: 'LU_SCOPE', Generation: registrantCounts.indexOf(count) + 1,
      });
      expect(reservation.Keys?.split(' ')).toEqual(keys(count));
    }
    const [plain, detailed] = report.reservations;
    expect(plain?.Registrants).toBe(null);
    expect(detailed?.Registrants?.split('\n').map((line) => line.split(' ')[0])).toEqual(keys(count));
  });

  it.each(registrantCounts)('tells each of %d registrants with its initiator when asked', (count) => {
    const { registrants } = of(`keys ${count}`);
    expect(registrants.map(({ Key }) => Key)).toEqual(keys(count));
    expect(registrants.map(({ Initiator }) => Initiator)).toEqual(Array.from({ length: count },
      (_, index) => `SAS ${(0x500005E0053A0000n + BigInt(index)).toString(16).toUpperCase()}`));
    expect(registrants.map(({ Holder }) => Holder)).toEqual(keys(count).map((_, index) => index === 0));
    expect(registrants[0]).toMatchObject({
      Number: persistent, Type: 'Write Exclusive - Registrants Only', Scope: 'LU_SCOPE', TargetPort: 1,
      AllTargetPorts: false,
    });
  });

  it('is refused by keys, and names them', () => {
    const [released, reserved] = of('conflict by keys').results;
    expect(released).toMatchObject({
      Outcome: 'Conflict', ReservationBefore: 'Persistent', ReservationAfter: 'Persistent',
      NextStep: expect.stringContaining(keys(300).join(', ')),
    });
    expect(reserved?.Outcome).toBe('Conflict');
    expect(reservationOf('no keys any more')).toMatchObject({
      State: 'Unknown', KeyCount: 0, HolderKey: null, Type: null, Scope: null,
    });
  });

  it.each(oddities)('survives answers that are odd, and says that it does not know: %s', (kind) => {
    const [empty, registered] = of(`odd ${kind}`).reservations;
    expect(empty).toMatchObject({ State: 'Unknown', Outcome: 'Read', KeyCount: null, HolderKey: null });
    // A list that claims more than there is has lost some of its keys: it is none.
    expect(registered).toMatchObject({ State: 'Unknown', Outcome: 'Read', KeyCount: null, HolderKey: null });
    const { registrants } = of(`odd ${kind}`);
    expect(registrants.map(({ Key }) => Key)).toEqual(kind === 'long' ? keys(2) : []);
    expect(of(`odd ${kind}`).texts('warning')).toEqual(kind === 'long' ? [] : [
      expect.stringContaining('the disk does not report who has registered keys'),
    ]);
  });

  it('takes no release for a proof while the answers are odd, and the first one after that', () => {
    const { results } = of('odd releases');
    expect(results.map(({ Outcome, ReservationAfter }) => `${Outcome} ${ReservationAfter}`)).toEqual([
      ...oddities.map(() => 'Accepted Unknown'), 'Accepted Free',
    ]);
  });

  it('tells of a reservation conflict that pass-through met', () => {
    expect(reservationOf('pass-through under a reservation')).toMatchObject({
      State: 'HeldByThisHost', Evidence: expect.stringMatching(/READ FULL STATUS: RESERVATION CONFLICT/),
    });
  });

  it('gives up a read that hangs at the deadline', () => {
    const [reservation] = of('a read that hangs').reservations;
    expect(reservation).toMatchObject({ State: 'Unknown', Outcome: 'TimedOut', Blocked: null });
  });

  it('reads nothing from a tape drive', () => {
    const [reservation] = of('tape').reservations;
    expect(reservation?.Evidence).toContain('READ: not sent to a tape drive');
    expect(of('tape').unit('tape', 0)).toMatchObject({ reads: 0 });
  });

  it('sends nothing but what reads', () => {
    const looks = [...said].filter(([name]) =>
      /^(held|other|reset|keys|no keys|odd (?!releases)|without|knows)/.test(name));
    expect(looks).toHaveLength(20);
    for (const [name, report] of looks) {
      for (const row of report.counters) {
        expect(row, name).toMatchObject({ releases: 0, reserves: 0, others: 0, lastCode: 0, outs: [0, 0, 0, 0, 0, 0, 0], resets: 0 });
      }
      expect(leftOpen(report.counters).filter((disk) => disk !== neverSays), name).toEqual([]);
    }
  });

  it('says what it could not see without elevation, and sends nothing', () => {
    const report = of('without elevation');
    expect(report.reservations.map(({ State, Outcome, Keys }) => [State, Outcome, Keys])).toEqual([
      ['Unknown', 'AccessDenied', null], ['Unknown', 'AccessDenied', null],
    ]);
    for (const { NextStep } of report.reservations) expect(NextStep).toMatch(/elevated|administrator/i);
    expect(report.unit('disk', 20)).toMatchObject({ opens: 0, verifies: 0, lists: 0 });
  });

  it('says of a disk of a bus without reservations that it knows none', () => {
    expect(reservationOf('knows no reservations')).toMatchObject({ State: 'NotSupported', Keys: null });
  });
});
