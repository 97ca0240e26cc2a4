// The use case behind Get-StorageReservation: one disk in, one description of its reservation out. Runs on a bus
// that only looks (bus/read-only.ts).

import { type TypeRow, scopeRows, typeRows, keyText } from '../scsi/persistent-reservations.ts';
import { rowOf } from '../scsi/row.ts';
import type { Outcome } from '../status/outcomes.ts';
import type { BusKind } from '../bus/bus.ts';
import { Attempt, type Ending, type ReleaseContext, type Report, type Verdict, statusVerdict } from './attempt.ts';
import { DeadlinePassed } from './deadline.ts';
import { freeingStep } from './clear/next-step.ts';
import { argumentOf, protectionsOf } from './clear/uses.ts';
import { doubles } from './doubles.ts';
import { columnsOf, deviceKey } from './identity.ts';
import { nameOfPath } from './neighbours.ts';
import { type Details, type Reading, findingsOf, readDetails, readReservation } from './probe.ts';
import { categoryOf } from './release.ts';
import { type Findings, type StateVerdict, isBlocked, reservationState } from './reservation-state.ts';
import type { Answer, DeviceColumns, ReservationState } from './result.ts';
import type { Claim } from './target.ts';

export interface ReservationRequest {
  readonly claim: Claim;
  readonly timeoutMs: number;
  /** Asks for capabilities and each registrant as well, by SCSI pass-through. */
  readonly detailed: boolean;
}

/** What is known of a disk's reservation. Names and order are API; flat scalars only. */
export interface ReservationResult extends DeviceColumns {
  readonly State: ReservationState;
  /**
   * Whether this initiator is locked out: CHECK_VERIFY or a read of the disk ended in a conflict. False: it is let in,
   * which a free disk and one that this very host holds have in common. Null: it could not be told. See isBlocked.
   */
  readonly Blocked: boolean | null;
  /** Each probe with its result. */
  readonly Evidence: string;
  /** Registered keys, 0x and 16 hex digits each, joined by blanks; null where they were not read. */
  readonly Keys: string | null;
  readonly KeyCount: number | null;
  /** Key of the holder of the persistent reservation; null where there is none, or every registrant holds it. */
  readonly HolderKey: string | null;
  /** SPC's name of its type and scope. */
  readonly Type: string | null;
  readonly Scope: string | null;
  /** PRgeneration. */
  readonly Generation: number | null;
  /**
   * With `detailed`, each registrant on a line of its own: key, initiator, and in brackets what else is known of it;
   * null where the disk was not asked or did not tell. Text, so that no CSV and no depth of JSON loses it.
   */
  readonly Registrants: string | null;
  /** Paths from this host; null where it has more than one and how many cannot be told from here. */
  readonly PathCount: number | null;
  /** Load-balance policy of MPIO; null: not told to a handle. */
  readonly MpioPolicy: string | null;
  /** `Read`, or why the disk could not be asked. */
  readonly Outcome: Outcome;
  readonly NtStatus: number | null;
  readonly NtStatusName: string | null;
  readonly Win32Error: number | null;
  readonly DurationMs: number;
  readonly StartedAt: Date;
  readonly ComputerName: string;
  readonly Bus: BusKind;
  readonly Message: string;
  readonly NextStep: string;
}

/** One initiator that has registered a key, as READ FULL STATUS tells. */
export interface RegistrantResult {
  readonly Number: number | null;
  readonly UniqueId: string | null;
  readonly Key: string;
  readonly Holder: boolean;
  readonly Type: string | null;
  readonly Scope: string | null;
  readonly AllTargetPorts: boolean;
  readonly TargetPort: number | null;
  /** The initiator: an iSCSI name, an FC or SAS port, or the bytes in hex. */
  readonly Initiator: string;
  readonly ComputerName: string;
  readonly Bus: BusKind;
}

export interface ReservationAnswer {
  readonly result: ReservationResult;
  readonly registrants: readonly RegistrantResult[];
  /** Sentences about other disks of this computer that share its UniqueId or serial number. */
  readonly remarks: readonly string[];
  readonly category: Answer['category'];
}

/** What became known on the way; null where it did not come to that. */
interface Seen {
  reading: Reading | null;
  details: Details | null;
  findings: Findings | null;
  state: StateVerdict | null;
}

const unseen: Readonly<Seen> = { reading: null, details: null, findings: null, state: null };

/** Never rejects. */
export async function reservation(
  { claim, timeoutMs, detailed }: ReservationRequest, context: ReleaseContext, report: Report,
): Promise<ReservationAnswer> {
  let attempt = new Attempt(claim, timeoutMs, context, report);
  const seen: Seen = { ...unseen };
  const look = async (access: 'query' | 'read' | 'readwrite'): Promise<Verdict> => {
    attempt.command = 'Get-StorageReservation';
    attempt.changes = false;
    const ended = await attempt.approach(access) ?? await attempt.takeDevice();
    if (ended !== null) return ended;
    const roles = await attempt.deadline.race(context.roles());
    const reading = seen.reading = await readReservation(attempt, access);
    const key = deviceKey(attempt.identity!);
    const findings = seen.findings = findingsOf(reading, attempt, roles, key !== null && context.reserved.has(key));
    const state = seen.state = reservationState(findings);
    if (access === 'readwrite') {
      try {
        seen.details = await readDetails(attempt, reading);
      } catch (error) {
        // What the other probes told stands without them.
        if (!(error instanceof DeadlinePassed)) throw error;
        seen.details = { capabilities: null, fullStatus: null, evidence: ['registrants: no answer in time'] };
      }
    }
    // A disk that is not ready has said nothing of its reservation.
    if (reading.ready === 'failed') {
      const verdict = statusVerdict(reading.readyStatus, null, 'release');
      // What the table says of this status is said of a release, and none was sent.
      return { ...verdict, message: `${state.why} It answered ${verdict.statusName}.`, nextStep: state.nextStep };
    }
    const protections = protectionsOf(attempt, roles, findings);
    const { keysRead, keys, reservation: held } = reading;
    const argument = argumentOf(attempt);
    const freed = freeingStep({ findings, keysRead, keys, reservation: held, protections, state, argument });
    return { outcome: 'Read', message: state.why, nextStep: freed ?? state.nextStep };
  };
  // As far as Windows lets this user: without write access no registrants, without elevation no keys.
  const ladder = detailed ? (['readwrite', 'read', 'query'] as const) : (['read', 'query'] as const);
  let ending = await attempt.run(() => look(ladder[0]));
  for (const access of ladder.slice(1)) {
    if (ending.verdict.outcome !== 'AccessDenied') break;
    const first = attempt;
    attempt = new Attempt(claim, timeoutMs, context, report);
    const next = await attempt.run(() => look(access));
    if (next.verdict.outcome === 'Read') ending = next;
    else attempt = first;
  }
  return answer(attempt, ending, seen, detailed);
}

/** An answer for a disk that nobody asked, or nobody waits for any more. */
export function unreadAnswer(
  claim: Claim, context: ReleaseContext, outcome: 'Refused' | 'TimedOut', message: string, nextStep: string,
): ReservationAnswer {
  const attempt = new Attempt(claim, 0, context, { step() {}, late() {} });
  const verdict: Verdict = { outcome, message, nextStep };
  return answer(attempt, { verdict, startedAt: context.clock.date(), ms: 0 }, unseen, false);
}

function answer(
  attempt: Attempt, ending: Ending, { reading, details, findings, state }: Readonly<Seen>, detailed: boolean,
): ReservationAnswer {
  const { verdict } = ending;
  const held = reading?.reservation ?? null;
  const type = held === null ? undefined : rowOf<TypeRow>(typeRows, held.type);
  const columns = attempt.columns();
  const { bus } = attempt.context;
  const keysRead = reading?.keysRead === true;
  const unasked = detailed && details === null && verdict.outcome === 'Read'
    ? ['READ FULL STATUS: not sent, it needs write access to the disk'] : [];
  // Then "not found" is no proof that this host does not see the disk.
  const unheard = attempt.unheard > 0 ? [`identity: not told by ${attempt.unheard} of this computer's devices`] : [];
  const registrants = details?.fullStatus?.registrants.map((one): RegistrantResult => ({
    Number: columns.Number,
    UniqueId: columns.UniqueId,
    Key: keyText(one.key),
    Holder: one.holder,
    Type: one.type === null ? null : typeName(one.type),
    Scope: one.scope === null ? null : scopeName(one.scope),
    AllTargetPorts: one.allTargetPorts,
    TargetPort: one.targetPort,
    Initiator: one.initiator.text,
    ComputerName: bus.computerName,
    Bus: bus.kind,
  })) ?? null;
  const result: ReservationResult = {
    ...columns,
    State: state?.state ?? 'Unknown',
    Blocked: findings === null ? null : isBlocked(findings),
    Evidence: [...reading?.evidence ?? [], ...details?.evidence ?? [], ...unasked, ...unheard].join('; '),
    Keys: keysRead ? reading.keyTexts.join(' ') : null,
    KeyCount: keysRead ? reading.keys.length : null,
    HolderKey: held !== null && type?.everyRegistrantHolds !== true ? keyText(held.key) : null,
    Type: held === null ? null : typeName(held.type),
    Scope: held === null ? null : scopeName(held.scope),
    Generation: reading?.generation ?? null,
    Registrants: registrantsText(registrants),
    PathCount: typeof findings?.paths === 'number' ? findings.paths : null,
    MpioPolicy: null,
    Outcome: verdict.outcome,
    NtStatus: verdict.status ?? null,
    NtStatusName: verdict.statusName ?? null,
    Win32Error: verdict.win32 ?? null,
    DurationMs: ending.ms,
    StartedAt: ending.startedAt,
    ComputerName: bus.computerName,
    Bus: bus.kind,
    Message: verdict.message,
    NextStep: verdict.nextStep,
  };
  return { result, registrants: registrants ?? [], remarks: remarksOf(attempt), category: categoryOf(verdict) };
}

function remarksOf({ surroundings: { alike } }: Attempt): string[] {
  return doubles(alike.map(({ path, identity }) => {
    const { UniqueId, SerialNumber } = columnsOf(identity);
    return { name: nameOfPath(path), uniqueId: UniqueId, serialNumber: SerialNumber };
  }));
}

const typeName = (type: number): string => rowOf<TypeRow>(typeRows, type)?.name ?? `type ${type}`;
const scopeName = (scope: number): string => rowOf(scopeRows, scope)?.name ?? `scope ${scope}`;

/** A reply line has room for so much of it, whole lines alone. */
const longestText = 44_000;

function registrantsText(registrants: readonly RegistrantResult[] | null): string | null {
  if (registrants === null) return null;
  const lines: string[] = [];
  let size = 0;
  for (const one of registrants) {
    const line = registrantText(one);
    size += line.length;
    if (size > longestText) return [...lines, `and ${registrants.length - lines.length} more`].join('\n');
    lines.push(line);
  }
  return lines.join('\n');
}

/** All of it but what the disk and the reservation say themselves. No cleaned text has a line end. */
function registrantText({ Key, Initiator, Holder, Type, Scope, AllTargetPorts, TargetPort }: RegistrantResult): string {
  const more = [Holder ? `holder, ${Type}, ${Scope}` : null, AllTargetPorts ? 'all target ports' : `target port ${TargetPort}`];
  return `${Key} ${Initiator} (${more.filter((part) => part !== null).join(', ')})`;
}
