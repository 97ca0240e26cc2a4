// Every option: what its value may be, and the sentence for one that it may not.

import { type Guard, guards } from '../disk/guards.ts';
import { readKey } from '../verbs/clear/own-key.ts';
import { type Method, methods } from '../verbs/clear/rules.ts';
import { type CommandName, changingVerbs, commandNames, requestVerbs, takesDisks } from '../verbs/verb-rows.ts';
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
  timeout: text<number>({
    about: 'SECONDS: most time for each disk, its opening included; default 30',
    commands: commandNames,
    read: wholeNumber(1, 86_400),
    must: 'whole seconds from 1 to 86400',
    otherwise: 30,
  }),
  throttle: text<number>({
    about: 'N: disks side by side; default 32',
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
    commands: commandNames,
    values: 'file',
    read: notEmpty,
    must: 'the path of a rehearsal file',
    otherwise: null,
  }),
  initiator: text<string | null>({
    about: 'NAME: the host to play in the rehearsal',
    commands: commandNames,
    read: notEmpty,
    must: 'the name of a host',
    otherwise: null,
  }),
  verbose: flag({ about: 'Tell each step on stderr', commands: commandNames }),
} as const;

export type OptionName = keyof typeof options;
export type OptionValues = { readonly [K in OptionName]: (typeof options)[K]['otherwise'] };

export const optionRows = Object.entries(options) as [OptionName, OptionRow<unknown>][];
