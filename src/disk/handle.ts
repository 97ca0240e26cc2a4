// An opened disk, closed exactly once whatever happens to the requests on it.

import type { Completion, Disk, Held } from '../bus/bus.ts';
import { messageOf } from '../message-of.ts';
import type { Deadline } from './deadline.ts';

export class Handle {
  readonly #disk: Disk;
  #pending: Promise<unknown> | null = null;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** Resolves when no request is pending any more, which may be never; null when none is pending. */
  get pending(): Promise<unknown> | null {
    return this.#pending;
  }

  /** What holds the pending request back from the device, where something does. */
  get held(): Held | null {
    return this.#disk.held?.() ?? null;
  }

  /** One request at a time. Rejects with whatever a bus throws. */
  async control(code: number, input: Uint8Array | null, outputLength: number): Promise<Completion> {
    return this.#kept(this.#disk.control(code, input, outputLength));
  }

  /** The same for a read of the first bytes. */
  async read(length: number): Promise<Completion> {
    return this.#kept(this.#disk.read(length));
  }

  #kept(request: Promise<Completion>): Promise<Completion> {
    const done = () => { this.#pending = null; };
    this.#pending = request.then(done, done);
    return request;
  }

  /**
   * To be called once, at the end. Closes the handle, and waits for that until the deadline at most. While a request is
   * pending, it only asks the driver to cancel the request and returns; the handle is closed when the driver completes
   * the request, however late.
   * Never rejects: the result of the disk stays valid when its handle cannot be closed.
   */
  async leave(deadline: Deadline, remark: (text: string) => void): Promise<void> {
    const close = async () => {
      try {
        await this.#disk.close();
      } catch (error) {
        remark(`the handle was not closed: ${messageOf(error)}`);
      }
    };
    if (this.#pending === null) {
      await deadline.race(close()).catch(() => remark('the handle takes its time to close'));
      return;
    }
    void this.#pending.then(close);
    try {
      this.#disk.cancel();
    } catch (error) {
      remark(`the request was not cancelled: ${messageOf(error)}`);
    }
  }
}
