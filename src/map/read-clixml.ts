// Reads the part of CLIXML that results need, as Export-Clixml and --output clixml write it: objects with properties,
// lists, and scalars. It gives only plain values as in JSON; type names have no effect.
// https://learn.microsoft.com/openspecs/windows_protocols/ms-psrp/ (2.2.5, serialization)

/** A text that is not CLIXML. The message follows its name. */
export class ClixmlProblem extends Error {
  override name = 'ClixmlProblem';
}

/** Whether a text says that it is CLIXML. */
export const isClixml = (text: string): boolean => /^\s*(?:#< CLIXML\s+)?(?:<\?xml [^>]*>\s*)?<Objs[\s>]/.test(text);

/** The number of the line that has this character. */
export const lineAt = (text: string, at: number): number => text.slice(0, at).split('\n').length;

type Fields = Record<string, unknown>;

interface Element {
  readonly tag: string;
  /** Name of the property that it is. */
  readonly name: string | null;
  readonly ref: string | null;
  text: string;
  /** The values of its elements without a name. */
  items: unknown[] | null;
  fields: Fields | null;
}

/** Without a prototype, a property may have any name. */
const fieldsOf = (element: Element): Fields => (element.fields ??= Object.create(null) as Fields);

const token = /<(\/?)([A-Za-z0-9]+)((?:\s+[A-Za-z:]+="[^"<]*")*)\s*(\/?)>|<\?xml [^>]*\?>|([^<]+)/y;
/** What PowerShell writes before objects on a pipe. It cannot be part of a text, where `<` is escaped. */
const header = /^\uFEFF?#< CLIXML\r?$/gm;
const attribute = /([A-Za-z:]+)="([^"]*)"/g;
const deepest = 50;

const numbers = new Set(['By', 'SB', 'I16', 'U16', 'I32', 'U32', 'I64', 'U64', 'Sg', 'Db', 'D']);
const texts = new Set(['S', 'DT', 'TS', 'G', 'URI', 'Version', 'C', 'SBK', 'XD']);
const lists = new Set(['LST', 'IE', 'STK', 'QUE']);
/** The properties in these belong to the object around them. */
const members = new Set(['Props', 'MS']);

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function unescaped(text: string): string {
  const plain = !text.includes('&') ? text : text.replace(/&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|([a-z]+));/g,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return entities[name] ?? whole;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    });
  return !plain.includes('_x') ? plain : plain.replace(/_x([0-9A-Fa-f]{4})_/g,
    (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/**
 * The objects of all documents in a text.
 *
 * @throws ClixmlProblem
 */
export function readClixml(source: string): unknown[] {
  const text = source.replace(header, '');
  const found: unknown[] = [];
  const refs = new Map<string, unknown>();
  const open: Element[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const at = token.lastIndex;
    const [whole, closing, tag, attributes, empty, between] = token.exec(text) ?? [];
    if (whole === undefined) throw new ClixmlProblem(`is not CLIXML: at line ${lineAt(text, at)}`);
    const top = open.at(-1);
    if (between !== undefined) {
      if (top !== undefined) top.text += between;
      else if (between.trim() !== '') throw new ClixmlProblem(`is not CLIXML: at line ${lineAt(text, at)}`);
    } else if (closing === '/') {
      if (top === undefined || top.tag !== tag) throw new ClixmlProblem(`is not CLIXML: </${tag!}> at line ${lineAt(text, at)}`);
      open.pop();
      close(top, open.at(-1), found, refs);
    } else if (tag !== undefined) {
      const element = begin(tag, attributes!);
      // Each document numbers its references anew.
      if (tag === 'Objs') refs.clear();
      if (top === undefined && tag !== 'Objs') throw new ClixmlProblem(`is not CLIXML: <${tag}> at line ${lineAt(text, at)}`);
      if (empty === '/') close(element, top, found, refs);
      else if (open.push(element) > deepest) throw new ClixmlProblem(`is nested more than ${deepest} deep`);
    }
  }
  if (open.length > 0) throw new ClixmlProblem('is not CLIXML: it ends early');
  return found;
}

function begin(tag: string, attributes: string): Element {
  let name: string | null = null;
  let ref: string | null = null;
  for (const [, key, value] of attributes.matchAll(attribute)) {
    if (key === 'N') name = unescaped(value!);
    else if (key === 'RefId') ref = value!;
  }
  return { tag, name, ref, text: '', items: null, fields: null };
}

function close(element: Element, around: Element | undefined, found: unknown[], refs: Map<string, unknown>): void {
  const { tag } = element;
  if (tag === 'Objs') {
    for (const item of element.items ?? []) found.push(item);
    return;
  }
  if (around === undefined) return;
  if (members.has(tag)) {
    Object.assign(fieldsOf(around), element.fields);
    return;
  }
  const value = valueOf(element, refs);
  if (value === undefined) return;
  if (tag === 'Obj' && element.ref !== null) refs.set(element.ref, value);
  if (element.name === null) (around.items ??= []).push(value);
  else fieldsOf(around)[element.name] = value;
}

/** Undefined for elements without a value: type names, and the text form of an object. */
function valueOf({ tag, ref, text, items, fields }: Element, refs: ReadonlyMap<string, unknown>): unknown {
  if (texts.has(tag)) return unescaped(text);
  if (numbers.has(tag)) return Number(text);
  if (lists.has(tag)) return items ?? [];
  switch (tag) {
    case 'B': return text === 'true';
    case 'Nil': return null;
    case 'Ref': return refs.get(ref ?? '') ?? null;
    // A list, or a scalar with added members, has its value as the first item.
    case 'Obj': return items === null ? fields : items[0];
    default: return undefined;
  }
}
