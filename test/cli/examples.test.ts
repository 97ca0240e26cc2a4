// Each line of the command line that the documentation shows can be typed: run here one after another, in a folder that
// has the files they name, on the bus of the README's examples.

import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { executable, root, start } from './executable.ts';

const folder = mkdtempSync(join(tmpdir(), 'storage-release-examples-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
copyFileSync(join(root, 'test', 'ps', 'readme.bus.json'), join(folder, 'bus.json'));
writeFileSync(join(folder, 'disks.csv'), 'UniqueId\n60050768028306A7F000000000000011\n');
const reading = JSON.stringify({ ComputerName: 'server1', Number: 3, UniqueId: '60050768028306A7F000000000000011', State: 'Free', Blocked: false });
writeFileSync(join(folder, 'last-week.json'), reading);

interface Example {
  readonly where: string;
  readonly line: string;
}

/** Commands within fences; not what follows in a pipeline, or the one bracket around one. */
function examplesIn(file: string): Example[] {
  const found: Example[] = [];
  let inside = false;
  for (const [at, text] of readFileSync(join(root, file), 'utf8').split('\n').entries()) {
    if (text.startsWith('```')) inside = !inside;
    const line = /(?:^|[(|] ?)storage-release ([a-z][^|)]*)/.exec(text)?.[1];
    if (inside && line !== undefined && !line.startsWith('serve')) found.push({ where: `${file}:${at + 1}`, line: line.trim() });
  }
  return found;
}

const files = ['README.md', ...readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md')).sort().map((name) => `docs/${name}`)];
const examples = files.flatMap(examplesIn);

test('there are examples', () => expect(examples.length).toBeGreaterThan(8));

test.each(examples)('$where: $line', async ({ line }) => {
  // A folder of Windows is this one here.
  const words = line.replaceAll('C:\\ProgramData\\StorageRelease\\', '').split(' ');
  const onBus = words.includes('--rehearsal') || ['map', 'log'].includes(words[0]!) ? [] : ['--rehearsal', 'bus.json'];
  const ran = await start(executable, [...words, ...onBus], { cwd: folder, ...(words.includes('-') ? { stdin: reading } : {}) });
  // 2 is a usage error, and also where nobody can be asked.
  if (ran.exitCode === 2) expect(ran.stderr).toMatch(/--yes/);
  expect(ran.exitCode).not.toBe(null);
});
