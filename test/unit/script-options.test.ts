// Options of the scripts behind `npm run`: a typo does nothing at all, instead of something else than what was meant.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { OptionError, kinds, parseOptions, usageText } from '../../src/build/script-options.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const temp = mkdtempSync(join(tmpdir(), 'script-options-'));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

const script = {
  usage: 'npm run x', about: 'does x',
  options: {
    sign: { value: '"COMMAND {file}"', about: 'signs' }, only: { value: 'NAME', many: true, read: kinds.oneOf('a', 'b'), about: 'only these' },
    rounds: { value: 'N', read: kinds.positive, about: 'so often' }, fast: { about: 'fast' }, test: { value: 'T', short: 't', about: 'these' },
    in: { value: 'FOLDER', read: kinds.folder, about: 'there' }, with: { value: 'PATH', read: kinds.program, about: 'with it' },
  },
};

describe('options', () => {
  test.each<[string[], object]>([
    [[], {}],
    [['--sign', 'a {file}', '--fast', '--rounds=3'], { sign: 'a {file}', fast: true, rounds: 3 }],
    [['--only', 'a', '--only=b', '-t', 'x'], { only: ['a', 'b'], test: 'x' }],
    [['--sign=-x {file}'], { sign: '-x {file}' }],
    [['--sign', '/opt/sign {file}'], { sign: '/opt/sign {file}' }],
    [['--in', temp, '--with', 'pwsh'], { in: temp, with: 'pwsh' }],
    [['--help'], { help: true }],
  ])('%j', (args, values) => expect(parseOptions(script, args)).toEqual(values));

  test.each<[string[], string]>([
    [['--sgin', 'x {file}'], 'There is no option --sgin.'],
    [['--sgin=x'], 'There is no option --sgin.'],
    [['-x'], 'There is no option -x.'],
    [['fast'], '"fast" is not an option.'],
    [['--', 'fast'], '"fast" is not an option.'],
    [['--sign'], '--sign needs a value: --sign "COMMAND {file}".'],
    [['--sign='], '--sign needs a value: --sign "COMMAND {file}".'],
    [['--sign', '--fast'], '--sign needs a value: --sign "COMMAND {file}".'],
    [['--fast=1'], '--fast takes no value.'],
    [['--fast', '--fast'], '--fast is given more than once.'],
    [['--rounds', '0'], '--rounds must be a whole number above 0, not "0".'],
    [['--rounds', '1.5'], '--rounds must be a whole number above 0, not "1.5".'],
    [['--rounds', '1e3'], '--rounds must be a whole number above 0, not "1e3".'],
    [['--only', 'c'], '--only must be one of a, b, not "c".'],
    [['--in', '/nope'], '--in must be a folder that exists, not "/nope".'],
    [['--with', '/nope/pwsh'], '--with must be a program, and /nope/pwsh is not a file.'],
  ])('%j: %s', (args, message) => expect(() => parseOptions(script, args)).toThrow(new OptionError(message)));

  test('other arguments, where the script takes some', () => {
    const files = { ...script, rest: 'Files too' };
    expect(parseOptions(files, ['a.ts', '--fast', '--', '--bail', '1'])).toEqual({ fast: true, rest: ['a.ts', '--bail', '1'] });
    expect(() => parseOptions(files, ['a.ts', '--bail'])).toThrow('There is no option --bail.');
  });

  test('names as PowerShell writes them', () => {
    const windows = { ...script, dash: '-' as const, options: { Minutes: { value: 'N', read: kinds.decimal, about: 'long' }, Row: script.options.test, Go: script.options.fast } };
    expect(parseOptions(windows, ['-minutes', '0.5', '-GO', '-Row', 'A,b'])).toEqual({ Minutes: 0.5, Go: true, Row: 'A,b' });
    expect(() => parseOptions(windows, ['-Rwo', 'a'])).toThrow('There is no option -Rwo.');
    expect(() => parseOptions(windows, ['-Minutes', 'x'])).toThrow('-Minutes must be a number above 0, not "x".');
    expect(usageText(windows)).toContain('  -Minutes N  long\n');
  });
});

/** How each script with options of its own is started; an option of it, and values that it cannot mean. */
const scripts: readonly [name: string, words: string[], option: string, wrong: string[][]][] = [
  ['npm run package', ['src/build/package.mjs'], '--sign', [['--url', 'notaurl'], ['--url', 'http://x'], ['--sign', 'sign it'],
    ['--sign', ''], ['--sign', '"x {file}'], ['--sign-minutes', '0']]],
  ['node build.mjs', ['build.mjs'], '--host', [['--sign', 'sign it'], ['--sign-minutes', 'x']]],
  ['npm start', ['test/start.mjs'], '--help', [['x']]],
  ['npm test', ['test/run.mjs'], '--seed', [['--project', 'nope'], ['--seed', 'x'], ['--powershell', '/nope/pwsh']]],
  ['npm run torture', ['test/run.mjs', '--project', 'torture'], '--long', [['--sede', '1'], ['--seed', '-1']]],
  ['npm run bench', ['test/bench/run.mjs'], '--rounds', [['--rounds', 'x'], ['--only', 'nope'], ['--powershell', '/nope/pwsh']]],
  ['npm run pictures', ['test/pictures/run.mjs'], '--keep', [['--keep', '/nope'], ['--keep']]],
  ['npm run windows', ['test/windows/run.mjs'], '-Row', [['-Row', 'nope'], ['-Minutes', 'x'], ['-Fakes']]],
  ['npm run nightly', ['test/nightly/fuzz.mjs'], '--count', [['--count', 'x'], ['--frist', '1']]],
];

describe.each(scripts)('%s', (name, words, option, wrong) => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [...words, ...args], { cwd: root, encoding: 'utf8', timeout: 30_000 });

  test('--help prints its options', () => {
    const { status, stdout, stderr } = run('--help');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain(option);
    expect(stdout.split('\n').filter((line) => line.length > 120)).toEqual([]);
    if (!name.includes('torture')) expect(stdout).toContain(`${name}: `);
  });

  test.each([['--sgin', 'x {file}'], ...wrong])('%j %j is refused at once, with the options', (...args) => {
    const { status, stdout, stderr } = run(...args.filter((arg) => arg !== undefined));
    // Nothing was built: a build writes what it has made.
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^[^\n]*\.\n/);
    expect(stderr).toContain(option);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
