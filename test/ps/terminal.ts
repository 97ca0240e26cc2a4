// PowerShell at a terminal: util-linux's `script` makes the pty, xterm.js is the terminal at its other end, so that what
// is looked at is what somebody would see there, after every escape sequence has done its work.

import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

import xterm from '@xterm/headless';

import { findPowerShell, shellEnvironment } from '../powershell/find.mjs';

/** Whether there is a `script` to make a terminal with. */
export const hasTerminal = process.platform === 'linux' && (() => {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false;
  }
})();

export interface TerminalOptions {
  columns?: number;
  cwd?: string;
  /** Added to the environment; `undefined` takes a variable away. */
  env?: Readonly<Record<string, string | undefined>>;
  /** What the terminal is started by, if not from here: a command that runs the words behind it somewhere else. */
  launcher?: readonly string[];
  /** For Wine, whose console leaves the terminal as it finds it: keys are not echoed, and reach the program as they are. */
  unprocessed?: boolean;
}

const height = 50;

/** One row of the screen; `continues`: it is the rest of the row above, which was too long. */
export interface Row {
  readonly text: string;
  readonly continues: boolean;
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** A program at a terminal. Its two outputs come out of it as one. */
export class Terminal {
  /** All that came out, as it came. */
  raw = '';
  readonly #screen: xterm.Terminal;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number>;
  #hasEnded = false;
  #drawn: () => void = () => {};

  constructor(program: readonly string[], { columns = 120, cwd, env, launcher = [], unprocessed = false }: TerminalOptions = {}) {
    this.#screen = new xterm.Terminal({ cols: columns, rows: height, scrollback: 20_000, allowProposedApi: true });
    // `exec`: a shell in between would die of a Ctrl+C that is meant for the program.
    const line = `stty ${unprocessed ? 'raw -echo ' : ''}cols ${columns} rows ${height}; exec ${program.map(quoted).join(' ')}`;
    const [file = '', ...args] = [...launcher, 'script', '-qec', line, '/dev/null'];
    const child = this.#child = spawn(file, args, {
      cwd, stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
    });
    child.stdin?.on('error', () => {});
    // What the program asks its terminal (where the cursor is) is answered by the terminal.
    this.#screen.onData((answer) => child.stdin?.write(answer));
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.raw += text;
      this.#screen.write(text, () => this.#drawn());
    });
    this.#ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => {
        this.#hasEnded = true;
        this.#screen.write('', () => {
          this.#drawn();
          resolve(code ?? -1);
        });
      });
    });
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** Rows from one on that `mark` gave, down to the last one that anything stands on. */
  rows(from = 0): Row[] {
    const buffer = this.#screen.buffer.active;
    const rows: Row[] = [];
    for (let y = from; y < buffer.length; y++) {
      const line = buffer.getLine(y)!;
      rows.push({ text: line.translateToString(true).trimEnd(), continues: line.isWrapped });
    }
    while (rows.length > 0 && rows.at(-1)!.text === '') rows.pop();
    return rows;
  }

  text(from = 0): string {
    return this.rows(from).map(({ text }) => text).join('\n');
  }

  /** The row that the cursor is on. */
  mark(): number {
    const { baseY, cursorY } = this.#screen.buffer.active;
    return baseY + cursorY;
  }

  /** What stands before the cursor in its row. */
  beforeCursor(): string {
    const { cursorX } = this.#screen.buffer.active;
    return this.#screen.buffer.active.getLine(this.mark())!.translateToString(false, 0, cursorX);
  }

  /** Until that is true of the screen; a program that ends, or does nothing more, before it is fails. */
  async until(what: string, isTrue: () => boolean, limitMs = 60_000): Promise<void> {
    for (const deadline = performance.now() + limitMs; !isTrue();) {
      const drawn = new Promise<void>((resolve) => { this.#drawn = resolve; });
      const left = deadline - performance.now();
      if (this.#hasEnded || left <= 0) {
        throw new Error(`${this.#hasEnded ? 'The program ended' : 'Nothing came'} before ${what}:\n${this.text()}`);
      }
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([drawn, new Promise((resolve) => { timer = setTimeout(resolve, left); })]);
      clearTimeout(timer);
    }
  }

  resize(columns: number): void {
    this.#screen.resize(columns, height);
  }

  /** Its exit code, once it has ended. */
  end(): Promise<number> {
    return this.#ended;
  }

  /** Ends it, whatever it does. */
  async kill(): Promise<void> {
    if (!this.#hasEnded) {
      this.#child.kill('SIGKILL');
      // Where a launcher stands between, what it has launched may still hold them.
      for (const stream of [this.#child.stdin, this.#child.stdout]) stream?.destroy();
    }
    await this.#ended;
    this.#screen.dispose();
  }
}

/** Ctrl+C, Tab and Enter. */
export const keys = { interrupt: '\x03', tab: '\t', enter: '\r' } as const;

export interface PromptOptions extends TerminalOptions {
  /** The words that start the shell, if it is not the one that all tests use. */
  shell?: readonly string[];
}

/** An interactive PowerShell, PSReadLine and all. */
export class Prompt extends Terminal {
  #last = '';

  /** `setup`: what is run before the first prompt. Its last line of output, if any, stands above that. */
  static async open(setup: string, options: PromptOptions = {}): Promise<Prompt> {
    const { shell = [findPowerShell().command], env, ...others } = options;
    // The number in the prompt tells each from the one before.
    const text = `function prompt { 'PS' + $MyInvocation.HistoryId + '> ' }\n${setup}`;
    const prompt = new Prompt([...shell, '-NoLogo', '-NoProfile', '-NoExit', '-EncodedCommand',
      Buffer.from(text, 'utf16le').toString('base64')], { ...others, env: { ...shellEnvironment(), ...env } });
    await prompt.#next();
    return prompt;
  }

  async #next(): Promise<void> {
    await this.until(`the prompt after "${this.#last}"`, () =>
      /^PS\d+> $/.test(this.beforeCursor()) && this.beforeCursor() !== this.#last);
    this.#last = this.beforeCursor();
  }

  /**
   * Runs a line and gives the rows of what it put out. `meanwhile` may answer what it asks; it is called once.
   */
  async run(line: string, meanwhile: (from: number) => Promise<void> = async () => {}): Promise<Row[]> {
    const from = this.mark();
    this.type(line + keys.enter);
    await meanwhile(from);
    await this.#next();
    const rows = this.rows(from).slice(1, -1);
    // The rest of the line that was typed is no output.
    const first = rows.findIndex(({ continues }) => !continues);
    return first < 0 ? [] : rows.slice(first);
  }

  /** Leaves the line that was typed, and goes to the next prompt. */
  async cancel(): Promise<void> {
    const from = this.mark();
    this.type(keys.interrupt);
    await this.until('the prompt after Ctrl+C', () => this.mark() > from && /^PS\d+> $/.test(this.beforeCursor()));
  }

  /** Its exit code. */
  async exit(): Promise<number> {
    this.type(`exit${keys.enter}`);
    return await this.end();
  }
}
