// Request lines and command lines that nobody should write: good ones, changed in one place or several, and noise.

import type { Random } from './random.ts';

/** Bytes of one line, without its end; may have ends of lines inside. */
export function fuzzedRequest(random: Random, id: number): Buffer {
  let line: Buffer = Buffer.from(goodRequest(random, id), 'latin1');
  if (random.once(3)) return line;
  if (random.once(400)) return Buffer.concat([line, Buffer.alloc(random.between(64_000, 70_000), 'x')]);
  if (random.once(12)) return Buffer.from(Array.from({ length: random.below(80) }, () => random.below(256)));
  for (let left = random.between(1, 4); left > 0; left--) line = random.pick(byteChanges)(random, line);
  return line;
}

const verbs = ['release', 'reserve', 'release&plan=1', 'status', 'list', 'cancel', 'rehearse', 'ports',
  'clear&method=Clear', 'clear&method=Preempt&holderKey=0xA1', 'clear&method=Reset&plan=1', 'clear&method=Release&ownKey=0x5352000000000001',
  'clear'] as const;
const keys = ['group', 'throttle', 'timeout', 'verbose', 'plan', 'verify', 'detailed', 'allow', 'path', 'number', 'uniqueId',
  'serialNumber', 'friendlyName', 'boot', 'system', 'clustered', 'multipath', 'file', 'initiator', 'id', 'verb',
  'method', 'holderKey', 'ownKey', 'abort',
  '__proto__', 'constructor', ''];
const values = ['1', '0', '2', '-1', '1e3', '0x1', '4294967295', '2147483648', '99999999999', 'Boot', 'boot,System',
  '%2C', '%00', '%0A', '%1B%5D0%3B', '%C3%28', '%ZZ', '%', '%F0%9F%98%80', '%E2%80%AE', '..', '', '=', '+',
  '%5C%5C.%5CPhysicalDrive1', '%5C%5C.%5Cpipe%5Cx', '%5C%5C%3F%5CGLOBALROOT', 'SER1', 'Clear', 'preempt', '0xA1', '0x0', '0x', '0x10000000000000000', 'a'.repeat(5000)];

function goodRequest(random: Random, id: number): string {
  const number = random.between(1, 4);
  const named = random.pick([`number=${number}`, `path=%5C%5C.%5CPhysicalDrive${number}`, `serialNumber=SER${number}`]);
  return `id=${id}&verb=${random.pick(verbs)}&${named}&group=${random.below(4)}&timeout=${random.between(1, 60)}`;
}

const marks = ['&', '=', '%', '\r', '\0', '\n', ' ', '?', '\ufeff', '\u00ff'];

const splice = (line: Buffer, at: number, remove: number, put: Buffer | string): Buffer =>
  Buffer.concat([line.subarray(0, at), Buffer.from(put), line.subarray(at + remove)]);

const byteChanges: readonly ((random: Random, line: Buffer) => Buffer)[] = [
  (random, line) => splice(line, random.below(line.length + 1), 1, Buffer.of(random.below(256))),
  (random, line) => splice(line, random.below(line.length + 1), random.below(9), ''),
  (random, line) => splice(line, random.below(line.length + 1), 0, random.pick(values)),
  (random, line) => splice(line, random.below(line.length + 1), 0, random.pick(marks)),
  (random, line) => Buffer.concat([line, Buffer.from(`&${random.pick(keys)}=${random.pick(values)}`)]),
  (random, line) => Buffer.from(`${random.pick(keys)}=${random.pick(values)}&${line.toString('latin1')}`, 'latin1'),
  (random, line) => Buffer.from(line.toString('latin1').replace(/=[^&]*/, () => `=${random.pick(values)}`), 'latin1'),
  (random, line) =>
    Buffer.from(line.toString('latin1').split('&').sort(() => random.between(-1, 1)).join('&'), 'latin1'),
  (_, line) => Buffer.concat([line, Buffer.from('&'), line]),
];

const words = ['release', 'reserve', 'clear', 'status', 'list', 'help', 'completion', '1', '2', '3', '9', '007',
  '99999999999', '-1', '1e9',
  'PhysicalDrive1', 'Tape0', 'COM1', 'NUL', String.raw`\\.\PhysicalDrive2`, String.raw`\\.\pipe\x`, 'id:1', 'id:',
  'serial:SER1', 'serial: ', 'serial:\u0007', '../x', '', ' ', '*', '?',
  '\u202e', '\ud800', '😀', '\u001b[2J', '$(x)', '%PATH%',
  '__proto__', 'constructor', 'a'.repeat(3000)];
const flags = ['--method=clear', '--method=preempt', '--method', '--holder-key=0xA1', '--holder-key=0', '--own-key=0x1', '--abort', '--yes', '-y', '--dry-run', '--verify', '--detailed', '--allow', '--allow=Boot', '--allow=boot,,',
  '--timeout',
  '--timeout=5', '--timeout=0', '--throttle', '--throttle=1', '--output', '--output=json', '--output=JSON',
  '-o', '-ojson',
  '--output=clixml', '-o=table', '--rehearsal', '--rehearsal=bus.json', '--initiator=a', '--initiator',
  '--verbose', '--help',
  '-h', '--version', '--', '-', '---', '--no-yes', '--yes=false', '--__proto__', '--constructor=1', '--_',
  '--$0', '--a.b=1',
  '-yh', '-yo', '--get-yargs-completions', '--show-hidden', '--config', '--output='];

/** A command line that is understood. */
function goodArguments(random: Random): string[] {
  const command = random.pick(['release', 'reserve', 'status', 'list']);
  const disks = Array.from({ length: command === 'list' ? 0 : random.between(1, 3) }, () =>
    random.pick(['1', '2', '3', '4', '9', 'PhysicalDrive2', 'serial:ser3', String.raw`\\?\PHYSICALDRIVE1`]));
  const changes = command === 'release' || command === 'reserve';
  const more = changes
    ? random.pick([[], ['--yes'], ['-y', '--verify'], ['--dry-run'], ['--allow', 'Boot', '-y']]) : [];
  return [command, ...disks, ...more, ...random.pick([[], ['-ojson'], ['--output', 'clixml'], ['--verbose']]),
    '--rehearsal', 'bus.json'];
}

/** Arguments of one command line. */
export function fuzzedArguments(random: Random): string[] {
  if (random.once(4)) return goodArguments(random);
  const args: string[] = random.once(4) ? [] : [random.pick(['release', 'reserve', 'status', 'list'])];
  for (let left = random.below(6); left > 0; left--) args.push(random.pick(random.once(2) ? words : flags));
  if (!random.once(6)) args.push('--rehearsal', 'bus.json');
  if (random.once(12)) {
    const at = random.below(args.length + 1);
    const points = Array.from({ length: random.between(1, 12) }, () => random.below(0x2fff));
    args.splice(at, 0, String.fromCodePoint(...points));
  }
  return random.once(5) ? args.sort(() => random.between(-1, 1)) : args;
}

/** The replies that end a request. */
export const finals: ReadonlySet<string> = new Set(['cleared', 'clearplan', 'result', 'plan', 'reservation', 'done', 'error']);

const longestLine = 64 * 1024;

/** So much of a line that is too long is looked at. */
const headLength = 64;

/** The id that an answer to this line has; null where nothing is there to answer. */
export function idOf(line: Buffer): number | null {
  // Too long without its end of line as well: the end of a line is no part of it. Its last field may be cut.
  const isLong = line.length > longestLine;
  const head = line.subarray(0, isLong ? headLength : line.length).toString('latin1');
  const text = isLong ? head.slice(0, head.lastIndexOf('&') + 1) : head;
  if (isLong && text === '') return 0;
  const said = text.endsWith('\r') ? text.slice(0, -1) : text;
  if (said === '') return null;
  const pair = said.split('&').find((one) => /^id=[0-9]{1,10}$/.test(one));
  const id = pair === undefined ? 0 : Number(pair.slice(3));
  return id < 2 ** 31 ? id : 0;
}

/** What a parent may do on its end of the pipes, one step after the other. */
export type ParentStep =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'deaf' | 'reads' | 'idle' | 'end' | 'error' | 'gone' | 'closes' };

const drips = (bytes: Buffer): ParentStep[] => Array.from(bytes, (byte) => ({ kind: 'bytes', bytes: Buffer.of(byte) }));

/**
 * A parent that keeps to nothing: requests in any order, ids twice, half lines, floods, byte by byte, without reading,
 * with pauses, and an end at any place. At most one end, and it is the last step but for lines that come too late.
 */
export function hostileParent(random: Random): ParentStep[] {
  const steps: ParentStep[] = [];
  let lastId = 0;
  const line = (): Buffer => {
    // Now and then an id that was used before.
    const id = lastId > 0 && random.once(6) ? random.between(1, lastId) : ++lastId;
    const bytes = random.once(3) ? fuzzedRequest(random, id) : Buffer.from(goodRequest(random, id), 'latin1');
    return Buffer.concat([bytes, Buffer.from(random.once(5) ? '\r\n' : '\n')]);
  };
  const lines = (count: number): Buffer => Buffer.concat(Array.from({ length: count }, line));
  for (let left = random.between(1, 14); left > 0; left--) {
    const bytes = lines(random.between(1, random.once(12) ? 200 : 6));
    const at = random.below(bytes.length + 1);
    steps.push(...random.pick<() => ParentStep[]>([
      () => [{ kind: 'bytes', bytes }],
      () => [{ kind: 'bytes', bytes }],
      () => [{ kind: 'bytes', bytes: bytes.subarray(0, at) }, { kind: 'wait', ms: random.below(2000) },
        { kind: 'bytes', bytes: bytes.subarray(at) }],
      () => drips(bytes.subarray(0, 3000)).concat({ kind: 'bytes', bytes: bytes.subarray(3000) }),
      () => [{ kind: 'deaf' }, { kind: 'bytes', bytes }],
      () => [{ kind: 'reads' }],
      () => [{ kind: 'wait', ms: random.below(40_000) }],
      () => [{ kind: 'bytes', bytes: Buffer.from(Array.from({ length: random.below(300) }, () => random.below(256))) },
        { kind: 'bytes', bytes: Buffer.from('\n') }],
    ])());
  }
  const ends = random.pick(['end', 'end', 'error', 'gone', 'closes', 'idle', 'idle', 'none'] as const);
  if (random.once(3)) steps.push({ kind: 'bytes', bytes: lines(1).subarray(0, 9) });
  if (ends === 'none') return steps;
  // What comes after the end, or after bye, is nobody's business any more.
  return [...steps, { kind: ends }, { kind: 'bytes', bytes: Buffer.concat([Buffer.from('\n'), lines(3)]) }];
}
