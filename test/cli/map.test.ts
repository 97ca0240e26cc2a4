// `storage-release map`: the file it writes, and what that file shows in a real browser, where there is one.

import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import {
  chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mapHead } from '../../src/map/html.ts';
import { Browser, chromium } from './chromium.ts';
import { executable, root, start } from './executable.ts';

const folder = mkdtempSync(join(tmpdir(), 'storage-release-map-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);
const map = (args: readonly string[], stdin?: string) =>
  start(executable, ['map', ...args], stdin === undefined ? {} : { stdin });

type Row = Readonly<Record<string, unknown>>;
const reading = (ComputerName: string, disk: number, of: Row = {}): Row => ({
  ComputerName, Number: disk, FriendlyName: `VRAID ${disk}`, UniqueId: `60060160A1B24D${disk + 100}`, SerialNumber: `CKM-${disk}`,
  State: 'Free', Blocked: false, Evidence: 'READ: let in', Keys: null, Outcome: 'Read', StartedAt: '2026-11-29T19:00:00.000Z',
  Message: '', NextStep: '', ...of,
});
const hostile = '</script><script>alert(1)</script><img src=x onerror=alert(2)>';
const other = { State: 'HeldByAnotherHost', Blocked: true };

/** Two hosts: one disk free, one held by node-2, one persistent, one that only node-1 sees and that calls itself markup. */
const two: readonly Row[] = [
  reading('node-1', 1), reading('node-1', 2, other), reading('node-1', 3, { State: 'Persistent', Keys: '0x1' }),
  reading('node-1', 4, { FriendlyName: hostile, Message: hostile, Blocked: null, State: 'Unknown' }),
  reading('node-2', 1), reading('node-2', 2, { State: 'HeldByThisHost' }), reading('node-2', 3, { State: 'Persistent', Keys: '0x1' }),
];
const earlier = two.map((row) => (row['Number'] !== 2 ? row : { ...row, State: 'Free', Blocked: false }));

/** What a search says of so many disks: of every third, that all hosts are locked out. */
function many(hosts: number, disks: number): Row[] {
  const SeenBy = Array.from({ length: hosts }, (_, at) => `host-${at + 1}`).join(', ');
  return Array.from({ length: disks }, (_, disk) => ({
    FriendlyName: `VRAID ${disk}`, UniqueId: `60060160A1B24D${disk + 100}`, SeenBy, NotAsked: '', Evidence: '',
    ...(disk % 3 === 0 ? { State: 'HeldByUnlistedHost', BlockedOn: SeenBy } : { State: 'NotReserved', BlockedOn: '' }),
  }));
}

describe('the file', () => {
  beforeAll(() => {
    writeFileSync(at('two.json'), JSON.stringify(two));
    writeFileSync(at('empty.json'), '\ufeff');
    writeFileSync(at('other.html'), '<!DOCTYPE html>\n<p>Mine</p>');
  });

  test('goes to stdout, from a file or from stdin, and looks at no bus', async () => {
    const ran = await map([at('two.json')]);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ran.stdout).toContain(mapHead);
    expect(ran.stdout).toMatch(/^<!DOCTYPE html>[^]*<\/html>\n$/);
    const piped = await map(['-', '--title', 'A <b>'], JSON.stringify(two));
    expect(piped).toMatchObject({ exitCode: 0, stderr: '' });
    expect(piped.stdout).toContain('<title>A &lt;b&gt;</title>');
  });

  test('is drawn of what status --output json says, and of its CLIXML', async () => {
    const bus = at('bus.json');
    copyFileSync(join(root, 'ps', 'rehearsal', 'two-host-cluster.json'), bus);
    const status = await start(executable, ['status', '--output', 'json', '--rehearsal', bus]);
    const ran = await map(['-'], status.stdout);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ran.stdout).toMatch(/6 LUNs, 1 host\./);
    const clixml = await start(executable, ['status', '--output', 'clixml', '--rehearsal', bus]);
    expect((await map(['-'], clixml.stdout)).stdout).toMatch(/6 LUNs, 1 host\./);
  });

  test('replaces a map, and another file only by --force', async () => {
    expect(await map([at('two.json'), '--to', at('map.html')])).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    expect(await map([at('two.json'), '--to', at('map.html'), '--title', 'Again'])).toMatchObject({ exitCode: 0 });
    expect(readFileSync(at('map.html'), 'utf8')).toContain('<title>Again</title>');
    const refused = await map([at('two.json'), '--to', at('other.html')]);
    expect(refused.stderr).toBe(`storage-release: The file ${at('other.html')} exists, and is not a map.\n`
      + 'Name another file, or use --force.\n');
    expect(readFileSync(at('other.html'), 'utf8')).toContain('Mine');
    expect(await map([at('two.json'), '--to', at('other.html'), '--force'])).toMatchObject({ exitCode: 0 });
    expect(readFileSync(at('other.html'), 'utf8')).toContain(mapHead);
  });

  test('- is stdin and stdout', async () => {
    const piped = await map([at('two.json'), '--to', '-']);
    expect(piped.stdout.startsWith(mapHead)).toBe(true);
    const before = await map([at('two.json'), '--before', '-', '--title', 'B'], JSON.stringify(earlier));
    expect(before).toMatchObject({ exitCode: 0, stderr: '' });
    expect(before.stdout).toContain('data-filter="changed"');
    const both = await map(['-', '--before', '-'], '');
    expect(both.stderr).toContain('Stdin is one file');
  });

  describe.skipIf(process.platform === 'win32')('a path that leads to no regular file', () => {
    beforeAll(() => {
      execFileSync('mkfifo', [at('fifo')]);
      symlinkSync(at('fifo'), at('link'));
    });

    test.each([['fifo', 'a FIFO'], ['link', 'a FIFO'], ['/dev/null', 'a device'], ['/dev/zero', 'a device']])(
      '%s is refused at once, to read and to write', async (name, what) => {
      const path = resolve(folder, name);
      for (const args of [[path], [at('two.json'), '--before', path]]) {
        expect(await map(args)).toMatchObject({ exitCode: 2, stdout: '',
          stderr: `storage-release: The file ${path} is ${what}, not a regular file.\nName a regular file, or - for stdin.\n` });
      }
      // Before anything is read: nothing comes from this stdin.
      for (const args of [[at('fifo')], [at('two.json'), '--force']]) {
        expect(await map([...args, '--to', path])).toMatchObject({ exitCode: 2, stdout: '',
          stderr: `storage-release: The map cannot be written: ${path} is ${what}, not a regular file.\n`
            + 'Name a regular file with --to, or - for stdout.\n' });
      }
    });

    test('a pipe that the shell has opened is read', async () => {
      const ran = await start('/bin/sh', ['-c', 'cat "$1" | "$0" map /dev/stdin --before "$1"', executable, at('two.json')]);
      expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
      expect(ran.stdout).toContain('4 LUNs, 2 hosts.');
    });

    test('a list of disks is refused as well', async () => {
      const ran = await start(executable, ['status', '--from', at('fifo')]);
      expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
      expect(ran.stderr).toContain(`The list ${at('fifo')} is a FIFO, not a regular file.`);
    });
  });

  test('a map that cannot be written whole leaves the one that is there, and nothing beside it', async () => {
    const [folder, kept] = [at('kept'), at('kept/map.html')];
    mkdirSync(folder);
    await map([at('two.json'), '--to', kept, '--title', 'Kept']);
    if (process.platform !== 'win32') {
      chmodSync(kept, 0o600);
      const full = await start('/bin/sh', ['-c', 'trap "" XFSZ; ulimit -f 8; exec "$0" map "$1" --to "$2"', executable, at('two.json'), kept]);
      expect(full.stderr).toContain(`storage-release: The map ${kept} cannot be written: the file would be larger than this process may write.`);
      const none = await start('/bin/sh', ['-c', 'trap "" XFSZ; ulimit -f 8; exec "$0" map "$1" --to "$2"', executable, at('two.json'), at('kept/new.html')]);
      expect(none.stderr).toContain(`storage-release: The map ${at('kept/new.html')} cannot be written: the file would be larger than this process may write.`);
    }
    expect(readFileSync(kept, 'utf8')).toContain('<title>Kept</title>');
    await map([at('two.json'), '--to', kept, '--title', 'Other']);
    expect(readFileSync(kept, 'utf8')).toContain('<title>Other</title>');
    if (process.platform !== 'win32') expect(statSync(kept).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['map.html']);
  });

  test('only what begins as a map is one, and what it is drawn of is never replaced', async () => {
    writeFileSync(at('quotes.html'), `<p>Mine</p>\n${mapHead}`);
    expect((await map([at('two.json'), '--to', at('quotes.html')])).stderr).toContain('exists, and is not a map.');
    const text = readFileSync(at('two.json'), 'utf8');
    copyFileSync(at('two.json'), at('own.json'));
    for (const [why, args] of [['which it is drawn of', [at('own.json')]], ['with which it is compared', [at('two.json'), '--before', at('own.json')]]] as const) {
      const ran = await map([...args, '--to', `${folder}/./own.json`, '--force']);
      expect(ran.stderr).toContain(`The map would replace the file ${at('own.json')}, ${why}.`);
      expect(readFileSync(at('own.json'), 'utf8')).toBe(text);
    }
  });

  test('what is left out of it, and results that are compared with later ones, are told', async () => {
    const later = two.map((row) => ({ ...row, StartedAt: '2026-11-30T19:00:00.000Z' }));
    writeFileSync(at('later.json'), JSON.stringify(later));
    const ran = await map(['-', '--before', at('later.json')], JSON.stringify([...two, two[0], 5]));
    expect(ran.stderr).toBe('One object says nothing of a reservation of a disk, and is not on the map.\n'
      + 'One result is older than another one of the same disk and host, and is not on the map.\n'
      + 'The results to compare with are later than those that are compared.\n');
    expect(ran.stdout).toContain('Compared with results of 2026-11-30 19:00 UTC, which are later than these.');
  });

  test.each<[string, readonly string[], string]>([
    ['no file', ['map'], 'Name the file that is to be shown.'],
    ['a file that does not exist', ['map', 'none.json'], 'The file none.json cannot be read: the file or its folder does not exist.\nGive'],
    ['a file that is no JSON', ['map', at('other.html')], `The file ${at('other.html')} is not JSON at line 1: `],
    ['an earlier one that does not exist', ['map', at('two.json'), '--before', 'none.json'],
      'The file none.json cannot be read: the file or its folder does not exist.\nGive'],
    ['a folder as the results', ['map', folder], `The file ${folder} cannot be read: it is a folder.\n`],
    ['a file below a file', ['map', at('two.json/x.json')],
      `The file ${at('two.json/x.json')} cannot be read: a part of its path is a file, not a folder.\n`],
    ['a folder that does not exist', ['map', at('two.json'), '--to', at('none/map.html')], `The map ${at('none/map.html')} cannot be written: the folder ${at('none')} does not exist.\nName`],
    ['an empty file', ['map', at('empty.json')], `The file ${at('empty.json')} is empty.`],
    ['a folder as the file to write', ['map', at('two.json'), '--to', folder], `The map ${folder} cannot be written: it is a folder.\nName`],
    ['an option of other commands', ['map', at('two.json'), '--timeout', '5'], 'Unknown option --timeout.'],
    ['an empty title', ['map', at('two.json'), '--title='], '--title must be given once, with a value.'],
  ])('%s is a usage error', async (_, args, message) => {
    const ran = await start(executable, args);
    expect(ran.stderr).toContain(`storage-release: ${message}`);
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(existsSync(at('none'))).toBe(false);
  });

  test('help says what it reads', async () => {
    const ran = await map(['--help']);
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout).toMatch(/storage-release map <file>[^]*--before[^]*What it reads:/);
  });
});

const why = chromium === null ? ': not tried, there is no Chromium here (Debian: apt-get install chromium)' : '';
describe.skipIf(chromium === null)(`in a browser${why}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    const ran = await map(['-', '--to', at('shown.html')], JSON.stringify(two));
    expect(ran.exitCode).toBe(0);
    writeFileSync(at('earlier.json'), JSON.stringify(earlier));
    await map(['-', '--before', at('earlier.json'), '--to', at('changed.html')], JSON.stringify(two));
    const gone = [reading('node-1', 1), reading('x'.repeat(2000), 1)];
    await map(['-', '--before', at('earlier.json'), '--to', at('gone.html')], JSON.stringify(gone));
    const registered = (HolderKey: string, Type: string): Row[] =>
      [reading('node-1', 1), reading('node-1', 2, { State: 'Persistent', Keys: '0x1 0x2', HolderKey, Type })];
    writeFileSync(at('key.json'), JSON.stringify(registered('0x1', 'Write Exclusive')));
    await map(['-', '--before', at('key.json'), '--to', at('key.html')], JSON.stringify(registered('0x2', 'Exclusive Access')));
    await map(['-', '--to', at('many.html')], JSON.stringify(many(200, 1000)));
    await map(['-', '--to', at('one.html')], JSON.stringify([reading('node-1', 1)]));
    browser = await Browser.start();
    await browser.ask('Emulation.setDeviceMetricsOverride', { width: 1200, height: 700, deviceScaleFactor: 1, mobile: false });
  });
  afterAll(() => browser?.close());

  const open = (name: string) => browser.open(pathToFileURL(at(name)).href);
  const table = () => browser.get<string[]>(`[...document.querySelectorAll('tbody tr:not(.pad)')].map((row) =>
    [...row.cells].map((cell) => cell.firstChild?.nodeType === 3 ? cell.firstChild.data : cell.textContent).join('|'))`);
  const click = (selector: string) => browser.get(`document.querySelector(${JSON.stringify(selector)}).click()`);
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  /** What axe-core finds in the page as it is: the rule, and what it is about. */
  const findings = async () => {
    await browser.get(`${axe}; 0`);
    return browser.get<string[]>(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => [id, html, failureSummary].join(': '))))`);
  };
  const scheme = (value: string) => browser.ask('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] });
  const focus = () => browser.get<string | null>('document.activeElement.getAttribute("aria-label")');

  test('cells say how each host was answered, and text of a device is text', async () => {
    browser.said.length = 0;
    browser.asked.length = 0;
    await open('shown.html');
    expect(await table()).toEqual([
      'VRAID 2|Held|node-2|\u00d7|\u25cf', 'VRAID 3|Persistent||\u25c6|\u25c6', `${hostile}|Undecided||?|`,
      'VRAID 1|Free||\u25cb|\u25cb',
    ]);
    await click('tbody td.s');
    expect(await browser.get('document.querySelectorAll("script, img").length')).toBe(2);
    expect(browser.said).toEqual([]);
    expect(browser.asked).toEqual([pathToFileURL(at('shown.html')).href]);
  });

  test('sorts, filters by text and by state, and counts', async () => {
    await open('shown.html');
    await click('thead th:nth-child(4) button');
    expect((await table()).map((row) => row.slice(0, 7))).toEqual(['VRAID 1', 'VRAID 3', 'VRAID 2', hostile.slice(0, 7)]);
    expect(await browser.get('document.querySelector("th[aria-sort]").textContent')).toBe('node-1');
    await click('thead th:nth-child(4) button');
    expect((await table())[0]).toContain(hostile);
    await click('[data-filter=held]');
    expect(await table()).toHaveLength(1);
    await click('[data-filter=all]');
    await browser.get('(filter.value = "ckm-3", filter.dispatchEvent(new Event("input")))');
    expect(await table()).toEqual(['VRAID 3|Persistent||\u25c6|\u25c6']);
    expect(await browser.get('shown.textContent')).toBe('1 of 4 shown');
  });

  test('the keyboard goes to each cell, opens what was answered, and comes back', async () => {
    await open('shown.html');
    await browser.get('document.querySelector("tbody [tabindex=\'0\']").focus()');
    for (const key of ['ArrowDown', 'ArrowUp', 'ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowRight']) await browser.press(key);
    expect(await focus()).toBe('node-2: holds it');
    await browser.press('Enter');
    expect(await browser.get('details.open && document.getElementById("details-title").textContent')).toBe('VRAID 2 (CKM-2) on node-2');
    const text = await browser.get<string>('document.getElementById("details-body").textContent');
    expect(text).toContain('Read2026-11-29 19:00:00.000 UTC');
    expect(text).toContain('EvidenceREAD: let in');
    await browser.press('Escape');
    expect(await browser.get('details.open')).toBe(false);
    expect(await focus()).toBe('node-2: holds it');
  });

  test('what changed is marked, and can be shown alone', async () => {
    await open('changed.html');
    await click('[data-filter=changed]');
    expect(await table()).toEqual(['VRAID 2|Held, was: Free|node-2|\u00d7|\u25cf']);
    expect(await browser.get('[...document.querySelectorAll(".diff")].map((cell) => cell.ariaLabel)'))
      .toEqual(['node-1: locked out, was: let in', 'node-2: holds it, was: let in']);
  });

  test('of a persistent reservation that changed, key and type of then and of now', async () => {
    await open('key.html');
    await click('[data-filter=changed]');
    const words = 'Persistent, key of the holder: 0x2, was: 0x1, type: Exclusive Access, was: Write Exclusive';
    expect(await table()).toEqual([`VRAID 2|${words}|0x2|\u25c6`]);
    await click('tbody td.r');
    expect(await browser.get('document.getElementById("details-body").textContent')).toContain(words);
  });

  test('of a LUN that is gone, how hosts were answered then; a name that is too long for a heading is cut', async () => {
    await open('gone.html');
    await click('[data-filter=changed]');
    expect((await table()).map((row) => row.split('|').slice(0, 2).join('|'))).toEqual([
      'VRAID 3|Persistent, gone', `${hostile}|Undecided, gone`, 'VRAID 2|Free, gone']);
    expect(await browser.get('[...document.querySelectorAll("tr.gone .c.i")].map((cell) => cell.ariaLabel)')).toContain('node-1: was: let in');
    expect(await browser.get<number>('Math.max(...[...document.querySelectorAll("thead .host")].map((each) => each.textContent.length))')).toBe(60);
  });

  test.each([['light', ['shown.html', 'changed.html', 'many.html']], ['dark', ['shown.html', 'changed.html']]] as const)(
    'axe-core finds nothing, %s: maps of %j, what was answered, a filter that leaves nothing', async (value, names) => {
    await scheme(value);
    for (const name of names) {
      await open(name);
      expect(await findings(), name).toEqual([]);
    }
    await open('shown.html');
    await click('tbody td.h');
    expect(await browser.get('details.open')).toBe(true);
    expect(await findings()).toEqual([]);
    await browser.press('Escape');
    await browser.get('(filter.value = "nothing", filter.dispatchEvent(new Event("input")))');
    expect(await findings()).toEqual([]);
    await browser.get('document.documentElement.removeAttribute("lang")');
    expect(await findings()).toEqual([expect.stringMatching(/^html-has-lang: /)]);
    await scheme('');
  });

  test('one host and one disk', async () => {
    await open('one.html');
    expect(await table()).toEqual(['VRAID 1|Free||\u25cb']);
    await browser.get('document.querySelector("tbody [tabindex=\'0\']").focus()');
    await browser.press('End', 2);
    expect(await focus()).toBe('node-1: let in');
  });

  test('of 200 hosts and 1,000 disks those are drawn that can be seen', async () => {
    await open('many.html');
    const cells = 'document.querySelectorAll("td").length';
    expect(await browser.get<number>(cells)).toBeLessThan(4_000);
    await browser.get('document.querySelector("tbody [tabindex=\'0\']").focus()');
    await browser.press('End', 2);
    expect(await focus()).toBe('host-200: not asked, or not asked further');
    expect(await browser.get<number>(cells)).toBeLessThan(4_000);
    await browser.press('Home', 2);
    expect(await browser.get('document.activeElement.firstChild.data')).toBe('VRAID 0');
  });

  test('paper has all rows, counts for so many hosts, and its heading on each sheet', async () => {
    await open('many.html');
    await browser.get('dispatchEvent(new Event("beforeprint"))');
    const printed = await table();
    expect(printed).toHaveLength(1000);
    expect(printed[0]).toBe('VRAID 0|Held by an unlisted host||200 locked out');
    // Chromium repeats no button.
    expect(await browser.get('document.querySelectorAll("thead button").length')).toBe(0);
    await browser.get('(filter.value = "VRAID 99", filter.dispatchEvent(new Event("input")))');
    await browser.ask('Emulation.setEmulatedMedia', { media: 'print' });
    expect(await browser.get('shown.checkVisibility() && shown.textContent')).toBe('28 of 1000 shown');
    expect(await browser.get('filter.checkVisibility()')).toBe(false);
    await browser.ask('Emulation.setEmulatedMedia', { media: '' });
    await browser.get('(filter.value = "", filter.dispatchEvent(new Event("input")))');
    await browser.get('dispatchEvent(new Event("afterprint"))');
    expect((await table()).length).toBeLessThan(100);
    expect(await browser.get('document.querySelectorAll("thead button").length')).toBeGreaterThan(3);
    const { data } = await browser.ask('Page.printToPDF');
    const sheets = Buffer.from(String(data), 'base64').toString('latin1').match(/\/Type \/Page\b/g) ?? [];
    expect(sheets.length).toBeGreaterThan(10);
  });
});
