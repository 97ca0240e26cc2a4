// Requests in flight: one completion port and one waiter for all disks, so that hundreds of pending requests cost
// no thread. NtDeviceIoControlFile and NtReadFile are called on the pool as well: a driver may block in its
// dispatch routine.

import type { Completion } from '../bus.ts';
import {
  ERROR_INVALID_HANDLE, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS, INVALID_HANDLE_VALUE, WAIT_TIMEOUT, type HANDLE,
} from './kernel32.ts';
import { DISPATCHES_AT_ONCE, Lane, TIDIES_AT_ONCE } from './lanes.ts';
import { onPool, type Native, type PoolResult } from './native.ts';
import { IO_STATUS_BLOCK_SIZE, STATUS_CANCELLED, STATUS_PENDING } from './ntdll.ts';
import { Requests, type Request } from './requests.ts';
import { SlabPool } from './slabs.ts';

/** The longest wait: a waiting thread always returns soon. */
const SLICE_MS = 250;

/** OVERLAPPED_ENTRY: lpCompletionKey @0, lpOverlapped @8, Internal @16, dwNumberOfBytesTransferred @24. */
const ENTRY_SIZE = 32;
const ENTRIES = 64;

/** Size of ByteOffset of a read. */
const OFFSET_SIZE = 8;
/** A disk is read without the cache, so the buffer needs the alignment of the adapter; the size of a page fits them all. */
const READ_ALIGNMENT = 4096;

type Dispatch = Promise<PoolResult<number>>;

export interface Sent {
  readonly done: Promise<Completion>;
  cancel(): void;
}

export class CompletionPort {
  readonly #native: Native;
  readonly #handle: HANDLE;
  readonly #slabs: SlabPool;
  readonly #requests: Requests;
  readonly #dispatches = new Lane(DISPATCHES_AT_ONCE);
  readonly #tidies = new Lane(TIDIES_AT_ONCE);
  /** An array of ENTRIES OVERLAPPED_ENTRY, followed by the number of those that are filled. */
  readonly #packets: { address: bigint; view: DataView };
  #waiting = false;
  #state: 'open' | 'closing' | 'closed' = 'open';

  constructor(native: Native) {
    const { koffi, kernel32 } = native;
    this.#native = native;
    this.#handle = kernel32.CreateIoCompletionPort(INVALID_HANDLE_VALUE, 0, 0, 1);
    if (this.#handle === 0) throw new Error(`CreateIoCompletionPort: ${kernel32.GetLastError()}`);
    this.#slabs = new SlabPool(koffi);
    this.#requests = new Requests(slab => this.#slabs.give(slab));
    const size = ENTRIES * ENTRY_SIZE + 8;
    const address = koffi.alloc('uint8_t', size) as bigint;
    this.#packets = { address, view: new DataView(koffi.view(address, size)) };
  }

  /** For the lab: counts that must not grow over many requests. */
  get counters() {
    return { inUse: this.#requests.size, slabs: this.#slabs.count, taken: this.#slabs.taken, strays: this.#requests.strays };
  }

  /** Binds a handle to the port. Returns the Win32 error code; 0 for success. */
  attach(handle: HANDLE): number {
    const { kernel32 } = this.#native;
    if (this.#state === 'closed') return ERROR_INVALID_HANDLE;
    if (kernel32.CreateIoCompletionPort(handle, this.#handle, 0, 0) === 0) return kernel32.GetLastError();
    // Most of our requests complete at once: the call returns the answer, and a packet would only cost time.
    kernel32.SetFileCompletionNotificationModes(handle, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS);
    return 0;
  }

  /** Sends one control code to an attached handle. */
  send(handle: HANDLE, code: number, input: Uint8Array | null, outputLength: number): Sent {
    const { promise: done, resolve, reject } = Promise.withResolvers<Completion>();
    const inputLength = input?.length ?? 0;
    const slab = this.#slabs.take(inputLength + outputLength);
    const inputAt = IO_STATUS_BLOCK_SIZE;
    const outputAt = inputAt + inputLength;
    if (input) slab.bytes.set(input, inputAt);
    slab.bytes.fill(0, outputAt, outputAt + outputLength);
    const request = this.#requests.begin(slab, outputAt, outputLength, resolve, reject);
    const { kernel32, ntdll } = this.#native;
    return this.#send(handle, request, done, () => onPool(kernel32, ntdll.NtDeviceIoControlFile, handle, 0, null,
      request.token, slab.address, code, inputLength ? slab.address + BigInt(inputAt) : null, inputLength,
      outputLength ? slab.address + BigInt(outputAt) : null, outputLength));
  }

  /** Reads from the beginning of an attached handle. The data are erased and not returned. */
  read(handle: HANDLE, length: number): Sent {
    const { promise: done, resolve, reject } = Promise.withResolvers<Completion>();
    const slab = this.#slabs.take(OFFSET_SIZE + READ_ALIGNMENT + length);
    const offsetAt = IO_STATUS_BLOCK_SIZE;
    const dataAt = alignedAt(slab.address, offsetAt + OFFSET_SIZE);
    slab.bytes.fill(0, offsetAt, offsetAt + OFFSET_SIZE);
    const request = this.#requests.begin(slab, dataAt, 0, completion => {
      slab.bytes.fill(0, dataAt, dataAt + length);
      resolve(completion);
    }, reject);
    const { kernel32, ntdll } = this.#native;
    return this.#send(handle, request, done, () => onPool(kernel32, ntdll.NtReadFile, handle, 0, null, request.token,
      slab.address, slab.address + BigInt(dataAt), length, slab.address + BigInt(offsetAt), null));
  }

  #send(handle: HANDLE, request: Request, done: Promise<Completion>, dispatch: () => Dispatch): Sent {
    let sent = false;
    this.#dispatches.run(async () => {
      if (request.cancelWanted) return STATUS_CANCELLED;
      sent = true;
      const call = dispatch();
      // Waits from now on: the request may complete while the driver's dispatch routine still blocks the call.
      void this.#wait();
      return (await call).value;
    }).then(status => {
      this.#requests.returned(request, status);
      // A cancel that was requested during the call may have found nothing to cancel.
      if (status === STATUS_PENDING && request.cancelWanted) this.#cancel(handle, request);
    }, (reason: Error) => this.#requests.refused(request, reason));

    return {
      done,
      cancel: () => {
        request.cancelWanted = true;
        if (sent) this.#cancel(handle, request);
      },
    };
  }

  /** On the pool, a few at a time: CloseHandle may wait for the driver. */
  async closeHandle(handle: HANDLE): Promise<void> {
    const { kernel32 } = this.#native;
    await this.#tidies.run(() => onPool(kernel32, kernel32.CloseHandle, handle));
  }

  /** Frees everything; while requests are pending, as soon as they have completed. */
  close(): void {
    if (this.#state === 'open') this.#state = 'closing';
    this.#finish();
  }

  #cancel(handle: HANDLE, request: Request): void {
    const { kernel32 } = this.#native;
    if (request.told) return;
    // CancelIoEx names a request by its memory, which must not be given to another request before the call returns.
    request.cancels++;
    void this.#tidies.run(async () => {
      if (!request.told) await onPool(kernel32, kernel32.CancelIoEx, handle, request.slab.address);
    }).finally(() => {
      request.cancels--;
      this.#requests.settle(request);
      this.#finish();
    });
  }

  /** The only waiter: runs as long as memory of any request is in use. */
  async #wait(): Promise<void> {
    if (this.#waiting) return;
    this.#waiting = true;
    const { kernel32 } = this.#native;
    const { address, view } = this.#packets;
    while (this.#requests.size > 0) {
      const { value: got, error } = await onPool(kernel32, kernel32.GetQueuedCompletionStatusEx, this.#handle,
        address, ENTRIES, address + BigInt(ENTRIES * ENTRY_SIZE), SLICE_MS, 0);
      if (!got && error !== WAIT_TIMEOUT) {
        this.#requests.failAll(new Error(`GetQueuedCompletionStatusEx: ${error}`));
        return;
      }
      const filled = got ? view.getUint32(ENTRIES * ENTRY_SIZE, true) : 0;
      for (let at = 0; at < filled * ENTRY_SIZE; at += ENTRY_SIZE) {
        this.#requests.packet(Number(view.getBigUint64(at + 8, true)), view.getUint32(at + 16, true));
      }
    }
    this.#waiting = false;
    this.#finish();
  }

  #finish(): void {
    if (this.#state !== 'closing' || this.#waiting || this.#requests.size > 0) return;
    this.#state = 'closed';
    this.#native.kernel32.CloseHandle(this.#handle);
    this.#slabs.close();
    this.#native.koffi.free(this.#packets.address);
  }
}

/** The first offset from `address`, `least` or more, at which a buffer for a read may begin. */
export function alignedAt(address: bigint, least: number): number {
  const from = Number((address + BigInt(least)) % BigInt(READ_ALIGNMENT));
  return least + (from === 0 ? 0 : READ_ALIGNMENT - from);
}
