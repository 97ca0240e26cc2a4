// Writes events to the Application log, where the source is registered. Without its registry key Windows would accept
// events, too, but show them without their text.

import type { KoffiFunc, LibraryHandle } from 'koffi';
import type { EventSink, LogEvent } from '../../log/event.ts';
import { type EventLevel, eventLogName, eventSource } from '../../status/events.ts';
import { HKEY_LOCAL_MACHINE } from './advapi32.ts';
import { type HANDLE, rowsOf } from './kernel32.ts';
import type { AddonSource } from './koffi.ts';
import { type Native, native, onPool, systemLibrary } from './native.ts';

/** REG_SZ or REG_EXPAND_SZ, without expansion. */
const RRF_RT_REG_SZ = 2;
const RRF_RT_REG_EXPAND_SZ = 4;
const RRF_NOEXPAND = 0x10000000;
const ERROR_SUCCESS = 0;
const ERROR_MORE_DATA = 234;

/** EVENTLOG_ERROR_TYPE, EVENTLOG_WARNING_TYPE, EVENTLOG_INFORMATION_TYPE. */
export const eventTypes: Readonly<Record<EventLevel, number>> = { Error: 1, Warning: 2, Information: 4 };

export interface EventFunctions {
  readonly RegisterEventSourceW: KoffiFunc<(server: null, source: string) => HANDLE>;
  readonly ReportEventW: KoffiFunc<(log: HANDLE, type: number, category: number, id: number, sid: null, strings: number,
    bytes: number, text: readonly string[], data: null) => number>;
  readonly DeregisterEventSource: KoffiFunc<(log: HANDLE) => number>;
}

export function bindEventFunctions(load: (name: string) => LibraryHandle): EventFunctions {
  const row = rowsOf(load('advapi32.dll'));
  return {
    // https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-registereventsourcew
    RegisterEventSourceW: row('intptr_t __stdcall RegisterEventSourceW(void *, str16)'),
    // https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-reporteventw
    ReportEventW: row('int __stdcall ReportEventW(intptr_t, uint16_t, uint16_t, uint32_t, void *, uint16_t, uint32_t, '
      + 'str16 *, void *)'),
    // https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-deregistereventsource
    DeregisterEventSource: row('int __stdcall DeregisterEventSource(intptr_t)'),
  };
}

const key = `SYSTEM\\CurrentControlSet\\Services\\EventLog\\${eventLogName}\\${eventSource}`;

/** Null where the source is not registered. @throws NativeAddonError */
export function openEventLog(source?: AddonSource): WindowsEventLog | null {
  const bound = native(source);
  const bytes: [number] = [520];
  const found = bound.advapi32.RegGetValueW(HKEY_LOCAL_MACHINE, key, 'EventMessageFile',
    RRF_RT_REG_SZ + RRF_RT_REG_EXPAND_SZ + RRF_NOEXPAND, null, new Uint16Array(260), bytes);
  if (found !== ERROR_SUCCESS && found !== ERROR_MORE_DATA) return null;
  return new WindowsEventLog(bound, bindEventFunctions(systemLibrary(bound)));
}

export class WindowsEventLog implements EventSink {
  readonly #native: Pick<Native, 'kernel32'>;
  readonly #calls: EventFunctions;

  constructor(bound: Pick<Native, 'kernel32'>, calls: EventFunctions) {
    this.#native = bound;
    this.#calls = calls;
  }

  async write({ id, level, text }: LogEvent): Promise<void> {
    const { kernel32 } = this.#native;
    const { value: log } = await onPool(kernel32, this.#calls.RegisterEventSourceW, null, eventSource);
    if (log === 0) return;
    await onPool(kernel32, this.#calls.ReportEventW, log, eventTypes[level], 0, id, null, 1, 0, [text], null);
    this.#calls.DeregisterEventSource(log);
  }
}
