// The built executable, with a stand-in for its pipes that breaks at a named place of the conversation: each request
// ends as one answer, or as gone with its worker.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { executable } from '../cli/executable.ts';
import { type Action, type Failpoint, actions, conversation, failpoints, garbage } from './failpoints.ts';
import { ModelClient, finalOf, replyOf } from './model-client.ts';
import { report } from './trials.ts';

const rehearsal = JSON.stringify({
  version: 1, thisHost: 'a',
  logicalUnits: [1, 2, 3, 4, 5, 6].map((number) => ({
    name: `u${number}`, serial: `SER${number}`,
    ...(number === 5 ? { registrations: [{ initiator: 'b', key: '0xA1' }] } : {}),
  })),
  hosts: { a: { disks: [1, 2, 3, 4, 5, 6].map((number) => ({
    number, unit: `u${number}`, boot: number === 4, ...(number === 6 ? { faults: { delayMs: 1100 } } : {}),
  })) }, b: {} },
});

const finals: ReadonlySet<string> = new Set(Object.values(finalOf));
/** A trial that takes longer than this has hung. A whole one takes a tenth of a second. */
const hungMs = 60_000;
/** Requests that are written while all stands still. */
const meanwhile = 300;

interface Trial {
  readonly client: ModelClient;
  /** The point was reached. */
  readonly fired: boolean;
  readonly hung: boolean;
  /** Exit code or signal of the worker. */
  readonly ended: number | string | null;
  /** The id of the final reply that was cut, where one was. */
  readonly cut: number | null;
}

/** Stands between the client and a real worker, and does one thing once. */
function play(point: Failpoint, action: Action, file: string, noise: string): Promise<Trial> {
  const client = new ModelClient(() => performance.now());
  const child: ChildProcessWithoutNullStreams = spawn(executable, ['serve']);
  let fired = false;
  let broken = false;
  let cutNext = false;
  let cut: number | null = null;
  let rest = '';
  let held: string[] | null = null;

  /** The session is over for the client: the worker goes, and with it what is open. */
  const giveUp = () => {
    broken = true;
    child.kill('SIGKILL');
  };

  // ---- towards the worker
  const toWorker = (line: string): void => {
    if (broken) return;
    if (held !== null) return void held.push(line);
    if (fired || point.way !== 'in' || !point.line.test(line)) return void child.stdin.write(`${line}\n`);
    fired = true;
    if (point.when === 'after') child.stdin.write(`${line}\n`);
    const rests = point.when === 'before' ? [line] : [];
    switch (action) {
      case 'kill': return giveUp();
      case 'half a line':
        child.stdin.end(line.slice(0, line.length / 2));
        broken = true;
        return;
      case 'garbage':
        client.nonsense += 1;
        child.stdin.write(`${noise}\n`);
        for (const one of rests) child.stdin.write(`${one}\n`);
        return;
      case 'stall': held = rests;
    }
  };
  const letGo = () => {
    const lines = held ?? [];
    held = null;
    for (const line of lines) toWorker(line);
  };

  // ---- towards the client
  const toClient = (line: string): void => {
    if (broken && point.way === 'out') return;
    // The client's own check: a line that is none ends the session.
    if (replyOf(line) === null) return giveUp();
    client.read(Buffer.from(`${line}\n`, 'latin1'));
  };
  const fromWorker = (line: string): void => {
    const halve = (): void => {
      const { id, kind } = replyOf(line)!;
      if (finals.has(kind)) cut = id;
      client.read(Buffer.from(line.slice(0, line.length / 2), 'latin1'));
      giveUp();
    };
    if (broken && point.way === 'out') return;
    if (cutNext) return halve();
    const reply = replyOf(line);
    if (fired || point.way !== 'out' || reply === null || !point.line.test(`${reply.id} ${reply.kind}`)) {
      return toClient(line);
    }
    fired = true;
    if (point.when === 'after') toClient(line);
    switch (action) {
      case 'kill': return giveUp();
      case 'half a line':
        if (point.when === 'before') return halve();
        cutNext = true;
        return;
      case 'garbage': return toClient(noise);
      case 'stall':
        // The worker stands still, and the client must not wait for it to write.
        child.kill('SIGSTOP');
        for (let left = meanwhile; left > 0; left--) ask('release&plan=1&number=1');
        if (point.when === 'before') toClient(line);
        setImmediate(() => child.kill('SIGCONT'));
    }
  };

  const ask = (rest_: string) => {
    const id = client.id();
    const line = `id=${id}&verb=${rest_}`;
    const verb = rest_.includes('plan=1') ? 'plan' : rest_.split('&')[0]!;
    client.send(rest_ === 'fly' ? 'nonsense' : verb, id, line);
    toWorker(line);
  };

  let begun = false;
  const goOn = () => {
    if (client.hello !== null && !begun) {
      begun = true;
      for (const one of conversation(file, point.late === true)) ask(one);
    }
    // Everything that went through is answered: what is held can go on.
    if (held !== null && client.open.every(({ line }) => held!.includes(line))) letGo();
    const late = point.late === true && !client.sent.get(12)?.warnings.length && !broken;
    if (begun && client.open.length === 0 && client.nonsense === 0 && !late) child.stdin.end();
  };
  child.stdin.on('error', () => {});
  child.stderr.resume();
  child.stdout.on('data', (bytes: Buffer) => {
    const lines = (rest + bytes.toString('latin1')).split('\n');
    rest = lines.pop()!;
    for (const line of lines) fromWorker(line);
    goOn();
  });
  return new Promise((resolve) => {
    let hung = false;
    const alarm = setTimeout(() => {
      hung = true;
      child.kill('SIGKILL');
    }, hungMs);
    child.on('close', (code, signal) => {
      clearTimeout(alarm);
      if (!hung) client.over();
      resolve({ client, fired, hung, ended: code ?? signal, cut });
    });
  });
}

test.skipIf(process.platform === 'win32')('named places, and what can break there', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'failpoints-'));
  const file = join(folder, 'bus.json');
  const sum = { trials: 0, lost: 0, doubled: 0, wrong: 0, gone: 0, answers: 0 };
  const said: string[] = [];
  expect(failpoints.length).toBeGreaterThanOrEqual(24);
  expect(new Set(failpoints.map(({ name }) => name)).size).toBe(failpoints.length);
  try {
    for (const [at, point] of failpoints.entries()) {
      // A file for each: what one releases is not another's.
      const trials = await Promise.all(actions.map(async (action) => {
        const its = `${file}.${action.replaceAll(' ', '-')}`;
        writeFileSync(its, rehearsal);
        return { action, ...await play(point, action, its, garbage[at % garbage.length]!) };
      }));
      for (const { action, client, fired, hung, ended, cut } of trials) {
        const all = [...client.sent.values()];
        const gone = all.filter((one) => one.gone).length;
        const problems = [...client.problems];
        if (!fired) problems.push('the place was never reached');
        const lost = client.open.length;
        if (hung || lost > 0) problems.push(`hung with ${lost} open`);
        // Whoever only waited, or only heard nonsense, has every answer; whoever lost its worker knows it.
        const lossless = action === 'stall' || (action === 'garbage' && point.way === 'in');
        if (lossless && (gone > 0 || ended !== 0)) problems.push(`${gone} gone, the worker ended with ${ended}`);
        if (!lossless && action !== 'half a line' && ended !== 'SIGKILL') {
          problems.push(`the worker ended with ${ended}`);
        }
        if (lossless && client.nonsense > 0) problems.push('nonsense was not answered');
        if (cut !== null && cut > 0 && client.sent.get(cut)?.final != null) problems.push('half a line is an answer');
        const answers = all.filter(({ final }) => final !== null).length;
        if (answers + gone + lost !== all.length) problems.push('an answer, and gone all the same');
        sum.trials += 1;
        sum.gone += gone;
        sum.answers += answers;
        sum.lost += lost;
        sum.doubled += client.doubled;
        if (problems.length > 0 && client.doubled === 0 && lost === 0) sum.wrong += 1;
        if (problems.length > 0) said.push(`${point.name}, ${action}: ${problems.join('; ')}`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  for (const one of said.slice(0, 20)) console.log(one);
  report(context, {
    what: 'failpoints: the built executable, broken pipes', trials: sum.trials, lost: sum.lost, doubled: sum.doubled,
    wrong: sum.wrong, note: `${failpoints.length} places, ${actions.join(', ')}; ${sum.answers} answers, `
      + `${sum.gone} gone with their worker`,
  });
}, 3_600_000);
