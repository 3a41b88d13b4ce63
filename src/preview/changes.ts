import type { Side } from "./side.ts";

/** A file that differs between the two sides, and where in the head's text: the lines between the first and the last difference. */
export interface FileChange {
  /** As it is shown, by the head's prefix. */
  readonly path: string;
  readonly kind: "added" | "removed" | "changed";
  /** 1-based lines of the head's text; both 1 for a file that is gone. */
  readonly from: number;
  readonly to: number;
}

/** Files whose text differs, sorted by path. */
export function fileChanges(base: Side, head: Side): FileChange[] {
  const paths = [...new Set([...base.texts.keys(), ...head.texts.keys()])].sort();
  return paths.flatMap((name): FileChange[] => {
    const [before, after] = [base.texts.get(name), head.texts.get(name)];
    if (before === after) return [];
    const path = `${head.prefix}${name}`;
    if (after === undefined) return [{ path, kind: "removed", from: 1, to: 1 }];
    if (before === undefined) return [{ path, kind: "added", from: 1, to: Math.max(1, linesOf(after).length) }];
    return [{ path, kind: "changed", ...changedLines(before, after) }];
  });
}

/** The smallest span of the head's lines that holds every difference; where lines were only taken out, the line that follows them. */
export function changedLines(base: string, head: string): { readonly from: number; readonly to: number } {
  const [before, after] = [linesOf(base), linesOf(head)];
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < most - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  const last = Math.max(1, after.length);
  const from = Math.min(start + 1, last);
  return { from, to: Math.min(Math.max(from, after.length - end), last) };
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines[lines.length - 1] === "") lines.pop();
  return lines;
}
