// The two proofs that the other lab tests stand on, each a program that can also be run by itself: the lab's
// driver answers as its tables say, and the Windows bus gets from it what nothing on Linux can show.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { noLab, root, titled } from './powershell.ts';

interface Ended {
  code: number | null;
  said: string;
}

function run(...args: string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { said += chunk; });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, said }));
  });
}

const file = (name: string) => join('test/lab', name);

describe.skipIf(noLab)(titled('The lab itself'), () => {
  it('has a driver that answers as its tables say', async () => {
    const { code, said } = await run(file('run.mjs'), '--self-test');
    expect(said.split('\n').filter((line) => line.startsWith('FAILED')).join('\n')).toBe('');
    expect(said).toMatch(/^\d+ passed, 0 failed$/m);
    expect(code).toBe(0);
  });

  it('shows the Windows bus to do what it promises', async () => {
    const { code, said } = await run(file('bus-smoke.mjs'));
    expect(code, said.slice(-3000)).toBe(0);
  });
});
