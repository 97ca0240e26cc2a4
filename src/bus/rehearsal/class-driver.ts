// Microsoft's class driver for one device: control codes to command descriptor blocks, buffer rules, retries,
// NTSTATUS. Source: microsoft/Windows-driver-samples storage/class, 26a27df8, classpnp/src and disk/src.
// test/unit/classpnp.test.ts compares it with a run of that source; the differences, with reasons, are in
// test/unit/classpnp-known-differences.ts. Not modelled: tags and flags of request blocks, the event log, and
// notifications.

import type { Clock } from '../../clock.ts';
import type { Completion } from '../bus.ts';
import * as op from '../../scsi/commands.ts';
import {
  READ_KEYS, READ_RESERVATION, encodePrOutCommand, prOutActionRows, prOutListLength,
} from '../../scsi/persistent-reservations.ts';
import { UNIT_ATTENTION } from '../../scsi/sense.ts';
import * as ioctl from '../sdk/control-codes.ts';
import { LayoutError } from '../sdk/fields.ts';
import type { Designator } from '../../scsi/designators.ts';
import {
  type DeviceDescriptor, type DeviceNumber, FILE_DEVICE_DISK, StorageDeviceIdProperty, StorageDeviceProperty,
  decodePropertyQuery, encodeDeviceDescriptor, encodeDeviceIdDescriptor, encodeDeviceNumber,
} from '../sdk/layouts.ts';
import {
  SCSI_IOCTL_DATA_OUT, SCSI_PASS_THROUGH, decodePassThroughCommand, encodePassThroughAnswer,
} from '../sdk/pass-through.ts';
import {
  PERSISTENT_RESERVE_COMMAND_IN, decodePersistentReserveIn, decodePersistentReserveOut,
} from '../sdk/persistent-reserve.ts';
import type { ScsiAnswer } from './logical-unit.ts';
import * as nt from './ntstatus.ts';
import { type PortAnswer, asksForReset, interpret } from './sense-to-status.ts';

/**
 * The port driver below the class driver: sends a request block to a logical unit. `timeoutMs` is the sender's own
 * timeout, where it has one. May never answer.
 */
export type Port = (cdb: Uint8Array, data: Uint8Array, timeoutMs?: number) => Promise<PortAnswer>;

/** Exceptions in how a command is sent. */
interface Sending {
  readonly data?: Uint8Array;
  /** Gives another form of the command, for a device that does not know this one. Trying it takes one of the retries. */
  readonly refused?: () => Uint8Array;
  /** Does not start a stopped disk. */
  readonly lowPriority?: boolean;
  /** More or less data than requested is not an error. class.c 3796 */
  readonly partial?: boolean;
}

export interface DeviceTraits {
  readonly number: DeviceNumber;
  readonly descriptor: DeviceDescriptor;
  /** Page 83h; null where the device has none. */
  readonly designators: readonly Designator[] | null;
  readonly clustered: boolean;
  /** The medium can be changed, and a file system has its volume mounted. */
  readonly mounted: boolean;
}

/** What the handle was opened with. */
export interface HandleAccess {
  readonly read: boolean;
  readonly write: boolean;
}

interface Request {
  readonly input: Uint8Array;
  readonly outputLength: number;
}

type Handler = (driver: ClassDriver, request: Request) => Completion | Promise<Completion>;

/** MAXIMUM_RETRIES of classpnp.h: after the first try. */
export const maximumRetries = 4;
/** A retry waits at least 32 ticks of the clock, 15.625 ms each. class.c 12260. */
export const shortestWaitMs = 500;

const prCommandSize = PERSISTENT_RESERVE_COMMAND_IN.size;

/** All simulated disks have this size. */
const blockSize = 512;
const none = new Uint8Array(0);

const empty = (status: number): Completion => ({ status, information: 0n, output: none });
/** NT_ERROR of ntdef.h. */
const isError = (status: number) => status >>> 30 === 3;

/** The output as METHOD_BUFFERED copies it: as many bytes as fit, and none with an error. */
function filled(bytes: Uint8Array, room: number, status = nt.STATUS_SUCCESS): Completion {
  const output = bytes.slice(0, room);
  return { status, information: BigInt(output.length), output: isError(status) ? none : output };
}

/** The answer where the output does not fit; `information` still has its length. */
const tooSmall = (needed: number): Completion =>
  ({ status: nt.STATUS_BUFFER_TOO_SMALL, information: BigInt(needed), output: none });

const ulong = 4;

const checkVerify = (lowPriority: boolean): Handler => async (driver, { outputLength }) => {
  // The output has room for the count of media changes, or no room at all; class.c 7777.
  if (outputLength > 0 && outputLength < ulong) return tooSmall(ulong);
  const { status } = await driver.send(six(op.TEST_UNIT_READY), { lowPriority });
  if (outputLength === 0) return empty(status);
  const count = new Uint8Array(ulong);
  new DataView(count.buffer).setUint32(0, driver.mediaChanges, true);
  return filled(count, ulong, status);
};

const reserve: Handler = async (driver) => empty(await driver.reserve(op.RESERVE_6, op.RESERVE_10));
const release: Handler = async (driver) => empty(await driver.reserve(op.RELEASE_6, op.RELEASE_10));

const persistentIn: Handler = async (driver, { input, outputLength }) => {
  const command = prCommandOf(input, decodePersistentReserveIn);
  if (command === null) return empty(nt.STATUS_INFO_LENGTH_MISMATCH);
  const { allocationLength: room, serviceAction: action } = command;
  // The driver knows only these two; both answer with eight bytes at least.
  if ((action !== READ_KEYS && action !== READ_RESERVATION) || room < 8 || outputLength < room) {
    return empty(nt.STATUS_INVALID_PARAMETER);
  }
  const cdb = ten(op.PERSISTENT_RESERVE_IN);
  cdb[1] = action;
  cdb[7] = room >>> 8;
  cdb[8] = room & 0xff;
  const { status, data } = await driver.send(cdb, { partial: true });
  // If a device sends more than ALLOCATION LENGTH, the driver does not cut it.
  return filled(data, outputLength, status);
};

/** Types of RESERVE that the driver lets through: 7 and 8 (all registrants) it refuses. utils.c */
const knownTypes: ReadonlySet<number> = new Set([1, 3, 5, 6]);
const knownScopes: ReadonlySet<number> = new Set([0, 2]);

const persistentOut: Handler = async (driver, { input }) => {
  const command = prCommandOf(input, decodePersistentReserveOut);
  if (command === null) return empty(nt.STATUS_INFO_LENGTH_MISMATCH);
  const { serviceAction, type, scope, parameterList } = command;
  const action = prOutActionRows.find(({ value }) => value === serviceAction);
  const fits = knownTypes.has(type) && knownScopes.has(scope);
  if (action === undefined || (action.typed && !fits)
    || input.length < prCommandSize + prOutListLength || command.size < input.length) {
    return empty(nt.STATUS_INVALID_PARAMETER);
  }
  const cdb = encodePrOutCommand({ serviceAction, scope, type, listLength: prOutListLength });
  const { status } = await driver.send(cdb, { data: parameterList.slice(0, prOutListLength), partial: true });
  return empty(status);
};

/**
 * Passed down unchanged: no retries, no other form, and the request succeeds whatever the SCSI status is. An NTSTATUS
 * error comes only where the device never answered. class.c 7288. The port driver's rules for sizes are not public; here
 * they follow the documentation of the structure.
 */
const passThrough: Handler = async (driver, { input, outputLength }) => {
  if (input.length < SCSI_PASS_THROUGH.size) return empty(nt.STATUS_INVALID_PARAMETER);
  try {
    const { cdb, direction, dataOffset, dataLength, timeout } = decodePassThroughCommand(input);
    const sends = direction === SCSI_IOCTL_DATA_OUT;
    // Throws where the answer would not fit: such a request is not sent.
    encodePassThroughAnswer(input, outputLength, { scsiStatus: 0, sense: none, data: none });
    const dataMissing = sends && dataOffset + dataLength > input.length;
    if (timeout === 0 || dataMissing) return empty(nt.STATUS_INVALID_PARAMETER);
    const data = sends ? input.slice(dataOffset, dataOffset + dataLength) : none;
    const { status, answer } = await driver.sendOnce(cdb, data, timeout * 1000);
    if (answer === null) return empty(status);
    return filled(encodePassThroughAnswer(input, outputLength, {
      scsiStatus: answer.status, sense: answer.sense ?? none, data: answer.data,
    }), outputLength);
  } catch (error) {
    if (!(error instanceof LayoutError)) throw error;
    return empty(nt.STATUS_INVALID_PARAMETER);
  }
};

const deviceNumber: Handler = (driver, { outputLength }) => {
  const bytes = encodeDeviceNumber(driver.traits().number);
  return outputLength < bytes.length ? tooSmall(bytes.length) : filled(bytes, outputLength);
};

interface PropertyRow {
  /** STORAGE_PROPERTY_ID. */
  readonly id: number;
  /** Its descriptor; null where the device has none. */
  readonly bytes: (traits: DeviceTraits) => Uint8Array | null;
}

const properties: readonly PropertyRow[] = [
  { id: StorageDeviceProperty, bytes: ({ descriptor }) => encodeDeviceDescriptor(descriptor) },
  { id: StorageDeviceIdProperty,
    bytes: ({ designators }) => (designators === null ? null : encodeDeviceIdDescriptor(designators)) },
];

const queryProperty: Handler = (driver, { input, outputLength }) => {
  if (input.length < 12) return empty(nt.STATUS_INFO_LENGTH_MISMATCH);
  const { propertyId, queryType } = decodePropertyQuery(input);
  const bytes = properties.find(({ id }) => id === propertyId)?.bytes(driver.traits()) ?? null;
  if (bytes === null) return empty(nt.STATUS_INVALID_DEVICE_REQUEST);
  if (queryType === 1) return empty(nt.STATUS_SUCCESS);
  if (queryType !== 0) return empty(nt.STATUS_INVALID_PARAMETER);
  // No room for STORAGE_DESCRIPTOR_HEADER. The answer of port drivers is not public; this status is the usual one.
  return outputLength < 8 ? empty(nt.STATUS_BUFFER_TOO_SMALL) : filled(bytes, outputLength);
};

const isClustered: Handler = (driver, { outputLength }) => {
  const { number, clustered } = driver.traits();
  if (number.deviceType !== FILE_DEVICE_DISK) return empty(nt.STATUS_INVALID_DEVICE_REQUEST);
  if (outputLength < 1) return empty(nt.STATUS_BUFFER_TOO_SMALL);
  return filled(Uint8Array.of(clustered ? 1 : 0), outputLength);
};

const handlers: ReadonlyMap<number, Handler> = new Map([
  [ioctl.IOCTL_STORAGE_CHECK_VERIFY, checkVerify(false)],
  [ioctl.IOCTL_STORAGE_CHECK_VERIFY2, checkVerify(true)],
  [ioctl.IOCTL_STORAGE_RESERVE, reserve],
  [ioctl.IOCTL_STORAGE_RELEASE, release],
  [ioctl.IOCTL_STORAGE_PERSISTENT_RESERVE_IN, persistentIn],
  [ioctl.IOCTL_STORAGE_PERSISTENT_RESERVE_OUT, persistentOut],
  [ioctl.IOCTL_SCSI_PASS_THROUGH, passThrough],
  [ioctl.IOCTL_STORAGE_GET_DEVICE_NUMBER, deviceNumber],
  [ioctl.IOCTL_STORAGE_QUERY_PROPERTY, queryProperty],
  [ioctl.IOCTL_DISK_IS_CLUSTERED, isClustered],
]);

/** IOCTL_DISK_..., _TAPE_... and _CDROM_... codes count as storage codes of the same function. class.c 7613 */
const twinTypes: ReadonlySet<number> = new Set([0x07, 0x1f, 0x02]);

function handlerOf(code: number): Handler | undefined {
  if (handlers.has(code) || !twinTypes.has(code >>> 16)) return handlers.get(code);
  const twin = ((ioctl.IOCTL_STORAGE_RELEASE & 0xffff0000) | (code & 0xffff)) >>> 0;
  // The driver recognizes IN only by the storage code itself: it treats a twin of that code as OUT. utils.c 6276
  return twin === ioctl.IOCTL_STORAGE_PERSISTENT_RESERVE_IN ? persistentOut : handlers.get(twin);
}

const six = (opcode: number) => Uint8Array.of(opcode, 0, 0, 0, 0, 0);
const ten = (opcode: number) => Uint8Array.of(opcode, 0, 0, 0, 0, 0, 0, 0, 0, 0);
/** START STOP UNIT with START. */
const startUnit = Uint8Array.of(0x1b, 0, 0, 0, 1, 0);

/** The PERSISTENT_RESERVE_COMMAND in an input buffer; null where the buffer or its Size is too short. */
function prCommandOf<T extends { readonly size: number }>(input: Uint8Array, decode: (bytes: Uint8Array) => T) {
  if (input.length < prCommandSize) return null;
  const command = decode(input);
  return command.size < prCommandSize ? null : command;
}

export class ClassDriver {
  /** Called for each request, because a fault may change the identity of the device. */
  readonly traits: () => DeviceTraits;
  readonly #port: Port;
  readonly #clock: Clock;
  readonly #resetBus: () => void;
  /** FDO_HACK_NO_RESERVE6: set for good once the device refused a 6-byte form. */
  #noReserve6 = false;
  #mediaChanges = 0;
  /** Requests that are to be sent again, the latest first; the first of them began to wait at `since`. */
  readonly #waiting: (() => void)[] = [];
  #since = 0;
  #longest = 0;

  /** `resetBus` is called when disk.sys itself asks for a reset of the bus. */
  constructor(traits: () => DeviceTraits, port: Port, clock: Clock, resetBus: () => void = () => {}) {
    this.traits = traits;
    this.#port = port;
    this.#clock = clock;
    this.#resetBus = resetBus;
  }

  /** MediaChangeCount: counts each unit attention, whatever its code and command. class.c 5519 */
  get mediaChanges(): number {
    return this.#mediaChanges;
  }

  /** One control request, from the I/O manager's check of access bits to the status block. May never resolve. */
  async control(
    code: number, input: Uint8Array | null, outputLength: number, access: HandleAccess,
  ): Promise<Completion> {
    const needed = ioctl.requiredAccess(code);
    if ((needed.read && !access.read) || (needed.write && !access.write)) return empty(nt.STATUS_ACCESS_DENIED);
    const handler = handlerOf(code);
    if (handler === undefined) return empty(nt.STATUS_INVALID_DEVICE_REQUEST);
    return handler(this, { input: input ?? none, outputLength });
  }

  /** One read from the beginning of the medium, from the I/O manager's checks to the status block. */
  async read(length: number, access: HandleAccess): Promise<Completion> {
    if (!access.read) return empty(nt.STATUS_ACCESS_DENIED);
    // Only disks: tapes and changers have no blocks for READ(10).
    if (this.traits().number.deviceType !== FILE_DEVICE_DISK) return empty(nt.STATUS_INVALID_DEVICE_REQUEST);
    if (length === 0 || length % blockSize !== 0) return empty(nt.STATUS_INVALID_PARAMETER);
    const cdb = ten(op.READ_10);
    new DataView(cdb.buffer).setUint16(7, length / blockSize);
    const { status } = await this.send(cdb);
    return { ...empty(status), information: status === nt.STATUS_SUCCESS ? BigInt(length) : 0n };
  }

  /**
   * Sends RESERVE or RELEASE in the 6-byte form and, if the device refuses that, in the 10-byte form. class.c 6201
   */
  async reserve(form6: number, form10: number): Promise<number> {
    if (this.#noReserve6) return (await this.send(ten(form10))).status;
    const refused = () => {
      this.#noReserve6 = true;
      return ten(form10);
    };
    return (await this.send(six(form6), { refused })).status;
  }

  /** Sends a command, again where the answer allows it, at most five times in all. */
  async send(
    cdb: Uint8Array, { data = none, refused, lowPriority = false, partial = false }: Sending = {},
  ): Promise<{ status: number; data: Uint8Array }> {
    const { mounted } = this.traits();
    let command = cdb;
    let other = refused;
    for (let retried = 0; ; retried++) {
      const answer = await this.#port(command, data);
      const rule = interpret(answer, mounted);
      if (rule.key === UNIT_ATTENTION) this.#mediaChanges++;
      if (asksForReset(answer)) this.#resetBus();
      if (rule.starts === true && !lowPriority && this.#startsItself()) this.#start();
      let { status, retry } = rule;
      if (partial && status === nt.STATUS_DATA_OVERRUN) status = nt.STATUS_SUCCESS;
      if (status === nt.STATUS_INVALID_DEVICE_REQUEST && other !== undefined) {
        command = other();
        other = undefined;
        retry = true;
      }
      const left = (rule.retries ?? maximumRetries) - retried;
      if (!retry || left <= 0) return { status, data: answer.scsi?.data ?? none };
      await this.#again(Math.max(rule.wait ?? 0, shortestWaitMs));
    }
  }

  /**
   * Sends a command once. The status is that of the port driver, and matters only where the device did not answer.
   */
  async sendOnce(
    cdb: Uint8Array, data: Uint8Array, timeoutMs: number,
  ): Promise<{ status: number; answer: ScsiAnswer | null }> {
    const answer = await this.#port(cdb, data, timeoutMs);
    return { status: interpret(answer, false).status, answer: answer.scsi };
  }

  /** DEV_SAFE_START_UNIT: what disk.sys sets for fixed disks. pnp.c 356 */
  #startsItself(): boolean {
    const { number: { deviceType }, descriptor: { removableMedia } } = this.traits();
    return deviceType === FILE_DEVICE_DISK && !removableMedia;
  }

  /** Sends START UNIT and does not wait for it. class.c 3038 */
  #start(): void {
    const ignored = () => {};
    this.#port(startUnit, none).then(ignored, ignored);
  }

  /**
   * Waits for the device's only timer. All waiting requests are sent again together, the latest first, when the longest
   * of their waits is over, counted from the first request. class.c 12206
   */
  #again(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.unshift(resolve);
      if (this.#waiting.length > 1) {
        this.#longest = Math.max(this.#longest, ms);
      } else {
        this.#since = this.#clock.now();
        this.#longest = ms;
        this.#wait();
      }
    });
  }

  #wait(): void {
    const due = this.#since + this.#longest;
    this.#clock.after(due - this.#clock.now(), () => {
      if (this.#since + this.#longest > due) this.#wait();
      else for (const resume of this.#waiting.splice(0)) resume();
    });
  }
}
