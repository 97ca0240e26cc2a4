// Builds the lab's two Windows programs with the cross compiler: the kernel driver and its control program.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { ensureHostTools, mustRun } from './chroot.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const compiler = 'x86_64-w64-mingw32-gcc';
const common = ['-O2', '-std=gnu11', '-Wall', '-Wextra'];

/**
 * Builds labdisk.sys and labctl.exe into a folder.
 *
 * @param {string} folder
 * @param {(text: string) => void} [log]
 * @returns {Promise<{ driver: string, control: string, warnings: string }>} `warnings`: all that the compiler said
 */
export async function buildDriver(folder, log = () => {}) {
  await ensureHostTools(log);
  const driver = path.join(folder, 'labdisk.sys');
  const control = path.join(folder, 'labctl.exe');
  const said = await Promise.all([
    // A driver has no C run-time; its two libraries are the kernel's and the hardware layer's exports.
    mustRun(compiler, [...common, '-shared', '-nostdlib', '-nostartfiles', '-Wl,--subsystem,native',
      '-Wl,--entry,DriverEntry', '-isystem', await ddkFolder(), '-o', driver, path.join(here, 'driver/labdisk.c'),
      '-lntoskrnl', '-lhal']),
    mustRun(compiler, [...common, '-municode', '-o', control, path.join(here, 'labctl.c'), '-lntdll']),
  ]);
  return { driver, control, warnings: said.join('') };
}

/** The driver kit's headers lie in a folder of their own, below one of those that the compiler searches. */
async function ddkFolder() {
  const said = await mustRun(compiler, ['-E', '-v', '-x', 'c', '/dev/null']);
  const folder = said.split('\n').map(line => path.join(line.trim(), 'ddk'))
    .find(name => existsSync(path.join(name, 'ntddk.h')));
  if (!folder) throw new Error(`${compiler} has no driver kit headers (ddk/ntddk.h).`);
  return folder;
}
