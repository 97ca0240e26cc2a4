// Signing, by whatever command somebody signs with. What is signed when, so that no signature breaks a hash: build.mjs.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

import { OptionError, kinds } from './script-options.mjs';

/** The words of a command line: separated by blanks, in "double quotes" where there are blanks in them. */
export function words(command) {
  if ((command.match(/"/g) ?? []).length % 2 > 0) throw new OptionError(`has a quotation mark that is not closed: ${command}`);
  return [...command.matchAll(/(?:[^\s"]|"[^"]*")+/g)].map(([word]) => word.replaceAll('"', ''));
}

/** `--sign`, for script-options.mjs. */
export const signOption = {
  value: '"COMMAND {file}"',
  read: (command) => {
    if (words(command).some((word) => word.includes('{file}'))) return command;
    throw new OptionError(`must contain {file}, which stands for the file to sign, and ${JSON.stringify(command)} does not`);
  },
  about: 'signs each file in its place, and ends with exit code 0 (CONTRIBUTING.md)',
};

/** `--sign-minutes`. */
export const signMinutesOption = {
  value: 'N', read: kinds.positive, about: 'how long the command may take for a file; 5',
};

/** A file could not be signed: what happened, to which file, and what to do. */
export class SigningError extends Error {}

/**
 * @param command signs the file that `{file}` stands for, in its place, and ends with exit code 0; no shell runs it
 * @param minutes how long it may take for a file
 * @returns a function that signs a file, or throws SigningError; without a command one that does nothing
 */
export function signer(command, minutes = 5) {
  if (command === undefined) return () => {};
  const parts = words(command);
  return (file) => {
    const before = readFileSync(file);
    const [program, ...args] = parts.map((part) => part.replaceAll('{file}', () => file));
    // Its own way to end may be what hangs.
    const { status, signal, error } = spawnSync(program, args,
      { stdio: ['ignore', 'inherit', 'inherit'], timeout: minutes * 60_000, killSignal: 'SIGKILL' });
    const failed = (what, next = `Try it on a copy of that file: ${command}`) => {
      throw new SigningError(`The signing command ${what}\n${next}`);
    };
    if (error?.code === 'ETIMEDOUT') {
      failed(`did not end within ${minutes === 1 ? 'a minute' : `${minutes} minutes`}, and was killed, for ${file}.`,
        'It gets no input: does it ask for a password? With more time: --sign-minutes N.');
    }
    if (error?.code === 'ENOENT') {
      failed(`cannot be started for ${file}: the program ${program} was not found.`, 'Name the program by its path: --sign "/path/to/program {file}"');
    }
    if (error) failed(`cannot be started for ${file}: ${program}: ${error.code ?? error.message}.`);
    if (status === null) failed(`was ended by ${signal} for ${file}.`);
    if (status !== 0) failed(`ended with exit code ${status} for ${file}.`);
    if (!existsSync(file)) failed(`ended with exit code 0, but ${file} is gone.`, `It must sign the file in its place: ${command}`);
    if (readFileSync(file).equals(before)) failed(`ended with exit code 0, but did not change ${file}.`, `It must sign the file in its place: ${command}`);
  };
}
