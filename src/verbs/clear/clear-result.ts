// The result of Clear-StorageReservation: the columns of a release, and further ones.

import type { ClixmlObject } from '../../clixml/clixml.ts';
import { resultItem } from '../../result/items.ts';
import type { Answer, ReleaseResult } from '../../result/result.ts';
import type { Method } from './methods.ts';

/** Names and order are API. */
export interface ClearResult extends ReleaseResult {
  readonly Method: Method;
  /** Key of the holder in the first reading; null where nobody held a reservation, or every registrant did. */
  readonly HolderKey: string | null;
  /** SPC's name of the type of the persistent reservation in the first reading. */
  readonly Type: string | null;
  /** Number of registrations in the first reading; null where they could not be read. */
  readonly KeyCount: number | null;
  /** Registrations whose initiator READ FULL STATUS named, one a line: key and initiator. */
  readonly Registrants: string | null;
  /** Keys that are proved to be gone, each with the number of its registrations in brackets; null where none is. */
  readonly Removed: string | null;
  /** Number of registrations in the last reading; null where they could not be read. */
  readonly KeysLeft: number | null;
  /** PRgeneration in the first and in the last reading. */
  readonly GenerationBefore: number | null;
  readonly GenerationAfter: number | null;
  /** The key that this command registered, or that -OwnKey told it to take back; null where there is none. */
  readonly OwnKey: string | null;
  /** Whether OwnKey is still registered; null: not known. False where there is no such key. */
  readonly OwnKeyLeft: boolean | null;
  /** Whether the registration of OwnKey was undone after a failure; null where nothing had to be undone. */
  readonly Undone: boolean | null;
}

export interface ClearAnswer extends Answer {
  readonly result: ClearResult;
}

/** Property by property in the order of ClearResult. */
export function clearItem(r: ClearResult): ClixmlObject {
  const text = (value: string | null) => (value === null ? null : { S: value });
  const count = (value: number | null) => (value === null ? null : { U32: value });
  const flag = (value: boolean | null) => (value === null ? null : { B: value });
  return [
    ...resultItem(r),
    ['Method', text(r.Method)],
    ['HolderKey', text(r.HolderKey)],
    ['Type', text(r.Type)],
    ['KeyCount', count(r.KeyCount)],
    ['Registrants', text(r.Registrants)],
    ['Removed', text(r.Removed)],
    ['KeysLeft', count(r.KeysLeft)],
    ['GenerationBefore', count(r.GenerationBefore)],
    ['GenerationAfter', count(r.GenerationAfter)],
    ['OwnKey', text(r.OwnKey)],
    ['OwnKeyLeft', flag(r.OwnKeyLeft)],
    ['Undone', flag(r.Undone)],
  ];
}

/** Whether a result is one of this command. */
export const isClearResult = (result: ReleaseResult): result is ClearResult => 'Method' in result;
