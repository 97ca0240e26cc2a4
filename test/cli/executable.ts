// Runs the built executable on a rehearsal bus of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, onTestFinished } from 'vitest';

import { isHost, targets } from '../../src/build/executable.mjs';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const host = targets.find(isHost);
if (!host) throw new Error(`nothing is built for ${process.platform}-${process.arch}`);
export const executable = join(root, 'dist', host.name, host.executable);
if (!existsSync(executable)) throw new Error(`${executable} is not there: npm run build`);

/** A copy of the bus, because a release changes it. Gone when the test is over. */
export function busFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'storage-release-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'bus.json');
  copyFileSync(new URL('bus.json', import.meta.url), file);
  return file;
}

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
}

export interface Watching {
  /** Text for stdin, which then ends; without it stdin is the null device. */
  readonly stdin?: string;
  /** A stdin that `watch` writes to. */
  readonly keepStdinOpen?: boolean;
  /** Number of the user to run as; it takes root. */
  readonly user?: number;
  readonly cwd?: string;
  /** Sees what was said so far, each time that something is added. */
  readonly watch?: (said: { readonly stdout: string; readonly stderr: string }, child: ChildProcess) => void;
}

export function start(command: string, args: readonly string[], watching: Watching = {}): Promise<Ran> {
  const { stdin, keepStdinOpen = false, user, cwd, watch } = watching;
  const child = spawn(command, args, {
    stdio: [stdin === undefined && !keepStdinOpen ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    cwd,
    ...(user === undefined ? {} : { uid: user, gid: user }),
  });
  child.stdin?.on('error', () => {});
  if (!keepStdinOpen) child.stdin?.end(stdin);
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    watch?.({ stdout, stderr }, child);
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    watch?.({ stdout, stderr }, child);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => {
      // Whatever else a run does, it never falls over.
      expect(stderr).not.toMatch(/^\s+at /m);
      resolve({ stdout, stderr, exitCode, signal });
    });
  });
}

export const run = (args: readonly string[], watching?: Watching): Promise<Ran> => start(executable, args, watching);

/** On a bus of its own. */
export const rehearse = (args: readonly string[], watching?: Watching): Promise<Ran> =>
  run([...args, '--rehearsal', busFile()], watching);

const schemaFile = join(root, 'docs', 'schema', 'output.schema.json');
const schema = JSON.parse(readFileSync(schemaFile, 'utf8')) as {
  $defs: Record<'result' | 'reservationResult' | 'registrant' | 'disk', { required: string[] }>;
};
export const validate = new Ajv2020({ strictRequired: false, strictTypes: false, allErrors: true }).compile(schema);
export const properties = {
  result: schema.$defs.result.required, reservation: schema.$defs.reservationResult.required,
  registrant: schema.$defs.registrant.required, disk: schema.$defs.disk.required,
};

type Properties = Readonly<Record<string, unknown>>;

export interface Document {
  readonly exitCode: number;
  readonly command: string | null;
  readonly dryRun?: boolean;
  readonly results?: readonly (Properties & { readonly Outcome: string; readonly Number: number | null })[];
  readonly registrants?: readonly Properties[];
  readonly disks?: readonly Properties[];
  readonly error?: { readonly kind: string; readonly message: string; readonly nextStep: string };
}

/** The one document on stdout, held against its schema. */
export function documentOf({ stdout, exitCode }: Ran): Document {
  const document = JSON.parse(stdout) as Document;
  expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
  expect(stdout).toMatch(/^\{[\n -~]*\}\n$/);
  expect(document.exitCode).toBe(exitCode);
  for (const result of document.results ?? []) {
    expect(Object.keys(result)).toEqual(document.command === 'status' ? properties.reservation
      : [...properties.result, ...(document.dryRun === true ? ['DryRun'] : [])]);
  }
  for (const one of document.registrants ?? []) expect(Object.keys(one)).toEqual(properties.registrant);
  for (const disk of document.disks ?? []) expect(Object.keys(disk)).toEqual(properties.disk);
  return document;
}
