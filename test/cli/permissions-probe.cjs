// What code that runs inside the executable could try: after a parser's mistake, say. test/cli/permissions.test.ts
// builds it as the product is built, and runs it by plain Node for comparison.
//
//   probe FOLDER [drop]     with `drop`, after what the Windows bus gives up (src/main.ts)
//
// Says one line of JSON: what each attempt came to.

'use strict';

const [folder, drop] = process.argv.slice(-2)[1] === 'drop' ? process.argv.slice(-2) : [process.argv.at(-1)];
const fs = require('node:fs');
const path = require('node:path');
const file = path.join(folder, 'file.txt');
const own = path.join(folder, 'module.cjs');

/** The event that says how a socket, child or worker fared. A server's refusal is thrown where nobody catches it. */
const settled = (emitter, good) => new Promise((resolve, reject) => {
  emitter.once('error', reject);
  emitter.once(good, resolve);
  process.removeAllListeners('uncaughtException').once('uncaughtException', reject);
});

const attempts = {
  // A port that nobody listens on: what counts is whether it comes to the system at all.
  'net.connect': () => settled(require('node:net').connect(9, '127.0.0.1'), 'connect'),
  'net.listen': () => settled(require('node:net').createServer().listen(0, '127.0.0.1').unref(), 'listening'),
  'dgram': () => settled(require('node:dgram').createSocket('udp4').unref().bind(0, '127.0.0.1'), 'listening'),
  'dns.lookup': () => require('node:dns').promises.lookup('localhost'),
  'fetch': () => fetch('http://127.0.0.1:65432/'),
  'child_process.spawn': () => settled(require('node:child_process').spawn('/bin/true'), 'exit'),
  'child_process.execSync': () => require('node:child_process').execSync('true'),
  'child_process.fork': () => settled(require('node:child_process').fork(own), 'exit'),
  'worker_threads': () => settled(new (require('node:worker_threads').Worker)(own), 'exit'),
  'inspector.open': () => {
    require('node:inspector').open(0, '127.0.0.1');
    require('node:inspector').close();
  },
  'inspector.Session': () => new (require('node:inspector').Session)().connect(),
  'wasi': () => new (require('node:wasi').WASI)({ version: 'preview1' }),
  'ffi': () => require('node:ffi').dlopen(null, {}),
  // oxlint-disable-next-line no-eval -- that it is refused is what is probed
  'eval': () => (0, eval)('1 + 1'),
  'new Function': () => new Function('return 1')(),
  'vm': () => require('node:vm').runInNewContext('eval("1 + 1")'),
  'process.binding': () => process.binding('spawn_sync'),
  'prototype accessor': () => ({}).__proto__,
  'addon': () => process.dlopen({ exports: {} }, path.join(folder, 'addon.node')),
  'fs.read': () => fs.readFileSync(file),
  'fs.readdir': () => fs.readdirSync(folder),
  'fs.write': () => fs.writeFileSync(path.join(folder, 'written.txt'), ''),
  'fs.rm': () => fs.rmSync(path.join(folder, 'victim.txt')),
  'fs.chmod': () => fs.chmodSync(file, 0o600),
  'fs.symlink': () => fs.symlinkSync(file, path.join(folder, 'link')),
  'module of a file': () => require('node:module').createRequire(own)(own),
  'heap snapshot': () => require('node:v8').writeHeapSnapshot(path.join(folder, 'heap.heapsnapshot')),
  'report': () => process.report.writeReport(path.join(folder, 'report.json')),
};

(async () => {
  if (drop) for (const scope of ['fs.write', 'fs.read', 'addon']) process.permission.drop(scope);
  const said = {};
  for (const [name, attempt] of Object.entries(attempts)) {
    try {
      await attempt();
      said[name] = 'done';
    } catch (error) {
      said[name] = error.code ?? error.cause?.code ?? error.name;
    }
  }
  fs.writeSync(1, `${JSON.stringify(said)}\n`);
  process.exit(0);
})();
