import type { Bus, DiskRoles } from '../bus/bus.ts';
import { readOnly } from '../bus/read-only.ts';
import type { Clock } from '../clock.ts';
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
   * Devices, by `type:number`, that this process reserved and has not released since. A reset may have freed them.
   */
  readonly reserved: Set<string>;
}

export interface Report {
  /** One step with its numbers, for the verbose stream. */
  step(text: string): void;
  /** What became of a request whose deadline had passed. */
  late(text: string): void;
}

/** How long what the host says of its boot, system and multipath disks is believed. */
const rolesAgeMs = 10_000;

/** What the requests of one worker, or of one run of the command line, share. */
export function createContext(bus: Bus, clock: Clock): DiskContext {
  let roles: Promise<DiskRoles> | null = null;
  let readAt = 0;
  return {
    bus,
    clock,
    // One for all verbs, and it only looks.
    finder: new Finder(readOnly(bus), clock),
    turns: new Turns(),
    reserved: new Set(),
    async roles() {
      if (roles === null || clock.now() - readAt > rolesAgeMs) {
        // An older answer is not to stand in for one that cannot be had any more.
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

/** The same context on a bus that only looks, for the verbs that promise to change nothing. */
export function lookingOnly(context: DiskContext): DiskContext {
  let only = looking.get(context);
  if (only === undefined) looking.set(context, only = { ...context, bus: readOnly(context.bus) });
  return only;
}
