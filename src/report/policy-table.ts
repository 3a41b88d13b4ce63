import { code, inline, markdownTable } from "../text/markdown.ts";
import type { Detail } from "./ladder.ts";

/** A policy's cell: its ID, and below it what it asks. A column each would leave neither of them room beside the numbers. */
export function policyCell(policy: string, title: string | undefined, detail: Detail): string {
  const asks = title === undefined || title === "" ? "" : `<br>${inline(title, detail.text)}`;
  return `${code(policy, 120)}${asks}`;
}

/**
 * A table on GitHub is as wide as a comment, and what does not fit is out of sight: columns whose head begins with `?` are left out where every
 * cell is empty or 0. "" where there are no rows.
 */
export function tellingTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const told = heads.map((head, at) => {
    return !head.startsWith("?") || rows.some((row) => row[at] !== "" && row[at] !== "0");
  });
  const kept = <T>(row: readonly T[]): T[] => row.filter((_, at) => told[at] === true);
  return markdownTable(
    kept(heads).map((head) => head.replace(/^\?/, "")),
    rows.map(kept),
  );
}
