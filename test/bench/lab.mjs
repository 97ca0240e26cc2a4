// The rows of `npm run bench -- --lab`: the core on the Windows bus under Wine, and C loops over the same disks.

import { openLab, whyNoLab } from '../lab/lab.mjs';
import { putHelper, putNode, putProgram, shippedFlags } from '../lab/windows-node.mjs';

/** Short rounds and many: what else the machine does meets all of a round's measurements alike. */
const disks = 256;
const rounds = 25;

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const rounded = (value) => Number(value.toPrecision(3));

/**
 * Measures in one Wine, warm, things of one round right after each other.
 *
 * @param {(text: string) => void} [log]
 * @returns {Promise<object[]>} rows as `row` of table.mjs makes them, with `ratios`, one per round, and a `note`
 */
export async function labRows(log = () => {}) {
  if (whyNoLab()) throw new Error(`No Windows lab on this machine: it ${whyNoLab()}.`);
  const lab = await openLab({ log });
  try {
    putNode(lab);
    const program = await putProgram(lab, 'test/bench/lab-core.ts');
    const loop = await putHelper(lab, 'test/bench/lab-loop.c');
    const ran = await lab.exe('node.exe', [...shippedFlags, program, '--koffi', 'Z:\\lab\\koffi.node',
      '--loop', loop, '--disks', String(disks), '--rounds', String(rounds)], { timeoutMs: 300_000 });
    if (ran.code !== 0) throw new Error(`lab-core: ${ran.timedOut ? 'took too long' : ran.code}\n${ran.stderr}`);
    const seen = ran.stdout.trim().split('\n').map((line) => JSON.parse(line));
    const us = (what) => `${median(seen.map((round) => round[what])).toFixed(0)} us`;
    const row = (against, base, goal, note) => {
      const ratios = seen.map((round) => round.core / round[base]);
      return { name: 'core alone, instant disks, lab', against, unit: 'times', median: rounded(median(ratios)),
        low: rounded(Math.min(...ratios)), high: rounded(Math.max(...ratios)),
        goal, reached: goal === null ? null : median(ratios) <= goal,
        pairs: seen.map((round) => [rounded(round.core), rounded(round[base])]), ratios, note };
    };
    return [
      row('a C loop of CreateFile + DeviceIoControl + CloseHandle', 'bare', 2.0,
        `a disk: core ${us('core')}, C ${us('bare')}; ${disks} disks a round, Wine`),
      row('the same C loop with the four requests that show which disk it is', 'whole', 1.1,
        `a disk: core ${us('core')}, C ${us('whole')}; the rest of the ratio above is those requests`),
    ];
  } finally {
    await lab.close();
  }
}
