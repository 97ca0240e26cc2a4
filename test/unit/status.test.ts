import { describe, expect, test } from 'vitest';
import { exitCodeMarkdown, exitCodeTable, exitCodeText } from '../../src/status/exit-codes.ts';
import { type Outcome, exitCodeOf, outcomeRow, outcomes } from '../../src/status/outcomes.ts';
import { describeStatus, hex32, statusRow, statusRows, unmappedWin32, win32Row } from '../../src/status/status.ts';

/** Name, NTSTATUS (ntstatus.h), Win32 (winerror.h), outcome, category: by hand, not taken from the table. */
const expected = [
  ['SUCCESS', 0x00000000, 0, 'Accepted', null],
  ['DEVICE_BUSY', 0x80000011, 170, 'Conflict', 'ResourceBusy'],
  ['PTE_CHANGED', 0xc0000434, 170, 'Failed', 'ResourceBusy'],
  ['ENCOUNTERED_WRITE_IN_PROGRESS', 0xc0000433, 170, 'Failed', 'ResourceBusy'],
  ['DEVICE_HUNG', 0xc0000507, 170, 'Failed', 'DeviceError'],
  ['INVALID_DEVICE_REQUEST', 0xc0000010, 1, 'NotSupported', 'NotImplemented'],
  ['NOT_IMPLEMENTED', 0xc0000002, 1, 'NotSupported', 'NotImplemented'],
  ['ILLEGAL_FUNCTION', 0xc00000af, 1, 'NotSupported', 'NotImplemented'],
  ['NOT_SUPPORTED', 0xc00000bb, 50, 'NotSupported', 'NotImplemented'],
  ['IO_DEVICE_ERROR', 0xc0000185, 1117, 'Failed', 'DeviceError'],
  ['DATA_OVERRUN', 0xc000003c, 1117, 'Failed', 'DeviceError'],
  ['DEVICE_PROTOCOL_ERROR', 0xc0000186, 1117, 'Failed', 'DeviceError'],
  ['DRIVER_INTERNAL_ERROR', 0xc0000183, 1117, 'Failed', 'DeviceError'],
  ['IO_TIMEOUT', 0xc00000b5, 121, 'TimedOut', 'OperationTimeout'],
  ['IO_OPERATION_TIMEOUT', 0xc000047d, 1460, 'TimedOut', 'OperationTimeout'],
  ['DEVICE_NOT_READY', 0xc00000a3, 21, 'NotReady', 'ResourceUnavailable'],
  ['NO_MEDIA_IN_DEVICE', 0xc0000013, 21, 'NotReady', 'ResourceUnavailable'],
  ['DEVICE_POWER_FAILURE', 0xc000009e, 21, 'NotReady', 'ResourceUnavailable'],
  ['DEVICE_OFF_LINE', 0x80000010, 21, 'NotReady', 'ResourceUnavailable'],
  ['POWER_STATE_INVALID', 0xc00002d3, 21, 'NotReady', 'ResourceUnavailable'],
  ['NO_MEDIA', 0xc0000178, 1112, 'NotReady', 'ResourceUnavailable'],
  ['VERIFY_REQUIRED', 0x80000016, 1110, 'NotReady', 'ResourceUnavailable'],
  ['DEVICE_NOT_CONNECTED', 0xc000009d, 1167, 'NotFound', 'ConnectionError'],
  ['DEVICE_UNREACHABLE', 0xc0000464, 321, 'NotFound', 'ConnectionError'],
  ['NO_SUCH_DEVICE', 0xc000000e, 433, 'NotFound', 'ObjectNotFound'],
  ['DEVICE_DOES_NOT_EXIST', 0xc00000c0, 55, 'NotFound', 'ObjectNotFound'],
  ['DEVICE_REMOVED', 0xc00002b6, 1617, 'NotFound', 'ObjectNotFound'],
  ['OBJECT_NAME_NOT_FOUND', 0xc0000034, 2, 'NotFound', 'ObjectNotFound'],
  ['NO_SUCH_FILE', 0xc000000f, 2, 'NotFound', 'ObjectNotFound'],
  ['OBJECT_PATH_NOT_FOUND', 0xc000003a, 3, 'NotFound', 'ObjectNotFound'],
  ['OBJECT_NAME_INVALID', 0xc0000033, 123, 'NotFound', 'InvalidArgument'],
  ['OBJECT_PATH_SYNTAX_BAD', 0xc000003b, 161, 'NotFound', 'InvalidArgument'],
  ['ACCESS_DENIED', 0xc0000022, 5, 'AccessDenied', 'PermissionDenied'],
  ['DELETE_PENDING', 0xc0000056, 5, 'NotFound', 'ObjectNotFound'],
  ['PRIVILEGE_NOT_HELD', 0xc0000061, 1314, 'AccessDenied', 'PermissionDenied'],
  ['SHARING_VIOLATION', 0xc0000043, 32, 'InUse', 'ResourceBusy'],
  ['DEVICE_HARDWARE_ERROR', 0xc0000483, 483, 'Failed', 'DeviceError'],
  ['DEVICE_DATA_ERROR', 0xc000009c, 23, 'Failed', 'DeviceError'],
  ['CRC_ERROR', 0xc000003f, 23, 'Failed', 'DeviceError'],
  ['ADAPTER_HARDWARE_ERROR', 0xc00000c2, 57, 'Failed', 'DeviceError'],
  ['UNSUCCESSFUL', 0xc0000001, 31, 'Failed', 'DeviceError'],
  ['INVALID_DEVICE_STATE', 0xc0000184, 22, 'Failed', 'InvalidOperation'],
  ['INVALID_PARAMETER', 0xc000000d, 87, 'Failed', 'InvalidArgument'],
  ['INVALID_PARAMETER_1', 0xc00000ef, 87, 'Failed', 'InvalidArgument'],
  ['INVALID_PARAMETER_2', 0xc00000f0, 87, 'Failed', 'InvalidArgument'],
  ['DEVICE_CONFIGURATION_ERROR', 0xc0000182, 87, 'Failed', 'InvalidArgument'],
  ['INFO_LENGTH_MISMATCH', 0xc0000004, 24, 'Failed', 'InvalidArgument'],
  ['BUFFER_TOO_SMALL', 0xc0000023, 122, 'Failed', 'InvalidArgument'],
  ['BUFFER_OVERFLOW', 0x80000005, 234, 'Failed', 'InvalidResult'],
  ['INVALID_USER_BUFFER', 0xc00000e8, 1784, 'Failed', 'InvalidArgument'],
  ['INVALID_OFFSET_ALIGNMENT', 0xc0000474, 327, 'Failed', 'InvalidArgument'],
  ['INSUFFICIENT_RESOURCES', 0xc000009a, 1450, 'Failed', 'LimitsExceeded'],
  ['DEVICE_INSUFFICIENT_RESOURCES', 0xc0000468, 322, 'Failed', 'LimitsExceeded'],
  ['CANCELLED', 0xc0000120, 995, 'Failed', 'OperationStopped'],
  ['REQUEST_ABORTED', 0xc0000240, 1235, 'Failed', 'OperationStopped'],
  ['BUS_RESET', 0x8000001d, 1111, 'Failed', 'DeviceError'],
  ['RETRY', 0xc000022d, 1237, 'Failed', 'ResourceBusy'],
  ['MEDIA_WRITE_PROTECTED', 0xc00000a2, 19, 'Failed', 'PermissionDenied'],
  ['PENDING', 0x00000103, 997, 'Failed', 'InvalidResult'],
  ['CLEANER_CARTRIDGE_INSTALLED', 0x80000027, 4340, 'NotReady', 'ResourceUnavailable'],
  ['UNRECOGNIZED_MEDIA', 0xc0000014, 1785, 'Failed', 'DeviceError'],
  ['NO_DATA_DETECTED', 0x80000022, 1104, 'Failed', 'DeviceError'],
  ['INVALID_BLOCK_LENGTH', 0xc0000173, 1106, 'Failed', 'DeviceError'],
  ['COPY_PROTECTION_FAILURE', 0xc0000305, -2147286267, 'Failed', 'PermissionDenied'],
  ['CSS_AUTHENTICATION_FAILURE', 0xc0000306, -2147286266, 'Failed', 'PermissionDenied'],
  ['CSS_KEY_NOT_PRESENT', 0xc0000307, -2147286265, 'Failed', 'PermissionDenied'],
  ['CSS_KEY_NOT_ESTABLISHED', 0xc0000308, -2147286264, 'Failed', 'PermissionDenied'],
  ['CSS_SCRAMBLED_SECTOR', 0xc0000309, -2147286263, 'Failed', 'PermissionDenied'],
  ['CSS_REGION_MISMATCH', 0xc000030a, -2147286262, 'Failed', 'PermissionDenied'],
  ['CSS_RESETS_EXHAUSTED', 0xc000030b, -2147286261, 'Failed', 'PermissionDenied'],
  ['NONEXISTENT_SECTOR', 0xc0000015, 27, 'Failed', 'InvalidArgument'],
  ['INVALID_TOKEN', 0xc0000465, 315, 'Failed', 'InvalidArgument'],
  ['TOO_MANY_SEGMENT_DESCRIPTORS', 0xc0000473, 331, 'Failed', 'InvalidArgument'],
  ['DISK_RESOURCES_EXHAUSTED', 0xc0000461, 314, 'Failed', 'LimitsExceeded'],
] as const;

describe('the status table', () => {
  test.each(expected)('STATUS_%s', (name, status, win32, outcome, category) => {
    expect(statusRow(status)).toMatchObject({ name: `STATUS_${name}`, status, win32, outcome, category });
    expect(statusRow(status | 0)?.status).toBe(status);
    expect(describeStatus(status, null, 'release')).toMatchObject({ status, win32, outcome, category });
  });

  test('has these rows, each once, and no others', () => {
    expect(statusRows.map((row) => row.name).sort()).toEqual(expected.map(([name]) => `STATUS_${name}`).sort());
    expect(new Set(statusRows.map((row) => row.status)).size).toBe(statusRows.length);
    // Win32Error of a result is an Int32.
    expect(statusRows.filter(({ win32 }) => win32 !== (win32 | 0))).toEqual([]);
  });

  const texts = statusRows.flatMap((row) => (['open', 'release', 'reserve'] as const).map((stage) =>
    [`${row.name} at ${stage}`, describeStatus(row.status, null, stage)] as const));
  test.each(texts)('%s: plain sentences for an administrator', (_, shown) => {
    expect(shown.meaning).toMatch(/^[A-Z][ -~]*\.$/);
    expect(shown.meaning).not.toMatch(/[;.,]\S*[;.,]{1}$|\s\s|semaphore|STATUS_|NTSTATUS/);
    expect(shown.nextStep).toMatch(shown.outcome === 'Accepted' ? /^$/ : /^[A-Z][ -~]*\.$/);
    expect(shown.win32Name).toMatch(/^(?:ERROR|STG_E)_[A-Z_]+$/);
    expect(outcomeRow(shown.outcome)).toBeDefined();
  });

  const offDisk = (['Tape', 'Changer', 'CdRom'] as const).flatMap((kind) => statusRows.flatMap((row) =>
    (['open', 'release', 'reserve'] as const).map((stage) =>
      [`${row.name} at ${stage}, ${kind}`, describeStatus(row.status, null, stage, kind), describeStatus(row.status, null, stage)] as const)));
  test.each(offDisk)('%s: nothing that is for disks alone', (_, shown, disk) => {
    expect(`${shown.meaning} ${shown.nextStep}`).not.toMatch(/disk|array|cluster|LUN|mpclaim|iSCSI/i);
    expect(shown.meaning).toMatch(/^[A-Z][ -~]*\.$/);
    expect(shown.nextStep).toMatch(shown.outcome === 'Accepted' ? /^$/ : /^[A-Z][ -~]*\.$/);
    expect([shown.outcome, shown.category, shown.win32]).toEqual([disk.outcome, disk.category, disk.win32]);
  });

  test('of a tape drive, what no table has is looked up without the provider of disks', () => {
    expect(describeStatus(0xc0000999, null, 'release', 'Tape').nextStep).toContain('Get-WinEvent -LogName System');
  });

  test('no open says that something was released or that nothing is known of it', () => {
    for (const row of statusRows) {
      expect(describeStatus(row.status, null, 'open').meaning).not.toMatch(/reservation conflict|RELEASE\(/i);
    }
  });
});

describe('the same status at the open and at the request', () => {
  test.each([
    ['busy', 0x80000011, 'InUse', 'Conflict', /Another host may have reserved it/, /persistent-reservation keys/],
    ['success', 0, 'Failed', 'Accepted', /no handle for it\. Nothing was sent/, /does not prove/],
    ['access denied', 0xc0000022, 'AccessDenied', 'AccessDenied', /elevated session/, /although the device was/],
    ['sharing violation', 0xc0000043, 'InUse', 'InUse', /Another program holds/, /A driver refused/],
    ['no such name', 0xc0000034, 'NotFound', 'NotFound', /no device of this name/, /went away/],
    ['no such device', 0xc000000e, 'NotFound', 'NotFound', /no such device any more/, /went away/],
    ['invalid request', 0xc0000010, 'Failed', 'NotSupported', /does not allow it to be opened/, /RELEASE\(10\)/],
    ['time-out', 0xc00000b5, 'TimedOut', 'TimedOut', /while it was opened\. Nothing was sent/, /is unknown/],
    ['I/O error', 0xc0000185, 'Failed', 'Failed', /Nothing was sent/, /retries of the driver/],
  ] as const)('%s', (_, status, atOpen, atRelease, openSays, releaseSays) => {
    const open = describeStatus(status, null, 'open');
    const release = describeStatus(status, null, 'release');
    expect([open.outcome, release.outcome]).toEqual([atOpen, atRelease]);
    expect(open.meaning).toMatch(openSays);
    expect(release.meaning).toMatch(releaseSays);
  });

  test.each([
    [0x80000011, /Clear-ClusterDiskReservation -Disk <number>/], [0x80000011, /Get-ClusterResource/],
    [0xc0000010, /NVMe, SATA and USB/], [0xc0000185, /Get-WinEvent/], [0xc000009d, /Get-IscsiSession/],
  ])('%d names what to use next', (status, step) => {
    expect(describeStatus(status, null, 'release').nextStep).toMatch(step);
  });
});

describe('a Win32 code alone', () => {
  test.each([
    [0, 'STATUS_SUCCESS'], [1, 'STATUS_INVALID_DEVICE_REQUEST'], [2, 'STATUS_OBJECT_NAME_NOT_FOUND'],
    [5, 'STATUS_ACCESS_DENIED'], [21, 'STATUS_DEVICE_NOT_READY'], [23, 'STATUS_DEVICE_DATA_ERROR'],
    [87, 'STATUS_INVALID_PARAMETER'], [170, 'STATUS_DEVICE_BUSY'], [1117, 'STATUS_IO_DEVICE_ERROR'],
    [32, 'STATUS_SHARING_VIOLATION'], [433, 'STATUS_NO_SUCH_DEVICE'],
  ])('%i is taken for %s', (code, name) => {
    expect(win32Row(code)?.name).toBe(name);
  });

  test('gives the verdict of that row but claims no NTSTATUS', () => {
    expect(describeStatus(null, 5, 'open')).toMatchObject({
      status: null, name: null, win32: 5, win32Name: 'ERROR_ACCESS_DENIED', outcome: 'AccessDenied',
      text: expect.stringMatching(/\(Win32 5 ERROR_ACCESS_DENIED\)$/),
    });
  });

  test('every code of the table has a row, every other has none', () => {
    for (const row of statusRows) expect(win32Row(row.win32)).toBeDefined();
    for (const code of [-1, 4, 6, 317, 5000, 1.5]) expect(win32Row(code)).toBeUndefined();
  });
});

describe('what the table does not know', () => {
  test.each([
    ['a status', 0xc0000999, null, 317, '0xC0000999', 'ERROR_MR_MID_NOT_FOUND', /0xC0000999/],
    ['the same, signed', 0xc0000999 | 0, null, 317, '0xC0000999', 'ERROR_MR_MID_NOT_FOUND', /0xC0000999/],
    ['a status with a code that is known', 0xc0000999, 170, 170, '0xC0000999', 'ERROR_BUSY', /0xC0000999/],
    ['a status with a code that is not', 0xc0000999, 4000, 4000, '0xC0000999', null, /0xC0000999/],
    ['a success that is not STATUS_SUCCESS', 0x40000000, null, 317, '0x40000000', 'ERROR_MR_MID_NOT_FOUND', /0x4/],
    ['a code', null, 4000, 4000, null, null, /error 4000/],
    ['neither', null, null, null, null, null, /no status at all/],
  ] as const)('%s', (_, status, given, win32, name, win32Name, meaning) => {
    for (const stage of ['open', 'release', 'reserve'] as const) {
      const shown = describeStatus(status, given, stage);
      expect(shown).toMatchObject({ outcome: 'Failed', category: 'NotSpecified', win32, name, win32Name });
      expect(shown.meaning).toMatch(meaning);
      expect(shown.status).toBe(status === null ? null : status >>> 0);
    }
  });

  test('the code that Windows itself gives for it', () => expect(unmappedWin32).toBe(317));
});

test('a given Win32 code stays: older systems map in other ways', () => {
  expect(describeStatus(0xc000000e, 2, 'release')).toMatchObject({ name: 'STATUS_NO_SUCH_DEVICE', win32: 2 });
});

test('the one line has meaning, name and numbers', () => {
  expect(describeStatus(0xc00000bb, null, 'release').text).toBe(
    'The device or its driver supports neither RELEASE(6) nor RELEASE(10). '
    + '(STATUS_NOT_SUPPORTED 0xC00000BB, Win32 50 ERROR_NOT_SUPPORTED)');
  expect(describeStatus(0xc0000999, null, 'open').text).toMatch(/ \(NTSTATUS 0xC0000999, Win32 317 ERROR_/);
});

test('a Win32 code that is an HRESULT is signed, given or not, and shown in hexadecimal digits', () => {
  for (const given of [null, 0x80030306, 0x80030306 | 0]) {
    const shown = describeStatus(0xc0000306, given, 'release');
    expect(shown.win32).toBe(-2147286266);
    expect(shown.text).toMatch(/ 0xC0000306, Win32 0x80030306 STG_E_CSS_AUTHENTICATION_FAILURE\)$/);
    expect(describeStatus(null, given ?? 0x80030306, 'open').win32Name).toBe('STG_E_CSS_AUTHENTICATION_FAILURE');
  }
});

test.each([[0, '0x00000000'], [0x2d4814, '0x002D4814'], [-1, '0xFFFFFFFF'], [0x80000011, '0x80000011']])(
  'hex32(%i) is %s', (number, text) => expect(hex32(number)).toBe(text));

describe('exit codes', () => {
  test('each outcome and the usage error, by number', () => {
    expect(exitCodeTable().map(({ code, outcome }) => [code, outcome])).toEqual([
      [0, 'Accepted'], [0, 'Reserved'], [0, 'Cleared'], [0, 'Preempted'], [0, 'Reset'], [0, 'Read'], [1, 'Failed'], [2, null], [3, 'Refused'], [4, 'NotSupported'],
      [5, 'Conflict'], [6, 'AccessDenied'], [7, 'NotFound'], [8, 'IdentityChanged'], [9, 'TimedOut'],
      [10, 'NotReady'], [11, 'InUse'], [12, 'StillHeld'], [13, 'Changed'],
    ]);
  });

  test.each([
    [[], 0], [['Accepted'], 0], [['Accepted', 'NotSupported', 'Accepted'], 4], [['Conflict', 'NotReady'], 5],
    [['Accepted', 'StillHeld'], 12], [['Cleared', 'Preempted', 'Reset'], 0], [['StillHeld', 'Changed'], 13], [['Changed', 'Conflict'], 5], [['StillHeld', 'Conflict'], 5], [['Reserved'], 0], [['Read', 'Read'], 0], [['Read', 'Refused'], 3],
    [['Failed', 'TimedOut'], 1], [['TimedOut', 'AccessDenied'], 9], [['Refused', 'Accepted'], 3],
  ] satisfies [Outcome[], number][])('a run of %j ends with %i, the code of its worst', (names, code) => {
    expect(exitCodeOf(names)).toBe(code);
  });

  test.each([['help', exitCodeText(), 80], ['Markdown', exitCodeMarkdown(), 220]])('%s', (_, text, width) => {
    for (const row of outcomes) expect(text).toContain(row.name);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
    expect(text).toMatch(/^[\n -~]*$/);
  });

  test('help breaks long meanings under themselves', () => {
    expect(exitCodeText().split('\n').slice(0, 6)).toEqual([
      'Exit codes:',
      '   0  Accepted         The device completed the request with STATUS_SUCCESS. It',
      '                       does not prove that anything was reserved, or is free.',
      '   0  Reserved         The device accepted RESERVE for this host, over the path',
      '                       that the request took.',
      '   0  Cleared          All keys and the persistent reservation are gone, as was',
    ]);
  });

  test('no cell of the Markdown table breaks it', () => {
    const rows = exitCodeMarkdown().split('\n').filter((line) => line.startsWith('|'));
    expect(rows).toHaveLength(21);
    for (const row of rows) expect(row.split('|')).toHaveLength(5);
  });
});
