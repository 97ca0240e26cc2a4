// Signing, by whatever command somebody signs with. What is signed when, so that no signature breaks a hash: build.mjs.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { OptionError } from './script-options.mjs';

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

/**
 * @param command signs the file that `{file}` stands for, in its place, and ends with exit code 0; no shell runs it
 * @returns a function that signs a file; without a command one that does nothing
 */
export function signer(command) {
  if (command === undefined) return () => {};
  const parts = words(command);
  return (file) => {
    const before = readFileSync(file);
    const [program, ...args] = parts.map((part) => part.replaceAll('{file}', () => file));
    execFileSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    if (readFileSync(file).equals(before)) throw new Error(`the command for signing left ${file} as it was`);
  };
}
