// A storage adapter of one host: the part of the port driver that breaks reservations. Storport resets the logical unit;
// if that fails, the target; if that fails, the bus.
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddstor/ni-ntddstor-ioctl_storage_break_reservation

import type { Clock } from '../../clock.ts';
import type { Access, Completion, Held, Opening } from '../bus.ts';
import { IOCTL_STORAGE_BREAK_RESERVATION, requiredAccess } from '../sdk/control-codes.ts';
import { LayoutError } from '../sdk/fields.ts';
import { type UnitAddress, adapterPath, decodeBreakReservation } from '../sdk/scsi-address.ts';
import type { AdapterEntry } from './adapters.ts';
import type { RehearsalDevice } from './device.ts';
import { Handle, type Handled, empty } from './handle.ts';
import * as nt from './ntstatus.ts';
import type { RehearsalStore } from './rehearsal-store.ts';
import { Turns } from './turns.ts';

/** GUID_DEVINTERFACE_STORAGEPORT of ntddstor.h. */
const interfaceClass = '2accfe60-c130-11d2-b082-00a0c91efb8b';

export class RehearsalAdapter implements Handled {
  readonly entry: AdapterEntry;
  readonly cancellable = false;
  /** `\\.\Scsi2:`, or null where its driver gives it no name. */
  readonly path: string | null;
  readonly interfacePath: string;
  /** The host's devices on this adapter. */
  readonly #devices: readonly RehearsalDevice[];
  readonly #store: RehearsalStore;
  readonly #clock: Clock;
  readonly #turns: Turns;

  constructor(entry: AdapterEntry, devices: readonly RehearsalDevice[], store: RehearsalStore, clock: Clock) {
    this.entry = entry;
    this.path = entry.named ? adapterPath(entry.port) : null;
    this.interfacePath = `\\\\?\\pci#rehearsal&port_${entry.port}#{${interfaceClass}}`;
    this.#devices = devices.filter((device) => device.entry.address?.port === entry.port);
    this.#store = store;
    this.#clock = clock;
    this.#turns = new Turns(store);
  }

  get held(): Held | null {
    return this.#turns.held;
  }

  takeBack(): boolean {
    return this.#turns.takeBack();
  }

  /** An adapter has no medium. */
  async read(): Promise<Completion> {
    return empty(nt.STATUS_INVALID_DEVICE_REQUEST);
  }

  async open(access: Access): Promise<Opening> {
    return { disk: new Handle(this, access) };
  }

  async control(
    code: number, input: Uint8Array | null, _outputLength: number, access: Access,
  ): Promise<Completion> {
    if (requiredAccess(code).read && access === 'query') return empty(nt.STATUS_ACCESS_DENIED);
    const { breakReservation, delayMs, hangs } = this.entry;
    if (code !== IOCTL_STORAGE_BREAK_RESERVATION || breakReservation === 'unsupported') {
      return empty(nt.STATUS_INVALID_DEVICE_REQUEST);
    }
    const address = addressIn(input);
    // The answer of port drivers to such a request, and to an address without a device, is not public.
    if (address === null) return empty(nt.STATUS_INVALID_PARAMETER);
    if (!this.#devices.some(standsAt(address, 'unit'))) return empty(nt.STATUS_NO_SUCH_DEVICE);
    if (hangs) return new Promise<never>(() => {});
    if (delayMs > 0) await new Promise<void>((resolve) => void this.#clock.after(delayMs, resolve));
    if (breakReservation !== 'nothing') await this.#reset(standsAt(address, breakReservation));
    return empty(nt.STATUS_SUCCESS);
  }

  /** The reset that the disk driver asks for when a device was busy: of the device's bus. */
  resetBus(device: RehearsalDevice): void {
    const { address } = device.entry;
    if (this.entry.resetsBusWhenBusy && address !== null) void this.#reset(standsAt(address, 'bus'));
  }

  #reset(stands: (device: RehearsalDevice) => boolean): Promise<void> {
    const units = new Set(this.#devices.filter(stands).map(({ unit }) => unit));
    return this.#turns.run(() => {
      for (const unit of units) this.#store.units.get(unit)?.reset();
    });
  }
}

/** Whether a reset of that reach, for the device at an address, reaches a device. */
const standsAt = ({ path, target, lun }: UnitAddress, reach: 'unit' | 'target' | 'bus') =>
  ({ entry: { address } }: RehearsalDevice): boolean =>
    address?.path === path
    && (reach === 'bus' || address.target === target)
    && (reach !== 'unit' || address.lun === lun);

function addressIn(input: Uint8Array | null): UnitAddress | null {
  try {
    return decodeBreakReservation(input ?? new Uint8Array(0));
  } catch (error) {
    if (!(error instanceof LayoutError)) throw error;
    return null;
  }
}
