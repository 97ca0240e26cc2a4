import type { Readable } from 'node:stream';

/** Longest answer that is read, in characters; what is longer is no. */
const longest = 1024;

/**
 * The line that somebody types, or null when the input ends or `giveUp` resolves first. The terminal is left in
 * its own line mode: it echoes, edits and turns Ctrl+C into a signal by itself.
 */
export function readLine(input: Readable, giveUp: Promise<void>): Promise<string | null> {
  return new Promise((resolve) => {
    let text = '';
    const end = (line: string | null) => {
      input.off('data', onData).off('end', onEnd).off('error', onEnd).pause();
      resolve(line);
    };
    const onEnd = () => end(null);
    const onData = (chunk: Buffer | string) => {
      text += chunk.toString();
      const newline = text.indexOf('\n');
      if (newline >= 0) end(text.slice(0, newline).replace(/\r$/, ''));
      else if (text.length > longest) end(null);
    };
    input.on('data', onData).on('end', onEnd).on('error', onEnd);
    void giveUp.then(onEnd);
  });
}

/** Only a spoken yes is one. */
export const isYes = (line: string | null): boolean => line !== null && /^\s*y(?:es)?\s*$/i.test(line);
