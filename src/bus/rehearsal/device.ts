// A device of one host: the initiator port that a command is sent through, the faults on the way, and the handles that a
// program has on the device.

import type { Clock } from '../../clock.ts';
import { PERSISTENT_RESERVE_IN, PERSISTENT_RESERVE_OUT } from '../../scsi/commands.ts';
import { type Designator, codeSet, designatorType } from '../../scsi/designators.ts';
import * as sense from '../../scsi/sense.ts';
import * as scsi from '../../scsi/status.ts';
import type { Access, Completion, Held, Opening } from '../bus.ts';
import {
  IOCTL_DISK_GET_CLUSTER_INFO, IOCTL_DISK_GET_DRIVE_LAYOUT_EX, IOCTL_SCSI_GET_ADDRESS, IOCTL_SCSI_PASS_THROUGH,
} from '../sdk/control-codes.ts';
import { encodeClusterInfo, encodeDriveLayout } from '../sdk/disk-use.ts';
import { SCSI_ADDRESS, encodeScsiAddress } from '../sdk/scsi-address.ts';
import { ClassDriver, type DeviceTraits, type Port } from './class-driver.ts';
import { Handle, type Handled, empty } from './handle.ts';
import { check } from './logical-unit.ts';
import * as nt from './ntstatus.ts';
import { oddAnswer, oddPassThrough } from './odd-answers.ts';
import { overPaths } from './paths.ts';
import { type PrOutFault, type Times, PrOutFaults, answerCalled } from './pr-out-faults.ts';
import type { DesignatorText, DeviceKind, DiskEntry, UnitEntry } from './rehearsal-file.ts';
import type { RehearsalStore } from './rehearsal-store.ts';
import type { PortAnswer } from './sense-to-status.ts';
import { Turns } from './turns.ts';

export interface KindRow {
  readonly kind: DeviceKind;
  /** Name before the number in a device path. */
  readonly prefix: string;
  /** DEVICE_TYPE of ntddk.h. */
  readonly deviceType: number;
  /** SCSI peripheral device type. */
  readonly peripheral: number;
  readonly partitionNumber: number;
  /** Device-interface class, and how it is called in an interface path. */
  readonly interfaceClass: string;
  readonly word: string;
}

/** GUID_DEVINTERFACE_... of ntddstor.h. */
export const kindRows: readonly KindRow[] = [
  { kind: 'disk', prefix: 'PhysicalDrive', deviceType: 0x07, peripheral: 0, partitionNumber: 0, word: 'disk',
    interfaceClass: '53f56307-b6bf-11d0-94f2-00a0c91efb8b' },
  { kind: 'tape', prefix: 'Tape', deviceType: 0x1f, peripheral: 1, partitionNumber: 0xffffffff, word: 'sequential',
    interfaceClass: '53f5630b-b6bf-11d0-94f2-00a0c91efb8b' },
  { kind: 'changer', prefix: 'Changer', deviceType: 0x30, peripheral: 8, partitionNumber: 0xffffffff,
    word: 'changer', interfaceClass: '53f56310-b6bf-11d0-94f2-00a0c91efb8b' },
  { kind: 'cdrom', prefix: 'CdRom', deviceType: 0x02, peripheral: 5, partitionNumber: 0xffffffff, word: 'cdrom',
    interfaceClass: '53f56308-b6bf-11d0-94f2-00a0c91efb8b' },
];

/** Devices that can carry a file system. */
const mountableTypes: ReadonlySet<number> = new Set([0x07, 0x02]);

const USB = 7;
const notFound: Opening = { status: nt.STATUS_OBJECT_NAME_NOT_FOUND, win32: 2 };
const never = () => new Promise<never>(() => {});
/** The numbers in SCSI_ADDRESS are single bytes. */
const largestLun = 255;

export class RehearsalDevice implements Handled {
  readonly entry: DiskEntry;
  /** The unit that lists show. */
  readonly listed: UnitEntry;
  readonly kind: KindRow;
  /** `\\.\PhysicalDrive3` */
  readonly path: string;
  /** `\\?\scsi#disk&ven_...#{...}` */
  readonly interfacePath: string;
  readonly #store: RehearsalStore;
  readonly #clock: Clock;
  readonly #driver: ClassDriver;
  readonly #turns: Turns;
  readonly #prOutFaults: PrOutFaults;
  #commands = 0;
  #requests = 0;

  /** `resetBus` is called for the reset that disk.sys asks for when a device is busy. */
  constructor(
    entry: DiskEntry, store: RehearsalStore, clock: Clock, resetBus: (device: RehearsalDevice) => void,
  ) {
    this.entry = entry;
    this.listed = store.rehearsal.units.get(entry.unit) as UnitEntry;
    this.kind = kindRows.find(({ kind }) => kind === entry.kind) as KindRow;
    this.path = `\\\\.\\${this.kind.prefix}${entry.number}`;
    this.interfacePath = entry.interfacePath ?? this.#madeUpInterfacePath();
    this.#store = store;
    this.#clock = clock;
    this.#turns = new Turns(store);
    this.#prOutFaults = new PrOutFaults(entry.faults.prOut ?? []);
    const port: Port = (cdb, data, timeoutMs) => this.#send(cdb, data, timeoutMs);
    this.#driver = new ClassDriver(() => this.#traits(), port, clock, () => resetBus(this));
  }

  /** Name of the unit that answers. */
  get unit(): string {
    return this.entry.faults.answersAs ?? this.entry.unit;
  }

  get cancellable(): boolean {
    return this.entry.faults.cancellable === true;
  }

  async open(access: Access): Promise<Opening> {
    const { openHangs, openDelayMs, openFails } = this.entry.faults;
    if (openHangs === true) return never();
    if (openDelayMs !== undefined) await this.#wait(openDelayMs);
    if (openFails !== undefined && (access !== 'query' || openFails.always === true)) {
      return { status: openFails.status === undefined ? null : Number(openFails.status), win32: openFails.win32 };
    }
    // Once a request has found the device gone, its name is gone as well; until then the device can still be opened.
    if (this.#gone() && this.#requests > (this.entry.faults.vanishesAfter ?? 0)) return notFound;
    return { disk: new Handle(this, access) };
  }

  /** One control request of a handle. */
  async control(
    code: number, input: Uint8Array | null, outputLength: number, access: Access,
  ): Promise<Completion> {
    const gone = this.#gone();
    this.#requests++;
    if (gone) return empty(nt.STATUS_NO_SUCH_DEVICE);
    if (code === IOCTL_SCSI_GET_ADDRESS) return this.#address(outputLength);
    const use = this.entry.kind === 'disk' ? this.#use(code) : null;
    if (use !== null) return completed(use, outputLength);
    const opened = { read: access !== 'query', write: access === 'readwrite' };
    const done = await this.#driver.control(code, input, outputLength, opened);
    const passedThrough = code === IOCTL_SCSI_PASS_THROUGH && done.status === nt.STATUS_SUCCESS;
    return passedThrough ? this.#passedThrough(done) : done;
  }

  /**
   * The class driver passes this request down, and a port driver answers it. The answer for a LUN that does not fit into
   * the structure is not known; here such a device has no address.
   */
  #address(outputLength: number): Completion {
    const { address } = this.entry;
    if (address === null || address.lun > largestLun) return empty(nt.STATUS_INVALID_DEVICE_REQUEST);
    if (outputLength < SCSI_ADDRESS.size) return empty(nt.STATUS_BUFFER_TOO_SMALL);
    const output = encodeScsiAddress(address);
    return { status: nt.STATUS_SUCCESS, information: BigInt(output.length), output };
  }

  /** The answer of the partition manager, which is above the class driver; null: not one of its requests. */
  #use(code: number): Uint8Array | null {
    const { clustered, clusterSharedVolume, poolMember } = this.entry;
    if (code === IOCTL_DISK_GET_CLUSTER_INFO) return encodeClusterInfo({ clustered, shared: clusterSharedVolume });
    return code === IOCTL_DISK_GET_DRIVE_LAYOUT_EX ? encodeDriveLayout(poolMember) : null;
  }

  get held(): Held | null {
    return this.#turns.held;
  }

  takeBack(): boolean {
    return this.#turns.takeBack();
  }

  /** One read of a handle. */
  async read(length: number, access: Access): Promise<Completion> {
    const gone = this.#gone();
    this.#requests++;
    return gone ? empty(nt.STATUS_NO_SUCH_DEVICE)
      : this.#driver.read(length, { read: access !== 'query', write: access === 'readwrite' });
  }

  /** The port driver's output for a completed pass-through request. */
  #passedThrough(done: Completion): Completion {
    const { passThroughFails, passThroughAnswers } = this.entry.faults;
    if (passThroughFails !== undefined) return empty(Number(passThroughFails));
    if (passThroughAnswers === undefined) return done;
    const output = oddPassThrough(passThroughAnswers, done.output, this.#commands);
    return { status: done.status, information: BigInt(output.length), output };
  }

  #gone(): boolean {
    const { vanishesAfter } = this.entry.faults;
    return vanishesAfter !== undefined && this.#requests >= vanishesAfter;
  }

  /** Sends one command to the logical unit, with the faults of this device. */
  async #send(cdb: Uint8Array, data: Uint8Array, ownTimeoutMs?: number): Promise<PortAnswer> {
    const { faults, initiators, fixedPath, timeoutMs } = this.entry;
    const count = this.#commands++;
    const strikes = (times: Times | undefined) => times === true || (typeof times === 'number' && count < times);
    if (faults.hangs === true) return never();
    if (faults.delayMs !== undefined) await this.#wait(faults.delayMs);
    if (faults.status !== undefined) {
      return { srb: 'INTERNAL_ERROR', scsi: null, systemStatus: Number(faults.status) };
    }
    if (strikes(faults.silent)) {
      await this.#wait(ownTimeoutMs ?? timeoutMs);
      return { srb: 'TIMEOUT', scsi: null };
    }
    if (strikes(faults.notReady)) return { srb: 'ERROR', scsi: check(sense.NOT_READY, sense.LUN_BECOMING_READY) };
    if (strikes(faults.busy)) {
      return { srb: 'ERROR', scsi: { status: scsi.BUSY, sense: null, data: new Uint8Array(0) } };
    }
    const readsReservations = cdb[0] === PERSISTENT_RESERVE_IN;
    if (readsReservations && faults.prInFails !== undefined) {
      return { srb: 'INTERNAL_ERROR', scsi: null, systemStatus: Number(faults.prInFails) };
    }
    const fault = cdb[0] === PERSISTENT_RESERVE_OUT ? this.#prOutFaults.next(cdb) : null;
    if (fault?.done === false) return this.#faulty(fault, null);
    const next = fixedPath ? 0 : count % initiators.length;
    const paths = fixedPath ? initiators.slice(0, 1) : [...initiators.slice(next), ...initiators.slice(0, next)];
    // Pass-through (recognized by its own timeout) always uses one path.
    const spreads = cdb[0] === PERSISTENT_RESERVE_OUT && paths.length > 1 && ownTimeoutMs === undefined;
    const answer = await this.#turns.run(() => {
      const unit = this.#store.units.get(this.unit);
      if (unit === undefined) throw new Error(`${this.path} leads to ${this.unit}, which is not there`);
      const run = (initiator: string) => unit.execute(initiator, cdb, data);
      return spreads ? overPaths(paths, cdb, run) : run(paths[0] as string);
    });
    if (fault !== null) {
      return this.#faulty(fault, { srb: answer.status === scsi.GOOD ? 'SUCCESS' : 'ERROR', scsi: answer });
    }
    if (answer.status !== scsi.GOOD) return { srb: 'ERROR', scsi: answer };
    if (!readsReservations || faults.prInAnswers === undefined) return { srb: 'SUCCESS', scsi: answer };
    return { srb: 'SUCCESS', scsi: { ...answer, data: oddAnswer(faults.prInAnswers, answer.data, cdb, count) } };
  }

  /** The answer to a command with a fault, after its delay. `own` is the answer of the unit. */
  async #faulty({ answer, lateMs }: PrOutFault, own: PortAnswer | null): Promise<PortAnswer> {
    const changed = answer === undefined ? own : answerCalled(answer);
    if (changed === null) throw new Error(`${this.path}: a command that is not done has to be answered`);
    const ms = (lateMs ?? 0) + (changed.srb === 'TIMEOUT' ? this.entry.timeoutMs : 0);
    if (ms > 0) await this.#wait(ms);
    return changed;
  }

  #traits(): DeviceTraits {
    const { number, faults, clustered } = this.entry;
    const unit = this.#store.rehearsal.units.get(this.unit) as UnitEntry;
    return {
      number: {
        deviceType: this.kind.deviceType,
        deviceNumber: faults.renumberedTo ?? number,
        partitionNumber: this.kind.partitionNumber,
      },
      descriptor: {
        deviceType: this.kind.peripheral,
        removableMedia: unit.removable,
        vendorId: unit.vendor,
        productId: unit.product,
        productRevision: unit.revision,
        serialNumber: unit.serial,
        busType: unit.busType,
      },
      designators: designatorsOf(unit),
      clustered,
      // A removable disk or CD-ROM counts as mounted; tapes and changers have no volumes.
      mounted: unit.removable && mountableTypes.has(this.kind.deviceType),
    };
  }

  #madeUpInterfacePath(): string {
    const { listed, entry } = this;
    const enumerator = entry.initiators.length > 1 ? 'mpio' : listed.busType === USB ? 'usbstor' : 'scsi';
    const word = (text: string | null) => (text ?? '').trim().toLowerCase().replaceAll(/[^a-z0-9.-]/g, '_');
    const instance = `5&1a2b3c4d&0&${entry.number.toString(16).padStart(6, '0')}`;
    return `\\\\?\\${enumerator}#${this.kind.word}&ven_${word(listed.vendor)}&prod_${word(listed.product)}`
      + `#${instance}#{${this.kind.interfaceClass}}`;
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.after(ms, resolve));
  }
}

const completed = (output: Uint8Array, room: number): Completion => (room < output.length ? empty(nt.STATUS_BUFFER_TOO_SMALL)
  : { status: nt.STATUS_SUCCESS, information: BigInt(output.length), output });

const designatorTypes = {
  scsiName: designatorType.scsiNameString, naa: designatorType.naa, eui64: designatorType.eui64,
  t10: designatorType.t10VendorId, vendor: designatorType.vendorSpecific,
} as const;

/** Page 83h of a unit; null where it has none. */
export function designatorsOf({ naa, eui64, designators }: UnitEntry): Designator[] | null {
  const all: DesignatorText[] = [
    ...(naa === null ? [] : [{ type: 'naa', hex: naa } as const]),
    ...(eui64 === null ? [] : [{ type: 'eui64', hex: eui64 } as const]),
    ...designators,
  ];
  return all.length === 0 ? null : all.map(({ type, text = '', hex }): Designator => ({
    type: designatorTypes[type], association: 0,
    codeSet: hex !== undefined ? codeSet.binary : type === 'scsiName' ? codeSet.utf8 : codeSet.ascii,
    identifier: hex === undefined ? Buffer.from(text, type === 'scsiName' ? 'utf8' : 'latin1') : Buffer.from(hex, 'hex'),
  }));
}
