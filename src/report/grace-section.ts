import { type Grace, type InGrace, minuteOf } from "../plan/grace.ts";
import { findingId } from "../scan/finding.ts";
import { code, markdownTable } from "../text/markdown.ts";
import { count } from "../text/plain.ts";
import type { HeldItem } from "../types/plan.ts";
import type { Detail } from "./ladder.ts";
import { blocks, shownNote } from "./markdown-parts.ts";
import { byText, plural } from "./words.ts";

/** Findings that nothing but their grace holds back: what is refused for another reason will not be proposed after it either. */
export function onlyInGrace(grace: Pick<Grace, "findings"> | undefined, held: readonly HeldItem[]): InGrace[] {
  const waiting = new Set(
    held.flatMap(({ policy, account, region, resource, outcome }) =>
      outcome === "waiting" ? [findingId(policy, account, region, resource)] : [],
    ),
  );
  return [...(grace?.findings.values() ?? [])].filter(
    ({ finding, stage }) => stage !== "ended" && waiting.has(finding.id),
  );
}

/** The dashboard's part on findings that wait for the end of their grace: by policy and grace, the nearest end first. "" where there are none. */
export function graceSection(waiting: readonly InGrace[], detail: Detail): string {
  if (waiting.length === 0) return "";
  const groups = [
    ...Map.groupBy(waiting, ({ finding, grace }) => JSON.stringify([finding.policy, grace])).values(),
  ].map((own) => ({
    policy: own[0]?.finding.policy ?? "",
    grace: own[0]?.grace ?? "",
    findings: own.length,
    ending: own.filter(({ stage }) => stage === "ending").length,
    next: own.map(({ until }) => until).sort(byText)[0] ?? "",
  }));
  groups.sort((a, b) => byText(a.next, b.next) || byText(a.policy, b.policy) || byText(a.grace, b.grace));
  const rows = groups
    .slice(0, detail.groups)
    .map(({ policy, grace, findings, ending, next }) => [
      code(policy, 120),
      grace,
      count(findings),
      count(ending),
      minuteOf(next, "later"),
    ]);
  const heads = ["Policy", "Grace", "Findings:", "Ending soon:", "The first ends"];
  return blocks(
    `### In their grace: ${plural(waiting.length, "finding")}`,
    "Their fixes are proposed by the first report after the grace is over, unless the resources are in order by then.",
    rows.length === 0 ? "" : markdownTable(heads, rows),
    shownNote(rows.length, groups.length, "groups"),
  );
}
