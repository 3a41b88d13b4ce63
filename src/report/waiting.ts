import { inline } from "../text/markdown.ts";
import { count } from "../text/plain.ts";
import type { Detail } from "./ladder.ts";
import type { ReportState } from "./report-state.ts";
import { plural } from "./words.ts";

/** What waits for its turn, said alike in the log, on the dashboard and in the pull request. */

/** `2 new items wait for the next report, because an approval (alice) stands`; "" for none. */
export function waitingItems(number: number, approvedBy: readonly string[] = []): string {
  if (number === 0) return "";
  const by = approvedBy.length === 0 ? "" : ` (${approvedBy.join(", ")})`;
  return `${plural(number, "new item")} ${number === 1 ? "waits" : "wait"} for the next report, because an approval${by} stands`;
}

/** `3 reports wait: 5 are open already (report.most_open: 5)`, each reason once; `reasons`: one for each report. "" for none. */
export function waitingReports(reasons: readonly string[]): string {
  const alike = [...Map.groupBy(reasons, (reason) => reason)];
  return alike
    .map(([reason, own]) => `${plural(own.length, "report")} ${own.length === 1 ? "waits" : "wait"}: ${reason}`)
    .join("; ");
}

/** Where a report stands, as a cell of the dashboard's table. */
export function reportStatus(
  { declined, later = [], wait, unconfirmed = 0, frozen }: ReportState,
  detail: Detail,
): string {
  if (frozen !== undefined) return `left alone: ${inline(frozen, detail.text)}`;
  if (wait !== undefined) return `waits: ${inline(wait, detail.text)}`;
  const parts = [
    "waits for review",
    ...(declined.length === 0 ? [] : [`${count(declined.length)} declined`]),
    ...(unconfirmed === 0 ? [] : [`${count(unconfirmed)} not confirmed`]),
    ...(later.length === 0 ? [] : [inline(waitingItems(later.length))]),
  ];
  return parts.join("; ");
}
