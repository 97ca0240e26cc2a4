import { expect, test } from 'vitest';
import { Channels } from '../../src/cli/io.ts';
import { JsonOutput, errorDocument } from '../../src/cli/output/json.ts';
import { outcomes, usageExitCode } from '../../src/status/outcomes.ts';
import { readFileSync } from 'node:fs';

async function written(isTerminal: boolean): Promise<string> {
  let text = '';
  const channels = new Channels();
  const stdout = channels.open(async (more) => void (text += more));
  const output = new JsonOutput({
    command: 'release', version: '1', dryRun: false, detailed: false, width: 80, isTerminal, stdout, stderr: stdout,
  });
  output.item([['Second', { S: 'ä\u2028\ud83d' }]], 1);
  output.item([
    ['First', { U64: 2n ** 64n - 1n }], ['Next', { I64: -(2n ** 63n) }], ['At', { DT: new Date(0) }], ['None', null],
  ], 0);
  output.end(4);
  await channels.flushed();
  return text;
}

test('every digit of a 64-bit number, ASCII only, in the order of the arguments', async () => {
  expect(await written(false)).toBe('{"schema":"storage-release/1","command":"release","version":"1","dryRun":false,'
    + '"results":[{"First":18446744073709551615,"Next":-9223372036854775808,"At":"1970-01-01T00:00:00.000Z","None":null},'
    + '{"Second":"\\u00e4\\u2028\\ud83d"}],"exitCode":4}\n');
});

test('at a terminal the same document on many lines', async () => {
  expect(JSON.parse(await written(true))).toEqual(JSON.parse(await written(false)));
  expect(await written(true)).toContain('\n  "schema"');
});

test('an error is a document, too', () => {
  const error = { kind: 'usage', message: 'm', nextStep: 'n' } as const;
  expect(JSON.parse(errorDocument(null, '1', error, 2)))
    .toEqual({ schema: 'storage-release/1', command: null, version: '1', error, exitCode: 2 });
});

test('the schema knows every outcome and every exit code, and no other', () => {
  const file = new URL('../../docs/schema/output.schema.json', import.meta.url);
  const { $defs } = JSON.parse(readFileSync(file, 'utf8'));
  const names = outcomes.map(({ name }) => name);
  expect($defs.result.properties.Outcome.enum).toEqual(names);
  // Of a disk that was only looked at nothing was accepted or cleared, nor held in spite of it.
  const changing = ['Accepted', 'Reserved', 'Cleared', 'Preempted', 'Reset', 'StillHeld', 'Changed'];
  expect($defs.reservationResult.properties.Outcome.enum).toEqual(names.filter((name) => !changing.includes(name)));
  const codes = [...new Set([...outcomes.map(({ exitCode }) => exitCode), usageExitCode])];
  expect($defs.exitCode.enum).toEqual(codes.sort((a, b) => a - b));
});
