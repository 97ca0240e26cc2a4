// Names for a prompt: many devices in one reply, none of them cut, and none that waits for one that hangs.

import { describe, expect, test } from 'vitest';
import type { InventoryRow } from '../../src/bus/bus.ts';
import { longestClixmlLine } from '../../src/clixml/clixml.ts';
import { BriefList, briefRow } from '../../src/worker/brief-list.ts';
import { reply } from '../../src/worker/reply.ts';
import { VirtualClock } from './virtual-clock.ts';

const device = (more: Partial<InventoryRow> = {}): InventoryRow => ({
  path: String.raw`\\.\PhysicalDrive3`, number: 3, friendlyName: 'IBM 2145', serialNumber: 'S', uniqueId: '6005', busType: 'Fibre',
  boot: false, system: false, clustered: false, multipath: null, reported: null, ...more,
});

function gather(): { readonly list: BriefList; readonly clock: VirtualClock; readonly texts: string[] } {
  const clock = new VirtualClock();
  const texts: string[] = [];
  return { clock, texts, list: new BriefList(clock, (rows) => texts.push(rows)) };
}

describe('a row', () => {
  test.each<[string, Partial<InventoryRow>, string]>([
    ['has what is known', {}, '3|\\\\.\\PhysicalDrive3|IBM 2145|S|6005|Fibre|'],
    ['names roles', { boot: true, system: true, clustered: true, multipath: true }, '3|\\\\.\\PhysicalDrive3|IBM 2145|S|6005|Fibre|bscm'],
    ['is empty where nothing is known', { number: null, friendlyName: null, serialNumber: null, uniqueId: null, busType: null },
      '|\\\\.\\PhysicalDrive3|||||'],
    ['leaves out what is too long, or would be another row', { friendlyName: 'a\tb', serialNumber: 'x'.repeat(513), uniqueId: 'a\nb' },
      '3|\\\\.\\PhysicalDrive3||||Fibre|'],
  ])('%s', (_, more, expected) => expect(briefRow(device(more)).replaceAll('\t', '|')).toBe(expected));
});

describe('a list', () => {
  test('fits into its lines, whatever the texts are, and is never cut', () => {
    const { list, texts } = gather();
    const rows = Array.from({ length: 300 }, (_, number) => device({ number, friendlyName: '\u2028'.repeat(512), serialNumber: '\u00e4'.repeat(512) }));
    for (const row of rows) list.add(row);
    list.flush();
    expect(texts.join('\n').split('\n')).toEqual(rows.map(briefRow));
    for (const text of texts) expect(reply(1, 'disks', { S: text }).length).toBeLessThan(longestClixmlLine);
  });

  test('of a thousand disks is twelve replies at most', () => {
    const { list, texts } = gather();
    for (let number = 0; number < 1000; number++) list.add(device({ number, uniqueId: '6'.repeat(32), serialNumber: '5060A7F10001' }));
    list.flush();
    expect(texts.length).toBeLessThanOrEqual(12);
  });

  test('does not keep what is known for what hangs', async () => {
    const { list, clock, texts } = gather();
    list.add(device());
    expect(texts).toEqual([]);
    await clock.advance(20);
    expect(texts).toEqual([briefRow(device())]);
    list.flush();
    await clock.advance(1000);
    expect(texts).toHaveLength(1);
  });
});
