// Requests in, replies out: decides which request runs when, and gives each request exactly one final reply. Does not
// know pipes and processes (serve.ts) or what a release is (verbs/), so that a simulation can drive it in one thread.

import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../clock.ts';
import { type DiskContext, type Report, createContext, lookingOnly } from '../disk/context.ts';
import { takenBack } from '../disk/verdict.ts';
import { LogProblem } from '../log/log-system.ts';
import { EventJournal, type LogSource, ResultLog } from '../log/result-log.ts';
import { messageOf } from '../message-of.ts';
import { diskItem, registrantItem, reservationItem, resultItem } from '../result/items.ts';
import type { Answer } from '../result/result.ts';
import { change, refusedAnswer } from '../verbs/change.ts';
import { clear, uncleared } from '../verbs/clear/clear.ts';
import { type ClearResult, clearItem, isClearResult } from '../verbs/clear/clear-result.ts';
import { listDevices } from '../verbs/list.ts';
import { readReservation } from '../verbs/read.ts';
import { type ChangingVerb, isChanging } from '../verbs/verb-rows.ts';
import { BriefList } from './brief-list.ts';
import { HolderVerbs } from './holder-verbs.ts';
import { logPage, placeText } from './log-verb.ts';
import { ProtocolError, type WireRequest, notUnderstood, parseRequest } from './protocol.ts';
import { type ReplyKind, reply } from './reply.ts';

export interface BusOpener {
  /** The real storage stack; rejects with a sentence and a next step where there is none. */
  windows(): Promise<Bus>;
  rehearsal(file: string, initiator: string | null, warn: (text: string) => void): Promise<Bus>;
}

/** A request that can be queued; a cancellation is carried out at once. */
type QueuedRequest = WireRequest & { readonly verb: Exclude<WireRequest['verb'], 'cancel'> };

const isQueued = (request: WireRequest): request is QueuedRequest => request.verb !== 'cancel';

/** The queue of one pipeline, and the number of its running requests. */
interface Group {
  running: number;
  readonly queue: QueuedRequest[];
  /** Whether nothing more is sent for it; requests that wait for their turn on a device are withdrawn as well. */
  stopped: boolean;
}

/** The answer to a request that would have changed something, and for which nothing was sent. */
const unsent = (request: WireRequest, context: DiskContext, message: string, nextStep: string): Answer =>
  (request.verb === 'clear'
    ? uncleared({ claim: request.claim, method: request.method! }, context, message, nextStep)
    : refusedAnswer(request.claim, context, message, nextStep));

const itemOf = (result: Answer['result']) => (isClearResult(result) ? clearItem(result) : resultItem(result));

interface OpenLog {
  readonly log: Promise<ResultLog>;
  /** The pipeline for which the log was last opened. */
  group: number;
}

/** For so many pipelines the given remarks are remembered. */
const mostRemembered = 16;

export class Worker {
  readonly #clock: Clock;
  readonly #open: BusOpener;
  readonly #write: (line: string) => void;
  readonly #groups = new Map<number, Group>();
  readonly #holders = new HolderVerbs({
    reply: (id, kind, ...payload) => this.#reply(id, kind, ...payload),
    final: (id, kind, ...payload) => this.#final(id, kind, ...payload),
  });
  readonly #said = new Map<number, Set<string>>();
  #context: Promise<DiskContext> | null = null;
  #unanswered = 0;
  readonly #sources: LogSource | null;
  /** By their paths. */
  readonly #logs = new Map<string, OpenLog>();
  #rehearsal: string | null = null;
  readonly #events: EventJournal | null;

  constructor(clock: Clock, open: BusOpener, write: (line: string) => void, logs: LogSource | null = null) {
    this.#sources = logs;
    this.#events = logs === null ? null : new EventJournal(logs, clock);
    this.#clock = clock;
    this.#open = open;
    this.#write = write;
  }

  /** Number of requests without a final reply. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /** Takes one line without its LF. Never throws. */
  take(line: string): void {
    let request: WireRequest;
    try {
      request = parseRequest(line);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#write(notUnderstood(error));
      return;
    }
    this.#unanswered += 1;
    if (!isQueued(request)) return this.#cancel(request);
    const group = this.#group(request.group);
    group.queue.push(request);
    this.#next(request.group, group);
  }

  #group(key: number): Group {
    let group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, group = { running: 0, queue: [], stopped: false });
    return group;
  }

  #next(key: number, group: Group): void {
    for (;;) {
      const [first] = group.queue;
      if (first === undefined || group.running >= first.throttle) break;
      group.queue.shift();
      group.running += 1;
      void this.#run(first, group).catch((error: unknown) => {
        this.#final(first.id, 'error', { S: messageOf(error) });
      }).then(() => {
        group.running -= 1;
        this.#next(key, group);
      });
    }
    if (group.running === 0 && group.queue.length === 0) this.#groups.delete(key);
  }

  async #run(request: QueuedRequest, group: Group): Promise<void> {
    const { verb } = request;
    if (isChanging(verb)) return this.#change(verb, request, group);
    switch (verb) {
      case 'rehearse': return this.#rehearse(request);
      case 'list': return this.#list(request);
      case 'log': return this.#log(request);
      case 'status': return this.#status(request, this.#saidIn(request.group));
      case 'ports': return this.#ports(request);
      case 'witness': return this.#holders.take(request.id, request.witness);
    }
    verb satisfies never;
  }

  async #change(verb: ChangingVerb, request: WireRequest, group: Group): Promise<void> {
    const context = await this.#useContext();
    const run = { dryRun: request.plan, isWanted: () => !group.stopped };
    const report = this.#report(request);
    try {
      if (request.log !== null && !request.plan) await this.#checkLog(request.log, request.group);
    } catch (error) {
      const message = `The log ${request.log} cannot be written: ${messageOf(error)}. Nothing was sent.`;
      return this.#logAndAnswer({ ...request, log: null }, unsent(request, context, message, 'Correct the '
        + 'problem, or name another file with -LogPath; without -LogPath nothing is logged.'));
    }
    const beforeOwnKey = (unheard: ClearResult) => this.#writeOwnKey(request, unheard);
    const answer = verb === 'clear' ? await clear({ ...request, ...run, method: request.method!, beforeOwnKey }, context, report)
      : await change({ ...request, ...run, verb }, context, report);
    try {
      // Changes of a rehearsal are stored before they are reported.
      await context.bus.flush();
    } catch (error) {
      // The result for the disk is valid all the same.
      this.#reply(request.id, 'warning', { S: `Not stored: ${messageOf(error)}` });
    }
    await this.#logAndAnswer(request, answer);
  }

  /**
   * Rejects with LogProblem where a result could not be written. Each pipeline opens the log, with all its checks; before
   * its other requests only the cheap checks are repeated.
   */
  async #checkLog(path: string, group: number): Promise<void> {
    const known = this.#logs.get(path);
    if (known === undefined) return void await this.#logOf(path, group);
    const log = await known.log;
    const anew = known.group !== group;
    if (anew && log.isGivenUp) {
      // Where several requests see the same failure, only the first one deletes the entry.
      if (this.#logs.get(path) === known) this.#logs.delete(path);
      return void await this.#logOf(path, group);
    }
    await log.check(anew);
    known.group = group;
  }

  /** Opens the log once for all requests that name it. A failed open is tried again. */
  #logOf(path: string, group: number): Promise<ResultLog> {
    const known = this.#logs.get(path);
    if (known !== undefined) return known.log;
    const log = this.#sources === null ? Promise.reject(new LogProblem('this worker has no files'))
      : ResultLog.open(this.#sources, this.#clock, { path, commandLine: 'PowerShell', rehearsal: this.#rehearsal });
    this.#logs.set(path, { log, group });
    log.catch(() => this.#logs.delete(path));
    return log;
  }

  /** Resolves with a sentence where the log cannot be written, else with null. */
  async #writeOwnKey(request: WireRequest, unheard: ClearResult): Promise<string | null> {
    if (request.log === null) return null;
    try {
      await this.#toLog(request, request.log, (log) => log.writeOwnKey('clear', clearItem(unheard)));
      return null;
    } catch (error) {
      return `The log ${request.log} cannot be written: ${messageOf(error)}.`;
    }
  }

  async #toLog({ id, group }: WireRequest, path: string, write: (log: ResultLog) => Promise<string | null>): Promise<void> {
    const remark = await write(await this.#logOf(path, group));
    if (remark !== null) this.#reply(id, 'warning', { S: remark });
  }

  /** A result is written to the log before it is sent; where that fails, the reply says so. */
  async #logAndAnswer(request: WireRequest, answer: Answer): Promise<void> {
    if (request.log !== null && !request.plan) {
      try {
        await this.#toLog(request, request.log, (log) => log.write(request.verb, itemOf(answer.result)));
      } catch (error) {
        this.#reply(request.id, 'warning', { S: `Not in the log ${request.log}: ${messageOf(error)}.` });
      }
    }
    if (!request.plan && answer.result.Bus === 'Windows') {
      await this.#events?.write(request.verb, 'PowerShell', itemOf(answer.result));
    }
    this.#answer(request, answer);
  }

  async #log(request: WireRequest): Promise<void> {
    if (this.#sources === null) throw new Error('this worker has no files');
    const { records, remarks, next } = await logPage(
      request.file ?? '', request.witness.rows, request.logged, this.#sources);
    for (const remark of remarks) this.#reply(request.id, 'warning', { S: remark });
    for (const { clears, item } of records) this.#reply(request.id, clears ? 'clearrecord' : 'record', item);
    this.#final(request.id, 'done', { S: placeText(next) });
  }

  /** The remarks that a pipeline has been given already, to give each only once. */
  #saidIn(key: number): Set<string> {
    const said = this.#said.get(key) ?? new Set();
    if (!this.#said.has(key)) this.#said.set(key, said);
    // The numbers of pipelines only grow, so the first entry is the oldest.
    if (this.#said.size > mostRemembered) this.#said.delete(this.#said.keys().next().value!);
    return said;
  }

  async #status(request: WireRequest, said: Set<string>): Promise<void> {
    const context = lookingOnly(await this.#useContext());
    const { result, registrants, remarks, category } = await readReservation(request, context, this.#report(request));
    for (const remark of remarks) {
      if (said.has(remark)) continue;
      said.add(remark);
      this.#reply(request.id, 'warning', { S: remark });
    }
    for (const one of registrants) this.#reply(request.id, 'registrant', registrantItem(one));
    this.#final(request.id, 'reservation', reservationItem(result), { S: category ?? '' });
  }

  #report(request: WireRequest): Report {
    return {
      step: (text) => { if (request.verbose) this.#reply(request.id, 'verbose', { S: text }); },
      late: (text) => this.#reply(request.id, 'warning', { S: text }),
    };
  }

  async #list(request: WireRequest): Promise<void> {
    const { bus, roles } = await this.#useContext();
    const brief = new BriefList(this.#clock, (rows) => this.#reply(request.id, 'disks', { S: rows }));
    await listDevices(bus, roles, this.#clock, request.timeoutMs, request.claim.devices, (row) => {
      if (request.brief) brief.add(row);
      else this.#reply(request.id, 'disk', diskItem(row, bus));
    }).finally(() => brief.flush());
    this.#final(request.id, 'done', { S: '' });
  }

  async #ports(request: WireRequest): Promise<void> {
    const { bus } = await this.#useContext();
    this.#final(request.id, 'done', { S: (await bus.initiatorPorts?.() ?? []).join('\n') });
  }

  async #rehearse(request: WireRequest): Promise<void> {
    if (this.#context !== null) throw new Error('A rehearsal is entered before anything else, by a worker of its own.');
    const warn = (text: string) => this.#reply(request.id, 'warning', { S: text });
    this.#context = this.#open.rehearsal(request.file ?? '', request.initiator, warn)
      .then((bus) => createContext(bus, this.#clock));
    // A failed rehearsal stays: a user who asked for a rehearsal must not get the real disks instead.
    const { bus } = await this.#context;
    this.#rehearsal = request.file;
    this.#final(request.id, 'done', { S: bus.computerName });
  }

  /** Queued requests of the pipeline are answered without being sent; those with a driver run on until they are answered. */
  #cancel(request: WireRequest): void {
    const group = this.#groups.get(request.group);
    const queued = group?.queue.splice(0) ?? [];
    if (group !== undefined) group.stopped = true;
    const done = () => this.#final(request.id, 'done', { S: String(queued.length) });
    // With nothing to answer no bus is needed, and a cancellation must not open one.
    if (queued.length === 0) return done();
    void this.#useContext().then(async (context) => {
      await Promise.all(queued.map((one) => this.#unsent(one, context)));
      done();
    }, (error: unknown) => {
      for (const one of [...queued, request]) this.#final(one.id, 'error', { S: messageOf(error) });
    });
  }

  async #unsent(request: WireRequest, context: DiskContext): Promise<void> {
    if (isChanging(request.verb)) {
      await this.#logAndAnswer(request, unsent(request, context, takenBack.message, takenBack.nextStep));
    } else {
      this.#final(request.id, 'error', { S: takenBack.message });
    }
  }

  /** Drops what has not been sent, at the end of the process: nobody reads an answer any more. */
  stop(): void {
    for (const group of this.#groups.values()) {
      group.queue.length = 0;
      group.stopped = true;
    }
  }

  #useContext(): Promise<DiskContext> {
    if (this.#context === null) {
      this.#context = this.#open.windows().then((bus) => createContext(bus, this.#clock));
      this.#context.catch(() => { this.#context = null; });
    }
    return this.#context;
  }

  #answer(request: WireRequest, { result, category, shown }: Answer): void {
    const clears = isClearResult(result);
    const item = itemOf(result);
    const error = { S: category ?? '' };
    if (!request.plan) return this.#final(request.id, clears ? 'cleared' : 'result', item, error);
    this.#final(request.id, clears ? 'clearplan' : 'plan', [...item, ['Shown', shown === null ? null : { S: shown }]], error);
  }

  /** The final reply to a request. A reply that cannot be encoded becomes an error, which is a final reply as well. */
  #final(id: number, kind: ReplyKind, ...payload: Parameters<typeof reply>[2][]): void {
    let line: string;
    try {
      line = reply(id, kind, ...payload);
    } catch (error) {
      line = reply(id, 'error', { S: `The answer could not be written: ${messageOf(error)}` });
    }
    this.#unanswered -= 1;
    this.#write(line);
  }

  #reply(id: number, kind: ReplyKind, ...payload: Parameters<typeof reply>[2][]): void {
    this.#write(reply(id, kind, ...payload));
  }
}
