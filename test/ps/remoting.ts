// Several "hosts" on this machine that are reached by real PowerShell remoting over SSH: Debian's sshd as the tests'
// own process, on loopback addresses, with keys made for this run. Behind it stands the PowerShell under test.
//
// A host is a loopback address (127.0.0.2, 127.0.0.3, ...), and a folder that says what it is: `modules` is its
// PSModulePath, `home` its user's home, `start` what sshd runs there as the subsystem "powershell".

import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { findPowerShell } from './powershell.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * What a host has: our module; none; one that says another version; or a JEA endpoint and nothing else. Or the words that
 * start a shell that is somewhere else.
 */
export type HostKind = 'module' | 'bare' | 'other' | 'jea' | { readonly start: readonly string[] };

export interface Remoting {
  port: number;
  /** Private key of the one user that may come in: the one that runs the tests. */
  key: string;
  /** Holds a folder for each host, by its address. */
  folder: string;
  /** What a script needs to find its way in (test/ps/remoting.ps1 reads it). */
  env: Record<string, string>;
  stop: () => Promise<void>;
}

/** Why there is no SSH server to work with, or undefined. */
export function missingSshd(): string | undefined {
  if (process.platform === 'win32') return 'these tests start an sshd of their own, which they do on Linux only';
  if (tool('sshd') && tool('ssh') && tool('ssh-keygen')) return undefined;
  // Not installed from here: on some systems that would leave a server running.
  return 'there is no sshd here (Debian: apt-get install openssh-server)';
}

function tool(name: string): string | undefined {
  return ['/usr/sbin', '/usr/bin', '/usr/local/sbin', '/usr/local/bin'].map((folder) => join(folder, name)).find(existsSync);
}

/** Starts the server with these hosts, by address: at most 16, as many as one sshd listens on. Loopback alone. */
export async function startRemoting(hosts: Readonly<Record<string, HostKind>>): Promise<Remoting> {
  const folder = mkdtempSync(join(tmpdir(), 'storage-release-ssh-'));
  const keygen = (file: string): void => {
    execFileSync(tool('ssh-keygen')!, ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', file]);
  };
  const key = join(folder, 'key');
  const hostKey = join(folder, 'host-key');
  keygen(key);
  keygen(hostKey);
  for (const [address, kind] of Object.entries(hosts)) makeHost(join(folder, address), kind);

  // SSH_CONNECTION is "client port server port".
  const subsystem = join(folder, 'subsystem');
  writeFileSync(subsystem, `#!/bin/sh
set -- $SSH_CONNECTION
exec "${folder}/$3/start"
`);
  chmodSync(subsystem, 0o755);

  const port = await freePort();
  const config = join(folder, 'sshd_config');
  writeFileSync(config, [
    ...Object.keys(hosts).map((address) => `ListenAddress ${address}`),
    `Port ${port}`,
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${key}.pub`,
    `AllowUsers ${userInfo().username}`,
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'StrictModes no',
    'UsePAM no',
    'UseDNS no',
    'PidFile none',
    'MaxStartups 100',
    `Subsystem powershell ${subsystem}`,
    '',
  ].join('\n'));
  // sshd insists on this folder when it runs as root.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });

  const server = spawn(tool('sshd')!, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  // However this process ends, nothing of it goes on listening.
  process.once('exit', () => server.kill());
  await listening(server, Object.keys(hosts).length);
  return {
    port,
    key,
    folder,
    env: { STORAGERELEASE_TEST_SSH: [String(port), userInfo().username, folder].join('|') },
    stop: () => new Promise((resolve) => {
      const clean = (): void => {
        rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
        resolve();
      };
      if (server.exitCode !== null) clean();
      else server.once('exit', clean).kill();
    }),
  };
}

function makeHost(folder: string, kind: HostKind): void {
  const modules = join(folder, 'modules');
  const home = join(folder, 'home');
  if (typeof kind === 'object') {
    mkdirSync(folder, { recursive: true });
    const words = kind.start.map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    writeFileSync(join(folder, 'start'), `#!/bin/sh\nexec ${words.join(' ')}\n`);
    chmodSync(join(folder, 'start'), 0o755);
    return;
  }
  for (const one of [modules, home]) mkdirSync(one, { recursive: true });
  if (kind !== 'bare') {
    const module = join(modules, 'StorageRelease');
    mkdirSync(module);
    symlinkSync(join(root, 'dist'), join(module, 'dist'));
    const manifest = readFileSync(join(root, 'StorageRelease.psd1'), 'utf8');
    if (kind === 'other') {
      cpSync(join(root, 'ps'), join(module, 'ps'), { recursive: true });
      writeFileSync(join(module, 'StorageRelease.psd1'), manifest.replace(/(ModuleVersion\s*=\s*')[^']+/, '$10.0.9'));
    } else {
      symlinkSync(join(root, 'ps'), join(module, 'ps'));
      writeFileSync(join(module, 'StorageRelease.psd1'), manifest);
    }
  }

  const words = [`"${findPowerShell().command}"`];
  if (kind === 'jea') {
    // Nobody could tell such a host to enter a rehearsal: it does so at its start (Set-TestEndpoint in remoting.ps1).
    const enter = join(folder, 'enter.ps1');
    writeFileSync(enter, '');
    const endpoint = readFileSync(join(root, 'ps', 'jea', 'StorageRelease.ssh.pssc'), 'utf8')
      .replace(/^@\{/m, `@{\n    ScriptsToProcess = '${enter}'`);
    writeFileSync(join(folder, 'endpoint.pssc'), endpoint);
    words.push('-ConfigurationFile', `"${join(folder, 'endpoint.pssc')}"`);
  }
  words.push('-sshs');
  // sshd does not pass on what test/run.mjs sets.
  const dotnet = Object.entries(process.env).map(([name, value]) => (/^DOTNET_T(?:ieredPGO|C_)/.test(name) ? ` ${name}=${value}` : '')).join('');
  writeFileSync(join(folder, 'start'), `#!/bin/sh
export HOME="${home}" PATH="${process.env['PATH'] ?? ''}" PSModulePath="${modules}"
export POWERSHELL_TELEMETRY_OPTOUT=1 POWERSHELL_UPDATECHECK=Off${dotnet}
exec ${words.join(' ')}
`);
  chmodSync(join(folder, 'start'), 0o755);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}

/** It says so itself, once for each address. */
function listening(server: ChildProcess, addresses: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    server.on('error', reject);
    server.on('exit', (code) => reject(new Error(`sshd ended (${code}): ${said}`)));
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-20_000);
      if (said.split('Server listening on').length > addresses) resolve();
    });
  });
}
