// Binds the native functions of this folder, once per process: koffi does not unload a library.

import type { KoffiFunc, LibraryHandle } from 'koffi';
import { bindAdvapi32, type Advapi32 } from './advapi32.ts';
import { bindKernel32, type Kernel32 } from './kernel32.ts';
import { loadKoffi, type AddonSource, type Koffi } from './koffi.ts';
import { MAX_ASYNC_CALLS } from './lanes.ts';
import { utf16 } from './names.ts';
import { bindNtdll, type Ntdll } from './ntdll.ts';

export interface Native {
  readonly koffi: Koffi;
  readonly kernel32: Kernel32;
  readonly ntdll: Ntdll;
  readonly advapi32: Advapi32;
}

let bound: Native | undefined;

/** The functions where they are bound already; undefined before the first native call. */
export const nativeIfBound = (): Native | undefined => bound;

/** @throws NativeAddonError */
export function native(source?: AddonSource): Native {
  bound ??= bind(loadKoffi(source));
  return bound;
}

function bind(koffi: Koffi): Native {
  // Our calls need a few hundred bytes of stack and heap. With the defaults (128 KiB each) koffi maps memory anew for
  // each call beyond the resident ones.
  koffi.config({
    max_async_calls: MAX_ASYNC_CALLS, resident_async_pools: 32,
    async_stack_size: 64 * 1024, async_heap_size: 64 * 1024,
  });
  // The only bare name: kernel32 is a KnownDLL and mapped in every process, so no folder is searched for it.
  const kernel32 = bindKernel32(koffi.load('kernel32.dll'));
  const system = systemDirectory(kernel32);
  return {
    koffi,
    kernel32,
    ntdll: bindNtdll(koffi.load(`${system}\\ntdll.dll`)),
    advapi32: bindAdvapi32(koffi.load(`${system}\\advapi32.dll`)),
  };
}

/** `C:\Windows\System32`, from the system and not from the environment. */
export function systemDirectory(kernel32: Kernel32): string {
  const buffer = new Uint16Array(261);
  const length = kernel32.GetSystemDirectoryW(buffer, buffer.length);
  if (length === 0 || length >= buffer.length) throw new Error(`GetSystemDirectoryW: ${kernel32.GetLastError()}`);
  return utf16(buffer.subarray(0, length));
}

/** A library of the system, by its full path: `name` is one of ours. */
export const systemLibrary = (bound: Native) => (name: string): LibraryHandle =>
  bound.koffi.load(`${systemDirectory(bound.kernel32)}\\${name}`);

export interface PoolResult<R> {
  readonly value: R;
  /** GetLastError of the thread that made the call; meaningful only if the call failed. */
  readonly error: number;
}

/** Makes a call on libuv's pool. The error code is valid only while the callback runs: no `await` before it is read. */
export function onPool<A extends unknown[], R>(
  kernel32: Kernel32, row: KoffiFunc<(...args: A) => R>, ...args: A
): Promise<PoolResult<R>> {
  return new Promise((resolve, reject) => {
    row.async(...args, (failure: unknown, value: R) => {
      if (failure) reject(failure);
      else resolve({ value, error: kernel32.GetLastError() });
    });
  });
}
