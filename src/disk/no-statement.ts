// Texts in the place of a UniqueId or serial number that identify nothing: placeholders of firmware, drivers, people
// and spreadsheets, and what Windows makes up for a device without an identifier. Pure tables.

import { folded } from '../text.ts';

interface PlaceholderRow {
  readonly what: string;
  readonly is: (folded: string) => boolean;
  /** Where such texts were seen. */
  readonly source: string;
}

export const placeholderWords: ReadonlySet<string> = new Set([
  'n/a', 'na', 'n.a.', '#n/a', 'none', '(none)', 'no', 'null', '(null)', 'nil', 'undefined', 'unknown', 'unspecified',
  'not specified', 'not available', 'not applicable', 'not present', 'unavailable', 'invalid', 'empty', 'blank', 'tbd',
  'default', 'default string', 'oem', 'o.e.m.', 'to be filled by o.e.m.', 'to be filled by o.e.m', 'serial', 'serial number',
  'serialnumber', 'serial_number', 'system serial number', 'sernum', 'sn', 's/n', 'no serial', 'no serial number',
]);

/** Digits in sequence: typed by people who have to fill in something, and the serial number of many USB bridges. */
export const counted = ['0123456789abcdef'.repeat(4), '1234567890'.repeat(7), '123456789abcdef', '0123456789'.repeat(7), 'abcdefghijklmnopqrstuvwxyz'];

/** The first row that matches decides. */
export const placeholderRows: readonly PlaceholderRow[] = [
  { what: 'zeros and what separates them', is: (text) => /^[0 ._:-]+$/.test(text),
    source: 'MSFT_Disk of Hyper-V and RAID volumes ("0"); NVMe 1.0 devices without EUI-64, github.com/spdk/spdk/issues/86 '
      + '("0000_0000_0000_0000.")' },
  { what: 'one character over and over', is: (text) => /^(.)\1*$/.test(text),
    source: 'erased flash (FF), inventories ("-", "?", "XXXXXXXX")' },
  { what: 'characters counted up', is: (text) => text.length >= 4 && counted.some((run) => run.startsWith(text)),
    source: 'USB bridges ("0123456789ABCDEF", "123456789012"): openmediavault issues 896, 1816, 1970' },
  { what: 'a word for nothing', is: (text) => placeholderWords.has(text),
    source: 'SMBIOS strings of boards that nobody filled in (dmidecode), Get-CimInstance exports, spreadsheets' },
  { what: 'the id that old virtio drivers give every disk', is: (text) => text === '3141463431303031',
    source: 'github.com/virtio-win/kvm-guest-drivers-windows/issues/353' },
];

/** Whether a text identifies nothing: any number of devices may have it. */
export function isPlaceholder(text: string): boolean {
  const key = folded(text).replace(/^(?:eui|naa)\./, '');
  return placeholderRows.some(({ is }) => is(key));
}

/**
 * The serial numbers that QEMU counts up in each virtual machine: they tell the disks of one computer apart, and no computers.
 * hw/ide/core.c ("QM%05d"); github.com/zhaodice/qemu-anti-detection/issues/114
 */
export const isCountedPerMachine = (serialNumber: string): boolean => /^qm[0-9]{5}$/.test(folded(serialNumber));

interface MadeUpRow {
  readonly what: string;
  readonly form: RegExp;
  readonly source: string;
}

/** UniqueIds that Windows makes up where page 83h has no name: they cannot be compared with what a device answers. */
export const madeUpRows: readonly MadeUpRow[] = [
  { what: 'a GUID in braces', form: /^\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}$/i,
    source: 'MSFT_PhysicalDisk.UniqueId of disks without page 83h' },
  { what: 'a Plug and Play device instance, with the computer after a colon', form: /^[a-z0-9_]+\\.*$/i,
    source: 'MSFT_Disk.UniqueId of format "Vendor Specific": github.com/dsccommunity/StorageDsc/issues/104, '
      + 'github.com/ansible/ansible/pull/51595 (SCSI\\DISK&VEN_VMWARE&PROD_VIRTUAL_DISK\\5&1F2A051C&0&000300:HOST), and '
      + 'USBSTOR\\..., IDE\\...' },
];

export const isMadeUp = (uniqueId: string): boolean => madeUpRows.some(({ form }) => form.test(uniqueId.trim()));
