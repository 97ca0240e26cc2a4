import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { findings, floorsIn, importsOf } from './floors.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .map((name) => `src/${name.replaceAll('\\', '/')}`).filter((name) => /\.(?:ts|mts|mjs)$/.test(name)).sort();

test('no import of src/ runs up, and none closes a circle', () => {
  const floors = floorsIn(read('docs/architecture.md'));
  expect(floors.length).toBeGreaterThan(10);
  expect(sources.length).toBeGreaterThan(100);
  expect(findings(floors, new Map(sources.map((file) => [file, importsOf(file, read(file))])))).toEqual([]);
});

test('the floors are the rows of a table whose first cell names paths of src/', () => {
  const table = ['| folder | what |', '| --- | --- |', '| `ps/public` | a |', '| `src/cli` | `src/no` |',
    '| `src/a`, `src/b.ts` | |'].join('\n');
  expect(floorsIn(table)).toEqual([['src/cli'], ['src/a', 'src/b.ts']]);
});

test('imports of values and of types, exports, and imports that are loaded later', () => {
  const source = [
    "import { a,\n  b } from './a.ts';", "import type { C } from '../c.ts';", "export { d } from './d/d.ts';",
    "const e = await import('./e.ts');", "type F = import('./f.ts').F;", "import { readFileSync } from 'node:fs';",
    "import './a.ts';",
  ].join('\n');
  expect(importsOf('src/x/y.ts', source))
    .toEqual(['src/x/a.ts', 'src/c.ts', 'src/x/d/d.ts', 'src/x/e.ts', 'src/x/f.ts']);
});

test.each<[string, Record<string, string[]>, string[]]>([
  ['down, and on the same floor', { 'src/top/a.ts': ['src/top/b.ts', 'src/low/c.ts'], 'src/top/b.ts': [] }, []],
  ['out of src/', { 'src/top/a.ts': ['ps/schema.json'] }, []],
  ['up', { 'src/low/c.ts': ['src/top/a.ts'] },
    ['src/low/c.ts imports src/top/a.ts: src/low stands below src/top.']],
  ['within a folder, whichever way',
    { 'src/low/deep/d.ts': ['src/low/c.ts'], 'src/low/e.ts': ['src/low/deep/d.ts'] }, []],
  ['into a part of the own folder that is a floor above', { 'src/low/c.ts': ['src/low/high/h.ts'] },
    ['src/low/c.ts imports src/low/high/h.ts: src/low stands below src/low/high.']],
  ['sideways', { 'src/left/l.ts': ['src/right/r.ts'] },
    ['src/left/l.ts imports src/right/r.ts: src/left stands beside src/right.']],
  ['in a circle', { 'src/top/a.ts': ['src/top/b.ts'], 'src/top/b.ts': ['src/low/c.ts', 'src/top/a.ts'] },
    ['src/top/b.ts imports src/top/a.ts, which closes a circle: src/top/a.ts, src/top/b.ts, src/top/a.ts.']],
  ['to itself', { 'src/low/c.ts': ['src/low/c.ts'] },
    ['src/low/c.ts imports src/low/c.ts, which closes a circle: src/low/c.ts, src/low/c.ts.']],
  ['to nothing', { 'src/low/c.ts': ['src/low/none.ts'] },
    ['src/low/c.ts imports src/low/none.ts, which does not exist.']],
  ['from no floor', { 'src/lost.ts': [] }, ['src/lost.ts stands on no floor.']],
])('an import %s', (_what, files, expected) => {
  const floors = [['src/top'], ['src/low/high'], ['src/left', 'src/right'], ['src/low']];
  const rest = {
    'src/top/a.ts': [], 'src/low/high/h.ts': [], 'src/left/l.ts': [], 'src/right/r.ts': [], 'src/low/c.ts': [],
  };
  expect(findings(floors, new Map(Object.entries({ ...rest, ...files })))).toEqual(expected);
});

test('a floor without files is told of', () => {
  expect(findings([['src/top']], new Map())).toEqual(['src/top is a floor without files.']);
});
