// `map`: the HTML file of results that were read before. No bus is opened.

import { open, writeFile } from 'node:fs/promises';
import { mapData } from '../../map/join.ts';
import { mapHtml, mapMark, markWithin } from '../../map/html.ts';
import { pageScript } from '../../map/page-script.ts';
import { type MapRows, MapProblem, readMapRows } from '../../map/rows.ts';
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
  const { file, earlier, to, title, force } = invocation;
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
  if (rows.others > 0) stderr.line(`${rows.others} objects say nothing of a reservation, and are not on the map.`);
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
    const why = error instanceof MapProblem ? error.message : `cannot be read: ${reason(error)}`;
    throw new MapRefused(`${name} ${why}.`, 'Give the results of Find-StorageReservationHolder, '
      + 'Get-StorageReservation or storage-release status as JSON or CLIXML.');
  }
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A file that is there is replaced if it is a map, or by force. */
async function write(path: string, page: string, force: boolean): Promise<void> {
  try {
    if (force || await isMap(path)) await writeFile(path, page);
    else await writeFile(path, page, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new MapRefused(`The file ${path} exists, and is not a map.`, 'Name another file, or use --force.');
    }
    throw new MapRefused(`The map cannot be written: ${reason(error)}.`, 'Name another file with --to.');
  }
}

async function isMap(path: string): Promise<boolean> {
  let handle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(markWithin), 0, markWithin, 0);
    return buffer.toString('latin1', 0, bytesRead).includes(mapMark);
  } finally {
    await handle.close();
  }
}
