// A program of the bench, from its start to the first that it writes to stdout.

import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';

/** Milliseconds. It is ended then, and seen off before the next begins. */
export function firstAnswer(path, words, input = '') {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(path, words, { stdio: ['pipe', 'pipe', 'ignore'] });
    let ms;
    child.once('error', reject);
    child.stdin.on('error', () => {});
    child.stdout.once('data', () => {
      ms = performance.now() - started;
      child.kill('SIGKILL');
    });
    child.once('close', () => (ms === undefined ? reject(new Error(`${path} ${words.join(' ')} said nothing`)) : resolve(ms)));
    if (input) child.stdin.write(input);
  });
}
