// Variables that Node reads before any option or line of ours could keep it from doing so.
//
// NODE_COMPILE_CACHE names a folder that compiled code is taken from instead of the program's own: V8 looks at a
// checksum and at the length of the source, and runs what it finds there. An environment that anybody may write
// (that of a user who then confirms an elevation is one) would choose what an elevated program does. There is no
// option against it: https://nodejs.org/api/module.html#module-compile-cache
// NODE_REPL_EXTERNAL_MODULE ends a single executable with an error. NODE_ICU_DATA and ICU_TIMEZONE_FILES_DIR name
// files that a parser of binary data reads. NODE_DEBUG_NATIVE floods stderr.
export const unheard = [
  'NODE_COMPILE_CACHE', 'NODE_REPL_EXTERNAL_MODULE', 'NODE_ICU_DATA', 'ICU_TIMEZONE_FILES_DIR',
  'NODE_DEBUG_NATIVE',
];

/** A copy of an executable in which these names have `=` for `_`, so that no variable can have them. */
export function withoutVariables(bytes, names) {
  const copy = Buffer.from(bytes);
  for (const name of names) {
    const places = [];
    const text = Buffer.from(`\0${name}\0`, 'latin1');
    for (let at = copy.indexOf(text); at >= 0; at = copy.indexOf(text, at + 1)) {
      // A string of V8's snapshot stands behind its length; it is what scripts see, and guarded by a checksum.
      if (copy.readUInt32LE(at - 3) !== name.length) places.push(at + 1);
    }
    if (places.length !== 1) throw new Error(`${name} stands ${places.length} times in Node's executable, not once`);
    copy.write(name.replaceAll('_', '='), places[0], 'latin1');
  }
  return copy;
}
