// What the bench runs in PowerShell, and what its scripts say: lines of `@@name value value`.

import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shellEnvironment } from '../powershell/find.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const env = () => ({ ...process.env, ...shellEnvironment() });

/** Runs one of the scripts beside this file. A map of name to the values of its lines; throws when it fails. */
export function runScript({ command }, script, words) {
  const policy = process.platform === 'win32' ? ['-ExecutionPolicy', 'Bypass'] : [];
  const said = execFileSync(command, ['-NoProfile', ...policy, '-File', join(here, script), ...words],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], timeout: 300_000, env: env() });
  const found = new Map();
  for (const line of said.split(/\r?\n/)) {
    const [, name, values] = /^@@(\w+) (.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    found.set(name, [...(found.get(name) ?? []), values.split(' ')]);
  }
  if (found.size === 0) throw new Error(`${script} ${words.join(' ')} measured nothing:\n${said}`);
  return found;
}

/** Its version and edition, in words. */
export function versionOf({ command }) {
  const words = '[Console]::Out.WriteLine("$($PSVersionTable.PSVersion) $($PSVersionTable.PSEdition)")';
  return execFileSync(command, ['-NoProfile', '-Command', words], { encoding: 'utf8', env: env() }).trim();
}
