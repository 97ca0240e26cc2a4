// What docs/verified.md lists as left is what `npm run windows` tries, or test/windows/rows.json says why it does not.

import { readFileSync, readdirSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

interface Cover { readonly claim: string; readonly left: string }
interface Rows {
  readonly rows: readonly { id: string; checks: string; anywhere: boolean; covers: readonly Cover[] }[];
  readonly notTried: readonly (Cover & { why: string })[];
}

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const { rows, notTried } = JSON.parse(read('test/windows/rows.json')) as Rows;

/** Claim and what is left of it, of each row of the page's table that leaves something. */
const left = [...read('docs/verified.md').matchAll(/^\| (.*?) \| .* \| (.*?) \|$/gm)]
  .map(([, claim, what]) => ({ claim: claim!, what: what!.trim() }))
  .filter(({ claim, what }) => claim !== 'claim' && !claim.startsWith('---') && what !== '');

const covers: readonly Cover[] = [...rows.flatMap((row) => row.covers), ...notTried];

test('the page leaves something', () => expect(left.length).toBeGreaterThan(20));

test.each(left)('$claim', ({ claim, what }) => {
  const here = covers.filter((one) => claim.startsWith(one.claim));
  // Longest first, so that no text is taken apart by a shorter one inside it.
  const told = here.map((one) => one.left).sort((a, b) => b.length - a.length);
  const rest = told.reduce((text, one) => text.replace(one, ''), what);
  // What remains may join them, and say nothing by itself.
  expect(rest.replace(/\band\b|[^\w]/g, ''), `of "${what}" nothing tries "${rest}"`).toBe('');
});

describe('test/windows/rows.json', () => {
  test('each of its texts stands on the page', () => {
    for (const one of covers) {
      const found = left.filter(({ claim, what }) => claim.startsWith(one.claim) && what.includes(one.left));
      expect(found, `${one.claim}: ${one.left}`).toHaveLength(1);
    }
  });

  test('each of its rows is checked once, and nothing else is', () => {
    const checked = readdirSync(new URL('test/windows/checks/', root))
      .flatMap((name) => [...read(`test/windows/checks/${name}`).matchAll(/^Add-Check '([^']+)' \{$/gm)])
      .map(([, id]) => id);
    expect(checked.sort()).toEqual(rows.map(({ id }) => id).sort());
  });

  test('ids are words for a table, and each sentence is one', () => {
    for (const { id, checks } of rows) {
      expect(id).toMatch(/^[a-z0-9.]+(-[a-z0-9.]+)*$/);
      expect(checks).toMatch(/^[A-Z`].*\.$/);
    }
    for (const { why } of notTried) expect(why).toMatch(/^[a-z].*[^.]$/);
  });
});

test('npm knows the command', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  expect(scripts['windows']).toBe('node test/windows/run.mjs');
});
