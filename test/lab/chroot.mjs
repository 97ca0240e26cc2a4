// A Debian 13 chroot with Wine 10 for the Windows lab, cached outside the repository, and one way to run things in
// it.
//
// Everything that runs in the chroot runs in a session: one mount and one PID namespace, whose first process reads
// a pipe that only this Node process holds. When the session is closed, or this process dies in any way, the
// kernel ends every process of the session (stuck Wine processes too) and its mounts are gone: there is nothing to
// undo.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, chmodSync, closeSync, constants, copyFileSync, existsSync, mkdirSync, openSync, readFileSync,
  readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** What the chroot is made of. Its hash is in the folder's name, so that a change here makes a new one. */
const recipe = {
  suite: 'trixie',
  packages: ['wine', 'wine64', 'osslsigncode', 'openssl'],
  dpkg: ['force-unsafe-io', 'path-exclude=/usr/share/doc/*', 'path-exclude=/usr/share/man/*',
    'path-exclude=/usr/share/locale/*'],
  /** Raise it when the steps below change in a way that the lists above do not show. */
  edition: 1,
};

const prefix = '/prefix';

const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
  WINEDEBUG: '-all',
  WINEARCH: 'win64',
  WINEPREFIX: prefix,
  // Neither Gecko nor menu entries: each would ask, download or write where nobody looks. mscoree stays: .NET's
  // own assemblies are loaded through it, also where .NET brings its runtime with it.
  WINEDLLOVERRIDES: 'mshtml=;winemenubuilder.exe=d',
  XDG_RUNTIME_DIR: '/run/lab',
};

/** Where the lab keeps what is dear to make. */
export function cacheFolder() {
  const { STORAGE_RELEASE_CACHE, XDG_CACHE_HOME } = process.env;
  return path.join(STORAGE_RELEASE_CACHE || XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'storage-release');
}

export function chrootFolder() {
  const hash = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 8);
  return path.join(cacheFolder(), `wine-${recipe.suite}-${hash}`);
}

/** Says why the lab cannot run here, or nothing. Cheap: tests ask it to decide whether to skip. */
export function whyNoLab() {
  const system = `${process.platform} ${process.arch}`;
  if (system !== 'linux x64') return `needs Linux on x64, this is ${system}`;
  if (process.getuid() !== 0) return 'needs root: a chroot, mounts and packages';
  if (!inPath('apt-get')) return 'needs apt-get (Debian)';
  if (spawnSync('unshare', ['--mount', '--propagation', 'unchanged', '--pid', '--fork', 'true']).status !== 0) {
    return 'needs the right to make mount and PID namespaces';
  }
  return undefined;
}

/** Makes sure of the host's tools: the cross compiler and debootstrap. */
export async function ensureHostTools(log = () => {}) {
  const missing = [['debootstrap', 'debootstrap'], ['x86_64-w64-mingw32-gcc', 'gcc-mingw-w64-x86-64']]
    .filter(([command]) => !inPath(command)).map(([, name]) => name);
  if (missing.length === 0) return;
  await ensureAptLists(log);
  log(`apt-get install ${missing.join(' ')}`);
  const install = () => mustRun('apt-get', [...aptOptions, 'install', '-y', '--no-install-recommends', ...missing],
    { timeoutMs: 900_000, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  // Lists that are there may name versions that the mirror has dropped.
  await install().catch(async () => {
    await updateAptLists(log);
    await install();
  });
}

/** Gives the folder of a chroot that is ready for use; makes it when there is none, or only an unfinished one. */
export async function ensureChroot(log = () => {}) {
  const why = whyNoLab();
  if (why) throw new Error(`The Windows lab cannot run here: it ${why}.`);
  await ensureHostTools(log);
  const root = chrootFolder();
  const ready = path.join(root, 'ready');
  if (existsSync(ready)) return root;
  mkdirSync(path.dirname(root), { recursive: true });
  const unlock = await lock(`${root}.lock`, log);
  try {
    if (!existsSync(ready)) await makeChroot(root, log);
  } finally {
    unlock();
  }
  return root;
}

async function makeChroot(root, log) {
  await ensureAptLists(log);
  // An unfinished one may still carry mounts of a session whose namespace could not be private.
  unmountBelow(root);
  rmSync(root, { recursive: true, force: true });
  const mirror = debianMirror();
  log(`debootstrap ${recipe.suite}`);
  const env = { ...process.env, ...aptProxy() };
  // In a PID namespace that ends with this process, so that an interrupted one cannot write into its successor.
  await mustRun('setpriv', ['--pdeathsig', 'KILL', 'unshare', '--pid', '--fork', '--kill-child',
    'debootstrap', '--variant=minbase', recipe.suite, root, mirror], { timeoutMs: 1_200_000, env });

  writeFileSync(path.join(root, 'etc/dpkg/dpkg.cfg.d/lab'), `${recipe.dpkg.join('\n')}\n`);
  for (const file of ['/etc/resolv.conf', '/etc/hosts', '/etc/ssl/certs/ca-certificates.crt']) {
    if (!existsSync(file)) continue;
    mkdirSync(path.dirname(root + file), { recursive: true });
    copyFileSync(file, root + file);
  }
  writeFileSync(path.join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n');
  chmodSync(path.join(root, 'usr/sbin/policy-rc.d'), 0o755);

  const session = await openSession(root);
  try {
    const errors = path.join(root, 'make.err');
    const inside = async (argv, timeoutMs) => {
      const done = await session.run(argv, { timeoutMs, stdout: path.join(root, 'make.log'), stderr: errors,
        env: { DEBIAN_FRONTEND: 'noninteractive', ...aptProxy() } });
      if (done.code !== 0) {
        const said = readFileSync(errors, 'utf8').slice(-2000);
        const how = done.timedOut ? 'took too long' : `code ${done.code}`;
        throw new Error(`${argv.join(' ')} in the chroot: ${how}\n${said}`);
      }
    };
    log(`apt-get install ${recipe.packages.join(' ')} (in the chroot)`);
    await inside(['apt-get', ...aptOptions, 'update'], 300_000);
    const install = ['apt-get', ...aptOptions, 'install', '-y', '--no-install-recommends', ...recipe.packages];
    await inside(install, 1_200_000);
    await inside(['apt-get', 'clean'], 60_000);
    log('wineboot');
    await inside(['mkdir', '-p', prefix], 10_000);
    await inside(['wine', 'wineboot', '-i'], 180_000);
    await inside(['wineserver', '-w'], 60_000);
  } finally {
    await session.close();
  }
  writeFileSync(path.join(root, 'ready'), `${JSON.stringify(recipe)}\n`);
}

/**
 * Opens a session in the chroot.
 *
 * @param {string} root the chroot
 * @param {{ share?: string, scratch?: string }} [options] `share`: a host folder that is /lab in the session.
 *   `scratch`: an empty host folder; with it the Wine prefix is a copy that the session may spoil.
 */
export async function openSession(root, { share, scratch } = {}) {
  if (!existsSync('/proc/self')) spawnSync('mount', ['-t', 'proc', 'proc', '/proc']);
  // In a chroot whose root is no mount point, propagation cannot be changed; if the mount that it lies on is a
  // shared one, the session's mounts are seen outside too, and `close` takes them away there.
  const isPrivate = spawnSync('unshare', ['--mount', '--propagation', 'private', 'true']).status === 0;
  if (share) mkdirSync(path.join(root, 'lab'), { recursive: true });

  const propagation = isPrivate ? 'private' : 'unchanged';
  const init = spawn('unshare', ['--mount', '--propagation', propagation, '--pid', '--fork', '--kill-child',
    'sh', '-c', sessionScript, 'sh', root, share ?? '', scratch ?? '']);
  let said = '';
  init.stderr.on('data', chunk => { said += chunk; });
  const ended = new Promise(resolve => { init.on('close', resolve); init.on('error', resolve); });
  const pid = await new Promise((resolve, reject) => {
    let line = '';
    init.stdout.on('data', chunk => {
      line += chunk;
      if (line.includes('\n')) resolve(Number.parseInt(line, 10));
    });
    ended.then(() => reject(new Error(`No session in the chroot: ${said.trim() || 'unshare ended'}`)));
  });
  // An open session must not keep Node from ending by itself; its end ends the session.
  init.unref();
  for (const stream of [init.stdin, init.stdout, init.stderr]) stream.unref?.();

  let runs = 0;
  let closed = false;

  /** What runs the words behind it in the session. */
  function launcher({ cwd = '/', env = {} } = {}) {
    if (closed) throw new Error('The session in the chroot is closed.');
    const variables = Object.entries({ ...environment, ...env }).map(pair => pair.join('='));
    return ['nsenter', '--target', String(pid), '--mount', '--pid', '--root', '--wd', 'env', '-i', '-C', cwd, ...variables];
  }

  /** Starts a program of the chroot. Its handles are files, never pipes: Node under Wine cannot use Unix pipes. */
  function start(argv, options = {}) {
    const { cwd, env = {}, stdin = '/dev/null', stdout = '/dev/null', stderr = '/dev/null' } = options;
    const tag = `${process.pid}.${pid}.${++runs}`;
    const [enter, ...words] = launcher({ cwd, env: { ...env, LAB_RUN: tag } });
    const stdio = [openSync(stdin, 'r'), openSync(stdout, 'w'), openSync(stderr, 'w')];
    try {
      const child = spawn(enter, [...words, ...argv], { stdio, detached: true });
      return { child, tag };
    } finally {
      for (const fd of stdio) closeSync(fd);
    }
  }

  return {
    root,
    launcher,

    /**
     * Starts a program that lives as long as the session. Options as for `run`. `onEnd` hears that it does not.
     */
    start(argv, options, onEnd = () => {}) {
      const { child } = start(argv, options);
      child.on('error', error => onEnd(error.message));
      child.on('exit', (code, signal) => onEnd(code ?? signal));
      child.unref();
    },

    /**
     * Runs a program of the chroot to its end or to its time limit.
     *
     * @param {string[]} argv
     * @param {{ cwd?: string, env?: Record<string, string>, timeoutMs?: number, stdin?: string, stdout?: string,
     *   stderr?: string }} [options] file names are the host's, `cwd` is the chroot's
     * @returns {Promise<{ code: number | null, signal: string | null, timedOut: boolean, ms: number }>}
     */
    async run(argv, { timeoutMs = 60_000, ...options } = {}) {
      const started = performance.now();
      const { child, tag } = start(argv, options);
      let timedOut = false;
      const timer = setTimeout(() => {
        timedOut = true;
        killTree(child.pid, tag);
      }, timeoutMs);
      const [code, signal] = await new Promise((resolve, reject) => {
        child.on('error', reject);
        child.on('exit', (...how) => resolve(how));
      }).finally(() => clearTimeout(timer));
      return { code, signal, timedOut, ms: performance.now() - started };
    },

    /** Ends everything that runs in the session. */
    async close() {
      if (closed) return;
      closed = true;
      init.ref();
      // The end of its stdin ends the first process of the PID namespace, and that ends all the others.
      init.stdin.destroy();
      const timer = setTimeout(() => { try { process.kill(pid, 'SIGKILL'); } catch { /* it has ended */ } }, 3000);
      await ended;
      clearTimeout(timer);
      if (!isPrivate) unmountBelow(root);
    },
  };
}

// $1 root, $2 share, $3 scratch. The first line that it says is its process id as the outside knows it. The inner
// shell waits for cat and does not become it: a shell that waits takes in processes that lost their parent.
const sessionScript = `
set -eu
read -r pid rest < /proc/self/stat
mount -t proc proc "$1/proc"
[ ! -c /dev/null ] || mount --rbind /dev "$1/dev"
[ ! -d /sys/kernel ] || mount --rbind /sys "$1/sys"
mount -t tmpfs -o mode=1777 lab "$1/tmp"
mount -t tmpfs -o mode=755 lab "$1/run"
mkdir -m 700 "$1/run/lab"
[ -z "$2" ] || mount --bind "$2" "$1/lab"
overlay() {
  mkdir -p "$2/upper" "$2/work"
  mount -t overlay -o "lowerdir=$1${prefix},upperdir=$2/upper,workdir=$2/work" lab "$1${prefix}" 2>/dev/null
}
if [ -n "$3" ]; then
  # An overlay's upper layer cannot be on an overlay (a container's root), but it can be in memory.
  overlay "$1" "$3" || { mount -t tmpfs lab "$3" && overlay "$1" "$3"; } || {
    cp -a "$1${prefix}/." "$3/upper/"
    mount --bind "$3/upper" "$1${prefix}"
  }
fi
# Said from inside: whoever joins this process before it has changed its root stays outside the chroot.
exec chroot "$1" sh -c 'echo "$0"; cat > /dev/null; exit 0' "$pid"
`;

/** A chroot made ready and a session in it, for one program at a time; for many, see `openSession`. */
export async function runInWine(argv, options = {}) {
  const session = await openSession(await ensureChroot());
  try {
    return await session.run(['wine', ...argv], options);
  } finally {
    await session.run(['wineserver', '-k'], { timeoutMs: 5000 });
    await session.close();
  }
}

/** Kills a run: its process group, whoever carries its tag in the environment, and all that descend from those. */
function killTree(leader, tag) {
  const parents = new Map();
  const doomed = new Set([leader]);
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number);
      parents.set(Number(name), parent);
      if (group === leader) doomed.add(Number(name));
      const environ = readFileSync(`/proc/${name}/environ`, 'latin1');
      if (environ.split('\0').includes(`LAB_RUN=${tag}`)) doomed.add(Number(name));
    } catch { /* it ended while we looked */ }
  }
  for (let before = -1; before !== doomed.size;) {
    before = doomed.size;
    for (const [pid, parent] of parents) if (doomed.has(parent)) doomed.add(pid);
  }
  for (const pid of doomed) {
    try { process.kill(pid, 'SIGKILL'); } catch { /* it has ended */ }
  }
}

const aptOptions = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3', '-o', 'APT::Sandbox::User=root'];

async function ensureAptLists(log) {
  if (debianTargets().length === 0) await updateAptLists(log);
}

async function updateAptLists(log) {
  log('apt-get update');
  await mustRun('apt-get', [...aptOptions, 'update'], { timeoutMs: 600_000 });
}

/** The package lists that apt has of the Debian archive, as apt itself reads its sources: [address, label]. */
function debianTargets() {
  const format = '$(REPO_URI)|$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(FILENAME)';
  const args = ['indextargets', '--format', format, 'Created-By: Packages'];
  const asked = spawnSync('apt-get', args, { encoding: 'utf8' });
  return (asked.stdout ?? '').split('\n').map(line => line.split('|'))
    .filter(([, origin, label, component, file]) => [origin, label, component].join() === 'Debian,Debian,main'
      && readdirSync(path.dirname(file)).some(name => name.startsWith(path.basename(file))));
}

function debianMirror() {
  const target = debianTargets()[0];
  if (!target) throw new Error('The apt sources of this machine name no Debian archive to make the chroot from.');
  return target[0];
}

function aptProxy() {
  const asked = spawnSync('apt-config', ['shell', 'proxy', 'Acquire::http::Proxy'], { encoding: 'utf8' });
  const proxy = /^proxy='(.+)'$/m.exec(asked.stdout ?? '')?.[1] ?? process.env.http_proxy;
  return proxy ? { http_proxy: proxy, https_proxy: process.env.https_proxy ?? proxy } : {};
}

function unmountBelow(root) {
  const points = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').map(line => line.split(' ')[4])
    .filter(point => point?.startsWith(`${root}/`));
  for (const point of points.reverse()) spawnSync('umount', ['--lazy', point]);
}

/** Takes a lock that a dead process cannot keep. */
async function lock(file, log) {
  for (let told = false; ;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = Number(readOrNothing(file));
    const age = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (holder ? !existsSync(`/proc/${holder}`) : age > 10_000) {
      rmSync(file, { force: true });
    } else {
      if (!told) log(`another process (${holder}) is making the chroot: waiting`);
      told = true;
      await delay(500);
    }
  }
}

function readOrNothing(file) {
  try { return readFileSync(file, 'utf8'); } catch { return ''; }
}

function inPath(command) {
  return [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'].some(folder => {
    try {
      accessSync(path.join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Runs a program of the host to its end; throws its last words when it fails. */
export async function mustRun(command, args, { timeoutMs = 60_000, env = process.env } = {}) {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'], detached: true,
    env: { ...env, PATH: `${env.PATH ?? ''}:/usr/sbin:/sbin` },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => { said += text; });
  }
  const timer = setTimeout(() => killTree(child.pid, ''), timeoutMs);
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (number, signal) => resolve(number ?? signal));
  }).finally(() => clearTimeout(timer));
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${code}\n${said.slice(-2000)}`);
  return said;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const started = performance.now();
  const root = await ensureChroot(text => console.log(text));
  console.log(`${root} is ready (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}
