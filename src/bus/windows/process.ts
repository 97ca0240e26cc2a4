// The end of this process, and of the one that started it.

import {
  CURRENT_PROCESS, ERROR_INVALID_PARAMETER, SYNCHRONIZE, WAIT_OBJECT_0, type Kernel32,
} from './kernel32.ts';
import { NativeAddonError } from './koffi.ts';
import { native, nativeIfBound } from './native.ts';

/** How often it is looked at: microseconds each time, while a waiting thread would be one less for disks. */
const LOOK_MS = 500;

/**
 * Ends this process at once: no exit handlers, no output that is not flushed. `process.exit` waits for calls on
 * the pool, and one of those may hang in a driver. Returns where nothing native was ever called: then
 * `process.exit` will do.
 */
export function terminateSelf(exitCode: number): void {
  nativeIfBound()?.kernel32.TerminateProcess(CURRENT_PROCESS, exitCode);
}

/**
 * Calls `onGone` once when the process with this id has ended; at the latest half a second after it. Keeps neither
 * a thread nor the event loop. The returned function stops it. Watch early: the id of a process that has ended
 * long ago may be another's.
 * @returns null when it cannot be watched: it belongs to somebody who outranks us, or the addon does not load
 *   (whoever opens the bus is told that)
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
