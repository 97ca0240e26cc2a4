// The storage adapters of a host, and the SCSI addresses of its devices: those in the rehearsal file, and defaults for
// the rest.

import { busTypes } from '../sdk/layouts.ts';
import type { ScsiAddress } from '../sdk/scsi-address.ts';

/** The effect of IOCTL_STORAGE_BREAK_RESERVATION. */
export type BreakReservation = 'unit' | 'target' | 'bus' | 'nothing' | 'unsupported';

/** An adapter with everything filled in. */
export interface AdapterEntry {
  readonly port: number;
  /** Whether it has the name `\\.\ScsiN:`. */
  readonly named: boolean;
  readonly breakReservation: BreakReservation;
  readonly resetsBusWhenBusy: boolean;
  readonly delayMs: number;
  readonly hangs: boolean;
}

export type AdapterText = Pick<AdapterEntry, 'port'> & Partial<AdapterEntry>;

/** An address in a file; missing parts have defaults. */
export interface AddressText {
  readonly port?: number;
  readonly path?: number;
  readonly target?: number;
  readonly lun: number;
}

const mostLuns = 256;
const ordinaryPort = 2;
/** The port of MPIO's disks, which is not a real adapter. */
const multipathPort = 3;
/** Adapters of their own for internal disks, so that a bus reset for an array does not reach them. */
const ports: readonly (readonly [port: number, busTypes: readonly string[]])[] = [
  [0, ['Ata', 'Atapi', 'Sata']], [1, ['Nvme']], [4, ['RAID']], [5, ['Usb']],
];

interface Unaddressed {
  readonly initiators: readonly string[];
  readonly busType: number;
  readonly wanted: AddressText | null | undefined;
}

function portOf({ initiators, busType }: Unaddressed): number {
  if (initiators.length > 1) return multipathPort;
  return ports.find(([, names]) => names.includes(busTypes[busType] ?? ''))?.[0] ?? ordinaryPort;
}

/** Gives every device of a host its address: first the addresses in the file, then the next free ones. */
export function addressed<T extends Unaddressed, Place>(
  devices: readonly (T & { readonly place: Place })[], taken: (device: { place: Place }, where: string) => never,
): (Omit<T, 'wanted' | 'place' | 'busType'> & { readonly address: ScsiAddress | null })[] {
  const used = new Set<string>();
  const nameOf = ({ port, path, target, lun }: ScsiAddress) =>
    `at port ${port}, path ${path}, target ${target}, LUN ${lun}`;
  const addresses = new Map<T, ScsiAddress>();
  for (const device of devices) {
    if (device.wanted == null) continue;
    const address = { port: portOf(device), path: 0, target: 0, ...device.wanted };
    if (used.has(nameOf(address))) taken(device, nameOf(address));
    used.add(nameOf(address));
    addresses.set(device, address);
  }
  const counts = new Map<number, number>();
  const next = (port: number): ScsiAddress => {
    for (let count = counts.get(port) ?? 0; ; count++) {
      const address = { port, path: 0, target: Math.floor(count / mostLuns), lun: count % mostLuns };
      counts.set(port, count + 1);
      if (!used.has(nameOf(address))) return address;
    }
  };
  return devices.map((device) => {
    const { wanted, place: _place, busType: _busType, ...rest } = device;
    return { ...rest, address: wanted === null ? null : addresses.get(device) ?? next(portOf(device)) };
  });
}

/** The adapters in a file, and those that devices have by default. */
export function adapterEntries(
  texts: readonly AdapterText[], devices: readonly { readonly address: ScsiAddress | null }[],
  twice: (index: number, port: number) => never,
): AdapterEntry[] {
  const entries = new Map<number, AdapterEntry>();
  for (const [index, text] of texts.entries()) {
    if (entries.has(text.port)) twice(index, text.port);
    entries.set(text.port, { ...defaults(text.port), ...text });
  }
  for (const { address } of devices) {
    if (address !== null && !entries.has(address.port)) entries.set(address.port, defaults(address.port));
  }
  return [...entries.values()].sort((a, b) => a.port - b.port);
}

const defaults = (port: number): AdapterEntry => ({
  port, named: true, breakReservation: port === multipathPort ? 'unsupported' : 'unit', resetsBusWhenBusy: false,
  delayMs: 0, hangs: false,
});
