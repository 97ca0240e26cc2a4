// Every kind of answer that a disk can give, through the real module, the real executable and real device calls:
// what PowerShell puts out, and what the driver counted.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Lab } from './lab.d.mts';
import type { CaseReport } from './powershell.ts';
import { caseOf, leftOpen, noLab, openPowerShellLab, runCases, titled } from './powershell.ts';

interface Row {
  what: string;
  disk: number;
  outcome: string;
  /** Null: nothing was sent, or no answer came. */
  status: number | null;
  name: string | null;
  win32: number | null;
  /** Category of the error that goes with it; null: no error. */
  category: string | null;
  /** RELEASE requests that the driver counts. */
  releases: 0 | 1;
  /** What the piped object claims, where that is not what the disk says of itself. */
  uniqueId?: string;
  serial?: string;
}

const rows: Row[] = [
  { what: 'A disk that accepts', disk: 10, outcome: 'Accepted', status: 0, name: 'STATUS_SUCCESS', win32: 0,
    category: null, releases: 1 },
  { what: 'A disk with persistent-reservation keys', disk: 11, outcome: 'Conflict', status: 0x80000011,
    name: 'STATUS_DEVICE_BUSY', win32: 170, category: 'ResourceBusy', releases: 1 },
  { what: 'A disk that knows neither RELEASE', disk: 12, outcome: 'NotSupported', status: 0xC0000010,
    name: 'STATUS_INVALID_DEVICE_REQUEST', win32: 1, category: 'NotImplemented', releases: 1 },
  { what: 'A disk that is starting up', disk: 13, outcome: 'NotReady', status: 0xC00000A3,
    name: 'STATUS_DEVICE_NOT_READY', win32: 21, category: 'ResourceUnavailable', releases: 1 },
  { what: 'A disk whose driver never answers', disk: 14, outcome: 'TimedOut', status: null, name: null,
    win32: null, category: 'OperationTimeout', releases: 1 },
  { what: 'A disk that takes its time', disk: 15, outcome: 'Accepted', status: 0, name: 'STATUS_SUCCESS', win32: 0,
    category: null, releases: 1 },
  { what: 'A disk that vanishes between open and request', disk: 16, outcome: 'NotFound', status: 0xC000000E,
    name: 'STATUS_NO_SUCH_DEVICE', win32: 433, category: 'ObjectNotFound', releases: 1 },
  { what: 'Another disk behind the same number', disk: 17, outcome: 'IdentityChanged', status: null, name: null,
    win32: null, category: 'InvalidResult', releases: 0 },
  { what: 'A disk whose driver lets a request be cancelled', disk: 18, outcome: 'TimedOut', status: null,
    name: null, win32: null, category: 'OperationTimeout', releases: 1 },
  { what: 'A disk that does not say what it is', disk: 19, outcome: 'TimedOut', status: null, name: null,
    win32: null, category: 'OperationTimeout', releases: 0 },
  { what: 'A disk that this user may not open', disk: 20, outcome: 'AccessDenied', status: null, name: null,
    win32: 5, category: 'PermissionDenied', releases: 0 },
  { what: 'A disk that timed out in its own driver', disk: 21, outcome: 'TimedOut', status: 0xC00000B5,
    name: 'STATUS_IO_TIMEOUT', win32: 121, category: 'OperationTimeout', releases: 1,
    uniqueId: '600005E0053000000000000000000021' },
  { what: 'A status that Windows does not map', disk: 22, outcome: 'Failed', status: 0xC0ABCDEF,
    name: '0xC0ABCDEF', win32: 317, category: 'NotSpecified', releases: 1 },
  { what: 'A disk that has another number by now', disk: 23, outcome: 'IdentityChanged', status: null, name: null,
    win32: null, category: 'InvalidResult', releases: 0 },
  { what: 'A disk whose descriptors are garbage, and a UniqueId that they cannot bear out', disk: 24,
    outcome: 'IdentityChanged', status: null, name: null, win32: null, category: 'InvalidResult', releases: 0 },
  { what: 'A disk that is not there any more', disk: 26, outcome: 'NotFound', status: null, name: null, win32: 2,
    category: 'ObjectNotFound', releases: 0 },
];

/** What the drivers of these never complete: their answers come last, at the deadline. */
const hanging = [14, 18, 19];

const digits = (value: number, length: number) => String(value).padStart(length, '0');
const uniqueIdOf = (row: Row) => row.uniqueId ?? `500005E005300${digits(row.disk, 3)}`;
const serialOf = (row: Row) => row.serial ?? `LAB-${digits(row.disk, 4)}`;

const interfaces = {
  disk: String.raw`\\?\SCSI#Disk&Ven_STORELAB&Prod_LABDISK#5&2c9e1f&0&000027`
    + '#{53f56307-b6bf-11d0-94f2-00a0c91efb8b}',
  tape: String.raw`\\?\scsi#sequential&ven_storelab&prod_labtape#5&2c9e1f&0&000100`
    + '#{53f5630b-b6bf-11d0-94f2-00a0c91efb8b}',
  changer: String.raw`\\?\SCSI#Changer&Ven_STORELAB&Prod_LABCHANGER#5&2c9e1f&0&000101`
    + '#{53f56310-b6bf-11d0-94f2-00a0c91efb8b}',
};

const noDiskPaths = [
  String.raw`\\.\pipe\StorageReleaseLabDenied`, String.raw`\\.\StorageReleaseLab`, String.raw`\\.\C:`,
  String.raw`\\?\GLOBALROOT\Device\LabDisk10`, String.raw`\\.\PhysicalDrive10` + '\\',
  String.raw`\\.\PhysicalDrive010`, String.raw`\\.\LabDisk10`, String.raw`Z:\lab`, '',
];

const quoted = (texts: readonly string[]) => texts.map((text) => `'${text}'`).join(', ');

const script = String.raw`
$disks = @(
${rows.map((row) => `  New-FakeDisk -Number ${row.disk} -UniqueId '${uniqueIdOf(row)}' `
  + `-SerialNumber '${serialOf(row)}'`).join('\n')}
)
# The hanging ones first, so that whoever waited for them would be behind them.
$slow = @($disks | Where-Object { $_.Number -in ${hanging.join(', ')} })
$others = @($disks | Where-Object { $_.Number -notin ${hanging.join(', ')} })
Show-Case 'pipeline' { $slow + $others | Invoke-StorageRelease -Force -TimeoutSec 5 }
Show-Case 'still in the driver' { Invoke-StorageRelease -Number 14 -Force }
Show-Case 'late' {
  $null = Invoke-Labctl complete
  # The worker closes the handles as soon as the driver lets go of the requests.
  Wait-Until 'the handles to be closed' { (Get-Unit disk 14).closes -ge 1 -and (Get-Unit disk 19).closes -ge 1 }
  Invoke-StorageRelease -Number 10 -Force
  Invoke-StorageRelease -Number 10 -Force
}
Show-Case 'again' {
  $null = Invoke-Labctl set 14 accepted
  Invoke-StorageRelease -Number 14 -Force
  $null = Invoke-Labctl restore
}
Show-Case 'garbage by number' { Invoke-StorageRelease -Number 24 -Force }
Show-Case 'many' { Invoke-StorageRelease -Number (32..95) -Force -ThrottleLimit 64 }
Show-Case 'numbers' { Invoke-StorageRelease 10, '27', 32 -Force }
Show-Case 'paths' {
  ${quoted([String.raw`\\.\Tape0`, String.raw`\\.\Changer0`, String.raw`\\?\PhysicalDrive10`])} |
    Invoke-StorageRelease -Force
  Invoke-StorageRelease -Path ${quoted([String.raw`\\?\Tape0`, String.raw`\\.\physicaldrive33`])} -Force
}
Show-Case 'interfaces' { ${quoted(Object.values(interfaces))} | Invoke-StorageRelease -Force }
Show-Case 'no such tape' { Invoke-StorageRelease -Path '\\.\Tape7' -Force }
Show-Case 'no disk paths' { Invoke-StorageRelease -Path ${quoted(noDiskPaths)} -Force }
# Disk 19 hangs the search as well, for a third of the time.
Show-Case 'unique ids' {
  Invoke-StorageRelease -UniqueId '500005e005300011', '600005E0053000000000000000000021', '00005EFFFE005010',
    '500005E005300C00', '500005E0053FFFFF', '500005E0053FF001' -Force -TimeoutSec 6
  $null = Invoke-Labctl complete
}
`;

describe.skipIf(noLab)(titled('Disks of a Windows kernel driver, released through PowerShell'), () => {
  let lab: Lab;
  let cases: Map<string, CaseReport>;

  beforeAll(async () => {
    lab = await openPowerShellLab();
    cases = await runCases(lab, script);
  });
  afterAll(async () => { await lab?.close(); });

  it.each(rows)('$what: $outcome', (row) => {
    const report = caseOf(cases, 'pipeline');
    const path = `\\\\.\\PhysicalDrive${row.disk}`;
    expect(report.resultOf(row.disk)).toMatchObject({
      Number: row.disk, DevicePath: path, UniqueId: uniqueIdOf(row), SerialNumber: serialOf(row),
      Outcome: row.outcome, NtStatus: row.status, NtStatusName: row.name, Win32Error: row.win32, Bus: 'Windows',
      Information: row.status === null ? null : 0,
    });
    const errors = report.of('error').filter((error) => error.of === path);
    expect(errors.map(({ id, category }) => ({ id, category }))).toEqual(row.category === null ? []
      : [{ id: `${row.outcome},Invoke-StorageRelease`, category: row.category }]);
    expect(report.unit('disk', row.disk).releases).toBe(row.releases);
  });

  it('gives one result for each piped disk, and the hung ones delay nobody: theirs come last', () => {
    const order = caseOf(cases, 'pipeline').results.map((result) => result.Number ?? -1);
    expect([...order].sort()).toEqual(rows.map((row) => row.disk).sort());
    expect(order.slice(-hanging.length).sort()).toEqual(hanging);
  });

  it('sends exactly one RELEASE to each disk that should get one, and none to the others', () => {
    const report = caseOf(cases, 'pipeline');
    expect(report.released).toEqual(Object.fromEntries(rows.filter((row) => row.releases > 0)
      .map((row) => [`disk${row.disk}`, 1])));
    expect(report.counters.some((row) => row.reserves > 0 || row.verifies > 0 || row.others > 0)).toBe(false);
  });

  it('closes every handle but those with a request in the driver; one that can be cancelled is', () => {
    const report = caseOf(cases, 'pipeline');
    expect(report.counters.filter((row) => row.pending > 0).map((row) => row.number)).toEqual([14, 19]);
    expect(leftOpen(report.counters)).toEqual(['disk14', 'disk19']);
  });

  it('says whether a request of a disk that timed out was sent', () => {
    const report = caseOf(cases, 'pipeline');
    expect(report.resultOf(14).Message).toContain('still pending in the driver');
    expect(report.resultOf(19).Message).toContain('Nothing was sent');
  });

  it('sends no second request to a disk whose driver still has the first', () => {
    const report = caseOf(cases, 'still in the driver');
    expect(report.resultOf(14)).toMatchObject({ Outcome: 'InUse', NtStatus: null });
    expect(report.released).toEqual({});
  });

  it('tells in the next command what the driver completed after the deadline, once, and closes the handle', () => {
    const report = caseOf(cases, 'late');
    expect(report.results.map((result) => result.Outcome)).toEqual(['Accepted', 'Accepted']);
    const late = report.texts('warning').filter((text) => text.includes('past the deadline'));
    expect(late).toEqual([expect.stringMatching(/^disk 14: .*STATUS_SUCCESS/i)]);
    expect(report.counters.filter((row) => row.pending !== 0)).toEqual([]);
  });

  it('releases the disk that had hung as soon as its driver answers again', () => {
    const report = caseOf(cases, 'again');
    expect(report.resultOf(14).Outcome).toBe('Accepted');
    expect(report.released).toEqual({ disk14: 1 });
  });

  it('takes a disk with garbage for descriptors by its bare number, which it says rightly', () => {
    expect(caseOf(cases, 'garbage by number').resultOf(24)).toMatchObject({ Outcome: 'Accepted', UniqueId: null });
  });

  it('releases 64 disks at once', () => {
    const report = caseOf(cases, 'many');
    const numbers = Array.from({ length: 64 }, (_, index) => 32 + index);
    expect(report.results.map((result) => result.Number).sort()).toEqual(numbers);
    expect(report.results.every((result) => result.Outcome === 'Accepted')).toBe(true);
    expect(report.released).toEqual(Object.fromEntries(numbers.map((number) => [`disk${number}`, 1])));
    expect(leftOpen(report.counters)).toEqual([]);
  });

  it('takes numbers, also as text', () => {
    expect(caseOf(cases, 'numbers').released).toEqual({ disk10: 1, disk27: 1, disk32: 1 });
  });

  it('takes tapes, changers and disks by path, in both spellings and any case', () => {
    const report = caseOf(cases, 'paths');
    expect(report.results.map((result) => result.DevicePath).sort()).toEqual([
      '\\\\.\\Changer0', '\\\\.\\PhysicalDrive10', '\\\\.\\PhysicalDrive33', '\\\\.\\Tape0', '\\\\.\\Tape0']);
    expect(report.results.every((result) => result.Outcome === 'Accepted')).toBe(true);
    expect(report.released).toEqual({ disk10: 1, disk33: 1, tape0: 2, changer0: 1 });
  });

  it('takes device-interface paths of disks, tapes and changers', () => {
    const report = caseOf(cases, 'interfaces');
    expect(report.results.map((result) => [result.DevicePath, result.Number, result.Outcome]).sort()).toEqual([
      [interfaces.disk, 27, 'Accepted'], [interfaces.tape, null, 'Accepted'],
      [interfaces.changer, null, 'Accepted'],
    ].sort());
    expect(report.released).toEqual({ disk27: 1, tape0: 1, changer0: 1 });
  });

  it('says NotFound of a tape that is not there', () => {
    expect(caseOf(cases, 'no such tape').results).toMatchObject([
      { DevicePath: '\\\\.\\Tape7', Outcome: 'NotFound', Win32Error: 2 }]);
  });

  it('opens no path that is no disk, tape or changer', () => {
    const report = caseOf(cases, 'no disk paths');
    expect(report.results.map((result) => result.Outcome)).toEqual(noDiskPaths.map(() => 'Refused'));
    expect(report.of('error').map((error) => error.category)).toEqual(noDiskPaths.map(() => 'InvalidArgument'));
    expect(report.counters.every((row) => row.opens === 0)).toBe(true);
  });

  it('finds disks by any of their unique ids, though one disk does not say what it is', () => {
    const report = caseOf(cases, 'unique ids');
    const found = report.results
      .map((result) => [result.UniqueId?.toUpperCase(), result.DevicePath, result.Outcome]);
    expect(found.sort()).toEqual([
      // Named by its EUI-64; shown by what the device names first.
      ['500005E005300010', '\\\\.\\PhysicalDrive10', 'Accepted'],
      ['500005E005300011', '\\\\.\\PhysicalDrive11', 'Conflict'],
      // No search opens a changer that was not asked for by its kind.
      ['500005E005300C00', null, 'NotFound'],
      // An identifier of a target port, not of a disk.
      ['500005E0053FF001', null, 'NotFound'],
      ['500005E0053FFFFF', null, 'NotFound'],
      ['600005E0053000000000000000000021', '\\\\.\\PhysicalDrive21', 'TimedOut'],
    ]);
    expect(report.released).toEqual({ disk10: 1, disk11: 1, disk21: 1 });
    expect(report.texts('error').join('\n')).toContain('1 did not');
  });
});
