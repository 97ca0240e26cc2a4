// The compiled code of Node's own modules that Node's executable has in it.
//
// V8 takes compiled code only in a process with the flags that it was made with: each piece has a hash of them in its
// head. --disallow-code-generation-from-strings is one that Node's build did not have, so that every start would compile
// all that it uses of Node anew: 4 of 23 ms. What the flag forbids is decided when such a call is made, and has no part
// in what V8 compiles, so the build writes the hash of our flags into these heads. Of anything else that V8 compares
// (its version, its snapshot, the length and checksum of the code) nothing is changed. Where the hash is wrong V8
// compiles, as before. docs/decisions/0019-the-code-that-node-has-compiled.md

import { execFileSync } from 'node:child_process';

/** Words of 32 bits in a head: magic number, version, source, flags. See SerializedCodeData in V8's code-serializer.h. */
const headLength = 16;
const flagsAt = 12;

const print = "process.stdout.write(new (require('node:vm').Script)('').createCachedData().subarray(0, 16))";

/** The head that a Node gives to compiled code when it is run with these options. */
function headWith(node, options) {
  const head = execFileSync(node, [...options, '-e', print]);
  if (head.length !== headLength) throw new Error(`${node} has compiled code of an unknown kind`);
  return head;
}

/**
 * A copy of an executable of Node, for whatever system, whose compiled code is good for a process with these options.
 * Throws where some of it is of another version or has other flags than a Node without options.
 *
 * @param node the Node of the same version that can be run here
 * @param bytes the executable; that for Windows on Arm has no compiled code, and stays as it is
 */
export function withCodeFor(bytes, node, options) {
  return withFlags(bytes, headWith(node, []), headWith(node, options));
}

/** The same by the heads of two pieces of code that differ in their flags alone. */
export function withFlags(bytes, from, to) {
  const rest = (head) => Buffer.concat([head.subarray(0, flagsAt), head.subarray(flagsAt + 4)]);
  if (!rest(from).equals(rest(to))) throw new Error('the heads of compiled code differ in more than their flags');
  const copy = Buffer.from(bytes);
  const start = from.subarray(0, 8);
  for (let at = copy.indexOf(start); at >= 0; at = copy.indexOf(start, at + 1)) {
    const flags = copy.subarray(at + flagsAt, at + headLength);
    if (!flags.equals(from.subarray(flagsAt))) throw new Error('Node has compiled code that was made with other flags');
    to.copy(flags, 0, flagsAt);
  }
  return copy;
}
