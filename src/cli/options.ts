// Every option: what its value may be, and the sentence for one that it may not.

import type { Claim } from '../disk/claim.ts';
import { type Guard, guards } from '../disk/guards.ts';
import { type Outcome, outcomes } from '../status/outcomes.ts';
import { readKey } from '../verbs/clear/own-key.ts';
import { type Method, methods } from '../verbs/clear/methods.ts';
import { type CommandName, changingVerbs, commandNames, requestVerbs, takesDisks } from '../verbs/verb-rows.ts';
import { DiskArgumentError, parseDiskArgument } from './disk-argument.ts';
import { type Format, formats } from './output/formats.ts';

export interface OptionRow<T> {
  readonly alias?: string;
  readonly kind: 'text' | 'flag';
  /** For the help; begins with what the value is called. */
  readonly about: string;
  readonly commands: readonly CommandName[];
  /** Whether it may be given more than once, or several values with commas between them. */
  readonly repeatable?: boolean;
  /** What Tab offers: its values; `file` for names of files. */
  readonly values?: readonly string[] | 'file';
  /** All values given, at least one; null for what `must` does not cover. */
  readonly read: (values: readonly string[]) => T | null;
  readonly must: string;
  readonly otherwise: T;
}

const withDisks = commandNames.filter(takesDisks);
/** All that look at a bus. */
const withBus = commandNames.filter((name) => name !== 'log');

const text = <T>(row: Omit<OptionRow<T>, 'kind'>): OptionRow<T> => ({ ...row, kind: 'text' });
const flag = (row: Pick<OptionRow<boolean>, 'alias' | 'about' | 'commands'>): OptionRow<boolean> =>
  ({ ...row, kind: 'flag', read: () => true, must: '', otherwise: false });

const sameWord = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
const notEmpty = ([word]: readonly string[]) => (word === undefined || word === '' ? null : word);
const wholeNumber = (lowest: number, highest: number) => ([word]: readonly string[]) => {
  const value = Number(word);
  return /^[0-9]{1,9}$/.test(word ?? '') && value >= lowest && value <= highest ? value : null;
};

const guardNames = guards.map(({ name }) => name);
const formatNames = Object.keys(formats) as Format[];

function readGuards(values: readonly string[]): ReadonlySet<Guard> | null {
  const words = values.join(',').split(',').map((word) => word.trim());
  const found = words.map((word) => guardNames.find((name) => sameWord(name, word)));
  return found.includes(undefined) ? null : new Set(found as Guard[]);
}

function readDisks(values: readonly string[]): readonly Claim[] | null {
  try {
    return values.map(parseDiskArgument);
  } catch (error) {
    if (error instanceof DiskArgumentError) return null;
    throw error;
  }
}

function readOutcomes(values: readonly string[]): readonly Outcome[] | null {
  const words = values.join(',').split(',').map((word) => word.trim());
  const found = words.map((word) => outcomes.find(({ name }) => sameWord(name, word))?.name);
  return found.includes(undefined) ? null : found as Outcome[];
}

/** As ISO 8601 has it; without a time midnight, without a zone the time of this computer. */
function readTime([word = '']: readonly string[]): number | null {
  // Date.parse takes 30 February for 2 March.
  const day = new Date(`${word.slice(0, 10)}T00:00Z`);
  if (Number.isNaN(day.getTime()) || !word.startsWith(day.toISOString().slice(0, 10))) return null;
  if (!/^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,7})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/.test(word)) return null;
  const at = Date.parse(word.length === 10 ? `${word}T00:00` : word.replace(' ', 'T'));
  return Number.isNaN(at) ? null : at;
}
const time = (about: string): OptionRow<number | null> => text<number | null>({
  about, commands: ['log'], read: readTime, must: 'a time such as 2026-11-29T02:00 or 2026-11-29T02:00:00Z', otherwise: null,
});

const key = (about: string): OptionRow<bigint | null> => text<bigint | null>({
  about, commands: ['clear'], read: ([word]) => readKey(word ?? ''), must: '0x and up to 16 hexadecimal digits, not 0', otherwise: null,
});

/** By name without dashes, in the order of the help. */
export const options = {
  method: text<Method | null>({
    about: `METHOD: ${methods.join(', ').toLowerCase()}; there is no default`,
    commands: ['clear'],
    values: methods.map((name) => name.toLowerCase()),
    read: ([word]) => methods.find((name) => sameWord(name, word ?? '')) ?? null,
    must: `one of ${methods.join(', ').toLowerCase()}`,
    otherwise: null,
  }),
  'holder-key': key('KEY: whose registrations preempt removes, as status shows it: 0x...'),
  'own-key': key('KEY: that an earlier run left behind, to be taken back by release'),
  abort: flag({ about: 'PREEMPT AND ABORT: end the outstanding commands of that host, too', commands: ['clear'] }),
  from: text<string | null>({
    about: 'FILE: a list of disks, CSV or JSON with UniqueId or SerialNumber; - is stdin',
    commands: withDisks,
    read: notEmpty,
    must: 'the path of a list, or - for stdin',
    otherwise: null,
  }),
  yes: flag({ alias: 'y', about: 'Do not ask first', commands: changingVerbs }),
  'dry-run': flag({ about: 'Check identity and guards, send nothing', commands: changingVerbs }),
  verify: flag({
    about: 'Read the reservation before and after, read-only; still held is exit code 12', commands: requestVerbs,
  }),
  retry: text<number>({
    about: 'SECONDS: how long a disk that is in use, not ready or busy is tried again; default: not at all',
    commands: requestVerbs,
    read: wholeNumber(1, 86_400),
    must: 'whole seconds from 1 to 86400',
    otherwise: 0,
  }),
  detailed: flag({ about: 'Ask for each registrant, too; needs write access', commands: ['status'] }),
  allow: text<ReadonlySet<Guard>>({
    about: `KIND: do not refuse such disks: ${guardNames.join(', ')}; several with commas`,
    commands: changingVerbs,
    repeatable: true,
    values: guardNames,
    read: readGuards,
    must: `names out of ${guardNames.join(', ')}, with commas`,
    otherwise: new Set(),
  }),
  log: text<string | null>({
    about: 'FILE: append each result as a line of JSON, on the disk before it is shown',
    commands: changingVerbs,
    read: notEmpty,
    must: 'the path of a file',
    otherwise: null,
  }),
  'log-max-size': text<number>({
    about: 'MIB: rename a larger log to FILE.1 first; default 10',
    commands: changingVerbs,
    read: wholeNumber(1, 1_048_576),
    must: 'whole MiB from 1 to 1048576',
    otherwise: 10,
  }),
  'log-optional': flag({ about: 'Go on without a log that cannot be written', commands: changingVerbs }),
  disk: text<readonly Claim[]>({
    about: 'DISK: only results of this disk, by number, id or serial; repeat for several disks',
    commands: ['log'],
    repeatable: true,
    read: readDisks,
    must: 'disks as 3, id:UNIQUEID or serial:SERIAL',
    otherwise: [],
  }),
  outcome: text<readonly Outcome[]>({
    about: 'OUTCOME: only results with this outcome; several with commas',
    commands: ['log'],
    repeatable: true,
    read: readOutcomes,
    must: `names out of ${outcomes.map(({ name }) => name).join(', ')}, with commas`,
    otherwise: [],
  }),
  after: time('TIME: only what was logged at that time or later; local time, or UTC with Z'),
  before: time('TIME: only what was logged before it'),
  last: text<number | null>({
    about: 'N: only the last N results',
    commands: ['log'],
    read: wholeNumber(1, 100_000),
    must: 'a whole number from 1 to 100000',
    otherwise: null,
  }),
  timeout: text<number>({
    about: 'SECONDS: time limit for each disk, opening included; default 30',
    commands: withBus,
    read: wholeNumber(1, 86_400),
    must: 'whole seconds from 1 to 86400',
    otherwise: 30,
  }),
  throttle: text<number>({
    about: 'N: disks at the same time; default 32',
    commands: withDisks,
    read: wholeNumber(1, 1024),
    must: 'a whole number from 1 to 1024',
    otherwise: 32,
  }),
  output: text<Format>({
    alias: 'o',
    about: `FORMAT: ${formatNames.join(', ')}; default ${formatNames[0]}; PowerShell reads clixml as objects`,
    commands: commandNames,
    values: formatNames,
    read: ([word]) => formatNames.find((name) => sameWord(name, word ?? '')) ?? null,
    must: `one of ${formatNames.join(', ')}`,
    otherwise: 'table',
  }),
  rehearsal: text<string | null>({
    about: 'FILE: a simulated bus instead of the disks of this computer',
    commands: withBus,
    values: 'file',
    read: notEmpty,
    must: 'the path of a rehearsal file',
    otherwise: null,
  }),
  initiator: text<string | null>({
    about: 'NAME: the host to play in the rehearsal',
    commands: withBus,
    read: notEmpty,
    must: 'the name of a host',
    otherwise: null,
  }),
  verbose: flag({ about: 'Report each step on stderr', commands: withBus }),
} as const;

export type OptionName = keyof typeof options;
export type OptionValues = { readonly [K in OptionName]: (typeof options)[K]['otherwise'] };

export const optionRows = Object.entries(options) as [OptionName, OptionRow<unknown>][];
