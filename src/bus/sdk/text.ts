// Text that a device says of itself, made safe to show. PowerShell's views pass escape sequences on to the
// terminal even with OutputRendering PlainText, so it has to happen here, once, for all that is ever displayed.

/**
 * Control (C0, DEL, C1), format (bidirectional, zero-width, byte-order mark, soft hyphen, tags), line and
 * paragraph separators, lone surrogates and non-characters: what moves the cursor, reorders or hides what stands
 * beside it, or what a terminal or serializer chokes on. U+2065 is unassigned amid the bidirectional controls.
 */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\u2065]/gu;

/** Most names are plain ASCII; the test keeps the property escapes off their path. */
const plain = /^[ -~]*$/;

const isPadding = (unit: number) => unit === 0x20 || unit === 0;

/**
 * Text from a device: padding (blanks and NULs, as INQUIRY fields have them) is taken off both ends, unsafe
 * characters become `?`, the rest stays as it is. Nothing left is null.
 *
 * `?` and not U+FFFD, because it is legible in every code page and font, survives PowerShell 5.1's ASCII files,
 * and, where the shown name is pasted into a wildcard parameter, still matches the real one.
 *
 * Bytes are read as Latin-1: SCSI says ASCII, devices say anything, and every byte stays itself.
 */
export function cleanText(source: Uint8Array | string): string | null {
  const text = typeof source === 'string' ? source : latin1(source);
  let start = 0;
  let end = text.length;
  while (start < end && isPadding(text.charCodeAt(start))) start++;
  while (end > start && isPadding(text.charCodeAt(end - 1))) end--;
  if (start === end) return null;
  const trimmed = text.slice(start, end);
  return plain.test(trimmed) ? trimmed : trimmed.replace(unsafe, '?');
}

/** One character a byte. (TextDecoder's `latin1` is windows-1252, which turns C1 controls into letters.) */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
