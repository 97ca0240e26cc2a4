// The files of a log, by Windows functions: Node may not read or write files any more once a disk has been opened
// (docs/decisions/0003-write-access.md), and cannot tell who may write to a folder.

import type { KoffiFunc, LibraryHandle } from 'koffi';
import path from 'node:path';
import { type LogFiles, type LogHandle, LogProblem, NoSuchFile } from '../../log/log-system.ts';
import { changingRights, foldersAbove, replacingRights, untrustedWriter, writerName } from '../../log/sddl.ts';
import { type HANDLE, INVALID_HANDLE_VALUE, OPEN_EXISTING, type Pointer, rowsOf } from './kernel32.ts';
import type { AddonSource, Koffi } from './koffi.ts';
import { utf16 } from './names.ts';
import { type Native, native, onPool, systemLibrary } from './native.ts';

export const FILE_READ_DATA = 1;
export const FILE_APPEND_DATA = 4;
export const FILE_READ_ATTRIBUTES = 0x80;
export const SYNCHRONIZE = 0x100000;
const DELETE = 0x10000;
/** Includes deletion, so that a log can be renamed while another process writes to it. */
export const FILE_SHARE_ALL = 7;
const CREATE_NEW = 1;
export const OPEN_ALWAYS = 4;
export const FILE_FLAG_OPEN_REPARSE_POINT = 0x200000;
const FILE_FLAG_BACKUP_SEMANTICS = 0x2000000;
const FILE_FLAG_DELETE_ON_CLOSE = 0x4000000;
const FILE_ATTRIBUTE_DIRECTORY = 0x10;
const FILE_ATTRIBUTE_REPARSE_POINT = 0x400;
const INVALID_FILE_ATTRIBUTES = 0xffffffff;
const FILE_TYPE_DISK = 1;
const MOVEFILE_REPLACE_EXISTING = 1;
const ERROR_FILE_NOT_FOUND = 2;
const ERROR_PATH_NOT_FOUND = 3;
const ERROR_ACCESS_DENIED = 5;
const ERROR_SHARING_VIOLATION = 32;
const ERROR_HANDLE_EOF = 38;
const ERROR_DISK_FULL = 112;
const ERROR_FILE_EXISTS = 80;
const SE_FILE_OBJECT = 1;
/** OWNER_SECURITY_INFORMATION and DACL_SECURITY_INFORMATION. */
const OWNER_AND_DACL = 5;
const SDDL_REVISION_1 = 1;
/** BUILTIN\Administrators. */
const administrators = 'S-1-5-32-544';
/** FOLDERID_ProgramData, {62AB5D82-FDC1-4DC3-A9DD-070D1D495D97}, in the byte order of a GUID in memory. */
const programData = Uint8Array.of(
  0x82, 0x5d, 0xab, 0x62, 0xc1, 0xfd, 0xc3, 0x4d, 0xa9, 0xdd, 0x07, 0x0d, 0x1d, 0x49, 0x5d, 0x97);
/** Longest path that is accepted, in UTF-16 units. */
const LONGEST_PATH = 32_767;
const NameSamCompatible = 2;
/** Full access for SYSTEM and Administrators; nothing is inherited from the folder above. */
export const ownFolderSddl = 'O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)';

interface Functions {
  readonly GetFileInformationByHandle: KoffiFunc<(file: HANDLE, info: Uint8Array) => number>;
  readonly GetFileAttributesW: KoffiFunc<(name: string) => number>;
  readonly GetFileType: KoffiFunc<(file: HANDLE) => number>;
  readonly ReadFile: KoffiFunc<(file: HANDLE, bytes: Pointer, length: number, read: Pointer, at: Pointer) => number>;
  readonly WriteFile: KoffiFunc<(file: HANDLE, bytes: Pointer, length: number, written: Pointer, at: Pointer) => number>;
  readonly FlushFileBuffers: KoffiFunc<(file: HANDLE) => number>;
  readonly MoveFileExW: KoffiFunc<(from: string, to: string, flags: number) => number>;
  readonly CreateDirectoryW: KoffiFunc<(name: string, security: BigUint64Array) => number>;
  readonly LocalFree: KoffiFunc<(memory: bigint) => unknown>;
  readonly GetNamedSecurityInfoW: KoffiFunc<(name: string, type: number, what: number, owner: null, group: null,
    dacl: null, sacl: null, descriptor: BigUint64Array) => number>;
  readonly ConvertSecurityDescriptorToStringSecurityDescriptorW: KoffiFunc<(descriptor: bigint, revision: number,
    what: number, text: BigUint64Array, length: Uint32Array) => number>;
  readonly ConvertStringSecurityDescriptorToSecurityDescriptorW: KoffiFunc<(text: string, revision: number,
    descriptor: BigUint64Array, size: null) => number>;
  readonly ConvertStringSidToSidW: KoffiFunc<(text: string, sid: BigUint64Array) => number>;
  readonly CheckTokenMembership: KoffiFunc<(token: HANDLE, sid: bigint, isMember: Int32Array) => number>;
  readonly GetUserNameExW: KoffiFunc<(format: number, name: Uint16Array, size: Uint32Array) => number>;
}

interface FolderFunctions {
  readonly SHGetKnownFolderPath: KoffiFunc<(id: Uint8Array, flags: number, token: HANDLE, path: BigUint64Array) => number>;
  readonly CoTaskMemFree: KoffiFunc<(memory: bigint) => void>;
}

/** Rows, spelled as the SDK does. */
export function bindLogFunctions(load: (name: string) => LibraryHandle): Functions {
  const kernel32 = rowsOf(load('kernel32.dll'));
  const advapi32 = rowsOf(load('advapi32.dll'));
  return {
    // https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-getfileinformationbyhandle
    GetFileInformationByHandle: kernel32('int __stdcall GetFileInformationByHandle(intptr_t, _Out_ uint8_t *)'),
    // https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-getfileattributesw
    GetFileAttributesW: kernel32('uint32_t __stdcall GetFileAttributesW(str16)'),
    // https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-getfiletype
    GetFileType: kernel32('uint32_t __stdcall GetFileType(intptr_t)'),
    // https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-readfile
    ReadFile: kernel32('int __stdcall ReadFile(intptr_t, void *, uint32_t, void *, void *)'),
    // https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-writefile
    WriteFile: kernel32('int __stdcall WriteFile(intptr_t, void *, uint32_t, void *, void *)'),
    // https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-flushfilebuffers
    FlushFileBuffers: kernel32('int __stdcall FlushFileBuffers(intptr_t)'),
    // https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-movefileexw
    MoveFileExW: kernel32('int __stdcall MoveFileExW(str16, str16, uint32_t)'),
    // https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-createdirectoryw
    CreateDirectoryW: kernel32('int __stdcall CreateDirectoryW(str16, uint64_t *)'),
    // https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-localfree
    LocalFree: kernel32('void * __stdcall LocalFree(void *)'),
    // https://learn.microsoft.com/windows/win32/api/aclapi/nf-aclapi-getnamedsecurityinfow
    GetNamedSecurityInfoW: advapi32('uint32_t __stdcall GetNamedSecurityInfoW(str16, int, uint32_t, void *, void *, '
      + 'void *, void *, _Out_ uint64_t *)'),
    // https://learn.microsoft.com/windows/win32/api/sddl/nf-sddl-convertsecuritydescriptortostringsecuritydescriptorw
    ConvertSecurityDescriptorToStringSecurityDescriptorW:
      advapi32('int __stdcall ConvertSecurityDescriptorToStringSecurityDescriptorW(void *, uint32_t, uint32_t, '
        + '_Out_ uint64_t *, _Out_ uint32_t *)'),
    // https://learn.microsoft.com/windows/win32/api/sddl/nf-sddl-convertstringsecuritydescriptortosecuritydescriptorw
    ConvertStringSecurityDescriptorToSecurityDescriptorW:
      advapi32('int __stdcall ConvertStringSecurityDescriptorToSecurityDescriptorW(str16, uint32_t, '
        + '_Out_ uint64_t *, void *)'),
    // https://learn.microsoft.com/windows/win32/api/sddl/nf-sddl-convertstringsidtosidw
    ConvertStringSidToSidW: advapi32('int __stdcall ConvertStringSidToSidW(str16, _Out_ uint64_t *)'),
    // https://learn.microsoft.com/windows/win32/api/securitybaseapi/nf-securitybaseapi-checktokenmembership
    CheckTokenMembership: advapi32('int __stdcall CheckTokenMembership(intptr_t, void *, _Out_ int32_t *)'),
    // https://learn.microsoft.com/windows/win32/api/secext/nf-secext-getusernameexw
    GetUserNameExW: rowsOf(load('secur32.dll'))(
      'uint8_t __stdcall GetUserNameExW(int, _Out_ uint16_t *, _Inout_ uint32_t *)'),
  };
}

export function bindFolderFunctions(load: (name: string) => LibraryHandle): FolderFunctions {
  return {
    // https://learn.microsoft.com/windows/win32/api/shlobj_core/nf-shlobj_core-shgetknownfolderpath
    SHGetKnownFolderPath: rowsOf(load('shell32.dll'))(
      'int32_t __stdcall SHGetKnownFolderPath(uint8_t *, uint32_t, intptr_t, _Out_ uint64_t *)'),
    // https://learn.microsoft.com/windows/win32/api/combaseapi/nf-combaseapi-cotaskmemfree
    CoTaskMemFree: rowsOf(load('ole32.dll'))('void __stdcall CoTaskMemFree(void *)'),
  };
}

/** What else this file calls of kernel32 and koffi. */
export type LogNative = Pick<Native, 'koffi' | 'kernel32'>;

/** @throws NativeAddonError */
export function openWindowsLogFiles(source?: AddonSource): WindowsLogFiles {
  const bound = native(source);
  const load = systemLibrary(bound);
  return new WindowsLogFiles(bound, bindLogFunctions(load), () => bindFolderFunctions(load));
}

interface Information {
  readonly identity: string;
  readonly size: number;
  readonly attributes: number;
}

export class WindowsLogFiles implements LogFiles {
  readonly #native: LogNative;
  readonly #calls: Functions;
  /** Bound at first use, because shell32 is large. */
  readonly #folders: () => FolderFunctions;

  constructor(bound: LogNative, calls: Functions, folders: () => FolderFunctions) {
    this.#native = bound;
    this.#calls = calls;
    this.#folders = folders;
  }

  user(): string {
    const [name, size] = [new Uint16Array(512), new Uint32Array([512])];
    return this.#calls.GetUserNameExW(NameSamCompatible, name, size) === 0 ? 'unknown' : zeroEnded(name);
  }

  async append(file: string): Promise<LogHandle> {
    this.#checkPath(file);
    if (this.#isElevated()) {
      this.#makeOwnFolder(path.win32.dirname(file));
      this.#checkFolders(path.win32.dirname(file));
    }
    return this.#open(file, FILE_APPEND_DATA + FILE_READ_DATA + FILE_READ_ATTRIBUTES + SYNCHRONIZE, OPEN_ALWAYS);
  }

  async read(file: string): Promise<LogHandle> {
    this.#checkPath(file);
    return this.#open(file, FILE_READ_DATA + FILE_READ_ATTRIBUTES + SYNCHRONIZE, OPEN_EXISTING);
  }

  async identityOf(file: string): Promise<string | null> {
    const { kernel32 } = this.#native;
    const { value: handle, error } = await onPool(kernel32, kernel32.CreateFileW, file, FILE_READ_ATTRIBUTES,
      FILE_SHARE_ALL, null, OPEN_EXISTING, FILE_FLAG_OPEN_REPARSE_POINT + FILE_FLAG_BACKUP_SEMANTICS, 0);
    if (handle === INVALID_HANDLE_VALUE) {
      if (error === ERROR_FILE_NOT_FOUND || error === ERROR_PATH_NOT_FOUND) return null;
      throw new LogProblem(sentenceOf(error));
    }
    try {
      return this.#information(handle).identity;
    } finally {
      kernel32.CloseHandle(handle);
    }
  }

  async exclusively(lock: string, run: () => Promise<void>): Promise<boolean> {
    const { kernel32 } = this.#native;
    // The system deletes the file when this process ends, however it ends.
    const { value: handle, error } = await onPool(kernel32, kernel32.CreateFileW, lock, DELETE + SYNCHRONIZE, 0, null,
      CREATE_NEW, FILE_FLAG_DELETE_ON_CLOSE, 0);
    if (handle === INVALID_HANDLE_VALUE) {
      if (error === ERROR_FILE_EXISTS || error === ERROR_SHARING_VIOLATION || error === ERROR_ACCESS_DENIED) return false;
      throw new LogProblem(sentenceOf(error));
    }
    try {
      await run();
    } finally {
      kernel32.CloseHandle(handle);
    }
    return true;
  }

  async rename(from: string, to: string): Promise<void> {
    const { kernel32 } = this.#native;
    const { value, error } = await onPool(kernel32, this.#calls.MoveFileExW, from, to, MOVEFILE_REPLACE_EXISTING);
    if (value === 0) throw new LogProblem(sentenceOf(error));
  }

  /** Accepts paths on a drive or a share; refuses the spellings of devices. */
  #checkPath(file: string): void {
    // A wide string ends at its first NUL: another path would be opened than was checked.
    if (file.includes('\0') || !/^(?:[A-Za-z]:[\\/]|\\\\[^\\.?])/.test(file)) {
      throw new LogProblem('it is not the full path of a file');
    }
    // A colon here names an alternate data stream.
    if (file.indexOf(':', 2) >= 0) throw new LogProblem('it is not the path of a file');
  }

  /** Whether this process has the rights of an administrator, as ps/import/Test-Elevated.ps1 decides; SYSTEM has them. */
  #isElevated(): boolean {
    const [sid, isMember] = [new BigUint64Array(1), new Int32Array(1)];
    // If this cannot be determined, the stricter rules apply.
    if (this.#calls.ConvertStringSidToSidW(administrators, sid) === 0) return true;
    const told = this.#calls.CheckTokenMembership(0, sid[0]!, isMember) !== 0;
    this.#calls.LocalFree(sid[0]!);
    return !told || isMember[0] !== 0;
  }

  /** Creates `C:\ProgramData\StorageRelease` where it is missing, with access for administrators only. */
  #makeOwnFolder(folder: string): void {
    if (path.win32.basename(folder).toLowerCase() !== 'storagerelease') return;
    const own = `${this.#programData()}\\StorageRelease`;
    if (folder.toLowerCase() !== own.toLowerCase()) return;
    if (this.#calls.GetFileAttributesW(own) !== INVALID_FILE_ATTRIBUTES) return;
    const descriptor = new BigUint64Array(1);
    if (this.#calls.ConvertStringSecurityDescriptorToSecurityDescriptorW(ownFolderSddl, SDDL_REVISION_1, descriptor,
      null) === 0) {
      throw new LogProblem(`the folder ${own} could not be made (Win32 error ${this.#native.kernel32.GetLastError()})`);
    }
    // SECURITY_ATTRIBUTES: length, descriptor, no inheritance of the handle. The result is not looked at: the folder that
    // exists after this call is checked next, whoever created it.
    this.#calls.CreateDirectoryW(own, new BigUint64Array([24n, descriptor[0]!, 0n]));
    this.#calls.LocalFree(descriptor[0]!);
  }

  #programData(): string {
    const { SHGetKnownFolderPath, CoTaskMemFree } = this.#folders();
    const found = new BigUint64Array(1);
    const hresult = SHGetKnownFolderPath(programData, 0, 0, found);
    if (hresult !== 0) throw new LogProblem(`the folder ProgramData could not be found (${hresult})`);
    const name = this.#text(found[0]!, LONGEST_PATH);
    CoTaskMemFree(found[0]!);
    return name;
  }

  /** A NUL-terminated text in memory that Windows allocated. */
  #text(address: bigint, most: number): string {
    const { koffi } = this.#native;
    let text = '';
    // Not read beyond its end: the memory behind it may not be mapped.
    for (let at = 0; at < most; at++) {
      const unit = new Uint16Array(koffi.view(address + BigInt(2 * at), 2))[0]!;
      if (unit === 0) break;
      text += String.fromCharCode(unit);
    }
    return text;
  }

  /** Verifies that only administrators can put another file, or a link, in the place of the log. */
  #checkFolders(folder: string): void {
    for (const each of foldersAbove(folder)) {
      const attributes = this.#calls.GetFileAttributesW(each);
      if (attributes === INVALID_FILE_ATTRIBUTES) throw new NoSuchFile(`the folder ${each} does not exist`);
      if ((attributes & FILE_ATTRIBUTE_REPARSE_POINT) !== 0) {
        throw new LogProblem(`the folder ${each} is a link (a reparse point)`);
      }
      const rights = each === folder ? changingRights : replacingRights;
      const writer = untrustedWriter(this.#sddl(each), rights);
      if (writer === null) continue;
      throw new LogProblem(`${writerName(writer)} can change the folder ${each}, and this process is elevated: the `
        + 'folder of a log must be writable by administrators alone');
    }
  }

  #sddl(folder: string): string {
    const calls = this.#calls;
    const [descriptor, text, length] = [new BigUint64Array(1), new BigUint64Array(1), new Uint32Array(1)];
    const win32 = calls.GetNamedSecurityInfoW(folder, SE_FILE_OBJECT, OWNER_AND_DACL, null, null, null, null, descriptor);
    if (win32 !== 0) throw new LogProblem(`who can change the folder ${folder} could not be determined (Win32 error ${win32})`);
    try {
      if (calls.ConvertSecurityDescriptorToStringSecurityDescriptorW(descriptor[0]!, SDDL_REVISION_1, OWNER_AND_DACL,
        text, length) === 0) {
        throw new LogProblem(`who can change the folder ${folder} could not be determined`);
      }
      const sddl = this.#text(text[0]!, length[0]!);
      calls.LocalFree(text[0]!);
      return sddl;
    } finally {
      calls.LocalFree(descriptor[0]!);
    }
  }

  async #open(file: string, access: number, creation: number): Promise<LogHandle> {
    const { kernel32 } = this.#native;
    const { value: handle, error } = await onPool(kernel32, kernel32.CreateFileW, file, access, FILE_SHARE_ALL, null,
      creation, FILE_FLAG_OPEN_REPARSE_POINT, 0);
    if (handle === INVALID_HANDLE_VALUE) {
      if (error === ERROR_FILE_NOT_FOUND || error === ERROR_PATH_NOT_FOUND) {
        throw new NoSuchFile('the file or its folder does not exist');
      }
      throw new LogProblem(sentenceOf(error));
    }
    try {
      if (this.#calls.GetFileType(handle) !== FILE_TYPE_DISK) throw new LogProblem('it is a device, not a file');
      const { attributes, identity } = this.#information(handle);
      if ((attributes & FILE_ATTRIBUTE_DIRECTORY) !== 0) throw new LogProblem('it is a folder, not a file');
      if ((attributes & FILE_ATTRIBUTE_REPARSE_POINT) !== 0) throw new LogProblem('it is a link, not a file');
      return new WindowsLogHandle(handle, identity, this.#native, this.#calls, () => this.#information(handle).size);
    } catch (problem) {
      kernel32.CloseHandle(handle);
      throw problem;
    }
  }

  /** BY_HANDLE_FILE_INFORMATION. */
  #information(handle: HANDLE): Information {
    const bytes = new Uint8Array(52);
    if (this.#calls.GetFileInformationByHandle(handle, bytes) === 0) {
      throw new LogProblem(sentenceOf(this.#native.kernel32.GetLastError()));
    }
    const at = (offset: number) => new DataView(bytes.buffer).getUint32(offset, true);
    return { attributes: at(0), identity: `${at(28)}.${at(44)}.${at(48)}`, size: at(32) * 2 ** 32 + at(36) };
  }
}

class WindowsLogHandle implements LogHandle {
  readonly identity: string;
  readonly #handle: HANDLE;
  readonly #native: LogNative;
  readonly #calls: Functions;
  readonly #size: () => number;

  constructor(handle: HANDLE, identity: string, bound: LogNative, calls: Functions, size: () => number) {
    this.identity = identity;
    this.#handle = handle;
    this.#native = bound;
    this.#calls = calls;
    this.#size = size;
  }

  async size(): Promise<number> {
    return this.#size();
  }

  read(bytes: Uint8Array, position: number): Promise<number> {
    return this.#transfer('ReadFile', bytes.length, position, (memory, count) => bytes.set(memory.subarray(0, count)));
  }

  append(bytes: Uint8Array): Promise<number> {
    // FILE_APPEND_DATA without FILE_WRITE_DATA: the system always writes at the current end of the file.
    return this.#transfer('WriteFile', bytes.length, null, () => {}, bytes);
  }

  async flush(): Promise<void> {
    const { value, error } = await onPool(this.#native.kernel32, this.#calls.FlushFileBuffers, this.#handle);
    if (value === 0) throw new LogProblem(sentenceOf(error));
  }

  async close(): Promise<void> {
    this.#native.kernel32.CloseHandle(this.#handle);
  }

  /** The memory of one call stays at one address until the call returns: OVERLAPPED (32 bytes), the count (8), the bytes. */
  async #transfer(
    what: 'ReadFile' | 'WriteFile', length: number, position: number | null,
    done: (memory: Uint8Array, count: number) => void, bytes?: Uint8Array,
  ): Promise<number> {
    const { koffi, kernel32 }: { koffi: Koffi; kernel32: Native['kernel32'] } = this.#native;
    const address = koffi.alloc('uint8_t', 40 + length) as bigint;
    try {
      const memory = koffi.view(address, 40 + length);
      const head = new DataView(memory);
      const payload = new Uint8Array(memory, 40);
      new Uint8Array(memory, 0, 40).fill(0);
      if (position !== null) head.setBigUint64(16, BigInt(position), true);
      if (bytes !== undefined) payload.set(bytes);
      const { value, error } = await onPool(kernel32, this.#calls[what], this.#handle, address + 40n, length,
        address + 32n, position === null ? null : address);
      if (value === 0 && error === ERROR_HANDLE_EOF) return 0;
      if (value === 0) throw new LogProblem(sentenceOf(error));
      const count = head.getUint32(32, true);
      done(payload, count);
      return count;
    } finally {
      koffi.free(address);
    }
  }
}

/** The NUL-terminated text in a buffer. */
function zeroEnded(units: Uint16Array): string {
  const end = units.indexOf(0);
  return utf16(end < 0 ? units : units.subarray(0, end));
}

function sentenceOf(win32: number): string {
  if (win32 === ERROR_ACCESS_DENIED) return 'Windows does not let this user open it (Win32 error 5)';
  if (win32 === ERROR_DISK_FULL) return 'the disk is full (Win32 error 112)';
  return `Windows refuses it with Win32 error ${win32}`;
}
