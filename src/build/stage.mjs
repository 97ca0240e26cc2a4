import { copyFileSync, cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { mergedModule } from './merge.mjs';

/** Puts all of the published module that is text into a folder. `footer` follows the merged psm1. */
export function stageScripts(root, folder, footer = '') {
  mkdirSync(join(folder, 'ps'), { recursive: true });
  for (const name of ['StorageRelease.psd1', 'LICENSE', 'README.md', 'CHANGELOG.md']) {
    copyFileSync(join(root, name), join(folder, name));
  }
  writeFileSync(join(folder, 'ps', 'StorageRelease.psm1'), mergedModule(join(root, 'ps')) + footer);
  // Get-Help looks for about topics beside the manifest.
  cpSync(join(root, 'ps', 'en-US'), join(folder, 'en-US'), { recursive: true });
  for (const name of readdirSync(join(root, 'ps'))) {
    if (/\.(psm1|ps1)$/.test(name) || ['public', 'private', 'en-US'].includes(name)) continue;
    cpSync(join(root, 'ps', name), join(folder, 'ps', name), { recursive: true });
  }
}
