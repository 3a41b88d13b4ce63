import { inline } from "../text/markdown.ts";
import { count } from "../text/plain.ts";
import type { Finding } from "../types/scan.ts";
import { type PolicyRow, policyRows } from "./findings.ts";
import type { Detail } from "./ladder.ts";
import { blocks, shownNote } from "./markdown-parts.ts";
import type { PolicyInfos } from "./options.ts";
import { policyCell, tellingTable } from "./policy-table.ts";
import { heldIn, planned, type ReportState } from "./report-state.ts";
import { plural } from "./words.ts";

/** What each policy comes to. */
export interface PolicyCounts {
  /** Policies about which there is something to say. */
  readonly rows: readonly (PolicyRow & Readonly<Record<"excepted" | "planned" | "held", number>>)[];
  readonly others: number;
}

/** Counts findings, and what reports plan and hold back, by policy. */
export function policyCounts(
  findings: readonly Finding[],
  reports: readonly ReportState[],
  policies: PolicyInfos,
): PolicyCounts {
  const excepted = numbers(findings.filter((one) => one.excepted !== undefined));
  const inPlans = numbers(planned(reports));
  const held = numbers(heldIn(reports).filter(({ outcome }) => outcome !== "excepted"));
  const all = policyRows(findings, policies).map((row) => ({
    ...row,
    excepted: excepted.get(row.policy) ?? 0,
    planned: inPlans.get(row.policy) ?? 0,
    held: held.get(row.policy) ?? 0,
  }));
  // Also without a failing resource: what this scan could not look at stays in its report.
  const rows = all.filter(({ counts, planned: own, held: back }) => counts.fail + counts.unknown + own + back > 0);
  return { rows, others: all.length - rows.length };
}

function numbers(of: readonly { readonly policy: string }[]): ReadonlyMap<string, number> {
  return new Map([...Map.groupBy(of, ({ policy }) => policy)].map(([policy, own]) => [policy, own.length]));
}

/** The dashboard's section "By policy". */
export function policyTable({ rows, others }: PolicyCounts, detail: Detail): string {
  const cells = rows
    .slice(0, detail.rows)
    .map(({ policy, info, severity, counts, excepted, planned, held }) => [
      policyCell(policy, info?.title, detail),
      severity,
      ...[counts.fail, excepted, counts.unknown, planned, held].map(count),
      inline(info?.mode ?? ""),
    ]);
  const heads = ["Policy", "Severity", "Fail:", "?Excepted:", "?Unknown:", "?Planned:", "?Held:", "Mode"];
  const other = rows.length === 0 ? "" : "other ";
  return blocks(
    "### By policy",
    tellingTable(heads, cells),
    shownNote(detail.rows, rows.length, "policies"),
    others === 0 && rows.length > 0
      ? ""
      : `${plural(others, `${other}policy`, `${other}policies`)} without a failing or unknown resource.`,
  );
}
