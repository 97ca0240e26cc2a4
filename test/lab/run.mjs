// The lab proves itself: `node test/lab/run.mjs --self-test`. No code of the project takes part.

import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { openLab, whyNoLab } from './lab.mjs';

const success = 0x00000000;
const pending = 0x00000103;
const accessDenied = 0xC0000022;
const invalidDeviceRequest = 0xC0000010;
const infoLengthMismatch = 0xC0000004;
const cancelled = 0xC0000120;

const bus = { scsi: 1, fibre: 6, iscsi: 9, sas: 10, nvme: 17 };

/** What a unit says of itself and answers to RELEASE, unless its row says otherwise. */
const usual = number => ({
  open: 0,
  reported: number,
  type: 7,
  partition: 0,
  bus: bus.scsi,
  vendor: 'STORELAB',
  product: 'LABDISK',
  serial: `LAB-${String(number).padStart(4, '0')}`,
  ids: [`naa 500005e005300${String(number).padStart(3, '0')}`],
  release: success,
  win32: 0,
  verify: success,
});

const t10 = serial => `t10 ${Buffer.from(`STORELAB${serial}`).toString('hex')}`;
const naa = digits => `naa 500005e005300${digits}`;

/** Rows of [unit, what differs from the usual]. */
const units = [
  [10, { bus: bus.fibre, ids: [t10('LAB-0010'), 'eui 00005efffe005010', naa('010')] }],
  [11, { bus: bus.sas, product: 'LABDISK         ', release: 0x80000011, win32: 170,
    ids: ['port naa 500005e0053ff001', naa('011')] }],
  [12, { bus: bus.nvme, vendor: null, product: 'LABDISK NVME', release: invalidDeviceRequest, win32: 1 }],
  [13, { release: 0xC00000A3, win32: 21, verify: 0xC00000A3 }],
  [14, { release: pending, win32: 997 }],
  [15, { bus: bus.iscsi }],
  [16, { bus: bus.iscsi, release: 0xC000000E, win32: 433, verify: 0xC000000E }],
  [17, { serial: 'LAB-9917', ids: [t10('LAB-9917'), naa('917')] }],
  [18, { release: cancelled, win32: 995 }],
  [19, { device: pending }],
  [20, { open: 5 }],
  [21, { bus: bus.fibre, release: 0xC00000B5, win32: 121,
    ids: [t10('LAB-0021'), 'naa 600005e0053000000000000000000021'] }],
  [22, { release: 0xC0ABCDEF, win32: 317 }],
  [23, { reported: 99 }],
  [24, { vendor: '?', product: '?', serial: 'AAAAAAAA', ids: ['naa '] }],
  [26, { open: 2 }],
  ...[27, 28, 29].map(number => [number, {}]),
  ['tape0', { reported: 0, type: 31, partition: 0xFFFFFFFF, bus: bus.sas, product: 'LABTAPE', serial: 'LAB-T000',
    ids: [naa('e00')] }],
  ['changer0', { reported: 0, type: 48, partition: 0xFFFFFFFF, bus: bus.sas, product: 'LABCHANGER',
    serial: 'LAB-C000', ids: [naa('c00')] }],
  ...Array.from({ length: 64 }, (_, index) => [32 + index, {}]),
];

const idTypes = { 1: 't10', 2: 'eui', 3: 'naa' };

/** A probe in the words of the table above. */
function seen(probe) {
  if (probe.open.win32) return { open: probe.open.win32 };
  const { number, device, ids, release, verify } = probe;
  const head = { open: 0, reported: number.number, type: number.type, partition: number.partition };
  const tail = { release: release.status, win32: release.win32, verify: verify.status };
  if (device.status) return { ...head, device: device.status, ...tail };
  const { bus: busType, vendor, product, serial } = device;
  return { ...head, bus: busType, vendor, product, serial, ...tail,
    ids: ids.list.map(each => `${each.association ? 'port ' : ''}${idTypes[each.type]} ${each.id}`) };
}

/** What of the usual answers can be seen at all with this row. */
function expected(unit, { device, ...differs }) {
  const all = { ...usual(unit), ...differs };
  if (all.open) return { open: all.open };
  if (!device) return all;
  const { bus: _bus, vendor, product, serial, ids, ...rest } = all;
  return { ...rest, device };
}

async function selfTest() {
  let passed = 0;
  let failed = 0;
  const started = performance.now();
  const check = (what, got, wanted) => {
    const same = stable(got) === stable(wanted);
    if (same) passed++; else failed++;
    console.log(`${same ? 'ok    ' : 'FAILED'} ${what}`);
    if (!same) console.log(`       got ${stable(got)}\n       not ${stable(wanted)}`);
  };
  const log = text => console.log(`       ${text} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  const lab = await openLab({ log });
  try {
    check('the driver and labctl compile without a word', lab.warnings, '');

    const probes = new Map((await lab.probe(...units.map(([unit]) => unit))).map(probe => [probe.unit, probe]));
    for (const [unit, differs] of units) {
      check(`${unit} answers as its row says`, seen(probes.get(String(unit))), expected(unit, differs));
    }
    const plain = probes.get('32');
    check('a control code that nobody knows is refused', plain.unknown.status, invalidDeviceRequest);
    check('QUERY_PROPERTY with 8 bytes of input is refused', plain.shortQuery.status, infoLengthMismatch);
    check('RELEASE needs a handle that may read', plain.releaseWithoutAccess.status, accessDenied);
    check('a descriptor says its whole size', [plain.device.size, plain.device.information], [71, 71]);
    check('the slow one takes its time', Math.abs(probes.get('15').release.ms - 520) < 200, true);
    check('only the one with a cancel routine ends when it is cancelled',
      [14, 18, 19].map(unit => probes.get(String(unit)).release.expired), [true, true, false]);

    const counters = async unit => {
      const named = row => `${row.kind === 'disk' ? '' : row.kind}${row.number}`;
      const row = (await lab.counters()).find(each => named(each) === String(unit));
      const { kind: _kind, number: _number, ...rest } = row;
      return rest;
    };
    const counts = { opens: 2, closes: 2, releases: 1, reserves: 0, verifies: 1, queries: 6, lists: 0,
      others: 1, lastCode: 0x2D5014, pending: 0, reads: 0, resets: 0 };
    const outs = [0, 0, 0, 0, 0, 0, 0];
    check('requests are counted', await counters(10), { behaviour: 'accepted', status: 0, outs, ...counts });
    check('a refused open does not come to the driver', (await counters(20)).opens, 0);
    check('what hangs is counted', [(await counters(14)).pending, (await counters(19)).pending], [1, 2]);
    check('what hangs can be completed', await lab.complete(0xC000000E), 3);
    check('and then hangs no more', [(await counters(14)).pending, await lab.complete()], [0, 0]);
    await lab.reset();
    check('counters can be reset', await counters('tape0'), { behaviour: 'accepted', status: 0, outs,
      ...Object.fromEntries(Object.keys(counts).map(name => [name, 0])) });

    await lab.set(40, 'conflict');
    check('a unit can change its behaviour', (await lab.probe(40))[0].release.status, 0x80000011);
    await lab.set(40, 0xC0000185);
    check('a unit can answer any status', (await lab.probe(40))[0].release.win32, 1117);
    await lab.set(40, 'gone');
    check('a unit can go', (await lab.probe(40))[0].open.win32, 2);
    await lab.set(20, 'conflict');
    await lab.restore();
    check('and come back', (await lab.probe(40))[0].release.status, 0);
    check('as all others do', (await lab.probe(20))[0].open.win32, 5);
    await lab.set(15, 0x80000011);
    check('a late answer can be any status too', (await lab.probe(15))[0].release.win32, 170);
    const refused = await lab.set(40, 'nonsense').then(() => false, () => true);
    check('a behaviour that does not exist is an error', refused, true);

    const states = async unit => {
      const [{ verify, release }] = await lab.probe(unit);
      return [verify.status, release.status];
    };
    const busy = 0x80000011;
    for (const unit of [100, 105]) {
      check(`${unit}: the other host reserves`, await lab.other(unit, 'reserve'), 'good');
      check(`${unit}: this one is locked out, and its release is good and changes nothing`,
        [await states(unit), await states(unit)], [[busy, 0], [busy, 0]]);
      check(`${unit}: nobody registers under a reservation`, await lab.keys(unit, 1), 'conflict');
      await lab.resetUnit(unit);
      check(`${unit}: a reset frees it`, await states(unit), [0, 0]);
      check(`${unit}: keys refuse both hosts`, [await lab.keys(unit, 2), await lab.other(unit, 'reserve'),
        await lab.other(unit, 'release'), await states(unit)], ['good', 'conflict', 'conflict', [0, busy]]);
      await lab.restore();
      check(`${unit}: all is as at the start`, await states(unit), [0, 0]);
    }
    const tooMany = await lab.keys(100, 1001).then(() => false, () => true);
    const notShared = await lab.odd(40, 'short').then(() => false, () => true);
    check('more keys than fit, and a disk that is not shared, are errors', [tooMany, notShared], [true, true]);

    const said = await lab.cmd('echo out & echo err>&2 & exit /b 70000');
    check('cmd: exit code of 32 bits, both outputs', [said.code, said.stdout.trim(), said.stderr.trim()],
      [70000, 'out', 'err']);
    writeFileSync(path.join(lab.dir, 'in.txt'), 'one\r\ntwo\r\n');
    for (const stdin of ['in.txt', 'pipe:in.txt']) {
      const found = await lab.exe('C:\\windows\\system32\\find.exe', ['two'], { stdin });
      check(`stdin from ${stdin}`, found.stdout.trim(), 'two');
    }
    const late = await lab.cmd('ping -n 60 127.0.0.1 >NUL', { timeoutMs: 700 });
    check('a time limit ends a program and its children', [late.timedOut, late.ended, late.ms < 5000],
      [true, true, true]);
    const stuck = await lab.exe('.bin/labctl.exe', ['probe', '14'], { timeoutMs: 15_000 });
    check('a process with a request that hangs can end', [stuck.timedOut, stuck.ended], [false, true]);
    await lab.complete();
  } finally {
    await lab.close();
  }
  log('done');
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** JSON with sorted keys: the order of properties is no difference. */
function stable(value) {
  return JSON.stringify(value, (_key, inner) => inner && typeof inner === 'object' && !Array.isArray(inner)
    ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner);
}

if (process.argv[2] !== '--self-test') {
  console.error('usage: node test/lab/run.mjs --self-test');
  process.exitCode = 2;
} else if (whyNoLab()) {
  console.error(`No Windows lab on this machine: it ${whyNoLab()}.`);
  process.exitCode = 3;
} else {
  process.exitCode = await selfTest();
}
