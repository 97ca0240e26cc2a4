// A screenshot as a PNG of few colours, which is a third as large. Reads what Chromium writes (8 bits, RGB or RGBA, not
// interlaced).

import { crc32, deflateSync, inflateSync } from 'node:zlib';

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

interface Picture {
  readonly width: number;
  readonly height: number;
  /** 0xRRGGBB of each pixel. */
  readonly pixels: Uint32Array;
}

/** The same picture with at most 256 colours: those that are there most often, and the nearest of them for the rest. */
export function fewerColours(png: Buffer): Buffer {
  const { width, height, pixels } = read(png);
  const counts = new Map<number, number>();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const all = [...counts].sort(([a, x], [b, y]) => y - x || a - b).map(([colour]) => colour);
  const palette = all.slice(0, 256);
  const places = new Map(all.map((colour) => [colour, nearest(palette, colour)]));
  const lines = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) lines[y * (width + 1) + 1 + x] = places.get(pixels[y * width + x]!)!;
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const colours = Buffer.from(palette.flatMap((colour) => [colour >> 16, colour >> 8 & 255, colour & 255]));
  return Buffer.concat([signature, chunk('IHDR', head), chunk('PLTE', colours),
    chunk('IDAT', deflateSync(lines, { level: 9, memLevel: 9 })), chunk('IEND', Buffer.alloc(0))]);
}

function nearest(palette: readonly number[], colour: number): number {
  const same = palette.indexOf(colour);
  if (same >= 0) return same;
  const apart = (shift: number, other: number): number => ((colour >> shift & 255) - (other >> shift & 255)) ** 2;
  const distances = palette.map((other) => apart(16, other) + apart(8, other) + apart(0, other));
  return distances.indexOf(Math.min(...distances));
}

function chunk(type: string, bytes: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), bytes]);
  const made = Buffer.alloc(body.length + 8);
  made.writeUInt32BE(bytes.length, 0);
  made.set(body, 4);
  made.writeUInt32BE(crc32(body), body.length + 4);
  return made;
}

function read(png: Buffer): Picture {
  const parts: Buffer[] = [];
  let head: Buffer = Buffer.alloc(0);
  for (let at = signature.length; at < png.length;) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    const bytes = png.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') head = bytes;
    else if (type === 'IDAT') parts.push(bytes);
    at += length + 12;
  }
  const [width, height, step] = [head.readUInt32BE(0), head.readUInt32BE(4), { 2: 3, 6: 4 }[head[9]!]];
  if (head[8] !== 8 || step === undefined || head[12] !== 0) throw new Error('Chromium writes another kind of PNG now.');
  const lines = inflateSync(Buffer.concat(parts));
  const stride = width * step;
  let above: Buffer = Buffer.alloc(stride);
  const pixels = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    const line = unfiltered(lines.subarray(y * (stride + 1), (y + 1) * (stride + 1)), above, step);
    for (let x = 0; x < width; x++) pixels[y * width + x] = line.readUIntBE(x * step, 3);
    above = line;
  }
  return { width, height, pixels };
}

/** A line as it was before its filter (PNG, 9.2): the filter is the line's first byte. */
function unfiltered(filtered: Buffer, above: Buffer, step: number): Buffer {
  const line = Buffer.from(filtered.subarray(1));
  for (let x = 0; x < line.length; x++) {
    const a = x < step ? 0 : line[x - step]!;
    const b = above[x]!;
    const c = x < step ? 0 : above[x - step]!;
    const guess = [0, a, b, (a + b) >> 1, paeth(a, b, c)][filtered[0]!]!;
    line[x] = line[x]! + guess;
  }
  return line;
}

function paeth(a: number, b: number, c: number): number {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}
