// The floors of src/, as docs/architecture.md lists them: a file imports from its own folder and from floors below,
// and no imports close a circle. Imports of types count.

import { posix } from 'node:path';

/** From top to bottom; the paths of one floor do not know each other. */
export type Floors = readonly (readonly string[])[];

/** The rows of a Markdown table that begin with paths of src/. */
export function floorsIn(markdown: string): Floors {
  return [...markdown.matchAll(/^\| (`src\/[^|]*`) \|/gm)]
    .map(([, cell]) => [...cell!.matchAll(/`([^`]+)`/g)].map(([, path]) => path!));
}

/** Files that a source imports: with `import`, `export ... from`, `import()`, of values and of types. */
export function importsOf(file: string, source: string): string[] {
  const paths = [...source.matchAll(/\b(?:from|import)\s*\(?\s*(['"])(\.{1,2}\/[^'"]+)\1/g)];
  return [...new Set(paths.map(([, , path]) => posix.join(posix.dirname(file), path!)))];
}

/** A sentence for each import that must not be, and for each path that is wrong. `files`: what each imports. */
export function findings(floors: Floors, files: ReadonlyMap<string, readonly string[]>): string[] {
  const paths = floors.flatMap((floor, level) => floor.map((path) => ({ path, level })));
  const placeOf = (file: string) => paths
    .filter(({ path }) => file === path || file.startsWith(`${path}/`))
    .sort((a, b) => b.path.length - a.path.length)[0];
  const found: string[] = [];
  const taken = new Set([...files.keys()].map((file) => placeOf(file)?.path));
  for (const { path } of paths) if (!taken.has(path)) found.push(`${path} is a floor without files.`);
  for (const [file, imports] of files) {
    const own = placeOf(file);
    if (own === undefined) found.push(`${file} stands on no floor.`);
    for (const imported of imports.filter((each) => each.startsWith('src/'))) {
      const its = placeOf(imported);
      if (!files.has(imported)) found.push(`${file} imports ${imported}, which does not exist.`);
      else if (own !== undefined && its !== undefined && own.path !== its.path && own.level >= its.level) {
        const stands = own.level > its.level ? 'stands below' : 'stands beside';
        found.push(`${file} imports ${imported}: ${own.path} ${stands} ${its.path}.`);
      }
    }
  }
  // A circle through several floors has an import that runs up, which has been told.
  const within = [...files].map(([file, imports]) =>
    [file, imports.filter((each) => placeOf(each)?.path === placeOf(file)?.path)] as const);
  return [...found, ...circles(new Map(within))];
}

function circles(files: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (file: string, way: readonly string[]): void => {
    const at = way.indexOf(file);
    if (at >= 0) {
      found.push(`${way.at(-1)} imports ${file}, which closes a circle: ${[...way.slice(at), file].join(', ')}.`);
    }
    if (at >= 0 || done.has(file)) return;
    for (const imported of files.get(file) ?? []) walk(imported, [...way, file]);
    done.add(file);
  };
  for (const file of files.keys()) walk(file, []);
  return found;
}
