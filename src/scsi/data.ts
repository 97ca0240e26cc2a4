// What all decoders of this folder share: one error, and no read past the bytes that there are.

/** Bytes that are not what the standard says they are; the message names what was read and what is wrong. */
export class ScsiDataError extends Error {
  override name = 'ScsiDataError';
}

/** A big-endian view of at least so many bytes. Throws ScsiDataError for fewer; `what` is how it calls them. */
export function dataView(bytes: Uint8Array, least: number, what: string): DataView {
  if (bytes.length < least) throw new ScsiDataError(`${what} takes ${least} bytes; ${bytes.length} are there`);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Where a list ends whose header says that `said` bytes follow: there, or where the bytes end before that. */
export function listEnd(
  bytes: Uint8Array, headerLength: number, said: number,
): { readonly end: number; readonly needed: number; readonly truncated: boolean } {
  const needed = headerLength + said;
  return { end: Math.min(needed, bytes.length), needed, truncated: needed > bytes.length };
}
