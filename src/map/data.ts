// The data for the page's script: compact, because 200 hosts and 1,000 disks are 200,000 cells.

/** The kinds of answers to a host; each is one character of `cells`. */
export const cellKinds = {
  h: { glyph: '\u25cf', word: 'holds it' },
  i: { glyph: '\u25cb', word: 'let in' },
  r: { glyph: '\u25c6', word: 'let in, keys on the LUN' },
  b: { glyph: '\u00d7', word: 'locked out' },
  v: { glyph: '\u2013', word: 'not asked, or not asked further' },
  s: { glyph: '?', word: 'silent or not read' },
  '.': { glyph: '', word: 'not in its results' },
} as const;

export type CellKind = keyof typeof cellKinds;

/** Whether a cell can be compared with another time: nothing is known about a host that was not asked or is silent. */
export const isTold = (kind: CellKind): boolean => kind !== 'v' && kind !== 's';

export const isOtherCell = (now: CellKind, was: CellKind): boolean => now !== was && isTold(now) && isTold(was);

/** In the initial order of the rows. */
export const lunKinds = {
  held: 'Held', persistent: 'Persistent', undecided: 'Undecided', free: 'Free',
} as const;

export type LunKind = keyof typeof lunKinds;

/**
 * What one host was answered: host, number of the disk there plus 1, milliseconds since `epoch` plus 1, and the
 * places in `texts` of state, evidence, keys, holder's key, type, registrants, message, next step. 0 is null
 * everywhere; zeros at the end are left out.
 */
export type Reading = readonly number[];

export const readingTexts = [
  'State', 'Evidence', 'Keys', 'Key of the holder', 'Type', 'Registrants', 'Message', 'Next step',
] as const;

export interface Before {
  readonly state: string;
  readonly cells: string;
  /** Key and type of the persistent reservation, each only where it has changed. */
  readonly holderKey?: string;
  readonly type?: string;
}

export interface Lun {
  readonly name: string;
  readonly uniqueId: string | null;
  readonly serialNumber: string | null;
  readonly kind: LunKind;
  readonly state: string;
  /** Places in `hosts`; several, where each registrant holds it. */
  readonly holders: readonly number[];
  /** The persistent reservation, as far as any host could read it. */
  readonly persistent: {
    readonly holderKey: string | null; readonly type: string | null; readonly registrants: readonly string[];
  } | null;
  /** A character of cellKinds for each host. */
  readonly cells: string;
  readonly twice: boolean;
  readonly message: string;
  readonly nextStep: string;
  readonly evidence: readonly string[];
  /** Milliseconds since 1970. */
  readonly heldAt: number | null;
  readonly readings: readonly Reading[];
  /** The change since the earlier results, by what both tell; null without a change, or without earlier results. */
  readonly change: 'new' | 'gone' | 'changed' | null;
  readonly before: Before | null;
}

export interface MapData {
  readonly hosts: readonly string[];
  /** Of hosts that did not answer, why; by place in `hosts`. */
  readonly silent: Readonly<Record<string, string>>;
  readonly epoch: number;
  readonly texts: readonly string[];
  readonly luns: readonly Lun[];
  /** Whether there were earlier results. */
  readonly compared: boolean;
  /** The time of the newest result, and of the newest earlier one, milliseconds since 1970. */
  readonly newestAt: number | null;
  readonly beforeAt: number | null;
  /** Number of results that were replaced by a newer one of the same disk and host. */
  readonly replaced: number;
}
