import type { Bus, DiskRoles } from '../bus/bus.ts';
import { readOnly } from '../bus/read-only.ts';
import type { Clock } from '../clock.ts';
import type { DeviceColumns } from '../result/result.ts';
import { Finder } from './find.ts';
import { Turns } from './turns.ts';

/** What one worker, or one run of the command line, shares among its requests. */
export interface DiskContext {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly finder: Finder;
  readonly roles: () => Promise<DiskRoles>;
  readonly turns: Turns;
  /**
   * Devices, by `type:number`, that this process has reserved and not released since; a reset may have freed them.
   */
  readonly reserved: Set<string>;
}

export interface Report {
  /** One step with its numbers, for the verbose stream. */
  step(text: string): void;
  /** The outcome of a request that completed after its deadline. */
  late(text: string): void;
  /** What is known of the device, once it is the one that was named: for whoever does not wait for the result. */
  met?(device: DeviceColumns, startedAt: Date): void;
}

/** How long the host's answer about its boot, system and multipath disks stays valid. */
const rolesAgeMs = 10_000;

export function createContext(bus: Bus, clock: Clock): DiskContext {
  let roles: Promise<DiskRoles> | null = null;
  let readAt = 0;
  return {
    bus,
    clock,
    // All verbs share it, so it gets a bus that refuses whatever changes something.
    finder: new Finder(readOnly(bus), clock),
    turns: new Turns(),
    reserved: new Set(),
    async roles() {
      if (roles === null || clock.now() - readAt > rolesAgeMs) {
        // Never fall back to an older answer when a new one fails.
        roles = null;
        readAt = clock.now();
        const asked = roles = bus.roles();
        asked.catch(() => { if (roles === asked) roles = null; });
      }
      return roles;
    },
  };
}

const looking = new WeakMap<DiskContext, DiskContext>();

/** The same context on a bus that refuses whatever changes something, for the verbs that promise to change nothing. */
export function lookingOnly(context: DiskContext): DiskContext {
  let only = looking.get(context);
  if (only === undefined) looking.set(context, only = { ...context, bus: readOnly(context.bus) });
  return only;
}
