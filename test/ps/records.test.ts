// The same lists through the module and through --from: the same outcomes on the same disks, for the same reasons. And the
// two tables of columns.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { openRehearsal } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import { runCli } from '../../src/cli/cli.ts';
import { notDisks, recordColumns } from '../../src/cli/records/columns.ts';
import { systemClock } from '../../src/clock.ts';
import { noLogs } from '../unit/no-logs.ts';
import { root } from './cases.ts';
import { runPowerShell } from './powershell.ts';
import { id, lists, serial } from './records.ts';

interface Result { readonly Outcome: string; readonly Number: number | null; readonly Message: string }

const temp = mkdtempSync(join(tmpdir(), 'storage-release-records-'));
afterAll(() => rmSync(temp, { recursive: true, force: true }));
const bus = join(temp, 'bus.json');
writeFileSync(bus, JSON.stringify({
  version: 1, thisHost: 'bench-1',
  logicalUnits: [1, 2].map((number) =>
    ({ name: `u${number}`, vendor: 'FAKE', product: 'Virtual Disk', serial: serial(number), naa: id(number) })),
  hosts: { 'bench-1': { disks: [1, 2].map((number) => ({ number, unit: `u${number}` })) } },
}));

/** Through the whole command line, but for the process. */
async function from(text: string): Promise<readonly Result[]> {
  const file = join(temp, 'list');
  writeFileSync(file, text);
  let out = '';
  await runCli(['release', '--from', file, '--yes', '-o', 'json', '--rehearsal', bus], {
    clock: systemClock, logs: noLogs, version: '0', columns: 80, isTerminal: { input: false, output: false, error: false },
    open: {
      windows: () => Promise.reject(new Error('none here')),
      rehearsal: (path) => openRehearsal(path, { clock: systemClock, onWarning: () => {} }),
    },
    stdout: async (more) => void (out += more), stderr: async () => {}, stdin: () => new PassThrough(), onInterrupt: () => {},
  });
  return (JSON.parse(out) as { results: readonly Result[] }).results;
}

const said = ({ Outcome, Number }: Result) => (Outcome === 'Accepted' ? `Accepted ${Number}` : Outcome);
/** Names of this computer differ, and so do the lines to type. */
const reason = ({ Message }: Result) => Message.replace(/^Record \d+ of the list: /, '').replace(/, and this computer is .*?\./, '').replace(/--?allow/i, '-Allow');

let piped: readonly (readonly Result[])[] = [];
beforeAll(async () => {
  writeFileSync(join(temp, 'lists.json'), JSON.stringify(lists));
  const ran = await runPowerShell({ file: join(root, 'test/ps/records.ps1'), args: ['-Root', root, '-Temp', temp] });
  expect(ran.code, ran.stderr).toBe(0);
  piped = JSON.parse(readFileSync(join(temp, 'results.json'), 'utf8')) as Result[][];
}, 120_000);

describe('a list', () => {
  test.each(lists.map((list, i) => [list.name, list, i] as const))('%s', async (_, list, i) => {
    const read = await from(list.text);
    expect(read.map(said)).toEqual(list.expected);
    expect([piped[i]!].flat().map(said)).toEqual(list.expected);
    // The module would go to the session that it names.
    if (list.text.includes('HolderSession')) return;
    expect(read.map(reason)).toEqual([piped[i]!].flat().map(reason));
  });
});

describe('the tables', () => {
  const text = (name: string) => readFileSync(join(root, 'ps/private/disk', name), 'utf8');

  test('of columns are the same', () => {
    const block = /\$script:RecordColumns = @\{\n([\s\S]*?)^\}/m.exec(text('Resolve-RecordClaim.ps1'))![1]!;
    const theirs: Record<string, string[]> = {};
    let last = '';
    for (const line of block.split('\n')) {
      last = /^ {4}(\w+) += /.exec(line)?.[1] ?? last;
      const names = [...line.replace(/#.*$/, '').matchAll(/'(\w+)'/g)].map(([, name]) => name!);
      if (names.length > 0) theirs[last] = [...theirs[last] ?? [], ...names];
    }
    expect(theirs).toEqual(recordColumns);
  });

  test('of what is no disk are the same', () => {
    const block = /\$script:NotDisks = @\{\n([\s\S]*?)^\}/m.exec(text('DiskClass.ps1'))![1]!;
    const theirs = Object.fromEntries([...block.matchAll(/^ +'([\w.]+)' += '(\w+)'$/gm)].map(([, name, thing]) => [name!.toLowerCase(), thing]));
    expect(theirs).toEqual(notDisks);
  });
});
