// Compares the devices that one reading of the bus has found: which LUN has several numbers, and which other devices
// match a claim. Pure.

import { cleanText, folded } from '../text.ts';
import type { Claim } from './claim.ts';
import {
  type Identity, type Statement, agreedStatements, canBeLookedFor, deviceKey, identityDifference, isDescribed, isSameUnit,
} from './identity.ts';
import { isPlaceholder } from './no-statement.ts';

/** A device, as its identity was read. */
export interface Neighbour {
  readonly path: string;
  readonly identity: Identity;
}

/** The same for all texts that may be compared: they can differ in case, and in what cleaning takes from them. */
const keyOf = (text: string): string => folded(cleanText(text) ?? '');

export class Neighbours {
  /** In the order of the bus. */
  readonly #all = new Map<number, Neighbour>();
  readonly #byKey = new Map<string | null, Identity>();
  readonly #byUniqueId = new Map<string, Set<number>>();
  readonly #bySerial = new Map<string, Set<number>>();

  add(place: number, one: Neighbour): void {
    this.#all.set(place, one);
    this.#byKey.set(deviceKey(one.identity), one.identity);
    const put = (map: Map<string, Set<number>>, text: string) => {
      const key = keyOf(text);
      map.set(key, (map.get(key) ?? new Set()).add(place));
    };
    for (const id of one.identity.uniqueIds) put(this.#byUniqueId, id);
    if (one.identity.serialNumber !== null) put(this.#bySerial, one.identity.serialNumber);
  }

  /**
   * The devices that a claim describes by its texts: where some match more of these than others, only those.
   */
  meant(claim: Claim): Neighbour[] {
    const { uniqueId, serialNumber } = claim;
    const all = this.#at([...this.#with(this.#byUniqueId, uniqueId), ...this.#with(this.#bySerial, serialNumber)])
      .filter(({ identity }) => identityDifference(claim, identity) === null)
      .map((one) => ({ one, agreed: agreedStatements(claim, one.identity).length }));
    const most = Math.max(...all.map(({ agreed }) => agreed));
    return all.filter(({ agreed }) => agreed === most).map(({ one }) => one);
  }

  /** The device that the texts of a claim describe, where they describe no other one. */
  only(claim: Claim): Neighbour | null {
    const [one, ...more] = canBeLookedFor(claim) ? this.meant(claim) : [];
    if (one === undefined || more.length > 0) return null;
    return this.rivals(claim, one.identity, agreedStatements(claim, one.identity)).length > 0 ? null : one;
  }

  /** Devices that have the UniqueId of the claim, but do not match it otherwise. */
  near(claim: Claim): Neighbour[] {
    return this.#at(this.#with(this.#byUniqueId, claim.uniqueId))
      .filter(({ identity }) => agreedStatements(claim, identity).includes('UniqueId')
        && identityDifference(claim, identity) !== null);
  }

  /** The identity that was read of this same device; null where none was. */
  itself(identity: Identity): Identity | null {
    return this.#byKey.get(deviceKey(identity)) ?? null;
  }

  /** Devices whose UniqueId or serial number is shown as that of this device, which is among them; case is ignored. */
  alike(identity: Identity): Neighbour[] {
    const [id = null] = identity.uniqueIds;
    const { serialNumber } = identity;
    return this.#at([...this.#with(this.#byUniqueId, id),
      ...(serialNumber === null || isPlaceholder(serialNumber) ? [] : this.#with(this.#bySerial, serialNumber))]);
  }

  /** Devices that are the same LUN as this one, under other numbers. */
  sameUnit(identity: Identity): Neighbour[] {
    const self = deviceKey(identity);
    return this.#at(identity.uniqueIds.flatMap((id) => [...this.#with(this.#byUniqueId, id)]))
      .filter((one) => deviceKey(one.identity) !== self && isSameUnit(identity, one.identity));
  }

  /** Other LUNs that the statements of the claim describe which this device matches. */
  rivals(claim: Claim, identity: Identity, agreed: readonly Statement[]): Neighbour[] {
    const self = deviceKey(identity);
    if (agreed.length === 0) return [];
    const by = agreed.includes('UniqueId') ? this.#with(this.#byUniqueId, claim.uniqueId)
      : this.#with(this.#bySerial, claim.serialNumber);
    return this.#at(by).filter((one) => deviceKey(one.identity) !== self && !isSameUnit(identity, one.identity)
      && isDescribed(claim, one.identity, agreed));
  }

  #with(map: ReadonlyMap<string, ReadonlySet<number>>, text: string | null): Iterable<number> {
    return text === null ? [] : map.get(keyOf(text)) ?? [];
  }

  /** Each once, in the order of the bus. */
  #at(places: Iterable<number>): Neighbour[] {
    return [...new Set(places)].sort((a, b) => a - b).map((place) => this.#all.get(place)!);
  }
}
