// Which paths may be opened at all: in the core, and the same in the module.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { clixmlShape } from '../../src/clixml/shape.ts';
import {
  deviceKindOf, displayPath, isDevicePath, isMultipathPath, numberInPath, physicalDrive, quotedPath,
} from '../../src/disk/device-path.ts';
import { nameOf, noClaim, shownText, tidyClaim } from '../../src/disk/claim.ts';

const disk = '{53f56307-b6bf-11d0-94f2-00a0c91efb8b}';
const scsi = String.raw`\\?\scsi#disk&ven_ibm&prod_2145#5&1a2b3c4d&0&000003#`;

/** Paths that are let through, and the spelling that results show. */
const allowed: readonly (readonly [path: string, shown?: string | undefined, number?: number])[] = [
  [String.raw`\\.\PhysicalDrive0`, undefined, 0],
  [String.raw`\\.\PhysicalDrive3`, undefined, 3],
  [String.raw`\\.\PhysicalDrive10`, undefined, 10],
  [String.raw`\\.\PhysicalDrive999999999`, undefined, 999_999_999],
  [String.raw`\\.\PHYSICALDRIVE3`, String.raw`\\.\PhysicalDrive3`, 3],
  [String.raw`\\.\physicaldrive3`, String.raw`\\.\PhysicalDrive3`, 3],
  [String.raw`\\?\PhysicalDrive3`, String.raw`\\.\PhysicalDrive3`, 3],
  [String.raw`\\.\Tape0`],
  [String.raw`\\.\TAPE12`, String.raw`\\.\Tape12`],
  [String.raw`\\?\tape0`, String.raw`\\.\Tape0`],
  [String.raw`\\.\Changer0`],
  [String.raw`\\.\changer7`, String.raw`\\.\Changer7`],
  [String.raw`\\.\CdRom0`],
  [String.raw`\\.\CDROM1`, String.raw`\\.\CdRom1`],
  [scsi + disk],
  [scsi.toUpperCase() + disk.toUpperCase()],
  [`${scsi}{53f56308-b6bf-11d0-94f2-00a0c91efb8b}`],
  [`${scsi}{53f5630b-b6bf-11d0-94f2-00a0c91efb8b}`],
  [`${scsi}{53f56310-b6bf-11d0-94f2-00a0c91efb8b}`],
  [String.raw`\\?\mpio#disk&ven_ibm&prod_2145#1&7f6ac24&0&3630303530373638#` + disk],
  [String.raw`\\?\usbstor#disk&ven_&prod_usb_disk&rev_1.00#0123456789abcdef&0#` + disk],
  [String.raw`\\?\ide#diskst3500418as____________________________cc38____#5&2c28c4e6&0&0.0.0#` + disk],
  [String.raw`\\?\storage#disk#{1b42cb8b-9d1c-4ad2-8b4a-3f1d7e9f4b11}#` + disk],
  [String.raw`\\?\sd#disk_x#y(1)!$'+,-.;=@[]^` + '`' + `{}~#${disk}`],
  [`${String.raw`\\?\x#`}${'a'.repeat(400)}#${disk}`],
];

/** What is under `\\.\` and `\\?\` besides, and what tries to look like a device of ours. */
const refused: readonly (readonly [what: string, ...paths: string[]])[] = [
  ['nothing', '', ' ', '\\', '\\\\', String.raw`\\.`, String.raw`\\.\ `.trim(), String.raw`\\?` + '\\'],
  ['no number', String.raw`\\.\PhysicalDrive`, String.raw`\\.\Tape`, String.raw`\\.\CdRom`,
    String.raw`\\.\Changer`],
  ['a number that is none', String.raw`\\.\PhysicalDrive-1`, String.raw`\\.\PhysicalDrive+1`,
    String.raw`\\.\PhysicalDrive1.0`, String.raw`\\.\PhysicalDrive0x3`, String.raw`\\.\PhysicalDrive3a`,
    String.raw`\\.\PhysicalDrive1e1`],
  ['leading zeros', String.raw`\\.\PhysicalDrive00`, String.raw`\\.\PhysicalDrive03`, String.raw`\\.\Tape00`],
  ['a number past all disks', String.raw`\\.\PhysicalDrive1000000000`, String.raw`\\.\PhysicalDrive4294967295`],
  ['NUL', '\\\\.\\PhysicalDrive3\0', '\\\\.\\PhysicalDrive\x003', '\\\\.\\PhysicalDrive3\0.txt',
    `${scsi}\0${disk}`],
  ['line ends', '\\\\.\\PhysicalDrive3\n', '\\\\.\\PhysicalDrive3\r\n', '\n\\\\.\\PhysicalDrive3',
    `${scsi}${disk}\n`, `${scsi.slice(0, -1)}\n#${disk}`],
  ['other control characters', '\\\\.\\PhysicalDrive3\x1b', '\\\\.\\PhysicalDrive3\x7f',
    '\\\\.\\PhysicalDrive3\x9b'],
  ['blanks and dots at the ends', '\\\\.\\PhysicalDrive3 ', ' \\\\.\\PhysicalDrive3', '\\\\.\\PhysicalDrive3.',
    '\\\\.\\PhysicalDrive3..', '\\\\.\\PhysicalDrive3\t', '\\\\.\\PhysicalDrive 3', `${scsi}${disk} `,
      `${scsi}${disk}.`],
  ['parent folders', String.raw`\\?\PhysicalDrive0\..`, String.raw`\\.\PhysicalDrive0\..\pipe\x`,
    String.raw`\\.\..\PhysicalDrive0`, String.raw`\\?\..\..\C:\x`,
      String.raw`\\.\PhysicalDrive0\..\PhysicalDrive1`,
    String.raw`\\?\scsi#..\x#` + disk],
  ['below a device', String.raw`\\.\PhysicalDrive3\x`, '\\\\.\\PhysicalDrive3\\', String.raw`\\.\PhysicalDrive3:x`,
    String.raw`\\.\Tape0\x`, `${scsi}${disk}\\x`, `${scsi}${disk}\\`],
  ['the object manager', String.raw`\\?\GLOBALROOT\Device\Harddisk0\DR0`, String.raw`\\.\GLOBALROOT\Device\Null`,
    String.raw`\\?\Global\PhysicalDrive0`, String.raw`\??\PhysicalDrive0`, String.raw`\Device\Harddisk0\DR0`,
    String.raw`\\.\HarddiskVolume1`, String.raw`\\.\Harddisk0Partition1`],
  ['pipes, ports and other devices', String.raw`\\.\pipe\PhysicalDrive0`, String.raw`\\.\pipe\x`,
    String.raw`\\.\COM1`,
    String.raw`\\.\COM56`, String.raw`\\?\COM1`, String.raw`\\.\LPT1`, String.raw`\\.\NUL`, String.raw`\\.\CON`,
    String.raw`\\.\CONIN$`, String.raw`\\.\mailslot\x`, String.raw`\\.\Scsi0:`, String.raw`\\.\MountPointManager`,
    String.raw`\\.\PhysicalMemory`, 'NUL', 'COM1'],
  ['volumes and files', String.raw`\\.\C:`, String.raw`\\?\C:\Windows`, String.raw`C:\x`, 'PhysicalDrive3', '3',
    String.raw`\\?\Volume{5a1c3d2e-0000-0000-0000-100000000000}`,
      String.raw`\\.\Volume{5a1c3d2e-0000-0000-0000-100000000000}\ `,
    '/dev/sda', 'file:///x'],
  ['other computers', String.raw`\\server\PhysicalDrive0`, String.raw`\\?\UNC\server\share\x`,
    String.raw`\\.\UNC\server\x`,
    String.raw`\\127.0.0.1\PhysicalDrive0`],
  ['separators too many, too few or turned', String.raw`\\.\\PhysicalDrive3`, String.raw`\\\.\PhysicalDrive3`,
    String.raw`\.\PhysicalDrive3`, '//./PhysicalDrive3', '\\\\./PhysicalDrive3', String.raw`\\.PhysicalDrive3`,
    String.raw`\\..\PhysicalDrive3`, String.raw`\\!\PhysicalDrive3`, String.raw`\\?\\scsi#x#` + disk],
  ['look-alikes', '\\\\.\\Phy\u0455icalDrive3', '\\\\.\\Physical\u0130Drive3', '\\\\.\\Phys\u0131calDrive3',
    '\\\\.\\PhysicalDrive\uff13', '\\\\.\\PhysicalDrive\u0663', '\\\\.\\PhysicalDrive\u00b3',
      '\uff3c\uff3c.\uff3cPhysicalDrive3',
    '\\\\.\\Phy\u017ficalDrive3', '\\\\.\\\u0421dRom0', '\\\\\u2024\\PhysicalDrive3', '\\\\.\\Ta\u0440e0',
    '\\\\.\\Physical\u200bDrive3', '\\\\.\\PhysicalDrive3\u202e', '\ufeff\\\\.\\PhysicalDrive3'],
  ['another interface class', `${scsi}{53f5630d-b6bf-11d0-94f2-00a0c91efb8b}`,
    `${scsi}{53f5630a-b6bf-11d0-94f2-00a0c91efb8b}`,
    `${scsi}{53f56309-b6bf-11d0-94f2-00a0c91efb8b}`, `${scsi}{53f56307-b6bf-11d0-94f2-00a0c91efb8c}`,
    `${scsi}{a5dcbf10-6530-11d2-901f-00c04fb951ed}`, `${scsi}53f56307-b6bf-11d0-94f2-00a0c91efb8b`, scsi,
      `${scsi}{}`,
    `${scsi}${disk}x`, `${scsi}${disk}${disk}`],
  ['an interface path that is none', `${String.raw`\\.\scsi#disk#`}${disk}`, `${String.raw`\\?\scsi`}#${disk}`,
    `${String.raw`\\?\#x#`}${disk}`, `${String.raw`\\?\scsi##`}${disk}`, `${String.raw`\\?\sc-si#x#`}${disk}`,
    `${String.raw`\\?\scsi#a b#`}${disk}`,
      `${String.raw`\\?\scsi#a"b#`}${disk}`, `${String.raw`\\?\scsi#a*b#`}${disk}`,
    `${String.raw`\\?\scsi#a/b#`}${disk}`, `${String.raw`\\?\scsi#a:b#`}${disk}`,
      `${String.raw`\\?\scsi#a<b#`}${disk}`,
    `${String.raw`\\?\scsi#a>b#`}${disk}`, `${String.raw`\\?\scsi#a?b#`}${disk}`,
      `${String.raw`\\?\scsi#a|b#`}${disk}`,
    `${String.raw`\\?\scsi#a\b#`}${disk}`, `${String.raw`\\?\scsi#ä#`}${disk}`],
  ['too long', `${String.raw`\\?\x#`}${'a'.repeat(401)}#${disk}`, `\\\\.\\PhysicalDrive${'1'.repeat(4000)}`],
];

describe('paths that may be opened', () => {
  test.each(allowed.map(([path, shown, number]) => ({ path, shown, number })))('$path',
    ({ path, shown, number }) => {
    expect(isDevicePath(path)).toBe(true);
    expect(displayPath(path)).toBe(shown ?? path);
    expect(numberInPath(path)).toBe(number ?? null);
  });

  test.each(refused.map(([what, ...paths]) => ({ what, paths })))('not $what', ({ paths }) => {
    expect(paths.filter(isDevicePath)).toEqual([]);
    expect(paths.map(numberInPath).filter((number) => number !== null)).toEqual([]);
    // What is no device is shown as it is.
    expect(paths.map(displayPath)).toEqual(paths);
  });

  test('more than 80 are refused', () => {
    expect(refused.flatMap(([, ...paths]) => paths).length).toBeGreaterThan(80);
  });
});

describe('the module', () => {
  const source = (name: string) => readFileSync(new URL(`../../ps/private/${name}.ps1`, import.meta.url), 'utf8');

  test('lets the same paths through as the core', () => {
    // A literal in single quotes that is anchored with \A and \z, without case, with CultureInvariant.
    const literals = [...source('disk/Test-DevicePath').matchAll(/'\(\?i\)\\A([^']*)\\z'/g)].map(([, text]) =>
      new RegExp(`^${text}$`, 'i'));
    expect(literals.length).toBe(2);
    const lets = (path: string) => literals.some((literal) => literal.test(path));
    expect(allowed.filter(([path]) => !lets(path))).toEqual([]);
    expect(refused.flatMap(([, ...paths]) => paths).filter(lets)).toEqual([]);
  });

  test('lets the same characters into an interface path as the core', () => {
    const [, literal] = [...source('disk/Test-DevicePath').matchAll(/'\(\?i\)\\A([^']*)\\z'/g)].map(([, text]) =>
      new RegExp(`^${text}$`, 'i'));
    for (let unit = 0; unit < 0x10000; unit++) {
      const path = `\\\\?\\scsi#a${String.fromCharCode(unit)}b#${disk}`;
      if (literal?.test(path) !== isDevicePath(path)) expect.fail(`U+${unit.toString(16)}`);
    }
  });

  test('takes a reply for one by the same expression', () => {
    const pieces = [...source('worker/ReplyShape').matchAll(/^ +'(.*)'$/gm)].map(([, piece]) => piece);
    expect(pieces.length).toBeGreaterThan(5);
    expect(pieces.join('')).toBe(clixmlShape);
  });
});

describe('how a target is called', () => {
  test.each([
    ['its number', { number: 3, path: String.raw`\\.\Tape0` }, 'disk 3'],
    ['disk 0, too', { number: 0 }, 'disk 0'],
    ['its path, in the one spelling', { path: String.raw`\\?\tape0` }, String.raw`\\.\Tape0`],
    ['a path that is none, in quotes and made safe', { path: '\\\\.\\pipe\\\u202ex ' },
      String.raw`"\\.\pipe\?x "`],
    ['its UniqueId', { uniqueId: 'AB', serialNumber: 'S' }, 'the disk with UniqueId AB'],
    ['its serial number', { serialNumber: 'S' }, 'the disk with serial number S'],
    ['nothing', {}, 'a disk that nothing names'],
  ])('%s', (_, claim, name) => expect(nameOf({ ...noClaim, ...claim })).toBe(name));

  test('the path of a number', () => expect(physicalDrive(12)).toBe(String.raw`\\.\PhysicalDrive12`));

  test('a path in quotes keeps its blanks and loses what moves the cursor', () => {
    expect(quotedPath(' a\x1b[2J\u2066b\n ')).toBe('" a?[2J?b? "');
    expect(quotedPath('')).toBe('""');
  });

  test.each([
    [String.raw`\\?\mpio#disk&ven_ibm#1&7f6ac24#` + disk, true],
    [String.raw`\\?\MPIO#Disk&Ven_IBM#1&7f6ac24#` + disk, true],
    [String.raw`\\.\mpio#x`, true],
    [scsi + disk, false],
    [String.raw`\\?\xmpio#x#` + disk, false],
    [String.raw`\\.\PhysicalDrive3`, false],
  ])('%s is %s of MPIO', (path, expected) => expect(isMultipathPath(path)).toBe(expected));
});

describe('texts of a claim', () => {
  test.each([
    ['nothing', null, null, null],
    ['a serial number', 'S1', 'S1', 'S1'],
    ['blanks around stay', '  S1 \t', '  S1 \t', 'S1'],
    ['blanks alone say nothing', '   ', null, null],
    ['other blanks, too', '\u00a0\t', null, null],
    ['NULs alone say nothing', '\0\0', null, null],
    ['what a terminal obeys', 'S\x1b]0;x\x07', 'S\x1b]0;x\x07', 'S?]0;x?'],
    ['what turns the text around', 'S\u202e1', 'S\u202e1', 'S?1'],
    ['half a pair', 'S\ud800', 'S\ud800', 'S?'],
  ])('%s', (_, text, stated, shown) => {
    const claim = tidyClaim({ ...noClaim, uniqueId: text, serialNumber: text, friendlyName: text, path: text, number: 3 });
    expect(claim)
      .toEqual({ ...noClaim, uniqueId: stated, serialNumber: stated, friendlyName: shown, path: text, number: 3 });
    expect(shownText(text)).toBe(shown);
  });
});

describe('what kind of device a path names', () => {
  test.each([
    [String.raw`\\.\PhysicalDrive3`, 'Disk'], [String.raw`\\?\TAPE0`, 'Tape'], [String.raw`\\.\changer1`, 'Changer'],
    [String.raw`\\.\CdRom0`, 'CdRom'], [scsi + disk, 'Disk'], [`${scsi}{53F5630B-B6BF-11D0-94F2-00A0C91EFB8B}`, 'Tape'],
    [`${scsi}{53f56310-b6bf-11d0-94f2-00a0c91efb8b}`, 'Changer'], [`${scsi}{53f56308-b6bf-11d0-94f2-00a0c91efb8b}`, 'CdRom'],
    [`${scsi}{53f5630d-b6bf-11d0-94f2-00a0c91efb8b}`, null], [String.raw`\\.\pipe\x`, null], ['', null],
  ])('%s', (path, kind) => expect(deviceKindOf(path)).toBe(kind));
});
