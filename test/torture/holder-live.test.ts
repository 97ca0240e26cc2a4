// Who holds which disk, asked of eight hosts on this machine over real PowerShell remoting.

import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

import { runTestScript } from '../ps/cases.ts';
import { type HostKind, missingSshd, startRemoting } from '../ps/remoting.ts';
import { report, trials } from './trials.ts';

const missing = missingSshd();

test.skipIf(missing !== undefined)('eight hosts, one of which holds each fifth disk', async (context) => {
  const disks = trials(50, 1000);
  const hosts: Record<string, HostKind> = {};
  for (let last = 2; last <= 9; last += 1) hosts[`127.0.0.${last}`] = 'module';
  const remoting = await startRemoting(hosts);
  try {
    const script = fileURLToPath(new URL('holder-live.remote.ps1', import.meta.url));
    const { cases, broken } = await runTestScript(script, 600_000, ['-Disks', String(disks)], remoting.env);
    expect(broken).toBeUndefined();
    const { name, message } = cases[0]!;
    const counts = [...name.matchAll(/(\d+) (?:disks told|doubled|wrong)/g)].map(([, count]) => Number(count));
    const [told, doubled, wrong] = counts;
    if (message !== '') console.log(message);
    report(context, { what: 'live: 8 hosts over SSH', trials: disks, lost: disks - told!, doubled: doubled!, wrong: wrong!,
      note: name });
  } finally {
    await remoting.stop();
  }
}, 900_000);
