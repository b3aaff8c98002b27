/** Finds the known key that a misspelt one was probably meant to be. */

const FARTHEST = 2;

/**
 * The known key within two edits (insertion, deletion, substitution, swap of neighbours), ignoring case, or `undefined`. Of
 * several the nearest, then the first by name. Keys whose lengths differ by more than two cost one comparison.
 */
export function nearest(key: string, known: Iterable<string>): string | undefined {
  const wanted = key.toLowerCase();
  let best: { key: string; distance: number } | undefined;
  for (const candidate of known) {
    if (Math.abs(candidate.length - key.length) > FARTHEST) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance > FARTHEST) continue;
    if (
      best === undefined ||
      distance < best.distance ||
      (distance === best.distance && candidate < best.key)
    ) {
      best = { key: candidate, distance };
    }
  }
  return best?.key;
}

/** Optimal string alignment distance. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
