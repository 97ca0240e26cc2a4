// The simulated bus as one host sees it.

import { uniqueIdForms } from '../../scsi/designators.ts';
import { decodeTransportId } from '../../scsi/transport-id.ts';
import type { Access, Bus, BusKind, DiskRoles, InventoryRow, Opening } from '../bus.ts';
import { busTypeName } from '../sdk/layouts.ts';
import { cleanText } from '../../text.ts';
import { RehearsalAdapter } from './adapter.ts';
import { RehearsalDevice, designatorsOf } from './device.ts';
import { transportIdOf } from './initiator-ports.ts';
import type { LogicalUnit } from './logical-unit.ts';
import * as nt from './ntstatus.ts';
import { RehearsalFileError } from './rehearsal-file.ts';
import { RehearsalStore, type StoreOptions } from './rehearsal-store.ts';
import type { UnitState } from './unit-state.ts';

export interface RehearsalOptions extends StoreOptions {
  /** The host to play; default: `thisHost` of the file. */
  readonly initiator?: string | undefined;
}

/** A disk in a list, before anything is opened: what Get-Disk would show. */
export interface RehearsalDisk {
  readonly number: number;
  readonly friendlyName: string | null;
  readonly serialNumber: string | null;
  readonly uniqueId: string | null;
  /** Name of STORAGE_BUS_TYPE without its prefix. */
  readonly busType: string;
  /** Bytes. */
  readonly size: bigint;
  readonly isBoot: boolean;
  readonly isSystem: boolean;
  readonly isClustered: boolean;
  readonly isMultipath: boolean;
  /** Device-interface path, as MSFT_Disk.Path has it. */
  readonly path: string;
}

/** Opens a rehearsal file. Rejects with RehearsalFileError, whose message names the place in the file. */
export async function openRehearsal(path: string, options: RehearsalOptions): Promise<RehearsalBus> {
  return new RehearsalBus(RehearsalStore.open(path, options), options);
}

/**
 * A rehearsal from a JSON text, kept in memory only. `name` is its name in messages. Throws RehearsalFileError.
 */
export function rehearsalOf(text: string, options: RehearsalOptions, name = 'rehearsal'): RehearsalBus {
  return new RehearsalBus(RehearsalStore.inMemory(text, name, options), options);
}

export class RehearsalBus implements Bus {
  readonly kind: BusKind = 'Rehearsal';
  readonly computerName: string;
  readonly #store: RehearsalStore;
  readonly #options: RehearsalOptions;
  readonly #devices: readonly RehearsalDevice[];
  /** By path in lower case. */
  readonly #byPath = new Map<string, RehearsalDevice>();
  readonly #adapterByPath = new Map<string, RehearsalAdapter>();
  readonly #adapters: readonly RehearsalAdapter[];
  #flushing: Promise<void> | null = null;

  constructor(store: RehearsalStore, options: RehearsalOptions) {
    const host = options.initiator ?? store.rehearsal.thisHost;
    const entries = store.rehearsal.hosts.get(host);
    if (entries === undefined) {
      const known = [...store.rehearsal.hosts.keys()].join(', ');
      throw new RehearsalFileError(`${store.name}: there is no host called "${host}"; known are ${known}`);
    }
    this.computerName = host;
    this.#store = store;
    this.#options = options;
    const resetBus = (device: RehearsalDevice) => this.#adapterOf(device)?.resetBus(device);
    this.#devices = entries.map((entry) => new RehearsalDevice(entry, store, options.clock, resetBus));
    for (const device of this.#devices) {
      this.#byPath.set(device.path.toLowerCase(), device);
      // Win32 accepts both prefixes for such a path.
      this.#byPath.set(device.path.toLowerCase().replace('.', '?'), device);
      this.#byPath.set(device.interfacePath.toLowerCase(), device);
    }
    this.#adapters = (store.rehearsal.adapters.get(host) ?? [])
      .map((entry) => new RehearsalAdapter(entry, this.#devices, store, options.clock));
    for (const adapter of this.#adapters) {
      for (const path of [adapter.path, adapter.interfacePath]) {
        if (path !== null) this.#adapterByPath.set(path.toLowerCase(), adapter);
      }
    }
  }

  async list(): Promise<string[]> {
    return this.#devices.map(({ path }) => path);
  }

  async open(path: string, access: Access): Promise<Opening> {
    const name = path.toLowerCase();
    const found = this.#byPath.get(name) ?? this.#adapterByPath.get(name);
    return found === undefined ? { status: nt.STATUS_OBJECT_NAME_NOT_FOUND, win32: 2 } : found.open(access);
  }

  async roles(): Promise<DiskRoles> {
    const numbers = (has: (device: RehearsalDevice) => boolean): ReadonlySet<number> =>
      new Set(this.#disks().filter(has).map(({ entry }) => entry.number));
    return {
      boot: numbers(({ entry }) => entry.boot),
      system: numbers(({ entry }) => entry.system),
      multipath: numbers(({ entry }) => entry.initiators.length > 1),
      pagefile: numbers(({ entry }) => entry.pagefile),
    };
  }

  /** Every device in this host's inventory: disks, tapes, changers and CD-ROMs. */
  async inventory(): Promise<InventoryRow[]> {
    return this.#devices.map((device) => {
      const { entry, path } = device;
      const disk = entry.kind === 'disk';
      return {
        path,
        number: disk ? entry.number : null,
        ...describe(device),
        reported: { vendorId: device.listed.vendor, serialNumber: device.listed.serial, uniqueIds: namesOf(device) },
        boot: disk ? entry.boot : null,
        system: disk ? entry.system : null,
        clustered: disk ? entry.clustered : null,
        multipath: disk ? entry.initiators.length > 1 : null,
      };
    });
  }

  /** Each once, in the order of the devices that they lead to. */
  async initiatorPorts(): Promise<string[]> {
    return [...new Set(this.#devices.flatMap(({ entry, listed }) =>
      entry.initiators.map((initiator) => decodeTransportId(transportIdOf(initiator, listed.busType)).text)))];
  }

  /** The disks (no tapes, changers, CD-ROMs) as lists show them, by number. */
  disks(): RehearsalDisk[] {
    return this.#disks().map((device) => ({
      number: device.entry.number,
      ...describe(device),
      size: device.listed.size,
      isBoot: device.entry.boot,
      isSystem: device.entry.system,
      isClustered: device.entry.clustered,
      isMultipath: device.entry.initiators.length > 1,
      path: device.interfacePath,
    }));
  }

  /** Another host on the same bus, in the same memory. Throws RehearsalFileError for one that is not there. */
  as(host: string): RehearsalBus {
    return new RehearsalBus(this.#store, { ...this.#options, initiator: host });
  }

  /** LOGICAL UNIT RESET through a device of this host. Throws RangeError for a path that is not there. */
  async resetUnit(path: string): Promise<void> {
    const unit = this.#unitAt(path);
    await this.#store.run(() => unit.reset());
  }

  /** The target that a device of this host leads to restarts. Throws RangeError for a path that is not there. */
  async powerLoss(path: string): Promise<void> {
    const unit = this.#unitAt(path);
    await this.#store.run(() => unit.powerLoss());
  }

  /** What a unit remembers, for tests. Throws RangeError for one that is not there. */
  peek(unit: string): UnitState {
    const found = this.#store.units.get(unit);
    if (found === undefined) throw new RangeError(`there is no unit ${unit}`);
    return found.state;
  }

  #unitAt(path: string): LogicalUnit {
    const device = this.#byPath.get(path.toLowerCase());
    const unit = device && this.#store.units.get(device.unit);
    if (unit === undefined) throw new RangeError(`there is no device ${path}`);
    return unit;
  }

  /**
   * This host's initiators log out of every logical unit, as in a shutdown. A target that frees the unit only after some
   * time does so only if this process still runs then.
   */
  async logout(): Promise<void> {
    const later = (ms: number, run: () => void) => {
      this.#options.clock.after(ms, () => void this.#store.run(run));
    };
    await this.#store.run(() => {
      for (const { entry, unit } of this.#devices) {
        for (const each of entry.initiators) this.#store.units.get(unit)?.logout(each, later);
      }
    });
  }

  /** How often the file was written since it was opened. */
  get writes(): number {
    return this.#store.writes;
  }

  /** Calls that come while others wait share one write with them. */
  flush(): Promise<void> {
    return this.#flushing ??= Promise.resolve().then(() => {
      this.#flushing = null;
      this.#store.flush();
    });
  }

  async close(): Promise<void> {
    this.#store.flush();
  }

  #adapterOf({ entry: { address } }: RehearsalDevice): RehearsalAdapter | undefined {
    return this.#adapters.find(({ entry }) => entry.port === address?.port);
  }

  #disks(): RehearsalDevice[] {
    return this.#devices.filter(({ entry }) => entry.kind === 'disk');
  }
}

/** The names of page 83h as text. */
const namesOf = ({ listed }: RehearsalDevice): string[] => uniqueIdForms(designatorsOf(listed) ?? []);

/** A device in a list: shows the unit that it should lead to, even if a fault makes another one answer. */
function describe(device: RehearsalDevice) {
  const { listed } = device;
  return {
    friendlyName: cleanText([listed.vendor, listed.product].filter((text) => text !== null).join(' ')),
    serialNumber: cleanText(listed.serial ?? ''),
    uniqueId: cleanText(namesOf(device)[0] ?? ''),
    busType: busTypeName(listed.busType),
  };
}
