// docs/many-hosts.md names every parameter that a command gets on another computer: compared with what ps/remote sets.

import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const text = (path: string) => readFileSync(new URL(path, root), 'utf8');
const quoted = (list: string) => [...list.matchAll(/'(\w+)'/g)].map(([, name]) => name!);

/** Names of parameters that are set in `$parameters`, by index, from a list of names, or where the table is made. */
function sent(source: string): string[] {
  const script = source.replace(/\[pscustomobject\]@\{[^}]*\}/g, '');
  const byIndex = [...script.matchAll(/\$parameters(?:\['(\w+)'\]|\.(\w+)) = /g)].map(([, index, member]) => (index ?? member)!);
  const fromLists = script.split('\n')
    .filter((line) => /^ *\$names = '/.test(line) || (line.includes('foreach ($name in \'') && line.includes('$parameters[$name]')))
    .flatMap((line) => quoted(line.slice(0, line.includes(')') ? line.indexOf(')') : undefined)));
  const made = [...script.matchAll(/(?:\$parameters|Parameters) = @\{([^}]*)/g)].flatMap(([, table]) =>
    [...table!.matchAll(/(?:^|[;\n{]) *(\w+) = /g)].map(([, name]) => name!));
  return [...byIndex, ...fromLists, ...made];
}

test('each parameter that is sent to another computer is named in docs/many-hosts.md, and no other', () => {
  const scripts = ['sessions', 'holder'].flatMap((room) => readdirSync(new URL(`ps/remote/${room}/`, root)).map((file) => text(`ps/remote/${room}/${file}`)));
  // A disk goes by the parameter of its set.
  const sets = [...text('ps/public/Invoke-StorageRelease.ps1').matchAll(/ParameterSetName = '(\w+)', (?:Position|ValueFrom)/g)].map(([, set]) => set!);
  expect(sets).toContain('SerialNumber');
  const all = new Set([...scripts.flatMap(sent), ...sets]);
  expect(all.size).toBeGreaterThan(20);
  const row = /^\| there \| (.*?)No script text/m.exec(text('docs/many-hosts.md'))![1]!;
  const named = new Set([...row.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
  expect([...named].sort()).toEqual([...all].sort());
});
