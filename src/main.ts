// The only file that touches process.*: `serve` goes to the worker, everything else to the command line. What is
// loaded with `import()` is a part of the executable that V8 reads only then (docs/performance.md).

// libuv reads this once, when its pool starts: four opens that hang would otherwise make the process deaf.
process.env.UV_THREADPOOL_SIZE = '128';

import { fstat, fstatSync, write as fsWrite, writeSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { resolve as fullPath } from 'node:path';
import { isatty } from 'node:tty';
import type { Bus } from './bus/bus.ts';
import { systemClock } from './clock.ts';
import type { LogSource } from './log/result-log.ts';
import { build, version } from './version.ts';
import { hello } from './worker/reply.ts';
import type { BusOpener } from './worker/worker.ts';

const args = process.argv.slice(2);

/** For good; see docs/decisions/0003-write-access.md. */
function giveUp(...scopes: string[]): void {
  for (const scope of scopes) process.permission?.drop(scope);
}

const open: BusOpener = {
  async windows(): Promise<Bus> {
    giveUp('fs.write');
    if (process.platform !== 'win32') {
      throw new Error('There is no Windows storage stack on this system. Rehearse instead: '
        + 'Enter-StorageRehearsal -Path bus.json, or --rehearsal bus.json.');
    }
    const { openWindowsBus } = await import('./bus/windows/windows-bus.ts');
    const bus = openWindowsBus({ clock: systemClock });
    // The addon was the last file to be read, and is loaded.
    giveUp('fs.read', 'addon');
    return bus;
  },
  async rehearsal(file, initiator, warn): Promise<Bus> {
    giveUp('addon');
    // No open hangs here, and from now on this process opens no other bus: threads take their time to start.
    process.env.UV_THREADPOOL_SIZE = '4';
    const { openRehearsal } = await import('./bus/rehearsal/rehearsal-bus.ts');
    const [user, group] = [process.geteuid?.(), process.getegid?.()];
    const account = user === undefined || group === undefined ? undefined : { user, group };
    return openRehearsal(file, { initiator: initiator ?? undefined, clock: systemClock, onWarning: warn, account });
  },
};

const logs: LogSource = {
  async files() {
    if (process.platform === 'win32') return (await import('./bus/windows/log-files.ts')).openWindowsLogFiles();
    const { NodeFiles } = await import('./log/node-files.ts');
    return new NodeFiles({ user: process.geteuid?.() ?? 0, group: process.getegid?.() ?? 0, name: userName() });
  },
  async events() {
    if (process.platform !== 'win32') return null;
    return (await import('./bus/windows/event-log.ts')).openEventLog();
  },
  fullPath,
  get computer() { return hostname(); },
  processId: process.pid,
  version,
};

/** As the system has it, whatever the environment says. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.());
  }
}

/**
 * All of it to a file descriptor, on libuv's pool: the thread that keeps the deadlines never blocks on a reader.
 */
function writeAll(fd: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const rest = (from: number) => fsWrite(fd, bytes, from, bytes.length - from, null, (error, written) => {
      if (error?.code === 'EAGAIN') setTimeout(rest, 1, from);
      else if (error) reject(error);
      else if (from + written < bytes.length) rest(from + written);
      else resolve();
    });
    rest(0);
  });
}

/**
 * The first line of a worker. Nothing is under way yet that could wait, and a pipe that is new has room for it; the
 * threads of libuv's pool, which writes all others, take as long to start as all the rest until here.
 */
async function writeFirst(fd: number, bytes: Buffer): Promise<void> {
  let written = 0;
  try {
    written = writeSync(fd, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
  }
  if (written < bytes.length) await writeAll(fd, bytes.subarray(written));
}

/** Ends now. process.exit would wait for a call that hangs in a driver. */
async function leave(code: number): Promise<never> {
  if (process.platform === 'win32') {
    const { terminateSelf } = await import('./bus/windows/process.ts');
    terminateSelf(code);
  }
  process.exit(code);
}

async function parentGone(): Promise<void> {
  const parent = process.ppid;
  if (process.platform === 'win32') {
    const { watchParent } = await import('./bus/windows/process.ts');
    return new Promise((resolve) => watchParent(parent, resolve));
  }
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      resolve();
    }, 1000);
    timer.unref();
  });
}

/** A pipe or file is none, which is told without node:tty: that loads node:net. */
function isTerminal(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    if (stat.isFIFO() || stat.isSocket() || stat.isFile()) return false;
  } catch {
    // Closed, or of a kind that Windows says nothing of.
  }
  return isatty(fd);
}

async function main(): Promise<number> {
  // NODE_CHANNEL_FD: somebody's environment has made one of our streams a channel for messages.
  if (process.send !== undefined) {
    const { usageExitCode } = await import('./status/outcomes.ts');
    await writeAll(2, Buffer.from('storage-release: NODE_CHANNEL_FD is set. Take it out of the environment.\n'));
    return usageExitCode;
  }
  if (args.length === 1 && args[0] === 'serve') {
    // The console's Ctrl+C reaches every process of it; the worker obeys its stdin alone.
    for (const signal of ['SIGINT', 'SIGBREAK', 'SIGHUP'] as const) process.on(signal, () => {});
    const gone = parentGone();
    gone.catch(() => {});
    const who = { name: 'storage-release', version, build, processId: process.pid, platform: process.platform };
    try {
      await writeFirst(1, Buffer.from(`${hello(who)}\n`, 'latin1'));
    } catch {
      // Nobody reads.
      return 0;
    }
    const { serve } = await import('./worker/serve.ts');
    const served = serve(systemClock, open, null, {
      input: process.stdin,
      write: (bytes) => writeAll(1, bytes),
      parentGone: gone,
    }, logs);
    // Starts libuv's pool while nobody waits for it.
    if (process.platform === 'win32') fstat(1, () => {});
    await served;
    return 0;
  }
  const { runCli } = await import('./cli/cli.ts');
  return runCli(args, {
    open,
    clock: systemClock,
    logs,
    version,
    isTerminal: {
      get input() { return isTerminal(0); },
      get output() { return isTerminal(1); },
      get error() { return isTerminal(2); },
    },
    // A terminal that does not say has none: a serial console, script(1).
    columns: (isTerminal(1) && process.stdout.columns) || 80,
    stdout: (text) => writeAll(1, Buffer.from(text, 'utf8')),
    stderr: (text) => writeAll(2, Buffer.from(text, 'utf8')),
    stdin: () => process.stdin,
    onInterrupt: (listener) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGBREAK', 'SIGHUP'] as const) process.on(signal, listener);
    },
  });
}

async function fail(error: unknown): Promise<never> {
  const [{ outcomeRow }, { unexpected }] = await Promise.all([import('./status/outcomes.ts'), import('./unexpected.ts')]);
  const { message, nextStep } = unexpected(error, version, args);
  await writeAll(2, Buffer.from(`storage-release: ${message}\n${nextStep}\n`)).catch(() => {});
  return leave(outcomeRow('Failed').exitCode);
}

// Whatever is thrown where nobody waits for it, rejections among it.
process.on('uncaughtException', (error) => void fail(error));
main().then(leave, fail);
