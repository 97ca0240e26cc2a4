// The two ends of a worker's pipes in one thread: stdin that can be fed and ended, and what comes of stdout.

export interface Pipes {
  /** What `serve` reads. Each chunk passes `reading` first, which may throw. */
  readonly input: AsyncIterable<Buffer>;
  feed(...texts: readonly string[]): void;
  end(): void;
}

export function pipes(reading: () => void = () => {}): Pipes {
  const chunks: (Buffer | null)[] = [];
  let wake = () => {};
  async function* input() {
    for (;;) {
      while (chunks.length === 0) await new Promise<void>((resolve) => { wake = resolve; });
      const chunk = chunks.shift()!;
      reading();
      if (chunk === null) return;
      yield chunk;
    }
  }
  return {
    input: input(),
    feed: (...texts) => {
      for (const text of texts) chunks.push(Buffer.from(text, 'latin1'));
      wake();
    },
    end: () => {
      chunks.push(null);
      wake();
    },
  };
}
