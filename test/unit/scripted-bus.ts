// A test double of the machine: each device answers each control code as its script says, and the double holds the
// program to the rules of the seam (src/bus/bus.ts) while it does so.

import type { Access, Bus, BusKind, Completion, Disk, DiskRoles, Opening } from '../../src/bus/bus.ts';
import type { Designator } from '../../src/scsi/designators.ts';
import {
  decodePropertyQuery, encodeDeviceDescriptor, encodeDeviceIdDescriptor, encodeDeviceNumber,
} from '../../src/bus/sdk/layouts.ts';
import type { VirtualClock } from './virtual-clock.ts';

export const RELEASE = 0x2d4814;
export const DEVICE_NUMBER = 0x2d1080;
export const QUERY_PROPERTY = 0x2d1400;
export const IS_CLUSTERED = 0x700f8;

export const STATUS_SUCCESS = 0;
export const STATUS_CANCELLED = 0xc0000120;
export const STATUS_INVALID_DEVICE_REQUEST = 0xc0000010;

/** The requests of one release, in their order. */
export const steps = ['number', 'descriptor', 'page83', 'clustered', 'release'] as const;
export type Step = (typeof steps)[number];

/** How one request goes. */
export interface Answer {
  readonly status?: number;
  readonly output?: Uint8Array;
  readonly information?: bigint;
  readonly afterMs?: number;
  readonly hangs?: boolean;
  readonly rejects?: Error;
  readonly throws?: Error;
}

export interface Device {
  readonly path: string;
  readonly number?: number;
  readonly deviceType?: number;
  readonly partition?: number;
  readonly vendor?: string | null;
  readonly product?: string | null;
  readonly serial?: string | null;
  readonly busType?: number;
  /** Page 83h; null: it has none. */
  readonly page83?: readonly Designator[] | null;
  readonly clustered?: boolean;
  readonly open?: Answer & { readonly win32?: number; readonly fails?: boolean };
  readonly answers?: Partial<Record<Step, Answer>>;
  readonly closes?: Answer;
  readonly cancels?: 'nothing' | 'request' | Error;
  /** What stands for the device itself where several paths lead to it. */
  readonly same?: string;
}

export const naa = (digits: string): Designator =>
  ({ codeSet: 1, type: 3, association: 0, identifier: Buffer.from(digits, 'hex') });

const idDigits = (number: number) => `6005076802830000${number.toString(16).padStart(16, '0')}`;

/** A disk with a number, a serial number and a page 83h of its own. */
export const disk = (number: number, more: Partial<Device> = {}): Device => ({
  path: `\\\\.\\PhysicalDrive${number}`, number, serial: `SER${number}`,
  page83: [naa(idDigits(number))], ...more,
});

/** What Windows would show as the UniqueId of `disk(number)`. */
export const uniqueIdOf = (number: number): string => idDigits(number).toUpperCase();

const never = <T>() => new Promise<T>(() => {});

/** A control code as it came. */
interface Sent {
  readonly path: string;
  readonly step: Step;
  readonly code: number;
  readonly access: Access;
}

export class ScriptedBus implements Bus {
  readonly kind: BusKind = 'Windows';
  readonly computerName = 'HOST-A';
  readonly devices: readonly Device[];
  readonly opened: { readonly path: string; readonly access: Access }[] = [];
  readonly sent: Sent[] = [];
  /** Handles that came to be, those that were closed, and those that were asked to give up. */
  handles = 0;
  closed = 0;
  cancelled = 0;
  flushed = 0;
  listed = 0;
  /** What the program did against the rules. */
  readonly broken: string[] = [];
  /** What the calls do that belong to no device. */
  list_: () => Promise<string[]>;
  roles_: () => Promise<DiskRoles> = async () => ({ boot: new Set(), system: new Set(), multipath: new Set() });
  flush_: () => Promise<void> = async () => {};
  readonly #clock: VirtualClock;
  readonly #atWork = new Set<string>();

  constructor(clock: VirtualClock, devices: readonly Device[]) {
    this.#clock = clock;
    this.devices = devices;
    this.list_ = async () => devices.map(({ path }) => path);
  }

  /** How many RELEASEs went to a path, or to all. */
  releases(path?: string): number {
    return this.sent.filter((one) => one.step === 'release' && (path === undefined || one.path === path)).length;
  }

  list(): Promise<string[]> {
    this.listed++;
    return this.list_();
  }

  roles(): Promise<DiskRoles> {
    return this.roles_();
  }

  async flush(): Promise<void> {
    this.flushed++;
    await this.flush_();
  }

  async close(): Promise<void> {}

  open(path: string, access: Access): Promise<Opening> {
    this.opened.push({ path, access });
    const device = this.devices.find((one) => one.path.toLowerCase() === path.toLowerCase());
    if (device === undefined) return Promise.resolve({ status: 0xc0000034, win32: 2 });
    const { open = {} } = device;
    return this.#play(open, () => {
      if (open.fails === true) return { status: open.status ?? null, win32: open.win32 ?? 0 };
      this.handles++;
      return { disk: this.#handle(device, access) };
    });
  }

  #play<T>(answer: Answer, value: () => T): Promise<T> {
    if (answer.throws !== undefined) throw answer.throws;
    if (answer.hangs === true) return never();
    const end = () => (answer.rejects === undefined ? Promise.resolve(value()) : Promise.reject(answer.rejects));
    if (answer.afterMs === undefined) return end();
    return new Promise((resolve, reject) => {
      this.#clock.after(answer.afterMs as number, () => void end().then(resolve, reject));
    });
  }

  #handle(device: Device, access: Access): Disk {
    const say = (rule: string) => void this.broken.push(`${device.path}: ${rule}`);
    let pending: ((done: Completion) => void) | null = null;
    let closed = false;
    const key = device.same ?? device.path.toLowerCase();
    return {
      control: (code, input, outputLength) => {
        const step = stepOf(code, input);
        if (step === null) say(`a code that is not on the list: 0x${code.toString(16)}`);
        if (((code >>> 14) & 3) !== 0 && access !== 'read') say('a code that needs access on a handle without');
        if (closed) say('a code on a handle that is closed');
        if (pending !== null) say('two codes at once on one handle');
        // A search may look at a device at any time, with a handle that has no access.
        const taken = [...(access === 'read' ? [device.path] : []),
          ...(step === 'release' ? [`release ${key}`] : [])];
        if (taken.some((one) => this.#atWork.has(one))) say('two codes at once on one device');
        for (const one of taken) this.#atWork.add(one);
        this.sent.push({ path: device.path, step: step ?? 'number', code, access });
        const end = () => {
          for (const one of taken) this.#atWork.delete(one);
          pending = null;
        };
        let played: Promise<Completion>;
        try {
          played = this.#play(device.answers?.[step ?? 'number'] ?? {}, () =>
            completion(device, step, outputLength));
        } catch (error) {
          end();
          throw error;
        }
        return new Promise((resolve, reject) => {
          pending = (done) => {
            end();
            resolve(done);
          };
          played.then((done) => pending?.(done), (error: unknown) => {
            end();
            reject(error as Error);
          });
        });
      },
      read: async (length) => {
        if (access === 'query') say('a read on a handle without access');
        if (closed) say('a read on a handle that is closed');
        if (pending !== null) say('a read beside a code on one handle');
        return { status: STATUS_SUCCESS, information: BigInt(length), output: new Uint8Array(0) };
      },
      cancel: () => {
        this.cancelled++;
        if (pending === null) say('cancelled with nothing pending');
        if (device.cancels instanceof Error) throw device.cancels;
        if (device.cancels === 'request') pending?.({ status: STATUS_CANCELLED, information: 0n,
          output: new Uint8Array(0) });
      },
      close: () => {
        if (closed) say('closed twice');
        if (pending !== null) say('closed with a request pending');
        closed = true;
        this.closed++;
        return this.#play(device.closes ?? {}, () => undefined);
      },
    };
  }
}

function stepOf(code: number, input: Uint8Array | null): Step | null {
  if (code === QUERY_PROPERTY && input !== null) {
    return decodePropertyQuery(input).propertyId === 0 ? 'descriptor' : 'page83';
  }
  return ({ [DEVICE_NUMBER]: 'number', [IS_CLUSTERED]: 'clustered', [RELEASE]: 'release' } as const)[code] ?? null;
}

function completion(device: Device, step: Step | null, outputLength: number): Completion {
  const answer = device.answers?.[step ?? 'number'] ?? {};
  const whole = answer.output ?? (answer.status === undefined ? bytesOf(device, step) : new Uint8Array(0));
  const status = answer.status ?? (whole === null ? STATUS_INVALID_DEVICE_REQUEST : STATUS_SUCCESS);
  const output = (whole ?? new Uint8Array(0)).slice(0, outputLength);
  return { status, information: answer.information ?? BigInt(output.length), output };
}

/** What the device says; null: it does not know the request. */
export function bytesOf(device: Device, step: Step | null): Uint8Array | null {
  switch (step) {
    case 'number': return encodeDeviceNumber({
      deviceType: device.deviceType ?? 7, deviceNumber: device.number ?? 0xffffffff,
      partitionNumber: device.partition ?? 0,
    });
    case 'descriptor': return encodeDeviceDescriptor({
      deviceType: 0, removableMedia: false, vendorId: device.vendor ?? null, productId: device.product ?? null,
      productRevision: null, serialNumber: device.serial ?? null, busType: device.busType ?? 6,
    });
    case 'page83': return device.page83 == null ? null : encodeDeviceIdDescriptor(device.page83);
    case 'clustered': return Uint8Array.of(device.clustered === true ? 1 : 0);
    default: return new Uint8Array(0);
  }
}
