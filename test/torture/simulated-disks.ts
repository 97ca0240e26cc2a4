// The disks of the simulation, and what a correct program may say of each. Shares no code with the product: the
// outcomes come of the fault that a row describes, and of SCSI-2's rules for RESERVE and RELEASE below.

import type { Random } from './random.ts';

export type Name = 'number' | 'path' | 'interfacePath' | 'uniqueId' | 'serialNumber' | 'wrongSerial' | 'madeUp';
export type DiskVerb = 'release' | 'reserve' | 'plan' | 'status';

/** What a request asks, as far as it matters to its outcome. */
export interface Asked {
  readonly verb: DiskVerb;
  readonly by: Name;
  readonly timeoutMs: number;
  readonly verify: boolean;
  readonly allowed: boolean;
  /** Milliseconds that may go by until its neighbours have said what they are. */
  readonly readingMs: number;
  /** No other request of this host ever named this disk, and nobody reset it. */
  readonly alone: boolean;
}

export interface DiskKind {
  readonly name: string;
  /** Parts of the rehearsal file. */
  readonly unit: Readonly<Record<string, unknown>>;
  readonly disk: Readonly<Record<string, unknown>>;
  /** Whether a request to it can take time, so that others wait or find it still in its driver. */
  readonly slow: boolean;
  /** Every outcome that may come of it. `done` is what a disk without a fault says. */
  outcomes(asked: Asked, done: readonly string[]): readonly string[];
}

/** What a disk with nothing wrong says. The two that change something depend on who holds it. */
const done: Readonly<Record<DiskVerb, readonly string[]>> = {
  release: ['Accepted', 'Conflict'], reserve: ['Reserved', 'Conflict'], plan: ['Accepted'], status: ['Read'],
};

const changes = ({ verb }: Asked) => verb === 'release' || verb === 'reserve';
const byIdentity = ({ by }: Asked) => by === 'uniqueId' || by === 'serialNumber';

/** What comes of an answer after `ms`, held against the deadline. */
const within = (ms: number, { timeoutMs, readingMs }: Asked, then: readonly string[]): readonly string[] =>
  (ms > timeoutMs ? ['TimedOut'] : ms + readingMs < timeoutMs ? then : [...then, 'TimedOut']);
/** Named by what the device does not bear out. */
const isAnother = ({ by }: Asked) => by === 'wrongSerial' || by === 'madeUp';

/** NTSTATUS of the port driver to outcome, from Microsoft's descriptions of the codes. */
const statuses: Readonly<Record<string, string>> = {
  '0xC000009D': 'NotFound', '0xC0000185': 'Failed', '0xC0000022': 'AccessDenied', '0xC00000BB': 'NotSupported',
  '0x80000011': 'Conflict', '0xC00000A3': 'NotReady', '0xC0000043': 'InUse', '0xC0000483': 'Failed',
  '0xC00000B5': 'TimedOut', '0xC0DEC0DE': 'Failed',
};
/** Those that the reading command takes for an answer: they say something of the reservation. */
const readable: ReadonlySet<string> = new Set(['0x80000011']);

type Make = (random: Random) => DiskKind;
const plain = (name: string, unit: object = {}, disk: object = {}): Make => () =>
  ({ name, unit: { ...unit }, disk: { ...disk }, slow: false, outcomes: (_, as) => as });

/** A guard that holds unless its name is allowed. */
const guarded = (name: string, disk: object): Make => () => ({
  name, unit: {}, disk: { ...disk }, slow: false,
  outcomes: (asked, as) => (asked.verb === 'status' || asked.allowed ? as : ['Refused']),
});

/** A fault that strikes so many commands; each costs the driver `each` milliseconds, and the fifth ends it so. */
const strikes = (name: string, fault: string, each: number, end: string, more: object = {}): Make => (random) => {
  const times = random.pick([1, 2, true] as const);
  return {
    name: `${name} ${times}`, unit: {}, disk: { ...more, faults: { [fault]: times } }, slow: true,
    outcomes: (asked, as) => {
      if (asked.verb === 'plan') return as;
      const ends = times === true ? [end] : as;
      if (!asked.alone || asked.verify || asked.verb === 'status') return [...as, end, 'TimedOut'];
      return within((times === true ? 4 : times) * each, asked, ends);
    },
  };
};

const makes: readonly Make[] = [
  plain('plain'), plain('plain'), plain('plain'),
  plain('tgt', { target: 'tgt' }), plain('tgt', { target: 'tgt' }),
  plain('only 10-byte forms', { reserveCommands: '10' }),
  plain('no persistent reservations', { persistentReservations: false }),
  plain('held by the other', { reservedBy: 'b' }),
  plain('held by the other, tgt', { reservedBy: 'b', target: 'tgt' }),
  plain('held by a third', { reservedBy: 'x' }),
  plain('keys', { registrations: [{ initiator: 'x', key: '0xA1' }] }),
  plain('keys, tgt', { target: 'tgt', registrations: [{ initiator: 'x', key: '0xA1' }] }),
  (random) => plain('odd lists', {}, { faults: {
    prInAnswers: random.pick(['empty', 'short', 'headerOnly', 'long', 'lengthTooLarge', 'lengthOdd', 'garbage']),
  } })(random),
  (random) => {
    const ms = random.pick([1, 300, 999, 1000, 1001, 1500, 2000, 4000]);
    return {
      name: `each command takes ${ms} ms`, unit: {}, disk: { faults: { delayMs: ms } }, slow: true,
      outcomes: (asked, as) => {
        if (asked.verb === 'plan') return as;
        return asked.alone && !asked.verify && changes(asked) ? within(ms, asked, as) : [...as, 'TimedOut'];
      },
    };
  },
  (random) => {
    const ms = random.pick([1, 300, 999, 1000, 1001, 1500, 4000]);
    return {
      name: `opens after ${ms} ms`, unit: {}, disk: { faults: { openDelayMs: ms } }, slow: true,
      outcomes: (asked, as) => {
        // A search opens it too, with less time of its own.
        if (byIdentity(asked)) return [...as, 'NotFound', 'TimedOut'];
        return asked.alone ? within(ms, asked, as) : [...as, 'TimedOut'];
      },
    };
  },
  (random) => {
    const cancellable = random.once(2);
    return {
      name: 'hangs', unit: {}, disk: { faults: { hangs: true, cancellable } }, slow: true,
      outcomes: ({ verb }, as) => (verb === 'plan' ? as : ['TimedOut']),
    };
  },
  () => ({
    name: 'hangs at open', unit: {}, disk: { faults: { openHangs: true } }, slow: true,
    outcomes: (asked) => (byIdentity(asked) ? ['NotFound', 'TimedOut'] : ['TimedOut']),
  }),
  () => ({
    name: 'opens only without access', unit: {},
    disk: { faults: { openFails: { status: '0xC0000022', win32: 5 } } }, slow: false,
    // The first answer stands where the second try, without access, comes to nothing: it is another disk than was
    // named, or others take all of its time.
    outcomes: (asked, as) => {
      if (changes(asked) || (asked.verb === 'status' && isAnother(asked))) return ['AccessDenied'];
      return asked.verb === 'status' && !asked.alone ? [...as, 'AccessDenied'] : as;
    },
  }),
  () => ({
    name: 'never opens', unit: {},
    disk: { faults: { openFails: { status: '0xC0000043', win32: 32, always: true } } }, slow: false,
    outcomes: (asked) => (byIdentity(asked) ? ['NotFound'] : ['InUse']),
  }),
  (random) => {
    const after = random.below(12);
    return {
      name: `vanishes after ${after}`, unit: {}, disk: { faults: { vanishesAfter: after } }, slow: false,
      outcomes: (_, as) => (after === 0 ? ['NotFound'] : [...as, 'NotFound', 'IdentityChanged']),
    };
  },
  strikes('becomes ready', 'notReady', 10_000, 'NotReady'),
  strikes('busy', 'busy', 500, 'NotReady'),
  // A second without an answer, a second before the next try; the last one has nothing to wait for.
  (random) => {
    const row = strikes('silent', 'silent', 2000, 'TimedOut', { timeoutSeconds: 1 })(random);
    const ever = row.name.endsWith('true') ? ['TimedOut'] : [];
    return { ...row, outcomes: (asked, as) => [...row.outcomes(asked, as), ...ever] };
  },
  (random) => {
    const status = random.pick(Object.keys(statuses));
    return {
      name: `always ${status}`, unit: {}, disk: { faults: { status } }, slow: false,
      outcomes: (asked, as) => {
        if (asked.verb === 'plan') return as;
        return asked.verb === 'status' && readable.has(status) ? ['Read'] : [statuses[status]!];
      },
    };
  },
  () => ({
    name: 'knows no RESERVE', unit: { reserveCommands: 'none' }, disk: {}, slow: false,
    outcomes: (asked, as) => (changes(asked) ? ['NotSupported'] : as),
  }),
  guarded('boot', { boot: true }), guarded('system', { system: true }), guarded('clustered', { clustered: true }),
  guarded('multipath', { initiators: ['HOST:1', 'HOST:2'] }),
  () => ({
    name: 'has another number now', unit: {}, disk: { faults: { renumberedTo: 900 } }, slow: false,
    outcomes: (asked, as) => (asked.by === 'number' || asked.by === 'path' ? ['IdentityChanged'] : as),
  }),
];

export const makeDisk = (random: Random): DiskKind => random.pick(makes)(random);

/** Outcomes that may come of a request to a disk of this kind, the pipeline's own end left out. */
export function outcomesOf(kind: DiskKind, asked: Asked): ReadonlySet<string> {
  // What is held after a release that the device accepted is told by a reading of it.
  const accepted = asked.verb === 'release' && asked.verify ? [...done.release, 'StillHeld'] : done[asked.verb];
  const as = kind.outcomes(asked, accepted);
  const all = new Set(as);
  if (isAnother(asked)) {
    // What comes of the disk itself does not: it has not been asked anything but what it is.
    for (const name of done[asked.verb]) all.delete(name);
    all.add('IdentityChanged');
  }
  if (!asked.alone && kind.slow) all.add('InUse');
  // The request before it may wait for its neighbours.
  if (!asked.alone && (kind.slow || asked.readingMs > 0)) all.add('TimedOut');
  return all;
}

// ---- SCSI-2: RESERVE and RELEASE of a logical unit, spc2r20 5.5.1 and 7.16 to 7.21

const GOOD = 0x00;
const CHECK_CONDITION = 0x02;
const RESERVATION_CONFLICT = 0x18;

/** One unit as SPC-2 has it: a holder, and who must still hear of a reset. */
export class UnitModel {
  reservedBy: string | null;
  readonly #tgt: boolean;
  readonly #keys: boolean;
  readonly #forms: string;
  readonly #persistent: boolean;
  /** Unit attentions to come, by initiator. */
  readonly #told = new Map<string, number>();

  constructor(unit: Readonly<Record<string, unknown>>) {
    this.#tgt = unit['target'] === 'tgt';
    this.#keys = unit['registrations'] !== undefined;
    this.#forms = (unit['reserveCommands'] as string | undefined) ?? (this.#tgt ? '6' : 'both');
    this.#persistent = unit['persistentReservations'] !== false;
    this.reservedBy = (unit['reservedBy'] as string | undefined) ?? null;
  }

  reset(initiators: readonly string[]): void {
    this.reservedBy = null;
    // tgt notes it again each time, LIO once.
    for (const each of initiators) this.#told.set(each, this.#tgt ? (this.#told.get(each) ?? 0) + 1 : 1);
  }

  /** SCSI status that a command must end with. */
  execute(initiator: string, cdb: Uint8Array): number {
    const told = this.#told.get(initiator) ?? 0;
    if (told > 0) {
      this.#told.set(initiator, told - 1);
      return CHECK_CONDITION;
    }
    const mine = this.reservedBy === initiator;
    const others = this.reservedBy !== null && !mine;
    const knows = (form: string) => this.#forms === form || this.#forms === 'both';
    switch (cdb[0]) {
      case 0x00: case 0x28: return others ? RESERVATION_CONFLICT : GOOD;
      case 0x16: case 0x56:
        if (!knows(cdb[0] === 0x16 ? '6' : '10')) return CHECK_CONDITION;
        // spc4r17 5.7.3: registrations of others stop both; tgt does not care.
        if (others || (this.#keys && !this.#tgt)) return RESERVATION_CONFLICT;
        this.reservedBy = initiator;
        return GOOD;
      case 0x17: case 0x57:
        if (!knows(cdb[0] === 0x17 ? '6' : '10')) return CHECK_CONDITION;
        if (this.#keys && !this.#tgt) return RESERVATION_CONFLICT;
        // Of somebody else's reservation: GOOD, and no change.
        if (mine) this.reservedBy = null;
        return GOOD;
      case 0x5e:
        if (!this.#persistent) return CHECK_CONDITION;
        if (this.reservedBy !== null && !this.#tgt) return RESERVATION_CONFLICT;
        // READ FULL STATUS: tgt does not know it.
        return this.#tgt && (cdb[1]! & 0x1f) === 3 ? CHECK_CONDITION : GOOD;
      default: return CHECK_CONDITION;
    }
  }
}
