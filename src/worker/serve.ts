// The worker as a process: passes lines from stdin to the worker and replies to stdout, and decides when to exit.

import type { Clock } from '../clock.ts';
import type { LogSource } from '../log/result-log.ts';
import { LineReader } from './lines.ts';
import { notUnderstood, tooLong } from './protocol.ts';
import { type Identification, hello, reply } from './reply.ts';
import { type BusOpener, Worker } from './worker.ts';

export interface ServeIo {
  readonly input: AsyncIterable<Buffer>;
  /** Resolves when everything is written, without blocking the thread; rejects when nobody can read any more. */
  write(bytes: Buffer): Promise<void>;
  /** Resolves when the process that started this one has ended. */
  readonly parentGone: Promise<void>;
}

/** The worker exits after so long without work; the next request starts another one. */
const idleMs = 60_000;
/**
 * The most bytes of one write; only one write runs at a time. What the parent has not read yet waits in this process,
 * not in a blocked thread.
 */
const chunkSize = 64 * 1024;
/** The longest wait for a reader at the end: a parent that has stopped reading may never go on. */
const flushMs = 5_000;

/**
 * Serves until stdin ends, the parent has ended, or a minute passes without work; resolves when all is flushed.
 * @param who what the first line says; null: it is written already
 */
export async function serve(
  clock: Clock, open: BusOpener, who: Identification | null, io: ServeIo, logs: LogSource | null = null,
): Promise<void> {
  let end = () => {};
  const ended = new Promise<void>((resolve) => { end = resolve; });
  const queue: string[] = [];
  let writing: Promise<void> | null = null;
  let readable = true;

  const pump = async () => {
    while (queue.length > 0) {
      let size = 0;
      let count = 0;
      while (count < queue.length && size < chunkSize) size += queue[count++]!.length + 1;
      await io.write(Buffer.from(`${queue.splice(0, count).join('\n')}\n`, 'latin1'));
    }
    // In the same turn of the event loop as the last check of the queue: a line that came in between would never be written.
    writing = null;
  };
  const write = (line: string) => {
    if (!readable) return;
    queue.push(line);
    writing ??= pump().catch(() => {
      readable = false;
      end();
    });
  };

  if (who !== null) write(hello(who));

  // Each reply starts the minute anew: a request that a driver completes soon after its deadline is still reported.
  const worker = new Worker(clock, open, (line) => {
    if (serving) rest();
    write(line);
  }, logs);
  let takeBack = () => {};
  let serving = true;
  const rest = () => {
    takeBack();
    takeBack = clock.after(idleMs, () => {
      // Replies that a slow reader has not read yet would be lost.
      if (worker.unanswered > 0 || writing !== null) return rest();
      serving = false;
      write(reply(0, 'bye', { S: 'a minute without work' }));
      end();
    });
  };
  rest();
  const whenServing = (take: (text: string) => void) => (text: string) => {
    if (!serving) return;
    rest();
    take(text);
  };
  const reader = new LineReader(
    whenServing((line) => worker.take(line)),
    whenServing((head) => write(notUnderstood(tooLong(head)))),
  );
  void (async () => {
    try {
      for await (const chunk of io.input) reader.push(chunk);
    } finally {
      end();
    }
  })().catch(() => {});
  // Where the parent cannot be watched, the end of stdin has to be enough.
  void io.parentGone.then(end, () => {});

  await ended;
  serving = false;
  takeBack();
  worker.stop();
  // Without a reader there is nothing to wait for.
  if (!readable || writing === null) return;
  let stopWaiting = () => {};
  const patience = new Promise<void>((resolve) => { stopWaiting = clock.after(flushMs, resolve); });
  await Promise.race([writing, patience]);
  stopWaiting();
}
