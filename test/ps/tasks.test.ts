// The line in a task's document, taken apart as Windows takes it apart and run: by the executable, in a rehearsal.
// And the script of the help whose exit code says what became of the disks. What the document says besides:
// tasks.tests.ps1.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { root } from './cases.ts';
import { runPowerShell } from './powershell.ts';

const temp = mkdtempSync(join(tmpdir(), 'storage-release-'));
afterAll(() => rmSync(temp, { recursive: true, force: true, maxRetries: 5 }));
const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * Arguments as CommandLineToArgvW takes a line apart, by its documented rules alone:
 * https://learn.microsoft.com/windows/win32/api/shellapi/nf-shellapi-commandlinetoargvw
 */
function argumentsOf(line: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quoted = false;
  for (const [run, slashes, rest] of line.matchAll(/(\\*)("|[^"\\]|$)/gs)) {
    if (run === '') continue;
    if (rest === '"') {
      // An even number of backslashes: half of them, and a quotation mark that begins or ends; an odd one: half,
      // and the mark.
      word = (word ?? '') + '\\'.repeat(slashes!.length >> 1);
      if (slashes!.length % 2 === 1) word += '"';
      else quoted = !quoted;
      continue;
    }
    if (slashes !== '') word = (word ?? '') + slashes;
    if (!quoted && (rest === ' ' || rest === '\t')) {
      if (word !== null) words.push(word);
      word = null;
    } else if (rest !== '') word = (word ?? '') + rest;
  }
  return word === null ? words : [...words, word];
}

// "Parsing C command-line arguments", learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments.
test.each([
  [String.raw`"abc" d e`, ['abc', 'd', 'e']],
  [String.raw`a\\b d"e f"g h`, [String.raw`a\\b`, 'de fg', 'h']],
  [String.raw`a\\\"b c d`, [String.raw`a\"b`, 'c', 'd']],
  [String.raw`a\\\\"b c" d e`, [String.raw`a\\b c`, 'd', 'e']],
  ['a "" b', ['a', '', 'b']],
])('the reader of lines reads %s as it is published', (line, words) => {
  expect(argumentsOf(line)).toEqual(words);
});

const disks = [
  'plain', 'with blanks', 'quote " and \\', '\\\\"twice\\\\', 'a&b<c>d\'e', 'ends in two \\\\',
  '--yes', '$HOME `x` ;|',
].map((serial, i) => ({ serial, naa: `600a0b8000112233000000000000${String(i).padStart(4, '0')}` }));

const folder = join(temp, 'a folder, \u00fc & "so on"');
cpSync(join(root, 'test/cli/bus.json'), join(folder, 'unused.json'));
const bus = join(folder, 'bus.json');
writeFileSync(bus, JSON.stringify({
  version: 1, thisHost: 'bench-1',
  logicalUnits: disks.map(({ serial, naa }, i) => ({
    name: `unit ${i}`, vendor: 'FAKE', product: 'Disk', serial, naa, target: 'tgt', reservedBy: 'bench-1',
  })),
  hosts: { 'bench-1': { disks: disks.map((_, i) => ({ number: i, unit: `unit ${i}` })) } },
}));

interface Exec { readonly command: string; readonly line: string }

/** Units that the rehearsal's file says were released. */
const released = (text: string): string[] =>
  [...text.slice(text.lastIndexOf('"state"')).matchAll(/"(unit \d+)"\s*:\s*\{\s*"reservedBy"\s*:\s*null/g)]
    .map(([, name]) => name!);

/** Command and Arguments of a task's document. */
function execOf(xml: string): Exec {
  const signs: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };
  const text = (name: string) => new RegExp(`<${name}>(.*?)</${name}>`, 's').exec(xml)![1]!
    .replaceAll(/&(\w+);/g, (_, word: string) => signs[word]!);
  return { command: text('Command'), line: text('Arguments') };
}

/** What -AsXml gives for each, in one shell, in the rehearsal. */
async function documents(calls: readonly string[]): Promise<string[]> {
  const { stdout, stderr } = await runPowerShell({ timeoutMs: 120_000, command: `
    Import-Module ${quote(join(root, 'StorageRelease.psd1'))}
    Enter-StorageRehearsal ${quote(bus)} -WarningAction SilentlyContinue
    foreach ($xml in ${calls.map((call) => `(${call} -AtStartup -AsXml)`).join(',\n')}) {
      [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($xml))
    }` });
  expect(stderr).toBe('');
  return stdout.trim().split(/\r?\n/).map((line) => Buffer.from(line, 'base64').toString('utf8'));
}

describe.skipIf(process.platform === 'win32')('the line of a task', async () => {
  const serials = disks.map(({ serial }) => serial);
  const list = 'C:\\Lists\\m\u00fc "x"\\';
  const log = String.raw`\\server\share\a b\x.log`;
  const [all, piped, from] = await documents([
    `Register-StorageReleaseTask All -Allow Clustered -Verify -SerialNumber ${serials.map(quote).join(', ')}`,
    'Get-StorageRehearsalDisk 1 | Register-StorageReleaseTask Piped -TimeoutSec 7',
    `Register-StorageReleaseTask List -From ${quote(list)} -LogPath ${quote(log)}`,
  ]).then((found) => found.map(execOf));

  test('says what was meant, word by word', () => {
    const rehearsal = ['--rehearsal', bus];
    expect(argumentsOf(all!.line)).toEqual(['release', ...serials.map((serial) => `serial:${serial}`), '--yes',
      '--allow', 'Clustered', '--timeout', '30', '--verify', ...rehearsal]);
    expect(argumentsOf(piped!.line)).toEqual(['release', `id:${disks[1]!.naa.toUpperCase()}`, '--yes',
      '--timeout', '7', ...rehearsal]);
    expect(argumentsOf(from!.line)).toEqual(['release', '--yes', '--timeout', '30', '--log', log, '--from', list,
      ...rehearsal]);
  });

  test('releases those disks and no other, by the executable that it names', () => {
    expect(spawnSync(piped!.command, argumentsOf(piped!.line)).status).toBe(0);
    expect(released(readFileSync(bus, 'utf8'))).toEqual(['unit 1']);
    const { status, stdout } = spawnSync(all!.command, [...argumentsOf(all!.line), '--output', 'json'],
      { encoding: 'utf8' });
    const { results } = JSON.parse(stdout) as { results: { Outcome: string; ReservationAfter: string }[] };
    expect(results.map(({ Outcome }) => Outcome)).toEqual(disks.map(() => 'Accepted'));
    expect(results.map(({ ReservationAfter }) => ReservationAfter)).toEqual(disks.map(() => 'Free'));
    expect(status).toBe(0);
  });

  test('reads the list that it names', async () => {
    const csv = join(folder, 'a list.csv');
    writeFileSync(csv, `UniqueId\n${disks[3]!.naa}\n${disks[4]!.naa}\n`);
    const [named] = await documents([`Register-StorageReleaseTask List -From ${quote(csv)}`]);
    const { line } = execOf(named!);
    const { status, stdout } = spawnSync(piped!.command, [...argumentsOf(line), '--output', 'json'],
      { encoding: 'utf8' });
    const { results } = JSON.parse(stdout) as { results: { SerialNumber: string }[] };
    expect(results.map(({ SerialNumber }) => SerialNumber)).toEqual([serials[3], serials[4]]);
    expect(status).toBe(0);
  });

  test('the control: taken apart at blanks alone, it is another line', () => {
    expect(spawnSync(all!.command, all!.line.split(' ')).status).toBe(2);
  });
});

describe.skipIf(process.platform === 'win32')('the script of the help', () => {
  const help = readFileSync(join(root, 'ps/public/Invoke-StorageRelease.ps1'), 'utf8');
  const script = /^ {4}# A script for a task.*\n((?: {4}\S.*\n)+)/m.exec(help)![1]!.replaceAll(/^ {4}/gm, '');

  /** Its exit code in a folder with such a list, in a rehearsal. */
  async function exitCode(list: string, changed = (text: string) => text): Promise<number | null> {
    const at = mkdtempSync(join(temp, 'script '));
    cpSync(bus, join(at, 'bus.json'));
    writeFileSync(join(at, 'disks.csv'), list);
    const file = join(at, 'Release-Disks.ps1');
    writeFileSync(file, `Import-Module ${quote(join(root, 'StorageRelease.psd1'))}\n`
      + `Enter-StorageRehearsal bus.json -WarningAction SilentlyContinue\n${changed(script)}`);
    return (await runPowerShell({ file, cwd: at })).code;
  }
  const good = `UniqueId\n${disks[0]!.naa}\n${disks[2]!.naa}\n`;
  const one = `${good}600a0b80001122330000000000009999\n`;
  const noList = (text: string) => text.replace('Import-Csv disks.csv', 'Import-Csv none.csv');
  const noExit = (text: string) => text.replace(/^exit .*$/m, '');

  test('ends with 0 when every disk was released', async () => expect(await exitCode(good)).toBe(0));
  test('ends with 1 when one was not', async () => expect(await exitCode(one)).toBe(1));
  test('ends with 1 when the list names none', async () => expect(await exitCode('UniqueId\n')).toBe(1));
  test('ends with 1 when there is no list', async () => expect(await exitCode(good, noList)).toBe(1));
  test('the control: without its last line pwsh -File says 0', async () =>
    expect(await exitCode(one, noExit)).toBe(0));
});
