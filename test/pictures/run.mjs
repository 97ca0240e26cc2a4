// What `npm run pictures` does: builds what is missing, and draws docs/pictures (pictures.ts) on the Node that is shipped,
// which reads TypeScript.

import { execFileSync, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostNode } from '../../src/build/executable.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(here));
execFileSync(process.execPath, [join(root, 'build.mjs'), '--host'], { stdio: 'inherit' });
const { status } = spawnSync(hostNode(root), [join(here, 'pictures.ts'), ...process.argv.slice(2)], { stdio: 'inherit' });
process.exit(status ?? 1);
