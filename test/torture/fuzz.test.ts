// Lines that nobody should write, to the real worker and the real command line: no crash, and one answer each.

import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { Bus } from '../../src/bus/bus.ts';
import { IOCTL_STORAGE_RELEASE, IOCTL_STORAGE_RESERVE } from '../../src/bus/sdk/control-codes.ts';
import { rehearsalOf } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import { runCli } from '../../src/cli/cli.ts';
import { exitCodeTable } from '../../src/status/exit-codes.ts';
import { serve } from '../../src/worker/serve.ts';
import { noLogs } from '../unit/no-logs.ts';
import { VirtualClock } from '../unit/virtual-clock.ts';
import { finals, fuzzedArguments, fuzzedRequest, idOf } from './fuzz-lines.ts';
import { replyOf } from './model-client.ts';
import { pipes } from './pipes.ts';
import { Random } from './random.ts';
import { baseSeed, report, trials } from './trials.ts';

// The command line loads these when it needs them, which takes real time, and the clock of these runs is a virtual one.
import '../../src/cli/completion.ts';
import '../../src/cli/run-log.ts';
import '../../src/cli/records/load-list.ts';
import '../../src/cli/records/record-claim.ts';
import '../../src/cli/commands/change.ts';
import '../../src/cli/commands/clear.ts';
import '../../src/cli/commands/list.ts';
import '../../src/cli/commands/log.ts';
import '../../src/cli/commands/map.ts';
import '../../src/cli/commands/status.ts';

const rehearsal = JSON.stringify({
  version: 1, thisHost: 'a',
  logicalUnits: [1, 2, 3, 4].map((number) => ({ name: `u${number}`, serial: `SER${number}` })),
  hosts: { a: { disks: [1, 2, 3, 4].map((number) => ({ number, unit: `u${number}`, boot: number === 4 })) }, b: {} },
});
const timeoutMs = trials(3_600_000, 86_400_000);

test('request lines to the worker', async (context) => {
  const count = trials(40_000, 2_000_000);
  const random = new Random(baseSeed);
  const clock = new VirtualClock();
  const pipe = pipes();
  const answered = new Map<number, number>();
  const sum = { wrong: 0, lost: 0, doubled: 0, errors: 0, lines: 0 };
  let rest = '';
  const read = (bytes: Buffer) => {
    const lines = (rest + bytes.toString('latin1')).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      const reply = replyOf(line);
      if (reply === null) sum.wrong += 1;
      else if (finals.has(reply.kind)) {
        answered.set(reply.id, (answered.get(reply.id) ?? 0) + 1);
        if (reply.kind === 'error') sum.errors += 1;
      }
    }
  };
  let over = false;
  void serve(clock, {
    windows: async () => rehearsalOf(rehearsal, { clock }),
    rehearsal: async () => rehearsalOf(rehearsal, { clock }),
  }, { name: 'storage-release', version: '0', build: 'b', processId: 1, platform: 'torture' }, {
    input: pipe.input, write: async (bytes) => read(bytes), parentGone: new Promise(() => {}),
  }).then(() => { over = true; });
  await clock.advance(0);
  let id = 0;
  while (sum.lines < count) {
    const expected = new Map<number, number>();
    const sent = Buffer.concat(Array.from({ length: 500 }, () => {
      const line = fuzzedRequest(random, ++id);
      return Buffer.concat([line, Buffer.from(random.once(4) ? '\r\n' : '\n')]);
    }));
    let from = 0;
    for (let end = sent.indexOf(10); end >= 0; end = sent.indexOf(10, from)) {
      const its = idOf(sent.subarray(from, end));
      from = end + 1;
      if (its === null) continue;
      expected.set(its, (expected.get(its) ?? 0) + 1);
      sum.lines += 1;
    }
    answered.clear();
    for (let at = 0; at < sent.length;) {
      const size = random.once(3) ? random.between(1, 200) : random.between(1, 100_000);
      pipe.feed(sent.subarray(at, at + size).toString('latin1'));
      at += size;
    }
    await clock.advance(1000);
    for (const key of new Set([...expected.keys(), ...answered.keys()])) {
      const more = (answered.get(key) ?? 0) - (expected.get(key) ?? 0);

      if (more < 0) sum.lost -= more;
      if (more > 0) sum.doubled += more;
    }
    if (over) break;
  }
  expect(over).toBe(false);
  // Some of both: lines that are requests, and lines that are none.
  expect(sum.errors).toBeGreaterThan(sum.lines / 10);
  expect(sum.errors).toBeLessThan(sum.lines * 0.9);
  report(context, {
    what: 'fuzzed request lines to the worker', trials: sum.lines, lost: sum.lost, doubled: sum.doubled,
    wrong: sum.wrong, note: `seed ${baseSeed}; ${sum.errors} were answered with an error`,
  });
}, timeoutMs);

test('command lines', async (context) => {
  const count = trials(2_000, 1_000_000);
  const random = new Random(baseSeed);
  const codes: ReadonlySet<number> = new Set(exitCodeTable().map(({ code }) => code));
  const tally = new Map<number, number>();
  const said: string[] = [];
  let lost = 0;
  let wrong = 0;
  for (let at = 0; at < count; at++) {
    const args = fuzzedArguments(random);
    const clock = new VirtualClock();
    const out: string[] = [];
    const err: string[] = [];
    let sent = 0;
    const opened = (): Bus => {
      const bus = rehearsalOf(rehearsal, { clock });
      return Object.assign(Object.create(bus) as Bus, {
        kind: bus.kind, computerName: bus.computerName, list: () => bus.list(), roles: () => bus.roles(),
        inventory: () => bus.inventory(), flush: () => bus.flush(), close: () => bus.close(),
        open: async (...call: Parameters<Bus['open']>) => {
          const opening = await bus.open(...call);
          const { disk } = opening;
          if (disk === undefined) return opening;
          return { disk: {
            control: (code: number, input: Uint8Array | null, length: number) => {
              if (code === IOCTL_STORAGE_RELEASE || code === IOCTL_STORAGE_RESERVE) sent += 1;
              return disk.control(code, input, length);
            },
            cancel: () => disk.cancel(), close: () => disk.close(),
          } };
        },
      });
    };
    let ended: number | Error | null = null;
    const run = runCli(args, {
      clock, logs: noLogs,  version: '0', columns: 80, isTerminal: { input: false, output: false, error: false },
      open: { windows: () => Promise.reject(new Error('no Windows here')), rehearsal: async () => opened() },
      stdout: async (text) => void out.push(text), stderr: async (text) => void err.push(text),
      stdin: () => Readable.from([]), onInterrupt: () => {},
    }).then((code) => { ended = code; }, (error: unknown) => { ended = error as Error; });
    await clock.runAll();
    const code = ended as number | Error | null;
    const problem = code === null ? 'no end'
      : typeof code !== 'number' ? `threw ${code.stack}`
      : !codes.has(code) ? `exit code ${code}`
      : problemOf(args, code, out.join(''), err.join(''), sent);
    if (code === null) lost += 1;
    else await run;
    if (problem !== null) {
      if (code !== null) wrong += 1;
      said.push(`${JSON.stringify(args).slice(0, 300)}: ${problem}`);
    }
    if (typeof code === 'number') tally.set(code, (tally.get(code) ?? 0) + 1);
  }
  for (const one of said.slice(0, 20)) console.log(one);
  // Usage errors, and runs that came to their disks.
  for (const code of [0, 2, 3]) expect([code, (tally.get(code) ?? 0) > count / 100]).toEqual([code, true]);
  report(context, {
    what: 'fuzzed command lines', trials: count, lost, doubled: 0, wrong,
    note: `seed ${baseSeed}; exit codes `
      + [...tally].sort(([a], [b]) => a - b).map(([code, times]) => `${code}: ${times}`).join(', '),
  });
}, timeoutMs);

/** What is wrong with one run, or null. */
function problemOf(args: readonly string[], code: number, out: string, err: string, sent: number): string | null {
  if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/.test(out + err)) return 'a control character is shown';
  if (sent > 0 && !args.some((arg) => /^--yes$|^-[a-z]*y/.test(arg))) return 'sent without a yes';
  if (sent > 0 && args.includes('--dry-run') && !args.slice(0, args.indexOf('--dry-run')).includes('--')) {
    return 'a dry run sent something';
  }
  if (code === 2 && !err.startsWith('storage-release: ')) return `no reason for exit code 2: ${err}`;
  if (code === 2 && sent > 0) return 'a usage error sent something';
  if (out.startsWith('{')) {
    const document = JSON.parse(out) as { exitCode?: number };
    if (document.exitCode !== code) return `exit code ${code}, and ${document.exitCode} in the document`;
  }
  if (code === 0 && out === '' && !args.some((arg) => arg.includes('clixml'))) return 'nothing was said';
  return null;
}
