// Runs in node.exe in the Windows lab: an event of each level, if the source is registered. Started by log.test.ts.

import { createHash } from 'node:crypto';
import { readFileSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openEventLog } from '../../src/bus/windows/event-log.ts';
import { native } from '../../src/bus/windows/native.ts';
import { terminateSelf } from '../../src/bus/windows/process.ts';
import { eventRows } from '../../src/status/events.ts';

const { values: options } = parseArgs({ options: { koffi: { type: 'string' } } });
const koffiPath = options.koffi as string;
native({ koffiPath, koffiHash: createHash('sha256').update(readFileSync(koffiPath)).digest('hex') });
const log = openEventLog();
writeSync(1, `registered: ${log !== null}\n`);
for (const { id, level, outcome } of eventRows) await log?.write({ id, level, text: `release of disk 3: ${outcome}.` });
terminateSelf(0);
