// What code inside the executable may do, should a parser's mistake ever let somebody in: permissions-probe.cjs in
// the place of the product, built as the product is built. Each attempt works by plain Node, or comes as far as the
// system.

import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildExecutable, hostNode, isHost, nodeOf, targets } from '../../src/build/executable.mjs';
import { root, start } from './executable.ts';

const main = 'test/cli/permissions-probe.cjs';
const refused = 'ERR_ACCESS_DENIED';
const unknown = 'ERR_UNKNOWN_BUILTIN_MODULE';

/** What an attempt comes to by plain Node, in the executable, and there after what the Windows bus gives up. */
const attempts: readonly (readonly [name: string, plain: string, built: string, withBus: string])[] = [
  ['net.connect', 'ECONNREFUSED', refused, refused],
  ['net.listen', 'done', refused, refused],
  ['dgram', 'done', refused, refused],
  ['dns.lookup', 'done', refused, refused],
  ['fetch', 'ECONNREFUSED', refused, refused],
  ['child_process.spawn', 'done', refused, refused],
  ['child_process.execSync', 'done', refused, refused],
  ['child_process.fork', 'done', refused, refused],
  ['worker_threads', 'done', refused, refused],
  ['inspector.open', 'done', refused, refused],
  ['inspector.Session', 'done', refused, refused],
  ['wasi', 'done', refused, refused],
  // The Node that is shipped has none yet; a later one has, and the model refuses it.
  ['ffi', unknown, unknown, unknown],
  ['eval', 'done', 'EvalError', 'EvalError'],
  ['new Function', 'done', 'EvalError', 'EvalError'],
  ['process.binding', 'done', refused, refused],
  ['prototype accessor', 'done', 'ERR_PROTO_ACCESS', 'ERR_PROTO_ACCESS'],
  // Compiles a text; what it may do is what its caller may do.
  ['vm', 'done', 'done', 'done'],
  // koffi.node has to be loaded, so until then any file would be.
  ['addon', 'ERR_DLOPEN_FAILED', 'ERR_DLOPEN_FAILED', refused],
  // A rehearsal reads and writes the file that it is given.
  ['fs.read', 'done', 'done', refused],
  ['fs.readdir', 'done', 'done', refused],
  ['fs.write', 'done', 'done', refused],
  ['fs.rm', 'done', 'done', refused],
  ['fs.chmod', 'done', 'done', refused],
  ['fs.symlink', 'done', 'done', refused],
  ['module of a file', 'done', 'done', refused],
  ['heap snapshot', 'done', 'done', refused],
  ['report', 'done', 'done', refused],
];

describe('code inside the executable', () => {
  const work = mkdtempSync(join(tmpdir(), 'permissions-'));
  const said: Record<string, string>[] = [];
  const left: string[][] = [];
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  beforeAll(async () => {
    const target = targets.find(isHost)!;
    const probe = join(work, target.executable);
    buildExecutable(target, {
      root, main, base: nodeOf(target, join(root, 'node_modules')), output: probe, work: join(work, 'work'),
    });
    for (const [command, ...args] of [[hostNode(root), join(root, main)], [probe], [probe, 'drop']]) {
      const folder = mkdtempSync(join(work, 'files-'));
      writeFileSync(join(folder, 'file.txt'), '');
      writeFileSync(join(folder, 'victim.txt'), '');
      writeFileSync(join(folder, 'module.cjs'), 'process.exitCode = 0;\n');
      const drop = args.includes('drop');
      const given = [...args.filter((one) => one !== 'drop'), folder, ...(drop ? ['drop'] : [])];
      const ran = await start(command!, given);
      said.push(JSON.parse(ran.stdout.trimEnd().split('\n').at(-1)!) as Record<string, string>);
      left.push(readdirSync(folder).sort());
    }
  });

  test.each(attempts)('%s', (name, ...came) => expect(said.map((one) => one[name])).toEqual(came));

  test('every attempt has its row', () => {
    for (const one of said) expect(Object.keys(one).sort()).toEqual(attempts.map(([name]) => name).sort());
  });

  test('with the Windows bus open, no file is touched', () => {
    expect(left[0]).toContain('written.txt');
    expect(left[2]).toEqual(['file.txt', 'module.cjs', 'victim.txt']);
  });

  test('the probe gives up what src/main.ts gives up', () => {
    const source = readFileSync(join(root, 'src/main.ts'), 'utf8');
    const windows = source.slice(source.indexOf('async windows()'), source.indexOf('async rehearsal('));
    const scopes = [...windows.matchAll(/giveUp\(([^)]*)\)/g)].flatMap(([, list]) => list!.split(', '));
    const probe = readFileSync(join(root, main), 'utf8');
    expect(probe).toContain(`of [${scopes.join(', ')}]`);
  });
});
