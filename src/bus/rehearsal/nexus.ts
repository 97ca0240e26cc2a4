// Names of I_T nexuses. Initiator ports of a rehearsal may have any name; since there is one target port, that name is
// also the name of the nexus. Two kinds of names have a form: that of an iSCSI port, which contains the session, and that
// of a session which has ended.

/** An iSCSI initiator port: name and ISID (RFC 7143 clause 10.1.1, SPC-4 clause 7.6.4.6). */
const iscsiPort = /^(.+),i,0x([0-9A-Fa-f]{12})$/;
const ended = /^(.+) \(ended session [1-9][0-9]*\)$/;

/** The name without the session, and the session's twelve hexadecimal digits; null for a port without one. */
export function deviceAndSession(port: string): { readonly device: string; readonly isid: string | null } {
  const [, device = port, isid = null] = iscsiPort.exec(port) ?? [];
  return { device, isid };
}

/** Whether two ports are sessions of one initiator: of one name, and not the same. */
export function anotherSession(port: string, other: string | null): boolean {
  if (other === null || port === other) return false;
  const [one, two] = [deviceAndSession(port), deviceAndSession(other)];
  return one.isid !== null && two.isid !== null && one.device === two.device;
}

/** The name for a session of a port after it has ended; not one of `taken`. */
export function endedSession(port: string, taken: readonly string[]): string {
  for (let count = 1; ; count++) {
    const name = `${port} (ended session ${count})`;
    if (!taken.includes(name)) return name;
  }
}

export const isEndedSession = (nexus: string): boolean => ended.test(nexus);

/** The port that a nexus is or was of. */
export const portOf = (nexus: string): string => ended.exec(nexus)?.[1] ?? nexus;
