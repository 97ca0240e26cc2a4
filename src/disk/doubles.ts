// Disks of one computer that have the same UniqueId or serial number. The user is told, because a disk that is named
// by such a text may not be the one that is meant. Pure.

import { capital, folded } from '../text.ts';
import { isNameOf, isSerialOf } from './identity.ts';
import { isPlaceholder } from './no-statement.ts';

/** A disk's name and identity. */
export interface Named {
  readonly name: string;
  readonly vendorId: string | null;
  /** As results show it; null: it has none. */
  readonly uniqueId: string | null;
  readonly serialNumber: string | null;
}

type What = 'uniqueId' | 'serialNumber';

/** The comparisons of a claim with a device, so that what is said here holds for claims. */
const compared = { uniqueId: isNameOf, serialNumber: isSerialOf } as const;

const isStated = (text: string | null): text is string => text !== null && !isPlaceholder(text);

/** Whether both disks have that text, and the same one. */
function share(one: Named, other: Named, what: What): boolean {
  const [text, own] = [one[what], other[what]];
  return isStated(text) && isStated(own) && compared[what](text, own, other.vendorId);
}

/** At most so many disks are named; the rest is counted. */
const mostNamed = 8;

/** One sentence for each UniqueId and each serial number that several of these disks have, in their order. */
export function doubles(disks: readonly Named[]): string[] {
  const sentences: string[] = [];
  for (const group of groups(disks, 'uniqueId')) {
    const [first, ...more] = group.filter(({ serialNumber }) => isStated(serialNumber));
    sentences.push(`${names(group)} have the same UniqueId, ${group[0]!.uniqueId}, and ${
      more.some((one) => !share(first!, one, 'serialNumber'))
        ? 'different serial numbers: the UniqueId identifies none of them'
        : 'no different serial numbers: they are taken for one LUN over several paths'}.`);
  }
  for (const group of groups(disks, 'serialNumber')) {
    const [first, ...more] = group;
    // Several paths of one LUN have been reported by their UniqueId already.
    if (more.every((one) => share(first!, one, 'uniqueId'))) continue;
    sentences.push(`${names(group)} have the same serial number, ${first!.serialNumber}, and different `
      + 'UniqueIds or none: the serial number identifies none of them.');
  }
  return sentences;
}

/** Disks that have a text in common, where there are several. */
function groups(disks: readonly Named[], what: What): Named[][] {
  /** By the text in lower case: those that may differ in case alone. */
  const alike = new Map<string, Named[][]>();
  for (const disk of disks) {
    const text = disk[what];
    if (!isStated(text)) continue;
    const key = folded(text);
    const found = alike.get(key) ?? [];
    alike.set(key, found);
    const group = found.find((each) => each.some((one) => share(one, disk, what)));
    if (group === undefined) found.push([disk]);
    else group.push(disk);
  }
  return [...alike.values()].flat().filter((group) => group.length > 1);
}

function names(group: readonly Named[]): string {
  const shown = group.slice(0, mostNamed).map(({ name }) => name);
  const more = group.length - shown.length;
  const all = more > 0 ? `${shown.join(', ')} and ${more} more` : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
  return capital(all);
}
