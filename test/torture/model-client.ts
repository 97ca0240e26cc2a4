// What a correct client of the worker expects, and nothing more: the head of src/worker/protocol.ts as a program. A
// stand-in for the PowerShell module, which is tested by test/ps.

import { clixmlShape } from '../../src/clixml/shape.ts';

export interface Reply {
  readonly id: number;
  readonly kind: string;
  readonly text: string;
  readonly properties: ReadonlyMap<string, string>;
}

const shape = new RegExp(clixmlShape);
const longestLine = 64 * 1024;
const item = /<U32>(\d+)<\/U32><S>(\w+)<\/S>/y;
const head = '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">';

/** Null: not a reply, as the module would find before it let anything deserialize it. */
export function replyOf(line: string): Reply | null {
  if (line.length > longestLine || !shape.test(line)) return null;
  item.lastIndex = head.length;
  const found = item.exec(line);
  if (found === null) return null;
  const payload = line.slice(item.lastIndex);
  const properties = new Map<string, string>();
  for (const [, name, value] of payload.matchAll(/ N="(\w+)">([^<]*)</g)) properties.set(name!, value!);
  return { id: Number(found[1]), kind: found[2]!, text: /^<S>([^<]*)</.exec(payload)?.[1] ?? '', properties };
}

/** The final reply of each verb; `error` ends any of them. */
export const finalOf: Readonly<Record<string, string>> = {
  release: 'result', reserve: 'result', clear: 'cleared', clearplan: 'clearplan', plan: 'plan', status: 'reservation', list: 'done', rehearse: 'done',
  cancel: 'done', nonsense: 'error',
};
/** Replies that may come before the final one, by verb; `warning` may come at any time. */
const before: Readonly<Record<string, string>> = { status: 'registrant', list: 'disk' };

/** What became of one request. */
export interface Sent {
  readonly id: number;
  readonly verb: string;
  readonly line: string;
  /** Virtual milliseconds. */
  readonly askedAt: number;
  firstStepAt: number | null;
  answeredAt: number | null;
  final: Reply | null;
  /** Replies before the final one, without steps. */
  rows: number;
  readonly warnings: string[];
  /** The worker went, and this had no answer yet. */
  gone: boolean;
}

const groupOf = ({ line }: Sent): string => /&group=(\d+)/.exec(line)?.[1] ?? '0';

/** Reads lines, and holds them against what was sent. */
export class ModelClient {
  readonly sent = new Map<number, Sent>();
  readonly problems: string[] = [];
  /** Final replies that came twice, or after the request was given up. */
  doubled = 0;
  /** What went wrong otherwise. */
  wrong = 0;
  /** Errors with id 0 that are expected: lines of which no id can be read. */
  nonsense = 0;
  hello: Reply | null = null;
  /** The worker said that it goes. */
  bye = false;
  ended = false;
  readonly #now: () => number;
  /** Requests of each pipeline that have told a step and have no answer. */
  readonly #running = new Map<string, Set<Sent>>();
  #rest = '';
  #nextId = 1;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The next request's id. */
  id(): number {
    return this.#nextId++;
  }

  send(verb: string, id: number, line: string): Sent {
    const sent: Sent = {
      id, verb, line, askedAt: this.#now(), firstStepAt: null, answeredAt: null, final: null, rows: 0, warnings: [],
      gone: false,
    };
    this.sent.set(id, sent);
    return sent;
  }

  get open(): Sent[] {
    return [...this.sent.values()].filter(({ final, gone }) => final === null && !gone);
  }

  #say(problem: string): void {
    this.wrong += 1;
    this.problems.push(problem);
  }

  /** Bytes of the worker's stdout, cut anywhere. */
  read(bytes: Buffer): void {
    const lines = (this.#rest + bytes.toString('latin1')).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) this.#line(line);
  }

  /** The worker is gone: what has no answer never gets one. The rest of a line is none. */
  over(): void {
    this.ended = true;
    this.#rest = '';
    this.#running.clear();
    for (const one of this.open) one.gone = true;
  }

  /** Another worker takes over; what the last one did not look at is sent again. */
  restart(): Sent[] {
    this.hello = null;
    this.bye = false;
    this.ended = false;
    this.nonsense = 0;
    return this.open;
  }

  /** The first step of a request is told: it runs, and so many of its pipeline may. */
  #begun(sent: Sent): void {
    if (sent.firstStepAt !== null) return;
    sent.firstStepAt = this.#now();
    const group = groupOf(sent);
    const running = this.#running.get(group) ?? new Set();
    this.#running.set(group, running.add(sent));
    const throttle = Number(/&throttle=(\d+)/.exec(sent.line)?.[1] ?? 32);
    if (running.size > throttle) this.#say(`${running.size} at a time in pipeline ${group}, not ${throttle}`);
  }

  #line(line: string): void {
    const reply = replyOf(line);
    if (reply === null) return this.#say(`no reply: ${line.slice(0, 200)}`);
    if (this.hello === null) {
      if (reply.kind !== 'hello' || reply.id !== 0) return this.#say(`${reply.kind} before hello`);
      this.hello = reply;
      return;
    }
    if (this.bye) return this.#say(`${reply.kind} after bye`);
    if (reply.id === 0) {
      if (reply.kind === 'bye') this.bye = true;
      else if (reply.kind === 'error' && this.nonsense > 0) this.nonsense -= 1;
      else this.#say(`${reply.kind} of nobody`);
      return;
    }
    const sent = this.sent.get(reply.id);
    if (sent === undefined) return this.#say(`${reply.kind} of ${reply.id}, which was never sent`);
    if (reply.kind === 'warning') return void sent.warnings.push(reply.text);
    if (reply.kind === finalOf[sent.verb] || reply.kind === 'error') {
      if (sent.final !== null || sent.gone) {
        this.doubled += 1;
        this.problems.push(`${sent.id} (${sent.verb}) is answered again`);
        return;
      }
      sent.final = reply;
      sent.answeredAt = this.#now();
      this.#running.get(groupOf(sent))?.delete(sent);
      return;
    }
    if (sent.final !== null) return this.#say(`${reply.kind} of ${sent.id} after its final reply`);
    if (reply.kind === 'verbose') this.#begun(sent);
    else if (reply.kind === before[sent.verb]) sent.rows += 1;
    else this.#say(`${reply.kind} for a ${sent.verb}`);
  }
}
