import type { Applied } from "../apply/apply.ts";
import { code, details, htmlCode, inline } from "../text/markdown.ts";
import { count } from "../text/plain.ts";
import type { Plan } from "../types/plan.ts";
import { planMarkdown } from "./body.ts";
import { exceptedSection } from "./exceptions-markdown.ts";
import { type PolicyRow, policyRows, type ScanReport } from "./findings.ts";
import { type Detail, fitting } from "./ladder.ts";
import { blocks, coverageSection, shownNote } from "./markdown-parts.ts";
import { type PolicyInfos, policyInfos } from "./options.ts";
import { shortDigest } from "./plan.ts";
import { policyCell, tellingTable } from "./policy-table.ts";
import { resultMarkdown } from "./result.ts";
import type { Trust } from "./trust.ts";
import { plural, scanVerdict } from "./words.ts";

/** Step summaries of a workflow run. GitHub takes 1 MiB for a step; several plans share it, and a page must stay readable. */
const SUMMARY_BYTES = 200_000;

export function scanSummary(scan: ScanReport, policies: PolicyInfos = known(scan)): string {
  return fitting(SUMMARY_BYTES, (detail) => `${scanMarkdown(scan, policies, detail)}\n`);
}

export function planSummary(plan: Plan, scan: ScanReport, policies: PolicyInfos = known(scan)): string {
  return fitting(SUMMARY_BYTES, (detail) => {
    const end = `Plan ${code(shortDigest(plan))}, expires ${inline(plan.header.expires)}.`;
    return `${blocks(planMarkdown({ plan, scan, policies }, detail, "Applying this plan"), end)}\n`;
  });
}

export function applySummary(applied: Applied, plan?: Plan, trust?: Trust): string {
  return fitting(SUMMARY_BYTES, (detail) => `${resultMarkdown(applied, plan, detail, trust)}\n`);
}

function known(scan: ScanReport): PolicyInfos {
  return policyInfos((scan.failing ?? []).map(({ effective }) => effective));
}

function scanMarkdown(scan: ScanReport, policies: PolicyInfos, detail: Detail): string {
  const rows = policyRows(scan.findings, policies);
  const cells = rows
    .slice(0, detail.rows)
    .map(({ policy, info, severity, counts }) => [
      policyCell(policy, info?.title, detail),
      severity,
      ...[counts.fail, counts.pass, counts.unknown, counts.out_of_scope].map(count),
      inline(info?.mode ?? ""),
    ]);
  const heads = ["Policy", "Severity", "Fail:", "Pass:", "?Unknown:", "?Out of scope:", "Mode"];
  return blocks(
    `## ${inline(scanVerdict(scan.findings, scan.coverage))}`,
    tellingTable(heads, cells),
    shownNote(detail.rows, rows.length, "policies"),
    ...rows.map((row) => failing(row, scan, detail)),
    exceptedSection(scan, detail),
    coverageSection(scan.coverage, detail),
  );
}

function failing({ policy, counts }: PolicyRow, scan: ScanReport, detail: Detail): string {
  if (counts.fail === 0 || detail.items === 0) return "";
  const all = scan.findings.filter((finding) => finding.policy === policy && finding.status === "fail");
  const shown = all.slice(0, Math.min(detail.items, 200));
  const lines = shown.map(({ resource, account, region, reason, excepted }) => {
    const spared = excepted === undefined ? "" : ` (excepted until ${excepted.expires})`;
    return `- ${code(resource.id, detail.text)} in ${code(account)}, ${code(region)}: ${inline(reason, detail.text)}${spared}`;
  });
  return details(
    `${htmlCode(policy)}: ${plural(all.length, "failing resource")}`,
    blocks(lines.join("\n"), shownNote(shown.length, all.length, "resources")),
  );
}
