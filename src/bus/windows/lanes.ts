// Limits for calls that may hang in a driver: each takes a thread of libuv's pool for as long as it hangs. Each kind
// of call has its own limit (lane), so that hanging opens do not delay disks that answer; all lanes together leave
// threads for the waiter of port.ts and for files.

/** What `UV_THREADPOOL_SIZE` must be before the pool is first used. */
export const POOL_THREADS = 128;
/** CreateFileW. */
export const OPENS_AT_ONCE = 80;
/** NtDeviceIoControlFile until it returns: a driver that pends the request returns at once. */
export const DISPATCHES_AT_ONCE = 32;
/** CloseHandle and CancelIoEx. */
export const TIDIES_AT_ONCE = 8;
/** Beyond this koffi throws. */
export const MAX_ASYNC_CALLS = 256;

export class Lane {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(width: number) {
    this.#free = width;
  }

  /** Makes the call as soon as there is room, in order of arrival. */
  async run<R>(call: () => Promise<R>): Promise<R> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>(resolve => this.#waiting.push(resolve));
    try {
      return await call();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
