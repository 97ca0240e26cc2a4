// Loads the foreign function interface, `koffi.node`, without its JavaScript loader: that loader searches several
// folders, and the first file that it finds becomes code of an elevated process. This one accepts one path and one hash.

import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type koffi from 'koffi';

export type Koffi = typeof koffi;

/** The version whose types we compile against; the addon itself does not check that. */
const VERSION = '3.3.4';

/** Set by the build: for each processor the SHA-256, hexadecimal, of the addon that is shipped for it. */
declare const __KOFFI_SHA256__: Readonly<Record<string, string>> | undefined;

export type AddonProblem = 'missing' | 'changed' | 'unusable';

const nextSteps: Readonly<Record<AddonProblem, string>> = {
  missing: 'Install StorageRelease again: koffi.node belongs beside the executable.',
  changed: 'Do not use this copy: install StorageRelease again from a source that you trust.',
  unusable: 'Install the StorageRelease package that is made for this system and processor.',
};

/** `koffi.node` does not exist, is not the file that the build has hashed, or does not load on this system. */
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
  /** Absolute path. Default: `koffi.node` beside the executable. */
  readonly koffiPath?: string | undefined;
  /** SHA-256, hexadecimal. Default: the one in the bundle. Without either, nothing is loaded. */
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
    // Between the hash and the load, an account that may write to this folder can still replace the file. No handle of
    // ours can prevent that: Node opens files with all three share modes or with none, and with none the system's loader
    // could not open the file. What prevents it are the rights on the folder: an account that may write there could
    // replace the executable as well, so the module starts nothing elevated from a folder that others may write to
    // (ps/start/Protect-Executable.ps1). The command line itself does not check the folder.
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
