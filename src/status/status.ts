// One table: what an NTSTATUS means as the answer to an open or to RELEASE, and what to do about it. Numbers and names are
// those of ntstatus.h and winerror.h (Windows SDK); Win32 numbers are those of RtlNtStatusToDosError. For how the class
// driver derives a status from a device's answer, see ClassInterpretSenseInfo in class.c of Windows-driver-samples.
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntifs/nf-ntifs-rtlntstatustodoserror

import type { DeviceKind } from './devices.ts';
import type { ErrorCategory, Outcome } from './outcomes.ts';

/** Where a status came from: opening the device, or the request itself. */
export type Stage = 'open' | 'release' | 'reserve';

/** The meaning of a status. */
export interface Verdict {
  readonly outcome: Outcome;
  readonly category: ErrorCategory | null;
  /** One or two sentences for an administrator; winerror.h's own texts mislead for 121, 55 and 170. */
  readonly meaning: string;
  /** The next step; empty where there is nothing to do. */
  readonly nextStep: string;
}

/** One row of the status table: an NTSTATUS as the answer to RELEASE. */
export interface StatusRow extends Verdict {
  /** NTSTATUS, unsigned. */
  readonly status: number;
  /** Name in ntstatus.h. */
  readonly name: string;
  /** The result of RtlNtStatusToDosError on current Windows; signed, because some are an HRESULT. */
  readonly win32: number;
  /** Name in winerror.h. */
  readonly win32Name: string;
  /** Differences when the open ends with this status. */
  readonly atOpen?: Partial<Verdict>;
  /** Differences when it is the answer to RESERVE. */
  readonly atReserve?: Partial<Verdict>;
  /** Further differences for a tape drive, a medium changer or a CD-ROM drive. */
  readonly offDisk?: OffDisk;
}

/** `release` stands for RESERVE as well. */
type OffDisk = Partial<Record<'open' | 'release', Partial<Verdict>>>;

/** A status in results and messages, whether it is in the table or not. */
export interface Description extends Verdict {
  /** Unsigned; null where only a Win32 code is known, from which the NTSTATUS cannot be derived. */
  readonly status: number | null;
  /** The name in ntstatus.h; for a status that is not in the table its number, `0xC0000999`. */
  readonly name: string | null;
  /** Signed, as `StatusRow` has it. */
  readonly win32: number | null;
  readonly win32Name: string | null;
  /** Name, numbers and meaning in one line. */
  readonly text: string;
}

/** 32 bits as Windows documents them: `0x80000011`. Takes signed numbers, too. */
export const hex32 = (n: number): string => `0x${(n >>> 0).toString(16).toUpperCase().padStart(8, '0')}`;

/** winerror.h, as far as the table needs it. */
const win32Names: ReadonlyMap<number, string> = new Map([
  [0, 'ERROR_SUCCESS'],
  [1, 'ERROR_INVALID_FUNCTION'],
  [2, 'ERROR_FILE_NOT_FOUND'],
  [3, 'ERROR_PATH_NOT_FOUND'],
  [5, 'ERROR_ACCESS_DENIED'],
  [19, 'ERROR_WRITE_PROTECT'],
  [21, 'ERROR_NOT_READY'],
  [22, 'ERROR_BAD_COMMAND'],
  [23, 'ERROR_CRC'],
  [24, 'ERROR_BAD_LENGTH'],
  [27, 'ERROR_SECTOR_NOT_FOUND'],
  [31, 'ERROR_GEN_FAILURE'],
  [32, 'ERROR_SHARING_VIOLATION'],
  [50, 'ERROR_NOT_SUPPORTED'],
  [55, 'ERROR_DEV_NOT_EXIST'],
  [57, 'ERROR_ADAP_HDW_ERR'],
  [87, 'ERROR_INVALID_PARAMETER'],
  [121, 'ERROR_SEM_TIMEOUT'],
  [122, 'ERROR_INSUFFICIENT_BUFFER'],
  [123, 'ERROR_INVALID_NAME'],
  [161, 'ERROR_BAD_PATHNAME'],
  [170, 'ERROR_BUSY'],
  [234, 'ERROR_MORE_DATA'],
  [314, 'ERROR_DISK_RESOURCES_EXHAUSTED'],
  [315, 'ERROR_INVALID_TOKEN'],
  [317, 'ERROR_MR_MID_NOT_FOUND'],
  [321, 'ERROR_DEVICE_UNREACHABLE'],
  [322, 'ERROR_DEVICE_NO_RESOURCES'],
  [327, 'ERROR_OFFSET_ALIGNMENT_VIOLATION'],
  [331, 'ERROR_TOO_MANY_DESCRIPTORS'],
  [433, 'ERROR_NO_SUCH_DEVICE'],
  [483, 'ERROR_DEVICE_HARDWARE_ERROR'],
  [995, 'ERROR_OPERATION_ABORTED'],
  [997, 'ERROR_IO_PENDING'],
  [1104, 'ERROR_NO_DATA_DETECTED'],
  [1106, 'ERROR_INVALID_BLOCK_LENGTH'],
  [1110, 'ERROR_MEDIA_CHANGED'],
  [1111, 'ERROR_BUS_RESET'],
  [1112, 'ERROR_NO_MEDIA_IN_DRIVE'],
  [1117, 'ERROR_IO_DEVICE'],
  [1167, 'ERROR_DEVICE_NOT_CONNECTED'],
  [1235, 'ERROR_REQUEST_ABORTED'],
  [1237, 'ERROR_RETRY'],
  [1314, 'ERROR_PRIVILEGE_NOT_HELD'],
  [1450, 'ERROR_NO_SYSTEM_RESOURCES'],
  [1460, 'ERROR_TIMEOUT'],
  [1617, 'ERROR_DEVICE_REMOVED'],
  [1784, 'ERROR_INVALID_USER_BUFFER'],
  [1785, 'ERROR_UNRECOGNIZED_MEDIA'],
  [4340, 'ERROR_CLEANER_CARTRIDGE_INSTALLED'],
  // These are HRESULTs, not Win32 errors, but RtlNtStatusToDosError returns them.
  [0x80030305 | 0, 'STG_E_STATUS_COPY_PROTECTION_FAILURE'],
  [0x80030306 | 0, 'STG_E_CSS_AUTHENTICATION_FAILURE'],
  [0x80030307 | 0, 'STG_E_CSS_KEY_NOT_PRESENT'],
  [0x80030308 | 0, 'STG_E_CSS_KEY_NOT_ESTABLISHED'],
  [0x80030309 | 0, 'STG_E_CSS_SCRAMBLED_SECTOR'],
  [0x8003030a | 0, 'STG_E_CSS_REGION_MISMATCH'],
  [0x8003030b | 0, 'STG_E_RESETS_EXHAUSTED'],
]);

const eventLog = "Get-WinEvent -FilterHashtable @{ LogName = 'System'; ProviderName = 'disk' } -MaxEvents 20";
/** Without a provider: the one for disks has no events about other devices. */
const eventLogOffDisk = "Get-WinEvent -LogName System -MaxEvents 50";
const listDevices = 'Check that the device is on and presented to this host (Get-PnpDevice -Class TapeDrive, '
  + 'MediumChanger)';
const listDisks = 'List the disks again (Update-HostStorageCache, then Get-Disk; in a rehearsal Get-StorageRehearsalDisk)';
const report = 'This should not happen: report it with the numbers of this result and the make of the device.';

/** What several rows have in common. */
interface Kind extends Verdict {
  readonly atOpen?: Partial<Verdict>;
  readonly atReserve?: Partial<Verdict>;
  readonly offDisk?: OffDisk;
}

const accepted: Kind = {
  outcome: 'Accepted', category: null,
  meaning: 'The device accepted RELEASE. That does not prove that anything was reserved.',
  nextStep: '',
  atReserve: {
    outcome: 'Reserved',
    meaning: 'The device accepted RESERVE: it is reserved for this host over this path, until this host releases '
      + 'it or logs out, or the device is reset.',
    nextStep: 'Release it with Invoke-StorageRelease.',
  },
  // If an open fails with this status, it must not look like a successful release.
  atOpen: {
    outcome: 'Failed', category: 'InvalidResult',
    meaning: 'Windows reported the device as opened, but gave no handle for it. Nothing was sent.',
    nextStep: report,
  },
};

const conflict: Kind = {
  outcome: 'Conflict', category: 'ResourceBusy',
  meaning: 'Reservation conflict: persistent-reservation keys are registered on this disk, and RELEASE does not '
    + 'clear keys.',
  nextStep: 'See whether a cluster owns the disk (Get-ClusterResource) and release it there. Keys that a former '
    + 'cluster left behind are cleared with Clear-ClusterDiskReservation -Disk <number>. Keys of hosts that are '
    + 'gone are cleared with Clear-StorageReservation -Number <number> -Method Clear. Keys of hosts that still '
    + 'run are removed on those hosts, or at the array.',
  atReserve: {
    meaning: 'Reservation conflict: another initiator holds the device, or persistent-reservation keys are registered on '
      + 'it. Nothing was reserved.',
    nextStep: 'See which it is with Get-StorageReservation.',
  },
  atOpen: {
    outcome: 'InUse',
    meaning: 'Windows did not open the device because it is busy. Another host may have reserved it; the open '
      + 'does not say so. Nothing was sent.',
    nextStep: 'Find out who uses the disk: Get-ClusterResource in a cluster, else the host list of the array. '
      + 'Then try again.',
  },
  offDisk: {
    release: {
      meaning: 'Reservation conflict: persistent-reservation keys are registered on this device, or another host holds '
        + 'it. Neither RELEASE nor RESERVE clears keys.',
      nextStep: 'See which it is with Get-StorageReservation -Path ... -Registrants, which names the initiators. The '
        + 'backup software of those hosts removes its keys when it is done.',
    },
    open: { nextStep: 'Find out which backup host uses the device. Then try again.' },
  },
};

/** Also Win32 error 170, but not because of a reservation. */
const busy: Kind = {
  outcome: 'Failed', category: 'ResourceBusy',
  meaning: 'The storage stack was busy with the device and did not carry the request out.',
  nextStep: 'Wait a moment and try again.',
};

const unsupported: Kind = {
  outcome: 'NotSupported', category: 'NotImplemented',
  meaning: 'The device or its driver supports neither RELEASE(6) nor RELEASE(10).',
  nextStep: 'NVMe, SATA and USB disks and most virtual disks have no such reservations: there is nothing to '
    + 'release. If the disk is locked all the same, look for persistent reservations: Get-StorageReservation -Number <number>; '
    + 'Clear-ClusterDiskReservation -Disk <number> clears those that a former cluster left behind.',
  atReserve: {
    meaning: 'The device or its driver supports neither RESERVE(6) nor RESERVE(10).',
    nextStep: 'NVMe, SATA and USB disks and most virtual disks have no such reservations.',
  },
  atOpen: {
    outcome: 'Failed', category: 'InvalidOperation',
    meaning: 'The driver of this device does not allow it to be opened for requests. Nothing was sent.',
    nextStep: 'See whether the path names a disk: Get-Disk | Format-List Number, Path.',
  },
  offDisk: {
    release: { nextStep: 'Look for persistent reservations, which newer drives have instead: Get-StorageReservation '
      + '-Path ... reads them.' },
    open: { nextStep: `${listDevices}.` },
  },
};

const transport: Kind = {
  outcome: 'Failed', category: 'DeviceError',
  meaning: 'The device or the path to it failed, and so did the retries of the driver. Some USB bridges answer '
    + 'every command that they do not support in this way, and some write-protected devices answer so to every '
    + 'command that changes something.',
  nextStep: `Look at cables, fabric and target, and at what Windows logged: ${eventLog}. After a reset, the first `
    + 'command may fail without being executed: try once more.',
  atOpen: { meaning: 'The device or the path to it failed while it was opened. Nothing was sent.' },
};

const overrun: Kind = {
  ...transport,
  meaning: 'The device or its adapter reports an amount of data that does not match the request, which transfers '
    + 'no data. The driver did not retry the request.',
};

const silent: Kind = {
  outcome: 'TimedOut', category: 'OperationTimeout',
  meaning: 'The device did not answer its driver in time, retries included. Whether it released anything is '
    + 'unknown.',
  nextStep: 'Check the path to the device (cables, zoning, target). Look at the device before trying again: after '
    + 'time-outs Windows may have reset it, which clears SCSI-2 reservations.',
  atReserve: {
    meaning: 'The device did not answer its driver in time, retries included. Whether it is reserved now is unknown.',
  },
  atOpen: {
    meaning: 'The device did not answer while it was opened. Nothing was sent.',
    nextStep: 'Check the path to the device (cables, zoning, target) and try again.',
  },
};

const notReady: Kind = {
  outcome: 'NotReady', category: 'ResourceUnavailable',
  meaning: 'The device is not ready: it is starting up, formatting, too busy or on a standby path.',
  nextStep: 'Wait a minute and try again. If it stays so, see whether the path is a standby one (mpclaim -s -d) '
    + 'and what the target reports about the disk. While a disk is busy, Windows requests a bus reset with each '
    + 'retry; where the adapter makes that reset, it clears SCSI-2 reservations.',
  offDisk: {
    release: { nextStep: 'Wait a minute and try again: loading, rewinding and cleaning take their time.' },
    open: { nextStep: 'Wait a minute and try again: loading, rewinding and cleaning take their time.' },
  },
};

const noPower: Kind = {
  ...notReady,
  offDisk: {},
  meaning: 'The device is off line or without power.',
  nextStep: 'Switch it on or bring it on line at the target, then try again.',
};

const noMedium: Kind = {
  ...notReady,
  offDisk: {},
  meaning: 'There is no medium in the device, or the device needs an operator.',
  nextStep: 'Insert a medium, or see what the device itself reports, then try again.',
};

const disconnected: Kind = {
  outcome: 'NotFound', category: 'ConnectionError',
  meaning: 'Nothing answers at the address of the device: the path, the cable or the target is gone.',
  nextStep: `Check cables, zoning and the sessions to the target (Get-IscsiSession). ${listDisks} and try again.`,
  offDisk: { release: { nextStep: `${listDevices}, and try again.` }, open: { nextStep: `${listDevices}, and try again.` } },
};

const vanished: Kind = {
  outcome: 'NotFound', category: 'ObjectNotFound',
  meaning: 'The device went away between the open and the request.',
  nextStep: `Check whether the LUN is still mapped to this host. ${listDisks}: numbers may have changed.`,
  atOpen: { meaning: 'There is no such device any more. Nothing was sent.' },
  offDisk: {
    release: { nextStep: `${listDevices}: numbers may have changed.` },
    open: { nextStep: `${listDevices}: numbers may have changed.` },
  },
};

const noSuchName: Kind = {
  ...vanished,
  atOpen: {
    meaning: 'There is no device of this name or number. Nothing was sent.',
    nextStep: `${listDisks}: numbers may have changed.`,
  },
};

const badName: Kind = {
  outcome: 'NotFound', category: 'InvalidArgument',
  meaning: 'The path is not one that Windows can open. Nothing was sent.',
  nextStep: 'Use the number of the disk, \\\\.\\PhysicalDrive<number>, or the Path that Get-Disk shows.',
  offDisk: {
    release: { nextStep: 'Use \\\\.\\Tape<number>, \\\\.\\Changer<number> or a device-interface path.' },
    open: { nextStep: 'Use \\\\.\\Tape<number>, \\\\.\\Changer<number> or a device-interface path.' },
  },
};

const denied: Kind = {
  outcome: 'AccessDenied', category: 'PermissionDenied',
  meaning: 'The device or a filter driver above it refused the request, although the device was open.',
  nextStep: 'Elevation does not help here: look for write protection of the device, and for security software '
    + 'that filters requests to devices.',
  atOpen: {
    meaning: 'Windows did not let this user open the device, which needs an elevated session. Nothing was sent.',
    nextStep: 'Run PowerShell as administrator. For a scheduled task choose "Run with highest privileges" or the '
      + 'SYSTEM account; over remoting use an account that is administrator there.',
  },
};

const noPrivilege: Kind = {
  ...denied,
  meaning: 'A policy of this computer does not allow this user to send the request.',
  nextStep: 'Use another administrator account, or ask the administrator of the policies of this computer.',
  atOpen: { meaning: 'A policy of this computer does not allow this user to open the device. Nothing was sent.' },
};

const backupService = 'Stop the program that holds it: for a tape drive or a changer the backup service of this host '
  + '(Get-Service).';

const inUse: Kind = {
  outcome: 'InUse', category: 'ResourceBusy',
  meaning: 'A driver refused the request because another program holds the device exclusively.',
  nextStep: 'Close the program that holds it; backup, imaging and partitioning tools open disks that way. Sysinternals '
    + 'handle.exe -a Harddisk<number> names the program.',
  atOpen: { meaning: 'Another program holds the device exclusively. Nothing was sent.' },
  offDisk: { release: { nextStep: backupService }, open: { nextStep: backupService } },
};

const hardware: Kind = {
  outcome: 'Failed', category: 'DeviceError',
  meaning: 'The device reports a hardware fault.',
  nextStep: 'Check the health of the disk at the array or with Get-StorageReliabilityCounter, and see what Windows '
    + `logged: ${eventLog}.`,
  offDisk: {
    release: { nextStep: `See what the device or its library reports, and what Windows logged: ${eventLog}.` },
    open: { nextStep: `See what the device or its library reports, and what Windows logged: ${eventLog}.` },
  },
};

const mediumError: Kind = {
  ...hardware, meaning: 'The device reports an error of its medium or in the data sent to it.',
};

const unknownFormat: Kind = {
  ...hardware,
  meaning: 'The device cannot read its medium: the format is unknown or damaged.',
  nextStep: 'Insert another medium, or see what the device itself reports, then try again.',
};

const cleaning: Kind = {
  ...noMedium,
  meaning: 'There is a cleaning cartridge in the drive.',
  nextStep: 'Wait until the drive is clean, insert a medium, then try again.',
};

const blankMedium: Kind = {
  ...hardware,
  meaning: 'The device found no data on its medium where it looked for some.',
  nextStep: 'See whether the medium is the one that you mean, then try again.',
};

const otherBlocks: Kind = {
  ...hardware,
  meaning: 'The blocks on the medium have another length than the device is set to. Whether it released anything '
    + 'is unknown.',
  nextStep: 'Look at the device before trying again.',
  atReserve: {
    meaning: 'The blocks on the medium have another length than the device is set to. Whether it is reserved now '
      + 'is unknown.',
  },
  atOpen: {
    meaning: 'The blocks on the medium have another length than the device is set to. Nothing was sent.',
  },
};

const noRoom: Partial<Verdict> = {
  meaning: 'The target has no free space left.', nextStep: 'Give the target more space, then try again.',
};

const full: Kind = {
  outcome: 'Failed', category: 'LimitsExceeded',
  meaning: 'The array has no free space left for this thinly provisioned disk. Windows may take it off line.',
  nextStep: 'Give the pool of the array more space, bring the disk on line again (Set-Disk -Number <number> '
    + '-IsOffline $false), then try again.',
  offDisk: { release: noRoom, open: noRoom },
};

const adapter: Kind = {
  ...hardware,
  meaning: 'The host bus adapter reports a hardware fault.',
  nextStep: `Check the adapter and its driver, and see what Windows logged: ${eventLog}.`,
  offDisk: {},
};

const generic: Kind = {
  outcome: 'Failed', category: 'DeviceError',
  meaning: 'A driver failed and gave no reason.',
  nextStep: `See what Windows logged: ${eventLog}.`,
};

const wrongState: Kind = {
  outcome: 'Failed', category: 'InvalidOperation',
  meaning: 'The device is in a state in which its driver does not accept this request.',
  nextStep: 'See whether the disk is on line and started (Get-Disk, Get-PnpDevice), then try again.',
  offDisk: {
    release: { nextStep: 'See whether the device is started (Get-PnpDevice), then try again.' },
    open: { nextStep: 'See whether the device is started (Get-PnpDevice), then try again.' },
  },
};

/** RELEASE has no parameters and no buffers, so these should never occur. */
const rejected: Kind = {
  outcome: 'Failed', category: 'InvalidArgument',
  meaning: 'A driver rejected the request as invalid, although the request has neither parameters nor data.',
  nextStep: report,
  atOpen: { meaning: 'Windows rejected the way in which the device was opened. Nothing was sent.' },
};

const configuration: Kind = {
  ...rejected,
  meaning: 'The driver of the device is not configured correctly.',
  nextStep: 'See what Device Manager or Get-PnpDevice shows for the device and its adapter.',
};

const misaligned: Kind = {
  ...rejected,
  meaning: 'The device says that type or scope of a release do not fit the persistent reservation that it has.',
  nextStep: 'RELEASE has neither type nor scope, so a driver made another command of it. Get-StorageReservation shows the keys, and the '
    + 'line that clears those of a host that is gone.',
  offDisk: { release: { nextStep: report }, open: { nextStep: report } },
};

/** Statuses about blocks, or about copies by the array, which RELEASE has nothing to do with. */
const notAsked = (about: string): Kind => ({
  ...rejected,
  meaning: `The device reports that ${about}, but the request contains nothing of that kind.`,
});

/** Only DVD drives use these. `about` continues the sentence. */
const copyProtected = (about: string): Kind => ({
  outcome: 'Failed', category: 'PermissionDenied',
  meaning: `The drive refused the request because of copy protection${about}.`,
  nextStep: 'Take the disc out and try again. The request reads nothing that could be protected: if the error '
    + 'persists, report it with the numbers of this result and the make of the drive.',
});

const internal: Kind = {
  outcome: 'Failed', category: 'InvalidResult',
  meaning: 'A driver completed the request with a status that is not a valid answer to it.',
  nextStep: report,
};

const exhausted: Kind = {
  outcome: 'Failed', category: 'LimitsExceeded',
  meaning: 'This computer has no memory left for the request; it did not reach the device.',
  nextStep: 'Try again with fewer devices at a time, or when the computer has less to do.',
};

const deviceExhausted: Kind = {
  ...exhausted,
  meaning: 'The device has no resources left for the request.',
  nextStep: 'Try again later; see at the target what keeps the device busy.',
};

const cancelled: Kind = {
  outcome: 'Failed', category: 'OperationStopped',
  meaning: 'The request was cancelled before the device had answered. Whether it did what was asked is unknown.',
  nextStep: 'Look at the device before trying again.',
};

const reset: Kind = {
  outcome: 'Failed', category: 'DeviceError',
  meaning: 'The bus was reset while the request was under way. A reset clears SCSI-2 reservations, whoever held '
    + 'them.',
  nextStep: 'Try once more; a command that a reset cut off was not executed.',
};

const paused: Kind = {
  outcome: 'Failed', category: 'ResourceBusy',
  meaning: 'The target asks that the request be tried again later; thinly provisioned arrays do so while they '
    + 'allocate space.',
  nextStep: 'Wait a minute and try again; see whether the pool of the array is full.',
  offDisk: {
    release: { meaning: 'The device asks that the request be tried again later.', nextStep: 'Wait a minute and try again.' },
    open: { meaning: 'The device asks that the request be tried again later.', nextStep: 'Wait a minute and try again.' },
  },
};

const writeProtected: Kind = {
  outcome: 'Failed', category: 'PermissionDenied',
  meaning: 'The medium is write-protected, and the device takes that for a reason to refuse the request.',
  nextStep: 'Take the write protection off at the device or its target.',
};

function row(status: number, name: string, win32: number, kind: Kind): StatusRow {
  return { status, name, win32, win32Name: win32Names.get(win32) as string, ...kind };
}

/**
 * Where several statuses have the same Win32 code, the first row is used for the code alone: the likeliest for a disk.
 */
export const statusRows: readonly StatusRow[] = [
  row(0x00000000, 'STATUS_SUCCESS', 0, accepted),
  row(0x80000011, 'STATUS_DEVICE_BUSY', 170, conflict),
  row(0xc0000434, 'STATUS_PTE_CHANGED', 170, busy),
  row(0xc0000433, 'STATUS_ENCOUNTERED_WRITE_IN_PROGRESS', 170, busy),
  row(0xc0000507, 'STATUS_DEVICE_HUNG', 170, {
    ...generic, meaning: 'The device, or the driver of its adapter, stopped responding.',
  }),
  row(0xc0000010, 'STATUS_INVALID_DEVICE_REQUEST', 1, unsupported),
  row(0xc0000002, 'STATUS_NOT_IMPLEMENTED', 1, unsupported),
  row(0xc00000af, 'STATUS_ILLEGAL_FUNCTION', 1, unsupported),
  row(0xc00000bb, 'STATUS_NOT_SUPPORTED', 50, unsupported),
  row(0xc0000185, 'STATUS_IO_DEVICE_ERROR', 1117, transport),
  row(0xc000003c, 'STATUS_DATA_OVERRUN', 1117, overrun),
  row(0xc0000186, 'STATUS_DEVICE_PROTOCOL_ERROR', 1117, transport),
  row(0xc0000183, 'STATUS_DRIVER_INTERNAL_ERROR', 1117, transport),
  row(0xc00000b5, 'STATUS_IO_TIMEOUT', 121, silent),
  row(0xc000047d, 'STATUS_IO_OPERATION_TIMEOUT', 1460, silent),
  row(0xc00000a3, 'STATUS_DEVICE_NOT_READY', 21, notReady),
  row(0xc0000013, 'STATUS_NO_MEDIA_IN_DEVICE', 21, noMedium),
  row(0xc000009e, 'STATUS_DEVICE_POWER_FAILURE', 21, noPower),
  row(0x80000010, 'STATUS_DEVICE_OFF_LINE', 21, noPower),
  row(0xc00002d3, 'STATUS_POWER_STATE_INVALID', 21, {
    ...noPower, meaning: 'The device is in a power state in which it takes no requests.',
    nextStep: 'Wake the device or the computer, then try again.',
  }),
  row(0xc0000178, 'STATUS_NO_MEDIA', 1112, noMedium),
  row(0x80000016, 'STATUS_VERIFY_REQUIRED', 1110, {
    ...noMedium, meaning: 'The medium was changed; Windows has to look at the new one first.',
    nextStep: 'Make sure that the medium is the one you mean, then try again.',
  }),
  row(0x80000027, 'STATUS_CLEANER_CARTRIDGE_INSTALLED', 4340, cleaning),
  row(0xc000009d, 'STATUS_DEVICE_NOT_CONNECTED', 1167, disconnected),
  row(0xc0000464, 'STATUS_DEVICE_UNREACHABLE', 321, disconnected),
  // Win32 error 2 before Windows 8; the code 2 alone is treated as OBJECT_NAME_NOT_FOUND, which means the same.
  row(0xc000000e, 'STATUS_NO_SUCH_DEVICE', 433, vanished),
  row(0xc00000c0, 'STATUS_DEVICE_DOES_NOT_EXIST', 55, vanished),
  row(0xc00002b6, 'STATUS_DEVICE_REMOVED', 1617, vanished),
  row(0xc0000034, 'STATUS_OBJECT_NAME_NOT_FOUND', 2, noSuchName),
  row(0xc000000f, 'STATUS_NO_SUCH_FILE', 2, noSuchName),
  row(0xc000003a, 'STATUS_OBJECT_PATH_NOT_FOUND', 3, noSuchName),
  row(0xc0000033, 'STATUS_OBJECT_NAME_INVALID', 123, badName),
  row(0xc000003b, 'STATUS_OBJECT_PATH_SYNTAX_BAD', 161, badName),
  row(0xc0000022, 'STATUS_ACCESS_DENIED', 5, denied),
  // Win32 calls this access denied, too, but rights do not help: the device object is being deleted.
  row(0xc0000056, 'STATUS_DELETE_PENDING', 5, vanished),
  row(0xc0000061, 'STATUS_PRIVILEGE_NOT_HELD', 1314, noPrivilege),
  row(0xc0000043, 'STATUS_SHARING_VIOLATION', 32, inUse),
  row(0xc0000483, 'STATUS_DEVICE_HARDWARE_ERROR', 483, hardware),
  row(0xc000009c, 'STATUS_DEVICE_DATA_ERROR', 23, mediumError),
  row(0xc000003f, 'STATUS_CRC_ERROR', 23, mediumError),
  row(0xc0000014, 'STATUS_UNRECOGNIZED_MEDIA', 1785, unknownFormat),
  row(0x80000022, 'STATUS_NO_DATA_DETECTED', 1104, blankMedium),
  row(0xc0000173, 'STATUS_INVALID_BLOCK_LENGTH', 1106, otherBlocks),
  row(0xc0000305, 'STATUS_COPY_PROTECTION_FAILURE', 0x80030305 | 0, copyProtected('')),
  row(0xc0000306, 'STATUS_CSS_AUTHENTICATION_FAILURE', 0x80030306 | 0, copyProtected(': authentication failed')),
  row(0xc0000307, 'STATUS_CSS_KEY_NOT_PRESENT', 0x80030307 | 0, copyProtected(': the sector has no valid key')),
  row(0xc0000308, 'STATUS_CSS_KEY_NOT_ESTABLISHED', 0x80030308 | 0, copyProtected(': there is no session key')),
  row(0xc0000309, 'STATUS_CSS_SCRAMBLED_SECTOR', 0x80030309 | 0, copyProtected(': the sector is encrypted')),
  row(0xc000030a, 'STATUS_CSS_REGION_MISMATCH', 0x8003030a | 0,
    copyProtected(': the disc is for another region than the drive')),
  row(0xc000030b, 'STATUS_CSS_RESETS_EXHAUSTED', 0x8003030b | 0,
    copyProtected(': the region of the drive cannot be set any more')),
  row(0xc00000c2, 'STATUS_ADAPTER_HARDWARE_ERROR', 57, adapter),
  row(0xc0000001, 'STATUS_UNSUCCESSFUL', 31, generic),
  row(0xc0000184, 'STATUS_INVALID_DEVICE_STATE', 22, wrongState),
  row(0xc000000d, 'STATUS_INVALID_PARAMETER', 87, rejected),
  row(0xc00000ef, 'STATUS_INVALID_PARAMETER_1', 87, rejected),
  row(0xc00000f0, 'STATUS_INVALID_PARAMETER_2', 87, rejected),
  row(0xc0000182, 'STATUS_DEVICE_CONFIGURATION_ERROR', 87, configuration),
  row(0xc0000004, 'STATUS_INFO_LENGTH_MISMATCH', 24, rejected),
  row(0xc0000023, 'STATUS_BUFFER_TOO_SMALL', 122, rejected),
  row(0x80000005, 'STATUS_BUFFER_OVERFLOW', 234, internal),
  row(0xc00000e8, 'STATUS_INVALID_USER_BUFFER', 1784, rejected),
  // The class driver returns these for sense codes about blocks and offloaded copies, whatever the command was.
  row(0xc0000015, 'STATUS_NONEXISTENT_SECTOR', 27, notAsked('the request names a block that does not exist')),
  row(0xc0000465, 'STATUS_INVALID_TOKEN', 315, notAsked('the token of a copy is not valid')),
  row(0xc0000473, 'STATUS_TOO_MANY_SEGMENT_DESCRIPTORS', 331, notAsked('the request has too many descriptors')),
  // The last of them: 26h/04h, invalid release of a reservation.
  row(0xc0000474, 'STATUS_INVALID_OFFSET_ALIGNMENT', 327, misaligned),
  row(0xc000009a, 'STATUS_INSUFFICIENT_RESOURCES', 1450, exhausted),
  row(0xc0000468, 'STATUS_DEVICE_INSUFFICIENT_RESOURCES', 322, deviceExhausted),
  row(0xc0000461, 'STATUS_DISK_RESOURCES_EXHAUSTED', 314, full),
  row(0xc0000120, 'STATUS_CANCELLED', 995, cancelled),
  row(0xc0000240, 'STATUS_REQUEST_ABORTED', 1235, cancelled),
  row(0x8000001d, 'STATUS_BUS_RESET', 1111, reset),
  row(0xc000022d, 'STATUS_RETRY', 1237, paused),
  row(0xc00000a2, 'STATUS_MEDIA_WRITE_PROTECTED', 19, writeProtected),
  row(0x00000103, 'STATUS_PENDING', 997, internal),
];

const byStatus: ReadonlyMap<number, StatusRow> = new Map(statusRows.map((one) => [one.status, one]));
/** Reversed, so that of several rows the first one stays. */
const byWin32: ReadonlyMap<number, StatusRow> = new Map([...statusRows].reverse().map((one) => [one.win32, one]));

/** The result of RtlNtStatusToDosError for an unknown status: ERROR_MR_MID_NOT_FOUND. */
export const unmappedWin32 = 317;

export function statusRow(ntstatus: number): StatusRow | undefined {
  return byStatus.get(ntstatus >>> 0);
}

/** The likeliest row for an open that returns a Win32 code and no NTSTATUS. */
export function win32Row(code: number): StatusRow | undefined {
  return byWin32.get(code);
}

/**
 * The description of a status. A status that is not in the table is `Failed`, with its number as its name, whatever Win32 code
 * came with it: several statuses become one Win32 code, and a guess would look like a fact.
 */
export function describeStatus(
  ntstatus: number | null, win32: number | null, stage: Stage, kind: DeviceKind = 'Disk',
): Description {
  // GetLastError gives unsigned numbers.
  const given = win32 === null ? null : win32 | 0;
  const found = ntstatus !== null ? statusRow(ntstatus) : given !== null ? win32Row(given) : undefined;
  const code = given ?? found?.win32 ?? (ntstatus === null ? null : unmappedWin32);
  const status = ntstatus === null ? null : ntstatus >>> 0;
  const name = status === null ? null : found?.name ?? hex32(status);
  const win32Name = code === null ? null : win32Names.get(code) ?? null;
  const override = stage === 'open' ? found?.atOpen : stage === 'reserve' ? found?.atReserve : undefined;
  const verdict = spokenOf(kind, stage, found?.offDisk,
    found ? { ...verdictOf(found), ...override } : unknown(status, code));
  const numbers = [
    status === null ? null : name === hex32(status) ? `NTSTATUS ${name}` : `${name} ${hex32(status)}`,
    code === null ? null : `Win32 ${code < 0 ? hex32(code) : code}${win32Name === null ? '' : ` ${win32Name}`}`,
  ].filter((part) => part !== null).join(', ');
  return {
    status, name, win32: code, win32Name, ...verdict,
    text: numbers === '' ? verdict.meaning : `${verdict.meaning} (${numbers})`,
  };
}

/** Rewords a sentence about a disk for a device of this kind. */
function spokenOf(kind: DeviceKind, stage: Stage, offDisk: OffDisk | undefined, verdict: Verdict): Verdict {
  if (kind === 'Disk') return verdict;
  const said = { ...verdict, ...(verdict.category === null ? {} : offDisk?.[stage === 'open' ? 'open' : 'release']) };
  return { ...said, nextStep: said.nextStep.replace(eventLog, eventLogOffDisk) };
}

const verdictOf = ({ outcome, category, meaning, nextStep }: StatusRow): Verdict =>
  ({ outcome, category, meaning, nextStep });

function unknown(status: number | null, win32: number | null): Verdict {
  const number = status !== null ? `status ${hex32(status)}`
    : win32 !== null ? `error ${win32}` : 'no status at all';
  return {
    outcome: 'Failed', category: 'NotSpecified',
    meaning: `Windows answered with ${number}, which this program does not know.`,
    nextStep: `Look the number up, and see what Windows logged: ${eventLog}.`,
  };
}
