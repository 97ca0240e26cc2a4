// Every row of the truth table that was measured against tgt and LIO, for both. A row that this file cannot read
// fails.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type ScsiAnswer, LogicalUnit } from '../../src/bus/rehearsal/logical-unit.ts';
import type { TargetKind } from '../../src/bus/rehearsal/target-rows.ts';
import { decodeKeys, decodeReservation, encodePrOut } from '../../src/scsi/persistent-reservations.ts';
import { decodeSense } from '../../src/scsi/sense.ts';
import { VirtualClock } from './virtual-clock.ts';

const [header, ...lines] = readFileSync(new URL('scsi-truth-table.tsv', import.meta.url), 'utf8')
  .split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split('\t'));
const kinds: readonly TargetKind[] = ['tgt', 'LIO'];

class Bench {
  readonly clock = new VirtualClock();
  readonly unit: LogicalUnit;

  constructor(kind: TargetKind) {
    this.unit = new LogicalUnit({ kind });
  }

  send(by: string, ...cdb: number[]): ScsiAnswer {
    return this.unit.execute(by, Uint8Array.from(cdb));
  }

  prOut(by: string, action: number, type: number, reservationKey: bigint, serviceActionKey: bigint): ScsiAnswer {
    const list = encodePrOut({ reservationKey, serviceActionKey, aptpl: false });
    return this.unit.execute(by, Uint8Array.of(0x5f, action, type, 0, 0, 0, 0, 0, 24, 0), list);
  }

  register(by: string): ScsiAnswer {
    return this.prOut(by, 0, 0, 0n, 0x11n);
  }

  reset(): void {
    this.unit.reset(['A', 'B']);
  }

  /** All that a reservation is, without who still has to be told something. */
  standing() {
    const { unitAttentions: _told, ...rest } = this.unit.state;
    return rest;
  }

  /** Whether an initiator that was never there gets in. */
  free(): boolean {
    return this.send('C', 0).status === 0;
  }
}

const reserved = (bench: Bench) => {
  expect(bench.send('A', 0x16, 0, 0, 0, 0, 0).status).toBe(0);
};
const persistent = (type: number) => (bench: Bench) => {
  expect(bench.register('A').status).toBe(0);
  expect(bench.prOut('A', 1, type, 0x11n, 0n).status).toBe(0);
};

const states: Record<string, (bench: Bench) => void> = {
  'free': () => {},
  'A holds RESERVE(6)': reserved,
  'A registered a key': (bench) => expect(bench.register('A').status).toBe(0),
  'A holds PR type 1': persistent(1),
  'A holds PR type 5': persistent(5),
  'after LUN RESET': (bench) => {
    reserved(bench);
    bench.reset();
  },
};

const commands: Record<string, (bench: Bench, by: string) => ScsiAnswer | null> = {
  'RELEASE(6)': (bench, by) => bench.send(by, 0x17, 0, 0, 0, 0, 0),
  'RELEASE(10)': (bench, by) => bench.send(by, 0x57, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  'RESERVE(6)': (bench, by) => bench.send(by, 0x16, 0, 0, 0, 0, 0),
  'RESERVE(10)': (bench, by) => bench.send(by, 0x56, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  'TEST UNIT READY': (bench, by) => bench.send(by, 0x00, 0, 0, 0, 0, 0),
  'READ(10)': (bench, by) => bench.send(by, 0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0),
  'WRITE(10)': (bench, by) => bench.send(by, 0x2a, 0, 0, 0, 0, 0, 0, 0, 1, 0),
  'PR IN READ KEYS': (bench, by) => bench.send(by, 0x5e, 0, 0, 0, 0, 0, 0, 1, 0, 0),
  'PR IN READ RESERVATION': (bench, by) => bench.send(by, 0x5e, 1, 0, 0, 0, 0, 0, 1, 0, 0),
  'PR OUT REGISTER': (bench, by) => bench.register(by),
  'RELEASE(6) first': (bench, by) => bench.send(by, 0x17, 0, 0, 0, 0, 0),
  'RELEASE(6) second': (bench, by) => {
    bench.send(by, 0x17, 0, 0, 0, 0, 0);
    return bench.send(by, 0x17, 0, 0, 0, 0, 0);
  },
  'LUN RESET': (bench) => {
    bench.reset();
    return null;
  },
  'logout': (bench, by) => {
    bench.unit.logout(by, (ms, run) => void bench.clock.after(ms, run));
    return null;
  },
};

type Before = ReturnType<Bench['standing']>;
const good = { status: 0x00, sense: null };

const results: Record<string, (bench: Bench, answer: ScsiAnswer | null, before: Before) => unknown> = {
  'GOOD': (_bench, answer) => expect(answer).toMatchObject(good),
  'CONFLICT': (bench, answer, before) => {
    expect(answer).toMatchObject({ status: 0x18, sense: null });
    expect(bench.standing()).toEqual(before);
  },
  'CHECK 5/2000': (bench, answer, before) => {
    expect(answer?.status).toBe(0x02);
    expect(decodeSense(answer?.sense as Uint8Array)).toEqual({ key: 5, code: 0x2000 });
    expect(bench.standing()).toEqual(before);
  },
  'GOOD empty': (_bench, answer) => {
    expect(answer).toMatchObject(good);
    const bytes = answer?.data as Uint8Array;
    expect(bytes).toHaveLength(8);
    expect([decodeKeys(bytes).keys, decodeReservation(bytes).reservation]).toEqual([[], null]);
  },
  'GOOD keeps': (bench, answer, before) => {
    expect(answer).toMatchObject(good);
    expect(bench.standing()).toEqual(before);
    if (before.reservedBy !== null) expect(bench.free()).toBe(false);
  },
  'GOOD frees': (bench, answer) => {
    expect(answer).toMatchObject(good);
    expect(bench.standing().reservedBy).toBeNull();
    expect(bench.free()).toBe(true);
  },
  'frees, then UA 2900 for A and B': (bench) => told(bench, 0x2900),
  'frees, then UA 2903 for A and B': (bench) => told(bench, 0x2903),
  'UA, not executed': (bench, answer, before) => {
    expect(answer?.status).toBe(0x02);
    expect(decodeSense(answer?.sense as Uint8Array)?.key).toBe(6);
    expect(bench.standing()).toEqual(before);
  },
  'frees at once': (bench) => expect(bench.free()).toBe(true),
  'frees within 3 s': async (bench) => {
    expect(bench.free()).toBe(false);
    await bench.clock.advance(2999);
    expect(bench.free()).toBe(false);
    await bench.clock.advance(1);
    expect(bench.free()).toBe(true);
  },
};

function told(bench: Bench, code: number): void {
  expect(bench.standing().reservedBy).toBeNull();
  for (const each of ['A', 'B']) {
    const first = bench.send(each, 0);
    expect([first.status, decodeSense(first.sense as Uint8Array)]).toEqual([0x02, { key: 6, code }]);
    expect(bench.send(each, 0).status).toBe(0);
  }
}

describe('what tgt and LIO answered', () => {
  test('the table is whole', () => {
    expect(header).toEqual(['state', 'by', 'command', 'tgt', 'LIO']);
    expect(lines).toHaveLength(24);
    expect(lines.every((line) => line.length === 5)).toBe(true);
  });

  const cases = lines.flatMap(([state, by, command, ...answers]) =>
    kinds.map((kind, index) => [kind, state, by, command, answers[index]] as string[]));

  test.each(cases)('%s: %s, %s sends %s: %s', async (kind, state, by, command, answer) => {
    const bench = new Bench(kind as TargetKind);
    expect(Object.keys(states)).toContain(state);
    states[state as string]?.(bench);
    const before = bench.standing();
    expect(Object.keys(commands)).toContain(command);
    expect(Object.keys(results)).toContain(answer);
    const said = commands[command as string]?.(bench, by as string) ?? null;
    await results[answer as string]?.(bench, said, before);
  });
});
