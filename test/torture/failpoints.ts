// Places in the conversation with the worker where something can break, and what can break there.

/** Towards the client (`out`) or towards the worker (`in`). */
export type Way = 'out' | 'in';

export interface Failpoint {
  readonly name: string;
  readonly way: Way;
  /** The line: `id kind` of a reply, the line itself of a request. The first that matches is the point. */
  readonly line: RegExp;
  /** Whether it breaks before the line has passed, or after. */
  readonly when: 'before' | 'after';
  /** The conversation needs a disk that answers after its deadline. */
  readonly late?: boolean;
}

const longPath = `\\\\?\\scsi#disk&ven_x#${'1'.repeat(300)}#{53f56307-b6bf-11d0-94f2-00a0c91efb8b}`;

/** The conversation of every trial, ids from 1. `late` is there only where a point needs it: it takes a second. */
export const conversation = (file: string, late: boolean): string[] => [
  `rehearse&file=${encodeURIComponent(file)}`,
  'release&number=1&verbose=1',
  'reserve&number=2&verify=1',
  'release&plan=1&number=3',
  'status&number=5&detailed=1',
  'list',
  'release&number=4',
  'fly',
  `release&path=${encodeURIComponent(longPath)}`,
  'release&number=3&group=9&throttle=1',
  'cancel&group=9',
  ...(late ? ['release&number=6&timeout=1'] : []),
];

export const failpoints: readonly Failpoint[] = [
  { name: 'before hello', way: 'out', line: /^0 hello/, when: 'before' },
  { name: 'after hello', way: 'out', line: /^0 hello/, when: 'after' },
  { name: 'before the rehearsal is entered', way: 'out', line: /^1 done/, when: 'before' },
  { name: 'after the rehearsal was entered', way: 'out', line: /^1 done/, when: 'after' },
  { name: 'before the first step', way: 'out', line: /^2 verbose/, when: 'before' },
  { name: 'after the first step', way: 'out', line: /^2 verbose/, when: 'after' },
  { name: 'before a result, steps told', way: 'out', line: /^2 result/, when: 'before' },
  { name: 'after a result', way: 'out', line: /^2 result/, when: 'after' },
  { name: 'before a result that changed something', way: 'out', line: /^3 result/, when: 'before' },
  { name: 'after a result that changed something', way: 'out', line: /^3 result/, when: 'after' },
  { name: 'before a plan', way: 'out', line: /^4 plan/, when: 'before' },
  { name: 'before the first registrant', way: 'out', line: /^5 registrant/, when: 'before' },
  { name: 'between registrants and the reservation', way: 'out', line: /^5 reservation/, when: 'before' },
  { name: 'after a reservation', way: 'out', line: /^5 reservation/, when: 'after' },
  { name: 'before the first disk of a list', way: 'out', line: /^6 disk/, when: 'before' },
  { name: 'amid the disks of a list', way: 'out', line: /^6 disk/, when: 'after' },
  { name: 'before the end of a list', way: 'out', line: /^6 done/, when: 'before' },
  { name: 'before an error', way: 'out', line: /^8 error/, when: 'before' },
  { name: 'before the end of a cancel', way: 'out', line: /^11 done/, when: 'before' },
  { name: 'after the end of a cancel', way: 'out', line: /^11 done/, when: 'after' },
  { name: 'before the answer after a deadline', way: 'out', line: /^12 warning/, when: 'before', late: true },
  { name: 'after the answer after a deadline', way: 'out', line: /^12 warning/, when: 'after', late: true },
  { name: 'before the first request', way: 'in', line: /verb=rehearse/, when: 'before' },
  { name: 'after the first request', way: 'in', line: /verb=rehearse/, when: 'after' },
  { name: 'between two requests', way: 'in', line: /^id=3&/, when: 'before' },
  { name: 'before a long request', way: 'in', line: /^id=9&/, when: 'before' },
  { name: 'before a cancel', way: 'in', line: /verb=cancel/, when: 'before' },
  { name: 'after a cancel', way: 'in', line: /verb=cancel/, when: 'after' },
];

/** `half a line`: the line stops in its middle, and the pipe with it. `stall`: all stands still, and goes on. */
export const actions = ['kill', 'stall', 'half a line', 'garbage'] as const;
export type Action = (typeof actions)[number];

/** What no worker writes; and for the way in, what no request is. */
export const garbage: readonly string[] = [
  'Segmentation fault (core dumped)', '<Objs Version="1.1.0.1"><SS>zz</SS></Objs>', '\u0000\u0001\u00ff\u001b[2J',
  '#< CLIXML', '{"id":1,"kind":"result"}',
  '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">'
    + '<U32>1</U32><S>done</S><Obj><TN><T>System.Management.Automation.LineBreakpoint</T></TN></Obj></Objs>',
];
