// The rules one by one: who was answered what, and when, and what must come of it. Times in milliseconds.

import { describe, expect, test } from 'vitest';
import { type Decision, type Evidence, decide } from '../../src/holder/decide.ts';
import { HostClock } from '../../src/holder/host.ts';
import { type ReportedRow, observationOf } from '../../src/holder/observe.ts';
import type { Observation, Reading } from '../../src/holder/reading.ts';
import type { HolderResult } from '../../src/holder/result.ts';
import { HolderSearch } from '../../src/holder/search.ts';
import { keysAnswerIn } from '../../src/reservation/evidence.ts';

type Said = 'in' | 'out' | 'untold';
/** Host, what it said, sent, received; more of the reading. */
type Row = readonly [host: number, said: Said, sent: number, received: number, more?: Partial<Reading>];

const reading = ([host, said, sent, received, more = {}]: Row): Reading => ({
  host, sent, received, blocked: said === 'untold' ? null : said === 'out', read: said === 'in', keys: 'none', persistent: false,
  without: false, singlePath: true, number: host, startedAt: null, durationMs: 1, trouble: '', ...more,
});

function decided(rows: readonly Row[], more: Partial<Evidence> = {}): Decision {
  const readings = new Map<number, Reading[]>();
  for (const row of rows) readings.set(row[0], [...readings.get(row[0]) ?? [], reading(row)]);
  return decide({
    readings, missing: 0, silent: [], twice: [], rounds: 0, mayAsk: () => true, windowMs: 1000,
    narrow: ({ sent, received }) => ({ from: sent, to: received }),
    now: Math.max(...rows.map(([, , , received]) => received)), ...more,
  });
}

/** In short: the kind, and whom it is about. */
function short(decision: Decision): string {
  switch (decision.kind) {
    case 'ask': return `ask ${decision.hosts.join(',')}${decision.again ? ' again' : ''}`;
    case 'held': return `held by ${decision.holder}, proof ${decision.proof}, window ${decision.windowMs}`;
    case 'undecided': return `undecided: ${decision.reason}`;
    default: return decision.kind;
  }
}

const facts = { holderKey: null, type: null, generation: null, ownKeys: [] };
const own = { keys: 'conflict' } as const;
const unread = { keys: 'unread' } as const;
const paths = { singlePath: false } as const;
type Case = readonly [what: string, rows: readonly Row[], comes: string, more?: Partial<Evidence>];
const cases: readonly Case[] = [
  ['let in, another locked out, let in', [[0, 'in', 0, 10], [1, 'out', 20, 30], [0, 'in', 40, 50]],
    'held by 0, proof 1, window 50'],
  ['the first not surely before', [[0, 'in', 0, 20], [1, 'out', 20, 30], [0, 'in', 40, 50]], 'ask 1'],
  ['the second not surely after', [[0, 'in', 0, 10], [1, 'out', 20, 30], [0, 'in', 30, 50]], 'ask 1'],
  ['no longer than the window', [[0, 'in', 0, 10], [1, 'out', 20, 30], [0, 'in', 40, 1000]],
    'held by 0, proof 1, window 1000'],
  ['longer than the window', [[0, 'in', 0, 10], [1, 'out', 20, 30], [0, 'in', 900, 1001]], 'ask 1'],
  ['locked out in between itself',
    [[0, 'in', 0, 10], [0, 'out', 11, 12], [1, 'out', 20, 30], [0, 'in', 40, 50]], 'ask 1'],
  ['a third let in meanwhile',
    [[0, 'in', 0, 10], [1, 'out', 20, 30], [2, 'in', 31, 35], [2, 'out', 36, 37], [0, 'in', 40, 50]],
    'ask 0,1,2 again'],
  ['a third let in long before',
    [[2, 'in', 0, 1], [2, 'out', 2, 3], [0, 'in', 10, 15], [1, 'out', 20, 30], [0, 'in', 40, 50]],
    'held by 0, proof 1, window 40'],
  ['keys that nobody read', [[0, 'in', 0, 10, unread], [1, 'out', 20, 30, unread], [0, 'in', 40, 50, unread]],
    'undecided: keysUnread'],
  ['several paths of who is locked out', [[0, 'in', 0, 10], [1, 'out', 20, 30, paths], [0, 'in', 40, 50]],
    'held by 0, proof 1, window 50'],
  ['at first, the one locked out is asked, and then the other', [[0, 'in', 0, 10], [1, 'out', 5, 15]], 'ask 1'],
  ['who is locked out has been asked after it', [[0, 'in', 0, 10], [1, 'out', 11, 15]], 'ask 0'],
  ['a first reading that is too old to be used', [[0, 'in', 0, 10], [1, 'out', 11, 15]], 'ask 0', { now: 600 }],
  ['nobody to ask', [[0, 'in', 0, 10], [1, 'out', 5, 15]], 'undecided: noAnswer', { mayAsk: () => false }],
  ['it says itself that it holds it', [[0, 'in', 0, 10, own], [1, 'out', 5, 15]], 'held by 0, proof 1, window 1'],
  ['it says so by CHECK_VERIFY alone', [[0, 'in', 0, 10, { ...own, read: false }], [1, 'out', 5, 15]], 'ask 1'],
  ['it says so by CHECK_VERIFY alone, and nobody else sees it', [[0, 'in', 0, 10, { ...own, read: false }]], 'undecided: oneHost'],
  ['it says so, and nobody else sees it', [[0, 'in', 0, 10, own]], 'held by 0, proof null, window 1'],
  ['it says so, and others may tell yet', [[0, 'in', 0, 10, own]], 'wait', { missing: 1 }],
  ['it says so, and another is let in', [[0, 'in', 0, 10, own], [1, 'in', 5, 15]], 'ask 0,1 again'],
  ['two let in', [[0, 'in', 0, 10], [1, 'in', 5, 15]], 'free'],
  ['two let in, while a third has not told', [[0, 'in', 0, 10], [1, 'in', 5, 15]], 'free', { missing: 1 }],
  ['two let in, too far apart', [[0, 'in', 0, 10], [1, 'in', 990, 1011]], 'ask 0,1 again'],
  ['two let in, too far apart again and again',
    [[0, 'in', 0, 10], [1, 'in', 990, 1011]], 'undecided: window', { rounds: 4 }],
  ['two let in, no keys read', [[0, 'in', 0, 10, unread], [1, 'in', 5, 15, unread]], 'undecided: keysUnread'],
  ['two let in, one locked out', [[0, 'in', 0, 10], [1, 'in', 5, 15], [2, 'out', 5, 15]], 'ask 0,1,2 again'],
  ['and so it goes on',
    [[0, 'in', 0, 10], [1, 'in', 5, 15], [2, 'out', 5, 15]], 'undecided: changing', { rounds: 4 }],
  ['one let in, alone', [[0, 'in', 0, 10]], 'undecided: oneHost'],
  ['one let in, another that could not tell', [[0, 'in', 0, 10], [1, 'untold', 0, 9]], 'ask 1'],
  ['which was asked again', [[0, 'in', 0, 10], [1, 'untold', 0, 9], [1, 'untold', 10, 19]], 'undecided: oneHost'],
  ['keys', [[0, 'in', 0, 10], [1, 'out', 5, 15, { persistent: true }]], 'persistent'],
  ['a bus without reservations', [[0, 'in', 0, 10, { without: true, keys: 'unsupported' }]], 'free'],
  ['one host, locked out', [[0, 'out', 0, 10]], 'unlisted'],
  ['one host, locked out, of two', [[0, 'out', 0, 10]], 'undecided: silent', { silent: [1] }],
  ['one host, locked out, keys unread', [[0, 'out', 0, 10, unread]], 'undecided: keysUnread'],
  ['all locked out, but one may tell yet', [[0, 'out', 0, 10], [1, 'out', 0, 10]], 'wait', { missing: 1 }],
  ['all locked out: one again', [[0, 'out', 0, 10], [1, 'out', 0, 15]], 'ask 0'],
  ['then all others', [[0, 'out', 0, 10], [1, 'out', 0, 15], [2, 'out', 0, 16], [0, 'out', 20, 25]], 'ask 1,2'],
  ['not surely after it', [[0, 'out', 0, 10], [1, 'out', 0, 15], [0, 'out', 20, 25], [1, 'out', 25, 30]], 'ask 1'],
  ['before and after it',
    [[0, 'out', 0, 10], [1, 'out', 0, 15], [0, 'out', 20, 25], [1, 'out', 26, 30]], 'unlisted'],
  ['before and after it, too far apart',
    [[0, 'out', 0, 10], [1, 'out', 0, 15], [0, 'out', 20, 25], [1, 'out', 26, 1001]],
    'ask 0,1 again'],
  ['all locked out, one with several paths', [[0, 'out', 0, 10, paths], [1, 'out', 0, 15]], 'undecided: multipath'],
  ['all locked out, one cannot be asked again', [[0, 'out', 0, 10], [1, 'out', 0, 15], [0, 'out', 20, 25]],
    'undecided: noAnswer', { mayAsk: (host) => host === 0 }],
  ['all locked out, one was let in', [[0, 'in', 0, 4], [0, 'out', 5, 10], [1, 'out', 0, 15]], 'ask 0,1 again'],
  ['two disks of one identity on a host', [[0, 'in', 0, 10], [1, 'out', 5, 15]], 'undecided: twice', { twice: [0] }],
  ['nobody could tell', [[0, 'untold', 0, 10]], 'undecided: untold'],
];

for (const [what, rows, comes, more] of cases) {
  test(what, () => expect(short(decided(rows, more))).toBe(comes));
}

describe('when a reading was made', () => {
  const at = (sent: number, startedAt: number, durationMs: number, received: number): Reading =>
    reading([0, 'in', sent, received, { startedAt, durationMs }]);

  test('the readings of one host narrow each other', () => {
    const clock = new HostClock();
    // Its clock is 5,000 ms ahead; two of three readings were on their way for long, at one end each.
    const rows = [at(0, 5500, 10, 512), at(0, 5600, 10, 900), at(590, 5591, 10, 900)];
    for (const row of rows) clock.learn(row);
    const { from, to } = clock.narrow(rows[1]!);
    expect(from).toBeLessThanOrEqual(600);
    expect(to).toBeGreaterThanOrEqual(610);
    expect(to - from).toBeLessThan(20);
  });

  test('a clock that was set bounds nothing', () => {
    const clock = new HostClock();
    const rows = [at(0, 5000, 10, 20), at(100, 9100, 10, 120)];
    for (const row of rows) clock.learn(row);
    expect(clock.consistent).toBe(false);
    expect(clock.narrow(rows[0]!)).toEqual({ from: 0, to: 20 });
  });
});

test('what READ KEYS came to is read out of the evidence', () => {
  const said = (phrase: string) =>
    keysAnswerIn(`CHECK_VERIFY: STATUS_SUCCESS; READ KEYS: ${phrase}; READ RESERVATION: none`);
  expect(['0 keys', '1 key', '300 keys', 'STATUS_DEVICE_BUSY', 'STATUS_INVALID_DEVICE_REQUEST',
    'STATUS_IO_TIMEOUT', 'cut short, 8 of 16 bytes', 'not sent, it needs an elevated session'].map(said))
    .toEqual(['none', 'some', 'some', 'conflict', 'unsupported', 'unread', 'unread', 'unread']);
  expect(keysAnswerIn('')).toBe('unread');
});

test('a host does not see a disk when each of its devices has said that it is another', () => {
  const row = (more: Partial<ReportedRow>): ReportedRow => ({
    UniqueId: 'X', Number: null, FriendlyName: null, SerialNumber: null, Blocked: null, Evidence: '', PathCount: null,
    DurationMs: 1, ComputerName: 'h', Bus: 'Rehearsal', Message: 'M.', DevicePath: null, State: 'Unknown',
    Outcome: 'NotFound', StartedAt: null, HolderKey: null, Type: null, Generation: null, Keys: null, ...more,
  });
  const told = (more: Partial<ReportedRow>) => {
    const { absent, unheard } = observationOf(row(more), 0, 0, 1);
    return [absent, unheard];
  };
  const Evidence = "identity: not reported by 1 of this computer's devices";
  expect(told({})).toEqual([true, false]);
  expect(told({ Evidence })).toEqual([true, true]);
  expect(told({ DevicePath: String.raw`\\.\PhysicalDrive1`, Evidence })).toEqual([false, false]);
  expect(told({ Outcome: 'AccessDenied' })).toEqual([false, false]);
});

describe('a search', () => {
  function begin(hosts: number) {
    const told: string[] = [];
    const results: HolderResult[] = [];
    const search = new HolderSearch(1000, 0, {
      ask: (host, id) => void told.push(`ask ${host} ${id}`),
      holder: (result) => {
        const { UniqueId, State, Holder } = result;
        results.push(result);
        told.push(`${UniqueId} ${State}${Holder === null ? '' : ` ${Holder}`}`);
      },
      complete: () => void told.push('complete'),
    });
    for (let i = 0; i < hosts; i += 1) search.host(`host-${i}`, `session-${i}`);
    const row = (uniqueId: string | null, ...its: Row): Observation => ({
      ...reading(its), kind: 'Disk', uniqueId, friendlyName: null, serialNumber: null, computer: `h${its[0]}`, bus: 'Rehearsal',
      absent: false, unheard: false, facts,
    });
    return { search, told, row, results };
  }

  test('forgets what it has told, and needs no more than it has asked', () => {
    const { search, told, row } = begin(2);
    search.observed(row('X', 0, 'in', 0, 10));
    expect(search.undecided).toBe(1);
    search.observed(row('X', 1, 'out', 0, 11));
    expect(told).toEqual(['ask 1 X']);
    search.observed(row('X', 1, 'out', 20, 30));
    search.observed(row('x', 0, 'in', 40, 50));
    expect(told.slice(1)).toEqual(['ask 0 X', 'X HeldBy h0']);
    expect(search.undecided).toBe(0);
    search.observed(row('X', 1, 'in', 60, 70));
    search.finished(0);
    search.failed(1, 'gone');
    expect(told.slice(3)).toEqual(['complete']);
  });

  test('a host with devices that did not say which they are may hold it, and is not told as seeing it', () => {
    const outcome = (unheard: boolean) => {
      const told: string[] = [];
      const asked: [number, string][] = [];
      const search = new HolderSearch(1000, 0, {
        ask: (host, id) => void asked.push([host, id]),
        holder: ({ State, SeenBy }) => void told.push(`${State}, seen by ${SeenBy}`),
        complete: () => {},
      });
      for (let i = 0; i < 2; i += 1) search.host(`host-${i}`, `session-${i}`);
      const row = (its: Row, absent: boolean): Observation => ({
        ...reading(its), kind: 'Disk', uniqueId: 'X', friendlyName: null, serialNumber: null, computer: `h${its[0]}`,
        bus: 'Rehearsal', absent, unheard: absent && unheard, facts,
      });
      search.observed(row([0, 'untold', 0, 10], true));
      search.observed(row([1, 'out', 0, 11], false));
      search.finished(0);
      search.finished(1);
      for (let at = 20; asked.length > 0 && at < 200; at += 20) {
        search.observed(row([asked.shift()![0], 'out', at, at + 10], false));
      }
      return told;
    };
    expect(outcome(false)).toEqual(['HeldByUnlistedHost, seen by h1']);
    expect(outcome(true)).toEqual(['Undecided, seen by h1']);
  });

  test('a host that cannot see a disk holds none; one that failed may', () => {
    const { search, told, row } = begin(3);
    search.observed(row('X', 0, 'out', 0, 10));
    search.finished(0);
    search.finished(1);
    expect(told).toEqual([]);
    search.finished(2);
    expect(told).toEqual(['X HeldByUnlistedHost', 'complete']);
    const other = begin(2);
    other.search.observed(other.row('X', 0, 'out', 0, 10));
    other.search.failed(1, 'gone');
    expect(other.told).toEqual(['X Undecided']);
  });

  describe('one computer by two sessions', () => {
    const begun = (hosts = 2) => {
      const all = begin(hosts);
      const observed = (computer: string, ...its: Row) => all.search.observed({ ...all.row('X', ...its), computer });
      return { ...all, observed };
    };

    test('has answered, and is no silent host that may hold the disk', () => {
      const { search, told, observed } = begun();
      observed('a', 0, 'out', 0, 10);
      search.finished(0);
      observed('A', 1, 'out', 0, 11);
      search.finished(1);
      expect(told).toEqual(['X HeldByUnlistedHost', 'complete']);
    });

    test('whose second session dies afterwards, too', () => {
      const { search, told, observed } = begun();
      observed('a', 0, 'out', 0, 10);
      search.finished(0);
      observed('a', 1, 'out', 0, 11);
      search.failed(1, 'gone');
      search.failed(1, 'gone again');
      search.finished(1);
      expect(told).toEqual(['X HeldByUnlistedHost', 'complete']);
    });

    test('is waited for: two computers may have one name, and the second may be the holder', () => {
      const { search, told, observed } = begun();
      observed('a', 0, 'out', 0, 10);
      search.finished(0);
      search.observed({ ...begin(2).row('Y', 1, 'out', 0, 11), computer: 'a' });
      expect(told).toEqual([]);
      observed('a', 1, 'in', 0, 12);
      expect(told).toEqual(['X Undecided']);
      search.finished(1);
      expect(told).toEqual(['X Undecided', 'complete']);
    });

    test('also where the second names the disk first', () => {
      const { search, told, observed, row } = begun(3);
      search.observed({ ...row('Y', 0, 'out', 0, 10), computer: 'a' });
      observed('a', 1, 'in', 0, 11);
      search.observed({ ...row(null, 1, 'in', 0, 11), computer: 'a' });
      observed('a', 0, 'out', 0, 12);
      observed('a', 1, 'in', 0, 13);
      search.finished(1);
      // Its last rows may come late.
      search.observed({ ...row('W', 0, 'out', 0, 14), computer: 'a' });
      search.observed({ ...row('W', 1, 'out', 0, 15), computer: 'a' });
      expect(told).toEqual([]);
      for (let host = 0; host < 3; host += 1) search.finished(host);
      expect(told).toEqual(['Y HeldByUnlistedHost', 'X Undecided', 'W HeldByUnlistedHost', 'complete']);
    });

    test('a question that it was asked before it said its name is not waited for', () => {
      const { search, told, row } = begun();
      search.observed({ ...row('X', 1, 'untold', 0, 10), computer: '' });
      search.observed({ ...row('X', 0, 'out', 0, 11), computer: 'a' });
      search.finished(0);
      search.finished(1);
      expect(told).toEqual(['ask 1 X']);
      search.observed({ ...row('X', 1, 'out', 20, 30), computer: 'a' });
      expect(told.at(-1)).toBe('complete');
    });
  });

  test('a disk that does not say which it is may be any; a device that is no disk is none', () => {
    for (const [number, state] of [[7, 'Undecided'], [null, 'HeldByUnlistedHost']] as const) {
      const { search, told, row } = begin(2);
      search.observed({ ...row(null, 1, 'in', 0, 9), number });
      search.observed(row('X', 0, 'out', 0, 10));
      search.finished(0);
      search.finished(1);
      expect(told.at(-2)).toBe(`X ${state}`);
    }
  });

  test('hosts are named in their order, whoever answered first', () => {
    for (const order of [[0, 1, 2, 3], [3, 1, 0, 2]]) {
      const { search, results, row } = begin(5);
      for (const host of order) search.observed(row('X', host, 'out', 0, 10, paths));
      search.failed(4, 'gone');
      for (const host of order) search.finished(host);
      expect(results).toMatchObject([{ State: 'Undecided', SeenBy: 'h0, h1, h2, h3', BlockedOn: 'h0, h1, h2, h3',
        Message: expect.stringMatching(/^Every host is locked out, and h0, h1, h2, h3 may have several paths/) }]);
    }
  });

  describe('one identifier and several serial numbers', () => {
    const begun = (hosts: number) => {
      const { search, told, row, results } = begin(hosts);
      const observed = (serialNumber: string | null, ...its: Row) =>
        search.observed({ ...row('X', ...its), serialNumber });
      return { search, told, observed, results };
    };

    test('every host that is known is named, with its number', () => {
      const early = begun(4);
      early.observed('SER-A', 2, 'out', 0, 10, paths);
      early.observed(null, 1, 'out', 0, 10, paths);
      early.observed('ser-a', 0, 'out', 0, 10, paths);
      early.observed('SER-B', 3, 'out', 0, 10, paths);
      expect(early.results).toMatchObject([{ State: 'Undecided', SeenBy: 'h0, h1, h2, h3', SerialNumber: null,
        Message: 'One identifier, and several serial numbers: h0, h2 (ser-a) and h3 (SER-B) see different LUNs, and readings of different LUNs '
          + 'cannot be combined. h1 reports no serial number.' }]);
      // The same where a row of the first LUN was told before.
      const late = begun(5);
      late.observed(null, 4, 'out', 0, 9);
      late.observed('SER-A', 2, 'out', 0, 10);
      late.observed('SER-A', 1, 'in', 0, 11, own);
      late.observed('ser-a ', 0, 'out', 20, 30);
      late.observed('SER-B', 3, 'in', 20, 31);
      expect(late.told).toEqual(['X HeldBy h1', 'X Undecided']);
      expect(late.results[1]).toMatchObject({ SeenBy: 'h0, h1, h2, h3, h4', Evidence: expect.stringMatching(
        /^h0 says serial number SER-A; h1 says serial number SER-A; h2 says serial number SER-A; h3 says serial number SER-B; h3 let in/),
      Message: expect.stringContaining('h0, h1, h2 (SER-A) and h3 (SER-B) see different LUNs, and readings of different LUNs cannot be combined. '
        + 'h4 reports no serial number.') });
    });

    test('is several LUNs: neither held by anybody nor free', () => {
      const { told, observed } = begun(2);
      // As two tgt servers do: each gives its first LUN the same NAA.
      observed('SER-A', 0, 'out', 0, 10);
      observed('SER-B', 1, 'in', 0, 11, own);
      expect(told).toEqual(['X Undecided']);
    });

    test('also where the first is told already: then the second is told to be another', () => {
      const { told, observed, search } = begun(4);
      observed('SER-A', 0, 'out', 0, 10);
      observed('ser-a ', 1, 'in', 0, 11, own);
      expect(told).toEqual(['X HeldBy h1']);
      observed('SER-A', 2, 'out', 20, 30);
      observed('SER-B', 3, 'in', 20, 31);
      observed('SER-C', 3, 'in', 20, 32);
      expect(told).toEqual(['X HeldBy h1', 'X Undecided']);
      for (let host = 0; host < 4; host += 1) search.finished(host);
      expect(told.at(-1)).toBe('complete');
    });

    test('where nobody had said one, the first that is said is the one', () => {
      const { told, observed } = begun(4);
      observed(null, 0, 'out', 0, 10);
      observed('0', 1, 'in', 0, 11, own);
      observed('SER-A', 2, 'out', 20, 30);
      observed('SER-A', 3, 'out', 20, 31);
      expect(told).toEqual(['X HeldBy h1']);
    });

    test('what stands for no number differs from nothing', () => {
      const { told, observed } = begun(2);
      observed('SER-A', 0, 'out', 0, 10);
      observed('To be filled by O.E.M.', 1, 'in', 0, 11, own);
      expect(told).toEqual(['X HeldBy h1']);
    });
  });

  test('two rows of a disk from one host are two disks of one identity', () => {
    const { search, told, row } = begin(2);
    search.observed(row('X', 0, 'out', 0, 10));
    search.observed(row('X', 0, 'in', 0, 11));
    search.finished(0);
    search.finished(1);
    expect(told).toEqual(['X Undecided', 'complete']);
  });

  test('a question without an answer, and an end before the answers', () => {
    const { search, told, row } = begin(2);
    search.observed(row('X', 0, 'out', 0, 10));
    search.observed(row('X', 1, 'out', 0, 10));
    search.observed(row('Y', 0, 'in', 0, 10));
    search.finished(0);
    search.finished(1);
    expect(told).toEqual(['ask 0 X', 'Y Undecided']);
    search.missed(0, 'X');
    expect(told.slice(2)).toEqual(['X Undecided', 'complete']);
    const other = begin(2);
    other.search.observed(other.row('X', 0, 'out', 0, 10));
    other.search.end();
    expect(other.told).toEqual(['X Undecided', 'complete']);
  });
});
