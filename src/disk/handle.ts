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

  /** Resolves when nothing is pending on the handle, which may be never; null when nothing is. */
  get pending(): Promise<unknown> | null {
    return this.#pending;
  }

  /** What keeps the pending request from the device, where something does. */
  get held(): Held | null {
    return this.#disk.held?.() ?? null;
  }

  /** One request at a time. What a bus throws comes as a rejection. */
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
   * To be called once, at the end. Closes the handle, and waits for that until the deadline at most; while a
   * request is pending, asks the driver to give it up, returns, and closes when the driver has let go of it,
   * however late.
   * Never rejects: what is known of the disk stays true when its handle does not close.
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
