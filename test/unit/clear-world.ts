// A rehearsed bus on which something happens around every request: other hosts act, answers change or never come.

import type { Bus, Completion, Disk } from '../../src/bus/bus.ts';
import { type RehearsalBus, rehearsalOf } from '../../src/bus/rehearsal/rehearsal-bus.ts';
import {
  IOCTL_STORAGE_PERSISTENT_RESERVE_IN, IOCTL_STORAGE_PERSISTENT_RESERVE_OUT,
} from '../../src/bus/sdk/control-codes.ts';
import {
  decodePersistentReserveOut, encodePersistentReserveIn, encodePersistentReserveOut,
} from '../../src/bus/sdk/persistent-reserve.ts';
import { type ClearRequest, clear } from '../../src/verbs/clear/clear.ts';
import type { ClearAnswer, ClearResult } from '../../src/verbs/clear/clear-result.ts';
import { type DiskContext, createContext } from '../../src/disk/context.ts';
import { noClaim } from '../../src/disk/claim.ts';
import {
  type Reservation, decodeKeys, decodePrOut, decodeReservation, encodePrOut, prOutActionRows,
} from '../../src/scsi/persistent-reservations.ts';
import { nameOf, valueOf } from '../../src/scsi/row.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A request on its way: what it is called (`REGISTER`, `CLEAR`, or the code in hex), and which of its name it is, from 1. */
export interface Seen {
  readonly name: string;
  readonly nth: number;
  readonly path: string;
  readonly code: number;
}

/** What happens around a request. `pass` takes it on; what is returned is its answer. */
export type Around = (seen: Seen, pass: () => Promise<Completion>) => Promise<Completion>;

export const answered = (status: number): Completion => ({ status, information: 0n, output: new Uint8Array(0) });

export const disk = (number: number) => `\\\\.\\PhysicalDrive${number}`;

export class World {
  readonly clock = new VirtualClock(1000);
  readonly rehearsal: RehearsalBus;
  readonly context: DiskContext;
  /** Names of the requests that change something, in their order: `REGISTER`, `CLEAR`, codes in hex. */
  readonly sent: string[] = [];
  /** Parameter lists of PERSISTENT RESERVE OUT, in their order. */
  readonly lists: ReturnType<typeof decodePrOut>[] = [];
  readonly told: string[] = [];
  readonly late: string[] = [];
  around: Around = (_, pass) => pass();
  handles = 0;
  closed = 0;
  readonly #counts = new Map<string, number>();

  constructor(file: string | object) {
    this.rehearsal = rehearsalOf(typeof file === 'string' ? file : JSON.stringify(file), { clock: this.clock });
    this.context = createContext(this.#watched(this.rehearsal), this.clock);
  }

  /** From now on the bus tells this host's initiator ports, as a rehearsal does and Windows does not. */
  tellPorts(): void {
    Object.assign(this.context.bus, { initiatorPorts: () => this.rehearsal.initiatorPorts() });
  }

  /** Runs one request to its end, and makes sure that nothing is left open. */
  async clear(request: Partial<ClearRequest> & Pick<ClearRequest, 'method'>, number: number | string = 1): Promise<ClearResult> {
    return (await this.answer(request, number)).result;
  }

  async answer(request: Partial<ClearRequest> & Pick<ClearRequest, 'method'>, number: number | string = 1): Promise<ClearAnswer> {
    const claim = typeof number === 'number' ? { ...noClaim, number } : { ...noClaim, path: number };
    const answer = clear({
      claim, holderKey: null, ownKey: null, abort: false, allow: new Set(), timeoutMs: 30_000, dryRun: false, ...request,
    }, this.context, { step: (text) => void this.told.push(text), late: (text) => void this.late.push(text) });
    await this.clock.runAll();
    return answer;
  }

  /** What another host does meanwhile. Takes the clock only when the test does not turn it. */
  async act(host: string, number: number, action: string, own: bigint, other = 0n, type = 0, aptpl = false): Promise<number> {
    const { disk: handle } = await this.rehearsal.as(host).open(disk(number), 'readwrite');
    const done = await handle!.control(IOCTL_STORAGE_PERSISTENT_RESERVE_OUT, encodePersistentReserveOut({
      serviceAction: valueOf(prOutActionRows, action), type, scope: 0,
      parameterList: encodePrOut({ reservationKey: own, serviceActionKey: other, aptpl }),
    }), 0);
    return done.status;
  }

  async keys(number = 1): Promise<readonly bigint[]> {
    return decodeKeys(await this.#list(0, number)).keys;
  }

  async reservation(number = 1): Promise<Reservation | null> {
    return decodeReservation(await this.#list(1, number)).reservation;
  }

  async #list(action: number, number: number): Promise<Uint8Array> {
    const { disk: handle } = await this.rehearsal.open(disk(number), 'read');
    const done = handle!.control(IOCTL_STORAGE_PERSISTENT_RESERVE_IN, encodePersistentReserveIn(action, 65_528), 65_528);
    await this.clock.runAll();
    return (await done).output;
  }

  #watched(bus: RehearsalBus): Bus {
    const watch = (handle: Disk, path: string): Disk => ({
      control: (code, input, length) => {
        const out = code === IOCTL_STORAGE_PERSISTENT_RESERVE_OUT ? decodePersistentReserveOut(input!) : null;
        const name = out === null ? code.toString(16) : nameOf(prOutActionRows, out.serviceAction);
        if (out !== null) this.lists.push(decodePrOut(out.parameterList));
        if (out !== null || changing.has(code)) this.sent.push(name);
        const nth = (this.#counts.get(name) ?? 0) + 1;
        this.#counts.set(name, nth);
        return this.around({ name, nth, path, code }, () => handle.control(code, input, length));
      },
      read: (length) => handle.read(length),
      cancel: () => handle.cancel(),
      close: () => {
        this.closed += 1;
        return handle.close();
      },
    });
    return {
      kind: bus.kind,
      computerName: bus.computerName,
      list: () => bus.list(),
      inventory: () => bus.inventory(),
      roles: () => bus.roles(),
      open: async (path, access) => {
        const opening = await bus.open(path, access);
        if (opening.disk === undefined) return opening;
        this.handles += 1;
        return { disk: watch(opening.disk, path) };
      },
      flush: () => bus.flush(),
      close: () => bus.close(),
    };
  }
}

/** RESERVE, RELEASE and IOCTL_STORAGE_BREAK_RESERVATION. */
const changing: ReadonlySet<number> = new Set([0x2d4810, 0x2d4814, 0x2d5014]);

/** One disk that `main` (Write Exclusive - Registrants Only) and `second` left behind, and `rescue`, which sees it. */
export function oneDisk(unit: object = {}, more: object = {}): object {
  return {
    version: 1, thisHost: 'rescue',
    logicalUnits: [{
      name: 'unit', vendor: 'X', product: 'Y', serial: 'S1', naa: '60014050000000000000000000000001', busType: 'iScsi',
      registrations: [{ initiator: 'main', key: '0xa1' }, { initiator: 'second', key: '0xb2' }],
      persistentReservation: { holder: 'main', type: 5 }, generation: 2, ...unit,
    }],
    hosts: {
      rescue: { disks: [{ number: 1, unit: 'unit', ...more }] },
      main: { disks: [{ number: 1, unit: 'unit' }] }, second: { disks: [{ number: 1, unit: 'unit' }] },
      third: { disks: [{ number: 1, unit: 'unit' }] }, fourth: { disks: [{ number: 1, unit: 'unit' }] },
    },
  };
}
