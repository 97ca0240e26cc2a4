// The PowerShell that the bench measures in, and what its scripts say: lines of `@@name value value`.

import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildEngine } from '../engine/build.mjs';

const here = dirname(fileURLToPath(import.meta.url));

/** `full`: whether it has all of PowerShell's commands (Add-Type), which the test engine has not. */
export function findPowerShell(named) {
  if (named) return { command: named, full: !/engine(\.exe)?$/.test(named) };
  const names = process.platform === 'win32' ? ['pwsh.exe', 'powershell.exe'] : ['pwsh'];
  for (const name of names) {
    for (const folder of (process.env.PATH ?? '').split(delimiter).filter(Boolean)) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return { command: join(folder, name), full: true };
      } catch {
        // not in this folder
      }
    }
  }
  return { command: buildEngine().command, full: false };
}

/** Runs one of the scripts beside this file. A map of name to the values of its lines; throws when it fails. */
export function runScript({ command }, script, words) {
  const policy = process.platform === 'win32' ? ['-ExecutionPolicy', 'Bypass'] : [];
  const said = execFileSync(command, ['-NoProfile', ...policy, '-File', join(here, script), ...words],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], timeout: 300_000 });
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
export function versionOf({ command, full }) {
  const said = execFileSync(command, ['-NoProfile', '-Command', '[Console]::Out.WriteLine("$($PSVersionTable.PSVersion)")'],
    { encoding: 'utf8' }).trim();
  return full ? said : `${said} (test engine: Core commands only)`;
}
