// Events: an id of its own for each outcome of a change, one readable line, and no result that waits for one.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type LogEvent, resultEvent } from '../../src/log/event.ts';
import { EventJournal, type LogSource } from '../../src/log/result-log.ts';
import { resultItem } from '../../src/result/items.ts';
import type { ReleaseResult } from '../../src/result/result.ts';
import { eventMarkdown, eventRow, eventRows } from '../../src/status/events.ts';
import { outcomeRow, outcomes } from '../../src/status/outcomes.ts';
import { Worker } from '../../src/worker/worker.ts';
import { noLogs } from './no-logs.ts';
import { ScriptedBus, disk } from './scripted-bus.ts';
import { VirtualClock } from './virtual-clock.ts';

const result: ReleaseResult = {
  Number: 3, DevicePath: '\\\\.\\PhysicalDrive3', FriendlyName: 'IBM 2145', SerialNumber: 'S-3', UniqueId: '6005', BusType: 'Sas',
  IdentifiedBy: 'Number', Outcome: 'Conflict', NtStatus: null, NtStatusName: null, Win32Error: null, Information: null,
  ReservationBefore: null, ReservationAfter: null, Attempts: 1, DurationMs: 1, StartedAt: new Date(0), ComputerName: 'C', Bus: 'Windows',
  ProvedBy: null, Message: 'Keys are registered.', NextStep: 'Clear them.',
};
const origin = { user: 'CORP\\eve', commandLine: 'release 3', version: '1.2.3' };

describe('the table', () => {
  test('has each outcome of a change once, and an id of its own for each', () => {
    expect(eventRows.map(({ outcome }) => outcome).sort())
      .toEqual(outcomes.map(({ name }) => name).filter((name) => name !== 'Read').sort());
    expect(new Set(eventRows.map(({ id }) => id)).size).toBe(eventRows.length);
    // Ids tell the level, and what is good is information.
    for (const { id, level, outcome } of eventRows) {
      expect(Math.floor(id / 1000)).toBe({ Information: 1, Warning: 2, Error: 3 }[level]);
      expect(level === 'Information').toBe(outcomeRow(outcome).exitCode === 0);
    }
    expect(eventRow('Read')).toBe(null);
  });

  test('is what docs/event-ids.md says', () =>
    expect(eventMarkdown()).toMatchFileSnapshot('../../docs/event-ids.md'));

  test('has the outcomes that Get-StorageReleaseLog takes', () => {
    const text = readFileSync(new URL('../../ps/public/Get-StorageReleaseLog.ps1', import.meta.url), 'utf8');
    const names = [.../\[ValidateSet\(([^)]*)\)\]/.exec(text)![1]!.matchAll(/'(\w+)'/g)].map(([, name]) => name!);
    expect(names.sort()).toEqual(eventRows.map(({ outcome }) => outcome as string).sort());
  });

  test('has the source that the module registers', () => {
    const text = readFileSync(new URL('../../ps/unattended/event/EventSource.ps1', import.meta.url), 'utf8');
    expect(eventMarkdown()).toContain(`source ${/EventSourceName = '(\w+)'/.exec(text)![1]},`);
    expect(eventMarkdown()).toContain(`Log ${/EventLogName = '(\w+)'/.exec(text)![1]},`);
  });
});

describe('an event', () => {
  test('is one line that says what happened, to what, by whom', () => {
    expect(resultEvent('release', origin, resultItem(result))).toEqual({ id: 2007, level: 'Warning',
      text: 'release of disk 3 (IBM 2145, serial number S-3, UniqueId 6005): Conflict. Keys are registered. Clear them. '
        + 'Run by CORP\\eve: release 3. StorageRelease 1.2.3.' });
    const bare = { ...result, Number: null, DevicePath: null, FriendlyName: null, SerialNumber: null, UniqueId: null, NextStep: '' };
    expect(resultEvent('clear', origin, [...resultItem(bare), ['Method', { S: 'Reset' }]])?.text)
      .toBe('clear (Reset) of a disk that was not found: Conflict. Keys are registered. Run by CORP\\eve: release 3. '
        + 'StorageRelease 1.2.3.');
    const tape = { ...bare, DevicePath: '\\\\.\\Tape0' };
    expect(resultEvent('release', origin, resultItem(tape))?.text).toContain('release of \\\\.\\Tape0: ');
  });

  test('has no line of a device, and an end', () => {
    const odd = { ...result, FriendlyName: 'a\nb\u001b[31m\u202e%1', Message: 'x'.repeat(9999) };
    const text = resultEvent('release', origin, resultItem(odd))!.text;
    expect(text).toMatch(/^release of disk 3 \(a b\?\[31m\?% 1, /);
    expect(text).toHaveLength(4000);
  });

  test('is none of what only reads', () =>
    expect(resultEvent('status', origin, resultItem({ ...result, Outcome: 'Read' }))).toBe(null));
});

describe('a journal', () => {
  const source = (write: (event: LogEvent) => Promise<void>): LogSource => ({
    ...noLogs, events: async () => ({ write }),
    files: async () => ({ user: () => 'somebody' }) as unknown as Awaited<ReturnType<LogSource['files']>>,
  });

  test('waits five seconds for an event service that hangs, and ignores errors', async () => {
    const clock = new VirtualClock();
    let done = false;
    void new EventJournal(source(() => new Promise(() => {})), clock).write('release', 'x', resultItem(result)).then(() => { done = true; });
    await clock.advance(4_999);
    expect(done).toBe(false);
    await clock.advance(1);
    expect(done).toBe(true);
    await new EventJournal(source(() => Promise.reject(new Error('no'))), clock).write('release', 'x', resultItem(result));
    await new EventJournal(noLogs, clock).write('release', 'x', resultItem(result));
  });

  test('of a worker has real disks alone: what was sent and what was refused, not what was planned', async () => {
    const clock = new VirtualClock();
    const events: LogEvent[] = [];
    const lines: string[] = [];
    const worker = new Worker(clock, { windows: async () => new ScriptedBus(clock, [disk(1)]), rehearsal: () => Promise.reject(new Error('none')) },
      (line) => lines.push(line), source(async (event) => void events.push(event)));
    for (const line of ['id=1&verb=release&number=1', 'id=2&verb=release&number=1&plan=1', 'id=3&verb=status&number=1',
      'id=4&verb=release&path=C']) worker.take(line);
    await clock.advance(60_000);
    expect(lines).toHaveLength(4);
    expect(events.map(({ id }) => id).sort()).toEqual([1000, 2000]);
    expect(events[0]!.text).toContain('Run by somebody: PowerShell.');
  });
});
