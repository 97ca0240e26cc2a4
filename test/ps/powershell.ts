// How the tests run a script in the PowerShell that test/powershell/find.mjs finds.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

import { findPowerShell, shellEnvironment } from '../powershell/find.mjs';
import type { PowerShellCommand } from '../powershell/find.mjs';

export { findPowerShell };
export type { PowerShellCommand };

export interface RunOptions {
  /** A script to run with `-File`; `args` follow it. */
  file?: string;
  /** Text to run with `-Command`. */
  command?: string;
  args?: readonly string[];
  /** What stdin holds before it ends; without it stdin is at its end from the start. */
  stdin?: string;
  /** Leaves stdin open after `stdin`, as a prompt with nobody at it. */
  keepStdinOpen?: boolean;
  /** Added to this process's environment; `undefined` takes a variable away. */
  env?: Readonly<Record<string, string | undefined>>;
  cwd?: string;
  /** After this the whole process tree is killed and the result says `timedOut`. */
  timeoutMs?: number;
  nonInteractive?: boolean;
  powerShell?: PowerShellCommand;
  /** Called for each complete line of stdout while the script runs; `child.kill('SIGINT')` is Ctrl+C. */
  onLine?: (line: string, child: ChildProcess) => void;
}

export interface RunResult {
  code: number | null;
  stdout: string;
  stderr: string;
  signal: NodeJS.Signals | null;
  timedOut: boolean;
  ms: number;
}

export function runPowerShell(options: RunOptions): Promise<RunResult> {
  const { command, kind } = options.powerShell ?? findPowerShell();
  const args = ['-NoProfile'];
  if (options.nonInteractive) args.push('-NonInteractive');
  // the scripts of a checkout are not signed
  if (process.platform === 'win32' || kind === 'powershell') args.push('-ExecutionPolicy', 'Bypass');
  if (options.file !== undefined) args.push('-File', options.file, ...(options.args ?? []));
  else if (options.command !== undefined) args.push('-Command', options.command, ...(options.args ?? []));
  else throw new Error('runPowerShell: neither file nor command');

  const started = performance.now();
  const posix = process.platform !== 'win32';
  const hasInput = options.stdin !== undefined || options.keepStdinOpen === true;
  const child = spawn(command, args, {
    cwd: options.cwd,
    // colours, where there is a terminal to show them: terminal.ts
    env: { ...process.env, ...shellEnvironment(), NO_COLOR: '1', ...options.env },
    stdio: [hasInput ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    // a group of its own, so that a time-out takes the script's children along
    detached: posix,
    windowsHide: true,
  });

  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    let partial = '';
    let timedOut = false;
    const deadline = setTimeout(() => {
      timedOut = true;
      killTree(child);
    }, options.timeoutMs ?? 60_000);

    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (!options.onLine) return;
      const lines = (partial + text).split(/\r?\n/);
      partial = lines.pop() ?? '';
      for (const line of lines) options.onLine(line, child);
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    // the script may end without reading its input
    child.stdin?.on('error', () => {});
    child.on('error', (error) => {
      clearTimeout(deadline);
      reject(error);
    });
    child.on('close', (code, signal) => {
      clearTimeout(deadline);
      resolve({ code, stdout, stderr, signal, timedOut, ms: performance.now() - started });
    });
    if (options.stdin !== undefined) child.stdin?.write(options.stdin);
    if (!options.keepStdinOpen) child.stdin?.end();
  });
}

function killTree(child: ChildProcess): void {
  if (child.pid === undefined) return;
  if (process.platform === 'win32') {
    const killer = spawn('taskkill', ['/PID', String(child.pid), '/T', '/F'], { stdio: 'ignore' });
    killer.on('error', () => child.kill());
    return;
  }
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}
