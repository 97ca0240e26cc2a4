// Runs in node.exe in the Windows lab: the worker's core on the Windows bus, and C loops over the same disks, in
// turn. One line of JSON per round, all in microseconds a disk. Started by lab.mjs.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { openWindowsBus } from '../../src/bus/windows/windows-bus.ts';
import { systemClock } from '../../src/clock.ts';
import { Worker } from '../../src/worker/worker.ts';

// As main.ts does, and as early.
process.env.UV_THREADPOOL_SIZE = '128';

const { values } = parseArgs({
  options: {
    koffi: { type: 'string', default: '' }, loop: { type: 'string', default: '' },
    disks: { type: 'string', default: '1000' }, rounds: { type: 'string', default: '5' },
    throttle: { type: 'string', default: '32' },
  },
});
/** The driver's plain disks. */
const first = 32;
const units = 64;
const count = Number(values.disks);

let left = 0;
let wrong = 0;
let done = () => {};
const koffiHash = createHash('sha256').update(readFileSync(values.koffi)).digest('hex');
const opener = {
  windows: async () => openWindowsBus({ clock: systemClock, koffiPath: values.koffi, koffiHash }),
  rehearsal: () => Promise.reject(new Error('no rehearsal here')),
};
const worker = new Worker(systemClock, opener, (line) => {
  if (!line.includes('>Accepted<')) wrong += 1;
  if (--left === 0) done();
});

async function core(group: number): Promise<number> {
  const ended = new Promise<void>((resolve) => { done = resolve; });
  left = count;
  const started = performance.now();
  for (let i = 0; i < count; i++) {
    worker.take(`id=${i + 1}&verb=release&number=${first + i % units}&group=${group}&throttle=${values.throttle}`);
  }
  await ended;
  return (performance.now() - started) * 1000 / count;
}

function loop(kind: 'bare' | 'whole'): number {
  const ran = spawnSync(values.loop, [kind, String(first), String(units), String(count)], { encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`${values.loop} ${kind}: ${ran.status} ${ran.stderr}`);
  return Number(ran.stdout);
}

// The first round warms up and is not told.
for (let round = 0; round <= Number(values.rounds); round++) {
  const bare = loop('bare');
  const mine = await core(round);
  const whole = loop('whole');
  if (wrong > 0) throw new Error(`${wrong} disks were not accepted`);
  if (round > 0) console.log(JSON.stringify({ core: mine, bare, whole }));
}
process.exit(0);
