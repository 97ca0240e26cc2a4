// Runs the Windows bus in the lab and prints what it said: node test/lab/bus-smoke.mjs [step ...]
// Exit code 0: every check held. Node for Windows and koffi's addon for it are those of the build, or fetched
// once, to the lab's cache.

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { openLab } from './lab.mjs';
import { putNode, putProgram, shippedFlags } from './windows-node.mjs';

const lab = await openLab({ log: text => console.error(text) });
let failed = false;
try {
  const files = putNode(lab);
  writeFileSync(path.join(lab.dir, 'koffi.bad'), readFileSync(files.koffi).fill(0, 4096, 4097));
  const program = await putProgram(lab, 'test/lab/bus-probe.ts');

  const probe = async (steps, timeoutMs) => {
    const ran = await lab.exe('node.exe', [...shippedFlags, program, '--koffi', 'Z:\\lab\\koffi.node',
      ...steps.flatMap(step => ['--step', step])], { timeoutMs });
    process.stdout.write(ran.stdout);
    if (ran.stderr) console.error(ran.stderr);
    return ran;
  };

  const steps = process.argv.slice(2);
  const plain = steps.filter(step => !/exit/i.test(step));
  if (plain.length > 0 || steps.length === 0) {
    const all = await probe(plain, 100_000);
    failed = all.code !== 0 || all.timedOut || !/^\{"failures":\[\]\}$/m.test(all.stdout);
    if (failed) console.error(`code ${all.code}${all.timedOut ? ', timed out' : ''}`);
  }
  for (const [step, code] of [['cleanExit', 42], ['plainExit', 42], ['exit', 43]]) {
    if (steps.length > 0 && !steps.includes(step)) continue;
    const ended = await probe([step], 20_000);
    const { stdout, stderr, ...how } = ended;
    console.log(JSON.stringify({ step: `${step} ended`, ...how }));
    if (ended.code !== code || ended.timedOut) failed = true;
  }
} finally {
  await lab.close();
}
process.exitCode = failed ? 1 : 0;
