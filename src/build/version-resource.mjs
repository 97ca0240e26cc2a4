// What Windows shows of an executable under Details: Node's version resource is written over with ours.
// https://learn.microsoft.com/windows/win32/menurc/vs-versioninfo

import { overwrite, resource } from './resource.mjs';

const typeVersion = 16;
const fixedSignature = 0xfeef04bd;

/** The version resource of a PE32+ image: offsets of its bytes and of its entry's length, and that length. */
export function versionResource(bytes) {
  const found = resource(bytes, typeVersion);
  if (found === undefined) throw new Error('the executable has no version resource');
  return found;
}

/** A node of the resource: its length, the length of its value, 1 for text, its name, its value, what is below it. */
function node(name, { text, value, children = [] }) {
  const padded = (bytes) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
  const head = Buffer.alloc(6);
  const content = text === undefined ? value ?? Buffer.alloc(0) : Buffer.from(`${text}\0`, 'utf16le');
  let all = padded(Buffer.concat([head, Buffer.from(`${name}\0`, 'utf16le')]));
  all = Buffer.concat([all, content]);
  for (const child of children) all = Buffer.concat([padded(all), child]);
  all.writeUInt16LE(all.length, 0);
  all.writeUInt16LE(text === undefined ? content.length : content.length / 2, 2);
  all.writeUInt16LE(value === undefined ? 1 : 0, 4);
  return all;
}

/**
 * A copy of an executable with these texts in its version resource.
 *
 * @param version `1.2.3`; becomes the number of the file and the product, too
 * @param texts names and values of the resource's strings, in order; US English, as Node's
 * @throws where they need more room than the executable has
 */
export function withVersionResource(bytes, version, texts) {
  const place = versionResource(bytes);
  const { at, length } = place;
  const fixedAt = bytes.indexOf(Buffer.from([0xbd, 0x04, 0xef, 0xfe]), at);
  if (fixedAt < 0 || fixedAt + 52 > at + length || bytes.readUInt32LE(fixedAt) !== fixedSignature) {
    throw new Error('the version resource has no fixed part');
  }
  const fixed = Buffer.from(bytes.subarray(fixedAt, fixedAt + 52));
  const [major, minor, patch] = version.split(/[.+-]/).map(Number);
  for (const place of [8, 16]) {
    fixed.writeUInt32LE(((major << 16) | minor) >>> 0, place);
    fixed.writeUInt32LE((patch << 16) >>> 0, place + 4);
  }
  const translation = Buffer.from([0x09, 0x04, 0xb0, 0x04]);
  const made = node('VS_VERSION_INFO', { value: fixed, children: [
    node('StringFileInfo', { children: [node('040904b0', {
      children: Object.entries(texts).map(([name, text]) => node(name, { text })),
    })] }),
    node('VarFileInfo', { children: [node('Translation', { value: translation })] }),
  ] });
  const copy = Buffer.from(bytes);
  overwrite(copy, place, made, 'the version resource');
  return copy;
}
