import { longestLine } from './protocol.ts';

/**
 * Cuts a stream of bytes into lines. One that is too long comes out as `null`, once, and is skipped to its end.
 */
export class LineReader {
  readonly #line: (line: string | null) => void;
  #rest: Buffer[] = [];
  #length = 0;
  #skipping = false;
  #first = true;

  constructor(line: (line: string | null) => void) {
    this.#line = line;
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
      this.#rest = [];
      this.#line(null);
      return;
    }
    this.#rest.push(bytes);
  }

  #end(): void {
    // latin1: the protocol is ASCII, and a byte that is not stays visible as a wrong character.
    let line = Buffer.concat(this.#rest).toString('latin1');
    const skipped = this.#skipping;
    this.#rest = [];
    this.#length = 0;
    this.#skipping = false;
    // Windows PowerShell's stream writers may begin with a byte order mark, and end lines with CR LF.
    if (this.#first) line = line.replace(/^\u00ef\u00bb\u00bf/, '');
    this.#first = false;
    if (line.endsWith('\r')) line = line.slice(0, -1);
    if (!skipped && line !== '') this.#line(line);
  }
}
