// In the place of yargs' own platform-shims/esm.mjs, which build.mjs puts it (vitest has the original): what yargs asks
// of its surroundings. Its own loads node:assert, node:module and the process's streams, looks for files with texts of
// other languages, and reads variables of the environment, all before the first argument is read: a third of its time.

// @ts-expect-error It has no types.
import cliui from 'cliui';
// @ts-expect-error It has no types. Of parsers this is the one that reads no file and no environment.
import Parser from 'yargs-parser/browser';
import asciiWidth from './ascii-width.ts';

const never = (what: string) => () => {
  throw new Error(`yargs asked for ${what}`);
};

/** `%s` and `%d`, which is all that its texts have. */
function format(text: string, ...values: readonly unknown[]): string {
  let next = 0;
  return text.replace(/%[sd]/g, (place) => (next < values.length ? String(values[next++]) : place));
}

export default {
  assert: {
    strictEqual: (a: unknown, b: unknown, message: string) => { if (!Object.is(a, b)) throw new Error(message); },
    notStrictEqual: (a: unknown, b: unknown, message: string) => { if (Object.is(a, b)) throw new Error(message); },
  },
  cliui,
  findUp: () => undefined,
  getEnv: () => undefined,
  getCallerFile: never('its caller'),
  getProcessArgvBin: () => '',
  inspect: String,
  mainFilename: '',
  Parser,
  path: {
    basename: (path: string) => path, dirname: (path: string) => path, extname: () => '',
    relative: (_from: string, to: string) => to, resolve: (path: string) => path, join: (path: string) => path,
  },
  process: {
    argv: () => [],
    cwd: () => '',
    emitWarning: (warning: string) => { throw new Error(warning); },
    execPath: () => '',
    exit: never('an end'),
    nextTick: queueMicrotask,
    // The width is always given.
    stdColumns: null,
  },
  readFileSync: never('a file'),
  readdirSync: never('a folder'),
  require: never('a module'),
  stringWidth: asciiWidth,
  y18n: {
    __: format,
    __n: (one: string, other: string, count: number, ...values: readonly unknown[]) => {
      const text = count === 1 ? one : other;
      return format(text, ...(text.includes('%d') ? [count] : []), ...values);
    },
    getLocale: () => 'en',
    setLocale: () => {},
    updateLocale: () => {},
  },
};
