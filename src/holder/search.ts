// One search for holders: the answers of the hosts go in, reading by reading; each disk comes out as soon as it is
// decided, and so do the requests that are still needed to decide one. Of a decided disk only the identity is kept,
// so memory grows with the undecided disks.

import { isPlaceholder } from '../disk/no-statement.ts';
import { folded } from '../text.ts';
import { type Decision, decide } from './decide.ts';
import { type Host, HostClock } from './host.ts';
import type { Observation, PersistentFacts, Reading } from './reading.ts';
import { type Registration, comparable, hostsWith, readRegistration } from './registrants.ts';
import { type HolderResult, type Told, holderResult } from './result.ts';

/** What a host is to be asked: the disk once more, with its registrants, or the host's own initiator ports. */
export type Question = 'Reading' | 'Registrants' | 'Ports';

export interface SearchOutput {
  /** Of its ports, no disk is named. */
  ask(host: number, uniqueId: string, what: Question): void;
  holder(result: HolderResult): void;
  /** Nothing is open any more. */
  complete(): void;
}

/** What a host says that the serial number of a disk is. */
interface Said {
  readonly host: number;
  readonly serialNumber: string;
}

/** What is kept of a disk that was told. */
interface Known {
  serialNumber: string | null;
  /** Hosts that see it, and whether they said that number. */
  readonly hosts: Map<number, boolean>;
}

interface Disk {
  readonly key: string;
  readonly uniqueId: string;
  readonly first: Observation;
  /** What each host says, once for each number; and the numbers as they are compared. */
  readonly said: Said[];
  readonly serials: Set<string>;
  readonly seenBy: Set<number>;
  readonly twice: Set<number>;
  /** Hosts that were asked for it and do not have it, or have said of it what another session with them says. */
  readonly absent: Set<number>;
  readings: Map<number, Reading[]>;
  /** Only readings that were sent from here on count. */
  since: number;
  rounds: number;
  /** Open hosts that have not said anything of it. */
  missing: number;
  /** Hosts that were asked once more, and when. */
  readonly asked: Map<number, number>;
  /** Hosts that were asked for its registrants; the one whose answer is not there; what was answered, null: nothing. */
  readonly namedBy: Set<number>;
  naming: number | null;
  registrations: readonly Registration[] | null;
  /** Whose ports are waited for, to name its registrants. */
  persistent: Extract<Decision, { kind: 'persistent' }> | null;
  facts: PersistentFacts | null;
}

/** So many hosts are asked for registrants, one after the other, until one tells. */
const mostNaming = 3;

export class HolderSearch {
  readonly #windowMs: number;
  /** UTC milliseconds at 0 of the clock that `sent` and `received` are on. */
  readonly #epoch: number;
  readonly #out: SearchOutput;
  readonly #hosts: Host[] = [];
  readonly #computers = new Map<string, number>();
  readonly #disks = new Map<string, Disk>();
  /** Disks that were told; `differ`: it was told that there are several of this identifier. */
  readonly #decided = new Map<string, Known | 'differ'>();
  /** Lines of registrants whose row has not come, by host and disk. */
  readonly #lines = new Map<string, Registration[]>();
  /** Disks that a computer has access to by a session that is not its first, with those sessions. */
  readonly #letIn = new Map<string, Set<number>>();
  #openHosts = 0;
  #now = -Infinity;
  #complete = false;

  constructor(windowMs: number, epoch: number, out: SearchOutput) {
    this.#windowMs = windowMs;
    this.#epoch = epoch;
    this.#out = out;
  }

  /** Disks that are not decided. */
  get undecided(): number {
    return this.#disks.size;
  }

  /** Tells of a host, in the order of their indices, all before the first reading. */
  host(label: string, session: string): void {
    this.#openHosts += 1;
    this.#hosts.push({
      label, session, computer: null, open: true, failure: null, sameAs: null, hasUnnamed: false, clock: new HostClock(), ports: new Set(),
      portsAsked: false, portsOpen: false,
    });
  }

  observed(one: Observation): void {
    const host = this.#hosts[one.host];
    if (host === undefined) return;
    if (host.sameAs !== null) return this.#again(host, one);
    if (host.failure !== null) return;
    this.#now = Math.max(this.#now, one.received);
    if (!this.#named(host, one)) return this.#again(host, one);
    host.clock.learn(one);
    if (one.unheard) host.hasUnnamed = true;
    if (one.uniqueId === null) return this.#unnamed(host, one);
    const key = `${one.bus} ${folded(one.uniqueId)}`;
    if (this.#decided.has(key)) return this.#late(key, one.uniqueId, one);
    const disk = this.#disks.get(key) ?? this.#add(key, one.uniqueId, one);
    // What a host says of it while it is still at its first answer is no answer to a later question.
    const answers = one.sent >= (disk.asked.get(one.host) ?? Infinity) && disk.asked.delete(one.host);
    const isNew = !disk.seenBy.has(one.host) && !disk.absent.has(one.host);
    if (isNew && host.open) disk.missing -= 1;
    if (!isNew && !answers) disk.twice.add(one.host);
    if (one.absent && !disk.seenBy.has(one.host)) disk.absent.add(one.host);
    else {
      disk.seenBy.add(one.host);
      note(disk, one);
      const lines = `${one.host} ${key}`;
      const named = answers && disk.naming === one.host;
      if (named) {
        disk.naming = null;
        disk.registrations = this.#lines.get(lines) ?? null;
      }
      this.#lines.delete(lines);
      if (one.persistent) disk.facts = one.facts;
      // One that could not be opened once more takes nothing back of what was read.
      if (named && one.keys === 'unread' && !one.persistent) return this.#settle(disk);
      if (one.sent >= disk.since) this.#keep(disk, one);
      else if (!disk.asked.has(one.host)) this.#ask(disk, one.host);
    }
    this.#settle(disk);
  }

  /**
   * Of a disk that was told before. What was told is of the LUN of those hosts; one that gives another serial number
   * has another LUN, and the identifier is no identity.
   */
  #late(key: string, uniqueId: string, one: Observation): void {
    const known = this.#decided.get(key)!;
    if (known === 'differ' || one.absent) return;
    const said = saidBy(one);
    if (said === null || known.serialNumber === null || folded(known.serialNumber) === folded(said.serialNumber)) {
      known.serialNumber ??= said?.serialNumber ?? null;
      known.hosts.set(one.host, said !== null || known.hosts.get(one.host) === true);
      return;
    }
    this.#decided.set(key, 'differ');
    const { serialNumber } = known;
    const serials = [...known.hosts].filter(([, told]) => told).map(([host]) => ({ host, serialNumber }));
    this.#out.holder(holderResult(this.#toldOf({
      decision: { kind: 'undecided', reason: 'serials', hosts: [] }, uniqueId, first: one,
      seenBy: [...new Set([...known.hosts.keys(), one.host])], readings: [one], serials: [...serials, said],
    })));
  }

  /** A registrant of a disk whose row comes next. */
  registrant(host: number, uniqueId: string, text: string): void {
    const one = readRegistration(text);
    if (one === null || this.#hosts[host] === undefined) return;
    for (const bus of buses) {
      const key = `${bus} ${folded(uniqueId)}`;
      if (this.#disks.get(key)?.naming !== host) continue;
      const lines = `${host} ${key}`;
      this.#lines.set(lines, [...this.#lines.get(lines) ?? [], one]);
    }
  }

  /** One of the initiator ports that a host was asked for. */
  port(index: number, text: string): void {
    const host = this.#hosts[index];
    const name = comparable(text);
    if (host === undefined || name === null || !host.portsAsked) return;
    host.ports.add(name);
  }

  /** It has told all of them, or cannot. */
  portsTold(index: number): void {
    const host = this.#hosts[index];
    if (host === undefined) return;
    host.portsOpen = false;
    this.#settleNamed();
  }

  /** The host has told all disks that it sees: what it has not told it does not see. */
  finished(index: number): void {
    const host = this.#hosts[index];
    if (host === undefined || !host.open) return;
    host.open = false;
    this.#openHosts -= 1;
    this.#left(index, false);
  }

  /** The host says nothing more. `label`: what it is called by now; empty: as before. */
  failed(index: number, reason: string, label = ''): void {
    const host = this.#hosts[index];
    if (host === undefined || (host.failure !== null && (host.sameAs === null || !host.open))) return;
    host.failure ??= reason;
    if (label !== '') host.label = label;
    if (host.open) this.#openHosts -= 1;
    const wasOpen = host.open;
    host.open = false;
    this.#left(index, true, wasOpen);
  }

  /** A question that brought no answer of that disk. */
  missed(index: number, uniqueId: string): void {
    for (const bus of buses) {
      const disk = this.#disks.get(`${bus} ${folded(uniqueId)}`);
      if (disk === undefined || !disk.asked.delete(index)) continue;
      if (disk.naming === index) {
        disk.naming = null;
        this.#settle(disk);
        continue;
      }
      const last = disk.readings.get(index)?.at(-1);
      // It counts as an answer that tells nothing: a host that gives no other is not asked for ever.
      if (last !== undefined) {
        disk.readings.get(index)!.push({ ...last, blocked: null, keys: 'unread', persistent: false, without: false,
          sent: this.#now, received: this.#now, startedAt: null, trouble: 'no answer' });
      }
      this.#settle(disk);
    }
  }

  /** Nobody asks any more: what is undecided stays so. */
  end(): void {
    // oxlint-disable-next-line no-useless-spread -- a disk that is told leaves the map while it is walked
    for (const disk of [...this.#disks.values()]) {
      this.#tell(disk, disk.persistent ?? { kind: 'undecided', reason: 'ended', hosts: [] });
    }
    this.#openHosts = 0;
    this.#whole();
  }

  /** False when another host has said before that it is this computer. */
  #named(host: Host, { computer, host: index }: Observation): boolean {
    if (host.computer !== null || computer === '') return true;
    const name = folded(computer);
    const other = this.#computers.get(name);
    if (other !== undefined) {
      host.sameAs = other;
      host.failure = `it is the same computer as ${this.#hosts[other]!.label}`;
      this.#left(index, true, false);
      return false;
    }
    this.#computers.set(name, index);
    host.computer = computer;
    return true;
  }

  /** A row of a computer that has answered by another session. It is heard to its end: of two that have one name it may be the other. */
  #again(host: Host, { host: index, bus, uniqueId, blocked }: Observation): void {
    if (uniqueId === null) return;
    const key = `${bus} ${folded(uniqueId)}`;
    if (blocked === false) this.#letIn.set(key, new Set(this.#letIn.get(key)).add(index));
    const disk = this.#disks.get(key);
    if (disk === undefined || disk.seenBy.has(index) || disk.absent.has(index)) return;
    disk.absent.add(index);
    if (host.open) disk.missing -= 1;
    this.#settle(disk);
  }

  #add(key: string, uniqueId: string, first: Observation): Disk {
    const disk: Disk = {
      key, uniqueId, first, said: [], serials: new Set(), seenBy: new Set(), twice: new Set(), absent: new Set(), readings: new Map(),
      since: -Infinity, rounds: 0, missing: this.#openHosts, asked: new Map(), namedBy: new Set(), naming: null, registrations: null,
      persistent: null, facts: first.persistent ? first.facts : null,
    };
    this.#disks.set(key, disk);
    return disk;
  }

  /** A disk that does not say which it is cannot be joined with anything. */
  #unnamed(host: Host, one: Observation): void {
    // Neither a CD-ROM nor a disk whose bus has no reservations is what anybody looks for.
    if (one.absent || one.without || one.number === null) return;
    host.hasUnnamed = true;
    this.#out.holder(holderResult(this.#toldOf({
      decision: { kind: 'undecided', reason: 'noIdentity', hosts: [one.host] },
      uniqueId: null, first: one, seenBy: [one.host], readings: [one], serials: [],
    })));
  }

  #left(index: number, failed: boolean, wasOpen = true): void {
    // oxlint-disable-next-line no-useless-spread -- a disk that is told leaves the map while it is walked
    for (const disk of [...this.#disks.values()]) {
      const told = disk.seenBy.has(index) || disk.absent.has(index);
      if (wasOpen && !told) disk.missing -= 1;
      const answers = failed && disk.asked.delete(index);
      if (failed && disk.naming === index) disk.naming = null;
      if ((wasOpen && !told) || answers || disk.persistent !== null) this.#settle(disk);
    }
    this.#whole();
  }

  #settle(disk: Disk): void {
    // Readings of different LUNs prove nothing together.
    if (disk.serials.size > 1) return this.#tell(disk, { kind: 'undecided', reason: 'serials', hosts: [] });
    if (disk.asked.size > 0) return;
    if (disk.readings.size === 0) {
      if (disk.missing > 0) return;
      // Everybody has answered, and nobody could be read.
      const reason = disk.seenBy.size === 0 ? 'noSuchDisk' : 'noAnswer';
      return this.#tell(disk, { kind: 'undecided', reason, hosts: [] });
    }
    const decision = decide({
      readings: disk.readings,
      missing: disk.missing,
      silent: disk.missing > 0 ? [] : this.#silent(disk),
      twice: [...disk.twice],
      rounds: disk.rounds,
      mayAsk: (host) => this.#hosts[host]!.failure === null,
      narrow: (reading) => this.#hosts[reading.host]!.clock.narrow(reading),
      now: this.#now,
      windowMs: this.#windowMs,
    });
    if (decision.kind === 'wait') return;
    disk.persistent = decision.kind === 'persistent' ? decision : null;
    // Whoever sees it may be the one that frees it, or proves that it is free: a row names all of them.
    if (disk.persistent !== null && (!this.#isNamed(disk) || disk.missing > 0)) return;
    if (decision.kind !== 'ask') return this.#tell(disk, decision);
    if (decision.again) {
      disk.rounds += 1;
      disk.readings = new Map();
      disk.since = this.#now;
    }
    for (const host of decision.hosts) this.#ask(disk, host);
  }

  /**
   * Whether all is known of its registrants that can be; what is not is asked. Of tape drives it is not: opening one for
   * writing is no way to look at it.
   */
  #isNamed(disk: Disk): boolean {
    if (disk.first.kind !== 'Disk') return true;
    if (disk.registrations === null) {
      const next = disk.namedBy.size >= mostNaming ? undefined
        : [...disk.readings.keys()].find((host) => !disk.namedBy.has(host) && this.#hosts[host]!.failure === null);
      if (next === undefined) return true;
      disk.namedBy.add(next);
      disk.naming = next;
      this.#ask(disk, next, 'Registrants');
      return false;
    }
    if (disk.registrations.length === 0) return true;
    // Of all hosts, before any is named: two of them may have one iSCSI name.
    for (const [index, host] of this.#hosts.entries()) {
      if (host.portsAsked || host.failure !== null) continue;
      host.portsAsked = host.portsOpen = true;
      this.#out.ask(index, '', 'Ports');
    }
    return this.#hosts.every((host) => host.failure !== null || !host.portsOpen);
  }

  /** Hosts that may have this initiator port: none, one, or several that somebody gave one name. */
  #hostsOf(initiator: string): number[] {
    return hostsWith(initiator, this.#hosts.map(({ ports }) => ports));
  }

  #settleNamed(): void {
    // oxlint-disable-next-line no-useless-spread -- a disk that is told leaves the map while it is walked
    for (const disk of [...this.#disks.values()]) if (disk.persistent !== null) this.#settle(disk);
  }

  #keep(disk: Disk, one: Observation): void {
    // No more of it than the rules need.
    const {
      kind: _kind, uniqueId: _id, friendlyName: _name, serialNumber: _serial, computer: _computer, bus: _bus,
      absent: _absent, unheard: _unheard, facts: _facts, ...reading
    } = one;
    const list = disk.readings.get(one.host);
    if (list === undefined) disk.readings.set(one.host, [reading]);
    else list.push(reading);
  }

  #ask(disk: Disk, host: number, what: Question = 'Reading'): void {
    disk.asked.set(host, this.#now);
    this.#out.ask(host, disk.uniqueId, what);
  }

  /**
   * Hosts that may hold it for all that is known: those that failed, those that see it and said nothing in this
   * round, and those whose disks did not all say which they are. A computer that has answered by another session is none, unless it
   * has access, which that one has not.
   */
  #silent(disk: Disk): number[] {
    const silent: number[] = [];
    for (const [index, host] of this.#hosts.entries()) {
      if (disk.readings.has(index)) continue;
      const mayHold = host.sameAs === null ? host.failure !== null || host.hasUnnamed || disk.seenBy.has(index)
        : this.#letIn.get(disk.key)?.has(index) === true;
      if (mayHold) silent.push(index);
    }
    return silent;
  }

  #tell(disk: Disk, decision: Exclude<Decision, { kind: 'wait' | 'ask' }>): void {
    this.#disks.delete(disk.key);
    const said = new Set(disk.said.map(({ host }) => host));
    this.#decided.set(disk.key, disk.serials.size > 1 ? 'differ' : {
      serialNumber: disk.said[0]?.serialNumber ?? null, hosts: new Map([...disk.seenBy].map((host) => [host, said.has(host)])),
    });
    this.#out.holder(holderResult(this.#toldOf({
      decision, uniqueId: disk.uniqueId, first: disk.first, seenBy: [...disk.seenBy],
      readings: [...disk.readings.values()].flat(), serials: disk.serials.size > 1 ? disk.said : [],
      persistent: decision.kind !== 'persistent' ? null : {
        facts: disk.facts,
        registrants: disk.registrations?.map((one) => ({ ...one, hosts: this.#hostsOf(one.initiator) })) ?? null,
      },
    })));
    this.#whole();
  }

  #toldOf(told: Omit<Told, 'hosts' | 'epoch' | 'narrow' | 'persistent'> & Partial<Told>): Told {
    return {
      persistent: null, ...told, hosts: this.#hosts, epoch: this.#epoch,
      narrow: (reading) => this.#hosts[reading.host]!.clock.narrow(reading),
    };
  }

  #whole(): void {
    if (this.#complete || this.#openHosts > 0 || this.#disks.size > 0) return;
    this.#complete = true;
    this.#out.complete();
  }
}

/** A text that stands for no serial number says nothing. */
const saidBy = ({ host, serialNumber }: Observation): Said | null =>
  (serialNumber === null || isPlaceholder(serialNumber) ? null : { host, serialNumber });

function note(disk: Disk, one: Observation): void {
  const said = saidBy(one);
  if (said === null || disk.said.some((each) => each.host === said.host && each.serialNumber === said.serialNumber)) return;
  disk.said.push(said);
  disk.serials.add(folded(said.serialNumber));
}

const buses = ['Windows', 'Rehearsal'] as const;
