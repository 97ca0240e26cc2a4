// The HTML file of a map: one page that loads nothing. Texts of devices and hosts are text in it, never markup.

import { createHash } from 'node:crypto';
import { type LunKind, type MapData, cellKinds, lunKinds } from './data.ts';
import { style } from './style.ts';

/** The beginning of each map, to the byte, by which a map is recognized. */
export const mapHead = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="StorageRelease map">
`;

export interface MapPage {
  readonly title: string;
  /** When it was drawn, milliseconds since 1970. */
  readonly at: number;
  readonly version: string;
  /** The page's script; see page-script.ts. */
  readonly script: string;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;',
};

/** For text and for quoted attributes. */
export const htmlText = (text: string): string => text.replace(/[&<>"']/g, (char) => entities[char]!);

/** JSON that ends no script element and begins no comment, whatever is in it; printable ASCII. */
export const scriptJson = (value: unknown): string => JSON.stringify(value).replace(/[^ -~]|[<>&]/g,
  (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

const sourceOf = (text: string): string =>
  `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;

const minute = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/** Whether the results of --before are later than these. */
export const isBeforeLater = ({ newestAt, beforeAt }: MapData): boolean =>
  newestAt !== null && beforeAt !== null && beforeAt > newestAt;

function comparison(data: MapData): string {
  if (!data.compared) return '';
  const time = data.beforeAt === null ? 'another time' : minute(data.beforeAt);
  return ` Compared with results of ${time}${isBeforeLater(data) ? ', which are later than these' : ''}.`;
}

export function mapHtml(data: MapData, { title, at, version, script }: MapPage): string {
  // Chromium hashes the exact text between the tags.
  const policy = ["default-src 'none'", `script-src ${sourceOf(script)}`, `style-src ${sourceOf(style)}`,
    "base-uri 'none'", "form-action 'none'"].join('; ');
  const { luns, hosts } = data;
  const count = (kind: LunKind): number => luns.filter((lun) => lun.kind === kind && lun.change !== 'gone').length;
  const chips: (readonly [string, string, number])[] = [
    ['all', 'All', luns.length],
    ...Object.entries(lunKinds).map(([kind, word]) => [kind, word, count(kind as LunKind)] as const),
    ['twice', 'Identity twice', luns.filter(({ twice }) => twice).length],
    ...(data.compared ? [['changed', 'Changed', luns.filter(({ change }) => change !== null).length] as const] : []),
  ];
  const chip = ([name, word, number]: readonly [string, string, number]): string =>
    `<button type="button" data-filter="${name}" aria-pressed="${name === 'all'}"${number === 0 ? ' class="zero"' : ''}>`
    + `<b>${number}</b> <i class="k ${name}" aria-hidden="true"></i>${word}</button>`;
  const legend = Object.entries(cellKinds).map(([kind, { glyph, word }]) =>
    `<li><i class="g ${kind === '.' ? 'n' : kind}" aria-hidden="true">${glyph}</i>${word}</li>`).join('');
  return `${mapHead}<meta http-equiv="Content-Security-Policy" content="${htmlText(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${htmlText(title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${htmlText(title)}</h1>
<p>${plural(luns.length, 'LUN')}, ${plural(hosts.length, 'host')}. Drawn ${minute(at)} by StorageRelease ${
  htmlText(version)}.${comparison(data)}</p>
</header>
<main>
<div class="tools" role="group" aria-label="Show">
${chips.map(chip).join('\n')}
<div class="find"><output id="shown"></output>
<label>Filter <input type="search" id="filter" autocomplete="off" spellcheck="false"></label></div>
</div>
<noscript><p>This page draws its table by a script of its own, which is switched off here.</p></noscript>
<div id="map"></div>
</main>
<footer>
<ul class="legend" aria-label="Signs">${legend}</ul>
<p class="keys">Click a cell, or go there by the arrow keys and press Enter, to see what was answered and when.</p>
</footer>
<dialog id="details" aria-labelledby="details-title"><form method="dialog"><h2 id="details-title"></h2>
<button aria-label="Close">\u00d7</button></form><div id="details-body" tabindex="0"></div></dialog>
<script type="application/json" id="data">${scriptJson(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}
