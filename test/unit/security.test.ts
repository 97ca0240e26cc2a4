// docs/security.md names a test for each attack: this one holds it to that, and to what the sources say.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'docs', 'security.md'), 'utf8');
const rows = page.split('\n').filter((line) => /^\| \d+ \|/.test(line))
  .map((line) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim()));

/** The tests that a cell names, as `file` "a part of a test's name"; several names may stand behind one file. */
function named(cell: string): { readonly file: string; readonly name: string }[] {
  const found: { file: string; name: string }[] = [];
  let file = '';
  for (const [, path, name] of cell.matchAll(/`(test\/[^`]+)`|"([^"]+)"/g)) {
    if (path !== undefined) file = path;
    else found.push({ file, name: name! });
  }
  return found;
}

describe('docs/security.md', () => {
  test('counts its attacks from 1 without a gap, the forty first', () => {
    expect(rows.map(([number]) => Number(number))).toEqual(rows.map((_, i) => i + 1));
    expect(rows.length).toBeGreaterThan(40);
  });

  const numbered = rows.map((row) => [Number(row[0]), row] as const);
  test.each(numbered)('attack %i: what, against what, the control, the test', (_, row) => {
    expect(row).toHaveLength(5);
    for (const cell of row) expect(cell).not.toBe('');
    const tests = named(row[4]!);
    expect(tests).not.toEqual([]);
    for (const { file, name } of tests) {
      expect(existsSync(join(root, file)), file).toBe(true);
      // Where names are made of rows, the page quotes the part that stands in the file.
      const text = readFileSync(join(root, file), 'utf8').replaceAll("\\'", "'").replaceAll("''", "'");
      expect(text.includes(name), `${file} has no "${name}"`).toBe(true);
    }
  });
});

/** All files of a folder with this ending, as path from the root, with /, and text. */
const filesOf = (folder: string, ending: RegExp) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name))
    .map((name) => [join(folder, name).replaceAll('\\', '/'), readFileSync(join(root, folder, name), 'utf8')] as const);
const having = (files: ReturnType<typeof filesOf>, pattern: RegExp) =>
  files.filter(([, text]) => pattern.test(text)).map(([name]) => name);

describe('what the sources leave to nobody', () => {
  const core = filesOf('src', /\.ts$/);
  // The tour beside them is an example, no part of the module.
  const module = filesOf('ps', /^(?!rehearsal).*\.psm?1$/);

  test('no variable of the environment is read', () => {
    expect(having(core, /process\.env(?!\.UV_THREADPOOL_SIZE = )/)).toEqual([]);
    const reads = /\$\{?env:|GetEnvironmentVariable|ExpandEnvironmentVariables|GetTempPath/i;
    // Publishing asks another computer's own variables where it keeps modules, and packs them in a temp folder. Whether
    // there is a terminal in an SSH session on Windows, nothing else says.
    expect(having(module, reads)).toEqual(['ps/private/shared/Test-Interactive.ps1',
      'ps/remote/publish/ModulePackage.ps1', 'ps/remote/publish/PublishScript.ps1']);
    expect(core.length + module.length).toBeGreaterThan(100);
  });

  test('nothing opens the network, another process, or code made of a text', () => {
    const modules = 'net|tls|http2?|https|dgram|dns|child_process|cluster|worker_threads|inspector|vm|repl|wasi|ffi';
    const forbidden = new RegExp(
      `(?:from|import\\(|require\\() ?'(?:node:)?(?:${modules})(?:/[a-z]+)?'|\\beval\\(|new Function\\(|\\bfetch\\(`);
    expect(forbidden.test("import { connect } from 'node:net';")).toBe(true);
    expect(having(core, forbidden)).toEqual([]);
    const words = ['Invoke-Expression', String.raw`\[scriptblock\]::Create`, 'Add-Type', String.raw`Assembly\]::Load`,
      'InvokeScript', 'WebClient', 'Invoke-WebRequest', String.raw`Reflection\.Emit`];
    expect(having(module, new RegExp(words.join('|'), 'i'))).toEqual([]);
  });

  test('libraries are loaded by their full path, but for one that every process has', () => {
    const loads = core.flatMap(([name, text]) =>
      [...text.matchAll(/\bkoffi\.load\(([^)]*)\)/g)].map(([, what]) => `${name}: ${what}`));
    expect(loads).toEqual(["src/bus/windows/native.ts: 'kernel32.dll'",
      'src/bus/windows/native.ts: `${system}\\\\ntdll.dll`', 'src/bus/windows/native.ts: `${system}\\\\advapi32.dll`',
      // `name` is one of systemLibrary's callers.
      'src/bus/windows/native.ts: `${systemDirectory(bound.kernel32']);
  });
});
