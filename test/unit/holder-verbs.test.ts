// Rows of a search for holders as they come on the line: each kind, and each that is none.

import { describe, expect, test } from 'vitest';
import { keysAnswerIn } from '../../src/reservation/evidence.ts';
import { HolderVerbs, type WitnessFields } from '../../src/worker/holder-verbs.ts';

const base: WitnessFields = { step: 'rows', search: 1, rows: '', windowMs: 1000, epoch: 0 };
/** Host, sent, received, UniqueId, number, blocked, state, outcome, evidence, paths, and so on to the message. */
const disk = (blocked: string, number: string, bus: string, durationMs: string) =>
  ['o', '0', '10', '20.5', 'ID1', number, blocked, 'Unknown', 'Read', 'CHECK_VERIFY: STATUS_SUCCESS', '1', '', 'SER1',
    '', durationMs, 'host-a', bus, '', 'Read.'].join('\t');

function begun() {
  const told: string[] = [];
  const holders: string[] = [];
  const verbs = new HolderVerbs({
    reply: (id, kind, ...payload) => {
      told.push(`${id} ${kind}`);
      if (kind === 'holder') holders.push(JSON.stringify(payload));
    },
    final: (id, kind) => void told.push(`${id} final ${kind}`),
  });
  verbs.take(1, { ...base, step: 'begin' });
  verbs.take(2, { ...base, rows: 'h\thost-a\n\nh\thost-b\tsession\n' });
  return { told, holders, take: (rows: string, search = 1) => verbs.take(3, { ...base, rows, search }), verbs };
}

describe('rows', () => {
  test.each(['1', '0', ''])('of a disk, blocked %j', (blocked) => {
    const { told, take } = begun();
    take(`${disk(blocked, '', 'Windows', '')}\n${disk(blocked, '3', 'Rehearsal', '1.5')}`);
    expect(told).toContain('3 final done');
  });

  test('of what is over, failed, or was asked for nothing', () => {
    const { told, take } = begun();
    take(`${disk('0', '1', 'Windows', '2')}\nm\t0\tID1\nd\t0\nf\t1\tgone`);
    expect(told.at(-1)).toBe('3 final done');
    expect(told).toContain('1 final done');
  });

  test('of registrants, ports, and a reservation as it was read', () => {
    const { told, take } = begun();
    take(`${disk('0', '1', 'Windows', '2').replace('Unknown', 'Persistent')}\t0x00000000000000AA\tWrite Exclusive\t3\nd\t0\nd\t1`);
    expect(told).toContain('1 ask');
    take(`r\t0\tID1\t0x00000000000000AA iqn.x:gone (target port 1)\n${disk('0', '1', 'Windows', '2').replace('Unknown', 'Persistent')
      .replace('\t10\t', '\t30\t').replace('20.5', '40')}\t\t\t`);
    expect(told.filter((one) => one === '1 ask')).toHaveLength(3);
    take('p\t0\tiqn.x:a\np\t1\tnothing\nq\t0\nq\t1');
    expect(told).toContain('1 holder');
    expect(told).toContain('1 final done');
  });

  test('of a disk with keys of Clear-StorageReservation: those, and no others', () => {
    const { holders, take } = begun();
    const row = `${disk('0', '1', 'Windows', '2').replace('Unknown', 'Persistent')}\t\t\t3\t0x00000000000000AA 0x5352000000000001 nonsense`;
    take(`${row}\nd\t0\nf\t1\tgone`);
    take(`${row.replace('\t10\t', '\t30\t').replace('20.5', '40')}\n`);
    expect(holders.join()).toContain('0x5352000000000001 is a key that Clear-StorageReservation left behind');
    expect(holders.join()).not.toContain('0x00000000000000AA');
  });

  test('of a host that failed after it had said its name, by that name', () => {
    const { holders, take } = begun();
    take(`${disk('0', '1', 'Windows', '2')}\nd\t0\nf\t1\tgone\tHOST-B`);
    expect(holders.join()).toContain('HOST-B: gone');
    expect(holders.join()).not.toContain('host-b');
  });

  test.each([
    ['x\t1', /a row begins with "x"/], ['toString', /a row begins with "toString"/],
    ['o\t0\t1', /too short/], [disk('0', 'x', 'Windows', '1'), /"x" is no number/],
    ['d', /undefined is no number/], ['d\t1e3', /"1e3" is no number/],
  ])('%j is none', (row, message) => {
    expect(() => begun().take(row)).toThrow(message);
  });

  test('of a search that is over, or ends, are answered', () => {
    const { told, take, verbs } = begun();
    take('d\t0', 9);
    verbs.take(4, { ...base, step: 'end' });
    expect(told.slice(-3)).toContain('4 final done');
    expect(told).toContain('1 final done');
  });
});

test.each([
  ['READ KEYS: 0 keys', 'none'], ['CHECK_VERIFY: STATUS_SUCCESS; READ KEYS: 1 key', 'some'],
  ['READ KEYS: STATUS_DEVICE_BUSY', 'conflict'], ['READ KEYS: STATUS_NOT_SUPPORTED', 'unsupported'],
  ['READ KEYS: STATUS_ACCESS_DENIED', 'unread'], ['READ KEYS: nonsense', 'unread'], ['', 'unread'],
])('evidence %j: keys %s', (evidence, answer) => {
  expect(keysAnswerIn(evidence)).toBe(answer);
});
