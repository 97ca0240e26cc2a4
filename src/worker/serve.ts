// The worker as a process: lines from stdin to the worker, replies to stdout, and when to go.

import type { Clock } from '../clock.ts';
import type { LogSource } from '../log/result-log.ts';
import { LineReader } from './lines.ts';
import { notUnderstood, tooLong } from './protocol.ts';
import { type Identification, hello, reply } from './reply.ts';
import { type BusOpener, Worker } from './worker.ts';

export interface ServeIo {
  readonly input: AsyncIterable<Buffer>;
  /** Writes all of it and resolves, without blocking the thread; rejects when nobody can read any more. */
  write(bytes: Buffer): Promise<void>;
  /** Resolves when the process that started this one is gone. */
  readonly parentGone: Promise<void>;
}

/** Without work for this long the worker goes; the next request starts another. */
const idleMs = 60_000;
/**
 * One write at a time, of at most this much: what the parent does not read waits here, not in a blocked thread.
 */
const chunkSize = 64 * 1024;
/** At its end the worker waits no longer than this for a reader: one that does not read any more may never. */
const flushMs = 5_000;

/**
 * Serves until stdin ends, the parent is gone or a minute passes without work; resolves when all is flushed.
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
    // In the same turn as the last look at the queue, so that no line can slip in between and stay.
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

  // The minute counts from the last answer, too: what a driver completes soon after a deadline is still told.
  const worker = new Worker(clock, open, (line) => {
    if (serving) rest();
    write(line);
  }, logs);
  let takeBack = () => {};
  let serving = true;
  const rest = () => {
    takeBack();
    takeBack = clock.after(idleMs, () => {
      // What a reader that takes its time has not read yet would be lost with the end.
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
  // Where the parent cannot be watched, the end of stdin tells.
  void io.parentGone.then(end, () => {});

  await ended;
  serving = false;
  takeBack();
  worker.stop();
  // An end without a reader leaves nothing to wait for.
  if (!readable || writing === null) return;
  let stopWaiting = () => {};
  const patience = new Promise<void>((resolve) => { stopWaiting = clock.after(flushMs, resolve); });
  await Promise.race([writing, patience]);
  stopWaiting();
}
