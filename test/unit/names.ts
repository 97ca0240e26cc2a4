/** What every object of JavaScript answers to, and what else is no ordinary key. */
export const namesOfObjects: readonly string[] = [
  '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__', 'toJSON', 'then',
  'length', '0', '-0', '4294967295', 'null', 'undefined', 'NaN',
];
