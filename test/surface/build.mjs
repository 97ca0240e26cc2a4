// Builds the checker into dist/surface/<rid>/ and returns its program.

import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { hostRid, publish } from '../powershell/build.mjs';

const here = dirname(fileURLToPath(import.meta.url));

/** @returns {string} the program's path */
export function buildSurface() {
  const directory = publish({
    project: join(here, 'surface.csproj'),
    output: resolve(here, '../../dist/surface', hostRid),
    rid: hostRid,
  });
  return join(directory, process.platform === 'win32' ? 'surface.exe' : 'surface');
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) console.log(buildSurface());
