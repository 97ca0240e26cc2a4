// What the module expects of each reply's object (ps/private/worker/ConvertFrom-WorkerLine.ps1) is what the worker writes:
// the same properties, in the same order, of the same types.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { rehearsalOf } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import type { ClixmlObject } from '../../src/clixml/clixml.ts';
import { holderItem } from '../../src/holder/result.ts';
import { type LogOrigin, logLine, readRecord } from '../../src/log/record.ts';
import { diskItem, registrantItem, reservationItem, resultItem } from '../../src/result/items.ts';
import { changingVerbs } from '../../src/verbs/verb-rows.ts';
import { clearItem } from '../../src/verbs/clear/clear-result.ts';
import { Worker } from '../../src/worker/worker.ts';
import { VirtualClock } from './virtual-clock.ts';

const text = readFileSync(new URL('../../ps/private/worker/ConvertFrom-WorkerLine.ps1', import.meta.url), 'utf8');

interface Field {
  readonly name: string;
  readonly tag: string;
  /** `?`: may be null; `!`: a single word. */
  readonly more: string;
}

/** The table, with the texts that rows share put in. */
const expected = new Map<string, readonly Field[]>();
const shared = new Map<string, string>();
const joined = (value: string) => [...value.matchAll(/(['"])(.*?)\1/g)].map(([, , piece]) => piece).join('')
  .replace(/\$(\w+)/g, (_, name: string) => shared.get(name)!);
for (const [, name, value] of text.matchAll(/^\$(\w+) = ((?:.*\+\n)*.*)$/gm)) shared.set(name!, joined(value!));
const table = text.slice(text.indexOf('$script:ReplyFields = '));
for (const [, kind, value] of table.matchAll(/^ {8}(\w+) +=((?:.*\+\n)*.*)$/gm)) {
  expected.set(kind!, (joined(value!) || shared.get(value!.trim().slice(1))!).split(' ').map((field) => {
    const [, name, tag, more] = /^(\w+):(\w+)([?!]?)$/.exec(field)!;
    return { name: name!, tag: tag!, more: more! };
  }));
}

/** An object whose every property is the same. */
const all = <T>(value: unknown) => new Proxy({}, { get: () => value }) as T;

/** A result as a log gives it back. */
const logged = (item: ClixmlObject, command: string, value: unknown): ClixmlObject => {
  const text = value === null ? null : 'x';
  const origin = { user: text, computer: text, processId: value === null ? null : 1, commandLine: 'x', rehearsal: text, version: text };
  const words: ClixmlObject = ['Outcome', 'Bus', 'Method', 'Message', 'NextStep', 'ComputerName'].map((name) => [name, { S: 'x' }]);
  const sample = item.map(([name, one]) => words.find(([word]) => word === name)
    ?? [name, name === 'DurationMs' ? { Db: 1 } : name === 'Attempts' ? { U32: 1 } : name === 'StartedAt' ? { DT: new Date(0) } : value === null ? null
      : one !== null && 'B' in one ? { B: true } : one !== null && 'S' in one ? one : { U32: 1 }] as const);
  const line = logLine(new Date(0), command, origin as unknown as LogOrigin, sample);
  const read = readRecord(value === null ? line.replace('"CommandLine":"x"', '"CommandLine":null') : line);
  if (typeof read === 'string') throw new Error(read);
  return read.item;
};

const writers: Readonly<Record<string, (value: unknown) => ClixmlObject>> = {
  result: (value) => resultItem(all(value)),
  cleared: (value) => clearItem(all(value)),
  reservation: (value) => reservationItem(all(value)),
  record: (value) => logged(resultItem(all(value)), 'release', value),
  clearrecord: (value) => logged(clearItem(all(value)), 'clear', value),
  registrant: (value) => registrantItem(all(value)),
  disk: (value) => diskItem(all(value), all(value)),
  holder: (value) => holderItem(all(value)),
};

const shapeOf = (kind: string) => new RegExp(`^<Objs [^>]*><U32>[^<]*</U32><S>${kind}</S><Obj><MS>${
  expected.get(kind)!.map(({ name, tag, more }) => {
    const value = `<${tag} N="${name}">${more === '!' ? '[A-Za-z]{1,40}' : '[^<]*'}</${tag}>`;
    return more === '?' ? `(?:${value}|<Nil N="${name}"/>)` : value;
  }).join('')}</MS></Obj>(?:<S>[^<]*</S>)?</Objs>`);

describe('the module expects of', () => {
  test.each(Object.keys(writers))('a %s what the worker writes', (kind) => {
    const full = writers[kind]!('x');
    expect(expected.get(kind)?.map(({ name, tag }) => `${name}:${tag}`))
      .toEqual(full.map(([name, value]) => `${name}:${Object.keys(value!)[0]}`));
    // What may be null there, the writer can write as null.
    const empty = new Map(writers[kind]!(null));
    expect(expected.get(kind)!.filter(({ name, more }) => more === '?' && empty.get(name) !== null)).toEqual([]);
  });

  test('a plan what it expects of a result, and what was shown', () => {
    expect(expected.get('plan')).toEqual([...expected.get('result')!, { name: 'Shown', tag: 'S', more: '?' }]);
    expect(expected.get('clearplan')).toEqual([...expected.get('cleared')!, { name: 'Shown', tag: 'S', more: '?' }]);
  });

  test('every kind that brings an object', () => {
    expect([...expected.keys()].sort())
      .toEqual(['ask', 'cleared', 'clearplan', 'clearrecord', 'disk', 'hello', 'holder', 'plan', 'record', 'registrant',
        'reservation', 'result']);
  });

  test('all replies of a shop and of a search have the shape', async () => {
    const clock = new VirtualClock();
    const shop = readFileSync(new URL('../../ps/rehearsal/small-shop.json', import.meta.url), 'utf8');
    const lines: string[] = [];
    const open = async () => rehearsalOf(shop, { clock });
    const worker = new Worker(clock, { windows: open, rehearsal: open }, (line) => lines.push(line));
    for (let number = 0; number <= 18; number++) {
      const disk = `number=${number}&group=${number}`;
      for (const [at, verb] of ['release', 'release&plan=1', 'reserve', 'reserve&verify=1', 'status', 'status&detailed=1'].entries()) {
        worker.take(`id=${number * 6 + at + 1}&verb=${verb}&${disk}`);
      }
    }
    worker.take('id=898&verb=clear&method=clear&number=3');
    worker.take('id=899&verb=clear&method=Reset&plan=1&number=4');
    worker.take('id=900&verb=list');
    worker.take('id=901&verb=witness&step=begin');
    worker.take(`id=902&verb=witness&step=rows&search=901&rows=${encodeURIComponent('h\tA\ts\nh\tB\tt\n')}`);
    for (const host of [0, 1]) {
      const row = ['o', host, 1, 2, 'id', 3, 0, 'Unknown', 'Read', '', 1, 'M', 'S', '', 1, `C${host}`, 'Windows', 'p', 'm'].join('\t');
      worker.take(`id=${903 + host}&verb=witness&step=rows&search=901&rows=${encodeURIComponent(`${row}\nd\t${host}\n`)}`);
    }
    await clock.advance(400_000);
    const seen = new Map<string, number>();
    for (const line of lines) {
      const [, kind] = /<\/U32><S>(\w+)<\/S>/.exec(line)!;
      if (!expected.has(kind!)) continue;
      seen.set(kind!, (seen.get(kind!) ?? 0) + 1);
      if (!shapeOf(kind!).test(line)) expect.fail(line);
    }
    expect([...seen.keys()].sort()).toEqual(expect.arrayContaining(['cleared', 'clearplan', 'disk', 'holder', 'plan', 'registrant', 'reservation', 'result']));
  });
});

test('the module warns of lost answers to the verbs that change something', () => {
  const sender = readFileSync(new URL('../../ps/private/worker/Send-WorkerRequest.ps1', import.meta.url), 'utf8');
  const [, row = ''] = /^\$script:ChangingVerbs = @\{ (.*) \}$/m.exec(sender) ?? [];
  expect(row.split('; ').sort()).toEqual(changingVerbs.map((verb) => `${verb} = $true`).sort());
});
