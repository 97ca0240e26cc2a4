// One disk whose probes answer as a script says: bytes, an NTSTATUS, or never. What was asked is noted, and with
// how much room.

import type { Access, Bus, Completion, DiskRoles } from '../../src/bus/bus.ts';
import * as codes from '../../src/bus/sdk/control-codes.ts';
import { decodePropertyQuery } from '../../src/bus/sdk/layouts.ts';
import {
  type PassThroughAnswer, decodePassThroughCommand, encodePassThroughAnswer,
} from '../../src/bus/sdk/pass-through.ts';
import { decodePersistentReserveIn } from '../../src/bus/sdk/persistent-reserve.ts';
import { createContext, lookingOnly } from '../../src/disk/context.ts';
import { type ChangeRequest, change } from '../../src/verbs/change.ts';
import { readReservation } from '../../src/verbs/read.ts';
import { noClaim } from '../../src/disk/claim.ts';
import { encodeFullStatus } from '../../src/scsi/full-status.ts';
import { encodeKeys, encodeReservation, prInActionRows } from '../../src/scsi/persistent-reservations.ts';
import { type Device, bytesOf, disk } from './scripted-bus.ts';
import { VirtualClock } from './virtual-clock.ts';

/**
 * How a probe is answered: data, an NTSTATUS, the whole of a pass-through answer, never, or with no buffer at all,
 * as no bus may.
 */
export type Say = Uint8Array | number | Omit<PassThroughAnswer, 'truncated'> | 'never' | 'no buffer';
export interface Asking {
  /** From 0, for each kind of probe. */
  readonly time: number;
  readonly room: number;
}
export type Script = Readonly<Record<string, Say | ((asking: Asking) => Say)>>;

/** `count` keys from 1. */
export const keys = (count: number): Uint8Array =>
  encodeKeys({ generation: 9, keys: Array.from({ length: count }, (_, i) => BigInt(i + 1)) });
export const noReservation = encodeReservation({ generation: 9, reservation: null });
export const heldBy = (key: bigint, type: number): Uint8Array =>
  encodeReservation({ generation: 9, reservation: { key, scope: 0, type } });
/** `count` registrants with 24 bytes of FC initiator port each. */
export const registrants = (count: number): Uint8Array => encodeFullStatus({
  generation: 9, registrants: Array.from({ length: count }, (_, i) => ({
    key: BigInt(i + 1), holder: i === 0, allTargetPorts: false, scope: 0, type: 5, targetPort: 1,
    transportId: Uint8Array.from({ length: 24 }, (__, at) => (at === 15 ? i & 255 : at === 14 ? i >>> 8 : 0)),
  })),
});
/** SCSI status CHECK CONDITION with this sense key. */
export const checkCondition = (key: number): Say => ({
  scsiStatus: 2, data: new Uint8Array(0),
  sense: Uint8Array.of(0x70, 0, key, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x29, 0, 0, 0, 0, 0),
});

export const STATUS_DEVICE_BUSY = 0x80000011;

/** A disk that is ready and has no keys. */
const silentScript: Script = {
  CHECK_VERIFY: 0, CHECK_VERIFY2: 0, RELEASE: 0, RESERVE: 0, READ: 0,
  'READ KEYS': keys(0), 'READ RESERVATION': noReservation,
  'REPORT CAPABILITIES': Uint8Array.of(0, 8, 0, 0x80, 0, 0, 0, 0), 'READ FULL STATUS': registrants(0),
};

const plainNames: ReadonlyMap<number, string> = new Map([
  [codes.IOCTL_STORAGE_CHECK_VERIFY, 'CHECK_VERIFY'], [codes.IOCTL_STORAGE_CHECK_VERIFY2, 'CHECK_VERIFY2'],
  [codes.IOCTL_STORAGE_RELEASE, 'RELEASE'], [codes.IOCTL_STORAGE_RESERVE, 'RESERVE'],
]);
const actionName = (action: number) => prInActionRows.find(({ value }) => value === action)!.name;

export interface Host {
  readonly script?: Script;
  readonly device?: Partial<Device>;
  readonly roles?: Partial<DiskRoles>;
  /** Kinds of access that this user is not given. */
  readonly denied?: readonly Access[];
}

export function probed({ script = {}, device = {}, roles = {}, denied = [] }: Host = {}) {
  const clock = new VirtualClock();
  const its = disk(3, device);
  const asked: { readonly probe: string; readonly room: number }[] = [];
  const opened: Access[] = [];
  let closed = 0;

  const identity = (code: number, input: Uint8Array | null): Uint8Array | null => {
    if (code === codes.IOCTL_STORAGE_GET_DEVICE_NUMBER) return bytesOf(its, 'number');
    if (code === codes.IOCTL_DISK_IS_CLUSTERED) return bytesOf(its, 'clustered');
    if (code !== codes.IOCTL_STORAGE_QUERY_PROPERTY) throw new Error(`unexpected 0x${code.toString(16)}`);
    return bytesOf(its, decodePropertyQuery(input!).propertyId === 0 ? 'descriptor' : 'page83');
  };
  const completed = (output: Uint8Array, status = 0): Completion =>
    ({ status, information: BigInt(output.length), output });

  async function control(code: number, input: Uint8Array | null, length: number): Promise<Completion> {
    const through = code === codes.IOCTL_SCSI_PASS_THROUGH ? decodePassThroughCommand(input!) : null;
    const list = code === codes.IOCTL_STORAGE_PERSISTENT_RESERVE_IN ? decodePersistentReserveIn(input!) : null;
    const probe = plainNames.get(code) ?? (through !== null ? actionName(through.cdb[1]!)
      : list !== null ? actionName(list.serviceAction) : null);
    if (probe === null) {
      const output = identity(code, input);
      return output === null ? completed(new Uint8Array(0), 0xc0000010) : completed(output.slice(0, length));
    }
    const room = through?.dataLength ?? list?.allocationLength ?? 0;
    const time = asked.filter((one) => one.probe === probe).length;
    asked.push({ probe, room });
    const said = script[probe] ?? silentScript[probe]!;
    const say = typeof said === 'function' ? said({ time, room }) : said;
    if (say === 'never') return new Promise(() => {});
    if (say === 'no buffer') return { status: 0, information: 0n, output: null as unknown as Uint8Array };
    if (typeof say === 'number') return completed(new Uint8Array(0), say);
    if (through === null) return completed((say as Uint8Array).slice(0, length));
    const answer = say instanceof Uint8Array ? { scsiStatus: 0, sense: new Uint8Array(0), data: say } : say;
    return completed(encodePassThroughAnswer(input!, length, answer));
  }

  async function read(length: number): Promise<Completion> {
    const time = asked.filter((one) => one.probe === 'READ').length;
    asked.push({ probe: 'READ', room: length });
    const said = script['READ'] ?? silentScript['READ']!;
    const say = typeof said === 'function' ? said({ time, room: length }) : said;
    if (say === 'never') return new Promise(() => {});
    return { ...completed(new Uint8Array(0), say as number), information: say === 0 ? BigInt(length) : 0n };
  }

  const bus: Bus = {
    kind: 'Windows',
    computerName: 'HOST-A',
    list: async () => [its.path],
    roles: async () => ({ boot: new Set(), system: new Set(), multipath: new Set(), ...roles }),
    open: async (_path, access) => {
      opened.push(access);
      if (denied.includes(access)) return { status: 0xc0000022, win32: 5 };
      return { disk: { control, read, cancel() {}, close: async () => void closed++ } };
    },
    flush: async () => {},
    close: async () => {},
  };
  const context = createContext(bus, clock);
  const told: string[] = [];
  const report = { step: (text: string) => void told.push(text), late() {} };
  const claim = { ...noClaim, number: 3 };
  const finished = async <T>(promise: Promise<T>): Promise<T> => {
    await clock.runAll();
    return promise;
  };
  return {
    clock, context, asked, opened, told,
    closed: () => closed,
    /** What was asked, in order. */
    probes: () => asked.map(({ probe }) => probe),
    status: (detailed = false, more: object = {}) =>
      finished(readReservation(
        { claim: { ...claim, ...more }, timeoutMs: 30_000, detailed }, lookingOnly(context), report)),
    send: async (request: Partial<ChangeRequest>) => (await finished(change({
      claim, allow: new Set(), timeoutMs: 30_000, dryRun: false, ...request,
    }, context, report))).result,
  };
}
