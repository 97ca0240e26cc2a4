// What comes back of Clear-StorageReservation: the columns of a release, and what is its own.

import type { ClixmlObject } from '../../clixml/clixml.ts';
import { resultItem } from '../../result/items.ts';
import type { Answer, ReleaseResult } from '../../result/result.ts';
import type { Method } from './methods.ts';

/** Names and order are API. */
export interface ClearResult extends ReleaseResult {
  readonly Method: Method;
  /** Key of the holder as it was read first; null where there was none, or every registrant held. */
  readonly HolderKey: string | null;
  /** SPC's name of the type of the persistent reservation as it was read first. */
  readonly Type: string | null;
  /** Registrations that were read first; null where they could not be read. */
  readonly KeyCount: number | null;
  /** Those whose initiator READ FULL STATUS told, one a line: key and initiator. */
  readonly Registrants: string | null;
  /** Keys that are gone, each with the number of its registrations in brackets; null where nothing is proved. */
  readonly Removed: string | null;
  /** Registrations that are left, as read last; null where they could not be read. */
  readonly KeysLeft: number | null;
  /** PRgeneration, read first and read last. */
  readonly GenerationBefore: number | null;
  readonly GenerationAfter: number | null;
  /** The key that this command registered, or was told to take back; null where it was none. */
  readonly OwnKey: string | null;
  /** Whether that key is still registered; null: not known. False where there was none. */
  readonly OwnKeyLeft: boolean | null;
  /** Whether what had been begun was taken back; null where nothing had to be. */
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
