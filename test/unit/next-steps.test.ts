// What next steps tell to type: each command and parameter of ours exists, in PowerShell and, reworded, at the command
// line. That a step leads somewhere is tried in test/ps/next-steps.tests.ps1.

import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { options } from '../../src/cli/options.ts';
import { spokenHere } from '../../src/cli/wording.ts';
import { guards, refusal } from '../../src/disk/guards.ts';
import { type Findings, type ProbeOutcome, keysStep, reservationState, stateAfterRelease } from '../../src/reservation/state.ts';
import type { DeviceKind } from '../../src/status/devices.ts';
import { describeStatus, statusRows } from '../../src/status/status.ts';
import { methods } from '../../src/verbs/clear/methods.ts';
import { World } from './clear-world.ts';

const folder = new URL('../../ps/public/', import.meta.url);
/** Parameters of each command of the module, and the common ones. */
const commands = new Map(readdirSync(folder).map((file) => {
  const text = readFileSync(new URL(file, folder), 'utf8');
  const own = [...text.slice(text.indexOf('[CmdletBinding')).matchAll(/^ {8}\$(\w+)(?:,$| =|$)/gm)].map(([, name]) => name!);
  return [file.replace('.ps1', ''), new Set([...own, 'WhatIf', 'Confirm', 'Verbose'])] as const;
}));

const kinds: readonly DeviceKind[] = ['Disk', 'Tape', 'Changer', 'CdRom'];
const outcomes: readonly ProbeOutcome[] = ['good', 'conflict', 'unsupported', 'denied', 'failed'];
const findings: Findings[] = kinds.flatMap((kind) => outcomes.flatMap((ready) => (['good', 'conflict', 'failed', 'skipped'] as const)
  .flatMap((read) => outcomes.flatMap((readKeys) => [0, 1].flatMap((keyCount) => ([1, 2, 'several', null] as const)
    .flatMap((paths) => [false, true].map((reservedHere): Findings => ({
      kind, ready, read: kind === 'Disk' ? read : 'skipped', readKeys, keyCount, persistentlyReserved: false, paths, reservedHere,
      busWithout: false, otherPaths: paths !== 2 ? [] : [String.raw`\\.\PhysicalDrive2`, String.raw`\\.\PhysicalDrive5`],
    }))))))));

/** What freeing comes to on every disk of the examples, by every method. */
async function freeingSteps(): Promise<string[]> {
  const all: string[] = [];
  for (const name of ['stale-reservations.json', 'clearing-goes-wrong.json']) {
    const text = readFileSync(new URL(`../../ps/rehearsal/${name}`, import.meta.url), 'utf8');
    const { hosts: { rescue: { disks } } } = JSON.parse(text) as { hosts: { rescue: { disks: { number: number }[] } } };
    for (const { number } of disks) {
      for (const method of methods) {
        const holderKey = method === 'Preempt' ? 0x6d61696e00000001n : null;
        const { Message, NextStep } = await new World(text).clear({ method, holderKey }, number);
        all.push(NextStep, Message);
      }
    }
  }
  return all;
}

const steps = new Set([
  ...await freeingSteps(),
  ...findings.flatMap((one) => [reservationState(one), stateAfterRelease(one, true)].map(({ nextStep }) => nextStep)),
  ...kinds.flatMap((kind) => [keysStep(kind), ...statusRows.flatMap((row) => (['open', 'release', 'reserve'] as const)
    .map((stage) => describeStatus(row.status, null, stage, kind).nextStep))]),
  ...guards.map(({ name }) => refusal([name], new Set())!.nextStep),
  refusal(guards.map(({ name }) => name), new Set())!.nextStep,
]);

/** Commands of ours in a text, with the parameters behind each. */
const ours = (text: string) => [...text.matchAll(/\b(\w+-Storage(?:Release|Reserve|Reservation\w*|Rehearsal\w*))((?: -\w+(?: \.\.\.| [0-9, ]+[0-9]| \\\S+| (?:Release|Clear|Preempt|Reset)\b| 0x[0-9A-F]+)?)*)/g)]
  .map(([, command, rest]) => ({ command: command!, parameters: [...rest!.matchAll(/-(\w+)/g)].map(([, name]) => name!) }));

describe('a next step', () => {
  test('of ours is found in many of them', () => {
    expect(new Set([...steps].flatMap(ours).map(({ command }) => command))).toEqual(
      new Set(['Invoke-StorageRelease', 'Get-StorageReservation', 'Get-StorageRehearsalDisk', 'Find-StorageReservationHolder',
        'Clear-StorageReservation']));
  });

  test.each([...steps].filter((step) => ours(step).length > 0))('%s', (step) => {
    for (const { command, parameters } of ours(step)) {
      expect([...commands.keys()]).toContain(command);
      for (const name of parameters) expect([...commands.get(command)!], `${command} -${name}`).toContain(name);
    }
  });

  test('at the command line says what there is to type there', () => {
    for (const step of steps) {
      const said = spokenHere(step);
      // Asking many hosts takes PowerShell.
      expect(said.replaceAll('Find-StorageReservationHolder', ''), said).not.toMatch(/\w+-Storage(?:Release|Reserve|Reservation|Rehearsal)|(?<![-\w])-(?:Allow|TimeoutSec|Verify|Registrants|Method|HolderKey|OwnKey|Abort)\b/);
      for (const [, name] of said.matchAll(/(?<![-\w])--([a-z-]+)/g)) expect(Object.keys(options), said).toContain(name);
    }
  });
});
