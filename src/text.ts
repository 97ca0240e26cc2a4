// Text that a device says of itself: how it is compared, and how it is made safe to show. It is decoded and compared
// as it is, because cleaning makes different texts equal, and cleaned where it is shown: PowerShell's views pass
// escape sequences on to the terminal even with OutputRendering PlainText.

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
  const bare = unpadded(text);
  if (bare === '') return null;
  return plain.test(bare) ? bare : bare.replace(unsafe, '?');
}

/** Without the padding (blanks and NULs) at both ends. */
export function unpadded(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isPadding(text.charCodeAt(start))) start++;
  while (end > start && isPadding(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/**
 * What of an identifying text counts when it is compared: all but its padding and the case of A to Z. SCSI's texts
 * are ASCII; folding more would make letters equal that only look alike.
 */
export const folded = (text: string): string => unpadded(text).replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** One character a byte. (TextDecoder's `latin1` is windows-1252, which turns C1 controls into letters.) */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** The first letter of a sentence. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
