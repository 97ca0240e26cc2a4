// The end of this process, and of the one that started it.

import {
  CURRENT_PROCESS, ERROR_INVALID_PARAMETER, SYNCHRONIZE, WAIT_OBJECT_0, type Kernel32,
} from './kernel32.ts';
import { NativeAddonError } from './koffi.ts';
import { native, nativeIfBound } from './native.ts';

/** How often the parent is checked. A check takes microseconds; a waiting thread would be one less for disks. */
const LOOK_MS = 500;

/**
 * Ends this process at once, without exit handlers and without flushing. `process.exit` would wait for calls on the
 * pool, and one of those may hang in a driver. Returns where no native function was ever called: then `process.exit`
 * is enough.
 */
export function terminateSelf(exitCode: number): void {
  nativeIfBound()?.kernel32.TerminateProcess(CURRENT_PROCESS, exitCode);
}

/**
 * Calls `onGone` once, at most half a second after the process with this id has ended. Blocks no thread and does not
 * keep the event loop alive. The returned function stops the watch. Call it early: the id of a process that has ended
 * may be given to another process.
 * @returns null when the process cannot be watched: this account may not open it, or the addon does not load (which is
 *   reported when the bus is opened)
 */
export function watchParent(pid: number, onGone: () => void): (() => void) | null {
  let kernel32: Kernel32;
  try {
    ({ kernel32 } = native());
  } catch (error) {
    if (error instanceof NativeAddonError) return null;
    throw error;
  }
  const handle = kernel32.OpenProcess(SYNCHRONIZE, 0, pid);
  if (handle === 0 && kernel32.GetLastError() !== ERROR_INVALID_PARAMETER) return null;
  const timer = setInterval(() => {
    if (handle !== 0 && kernel32.WaitForSingleObject(handle, 0) !== WAIT_OBJECT_0) return;
    stop();
    onGone();
  }, LOOK_MS);
  timer.unref();
  let stopped = false;
  function stop(): void {
    if (stopped) return;
    stopped = true;
    clearInterval(timer);
    if (handle !== 0) kernel32.CloseHandle(handle);
  }
  return stop;
}
