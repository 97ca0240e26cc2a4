// Commands that take disks declare their parameters each for itself: help and tab completion read them there. What they
// have in common is the same, word for word.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const text = (name: string) => readFileSync(new URL(`../../ps/public/${name}.ps1`, import.meta.url), 'utf8');

/** Name of each parameter to its declaration, comments left out. */
function parameters(name: string): Map<string, string> {
  const block = /^ {4}param\(\n([\s\S]*?)^ {4}\)$/m.exec(text(name))?.[1] ?? '';
  return new Map(block.trimEnd().split(/,\n\n/).map((one) => {
    const declared = one.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#')).join('\n');
    return [/^\$(\w+)/m.exec(declared)![1]!, declared] as const;
  }));
}

/** What the command does once its parameters are bound. */
const flow = (name: string) => text(name).slice(text(name).indexOf('        if ($Session) {\n'));

describe('commands that take disks', () => {
  const release = parameters('Invoke-StorageRelease');
  test.each(['Invoke-StorageReserve', 'Get-StorageReservation'])('%s declares what it shares with Invoke-StorageRelease alike', (name) => {
    const own = parameters(name);
    const shared = [...own.keys()].filter((one) => release.has(one));
    expect(shared).toEqual(expect.arrayContaining(['InputObject', 'Number', 'UniqueId', 'SerialNumber', 'Path', 'Session', 'DeviceType',
      'TimeoutSec', 'ThrottleLimit']));
    for (const one of shared) expect(own.get(one)).toBe(release.get(one));
  });

  test('Find-StorageReservationHolder too, but for what it must have', () => {
    const own = parameters('Find-StorageReservationHolder');
    for (const one of ['DeviceType', 'TimeoutSec', 'ThrottleLimit']) expect(own.get(one)).toBe(release.get(one));
  });

  test.each(['Invoke-StorageReserve', 'Get-StorageReservation'])('%s goes through the same flow', (name) => {
    expect(flow(name)).toBe(flow('Invoke-StorageRelease'));
    expect(flow(name).length).toBeGreaterThan(300);
  });
});
