// The verb `witness`, a search for holders: the answers of the hosts come in; questions to ask again, and the holder of
// each disk, go out. The rules are in holder/; this file only encodes and decodes.
//
// - `step=begin&window=15000&epoch=1767225600000` opens a search and stays open: its replies are `ask` (host,
//   UniqueId, and what: `Reading`, `Registrants` as well, or the host's own `Ports`, of no disk) and `holder` (with its
//   error category, or an empty string); then `done`, when every host has finished or failed and nothing is undecided,
//   or after `end`. `epoch` is the UTC time, in milliseconds, at 0 of the parent's clock.
// - `step=rows&search=ID&rows=...` hands in answers, and is answered by `done` at once. Rows end with LF, their fields
//   with TAB:
//     h  label  session                   a host; its index is its place among these rows, which come first
//     r  host  uniqueId  registrant       a line of its Registrants, before the `o` row that it belongs to
//     o  host  sent  received  ...        a row of Get-StorageReservation (`observed`); times on the parent's clock
//     p  host  name                       one of its initiator ports
//     q  host                             the host has told all its ports, or cannot tell them
//     d  host                             the host has told all its disks
//     f  host  reason  label              the host answers no more; `label` is its own name, where known by now
//     m  host  uniqueId                   an `ask` that was not answered
// - `step=end&search=ID` ends the search: disks that are undecided are reported as such.

import type { ClixmlItem } from '../clixml/clixml.ts';
import { type ReportedRow, observationOf } from '../holder/observe.ts';
import { holderCategory, holderItem } from '../holder/result.ts';
import { HolderSearch } from '../holder/search.ts';

export interface WitnessFields {
  readonly step: 'begin' | 'rows' | 'end' | null;
  readonly search: number;
  readonly rows: string;
  readonly windowMs: number;
  readonly epoch: number;
}

interface Replier {
  /** Sends a reply of the search with this id; not its final one. */
  reply(id: number, kind: 'ask' | 'holder', ...payload: ClixmlItem[]): void;
  final(id: number, kind: 'done' | 'error', ...payload: ClixmlItem[]): void;
}

export class HolderVerbs {
  readonly #searches = new Map<number, HolderSearch>();
  readonly #out: Replier;

  constructor(out: Replier) {
    this.#out = out;
  }

  /** @throws RangeError for an invalid row */
  take(id: number, { step, search: searchId, rows, windowMs, epoch }: WitnessFields): void {
    if (step === 'begin') {
      this.#searches.set(id, new HolderSearch(windowMs, epoch, {
        ask: (host, uniqueId, what) => {
          this.#out.reply(id, 'ask', [['Host', { U32: host }], ['UniqueId', { S: uniqueId }], ['What', { S: what }]]);
        },
        holder: (result) => this.#out.reply(id, 'holder', holderItem(result), { S: holderCategory(result) ?? '' }),
        complete: () => {
          this.#searches.delete(id);
          this.#out.final(id, 'done', { S: '' });
        },
      }));
      return;
    }
    const search = this.#searches.get(searchId);
    // The search may have been completed by earlier rows.
    if (search !== undefined && step === 'end') search.end();
    else if (search !== undefined) {
      for (const row of rows.split('\n')) if (row !== '') takeRow(search, row.split('\t'));
    }
    this.#out.final(id, 'done', { S: '' });
  }
}

type Taker = (search: HolderSearch, fields: readonly string[]) => void;

const takers: Readonly<Record<string, Taker>> = {
  h: (search, [, label, session]) => search.host(text(label), text(session)),
  r: (search, [, host, uniqueId, registrant]) => search.registrant(numberOf(host), text(uniqueId), text(registrant)),
  o: (search, fields) => search.observed(observed(fields)),
  p: (search, [, host, name]) => search.port(numberOf(host), text(name)),
  q: (search, [, host]) => search.portsTold(numberOf(host)),
  d: (search, [, host]) => search.finished(numberOf(host)),
  f: (search, [, host, reason, label]) => search.failed(numberOf(host), text(reason), text(label)),
  m: (search, [, host, uniqueId]) => search.missed(numberOf(host), text(uniqueId)),
};

function takeRow(search: HolderSearch, fields: readonly string[]): void {
  const taker = Object.hasOwn(takers, fields[0]!) ? takers[fields[0]!] : undefined;
  if (taker === undefined) throw new RangeError(`a row begins with ${JSON.stringify(fields[0])}`);
  taker(search, fields);
}

/** The fields of an `o` row in their order. An empty field means null. */
function observed([
  , host, sent, received, uniqueId, number, blocked, state, outcome, evidence, paths, friendlyName, serialNumber,
  startedAt, durationMs, computer, bus, devicePath, message, holderKey, type, generation, ownKeys,
]: readonly string[]) {
  if (message === undefined) throw new RangeError('a row of a disk is too short');
  const row: ReportedRow = {
    UniqueId: textOrNull(uniqueId), Number: numberOrNull(number), FriendlyName: textOrNull(friendlyName),
    SerialNumber: textOrNull(serialNumber), Blocked: blocked === '1' ? true : blocked === '0' ? false : null,
    State: text(state), Outcome: text(outcome), Evidence: text(evidence), PathCount: numberOrNull(paths),
    StartedAt: numberOrNull(startedAt), DurationMs: numberOrNull(durationMs) ?? 0, ComputerName: text(computer),
    Bus: bus === 'Rehearsal' ? 'Rehearsal' : 'Windows', DevicePath: textOrNull(devicePath), Message: message,
    HolderKey: textOrNull(holderKey), Type: textOrNull(type), Generation: numberOrNull(generation ?? ''),
    Keys: textOrNull(ownKeys),
  };
  return observationOf(row, numberOf(host), numberOf(sent), numberOf(received));
}

const text = (field: string | undefined): string => field ?? '';
const textOrNull = (field: string | undefined): string | null =>
  (field === undefined || field === '' ? null : field);

function numberOf(field: string | undefined): number {
  if (field === undefined || !/^-?[0-9]{1,16}(?:\.[0-9]{1,9})?$/.test(field)) {
    throw new RangeError(`${JSON.stringify(field)} is no number`);
  }
  return Number(field);
}

const numberOrNull = (field: string | undefined): number | null => (field === '' ? null : numberOf(field));
