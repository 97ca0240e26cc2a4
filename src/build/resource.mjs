// Where things stand among the resources of a Windows executable. What is there is written over in its place, and no longer
// than it was. (--build-sea makes a new resource section afterwards, and takes all of it over.)
// https://learn.microsoft.com/windows/win32/debug/pe-format#the-rsrc-section

const resourceDirectory = 2;

/**
 * @param bytes a PE32+ image
 * @param type of the resource, a number as RT_VERSION
 * @param name of the resource, a number; without one, the first of that type; the first language will do
 * @returns offsets of its bytes and of its entry's length, and that length; undefined where there is none
 */
export function resource(bytes, type, name) {
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
  // Type, name, language: three tables, one below the other.
  let table = base;
  for (const wanted of [type, name, undefined]) {
    const rows = bytes.readUInt16LE(table + 12) + bytes.readUInt16LE(table + 14);
    let next;
    for (let i = 0; i < rows && next === undefined; i++) {
      const row = table + 16 + i * 8;
      if (wanted === undefined || bytes.readUInt32LE(row) === wanted) next = bytes.readUInt32LE(row + 4);
    }
    if (next === undefined) return undefined;
    table = base + (next & 0x7fffffff);
  }
  return { at: offset(bytes.readUInt32LE(table)), lengthAt: table + 4, length: bytes.readUInt32LE(table + 4) };
}

/** Writes into a resource of these bytes what is no longer than it was. */
export function overwrite(bytes, { at, lengthAt, length }, content, what) {
  if (content.length > length) throw new Error(`${what} has room for ${length} bytes, not for ${content.length}`);
  bytes.fill(0, at, at + length);
  content.copy(bytes, at);
  bytes.writeUInt32LE(content.length, lengthAt);
}
