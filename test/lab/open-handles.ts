import type { Koffi } from '../../src/bus/windows/koffi.ts';

/** Beyond any handle of a process here; handles are multiples of four. */
const END = 0x4000;

/**
 * How many handles this process holds, one by one: the count that Wine gives for a process is the size of its
 * table, a power of two, and would hide a leak of a hundred.
 */
export function openHandles(koffi: Koffi): number {
  const known = koffi.load('kernel32.dll').func('int __stdcall GetHandleInformation(intptr_t, _Out_ uint32_t *)');
  let count = 0;
  for (let handle = 4; handle < END; handle += 4) if (known(handle, [0]) !== 0) count++;
  return count;
}
