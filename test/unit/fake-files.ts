// The files of a log in memory.

import { type LogFiles, type LogHandle, NoSuchFile } from '../../src/log/log-system.ts';

/** Files in memory; what happens is written down, and any step can be made to fail or hang. */
export class FakeFiles implements LogFiles {
  readonly byPath = new Map<string, { identity: string; bytes: Buffer }>();
  readonly done: string[] = [];
  readonly fails = new Map<string, () => Promise<never>>();
  #count = 0;

  put(path: string, text: string): void {
    this.byPath.set(path, { identity: String(++this.#count), bytes: Buffer.from(text) });
  }

  text(path: string): string {
    return this.byPath.get(path)?.bytes.toString() ?? '';
  }

  async #step(what: string): Promise<void> {
    this.done.push(what);
    await this.fails.get(what)?.();
  }

  async append(path: string): Promise<LogHandle> {
    await this.#step('open');
    if (!this.byPath.has(path)) this.put(path, '');
    return this.#handle(path);
  }

  async read(path: string): Promise<LogHandle> {
    if (!this.byPath.has(path)) throw new NoSuchFile('no such file');
    return this.#handle(path);
  }

  #handle(path: string): LogHandle {
    const file = this.byPath.get(path)!;
    return {
      identity: file.identity,
      size: async () => file.bytes.length,
      read: async (bytes, position) => file.bytes.copy(bytes, 0, position),
      append: async (bytes) => {
        await this.#step('write');
        file.bytes = Buffer.concat([file.bytes, bytes]);
        return bytes.length;
      },
      flush: () => this.#step('flush'),
      close: () => this.#step('close'),
    };
  }

  async identityOf(path: string): Promise<string | null> {
    return this.byPath.get(path)?.identity ?? null;
  }

  async exclusively(_: string, run: () => Promise<void>): Promise<boolean> {
    await this.#step('lock');
    await run();
    return true;
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#step('rename');
    this.byPath.set(to, this.byPath.get(from)!);
    this.byPath.delete(from);
  }

  user(): string {
    return 'somebody';
  }
}
