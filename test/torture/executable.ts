// The built executable itself under fuzzed lines (fuzz.test.ts tries the same many more times, without a process).

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { exitCodeTable } from '../../src/status/exit-codes.ts';
import { executable } from '../cli/executable.ts';
import { finals, fuzzedArguments, fuzzedRequest, idOf } from './fuzz-lines.ts';
import { replyOf } from './model-client.ts';
import type { Random } from './random.ts';
import type { TortureRow } from './trials.ts';

const bus = JSON.stringify({
  version: 1, thisHost: 'a',
  logicalUnits: [1, 2, 3, 4].map((number) => ({ name: `u${number}`, serial: `SER${number}` })),
  hosts: {
    a: { disks: [1, 2, 3, 4].map((number) => ({ number, unit: `u${number}`, boot: number === 4 })) },
    b: {},
  },
});

async function inFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'storage-release-'));
  try {
    writeFileSync(join(folder, 'bus.json'), bus);
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Fuzzed request lines to one `serve`, read in the pieces that the system makes of them. */
export const fuzzServe = (random: Random, count: number): Promise<TortureRow[]> => inFolder(async (folder) => {
  const child = spawn(executable, ['serve'], { cwd: folder, stdio: 'pipe' });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const expected = new Map<number, number>();
  const answered = new Map<number, number>();
  let lines = 0;
  let wrong = 0;
  let errors = 0;
  let open = 0;
  let wake = () => {};
  let rest = '';
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
  child.stdin.on('error', () => {});
  child.stdout.on('data', (bytes: Buffer) => {
    const all = (rest + bytes.toString('latin1')).split('\n');
    rest = all.pop()!;
    for (const line of all) {
      const reply = replyOf(line);
      if (reply === null) wrong += 1;
      else if (finals.has(reply.kind)) {
        answered.set(reply.id, (answered.get(reply.id) ?? 0) + 1);
        open -= 1;
        if (reply.kind === 'error') errors += 1;
      }
    }
    wake();
  });
  const write = (text: Buffer) => {
    let from = 0;
    for (let end = text.indexOf(10); end >= 0; end = text.indexOf(10, from)) {
      const id = idOf(text.subarray(from, end));
      from = end + 1;
      if (id === null) continue;
      expected.set(id, (expected.get(id) ?? 0) + 1);
      lines += 1;
      open += 1;
    }
    child.stdin.write(text);
  };
  write(Buffer.from(`id=1&verb=rehearse&file=${encodeURIComponent(join(folder, 'bus.json'))}\n`));
  let id = 1;
  const started = performance.now();
  while (lines < count && child.exitCode === null) {
    const line = () => Buffer.concat([fuzzedRequest(random, ++id), Buffer.from('\n')]);
    write(Buffer.concat(Array.from({ length: 500 }, line)));
    // Some thousands run ahead of their answers.
    while (open > 5_000 && child.exitCode === null) await new Promise<void>((resolve) => (wake = resolve));
  }
  const patience = setTimeout(() => child.kill('SIGKILL'), 120_000);
  while (open > 0 && child.exitCode === null && child.signalCode === null) {
    await Promise.race([ended, new Promise<void>((resolve) => (wake = resolve))]);
  }
  const seconds = (performance.now() - started) / 1000;
  child.stdin.end();
  const code = await ended;
  clearTimeout(patience);
  if (code !== 0 || said !== '') wrong += 1;
  let lost = 0;
  let doubled = 0;
  for (const key of new Set([...expected.keys(), ...answered.keys()])) {
    const more = (answered.get(key) ?? 0) - (expected.get(key) ?? 0);
    if (more < 0) lost -= more;
    else doubled += more;
  }
  JSON.parse(readFileSync(join(folder, 'bus.json'), 'utf8'));
  return [{
    what: 'fuzzed request lines to one real worker', trials: lines, lost, doubled, wrong,
    note: `${errors} answered with an error; ${seconds.toFixed(0)} s; ended with ${code} ${said.slice(0, 200)}`
      .trimEnd(),
  }];
});

/** Fuzzed command lines, a process each, two at a time on one rehearsal file. */
export const fuzzCommandLines = (random: Random, count: number) => inFolder(async (folder): Promise<TortureRow[]> => {
  const codes: ReadonlySet<number | null> = new Set(exitCodeTable().map(({ code }) => code));
  const tally = new Map<number, number>();
  let next = 0;
  let lost = 0;
  let wrong = 0;
  let first = '';
  const one = async (args: readonly string[]): Promise<void> => {
    const child = spawn(executable, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    const patience = setTimeout(() => child.kill('SIGKILL'), 60_000);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    clearTimeout(patience);
    let problem = '';
    if (code === null) problem = `ended by ${child.signalCode}`;
    else if (!codes.has(code)) problem = `exit code ${code}`;
    else if (/^\s+at /m.test(stderr)) problem = `fell over: ${stderr}`;
    else if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/.test(stdout + stderr)) {
      problem = 'a control character is shown';
    }
    else if (stdout.startsWith('{') && (JSON.parse(stdout) as { exitCode: number }).exitCode !== code) {
      problem = `exit code ${code}, and another in the document`;
    }
    if (code === null) lost += 1;
    else tally.set(code, (tally.get(code) ?? 0) + 1);
    if (problem !== '') {
      if (code !== null) wrong += 1;
      first ||= `${JSON.stringify(args)}: ${problem}; `;
    }
  };
  const lane = async (): Promise<void> => {
    while (next++ < count) {
      // No argument of a program can hold a NUL.
      await one(fuzzedArguments(random).map((arg) => arg.replaceAll('\0', '')));
    }
  };
  await Promise.all([lane(), lane()]);
  return [{
    what: 'fuzzed command lines to the real executable', trials: count, lost, doubled: 0, wrong,
    note: `${first}exit codes `
      + [...tally].sort(([a], [b]) => a - b).map(([code, n]) => `${code}: ${n}`).join(', '),
  }];
});
