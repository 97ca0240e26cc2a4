// The message for an unexpected error, which is a bug of ours: one sentence and what to report, instead of Node's stack.

import { cleanText } from './text.ts';

/** File, line and column of the first frame of a stack, which is how V8 writes them. */
const firstFrame = /^\s+at .*?([^\s()/\\]+:\d+:\d+)\)?$/m;

/** `args`: of the command line; only the command among them is repeated. */
export function unexpected(
  error: unknown, version: string, args: readonly string[],
): { readonly message: string; readonly nextStep: string } {
  const { message, stack = '' } = error instanceof Error ? error : { message: String(error) };
  const place = firstFrame.exec(stack)?.[1];
  const command = args.find((arg) => /^[a-z]+$/.test(arg)) ?? 'none';
  return {
    message: `unexpected error: ${cleanText(message.split('\n')[0] ?? '') ?? 'without a message'}`
      + `${place === undefined ? '' : ` (${cleanText(place)})`}`,
    nextStep: `This is a fault in the program. Report this message with version ${version} and command ${command}.`,
  };
}
