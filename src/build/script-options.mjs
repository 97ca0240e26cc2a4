// Options of the scripts that `npm run` starts: an option that is not known, or a value that cannot be meant, ends the
// script before it does anything. A typo would else do something other than what was asked for, without a word.

import { statSync } from 'node:fs';
import { parseArgs } from 'node:util';

/** The arguments cannot be meant; the message is a sentence. */
export class OptionError extends Error {}

/** What values must be: text to what it is read as; throws OptionError, whose message follows the option's name. */
export const kinds = {
  text: (text) => text,
  /** A whole number. */
  count: (text) => number(text, /^\d+$/, 0, 'a whole number'),
  /** Of times or minutes: more than none. */
  positive: (text) => number(text, /^\d+$/, 1, 'a whole number above 0'),
  decimal: (text) => number(text, /^\d+(?:\.\d+)?$/, Number.MIN_VALUE, 'a number above 0'),
  folder: (text) => {
    if (statSync(text, { throwIfNoEntry: false })?.isDirectory()) return text;
    throw new OptionError(`must be a folder that exists, not ${JSON.stringify(text)}`);
  },
  /** A program by its path, or by a name that is looked for. */
  program: (text) => {
    if (!/[\\/]/.test(text) || statSync(text, { throwIfNoEntry: false })?.isFile()) return text;
    throw new OptionError(`must be a program, and ${text} is not a file`);
  },
  oneOf: (...values) => (text) => {
    if (values.includes(text)) return text;
    throw new OptionError(`must be one of ${values.join(', ')}, not ${JSON.stringify(text)}`);
  },
};

function number(text, form, least, what) {
  const value = Number(text);
  if (form.test(text) && value >= least && value <= Number.MAX_SAFE_INTEGER) return value;
  throw new OptionError(`must be ${what}, not ${JSON.stringify(text)}`);
}

/** How an option is written: `--name`, or `-Name` where the script hands it to PowerShell. */
const written = ({ dash = '--' }, name) => `${dash}${name}`;

/** What `--help` prints. */
export function usageText(script) {
  const rows = Object.entries(script.options).map(([name, { value, short, many, about }]) =>
    [`${short ? `-${short}, ` : ''}${written(script, name)}${value === undefined ? '' : ` ${value}`}${many ? ' ...' : ''}`, about]);
  rows.push(['--help', 'this list']);
  const width = Math.max(...rows.map(([left]) => left.length));
  return [`${script.usage}: ${script.about}.`, '', ...rows.map(([left, about]) => `  ${left.padEnd(width)}  ${about}`),
    ...(script.rest === undefined ? [] : ['', `${script.rest}.`]), ''].join('\n');
}

/**
 * Values of a script's options: of a flag true, of one that may be given several times a list.
 *
 * @param script `usage` the command that starts it; `about` what it does; `options` by their names: `value`, what the value
 *   is called, where it takes one; `read`, one of `kinds` or the like; `short`; `many`; `about`. `rest`: which other
 *   arguments it takes, given as `rest`; else it takes none. `dash`: see `written`
 * @throws OptionError
 */
export function parseOptions(script, args) {
  const pascal = script.dash === '-';
  const own = new Map(Object.entries(script.options).map(([name, row]) => [pascal ? name.toLowerCase() : name, { ...row, name }]));
  const { tokens } = parseArgs({
    // PowerShell's names have one dash and any case.
    args: args.map((arg) => (pascal && /^-[a-z]/i.test(arg) ? `-${arg.toLowerCase()}` : arg)),
    strict: false, allowPositionals: true, tokens: true,
    options: { help: { type: 'boolean', short: 'h' }, ...Object.fromEntries([...own].map(([name, { value, short }]) =>
      [name, { type: value === undefined ? 'boolean' : 'string', ...(short === undefined ? {} : { short }) }])) },
  });
  const values = {};
  const rest = [];
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    const given = args[token.index];
    if (token.kind === 'positional') {
      if (script.rest === undefined) throw new OptionError(`${JSON.stringify(given)} is not an option.`);
      rest.push(given);
    } else if (token.name === 'help') {
      values.help = true;
    } else {
      const its = own.get(token.name);
      if (its === undefined) throw new OptionError(`There is no option ${given.replace(/=.*/s, '')}.`);
      const shown = written(script, its.name);
      if (its.name in values && !its.many) throw new OptionError(`${shown} is given more than once.`);
      if (its.value === undefined) {
        if (token.value !== undefined) throw new OptionError(`${shown} takes no value.`);
        values[its.name] = true;
        continue;
      }
      // An option that follows is no value: the value was forgotten.
      if (!token.value || (!token.inlineValue && /^--?[a-z]/i.test(token.value))) {
        throw new OptionError(`${shown} needs a value: ${shown} ${its.value}.`);
      }
      const value = read(its, shown, token.value);
      values[its.name] = its.many ? [...(values[its.name] ?? []), value] : value;
    }
  }
  return script.rest === undefined ? values : { ...values, rest };
}

function read({ read: reads = kinds.text }, shown, text) {
  try {
    return reads(text);
  } catch (error) {
    throw error instanceof OptionError ? new OptionError(`${shown} ${error.message}.`) : error;
  }
}

/**
 * As parseOptions, of this process: `--help` ends it here, and so, with exit code 2, do arguments that cannot be meant.
 *
 * @param refused gives what else to say of these
 */
export function readOptions(script, { args = process.argv.slice(2), refused = () => '' } = {}) {
  try {
    const values = parseOptions(script, args);
    if (!values.help) return values;
    process.stdout.write(usageText(script));
    process.exit(0);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    process.stderr.write(`${error.message}\n${refused()}\n${usageText(script)}`);
    process.exit(2);
  }
}
