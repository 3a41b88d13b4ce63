import { code, inline, markdownTable } from "../text/markdown.ts";
import { count } from "../text/plain.ts";
import type { OutcomeCode } from "../types/outcome.ts";
import type { Detail } from "./ladder.ts";
import { blocks, shownNote } from "./markdown-parts.ts";
import { byText, outcomeVerdict } from "./words.ts";

/** A plan that was merged, and is not done. */
export interface ApprovedState {
  /** Items that no run has brought to an end. */
  readonly items: number;
  /** How the last try on them ended, where there was one. */
  readonly tried: Readonly<Record<OutcomeCode, number>>;
  /** ISO 8601; when it was merged, and by which pull request. Absent where that was not found. */
  readonly since?: string;
  readonly pullRequest?: number;
  /** ISO 8601. */
  readonly expires: string;
  readonly expired: boolean;
  /** Approved longer ago than any schedule explains. */
  readonly overdue: boolean;
}

export interface ApprovedRow {
  readonly scope: string;
  readonly approved: ApprovedState;
  /** The open report of the same scope, where what expired is proposed anew. */
  readonly open?: number;
}

/** What people approved and wait for; what is overdue first. "" where there is none. */
export function approvedSection(rows: readonly ApprovedRow[], detail: Detail): string {
  if (rows.length === 0) return "";
  const sorted = [...rows].sort(
    (a, b) =>
      Number(b.approved.overdue) - Number(a.approved.overdue) ||
      byText(a.approved.since ?? "", b.approved.since ?? "") ||
      byText(a.scope, b.scope),
  );
  const cells = sorted
    .slice(0, detail.rows)
    .map(({ scope, approved, open }) => [
      code(scope, 120),
      approved.pullRequest === undefined ? "" : `#${approved.pullRequest}`,
      count(approved.items),
      inline((approved.since ?? "").slice(0, 10)),
      stateWords(approved, open),
    ]);
  const late = rows.some(({ approved }) => approved.overdue && !approved.expired);
  return blocks(
    "### Approved and not applied",
    cells.length === 0 ? "" : markdownTable(["Report", "Pull request", "Items:", "Approved", "State"], cells),
    shownNote(detail.rows, rows.length, "plans"),
    late
      ? `Overdue: approved more than 72 hours ago. A change window, a freeze, the stop switch (${code("EVENKEEL_STOP")}) or a setting of the repository holds it back, or ${code("evenkeel apply")} does not run; the log of its last run says which.`
      : "",
  );
}

function stateWords({ expires, expired, overdue, tried }: ApprovedState, open: number | undefined): string {
  if (expired) {
    const anew = open === undefined ? "proposed anew by the next report" : `proposed anew in #${open}`;
    return `**expired** on ${inline(expires.slice(0, 10))}; ${anew}`;
  }
  const before = Object.values(tried).some((number) => number > 0) ? `; last try: ${outcomeVerdict(tried)}` : "";
  const until = `until ${inline(expires.slice(0, 10))}`;
  return overdue ? `**overdue**; may be applied ${until}${before}` : `may be applied ${until}${before}`;
}
