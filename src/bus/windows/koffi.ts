// Loads the foreign function interface, `koffi.node`, without its JavaScript loader: that one searches several
// folders, and the first hit becomes code of an elevated process. Here there is one place and one content.

import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type koffi from 'koffi';

export type Koffi = typeof koffi;

/** The version whose types we compile against; its native half has no other check of its own. */
const VERSION = '3.3.4';

/** From the build: processor to SHA-256, hexadecimal, of the addon that is shipped for it. */
declare const __KOFFI_SHA256__: Readonly<Record<string, string>> | undefined;

export type AddonProblem = 'missing' | 'changed' | 'unusable';

const nextSteps: Readonly<Record<AddonProblem, string>> = {
  missing: 'Install StorageRelease again: koffi.node belongs beside the executable.',
  changed: 'Do not use this copy: install StorageRelease again from a source that you trust.',
  unusable: 'Install the StorageRelease package that is made for this system and processor.',
};

/** `koffi.node` is not there, is not the file that was built in, or does not load here. */
export class NativeAddonError extends Error {
  override name = 'NativeAddonError';
  readonly problem: AddonProblem;
  readonly path: string;
  readonly nextStep: string;

  constructor(problem: AddonProblem, file: string, detail: string, options?: ErrorOptions) {
    super(`The native addon ${file} ${detail}.`, options);
    this.problem = problem;
    this.path = file;
    this.nextStep = nextSteps[problem];
  }
}

export interface AddonSource {
  /** Absolute path; without it `koffi.node` beside the executable. */
  readonly koffiPath?: string | undefined;
  /** SHA-256, hexadecimal; without it the one in the bundle. Without either nothing is loaded. */
  readonly koffiHash?: string | undefined;
}

/** @throws NativeAddonError */
export function loadKoffi({ koffiPath, koffiHash }: AddonSource = {}): Koffi {
  const file = koffiPath ?? path.join(path.dirname(process.execPath), 'koffi.node');
  const expected = koffiHash ?? (typeof __KOFFI_SHA256__ === 'object' ? __KOFFI_SHA256__[process.arch] : undefined) ?? '';
  if (!path.isAbsolute(file)) throw new NativeAddonError('unusable', file, 'is not named by an absolute path');
  if (expected === '') throw new NativeAddonError('changed', file, 'cannot be checked: this build has no hash');

  let fd: number | undefined;
  try {
    fd = openSync(file, 'r');
    const actual = createHash('sha256').update(readFileSync(fd)).digest('hex');
    if (actual !== expected.toLowerCase()) {
      throw new NativeAddonError('changed', file, `is not the one of this build (SHA-256 ${actual})`);
    }
    // Between the hash and the load somebody who may write in this folder can still put another file at this path.
    // Node opens with all three share modes, or with none, and with none the system's loader could not open the
    // file: so no handle of ours can forbid it. What closes the race is the folder: whoever may write there can
    // replace the executable as well, and therefore the module starts nothing elevated from a folder that others may
    // write to (ps/start/Protect-Executable.ps1). The command line, which is started by anybody, does not look.
    return dlopen(file);
  } catch (cause) {
    if (cause instanceof NativeAddonError) throw cause;
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw missing ? new NativeAddonError('missing', file, 'is missing', { cause })
      : new NativeAddonError('unusable', file, 'cannot be read', { cause });
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function dlopen(file: string): Koffi {
  const module: { exports: Partial<Koffi> } = { exports: {} };
  try {
    process.dlopen(module, file);
  } catch (cause) {
    throw new NativeAddonError('unusable', file, 'does not load on this system', { cause });
  }
  if (module.exports.version !== VERSION) {
    throw new NativeAddonError('unusable', file, `is version ${module.exports.version}, not ${VERSION}`);
  }
  return module.exports as Koffi;
}
