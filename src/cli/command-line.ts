// Arguments to an invocation. yargs splits them and writes the help; what they may be is in options.ts,
// disk-argument.ts and usage.ts.

import yargs from 'yargs';
import type { Claim } from '../disk/claim.ts';
import type { Guard } from '../disk/guards.ts';
import { exitCodeText } from '../status/exit-codes.ts';
import type { Outcome } from '../status/outcomes.ts';
import { type Method, methods } from '../verbs/clear/methods.ts';
import { type CommandName, commandNames, isChanging, takesDisks } from '../verbs/verb-rows.ts';
import { commandRows } from './command-rows.ts';
import { mapOptions, mapUsage } from './map-options.ts';
import { DiskArgumentError, diskForms, parseDiskArgument } from './disk-argument.ts';
import { nearest } from './nearest.ts';
import { type OptionValues, optionRows } from './options.ts';
import type { Format } from './output/formats.ts';
import { type Shell, completionUsage, shells } from './shells.ts';
import { UsageError, noDisk, refuseWhatYargsMisreads, reworded } from './usage.ts';

export interface Invocation {
  readonly command: CommandName;
  /**
   * In the order of the arguments, duplicates included; empty for `list`, and for all disks of `status`. Those of
   * --from follow.
   */
  readonly claims: readonly Claim[];
  readonly timeoutMs: number;
  /** Disks side by side. */
  readonly throttle: number;
  readonly allow: ReadonlySet<Guard>;
  readonly yes: boolean;
  readonly dryRun: boolean;
  /** Of `clear`; null for the other commands. */
  readonly method: Method | null;
  readonly 'holder-key': bigint | null;
  readonly 'own-key': bigint | null;
  readonly abort: boolean;
  /** Reads the reservation before and after. */
  readonly verify: boolean;
  /** How long a disk that is in use, not ready or busy is tried again. */
  readonly retryMs: number;
  /** Asks for each registrant. */
  readonly detailed: boolean;
  /** Path of a rehearsal file, or null for the disks of this computer. */
  readonly rehearsal: string | null;
  /** The host to play in the rehearsal; null: as the file says. */
  readonly initiator: string | null;
  readonly output: Format;
  /** A list of disks, as it was named; `-` is stdin; null: none. */
  readonly from: string | null;
  /** Path as it was named; null: none. */
  readonly log: string | null;
  /** MiB. */
  readonly 'log-max-size': number;
  readonly 'log-optional': boolean;
  /** Of `log`: the file, and what is wanted of it. */
  readonly file: string;
  readonly disk: readonly Claim[];
  readonly outcome: readonly Outcome[];
  readonly after: number | null;
  readonly before: number | null;
  readonly last: number | null;
  readonly verbose: boolean;
}

/** Of `map`, which knows no disks. Paths as they were named; `-` is stdin. */
export interface MapInvocation {
  readonly command: 'map';
  readonly file: string;
  readonly earlier: string | null;
  /** Null: to stdout. */
  readonly to: string | null;
  readonly title: string | null;
  readonly force: boolean;
}

export type CommandLine = Invocation | MapInvocation
  | { readonly command: 'help' | 'version'; readonly text: string }
  | { readonly command: 'completion'; readonly shell: Shell };

/** Commands that ask no disk anything. */
const others = [completionUsage, mapUsage];
const commands: readonly string[] = [...commandNames, ...others.map(({ usage }) => usage.replace(/ .*/, ''))];
const noCommand = `Name a command: ${commands.join(', ').replace(/, (\w+)$/, ' or $1')}`;

const examples = [
  'storage-release list',
  'storage-release release 3 --dry-run',
  'storage-release release id:60050768018085A2C000000000000123 --yes',
  'storage-release status 3 --detailed',
  'storage-release release 3 --verify',
  'storage-release clear 3 --method clear --dry-run',
  'storage-release log release.log --last 20',
  'storage-release list --output clixml | Invoke-StorageRelease   (in PowerShell)',
];

const program = 'storage-release';
/** Characters in a line of the help, whatever the terminal has. */
const help = { narrowest: 60, widest: 100 };

/** @throws UsageError */
export function parseCommandLine(given: readonly string[], version: string, columns: number): CommandLine {
  const args = withStdin(given);
  refuseWhatYargsMisreads(args, `See: ${program} --help`);
  const { argv, failure, text } = split(args, version, null);
  const command = commandNames.find((name) => name === argv._?.[0]);
  if (argv.version === true) return { command: 'version', text: `${text}\n` };
  // `help` as a command gives text without the option.
  if (argv.help === true || (failure === null && text !== '')) {
    const { text: laidOut } = split(args, version, Math.max(help.narrowest, Math.min(help.widest, columns)));
    const own = others.find(({ usage }) => usage.startsWith(`${String(argv._?.[0])} `));
    const after = own?.remarks.join('\n') ?? epilogue(command);
    return { command: 'help', text: `${laidOut}\n\n${after}\n` };
  }
  if (argv._?.[0] === 'completion' && (failure === null || failure.message.startsWith('Not enough non-option'))) {
    const shell = shells.find((name) => name === argv.shell);
    if (shell === undefined) {
      const message = argv.shell === undefined ? 'completion needs a shell.'
        : `There is no completion for ${JSON.stringify(argv.shell)}.`;
      throw new UsageError(message, `Name one: ${shells.join(', ')}`);
    }
    return { command: 'completion', shell };
  }
  refuseUnknownCommand(argv._?.[0]);
  const isMap = argv._?.[0] === 'map';
  if (isMap && failure === null) return mapInvocation(argv);
  const nextStep = `See: ${program}${isMap ? ' map' : command === undefined ? '' : ` ${command}`} --help`;
  if (failure !== null || command === undefined) {
    throw new UsageError(reworded(failure?.message ?? noCommand, args), nextStep);
  }
  const values = valuesOf(command, argv, nextStep);
  if (values.initiator !== null && values.rehearsal === null) {
    throw new UsageError('--initiator names a host of a rehearsal, and no rehearsal is named.',
      'Name the rehearsal file, too: --rehearsal FILE');
  }
  if (command === 'clear' && values.method === null) {
    throw new UsageError('clear needs a method.', `Name one: --method ${methods.join(', ').toLowerCase().replace(/, (\w+)$/, ' or $1')}`);
  }
  if (isChanging(command) && values.from === null && [argv.disk ?? []].flat().length === 0) {
    throw new UsageError(noDisk, nextStep);
  }
  const { timeout, retry, 'dry-run': dryRun, ...rest } = values;
  return {
    ...rest,
    command,
    dryRun,
    timeoutMs: timeout * 1000,
    retryMs: retry * 1000,
    file: command === 'log' ? String(argv['file']) : '',
    claims: takesDisks(command) ? claimsOf(argv.disk, nextStep) : [],
  };
}

/** @throws UsageError */
function refuseUnknownCommand(first: unknown): void {
  // `serve` is for the module, and is followed by nothing.
  if (first === undefined || first === 'serve' || commands.includes(String(first))) return;
  const meant = nearest(String(first), commands);
  throw new UsageError(`There is no command ${String(first)}.${meant === null ? '' : ` Did you mean ${meant}?`}`,
    `${noCommand}. See: ${program} --help`);
}

/** @throws UsageError */
function mapInvocation(argv: Split['argv']): MapInvocation {
  const text = (name: string): string | null => {
    const value = [argv[name] ?? []].flat();
    if (value.length === 0) return null;
    if (value.length === 1 && value[0] !== '') return String(value[0]);
    throw new UsageError(`--${name} must be given once, with a value.`, `See: ${program} map --help`);
  };
  const file = String(argv['file']);
  return {
    command: 'map', file: file === standIn ? '-' : file, earlier: text('before'), to: text('to'), title: text('title'),
    force: argv['force'] === true,
  };
}

/** What `map -` is given to yargs as: no name of a file has a NUL. */
const standIn = '\0';

/** `-` as the value of --from, and as the file of `map`: yargs would take it for an option. */
function withStdin(args: readonly string[]): string[] {
  if (args[0] === 'map') {
    const isValue = (i: number): boolean => args[i] === '-' && mapOptions.some(({ name, value }) => value !== null && args[i - 1] === `--${name}`);
    const at = args.findIndex((arg, i) => i > 0 && arg === '-' && !isValue(i));
    return args.flatMap((arg, i) => (isValue(i) ? [] : i === at ? [standIn] : isValue(i + 1) ? [`${arg}=-`] : [arg]));
  }
  return args.flatMap((arg, i) => (arg === '--from' && args[i + 1] === '-' ? ['--from=-']
    : arg === '-' && args[i - 1] === '--from' ? [] : [arg]));
}

interface Split {
  readonly argv: Readonly<Record<string, unknown>> & { readonly _?: readonly unknown[] };
  readonly failure: Error | null;
  /** Help or version, where they were asked for. */
  readonly text: string;
}

/** What @types/yargs does not have. */
interface UntypedYargs {
  usageConfiguration(of: object): void;
  getInternalMethods(): { getUsageInstance(): { cacheHelpMessage(): void } };
}

/** `width` null: help without options. Laying it out takes half of the time, and yargs always makes it. */
function split(args: readonly string[], version: string, width: number | null): Split {
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
  const untyped = parser as unknown as UntypedYargs;
  untyped.usageConfiguration({ 'hide-types': true });
  // The help of every command that is run, laid out for handlers that may ask for it later: we have none.
  untyped.getInternalMethods().getUsageInstance().cacheHelpMessage = () => {};
  for (const name of commandNames) {
    const { usage, about } = commandRows[name];
    parser.command(usage, about, (its) => {
      for (const [option, { commands: where, kind, alias, about: describe }] of optionRows) {
        if (!where.includes(name)) continue;
        its.option(option, {
          describe,
          type: kind === 'flag' ? 'boolean' : 'string',
          requiresArg: kind === 'text',
          hidden: width === null,
          ...(alias === undefined ? {} : { alias }),
        });
      }
      if (name === 'log') return its.positional('file', { type: 'string', describe: 'The log' });
      return takesDisks(name)
        ? its.positional('disk', { type: 'string', describe: 'Disks, tapes or changers, named as below' }) : its;
    });
  }
  parser.command(completionUsage.usage, completionUsage.about, (its) =>
    its.positional('shell', { type: 'string', describe: shells.join(', ') }));
  parser.command(mapUsage.usage, mapUsage.about, (its) => {
    for (const { name, about, value } of mapOptions) {
      its.option(name, {
        describe: about, type: value === null ? 'boolean' : 'string', requiresArg: value !== null,
      });
    }
    return its.positional('file', { type: 'string', describe: 'Results in JSON or CLIXML; - is stdin' });
  });
  let failure: Error | null = null;
  let text = '';
  // With a callback yargs prints nothing and ends nothing.
  const argv = parser.parse([...args], {}, (error: Error | undefined, _argv: unknown, output: string) => {
    failure = error ?? null;
    text = output;
  }) as Split['argv'];
  return { argv, failure, text };
}

/** @throws UsageError */
function valuesOf(command: CommandName, argv: Split['argv'], nextStep: string): OptionValues {
  return Object.fromEntries(optionRows.map(([name, { commands, otherwise, repeatable, read, must }]) => {
    // One command's option may be another one's argument.
    const raw = commands.includes(command) ? argv[name] : undefined;
    if (raw === undefined || raw === false) return [name, otherwise];
    const values = [raw].flat().map(String);
    if (values.length > 1 && repeatable !== true) {
      throw new UsageError(`--${name} is given more than once.`, nextStep);
    }
    const value = read(values);
    if (value === null) {
      throw new UsageError(`--${name} must be ${must}, not ${JSON.stringify(values.join(','))}.`, nextStep);
    }
    return [name, value];
  })) as unknown as OptionValues;
}

/** @throws UsageError */
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
  const width = Math.max(...diskForms.map(({ form }) => form.length));
  const disks = ['Disks:', ...diskForms.map(({ form, what }) => `  ${form.padEnd(width)}  ${what}`),
    '  A disk that is named twice, by one name or by two, has two results, in the',
    '  order of the arguments: each is a request of its own.'];
  const shown = ['Examples:', ...examples.map((line) => `  ${line}`)];
  const parts = [
    ...(command === undefined ? [] : commandRows[command].remarks),
    ...(command === undefined || takesDisks(command) ? [disks] : []), shown,
    [exitCodeText()],
  ];
  return parts.map((lines) => lines.join('\n')).join('\n\n');
}
