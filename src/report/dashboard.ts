import type { Grace, InGrace } from "../plan/grace.ts";
import type { Snoozes } from "../plan/snooze.ts";
import { code, inline, markdownTable, marker } from "../text/markdown.ts";
import { count } from "../text/plain.ts";
import type { ExceptionsState } from "../types/exception.ts";
import { noOutcomes } from "../types/outcome.ts";
import type { HeldItem, Plan, PlanItem } from "../types/plan.ts";
import type { Coverage, Finding } from "../types/scan.ts";
import { type ApprovedRow, type ApprovedState, approvedSection } from "./approved-section.ts";
import { type StandingState, standingSection } from "./automatic-section.ts";
import { exceptedSection } from "./exceptions-markdown.ts";
import { type PolicyRow, policyRows } from "./findings.ts";
import { graceSection, onlyInGrace } from "./grace-section.ts";
import { type Detail, fitting } from "./ladder.ts";
import { blocks, coverageSection, shownNote } from "./markdown-parts.ts";
import type { PolicyInfos } from "./options.ts";
import { heldGroups } from "./plan.ts";
import { policyCell, tellingTable } from "./policy-table.ts";
import { snoozedSection } from "./snoozed.ts";
import { reportStatus, waitingReports } from "./waiting.ts";
import { byText, plural, scanVerdict } from "./words.ts";

export const DASHBOARD_TITLE = "Evenkeel dashboard";
/** The hidden first line by which the issue is found again. */
export const DASHBOARD_MARKER = marker("dashboard");
/** GitHub was seen to take more; what it does beyond 65,536 characters is not to be relied on. */
export const DASHBOARD_BYTES = 60_000;

/** One report as this run left it. */
export interface ReportState {
  readonly plan: Plan;
  /** The open pull request; absent where none is. */
  readonly pullRequest?: number;
  /** ISO 8601; since when it is open. */
  readonly since?: string;
  /** IDs of items that reviewers took out of it. */
  readonly declined: readonly string[];
  /** New items that are not on its branch, because an approval stands. */
  readonly later?: readonly PlanItem[];
  /** Why its pull request is not opened yet, in words. */
  readonly wait?: string;
  /** Destructive items on its branch that nobody has confirmed. */
  readonly unconfirmed?: number;
  /** Why it was left alone, in words. */
  readonly frozen?: string;
  /** What was merged before, and is not done. */
  readonly approved?: ApprovedState;
}

export interface DashboardInput {
  readonly scan: {
    readonly findings: readonly Finding[];
    readonly coverage: Coverage;
    readonly exceptions?: ExceptionsState;
  };
  readonly policies: PolicyInfos;
  readonly reports: readonly ReportState[];
  /** Where findings stand whose policies have a grace. */
  readonly grace?: Pick<Grace, "findings">;
  /** What people put off. */
  readonly snoozes?: Snoozes;
  readonly standing?: StandingState;
  /** ISO 8601. */
  readonly scannedAt: string;
}

const AS_OF = "As of the scan at ";

/** The issue's body, marker first. At most `budget` bytes: every list that is cut says "showing N of M". The same but for one line at any time. */
export function dashboardBody(input: DashboardInput, budget: number = DASHBOARD_BYTES): string {
  const { scan, reports, snoozes = new Map(), scannedAt } = input;
  const inGrace = onlyInGrace(input.grace, heldIn(reports));
  const left = leftToPeople(input, inGrace);
  const counts = policyCounts(input);
  return fitting(
    budget,
    (detail) =>
      `${blocks(
        DASHBOARD_MARKER,
        `## ${inline(scanVerdict(scan.findings, scan.coverage), 1_000)}`,
        effect(input, left, inGrace.length),
        `${AS_OF}${inline(scannedAt)}. A scan that finds the same leaves this page as it is.`,
        policyTable(counts, detail),
        reportsSection(reports, detail),
        approvedSection(approvedRows(reports), detail),
        graceSection(inGrace, detail),
        leftSection(left, detail),
        snoozedSection(heldIn(reports), snoozes, detail),
        standingSection(input.standing, detail),
        exceptedSection(scan, detail),
        coverageSection(scan.coverage, detail),
      )}\n`,
  );
}

/** Whether two dashboards say the same, whenever they were written. */
export function sameDashboard(a: string, b: string): boolean {
  return timeless(a) === timeless(b);
}

function timeless(body: string): string {
  // Only our own line begins so: whatever others wrote stands in a cell, in a list, or behind a heading.
  return body
    .split(/\r?\n/)
    .filter((line) => !line.startsWith(AS_OF))
    .join("\n")
    .trim();
}

/** A plan with items and without a pull request, which nothing stopped, is on the default branch already: merged, and not applied. */
function isApproved({ plan, pullRequest, frozen, wait }: ReportState): boolean {
  return plan.items.length > 0 && pullRequest === undefined && frozen === undefined && wait === undefined;
}

/** Where nobody looked since when, as much as the plan itself says. */
function approvedRows(reports: readonly ReportState[]): ApprovedRow[] {
  return reports.flatMap((report) => {
    const { plan, pullRequest } = report;
    const { scope, expires } = plan.header;
    const plainly = { items: plan.items.length, tried: noOutcomes(), expires, expired: false, overdue: false };
    const approved = report.approved ?? (isApproved(report) ? plainly : undefined);
    return approved === undefined
      ? []
      : [{ scope, approved, ...(pullRequest === undefined ? {} : { open: pullRequest }) }];
  });
}

/** What the reports propose; what was declined is proposed no more. */
function proposed(reports: readonly ReportState[]): PlanItem[] {
  return reports.flatMap(({ plan, declined }) => plan.items.filter(({ id }) => !declined.includes(id)));
}

/** What waits for a later report: the new items of approved ones, and everything of those that are not opened yet. */
function waiting(reports: readonly ReportState[]): PlanItem[] {
  return reports.flatMap((report) => [
    ...(report.later ?? []),
    ...(report.wait === undefined ? [] : proposed([report])),
  ]);
}

/** What a plan holds, whether people can approve it by now or not. */
function planned(reports: readonly ReportState[]): PlanItem[] {
  return [...proposed(reports), ...reports.flatMap(({ later }) => later ?? [])];
}

function heldIn(reports: readonly ReportState[]): HeldItem[] {
  return reports.flatMap(({ plan }) => plan.header.held);
}

function effect({ scan, reports }: DashboardInput, left: Left, inGrace: number): string {
  const open = reports.filter(({ pullRequest }) => pullRequest !== undefined);
  const approved = approvedRows(reports).filter((row) => !row.approved.expired);
  const toApply = approved.reduce((sum, row) => sum + row.approved.items, 0);
  const later = waiting(reports).length;
  const excepted = scan.findings.filter((one) => one.excepted !== undefined).length;
  const parts = [
    `${plural(proposed(open).length, "fix", "fixes")} in ${plural(open.length, "open report")}`,
    ...(approved.length === 0 ? [] : [`${plural(toApply, "fix", "fixes")} approved and not applied yet`]),
    ...(later === 0 ? [] : [`${count(later)} waiting for a later report`]),
    ...(inGrace === 0 ? [] : [`${count(inGrace)} in their grace`]),
    `${count(left.number)} left to people`,
    ...(left.snoozed === 0 ? [] : [`${count(left.snoozed)} snoozed`]),
    `${count(excepted)} excepted`,
  ];
  return `**${plural(left.failing + left.snoozed + excepted, "failing finding")}: ${parts.join(", ")}.**`;
}

interface PolicyCounts {
  /** Policies about which there is something to say. */
  readonly rows: readonly (PolicyRow & Readonly<Record<"excepted" | "planned" | "held", number>>)[];
  readonly others: number;
}

function policyCounts({ scan: { findings }, policies, reports }: DashboardInput): PolicyCounts {
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

function policyTable({ rows, others }: PolicyCounts, detail: Detail): string {
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

function reportsSection(reports: readonly ReportState[], detail: Detail): string {
  const told = reports.filter((one) => [one.pullRequest, one.frozen, one.wait].some((part) => part !== undefined));
  if (told.length === 0) return blocks("### Reports", "None is open.");
  const rows = told.slice(0, detail.rows).map((report) => {
    const { plan, pullRequest, since = "" } = report;
    return [
      code(plan.header.scope, 120),
      pullRequest === undefined ? "" : `#${pullRequest}`,
      count(proposed([report]).length),
      inline(since.slice(0, 10)),
      reportStatus(report, detail),
    ];
  });
  const waits = waitingReports(reports.flatMap(({ wait }) => wait ?? []));
  return blocks(
    "### Reports",
    waits === "" ? "" : `**${inline(waits)}.** The worst come first.`,
    rows.length === 0 ? "" : markdownTable(["Report", "Pull request", "Items:", "Since", "State"], rows),
    shownNote(detail.rows, told.length, "reports"),
  );
}

const DECLINED = "declined in its report";
const ONLY_REPORTED = "only reported: mode report, or there is no remediation";

interface Left {
  /** Failing findings that no exception covers and nobody put off. */
  readonly failing: number;
  /** Those that somebody did put off; they have a section of their own. */
  readonly snoozed: number;
  /** Those among them that no plan would fix. */
  readonly number: number;
  readonly rows: readonly { readonly policy: string; readonly number: number; readonly why: string }[];
}

/** What fails, and neither a plan, an exception nor a grace speaks for: held back with a reason, or only reported. */
function leftToPeople({ scan, reports }: DashboardInput, inGrace: readonly InGrace[]): Left {
  const keyOf = ({ policy, account, region, resource }: Pick<Finding, "policy" | "account" | "region" | "resource">) =>
    JSON.stringify([policy, account, region, resource.type, resource.id, resource.identity]);
  const spared = new Set(inGrace.map(({ finding }) => finding.id));
  const inPlans = new Set(planned(reports).map(keyOf));
  const refused = new Set(
    reports.flatMap(({ plan, declined }) => plan.items.filter(({ id }) => declined.includes(id)).map(keyOf)),
  );
  const putOff = new Set(heldIn(reports).flatMap((one) => (one.outcome === "snoozed" ? [keyOf(one)] : [])));
  const uncovered = scan.findings.filter(({ status, excepted }) => status === "fail" && excepted === undefined);
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

function leftSection({ failing, snoozed, number, rows }: Left, detail: Detail): string {
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
