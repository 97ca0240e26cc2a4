// Runs in node.exe in the Windows lab: a log by Windows' own functions. Says one JSON object. Started by log.test.ts.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  WindowsLogFiles, bindFolderFunctions, bindLogFunctions, openWindowsLogFiles,
} from '../../src/bus/windows/log-files.ts';
import { native, systemLibrary } from '../../src/bus/windows/native.ts';
import { terminateSelf } from '../../src/bus/windows/process.ts';
import { systemClock } from '../../src/clock.ts';
import { LogFile } from '../../src/log/log-file.ts';
import { LogProblem } from '../../src/log/log-system.ts';
import { readLog } from '../../src/log/reader.ts';

const { values: options } = parseArgs({ options: { koffi: { type: 'string' }, folder: { type: 'string' } } });
const koffiPath = options.koffi as string;
const koffiHash = createHash('sha256').update(readFileSync(koffiPath)).digest('hex');
const elevated = openWindowsLogFiles({ koffiPath, koffiHash });
const bound = native();
const load = systemLibrary(bound);
const calls = bindLogFunctions(load);
// In Wine everybody's files are this user's, whom an elevated process trusts no more than others.
const CheckTokenMembership = ((_token: number, _sid: bigint, isMember: Int32Array) => {
  isMember[0] = 0;
  return 1;
}) as unknown as typeof calls.CheckTokenMembership;
const files = new WindowsLogFiles(bound, { ...calls, CheckTokenMembership }, () => bindFolderFunctions(load));
const folder = options.folder as string;
const said: Record<string, unknown> = { user: files.user() };

async function problem(path: string, as = files): Promise<string> {
  try {
    await (await as.append(path)).close();
    return 'opened';
  } catch (error) {
    return error instanceof LogProblem ? error.message : `not a problem: ${String(error)}`;
  }
}

const own = (name: string) => `{"Schema":"storage-release-log/1","of":"${name}"}`;

/** What two writers and a rename make of a log in that folder. */
async function used(path: string): Promise<object> {
  const [one, two] = [await LogFile.open(path, files, systemClock, 1500), await LogFile.open(path, files, systemClock, 1500)];
  // In turn: that FILE_APPEND_DATA writes at the end in one step holds for Windows' file systems and not for Wine, which
  // looks where the end is and then writes there. Two at once are tried on Linux (test/cli/log-runs.ts).
  for (let i = 0; i < 20; i++) for (const [name, log] of [['a', one], ['b', two]] as const) await log.write(own(`${name}${i}`));
  const lines = [`${path}.1`, path].flatMap((file) => readFileSync(file, 'latin1').split('\n').filter((line) => line !== ''));
  renameSync(path, `${path}.moved`);
  await one.write(own('after'));
  writeFileSync(path, 'half', { flag: 'a' });
  await two.write(own('whole'));
  const all = { disks: [], outcomes: [], after: null, before: null, last: null };
  return {
    lines: lines.length, whole: lines.every((line) => /^\{"Schema":"storage-release-log\/1","of":"[ab]\d+"\}$/.test(line)),
    now: readFileSync(path, 'latin1'), read: (await readLog(files, path, all)).damaged,
    identity: await files.identityOf(path) !== null && await files.identityOf(`${path}.none`) === null,
  };
}

said['own'] = await problem('C:\\ProgramData\\StorageRelease\\release.log', elevated);
mkdirSync(folder);
said['others'] = await problem(`${folder}\\x.log`, elevated);
said['used'] = await used('C:\\ProgramData\\StorageRelease\\used.log').catch(String);
said['made'] = existsSync('C:\\ProgramData\\StorageRelease');
mkdirSync(`${folder}\\sub`, { recursive: true });
said['folder'] = await problem(`${folder}\\sub`);
said['missing'] = await problem('C:\\ProgramData\\StorageRelease\\none\\x.log');
for (const path of ['x.log', '\\\\.\\pipe\\x', '\\\\?\\C:\\x.log', 'C:x.log', 'C:\\x.log:stream', 'C:\\a\0b']) {
  said[`path ${path}`] = await problem(path);
}
said['device'] = await problem('C:\\NUL');
said['below'] = await problem(`${folder}\\x.log`);
writeSync(1, `${JSON.stringify(said)}\n`);
terminateSelf(0);
