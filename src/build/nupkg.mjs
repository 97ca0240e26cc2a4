// The module as a NuGet package, as the PowerShell Gallery takes it: what Publish-PSResource makes of its folder, but
// with the same bytes each time. https://learn.microsoft.com/powershell/gallery/concepts/publishing-guidelines

import { createHash } from 'node:crypto';

import { zip } from './zip.mjs';

/** For content of elements; no attribute here has a quote in it. */
const xml = (text) => text.replace(/[&<>]/g, (one) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[one]);
const head = '<?xml version="1.0" encoding="utf-8"?>\n';
const hash = (text) => createHash('sha256').update(text).digest('hex').toUpperCase();
const packageRelations = 'http://schemas.openxmlformats.org/package/2006';

/** What the manifest says of the module, as `{ name, version, author, company, ... }`. */
export function readManifest(text, name) {
  const one = (key) => {
    const [, value] = new RegExp(`^ *${key} *= '((?:[^']|'')*)'`, 'm').exec(text) ?? [];
    if (value === undefined) throw new Error(`the manifest has no ${key}`);
    return value.replaceAll("''", "'");
  };
  const has = (key) => new RegExp(`^ *${key} *=`, 'm').test(text);
  const list = (key) => {
    const [, inside] = new RegExp(`^ *${key} *= @\\(([^)]*)\\)`, 'm').exec(text) ?? [];
    if (inside === undefined) throw new Error(`the manifest has no ${key}`);
    return [...inside.matchAll(/'([^']*)'/g)].map(([, value]) => value);
  };
  return {
    name, version: one('ModuleVersion'), author: one('Author'), company: one('CompanyName'), copyright: one('Copyright'),
    description: one('Description'), notes: one('ReleaseNotes'), license: one('LicenseUri'),
    tags: list('Tags'),
    ...(has('ProjectUri') ? { project: one('ProjectUri') } : {}),
  };
}

/**
 * @param manifest what readManifest gives
 * @param files `[name, bytes]` of the module's folder
 * @param level of compression, see zip
 */
export function nupkg(manifest, files, level) {
  const { name, version, author, company, copyright, description, notes, license } = manifest;
  const tags = ['PSModule', ...manifest.tags].join(' ');
  const nuspec = `${head}<package xmlns="http://schemas.microsoft.com/packaging/2011/08/nuspec.xsd">
  <metadata>
    <id>${xml(name)}</id>
    <version>${xml(version)}</version>
    <authors>${xml(author)}</authors>
    <owners>${xml(company)}</owners>
    <requireLicenseAcceptance>false</requireLicenseAcceptance>
    <description>${xml(description)}</description>
    <releaseNotes>${xml(notes)}</releaseNotes>
    <copyright>${xml(copyright)}</copyright>
    <licenseUrl>${xml(license)}</licenseUrl>
    <tags>${xml(tags)}</tags>
  </metadata>
</package>
`;
  const core = `package/services/metadata/core-properties/${hash(nuspec).slice(0, 32).toLowerCase()}.psmdcp`;
  const properties = `${head}<coreProperties xmlns:dc="http://purl.org/dc/elements/1.1/"`
    + ` xmlns:dcterms="http://purl.org/dc/terms/"`
    + ` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns="${packageRelations}/metadata/core-properties">
  <dc:creator>${xml(author)}</dc:creator>
  <dc:description>${xml(description)}</dc:description>
  <dc:identifier>${xml(name)}</dc:identifier>
  <version>${xml(version)}</version>
  <keywords>${xml(tags)}</keywords>
  <lastModifiedBy>${xml(name)}</lastModifiedBy>
</coreProperties>
`;
  const relation = (type, target) =>
    `  <Relationship Type="${type}" Target="/${target}" Id="R${hash(target).slice(0, 16)}" />\n`;
  const relations = `${head}<Relationships xmlns="${packageRelations}/relationships">
${relation('http://schemas.microsoft.com/packaging/2010/07/manifest', `${name}.nuspec`)}${
  relation(`${packageRelations}/relationships/metadata/core-properties`, core)}</Relationships>
`;
  const last = (file) => file.slice(file.lastIndexOf('/') + 1);
  const hasEnding = (file) => last(file).lastIndexOf('.') > 0;
  const endings = [...new Set([`${name}.nuspec`, ...files.map(([file]) => file)].filter(hasEnding)
    .map((file) => last(file).slice(last(file).lastIndexOf('.') + 1).toLowerCase()))].sort();
  const bare = files.map(([file]) => file).filter((file) => !hasEnding(file));
  const types = `${head}<Types xmlns="${packageRelations}/content-types">
  <Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml" />
  <Default Extension="psmdcp" ContentType="application/vnd.openxmlformats-package.core-properties+xml" />
${endings.map((one) => `  <Default Extension="${xml(one)}" ContentType="application/octet" />\n`).join('')}${
  bare.map((one) => `  <Override PartName="/${xml(one)}" ContentType="application/octet" />\n`).join('')}</Types>
`;
  return zip([
    ['_rels/.rels', Buffer.from(relations)], [`${name}.nuspec`, Buffer.from(nuspec)],
    // OPC writes part names as URIs. An executable for Linux (--with-linux) would else be installed as a plain file.
    ...files.map(([file, bytes]) => [file.split('/').map(encodeURIComponent).join('/'), bytes,
      last(file) === 'storage-release' ? 0o755 : undefined]),
    ['[Content_Types].xml', Buffer.from(types)], [core, Buffer.from(properties)],
  ], level);
}
