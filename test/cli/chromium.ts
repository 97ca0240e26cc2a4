// A headless Chromium that is asked by its debugging pipe (Chrome DevTools Protocol), without any package between.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

function find(): string | null {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      execFileSync(name, ['--version'], { stdio: 'ignore' });
      return name;
    } catch {
      // The next one.
    }
  }
  return null;
}

/** What it is started as; null where there is none. */
export const chromium = find();

type Answer = Readonly<Record<string, unknown>>;

export class Browser {
  readonly #folder = mkdtempSync(join(tmpdir(), 'storage-release-chromium-'));
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #next = 1;
  #rest = '';
  #session = '';
  #loaded: () => void = () => {};
  /** What the page said on its console, and what it was refused. */
  readonly said: string[] = [];
  /** Addresses that were asked for. */
  readonly asked: string[] = [];

  private constructor(program: string) {
    this.#child = spawn(program, ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
      '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic',
      '--remote-debugging-pipe', `--user-data-dir=${this.#folder}`, 'about:blank'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    const output = this.#child.stdio[4] as Readable;
    output.setEncoding('utf8').on('data', (text: string) => this.#take(text));
  }

  static async start(): Promise<Browser> {
    const browser = new Browser(chromium!);
    const { targetInfos } = await browser.#ask('Target.getTargets') as { targetInfos: { targetId: string, type: string }[] };
    const { targetId } = targetInfos.find(({ type }) => type === 'page')!;
    browser.#session = String((await browser.#ask('Target.attachToTarget', { targetId, flatten: true }))['sessionId']);
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await browser.ask(`${domain}.enable`);
    return browser;
  }

  #take(text: string): void {
    const messages = (this.#rest + text).split('\0');
    this.#rest = messages.pop()!;
    for (const message of messages) {
      const { id, result, error, method, params } = JSON.parse(message) as {
        id?: number, result?: Answer, error?: Answer, method?: string, params: Answer };
      if (id !== undefined) {
        this.#waiting.get(id)?.(result ?? { error });
        this.#waiting.delete(id);
      } else if (method === 'Log.entryAdded' || method === 'Runtime.consoleAPICalled' || method === 'Runtime.exceptionThrown'
        || method === 'Page.javascriptDialogOpening') {
        this.said.push(JSON.stringify(params));
      } else if (method === 'Page.loadEventFired') {
        this.#loaded();
      } else if (method === 'Network.requestWillBeSent') {
        this.asked.push(String((params['request'] as Answer)['url']));
      }
    }
  }

  #ask(method: string, params: object = {}, sessionId?: string): Promise<Answer> {
    const id = this.#next++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      (this.#child.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  ask(method: string, params: object = {}): Promise<Answer> {
    return this.#ask(method, params, this.#session);
  }

  /** The value of an expression in the page; one that is a promise is waited for. */
  async get<T>(expression: string): Promise<T> {
    const answer = await this.ask('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    if (answer['exceptionDetails'] !== undefined) throw new Error(JSON.stringify(answer['exceptionDetails']));
    return (answer['result'] as { value: T }).value;
  }

  /** Opens a page, and waits until it is loaded; by then its script has run. */
  async open(address: string): Promise<void> {
    const loaded = new Promise<void>((resolve) => { this.#loaded = resolve; });
    await this.ask('Page.navigate', { url: address });
    await loaded;
  }

  async press(key: string, modifiers = 0): Promise<void> {
    const text = key === 'Enter' ? '\r' : undefined;
    const code = { Enter: 13, Escape: 27, ArrowDown: 40, ArrowRight: 39, ArrowUp: 38, End: 35, Home: 36, Tab: 9 }[key] ?? 0;
    await this.ask('Input.dispatchKeyEvent', { type: 'keyDown', key, modifiers, text, windowsVirtualKeyCode: code });
    await this.ask('Input.dispatchKeyEvent', { type: 'keyUp', key, modifiers, windowsVirtualKeyCode: code });
  }

  async close(): Promise<void> {
    const gone = new Promise((resolve) => { this.#child.once('close', resolve); });
    await this.#ask('Browser.close');
    await gone;
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
