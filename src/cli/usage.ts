// Command lines that cannot be understood: what is wrong with them in our words, and what yargs would not notice.

import { diskForms } from './disk-argument.ts';
import { mapOptions } from './map-options.ts';
import { optionRows } from './options.ts';

/** One sentence, and what to do next. */
export class UsageError extends Error {
  override name = 'UsageError';
  readonly nextStep: string;

  constructor(message: string, nextStep: string) {
    super(message);
    this.nextStep = nextStep;
  }
}

const optionName = /^--?([^= ]+)/;
const flags = optionRows.filter(([, { kind }]) => kind === 'flag');
const names = flags.map(([name]) => name).join('|');
/** With that of --help, which is yargs' own. */
const letters = `h${flags.map(([, { alias = '' }]) => alias).join('')}`;

/**
 * What yargs takes without a word and does something else with, or nothing at all: options of its own, `---`, and
 * `-`, after which a disk that was named would have no result.
 */
const itsOwn = /^(?:-|--(?:get-yargs-completions|\$0|_|-[^=]*))(?==|$)/;

/** Looked for in each argument, alone and with the next one behind it. */
const misread: readonly (readonly [RegExp, (name: string) => string])[] = [
  // `--dry-run=1` would be false.
  [new RegExp(`^--(${names})(?:=| (?:true|false)$)`), (name) => `--${name} takes no value`],
  [new RegExp(`^-[a-z]*?([${letters}])(?:[^a-z ]| (?:true|false)$)`), (name) => `-${name} takes no value`],
];

const kindByLetter: ReadonlyMap<string, 'flag' | 'text'> = new Map([
  ['h', 'flag'], ...optionRows.flatMap(([, { alias, kind }]) => (alias === undefined ? [] : [[alias, kind] as const])),
]);

/** Whether a word such as -vo consists of our letters; what follows a letter with a value is that value: -ojson. */
function isOurLetters(word: string): boolean {
  const at = [...word].findIndex((letter) => kindByLetter.get(letter) !== 'flag');
  return at < 0 || kindByLetter.get(word[at]!) === 'text';
}

/** What the module's parameters, which yargs would take for letters (an h among them for --help), are called here. */
const parameters: ReadonlyMap<string, string> = new Map([
  ['holderkey', 'Use --holder-key'], ['ownkey', 'Use --own-key'], ['method', 'Use --method'], ['abort', 'Use --abort'],
  ['force', 'Use --yes'], ['confirm', 'Use --yes to go on without a question'], ['whatif', 'Use --dry-run'],
  ['verify', 'Use --verify'], ['detailed', 'Use --detailed'], ['registrants', 'Use --detailed'], ['allow', 'Use --allow'],
  ['timeoutsec', 'Use --timeout'], ['throttlelimit', 'Use --throttle'], ['verbose', 'Use --verbose'],
  ['number', 'Name the disk by its number alone: 3'], ['path', 'Name the device by its path alone'],
  ['uniqueid', 'Name the disk as id:UNIQUEID'], ['serialnumber', 'Name the disk as serial:SERIAL'],
  ['session', 'Other computers are reached by PowerShell: Invoke-StorageRelease -Session'],
  ['logpath', 'Use --log'], ['retrysec', 'Use --retry'], ['rehearsal', 'Use --rehearsal'], ['initiator', 'Use --initiator'],
  ['devicetype', 'Name a tape drive, a changer or a CD-ROM drive by its path alone: Tape0'],
  ['inputobject', 'Give a list of disks: --from'],
]);

const isOption = (arg: string, command: string | undefined): boolean => optionRows.some(([name]) => arg === `--${name}`)
  || (command === 'map' && mapOptions.some(({ name }) => arg === `--${name}`));

/** @throws UsageError */
export function refuseWhatYargsMisreads(args: readonly string[], nextStep: string): void {
  // What stands behind it yargs would leave out, while Node itself has read its own options there.
  if (args.includes('--')) throw new UsageError('Unknown option --.', nextStep);
  for (const [i, arg] of args.entries()) {
    const name = optionName.exec(arg)?.[1];
    // Looked up in plain objects, where `constructor` is something.
    if (name !== undefined && name in Object.prototype) {
      throw new UsageError(`Unknown option --${name}.`, nextStep);
    }
    const parameter = /^--?([A-Za-z]{2,})(?=[:=]|$)/.exec(arg);
    const instead = parameters.get(parameter?.[1]!.toLowerCase() ?? '');
    if (parameter !== null && instead !== undefined && !isOption(parameter[0], args[0])) {
      throw new UsageError(`Unknown option ${parameter[0]}. ${instead}.`, nextStep);
    }
    const word = /^-([A-Za-z]{2,})/.exec(arg)?.[1];
    if (word !== undefined && arg !== '-help' && !isOurLetters(word)) throw new UsageError(`Unknown option -${word}.`, nextStep);
    const own = itsOwn.exec(arg)?.[0];
    if (own !== undefined) throw new UsageError(`Unknown option ${own}.`, nextStep);
    for (const [pattern, words] of misread) {
      const found = pattern.exec(arg) ?? pattern.exec(`${arg} ${args[i + 1] ?? ''}`);
      if (found !== null) throw new UsageError(`${words(found[1] ?? '')}.`, nextStep);
    }
  }
}

/** yargs names an option without its dashes. */
const asTyped = (name: string, args: readonly string[]) =>
  args.map((arg) => arg.replace(/=.*$/s, '')).find((arg) => arg.replace(/^-+/, '') === name) ?? name;

export const noDisk = `Name at least one disk: ${diskForms.map(({ form }) => form).join(', ')}; or a list: --from FILE.`;

/** What yargs says, and how we say it. */
const rewordings: readonly (readonly [RegExp, (names: string, args: readonly string[]) => string])[] = [
  [/^Not enough non-option arguments/, () => 'Name the file that is to be shown'],
  [/^Not enough arguments following: (.*)$/, (name, args) => `${asTyped(name, args)} needs a value`],
  [/^Unknown (?:argument|command)s?: (.*)$/, (names, args) => {
    const typed = names.split(', ').map((name) => asTyped(name, args));
    const what = typed.every((each) => each.startsWith('-')) ? 'option' : 'argument';
    return `Unknown ${what}${typed.length > 1 ? 's' : ''} ${typed.join(', ')}`;
  }],
];

/** The first line of what yargs said, as a sentence of ours. */
export function reworded(said: string, args: readonly string[]): string {
  const line = said.split('\n')[0] ?? '';
  for (const [pattern, words] of rewordings) {
    const found = pattern.exec(line);
    if (found !== null) return `${words(found[1] ?? '', args)}.`;
  }
  return `${line.replace(/\.$/, '')}.`;
}

/** Whether JSON was asked for, told without understanding the rest, so that also a usage error can be parsed. */
export function asksForJson(args: readonly string[]): boolean {
  return args.some((arg, i) => /^(?:--output=|-[a-z]*o=?)json$/i.test(arg)
    || (/^(?:--output|-[a-z]*o)$/.test(arg) && /^json$/i.test(args[i + 1] ?? '')));
}
