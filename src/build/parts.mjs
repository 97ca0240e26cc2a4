// The program in parts, so that a start reads no more than it needs: V8 takes 1 ms to look through 70 KB of source.
// What src/ loads by `import()` becomes a part, and so does what several of them share. esbuild splits only ES modules,
// and a single executable runs CommonJS; what esbuild writes between its parts is of so few forms that they are
// changed here, each into what costs least at the start.

import { build, transform } from 'esbuild';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Node's modules that are there before any program is. */
const atHand = new Set(['buffer', 'fs', 'path', 'process', 'url', 'util']);

/** Stands before main. The other parts are assets of the executable; plain Node, in tests, finds them beside it. */
const loader = `'use strict';
{
  const fromNode = require;
  const { getRawAsset, isSea } = fromNode('node:sea');
  const { compileFunction } = fromNode('node:vm');
  const loaded = new Map();
  const fromAsset = (name) => {
    let part = loaded.get(name);
    if (part === undefined) {
      loaded.set(name, part = { exports: {} });
      const text = Buffer.from(getRawAsset(name)).latin1Slice();
      compileFunction(text, ['exports', 'require', 'module'], { filename: name })(part.exports, require, part);
    }
    return part.exports;
  };
  const isPart = (name) => name.startsWith('./');
  require = isSea() ? (name) => (isPart(name) ? fromAsset(name.slice(2)) : fromNode(name))
    : (name) => fromNode(isPart(name) ? \`./parts/\${name.slice(2)}\` : name);
}
`;

/** What yargs asks of its surroundings: see there. */
const yargsShim = {
  name: 'yargs-shim',
  setup({ initialOptions, onResolve }) {
    onResolve({ filter: /\/platform-shims\/esm\.mjs$/ }, () => ({
      path: join(initialOptions.absWorkingDir, 'src/cli/yargs-shim.ts'),
    }));
  },
};

/** Short names in what is not ours: V8 reads yargs, half of the command line, in a quarter less time. */
const shortNames = {
  name: 'short-names',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]node_modules[\\/].*\.m?js$/ }, async ({ path }) => ({
      contents: (await transform(readFileSync(path, 'utf8'), { minify: true, format: 'esm', legalComments: 'none' })).code,
    }));
  },
};

/** A text that JSON.parse reads is there sooner than the same as source. */
const jsonAsText = {
  name: 'json-as-text',
  setup({ onLoad }) {
    onLoad({ filter: /\.json$/ }, ({ path }) => ({
      contents: `export default JSON.parse(${JSON.stringify(JSON.stringify(JSON.parse(readFileSync(path, 'utf8'))))});`,
    }));
  },
};

/**
 * Bundles a program into scripts that load each other with `require`.
 *
 * @param options esbuild's: entryPoints (one), define, alias and what else decides what is in it
 * @returns `{ metafile, main, parts }`: `main` is the text of the first script, `parts` maps names of the others to texts
 */
export async function bundleParts(options) {
  const { outputFiles, metafile } = await build({
    ...options,
    bundle: true,
    platform: 'node',
    format: 'esm',
    splitting: true,
    minifySyntax: true,
    legalComments: 'none',
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    entryNames: 'main',
    chunkNames: '[name]-[hash]',
    write: false,
    metafile: true,
    plugins: [yargsShim, shortNames, jsonAsText],
    // What yargs would find files with that extend a configuration; there is no configuration.
    define: { ...options.define, 'import.meta.resolve': 'undefined' },
  });
  refuseCircles(metafile);
  const scripts = outputFiles.map(({ path, text }) => [basename(path), commonJs(text, basename(path))]);
  const { 'main.cjs': main, ...parts } = Object.fromEntries(scripts.sort(([a], [b]) => (a < b ? -1 : 1)));
  return { metafile, main: loader + main, parts };
}

/** Parts that need each other at load would find each other empty. */
function refuseCircles({ outputs }) {
  const done = new Set();
  const walk = (name, way) => {
    if (way.includes(name)) throw new Error(`Parts load each other: ${[...way, name].join(', ')}`);
    if (done.has(name)) return;
    for (const { path, kind, external } of outputs[name].imports) {
      if (!external && kind === 'import-statement') walk(path, [...way, name]);
    }
    done.add(name);
  };
  for (const name of Object.keys(outputs)) walk(name, []);
}

/** One of esbuild's ES modules as CommonJS. Throws for a form that it does not know. */
function commonJs(text, name) {
  const changed = text
    .replace(/^import (?:([\w$]+|\* as [\w$]+)|\{([^}]*)\}) from "([^"]+)";$/gm, (_, whole, names, module) => (
      whole === undefined ? named(names, module) : `const ${whole.replace('* as ', '')} = require("${module}");`))
    .replace(/^import "([^"]+)";$/gm, 'require("$1");')
    .replace(/^export \{([^}]*)\};$/gm, (_, names) => `module.exports = {${renamed(names, (its, called) => [called, its])}};`)
    .replace(/\bimport\("(\.\/[^"]+)"\)/g, 'Promise.resolve().then(() => require("$1"))');
  const left = /^(?:import|export)\b.*|\bimport\s*[(.].*/m.exec(changed.replace(/^\s*(?:\/\/|\*).*$/gm, ''));
  if (left !== null) throw new Error(`${name} has what src/build/parts.mjs does not know: ${left[0]}`);
  // It is taken out of the executable as bytes that are characters.
  if (/[^\t\n\r -~]/.test(changed)) throw new Error(`${name} is not ASCII`);
  return `'use strict';\n${changed}`;
}

/** A list of names with `as` as one of an object. */
function renamed(names, order) {
  return names.split(',').map((each) => {
    const [its, called = its] = each.trim().split(' as ');
    const [left, right] = order(its, called);
    return left === right ? left : `${left}: ${right}`;
  }).join(', ');
}

/**
 * Modules of Node's that are not there yet are loaded by the first call of one of their functions (nothing else is
 * taken of them): node:crypto alone takes 3 ms, and most runs need none.
 */
function named(names, module) {
  const own = module.replace(/^node:/, '');
  if (module.startsWith('./') || atHand.has(own)) {
    return `const { ${renamed(names, (its, called) => [its, called])} } = require("${module}");`;
  }
  return names.split(',').map((each) => {
    const [its, called = its] = each.trim().split(' as ');
    return `const ${called} = (...given) => require("${module}").${its}(...given);`;
  }).join('\n');
}
