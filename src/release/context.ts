import type { Bus, DiskRoles } from '../bus/bus.ts';
import type { Clock } from '../clock.ts';
import { Finder } from './find.ts';
import type { ReleaseContext } from './release.ts';

/** How long what the host says of its boot, system and multipath disks is believed. */
const rolesAgeMs = 10_000;

/** What the requests of one worker, or of one run of the command line, share. */
export function createContext(bus: Bus, clock: Clock): ReleaseContext {
  let roles: Promise<DiskRoles> | null = null;
  let readAt = 0;
  return {
    bus,
    clock,
    finder: new Finder(bus, clock),
    busy: new Map(),
    roles: () => {
      if (roles === null || clock.now() - readAt > rolesAgeMs) {
        readAt = clock.now();
        roles = bus.roles();
        roles.catch(() => { roles = null; });
      }
      return roles;
    },
  };
}
