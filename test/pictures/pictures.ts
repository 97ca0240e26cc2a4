// Draws docs/pictures: the map of a rehearsed cluster, which five servers on this machine are really asked about, in
// a headless Chromium, light and dark. `npm run pictures`; --keep FOLDER leaves the map itself there.

import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Browser, chromium } from '../cli/chromium.ts';
import { runPowerShell } from '../ps/powershell.ts';
import { missingSshd, startRemoting } from '../ps/remoting.ts';
import { fewerColours } from './png.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const missing = missingSshd() ?? (chromium === null ? 'there is no Chromium here (Debian: apt-get install chromium)' : null);
if (missing !== null) {
  console.error(`No picture can be made: ${missing}.`);
  process.exit(1);
}

const keepAt = process.argv.indexOf('--keep');
const folder = mkdtempSync(join(tmpdir(), 'storage-release-pictures-'));
const remoting = await startRemoting(Object.fromEntries(
  [2, 3, 4, 5, 6].map((last) => [`127.0.0.${last}`, 'module' as const])));
try {
  const ran = await runPowerShell({
    file: join(root, 'test', 'pictures', 'read.ps1'), args: ['-Root', root, '-Temp', folder], env: remoting.env,
    timeoutMs: 120_000,
  });
  if (ran.code !== 0) throw new Error(`${ran.stderr}\n${ran.stdout}`);
  if (keepAt >= 0) copyFileSync(join(folder, 'map.html'), join(process.argv[keepAt + 1]!, 'map.html'));
  await draw(pathToFileURL(join(folder, 'map.html')).href, join(root, 'docs', 'pictures'));
} finally {
  await remoting.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function draw(page: string, to: string): Promise<void> {
  mkdirSync(to, { recursive: true });
  const browser = await Browser.start();
  try {
    for (const scheme of ['light', 'dark']) {
      await browser.ask('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
      const size = { width: 1080, deviceScaleFactor: 2, mobile: false };
      await browser.ask('Emulation.setDeviceMetricsOverride', { ...size, height: 2_000 });
      await browser.open(page);
      // As high as what is on it, and not a line more.
      const height = await browser.get<number>('Math.ceil(document.querySelector("footer").getBoundingClientRect().bottom) + 2');
      await browser.ask('Emulation.setDeviceMetricsOverride', { ...size, height });
      const { data } = await browser.ask('Page.captureScreenshot', { format: 'png' });
      const png = fewerColours(Buffer.from(String(data), 'base64'));
      writeFileSync(join(to, `map-${scheme}.png`), png);
      console.log(`docs/pictures/map-${scheme}.png ${png.length} bytes`);
    }
  } finally {
    await browser.close();
  }
}
