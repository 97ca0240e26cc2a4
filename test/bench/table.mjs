// Rows of the bench, and how they are shown.

import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { versionOf } from './powershell.mjs';

const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
const rounded = (value) => Number(value.toPrecision(3));

/**
 * A row from pairs of figures: what was measured, and what it is measured against.
 *
 * @param value what one pair comes to; default: the first in units of the second
 * @param goal at most this, or at least (`atLeast`); without one the row is for information
 */
export function row({ name, against, pairs, goal, atLeast = false, unit = 'times', note, value = (a, b) => a / b }) {
  const values = pairs.map(([a, b]) => value(a, b));
  const middle = median(values);
  return {
    name, against, unit,
    median: rounded(middle),
    low: rounded(Math.min(...values)),
    high: rounded(Math.max(...values)),
    goal: goal === undefined ? null : `${atLeast ? '>=' : '<='} ${goal}`,
    reached: goal === undefined ? null : atLeast ? middle >= goal : middle <= goal,
    pairs: pairs.map((pair) => pair.map(rounded)),
    ...(note === undefined ? {} : { note }),
  };
}

/** A row that cannot be measured here, and why. */
export const missing = (name, against, why) => ({ name, against, missing: why });

export function machine(root, shell) {
  const node = join(root, 'node_modules', `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`,
    'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  return {
    system: `${type()} ${release()}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGB: Math.round(totalmem() / 2 ** 30),
    node: execFileSync(node, ['--version'], { encoding: 'utf8' }).trim(),
    powerShell: versionOf(shell),
    at: new Date().toISOString(),
  };
}

/** The same table on screen and, as it is, in docs/performance.md. */
export function printTable({ machine: m, rounds, rows }) {
  const cells = rows.map((one) => (one.missing === undefined
    ? [one.name, one.against, `${one.median} ${one.unit}`, `${one.low} to ${one.high}`, one.goal ?? '',
      one.reached === null ? '' : one.reached ? 'reached' : 'not reached']
    : [one.name, one.against, '', '', '', `not measured: ${one.missing}`]));
  const head = ['row', 'against', 'median', 'lowest to highest', 'goal', ''];
  const widths = head.map((title, at) => Math.max(title.length, ...cells.map((line) => line[at].length)));
  const show = (line) => `| ${line.map((text, at) => text.padEnd(widths[at])).join(' | ')} |`;
  console.log(`${m.cpu}, ${m.cores} cores, ${m.memoryGB} GB, ${m.system}; Node ${m.node}, PowerShell ${m.powerShell}; `
    + `${rounds} rounds; ${m.at}\n`);
  console.log([show(head), show(widths.map((width) => '-'.repeat(width))), ...cells.map(show)].join('\n'));
  for (const { name, against, note } of rows) if (note !== undefined) console.log(`\n${name}, ${against}: ${note}`);
}
