import { noOutcomes } from "../types/outcome.ts";
import type { HeldItem, Plan, PlanItem } from "../types/plan.ts";
import type { ApprovedRow, ApprovedState } from "./approved-section.ts";

/** Where reports stand after a run, and which items that makes proposed, approved, waiting or held. */

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

/** A plan with items and without a pull request, which nothing stopped, is on the default branch already: merged, and not applied. */
function isApproved({ plan, pullRequest, frozen, wait }: ReportState): boolean {
  return plan.items.length > 0 && pullRequest === undefined && frozen === undefined && wait === undefined;
}

/** Where nobody looked since when, as much as the plan itself says. */
export function approvedRows(reports: readonly ReportState[]): ApprovedRow[] {
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
export function proposed(reports: readonly ReportState[]): PlanItem[] {
  return reports.flatMap(({ plan, declined }) => plan.items.filter(({ id }) => !declined.includes(id)));
}

/** What waits for a later report: the new items of approved ones, and everything of those that are not opened yet. */
export function waiting(reports: readonly ReportState[]): PlanItem[] {
  return reports.flatMap((report) => [
    ...(report.later ?? []),
    ...(report.wait === undefined ? [] : proposed([report])),
  ]);
}

/** What a plan holds, whether people can approve it by now or not. */
export function planned(reports: readonly ReportState[]): PlanItem[] {
  return [...proposed(reports), ...reports.flatMap(({ later }) => later ?? [])];
}

export function heldIn(reports: readonly ReportState[]): HeldItem[] {
  return reports.flatMap(({ plan }) => plan.header.held);
}
