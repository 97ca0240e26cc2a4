// What is shipped besides our own code: a bill of materials in CycloneDX 1.6, and everybody's licence.
// https://cyclonedx.org/docs/1.6/json/

import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Names of the packages whose code is in a bundle, from esbuild's metafile, sorted. */
export function bundledPackages(metafile) {
  const names = new Set();
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
      if (name && bytesInOutput > 0) names.add(name);
    }
  }
  return [...names].sort();
}

/**
 * Describes packages by the lock that they were installed from.
 *
 * @param lock package-lock.json, parsed
 * @param product `{ name, version, license }` of what is shipped
 * @param packages `{ name, folder, licence }`: name in the lock, where it is installed, and the folder with its
 *   licence text where that is another
 * @param files paths of binaries that are shipped as they are: folder, name and SHA-256 go into the bill
 * @returns `{ bill, licences() }`: the bill as text, and the licence texts. The same input gives the same bytes.
 */
export function billOfMaterials({ lock, product, packages, files }) {
  const root = `pkg:generic/${product.name}@${product.version}`;
  const described = packages.map(({ name, folder, licence = folder }) => {
    const entry = lock.packages[`node_modules/${name}`];
    if (!entry?.integrity) throw new Error(`package-lock.json has no hash of ${name}`);
    const node = /^node-(?:linux|win)-/.test(name);
    const { license, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    if (version !== entry.version || !license) {
      throw new Error(`${name} is not what package-lock.json says: ${version}, ${license}`);
    }
    const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
    return { name, node, version, license, licence, purl, integrity: entry.integrity };
  });
  const components = described.map(({ node, name, version, license, purl, integrity }) => ({
    type: node ? 'platform' : 'library',
    'bom-ref': purl,
    name,
    version,
    hashes: [{
      alg: 'SHA-512', content: Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex'),
    }],
    licenses: [/ /.test(license) ? { expression: license } : { license: { id: license } }],
    purl,
  }));
  for (const file of files) {
    const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
    // The folder is the system that it is for.
    const name = `${basename(dirname(file))}/${basename(file)}`;
    components.push({
      type: 'file', 'bom-ref': `file:${name}`, name,
      hashes: [{ alg: 'SHA-256', content: hash }],
    });
  }
  const bill = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application', 'bom-ref': root, ...product, license: undefined,
        licenses: [{ license: { id: product.license } }],
      },
    },
    components,
    dependencies: [{ ref: root, dependsOn: components.map((one) => one['bom-ref']).sort() }],
  };
  const licences = () => described
    .map(({ name, version, licence }) => `${name} ${version}\n\n${licenceText(name, licence)}\n`)
    .join(`\n${'-'.repeat(80)}\n\n`);
  return { bill: `${JSON.stringify(bill, null, 2)}\n`, licences };
}

function licenceText(name, folder) {
  const file = readdirSync(folder).sort().find((one) => /^licen[cs]e(?:[-.].*)?$/i.test(one));
  if (!file) throw new Error(`${name} comes without a licence text`);
  return readFileSync(join(folder, file), 'utf8').trim().replaceAll('\r\n', '\n');
}
