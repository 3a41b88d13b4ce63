/** Lines compared: the hunks between two texts, GitHub's `patch` text, and the three-way merge behind "mergeable". */

/** Lines [aFrom, aTo) of the old text became lines [bFrom, bTo) of the new one. */
export interface Hunk {
  readonly aFrom: number;
  readonly aTo: number;
  readonly bFrom: number;
  readonly bTo: number;
}

/** Lines with their newline, so that a missing one at the end is a difference. */
export const splitLines = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** Above this many cells the middle counts as one replaced block: correct, only coarser. */
const largestTable = 4_000_000;

/** The changed regions, by longest common subsequence between the common start and the common end. */
export function hunks(a: readonly string[], b: readonly string[]): Hunk[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let aEnd = a.length;
  let bEnd = b.length;
  while (aEnd > start && bEnd > start && a[aEnd - 1] === b[bEnd - 1]) {
    aEnd--;
    bEnd--;
  }
  const rows = aEnd - start;
  const columns = bEnd - start;
  if (rows === 0 && columns === 0) return [];
  if (rows === 0 || columns === 0 || rows * columns > largestTable)
    return [{ aFrom: start, aTo: aEnd, bFrom: start, bTo: bEnd }];

  const width = columns + 1;
  const length = new Uint32Array((rows + 1) * width);
  const at = (row: number, column: number) => length[row * width + column] ?? 0;
  for (let i = rows - 1; i >= 0; i--)
    for (let j = columns - 1; j >= 0; j--)
      length[i * width + j] =
        a[start + i] === b[start + j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));

  const found: Hunk[] = [];
  let i = 0;
  let j = 0;
  while (i < rows || j < columns) {
    if (i < rows && j < columns && a[start + i] === b[start + j]) {
      i++;
      j++;
      continue;
    }
    const [aFrom, bFrom] = [start + i, start + j];
    while ((i < rows || j < columns) && !(i < rows && j < columns && a[start + i] === b[start + j])) {
      if (i < rows && (j === columns || at(i + 1, j) >= at(i, j + 1))) i++;
      else j++;
    }
    found.push({ aFrom, aTo: start + i, bFrom, bTo: start + j });
  }
  return found.map((hunk, index) => slide(a, b, hunk, found[index + 1]));
}

/** Among repeated lines git puts a pure insertion or deletion as late as it can; what touches what in a merge depends on it. */
function slide(a: readonly string[], b: readonly string[], hunk: Hunk, next: Hunk | undefined): Hunk {
  let { aFrom, aTo, bFrom, bTo } = hunk;
  if (aFrom < aTo && bFrom < bTo) return hunk;
  const [lines, from, to] = aFrom < aTo ? [a, aFrom, aTo] : [b, bFrom, bTo];
  const room = Math.min((next?.aFrom ?? a.length) - aTo, (next?.bFrom ?? b.length) - bTo);
  for (let step = 0; step < room && lines[from + step] === lines[to + step]; step++) {
    aFrom++;
    aTo++;
    bFrom++;
    bTo++;
  }
  return { aFrom, aTo, bFrom, bTo };
}

/** What GitHub puts into `patch`: hunks with three lines around them and no file header. */
export function patch(before: string, after: string): { patch: string; additions: number; deletions: number } {
  const a = splitLines(before);
  const b = splitLines(after);
  const changes = hunks(a, b);
  const groups: Hunk[][] = [];
  for (const change of changes) {
    const last = groups.at(-1);
    const previous = last?.at(-1);
    if (last !== undefined && previous !== undefined && change.aFrom - previous.aTo <= 6) last.push(change);
    else groups.push([change]);
  }
  const line = (sign: string, text: string) =>
    text.endsWith("\n") ? `${sign}${text.slice(0, -1)}` : `${sign}${text}\n\\ No newline at end of file`;
  const range = (from: number, to: number) =>
    to - from === 1 ? `${from + 1}` : `${to === from ? from : from + 1},${to - from}`;
  const text = groups.map((group) => {
    const first = group[0] ?? { aFrom: 0, aTo: 0, bFrom: 0, bTo: 0 };
    const last = group.at(-1) ?? first;
    const lead = Math.min(3, first.aFrom);
    const tail = Math.min(3, a.length - last.aTo);
    const out: string[] = [];
    let at = first.aFrom - lead;
    for (const change of group) {
      for (; at < change.aFrom; at++) out.push(line(" ", a[at] ?? ""));
      for (; at < change.aTo; at++) out.push(line("-", a[at] ?? ""));
      for (let j = change.bFrom; j < change.bTo; j++) out.push(line("+", b[j] ?? ""));
    }
    for (; at < last.aTo + tail; at++) out.push(line(" ", a[at] ?? ""));
    const head = `@@ -${range(first.aFrom - lead, last.aTo + tail)} +${range(first.bFrom - lead, last.bTo + tail)} @@`;
    return [head, ...out].join("\n");
  });
  const sum = (size: (change: Hunk) => number) => changes.reduce((total, change) => total + size(change), 0);
  return {
    patch: text.join("\n"),
    additions: sum((change) => change.bTo - change.bFrom),
    deletions: sum((change) => change.aTo - change.aFrom),
  };
}

/** Both sides' changes put together, or undefined on a conflict. As in git, changes that touch each other conflict too. */
export function mergeText(base: string, ours: string, theirs: string): string | undefined {
  const root = splitLines(base);
  const sides = [splitLines(ours), splitLines(theirs)].map((lines) => ({
    lines,
    changes: hunks(root, lines),
    next: 0,
  }));
  const out: string[] = [];
  let at = 0;
  for (;;) {
    const starts = sides.map((side) => side.changes[side.next]?.aFrom ?? Number.POSITIVE_INFINITY);
    const from = Math.min(...starts);
    if (from === Number.POSITIVE_INFINITY) break;
    let to = from;
    const taken: Hunk[][] = sides.map(() => []);
    for (let grown = true; grown; ) {
      grown = false;
      for (const [index, side] of sides.entries()) {
        const change = side.changes[side.next];
        if (change === undefined || change.aFrom > to) continue;
        taken[index]?.push(change);
        to = Math.max(to, change.aTo);
        side.next++;
        grown = true;
      }
    }
    const texts = sides.map((side, index) => {
      const lines: string[] = [];
      let position = from;
      for (const change of taken[index] ?? []) {
        lines.push(...root.slice(position, change.aFrom), ...side.lines.slice(change.bFrom, change.bTo));
        position = change.aTo;
      }
      return [...lines, ...root.slice(position, to)].join("");
    });
    const changed = texts.filter((_, index) => (taken[index]?.length ?? 0) > 0);
    const [one = "", other = one] = changed;
    if (one !== other) return undefined;
    out.push(...root.slice(at, from), one);
    at = to;
  }
  return [...out, ...root.slice(at)].join("");
}
