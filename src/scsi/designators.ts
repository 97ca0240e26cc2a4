// Designators of the device identification page 83h (SPC-4 clause 7.8.6) as text, the way that Windows shows them.
// https://learn.microsoft.com/windows-hardware/drivers/storage/msft-disk (UniqueId, UniqueIdFormat)

import { latin1, unpadded } from '../text.ts';

/** One designator of the device identification page 83h. */
export interface Designator {
  /** 1 binary, 2 ASCII, 3 UTF-8. */
  readonly codeSet: number;
  /** 0 vendor specific, 1 T10 vendor id, 2 EUI-64, 3 NAA, 8 SCSI name string. */
  readonly type: number;
  /** 0 logical unit, 1 target port, 2 target device. */
  readonly association: number;
  readonly identifier: Uint8Array;
}

/** DESIGNATOR TYPE. */
export const designatorType = { vendorSpecific: 0, t10VendorId: 1, eui64: 2, naa: 3, scsiNameString: 8 } as const;

/** CODE SET. */
export const codeSet = { binary: 1, ascii: 2, utf8: 3 } as const;

/** ASSOCIATION: only the logical unit's own designators name the disk; those of a port stand for many disks. */
const logicalUnit = 0;

/** The text forms of the designators of one type. */
interface TypeForms {
  readonly type: number;
  /** Goes before the digits of a binary designator: with it and without it, it is the same name. */
  readonly prefix: string;
}

/** In Windows' order of preference. The prefixes are those of SCSI name strings (SPC-4 clause 7.8.6.11). */
const preference: readonly TypeForms[] = [
  { type: designatorType.scsiNameString, prefix: '' },
  { type: designatorType.naa, prefix: 'naa.' },
  { type: designatorType.eui64, prefix: 'eui.' },
  { type: designatorType.t10VendorId, prefix: '' },
  { type: designatorType.vendorSpecific, prefix: '' },
];

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();

/** Invalid UTF-8 stays as bytes, so that two different names never become the same text. */
function utf8(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : latin1(bytes);
}

/** By CODE SET: the characters of the identifier, without padding. */
const decoders = new Map<number, (bytes: Uint8Array) => string>([
  [codeSet.binary, hex],
  [codeSet.ascii, (bytes) => unpadded(latin1(bytes))],
  [codeSet.utf8, (bytes) => unpadded(utf8(bytes))],
]);

/** `naa.` or `eui.` before hexadecimal digits: a SCSI name string that says no more than the digits do. */
const prefixed = /^(?:naa|eui)\.([0-9a-f]+)$/i;

/**
 * The texts that MSFT_Disk.UniqueId can be for a disk with these designators, each once, the one that Windows
 * prefers first: type 8, 3, 2, 1, 0, and the order of the page within a type. Binary is upper-case hexadecimal,
 * with and without its prefix; text is as it is, without padding. None for a page that does not name the logical
 * unit. Compare them folded, and clean the one that is shown (see text.ts).
 */
export function uniqueIdForms(designators: readonly Designator[]): string[] {
  const found = new Set<string>();
  for (const { type, prefix } of preference) {
    for (const designator of designators) {
      if (designator.type !== type || designator.association !== logicalUnit) continue;
      const text = decoders.get(designator.codeSet)?.(designator.identifier) ?? '';
      if (text === '') continue;
      found.add(text);
      if (designator.codeSet === codeSet.binary) found.add(prefix + text);
      found.add(prefixed.exec(text)?.[1] ?? text);
    }
  }
  return [...found];
}
