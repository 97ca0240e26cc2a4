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

const verbs = ['release', 'reserve', 'release&plan=1', 'status', 'list', 'cancel', 'rehearse'] as const;
const keys = ['group', 'throttle', 'timeout', 'verbose', 'plan', 'verify', 'detailed', 'allow', 'path', 'number', 'uniqueId',
  'serialNumber', 'friendlyName', 'boot', 'system', 'clustered', 'multipath', 'file', 'initiator', 'id', 'verb',
  '__proto__', 'constructor', ''];
const values = ['1', '0', '2', '-1', '1e3', '0x1', '4294967295', '2147483648', '99999999999', 'Boot', 'boot,System',
  '%2C', '%00', '%0A', '%1B%5D0%3B', '%C3%28', '%ZZ', '%', '%F0%9F%98%80', '%E2%80%AE', '..', '', '=', '+',
  '%5C%5C.%5CPhysicalDrive1', '%5C%5C.%5Cpipe%5Cx', '%5C%5C%3F%5CGLOBALROOT', 'SER1', 'a'.repeat(5000)];

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

const words = ['release', 'reserve', 'status', 'list', 'help', 'completion', '1', '2', '3', '9', '007',
  '99999999999', '-1', '1e9',
  'PhysicalDrive1', 'Tape0', 'COM1', 'NUL', String.raw`\\.\PhysicalDrive2`, String.raw`\\.\pipe\x`, 'id:1', 'id:',
  'serial:SER1', 'serial: ', 'serial:\u0007', '../x', '', ' ', '*', '?',
  '\u202e', '\ud800', '😀', '\u001b[2J', '$(x)', '%PATH%',
  '__proto__', 'constructor', 'a'.repeat(3000)];
const flags = ['--yes', '-y', '--dry-run', '--verify', '--detailed', '--allow', '--allow=Boot', '--allow=boot,,',
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
export const finals: ReadonlySet<string> = new Set(['result', 'plan', 'reservation', 'done', 'error']);

const longestLine = 64 * 1024;

/** The id that an answer to this line has; null where nothing is there to answer. */
export function idOf(line: Buffer): number | null {
  const text = line.toString('latin1');
  // Too long without its end of line as well: the end of a line is no part of it.
  if (line.length > longestLine) return 0;
  const said = text.endsWith('\r') ? text.slice(0, -1) : text;
  if (said === '') return null;
  const pair = said.split('&').find((one) => /^id=[0-9]{1,10}$/.test(one));
  const id = pair === undefined ? 0 : Number(pair.slice(3));
  return id < 2 ** 31 ? id : 0;
}
