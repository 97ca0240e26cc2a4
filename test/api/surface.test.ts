// What the versions of this product promise, as one list: surface.txt. A change of it is a change that users notice,
// so it fails here with a diff; where it is meant, `node test/run.mjs --project ps test/api --update` writes the list anew,
// and CHANGELOG.md says why: what the last release had promised (released.txt) and is gone, or is another line now, has to be
// named under Changed or Removed. A release copies surface.txt to released.txt; before the first one it is the list as it was
// when this was begun.

import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { mapOptions } from '../../src/cli/map-options.ts';
import { optionRows } from '../../src/cli/options.ts';
import { schemaName } from '../../src/cli/output/json.ts';
import { eventRows } from '../../src/status/events.ts';
import { exitCodeTable } from '../../src/status/exit-codes.ts';
import { outcomes } from '../../src/status/outcomes.ts';
import { verbs } from '../../src/verbs/verb-rows.ts';
import { fields } from '../../src/worker/protocol.ts';
import { protocolVersion, replyKinds } from '../../src/worker/reply.ts';
import { runPowerShell } from '../ps/powershell.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The module's own lines: see surface.ps1. */
async function moduleLines(): Promise<string[]> {
  const temp = mkdtempSync(join(tmpdir(), 'storage-release-'));
  try {
    const bus = join(temp, 'bus.json');
    copyFileSync(join(root, 'ps/rehearsal/two-host-cluster.json'), bus);
    const file = fileURLToPath(new URL('surface.ps1', import.meta.url));
    const { stdout, stderr } = await runPowerShell({ file, args: ['-Root', root, '-Bus', bus], cwd: temp });
    const lines = stdout.split(/\r?\n/).filter((line) => line !== '');
    if (lines.pop() !== 'end') throw new Error(`surface.ps1 ended early.\n${stderr}\n${stdout}`);
    return lines;
  } finally {
    rmSync(temp, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Sets of words that are types alone, wherever in src/ they are declared. */
function* wordLines(): Iterable<string> {
  const wanted = ['ReservationState', 'HolderState'];
  for (const name of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue;
    const text = readFileSync(join(root, 'src', name), 'utf8');
    for (const [, type, union] of text.matchAll(/^export type (\w+) =([^;=]*);/gm)) {
      if (!wanted.includes(type!)) continue;
      wanted.splice(wanted.indexOf(type!), 1);
      yield `words ${type}: ${[...union!.matchAll(/'(\w+)'/g)].map(([, word]) => word).join(',')}`;
    }
  }
  if (wanted.length > 0) throw new Error(`src/ declares no ${wanted.join(' and no ')}`);
}

interface Schema {
  readonly [key: string]: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** Every member of a JSON document: where it stands, whether it must be there, and what it may hold. */
function* memberLines(of: string, schema: Schema, at = ''): Iterable<string> {
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const { type, enum: words, const: word, $ref: ref } = member;
    const holds = [type, words, word, ref].filter((one) => one !== undefined).map((one) => JSON.stringify(one));
    const must = schema.required?.includes(name) ? ' required' : '';
    yield `member ${of} ${at}${name}${must} ${holds.join(' ')}`.trimEnd();
  }
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'enum' || key === 'const' || typeof value !== 'object' || value === null) continue;
    for (const [name, inner] of Object.entries(value)) {
      if (typeof inner !== 'object' || inner === null) continue;
      const place = { properties: `${at}${name}.`, $defs: `${name}: ` }[key] ?? (Array.isArray(value) ? at : null);
      if (place !== null) yield* memberLines(of, inner as Schema, place);
    }
    if (key === 'items' || key === 'additionalProperties') yield* memberLines(of, value as Schema, at);
  }
}

/** What Publish-StorageRelease says of a computer. */
function* publicationLines(): Iterable<string> {
  const folder = join(root, 'ps/remote/publish');
  for (const name of readdirSync(folder)) {
    for (const [, outcome] of readFileSync(join(folder, name), 'utf8').matchAll(/\bOutcome = '(\w+)'/g)) {
      yield `outcome of publishing ${outcome}`;
    }
  }
}

const schemaAt = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8')) as Schema;

test('the public surface is the one that surface.txt lists', async () => {
  const lines = [
    ...await moduleLines(),
    ...wordLines(),
    ...outcomes.map((row, place) =>
      `outcome ${String(place).padStart(2, '0')} ${row.name}: exit code ${row.exitCode}, sent ${row.sent}, ${row.category}`),
    ...publicationLines(),
    ...eventRows.map(({ id, level, outcome }) => `event ${id} ${outcome}: ${level}`),
    ...exitCodeTable().map(({ code, outcome }) => `exit code ${String(code).padStart(2, '0')} ${outcome ?? '(usage)'}`),
    ...optionRows.map(([name, row]) =>
      `option --${name}${row.alias === undefined ? '' : ` -${row.alias}`}: ${row.kind}, of ${row.commands.join(',')}`
      + (row.repeatable ? ', repeatable' : '')),
    ...mapOptions.map(({ name, value }) => `option --${name}: ${value === null ? 'flag' : 'text'}, of map`),
    `protocol version ${protocolVersion}`,
    ...verbs.map((name) => `protocol verb ${name}`),
    ...Object.entries(fields).map(([name, { must }]) => `protocol field ${name}: ${must}`),
    ...replyKinds.map((name) => `protocol reply ${name}`),
    `schema ${schemaName}`,
    ...memberLines('output', schemaAt('docs/schema/output.schema.json')),
    ...memberLines('log', schemaAt('docs/schema/log.schema.json')),
    ...memberLines('rehearsal', schemaAt('ps/rehearsal/rehearsal.schema.json')),
  ];
  const sorted = [...new Set(lines)].sort((a, b) => (a < b ? -1 : 1));
  await expect(`${sorted.join('\n')}\n`).toMatchFileSnapshot('surface.txt');
});

/** What a line is about: the first of these that fits. */
const promised = [
  /^parameter \S+ -(\w+)/, /^property \S+ (\w+)/, /^member \S+ (?:.*: )?([\w.]+)/, /^exit code \d+ (\w+)/, /^event (\d+)/,
  /^option --([\w-]+)/, /([\w-]+)(?=:|$)/,
];

/** Lines of an earlier list that the later one lacks, and that the text does not name. Places in an order are no promise. */
function unannounced(earlier: string, later: string, text: string): string[] {
  const lines = (list: string) => list.split('\n').filter((line) => line !== '')
    .map((line) => line.replace(/^(outcome|property \S+) \d\d /, '$1 '));
  const now = new Set(lines(later));
  return lines(earlier).filter((line) => {
    if (now.has(line)) return false;
    const name = promised.map((pattern) => pattern.exec(line)?.[1]).find((one) => one !== undefined)!.replace(/^.*\./, '');
    return !new RegExp(`(?<![\\w-])${name}(?![\\w-])|-${name}(?![\\w-])`).test(text);
  });
}

/** What a changelog says under Changed and Removed of what is unreleased. */
const changes = (changelog: string) => (/^## \[Unreleased\]\n([^]*?)(?=^## |$(?![^]))/m.exec(changelog)?.[1] ?? '')
  .split(/^### /m).filter((part) => /^(?:Changed|Removed)\n/.test(part)).join('');

describe('what was promised', () => {
  const read = (path: string) => readFileSync(join(root, path), 'utf8');

  test('and is so no more is named in the changelog, under Changed or Removed', () => {
    expect(unannounced(read('test/api/released.txt'), read('test/api/surface.txt'), changes(read('CHANGELOG.md')))).toEqual([]);
  });

  test.each([
    ['command Get-It: default set none', 'command Get-It: default set All', 'Get-It has'],
    ['parameter Get-It -Force System.Boolean: all sets', '', 'no `-Force` any more'],
    ['property A.B 02 Number [int]', 'property A.B 02 Number [long]', '`Number` is a long'],
    ['outcome 03 Failed: exit code 1, sent no, X', '', '`Failed` is gone'],
    ['outcome of publishing Newer', '', 'Newer'],
    ['exit code 03 Conflict', 'exit code 04 Conflict', 'Conflict'],
    ['event 1000 Accepted: Information', '', '1000'],
    ['error NotStaged', '', '`NotStaged` is no error'],
    ['option --from -f: text, of release', '', '`--from` is'],
    ['member output results.Number required "integer"', '', 'Number'],
    ['member output text: Value "string"', '', 'Value'],
    ['protocol field brief: none', '', 'The protocol has no field brief'],
  ])('%s', (was, is, text) => {
    expect(unannounced(was, is, '')).toHaveLength(1);
    expect(unannounced(was, is, text)).toEqual([]);
    expect(unannounced(was, was, '')).toEqual([]);
  });

  test('in another place of its order is the same', () => {
    expect(unannounced('outcome 03 Failed: x\nproperty A.B 02 C [int]', 'outcome 04 Failed: x\nproperty A.B 03 C [int]', '')).toEqual([]);
  });

  test('only what is unreleased counts, and only under those two', () => {
    const text = '# C\n\n## [Unreleased]\n\n### Added\n\n- a\n\n### Changed\n\n- b\n\n### Removed\n\n- c\n\n## [0.1.0] - 2026-01-01\n\n'
      + '### Changed\n\n- d\n';
    expect([...changes(text).matchAll(/^- (\w)/gm)].map(([, word]) => word)).toEqual(['b', 'c']);
    expect(changes('# C\n')).toBe('');
  });
});
