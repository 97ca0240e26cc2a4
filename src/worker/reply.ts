// The form of the worker's replies; protocol.ts says which reply comes when. In a file of its own because the first line is
// written before anything else is loaded.

import { type ClixmlItem, clixmlLine } from '../clixml/clixml.ts';

/** Has to change whenever an old parent would misunderstand a new worker, or the other way round. */
export const protocolVersion = 2;

export const replyKinds = [
  'hello', 'result', 'plan', 'cleared', 'clearplan', 'reservation', 'registrant', 'disk', 'disks', 'ask', 'holder', 'record',
  'clearrecord', 'done', 'error', 'verbose', 'warning', 'bye',
] as const;
export type ReplyKind = (typeof replyKinds)[number];

/**
 * One reply line: an array of id (U32), kind (S), and the payload. The payload is an object for `hello`, `result`,
 * `plan`, `cleared`, `clearplan`, `reservation`, `registrant`, `disk`, `record`, `clearrecord`, `ask` and `holder`, and a
 * text for the others. The error category, or an empty string, follows for `result`, `plan`, `cleared`, `clearplan`,
 * `reservation` and `holder`; a category may follow for `error`.
 */
export function reply(id: number, kind: ReplyKind, ...payload: ClixmlItem[]): string {
  return clixmlLine([{ U32: id }, { S: kind }, ...payload]);
}

export interface Identification {
  readonly name: string;
  readonly version: string;
  /** Hash of the sources this was built from. */
  readonly build: string;
  readonly processId: number;
  readonly platform: string;
}

/** The first line. */
export function hello(who: Identification): string {
  return reply(0, 'hello', [
    ['Name', { S: who.name }],
    ['Version', { S: who.version }],
    ['Protocol', { U32: protocolVersion }],
    ['Build', { S: who.build }],
    ['ProcessId', { U32: who.processId }],
    ['Platform', { S: who.platform }],
  ]);
}
