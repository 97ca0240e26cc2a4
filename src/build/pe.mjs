// What the build does to a Windows executable before Node's single-executable build takes it.
// https://learn.microsoft.com/windows/win32/debug/pe-format

const securityDirectory = 4;

/** Offsets of the optional header's fields that matter here (PE32+ only: all that Node ships for 64 bits). */
function headers(bytes) {
  const pe = bytes.readUInt32LE(0x3c);
  const optional = pe + 24;
  if (bytes.toString('latin1', pe, pe + 4) !== 'PE\0\0' || bytes.readUInt16LE(optional) !== 0x20b) {
    throw new Error('not a PE32+ executable');
  }
  return { checksum: optional + 64, security: optional + 112 + securityDirectory * 8 };
}

/** PE checksum: ones-complement sum of 16-bit words, the checksum field left out, plus the length. */
function checksumOf(bytes, field) {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    if (i === field || i === field + 2) continue;
    sum += i + 1 < bytes.length ? bytes.readUInt16LE(i) : bytes[i];
    sum = (sum & 0xffff) + (sum >>> 16);
  }
  return ((sum & 0xffff) + bytes.length) >>> 0;
}

/**
 * A copy without its Authenticode signature, with a right checksum. The certificate table is the end of the file.
 */
export function withoutSignature(bytes) {
  const { checksum, security } = headers(bytes);
  const start = bytes.readUInt32LE(security);
  const size = bytes.readUInt32LE(security + 4);
  if (start !== 0 && start + size !== bytes.length) throw new Error('the certificate table is not the end of the file');
  const copy = Buffer.from(start === 0 ? bytes : bytes.subarray(0, start));
  copy.writeUInt32LE(0, security);
  copy.writeUInt32LE(0, security + 4);
  copy.writeUInt32LE(checksumOf(copy, checksum), checksum);
  return copy;
}
