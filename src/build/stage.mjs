import { copyFileSync, cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { publishedScripts } from './merge.mjs';

/** Folders whose scripts are in the published files, and one that stands beside the manifest. */
const notPublished = ['import', 'public', 'private', 'remote', 'unattended', 'en-US'];

/** Puts all of the published module that is text into a folder. `footer` follows the merged psm1. */
export function stageScripts(root, folder, footer = '') {
  mkdirSync(join(folder, 'ps'), { recursive: true });
  for (const name of ['StorageRelease.psd1', 'LICENSE', 'README.md', 'CHANGELOG.md']) {
    copyFileSync(join(root, name), join(folder, name));
  }
  const scripts = publishedScripts(join(root, 'ps'));
  scripts['StorageRelease.psm1'] += footer;
  for (const [name, text] of Object.entries(scripts)) writeFileSync(join(folder, 'ps', name), text);
  // Get-Help looks for about topics beside the manifest.
  cpSync(join(root, 'ps', 'en-US'), join(folder, 'en-US'), { recursive: true });
  for (const name of readdirSync(join(root, 'ps'))) {
    if (name.endsWith('.psm1') || notPublished.includes(name)) continue;
    cpSync(join(root, 'ps', name), join(folder, 'ps', name), { recursive: true });
  }
}
