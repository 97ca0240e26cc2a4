// The log by Windows' own functions, in Wine: opening, writing, renaming, folders, descriptors.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { eventRows } from '../../src/status/events.ts';
import type { Lab } from './lab.d.mts';
import { openLab, whyNoLab } from './lab.mjs';
import { putNode, putProgram, shippedFlags } from './windows-node.mjs';

const noLab = whyNoLab();

const own = (name: string) => `{"Schema":"storage-release-log/1","of":"${name}"}`;

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

  it('loses no line of two writers in turn and a rename, and leaves a torn one to itself', () => {
    expect(said['used']).toEqual({ lines: 40, whole: true, now: `${own('after')}\nhalf\n${own('whole')}\n`, read: expect.any(Number) as number, identity: true });
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

  it('writes an event of each outcome, with its id, its level and its sentence, where the source is registered', async () => {
    const program = await putProgram(lab, 'test/lab/event-probe.ts');
    const probe = () => lab.exe('node.exe', [...shippedFlags, program, '--koffi', 'Z:\\lab\\koffi.node'],
      { timeoutMs: 60_000, env: { WINEDEBUG: '+eventlog' } });
    const before = await probe();
    expect(before.stdout).toBe('registered: false\n');
    expect(before.trace).not.toContain('ReportEventW');
    await lab.exe('C:\\windows\\system32\\reg.exe', ['add',
      'HKLM\\SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\StorageRelease', '/v', 'EventMessageFile', '/t',
      'REG_EXPAND_SZ', '/d', '%SystemRoot%\\x.dll']);
    const { stdout, trace } = await probe();
    expect(stdout).toBe('registered: true\n');
    expect(trace).toContain('StorageRelease');
    const types = { Error: '0001', Warning: '0002', Information: '0004' };
    for (const { id, level, outcome } of eventRows) {
      expect(trace).toContain(`0x${types[level]},0x0000,0x${id.toString(16).padStart(8, '0')}`);
      expect(trace).toContain(`L"release of disk 3: ${outcome}."`);
    }
  }, 120_000);
});
