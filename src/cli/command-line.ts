// Arguments to an invocation. yargs reads them and writes the help; what an option's value may be, and the sentence
// for one that it may not, is a row here.

import yargs from 'yargs';
import { type Guard, guards } from '../release/guards.ts';
import type { Claim } from '../release/target.ts';
import { exitCodeText } from '../status/exit-codes.ts';
import { DiskArgumentError, diskForms, parseDiskArgument } from './disk-argument.ts';
import { type CommandName, type Format, formats } from './output/output.ts';

export interface Invocation {
  readonly command: CommandName;
  /** In the order of the arguments, duplicates included; empty for `list`. */
  readonly claims: readonly Claim[];
  readonly timeoutMs: number;
  /** Disks side by side. */
  readonly throttle: number;
  readonly allow: ReadonlySet<Guard>;
  readonly yes: boolean;
  readonly dryRun: boolean;
  /** Path of a rehearsal file, or null for the disks of this computer. */
  readonly rehearsal: string | null;
  /** The host to play in the rehearsal; null: as the file says. */
  readonly initiator: string | null;
  readonly output: Format;
  readonly verbose: boolean;
}

/** A command line that cannot be understood: one sentence, and what to do next. */
export class UsageError extends Error {
  override name = 'UsageError';
  readonly nextStep: string;

  constructor(message: string, nextStep: string) {
    super(message);
    this.nextStep = nextStep;
  }
}

export type CommandLine = Invocation | { readonly command: 'help' | 'version'; readonly text: string };

interface OptionRow<T> {
  readonly alias?: string;
  readonly kind: 'text' | 'flag';
  readonly about: string;
  readonly commands: readonly CommandName[];
  /** Whether it may be given more than once. */
  readonly repeatable?: boolean;
  /** All values given, at least one; null for what `must` does not cover. */
  readonly read: (values: readonly string[]) => T | null;
  readonly must: string;
  readonly otherwise: T;
}

const row = <T>(each: OptionRow<T>) => each;
const both = ['release', 'list'] as const;
const releaseOnly = ['release'] as const;

const wholeNumber = (lowest: number, highest: number) => ([text]: readonly string[]) => {
  const value = Number(text);
  return /^[0-9]{1,9}$/.test(text ?? '') && value >= lowest && value <= highest ? value : null;
};
const sameWord = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
const guardNames = guards.map(({ name }) => name);
const formatNames = Object.keys(formats) as Format[];

function readGuards(values: readonly string[]): ReadonlySet<Guard> | null {
  const words = values.join(',').split(',').map((word) => word.trim());
  const found = words.map((word) => guardNames.find((name) => sameWord(name, word)));
  return found.includes(undefined) ? null : new Set(found as Guard[]);
}

const options = {
  yes: row<boolean>({ alias: 'y', kind: 'flag', about: 'Do not ask first', commands: releaseOnly,
    read: () => true, must: '', otherwise: false }),
  'dry-run': row<boolean>({ kind: 'flag', about: 'Check identity and guards, send nothing', commands: releaseOnly,
    read: () => true, must: '', otherwise: false }),
  allow: row<ReadonlySet<Guard>>({ kind: 'text', repeatable: true, commands: releaseOnly,
    about: `KIND: release such disks, too: ${guardNames.join(', ')}; several with commas`,
    read: readGuards, must: `names out of ${guardNames.join(', ')}, with commas`, otherwise: new Set() }),
  timeout: row<number>({ kind: 'text', about: 'SECONDS: most time for each disk, its opening included; default 30',
    commands: both, read: wholeNumber(1, 86_400), must: 'whole seconds from 1 to 86400', otherwise: 30 }),
  throttle: row<number>({ kind: 'text', about: 'N: disks side by side; default 32', commands: releaseOnly,
    read: wholeNumber(1, 1024), must: 'a whole number from 1 to 1024', otherwise: 32 }),
  output: row<Format>({ alias: 'o', kind: 'text', commands: both,
    about: `FORMAT: ${formatNames.join(', ')}; default ${formatNames[0]}; PowerShell reads clixml as objects`,
    read: ([word]) => formatNames.find((name) => sameWord(name, word ?? '')) ?? null,
    must: `one of ${formatNames.join(', ')}`, otherwise: 'table' }),
  rehearsal: row<string | null>({ kind: 'text', commands: both,
    about: 'FILE: a simulated bus instead of the disks of this computer',
    read: ([path]) => (path === undefined || path === '' ? null : path), must: 'the path of a rehearsal file', otherwise: null }),
  initiator: row<string | null>({ kind: 'text', commands: both, about: 'NAME: the host to play in the rehearsal',
    read: ([name]) => (name === undefined || name === '' ? null : name), must: 'the name of a host', otherwise: null }),
  verbose: row<boolean>({ kind: 'flag', about: 'Tell each step on stderr', commands: both,
    read: () => true, must: '', otherwise: false }),
} as const;

type Options = { [K in keyof typeof options]: (typeof options)[K]['otherwise'] };

const commands: readonly { readonly name: CommandName; readonly usage: string; readonly about: string }[] = [
  { name: 'release', usage: 'release <disk...>', about: 'Send IOCTL_STORAGE_RELEASE to disks; one result for each' },
  { name: 'list', usage: 'list', about: 'Show the disks, tapes and changers of this computer, and what to call them' },
];

const noCommand = `Name a command: ${commands.map(({ name }) => name).join(' or ')}`;

/** What yargs says, and how we say it. */
const rewordings: readonly (readonly [RegExp, (names: string, args: readonly string[]) => string])[] = [
  [/^Not enough non-option arguments/, () => `Name at least one disk: ${diskForms.map(({ form }) => form).join(', ')}`],
  [/^Not enough arguments following: (.*)$/, (name, args) => `${asTyped(name, args)} needs a value`],
  [/^Unknown (?:argument|command)s?: (.*)$/, (names, args) =>
    `Not known here: ${names.split(', ').map((name) => asTyped(name, args)).join(', ')}`],
];

/** yargs names an option without its dashes. */
const asTyped = (name: string, args: readonly string[]) =>
  args.map((arg) => arg.replace(/=.*$/s, '')).find((arg) => arg.replace(/^-+/, '') === name) ?? name;

function reworded(said: string, args: readonly string[]): string {
  for (const [pattern, words] of rewordings) {
    const found = pattern.exec(said);
    if (found !== null) return `${words(found[1] ?? '', args)}.`;
  }
  return `${said.replace(/\.$/, '')}.`;
}

const optionName = /^--?([^= ]+)/;
const flags = Object.entries(options).filter(([, { kind }]) => kind === 'flag').map(([name]) => name);

const misread: readonly (readonly [RegExp, (name: string) => string])[] = [
  // Looked up in plain objects, where `constructor` is something.
  [optionName, (name) => `Not known here: --${name}`],
  // `--dry-run=1` would be false.
  [new RegExp(`^--(${flags.join('|')})(?:=| (?:true|false)$)`), (name) => `--${name} takes no value`],
  [/^-[a-z]*?(y)(?:[^a-z ]| (?:true|false)$)/i, (name) => `-${name} takes no value`],
];

const examples = [
  'storage-release list',
  'storage-release release 3 --dry-run',
  'storage-release release id:60050768018085A2C000000000000123 --yes',
  'storage-release list --output clixml | Invoke-StorageRelease   (in PowerShell)',
];

const program = 'storage-release';
/** The help of anything is not wider than this, however wide the terminal. */
const widest = 100;

/** @throws UsageError */
export function parseCommandLine(args: readonly string[], version: string, columns: number): CommandLine {
  refuseWhatYargsMisreads(args);
  const width = Math.max(60, Math.min(widest, columns));
  const parser = yargs()
    .scriptName(program)
    .usage('$0 <command>\n\nReleases disks that this host had reserved for its exclusive use.')
    .locale('en')
    .parserConfiguration({
      'parse-numbers': false, 'parse-positional-numbers': false, 'dot-notation': false, 'boolean-negation': false,
      'camel-case-expansion': false, 'strip-aliased': true, 'greedy-arrays': false,
    })
    .strict()
    .demandCommand(1, 1, noCommand, 'Too many commands')
    .exitProcess(false)
    .wrap(width)
    .version(version)
    .alias({ help: 'h' });
  // Not in @types/yargs.
  (parser as unknown as { usageConfiguration(of: object): void }).usageConfiguration({ 'hide-types': true });
  for (const command of commands) {
    parser.command(command.usage, command.about, (its) => {
      for (const [name, option] of Object.entries(options)) {
        if (!option.commands.some((each) => each === command.name)) continue;
        its.option(name, {
          describe: option.about,
          type: option.kind === 'flag' ? 'boolean' : 'string',
          requiresArg: option.kind === 'text',
          ...('alias' in option ? { alias: option.alias } : {}),
        });
      }
      if (command.name === 'release') {
        its.positional('disk', { type: 'string', describe: 'Disks, tapes or changers, named as below' });
      }
      return its;
    });
  }

  let failure: Error | null = null;
  let text = '';
  // With a callback yargs prints nothing and ends nothing.
  const argv = parser.parse([...args], {}, (error: Error | undefined, _argv: unknown, output: string) => {
    failure = error ?? null;
    text = output;
  }) as Record<string, unknown>;
  const command = commands.find(({ name }) => name === (argv._ as unknown[] | undefined)?.[0])?.name;
  if (argv.help === true || (failure === null && text !== '' && argv.version !== true)) return { command: 'help', text: `${text}\n\n${epilogue(command)}\n` };
  if (argv.version === true) return { command: 'version', text: `${text}\n` };
  const nextStep = `See: ${program}${command === undefined ? '' : ` ${command}`} --help`;
  if (failure !== null || command === undefined) {
    throw new UsageError(reworded((failure as Error | null)?.message.split('\n')[0] ?? noCommand, args), nextStep);
  }

  const given = Object.fromEntries(Object.entries(options).map(([name, option]) => {
    const raw = argv[name];
    if (raw === undefined || raw === false) return [name, option.otherwise];
    const values = [raw].flat().map(String);
    if (values.length > 1 && option.repeatable !== true) throw new UsageError(`--${name} is given more than once.`, nextStep);
    const value = option.read(values);
    if (value === null) throw new UsageError(`--${name} must be ${option.must}, not ${JSON.stringify(values.join(','))}.`, nextStep);
    return [name, value];
  })) as Options;
  if (given.initiator !== null && given.rehearsal === null) {
    throw new UsageError('--initiator is a host of a rehearsal.', 'Give the rehearsal file as well: --rehearsal FILE');
  }
  return {
    command,
    claims: command === 'release' ? claimsOf(argv.disk, nextStep) : [],
    timeoutMs: given.timeout * 1000,
    throttle: given.throttle,
    allow: given.allow,
    yes: given.yes,
    dryRun: given['dry-run'],
    rehearsal: given.rehearsal,
    initiator: given.initiator,
    output: given.output,
    verbose: given.verbose,
  };
}

/** @throws UsageError */
function refuseWhatYargsMisreads(args: readonly string[]): void {
  const end = args.indexOf('--');
  for (const [i, arg] of (end < 0 ? args : args.slice(0, end)).entries()) {
    for (const [pattern, words] of misread) {
      const found = pattern.exec(arg) ?? pattern.exec(`${arg} ${args[i + 1] ?? ''}`);
      if (found?.[1] === undefined || (pattern === optionName && !(found[1] in Object.prototype))) continue;
      throw new UsageError(`${words(found[1])}.`, `See: ${program} --help`);
    }
  }
}

function claimsOf(disks: unknown, nextStep: string): Claim[] {
  return [disks ?? []].flat().map((disk) => {
    try {
      return parseDiskArgument(String(disk));
    } catch (error) {
      if (error instanceof DiskArgumentError) throw new UsageError(`${error.message}.`, nextStep);
      throw error;
    }
  });
}

/** What yargs has no place for: how to name a disk, examples, exit codes. */
function epilogue(command: CommandName | undefined): string {
  const widthOfForms = Math.max(...diskForms.map(({ form }) => form.length));
  const disks = ['Disks:', ...diskForms.map(({ form, what }) => `  ${form.padEnd(widthOfForms)}  ${what}`)];
  const shown = ['Examples:', ...examples.map((line) => `  ${line}`)];
  return [...(command === 'list' ? [] : [disks]), shown, [exitCodeText()]].map((lines) => lines.join('\n')).join('\n\n');
}

/** Whether JSON was asked for, told without understanding the rest, so that also a usage error can be parsed. */
export function asksForJson(args: readonly string[]): boolean {
  return args.some((arg, i) => /^(?:--output=|-[a-z]*o=?)json$/i.test(arg)
    || (/^(?:--output|-[a-z]*o)$/.test(arg) && /^json$/i.test(args[i + 1] ?? '')));
}
