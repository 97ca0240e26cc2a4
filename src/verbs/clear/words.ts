// What a question says before a reservation is cleared, and the texts of the result that are lists.

import type { Details } from '../../reservation/details.ts';
import { keyText } from '../../scsi/persistent-reservations.ts';
import { deviceWords } from '../../status/devices.ts';
import { type Course, survivedBefore } from './course.ts';
import { typeText } from './keys.ts';
import { type Situation, type Wish, isShared, keysText, multipathRemark, resetCost } from './rules.ts';

/** At most so many registrations are listed; the rest is counted. */
const mostLines = 400;
const mostNames = 8;

/** Each key once, with the number of its registrations. */
export function countedKeys(keys: readonly bigint[]): string {
  const counts = new Map<bigint, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return listed([...counts].map(([key, count]) => `${keyText(key)} (${count})`), mostLines).join(', ');
}

/** Key and initiator, one a line; null where READ FULL STATUS was not answered. */
export function registrantLines(details: Details | null): string | null {
  const registrants = details?.fullStatus?.registrants ?? null;
  return registrants === null ? null
    : listed(registrants.map(({ key, initiator, holder }) => `${keyText(key)} ${initiator.text}${holder ? ' (holder)' : ''}`), mostLines)
      .join('\n');
}

function listed(all: readonly string[], most: number): string[] {
  return all.length <= most ? [...all] : [...all.slice(0, most), `and ${all.length - most} more`];
}

/** One or more sentences: what would be sent, which hosts that affects, and what could not be checked. */
export function planText(wish: Wish, situation: Situation, course: Course, unchecked: readonly string[]): string {
  const { protections } = situation;
  const byKeys = wish.method === 'Clear' || wish.method === 'Preempt' || wish.ownKey !== null;
  const begins = wish.method === 'Clear' || wish.method === 'Preempt';
  const left = wish.method === 'Clear' ? 'If it fails half-way, registrations' : 'Registrations that are left';
  return [
    ...what(wish, situation, course),
    ...(begins && situation.owners === undefined
      ? ['If this host has registered one of its keys, REGISTER conflicts, and nothing is changed.'] : []),
    ...(byKeys && protections.has('Multipath') ? [multipathRemark] : []),
    ...(byKeys && survivedBefore(course) === null
      ? [`${left} may not survive a loss of power any more (APTPL): whether they do now could not be read.`] : []),
    ...(unchecked.length > 0 ? [`Not checked: ${unchecked.join(', ')}.`] : []),
  ].join(' ');
}

function what(wish: Wish, situation: Situation, course: Course): string[] {
  const { keys, reservation, findings: { kind } } = situation;
  const device = deviceWords[kind];
  const held = reservation === null ? 'No reservation is held.'
    : `Held: ${typeText(reservation)}${isShared(reservation) ? ', by every registrant' : `, key ${keyText(reservation.key)}`}.`;
  switch (wish.method) {
    case 'Release': return wish.ownKey === null ? [`RELEASE would be sent to the ${device}.`]
      : [`${situation.owners === undefined ? `${named([wish.ownKey], course.details)}, if that is this host,` : `${keyText(wish.ownKey)} of this host`
        } would be taken back. Other keys stay.`];
    case 'Clear': return [
      `CLEAR would remove ${reservation === null ? '' : 'the reservation and '}${keysText(keys.length)}: ${named(keys, course.details)}. ${held}`,
      `Hosts that still run and work with the ${device} lose their access by them, and may register again.`];
    case 'Preempt': return [
      `PREEMPT${wish.abort ? ' AND ABORT' : ''} would remove ${keyText(wish.holderKey!)} alone: `
        + `${named(keys.filter((key) => key === wish.holderKey), course.details)}. ${held}`,
      `${keys.filter((key) => key === wish.holderKey).length > 1 ? 'Every' : 'The'} host with that key loses its access${wish.abort ? ', and its outstanding commands are aborted' : ''}; other keys stay.`];
    case 'Reset': return [`IOCTL_STORAGE_BREAK_RESERVATION would be sent to the adapter of the ${device}: ${resetCost(situation)}.`,
      'A host that still runs may reserve it again.'];
  }
}

/** Keys, with their initiators where READ FULL STATUS named those. */
function named(keys: readonly bigint[], details: Details | null): string {
  const registrants = details?.fullStatus?.registrants ?? null;
  const texts = registrants === null ? [countedKeys(keys)]
    : registrants.filter(({ key }) => keys.includes(key)).map(({ key, initiator }) => `${keyText(key)} of ${initiator.text}`);
  return listed(texts, mostNames).join(', ');
}
