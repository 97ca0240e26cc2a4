// What `npm run pictures` does: builds what is missing, and draws docs/pictures (pictures.ts) on the Node that is shipped,
// which reads TypeScript.

import { execFileSync, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostNode } from '../../src/build/executable.mjs';
import { kinds, readOptions } from '../../src/build/script-options.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(here));
const { keep } = readOptions({
  usage: 'npm run pictures', about: 'draws the pictures of the map in docs/pictures anew',
  options: { keep: { value: 'FOLDER', read: kinds.folder, about: 'leaves the map itself there, too' } },
});
execFileSync(process.execPath, [join(root, 'build.mjs'), '--host'], { stdio: 'inherit' });
const { status } = spawnSync(hostNode(root), [join(here, 'pictures.ts'), ...(keep === undefined ? [] : ['--keep', keep])], { stdio: 'inherit' });
process.exit(status ?? 1);
