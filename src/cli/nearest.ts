// What somebody meant who mistyped a word.

/** Letters to add, leave out, change, or swap with the next one, until one word is the other (optimal string alignment). */
function distance(a: string, b: string): number {
  let [before, last]: number[][] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? before![j - 2]! + 1 : Infinity;
      row.push(Math.min(last![j]! + 1, row[j - 1]! + 1, last![j - 1]! + same, swapped));
    }
    [before, last] = [last!, row];
  }
  return last![b.length]!;
}

/** The one word that is nearest, whatever the case; null where none is near, or two are as near. */
export function nearest(typed: string, known: readonly string[]): string | null {
  const word = typed.toLowerCase();
  // Of longer words nothing comes near, and the table would grow with what was typed.
  if (word.length > 20) return null;
  const near = known.map((each) => ({ each, off: distance(word, each) }))
    .filter(({ each, off }) => off <= Math.min(2, Math.floor(each.length / 2) - (each.length > 3 ? 1 : 0)))
    .sort((a, b) => a.off - b.off);
  const [first, second] = near;
  return first === undefined || first.off === second?.off ? null : first.each;
}
