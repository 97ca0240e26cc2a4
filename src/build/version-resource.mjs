// What Windows shows of an executable under Details: Node's version resource is written over with ours, in its place and
// no longer than it was. (--build-sea makes a new resource section afterwards, and takes it over.)
// https://learn.microsoft.com/windows/win32/menurc/vs-versioninfo

const typeVersion = 16;
const resourceDirectory = 2;
const fixedSignature = 0xfeef04bd;

/** The version resource of a PE32+ image: offsets of its bytes and of its entry's length, and that length. */
export function versionResource(bytes) {
  const pe = bytes.readUInt32LE(0x3c);
  const optional = pe + 24;
  if (bytes.toString('latin1', pe, pe + 4) !== 'PE\0\0' || bytes.readUInt16LE(optional) !== 0x20b) {
    throw new Error('not a PE32+ executable');
  }
  const sections = optional + bytes.readUInt16LE(pe + 20);
  const count = bytes.readUInt16LE(pe + 6);
  const offset = (address) => {
    for (let i = 0; i < count; i++) {
      const section = sections + i * 40;
      const start = bytes.readUInt32LE(section + 12);
      if (address >= start && address < start + bytes.readUInt32LE(section + 16)) {
        return address - start + bytes.readUInt32LE(section + 20);
      }
    }
    throw new Error(`address ${address} is in no section`);
  };
  const base = offset(bytes.readUInt32LE(optional + 112 + resourceDirectory * 8));
  // Type, name, language: three tables, one below the other; the first name and language will do.
  let table = base;
  for (const wanted of [typeVersion, undefined, undefined]) {
    const rows = bytes.readUInt16LE(table + 12) + bytes.readUInt16LE(table + 14);
    let next;
    for (let i = 0; i < rows && next === undefined; i++) {
      const row = table + 16 + i * 8;
      if (wanted === undefined || bytes.readUInt32LE(row) === wanted) next = bytes.readUInt32LE(row + 4);
    }
    if (next === undefined) throw new Error('the executable has no version resource');
    table = base + (next & 0x7fffffff);
  }
  return { at: offset(bytes.readUInt32LE(table)), lengthAt: table + 4, length: bytes.readUInt32LE(table + 4) };
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
  const { at, lengthAt, length } = versionResource(bytes);
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
  if (made.length > length) {
    throw new Error(`the version resource has room for ${length} bytes, not for ${made.length}`);
  }
  const copy = Buffer.from(bytes);
  copy.fill(0, at, at + length);
  made.copy(copy, at);
  copy.writeUInt32LE(made.length, lengthAt);
  return copy;
}
