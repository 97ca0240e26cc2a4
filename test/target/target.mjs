// A real iSCSI target for tests: tgt's daemon on a loopback port of its own, its logical units, and initiators
// that log in to it. Nothing relies on a time: readiness is asked for until it is there or the daemon is gone.
//
// A shell stands between this process and the daemon and reads a pipe that only this process holds. When this
// process ends in any way, the shell takes the daemon and the folder away; a file with the daemon's process id
// tells the next run of a daemon whose shell was killed too.

import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { mustRun } from '../lab/chroot.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const built = path.join(here, '../../dist/target');
const address = '127.0.0.1';
const targetName = 'iqn.2000-01.test.storage-release:judge';
const programs = { tgt: 'tgtd', gcc: 'gcc', 'libc6-dev': '/usr/include/stdio.h',
  'libiscsi-dev': '/usr/include/iscsi/iscsi.h' };

const find = (name) => (path.isAbsolute(name) ? [name]
  : [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'].map((folder) => path.join(folder, name)))
  .find((file) => existsSync(file));
const missing = () => Object.keys(programs).filter((name) => !find(programs[name]));

/** Says why there can be no real target here, or nothing. Cheap. */
export function whyNoTarget() {
  if (process.platform !== 'linux') return `needs Linux, this is ${process.platform}`;
  if (process.getuid() !== 0) return 'needs root: tgt keeps its sockets and limits as root only';
  if (missing().length > 0 && !find('apt-get')) return `needs ${missing().join(', ')}, or apt-get to install them`;
}

async function install(log) {
  const packages = missing();
  if (packages.length === 0) return;
  log(`installing ${packages.join(', ')}`);
  // The package would start a daemon of its own, for every address of the machine.
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];
  const apt = (...args) => mustRun('apt-get', [...options, ...args], { timeoutMs: 540_000, env });
  const add = () => apt('install', '-y', '-qq', '--no-install-recommends', ...packages);
  try {
    // Package lists that are missing or too old fail the first time.
    await add().catch(async () => {
      await apt('update', '-qq');
      await add();
    });
  } finally {
    if (ours) rmSync(policy, { force: true });
  }
}

/** Compiles the initiator where its source is newer. Returns the program. */
async function compile() {
  const program = path.join(built, 'initiator');
  const source = path.join(here, 'initiator.c');
  if (existsSync(program) && statSync(program).mtimeMs > statSync(source).mtimeMs) return program;
  // Under a name of its own first: another file of tests may be running the program, or compiling it.
  const own = `${program}.${process.pid}`;
  const said = await mustRun('gcc', ['-O2', '-std=gnu11', '-Wall', '-Wextra', '-Werror', '-o', own, source, '-liscsi']);
  if (said !== '') throw new Error(said);
  renameSync(own, program);
  return program;
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject).listen(0, address, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Where nobody waits for lost processes, what was killed stays as a zombie. */
function alive(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat[stat.lastIndexOf(')') + 2] !== 'Z';
  } catch {
    return false;
  }
}

const environment = (pid) => {
  try { return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0'); } catch { return []; }
};

/** Ends daemons of runs whose every process was killed. A process id may be another's by now: its socket tells. */
function sweep() {
  for (const name of readdirSync(built).filter((each) => each.endsWith('.pid'))) {
    const file = path.join(built, name);
    let left;
    try { left = JSON.parse(readFileSync(file, 'utf8')); } catch { left = {}; }
    if (alive(left.owner)) continue;
    const ours = environment(left.daemon).includes(`TGT_IPC_SOCKET=${left.folder}/socket`);
    if (ours) process.kill(left.daemon, 'SIGKILL');
    if (left.folder) rmSync(left.folder, { recursive: true, force: true });
    rmSync(file, { force: true });
  }
}

// $1 folder, $2 portal, $3 PID file. One thread a logical unit is enough, and there are many units.
const guard = `
tgtd -f -C 1 -t 1 --iscsi "portal=$2" < /dev/null > "$1/log" 2>&1 &
daemon=$!
echo "$daemon"
cat > /dev/null
kill -KILL "$daemon" 2> /dev/null
wait "$daemon" 2> /dev/null
rm -rf "$1" "$3"
`;

async function startDaemon() {
  const folder = mkdtempSync(path.join(tmpdir(), 'judge-'));
  const pidFile = path.join(built, `${path.basename(folder)}.pid`);
  const env = { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`, TGT_IPC_SOCKET: path.join(folder, 'socket') };
  const portal = `${address}:${await freePort()}`;
  // A group of its own: Ctrl+C must not end the shell that has to clean up.
  const shell = spawn('sh', ['-c', guard, 'sh', folder, portal, pidFile],
    { env, detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = new Promise((resolve) => { shell.on('close', resolve); shell.on('error', resolve); });
  const daemon = await new Promise((resolve) => {
    createInterface(shell.stdout).once('line', (line) => resolve(Number(line)));
    void ended.then(() => resolve(0));
  });
  writeFileSync(pidFile, JSON.stringify({ owner: process.pid, daemon, folder }));
  const close = async () => {
    shell.stdin.destroy();
    await ended;
    rmSync(pidFile, { force: true });
  };
  const admin = (...args) => mustRun('tgtadm', ['-C', '1', '--lld', 'iscsi', ...args], { env });
  for (let attempt = 0; attempt < 1000 && alive(daemon); attempt++) {
    if (spawnSync('tgtadm', ['-C', '1', '--op', 'show', '--mode', 'sys'], { env }).status === 0) {
      // Without its port, the daemon lives on and serves nobody.
      if (!readFileSync(path.join(folder, 'log'), 'utf8').includes('unable to bind')) {
        return { folder, portal, daemon, admin, close };
      }
      break;
    }
    await delay(20);
  }
  const log = readFileSync(path.join(folder, 'log'), 'utf8').slice(-2000);
  await close();
  throw new Error(`tgtd did not start: ${log}`);
}

/** One initiator: a process with a name and an ISID of its own, asked and answered line by line. */
class Initiator {
  #child;
  #answers;
  loggedIn = false;

  constructor(program, portal, name, isid) {
    this.#child = spawn(program, [portal, targetName, name, isid.toString(16)],
      { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
    this.#child.stdin.on('error', () => {});
    this.#answers = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  async ask(line) {
    this.#child.stdin.write(`${line}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`The initiator ended at "${line}".`);
    if (value.startsWith('failed')) throw new Error(`${line}: ${value}`);
    if (line === 'login') this.loggedIn = true;
    if (line === 'logout') this.loggedIn = false;
    return value;
  }

  async execute(lun, cdb, { out, inLength = 0 } = {}) {
    const hex = (bytes) => (bytes.length === 0 ? '-' : Buffer.from(bytes).toString('hex'));
    const way = out !== undefined ? `out ${hex(out)}` : inLength > 0 ? `in ${inLength}` : 'none';
    const [, status, key, code, data] = (await this.ask(`cdb ${lun} ${hex(cdb)} ${way}`)).split(' ');
    const sense = status === '02' ? { key: Number.parseInt(key, 16), code: Number.parseInt(code, 16) } : null;
    return { status: Number.parseInt(status, 16), sense, data: Buffer.from(data === '-' ? '' : data, 'hex') };
  }

  /** Sends TEST UNIT READY until nothing is left to be told. */
  async hearAll(lun) {
    for (let attempt = 0; attempt < 16; attempt++) {
      const { sense } = await this.execute(lun, [0, 0, 0, 0, 0, 0]);
      if (sense?.key !== 6) return;
    }
    throw new Error(`Logical unit ${lun} has unit attentions without end.`);
  }

  close() {
    const ended = new Promise((resolve) => this.#child.on('close', resolve));
    this.#child.stdin.end();
    return ended;
  }
}

/**
 * Starts a target with logical units 1 to `units`, and an initiator of each name, logged in.
 *
 * @param {{ units: number, initiators: string[], log?: (text: string) => void }} options
 */
export async function openTarget({ units, initiators, log = () => {} }) {
  mkdirSync(built, { recursive: true });
  sweep();
  await install(log);
  const program = await compile();
  // Between the search for a free port and its use, another may take it.
  const daemon = await startDaemon().catch(startDaemon);
  const { folder, portal, admin } = daemon;
  const target = ['--tid', '1'];
  const all = new Map();
  const close = async () => {
    await Promise.all([...all.values()].map((each) => each.close()));
    await daemon.close();
  };
  try {
    await admin('--op', 'new', '--mode', 'target', ...target, '-T', targetName);
    const backing = path.join(folder, 'blocks');
    writeFileSync(backing, new Uint8Array(1 << 20));
    for (let unit = 1; unit <= units; unit++) {
      await admin('--op', 'new', '--mode', 'logicalunit', ...target, '--lun', String(unit), '-b', backing);
    }
    await admin('--op', 'bind', '--mode', 'target', ...target, '-I', address);
    for (const [index, name] of initiators.entries()) {
      const initiator = new Initiator(program, portal, `iqn.2000-01.test.storage-release:${name.toLowerCase()}`,
        index + 1);
      all.set(name, initiator);
      await initiator.ask('login');
    }
  } catch (error) {
    await close();
    throw error;
  }
  const version = spawnSync(find('tgtd'), ['-V'], { encoding: 'utf8' }).stdout.trim();
  return { version, daemon: daemon.daemon, initiator: (name) => all.get(name), close };
}
