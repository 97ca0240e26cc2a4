// The inputs of the table of rules (rules.ts): what the caller, the host and the device say about the device.

import type { DiskRoles } from '../../bus/bus.ts';
import { IOCTL_DISK_GET_CLUSTER_INFO, IOCTL_DISK_GET_DRIVE_LAYOUT_EX } from '../../bus/sdk/control-codes.ts';
import { clusterInfoRoom, decodeClusterInfo, driveLayoutRoom, hasSpacesPartition } from '../../bus/sdk/disk-use.ts';
import { LayoutError } from '../../bus/sdk/fields.ts';
import type { Attempt } from '../../disk/attempt.ts';
import { guardsOf } from '../../disk/guards.ts';
import { diskNumber } from '../../disk/identity.ts';
import type { Findings } from '../../reservation/state.ts';
import { type Course, isSuccess } from './course.ts';
import { type Owners, type ProtectionName, protectionsByFindings } from './rules.ts';

/** The opened device as an argument of a command in a next step. */
export function argumentOf({ identity, path }: Pick<Attempt, 'identity' | 'path'>): string {
  const number = diskNumber(identity!);
  return number === null ? `-Path ${path}` : `-Number ${number}`;
}

/** The protections that are known without another request to the device. */
export function protectionsOf({ claim, identity, surroundings }: Attempt, roles: DiskRoles, findings: Findings): Set<ProtectionName> {
  const guards = guardsOf(claim, identity!, roles, surroundings.sameUnit.map((one) => one.identity));
  return new Set<ProtectionName>([
    ...guards, ...(identity!.busType === 'Spaces' ? ['Space'] as const : []), ...protectionsByFindings(findings),
  ]);
}

/** Which host registered which key, where READ FULL STATUS and the bus tell. `ports` are those of this host. */
export function ownersOf(course: Course, ports: readonly string[] | null, { surroundings }: Attempt): Owners | undefined {
  const registrants = course.details?.fullStatus?.registrants;
  if (registrants === undefined || ports === null) return undefined;
  const ours = registrants.filter(({ initiator }) => ports.includes(initiator.text)).map(({ key }) => key);
  const others = new Map<bigint, string>();
  // An answer that leaves registrations out may have left out one of this host.
  for (const { key, initiator } of registrants.length === course.before!.keys.length ? registrants : []) {
    if (ours.includes(key)) continue;
    others.set(key, others.has(key) ? `${others.get(key)!} and ${initiator.text}` : initiator.text);
  }
  // Where this host has another path to the device, the key may have been registered over that path.
  return { here: surroundings.sameUnit.length > 0 ? null : ours[0] ?? null, others };
}

/** What Windows uses a disk for, as far as the disk and the host tell. */
export async function usesOf(attempt: Attempt, roles: DiskRoles) {
  const { handle, deadline } = attempt;
  const protections: ProtectionName[] = [];
  const unchecked: string[] = [];
  const told = async <T>(what: string, code: number, room: number, decode: (bytes: Uint8Array) => T): Promise<T | null> => {
    const { status, output } = await deadline.race(handle.control(code, null, room));
    try {
      if (isSuccess(status)) return decode(output);
    } catch (error) {
      if (!(error instanceof LayoutError)) throw error;
    }
    unchecked.push(what);
    return null;
  };
  if (await told('storage pool', IOCTL_DISK_GET_DRIVE_LAYOUT_EX, driveLayoutRoom, hasSpacesPartition)) protections.push('PoolMember');
  const cluster = await told('cluster shared volume', IOCTL_DISK_GET_CLUSTER_INFO, clusterInfoRoom, decodeClusterInfo);
  if (cluster?.clustered === true) protections.push('Clustered');
  if (cluster?.shared === true) protections.push('Csv');
  if (roles.pagefile === undefined) unchecked.push('page file');
  const number = diskNumber(attempt.identity!);
  if (number !== null && roles.pagefile?.has(number) === true) protections.push('Pagefile');
  if (unchecked.length > 0) attempt.step(`not checked: ${unchecked.join(', ')}`);
  return { protections, unchecked };
}
