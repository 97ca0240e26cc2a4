// The rows for ntdll.dll: the requests themselves. They return an NTSTATUS; several of these become one Win32 code.

import type { KoffiFunc, LibraryHandle } from 'koffi';
import { rowsOf, type HANDLE, type Pointer } from './kernel32.ts';

export const STATUS_PENDING = 0x103;
export const STATUS_CANCELLED = 0xc0000120;

/** Bytes of IO_STATUS_BLOCK: Status @0, Information @8. */
export const IO_STATUS_BLOCK_SIZE = 16;

/** A request that ended with an error has no output. */
export const NT_ERROR = (status: number) => status >>> 30 === 3;

export interface Ntdll {
  /** `context` is returned in the completion packet; with 0 there is no packet. */
  readonly NtDeviceIoControlFile: KoffiFunc<(file: HANDLE, event: HANDLE, apc: Pointer, context: number,
    ioStatusBlock: Pointer, code: number, input: Pointer, inputLength: number, output: Pointer,
    outputLength: number) => number>;
  /** `context` as above. `byteOffset` is the address of 64 bits; a handle that was opened for overlapped use needs it. */
  readonly NtReadFile: KoffiFunc<(file: HANDLE, event: HANDLE, apc: Pointer, context: number,
    ioStatusBlock: Pointer, buffer: Pointer, length: number, byteOffset: Pointer, key: Pointer) => number>;
}

export function bindNtdll(dll: LibraryHandle): Ntdll {
  const row = rowsOf(dll);
  return {
    // https://learn.microsoft.com/windows/win32/api/winternl/nf-winternl-ntdeviceiocontrolfile
    NtDeviceIoControlFile: row('uint32_t __stdcall NtDeviceIoControlFile(intptr_t, intptr_t, void *, uintptr_t, ' +
      'void *, uint32_t, void *, uint32_t, void *, uint32_t)'),
    // https://learn.microsoft.com/windows-hardware/drivers/ddi/ntifs/nf-ntifs-ntreadfile
    NtReadFile: row('uint32_t __stdcall NtReadFile(intptr_t, intptr_t, void *, uintptr_t, void *, void *, uint32_t, ' +
      'void *, void *)'),
  };
}
