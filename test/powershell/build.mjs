// Makes PowerShell itself of NuGet packages, in dist/powershell/<rid>/, for where none is installed: the same shell,
// precompiled as the installed one is. Does nothing when it is there; safe when two callers ask at once (the second
// waits for the first, then sees the stamp).
//
//   node test/powershell/build.mjs [RID...]

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync,
  writeFileSync, writeSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');

export const hostRid = `${{ win32: 'win', darwin: 'osx' }[process.platform] ?? 'linux'}-${process.arch}`;

/**
 * @param {{ rid?: string, compiler?: boolean, log?: (text: string) => void }} [options] `compiler`: whether the
 *   compiler behind Add-Type is precompiled, too. It takes as long as all the rest, and only the bench measures it.
 * @returns {{ command: string, directory: string }} the shell, and its $PSHOME
 */
export function buildPowerShell({ rid = hostRid, compiler = false, log = console.error } = {}) {
  const directory = publish({
    project: join(here, 'powershell.csproj'),
    output: join(root, 'dist/powershell', compiler ? `${rid}-compiler` : rid),
    rid,
    properties: compiler ? ['-p:PrecompileCompiler=true'] : [],
    onStart: () => log(`Making PowerShell of NuGet packages for ${rid}, once: it takes a minute or two.`),
  });
  return { command: join(directory, rid.startsWith('win') ? 'pwsh.exe' : 'pwsh'), directory };
}

/**
 * Publishes one C# project; shared with the surface check, which is the other C# program of the tests.
 *
 * @param {{ project: string, output: string, rid: string, properties?: string[], onStart?: () => void }} what
 */
export function publish({ project, output, rid, properties = [], onStart = () => {} }) {
  const sources = readdirSync(dirname(project))
    .filter((name) => /\.(cs|csproj|props)$/.test(name))
    .sort();
  const hash = createHash('sha256').update(`${rid} ${properties.join(' ')}\n`);
  for (const name of sources) hash.update(name).update(readFileSync(join(dirname(project), name)));
  const wanted = hash.digest('hex');
  const stamp = join(output, '.stamp');
  const isCurrent = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (isCurrent()) return output;

  const work = join(output, '..', 'obj', rid);
  mkdirSync(work, { recursive: true });
  const release = lock(join(work, 'lock'));
  try {
    if (isCurrent()) return output;
    onStart();
    rmSync(output, { recursive: true, force: true });
    const args = [
      'publish', project, '-c', 'Release', '-r', rid, '-o', output,
      '-v', 'quiet', '-nologo', '-p:UseSharedCompilation=false', '-nodeReuse:false', ...properties,
      // MSBuild reads these two before the project file: both must end with a slash
      `-p:BaseIntermediateOutputPath=${join(work, 'obj')}/`, `-p:BaseOutputPath=${join(work, 'bin')}/`,
    ];
    const run = spawnSync('dotnet', args, {
      encoding: 'utf8',
      env: { ...process.env, DOTNET_CLI_TELEMETRY_OPTOUT: '1', DOTNET_NOLOGO: '1' },
    });
    if (run.error) {
      throw new Error('There is no PowerShell to work with: neither pwsh on the path, nor the .NET SDK (dotnet), which '
        + `makes one of NuGet packages. Install one of the two. (${run.error.message})`);
    }
    if (run.status !== 0) throw new Error(`dotnet publish failed (${run.status})\n${run.stdout}${run.stderr}`);
    writeFileSync(stamp, wanted);
    return output;
  } finally {
    release();
  }
}

/** A lock file with the owner's process id in it; one whose owner is gone is taken over. */
function lock(path) {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      const file = openSync(path, 'wx');
      writeSync(file, String(process.pid));
      closeSync(file);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (isAbandoned(path)) rmSync(path, { force: true });
      Atomics.wait(pause, 0, 0, 100);
    }
  }
}

function isAbandoned(path) {
  let owner;
  try {
    owner = Number(readFileSync(path, 'utf8'));
  } catch {
    return false;
  }
  // empty: the owner is between creating and writing
  if (!owner || owner === process.pid) return false;
  try {
    process.kill(owner, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  for (const rid of process.argv.slice(2).length ? process.argv.slice(2) : [hostRid]) {
    console.log(buildPowerShell({ rid }).command);
  }
}
