// Validates by the part of JSON Schema that our own schema uses. The schema is interpreted, so that this also runs where
// generating code is forbidden; and it is the same schema that editors use.

export interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly examples?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly propertyNames?: Schema;
  readonly additionalProperties?: boolean | Schema;
}

/** A place in the document (JSON pointer, '' for the whole) and a sentence that goes after it. */
export interface Finding {
  readonly at: string;
  readonly problem: string;
}

export type Place = readonly (string | number)[];

/** JSON pointer, RFC 6901. */
export function pointer(place: Place): string {
  return place.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

const kinds: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
  array: Array.isArray,
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

const show = (value: unknown) => {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};

function range({ minimum, maximum }: Schema): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` of at least ${minimum}`;
  return maximum === undefined ? '' : ` of at most ${maximum}`;
}

/** The expected value in words: "a whole number from 0 to 9", "text like "0x1"". */
function wanted(schema: Schema): string {
  if ('const' in schema) return show(schema.const);
  if (schema.enum !== undefined) return `one of ${schema.enum.map((each) => JSON.stringify(each)).join(', ')}`;
  const words: Readonly<Record<string, string>> = {
    string: schema.examples === undefined ? 'text' : `text like ${JSON.stringify(schema.examples[0])}`,
    integer: `a whole number${range(schema)}`,
    boolean: 'true or false',
    null: 'null',
    array: schema.minItems === undefined ? 'a list' : `a list of at least ${schema.minItems}`,
    object: 'an object',
  };
  return [schema.type].flat().map((type) => words[type ?? ''] ?? 'something else').join(' or ');
}

function fits(schema: Schema, value: unknown): boolean {
  if ('const' in schema) return value === schema.const;
  if (schema.enum !== undefined) return schema.enum.includes(value);
  const { type, pattern, minimum = -Infinity, maximum = Infinity } = schema;
  if (type !== undefined && ![type].flat().some((each) => kinds[each]?.(value) === true)) return false;
  if (typeof value === 'string') return pattern === undefined || new RegExp(pattern, 'u').test(value);
  if (typeof value === 'number') return value >= minimum && value <= maximum;
  return !Array.isArray(value) || value.length >= (schema.minItems ?? 0);
}

/** The first error in a value, in document order, or null. Throws Error for a $ref without a target. */
export function firstFinding(root: Schema, value: unknown): Finding | null {
  const resolved = (schema: Schema): Schema => {
    if (schema.$ref === undefined) return schema;
    const target = root.$defs?.[schema.$ref.replace('#/$defs/', '')];
    if (target === undefined) throw new Error(`the schema has no ${schema.$ref}`);
    return resolved(target);
  };
  const visit = (unresolved: Schema, at: unknown, place: Place): Finding | null => {
    const schema = resolved(unresolved);
    const found = (problem: string, where: Place = place) => ({ at: pointer(where), problem });
    if (!fits(schema, at)) return found(`must be ${wanted(schema)}, not ${show(at)}`);
    if (Array.isArray(at)) {
      for (const [index, item] of at.entries()) {
        const finding = schema.items === undefined ? null : visit(schema.items, item, [...place, index]);
        if (finding !== null) return finding;
      }
      return null;
    }
    if (typeof at !== 'object' || at === null) return null;
    const { properties = {}, propertyNames = {}, additionalProperties = true } = schema;
    const naming = resolved(propertyNames);
    for (const [name, item] of Object.entries(at)) {
      if (!fits(naming, name)) return found(`must be ${wanted(naming)} as its name, not ${show(name)}`, [...place, name]);
      const known = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
      if (known === false) {
        return found(`is not known here; known are ${Object.keys(properties).join(', ')}`, [...place, name]);
      }
      const finding = typeof known === 'object' ? visit(known, item, [...place, name]) : null;
      if (finding !== null) return finding;
    }
    const missing = schema.required?.find((name) => !Object.hasOwn(at, name));
    return missing === undefined ? null : found(`must have the property ${missing}`);
  };
  return visit(root, value, []);
}
