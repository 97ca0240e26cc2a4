// Rehearsal files for the bench: disks that answer at once, after 20 ms, or never.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A bus of `count` disks that nobody has reserved; `faults(number)` of each, or nothing. */
function bus(count, faults = () => undefined) {
  return JSON.stringify({
    version: 1,
    thisHost: 'bench-1',
    logicalUnits: [{
      name: 'unit {00000}', repeat: count, vendor: 'BENCH', product: 'Disk', serial: 'BENCH{00000}',
      naa: '600A0B8000112233000000000{0000000}', busType: 'iScsi',
    }],
    hosts: {
      'bench-1': {
        disks: Array.from({ length: count }, (_, number) => (
          { number, unit: `unit ${String(number + 1).padStart(5, '0')}`, faults: faults(number) })),
      },
    },
  });
}

/** Writes them all and returns their paths by name. */
export function writeBuses(folder) {
  const texts = {
    one: bus(1),
    thousand: bus(1_000),
    tenThousand: bus(10_000),
    slow: bus(1_000, () => ({ delayMs: 20 })),
    // Two sets of a thousand: one in which every fiftieth hangs, one in which none does.
    hung: bus(2_000, (number) => (number < 1_000 && number % 50 === 25 ? { hangs: true } : undefined)),
  };
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => {
    const path = join(folder, `${name}.json`);
    writeFileSync(path, text);
    return [name, path];
  }));
}
