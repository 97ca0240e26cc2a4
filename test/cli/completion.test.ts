// `storage-release completion SHELL`: each script in the shell that it is for. What it offers is what the help says.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { completionScript } from '../../src/cli/completion.ts';
import { type Shell, shells } from '../../src/cli/shells.ts';
import { optionRows } from '../../src/cli/options.ts';
import { commandNames } from '../../src/verbs/verb-rows.ts';
import { runPowerShell } from '../ps/powershell.ts';
import { executable, start } from './executable.ts';

const folder = mkdtempSync(join(tmpdir(), 'storage-release-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const scriptFile = (shell: Shell) => join(folder, `completion.${shell}`);

const has = (program: string): boolean => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

const flagsOf = (command: string) => optionRows.filter(([, { commands }]) => (commands as readonly string[]).includes(command))
  .flatMap(([name, { alias }]) => [...(alias === undefined ? [] : [`-${alias}`]), `--${name}`]).concat('-h', '--help');
const first = [...commandNames, 'map', 'completion', '-h', '--help', '--version'];

/** A line, its words in the place of the command, and what is offered: in any order. `=` as bash parts it. */
const lines: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['', first],
  ['re', ['release', 'reserve']],
  ['--v', ['--version']],
  ['release ', flagsOf('release')],
  ['release --d', ['--dry-run']],
  ['release 3 id:6005 -', flagsOf('release')],
  ['list ', flagsOf('list')],
  ['clear 3 --method ', ['release', 'clear', 'preempt', 'reset']],
  ['clear 3 --method p', ['preempt']],
  ['clear 3 --method=re', ['release', 'reset']],
  ['clear 3 --holder-key ', []],
  ['status --output ', ['table', 'json', 'clixml']],
  ['status -o c', ['clixml']],
  ['release --allow ', ['Boot', 'System', 'Clustered', 'Multipath']],
  ['release --allow Boot,', ['Boot,Boot', 'Boot,System', 'Boot,Clustered', 'Boot,Multipath']],
  ['release --allow Boot,sys', ['Boot,System']],
  ['release --allow=m', ['Multipath']],
  ['list --method ', flagsOf('list')],
  ['map ', ['--before', '--to', '--title', '--force', '-h', '--help']],
  ['completion ', [...shells, '-h', '--help']],
  ['completion p', ['powershell']],
];

describe('the executable', () => {
  test.each(shells)('writes the script for %s, and asks nothing for it', async (shell) => {
    const ran = await start(executable, ['completion', shell]);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '', stdout: completionScript(shell) });
    expect(ran.stdout).toMatch(/^[\n\u0020-\u007e]+$/);
    // It starts no program, and takes nothing from the environment.
    expect(ran.stdout).not.toMatch(/\$\(\s*storage-release|`storage-release|\$env:|\$\{?(?:HOME|PATH|STORAGE\w*)\b/);
    writeFileSync(scriptFile(shell), ran.stdout);
  });

  test.each<[string[], string]>([
    [['completion'], 'completion needs a shell.'],
    [['completion', 'fish'], 'There is no completion for "fish".'],
    [['completion', 'bash', 'zsh'], 'zsh'],
    [['completion', 'bash', '--output', 'json'], '--output'],
  ])('%j is a usage error', async (args, said) => {
    const { exitCode, stderr } = await start(executable, args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(said);
  });
});

describe.runIf(has('bash'))('in bash', () => {
  beforeAll(() => writeFileSync(scriptFile('bash'), completionScript('bash')));

  function offered(line: string): string[] {
    // As readline parts a line: `=` and blanks; a comma does not part.
    const words = ['storage-release', ...line.split(/ |(=)/).filter((word) => word !== undefined)];
    if (words.at(-2) === '=' && words.at(-1) === '') words.pop();
    const text = `. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _storage_release; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['--norc', '-c', text, 'bash', scriptFile('bash'), ...words], { encoding: 'utf8', cwd: folder })
      .split('\n').filter((word) => word !== '');
  }

  test.each(lines)('"%s"', (line, expected) => expect(offered(line).sort()).toEqual([...expected].sort()));

  test('a file is offered where a file is wanted, and nowhere else', () => {
    writeFileSync(join(folder, 'a bus.json'), '');
    expect(offered('list --rehearsal a')).toEqual(['a bus.json']);
    expect(offered('list a')).toEqual([]);
  });
});

describe('in PowerShell', () => {
  test('every line', async () => {
    writeFileSync(scriptFile('powershell'), completionScript('powershell'));
    const list = join(folder, 'lines.txt');
    writeFileSync(list, lines.map(([line]) => line).join('\n'));
    const { stdout, stderr } = await runPowerShell({ timeoutMs: 120_000, cwd: folder, command: `
      . ([scriptblock]::Create([System.IO.File]::ReadAllText('${scriptFile('powershell')}')))
      foreach ($line in [System.IO.File]::ReadAllText('${list}').Split("\`n")) {
        $text = "storage-release $line"
        $words = @((TabExpansion2 $text $text.Length).CompletionMatches | Where-Object ResultType -like 'Parameter*' | ForEach-Object { $_.CompletionText })
        [Console]::Out.WriteLine('@' + ($words -join ' '))
      }` });
    expect(stderr).toBe('');
    const got = stdout.split(/\r?\n/).filter((line) => line.startsWith('@')).map((line) => line.slice(1).split(' ').filter((word) => word !== ''));
    expect(got.length).toBe(lines.length);
    for (const [index, [line, expected]] of lines.entries()) {
      // Behind an option=, the whole word is offered; of an array, as PowerShell has it, the last element.
      const head = /(--[a-z-]+=)[^ ]*$/.exec(line)?.[1] ?? '';
      const part = /,[a-z]/.test(line) ? /^.*,/ : /^/;
      expect(got[index]!.sort(), line).toEqual(expected.map((word) => head + word.replace(part, '')).sort());
    }
  });
});

describe.runIf(has('zsh'))('in zsh', () => {
  test('Tab completes what is unambiguous', () => {
    writeFileSync(scriptFile('zsh'), completionScript('zsh'));
    // A terminal of zsh's own; a key shows what the line has become. Each is read up to the mark that this writes.
    const rows: readonly (readonly [line: string, becomes: string])[] = [
      ['storage-release rel', 'storage-release release '],
      ['storage-release clear 3 --dry', 'storage-release clear 3 --dry-run '],
      ['storage-release clear 3 --method pre', 'storage-release clear 3 --method preempt '],
      ['storage-release clear --method=res', 'storage-release clear --method=reset '],
      ['storage-release release --allow Sy', 'storage-release release --allow System,'],
      ['storage-release release --allow Boot,Mu', 'storage-release release --allow Boot,Multipath,'],
      ['storage-release status -o cl', 'storage-release status -o clixml '],
      ['storage-release completion po', 'storage-release completion powershell '],
    ];
    const file = join(folder, 'drive.zsh');
    writeFileSync(file, `
zmodload zsh/zpty
zpty z "TERM=dumb zsh -f -i"
zpty -w z 'PROMPT= RPROMPT=; unsetopt prompt_cr prompt_sp; autoload -U compinit; compinit -u -D; . ${scriptFile('zsh')}; show() { print -r -- "<<$BUFFER>>"; BUFFER= }; zle -N show; bindkey "^Xs" show; print READ""Y'
zpty -r z out '*READY*'
for line in ${rows.map(([line]) => `'${line}'`).join(' ')}; do
  zpty -w -n z "$line"$'\\t\\x18s'
  zpty -r z out '*<<*>>*'
  print -r -- "@$\{\${out##*<<}%%>>*}"
done
zpty -d z
`);
    const said = execFileSync('zsh', ['-f', file], { encoding: 'utf8', timeout: 60_000, cwd: folder });
    expect(said.split('\n').filter((line) => line.startsWith('@')).map((line) => line.slice(1))).toEqual(rows.map(([, becomes]) => becomes));
  });
});
