// The exit codes of the command line as a table, and as the text that --help and docs/exit-codes.md show.

import { type Outcome, outcomes, usageExitCode } from './outcomes.ts';

export interface ExitCode {
  readonly code: number;
  /** Null for a command line that could not be understood: no disk was opened. */
  readonly outcome: Outcome | null;
  readonly meaning: string;
}

const usage: ExitCode = {
  code: usageExitCode, outcome: null, meaning: 'The command line could not be understood; nothing was done.',
};

/** By code, 0 first. */
export function exitCodeTable(): ExitCode[] {
  const rows = outcomes.map((row): ExitCode => ({ code: row.exitCode, outcome: row.name, meaning: row.meaning }));
  return [...rows, usage].sort((a, b) => a.code - b.code);
}

/** The rule for several disks. */
const worst = 'With several disks, the worst outcome decides; from best to worst: '
  + `${outcomes.map((row) => row.name).join(', ')}.`;

const label = (row: ExitCode) => row.outcome ?? '(usage)';

/** Lines for --help, not wider than 80 characters. */
export function exitCodeText(): string {
  const rows = exitCodeTable();
  const labelWidth = Math.max(...rows.map((row) => label(row).length));
  const indent = 6 + labelWidth + 2;
  const lines = rows.flatMap((row) => {
    const start = `${String(row.code).padStart(4)}  ${label(row).padEnd(labelWidth)}  `;
    return wrap(row.meaning, 80 - indent).map((line, i) => (i === 0 ? start : ' '.repeat(indent)) + line);
  });
  return ['Exit codes:', ...lines, '', ...wrap(worst, 80)].join('\n');
}

/** The body of docs/exit-codes.md. */
export function exitCodeMarkdown(): string {
  const rows = exitCodeTable().map((row) => {
    return `| ${row.code} | ${row.outcome === null ? 'usage' : `\`${row.outcome}\``} | ${row.meaning} |`;
  });
  const head = ['# Exit codes', '', '| Code | Outcome | Meaning |', '| --- | --- | --- |'];
  return [...head, ...rows, '', ...wrap(worst, 120), ''].join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
