// The Windows lab: a Wine of its own with the lab's driver loaded, and ways to run Windows programs in it.

import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { ensureChroot, openSession } from './chroot.mjs';
import { buildDriver } from './driver.mjs';

export { whyNoLab } from './chroot.mjs';

/** Beyond a program's own time limit: what its Windows parent may need to end it before the Unix side kills all. */
const graceMs = 10_000;

/**
 * @typedef {object} Ran
 * @property {number} code the Windows exit code, all 32 bits
 * @property {string} stdout
 * @property {string} stderr
 * @property {boolean} timedOut the time limit ended it
 * @property {boolean} ended false: terminated, and the process is still there (a request hangs in a driver)
 * @property {number} ms from its creation to its end, as Windows saw it
 */

/**
 * @typedef {object} RunOptions
 * @property {number} [timeoutMs] 30 s when not given
 * @property {string} [stdin] 'none' (NUL, the default), a file of `lab.dir`, or `pipe:` and such a file: a Windows pipe
 *   that ends after the file's bytes
 * @property {string} [cwd] a folder of `lab.dir`
 * @property {Record<string, string>} [env] added to the environment
 */

/**
 * @typedef {object} Counters
 * @property {'disk' | 'tape' | 'changer'} kind
 * @property {number} number
 * @property {string} behaviour
 * @property {number} status what RELEASE ends with
 * @property {number} opens
 * @property {number} closes
 * @property {number} releases
 * @property {number} reserves
 * @property {number} verifies
 * @property {number} queries GET_DEVICE_NUMBER and QUERY_PROPERTY
 * @property {number} others every other control code
 * @property {number} lastCode the last of those
 * @property {number} pending requests that the driver holds now
 */

/**
 * Opens a lab. Labs are independent of each other: each has its own Wine prefix, wineserver and driver.
 *
 * @param {{ log?: (text: string) => void }} [options]
 */
export async function openLab({ log = () => {} } = {}) {
  const root = await ensureChroot(log);
  const home = mkdtempSync(path.join(tmpdir(), 'storage-release-lab-'));
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
   * Runs a Windows program under a Windows parent. The parent makes handles of files and Windows pipes for it, for Node
   * under Wine can use no Unix pipe, and knows the whole exit code.
   * @param {string[]} argv
   * @param {RunOptions} options
   * @returns {Promise<Ran>}
   */
  async function run(argv, { timeoutMs = 30_000, stdin = 'none', cwd = '', env } = {}) {
    const base = path.join(files, String(++runs));
    const [report, stdout, stderr] = ['json', 'out', 'err'].map(ending => `${base}.${ending}`);
    const [, pipe = '', file] = /^(pipe:)?(.*)$/s.exec(stdin);
    const input = stdin === 'none' ? 'NUL' : `${pipe}${winPath(file)}`;
    const parent = await session.run(['wine', '/lab/.bin/labctl.exe', 'run', winPath(report), String(timeoutMs), input,
      winPath(stdout), winPath(stderr), '--', ...argv],
    { timeoutMs: timeoutMs + graceMs, cwd: inside(cwd), env, stdout: `${base}.parent`, stderr: `${base}.parent` });
    const seen = readOr(report, '');
    if (!seen && !parent.timedOut) {
      throw new Error(`${argv[0]} was not started (${parent.code ?? parent.signal}): ${readOr(`${base}.parent`, '').trim()}`);
    }
    const told = seen ? JSON.parse(seen) : { code: 258, timedOut: true, ended: false, ms: parent.ms };
    return { ...told, stdout: readOr(stdout, ''), stderr: readOr(stderr, '') };
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

  async function start() {
    mkdirSync(path.join(dir, '.bin'));
    const { warnings } = await buildDriver(path.join(dir, '.bin'), log);
    session = await openSession(root, { share: dir, scratch });
    // Keeps Wine's server, and so the driver, alive until the session is closed; never awaited.
    const up = path.join(files, 'hold.out');
    const held = session.run(['wine', '/lab/.bin/labctl.exe', 'hold'], { timeoutMs: 2 ** 31 - 1, stdout: up });
    held.catch(() => {});
    for (let left = 600; !readOr(up, '').includes('up'); left--) {
      if (left === 0) throw new Error('Wine did not come up within 60 s.');
      await delay(100);
    }
    log('wine is up');
    const load = await run(['cmd', '/c', 'sc create labdisk binPath= Z:\\lab\\.bin\\labdisk.sys type= kernel && net start labdisk'],
      { timeoutMs: 60_000 });
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
    /** A folder of the host that the programs of the lab see as Z:\lab. */
    dir,
    winPath,
    /** What the compiler said when it built the driver; nothing, if all is well. */
    warnings,

    /** Copies a file or folder into `dir` and gives the copy's host path. */
    copyIn(hostPath, name = path.basename(hostPath)) {
      const to = path.join(dir, name);
      inside(to);
      mkdirSync(path.dirname(to), { recursive: true });
      if (statSync(hostPath).isDirectory()) cpSync(hostPath, to, { recursive: true });
      else copyFileSync(hostPath, to);
      return to;
    },

    /** Runs a line as a batch file of cmd.exe does. @param {RunOptions} [options] */
    async cmd(commandLine, options) {
      const batch = path.join(files, `${runs + 1}.cmd`);
      writeFileSync(batch, `@echo off\r\n${commandLine}\r\n`);
      return run(['cmd', '/c', winPath(batch)], options);
    },

    /** Runs a Windows program, no shell between. `program` is in `dir`, or a Windows path. @param {RunOptions} [options] */
    exe(program, args = [], options) {
      return run([/^([A-Za-z]:)?\\/.test(program) ? program : winPath(program), ...args], options);
    },

    /** @returns {Promise<Counters[]>} */
    async counters() {
      return JSON.parse(await labctl(['counters']));
    },

    async reset() {
      await labctl(['reset']);
    },

    /** Completes every request that hangs. @returns {Promise<number>} how many */
    async complete(status = 0) {
      return JSON.parse(await labctl(['complete', hex(status)])).completed;
    },

    /** Changes a unit (10, 'tape0', 'changer0') to a behaviour, or what its RELEASE ends with to a status. */
    async set(unit, what) {
      await labctl(['set', String(unit), typeof what === 'number' ? hex(what) : what]);
    },

    /** What units answer, asked by the control program: one object each. */
    async probe(...units) {
      return (await labctl(['probe', ...units.map(String)])).trim().split('\n').map(line => JSON.parse(line));
    },

    /** Ends all that runs in the lab and removes its folder. */
    async close() {
      await session.close();
      removeHome();
    },
  };
}

/** @typedef {Awaited<ReturnType<typeof openLab>>} Lab */

function hex(status) {
  return `0x${(status >>> 0).toString(16)}`;
}

function readOr(file, otherwise) {
  try { return readFileSync(file, 'utf8'); } catch { return otherwise; }
}
