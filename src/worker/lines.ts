import { longestLine } from './protocol.ts';

/** The beginning of a line that is too long: enough to read its id. */
const headLength = 64;

/**
 * Splits a stream of bytes into lines. A line that is too long is skipped; its first characters are handed out once, as
 * `head`.
 */
export class LineReader {
  readonly #line: (line: string) => void;
  readonly #tooLong: (head: string) => void;
  #rest: Buffer[] = [];
  #length = 0;
  #skipping = false;
  #first = true;

  constructor(line: (line: string) => void, tooLong: (head: string) => void) {
    this.#line = line;
    this.#tooLong = tooLong;
  }

  push(chunk: Buffer): void {
    let bytes = chunk;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10)) {
      this.#add(bytes.subarray(0, end));
      this.#end();
      bytes = bytes.subarray(end + 1);
    }
    this.#add(bytes);
  }

  #add(bytes: Buffer): void {
    if (this.#skipping || bytes.length === 0) return;
    this.#length += bytes.length;
    if (this.#length > longestLine) {
      this.#skipping = true;
      const head = this.#text([...this.#rest, bytes.subarray(0, headLength)]).slice(0, headLength);
      this.#rest = [];
      this.#tooLong(head);
      return;
    }
    this.#rest.push(bytes);
  }

  #text(parts: readonly Buffer[]): string {
    // latin1, because the protocol is ASCII: any other byte becomes a character that the protocol refuses.
    const text = Buffer.concat(parts).toString('latin1');
    // Windows PowerShell's stream writers may begin with a byte order mark.
    return this.#first ? text.replace(/^\u00ef\u00bb\u00bf/, '') : text;
  }

  #end(): void {
    let line = this.#text(this.#rest);
    const skipped = this.#skipping;
    this.#rest = [];
    this.#length = 0;
    this.#skipping = false;
    this.#first = false;
    // The same writers end lines with CR LF.
    if (line.endsWith('\r')) line = line.slice(0, -1);
    if (!skipped && line !== '') this.#line(line);
  }
}
