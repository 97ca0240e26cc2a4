// A bus on which one disk of a rehearsal is a logical unit of somebody else: of the real target, or of the rehearsal
// again, to be compared with it. What a host knows of its disk is rehearsed; every SCSI command of it goes to that
// unit through the simulated class driver, and each is written down with what came back.

import type { Bus, Disk } from '../../src/bus/bus.ts';
import { ClassDriver, type DeviceTraits, type Port } from '../../src/bus/rehearsal/class-driver.ts';
import { rehearsalOf } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import * as ioctl from '../../src/bus/sdk/control-codes.ts';
import { decodeBreakReservation } from '../../src/bus/sdk/scsi-address.ts';
import { type Clock, systemClock } from '../../src/clock.ts';
import { createContext } from '../../src/disk/context.ts';
import { noClaim } from '../../src/disk/claim.ts';
import { PERSISTENT_RESERVE_IN, PERSISTENT_RESERVE_OUT, READ_10 } from '../../src/scsi/commands.ts';
import { prOutActionRows } from '../../src/scsi/persistent-reservations.ts';
import { rowOf } from '../../src/scsi/row.ts';
import { encodeSense } from '../../src/scsi/sense.ts';
import { type ClearRequest, clear } from '../../src/verbs/clear/clear.ts';
import type { ClearResult } from '../../src/verbs/clear/clear-result.ts';
import { oneDisk } from '../unit/clear-world.ts';
import type { Side } from './sides.ts';
import { type Command, wordOf } from './steps.ts';
import type { Answer } from './target.mjs';

/** What happens right after a command of ours. */
export interface Between {
  /** Name of a service action of PERSISTENT RESERVE OUT, and which of that name it is, from 1. */
  readonly at: string;
  readonly nth: number;
  /** Gives what was answered, for the wire. Null: the command itself, once more. */
  readonly act: ((side: Side) => Promise<string>) | null;
}

/** What was sent, in its order: the command, what it carried, what came back; and what others did between. */
export type Wire = string[];

const blockSize = 512;
const number = 1;
const path = `\\\\.\\PhysicalDrive${number}`;
const port = 2;

const traits: DeviceTraits = {
  number: { deviceType: 0x07, deviceNumber: number, partitionNumber: 0 },
  descriptor: {
    deviceType: 0, removableMedia: false, vendorId: null, productId: null, productRevision: null, serialNumber: null, busType: 9,
  },
  designators: null, clustered: false, mounted: false,
};

/** Codes that become SCSI commands. Everything else about the disk is rehearsed. */
const commanding: ReadonlySet<number> = new Set([
  ioctl.IOCTL_STORAGE_CHECK_VERIFY, ioctl.IOCTL_STORAGE_CHECK_VERIFY2, ioctl.IOCTL_STORAGE_RESERVE, ioctl.IOCTL_STORAGE_RELEASE,
  ioctl.IOCTL_STORAGE_PERSISTENT_RESERVE_IN, ioctl.IOCTL_STORAGE_PERSISTENT_RESERVE_OUT, ioctl.IOCTL_SCSI_PASS_THROUGH,
]);

/** A retry of the class driver waits for nobody here. */
const noWaiting: Clock = {
  now: () => 0, date: () => new Date(0),
  after(_ms, run) {
    const timer = setImmediate(run);
    return () => clearImmediate(timer);
  },
};

/** Bytes that a command reads, by the field that says so. */
function inLengthOf(cdb: Uint8Array): number {
  const length = ((cdb[7] ?? 0) << 8) | (cdb[8] ?? 0);
  return cdb[0] === READ_10 ? length * blockSize : cdb[0] === PERSISTENT_RESERVE_IN ? length : 0;
}

const hex = (bytes: ArrayLike<number>) => Buffer.from(bytes as Uint8Array).toString('hex');

/** @param lun where the unit stands on its target, which is where the adapter is to reset it */
function busOf(side: Side, by: string, lun: number, wire: Wire, between: readonly Between[]): Bus {
  const counts = new Map<string, number>();
  const send = async (cdb: Uint8Array, data: Uint8Array): Promise<Answer> => {
    const inLength = inLengthOf(cdb);
    const reads = cdb[0] === PERSISTENT_RESERVE_IN;
    const command: Command = {
      cdb: [...cdb], inLength, ...(data.length > 0 ? { out: data } : {}), ...(reads ? { read: hex } : {}),
    };
    const answer = await side.send({ by, command, verb: '', text: '', answer: '' });
    wire.push(`${hex(cdb)}${data.length > 0 ? ` ${hex(data)}` : ''}: ${wordOf(answer, command)}`);
    return answer;
  };
  const toUnit: Port = async (cdb, data) => {
    const action = cdb[0] === PERSISTENT_RESERVE_OUT ? rowOf(prOutActionRows, cdb[1]! & 0x1f)!.name : null;
    let answer = await send(cdb, data);
    if (action !== null) {
      const nth = (counts.get(action) ?? 0) + 1;
      counts.set(action, nth);
      for (const one of between.filter((each) => each.at === action && each.nth === nth)) {
        if (one.act === null) answer = await send(cdb, data);
        else wire.push(await one.act(side));
      }
    }
    const { status, sense, data: read } = answer;
    return { srb: status === 0 ? 'SUCCESS' : 'ERROR',
      scsi: { status, sense: sense === null ? null : encodeSense(sense), data: Uint8Array.from(read) } };
  };
  const driver = new ClassDriver(() => traits, toUnit, noWaiting);

  const rehearsal = rehearsalOf(JSON.stringify(oneDisk({}, { scsiAddress: { port, lun } })), { clock: systemClock });
  return {
    kind: rehearsal.kind,
    computerName: rehearsal.computerName,
    list: () => rehearsal.list(),
    inventory: () => rehearsal.inventory(),
    roles: () => rehearsal.roles(),
    flush: () => rehearsal.flush(),
    close: () => rehearsal.close(),
    async open(name, access) {
      const opening = await rehearsal.open(name, access);
      if (opening.disk === undefined) return opening;
      const { disk } = opening;
      const opened = { read: access !== 'query', write: access === 'readwrite' };
      const handle: Disk = {
        async control(code, input, length) {
          if (code === ioctl.IOCTL_STORAGE_BREAK_RESERVATION) {
            const { lun: asked } = decodeBreakReservation(input!);
            if (asked !== lun) throw new Error(`LUN ${asked} is to be reset, which is not ours`);
            wire.push(`reset of LUN: ${await side.nexus({ by, verb: 'reset', command: null, text: '', answer: '' })}`);
          } else if (commanding.has(code)) return driver.control(code, input, length, opened);
          return disk.control(code, input, length);
        },
        read: (length) => driver.read(length, opened),
        cancel: () => disk.cancel(),
        close: () => disk.close(),
      };
      return { disk: handle };
    },
  };
}

export type Wanted = Pick<ClearRequest, 'method'> & Partial<ClearRequest>;

/** Digits of the own key, the same on each side. */
const random = (length: number) => new Uint8Array(length).fill(0x5a);
export const ownKey = 0x53525a5a5a5a5a5an;

/** What came of one Clear-StorageReservation, but for the times of the day. */
export interface Cleared {
  readonly wire: Wire;
  readonly result: Omit<ClearResult, 'StartedAt' | 'DurationMs'>;
}

/** Runs the command itself on a unit, as the host of the initiator `by`. */
export async function clearOn(
  side: Side, by: string, lun: number, wanted: Wanted, between: readonly Between[] = [],
): Promise<Cleared> {
  const wire: Wire = [];
  const context = createContext(busOf(side, by, lun, wire, between), systemClock);
  const { result: { StartedAt: _at, DurationMs: _ms, ...result } } = await clear({
    claim: { ...noClaim, path }, holderKey: null, ownKey: null, abort: false, allow: new Set(), timeoutMs: 30_000, dryRun: false,
    random, ...wanted,
  }, context, { step() {}, late() {} });
  return { wire, result };
}

/** Names of what was sent that changes something. */
export const changesIn = (wire: Wire): string => wire.flatMap((line) => {
  if (line.startsWith('reset')) return ['RESET'];
  const bytes = Buffer.from(line.split(/[ :]/)[0]!, 'hex');
  return bytes[0] === PERSISTENT_RESERVE_OUT ? [rowOf(prOutActionRows, bytes[1]! & 0x1f)!.name] : [];
}).join(' ');
