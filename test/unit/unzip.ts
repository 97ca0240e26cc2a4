import { inflateRawSync } from 'node:zlib';

/** A reader of ZIP archives that shares nothing with the writer: name to bytes, by the directory at the end. */
export function unzip(bytes: Buffer): Map<string, Buffer> {
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  const files = new Map<string, Buffer>();
  let at = bytes.readUInt32LE(end + 16);
  for (let i = 0; i < bytes.readUInt16LE(end + 10); i++) {
    const [method, small, large, length] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20),
      bytes.readUInt32LE(at + 24), bytes.readUInt16LE(at + 28)];
    const name = bytes.toString('utf8', at + 46, at + 46 + length);
    const local = bytes.readUInt32LE(at + 42);
    const data = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const content = bytes.subarray(data, data + small);
    const whole = method === 8 ? inflateRawSync(content) : Buffer.from(content);
    if (whole.length !== large) throw new Error(`${name} has ${whole.length} bytes, not ${large}`);
    files.set(name, whole);
    at += 46 + length;
  }
  return files;
}
