// What the command line has of its process, so that nothing else here touches process.*.

import type { Readable } from 'node:stream';
import type { Clock } from '../clock.ts';
import type { BusOpener } from '../worker/worker.ts';

export interface CliIo {
  readonly open: BusOpener;
  readonly clock: Clock;
  readonly version: string;
  /** Whether a person sits at these. */
  readonly isTerminal: { readonly input: boolean; readonly output: boolean; readonly error: boolean };
  /** Width of the terminal, 80 where there is none. */
  readonly columns: number;
  /** Writes all of it; rejects when nobody can read any more. */
  stdout(text: string): Promise<void>;
  stderr(text: string): Promise<void>;
  /** Opened at the first use only. */
  stdin(): Readable;
  /** Calls back at each Ctrl+C, and at each request to end from the system. */
  onInterrupt(listener: () => void): void;
}

/** One writer of a stream: what is written comes out whole and in order, and failing to write is noticed once. */
export class Channel {
  readonly #write: (text: string) => Promise<void>;
  #last: Promise<void> = Promise.resolve();
  /** Why writing ended, or null. */
  #failure: Error | null = null;
  /** Called at the first failure. */
  onFailure: (error: Error) => void = () => {};

  constructor(write: (text: string) => Promise<void>) {
    this.#write = write;
  }

  get failure(): Error | null {
    return this.#failure;
  }

  write(text: string): void {
    this.#last = this.#last.then(async () => {
      if (this.#failure !== null) return;
      try {
        await this.#write(text);
      } catch (error) {
        this.#failure = error as Error;
        this.onFailure(this.#failure);
      }
    });
  }

  line(text: string): void {
    this.write(`${text}\n`);
  }

  /** Resolves when all is written, or cannot be. */
  flushed(): Promise<void> {
    return this.#last;
  }
}

/**
 * Ctrl+C. The first: no further disk is begun, those with their drivers are waited for. The second: not even that.
 */
export class Interrupt {
  readonly first: Promise<void>;
  readonly second: Promise<void>;
  #asked = 0;
  #resolve: (() => void)[] = [];

  constructor() {
    this.first = new Promise((resolve) => this.#resolve.push(resolve));
    this.second = new Promise((resolve) => this.#resolve.push(resolve));
  }

  get asked(): boolean {
    return this.#asked > 0;
  }

  ask(): void {
    this.#resolve[this.#asked++]?.();
  }
}
