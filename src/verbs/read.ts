// The use case behind Get-StorageReservation: one disk in, one description of its reservation out. Runs on a bus
// that refuses every request which changes something (bus/read-only.ts).

import { Attempt } from '../disk/attempt.ts';
import type { Claim } from '../disk/claim.ts';
import type { DiskContext, Report } from '../disk/context.ts';
import { DeadlinePassed } from '../disk/deadline.ts';
import { nameOfPath } from '../disk/device-path.ts';
import { doubles } from '../disk/doubles.ts';
import { columnsOf, deviceKey } from '../disk/identity.ts';
import { type Ending, type Verdict, categoryOf, statusVerdict, verdictColumns } from '../disk/verdict.ts';
import { type Details, readDetails } from '../reservation/details.ts';
import { type ProbeReading, findingsOf, probeReservation } from '../reservation/probe.ts';
import { type Findings, type StateVerdict, isBlocked, reservationState } from '../reservation/state.ts';
import type { RegistrantResult, ReservationAnswer, ReservationResult } from '../result/reservation-result.ts';
import { type TypeRow, scopeRows, typeRows, keyText } from '../scsi/persistent-reservations.ts';
import { rowOf } from '../scsi/row.ts';
import { freeingStep, ownKeyRemarks } from './clear/next-step.ts';
import { argumentOf, protectionsOf } from './clear/uses.ts';

export interface ReservationRequest {
  readonly claim: Claim;
  readonly timeoutMs: number;
  /** Also reads capabilities and each registrant, by SCSI pass-through. */
  readonly detailed: boolean;
}

/** What was read; null where the verb ended before. */
interface Seen {
  reading: ProbeReading | null;
  details: Details | null;
  findings: Findings | null;
  state: StateVerdict | null;
}

const unseen: Readonly<Seen> = { reading: null, details: null, findings: null, state: null };

/** Never rejects. */
export async function readReservation(
  { claim, timeoutMs, detailed }: ReservationRequest, context: DiskContext, report: Report,
): Promise<ReservationAnswer> {
  let attempt = new Attempt(claim, timeoutMs, context, report);
  const seen: Seen = { ...unseen };
  const look = async (access: 'query' | 'read' | 'readwrite'): Promise<Verdict> => {
    attempt.command = 'Get-StorageReservation';
    attempt.changes = false;
    const ended = await attempt.approach(access) ?? await attempt.takeDevice();
    if (ended !== null) return ended;
    const roles = await attempt.deadline.race(context.roles());
    const reading = seen.reading = await probeReservation(attempt, access);
    const key = deviceKey(attempt.identity!);
    const findings = seen.findings = findingsOf(reading, attempt, roles, key !== null && context.reserved.has(key));
    const state = seen.state = reservationState(findings);
    if (access === 'readwrite') {
      try {
        seen.details = await readDetails(attempt, reading);
      } catch (error) {
        // The details are optional: the answers of the other probes stay valid.
        if (!(error instanceof DeadlinePassed)) throw error;
        seen.details = { capabilities: null, fullStatus: null, evidence: ['registrants: no answer in time'] };
      }
    }
    // A disk that is not ready tells nothing about its reservation.
    if (reading.ready === 'failed') {
      const verdict = statusVerdict(reading.readyStatus, null, 'release');
      // The sentences of the status table are about a release, and none was sent.
      return { ...verdict, message: `${state.why} It answered ${verdict.statusName}.`, nextStep: state.nextStep };
    }
    const protections = protectionsOf(attempt, roles, findings);
    const { keysRead, keys, reservation: held } = reading;
    const argument = argumentOf(attempt);
    const freed = freeingStep({ findings, keysRead, keys, reservation: held, protections, state, argument });
    const message = [state.why, ...ownKeyRemarks(keys, seen.details?.fullStatus ?? null)].join(' ');
    return { outcome: 'Read', message, nextStep: freed ?? state.nextStep };
  };
  // The most access that Windows grants this user: registrants need write access, keys need elevation.
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

/** The answer for a disk that was not read, or whose reading is not wanted any more. */
export function unreadAnswer(
  claim: Claim, context: DiskContext, outcome: 'Refused' | 'TimedOut', message: string, nextStep: string,
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
  // Then "not found" does not prove that this host does not see the disk.
  const unheard = attempt.unheard > 0 ? [`identity: not reported by ${attempt.unheard} of this computer's devices`] : [];
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
    ...verdictColumns(verdict),
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
    return { name: nameOfPath(path), vendorId: identity.vendorId, uniqueId: UniqueId, serialNumber: SerialNumber };
  }));
}

const typeName = (type: number): string => rowOf<TypeRow>(typeRows, type)?.name ?? `type ${type}`;
const scopeName = (scope: number): string => rowOf(scopeRows, scope)?.name ?? `scope ${scope}`;

/** The limit in a reply line; the text is cut at the end of a line. */
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

/** One registrant in a line, without the columns that the disk and the reservation have. A cleaned text has no line breaks. */
function registrantText(one: RegistrantResult): string {
  const { Key, Initiator, Holder, Type, Scope, AllTargetPorts, TargetPort } = one;
  const more = [
    Holder ? `holder, ${Type}, ${Scope}` : null, AllTargetPorts ? 'all target ports' : `target port ${TargetPort}`,
  ];
  return `${Key} ${Initiator} (${more.filter((part) => part !== null).join(', ')})`;
}
