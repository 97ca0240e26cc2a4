// The worker and logs: what it writes before it answers, what it gives of a log, and what it says where it cannot.

import { describe, expect, test } from 'vitest';
import type { Access, Bus, Opening } from '../../src/bus/bus.ts';
import { rehearsalOf } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import { IOCTL_STORAGE_PERSISTENT_RESERVE_OUT } from '../../src/bus/sdk/control-codes.ts';
import { jsonText } from '../../src/clixml/json-text.ts';
import type { EventSink, LogEvent } from '../../src/log/event.ts';
import { LogProblem } from '../../src/log/log-system.ts';
import { recordsOnPage } from '../../src/log/reader.ts';
import type { LogSource } from '../../src/log/result-log.ts';
import { Worker } from '../../src/worker/worker.ts';
import { FakeFiles } from './fake-files.ts';
import { ScriptedBus, disk } from './scripted-bus.ts';
import { VirtualClock } from './virtual-clock.ts';

const clock = () => new VirtualClock(1000);

const shelf = (time: VirtualClock) => rehearsalOf(JSON.stringify({ version: 1, thisHost: 'a',
  logicalUnits: [{ name: 'free' }, { name: 'keys', target: 'tgt', registrations: [{ initiator: 'b', key: '0xB1' }] }],
  hosts: { a: { disks: [{ number: 1, unit: 'free' }, { number: 2, unit: 'keys' }] }, b: {} } }), { clock: time });

function start(bus: Bus, time: VirtualClock, logs: LogSource | null) {
  const lines: string[] = [];
  const worker = new Worker(time, { windows: async () => bus, rehearsal: () => Promise.reject(new Error('none')) },
    (line) => lines.push(line), logs);
  /** Kinds and texts of the replies to a request. */
  const ask = async (...requests: readonly string[]): Promise<string[]> => {
    lines.length = 0;
    for (const line of requests) worker.take(line);
    await time.runAll();
    return lines.map((one) => one.replaceAll(/<[^>]*>/g, ' ').replaceAll(/ +/g, ' ').trim());
  };
  return { ask };
}

function source(files: FakeFiles, events: EventSink | null = null): LogSource {
  return { files: async () => files, events: async () => events, fullPath: (file) => `/${file}`, computer: 'C', processId: 7, version: '1' };
}

const run = (files = new FakeFiles()) => {
  const time = clock();
  return { files, ...start(shelf(time), time, source(files)) };
};

describe('what is told is in the log', () => {
  test('a line for each result, opened once; a plan is none', async () => {
    const { files, ask } = run();
    await ask('id=1&verb=release&number=1&plan=1&log=x');
    expect(files.text('/x')).toBe('');
    await ask('id=2&verb=release&number=1&log=x');
    await ask('id=3&verb=clear&method=Clear&number=2&log=x');
    const records = files.text('/x').trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(records.map(({ Command, Outcome, CommandLine, ProcessId }) => [Command, Outcome, CommandLine, ProcessId]))
      .toEqual([['release', 'Accepted', 'PowerShell', 7], ['clear', undefined, 'PowerShell', 7], ['clear', 'Cleared', 'PowerShell', 7]]);
    expect(records[1]).toMatchObject({ Kind: 'OwnKey', DevicePath: String.raw`\\.\PhysicalDrive2`, OwnKey: records[2]!['OwnKey'] });
    expect(files.done.filter((step) => step === 'open')).toHaveLength(1);
  });

  test('a key is in the log before it is sent, and is shown for a run without a result', async () => {
    const { files, ask } = run();
    const time = clock();
    const bus = shelf(time);
    const written: string[] = [];
    const open = bus.open.bind(bus);
    const { ask: watched } = start(Object.assign(bus, { open: async (path: string, access: Access): Promise<Opening> => {
      const opening = await open(path, access);
      if (opening.disk === undefined) return opening;
      const { disk: handle } = opening;
      return { disk: { read: (length) => handle.read(length), cancel: () => handle.cancel(), close: () => handle.close(),
        control: (code: number, input: Uint8Array | null, length: number) => {
          if (code === IOCTL_STORAGE_PERSISTENT_RESERVE_OUT) written.push(files.text('/x'));
          return handle.control(code, input, length);
        } } };
    } }), time, source(files));
    await watched('id=1&verb=clear&method=Clear&number=2&log=x');
    const [first] = written;
    const key = (JSON.parse(first!) as { OwnKey: string }).OwnKey;
    expect(key).toMatch(/^0x5352/);
    files.put('/x', first!);
    const [record, done] = await ask('id=2&verb=log&file=x');
    expect(record).toContain('2 clearrecord');
    expect(record).toContain(`Clear-StorageReservation -Number 2 -Method Release -OwnKey ${key} on this host takes the key of this command back`);
    expect(done).toBe('2 done');
  });

  test('a key that cannot be written down is not sent', async () => {
    const { files, ask } = run();
    await ask('id=1&verb=release&number=1&log=x');
    files.fails.set('write', () => Promise.reject(new LogProblem('the disk is full')));
    const said = (await ask('id=2&verb=clear&method=Clear&number=2&log=x')).at(-1);
    expect(said).toContain('Refused');
    expect(said).toContain('The log x cannot be written: the disk is full. Nothing was sent.');
    files.fails.clear();
    expect((await ask('id=3&verb=clear&method=Clear&number=2&log=x')).at(-1)).toContain('Cleared');
  });

  test('a log that cannot be opened: nothing is sent, and it is tried again for the next request', async () => {
    const { files, ask } = run();
    files.fails.set('open', () => Promise.reject(new LogProblem('no such folder')));
    expect((await ask('id=1&verb=release&number=1&log=x')).at(-1)).toContain('The log x cannot be written: no such folder. Nothing was sent.');
    files.fails.clear();
    expect((await ask('id=2&verb=release&number=1&log=x')).at(-1)).toContain('Accepted');
    expect(files.text('/x').split('\n')).toHaveLength(2);
  });

  test('one that cannot be written any more costs the line, and a warning', async () => {
    const { files, ask } = run();
    files.fails.set('write', () => Promise.reject(new LogProblem('the disk is full')));
    const said = await ask('id=1&verb=release&number=1&log=x');
    expect(said[0]).toBe('1 warning Not in the log x: the disk is full.');
    expect(said.at(-1)).toContain('Accepted');
  });

  test('is looked at again before each request, and opened by all rules for each pipeline', async () => {
    const { files, ask } = run();
    const opens = () => files.done.filter((step) => step === 'open').length;
    await ask('id=1&group=1&verb=release&number=1&log=x');
    await ask('id=2&group=1&verb=release&number=1&log=x');
    expect(opens()).toBe(1);
    await ask('id=3&group=2&verb=release&number=1&log=x');
    await ask('id=4&group=2&verb=release&number=1&log=x');
    expect(opens()).toBe(2);
    files.fails.set('open', () => Promise.reject(new LogProblem('others can change it')));
    expect((await ask('id=5&group=2&verb=release&number=1&log=x')).at(-1)).toContain('Accepted');
    for (const id of [6, 7]) {
      expect((await ask(`id=${id}&group=3&verb=release&number=1&log=x`)).at(-1))
        .toContain('The log x cannot be written: others can change it. Nothing was sent.');
    }
    files.fails.clear();
    files.byPath.get('/x')!.bytes = Buffer.from('my notes');
    expect((await ask('id=8&group=2&verb=release&number=1&log=x')).at(-1)).toContain('it is another file, not a log');
    expect(files.text('/x')).toBe('my notes');
  });

  test('one that hung is given up by its pipeline, and opened anew by the next', async () => {
    const { files, ask } = run();
    files.fails.set('write', () => new Promise<never>(() => {}));
    expect((await ask('id=1&group=1&verb=release&number=1&log=x'))[0]).toContain('Not in the log x: it did not respond');
    files.fails.clear();
    expect((await ask('id=2&group=1&verb=release&number=1&log=x')).at(-1)).toContain('Nothing was sent.');
    await ask('id=3&group=2&throttle=2&verb=release&number=1&log=x', 'id=4&group=2&throttle=2&verb=release&number=1&log=x');
    expect(files.text('/x').trim().split('\n')).toHaveLength(2);
    expect(files.done.filter((step) => step === 'open')).toHaveLength(2);
  });

  test('one that cannot be renamed says so', async () => {
    const { files, ask } = run();
    files.put('/x', `{"Schema":"storage-release-log/1"${' '.repeat(11 * 1024 * 1024)}}\n`);
    files.put('/x.1', 'my notes');
    const said = await ask('id=1&verb=release&number=1&log=x');
    expect(said[0]).toContain('warning The log /x has reached its maximum size and keeps growing: /x.1 is not replaced, because it is another file');
    expect(said.at(-1)).toContain('Accepted');
  });

  test('a worker without files writes none and reads none', async () => {
    const time = clock();
    const { ask } = start(shelf(time), time, null);
    expect((await ask('id=1&verb=release&number=1&log=x')).at(-1)).toContain('this worker has no files');
    expect(await ask('id=2&verb=log&file=x')).toEqual(['2 error this worker has no files']);
  });
});

describe('a log as results again', () => {
  const written = async () => {
    const all = run();
    for (const line of ['id=1&verb=release&number=1&log=x', 'id=2&verb=clear&method=Clear&number=2&log=x', 'id=3&verb=release&number=77&log=x']) {
      await all.ask(line);
    }
    return all;
  };
  const kinds = (lines: readonly string[]) => lines.map((line) => line.split(' ')[1]);

  test('all of it, and what is asked for', async () => {
    const { ask } = await written();
    expect(kinds(await ask('id=4&verb=log&file=x'))).toEqual(['record', 'clearrecord', 'record', 'done']);
    expect(kinds(await ask('id=5&verb=log&file=x&outcomes=NotFound'))).toEqual(['record', 'done']);
    expect(kinds(await ask('id=6&verb=log&file=x&last=1'))).toEqual(['record', 'done']);
    expect(kinds(await ask(`id=7&verb=log&file=x&rows=${encodeURIComponent('n\t2\n')}`))).toEqual(['clearrecord', 'done']);
    expect(kinds(await ask(`id=8&verb=log&file=x&rows=${encodeURIComponent('u\tnone\ns\tneither\n')}`))).toEqual(['done']);
  });

  test('a line that is no record is a warning; a row that names no disk is an error', async () => {
    const { files, ask } = await written();
    files.put('/x', `${files.text('/x')}{}\n`);
    expect(kinds(await ask('id=4&verb=log&file=x'))).toContain('warning');
    for (const row of ['x\t1\n', 'n\tone\n', 'n\n']) {
      expect((await ask(`id=5&verb=log&file=x&rows=${encodeURIComponent(row)}`))[0]).toContain('5 error a row of a disk begins with');
    }
  });

  test('a page at a time: the place where one ends is where the next begins', async () => {
    const { files, ask } = await written();
    const times = Math.ceil(recordsOnPage / 3) + 1;
    files.put('/x', files.text('/x').repeat(times));
    let count = 0;
    let at = '';
    for (let id = 9; id < 100; id += 1) {
      const said = await ask(`id=${id}&verb=log&file=x${at === '' ? '' : `&at=${encodeURIComponent(at)}`}`);
      count += said.length - 1;
      at = said.at(-1)!.split(' ').slice(2).join(' ');
      if (at === '') break;
    }
    expect(count).toBe(3 * times);
    expect((await ask('id=200&verb=log&file=x&at=nowhere'))[0]).toContain('at must be the place that a page of a log ended at');
  });

  test('no such log, no name, and files that cannot be had', async () => {
    const { ask } = run();
    expect(await ask('id=1&verb=log&file=y')).toEqual([expect.stringMatching(/^1 error The log y cannot be read: /)]);
    expect((await ask('id=2&verb=log'))[0]).toMatch(/^2 error The log cannot be read: /);
    const time = clock();
    const broken = start(shelf(time), time, { ...source(new FakeFiles()), files: () => Promise.reject(new Error('broken')) });
    expect(await broken.ask('id=3&verb=log&file=x')).toEqual(['3 error broken']);
  });
});

describe('events', () => {
  test('each result of a real disk, with or without a log, and none of a plan', async () => {
    const seen: LogEvent[] = [];
    const time = clock();
    const bus = new ScriptedBus(time, [disk(3)]);
    const { ask } = start(bus, time, source(new FakeFiles(), { write: async (event) => void seen.push(event) }));
    await ask('id=1&verb=release&number=3&plan=1');
    await ask('id=2&verb=release&number=3');
    expect(seen.map(({ text }) => text.slice(0, 18))).toEqual(['release of disk 3 ']);
    const without = start(new ScriptedBus(time, [disk(3)]), time, null);
    expect((await without.ask('id=3&verb=release&number=3')).at(-1)).toContain('Accepted');
  });
});

test('JSON for people has lines, for programs none', () => {
  expect(jsonText({ a: ['\u00e4'] })).toBe('{"a":["\\u00e4"]}');
  expect(jsonText({ a: 1 }, true)).toBe('{\n  "a": 1\n}');
});
