// The shape of our lines, as one regular expression. The PowerShell module matches a line before it calls
// [PSSerializer]::Deserialize: a CLIXML document can have types rebuilt, or end the whole process, and nothing of that sort
// matches this shape.
//
// Only what JavaScript and .NET read in the same way: no \d, \s or $ (which mean more in .NET) and no flags. The
// next character always decides the branch, and every loop consumes a character, so a hostile line takes no more steps
// than it has characters. No single quote either, because the expression is put into a PowerShell literal.

const escape = '_x[0-9A-F]{4}_';
const entity = '&(?:amp|lt|gt|quot);';
/** 20-7E without " & < > and _, which stand for themselves. */
const plain = '[ !#-%\\x27-;=?-^`-~]';
const text = `${plain}*(?:(?:${escape}|_(?![xX])|${entity})${plain}*)*`;

const two = '[0-9]{2}';
const double = '-?(?:[0-9]{1,21}(?:\\.[0-9]{1,25})?(?:e[+-][0-9]{1,3})?|INF)|NaN';
const dateTime = `[0-9]{4}-${two}-${two}T${two}:${two}:${two}\\.[0-9]{7}Z`;

/** Tags and what they hold. */
const scalars: readonly (readonly [tag: string, content: string])[] = [
  ['S', text],
  ['U32', '[0-9]{1,10}'],
  ['I32', '-?[0-9]{1,10}'],
  ['U64', '[0-9]{1,20}'],
  ['I64', '-?[0-9]{1,19}'],
  ['Db', `(?:${double})`],
  ['B', '(?:true|false)'],
  ['DT', dateTime],
];

const elements = (name: string) =>
  [...scalars.map(([tag, content]) => `${tag}${name}>${content}</${tag}>`), `Nil${name}/>`].join('|');

const named = ' N="[A-Za-z][A-Za-z0-9]{0,63}"';
const object = `Obj><MS>(?:<(?:${elements(named)}))*</MS></Obj>`;

/**
 * Source text of the expression, anchored at both ends. Matches what clixmlLine writes: scalars, and objects of
 * named scalars one level deep. Check the length of a line first: no more than longestClixmlLine characters.
 */
export const clixmlShape = '^<Objs Version="1\\.1\\.0\\.1" '
  + 'xmlns="http://schemas\\.microsoft\\.com/powershell/2004/04">'
  + `(?:<(?:${elements('')}|${object}))*</Objs>(?![\\s\\S])`;
