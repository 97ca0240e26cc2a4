// Manifests by which winget and Scoop find the command line. Where it can be downloaded is for whoever publishes it to
// say.
// https://learn.microsoft.com/windows/package-manager/package/manifest
// https://github.com/ScoopInstaller/Scoop/wiki/App-Manifests

import { OptionError } from './script-options.mjs';

const identifier = 'StorageRelease.StorageRelease';
const winget = '1.12.0';
const locale = 'en-US';

/** Without a slash at its end; throws OptionError where it is not one that manifests may name. */
export function httpsAddress(url) {
  const base = url.replace(/\/+$/, '');
  if (/^https:\/\/[^\s"<>\\^`{|}]+$/.test(base)) return base;
  throw new OptionError(`must be an https address, not ${JSON.stringify(url)}`);
}

/** YAML is a superset of JSON; a JSON text is a scalar in it. */
const yaml = (kind, members) => [
  `# yaml-language-server: $schema=https://aka.ms/winget-manifest.${kind}.${winget}.schema.json`,
  ...Object.entries(members).map(([key, value]) => `${key}: ${JSON.stringify(value)}`), '',
].join('\n');

/**
 * The project's page: what the manifest says, or that of the releases whose downloads are named. Null: it is not known.
 *
 * @param product what readManifest gives
 * @param url where the archives are
 */
export function projectPage({ project }, url) {
  // https://docs.github.com/repositories/releasing-projects-on-github/linking-to-releases
  return project ?? /^(https:\/\/[^/]+\/[^/]+\/[^/]+)\/releases\/download\//.exec(url)?.[1] ?? null;
}

/**
 * @param product `{ version, description, author, license, tags }`, and `project` where it is known
 * @param archives `{ cpu, name, sha256, folder }` of each: the archive's name and hash, and the folder that is in it
 * @param url where the archives are, without their names
 * @returns file name to what it says (`value`) and its text
 */
export function finders(product, archives, url) {
  const { version, description, author, license, tags } = product;
  const base = httpsAddress(url);
  const page = projectPage(product, base);
  const common = { PackageIdentifier: identifier, PackageVersion: version };
  const files = {};
  const add = (suffix, kind, members) => {
    const value = { ...common, ...members, ManifestType: kind, ManifestVersion: winget };
    files[`winget/${identifier}${suffix}.yaml`] = { value, text: yaml(kind, value) };
  };
  add('', 'version', { DefaultLocale: locale });
  add('.installer', 'installer', {
    InstallerType: 'zip',
    NestedInstallerType: 'portable',
    // A link to the executable alone would leave koffi.node behind.
    ArchiveBinariesDependOnPath: true,
    Commands: ['storage-release'],
    Installers: archives.map(({ cpu, name, sha256, folder }) => ({
      Architecture: cpu,
      InstallerUrl: `${base}/${name}`,
      InstallerSha256: sha256.toUpperCase(),
      NestedInstallerFiles: [
        { RelativeFilePath: `${folder}\\storage-release.exe`, PortableCommandAlias: 'storage-release' },
      ],
    })),
  });
  add(`.locale.${locale}`, 'defaultLocale', {
    PackageLocale: locale,
    Publisher: author,
    PackageName: 'StorageRelease',
    ...(page === null ? {} : { PackageUrl: page }),
    License: 'MIT',
    LicenseUrl: license,
    ShortDescription: description,
    Moniker: 'storage-release',
    Tags: tags.filter((one) => !one.startsWith('PSEdition_')).map((one) => one.toLowerCase()),
  });
  const scoop = {
    version,
    description,
    // Scoop asks for one. `npm run package` says where this is not the project's page.
    homepage: page ?? base,
    license: { identifier: 'MIT', url: license },
    architecture: Object.fromEntries(archives.map(({ cpu, name, sha256, folder }) => [cpu === 'x64' ? '64bit' : cpu,
      { url: `${base}/${name}`, hash: sha256, extract_dir: folder }])),
    bin: 'storage-release.exe',
  };
  files['scoop/storage-release.json'] = { value: scoop, text: `${JSON.stringify(scoop, null, 4)}\n` };
  return files;
}
