// Which PowerShell the tests, the tour and the bench use: the one that is named (by an option, or by the variable
// below), pwsh on the path, Windows PowerShell on Windows, the one that build.mjs makes.

import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildPowerShell } from './build.mjs';

export const powerShellVariable = 'STORAGERELEASE_TEST_POWERSHELL';

export function findPowerShell({ named = process.env[powerShellVariable], compiler = false } = {}) {
  if (named) return { command: named, kind: /powershell(\.exe)?$/i.test(named) ? 'powershell' : 'pwsh' };
  const core = onPath('pwsh');
  if (core) return { command: core, kind: 'pwsh' };
  const desktop = process.platform === 'win32' ? onPath('powershell') : undefined;
  if (desktop) return { command: desktop, kind: 'powershell' };
  return { command: buildPowerShell({ compiler }).command, kind: 'pwsh' };
}

function onPath(name) {
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (!folder) continue;
    const candidate = join(folder, file);
    try {
      accessSync(candidate, constants.X_OK);
      if (statSync(candidate).isFile()) return candidate;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

/** The environment that a shell is started in: quiet, and what it keeps for its next start goes to dist. */
export function shellEnvironment() {
  const home = fileURLToPath(new URL('../../dist/powershell/home', import.meta.url));
  const env = { POWERSHELL_TELEMETRY_OPTOUT: '1', POWERSHELL_UPDATECHECK: 'Off' };
  for (const [name, folder] of [['XDG_CACHE_HOME', 'cache'], ['XDG_CONFIG_HOME', 'config'], ['XDG_DATA_HOME', 'data']]) {
    env[name] = join(home, folder);
    mkdirSync(env[name], { recursive: true });
  }
  return env;
}
