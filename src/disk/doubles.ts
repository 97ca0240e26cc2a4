// Disks of one computer that have the same UniqueId or serial number. The user is told, because a disk that is named
// by such a text may not be the one that is meant. Pure.

import { capital, folded } from '../text.ts';
import { isPlaceholder } from './no-statement.ts';

/** A disk's name and identity. */
export interface Named {
  readonly name: string;
  /** As the disk answers it; null: it has none. */
  readonly uniqueId: string | null;
  readonly serialNumber: string | null;
}

/** At most so many disks are named; the rest is counted. */
const mostNamed = 8;

/** One sentence for each UniqueId and each serial number that several of these disks have, in their order. */
export function doubles(disks: readonly Named[]): string[] {
  const stated = (text: string | null) => (text === null || isPlaceholder(text) ? null : folded(text));
  const sentences: string[] = [];
  for (const group of groups(disks, ({ uniqueId }) => stated(uniqueId))) {
    const serials = new Set(group.map(({ serialNumber }) => stated(serialNumber)).filter((serial) => serial !== null));
    sentences.push(`${names(group)} have the same UniqueId, ${group[0]!.uniqueId}, and ${serials.size > 1
      ? 'different serial numbers: the UniqueId identifies none of them'
      : 'no different serial numbers: they are taken for one LUN over several paths'}.`);
  }
  for (const group of groups(disks, ({ serialNumber }) => stated(serialNumber))) {
    // Several paths of one LUN have been reported by their UniqueId already.
    const units = new Set(group.map(({ uniqueId, name }) => stated(uniqueId) ?? `no UniqueId, ${name}`));
    if (units.size < 2) continue;
    sentences.push(`${names(group)} have the same serial number, ${group[0]!.serialNumber}, and different `
      + 'UniqueIds or none: the serial number identifies none of them.');
  }
  return sentences;
}

function groups(disks: readonly Named[], by: (disk: Named) => string | null): Named[][] {
  const found = new Map<string, Named[]>();
  for (const disk of disks) {
    const key = by(disk);
    if (key === null) continue;
    const group = found.get(key);
    if (group === undefined) found.set(key, [disk]);
    else group.push(disk);
  }
  return [...found.values()].filter((group) => group.length > 1);
}

function names(group: readonly Named[]): string {
  const shown = group.slice(0, mostNamed).map(({ name }) => name);
  const more = group.length - shown.length;
  const all = more > 0 ? `${shown.join(', ')} and ${more} more` : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
  return capital(all);
}
