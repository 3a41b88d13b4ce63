import type { InGrace } from "../plan/grace.ts";
import { code, inline, markdownTable } from "../text/markdown.ts";
import { count } from "../text/plain.ts";
import type { Finding } from "../types/scan.ts";
import type { Detail } from "./ladder.ts";
import { blocks, shownNote } from "./markdown-parts.ts";
import { heldGroups } from "./plan.ts";
import { heldIn, planned, type ReportState } from "./report-state.ts";
import { byText, plural } from "./words.ts";

const DECLINED = "declined in its report";
const ONLY_REPORTED = "only reported: mode report, or there is no remediation";

/** What is left to people. */
export interface Left {
  /** Failing findings that no exception covers and nobody put off. */
  readonly failing: number;
  /** Those that somebody did put off; they have a section of their own. */
  readonly snoozed: number;
  /** Those among them that no plan would fix. */
  readonly number: number;
  readonly rows: readonly { readonly policy: string; readonly number: number; readonly why: string }[];
}

/** What fails, and neither a plan, an exception nor a grace speaks for: held back with a reason, or only reported. */
export function leftToPeople(
  findings: readonly Finding[],
  reports: readonly ReportState[],
  inGrace: readonly InGrace[],
): Left {
  const keyOf = ({ policy, account, region, resource }: Pick<Finding, "policy" | "account" | "region" | "resource">) =>
    JSON.stringify([policy, account, region, resource.type, resource.id, resource.identity]);
  const spared = new Set(inGrace.map(({ finding }) => finding.id));
  const inPlans = new Set(planned(reports).map(keyOf));
  const refused = new Set(
    reports.flatMap(({ plan, declined }) => plan.items.filter(({ id }) => declined.includes(id)).map(keyOf)),
  );
  const putOff = new Set(heldIn(reports).flatMap((one) => (one.outcome === "snoozed" ? [keyOf(one)] : [])));
  const uncovered = findings.filter(({ status, excepted }) => status === "fail" && excepted === undefined);
  const failing = uncovered.filter((one) => !putOff.has(keyOf(one)));
  const left = new Map(
    failing.filter((one) => !inPlans.has(keyOf(one)) && !spared.has(one.id)).map((one) => [keyOf(one), one]),
  );
  const held = heldIn(reports).filter((one) => left.has(keyOf(one)));
  const withReason = new Set(held.map(keyOf));
  const rest = [...left].flatMap(([key, { policy }]) =>
    withReason.has(key) ? [] : [{ policy, why: refused.has(key) ? DECLINED : ONLY_REPORTED }],
  );
  const rows = [
    ...heldGroups(held).map(({ policy, reason, items }) => ({ policy, number: items.length, why: reason })),
    ...[...Map.groupBy(rest, (one) => JSON.stringify(one)).values()].flatMap((own) =>
      own.slice(0, 1).map((one) => ({ ...one, number: own.length })),
    ),
  ];
  rows.sort((a, b) => b.number - a.number || byText(a.policy, b.policy) || byText(a.why, b.why));
  return { failing: failing.length, snoozed: uncovered.length - failing.length, number: left.size, rows };
}

/** The dashboard's section on them; "" where nothing is left. */
export function leftSection({ failing, snoozed, number, rows }: Left, detail: Detail): string {
  if (number === 0) return "";
  const cells = rows
    .slice(0, detail.groups)
    .map((row) => [code(row.policy, 120), count(row.number), inline(row.why, detail.text)]);
  return blocks(
    "### Left to people",
    `${count(number)} of ${plural(failing, "failing finding")} that no exception covers${snoozed === 0 ? "" : " and nobody snoozed"} ${number === 1 ? "has" : "have"} no fix in a report.`,
    cells.length === 0 ? "" : markdownTable(["Policy", "Resources:", "Why"], cells),
    shownNote(detail.groups, rows.length, "groups"),
  );
}
