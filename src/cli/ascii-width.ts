// In the place of the package string-width, which yargs measures help texts with: what its two copies do when they are
// loaded (Intl.Segmenter, and tables of Unicode) was a third of the start of every command. Our help is ASCII, which a
// test holds; what devices say is laid out elsewhere (output/table.ts).

/** Columns of a terminal that a text of ASCII takes. */
export default function asciiWidth(text: string): number {
  return text.length;
}
