// What the versions of this product promise, as one list: surface.txt. A change of it is a change that users notice,
// so it fails here with a diff; where it is meant, `node test/run.mjs --project ps test/api --update` writes the list anew,
// and CHANGELOG.md says why.

import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { mapOptions } from '../../src/cli/map-options.ts';
import { optionRows } from '../../src/cli/options.ts';
import { schemaName } from '../../src/cli/output/json.ts';
import { exitCodeTable } from '../../src/status/exit-codes.ts';
import { outcomes } from '../../src/status/outcomes.ts';
import { verbs } from '../../src/verbs/verb-rows.ts';
import { fields, protocolVersion, replyKinds } from '../../src/worker/protocol.ts';
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

const schemaAt = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8')) as Schema;

test('the public surface is the one that surface.txt lists', async () => {
  const lines = [
    ...await moduleLines(),
    ...wordLines(),
    ...outcomes.map((row, place) =>
      `outcome ${String(place).padStart(2, '0')} ${row.name}: exit code ${row.exitCode}, sent ${row.sent}, ${row.category}`),
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
    ...memberLines('rehearsal', schemaAt('ps/rehearsal/rehearsal.schema.json')),
  ];
  const sorted = [...new Set(lines)].sort((a, b) => (a < b ? -1 : 1));
  await expect(`${sorted.join('\n')}\n`).toMatchFileSnapshot('surface.txt');
});
