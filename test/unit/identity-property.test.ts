// Random buses and random claims, all chance from one seed: no request reaches a device that any statement of the claim
// contradicts, and none goes by a number that nobody typed. What is right is said here once more, in other words than
// the product's.

import { describe, expect, test } from 'vitest';
import { createContext } from '../../src/disk/context.ts';
import { change } from '../../src/verbs/change.ts';
import { type Claim, noClaim } from '../../src/disk/claim.ts';
import { Random } from '../torture/random.ts';
import { type Device, ScriptedBus, disk, naa } from './scripted-bus.ts';
import { VirtualClock } from './virtual-clock.ts';

const binary = ['6005076802830000000000000000AA01', '6005076802830000000000000000AA02', '5000C500A1B2C3D4'] as const;
const texts = ['ACME    Disk 1', 'ACME    Disk\u00032', 'ACME    Disk?2', 'ACME    lun sA', 'ACME    lun sa'] as const;
const serials = ['S-1', 'S-2', '\u0003N', '\u0004N', '?N', 'lun-A', 'luN-a'] as const;
const nothing = ['0', '0000', 'N/A', 'Default string'] as const;
const madeUp = ['{256a2559-ce63-5434-1bee-3ff629daa3a8}', String.raw`SCSI\DISK&VEN_X&PROD_Y\5&1&0&000300:HOST`] as const;

/** A logical unit as it is; two numbers may lead to it. */
interface Unit {
  readonly ids: readonly string[];
  readonly serial: string | null;
}

interface Seen {
  readonly unit: Unit;
  readonly number: number;
  /** It cannot be asked what it is. */
  readonly mute: boolean;
}

const isBinary = (id: string) => /^[0-9A-F]+$/.test(id);
const designator = (id: string) => (isBinary(id) ? naa(id)
  : { codeSet: 2, type: 1, association: 0, identifier: Buffer.from(id, 'latin1') });
const deviceOf = ({ unit, number, mute }: Seen): Device => disk(number, {
  serial: unit.serial, page83: unit.ids.length === 0 ? null : unit.ids.map(designator),
  ...(mute ? { open: { fails: true, win32: 5 } } : {}),
});

function randomUnit(random: Random): Unit {
  const ids = random.pick([[], [], [random.pick(binary)], [random.pick(binary)], [random.pick(binary)], [random.pick(texts)],
    [random.pick(binary), random.pick(texts)], ['0000000000000000']]);
  return { ids, serial: random.pick([null, null, ...serials, ...serials, '0', 'None', 'None']) };
}

/** Numbers from 0, in any order. */
function shuffled(random: Random, count: number): number[] {
  const numbers = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const other = random.below(i + 1);
    [numbers[i], numbers[other]] = [numbers[other]!, numbers[i]!];
  }
  return numbers;
}

function randomBus(random: Random): Seen[] {
  const units = Array.from({ length: random.between(1, 5) }, () => randomUnit(random));
  const seen = units.flatMap((unit) => (random.once(5) ? [unit, unit] : [unit]));
  const numbers = shuffled(random, seen.length);
  return seen.map((unit, i) => ({ unit, number: numbers[i]!, mute: random.once(20) }));
}

/** A text in another spelling of the same. */
const spelled = (random: Random, text: string) => random.pick([text, text, ` ${text} `, text.toLowerCase()]);

/** An id as other programs spell it, and a part of it. */
function elsewhere(random: Random, id: string): string {
  if (!binary.some((each) => each === id) || !random.once(4)) return id;
  return random.pick([`0x${id}`, `3${id}`, `wwn-0x${id}`, `="${id}"`, `${id.toLowerCase()}h`, id.match(/../g)!.join(':'),
    `vml.0200000000${id}41434D45`, `0x${id.slice(0, 16)}`]);
}

function randomClaim(random: Random, bus: readonly Seen[]): Claim & { readonly isTrue: boolean } {
  const { unit, number } = random.pick(bus);
  if (random.once(3)) {
    // What a live object says of its disk, but for what it may leave out.
    return { ...noClaim, number: random.once(4) ? null : number, uniqueId: unit.ids[0] ?? random.pick([null, ...madeUp]),
      serialNumber: random.once(4) ? null : unit.serial, isTrue: true };
  }
  const id = random.pick([null, null, unit.ids[0] ?? null, ...binary, ...texts, 'ACME    Disk?2', 'naa.5000C500A1B2C3D4',
    '4D534654202020209C8E3C77A846CD4AA6B8901C0E8E917E', ...madeUp, '0', 'N/A', '']);
  const serial = random.pick([null, null, unit.serial, ...serials, '?N', 'S-', ...nothing, '  ']);
  return {
    ...noClaim, isTrue: false, number: random.once(3) ? null : random.below(bus.length + 1),
    uniqueId: id === null ? null : spelled(random, elsewhere(random, id)),
    serialNumber: serial === null ? null : spelled(random, serial),
  };
}

// ---- what is right

const fold = (text: string) => text.replace(/^[ \0]+|[ \0]+$/g, '').replace(/[A-Z]/g, (letter) => letter.toLowerCase());
const isNothing = (text: string) => ['', '0', '0000', '0000000000000000', 'n/a', 'none', 'default string'].includes(fold(text));
const showable = (text: string) => text.replace(/[\u0000-\u001f]/g, '?');

/** Whether a text is another's as it is, or all in capitals or small letters. */
const isSpelled = (text: string, own: string) => {
  const bare = text.replace(/^ +| +$/g, '');
  return bare === own || [text.toLowerCase(), text.toUpperCase()].includes(text) || [own.toLowerCase(), own.toUpperCase()].includes(own);
};

interface Said {
  readonly agrees: boolean;
  readonly contradicts: boolean;
  /** Somebody who reads the device's own text on a screen would write it so. */
  readonly isShown: boolean;
}

function saidOfId(claim: Claim, { ids }: Unit): Said {
  const own = ids.filter((id) => !isNothing(id));
  if (claim.uniqueId === null || isNothing(claim.uniqueId) || madeUp.some((each) => fold(each) === fold(claim.uniqueId!))) {
    return { agrees: false, contradicts: false, isShown: false };
  }
  const id = fold(claim.uniqueId).replace(/^naa\./, '');
  const its = own.filter((each) => fold(each) === id);
  const isShown = own.some((each) => showable(each) !== each && fold(showable(each)) === id);
  if (its.length > 0) {
    return { agrees: its.some((each) => isBinary(each) || isSpelled(claim.uniqueId!, each)), contradicts: false, isShown };
  }
  const comparable = /^[0-9a-f]{16,}$/.test(id) && id.length % 2 === 0 ? own : own.filter((each) => !isBinary(each));
  // What other programs write around the digits.
  const bare = id.replace(/[:="]/g, '').replace(/^(?:wwn-)?0x|^vml\./, '').replace(/h$/, '');
  const numbers = own.filter(isBinary).map(fold);
  const isElsewhere = /^[0-9a-f]{16,}$/.test(bare) && numbers.length > 0
    && numbers.every((each) => each.indexOf(bare) < 0 && bare.indexOf(each) < 0);
  return { agrees: false, contradicts: (comparable.length > 0 && !isShown) || isElsewhere, isShown };
}

function saidOfSerial(claim: Claim, { serial }: Unit): Said {
  if (claim.serialNumber === null || isNothing(claim.serialNumber) || serial === null) {
    return { agrees: false, contradicts: false, isShown: false };
  }
  const said = fold(claim.serialNumber);
  return { agrees: said === fold(serial) && isSpelled(claim.serialNumber, serial),
    contradicts: said !== fold(serial) && said !== fold(showable(serial)),
    isShown: serial !== showable(serial) && said === fold(showable(serial)) };
}

const serialOf = ({ serial }: Unit) => (serial === null || isNothing(serial) ? null : serial);
/** Whether nothing that the two say tells them apart, though their ids name one LUN. */
function areOne(a: Unit, b: Unit): boolean {
  const [one, other] = [serialOf(a), serialOf(b)];
  if (one !== null && other !== null && one !== other) return false;
  const shared = a.ids.filter((id) => !isNothing(id) && b.ids.includes(id));
  return shared.some(isBinary) || (shared.length > 0 && one !== null && one === other);
}

const says = (claim: Claim) => JSON.stringify([claim.number, claim.uniqueId, claim.serialNumber]);

/** How many statements agree; -1 where one contradicts. */
function agreeing(claim: Claim, unit: Unit): number {
  const both = [saidOfId(claim, unit), saidOfSerial(claim, unit)];
  return both.some(({ contradicts }) => contradicts) ? -1 : both.filter(({ agrees }) => agrees).length;
}

/** What speaks against a request that went to this device. */
function objections(claim: Claim, hit: Seen, bus: readonly Seen[], allowed: boolean): string[] {
  const [id, serial] = [saidOfId(claim, hit.unit), saidOfSerial(claim, hit.unit)];
  const found: string[] = [];
  if (claim.number !== null && claim.number !== hit.number) found.push('another number was named');
  if (id.contradicts) found.push('its id is another one');
  if (serial.contradicts) found.push('its serial number is another one');
  const others = bus.filter((each) => each !== hit && !each.mute);
  if (id.agrees || serial.agrees) {
    const isMeant = ({ agrees, isShown }: Said) => agrees || isShown;
    const rival = others.find(({ unit }) => !areOne(unit, hit.unit) && (!id.agrees || isMeant(saidOfId(claim, unit)))
      && (!serial.agrees || isMeant(saidOfSerial(claim, unit))));
    if (rival !== undefined) found.push(`disk ${rival.number} bears out the same`);
  } else {
    const isSilent = (text: string | null) => text === null || isNothing(text.trim());
    if (claim.number === null) found.push('nothing agrees, and no number was named');
    if (!isSilent(claim.uniqueId) || !isSilent(claim.serialNumber)) found.push('something was said, and nothing agrees');
    const other = serialOf(hit.unit);
    if (claim.serialNumber !== null && claim.serialNumber.trim() !== '' && other !== null) found.push('it has a serial number');
  }
  if (!allowed && others.some(({ unit }) => areOne(unit, hit.unit))) found.push('it has two paths');
  return found;
}

/** Runs one seed; what is wrong with it. */
async function run(seed: number) {
  const random = new Random(seed);
  let bus = randomBus(random);
  const clock = new VirtualClock(1000);
  const scripted = new ScriptedBus(clock, bus.map(deviceOf));
  const context = createContext(scripted, clock);
  const allowed = random.once(3);
  const ask = async (claim: Claim) => {
    const before = scripted.sent.length;
    const answer = change({ claim, allow: new Set(allowed ? ['Multipath'] : []), timeoutMs: 30_000, dryRun: false }, context,
      { step: () => {}, late: () => {} });
    await clock.runAll();
    const hits = scripted.sent.slice(before).filter(({ step }) => step === 'release').map(({ path }) => path);
    return { result: (await answer).result, hits };
  };
  const problems: string[] = [];
  // Somebody gives the numbers anew after the bus was read.
  if (random.once(3)) {
    await ask(randomClaim(random, bus));
    const numbers = shuffled(random, bus.length);
    bus = bus.map((each, i) => ({ ...each, number: numbers[i]! }));
    (scripted.devices as Device[]).splice(0, bus.length, ...bus.map(deviceOf));
    await clock.advance(random.pick([1, 1, 5000, 20_000]));
  }
  const claim = randomClaim(random, bus);
  const { result, hits } = await ask(claim);
  const told = `${says(claim)} on ${JSON.stringify(bus)}: ${result.Outcome} (${result.Message})`;
  const hit = bus.find(({ number }) => hits[0] === `\\\\.\\PhysicalDrive${number}`);
  if (hits.length > 1) problems.push(`${told}: sent ${hits.length} times`);
  if ((hit === undefined) === (result.Outcome === 'Accepted')) problems.push(`${told}: sent to ${hits.join()}`);
  if (hit !== undefined) for (const each of objections(claim, hit, bus, allowed)) problems.push(`${told}: ${each}`);
  if (hit === undefined && result.NextStep === '') problems.push(`${told}: no next step`);
  const byText = hit !== undefined && result.IdentifiedBy !== 'Number';
  // What the check on the handle lets through, the search finds, and the other way round.
  if (byText && claim.number !== null && !bus.some((each) => each !== hit && areOne(each.unit, hit.unit))) {
    await clock.advance(20_000);
    const searched = await ask({ ...claim, number: null });
    // Where the id is that of one disk and the serial number that of another, a search does not know which of them is meant.
    const isOnly = bus.every((each) => each === hit || each.mute || agreeing(claim, each.unit) < agreeing(claim, hit.unit));
    if (searched.hits[0] !== hits[0] && isOnly) problems.push(`${told}: without its number ${searched.result.Message}`);
  }
  if (hit !== undefined && claim.number === null) {
    const checked = await ask({ ...claim, number: hit.number });
    if (checked.hits[0] !== hits[0]) problems.push(`${told}: with its number ${checked.result.Message}`);
  }
  return { problems, outcome: result.Outcome, byText, isTrue: (claim as { isTrue?: boolean }).isTrue === true };
}

describe('any claim on any bus', () => {
  test('20,000 of them: nothing goes to a device that is not the one, nor by a number that nobody typed', async () => {
    const problems: string[] = [];
    const count = { Accepted: 0, IdentityChanged: 0, Refused: 0, NotFound: 0, byText: 0, byNumber: 0 };
    for (let seed = 1; seed <= 20_000; seed++) {
      const one = await run(seed);
      problems.push(...one.problems.map((problem) => `seed ${seed}: ${problem}`));
      if (one.outcome in count) count[one.outcome as 'Accepted'] += 1;
      if (one.outcome === 'Accepted') count[one.byText ? 'byText' : 'byNumber'] += 1;
      if (problems.length > 5) break;
    }
    expect(problems).toEqual([]);
    // They were not about nothing.
    for (const [name, times] of Object.entries(count)) expect([name, times > 500]).toEqual([name, true]);
  });
});
