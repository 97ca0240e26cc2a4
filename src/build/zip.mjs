// A ZIP archive whose bytes depend on its entries alone: fixed time, given order, no fields of a system.
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT

import { promisify } from 'node:util';
import { crc32, deflateRaw } from 'node:zlib';

const deflate = promisify(deflateRaw);

/** 1980-01-01 00:00, the earliest that the format has. */
const date = (1 << 5) | 1;
const utf8Names = 0x800;
const version = 20;
const unix = 3;
const regularFile = 0o100000;
const largest = 0xffffffff;

/** What became of bytes that stand in several archives: 100 MB take five seconds. */
const packed = new WeakMap();

/** A buffer as it stands in an archive; the same buffer is packed once. */
function pack(bytes, level) {
  let done = packed.get(bytes);
  if (!done) {
    done = deflate(bytes, { level }).then((small) => (small.length < bytes.length
      ? { method: 8, data: small, crc: crc32(bytes) } : { method: 0, data: bytes, crc: crc32(bytes) }));
    packed.set(bytes, done);
  }
  return done;
}

/**
 * @param entries `[name, bytes, mode]` in the order in which they are to stand; names with `/`; a mode, as 0o755, where a
 *   system with such modes is to give it to the file
 * @param level of compression; 9 is small, 1 is quick
 * @returns the archive. The same entries give the same bytes, with the same version of zlib.
 */
export async function zip(entries, level = 9) {
  const parts = [];
  const directory = [];
  const seen = new Set();
  let at = 0;
  const add = (list, bytes) => {
    list.push(bytes);
    return bytes.length;
  };
  const done = await Promise.all(entries.map(([, bytes]) => pack(bytes, level)));
  for (const [index, [name, bytes, mode]] of entries.entries()) {
    const { method, data, crc } = done[index];
    // Windows and macOS know one of two names that differ in case alone.
    if (seen.has(name.toLowerCase())) throw new Error(`${name} stands twice in the archive`);
    seen.add(name.toLowerCase());
    if (!/^[^/\\:]+(?:\/[^/\\:]+)*$/.test(name) || /(?:^|\/)\.\.?(?:\/|$)/.test(name)) {
      throw new Error(`"${name}" is not a name for an archive`);
    }
    const text = Buffer.from(name, 'utf8');
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(version, 0);
    fields.writeUInt16LE(utf8Names, 2);
    fields.writeUInt16LE(method, 4);
    fields.writeUInt16LE(date, 8);
    fields.writeUInt32LE(crc, 10);
    fields.writeUInt32LE(data.length, 14);
    fields.writeUInt32LE(bytes.length, 18);
    fields.writeUInt16LE(text.length, 22);
    const start = at;
    at += add(parts, Buffer.from('PK\x03\x04', 'latin1')) + add(parts, fields) + add(parts, text) + add(parts, data);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(start, 10);
    const made = Buffer.alloc(2);
    made.writeUInt16LE(version);
    if (mode !== undefined) {
      made[1] = unix;
      rest.writeUInt32LE(((regularFile | mode) << 16) >>> 0, 6);
    }
    for (const one of [Buffer.from('PK\x01\x02', 'latin1'), made, fields, rest, text]) directory.push(one);
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(at, 16);
  if (at + listed.length > largest || entries.length > 0xfffe) throw new Error('the archive is too large');
  return Buffer.concat([...parts, listed, end]);
}
