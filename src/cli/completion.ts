// What Tab offers at the command line: a script for each shell, made of the same rows as the help. It holds all that it
// offers, asks no program and reads no variable of the environment.

import { type CommandName, commandNames, takesDisks } from '../verbs/verb-rows.ts';
import { commandRows } from './command-rows.ts';
import { mapOptions, mapUsage } from './map-options.ts';
import { type OptionRow, optionRows } from './options.ts';
import { type Shell, completionUsage, shells } from './shells.ts';

interface Choice {
  readonly name: string;
  readonly about: string;
  /** What its value is called; null where it takes none. */
  readonly value: string | null;
  /** The values that there are; `file` for names of files; null where they are not known. */
  readonly values: readonly string[] | 'file' | null;
  /** Several values with commas between them. */
  readonly list: boolean;
}

interface Section {
  readonly name: string;
  readonly about: string;
  /** What stands without an option: words, or null where nothing is known of it. */
  readonly words: readonly string[] | null;
  readonly options: readonly Choice[];
}

const help = (name: string): Choice => ({ name, about: 'Show help', value: null, values: null, list: false });

function choicesOf([name, row]: [string, OptionRow<unknown>]): Choice[] {
  const { alias, about, kind, values, repeatable = false } = row;
  const [, value, text] = kind === 'text' ? /^([A-Z]+): (.*)$/.exec(about)! : [null, null, about] as const;
  const rest = { about: text!, value: value ?? null, values: values ?? null, list: repeatable };
  return [...(alias === undefined ? [] : [{ name: `-${alias}`, ...rest }]), { name: `--${name}`, ...rest }];
}

const sectionOf = (command: CommandName): Section => ({
  name: command,
  about: commandRows[command].about,
  words: takesDisks(command) ? null : [],
  options: [
    ...optionRows.filter(([, { commands }]) => commands.includes(command)).flatMap(choicesOf), help('-h'), help('--help'),
  ],
});

const sections: readonly Section[] = [
  ...commandNames.map(sectionOf),
  { name: 'map', about: mapUsage.about, words: [], options: [
    ...mapOptions.map(({ name, about, value, values }): Choice => ({
      name: `--${name}`, about: about.replace(/^[A-Z]+: /, ''), value, values, list: false,
    })), help('-h'), help('--help')] },
  { name: 'completion', about: completionUsage.about, words: shells, options: [help('-h'), help('--help')] },
];
const version: Choice = { ...help('--version'), about: 'Show version number' };
const atStart: readonly Choice[] = [help('-h'), help('--help'), version];

/** The script, with LF at its line ends: PowerShell on Windows takes these, too. */
export function completionScript(shell: Shell): string {
  return { powershell, bash, zsh }[shell]();
}

const lines = (...all: readonly (string | readonly string[])[]): string => `${all.flat().join('\n')}\n`;
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

function powershell(): string {
  const texts = (all: Choice['values']): string => (Array.isArray(all) ? all.map(quoted).join(', ') : '');
  const row = ({ name, about, value, values, list }: Choice): string =>
    `            @{ Name = ${quoted(name)}; About = ${quoted(about)}; Takes = $${value !== null}; `
    + `Values = @(${texts(values)}); List = $${list} }`;
  const section = ({ name, about, words, options }: Section): readonly string[] => [
    `        ${quoted(name)} = @{ About = ${quoted(about)}; Words = @(${texts(words)}); Options = @(`,
    options.map(row).join(',\n'), '        ) }'];
  return lines(
    '# Completion of storage-release in PowerShell. It offers what the help says, and starts no program.',
    "Register-ArgumentCompleter -Native -CommandName 'storage-release', 'storage-release.exe' -ScriptBlock {",
    '    param($WordToComplete, $CommandAst, $CursorPosition)',
    '    $sections = [ordered]@{', sections.flatMap(section), '    }',
    '    $atStart = @(', atStart.map(row).join(',\n'), '    )',
    `    $before = @(foreach ($element in $CommandAst.CommandElements) {
            if ($element.Extent.EndOffset -lt $CursorPosition) { $element.Extent.Text }
        })
    $word = [string]$WordToComplete
    if (-not $word) {
        # Windows PowerShell does not hand on a word that begins with a dash.
        $count = $CommandAst.CommandElements.Count
        $last = $CommandAst.CommandElements[$count - 1].Extent
        if ($last.EndOffset -eq $CursorPosition -and $count -gt 1) { $word = $last.Text }
    }
    $offer = {
        param($Text, $About, $Type)
        if ($Text.StartsWith($word, [System.StringComparison]::OrdinalIgnoreCase)) {
            [System.Management.Automation.CompletionResult]::new($Text, $Text, $Type, $About)
        }
    }
    $command = $null
    for ($i = 1; $i -lt $before.Count; $i++) { if ($sections.Contains($before[$i])) { $command = $before[$i]; break } }
    if ($null -eq $command) {
        foreach ($name in $sections.Keys) { & $offer $name $sections[$name].About 'ParameterValue' }
        foreach ($option in $atStart) { & $offer $option.Name $option.About 'ParameterName' }
        return
    }
    $section = $sections[$command]
    $name = $before[$before.Count - 1]
    $head = ''
    if ($word -match '^(--[a-z-]+)=') {
        $name = $Matches[1]
        $head = $Matches[0]
    }
    foreach ($option in $section.Options) {
        if (-not $option.Takes -or $option.Name -cne $name) { continue }
        $comma = $word.LastIndexOf(',')
        if ($option.List -and $comma -ge $head.Length) { $head = $word.Substring(0, $comma + 1) }
        foreach ($value in $option.Values) { & $offer ($head + $value) $option.About 'ParameterValue' }
        return
    }
    foreach ($value in $section.Words) { & $offer $value $section.About 'ParameterValue' }
    foreach ($option in $section.Options) { & $offer $option.Name $option.About 'ParameterName' }
}`);
}

function bash(): string {
  const values = sections.flatMap(({ name: command, options }) => options.filter(({ value }) => value !== null)
    .map(({ name, values: known, list }) => [`${command}:${name}`, known, list] as const));
  const cases = values.map(([at, known, list]) => {
    const what = known === 'file' ? 'files' : known === null ? 'nothing' : `words ${list} ${quoted(known.join(' '))}`;
    return `    ${at}) _storage_release_${what}; return;;`;
  });
  const names = sections.map(({ name }) => name);
  return lines(
    '# Completion of storage-release in bash. It offers what the help says, and starts no program.',
    `_storage_release_nothing() { :; }
_storage_release_files() {
  compopt -o filenames 2> /dev/null
  local line
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$cur")
}
_storage_release_words() {
  local head= part=$cur word
  if [[ $1 == true && $cur == *,* ]]; then head=\${cur%,*},; part=\${cur##*,}; fi
  for word in $2; do
    if [[ \${word,,} == "\${part,,}"* ]]; then COMPREPLY+=("$head$word"); fi
  done
}
_storage_release() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev= command= at
  local IFS=$' \\t\\n'
  COMPREPLY=()
  if ((COMP_CWORD > 0)); then prev=\${COMP_WORDS[COMP_CWORD - 1]}; fi
  # Where = stands between words, it is one.
  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  for ((at = 1; at < COMP_CWORD; at++)); do
    case \${COMP_WORDS[at]} in
      ${names.join('|')}) command=\${COMP_WORDS[at]}; break;;
    esac
  done
  case $command:$prev in`,
    cases, '  esac', '  case $command in',
    sections.map(({ name, words, options }) => {
      const all = [...(words ?? []), ...options.map((one) => one.name)];
      return `    ${name}) _storage_release_words false ${quoted(all.join(' '))};;`;
    }),
    `    *) _storage_release_words false ${quoted([...names, ...atStart.map(({ name }) => name)].join(' '))};;`,
    '  esac', '}', 'complete -F _storage_release storage-release');
}

function zsh(): string {
  // In an argument of _arguments: no bracket and no colon of ours may be taken for one of its own.
  const plain = (text: string): string =>
    text.replaceAll(/[[\]\\]/g, '').replaceAll("'", "'\\''").replaceAll(':', '\\:');
  const spec = ({ name, about, value, values, list }: Choice): string => {
    const star = list ? '*' : '';
    if (value === null) return `'${star}${name}[${plain(about)}]'`;
    const words = Array.isArray(values) ? values.join(' ') : '';
    const action = values === 'file' ? '_files' : values === null ? ' ' : list ? `_values -s , ${value} ${words}` : `(${words})`;
    return `'${star}${name}${name.startsWith('--') ? '=' : ''}[${plain(about)}]:${value}:${action}'`;
  };
  return lines(
    '#compdef storage-release',
    '# Completion of storage-release in zsh. It offers what the help says, and starts no program.',
    '_storage_release() {', '  local -a commands', '  commands=(',
    sections.map(({ name, about }) => `    '${name}:${plain(about)}'`), '  )',
    '  if (( CURRENT == 2 )); then', "    _describe -t commands command commands",
    `    _arguments ${atStart.map(spec).join(' ')}`, '    return', '  fi', '  case $words[2] in',
    sections.flatMap(({ name, words, options }) => {
      const rest = words === null ? ["'*:disk:( )'"] : words.length > 0 ? [`'1:shell:(${words.join(' ')})'`] : [];
      return [`    ${name})`, '      shift words', '      (( CURRENT-- ))',
        `      _arguments -s ${[...options.map(spec), ...rest].join(' \\\n        ')}`, '      ;;'];
    }),
    '  esac', '}',
    'if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _storage_release "$@"',
    'else compdef _storage_release storage-release; fi');
}
