// Guards: kinds of disks that are refused unless -Allow names the kind. -Force does not pass a guard.

import type { DiskRoles } from '../bus/bus.ts';
import { capital } from '../text.ts';
import type { Claim } from './claim.ts';
import { isMultipathPath } from './device-path.ts';
import { type Identity, diskNumber } from './identity.ts';

export const guards = [
  { name: 'Boot', reason: 'boot disk', because: 'Windows runs from it' },
  { name: 'System', reason: 'system disk', because: 'the computer starts from it' },
  { name: 'Clustered', reason: 'clustered disk',
    because: 'a failover cluster owns its reservation; use the cluster\'s own tools (Suspend-ClusterResource, '
      + 'Clear-ClusterDiskReservation)' },
  { name: 'Multipath', reason: 'disk with more than one path',
    because: 'the request uses one path, which cannot be chosen, and only the path that made the reservation can release it' },
] as const;

export type Guard = (typeof guards)[number]['name'];

/**
 * The guards that apply to this disk, by the caller's object, by the device, and by the host; also those that apply to
 * the same LUN under another number.
 */
export function guardsOf(claim: Claim, identity: Identity, roles: DiskRoles, sameUnit: readonly Identity[] = []): Guard[] {
  const all = [identity, ...sameUnit];
  const numbers = all.map(diskNumber).filter((number) => number !== null);
  const among = (set: ReadonlySet<number>) => numbers.some((number) => set.has(number));
  const holds: Record<Guard, boolean> = {
    Boot: claim.boot === true || among(roles.boot),
    System: claim.system === true || among(roles.system),
    Clustered: claim.clustered === true || all.some(({ clustered }) => clustered === true),
    Multipath: claim.multipath === true || among(roles.multipath) || sameUnit.length > 0
      || (claim.path !== null && isMultipathPath(claim.path)),
  };
  return guards.map((row) => row.name).filter((name) => holds[name]);
}

/**
 * Null when all guards that apply are allowed, else the refusal.
 * @param paths the names of the same LUN over its other paths, where MPIO does not own them
 */
export function refusal(
  holding: readonly Guard[], allowed: ReadonlySet<Guard>, paths: readonly string[] = [],
): { message: string; nextStep: string } | null {
  const closed = guards.filter((row) => holding.includes(row.name) && !allowed.has(row.name))
    .map((row) => (row.name === 'Multipath' && paths.length > 0 ? { ...row,
      because: `the same LUN is ${paths.join(', ')}, too, and only the path that made the reservation can release it` } : row));
  if (closed.length === 0) return null;
  return {
    message: capital(`${closed.map((row) => row.reason).join(', ')}: ${closed.map((row) => row.because).join('; ')}.`),
    nextStep: `To proceed anyway, use -Allow ${closed.map((row) => row.name).join(', ')}.`,
  };
}
