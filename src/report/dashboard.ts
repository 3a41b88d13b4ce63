import type { Grace } from "../plan/grace.ts";
import type { Snoozes } from "../plan/snooze.ts";
import { code, inline, markdownTable, marker } from "../text/markdown.ts";
import { count } from "../text/plain.ts";
import type { ExceptionsState } from "../types/exception.ts";
import type { Coverage, Finding } from "../types/scan.ts";
import { approvedSection } from "./approved-section.ts";
import { type StandingState, standingSection } from "./automatic-section.ts";
import { exceptedSection } from "./exceptions-markdown.ts";
import { graceSection, onlyInGrace } from "./grace-section.ts";
import { type Detail, fitting } from "./ladder.ts";
import { type Left, leftSection, leftToPeople } from "./left-to-people.ts";
import { blocks, coverageSection, shownNote } from "./markdown-parts.ts";
import type { PolicyInfos } from "./options.ts";
import { policyCounts, policyTable } from "./policy-counts.ts";
import { approvedRows, heldIn, proposed, type ReportState, waiting } from "./report-state.ts";
import { snoozedSection } from "./snoozed.ts";
import { reportStatus, waitingReports } from "./waiting.ts";
import { plural, scanVerdict } from "./words.ts";

export const DASHBOARD_TITLE = "Evenkeel dashboard";
/** The hidden first line by which the issue is found again. */
export const DASHBOARD_MARKER = marker("dashboard");
/** GitHub was seen to take more; what it does beyond 65,536 characters is not to be relied on. */
export const DASHBOARD_BYTES = 60_000;

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
  const left = leftToPeople(scan.findings, reports, inGrace);
  const counts = policyCounts(scan.findings, reports, input.policies);
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
