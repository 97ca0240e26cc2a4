// What the command line has of its process, so that nothing else here touches process.*.

import type { Readable } from 'node:stream';
import type { Clock } from '../clock.ts';
import type { LogSource } from '../log/result-log.ts';
import type { BusOpener } from '../worker/worker.ts';

export interface CliIo {
  readonly open: BusOpener;
  readonly clock: Clock;
  readonly logs: LogSource;
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

/**
 * Writers of several streams, one write at a time among all of them, so that a terminal shows them in the order in
 * which they were said.
 */
export class Channels {
  #last: Promise<void> = Promise.resolve();

  open(write: (text: string) => Promise<void>): Channel {
    return new Channel((run) => { this.#last = this.#last.then(run); }, write);
  }

  /** Resolves when all is written, or cannot be. */
  flushed(): Promise<void> {
    return this.#last;
  }
}

/** A stream that text goes to. Failing to write is noticed once; what comes later is dropped. */
export class Channel {
  readonly #enqueue: (run: () => Promise<void>) => void;
  readonly #write: (text: string) => Promise<void>;
  #failure: Error | null = null;
  /** Called at the first failure. */
  onFailure: (error: Error) => void = () => {};

  constructor(enqueue: (run: () => Promise<void>) => void, write: (text: string) => Promise<void>) {
    this.#enqueue = enqueue;
    this.#write = write;
  }

  /** Why writing ended, or null. */
  get failure(): Error | null {
    return this.#failure;
  }

  write(text: string): void {
    this.#enqueue(async () => {
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
