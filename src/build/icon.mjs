// The icon of the executables: a disk that lets go of something. Drawn here, so that nothing but this text has to be kept, and
// put in the place of Node's, in the sizes that are there.
// https://learn.microsoft.com/windows/win32/menurc/resource-file-formats
// https://www.w3.org/TR/png-3/

import { crc32 } from 'node:zlib';

import { overwrite, resource } from './resource.mjs';

const typeIcon = 3;
const typeGroup = 14;

const blue = [0x1f, 0x4e, 0x79];
const white = [0xff, 0xff, 0xff];

/** Within the blue square with round corners; the picture is from 0 to 1. */
function inSquare(x, y) {
  const [margin, radius] = [0.03, 0.2];
  const beyond = (value) => Math.max(Math.abs(value - 0.5) - (0.5 - margin - radius), 0);
  return beyond(x) ** 2 + beyond(y) ** 2 <= radius ** 2;
}

/** On the disk, which is open at the top right, or on the arrow that leaves it there. */
function onDisk(x, y) {
  const [right, up] = [x - 0.46, 0.54 - y];
  const square = right ** 2 + up ** 2;
  // Along the arrow, and beside it.
  const along = (right + up) * Math.SQRT1_2;
  const beside = Math.abs(right - up) * Math.SQRT1_2;
  if (square <= 0.075 ** 2) return true;
  if (square >= 0.21 ** 2 && square <= 0.33 ** 2 && (along < 0 || beside > 0.15)) return true;
  if (along >= 0.17 && along <= 0.45 && beside <= 0.05) return true;
  return along >= 0.4 && along <= 0.58 && beside <= (0.58 - along) * 0.85;
}

/**
 * Parts of a pixel that are inside, in 64ths: of the square, and of those the white ones.
 */
function pixel(size, column, row) {
  let [square, disk] = [0, 0];
  for (let i = 0; i < 64; i++) {
    const x = (column + ((i & 7) + 0.5) / 8) / size;
    const y = (row + ((i >> 3) + 0.5) / 8) / size;
    if (!inSquare(x, y)) continue;
    square += 1;
    if (onDisk(x, y)) disk += 1;
  }
  return [square, disk];
}

const mixed = (part) => blue.map((value, i) => Math.round(value + (white[i] - value) * part));

/** An image as icons of Windows have it: a bitmap of 32 bits, from the bottom up, and a mask that nobody reads any more. */
export function bitmap(size) {
  const head = Buffer.alloc(40);
  head.writeUInt32LE(40, 0);
  head.writeInt32LE(size, 4);
  // Of picture and mask.
  head.writeInt32LE(size * 2, 8);
  head.writeUInt16LE(1, 12);
  head.writeUInt16LE(32, 14);
  const picture = Buffer.alloc(size * size * 4);
  const mask = Buffer.alloc(Math.ceil(size / 32) * 4 * size);
  for (let i = 0; i < size * size; i++) {
    const [square, disk] = pixel(size, i % size, size - 1 - Math.floor(i / size));
    if (square === 0) continue;
    const [red, green, last] = mixed(disk / square);
    picture.set([last, green, red, Math.round(square * 255 / 64)], i * 4);
  }
  head.writeUInt32LE(picture.length + mask.length, 20);
  return Buffer.concat([head, picture, mask]);
}

/**
 * A PNG with 16 colours. It is not compressed: what zlib makes of it would depend on the Node that builds.
 */
export function png(size) {
  // Nothing; four edges of the square; eleven steps from blue to white.
  const palette = [[...blue, 0], ...[1, 2, 3, 4].map((step) => [...blue, step * 51]), ...Array.from({ length: 11 }, (_, step) =>
    [...mixed(step / 10), 255])];
  const index = (square, disk) => {
    if (square < 64) return Math.round(square * 5 / 64);
    return 5 + Math.round(disk * 10 / 64);
  };
  const width = size / 2 + 1;
  const rows = Buffer.alloc(width * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column += 2) {
      const [left, right] = [pixel(size, column, row), pixel(size, column + 1, row)];
      rows[row * width + 1 + column / 2] = index(...left) << 4 | index(...right);
    }
  }
  const number = (value) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value >>> 0);
    return bytes;
  };
  const chunk = (name, data) => {
    const all = Buffer.concat([Buffer.from(name, 'latin1'), data]);
    return Buffer.concat([number(data.length), all, number(crc32(all))]);
  };
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', Buffer.concat([number(size), number(size), Buffer.from([4, 3, 0, 0, 0])])),
    chunk('PLTE', Buffer.from(palette.flatMap((colour) => colour.slice(0, 3)))),
    chunk('tRNS', Buffer.from(palette.map((colour) => colour[3]))),
    chunk('IDAT', stored(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Bytes as a zlib stream that has them as they are. */
function stored(bytes) {
  const parts = [Buffer.from([0x78, 0x01])];
  for (let at = 0; at < bytes.length; at += 0xffff) {
    const block = bytes.subarray(at, at + 0xffff);
    const head = Buffer.alloc(5);
    head[0] = at + block.length === bytes.length ? 1 : 0;
    head.writeUInt16LE(block.length, 1);
    head.writeUInt16LE(~block.length & 0xffff, 3);
    parts.push(head, block);
  }
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE((b * 65536 + a) >>> 0);
  return Buffer.concat([...parts, sum]);
}

/** A copy of an executable whose icon is ours, in the sizes and kinds that the one had that was there. */
export function withIcon(bytes) {
  const copy = Buffer.from(bytes);
  const group = resource(copy, typeGroup);
  if (group === undefined) throw new Error('the executable has no icon');
  for (let i = 0; i < copy.readUInt16LE(group.at + 4); i++) {
    const row = group.at + 6 + i * 14;
    // 0 is 256, the size that is kept as a PNG.
    const size = copy[row] || 256;
    const image = size === 256 ? png(size) : bitmap(size);
    overwrite(copy, resource(copy, typeIcon, copy.readUInt16LE(row + 12)), image, `the icon of ${size} pixels`);
    copy.writeUInt32LE(image.length, row + 8);
  }
  return copy;
}
