// Texts of devices: how they are compared, and how they are made safe for display. They are compared uncleaned, because
// cleaning makes different texts equal, and cleaned where they are displayed: PowerShell's views pass escape sequences
// on to the terminal even with OutputRendering PlainText.

/**
 * Control (C0, DEL, C1), format (bidirectional, zero-width, byte-order mark, soft hyphen, tags), line and
 * paragraph separators, lone surrogates and non-characters: they move the cursor, reorder or hide other text, or
 * break a terminal or serializer. U+2065 is unassigned amid the bidirectional controls.
 */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\u2065]/gu;

/** Most names are plain ASCII: this test avoids the slow property escapes for them. */
const plain = /^[ -~]*$/;

const isPadding = (unit: number) => unit === 0x20 || unit === 0;

/**
 * Text from a device: padding (blanks and NULs, as INQUIRY fields have them) is removed at both ends, unsafe
 * characters become `?`, the rest stays. Null if nothing is left.
 *
 * `?` and not U+FFFD, because it is legible in every code page and font, survives PowerShell 5.1's ASCII files,
 * and, where the shown name is pasted into a wildcard parameter, still matches the real one.
 *
 * Bytes are read as Latin-1, which keeps every byte: SCSI demands ASCII, but devices send anything.
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
 * The form in which identifying texts are compared: without padding, and with A to Z in lower case. SCSI's texts are ASCII;
 * folding more would make letters equal that only look alike.
 */
export const folded = (text: string): string => unpadded(text).replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** One character a byte. (TextDecoder's `latin1` is windows-1252, which turns C1 controls into letters.) */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** The first letter of a sentence. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
