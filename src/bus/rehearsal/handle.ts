// A handle that a program has on something of the simulated bus.

import type { Access, Completion, Disk, Held } from '../bus.ts';
import * as nt from './ntstatus.ts';

/** What stands behind a handle. */
export interface Handled {
  /** Whether a pending request can be cancelled. */
  readonly cancellable: boolean;
  /** What a command waits for before it reaches the unit; null where none waits. */
  readonly held: Held | null;
  /** Takes back the command that waits. False: none does. */
  takeBack(): boolean;
  control(
    code: number, input: Uint8Array | null, outputLength: number, access: Access,
  ): Promise<Completion>;
  read(length: number, access: Access): Promise<Completion>;
}

/** The status for a handle that is closed. */
const STATUS_INVALID_HANDLE = 0xc0000008;

export const empty = (status: number): Completion => ({ status, information: 0n, output: new Uint8Array(0) });

export class Handle implements Disk {
  readonly #behind: Handled;
  readonly #access: Access;
  #closed = false;
  #cancel: (() => void) | null = null;

  constructor(behind: Handled, access: Access) {
    this.#behind = behind;
    this.#access = access;
  }

  control(code: number, input: Uint8Array | null, outputLength: number): Promise<Completion> {
    return this.#done(() => this.#behind.control(code, input, outputLength, this.#access));
  }

  read(length: number): Promise<Completion> {
    return this.#done(() => this.#behind.read(length, this.#access));
  }

  #done(request: () => Promise<Completion>): Promise<Completion> {
    if (this.#closed) return Promise.resolve(empty(STATUS_INVALID_HANDLE));
    return new Promise((resolve, reject) => {
      this.#cancel = () => resolve(empty(nt.STATUS_CANCELLED));
      request().then(resolve, reject);
    });
  }

  /**
   * The class driver has no cancel routine, so this has an effect only on a command that still waits to be sent, or with
   * the fault `cancellable`.
   */
  cancel(): void {
    if (this.#behind.takeBack() || this.#behind.cancellable) this.#cancel?.();
  }

  held(): Held | null {
    return this.#behind.held;
  }

  /** Resolves at once, even while a request hangs. */
  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }
}
