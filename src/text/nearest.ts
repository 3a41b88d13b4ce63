/**
 * The number of edits (insert, delete, replace, swap of neighbours) that turn one text into the other: the optimal string alignment
 * distance. Gives up early, with `limit + 1`, when it cannot be at most `limit`.
 */
export function editDistance(a: string, b: string, limit = Number.POSITIVE_INFINITY): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      }
      current.push(cost);
    }
    if (Math.min(...current) > limit) return limit + 1;
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}

/**
 * The candidate that the author most likely meant, or undefined when none is near: at most a third of the longer word may be wrong
 * (never more than three edits). A difference in case only always counts as near. Ties go to the first in the order given.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const lower = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    if (candidate === word) continue;
    const limit = Math.min(3, Math.floor(Math.max(word.length, candidate.length) / 3), bestDistance);
    // Case is the most common slip with AWS's names: half an edit, so that it beats any other candidate.
    const other = candidate.toLowerCase();
    const distance = other === lower ? 0.5 : Math.max(1, editDistance(lower, other, limit));
    if (distance < bestDistance && (distance <= limit || distance === 0.5)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}
