// The log by Windows' own functions, in Wine: opening, writing, renaming, folders, descriptors.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Lab } from './lab.d.mts';
import { openLab, whyNoLab } from './lab.mjs';
import { putNode, putProgram, shippedFlags } from './windows-node.mjs';

const noLab = whyNoLab();

describe.skipIf(noLab)(`A log on Windows${noLab === undefined ? '' : ` (${noLab})`}`, () => {
  let lab: Lab;
  let said: Record<string, unknown> = {};

  beforeAll(async () => {
    lab = await openLab();
    putNode(lab);
    const program = await putProgram(lab, 'test/lab/log-probe.ts');
    const ran = await lab.exe('node.exe', [...shippedFlags, '--allow-fs-write=*', program, '--koffi', 'Z:\\lab\\koffi.node', '--folder',
      'C:\\logs'], { timeoutMs: 60_000 });
    expect(ran.code, `${ran.stdout}\n${ran.stderr}`).toBe(0);
    said = JSON.parse(ran.stdout) as typeof said;
  }, 300_000);
  afterAll(async () => { await lab?.close(); });

  it('makes its own folder, asks who can change it, and names who runs it', () => {
    expect(said['made']).toBe(true);
    // In Wine administrators are this user.
    for (const one of ['own', 'others']) {
      expect(said[one]).toMatch(/^S-1-5-21-\S+ can change the folder C:\\(ProgramData\\StorageRelease|logs), and this process is elevated/);
    }
    expect(said['user']).toMatch(/^[^\\]+\\root$/);
  });

  it('loses no line of two writers and a rename, and leaves a torn one to itself', () => {
    expect(said['used']).toEqual({ lines: expect.any(Number) as number, whole: true, now: 'after\nhalf\nwhole\n', read: expect.any(Number) as number, identity: true });
  });

  it('is a file, at a full path, in a folder that is there', () => {
    expect(said['folder']).toMatch(/Win32 error 5|it is a folder/);
    expect(said['missing']).toMatch(/does not exist/);
    for (const path of ['x.log', '\\\\.\\pipe\\x', '\\\\?\\C:\\x.log', 'C:x.log', 'C:\\a\0b']) {
      expect(said[`path ${path}`], path).toBe('it is not the full path of a file');
    }
    expect(said['path C:\\x.log:stream']).toBe('it is not the path of a file');
    expect(said['device']).toMatch(/^it is a device|Win32 error/);
  });
});
