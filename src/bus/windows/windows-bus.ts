// The real storage stack of Windows. Has no policy: it opens, sends, and returns the answer.

import type { Access, Bus, Completion, Disk, DiskRoles, Opening } from '../bus.ts';
import type { Clock } from '../../clock.ts';
import { IOCTL_STORAGE_GET_DEVICE_NUMBER, IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS } from '../sdk/control-codes.ts';
import {
  DISK_EXTENT, FILE_DEVICE_DISK, STORAGE_DEVICE_NUMBER, VOLUME_DISK_EXTENTS, decodeDeviceNumber, decodeVolumeDiskExtents,
} from '../sdk/layouts.ts';
import { HKEY_LOCAL_MACHINE, RRF_RT_REG_SZ } from './advapi32.ts';
import * as k from './kernel32.ts';
import type { AddonSource } from './koffi.ts';
import { Lane, OPENS_AT_ONCE } from './lanes.ts';
import { devicePaths, multipathPaths, parseMultiString, utf16, volumeDevicePath, volumePath } from './names.ts';
import { native, onPool, systemDirectory, type Native } from './native.ts';
import { CompletionPort, type Sent } from './port.ts';

export interface WindowsBusOptions extends AddonSource {
  readonly clock: Clock;
}

/** How long one device may take to answer a question for `roles`. */
const ROLE_DEADLINE_MS = 2000;

/** Room for the extents of a volume; a spanned volume has at most 32 disks. */
const MOST_EXTENTS = 64;

/** Largest answer of QueryDosDeviceW that is accepted, in UTF-16 units. */
const MOST_UNITS = 2 ** 24;

/**
 * The access rights for CreateFileW. Codes that need write access get through no other handle: the I/O manager compares
 * the access bits of a control code with the rights of the handle.
 */
export const desiredAccess: Readonly<Record<Access, number>> = {
  query: 0,
  read: k.GENERIC_READ,
  // The operator | would give a negative number.
  readwrite: k.GENERIC_READ + k.GENERIC_WRITE,
};

/** @throws NativeAddonError when koffi.node is missing, changed or made for another system */
export function openWindowsBus({ clock, ...source }: WindowsBusOptions): WindowsBus {
  return new WindowsBus(native(source), clock);
}

export class WindowsBus implements Bus {
  readonly kind = 'Windows';
  readonly computerName: string;
  readonly #native: Native;
  readonly #clock: Clock;
  readonly #port: CompletionPort;
  readonly #opens = new Lane(OPENS_AT_ONCE);

  constructor(native: Native, clock: Clock) {
    this.#native = native;
    this.#clock = clock;
    this.#port = new CompletionPort(native);
    this.computerName = this.#readComputerName();
  }

  async list(): Promise<string[]> {
    return devicePaths(this.#names());
  }

  async open(path: string, access: Access): Promise<Opening> {
    // A wide string ends at its first NUL: another path would be opened than was checked.
    if (path.includes('\0')) return { status: null, win32: k.ERROR_INVALID_NAME };
    const { kernel32 } = this.#native;
    const { value: handle, error } = await this.#opens.run(() => onPool(kernel32, kernel32.CreateFileW, path,
      desiredAccess[access], k.FILE_SHARE_READ | k.FILE_SHARE_WRITE, null, k.OPEN_EXISTING,
      k.FILE_FLAG_OVERLAPPED, 0));
    if (handle === k.INVALID_HANDLE_VALUE) return { status: null, win32: error };
    const win32 = this.#port.attach(handle);
    if (win32 === 0) return { disk: new WindowsDisk(this.#port, handle) };
    void this.#port.closeHandle(handle);
    return { status: null, win32 };
  }

  async roles(): Promise<DiskRoles> {
    const [boot, system, multipath] = await Promise.all([
      this.#disksOf(volumePath(systemDirectory(this.#native.kernel32))),
      this.#disksOf(volumeDevicePath(this.#systemPartition())),
      Promise.all(multipathPaths(this.#names()).map(path => this.#diskNumber(path))),
    ]);
    return {
      boot: new Set(boot),
      system: new Set(system),
      multipath: new Set(multipath.filter(n => n !== null)),
      multipathUnknown: multipath.includes(null),
    };
  }

  /** For the lab: counts that must not grow over many requests. */
  get counters() {
    return this.#port.counters;
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {
    this.#port.close();
  }

  #readComputerName(): string {
    const { kernel32 } = this.#native;
    const buffer = new Uint16Array(256);
    const size: [number] = [buffer.length];
    if (kernel32.GetComputerNameExW(k.ComputerNamePhysicalNetBIOS, buffer, size) === 0) {
      throw new Error(`GetComputerNameExW: ${kernel32.GetLastError()}`);
    }
    return utf16(buffer.subarray(0, size[0]));
  }

  #names(): string[] {
    const { kernel32 } = this.#native;
    for (let units = 2 ** 16; units <= MOST_UNITS; units *= 2) {
      const buffer = new Uint16Array(units);
      if (kernel32.QueryDosDeviceW(null, buffer, units) !== 0) return parseMultiString(buffer);
      const error = kernel32.GetLastError();
      if (error !== k.ERROR_INSUFFICIENT_BUFFER) throw new Error(`QueryDosDeviceW: ${error}`);
    }
    throw new Error(`QueryDosDeviceW: more than ${MOST_UNITS} characters of names`);
  }

  /** The partition of the boot manager, from the registry key of Setup: `\Device\HarddiskVolume1`; empty where there is none. */
  #systemPartition(): string {
    const data = new Uint16Array(512);
    const bytes: [number] = [data.byteLength];
    const failed = this.#native.advapi32.RegGetValueW(HKEY_LOCAL_MACHINE, 'SYSTEM\\Setup', 'SystemPartition',
      RRF_RT_REG_SZ, null, data, bytes);
    return failed ? '' : parseMultiString(data)[0] ?? '';
  }

  async #disksOf(volume: string | null): Promise<readonly number[]> {
    const length = VOLUME_DISK_EXTENTS.least + MOST_EXTENTS * DISK_EXTENT.size;
    return volume === null ? []
      : await this.#ask(volume, IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS, length, decodeVolumeDiskExtents) ?? [];
  }

  async #diskNumber(path: string): Promise<number | null> {
    const { size } = STORAGE_DEVICE_NUMBER;
    const told = await this.#ask(path, IOCTL_STORAGE_GET_DEVICE_NUMBER, size, decodeDeviceNumber);
    return told?.deviceType === FILE_DEVICE_DISK && told.deviceNumber !== 0xffffffff ? told.deviceNumber : null;
  }

  /** One request to one device, opened without access rights; null without a device, or without a good answer in time. */
  async #ask<T>(
    path: string, code: number, outputLength: number, decode: (bytes: Uint8Array) => T,
  ): Promise<T | null> {
    const { promise: deadline, resolve: onDeadline } = Promise.withResolvers<null>();
    const takeBack = this.#clock.after(ROLE_DEADLINE_MS, () => onDeadline(null));
    // A handle that is opened after the deadline has to be closed as well, however late.
    const answer = this.open(path, 'query').then(async ({ disk }) => {
      if (!disk) return null;
      void deadline.then(() => disk.cancel());
      const { status, output } = await disk.control(code, null, outputLength);
      void disk.close();
      return status === 0 ? decode(output) : null;
    });
    try {
      return await Promise.race([answer, deadline]);
    } catch {
      return null;
    } finally {
      takeBack();
    }
  }
}

class WindowsDisk implements Disk {
  readonly #port: CompletionPort;
  readonly #handle: k.HANDLE;
  readonly #pending = new Set<Sent>();
  #closing: Promise<void> | undefined;

  constructor(port: CompletionPort, handle: k.HANDLE) {
    this.#port = port;
    this.#handle = handle;
  }

  control(code: number, input: Uint8Array | null, outputLength: number): Promise<Completion> {
    return this.#done(() => this.#port.send(this.#handle, code, input, outputLength));
  }

  read(length: number): Promise<Completion> {
    return this.#done(() => this.#port.read(this.#handle, length));
  }

  async #done(send: () => Sent): Promise<Completion> {
    if (this.#closing) throw new Error('A request for a disk that is closed.');
    const sent = send();
    this.#pending.add(sent);
    try {
      return await sent.done;
    } finally {
      this.#pending.delete(sent);
    }
  }

  cancel(): void {
    for (const sent of this.#pending) sent.cancel();
  }

  close(): Promise<void> {
    return this.#closing ??= Promise.allSettled([...this.#pending].map(sent => sent.done))
      .then(() => this.#port.closeHandle(this.#handle));
  }
}
