// The sentence that an event has of a result.

import type { ClixmlObject } from '../clixml/clixml.ts';
import { type EventLevel, eventRow } from '../status/events.ts';
import { cleanText } from '../text.ts';
import type { LogOrigin } from './record.ts';

export interface LogEvent {
  readonly id: number;
  readonly level: EventLevel;
  readonly text: string;
}

/** Where events go. */
export interface EventSink {
  /** Resolves when the system has it, or will not take it: an event is a remark, and costs no result anything. */
  write(event: LogEvent): Promise<void>;
}

/** Windows takes 31,839 characters; nobody reads as many. */
const longestText = 4_000;

/** Null for an outcome that no event stands for. */
export function resultEvent(
  command: string, { user, commandLine, version }: Pick<LogOrigin, 'user' | 'commandLine' | 'version'>, item: ClixmlObject,
): LogEvent | null {
  const of = new Map(item.map(([name, value]) => [name, value === null ? '' : String(Object.values(value)[0])]));
  const said = (name: string) => cleanText((of.get(name) ?? '').replaceAll('\n', ' ')) ?? '';
  const row = eventRow(said('Outcome'));
  if (row === null) return null;
  const disk = said('Number') !== '' ? `disk ${said('Number')}` : said('DevicePath') || 'a disk that was not found';
  const names = [['', 'FriendlyName'], ['serial number ', 'SerialNumber'], ['UniqueId ', 'UniqueId']] as const;
  const known = names.map(([what, name]) => (said(name) === '' ? '' : `${what}${said(name)}`)).filter((text) => text !== '');
  const method = said('Method') === '' ? '' : ` (${said('Method')})`;
  const text = [
    `${command}${method} of ${disk}${known.length === 0 ? '' : ` (${known.join(', ')})`}: ${row.outcome}. ${said('Message')}`,
    said('NextStep'), `Run by ${user}: ${cleanText(commandLine) ?? ''}. StorageRelease ${version}.`,
  ].filter((part) => part !== '').join(' ')
    // Event Viewer would look for another text there:
    // https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-reporteventw
    .replace(/%(?=\d)/g, '% ');
  return { id: row.id, level: row.level, text: text.length <= longestText ? text : `${text.slice(0, longestText - 3)}...` };
}
