// Every row of test/identities.json on a rehearsed bus: what was piped or typed, the devices that there are, and what
// must come of a release. The PowerShell tests read the same file.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { RehearsalBus } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import { RehearsalStore } from '../../src/bus/rehearsal/rehearsal-store.ts';
import { createContext } from '../../src/disk/context.ts';
import { change } from '../../src/verbs/change.ts';
import { type Claim, noClaim } from '../../src/disk/claim.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A logical unit of the rehearsal file, and where it is seen. */
interface Device extends Readonly<Record<string, unknown>> {
  readonly number: number;
  /** Name of the unit, where it is seen under two numbers or answers for another. */
  readonly unit?: string;
  readonly initiators?: readonly string[];
  readonly faults?: object;
  /** This host does not see it. */
  readonly hidden?: boolean;
}

interface Row {
  /** Whose devices are like that, with a public report where there is one. */
  readonly source: string;
  /** `typed`: parameters. `object`: properties of a live MSFT_Disk. `record`: what Import-Csv and the like give. */
  readonly kind: 'typed' | 'object' | 'record';
  readonly properties: Readonly<Record<string, string | number | null>>;
  readonly devices: readonly Device[];
  readonly outcome: string;
  readonly identifiedBy: string | null;
  /** The disk that gets the request, or `Tape0`. */
  readonly hit: number | string | null;
}

const { rows } = JSON.parse(readFileSync(new URL('../identities.json', import.meta.url), 'utf8')) as { rows: Row[] };

/** What the module sends of it. Of a record it sends neither number nor path. */
function claimOf({ kind, properties }: Row): Claim {
  const said = new Map(Object.entries(properties).map(([name, value]) => [name.toLowerCase().replace(/[ _-]/g, ''), value]));
  const text = (...names: string[]) => names.map((name) => said.get(name)).find((value) => value != null)?.toString() ?? null;
  return {
    ...noClaim,
    number: kind === 'record' ? null : (said.get('number') as number | undefined) ?? null,
    path: kind === 'record' ? null : text('path'),
    uniqueId: text('uniqueid') || null,
    serialNumber: text('serialnumber', 'serial') || null,
  };
}

function busOf(devices: readonly Device[]) {
  const clock = new VirtualClock();
  const nameOf = ({ unit }: Device, index: number) => unit ?? `unit ${index}`;
  const store = RehearsalStore.inMemory(JSON.stringify({
    version: 1, thisHost: 'here',
    logicalUnits: devices.flatMap(({ number: _, unit, initiators: __, faults: ___, hidden: ____, ...rest }, index) =>
      (Object.keys(rest).length === 0 ? [] : [{ name: nameOf({ unit } as Device, index), ...rest }])),
    hosts: { here: { disks: devices.flatMap(({ number, unit, initiators, faults, hidden }, index) => (hidden === true ? []
      : [{ number, unit: nameOf({ unit } as Device, index), ...(initiators && { initiators }), ...(faults && { faults }) }])) } },
  }), 'identities', { clock });
  const bus = new RehearsalBus(store, { clock });
  /** Names of the units that got a RELEASE. */
  const released: string[] = [];
  for (const [name, unit] of store.units) {
    const execute = unit.execute.bind(unit);
    unit.execute = (initiator, cdb, data) => {
      if (cdb[0] === 0x17 || cdb[0] === 0x57) released.push(name);
      return execute(initiator, cdb, data);
    };
  }
  return { bus, clock, released, nameOf };
}

test('150 at least, of each kind, and each outcome that identity can come to', () => {
  expect(rows.length).toBeGreaterThanOrEqual(150);
  for (const kind of ['typed', 'object', 'record']) expect(rows.filter((row) => row.kind === kind).length).toBeGreaterThan(40);
  for (const by of ['UniqueId, SerialNumber', 'UniqueId', 'SerialNumber', 'Number', 'Path', null]) {
    expect([by, rows.some(({ identifiedBy }) => identifiedBy === by)]).toEqual([by, true]);
  }
  expect([...new Set(rows.map(({ outcome }) => outcome))].sort()).toEqual(['Accepted', 'IdentityChanged', 'NotFound', 'Refused']);
});

describe.each([...new Set(rows.map(({ source }) => source))])('%s', (source) => {
  const its = rows.filter((row) => row.source === source);
  test.each(its.map((row) => [row.kind, JSON.stringify(row.properties), row] as const))('%s %s', async (_, __, row) => {
    const { bus, clock, released, nameOf } = busOf(row.devices);
    const answer = change({ claim: claimOf(row), allow: new Set(), timeoutMs: 30_000, dryRun: false },
      createContext(bus, clock), { step: () => {}, late: () => {} });
    await clock.runAll();
    const { result } = await answer;
    const place = row.devices.findIndex(({ number, type = 'disk' }) =>
      (type === 'disk' ? number : `Tape${number}`) === row.hit);
    expect({ ...result, released: [...new Set(released)] }).toMatchObject({
      Outcome: row.outcome, IdentifiedBy: row.identifiedBy,
      released: row.hit === null ? [] : [nameOf(row.devices[place]!, place)],
    });
    if (row.outcome === 'Accepted') {
      expect(typeof row.hit === 'number' ? result.Number : result.DevicePath?.slice(4)).toBe(row.hit);
    } else {
      expect(result.NextStep).not.toBe('');
    }
  });
});
