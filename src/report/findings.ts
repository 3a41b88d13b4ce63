import type { EffectivePolicy } from "../catalogue/compiled.ts";
import { count } from "../text/plain.ts";
import type { Severity } from "../types/catalogue.ts";
import type { ExceptionsState } from "../types/exception.ts";
import type { Coverage, Finding, FindingStatus, Gap } from "../types/scan.ts";
import { exceptionLines } from "./exceptions.ts";
import { Lines } from "./lines.ts";
import { limitOf, type PolicyInfo, type PolicyInfos, policyInfos, type TextOptions } from "./options.ts";
import type { Tone } from "./style.ts";
import { type Column, table } from "./table.ts";
import { bySeverity, byText, plural, scanVerdict, shownOf } from "./words.ts";

/** The part of a scan's result that reports show. */
export interface ScanReport {
  readonly findings: readonly Finding[];
  readonly coverage: Coverage;
  readonly exceptions?: ExceptionsState;
  /** Tells titles and modes of the policies that something fails, where the caller gives no `policies`. */
  readonly failing?: readonly { readonly effective: EffectivePolicy }[];
}

/** One policy with its findings counted. */
export interface PolicyRow {
  readonly policy: string;
  readonly info: PolicyInfo | undefined;
  readonly severity: Severity;
  readonly counts: Readonly<Record<FindingStatus, number>>;
}

/** A scan's findings for a terminal: verdict, table by policy, the failing resources, what could not be read. Ends with a line break. */
export function findingsText(scan: ScanReport, options: TextOptions & { readonly policies?: PolicyInfos }): string {
  const out = new Lines(options);
  const limit = limitOf(options);
  const { coverage } = scan;
  const tone: Tone =
    coverage.findings.fail > 0 ? "bad" : coverage.complete && coverage.findings.unknown === 0 ? "good" : "warn";
  out.text(scanVerdict(scan.findings, coverage), { tone });
  const rows = policyRows(
    scan.findings,
    options.policies ?? policyInfos((scan.failing ?? []).map(({ effective }) => effective)),
  );
  if (rows.length > 0) {
    const lines = rows.map((row) => cells(row, out));
    out.blank();
    out.ready(
      table(
        rows.some(({ info }) => info?.mode !== undefined) ? COLUMNS : COLUMNS.slice(0, -1),
        lines,
        out.width,
        out.style,
      ),
    );
  }
  for (const status of ["fail", "unknown"] as const) {
    const of = scan.findings.filter((finding) => finding.status === status);
    if (of.length > 0) out.heading(status === "fail" ? "Failing" : "Not judged");
    for (const { policy, severity, info } of rows)
      resources(
        out,
        of.filter((finding) => finding.policy === policy),
        severity,
        info,
        limit,
      );
  }
  exceptionLines(out, scan, limit);
  coverageLines(out, coverage, limit);
  return out.toString();
}

/** Worst first: by severity, then by number of failing resources, then by name. */
export function policyRows(findings: readonly Finding[], policies: PolicyInfos = new Map()): PolicyRow[] {
  const rows = [...Map.groupBy(findings, ({ policy }) => policy)].map(([policy, own]): PolicyRow => {
    const counts: Record<FindingStatus, number> = { pass: 0, fail: 0, unknown: 0, out_of_scope: 0 };
    for (const { status } of own) counts[status] += 1;
    const info = policies.get(policy);
    return { policy, info, severity: info?.severity ?? own[0]?.severity ?? "info", counts };
  });
  return rows.sort(
    (a, b) => bySeverity(a.severity, b.severity) || b.counts.fail - a.counts.fail || byText(a.policy, b.policy),
  );
}

export function severityTone(severity: string): Tone | undefined {
  return severity === "critical" || severity === "high" ? "bad" : severity === "medium" ? "warn" : "dim";
}

const COLUMNS: readonly Column[] = [
  { title: "Policy", shrink: 2, least: 16 },
  { title: "Severity", shrink: 1, least: 4, cut: "end", tone: severityTone },
  { title: "Fail", align: "right", tone: (cell) => (cell === "0" ? "dim" : "bad") },
  { title: "Pass", align: "right", tone: () => undefined },
  { title: "Unknown", align: "right", tone: (cell) => (cell === "0" ? "dim" : "warn") },
  {
    // Out of scope: outside of the policy's `when`.
    title: "Out",
    align: "right",
    tone: (cell) => (cell === "0" ? "dim" : undefined),
  },
  { title: "Mode", shrink: 2, least: 6, cut: "end" },
];

function cells({ policy, info, severity, counts }: PolicyRow, out: Lines): string[] {
  const { fail, pass, unknown, out_of_scope } = counts;
  return [
    out.safe(policy, 120),
    severity,
    count(fail),
    count(pass),
    count(unknown),
    count(out_of_scope),
    info?.mode ?? "",
  ];
}

function resources(
  out: Lines,
  of: readonly Finding[],
  severity: Severity,
  info: PolicyInfo | undefined,
  limit: number,
): void {
  const [first] = of;
  if (first === undefined) return;
  out.blank();
  out.text(`${first.policy} (${severity})${info === undefined ? "" : `: ${info.title}`}`, { tone: "accent", hang: 2 });
  // Resources that fail for the same words share them.
  for (const [reason, alike] of Map.groupBy(of.slice(0, limit), (finding) => finding.reason)) {
    out.text(reason, { indent: 2, tone: "dim" });
    for (const { resource, account, region, excepted } of alike) {
      const spared = excepted === undefined ? "" : `  (excepted until ${excepted.expires})`;
      out.text(`${resource.id}  ${account} ${region}${spared}`, { indent: 4, hang: 2 });
    }
  }
  if (of.length > limit)
    out.text(`${shownOf(limit, of.length, "resources")}; --verbose shows all`, { indent: 2, tone: "warn" });
}

/** What was looked at, what was not, and what would mend that. */
export function coverageLines(out: Lines, coverage: Coverage, limit: number): void {
  const { accounts, regions, gaps } = coverage;
  out.heading("Coverage");
  const whole = accounts.scanned === accounts.total && regions.scanned === regions.total;
  out.text(
    `${count(accounts.scanned)} of ${plural(accounts.total, "account")}, ${count(regions.scanned)} of ${plural(regions.total, "region")} (counted by account), ` +
      `${plural(coverage.resources, "resource")}`,
    { tone: whole ? undefined : "warn", indent: 2 },
  );
  if (gaps.length === 0) {
    out.text("Everything that the policies ask for could be read.", { indent: 2 });
    return;
  }
  out.text(`${plural(gaps.length, "gap")}: what is behind them is neither passing nor failing.`, {
    tone: "warn",
    indent: 2,
  });
  for (const gap of gaps.slice(0, limit)) {
    out.text(`${gap.operation === "" ? "reading" : gap.operation}: ${gap.code}`, { indent: 2, tone: "warn", hang: 2 });
    out.text(`${gapPlace(gap)}; ${hidden(gap)}; for ${gap.policies.join(", ")}`, { indent: 4 });
    out.text(gap.message, { indent: 4, tone: "dim" });
    if (gap.remedy !== undefined) out.text(`to mend it: ${gap.remedy}`, { indent: 4 });
  }
  if (gaps.length > limit)
    out.text(`${shownOf(limit, gaps.length, "gaps")}; --verbose shows all`, { indent: 2, tone: "warn" });
}

/** `s3.bucket in 111111111111, eu-west-1`; `*` stands for all. */
export function gapPlace({ account, region, type }: Gap): string {
  return `${type === "*" ? "all types" : type} in ${account}, ${region === "*" ? "all regions" : region}`;
}

/** How much a gap hides. */
export function hidden({ resources: number }: Gap): string {
  return number === undefined ? "hides an unknown number of resources" : `hides ${plural(number, "resource")}`;
}
