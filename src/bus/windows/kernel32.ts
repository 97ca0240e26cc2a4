// Rows for kernel32.dll, spelled as the SDK does. A HANDLE is an intptr_t: as a pointer INVALID_HANDLE_VALUE would
// be 2^64 - 1. BOOL is an int: koffi's bool looks at the lowest bit only.

import type { KoffiFunc, LibraryHandle } from 'koffi';

export type HANDLE = number;
/** The address of memory that stays until it is freed; null for the parameters that may be NULL. */
export type Pointer = bigint | null;

export const INVALID_HANDLE_VALUE: HANDLE = -1;
/** The value that GetCurrentProcess always returns. */
export const CURRENT_PROCESS: HANDLE = -1;

export const GENERIC_READ = 0x80000000;
export const GENERIC_WRITE = 0x40000000;
export const FILE_SHARE_READ = 1;
export const FILE_SHARE_WRITE = 2;
export const OPEN_EXISTING = 3;
export const FILE_FLAG_OVERLAPPED = 0x40000000;
/** A request that succeeds at once has no completion packet. */
export const FILE_SKIP_COMPLETION_PORT_ON_SUCCESS = 1;
export const SYNCHRONIZE = 0x00100000;
export const WAIT_OBJECT_0 = 0;
export const WAIT_TIMEOUT = 258;
export const ERROR_INVALID_HANDLE = 6;
export const ERROR_INVALID_PARAMETER = 87;
export const ERROR_INSUFFICIENT_BUFFER = 122;
export const ERROR_INVALID_NAME = 123;
/** The name of the machine itself; a cluster may give a process another name. */
export const ComputerNamePhysicalNetBIOS = 4;

export interface Kernel32 {
  readonly CreateFileW: KoffiFunc<(name: string, access: number, share: number, security: Pointer,
    creation: number, flags: number, template: HANDLE) => HANDLE>;
  readonly CloseHandle: KoffiFunc<(handle: HANDLE) => number>;
  readonly CreateIoCompletionPort: KoffiFunc<(file: HANDLE, port: HANDLE, key: number, threads: number) => HANDLE>;
  readonly SetFileCompletionNotificationModes: KoffiFunc<(file: HANDLE, flags: number) => number>;
  readonly GetQueuedCompletionStatusEx: KoffiFunc<(port: HANDLE, entries: Pointer, count: number, removed: Pointer,
    milliseconds: number, alertable: number) => number>;
  readonly CancelIoEx: KoffiFunc<(file: HANDLE, overlapped: Pointer) => number>;
  readonly QueryDosDeviceW: KoffiFunc<(name: string | null, target: Uint16Array, max: number) => number>;
  readonly GetSystemDirectoryW: KoffiFunc<(buffer: Uint16Array, size: number) => number>;
  readonly GetComputerNameExW: KoffiFunc<(format: number, buffer: Uint16Array, size: [number]) => number>;
  readonly OpenProcess: KoffiFunc<(access: number, inherit: number, pid: number) => HANDLE>;
  readonly WaitForSingleObject: KoffiFunc<(handle: HANDLE, milliseconds: number) => number>;
  readonly TerminateProcess: KoffiFunc<(process: HANDLE, exitCode: number) => number>;
  readonly GetLastError: KoffiFunc<() => number>;
}

/** Binds by prototype; the type is that of the member that the row is for. */
export function rowsOf(dll: LibraryHandle) {
  return <F extends (...args: never[]) => unknown>(prototype: string) =>
    dll.func(prototype) as unknown as KoffiFunc<F>;
}

export function bindKernel32(dll: LibraryHandle): Kernel32 {
  const row = rowsOf(dll);
  return {
    // https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-createfilew
    CreateFileW:
      row('intptr_t __stdcall CreateFileW(str16, uint32_t, uint32_t, void *, uint32_t, uint32_t, intptr_t)'),
    // https://learn.microsoft.com/windows/win32/api/handleapi/nf-handleapi-closehandle
    CloseHandle: row('int __stdcall CloseHandle(intptr_t)'),
    // https://learn.microsoft.com/windows/win32/api/ioapiset/nf-ioapiset-createiocompletionport
    CreateIoCompletionPort:
      row('intptr_t __stdcall CreateIoCompletionPort(intptr_t, intptr_t, uintptr_t, uint32_t)'),
    // https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-setfilecompletionnotificationmodes
    SetFileCompletionNotificationModes: row('int __stdcall SetFileCompletionNotificationModes(intptr_t, uint8_t)'),
    // https://learn.microsoft.com/windows/win32/api/ioapiset/nf-ioapiset-getqueuedcompletionstatusex
    GetQueuedCompletionStatusEx:
      row('int __stdcall GetQueuedCompletionStatusEx(intptr_t, void *, uint32_t, void *, uint32_t, int)'),
    // https://learn.microsoft.com/windows/win32/api/ioapiset/nf-ioapiset-cancelioex
    CancelIoEx: row('int __stdcall CancelIoEx(intptr_t, void *)'),
    // https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-querydosdevicew
    QueryDosDeviceW: row('uint32_t __stdcall QueryDosDeviceW(str16, _Out_ uint16_t *, uint32_t)'),
    // https://learn.microsoft.com/windows/win32/api/sysinfoapi/nf-sysinfoapi-getsystemdirectoryw
    GetSystemDirectoryW: row('uint32_t __stdcall GetSystemDirectoryW(_Out_ uint16_t *, uint32_t)'),
    // https://learn.microsoft.com/windows/win32/api/sysinfoapi/nf-sysinfoapi-getcomputernameexw
    GetComputerNameExW: row('int __stdcall GetComputerNameExW(int, _Out_ uint16_t *, _Inout_ uint32_t *)'),
    // https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-openprocess
    OpenProcess: row('intptr_t __stdcall OpenProcess(uint32_t, int, uint32_t)'),
    // https://learn.microsoft.com/windows/win32/api/synchapi/nf-synchapi-waitforsingleobject
    WaitForSingleObject: row('uint32_t __stdcall WaitForSingleObject(intptr_t, uint32_t)'),
    // https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-terminateprocess
    TerminateProcess: row('int __stdcall TerminateProcess(intptr_t, uint32_t)'),
    // https://learn.microsoft.com/windows/win32/api/errhandlingapi/nf-errhandlingapi-getlasterror
    GetLastError: row('uint32_t __stdcall GetLastError()'),
  };
}
