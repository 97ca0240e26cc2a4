// Parents that keep to nothing, against the real worker: one answer for each line that it was told, no other, and an
// end when it is time, whatever comes.

import { expect, test } from 'vitest';
import type { Bus } from '../../src/bus/bus.ts';
import { rehearsalOf } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import { serve } from '../../src/worker/serve.ts';
import { VirtualClock } from '../unit/virtual-clock.ts';
import { finals, hostileParent, idOf, type ParentStep } from './fuzz-lines.ts';
import { replyOf } from './model-client.ts';
import { Random } from './random.ts';
import { baseSeed, report, trials } from './trials.ts';

const faults = [{}, { delayMs: 700 }, { hangs: true }, { openDelayMs: 300 }];
const rehearsal = JSON.stringify({
  version: 1, thisHost: 'a',
  logicalUnits: [1, 2, 3, 4].map((number) => ({ name: `u${number}`, serial: `SER${number}` })),
  hosts: { a: { disks: [1, 2, 3, 4].map((number) => ({ number, unit: `u${number}`, faults: faults[number - 1] })) }, b: {} },
});

/** Longer than any deadline of a request, one try after the other. */
const longMs = 300_000;

interface Judgement {
  lost: number;
  doubled: number;
  invented: number;
  problem: string | null;
}

async function run(steps: readonly ParentStep[]): Promise<Judgement & { readonly lines: number }> {
  const clock = new VirtualClock();
  const chunks: (Buffer | Error | null)[] = [];
  let wake = () => {};
  async function* input() {
    for (;;) {
      while (chunks.length === 0) await new Promise<void>((resolve) => { wake = resolve; });
      const chunk = chunks.shift()!;
      if (chunk === null) return;
      if (chunk instanceof Error) throw chunk;
      yield chunk;
    }
  }
  const feed = async (chunk: Buffer | Error | null) => {
    chunks.push(chunk);
    wake();
    await clock.advance(0);
  };
  const open = async (): Promise<Bus> => rehearsalOf(rehearsal, { clock });
  let said = '';
  const held: { resolve: () => void; reject: (error: Error) => void }[] = [];
  let reads = true;
  let closed = false;
  const letGo = () => {
    for (const { resolve, reject } of held.splice(0)) {
      if (closed) reject(new Error('EPIPE'));
      else resolve();
    }
  };
  let gone = () => {};
  let over = false;
  void serve(clock, { windows: open, rehearsal: open }, {
    name: 'storage-release', version: '0', build: 'b', processId: 1, platform: 'torture',
  }, {
    input: input(),
    write: (bytes) => {
      if (closed) return Promise.reject(new Error('EPIPE'));
      said += bytes.toString('latin1');
      return reads ? Promise.resolve() : new Promise((resolve, reject) => held.push({ resolve, reject }));
    },
    parentGone: new Promise((resolve) => { gone = resolve; }),
  }).then(() => { over = true; });
  await clock.advance(0);

  let told = Buffer.alloc(0);
  let ending: ParentStep['kind'] | null = null;
  for (const step of steps) {
    // A minute may have passed without work.
    if (over) ending ??= 'idle';
    switch (step.kind) {
      case 'bytes':
        if (ending === null) told = Buffer.concat([told, step.bytes]);
        await feed(step.bytes);
        break;
      case 'wait': await clock.advance(step.ms); break;
      case 'deaf': reads = false; break;
      case 'reads': reads = true; letGo(); break;
      case 'idle':
        reads = true;
        letGo();
        await clock.advance(longMs);
        break;
      case 'end': await feed(null); break;
      case 'error': await feed(new Error('EIO')); break;
      case 'gone': gone(); await clock.advance(0); break;
      case 'closes': closed = true; letGo(); break;
    }
    if (['idle', 'end', 'error', 'gone', 'closes'].includes(step.kind)) ending = step.kind;
    await clock.advance(0);
  }
  const whole = ending === null || ending === 'idle';
  if (ending !== 'closes') reads = true;
  letGo();
  await clock.advance(longMs);

  const expected = new Map<number, number>();
  let lines = 0;
  let from = 0;
  for (let end = told.indexOf(10); end >= 0; end = told.indexOf(10, from)) {
    const raw = told.subarray(from, end);
    const id = idOf(from === 0 && raw.subarray(0, 3).equals(Buffer.of(0xef, 0xbb, 0xbf)) ? raw.subarray(3) : raw);
    from = end + 1;
    if (id === null) continue;
    lines += 1;
    expected.set(id, (expected.get(id) ?? 0) + 1);
  }
  // A line that is too long is told as soon as it is, without its end.
  if (told.length - from > 64 * 1024) {
    const id = idOf(told.subarray(from))!;
    expected.set(id, (expected.get(id) ?? 0) + 1);
  }
  const answered = new Map<number, number>();
  let problem: string | null = null;
  const replies = said.split('\n').slice(0, -1).map((line) => replyOf(line));
  for (const [at, reply] of replies.entries()) {
    if (reply === null) problem ??= 'no reply';
    else if ((reply.kind === 'hello') !== (at === 0)) problem ??= `${reply.kind} in place ${at}`;
    else if (reply.kind === 'bye' && at !== replies.length - 1) problem ??= 'words after bye';
    else if (finals.has(reply.kind)) answered.set(reply.id, (answered.get(reply.id) ?? 0) + 1);
  }
  const judgement: Judgement = { lost: 0, doubled: 0, invented: 0, problem };
  for (const id of new Set([...expected.keys(), ...answered.keys()])) {
    const more = (answered.get(id) ?? 0) - (expected.get(id) ?? 0);
    // An end leaves what is under way unanswered.
    if (more < 0 && whole) judgement.lost -= more;
    if (more > 0 && expected.has(id)) judgement.doubled += more;
    if (more > 0 && !expected.has(id)) judgement.invented += more;
  }
  // It goes when it is told to, and after a minute without work.
  if (!over) judgement.problem ??= 'it does not go';
  return { ...judgement, lines };
}

test('parents', async (context) => {
  const sum = { lines: 0, lost: 0, doubled: 0, wrong: 0, first: '' };
  const count = trials(500, 20_000);
  for (let at = 0; at < count; at++) {
    const steps = hostileParent(new Random(baseSeed * 1_000_003 + at));
    const { lines, lost, doubled, invented, problem } = await run(steps);
    sum.lines += lines;
    sum.lost += lost;
    sum.doubled += doubled;
    sum.wrong += invented + (problem === null ? 0 : 1);
    if (lost + doubled + invented > 0 || problem !== null) {
      sum.first ||= `sequence ${at}: ${lost} lost, ${doubled} doubled, ${invented} invented, ${problem}; `;
    }
  }
  expect(sum.lines).toBeGreaterThan(count);
  report(context, {
    what: 'hostile parents, sequences against the model', trials: count, lost: sum.lost, doubled: sum.doubled, wrong: sum.wrong,
    note: `${sum.first}seed ${baseSeed}; ${sum.lines} lines`,
  });
}, trials(600_000, 86_400_000));
