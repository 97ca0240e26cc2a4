// The one row for ntdll.dll: the request itself, with its NTSTATUS, because Win32 codes are many-to-one.

import type { KoffiFunc, LibraryHandle } from 'koffi';
import { rowsOf, type HANDLE, type Pointer } from './kernel32.ts';

export const STATUS_PENDING = 0x103;
export const STATUS_CANCELLED = 0xc0000120;

/** Bytes of IO_STATUS_BLOCK: Status @0, Information @8. */
export const IO_STATUS_BLOCK_SIZE = 16;

/** Such a request has no output. */
export const NT_ERROR = (status: number) => status >>> 30 === 3;

export interface Ntdll {
  /** `context` is what the completion packet carries; with 0 there is no packet. */
  readonly NtDeviceIoControlFile: KoffiFunc<(file: HANDLE, event: HANDLE, apc: Pointer, context: number,
    ioStatusBlock: Pointer, code: number, input: Pointer, inputLength: number, output: Pointer,
    outputLength: number) => number>;
}

export function bindNtdll(dll: LibraryHandle): Ntdll {
  const row = rowsOf(dll);
  return {
    // https://learn.microsoft.com/windows/win32/api/winternl/nf-winternl-ntdeviceiocontrolfile
    NtDeviceIoControlFile: row('uint32_t __stdcall NtDeviceIoControlFile(intptr_t, intptr_t, void *, uintptr_t, ' +
      'void *, uint32_t, void *, uint32_t, void *, uint32_t)'),
  };
}
