// The text of an event for a result.

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
  /** Resolves when the system has accepted or refused the event: a failure must not affect a result. */
  write(event: LogEvent): Promise<void>;
}

/** Windows allows 31,839 characters, which nobody would read. */
const longestText = 4_000;

/** Null for an outcome without an event. */
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
    // Event Viewer would replace a percent sign with a number:
    // https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-reporteventw
    .replace(/%(?=\d)/g, '% ');
  return { id: row.id, level: row.level, text: text.length <= longestText ? text : `${text.slice(0, longestText - 3)}...` };
}
