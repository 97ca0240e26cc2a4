// `map`: the HTML file of results that were read before. No bus is opened.

import { randomUUID } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileReason } from '../../message-of.ts';
import { mapData } from '../../map/join.ts';
import { isBeforeLater, mapHead, mapHtml } from '../../map/html.ts';
import { pageScript } from '../../map/page-script.ts';
import { type MapRows, MapProblem, readMapRows } from '../../map/rows.ts';
import { NotAFileError, otherKind } from '../../regular-file.ts';
import { cleanText } from '../../text.ts';
import type { MapInvocation } from '../command-line.ts';
import type { Channel, CliIo } from '../io.ts';
import { decodedText } from '../records/list-file.ts';
import { loadFile } from '../records/load-list.ts';

/** No map is drawn. */
export class MapRefused extends Error {
  override name = 'MapRefused';
  readonly nextStep: string;

  constructor(message: string, nextStep: string) {
    super(message);
    this.nextStep = nextStep;
  }
}

const longest = 400 * 1024 * 1024;
const mostHosts = 2_000;

/** Rejects with MapRefused. */
export async function map(
  invocation: MapInvocation, io: CliIo, stdout: Channel, stderr: Channel,
): Promise<number> {
  const { file, earlier, title, force } = invocation;
  const to = invocation.to === '-' ? null : invocation.to;
  if (file === '-' && earlier === '-') {
    throw new MapRefused('Stdin is one file: it cannot be the results and those of --before.', 'Name a file for one of them.');
  }
  // Before stdin is read, which may take long.
  if (to !== null) await refuseOutput(to, [file, earlier]);
  const rows = await load(file, io);
  const data = mapData(rows, earlier === null ? null : await load(earlier, io));
  if (data.hosts.length > mostHosts) {
    throw new MapRefused(`A map has at most ${mostHosts} hosts, and these results are of ${data.hosts.length}.`,
      'Draw several maps.');
  }
  const page = mapHtml(data, {
    title: cleanText(title ?? '') ?? 'Disks and reservations', at: io.clock.date().getTime(), version: io.version,
    script: pageScript,
  });
  const count = (number: number, one: string, many: string): void => {
    if (number > 0) stderr.line(number === 1 ? one : `${number} ${many}`);
  };
  count(rows.others, 'One object says nothing of a reservation of a disk, and is not on the map.',
    'objects say nothing of a reservation of a disk, and are not on the map.');
  count(data.replaced, 'One result is older than another one of the same disk and host, and is not on the map.',
    'results are older than others of the same disk and host, and are not on the map.');
  if (isBeforeLater(data)) stderr.line('The results to compare with are later than those that are compared.');
  if (to === null) stdout.write(page);
  else await write(to, page, force);
  return 0;
}

async function load(path: string, io: CliIo): Promise<MapRows> {
  const name = path === '-' ? 'What stdin gave' : `The file ${path}`;
  try {
    const bytes = await loadFile(path, () => io.stdin(), longest);
    if (bytes.length > longest) throw new MapProblem(`is larger than ${longest / 1024 / 1024} MiB`);
    return readMapRows(decodedText(bytes));
  } catch (error) {
    if (error instanceof NotAFileError) {
      throw new MapRefused(`${name} ${error.message}.`, 'Name a regular file, or - for stdin.');
    }
    const why = error instanceof MapProblem ? error.message : `cannot be read: ${fileReason(error)}`;
    throw new MapRefused(`${name} ${why}.`, 'Give the results of Find-StorageReservationHolder, '
      + 'Get-StorageReservation or storage-release status as JSON or CLIXML.');
  }
}

/** Null: there is nothing. */
async function statOf(path: string): Promise<BigIntStats | null> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function refuseOther(path: string, stat: BigIntStats): void {
  const what = otherKind(stat);
  if (what === null || stat.isDirectory()) return;
  throw new MapRefused(`The map cannot be written: ${path} is ${what}, not a regular file.`,
    'Name a regular file with --to, or - for stdout.');
}

/** The map never replaces what it is drawn of. Files that cannot be looked at are refused later, with the reason. */
async function refuseOutput(to: string, sources: readonly (string | null)[]): Promise<void> {
  const its = await statOf(to).catch(() => null);
  if (its === null) return;
  refuseOther(to, its);
  if (!its.isFile()) return;
  for (const source of sources) {
    if (source === null || source === '-') continue;
    const other = await statOf(source).catch(() => null);
    if (other !== null && other.dev === its.dev && other.ino === its.ino) {
      throw new MapRefused(`The map would replace the file ${source}, ${source === sources[0] ? 'which it is drawn of'
        : 'with which it is compared'}.`, 'Name another file with --to.');
    }
  }
}

/** A file that is there is replaced if it is a map, or by force; and only by a whole one. */
async function write(path: string, page: string, force: boolean): Promise<void> {
  try {
    const its = await statOf(path);
    if (its === null) await create(path, page);
    else {
      refuseOther(path, its);
      // A file that must not be written stays, though a folder lets one replace it.
      const handle = await open(path, its.isDirectory() ? 'r' : 'r+');
      try {
        if (its.isDirectory()) throw new Error('it is a folder');
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(mapHead.length), 0, mapHead.length, 0);
        if (!force && buffer.toString('latin1', 0, bytesRead) !== mapHead) {
          throw new MapRefused(`The file ${path} exists, and is not a map.`, 'Name another file, or use --force.');
        }
      } finally {
        await handle.close();
      }
      await replace(await realpath(path), page, Number(its.mode) & 0o777);
    }
  } catch (error) {
    if (error instanceof MapRefused) throw error;
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? `the folder ${dirname(path)} does not exist` : fileReason(error);
    throw new MapRefused(`The map ${path} cannot be written: ${why}.`, 'Name another file with --to.');
  }
}

/** The name is taken first: nothing that another process writes there meanwhile is replaced. */
async function create(path: string, page: string): Promise<void> {
  await writeFile(path, '', { flag: 'wx' });
  try {
    await replace(path, page, 0o666);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

/** Whole or not at all, where the disk is full or the process ends: a file beside it takes its name. */
async function replace(path: string, page: string, mode: number): Promise<void> {
  const whole = join(dirname(path), `.storage-release-${randomUUID()}.tmp`);
  try {
    await writeFile(whole, page, { flag: 'wx', mode });
    await rename(whole, path);
  } catch (error) {
    await rm(whole, { force: true });
    throw error;
  }
}
