// The Windows lab: a Wine of its own with the lab's driver loaded, and ways to run Windows programs in it.
// Types and what they mean: lab.d.mts.

import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync,
  writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { cacheFolder, ensureChroot, openSession } from './chroot.mjs';
import { buildDriver } from './driver.mjs';

export { whyNoLab } from './chroot.mjs';

/** Beyond a program's time limit: what its Windows parent may need to end it, before the Unix side kills all. */
const graceMs = 10_000;

export async function openLab({ log = () => {} } = {}) {
  const root = await ensureChroot(log);
  const home = makeHome();
  const dir = path.join(home, 'share');
  const scratch = path.join(home, 'scratch');
  const files = path.join(dir, '.runs');
  for (const folder of [dir, scratch, files]) mkdirSync(folder);
  let session;
  let runs = 0;

  const inside = hostPath => {
    const relative = path.relative(dir, path.resolve(dir, hostPath));
    if (relative.startsWith('..')) throw new Error(`${hostPath} is not in the lab's folder.`);
    return path.posix.join('/lab', relative);
  };
  const winPath = hostPath => `Z:${inside(hostPath).replaceAll('/', '\\')}`;
  const removeHome = () => rmSync(home, { recursive: true, force: true, maxRetries: 3 });

  /**
   * Runs a Windows program under a Windows parent. The parent makes handles of files and Windows pipes for it, for
   * Node under Wine can use no Unix pipe, and knows the whole exit code.
   */
  async function run(argv, { timeoutMs = 30_000, stdin = 'none', cwd = '', env } = {}) {
    const base = path.join(files, String(++runs));
    const outputs = ['json', 'out', 'err'].map(ending => `${base}.${ending}`);
    const [report, stdout, stderr] = outputs.map(winPath);
    const [, pipe = '', file] = /^(pipe(?:\+\d+)?:)?(.*)$/s.exec(stdin);
    const input = stdin === 'none' ? 'NUL' : `${pipe}${winPath(file)}`;
    const words = ['run', report, String(timeoutMs), input, stdout, stderr, '--', ...argv];
    const parent = await session.run(['wine', '/lab/.bin/labctl.exe', ...words],
      { timeoutMs: timeoutMs + graceMs, cwd: inside(cwd), env, stderr: `${base}.parent` });
    const [seen, out, err] = outputs.map(file => readOr(file, ''));
    if (!seen && !parent.timedOut) {
      const said = readOr(`${base}.parent`, '').trim();
      throw new Error(`${argv[0]} was not started (${parent.code ?? parent.signal}): ${said}`);
    }
    const told = seen ? JSON.parse(seen)
      : { code: 258, timedOut: true, ended: false, ms: parent.ms, endedAt: 0, inputEndedAt: 0 };
    return { ...told, stdout: out, stderr: err, trace: readOr(`${base}.parent`, '') };
  }

  /** The control program needs no parent: it writes what it says to a Unix file. */
  async function labctl(args, timeoutMs = 60_000) {
    const base = path.join(files, String(++runs));
    const done = await session.run(['wine', '/lab/.bin/labctl.exe', ...args],
      { timeoutMs, stdout: `${base}.out`, stderr: `${base}.err` });
    const stdout = readOr(`${base}.out`, '');
    if (done.code !== 0) {
      throw new Error(`labctl ${args.join(' ')}: ${done.timedOut ? 'took too long' : done.code ?? done.signal}\n`
        + stdout + readOr(`${base}.err`, ''));
    }
    return stdout;
  }

  /**
   * Opens a session and starts the program that keeps Wine's server, and so the driver, alive until it is closed.
   */
  async function boot() {
    for (const folder of readdirSync(scratch)) rmSync(path.join(scratch, folder), { recursive: true, force: true });
    session = await openSession(root, { share: dir, scratch });
    const [stdout, stderr] = ['out', 'err'].map(ending => path.join(files, `hold.${ending}`));
    let ended;
    session.start(['wine', '/lab/.bin/labctl.exe', 'hold'], { stdout, stderr }, how => { ended = how; });
    const said = () => readOr(stderr, '').trim().slice(-1000);
    for (const started = performance.now(); !readOr(stdout, '').includes('up'); await delay(50)) {
      if (ended !== undefined) throw new Error(`Wine ended when it was started (${ended}): ${said()}`);
      if (performance.now() - started > 60_000) throw new Error(`Wine did not come up within 60 s: ${said()}`);
    }
    log('wine is up');
  }

  async function start() {
    mkdirSync(path.join(dir, '.bin'));
    const { warnings } = await buildDriver(path.join(dir, '.bin'), log);
    try {
      await boot();
    } catch (error) {
      // A machine that is very busy; what fails twice has another reason.
      log(`${error.message} - once more`);
      await session?.close();
      await boot();
    }
    const register = 'sc create labdisk binPath= Z:\\lab\\.bin\\labdisk.sys type= kernel';
    const load = await run(['cmd', '/c', `${register} && net start labdisk`], { timeoutMs: 60_000 });
    if (load.code !== 0) throw new Error(`The driver did not start (${load.code}): ${load.stdout}${load.stderr}`);
    log('the driver is loaded');
    return warnings;
  }

  let warnings;
  try {
    warnings = await start();
  } catch (error) {
    await session?.close();
    removeHome();
    throw error;
  }

  return {
    dir,
    winPath,
    warnings,

    copyIn(hostPath, name = path.basename(hostPath)) {
      const to = path.join(dir, name);
      inside(to);
      mkdirSync(path.dirname(to), { recursive: true });
      if (statSync(hostPath).isDirectory()) cpSync(hostPath, to, { recursive: true });
      else copyFileSync(hostPath, to);
      return to;
    },

    async cmd(commandLine, options) {
      const batch = path.join(files, `${runs + 1}.cmd`);
      writeFileSync(batch, `@echo off\r\n${commandLine}\r\n`);
      return run(['cmd', '/c', winPath(batch)], options);
    },

    exe(program, args = [], options) {
      return run([/^([A-Za-z]:)?\\/.test(program) ? program : winPath(program), ...args], options);
    },

    launcher({ env } = {}) {
      return [...session.launcher({ cwd: '/lab', env: { TERM: 'xterm-256color', ...env } })];
    },

    async counters() {
      return JSON.parse(await labctl(['counters']));
    },

    async reset() {
      await labctl(['reset']);
    },

    async restore() {
      await labctl(['restore']);
    },

    async complete(status = 0) {
      return JSON.parse(await labctl(['complete', hex(status)])).completed;
    },

    async set(unit, what) {
      await labctl(['set', String(unit), typeof what === 'number' ? hex(what) : what]);
    },

    async other(unit, command) {
      return (await labctl(['other', String(unit), command])).trim();
    },

    async keys(unit, count) {
      return (await labctl(['keys', String(unit), String(count)])).trim();
    },

    async resetUnit(unit) {
      await labctl(['unitreset', String(unit)]);
    },

    async odd(unit, kind) {
      await labctl(['odd', String(unit), kind]);
    },

    async probe(...units) {
      return (await labctl(['probe', ...units.map(String)])).trim().split('\n').map(line => JSON.parse(line));
    },

    async close() {
      await session.close();
      removeHome();
    },
  };
}

/** Makes a folder for one lab, beside the chroot; and removes those of labs whose process died before it could. */
function makeHome() {
  const homes = path.join(cacheFolder(), 'labs');
  mkdirSync(homes, { recursive: true });
  for (const name of readdirSync(homes)) {
    const [pid] = name.split('-');
    if (!existsSync(`/proc/${pid}`)) rmSync(path.join(homes, name), { recursive: true, force: true });
  }
  return mkdtempSync(path.join(homes, `${process.pid}-`));
}

function hex(status) {
  return `0x${(status >>> 0).toString(16)}`;
}

function readOr(file, otherwise) {
  try { return readFileSync(file, 'utf8'); } catch { return otherwise; }
}
